/*
 * inputs.c - opening what the command line names; folders are walked by name only.
 */
#include "expdiag/worker.h"

#include "expdiag/alloc.h"
#include "expdiag/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The files of a folder as they are found. */
struct found {
    struct xd_bundle_file *files;
    size_t n_files;
    size_t cap_files;
};

/* A folder that is still to be walked. */
struct pending {
    const char *name; /* relative to the input; "" is the input itself */
    int fd;
    unsigned depth;
};

struct queue {
    struct pending *folders;
    size_t n_folders;
    size_t cap_folders;
};

static void note_file(struct xd_arena *a, struct found *found, const char *name, int fd,
                      int open_error)
{
    *XD_PUSH(a, found, files) =
        (struct xd_bundle_file){.name = name, .fd = fd, .open_error = open_error};
}

/*
 * A folder may come from a stranger as an archive does: a link in it may lead to another
 * file of it, never to one of the reader's own (EXDEV).  Linux before 5.6 cannot tell, and
 * there no link is followed (ELOOP).
 */
static int open_beneath(int top, const char *path, int folder, const char *name)
{
    /* O_NONBLOCK: a FIFO without a writer must not hold the run up */
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    struct open_how how = {.flags = (unsigned)flags,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd = syscall(SYS_openat2, top, path, &how, sizeof(how));

    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        return openat(folder, name, flags | O_NOFOLLOW);
    }
    return (int)fd;
}

/* Open one name of a folder: a file is kept, a folder queued, the rest passed over. */
static void take_name(struct xd_arena *a, const struct pending *in, const char *name,
                      struct found *found, struct queue *queue)
{
    const char *path = in->name[0] == '\0' ? xd_arena_strdup(a, name)
                                           : xd_arena_printf(a, "%s/%s", in->name, name);
    struct stat link = {0};
    struct stat st = {0};

    if (fstatat(in->fd, name, &link, AT_SYMLINK_NOFOLLOW) != 0) {
        note_file(a, found, path, -1, errno);
        return;
    }
    if (!S_ISREG(link.st_mode) && !S_ISDIR(link.st_mode) && !S_ISLNK(link.st_mode)) {
        return; /* opening a device may already do something */
    }
    int fd = open_beneath(queue->folders[0].fd, path, in->fd, name);

    if (fd < 0 || fstat(fd, &st) != 0) {
        note_file(a, found, path, -1, errno);
        if (fd >= 0) {
            (void)close(fd);
        }
        return;
    }
    if (S_ISREG(st.st_mode)) {
        note_file(a, found, path, fd, 0);
    } else if (S_ISDIR(st.st_mode) && S_ISDIR(link.st_mode) &&
               in->depth == XD_MAX_FOLDER_DEPTH) {
        note_file(a, found, path, -1, E2BIG);
        (void)close(fd);
    } else if (S_ISDIR(st.st_mode) && S_ISDIR(link.st_mode)) {
        *XD_PUSH(a, queue, folders) =
            (struct pending){.name = path, .fd = fd, .depth = in->depth + 1};
    } else {
        (void)close(fd);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **items;
    size_t n_items;
    size_t cap_items;
};

/* All names of a folder in byte order, so that a run does not hang on the disk's order. */
static int list_names(struct xd_arena *a, int fd, struct names *names)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);

    if (dir == NULL) {
        int why = errno;

        if (copy >= 0) {
            (void)close(copy);
        }
        return why;
    }
    for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
            *XD_PUSH(a, names, items) = xd_arena_strdup(a, d->d_name);
        }
    }
    (void)closedir(dir);
    if (names->n_items > 1) {
        qsort(names->items, names->n_items, sizeof(char *), compare_names);
    }
    return 0;
}

