/*
 * peers.c - which node is behind an address or a name.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

struct resolved_name {
    struct xd_addr addr;
};

struct xd_directory {
    struct xd_case *cs;
    struct xd_arena *arena;
    struct xd_map *by_addr;  /* family and bytes -> struct xd_directory_row */
    struct xd_map *by_alias; /* the same, of addresses that a NAT gave */
    struct xd_map *by_name;  /* FQDN and host name, lower case -> struct xd_directory_row */
    struct xd_map *by_san;   /* the same of the names in certificates */
    struct xd_map *by_leaf;  /* certificate -> struct xd_directory_row */
    struct xd_node **observers; /* by entry id */
    struct xd_map *addr_of;     /* name, lower case -> struct resolved_name */
};

struct xd_case *xd_directory_case(const struct xd_directory *d)
{
    return d->cs;
}

static struct xd_slice addr_key(const struct xd_addr *addr)
{
    /* family and the bytes that count: struct xd_addr has no padding */
    size_t len = addr->family == XD_ADDR_V4 ? 5 : sizeof(*addr);

    return (struct xd_slice){.p = (const uint8_t *)addr, .len = len};
}

/* The name in lower case without the root's dot; in the directory's arena. */
static struct xd_slice name_key(const struct xd_directory *d, const char *name)
{
    struct xd_slice s = xd_text_trim(xd_slice_of(name));

    if (s.len > 1 && s.p[s.len - 1] == '.') {
        s.len--;
    }
    char *text = xd_arena_text(d->arena, (const char *)s.p, s.len);
    xd_text_lower(text);
    return xd_slice_of(text);
}

/* One certificate is one object of the case. */
static struct xd_slice leaf_key(const struct xd_cert *const *leaf)
{
    return (struct xd_slice){.p = (const uint8_t *)leaf, .len = sizeof(*leaf)};
}

static void add_row(struct xd_directory *d, struct xd_map *map, struct xd_slice key,
                    struct xd_node *node)
{
    struct xd_directory_row *first = xd_map_get(map, key);

    for (const struct xd_directory_row *row = first; row != NULL; row = row->next) {
        if (row->node == node) {
            return;
        }
    }
    struct xd_directory_row *row = xd_arena_alloc(d->arena, sizeof(*row));
    row->node = node;
    if (first == NULL) {
        xd_map_put(map, key, row);
    } else { /* behind the first: the earliest node stays in front */
        row->next = first->next;
        first->next = row;
    }
}

static void add_names(struct xd_directory *d, struct xd_node *node)
{
    const struct xd_store *stores[] = {&node->server, &node->client};

    if (node->fqdn != NULL) {
        const char *label = xd_arena_text(d->arena, node->fqdn, strcspn(node->fqdn, "."));

        add_row(d, d->by_name, name_key(d, node->fqdn), node);
        add_row(d, d->by_name, name_key(d, label), node); /* not always the system name */
    }
    if (node->host != NULL) {
        add_row(d, d->by_name, name_key(d, node->host), node);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct xd_cert *leaf = stores[i]->n_certs > 0 ? stores[i]->certs[0] : NULL;

        if (leaf != NULL) {
            add_row(d, d->by_leaf, leaf_key(&leaf), node);
        }
        for (size_t k = 0; leaf != NULL && k < leaf->n_san; k++) {
            if (leaf->san[k].type == XD_SAN_DNS) {
                add_row(d, d->by_san, name_key(d, leaf->san[k].text), node);
            }
        }
    }
}

static void put_address(struct xd_directory *d, const char *name,
                        const struct xd_addr *addr)
{
    struct xd_slice key = name_key(d, name);

    if (addr->family == XD_ADDR_NONE || xd_map_get(d->addr_of, key) != NULL) {
        return; /* the first answer counts */
    }
    struct resolved_name *row = xd_arena_alloc(d->arena, sizeof(*row));
    row->addr = *addr;
    xd_map_put(d->addr_of, key, row);
}

/* Names that DNS answers gave, and that the log asked the peer's certificate for. */
static void add_resolved(struct xd_directory *d)
{
    for (size_t i = 0; i < d->cs->n_dns; i++) {
        put_address(d, d->cs->dns[i].name, &d->cs->dns[i].addr);
    }
    for (size_t i = 0; i < d->cs->n_events; i++) {
        const struct xd_log_event *ev = d->cs->events[i];

        if (ev->kind == XD_LOG_TLS_ERROR && ev->role == XD_LOG_ROLE_CLIENT &&
            ev->name != NULL) {
            put_address(d, ev->name, &ev->remote.addr);
        }
    }
}

