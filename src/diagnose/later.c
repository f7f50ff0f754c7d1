/*
 * later.c - what captures show of zones and tunnels after their status was taken: a
 * connection that came up since and stayed outranks a status that says "Failed", and one
 * that failed since outranks "Active".
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/map.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

/*
 * What was last with whom, so that a thousand zones and a million conversations need not
 * meet one by one.  A key is of its owner, a zone or a node, and of a far end: its address,
 * or the node that it is.
 */
enum book_kind { OF_ALL, OF_ADDRESS, OF_NODE, OF_REFUSED_LOGIN, OF_TOLD };

struct book_key {
    const void *owner;
    const void *node;
    const void *side; /* of OF_TOLD: the near end */
    struct xd_addr addr;
    uint8_t kind;
};

struct book {
    struct xd_judge *j;
    struct xd_map *map;
};

static struct book open_book(struct xd_judge *j)
{
    return (struct book){.j = j, .map = xd_map_new()};
}

static struct book_key make_key(enum book_kind kind, const void *owner)
{
    struct book_key key;

    memset(&key, 0, sizeof(key)); /* the padding is hashed too */
    key.kind = (uint8_t)kind;
    key.owner = owner;
    return key;
}

static struct book_key key_of_address(enum book_kind kind, const void *owner,
                                      const struct xd_addr *a)
{
    struct book_key key = make_key(kind, owner);

    key.addr.family = a->family;
    memcpy(key.addr.bytes, a->bytes, a->family == XD_ADDR_V4 ? 4 : sizeof(a->bytes));
    return key;
}

static struct book_key key_of_node(const void *owner, const struct xd_node *far)
{
    struct book_key key = make_key(OF_NODE, owner);

    key.node = far;
    return key;
}

static void *look_up(const struct book *b, const struct book_key *key)
{
    return xd_map_get(b->map, (struct xd_slice){(const uint8_t *)key, sizeof(*key)});
}

static void write_down(struct book *b, const struct book_key *key, void *value)
{
    xd_map_put(b->map, (struct xd_slice){(const uint8_t *)key, sizeof(*key)}, value);
}

/* A conversation by its place in j->convs: of two of one time the later one counts. */
static struct xd_conv **later_of(struct xd_conv **a, struct xd_conv **b)
{
    if (!a || !b) {
        return a ? a : b;
    }
    if ((*a)->time != (*b)->time) {
        return (*a)->time > (*b)->time ? a : b;
    }
    return a > b ? a : b;
}

static void keep_last(struct book *b, const struct book_key *key, struct xd_conv **v)
{
    write_down(b, key, later_of(look_up(b, key), v));
}

/* v is a connection of the owner, whose far end stands on the other side than s. */
static void keep_conv(struct book *b, const void *owner, struct xd_conv **v, int s)
{
    struct book_key all = make_key(OF_ALL, owner);
    struct book_key by_address = key_of_address(OF_ADDRESS, owner, &(*v)->end[!s].addr);

    keep_last(b, &all, v);
    keep_last(b, &by_address, v);
    if ((*v)->node[!s]) {
        struct book_key by_node = key_of_node(owner, (*v)->node[!s]);
        keep_last(b, &by_node, v);
    }
}

static struct xd_conv **last_with_address(const struct book *b, const void *owner,
                                          const struct xd_addr *a)
{
    struct book_key key = key_of_address(OF_ADDRESS, owner, a);

    return a->family != XD_ADDR_NONE ? look_up(b, &key) : NULL;
}

static bool says_failed(const char *status)
{
    return status && xd_text_contains_nocase(xd_slice_of(status), "failed");
}

static bool spoke(const struct xd_conv *v, enum xd_side side)
{
    for (size_t i = 0; i < v->n_views; i++) {
        const struct xd_flow *f = v->views[i];
        if (f->protocol == XD_PROTOCOL_SSH || (f->tls && f->tls->app_data[side])) {
            return true;
        }
    }
    return false;
}

