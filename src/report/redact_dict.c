/*
 * redact_dict.c - what must not leave the house, and what stands for it.
 */
#include "redact_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

enum { LONGEST = 256 }; /* of what is looked for inside texts */

const char *xd_secret_class_name(enum xd_secret_class c)
{
    static const char *const names[XD_SECRET_CLASSES] = {
        "address",      "host name",     "domain", "zone name",
        "user name",    "serial number", "sum",    "CA name",
        "subject name", "organization",  "unit",   "place",
        "input",        "file name",     "value",  "public name",
    };

    return names[c];
}

/* Names that differ in case alone are one. */
static char *key_of(struct xd_redaction *r, enum xd_secret_class c, const char *text,
                    size_t len)
{
    char *key = xd_arena_printf(r->arena, "%c%.*s", 'A' + (int)c, (int)len, text);

    xd_text_lower(key + 1);
    return key;
}

struct xd_secret *xd_secret_find(struct xd_redaction *r, enum xd_secret_class c,
                                 const char *text, size_t len)
{
    return xd_map_get(r->by_text, xd_slice_of(key_of(r, c, text, len)));
}

struct xd_secret *xd_secret_add(struct xd_redaction *r, enum xd_secret_class c,
                                const char *text, size_t len)
{
    if (text == NULL || len == 0) {
        return NULL;
    }
    char *key = key_of(r, c, text, len);
    struct xd_secret *s = xd_map_get(r->by_text, xd_slice_of(key));
    if (s == NULL) {
        s = xd_arena_alloc(r->arena, sizeof(*s));
        *s = (struct xd_secret){.class = c, .text = key + 1};
        s->original = xd_arena_text(r->arena, text, len);
        if (c == XD_SECRET_PUBLIC) {
            s->pseudonym = s->original;
        }
        xd_map_put(r->by_text, xd_slice_of(key), s);
        *XD_PUSH(r->arena, r, secrets) = s;
    }
    return s;
}

/* Is it the name of something already, so that it would not stand for another? */
static bool is_taken(struct xd_redaction *r, const char *name)
{
    for (unsigned c = 0; c < XD_SECRET_CLASSES; c++) {
        if (xd_secret_find(r, (enum xd_secret_class)c, name, strlen(name)) != NULL) {
            return true;
        }
    }
    return false;
}

/* What stands before the number. */
static const char *prefix_of(const struct xd_secret *s)
{
    switch (s->class) {
    case XD_SECRET_HOST: /* an underscore in it may be the fault itself */
        return strchr(s->text, '_') != NULL ? "host_" : "host-";
    case XD_SECRET_DOMAIN:
        return "domain-";
    case XD_SECRET_ZONE:
        return "zone-";
    case XD_SECRET_USER:
        return "user-";
    case XD_SECRET_SERIAL:
        return "serial-";
    case XD_SECRET_CA:
        return "Private CA ";
    case XD_SECRET_SUBJECT:
        return "subject-";
    case XD_SECRET_ORGANIZATION:
        return "org-";
    case XD_SECRET_UNIT:
        return "unit-";
    case XD_SECRET_PLACE:
        return "place-";
    case XD_SECRET_INPUT:
        return "input-";
    case XD_SECRET_FILE:
        return "file-";
    case XD_SECRET_ADDRESS:
    case XD_SECRET_HASH:
    case XD_SECRET_VALUE:
    case XD_SECRET_PUBLIC:
    case XD_SECRET_CLASSES:
        break;
    }
    return "value-";
}

/* What stands behind it: a file keeps its suffix, which says what kind it is. */
static const char *suffix_of(const struct xd_secret *s)
{
    static const char *const suffixes[] = {
        ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tgz",    ".tar", ".zip", ".pem",
        ".crt",    ".cer",    ".der",     ".pcap",    ".pcapng", ".txt", ".xml", ".log"};

    if (s->class == XD_SECRET_DOMAIN) {
        return ".example";
    }
    bool file = s->class == XD_SECRET_INPUT || s->class == XD_SECRET_FILE;
    for (size_t i = 0; file && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (xd_text_ends_nocase(xd_slice_of(s->text), suffixes[i])) {
            return suffixes[i];
        }
    }
    return "";
}

