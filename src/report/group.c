/*
 * group.c - alike conversations as one, and what is said of each.
 *
 * A captured hour repeats one failure hundreds of times; what differs is the row.
 */
#include "expdiag/alloc.h"
#include "expdiag/node.h"

#include "say_priv.h"

struct xd_groups xd_groups_begin(size_t max)
{
    struct xd_groups gs = {.max = max};

    gs.rows = xd_alloc_array(max, sizeof(*gs.rows));
    return gs;
}

void xd_groups_done(struct xd_groups *gs)
{
    xd_free(gs->rows);
    gs->rows = NULL;
}

static bool same_end(const struct xd_flow *a, const struct xd_flow *b, enum xd_side side)
{
    if (a->node[side] != NULL || b->node[side] != NULL) {
        return a->node[side] == b->node[side];
    }
    return xd_addr_equal(&a->end[side].addr, &b->end[side].addr);
}

bool xd_group_same_flow(const struct xd_flow *a, const struct xd_flow *b)
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

static bool same_presented(const struct xd_group *g, const struct xd_flow *f,
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

static void add_row(struct xd_groups *gs, const struct xd_flow *f,
                    const struct xd_presented *p)
{
    for (size_t i = 0; i < gs->n; i++) {
        struct xd_group *g = &gs->rows[i];
        if (p == NULL ? xd_group_same_flow(f, g->flow) : same_presented(g, f, p)) {
            g->count++;
            return;
        }
    }
    if (gs->n == gs->max) {
        gs->left_out++;
        return;
    }
    gs->rows[gs->n++] = (struct xd_group){.flow = f, .presented = p, .count = 1};
}

static bool same_inferred(const struct xd_flow *f, const struct xd_inferred *x,
                          const struct xd_group *g)
{
    const struct xd_inferred *y = g->inferred;

    return x->by == y->by && x->store == y->store && x->basis == y->basis &&
           f->service == g->flow->service && same_end(f, g->flow, x->by);
}

static void add_inferred(struct xd_groups *gs, const struct xd_flow *f,
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
    gs->rows[gs->n++] = (struct xd_group){.flow = f, .inferred = x, .count = 1};
}

void xd_groups_conversations(struct xd_groups *gs, const struct xd_case *cs)
{
    bool *of_case = xd_report_case_flows(cs);

    for (size_t i = 0; i < cs->n_flows; i++) {
        if (of_case[i]) {
            add_row(gs, cs->flows[i], NULL);
        }
    }
    xd_free(of_case);
}

void xd_groups_all(struct xd_groups *gs, const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_flows; i++) {
        if (xd_report_first_view(cs, cs->flows[i]) == NULL) {
            add_row(gs, cs->flows[i], NULL);
        }
    }
}

/* What one capture lost of a connection may stand in another view of it. */
static void add_from_views(struct xd_groups *gs, const struct xd_case *cs,
                           const struct xd_flow *f)
{
    bool shown[2] = {false, false};

    for (size_t k = 0; k < f->n_presented; k++) {
        shown[f->presented[k].by] = true;
    }
    for (size_t i = 0; i < f->n_same_as; i++) {
        const struct xd_flow *g = xd_report_flow(cs, f->same_as[i]);
        for (size_t k = 0; g != NULL && xd_flow_is_view_of(g, f) && k < g->n_presented;
             k++) {
            if (!shown[g->presented[k].by]) {
                shown[g->presented[k].by] = true;
                add_row(gs, f, &g->presented[k]);
            }
        }
    }
}

void xd_groups_presented(struct xd_groups *gs, const struct xd_case *cs)
{
    bool *of_case = xd_report_case_flows(cs);

    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        for (size_t k = 0; of_case[i] && k < f->n_presented; k++) {
            add_row(gs, f, &f->presented[k]);
        }
        if (of_case[i]) {
            add_from_views(gs, cs, f);
        }
    }
    xd_free(of_case);
}

void xd_groups_inferred(struct xd_groups *gs, const struct xd_case *cs)
{
    bool *of_case = xd_report_case_flows(cs);

    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        for (size_t k = 0; of_case[i] && k < f->n_inferred; k++) {
            add_inferred(gs, f, &f->inferred[k]);
        }
    }
    xd_free(of_case);
}

void xd_say_side(struct xd_out *o, const struct xd_flow *f, enum xd_side side)
{
    char text[XD_ADDR_TEXT];

    if (f->node[side] != NULL) {
        xd_out_text(o, f->node[side]->id);
    } else {
        xd_out_text(o, xd_addr_format(&f->end[side].addr, text));
    }
}

void xd_say_target(struct xd_out *o, const struct xd_flow *f)
{
    const struct xd_endpoint *e = &f->end[XD_SERVER];
    bool bare = f->node[XD_SERVER] == NULL && e->addr.family == XD_ADDR_V6;

    xd_out_text(o, bare ? "[" : "");
    xd_say_side(o, f, XD_SERVER);
    xd_out_printf(o, bare ? "]:%u" : ":%u", e->port);
}

void xd_say_protocol(struct xd_out *o, const struct xd_flow *f)
{
    char version[8];
    const char *tls = f->tls != NULL ? xd_say_tls_version(f->tls->version, version) : NULL;

    xd_out_text(o, f->ssh != NULL   ? "SSH"
                   : f->tls == NULL ? "TCP"
                   : tls != NULL    ? tls
                                    : "TLS");
}

void xd_say_outcome(struct xd_out *o, const struct xd_flow *f)
{
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
}

static enum xd_style conclusion_style(enum xd_conclusion c)
{
    return c == XD_CONCLUSION_OTHER_STORE || c == XD_CONCLUSION_NOT_IN_BUNDLE
               ? XD_STYLE_YELLOW
               : XD_STYLE_PLAIN;
}

/* Is it one that something else shows in the node's place? */
static bool is_of_another(const struct xd_case *cs, const struct xd_flow *f,
                          const struct xd_presented *p)
{
    for (size_t i = 0; i < cs->n_findings && p->n_certs > 0; i++) {
        const struct xd_finding *x = cs->findings[i];
        bool foreign =
            x->id == XD_F_TLS_INTERCEPTED || x->id == XD_F_SSH_HOST_KEY_UNEXPECTED;

        for (size_t k = 0; foreign && f->node[p->by] != NULL && k < x->n_certs; k++) {
            if (x->certs[k] == p->certs[0] && x->presenter.node == f->node[p->by] &&
                p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE) {
                return true;
            }
        }
    }
    return false;
}

void xd_say_shower(struct xd_out *o, const struct xd_flow *f, const struct xd_presented *p)
{
    if (is_of_another(o->cs, f, p)) {
        xd_out_text(o, p->by == XD_SERVER ? "what answers as " : "what calls as ");
    }
    xd_say_side(o, f, p->by);
}

void xd_say_conclusion(struct xd_out *o, const struct xd_presented *p)
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
        xd_out_text(o, "in both stores, which are identical");
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

void xd_say_inferred(struct xd_out *o, const struct xd_inferred *x)
{
    xd_out_printf(o, "encrypted; %s fits %s", basis_words(x->basis),
                  xd_say_store(x->store));
}
