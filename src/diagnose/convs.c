/*
 * convs.c - conversations: views of one connection put together, log lines joined
 * to them by the four of address and port, and time.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "assemble_priv.h"

/* A log line may come this long before or after the packets it speaks of. */
#define JOIN_WINDOW (60 * XD_SECOND)

enum {
    TUNNEL_PORT = 2222,
    FIRST_EPHEMERAL_PORT = 30000 /* the secure traversal test leaves from here */
};

/* Ends of a node stand under one address of it, whatever a NAT made of them. */
struct tuple {
    struct xd_endpoint low;
    struct xd_endpoint high;
    xd_time start;
    xd_time end;
    struct xd_conv *conv;
    const struct xd_node *seen_by; /* NULL: a capture of no node */
};

struct xd_node *xd_judge_node_of(const struct xd_judge *j, const struct xd_entry *entry)
{
    return entry && entry->id < j->cs->n_entries ? j->node_of_entry[entry->id] : NULL;
}

static bool holds_address(const struct xd_addr *list, size_t n, const struct xd_addr *addr)
{
    for (size_t i = 0; i < n; i++) {
        if (xd_addr_equal(&list[i], addr)) {
            return true;
        }
    }
    return false;
}

/* Nodes that cannot be told apart by an address that both have. */
static bool exclude_each_other(const struct xd_node *a, const struct xd_node *b)
{
    return !xd_nodes_may_meet(a, b) || xd_nodes_collide(a, b);
}

/* The node that a NAT on the way gives that address; one NAT may stand before several. */
static struct xd_node *node_seen_as(const struct xd_judge *j, const struct xd_addr *addr,
                                    const struct xd_node *asker)
{
    struct xd_node *seen = NULL;
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *n = j->cs->nodes[i];
        if (!xd_nodes_may_meet(asker, n) || holds_address(n->addrs, n->n_addrs, addr) ||
            !holds_address(n->seen_as, n->n_seen_as, addr)) {
            continue;
        }
        if (seen && !xd_node_same_host(seen, n)) {
            return NULL;
        }
        seen = seen ? seen : n;
    }
    return seen;
}

struct xd_node *xd_judge_node_at(const struct xd_judge *j, const struct xd_addr *addr,
                                 const struct xd_node *asker)
{
    struct xd_node *own = NULL;
    for (size_t i = 0; i < j->cs->n_nodes && addr->family != XD_ADDR_NONE; i++) {
        struct xd_node *n = j->cs->nodes[i];
        if (!xd_nodes_may_meet(asker, n) || !holds_address(n->addrs, n->n_addrs, addr)) {
            continue;
        }
        if (n == asker) {
            return n;
        }
        if (own && exclude_each_other(own, n)) {
            return NULL;
        }
        own = own ? own : n;
    }
    return own || addr->family == XD_ADDR_NONE ? own : node_seen_as(j, addr, asker);
}

bool xd_conv_failed(const struct xd_conv *v)
{
    return v->outcome == XD_OUTCOME_FAILED || (!v->flow && v->n_voices > 0);
}

xd_time xd_conv_time_at(const struct xd_judge *j, const struct xd_conv *v,
                        enum xd_side side)
{
    for (size_t i = 0; i < v->n_views; i++) {
        if (v->node[side] &&
            xd_judge_node_of(j, v->views[i]->first.entry) == v->node[side]) {
            return v->views[i]->first.time;
        }
    }
    for (size_t i = 0; i < v->n_events; i++) {
        if (v->node[side] &&
            xd_judge_node_of(j, v->events[i]->place.entry) == v->node[side]) {
            return v->events[i]->place.time;
        }
    }
    const struct xd_entry *told = v->n_views > 0    ? v->views[0]->first.entry
                                  : v->n_events > 0 ? v->events[0]->place.entry
                                                    : NULL;
    const struct xd_node *whose = xd_judge_node_of(j, told);
    xd_time offset = 0;
    if (!whose || !v->node[side]) {
        return v->time;
    }
    if (!xd_clock_pair(j, whose, v->node[side], &offset)) {
        offset = xd_bundles_apart(j, whose, v->node[side]);
    }
    return v->time + offset;
}

static const struct xd_presented *presented_in(const struct xd_flow *f, enum xd_side by)
{
    for (size_t k = 0; k < f->n_presented; k++) {
        if (f->presented[k].by == by) {
            return &f->presented[k];
        }
    }
    return NULL;
}

