/*
 * realms.c - bundles of several deployments in one case.
 *
 * Two customers may both call their node "expe", or have it at the same private address.
 * Where two nodes of a case stand in each other's way like that, the nodes are parted
 * into realms: those that evidence holds together; but not where captures show both
 * talk with one third node, which two sites with the same private addresses may do, each
 * behind a NAT of its own.  Names are looked at first, then a
 * conversation that two captures show, then certificates, domains and addresses last; a
 * kind of evidence that points to two nodes of which only one can be meant decides
 * nothing.  From then on an address means a node of the realm of whoever used it.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

/* Square tables over the nodes, one byte a pair. */
struct realms {
    struct xd_case *cs;
    struct xd_directory *d;
    size_t n;
    uint8_t *apart;  /* the two cannot be of one realm; of realms: by their first node */
    uint8_t *linked; /* the evidence that is being looked at holds them together */
    size_t *root;    /* by node: the first of its realm */
    bool parted;     /* some two are apart */
};

static const char *domain_of(const struct xd_node *n)
{
    const char *dot = n->fqdn != NULL ? strchr(n->fqdn, '.') : NULL;

    return dot != NULL ? dot + 1 : NULL;
}

static bool other_domain(const struct xd_node *a, const struct xd_node *b)
{
    const char *x = domain_of(a);
    const char *y = domain_of(b);

    return x != NULL && y != NULL && !xd_text_same_nocase(x, y);
}

/* A node has one bundle at a time; where a time is not known, both may be of one. */
static bool overlap(const struct xd_node *a, const struct xd_node *b)
{
    xd_time from[2] = {xd_node_moment(a), xd_node_moment(b)};
    xd_time to[2] = {a->stamp != XD_TIME_NONE ? a->stamp : a->as_of,
                     b->stamp != XD_TIME_NONE ? b->stamp : b->as_of};

    if (from[0] == XD_TIME_NONE || from[1] == XD_TIME_NONE) {
        return true;
    }
    return from[0] <= to[1] && from[1] <= to[0];
}

/* Do the zones or tunnels of the one name the other in full? */
static bool calls(const struct xd_node *caller, const struct xd_node *called)
{
    for (size_t k = 0; k < caller->n_zones; k++) {
        for (size_t p = 0; p < caller->zones[k].n_peers; p++) {
            if (xd_text_same_nocase(caller->zones[k].peers[p].address, called->fqdn)) {
                return true;
            }
        }
    }
    for (size_t k = 0; k < caller->n_tunnels; k++) {
        if (xd_text_same_nocase(caller->tunnels[k].target, called->fqdn)) {
            return true;
        }
    }
    return false;
}

/* The same cluster, and a peer that both list: its name alone may be a template's. */
static bool are_of_one_cluster(const struct xd_node *a, const struct xd_node *b)
{
    if (!xd_text_same_nocase(a->cluster_name, b->cluster_name) || a->n_cluster_peers < 2) {
        return false;
    }
    for (size_t i = 0; i < a->n_cluster_peers; i++) {
        for (size_t k = 0; k < b->n_cluster_peers; k++) {
            const char *peer = a->cluster_peers[i];
            if (peer != NULL && *peer != '\0' &&
                xd_text_same_nocase(peer, b->cluster_peers[k])) {
                return true;
            }
        }
    }
    return false;
}

/* Nodes of one name that know each other by a fuller one are of one deployment. */
static bool shares_name(const struct xd_node *a, const struct xd_node *b)
{
    return xd_text_same_nocase(a->host, b->host) && !are_of_one_cluster(a, b) &&
           !(other_domain(a, b) && (calls(a, b) || calls(b, a)));
}

bool xd_nodes_collide(const struct xd_node *a, const struct xd_node *b)
{
    if (a == b || xd_node_same_host(a, b)) {
        return false;
    }
    return (shares_name(a, b) || xd_node_shares_address(a, b)) &&
           (other_domain(a, b) || overlap(a, b));
}

bool xd_nodes_may_meet(const struct xd_node *a, const struct xd_node *b)
{
    return a == NULL || b == NULL || a->realm == b->realm;
}

