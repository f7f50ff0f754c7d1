/*
 * text_brief.c - a case in which nothing is wrong, in some ten lines: what was looked at
 * stands in the verdict; here what was noted, what ends first and what stays open.
 */
#include <string.h>

#include "expdiag/clock.h"
#include "expdiag/node.h"

#include "say_priv.h"

enum { NOTES_TOLD = 4, OPEN_NAMED = 6 };

bool xd_text_is_brief(const struct xd_out *o)
{
    return !o->options->verbose && xd_verdict_kind(o->cs) == XD_VERDICT_NO_FAULT &&
           xd_count_findings(o->cs, XD_WARNING) == 0;
}

/* The leaf of the nodes' stores that ends first. */
struct ending {
    const struct xd_cert *cert;
    const struct xd_node *node;
    size_t leaves;
};

static void count_leaf(struct ending *e, const struct xd_node *n, const struct xd_store *s)
{
    if (s->n_certs == 0 || !s->certs[0]->parsed) {
        return;
    }
    e->leaves++;
    if (e->cert == NULL || s->certs[0]->not_after < e->cert->not_after) {
        e->cert = s->certs[0];
        e->node = n;
    }
}

bool xd_say_first_ending(struct xd_out *o)
{
    struct ending e = {.leaves = 0};
    char time[XD_TIME_TEXT];

    for (size_t i = 0; i < o->cs->n_nodes; i++) {
        count_leaf(&e, o->cs->nodes[i], &o->cs->nodes[i]->server);
        count_leaf(&e, o->cs->nodes[i], &o->cs->nodes[i]->client);
    }
    if (e.cert == NULL) {
        return false;
    }
    xd_out_printf(o, "The first of %zu certificate%s to end is \"%s\" on %s, %.10s.",
                  e.leaves, e.leaves == 1 ? "" : "s", xd_say_cert_name(e.cert), e.node->id,
                  xd_time_format_short(e.cert->not_after, time));
    return true;
}

static void tell_notes(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;

    for (size_t i = 0; i < cs->n_findings && i < NOTES_TOLD; i++) {
        const struct xd_finding *f = cs->findings[i];
        const struct xd_finding_info *info = xd_finding_info(f->id);
        xd_out_printf(o, "Note: %s: ", info->name);
        xd_out_names(o, f->title != NULL ? f->title : info->title);
        xd_out_text(o, ".");
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT + 3);
    }
    if (cs->n_findings > NOTES_TOLD) {
        xd_out_printf(o, "and %zu more notes", cs->n_findings - NOTES_TOLD);
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    }
}

static void tell_open(struct xd_out *o)
{
    size_t open = xd_count_checks(o->cs, XD_CHECK_NOT_EVALUATED);
    size_t named = 0;

    xd_out_text(o, "Ruled out: ");
    xd_say_count(o, xd_count_checks(o->cs, XD_CHECK_RULED_OUT), "check");
    xd_out_text(o, open > 0 ? ". Not judged: " : ".");
    for (size_t i = 0; i < o->cs->n_checks && named < OPEN_NAMED; i++) {
        const struct xd_check *c = &o->cs->checks[i];
        if (c->outcome == XD_CHECK_NOT_EVALUATED) {
            xd_out_printf(o, "%s%s", named++ == 0 ? "" : ", ",
                          xd_finding_info(c->id)->name);
        }
    }
    if (open > named) {
        xd_out_printf(o, " and %zu more", open - named);
    }
    xd_out_text(o, open > 0 ? ". " : " ");
}

static void tell_inputs(struct xd_out *o)
{
    size_t read = 0;

    for (size_t i = 0; i < o->cs->n_entries; i++) {
        read += o->cs->entries[i]->status == XD_ENTRY_READ ? 1 : 0;
    }
    xd_out_text(o, "Read whole: ");
    xd_say_count(o, read, "file");
    xd_out_text(o, " of ");
    xd_say_count(o, o->cs->n_inputs, "input");
    xd_out_text(o, ". The details: --verbose, or --html FILE.");
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
}

/* What is up from before may not come up again: "Outlook: ...". */
static void tell_outlook(struct xd_out *o)
{
    for (size_t i = 0; i < o->cs->n_what_if; i++) {
        const struct xd_what_if *w = &o->cs->what_if[i];
        bool zone = w->zone == XD_PREDICT_FAILED;
        bool ssh = w->ssh == XD_PREDICT_FAILED;

        if (strcmp(w->change, "as-is") != 0 || (!zone && !ssh)) {
            continue;
        }
        xd_out_styled(o, XD_STYLE_YELLOW, "Outlook: ");
        xd_out_printf(o, "when %s and %s connect anew, %s will fail. ", w->c->id, w->e->id,
                      zone && ssh ? "the UC zone and the SSH tunnels"
                      : zone      ? "the UC zone"
                                  : "the SSH tunnels");
        xd_out_text(o, w->reason);
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    }
}

void xd_text_brief(struct xd_out *o)
{
    tell_notes(o);
    tell_outlook(o);
    xd_out_text(o, xd_say_first_ending(o) ? " " : "");
    tell_open(o);
    tell_inputs(o);
}
