/*
 * text_finding.c - the findings: what is wrong and what comes of it; then the rest in
 * a few lines each.
 *
 * First the steps from cause to effect and what to do, then the reasons.  The main findings
 * are the faults; where there is none, the warnings; with --verbose all.  Remedies and
 * evidence of the main findings follow in parts of their own.
 */
#include <string.h>

#include "expdiag/node.h"

#include "say_priv.h"

enum { FLOWS_SHOWN = 12 };

/* The last sentence of a summary begins so. */
static const char next_mark[] = " Next: ";

static bool has_fault(const struct xd_case *cs)
{
    return xd_verdict_kind(cs) == XD_VERDICT_FAULT;
}

bool xd_text_is_main(const struct xd_out *o, const struct xd_finding *f)
{
    return o->options->verbose || xd_is_main(o->cs, f);
}

const char *xd_say_next(const char *summary)
{
    const char *last = NULL;
    const char *at = summary == NULL ? NULL : strstr(summary, next_mark);

    for (; at != NULL; at = strstr(at + 1, next_mark)) {
        last = at;
    }
    return last == NULL ? NULL : last + sizeof(next_mark) - 1;
}

static void head_finding(struct xd_out *o, unsigned index)
{
    const struct xd_finding *f = o->cs->findings[index];
    const struct xd_finding_info *info = xd_finding_info(f->id);

    xd_out_style(o, xd_severity_style(f->severity));
    xd_out_printf(o, "[%u] %s", index + 1, xd_severity_name(f->severity));
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_printf(o, " %s, %s: ", info->name, xd_confidence_name(f->confidence));
    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_names(o, f->title != NULL ? f->title : info->title);
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_end(o, 0, XD_LABEL_INDENT);
}

/* With the next step only where the steps themselves do not follow. */
void xd_text_summary(struct xd_out *o, const struct xd_finding *f, bool with_next)
{
    const char *text = f->summary != NULL ? f->summary : xd_finding_info(f->id)->meaning;
    const char *next = with_next || f->n_remedies == 0 ? NULL : xd_say_next(text);

    if (next == NULL) {
        xd_out_text(o, text);
    } else {
        xd_out_printf(o, "%.*s", (int)(next - (sizeof(next_mark) - 1) - text), text);
    }
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
}

/* Of the recordings of one conversation the first stands for all. */
static bool is_other_view(const struct xd_case *cs, unsigned id)
{
    const struct xd_flow *flow = xd_report_flow(cs, id);

    return flow != NULL && xd_report_first_view(cs, flow) != NULL;
}

static void tell_flows(struct xd_out *o, const struct xd_finding *f)
{
    bool verbose = o->options->verbose;
    size_t all = 0;
    size_t shown = 0;

    if (f->n_flows == 0 || (!verbose && xd_steps_name_flow(o->cs, f))) {
        return;
    }
    for (size_t i = 0; i < f->n_flows; i++) {
        all += verbose || !is_other_view(o->cs, f->flows[i]) ? 1 : 0;
    }
    xd_out_text(o, all == 1 ? "Seen in conversation " : "Seen in conversations ");
    for (size_t i = 0; i < f->n_flows && (verbose || shown < FLOWS_SHOWN); i++) {
        if (verbose || !is_other_view(o->cs, f->flows[i])) {
            xd_out_printf(o, "%s#%u", shown++ == 0 ? "" : ", ", f->flows[i]);
        }
    }
    if (shown < all) {
        xd_out_printf(o, " and %zu more", all - shown);
    }
    xd_out_text(o, ".");
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
}

static void tell_against(struct xd_out *o, unsigned index)
{
    if (xd_say_against(o, index)) {
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    }
}

static void tell_masked(struct xd_out *o, const struct xd_finding *f)
{
    if (f->n_masked == 0) {
        return;
    }
    xd_say_masked(o, f);
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
}

/* The first step stands alone; what follows from it is behind an arrow. */
static void begin_row(struct xd_out *o, bool first)
{
    if (!first) {
        xd_out_text(o, "->");
        xd_out_join(o);
    }
}

static void begin_step(struct xd_steps *s, enum xd_step_kind kind)
{
    (void)kind;
    begin_row(s->o, s->n == 0);
}

static void end_step(struct xd_steps *s)
{
    xd_out_end(s->o, XD_LABEL_INDENT, XD_LABEL_INDENT + 3);
}

static void tell_chain(struct xd_out *o, const struct xd_finding *f, unsigned index)
{
    struct xd_steps steps = {.o = o, .begin = begin_step, .end = end_step};

    xd_say_steps(&steps, index);
    if (f->n_effects > 0) {
        begin_row(o, steps.n == 0);
        xd_out_text(o, "this ");
        xd_say_stops(o, index);
        xd_out_text(o, " ");
        xd_out_style(o, XD_STYLE_BOLD);
        xd_say_effects(o, f);
        xd_out_style(o, XD_STYLE_PLAIN);
        end_step(&steps);
    }
    if (xd_is_mended(o->cs, index)) {
        xd_say_mended(o, index);
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
    }
}

static void tell_main(struct xd_out *o)
{
    bool headed = false;

    for (size_t i = 0; i < o->cs->n_findings; i++) {
        const struct xd_finding *f = o->cs->findings[i];
        if (!xd_text_is_main(o, f)) {
            continue;
        }
        if (!headed) {
            xd_out_heading(o, has_fault(o->cs) ? "CAUSE AND EFFECT" : "FINDINGS");
            headed = true;
        } else {
            xd_out_blank(o);
        }
        head_finding(o, (unsigned)i);
        /* Steps are quicker to read than the reason in words, which then follows below. */
        tell_chain(o, f, (unsigned)i);
        if (!xd_has_steps(o->cs, (unsigned)i)) {
            xd_text_summary(o, f, o->options->verbose);
        }
        tell_flows(o, f);
        tell_against(o, (unsigned)i);
        tell_masked(o, f);
    }
}

static void tell_others(struct xd_out *o)
{
    bool steps = false;
    bool headed = false;

    for (size_t i = 0; i < o->cs->n_findings; i++) {
        const struct xd_finding *f = o->cs->findings[i];
        if (xd_text_is_main(o, f)) {
            continue;
        }
        if (!headed) {
            xd_out_heading(o, "OTHER FINDINGS");
            headed = true;
        }
        head_finding(o, (unsigned)i);
        const char *next = f->severity >= XD_WARNING ? xd_say_next(f->summary) : NULL;
        if (next != NULL) {
            xd_out_printf(o, "Next: %s", next);
            xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
            steps = true;
        }
    }
    if (steps) {
        xd_out_text(o, "Why, and the steps in full: --verbose, or --html FILE.");
        xd_out_end(o, 1, 1);
    }
}

void xd_text_finding_heads(struct xd_out *o)
{
    xd_out_blank(o);
    for (size_t i = 0; i < o->cs->n_findings; i++) {
        head_finding(o, (unsigned)i);
    }
    xd_out_text(o, "Why, and what to do: expdiag analyze.");
    xd_out_end(o, 1, 1);
}

void xd_text_findings(struct xd_out *o)
{
    tell_main(o);
    xd_text_todo(o);
    xd_text_evidence(o);
    tell_others(o);
}
