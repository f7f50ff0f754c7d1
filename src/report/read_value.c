/*
 * read_value.c - the smallest values of a JSON report, and the words where they are wrong.
 */
#include "read_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expdiag/text.h"

void xd_read_enter(struct xd_reader *r, const char *key)
{
    if (r->depth < XD_READ_DEPTH) {
        r->path[r->depth] = (struct xd_read_step){.key = key};
    }
    r->depth++;
}

void xd_read_enter_item(struct xd_reader *r, size_t index)
{
    if (r->depth < XD_READ_DEPTH) {
        r->path[r->depth] = (struct xd_read_step){.index = index};
    }
    r->depth++;
}

void xd_read_leave(struct xd_reader *r)
{
    r->depth--;
}

const char *xd_read_where(const struct xd_reader *r)
{
    struct xd_buf b = {.max = 160};

    for (size_t i = 0; i < r->depth && i < XD_READ_DEPTH; i++) {
        const struct xd_read_step *s = &r->path[i];
        if (s->key == NULL) {
            xd_buf_printf(&b, "[%zu]", s->index);
        } else {
            xd_buf_printf(&b, "%s%s", i == 0 ? "" : ".", s->key);
        }
    }
    const char *text = xd_arena_text(r->cs->arena, xd_buf_text(&b), b.len);
    xd_buf_done(&b);
    return text;
}

void xd_read_fail(struct xd_reader *r, const char *fmt, ...)
{
    char text[XD_ERR_TEXT];
    va_list ap;

    if (r->failed) {
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    r->failed = true;
    xd_err_set(r->err, XD_BAD, 0, "%s%s%s; write the report again with --json",
               xd_read_where(r), r->depth > 0 ? ": " : "", text);
}

/* A field's value; NULL where it is absent or null. */
static const json_t *field(struct xd_reader *r, const json_t *o, const char *key)
{
    const json_t *v = r->failed ? NULL : json_object_get(o, key);

    return v == NULL || json_is_null(v) ? NULL : v;
}

static void fail_type(struct xd_reader *r, const char *key, const char *wanted)
{
    xd_read_enter(r, key);
    xd_read_fail(r, "is not %s", wanted);
    xd_read_leave(r);
}

static const char *copy_text(struct xd_reader *r, const json_t *v)
{
    return xd_arena_text(r->cs->arena, json_string_value(v), json_string_length(v));
}

const char *xd_read_text(struct xd_reader *r, const json_t *o, const char *key)
{
    const json_t *v = field(r, o, key);

    if (v != NULL && !json_is_string(v)) {
        fail_type(r, key, "a text");
        return NULL;
    }
    return v == NULL ? NULL : copy_text(r, v);
}

const char *xd_read_text_or(struct xd_reader *r, const json_t *o, const char *key,
                            const char *other)
{
    const char *text = xd_read_text(r, o, key);

    return text == NULL ? other : text;
}

int xd_read_tri(struct xd_reader *r, const json_t *o, const char *key)
{
    const json_t *v = field(r, o, key);

    if (v != NULL && !json_is_boolean(v)) {
        fail_type(r, key, "true, false or null");
        return -1;
    }
    return v == NULL ? -1 : json_is_true(v) ? 1 : 0;
}

bool xd_read_bool(struct xd_reader *r, const json_t *o, const char *key)
{
    return xd_read_tri(r, o, key) == 1;
}

static bool take_number(struct xd_reader *r, const json_t *v, uint64_t max, uint64_t *out)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0 ||
        (uint64_t)json_integer_value(v) > max) {
        xd_read_fail(r, "is no whole number from 0 to %llu", (unsigned long long)max);
        return false;
    }
    *out = (uint64_t)json_integer_value(v);
    return true;
}

uint64_t xd_read_number(struct xd_reader *r, const json_t *o, const char *key, uint64_t max)
{
    const json_t *v = field(r, o, key);
    uint64_t n = 0;

    if (v != NULL) {
        xd_read_enter(r, key);
        (void)take_number(r, v, max, &n);
        xd_read_leave(r);
    }
    return n;
}

