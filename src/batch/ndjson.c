/*
 * ndjson.c - rows as lines of a file.
 */
#include "ndjson.h"

#include "hook.h"

#include "expdiag/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line that goes, from its first byte to behind its line feed. */
struct range {
    uint64_t from, to;
};

/* What reading an old file through finds. */
struct scan {
    struct xd_ndjson *f;
    xd_ndjson_keep_fn keep;
    void *arg;
    struct xd_arena *arena;
    struct range *drops;
    size_t n_drops, cap_drops;
    uint64_t at; /* behind the last whole line */
    uint64_t rows;
    struct xd_err *err;
};

static enum xd_rc fail(const struct xd_ndjson *f, const char *what, struct xd_err *err)
{
    return xd_err_set(err, XD_FAIL, 0, "%s: %s: %s", f->path, what, strerror(errno));
}

/* ---- reading ---- */

/*
 * Tell each whole line, without its line feed; what is left behind the last one is torn.
 * A line longer than any row is told in its first bytes: as none.
 */
static enum xd_rc each_line(int fd, const char *path,
                            enum xd_rc (*line)(void *arg, struct xd_slice line), void *arg,
                            struct xd_err *err)
{
    enum { STEP = 1 << 20 };
    size_t cap = STEP;
    size_t len = 0;
    size_t from = 0;
    uint8_t *buf = xd_alloc(cap);
    enum xd_rc rc = XD_OK;

    for (off_t at = 0; rc == XD_OK;) {
        memmove(buf, buf + from, len - from);
        len -= from;
        from = 0;
        if (cap - len < STEP) {
            cap *= 2;
            buf = xd_realloc(buf, cap);
        }
        ssize_t got = pread(fd, buf + len, cap - len, at);

        if (got < 0) {
            rc = xd_err_set(err, XD_FAIL, 0, "%s: %s", path, strerror(errno));
        }
        if (got <= 0) {
            break;
        }
        at += got;
        size_t searched = len;

        len += (size_t)got;
        for (uint8_t *end = memchr(buf + searched, '\n', len - searched);
             rc == XD_OK && end != NULL; end = memchr(buf + from, '\n', len - from)) {
            rc = line(arg, (struct xd_slice){buf + from, (size_t)(end - (buf + from))});
            from = (size_t)(end - buf) + 1;
        }
    }
    xd_free(buf);
    return rc;
}

static enum xd_rc judge_line(void *arg, struct xd_slice line)
{
    struct scan *s = arg;
    struct xd_arena *a = xd_arena_new();
    struct xd_err why = {0};
    struct xd_row row;
    bool is_row = xd_row_read(line, a, &row, &why) == XD_OK;
    enum xd_rc rc = XD_OK;

    if (!is_row && s->rows == 0) { /* not ours: leave it alone */
        rc = xd_err_set(s->err, XD_BAD, 0,
                        "%s: holds something else than rows of expdiag batch; name another "
                        "file",
                        s->f->path);
    } else if (!is_row || !s->keep(s->arg, &row)) {
        *XD_PUSH(s->arena, s, drops) = (struct range){s->at, s->at + line.len + 1};
    }
    s->rows += is_row;
    s->at += line.len + 1;
    xd_arena_free(a);
    return rc;
}

/* ---- rows that go ---- */

static enum xd_rc copy_range(const struct xd_ndjson *f, int to, struct range r,
                             struct xd_err *err)
{
    uint8_t block[64 << 10];

    while (r.from < r.to) {
        size_t want =
            r.to - r.from < sizeof(block) ? (size_t)(r.to - r.from) : sizeof(block);
        ssize_t got = pread(f->fd, block, want, (off_t)r.from);

        if (got <= 0 || write(to, block, (size_t)got) != got) {
            return fail(f, "its rows could not be copied", err);
        }
        r.from += (uint64_t)got;
    }
    return XD_OK;
}