const struct xd_presented *xd_conv_presented(const struct xd_conv *v, enum xd_side by,
                                             const struct xd_flow **seen_in)
{
    for (size_t i = 0; i < v->n_views; i++) {
        const struct xd_presented *p = presented_in(v->views[i], by);
        if (p && seen_in) {
            *seen_in = v->views[i];
        }
        if (p) {
            return p;
        }
    }
    return NULL;
}

const struct xd_inferred *xd_conv_inferred(const struct xd_conv *v, enum xd_side by)
{
    const struct xd_inferred *found = NULL;
    for (size_t i = 0; i < v->n_views && !found; i++) {
        for (size_t k = 0; k < v->views[i]->n_inferred && !found; k++) {
            const struct xd_inferred *x = &v->views[i]->inferred[k];
            if (x->by == by && x->n_chain > 0) {
                found = x;
            }
        }
    }
    return found;
}

static void map_entries(struct xd_judge *j)
{
    struct xd_case *cs = j->cs;
    j->node_of_entry =
        xd_arena_alloc(cs->arena, (cs->n_entries + 1) * sizeof(struct xd_node *));
    for (size_t i = 0; i < cs->n_nodes; i++) {
        struct xd_node *n = cs->nodes[i];
        for (size_t k = 0; k < n->n_entries; k++) {
            if (n->entries[k]->id < cs->n_entries) {
                j->node_of_entry[n->entries[k]->id] = n;
            }
        }
        if (n->log && n->log->id < cs->n_entries) {
            j->node_of_entry[n->log->id] = n;
        }
    }
}

/* How much a view shows: clear failures and certificates count most. */
static int rank_view(const struct xd_flow *f)
{
    int rank = f->failure.kind == XD_FAILURE_REFUSED ? 1 : 0;
    if (f->failure.kind != XD_FAILURE_NONE) {
        rank += f->failure.alert_code >= 0 ? 8 : 4;
    }
    rank += f->n_presented > 0 ? 2 : 0;
    rank += f->protocol != XD_PROTOCOL_TCP ? 16 : 0;
    return rank;
}

static void add_view(struct xd_judge *j, struct xd_conv *v, struct xd_flow *f)
{
    *XD_PUSH(j->cs->arena, v, views) = f;
    if (!v->flow || rank_view(f) > rank_view(v->flow)) {
        v->flow = f;
    }
    v->related = v->related || f->related;
    for (int s = 0; s < 2; s++) {
        if (!v->node[s]) {
            v->node[s] = f->node[s];
        }
    }
    if (v->service == XD_SERVICE_OTHER) {
        v->service = f->service;
    }
}

/*
 * A reset that its apparent sender's own capture does not hold came from the path
 * between them.
 */
static void clear_sender(struct xd_judge *j, struct xd_conv *v, struct xd_flow *f)
{
    bool reset =
        f->failure.kind == XD_FAILURE_RESET || f->failure.kind == XD_FAILURE_REFUSED;
    bool known = f->failure.by == XD_BY_CLIENT || f->failure.by == XD_BY_SERVER;
    if (f->outcome != XD_OUTCOME_FAILED || !reset || !known) {
        return;
    }
    enum xd_side by = f->failure.by == XD_BY_CLIENT ? XD_CLIENT : XD_SERVER;
    for (size_t i = 0; i < v->n_views && v->node[by]; i++) {
        const struct xd_flow *own = v->views[i];
        if (own != f && xd_judge_node_of(j, own->first.entry) == v->node[by] &&
            !own->tcp.rst[by]) {
            f->failure.by = XD_BY_PATH;
            return;
        }
    }
}

/* What makes a request for a connection the same at both ends, behind a NAT too. */
struct request {
    uint32_t isn;
    uint16_t ports[2];
    const struct xd_node *seen_by;
    struct xd_flow *flow;
};

struct requests {
    struct request *items;
    size_t n_items, cap_items;
};

static int compare_requests(const void *pa, const void *pb)
{
    const struct request *a = pa;
    const struct request *b = pb;
    if (a->isn != b->isn) {
        return a->isn < b->isn ? -1 : 1;
    }
    int by_client = (int)a->ports[0] - (int)b->ports[0];
    return by_client != 0 ? by_client : (int)a->ports[1] - (int)b->ports[1];
}

