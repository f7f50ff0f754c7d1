/*
 * nodes_uc.c - which zone is that of Unified Communications, where no setting tells:
 * SSH tunnels lead where it leads, and no other zone has any.
 */
#include "assemble_priv.h"

#include "expdiag/text.h"

static bool is_traversal(const struct xd_zone *z)
{
    return z->type != NULL && xd_text_contains_nocase(xd_slice_of(z->type), "traversal");
}

static bool leads_along(const struct xd_zone_peer *p, const struct xd_tunnel *t)
{
    struct xd_endpoint end = {0};
    bool same_node = p->node != NULL && p->node == t->node;

    return same_node || xd_text_same_nocase(p->address, t->target) ||
           (p->addr.family != XD_ADDR_NONE && t->peer != NULL &&
            xd_address_of(t->peer, &end) && xd_addr_equal(&p->addr, &end.addr));
}

static bool has_tunnel(const struct xd_node *n, const struct xd_zone *z)
{
    for (size_t i = 0; i < n->n_tunnels; i++) {
        for (size_t k = 0; k < z->n_peers; k++) {
            if (leads_along(&z->peers[k], &n->tunnels[i])) {
                return true;
            }
        }
    }
    return false;
}

/* The only zone that it can be; NULL: several can, or a setting tells of one. */
static struct xd_zone *pick_by_tunnels(struct xd_node *n)
{
    struct xd_zone *only = NULL;

    for (size_t i = 0; i < n->n_zones; i++) {
        struct xd_zone *z = &n->zones[i];

        if (z->uc == XD_TRI_OFF || !is_traversal(z) || !has_tunnel(n, z)) {
            continue;
        }
        if (only != NULL) {
            return NULL;
        }
        only = z;
    }
    return only;
}

static bool leads_to(const struct xd_node *c, const struct xd_node *e)
{
    for (size_t i = 0; i < c->n_zones; i++) {
        const struct xd_zone *z = &c->zones[i];

        for (size_t k = 0; z->uc == XD_TRI_ON && !xd_zone_is_server(z) && k < z->n_peers;
             k++) {
            if (z->peers[k].node == e) {
                return true;
            }
        }
    }
    return false;
}

/* A UC zone of C ends at this node: its one server zone that it can end at. */
static struct xd_zone *pick_by_client(const struct xd_case *cs, struct xd_node *e)
{
    struct xd_zone *only = NULL;
    bool called = false;

    for (size_t i = 0; i < e->n_zones; i++) {
        struct xd_zone *z = &e->zones[i];

        if (z->uc == XD_TRI_OFF || !xd_zone_is_server(z)) {
            continue;
        }
        if (only != NULL) {
            return NULL;
        }
        only = z;
    }
    for (size_t i = 0; only != NULL && !called && i < cs->n_nodes; i++) {
        called = leads_to(cs->nodes[i], e);
    }
    return called ? only : NULL;
}

static void infer(struct xd_zone *z)
{
    if (z != NULL && z->uc == XD_TRI_UNKNOWN) {
        z->uc = XD_TRI_ON;
        z->uc_inferred = true;
    }
}

void xd_nodes_tell_uc(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        infer(pick_by_tunnels(cs->nodes[i]));
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        infer(pick_by_client(cs, cs->nodes[i]));
    }
}
