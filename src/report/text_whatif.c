/*
 * text_whatif.c - the whatif command: first what the change that was tried leads to,
 * then the case as it is and all predictions.
 */
#include "expdiag/node.h"

#include "say_priv.h"

static const struct xd_what_if *find_as_is(const struct xd_case *cs,
                                           const struct xd_what_if *tried)
{
    for (size_t i = 0; i < cs->n_what_if; i++) {
        const struct xd_what_if *w = &cs->what_if[i];
        if (w->c == tried->c && w->e == tried->e && w->next == NULL) {
            return w; /* the standing rows of a pair begin with it */
        }
    }
    return tried;
}

struct outcome {
    enum xd_prediction before; /* by the certificates as they are */
    enum xd_prediction after;
    bool down; /* by the status as it is */
    bool many; /* tunnels, not a zone */
};

/* From what it is to what it would be: "comes up". */
static const char *result_words(const struct outcome *x)
{
    static const char *const words[][2] = {
        {"cannot be told", "cannot be told"},
        {"comes up", "come up"},
        {"stays up", "stay up"},
        {"goes down", "go down"},
        {"stays down", "stay down"},
        {"is up", "are up"},
        {"is down", "are down"},
        {"is kept down by no certificate", "are kept down by no certificate"},
    };
    enum { UNTOLD, COMES_UP, STAYS_UP, GOES_DOWN, STAYS_DOWN, UP, DOWN, NOT_THAT };
    size_t row = UNTOLD;

    if (x->after == XD_PREDICT_ACTIVE) {
        row = x->before == XD_PREDICT_FAILED   ? COMES_UP
              : x->down                        ? NOT_THAT
              : x->before == XD_PREDICT_ACTIVE ? STAYS_UP
                                               : UP;
    } else if (x->after == XD_PREDICT_FAILED) {
        row = x->before == XD_PREDICT_ACTIVE   ? GOES_DOWN
              : x->before == XD_PREDICT_FAILED ? STAYS_DOWN
                                               : DOWN;
    }
    return words[row][x->many ? 1 : 0];
}

static bool is_zone_down(const struct xd_node *n)
{
    for (size_t i = 0; n != NULL && i < n->n_zones; i++) {
        if (n->zones[i].uc == XD_TRI_ON && xd_say_is_down(n->zones[i].status)) {
            return true;
        }
    }
    return false;
}

static bool is_tunnel_down(const struct xd_node *n)
{
    for (size_t i = 0; n != NULL && i < n->n_tunnels; i++) {
        if (xd_say_is_down(n->tunnels[i].status)) {
            return true;
        }
    }
    return false;
}

static void say_result(struct xd_out *o, enum xd_prediction after, const char *words)
{
    xd_out_styled(o, xd_prediction_style(after), words);
}

void xd_say_tried(struct xd_out *o, const struct xd_what_if *w)
{
    const struct xd_what_if *as_is = find_as_is(o->cs, w);
    struct outcome zone = {as_is->zone, w->zone, is_zone_down(w->c) || is_zone_down(w->e),
                           false};
    struct outcome ssh = {as_is->ssh, w->ssh, is_tunnel_down(w->c) || is_tunnel_down(w->e),
                          true};

    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_printf(o, "With %s", w->change);
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_printf(o, " (%s and %s): the UC zone ", w->c != NULL ? w->c->id : "?",
                  w->e != NULL ? w->e->id : "?");
    say_result(o, w->zone, result_words(&zone));
    xd_out_text(o, ", the SSH tunnels ");
    say_result(o, w->ssh, result_words(&ssh));
    xd_out_text(o, ".");
}

static void tell_tried(struct xd_out *o, const struct xd_what_if *w)
{
    xd_say_tried(o, w);
    xd_out_end(o, 0, XD_LABEL_INDENT);
    xd_out_text(o, "Because: ");
    xd_out_text(o, w->reason);
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    xd_out_text(o, "Next: ");
    xd_out_text(o, w->next);
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
}

/* Of a node's certificate what counts, so that a wrong file is seen at once. */
void xd_say_tried_file(struct xd_out *o, const struct xd_try *t)
{
    const struct xd_cert *c = t->certs[0];

    xd_out_printf(o, "%s=%s: \"%s\" (", xd_try_name(t->kind), t->argument,
                  xd_say_cert_name(c));
    if (t->kind == XD_TRY_CA) {
        xd_say_count(o, t->n_certs, "certificate");
    } else {
        xd_say_purposes(o, c);
        xd_out_text(o, "; ");
        xd_say_issuer(o, c);
    }
    xd_out_text(o, "; valid ");
    xd_say_validity(o, c);
    xd_out_text(o, ")");
    if (t->kind != XD_TRY_CA && t->n_certs > 1) {
        xd_out_text(o, " with ");
        xd_say_count(o, t->n_certs - 1, "further certificate");
    }
    if (t->entry->private_key) {
        xd_out_text(o, "; its private key was not read");
    }
}

static void tell_files(struct xd_out *o)
{
    bool headed = false;

    for (size_t i = 0; i < o->cs->n_tries; i++) {
        const struct xd_try *t = &o->cs->tries[i];
        if (t->n_certs == 0) {
            continue;
        }
        if (!headed) {
            xd_out_heading(o, "TRIED");
            headed = true;
        }
        xd_say_tried_file(o, t);
        xd_out_end(o, 1, XD_LABEL_INDENT);
    }
}

void xd_text_whatif(struct xd_out *o)
{
    for (size_t i = 0; i < o->cs->n_what_if; i++) {
        if (o->cs->what_if[i].next != NULL) {
            tell_tried(o, &o->cs->what_if[i]);
        }
    }
    tell_files(o);
    xd_text_predictions(o);
    xd_out_heading(o, "THE CASE AS IT IS");
    xd_text_verdict(o, false);
    if (o->cs->n_findings > 0) {
        xd_text_finding_heads(o);
    }
    xd_text_nodes(o);
    xd_text_stores(o);
    xd_text_zones(o);
}
