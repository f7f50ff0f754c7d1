/*
 * find.c - the paths that the user names and the lists of such, to bundles, to cases.
 */
#include "find_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void xd_find_say(struct xd_find *f, const char *path, const char *what)
{
    struct xd_arena *a = xd_arena_new();

    if (f->say != NULL) {
        f->say(f->arg, xd_arena_printf(a, "%s: %s", path, what));
    }
    xd_arena_free(a);
}

void xd_find_say_unreadable(struct xd_find *f, const char *path, int why)
{
    struct xd_arena *a = xd_arena_new();

    f->unreadable++;
    xd_find_say(f, path, xd_arena_printf(a, "cannot be opened: %s", strerror(why)));
    xd_arena_free(a);
}

char *xd_find_join(struct xd_arena *a, const char *folder, const char *leaf)
{
    if (folder[0] == '\0') {
        return xd_arena_strdup(a, leaf);
    }
    return xd_arena_printf(a, folder[strlen(folder) - 1] == '/' ? "%s%s" : "%s/%s", folder,
                           leaf);
}

char *xd_find_path(const struct xd_find_bundle *b, struct xd_arena *a)
{
    return xd_find_join(a, b->in->path, b->leaf);
}

const struct xd_find_origin *xd_find_keep_origin(struct xd_arena *a,
                                                 const struct xd_find_origin *said)
{
    struct xd_find_origin *out = xd_arena_alloc(a, sizeof(*out));

    *out = (struct xd_find_origin){xd_arena_strdup(a, said->host), said->stamp};
    return out;
}

const char *xd_find_leaf(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* realpath, which gives no wrong name for want of memory; free(). */
static char *find_real(const char *path)
{
    char *real = realpath(path, NULL);

    if (real == NULL && errno == ENOMEM) {
        xd_alloc_ended();
    }
    return real;
}

/* The last part of where a path really leads: "." has a name, too. */
static const char *real_name(struct xd_arena *a, const char *path)
{
    char *real = find_real(path[0] == '\0' ? "." : path);
    const char *name = xd_arena_strdup(a, xd_find_leaf(real != NULL ? real : path));

    free(real); /* realpath's own allocation */
    return name;
}

/* ---- a path ---- */

/* The folder that a path of the user's lies in; neighbours of a list share it. */
const struct xd_find_folder *xd_find_folder_around(struct xd_find_walk *w, const char *path,
                                                   bool listed)
{
    struct xd_arena *a = w->f->arena;
    size_t len = (size_t)(xd_find_leaf(path) - path);

    len -= len > 1; /* the slash, if it is not all of it */
    if (w->around != NULL && strncmp(w->around->path, path, len) == 0 &&
        w->around->path[len] == '\0') {
        return w->around;
    }
    struct xd_find_folder *in = xd_arena_alloc(a, sizeof(*in));

    in->path = xd_arena_text(a, path, len);
    in->prefix = listed ? in->path : "";
    in->title = listed ? in->path : real_name(a, in->path);
    in->top = true;
    w->around = in;
    return in;
}

/* "./a//b/" to "a/b" in place, so that one file has one name. */
static void tidy_path(char path[PATH_MAX])
{
    size_t len = 0;

    for (const char *from = path; *from != '\0'; from++) {
        bool starts = len == 0 || path[len - 1] == '/';

        if (*from == '/' && starts && len > 0) {
            continue;
        }
        if (starts && strncmp(from, "./", 2) == 0) {
            from += strspn(from + 1, "/");
            continue;
        }
        path[len++] = *from;
    }
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    path[len] = '\0';
    const char *leaf = xd_find_leaf(path);

    if (len == 0 || strcmp(leaf, ".") == 0 || strcmp(leaf, "..") == 0) {
        char *real = find_real(len == 0 ? "." : path); /* it has a name, too */

        (void)snprintf(path, PATH_MAX, "%s", real != NULL ? real : ".");
        free(real);
    }
}

/* "." and "../archive" may be one folder: is this one named for the second time? */
static bool is_known_root(struct xd_find_walk *w, const struct stat *st)
{
    enum { COMPARED = 1000 }; /* of a list of folders, one is hardly named twice */

    for (size_t i = 0; i < w->n_roots && i < COMPARED; i++) {
        if (w->roots[i].device == st->st_dev && w->roots[i].number == st->st_ino) {
            return true;
        }
    }
    *XD_PUSH(w->queue_arena, w, roots) = (struct xd_find_root){st->st_dev, st->st_ino};
    return false;
}

/* A path of a list is known by all of it, one of the command line by what is behind it. */
static void take_path(struct xd_find_walk *w, struct xd_slice given, bool listed)
{
    struct xd_find *f = w->f;
    struct stat st = {0};
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%.*s", (int)(given.len < 200 ? given.len : 200),
                   (const char *)given.p);
    if (given.len >= sizeof(path)) {
        xd_find_say_unreadable(f, path, ENAMETOOLONG);
        return;
    }
    memcpy(path, given.p, given.len);
    path[given.len] = '\0';
    if (stat(path, &st) != 0) {
        xd_find_say_unreadable(f, path, errno);
        return;
    }
    tidy_path(path);
    if (S_ISDIR(st.st_mode) && is_known_root(w, &st)) {
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        struct xd_find_folder *in = xd_arena_alloc(f->arena, sizeof(*in));

        in->path = xd_arena_strdup(f->arena, path);
        in->prefix = listed ? in->path : "";
        in->title = listed ? in->path : real_name(f->arena, path);
        in->top = true;
        *XD_PUSH(w->queue_arena, w, queue) = (struct xd_find_pending){.folder = in};
    } else {
        struct xd_find_bundle *b =
            xd_find_add_bundle(f, xd_find_folder_around(w, path, listed),
                               xd_arena_strdup(f->arena, xd_find_leaf(path)), &st);

        b->expected = !listed || xd_find_is_appliances(b->leaf);
    }
    while (w->n_queue > 0) {
        struct xd_find_pending next = w->queue[--w->n_queue];

        xd_find_walk_folder(w, &next);
    }
}

