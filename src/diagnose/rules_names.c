/*
 * rules_names.c - names: resolution, names that stand only in the CN, and refused
 * traversal credentials (which are a name and a password).
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum { FACTS_TOLD = 4 };

/* What each line or alarm says is told once, the first few. */
static void tell_resolution(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                            const char *fact)
{
    if (fact && d->facts && strstr(d->facts, fact)) {
        return;
    }
    if (fact && d->n_facts < FACTS_TOLD) {
        d->n_facts++;
        d->facts = d->facts ? xd_arena_printf(j->cs->arena, "%s; %s", d->facts, fact)
                            : xd_arena_strdup(j->cs->arena, fact);
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "Name resolution fails on %s", xd_words_node(j, n)),
        xd_arena_printf(j->cs->arena,
                        "%s reports: %s. The Expressways need forward and reverse DNS of "
                        "each other, and the name that DNS gives for an Expressway-E must "
                        "be in its server certificate. Next: correct the DNS records (A or "
                        "AAAA, and PTR) that %s asks for.",
                        xd_words_node(j, n),
                        d->facts ? d->facts : "a name or an address does not resolve",
                        xd_words_node(j, n)));
}

static struct xd_draft *resolution_of(struct xd_judge *j, struct xd_node *n,
                                      enum xd_confidence confidence, const char *fact)
{
    struct xd_draft *d = xd_draft_get(j, XD_F_NAME_RESOLUTION_FAILED, NULL, NULL, n->id);
    bool fresh = xd_draft_is_new(d);
    xd_draft_confidence(d, confidence);
    tell_resolution(j, d, n, fact);
    if (fresh) {
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            xd_arena_printf(j->cs->arena,
                            "Correct the DNS records (A or AAAA, and PTR) of what "
                            "%s cannot resolve; the name that the PTR record of an "
                            "Expressway-E gives must be a subject alternative name "
                            "of its server certificate. System > DNS shows which "
                            "servers are asked.",
                            n->id),
            "Maintenance > Tools > Network utilities > DNS lookup");
    }
    return d;
}

/* What it stops is told by what is down for it; else by what needs DNS most. */
static void settle_effects(struct xd_judge *j, struct xd_draft *d)
{
    if (d->f.n_effects == 0) {
        xd_draft_effect(j, d, "MRA login and registration");
    }
}

static bool holds_text(const char *text, const char *word)
{
    return text && word && *word && xd_text_contains_nocase(xd_slice_of(text), word);
}

/* A tunnel that is down; the rows of its other end come with it. */
static void attach_tunnel(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                          struct xd_tunnel *t)
{
    xd_draft_tunnel(j, d, t);
    xd_evidence_tunnel(j, d, t);
    struct xd_node *far = t->node ? j->cs->nodes[t->node->index] : NULL;
    for (size_t i = 0; far && i < far->n_tunnels; i++) {
        struct xd_tunnel *other = &far->tunnels[i];
        if (other->node == n && xd_tunnel_is_down(other) &&
            !xd_tunnel_explained(j, other)) {
            xd_draft_tunnel(j, d, other);
            xd_evidence_tunnel(j, d, other);
        }
    }
    xd_draft_effect(j, d, "MRA login and registration");
    xd_draft_effect(j, d, "WebRTC proxy");
}

static void attach_pair_zones(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_zone *z)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (p->c_zone == z && p->e_zone && xd_zone_is_down(p->e_zone)) {
            xd_draft_zone(j, d, p->e_zone);
            xd_evidence_zone(j, d, p->e_zone);
        }
    }
}

static void stop_zone(struct xd_judge *j, struct xd_draft *d, const struct xd_zone *z)
{
    if (z->uc == XD_TRI_ON) {
        xd_draft_effect(j, d, "UC zone");
        xd_draft_effect(j, d, "MRA login and registration");
    } else {
        xd_draft_effect(j, d, "B2B and Webex calls");
    }
}

