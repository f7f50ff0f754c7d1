/*
 * secret.c - what must not leave the loaders: passwords and other credentials.
 *
 * One promise, however a secret is spelled, quoted or parted from its name: behind a
 * word that tells of one nothing of the text is shown, unless the words are known to
 * be harmless.  Rather many harmless words are hidden than one secret is not.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

static const char hidden_mark[] = "[hidden]";

/* Where a word counts. */
enum {
    PART = 0,     /* anywhere, also inside of another */
    WHOLE = 1,    /* between characters that are no letters or digits */
    END = 2,      /* no letter or digit behind it */
    PAIR = 4,     /* a sign that a value follows stands behind it */
    EQUALS = 8,   /* '=' stands behind it */
    PATH = 16,    /* of a setting's path, too */
    NO_PASS = 32, /* not in "passed", "bypass" and their like */
    ALL = 64,     /* the value goes from the word's own begin */
};

struct word {
    const char *text; /* in lower case */
    unsigned how;
};

/* By first letter, each list ended by NULL; the longer of two that begin alike first. */
static const struct word words_a[] = {{"authorization", PATH}, {"api_key", PATH},
                                      {"api-key", PATH},       {"apikey", PATH},
                                      {"auth", EQUALS},        {NULL, 0}};
static const struct word words_b[] = {{"bearer", PART}, {"basic", WHOLE}, {NULL, 0}};
static const struct word words_c[] = {
    {"credential", PATH}, {"creds", PATH},   {"community", PATH}, {"cookie", PATH},
    {"contrase", PATH},   {"crypto:", PART}, {"cred", PAIR},      {NULL, 0}};
static const struct word words_e[] = {{"eyj", ALL | PART}, {NULL, 0}};
static const struct word words_h[] = {{"hash", EQUALS}, {NULL, 0}};
static const struct word words_i[] = {{"inline:", PART}, {NULL, 0}};
static const struct word words_j[] = {{"jsession", PATH}, {NULL, 0}};
static const struct word words_k[] = {{"kennwort", PATH}, {"key", PAIR}, {NULL, 0}};
static const struct word words_m[] = {{"mot de passe", PATH}, {NULL, 0}};
static const struct word words_n[] = {{"ntlm", PART}, {"nonce", PART}, {NULL, 0}};
static const struct word words_o[] = {{"otp", WHOLE}, {NULL, 0}};
static const struct word words_p[] = {
    {"passphrase", PATH},  {"password", PATH},    {"passwd", PATH},
    {"passwort", PATH},    {"passcode", PATH},    {"pass", PATH | NO_PASS},
    {"pwd", PATH},         {"pw", END | PATH},    {"psk", PATH},
    {"privatekey", PATH},  {"private_key", PATH}, {"private key", PATH},
    {"pin", WHOLE | PATH}, {"pin", EQUALS},       {NULL, 0}};
static const struct word words_r[] = {{"response", EQUALS}, {NULL, 0}};
static const struct word words_s[] = {{"secret", PATH},
                                      {"sharedkey", PATH},
                                      {"shared key", PATH},
                                      {"sessionid", PATH},
                                      {"session_id", PATH},
                                      {"session-id", PATH},
                                      {"session id", PATH},
                                      {"session", PAIR},
                                      {"senha", WHOLE},
                                      {"sid", EQUALS},
                                      {NULL, 0}};
static const struct word words_t[] = {{"token", PATH}, {NULL, 0}};
static const struct word words_w[] = {{"wachtwoord", PATH}, {NULL, 0}};
/* How stores of passwords begin their values: crypt(5), RFC 2307 and what is like it. */
static const struct word words_brace[] = {
    {"{cipher}", PART}, {"{ssha", PART},  {"{sha", PART},
    {"{smd5", PART},    {"{md5}", PART},  {"{enc", PART},
    {"{crypt", PART},   {"{clear", PART}, {NULL, 0}};
static const struct word words_dollar[] = {{"$1$", PART},  {"$5$", PART},  {"$6$", PART},
                                           {"$2a$", PART}, {"$2b$", PART}, {"$2y$", PART},
                                           {"$y$", PART},  {NULL, 0}};

static const struct word *const words_of[256] = {
    ['a'] = words_a,     ['b'] = words_b,      ['c'] = words_c, ['e'] = words_e,
    ['h'] = words_h,     ['i'] = words_i,      ['j'] = words_j, ['k'] = words_k,
    ['m'] = words_m,     ['n'] = words_n,      ['o'] = words_o, ['p'] = words_p,
    ['r'] = words_r,     ['s'] = words_s,      ['t'] = words_t, ['w'] = words_w,
    ['{'] = words_brace, ['$'] = words_dollar,
};

