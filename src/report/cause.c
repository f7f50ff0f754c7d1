/*
 * cause.c - the steps from the cause of a finding to what it stops.
 *
 * Where the evidence follows anyway, steps name what belongs together once and leave
 * the places to it; with --verbose each step has its own place.
 */
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "say_priv.h"

static void say_cert(struct xd_out *o, const struct xd_cert *c)
{
    xd_out_text(o, " (");
    xd_say_purposes(o, c);
    xd_out_text(o, "; ");
    xd_say_issuer(o, c);
    xd_out_text(o, "; valid ");
    xd_say_validity(o, c);
    xd_out_text(o, ")");
}

static const char *find_store(const struct xd_node *n, const struct xd_cert *c)
{
    if (n == NULL) {
        return NULL;
    }
    bool in_client = n->client.n_certs > 0 && n->client.certs[0] == c;
    bool in_server = n->server.n_certs > 0 && n->server.certs[0] == c;

    if (!xd_node_has_two_stores(n)) {
        return in_server ? "its store" : NULL;
    }
    if (in_client && in_server) {
        return "both its stores";
    }
    if (in_client) {
        return "its client store";
    }
    return in_server ? "its server store" : NULL;
}

static struct xd_out *begin_step(struct xd_steps *s, enum xd_step_kind kind)
{
    s->begin(s, kind);
    return s->o;
}

static void end_step(struct xd_steps *s)
{
    s->end(s);
    s->n++;
}

/* Does a conversation of the finding show it? */
static bool was_seen(const struct xd_case *cs, const struct xd_finding *f,
                     const struct xd_cert *c)
{
    for (size_t i = 0; i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(cs, f->flows[i]);
        for (size_t k = 0; flow != NULL && k < flow->n_presented; k++) {
            const struct xd_presented *p = &flow->presented[k];
            if (p->n_certs > 0 && p->certs[0] == c) {
                return true;
            }
        }
    }
    return false;
}

/* Something else speaks at the address of the node that should. */
static bool is_foreign(const struct xd_finding *f)
{
    return f->id == XD_F_TLS_INTERCEPTED || f->id == XD_F_SSH_HOST_KEY_UNEXPECTED;
}

/* A CA of the finding that limits what the leaf may be used for. */
static const struct xd_cert *limiting_ca(const struct xd_finding *f)
{
    bool purpose = f->id == XD_F_CLIENT_EKU_MISSING || f->id == XD_F_SERVER_EKU_MISSING ||
                   f->id == XD_F_SSH_CLIENT_EKU_MISSING;
    return purpose && f->n_certs > 1 && f->certs[1]->is_ca ? f->certs[1] : NULL;
}

/* The setting that made the verifier look: for the purpose, or for a cluster peer. */
static bool is_switch_of(const struct xd_finding *f, const struct xd_flow *flow,
                         const struct xd_setting_change *c)
{
    bool its = flow->service == XD_SERVICE_CLUSTER
                   ? c->setting != NULL && strstr(c->setting, "tls_verify") != NULL
                   : f->id == XD_F_CLIENT_EKU_MISSING && xd_change_is_of_eku_check(c);
    return its && c->time != XD_TIME_NONE && c->time <= flow->first.time;
}

/* What was switched while logging, and before the first failure: the occasion. */
static void tell_switch(struct xd_steps *s, const struct xd_finding *f)
{
    const struct xd_flow *flow = xd_first_failure(s->o->cs, f);
    const struct xd_node *n = f->verifier.node;
    const struct xd_setting_change *last = NULL;
    char time[XD_TIME_TEXT];

    for (size_t i = 0; flow != NULL && n != NULL && i < n->n_changes; i++) {
        last = is_switch_of(f, flow, &n->changes[i]) ? &n->changes[i] : last;
    }
    if (last == NULL) {
        return;
    }
    struct xd_out *o = begin_step(s, XD_STEP_SWITCH);
    xd_out_printf(o, "%s on %s is switched from \"%s\" to \"%s\" at %s", last->setting,
                  n->id, last->from != NULL ? last->from : "?",
                  last->to != NULL ? last->to : "?",
                  xd_time_format_short(last->time, time));
    end_step(s);
}

static bool has_all_stores(const struct xd_node *n)
{
    return n->server.whole && (n->client.whole || !xd_node_has_two_stores(n));
}

