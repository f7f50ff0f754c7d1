/*
 * finding.h - findings, the catalogue of them, checks, conditions and predictions.
 *
 * Model.  The catalogue is const data; `explain`, expdiag-findings(7) and the
 * reports print from it, so that each text stands once.
 */
#ifndef EXPDIAG_FINDING_H
#define EXPDIAG_FINDING_H

#include "expdiag/addr.h"
#include "expdiag/cert.h"
#include "expdiag/entry.h"

struct xd_node;

/* In the order of the catalogue, which is the order of reports. */
enum xd_finding_id {
    XD_F_TLS_INTERCEPTED,
    XD_F_CLIENT_EKU_MISSING,
    XD_F_SERVER_EKU_MISSING,
    XD_F_SSH_CLIENT_EKU_MISSING,
    XD_F_SIP_SERVICE_EKU_MISSING,
    XD_F_UNKNOWN_CA,
    XD_F_INCOMPLETE_CHAIN,
    XD_F_KEY_USAGE_UNSUITABLE,
    XD_F_CERTIFICATE_EXPIRED,
    XD_F_CERTIFICATE_NOT_YET_VALID,
    XD_F_CLOCK_SKEW,
    XD_F_CERTIFICATE_REVOKED,
    XD_F_REVOCATION_UNAVAILABLE,
    XD_F_NAME_MISMATCH,
    XD_F_NO_CLIENT_CERTIFICATE,
    XD_F_PROTOCOL_VERSION_MISMATCH,
    XD_F_NO_SHARED_CIPHER,
    XD_F_WEAK_SIGNATURE,
    XD_F_SSH_UNREACHABLE,
    XD_F_SSH_BLOCKED,
    XD_F_SSH_AUTH_FAILED,
    XD_F_SSH_KEX_MISMATCH,
    XD_F_SSH_KEY_ALGORITHM,
    XD_F_SSH_HOST_KEY_UNEXPECTED,
    XD_F_WRONG_STORE_PRESENTED,
    XD_F_STALE_CERTIFICATE_PRESENTED,
    XD_F_TRAVERSAL_AUTH_FAILED,
    XD_F_NAME_RESOLUTION_FAILED,
    XD_F_HANDSHAKE_RESET,
    XD_F_HANDSHAKE_CLOSED,
    XD_F_HANDSHAKE_UNANSWERED,
    XD_F_CONNECTION_REFUSED,
    XD_F_CONNECTION_UNANSWERED,
    XD_F_ZONE_DOWN_UNEXPLAINED,
    XD_F_CLIENT_STORE_SERVER_ONLY,
    XD_F_PUBLIC_CA_RENEWAL_RISK,
    XD_F_CERTIFICATE_EXPIRES_SOON,
    XD_F_CA_MISSING_FOR_STORE,
    XD_F_CA_NAME_DUPLICATE,
    XD_F_NAME_ONLY_IN_CN,
    XD_F_CLUSTER_PEERS_DIFFER,
    XD_F_VERSION_MISMATCH,
    XD_F_EKU_CHECK_OFF,
    XD_F_CLOCK_OFFSET,
    XD_F_DEPRECATED_SETTING,
    XD_F_STORES_IDENTICAL,
    XD_F_CERTIFICATES_ENCRYPTED,
    XD_F_UNSOLICITED_FAILURES,
    XD_F_INPUT_TRUNCATED,
    XD_F_INPUT_DAMAGED,
    XD_F_INPUT_MISSING,
    XD_F_CAPTURE_GAP,
    XD_FINDING_COUNT,
};

enum xd_severity { XD_INFO, XD_WARNING, XD_ERROR, XD_CRITICAL };
enum xd_confidence { XD_POSSIBLE, XD_PROBABLE, XD_CERTAIN };
enum xd_actor { XD_ACTOR_CUSTOMER, XD_ACTOR_CA, XD_ACTOR_FAR_END, XD_ACTOR_NETWORK };

/* One row of the catalogue.  Paragraphs are plain English without line breaks. */
struct xd_finding_info {
    const char *name; /* "client-eku-missing" */
    enum xd_severity severity;
    const char *title;
    const char *meaning;    /* what it means for the user */
    const char *decided;    /* on which evidence, and what keeps it silent */
    const char *remedies;   /* what to do, in order */
    const char *references; /* titles of vendor documents, separated by '\n'; "" for none */
};