struct xd_directory *xd_directory_new(struct xd_case *cs)
{
    struct xd_directory *d = xd_alloc(sizeof(*d));

    d->cs = cs;
    d->arena = xd_arena_new();
    d->by_addr = xd_map_new();
    d->by_alias = xd_map_new();
    d->by_name = xd_map_new();
    d->by_san = xd_map_new();
    d->addr_of = xd_map_new();
    d->by_leaf = xd_map_new();
    d->observers = xd_arena_alloc(d->arena, (cs->n_entries + 1) * sizeof(struct xd_node *));
    for (size_t i = 0; i < cs->n_nodes; i++) {
        for (size_t k = 0; k < cs->nodes[i]->n_addrs; k++) {
            add_row(d, d->by_addr, addr_key(&cs->nodes[i]->addrs[k]), cs->nodes[i]);
        }
        add_names(d, cs->nodes[i]);
        for (size_t k = 0; k < cs->nodes[i]->n_entries; k++) {
            d->observers[cs->nodes[i]->entries[k]->id] = cs->nodes[i];
        }
    }
    add_resolved(d);
    return d;
}

void xd_directory_free(struct xd_directory *d)
{
    xd_map_free(d->by_addr);
    xd_map_free(d->by_alias);
    xd_map_free(d->by_name);
    xd_map_free(d->by_san);
    xd_map_free(d->addr_of);
    xd_map_free(d->by_leaf);
    xd_arena_free(d->arena);
    xd_free(d);
}

const struct xd_directory_row *xd_directory_rows(const struct xd_directory *d,
                                                 const char *name,
                                                 enum xd_directory_kind kind)
{
    return xd_map_get(kind == XD_DIRECTORY_FQDN ? d->by_name : d->by_san,
                      name_key(d, name));
}

const struct xd_directory_row *xd_directory_owners(const struct xd_directory *d,
                                                   const struct xd_addr *addr)
{
    return addr->family != XD_ADDR_NONE ? xd_map_get(d->by_addr, addr_key(addr)) : NULL;
}

const struct xd_directory_row *xd_directory_holders(const struct xd_directory *d,
                                                    const struct xd_cert *leaf)
{
    return xd_map_get(d->by_leaf, leaf_key(&leaf));
}

struct xd_node *xd_directory_observer(const struct xd_directory *d,
                                      const struct xd_entry *entry)
{
    return entry != NULL && entry->id < d->cs->n_entries ? d->observers[entry->id] : NULL;
}

/* Of those that the asker can mean; NULL where that may be either of two nodes. */
static struct xd_node *pick_nearest(const struct xd_directory_row *row,
                                    const struct xd_node *asker, xd_time at)
{
    struct xd_node *best = NULL;

    for (; row != NULL; row = row->next) {
        if (!xd_nodes_may_meet(asker, row->node)) {
            continue;
        }
        if (best != NULL &&
            (!xd_nodes_may_meet(best, row->node) || xd_nodes_collide(best, row->node))) {
            return NULL;
        }
        if (best == NULL || xd_node_nearer(row->node, best, at)) {
            best = row->node;
        }
    }
    return best;
}

/*
 * A cluster's name stands in the certificates of all its peers, and one NAT may
 * stand before several nodes: then it names none of them.
 */
static bool is_one_host(const struct xd_directory_row *row, const struct xd_node *asker)
{
    const struct xd_node *first = NULL;

    for (; row != NULL; row = row->next) {
        if (!xd_nodes_may_meet(asker, row->node)) {
            continue;
        }
        first = first != NULL ? first : row->node;
        if (!xd_node_same_host(row->node, first)) {
            return false;
        }
    }
    return true;
}

struct xd_node *xd_directory_holder(const struct xd_directory *d,
                                    const struct xd_cert *leaf, const struct xd_node *asker,
                                    xd_time at)
{
    const struct xd_directory_row *rows = xd_directory_holders(d, leaf);

    return is_one_host(rows, asker) ? pick_nearest(rows, asker, at) : NULL;
}

struct xd_node *xd_directory_address(const struct xd_directory *d,
                                     const struct xd_addr *addr,
                                     const struct xd_node *asker, xd_time at)
{
    const struct xd_directory_row *rows = xd_directory_owners(d, addr);

    for (const struct xd_directory_row *row = rows; row != NULL; row = row->next) {
        if (row->node == asker) {
            return row->node;
        }
    }
    if (rows == NULL && addr->family != XD_ADDR_NONE) {
        rows = xd_map_get(d->by_alias, addr_key(addr));
        rows = is_one_host(rows, asker) ? rows : NULL;
    }
    return pick_nearest(rows, asker, at);
}