/* ---- lists ---- */

enum { LIST_BLOCK = 64 << 10 };

/* As much as there is, up to the whole block. */
static ssize_t fill_block(int fd, uint8_t *block, size_t len)
{
    while (len < LIST_BLOCK) {
        ssize_t n = read(fd, block + len, LIST_BLOCK - len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -1 : (ssize_t)len;
        }
        len += (size_t)n;
    }
    return (ssize_t)len;
}

static void take_entry(struct xd_find_walk *w, struct xd_slice entry, char mark)
{
    if (mark == '\n' && entry.len > 0 && entry.p[entry.len - 1] == '\r') {
        entry.len--;
    }
    if (entry.len > 0) {
        take_path(w, entry, true);
    }
}

/* The entries that end in the block; gives the bytes of that which does not. */
static size_t take_block(struct xd_find_walk *w, uint8_t *block, size_t len, char mark)
{
    size_t from = 0;

    for (const uint8_t *end = memchr(block, mark, len); end != NULL;
         end = memchr(block + from, mark, len - from)) {
        size_t to = (size_t)(end - block);

        take_entry(w, (struct xd_slice){block + from, to - from}, mark);
        from = to + 1;
    }
    memmove(block, block + from, len - from);
    return len - from;
}

/*
 * One path a line; where the list begins with one that a NUL ends, as of find -print0, one
 * up to each NUL.
 */
static enum xd_rc take_list(struct xd_find_walk *w, const char *name, int fd,
                            struct xd_err *err)
{
    uint8_t block[LIST_BLOCK];
    size_t kept = 0;
    char mark = '\0';
    enum xd_rc rc = XD_OK;

    for (bool first = true;; first = false) {
        ssize_t len = fd < 0 ? -1 : fill_block(fd, block, kept);

        if (len < 0) {
            rc =
                xd_err_set(err, XD_BAD, 0, "%s: cannot be read: %s", name, strerror(errno));
            break;
        }
        if (first && memchr(block, '\0', (size_t)len) == NULL) {
            mark = '\n';
        }
        kept = take_block(w, block, (size_t)len, mark);
        if (len < LIST_BLOCK || kept == LIST_BLOCK) { /* its end, or no list at all */
            take_entry(w, (struct xd_slice){block, kept}, mark);
            break;
        }
    }
    if (fd > STDERR_FILENO) {
        (void)close(fd);
    }
    return rc;
}

enum xd_rc xd_find_run(struct xd_find *f, const struct xd_batch_options *o,
                       const char *rules, struct xd_err *err)
{
    struct xd_find_walk w = {.f = f, .queue_arena = xd_arena_new()};
    enum xd_rc rc = XD_OK;

    f->arena = xd_arena_new();
    for (size_t i = 0; rc == XD_OK && i < o->n_paths; i++) {
        const char *path = o->paths[i];

        if (strcmp(path, "-") == 0) {
            rc = take_list(&w, "standard input", STDIN_FILENO, err);
        } else if (path[0] == '@' && access(path, F_OK) != 0) {
            rc = take_list(&w, path + 1, open(path + 1, O_RDONLY | O_CLOEXEC), err);
        } else {
            take_path(&w, xd_slice_of(path), false);
        }
    }
    xd_arena_free(w.queue_arena);
    if (rc == XD_OK) {
        xd_find_group(f, o->group, rules);
    }
    return rc;
}

void xd_find_done(struct xd_find *f)
{
    xd_free(f->bundles);
    xd_free(f->cases);
    xd_arena_free(f->arena);
    *f = (struct xd_find){.arena = NULL};
}
