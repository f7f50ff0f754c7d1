/*
 * callers_book.c - every address that calls an Expressway-E's traversal or tunnel port, in
 * captures and logs, and what tells an Expressway from a scanner.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include "callers_priv.h"
#include "judge_priv.h"

enum {
    /* Source ports of an Expressway's zones and tunnels (IP Port Usage guide). */
    ZONE_FIRST = 25000,
    ZONE_LAST = 29999,
    TUNNEL_FIRST = 30000,
    TUNNEL_LAST = 35999,
    CALLER_KEY = 4 + sizeof(struct xd_addr),
};

bool xd_call_kind_of(enum xd_service service, enum xd_call_kind *out)
{
    *out = service == XD_SERVICE_SSH_TUNNEL ? XD_CALL_TUNNEL : XD_CALL_ZONE;
    return service == XD_SERVICE_SSH_TUNNEL || service == XD_SERVICE_TRAVERSAL ||
           service == XD_SERVICE_TRAVERSAL_TEST;
}

bool xd_caller_is_own(const struct xd_caller_row *row)
{
    return row != NULL && (row->node != NULL || row->listed || row->named || row->accepted);
}

static struct xd_slice key_of(const struct xd_node *server, const struct xd_addr *addr,
                              uint8_t key[CALLER_KEY])
{
    uint32_t index = server->index;
    size_t used = addr->family == XD_ADDR_V4 ? 5 : sizeof(*addr);

    memcpy(key, &index, 4);
    memcpy(key + 4, addr, used);
    return (struct xd_slice){.p = key, .len = 4 + used};
}

const struct xd_caller_row *xd_callers_row(const struct xd_callers *c,
                                           const struct xd_node *server,
                                           const struct xd_addr *addr)
{
    uint8_t key[CALLER_KEY];

    return xd_map_get(c->by_key, key_of(server, addr, key));
}

/* Whose address it is, the one that a NAT gives it included; NULL: nobody's. */
static const struct xd_node *owner_of(const struct xd_case *cs, const struct xd_addr *addr,
                                      const struct xd_node *server)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];

        if (xd_nodes_may_meet(n, server) && xd_node_is_known_at(n, addr)) {
            return n;
        }
    }
    return NULL;
}

static struct xd_caller_row *take_row(struct xd_callers *c, const struct xd_node *server,
                                      const struct xd_addr *addr)
{
    uint8_t key[CALLER_KEY];
    struct xd_slice bytes = key_of(server, addr, key);
    struct xd_caller_row *row = xd_map_get(c->by_key, bytes);

    if (row == NULL) {
        row = xd_arena_alloc(c->cs->arena, sizeof(*row));
        *row = (struct xd_caller_row){.server = server,
                                      .addr = *addr,
                                      .node = owner_of(c->cs, addr, server),
                                      .next = c->lists[server->index].rows};
        c->lists[server->index].rows = row;
        xd_map_put(c->by_key, bytes, row);
    }
    return row;
}

static void take_listed(struct xd_callers *c, const struct xd_node *n)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];

        for (size_t k = 0; xd_zone_is_server(z) && k < z->n_peers; k++) {
            if (z->peers[k].addr.family != XD_ADDR_NONE) {
                struct xd_caller_row *row = take_row(c, n, &z->peers[k].addr);
                row->listed = true;
                row->node = row->node != NULL ? row->node : z->peers[k].node;
            }
        }
    }
}

static bool is_expected(const struct xd_node *server, const char *name)
{
    for (size_t i = 0; i < server->n_zones; i++) {
        const char *subject = server->zones[i].subject_name;

        if (xd_zone_is_server(&server->zones[i]) && subject != NULL && name != NULL &&
            xd_text_equal_nocase(xd_slice_of(subject), xd_slice_of(name))) {
            return true;
        }
    }
    return false;
}

/* It has the name that a zone asks for, or is of a private CA that the server trusts. */
static bool is_expected_leaf(const struct xd_node *server, const struct xd_cert *leaf)
{
    for (size_t i = 0; i < server->n_zones; i++) {
        const char *subject = server->zones[i].subject_name;

        if (xd_zone_is_server(&server->zones[i]) && subject != NULL &&
            (xd_x509_san_matches(leaf, subject) || xd_x509_cn_matches(leaf, subject))) {
            return true;
        }
    }
    for (size_t i = 0; leaf->issuer_kind == XD_ISSUER_PRIVATE && i < server->ca.n_certs;
         i++) {
        if (xd_slice_equal(server->ca.certs[i]->subject_der, leaf->issuer_der)) {
            return true;
        }
    }
    return false;
}

