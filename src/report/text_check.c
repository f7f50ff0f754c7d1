/*
 * text_check.c - conditions, predictions, what was ruled out or not judged, inputs.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "say_priv.h"

enum { CHECKS_NAMED = 4 };

/* The reason names the condition itself. */
void xd_say_scenario(struct xd_out *o, const struct xd_scenario *s)
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
        xd_out_text(o, i > 0 ? "" : s->n_also == 1 ? " Condition " : " Conditions ");
        xd_out_listed(o, i, s->n_also, s->also[i]);
    }
    if (s->n_also > 0) {
        xd_out_text(o, s->n_also == 1 ? " fits as well." : " fit as well.");
    }
}

enum xd_style xd_prediction_style(enum xd_prediction p)
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

bool xd_what_if_matters(const struct xd_case *cs)
{
    if (xd_verdict_kind(cs) == XD_VERDICT_FAULT || cs->n_tries > 0) {
        return true;
    }
    for (size_t i = 0; i < cs->n_what_if; i++) {
        const struct xd_what_if *w = &cs->what_if[i];
        if (w->zone != XD_PREDICT_ACTIVE || w->ssh != XD_PREDICT_ACTIVE) {
            return true;
        }
    }
    return false;
}

static bool same_pair(const struct xd_what_if *a, const struct xd_what_if *b)
{
    return a->c == b->c && a->e == b->e;
}

static bool same_prediction(const struct xd_what_if *a, const struct xd_what_if *b)
{
    return a->zone == b->zone && a->ssh == b->ssh && xd_text_same(a->reason, b->reason);
}

/* A change that was tried may be one of the standing ones. */
static bool is_told_before(const struct xd_what_if *all, size_t at, size_t i)
{
    for (size_t k = at; k < i; k++) {
        if (xd_text_same(all[k].change, all[i].change)) {
            return true;
        }
    }
    return false;
}

bool xd_say_changes(struct xd_out *o, size_t begin, size_t at, size_t end)
{
    const struct xd_what_if *all = o->cs->what_if;
    const struct xd_what_if *w = &all[at];

    for (size_t i = begin; i < at; i++) {
        if (same_prediction(&all[i], w)) {
            return false;
        }
    }
    for (size_t i = at, k = 0; i < end; i++) {
        if (same_prediction(&all[i], w) && !is_told_before(all, at, i)) {
            xd_out_text(o, k++ == 0 ? "" : ", ");
            xd_out_text(o, all[i].change);
        }
    }
    return true;
}

/* The changes that come to the same are one row, at the first of them. */
static void add_prediction(struct xd_table *t, size_t begin, size_t at, size_t end)
{
    struct xd_out *o = t->o;
    const struct xd_what_if *w = &o->cs->what_if[at];

    if (!xd_say_changes(o, begin, at, end)) {
        return;
    }
    xd_table_cell(t);
    xd_out_styled(o, xd_prediction_style(w->zone), xd_prediction_name(w->zone));
    xd_table_cell(t);
    xd_out_styled(o, xd_prediction_style(w->ssh), xd_prediction_name(w->ssh));
    xd_table_cell(t);
    xd_out_text(o, w->reason);
    xd_table_cell(t);
}

size_t xd_what_if_end(const struct xd_case *cs, size_t begin)
{
    size_t end = begin;

    while (end < cs->n_what_if && same_pair(&cs->what_if[begin], &cs->what_if[end])) {
        end++;
    }
    return end;
}

/* One table a pair; rows of a pair stand together. */
static void tell_what_if(struct xd_out *o)
{
    static const char *const heads[] = {"change", "UC zone", "SSH", "because"};
    const struct xd_case *cs = o->cs;
    struct xd_table t;

    for (size_t begin = 0; begin < cs->n_what_if;) {
        const struct xd_what_if *first = &cs->what_if[begin];
        size_t end = xd_what_if_end(cs, begin);

        xd_out_printf(o, "%s and %s", first->c != NULL ? first->c->id : "?",
                      first->e != NULL ? first->e->id : "?");
        xd_out_end(o, 1, 3);
        xd_table_begin(&t, o, 1, 4, heads);
        for (size_t i = begin; i < end; i++) {
            add_prediction(&t, begin, i, end);
        }
        xd_table_end(&t);
        begin = end;
    }
}