/* Zones and tunnels that lead to a name which does not resolve. */
static void attach_name(struct xd_judge *j, struct xd_draft *d, struct xd_node *n,
                        const char *name)
{
    for (size_t i = 0; name && i < n->n_tunnels; i++) {
        if (xd_tunnel_is_down(&n->tunnels[i]) && holds_text(n->tunnels[i].target, name)) {
            attach_tunnel(j, d, n, &n->tunnels[i]);
        }
    }
    for (size_t i = 0; name && i < n->n_zones; i++) {
        struct xd_zone *z = &n->zones[i];
        for (size_t k = 0; k < z->n_peers && xd_zone_is_down(z); k++) {
            if (xd_text_same_nocase(z->peers[k].address, name)) {
                xd_draft_zone(j, d, z);
                xd_evidence_zone(j, d, z);
                attach_pair_zones(j, d, z);
                stop_zone(j, d, z);
            }
        }
    }
}

/*
 * The XCP router asks reverse DNS for the name of whom it connects to, and ends what it
 * cannot verify: its failed connections to that address at that moment.
 */
static void attach_router(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                          const struct xd_log_event *e)
{
    const xd_time window = 5 * XD_SECOND;
    for (size_t i = 0; e->remote.addr.family != XD_ADDR_NONE && i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || v->service != XD_SERVICE_XMPP_ROUTER || !v->flow ||
            v->node[XD_CLIENT] != n || !xd_conv_failed(v) ||
            v->flow->failure.phase != XD_PHASE_AFTER_HANDSHAKE ||
            !xd_addr_equal(&v->end[XD_SERVER].addr, &e->remote.addr)) {
            continue;
        }
        xd_time at = xd_conv_time_at(j, v, XD_CLIENT);
        if (e->place.time - window <= at && at <= e->last + window) {
            xd_draft_flow(j, d, v);
            xd_draft_effects(j, d, v);
            xd_evidence_conv(j, d, v);
            v->cause = d;
        }
    }
}

static void add_values(struct xd_judge *j, struct xd_map *values,
                       const struct xd_dump *dump)
{
    for (size_t i = 0; dump && i < dump->n_settings; i++) {
        const char *value = dump->settings[i].value;
        if (value && strchr(value, '.')) {
            char *small = xd_arena_strdup(j->cs->arena, value);
            xd_text_lower(small);
            xd_map_put(values, xd_slice_of(small), small);
        }
    }
}

/* The values of all dumps that may be names, in small letters. */
static struct xd_map *list_values(struct xd_judge *j)
{
    struct xd_map *values = xd_map_new();
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        add_values(j, values, j->cs->nodes[i]->xconf);
        add_values(j, values, j->cs->nodes[i]->xstat);
    }
    return values;
}

/*
 * A name that is in the settings or status, or below a domain that is, is one that the
 * node needs.  Any other is one that a user called.
 */
static bool is_needed(struct xd_judge *j, const struct xd_map *values, const char *name)
{
    if (!strchr(name, '.')) {
        return true;
    }
    char *small = xd_arena_strdup(j->cs->arena, name);
    xd_text_lower(small);
    for (const char *at = small; at; at = strchr(at, '.')) {
        at += *at == '.';
        if (xd_map_get(values, xd_slice_of(at))) {
            return true;
        }
    }
    return false;
}

static bool is_address(const char *name)
{
    struct xd_addr addr;
    return xd_addr_parse(name, strlen(name), &addr);
}

