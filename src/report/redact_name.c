/*
 * redact_name.c - pseudonyms for addresses, hosts and names of certificates, and the
 * scanner that finds them inside texts.
 */
#include "redact_priv.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/text.h"

enum { TEXT_MAX = 1 << 20 };

/* A secret of that class: noted, or its pseudonym. */
static const char *name_of(struct xd_redaction *r, enum xd_secret_class c, const char *text,
                           size_t len)
{
    struct xd_secret *s = xd_secret_add(r, c, text, len);

    return s == NULL || r->collecting ? xd_arena_text(r->arena, text, len)
                                      : xd_secret_name(r, s);
}

const char *xd_redact_whole(struct xd_redaction *r, enum xd_secret_class c,
                            const char *text)
{
    return text == NULL || text[0] == '\0' ? text : name_of(r, c, text, strlen(text));
}

struct xd_addr xd_redact_addr(struct xd_redaction *r, const struct xd_addr *a)
{
    char text[XD_ADDR_TEXT];
    struct xd_addr out = *a;

    if (a->family != XD_ADDR_NONE && !xd_is_plain_address(a)) {
        const char *name = xd_redact_whole(r, XD_SECRET_ADDRESS, xd_addr_format(a, text));
        (void)xd_addr_parse(name, strlen(name), &out);
    }
    return out;
}

