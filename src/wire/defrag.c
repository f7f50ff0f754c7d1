/*
 * defrag.c - IP fragments (RFC 791, 3.2; RFC 8200, 4.5): pieces of one datagram
 * joined within limits of number and bytes; the oldest makes room.
 */
#include "wire_priv.h"

enum {
    MAX_DATAGRAMS = 64,   /* incomplete ones at a time */
    MAX_DATAGRAM = 65535, /* RFC 791 */
    MAX_PIECES = 128,
    MAX_KEY = 40,
    LIFETIME = 60 * XD_SECOND, /* RFC 8200, 4.5; identifications come again */
};

struct datagram {
    uint8_t key[MAX_KEY];
    size_t key_len; /* 0: free */
    uint16_t view;
    uint64_t age;
    uint64_t when;  /* of its first piece, microseconds */
    uint8_t *bytes; /* MAX_DATAGRAM */
    uint32_t total; /* 0: the last fragment is not there yet */
    uint32_t from[MAX_PIECES];
    uint32_t to[MAX_PIECES];
    size_t n_pieces;
};

struct xd_defrag {
    struct datagram all[MAX_DATAGRAMS];
    uint64_t age;
    uint8_t whole[MAX_DATAGRAM]; /* of the datagram that was completed last */
};

void xd_defrag_free(struct xd_defrag *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < MAX_DATAGRAMS; i++) {
        xd_free(d->all[i].bytes);
    }
    xd_free(d);
}

static bool is_stale(const struct datagram *g, uint64_t now)
{
    return (now > g->when ? now - g->when : g->when - now) > LIFETIME;
}

static struct datagram *find_datagram(struct xd_wire *w, const uint8_t *key, size_t key_len)
{
    struct xd_defrag *d = w->defrag;
    uint64_t now = w->now.when >> 12;
    struct datagram *oldest = &d->all[0];

    for (size_t i = 0; i < MAX_DATAGRAMS; i++) {
        struct datagram *g = &d->all[i];

        if (g->key_len == key_len && g->view == w->view &&
            memcmp(g->key, key, key_len) == 0) {
            if (!is_stale(g, now)) {
                return g;
            }
            oldest = g;
            break;
        }
        if (g->key_len == 0 ? oldest->key_len != 0
                            : oldest->key_len != 0 && g->age < oldest->age) {
            oldest = g;
        }
    }
    if (oldest->bytes == NULL) {
        oldest->bytes = xd_alloc(MAX_DATAGRAM);
    }
    memcpy(oldest->key, key, key_len);
    oldest->key_len = key_len;
    oldest->view = w->view;
    oldest->when = now;
    oldest->total = 0;
    oldest->n_pieces = 0;
    return oldest;
}

/* Where the bytes from the start on end that are there without a hole. */
static uint32_t find_reach(const struct datagram *g)
{
    uint32_t reach = 0;
    bool grown = true;

    while (grown) {
        grown = false;
        for (size_t i = 0; i < g->n_pieces; i++) {
            if (g->from[i] <= reach && g->to[i] > reach) {
                reach = g->to[i];
                grown = true;
            }
        }
    }
    return reach;
}

bool xd_defrag_add(struct xd_wire *w, const uint8_t *key, size_t key_len,
                   struct xd_packet *k, uint32_t at, bool more)
{
    if (w->defrag == NULL) {
        w->defrag = xd_alloc(sizeof(*w->defrag));
    }
    if (key_len > MAX_KEY || k->len != k->wire_len || at + k->len > MAX_DATAGRAM ||
        k->len == 0) {
        return false;
    }
    struct datagram *g = find_datagram(w, key, key_len);

    g->age = ++w->defrag->age;
    if (g->n_pieces == MAX_PIECES) {
        g->key_len = 0;
        return false;
    }
    memcpy(g->bytes + at, k->p, k->len);
    g->from[g->n_pieces] = at;
    g->to[g->n_pieces++] = at + (uint32_t)k->len;
    if (!more) {
        g->total = at + (uint32_t)k->len;
    }
    if (g->total == 0 || find_reach(g) < g->total) {
        return false;
    }
    memcpy(w->defrag->whole, g->bytes, g->total);
    g->key_len = 0;
    k->p = w->defrag->whole;
    k->len = g->total;
    k->wire_len = g->total;
    return true;
}
