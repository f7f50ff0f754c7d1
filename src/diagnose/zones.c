/*
 * zones.c - zones, tunnels and alarms: their state, the zone behind a connection,
 * and the pairs of C and E.
 */
#include "assemble_priv.h"
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

static bool contains(const char *text, const char *word)
{
    return text && xd_text_contains_nocase(xd_slice_of(text), word);
}

/* Its settings are not in the evidence; traversal zones use TLS unless told otherwise. */
static bool is_untold(const struct xd_zone *z)
{
    return !z->config.entry && contains(z->type, "traversal");
}

bool xd_zone_is_tls(const struct xd_zone *z)
{
    if (z->uc == XD_TRI_ON || contains(z->transport, "TLS") || is_untold(z)) {
        return true;
    }
    return !z->transport && z->tls_verify == XD_TRI_ON;
}

/* "Active (n of m)": n and m, else 0 and 0. */
static void count_active(const char *status, unsigned long number[2])
{
    const char *open = strchr(status, '(');
    int at = 0;
    number[0] = number[1] = 0;
    for (const char *p = open ? open + 1 : ""; *p && *p != ')'; p++) {
        if (*p >= '0' && *p <= '9' && number[at] < 100000) {
            number[at] = number[at] * 10 + (unsigned long)(*p - '0');
        } else if (contains(p, "of") && (*p == 'o' || *p == 'O')) {
            at = 1;
        }
    }
}

static bool partly_active(const char *status)
{
    unsigned long number[2];
    count_active(status, number);
    return number[0] < number[1];
}

size_t xd_zone_wants(const struct xd_zone *z)
{
    unsigned long number[2] = {0, 0};
    if (z->status) {
        count_active(z->status, number);
    }
    return number[1];
}

/* Without its settings any zone may be one of TLS. */
bool xd_zone_is_down(const struct xd_zone *z)
{
    return z->status && !z->later && (xd_zone_is_tls(z) || !z->config.entry) &&
           (contains(z->status, "failed") || partly_active(z->status));
}

bool xd_zone_is_up(const struct xd_zone *z)
{
    return contains(z->status, "active") && !partly_active(z->status);
}

bool xd_tunnel_is_down(const struct xd_tunnel *t)
{
    return !t->later && contains(t->status, "failed");
}

bool xd_tunnel_is_up(const struct xd_tunnel *t)
{
    return contains(t->status, "active");
}

static bool peer_is(const struct xd_zone_peer *p, const struct xd_endpoint *end,
                    const struct xd_node *far)
{
    if (p->addr.family != XD_ADDR_NONE && xd_addr_equal(&p->addr, &end->addr)) {
        return true;
    }
    return far && p->node == far;
}

/* A server zone whose port is not known: the peers that its status lists tell. */
static bool listens_for(const struct xd_zone *z, const struct xd_endpoint end[2],
                        const struct xd_node *far)
{
    enum {
        FIRST_PORT = 7001,
        LAST_PORT = 7099
    }; /* one a zone, as the vendor numbers them */
    if (!is_untold(z) || end[XD_SERVER].port < FIRST_PORT ||
        end[XD_SERVER].port > LAST_PORT) {
        return false;
    }
    for (size_t i = 0; i < z->n_peers; i++) {
        if (peer_is(&z->peers[i], &end[XD_CLIENT], far)) {
            return true;
        }
    }
    return z->n_peers == 0;
}

static bool has_peer(const struct xd_zone *z, enum xd_side side,
                     const struct xd_endpoint end[2], const struct xd_node *far)
{
    enum xd_side other = side == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        uint16_t port = p->port ? p->port : z->port;
        if (peer_is(p, &end[other], far) &&
            (side == XD_SERVER || port == 0 || port == end[XD_SERVER].port)) {
            return true;
        }
    }
    return false;
}

/* What its type says comes last: each conversation asks each zone, and words cost most. */
static bool zone_fits(const struct xd_zone *z, enum xd_side side,
                      const struct xd_endpoint end[2], const struct xd_node *far)
{
    bool peer = has_peer(z, side, end, far);
    if (side == XD_CLIENT) {
        return peer && !xd_zone_is_server(z);
    }
    if (!peer && z->port && z->port != end[XD_SERVER].port) {
        return false;
    }
    if (!xd_zone_is_server(z)) {
        return peer;
    }
    return z->port ? z->port == end[XD_SERVER].port : listens_for(z, end, far);
}

struct xd_zone *xd_zone_of(const struct xd_node *n, enum xd_side side,
                           const struct xd_endpoint end[2], const struct xd_node *far)
{
    for (size_t i = 0; n && i < n->n_zones; i++) {
        if (zone_fits(&n->zones[i], side, end, far)) {
            return &n->zones[i];
        }
    }
    return NULL;
}

struct xd_alarm *xd_node_restart_pending(const struct xd_node *n)
{
    for (size_t i = 0; n && i < n->n_alarms; i++) {
        if (n->alarms[i].id && strcmp(n->alarms[i].id, "15028") == 0 &&
            !n->alarms[i].lowered) {
            return &n->alarms[i];
        }
    }
    return NULL;
}

static struct xd_zone *find_server_zone(struct xd_node *e, const struct xd_zone *c_zone)
{
    struct xd_zone *may_be = NULL;
    for (size_t i = 0; i < e->n_zones; i++) {
        struct xd_zone *z = &e->zones[i];
        if (z->uc != XD_TRI_OFF && xd_zone_is_server(z) &&
            (c_zone->port == 0 || z->port == 0 || z->port == c_zone->port)) {
            if (z->uc == XD_TRI_ON) {
                return z;
            }
            may_be = may_be ? may_be : z;
        }
    }
    return may_be;
}