static void add_alias(struct xd_directory *d, const struct xd_addr *addr,
                      struct xd_node *node)
{
    add_row(d, d->by_alias, addr_key(addr), node);
    if (!xd_node_is_known_at(node, addr)) {
        *XD_PUSH(d->cs->arena, node, seen_as) = *addr;
    }
}

void xd_directory_alias(struct xd_directory *d, const struct xd_addr *addr,
                        const struct xd_node *node)
{
    for (size_t i = 0; addr->family != XD_ADDR_NONE && i < d->cs->n_nodes; i++) {
        if (xd_node_same_host(d->cs->nodes[i], node)) {
            add_alias(d, addr, d->cs->nodes[i]);
        }
    }
}

struct xd_node *xd_directory_name(const struct xd_directory *d, const char *name,
                                  const struct xd_node *asker, xd_time at)
{
    struct xd_slice key = name_key(d, name);
    const struct xd_directory_row *row = xd_map_get(d->by_name, key);

    if (row == NULL) {
        row = xd_map_get(d->by_san, key);
        if (!is_one_host(row, asker)) {
            return NULL;
        }
    }
    return pick_nearest(row, asker, at);
}

bool xd_directory_resolve(const struct xd_directory *d, const char *name,
                          struct xd_addr *out)
{
    const struct resolved_name *row = xd_map_get(d->addr_of, name_key(d, name));

    if (row == NULL) {
        return false;
    }
    *out = row->addr;
    return true;
}

static void resolve_peer(struct xd_directory *d, const struct xd_node *owner,
                         struct xd_zone_peer *peer)
{
    struct xd_node *node = NULL;
    bool behind_nat = false;

    node = xd_directory_address(d, &peer->addr, owner, xd_node_moment(owner));
    if (node == NULL && peer->address != NULL) {
        node = xd_directory_name(d, peer->address, owner, xd_node_moment(owner));
        behind_nat = node != NULL;
    }
    if (node == NULL || xd_node_same_host(node, owner)) {
        return;
    }
    peer->node = node;
    if (behind_nat) { /* or its own dumps, which would tell, are not in the evidence */
        xd_directory_alias(d, &peer->addr, node);
    }
}

static bool leads_to(const struct xd_node *c, const struct xd_node *e)
{
    for (size_t i = 0; i < c->n_zones; i++) {
        const struct xd_zone *z = &c->zones[i];

        for (size_t k = 0; z->uc != XD_TRI_OFF && k < z->n_peers; k++) {
            if (z->peers[k].node != NULL && xd_node_same_host(z->peers[k].node, e)) {
                return true;
            }
        }
    }
    return false;
}

/* Does C connect to that port of E, by its own zones? */
static bool calls_port(const struct xd_node *c, const struct xd_node *e, uint16_t port)
{
    for (size_t i = 0; i < c->n_zones; i++) {
        const struct xd_zone *z = &c->zones[i];

        for (size_t k = 0; z->uc != XD_TRI_OFF && k < z->n_peers; k++) {
            if (z->port == port && z->peers[k].node != NULL &&
                xd_node_same_host(z->peers[k].node, e)) {
                return true;
            }
        }
    }
    return false;
}

/* Does the verify name of the zone name C, or what one of its certificates has? */
static bool asks_for(const struct xd_zone *z, const struct xd_node *c)
{
    const struct xd_store *stores[] = {&c->server, &c->client};

    for (size_t i = 0; i < 2 && z->subject_name != NULL; i++) {
        const struct xd_cert *leaf = stores[i]->n_certs > 0 ? stores[i]->certs[0] : NULL;

        if (leaf != NULL && (xd_x509_san_matches(leaf, z->subject_name) ||
                             xd_x509_cn_matches(leaf, z->subject_name))) {
            return true;
        }
    }
    return xd_text_same_nocase(z->subject_name, c->fqdn) ||
           xd_text_same_nocase(z->subject_name, c->host);
}

/* Does E's status list C in the zone, by an address of C itself? */
static bool lists_itself(const struct xd_zone *z, const struct xd_node *c)
{
    for (size_t k = 0; k < z->n_peers; k++) {
        if (z->peers[k].addr.family != XD_ADDR_NONE &&
            xd_node_has_address(c, &z->peers[k].addr)) {
            return true;
        }
    }
    return false;
}

/* E may serve other C as well: does C fit another of its zones, and not this one? */
static bool fits_another(const struct xd_node *e, const struct xd_zone *z,
                         const struct xd_node *c)
{
    bool asked = z->subject_name == NULL || *z->subject_name == '\0' || asks_for(z, c);
    bool called = z->port == 0 || calls_port(c, e, z->port);

    for (size_t i = 0; i < e->n_zones; i++) {
        const struct xd_zone *o = &e->zones[i];

        if (o == z || !xd_zone_is_server(o)) {
            continue;
        }
        if ((!asked && asks_for(o, c)) || (!called && calls_port(c, e, o->port)) ||
            (!(asked && called) && lists_itself(o, c))) {
            return true;
        }
    }
    return false;
}

