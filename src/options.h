/*
 * options.h - the command line as a struct.
 */
#ifndef EXPDIAG_OPTIONS_H
#define EXPDIAG_OPTIONS_H

#include "expdiag/base.h"
#include "expdiag/buf.h"
#include "expdiag/clock.h"
#include "expdiag/finding.h"
#include "expdiag/pipeline.h"

enum command {
    COMMAND_ANALYZE,
    COMMAND_FLOWS,
    COMMAND_CERTS,
    COMMAND_WHATIF,
    COMMAND_EXPLAIN
};

/* Changes of one whatif; each names nodes or files, and a case has a handful. */
enum { MOST_TRIES = 32 };

enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML, FORMAT_COUNT };

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
    enum command command;
    bool help; /* --help: of command, or of all where help_all */
    bool help_all;
    bool version;
    char **args; /* inputs, or explain's finding; borrowed from argv */
    size_t n_args;
    const char *repeated; /* an input that was named twice and is among args once */
    const char *outputs[FORMAT_COUNT]; /* path or "-" of each report that is wanted */
    const char *keylog;
    const char *public_roots;
    const char *capture_filter;
    struct xd_flow_filter show;
    const char *host; /* of show, as given */
    xd_time at;       /* of whatif: one of the tries instead */
    struct xd_job_try tries[MOST_TRIES];
    size_t n_tries;
    enum xd_severity fail_on;
    bool reproducible;
    bool quiet;
    bool verbose;
    enum color_when color;
};

/* Read argv.  XD_BAD: a usage error, *err says which and the way out. */
XD_MUST_USE enum xd_rc options_parse(int argc, char **argv, struct options *out,
                                     struct xd_err *err);

/* The filters of `flows` as given, "--port 443, --failed", into buf; NULL: none. */
const char *options_filters(const struct options *o, struct xd_buf *buf);

/* The help page to standard output. */
void options_print_help(const struct options *o);

#endif