const struct xd_finding_info *xd_finding_info(enum xd_finding_id id);

/* By name; XD_FINDING_COUNT where there is none. */
enum xd_finding_id xd_finding_by_name(const char *name);

const char *xd_severity_name(enum xd_severity s);
const char *xd_confidence_name(enum xd_confidence c);
const char *xd_actor_name(enum xd_actor a);
/* false where the name is none. */
bool xd_severity_by_name(const char *name, enum xd_severity *out);

struct xd_party {
    const struct xd_node *node; /* or NULL */
    struct xd_addr addr;        /* family NONE: not known */
    bool set;                   /* false: null in reports */
};

struct xd_evidence {
    struct xd_place place;
    const char *quote; /* what stands there, in the file's words or told in ours */
    bool supports;     /* false: it speaks against the finding */
};

struct xd_remedy {
    const struct xd_node *node; /* or NULL */
    enum xd_actor actor;
    const char *text;
    const char *where;   /* menu path, or NULL */
    const char *command; /* CLI command, or NULL */
};

struct xd_finding {
    enum xd_finding_id id;
    enum xd_severity severity;
    enum xd_confidence confidence;
    const char *title;   /* one line */
    const char *summary; /* a paragraph: what happened, why, what to do next */
    const struct xd_node *node;
    struct xd_party presenter;
    struct xd_party verifier;
    unsigned *flows; /* ids */
    size_t n_flows, cap_flows;
    struct xd_cert **certs;
    size_t n_certs, cap_certs;
    enum xd_finding_id *masked;
    size_t n_masked, cap_masked;
    struct xd_evidence *evidence;
    size_t n_evidence, cap_evidence;
    size_t evidence_left_out; /* beyond XD_MAX_EVIDENCE */
    const char **effects;
    size_t n_effects, cap_effects;
    struct xd_remedy *remedies;
    size_t n_remedies, cap_remedies;
    const char *reach; /* the servers alone that its effects concern, as a list, or NULL */
    const char *depends; /* what decides which of its effects there are; NULL: all are */
    const char *mended;  /* what shows that it works since, in words; NULL: nothing does */
};

enum xd_check_outcome { XD_CHECK_FOUND, XD_CHECK_RULED_OUT, XD_CHECK_NOT_EVALUATED };

struct xd_check {
    enum xd_finding_id id;
    enum xd_check_outcome outcome;
    const char *why;
    const char **missing; /* what to collect and how */
    size_t n_missing, cap_missing;
};

const char *xd_check_outcome_name(enum xd_check_outcome o);

/* The vendor document's conditions, for one pair. */
struct xd_scenario {
    const struct xd_node *c;
    const struct xd_node *e;
    const char *condition; /* "1", "2", "2.1", "3", "4" or NULL */
    const char **also;
    size_t n_also, cap_also;
    const char *why;
};

enum xd_prediction { XD_PREDICT_UNKNOWN, XD_PREDICT_ACTIVE, XD_PREDICT_FAILED };
const char *xd_prediction_name(enum xd_prediction p);

struct xd_what_if {
    const char *change; /* "as-is", "eku-check=on", ... */
    const struct xd_node *c;
    const struct xd_node *e;
    enum xd_prediction zone;
    enum xd_prediction ssh;
    const char *reason;
    const char *next; /* what to do for it, a sentence; NULL: a standing row */
};

/* A change that the user wants tried. */
enum xd_try_kind {
    XD_TRY_EKU_CHECK,
    XD_TRY_CLIENT_CERT,
    XD_TRY_SERVER_CERT,
    XD_TRY_CA,
    XD_TRY_AT,
};

struct xd_try {
    enum xd_try_kind kind;
    const char *argument;       /* as given: "off", "vcs8c=new.pem" */
    const char *node_name;      /* as given, or NULL: the kind's own nodes */
    const struct xd_node *node; /* found by diagnose, or NULL */
    bool on;                    /* EKU_CHECK */
    xd_time at;                 /* AT */
    const struct xd_entry *entry;
    struct xd_cert **certs; /* of the file; for a node's certificate its leaf first */
    size_t n_certs, cap_certs;
    uint64_t *lines;
    size_t n_lines, cap_lines;
};

/* "eku-check", "client-cert", "server-cert", "ca", "at": the option without hyphens. */
const char *xd_try_name(enum xd_try_kind kind);

#endif