/* The folder too, so that the new name outlives a loss of power. */
static void sync_folder(const char *path)
{
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');

    if (slash != NULL && (size_t)(slash - path) + 1 < sizeof(folder)) {
        (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

/* A new file without the rows that go takes the old one's name. */
static enum xd_rc rewrite(struct scan *s)
{
    struct xd_ndjson *f = s->f;
    const char *part = xd_arena_printf(s->arena, "%s.part", f->path);
    int to = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    uint64_t from = 0;
    enum xd_rc rc = to < 0 ? fail(f, "no new file beside it", s->err) : XD_OK;

    for (size_t i = 0; rc == XD_OK && i <= s->n_drops; i++) {
        uint64_t end = i < s->n_drops ? s->drops[i].from : s->at;

        rc = copy_range(f, to, (struct range){from, end}, s->err);
        from = i < s->n_drops ? s->drops[i].to : end;
    }
    xd_hook_step();
    if (rc == XD_OK && (flock(to, LOCK_EX | LOCK_NB) != 0 || fsync(to) != 0 ||
                        rename(part, f->path) != 0)) {
        rc = fail(f, "could not be replaced", s->err);
    }
    xd_hook_step();
    if (rc != XD_OK) {
        if (to >= 0) {
            (void)close(to);
            (void)unlink(part);
        }
        return rc;
    }
    sync_folder(f->path);
    (void)close(f->fd);
    f->fd = to;
    f->length = (uint64_t)lseek(to, 0, SEEK_END);
    return XD_OK;
}

static enum xd_rc take_old(struct xd_ndjson *f, xd_ndjson_keep_fn keep, void *arg,
                           struct xd_err *err)
{
    struct scan s = {.f = f, .keep = keep, .arg = arg, .arena = xd_arena_new(), .err = err};
    enum xd_rc rc = each_line(f->fd, f->path, judge_line, &s, err);

    if (rc == XD_OK && s.n_drops > 0) {
        rc = rewrite(&s);
    } else if (rc == XD_OK) {
        f->length = s.at;
        if (ftruncate(f->fd, (off_t)s.at) != 0 || lseek(f->fd, 0, SEEK_END) < 0) {
            rc = fail(f, "its torn last line could not be cut", err);
        }
        xd_hook_step();
    }
    xd_arena_free(s.arena);
    return rc;
}

/* ---- the file ---- */

static enum xd_rc open_file(struct xd_ndjson *f, struct stat *st, struct xd_err *err)
{
    f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (f->fd < 0 && errno == EACCES) { /* a pipe that can only be written */
        f->fd = open(f->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (f->fd < 0 || fstat(f->fd, st) != 0) {
        (void)fail(f, "cannot be opened for writing", err);
        return XD_BAD;
    }
    f->regular = S_ISREG(st->st_mode);
    if (f->regular && flock(f->fd, LOCK_EX | LOCK_NB) != 0) {
        return xd_err_set(err, XD_BAD, 0, "%s: another run is writing to it", f->path);
    }
    return XD_OK;
}

enum xd_rc xd_ndjson_open(struct xd_ndjson *f, const char *path, bool resume,
                          xd_ndjson_keep_fn keep, void *arg, struct xd_err *err)
{
    struct stat st = {0};

    *f = (struct xd_ndjson){.path = path, .fd = -1};
    if (strcmp(path, "-") == 0) {
        f->fd = STDOUT_FILENO;
        return XD_OK;
    }
    enum xd_rc rc = open_file(f, &st, err);

    if (rc != XD_OK || !f->regular) {
        return rc;
    }
    if (st.st_size > 0 && !resume) {
        return xd_err_set(err, XD_BAD, 0,
                          "%s: holds something already; add --resume to go on with it, or "
                          "name another file",
                          path);
    }
    return take_old(f, keep, arg, err);
}

enum xd_rc xd_ndjson_append(struct xd_ndjson *f, struct xd_slice lines, struct xd_err *err)
{
    size_t done = 0;

    xd_hook_step();
    while (done < lines.len) {
        ssize_t n = write(f->fd, lines.p + done, lines.len - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            enum xd_rc rc = fail(f, "could not be written", err);

            if (f->regular && ftruncate(f->fd, (off_t)f->length) != 0) {
                return rc; /* a torn line stays, and resume cuts it */
            }
            return rc;
        }
        done += (size_t)n;
    }
    xd_hook_step();
    if (f->regular && fdatasync(f->fd) != 0) {
        return fail(f, "did not reach the disk", err);
    }
    xd_hook_step();
    f->length += lines.len;
    return XD_OK;
}

void xd_ndjson_close(struct xd_ndjson *f)
{
    if (f->fd > STDERR_FILENO) {
        (void)close(f->fd);
    }
    f->fd = -1;
}

/* ---- reading it again ---- */

struct telling {
    void (*each)(void *arg, const struct xd_row *row);
    void *arg;
    size_t rows;
    size_t others;
};

static enum xd_rc tell_line(void *arg, struct xd_slice line)
{
    struct telling *t = arg;
    struct xd_arena *a = xd_arena_new();
    struct xd_err why = {0};
    struct xd_row row;

    if (xd_row_read(line, a, &row, &why) == XD_OK) {
        t->each(t->arg, &row);
        t->rows++;
    } else {
        t->others++;
    }
    xd_arena_free(a);
    return XD_OK;
}

enum xd_rc xd_ndjson_each(const char *path,
                          void (*each)(void *arg, const struct xd_row *row), void *arg,
                          size_t *others, struct xd_err *err)
{
    struct telling t = {.each = each, .arg = arg};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return xd_err_set(err, XD_FAIL, 0, "%s: cannot be opened: %s", path,
                          strerror(errno));
    }
    enum xd_rc rc = each_line(fd, path, tell_line, &t, err);

    (void)close(fd);
    *others = t.others;
    if (rc == XD_OK && t.rows == 0 && t.others > 0) {
        rc = xd_err_set(err, XD_BAD, 0, "%s: holds no row of expdiag batch", path);
    }
    return rc;
}