void xd_redact_sum(struct xd_redaction *r, uint8_t sha256[32])
{
    char hex[65];

    xd_text_hex(sha256, 32, hex);
    const char *name = xd_redact_whole(r, XD_SECRET_HASH, hex);
    for (size_t i = 0; i < 32; i++) {
        const char pair[3] = {name[2 * i], name[2 * i + 1], '\0'};
        sha256[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

/* ---- hosts ---- */

/* "acme" alone is said as well: it has the first label of the domain's pseudonym. */
static void note_labels(struct xd_redaction *r, struct xd_secret *domain)
{
    enum { LEAST = 4 };
    const char *p = domain->text;

    for (const char *dot = strchr(p, '.'); dot != NULL; dot = strchr(p, '.')) {
        size_t len = (size_t)(dot - p);
        if (len >= LEAST && xd_secret_find(r, XD_SECRET_DOMAIN, p, len) == NULL &&
            xd_secret_find(r, XD_SECRET_HOST, p, len) == NULL) {
            xd_secret_add(r, XD_SECRET_DOMAIN, p, len)->as = domain;
        }
        p = dot + 1;
    }
}

static const char *name_domain(struct xd_redaction *r, const char *text, size_t len)
{
    const char *name = name_of(r, XD_SECRET_DOMAIN, text, len);

    if (r->collecting) {
        note_labels(r, xd_secret_find(r, XD_SECRET_DOMAIN, text, len));
    }
    return name;
}

/* "_sips._tcp." and "*." say nothing of anybody. */
static size_t service_prefix(const char *name)
{
    size_t at = 0;

    while (name[at] == '_' || strncmp(name + at, "*.", 2) == 0) {
        const char *dot = strchr(name + at, '.');
        if (dot == NULL) {
            break;
        }
        at = (size_t)(dot - name) + 1;
    }
    return at;
}

const char *xd_redact_host(struct xd_redaction *r, const char *name)
{
    struct xd_addr a;

    if (name == NULL || name[0] == '\0' || xd_is_vendor_host(name, strlen(name))) {
        return name;
    }
    if (xd_addr_parse(name, strlen(name), &a)) {
        char text[XD_ADDR_TEXT];
        a = xd_redact_addr(r, &a);
        return xd_arena_strdup(r->arena, xd_addr_format(&a, text));
    }
    size_t prefix = service_prefix(name);
    const char *rest = name + prefix;
    const char *dot = strchr(rest, '.');
    if (dot == NULL) {
        return xd_arena_printf(r->arena, "%.*s%s", (int)prefix, name,
                               xd_redact_whole(r, XD_SECRET_HOST, rest));
    }
    size_t label = (size_t)(dot - rest);
    struct xd_secret *whole = xd_secret_find(r, XD_SECRET_DOMAIN, rest, strlen(rest));
    bool domain = (whole != NULL && whole->as == NULL) ||
                  (strchr(dot + 1, '.') == NULL &&
                   xd_secret_find(r, XD_SECRET_HOST, rest, label) == NULL);
    if (domain || label == 0) {
        return xd_arena_printf(r->arena, "%.*s%s", (int)prefix, name,
                               name_domain(r, rest, strlen(rest)));
    }
    const char *host = name_of(r, XD_SECRET_HOST, rest, label);
    return xd_arena_printf(r->arena, "%.*s%s.%s", (int)prefix, name, host,
                           name_domain(r, dot + 1, strlen(dot + 1)));
}

/* ---- names of certificates ---- */

static bool is_public(struct xd_redaction *r, const char *text)
{
    return xd_secret_find(r, XD_SECRET_PUBLIC, text, strlen(text)) != NULL;
}

const char *xd_redact_common_name(struct xd_redaction *r, const char *cn)
{
    struct xd_addr a;

    if (cn == NULL || cn[0] == '\0' || is_public(r, cn)) {
        return cn;
    }
    size_t len = strlen(cn);
    bool host = strpbrk(cn, " /") == NULL &&
                (strchr(cn, '.') != NULL || xd_addr_parse(cn, len, &a) ||
                 xd_secret_find(r, XD_SECRET_HOST, cn, len) != NULL);
    if (host) {
        return xd_redact_host(r, cn);
    }
    return xd_redact_whole(
        r,
        xd_secret_find(r, XD_SECRET_CA, cn, len) != NULL ? XD_SECRET_CA : XD_SECRET_SUBJECT,
        cn);
}

/* One attribute's value by its type. */
static const char *redact_attribute(struct xd_redaction *r, const char *type,
                                    const char *value)
{
    if (strcmp(type, "CN") == 0) {
        return xd_redact_common_name(r, value);
    }
    if (strcmp(type, "C") == 0) {
        return r->collecting ? value : "ZZ";
    }
    if (strcmp(type, "O") == 0) {
        return xd_redact_whole(r, XD_SECRET_ORGANIZATION, value);
    }
    if (strcmp(type, "OU") == 0) {
        return xd_redact_whole(r, XD_SECRET_UNIT, value);
    }
    if (strcmp(type, "L") == 0 || strcmp(type, "ST") == 0 || strcmp(type, "street") == 0) {
        return xd_redact_whole(r, XD_SECRET_PLACE, value);
    }
    if (strcmp(type, "DC") == 0) {
        return xd_redact_whole(r, XD_SECRET_HOST, value);
    }
    if (strcmp(type, "emailAddress") == 0) {
        return xd_redact_text(r, value);
    }
    return xd_redact_whole(r, XD_SECRET_VALUE, value);
}

/* Where the next "TYPE = " begins behind ", ", or the end. */
static const char *next_attribute(const char *p)
{
    for (const char *at = strstr(p, ", "); at != NULL; at = strstr(at + 1, ", ")) {
        size_t type = strspn(at + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789.");
        if (type > 0 && strncmp(at + 2 + type, " = ", 3) == 0) {
            return at;
        }
    }
    return p + strlen(p);
}

/* A value with a comma stands in quotes, with escapes; without them it is the name. */
static const char *unquote(struct xd_redaction *r, const char *p, size_t len)
{
    if (len < 2 || p[0] != '"' || p[len - 1] != '"') {
        return xd_arena_text(r->arena, p, len);
    }
    char *plain = xd_arena_alloc(r->arena, len);
    size_t n = 0;

    for (size_t i = 1; i + 1 < len; i++) {
        i += p[i] == '\\' && i + 2 < len ? 1 : 0;
        plain[n++] = p[i];
    }
    plain[n] = '\0';
    return plain;
}

const char *xd_redact_dn(struct xd_redaction *r, const char *dn)
{
    struct xd_buf out = {.max = TEXT_MAX};

    if (dn == NULL || dn[0] == '\0' || is_public(r, dn)) {
        return dn;
    }
    for (const char *p = dn; *p != '\0';) {
        const char *end = next_attribute(p);
        const char *equals = strstr(p, " = ");
        if (equals == NULL || equals > end) {
            xd_buf_puts(&out,
                        xd_redact_whole(r, XD_SECRET_VALUE,
                                        xd_arena_text(r->arena, p, (size_t)(end - p))));
        } else {
            const char *type = xd_arena_text(r->arena, p, (size_t)(equals - p));
            const char *value = unquote(r, equals + 3, (size_t)(end - equals - 3));
            xd_buf_printf(&out, "%s = %s", type, redact_attribute(r, type, value));
        }
        xd_buf_puts(&out, *end != '\0' ? ", " : "");
        p = *end != '\0' ? end + 2 : end;
    }
    const char *text = xd_arena_text(r->arena, xd_buf_text(&out), out.len);
    xd_buf_done(&out);
    if (r->collecting) {
        (void)xd_secret_add(r, XD_SECRET_SUBJECT, dn, strlen(dn));
        return dn;
    }
    struct xd_secret *whole = xd_secret_find(r, XD_SECRET_SUBJECT, dn, strlen(dn));
    if (whole != NULL) { /* where it stands inside a text, it reads the same */
        whole->pseudonym = text;
    }
    return text;
}

/* ---- inside texts ---- */

struct scan {
    struct xd_redaction *r;
    const char *begin;
    const char *p;
    const char *end;
    struct xd_buf out;
};

static bool is_quoted(const struct scan *s, size_t len)
{
    bool alone = s->p == s->begin && s->p + len == s->end;

    return alone ||
           (s->p > s->begin && s->p[-1] == '"' && s->p + len < s->end && s->p[len] == '"');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * Do our own texts say these words, in this order?  Asked of the neighbours of a node's
 * name that is a word; a text that asks without end gets no: then a name is replaced.
 */
static bool is_our_phrase(struct xd_redaction *r, const char *p, size_t len)
{
    enum { LOOKUPS = 2000 };
    char phrase[80];
    const char *end = xd_own_words + xd_own_words_len;

    if (len >= sizeof(phrase) || r->n_phrases++ >= LOOKUPS) {
        return false;
    }
    memcpy(phrase, p, len);
    phrase[len] = '\0';
    xd_text_lower(phrase);
    for (const char *at = memmem(xd_own_words, xd_own_words_len, phrase, len); at != NULL;
         at = memmem(at + 1, (size_t)(end - at - 1), phrase, len)) {
        if ((at == xd_own_words || !is_letter(at[-1])) &&
            (at + len == end || !is_letter(at[len]))) {
            return true;
        }
    }
    return false;
}

/* The word behind a blank at p, with the blank; 0: there is none. */
static size_t next_word(const char *p, const char *end)
{
    size_t len = 1;

    while (p + len < end && is_letter(p[len])) {
        len++;
    }
    return p < end && *p == ' ' && len > 1 ? len : 0;
}

/* The word before p, with the blank between. */
static size_t last_word(const char *begin, const char *p)
{
    const char *at = p - 1;

    while (at > begin && is_letter(at[-1])) {
        at--;
    }
    return p > begin && p[-1] == ' ' && p - at > 1 ? (size_t)(p - at) : 0;
}

/*
 * Of a node whose name is a word: sentences that are made of names hold it anywhere.  Where
 * it stands between its neighbours as in our own texts, "the client store", it is the word:
 * replaced there, it would tell what the node is called.
 */
static bool is_node(const struct scan *s, const struct xd_secret *found, size_t len)
{
    bool role = s->end - s->p > (ptrdiff_t)len && s->p[len] == '-';

    if (found->node == NULL || strlen(found->node) != len ||
        strncmp(found->node, s->p, len) != 0 || role) {
        return false;
    }
    size_t before = s->p > s->begin ? last_word(s->begin, s->p) : 0;
    size_t behind = next_word(s->p + len, s->end);

    bool amid = behind > 0 && (before > 0 || s->p == s->begin);

    return !amid || !is_our_phrase(s->r, s->p - before, before + len + behind);
}

/* A secret of the dictionary; *as is what stands for it. */
static size_t take_known(struct scan *s, const char **as)
{
    size_t len = 0;
    struct xd_secret *found =
        s->r->trie.edges == NULL ? NULL : xd_trie_match(s->r, s->begin, s->p, s->end, &len);

    if (found == NULL || (found->ours && !is_quoted(s, len) && !is_node(s, found, len) &&
                          !xd_pattern_named(found, s->begin, s->p, len, s->end))) {
        return 0;
    }
    *as = xd_secret_name(s->r, found);
    return len;
}

static size_t take_user(struct scan *s, const char **as)
{
    static const char *const system[] = {"_pfwd", "root", "admin", "remotesupport", "git"};
    struct xd_redaction *r = s->r;
    size_t at = 0;
    size_t len = xd_pattern_user(s->p, s->end, &at);

    if (len == 0) {
        return 0;
    }
    const char *host = xd_arena_text(r->arena, s->p + at + 1, len - at - 1);
    const char *user = xd_arena_text(r->arena, s->p, at);
    if (host[0] >= '0' && host[0] <= '9' && strchr(host, 'T') != NULL) {
        *as = xd_arena_printf(r->arena, "%s@", xd_redact_host(r, user));
        return at + 1; /* a node at a time */
    }
    if (xd_is_vendor_host(host, strlen(host))) {
        *as = xd_arena_text(r->arena, s->p, len);
        return len;
    }
    bool named = true;
    for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
        named = named && strcmp(user, system[i]) != 0;
    }
    *as = xd_arena_printf(r->arena, "%s@%s",
                          named ? xd_redact_whole(r, XD_SECRET_USER, user) : user,
                          xd_redact_host(r, host));
    return len;
}

static size_t take_address(struct scan *s, const char **as)
{
    struct xd_addr a = {0};
    char text[XD_ADDR_TEXT];
    bool inside =
        s->p - s->begin > 1 && s->p[-1] == '.' && s->p[-2] >= '0' && s->p[-2] <= '9';
    size_t len = inside ? 0 : xd_pattern_address(s->p, s->end, &a);

    if (len > 0) {
        a = xd_redact_addr(s->r, &a);
        *as = xd_arena_strdup(s->r->arena, xd_addr_format(&a, text));
    }
    return len;
}

static size_t take_hex(struct scan *s, const char **as)
{
    enum { SHA1 = 40, SHA256 = 64 };
    struct xd_redaction *r = s->r;
    char hex[65];
    size_t len = xd_pattern_hex(s->p, s->end, hex);
    size_t n = len == 0 ? 0 : strlen(hex);
    struct xd_secret *found = len == 0 ? NULL : xd_secret_find_hex(r, hex);

    if (found == NULL && (n == SHA1 || n == SHA256 || len > n)) {
        found = xd_secret_add(r, XD_SECRET_HASH, hex, n);
    }
    if (found == NULL) {
        return 0;
    }
    *as = r->collecting ? xd_arena_text(r->arena, s->p, len) : xd_secret_name(r, found);
    return len;
}

/* Within a word, as in "0x1f...". */
static size_t take_long_hex(struct scan *s, const char **as)
{
    char hex[65];

    return xd_pattern_hex_begins(s->begin, s->p) &&
                   xd_pattern_hex(s->p, s->end, hex) >= XD_LONG_HEX
               ? take_hex(s, as)
               : 0;
}

static size_t take_host(struct scan *s, const char **as)
{
    size_t len = xd_pattern_host(s->p, s->end);

    if (len == 0 || xd_secret_find(s->r, XD_SECRET_ZONE, s->p, len) != NULL) {
        return 0;
    }
    *as = xd_redact_host(s->r, xd_arena_text(s->r->arena, s->p, len));
    return len;
}

/* username="alice" of a log line: whoever it is. */
static size_t take_field(struct scan *s, const char **as)
{
    static const char *const keys[] = {
        "user=\"",      "username=\"",  "name=\"",    "alias=\"",  "aor=\"",   "account=\"",
        "src-alias=\"", "dst-alias=\"", "call-id=\"", "callid=\"", "device=\""};
    struct xd_slice rest = {(const uint8_t *)s->p, (size_t)(s->end - s->p)};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t key = strlen(keys[i]);
        struct xd_slice head = {rest.p, rest.len < key ? rest.len : key};
        const char *close =
            rest.len <= key ? NULL : memchr(s->p + key, '"', rest.len - key);
        if (!xd_text_equal_nocase(head, xd_slice_of(keys[i])) || close == NULL ||
            close == s->p + key) {
            continue;
        }
        const char *value =
            xd_arena_text(s->r->arena, s->p + key, (size_t)(close - s->p) - key);
        if (strpbrk(value, ".@:") != NULL) {
            return 0; /* found by what it looks like */
        }
        *as = xd_arena_printf(s->r->arena, "%.*s%s", (int)key, s->p,
                              xd_redact_whole(s->r, XD_SECRET_USER, value));
        return (size_t)(close - s->p);
    }
    return 0;
}

static bool is_start(const struct scan *s)
{
    return s->p == s->begin ||
           !((s->p[-1] >= '0' && s->p[-1] <= '9') || (s->p[-1] >= 'a' && s->p[-1] <= 'z') ||
             (s->p[-1] >= 'A' && s->p[-1] <= 'Z'));
}

/* The longest of all that may stand here. */
static size_t take_longest(struct scan *s, const char **as)
{
    static size_t (*const takes[])(struct scan * s, const char **as) = {
        take_known, take_field, take_user, take_address, take_hex, take_host,
    };
    size_t best = 0;

    for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
        const char *text = NULL;
        size_t len = takes[i](s, &text);
        if (len > best) {
            best = len;
            *as = text;
        }
    }
    return best;
}

const char *xd_redact_text(struct xd_redaction *r, const char *text)
{
    return xd_redact_text_rest(r, text, NULL);
}

const char *xd_redact_text_rest(struct xd_redaction *r, const char *text,
                                struct xd_buf *rest)
{
    if (text == NULL || text[0] == '\0') {
        return text;
    }
    struct scan s = {.r = r,
                     .begin = text,
                     .p = text,
                     .end = text + strlen(text),
                     .out = {.max = TEXT_MAX}};
    while (s.p < s.end) {
        const char *as = NULL;
        size_t len = is_start(&s) ? take_longest(&s, &as) : take_long_hex(&s, &as);
        if (rest != NULL) {
            xd_buf_add(rest, len > 0 ? " " : s.p, 1);
        }
        if (len > 0) {
            xd_buf_puts(&s.out, as);
            s.p += len;
        } else {
            xd_buf_add(&s.out, s.p, 1);
            s.p++;
        }
    }
    const char *out =
        r->collecting ? text : xd_arena_text(r->arena, xd_buf_text(&s.out), s.out.len);
    xd_buf_done(&s.out);
    return out;
}

const char *xd_redact_name(struct xd_redaction *r, const char *name)
{
    struct xd_addr a;
    bool odd = name != NULL && strpbrk(name, " @/:\"'") != NULL &&
               !xd_addr_parse(name, strlen(name), &a);

    return odd ? xd_redact_text(r, name) : xd_redact_host(r, name);
}

const char *xd_redact_value(struct xd_redaction *r, const char *value)
{
    if (value == NULL || value[strspn(value, "0123456789")] == '\0') {
        return value;
    }
    if (strpbrk(value, ".@:") != NULL) {
        return xd_redact_text(r, value);
    }
    const struct xd_secret *s = xd_secret_add(r, XD_SECRET_VALUE, value, strlen(value));
    bool ours = s->ours || strlen(value) < 4;
    return ours ? value : xd_redact_whole(r, XD_SECRET_VALUE, value);
}

bool xd_redact_once(struct xd_redaction *r, const void *what)
{
    static char here;
    struct xd_slice key = {(const uint8_t *)&what, sizeof(what)};

    if (r->collecting) {
        return true;
    }
    if (what == NULL || xd_map_get(r->done, key) != NULL) {
        return false;
    }
    xd_map_put(r->done, key, &here);
    return true;
}

void xd_redact_list(struct xd_redaction *r, const char **texts, size_t n,
                    const char *(*redact)(struct xd_redaction *r, const char *text))
{
    if (n == 0 || !xd_redact_once(r, texts)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        texts[i] = redact(r, texts[i]);
    }
}
