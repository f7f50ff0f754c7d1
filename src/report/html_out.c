/*
 * html_out.c - writing HTML: one escaping function a context, and the smallest parts.
 */
#include "html_priv.h"

#include <stdio.h>
#include <string.h>

enum { MAX_RAW = 1024 }; /* bytes of one piece of markup */

void xd_html_raw(struct xd_html *h, const char *fmt, ...)
{
    char text[MAX_RAW];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (n > 0) {
        xd_sink_write(&h->sink, text,
                      (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
    }
}

static void put(struct xd_html *h, const char *text)
{
    xd_sink_write(&h->sink, text, strlen(text));
}

/* What must not stand as it is, between tags or in a quoted attribute; else NULL. */
static const char *entity(uint8_t byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void xd_html_escaped(struct xd_html *h, struct xd_slice s)
{
    size_t from = 0;

    for (size_t i = 0; i < s.len; i++) {
        const char *name = entity(s.p[i]);
        if (name != NULL) {
            xd_sink_write(&h->sink, s.p + from, i - from);
            put(h, name);
            from = i + 1;
        }
    }
    xd_sink_write(&h->sink, s.p + from, s.len - from);
}

/* Controls and bidirectional marks become visible as in the text report. */
static struct xd_slice make_visible(struct xd_html *h, const char *text)
{
    xd_out_text(&h->say, text);
    return xd_slice_of(xd_html_taken(h));
}

void xd_html_text(struct xd_html *h, const char *text)
{
    if (text != NULL) {
        xd_html_escaped(h, make_visible(h, text));
    }
}

static void put_short(struct xd_html *h, struct xd_slice s, size_t max)
{
    size_t at = 0;
    size_t n = 0;

    while (at < s.len && n < max) {
        size_t used = 1;
        (void)xd_rune_read(s.p + at, s.len - at, &used);
        at += used;
        n++;
    }
    xd_html_escaped(h, (struct xd_slice){s.p, at});
    put(h, at < s.len ? "…" : "");
}

void xd_html_short(struct xd_html *h, const char *text, size_t max)
{
    if (text != NULL) {
        put_short(h, make_visible(h, text), max);
    }
}

void xd_html_attr(struct xd_html *h, const char *name, const char *text)
{
    xd_html_raw(h, " %s=\"", name);
    xd_html_text(h, text);
    put(h, "\"");
}

static const char *style_class(enum xd_style style)
{
    switch (style) {
    case XD_STYLE_PLAIN:
    case XD_STYLE_COUNT:
        return NULL;
    case XD_STYLE_BOLD:
        return "strong";
    case XD_STYLE_DIM:
        return "dim";
    case XD_STYLE_RED:
        return "bad";
    case XD_STYLE_YELLOW:
        return "warn";
    case XD_STYLE_GREEN:
        return "ok";
    case XD_STYLE_CYAN:
        return "info";
    }
    return NULL;
}

void xd_html_said(struct xd_html *h)
{
    struct xd_span span = {.style = XD_STYLE_PLAIN};

    for (size_t at = 0; xd_out_span(&h->say, &at, &span);) {
        const char *class = style_class(span.style);
        if (class != NULL) {
            xd_html_raw(h, "<span class=\"%s\">", class);
        }
        xd_html_words(h, span.text);
        put(h, class != NULL ? "</span>" : "");
        if (span.after != XD_AFTER_NOTHING) {
            put(h, span.after == XD_AFTER_BREAK ? "<br>" : "&nbsp;");
        }
    }
    xd_out_clear(&h->say);
}

const char *xd_html_taken(struct xd_html *h)
{
    const char *text = xd_out_plain(&h->say, h->scratch);

    xd_out_clear(&h->say);
    return text;
}

void xd_html_said_short(struct xd_html *h, size_t max)
{
    put_short(h, xd_slice_of(xd_html_taken(h)), max);
}

void xd_html_time(struct xd_html *h, xd_time t)
{
    char text[XD_TIME_TEXT];

    if (t == XD_TIME_NONE) {
        put(h, "not known");
        return;
    }
    xd_html_raw(h, "<time datetime=\"%s\">", xd_time_format(t, text));
    xd_html_raw(h, "%s</time>", xd_time_format_short(t, text));
}

/* Names of files are long words with many "_": there they may break. */
static void put_breakable(struct xd_html *h, struct xd_slice s)
{
    size_t from = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '_') {
            xd_html_escaped(h, (struct xd_slice){s.p + from, i + 1 - from});
            put(h, "<wbr>");
            from = i + 1;
        }
    }
    xd_html_escaped(h, (struct xd_slice){s.p + from, s.len - from});
}

/* Before a dot, a colon and "@": better than anywhere. */
void xd_html_name(struct xd_html *h, const char *text)
{
    struct xd_slice s = make_visible(h, text != NULL ? text : "");
    size_t from = 0;

    for (size_t i = 1; i + 1 < s.len; i++) {
        if ((s.p[i] == '.' && s.p[i + 1] > '9') || s.p[i] == ':' || s.p[i] == '@') {
            xd_html_escaped(h, (struct xd_slice){s.p + from, i - from});
            put(h, "<wbr>");
            from = i;
        }
    }
    xd_html_escaped(h, (struct xd_slice){s.p + from, s.len - from});
}

void xd_html_place(struct xd_html *h, const struct xd_place *place)
{
    if (place->entry != NULL) {
        put(h, "<code class=\"place\">");
        xd_say_place(&h->say, place);
        const char *text = xd_html_taken(h);
        const char *frame = place->frame != 0 ? strrchr(text, ' ') : NULL;
        put_breakable(
            h, (struct xd_slice){(const uint8_t *)text,
                                 frame != NULL ? (size_t)(frame - text) : strlen(text)});
        if (frame != NULL) { /* its number is no line of its own */
            put(h, "&nbsp;");
            xd_html_text(h, frame + 1);
        }
        put(h, "</code>");
    }
}

void xd_html_file(struct xd_html *h, const struct xd_entry *entry)
{
    struct xd_place place = {.entry = entry, .time = XD_TIME_NONE};

    xd_html_place(h, &place);
}

void xd_html_sign(struct xd_html *h, enum xd_tone tone)
{
    xd_html_raw(h, "<span class=\"sign %s\" aria-hidden=\"true\">%s</span> ",
                xd_tone_class(tone), xd_tone_sign(tone));
}

const char *xd_tone_class(enum xd_tone tone)
{
    switch (tone) {
    case XD_TONE_NONE:
        return "none";
    case XD_TONE_OK:
        return "ok";
    case XD_TONE_BAD:
        return "bad";
    case XD_TONE_WARN:
        return "warn";
    case XD_TONE_INFO:
        return "info";
    }
    return "none";
}

const char *xd_tone_sign(enum xd_tone tone)
{
    switch (tone) {
    case XD_TONE_NONE:
        return "?";
    case XD_TONE_OK:
        return "✓";
    case XD_TONE_BAD:
        return "✕";
    case XD_TONE_WARN:
        return "!";
    case XD_TONE_INFO:
        return "i";
    }
    return "?";
}

void xd_html_badge(struct xd_html *h, enum xd_tone tone, const char *word)
{
    xd_html_raw(h, "<span class=\"badge %s\"><span aria-hidden=\"true\">%s</span> ",
                xd_tone_class(tone), xd_tone_sign(tone));
    xd_html_text(h, word);
    put(h, "</span>");
}

enum xd_tone xd_severity_tone(enum xd_severity s)
{
    switch (s) {
    case XD_INFO:
        return XD_TONE_INFO;
    case XD_WARNING:
        return XD_TONE_WARN;
    case XD_ERROR:
    case XD_CRITICAL:
        return XD_TONE_BAD;
    }
    return XD_TONE_NONE;
}

enum xd_tone xd_status_tone(const char *status)
{
    if (status == NULL || status[0] == '\0') {
        return XD_TONE_NONE;
    }
    return xd_say_is_down(status) ? XD_TONE_BAD : XD_TONE_OK;
}

enum xd_tone xd_outcome_tone(const struct xd_flow *f)
{
    if (f->failure.kind != XD_FAILURE_NONE || f->outcome == XD_OUTCOME_FAILED) {
        return XD_TONE_BAD;
    }
    return f->outcome == XD_OUTCOME_ESTABLISHED ? XD_TONE_OK : XD_TONE_NONE;
}

enum xd_tone xd_prediction_tone(enum xd_prediction p)
{
    switch (p) {
    case XD_PREDICT_UNKNOWN:
        return XD_TONE_NONE;
    case XD_PREDICT_ACTIVE:
        return XD_TONE_OK;
    case XD_PREDICT_FAILED:
        return XD_TONE_BAD;
    }
    return XD_TONE_NONE;
}

void xd_html_finding_id(struct xd_html *h, size_t index)
{
    struct xd_finding *const *all = h->cs->findings;
    size_t before = 0;

    for (size_t i = 0; i < index; i++) {
        before += all[i]->id == all[index]->id ? 1 : 0;
    }
    xd_html_raw(h, "f-%s", xd_finding_info(all[index]->id)->name);
    if (before > 0) {
        xd_html_raw(h, "-%zu", before + 1);
    }
}

void xd_html_finding_links(struct xd_html *h, const unsigned *indices, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(h, i > 0 ? " " : "");
        if (indices[i] >= XD_HTML_FINDINGS) {
            xd_html_raw(h, "[%u]", indices[i] + 1);
            continue;
        }
        put(h, "<a href=\"#");
        xd_html_finding_id(h, indices[i]);
        xd_html_raw(h, "\">[%u]</a>", indices[i] + 1);
    }
}

