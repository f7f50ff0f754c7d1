/*
 * judge_stage.c - builds the case that tests of judging start from.
 */
#include "judge_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void set_addr(struct xd_addr *out, const char *text)
{
    assert_true(xd_addr_parse(text, strlen(text), out));
}

static struct xd_cert *keep(struct xd_jstage *s, struct xd_minted m,
                            const struct xd_minted *issuer)
{
    assert_true(s->n_made < sizeof s->made / sizeof *s->made);
    s->made[s->n_made++] = m;
    m.cert->issuer_kind = issuer == &s->public_root ? XD_ISSUER_PUBLIC : XD_ISSUER_PRIVATE;
    return m.cert;
}

struct xd_cert *xd_jstage_mint(struct xd_jstage *s, const struct xd_mint_spec *spec,
                               const struct xd_minted *issuer)
{
    return keep(s, xd_mint(s->cs, spec, issuer), issuer);
}

struct xd_cert *xd_jstage_leaf(struct xd_jstage *s, const char *cn, const char *eku,
                               const struct xd_minted *issuer)
{
    return keep(s, xd_mint_leaf(s->cs, cn, eku, issuer), issuer);
}

static struct xd_entry *add_entry(struct xd_jstage *s, struct xd_node *n,
                                  enum xd_entry_kind kind, const char *name)
{
    struct xd_entry *e = xd_case_entry(s->cs);
    e->input = n->input;
    e->name = e->label = e->path = xd_arena_printf(s->cs->arena, "%s_%s", name, n->id);
    e->container = "";
    e->kind = kind;
    *XD_PUSH(s->cs->arena, n, entries) = e;
    return e;
}

static struct xd_place place_of(const struct xd_node *n, enum xd_entry_kind kind,
                                uint64_t line)
{
    for (size_t i = 0; i < n->n_entries; i++) {
        if (n->entries[i]->kind == kind) {
            return (struct xd_place){
                .entry = n->entries[i], .line = line, .time = XD_TIME_NONE};
        }
    }
    return (struct xd_place){.time = XD_TIME_NONE};
}

void xd_jstage_store(struct xd_jstage *s, struct xd_node *n, struct xd_store *store,
                     struct xd_cert *cert)
{
    if (!store->entry && store == &n->client) {
        store->entry = add_entry(s, n, XD_ENTRY_CLIENT_PEM, "client");
    } else if (!store->entry && store == &n->server) {
        store->entry = add_entry(s, n, XD_ENTRY_SERVER_PEM, "server");
    } else if (!store->entry) {
        store->entry = add_entry(s, n, XD_ENTRY_CA_PEM, "ca");
    }
    store->whole = true;
    if (store != &n->ca) {
        store->n_certs = store->n_lines = 0;
    }
    *XD_PUSH(s->cs->arena, store, certs) = cert;
    *XD_PUSH(s->cs->arena, store, lines) = store->n_certs;
    bool same =
        n->server.n_certs && n->client.n_certs && n->server.certs[0] == n->client.certs[0];
    n->stores_identical = same ? XD_TRI_ON : XD_TRI_OFF;
}

void xd_jstage_trust(struct xd_jstage *s, struct xd_node *n, struct xd_cert *ca)
{
    xd_jstage_store(s, n, &n->ca, ca);
}

struct xd_node *xd_jstage_node(struct xd_jstage *s, const char *id, enum xd_node_role role,
                               const char *addr)
{
    struct xd_node *n = xd_arena_alloc(s->cs->arena, sizeof *n);
    n->index = (unsigned)s->cs->n_nodes;
    n->input = n->index;
    n->id = n->host = id;
    n->role = role;
    n->version = (struct xd_version){"X15.5", 15, 5};
    n->as_of = s->now;
    n->eku_check = XD_EKU_CHECK_ON;
    n->server_eku_upload = n->verify_origin = n->default_zone_mtls = XD_TRI_UNKNOWN;
    n->cluster_enforcing = XD_TRI_UNKNOWN;
    n->mra = XD_TRI_ON;
    n->sip_tls_port = 5061;
    n->sip_mtls_port = 5062;
    set_addr(XD_PUSH(s->cs->arena, n, addrs), addr);
    *XD_PUSH(s->cs->arena, s->cs, nodes) = n;
    struct xd_input *in = XD_PUSH(s->cs->arena, s->cs, inputs);
    in->path = in->name = id;
    n->log = add_entry(s, n, XD_ENTRY_LOG, "log");
    struct xd_dump *dump = xd_arena_alloc(s->cs->arena, sizeof *dump);
    dump->entry = add_entry(s, n, XD_ENTRY_XCONF_TXT, "xconf");
    add_entry(s, n, XD_ENTRY_XCONF_XML, "xconf_xml");
    add_entry(s, n, XD_ENTRY_XSTAT_TXT, "xstat");
    add_entry(s, n, XD_ENTRY_XSTAT_XML, "xstat_xml");
    add_entry(s, n, XD_ENTRY_PCAP, "eth0");
    n->xconf = n->xstat = dump;
    n->eku_check_place = place_of(n, XD_ENTRY_XCONF_TXT, 12);
    n->version_place = place_of(n, XD_ENTRY_XSTAT_TXT, 3);
    return n;
}