/*
 * Words around one that tells of a secret that are known to come without one, at the
 * end of a text or of a value in quotes.
 */
static const struct {
    const char *before;
    const char *behind; /* from the secret word's begin */
} harmless[] = {
    {"incorrect ", "password"},
    {"wrong ", "password"},
    {"invalid ", "password"},
    {"bad ", "password read"},
    {"", "password authentication"},
    {"", "password policy"},
    {"", "password expired"},
    {"", "password required"},
    {"default ", "password set"},
    {"", "password is hashed using md5"},
    {"incorrect authentication ", "credential for user"},
    {"invalid ", "credentials"},
    {"unknown ", "psk identity"},
    {"", "psk identity not found"},
    {"no ", "private key assigned"},
    {"", "private key does not match"},
    {"", "session id context uninitialized"},
    {"", "session id context"},
    {"", "basic constraints"},
    {"", "basic authentication"},
    {"", "basic encoding rules"},
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_letter(uint8_t c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint8_t c)
{
    return is_letter(c) || is_digit(c);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Does want, in lower case, stand at at? */
static bool stands(struct xd_slice s, size_t at, const char *want)
{
    for (; *want != '\0'; at++, want++) {
        if (at >= s.len || lower(s.p[at]) != (uint8_t)*want) {
            return false;
        }
    }
    return true;
}

/* Does want, in lower case, end in front of at? */
static bool stands_before(struct xd_slice s, size_t at, const char *want)
{
    size_t n = strlen(want);

    return at >= n && stands(s, at - n, want);
}

/* ---- is a word one? ------------------------------------------------------- */

/* "name", blanks, quotes, an index, then '=', ':', "->", "is": a value follows. */
static bool is_pair(struct xd_slice s, size_t at, bool equals)
{
    enum { GAP = 32 };

    for (size_t n = 0; n < GAP && at < s.len; n++, at++) {
        uint8_t c = s.p[at];

        if (c == '=' || (!equals && c == ':')) {
            return true;
        }
        if (!equals &&
            (stands(s, at, "->") || stands(s, at, "- changed") || stands(s, at, "is "))) {
            return true;
        }
        if (!is_blank(c) && !is_digit(c) && strchr("\"'\\])>", c) == NULL) {
            return false;
        }
    }
    return false;
}

/* "pass" as in "bypass", "passed", "passing", "passive", "passage", "passthrough". */
static bool is_other_pass(struct xd_slice s, size_t at)
{
    static const char *const fronts[] = {"by", "com", "sur", "over", "under", "tres"};
    static const char *const tails[] = {"ed",   "es",    "ing",     "ive",
                                        "age",  "enger", "through", "-through",
                                        "thru", "-thru", "port"};

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
        if (stands_before(s, at, fronts[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        if (stands(s, at + strlen("pass"), tails[i])) {
            return true;
        }
    }
    return false;
}

/* The head of a JSON web token (RFC 7519, 3.1): base64 of '{"', long, with a dot. */
static bool is_jwt(struct xd_slice s, size_t at)
{
    enum { LEAST = 16 };
    size_t n = 0;

    while (n < LEAST && at + n < s.len && is_alnum(s.p[at + n])) {
        n++;
    }
    return n == LEAST && s.p[at] == 'e' && s.p[at + 1] == 'y' && s.p[at + 2] == 'J';
}

static bool word_counts(struct xd_slice s, size_t at, const struct word *w)
{
    size_t end = at + strlen(w->text);
    bool more = end < s.len && is_alnum(s.p[end]);

    if ((w->how & ALL) != 0) {
        return is_jwt(s, at);
    }
    if ((w->how & WHOLE) != 0 && (more || (at > 0 && is_alnum(s.p[at - 1])))) {
        return false;
    }
    if ((w->how & END) != 0 && end < s.len && is_letter(s.p[end])) {
        return false;
    }
    if ((w->how & NO_PASS) != 0 && is_other_pass(s, at)) {
        return false;
    }
    /* "!PSK" leaves ciphers out of an OpenSSL list. */
    if (stands(s, at, "psk") && at > 0 && s.p[at - 1] == '!' && !more) {
        return false;
    }
    if ((w->how & (PAIR | EQUALS)) != 0) {
        return is_pair(s, end, (w->how & EQUALS) != 0);
    }
    return true;
}

/* ---- harmless after all -------------------------------------------------- */

/* Methods of RFC 4252 and 4256 and OpenSSH's, as "Permission denied (...)" lists them. */
static size_t method_len(struct xd_slice s, size_t at)
{
    static const char *const methods[] = {
        "publickey", "password", "keyboard-interactive", "gssapi-with-mic", "gssapi-keyex",
        "hostbased", "none"};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        size_t n = strlen(methods[i]);

        if (stands(s, at, methods[i]) && at + n < s.len &&
            (s.p[at + n] == ',' || s.p[at + n] == ')')) {
            return n;
        }
    }
    return 0;
}

/* Is the word at at in a list of methods?  The list's end, or 0. */
static size_t skip_methods(struct xd_slice s, size_t at)
{
    enum { LONGEST = 96 };
    static const char sign[] = "permission denied (";
    size_t from = at;

    while (from > 0 && at - from < LONGEST && s.p[from - 1] != '(') {
        from--;
    }
    if (!stands_before(s, from, sign)) {
        return 0;
    }
    for (size_t n = method_len(s, from); n > 0; n = method_len(s, from)) {
        from += n + 1;
        if (s.p[from - 1] == ')') {
            return from > at ? from : 0;
        }
    }
    return 0;
}

/* The end of a text, or of a value in quotes with nothing or another field behind it. */
static bool ends_phrase(struct xd_slice s, size_t at)
{
    while (at < s.len && (s.p[at] == '.' || s.p[at] == ')')) {
        at++;
    }
    if (at < s.len && s.p[at] == '"') {
        at++;
    }
    if (at >= s.len || s.p[at] == '\n') {
        return true;
    }
    if (s.p[at - 1] != '"' || !is_blank(s.p[at])) {
        return false;
    }
    for (at++; at < s.len && (is_alnum(s.p[at]) || s.p[at] == '-');) {
        at++;
    }
    return stands(s, at, "=\"");
}

/* " failed", " policy MinimumLength": harmless words may follow harmless phrases. */
static size_t skip_tail(struct xd_slice s, size_t at)
{
    static const char *const tails[] = {" failed",      " disabled",   " enabled",
                                        " is disabled", " is enabled", " is required",
                                        " succeeded"};

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        if (stands(s, at, tails[i])) {
            return at + strlen(tails[i]);
        }
    }
    return at;
}

/* Where the harmless phrase ends that the secret word at at stands in, or 0. */
static size_t skip_harmless(struct xd_slice s, size_t at)
{
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (stands(s, at, harmless[i].behind) && stands_before(s, at, harmless[i].before)) {
            size_t end = at + strlen(harmless[i].behind);

            end = skip_tail(s, end);
            if (ends_phrase(s, end)) {
                return end;
            }
        }
    }
    return skip_methods(s, at);
}

/* ---- other signs --------------------------------------------------------- */

/* Letters in disguise, "p%61ssword", "p\u0061ss", "&#112;": nothing else needs them. */
static bool is_disguise(struct xd_slice s, size_t at)
{
    uint8_t c = s.p[at];

    if (c != '&' && c != '\\' && c != '%') { /* nearly all */
        return false;
    }
    if (stands(s, at, "&#") || stands(s, at, "\\u00") || stands(s, at, "\\x") ||
        stands(s, at, "%25")) {
        return true;
    }
    return c == '%' && at + 2 < s.len && s.p[at + 1] >= '4' && s.p[at + 1] <= '7' &&
           (is_digit(s.p[at + 2]) ||
            (lower(s.p[at + 2]) >= 'a' && lower(s.p[at + 2]) <= 'f')) &&
           !stands(s, at, "%40") && !stands(s, at, "%5b") && !stands(s, at, "%5d");
}

/* Of the token that a walk stands in: does an '@' end "user:password"? */
struct userinfo {
    size_t start; /* of the user's name */
    bool url;     /* "://" was seen */
    bool colon;   /* behind a name */
};

/* "sip:", "mailto:" and their like stand in front of a user without a password. */
static bool is_scheme(struct xd_slice s, size_t from, size_t colon)
{
    static const char *const names[] = {"sip", "sips", "mailto", "h323",
                                        "im",  "pres", "xmpp",   "tel"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == colon - from && stands(s, from, names[i])) {
            return true;
        }
    }
    return false;
}

