/*
 * text.c - text of explicit length; bytes of a bundle to valid UTF-8.
 */
#include "expdiag/text.h"

#include "expdiag/alloc.h"

#include <string.h>

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* What RFC 3629, 4, allows behind a first byte. */
struct utf8_form {
    uint8_t first, last; /* range of the first byte */
    uint8_t len;
    uint8_t low, high; /* range of the second byte */
};

static const struct utf8_form utf8_forms[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf},
    {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct utf8_form *find_form(uint8_t first)
{
    for (size_t i = 0; i < sizeof(utf8_forms) / sizeof(utf8_forms[0]); i++) {
        if (first >= utf8_forms[i].first && first <= utf8_forms[i].last) {
            return &utf8_forms[i];
        }
    }
    return NULL;
}

/* Length of the well-formed UTF-8 sequence at p, or 0.  NUL counts as ill-formed. */
static size_t utf8_sequence(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80) {
        return p[0] == 0 ? 0 : 1;
    }
    const struct utf8_form *form = find_form(p[0]);

    if (form == NULL || form->len > left || p[1] < form->low || p[1] > form->high) {
        return 0;
    }
    for (size_t i = 2; i < form->len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return form->len;
}

char *xd_text_clean(struct xd_arena *a, const char *bytes, size_t len, size_t max)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    static const char ellipsis[] = "\xe2\x80\xa6";    /* U+2026 */
    const uint8_t *p = (const uint8_t *)bytes;
    size_t room = len < max ? len * 3 : max + 3;
    char *out = xd_alloc(room + 4);
    size_t n = 0;
    size_t i = 0;

    while (i < len) {
        size_t seq = utf8_sequence(p + i, len - i);
        const char *from = seq > 0 ? bytes + i : replacement;
        size_t step = seq > 0 ? seq : sizeof(replacement) - 1;

        if (n + step > max) {
            break;
        }
        memcpy(out + n, from, step);
        n += step;
        i += seq > 0 ? seq : 1;
    }
    if (i < len) {
        memcpy(out + n, ellipsis, sizeof(ellipsis) - 1);
        n += sizeof(ellipsis) - 1;
    }
    char *kept = xd_arena_text(a, out, n);

    xd_free(out);
    return kept;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct xd_slice xd_text_trim(struct xd_slice s)
{
    while (s.len > 0 && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.p[s.len - 1])) {
        s.len--;
    }
    return s;
}

bool xd_text_equal_nocase(struct xd_slice a, struct xd_slice b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.p[i]) != lower(b.p[i])) {
            return false;
        }
    }
    return true;
}

bool xd_text_same_nocase(const char *a, const char *b)
{
    return a != NULL && b != NULL && xd_text_equal_nocase(xd_slice_of(a), xd_slice_of(b));
}

bool xd_text_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool xd_text_starts(struct xd_slice s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len >= len && (len == 0 || memcmp(s.p, prefix, len) == 0);
}

bool xd_text_ends_nocase(struct xd_slice s, const char *suffix)
{
    struct xd_slice want = xd_slice_of(suffix);

    if (s.len < want.len) {
        return false;
    }
    return xd_text_equal_nocase((struct xd_slice){s.p + (s.len - want.len), want.len},
                                want);
}

const uint8_t *xd_text_find(struct xd_slice s, const char *needle)
{
    size_t len = strlen(needle);

    if (len == 0 || s.len < len) {
        return NULL;
    }
    return memmem(s.p, s.len, needle, len);
}

bool xd_text_contains_nocase(struct xd_slice s, const char *needle)
{
    struct xd_slice want = xd_slice_of(needle);

    for (size_t i = 0; want.len > 0 && i + want.len <= s.len; i++) {
        if (xd_text_equal_nocase((struct xd_slice){s.p + i, want.len}, want)) {
            return true;
        }
    }
    return false;
}

bool xd_text_number(struct xd_slice s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(s.p[i] - '0');

        if (v > (max - digit) / 10 || digit > max) {
            return false;
        }
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

void xd_text_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

void xd_text_lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)lower((uint8_t)*text);
    }
}
