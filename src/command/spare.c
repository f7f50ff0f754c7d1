/*
 * spare.c - no report takes the place of evidence, which nobody may have a second time.
 */
#include "spare.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expdiag/bundle.h"
#include "expdiag/limits.h"

/* What is there already, of a regular file. */
static size_t read_head(const char *path, uint8_t head[XD_SNIFF_BYTES])
{
    struct stat st = {0};
    size_t len = 0;
    ssize_t n = 0;

    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    while (fd >= 0 && len < XD_SNIFF_BYTES &&
           (n = read(fd, head + len, XD_SNIFF_BYTES - len)) > 0) {
        len += (size_t)n;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return len;
}

enum xd_rc xd_spare_evidence(const char *path, struct xd_err *err)
{
    uint8_t head[XD_SNIFF_BYTES];
    size_t len = read_head(path, head);
    const char *what = len > 0 ? xd_bundle_evidence((struct xd_slice){head, len}) : NULL;

    if (what == NULL) {
        return XD_OK;
    }
    return xd_err_set(err, XD_BAD, 0,
                      "%s: is %s, and no report is written over evidence; name another "
                      "file for the report, and the inputs behind it",
                      path, what);
}