bool xd_conv_stayed_up(const struct xd_conv *v)
{
    if (v->outcome != XD_OUTCOME_ESTABLISHED || !spoke(v, XD_CLIENT) ||
        !spoke(v, XD_SERVER)) {
        return false;
    }
    for (size_t i = 0; i < v->n_views; i++) {
        const struct xd_tcp_facts *t = &v->views[i]->tcp;
        if (t->fin[0] || t->fin[1] || t->rst[0] || t->rst[1]) {
            return false;
        }
    }
    return true;
}

/* TLS may stay up while the credentials sent on it are refused. */
static bool login_refused(const struct book *b, const struct xd_conv *v)
{
    struct book_key key =
        key_of_address(OF_REFUSED_LOGIN, v->node[XD_SERVER], &v->end[XD_CLIENT].addr);

    return look_up(b, &key) != NULL;
}

static void keep_refused_logins(struct book *b)
{
    for (size_t i = 0; i < b->j->cs->n_events; i++) {
        struct xd_log_event *e = b->j->cs->events[i];
        if (e->kind == XD_LOG_AUTH_FAILED) {
            struct book_key key = key_of_address(
                OF_REFUSED_LOGIN, xd_judge_node_of(b->j, e->place.entry), &e->remote.addr);
            write_down(b, &key, e);
        }
    }
}

/*
 * Since that node's status was taken?  Two bundles that are days apart and that nothing
 * joins are of two days, or their clocks are wrong: "since" is what holds either way.
 */
static bool is_since(const struct xd_judge *j, const struct xd_conv *v, enum xd_side side,
                     const struct xd_node *n)
{
    xd_time offset = 0;
    const struct xd_node *other = v->node[side == XD_CLIENT ? XD_SERVER : XD_CLIENT];
    bool measured = other && xd_clock_pair(j, other, n, &offset);
    return xd_conv_time_at(j, v, side) > n->as_of && (measured || v->time > n->as_of);
}

/* Of zones and of nodes' tunnels, each since the status of the node on that side. */
static void keep_convs(struct book *b)
{
    const struct xd_judge *j = b->j;

    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        for (int s = 0; s < 2; s++) {
            bool zone = v->zone[s] && v->service != XD_SERVICE_TRAVERSAL_TEST;
            bool tunnel = v->service == XD_SERVICE_SSH_TUNNEL;
            if (!v->node[s] || (!zone && !tunnel) ||
                !is_since(j, v, (enum xd_side)s, v->node[s])) {
                continue;
            }
            if (zone) {
                keep_conv(b, v->zone[s], &j->convs[i], s);
            }
            if (tunnel) {
                keep_conv(b, v->node[s], &j->convs[i], s);
            }
        }
    }
}

static bool same_node(const struct xd_node *a, const struct xd_node *b)
{
    return a && b && xd_node_same_host(a, b);
}

/* The owner's last connection with a node, which may have several bundles. */
static struct xd_conv **last_with_node(const struct book *b, const void *owner,
                                       const struct xd_node *far)
{
    struct xd_conv **last = NULL;

    for (size_t i = 0; far && i < b->j->cs->n_nodes; i++) {
        struct book_key key = key_of_node(owner, b->j->cs->nodes[i]);
        struct xd_conv **found = look_up(b, &key);
        if (found && same_node(far, b->j->cs->nodes[i])) {
            last = later_of(last, found);
        }
    }
    return last;
}

/* The zone's last connection, or that with one peer, since the status was taken. */
static const struct xd_conv *last_of_zone(const struct book *b, const struct xd_zone *z,
                                          const struct xd_zone_peer *p)
{
    struct book_key all = make_key(OF_ALL, z);
    struct xd_conv **last =
        p ? later_of(last_with_address(b, z, &p->addr), last_with_node(b, z, p->node))
          : look_up(b, &all);

    return last ? *last : NULL;
}

static const struct xd_conv *came_up(const struct book *b, const struct xd_conv *v)
{
    return v && xd_conv_stayed_up(v) && !login_refused(b, v) ? v : NULL;
}

static const char *tell(struct xd_judge *j, const struct xd_node *n,
                        const struct xd_conv *v)
{
    return xd_arena_printf(
        j->cs->arena,
        "that was at %s; a connection came up at %s and stayed (conversation #%u)",
        xd_words_time(j, n->as_of), xd_words_time(j, v->time), v->flow ? v->flow->id : 0);
}

