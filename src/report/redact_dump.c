/*
 * redact_dump.c - the values of configuration and status dumps, for who shows them whole.
 *
 * A dump may hold anything that an administrator ever typed.  So a value stays only where
 * all of it is numbers, words of the appliance's grammar (those of the paths) or words of
 * our own; what looks like a name is one, and anything else is hidden whole.
 */
#include "redact_priv.h"

#include <string.h>

#include "expdiag/dump.h"
#include "expdiag/text.h"

/* Values of the appliance's own, and of dates, that no path and no text of ours says. */
static const char vocabulary[] =
    "a am an and appliance april august auto automatic basic best both can cannot days "
    "december deny developer effort error february fips friday gmt gold hardware hours "
    "info january july june live local low manual march may medium minutes monday mon "
    "none not november october optional or other physical platform preferred required "
    "saturday sat seconds september silver sunday sun thursday thu the to trace tuesday "
    "tue utc variable vm vmware warn wednesday wed weeks z t fri apr aug dec feb jan jul "
    "jun mar nov oct sep bit byte full half duplex permit reject default strict "
    "unrestricted restricted standard always never indirect direct unlimited limited "
    "nobandwidth localdatabase lan1 lan2 diffserv intserv 1000full 100full excludeprefix "
    "includeprefix internalonly http https tcp udp";

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* The next run of letters and digits; empty at the end. */
static struct xd_slice next_word(const char **at, const char *end)
{
    const char *p = *at;

    while (p < end && !is_alnum(*p)) {
        p++;
    }
    const char *from = p;

    while (p < end && is_alnum(*p)) {
        p++;
    }
    *at = p;
    return (struct xd_slice){(const uint8_t *)from, (size_t)(p - from)};
}

static struct xd_slice lower(struct xd_redaction *r, struct xd_slice word)
{
    char *text = xd_arena_text(r->arena, (const char *)word.p, word.len);

    xd_text_lower(text);
    return xd_slice_of(text);
}

static void note_words(struct xd_redaction *r, const char *text, size_t len)
{
    const char *at = text;
    struct xd_slice word;

    while ((word = next_word(&at, text + len)).len > 0) {
        xd_map_put(r->words, lower(r, word), r);
    }
}

void xd_redact_note_words(struct xd_redaction *r, const struct xd_case *cs)
{
    if (r->words == NULL) {
        r->words = xd_map_new();
        note_words(r, xd_own_words, xd_own_words_len);
        note_words(r, vocabulary, sizeof(vocabulary) - 1);
    }
    for (size_t i = 0; i < cs->n_dumps; i++) {
        for (size_t k = 0; k < cs->dumps[i]->n_settings; k++) {
            const char *path = cs->dumps[i]->settings[k].path;

            note_words(r, path, strlen(path));
        }
    }
}

/* "15", "X15" of a release */
static bool is_number(struct xd_slice word)
{
    size_t at = word.len > 1 && (word.p[0] == 'X' || word.p[0] == 'x') ? 1 : 0;

    while (at < word.len && word.p[at] >= '0' && word.p[at] <= '9') {
        at++;
    }
    return at == word.len;
}

/* Does it tell nothing of anybody?  What was replaced in it is not among it any more. */
static bool is_plain(struct xd_redaction *r, const struct xd_buf *rest)
{
    const char *at = (const char *)rest->bytes;
    const char *end = at + rest->len;
    struct xd_slice word;

    while (rest->len > 0 && (word = next_word(&at, end)).len > 0) {
        if (!is_number(word) && xd_map_get(r->words, lower(r, word)) == NULL) {
            return false;
        }
    }
    return true;
}

/* What the whole of it is the name of, or NULL. */
static struct xd_secret *find_whole(struct xd_redaction *r, const char *value)
{
    static const enum xd_secret_class classes[] = {
        XD_SECRET_HOST,    XD_SECRET_ZONE, XD_SECRET_DOMAIN,
        XD_SECRET_USER,    XD_SECRET_CA,   XD_SECRET_ORGANIZATION,
        XD_SECRET_SUBJECT, XD_SECRET_UNIT, XD_SECRET_PLACE};
    struct xd_secret *s = NULL;

    for (size_t i = 0; s == NULL && i < sizeof(classes) / sizeof(classes[0]); i++) {
        s = xd_secret_find(r, classes[i], value, strlen(value));
    }
    return s;
}

