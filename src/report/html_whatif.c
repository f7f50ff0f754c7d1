/*
 * html_whatif.c - the condition of the stores, and what would change what.
 */
#include "html_priv.h"

bool xd_html_has_what_if(const struct xd_case *cs)
{
    return cs->n_what_if + cs->n_scenarios > 0;
}

static void write_result(struct xd_html *h, const char *label, enum xd_prediction p)
{
    xd_html_cell(h, label);
    xd_html_badge(h, xd_prediction_tone(p), xd_prediction_name(p));
    xd_html_raw(h, "</td>");
}

static void write_pair(struct xd_html *h, size_t begin, size_t end)
{
    static const char *const heads[] = {"Change", "UC zone", "SSH tunnels", "Because",
                                        NULL};
    const struct xd_what_if *all = h->cs->what_if;

    xd_out_printf(&h->say, "%s and %s", all[begin].c != NULL ? all[begin].c->id : "?",
                  all[begin].e != NULL ? all[begin].e->id : "?");
    xd_html_table(h, xd_html_taken(h), heads);
    for (size_t i = begin; i < end; i++) {
        if (!xd_say_changes(&h->say, begin, i, end)) {
            continue;
        }
        const char *changes = xd_html_taken(h);
        xd_html_raw(h, "<tr><th scope=\"row\">");
        xd_html_text(h, changes);
        xd_html_raw(h, "</th>");
        write_result(h, "UC zone", all[i].zone);
        write_result(h, "SSH tunnels", all[i].ssh);
        xd_html_cell(h, "Because");
        xd_html_text(h, all[i].reason);
        xd_html_raw(h, "</td></tr>\n");
    }
    xd_html_table_end(h);
}

void xd_html_what_if(struct xd_html *h)
{
    const struct xd_case *cs = h->cs;

    xd_html_section(h, "what-if", "What if");
    xd_html_raw(h, "<p class=\"dim\">Each change tried on the certificates of the bundles; "
                   "it speaks of certificates only.</p>\n");
    for (size_t at = 0; at < cs->n_what_if;) {
        size_t end = xd_what_if_end(cs, at);
        write_pair(h, at, end);
        at = end;
    }
    if (cs->n_scenarios > 0) {
        xd_html_raw(h,
                    "<h3>Condition of the stores, as the vendor document counts them</h3>\n"
                    "<ul>\n");
        for (size_t i = 0; i < cs->n_scenarios; i++) {
            xd_html_raw(h, "<li>");
            xd_say_scenario(&h->say, &cs->scenarios[i]);
            xd_html_said(h);
            xd_html_raw(h, "</li>\n");
        }
        xd_html_raw(h, "</ul>\n");
    }
    xd_html_section_end(h);
}