void xd_text_predictions(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;

    if (cs->n_scenarios > 0) {
        xd_out_heading(o, "CONDITION OF THE STORES (as the Cisco document counts them)");
        for (size_t i = 0; i < cs->n_scenarios; i++) {
            xd_say_scenario(o, &cs->scenarios[i]);
            xd_out_end(o, 1, 3);
        }
    }
    if (cs->n_what_if > 0) {
        xd_out_heading(o, "WHAT IF (certificates only)");
        tell_what_if(o);
    }
}

static const char *check_name(const struct xd_check *c)
{
    return xd_finding_info(c->id)->name;
}

static bool same_reason(const struct xd_check *a, const struct xd_check *b)
{
    return a->outcome == b->outcome && xd_text_same(a->why, b->why);
}

bool xd_say_checks(struct xd_out *o, size_t at)
{
    const struct xd_check *checks = o->cs->checks;
    const struct xd_check *c = &checks[at];

    for (size_t i = 0; i < at; i++) {
        if (same_reason(&checks[i], c)) {
            return false;
        }
    }
    xd_out_style(o, XD_STYLE_BOLD);
    for (size_t i = at, k = 0; i < o->cs->n_checks; i++) {
        if (same_reason(&checks[i], c)) {
            xd_out_printf(o, "%s%s", k++ == 0 ? "" : ", ", check_name(&checks[i]));
        }
    }
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_printf(o, ": %s", c->why != NULL ? c->why : "no reason is known");
    return true;
}

/* At the first of those that came to the same. */
static void tell_reason(struct xd_out *o, size_t at)
{
    if (xd_say_checks(o, at)) {
        xd_out_end(o, 1, 3);
    }
}

size_t xd_count_checks(const struct xd_case *cs, enum xd_check_outcome outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_checks; i++) {
        n += cs->checks[i].outcome == outcome ? 1 : 0;
    }
    return n;
}

static void tell_reasons(struct xd_out *o, enum xd_check_outcome outcome)
{
    for (size_t i = 0; i < o->cs->n_checks; i++) {
        if (o->cs->checks[i].outcome == outcome) {
            tell_reason(o, i);
        }
    }
}

static void tell_ruled_out(struct xd_out *o)
{
    size_t n = xd_count_checks(o->cs, XD_CHECK_RULED_OUT);

    if (n == 0) {
        return;
    }
    if (o->options->verbose) {
        xd_out_heading(o, "RULED OUT");
        tell_reasons(o, XD_CHECK_RULED_OUT);
        return;
    }
    xd_out_blank(o);
    xd_out_styled(o, XD_STYLE_BOLD, "RULED OUT");
    xd_out_text(o, ": ");
    xd_say_count(o, n, "check");
    xd_out_printf(o, " (--verbose lists %s)", n == 1 ? "it" : "them");
    xd_out_end(o, 0, 1);
}

static bool is_open(const struct xd_check *c)
{
    return c->outcome == XD_CHECK_NOT_EVALUATED;
}

static bool needs_text(const struct xd_check *c, const char *text)
{
    for (size_t i = 0; is_open(c) && i < c->n_missing; i++) {
        if (xd_text_same(c->missing[i], text)) {
            return true;
        }
    }
    return false;
}

/* Was the text said for this very check already? */
static bool is_first_mention(const struct xd_check *c, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (xd_text_same(c->missing[i], c->missing[at])) {
            return false;
        }
    }
    return true;
}

/* Was it said at an earlier check? */
static bool is_needed_before(const struct xd_case *cs, size_t at, const char *text)
{
    for (size_t i = 0; i < at; i++) {
        if (needs_text(&cs->checks[i], text)) {
            return true;
        }
    }
    return false;
}