static void judge_resolution_log(struct xd_judge *j)
{
    struct xd_map *values = NULL;
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        struct xd_node *n = xd_judge_node_of(j, e->place.entry);
        bool ssh = e->kind == XD_LOG_SSH && holds_text(e->detail, "could not resolve");
        if (!n || (e->kind != XD_LOG_RESOLVE_FAILED && !ssh)) {
            continue;
        }
        values = values ? values : list_values(j);
        bool tunnel = ssh || holds_text(e->detail, "ssh: ");
        const char *name = e->name && *e->name ? e->name : NULL;
        bool host = name && !is_address(name);
        if (!tunnel && n->xconf && host && !is_needed(j, values, name)) {
            continue;
        }
        const char *fact =
            name ? xd_arena_printf(j->cs->arena,
                                   host ? "\"%s\" does not resolve"
                                        : "the reverse look-up of %s finds no name (PTR)",
                                   name)
                 : NULL;
        struct xd_draft *d = resolution_of(j, n, XD_CERTAIN, fact);
        xd_evidence_event(j, d, e, true);
        attach_name(j, d, n, e->name);
        attach_router(j, d, n, e);
        settle_effects(j, d);
    }
    xd_map_free(values);
}

static bool is_reverse_alarm(const struct xd_alarm *a)
{
    return !a->lowered &&
           (xd_text_same_nocase(a->id, "25030") || xd_text_same_nocase(a->id, "25031"));
}

/* Is the alarm about this tunnel's far end?  Without an address in it: about any. */
static bool concerns(const struct xd_alarm *a, const struct xd_tunnel *t)
{
    char text[XD_ADDR_TEXT];
    bool known = false;
    for (size_t i = 0; t->node && i < t->node->n_addrs; i++) {
        known = true;
        if (holds_text(a->detail, xd_addr_format(&t->node->addrs[i], text))) {
            return true;
        }
    }
    return !known || holds_text(a->detail, t->target) || !a->detail ||
           !strpbrk(a->detail, "0123456789");
}

static void judge_reverse_alarms(struct xd_judge *j, struct xd_node *n)
{
    for (size_t i = 0; i < n->n_alarms; i++) {
        struct xd_alarm *a = &n->alarms[i];
        if (!is_reverse_alarm(a)) {
            continue;
        }
        const char *fact =
            a->detail ? xd_arena_printf(j->cs->arena, "alarm %s, \"%s\"", a->id, a->detail)
                      : NULL;
        struct xd_draft *d = resolution_of(j, n, XD_CERTAIN, fact);
        xd_draft_alarm(j, d, a);
        xd_evidence_alarm(j, d, a);
        for (size_t k = 0; k < n->n_tunnels; k++) {
            struct xd_tunnel *t = &n->tunnels[k];
            if (xd_tunnel_is_down(t) && !xd_tunnel_explained(j, t) && concerns(a, t)) {
                attach_tunnel(j, d, n, t);
            }
        }
        settle_effects(j, d);
    }
}

static void tell_underscore(struct xd_judge *j, struct xd_draft *d, struct xd_node *n,
                            const char *name, bool down)
{
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The host name of %s holds an underscore",
                        xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "The host name is \"%s\". DNS host names have no underscore (RFC 952, RFC "
            "1123), and Cisco says that SSH tunnels fail over one in the name of an "
            "Expressway-E. %s Next: give the node a host name without underscore, and "
            "change its DNS records and certificates with it.",
            name,
            down ? "Tunnels are down, and nothing else in the evidence explains it."
                 : "No tunnel is down in this evidence, so that nothing here shows it "
                   "to do harm yet."));
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  "Give the node a host name without underscore, and change with it its "
                  "DNS records, its certificates, and the peer address of the zone on the "
                  "Expressway-C.",
                  "System > DNS");
}

/* The tunnels of E, and those that lead to it, that are down and unexplained. */
static size_t attach_unexplained(struct xd_judge *j, struct xd_draft *d, struct xd_node *e)
{
    size_t n = 0;
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *at = j->cs->nodes[i];
        for (size_t k = 0; k < at->n_tunnels; k++) {
            struct xd_tunnel *t = &at->tunnels[k];
            if ((at == e || t->node == e) && xd_tunnel_is_down(t) &&
                !xd_tunnel_explained(j, t)) {
                attach_tunnel(j, d, at, t);
                n++;
            }
        }
    }
    return n;
}

