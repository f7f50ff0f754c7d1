/*
 * nodes_learn.c - the addresses of nodes whose dumps do not give them, or not all of
 * them, from their own captures.
 *
 * Two grounds only: an end that presents a certificate which this node's stores alone
 * hold is that node; and of a capture taken on a node, the one address that has part
 * in every conversation, with several far ends, is the node's.
 */
#include "expdiag/alloc.h"

#include "assemble_priv.h"

enum { MAX_LEARNT = 8 }; /* addresses a node; an Expressway has four at most */

/* What one interface's capture shows of the node it was taken on. */
struct view_ends {
    const struct xd_node *node; /* of the first flow; NULL: none yet */
    struct xd_addr both[2];     /* which may still be the one; family NONE: ruled out */
    struct xd_addr far[2];      /* what the first flow showed on the other side of it */
    bool several[2];            /* far ends differ */
    bool known;                 /* an address of the node has part already */
};

struct learner {
    struct xd_case *cs;
    struct xd_node **of_entry; /* by entry id; NULL: none, or its dumps tell */
    struct view_ends *views;   /* by view */
    size_t n_views;
};

static bool is_anothers(const struct xd_case *cs, const struct xd_node *n,
                        const struct xd_addr *addr)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (cs->nodes[i] != n && !xd_node_same_host(cs->nodes[i], n) &&
            xd_node_has_address(cs->nodes[i], addr)) {
            return true;
        }
    }
    return false;
}

static void learn(struct learner *l, struct xd_node *n, const struct xd_addr *addr)
{
    if (addr->family != XD_ADDR_NONE && !xd_node_has_address(n, addr) &&
        n->n_addrs < MAX_LEARNT && !is_anothers(l->cs, n, addr)) {
        *XD_PUSH(l->cs->arena, n, addrs) = *addr;
    }
}

static bool holds_leaf(const struct xd_node *n, const struct xd_cert *leaf)
{
    return (n->server.n_certs > 0 && n->server.certs[0] == leaf) ||
           (n->client.n_certs > 0 && n->client.certs[0] == leaf);
}

/* Its stores hold the leaf, and no other node's do: peers may share a certificate. */
static bool is_its_alone(const struct xd_case *cs, const struct xd_node *n,
                         const struct xd_cert *leaf)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (cs->nodes[i] != n && holds_leaf(cs->nodes[i], leaf) &&
            !xd_node_same_host(cs->nodes[i], n)) {
            return false;
        }
    }
    return holds_leaf(n, leaf);
}

static struct xd_node *seen_on(const struct learner *l, const struct xd_flow *f)
{
    const struct xd_entry *e = f->first.entry;

    return e != NULL && e->id < l->cs->n_entries ? l->of_entry[e->id] : NULL;
}

static void learn_by_leaf(struct learner *l, const struct xd_flow *f)
{
    struct xd_node *n = seen_on(l, f);

    for (size_t i = 0; n != NULL && i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];

        if (p->by != XD_SIDE_UNKNOWN && p->n_certs > 0 &&
            is_its_alone(l->cs, n, p->certs[0])) {
            learn(l, n, &f->end[p->by].addr);
        }
    }
}

static void keep_end(struct view_ends *v, int i, const struct xd_flow *f)
{
    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        if (xd_addr_equal(&v->both[i], &f->end[side].addr)) {
            const struct xd_addr *far = &f->end[1 - side].addr;

            v->several[i] = v->several[i] || !xd_addr_equal(&v->far[i], far);
            return;
        }
    }
    v->both[i] = (struct xd_addr){0};
}

static void note_ends(struct learner *l, const struct xd_flow *f)
{
    const struct xd_node *n = seen_on(l, f);

    if (n == NULL) {
        return;
    }
    struct view_ends *v = &l->views[f->view];
    v->known = v->known || xd_node_has_address(n, &f->end[0].addr) ||
               xd_node_has_address(n, &f->end[1].addr);
    if (v->node == NULL) {
        v->node = n;
        v->both[0] = v->far[1] = f->end[0].addr;
        v->both[1] = v->far[0] = f->end[1].addr;
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (v->both[i].family != XD_ADDR_NONE) {
            keep_end(v, i, f);
        }
    }
}

static void learn_by_part(struct learner *l)
{
    for (size_t i = 0; i < l->cs->n_flows; i++) {
        note_ends(l, l->cs->flows[i]);
    }
    for (size_t i = 0; i < l->n_views; i++) {
        const struct view_ends *v = &l->views[i];
        bool one =
            (v->both[0].family == XD_ADDR_NONE) != (v->both[1].family == XD_ADDR_NONE);

        for (int k = 0; k < 2 && v->node != NULL && !v->known && one; k++) {
            if (v->both[k].family != XD_ADDR_NONE && v->several[k]) {
                learn(l, l->cs->nodes[v->node->index], &v->both[k]);
            }
        }
    }
}

/* Its settings list them all; the status may know but one of two interfaces. */
static bool lacks_addresses(const struct xd_node *n)
{
    return n->n_addrs == 0 || n->xconf == NULL;
}

/* The entries of nodes whose dumps do not give all addresses; false: there are none. */
static bool list_captures(struct learner *l)
{
    bool any = false;

    for (size_t i = 0; i < l->cs->n_nodes; i++) {
        struct xd_node *n = l->cs->nodes[i];

        for (size_t k = 0; lacks_addresses(n) && k < n->n_entries; k++) {
            l->of_entry[n->entries[k]->id] = n;
            any = any || n->entries[k]->kind == XD_ENTRY_PCAP;
        }
    }
    return any;
}

void xd_nodes_learn_addresses(struct xd_case *cs)
{
    struct learner l = {.cs = cs};

    l.of_entry = (struct xd_node **)xd_alloc_array(cs->n_entries, sizeof(struct xd_node *));
    if (list_captures(&l)) {
        for (size_t i = 0; i < cs->n_flows; i++) {
            if (cs->flows[i]->view >= l.n_views) {
                l.n_views = (size_t)cs->flows[i]->view + 1;
            }
            learn_by_leaf(&l, cs->flows[i]);
        }
        l.views = xd_alloc_array(l.n_views, sizeof(*l.views));
        learn_by_part(&l);
        xd_free(l.views);
    }
    xd_free((void *)l.of_entry);
}
