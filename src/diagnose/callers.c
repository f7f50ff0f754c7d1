/*
 * callers.c - is a call to an Expressway-E's traversal or tunnel port one of its own
 * Expressway-C, or a stranger's?
 *
 * Anybody on the Internet may knock there.  A caller is the zone's own where it is a node
 * of the case, where the status lists it, where its certificate has the expected name, or
 * where it was let in.  Anybody else is a stranger as soon as the zone's or the tunnels'
 * own client is known and accounts for their state; as long as it does not, the caller may
 * be that client behind a NAT.
 */
#include <string.h>

#include "expdiag/text.h"

#include "callers_priv.h"
#include "judge_priv.h"

/* A log line and a connection of another node's capture may be the same within this. */
#define CALL_WINDOW (60 * XD_SECOND)

enum state { STATE_UNTOLD, STATE_UP, STATE_DOWN };

/* What is known of the server's own callers of one kind. */
struct census {
    enum state state;
    size_t live;    /* connected by the status, or calling */
    size_t heard;   /* calling, or with a bundle of their own */
    size_t dead;    /* listed, not connected, and never seen to call */
    size_t wanted;  /* "(n of m)": m; 0: not told */
    size_t missing; /* nodes of the case that may be behind any address */
};

static bool is_of_port(const struct xd_zone *z, uint16_t port)
{
    return xd_zone_is_server(z) && (z->port == 0 || port == 0 || z->port == port);
}

static bool has_zone_of(const struct xd_node *n, uint16_t port)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        if (is_of_port(&n->zones[i], port)) {
            return true;
        }
    }
    return false;
}

static void weigh_state(struct census *s, bool up, bool down)
{
    if (down) {
        s->state = STATE_DOWN;
    } else if (up && s->state == STATE_UNTOLD) {
        s->state = STATE_UP;
    }
}

static void weigh_zones(const struct xd_callers *c, const struct xd_node *n, uint16_t port,
                        enum xd_call_kind kind, struct census *s)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];

        if (!is_of_port(z, port)) {
            continue;
        }
        bool up = z->status != NULL && xd_zone_is_up(z);
        size_t of = xd_zone_wants(z);

        weigh_state(s, up, z->status != NULL && !up);
        s->wanted += of;
        for (size_t k = 0; k < z->n_peers; k++) {
            const struct xd_zone_peer *p = &z->peers[k];
            const struct xd_caller_row *row =
                p->addr.family != XD_ADDR_NONE ? xd_callers_row(c, n, &p->addr) : NULL;
            bool active = p->status != NULL
                              ? xd_text_contains_nocase(xd_slice_of(p->status), "active")
                              : up;
            bool called = row != NULL && row->calls[XD_CALL_ZONE] + row->calls[kind] > 0;

            if (row != NULL) {
                s->live += active || called;
                s->dead += !active && !called;
                s->heard += called;
            }
        }
    }
}

/* Rows of tunnels tell more of them than the zone does. */
static void weigh_tunnels(const struct xd_node *n, struct census *s)
{
    if (n->n_tunnels > 0) {
        s->state = STATE_UNTOLD;
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        bool up = n->tunnels[i].status != NULL && xd_tunnel_is_up(&n->tunnels[i]);

        weigh_state(s, up, n->tunnels[i].status != NULL && !up);
    }
}

/* --- nodes of the case that call this server from no known address --- */

static bool leads_to(const struct xd_node *c, const struct xd_node *e, bool *up)
{
    bool leads = false;

    for (size_t i = 0; i < c->n_zones; i++) {
        const struct xd_zone *z = &c->zones[i];

        for (size_t k = 0; !xd_zone_is_server(z) && k < z->n_peers; k++) {
            const struct xd_zone_peer *p = &z->peers[k];

            if (p->node != NULL && xd_node_same_host(p->node, e)) {
                const char *status = p->status != NULL ? p->status : z->status;

                leads = true;
                *up = *up || (status != NULL &&
                              xd_text_contains_nocase(xd_slice_of(status), "active"));
            }
        }
    }
    for (size_t i = 0; i < c->n_tunnels; i++) {
        leads = leads ||
                (c->tunnels[i].node != NULL && xd_node_same_host(c->tunnels[i].node, e));
    }
    return leads;
}

static bool tunnels_up(const struct xd_node *c, const struct xd_node *e)
{
    bool any = false;

    for (size_t i = 0; i < c->n_tunnels; i++) {
        const struct xd_tunnel *t = &c->tunnels[i];

        if (t->node != NULL && xd_node_same_host(t->node, e)) {
            any = true;
            if (!xd_tunnel_is_up(t)) {
                return false;
            }
        }
    }
    return any;
}

static bool is_accounted(const struct xd_callers *c, const struct xd_node *node,
                         const struct xd_node *server)
{
    const struct xd_caller_list *list = &c->lists[server->index];

    for (size_t i = 0; i < list->n_nodes; i++) {
        if (xd_node_same_host(list->nodes[i]->node, node)) {
            return true;
        }
    }
    return false;
}

/* Its own capture shows such a call fail, at about that time. */
static bool tried_too(const struct xd_callers *c, const struct xd_node *node,
                      enum xd_call_kind kind, xd_time at)
{
    const struct xd_call_times *times = &c->tried[node->index][kind];
    size_t low = 0;
    size_t high = times->n_at;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (times->at[mid] <= at - CALL_WINDOW) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < times->n_at && times->at[low] < at + CALL_WINDOW;
}

/*
 * May the node have made this call?  Where it captured at that time, its capture would
 * show the same hello; a request without one, or a log line, it may have made itself.
 */
