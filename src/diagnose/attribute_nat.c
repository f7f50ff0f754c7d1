/*
 * attribute_nat.c - one address before several nodes: what comes from an address that a
 * NAT gives to one node, and is not in that node's own capture, is another's.
 */
#include <string.h>

#include "assemble_priv.h"

#define NEAR_TIME (60 * XD_SECOND) /* a port is not used again within this */
#define MARGIN    (2 * XD_SECOND)  /* of a capture's first and last packet */

enum { PORTS_KEY = 8, PAIR_KEY = 8, TUNNEL_PORT = 2222 };

/* When conversations of the same ports began in a node's own capture; in order. */
struct nat_times {
    xd_time *at;
    size_t n_at, cap_at;
};

struct nat_view {
    struct xd_directory *d;
    struct xd_map *by_ports; /* node and both ports to nat_times */
    struct xd_map *by_port;  /* node and the server's port alone to the same, unjoined */
    struct xd_map *by_pair;  /* two nodes to xd_time: how far the second's clock is ahead */
    struct xd_map *shared;   /* addresses of which a conversation was another's */
    xd_time (*spans)[2];     /* of each node's captures, by index */
};

static struct xd_slice ports_key(const struct xd_node *n, const struct xd_flow *f,
                                 uint8_t key[PORTS_KEY])
{
    memcpy(key, &n->index, 4);
    memcpy(key + 4, &f->end[XD_CLIENT].port, 2);
    memcpy(key + 6, &f->end[XD_SERVER].port, 2);
    return (struct xd_slice){key, PORTS_KEY};
}

static struct xd_slice port_key(const struct xd_node *n, const struct xd_flow *f,
                                uint8_t key[PORTS_KEY])
{
    memcpy(key, &n->index, 4);
    memcpy(key + 4, &f->end[XD_SERVER].port, 2);
    return (struct xd_slice){key, 6};
}

static struct xd_slice pair_key(const struct xd_node *a, const struct xd_node *b,
                                uint8_t key[PAIR_KEY])
{
    memcpy(key, &a->index, 4);
    memcpy(key + 4, &b->index, 4);
    return (struct xd_slice){key, PAIR_KEY};
}

static struct xd_slice addr_key(const struct xd_addr *addr)
{
    return (struct xd_slice){(const uint8_t *)addr,
                             addr->family == XD_ADDR_V4 ? 5 : sizeof(*addr)};
}

/* The row of the key, which is made; with that time, where it is one. */
static struct nat_times *note_time(struct xd_case *cs, struct xd_map *map,
                                   struct xd_slice key, xd_time at)
{
    struct nat_times *times = xd_map_get(map, key);

    if (times == NULL) {
        times = xd_arena_alloc(cs->arena, sizeof(*times));
        xd_map_put(map, key, times);
    }
    if (at != XD_TIME_NONE) {
        *XD_PUSH(cs->arena, times, at) = at;
    }
    return times;
}

static void note_capture(struct nat_view *v, const struct xd_node *n,
                         const struct xd_flow *f)
{
    struct xd_case *cs = xd_directory_case(v->d);
    xd_time *span = v->spans[n->index];
    const struct xd_place *end = f->tcp.end_of_capture;
    xd_time last = end != NULL ? end->time : f->last.time;
    uint8_t key[PORTS_KEY];
    struct xd_slice ports = ports_key(n, f, key);

    span[0] = span[0] == XD_TIME_NONE || f->first.time < span[0] ? f->first.time : span[0];
    span[1] = span[1] == XD_TIME_NONE || last > span[1] ? last : span[1];
    note_time(cs, v->by_ports, ports, f->first.time);
    struct nat_times *open = note_time(cs, v->by_port, port_key(n, f, key), XD_TIME_NONE);
    if (f->n_same_as == 0) {
        *XD_PUSH(cs->arena, open, at) = f->first.time;
    }
}

/* The first conversation that both captured tells how their clocks differ. */
static void note_pair(struct nat_view *v, const struct xd_node *n, const struct xd_flow *f)
{
    struct xd_case *cs = xd_directory_case(v->d);

    for (size_t k = 0; k < f->n_same_as; k++) {
        const struct xd_flow *other = cs->flows[f->same_as[k] - 1];
        const struct xd_node *at = xd_directory_observer(v->d, other->first.entry);
        uint8_t key[PAIR_KEY];

        if (at == NULL || at == n || xd_map_get(v->by_pair, pair_key(n, at, key)) != NULL) {
            continue;
        }
        xd_time *ahead = xd_arena_alloc(cs->arena, sizeof(*ahead));
        *ahead = other->first.time - f->first.time;
        xd_map_put(v->by_pair, pair_key(n, at, key), ahead);
    }
}

/* By the clock of the node's own capture; XD_TIME_NONE: nothing tells. */
static xd_time time_at(const struct nat_view *v, const struct xd_node *n,
                       const struct xd_node *seen_at, const struct xd_flow *f)
{
    uint8_t key[PAIR_KEY];
    const xd_time *ahead = xd_map_get(v->by_pair, pair_key(n, seen_at, key));

    return ahead == NULL ? XD_TIME_NONE : f->first.time - *ahead;
}

/* It has what joins two views of one conversation, whatever a NAT makes of its ends. */
static bool would_join(const struct xd_flow *f)
{
    return (f->tls != NULL && f->tls->has_random[XD_CLIENT]) ||
           (f->ssh != NULL && f->ssh->has_cookie[XD_CLIENT]);
}

