/*
 * dump_text.c - the text form of xconf and xstat dumps.
 *
 *     *c xConfiguration Zones Zone 1 Name: "Traversal"      one setting a line
 *     xConfiguration Zones Zone 1 Name: "Traversal"         the same, as a terminal echoes
 * it *s Zones: /                                           a status block, up to "*s/end";
 *         Zone 1: ...                                       see dump_block.c
 *
 * A setting's path holds no colon, its value may hold anything.
 */
#include "load_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <inttypes.h>
#include <string.h>

struct text {
    struct xd_load_dump out;
    struct xd_load_lines lines;
    struct xd_load_block block;
    struct xd_buf value; /* of a quoted value that goes on in the next line */
    struct xd_buf path;
    uint64_t value_line; /* 0: none is open */
    uint64_t read;
    bool too_large;
    bool key;             /* inside a private key */
    uint64_t binary_line; /* the first line with a NUL byte, or 0 */
};

static struct xd_slice slice_from(struct xd_slice s, size_t at)
{
    return (struct xd_slice){s.p + at, s.len - at};
}

/* Drop word from the head of *s, with the blanks behind it; case does not matter. */
static bool take_word(struct xd_slice *s, const char *word)
{
    struct xd_slice want = xd_slice_of(word);

    if (s->len < want.len ||
        !xd_text_equal_nocase((struct xd_slice){s->p, want.len}, want)) {
        return false;
    }
    if (s->len > want.len && s->p[want.len] != ' ' && s->p[want.len] != '\t' &&
        s->p[want.len] != '/') {
        return false;
    }
    *s = xd_text_trim(slice_from(*s, want.len));
    return true;
}

/* A terminal's prompt in front of a command: "admin@host> xConfiguration ...". */
static void skip_prompt(struct xd_slice *s)
{
    enum { PROMPT = 64 };
    size_t len = s->len < PROMPT ? s->len : PROMPT;

    for (size_t i = 0; i < len && s->p[i] != ':' && s->p[i] != '"'; i++) {
        if (s->p[i] == '>' || s->p[i] == '#' || s->p[i] == '$') {
            *s = xd_text_trim(slice_from(*s, i + 1));
            return;
        }
    }
}

/* Is it a command or an answer that names its path in full?  *s is the path then. */
static bool take_command(struct xd_slice *s)
{
    static const char *const words[] = {"xConfiguration", "xStatus", "xconfig", "xstat"};
    bool marked = take_word(s, "*c");

    if (!marked) {
        skip_prompt(s);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (take_word(s, words[i])) {
            return true;
        }
    }
    return marked;
}

static bool ends_quoted(struct xd_slice v)
{
    v = xd_text_trim(v);
    return v.len > 0 && v.p[v.len - 1] == '"';
}

/* "path: value".  A quoted value without its end goes on in the next lines. */
static void read_setting(struct text *t, struct xd_slice s, uint64_t number)
{
    const uint8_t *colon = s.len > 0 ? memchr(s.p, ':', s.len) : NULL;

    if (colon == NULL) {
        return; /* a question without an answer */
    }
    struct xd_slice path = {s.p, (size_t)(colon - s.p)};
    struct xd_slice value = xd_text_trim(slice_from(s, path.len + 1));

    if (value.len > 0 && value.p[0] == '"' && (value.len == 1 || !ends_quoted(value))) {
        xd_buf_clear(&t->path);
        xd_buf_clear(&t->value);
        xd_buf_add(&t->path, path.p, path.len);
        xd_buf_add(&t->value, value.p, value.len);
        t->value_line = number;
        return;
    }
    xd_load_dump_add(&t->out, path, value, number);
}

static void close_value(struct text *t)
{
    if (t->value_line == 0) {
        return;
    }
    struct xd_slice value = {(const uint8_t *)xd_buf_text(&t->value), t->value.len};

    if (value.len > 1 && !ends_quoted(value)) {
        value = slice_from(value, 1); /* its closing quote never came */
    }
    xd_load_dump_add(&t->out,
                     (struct xd_slice){(const uint8_t *)xd_buf_text(&t->path), t->path.len},
                     value, t->value_line);
    t->value_line = 0;
}

/* A line of a block; on joined pages it may end with the block's own end. */
static void add_line(struct text *t, struct xd_slice line, uint64_t number)
{
    if (t->block.text.len + line.len + 1 > t->block.text.max) {
        xd_case_entry_note(t->out.cs, t->out.entry, XD_ENTRY_TRUNCATED,
                           "the block that begins in line %" PRIu64
                           " is larger than %d MiB; where line %" PRIu64
                           " stands in it was not told",
                           t->block.first, XD_MAX_DUMP_BLOCK >> 20, number);
        xd_load_block_close(&t->block, &t->out);
    }
    if (t->block.text.len == 0) {
        t->block.first = number;
    }
    xd_buf_add(&t->block.text, line.p, line.len);
    xd_buf_add(&t->block.text, "\n", 1);
    if (xd_text_ends_nocase(xd_text_trim(line), "*s/end")) {
        xd_load_block_close(&t->block, &t->out);
        t->block.open = false;
    }
}

