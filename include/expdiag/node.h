/*
 * node.h - an Expressway of the case: stores, settings, zones, tunnels, alarms.
 *
 * Model.  One node a bundle; assembled by diagnose from entries, dumps and logs.
 */
#ifndef EXPDIAG_NODE_H
#define EXPDIAG_NODE_H

#include "expdiag/addr.h"
#include "expdiag/cert.h"
#include "expdiag/dump.h"
#include "expdiag/entry.h"

enum xd_node_role { XD_ROLE_UNKNOWN, XD_ROLE_C, XD_ROLE_E };

/* A setting's value as far as it is known. */
enum xd_tri { XD_TRI_UNKNOWN = -1, XD_TRI_OFF = 0, XD_TRI_ON = 1 };

enum xd_eku_check {
    XD_EKU_CHECK_UNKNOWN,
    XD_EKU_CHECK_ON,
    XD_EKU_CHECK_OFF,
    XD_EKU_CHECK_NOT_AVAILABLE, /* before X15.5 */
};

/* Major and minor of "X15.5.1"; both 0: not known. */
struct xd_version {
    const char *text; /* as printed, or NULL */
    unsigned major;
    unsigned minor;
};

/* entry NULL: the file is missing from the bundle. */
struct xd_store {
    const struct xd_entry *entry;
    struct xd_cert **certs; /* as in the file */
    uint64_t *lines;        /* where each begins */
    size_t n_certs, cap_certs, n_lines, cap_lines;
    bool whole; /* read to its end, undamaged */
};

struct xd_zone_peer {
    const char *address;        /* as configured, else as the status prints it */
    bool configured;            /* address is what xconf says */
    struct xd_addr addr;        /* where known (status, literal, DNS); family NONE else */
    uint16_t port;              /* 0: not known */
    const char *status;         /* "Active", "Failed", ...; NULL */
    const char *reason;         /* cause as printed, or NULL */
    const struct xd_node *node; /* the node of the case behind it, or NULL */
    struct xd_place config;
    struct xd_place state;
};

struct xd_zone {
    unsigned index; /* of the dumps */
    const char *name;
    const char *type; /* "TraversalClient", ... as printed */
    enum xd_tri uc;   /* a Unified Communications traversal zone */
    bool uc_inferred; /* told by the tunnels that lead where it leads, not by a setting */
    uint16_t port;    /* its SIP port: to connect to, or (traversal server) to listen on */
    const char *transport; /* "TLS" or NULL */
    enum xd_tri tls_verify;
    const char *subject_name; /* TLS verify subject name, or NULL */
    const char *status;       /* as printed, or NULL */
    const char *reason;
    const char
        *later; /* what was seen after the status was taken and outranks it, in words */
    struct xd_zone_peer *peers;
    size_t n_peers, cap_peers;
    struct xd_place config; /* its name in xconf */
    struct xd_place state;  /* its status in xstat */
    struct xd_place verify_place;
    unsigned *findings; /* positions in xd_case.findings */
    size_t n_findings, cap_findings;
};

struct xd_tunnel {
    const char *target; /* the far end */
    const char *domain;
    const char *status;
    const char *created;
    const char *reason;
    const char *later; /* as of a zone */
    const char *peer;
    const struct xd_node *node; /* the node of the case that target names, or NULL */
    struct xd_place state;
    unsigned *findings;
    size_t n_findings, cap_findings;
};

struct xd_alarm {
    const char *id;
    xd_time time;
    const char *detail;
    bool lowered; /* the log says that it went away */
    struct xd_place place;
    unsigned *findings;
    size_t n_findings, cap_findings;
};

struct xd_setting_change {
    xd_time time;
    const char *setting;
    const char *from;
    const char *to;
    struct xd_place place;
};

/* How one of a node's own leaves chains by its own CA file. */
enum xd_chain_status { XD_CHAIN_COMPLETE, XD_CHAIN_INCOMPLETE, XD_CHAIN_UNTRUSTED };

struct xd_chain {
    const struct xd_cert *cert;
    enum xd_chain_status status;
    const char *missing; /* the issuer that is missing, in words, or NULL */
};

/* The text and the XML form of a dump disagree on one setting; the text counts. */
struct xd_contradiction {
    const char *text; /* both values, in words */
    struct xd_place used;
    struct xd_place other;
};