/* Who presents what. */
static void tell_presenter(struct xd_steps *s, const struct xd_finding *f)
{
    struct xd_out *o = s->o;

    if (!f->presenter.set || f->n_certs == 0) {
        return;
    }
    const struct xd_cert *c = f->certs[0];
    const struct xd_node *n = f->presenter.node;
    const char *store = find_store(n, c);
    bool seen = was_seen(o->cs, f, c);

    begin_step(s, XD_STEP_PRESENTED);
    if (is_foreign(f) && seen && store == NULL) {
        xd_out_text(o, "what answers as ");
    }
    xd_say_party(o, &f->presenter);
    xd_out_printf(o, " %s \"%s\"", seen ? "presents" : "uses", xd_say_cert_name(c));
    if (store != NULL) {
        xd_out_printf(o, " from %s", store);
    } else if (seen && n != NULL && has_all_stores(n)) {
        xd_out_text(o, is_foreign(f) ? ", which is in none of that node's stores"
                                     : ", which is in none of its stores");
    }
    say_cert(o, c);
    if (limiting_ca(f) != NULL) {
        xd_out_text(o, ", whose CA is limited to ");
        xd_say_purposes(o, limiting_ca(f));
    }
    /* What names a store has needs no handshake to show it. */
    bool told = seen || (f->id == XD_F_NAME_MISMATCH && f->confidence == XD_POSSIBLE);
    xd_out_text(o, told                                   ? ""
                   : f->id == XD_F_SSH_CLIENT_EKU_MISSING ? "; the SSH login encrypts it"
                                                          : ", not seen on the wire");
    end_step(s);
}

static bool has_index(const unsigned *indices, size_t n, unsigned index)
{
    for (size_t i = 0; i < n; i++) {
        if (indices[i] == index) {
            return true;
        }
    }
    return false;
}

/* What a tunnel's reason speaks of; a reason in other words may be anything. */
enum reason_kind { REASON_OTHER, REASON_NETWORK, REASON_REFUSAL };

static enum reason_kind kind_of_reason(const char *reason)
{
    static const char *const refusals[] = {"permission denied", "host key verification"};
    static const char *const silences[] = {"timed out", "connection refused",
                                           "no route to host", "unreachable"};
    struct xd_slice text = xd_slice_of(reason);

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if (xd_text_contains_nocase(text, refusals[i])) {
            return REASON_REFUSAL;
        }
    }
    for (size_t i = 0; i < sizeof silences / sizeof *silences; i++) {
        if (xd_text_contains_nocase(text, silences[i])) {
            return REASON_NETWORK;
        }
    }
    return REASON_OTHER;
}

/* The status holds the last reason alone, which may be that of another fault: silence
 * denies nobody a permission, and a refusal is no timeout. */
static bool fits_cause(const struct xd_finding *f, const char *reason)
{
    bool silent = f->id == XD_F_SSH_BLOCKED || f->id == XD_F_SSH_UNREACHABLE;
    enum reason_kind kind = kind_of_reason(reason);

    return kind == REASON_OTHER || (kind == REASON_NETWORK) == silent;
}

static void say_status(struct xd_out *o, const char *status, const char *reason)
{
    xd_out_printf(o, " %s", status != NULL ? status : "of unknown status");
    if (reason != NULL && reason[0] != '\0') {
        xd_out_printf(o, ", \"%s\"", reason);
    }
}

static void say_state_place(struct xd_out *o, const struct xd_place *state)
{
    if (state->entry != NULL) {
        xd_out_text(o, " (");
        xd_say_place(o, state);
        xd_out_text(o, ")");
    }
}

/* Zones of all nodes in one order, so that pairs of them can be compared. */
struct zone_at {
    const struct xd_node *node;
    const struct xd_zone *zone;
};

enum { ZONES_COMPARED = 64 };

/* The zones of the finding; gives how many. */
static size_t list_zones(const struct xd_case *cs, unsigned index,
                         struct zone_at zones[ZONES_COMPARED], size_t *left_out)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *node = cs->nodes[i];
        for (size_t z = 0; z < node->n_zones; z++) {
            const struct xd_zone *zone = &node->zones[z];
            if (!has_index(zone->findings, zone->n_findings, index)) {
                continue;
            }
            if (n == ZONES_COMPARED) {
                (*left_out)++;
                continue;
            }
            zones[n++] = (struct zone_at){node, zone};
        }
    }
    return n;
}

static bool same_state(const struct xd_out *o, const struct zone_at *a,
                       const struct zone_at *b)
{
    return !o->options->verbose && xd_text_same(a->zone->status, b->zone->status) &&
           xd_text_same(a->zone->reason, b->zone->reason) &&
           xd_text_same(a->zone->later, b->zone->later) && a->node->as_of == b->node->as_of;
}

/* The zones in the state of the one at `at`, named at the first of them. */
static bool say_zones(struct xd_out *o, const struct zone_at *zones, size_t n, size_t at)
{
    const struct zone_at *z = &zones[at];
    size_t alike = 0;

    for (size_t i = 0; i < n; i++) {
        alike += i == at || same_state(o, &zones[i], z) ? 1 : 0;
    }
    xd_out_text(o, alike > 1 ? "zones " : "zone ");
    for (size_t i = at, k = 0; i < n; i++) {
        if (i == at || same_state(o, &zones[i], z)) {
            const char *name = zones[i].zone->name;
            xd_out_listed(o, k++, alike, "\"");
            xd_out_printf(o, "%s\" on %s", name != NULL ? name : "?", zones[i].node->id);
        }
    }
    return alike > 1;
}

