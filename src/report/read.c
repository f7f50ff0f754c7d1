/*
 * read.c - a JSON report element by element, or the one in an HTML report.
 *
 * Only one element is a tree at a time; what it names of others is looked up when all are
 * there, so that the parts may stand in any order.
 */
#include "read_priv.h"

#include <stdio.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"

enum { SCHEMA = 1 };
static const char schema_prefix[] = "expdiag-report/";

/* The text of the document and how far it was read. */
struct text {
    struct xd_slice all; /* of the file, for line numbers */
    const char *p;
    size_t len;
    size_t at;
};

enum shape { WHOLE, EACH, MEMBERS };

struct part {
    const char *key;
    enum shape shape;
    void (*take)(struct xd_reader *r, const json_t *o);
};

/* ---- the head ---- */

static const char *command_word(unsigned n)
{
    static const char *const words[] = {
        [XD_REPORT_ANALYZE] = "analyze",
        [XD_REPORT_FLOWS] = "flows",
        [XD_REPORT_CERTS] = "certs",
        [XD_REPORT_WHATIF] = "whatif",
    };

    return words[n];
}

static void take_schema(struct xd_reader *r, const json_t *head)
{
    const char *schema = xd_read_text_or(r, head, "schema", "");
    size_t len = strlen(schema_prefix);

    if (strncmp(schema, schema_prefix, len) != 0) {
        xd_read_fail(r, "the schema \"%.40s\" is none of a report of expdiag", schema);
        return;
    }
    if (schema[len] != '0' + SCHEMA ||
        (schema[len + 1] != '\0' && schema[len + 1] != '.')) {
        xd_read_fail(r,
                     "the schema is \"%.40s\", but this version reads %s%d; show it with "
                     "the version that wrote it",
                     schema, schema_prefix, SCHEMA);
    }
}

static void take_command(struct xd_reader *r, const json_t *head)
{
    r->out->options.command = (enum xd_report_command)xd_read_must(
        r, head, "command", command_word, XD_REPORT_WHATIF + 1);
}

static void take_tool(struct xd_reader *r, const json_t *head)
{
    struct xd_report_options *options = &r->out->options;
    const json_t *tool = xd_read_object(r, head, "tool");
    const json_t *roots = xd_read_object(r, tool, "roots");

    options->version = xd_read_text(r, tool, "version");
    options->roots_source = xd_read_text(r, roots, "source");
    options->roots_count = xd_read_number(r, roots, "count", UINT32_MAX);
    (void)xd_read_hash(r, roots, "sha256", options->roots_sha256);
}

static void take_generated(struct xd_reader *r, const json_t *head)
{
    r->out->options.generated_at = xd_read_time(r, head, "generated_at");
}

static void take_judged(struct xd_reader *r, const json_t *head)
{
    xd_time at = xd_read_time(r, head, "judged_at");

    r->out->options.judged_at = at == XD_TIME_NONE ? 0 : at;
}

static void take_keylog(struct xd_reader *r, const json_t *head)
{
    r->out->options.keylog = xd_read_bool(r, xd_read_object(r, head, "keylog"), "given");
}

static void take_last_seen(struct xd_reader *r, const json_t *head)
{
    r->cs->last_seen = xd_read_time(r, head, "last_seen");
}

static void take_filters(struct xd_reader *r, const json_t *head)
{
    const json_t *o = xd_read_object(r, head, "filters");

    r->out->options.filters = xd_read_text(r, o, "given");
    r->out->options.capture_filter = xd_read_text(r, o, "capture");
    r->cs->flows_hidden = xd_read_number(r, o, "hidden", XD_MAX_FLOWS);
    r->cs->connections_hidden = xd_read_number(r, o, "hidden_connections", XD_MAX_FLOWS);
    r->cs->host_unknown = xd_read_bool(r, o, "host_unknown");
    r->cs->host_near = xd_read_text(r, o, "host_near");
}

static void take_left_out(struct xd_reader *r, const json_t *head)
{
    r->cs->flows_left_out = xd_read_number(r, head, "flows_left_out", INT64_MAX);
}

static void take_scenario(struct xd_reader *r, const json_t *head)
{
    xd_read_worst_scenario(r, xd_read_object(r, head, "scenario"));
}

static void take_events(struct xd_reader *r, const json_t *head)
{
    const json_t *o = xd_read_object(r, head, "log_events");

    xd_read_enter(r, "log_events");
    xd_read_events(r, o);
    xd_read_leave(r);
}

