/*
 * html_check.c - what was ruled out, what could not be judged, and how to collect what
 * is missing.
 */
#include "html_priv.h"

static void write_reasons(struct xd_html *h, enum xd_check_outcome outcome, bool all)
{
    const struct xd_case *cs = h->cs;

    xd_html_raw(h, "<ul class=\"checks\">\n");
    for (size_t i = 0; i < cs->n_checks; i++) {
        const struct xd_check *c = &cs->checks[i];
        if (c->outcome != outcome || (!all && c->n_missing > 0)) {
            continue;
        }
        if (xd_say_checks(&h->say, i)) {
            xd_html_raw(h, "<li>");
            xd_html_said(h);
            xd_html_raw(h, "</li>\n");
        }
    }
    xd_html_raw(h, "</ul>\n");
}

static void write_not_judged(struct xd_html *h)
{
    struct xd_need at = {0, 0};
    const char *need;
    bool any = false;

    xd_html_raw(h, "<h3>Not judged</h3>\n");
    while ((need = xd_need_next(h->cs, &at)) != NULL) {
        xd_html_raw(h, "%s<li>",
                    any ? ""
                        : "<p>To collect, and what each would decide:</p>"
                          "\n<ol class=\"needs\">\n");
        xd_html_text(h, need);
        xd_html_raw(h, "<br><span class=\"dim\">");
        xd_say_decides(&h->say, need);
        xd_html_said(h);
        xd_html_raw(h, "</span></li>\n");
        any = true;
    }
    xd_html_raw(h,
                any ? "</ol>\n<details><summary>Why each was not judged</summary>\n" : "");
    write_reasons(h, XD_CHECK_NOT_EVALUATED, true);
    xd_html_raw(h, any ? "</details>\n" : "");
}

void xd_html_checks(struct xd_html *h)
{
    size_t open = xd_count_checks(h->cs, XD_CHECK_NOT_EVALUATED);
    size_t ruled_out = xd_count_checks(h->cs, XD_CHECK_RULED_OUT);

    xd_html_section(h, "checks", "Ruled out, not judged");
    if (open > 0) {
        write_not_judged(h);
    }
    if (ruled_out > 0) {
        xd_html_raw(h, "<h3>Ruled out</h3>\n<details><summary>");
        xd_say_count(&h->say, ruled_out, "check");
        xd_html_said(h);
        xd_html_raw(h, " came out clean, with the reason for each</summary>\n");
        write_reasons(h, XD_CHECK_RULED_OUT, true);
        xd_html_raw(h, "</details>\n");
    }
    xd_html_section_end(h);
}