static bool is_told_before(const struct xd_out *o, const struct zone_at *zones, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (same_state(o, &zones[i], &zones[at])) {
            return true;
        }
    }
    return false;
}

/* A zone that is up is no effect: see xd_say_against. */
static void tell_zone_state(struct xd_steps *s, const struct zone_at *zones, size_t n,
                            size_t at)
{
    struct xd_out *o = s->o;
    const struct zone_at *z = &zones[at];

    if (xd_say_is_up(z->zone->status) || is_told_before(o, zones, at)) {
        return;
    }
    begin_step(s, XD_STEP_ZONE);
    xd_out_text(o, say_zones(o, zones, n, at) ? " are" : " is");
    say_status(o, z->zone->status, z->zone->reason);
    if (z->zone->later != NULL) {
        xd_out_printf(o, "; %s", z->zone->later);
    }
    if (o->options->verbose) {
        say_state_place(o, &z->zone->state);
    }
    end_step(s);
}

static void tell_zones(struct xd_steps *s, unsigned index)
{
    struct xd_out *o = s->o;
    struct zone_at zones[ZONES_COMPARED];
    size_t left_out = 0;
    size_t n = list_zones(o->cs, index, zones, &left_out);

    for (size_t i = 0; i < n; i++) {
        tell_zone_state(s, zones, n, i);
    }
    if (left_out > 0) {
        begin_step(s, XD_STEP_ZONE);
        xd_out_text(o, "and ");
        xd_say_count(o, left_out, "more zone");
        end_step(s);
    }
}

static bool same_tunnel(const struct xd_tunnel *a, const struct xd_tunnel *b,
                        unsigned index)
{
    return has_index(b->findings, b->n_findings, index) &&
           xd_text_same(a->target, b->target) && xd_text_same(a->status, b->status) &&
           xd_text_same(a->reason, b->reason);
}

/* Tunnels to one far end, one a domain, are one step. */
static void tell_tunnel(struct xd_steps *s, const struct xd_node *n, size_t at,
                        unsigned index)
{
    struct xd_out *o = s->o;
    const struct xd_tunnel *t = &n->tunnels[at];
    size_t domains = 0;

    for (size_t i = 0; i < at; i++) {
        if (same_tunnel(t, &n->tunnels[i], index)) {
            return;
        }
    }
    begin_step(s, XD_STEP_TUNNEL);
    if (n->role == XD_ROLE_E) {
        xd_out_printf(o, "SSH tunnel from %s to %s", t->target != NULL ? t->target : "?",
                      n->id); /* it is C that opens them */
    } else {
        xd_out_printf(o, "SSH tunnel from %s to %s", n->id,
                      t->target != NULL ? t->target : "?");
    }
    for (size_t i = at; o->options->verbose && i < n->n_tunnels; i++) {
        const struct xd_tunnel *other = &n->tunnels[i];
        if (other->domain != NULL && same_tunnel(t, other, index)) {
            xd_out_printf(o, "%s%s", domains++ == 0 ? " for " : ", ", other->domain);
        }
    }
    xd_out_text(o, " is");
    say_status(o, t->status,
               fits_cause(o->cs->findings[index], t->reason) ? t->reason : NULL);
    if (o->options->verbose) {
        say_state_place(o, &t->state);
    }
    end_step(s);
}

/* E shows the tunnels that C opens: they are told at C, where C is in the case. */
static bool is_told_at_far_end(const struct xd_case *cs, const struct xd_node *n,
                               unsigned index)
{
    if (n->role != XD_ROLE_E) {
        return false;
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *c = cs->nodes[i];
        for (size_t k = 0; c->role == XD_ROLE_C && k < c->n_tunnels; k++) {
            if (has_index(c->tunnels[k].findings, c->tunnels[k].n_findings, index)) {
                return true;
            }
        }
    }
    return false;
}

static void tell_tunnels(struct xd_steps *s, unsigned index)
{
    struct xd_out *o = s->o;
    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        const struct xd_node *n = o->cs->nodes[i];
        if (!o->options->verbose && is_told_at_far_end(o->cs, n, index)) {
            continue;
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            if (has_index(n->tunnels[k].findings, n->tunnels[k].n_findings, index)) {
                tell_tunnel(s, n, k, index);
            }
        }
    }
}