static bool is_digits(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

static const char *redact_any(struct xd_redaction *r, const char *value)
{
    if (is_digits(value)) {
        return value;
    }
    struct xd_buf rest = {.max = SIZE_MAX / 2};
    const char *out = xd_redact_text_rest(r, value, &rest);
    bool plain = is_plain(r, &rest);

    xd_buf_done(&rest);
    if (r->collecting) {
        return value;
    }
    struct xd_secret *s = find_whole(r, value);

    if (s != NULL) {
        return xd_secret_name(r, s);
    }
    return plain ? out : xd_redact_whole(r, XD_SECRET_VALUE, value);
}

/* ---- by what a setting is called ---- */

/* The last two words of a path, without the numbers that the XML form has behind each. */
struct ending {
    struct xd_slice last;
    struct xd_slice before;
};

static struct ending ending_of(const char *path)
{
    struct ending out = {{NULL, 0}, {NULL, 0}};
    const char *at = path;
    const char *end = path + strlen(path);
    struct xd_slice word;

    while ((word = next_word(&at, end)).len > 0) {
        if (strspn((const char *)word.p, "0123456789") < word.len) {
            out.before = out.last;
            out.last = word;
        }
    }
    return out;
}

static bool is_one_of(struct xd_slice word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (xd_text_equal_nocase(word, xd_slice_of(*words))) {
            return true;
        }
    }
    return false;
}

/* Whoever it is, digits too: a telephone number is a name. */
static bool names_user(const struct ending *e)
{
    static const char *const words[] = {
        "Username", "User",    "Account", "Alias",  "E164",   "H323Id", "DisplayName",
        "AOR",      "Contact", "Login",   "Caller", "Callee", NULL};

    return is_one_of(e->last, words) ||
           (xd_text_equal_nocase(e->last, xd_slice_of("Name")) &&
            is_one_of(e->before, words));
}

/* "EECDH:!aNULL:@STRENGTH" is told in OpenSSL's and OpenSSH's grammar. */
static bool is_cipher_list(const char *path, const char *value)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789:!+-_=,/";

    for (const char *p = value; *p != '\0'; p++) {
        if (strncmp(p, "@STRENGTH", 9) == 0) {
            p += 8;
        } else if (strchr(letters, *p) == NULL) {
            return false;
        }
    }
    return strncmp(path, "Ciphers ", 8) == 0;
}

/* The appliance's own sentences, which reports show too. */
static bool is_sentence(const struct ending *e)
{
    static const char *const words[] = {"Reason", "Description", "Detail", "Cause", NULL};

    return is_one_of(e->last, words);
}

static const char *redact_setting(struct xd_redaction *r, const char *path, bool status,
                                  const char *value, bool sentences)
{
    static const char *const zones[] = {"Zone", "SubZone", NULL};
    static const char *const systems[] = {"SystemUnit", "System", NULL};
    struct ending e = ending_of(path);
    bool name = xd_text_equal_nocase(e.last, xd_slice_of("Name"));
    bool sentence = status && is_sentence(&e);

    if (is_cipher_list(path, value)) {
        return value;
    }
    if (sentence || sentences) {
        return sentence && sentences ? xd_redact_text(r, value) : value;
    }
    if (name && !is_one_of(e.before, systems) && xd_redact_is_built_in(value)) {
        return value;
    }
    if (name && is_one_of(e.before, zones)) {
        return xd_redact_whole(r, XD_SECRET_ZONE, value);
    }
    if (name && is_one_of(e.before, systems)) {
        return xd_redact_name(r, value);
    }
    if (name && !status && !names_user(&e)) { /* of a rule, a link, a service: "To Acme" */
        struct xd_secret *known = find_whole(r, value);

        return known != NULL && !r->collecting ? xd_secret_name(r, known)
                                               : xd_redact_whole(r, XD_SECRET_VALUE, value);
    }
    if (names_user(&e) && strpbrk(value, ".@:") == NULL) {
        return xd_redact_whole(r, XD_SECRET_USER, value);
    }
    if (xd_text_equal_nocase(e.last, xd_slice_of("MacAddress"))) {
        return xd_redact_whole(r, XD_SECRET_VALUE, value);
    }
    return redact_any(r, value);
}

void xd_redact_dumps(struct xd_redaction *r, struct xd_case *cs, bool sentences)
{
    for (size_t i = 0; i < cs->n_dumps; i++) {
        struct xd_dump *d = cs->dumps[i];
        bool status =
            d->entry->kind == XD_ENTRY_XSTAT_TXT || d->entry->kind == XD_ENTRY_XSTAT_XML;

        for (size_t k = 0; k < d->n_settings; k++) {
            struct xd_setting *s = &d->settings[k];

            if (s->value != NULL && s->value[0] != '\0') {
                s->value = redact_setting(r, s->path, status, s->value, sentences);
            }
            s->path = sentences ? xd_redact_text(r, s->path) : s->path;
        }
    }
}
