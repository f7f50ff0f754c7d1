/*
 * text_group.c - the conversations of a case, alike ones as one row.
 *
 * A captured hour repeats one failure hundreds of times; what differs is the row.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/node.h"

#include "text_priv.h"

/* Rows kept; a conversation is compared with each, so the cost stays linear. */
enum { GROUPS = 40, GROUPS_VERBOSE = 400 };

struct group {
    const struct xd_flow *flow; /* the first */
    const struct xd_presented *presented;
    const struct xd_inferred *inferred;
    size_t count;
};

struct groups {
    struct group *rows;
    size_t n;
    size_t max;
    size_t left_out;
};

static bool same_end(const struct xd_flow *a, const struct xd_flow *b, enum xd_side side)
{
    if (a->node[side] != NULL || b->node[side] != NULL) {
        return a->node[side] == b->node[side];
    }
    return xd_addr_equal(&a->end[side].addr, &b->end[side].addr);
}

static bool same_flow(const struct xd_flow *a, const struct xd_flow *b)
{
    uint16_t version_a = a->tls != NULL ? a->tls->version : 0;
    uint16_t version_b = b->tls != NULL ? b->tls->version : 0;

    return a->service == b->service && a->outcome == b->outcome &&
           a->protocol == b->protocol && version_a == version_b &&
           a->failure.kind == b->failure.kind && a->failure.by == b->failure.by &&
           a->failure.phase == b->failure.phase &&
           a->failure.alert_code == b->failure.alert_code && same_end(a, b, XD_CLIENT) &&
           same_end(a, b, XD_SERVER) && a->end[XD_SERVER].port == b->end[XD_SERVER].port;
}

static bool same_presented(const struct group *g, const struct xd_flow *f,
                           const struct xd_presented *p)
{
    const struct xd_presented *q = g->presented;

    if (p == NULL) {
        return true;
    }
    if (p->by != q->by || p->store != q->store || p->store_node != q->store_node ||
        p->conclusion != q->conclusion || p->n_certs != q->n_certs) {
        return false;
    }
    return (p->n_certs == 0 || p->certs[0] == q->certs[0]) &&
           f->service == g->flow->service && same_end(f, g->flow, p->by);
}

static void add_row(struct groups *gs, const struct xd_flow *f,
                    const struct xd_presented *p)
{
    for (size_t i = 0; i < gs->n; i++) {
        struct group *g = &gs->rows[i];
        if (p == NULL ? same_flow(f, g->flow) : same_presented(g, f, p)) {
            g->count++;
            return;
        }
    }
    if (gs->n == gs->max) {
        gs->left_out++;
        return;
    }
    gs->rows[gs->n++] = (struct group){.flow = f, .presented = p, .count = 1};
}

static struct groups begin_groups(const struct xd_out *o)
{
    struct groups gs = {.max = o->options->verbose ? GROUPS_VERBOSE : GROUPS};

    gs.rows = xd_alloc_array(gs.max, sizeof(*gs.rows));
    return gs;
}

static void end_groups(struct xd_out *o, struct groups *gs, const char *noun)
{
    if (gs->left_out > 0) {
        xd_out_text(o, "and ");
        xd_say_count(o, gs->left_out, noun);
        xd_out_text(o, " of other kinds; \"expdiag flows\" lists them all");
        xd_out_end(o, 1, 3);
    }
    xd_free(gs->rows);
}

static void say_side(struct xd_out *o, const struct xd_flow *f, enum xd_side side)
{
    char text[XD_ADDR_TEXT];

    if (f->node[side] != NULL) {
        xd_out_text(o, f->node[side]->id);
    } else {
        xd_out_text(o, xd_addr_format(&f->end[side].addr, text));
    }
}

/*
 * How often, and the first; its capture and frame stand with the findings and in
 * "expdiag flows".
 */
static void say_times(struct xd_out *o, const struct group *g, const struct xd_place *place)
{
    xd_out_text(o, "; ");
    if (g->count > 1) {
        xd_out_printf(o, "%zu times, first ", g->count);
    }
    xd_out_printf(o, "#%u", g->flow->id);
    if (o->options->verbose) {
        xd_out_text(o, ", ");
        xd_say_place(o, place);
    }
}

