/*
 * text_check.c - conditions, predictions, what was ruled out or not judged, inputs.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "text_priv.h"

/* The reason names the condition itself. */
static void tell_scenario(struct xd_out *o, const struct xd_scenario *s)
{
    xd_out_printf(o, "%s and %s: ", s->c != NULL ? s->c->id : "?",
                  s->e != NULL ? s->e->id : "?");
    if (s->why != NULL) {
        xd_out_text(o, s->why);
    } else if (s->condition != NULL) {
        xd_out_printf(o, "Condition %s.", s->condition);
    } else {
        xd_out_text(o, "No condition fits.");
    }
    for (size_t i = 0; i < s->n_also; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? " It fits also " : ", ", s->also[i]);
    }
    xd_out_text(o, s->n_also > 0 ? "." : "");
    xd_out_end(o, 1, 3);
}

static enum xd_style prediction_style(enum xd_prediction p)
{
    switch (p) {
    case XD_PREDICT_UNKNOWN:
        return XD_STYLE_YELLOW;
    case XD_PREDICT_ACTIVE:
        return XD_STYLE_GREEN;
    case XD_PREDICT_FAILED:
        return XD_STYLE_RED;
    }
    return XD_STYLE_PLAIN;
}

static void add_prediction(struct xd_table *t, const struct xd_what_if *w,
                           const struct xd_what_if *above)
{
    struct xd_out *o = t->o;
    bool again = above != NULL && w->reason != NULL && above->reason != NULL &&
                 strcmp(above->reason, w->reason) == 0;

    xd_out_text(o, w->change);
    xd_table_cell(t);
    xd_out_styled(o, prediction_style(w->zone), xd_prediction_name(w->zone));
    xd_table_cell(t);
    xd_out_styled(o, prediction_style(w->ssh), xd_prediction_name(w->ssh));
    xd_table_cell(t);
    xd_out_text(o, again ? "as above" : w->reason);
    xd_table_cell(t);
}

static bool same_pair(const struct xd_what_if *a, const struct xd_what_if *b)
{
    return a->c == b->c && a->e == b->e;
}

/* One table a pair; rows of a pair stand together. */
static void tell_what_if(struct xd_out *o)
{
    static const char *const heads[] = {"change", "UC zone", "SSH", "because"};
    const struct xd_case *cs = o->cs;
    struct xd_table t;

    for (size_t i = 0; i < cs->n_what_if;) {
        const struct xd_what_if *first = &cs->what_if[i];
        xd_out_printf(o, "%s and %s", first->c != NULL ? first->c->id : "?",
                      first->e != NULL ? first->e->id : "?");
        xd_out_end(o, 1, 3);
        xd_table_begin(&t, o, 1, 4, heads);
        size_t begin = i;
        for (; i < cs->n_what_if && same_pair(first, &cs->what_if[i]); i++) {
            add_prediction(&t, &cs->what_if[i], i > begin ? &cs->what_if[i - 1] : NULL);
        }
        xd_table_end(&t);
    }
}

void xd_text_predictions(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;

    if (cs->n_scenarios > 0) {
        xd_out_heading(o, "CONDITION OF THE STORES (as the vendor document counts them)");
        for (size_t i = 0; i < cs->n_scenarios; i++) {
            tell_scenario(o, &cs->scenarios[i]);
        }
    }
    if (cs->n_what_if > 0) {
        xd_out_heading(o, "WHAT IF (certificates only)");
        tell_what_if(o);
    }
}

