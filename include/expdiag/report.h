/*
 * report.h - the case as text, JSON or HTML.
 *
 * Reads the case const, decides nothing.  Output goes to a descriptor in blocks.
 */
#ifndef EXPDIAG_REPORT_H
#define EXPDIAG_REPORT_H

#include "expdiag/buf.h"
#include "expdiag/case.h"

struct xd_roots;

enum xd_report_command {
    XD_REPORT_ANALYZE,
    XD_REPORT_FLOWS,
    XD_REPORT_CERTS,
    XD_REPORT_WHATIF,
};

/* Where an input lies, for links of a terminal. */
struct xd_report_link {
    const char *uri; /* "file://host/path", percent-encoded; NULL: nowhere */
    bool folder;     /* entries are files below it */
};

/* Gives what must be hidden a number: the same one wherever the same key is held. */
struct xd_report_numbers {
    uint64_t (*number)(const void *key, struct xd_slice what); /* NULL: they are counted */
    const void *key;
};

struct xd_report_options {
    enum xd_report_command command;
    const char *roots_source; /* for tool.roots */
    size_t roots_count;
    uint8_t roots_sha256[32];
    xd_time generated_at; /* XD_TIME_NONE with --reproducible */
    xd_time judged_at;    /* of --at; 0: at the time of each handshake */
    bool keylog;          /* one was given; what it opened, the conversations say */
    bool color;           /* text: ANSI colours */
    bool verbose;         /* text: ladders, all evidence */
    unsigned width;       /* text: columns; 0 for no wrapping */
    const char *filters;  /* of `flows`, as given: "--port 443, --failed"; NULL: none */
    const char *capture_filter; /* one of them that leaves packets unread, or NULL */
    const struct xd_report_link *links; /* text: of the first inputs of the case */
    size_t n_links;                     /* 0: places are no links */
    struct xd_report_numbers numbers;   /* of pseudonyms that several cases share */
    struct xd_buf *hold; /* takes the report in place of a descriptor, or NULL */
    const char *version; /* of the program that judged the case; NULL: this one */
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

/* A report that was read back. */
struct xd_report_loaded {
    struct xd_case *cs;
    struct xd_report_options options; /* command, roots, version, times, filters of it */
    size_t unknown;            /* words of a newer version, shown as well as can be */
    const char *unknown_where; /* the first of them, or NULL */
    bool findings_left_out;    /* ids that this version does not know */
    enum xd_severity worst_left_out;
};

/*
 * Reads a JSON report, or an HTML report by the JSON in it.  XD_BAD: it is none, it is cut
 * or contradicts itself; *err says where and the way out.  Free with xd_case_free(cs).
 * What the reports of the case write is what it was read from, as far as that goes.
 */
XD_MUST_USE enum xd_rc xd_report_read(struct xd_slice bytes, struct xd_report_loaded *out,
                                      struct xd_err *err);

/* Add the path to a URI: all but unreserved characters and '/' percent-encoded. */
void xd_link_encode(struct xd_buf *out, const char *path, size_t len);

struct xd_redaction;

/*
 * Replaces all addresses, names, users, serials, sums and paths of the case, and of the
 * options of its reports, by pseudonyms: the same thing by the same one.  Free with
 * xd_redaction_free; the texts of the case live as long.
 */
struct xd_redaction *xd_redact_case(struct xd_case *cs, struct xd_report_options *options);
/*
 * The same of several cases whose settings and status are shown, the same thing by the same
 * pseudonym in all of them.
 */
struct xd_redaction *xd_redact_dumped(struct xd_case *const *cases, size_t n);
void xd_redaction_free(struct xd_redaction *r);

/* XD_FAIL: a finished report still holds something; *err names its class alone. */
XD_MUST_USE enum xd_rc xd_redaction_check(struct xd_redaction *r, struct xd_slice report,
                                          struct xd_err *err);

/* Which pseudonym stands for what, as JSON. */
void xd_redaction_map(struct xd_redaction *r, struct xd_buf *out);

#endif
