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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
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

/* A folder has one of these, whatever its path is. */
struct root {
    dev_t device;
    ino_t number;
};

struct walk {
    struct xd_find *f;
    struct xd_arena *queue_arena;
    struct pending *queue; /* last in, first out: the queue stays short */
    size_t n_queue, cap_queue;
    const struct xd_find_folder *around; /* of the last file that the user named */
    struct root *roots;                  /* folders that the user named */
    size_t n_roots, cap_roots;
};

/* One folder's names, sorted out; archives are bundles at once. */
struct contents {
    struct xd_find *f;
    const struct xd_find_folder *in;
    struct xd_arena *scratch;
    const char **folders;
    size_t n_folders, cap_folders;
    size_t evidence; /* files as an extracted bundle holds them */
    size_t others;
    struct xd_find_origin origin; /* as the first of those says */
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
    struct xd_arena *a = xd_arena_new();

    f->unreadable++;
    say(f, path, xd_arena_printf(a, "cannot be opened: %s", strerror(why)));
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

static int64_t modified_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

const struct xd_find_origin *xd_find_keep_origin(struct xd_arena *a,
                                                 const struct xd_find_origin *said)
{
    struct xd_find_origin *out = xd_arena_alloc(a, sizeof(*out));

    *out = (struct xd_find_origin){xd_arena_strdup(a, said->host), said->stamp};
    return out;
}

/* The place of one more bundle; outside the arena, which would keep each smaller array. */
static struct xd_find_bundle *add_bundle(struct xd_find *f, const struct xd_find_folder *in,
                                         const char *leaf, const struct stat *st)
{
    if (f->n_bundles == f->cap_bundles) {
        f->cap_bundles = f->cap_bundles == 0 ? 64 : 2 * f->cap_bundles;
        f->bundles = xd_realloc(f->bundles, f->cap_bundles * sizeof(*f->bundles));
    }
    struct xd_find_bundle *b = &f->bundles[f->n_bundles++];

    *b = (struct xd_find_bundle){.in = in, .leaf = leaf};
    if (st != NULL) {
        b->bytes = (uint64_t)st->st_size;
        b->modified = modified_of(st);
        b->files = 1;
    }
    return b;
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
    if (said.host != NULL && c->origin.host == NULL) {
        c->origin = (struct xd_find_origin){said.host, said.stamp};
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
        struct xd_find_bundle *b =
            add_bundle(c->f, c->in, xd_arena_strdup(c->f->arena, name), &st);

        b->expected = xd_find_is_appliances(name);
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
    for (size_t i = 0; i < queue.n_folders; i++) {
        DIR *dir = opendir(queue.folders[i]);

        for (struct dirent *d = dir == NULL ? NULL : readdir(dir); d != NULL;
             d = readdir(dir)) {
            struct stat st = {0};

            if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
                fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
                continue;
            }
            if (S_ISDIR(st.st_mode)) {
                *XD_PUSH(a, &queue, folders) = xd_find_join(a, queue.folders[i], d->d_name);
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

/* The folder that a path of the user's lies in; neighbours of a list share it. */
static const struct xd_find_folder *folder_around(struct walk *w, const char *path,
                                                  bool listed)
{
    struct xd_arena *a = w->f->arena;
    size_t len = (size_t)(leaf_of(path) - path);

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

static void add_extracted(struct walk *w, const struct pending *p,
                          const struct xd_find_origin *origin)
{
    struct xd_find *f = w->f;
    const struct xd_find_folder *in = p->above;
    const char *path = p->folder->path;

    if (in == NULL) { /* the user named it */
        in = folder_around(w, path, p->folder->prefix[0] != '\0');
    }
    struct xd_find_bundle *b = add_bundle(f, in, leaf_of(path), NULL);

    b->extracted = true;
    measure_folder(b, path);
    if (origin->host != NULL) {
        b->origin = xd_find_keep_origin(f->arena, origin);
    }
}

/* The end of the path, so long as the prefix above and the leaf are. */
static const char *prefix_of(const struct xd_find_folder *in, const char *path,
                             const char *leaf)
{
    size_t front = strlen(in->prefix);
    size_t slash = front > 0 && in->prefix[front - 1] != '/';

    return path + strlen(path) - (front + slash + strlen(leaf));
}

static void push_folder(struct walk *w, const struct pending *above, const char *leaf)
{
    struct xd_arena *a = w->f->arena;
    const struct xd_find_folder *in = above->folder;
    struct xd_find_folder *next = xd_arena_alloc(a, sizeof(*next));

    next->path = xd_find_join(a, in->path, leaf);
    next->prefix = prefix_of(in, next->path, leaf);
    next->title = next->prefix;
    *XD_PUSH(w->queue_arena, w, queue) =
        (struct pending){.folder = next, .above = in, .depth = above->depth + 1};
}

static void walk_folder(struct walk *w, const struct pending *p)
{
    struct xd_find *f = w->f;
    struct contents c = {.f = f, .in = p->folder, .scratch = xd_arena_new()};
    size_t before = f->n_bundles;
    int why = read_folder(p->folder->path, &c);

    if (why != 0) {
        say_unreadable(f, p->folder->path, why);
    } else if (c.evidence > 0) {
        f->n_bundles = before; /* an archive among the files of a bundle is one of them */
        add_extracted(w, p, &c.origin);
    } else {
        f->no_bundle += c.others;
        if (c.n_folders > 0 && p->depth >= XD_FIND_DEPTH) {
            f->unreadable++;
            say(f, p->folder->path, "has more folders in it than are searched");
            c.n_folders = 0;
        }
        for (size_t i = 0; i < c.n_folders; i++) {
            push_folder(w, p, c.folders[i]);
        }
    }
    xd_arena_free(c.scratch);
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
    const char *leaf = leaf_of(path);

    if (len == 0 || strcmp(leaf, ".") == 0 || strcmp(leaf, "..") == 0) {
        char *real = realpath(len == 0 ? "." : path, NULL); /* it has a name, too */

        (void)snprintf(path, PATH_MAX, "%s", real != NULL ? real : ".");
        free(real);
    }
}

/* "." and "../archive" may be one folder: is this one named for the second time? */
static bool is_known_root(struct walk *w, const struct stat *st)
{
    enum { COMPARED = 1000 }; /* of a list of folders, one is hardly named twice */

    for (size_t i = 0; i < w->n_roots && i < COMPARED; i++) {
        if (w->roots[i].device == st->st_dev && w->roots[i].number == st->st_ino) {
            return true;
        }
    }
    *XD_PUSH(w->queue_arena, w, roots) = (struct root){st->st_dev, st->st_ino};
    return false;
}

/* A path of a list is known by all of it, one of the command line by what is behind it. */
static void take_path(struct walk *w, struct xd_slice given, bool listed)
{
    struct xd_find *f = w->f;
    struct stat st = {0};
    char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%.*s", (int)(given.len < 200 ? given.len : 200),
                   (const char *)given.p);
    if (given.len >= sizeof(path)) {
        say_unreadable(f, path, ENAMETOOLONG);
        return;
    }
    memcpy(path, given.p, given.len);
    path[given.len] = '\0';
    if (stat(path, &st) != 0) {
        say_unreadable(f, path, errno);
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
        *XD_PUSH(w->queue_arena, w, queue) = (struct pending){.folder = in};
    } else {
        struct xd_find_bundle *b =
            add_bundle(f, folder_around(w, path, listed),
                       xd_arena_strdup(f->arena, leaf_of(path)), &st);

        b->expected = !listed || xd_find_is_appliances(b->leaf);
    }
    while (w->n_queue > 0) {
        struct pending next = w->queue[--w->n_queue];

        walk_folder(w, &next);
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

static void take_entry(struct walk *w, struct xd_slice entry, char mark)
{
    if (mark == '\n' && entry.len > 0 && entry.p[entry.len - 1] == '\r') {
        entry.len--;
    }
    if (entry.len > 0) {
        take_path(w, entry, true);
    }
}

/* The entries that end in the block; gives the bytes of that which does not. */
static size_t take_block(struct walk *w, uint8_t *block, size_t len, char mark)
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
static enum xd_rc take_list(struct walk *w, const char *name, int fd, struct xd_err *err)
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
    struct walk w = {.f = f, .queue_arena = xd_arena_new()};
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
