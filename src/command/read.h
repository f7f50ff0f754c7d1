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
 * In the worker.  XD_FAIL: writing failed, *err says why.
 */
XD_MUST_USE enum xd_rc xd_read_write_case(struct xd_run *run, const struct xd_case *cs,
                                          struct xd_report_options *options, bool lines,
                                          struct xd_err *err);

#endif
