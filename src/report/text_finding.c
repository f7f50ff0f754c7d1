/*
 * text_finding.c - each finding: cause and effect, what to do, evidence.
 */
#include <string.h>

#include "expdiag/node.h"

#include "text_priv.h"

enum {
    EVIDENCE_OF_ONE_FILE = 2, /* rows without --verbose */
    FLOWS_SHOWN = 12,
    STEPS_COMPARED = 50, /* findings that steps are looked up in */
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

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

static void end_step(struct xd_out *o, bool first)
{
    xd_out_end(o, XD_LABEL_INDENT + (first ? 0 : XD_LABEL_COLUMN - XD_LABEL_INDENT),
               XD_LABEL_COLUMN + 3);
}

static void begin_step(struct xd_out *o, bool first)
{
    if (first) {
        xd_out_label(o, "Cause");
    } else {
        xd_out_text(o, "->");
        xd_out_join(o);
    }
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
static void tell_presenter(struct xd_out *o, const struct xd_finding *f, bool *first)
{
    if (!f->presenter.set || f->n_certs == 0) {
        return;
    }
    const struct xd_cert *c = f->certs[0];
    const struct xd_node *n = f->presenter.node;
    const char *store = find_store(n, c);
    bool seen = was_seen(o->cs, f, c);

    begin_step(o, *first);
    xd_say_party(o, &f->presenter);
    xd_out_text(o, seen ? " presents " : " uses ");
    say_cert(o, c);
    if (store != NULL) {
        xd_out_printf(o, " from %s", store);
    } else if (seen && n != NULL && n->server.whole) {
        xd_out_text(o, ", which is in none of its stores");
    }
    xd_out_text(o, seen ? "" : " (not seen on the wire)");
    end_step(o, *first);
    *first = false;
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
static void tell_refusal(struct xd_out *o, const struct xd_finding *f, bool *first)
{
    for (size_t i = 0; i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(o->cs, f->flows[i]);
        if (flow == NULL || flow->failure.kind == XD_FAILURE_NONE) {
            continue;
        }
        begin_step(o, *first);
        say_refusal(o, f, flow);
        xd_out_text(o, " (");
        xd_say_place(o, &flow->failure.place);
        xd_out_printf(o, ", conversation #%u)", flow->id);
        end_step(o, *first);
        *first = false;
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

static bool same_tunnel(const struct xd_tunnel *a, const struct xd_tunnel *b,
                        unsigned index)
{
    return has_index(b->findings, b->n_findings, index) &&
           same_text(a->target, b->target) && same_text(a->status, b->status) &&
           same_text(a->reason, b->reason);
}

/* Tunnels to one far end, one a domain, are one step. */
static void tell_tunnel(struct xd_out *o, const struct xd_node *n, size_t at,
                        unsigned index, bool *first)
{
    const struct xd_tunnel *t = &n->tunnels[at];
    size_t domains = 0;

    for (size_t i = 0; i < at; i++) {
        if (same_tunnel(t, &n->tunnels[i], index)) {
            return;
        }
    }
    begin_step(o, *first);
    xd_out_printf(o, "SSH tunnel between %s and %s", n->id,
                  t->target != NULL ? t->target : "?");
    for (size_t i = at; i < n->n_tunnels; i++) {
        const struct xd_tunnel *other = &n->tunnels[i];
        if (other->domain != NULL && same_tunnel(t, other, index)) {
            xd_out_printf(o, "%s%s", domains++ == 0 ? " for " : ", ", other->domain);
        }
    }
    say_status(o, t->status, t->reason, &t->state);
    end_step(o, *first);
    *first = false;
}

/* The zones and tunnels that the finding explains. */
static void tell_status(struct xd_out *o, unsigned index, bool *first)
{
    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        const struct xd_node *n = o->cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            const struct xd_zone *zone = &n->zones[z];
            if (has_index(zone->findings, zone->n_findings, index)) {
                begin_step(o, *first);
                xd_out_printf(o, "zone \"%s\" on %s", zone->name != NULL ? zone->name : "?",
                              n->id);
                say_status(o, zone->status, zone->reason, &zone->state);
                end_step(o, *first);
                *first = false;
            }
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            if (has_index(n->tunnels[k].findings, n->tunnels[k].n_findings, index)) {
                tell_tunnel(o, n, k, index, first);
            }
        }
    }
}

static void tell_alarms(struct xd_out *o, unsigned index, bool *first)
{
    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        const struct xd_node *n = o->cs->nodes[i];
        for (size_t a = 0; a < n->n_alarms; a++) {
            const struct xd_alarm *alarm = &n->alarms[a];
            if (!has_index(alarm->findings, alarm->n_findings, index)) {
                continue;
            }
            begin_step(o, *first);
            xd_out_printf(o, "alarm %s on %s", alarm->id != NULL ? alarm->id : "?", n->id);
            if (alarm->detail != NULL) {
                xd_out_printf(o, ": %s", alarm->detail);
            }
            end_step(o, *first);
            *first = false;
        }
    }
}

static void tell_chain(struct xd_out *o, const struct xd_finding *f, unsigned index)
{
    bool first = true;

    tell_presenter(o, f, &first);
    tell_refusal(o, f, &first);
    tell_status(o, index, &first);
    tell_alarms(o, index, &first);
    if (f->n_effects == 0) {
        return;
    }
    if (first) {
        xd_out_label(o, "Stops");
    } else {
        xd_out_text(o, "->");
        xd_out_join(o);
        xd_out_text(o, "this stops ");
    }
    for (size_t i = 0; i < f->n_effects; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? "" : ", ", f->effects[i]);
    }
    end_step(o, first);
}

static const char *actor_words(enum xd_actor actor)
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

/* The same step of an earlier finding: its finding's index and its own. */
static bool find_step(const struct xd_case *cs, unsigned index, const struct xd_remedy *r,
                      size_t found[2])
{
    for (size_t i = 0; i < index && i < STEPS_COMPARED; i++) {
        const struct xd_finding *f = cs->findings[i];
        for (size_t k = 0; k < f->n_remedies; k++) {
            const struct xd_remedy *q = &f->remedies[k];
            if (q->node == r->node && q->actor == r->actor && same_text(q->text, r->text)) {
                found[0] = i;
                found[1] = k;
                return true;
            }
        }
    }
    return false;
}

static void tell_remedy(struct xd_out *o, unsigned index, size_t number)
{
    const struct xd_remedy *r = &o->cs->findings[index]->remedies[number];
    size_t same[2];

    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_printf(o, "%zu. %s", number + 1, r->node != NULL ? r->node->id : "");
    xd_out_printf(o, "%s[%s]", r->node != NULL ? " " : "", actor_words(r->actor));
    xd_out_style(o, XD_STYLE_PLAIN);
    if (find_step(o->cs, index, r, same)) {
        xd_out_printf(o, " as step %zu of [%zu]", same[1] + 1, same[0] + 1);
        xd_out_end(o, XD_LABEL_INDENT + 2, XD_LABEL_INDENT + 5);
        return;
    }
    xd_out_printf(o, " %s", r->text);
    xd_out_end(o, XD_LABEL_INDENT + 2, XD_LABEL_INDENT + 5);
    if (r->where != NULL) {
        xd_out_printf(o, "Menu: %s", r->where);
        xd_out_end(o, XD_LABEL_INDENT + 5, XD_LABEL_INDENT + 11);
    }
    if (r->command != NULL) {
        xd_out_style(o, XD_STYLE_GREEN);
        xd_out_text(o, r->command);
        xd_out_style(o, XD_STYLE_PLAIN);
        xd_out_end_whole(o, XD_LABEL_INDENT + 5);
    }
}

static void tell_remedies(struct xd_out *o, const struct xd_finding *f, unsigned index)
{
    if (f->n_remedies == 0) {
        return;
    }
    xd_out_subhead(o, "What to do");
    for (size_t i = 0; i < f->n_remedies; i++) {
        tell_remedy(o, index, i);
    }
}

static void tell_evidence_row(struct xd_out *o, const struct xd_evidence *e)
{
    if (!e->supports) {
        xd_out_styled(o, XD_STYLE_YELLOW, "against: ");
    }
    xd_out_style(o, XD_STYLE_BOLD);
    xd_say_place(o, &e->place);
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_text(o, e->place.entry != NULL && e->quote != NULL ? "  " : "");
    xd_out_text(o, e->quote);
    xd_out_end(o, XD_LABEL_INDENT + 2, XD_LABEL_INDENT + 5);
}

/* Every file gets its say, and what speaks against the finding always does. */
static bool is_shown(const struct xd_out *o, const struct xd_finding *f, size_t at)
{
    size_t before = 0;

    if (o->options->verbose || !f->evidence[at].supports) {
        return true;
    }
    for (size_t i = 0; i < at; i++) {
        before += f->evidence[i].place.entry == f->evidence[at].place.entry ? 1 : 0;
    }
    return before < EVIDENCE_OF_ONE_FILE;
}

static void tell_evidence(struct xd_out *o, const struct xd_finding *f)
{
    size_t hidden = 0;

    if (f->n_evidence == 0) {
        return;
    }
    xd_out_subhead(o, "Evidence");
    for (size_t i = 0; i < f->n_evidence; i++) {
        if (is_shown(o, f, i)) {
            tell_evidence_row(o, &f->evidence[i]);
        } else {
            hidden++;
        }
    }
    if (hidden + f->evidence_left_out > 0) {
        xd_out_printf(o, "and %zu more%s", hidden + f->evidence_left_out,
                      hidden > 0 ? " (--verbose shows more)" : "");
        xd_out_end(o, XD_LABEL_INDENT + 2, XD_LABEL_INDENT + 5);
    }
}

/* Said once: at the first finding that names conversations. */
static bool is_first_with_flows(const struct xd_case *cs, const struct xd_finding *f)
{
    for (size_t i = 0; i < cs->n_findings && cs->findings[i] != f; i++) {
        bool told = cs->findings[i]->severity >= XD_WARNING;
        if (told && cs->findings[i]->n_flows > 0) {
            return false;
        }
    }
    return true;
}

static void tell_flows(struct xd_out *o, const struct xd_finding *f)
{
    size_t shown = f->n_flows;

    if (f->n_flows == 0) {
        return;
    }
    if (!o->options->verbose && shown > FLOWS_SHOWN) {
        shown = FLOWS_SHOWN;
    }
    xd_out_label(o, "Seen in");
    xd_out_text(o, f->n_flows == 1 ? "conversation " : "conversations ");
    for (size_t i = 0; i < shown; i++) {
        xd_out_printf(o, "%s#%u", i == 0 ? "" : ", ", f->flows[i]);
    }
    if (shown < f->n_flows) {
        xd_out_printf(o, " and %zu more", f->n_flows - shown);
    }
    if (is_first_with_flows(o->cs, f)) {
        xd_out_text(o, " (\"expdiag flows\" lists them)");
    }
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_COLUMN);
}

