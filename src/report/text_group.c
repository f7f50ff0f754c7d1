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
    size_t count;
    size_t last; /* id of the last */
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
            g->last = f->id;
            return;
        }
    }
    if (gs->n == gs->max) {
        gs->left_out++;
        return;
    }
    gs->rows[gs->n++] =
        (struct group){.flow = f, .presented = p, .count = 1, .last = f->id};
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

static void add_conversation(struct xd_table *t, const struct group *g)
{
    struct xd_out *o = t->o;
    const struct xd_flow *f = g->flow;
    char version[8];

    xd_out_printf(o, "%zux", g->count);
    xd_table_cell(t);
    xd_out_printf(o, "#%u", f->id);
    xd_table_cell(t);
    say_side(o, f, XD_CLIENT);
    xd_out_text(o, " -> ");
    say_side(o, f, XD_SERVER);
    xd_out_printf(o, ":%u", f->end[XD_SERVER].port);
    xd_table_cell(t);
    xd_out_text(o, xd_service_name(f->service));
    xd_table_cell(t);
    xd_out_text(o, f->tls != NULL   ? xd_say_tls_version(f->tls->version, version)
                   : f->ssh != NULL ? "SSH"
                                    : "TCP");
    xd_table_cell(t);
    if (f->outcome == XD_OUTCOME_ESTABLISHED) {
        xd_out_styled(o, XD_STYLE_GREEN, "established");
    } else if (f->failure.kind == XD_FAILURE_NONE) {
        xd_out_text(o, xd_outcome_name(f->outcome));
    }
    if (f->failure.kind != XD_FAILURE_NONE) {
        xd_out_style(o, XD_STYLE_RED);
        xd_out_text(o, f->outcome == XD_OUTCOME_ESTABLISHED ? ", then " : "");
        xd_say_failure(o, f);
        xd_out_style(o, XD_STYLE_PLAIN);
        xd_out_text(o, ", ");
        xd_say_place(o, &f->failure.place);
    }
    xd_table_cell(t);
}

void xd_text_conversations(struct xd_out *o)
{
    static const char *const heads[] = {"",        "first",   "from -> to",
                                        "service", "version", "outcome"};
    struct groups gs = begin_groups(o);
    struct xd_table t;

    for (size_t i = 0; i < o->cs->n_flows; i++) {
        if (o->cs->flows[i]->related) {
            add_row(&gs, o->cs->flows[i], NULL);
        }
    }
    if (gs.n > 0) {
        xd_out_heading(o, "CONVERSATIONS OF THE CASE (alike ones as one row)");
        xd_table_begin(&t, o, 1, 6, heads);
        for (size_t i = 0; i < gs.n; i++) {
            add_conversation(&t, &gs.rows[i]);
        }
        xd_table_end(&t);
    }
    end_groups(o, &gs, "conversation");
}

static const char *conclusion_words(enum xd_conclusion c)
{
    switch (c) {
    case XD_CONCLUSION_NULL:
        return "";
    case XD_CONCLUSION_AS_EXPECTED:
        return "as expected";
    case XD_CONCLUSION_STORES_IDENTICAL:
        return "both stores are identical";
    case XD_CONCLUSION_OTHER_STORE:
        return "the OTHER store was expected";
    case XD_CONCLUSION_NOT_IN_BUNDLE:
        return "NOT in the bundle";
    case XD_CONCLUSION_DOMAIN_CERTIFICATE:
        return "domain certificate";
    case XD_CONCLUSION_EMPTY:
        return "empty message";
    case XD_CONCLUSION_UNKNOWN:
        return "cannot be told";
    }
    return "";
}

static void add_presented(struct xd_table *t, const struct group *g)
{
    struct xd_out *o = t->o;
    const struct xd_presented *p = g->presented;
    bool odd = p->conclusion == XD_CONCLUSION_OTHER_STORE ||
               p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE;

    say_side(o, g->flow, p->by);
    xd_out_printf(o, " (%s)", xd_side_name(p->by));
    xd_table_cell(t);
    xd_out_text(o, xd_service_name(g->flow->service));
    xd_table_cell(t);
    if (p->n_certs == 0) {
        xd_out_text(o, "no certificate");
    } else {
        xd_out_printf(o, "%s: ", xd_say_cert_name(p->certs[0]));
        xd_say_purposes(o, p->certs[0]);
    }
    xd_table_cell(t);
    if (p->store != XD_STORE_NULL) {
        xd_out_text(o, xd_store_kind_name(p->store));
    }
    xd_table_cell(t);
    if (p->expected_store != XD_STORE_NULL) {
        xd_out_text(o, xd_store_kind_name(p->expected_store));
    }
    xd_table_cell(t);
    xd_out_styled(o, odd ? XD_STYLE_YELLOW : XD_STYLE_PLAIN,
                  conclusion_words(p->conclusion));
    xd_table_cell(t);
    xd_say_place(o, &p->place);
    if (g->count > 1) {
        xd_out_printf(o, " and %zu more", g->count - 1);
    }
    xd_table_cell(t);
}

void xd_text_presented(struct xd_out *o)
{
    static const char *const heads[] = {"presented by", "service",  "certificate",
                                        "store",        "expected", "conclusion",
                                        "seen in"};
    struct groups gs = begin_groups(o);
    struct xd_table t;

    for (size_t i = 0; i < o->cs->n_flows; i++) {
        const struct xd_flow *f = o->cs->flows[i];
        for (size_t k = 0; f->related && k < f->n_presented; k++) {
            add_row(&gs, f, &f->presented[k]);
        }
    }
    if (gs.n > 0) {
        xd_out_heading(o, "CERTIFICATES ON THE WIRE");
        xd_table_begin(&t, o, 1, 7, heads);
        for (size_t i = 0; i < gs.n; i++) {
            add_presented(&t, &gs.rows[i]);
        }
        xd_table_end(&t);
    }
    end_groups(o, &gs, "certificate message");
}
