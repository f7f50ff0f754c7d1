/*
 * logevent.h - the lines of a diagnostic log that say something about handshakes,
 * tunnels, alarms or settings.
 *
 * Model.
 */
#ifndef EXPDIAG_LOGEVENT_H
#define EXPDIAG_LOGEVENT_H

#include "expdiag/addr.h"
#include "expdiag/entry.h"

enum xd_log_kind {
    XD_LOG_TLS_ERROR,  /* Event="[Inbound |Outbound ]TLS Negotiation Error" */
    XD_LOG_TLS_FAILED, /* TTSSLErrorOutput, ::ttssl_continueHandshake "Handshake Failed" */
    XD_LOG_TLS_SUCCEEDED,   /* "Handshake succeeded" */
    XD_LOG_TLS_COMMON_NAME, /* "Found common name in peer certificate": name */
    XD_LOG_TLS_ALT_NAME,    /* "Found DNS alt-name in peer certificate": name */
    XD_LOG_TCP_FAILED,      /* "TCP Connection Failed" */
    XD_LOG_TCP_CLOSED,      /* "TCP Connection Closed" with a reason */
    XD_LOG_SSH,             /* process ssh, sshd or portforwarding, or ssh text */
    XD_LOG_TRAFFIC_SERVER,  /* traffic_server verification and SSL connection lines */
    XD_LOG_XCP_TLS,         /* XCP certificate verification and connection lines */
    XD_LOG_ALARM_RAISED,    /* name: the alarm's id */
    XD_LOG_ALARM_LOWERED,
    XD_LOG_SETTING_CHANGED, /* name: path; from, to */
    XD_LOG_AUTH_FAILED,     /* Event="Authentication Failed" */
    XD_LOG_RESOLVE_FAILED,  /* host names not resolved */
    XD_LOG_RESTART,         /* the node or its services restarted */
    XD_LOG_MARKER,          /* DEBUG_MARKER */
    XD_LOG_ZONE_MATCH,      /* getZoneByIdentities: name is the matched zone */
};

enum xd_log_role { XD_LOG_ROLE_UNKNOWN, XD_LOG_ROLE_CLIENT, XD_LOG_ROLE_SERVER };

/* Equal events (all fields but line and times) are one, counted. */
struct xd_log_event {
    enum xd_log_kind kind;
    struct xd_place place; /* entry, line and time of the first; time is UTC */
    xd_time last;          /* of the last */
    uint64_t count;
    const char *process; /* "tvcs", "ssh", ... or NULL */
    const char *host;    /* the line's own host name, or NULL */
    struct xd_endpoint local;
    struct xd_endpoint remote;
    enum xd_log_role role; /* of the node that wrote the line, in TLS or TCP */
    const char *service;   /* Service="SIP" or NULL */
    const char *detail;    /* Detail, Reason or the free text; or NULL */
    const char *name;      /* see the kinds; for TLS_ERROR the Common-name asked for */
    const char *from;      /* SETTING_CHANGED; never a secret */
    const char *to;
    unsigned ssl_error; /* OpenSSL's packed code where one was printed, else 0 */
    int alert;          /* TLS alert number received, told from code or text; -1: none */
    const char *quote;  /* the line, cleaned, at most XD_MAX_LOG_QUOTE bytes, no secrets */
};

/* First and last time of any line of one log. */
struct xd_log_span {
    const struct xd_entry *entry;
    xd_time first;
    xd_time last;
    uint64_t lines;
    const char *host; /* commonest host name in its lines, or NULL */
};

#endif
