/*
 * cause.c - the steps from the cause of a finding to what it stops.
 */
#include "expdiag/node.h"

#include "say_priv.h"

enum { STEPS_COMPARED = 50 }; /* findings that steps are looked up in */

static void say_cert(struct xd_out *o, const struct xd_cert *c)
{
    xd_out_printf(o, "\"%s\" (", xd_say_cert_name(c));
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

/* Who presents what. */
static void tell_presenter(struct xd_steps *s, const struct xd_finding *f)
{
    if (!f->presenter.set || f->n_certs == 0) {
        return;
    }
    const struct xd_cert *c = f->certs[0];
    const struct xd_node *n = f->presenter.node;
    const char *store = find_store(n, c);
    bool seen = was_seen(s->o->cs, f, c);
    struct xd_out *o = begin_step(s, XD_STEP_PRESENTED);

    xd_say_party(o, &f->presenter);
    xd_out_text(o, seen ? " presents " : " uses ");
    say_cert(o, c);
    if (store != NULL) {
        xd_out_printf(o, " from %s", store);
    } else if (seen && n != NULL && n->server.whole) {
        xd_out_text(o, ", which is in none of its stores");
    }
    xd_out_text(o, seen ? "" : " (not seen on the wire)");
    end_step(s);
}

/* What the verifier does, where one word tells; else NULL. */
static const char *refusal_verb(enum xd_failure_kind kind)
{
    switch (kind) {
    case XD_FAILURE_UNANSWERED:
        return "does not answer";
    case XD_FAILURE_REFUSED:
        return "refuses the connection";
    case XD_FAILURE_SSH_AUTH:
        return "refuses the login";
    case XD_FAILURE_NONE:
    case XD_FAILURE_ALERT:
    case XD_FAILURE_ENCRYPTED_ALERT:
    case XD_FAILURE_RESET:
    case XD_FAILURE_CLOSED:
    case XD_FAILURE_SSH_KEX:
    case XD_FAILURE_SSH_HOST_KEY:
        break;
    }
    return NULL;
}

static void say_refusal(struct xd_out *o, const struct xd_finding *f,
                        const struct xd_flow *flow)
{
    const char *verb = refusal_verb(flow->failure.kind);

    if (f->verifier.set) {
        xd_say_party(o, &f->verifier);
        xd_out_printf(o, " %s", verb != NULL ? verb : "ends the conversation: ");
    } else {
        xd_out_text(o, "the conversation ends: ");
    }
    if (!f->verifier.set || verb == NULL) {
        xd_say_failure(o, flow);
    }
}

/* The first failure among the conversations of the finding. */
static void tell_refusal(struct xd_steps *s, const struct xd_finding *f)
{
    for (size_t i = 0; i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(s->o->cs, f->flows[i]);
        if (flow == NULL || flow->failure.kind == XD_FAILURE_NONE) {
            continue;
        }
        struct xd_out *o = begin_step(s, XD_STEP_REFUSED);
        say_refusal(o, f, flow);
        xd_out_text(o, " (");
        xd_say_place(o, &flow->failure.place);
        xd_out_printf(o, ", conversation #%u)", flow->id);
        end_step(s);
        return;
    }
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

static void say_status(struct xd_out *o, const char *status, const char *reason,
                       const struct xd_place *state)
{
    xd_out_printf(o, " is %s", status != NULL ? status : "of unknown status");
    if (reason != NULL && reason[0] != '\0') {
        xd_out_printf(o, ", \"%s\"", reason);
    }
    if (state->entry != NULL) {
        xd_out_text(o, " (");
        xd_say_place(o, state);
        xd_out_text(o, ")");
    }
}

static bool shares_step(const struct xd_tunnel *a, const struct xd_tunnel *b,
                        unsigned index)
{
    return has_index(b->findings, b->n_findings, index) &&
           xd_same_text(a->target, b->target) && xd_same_text(a->status, b->status) &&
           xd_same_text(a->reason, b->reason);
}

/* Tunnels to one far end, one a domain, are one step. */
static void tell_tunnel(struct xd_steps *s, const struct xd_node *n, size_t at,
                        unsigned index)
{
    const struct xd_tunnel *t = &n->tunnels[at];
    size_t domains = 0;

    for (size_t i = 0; i < at; i++) {
        if (shares_step(t, &n->tunnels[i], index)) {
            return;
        }
    }
    struct xd_out *o = begin_step(s, XD_STEP_TUNNEL);
    xd_out_printf(o, "SSH tunnel between %s and %s", n->id,
                  t->target != NULL ? t->target : "?");
    for (size_t i = at; i < n->n_tunnels; i++) {
        const struct xd_tunnel *other = &n->tunnels[i];
        if (other->domain != NULL && shares_step(t, other, index)) {
            xd_out_printf(o, "%s%s", domains++ == 0 ? " for " : ", ", other->domain);
        }
    }
    say_status(o, t->status, t->reason, &t->state);
    end_step(s);
}

/* The zones and tunnels that the finding explains. */
static void tell_status(struct xd_steps *s, unsigned index)
{
    for (size_t i = 0; i < s->o->cs->n_nodes; i++) {
        const struct xd_node *n = s->o->cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            const struct xd_zone *zone = &n->zones[z];
            if (has_index(zone->findings, zone->n_findings, index)) {
                struct xd_out *o = begin_step(s, XD_STEP_ZONE);
                xd_out_printf(o, "zone \"%s\" on %s", zone->name != NULL ? zone->name : "?",
                              n->id);
                say_status(o, zone->status, zone->reason, &zone->state);
                end_step(s);
            }
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
    for (size_t i = 0; i < s->o->cs->n_nodes; i++) {
        const struct xd_node *n = s->o->cs->nodes[i];
        for (size_t a = 0; a < n->n_alarms; a++) {
            const struct xd_alarm *alarm = &n->alarms[a];
            if (!has_index(alarm->findings, alarm->n_findings, index)) {
                continue;
            }
            struct xd_out *o = begin_step(s, XD_STEP_ALARM);
            xd_out_printf(o, "alarm %s on %s", alarm->id != NULL ? alarm->id : "?", n->id);
            if (alarm->detail != NULL) {
                xd_out_printf(o, ": %s", alarm->detail);
            }
            end_step(s);
        }
    }
}

void xd_say_steps(struct xd_steps *s, unsigned index)
{
    const struct xd_finding *f = s->o->cs->findings[index];

    tell_presenter(s, f);
    tell_refusal(s, f);
    tell_status(s, index);
    tell_alarms(s, index);
}

void xd_say_effects(struct xd_out *o, const struct xd_finding *f)
{
    for (size_t i = 0; i < f->n_effects; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? "" : ", ", f->effects[i]);
    }
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

bool xd_find_step(const struct xd_case *cs, unsigned index, const struct xd_remedy *r,
                  size_t found[2])
{
    for (size_t i = 0; i < index && i < STEPS_COMPARED; i++) {
        const struct xd_finding *f = cs->findings[i];
        for (size_t k = 0; k < f->n_remedies; k++) {
            const struct xd_remedy *q = &f->remedies[k];
            if (q->node == r->node && q->actor == r->actor &&
                xd_same_text(q->text, r->text)) {
                found[0] = i;
                found[1] = k;
                return true;
            }
        }
    }
    return false;
}
