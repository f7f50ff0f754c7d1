/*
 * convs.c - conversations: views of one connection put together, and those that logs
 * alone know.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "assemble_priv.h"

enum {
    TUNNEL_PORT = 2222,
    FIRST_EPHEMERAL_PORT = 30000 /* the secure traversal test leaves from here */
};

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

/* A line of a log tells the end that no capture shows. */
static bool log_refuses(const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_voices; i++) {
        if (v->voices[i].from_log && v->voices[i].says) {
            return true;
        }
    }
    return false;
}

bool xd_conv_failed(const struct xd_conv *v)
{
    return v->outcome == XD_OUTCOME_FAILED || (!v->flow && v->n_voices > 0) ||
           (v->outcome == XD_OUTCOME_INCOMPLETE && log_refuses(v));
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
    if (!xd_clock_offset(j, whose, v->node[side], v->time, &offset)) {
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

const struct xd_inferred *xd_conv_inferred_none(const struct xd_conv *v, enum xd_side by)
{
    const struct xd_inferred *found = NULL;
    for (size_t i = 0; i < v->n_views; i++) {
        for (size_t k = 0; k < v->views[i]->n_inferred; k++) {
            const struct xd_inferred *x = &v->views[i]->inferred[k];
            if (x->by == by && x->store != XD_STORE_NONE) {
                return NULL;
            }
            found = x->by == by && !found ? x : found;
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

/*
 * That nobody answers is what a capture shows which lost the rest: another view in which
 * the handshake was done outranks it.
 */
static bool is_outranked(const struct xd_conv *v, const struct xd_flow *f)
{
    bool silent = f->outcome == XD_OUTCOME_FAILED &&
                  f->failure.kind == XD_FAILURE_UNANSWERED &&
                  f->failure.phase == XD_PHASE_HANDSHAKE;
    for (size_t i = 0; silent && i < v->n_views; i++) {
        if (v->views[i]->outcome == XD_OUTCOME_ESTABLISHED) {
            return true;
        }
    }
    return false;
}

static void settle_view(struct xd_judge *j, struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views && is_outranked(v, v->flow); i++) {
        v->flow = v->views[i];
    }
    v->end[0] = v->flow->end[0];
    v->end[1] = v->flow->end[1];
    v->protocol = v->flow->protocol;
    v->outcome = v->flow->outcome;
    v->time = v->flow->first.time;
    for (size_t i = 0; i < v->n_views; i++) {
        if (is_outranked(v, v->views[i])) {
            continue;
        }
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

void xd_judge_converse(struct xd_judge *j)
{
    map_entries(j);
    j->callers = xd_callers_new(j->cs);
    gather_flows(j);
    xd_judge_measure_clocks(j);
    xd_judge_join_log(j);
}