/* Every peer that the status calls down has come up since. */
static const struct xd_conv *zone_came_up(const struct book *b, const struct xd_zone *z)
{
    const struct xd_conv *shown = NULL;
    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        if (!says_failed(p->status ? p->status : z->status)) {
            continue;
        }
        shown = came_up(b, last_of_zone(b, z, p));
        if (!shown) {
            return NULL;
        }
    }
    if (!shown && says_failed(z->status)) {
        shown = came_up(b, last_of_zone(b, z, NULL));
    }
    return shown;
}

static const char *tell_failed(struct xd_judge *j, const struct xd_node *n,
                               const struct xd_conv *v)
{
    const char *flow = v->flow
                           ? xd_arena_printf(j->cs->arena, "conversation #%u", v->flow->id)
                           : "by the log";
    return xd_arena_printf(j->cs->arena,
                           "that was at %s; the last connection since failed at %s (%s)",
                           xd_words_time(j, n->as_of), xd_words_time(j, v->time), flow);
}

/* Whoever may be a stranger says nothing about the zone. */
static bool failed_since(const struct xd_conv *v)
{
    return v && !v->unsure && xd_conv_failed(v);
}

/* The last connection of the zone, or with one of its peers, is one that failed. */
static const struct xd_conv *zone_failed(const struct book *b, const struct xd_zone *z)
{
    const struct xd_conv *shown = last_of_zone(b, z, NULL);
    shown = failed_since(shown) ? shown : NULL;
    for (size_t i = 0; i < z->n_peers && !shown; i++) {
        const struct xd_conv *v = last_of_zone(b, z, &z->peers[i]);
        shown = failed_since(v) ? v : NULL;
    }
    return shown;
}

static struct xd_conv **last_with_name(const struct book *b, const void *owner,
                                       const char *text)
{
    struct xd_addr printed = {0};
    return text && xd_addr_parse(text, strlen(text), &printed)
               ? last_with_address(b, owner, &printed)
               : NULL;
}

static const struct xd_conv *last_of_tunnel(const struct book *b, const struct xd_node *n,
                                            const struct xd_tunnel *t)
{
    struct xd_conv **last = last_with_node(b, n, t->node);

    last = later_of(last, last_with_name(b, n, t->target));
    last = later_of(last, last_with_name(b, n, t->peer));
    return last ? *last : NULL;
}

static void judge_node(struct book *b, struct xd_node *n)
{
    struct xd_judge *j = b->j;
    for (size_t i = 0; i < n->n_zones; i++) {
        struct xd_zone *z = &n->zones[i];
        const struct xd_conv *up = xd_zone_is_down(z) ? zone_came_up(b, z) : NULL;
        const struct xd_conv *down = xd_zone_is_up(z) ? zone_failed(b, z) : NULL;
        z->later = up ? tell(j, n, up) : down ? tell_failed(j, n, down) : NULL;
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        struct xd_tunnel *t = &n->tunnels[i];
        const struct xd_conv *last = last_of_tunnel(b, n, t);
        const struct xd_conv *up = xd_tunnel_is_down(t) ? came_up(b, last) : NULL;
        bool down = xd_tunnel_is_up(t) && failed_since(last);
        t->later = up ? tell(j, n, up) : down ? tell_failed(j, n, last) : NULL;
    }
}

static void say_before(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                       const char *what, const char *status)
{
    if (!d->contradicts) {
        d->contradicts = true;
        xd_draft_say(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "The status of %s, taken at %s, still calls %s \"%s\": "
                            "this came later.",
                            xd_words_node(j, n), xd_words_time(j, n->as_of), what, status));
    }
}

/* ---- what failed since it was up ---- */

/* Tunnels of one node to one far end. */
struct tied {
    struct xd_tunnel *tunnel;
    struct tied *next;
};

static void tie(struct book *b, const struct book_key *key, struct xd_tunnel *t)
{
    struct tied *first = look_up(b, key);

    if (first && first->tunnel == t) {
        return; /* target and peer are one */
    }
    struct tied *tied = xd_arena_alloc(b->j->cs->arena, sizeof(*tied));

    *tied = (struct tied){t, first};
    write_down(b, key, tied);
}