/* Of the name in DNS: the system name, which file names carry, may be another. */
static void judge_underscore(struct xd_judge *j, struct xd_node *n)
{
    const char *name = n->fqdn;
    size_t host = name ? strcspn(name, ".") : 0;
    if (n->role != XD_ROLE_E || !name || !memchr(name, '_', host)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_NAME_RESOLUTION_FAILED, n, NULL, "host name");
    struct xd_place place = {.time = XD_TIME_NONE};
    place.entry = n->xconf ? n->xconf->entry : n->n_entries ? n->entries[0] : NULL;
    xd_evidence_add(j, d, place,
                    xd_arena_printf(j->cs->arena,
                                    "the host name \"%s\" of an Expressway-E holds an "
                                    "underscore",
                                    name),
                    true);
    bool down = attach_unexplained(j, d, n) > 0;
    xd_draft_confidence(d, down ? XD_PROBABLE : XD_POSSIBLE);
    tell_underscore(j, d, n, name, down);
}

void xd_rule_resolution(struct xd_judge *j)
{
    judge_resolution_log(j);
}

void xd_rule_tunnel_names(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        judge_reverse_alarms(j, j->cs->nodes[i]);
    }
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        judge_underscore(j, j->cs->nodes[i]);
    }
}

static void judge_only_cn(struct xd_judge *j, const struct xd_node *n,
                          const struct xd_store *s, struct xd_zone *z, const char *want)
{
    if (!s || !want || !*want || z->tls_verify == XD_TRI_OFF || !s->certs[0]->parsed ||
        xd_x509_san_matches(s->certs[0], want) || !xd_x509_cn_matches(s->certs[0], want)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_NAME_ONLY_IN_CN, n, s->certs[0], want);
    xd_draft_confidence(d, XD_CERTAIN);
    if (xd_draft_is_new(d)) {
        xd_draft_cert(j, d, s->certs[0]);
        xd_draft_text(j, d,
                      xd_arena_printf(j->cs->arena,
                                      "\"%s\" stands only in the common name of %s's "
                                      "certificate",
                                      want, xd_words_node(j, n)),
                      xd_arena_printf(
                          j->cs->arena,
                          "The zone expects the name \"%s\". The certificate in the %s of "
                          "%s has it as common name (CN) and not as subject alternative "
                          "name; verifiers look at the latter, and not all accept the "
                          "former. Next: have the certificate issued with the name as SAN.",
                          want, xd_words_store(n, s), xd_words_node(j, n)));
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            xd_arena_printf(j->cs->arena,
                            "At the next renewal, put \"%s\" into the subject alternative "
                            "names of the certificate.",
                            want),
            s == &n->client ? "Maintenance > Security > Client certificate"
                            : "Maintenance > Security > Server certificate");
    }
    xd_evidence_store(j, d, n, s);
    xd_evidence_add(j, d, z->config,
                    xd_arena_printf(j->cs->arena, "zone %s expects \"%s\"",
                                    z->name ? z->name : "?", want),
                    true);
}

void xd_rule_names(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (p->c_zone && p->c_peer && p->c_peer->configured) {
            judge_only_cn(j, p->e, xd_node_store_for(p->e, XD_SERVER), p->c_zone,
                          p->c_peer->address);
        }
        if (p->e_zone) {
            judge_only_cn(j, p->c, xd_node_store_for(p->c, XD_CLIENT), p->e_zone,
                          p->e_zone->subject_name);
        }
    }
}

static bool tls_came_up(const struct xd_judge *j, const struct xd_node *c,
                        const struct xd_node *e)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (v->outcome == XD_OUTCOME_ESTABLISHED && v->node[XD_CLIENT] == c &&
            v->node[XD_SERVER] == e && v->service == XD_SERVICE_TRAVERSAL) {
            return true;
        }
    }
    return false;
}

