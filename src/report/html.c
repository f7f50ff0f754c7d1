/*
 * html.c - the HTML report: the order of its parts for each command.
 */
#include "html_priv.h"

#include "json_priv.h"

#include <string.h>

struct part {
    const char *id;
    const char *title; /* in the table of contents */
    unsigned commands; /* that have it: bits of enum xd_report_command */
    bool (*has)(const struct xd_case *cs);
    void (*write)(struct xd_html *h);
};

enum {
    IN_ANALYZE = 1 << XD_REPORT_ANALYZE | 1 << XD_REPORT_WHATIF,
    IN_FLOWS = 1 << XD_REPORT_FLOWS,
    IN_CERTS = 1 << XD_REPORT_CERTS,
    IN_ALL = IN_ANALYZE | IN_FLOWS | IN_CERTS,
};

static bool has_findings(const struct xd_case *cs)
{
    return cs->n_findings > 0;
}

static bool has_checks(const struct xd_case *cs)
{
    return cs->n_checks > 0;
}

static bool has_inputs(const struct xd_case *cs)
{
    return cs->n_inputs > 0;
}

static const struct part parts[] = {
    {"findings", "Findings", IN_ANALYZE, has_findings, xd_html_findings},
    {"map", "Nodes, zones, tunnels", IN_ANALYZE, xd_html_has_map, xd_html_map},
    {"timeline", "Timeline", IN_ANALYZE, xd_html_has_timeline, xd_html_timeline},
    {"certificates", "Certificates", IN_ANALYZE | IN_CERTS, xd_html_has_certificates,
     xd_html_certificates},
    {"conversations", "Conversations", IN_ANALYZE | IN_FLOWS, xd_html_has_conversations,
     xd_html_conversations},
    {"what-if", "What if", IN_ANALYZE, xd_html_has_what_if, xd_html_what_if},
    {"checks", "Ruled out, not judged", IN_ANALYZE, has_checks, xd_html_checks},
    {"inputs", "Inputs", IN_ALL, has_inputs, xd_html_inputs},
};

enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };

static bool is_there(const struct xd_html *h, const struct part *p)
{
    return (p->commands & 1U << h->options->command) != 0 && p->has(h->cs);
}

static void write_contents(struct xd_html *h)
{
    xd_html_raw(h, "<nav aria-label=\"Contents\"><ol>\n");
    if (xd_html_first_tried(h) != NULL) {
        xd_html_raw(h, "<li><a href=\"#tried\">With the change</a></li>\n"
                       "<li><a href=\"#answer\">The case as it is</a></li>\n");
    } else if (xd_report_judges(h->options)) {
        xd_html_raw(h, "<li><a href=\"#answer\">Answer</a></li>\n");
    }
    for (size_t i = 0; i < N_PARTS; i++) {
        if (is_there(h, &parts[i])) {
            xd_html_raw(h, "<li><a href=\"#%s\">%s</a></li>\n", parts[i].id,
                        parts[i].title);
        }
    }
    xd_html_raw(h, "</ol></nav>\n");
}

static const char *page_title(struct xd_html *h)
{
    switch (h->options->command) {
    case XD_REPORT_ANALYZE:
    case XD_REPORT_WHATIF:
        if (xd_html_first_tried(h) != NULL) {
            xd_say_tried(&h->say, xd_html_first_tried(h));
            return xd_html_taken(h);
        }
        if (xd_verdict_kind(h->cs) == XD_VERDICT_FAULT) {
            const struct xd_finding *f = h->cs->findings[h->headline];
            return f->title != NULL ? f->title : xd_finding_info(f->id)->title;
        }
        return "No fault found";
    case XD_REPORT_FLOWS:
        return "Conversations";
    case XD_REPORT_CERTS:
        return "Certificates";
    }
    return "";
}

/* Everything of this page, for programs. */
static void embed_json(struct xd_html *h)
{
    xd_html_raw(h, "<script type=\"application/json\" id=\"report\">\n");
    xd_json_document(&h->sink, h->cs, h->options, true);
    xd_html_raw(h, "</script>\n");
}

