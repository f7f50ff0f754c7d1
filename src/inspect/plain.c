/*
 * plain.c - a node's settings in one list, whatever form its dumps have.
 *
 * The XML form numbers every element, the text form only those that there can be several
 * of: "Zones 1 Zone 1 Name 1" is "Zones Zone 1 Name".  Which words carry a number is
 * told by the node's text dump, by numbers beyond 1, and by the vendor's reference.
 */
#include "inspect_priv.h"

#include "expdiag/map.h"
#include "expdiag/rune.h"
#include "expdiag/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 8192 };

/* Words with an index by the reference, behind a certain word or ("") anywhere. */
static const char *const indexed[][2] = {
    {"", "Zone"},
    {"", "Peer"},
    {"", "Ethernet"},
    {"", "Alarm"},
    {"", "Tunnel"},
    {"", "Option"},
    {"", "Rule"},
    {"", "Transform"},
    {"", "PerDomainServer"},
    {"", "Link"},
    {"", "Pipe"},
    {"DNS", "Server"},
    {"NTP", "Server"},
    {"SIP", "Domain"},
    {"Admin", "Account"},
    {"Login", "User"},
    {"Remote", "Syslog"},
    {"Logger", "Network"},
    {"", "SubZone"},
    {"Routes", "Route"},
    {"Services", "Service"},
    {"Transport", "Server"},
    {"Transport", "Client"},
    {"Logger", "Developer"},
    {"", "CollaborationEdgeDeployments"},
};

