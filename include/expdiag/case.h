/*
 * case.h - the case: everything that was read and everything that was concluded.
 *
 * Model.  Producers (load, capture) append facts; diagnose judges; reports read
 * it const.  All of it lives in one arena.
 */
#ifndef EXPDIAG_CASE_H
#define EXPDIAG_CASE_H

#include "expdiag/arena.h"
#include "expdiag/cert.h"
#include "expdiag/dump.h"
#include "expdiag/entry.h"
#include "expdiag/finding.h"
#include "expdiag/flow.h"
#include "expdiag/logevent.h"
#include "expdiag/map.h"
#include "expdiag/node.h"

/* The certificates of one PEM or DER entry, in order. */
struct xd_pem {
    const struct xd_entry *entry;
    struct xd_cert **certs;
    size_t n_certs, cap_certs;
    uint64_t *lines; /* where each begins; 0 for DER */
    size_t n_lines, cap_lines;
};

struct xd_x509_cache;

struct xd_case {
    struct xd_arena *arena;
    struct xd_input *inputs;
    size_t n_inputs, cap_inputs;
    struct xd_entry **entries;
    size_t n_entries, cap_entries;
    struct xd_cert **certs; /* in order of first sight; reports sort by SHA-256 */
    size_t n_certs, cap_certs;
    struct xd_map *cert_by_sha256;
    struct xd_pem *pems;
    size_t n_pems, cap_pems;
    struct xd_dump **dumps;
    size_t n_dumps, cap_dumps;
    struct xd_log_event **events; /* in order of log, then line */
    size_t n_events, cap_events;
    size_t events_left_out; /* beyond XD_MAX_LOG_EVENTS; their log says so too */
    /* Of a case that was read back from a report, which keeps what its timeline tells: */
    size_t events_untold; /* there were so many more events */
    size_t told_left_out; /* so many more rows */
    struct xd_log_span *logs;
    size_t n_logs, cap_logs;
    struct xd_flow **flows; /* in order of first packet; id = position + 1 */
    size_t n_flows, cap_flows;
    size_t flows_left_out;     /* beyond XD_MAX_FLOWS */
    size_t flows_hidden;       /* by the filters of `flows`: no longer among them */
    size_t connections_hidden; /* with all that was seen of them */
    bool host_unknown;         /* no conversation is of the name that a filter asks for */
    const char *host_near;     /* and this name is nearly that, or NULL */
    struct xd_dns_name *dns;
    size_t n_dns, cap_dns;

    /* judged */
    struct xd_node **nodes;
    size_t n_nodes, cap_nodes;
    struct xd_finding **findings; /* in the order of reports */
    size_t n_findings, cap_findings;
    size_t findings_left_out; /* beyond XD_MAX_FINDINGS */
    struct xd_check *checks;
    size_t n_checks, cap_checks;
    struct xd_scenario *scenarios;
    size_t n_scenarios, cap_scenarios;
    const struct xd_scenario *scenario; /* the worst, or NULL */
    struct xd_what_if *what_if;
    size_t n_what_if, cap_what_if;
    struct xd_try *tries; /* all of them together are one change */
    size_t n_tries, cap_tries;
    xd_time last_seen; /* of the last packet or log line, XD_TIME_NONE */

    /* x509's own: decoded certificates and trust stores; goes with the case. */
    struct xd_x509_cache *x509;
    void (*x509_free)(struct xd_x509_cache *cache);
};

/* An empty case; free with xd_case_free. */
struct xd_case *xd_case_new(void);
void xd_case_free(struct xd_case *cs);

/*
 * The certificate with this DER, registered on first sight (the bytes are
 * copied).  NULL when XD_MAX_CERTS are there already.
 */
struct xd_cert *xd_case_cert(struct xd_case *cs, struct xd_slice der,
                             const uint8_t sha256[32]);

/* Its certificate by SHA-256, or NULL. */
struct xd_cert *xd_case_find_cert(const struct xd_case *cs, const uint8_t sha256[32]);

/* A new entry with the next id; name and the rest are the caller's to set. */
struct xd_entry *xd_case_entry(struct xd_case *cs);

/* What the zones of the case say of an address that is no node's. */
struct xd_outside {
    enum xd_node_role role; /* the other half of a pair whose bundle is missing */
    const char *name;       /* as a zone's peer address has it, or NULL */
};
/* The node whose bundle holds the entry, or NULL. */
struct xd_node *xd_node_of_entry(const struct xd_case *cs, const struct xd_entry *entry);

/* False where no zone has a peer of that address. */
bool xd_case_outside(const struct xd_case *cs, const struct xd_addr *addr,
                     struct xd_outside *out);

/* Set every entry's label: its name, or "INPUT!path" where two entries share the name. */
void xd_case_label_entries(struct xd_case *cs);

/* Mark an entry as damaged or truncated; the first detail stays, the worse status wins. */
void xd_case_entry_note(struct xd_case *cs, struct xd_entry *entry,
                        enum xd_entry_status status, const char *fmt, ...) XD_PRINTF(4, 5);

/*
 * A limit (limits.h) left out some of what was read from an entry of the case: it counts
 * as truncated.  fmt names the limit.  No entry of this case, or NULL: nothing happens.
 */
void xd_case_note_limit(struct xd_case *cs, const struct xd_entry *entry, const char *fmt,
                        ...) XD_PRINTF(3, 4);

#endif