static void tell_conversation(struct xd_out *o, const struct group *g)
{
    const struct xd_flow *f = g->flow;
    char version[8];

    say_side(o, f, XD_CLIENT);
    xd_out_text(o, " -> ");
    say_side(o, f, XD_SERVER);
    xd_out_printf(o, ":%u %s, ", f->end[XD_SERVER].port, xd_service_name(f->service));
    const char *tls = f->tls != NULL ? xd_say_tls_version(f->tls->version, version) : NULL;
    xd_out_text(o, f->ssh != NULL   ? "SSH"
                   : f->tls == NULL ? "TCP"
                   : tls != NULL    ? tls
                                    : "TLS");
    xd_out_text(o, ": ");
    if (f->outcome == XD_OUTCOME_ESTABLISHED) {
        xd_out_styled(o, XD_STYLE_GREEN, "established");
    } else if (f->failure.kind == XD_FAILURE_NONE) {
        xd_out_text(o, f->outcome == XD_OUTCOME_FAILED ? "failed"
                                                       : "the end was not captured");
    }
    if (f->failure.kind != XD_FAILURE_NONE) {
        xd_out_style(o, XD_STYLE_RED);
        xd_out_text(o, f->outcome == XD_OUTCOME_ESTABLISHED ? ", then " : "");
        xd_say_failure(o, f);
        xd_out_style(o, XD_STYLE_PLAIN);
    }
    say_times(o, g, f->failure.place.entry != NULL ? &f->failure.place : &f->first);
    xd_out_end(o, 1, 4);
}

void xd_text_conversations(struct xd_out *o)
{
    struct groups gs = begin_groups(o);

    for (size_t i = 0; i < o->cs->n_flows; i++) {
        const struct xd_flow *f = o->cs->flows[i];
        if (f->related && xd_report_first_view(o->cs, f) == NULL) {
            add_row(&gs, f, NULL);
        }
    }
    if (gs.n > 0) {
        xd_out_heading(o, "CONVERSATIONS OF THE CASE (repeated ones once)");
        for (size_t i = 0; i < gs.n; i++) {
            tell_conversation(o, &gs.rows[i]);
        }
    }
    end_groups(o, &gs, "conversation");
}

static enum xd_style conclusion_style(enum xd_conclusion c)
{
    return c == XD_CONCLUSION_OTHER_STORE || c == XD_CONCLUSION_NOT_IN_BUNDLE
               ? XD_STYLE_YELLOW
               : XD_STYLE_PLAIN;
}

/* Which store it came from, and whether that is the right one. */
static void say_conclusion(struct xd_out *o, const struct xd_presented *p)
{
    const char *expected = p->expected_store == XD_STORE_CLIENT   ? "client"
                           : p->expected_store == XD_STORE_SERVER ? "server"
                                                                  : "?";

    xd_out_style(o, conclusion_style(p->conclusion));
    switch (p->conclusion) {
    case XD_CONCLUSION_NULL:
        xd_out_text(o, "its node is not in the case");
        break;
    case XD_CONCLUSION_AS_EXPECTED:
        xd_out_printf(o, "from %s, as expected", xd_say_store(p->store));
        break;
    case XD_CONCLUSION_STORES_IDENTICAL:
        xd_out_printf(o,
                      "in both stores, which are identical (the %s store is the right one)",
                      expected);
        break;
    case XD_CONCLUSION_OTHER_STORE:
        xd_out_printf(o, "from %s, but the %s store was expected", xd_say_store(p->store),
                      expected);
        break;
    case XD_CONCLUSION_NOT_IN_BUNDLE:
        xd_out_text(o, "in none of the node's stores in the bundle");
        break;
    case XD_CONCLUSION_DOMAIN_CERTIFICATE:
        xd_out_text(o, "a domain certificate for the name that was asked for");
        break;
    case XD_CONCLUSION_EMPTY:
        xd_out_text(o, "an empty Certificate message");
        break;
    case XD_CONCLUSION_UNKNOWN:
        xd_out_text(o, "which store it came from cannot be told");
        break;
    }
    xd_out_style(o, XD_STYLE_PLAIN);
}