static bool is_number(struct xd_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

/* The next word alone. */
static struct xd_slice take_word(const char **text)
{
    const char *p = *text + strspn(*text, " ");
    size_t len = strcspn(p, " ");

    *text = p + len;
    return (struct xd_slice){(const uint8_t *)p, len};
}

struct xd_slice xd_plain_token(const char **path)
{
    struct xd_slice token = take_word(path);
    const char *rest = *path;
    struct xd_slice next = take_word(&rest);

    if (token.len > 0 && is_number(next)) {
        token.len = (size_t)(next.p + next.len - token.p);
        *path = rest;
    }
    return token;
}

struct xd_slice xd_plain_word(struct xd_slice token)
{
    const uint8_t *blank = token.len > 0 ? memchr(token.p, ' ', token.len) : NULL;

    return blank == NULL ? token : (struct xd_slice){token.p, (size_t)(blank - token.p)};
}

struct xd_slice xd_plain_index(struct xd_slice token)
{
    size_t word = xd_plain_word(token).len;

    return word == token.len
               ? (struct xd_slice){NULL, 0}
               : xd_text_trim((struct xd_slice){token.p + word, token.len - word});
}

static bool is_indexed(struct xd_slice before, struct xd_slice word)
{
    for (size_t i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++) {
        if (xd_text_equal_nocase(word, xd_slice_of(indexed[i][1])) &&
            (indexed[i][0][0] == '\0' ||
             xd_text_equal_nocase(before, xd_slice_of(indexed[i][0])))) {
            return true;
        }
    }
    return false;
}

/* ---- the two forms ------------------------------------------------------- */

/* The two dumps of a node and what is learnt from them. */
struct forms {
    struct xd_arena *arena;
    const struct xd_dump *text;
    const struct xd_dump *xml;
    struct xd_map *numbered; /* paths without numbers, up to a word that carries one */
};

/* Remember the words of a path that carry a number; in XML only those beyond 1. */
static void learn(struct forms *f, const char *path, bool xml)
{
    struct xd_buf words = {.max = PATH_MAX_BYTES};
    struct xd_slice token;

    while ((token = xd_plain_token(&path)).len > 0) {
        struct xd_slice word = xd_plain_word(token);
        struct xd_slice index = xd_plain_index(token);

        xd_buf_add(&words, word.p, word.len);
        xd_buf_add(&words, " ", 1);
        if (index.len > 0 && !(xml && xd_slice_equal(index, xd_slice_of("1")))) {
            xd_map_put(f->numbered, (struct xd_slice){words.bytes, words.len}, f);
        }
    }
    xd_buf_done(&words);
}

/* An XML path as the text form has it. */
static const char *plain_path(const struct forms *f, const char *path)
{
    struct xd_buf words = {.max = PATH_MAX_BYTES};
    struct xd_buf plain = {.max = PATH_MAX_BYTES};
    struct xd_slice before = {NULL, 0};
    struct xd_slice token;

    while ((token = xd_plain_token(&path)).len > 0) {
        struct xd_slice word = xd_plain_word(token);

        xd_buf_add(&words, word.p, word.len);
        xd_buf_add(&words, " ", 1);
        bool leaf = path[strspn(path, " ")] == '\0';
        bool carries =
            xd_map_get(f->numbered, (struct xd_slice){words.bytes, words.len}) != NULL ||
            (!leaf && is_indexed(before, word));
        struct xd_slice kept = carries ? token : word;

        xd_buf_add(&plain, " ", plain.len > 0);
        xd_buf_add(&plain, kept.p, kept.len);
        before = word;
    }
    const char *out = xd_arena_text(f->arena, xd_buf_text(&plain), plain.len);

    xd_buf_done(&words);
    xd_buf_done(&plain);
    return out;
}

static const struct xd_dump *dump_of(const struct xd_case *cs, const struct xd_node *n,
                                     enum xd_entry_kind kind)
{
    for (size_t i = 0; i < n->n_entries; i++) {
        for (size_t k = 0; n->entries[i]->kind == kind && k < cs->n_dumps; k++) {
            if (cs->dumps[k]->entry == n->entries[i]) {
                return cs->dumps[k];
            }
        }
    }
    return NULL;
}

static void learn_all(struct forms *f, const struct xd_dump *d, bool xml)
{
    for (size_t i = 0; d != NULL && i < d->n_settings; i++) {
        learn(f, d->settings[i].path, xml);
    }
}

/* Case does not matter where paths are compared. */
static struct xd_slice key_of(struct xd_buf *key, const char *path)
{
    xd_buf_clear(key);
    xd_buf_puts(key, path);
    for (size_t i = 0; i < key->len; i++) {
        uint8_t c = key->bytes[i];

        key->bytes[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
    }
    return (struct xd_slice){key->bytes, key->len};
}

/* Add the rows of one dump that are not there yet. */
static void add_rows(const struct forms *f, const struct xd_dump *d, struct xd_map *have,
                     struct xd_plain_list *out)
{
    struct xd_buf key = {.max = PATH_MAX_BYTES};
    bool first = out->n_rows == 0;

    for (size_t i = 0; d != NULL && i < d->n_settings; i++) {
        const struct xd_setting *s = &d->settings[i];
        const char *path = d == f->xml ? plain_path(f, s->path) : s->path;
        struct xd_slice k = key_of(&key, path);

        if (!first && xd_map_get(have, k) != NULL) {
            continue;
        }
        xd_map_put(have, k, have);
        *XD_PUSH(f->arena, out, rows) =
            (struct xd_plain){path, s->secret ? NULL : s->value, d->entry, s->line};
    }
    xd_buf_done(&key);
}

struct xd_plain_list xd_plain_of(struct xd_arena *a, const struct xd_case *cs,
                                 const struct xd_node *n, bool status)
{
    struct xd_plain_list out = {0};
    struct forms f = {.arena = a, .numbered = xd_map_new()};
    struct xd_map *have = xd_map_new();

    f.text = dump_of(cs, n, status ? XD_ENTRY_XSTAT_TXT : XD_ENTRY_XCONF_TXT);
    f.xml = dump_of(cs, n, status ? XD_ENTRY_XSTAT_XML : XD_ENTRY_XCONF_XML);
    learn_all(&f, f.text, false);
    learn_all(&f, f.xml, true);
    add_rows(&f, f.text, have, &out);
    add_rows(&f, f.xml, have, &out);
    if (f.text != NULL || f.xml != NULL) {
        out.entry = f.text != NULL ? f.text->entry : f.xml->entry;
    }
    xd_map_free(have);
    xd_map_free(f.numbered);
    return out;
}

/* ---- output -------------------------------------------------------------- */

/* How much of it is letters, digits and signs of ASCII: most of nearly all. */
static size_t count_plain(struct xd_slice s)
{
    size_t n = 0;

    while (n < s.len && s.p[n] >= ' ' && s.p[n] <= '~') {
        n++;
    }
    return n;
}

void xd_plain_put_safe(struct xd_buf *out, const char *text)
{
    struct xd_slice s = xd_slice_of(text);

    for (size_t at = 0, used = 0; at < s.len; at += used) {
        used = count_plain((struct xd_slice){s.p + at, s.len - at});
        if (used > 0) {
            xd_buf_add(out, s.p + at, used);
            continue;
        }
        uint32_t rune = xd_rune_read(s.p + at, s.len - at, &used);

        if (rune != UINT32_MAX && !xd_rune_is_unsafe(rune)) {
            xd_buf_add(out, s.p + at, used);
            continue;
        }
        for (size_t i = 0; i < used; i++) {
            xd_buf_printf(out, "\\x%02x", (unsigned)s.p[at + i]);
        }
    }
}

enum xd_rc xd_plain_flush(struct xd_buf *out, struct xd_plain_sink to, struct xd_err *err)
{
    if (to.hold != NULL) {
        xd_buf_add(to.hold, out->bytes, out->len);
        if (to.hold->overflow) {
            return xd_err_set(err, XD_FAIL, to.hold->len,
                              "the output is too long to be held");
        }
    }
    for (size_t at = 0; to.hold == NULL && to.fd >= 0 && at < out->len;) {
        ssize_t n = write(to.fd, out->bytes + at, out->len - at);

        if (n < 0 && errno != EINTR) {
            return xd_err_set(err, XD_FAIL, 0, "the output could not be written: %s",
                              strerror(errno));
        }
        at += n > 0 ? (size_t)n : 0;
    }
    xd_buf_clear(out);
    return XD_OK;
}
