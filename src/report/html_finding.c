/*
 * html_finding.c - each finding: steps, remedies, ladders, evidence.
 */
#include "html_priv.h"

#include <string.h>

enum { LADDERS_OF_ONE = 3, FLOWS_SHOWN = 24 };

static const char *step_class(enum xd_step_kind kind)
{
    switch (kind) {
    case XD_STEP_SWITCH:
        return "switch";
    case XD_STEP_PRESENTED:
        return "presented";
    case XD_STEP_REFUSED:
        return "refused";
    case XD_STEP_ZONE:
        return "zone";
    case XD_STEP_TUNNEL:
        return "tunnel";
    case XD_STEP_ALARM:
        return "alarm";
    }
    return "";
}

static const char *step_word(enum xd_step_kind kind)
{
    switch (kind) {
    case XD_STEP_SWITCH:
        return "Setting";
    case XD_STEP_PRESENTED:
        return "Presented";
    case XD_STEP_REFUSED:
        return "Refused";
    case XD_STEP_ZONE:
        return "Zone";
    case XD_STEP_TUNNEL:
        return "Tunnel";
    case XD_STEP_ALARM:
        return "Alarm";
    }
    return "";
}

static void begin_step(struct xd_steps *s, enum xd_step_kind kind)
{
    struct xd_html *h = s->arg;

    xd_html_raw(h, "<li class=\"%s\"><b>%s</b> <span>", step_class(kind), step_word(kind));
}

static void end_step(struct xd_steps *s)
{
    struct xd_html *h = s->arg;

    xd_html_said(h);
    xd_html_raw(h, "</span></li>\n");
}

/* The steps without writing them. */
struct outline {
    struct xd_html *h;
    enum xd_step_kind first;
};

static void begin_none(struct xd_steps *s, enum xd_step_kind kind)
{
    struct outline *outline = s->arg;

    outline->first = s->n == 0 ? kind : outline->first;
}

static void end_none(struct xd_steps *s)
{
    struct outline *outline = s->arg;

    (void)xd_html_taken(outline->h);
}

static size_t count_steps(struct xd_html *h, size_t index, enum xd_step_kind *first)
{
    struct outline outline = {h, XD_STEP_ALARM};
    struct xd_steps steps = {
        .o = &h->say, .begin = begin_none, .end = end_none, .arg = &outline};

    xd_say_steps(&steps, (unsigned)index);
    *first = outline.first;
    return steps.n;
}

bool xd_html_has_steps(struct xd_html *h, size_t index)
{
    enum xd_step_kind first;

    return count_steps(h, index, &first) > 1 || h->cs->findings[index]->n_effects > 0;
}

/* Where the steps tell effects alone, they begin with what was found. */
static bool lacks_cause(enum xd_step_kind first)
{
    return first == XD_STEP_ZONE || first == XD_STEP_TUNNEL || first == XD_STEP_ALARM;
}

void xd_html_steps(struct xd_html *h, size_t index)
{
    const struct xd_finding *f = h->cs->findings[index];
    struct xd_steps steps = {.o = &h->say, .begin = begin_step, .end = end_step, .arg = h};
    enum xd_step_kind first;

    (void)count_steps(h, index, &first);
    xd_html_raw(h, "<ol class=\"steps\">\n");
    if (index == h->headline && lacks_cause(first)) {
        xd_html_raw(h, "<li class=\"refused\"><b>Found</b> <span>");
        xd_html_text(h, f->title);
        xd_html_raw(h, "</span></li>\n");
    }
    xd_say_steps(&steps, (unsigned)index);
    if (f->n_effects > 0) {
        xd_html_raw(h, "<li class=\"stops\"><b>Effect</b> <span>");
        xd_say_stops(&h->say, (unsigned)index);
        xd_out_text(&h->say, " ");
        xd_say_effects(&h->say, f);
        xd_html_said(h);
        xd_html_raw(h, "</span></li>\n");
    }
    xd_html_raw(h, "</ol>\n");
}

/* Which findings a step serves, unless it serves all that have steps. */
static void write_served(struct xd_html *h, const struct xd_todo_step *s)
{
    for (size_t i = 0; s->n_findings < h->todo.served && i < s->n_findings; i++) {
        xd_html_raw(h, " <a href=\"#");
        xd_html_finding_id(h, s->findings[i]);
        xd_html_raw(h, "\">[%u]</a>", s->findings[i] + 1);
    }
}

/* As one of the answer's list, or (NULL) of its finding. */
static void write_step(struct xd_html *h, const struct xd_remedy *r,
                       const struct xd_todo_step *listed)
{
    xd_html_raw(h, "<li><span class=\"who\">%s", xd_say_actor(r->actor));
    if (r->node != NULL) {
        xd_html_raw(h, " on ");
        xd_html_text(h, r->node->id);
    }
    xd_html_raw(h, "</span> <span class=\"step\">");
    xd_html_prose(h, r->text);
    if (listed != NULL) {
        write_served(h, listed);
    }
    if (r->where != NULL) {
        xd_html_raw(h, "<br><span class=\"menu\">");
        xd_html_prose(h, r->where);
        xd_html_raw(h, "</span>");
    }
    if (r->command != NULL) {
        xd_html_raw(h, "<br><code class=\"copy command\">");
        xd_html_text(h, r->command);
        xd_html_raw(h, "</code>");
    }
    xd_html_raw(h, "</span></li>\n");
}

