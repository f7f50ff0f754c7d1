/*
 * read_node.c - nodes with their stores, zones, tunnels and alarms of a JSON report.
 */
#include "read_priv.h"

#include <string.h>

#include "expdiag/limits.h"

static const char *role_word(unsigned n)
{
    return xd_node_role_name((enum xd_node_role)n);
}

static const char *eku_check_word(unsigned n)
{
    static const char *const words[] = {"", "on", "off", "not-available"};

    return words[n];
}

static const char *chain_word(unsigned n)
{
    return xd_chain_status_name((enum xd_chain_status)n);
}

static enum xd_tri take_tri(struct xd_reader *r, const json_t *o, const char *key)
{
    int v = xd_read_tri(r, o, key);

    return v < 0 ? XD_TRI_UNKNOWN : v > 0 ? XD_TRI_ON : XD_TRI_OFF;
}

static void take_addresses(struct xd_reader *r, const json_t *o, struct xd_node *n)
{
    enum { ADDRESSES = 1024 };
    struct xd_read_texts texts = xd_read_texts(r, o, "addresses", ADDRESSES);

    for (size_t i = 0; i < texts.n; i++) {
        struct xd_addr a;
        if (!xd_addr_parse(texts.texts[i], strlen(texts.texts[i]), &a)) {
            xd_read_enter(r, "addresses");
            xd_read_fail(r, "holds \"%.60s\", which is no IP address", texts.texts[i]);
            xd_read_leave(r);
            return;
        }
        *XD_PUSH(r->cs->arena, n, addrs) = a;
    }
}

static void take_change(struct xd_reader *r, const json_t *o, void *owner)
{
    struct xd_node *n = owner;
    struct xd_setting_change *c = XD_PUSH(r->cs->arena, n, changes);

    c->place = xd_read_place(r, o);
    c->time = c->place.time = xd_read_time(r, o, "time");
    c->setting = xd_read_text(r, o, "setting");
    c->from = xd_read_text(r, o, "from");
    c->to = xd_read_text(r, o, "to");
}

static void take_store(struct xd_reader *r, const json_t *stores, const char *key,
                       struct xd_store *s)
{
    const json_t *o = xd_read_object(r, stores, key);

    if (o == NULL) {
        return;
    }
    xd_read_enter(r, key);
    struct xd_read_certs certs = xd_read_certs(r, o, "certificates", XD_MAX_PEM_CERTS);
    struct xd_read_numbers lines =
        xd_read_numbers(r, o, "lines", XD_MAX_PEM_CERTS, INT64_MAX);
    s->entry = xd_read_entry(r, o, "file");
    s->certs = certs.certs;
    s->n_certs = certs.n;
    s->lines = lines.numbers;
    s->n_lines = lines.n;
    /* Reports of before had no such word; what was not whole is told by its entry. */
    s->whole = json_object_get(o, "whole") == NULL || xd_read_bool(r, o, "whole");
    if (s->entry == NULL) {
        xd_read_fail(r, "has no file");
    }
    xd_read_leave(r);
}

static void take_chain(struct xd_reader *r, const json_t *o, void *owner)
{
    struct xd_node *n = owner;
    struct xd_chain *c = XD_PUSH(r->cs->arena, n, chains);

    c->cert = xd_read_cert(r, o, "certificate");
    c->status = (enum xd_chain_status)xd_read_must(r, o, "status", chain_word,
                                                   XD_CHAIN_UNTRUSTED + 1);
    c->missing = xd_read_text(r, o, "missing");
    if (c->cert == NULL) {
        xd_read_fail(r, "has no certificate");
    }
}

static void take_peer(struct xd_reader *r, const json_t *o, void *owner)
{
    struct xd_zone *z = owner;
    struct xd_zone_peer *p = XD_PUSH(r->cs->arena, z, peers);

    p->address = xd_read_text(r, o, "address");
    p->addr = xd_read_address(r, o, "ip");
    p->port = (uint16_t)xd_read_number(r, o, "port", UINT16_MAX);
    p->status = xd_read_text(r, o, "status");
    p->reason = xd_read_text(r, o, "reason");
    p->node = xd_read_node_of(r, o, "node");
}

enum { FINDINGS_OF_ONE = 1000 };

static void take_zone(struct xd_reader *r, const json_t *o, void *owner)
{
    enum { PEERS = 64 };
    struct xd_node *n = owner;
    struct xd_zone *z = XD_PUSH(r->cs->arena, n, zones);
    struct xd_zone zone = {.index = (unsigned)n->n_zones};
    struct xd_read_ids findings = xd_read_ids(r, o, "findings", FINDINGS_OF_ONE);

    zone.name = xd_read_text(r, o, "name");
    zone.type = xd_read_text(r, o, "type");
    zone.uc = take_tri(r, o, "uc");
    zone.tls_verify = take_tri(r, o, "tls_verify");
    zone.subject_name = xd_read_text(r, o, "subject_name");
    zone.status = xd_read_text(r, o, "status");
    zone.reason = xd_read_text(r, o, "reason");
    zone.later = xd_read_text(r, o, "later");
    zone.state = xd_read_place(r, o);
    zone.findings = findings.ids;
    zone.n_findings = findings.n;
    xd_read_rows(r, o, "peers", PEERS, take_peer, &zone);
    *z = zone;
}

