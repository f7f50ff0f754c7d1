/*
 * row.h - what one case comes to: a line of NDJSON, a row of the database.
 */
#ifndef EXPDIAG_ROW_H
#define EXPDIAG_ROW_H

#include "expdiag/arena.h"
#include "expdiag/batch.h"
#include "expdiag/buf.h"

struct xd_case;

enum {
    XD_ROW_BYTES = 1 << 20, /* of one row as JSON; a case of two nodes takes 3 KiB */
    XD_ROW_INPUTS = 1000,   /* kept of one case, as all below; the rest is counted */
    XD_ROW_NODES = 256,
    XD_ROW_FINDINGS = 500,
    XD_ROW_CERTS = 500,
    XD_ROW_FAILURES = 100,
    XD_ROW_TEXT = 8192, /* bytes of a text: a path can have 4096 */
};

struct xd_row_input {
    const char *path; /* as it was opened */
    uint64_t bytes;
    xd_time modified;   /* XD_TIME_NONE: not known */
    const char *sha256; /* hex, or NULL: a folder, or never read */
    const char *problem;
};

struct xd_row_node {
    const char *id;
    const char *role; /* "C", "E", "unknown" */
    const char *version;
    const char *eku_check;
};

struct xd_row_finding {
    const char *id;
    const char *severity;
    const char *confidence;
    const char *node; /* or NULL */
};

/* A leaf in a store. */
struct xd_row_cert {
    const char *node;
    const char *store; /* "server", "client" or "both" */
    const char *sha256;
    const char *subject;
    const char *issuer;
    const char *issuer_kind;
    xd_time not_after;
    bool client_auth;    /* permits it */
    xd_time policy_date; /* a renewal from then on has none; XD_TIME_NONE */
};

struct xd_row {
    const char *name; /* "case" */
    enum xd_row_status status;
    const char *reason; /* NULL with ok */
    struct xd_row_input *inputs;
    size_t n_inputs, cap_inputs;
    double seconds;
    double peak_mib;
    const char *condition; /* or NULL */
    struct xd_row_node *nodes;
    size_t n_nodes, cap_nodes;
    struct xd_row_finding *findings;
    size_t n_findings, cap_findings;

    const char *rules;       /* the rule set that judged */
    const char *fingerprint; /* of the inputs' names, sizes and times */
    xd_time last_seen;       /* of the last packet or log line */
    struct xd_row_cert *certs;
    size_t n_certs, cap_certs;
    const char **failures; /* what is left unexplained, as signatures */
    size_t n_failures, cap_failures;
    const char *report; /* name of its reports in --reports, without suffix, or NULL */
    uint64_t left_out;  /* findings, certificates, ... beyond the limits above */

    /* only from the worker to the parent */
    size_t no_bundle; /* inputs that are none */
    bool nothing;     /* all of them: no row */
};

/*
 * The row of a case that was read.  expected: by input, should it have been a bundle?
 * Else one that is none is left out and counted.  Texts are the case's or the arena's.
 */
void xd_row_from_case(const struct xd_case *cs, const bool *expected, struct xd_arena *a,
                      struct xd_row *out);

/* One line of JSON, with its line feed.  internal: as a worker hands it on. */
void xd_row_write(const struct xd_row *row, bool internal, struct xd_buf *out);

/*
 * Read it back; texts in the arena.  XD_BAD: it is none.  The bytes may be anybody's:
 * a worker may have been taken over.
 */
XD_MUST_USE enum xd_rc xd_row_read(struct xd_slice line, struct xd_arena *a,
                                   struct xd_row *out, struct xd_err *err);

/* The worst severity among its findings; false: it has none. */
bool xd_row_worst(const struct xd_row *row, enum xd_severity *out);

#endif
