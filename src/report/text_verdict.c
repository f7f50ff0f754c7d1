/*
 * text_verdict.c - the first two lines: what failed, why and where; or that nothing did.
 */
#include <string.h>

#include "expdiag/arena.h"
#include "expdiag/node.h"

#include "say_priv.h"

/* For people a word that stands out; the word itself says it without colour. */
const char *xd_say_severity(enum xd_severity s)
{
    switch (s) {
    case XD_INFO:
        return "INFO";
    case XD_WARNING:
        return "WARNING";
    case XD_ERROR:
        return "ERROR";
    case XD_CRITICAL:
        return "CRITICAL";
    }
    return "";
}

size_t xd_count_findings(const struct xd_case *cs, enum xd_severity least)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_findings; i++) {
        n += cs->findings[i]->severity >= least ? 1 : 0;
    }
    return n;
}

static size_t count_of(const struct xd_case *cs, enum xd_severity severity)
{
    return xd_count_findings(cs, severity) -
           (severity == XD_CRITICAL ? 0 : xd_count_findings(cs, severity + 1));
}

static void tell_effects(struct xd_out *o)
{
    const char *texts[XD_EFFECTS_SHOWN];
    size_t n = xd_join_effects(o->cs, texts);

    if (n == 0) {
        return;
    }
    xd_out_text(o, " It ");
    xd_say_stops(o, xd_headline(o->cs));
    for (size_t i = 0; i < n; i++) {
        xd_out_text(o, i == 0 ? ": " : ", ");
        xd_out_text(o, texts[i]);
    }
    xd_out_text(o, ".");
}

/* The sentence without its full stop, and where its steps stand. */
static void tell_next(struct xd_out *o, const struct xd_finding *f, const char *next,
                      bool with_steps)
{
    struct xd_arena *arena = xd_arena_new();
    struct xd_todo todo;
    size_t len = strlen(next);

    xd_todo_gather(&todo, o->cs, arena, false);
    if (!with_steps || f->n_remedies == 0 || xd_todo_find(&todo, &f->remedies[0]) == 0) {
        xd_out_text(o, next);
    } else {
        xd_out_printf(o, "%.*s", (int)(next[len - 1] == '.' ? len - 1 : len), next);
        xd_out_text(o, " (WHAT TO DO, ");
        xd_say_todo_steps(o, &todo, f);
        xd_out_text(o, ").");
    }
    xd_arena_free(arena);
}

static void say_fault(struct xd_out *o, const struct xd_finding *f)
{
    const struct xd_finding_info *info = xd_finding_info(f->id);

    xd_out_styled(o, xd_severity_style(f->severity), xd_say_severity(f->severity));
    bool mended = xd_is_mended(o->cs, xd_headline(o->cs));

    xd_out_text(o, mended ? " (mended since): " : ": ");
    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_names(o, f->title != NULL ? f->title : info->title);
    xd_out_style(o, XD_STYLE_PLAIN);
}

/* What else the report holds. */
static void tell_more(struct xd_out *o)
{
    size_t faults = xd_count_findings(o->cs, XD_ERROR) - 1;
    size_t warnings = count_of(o->cs, XD_WARNING);
    size_t mended = 0;

    if (faults + warnings == 0) {
        return;
    }
    unsigned first = xd_headline(o->cs);
    for (unsigned i = 0; i <= faults; i++) {
        mended += i != first && xd_is_mended(o->cs, i) ? 1 : 0;
    }
    xd_out_text(o, " Below: ");
    if (faults > 0) {
        xd_say_count(o, faults, "more fault");
        if (mended == faults) {
            xd_out_text(o, ", mended too");
        } else if (mended > 0) {
            xd_out_printf(o, ", %zu of them mended", mended);
        }
        xd_out_text(o, warnings > 0 ? ", " : "");
    }
    if (warnings > 0) {
        xd_say_count(o, warnings, "warning");
    }
    xd_out_text(o, ".");
}

/* The first fault that was not mended since, where the first of all was; else NULL. */
static const struct xd_finding *still_failing(const struct xd_case *cs)
{
    for (unsigned i = 0; i < cs->n_findings && cs->findings[i]->severity >= XD_ERROR; i++) {
        if (!xd_is_mended(cs, i)) {
            return cs->findings[i];
        }
    }
    return NULL;
}

static void say_next(struct xd_out *o, const struct xd_finding *f, bool with_steps)
{
    const char *next = xd_say_next(f->summary);

    if (next != NULL) {
        xd_out_text(o, " Next: ");
        tell_next(o, f, next, with_steps);
    } else if (f->node != NULL) {
        xd_out_text(o, " To be changed on ");
        xd_say_node(o, f->node);
        xd_out_text(o, ".");
    }
}

