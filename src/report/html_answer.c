/*
 * html_answer.c - the first screen: what failed, why, what to do and who does it.
 */
#include "html_priv.h"

#include <string.h>

/* What the word of confidence means, for whoever reads only this page. */
static const char *confidence_words(enum xd_confidence c)
{
    switch (c) {
    case XD_CERTAIN:
        return "The evidence shows this directly.";
    case XD_PROBABLE:
        return "The evidence points to it, but one of two voices is missing: a refusal "
               "that "
               "names its reason, or a certificate that was seen and fails for it alone.";
    case XD_POSSIBLE:
        return "Only settings or status suggest it.";
    }
    return "";
}

static void write_effects(struct xd_html *h)
{
    const char *texts[XD_EFFECTS_SHOWN];
    size_t n = xd_join_effects(h->cs, texts);

    if (n == 0) {
        return;
    }
    bool less = xd_say_redundancy(&h->say, h->headline);
    if (!less) {
        xd_say_stops(&h->say, h->headline);
    }
    xd_html_raw(h, "<div><dt>What %s ", less ? "loses its redundancy" : "it");
    xd_html_said(h);
    xd_html_raw(h, "</dt><dd><ul class=\"plain\">");
    for (size_t i = 0; i < n; i++) {
        xd_html_raw(h, "<li>");
        xd_html_text(h, texts[i]);
        xd_html_raw(h, "</li>");
    }
    xd_html_raw(h, "</ul></dd></div>\n");
}

static void write_where(struct xd_html *h, const struct xd_finding *f)
{
    if (f->node != NULL) {
        xd_html_raw(h, "<div><dt>To be changed on</dt><dd>");
        xd_say_node(&h->say, f->node);
        xd_html_said(h);
        xd_html_raw(h, "</dd></div>\n");
    }
}

/* Faults and warnings, each a link; without the headline, where that is one of them. */
static void write_others(struct xd_html *h, bool faulty)
{
    enum { SHOWN = 5 };
    const struct xd_case *cs = h->cs;
    size_t all = xd_count_findings(cs, XD_WARNING);
    size_t from = faulty ? 1 : 0;
    size_t first = faulty ? xd_headline(cs) : all;

    if (all <= from) {
        return;
    }
    xd_html_raw(h, "<div><dt>%s</dt><dd><ul class=\"plain\">",
                faulty ? "Also found" : "Found");
    for (size_t i = 0; i < all && i < from + SHOWN; i++) {
        const struct xd_finding *f = cs->findings[i];
        if (i == first) {
            continue;
        }
        xd_html_raw(h, "<li>");
        xd_html_sign(h, xd_severity_tone(f->severity));
        xd_html_raw(h, "<a href=\"#");
        xd_html_finding_id(h, i);
        xd_html_raw(h, "\">");
        xd_html_prose(h, f->title != NULL ? f->title : xd_finding_info(f->id)->title);
        xd_html_raw(h, "</a></li>");
    }
    if (all > from + SHOWN) {
        xd_html_raw(h, "<li><a href=\"#findings\">and %zu more</a></li>",
                    all - from - SHOWN);
    }
    xd_html_raw(h, "</ul></dd></div>\n");
}

/* The page has one first heading: with changes that were tried, it is theirs. */
static const char *title_tag(const struct xd_html *h)
{
    return xd_html_first_tried(h) != NULL ? "h2" : "h1";
}

/* What is next stands beside it as steps. */
static void write_reason(struct xd_html *h, const char *summary)
{
    bool elsewhere = h->todo.n_items > 0 || xd_is_mended(h->cs, h->headline);
    const char *next = elsewhere ? xd_say_next(summary) : NULL;
    size_t len =
        next == NULL ? strlen(summary) : (size_t)(next - summary) - strlen(" Next: ");

    xd_html_prose(h, xd_arena_text(h->scratch, summary, len));
}

