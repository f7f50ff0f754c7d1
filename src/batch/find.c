/*
 * find.c - walking folders and lists for bundles.
 *
 * Only names, sizes and times are looked at, and the first bytes of a file whose name says
 * nothing: no parser runs here.
 */
#include "find.h"

#include "expdiag/alloc.h"
#include "expdiag/bundle.h"
#include "expdiag/text.h"
#include "expdiag/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder that is still to be walked. */
struct pending {
    const struct xd_find_folder *folder;
    const struct xd_find_folder *above; /* NULL: the user named it */
    unsigned depth;
};

struct walk {
    struct xd_find *f;
    struct xd_arena *queue_arena;
    struct pending *queue; /* last in, first out: the queue stays short */
    size_t n_queue, cap_queue;
};

/* One folder's names, sorted out. */
struct contents {
    struct xd_arena *scratch;
    const char **folders;
    size_t n_folders, cap_folders;
    struct xd_find_bundle *archives;
    size_t n_archives, cap_archives;
    size_t evidence; /* files as an extracted bundle holds them */
    size_t others;
    const char *host;
    xd_time stamp;
};

static void say(struct xd_find *f, const char *path, const char *what)
{
    struct xd_arena *a = xd_arena_new();

    if (f->say != NULL) {
        f->say(f->arg, xd_arena_printf(a, "%s: %s", path, what));
    }
    xd_arena_free(a);
}

static void say_unreadable(struct xd_find *f, const char *path, int why)
{
    f->unreadable++;
    say(f, path, strerror(why));
}

static char *join(struct xd_arena *a, const char *folder, const char *leaf)
{
    if (folder[0] == '\0' || strcmp(folder, ".") == 0) {
        return xd_arena_strdup(a, leaf);
    }
    return xd_arena_printf(a, folder[strlen(folder) - 1] == '/' ? "%s%s" : "%s/%s", folder,
                           leaf);
}

char *xd_find_path(const struct xd_find_bundle *b, struct xd_arena *a)
{
    return join(a, b->in->path, b->leaf);
}

static int64_t modified_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* ---- what a file is ---- */

/* A file of a bundle by its name: more than a suffix that certificates and captures share.
 */
static bool is_evidence(struct contents *c, const char *name)
{
    struct xd_entry_name said = xd_bundle_name_parse(c->scratch, name);

    if (said.kind == XD_ENTRY_OTHER || said.kind == XD_ENTRY_PEM ||
        (said.kind == XD_ENTRY_PCAP && said.ring < 0 && said.interface < 0) ||
        (said.stamp == XD_TIME_NONE &&
         (said.kind == XD_ENTRY_CA_PEM || said.kind == XD_ENTRY_SERVER_PEM ||
          said.kind == XD_ENTRY_CLIENT_PEM))) {
        return false;
    }
    if (said.host != NULL && c->host == NULL) {
        c->host = said.host;
        c->stamp = said.stamp;
    }
    return true;
}

/* The formats of archives that can be a bundle, by their first bytes. */
static bool looks_packed(int folder, const char *name)
{
    static const struct {
        const char *bytes;
        size_t len;
        size_t at;
    } marks[] = {{"\x1f\x8b", 2, 0},
                 {"\xfd"
                  "7zXZ",
                  5, 0},
                 {"\x28\xb5\x2f\xfd", 4, 0},
                 {"BZh", 3, 0},
                 {"PK\x03\x04", 4, 0},
                 {"ustar", 5, 257}};
    char head[262] = "";
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t len = fd < 0 ? -1 : read(fd, head, sizeof(head));

    if (fd >= 0) {
        (void)close(fd);
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t end = marks[i].at + marks[i].len;

        if (len >= (ssize_t)end &&
            memcmp(head + marks[i].at, marks[i].bytes, marks[i].len) == 0) {
            return true;
        }
    }
    return false;
}

/* Names that are never archives, so that a folder of texts is not opened file by file. */
static bool is_plain(const char *name)
{
    static const char *const suffixes[] = {
        ".txt", ".log",  ".pdf",  ".png",  ".jpg", ".jpeg", ".html", ".json", ".xml",
        ".csv", ".docx", ".xlsx", ".pptx", ".eml", ".msg",  ".md",   ".pcap", ".pcapng",
        ".cap", ".pem",  ".cer",  ".crt",  ".der", ".key",  ".py",   ".sh",   ".mp4"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (xd_text_ends_nocase(xd_slice_of(name), suffixes[i])) {
            return true;
        }
    }
    return false;
}

