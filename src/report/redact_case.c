/*
 * redact_case.c - every text of a case that a report may show, walked over twice: first to
 * collect what must not be shown, then to replace it.
 */
#include "redact_priv.h"

#include <string.h>

#include "expdiag/text.h"

/* ---- certificates ---- */

/* Which names stay, and which are of CAs: before any of them is looked at. */
static void note_issuers(struct xd_redaction *r, const struct xd_cert *c)
{
    bool public = c->issuer_kind == XD_ISSUER_PUBLIC;

    if (public && c->issuer != NULL) {
        xd_secret_add(r, XD_SECRET_PUBLIC, c->issuer, strlen(c->issuer));
    }
    if (public && c->issuer_cn != NULL) {
        xd_secret_add(r, XD_SECRET_PUBLIC, c->issuer_cn, strlen(c->issuer_cn));
    }
    if (public && c->is_ca && c->subject != NULL) {
        xd_secret_add(r, XD_SECRET_PUBLIC, c->subject, strlen(c->subject));
    }
    if (public && c->is_ca && c->subject_cn != NULL) {
        xd_secret_add(r, XD_SECRET_PUBLIC, c->subject_cn, strlen(c->subject_cn));
    }
}

/* A CA whose name looks like a host's is named as a host. */
static void note_ca(struct xd_redaction *r, const char *cn)
{
    if (cn != NULL && xd_secret_find(r, XD_SECRET_PUBLIC, cn, strlen(cn)) == NULL &&
        (strchr(cn, '.') == NULL || strchr(cn, ' ') != NULL)) {
        xd_secret_add(r, XD_SECRET_CA, cn, strlen(cn));
    }
}

static void redact_cert(struct xd_redaction *r, struct xd_cert *c)
{
    if (c->described && c->parsed) {
        c->subject = xd_redact_dn(r, c->subject);
        c->subject_cn = xd_redact_common_name(r, c->subject_cn);
        c->issuer = xd_redact_dn(r, c->issuer);
        c->issuer_cn = xd_redact_common_name(r, c->issuer_cn);
    }
    c->serial = xd_redact_whole(r, XD_SECRET_SERIAL, c->serial);
    c->issuer_kind_why = xd_redact_text(r, c->issuer_kind_why);
    c->parse_error = xd_redact_text(r, c->parse_error);
    for (size_t i = 0; i < c->n_san; i++) {
        bool directory = strstr(c->san[i].text, " = ") != NULL;
        c->san[i].text =
            directory ? xd_redact_dn(r, c->san[i].text) : xd_redact_name(r, c->san[i].text);
    }
    xd_redact_sum(r, c->sha256);
}

void xd_redact_certs(struct xd_redaction *r, struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_certs && r->collecting; i++) {
        note_issuers(r, cs->certs[i]);
    }
    for (size_t i = 0; i < cs->n_certs && r->collecting; i++) {
        const struct xd_cert *c = cs->certs[i];
        if (c->is_ca) {
            note_ca(r, c->subject_cn);
        }
        note_ca(r, c->self_signed ? NULL : c->issuer_cn);
    }
    for (size_t i = 0; i < cs->n_certs; i++) {
        redact_cert(r, cs->certs[i]);
    }
}

/* ---- inputs ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* The name and the name without suffix are the input's too. */
static void redact_input(struct xd_redaction *r, struct xd_input *in)
{
    if (strcmp(in->path, "-") != 0) {
        struct xd_secret *s = xd_secret_add(r, XD_SECRET_INPUT, in->path, strlen(in->path));
        const char *parts[] = {last_part(in->path), in->name};
        for (size_t i = 0; i < 2 && r->collecting; i++) {
            struct xd_secret *part =
                xd_secret_add(r, XD_SECRET_INPUT, parts[i], strlen(parts[i]));
            part->as = part == s ? NULL : s;
        }
        in->path = xd_redact_whole(r, XD_SECRET_INPUT, in->path);
        in->name = xd_redact_whole(r, XD_SECRET_INPUT, in->name);
    }
    in->problem = xd_redact_text(r, in->problem);
    in->note = xd_redact_text(r, in->note);
    if (in->has_sha256) {
        xd_redact_sum(r, in->sha256);
    }
}

/* A name of the appliance's making keeps its form; anything else says who knows what. */
static void redact_entry(struct xd_redaction *r, struct xd_entry *e, bool owned)
{
    bool known = e->said.host != NULL || owned;

    if (e->said.host != NULL) {
        e->said.host = xd_redact_host(r, e->said.host);
    }
    e->container = xd_redact_whole(r, XD_SECRET_FILE, e->container);
    e->label =
        known ? xd_redact_text(r, e->label) : xd_redact_whole(r, XD_SECRET_FILE, e->label);
    e->name = e->path = e->label;
    e->detail = xd_redact_text(r, e->detail);
}

