/*
 * later.c - what captures show of zones and tunnels after their status was taken: a
 * connection that came up since and stayed outranks a status that says "Failed".
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

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
    return a && b && (a == b || (a->host && b->host && strcmp(a->host, b->host) == 0));
}

static bool is_peer(const struct xd_zone_peer *p, const struct xd_conv *v,
                    enum xd_side side)
{
    return (p->addr.family != XD_ADDR_NONE &&
            xd_addr_equal(&p->addr, &v->end[side].addr)) ||
           same_node(p->node, v->node[side]);
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
                xd_conv_time_at(j, v, (enum xd_side)s) <= n->as_of ||
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
            if (v->node[s] == n && its &&
                xd_conv_time_at(j, v, (enum xd_side)s) > n->as_of) {
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
        const struct xd_conv *v = xd_zone_is_down(z) ? zone_came_up(j, n, z) : NULL;
        z->later = v ? tell(j, n, v) : NULL;
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        struct xd_tunnel *t = &n->tunnels[i];
        const struct xd_conv *v =
            xd_tunnel_is_down(t) ? came_up(j, last_of_tunnel(j, n, t)) : NULL;
        t->later = v ? tell(j, n, v) : NULL;
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