/* What is WHOLE is handed over as a member of an object, so that its type can be told. */
static const struct part parts[] = {
    {"schema", WHOLE, take_schema},
    {"tool", WHOLE, take_tool},
    {"command", WHOLE, take_command},
    {"generated_at", WHOLE, take_generated},
    {"judged_at", WHOLE, take_judged},
    {"keylog", WHOLE, take_keylog},
    {"last_seen", WHOLE, take_last_seen},
    {"filters", WHOLE, take_filters},
    {"inputs", EACH, xd_read_input},
    {"nodes", EACH, xd_read_node},
    {"certificates", MEMBERS, NULL},
    {"other_certificates", EACH, xd_read_other_certificates},
    {"flows", EACH, xd_read_flow},
    {"flows_left_out", WHOLE, take_left_out},
    {"ladders", EACH, xd_read_ladder},
    {"findings", EACH, xd_read_finding},
    {"checks", EACH, xd_read_check},
    {"scenarios", EACH, xd_read_scenario},
    {"scenario", WHOLE, take_scenario},
    {"what_if", EACH, xd_read_what_if},
    {"tried", EACH, xd_read_tried},
    {"log_events", WHOLE, take_events},
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* ---- the text ---- */

static size_t line_of(const struct text *t, size_t at)
{
    const uint8_t *end = (const uint8_t *)t->p + at;
    size_t line = 1;

    for (const uint8_t *p = t->all.p; p < end; p++) {
        line += *p == '\n' ? 1 : 0;
    }
    return line;
}

static void fail_syntax(struct xd_reader *r, const struct text *t, size_t at,
                        const char *why)
{
    if (r->failed) {
        return;
    }
    r->failed = true;
    xd_err_set(r->err, XD_BAD, at,
               "line %zu%s%s: %s; the file is cut or was changed: write the report again "
               "with --json",
               line_of(t, at), r->depth > 0 ? ", in " : "", xd_read_where(r), why);
}

static char next_byte(struct text *t)
{
    while (t->at < t->len && strchr(" \t\r\n", t->p[t->at]) != NULL &&
           t->p[t->at] != '\0') {
        t->at++;
    }
    if (t->at < t->len) {
        return t->p[t->at];
    }
    return '\0';
}

static bool take_byte(struct text *t, char wanted)
{
    if (next_byte(t) != wanted) {
        return false;
    }
    t->at++;
    return true;
}

static void expect(struct xd_reader *r, struct text *t, char wanted)
{
    char why[48];

    if (!r->failed && !take_byte(t, wanted)) {
        (void)snprintf(why, sizeof(why),
                       t->at == t->len ? "it ends where '%c' is due" : "'%c' is due",
                       wanted);
        fail_syntax(r, t, t->at, why);
    }
}

/* The next value as a tree, to be freed by json_decref; NULL after a fault. */
static json_t *next_value(struct xd_reader *r, struct text *t)
{
    json_error_t error;

    if (r->failed) {
        return NULL;
    }
    (void)next_byte(t);
    json_t *v = json_loadb(
        t->p + t->at, t->len - t->at,
        JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (v == NULL) {
        size_t at = error.position > 0 ? t->at + (size_t)error.position : t->at;
        fail_syntax(r, t, at < t->len ? at : t->len, error.text);
        return NULL;
    }
    t->at += (size_t)error.position;
    return v;
}

/* ---- the parts ---- */

static void take_whole(struct xd_reader *r, struct text *t, const struct part *part)
{
    json_t *v = next_value(r, t);

    if (v != NULL) {
        json_t *holder = json_object();
        json_object_set_new_nocheck(holder, part->key, v);
        part->take(r, holder);
        json_decref(holder);
    }
}

static void take_item(struct xd_reader *r, struct text *t, const struct part *part)
{
    json_t *v = next_value(r, t);

    if (v != NULL && !json_is_object(v)) {
        xd_read_fail(r, "is not an object");
    } else if (v != NULL) {
        part->take(r, v);
    }
    json_decref(v);
}

static void take_each(struct xd_reader *r, struct text *t, const struct part *part)
{
    xd_read_enter(r, part->key);
    expect(r, t, '[');
    if (!r->failed && !take_byte(t, ']')) {
        size_t n = 0;
        do {
            xd_read_enter_item(r, n++);
            take_item(r, t, part);
            xd_read_leave(r);
        } while (!r->failed && take_byte(t, ','));
        expect(r, t, ']');
    }
    xd_read_leave(r);
}

/* A key with its colon, into the arena; NULL after a fault. */
static const char *take_key(struct xd_reader *r, struct text *t)
{
    if (next_byte(t) != '"') {
        fail_syntax(r, t, t->at,
                    t->at == t->len ? "it ends where a key is due"
                                    : "a key in '\"' is due");
        return NULL;
    }
    json_t *v = next_value(r, t);
    const char *key =
        v == NULL ? NULL : xd_arena_strdup(r->cs->arena, json_string_value(v));
    json_decref(v);
    expect(r, t, ':');
    return r->failed ? NULL : key;
}

static void take_certificates(struct xd_reader *r, struct text *t, const struct part *part)
{
    xd_read_enter(r, part->key);
    expect(r, t, '{');
    if (!r->failed && !take_byte(t, '}')) {
        do {
            const char *key = take_key(r, t);
            xd_read_enter(r, key != NULL ? key : "?");
            json_t *v = next_value(r, t);
            if (v != NULL && !json_is_object(v)) {
                xd_read_fail(r, "is not an object");
            } else if (v != NULL) {
                xd_read_certificate(r, key, v);
            }
            json_decref(v);
            xd_read_leave(r);
        } while (!r->failed && take_byte(t, ','));
        expect(r, t, '}');
    }
    xd_read_leave(r);
}

/* Fields that a newer version added are passed over. */
static void take_part(struct xd_reader *r, struct text *t, const char *key,
                      bool seen[PARTS])
{
    for (size_t i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].key, key) != 0) {
            continue;
        }
        if (seen[i]) {
            xd_read_fail(r, "\"%s\" stands there twice", key);
            return;
        }
        seen[i] = true;
        switch (parts[i].shape) {
        case WHOLE:
            take_whole(r, t, &parts[i]);
            break;
        case EACH:
            take_each(r, t, &parts[i]);
            break;
        case MEMBERS:
            take_certificates(r, t, &parts[i]);
            break;
        }
        return;
    }
    json_decref(next_value(r, t));
}

