/*
 * run_priv.h - one batch while it runs.
 */
#ifndef EXPDIAG_RUN_PRIV_H
#define EXPDIAG_RUN_PRIV_H

#include "db.h"
#include "find.h"
#include "ndjson.h"
#include "pool.h"

enum {
    XD_RUN_TIMEOUT = 600, /* seconds a case; a large one takes ten */
    XD_RUN_GROUP = 64,    /* rows that go to disk together */
    XD_RUN_MANY = 24,     /* bundles of one case: two clusters, before and after */
    XD_RUN_AHEAD = 16,    /* cases that wait for a worker while rows go to disk */
};

#define XD_RUN_GROUP_SECONDS 0.5 /* that a row waits for others at most */

/* Where a case has a row that stands; and whether it is with a worker. */
enum { XD_RUN_IN_LINES = 1, XD_RUN_IN_DB = 2, XD_RUN_OUT = 4 };

struct xd_run {
    const struct xd_batch_options *o;
    struct xd_batch_result *out;
    struct xd_arena *arena;
    struct xd_pool_options pool_options;
    const char *rules;
    struct xd_find find;
    uint8_t *flags; /* of each case */
    uint8_t wanted;
    struct xd_pool *pool;
    struct xd_redact_map redact;
    struct xd_ndjson lines;
    struct xd_db *db;
    int signals;
    size_t next;    /* case to hand out */
    size_t running; /* handed out and not back */
    struct xd_arena *group;
    struct xd_row *rows;
    size_t n_rows, cap_rows;
    uint32_t *row_cases;
    size_t n_row_cases, cap_row_cases;
    double group_since;
    double began;
    double told;
    struct xd_batch_progress progress;
};

/* Monotonic seconds. */
double xd_run_clock(void);

/* Hex of the case's fingerprint. */
const char *xd_run_fingerprint(const struct xd_find_case *c, char out[33]);

/* The row of a case that ended, in the group's arena.  XD_FAIL: the fault is ours. */
XD_MUST_USE enum xd_rc xd_run_make_row(struct xd_run *r, const struct xd_find_case *c,
                                       const struct xd_pool_end *end, struct xd_row *out,
                                       struct xd_err *err);

/* A file's name for a case's name: one to one, and never out of the folder. */
char *xd_run_report_name(struct xd_arena *a, const char *name);

/* Give the reports of the row their names, or remove them where it has none. */
XD_MUST_USE enum xd_rc xd_run_settle_reports(const char *folder, struct xd_row *row,
                                             struct xd_err *err);

/* Remove what a worker that was ended wrote of the case's reports. */
void xd_run_drop_reports(const char *folder, const char *name);

/* Wait until all reports are on the disk. */
void xd_run_sync_reports(const char *folder);

#endif
