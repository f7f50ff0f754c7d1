/*
 * text_evidence.c - what a finding stands on: places and quotes.
 *
 * Without --verbose each file has its say once, a capture twice; long quotes are
 * shortened: the place says where all of it stands.
 */
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "say_priv.h"

enum {
    ROWS_OF_CAPTURE = 2,
    ROWS_SHOWN = 8,
    QUOTE_HEAD = 96, /* bytes of a long quote that stay at its beginning and end */
    QUOTE_TAIL = 64,
    ALIKE_FROM = 16, /* bytes of two quotes that tell what they are of */
};

static bool is_of_log(const struct xd_evidence *e)
{
    return e->place.entry != NULL && e->place.entry->kind == XD_ENTRY_LOG;
}

bool xd_find_log_value(const char *line, const char *name, struct xd_slice *out)
{
    size_t len = strlen(name);

    for (const char *at = strstr(line, name); at != NULL; at = strstr(at + 1, name)) {
        bool begins = at == line || at[-1] == ' ';
        if (!begins || at[len] != '=' || at[len + 1] != '"') {
            continue;
        }
        const char *value = at + len + 2;
        const char *end = strchr(value, '"');
        if (end == NULL || end == value) {
            return false;
        }
        *out = (struct xd_slice){(const uint8_t *)value, (size_t)(end - value)};
        return true;
    }
    return false;
}

/* How often the line came, which stands behind it. */
static const char *find_repetition(const char *quote)
{
    const char *at = strrchr(quote, '(');

    return at != NULL && strstr(at, " times until ") != NULL ? at : NULL;
}

/* Of a log line the fields that say what happened; false where it has none. */
static bool say_log_fields(struct xd_out *o, const char *quote)
{
    static const char *const fields[] = {"Event", "Detail", "Reason", "ssl_error_reason",
                                         "Error"};
    size_t told = 0;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct xd_slice value;
        if (xd_find_log_value(quote, fields[i], &value)) {
            xd_out_printf(o, "%s%s=\"%.*s\"", told++ > 0 ? " " : "", fields[i],
                          (int)value.len, (const char *)value.p);
        }
    }
    const char *times = told > 0 ? find_repetition(quote) : NULL;
    if (times != NULL) {
        xd_out_text(o, " ");
        xd_out_text(o, times);
    }
    return told > 0;
}

static bool is_inside_rune(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The beginning and the end of a long quote, cut at blanks where there are any near. */
static void say_shortened(struct xd_out *o, const char *quote, size_t len)
{
    size_t head = QUOTE_HEAD;
    size_t tail = len - QUOTE_TAIL;

    while (head > QUOTE_HEAD / 2 && quote[head] != ' ') {
        head--;
    }
    while (tail < len - QUOTE_TAIL / 2 && quote[tail] != ' ') {
        tail++;
    }
    while (is_inside_rune(quote[head])) {
        head--;
    }
    while (is_inside_rune(quote[tail])) {
        tail++;
    }
    xd_out_printf(o, "%.*s ...%s", (int)head, quote, quote + tail);
}

/*
 * The description of a certificate without its long names, which the place and the
 * tables tell; false where the quote is none.
 */
static bool say_cert_fields(struct xd_out *o, const char *quote)
{
    const char *subject = strstr(quote, "subject \"");
    const char *serial = subject == NULL ? NULL : strstr(subject, "\", serial ");
    const char *issuer = serial == NULL ? NULL : strstr(serial, ", issuer \"");
    const char *rest = issuer == NULL ? NULL : strstr(issuer + 10, "\", ");

    if (rest == NULL) {
        return false;
    }
    xd_out_printf(o, "%.*s%.*s%s", (int)(subject - quote), quote,
                  (int)(issuer - (serial + 3)), serial + 3, rest + 1);
    return true;
}

static void say_quote(struct xd_out *o, const struct xd_evidence *e)
{
    size_t len = strlen(e->quote);

    if (o->options->verbose || len <= QUOTE_HEAD + QUOTE_TAIL + 16) {
        xd_out_text(o, e->quote);
        return;
    }
    bool told = is_of_log(e) ? say_log_fields(o, e->quote) : say_cert_fields(o, e->quote);
    if (!told) {
        say_shortened(o, e->quote, len);
    }
}

static void tell_row(struct xd_out *o, const struct xd_evidence *e)
{
    if (!e->supports) {
        xd_out_styled(o, XD_STYLE_YELLOW, "against: ");
    }
    xd_out_style(o, XD_STYLE_BOLD);
    xd_say_place(o, &e->place);
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_text(o, e->place.entry != NULL && e->quote != NULL ? "  " : "");
    if (e->quote != NULL) {
        say_quote(o, e);
    }
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT + 2);
}

