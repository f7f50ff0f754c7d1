/*
 * redact_check.c - is anything left in a finished report?  Searched as it is, and without
 * the escapes of its form.
 */
#include "redact_priv.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/text.h"

enum { LEAST_IN_DRAWINGS = 3 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool starts(const char *p, const char *end, const char *what)
{
    size_t len = strlen(what);

    return (size_t)(end - p) >= len && memcmp(p, what, len) == 0;
}

/* "%2E", a JSON or an HTML escape: the byte it stands for, and its length. */
static size_t take_escape(const char *p, const char *end, char *out)
{
    static const struct {
        const char *name;
        char byte;
    } names[] = {{"&amp;", '&'},  {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'},
                 {"&#39;", '\''}, {"\\n", '\n'}, {"\\t", '\t'}, {"\\\"", '"'},
                 {"\\\\", '\\'},  {"\\/", '/'},  {"\\r", '\r'}, {"&nbsp;", ' '}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (starts(p, end, names[i].name)) {
            *out = names[i].byte;
            return strlen(names[i].name);
        }
    }
    if (*p == '%' && end - p > 2 && hex_value(p[1]) >= 0 && hex_value(p[2]) >= 0) {
        *out = (char)(hex_value(p[1]) * 16 + hex_value(p[2]));
        return 3;
    }
    if (starts(p, end, "\\u00") && end - p > 5 && hex_value(p[4]) >= 0 &&
        hex_value(p[5]) >= 0) {
        *out = (char)(hex_value(p[4]) * 16 + hex_value(p[5]));
        return 6;
    }
    return 0;
}

/*
 * Runs of blanks as one, since a line may end anywhere; without tags and escapes, or with
 * them as they are.
 */
static void decode(struct xd_slice from, bool escapes, struct xd_buf *out)
{
    const char *p = (const char *)from.p;
    const char *end = p + from.len;

    while (p < end) {
        char byte = *p;
        size_t len = escapes ? take_escape(p, end, &byte) : 0;
        if (escapes && len == 0 && *p == '<') {
            const char *close = memchr(p, '>', (size_t)(end - p));
            bool joins = starts(p, end, "<wbr>");
            len = close == NULL ? 1 : (size_t)(close + 1 - p);
            p += len;
            if (!joins) {
                xd_buf_add(out, " ", 1);
            }
            continue;
        }
        p += len == 0 ? 1 : len;
        bool blank = byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
        if (!blank) {
            xd_buf_add(out, &byte, 1);
        } else if (out->len == 0 || out->bytes[out->len - 1] != ' ') {
            xd_buf_add(out, " ", 1);
        }
    }
}

static bool is_alnum(char c)
{
    return hex_value(c) >= 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* An address, serial or sum that is in the dictionary. */
static const struct xd_secret *find_pattern(struct xd_redaction *r, const char *begin,
                                            const char *p, const char *end)
{
    struct xd_addr a;
    char text[XD_ADDR_TEXT];
    char hex[65];
    const struct xd_secret *s = NULL;
    bool first = p == begin || !is_alnum(p[-1]);

    if (first && xd_pattern_address(p, end, &a) > 0) {
        xd_addr_format(&a, text);
        s = xd_secret_find(r, XD_SECRET_ADDRESS, text, strlen(text));
    }
    size_t least = first ? 1 : XD_LONG_HEX;
    if (s == NULL && xd_pattern_hex_begins(begin, p) &&
        xd_pattern_hex(p, end, hex) >= least) {
        s = xd_secret_find_hex(r, hex);
    }
    return s;
}

/*
 * What is found in one reading of the report, or NULL.  Two letters may well stand in the
 * drawings of a page, which are searched as text alone.
 */
static const struct xd_secret *search(struct xd_redaction *r, struct xd_slice text,
                                      size_t least)
{
    const char *begin = (const char *)text.p;
    const char *end = begin + text.len;

    for (const char *p = begin; p < end; p++) {
        size_t len = 0;
        const struct xd_secret *s = xd_trie_match(r, begin, p, end, &len);
        if (s != NULL && s->class == XD_SECRET_PUBLIC) {
            p += len - 1;
            continue;
        }
        s = s != NULL && len < least ? NULL : s;
        if (s == NULL && (hex_value(*p) >= 0 || *p == ':')) {
            s = find_pattern(r, begin, p, end);
        }
        bool named =
            s != NULL && !s->ours_as_name && xd_pattern_named(s, begin, p, len, end);
        if (s != NULL && (!s->ours || named)) {
            return s;
        }
    }
    return NULL;
}

enum xd_rc xd_redaction_check(struct xd_redaction *r, struct xd_slice report,
                              struct xd_err *err)
{
    bool page = report.len > 0 && report.p[0] == '<';
    const struct xd_secret *s = NULL;
    bool whole = true;

    for (int escapes = 0; escapes < 2 && s == NULL; escapes++) {
        struct xd_buf read = {.max = XD_MAX_HELD};
        decode(report, escapes == 1, &read);
        s = search(r, (struct xd_slice){read.bytes, read.len},
                   page && escapes == 0 ? LEAST_IN_DRAWINGS : 1);
        whole = whole && !read.overflow;
        xd_buf_done(&read);
    }
    if (s != NULL) {
        return xd_err_set(err, XD_FAIL, 0,
                          "the redacted report still held an original (%s); nothing was "
                          "written. Please report this; without --redact the report can be "
                          "written",
                          xd_secret_class_name(s->class));
    }
    return whole ? XD_OK
                 : xd_err_set(err, XD_FAIL, 0,
                              "the report is too long to be searched for what it must not "
                              "hold; nothing was written");
}