/* --- links --- */

static void link_nodes(struct realms *r, const struct xd_node *a, const struct xd_node *b)
{
    size_t x = r->root[a->index];
    size_t y = r->root[b->index];

    r->linked[x * r->n + y] = 1;
    r->linked[y * r->n + x] = 1;
}

static void link_rows(struct realms *r, const struct xd_node *a,
                      const struct xd_directory_row *row)
{
    for (; row != NULL; row = row->next) {
        link_nodes(r, a, row->node);
    }
}

static bool is_fqdn(const char *name)
{
    struct xd_endpoint end = {0};

    return name != NULL && strchr(name, '.') != NULL && !xd_address_of(name, &end);
}

static void link_name(struct realms *r, const struct xd_node *n, const char *name,
                      enum xd_directory_kind kind)
{
    if (is_fqdn(name)) {
        link_rows(r, n, xd_directory_rows(r->d, name, kind));
    }
}

/* Every name by which a node's settings and status call another. */
static void link_by_names(struct realms *r, enum xd_directory_kind kind)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct xd_node *n = r->cs->nodes[i];

        for (size_t k = 0; k < n->n_zones; k++) {
            link_name(r, n, n->zones[k].subject_name, kind);
            for (size_t p = 0; p < n->zones[k].n_peers; p++) {
                link_name(r, n, n->zones[k].peers[p].address, kind);
            }
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            link_name(r, n, n->tunnels[k].target, kind);
        }
        for (size_t k = 0; k < n->n_cluster_peers; k++) {
            link_name(r, n, n->cluster_peers[k], kind);
        }
    }
}

static void link_by_fqdn(struct realms *r)
{
    link_by_names(r, XD_DIRECTORY_FQDN);
}

static void link_by_san(struct realms *r)
{
    link_by_names(r, XD_DIRECTORY_SAN);
}

static void link_bundles(struct realms *r)
{
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = i + 1; k < r->n; k++) {
            if (xd_node_same_host(r->cs->nodes[i], r->cs->nodes[k])) {
                link_nodes(r, r->cs->nodes[i], r->cs->nodes[k]);
            }
        }
    }
}

static void link_by_views(struct realms *r)
{
    for (size_t i = 0; i < r->cs->n_flows; i++) {
        const struct xd_flow *f = r->cs->flows[i];
        const struct xd_node *a = xd_directory_observer(r->d, f->first.entry);

        for (size_t k = 0; a != NULL && k < f->n_same_as; k++) {
            const struct xd_flow *other = r->cs->flows[f->same_as[k] - 1];
            const struct xd_node *b = xd_directory_observer(r->d, other->first.entry);

            if (b != NULL) {
                link_nodes(r, a, b);
            }
        }
    }
}

static void link_by_leaves(struct realms *r)
{
    for (size_t i = 0; i < r->cs->n_flows; i++) {
        const struct xd_flow *f = r->cs->flows[i];
        const struct xd_node *a = xd_directory_observer(r->d, f->first.entry);

        for (size_t k = 0; a != NULL && k < f->n_presented; k++) {
            if (f->presented[k].n_certs > 0) {
                link_rows(r, a, xd_directory_holders(r->d, f->presented[k].certs[0]));
            }
        }
    }
}

static void link_by_domain(struct realms *r)
{
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = i + 1; k < r->n; k++) {
            if (xd_text_same_nocase(domain_of(r->cs->nodes[i]),
                                    domain_of(r->cs->nodes[k]))) {
                link_nodes(r, r->cs->nodes[i], r->cs->nodes[k]);
            }
        }
    }
}

static void link_by_address(struct realms *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct xd_node *n = r->cs->nodes[i];
        struct xd_endpoint end = {0};

        for (size_t k = 0; k < n->n_zones; k++) {
            for (size_t p = 0; p < n->zones[k].n_peers; p++) {
                link_rows(r, n, xd_directory_owners(r->d, &n->zones[k].peers[p].addr));
            }
        }
        for (size_t k = 0; k < n->n_cluster_peers; k++) {
            if (xd_address_of(n->cluster_peers[k], &end)) {
                link_rows(r, n, xd_directory_owners(r->d, &end.addr));
            }
        }
    }
}