static void tie_address(struct book *b, const struct xd_node *n, const char *text,
                        struct xd_tunnel *t)
{
    struct xd_addr printed = {0};

    if (text && xd_addr_parse(text, strlen(text), &printed)) {
        struct book_key key = key_of_address(OF_ADDRESS, n, &printed);
        tie(b, &key, t);
    }
}

/* The tunnels of n that were up, and are not since. */
static void tie_tunnels(struct book *b, struct xd_node *n)
{
    for (size_t i = 0; i < n->n_tunnels; i++) {
        struct xd_tunnel *t = &n->tunnels[i];
        if (!t->later || !xd_tunnel_is_up(t)) {
            continue;
        }
        tie_address(b, n, t->target, t);
        tie_address(b, n, t->peer, t);
        if (t->node) {
            struct book_key key = key_of_node(n, t->node);
            tie(b, &key, t);
        }
    }
}

/* What stands under the key, in the order of the status. */
static void contradict_tied(struct book *b, const struct xd_conv *v, struct xd_node *n,
                            const struct book_key *key)
{
    struct tied *all = NULL;

    for (const struct tied *t = look_up(b, key); t; t = t->next) {
        struct tied *turned = xd_arena_alloc(b->j->cs->arena, sizeof(*turned));
        *turned = (struct tied){t->tunnel, all};
        all = turned;
    }
    for (; all; all = all->next) {
        xd_draft_tunnel(b->j, v->cause, all->tunnel);
        xd_evidence_tunnel(b->j, v->cause, all->tunnel);
        say_before(b->j, v->cause, n, "the SSH tunnel", all->tunnel->status);
    }
}

/* Each far end once for each finding: again it would tell the same. */
static bool is_told(struct book *b, const struct xd_conv *v, int s)
{
    struct book_key key = key_of_address(OF_TOLD, v->cause, &v->end[!s].addr);

    key.node = v->node[!s];
    key.side = v->node[s];
    if (look_up(b, &key)) {
        return true;
    }
    write_down(b, &key, v->cause);
    return false;
}

static void contradict_tunnels(struct book *b, const struct xd_conv *v, int s)
{
    struct xd_case *cs = b->j->cs;
    struct xd_node *n = v->node[s] ? cs->nodes[v->node[s]->index] : NULL;

    if (!n || n->n_tunnels == 0 || is_told(b, v, s)) {
        return;
    }
    struct book_key key = key_of_address(OF_ADDRESS, n, &v->end[!s].addr);

    contradict_tied(b, v, n, &key);
    for (size_t i = 0; v->node[!s] && i < cs->n_nodes; i++) {
        key = key_of_node(n, cs->nodes[i]);
        if (look_up(b, &key) && same_node(v->node[!s], cs->nodes[i])) {
            contradict_tied(b, v, n, &key);
        }
    }
}

static void contradict_zone(struct xd_judge *j, const struct xd_conv *v, int s)
{
    struct xd_zone *z = v->zone[s];

    xd_draft_zone(j, v->cause, z);
    xd_evidence_zone(j, v->cause, z);
    say_before(j, v->cause, v->node[s],
               z->name ? xd_arena_printf(j->cs->arena, "the zone \"%s\"", z->name)
                       : "the zone",
               z->status);
}

void xd_judge_contradict(struct xd_judge *j)
{
    struct book b = open_book(j);

    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        tie_tunnels(&b, j->cs->nodes[i]);
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (!v->cause || v->cause == j->spare || !v->related || v->unsure ||
            !xd_conv_failed(v)) {
            continue;
        }
        for (int s = 0; s < 2; s++) {
            if (v->zone[s] && v->zone[s]->later && xd_zone_is_up(v->zone[s])) {
                contradict_zone(j, v, s);
            } else if (v->service == XD_SERVICE_SSH_TUNNEL) {
                contradict_tunnels(&b, v, s);
            }
        }
    }
    xd_map_free(b.map);
}

void xd_judge_outrank(struct xd_judge *j)
{
    struct book b = open_book(j);

    keep_refused_logins(&b);
    keep_convs(&b);
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        if (j->cs->nodes[i]->as_of != XD_TIME_NONE) {
            judge_node(&b, j->cs->nodes[i]);
        }
    }
    xd_map_free(b.map);
}