static void tell_alarms(struct xd_steps *s, unsigned index)
{
    struct xd_out *o = s->o;
    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        const struct xd_node *n = o->cs->nodes[i];
        for (size_t a = 0; a < n->n_alarms; a++) {
            const struct xd_alarm *alarm = &n->alarms[a];
            if (!has_index(alarm->findings, alarm->n_findings, index)) {
                continue;
            }
            begin_step(s, XD_STEP_ALARM);
            xd_out_printf(o, "alarm %s on %s", alarm->id != NULL ? alarm->id : "?", n->id);
            bool alone = o->cs->findings[index]->n_flows == 0;
            if (alarm->detail != NULL && (alone || o->options->verbose)) {
                xd_out_printf(o, ": %s", alarm->detail);
            }
            end_step(s);
        }
    }
}

void xd_say_steps(struct xd_steps *s, unsigned index)
{
    const struct xd_finding *f = s->o->cs->findings[index];

    tell_switch(s, f);
    tell_presenter(s, f);
    xd_say_refusal(s, f);
    tell_zones(s, index);
    tell_tunnels(s, index);
    tell_alarms(s, index);
}

bool xd_say_against(struct xd_out *o, unsigned index)
{
    const struct xd_finding *f = o->cs->findings[index];
    const struct xd_flow *flow = xd_first_failure(o->cs, f);
    struct zone_at zones[ZONES_COMPARED];
    size_t left_out = 0;
    size_t n = list_zones(o->cs, index, zones, &left_out);
    char time[XD_TIME_TEXT];
    size_t told = 0;

    for (size_t i = 0; i < n; i++) {
        xd_time at = zones[i].node->as_of;
        if (!xd_say_is_up(zones[i].zone->status) || is_told_before(o, zones, i)) {
            continue;
        }
        if (told++ == 0) {
            xd_out_styled(o, XD_STYLE_YELLOW, "Against it: ");
        } else {
            xd_out_text(o, "; ");
        }
        xd_out_text(o, say_zones(o, zones, n, i) ? " were" : " was");
        say_status(o, zones[i].zone->status, zones[i].zone->reason);
        xd_out_printf(o, " by the status of %s%s", xd_time_format_short(at, time),
                      flow == NULL             ? ""
                      : at <= flow->first.time ? ", taken before the refusal"
                                               : ", taken later");
    }
    xd_out_text(o, told > 0 ? "." : "");
    return told > 0;
}

/* Does a zone, tunnel or alarm of the node name the finding? */
static bool explains_part_of(const struct xd_node *n, unsigned index)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        if (has_index(n->zones[i].findings, n->zones[i].n_findings, index)) {
            return true;
        }
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        if (has_index(n->tunnels[i].findings, n->tunnels[i].n_findings, index)) {
            return true;
        }
    }
    for (size_t i = 0; i < n->n_alarms; i++) {
        if (has_index(n->alarms[i].findings, n->alarms[i].n_findings, index)) {
            return true;
        }
    }
    return false;
}

bool xd_has_steps(const struct xd_case *cs, unsigned index)
{
    const struct xd_finding *f = cs->findings[index];

    if ((f->presenter.set && f->n_certs > 0) || f->n_effects > 0 ||
        xd_first_failure(cs, f) != NULL) {
        return true;
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (explains_part_of(cs->nodes[i], index)) {
            return true;
        }
    }
    return false;
}

bool xd_steps_name_flow(const struct xd_case *cs, const struct xd_finding *f)
{
    return xd_first_failure(cs, f) != NULL;
}

void xd_say_effects(struct xd_out *o, const struct xd_finding *f)
{
    for (size_t i = 0; i < f->n_effects; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? "" : ", ", xd_effect_words(o->cs, f, i));
    }
}

/* What is presented now is not what will be presented once the finding is mended. */
static bool goes_away(const struct xd_finding *f)
{
    return is_foreign(f) || f->id == XD_F_STALE_CERTIFICATE_PRESENTED ||
           f->id == XD_F_WRONG_STORE_PRESENTED;
}

void xd_say_masked(struct xd_out *o, const struct xd_finding *f)
{
    bool gone = goes_away(f);

    xd_out_style(o, XD_STYLE_YELLOW);
    xd_out_text(o, gone ? "Beside it: " : "Behind it: ");
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_text(o, gone ? "what is presented now is refused for "
                        : "once this is mended, the same certificate will fail for ");
    for (size_t i = 0; i < f->n_masked; i++) {
        xd_out_listed(o, i, f->n_masked, xd_finding_info(f->masked[i])->name);
    }
    xd_out_text(o, gone ? "; that goes away with it." : ".");
}

const char *xd_say_actor(enum xd_actor actor)
{
    switch (actor) {
    case XD_ACTOR_CUSTOMER:
        return "customer";
    case XD_ACTOR_CA:
        return "certificate authority";
    case XD_ACTOR_FAR_END:
        return "far end";
    case XD_ACTOR_NETWORK:
        return "network";
    }
    return "";
}
