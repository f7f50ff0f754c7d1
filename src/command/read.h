/*
 * read.h - commands that read bundles into a case and report on it.
 */
#ifndef EXPDIAG_READ_H
#define EXPDIAG_READ_H

#include "run.h"

#include "expdiag/pipeline.h"
#include "expdiag/report.h"

/* What a command wants of the case and of its reports. */
struct xd_reading {
    enum xd_report_command report;
    enum xd_depth depth;
    bool hash_inputs;
    bool no_steps; /* see struct xd_job */
    bool lines;    /* off a terminal, text is not wrapped */
    const char *capture_filter;
    struct xd_flow_filter show;
    const char *filters; /* those of `flows`, as given, or NULL */
    bool what_if;
    const struct xd_job_try *tries;
    size_t n_tries;
};

/* Read the run's inputs, report, end the run; gives the exit status. */
int xd_read_and_report(struct xd_run *run, struct xd_reading *what);

/*
 * Write a case to the outputs of the run that are open; what says which report it is.
 * With --redact the case is under pseudonyms from then on.  In the worker.  XD_FAIL:
 * writing failed, *err says why.
 */
XD_MUST_USE enum xd_rc xd_read_write_case(struct xd_run *run, struct xd_case *cs,
                                          struct xd_report_options *options, bool lines,
                                          struct xd_err *err);

/* Writes one form to its descriptor, or to hold where that is not NULL. */
typedef enum xd_rc (*xd_read_form_fn)(struct xd_run *run, void *arg, enum xd_format form,
                                      struct xd_buf *hold, struct xd_err *err);

/*
 * Write each form whose output is open.  With a redaction not a byte goes out before all of
 * them were searched for what they must not hold, and its map is written where one is
 * wanted.
 */
XD_MUST_USE enum xd_rc xd_read_write_forms(struct xd_run *run, struct xd_redaction *r,
                                           xd_read_form_fn write, void *arg,
                                           struct xd_err *err);

/* A worker's part that a case was read for. */
typedef int (*xd_read_use_fn)(struct xd_run *run, struct xd_case *cs);

/*
 * In the worker: only the dumps of the run's inputs, for `use`, whose exit status comes
 * back unless an input could not be read at all.
 */
int xd_read_dumps(struct xd_run *run, xd_read_use_fn use);

/*
 * In the worker: each input of the run as a case of its own, certificates, dumps and log,
 * into cases[0] to cases[n - 1].  XD_EXIT_FINE: all were read.
 */
int xd_read_cases(struct xd_run *run, struct xd_case **cases, size_t n);

#endif