static void write_foot(struct xd_html *h)
{
    const struct xd_report_options *options = h->options;

    xd_html_raw(h, "<footer><p>");
    xd_html_raw(h, "Written by expdiag ");
    xd_html_text(h, xd_report_version(options));
    if (options->generated_at != XD_TIME_NONE) {
        xd_html_raw(h, " on ");
        xd_html_time(h, options->generated_at);
    }
    xd_html_raw(h, ", offline, from the files listed above. ");
    if (options->roots_source != NULL) {
        xd_html_raw(h, "Public CAs: ");
        xd_html_text(h, options->roots_source);
        xd_html_raw(h, " (%zu). ", options->roots_count);
    }
    xd_html_raw(h, "The same report as JSON is part of this file, in its script element "
                   "\"report\"");
    if (h->cs->n_flows > XD_JSON_HTML_FLOWS) {
        xd_html_raw(h,
                    ", without %zu of the %zu conversations; those of findings come "
                    "first. --json writes all",
                    h->cs->n_flows - XD_JSON_HTML_FLOWS, h->cs->n_flows);
    }
    xd_html_raw(
        h, ".<span class=\"paper\"> Lists that are folded here are in the file that this "
           "was printed from; \"Open all\" there prints them too.</span></p></footer>\n");
}

/* Else a page of two conversations reads as if there were no others. */
static void write_filters(struct xd_html *h)
{
    if (h->options->command == XD_REPORT_FLOWS &&
        (h->options->filters != NULL || h->cs->n_flows == 0)) {
        xd_html_raw(h, "<p class=\"lead own\">");
        xd_say_filters(&h->say);
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
}

static void write_body(struct xd_html *h)
{
    xd_html_raw(h, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
    xd_html_raw(h, "<header class=\"top\"><p class=\"brand\"><span aria-hidden=\"true\" "
                   "class=\"mark\"></span>expdiag <span>incident report</span></p>\n"
                   "<div class=\"tools\" id=\"tools\"></div></header>\n");
    write_contents(h);
    xd_html_raw(h, "<main id=\"main\">\n");
    if (xd_html_first_tried(h) != NULL) {
        xd_html_tried(h);
    }
    if (xd_report_judges(h->options)) {
        xd_html_answer(h);
    } else {
        xd_html_raw(h, "<h1>%s</h1>\n", page_title(h));
        write_filters(h);
    }
    for (size_t i = 0; i < N_PARTS; i++) {
        if (is_there(h, &parts[i])) {
            parts[i].write(h);
        }
    }
    write_foot(h);
    xd_html_raw(h, "</main>\n");
}

enum xd_rc xd_report_html(const struct xd_case *cs, const struct xd_report_options *options,
                          int fd, struct xd_err *err)
{
    struct xd_report_options plain = *options;
    struct xd_html h = {.cs = cs, .options = &plain, .headline = xd_headline(cs)};
    struct xd_err unused = {0};

    plain.color = false;
    plain.n_links = 0;
    plain.verbose = false;
    plain.width = 0;
    h.scratch = xd_arena_new();
    xd_todo_gather(&h.todo, cs, h.scratch, false);
    xd_sink_init(&h.sink, fd, err);
    h.sink.hold = options->hold;
    plain.hold = NULL;
    xd_out_init(&h.say, cs, &plain, -1, &unused);
    xd_html_head(&h, page_title(&h));
    write_body(&h);
    embed_json(&h);
    xd_html_raw(&h, "<script>");
    xd_sink_write(&h.sink, xd_html_js, strlen(xd_html_js));
    xd_html_raw(&h, "</script>\n</body>\n</html>\n");
    xd_out_clear(&h.say);
    enum xd_rc said = xd_out_done(&h.say);
    enum xd_rc written = xd_sink_done(&h.sink);
    xd_arena_free(h.scratch);
    return written != XD_OK ? written : said;
}