static void say_fault_scope(struct xd_out *o, const struct xd_finding *f, bool with_steps)
{
    const struct xd_finding_info *info = xd_finding_info(f->id);
    unsigned index = xd_headline(o->cs);

    xd_out_printf(o, "%s, %s.", info->name, xd_confidence_name(f->confidence));
    tell_effects(o);
    if (xd_is_mended(o->cs, index)) {
        const struct xd_finding *other = still_failing(o->cs);
        xd_out_text(o, " ");
        xd_say_mended(o, index);
        if (other != NULL) {
            xd_out_text(o, " Not mended: ");
            xd_out_names(o, other->title);
            xd_out_text(o, ".");
            say_next(o, other, with_steps);
        }
    } else {
        if (xd_is_up_again(o->cs, index)) {
            xd_out_text(o, " ");
            xd_say_up_again(o, index);
        }
        say_next(o, f, with_steps);
    }
    tell_more(o);
}

struct tally {
    size_t flows; /* each connection once, however many captures show it */
    size_t related;
    size_t established;
    size_t failed;
    size_t zones;
    size_t zones_down;
    size_t tunnels;
    size_t tunnels_down;
    size_t zones_since; /* came up after their status was taken */
    size_t tunnels_since;
    const char *since;
    size_t logs;
    size_t captures;
};

static void count_since(struct tally *t, size_t *n, const char *status, const char *later)
{
    if (later != NULL && xd_say_is_down(status)) {
        (*n)++;
        t->since = t->since != NULL ? t->since : later;
    }
}

static void count_nodes(const struct xd_case *cs, struct tally *t)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            t->zones++;
            t->zones_down += xd_say_is_down(n->zones[z].status) ? 1 : 0;
            count_since(t, &t->zones_since, n->zones[z].status, n->zones[z].later);
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            t->tunnels++;
            t->tunnels_down += xd_say_is_down(n->tunnels[k].status) ? 1 : 0;
            count_since(t, &t->tunnels_since, n->tunnels[k].status, n->tunnels[k].later);
        }
    }
}

static void count_all(const struct xd_case *cs, struct tally *t)
{
    count_nodes(cs, t);
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        /* Without a node nothing can be told to be the case's: then all count. */
        bool counts =
            (f->related || cs->n_nodes == 0) && xd_report_first_view(cs, f) == NULL;
        t->flows += xd_report_first_view(cs, f) == NULL ? 1 : 0;
        t->related += counts ? 1 : 0;
        t->established += counts && f->outcome == XD_OUTCOME_ESTABLISHED ? 1 : 0;
        t->failed += counts && f->outcome == XD_OUTCOME_FAILED ? 1 : 0;
    }
    for (size_t i = 0; i < cs->n_entries; i++) {
        const struct xd_entry *e = cs->entries[i];
        bool used = e->status != XD_ENTRY_SKIPPED;
        t->logs += used && e->kind == XD_ENTRY_LOG ? 1 : 0;
        t->captures += used && e->kind == XD_ENTRY_PCAP ? 1 : 0;
    }
}

static void say_nodes(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;

    xd_say_count(o, cs->n_nodes, "node");
    for (size_t i = 0; i < cs->n_nodes; i++) {
        xd_out_text(o, i == 0 ? " - " : ", ");
        xd_say_node(o, cs->nodes[i]);
    }
}

/* Why what is called down is no fault. */
static void say_since(struct xd_out *o, const struct tally *t)
{
    if (t->since == NULL) {
        return;
    }
    xd_out_text(o, " By the captures ");
    if (t->zones_since > 0) {
        xd_say_count(o, t->zones_since, "zone");
        xd_out_text(o, t->tunnels_since > 0 ? " and " : "");
    }
    if (t->tunnels_since > 0) {
        xd_say_count(o, t->tunnels_since, "SSH tunnel");
    }
    xd_out_printf(o, " came up after the status was taken: %s.", t->since);
}

static void say_related(struct xd_out *o, const struct tally *t)
{
    size_t cut_off = t->related - t->established - t->failed;

    if (t->related == 0) {
        return;
    }
    xd_out_printf(o, " (%zu of this case: %zu established", t->related, t->established);
    if (t->failed > 0) {
        xd_out_printf(o, ", %zu failed", t->failed);
    }
    if (cut_off > 0) {
        xd_out_printf(o, ", %zu cut off", cut_off);
    }
    xd_out_text(o, ")");
}