static void tell_presented(struct xd_out *o, const struct group *g)
{
    const struct xd_presented *p = g->presented;

    say_side(o, g->flow, p->by);
    xd_out_printf(o, " as %s on %s: ", xd_side_name(p->by),
                  xd_service_name(g->flow->service));
    if (p->n_certs == 0) {
        xd_out_text(o, "no certificate");
    } else {
        xd_out_style(o, XD_STYLE_BOLD);
        xd_out_printf(o, "\"%s\"", xd_say_cert_name(p->certs[0]));
        xd_out_style(o, XD_STYLE_PLAIN);
        xd_out_text(o, " (");
        xd_say_purposes(o, p->certs[0]);
        xd_out_text(o, "; ");
        xd_say_issuer(o, p->certs[0]);
        xd_out_text(o, ")");
        if (p->n_certs > 1) {
            xd_out_text(o, " with ");
            xd_say_count(o, p->n_certs - 1, "certificate");
            xd_out_text(o, " of its chain");
        }
    }
    xd_out_text(o, ", ");
    say_conclusion(o, p);
    say_times(o, g, &p->place);
    xd_out_end(o, 1, 4);
}

static bool same_inferred(const struct xd_flow *f, const struct xd_inferred *x,
                          const struct group *g)
{
    const struct xd_inferred *y = g->inferred;

    return x->by == y->by && x->store == y->store && x->basis == y->basis &&
           f->service == g->flow->service && same_end(f, g->flow, x->by);
}

static void add_inferred(struct groups *gs, const struct xd_flow *f,
                         const struct xd_inferred *x)
{
    for (size_t i = 0; i < gs->n; i++) {
        if (same_inferred(f, x, &gs->rows[i])) {
            gs->rows[i].count++;
            return;
        }
    }
    if (gs->n == gs->max) {
        gs->left_out++;
        return;
    }
    gs->rows[gs->n++] = (struct group){.flow = f, .inferred = x, .count = 1};
}

static const char *basis_words(enum xd_basis basis)
{
    switch (basis) {
    case XD_BASIS_RECORD_LENGTH:
        return "the length of the encrypted record";
    case XD_BASIS_PACKET_LENGTH:
        return "the length of the encrypted packet";
    case XD_BASIS_LOG_COMMON_NAME:
        return "the name in the log";
    }
    return "";
}

static void tell_inferred(struct xd_out *o, const struct group *g)
{
    const struct xd_inferred *x = g->inferred;

    say_side(o, g->flow, x->by);
    xd_out_printf(o, " as %s on %s: hidden; %s fits %s", xd_side_name(x->by),
                  xd_service_name(g->flow->service), basis_words(x->basis),
                  xd_say_store(x->store));
    if (x->n_candidates > 0 && o->options->verbose) {
        xd_out_text(o, " (");
        for (size_t i = 0; i < x->n_candidates; i++) {
            xd_out_printf(o, "%s%s", i == 0 ? "" : "; ", x->candidates[i]);
        }
        xd_out_text(o, ")");
    }
    say_times(o, g, &x->place);
    xd_out_end(o, 1, 4);
}

static void tell_hidden(struct xd_out *o)
{
    struct groups gs = begin_groups(o);

    for (size_t i = 0; i < o->cs->n_flows; i++) {
        const struct xd_flow *f = o->cs->flows[i];
        bool counts = f->related && xd_report_first_view(o->cs, f) == NULL;
        for (size_t k = 0; counts && k < f->n_inferred; k++) {
            add_inferred(&gs, f, &f->inferred[k]);
        }
    }
    if (gs.n > 0) {
        xd_out_heading(o, "HIDDEN CERTIFICATES, AND WHAT FITS THEM");
        for (size_t i = 0; i < gs.n; i++) {
            tell_inferred(o, &gs.rows[i]);
        }
    }
    end_groups(o, &gs, "hidden certificate");
}

void xd_text_presented(struct xd_out *o)
{
    struct groups gs = begin_groups(o);

    for (size_t i = 0; i < o->cs->n_flows; i++) {
        const struct xd_flow *f = o->cs->flows[i];
        bool counts = f->related && xd_report_first_view(o->cs, f) == NULL;
        for (size_t k = 0; counts && k < f->n_presented; k++) {
            add_row(&gs, f, &f->presented[k]);
        }
    }
    if (gs.n > 0) {
        xd_out_heading(o, "CERTIFICATES ON THE WIRE (repeated ones once)");
        for (size_t i = 0; i < gs.n; i++) {
            tell_presented(o, &gs.rows[i]);
        }
    }
    end_groups(o, &gs, "certificate message");
    tell_hidden(o);
}
