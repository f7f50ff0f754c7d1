/*
 * text_node.c - tables of nodes, their stores, zones, tunnels, alarms and changed settings.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "say_priv.h"

enum { DOMAINS_NAMED = 1 };

const char *xd_say_eku_check(enum xd_eku_check check)
{
    switch (check) {
    case XD_EKU_CHECK_UNKNOWN:
        return "not known";
    case XD_EKU_CHECK_ON:
        return "on";
    case XD_EKU_CHECK_OFF:
        return "off";
    case XD_EKU_CHECK_NOT_AVAILABLE:
        return "not available (before X15.5)";
    }
    return "";
}

void xd_say_addresses(struct xd_out *o, const struct xd_node *n)
{
    char text[XD_ADDR_TEXT];

    for (size_t i = 0; i < n->n_addrs; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? "" : ", ", xd_addr_format(&n->addrs[i], text));
    }
}

/* The column tells what the dump says; a later change stands beside it. */
static void say_switch(struct xd_out *o, const struct xd_node *n)
{
    const struct xd_setting_change *last = NULL;
    char time[XD_TIME_TEXT];

    for (size_t i = 0; i < n->n_changes; i++) {
        const struct xd_setting_change *c = &n->changes[i];
        last = xd_change_is_of_eku_check(c) && c->to != NULL ? c : last;
    }
    if (last != NULL) {
        const char *to = strcmp(last->to, "On") == 0    ? "on"
                         : strcmp(last->to, "Off") == 0 ? "off"
                                                        : last->to;
        xd_out_printf(o, "; %s since %s", to,
                      last->time == XD_TIME_NONE ? "then"
                                                 : xd_time_format_short(last->time, time));
    }
}

void xd_text_nodes(struct xd_out *o)
{
    static const char *const heads[] = {"node",      "role",  "version",
                                        "EKU check", "as of", "addresses"};
    struct xd_table t;

    if (o->cs->n_nodes == 0) {
        return;
    }
    xd_out_heading(o, "NODES");
    xd_table_begin(&t, o, 1, 6, heads);
    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        const struct xd_node *n = o->cs->nodes[i];
        char time[XD_TIME_TEXT];

        xd_out_styled(o, XD_STYLE_BOLD, n->id);
        xd_table_cell(&t);
        xd_out_text(o, xd_node_role_name(n->role));
        xd_table_cell(&t);
        xd_out_text(o, n->version.text != NULL ? n->version.text : "not known");
        xd_table_cell(&t);
        xd_out_text(o, xd_say_eku_check(n->eku_check));
        say_switch(o, n);
        xd_table_cell(&t);
        xd_out_text(o, n->as_of == XD_TIME_NONE ? "not known"
                                                : xd_time_format_short(n->as_of, time));
        xd_table_cell(&t);
        xd_say_addresses(o, n);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
}

void xd_say_chain(struct xd_out *o, const struct xd_node *n, const struct xd_store *s)
{
    for (size_t i = 0; i < n->n_chains && s->n_certs > 0; i++) {
        if (n->chains[i].cert != s->certs[0]) {
            continue;
        }
        bool complete = n->chains[i].status == XD_CHAIN_COMPLETE;
        xd_out_styled(o, complete ? XD_STYLE_PLAIN : XD_STYLE_YELLOW,
                      xd_chain_status_name(n->chains[i].status));
        if (n->chains[i].missing != NULL) {
            xd_out_printf(o, ": missing %s", n->chains[i].missing);
        }
        return;
    }
}

enum store_row { ROW_NAME, ROW_PURPOSES, ROW_ISSUER, ROW_VALID, ROW_CHAIN, STORE_ROWS };

static const char *const store_rows[STORE_ROWS] = {
    [ROW_NAME] = "name",   [ROW_PURPOSES] = "purposes", [ROW_ISSUER] = "issuer",
    [ROW_VALID] = "valid", [ROW_CHAIN] = "chain",
};

/* As xd_say_issuer, in the room of a column. */
static void say_issuer_cell(struct xd_out *o, const struct xd_cert *c)
{
    const char *name = c->issuer_cn != NULL ? c->issuer_cn : c->issuer;

    if (c->issuer_kind == XD_ISSUER_SELF_SIGNED || name == NULL) {
        xd_say_issuer(o, c);
        return;
    }
    xd_out_text(o, name);
    xd_out_printf(o, " (%s)",
                  c->issuer_kind == XD_ISSUER_UNKNOWN
                      ? "kind unknown"
                      : xd_issuer_kind_name(c->issuer_kind));
}

