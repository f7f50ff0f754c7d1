/*
 * refusal.c - the step of a finding that tells who ended its conversations, and how
 * often.
 *
 * The one who did it is named only where the capture shows that it did: a reset from the
 * path, or silence, is nobody's word.
 */
#include "expdiag/node.h"
#include "expdiag/text.h"

#include "say_priv.h"

enum {
    ENDINGS_TOLD = 4,    /* more ways to end are counted together */
    FLOWS_COMPARED = 64, /* each with all others */
};

/* Conversations that the same end ended the same way. */
struct ending {
    const struct xd_flow *flow; /* the first */
    size_t count;               /* of connections, however many captures show each */
};

/* The side that did it, or, where nobody is known to, the one that was called. */
static enum xd_side side_of(const struct xd_flow *flow)
{
    return flow->failure.by == XD_BY_CLIENT ? XD_CLIENT : XD_SERVER;
}

static bool same_side(const struct xd_flow *a, const struct xd_flow *b)
{
    enum xd_side x = side_of(a);
    enum xd_side y = side_of(b);

    if (a->node[x] != NULL || b->node[y] != NULL) {
        return a->node[x] == b->node[y];
    }
    return xd_addr_equal(&a->end[x].addr, &b->end[y].addr);
}

static bool same_ending(const struct xd_flow *a, const struct xd_flow *b)
{
    return a->failure.kind == b->failure.kind && a->failure.by == b->failure.by &&
           a->failure.phase == b->failure.phase &&
           a->failure.alert_code == b->failure.alert_code && same_side(a, b);
}

const struct xd_flow *xd_first_failure(const struct xd_case *cs, const struct xd_finding *f)
{
    for (size_t i = 0; i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(cs, f->flows[i]);
        if (flow != NULL && flow->failure.kind != XD_FAILURE_NONE) {
            return flow;
        }
    }
    return NULL;
}

/* Seen from the far end, a connection that the path refuses is one without an answer. */
static bool is_refused_elsewhere(const struct xd_case *cs, const struct xd_finding *f,
                                 const struct xd_flow *flow)
{
    bool silent = flow->failure.kind == XD_FAILURE_UNANSWERED;

    for (size_t i = 0; silent && i < f->n_flows && i < FLOWS_COMPARED; i++) {
        const struct xd_flow *other = xd_report_flow(cs, f->flows[i]);
        if (other != NULL && other->view != flow->view &&
            other->failure.kind == XD_FAILURE_REFUSED &&
            other->end[XD_CLIENT].port == flow->end[XD_CLIENT].port &&
            other->end[XD_SERVER].port == flow->end[XD_SERVER].port &&
            xd_addr_equal(&other->end[XD_CLIENT].addr, &flow->end[XD_CLIENT].addr) &&
            xd_addr_equal(&other->end[XD_SERVER].addr, &flow->end[XD_SERVER].addr)) {
            return true;
        }
    }
    return false;
}

/* Gives how many ways to end there are in rows; the connections beyond go to others. */
static size_t list_endings(const struct xd_case *cs, const struct xd_finding *f,
                           struct ending rows[ENDINGS_TOLD], size_t *others)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(cs, f->flows[i]);
        size_t at = 0;

        if (flow == NULL || flow->failure.kind == XD_FAILURE_NONE ||
            is_refused_elsewhere(cs, f, flow)) {
            continue;
        }
        bool counts = xd_report_first_view(cs, flow) == NULL;
        while (at < n && !same_ending(rows[at].flow, flow)) {
            at++;
        }
        /* The other capture of a connection may tell less of its end. */
        if (at == n && (counts || n == 0)) {
            if (n == ENDINGS_TOLD) {
                (*others)++;
                continue;
            }
            rows[n++] = (struct ending){.flow = flow};
        }
        if (at < n) {
            rows[at].count += counts ? 1 : 0;
        }
    }
    return n;
}

static bool is_party(const struct xd_party *p, const struct xd_flow *flow,
                     enum xd_side side)
{
    if (!p->set) {
        return false;
    }
    return p->node != NULL ? p->node == flow->node[side]
                           : xd_addr_equal(&p->addr, &flow->end[side].addr);
}

static bool is_captured_at(const struct xd_flow *flow, const struct xd_node *n)
{
    const struct xd_entry *e = flow->first.entry;

    return e != NULL && n != NULL && e->input == n->input &&
           xd_text_same(e->container, n->container);
}

/* The verifier by its name in the finding, any other end by that of the conversation. */
static void say_end(struct xd_out *o, const struct xd_finding *f,
                    const struct xd_flow *flow, enum xd_side side)
{
    /* Beyond what intercepts, nobody is heard but the node of the capture itself. */
    if (f->id == XD_F_TLS_INTERCEPTED && !is_captured_at(flow, flow->node[side])) {
        xd_out_text(o, "what answers as ");
    }
    if (is_party(&f->verifier, flow, side)) {
        xd_say_party(o, &f->verifier);
    } else {
        xd_say_side(o, flow, side);
    }
}