/* Which is it, where names are counted; else its number, of 48 bits; tries differ. */
static uint64_t number_of(const struct xd_redaction *r, const struct xd_secret *s,
                          unsigned *counter, unsigned try)
{
    if (r->numbers.number == NULL) {
        return ++*counter;
    }
    struct xd_buf what = {.max = SIZE_MAX / 2};

    xd_buf_printf(&what, "%u %u %s", (unsigned)s->class, try, s->text);
    uint64_t n = r->numbers.number(r->numbers.key, (struct xd_slice){what.bytes, what.len});

    xd_buf_done(&what);
    return n & 0xffffffffffff;
}

/* Addresses that nobody has: of the space that is kept for the future (RFC 1112). */
static const char *hash_address(struct xd_redaction *r, bool v6, bool private, uint64_t n)
{
    unsigned word[3] = {n >> 32 & 0xffff, n >> 16 & 0xffff, n & 0xffff};

    if (v6) {
        return xd_arena_printf(r->arena, "2001:db8:%s::%x:%x:%x", private ? "1" : "2",
                               word[0], word[1], word[2]);
    }
    return xd_arena_printf(r->arena, "%u.%u.%u.%u", (private ? 248 : 240) + word[0] % 7,
                           word[1] >> 8, word[1] & 255, word[2] & 255);
}

/* The same: TEST-NET (RFC 5737), then benchmarks' (RFC 2544). */
static const char *name_address(struct xd_redaction *r, const struct xd_secret *s,
                                unsigned try)
{
    struct xd_addr a = {0};
    bool known = xd_addr_parse(s->text, strlen(s->text), &a);
    bool private = known && xd_addr_is_private(&a);
    bool v6 = a.family == XD_ADDR_V6;
    uint64_t number =
        number_of(r, s, &r->next_address[(v6 ? 2 : 0) + (private ? 1 : 0)], try);

    if (r->numbers.number != NULL) {
        return hash_address(r, v6, private, number);
    }
    unsigned n = (unsigned)number;

    if (v6) {
        return xd_arena_printf(r->arena, "2001:db8:%s::%x", private ? "1" : "2", n);
    }
    if (private && n < 255) {
        return xd_arena_printf(r->arena, "192.0.2.%u", n);
    }
    if (!private && n < 509) {
        return xd_arena_printf(r->arena, "%s.%u", n < 255 ? "198.51.100" : "203.0.113",
                               n < 255 ? n : n - 254);
    }
    return xd_arena_printf(r->arena, "198.%u.%u.%u", private ? 18 : 19, n >> 8 & 255,
                           n & 255);
}

static const char *make_name(struct xd_redaction *r, const struct xd_secret *s,
                             unsigned try)
{
    if (s->class == XD_SECRET_ADDRESS) {
        return name_address(r, s, try);
    }
    unsigned long long n = number_of(r, s, &r->count[s->class], try);

    if (s->class == XD_SECRET_HASH) {
        return xd_arena_printf(r->arena, "%064llx", n);
    }
    return xd_arena_printf(r->arena, r->numbers.number == NULL ? "%s%llu%s" : "%s%012llx%s",
                           prefix_of(s), n, suffix_of(s));
}

static const char *give_name(struct xd_redaction *r, struct xd_secret *s)
{
    for (unsigned try = 0; s->pseudonym == NULL; try++) {
        const char *name = make_name(r, s, try);
        s->pseudonym = is_taken(r, name) ? NULL : name;
    }
    return s->pseudonym;
}

/* "acme" of "acme.example" has the first label of its pseudonym. */
const char *xd_secret_name(struct xd_redaction *r, struct xd_secret *s)
{
    if (s->as == NULL) {
        return give_name(r, s);
    }
    const char *whole = give_name(r, s->as);
    const char *dot = s->as->class == XD_SECRET_DOMAIN ? strchr(whole, '.') : NULL;
    return dot == NULL ? whole : xd_arena_text(r->arena, whole, (size_t)(dot - whole));
}

struct xd_secret *xd_secret_find_hex(struct xd_redaction *r, const char *hex)
{
    static const enum xd_secret_class classes[] = {XD_SECRET_SERIAL, XD_SECRET_HASH};
    const char *short_of = hex + strspn(hex, "0");

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        struct xd_secret *s = xd_secret_find(r, classes[i], hex, strlen(hex));
        if (s == NULL && strlen(short_of) >= XD_LONG_HEX) {
            s = xd_secret_find(r, classes[i], short_of, strlen(short_of));
        }
        if (s != NULL) {
            return s;
        }
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    const struct xd_secret *x = *(struct xd_secret *const *)a;
    const struct xd_secret *y = *(struct xd_secret *const *)b;