static bool is_near(const struct nat_times *times, xd_time at)
{
    size_t low = 0;
    size_t high = times != NULL && at != XD_TIME_NONE ? times->n_at : 0;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (times->at[mid] < at - NEAR_TIME) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return times != NULL && at != XD_TIME_NONE && low < times->n_at &&
           times->at[low] < at + NEAR_TIME;
}

/* Does the node's own capture show a conversation of these ports at that time? */
static bool has_captured(const struct nat_view *v, const struct xd_node *n,
                         const struct xd_flow *f, xd_time at)
{
    uint8_t ports[PORTS_KEY];

    return is_near(xd_map_get(v->by_ports, ports_key(n, f, ports)), at);
}

/*
 * Could the node's own capture hold it?  An administrator may have filtered it by port:
 * what the node calls by its settings is not missed where it captured none of that port.
 */
static bool is_captured_port(const struct nat_view *v, const struct xd_node *n,
                             const struct xd_flow *f)
{
    uint16_t port = f->end[XD_SERVER].port;
    uint8_t key[PORTS_KEY];
    bool calls = port == TUNNEL_PORT || n->n_zones == 0;

    for (size_t i = 0; i < n->n_zones; i++) {
        calls = calls || n->zones[i].port == port;
    }
    return !calls || xd_map_get(v->by_port, port_key(n, f, key)) != NULL;
}

/* What would join it to another view was not seen, and the node's may be any of its own. */
static bool may_be_joined(const struct nat_view *v, const struct xd_node *n,
                          const struct xd_flow *f, xd_time at)
{
    uint8_t key[PORTS_KEY];

    return !would_join(f) && is_near(xd_map_get(v->by_port, port_key(n, f, key)), at);
}

/* Was the node's own capture running, and does it lack this conversation of its port? */
static bool is_missed(const struct nat_view *v, const struct xd_node *n,
                      const struct xd_flow *f, xd_time at)
{
    const xd_time *span = v->spans[n->index];

    return at != XD_TIME_NONE && span[0] != XD_TIME_NONE && at >= span[0] + MARGIN &&
           at <= span[1] - MARGIN && !has_captured(v, n, f, at) &&
           is_captured_port(v, n, f) && !may_be_joined(v, n, f, at);
}

/* The node behind the address of a conversation that only another one captured; or NULL. */
static const struct xd_node *find_behind(const struct nat_view *v, const struct xd_flow *f)
{
    const struct xd_node *seen_at = xd_directory_observer(v->d, f->first.entry);
    const struct xd_node *n = f->node[XD_CLIENT];
    bool behind = n != NULL && seen_at != NULL && !xd_node_same_host(n, seen_at) &&
                  !xd_node_has_address(n, &f->end[XD_CLIENT].addr) && f->n_same_as == 0;

    return behind ? n : NULL;
}

static void part(struct xd_flow *f)
{
    f->node[XD_CLIENT] = NULL;
    f->anothers = true;
}

/* What the node's own capture would hold and does not is another's. */
static void part_missed(struct nat_view *v, struct xd_flow *f)
{
    const struct xd_node *n = find_behind(v, f);
    const struct xd_node *seen_at = xd_directory_observer(v->d, f->first.entry);

    if (n != NULL && is_missed(v, n, f, time_at(v, n, seen_at, f))) {
        xd_map_put(v->shared, addr_key(&f->end[XD_CLIENT].addr), f);
        part(f);
    }
}

/* Whose the rest is that comes from an address that others have too, nothing tells. */
static void part_untold(struct nat_view *v, struct xd_flow *f)
{
    const struct xd_node *n = find_behind(v, f);
    const struct xd_node *seen_at = xd_directory_observer(v->d, f->first.entry);

    if (n != NULL && xd_map_get(v->shared, addr_key(&f->end[XD_CLIENT].addr)) != NULL &&
        !has_captured(v, n, f, time_at(v, n, seen_at, f))) {
        part(f);
    }
}

void xd_attribute_behind_nat(struct xd_directory *d)
{
    struct xd_case *cs = xd_directory_case(d);
    struct nat_view v = {.d = d,
                         .by_ports = xd_map_new(),
                         .by_port = xd_map_new(),
                         .by_pair = xd_map_new(),
                         .shared = xd_map_new()};
    bool any = false;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        any = any || cs->nodes[i]->n_seen_as > 0;
    }
    v.spans = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof(*v.spans));
    for (size_t i = 0; i < cs->n_nodes; i++) {
        v.spans[i][0] = v.spans[i][1] = XD_TIME_NONE;
    }
    for (size_t i = 0; any && i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        const struct xd_node *n = xd_directory_observer(d, f->first.entry);

        if (n != NULL) {
            note_capture(&v, n, f);
            note_pair(&v, n, f);
        }
    }
    for (size_t i = 0; any && i < cs->n_flows; i++) {
        part_missed(&v, cs->flows[i]);
    }
    for (size_t i = 0; any && i < cs->n_flows; i++) {
        part_untold(&v, cs->flows[i]);
    }
    xd_map_free(v.by_ports);
    xd_map_free(v.by_port);
    xd_map_free(v.by_pair);
    xd_map_free(v.shared);
}
