/*
 * batch.h - an archive of cases: each analysed in a process of its own, one row each.
 *
 * Above the pipeline and the reports.  Prints nothing: words and progress go to the
 * caller.
 */
#ifndef EXPDIAG_BATCH_H
#define EXPDIAG_BATCH_H

#include "expdiag/base.h"
#include "expdiag/clock.h"
#include "expdiag/finding.h"

/* Which bundles belong to one case. */
enum xd_batch_group { XD_GROUP_BY_FOLDER, XD_GROUP_BY_NAME, XD_GROUP_NONE };

/* How the analysis of a case ended. */
enum xd_row_status {
    XD_ROW_OK,
    XD_ROW_DAMAGED, /* analysed, but something of its inputs was lost */
    XD_ROW_FAILED,  /* nothing of it could be read */
    XD_ROW_CRASHED,
    XD_ROW_TIMEOUT,
    XD_ROW_MEMORY,
    XD_ROW_COUNT,
};

/* "ok", "damaged", ... */
const char *xd_row_status_name(enum xd_row_status s);

struct xd_batch_progress {
    size_t cases;                   /* of this shard */
    size_t done;                    /* by this run */
    size_t unchanged;               /* done by an earlier one */
    size_t by_status[XD_ROW_COUNT]; /* of this run's rows */
    size_t no_bundle;               /* inputs that were passed over */
    double seconds;                 /* since the first case began */
    bool last;                      /* the run is over */
};

struct xd_batch_options {
    char *const *paths; /* a folder, a bundle, "@FILE" or "-": a list of paths */
    size_t n_paths;
    enum xd_batch_group group;
    unsigned jobs;    /* workers at a time; 0: one a core */
    unsigned shard;   /* 1 to shards */
    unsigned shards;  /* 0 or 1: all */
    unsigned timeout; /* seconds a case; 0: XD_BATCH_TIMEOUT */
    unsigned memory;  /* MiB a case; 0: a fair share of the machine's */
    bool resume;
    const char *ndjson;       /* path, "-" or NULL */
    const char *db;           /* "sqlite:FILE", "postgresql://...", or NULL */
    const char *reports;      /* folder of an HTML and a JSON report a case, or NULL */
    const char *public_roots; /* path of a PEM file, or NULL: those built in */
    const char *keylog;       /* path of a key log, or NULL */
    bool redact;              /* pseudonyms in rows and reports */
    const char *redact_map;   /* path of what they stand for, or NULL */
    xd_time at;  /* judge validity at this time; XD_TIME_NONE: the case's own */
    xd_time now; /* for reports; XD_TIME_NONE: they carry no time of writing */
    /* Words for people, without "expdiag:" and line end; either may be NULL. */
    void (*say)(void *arg, const char *text);
    /* Called a few times a second. */
    void (*progress)(void *arg, const struct xd_batch_progress *p);
    void *arg;
};

struct xd_batch_result {
    struct xd_batch_progress progress;
    bool unreadable;        /* a path or a case could not be read at all */
    bool found;             /* worst is set */
    enum xd_severity worst; /* of all rows' findings, those of earlier runs too */
    int interrupted_by;     /* a signal; 0: none */
};

/*
 * XD_OK    every case has its row, or interrupted_by says why not.
 * XD_BAD   the options do not fit what is there: *err says what and the way out.
 * XD_FAIL  rows or reports could not be written, or no process could be made.  What was
 *          written before is whole, and resume goes on from there.
 */
XD_MUST_USE enum xd_rc xd_batch_run(const struct xd_batch_options *o,
                                    struct xd_batch_result *out, struct xd_err *err);

/*
 * "3/8", "auto", "auto/8": the number of the shard, from 1, and how many there are.
 * auto takes the number, and without "/8" the count too, from what getenv tells of a
 * Slurm array or a Kubernetes indexed job.  XD_BAD: *err says why.
 */
XD_MUST_USE enum xd_rc xd_batch_shard_parse(const char *text,
                                            const char *(*lookup)(const char *name),
                                            struct xd_batch_options *o, struct xd_err *err);

#endif