static struct request request_of(const struct xd_judge *j, struct xd_flow *f)
{
    return (struct request){.isn = f->tcp.isn[XD_CLIENT],
                            .ports = {f->end[0].port, f->end[1].port},
                            .seen_by = xd_judge_node_of(j, f->first.entry),
                            .flow = f};
}

static bool is_refused(const struct xd_flow *f)
{
    return f->failure.kind == XD_FAILURE_REFUSED && f->failure.by == XD_BY_SERVER &&
           f->node[XD_SERVER] && f->tcp.has_isn[XD_CLIENT];
}

/* The server's own capture holds the same request, and no RST of its own to it. */
static void clear_server(const struct xd_judge *j, const struct requests *all,
                         struct xd_flow *f)
{
    struct request want = request_of(j, f);
    size_t low = 0;
    size_t high = all->n_items;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_requests(&all->items[mid], &want) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    enum { LOOKED_AT = 64 }; /* a scanner may repeat one number for ever */
    size_t end = all->n_items - low > LOOKED_AT ? low + LOOKED_AT : all->n_items;
    for (; low < end && compare_requests(&all->items[low], &want) == 0; low++) {
        const struct request *x = &all->items[low];
        if (x->flow != f && x->seen_by == f->node[XD_SERVER] &&
            want.seen_by != x->seen_by && !x->flow->tcp.rst[XD_SERVER]) {
            f->failure.by = XD_BY_PATH;
        }
    }
}

/*
 * A refused request has no hello by which two views of it could be joined; its initial
 * sequence number does as well, as long as nothing on the way rewrites it.
 */
static void clear_servers(struct xd_judge *j)
{
    struct xd_case *cs = j->cs;
    struct requests all = {0};
    bool any = false;
    for (size_t i = 0; i < cs->n_flows && !any; i++) {
        any = is_refused(cs->flows[i]);
    }
    for (size_t i = 0; any && i < cs->n_flows; i++) {
        if (cs->flows[i]->tcp.has_isn[XD_CLIENT]) {
            *XD_PUSH(cs->arena, &all, items) = request_of(j, cs->flows[i]);
        }
    }
    if (all.n_items > 1) {
        qsort(all.items, all.n_items, sizeof *all.items, compare_requests);
    }
    for (size_t i = 0; any && i < cs->n_flows; i++) {
        if (is_refused(cs->flows[i])) {
            clear_server(j, &all, cs->flows[i]);
        }
    }
}

static struct xd_call call_of(const struct xd_conv *v)
{
    return (struct xd_call){.server = v->node[XD_SERVER],
                            .client = v->node[XD_CLIENT],
                            .service = v->service,
                            .addr = v->end[XD_CLIENT].addr,
                            .port = v->end[XD_SERVER].port,
                            .time = v->time,
                            .flow = v->flow};
}

static enum xd_caller judge_caller(const struct xd_judge *j, const struct xd_conv *v)
{
    struct xd_call call = call_of(v);
    return xd_callers_judge(j->callers, &call);
}

const char *xd_conv_doubt(const struct xd_judge *j, const struct xd_conv *v)
{
    struct xd_call call = call_of(v);
    return xd_callers_doubt(j->callers, &call);
}

/* Whoever knocks at a server zone's port is not of the zone for that alone. */
static void settle_zones(const struct xd_judge *j, struct xd_conv *v)
{
    for (int s = 0; s < 2; s++) {
        v->zone[s] = v->related
                         ? xd_zone_of(v->node[s], (enum xd_side)s, v->end, v->node[!s])
                         : NULL;
    }
    v->unsure = v->related && judge_caller(j, v) == XD_CALLER_UNSURE;
}

static void settle_view(struct xd_judge *j, struct xd_conv *v)
{
    v->end[0] = v->flow->end[0];
    v->end[1] = v->flow->end[1];
    v->protocol = v->flow->protocol;
    v->outcome = v->flow->outcome;
    v->time = v->flow->first.time;
    for (size_t i = 0; i < v->n_views; i++) {
        if (v->views[i]->outcome == XD_OUTCOME_FAILED) {
            v->outcome = XD_OUTCOME_FAILED;
        }
        clear_sender(j, v, v->views[i]);
        xd_conv_hear_failure(j, v, v->views[i]);
    }
    settle_zones(j, v);
}

