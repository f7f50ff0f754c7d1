/*
 * callers_priv.h - what callers_book.c gathers and callers.c judges: who calls the ports
 * that an Expressway-E opens to its own Expressway-C.
 */
#ifndef XD_CALLERS_PRIV_H
#define XD_CALLERS_PRIV_H

#include "expdiag/map.h"

#include "assemble_priv.h"

enum xd_call_kind { XD_CALL_ZONE, XD_CALL_TUNNEL, XD_CALL_KINDS };

/* One address at one node's ports. */
struct xd_caller_row {
    const struct xd_node *server;
    struct xd_addr addr;
    const struct xd_node *node; /* of the case, or NULL */
    bool listed;                /* a peer of one of the server's zones, by its status */
    bool named;    /* its certificate has the name that a zone asks for, or is known */
    bool accepted; /* a connection of it came up */
    bool showed;   /* a certificate, or an X.509 key: what no scanner has */
    bool fits;     /* source ports of an Expressway, or a log tells of its certificate */
    unsigned calls[XD_CALL_KINDS];
    uint16_t own_port;          /* the last source port of an Expressway that it used */
    struct xd_caller_row *next; /* of the same server */
};

/* All who call one node. */
struct xd_caller_list {
    struct xd_caller_row *rows;
    const struct xd_caller_row **nodes; /* the rows that are nodes of the case */
    size_t n_nodes, cap_nodes;
    size_t own;                    /* rows that are its own and not listed */
    size_t unknown[XD_CALL_KINDS]; /* rows of which nobody knows whose they are */
    size_t likely[XD_CALL_KINDS];  /* of those, rows that look like an Expressway */
};

/* When a node's own calls failed, as its own capture alone shows them; in order. */
struct xd_call_times {
    xd_time *at;
    size_t n_at, cap_at;
};

struct xd_callers {
    struct xd_case *cs;
    struct xd_map *by_key;         /* server and address to row */
    struct xd_caller_list *lists;  /* by index of the server */
    const struct xd_node **writer; /* by entry id */
    xd_time (*captured)[2];        /* by index of the node: first and last packet */
    struct xd_call_times (*tried)[XD_CALL_KINDS]; /* by index of the node */
};

/* Which of the two a service is; false: another port. */
bool xd_call_kind_of(enum xd_service service, enum xd_call_kind *out);

/* What is known of an address at this server, or NULL. */
const struct xd_caller_row *xd_callers_row(const struct xd_callers *c,
                                           const struct xd_node *server,
                                           const struct xd_addr *addr);

/* It is one of the server's own: a node of the case, listed, known by name, or let in. */
bool xd_caller_is_own(const struct xd_caller_row *row);

/* Did the caller of this one show what an Expressway of the server's would? */
bool xd_call_shows_own(const struct xd_flow *f);

#endif
