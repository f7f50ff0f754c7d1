/*
 * text_finding.c - each finding: cause and effect, what to do, evidence.
 */
#include <string.h>

#include "expdiag/node.h"

#include "say_priv.h"

enum {
    EVIDENCE_OF_ONE_FILE = 2, /* rows without --verbose */
    FLOWS_SHOWN = 12,
};

static void begin_step(struct xd_steps *s, enum xd_step_kind kind)
{
    (void)kind;
    if (s->n == 0) {
        xd_out_label(s->o, "Cause");
    } else {
        xd_out_text(s->o, "->");
        xd_out_join(s->o);
    }
}

static void end_row(struct xd_out *o, bool first)
{
    xd_out_end(o, XD_LABEL_INDENT + (first ? 0 : XD_LABEL_COLUMN - XD_LABEL_INDENT),
               XD_LABEL_COLUMN + 3);
}

static void end_step(struct xd_steps *s)
{
    end_row(s->o, s->n == 0);
}

static void tell_chain(struct xd_out *o, const struct xd_finding *f, unsigned index)
{
    struct xd_steps steps = {.o = o, .begin = begin_step, .end = end_step};

    xd_say_steps(&steps, index);
    if (f->n_effects == 0) {
        return;
    }
    if (steps.n == 0) {
        xd_out_label(o, "Stops");
    } else {
        xd_out_text(o, "->");
        xd_out_join(o);
        xd_out_text(o, "this stops ");
    }
    xd_say_effects(o, f);
    end_row(o, steps.n == 0);
}

static void tell_remedy(struct xd_out *o, unsigned index, size_t number)
{
    const struct xd_remedy *r = &o->cs->findings[index]->remedies[number];
    size_t same[2];

    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_printf(o, "%zu. %s", number + 1, r->node != NULL ? r->node->id : "");
    xd_out_printf(o, "%s[%s]", r->node != NULL ? " " : "", xd_say_actor(r->actor));
    xd_out_style(o, XD_STYLE_PLAIN);
    if (xd_find_step(o->cs, index, r, same)) {
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