static unsigned canonical_id(const struct xd_flow *f)
{
    unsigned id = f->id;
    for (size_t i = 0; i < f->n_same_as; i++) {
        if (f->same_as[i] < id) {
            id = f->same_as[i];
        }
    }
    return id;
}

/*
 * A request that came to nothing has no hello.  Two nodes that captured one with the
 * same ports and initial sequence number saw the same one, whatever a NAT made of it.
 */
enum { REQUEST_KEY = 8 };

static bool key_request(const struct xd_flow *f, uint8_t key[REQUEST_KEY])
{
    memcpy(key, &f->tcp.isn[XD_CLIENT], 4);
    memcpy(key + 4, &f->end[XD_CLIENT].port, 2);
    memcpy(key + 6, &f->end[XD_SERVER].port, 2);
    return f->protocol == XD_PROTOCOL_TCP && f->tcp.has_isn[XD_CLIENT] &&
           f->failure.phase == XD_PHASE_CONNECT && f->outcome == XD_OUTCOME_FAILED;
}

static struct xd_conv *find_request(const struct xd_judge *j, const struct xd_map *requests,
                                    const struct xd_flow *f)
{
    uint8_t key[REQUEST_KEY];
    if (!key_request(f, key)) {
        return NULL;
    }
    struct xd_conv *v = xd_map_get(requests, (struct xd_slice){key, sizeof key});
    const struct xd_node *seen_by = xd_judge_node_of(j, f->first.entry);
    for (size_t i = 0; v && i < v->n_views; i++) {
        const struct xd_node *other = xd_judge_node_of(j, v->views[i]->first.entry);
        if (!seen_by || !other || other == seen_by || !xd_nodes_may_meet(other, seen_by)) {
            return NULL;
        }
    }
    return v;
}

static void keep_request(struct xd_map *requests, const struct xd_flow *f,
                         struct xd_conv *v)
{
    uint8_t key[REQUEST_KEY];
    if (key_request(f, key)) {
        xd_map_put(requests, (struct xd_slice){key, sizeof key}, v);
    }
}

static void gather_flows(struct xd_judge *j)
{
    struct xd_case *cs = j->cs;
    struct xd_conv **by_id =
        xd_arena_alloc(cs->arena, (cs->n_flows + 1) * sizeof(struct xd_conv *));
    struct xd_map *requests = xd_map_new();
    for (size_t i = 0; i < cs->n_flows; i++) {
        struct xd_flow *f = cs->flows[i];
        /* Strangers' connections that worked say nothing. */
        if (!f->related && f->outcome != XD_OUTCOME_FAILED) {
            continue;
        }
        unsigned id = canonical_id(f);
        if (id > cs->n_flows) {
            id = f->id;
        }
        struct xd_conv *v = by_id[id];
        if (!v) {
            v = by_id[id] = find_request(j, requests, f);
            f->request_of = v ? v->views[0]->id : 0;
        }
        if (!v) {
            v = by_id[id] = xd_arena_alloc(cs->arena, sizeof *v);
            *XD_PUSH(cs->arena, j, convs) = v;
        }
        keep_request(requests, f, v);
        add_view(j, v, f);
    }
    xd_map_free(requests);
    clear_servers(j);
    for (size_t i = 0; i < j->n_convs; i++) {
        settle_view(j, j->convs[i]);
    }
}

static int compare_endpoints(const struct xd_endpoint *a, const struct xd_endpoint *b)
{
    int by_addr = xd_addr_compare(&a->addr, &b->addr);
    return by_addr != 0 ? by_addr : (int)a->port - (int)b->port;
}

static struct xd_endpoint settle_end(const struct xd_judge *j, const struct xd_endpoint *e,
                                     const struct xd_node *n)
{
    struct xd_endpoint end = *e;
    const struct xd_node *first = n;
    for (size_t i = 0; n && i < n->index; i++) {
        const struct xd_node *other = j->cs->nodes[i];
        if (xd_node_same_host(other, n)) {
            first = other;
            break;
        }
    }
    if (first && first->n_addrs > 0) {
        end.addr = first->addrs[0];
    }
    return end;
}

static void order_ends(const struct xd_judge *j, struct tuple *t,
                       const struct xd_endpoint ends[2],
                       const struct xd_node *const nodes[2])
{
    struct xd_endpoint a = settle_end(j, &ends[0], nodes[0]);
    struct xd_endpoint b = settle_end(j, &ends[1], nodes[1]);
    bool swap = compare_endpoints(&a, &b) > 0;
    t->low = swap ? b : a;
    t->high = swap ? a : b;
}

