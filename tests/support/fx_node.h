/*
 * fx_node.h - an Expressway as the fixtures tell of it: settings, status, log, capture,
 * and the bundle written from them.
 */
#ifndef EXPDIAG_FX_NODE_H
#define EXPDIAG_FX_NODE_H

#include "fx.h"

enum {
    XD_FX_ZONES = 6,
    XD_FX_TUNNELS = 4,
    XD_FX_ALARMS = 6,
    XD_FX_CHANGED = 6,
    XD_FX_MORE_PEERS = 3
};

struct xd_fx_zone {
    const char *name;
    const char *type;    /* "TraversalClient", "TraversalServer", "Neighbor", "DNS" */
    const char *peer;    /* as configured; NULL on a server zone */
    const char *peer_ip; /* as status tells it */
    unsigned port;
    unsigned peer_port; /* as status tells it; 0: port */
    const char *transport;
    bool verify;
    const char *subject; /* TLS verify subject name or NULL */
    bool uc;
    const char *status;
    const char *cause;        /* or NULL */
    const char *first_status; /* of peer 1 where it differs from the zone's */
    struct xd_fx_zone_peer {
        const char *name; /* as configured; NULL: none, or a server zone's */
        const char *ip;
        unsigned port;
        const char *status;
    } more[XD_FX_MORE_PEERS]; /* peers 2 and up */
    size_t n_more;
};

struct xd_fx_tunnel {
    const char *target;
    const char *domain;
    const char *status;
    const char *created;
    const char *reason;
    const char *peer;
};

struct xd_fx_alarm {
    const char *id;
    const char *severity;
    const char *detail;
};

struct xd_fx_log_line {
    int64_t at;
    size_t order;
    char *text;
};

/* One word path and its value; both dumps are lists of these. */
struct xd_fx_row {
    char *path;
    char *value;
};

struct xd_fx_rows {
    struct xd_fx_row *rows;
    size_t n;
};

struct xd_fx_node {
    const char *host;
    const char *domain;
    const char *ip;
    const char *version; /* "X15.5" */
    bool edge;
    const char *server; /* certificate in the server store */
    const char *client; /* NULL before X15.5: there is no such file */
    const char *ca;     /* trusted CA list */
    bool eku_on;
    bool server_eku_upload; /* EnableServerEkuUpload, X15.4 */
    const char *tls_versions;
    struct xd_fx_zone zones[XD_FX_ZONES];
    size_t n_zones;
    struct xd_fx_tunnel tunnels[XD_FX_TUNNELS];
    size_t n_tunnels;
    struct xd_fx_alarm alarms[XD_FX_ALARMS];
    size_t n_alarms;
    const char *changed[XD_FX_CHANGED][2]; /* settings that differ from the usual ones */
    size_t n_changed;
    int zone_minutes; /* of the displayed time */
    const char *zone_name;
    int64_t start;   /* of logging: dumps are as of then */
    int64_t stop;    /* the archive's name */
    const char *ip2; /* of LAN2; NULL: not in use */
    const char *nat; /* static NAT address of the outermost LAN, or NULL */
    bool log_only;
    bool no_capture;
    bool pcapng;
    unsigned ring_files; /* 0 and 1: one file */
    size_t spoilt_frame; /* 1-based: its record has an impossible length; 0: none */
    struct xd_fx_capture capture;
    struct xd_fx_capture capture2; /* of LAN2 */
    struct xd_fx_log_line *log;
    size_t n_log;
};

void xd_fx_row(struct xd_fx_rows *rows, const char *value, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
void xd_fx_rows_free(struct xd_fx_rows *rows);
/* The settings that every node has, whatever the case. */
void xd_fx_common_settings(struct xd_fx_rows *rows);
struct xd_fx_rows xd_fx_settings(const struct xd_fx_node *n);
struct xd_fx_rows xd_fx_status(const struct xd_fx_node *n);

/* The four dumps. */
void xd_fx_xconf_text(const struct xd_fx_rows *rows, struct xd_fx_bytes *out);
void xd_fx_xstat_text(const struct xd_fx_rows *rows, struct xd_fx_bytes *out);
void xd_fx_dump_xml(const struct xd_fx_rows *rows, const char *root,
                    struct xd_fx_bytes *out);

/*
 * One record.  tag is "tvcs:" or the like; "@UTC" in the body becomes the UTCTime
 * pair; further lines of the body are its continuation.
 */
void xd_fx_log(struct xd_fx_node *n, int64_t at, const char *tag, const char *body, ...)
    __attribute__((format(printf, 4, 5)));
void xd_fx_log_write(struct xd_fx_node *n, struct xd_fx_bytes *out);

/* What tvcs writes about one TLS connection of its own. */
struct xd_fx_tls_record {
    bool local_client;
    struct xd_fx_end local;
    struct xd_fx_end remote;
    int64_t at;
    int64_t took;
    const char *peer_cn;   /* NULL: no certificate came so far */
    const char *peer_alt;  /* names separated by blanks */
    const char *failure;   /* text for the Event line, NULL: succeeded */
    const char *ssl_error; /* text of ssl_error_reason */
    const char *expected;  /* Common-name of an outbound failure */
};
void xd_fx_log_tls(struct xd_fx_node *n, const struct xd_fx_tls_record *r);

/* SIP dialogues and developer lines of every day. */
void xd_fx_log_noise(struct xd_fx_node *n, unsigned messages);

/* What every node of X15.5 has; ten minutes of logging. */
void xd_fx_node_set(struct xd_fx_node *n, int64_t start);
void xd_fx_node_free(struct xd_fx_node *n);

/* Writes the node's archive into the folder. */
void xd_fx_bundle(struct xd_fx_node *n, const char *folder);

#endif