/* --- from links to realms --- */

/* Does the evidence also hold x to a realm that y cannot be of? */
static bool is_torn(const struct realms *r, size_t x, size_t y)
{
    for (size_t z = 0; z < r->n; z++) {
        if (r->linked[x * r->n + z] != 0 && r->apart[y * r->n + z] != 0) {
            return true;
        }
    }
    return false;
}

static void unite(struct realms *r, size_t x, size_t y)
{
    size_t first = x < y ? x : y;
    size_t other = x < y ? y : x;

    if (first == other || r->apart[x * r->n + y] != 0) {
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        r->root[i] = r->root[i] == other ? first : r->root[i];
        if (r->apart[other * r->n + i] != 0) {
            r->apart[first * r->n + i] = r->apart[i * r->n + first] = 1;
        }
    }
}

/* All links are judged before any is used: their order must not matter. */
static void use_links(struct realms *r)
{
    uint8_t *sure = xd_alloc_array(r->n * r->n, 1);

    for (size_t x = 0; x < r->n; x++) {
        for (size_t y = x + 1; y < r->n; y++) {
            sure[x * r->n + y] =
                r->linked[x * r->n + y] != 0 && !is_torn(r, x, y) && !is_torn(r, y, x);
        }
    }
    for (size_t x = 0; x < r->n; x++) {
        for (size_t y = x + 1; y < r->n; y++) {
            if (sure[x * r->n + y] != 0) {
                unite(r, r->root[x], r->root[y]);
            }
        }
    }
    xd_free(sure);
    memset(r->linked, 0, r->n * r->n);
}

/* --- who cannot be of one realm --- */

static void part(struct realms *r, const struct xd_node *a, const struct xd_node *b)
{
    r->apart[a->index * r->n + b->index] = r->apart[b->index * r->n + a->index] = 1;
    r->parted = true;
}

/* Is one the client and the other the server of it, each at its own address in its view? */
static bool are_its_ends(const struct xd_node *a, const struct xd_flow *of_a,
                         const struct xd_node *b, const struct xd_flow *of_b)
{
    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        if (xd_node_has_address(a, &of_a->end[side].addr) &&
            xd_node_has_address(b, &of_b->end[1 - side].addr)) {
            return true;
        }
    }
    return false;
}

/* Marks the nodes, by index, with which captures of both show the node talk. */
static void mark_met(const struct realms *r, const struct xd_node *n, uint8_t *met)
{
    for (size_t i = 0; i < r->cs->n_flows; i++) {
        const struct xd_flow *f = r->cs->flows[i];
        bool its = f->n_same_as > 0 && xd_directory_observer(r->d, f->first.entry) == n;

        for (size_t k = 0; its && k < f->n_same_as; k++) {
            const struct xd_flow *other = r->cs->flows[f->same_as[k] - 1];
            const struct xd_node *far = xd_directory_observer(r->d, other->first.entry);

            if (far != NULL && far != n && are_its_ends(n, f, far, other)) {
                met[far->index] = 1;
            }
        }
    }
}

/* Do captures show that both talk with one third node? */
static bool meet_one(const struct realms *r, const struct xd_node *a,
                     const struct xd_node *b)
{
    uint8_t *met[2] = {xd_alloc_array(r->n, 1), xd_alloc_array(r->n, 1)};
    bool one = false;

    mark_met(r, a, met[0]);
    mark_met(r, b, met[1]);
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = 0; met[0][i] != 0 && k < r->n && !one; k++) {
            one = met[1][k] != 0 && xd_node_same_host(r->cs->nodes[i], r->cs->nodes[k]);
        }
    }
    xd_free(met[0]);
    xd_free(met[1]);
    return one;
}

/* Does a node of another domain than n's call this one by its name? */
static bool is_called_by_another(const struct realms *r, const struct xd_node *n,
                                 const struct xd_node *called)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct xd_node *c = r->cs->nodes[i];

        if (other_domain(c, n) && calls(c, called)) {
            return true;
        }
    }
    return false;
}

