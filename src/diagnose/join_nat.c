/*
 * join_nat.c - one connection that two logs tell of, each by another address of the far
 * end: a NAT stands between them, and no capture or dump shows what it does.
 */
#include "judge_priv.h"

#include <string.h>

#include "assemble_priv.h"

/* A NAT seldom changes ports, and clocks of one case agree to some seconds. */
#define SAME_TIME (5 * XD_SECOND)

enum { PORTS_KEY = 4 };

/* Conversations with these two ports, known from the client's log alone. */
struct row {
    struct xd_conv *conv;
    struct row *next;
};

static void make_key(const struct xd_conv *v, uint8_t key[PORTS_KEY])
{
    memcpy(key, &v->end[XD_CLIENT].port, 2);
    memcpy(key + 2, &v->end[XD_SERVER].port, 2);
}

/* Known from the log of the node on that side, and nothing says who the other is. */
static bool is_half(const struct xd_conv *v, enum xd_side side)
{
    return !v->flow && v->node[side] && !v->node[!side];
}

static struct xd_map *list_clients(struct xd_judge *j)
{
    struct xd_map *rows = xd_map_new();
    for (size_t i = 0; i < j->n_convs; i++) {
        uint8_t key[PORTS_KEY];
        struct xd_slice bytes = {key, sizeof key};
        if (!is_half(j->convs[i], XD_CLIENT)) {
            continue;
        }
        make_key(j->convs[i], key);
        struct row *r = xd_arena_alloc(j->cs->arena, sizeof *r);
        *r = (struct row){j->convs[i], xd_map_get(rows, bytes)};
        xd_map_put(rows, bytes, r);
    }
    return rows;
}

/* The only one of its time, or NULL. */
static struct xd_conv *find_client(const struct xd_map *rows, const struct xd_conv *v)
{
    enum { LOOKED_AT = 256 }; /* a hostile log may repeat two ports for ever */
    uint8_t key[PORTS_KEY];
    make_key(v, key);
    struct xd_conv *found = NULL;
    size_t n = 0;
    for (const struct row *r = xd_map_get(rows, (struct xd_slice){key, sizeof key}); r;
         r = r->next) {
        if (++n > LOOKED_AT) {
            return NULL;
        }
        xd_time away = r->conv->time - v->time;
        bool near = away <= SAME_TIME && away >= -SAME_TIME &&
                    xd_nodes_may_meet(r->conv->node[XD_CLIENT], v->node[XD_SERVER]);
        if (near && found) {
            return NULL;
        }
        found = near ? r->conv : found;
    }
    return found;
}

static void take_over(struct xd_judge *j, struct xd_conv *into, const struct xd_conv *from)
{
    into->node[XD_SERVER] = from->node[XD_SERVER];
    into->zone[XD_SERVER] = from->zone[XD_SERVER];
    into->service = into->service == XD_SERVICE_OTHER ? from->service : into->service;
    for (size_t i = 0; i < from->n_events; i++) {
        xd_conv_hear_event(j, into, from->events[i]);
    }
}

void xd_judge_join_nat(struct xd_judge *j)
{
    struct xd_map *rows = list_clients(j);
    size_t kept = 0;
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        struct xd_conv *client = is_half(v, XD_SERVER) ? find_client(rows, v) : NULL;
        if (client && !client->node[XD_SERVER]) {
            take_over(j, client, v);
        } else {
            j->convs[kept++] = v;
        }
    }
    j->n_convs = kept;
    xd_map_free(rows);
}