static struct xd_zone *add_zone(struct xd_jstage *s, struct xd_node *n, struct xd_node *far,
                                const char *type, const char *address)
{
    struct xd_zone *z = XD_PUSH(s->cs->arena, n, zones);
    z->index = 1;
    z->name = "uczone";
    z->type = type;
    z->uc = XD_TRI_ON;
    z->port = 7001;
    z->transport = "TLS";
    z->tls_verify = XD_TRI_ON;
    z->status = "Active";
    z->config = place_of(n, XD_ENTRY_XCONF_TXT, 30);
    z->state = place_of(n, XD_ENTRY_XSTAT_TXT, 40);
    struct xd_zone_peer *p = XD_PUSH(s->cs->arena, z, peers);
    p->address = address;
    p->configured = address != NULL;
    p->addr = far->addrs[0];
    p->port = strcmp(type, "TraversalServer") == 0 ? 0 : 7001;
    p->node = far;
    return z;
}

void xd_jstage_open(struct xd_jstage *s)
{
    static const char both[] = "serverAuth,clientAuth";
    struct xd_civil now = {.year = 2026, .month = 6, .day = 1};
    memset(s, 0, sizeof *s);
    assert_true(xd_time_from_civil(&now, &s->now));
    s->cs = xd_case_new();
    s->cs->last_seen = s->now;
    s->root = xd_mint_root(s->cs, "Private Root");
    s->public_root = xd_mint_root(s->cs, "Public Root");
    s->other_root = xd_mint_root(s->cs, "Other Root");
    s->c = xd_jstage_node(s, "vcsc", XD_ROLE_C, "10.0.0.1");
    s->e = xd_jstage_node(s, "vcse", XD_ROLE_E, "192.0.2.10");
    s->c_zone = add_zone(s, s->c, s->e, "TraversalClient", "e.example.com");
    s->e_zone = add_zone(s, s->e, s->c, "TraversalServer", "10.0.0.1");
    s->e_zone->subject_name = "c.example.com";
    xd_jstage_store(s, s->c, &s->c->server,
                    xd_jstage_leaf(s, "cs.example.com", both, &s->root));
    xd_jstage_store(s, s->c, &s->c->client,
                    xd_jstage_leaf(s, "c.example.com", both, &s->root));
    xd_jstage_store(s, s->e, &s->e->server,
                    xd_jstage_leaf(s, "e.example.com", both, &s->root));
    xd_jstage_store(s, s->e, &s->e->client,
                    xd_jstage_leaf(s, "ec.example.com", both, &s->root));
    xd_jstage_trust(s, s->c, s->root.cert);
    xd_jstage_trust(s, s->e, s->root.cert);
}

void xd_jstage_close(struct xd_jstage *s)
{
    for (size_t i = 0; i < s->n_made; i++) {
        xd_mint_free(&s->made[i]);
    }
    xd_mint_free(&s->root);
    xd_mint_free(&s->public_root);
    xd_mint_free(&s->other_root);
    xd_case_free(s->cs);
}

void xd_jstage_judge(struct xd_jstage *s)
{
    struct xd_diagnose_options options = {.at = XD_TIME_NONE};
    xd_diagnose_judge(s->cs, &options);
}

struct xd_place xd_jstage_frame(struct xd_jstage *s, struct xd_node *n, uint64_t frame)
{
    struct xd_place place = place_of(n, XD_ENTRY_PCAP, 0);
    place.frame = frame;
    place.time = s->now + (xd_time)frame * 1000;
    return place;
}

struct xd_flow *xd_jstage_flow(struct xd_jstage *s, struct xd_node *at,
                               struct xd_node *client, struct xd_node *server,
                               enum xd_service service, uint16_t port)
{
    struct xd_flow *f = xd_arena_alloc(s->cs->arena, sizeof *f);
    f->id = (unsigned)s->cs->n_flows + 1;
    f->first = xd_jstage_frame(s, at, (uint64_t)f->id * 100);
    f->last = xd_jstage_frame(s, at, (uint64_t)f->id * 100 + 50);
    set_addr(&f->end[XD_CLIENT].addr, "198.51.100.7");
    set_addr(&f->end[XD_SERVER].addr, "203.0.113.9");
    if (client) {
        f->end[XD_CLIENT].addr = client->addrs[0];
    }
    if (server) {
        f->end[XD_SERVER].addr = server->addrs[0];
    }
    f->end[XD_CLIENT].port = (uint16_t)(25000 + f->id);
    f->end[XD_SERVER].port = port;
    f->node[XD_CLIENT] = client;
    f->node[XD_SERVER] = server;
    f->service = service;
    f->related = client != NULL;
    f->protocol = XD_PROTOCOL_TLS;
    f->outcome = XD_OUTCOME_ESTABLISHED;
    f->failure.alert_code = -1;
    f->tls = xd_arena_alloc(s->cs->arena, sizeof *f->tls);
    f->tls->version = 0x0303;
    f->tls->client_hello = f->tls->server_hello = true;
    f->tls->certificates_visible = true;
    f->tls->client_auth_requested = 1;
    *XD_PUSH(s->cs->arena, s->cs, flows) = f;
    return f;
}

