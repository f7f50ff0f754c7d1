/*
 * bench.h - cases built in memory as the loaders would leave them, for tests of the
 * assembling half.
 */
#ifndef XD_BENCH_H
#define XD_BENCH_H

#include "expdiag/case.h"

#include "mint.h"

/* 2026-03-25 03:20:11 UTC, the stamp of most bundles here. */
#define XD_BENCH_STAMP (1774408811 * XD_SECOND)

struct xd_bench {
    struct xd_case *cs;
    unsigned input;        /* of entries that are added */
    const char *container; /* of the same */
    const char *host;      /* in their names; NULL: their names say nothing */
    xd_time stamp;
    unsigned view; /* of flows that are added */
    const struct xd_entry *capture;
};

struct xd_bench xd_bench_new(void);
void xd_bench_free(struct xd_bench *b);

/* A further input; what is added from now on belongs to it. */
void xd_bench_input(struct xd_bench *b, const char *name, enum xd_input_kind kind);

/* A bundle of this host in an archive of its own. */
void xd_bench_bundle(struct xd_bench *b, const char *host, xd_time stamp);

struct xd_entry *xd_bench_entry(struct xd_bench *b, enum xd_entry_kind kind,
                                const char *name);

/* A dump of lines "path = value", ended by NULL; line numbers count from 1. */
struct xd_dump *xd_bench_dump(struct xd_bench *b, enum xd_entry_kind kind,
                              const char *const *lines);

/* A PEM entry with these certificates, ended by NULL. */
struct xd_entry *xd_bench_pem(struct xd_bench *b, enum xd_entry_kind kind,
                              struct xd_cert *const *certs);

/* A log entry whose lines have these times. */
struct xd_entry *xd_bench_log(struct xd_bench *b, xd_time first, xd_time last,
                              const char *host);
struct xd_log_event *xd_bench_event(struct xd_bench *b, const struct xd_entry *log,
                                    enum xd_log_kind kind, xd_time at);

/* A capture entry and a view: flows that are added from now on were seen there. */
void xd_bench_capture(struct xd_bench *b);

/* A TLS (or SSH, by server port 2222) conversation between "a:port" and "b:port". */
struct xd_flow *xd_bench_flow(struct xd_bench *b, const char *client, const char *server);

/* One Certificate message; certs ended by NULL. */
struct xd_presented *xd_bench_present(struct xd_bench *b, struct xd_flow *f,
                                      enum xd_side by, struct xd_cert *const *certs);

/* Assemble without public roots. */
void xd_bench_assemble(struct xd_bench *b);

#endif