static void take_name(struct contents *c, int folder, const char *name)
{
    struct stat st = {0};
    struct stat link = {0};

    if (fstatat(folder, name, &link, AT_SYMLINK_NOFOLLOW) != 0 ||
        fstatat(folder, name, &st, 0) != 0) {
        c->others++; /* gone again, or a link to nowhere */
        return;
    }
    if (S_ISDIR(link.st_mode)) {
        *XD_PUSH(c->scratch, c, folders) = xd_arena_strdup(c->scratch, name);
    } else if (S_ISREG(st.st_mode) && is_evidence(c, name)) {
        c->evidence++;
    } else if (S_ISREG(st.st_mode) && (xd_find_is_archive(name) ||
                                       (!is_plain(name) && looks_packed(folder, name)))) {
        *XD_PUSH(c->scratch, c, archives) =
            (struct xd_find_bundle){.leaf = xd_arena_strdup(c->scratch, name),
                                    .bytes = (uint64_t)st.st_size,
                                    .files = 1,
                                    .modified = modified_of(&st),
                                    .stamp = XD_TIME_NONE};
    } else {
        c->others++;
    }
}

/* Names that begin with '.' are no archive's: snapshots of a file server, editors' files.
 */
static int read_folder(const char *path, struct contents *c)
{
    int fd = open(path[0] == '\0' ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);

    if (dir == NULL) {
        return errno;
    }
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        if (d->d_name[0] != '.') {
            take_name(c, fd, d->d_name);
        }
    }
    (void)closedir(dir);
    return 0;
}

/* ---- an extracted bundle ---- */

/* What changes when a file of the folder does: how many, how large, how new. */
static void measure_folder(struct xd_find_bundle *b, const char *path)
{
    struct xd_arena *a = xd_arena_new();
    struct {
        const char **folders;
        size_t n_folders, cap_folders;
    } queue = {0};

    *XD_PUSH(a, &queue, folders) = path;
    for (size_t i = 0; i < queue.n_folders && i < XD_FIND_LIST_BYTES; i++) {
        DIR *dir = opendir(queue.folders[i]);

        for (struct dirent *d = dir == NULL ? NULL : readdir(dir); d != NULL;
             d = readdir(dir)) {
            struct stat st = {0};

            if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
                fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
                continue;
            }
            if (S_ISDIR(st.st_mode)) {
                *XD_PUSH(a, &queue, folders) = join(a, queue.folders[i], d->d_name);
                continue;
            }
            b->files++;
            b->bytes += (uint64_t)st.st_size;
            b->modified = modified_of(&st) > b->modified ? modified_of(&st) : b->modified;
        }
        if (dir != NULL) {
            (void)closedir(dir);
        }
    }
    xd_arena_free(a);
}

/* The folder around a path, as a path; "" for the current one. */
static const char *parent_of(struct xd_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL   ? ""
           : slash == path ? "/"
                           : xd_arena_text(a, path, (size_t)(slash - path));
}

static const char *leaf_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* The last part of where a path really leads: "." has a name, too. */
static const char *real_name(struct xd_arena *a, const char *path)
{
    char *real = realpath(path[0] == '\0' ? "." : path, NULL);
    const char *name = xd_arena_strdup(a, leaf_of(real != NULL ? real : path));

    free(real); /* realpath's own allocation */
    return name;
}

/* ---- the walk ---- */

static void add_bundle(struct xd_find *f, const struct xd_find_bundle *b,
                       const struct xd_find_folder *in)
{
    struct xd_find_bundle *out = XD_PUSH(f->arena, f, bundles);

    *out = *b;
    out->in = in;
    out->leaf = xd_arena_strdup(f->arena, b->leaf);
    out->host = xd_arena_strdup(f->arena, b->host);
}

/* The folder that a path of the user's lies in. */
static const struct xd_find_folder *folder_around(struct xd_find *f, const char *path,
                                                  bool listed)
{
    struct xd_find_folder *in = xd_arena_alloc(f->arena, sizeof(*in));

    in->path = parent_of(f->arena, path);
    in->prefix = listed ? in->path : "";
    in->title = listed ? in->path : real_name(f->arena, in->path);
    in->top = true;
    return in;
}

static void add_extracted(struct walk *w, const struct pending *p, const struct contents *c)
{
    struct xd_find *f = w->f;
    const struct xd_find_folder *in = p->above;
    struct xd_find_bundle b = {.extracted = true,
                               .leaf = leaf_of(p->folder->path),
                               .host = c->host,
                               .stamp = c->stamp};

    if (in == NULL) { /* the user named it */
        in = folder_around(f, p->folder->path, p->folder->prefix[0] != '\0');
    }
    measure_folder(&b, p->folder->path);
    add_bundle(f, &b, in);
}