static void tell_ruled_out(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    size_t n = 0;

    for (size_t i = 0; i < cs->n_checks; i++) {
        n += cs->checks[i].outcome == XD_CHECK_RULED_OUT ? 1 : 0;
    }
    if (n == 0) {
        return;
    }
    xd_out_heading(o, "RULED OUT");
    for (size_t i = 0, k = 0; i < cs->n_checks; i++) {
        const struct xd_check *c = &cs->checks[i];
        if (c->outcome != XD_CHECK_RULED_OUT) {
            continue;
        }
        if (o->options->verbose) {
            xd_out_styled(o, XD_STYLE_BOLD, xd_finding_info(c->id)->name);
            xd_out_printf(o, ": %s", c->why != NULL ? c->why : "");
            xd_out_end(o, 1, 3);
        } else {
            xd_out_listed(o, k++, n, xd_finding_info(c->id)->name);
        }
    }
    if (!xd_out_is_empty(o)) {
        xd_out_text(o, ".");
        xd_out_end(o, 1, 1);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_open(const struct xd_check *c)
{
    return c->outcome == XD_CHECK_NOT_EVALUATED;
}

static bool same_needs(const struct xd_check *a, const struct xd_check *b)
{
    if (a->n_missing != b->n_missing || !same_text(a->why, b->why)) {
        return false;
    }
    for (size_t i = 0; i < a->n_missing; i++) {
        if (!same_text(a->missing[i], b->missing[i])) {
            return false;
        }
    }
    return true;
}

/* What has to be collected, each once, in order of first mention. */
struct needs {
    const char *texts[XD_FINDING_COUNT];
    size_t n;
};

/* Its number from 1; the list is full at as many as there are findings. */
static size_t number_need(struct needs *needs, const char *text)
{
    for (size_t i = 0; i < needs->n; i++) {
        if (same_text(needs->texts[i], text)) {
            return i + 1;
        }
    }
    if (needs->n == XD_FINDING_COUNT) {
        return needs->n;
    }
    needs->texts[needs->n++] = text;
    return needs->n;
}

static bool needs_number(struct needs *needs, const struct xd_check *c, size_t number)
{
    for (size_t i = 0; i < c->n_missing; i++) {
        if (number_need(needs, c->missing[i]) == number) {
            return true;
        }
    }
    return false;
}

static void say_needs(struct xd_out *o, const struct xd_check *c, struct needs *needs)
{
    size_t said = 0;

    for (size_t i = 0; i < c->n_missing; i++) {
        (void)number_need(needs, c->missing[i]);
    }
    for (size_t n = 1; n <= needs->n; n++) {
        if (needs_number(needs, c, n)) {
            xd_out_printf(o, "%s%zu", said++ == 0 ? ": needs " : ", ", n);
        }
    }
}

/* The checks that lack the same, at the first of them. */
static void tell_open_group(struct xd_out *o, size_t at, struct needs *needs)
{
    const struct xd_case *cs = o->cs;
    const struct xd_check *c = &cs->checks[at];

    for (size_t i = 0; i < at; i++) {
        if (is_open(&cs->checks[i]) && same_needs(&cs->checks[i], c)) {
            return;
        }
    }
    for (size_t i = at, k = 0; i < cs->n_checks; i++) {
        if (is_open(&cs->checks[i]) && same_needs(&cs->checks[i], c)) {
            xd_out_printf(o, "%s%s", k++ == 0 ? "" : ", ",
                          xd_finding_info(cs->checks[i].id)->name);
        }
    }
    say_needs(o, c, needs);
    xd_out_end(o, 3, 5);
}

/* Those with the same reason stand together under it. */
static void tell_open_reason(struct xd_out *o, size_t at, struct needs *needs)
{
    const struct xd_case *cs = o->cs;
    const char *why = cs->checks[at].why;

    for (size_t i = 0; i < at; i++) {
        if (is_open(&cs->checks[i]) && same_text(cs->checks[i].why, why)) {
            return;
        }
    }
    xd_out_text(o, why != NULL ? why : "The evidence is missing.");
    xd_out_end(o, 1, 1);
    for (size_t i = at; i < cs->n_checks; i++) {
        if (is_open(&cs->checks[i]) && same_text(cs->checks[i].why, why)) {
            tell_open_group(o, i, needs);
        }
    }
}

static void tell_not_judged(struct xd_out *o)
{
    struct needs needs = {.n = 0};
    bool any = false;

    for (size_t i = 0; i < o->cs->n_checks; i++) {
        if (!is_open(&o->cs->checks[i])) {
            continue;
        }
        if (!any) {
            xd_out_heading(o, "NOT JUDGED");
            any = true;
        }
        tell_open_reason(o, i, &needs);
    }
    if (needs.n > 0) {
        xd_out_text(o, "Needed:");
        xd_out_end(o, 1, 1);
    }
    for (size_t i = 0; i < needs.n; i++) {
        xd_out_printf(o, "%zu. %s", i + 1, needs.texts[i]);
        xd_out_end(o, 3, 6);
    }
}

void xd_text_checks(struct xd_out *o)
{
    tell_ruled_out(o);
    tell_not_judged(o);
}

static void tell_entry(struct xd_out *o, const struct xd_entry *e)
{
    bool sound = e->status == XD_ENTRY_READ || e->status == XD_ENTRY_SKIPPED;

    xd_out_text(o, xd_report_label(e));
    xd_out_printf(o, ": %s, ", xd_entry_kind_name(e->kind));
    xd_out_styled(o, sound ? XD_STYLE_PLAIN : XD_STYLE_YELLOW,
                  xd_entry_status_name(e->status));
    xd_out_text(o, ", ");
    xd_say_count(o, e->bytes, "byte");
    if (e->detail != NULL) {
        xd_out_printf(o, " - %s", e->detail);
    }
    xd_out_end(o, 3, 5);
}

static void tell_input(struct xd_out *o, unsigned index)
{
    const struct xd_input *in = &o->cs->inputs[index];
    size_t read = 0;
    size_t skipped = 0;

    for (size_t i = 0; i < o->cs->n_entries; i++) {
        const struct xd_entry *e = o->cs->entries[i];
        read += e->input == index && e->status == XD_ENTRY_READ ? 1 : 0;
        skipped += e->input == index && e->status == XD_ENTRY_SKIPPED ? 1 : 0;
    }
    xd_out_styled(o, XD_STYLE_BOLD, in->path);
    xd_out_text(o, ": ");
    xd_say_count(o, in->bytes, "byte");
    xd_out_text(o, ", ");
    xd_say_count(o, read, "file");
    xd_out_text(o, " read whole");
    if (skipped > 0) {
        xd_out_printf(o, ", %zu not needed", skipped);
    }
    if (in->problem != NULL || in->unusable) {
        xd_out_text(o, "; ");
        xd_out_styled(o, XD_STYLE_YELLOW,
                      in->problem != NULL ? in->problem : "it could not be read");
    }
    xd_out_end(o, 1, 3);
    if (in->has_sha256 && o->options->command == XD_REPORT_ANALYZE) {
        char hex[65];
        xd_text_hex(in->sha256, sizeof(in->sha256), hex);
        xd_out_printf(o, "sha256 %s", hex);
        xd_out_end(o, 3, 5);
    }
    for (size_t i = 0; i < o->cs->n_entries; i++) {
        const struct xd_entry *e = o->cs->entries[i];
        bool sound = e->status == XD_ENTRY_READ || e->status == XD_ENTRY_SKIPPED;
        if (e->input == index && (!sound || o->options->verbose)) {
            tell_entry(o, e);
        }
    }
}

void xd_text_inputs(struct xd_out *o)
{
    if (o->cs->n_inputs == 0) {
        return;
    }
    xd_out_heading(o, "INPUT");
    for (size_t i = 0; i < o->cs->n_inputs; i++) {
        tell_input(o, (unsigned)i);
    }
}