void xd_html_todo(struct xd_html *h)
{
    xd_html_raw(h, "<ol class=\"remedies\">\n");
    for (size_t i = 0; i < h->todo.n_items; i++) {
        write_step(h, h->todo.items[i].remedy, &h->todo.items[i]);
    }
    xd_html_raw(h, "</ol>\n");
}

static void write_steps(struct xd_html *h, const struct xd_finding *f)
{
    xd_html_raw(h, "<ol class=\"remedies\">\n");
    for (size_t i = 0; i < f->n_remedies; i++) {
        write_step(h, &f->remedies[i], NULL);
    }
    xd_html_raw(h, "</ol>\n");
}

/* Its steps, unless the answer lists them: then which of those. */
static void write_remedies(struct xd_html *h, size_t index)
{
    const struct xd_finding *f = h->cs->findings[index];

    if (f->n_remedies == 0) {
        return;
    }
    xd_html_raw(h, "<h4 id=\"");
    xd_html_finding_id(h, index);
    xd_html_raw(h, "-todo\">What to do</h4>\n");
    if (xd_is_mended(h->cs, (unsigned)index)) {
        xd_html_raw(h, "<p>");
        xd_say_mended(&h->say, (unsigned)index);
        xd_html_said(h);
        xd_html_raw(h,
                    " Nothing is left to do about it.</p>\n<details><summary>What it took"
                    "</summary>\n");
        write_steps(h, f);
        xd_html_raw(h, "</details>\n");
        return;
    }
    if (xd_todo_find(&h->todo, &f->remedies[0]) > 0) {
        xd_html_raw(h, "<p>");
        xd_say_todo_steps(&h->say, &h->todo, f);
        const char *steps = xd_html_taken(h);
        xd_html_raw(h, "<span class=\"first\">");
        xd_html_text(h, steps);
        xd_html_raw(h,
                    "</span> of <a href=\"#todo\">What to do, and who does it</a>.</p>\n");
        return;
    }
    write_steps(h, f);
}

static void write_evidence_row(struct xd_html *h, const struct xd_evidence *e)
{
    xd_html_raw(h, "<li%s><p class=\"where\">%s", e->supports ? "" : " class=\"against\"",
                e->supports ? "" : "<b>Against it:</b> ");
    xd_html_place(h, &e->place);
    if (e->place.time != XD_TIME_NONE) {
        xd_html_raw(h, " ");
        xd_html_time(h, e->place.time);
    }
    if (e->place.frame != 0) {
        xd_html_raw(h, " ");
        xd_html_frame_filter(h, &e->place);
    }
    xd_html_raw(h, "</p>");
    if (e->quote != NULL) {
        xd_html_raw(h, "<q>");
        xd_html_text(h, e->quote);
        xd_html_raw(h, "</q>");
    }
    xd_html_raw(h, "</li>\n");
}

/* Those rows whose flag is like that; number is of the first. */
static void write_rows(struct xd_html *h, const struct xd_finding *f, const bool *shown,
                       bool which, size_t number)
{
    xd_html_raw(h, "<ol class=\"evidence\"");
    if (number > 1) {
        xd_html_raw(h, " start=\"%zu\"", number);
    }
    xd_html_raw(h, ">\n");
    for (size_t i = 0; i < f->n_evidence; i++) {
        if (shown[i] == which) {
            write_evidence_row(h, &f->evidence[i]);
        }
    }
    xd_html_raw(h, "</ol>\n");
}

/* What tells most at once, the others behind it. */
static void write_evidence(struct xd_html *h, const struct xd_finding *f)
{
    bool *shown = xd_arena_alloc(h->scratch, f->n_evidence + 1);
    size_t n = xd_choose_evidence(f, shown);

    if (f->n_evidence == 0) {
        return;
    }
    xd_html_raw(h, "<h4>Evidence</h4>\n");
    write_rows(h, f, shown, true, 1);
    if (n < f->n_evidence) {
        xd_html_raw(h, "<details><summary>%zu more rows of evidence</summary>\n",
                    f->n_evidence - n);
        write_rows(h, f, shown, false, n + 1);
        xd_html_raw(h, "</details>\n");
    }
    xd_html_left_out(h, f->evidence_left_out, "row");
}

/* The first few that differ; repeated ones once. */
static void write_ladders(struct xd_html *h, const struct xd_finding *f)
{
    const struct xd_flow *drawn[LADDERS_OF_ONE];
    size_t n = 0;

    for (size_t i = 0; i < f->n_flows && n < LADDERS_OF_ONE; i++) {
        const struct xd_flow *flow = xd_report_flow(h->cs, f->flows[i]);
        bool alike = flow == NULL || xd_report_first_view(h->cs, flow) != NULL;
        for (size_t k = 0; !alike && k < n; k++) {
            alike = xd_group_same_flow(flow, drawn[k]);
        }
        if (!alike && flow->n_messages + flow->n_ledger > 0) {
            drawn[n++] = flow;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0) {
            xd_html_raw(h, "<h4>On the wire</h4>\n");
        }
        (void)xd_html_ladder(h, drawn[i], i == 0);
    }
}

