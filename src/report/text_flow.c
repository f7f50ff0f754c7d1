/*
 * text_flow.c - conversations: one line each.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/node.h"

#include "say_priv.h"

static void say_end(struct xd_out *o, const struct xd_flow *f, enum xd_side side)
{
    char text[XD_ENDPOINT_TEXT];

    if (f->node[side] != NULL) {
        xd_out_text(o, f->node[side]->id);
        xd_out_text(o, " ");
    }
    xd_out_text(o, xd_endpoint_format(&f->end[side], text));
}

static void say_clock(struct xd_out *o, xd_time t)
{
    char text[XD_TIME_TEXT];

    xd_time_format(t, text);
    if (strlen(text) == 27) { /* 2026-03-24T11:55:20.911700Z: milliseconds are enough */
        text[10] = '\0';
        text[23] = '\0';
        xd_out_text(o, text);
        xd_out_join(o);
        xd_out_text(o, text + 11);
    } else {
        xd_out_text(o, text);
    }
}

static void say_presented(struct xd_out *o, const struct xd_presented *p)
{
    xd_out_text(o, "; ");
    xd_out_text(o, xd_side_name(p->by));
    xd_out_text(o, " presented ");
    if (p->n_certs == 0) {
        xd_out_text(o, "no certificate");
        return;
    }
    xd_out_text(o, "\"");
    xd_out_text(o, xd_say_cert_name(p->certs[0]));
    xd_out_text(o, "\"");
    if (p->n_certs > 1) {
        xd_out_text(o, " (a chain of ");
        xd_out_number(o, p->n_certs);
        xd_out_text(o, ")");
    }
    if (p->store == XD_STORE_NULL || p->store_node == NULL) {
        return;
    }
    xd_out_printf(o, " from %s", xd_say_store(p->store));
    if (p->conclusion == XD_CONCLUSION_OTHER_STORE) {
        xd_out_styled(o, XD_STYLE_YELLOW,
                      p->expected_store == XD_STORE_CLIENT
                          ? " (the client store was expected)"
                          : " (the server store was expected)");
    } else if (p->conclusion == XD_CONCLUSION_DOMAIN_CERTIFICATE) {
        xd_out_text(o, " (a domain certificate)");
    }
}

static void say_inferred(struct xd_out *o, const struct xd_inferred *x)
{
    if (x->store == XD_STORE_NULL || x->store == XD_STORE_UNKNOWN) {
        return;
    }
    xd_out_printf(o, "; the %s's hidden certificate fits %s (%s)", xd_side_name(x->by),
                  xd_say_store(x->store), xd_basis_name(x->basis));
}

static void say_protocol(struct xd_out *o, const struct xd_flow *f)
{
    char text[8];

    if (f->tls != NULL) {
        const char *version = xd_say_tls_version(f->tls->version, text);
        xd_out_text(o, version != NULL ? version : "TLS");
        if (f->tls->sni != NULL) {
            xd_out_text(o, " SNI ");
            xd_out_text(o, f->tls->sni);
        }
        if (f->tls->resumed > 0) {
            xd_out_text(o, " resumed");
        }
    } else if (f->ssh != NULL) {
        xd_out_text(o, "SSH");
        if (f->ssh->host_key_algorithm != NULL) {
            xd_out_printf(o, " %s", f->ssh->host_key_algorithm);
        }
    } else {
        xd_out_text(o, "TCP");
    }
}

static enum xd_style outcome_style(enum xd_outcome outcome)
{
    switch (outcome) {
    case XD_OUTCOME_INCOMPLETE:
        return XD_STYLE_YELLOW;
    case XD_OUTCOME_ESTABLISHED:
        return XD_STYLE_GREEN;
    case XD_OUTCOME_FAILED:
        return XD_STYLE_RED;
    }
    return XD_STYLE_PLAIN;
}

/* An address or the outcome differs in another capture, so that a filter takes it. */
static void say_hidden_views(struct xd_out *o, size_t n)
{
    xd_out_text(o, "also seen in ");
    xd_say_count(o, n, "other capture");
    xd_out_text(o, ", which the filters hide");
}

