/*
 * secret.c - what must not leave the loaders: passwords and other credentials.
 *
 * Rather one harmless value too many is hidden than one secret too few is.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

/* Parts of words of a path, and of names in logs. */
static const char *const secret_parts[] = {
    "password",  "passwd",     "passphrase", "secret",        "credential",
    "community", "privatekey", "sharedkey",  "authorization", "cookie",
    "api_key",   "apikey",     "token",
};

static bool has_secret_part(struct xd_slice word)
{
    for (size_t i = 0; i < sizeof(secret_parts) / sizeof(secret_parts[0]); i++) {
        if (xd_text_contains_nocase(word, secret_parts[i])) {
            return true;
        }
    }
    return false;
}

static bool is_number(struct xd_slice word)
{
    uint64_t n;

    return xd_text_number(word, UINT64_MAX, &n);
}

/* The last word that is no index; words are parted by blanks, '/' or '_'. */
static struct xd_slice last_word(struct xd_slice path)
{
    for (;;) {
        size_t at = path.len;

        while (at > 0 && path.p[at - 1] != ' ' && path.p[at - 1] != '/') {
            at--;
        }
        struct xd_slice word = {path.p + at, path.len - at};

        if (at == 0 || (word.len > 0 && !is_number(word))) {
            return word;
        }
        path.len = at - 1;
    }
}

bool xd_load_path_is_secret(struct xd_slice path)
{
    if (path.len == 0) {
        return false;
    }
    struct xd_slice last = last_word(path);
    bool key = xd_text_ends_nocase(last, "key") && !xd_text_ends_nocase(last, "publickey");

    return key || xd_text_equal_nocase(last, xd_slice_of("pin")) || has_secret_part(path);
}

/* "scheme://user:password@host": the length of "user:password" at the head of s, or 0. */
static size_t userinfo_len(struct xd_slice s)
{
    bool colon = false;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.p[i];

        if (c == '@') {
            return colon ? i : 0;
        }
        if (c <= ' ' || c == '/' || c == '"' || c == '?') {
            return 0;
        }
        colon = colon || c == ':';
    }
    return 0;
}

static struct xd_slice behind(struct xd_slice s, const uint8_t *at, size_t len)
{
    const uint8_t *from = at + len;

    return (struct xd_slice){from, (size_t)(s.p + s.len - from)};
}

bool xd_load_value_is_secret(struct xd_slice value)
{
    if (value.len == 0) {
        return false;
    }
    const uint8_t *url = xd_text_find(value, "://");

    return xd_text_contains_nocase(value, "{cipher}") ||
           xd_text_find(value, "PRIVATE KEY") != NULL ||
           (url != NULL && userinfo_len(behind(value, url, 3)) > 0);
}

/* ---- lines of logs ------------------------------------------------------- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
}

static void blot(char *line, size_t from, size_t to)
{
    memset(line + from, '*', to - from);
}

/* The quote that ends a value: one with no word behind it. */
static size_t find_closing(const char *line, size_t at, size_t len, char quote)
{
    while (at < len && (line[at] != quote ||
                        (at + 1 < len && strchr(" \t,;:)]}", line[at + 1]) == NULL))) {
        at++;
    }
    return at;
}

/* Blot the value that begins at from: up to its closing quote, else to a delimiter. */
static size_t blot_value(char *line, size_t from, size_t len)
{
    size_t to = from;

    if (from < len && (line[from] == '"' || line[from] == '\'')) {
        from++;
        to = find_closing(line, from, len, line[from - 1]);
    } else {
        while (to < len && strchr(" \t\",;&)]}'", line[to]) == NULL) {
            to++;
        }
    }
    blot(line, from, to);
    return to;
}

/* "name", blanks, '=' or ':', blanks: where the value begins; 0 where it is no pair. */
static size_t find_value(const char *line, size_t at, size_t len)
{
    if (at < len && (line[at] == '"' || line[at] == '\'')) { /* JSON: "name": value */
        at++;
    }
    while (at < len && line[at] == ' ') {
        at++;
    }
    if (at >= len || (line[at] != '=' && line[at] != ':')) {
        return 0;
    }
    at++;
    while (at < len && line[at] == ' ') {
        at++;
    }
    return at;
}

/* Headers whose value has several parts: all of it goes. */
static bool takes_all(struct xd_slice name)
{
    return xd_text_contains_nocase(name, "authorization") ||
           xd_text_contains_nocase(name, "cookie");
}

static size_t blot_rest(char *line, size_t from, size_t len)
{
    size_t to = from;

    while (to < len && line[to] != '\r' && line[to] != '\n') {
        to++;
    }
    blot(line, from, to);
    return to;
}

