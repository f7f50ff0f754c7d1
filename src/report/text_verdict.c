/*
 * text_verdict.c - the first two lines: what failed, why and where; or that nothing did.
 */
#include "expdiag/node.h"

#include "text_priv.h"

/* For people a word that stands out; the word itself says it without colour. */
static const char *severity_word(enum xd_severity s)
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

static size_t count_at_least(const struct xd_case *cs, enum xd_severity least)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_findings; i++) {
        n += cs->findings[i]->severity >= least ? 1 : 0;
    }
    return n;
}

static size_t count_of(const struct xd_case *cs, enum xd_severity severity)
{
    return count_at_least(cs, severity) -
           (severity == XD_CRITICAL ? 0 : count_at_least(cs, severity + 1));
}

static void tell_effects(struct xd_out *o, const struct xd_finding *f)
{
    if (f->n_effects == 0) {
        return;
    }
    xd_out_text(o, " It stops: ");
    for (size_t i = 0; i < f->n_effects; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? "" : ", ", f->effects[i]);
    }
    xd_out_text(o, ".");
}

static void tell_fault(struct xd_out *o, const struct xd_finding *f)
{
    const struct xd_finding_info *info = xd_finding_info(f->id);
    size_t more = count_at_least(o->cs, XD_ERROR) - 1;

    xd_out_styled(o, xd_severity_style(f->severity), severity_word(f->severity));
    xd_out_text(o, ": ");
    xd_out_styled(o, XD_STYLE_BOLD, f->title != NULL ? f->title : info->title);
    xd_out_end(o, 0, 3);
    xd_out_printf(o, "%s, %s.", info->name, xd_confidence_name(f->confidence));
    if (f->node != NULL) {
        xd_out_text(o, " To be changed on ");
        xd_say_node(o, f->node);
        xd_out_text(o, ".");
    }
    tell_effects(o, f);
    if (more > 0) {
        xd_out_text(o, " Below: ");
        xd_say_count(o, more, "more fault");
        xd_out_text(o, ".");
    }
    xd_out_end(o, 3, 3);
}

struct tally {
    size_t related;
    size_t established;
    size_t failed;
    size_t zones;
    size_t zones_down;
    size_t tunnels;
    size_t tunnels_down;
    size_t logs;
    size_t captures;
};

static void count_nodes(const struct xd_case *cs, struct tally *t)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            t->zones++;
            t->zones_down += xd_say_is_down(n->zones[z].status) ? 1 : 0;
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            t->tunnels++;
            t->tunnels_down += xd_say_is_down(n->tunnels[k].status) ? 1 : 0;
        }
    }
}

static void count_all(const struct xd_case *cs, struct tally *t)
{
    count_nodes(cs, t);
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        /* Without a node nothing can be told to be the case's: then all count. */
        bool counts = f->related || cs->n_nodes == 0;
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

/* So that "nothing found" can be weighed. */
static void tell_scope(struct xd_out *o, struct tally t)
{
    const struct xd_case *cs = o->cs;

    xd_out_text(o, "Looked at: ");
    say_nodes(o);
    xd_out_text(o, "; ");
    if (t.captures == 0) {
        xd_out_text(o, "no capture");
    } else {
        xd_say_count(o, t.captures, "capture");
        xd_out_text(o, " with ");
        xd_say_count(o, cs->n_flows, "conversation");
        if (t.related > 0) {
            xd_out_printf(
                o, " (%zu of this case: %zu established, %zu failed, %zu cut off)",
                t.related, t.established, t.failed, t.related - t.established - t.failed);
        }
    }
    xd_out_text(o, "; ");
    if (t.logs == 0) {
        xd_out_text(o, "no log");
    } else {
        xd_say_count(o, t.logs, "log");
        xd_out_text(o, " with ");
        xd_say_count(o, cs->n_events, "event");
    }
    xd_out_text(o, "; ");
    if (t.zones + t.tunnels == 0) {
        xd_out_text(o, "no status of zones or tunnels.");
    } else {
        xd_say_count(o, t.zones, "zone");
        xd_out_printf(o, " (%zu down) and ", t.zones_down);
        xd_say_count(o, t.tunnels, "SSH tunnel");
        xd_out_printf(o, " (%zu down).", t.tunnels_down);
    }
    xd_out_end(o, 3, 3);
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

static void tell_no_fault(struct xd_out *o, struct tally t)
{
    const struct xd_case *cs = o->cs;
    size_t warnings = count_of(cs, XD_WARNING);

    if (cs->n_nodes == 0 && cs->n_flows == 0 && cs->n_pems == 0) {
        xd_out_styled(o, XD_STYLE_YELLOW, "NOTHING TO JUDGE");
        xd_out_text(o, ": the input holds nothing of an Expressway, no conversation and no "
                       "certificate.");
        xd_out_end(o, 0, 3);
        return;
    }
    if (is_mostly_open(cs)) {
        xd_out_styled(o, XD_STYLE_YELLOW, "TOO LITTLE EVIDENCE");
        xd_out_text(o, ": ");
        if (t.failed > 0) {
            xd_say_count(o, t.failed, "conversation");
            xd_out_text(o, " failed");
        } else {
            xd_out_text(o, "nothing in it fails");
        }
        xd_out_text(o,
                    ", but most questions could not be judged (see NOT JUDGED for what to "
                    "collect)");
    } else {
        xd_out_styled(o, XD_STYLE_GREEN, "NO FAULT FOUND");
        xd_out_text(o,
                    ": nothing in this evidence fails for a certificate or a connection");
    }
    if (warnings > 0) {
        xd_out_text(o, is_mostly_open(cs) ? "; " : ", but ");
        xd_say_count(o, warnings, "warning");
        xd_out_text(o, warnings == 1 ? " needs attention" : " need attention");
    }
    xd_out_text(o, ".");
    xd_out_end(o, 0, 3);
}

void xd_text_verdict(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    struct tally t = {0};

    if (cs->n_findings > 0 && cs->findings[0]->severity >= XD_ERROR) {
        tell_fault(o, cs->findings[0]);
        return;
    }
    count_all(cs, &t);
    tell_no_fault(o, t);
    tell_scope(o, t);
}