static void tell_flow(struct xd_out *o, const struct xd_flow *f)
{
    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_text(o, "#");
    xd_out_number(o, f->id);
    xd_out_text(o, " ");
    xd_out_style(o, XD_STYLE_PLAIN);
    say_clock(o, f->first.time);
    xd_out_text(o, "  ");
    say_end(o, f, XD_CLIENT);
    xd_out_text(o, " -> ");
    say_end(o, f, XD_SERVER);
    xd_out_text(o, "  ");
    xd_out_text(o, xd_service_name(f->service));
    xd_out_text(o, "  ");
    say_protocol(o, f);
    xd_out_text(o, "  ");
    xd_out_styled(o, outcome_style(f->outcome), xd_outcome_name(f->outcome));
    if (f->failure.kind != XD_FAILURE_NONE) {
        xd_out_text(o, ": ");
        xd_say_failure(o, f);
        xd_out_text(o, ", ");
        xd_say_place(o, &f->failure.place);
    }
    for (size_t i = 0; i < f->n_presented; i++) {
        say_presented(o, &f->presented[i]);
    }
    for (size_t i = 0; i < f->n_inferred; i++) {
        say_inferred(o, &f->inferred[i]);
    }
    for (size_t i = 0; o->options->verbose && i < f->n_same_as; i++) {
        xd_out_printf(o, "%s#%u", i == 0 ? "; the same as " : ", ", f->same_as[i]);
    }
    if (o->options->verbose && f->views_hidden > 0) {
        xd_out_text(o, "; ");
        say_hidden_views(o, f->views_hidden);
    }
    xd_out_end(o, 0, 4);
}

/*
 * The conversations, each connection once: at the position of a first view, next is
 * the position of its next view, and so on; no_view ends the list.
 */
struct views {
    size_t *next;
    size_t *last;
    bool *later; /* a view of one that stands above */
    size_t connections;
    size_t twice; /* of them seen in more captures than one */
};

static const size_t no_view = SIZE_MAX;

static struct views link_views(const struct xd_case *cs)
{
    size_t n = cs->n_flows + 1;
    struct views v = {.connections = cs->n_flows};

    v.next = xd_alloc_array(n, sizeof(*v.next));
    v.last = xd_alloc_array(n, sizeof(*v.last));
    v.later = xd_alloc_array(n, sizeof(*v.later));
    size_t *first = xd_alloc_array(n, sizeof(*first));
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *g = xd_report_first_view(cs, cs->flows[i]);
        size_t at = g == NULL ? no_view : xd_report_flow_position(cs, g->id);
        v.next[i] = no_view;
        v.last[i] = i;
        first[i] = i;
        v.later[i] = at != no_view && at < i;
        if (v.later[i]) {
            first[i] = first[at];
            v.twice += v.last[first[i]] == first[i] ? 1 : 0;
            v.next[v.last[first[i]]] = i;
            v.last[first[i]] = i;
            v.connections--;
        }
    }
    xd_free(first);
    return v;
}

static void free_views(struct views *v)
{
    xd_free(v->next);
    xd_free(v->last);
    xd_free(v->later);
}

/* The same connection in another capture: where, and what differs. */
static void tell_view(struct xd_out *o, const struct xd_flow *f, const struct xd_flow *g)
{
    xd_out_printf(o, "also seen as #%u in ", g->id);
    xd_out_text(o, xd_report_label(g->first.entry));
    xd_out_text(o, " frames");
    xd_out_join(o);
    xd_out_printf(o, "%llu", (unsigned long long)g->first.frame);
    if (g->last.entry == g->first.entry) {
        xd_out_printf(o, "-%llu", (unsigned long long)g->last.frame);
    } else if (g->last.entry != NULL) {
        xd_out_text(o, " to ");
        xd_say_place(o, &g->last);
    }
    if (g->outcome != f->outcome || g->failure.kind != f->failure.kind ||
        g->failure.alert_code != f->failure.alert_code) {
        xd_out_text(o, ", there ");
        xd_out_styled(o, outcome_style(g->outcome), xd_outcome_name(g->outcome));
        if (g->failure.kind != XD_FAILURE_NONE) {
            xd_out_text(o, ": ");
            xd_say_failure(o, g);
        }
    }
    xd_out_end(o, 4, 6);
}

