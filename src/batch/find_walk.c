/*
 * find_walk.c - the folders below a path: what their files are, which hold a bundle.
 *
 * Only names, sizes and times are looked at, and the first bytes of a file whose name says
 * nothing: no parser runs here.
 */
#include "find_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/bundle.h"
#include "expdiag/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static int64_t modified_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* The place of one more bundle; outside the arena, which would keep each smaller array. */
struct xd_find_bundle *xd_find_add_bundle(struct xd_find *f,
                                          const struct xd_find_folder *in, const char *leaf,
                                          const struct stat *st)
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
            xd_find_add_bundle(c->f, c->in, xd_arena_strdup(c->f->arena, name), &st);

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

/* ---- the walk ---- */

static void add_extracted(struct xd_find_walk *w, const struct xd_find_pending *p,
                          const struct xd_find_origin *origin)
{
    struct xd_find *f = w->f;
    const struct xd_find_folder *in = p->above;
    const char *path = p->folder->path;

    if (in == NULL) { /* the user named it */
        in = xd_find_folder_around(w, path, p->folder->prefix[0] != '\0');
    }
    struct xd_find_bundle *b = xd_find_add_bundle(f, in, xd_find_leaf(path), NULL);

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

static void push_folder(struct xd_find_walk *w, const struct xd_find_pending *above,
                        const char *leaf)
{
    struct xd_arena *a = w->f->arena;
    const struct xd_find_folder *in = above->folder;
    struct xd_find_folder *next = xd_arena_alloc(a, sizeof(*next));

    next->path = xd_find_join(a, in->path, leaf);
    next->prefix = prefix_of(in, next->path, leaf);
    next->title = next->prefix;
    *XD_PUSH(w->queue_arena, w, queue) =
        (struct xd_find_pending){.folder = next, .above = in, .depth = above->depth + 1};
}

void xd_find_walk_folder(struct xd_find_walk *w, const struct xd_find_pending *p)
{
    struct xd_find *f = w->f;
    struct contents c = {.f = f, .in = p->folder, .scratch = xd_arena_new()};
    size_t before = f->n_bundles;
    int why = read_folder(p->folder->path, &c);

    if (why != 0) {
        xd_find_say_unreadable(f, p->folder->path, why);
    } else if (c.evidence > 0) {
        f->n_bundles = before; /* an archive among the files of a bundle is one of them */
        add_extracted(w, p, &c.origin);
    } else {
        f->no_bundle += c.others;
        if (c.n_folders > 0 && p->depth >= XD_FIND_DEPTH) {
            f->unreadable++;
            xd_find_say(f, p->folder->path, "has more folders in it than are searched");
            c.n_folders = 0;
        }
        for (size_t i = 0; i < c.n_folders; i++) {
            push_folder(w, p, c.folders[i]);
        }
    }
    xd_arena_free(c.scratch);
}
