/*
 * fx_scenes.h - what the cases about TLS have in common: a pair or one node without
 * the noise of a working day, and a connection with what the nodes log of it.
 */
#ifndef EXPDIAG_FX_SCENES_H
#define EXPDIAG_FX_SCENES_H

#include <openssl/ssl.h>

#include "fx_cases.h"

#define SECOND        INT64_C(1000000)
#define XD_FX_PARTNER "10.106.80.15"

/* A connection, and who refuses what in it. */
struct xd_fx_talk {
    struct xd_fx_scene scene;
    const char *why;      /* the refuser's words; NULL: nobody refuses, or nobody writes */
    const char *ssl;      /* OpenSSL's error at the refuser; NULL: a failed verification */
    int alert;            /* what the other end is told */
    bool by_client;       /* who refuses; else the server */
    bool late;            /* the name is refused, once the handshake is over */
    const char *expected; /* the name that the client looks for */
};

/* Two nodes with four certificates in order; a UC zone and tunnels that are up. */
void xd_fx_pair(struct xd_fx_stage *s, const char *start);
/* The zone becomes one for calls alone: no Mobile and Remote Access, no tunnels. */
void xd_fx_calls_only(struct xd_fx_stage *s, const char *status);
/* The Expressway-E by itself, without zones. */
void xd_fx_edge_alone(struct xd_fx_stage *s, const char *start);
/* The Expressway-C by itself, with a traversal zone for calls. */
void xd_fx_core_alone(struct xd_fx_stage *s, const char *start);
/* A neighbour zone to XD_FX_PARTNER. */
void xd_fx_add_partner(struct xd_fx_node *n, const char *status);
void xd_fx_set(struct xd_fx_node *n, const char *path, const char *value);

/* C opens a connection of the traversal zone, `after` seconds into the logging. */
struct xd_fx_talk xd_fx_traversal(struct xd_fx_stage *s, int after, uint16_t port);
/* The node calls the partner, or is called by it. */
struct xd_fx_talk xd_fx_to_partner(const struct xd_fx_stage *s, struct xd_fx_node *n,
                                   int after, uint16_t port);
struct xd_fx_talk xd_fx_from_partner(const struct xd_fx_stage *s, struct xd_fx_node *n,
                                     int after, uint16_t port);
void xd_fx_play_talk(const struct xd_fx_stage *s, const struct xd_fx_talk *t);

/* Some lines of every day, and the archives. */
void xd_fx_end_pair(struct xd_fx_stage *s);
void xd_fx_end_one(struct xd_fx_stage *s, struct xd_fx_node *n);

#endif
