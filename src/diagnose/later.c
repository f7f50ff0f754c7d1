/*
 * later.c - what captures show of zones and tunnels after their status was taken: a
 * connection that came up since and stayed outranks a status that says "Failed", and one
 * that failed since outranks "Active".
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

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
static bool login_refused(const struct xd_judge *j, const struct xd_conv *v)
{
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        if (e->kind == XD_LOG_AUTH_FAILED &&
            xd_judge_node_of(j, e->place.entry) == v->node[XD_SERVER] &&
            xd_addr_equal(&e->remote.addr, &v->end[XD_CLIENT].addr)) {
            return true;
        }
    }
    return false;
}

static bool same_node(const struct xd_node *a, const struct xd_node *b)
{
    return a && b && xd_node_same_host(a, b);
}

static bool is_peer(const struct xd_zone_peer *p, const struct xd_conv *v,
                    enum xd_side side)
{
    return (p->addr.family != XD_ADDR_NONE &&
            xd_addr_equal(&p->addr, &v->end[side].addr)) ||
           same_node(p->node, v->node[side]);
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

/* The zone's last connection, or that with one peer, since the status was taken. */
static const struct xd_conv *last_of_zone(const struct xd_judge *j, const struct xd_node *n,
                                          const struct xd_zone *z,
                                          const struct xd_zone_peer *p)
{
    const struct xd_conv *last = NULL;
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        for (int s = 0; s < 2; s++) {
            if (v->zone[s] != z || v->service == XD_SERVICE_TRAVERSAL_TEST ||
                !is_since(j, v, (enum xd_side)s, n) ||
                (p && !is_peer(p, v, s == 0 ? XD_SERVER : XD_CLIENT))) {
                continue;
            }
            last = last && last->time > v->time ? last : v;
        }
    }
    return last;
}

static const struct xd_conv *came_up(const struct xd_judge *j, const struct xd_conv *v)
{
    return v && xd_conv_stayed_up(v) && !login_refused(j, v) ? v : NULL;
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
static const struct xd_conv *zone_came_up(const struct xd_judge *j, const struct xd_node *n,
                                          const struct xd_zone *z)
{
    const struct xd_conv *shown = NULL;
    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        if (!says_failed(p->status ? p->status : z->status)) {
            continue;
        }
        shown = came_up(j, last_of_zone(j, n, z, p));
        if (!shown) {
            return NULL;
        }
    }
    if (!shown && says_failed(z->status)) {
        shown = came_up(j, last_of_zone(j, n, z, NULL));
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
static const struct xd_conv *zone_failed(const struct xd_judge *j, const struct xd_node *n,
                                         const struct xd_zone *z)
{
    const struct xd_conv *shown = last_of_zone(j, n, z, NULL);
    shown = failed_since(shown) ? shown : NULL;
    for (size_t i = 0; i < z->n_peers && !shown; i++) {
        const struct xd_conv *v = last_of_zone(j, n, z, &z->peers[i]);
        shown = failed_since(v) ? v : NULL;
    }
    return shown;
}

static bool names_end(const char *text, const struct xd_addr *addr)
{
    struct xd_addr printed = {0};
    return text && xd_addr_parse(text, strlen(text), &printed) &&
           xd_addr_equal(&printed, addr);
}

static const struct xd_conv *
last_of_tunnel(const struct xd_judge *j, const struct xd_node *n, const struct xd_tunnel *t)
{
    const struct xd_conv *last = NULL;
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        for (int s = 0; s < 2 && v->service == XD_SERVICE_SSH_TUNNEL; s++) {
            const struct xd_addr *far = &v->end[!s].addr;
            bool its = same_node(t->node, v->node[!s]) || names_end(t->target, far) ||
                       names_end(t->peer, far);
            if (v->node[s] == n && its && is_since(j, v, (enum xd_side)s, n)) {
                last = last && last->time > v->time ? last : v;
            }
        }
    }
    return last;
}

static void judge_node(struct xd_judge *j, struct xd_node *n)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        struct xd_zone *z = &n->zones[i];
        const struct xd_conv *up = xd_zone_is_down(z) ? zone_came_up(j, n, z) : NULL;
        const struct xd_conv *down = xd_zone_is_up(z) ? zone_failed(j, n, z) : NULL;
        z->later = up ? tell(j, n, up) : down ? tell_failed(j, n, down) : NULL;
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        struct xd_tunnel *t = &n->tunnels[i];
        const struct xd_conv *last = last_of_tunnel(j, n, t);
        const struct xd_conv *up = xd_tunnel_is_down(t) ? came_up(j, last) : NULL;
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

/* The tunnels of n to the far end of v that were up, and are not since. */
static void contradict_tunnels(struct xd_judge *j, const struct xd_conv *v, int s)
{
    struct xd_node *n = v->node[s] ? j->cs->nodes[v->node[s]->index] : NULL;
    const struct xd_addr *far = &v->end[!s].addr;
    for (size_t i = 0; n && i < n->n_tunnels; i++) {
        struct xd_tunnel *t = &n->tunnels[i];
        bool its = same_node(t->node, v->node[!s]) || names_end(t->target, far) ||
                   names_end(t->peer, far);
        if (its && t->later && xd_tunnel_is_up(t)) {
            xd_draft_tunnel(j, v->cause, t);
            xd_evidence_tunnel(j, v->cause, t);
            say_before(j, v->cause, n, "the SSH tunnel", t->status);
        }
    }
}

void xd_judge_contradict(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (!v->cause || v->cause == j->spare || !v->related || v->unsure ||
            !xd_conv_failed(v)) {
            continue;
        }
        for (int s = 0; s < 2; s++) {
            struct xd_zone *z = v->zone[s];
            if (z && z->later && xd_zone_is_up(z)) {
                xd_draft_zone(j, v->cause, z);
                xd_evidence_zone(j, v->cause, z);
                say_before(j, v->cause, v->node[s],
                           z->name
                               ? xd_arena_printf(j->cs->arena, "the zone \"%s\"", z->name)
                               : "the zone",
                           z->status);
            } else if (v->service == XD_SERVICE_SSH_TUNNEL) {
                contradict_tunnels(j, v, s);
            }
        }
    }
}

void xd_judge_outrank(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        if (j->cs->nodes[i]->as_of != XD_TIME_NONE) {
            judge_node(j, j->cs->nodes[i]);
        }
    }
}