const char *xd_need_next(const struct xd_case *cs, struct xd_need *at)
{
    for (; at->check < cs->n_checks; at->check++, at->row = 0) {
        const struct xd_check *c = &cs->checks[at->check];
        while (is_open(c) && at->row < c->n_missing) {
            size_t k = at->row++;
            if (is_first_mention(c, k) && !is_needed_before(cs, at->check, c->missing[k])) {
                return c->missing[k];
            }
        }
    }
    return NULL;
}

void xd_say_decides(struct xd_out *o, const char *text)
{
    const struct xd_case *cs = o->cs;
    size_t n = 0;

    for (size_t i = 0; i < cs->n_checks; i++) {
        n += needs_text(&cs->checks[i], text) ? 1 : 0;
    }
    xd_out_text(o, "would decide ");
    if (n > CHECKS_NAMED && !o->options->verbose) {
        xd_say_count(o, n, "check");
        xd_out_text(o, ", among them ");
        n = CHECKS_NAMED;
    }
    for (size_t i = 0, k = 0; i < cs->n_checks && k < n; i++) {
        if (needs_text(&cs->checks[i], text)) {
            xd_out_printf(o, "%s%s", k++ == 0 ? "" : ", ", check_name(&cs->checks[i]));
        }
    }
}

static void tell_not_judged(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    struct xd_need at = {0, 0};
    const char *need;

    if (xd_count_checks(cs, XD_CHECK_NOT_EVALUATED) == 0) {
        return;
    }
    xd_out_heading(o, "NOT JUDGED");
    for (size_t number = 1; (need = xd_need_next(cs, &at)) != NULL; number++) {
        xd_out_style(o, XD_STYLE_BOLD);
        xd_out_printf(o, "%zu. %s", number, need);
        xd_out_style(o, XD_STYLE_PLAIN);
        xd_out_end(o, 1, 4);
        xd_say_decides(o, need);
        xd_out_end(o, 4, 6);
    }
    /* The reasons of those that nothing to collect would help always stand. */
    for (size_t i = 0; i < cs->n_checks; i++) {
        const struct xd_check *c = &cs->checks[i];
        if (is_open(c) && (o->options->verbose || c->n_missing == 0)) {
            tell_reason(o, i);
        }
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

static size_t count_entries(const struct xd_case *cs, unsigned input,
                            enum xd_entry_status status)
{
    size_t n = 0;
    for (size_t i = 0; i < cs->n_entries; i++) {
        n += cs->entries[i]->input == input && cs->entries[i]->status == status ? 1 : 0;
    }
    return n;
}

static void tell_input(struct xd_out *o, unsigned index)
{
    const struct xd_input *in = &o->cs->inputs[index];
    size_t read = count_entries(o->cs, index, XD_ENTRY_READ);
    size_t skipped = count_entries(o->cs, index, XD_ENTRY_SKIPPED);

    xd_out_styled(o, XD_STYLE_BOLD, in->path);
    xd_out_text(o, ": ");
    if (o->options->verbose) {
        xd_say_count(o, in->bytes, "byte");
        xd_out_text(o, ", ");
    }
    xd_say_count(o, read, "file");
    xd_out_text(o, " read whole");
    if (skipped > 0) {
        xd_out_printf(o, ", %zu not needed", skipped);
    }
    if (in->note != NULL) {
        xd_out_printf(o, "; %s", in->note);
    }
    if (in->problem != NULL || in->unusable) {
        xd_out_text(o, "; ");
        xd_out_styled(o, XD_STYLE_YELLOW,
                      in->problem != NULL ? in->problem : "it could not be read");
    }
    xd_out_end(o, 1, 3);
    if (in->has_sha256 && xd_report_judges(o->options) && o->options->verbose) {
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
    if (!xd_report_judges(o->options) && xd_say_keys(o)) { /* else said at the top */
        xd_out_end(o, 3, 3);
    }
}