static struct xd_pair *add_pair(struct xd_judge *j, struct xd_node *c, struct xd_node *e)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        if (j->pairs[i].c == c && j->pairs[i].e == e) {
            return NULL;
        }
    }
    struct xd_pair *p = XD_PUSH(j->cs->arena, j, pairs);
    p->c = c;
    p->e = e;
    return p;
}

static void pair_client_zone(struct xd_judge *j, struct xd_node *c, struct xd_zone *z)
{
    for (size_t k = 0; k < z->n_peers; k++) {
        const struct xd_node *far = z->peers[k].node;
        if (!far || far == c) {
            continue;
        }
        struct xd_pair *p = add_pair(j, c, j->cs->nodes[far->index]);
        if (p) {
            p->c_zone = z;
            p->c_peer = &z->peers[k];
            p->e_zone = find_server_zone(p->e, z);
        }
    }
}

/* From E's side, where C's dumps do not say it. */
static void pair_server_zone(struct xd_judge *j, struct xd_node *e, struct xd_zone *z)
{
    for (size_t k = 0; k < z->n_peers; k++) {
        const struct xd_node *far = z->peers[k].node;
        if (!far || far == e) {
            continue;
        }
        struct xd_pair *p = add_pair(j, j->cs->nodes[far->index], e);
        if (p) {
            p->e_zone = z;
        }
    }
}

static void pair_node(struct xd_judge *j, struct xd_node *n, bool as_server)
{
    for (size_t k = 0; k < n->n_zones; k++) {
        struct xd_zone *z = &n->zones[k];
        if (z->uc != XD_TRI_ON || xd_zone_is_server(z) != as_server) {
            continue;
        }
        if (as_server) {
            pair_server_zone(j, n, z);
        } else {
            pair_client_zone(j, n, z);
        }
    }
}

static bool same_addresses(const struct xd_endpoint a[2], const struct xd_endpoint b[2])
{
    return xd_addr_equal(&a[XD_CLIENT].addr, &b[XD_CLIENT].addr) &&
           xd_addr_equal(&a[XD_SERVER].addr, &b[XD_SERVER].addr);
}

bool xd_conv_beside_tunnel(const struct xd_judge *j, const struct xd_conv *v)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (p->by_line && p->c == v->node[XD_CLIENT] && p->e == v->node[XD_SERVER]) {
            return true;
        }
    }
    for (size_t i = 0; i < j->n_tunnels; i++) {
        if (same_addresses(j->tunnels[i]->end, v->end)) {
            return true;
        }
    }
    return false;
}

/* Where dumps name no zone on either side, the tunnel of C to E tells the pair. */
static void pair_by_tunnel(struct xd_judge *j, const struct xd_flow *f)
{
    enum { MAX_TUNNELS = 64 }; /* a case has a few; scanners must not cost more */
    if (f->service != XD_SERVICE_SSH_TUNNEL || f->protocol != XD_PROTOCOL_SSH ||
        !f->related || j->n_tunnels >= MAX_TUNNELS) {
        return;
    }
    for (size_t i = 0; i < j->n_tunnels; i++) {
        if (same_addresses(j->tunnels[i]->end, f->end)) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, j, tunnels) = f;
    const struct xd_node *c = f->node[XD_CLIENT];
    const struct xd_node *e = f->node[XD_SERVER];
    if (c && e && c != e && c->n_zones == 0 && e->n_zones == 0) {
        (void)add_pair(j, j->cs->nodes[c->index], j->cs->nodes[e->index]);
    }
}

bool xd_node_is_called(const struct xd_node *n, const char *name)
{
    size_t label = name ? strcspn(name, ".") : 0;
    if (label == 0) {
        return false;
    }
    struct xd_slice whole = xd_slice_of(name);
    if (n->fqdn) {
        return xd_text_equal_nocase(xd_slice_of(n->fqdn), whole);
    }
    struct xd_slice first = {whole.p, label};
    return n->host && (xd_text_equal_nocase(xd_slice_of(n->host), whole) ||
                       xd_text_equal_nocase(xd_slice_of(n->host), first));
}

/* The same by a line of C's log, which calls the host of its tunnel by name. */
static void pair_by_line(struct xd_judge *j, const struct xd_log_event *e)
{
    struct xd_node *c =
        e->kind == XD_LOG_SSH && e->name ? xd_node_of_entry(j->cs, e->place.entry) : NULL;
    struct xd_node *far = NULL;
    if (!c || c->role != XD_ROLE_C || c->n_zones > 0) {
        return;
    }
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *n = j->cs->nodes[i];
        if (n->role == XD_ROLE_E && n->n_zones == 0 && xd_node_is_called(n, e->name)) {
            if (far) {
                return; /* two bundles of that name: either may be meant */
            }
            far = n;
        }
    }
    if (far) {
        struct xd_pair *p = add_pair(j, c, far);
        if (p) {
            p->by_line = true;
        }
    }
}

void xd_judge_pair_up(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        pair_node(j, j->cs->nodes[i], false);
    }
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        pair_node(j, j->cs->nodes[i], true);
    }
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        pair_by_tunnel(j, j->cs->flows[i]);
    }
    for (size_t i = 0; i < j->cs->n_events; i++) {
        pair_by_line(j, j->cs->events[i]);
    }
}