static void take_document(struct xd_reader *r, struct text *t)
{
    bool seen[PARTS] = {false};

    expect(r, t, '{');
    if (!r->failed && !take_byte(t, '}')) {
        do {
            const char *key = take_key(r, t);
            if (key != NULL) {
                take_part(r, t, key, seen);
            }
        } while (!r->failed && take_byte(t, ','));
        expect(r, t, '}');
    }
    (void)next_byte(t);
    if (!r->failed && t->at < t->len) {
        fail_syntax(r, t, t->at, "something follows the report");
    }
    if (!r->failed && (!seen[0] || !seen[2])) {
        xd_read_fail(r, "it has no \"%s\", so that it is no report of expdiag",
                     seen[0] ? "command" : "schema");
    }
}

/* ---- the file ---- */

static const char *find(const char *p, const char *end, const char *what)
{
    size_t len = strlen(what);

    for (; (size_t)(end - p) >= len; p++) {
        p = memchr(p, what[0], (size_t)(end - p) - len + 1);
        if (p == NULL) {
            return NULL;
        }
        if (memcmp(p, what, len) == 0) {
            return p;
        }
    }
    return NULL;
}

/* The text of the script element "report"; '<' never stands in it. */
static bool find_in_html(struct text *t)
{
    const char *end = t->p + t->len;

    for (const char *p = find(t->p, end, "<script"); p != NULL;
         p = find(p + 1, end, "<script")) {
        const char *close = memchr(p, '>', (size_t)(end - p));
        if (close == NULL) {
            return false;
        }
        if (find(p, close, "id=\"report\"") == NULL ||
            find(p, close, "application/json") == NULL) {
            continue;
        }
        const char *stop = memchr(close, '<', (size_t)(end - close));
        if (stop == NULL) {
            stop = end;
        }
        t->p = close + 1;
        t->len = (size_t)(stop - t->p);
        return true;
    }
    return false;
}

static bool find_document(struct text *t, struct xd_err *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* editors on Windows put it first */

    if (t->len >= 3 && memcmp(t->p, mark, 3) == 0) {
        t->p += 3;
        t->len -= 3;
    }
    char first = next_byte(t);
    if (first == '<') {
        t->at = 0;
        if (!find_in_html(t)) {
            xd_err_set(err, XD_BAD, 0,
                       "this page holds no report: it is none of expdiag, or its end is "
                       "cut off; name a report that expdiag wrote with --json or --html");
            return false;
        }
        return true;
    }
    if (first != '{') {
        xd_err_set(err, XD_BAD, 0,
                   "%s; name a report that expdiag wrote with --json or --html",
                   t->len == 0 ? "is empty" : "is neither JSON nor HTML");
        return false;
    }
    return true;
}

enum xd_rc xd_report_read(struct xd_slice bytes, struct xd_report_loaded *out,
                          struct xd_err *err)
{
    struct text t = {.all = bytes, .p = (const char *)bytes.p, .len = bytes.len};
    struct xd_reader r = {.out = out, .err = err};

    *out = (struct xd_report_loaded){.options.generated_at = XD_TIME_NONE};
    if (!find_document(&t, err)) {
        return XD_BAD;
    }
    json_set_alloc_funcs(xd_alloc, xd_free);
    /* Keys are a stranger's here: none may choose its bucket.  The first seed stays. */
    json_object_seed((size_t)xd_hash(xd_slice_of("report")) | 1);
    r.cs = out->cs = xd_case_new();
    r.cs->last_seen = XD_TIME_NONE;
    r.entries = xd_map_new();
    r.nodes = xd_map_new();
    r.certs = xd_map_new();
    take_document(&r, &t);
    if (!r.failed) {
        xd_read_finish(&r);
    }
    xd_map_free(r.entries);
    xd_map_free(r.nodes);
    xd_map_free(r.certs);
    if (r.ciphers != NULL) {
        xd_map_free(r.ciphers);
    }
    if (r.failed) {
        xd_case_free(out->cs);
        out->cs = NULL;
        return XD_BAD;
    }
    return XD_OK;
}