struct xd_flow *xd_jstage_zone_flow(struct xd_jstage *s, struct xd_node *at)
{
    return xd_jstage_flow(s, at, s->c, s->e, XD_SERVICE_TRAVERSAL, 7001);
}

struct xd_presented *xd_jstage_present(struct xd_jstage *s, struct xd_flow *f,
                                       enum xd_side by, struct xd_cert *leaf,
                                       struct xd_cert *above)
{
    struct xd_presented *p = XD_PUSH(s->cs->arena, f, presented);
    p->by = by;
    p->certs = xd_arena_alloc(s->cs->arena, 2 * sizeof(struct xd_cert *));
    p->certs[0] = leaf;
    p->certs[1] = above;
    p->n_certs = leaf ? (above ? 2 : 1) : 0;
    p->place = f->first;
    p->place.frame += by == XD_CLIENT ? 8 : 6;
    p->conclusion = leaf ? XD_CONCLUSION_AS_EXPECTED : XD_CONCLUSION_EMPTY;
    p->store_node = f->node[by];
    p->expected_store = by == XD_CLIENT ? XD_STORE_CLIENT : XD_STORE_SERVER;
    p->store = p->expected_store;
    return p;
}

void xd_jstage_fail(struct xd_jstage *s, struct xd_flow *f, enum xd_failure_kind kind,
                    enum xd_by by, int alert)
{
    (void)s;
    bool connect = kind == XD_FAILURE_REFUSED || kind == XD_FAILURE_UNANSWERED;
    f->outcome = XD_OUTCOME_FAILED;
    f->failure.kind = kind;
    f->failure.phase = connect ? XD_PHASE_CONNECT : XD_PHASE_HANDSHAKE;
    f->failure.by = by;
    f->failure.alert_code = alert;
    f->failure.place = f->last;
}

struct xd_tunnel *xd_jstage_tunnel(struct xd_jstage *s, struct xd_node *n,
                                   const char *status, const char *reason)
{
    struct xd_tunnel *t = XD_PUSH(s->cs->arena, n, tunnels);
    t->target = "e.example.com";
    t->domain = "example.com";
    t->status = status;
    t->reason = reason;
    t->state = place_of(n, XD_ENTRY_XSTAT_TXT, 77);
    return t;
}

struct xd_log_event *xd_jstage_event(struct xd_jstage *s, struct xd_node *n,
                                     enum xd_log_kind kind, const char *detail)
{
    struct xd_log_event *e = xd_arena_alloc(s->cs->arena, sizeof *e);
    e->kind = kind;
    e->place = (struct xd_place){
        .entry = n->log, .line = s->cs->n_events + 5, .time = s->now + XD_SECOND};
    e->last = e->place.time;
    e->count = 1;
    e->detail = e->quote = detail;
    e->alert = -1;
    *XD_PUSH(s->cs->arena, s->cs, events) = e;
    return e;
}

size_t xd_jstage_number(const struct xd_jstage *s, enum xd_finding_id id)
{
    size_t n = 0;
    for (size_t i = 0; i < s->cs->n_findings; i++) {
        n += s->cs->findings[i]->id == id;
    }
    return n;
}

const struct xd_finding *xd_jstage_finding(const struct xd_jstage *s, enum xd_finding_id id)
{
    assert_true(xd_jstage_number(s, id) <= 1);
    for (size_t i = 0; i < s->cs->n_findings; i++) {
        if (s->cs->findings[i]->id == id) {
            return s->cs->findings[i];
        }
    }
    return NULL;
}

size_t xd_jstage_count(const struct xd_jstage *s, enum xd_severity at_least)
{
    size_t n = 0;
    for (size_t i = 0; i < s->cs->n_findings; i++) {
        n += s->cs->findings[i]->severity >= at_least;
    }
    return n;
}

enum xd_check_outcome xd_jstage_check(const struct xd_jstage *s, enum xd_finding_id id)
{
    assert_int_equal(s->cs->n_checks, XD_FINDING_COUNT);
    return s->cs->checks[id].outcome;
}