static void tell_masked(struct xd_out *o, const struct xd_finding *f)
{
    if (f->n_masked == 0) {
        return;
    }
    xd_out_label(o, "Behind it");
    xd_out_text(o, "once this is mended, the same certificate will fail for: ");
    for (size_t i = 0; i < f->n_masked; i++) {
        xd_out_listed(o, i, f->n_masked, xd_finding_info(f->masked[i])->name);
    }
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_COLUMN);
}

static void tell_references(struct xd_out *o, const struct xd_finding_info *info)
{
    const char *at = info->references;
    bool first = true;

    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, "\n");
        if (first) {
            xd_out_label(o, "Read");
        }
        xd_out_printf(o, "%.*s", (int)len, at);
        xd_out_end(o, first ? XD_LABEL_INDENT : XD_LABEL_COLUMN, XD_LABEL_COLUMN);
        first = false;
        at += len + (at[len] == '\n' ? 1 : 0);
    }
}

static void tell_finding(struct xd_out *o, unsigned index)
{
    const struct xd_finding *f = o->cs->findings[index];
    const struct xd_finding_info *info = xd_finding_info(f->id);
    bool in_full = f->severity >= XD_WARNING || o->options->verbose;

    xd_out_blank(o);
    xd_out_style(o, xd_severity_style(f->severity));
    xd_out_printf(o, "[%u] %s", index + 1, xd_severity_name(f->severity));
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_printf(o, " %s, %s", info->name, xd_confidence_name(f->confidence));
    if (f->node != NULL) {
        xd_out_printf(o, ", %s", f->node->id);
    }
    xd_out_text(o, ": ");
    xd_out_styled(o, XD_STYLE_BOLD, f->title != NULL ? f->title : info->title);
    xd_out_end(o, 0, XD_LABEL_INDENT);
    xd_out_text(o, f->summary != NULL ? f->summary : info->meaning);
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    if (!in_full) {
        return;
    }
    tell_chain(o, f, index);
    tell_flows(o, f);
    tell_masked(o, f);
    tell_remedies(o, f, index);
    tell_evidence(o, f);
    tell_references(o, info);
}

void xd_text_findings(struct xd_out *o)
{
    if (o->cs->n_findings == 0) {
        return;
    }
    xd_out_heading(o, "FINDINGS");
    for (size_t i = 0; i < o->cs->n_findings; i++) {
        tell_finding(o, (unsigned)i);
    }
}
