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

/* The permissions that open() would have given a new file. */
static mode_t new_file_mode(void)
{
    mode_t mask = umask(0);

    (void)umask(mask);
    return 0666 & ~mask;
}

static enum xd_rc open_in_place(const char *path, struct xd_output *out, struct xd_err *err)
{
    out->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (out->fd < 0) {
        return xd_err_set(err, XD_FAIL, 0, "%s: cannot be opened for writing: %s", path,
                          strerror(errno));
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

enum xd_rc xd_output_open(struct xd_arena *a, const char *path, struct xd_output *out,
                          struct xd_err *err)
{
    struct stat st = {0};

    *out = (struct xd_output){.path = path, .fd = -1};
    if (strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        return XD_OK;
    }
    bool exists = stat(path, &st) == 0;

    if (exists && S_ISDIR(st.st_mode)) {
        return xd_err_set(err, XD_FAIL, 0, "%s: is a folder; name a file in it", path);
    }
    if (exists && !S_ISREG(st.st_mode)) {
        return open_in_place(path, out, err);
    }
    char *temporary = xd_arena_printf(a, "%s.XXXXXX", path);

    out->fd = mkostemp(temporary, O_CLOEXEC);
    if (out->fd < 0) {
        return xd_err_set(err, XD_FAIL, 0, "%s: cannot be created: %s", path,
                          strerror(errno));
    }
    out->temporary = temporary;
    (void)fchmod(out->fd, exists ? st.st_mode & 07777 : new_file_mode());
    return XD_OK;
}

enum xd_rc xd_output_commit(struct xd_output *out, struct xd_err *err)
{
    if (out->temporary == NULL) {
        return XD_OK;
    }
    if (fsync(out->fd) != 0 || close(out->fd) != 0 ||
        rename(out->temporary, out->path) != 0) {
        return xd_err_set(err, XD_FAIL, 0, "%s: could not be written: %s", out->path,
                          strerror(errno));
    }
    out->temporary = NULL;
    out->fd = -1;
    return XD_OK;
}

void xd_output_discard(struct xd_output *out)
{
    if (out->temporary != NULL) {
        (void)unlink(out->temporary);
        out->temporary = NULL;
    }
}