static void redact_entries(struct xd_redaction *r, struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_entries; i++) {
        struct xd_entry *e = cs->entries[i];
        bool owned = false;
        for (size_t k = 0; k < cs->n_nodes && !owned; k++) {
            const struct xd_node *n = cs->nodes[k];
            for (size_t j = 0; n->host != NULL && j < n->n_entries && !owned; j++) {
                owned = n->entries[j] == e;
            }
        }
        redact_entry(r, e, owned && e->kind != XD_ENTRY_OTHER);
    }
}

/* ---- nodes ---- */

bool xd_redact_is_built_in(const char *name)
{
    static const char *const built_in[] = {
        "DefaultZone", "DefaultSubZone", "TraversalSubZone", "ClusterSubZone", "LocalZone"};

    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
        if (strcmp(name, built_in[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *redact_zone_name(struct xd_redaction *r, const char *name)
{
    return name != NULL && xd_redact_is_built_in(name)
               ? name
               : xd_redact_whole(r, XD_SECRET_ZONE, name);
}

/* "Failed", whatever is called so. */
static const char *redact_state(struct xd_redaction *r, const char *state)
{
    static const char *const words[] = {"Active", "Failed",   "Warning", "On",
                                        "Off",    "Checking", "Unknown"};

    for (size_t i = 0; state != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(state, words[i]) == 0) {
            return state;
        }
    }
    return xd_redact_text(r, state);
}

static void redact_zone(struct xd_redaction *r, struct xd_zone *z)
{
    z->name = redact_zone_name(r, z->name);
    z->subject_name = xd_redact_name(r, z->subject_name);
    z->status = redact_state(r, z->status);
    z->reason = xd_redact_text(r, z->reason);
    z->later = xd_redact_text(r, z->later);
    for (size_t i = 0; i < z->n_peers; i++) {
        struct xd_zone_peer *p = &z->peers[i];
        p->address = xd_redact_name(r, p->address);
        p->addr = xd_redact_addr(r, &p->addr);
        p->status = redact_state(r, p->status);
        p->reason = xd_redact_text(r, p->reason);
    }
}

static void redact_tunnel(struct xd_redaction *r, struct xd_tunnel *t)
{
    t->domain = xd_redact_whole(r, XD_SECRET_DOMAIN, t->domain);
    t->target = xd_redact_name(r, t->target);
    t->status = redact_state(r, t->status);
    t->reason = xd_redact_text(r, t->reason);
    t->later = xd_redact_text(r, t->later);
    t->peer = xd_redact_text(r, t->peer);
}

/* "vcs8c@2026-03-29T07:05:00Z": the time stays. */
static const char *redact_id(struct xd_redaction *r, const char *id)
{
    const char *at = strchr(id, '@');

    return at == NULL
               ? xd_redact_host(r, id)
               : xd_arena_printf(
                     r->arena, "%s%s",
                     xd_redact_host(r, xd_arena_text(r->arena, id, (size_t)(at - id))), at);
}

/* So that a node's name that is a word is known for one. */
static void note_node(struct xd_redaction *r, const char *id)
{
    size_t len = strcspn(id, "@.");
    struct xd_secret *s = r->collecting ? xd_secret_add(r, XD_SECRET_HOST, id, len) : NULL;

    if (s != NULL) {
        s->node = xd_arena_text(r->arena, id, len);
    }
}

static void redact_node(struct xd_redaction *r, struct xd_node *n)
{
    note_node(r, n->id);
    n->id = redact_id(r, n->id);
    n->host = n->host == NULL ? NULL : redact_id(r, n->host);
    n->container = xd_redact_whole(r, XD_SECRET_FILE, n->container);
    for (size_t i = 0; i < n->n_addrs; i++) {
        n->addrs[i] = xd_redact_addr(r, &n->addrs[i]);
    }
    for (size_t i = 0; i < n->n_changes; i++) {
        struct xd_setting_change *c = &n->changes[i];
        c->from = xd_redact_value(r, c->from);
        c->to = xd_redact_value(r, c->to);
    }
    for (size_t i = 0; i < n->n_chains; i++) {
        n->chains[i].missing = xd_redact_text(r, n->chains[i].missing);
    }
    for (size_t i = 0; i < n->n_zones; i++) {
        redact_zone(r, &n->zones[i]);
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        redact_tunnel(r, &n->tunnels[i]);
    }
    for (size_t i = 0; i < n->n_alarms; i++) {
        n->alarms[i].detail = xd_redact_text(r, n->alarms[i].detail);
    }
}

/* Names that the reports do not show, but that their texts may. */
static void note_settings(struct xd_redaction *r, const struct xd_node *n)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        (void)redact_zone_name(r, n->zones[i].name);
    }
    (void)xd_redact_name(r, n->fqdn);
    (void)xd_redact_whole(r, XD_SECRET_VALUE, n->cluster_name);
    for (size_t i = 0; i < n->n_cluster_peers; i++) {
        (void)xd_redact_name(r, n->cluster_peers[i]);
    }
    for (size_t i = 0; i < n->n_seen_as; i++) {
        (void)xd_redact_addr(r, &n->seen_as[i]);
    }
}

/* ---- lines of logs, predictions ---- */

static void redact_event(struct xd_redaction *r, struct xd_log_event *e)
{
    if (e->kind == XD_LOG_ZONE_MATCH) {
        e->name = redact_zone_name(r, e->name);
    } else if (e->kind == XD_LOG_MARKER) {
        e->name = xd_redact_whole(r, XD_SECRET_VALUE, e->name);
        e->detail = xd_redact_whole(r, XD_SECRET_VALUE, e->detail);
        e->quote = NULL;
    } else if (e->kind != XD_LOG_ALARM_RAISED && e->kind != XD_LOG_ALARM_LOWERED &&
               e->kind != XD_LOG_SETTING_CHANGED) {
        e->name = xd_redact_name(r, e->name);
    }
    e->detail = xd_redact_text(r, e->detail);
    e->quote = xd_redact_text(r, e->quote);
    e->remote.addr = xd_redact_addr(r, &e->remote.addr);
    e->local.addr = xd_redact_addr(r, &e->local.addr);
}

/* "vcs8c=new.pem": the node as a host, the rest as a file. */
static const char *redact_argument(struct xd_redaction *r, const struct xd_try *t)
{
    const char *equals = strchr(t->argument, '=');
    const char *rest = equals == NULL ? t->argument : equals + 1;
    bool file = t->kind == XD_TRY_CLIENT_CERT || t->kind == XD_TRY_SERVER_CERT ||
                t->kind == XD_TRY_CA;
    const char *shown = file ? xd_redact_whole(r, XD_SECRET_FILE, rest) : rest;

    if (equals == NULL) {
        return shown;
    }
    return xd_arena_printf(r->arena, "%s=%s",
                           xd_redact_host(r, xd_arena_text(r->arena, t->argument,
                                                           (size_t)(equals - t->argument))),
                           shown);
}

static void redact_judgement(struct xd_redaction *r, struct xd_case *cs)
{
    cs->host_near = xd_redact_text(r, cs->host_near);
    for (size_t i = 0; i < cs->n_findings; i++) {
        xd_redact_finding(r, cs->findings[i]);
    }
    for (size_t i = 0; i < cs->n_checks; i++) {
        struct xd_check *c = &cs->checks[i];
        c->why = xd_redact_text(r, c->why);
        xd_redact_list(r, c->missing, c->n_missing, xd_redact_text);
    }
    for (size_t i = 0; i < cs->n_scenarios; i++) {
        cs->scenarios[i].why = xd_redact_text(r, cs->scenarios[i].why);
    }
    for (size_t i = 0; i < cs->n_tries; i++) {
        cs->tries[i].argument = redact_argument(r, &cs->tries[i]);
    }
    for (size_t i = 0; i < cs->n_what_if; i++) {
        struct xd_what_if *w = &cs->what_if[i];
        w->change = xd_redact_text(r, w->change);
        w->reason = xd_redact_text(r, w->reason);
        w->next = xd_redact_text(r, w->next);
    }
}

static void redact_options(struct xd_redaction *r, struct xd_report_options *options)
{
    bool built_in =
        options->roots_source != NULL && strncmp(options->roots_source, "Mozilla", 7) == 0;

    if (options->roots_source != NULL && !built_in) {
        options->roots_source = xd_redact_whole(r, XD_SECRET_FILE, options->roots_source);
        xd_redact_sum(r, options->roots_sha256);
    }
    options->filters = xd_redact_text(r, options->filters);
    options->capture_filter = xd_redact_text(r, options->capture_filter);
}

/* Certificates first: how their names read is what texts say too. */
void xd_redact_walk(struct xd_redaction *r, struct xd_case *cs,
                    struct xd_report_options *options)
{
    for (size_t i = 0; i < cs->n_nodes && r->collecting; i++) {
        note_settings(r, cs->nodes[i]);
    }
    for (size_t i = 0; i < cs->n_dns && r->collecting; i++) {
        (void)xd_redact_name(r, cs->dns[i].name);
    }
    xd_redact_certs(r, cs);
    for (size_t i = 0; i < cs->n_flows; i++) {
        xd_redact_flow(r, cs->flows[i]);
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        redact_node(r, cs->nodes[i]);
    }
    for (size_t i = 0; i < cs->n_inputs; i++) {
        redact_input(r, &cs->inputs[i]);
    }
    redact_entries(r, cs);
    for (size_t i = 0; i < cs->n_events; i++) {
        redact_event(r, cs->events[i]);
    }
    redact_judgement(r, cs);
    redact_options(r, options);
}