static void say_unanswered(struct xd_out *o, const struct xd_finding *f,
                           const struct xd_flow *flow)
{
    if (flow->failure.phase == XD_PHASE_CONNECT) {
        xd_out_text(o, "the request for a connection to ");
        say_end(o, f, flow, XD_SERVER);
        xd_out_text(o, " gets no answer");
    } else if (f->verifier.set) {
        xd_say_party(o, &f->verifier);
        xd_out_text(o, " does not answer");
    } else {
        xd_out_text(o, "the conversation ends: ");
        xd_say_failure(o, flow);
    }
}

static void say_refused(struct xd_out *o, const struct xd_finding *f,
                        const struct xd_flow *flow)
{
    if (flow->failure.by == XD_BY_SERVER) {
        say_end(o, f, flow, XD_SERVER);
        xd_out_text(o, " refuses the connection");
        return;
    }
    if (flow->failure.by == XD_BY_PATH) {
        xd_out_text(o, "something on the path refuses the connection to ");
    } else {
        xd_out_text(o, "a refusal answers the connection to ");
    }
    say_end(o, f, flow, XD_SERVER);
}

/* An alert names its sender; other ends of a conversation are told as they were seen. */
static void say_ended(struct xd_out *o, const struct xd_finding *f,
                      const struct xd_flow *flow)
{
    enum xd_by by = flow->failure.by;

    if (by != XD_BY_CLIENT && by != XD_BY_SERVER) {
        xd_out_text(o, "the conversation ends: ");
        xd_say_failure(o, flow);
        return;
    }
    say_end(o, f, flow, side_of(flow));
    if (flow->failure.kind == XD_FAILURE_ALERT) {
        xd_out_text(o, " sends ");
        xd_say_alert(o, &flow->failure);
    } else if (flow->failure.kind == XD_FAILURE_SSH_AUTH) {
        xd_out_text(o, " refuses the login");
    } else {
        xd_out_text(o, " ends the conversation: ");
        xd_say_failure(o, flow);
    }
}

static void say_ending(struct xd_out *o, const struct xd_finding *f, const struct ending *e)
{
    switch (e->flow->failure.kind) {
    case XD_FAILURE_UNANSWERED:
        say_unanswered(o, f, e->flow);
        break;
    case XD_FAILURE_REFUSED:
        say_refused(o, f, e->flow);
        break;
    case XD_FAILURE_NONE:
    case XD_FAILURE_ALERT:
    case XD_FAILURE_ENCRYPTED_ALERT:
    case XD_FAILURE_RESET:
    case XD_FAILURE_CLOSED:
    case XD_FAILURE_SSH_AUTH:
    case XD_FAILURE_SSH_KEX:
    case XD_FAILURE_SSH_HOST_KEY:
        say_ended(o, f, e->flow);
        break;
    }
    xd_out_text(o, " (");
    if (o->options->verbose) {
        xd_say_place(o, &e->flow->failure.place);
        xd_out_text(o, ", ");
    }
    if (e->count > 1) {
        xd_out_printf(o, "%zu times, first in ", e->count);
    }
    xd_out_printf(o, "conversation #%u)", e->flow->id);
}

/* Where no capture shows the refusal, what a log says of it. */
static void tell_log_line(struct xd_steps *s, const struct xd_finding *f)
{
    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct xd_evidence *e = &f->evidence[i];
        bool log = e->supports && e->place.entry != NULL &&
                   e->place.entry->kind == XD_ENTRY_LOG && e->quote != NULL;
        const struct xd_node *n = log ? xd_node_of_entry(s->o->cs, e->place.entry) : NULL;
        struct xd_slice says;
        if (n == NULL || !xd_find_log_value(e->quote, "Detail", &says)) {
            continue;
        }
        s->begin(s, XD_STEP_REFUSED);
        xd_out_printf(s->o, "the log of %s says \"%.*s\"", n->id, (int)says.len,
                      (const char *)says.p);
        if (s->o->options->verbose) {
            xd_out_text(s->o, " (");
            xd_say_place(s->o, &e->place);
            xd_out_text(s->o, ")");
        }
        s->end(s);
        s->n++;
        return;
    }
}

void xd_say_refusal(struct xd_steps *s, const struct xd_finding *f)
{
    struct ending rows[ENDINGS_TOLD];
    size_t others = 0;
    size_t n = list_endings(s->o->cs, f, rows, &others);

    if (n == 0) {
        tell_log_line(s, f);
        return;
    }
    s->begin(s, XD_STEP_REFUSED);
    for (size_t i = 0; i < n; i++) {
        xd_out_text(s->o, i == 0 ? "" : "; ");
        say_ending(s->o, f, &rows[i]);
    }
    if (others > 0) {
        xd_out_text(s->o, "; and ");
        xd_say_count(s->o, others, "more failed conversation");
    }
    s->end(s);
    s->n++;
}
