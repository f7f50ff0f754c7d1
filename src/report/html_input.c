/*
 * html_input.c - what was read, with its SHA-256, and what of it is damaged.
 */
#include "html_priv.h"

#include "expdiag/text.h"

static bool is_sound(const struct xd_entry *e)
{
    return e->status == XD_ENTRY_READ || e->status == XD_ENTRY_SKIPPED;
}

static void write_entry(struct xd_html *h, const struct xd_entry *e)
{
    xd_html_raw(h, "<tr%s>", is_sound(e) ? "" : " class=\"damaged\"");
    xd_html_cell(h, "File");
    xd_html_file(h, e);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Kind");
    xd_html_raw(h, "%s</td>", xd_entry_kind_name(e->kind));
    xd_html_cell(h, "Bytes");
    xd_html_raw(h, "%llu</td>", (unsigned long long)e->bytes);
    xd_html_cell(h, "Read");
    xd_html_badge(h,
                  e->status == XD_ENTRY_READ      ? XD_TONE_OK
                  : e->status == XD_ENTRY_SKIPPED ? XD_TONE_INFO
                                                  : XD_TONE_WARN,
                  xd_entry_status_name(e->status));
    if (e->detail != NULL) {
        xd_html_raw(h, "<br>");
        xd_html_text(h, e->detail);
    }
    xd_html_raw(h, "</td></tr>\n");
}

/* Damaged ones first: they must not be what is left out. */
static void write_entries(struct xd_html *h, unsigned index)
{
    static const char *const heads[] = {"File", "Kind", "Bytes", "Read", NULL};
    size_t shown = 0;
    size_t left_out = 0;

    xd_html_table(h, "Files of the input", heads);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < h->cs->n_entries; i++) {
            const struct xd_entry *e = h->cs->entries[i];
            if (e->input != index || is_sound(e) != (pass == 1)) {
                continue;
            }
            if (shown < XD_HTML_ROWS) {
                write_entry(h, e);
                shown++;
            } else {
                left_out++;
            }
        }
    }
    xd_html_table_end(h);
    xd_html_left_out(h, left_out, "file");
}

static bool is_damaged(const struct xd_case *cs, unsigned index)
{
    for (size_t i = 0; i < cs->n_entries; i++) {
        if (cs->entries[i]->input == index && !is_sound(cs->entries[i])) {
            return true;
        }
    }
    return false;
}

static void write_input(struct xd_html *h, unsigned index)
{
    const struct xd_input *in = &h->cs->inputs[index];
    bool damaged = in->problem != NULL || in->unusable || is_damaged(h->cs, index);
    char hex[65];

    xd_html_raw(h, "<h3>");
    xd_html_text(h, in->path);
    xd_html_raw(h, "</h3>\n<p>");
    xd_html_badge(h, damaged ? XD_TONE_WARN : XD_TONE_OK, damaged ? "damaged" : "sound");
    xd_html_raw(h, " ");
    xd_say_count(&h->say, in->bytes, "byte");
    xd_html_said(h);
    if (in->has_sha256 && xd_report_judges(h->options)) {
        xd_text_hex(in->sha256, sizeof(in->sha256), hex);
        xd_html_raw(h, ", SHA-256 <code class=\"hash copy\">%s</code>", hex);
    }
    if (in->note != NULL) {
        xd_html_raw(h, "; ");
        xd_html_text(h, in->note);
    }
    if (in->problem != NULL || in->unusable) {
        xd_html_raw(h, "<br>");
        xd_html_text(h, in->problem != NULL ? in->problem : "it could not be read");
    }
    xd_html_raw(h, "</p>\n<details%s><summary>Files</summary>\n", damaged ? " open" : "");
    write_entries(h, index);
    xd_html_raw(h, "</details>\n");
}

void xd_html_inputs(struct xd_html *h)
{
    xd_html_section(h, "inputs", "Inputs");
    for (size_t i = 0; i < h->cs->n_inputs; i++) {
        write_input(h, (unsigned)i);
    }
    if (h->options->keylog || xd_count_opened(h->cs) > 0) {
        xd_html_raw(h, "<p class=\"note\">");
        (void)xd_say_keys(&h->say);
        xd_html_said(h);
        xd_html_raw(h, "</p>\n");
    }
    if (h->cs->flows_left_out > 0 || h->cs->events_left_out > 0) {
        xd_html_left_out(h, h->cs->flows_left_out, "conversation");
        xd_html_left_out(h, h->cs->events_left_out, "log line");
    }
    xd_html_section_end(h);
}