static void take_tunnel(struct xd_reader *r, const json_t *o, void *owner)
{
    struct xd_node *n = owner;
    struct xd_tunnel *t = XD_PUSH(r->cs->arena, n, tunnels);
    struct xd_read_ids findings = xd_read_ids(r, o, "findings", FINDINGS_OF_ONE);

    t->target = xd_read_text(r, o, "target");
    t->domain = xd_read_text(r, o, "domain");
    t->status = xd_read_text(r, o, "status");
    t->reason = xd_read_text(r, o, "reason");
    t->later = xd_read_text(r, o, "later");
    t->peer = xd_read_text(r, o, "peer");
    t->node = xd_read_node_of(r, o, "node");
    t->state = xd_read_place(r, o);
    t->findings = findings.ids;
    t->n_findings = findings.n;
}

static void take_alarm(struct xd_reader *r, const json_t *o, void *owner)
{
    struct xd_node *n = owner;
    struct xd_alarm *a = XD_PUSH(r->cs->arena, n, alarms);
    struct xd_read_ids findings = xd_read_ids(r, o, "findings", FINDINGS_OF_ONE);

    a->id = xd_read_text(r, o, "id");
    a->place = xd_read_place(r, o);
    a->time = a->place.time = xd_read_time(r, o, "time");
    a->detail = xd_read_text(r, o, "detail");
    a->lowered = xd_read_bool(r, o, "lowered");
    a->findings = findings.ids;
    a->n_findings = findings.n;
}

static void take_version(struct xd_reader *r, const json_t *o, struct xd_node *n)
{
    const char *version = xd_read_text(r, o, "version");

    if (version != NULL) {
        xd_version_parse(version, &n->version);
        n->version.text = version;
    }
}

static struct xd_node *begin_node(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;
    const char *id = xd_read_text(r, o, "id");

    if (id == NULL || cs->n_nodes == XD_MAX_NODES) {
        xd_read_fail(r, id == NULL ? "has no id" : "is one node more than any report has");
        return NULL;
    }
    struct xd_node_ref *ref = xd_read_node_named(r, id);
    if (ref->defined) {
        xd_read_fail(r, "has the id \"%.60s\" of another node", id);
        return NULL;
    }
    ref->defined = true;
    ref->node->index = (unsigned)cs->n_nodes;
    *XD_PUSH(cs->arena, cs, nodes) = ref->node;
    return ref->node;
}

static void take_parts(struct xd_reader *r, const json_t *o, struct xd_node *n)
{
    const json_t *stores = xd_read_object(r, o, "stores");

    take_addresses(r, o, n);
    xd_read_enter(r, "stores");
    take_store(r, stores, "server", &n->server);
    take_store(r, stores, "client", &n->client);
    take_store(r, stores, "ca", &n->ca);
    xd_read_leave(r);
    xd_read_rows(r, o, "settings_changed", XD_MAX_SETTING_CHANGES, take_change, n);
    xd_read_rows(r, o, "chains", XD_MAX_CHAIN, take_chain, n);
    xd_read_rows(r, o, "zones", XD_MAX_ZONES, take_zone, n);
    xd_read_rows(r, o, "ssh_tunnels", XD_MAX_TUNNELS, take_tunnel, n);
    xd_read_rows(r, o, "alarms", XD_MAX_ALARMS, take_alarm, n);
}

void xd_read_node(struct xd_reader *r, const json_t *o)
{
    struct xd_node *n = begin_node(r, o);

    if (n == NULL) {
        return;
    }
    n->host = xd_read_text(r, o, "host");
    n->role = (enum xd_node_role)xd_read_word(r, o, "role", role_word, XD_ROLE_E + 1,
                                              XD_ROLE_UNKNOWN);
    n->input = (unsigned)xd_read_number(r, o, "input", UINT32_MAX);
    n->container = xd_read_text_or(r, o, "folder", "");
    n->as_of = xd_read_time(r, o, "as_of");
    n->stamp = XD_TIME_NONE;
    n->eku_check = (enum xd_eku_check)xd_read_word(r, o, "eku_check", eku_check_word,
                                                   XD_EKU_CHECK_NOT_AVAILABLE + 1,
                                                   XD_EKU_CHECK_UNKNOWN);
    n->stores_identical = take_tri(r, o, "stores_identical");
    n->log = xd_read_entry(r, o, "log");
    take_version(r, o, n);
    take_parts(r, o, n);
}