static void walk_folder(struct xd_arena *a, int fd, struct xd_bundle_input *in)
{
    struct found found = {0};
    struct queue queue = {0};

    *XD_PUSH(a, &queue, folders) = (struct pending){.name = "", .fd = fd, .depth = 0};
    for (size_t i = 0; i < queue.n_folders; i++) {
        struct pending folder = queue.folders[i];
        struct names names = {0};
        int why = list_names(a, folder.fd, &names);

        if (why != 0 && i == 0) {
            in->open_error = why;
        } else if (why != 0) {
            note_file(a, &found, folder.name, -1, why);
        }
        for (size_t k = 0; k < names.n_items; k++) {
            if (found.n_files >= XD_MAX_FOLDER_FILES) {
                note_file(a, &found, "(further files)", -1, E2BIG);
                break;
            }
            take_name(a, &folder, names.items[k], &found, &queue);
        }
        if (i > 0) {
            (void)close(folder.fd);
        }
    }
    (void)close(fd);
    in->files = found.files;
    in->n_files = found.n_files;
    for (size_t i = 0; i < found.n_files; i++) {
        /* our own shortage is no damage of the bundle: say so instead of reading half of it
         */
        if (found.files[i].open_error == EMFILE || found.files[i].open_error == ENFILE) {
            in->open_error = found.files[i].open_error;
        }
    }
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static void open_one(struct xd_arena *a, const char *path, struct xd_bundle_input *in)
{
    struct stat st = {0};
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    in->path = path;
    in->kind = XD_INPUT_FILE;
    if (fd < 0 || fstat(fd, &st) != 0) {
        in->open_error = errno;
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        in->kind = XD_INPUT_FOLDER;
        walk_folder(a, fd, in);
        return;
    }
    if (S_ISCHR(st.st_mode) && !is_stdin && major(st.st_rdev) == 1) {
        (void)close(fd); /* /dev/zero has no end; /dev/null, and memory, are no bundle */
        in->open_error = ENODEV;
        return;
    }
    in->files = xd_arena_alloc(a, sizeof(*in->files));
    in->files[0].name = is_stdin ? "-" : last_part(path);
    in->files[0].fd = fd;
    in->n_files = 1;
}

/* As many descriptors as the system lets us have: a folder's files are all open. */
static void raise_file_limit(void)
{
    struct rlimit limit = {0};

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct xd_bundle_input *xd_inputs_open(struct xd_arena *a, char *const *paths, size_t n)
{
    struct xd_bundle_input *inputs = xd_arena_alloc(a, n * sizeof(*inputs));

    raise_file_limit();
    for (size_t i = 0; i < n; i++) {
        open_one(a, paths[i], &inputs[i]);
    }
    return inputs;
}

bool xd_inputs_hold(const struct xd_bundle_input *inputs, size_t n, const char *path)
{
    struct stat want = {0};
    struct stat have = {0};

    /* a device or pipe may well be read from and written to */
    if (stat(path, &want) != 0 || !S_ISREG(want.st_mode)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < inputs[i].n_files; k++) {
            const struct xd_bundle_file *f = &inputs[i].files[k];

            if (f->open_error == 0 && fstat(f->fd, &have) == 0 &&
                have.st_dev == want.st_dev && have.st_ino == want.st_ino) {
                return true;
            }
        }
    }
    return false;
}

/* Read fd to its end into buf, at most max bytes; -1 on error, with errno. */
static ssize_t read_all(int fd, uint8_t *buf, size_t max)
{
    size_t len = 0;

    while (len < max) {
        ssize_t got = read(fd, buf + len, max - len);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        len += (size_t)got;
    }
    return (ssize_t)len;
}

enum xd_rc xd_input_slurp(struct xd_arena *a, const char *path, size_t max,
                          struct xd_slice *out, struct xd_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return xd_err_set(err, XD_BAD, 0, "%s: cannot be opened: %s", path,
                          strerror(errno));
    }
    uint8_t *buf = xd_alloc(max + 1);
    ssize_t len = read_all(fd, buf, max + 1);
    enum xd_rc rc = XD_OK;

    if (len < 0) {
        rc = xd_err_set(err, XD_BAD, 0, "%s: cannot be read: %s", path, strerror(errno));
    } else if ((size_t)len > max) {
        rc = xd_err_set(err, XD_BAD, max, "%s: longer than %zu bytes", path, max);
    } else {
        *out = xd_arena_dup(a, (struct xd_slice){buf, (size_t)len});
    }
    xd_free(buf);
    (void)close(fd);
    return rc;
}