static bool may_have_called(const struct xd_callers *c, const struct xd_node *node,
                            const struct xd_call *call, enum xd_call_kind kind)
{
    const xd_time *span = c->captured[node->index];

    if (span[0] == XD_TIME_NONE || call->time < span[0] || call->time > span[1]) {
        return true;
    }
    return (call->flow == NULL || call->flow->protocol == XD_PROTOCOL_TCP) &&
           tried_too(c, node, kind, call->time);
}

/*
 * Those that may be behind the address, and those whose own capture says that they are not:
 * the server's client is then known as well, though it was not heard.
 */
static void count_nodes(const struct xd_callers *c, const struct xd_call *call,
                        enum xd_call_kind kind, struct census *s)
{
    for (size_t i = 0; i < c->cs->n_nodes; i++) {
        const struct xd_node *node = c->cs->nodes[i];
        bool zone_up = false;

        if (xd_node_same_host(node, call->server) ||
            !leads_to(node, call->server, &zone_up)) {
            continue;
        }
        s->heard++;
        if (is_accounted(c, node, call->server)) {
            continue;
        }
        bool up = kind == XD_CALL_TUNNEL ? tunnels_up(node, call->server) : zone_up;
        bool may = may_have_called(c, node, call, kind);

        s->missing += !up && may;
        s->live += !may;
    }
}

/* --- the verdict --- */

static struct census take_census(const struct xd_callers *c, const struct xd_call *call,
                                 enum xd_call_kind kind)
{
    struct census s = {.state = STATE_UNTOLD};
    uint16_t port =
        kind == XD_CALL_ZONE && has_zone_of(call->server, call->port) ? call->port : 0;

    weigh_zones(c, call->server, port, kind, &s);
    if (kind == XD_CALL_TUNNEL) {
        weigh_tunnels(call->server, &s);
    }
    s.live += c->lists[call->server->index].own;
    count_nodes(c, call, kind, &s);
    return s;
}

static enum xd_caller judge_unknown(const struct xd_callers *c, const struct xd_call *call,
                                    enum xd_call_kind kind, const struct xd_caller_row *row)
{
    bool showed = row != NULL && row->showed;
    bool fits = row != NULL && row->fits;
    struct census s = take_census(c, call, kind);
    const struct xd_caller_list *list = &c->lists[call->server->index];
    bool settled = s.live > 0 && s.missing == 0;
    size_t likely = list->likely[kind];

    if (s.state == STATE_UP) {
        /* the status is of before: a client of which no more is heard may call anew */
        bool past = (showed || (fits && row->own_port != 0)) && s.heard == 0;

        return (settled && !past) || !(showed || fits) ? XD_CALLER_STRANGER
                                                       : XD_CALLER_UNSURE;
    }
    if (settled && s.dead == 0 && s.wanted <= s.live) {
        return showed ? XD_CALLER_UNSURE : XD_CALLER_STRANGER;
    }
    if (likely > 0 && !(showed || fits)) {
        return XD_CALLER_STRANGER;
    }
    return s.dead > 0 || (list->unknown[kind] > 1 && likely == 0) ? XD_CALLER_UNSURE
                                                                  : XD_CALLER_LIKELY;
}

/* It has a traversal zone or tunnels, or is an E whose dumps do not tell. */
static bool may_serve(const struct xd_node *node)
{
    bool untold = node->xconf == NULL && node->xstat == NULL && node->role == XD_ROLE_E;

    return has_zone_of(node, 0) || node->n_tunnels > 0 || untold;
}

enum xd_caller xd_callers_judge(const struct xd_callers *c, const struct xd_call *call)
{
    enum xd_call_kind kind;

    if (call->server == NULL || !xd_call_kind_of(call->service, &kind) ||
        !may_serve(call->server)) {
        return XD_CALLER_STRANGER;
    }
    const struct xd_caller_row *row = xd_callers_row(c, call->server, &call->addr);
    /* Of an address that others share, each call speaks for itself. */
    if (call->flow != NULL && call->flow->anothers) {
        return xd_call_shows_own(call->flow) ? XD_CALLER_OWN : XD_CALLER_STRANGER;
    }
    if (call->client != NULL || xd_caller_is_own(row)) {
        return XD_CALLER_OWN;
    }
    return judge_unknown(c, call, kind, row);
}

const char *xd_callers_doubt(const struct xd_callers *c, const struct xd_call *call)
{
    enum xd_call_kind kind = XD_CALL_ZONE;
    char addr[XD_ADDR_TEXT];

    (void)xd_call_kind_of(call->service, &kind);
    struct census s = take_census(c, call, kind);
    const char *what = kind == XD_CALL_ZONE ? "zone" : "SSH tunnels";
    const char *is = kind == XD_CALL_ZONE ? "is" : "are";
    xd_addr_format(&call->addr, addr);
    if (s.state == STATE_UP) {
        return xd_arena_printf(
            c->cs->arena,
            "Whether %s is the Expressway-C of the %s is not sure: it "
            "calls as an Expressway does, but the status says that the %s "
            "%s active, so that it may be a stranger.",
            addr, what, what, is);
    }
    if (s.dead > 0) {
        return xd_arena_printf(c->cs->arena,
                               "Whether %s is the Expressway-C of the %s is not sure: the "
                               "status lists another address, which does not call any "
                               "more; this may be its new one, or a stranger's.",
                               addr, what);
    }
    if (s.live > 0) {
        return xd_arena_printf(
            c->cs->arena,
            "Whether %s is an Expressway-C of the %s is not sure: it shows "
            "a certificate as an Expressway does, but another address is "
            "known as theirs.",
            addr, what);
    }
    return xd_arena_printf(c->cs->arena,
                           "Whether %s is the Expressway-C of the %s is not sure: no other "
                           "client is known, but %zu addresses call this port, and "
                           "strangers do that too.",
                           addr, what, c->lists[call->server->index].unknown[kind]);
}
