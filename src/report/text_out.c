/*
 * text_out.c - paragraphs: escaping, wrapping, colour.
 */
#include "text_out_priv.h"

#include <stdio.h>
#include <string.h>

/* One certificate's names at their limits fill half of it. */
enum { MAX_PARAGRAPH = 4 << 20 };

/* Columns of a paragraph on a wide terminal. */
enum { MAX_PROSE = 110 };

/* Marks in the paragraph; real control characters never get there. */
enum { MARK_STYLE = 0x01, MARK_JOIN = 0x0e, MARK_BREAK = 0x0f };

static const char *const sgr[XD_STYLE_COUNT] = {
    [XD_STYLE_PLAIN] = "\x1b[0m",   [XD_STYLE_BOLD] = "\x1b[1m",
    [XD_STYLE_DIM] = "\x1b[2m",     [XD_STYLE_RED] = "\x1b[1;31m",
    [XD_STYLE_YELLOW] = "\x1b[33m", [XD_STYLE_GREEN] = "\x1b[32m",
    [XD_STYLE_CYAN] = "\x1b[36m",
};

void xd_out_init(struct xd_out *o, const struct xd_case *cs,
                 const struct xd_report_options *options, int fd, struct xd_err *err)
{
    *o = (struct xd_out){.cs = cs, .options = options};
    o->text.max = MAX_PARAGRAPH;
    o->work.max = MAX_PARAGRAPH;
    /* Below that nothing readable comes out of a table. */
    o->width = options->width == 0 || options->width >= 40 ? options->width : 40;
    o->prose = o->width < MAX_PROSE ? o->width : MAX_PROSE;
    xd_sink_init(&o->sink, fd, err);
}

enum xd_rc xd_out_done(struct xd_out *o)
{
    xd_buf_done(&o->text);
    xd_buf_done(&o->work);
    return xd_sink_done(&o->sink);
}

static void add_escape(struct xd_buf *b, uint32_t rune)
{
    if (rune == '\n') {
        xd_buf_puts(b, "\\n");
    } else if (rune == '\r') {
        xd_buf_puts(b, "\\r");
    } else if (rune < 0x80) {
        xd_buf_printf(b, "\\x%02x", (unsigned)rune);
    } else if (rune <= 0xffff) {
        xd_buf_printf(b, "\\u%04x", (unsigned)rune);
    } else {
        xd_buf_printf(b, "\\U%08x", (unsigned)rune);
    }
}

/* How many bytes at p are printable ASCII, told eight at a time. */
static size_t count_plain(const uint8_t *p, size_t len)
{
    const uint64_t ones = 0x0101010101010101U;
    size_t at = 0;
    uint64_t w = 0;

    for (; len - at >= sizeof(w); at += sizeof(w)) {
        memcpy(&w, p + at, sizeof(w));
        /* A borrow or carry comes from a byte that ends the run itself. */
        if (((w | (w - 0x20 * ones) | (w + ones)) & (0x80 * ones)) != 0) {
            break;
        }
    }
    return at;
}

static void add_escaped(struct xd_buf *b, const uint8_t *p, size_t len)
{
    size_t from = 0;
    size_t at = count_plain(p, len);

    if (len == 0) {
        return;
    }
    while (at < len) {
        size_t used = 1;

        if (p[at] >= 0x20 && p[at] < 0x7f) {
            at++;
            continue;
        }
        uint32_t rune = xd_rune_read(p + at, len - at, &used);
        bool plain = rune != UINT32_MAX && !xd_rune_is_unsafe(rune);

        at += used;
        if (plain) {
            continue;
        }
        xd_buf_add(b, p + from, at - used - from);
        from = at;
        if (rune == '\t') {
            xd_buf_puts(b, " ");
        } else if (rune == UINT32_MAX) {
            xd_buf_printf(b, "\\x%02x", p[at - 1]);
        } else {
            add_escape(b, rune);
        }
    }
    xd_buf_add(b, p + from, len - from);
}

void xd_out_text(struct xd_out *o, const char *text)
{
    if (text != NULL) {
        add_escaped(&o->text, (const uint8_t *)text, strlen(text));
    }
}

