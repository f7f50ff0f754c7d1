/*
 * html_flow.c - the conversations, alike ones as one row, and ladders of those that no
 * finding has drawn yet.
 */
#include "expdiag/alloc.h"

#include "html_priv.h"

bool xd_html_has_conversations(const struct xd_case *cs)
{
    return cs->n_flows > 0;
}

static void write_row(struct xd_html *h, const struct xd_group *g)
{
    const struct xd_flow *f = g->flow;

    xd_html_raw(h, "<tr>");
    xd_html_cell(h, "First");
    xd_html_raw(h, "#%u ", f->id);
    xd_html_time(h, f->first.time);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "From");
    xd_say_side(&h->say, f, XD_CLIENT);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "To");
    xd_say_target(&h->say, f);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Service");
    xd_out_printf(&h->say, "%s, ", xd_service_name(f->service));
    xd_say_protocol(&h->say, f);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Outcome");
    xd_html_sign(h, xd_outcome_tone(f));
    xd_say_outcome(&h->say, f);
    xd_html_said(h);
    xd_html_raw(h, "<br>");
    xd_html_place(h, f->failure.place.entry != NULL ? &f->failure.place : &f->first);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Times");
    xd_html_raw(h, "%zu</td></tr>\n", g->count);
}

/* Those that no finding has drawn yet. */
static void write_ladders(struct xd_html *h, const struct xd_groups *gs)
{
    size_t before = h->n_ladders;

    for (size_t i = 0; i < gs->n; i++) {
        const struct xd_flow *f = gs->rows[i].flow;
        bool drawn = f->n_messages + f->n_ledger == 0;
        for (size_t k = 0; !drawn && k < before; k++) {
            drawn = xd_group_same_flow(h->ladders[k], f);
        }
        if (!drawn) {
            (void)xd_html_ladder(h, f, false);
        }
    }
}

/* Nothing tells which are of the case where only captures were given: then all. */
static void collect(struct xd_groups *gs, const struct xd_case *cs, bool all)
{
    if (all) {
        xd_groups_all(gs, cs);
    } else {
        xd_groups_conversations(gs, cs);
    }
}

/* Another view of one that is listed is none of these. */
static size_t count_unrelated(const struct xd_case *cs)
{
    bool *of_case = xd_report_case_flows(cs);
    size_t n = 0;

    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        n += of_case[i] || f->related || xd_report_first_view(cs, f) != NULL ? 0 : 1;
    }
    xd_free(of_case);
    return n;
}

void xd_html_conversations(struct xd_html *h)
{
    static const char *const heads[] = {"First",   "From",  "To", "Service",
                                        "Outcome", "Times", NULL};
    struct xd_groups gs = xd_groups_begin(XD_HTML_GROUPS);
    bool all = h->options->command == XD_REPORT_FLOWS;

    collect(&gs, h->cs, all);
    xd_html_section(h, "conversations", "Conversations");
    if (gs.n > 0) {
        xd_html_table(h,
                      all ? "Every conversation; repeated ones once"
                          : "Conversations of the case; repeated ones once",
                      heads);
        for (size_t i = 0; i < gs.n; i++) {
            write_row(h, &gs.rows[i]);
        }
        xd_html_table_end(h);
        xd_html_left_out(h, gs.left_out, "conversation");
        write_ladders(h, &gs);
        xd_html_left_out(h, h->ladders_left_out, "ladder");
    } else {
        xd_html_raw(h, "<p>No conversation of the case was captured.</p>\n");
    }
    size_t others = count_unrelated(h->cs);
    if (!all && others > 0) {
        xd_html_raw(h, "<p class=\"dim\">");
        xd_say_count(&h->say, others, "conversation");
        xd_out_text(&h->say, others == 1 ? " has" : " have");
        xd_out_text(&h->say, " nothing to do with the case and are not listed; \"expdiag "
                             "flows\" lists them.");
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
    xd_html_section_end(h);
    xd_groups_done(&gs);
}