/* "3 zones (1 down)", "4 SSH tunnels", "no SSH tunnel". */
static void say_state(struct xd_out *o, size_t n, const char *noun, size_t down,
                      const char *word)
{
    if (n == 0) {
        xd_out_printf(o, "no %s", noun);
        return;
    }
    xd_say_count(o, n, noun);
    if (word != NULL) {
        xd_out_printf(o, " (%zu %s)", down, word);
    }
}

/* "3 zones (1 down) and 4 SSH tunnels (2 down).", "3 zones and 4 SSH tunnels, none down."
 */
static void say_states(struct xd_out *o, const struct tally *t)
{
    const char *word = NULL;

    if (t->zones_down + t->tunnels_down > 0) {
        word = t->since != NULL ? "down by the status" : "down";
    }
    say_state(o, t->zones, "zone", t->zones_down, word);
    xd_out_text(o, " and ");
    say_state(o, t->tunnels, "SSH tunnel", t->tunnels_down, word);
    xd_out_text(o, word != NULL ? "." : ", none down.");
}

/* So that "nothing found" can be weighed. */
static void say_scope(struct xd_out *o, const struct tally *t)
{
    const struct xd_case *cs = o->cs;

    xd_out_text(o, "Looked at: ");
    say_nodes(o);
    xd_out_text(o, "; ");
    if (t->captures == 0) {
        xd_out_text(o, "no capture");
    } else {
        xd_say_count(o, t->captures, "capture");
        xd_out_text(o, " with ");
        xd_say_count(o, t->flows, "conversation");
        say_related(o, t);
    }
    xd_out_text(o, "; ");
    if (t->logs == 0) {
        xd_out_text(o, "no log");
    } else {
        xd_say_count(o, t->logs, "log");
        xd_out_text(o, " with ");
        xd_say_count(o, cs->n_events + cs->events_untold, "event");
    }
    xd_out_text(o, "; ");
    if (t->zones + t->tunnels == 0) {
        xd_out_text(o, "no status of zones or tunnels.");
    } else {
        say_states(o, t);
        say_since(o, t);
    }
}

/* Most questions open: no reason to be glad. */
static bool is_mostly_open(const struct xd_case *cs)
{
    size_t open = 0;

    for (size_t i = 0; i < cs->n_checks; i++) {
        open += cs->checks[i].outcome == XD_CHECK_NOT_EVALUATED ? 1 : 0;
    }
    return 2 * open > cs->n_checks;
}

enum xd_verdict_kind xd_verdict_kind(const struct xd_case *cs)
{
    if (cs->n_findings > 0 && cs->findings[0]->severity >= XD_ERROR) {
        return XD_VERDICT_FAULT;
    }
    if (cs->n_nodes == 0 && cs->n_flows == 0 && cs->n_pems == 0) {
        return XD_VERDICT_NOTHING_TO_JUDGE;
    }
    return is_mostly_open(cs) ? XD_VERDICT_TOO_LITTLE_EVIDENCE : XD_VERDICT_NO_FAULT;
}

const char *xd_verdict_name(enum xd_verdict_kind kind)
{
    switch (kind) {
    case XD_VERDICT_FAULT:
        return "fault";
    case XD_VERDICT_NO_FAULT:
        return "no-fault";
    case XD_VERDICT_TOO_LITTLE_EVIDENCE:
        return "too-little-evidence";
    case XD_VERDICT_NOTHING_TO_JUDGE:
        return "nothing-to-judge";
    }
    return "";
}

static void say_warnings(struct xd_out *o, const char *before)
{
    size_t warnings = count_of(o->cs, XD_WARNING);

    if (warnings > 0) {
        xd_out_text(o, before);
        xd_say_count(o, warnings, "warning");
        xd_out_text(o, warnings == 1 ? " needs attention" : " need attention");
    }
    xd_out_text(o, ".");
}

static void say_too_little(struct xd_out *o, const struct tally *t)
{
    if (t->failed > 0) {
        xd_say_count(o, t->failed, "conversation");
        xd_out_text(o, " failed");
    } else {
        xd_out_text(o, "nothing in it fails");
    }
    xd_out_text(o, ", but most questions could not be judged (what to collect stands "
                   "below)");
    say_warnings(o, "; ");
}

static void say_no_fault(struct xd_out *o)
{
    xd_out_text(o, "nothing in this evidence fails for a certificate or a connection");
    say_warnings(o, ", but ");
}

