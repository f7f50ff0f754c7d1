/*
 * find.h - which bundles there are, and which of them are one case.
 *
 * By names, sizes and times, and for a file whose name says nothing by its first bytes.
 */
#ifndef EXPDIAG_FIND_H
#define EXPDIAG_FIND_H

#include "expdiag/arena.h"
#include "expdiag/batch.h"

enum {
    XD_FIND_DEPTH = 64, /* of folders; a link to a folder is not followed */
    XD_FIND_EXTRACTED =
        12, /* folders of one case, each an extracted bundle: two clusters */
};

/*
 * An archive may have a million bundles, and the parent stays small: texts are shared
 * wherever one is the end of another.
 */

/* A folder in which bundles were found. */
struct xd_find_folder {
    const char *path;   /* to open */
    const char *prefix; /* of the names of cases in it: the end of path; "", "2026/acme" */
    const char *title;  /* name of the case that it is itself */
    bool top;           /* named by the user, or of a file that was */
};

/* What the names of a bundle's files, or its own, say of it. */
struct xd_find_origin {
    const char *host;
    xd_time stamp;
};

/* A bundle: an archive, or a folder that one was extracted to. */
struct xd_find_bundle {
    const struct xd_find_folder *in;
    const char *leaf;
    const char *word; /* bundles of one folder and one word are one case */
    const struct xd_find_origin *origin; /* NULL: not known */
    uint64_t bytes;
    int64_t modified; /* ns; the newest file of a folder */
    uint32_t files;
    bool extracted;
    bool expected; /* said to be a bundle by the user, or by a name as the appliance's */
    bool own;      /* a case of its own, though grouped by folder */
    bool by_stamp; /* its case is known by the first of its bundles */
};

struct xd_find_case {
    const char *name;     /* no other case has it */
    const char *original; /* where name is its pseudonym, else NULL */
    unsigned first;       /* its bundles */
    unsigned count;
    uint8_t fingerprint[16]; /* of names, sizes and times */
    bool shares_name;        /* with one of another path, as they were first named */
};

struct xd_find {
    struct xd_arena *arena;
    struct xd_find_bundle *bundles; /* those of a case stand together */
    size_t n_bundles, cap_bundles;
    struct xd_find_case *cases; /* by name */
    size_t n_cases;
    size_t no_bundle;                         /* files that are none */
    size_t unreadable;                        /* paths and folders that could not be read */
    void (*say)(void *arg, const char *text); /* of those; may be NULL */
    void *arg;
};

/*
 * Look through all paths and group what is there.  rules goes into the fingerprints.
 * XD_BAD: a list cannot be read; *err says why.  Free with xd_find_done.
 */
XD_MUST_USE enum xd_rc xd_find_run(struct xd_find *f, const struct xd_batch_options *o,
                                   const char *rules, struct xd_err *err);
void xd_find_done(struct xd_find *f);

/* The path to open a bundle by, in the arena. */
char *xd_find_path(const struct xd_find_bundle *b, struct xd_arena *a);

/* Does the case belong to this shard?  By a hash of its name alone. */
bool xd_find_in_shard(const char *name, unsigned shard, unsigned shards);

/* ---- between find.c and group.c ---- */

/* "folder/leaf", in the arena. */
char *xd_find_join(struct xd_arena *a, const char *folder, const char *leaf);

/* Bundles to cases, in the order of their names. */
void xd_find_group(struct xd_find *f, enum xd_batch_group how, const char *rules);

/* "acme-1_C.tar.gz" to "acme-1_C": without the suffixes of an archive. */
struct xd_slice xd_find_stem(const char *leaf);

/* Both in the arena, for a bundle. */
const struct xd_find_origin *xd_find_keep_origin(struct xd_arena *a,
                                                 const struct xd_find_origin *said);

/* Is it named like an archive that can be a bundle; as the appliance names one? */
bool xd_find_is_archive(const char *leaf);
bool xd_find_is_appliances(const char *leaf);

#endif
