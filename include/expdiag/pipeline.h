/*
 * pipeline.h - from opened inputs to a judged case.
 *
 * The one place that knows bundle, load, capture, x509 and diagnose together.
 */
#ifndef EXPDIAG_PIPELINE_H
#define EXPDIAG_PIPELINE_H

#include "expdiag/bundle.h"
#include "expdiag/case.h"
#include "expdiag/x509.h"

enum xd_depth {
    XD_DEPTH_DUMPS,   /* configuration and status alone; roots may be NULL */
    XD_DEPTH_CERTS,   /* certificates and nodes; captures are not read */
    XD_DEPTH_FLOWS,   /* conversations too, with whose they are */
    XD_DEPTH_ANALYZE, /* findings too */
};

/* Which conversations `flows` shows; zeroed: all. */
struct xd_flow_filter {
    struct xd_addr host;   /* family NONE: any */
    const char *host_name; /* the same by name, or NULL */
    uint16_t port;         /* 0: any */
    bool failed;           /* only failed ones */
};

/* A change to try: see xd_try. */
struct xd_job_try {
    enum xd_try_kind kind;
    const char *argument;  /* as given */
    struct xd_slice node;  /* of it; empty: none named */
    const char *path;      /* of a file, else NULL */
    struct xd_slice bytes; /* of the file */
    bool on;
    xd_time at;
};

struct xd_job {
    enum xd_depth depth;
    const struct xd_bundle_input *inputs;
    size_t n_inputs;
    struct xd_roots *roots;
    struct xd_slice keylog;     /* empty: none */
    const char *capture_filter; /* a libpcap expression, or NULL */
    struct xd_flow_filter show;
    xd_time at; /* XD_TIME_NONE: each handshake's own time */
    bool what_if;
    const struct xd_job_try *tries; /* with what_if */
    size_t n_tries;
    bool hash_inputs;
    bool no_steps; /* the conversations need no ladder and no ledger (capture.h) */
    bool one_thread;
    /*
     * Called once all is ready that needs a file of the system, before the first byte of
     * an input or a key log is read: the place to give rights up.  What it returns other
     * than XD_OK ends the run.  roots may be filled by it.  May be NULL.
     */
    enum xd_rc (*confine)(void *arg, struct xd_err *err);
    void *confine_arg;
    /* Called with what is being read, and as bytes of the inputs go by; may be NULL. */
    void (*doing)(void *arg, const char *label);
    void (*progress)(void *arg, uint64_t bytes_read);
    void *arg;
};

/*
 * XD_OK    *out is a case, also where inputs were damaged or unusable (it says so);
 *          free it with xd_case_free.
 * XD_BAD   the capture filter does not compile, or a change cannot be tried: *err says
 *          why.
 */
XD_MUST_USE enum xd_rc xd_pipeline_run(const struct xd_job *job, struct xd_case **out,
                                       struct xd_err *err);

#endif