void xd_out_names(struct xd_out *o, const char *text)
{
    static const char role[] = "Expressway-"; /* and a letter, and a blank */
    const char *at = text;

    for (const char *hit = strstr(at, role); hit != NULL; hit = strstr(at, role)) {
        const char *end = hit + sizeof(role) - 1;
        end += end[0] != '\0' ? 1 : 0;
        add_escaped(&o->text, (const uint8_t *)at, (size_t)(end - at));
        if (end[0] == ' ') {
            xd_out_join(o);
            end++;
        }
        at = end;
    }
    xd_out_text(o, at);
}

void xd_out_number(struct xd_out *o, uint64_t n)
{
    uint8_t digits[20]; /* of 2^64 - 1 */
    size_t at = sizeof(digits);

    do {
        digits[--at] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    xd_buf_add(&o->text, digits + at, sizeof(digits) - at);
}

void xd_out_printf(struct xd_out *o, const char *fmt, ...)
{
    va_list ap;

    xd_buf_clear(&o->work);
    va_start(ap, fmt);
    xd_buf_vprintf(&o->work, fmt, ap);
    va_end(ap);
    add_escaped(&o->text, o->work.bytes, o->work.len);
}

static void add_mark(struct xd_out *o, unsigned mark)
{
    uint8_t byte = (uint8_t)mark;

    xd_buf_add(&o->text, &byte, 1);
}

void xd_out_style(struct xd_out *o, enum xd_style style)
{
    if (o->options->color) {
        add_mark(o, MARK_STYLE + (unsigned)style);
    }
}

void xd_out_styled(struct xd_out *o, enum xd_style style, const char *text)
{
    xd_out_style(o, style);
    xd_out_text(o, text);
    xd_out_style(o, XD_STYLE_PLAIN);
}

void xd_out_join(struct xd_out *o)
{
    add_mark(o, MARK_JOIN);
}

void xd_out_break(struct xd_out *o)
{
    add_mark(o, MARK_BREAK);
}

void xd_out_listed(struct xd_out *o, size_t i, size_t n, const char *text)
{
    if (i > 0) {
        xd_out_text(o, i + 1 == n ? " and " : ", ");
    }
    xd_out_text(o, text);
}

static bool is_style_mark(uint8_t byte)
{
    return byte >= MARK_STYLE && byte < MARK_STYLE + XD_STYLE_COUNT;
}

const char *xd_out_plain(const struct xd_out *o, struct xd_arena *arena)
{
    uint8_t *text = xd_arena_alloc(arena, o->text.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < o->text.len; i++) {
        uint8_t byte = o->text.bytes[i];
        if (!is_style_mark(byte) && !xd_link_is_mark(byte)) {
            text[n++] = byte == MARK_JOIN || byte == MARK_BREAK ? ' ' : byte;
        }
    }
    text[n] = '\0';
    return (const char *)text;
}

static bool is_mark(uint8_t byte)
{
    return is_style_mark(byte) || byte == MARK_JOIN || byte == MARK_BREAK;
}

bool xd_out_span(const struct xd_out *o, size_t *at, struct xd_span *span)
{
    const uint8_t *p = o->text.bytes;
    size_t len = o->text.len;
    size_t from = *at;

    while (from < len && is_style_mark(p[from])) {
        span->style = (enum xd_style)(p[from++] - MARK_STYLE);
    }
    size_t end = from;
    while (end < len && !is_mark(p[end])) {
        end++;
    }
    if (from == len) {
        return false;
    }
    span->text = (struct xd_slice){p + from, end - from};
    span->after = XD_AFTER_NOTHING;
    if (end < len && !is_style_mark(p[end])) {
        span->after = p[end] == MARK_JOIN ? XD_AFTER_JOIN : XD_AFTER_BREAK;
        end++;
    }
    *at = end;
    return true;
}

void xd_out_clear(struct xd_out *o)
{
    xd_buf_clear(&o->text);
}

/* The width of the rune or mark at p, and its length in *used. */
static unsigned read_width(const uint8_t *p, size_t len, size_t *used)
{
    *used = 1;
    if (is_style_mark(p[0]) || xd_link_is_mark(p[0]) || p[0] == MARK_BREAK) {
        return 0;
    }
    if (p[0] == MARK_JOIN) {
        return 1;
    }
    return xd_rune_width(xd_rune_read(p, len, used));
}

/* Where a line may end: the place, and the columns up to it. */
struct cut {
    size_t at; /* 0: none yet */
    unsigned columns;
};

static size_t skip_blanks(const struct xd_slice *text, size_t at)
{
    while (at < text->len && text->p[at] == ' ') {
        at++;
    }
    return at;
}

/* Where a join had to be cut for want of room, its blank goes. */
static struct cut drop_joins(const uint8_t *p, struct cut end)
{
    while (end.at > 0 && p[end.at - 1] == MARK_JOIN) {
        end.at--;
        end.columns--;
    }
    return end;
}

/* Blanks and joins at end: where the line may end once it is full. */
static void note_cut(const uint8_t *p, struct cut end, struct cut *blank, struct cut *join)
{
    if (end.at == 0) {
        return;
    }
    if (p[end.at] == ' ' && p[end.at - 1] != ' ') {
        *blank = end;
    }
    if (p[end.at - 1] == MARK_JOIN && p[end.at] != MARK_JOIN) {
        *join = end;
    }
}

bool xd_line_cut(struct xd_slice *rest, unsigned limit, struct xd_slice *line,
                 unsigned *columns)
{
    const uint8_t *p = rest->p;
    struct cut blank = {0, 0}; /* where the last run of blanks begins */
    struct cut join = {0, 0};  /* behind the last join */
    struct cut end = {0, 0};

    if (rest->len == 0) {
        return false;
    }
    while (end.at < rest->len && p[end.at] != MARK_BREAK) {
        size_t used = 1;
        unsigned w = read_width(p + end.at, rest->len - end.at, &used);

        note_cut(p, end, &blank, &join);
        bool full = limit != 0 && end.columns + w > limit && end.columns > 0;
        if (full && (blank.at > 0 || join.at > 0)) {
            end = blank.at > 0 ? blank : join;
            break;
        }
        end.at += used;
        end.columns += w;
    }
    bool forced = end.at < rest->len && p[end.at] == MARK_BREAK;
    size_t next = forced ? end.at + 1 : skip_blanks(rest, end.at);
    end = drop_joins(p, end);
    *line = (struct xd_slice){p, end.at};
    *columns = end.columns;
    *rest = (struct xd_slice){p + next, rest->len - next};
    return true;
}

unsigned xd_line_longest_word(struct xd_slice text)
{
    unsigned columns = 0;
    unsigned most = 0;

    for (size_t at = 0; at < text.len;) {
        size_t used = 1;
        unsigned w = read_width(text.p + at, text.len - at, &used);
        uint8_t byte = text.p[at];
        bool parts = byte == ' ' || byte == MARK_BREAK || byte == MARK_JOIN;
        columns = parts ? 0 : columns + w;
        most = columns > most ? columns : most;
        at += used;
    }
    return most;
}

/* The next mark from at on, or the line's end; without colour and links joins alone. */
static size_t find_mark(const struct xd_out *o, struct xd_slice line, size_t at)
{
    if (!o->options->color && o->options->n_links == 0) {
        const uint8_t *join =
            at < line.len ? memchr(line.p + at, MARK_JOIN, line.len - at) : NULL;

        return join != NULL ? (size_t)(join - line.p) : line.len;
    }
    while (at < line.len && line.p[at] != MARK_JOIN && !is_style_mark(line.p[at]) &&
           !xd_link_is_mark(line.p[at])) {
        at++;
    }
    return at;
}

void xd_line_write(struct xd_out *o, struct xd_slice line, enum xd_style *style)
{
    bool color = o->options->color;
    bool link = false;
    size_t from = 0;

    if (color && *style != XD_STYLE_PLAIN) {
        xd_sink_write(&o->sink, sgr[*style], strlen(sgr[*style]));
    }
    for (size_t i = find_mark(o, line, 0); i < line.len; i = find_mark(o, line, from)) {
        xd_sink_write(&o->sink, line.p + from, i - from);
        from = i + 1;
        if (xd_link_is_mark(line.p[i])) {
            from = i + xd_link_write(o, line, i, &link);
            continue;
        }
        if (line.p[i] == MARK_JOIN) {
            xd_sink_write(&o->sink, " ", 1);
            continue;
        }
        *style = (enum xd_style)(line.p[i] - MARK_STYLE);
        if (color) {
            xd_sink_write(&o->sink, sgr[*style], strlen(sgr[*style]));
        }
    }
    xd_sink_write(&o->sink, line.p + from, line.len - from);
    if (link) {
        xd_sink_write(&o->sink, "\x1b]8;;\x1b\\", 7);
    }
    if (color && *style != XD_STYLE_PLAIN) {
        xd_sink_write(&o->sink, sgr[XD_STYLE_PLAIN], strlen(sgr[XD_STYLE_PLAIN]));
    }
}

void xd_line_fill(struct xd_out *o, unsigned columns)
{
    static const char blanks[] = "                                ";

    while (columns > 0) {
        unsigned part =
            columns < sizeof(blanks) - 1 ? columns : (unsigned)sizeof(blanks) - 1;
        xd_sink_write(&o->sink, blanks, part);
        columns -= part;
    }
}

/* As xd_line_cut without a limit; nobody asks for its width. */
static bool cut_at_break(struct xd_slice *rest, struct xd_slice *line)
{
    if (rest->len == 0) {
        return false;
    }
    const uint8_t *at = memchr(rest->p, MARK_BREAK, rest->len);
    size_t len = at != NULL ? (size_t)(at - rest->p) : rest->len;
    size_t next = at != NULL ? len + 1 : len;
    struct cut end = drop_joins(rest->p, (struct cut){len, 0});

    *line = (struct xd_slice){rest->p, end.at};
    *rest = (struct xd_slice){rest->p + next, rest->len - next};
    return true;
}

static void write_paragraph(struct xd_out *o, unsigned width, unsigned first, unsigned rest)
{
    struct xd_slice left = {o->text.bytes, o->text.len};
    struct xd_slice line;
    enum xd_style style = XD_STYLE_PLAIN;
    unsigned indent = first;
    unsigned columns = 0;
    unsigned limit = width > first ? width - first : width;

    while (limit == 0 ? cut_at_break(&left, &line)
                      : xd_line_cut(&left, limit, &line, &columns)) {
        xd_line_fill(o, indent);
        xd_line_write(o, line, &style);
        xd_sink_write(&o->sink, "\n", 1);
        indent = rest;
        limit = width > rest ? width - rest : width;
    }
    xd_buf_clear(&o->text);
    o->told = true;
}

void xd_out_end(struct xd_out *o, unsigned first, unsigned rest)
{
    write_paragraph(o, o->prose, first, rest);
}

void xd_out_end_whole(struct xd_out *o, unsigned first)
{
    write_paragraph(o, 0, first, first);
}

void xd_out_blank(struct xd_out *o)
{
    xd_sink_write(&o->sink, "\n", 1);
}

void xd_out_heading(struct xd_out *o, const char *text)
{
    if (o->told) {
        xd_out_blank(o);
    }
    xd_out_styled(o, XD_STYLE_BOLD, text);
    xd_out_end(o, 0, 0);
}

void xd_out_label(struct xd_out *o, const char *label)
{
    char padded[XD_LABEL_COLUMN + 1];

    (void)snprintf(padded, sizeof(padded), "%-*s", XD_LABEL_COLUMN - XD_LABEL_INDENT,
                   label);
    xd_out_style(o, XD_STYLE_CYAN);
    /* A label is one word to the wrapping: its blanks stay. */
    for (const char *p = padded; *p != '\0'; p++) {
        if (*p == ' ') {
            xd_out_join(o);
        } else {
            xd_buf_add(&o->text, p, 1);
        }
    }
    xd_out_style(o, XD_STYLE_PLAIN);
}

void xd_out_subhead(struct xd_out *o, const char *label)
{
    xd_out_styled(o, XD_STYLE_CYAN, label);
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_INDENT);
}
