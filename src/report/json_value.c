/*
 * json_value.c - the frame of the JSON document and its smallest values.
 */
#include "json_priv.h"

#include <stdio.h>
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

static void write_indent(struct xd_json *j, unsigned depth)
{
    for (unsigned i = 0; i < depth && !j->in_html; i++) {
        xd_sink_write(j->sink, " ", 1);
    }
}

/* Comma, new line and key of the next element. */
static void begin_element(struct xd_json *j, const char *key)
{
    if (j->depth == 0) {
        return;
    }
    if (j->filled[j->depth - 1]) {
        xd_sink_write(j->sink, ",", 1);
    }
    j->filled[j->depth - 1] = true;
    xd_sink_write(j->sink, "\n", 1);
    write_indent(j, j->depth);
    if (key != NULL) { /* our own words and hex: nothing to escape */
        xd_sink_write(j->sink, "\"", 1);
        xd_sink_write(j->sink, key, strlen(key));
        xd_sink_write(j->sink, "\": ", 3);
    }
}

void xd_json_open(struct xd_json *j, const char *key, char bracket)
{
    begin_element(j, key);
    xd_sink_write(j->sink, &bracket, 1);
    j->filled[j->depth] = false;
    j->depth++;
}

void xd_json_close(struct xd_json *j, char bracket)
{
    j->depth--;
    if (j->filled[j->depth]) {
        xd_sink_write(j->sink, "\n", 1);
        write_indent(j, j->depth);
    }
    xd_sink_write(j->sink, &bracket, 1);
    if (j->depth == 0) {
        xd_sink_write(j->sink, "\n", 1);
    }
}

/* RFC 8259, 7: a code point beyond the first plane is a surrogate pair. */
static void write_escape(struct xd_sink *s, uint32_t rune)
{
    char text[16];
    int n = 0;

    if (rune > 0xffff) {
        uint32_t v = rune - 0x10000;
        n = snprintf(text, sizeof(text), "\\u%04x\\u%04x", 0xd800U + (unsigned)(v >> 10),
                     0xdc00U + (unsigned)(v & 0x3ff));
    } else {
        n = snprintf(text, sizeof(text), "\\u%04x", (unsigned)rune);
    }
    xd_sink_write(s, text, (size_t)n);
}

/*
 * What jansson dumps, with two additions: lines are indented to where the element
 * stands (inside strings there is no raw line feed), and characters that would act
 * on a terminal are escaped, since JSON is looked at on terminals too.
 */
static int take_dump(const char *bytes, size_t len, void *arg)
{
    struct xd_json *j = arg;
    const uint8_t *p = (const uint8_t *)bytes;
    size_t from = 0;
    size_t at = 0;

    while (at < len) {
        size_t used = 1;
        uint32_t rune = xd_rune_read(p + at, len - at, &used);
        at += used;
        if (rune == '\n') {
            xd_sink_write(j->sink, p + from, at - from);
            write_indent(j, j->depth);
            from = at;
        } else if (xd_rune_is_unsafe(rune) || (rune == '<' && j->in_html)) {
            xd_sink_write(j->sink, p + from, at - used - from);
            write_escape(j->sink, rune);
            from = at;
        }
    }
    xd_sink_write(j->sink, p + from, len - from);
    return 0;
}

static void put(struct xd_json *j, const char *key, json_t *value, size_t form)
{
    begin_element(j, key);
    (void)json_dump_callback(value, take_dump, j, form | JSON_ENCODE_ANY);
    json_decref(value);
}

void xd_json_put(struct xd_json *j, const char *key, json_t *value)
{
    put(j, key, value, j->in_html ? JSON_COMPACT : JSON_INDENT(1));
}

void xd_json_put_line(struct xd_json *j, json_t *value)
{
    put(j, NULL, value, JSON_COMPACT);
}

json_t *xd_json_text_value(struct xd_json *j, const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    json_t *v = json_string(text);
    if (v == NULL) { /* a path of the command line need not be UTF-8 */
        size_t len = strlen(text);
        v = json_string(xd_text_clean(j->scratch, text, len, 4 * len + 8));
    }
    return v == NULL ? json_null() : v;
}

void xd_json_text(struct xd_json *j, json_t *o, const char *key, const char *text)
{
    json_object_set_new_nocheck(o, key, xd_json_text_value(j, text));
}

void xd_json_number(json_t *o, const char *key, uint64_t n)
{
    json_object_set_new_nocheck(o, key, json_integer((json_int_t)n));
}

void xd_json_count(json_t *o, const char *key, uint64_t n)
{
    json_object_set_new_nocheck(o, key, n == 0 ? json_null() : json_integer((json_int_t)n));
}

void xd_json_optional_number(json_t *o, const char *key, uint64_t n)
{
    if (n != 0) {
        xd_json_number(o, key, n);
    }
}

void xd_json_optional_text(struct xd_json *j, json_t *o, const char *key, const char *text)
{
    if (text != NULL) {
        xd_json_text(j, o, key, text);
    }
}

void xd_json_bool(json_t *o, const char *key, bool b)
{
    json_object_set_new_nocheck(o, key, json_boolean(b));
}

void xd_json_tri(json_t *o, const char *key, int v)
{
    json_object_set_new_nocheck(o, key, v < 0 ? json_null() : json_boolean(v > 0));
}

void xd_json_time(json_t *o, const char *key, xd_time t)
{
    char text[XD_TIME_TEXT];

    json_object_set_new_nocheck(
        o, key, t == XD_TIME_NONE ? json_null() : json_string(xd_time_format(t, text)));
}

void xd_json_address(json_t *o, const char *key, const struct xd_addr *a)
{
    char text[XD_ADDR_TEXT];

    json_object_set_new_nocheck(
        o, key,
        a->family == XD_ADDR_NONE ? json_null() : json_string(xd_addr_format(a, text)));
}

static json_t *hash_value(const uint8_t sha256[32])
{
    char text[65];

    xd_text_hex(sha256, 32, text);
    return json_string(text);
}

void xd_json_hash(json_t *o, const char *key, const uint8_t sha256[32])
{
    json_object_set_new_nocheck(o, key, hash_value(sha256));
}

void xd_json_node(struct xd_json *j, json_t *o, const char *key, const struct xd_node *node)
{
    xd_json_text(j, o, key, node == NULL ? NULL : node->id);
}

void xd_json_place(struct xd_json *j, json_t *o, const struct xd_place *place)
{
    xd_json_text(j, o, "entry", xd_report_label(place->entry));
    xd_json_count(o, "frame", place->frame);
    xd_json_count(o, "line", place->line);
}

json_t *xd_json_texts(struct xd_json *j, const char *const *texts, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(array, xd_json_text_value(j, texts[i]));
    }
    return array;
}

json_t *xd_json_hashes(struct xd_cert *const *certs, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(array, hash_value(certs[i]->sha256));
    }
    return array;
}

json_t *xd_json_indices(const unsigned *numbers, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(array, json_integer(numbers[i]));
    }
    return array;
}

json_t *xd_json_numbers(const uint64_t *numbers, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(array, json_integer((json_int_t)numbers[i]));
    }
    return array;
}