static void say_nothing(struct xd_out *o)
{
    xd_out_text(o, "the input holds nothing of an Expressway, no conversation and no "
                   "certificate.");
}

/* What the first line says. */
static void say_verdict(struct xd_out *o, enum xd_verdict_kind kind, const struct tally *t)
{
    switch (kind) {
    case XD_VERDICT_FAULT:
        say_fault(o, o->cs->findings[xd_headline(o->cs)]);
        break;
    case XD_VERDICT_NO_FAULT:
        xd_out_styled(o, XD_STYLE_GREEN, "NO FAULT FOUND");
        xd_out_text(o, ": ");
        say_no_fault(o);
        break;
    case XD_VERDICT_TOO_LITTLE_EVIDENCE:
        xd_out_styled(o, XD_STYLE_YELLOW, "TOO LITTLE EVIDENCE");
        xd_out_text(o, ": ");
        say_too_little(o, t);
        break;
    case XD_VERDICT_NOTHING_TO_JUDGE:
        xd_out_styled(o, XD_STYLE_YELLOW, "NOTHING TO JUDGE");
        xd_out_text(o, ": ");
        say_nothing(o);
        break;
    }
}

void xd_say_scope(struct xd_out *o)
{
    struct tally t = {0};

    count_all(o->cs, &t);
    say_scope(o, &t);
}

void xd_say_no_fault(struct xd_out *o)
{
    struct tally t = {0};

    switch (xd_verdict_kind(o->cs)) {
    case XD_VERDICT_FAULT:
        break;
    case XD_VERDICT_NO_FAULT:
        say_no_fault(o);
        break;
    case XD_VERDICT_TOO_LITTLE_EVIDENCE:
        count_all(o->cs, &t);
        say_too_little(o, &t);
        break;
    case XD_VERDICT_NOTHING_TO_JUDGE:
        say_nothing(o);
        break;
    }
}

void xd_text_verdict(struct xd_out *o, bool with_steps)
{
    enum xd_verdict_kind kind = xd_verdict_kind(o->cs);
    struct tally t = {0};

    count_all(o->cs, &t);
    say_verdict(o, kind, &t);
    xd_out_end(o, 0, 3);
    if (kind == XD_VERDICT_FAULT) {
        say_fault_scope(o, o->cs->findings[xd_headline(o->cs)], with_steps);
    } else {
        say_scope(o, &t);
    }
    xd_out_end(o, 3, 3);
    if (o->options->judged_at != 0) {
        xd_say_judged_at(o);
        xd_out_end(o, 3, 3);
    }
    if (xd_say_keys(o)) {
        xd_out_end(o, 3, 3);
    }
}

bool xd_say_keys(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    bool given = o->options->keylog;
    size_t opened = xd_count_opened(cs);
    size_t all = 0;

    if (!given && opened == 0) {
        return false;
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        all += cs->flows[i]->tls != NULL;
    }
    xd_out_text(o, given ? "The key log (--keylog) opened " : "Keys in a capture opened ");
    if (opened == 0) {
        xd_out_text(o, "none of ");
        xd_say_count(o, all, "TLS conversation");
        xd_out_text(o, ": it may be of other sessions.");
    } else {
        xd_out_printf(o, "%zu of ", opened);
        xd_say_count(o, all, "TLS conversation");
        xd_out_text(o, ".");
    }
    return true;
}

void xd_say_judged_at(struct xd_out *o)
{
    char time[XD_TIME_TEXT];

    xd_out_printf(o,
                  "Judged as of %s (--at), not at the time of each handshake: what really "
                  "happened may read as unexplained.",
                  xd_time_format_short(o->options->judged_at, time));
}

const char *xd_verdict_text(const struct xd_case *cs,
                            const struct xd_report_options *options, struct xd_arena *arena)
{
    enum xd_verdict_kind kind = xd_verdict_kind(cs);
    struct tally t = {0};
    struct xd_err err = {0};
    struct xd_out o;

    /* Nothing is written, so that no descriptor is needed. */
    xd_out_init(&o, cs, options, -1, &err);
    count_all(cs, &t);
    say_verdict(&o, kind, &t);
    if (kind == XD_VERDICT_FAULT) {
        xd_out_text(&o, ". ");
        say_fault_scope(&o, cs->findings[xd_headline(cs)], false);
    } else {
        xd_out_text(&o, " ");
        say_scope(&o, &t);
    }
    const char *text = xd_out_plain(&o, arena);
    enum xd_rc rc = xd_out_done(&o);
    return rc == XD_OK ? text : NULL;
}
