/*
 * report.h - the case as text, JSON or HTML.
 *
 * Reads the case const, decides nothing.  Output goes to a descriptor in blocks.
 */
#ifndef EXPDIAG_REPORT_H
#define EXPDIAG_REPORT_H

#include "expdiag/case.h"

struct xd_roots;

enum xd_report_command {
    XD_REPORT_ANALYZE,
    XD_REPORT_FLOWS,
    XD_REPORT_CERTS,
    XD_REPORT_WHATIF,
};

struct xd_report_options {
    enum xd_report_command command;
    const char *roots_source; /* for tool.roots */
    size_t roots_count;
    uint8_t roots_sha256[32];
    xd_time generated_at; /* XD_TIME_NONE with --reproducible */
    bool color;           /* text: ANSI colours */
    bool verbose;         /* text: ladders, all evidence */
    unsigned width;       /* text: columns; 0 for no wrapping */
    const char *filters;  /* of `flows`, as given: "--port 443, --failed"; NULL: none */
    const char *capture_filter; /* one of them that leaves packets unread, or NULL */
};

/* Writes the whole report to fd.  XD_FAIL: writing failed, *err says why. */
XD_MUST_USE enum xd_rc xd_report_json(const struct xd_case *cs,
                                      const struct xd_report_options *options, int fd,
                                      struct xd_err *err);
XD_MUST_USE enum xd_rc xd_report_text(const struct xd_case *cs,
                                      const struct xd_report_options *options, int fd,
                                      struct xd_err *err);
XD_MUST_USE enum xd_rc xd_report_html(const struct xd_case *cs,
                                      const struct xd_report_options *options, int fd,
                                      struct xd_err *err);

#endif