void xd_html_left_out(struct xd_html *h, size_t n, const char *noun)
{
    if (n > 0) {
        xd_out_text(&h->say, "And ");
        xd_say_count(&h->say, n, noun);
        xd_out_text(&h->say, n == 1 ? " that is" : " that are");
        xd_out_text(&h->say, " not shown here.");
        put(h, "<p class=\"left-out\">");
        xd_html_said(h);
        put(h, "</p>\n");
    }
}

void xd_html_section(struct xd_html *h, const char *id, const char *title)
{
    xd_html_raw(h, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n", id, id);
    xd_html_raw(h, "<h2 id=\"%s-title\">%s</h2>\n", id, title);
}

void xd_html_section_end(struct xd_html *h)
{
    put(h, "</section>\n");
}

static void begin_table(struct xd_html *h, const char *class, const char *caption,
                        const char *const *heads)
{
    put(h, "<div class=\"scroll\" role=\"group\" tabindex=\"0\"");
    xd_html_attr(h, "aria-label", caption);
    xd_html_raw(h, "><table%s><caption>", class);
    xd_html_text(h, caption);
    put(h, "</caption><thead><tr>");
    for (size_t i = 0; heads[i] != NULL; i++) {
        put(h, "<th scope=\"col\">");
        xd_html_text(h, heads[i]);
        put(h, "</th>");
    }
    put(h, "</tr></thead><tbody>\n");
}

void xd_html_table(struct xd_html *h, const char *caption, const char *const *heads)
{
    begin_table(h, " class=\"stack\"", caption, heads);
}

void xd_html_list(struct xd_html *h, const char *caption, const char *const *heads)
{
    begin_table(h, "", caption, heads);
}

void xd_html_table_end(struct xd_html *h)
{
    put(h, "</tbody></table></div>\n");
}

void xd_html_cell(struct xd_html *h, const char *label)
{
    put(h, "<td");
    xd_html_attr(h, "data-label", label);
    put(h, ">");
}

static void put_address(struct xd_html *h, const struct xd_addr *a, const char *join)
{
    char text[XD_ADDR_TEXT];

    if (a->family != XD_ADDR_NONE) {
        xd_html_raw(h, "%s.addr == %s%s", a->family == XD_ADDR_V6 ? "ipv6" : "ip",
                    xd_addr_format(a, text), join);
    }
}

void xd_html_flow_filter(struct xd_html *h, const struct xd_flow *f)
{
    const struct xd_endpoint *c = &f->end[XD_CLIENT];
    const struct xd_endpoint *s = &f->end[XD_SERVER];

    put(h, "<code class=\"copy\">");
    put_address(h, &c->addr, " &amp;&amp; ");
    put_address(h, &s->addr, " &amp;&amp; ");
    xd_html_raw(h, "tcp.port == %u &amp;&amp; tcp.port == %u</code>", c->port, s->port);
}

void xd_html_frame_filter(struct xd_html *h, const struct xd_place *place)
{
    if (place->entry != NULL && place->frame != 0) {
        xd_html_raw(h, "<code class=\"copy\">frame.number == %llu</code>",
                    (unsigned long long)place->frame);
    }
}