static void say_store_row(struct xd_out *o, const struct xd_node *n,
                          const struct xd_store *s, enum store_row row)
{
    const struct xd_cert *c = s->n_certs > 0 ? s->certs[0] : NULL;

    if (s->entry == NULL || c == NULL) {
        if (row == ROW_NAME) {
            xd_out_text(o, s->entry == NULL ? "no file in the bundle"
                                            : "no certificate in the file");
        }
        return;
    }
    switch (row) {
    case ROW_NAME:
        xd_out_text(o, xd_say_cert_name(c));
        break;
    case ROW_PURPOSES:
        xd_out_style(o, xd_cert_server_only(c) ? XD_STYLE_YELLOW : XD_STYLE_PLAIN);
        xd_say_purposes(o, c);
        xd_out_style(o, XD_STYLE_PLAIN);
        break;
    case ROW_ISSUER:
        say_issuer_cell(o, c);
        break;
    case ROW_VALID:
        xd_say_validity(o, c);
        break;
    case ROW_CHAIN:
        xd_say_chain(o, n, s);
        break;
    case STORE_ROWS:
        break;
    }
}

void xd_say_trust(struct xd_out *o, const struct xd_node *n)
{
    if (n->stores_identical == XD_TRI_ON && xd_node_has_two_stores(n)) {
        xd_out_text(o, "Both stores hold the same certificate. ");
    }
    if (n->ca.entry == NULL) {
        xd_out_text(o, "Its trusted CA file is not in the bundle.");
    } else {
        xd_out_text(o, "It trusts ");
        xd_say_count(o, n->ca.n_certs, "CA");
        xd_out_printf(o, " (%s).", xd_report_label(n->ca.entry));
    }
}

/* What is too long for a column: the serial number, to be compared; then a semicolon. */
static void say_serial(struct xd_out *o, const char *what, const struct xd_store *s)
{
    bool named = s->entry != NULL && o->options->verbose;
    if (!named && (s->n_certs == 0 || s->certs[0]->serial == NULL)) {
        return;
    }
    if (s->n_certs > 0 && s->certs[0]->serial != NULL) {
        xd_out_printf(o, "serial%s%s ", what[0] == '\0' ? "" : " ", what);
        xd_out_text(o, s->certs[0]->serial);
    }
    if (named) {
        xd_out_text(o, " in ");
        xd_out_text(o, xd_report_label(s->entry));
    }
    xd_out_text(o, "; ");
}

static void say_trusted(struct xd_out *o, const struct xd_node *n)
{
    if (n->ca.entry == NULL) {
        xd_out_text(o, "its trusted CA file is not in the bundle");
        return;
    }
    xd_out_text(o, "trusts ");
    xd_say_count(o, n->ca.n_certs, "CA");
    if (o->options->verbose) {
        xd_out_text(o, " in ");
        xd_out_text(o, xd_report_label(n->ca.entry));
    }
}

static bool is_one_column(const struct xd_node *n)
{
    return n->stores_identical == XD_TRI_ON || !xd_node_has_two_stores(n);
}

static void tell_files(struct xd_out *o, const struct xd_node *n)
{
    bool one = is_one_column(n);

    say_serial(o, one ? "" : "server", &n->server);
    if (xd_node_has_two_stores(n) && (!one || o->options->verbose)) {
        say_serial(o, "client", &n->client);
    }
    say_trusted(o, n);
    xd_out_end(o, 1, 3);
}

/* What there is to say of a store, side by side: row by row, store by store. */
static void tell_stores(struct xd_out *o, const struct xd_node *n)
{
    const char *heads[] = {n->id, "server store", "client store"};
    const struct xd_store *stores[] = {&n->server, &n->client};
    unsigned n_stores = is_one_column(n) ? 1 : 2;
    struct xd_table t;

    if (n->server.entry == NULL && n->client.entry == NULL) {
        xd_out_styled(o, XD_STYLE_CYAN, n->id);
        xd_out_text(o, ": no certificate of its own is in the bundle; ");
        say_trusted(o, n);
        xd_out_end(o, 1, 3);
        return;
    }
    if (xd_node_has_two_stores(n)) {
        heads[1] = n_stores == 1 ? "both stores: the same certificate" : heads[1];
    } else if (n->version.text != NULL) {
        heads[1] = "the one store (before X15.5)";
    }
    xd_table_begin(&t, o, 1, 1 + n_stores, heads);
    for (unsigned i = 0; i < STORE_ROWS; i++) {
        xd_out_text(o, store_rows[i]);
        xd_table_cell(&t);
        for (unsigned s = 0; s < n_stores; s++) {
            say_store_row(o, n, stores[s], (enum store_row)i);
            xd_table_cell(&t);
        }
    }
    xd_table_end(&t);
    tell_files(o, n);
}