    return x->class != y->class ? (x->class < y->class ? -1 : 1) : strcmp(x->text, y->text);
}

/* ---- the trie ---- */

struct edge {
    uint32_t node;
    uint8_t byte;
    uint8_t zero[3];
};

static size_t step(const struct xd_trie *t, size_t node, uint8_t byte)
{
    struct edge e = {.node = (uint32_t)node, .byte = byte};
    const size_t *next =
        xd_map_get(t->edges, (struct xd_slice){(const uint8_t *)&e, sizeof(e)});

    return next == NULL ? 0 : *next;
}

static void insert(struct xd_redaction *r, struct xd_secret *s)
{
    struct xd_trie *t = &r->trie;
    size_t node = 0;

    for (const char *p = s->text; *p != '\0'; p++) {
        size_t next = step(t, node, (uint8_t)*p);
        if (next == 0) {
            struct edge e = {.node = (uint32_t)node, .byte = (uint8_t)*p};
            size_t *place = xd_arena_alloc(r->arena, sizeof(*place));
            next = t->n_ends;
            *XD_PUSH(r->arena, t, ends) = NULL;
            *place = next;
            xd_map_put(t->edges, (struct xd_slice){(const uint8_t *)&e, sizeof(e)}, place);
        }
        node = next;
    }
    /* A name that stays wins: nothing of it is to be hidden.  A zone's may look like a
     * domain. */
    if (t->ends[node] == NULL || s->class == XD_SECRET_PUBLIC ||
        (s->class == XD_SECRET_ZONE && t->ends[node]->class != XD_SECRET_PUBLIC)) {
        t->ends[node] = s;
    }
}

/* Found by what it looks like. */
static bool is_pattern(const struct xd_secret *s)
{
    return s->class == XD_SECRET_ADDRESS || s->class == XD_SECRET_HASH ||
           s->class == XD_SECRET_SERIAL;
}

void xd_trie_build(struct xd_redaction *r)
{
    if (r->trie.edges != NULL) {
        xd_map_free(r->trie.edges);
    }
    r->trie = (struct xd_trie){.edges = xd_map_new()};
    *XD_PUSH(r->arena, &r->trie, ends) = NULL;
    for (size_t i = 0; i < r->n_secrets; i++) {
        size_t len = strlen(r->secrets[i]->text);
        if (len <= LONGEST && !is_pattern(r->secrets[i])) {
            r->secrets[i]->ours =
                r->secrets[i]->ours || strspn(r->secrets[i]->text, "0123456789") == len;
            insert(r, r->secrets[i]);
        }
    }
}

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c >= 0x80;
}

struct xd_secret *xd_trie_match(const struct xd_redaction *r, const char *begin,
                                const char *p, const char *end, size_t *len)
{
    struct xd_secret *best = NULL;
    size_t node = 0;

    if (p > begin && is_word((uint8_t)p[-1]) && is_word((uint8_t)*p)) {
        return NULL;
    }
    for (const char *q = p; q < end; q++) {
        uint8_t c = (uint8_t)*q;
        node = step(&r->trie, node, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
        if (node == 0) {
            break;
        }
        bool whole = q + 1 == end || !is_word(c) || !is_word((uint8_t)q[1]);
        if (r->trie.ends[node] != NULL && whole) {
            best = r->trie.ends[node];
            *len = (size_t)(q + 1 - p);
        }
    }
    return best;
}

/* What our own texts say too is no sign of a leak, and stays in them. */
static void mark_ours(struct xd_redaction *r)
{
    const char *begin = xd_own_words;
    const char *end = begin + xd_own_words_len;

    for (const char *p = begin; p < end; p++) {
        size_t len = 0;
        struct xd_secret *s = xd_trie_match(r, begin, p, end, &len);
        if (s != NULL && s->class != XD_SECRET_PUBLIC) {
            s->ours = true;
            s->ours_as_name = s->ours_as_name || xd_pattern_named(s, begin, p, len, end);
        }
    }
}

void xd_redaction_settle(struct xd_redaction *r)
{
    if (r->n_secrets > 1) {
        qsort(r->secrets, r->n_secrets, sizeof(struct xd_secret *), compare);
    }
    for (size_t i = 0; i < r->n_secrets; i++) {
        if (strstr(r->secrets[i]->text, " = ") ==
            NULL) { /* a name of many parts is told by them */
            (void)xd_secret_name(r, r->secrets[i]);
        }
    }
    xd_trie_build(r);
    mark_ours(r);
}