static void walk_folder(struct walk *w, const struct pending *p)
{
    struct xd_find *f = w->f;
    struct contents c = {.scratch = xd_arena_new(), .stamp = XD_TIME_NONE};
    int why = read_folder(p->folder->path, &c);

    if (why != 0) {
        say_unreadable(f, p->folder->path, why);
    } else if (c.evidence > 0) {
        add_extracted(w, p, &c);
    } else {
        f->no_bundle += c.others;
        for (size_t i = 0; i < c.n_archives; i++) {
            add_bundle(f, &c.archives[i], p->folder);
        }
        for (size_t i = 0; i < c.n_folders && p->depth < XD_FIND_DEPTH; i++) {
            struct xd_find_folder *next = xd_arena_alloc(f->arena, sizeof(*next));

            next->path = join(f->arena, p->folder->path, c.folders[i]);
            next->prefix = join(f->arena, p->folder->prefix, c.folders[i]);
            next->title = next->prefix;
            *XD_PUSH(w->queue_arena, w, queue) =
                (struct pending){.folder = next, .above = p->folder, .depth = p->depth + 1};
        }
    }
    xd_arena_free(c.scratch);
}

/* "./a//b/" to "a/b", so that one file has one name. */
static const char *tidy_path(struct xd_arena *a, const char *path)
{
    char *out = xd_arena_strdup(a, path);
    size_t len = 0;

    while (path[0] == '.' && path[1] == '/') {
        path += 2;
        path += strspn(path, "/");
    }
    for (size_t i = 0; path[i] != '\0'; i++) {
        if (path[i] != '/' || len == 0 || out[len - 1] != '/') {
            out[len++] = path[i];
        }
    }
    while (len > 1 && out[len - 1] == '/') {
        len--;
    }
    out[len] = '\0';
    const char *leaf = leaf_of(out);

    if (len > 0 && strcmp(leaf, ".") != 0 && strcmp(leaf, "..") != 0) {
        return out;
    }
    char *real = realpath(len == 0 ? "." : out, NULL); /* it has a name, too */

    out = xd_arena_strdup(a, real != NULL ? real : ".");
    free(real);
    return out;
}

/* A path of a list is known by all of it, one of the command line by what is behind it. */
static void take_path(struct walk *w, const char *given, bool listed)
{
    struct xd_find *f = w->f;
    struct stat st = {0};
    const char *path = tidy_path(f->arena, given);

    if (stat(path, &st) != 0) {
        say_unreadable(f, given, errno);
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        struct xd_find_folder *in = xd_arena_alloc(f->arena, sizeof(*in));

        in->path = path;
        in->prefix = listed ? path : "";
        in->title = listed ? path : real_name(f->arena, path);
        in->top = true;
        *XD_PUSH(w->queue_arena, w, queue) = (struct pending){.folder = in};
    } else {
        add_bundle(f,
                   &(struct xd_find_bundle){.leaf = leaf_of(path),
                                            .bytes = (uint64_t)st.st_size,
                                            .files = 1,
                                            .modified = modified_of(&st),
                                            .stamp = XD_TIME_NONE},
                   folder_around(f, path, listed));
    }
    while (w->n_queue > 0) {
        struct pending next = w->queue[--w->n_queue];

        walk_folder(w, &next);
    }
}

/* One path a line; where the list holds a NUL, as of find -print0, one up to each NUL. */
static enum xd_rc take_list(struct walk *w, const char *path, struct xd_err *err)
{
    struct xd_arena *a = xd_arena_new();
    struct xd_slice list = {0};
    enum xd_rc rc = xd_input_slurp(a, path, XD_FIND_LIST_BYTES, &list, err);
    char mark = list.len > 0 && memchr(list.p, '\0', list.len) != NULL ? '\0' : '\n';

    for (size_t at = 0; rc == XD_OK && at < list.len;) {
        const uint8_t *end = memchr(list.p + at, mark, list.len - at);
        size_t len = end == NULL ? list.len - at : (size_t)(end - (list.p + at));
        size_t kept = len;

        if (mark == '\n' && kept > 0 && list.p[at + kept - 1] == '\r') {
            kept--;
        }
        if (kept > 0) {
            take_path(w, xd_arena_text(a, (const char *)list.p + at, kept), true);
        }
        at += len + 1;
    }
    xd_arena_free(a);
    return rc;
}

enum xd_rc xd_find_run(struct xd_find *f, const struct xd_batch_options *o,
                       const char *rules, struct xd_err *err)
{
    struct walk w = {.f = f, .queue_arena = xd_arena_new()};
    enum xd_rc rc = XD_OK;

    f->arena = xd_arena_new();
    for (size_t i = 0; rc == XD_OK && i < o->n_paths; i++) {
        const char *path = o->paths[i];

        if (strcmp(path, "-") == 0) {
            rc = take_list(&w, "/dev/stdin", err);
        } else if (path[0] == '@' && access(path, F_OK) != 0) {
            rc = take_list(&w, path + 1, err);
        } else {
            take_path(&w, path, false);
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
    xd_arena_free(f->arena);
    f->arena = NULL;
}