/* Whoever has it in a store: the caller, behind whatever address. */
static const struct xd_node *holder_of(const struct xd_case *cs, const struct xd_cert *leaf)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];

        if ((n->server.n_certs > 0 && n->server.certs[0] == leaf) ||
            (n->client.n_certs > 0 && n->client.certs[0] == leaf)) {
            return n;
        }
    }
    return NULL;
}

static void note_leaf(const struct xd_callers *c, struct xd_caller_row *row,
                      const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];

        if (p->by == XD_CLIENT && p->n_certs > 0) {
            const struct xd_node *holder = holder_of(c->cs, p->certs[0]);

            row->showed = true;
            row->node = row->node != NULL ? row->node : holder;
            row->named =
                row->named || holder != NULL || is_expected_leaf(row->server, p->certs[0]);
        }
    }
}

/* Its handshake came up although the server asks for a certificate, or its login did. */
static bool was_let_in(const struct xd_flow *f)
{
    return f->outcome == XD_OUTCOME_ESTABLISHED &&
           (f->protocol == XD_PROTOCOL_SSH ||
            (f->tls != NULL && f->tls->client_auth_requested != 0));
}

bool xd_call_shows_own(const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];

        if (p->by == XD_CLIENT && p->n_certs > 0 &&
            is_expected_leaf(f->node[XD_SERVER], p->certs[0])) {
            return true;
        }
    }
    return was_let_in(f);
}

static bool is_own_port(enum xd_call_kind kind, uint16_t port)
{
    return kind == XD_CALL_ZONE ? port >= ZONE_FIRST && port <= ZONE_LAST
                                : port >= TUNNEL_FIRST && port <= TUNNEL_LAST;
}

/* One such port may be chance (one in thirteen is); another as well is none. */
static void note_port(struct xd_caller_row *row, enum xd_call_kind kind, uint16_t port)
{
    if (!is_own_port(kind, port) || port == row->own_port) {
        return;
    }
    row->fits = row->fits || row->own_port != 0;
    row->own_port = port;
}

static void note_flow(struct xd_callers *c, const struct xd_flow *f)
{
    const struct xd_node *server = f->node[XD_SERVER];
    const struct xd_node *client = f->node[XD_CLIENT];
    enum xd_call_kind kind;

    if (!xd_call_kind_of(f->service, &kind)) {
        return;
    }
    if (client != NULL && f->n_same_as == 0 && f->outcome == XD_OUTCOME_FAILED) {
        *XD_PUSH(c->cs->arena, &c->tried[client->index][kind], at) = f->first.time;
    }
    if (server == NULL) {
        return;
    }
    struct xd_caller_row *row = take_row(c, server, &f->end[XD_CLIENT].addr);
    row->node = row->node != NULL ? row->node : f->node[XD_CLIENT];
    row->calls[kind]++;
    row->accepted = row->accepted || was_let_in(f);
    note_port(row, kind, f->end[XD_CLIENT].port);
    row->showed = row->showed || (f->ssh != NULL && f->ssh->host_key_offered[0] != NULL &&
                                  strstr(f->ssh->host_key_offered[0], "x509v3-") != NULL);
    note_leaf(c, row, f);
}

/* The port of a server zone, or what such a port is by itself. */
static bool is_called_port(const struct xd_node *server, uint16_t port,
                           enum xd_call_kind *kind)
{
    struct xd_endpoint end[2] = {{.addr = {0}}, {.port = port}};
    const struct xd_node *node[2] = {NULL, server};

    return xd_call_kind_of(xd_conv_service(node, end), kind);
}

