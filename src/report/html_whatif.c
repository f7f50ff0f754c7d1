/*
 * html_whatif.c - the condition of the stores, and what would change what.
 */
#include "html_priv.h"

bool xd_html_has_what_if(const struct xd_case *cs)
{
    return cs->n_what_if + cs->n_scenarios > 0;
}

const struct xd_what_if *xd_html_first_tried(const struct xd_html *h)
{
    for (size_t i = 0; i < h->cs->n_what_if; i++) {
        if (h->cs->what_if[i].next != NULL) {
            return &h->cs->what_if[i];
        }
    }
    return NULL;
}

static void write_tried(struct xd_html *h, const struct xd_what_if *w, bool first)
{
    xd_html_raw(h, first ? "<h1>" : "<h2>");
    xd_say_tried(&h->say, w);
    xd_html_title(h, xd_html_taken(h));
    xd_html_raw(h, first ? "</h1>\n" : "</h2>\n");
    xd_html_raw(h, "<p class=\"lead\">Because: ");
    xd_html_prose(h, w->reason);
    xd_html_raw(h, "</p>\n<p>Next: ");
    xd_html_prose(h, w->next);
    xd_html_raw(h, "</p>\n");
}

static void write_tried_files(struct xd_html *h)
{
    size_t n = 0;

    for (size_t i = 0; i < h->cs->n_tries; i++) {
        const struct xd_try *t = &h->cs->tries[i];
        if (t->n_certs == 0) {
            continue;
        }
        xd_html_raw(h, n++ == 0 ? "<p>Tried:</p>\n<ul>\n<li>" : "<li>");
        xd_say_tried_file(&h->say, t);
        xd_html_said(h);
        xd_html_raw(h, "</li>\n");
    }
    xd_html_raw(h, n > 0 ? "</ul>\n" : "");
}

/* By the worst that any change leads to. */
static enum xd_tone tried_tone(const struct xd_case *cs)
{
    enum xd_tone tone = XD_TONE_OK;

    for (size_t i = 0; i < cs->n_what_if; i++) {
        const struct xd_what_if *w = &cs->what_if[i];
        if (w->next == NULL) {
            continue;
        }
        if (w->zone == XD_PREDICT_FAILED || w->ssh == XD_PREDICT_FAILED) {
            return XD_TONE_BAD;
        }
        if (w->zone != XD_PREDICT_ACTIVE || w->ssh != XD_PREDICT_ACTIVE) {
            tone = XD_TONE_WARN;
        }
    }
    return tone;
}

void xd_html_tried(struct xd_html *h)
{
    const struct xd_what_if *first = xd_html_first_tried(h);

    xd_html_raw(h, "<section id=\"tried\" class=\"answer %s\">\n",
                xd_tone_class(tried_tone(h->cs)));
    for (size_t i = 0; i < h->cs->n_what_if; i++) {
        if (h->cs->what_if[i].next != NULL) {
            write_tried(h, &h->cs->what_if[i], &h->cs->what_if[i] == first);
        }
    }
    write_tried_files(h);
    xd_html_section_end(h);
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
        xd_html_prose(h, all[i].reason);
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
                    "<h3>Condition of the stores, as the Cisco document counts them</h3>\n"
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
