/*
 * spare.c - no report takes the place of evidence, which nobody may have a second time.
 *
 * Here the supervisor looks at bytes that it did not write.  It compares them with magic
 * numbers and does nothing else with them; logs and dumps go by their names.
 */
#include "spare.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expdiag/arena.h"
#include "expdiag/bundle.h"

enum { HEAD = 512 }; /* as far as the magic number of a tar reaches */

static const struct {
    const char *bytes;
    size_t len;
    size_t at;
    const char *what;
} magics[] = {
    {"\x1f\x8b", 2, 0, "an archive"}, /* RFC 1952 */
    {"PK\x03\x04", 4, 0, "an archive"},
    {"\xfd"
     "7zXZ",
     5, 0, "an archive"},
    {"\x28\xb5\x2f\xfd", 4, 0, "an archive"}, /* RFC 8878 */
    {"BZh", 3, 0, "an archive"},
    {"7z\xbc\xaf", 4, 0, "an archive"},
    {"Rar!", 4, 0, "an archive"},
    {"ustar", 5, 257, "an archive"},
    {"\xd4\xc3\xb2\xa1", 4, 0, "a capture"},
    {"\xa1\xb2\xc3\xd4", 4, 0, "a capture"},
    {"\x4d\x3c\xb2\xa1", 4, 0, "a capture"},
    {"\xa1\xb2\x3c\x4d", 4, 0, "a capture"},
    {"\x0a\x0d\x0d\x0a", 4, 0, "a capture"},
    {"-----BEGIN ", 11, 0, "certificates"},
};

/* The first bytes of a regular file; the rest of head stays zero. */
static bool read_head(const char *path, char head[HEAD])
{
    struct stat st = {0};
    size_t len = 0;
    ssize_t n = 0;

    memset(head, 0, HEAD);
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    while (fd >= 0 && len < HEAD && (n = read(fd, head + len, HEAD - len)) > 0) {
        len += (size_t)n;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return len > 0;
}

/* What a file of that name in a bundle is, where no command of ours writes one; or NULL. */
static const char *evidence_by_name(const char *path)
{
    struct xd_arena *a = xd_arena_new();
    const char *slash = strrchr(path, '/');
    enum xd_entry_kind kind =
        xd_bundle_name_parse(a, slash != NULL ? slash + 1 : path).kind;

    xd_arena_free(a);
    return kind == XD_ENTRY_LOG                                       ? "a log"
           : kind == XD_ENTRY_XCONF_XML || kind == XD_ENTRY_XSTAT_XML ? "a dump"
                                                                      : NULL;
}

enum xd_rc xd_spare_evidence(const char *path, struct xd_err *err)
{
    char head[HEAD];
    const char *what = NULL;

    if (!read_head(path, head)) {
        return XD_OK;
    }
    what = evidence_by_name(path);
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]) && what == NULL; i++) {
        if (memcmp(head + magics[i].at, magics[i].bytes, magics[i].len) == 0) {
            what = magics[i].what;
        }
    }
    if (what == NULL) {
        return XD_OK;
    }
    return xd_err_set(err, XD_BAD, 0,
                      "%s: is %s, and no report is written over evidence; name another "
                      "file for the report, and the inputs behind it",
                      path, what);
}
