/*
 * reports.c - inputs through the pipeline and into every report, for the targets that
 * fuzz the whole program; what every report promises is held to.
 */
#include "fuzz.h"

#include "expdiag/load.h"
#include "expdiag/pipeline.h"
#include "expdiag/report.h"
#include "expdiag/rune.h"

#include <jansson.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct xd_roots *xd_fuzz_roots(void)
{
    static struct xd_roots roots;

    if (roots.count == 0) {
        xd_load_init();
        xd_roots_builtin(&roots);
        xd_roots_parse(&roots);
        (void)xd_roots_named(&roots, (struct xd_slice){(const uint8_t *)"", 0});
    }
    return &roots;
}

/* What was written to fd, mapped; unmap with munmap. */
static struct xd_slice map_file(int fd)
{
    struct stat st = {0};

    xd_fuzz_require(fstat(fd, &st) == 0 && st.st_size > 0, "a report is not empty");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

    xd_fuzz_require(p != MAP_FAILED, "a report can be read back");
    return (struct xd_slice){p, (size_t)st.st_size};
}

/* Nothing but printable characters and ends of lines reaches a terminal. */
void xd_fuzz_check_text(struct xd_slice s)
{
    for (size_t at = 0, used = 0; at < s.len; at += used) {
        uint32_t rune = xd_rune_read(s.p + at, s.len - at, &used);

        xd_fuzz_require(rune != UINT32_MAX, "text is valid UTF-8");
        xd_fuzz_require(rune == '\n' || !xd_rune_is_unsafe(rune),
                        "text holds no control character");
    }
}

void xd_fuzz_check_json(struct xd_slice s)
{
    json_error_t why;
    json_t *root = json_loadb((const char *)s.p, s.len, JSON_REJECT_DUPLICATES, &why);

    xd_fuzz_require(root != NULL && json_is_object(root), "JSON can be read back");
    json_decref(root);
    xd_fuzz_check_text(s); /* it is looked at on terminals too */
}

void xd_fuzz_check_file(int fd, void (*check)(struct xd_slice))
{
    struct xd_slice s = map_file(fd);

    check(s);
    (void)munmap((void *)(uintptr_t)s.p, s.len);
    (void)close(fd);
}

void xd_fuzz_write_reports(const struct xd_case *cs,
                           const struct xd_report_options *options)
{
    struct xd_err err = {0};
    int fd = xd_fuzz_file((struct xd_slice){NULL, 0});

    xd_fuzz_require(xd_report_text(cs, options, fd, &err) == XD_OK, "text is written");
    xd_fuzz_check_file(fd, xd_fuzz_check_text);
    fd = xd_fuzz_file((struct xd_slice){NULL, 0});
    xd_fuzz_require(xd_report_json(cs, options, fd, &err) == XD_OK, "JSON is written");
    xd_fuzz_check_file(fd, xd_fuzz_check_json);
    fd = xd_fuzz_file((struct xd_slice){NULL, 0});
    xd_fuzz_require(xd_report_html(cs, options, fd, &err) == XD_OK, "HTML is written");
    xd_fuzz_check_file(fd, xd_fuzz_check_page);
}

void xd_fuzz_reports(struct xd_bundle_input *inputs, size_t n, struct xd_slice keylog)
{
    static const enum xd_report_command commands[] = {
        [XD_DEPTH_CERTS] = XD_REPORT_CERTS,
        [XD_DEPTH_FLOWS] = XD_REPORT_FLOWS,
        [XD_DEPTH_ANALYZE] = XD_REPORT_ANALYZE,
    };
    struct xd_job job = {.depth = XD_DEPTH_ANALYZE,
                         .inputs = inputs,
                         .n_inputs = n,
                         .roots = xd_fuzz_roots(),
                         .keylog = keylog,
                         .at = XD_TIME_NONE,
                         .hash_inputs = true,
                         .one_thread = true};
    struct xd_report_options options = {.command = commands[job.depth],
                                        .roots_source = "built in",
                                        .generated_at = XD_TIME_NONE,
                                        .width = 100,
                                        .verbose = true};
    struct xd_case *cs = NULL;
    struct xd_err err = {0};

    xd_fuzz_require(xd_pipeline_run(&job, &cs, &err) == XD_OK,
                    "no input makes the pipeline fail");
    xd_fuzz_write_reports(cs, &options);
    options.verbose = false;
    options.width = 0;
    options.command = XD_REPORT_FLOWS;
    xd_fuzz_write_reports(cs, &options);
    xd_case_free(cs);
}