/* The traversal client that E's line speaks of: a zone's peer, or a node of the case. */
static struct xd_zone *traversal_peer(const struct xd_node *e, const struct xd_addr *addr)
{
    for (size_t i = 0; i < e->n_zones; i++) {
        struct xd_zone *z = &e->zones[i];
        for (size_t k = 0; xd_zone_is_server(z) && k < z->n_peers; k++) {
            if (xd_addr_equal(&z->peers[k].addr, addr)) {
                return z;
            }
        }
    }
    return NULL;
}

static void raise_traversal(struct xd_judge *j, struct xd_node *e, struct xd_node *c,
                            struct xd_zone *z, const struct xd_log_event *event)
{
    struct xd_draft *d =
        xd_draft_get(j, XD_F_TRAVERSAL_AUTH_FAILED, c ? c : e, NULL, e->id);
    xd_draft_confidence(d, c && tls_came_up(j, c, e) ? XD_CERTAIN : XD_PROBABLE);
    if (xd_draft_is_new(d)) {
        const char *who = c ? xd_words_node(j, c) : "the traversal client";
        d->f.presenter = (struct xd_party){c, event->remote.addr, true};
        d->f.verifier = (struct xd_party){.node = e, .set = true};
        xd_draft_text(j, d,
                      xd_arena_printf(j->cs->arena,
                                      "%s refuses the traversal credentials of %s",
                                      xd_words_node(j, e), who),
                      xd_arena_printf(
                          j->cs->arena,
                          "The log of %s says that %s sent credentials that do not match. "
                          "TLS is not the reason. Next: enter the same user name and "
                          "password in the zone on the Expressway-C and in the local "
                          "authentication database of the Expressway-E.",
                          xd_words_node(j, e), who));
        xd_draft_effect(j, d, "UC zone");
        xd_draft_effect(j, d, "MRA login and registration");
        xd_remedy_add(j, d, c, XD_ACTOR_CUSTOMER,
                      "Enter user name and password of the traversal zone again, as they "
                      "stand in the local authentication database of the Expressway-E.",
                      "Configuration > Zones > Zones");
        xd_remedy_add(j, d, e, XD_ACTOR_CUSTOMER,
                      "Look up the user name that the traversal zone asks for, and set its "
                      "password again.",
                      "Configuration > Authentication > Local database");
    }
    xd_evidence_event(j, d, event, true);
    if (z) {
        xd_draft_zone(j, d, z);
        xd_evidence_zone(j, d, z);
    }
    for (size_t i = 0; c && i < j->n_pairs; i++) {
        struct xd_zone *zones[2] = {j->pairs[i].c_zone, j->pairs[i].e_zone};
        for (int k = 0; j->pairs[i].c == c && j->pairs[i].e == e && k < 2; k++) {
            if (zones[k]) {
                xd_draft_zone(j, d, zones[k]);
                xd_evidence_zone(j, d, zones[k]);
            }
        }
    }
}

/* The zone keeps itself alive by OPTIONS; other requests come from users behind it. */
static bool is_of_user(const struct xd_log_event *e)
{
    const char *at = e->quote ? strstr(e->quote, "Method=\"") : NULL;
    at = at ? at + strlen("Method=\"") : NULL;
    at = at ? at + strspn(at, " ") : NULL;
    return at && *at != '"' && strncmp(at, "OPTIONS", strlen("OPTIONS")) != 0;
}

void xd_rule_traversal_auth(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *event = j->cs->events[i];
        struct xd_node *e = xd_judge_node_of(j, event->place.entry);
        if (event->kind != XD_LOG_AUTH_FAILED || !e || e->role != XD_ROLE_E ||
            event->remote.addr.family == XD_ADDR_NONE || is_of_user(event)) {
            continue;
        }
        struct xd_node *c = xd_judge_node_at(j, &event->remote.addr, e);
        struct xd_zone *z = traversal_peer(e, &event->remote.addr);
        if (z || (c && c->role == XD_ROLE_C)) {
            raise_traversal(j, e, c, z, event);
        }
    }
}