static void write_todo(struct xd_html *h)
{
    if (h->todo.n_items > 0) {
        xd_html_raw(h, "<div class=\"todo\"><h2 id=\"todo\">What to do, and who does it"
                       "</h2>\n");
        xd_html_todo(h);
        xd_html_raw(h, "</div>\n");
    } else if (h->cs->n_findings > 0 && xd_is_mended(h->cs, h->headline)) {
        xd_html_raw(h, "<div class=\"todo\"><h2 id=\"todo\">What to do</h2>\n<p>Nothing is "
                       "left to do about what was mended since.</p></div>\n");
    }
}

static void write_fault(struct xd_html *h)
{
    const struct xd_finding *f = h->cs->findings[h->headline];
    const struct xd_finding_info *info = xd_finding_info(f->id);

    xd_html_raw(h, "<p class=\"verdict\">");
    xd_html_badge(h, xd_severity_tone(f->severity), xd_severity_name(f->severity));
    xd_html_raw(h, " <span class=\"confidence\">%s</span>",
                xd_confidence_name(f->confidence));
    if (xd_is_mended(h->cs, h->headline)) {
        xd_html_raw(h, " ");
        xd_html_badge(h, XD_TONE_OK, "mended since");
    }
    xd_html_raw(h, "</p>\n<%s>", title_tag(h));
    xd_html_title(h, f->title != NULL ? f->title : info->title);
    xd_html_raw(h, "</%s>\n<p class=\"lead\">", title_tag(h));
    write_reason(h, f->summary != NULL ? f->summary : info->meaning);
    xd_html_raw(h, "</p>\n");
    if (xd_is_mended(h->cs, h->headline)) {
        xd_html_raw(h, "<p class=\"lead\">");
        xd_say_mended(&h->say, h->headline);
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
    xd_html_raw(h, "<div class=\"answer-grid\">\n");
    write_todo(h);
    xd_html_raw(h, "<dl class=\"facts\">\n");
    write_effects(h);
    write_where(h, f);
    xd_html_raw(h, "<div><dt>Confidence: %s</dt><dd>%s</dd></div>\n",
                xd_confidence_name(f->confidence), confidence_words(f->confidence));
    write_others(h, true);
    xd_html_raw(h, "</dl>\n</div>\n");
}

static const char *no_fault_title(enum xd_verdict_kind kind)
{
    switch (kind) {
    case XD_VERDICT_NO_FAULT:
        return "No fault found";
    case XD_VERDICT_TOO_LITTLE_EVIDENCE:
        return "Too little evidence";
    case XD_VERDICT_NOTHING_TO_JUDGE:
        return "Nothing to judge";
    case XD_VERDICT_FAULT:
        break;
    }
    return "";
}

/* "captures of ...", which begins a sentence here; not "ca_*.pem". */
static bool begins_with_word(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    return len > 0 && text[len] == ' ';
}

/* What to collect, when that is what has to be done next. */
static void write_needs(struct xd_html *h)
{
    enum { SHOWN = 3 };
    struct xd_need at = {0, 0};
    const char *need;
    size_t n = 0;

    while (n <= SHOWN && (need = xd_need_next(h->cs, &at)) != NULL) {
        if (n == 0) {
            xd_html_raw(
                h,
                "<div class=\"todo\"><h2>What to collect</h2>\n<ol class=\"remedies\">\n");
        }
        if (n++ < SHOWN) {
            xd_html_raw(h, begins_with_word(need) ? "<li><span class=\"step own\">"
                                                  : "<li><span class=\"step\">");
            xd_html_text(h, need);
            xd_html_raw(h, "</span></li>\n");
        }
    }
    if (n > 0) {
        xd_html_raw(h, "</ol><p><a href=\"#checks\">%s</a></p></div>\n",
                    n > SHOWN ? "More, and what each would decide"
                              : "What each would decide");
    }
}

static void write_no_fault(struct xd_html *h, enum xd_verdict_kind kind)
{
    enum xd_tone tone = kind == XD_VERDICT_NO_FAULT ? XD_TONE_OK : XD_TONE_WARN;

    xd_html_raw(h, "<p class=\"verdict\">");
    xd_html_badge(h, tone, tone == XD_TONE_OK ? "no fault" : "open");
    xd_html_raw(h, "</p>\n<%s>%s</%s>\n<p class=\"lead own\">", title_tag(h),
                no_fault_title(kind), title_tag(h));
    xd_say_no_fault(&h->say);
    xd_html_said(h);
    xd_html_raw(h, "</p>\n<p>");
    xd_say_scope(&h->say);
    xd_html_said(h);
    xd_html_raw(h, "</p>\n");
    if (kind == XD_VERDICT_NO_FAULT && xd_say_first_ending(&h->say)) {
        xd_html_raw(h, "<p>");
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
    xd_html_raw(h, "<div class=\"answer-grid\">\n");
    if (kind == XD_VERDICT_TOO_LITTLE_EVIDENCE) {
        xd_html_raw(h, "<div>\n");
        write_needs(h);
        write_todo(h);
        xd_html_raw(h, "</div>\n");
    } else if (kind == XD_VERDICT_NO_FAULT) {
        write_todo(h);
    }
    if (xd_count_findings(h->cs, XD_WARNING) > 0) {
        xd_html_raw(h, "<dl class=\"facts\">\n");
        write_others(h, false);
        xd_html_raw(h, "</dl>\n");
    }
    xd_html_raw(h, "</div>\n");
}

/* Whose case this is and of when, for a page that was forwarded or printed. */
static void write_case(struct xd_html *h)
{
    enum { SHOWN = 4 };
    const struct xd_case *cs = h->cs;
    xd_time last = XD_TIME_NONE;
    bool dumps = false;

    if (cs->n_nodes == 0) {
        return;
    }
    xd_html_raw(h, "<p class=\"case\">");
    for (size_t i = 0; i < cs->n_nodes; i++) {
        xd_time t = cs->nodes[i]->as_of;

        if (i < SHOWN) {
            xd_html_raw(h, i == 0 ? "" : ", ");
            xd_say_node(&h->say, cs->nodes[i]);
            xd_html_said(h);
        }
        dumps = dumps || xd_report_has_dumps(cs->nodes[i]);
        last = t != XD_TIME_NONE && (last == XD_TIME_NONE || t > last) ? t : last;
    }
    if (cs->n_nodes > SHOWN) {
        xd_html_raw(h, " and %zu more", cs->n_nodes - SHOWN);
    }
    if (last != XD_TIME_NONE) {
        xd_html_raw(h, dumps ? "; status of " : "; logging from ");
        xd_html_time(h, last);
    }
    xd_html_raw(h, "</p>\n");
}

void xd_html_answer(struct xd_html *h)
{
    enum xd_verdict_kind kind = xd_verdict_kind(h->cs);
    enum xd_tone tone = kind == XD_VERDICT_FAULT      ? XD_TONE_BAD
                        : kind == XD_VERDICT_NO_FAULT ? XD_TONE_OK
                                                      : XD_TONE_WARN;

    xd_html_raw(h, "<section id=\"answer\" class=\"answer %s\">\n", xd_tone_class(tone));
    if (xd_html_first_tried(h) != NULL) {
        xd_html_raw(h, "<p class=\"dim\">The case as it is</p>\n");
    }
    write_case(h);
    if (h->options->judged_at != 0) {
        xd_html_raw(h, "<p class=\"note\">");
        xd_say_judged_at(&h->say);
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
    if (kind == XD_VERDICT_FAULT) {
        write_fault(h);
    } else {
        write_no_fault(h, kind);
    }
    xd_html_section_end(h);
    if (kind == XD_VERDICT_FAULT && xd_html_has_steps(h, h->headline)) {
        xd_html_section(h, "cause", "From cause to effect");
        xd_html_steps(h, h->headline);
        xd_html_section_end(h);
    }
}
