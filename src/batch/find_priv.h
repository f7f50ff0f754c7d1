/*
 * find_priv.h - between the paths that a user names and the folders below them.
 */
#ifndef EXPDIAG_FIND_PRIV_H
#define EXPDIAG_FIND_PRIV_H

#include "find.h"

#include <sys/stat.h>

/* A folder that is still to be walked. */
struct xd_find_pending {
    const struct xd_find_folder *folder;
    const struct xd_find_folder *above; /* NULL: the user named it */
    unsigned depth;
};

/* A folder has one of these, whatever its path is. */
struct xd_find_root {
    dev_t device;
    ino_t number;
};

struct xd_find_walk {
    struct xd_find *f;
    struct xd_arena *queue_arena;
    struct xd_find_pending *queue; /* last in, first out: the queue stays short */
    size_t n_queue, cap_queue;
    const struct xd_find_folder *around; /* of the last file that the user named */
    struct xd_find_root *roots;          /* folders that the user named */
    size_t n_roots, cap_roots;
};

/* Look through the folder and put those in it into the queue. */
void xd_find_walk_folder(struct xd_find_walk *w, const struct xd_find_pending *p);

/* One more bundle; st may be NULL.  Lives until the next is added. */
struct xd_find_bundle *xd_find_add_bundle(struct xd_find *f,
                                          const struct xd_find_folder *in, const char *leaf,
                                          const struct stat *st);

/* The folder that a path of the user's lies in; neighbours of a list share it. */
const struct xd_find_folder *xd_find_folder_around(struct xd_find_walk *w, const char *path,
                                                   bool listed);

/* "c" of "a/b/c", within it. */
const char *xd_find_leaf(const char *path);

/* "PATH: WORDS" to who listens. */
void xd_find_say(struct xd_find *f, const char *path, const char *what);
void xd_find_say_unreadable(struct xd_find *f, const char *path, int why);

#endif