/* Of a log, lines that name an event say more than those of the TLS library. */
static bool is_outdone(const struct xd_finding *f, size_t at)
{
    const struct xd_evidence *e = &f->evidence[at];

    if (!is_of_log(e) ||
        (e->quote != NULL && (strstr(e->quote, "Event=\"") != NULL ||
                              strstr(e->quote, " changed from ") != NULL))) {
        return false;
    }
    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct xd_evidence *other = &f->evidence[i];
        if (other->place.entry == e->place.entry && other->quote != NULL &&
            strstr(other->quote, "Event=\"") != NULL) {
            return true;
        }
    }
    return false;
}

/* The same thing once more, at another place or time? */
static bool is_alike(const struct xd_evidence *a, const struct xd_evidence *b)
{
    return a->quote != NULL && b->quote != NULL &&
           strncmp(a->quote, b->quote, ALIKE_FROM) == 0;
}

/* Every file gets its say, and what speaks against the finding always does. */
static bool is_shown(const struct xd_finding *f, size_t at, const bool *shown)
{
    const struct xd_evidence *e = &f->evidence[at];
    size_t of_file = 0;
    size_t all = 0;

    if (!e->supports) {
        return true;
    }
    if (is_outdone(f, at)) {
        return false;
    }
    for (size_t i = 0; i < at; i++) {
        const struct xd_evidence *before = &f->evidence[i];
        if (!shown[i]) {
            continue;
        }
        bool same_file = before->place.entry == e->place.entry;
        if (xd_text_same(before->quote, e->quote) || (same_file && is_alike(before, e))) {
            return false;
        }
        of_file += same_file ? 1 : 0;
        all++;
    }
    return all < ROWS_SHOWN && of_file < (e->place.frame != 0 ? ROWS_OF_CAPTURE : 1);
}

size_t xd_choose_evidence(const struct xd_finding *f, bool *shown)
{
    enum { WORTH_HIDING = 3 }; /* "and 1 more" takes as much room as that one */
    size_t n = 0;

    for (size_t i = 0; i < f->n_evidence; i++) {
        shown[i] = is_shown(f, i, shown);
        n += shown[i] ? 1 : 0;
    }
    if (f->n_evidence - n < WORTH_HIDING) {
        for (size_t i = 0; i < f->n_evidence; i++) {
            shown[i] = true;
        }
        n = f->n_evidence;
    }
    return n;
}

static void tell_evidence(struct xd_out *o, unsigned index)
{
    const struct xd_finding *f = o->cs->findings[index];
    struct xd_arena *arena = xd_arena_new();
    bool *shown = xd_arena_alloc(arena, f->n_evidence + 1);
    bool verbose = o->options->verbose;
    size_t hidden = verbose ? 0 : f->n_evidence - xd_choose_evidence(f, shown);

    xd_out_style(o, XD_STYLE_CYAN);
    xd_out_printf(o, "[%u] %s", index + 1, xd_finding_info(f->id)->name);
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_end(o, 0, XD_LABEL_INDENT);
    if (xd_has_steps(o->cs, index)) {
        xd_text_summary(o, f, o->options->verbose);
    }
    for (size_t i = 0; i < f->n_evidence; i++) {
        if (verbose || shown[i]) {
            tell_row(o, &f->evidence[i]);
        }
    }
    if (hidden + f->evidence_left_out > 0) {
        xd_out_printf(o, "and %zu more%s", hidden + f->evidence_left_out,
                      hidden > 0 ? " (--verbose shows all, in full)" : "");
        xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT + 2);
    }
    xd_arena_free(arena);
}

void xd_text_evidence(struct xd_out *o)
{
    bool headed = false;

    for (size_t i = 0; i < o->cs->n_findings; i++) {
        const struct xd_finding *f = o->cs->findings[i];
        if (!xd_text_is_main(o, f)) {
            continue;
        }
        if (!headed) {
            xd_out_heading(o, "REASONS AND EVIDENCE");
            headed = true;
        } else {
            xd_out_blank(o);
        }
        tell_evidence(o, (unsigned)i);
    }
}
