/*
 * text_group.c - the conversations of a case, alike ones as one line.
 */
#include "say_priv.h"

static const char presented_head[] = "CERTIFICATES PRESENTED (repeated ones once)";

enum { GROUPS = 40, GROUPS_VERBOSE = 400 };

static struct xd_groups begin_groups(const struct xd_out *o)
{
    return xd_groups_begin(o->options->verbose ? GROUPS_VERBOSE : GROUPS);
}

static void end_groups(struct xd_out *o, struct xd_groups *gs, const char *noun)
{
    if (gs->left_out > 0) {
        xd_out_text(o, "and ");
        xd_say_count(o, gs->left_out, noun);
        xd_out_text(o, " of other kinds; \"expdiag flows\" lists them all");
        xd_out_end(o, 1, 3);
    }
    xd_groups_done(gs);
}

/*
 * How often, and the first; its capture and frame stand with the findings and in
 * "expdiag flows".
 */
static void say_times(struct xd_out *o, const struct xd_group *g,
                      const struct xd_place *place)
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

static void tell_conversation(struct xd_out *o, const struct xd_group *g)
{
    const struct xd_flow *f = g->flow;

    xd_say_side(o, f, XD_CLIENT);
    xd_out_text(o, " -> ");
    xd_say_target(o, f);
    xd_out_printf(o, " %s, ", xd_service_name(f->service));
    xd_say_protocol(o, f);
    xd_out_text(o, ": ");
    xd_say_outcome(o, f);
    say_times(o, g, f->failure.place.entry != NULL ? &f->failure.place : &f->first);
    xd_out_end(o, 1, 4);
}

void xd_text_conversations(struct xd_out *o)
{
    struct xd_groups gs = begin_groups(o);

    xd_groups_conversations(&gs, o->cs);
    if (gs.n > 0) {
        xd_out_heading(o, "CONVERSATIONS OF THE CASE (repeated ones once)");
        for (size_t i = 0; i < gs.n; i++) {
            tell_conversation(o, &gs.rows[i]);
        }
    }
    end_groups(o, &gs, "conversation");
}

/* What the tables of the stores do not say already. */
static void say_leaf(struct xd_out *o, const struct xd_presented *p)
{
    bool in_tables = p->store == XD_STORE_SERVER || p->store == XD_STORE_CLIENT ||
                     p->store == XD_STORE_BOTH;
    bool in_full = !in_tables || o->options->verbose;

    xd_out_text(o, " (");
    xd_say_purposes(o, p->certs[0]);
    if (in_full) {
        xd_out_text(o, "; ");
        xd_say_issuer(o, p->certs[0]);
    }
    xd_out_text(o, ")");
    if (in_full && p->n_certs > 1) {
        xd_out_text(o, " with ");
        xd_say_count(o, p->n_certs - 1, "certificate");
        xd_out_text(o, " of its chain");
    }
}

static void tell_presented(struct xd_out *o, const struct xd_group *g)
{
    const struct xd_presented *p = g->presented;

    xd_say_shower(o, g->flow, p);
    xd_out_printf(o, " as %s on %s: ", xd_side_name(p->by),
                  xd_service_name(g->flow->service));
    if (p->n_certs == 0) {
        xd_out_text(o, "no certificate");
    } else {
        xd_out_style(o, XD_STYLE_BOLD);
        xd_out_printf(o, "\"%s\"", xd_say_cert_name(p->certs[0]));
        xd_out_style(o, XD_STYLE_PLAIN);
        say_leaf(o, p);
    }
    xd_out_text(o, ", ");
    xd_say_conclusion(o, p);
    say_times(o, g, &p->place);
    xd_out_end(o, 1, 4);
}

static void tell_inferred(struct xd_out *o, const struct xd_group *g)
{
    const struct xd_inferred *x = g->inferred;

    xd_say_side(o, g->flow, x->by);
    xd_out_printf(o, " as %s on %s: ", xd_side_name(x->by),
                  xd_service_name(g->flow->service));
    xd_say_inferred(o, x);
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

static void tell_hidden(struct xd_out *o, bool headed)
{
    struct xd_groups gs = begin_groups(o);

    xd_groups_inferred(&gs, o->cs);
    if (gs.n > 0) {
        if (!headed) {
            xd_out_heading(o, presented_head);
        }
        for (size_t i = 0; i < gs.n; i++) {
            tell_inferred(o, &gs.rows[i]);
        }
    }
    end_groups(o, &gs, "hidden certificate");
}

void xd_text_presented(struct xd_out *o)
{
    struct xd_groups gs = begin_groups(o);

    xd_groups_presented(&gs, o->cs);
    if (gs.n > 0) {
        xd_out_heading(o, presented_head);
        for (size_t i = 0; i < gs.n; i++) {
            tell_presented(o, &gs.rows[i]);
        }
    }
    bool headed = gs.n > 0;
    end_groups(o, &gs, "certificate message");
    tell_hidden(o, headed);
}
