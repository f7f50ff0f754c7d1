/*
 * fx_cases.h - the stage that the cases play on: one Expressway-C, one Expressway-E,
 * and the scenes that happen between them.
 */
#ifndef EXPDIAG_FX_CASES_H
#define EXPDIAG_FX_CASES_H

#include "fx_node.h"

#define XD_FX_CORE_IP   "10.106.80.16"
#define XD_FX_EDGE_IP   "10.106.80.31"
#define XD_FX_CUCM_IP   "10.106.80.38"
#define XD_FX_OTHER_IP  "10.106.80.15"
#define XD_FX_WEBEX_IP  "163.129.37.33"
#define XD_FX_WEBEX2_IP "163.129.37.32"
#define XD_FX_CORE_NAME "vcs8c.nordlab.example"
#define XD_FX_EDGE_NAME "smartslave.nordlab.example"
#define XD_FX_ALL_CAS   "ca1 ca2 ca2-root ca3-root"

struct xd_fx_stage {
    const char *name;
    const char *fixtures; /* folder */
    struct xd_fx_node core;
    struct xd_fx_node edge;
    int64_t start;
    char created[32]; /* when the tunnels came up, as the status page prints it */
};

struct xd_fx_case {
    const char *name;
    void (*play)(struct xd_fx_stage *s);
};

/* Each ends with a row without name. */
extern const struct xd_fx_case xd_fx_cases[];
extern const struct xd_fx_case xd_fx_cases_tls[];
extern const struct xd_fx_case xd_fx_cases_tls_far[];
void xd_fx_make_case(const struct xd_fx_case *c, const char *fixtures);

/* More cases, in a file of their own. */
void xd_fx_play_check_on_13(struct xd_fx_stage *s);
void xd_fx_play_wrong_store(struct xd_fx_stage *s);
void xd_fx_play_stale(struct xd_fx_stage *s);
void xd_fx_play_unknown_ca(struct xd_fx_stage *s);
void xd_fx_play_incomplete_chain(struct xd_fx_stage *s);
void xd_fx_play_expired(struct xd_fx_stage *s);
void xd_fx_play_damaged(struct xd_fx_stage *s);
void xd_fx_play_log_only(struct xd_fx_stage *s);
void xd_fx_play_zone_down(struct xd_fx_stage *s);

/*
 * Two healthy X15.5 nodes with their UC zone and tunnels up, logging for ten minutes
 * from the time given.  Stores are the caller's to set.
 */
void xd_fx_stage_set(struct xd_fx_stage *s, const char *start);

/* Zone and tunnels of both nodes as status tells them. */
void xd_fx_set_uc_status(struct xd_fx_stage *s, const char *zone, const char *tunnels,
                         const char *reason);

/* A TLS connection between two ends, each possibly one of the nodes. */
struct xd_fx_scene {
    struct xd_fx_node *client_node; /* NULL: not of the case */
    struct xd_fx_node *server_node;
    struct xd_fx_end client;
    struct xd_fx_end server;
    int64_t at;
    int64_t latency; /* 0: 400 microseconds */
    unsigned mss;    /* 0: 1448 */
    struct xd_fx_tls tls;
    enum xd_fx_finish finish;
    int64_t finish_pause;
    int64_t app_pause; /* before the first byte of application data */
    int lose;
    int swap;
    bool gso;
};
void xd_fx_play_tls(const struct xd_fx_stage *s, const struct xd_fx_scene *scene);

/*
 * One connection of the UC zone, C to E on 7001, with what both nodes log of it.
 * reason: NULL, or the verifier's words; ssl: the same as OpenSSL's error on E;
 * heard: what C is told.
 */
struct xd_fx_uc {
    int64_t at;
    uint16_t port; /* C's */
    int version;
    const char *client_chain;
    const char *server_chain;
    const char *reason;
    const char *ssl;
    const char *heard;
    const char *heard_code; /* OpenSSL's error number of it; NULL: alert 43 */
    bool gso;
    int lose;
};
void xd_fx_play_uc(struct xd_fx_stage *s, const struct xd_fx_uc *uc);

/* One SSH connection C to E on 2222 from a recording; NULL: SYNs without answer. */
void xd_fx_play_ssh(struct xd_fx_stage *s, int64_t at, uint16_t port,
                    const char *transcript);

/* Traffic that has nothing to do with the case. */
void xd_fx_play_noise(struct xd_fx_stage *s);

#endif
