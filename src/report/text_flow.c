/*
 * text_flow.c - conversations: one line each, and the ladder of a conversation.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/node.h"

#include "text_priv.h"

enum { LADDER_MESSAGES = 200 }; /* a handshake has some tens */

static void say_end(struct xd_out *o, const struct xd_flow *f, enum xd_side side)
{
    char text[XD_ENDPOINT_TEXT];

    if (f->node[side] != NULL) {
        xd_out_printf(o, "%s ", f->node[side]->id);
    }
    xd_out_text(o, xd_endpoint_format(&f->end[side], text));
}

static void say_clock(struct xd_out *o, xd_time t)
{
    char text[XD_TIME_TEXT];

    xd_time_format(t, text);
    if (strlen(text) == 27) { /* 2026-03-24T11:55:20.911700Z: milliseconds are enough */
        xd_out_printf(o, "%.10s", text);
        xd_out_join(o);
        xd_out_printf(o, "%.12s", text + 11);
    } else {
        xd_out_text(o, text);
    }
}

static void say_presented(struct xd_out *o, const struct xd_presented *p)
{
    xd_out_printf(o, "; %s presented ", xd_side_name(p->by));
    if (p->n_certs == 0) {
        xd_out_text(o, "no certificate");
        return;
    }
    xd_out_printf(o, "\"%s\"", xd_say_cert_name(p->certs[0]));
    if (p->n_certs > 1) {
        xd_out_printf(o, " +%zu", p->n_certs - 1);
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
            xd_out_printf(o, " SNI %s", f->tls->sni);
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

static void tell_flow(struct xd_out *o, const struct xd_flow *f)
{
    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_printf(o, "#%u ", f->id);
    xd_out_style(o, XD_STYLE_PLAIN);
    say_clock(o, f->first.time);
    xd_out_text(o, "  ");
    say_end(o, f, XD_CLIENT);
    xd_out_text(o, " -> ");
    say_end(o, f, XD_SERVER);
    xd_out_printf(o, "  %s  ", xd_service_name(f->service));
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
    for (size_t i = 0; i < f->n_same_as; i++) {
        xd_out_printf(o, "%s#%u", i == 0 ? "; the same as " : ", ", f->same_as[i]);
    }
    xd_out_end(o, 0, 4);
}

/* Seconds since the first packet, to the microsecond. */
static void say_offset(struct xd_out *o, xd_time from, xd_time t)
{
    if (from == XD_TIME_NONE || t == XD_TIME_NONE) {
        return;
    }
    xd_time d = t - from;
    bool before = d < 0;
    if (before) {
        d = -d;
    }
    xd_out_printf(o, "%c%lld.%06lld", before ? '-' : '+', (long long)(d / XD_SECOND),
                  (long long)(d % XD_SECOND));
}

static void add_message(struct xd_table *t, const struct xd_flow *f,
                        const struct xd_message *m)
{
    struct xd_out *o = t->o;

    if (m->place.entry != f->first.entry) {
        xd_out_printf(o, "%s ", xd_report_label(m->place.entry));
    }
    xd_out_printf(o, "%llu", (unsigned long long)m->place.frame);
    xd_table_cell(t);
    say_offset(o, f->first.time, m->place.time);
    xd_table_cell(t);
    xd_out_text(o, m->by == XD_SERVER ? "<--" : m->by == XD_CLIENT ? "-->" : "---");
    xd_table_cell(t);
    xd_out_text(o, m->name);
    if (m->length > 0) {
        xd_out_printf(o, " (%u bytes)", m->length);
    }
    xd_table_cell(t);
}

/* Client on the left, server on the right, as the arrows point. */
static void tell_ladder(struct xd_out *o, const struct xd_flow *f)
{
    static const char *const heads[] = {"frame", "seconds", "C S", "message"};
    struct xd_table t;
    size_t shown = f->n_messages < LADDER_MESSAGES ? f->n_messages : LADDER_MESSAGES;

    if (shown == 0) {
        return;
    }
    xd_out_printf(o, "in %s", xd_report_label(f->first.entry));
    xd_out_end(o, 4, 4);
    xd_table_begin(&t, o, 4, 4, heads);
    for (size_t i = 0; i < shown; i++) {
        add_message(&t, f, &f->messages[i]);
    }
    xd_table_end(&t);
    if (shown < f->n_messages) {
        xd_out_printf(o, "and %zu more messages", f->n_messages - shown);
        xd_out_end(o, 4, 4);
    }
    xd_out_blank(o);
}

static void tell_summary(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    size_t established = 0;
    size_t failed = 0;

    for (size_t i = 0; i < cs->n_flows; i++) {
        established += cs->flows[i]->outcome == XD_OUTCOME_ESTABLISHED ? 1 : 0;
        failed += cs->flows[i]->outcome == XD_OUTCOME_FAILED ? 1 : 0;
    }
    if (cs->n_flows == 0) {
        xd_out_text(o, "No TLS, SSH or failed TCP conversation in this input.");
    } else {
        xd_say_count(o, cs->n_flows, "conversation");
        xd_out_printf(o,
                      ": %zu established, %zu failed, %zu whose end the capture does not "
                      "show.",
                      established, failed, cs->n_flows - established - failed);
    }
    if (cs->flows_left_out > 0) {
        xd_out_printf(o, " Beyond the limit and left out: %zu.", cs->flows_left_out);
    }
    xd_out_end(o, 0, 0);
}

void xd_text_flow_list(struct xd_out *o)
{
    tell_summary(o);
    for (size_t i = 0; i < o->cs->n_flows; i++) {
        tell_flow(o, o->cs->flows[i]);
        if (o->options->verbose) {
            tell_ladder(o, o->cs->flows[i]);
        }
    }
}
