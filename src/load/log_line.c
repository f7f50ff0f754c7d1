/*
 * log_line.c - the grammar of a log's line.
 *
 *     record = time " " [host " "] [process ["[" pid "]"] ":"] rest
 *     time   = RFC 3339 with an offset, with or without a fraction
 *     rest   = pairs (name="value") and free text in any order
 *
 * UTCTime="2026-03-24 11:54:26,92" counts milliseconds behind its comma, without
 * leading zeros, and outranks the time in front, whose fraction is a fraction.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static struct xd_slice slice_from(struct xd_slice s, size_t at)
{
    return (struct xd_slice){s.p + at, s.len - at};
}

static struct xd_slice skip_blanks(struct xd_slice s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s = slice_from(s, 1);
    }
    return s;
}

bool xd_log_is_record(struct xd_slice line)
{
    return line.len > 19 && is_digit(line.p[0]) && is_digit(line.p[3]) &&
           line.p[4] == '-' && line.p[7] == '-' && line.p[10] == 'T' && line.p[13] == ':' &&
           line.p[16] == ':';
}

/* Up to the next blank. */
static struct xd_slice first_word(struct xd_slice s)
{
    size_t n = 0;

    while (n < s.len && !is_blank(s.p[n])) {
        n++;
    }
    return (struct xd_slice){s.p, n};
}

/* Length of "name:", "name[12]:" at the head of s, or 0. */
static size_t process_len(struct xd_slice s)
{
    size_t n = 0;

    while (n < s.len && s.p[n] != ':' && s.p[n] != '"' && s.p[n] != '=' &&
           !is_blank(s.p[n])) {
        n++;
    }
    return n > 0 && n < s.len && s.p[n] == ':' ? n + 1 : 0;
}

static void read_process(struct xd_log_record *r)
{
    size_t n = process_len(r->rest);

    if (n == 0) {
        return;
    }
    r->process = (struct xd_slice){r->rest.p, n - 1};
    const uint8_t *pid = memchr(r->process.p, '[', r->process.len);

    if (pid != NULL) {
        r->process.len = (size_t)(pid - r->process.p);
    }
    r->rest = skip_blanks(slice_from(r->rest, n));
}

void xd_log_read_prefix(struct xd_slice text, struct xd_log_record *out)
{
    size_t used = 0;

    out->text = text;
    out->host = (struct xd_slice){0};
    out->process = (struct xd_slice){0};
    out->n_fields = 0;
    if (!xd_time_parse((const char *)text.p, text.len, &out->time, &used)) {
        out->time = XD_TIME_NONE;
        used = first_word(text).len;
    }
    out->rest = skip_blanks(slice_from(text, used));
    struct xd_slice word = first_word(out->rest);

    /* The page that lists events leaves the host out: "time ssh: Detail=..." */
    if (process_len(word) == 0 && word.len > 0 && memchr(word.p, '=', word.len) == NULL) {
        out->host = word;
        out->rest = skip_blanks(slice_from(out->rest, word.len));
    }
    read_process(out);
}

/* ---- fields -------------------------------------------------------------- */

static bool is_name_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '-';
}

/* Is it `name="` at at: the next field, glued to the one in front? */
static bool is_next_field(struct xd_slice s, size_t at)
{
    while (at < s.len && is_name_char(s.p[at])) {
        at++;
    }
    return at + 1 < s.len && s.p[at] == '=' && s.p[at + 1] == '"';
}

/* A quote inside of a value has a word right behind it. */
static size_t closing_quote(struct xd_slice s, size_t at)
{
    while (at < s.len && (s.p[at] != '"' || (at + 1 < s.len && is_name_char(s.p[at + 1]) &&
                                             !is_next_field(s, at + 1)))) {
        at++;
    }
    return at;
}

/* The name that ends in front of at, or empty. */
static struct xd_slice name_before(struct xd_slice s, size_t at)
{
    size_t from = at;

    while (from > 0 && is_name_char(s.p[from - 1])) {
        from--;
    }
    return (struct xd_slice){s.p + from, at - from};
}

/* "2026-03-24 11:54:26,92" or without the comma. */
static bool read_utc(struct xd_slice v, xd_time *out)
{
    enum { SECONDS = 19 };
    uint64_t ms = 0;
    size_t used = 0;

    if (v.len < SECONDS || !xd_time_parse((const char *)v.p, SECONDS, out, &used) ||
        used != SECONDS) {
        return false;
    }
    if (v.len > SECONDS + 1 && v.len <= SECONDS + 4 &&
        (v.p[SECONDS] == ',' || v.p[SECONDS] == '.') &&
        xd_text_number(slice_from(v, SECONDS + 1), 999, &ms)) {
        *out += (xd_time)ms * 1000;
    }
    return true;
}

void xd_log_read_fields(struct xd_log_record *r)
{
    struct xd_slice s = r->rest;
    size_t at = 0;

    while (at + 1 < s.len && r->n_fields < XD_LOG_FIELDS) {
        const uint8_t *sign = memchr(s.p + at, '=', s.len - at);

        if (sign == NULL) {
            break;
        }
        at = (size_t)(sign - s.p);
        struct xd_slice name = name_before(s, at);

        at++;
        if (name.len == 0 || at >= s.len || s.p[at] != '"') {
            continue;
        }
        size_t end = closing_quote(s, at + 1);

        r->fields[r->n_fields++] = (struct xd_log_field){
            .name = name,
            .value = xd_text_trim((struct xd_slice){s.p + at + 1, end - at - 1})};
        at = end;
    }
    struct xd_slice utc = xd_log_field(r, "UTCTime");
    xd_time t;

    if (utc.len > 0 && read_utc(utc, &t)) {
        r->time = t;
    }
}

struct xd_slice xd_log_field(const struct xd_log_record *r, const char *name)
{
    struct xd_slice want = xd_slice_of(name);

    for (size_t i = 0; i < r->n_fields; i++) {
        if (xd_text_equal_nocase(r->fields[i].name, want)) {
            return r->fields[i].value;
        }
    }
    return (struct xd_slice){0};
}

/* Does a record begin at s, as on pages that joined them: a time with its offset? */
static bool begins_record(struct xd_slice s)
{
    xd_time t;
    size_t used = 0;

    return xd_log_is_record(s) &&
           xd_time_parse((const char *)s.p, s.len < 40 ? s.len : 40, &t, &used) &&
           used > 19 && used < s.len && is_blank(s.p[used]);
}

size_t xd_log_next_record(struct xd_slice text, size_t from)
{
    bool quoted = false;

    for (size_t i = from; i < text.len; i++) {
        if (text.p[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && is_blank(text.p[i]) && i + 1 < text.len &&
                   text.p[i + 1] == '2' && begins_record(slice_from(text, i + 1))) {
            return i + 1;
        }
    }
    return text.len;
}
