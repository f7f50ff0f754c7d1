/*
 * json_node.c - nodes with their stores, zones, tunnels and alarms in the JSON report.
 */
#include "json_priv.h"

#include "expdiag/node.h"

static const char *eku_check_name(enum xd_eku_check check)
{
    switch (check) {
    case XD_EKU_CHECK_UNKNOWN:
        return NULL;
    case XD_EKU_CHECK_ON:
        return "on";
    case XD_EKU_CHECK_OFF:
        return "off";
    case XD_EKU_CHECK_NOT_AVAILABLE:
        return "not-available";
    }
    return NULL;
}

static json_t *build_addresses(const struct xd_node *n)
{
    json_t *array = json_array();
    char text[XD_ADDR_TEXT];

    for (size_t i = 0; i < n->n_addrs; i++) {
        json_array_append_new(array, json_string(xd_addr_format(&n->addrs[i], text)));
    }
    return array;
}

static json_t *build_changes(struct xd_json *j, const struct xd_node *n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n->n_changes; i++) {
        const struct xd_setting_change *c = &n->changes[i];
        json_t *o = json_object();
        xd_json_time(o, "time", c->time);
        xd_json_text(j, o, "setting", c->setting);
        xd_json_text(j, o, "from", c->from);
        xd_json_text(j, o, "to", c->to);
        xd_json_text(j, o, "entry", xd_report_label(c->place.entry));
        xd_json_count(o, "line", c->place.line);
        json_array_append_new(array, o);
    }
    return array;
}

/* The lines of a hundred CAs are looked up by nobody. */
static json_t *build_store(struct xd_json *j, const struct xd_store *s, bool with_lines)
{
    if (s->entry == NULL) {
        return json_null();
    }
    json_t *o = json_object();
    xd_json_text(j, o, "file", xd_report_label(s->entry));
    json_object_set_new_nocheck(o, "certificates", xd_json_hashes(s->certs, s->n_certs));
    if (with_lines && s->n_lines > 0) {
        json_object_set_new_nocheck(o, "lines", xd_json_numbers(s->lines, s->n_lines));
    }
    xd_json_bool(o, "whole", s->whole);
    return o;
}

static json_t *build_stores(struct xd_json *j, const struct xd_node *n)
{
    json_t *o = json_object();

    json_object_set_new_nocheck(o, "server", build_store(j, &n->server, true));
    json_object_set_new_nocheck(o, "client", build_store(j, &n->client, true));
    json_object_set_new_nocheck(o, "ca", build_store(j, &n->ca, false));
    return o;
}

static json_t *build_chains(struct xd_json *j, const struct xd_node *n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n->n_chains; i++) {
        const struct xd_chain *c = &n->chains[i];
        json_t *o = json_object();
        xd_json_hash(o, "certificate", c->cert->sha256);
        xd_json_text(j, o, "status", xd_chain_status_name(c->status));
        xd_json_text(j, o, "missing", c->missing);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_peers(struct xd_json *j, const struct xd_zone *z)
{
    json_t *array = json_array();

    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        json_t *o = json_object();
        xd_json_text(j, o, "address", p->address);
        xd_json_count(o, "port", p->port);
        xd_json_text(j, o, "status", p->status);
        xd_json_node(j, o, "node", p->node);
        xd_json_text(j, o, "reason", p->reason);
        xd_json_address(o, "ip", &p->addr);
        json_array_append_new(array, o);
    }
    return array;
}

/* Where a status stands. */
static void set_state(struct xd_json *j, json_t *o, const struct xd_place *state)
{
    xd_json_text(j, o, "entry", xd_report_label(state->entry));
    xd_json_count(o, "line", state->line);
}

static json_t *build_zones(struct xd_json *j, const struct xd_node *n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];
        json_t *o = json_object();
        xd_json_text(j, o, "name", z->name);
        xd_json_text(j, o, "type", z->type);
        xd_json_tri(o, "uc", z->uc);
        json_object_set_new_nocheck(o, "peers", build_peers(j, z));
        xd_json_text(j, o, "status", z->status);
        xd_json_text(j, o, "reason", z->reason);
        xd_json_tri(o, "tls_verify", z->tls_verify);
        xd_json_text(j, o, "subject_name", z->subject_name);
        if (z->later != NULL) {
            xd_json_text(j, o, "later", z->later);
        }
        json_object_set_new_nocheck(o, "findings",
                                    xd_json_indices(z->findings, z->n_findings));
        set_state(j, o, &z->state);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_tunnels(struct xd_json *j, const struct xd_node *n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];
        json_t *o = json_object();
        xd_json_text(j, o, "target", t->target);
        xd_json_text(j, o, "domain", t->domain);
        xd_json_text(j, o, "status", t->status);
        xd_json_text(j, o, "reason", t->reason);
        xd_json_text(j, o, "peer", t->peer);
        if (t->later != NULL) {
            xd_json_text(j, o, "later", t->later);
        }
        json_object_set_new_nocheck(o, "findings",
                                    xd_json_indices(t->findings, t->n_findings));
        xd_json_node(j, o, "node", t->node);
        set_state(j, o, &t->state);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_alarms(struct xd_json *j, const struct xd_node *n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n->n_alarms; i++) {
        const struct xd_alarm *a = &n->alarms[i];
        json_t *o = json_object();
        xd_json_text(j, o, "id", a->id);
        xd_json_time(o, "time", a->time);
        xd_json_text(j, o, "detail", a->detail);
        xd_json_bool(o, "lowered", a->lowered);
        json_object_set_new_nocheck(o, "findings",
                                    xd_json_indices(a->findings, a->n_findings));
        set_state(j, o, &a->place);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_node(struct xd_json *j, const struct xd_node *n)
{
    json_t *o = json_object();

    xd_json_text(j, o, "id", n->id);
    xd_json_text(j, o, "host", n->host);
    xd_json_text(j, o, "role", xd_node_role_name(n->role));
    xd_json_text(j, o, "version", n->version.text);
    xd_json_time(o, "as_of", n->as_of);
    xd_json_number(o, "input", n->input);
    if (n->container != NULL && n->container[0] != '\0') {
        xd_json_text(j, o, "folder", n->container);
    }
    xd_json_text(j, o, "log", xd_report_label(n->log));
    json_object_set_new_nocheck(o, "addresses", build_addresses(n));
    xd_json_text(j, o, "eku_check", eku_check_name(n->eku_check));
    json_object_set_new_nocheck(o, "settings_changed", build_changes(j, n));
    json_object_set_new_nocheck(o, "stores", build_stores(j, n));
    xd_json_tri(o, "stores_identical", (int)n->stores_identical);
    json_object_set_new_nocheck(o, "chains", build_chains(j, n));
    json_object_set_new_nocheck(o, "zones", build_zones(j, n));
    json_object_set_new_nocheck(o, "ssh_tunnels", build_tunnels(j, n));
    json_object_set_new_nocheck(o, "alarms", build_alarms(j, n));
    return o;
}

void xd_json_nodes(struct xd_json *j)
{
    xd_json_open(j, "nodes", '[');
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        xd_json_put(j, NULL, build_node(j, j->cs->nodes[i]));
    }
    xd_json_close(j, ']');
}