int xd_read_code(struct xd_reader *r, const json_t *o, const char *key)
{
    return field(r, o, key) == NULL ? -1 : (int)xd_read_number(r, o, key, UINT8_MAX);
}

xd_time xd_read_time(struct xd_reader *r, const json_t *o, const char *key)
{
    const json_t *v = field(r, o, key);
    xd_time t = XD_TIME_NONE;

    if (v != NULL &&
        (!json_is_string(v) ||
         !xd_time_parse(json_string_value(v), json_string_length(v), &t, NULL))) {
        fail_type(r, key, "a time as \"2026-03-24T11:55:20.911700Z\"");
        return XD_TIME_NONE;
    }
    return t;
}

struct xd_addr xd_read_address(struct xd_reader *r, const json_t *o, const char *key)
{
    const json_t *v = field(r, o, key);
    struct xd_addr a = {.family = XD_ADDR_NONE};

    if (v != NULL && (!json_is_string(v) ||
                      !xd_addr_parse(json_string_value(v), json_string_length(v), &a))) {
        fail_type(r, key, "an IP address");
    }
    return a;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

static bool take_hash(const char *text, uint8_t sha256[32])
{
    if (text == NULL || strlen(text) != 64) {
        return false;
    }
    for (size_t i = 0; i < 32; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        sha256[i] = (uint8_t)(16 * high + low);
    }
    return true;
}

static const char not_a_hash[] = "a SHA-256 of 64 hexadecimal digits";

bool xd_read_hash(struct xd_reader *r, const json_t *o, const char *key, uint8_t sha256[32])
{
    const json_t *v = field(r, o, key);

    if (v == NULL) {
        return false;
    }
    if (!take_hash(json_string_value(v), sha256)) {
        fail_type(r, key, not_a_hash);
        return false;
    }
    return true;
}

void xd_read_note_unknown(struct xd_reader *r, const char *key, const char *word)
{
    if (r->out->unknown++ == 0) {
        xd_read_enter(r, key);
        r->out->unknown_where =
            xd_arena_printf(r->cs->arena, "%s: \"%.60s\"", xd_read_where(r), word);
        xd_read_leave(r);
    }
}

static bool find_word(const char *text, xd_word_fn words, unsigned n, unsigned *out)
{
    for (unsigned i = 0; i < n; i++) {
        const char *word = words(i);
        if (word != NULL && word[0] != '\0' && strcmp(word, text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

unsigned xd_read_word(struct xd_reader *r, const json_t *o, const char *key,
                      xd_word_fn words, unsigned n, unsigned other)
{
    const char *text = xd_read_text(r, o, key);
    unsigned word = other;

    if (text != NULL && !find_word(text, words, n, &word)) {
        xd_read_note_unknown(r, key, text);
    }
    return word;
}

unsigned xd_read_must(struct xd_reader *r, const json_t *o, const char *key,
                      xd_word_fn words, unsigned n)
{
    const char *text = xd_read_text(r, o, key);
    unsigned word = 0;

    if (!r->failed && (text == NULL || !find_word(text, words, n, &word))) {
        xd_read_enter(r, key);
        xd_read_fail(r, "says %s%.40s%s, not \"%s\" or the like", text == NULL ? "" : "\"",
                     text == NULL ? "nothing" : text, text == NULL ? "" : "\"", words(0));
        xd_read_leave(r);
    }
    return word;
}

const json_t *xd_read_object(struct xd_reader *r, const json_t *o, const char *key)
{
    const json_t *v = field(r, o, key);

    if (v != NULL && !json_is_object(v)) {
        fail_type(r, key, "an object");
        return NULL;
    }
    return v;
}

const json_t *xd_read_array(struct xd_reader *r, const json_t *o, const char *key,
                            size_t max)
{
    const json_t *v = field(r, o, key);

    if (v != NULL && !json_is_array(v)) {
        fail_type(r, key, "an array");
        return NULL;
    }
    if (json_array_size(v) > max) {
        xd_read_enter(r, key);
        xd_read_fail(r, "holds %zu items, more than the %zu of any report",
                     json_array_size(v), max);
        xd_read_leave(r);
        return NULL;
    }
    return v;
}

const json_t *xd_read_item(struct xd_reader *r, const json_t *array, size_t index)
{
    const json_t *v = json_array_get(array, index);

    if (!json_is_object(v)) {
        xd_read_fail(r, "is not an object");
        return NULL;
    }
    return v;
}

void xd_read_rows(struct xd_reader *r, const json_t *o, const char *key, size_t max,
                  xd_read_row_fn take, void *whole)
{
    const json_t *a = xd_read_array(r, o, key, max);

    xd_read_enter(r, key);
    for (size_t i = 0; i < json_array_size(a) && !r->failed; i++) {
        xd_read_enter_item(r, i);
        take(r, xd_read_item(r, a, i), whole);
        xd_read_leave(r);
    }
    xd_read_leave(r);
}

struct xd_read_texts xd_read_texts(struct xd_reader *r, const json_t *o, const char *key,
                                   size_t max)
{
    const json_t *a = xd_read_array(r, o, key, max);
    struct xd_read_texts out = {.n = json_array_size(a)};

    out.texts = xd_arena_alloc(r->cs->arena, (out.n + 1) * sizeof(*out.texts));
    for (size_t i = 0; i < out.n; i++) {
        const json_t *v = json_array_get(a, i);
        if (!json_is_string(v)) {
            fail_type(r, key, "an array of texts");
            return (struct xd_read_texts){.texts = out.texts};
        }
        out.texts[i] = copy_text(r, v);
    }
    return out;
}

struct xd_read_numbers xd_read_numbers(struct xd_reader *r, const json_t *o,
                                       const char *key, size_t n_max, uint64_t max)
{
    const json_t *a = xd_read_array(r, o, key, n_max);
    struct xd_read_numbers out = {.n = json_array_size(a)};

    out.numbers = xd_arena_alloc(r->cs->arena, (out.n + 1) * sizeof(*out.numbers));
    xd_read_enter(r, key);
    for (size_t i = 0; i < out.n && !r->failed; i++) {
        xd_read_enter_item(r, i);
        (void)take_number(r, json_array_get(a, i), max, &out.numbers[i]);
        xd_read_leave(r);
    }
    xd_read_leave(r);
    return out;
}

struct xd_read_ids xd_read_ids(struct xd_reader *r, const json_t *o, const char *key,
                               size_t max)
{
    struct xd_read_numbers from = xd_read_numbers(r, o, key, max, UINT32_MAX - 1);
    struct xd_read_ids out = {.n = from.n};

    out.ids = xd_arena_alloc(r->cs->arena, (out.n + 1) * sizeof(*out.ids));
    for (size_t i = 0; i < out.n; i++) {
        out.ids[i] = (unsigned)from.numbers[i];
    }
    return out;
}

/* ---- what is named by other parts ---- */

struct xd_entry *xd_read_entry_named(struct xd_reader *r, const char *label)
{
    struct xd_entry *e = xd_map_get(r->entries, xd_slice_of(label));

    if (e == NULL) {
        e = xd_arena_alloc(r->cs->arena, sizeof(*e));
        *e = (struct xd_entry){.id = UINT32_MAX, .input = UINT32_MAX};
        e->label = e->name = e->path = label;
        e->container = "";
        e->kind = XD_ENTRY_OTHER;
        xd_map_put(r->entries, xd_slice_of(label), e);
    }
    return e;
}

/* A file that inputs[] does not hold is named all the same. */
struct xd_entry *xd_read_entry(struct xd_reader *r, const json_t *o, const char *key)
{
    const char *label = xd_read_text(r, o, key);

    return label == NULL ? NULL : xd_read_entry_named(r, label);
}

struct xd_place xd_read_place(struct xd_reader *r, const json_t *o)
{
    return (struct xd_place){.entry = xd_read_entry(r, o, "entry"),
                             .frame = (uint32_t)xd_read_number(r, o, "frame", UINT32_MAX),
                             .line = (uint32_t)xd_read_number(r, o, "line", UINT32_MAX),
                             .time = XD_TIME_NONE};
}

static void note_ref(struct xd_reader *r, const char *key, const char *what,
                     const bool *defined)
{
    xd_read_enter(r, key);
    *XD_PUSH(r->cs->arena, r, refs) = (struct xd_read_ref){xd_read_where(r), what, defined};
    xd_read_leave(r);
}

struct xd_node_ref *xd_read_node_named(struct xd_reader *r, const char *id)
{
    struct xd_node_ref *ref = xd_map_get(r->nodes, xd_slice_of(id));

    if (ref == NULL) {
        ref = xd_arena_alloc(r->cs->arena, sizeof(*ref));
        ref->node = xd_arena_alloc(r->cs->arena, sizeof(*ref->node));
        ref->node->id = id;
        xd_map_put(r->nodes, xd_slice_of(id), ref);
    }
    return ref;
}

struct xd_node *xd_read_node_of(struct xd_reader *r, const json_t *o, const char *key)
{
    const char *id = xd_read_text(r, o, key);

    if (id == NULL) {
        return NULL;
    }
    bool known = xd_map_get(r->nodes, xd_slice_of(id)) != NULL;
    struct xd_node_ref *ref = xd_read_node_named(r, id);
    if (!known) {
        note_ref(r, key, "node", &ref->defined);
    }
    return ref->node;
}

struct xd_cert_ref *xd_read_cert_named(struct xd_reader *r, const uint8_t sha256[32])
{
    struct xd_slice key = {sha256, 32};
    struct xd_cert_ref *ref = xd_map_get(r->certs, key);

    if (ref == NULL) {
        ref = xd_arena_alloc(r->cs->arena, sizeof(*ref));
        ref->cert = xd_case_cert(r->cs, (struct xd_slice){NULL, 0}, sha256);
        if (ref->cert == NULL) {
            xd_read_fail(r, "names more certificates than any report has");
            ref->cert = xd_arena_alloc(r->cs->arena, sizeof(*ref->cert));
        }
        xd_map_put(r->certs, key, ref);
    }
    return ref;
}

static struct xd_cert *name_cert(struct xd_reader *r, const char *key,
                                 const uint8_t sha256[32])
{
    bool known = xd_map_get(r->certs, (struct xd_slice){sha256, 32}) != NULL;
    struct xd_cert_ref *ref = xd_read_cert_named(r, sha256);

    if (!known) {
        note_ref(r, key, "certificate", &ref->defined);
    }
    return ref->cert;
}

struct xd_cert *xd_read_cert(struct xd_reader *r, const json_t *o, const char *key)
{
    uint8_t sha256[32];

    return xd_read_hash(r, o, key, sha256) ? name_cert(r, key, sha256) : NULL;
}

struct xd_read_certs xd_read_certs(struct xd_reader *r, const json_t *o, const char *key,
                                   size_t max)
{
    const json_t *a = xd_read_array(r, o, key, max);
    struct xd_read_certs out = {.n = json_array_size(a)};

    out.certs = xd_arena_alloc(r->cs->arena, (out.n + 1) * sizeof(*out.certs));
    for (size_t i = 0; i < out.n; i++) {
        uint8_t sha256[32];
        if (!take_hash(json_string_value(json_array_get(a, i)), sha256)) {
            fail_type(r, key, not_a_hash);
            return (struct xd_read_certs){.certs = out.certs};
        }
        out.certs[i] = name_cert(r, key, sha256);
    }
    return out;
}
