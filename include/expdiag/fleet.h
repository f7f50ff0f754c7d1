/*
 * fleet.h - what an archive's rows come to together: counts, dates, what is new.
 *
 * Passive: batch fills it, report writes it.  All texts live in the arena.
 */
#ifndef EXPDIAG_FLEET_H
#define EXPDIAG_FLEET_H

#include "expdiag/arena.h"
#include "expdiag/batch.h"

enum {
    XD_FLEET_WEEKS = 53,   /* the latest are told */
    XD_FLEET_LISTED = 200, /* rows of one list; the rest is counted */
    XD_FLEET_SOON = 90,    /* days ahead in which a certificate ends soon */
};

/* A case to point at; report as in the row, or NULL. */
struct xd_fleet_case {
    const char *name;
    const char *report;
};

struct xd_fleet_count {
    const char *name;
    const char *severity; /* the worst of a finding, else NULL */
    size_t cases;
    struct xd_fleet_case example; /* the latest */
    xd_time first_seen;           /* of the case that showed it first; XD_TIME_NONE */
    xd_time last_seen;
};

struct xd_fleet_week {
    xd_time monday;
    size_t cases;
    size_t failing; /* with a finding of error or worse */
    size_t fresh;   /* findings and signatures that no earlier case shows */
};

/* A leaf that its node's latest case still has. */
struct xd_fleet_cert {
    const char *subject;
    const char *issuer;
    const char *node;
    const char *store;
    xd_time not_after;
    xd_time policy_date;
    xd_time seen;
    struct xd_fleet_case of;
};

struct xd_fleet_failure {
    struct xd_fleet_case of;
    enum xd_row_status status;
    const char *reason;
};

struct xd_fleet {
    struct xd_arena *arena;
    const char *source;  /* as named by the user, without a password */
    const char *reports; /* in front of a report's name in links, or NULL */
    xd_time at;
    size_t cases;
    size_t by_status[XD_ROW_COUNT];
    size_t no_rows; /* lines that are none */
    size_t undated; /* cases without a packet or log line */
    double seconds; /* of all, and of the longest */
    double longest;
    double peak_mib;
    struct xd_fleet_count *conditions; /* by name, cases without one last */
    size_t n_conditions, cap_conditions;
    struct xd_fleet_count *findings; /* commonest first, as all counts below */
    size_t n_findings, cap_findings;
    struct xd_fleet_count *unexplained;
    size_t n_unexplained, cap_unexplained;
    struct xd_fleet_count *fresh; /* findings and signatures, the newest first */
    size_t n_fresh, cap_fresh;
    struct xd_fleet_week *weeks; /* without gaps */
    size_t n_weeks, cap_weeks;
    size_t weeks_left_out; /* earlier ones */
    xd_time next_policy;   /* the next date of a CA's policy that a deployment waits for */
    struct xd_fleet_cert *breaking; /* cannot be renewed as they are; by that date */
    size_t n_breaking, cap_breaking;
    struct xd_fleet_cert *expiring; /* the soonest first */
    size_t n_expiring, cap_expiring;
    struct xd_fleet_failure *failures; /* cases without an analysis */
    size_t n_failures, cap_failures;
    size_t failures_left_out;
};

/*
 * Read a database ("sqlite:FILE", "postgresql://...") or a file of rows ("FILE", either
 * kind) and add it up.  XD_BAD: it is none; *err says why.  Free with xd_fleet_done.
 */
XD_MUST_USE enum xd_rc xd_fleet_read(struct xd_fleet *f, const char *source, xd_time at,
                                     struct xd_err *err);
void xd_fleet_done(struct xd_fleet *f);

/*
 * Pseudonyms for cases, nodes and certificates; links and reasons go.  map: where to tell
 * what they stand for, or NULL; one that is there gives the key (batch's --redact-map).
 * XD_BAD: the map cannot be used, *err says why.
 */
XD_MUST_USE enum xd_rc xd_fleet_redact(struct xd_fleet *f, const char *map,
                                       struct xd_err *err);

/*
 * What stands before a report's name in a link from a page to reports in a folder:
 * "../reports/", in the arena of f.  page may be "-": as seen from the current folder.
 */
void xd_fleet_link(struct xd_fleet *f, const char *page, const char *reports);

/* The forms; XD_FAIL: writing failed. */
struct xd_report_options;
XD_MUST_USE enum xd_rc xd_report_fleet_text(const struct xd_fleet *f,
                                            const struct xd_report_options *options, int fd,
                                            struct xd_err *err);
XD_MUST_USE enum xd_rc xd_report_fleet_json(const struct xd_fleet *f, int fd,
                                            struct xd_err *err);
XD_MUST_USE enum xd_rc xd_report_fleet_html(const struct xd_fleet *f, int fd,
                                            struct xd_err *err);

#endif