/* Pairs whose name tells of a secret. */
static void scrub_pairs(char *line, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t start = at;

        while (at < len && is_name_char(line[at])) {
            at++;
        }
        struct xd_slice name = {(const uint8_t *)line + start, at - start};
        size_t value = name.len > 0 ? find_value(line, at, len) : 0;

        if (value == 0) {
            at += name.len == 0;
        } else if (!xd_load_path_is_secret(name)) {
            at = value;
        } else if (takes_all(name)) {
            at = blot_rest(line, value, len);
        } else {
            at = blot_value(line, value, len);
        }
    }
}

/* Everything behind word: to the end of the line, or up to a quote or delimiter. */
static void scrub_behind(char *line, size_t len, const char *word, bool to_end)
{
    struct xd_slice all = {(const uint8_t *)line, len};
    size_t n = strlen(word);
    size_t at = 0;

    for (;;) {
        const uint8_t *p = xd_text_find((struct xd_slice){all.p + at, len - at}, word);

        if (p == NULL) {
            return;
        }
        at = (size_t)(p - all.p) + n;
        at = to_end ? blot_rest(line, at, len) : blot_value(line, at, len);
    }
}

static void scrub_urls(char *line, size_t len)
{
    struct xd_slice rest = {(const uint8_t *)line, len};
    const uint8_t *url = xd_text_find(rest, "://");

    while (url != NULL) {
        rest = behind(rest, url, 3);
        size_t n = userinfo_len(rest);

        blot(line, len - rest.len, len - rest.len + n);
        url = xd_text_find(rest, "://");
    }
}

/* Where the value begins behind a path: at " - changed from: " or ": ". */
static size_t skip_words(struct xd_slice s)
{
    static const char *const words[] = {" - changed from: ", " - changed to: ", " - ",
                                        ": "};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (xd_text_starts(s, words[i])) {
            return strlen(words[i]);
        }
    }
    return 0;
}

/* "xconfiguration <path> - changed from: a to: b", "xconfiguration <path>: b". */
static void scrub_settings(char *line, size_t len)
{
    struct xd_slice all = {(const uint8_t *)line, len};

    if (!xd_text_contains_nocase(all, "configuration")) {
        return;
    }
    const uint8_t *sign = xd_text_find(all, " - ");

    if (sign == NULL) {
        sign = xd_text_find(all, ": ");
    }
    while (sign != NULL) {
        size_t to = (size_t)(sign - all.p);
        size_t from = to;

        while (from > 0 && line[from - 1] != '"' && line[from - 1] != ':') {
            from--;
        }
        if (xd_load_path_is_secret((struct xd_slice){all.p + from, to - from})) {
            size_t value = to + skip_words((struct xd_slice){sign, len - to});

            blot(line, value, find_closing(line, value, len, '"'));
            return;
        }
        sign = xd_text_find(behind(all, sign, 2), ": ");
    }
}

/*
 * Nearly no line holds one of these words, and all that is looked for below begins
 * with one.  In lower case, by first letter.
 */
static const char *const *stems_of(char first)
{
    static const char *const a[] = {"authorization", "api_key", "apikey", NULL};
    static const char *const b[] = {"bearer", NULL};
    static const char *const c[] = {"credential", "community", "cookie", "cipher", NULL};
    static const char *const k[] = {"key", NULL};
    static const char *const p[] = {"passw", "passphrase", "private", "pin=", "pin:", NULL};
    static const char *const s[] = {"secret", "shared", NULL};
    static const char *const t[] = {"token", NULL};
    static const char *const url[] = {"://", NULL};
    static const struct {
        char first;
        const char *const *stems;
    } lists[] = {{'a', a}, {'b', b}, {'c', c}, {'k', k},
                 {'p', p}, {'s', s}, {'t', t}, {':', url}};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (lists[i].first == first) {
            return lists[i].stems;
        }
    }
    return NULL;
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + 32);
    }
    return c;
}

static bool needs_scrub(const char *line, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        const char *const *stem = stems_of(lower(line[i]));

        for (; stem != NULL && *stem != NULL; stem++) {
            size_t n = strlen(*stem);

            if (lower(line[i + 1]) == (*stem)[1] && len - i >= n &&
                strncasecmp(line + i, *stem, n) == 0) {
                return true;
            }
        }
    }
    return false;
}

void xd_load_scrub(char *line, size_t len)
{
    if (!needs_scrub(line, len)) {
        return;
    }
    scrub_pairs(line, len);
    scrub_behind(line, len, "{cipher}", false);
    scrub_behind(line, len, "Bearer ", false);
    scrub_behind(line, len, "bearer ", false);
    scrub_behind(line, len, "PRIVATE KEY-----", true);
    scrub_urls(line, len);
    scrub_settings(line, len);
}