struct xd_node {
    unsigned index;   /* position in xd_case.nodes */
    unsigned realm;   /* of one deployment where a case has several; 0: it has one */
    const char *id;   /* reports' name: host, full name or "name@time", by what is unique */
    const char *host; /* as in the file names, else the dumps' */
    unsigned input;
    const char *container;
    xd_time stamp; /* of the file names, or XD_TIME_NONE */
    enum xd_node_role role;
    const char *role_why;
    struct xd_version version;
    struct xd_place version_place;
    xd_time as_of;
    const char *fqdn; /* DNS host and domain name of xconf, or NULL */
    struct xd_addr *addrs;
    size_t n_addrs, cap_addrs;
    struct xd_addr *seen_as; /* addresses that a NAT on the way gives it; not its own */
    size_t n_seen_as, cap_seen_as;
    enum xd_eku_check eku_check;
    struct xd_place eku_check_place; /* the setting's line */
    struct xd_setting_change *changes;
    size_t n_changes, cap_changes;
    struct xd_store server;
    struct xd_store client;
    struct xd_store ca;
    enum xd_tri stores_identical; /* UNKNOWN: null */
    struct xd_chain *chains;
    size_t n_chains, cap_chains;
    struct xd_zone *zones;
    size_t n_zones, cap_zones;
    struct xd_tunnel *tunnels;
    size_t n_tunnels, cap_tunnels;
    struct xd_alarm *alarms;
    size_t n_alarms, cap_alarms;
    const char *sip_tls_versions; /* SIP Advanced SipTlsVersions, or NULL */
    struct xd_place sip_tls_place;
    enum xd_tri server_eku_upload; /* XCP TLS Certificate CVS EnableServerEkuUpload */
    struct xd_place server_eku_upload_place;
    enum xd_tri verify_origin; /* EdgeConfigServer VerifyOriginServer */
    struct xd_place verify_origin_place;
    enum xd_tri revocation_check; /* SIP TLS Certificate Revocation Checking Mode */
    struct xd_place revocation_check_place;
    enum xd_tri cvs;             /* XCP TLS Certificate CVS EnableCvs */
    enum xd_tri verify_hostname; /* XCP TLS Certificate CVS VerifyHostname */
    struct xd_place cvs_place;
    struct xd_place verify_hostname_place;
    enum xd_tri default_zone_mtls; /* Zones DefaultZone SIP TLS Verify Mode */
    struct xd_place default_zone_place;
    enum xd_tri mra;        /* CollaborationEdge Enabled */
    uint16_t sip_tls_port;  /* 5061 unless set */
    uint16_t sip_mtls_port; /* 5062 unless set */
    const char *cluster_name;
    enum xd_tri cluster_enforcing;
    struct xd_place cluster_enforcing_place;
    const char **cluster_peers; /* as configured */
    size_t n_cluster_peers, cap_cluster_peers;
    const struct xd_entry *log;  /* NULL: missing */
    const struct xd_dump *xconf; /* the one that counts; XML where text is missing */
    const struct xd_dump *xstat;
    struct xd_contradiction *contradictions;
    size_t n_contradictions, cap_contradictions;
    const struct xd_entry **entries; /* all of its bundle */
    size_t n_entries, cap_entries;
};

/* A change of the EKU check's mode, however the log spells the setting. */
bool xd_change_is_of_eku_check(const struct xd_setting_change *c);
/* A traversal server zone, by the words of either dump. */
bool xd_zone_is_server(const struct xd_zone *z);
/* Is it an address of the node's own? */
bool xd_node_has_address(const struct xd_node *n, const struct xd_addr *addr);
/* The same, or one that a NAT gives it. */
bool xd_node_is_known_at(const struct xd_node *n, const struct xd_addr *addr);
/* Does its bundle hold a capture that could be read? */
bool xd_node_has_capture(const struct xd_node *n);
/* Have two nodes, or two bundles of one, an address of their own in common? */
bool xd_node_shares_address(const struct xd_node *a, const struct xd_node *b);

/* X15.5 and later keep two stores.  Unknown version: by whether a client PEM exists. */
bool xd_node_has_two_stores(const struct xd_node *n);
/* "X15.5.1", as the dumps print it; text is kept, not copied. */
void xd_version_parse(const char *text, struct xd_version *out);
bool xd_version_at_least(const struct xd_version *v, unsigned major, unsigned minor);

const char *xd_node_role_name(enum xd_node_role role); /* "C", "E", "unknown" */
const char *xd_chain_status_name(enum xd_chain_status s);

#endif