void xd_text_stores(struct xd_out *o)
{
    if (o->cs->n_nodes == 0) {
        return;
    }
    xd_out_heading(o, "CERTIFICATE STORES");
    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        if (i > 0) {
            xd_out_blank(o);
        }
        tell_stores(o, o->cs->nodes[i]);
    }
}

void xd_say_state(struct xd_out *o, const char *status, const char *reason)
{
    if (status == NULL) {
        xd_out_text(o, "not known");
    } else {
        xd_out_styled(o, xd_say_is_down(status) ? XD_STYLE_RED : XD_STYLE_GREEN, status);
    }
    if (reason != NULL && reason[0] != '\0') {
        xd_out_printf(o, ": %s", reason);
    }
}

static void say_indices(struct xd_out *o, const unsigned *indices, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        xd_out_printf(o, "[%u]", indices[i] + 1);
    }
}

void xd_say_zone_peer(struct xd_out *o, const struct xd_zone *z, size_t at)
{
    const struct xd_zone_peer *p = &z->peers[at];
    char text[XD_ADDR_TEXT];
    const char *name = p->address != NULL ? p->address : xd_addr_format(&p->addr, text);
    bool bare = p->port != 0 && strchr(name, ':') != NULL; /* IPv6: in brackets */

    xd_out_text(o, bare ? "[" : "");
    xd_out_text(o, name);
    if (p->port != 0) {
        xd_out_printf(o, bare ? "]:%u" : ":%u", p->port);
    }
    if (p->node != NULL) {
        xd_out_printf(o, " = %s", p->node->id);
    }
    if (p->status != NULL && z->n_peers > 1) {
        xd_out_printf(o, " (%s)", p->status);
    }
}

static void say_zone_peers(struct xd_out *o, const struct xd_zone *z)
{
    for (size_t i = 0; i < z->n_peers; i++) {
        if (i > 0) {
            xd_out_break(o);
        }
        xd_say_zone_peer(o, z, i);
    }
}

void xd_say_zone(struct xd_out *o, const struct xd_zone *z)
{
    xd_out_text(o, z->name != NULL ? z->name : "?");
    xd_out_text(o, " (");
    if (z->uc == XD_TRI_ON) {
        xd_out_text(o, "UC");
        xd_out_join(o);
    }
    xd_out_printf(o, "%s)", z->type != NULL ? z->type : "?");
}

/* The findings that explain a status, and what was seen since and outranks it. */
static void say_why(struct xd_out *o, const char *later, const unsigned *findings,
                    size_t n_findings)
{
    xd_out_text(o, n_findings > 0 ? " " : "");
    say_indices(o, findings, n_findings);
    xd_out_text(o, later != NULL ? "; but " : "");
    xd_out_text(o, later != NULL ? later : "");
}

static void add_zone(struct xd_table *t, const struct xd_zone *z)
{
    struct xd_out *o = t->o;

    xd_say_zone(o, z);
    xd_table_cell(t);
    say_zone_peers(o, z);
    xd_table_cell(t);
    xd_say_state(o, z->status, z->reason);
    say_why(o, z->later, z->findings, z->n_findings);
    xd_table_cell(t);
}

static bool same_tunnel(const struct xd_tunnel *a, const struct xd_tunnel *b)
{
    return xd_text_same(a->target, b->target) && xd_text_same(a->status, b->status) &&
           xd_text_same(a->reason, b->reason) && xd_text_same(a->later, b->later) &&
           a->n_findings == b->n_findings &&
           (a->n_findings == 0 ||
            memcmp(a->findings, b->findings, a->n_findings * sizeof(*a->findings)) == 0);
}

size_t xd_say_tunnels(struct xd_out *o, const struct xd_node *n, size_t at)
{
    size_t end = at;

    while (end < n->n_tunnels && same_tunnel(&n->tunnels[at], &n->tunnels[end])) {
        end++;
    }
    if (end - at > DOMAINS_NAMED && !o->options->verbose) {
        xd_out_printf(o, "SSH tunnels for %zu domains", end - at);
        return end - at;
    }
    xd_out_text(o, "SSH tunnel");
    for (size_t i = at, k = 0; i < end; i++) {
        if (n->tunnels[i].domain != NULL) {
            xd_out_text(o, k++ == 0 ? " for " : ", ");
            xd_out_text(o, n->tunnels[i].domain);
        }
    }
    return end - at;
}

/* Tunnels to one far end, one a domain, are one row; gives how many. */
static size_t add_tunnels(struct xd_table *t, const struct xd_node *n, size_t at)
{
    struct xd_out *o = t->o;
    const struct xd_tunnel *tunnel = &n->tunnels[at];

    size_t alike = xd_say_tunnels(o, n, at);
    xd_table_cell(t);
    xd_out_text(o, tunnel->target != NULL ? tunnel->target : "?");
    xd_table_cell(t);
    xd_say_state(o, tunnel->status, tunnel->reason);
    say_why(o, tunnel->later, tunnel->findings, tunnel->n_findings);
    xd_table_cell(t);
    return alike;
}