/* One more byte; true where it ends a user's name and password, which begin at start. */
static bool walk_userinfo(struct userinfo *u, struct xd_slice s, size_t at)
{
    uint8_t c = s.p[at];

    if (is_alnum(c)) {
        return false;
    }
    if (c <= ' ' || c == '<' || c == '>' ||
        (!u->url && strchr("\"'()[]{}=,;", c) != NULL)) {
        *u = (struct userinfo){.start = at + 1};
    } else if (c == ':' && stands(s, at, "://")) {
        *u = (struct userinfo){.start = at + 3, .url = true};
    } else if (c == ':' && at >= u->start) {
        if (is_scheme(s, u->start, at)) {
            u->start = at + 1;
        } else {
            u->colon = true;
        }
    } else if (c == '@') {
        return u->colon;
    }
    return false;
}

/* ---- the promise --------------------------------------------------------- */

/* The word at at, or NULL. */
static const struct word *word_at(struct xd_slice s, size_t at, unsigned how)
{
    const struct word *w = words_of[lower(s.p[at])];

    for (; w != NULL && w->text != NULL; w++) {
        if ((w->how & how) == how && stands(s, at, w->text) && word_counts(s, at, w)) {
            return w;
        }
    }
    return NULL;
}

/* Is there anything but an end of quotes and sentences? */
static bool has_value(struct xd_slice s, size_t at)
{
    while (at < s.len && (s.p[at] <= ' ' || s.p[at] == '"' || s.p[at] == '.')) {
        at++;
    }
    return at < s.len;
}