static int compare_tuples(const void *pa, const void *pb)
{
    const struct tuple *a = pa;
    const struct tuple *b = pb;
    int by_low = compare_endpoints(&a->low, &b->low);
    return by_low != 0 ? by_low : compare_endpoints(&a->high, &b->high);
}

/* The same, and then by start. */
static int compare_starts(const void *pa, const void *pb)
{
    const struct tuple *a = pa;
    const struct tuple *b = pb;
    int by_ends = compare_tuples(a, b);
    if (by_ends == 0 && a->start != b->start) {
        by_ends = a->start < b->start ? -1 : 1;
    }
    return by_ends;
}

struct joiner {
    struct tuple *tuples; /* of captured views, sorted by compare_starts */
    size_t n_tuples, cap_tuples;
    struct xd_map *loose; /* tuple bytes to the latest conversation known from logs */
};

static void keep_nearest(const struct tuple *x, xd_time t, xd_time *best_distance,
                         struct xd_conv **best)
{
    xd_time away = t < x->start ? x->start - t : t > x->end ? t - x->end : 0;
    if (away < *best_distance) {
        *best_distance = away;
        *best = x->conv;
    }
}

/*
 * The captured conversation between these ends nearest to t.  Conversations of one
 * view that share a four-tuple follow each other, so that only the neighbours of t in
 * order of start can be it, each seen by a few views.
 */