/* The views of a connection that the filters took. */
static void tell_hidden_views(struct xd_out *o, const struct xd_flow *f)
{
    if (f->views_hidden > 0) {
        say_hidden_views(o, f->views_hidden);
        xd_out_end(o, 4, 6);
    }
}

void xd_say_filters(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    const char *filters = o->options->filters;
    size_t hidden = cs->connections_hidden;

    if (cs->n_flows + hidden == 0) {
        xd_out_printf(o, "No TLS, SSH or failed TCP conversation in this input%s%s.",
                      o->options->capture_filter != NULL ? " matches the filters " : "",
                      o->options->capture_filter != NULL ? filters : "");
    } else if (cs->n_flows == 0) {
        xd_out_text(o, hidden == 1 ? "The one connection does not match the filters "
                                   : "None of ");
        if (hidden > 1) {
            xd_say_count(o, hidden, "connection");
            xd_out_text(o, " matches the filters ");
        }
        xd_out_printf(o, "%s.", filters != NULL ? filters : "");
    } else if (filters != NULL) {
        xd_out_printf(o, "Filters: %s; ", filters);
        xd_say_count(o, hidden, "connection");
        xd_out_text(o, hidden == 1 ? " does not match." : " do not match.");
    }
    if (cs->host_unknown) {
        xd_out_text(o, " The host is the name of no node, server or DNS answer among them");
        if (cs->host_near != NULL) {
            xd_out_printf(o, "; did you mean \"%s\"?", cs->host_near);
        } else {
            xd_out_text(o, ".");
        }
    }
}

static void tell_summary(struct xd_out *o, const struct views *v)
{
    const struct xd_case *cs = o->cs;
    size_t established = 0;
    size_t failed = 0;

    for (size_t i = 0; i < cs->n_flows; i++) {
        bool counts = !v->later[i];
        established += counts && cs->flows[i]->outcome == XD_OUTCOME_ESTABLISHED ? 1 : 0;
        failed += counts && cs->flows[i]->outcome == XD_OUTCOME_FAILED ? 1 : 0;
    }
    if (cs->n_flows > 0) {
        xd_say_count(o, v->connections, "connection");
        if (v->twice > 0) {
            xd_out_printf(o, ", %zu of them seen twice", v->twice);
        }
        xd_out_printf(o,
                      ": %zu established, %zu failed, %zu whose end the capture does not "
                      "show.",
                      established, failed, v->connections - established - failed);
    }
    if (cs->n_flows == 0 || o->options->filters != NULL) {
        xd_out_text(o, cs->n_flows > 0 ? " " : "");
        xd_say_filters(o);
    }
    if (cs->flows_left_out > 0) {
        xd_out_printf(o, " Beyond the limit and left out: %zu.", cs->flows_left_out);
    }
    xd_out_end(o, 0, 0);
}

void xd_text_flow_list(struct xd_out *o)
{
    struct xd_flow *const *flows = o->cs->flows;
    struct views v = link_views(o->cs);

    tell_summary(o, &v);
    for (size_t i = 0; i < o->cs->n_flows; i++) {
        if (o->options->verbose) {
            tell_flow(o, flows[i]);
            xd_text_ladder(o, flows[i]);
            continue;
        }
        if (v.later[i]) {
            continue;
        }
        tell_flow(o, flows[i]);
        for (size_t k = v.next[i]; k != no_view; k = v.next[k]) {
            tell_view(o, flows[i], flows[k]);
        }
        tell_hidden_views(o, flows[i]);
    }
    free_views(&v);
}