/* Another node has the name, and it is of another domain. */
static bool is_anothers_name(const struct xd_directory_row *named, const struct xd_node *n)
{
    bool other = named != NULL;

    for (; named != NULL; named = named->next) {
        other = other && named->node != n && other_domain(named->node, n);
    }
    return other;
}

/*
 * The node at a peer's address is none that the peer's name can mean: the name is that
 * of a node elsewhere, or nobody's, while another deployment calls the node by its own.
 */
static void part_by_name(struct realms *r, const struct xd_node *n,
                         const struct xd_zone_peer *peer)
{
    const struct xd_directory_row *named = NULL;

    if (!is_fqdn(peer->address)) {
        return;
    }
    named = xd_directory_rows(r->d, peer->address, XD_DIRECTORY_FQDN);
    if (named == NULL) {
        named = xd_directory_rows(r->d, peer->address, XD_DIRECTORY_SAN);
    }
    for (const struct xd_directory_row *row = xd_directory_owners(r->d, &peer->addr);
         row != NULL; row = row->next) {
        const char *its = domain_of(row->node);
        bool strange = its != NULL &&
                       !xd_text_same_nocase(its, strchr(peer->address, '.') + 1) &&
                       other_domain(row->node, n);

        if (is_anothers_name(named, row->node) ||
            (named == NULL && strange && is_called_by_another(r, n, row->node))) {
            part(r, n, row->node);
        }
    }
}

static void part_nodes(struct realms *r)
{
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = i + 1; k < r->n; k++) {
            if (xd_nodes_collide(r->cs->nodes[i], r->cs->nodes[k]) &&
                !meet_one(r, r->cs->nodes[i], r->cs->nodes[k])) {
                part(r, r->cs->nodes[i], r->cs->nodes[k]);
            }
        }
        const struct xd_node *n = r->cs->nodes[i];
        for (size_t k = 0; k < n->n_zones; k++) {
            for (size_t p = 0; p < n->zones[k].n_peers; p++) {
                part_by_name(r, n, &n->zones[k].peers[p]);
            }
        }
    }
}

/* --- what follows --- */

static void number_realms(struct realms *r)
{
    for (size_t i = 0; i < r->n; i++) {
        r->cs->nodes[i]->realm = (unsigned)r->root[i] + 1;
    }
}

/* Packets of two realms are two conversations, whatever they hold. */
static void part_views(struct realms *r)
{
    for (size_t i = 0; i < r->cs->n_flows; i++) {
        struct xd_flow *f = r->cs->flows[i];
        const struct xd_node *a = xd_directory_observer(r->d, f->first.entry);
        size_t kept = 0;

        for (size_t k = 0; k < f->n_same_as; k++) {
            const struct xd_flow *other = r->cs->flows[f->same_as[k] - 1];

            if (xd_nodes_may_meet(a, xd_directory_observer(r->d, other->first.entry))) {
                f->same_as[kept++] = f->same_as[k];
            }
        }
        f->n_same_as = kept;
    }
}

void xd_realms_tell(struct xd_directory *d)
{
    typedef void (*link_fn)(struct realms *);
    /* the surest first */
    static const link_fn evidence[] = {link_bundles,   link_by_fqdn,   link_by_san,
                                       link_by_views,  link_by_leaves, link_by_domain,
                                       link_by_address};
    struct realms r = {.cs = xd_directory_case(d), .d = d};

    r.n = r.cs->n_nodes;
    if (r.n < 2) {
        return;
    }
    r.apart = xd_alloc_array(r.n * r.n, 1);
    r.linked = xd_alloc_array(r.n * r.n, 1);
    r.root = xd_alloc_array(r.n, sizeof(*r.root));
    for (size_t i = 0; i < r.n; i++) {
        r.root[i] = i;
    }
    part_nodes(&r);
    if (r.parted) {
        for (size_t i = 0; i < sizeof(evidence) / sizeof(evidence[0]); i++) {
            evidence[i](&r);
            use_links(&r);
        }
        number_realms(&r);
        part_views(&r);
    }
    xd_free(r.apart);
    xd_free(r.linked);
    xd_free(r.root);
}
