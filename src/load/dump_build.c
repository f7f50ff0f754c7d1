/*
 * dump_build.c - settings into a dump, whatever form they came in.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <inttypes.h>

static bool is_quoted(struct xd_slice v)
{
    return v.len >= 2 && v.p[0] == '"' && v.p[v.len - 1] == '"';
}

/* The words of a path with one blank between them, cleaned. */
static const char *keep_path(struct xd_load_dump *d, struct xd_slice path, uint64_t line)
{
    struct xd_buf words = {.max = XD_MAX_NAME};

    for (size_t i = 0; i < path.len; i++) {
        bool blank = path.p[i] == ' ' || path.p[i] == '\t' || path.p[i] == '/';

        if (!blank) {
            xd_buf_add(&words, path.p + i, 1);
        } else if (words.len > 0 && words.bytes[words.len - 1] != ' ') {
            xd_buf_add(&words, " ", 1);
        }
    }
    if (words.overflow) {
        xd_case_entry_note(d->cs, d->entry, XD_ENTRY_TRUNCATED,
                           "line %" PRIu64 ": a name longer than %d bytes was cut", line,
                           XD_MAX_NAME);
    }
    const char *kept =
        xd_text_clean(d->cs->arena, xd_buf_text(&words), words.len, XD_MAX_NAME);

    xd_buf_done(&words);
    return kept;
}

void xd_load_dump_add(struct xd_load_dump *d, struct xd_slice path, struct xd_slice value,
                      uint64_t line)
{
    path = xd_text_trim(path);
    value = xd_text_trim(value);
    if (path.len == 0) {
        return;
    }
    if (d->dump->n_settings >= XD_MAX_SETTINGS) {
        if (!d->full) {
            xd_case_entry_note(d->cs, d->entry, XD_ENTRY_TRUNCATED,
                               "more than %d settings; the rest was not read",
                               XD_MAX_SETTINGS);
        }
        d->full = true;
        return;
    }
    if (is_quoted(value)) {
        value = xd_text_trim((struct xd_slice){value.p + 1, value.len - 2});
    }
    struct xd_setting *s = XD_PUSH(d->cs->arena, d->dump, settings);

    s->path = keep_path(d, path, line);
    s->line = line;
    s->secret = (xd_load_path_is_secret(path) && !xd_load_setting_is_policy(path, value)) ||
                xd_load_value_is_secret(value);
    if (!s->secret) {
        if (value.len > XD_MAX_SETTING_VALUE) {
            xd_case_entry_note(d->cs, d->entry, XD_ENTRY_TRUNCATED,
                               "line %" PRIu64 ": a value longer than %d bytes was cut",
                               line, XD_MAX_SETTING_VALUE);
        }
        s->value = xd_load_keep(d->cs->arena, value, XD_MAX_SETTING_VALUE);
    }
}

void xd_load_dump_done(struct xd_load_dump *d)
{
    *XD_PUSH(d->cs->arena, d->cs, dumps) = d->dump;
}
