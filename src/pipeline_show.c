/*
 * pipeline_show.c - which conversations `flows` shows.
 */
#include "pipeline_show.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* What the case calls by the name that is asked for, or nearly so. */
struct named {
    struct xd_slice name;
    bool *node;            /* by its index */
    struct xd_addr *addrs; /* of servers and DNS answers */
    size_t n_addrs, cap_addrs;
    bool any;
    const char *asked;
    unsigned nearest; /* distance of the name that is nearest to it */
};

/* Is it the name?  If not, keep the one that is nearest, if it is a slip of the fingers. */
static bool matches(struct xd_case *cs, struct named *n, const char *name)
{
    char host[256];

    if (name == NULL) {
        return false;
    }
    /* "vcs8c" is also "vcs8c@2026-03-29T07:05:00Z", the node of one of two bundles. */
    size_t len = strcspn(name, "@");

    if (xd_text_equal_nocase(xd_slice_of(name), n->name) ||
        xd_text_equal_nocase((struct xd_slice){(const uint8_t *)name, len}, n->name)) {
        n->any = true;
        return true;
    }
    if (len < sizeof(host)) {
        (void)snprintf(host, sizeof(host), "%.*s", (int)len, name);
        unsigned distance = xd_text_distance(n->asked, host);
        if (distance <= XD_TEXT_SLIP && distance < n->nearest) {
            n->nearest = distance;
            cs->host_near = xd_arena_text(cs->arena, host, len);
        }
    }
    return false;
}

/* The names of a node's own certificate; what its CA file holds is others'. */
static bool is_in_leaf(struct xd_case *cs, struct named *n, const struct xd_store *s)
{
    bool found = false;

    for (size_t i = 0; s->n_certs > 0 && i < s->certs[0]->n_san; i++) {
        const struct xd_san *san = &s->certs[0]->san[i];
        found = (san->type == XD_SAN_DNS && matches(cs, n, san->text)) || found;
    }
    return found;
}

static void find_node(struct xd_case *cs, struct named *n, const struct xd_node *node)
{
    bool found = matches(cs, n, node->id);

    found = matches(cs, n, node->host) || found;
    found = matches(cs, n, node->fqdn) || found;
    found = is_in_leaf(cs, n, &node->server) || found;
    found = is_in_leaf(cs, n, &node->client) || found;
    n->node[node->index] = n->node[node->index] || found;
    for (size_t i = 0; i < node->n_zones; i++) {
        const struct xd_zone *z = &node->zones[i];
        for (size_t k = 0; k < z->n_peers; k++) {
            const struct xd_zone_peer *p = &z->peers[k];
            if (!matches(cs, n, p->address)) {
                continue;
            }
            if (p->node != NULL) {
                n->node[p->node->index] = true;
            }
            if (p->addr.family != XD_ADDR_NONE) {
                *XD_PUSH(cs->arena, n, addrs) = p->addr;
            }
        }
    }
}

static struct named find_name(struct xd_case *cs, const char *name)
{
    struct named n = {.name = xd_slice_of(name), .asked = name, .nearest = UINT_MAX};

    n.node = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof(*n.node));
    for (size_t i = 0; i < cs->n_nodes; i++) {
        find_node(cs, &n, cs->nodes[i]);
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_tls_facts *tls = cs->flows[i]->tls;
        (void)matches(cs, &n, tls != NULL ? tls->sni : NULL);
    }
    for (size_t i = 0; i < cs->n_dns; i++) {
        if (matches(cs, &n, cs->dns[i].name)) {
            *XD_PUSH(cs->arena, &n, addrs) = cs->dns[i].addr;
        }
    }
    return n;
}

static bool is_named(const struct named *n, const struct xd_flow *flow)
{
    for (int s = 0; s < 2; s++) {
        if (flow->node[s] != NULL && n->node[flow->node[s]->index]) {
            return true;
        }
        for (size_t i = 0; i < n->n_addrs; i++) {
            if (xd_addr_equal(&n->addrs[i], &flow->end[s].addr)) {
                return true;
            }
        }
    }
    return flow->tls != NULL && flow->tls->sni != NULL &&
           xd_text_equal_nocase(xd_slice_of(flow->tls->sni), n->name);
}

static bool shows(const struct xd_flow_filter *f, const struct named *n,
                  const struct xd_flow *flow)
{
    const struct xd_endpoint *c = &flow->end[XD_CLIENT];
    const struct xd_endpoint *s = &flow->end[XD_SERVER];

    if (f->host_name != NULL && !is_named(n, flow)) {
        return false;
    }
    if (f->host.family != XD_ADDR_NONE && !xd_addr_equal(&f->host, &c->addr) &&
        !xd_addr_equal(&f->host, &s->addr)) {
        return false;
    }
    if (f->port != 0 && f->port != c->port && f->port != s->port) {
        return false;
    }
    return !f->failed || flow->outcome == XD_OUTCOME_FAILED;
}

/*
 * The position of the connection's first view, for each conversation.  Before anything is
 * taken away a conversation's position is its id less one.
 */
static size_t *find_connections(const struct xd_case *cs)
{
    size_t *first = xd_alloc_array(cs->n_flows + 1, sizeof(*first));

    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        first[i] = i;
        for (size_t k = 0; k < f->n_same_as && first[i] == i; k++) {
            size_t at = (size_t)f->same_as[k] - 1;
            if (at < i && xd_flow_is_view_of(f, cs->flows[at])) {
                first[i] = first[at];
            }
        }
    }
    return first;
}

static void drop_hidden_views(struct xd_flow *f, const bool *shown)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n_same_as; i++) {
        if (shown[f->same_as[i] - 1]) {
            f->same_as[kept++] = f->same_as[i];
        }
    }
    size_t gone = f->n_same_as - kept;

    f->views_hidden = gone < UINT16_MAX ? (uint16_t)gone : UINT16_MAX;
    f->n_same_as = kept;
}

void xd_pipeline_show(struct xd_case *cs, const struct xd_flow_filter *f)
{
    size_t n = cs->n_flows + 1;
    size_t *first = find_connections(cs);
    bool *shown = xd_alloc_array(n, sizeof(*shown));
    bool *seen = xd_alloc_array(n, sizeof(*seen));
    struct named named = {.any = true};
    size_t kept = 0;

    if (f->host_name != NULL) {
        named = find_name(cs, f->host_name);
    }
    cs->host_unknown = !named.any && cs->n_flows > 0;
    if (!cs->host_unknown) {
        cs->host_near = NULL;
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        shown[i] = shows(f, &named, cs->flows[i]);
        seen[first[i]] = seen[first[i]] || shown[i];
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        cs->connections_hidden += first[i] == i && !seen[i] ? 1 : 0;
        if (shown[i]) {
            drop_hidden_views(cs->flows[i], shown);
            cs->flows[kept++] = cs->flows[i];
        }
    }
    cs->flows_hidden = cs->n_flows - kept;
    cs->n_flows = kept;
    xd_free(seen);
    xd_free(shown);
    xd_free(first);
}