static struct xd_conv *find_captured(const struct joiner *jn, const struct tuple *want,
                                     xd_time t)
{
    enum { NEIGHBOURS = 12 };
    struct tuple key = *want;
    size_t low = 0;
    size_t high = jn->n_tuples;
    key.start = t;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_starts(&jn->tuples[mid], &key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    struct xd_conv *best = NULL;
    xd_time best_distance = JOIN_WINDOW;
    size_t first = low > NEIGHBOURS ? low - NEIGHBOURS : 0;
    size_t end = low + NEIGHBOURS < jn->n_tuples ? low + NEIGHBOURS : jn->n_tuples;
    for (size_t i = first; i < end; i++) {
        if (compare_tuples(&jn->tuples[i], want) == 0 &&
            xd_nodes_may_meet(jn->tuples[i].seen_by, want->seen_by)) {
            keep_nearest(&jn->tuples[i], t, &best_distance, &best);
        }
    }
    return best;
}

enum xd_service xd_conv_service(const struct xd_node *const node[2],
                                const struct xd_endpoint end[2])
{
    const struct xd_zone *of_client = xd_zone_of(node[0], XD_CLIENT, end, node[1]);
    const struct xd_zone *of_server = xd_zone_of(node[1], XD_SERVER, end, node[0]);
    uint16_t port = end[XD_SERVER].port;
    if ((of_server && xd_zone_is_server(of_server)) ||
        (of_client && of_client->type && strstr(of_client->type, "Traversal")) ||
        xd_is_traversal_port(node, end)) {
        return end[XD_CLIENT].port >= FIRST_EPHEMERAL_PORT ? XD_SERVICE_TRAVERSAL_TEST
                                                           : XD_SERVICE_TRAVERSAL;
    }
    return port == TUNNEL_PORT ? XD_SERVICE_SSH_TUNNEL : xd_service_of_port(port);
}

/* A connection that only logs know. */
static void settle_loose(const struct xd_judge *j, struct xd_conv *v)
{
    const struct xd_zone *of_server =
        xd_zone_of(v->node[XD_SERVER], XD_SERVER, v->end, v->node[XD_CLIENT]);
    v->service = xd_conv_service(v->node, v->end);
    v->related = v->node[XD_CLIENT] || (of_server && !xd_zone_is_server(of_server)) ||
                 judge_caller(j, v) != XD_CALLER_STRANGER;
    settle_zones(j, v);
}

struct xd_conv *xd_conv_loose(struct xd_judge *j, const struct xd_log_event *e)
{
    struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    bool client = e->role == XD_LOG_ROLE_CLIENT;
    struct xd_conv *v = xd_arena_alloc(j->cs->arena, sizeof *v);
    v->end[client ? XD_CLIENT : XD_SERVER] = e->local;
    v->end[client ? XD_SERVER : XD_CLIENT] = e->remote;
    v->node[client ? XD_CLIENT : XD_SERVER] = writer;
    v->node[client ? XD_SERVER : XD_CLIENT] = xd_judge_node_at(j, &e->remote.addr, writer);
    v->protocol = e->kind == XD_LOG_TCP_FAILED ? XD_PROTOCOL_TCP : XD_PROTOCOL_TLS;
    v->outcome = XD_OUTCOME_FAILED;
    v->time = e->place.time;
    settle_loose(j, v);
    *XD_PUSH(j->cs->arena, j, convs) = v;
    return v;
}

static bool speaks_of_failure(const struct xd_log_event *e)
{
    return (e->kind == XD_LOG_TLS_ERROR || e->kind == XD_LOG_TLS_FAILED ||
            e->kind == XD_LOG_TCP_FAILED) &&
           e->role != XD_LOG_ROLE_UNKNOWN;
}

/* Where the writer's clock differs from that of the node whose capture holds it. */
static struct xd_conv *find_by_other_clock(const struct xd_judge *j,
                                           const struct joiner *jn,
                                           const struct tuple *want,
                                           const struct xd_log_event *e)
{
    const struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    struct xd_conv *v = NULL;
    for (size_t i = 0; writer && i < j->n_clocks && !v; i++) {
        const struct xd_clock_pair *p = &j->clocks[i];
        const struct xd_node *other = p->a == writer ? p->b : p->b == writer ? p->a : NULL;
        xd_time offset = 0;
        if (other && xd_clock_pair(j, writer, other, &offset)) {
            v = find_captured(jn, want, e->place.time + offset);
        }
    }
    return v;
}

static void join_event(struct xd_judge *j, struct joiner *jn, const struct xd_log_event *e)
{
    const struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    struct tuple want = {.seen_by = writer};
    const struct xd_endpoint ends[2] = {e->local, e->remote};
    const struct xd_node *const nodes[2] = {writer,
                                            xd_judge_node_at(j, &e->remote.addr, writer)};
    order_ends(j, &want, ends, nodes);
    struct xd_conv *v = find_captured(jn, &want, e->place.time);
    v = v ? v : find_by_other_clock(j, jn, &want, e);
    if (!v && speaks_of_failure(e)) {
        uint8_t key[36 + sizeof(unsigned)] = {0};
        unsigned realm = writer ? writer->realm : 0;
        memcpy(key, want.low.addr.bytes, 16);
        memcpy(key + 16, want.high.addr.bytes, 16);
        memcpy(key + 32, &want.low.port, 2);
        memcpy(key + 34, &want.high.port, 2);
        memcpy(key + 36, &realm, sizeof realm);
        struct xd_slice bytes = {key, sizeof key};
        v = xd_map_get(jn->loose, bytes);
        xd_time away = v ? e->place.time - v->time : 0;
        if (!v || away > JOIN_WINDOW || away < -JOIN_WINDOW) {
            v = xd_conv_loose(j, e);
            xd_map_put(jn->loose, bytes, v);
        }
    }
    if (v) {
        xd_conv_hear_event(j, v, e);
    }
}

void xd_judge_converse(struct xd_judge *j)
{
    struct joiner jn = {0};
    map_entries(j);
    j->callers = xd_callers_new(j->cs);
    gather_flows(j);
    xd_judge_measure_clocks(j);
    for (size_t i = 0; i < j->n_convs; i++) {
        for (size_t k = 0; k < j->convs[i]->n_views; k++) {
            const struct xd_flow *f = j->convs[i]->views[k];
            struct tuple *t = XD_PUSH(j->cs->arena, &jn, tuples);
            const struct xd_node *const nodes[2] = {f->node[0], f->node[1]};
            order_ends(j, t, f->end, nodes);
            t->start = f->first.time;
            t->end = f->last.time;
            t->conv = j->convs[i];
            t->seen_by = xd_judge_node_of(j, f->first.entry);
        }
    }
    if (jn.n_tuples > 1) {
        qsort(jn.tuples, jn.n_tuples, sizeof *jn.tuples, compare_starts);
    }
    jn.loose = xd_map_new();
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        if (e->local.port && e->remote.port && e->place.time != XD_TIME_NONE) {
            join_event(j, &jn, e);
        }
    }
    xd_map_free(jn.loose);
}
