/*
 * defrag.c - IP fragments (RFC 791, 3.2; RFC 8200, 4.5): pieces of one datagram
 * joined within limits of number and bytes; the oldest makes room.
 *
 * Those of TCP that a file of several of one view has not whole wait for the others: when
 * an input's files were all read, all of them are told again in order of time.
 */
#include "wire_priv.h"

#include <stdlib.h>

enum {
    MAX_DATAGRAM = 65535, /* RFC 791 */
    MAX_KEY = 40,
    TCP = 6,
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
    uint32_t from[XD_MAX_FRAGMENTS];
    uint32_t to[XD_MAX_FRAGMENTS];
    struct xd_spot spot[XD_MAX_FRAGMENTS];
    size_t n_pieces;
};

/* A fragment whose datagram was not whole in its file. */
struct xd_rest {
    uint8_t key[MAX_KEY];
    size_t key_len;
    struct xd_spot spot;
    const char *label; /* of its file */
    uint16_t view;
    bool more;
    uint32_t at;
    uint32_t len;
    uint8_t bytes[];
};

struct xd_defrag {
    struct datagram all[XD_MAX_DATAGRAMS];
    uint64_t age;
    uint8_t whole[MAX_DATAGRAM]; /* of the datagram that was completed last */
};

void xd_defrag_free(struct xd_defrag *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < XD_MAX_DATAGRAMS; i++) {
        xd_free(d->all[i].bytes);
    }
    xd_free(d);
}

static size_t size_of_rest(const struct xd_rest *r)
{
    return sizeof(*r) + r->len;
}

/* The key ends with the protocol: ip.c. */
static unsigned find_protocol(const uint8_t *key, size_t key_len)
{
    return key[key_len - 1];
}

static void keep_piece(struct xd_wire *w, const struct datagram *g, size_t i)
{
    uint32_t len = g->to[i] - g->from[i];
    struct xd_rest *r = xd_alloc(sizeof(*r) + len);

    memcpy(r->key, g->key, g->key_len);
    r->key_len = g->key_len;
    r->spot = g->spot[i];
    r->label = xd_wire_label(w, r->spot);
    r->view = g->view;
    r->more = g->total == 0 || g->to[i] != g->total;
    r->at = g->from[i];
    r->len = len;
    memcpy(r->bytes, g->bytes + g->from[i], len);
    w->rest_bytes += size_of_rest(r);
    if (w->n_rests == w->cap_rests) {
        w->cap_rests = w->cap_rests == 0 ? 16 : w->cap_rests * 2;
        w->rests = xd_realloc((void *)w->rests, w->cap_rests * sizeof(*w->rests));
    }
    w->rests[w->n_rests++] = r;
}

/* A datagram of TCP is lost to a limit. */
static void note_limit(struct xd_wire *w, const uint8_t *key, size_t key_len)
{
    if (w->losses.fragments == 0 && !w->joining && find_protocol(key, key_len) == TCP) {
        w->losses.fragments = w->now.frame;
    }
}

/* It is not whole and makes room: another file may have what it lacks. */
static void leave(struct xd_wire *w, struct datagram *g)
{
    bool wanted = g->key_len > 0 && !w->joining && w->views[g->view].joins &&
                  find_protocol(g->key, g->key_len) == TCP;

    for (size_t i = 0; i < g->n_pieces && wanted && w->rest_bytes < XD_MAX_FRAGMENT_RESTS;
         i++) {
        keep_piece(w, g, i);
    }
    if (wanted && w->rest_bytes >= XD_MAX_FRAGMENT_RESTS) {
        note_limit(w, g->key, g->key_len);
    }
    g->key_len = 0;
}

void xd_defrag_file_end(struct xd_wire *w)
{
    for (size_t i = 0; w->defrag != NULL && i < XD_MAX_DATAGRAMS; i++) {
        leave(w, &w->defrag->all[i]);
    }
    xd_defrag_free(w->defrag);
    w->defrag = NULL;
}

void xd_defrag_forget(struct xd_wire *w, unsigned file)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->n_rests; i++) {
        if (file != 0 && xd_spot_file(w->rests[i]->spot) != file) {
            w->rests[kept++] = w->rests[i];
        } else {
            xd_free(w->rests[i]);
        }
    }
    w->n_rests = kept;
    if (kept == 0) {
        xd_free((void *)w->rests);
        w->rests = NULL;
        w->cap_rests = 0;
    }
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

    for (size_t i = 0; i < XD_MAX_DATAGRAMS; i++) {
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
    if (oldest->key_len > 0 && !is_stale(oldest, now)) {
        note_limit(w, oldest->key, oldest->key_len);
    }
    leave(w, oldest);
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
    if (g->n_pieces == XD_MAX_FRAGMENTS) {
        note_limit(w, key, key_len);
        g->key_len = 0;
        return false;
    }
    memcpy(g->bytes + at, k->p, k->len);
    g->from[g->n_pieces] = at;
    g->spot[g->n_pieces] = w->now;
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

static int compare_rests(const void *a, const void *b)
{
    const struct xd_rest *x = *(struct xd_rest *const *)a;
    const struct xd_rest *y = *(struct xd_rest *const *)b;
    int names = 0;

    if (x->spot.when >> 12 != y->spot.when >> 12) {
        return x->spot.when >> 12 < y->spot.when >> 12 ? -1 : 1;
    }
    names = strcmp(x->label, y->label);
    if (names != 0) {
        return names;
    }
    return x->spot.frame < y->spot.frame ? -1 : x->spot.frame > y->spot.frame;
}

/* The addresses stand in front of a key: ip.c. */
static void take_addresses(const uint8_t *key, size_t key_len, struct xd_packet *k)
{
    if (key_len == XD_KEY_V4) {
        xd_ip_map(key, k->addr[0]);
        xd_ip_map(key + 4, k->addr[1]);
    } else {
        memcpy(k->addr, key, sizeof(k->addr));
    }
}

void xd_defrag_join(struct xd_wire *w)
{
    uint16_t file = w->file;
    uint16_t view = w->view;

    if (w->n_rests == 0) {
        return;
    }
    qsort((void *)w->rests, w->n_rests, sizeof(*w->rests), compare_rests);
    w->joining = true;
    for (size_t i = 0; i < w->n_rests; i++) {
        const struct xd_rest *r = w->rests[i];
        struct xd_packet k = {.p = r->bytes, .len = r->len, .wire_len = r->len};

        w->file = (uint16_t)xd_spot_file(r->spot);
        w->view = r->view;
        w->now = r->spot;
        if (xd_defrag_add(w, r->key, r->key_len, &k, r->at, r->more)) {
            take_addresses(r->key, r->key_len, &k);
            (void)xd_ip_transport(w, &k, TCP);
        }
    }
    w->joining = false;
    w->file = file;
    w->view = view;
    xd_defrag_free(w->defrag);
    w->defrag = NULL;
    xd_defrag_forget(w, 0);
}