/* A line that begins with "*s". */
static void read_status(struct text *t, struct xd_slice line, struct xd_slice s,
                        uint64_t number)
{
    if (xd_text_starts(s, "*s/end")) {
        xd_load_block_close(&t->block, &t->out);
        t->block.open = false;
        return;
    }
    xd_load_block_close(&t->block, &t->out);
    t->block.open = true;
    add_line(t, line, number);
}

/*
 * Of a private key, whose head looks like settings ("DEK-Info: ..."), nothing is kept.  One
 * without its end ends where a setting stands.
 */
static bool is_of_key(struct text *t, struct xd_slice s)
{
    if (xd_text_starts(s, "-----BEGIN ") && xd_text_ends_nocase(s, "PRIVATE KEY-----")) {
        t->key = true;
        return true;
    }
    bool head = xd_text_starts(s, "Proc-Type:") || xd_text_starts(s, "DEK-Info:");
    if (!t->key || (!head && s.len > 0 && memchr(s.p, ':', s.len) != NULL)) {
        t->key = false;
        return false;
    }
    t->key = !xd_text_starts(s, "-----END ");
    return true;
}

static void read_line(void *arg, struct xd_slice line, uint64_t number)
{
    struct text *t = arg;
    struct xd_slice s = xd_text_trim(line);
    bool status = xd_text_starts(s, "*s") || xd_text_starts(s, "*S");
    struct xd_slice command = s;
    bool is_command = !status && take_command(&command);

    if (t->binary_line == 0 && memchr(line.p, '\0', line.len) != NULL) {
        t->binary_line = number;
    }
    if (status || is_command) {
        t->key = false;
    } else if (is_of_key(t, s)) {
        return;
    }
    if (t->value_line != 0 && !status && !is_command) {
        xd_buf_add(&t->value, "\n", 1);
        xd_buf_add(&t->value, line.p, line.len);
        if (ends_quoted(s)) {
            close_value(t);
        }
        return;
    }
    close_value(t);
    if (status) {
        read_status(t, line, s, number);
    } else if (is_command) {
        read_setting(t, command, number);
    } else if (t->block.open) {
        add_line(t, line, number);
    } else {
        read_setting(t, s, number);
    }
}

static void *begin_text(struct xd_case *cs, struct xd_entry *entry)
{
    struct text *t = xd_alloc(sizeof(*t));

    t->out.cs = cs;
    t->out.entry = entry;
    t->out.dump = xd_arena_alloc(cs->arena, sizeof(*t->out.dump));
    t->out.dump->entry = entry;
    t->lines.line.max = XD_MAX_DUMP_LINE;
    t->lines.fn = read_line;
    t->lines.arg = t;
    t->block.text.max = XD_MAX_DUMP_BLOCK;
    t->value.max = XD_MAX_SETTING_VALUE + 2;
    t->path.max = XD_MAX_NAME;
    return t;
}

static void feed_text(void *state, struct xd_slice bytes)
{
    struct text *t = state;

    if (t->read + bytes.len > XD_MAX_DUMP_BYTES) {
        bytes.len = (size_t)(XD_MAX_DUMP_BYTES - t->read);
        t->too_large = true;
    }
    t->read += bytes.len;
    if (bytes.len > 0) {
        xd_load_lines_feed(&t->lines, bytes);
    }
}

/* The last line has no end, and is a setting whose name or quoted value has none either. */
static bool ends_within_setting(struct xd_load_lines *l)
{
    const char *text = xd_buf_text(&l->line);
    size_t quotes = 0;

    if (!l->open || l->crs > 0 || l->line.len < 2 || memcmp(text, "*c", 2) != 0) {
        return false;
    }
    for (size_t i = 0; i < l->line.len; i++) {
        quotes += text[i] == '"';
    }
    return memchr(text, ':', l->line.len) == NULL || quotes % 2 == 1;
}

static void end_text(void *state, bool cut_short)
{
    struct text *t = state;
    struct xd_load_dump *out = &t->out;

    cut_short = cut_short || ends_within_setting(&t->lines);
    xd_load_lines_end(&t->lines);
    close_value(t);
    xd_load_block_close(&t->block, out);
    if (t->too_large) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_TRUNCATED,
                           "only its first %d MiB were read", XD_MAX_DUMP_BYTES >> 20);
    }
    if (t->lines.cut != 0) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_TRUNCATED,
                           "line %" PRIu64 " is longer than %d MiB; its end was not read",
                           t->lines.cut, XD_MAX_DUMP_LINE >> 20);
    }
    if (t->binary_line != 0) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_DAMAGED,
                           "line %" PRIu64 " holds bytes that are no text", t->binary_line);
    }
    if (cut_short) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_TRUNCATED,
                           "it ends in line %" PRIu64, t->lines.number);
    }
    if (out->dump->n_settings == 0) {
        xd_case_entry_note(out->cs, out->entry,
                           cut_short ? XD_ENTRY_TRUNCATED : XD_ENTRY_DAMAGED, "%s",
                           t->read == 0 ? XD_ENTRY_EMPTY : "it holds no setting");
    }
    xd_load_dump_done(out);
    xd_buf_done(&t->block.text);
    xd_buf_done(&t->value);
    xd_buf_done(&t->path);
    xd_free(t);
}

const struct xd_load_ops xd_load_dump_text = {begin_text, feed_text, end_text};