static void note_event(struct xd_callers *c, const struct xd_log_event *e)
{
    enum {
        ABOUT_ITS_CERTIFICATE = XD_SAYS_TRUST | XD_SAYS_PURPOSE | XD_SAYS_EXPIRED |
                                XD_SAYS_NOT_YET | XD_SAYS_REVOKED | XD_SAYS_CRL |
                                XD_SAYS_NAME
    };
    bool tls = e->kind == XD_LOG_TLS_ERROR || e->kind == XD_LOG_TLS_FAILED ||
               e->kind == XD_LOG_TLS_SUCCEEDED || e->kind == XD_LOG_TLS_COMMON_NAME ||
               e->kind == XD_LOG_TLS_ALT_NAME;
    const struct xd_entry *from = e->place.entry;
    const struct xd_node *server =
        from != NULL && from->id < c->cs->n_entries ? c->writer[from->id] : NULL;
    enum xd_call_kind kind;

    if (!tls || server == NULL || e->role != XD_LOG_ROLE_SERVER ||
        e->remote.addr.family == XD_ADDR_NONE ||
        !is_called_port(server, e->local.port, &kind)) {
        return;
    }
    struct xd_caller_row *row = take_row(c, server, &e->remote.addr);
    row->calls[kind]++;
    row->accepted = row->accepted || e->kind == XD_LOG_TLS_SUCCEEDED;
    row->named = row->named ||
                 ((e->kind == XD_LOG_TLS_COMMON_NAME || e->kind == XD_LOG_TLS_ALT_NAME) &&
                  is_expected(server, e->name));
    note_port(row, kind, e->remote.port);
    row->fits = row->fits || (e->alert < 0 && e->detail != NULL &&
                              (xd_says_of_text(e->detail) & ABOUT_ITS_CERTIFICATE) != 0);
}

static void map_writers(struct xd_callers *c)
{
    struct xd_case *cs = c->cs;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];

        for (size_t k = 0; k < n->n_entries; k++) {
            if (n->entries[k]->id < cs->n_entries) {
                c->writer[n->entries[k]->id] = n;
            }
        }
        if (n->log != NULL && n->log->id < cs->n_entries) {
            c->writer[n->log->id] = n;
        }
    }
}

static void measure_captures(struct xd_callers *c)
{
    for (size_t i = 0; i < c->cs->n_nodes; i++) {
        c->captured[i][0] = c->captured[i][1] = XD_TIME_NONE;
    }
    for (size_t i = 0; i < c->cs->n_flows; i++) {
        const struct xd_flow *f = c->cs->flows[i];
        const struct xd_entry *e = f->first.entry;
        const struct xd_node *n =
            e != NULL && e->id < c->cs->n_entries ? c->writer[e->id] : NULL;
        xd_time *span = n != NULL ? c->captured[n->index] : NULL;
        xd_time end =
            f->tcp.end_of_capture != NULL ? f->tcp.end_of_capture->time : f->last.time;

        if (span == NULL) {
            continue;
        }
        span[0] =
            span[0] == XD_TIME_NONE || f->first.time < span[0] ? f->first.time : span[0];
        span[1] = span[1] == XD_TIME_NONE || end > span[1] ? end : span[1];
    }
}

static void sum_up(struct xd_callers *c, struct xd_caller_list *list)
{
    for (const struct xd_caller_row *r = list->rows; r != NULL; r = r->next) {
        bool own = xd_caller_is_own(r);

        if (r->node != NULL) {
            *XD_PUSH(c->cs->arena, list, nodes) = r;
        }
        list->own += own && !r->listed;
        for (int k = 0; k < XD_CALL_KINDS; k++) {
            list->unknown[k] += !own && r->calls[k] > 0;
            list->likely[k] += !own && r->calls[k] > 0 && (r->showed || r->fits);
        }
    }
}

struct xd_callers *xd_callers_new(struct xd_case *cs)
{
    struct xd_callers *c = xd_alloc(sizeof(*c));

    *c = (struct xd_callers){.cs = cs, .by_key = xd_map_new()};
    c->lists = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof(*c->lists));
    c->tried = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof(*c->tried));
    c->writer = xd_arena_alloc(cs->arena, (cs->n_entries + 1) * sizeof(*c->writer));
    c->captured = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof(*c->captured));
    map_writers(c);
    measure_captures(c);
    for (size_t i = 0; i < cs->n_nodes; i++) {
        take_listed(c, cs->nodes[i]);
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        note_flow(c, cs->flows[i]);
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        note_event(c, cs->events[i]);
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        sum_up(c, &c->lists[i]);
    }
    return c;
}

void xd_callers_free(struct xd_callers *c)
{
    if (c != NULL) {
        xd_map_free(c->by_key);
        xd_free(c);
    }
}