/* The only C of the case that leads to E; of those that the zone's verify name names. */
static struct xd_node *find_only_caller(const struct xd_directory *d,
                                        const struct xd_node *e, const struct xd_zone *z,
                                        bool by_name)
{
    struct xd_node *found = NULL;

    for (size_t i = 0; i < d->cs->n_nodes; i++) {
        struct xd_node *c = d->cs->nodes[i];
        bool named = xd_text_same_nocase(z->subject_name, c->fqdn) ||
                     xd_text_same_nocase(z->subject_name, c->host);

        if (!xd_nodes_may_meet(c, e) || !leads_to(c, e) || fits_another(e, z, c) ||
            (by_name && !named)) {
            continue;
        }
        if (found != NULL && !xd_node_same_host(found, c)) {
            return NULL;
        }
        found = found == NULL || xd_node_nearer(c, found, xd_node_moment(e)) ? c : found;
    }
    return found;
}

/*
 * The C that a server zone of E means: the one that its verify name names; else the
 * only one of the case that leads to E, where the zone has but one peer.
 */
static struct xd_node *find_caller(const struct xd_directory *d, const struct xd_node *e,
                                   const struct xd_zone *z)
{
    struct xd_node *found = find_only_caller(d, e, z, true);

    return found != NULL || z->n_peers > 1 ? found : find_only_caller(d, e, z, false);
}

/* C behind a source NAT: E's status lists it by the address that the NAT gives it. */
static void resolve_callers(struct xd_directory *d, struct xd_node *e)
{
    for (size_t i = 0; i < e->n_zones; i++) {
        struct xd_zone *z = &e->zones[i];
        bool ends = z->uc != XD_TRI_OFF && xd_zone_is_server(z);

        for (size_t k = 0; ends && k < z->n_peers; k++) {
            struct xd_zone_peer *peer = &z->peers[k];
            struct xd_node *c = peer->node == NULL && peer->addr.family != XD_ADDR_NONE
                                    ? find_caller(d, e, z)
                                    : NULL;

            if (c != NULL) {
                peer->node = c;
                xd_directory_alias(d, &peer->addr, c);
            }
        }
    }
}

/* The far end's FQDN on C; on E the host name of the C that opened it. */
static void resolve_tunnel(struct xd_directory *d, const struct xd_node *owner,
                           struct xd_tunnel *tunnel)
{
    struct xd_endpoint end = {0};
    struct xd_node *node = NULL;

    if (tunnel->target == NULL) {
        return;
    }
    if (xd_address_of(tunnel->target, &end) ||
        xd_directory_resolve(d, tunnel->target, &end.addr)) {
        node = xd_directory_address(d, &end.addr, owner, xd_node_moment(owner));
    }
    if (node == NULL) {
        node = xd_directory_name(d, tunnel->target, owner, xd_node_moment(owner));
    }
    if (node != NULL && !xd_node_same_host(node, owner)) {
        tunnel->node = node;
    }
}

static void find_addresses(struct xd_directory *d, struct xd_zone *zone)
{
    for (size_t p = 0; p < zone->n_peers; p++) {
        struct xd_zone_peer *peer = &zone->peers[p];

        if (peer->addr.family == XD_ADDR_NONE && peer->address != NULL) {
            (void)xd_directory_resolve(d, peer->address, &peer->addr);
        }
    }
}

void xd_peers_find_addresses(struct xd_directory *d)
{
    for (size_t i = 0; i < d->cs->n_nodes; i++) {
        for (size_t k = 0; k < d->cs->nodes[i]->n_zones; k++) {
            find_addresses(d, &d->cs->nodes[i]->zones[k]);
        }
    }
}

void xd_peers_resolve(struct xd_directory *d)
{
    for (size_t i = 0; i < d->cs->n_nodes; i++) {
        struct xd_node *n = d->cs->nodes[i];

        for (size_t k = 0; k < n->n_zones; k++) {
            for (size_t p = 0; p < n->zones[k].n_peers; p++) {
                resolve_peer(d, n, &n->zones[k].peers[p]);
            }
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            resolve_tunnel(d, n, &n->tunnels[k]);
        }
    }
    for (size_t i = 0; i < d->cs->n_nodes; i++) {
        resolve_callers(d, d->cs->nodes[i]);
    }
    xd_attribute_nodes(d);
}