static void tell_node_state(struct xd_out *o, const struct xd_node *n)
{
    const char *heads[] = {n->id, "far end", "status"};
    struct xd_table t;

    xd_table_begin(&t, o, 1, 3, heads);
    for (size_t z = 0; z < n->n_zones; z++) {
        add_zone(&t, &n->zones[z]);
    }
    for (size_t k = 0; k < n->n_tunnels;) {
        k += add_tunnels(&t, n, k);
    }
    xd_table_end(&t);
}

void xd_text_zones(struct xd_out *o)
{
    bool headed = false;

    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        const struct xd_node *n = o->cs->nodes[i];
        if (n->n_zones + n->n_tunnels == 0) {
            continue;
        }
        if (!headed) {
            xd_out_heading(o, "ZONES AND SSH TUNNELS (as of the start of logging)");
            headed = true;
        }
        tell_node_state(o, n);
    }
}

void xd_say_change(struct xd_out *o, const struct xd_setting_change *c)
{
    if (c->from == NULL && c->to == NULL) { /* a secret, or the line has no values */
        xd_out_printf(o, "%s changed", c->setting != NULL ? c->setting : "a setting");
        return;
    }
    xd_out_printf(o, "%s changed from \"%s\" to \"%s\"",
                  c->setting != NULL ? c->setting : "a setting",
                  c->from != NULL ? c->from : "?", c->to != NULL ? c->to : "?");
}

static void tell_changes(struct xd_out *o, const struct xd_node *n)
{
    char time[XD_TIME_TEXT];

    for (size_t i = 0; i < n->n_changes; i++) {
        const struct xd_setting_change *c = &n->changes[i];
        xd_out_printf(o, "%s %s: ", xd_time_format_short(c->time, time), n->id);
        xd_say_change(o, c);
        xd_out_text(o, " (");
        xd_say_place(o, &c->place);
        xd_out_text(o, ")");
        xd_out_end(o, 1, 3);
    }
}

/*
 * "Verbose log levels configured" is raised by diagnostic logging itself: normal, and
 * said only where a finding rests on it.
 */
bool xd_alarm_is_routine(const char *id)
{
    return id != NULL && strcmp(id, "25019") == 0;
}

bool xd_alarm_matters(const struct xd_alarm *a)
{
    return a->n_findings > 0 || !xd_alarm_is_routine(a->id);
}

void xd_say_alarm(struct xd_out *o, const struct xd_alarm *a)
{
    xd_out_printf(o, "alarm %s%s%s%s", a->id != NULL ? a->id : "?",
                  a->lowered ? " (lowered since)" : "", a->detail != NULL ? " - " : "",
                  a->detail != NULL ? a->detail : "");
}

static bool is_alarm_shown(const struct xd_out *o, const struct xd_alarm *a)
{
    return o->options->verbose || xd_alarm_matters(a);
}

static void tell_alarm_list(struct xd_out *o, const struct xd_node *n)
{
    char time[XD_TIME_TEXT];

    for (size_t i = 0; i < n->n_alarms; i++) {
        const struct xd_alarm *a = &n->alarms[i];
        if (!is_alarm_shown(o, a)) {
            continue;
        }
        xd_time_format_short(a->time, time);
        xd_out_printf(o, "%s%s%s: ", time, time[0] == '\0' ? "" : " ", n->id);
        xd_say_alarm(o, a);
        if (a->place.entry != NULL) {
            xd_out_text(o, " (");
            xd_say_place(o, &a->place);
            xd_out_text(o, ")");
        }
        xd_out_text(o, a->n_findings > 0 ? " " : "");
        say_indices(o, a->findings, a->n_findings);
        xd_out_end(o, 1, 3);
    }
}

void xd_text_events(struct xd_out *o)
{
    size_t changes = 0;
    size_t alarms = 0;

    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        changes += o->cs->nodes[i]->n_changes;
        for (size_t a = 0; a < o->cs->nodes[i]->n_alarms; a++) {
            alarms += is_alarm_shown(o, &o->cs->nodes[i]->alarms[a]) ? 1 : 0;
        }
    }
    if (changes > 0) {
        xd_out_heading(o, "SETTINGS CHANGED WHILE LOGGING");
        for (size_t i = 0; i < o->cs->n_nodes; i++) {
            tell_changes(o, o->cs->nodes[i]);
        }
    }
    if (alarms > 0) {
        xd_out_heading(o, "ALARMS");
        for (size_t i = 0; i < o->cs->n_nodes; i++) {
            tell_alarm_list(o, o->cs->nodes[i]);
        }
    }
}