static void write_flows(struct xd_html *h, const struct xd_finding *f)
{
    if (f->n_flows < 2) {
        return;
    }
    xd_html_raw(h, "<p class=\"dim\">Seen in conversations ");
    for (size_t i = 0; i < f->n_flows && i < FLOWS_SHOWN; i++) {
        xd_html_raw(h, "%s#%u", i == 0 ? "" : ", ", f->flows[i]);
    }
    if (f->n_flows > FLOWS_SHOWN) {
        xd_html_raw(h, " and %zu more", f->n_flows - FLOWS_SHOWN);
    }
    xd_html_raw(h, ".</p>\n");
}

/* The status that contradicts it is no step. */
static void write_against(struct xd_html *h, unsigned index)
{
    if (xd_say_against(&h->say, index)) {
        xd_html_raw(h, "<p class=\"note\">");
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
}

static void write_masked(struct xd_html *h, const struct xd_finding *f)
{
    if (f->n_masked > 0) {
        xd_html_raw(h, "<p class=\"note\">");
        xd_say_masked(&h->say, f);
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
}

static void write_references(struct xd_html *h, const struct xd_finding_info *info)
{
    const char *at = info->references;

    if (at == NULL || *at == '\0') {
        return;
    }
    xd_html_raw(h, "<p class=\"references\">Cisco documents: ");
    for (bool first = true; *at != '\0'; first = false) {
        size_t len = strcspn(at, "\n");
        xd_html_raw(h, "%s<cite>", first ? "" : "; ");
        xd_html_text(h, xd_arena_text(h->scratch, at, len));
        xd_html_raw(h, "</cite>");
        at += len + (at[len] == '\n' ? 1 : 0);
    }
    xd_html_raw(h, "</p>\n");
}

static void write_heading(struct xd_html *h, size_t index)
{
    const struct xd_finding *f = h->cs->findings[index];
    const struct xd_finding_info *info = xd_finding_info(f->id);

    xd_html_raw(h, "<p class=\"verdict\">");
    xd_html_badge(h, xd_severity_tone(f->severity), xd_severity_name(f->severity));
    xd_html_raw(h, " <span class=\"confidence\">%s</span> <a class=\"anchor\" href=\"#",
                xd_confidence_name(f->confidence));
    xd_html_finding_id(h, index);
    xd_html_raw(h, "\">%s</a></p>\n<h3 id=\"", info->name);
    xd_html_finding_id(h, index);
    xd_html_raw(h, "-title\">[%zu] ", index + 1);
    xd_html_title(h, f->title != NULL ? f->title : info->title);
    xd_html_raw(h, "</h3>\n");
}

/* What the answer says in these words already is not said twice. */
static void write_summary(struct xd_html *h, size_t index)
{
    const struct xd_finding *f = h->cs->findings[index];

    if (index == h->headline && xd_verdict_kind(h->cs) == XD_VERDICT_FAULT) {
        xd_html_raw(h,
                    "<p class=\"screen\">What happened%s: the <a href=\"#answer\">answer"
                    "</a>.</p>\n",
                    xd_html_has_steps(h, index) ? ", and from cause to effect" : "");
        return;
    }
    xd_html_raw(h, "<p>");
    xd_html_prose(h, f->summary != NULL ? f->summary : xd_finding_info(f->id)->meaning);
    xd_html_raw(h, "</p>\n");
}

static void write_finding(struct xd_html *h, size_t index)
{
    const struct xd_finding *f = h->cs->findings[index];
    const struct xd_finding_info *info = xd_finding_info(f->id);

    xd_html_raw(h, "<article class=\"finding %s\" id=\"",
                xd_tone_class(xd_severity_tone(f->severity)));
    xd_html_finding_id(h, index);
    xd_html_raw(h, "\" aria-labelledby=\"");
    xd_html_finding_id(h, index);
    xd_html_raw(h, "-title\">\n");
    write_heading(h, index);
    write_summary(h, index);
    if (index != h->headline && xd_html_has_steps(h, index)) {
        xd_html_steps(h, index);
    }
    write_against(h, (unsigned)index);
    write_masked(h, f);
    write_remedies(h, index);
    write_ladders(h, f);
    write_evidence(h, f);
    write_flows(h, f);
    write_references(h, info);
    xd_html_raw(h, "</article>\n");
}

void xd_html_findings(struct xd_html *h)
{
    size_t n = h->cs->n_findings;

    xd_html_section(h, "findings", "Findings");
    for (size_t i = 0; i < n && i < XD_HTML_FINDINGS; i++) {
        write_finding(h, i);
    }
    xd_html_left_out(h, n > XD_HTML_FINDINGS ? n - XD_HTML_FINDINGS : 0, "finding");
    xd_html_section_end(h);
}
