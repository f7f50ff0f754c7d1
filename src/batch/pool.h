/*
 * pool.h - workers for many cases: a forking process, and below it one process a case.
 *
 * The forking process starts before anything that a worker must not have (a database, the
 * rows of others) is open, and never parses a byte.  It reads the public roots once, so
 * that a worker finds them parsed.
 */
#ifndef EXPDIAG_POOL_H
#define EXPDIAG_POOL_H

#include "expdiag/buf.h"

#include "redact.h"
#include "row.h"

struct xd_pool;

struct xd_pool_options {
    unsigned jobs;
    unsigned timeout; /* seconds */
    unsigned memory;  /* MiB */
    bool one_thread;
    const char *public_roots; /* path, or NULL */
    struct xd_slice roots_pem;
    const char *reports; /* folder, or NULL */
    struct xd_slice keylog;
    const struct xd_redact_key *redact; /* NULL: rows and reports as they are */
    xd_time at;
    xd_time now;
};

/* A case to work on; all texts are copied. */
struct xd_pool_job {
    uint32_t id;
    const char *name;
    const char *report; /* its name in the folder of reports, or NULL */
    char *const *paths;
    const bool *expected; /* of each: should it be a bundle? */
    size_t n_paths;
};

/* Of what a worker says at most: its row, and behind it the names of --redact-map. */
enum { XD_POOL_SAYS = 16 * XD_ROW_BYTES };

/* How it ended.  row is what the worker said of it, unread; empty if it said nothing. */
struct xd_pool_end {
    uint32_t id;
    int wait_status;
    bool timed_out;
    bool no_worker; /* no process could be made: doing says why */
    double seconds;
    double peak_mib;
    char doing[256];       /* what it read last */
    struct xd_slice row;   /* valid until the next call */
    struct xd_slice names; /* what stands for what in it; the same */
};

/* Start the forking process.  XD_FAIL: none could be made. */
XD_MUST_USE enum xd_rc xd_pool_start(const struct xd_pool_options *o, struct xd_pool **out,
                                     struct xd_err *err);

/* Hand a case over; it starts when a worker is free.  XD_FAIL: the pool is gone. */
XD_MUST_USE enum xd_rc xd_pool_submit(struct xd_pool *p, const struct xd_pool_job *job,
                                      struct xd_err *err);

/* Readable when an end can be taken. */
int xd_pool_fd(const struct xd_pool *p);

/* Take what has come in.  XD_FAIL: the pool is gone. */
XD_MUST_USE enum xd_rc xd_pool_receive(struct xd_pool *p, struct xd_err *err);

/* The next end that has come in whole; false: none. */
bool xd_pool_take(struct xd_pool *p, struct xd_pool_end *out);

/* End it and its workers, and wait for that. */
void xd_pool_stop(struct xd_pool *p);

/* Exit status of a worker; what it says of 1 and 2 stands in doing. */
enum {
    XD_POOL_DONE = 0,
    XD_POOL_NO_ROW = 1,    /* the analysis failed */
    XD_POOL_NO_REPORT = 2, /* a report could not be written, says the worker */
};

/* ---- within the pool ---- */

/* What all workers would make alike, made once before them. */
struct xd_roots;
struct xd_sandbox_plan;
struct xd_pool_shared {
    struct xd_roots *roots;
    struct xd_sandbox_plan *plan;
};

/* A worker's whole life: reads the case, writes its reports and, to row_fd, its row. */
struct xd_worker_status;
int xd_pool_work(const struct xd_pool_options *o, const struct xd_pool_shared *shared,
                 const struct xd_pool_job *job, int row_fd,
                 struct xd_worker_status *status);

/* The path of a report while it is written, and when it stands; in the arena. */
char *xd_pool_report_path(struct xd_arena *a, const char *folder, const char *name,
                          const char *suffix, bool part);

/* A request or an end on its way: a length, then the bytes. */
struct xd_wire_head {
    uint32_t len; /* of what follows */
    uint32_t id;
    int32_t wait_status;
    uint16_t timed_out;
    uint16_t no_worker;
    uint64_t microseconds;
    uint64_t peak_kib;
    char doing[256];
};

/* The forking process.  Does not return. */
XD_NORETURN void xd_pool_serve(const struct xd_pool_options *o, int fd);

#endif
