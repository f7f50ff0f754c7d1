/*
 * render.c - a report into a memory file, and back as a text.
 */
#include "render.h"

#include <sys/mman.h>
#include <unistd.h>

typedef enum xd_rc render_fn(const struct xd_case *cs,
                             const struct xd_report_options *options, int fd,
                             struct xd_err *err);

static char *render(render_fn *write_report, const struct xd_case *cs,
                    const struct xd_report_options *options)
{
    struct xd_err err = {0};
    int fd = memfd_create("report", 0);

    assert_true(fd >= 0);
    assert_int_equal(XD_OK, write_report(cs, options, fd, &err));
    off_t len = lseek(fd, 0, SEEK_END);
    assert_true(len >= 0);
    char *text = calloc(1, (size_t)len + 1);
    assert_non_null(text);
    assert_int_equal(len, pread(fd, text, (size_t)len, 0));
    (void)close(fd);
    return text;
}

char *render_json(const struct xd_case *cs, const struct xd_report_options *options)
{
    return render(xd_report_json, cs, options);
}

char *render_text(const struct xd_case *cs, const struct xd_report_options *options)
{
    return render(xd_report_text, cs, options);
}
