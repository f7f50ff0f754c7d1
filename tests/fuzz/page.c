/*
 * page.c - is an HTML report well formed?  Stricter than HTML is: every element but the
 * void ones is closed in its turn, every attribute is quoted, every '<' and '&' of a text
 * is escaped, no comment, no control character; the JSON in it can be read.
 */
#include "fuzz.h"

#include "expdiag/rune.h"

#include <jansson.h>
#include <stdio.h>

enum { MOST_OPEN = 64, LONGEST_ENTITY = 8 };

struct page {
    struct xd_slice left;
    struct xd_slice open[MOST_OPEN]; /* names */
    size_t n_open;
};

static bool starts(struct xd_slice s, const char *word)
{
    size_t n = strlen(word);

    return s.len >= n && memcmp(s.p, word, n) == 0;
}

static void skip(struct page *p, size_t n)
{
    xd_fuzz_require(n <= p->left.len, "the page ends where something is open");
    p->left.p += n;
    p->left.len -= n;
}

/* How far it is to the byte, which must come. */
static size_t find(const struct page *p, char byte)
{
    const uint8_t *at = memchr(p->left.p, byte, p->left.len);

    xd_fuzz_require(at != NULL, "a tag, a value or an entity of the page ends");
    return (size_t)(at - p->left.p);
}

static bool is_name(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-';
}

static struct xd_slice take_name(struct page *p)
{
    size_t n = 0;

    while (n < p->left.len && is_name(p->left.p[n])) {
        n++;
    }
    struct xd_slice name = {p->left.p, n};

    xd_fuzz_require(n > 0, "an element or attribute of the page has a name");
    skip(p, n);
    return name;
}

static bool is_void(struct xd_slice name)
{
    static const char *const names[] = {"meta", "br", "wbr", "input", "hr"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (xd_slice_equal(name, xd_slice_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* "&amp;", "&#39;": nothing else begins with '&'. */
static void check_entity(struct xd_slice at)
{
    size_t n = 1;

    while (n < at.len && n <= LONGEST_ENTITY && (is_name(at.p[n]) || at.p[n] == '#')) {
        n++;
    }
    xd_fuzz_require(n > 1 && n < at.len && at.p[n] == ';', "'&' is escaped in the page");
}

static void check_text(struct xd_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        xd_fuzz_require(text.p[i] != '<' && text.p[i] != '>', "markup is escaped");
        if (text.p[i] == '&') {
            check_entity((struct xd_slice){text.p + i, text.len - i});
        }
    }
}

static void take_attributes(struct page *p)
{
    while (p->left.len > 0 && (p->left.p[0] == ' ' || p->left.p[0] == '\n')) {
        skip(p, 1);
        (void)take_name(p);
        if (!starts(p->left, "=")) {
            continue; /* <details open> */
        }
        xd_fuzz_require(starts(p->left, "=\""), "values of attributes are quoted");
        skip(p, 2);
        size_t n = find(p, '"');

        check_text((struct xd_slice){p->left.p, n});
        skip(p, n + 1);
    }
}

/* What a style or script element holds is no markup; JSON must be JSON. */
static void take_raw(struct page *p, const char *end, bool json)
{
    const uint8_t *at = memmem(p->left.p, p->left.len, end, strlen(end));

    xd_fuzz_require(at != NULL, "an element without markup ends");
    size_t n = (size_t)(at - p->left.p);

    if (json) {
        json_error_t why;
        json_t *root = json_loadb((const char *)p->left.p, n, JSON_REJECT_DUPLICATES, &why);

        xd_fuzz_require(root != NULL, "the JSON in the page can be read back");
        json_decref(root);
    }
    skip(p, n + strlen(end));
}

static void take_element(struct page *p)
{
    bool json = starts(p->left, "script type=\"application/json\"");
    struct xd_slice name = take_name(p);

    take_attributes(p);
    if (starts(p->left, "/>")) {
        skip(p, 2);
        return;
    }
    xd_fuzz_require(starts(p->left, ">"), "a tag holds attributes and nothing else");
    skip(p, 1);
    if (xd_slice_equal(name, xd_slice_of("style"))) {
        take_raw(p, "</style>", false);
    } else if (xd_slice_equal(name, xd_slice_of("script"))) {
        take_raw(p, "</script>", json);
    } else if (!is_void(name)) {
        xd_fuzz_require(p->n_open < MOST_OPEN, "elements are not nested without end");
        p->open[p->n_open++] = name;
    }
}

static void take_end(struct page *p)
{
    struct xd_slice name = take_name(p);

    xd_fuzz_require(p->n_open > 0 && xd_slice_equal(name, p->open[p->n_open - 1]),
                    "elements of the page end in their turn");
    p->n_open--;
    xd_fuzz_require(starts(p->left, ">"), "an end tag ends");
    skip(p, 1);
}

static void check_bytes(struct xd_slice page)
{
    for (size_t at = 0, used = 0; at < page.len; at += used) {
        uint32_t rune = xd_rune_read(page.p + at, page.len - at, &used);

        xd_fuzz_require(rune != UINT32_MAX, "the page is valid UTF-8");
        xd_fuzz_require(rune == '\n' || rune == '\t' || !xd_rune_is_unsafe(rune),
                        "the page holds no control character");
    }
}

void xd_fuzz_check_page(struct xd_slice bytes)
{
    struct page p = {.left = bytes};

    check_bytes(bytes);
    xd_fuzz_require(starts(p.left, "<!DOCTYPE html>"), "the page says that it is HTML");
    skip(&p, strlen("<!DOCTYPE html>"));
    while (p.left.len > 0) {
        const uint8_t *tag = memchr(p.left.p, '<', p.left.len);
        size_t n = tag != NULL ? (size_t)(tag - p.left.p) : p.left.len;

        check_text((struct xd_slice){p.left.p, n});
        skip(&p, n);
        if (starts(p.left, "</")) {
            skip(&p, 2);
            take_end(&p);
        } else if (p.left.len > 0) {
            skip(&p, 1);
            take_element(&p);
        }
    }
    xd_fuzz_require(p.n_open == 0, "every element of the page ends");
}