size_t xd_load_find_secret(struct xd_slice text)
{
    struct xd_slice s = text;
    struct userinfo u = {0};

    for (size_t at = 0; at < s.len; at++) {
        const struct word *w = word_at(s, at, 0);
        size_t skip = w != NULL ? skip_harmless(s, at) : 0;

        if (w != NULL && skip == 0) {
            size_t from = (w->how & ALL) != 0 ? at : at + strlen(w->text);

            return has_value(s, from) ? from : s.len;
        }
        if (skip > 0) {
            at = skip - 1;
        } else if (is_disguise(s, at)) {
            return at;
        } else if (walk_userinfo(&u, s, at)) {
            return u.start;
        }
    }
    return s.len;
}

const char *xd_load_keep_shown(struct xd_arena *a, struct xd_slice s, size_t shown,
                               size_t max)
{
    if (shown >= s.len) {
        return xd_text_clean(a, (const char *)s.p, s.len, max);
    }
    struct xd_buf text = {.max = shown + sizeof(hidden_mark)};

    xd_buf_add(&text, s.p, shown);
    xd_buf_add(&text, hidden_mark, sizeof(hidden_mark) - 1);
    const char *kept = xd_text_clean(a, xd_buf_text(&text), text.len, max);

    xd_buf_done(&text);
    return kept;
}

const char *xd_load_keep(struct xd_arena *a, struct xd_slice s, size_t max)
{
    return xd_load_keep_shown(a, s, xd_load_find_secret(s), max);
}

/* ---- settings ------------------------------------------------------------ */

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

    if (xd_text_ends_nocase(last, "ttl")) {
        return false; /* how long one lives */
    }
    if (xd_text_ends_nocase(last, "key") && !xd_text_ends_nocase(last, "publickey")) {
        return true;
    }
    for (size_t at = 0; at < path.len; at++) {
        if (word_at(path, at, PATH) != NULL) {
            return true;
        }
    }
    return false;
}

bool xd_load_setting_is_policy(struct xd_slice path, struct xd_slice value)
{
    enum { DIGITS = 3 };

    return xd_text_contains_nocase(path, "strictpassword") &&
           (xd_text_equal_nocase(value, xd_slice_of("on")) ||
            xd_text_equal_nocase(value, xd_slice_of("off")) ||
            (value.len <= DIGITS && is_number(value)));
}

bool xd_load_value_is_secret(struct xd_slice value)
{
    const struct word *first = value.len > 0 ? word_at(value, 0, 0) : NULL;
    const uint8_t *url = value.len > 0 ? xd_text_find(value, "://") : NULL;
    size_t found = value.len;

    if (url != NULL) {
        found = xd_load_find_secret(value);
    }
    return (first != NULL && strchr("{$e", first->text[0]) != NULL) ||
           xd_text_contains_nocase(value, "{cipher}") ||
           xd_text_contains_nocase(value, "private key-----") ||
           (url != NULL && found < value.len && value.p + found <= url + 3);
}
