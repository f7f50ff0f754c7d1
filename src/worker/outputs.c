/*
 * outputs.c - reports that appear whole or not at all.
 */
#include "expdiag/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Process-wide as memory is.  A run writes four reports, batch one and its rows. */
enum { TEMPORARIES = 8 };
static const char *temporaries[TEMPORARIES];

/* Put `path` where `found` stands. */
static void replace_temporary(const char *found, const char *path)
{
    for (size_t i = 0; i < TEMPORARIES; i++) {
        if (temporaries[i] == found) {
            temporaries[i] = path;
            return;
        }
    }
}

void xd_temporary_keep(const char *path)
{
    replace_temporary(NULL, path);
}

void xd_temporary_forget(const char *path)
{
    replace_temporary(path, NULL);
}

void xd_temporaries_remove(void)
{
    for (size_t i = 0; i < TEMPORARIES; i++) {
        if (temporaries[i] != NULL) {
            (void)unlink(temporaries[i]);
        }
    }
}

/* The permissions that open() would have given a new file. */
static mode_t new_file_mode(void)
{
    mode_t mask = umask(0);

    (void)umask(mask);
    return 0666 & ~mask;
}

static enum xd_rc open_in_place(struct xd_output *out, struct xd_err *err)
{
    out->fd = open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (out->fd < 0) {
        return xd_err_set(err, XD_FAIL, 0, "%s: cannot be opened for writing: %s",
                          out->path, strerror(errno));
    }
    return XD_OK;
}

/* The folder of a path, so that names that do not exist yet can be compared. */
static bool stat_folder(const char *path, struct stat *st)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];

    if (slash == NULL) {
        return stat(".", st) == 0;
    }
    size_t len = slash == path ? 1 : (size_t)(slash - path);

    if (len >= sizeof(folder)) {
        return false;
    }
    memcpy(folder, path, len);
    folder[len] = '\0';
    return stat(folder, st) == 0;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool xd_same_file(const char *one, const char *other)
{
    struct stat a = {0};
    struct stat b = {0};

    if (strcmp(one, "-") == 0 || strcmp(other, "-") == 0) {
        return strcmp(one, other) == 0;
    }
    bool first = stat(one, &a) == 0;
    bool second = stat(other, &b) == 0;

    if (first && second) {
        return S_ISREG(a.st_mode) && same_inode(&a, &b);
    }
    return !first && !second && strcmp(last_name(one), last_name(other)) == 0 &&
           stat_folder(one, &a) && stat_folder(other, &b) && same_inode(&a, &b);
}

static bool is_standard_output(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Standard output's own file or pipe, by whatever name. */
static bool is_stdout_too(const struct stat *st)
{
    struct stat own = {0};

    return fstat(STDOUT_FILENO, &own) == 0 && same_inode(st, &own);
}

bool xd_outputs_meet(const char *one, const char *other)
{
    struct stat st = {0};

    if (is_standard_output(one) == is_standard_output(other)) {
        return xd_same_file(one, other);
    }
    return stat(is_standard_output(one) ? other : one, &st) == 0 && is_stdout_too(&st) &&
           !S_ISCHR(st.st_mode);
}

/*
 * What a link leads to is replaced, never the link; /dev/stdout is written at the place
 * in the file where standard output is.
 */
static enum xd_rc follow_link(struct xd_arena *a, struct xd_output *out, struct xd_err *err)
{
    struct stat st = {0};

    if (lstat(out->path, &st) != 0 || !S_ISLNK(st.st_mode)) {
        return XD_OK;
    }
    if (stat(out->path, &st) == 0 && is_stdout_too(&st)) {
        out->fd = STDOUT_FILENO;
        return XD_OK;
    }
    char *led = realpath(out->path, NULL);

    if (led == NULL) {
        return xd_err_set(err, XD_FAIL, 0,
                          "%s: this link leads to nothing that can be written: %s; name "
                          "the file itself",
                          out->path, strerror(errno));
    }
    out->target = xd_arena_printf(a, "%s", led);
    free(led);
    return XD_OK;
}

static enum xd_rc open_beside(struct xd_arena *a, struct xd_output *out, mode_t mode,
                              struct xd_err *err)
{
    char *temporary = xd_arena_printf(a, "%s.XXXXXX", out->target);

    out->fd = mkostemp(temporary, O_CLOEXEC);
    if (out->fd < 0) {
        return xd_err_set(err, XD_FAIL, 0, "%s: cannot be created: %s", out->path,
                          strerror(errno));
    }
    out->temporary = temporary;
    xd_temporary_keep(temporary);
    (void)fchmod(out->fd, mode);
    return XD_OK;
}

enum xd_rc xd_output_open(struct xd_arena *a, const char *path, struct xd_output *out,
                          struct xd_err *err)
{
    struct stat st = {0};

    *out = (struct xd_output){.path = path, .target = path, .fd = -1};
    if (path[0] == '\0') {
        return xd_err_set(err, XD_FAIL, 0,
                          "a report needs the name of a file, or - for standard output");
    }
    if (is_standard_output(path)) {
        out->fd = STDOUT_FILENO;
        return XD_OK;
    }
    enum xd_rc rc = follow_link(a, out, err);

    if (rc != XD_OK || out->fd >= 0) {
        return rc;
    }
    bool exists = stat(path, &st) == 0;

    if (exists && S_ISDIR(st.st_mode)) {
        return xd_err_set(err, XD_FAIL, 0, "%s: is a folder; name a file in it", path);
    }
    if (exists && !S_ISREG(st.st_mode)) {
        return open_in_place(out, err);
    }
    return open_beside(a, out, exists ? st.st_mode & 07777 : new_file_mode(), err);
}

enum xd_rc xd_output_commit(struct xd_output *out, struct xd_err *err)
{
    if (out->temporary == NULL) {
        return XD_OK;
    }
    if (fsync(out->fd) != 0 || close(out->fd) != 0 ||
        rename(out->temporary, out->target) != 0) {
        (void)xd_err_set(err, XD_FAIL, 0, "%s: could not be written: %s", out->path,
                         strerror(errno));
        xd_output_discard(out);
        return XD_FAIL;
    }
    xd_temporary_forget(out->temporary);
    out->temporary = NULL;
    out->fd = -1;
    return XD_OK;
}

void xd_output_discard(struct xd_output *out)
{
    if (out->temporary != NULL) {
        (void)unlink(out->temporary);
        xd_temporary_forget(out->temporary);
        out->temporary = NULL;
    }
}
