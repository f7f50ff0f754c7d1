/*
 * row.c - rows to and from JSON.
 */
#include "row.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <jansson.h>
#include <string.h>

bool xd_row_worst(const struct xd_row *row, enum xd_severity *out)
{
    bool any = false;

    for (size_t i = 0; i < row->n_findings; i++) {
        enum xd_severity s = XD_INFO;

        if (xd_severity_by_name(row->findings[i].severity, &s) && (!any || s > *out)) {
            *out = s;
            any = true;
        }
    }
    return any;
}

/* Want of memory ends the process and never shortens a row. */
static void take_memory(void)
{
    json_set_alloc_funcs(xd_alloc, xd_free);
}

/* ---- writing ---- */

/* Texts are valid UTF-8 but for paths, which may be anything. */
static json_t *text_value(const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    json_t *v = json_string(text);

    if (v == NULL) {
        struct xd_arena *a = xd_arena_new();

        v = json_string(xd_text_clean(a, text, strlen(text), XD_ROW_TEXT));
        xd_arena_free(a);
    }
    return v == NULL ? json_null() : v;
}

static void put(json_t *o, const char *key, const char *text)
{
    (void)json_object_set_new_nocheck(o, key, text_value(text));
}

static void put_time(json_t *o, const char *key, xd_time t)
{
    char text[XD_TIME_TEXT];

    put(o, key, t == XD_TIME_NONE ? NULL : xd_time_format(t, text));
}

static json_t *inputs_value(const struct xd_row *row)
{
    json_t *array = json_array();

    for (size_t i = 0; i < row->n_inputs; i++) {
        const struct xd_row_input *in = &row->inputs[i];
        json_t *o = json_object();

        put(o, "path", in->path);
        (void)json_object_set_new_nocheck(o, "bytes", json_integer((json_int_t)in->bytes));
        put_time(o, "modified", in->modified);
        put(o, "sha256", in->sha256);
        put(o, "problem", in->problem);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *nodes_value(const struct xd_row *row)
{
    json_t *array = json_array();

    for (size_t i = 0; i < row->n_nodes; i++) {
        json_t *o = json_object();

        put(o, "id", row->nodes[i].id);
        put(o, "role", row->nodes[i].role);
        put(o, "version", row->nodes[i].version);
        put(o, "eku_check", row->nodes[i].eku_check);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *findings_value(const struct xd_row *row)
{
    json_t *array = json_array();

    for (size_t i = 0; i < row->n_findings; i++) {
        json_t *o = json_object();

        put(o, "id", row->findings[i].id);
        put(o, "severity", row->findings[i].severity);
        put(o, "confidence", row->findings[i].confidence);
        put(o, "node", row->findings[i].node);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *certs_value(const struct xd_row *row)
{
    json_t *array = json_array();

    for (size_t i = 0; i < row->n_certs; i++) {
        const struct xd_row_cert *c = &row->certs[i];
        json_t *o = json_object();

        put(o, "node", c->node);
        put(o, "store", c->store);
        put(o, "sha256", c->sha256);
        put(o, "subject", c->subject);
        put(o, "issuer", c->issuer);
        put(o, "issuer_kind", c->issuer_kind);
        put_time(o, "not_after", c->not_after);
        (void)json_object_set_new_nocheck(o, "client_auth", json_boolean(c->client_auth));
        put_time(o, "policy_date", c->policy_date);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *failures_value(const struct xd_row *row)
{
    json_t *array = json_array();

    for (size_t i = 0; i < row->n_failures; i++) {
        (void)json_array_append_new(array, text_value(row->failures[i]));
    }
    return array;
}

static int take_dump(const char *bytes, size_t len, void *arg)
{
    xd_buf_add_json(arg, bytes, len);
    return 0;
}

void xd_row_write(const struct xd_row *row, bool internal, struct xd_buf *out)
{
    take_memory();
    json_t *o = json_object();

    put(o, "case", row->name);
    put(o, "status", xd_row_status_name(row->status));
    put(o, "reason", row->reason);
    (void)json_object_set_new_nocheck(o, "inputs", inputs_value(row));
    (void)json_object_set_new_nocheck(o, "seconds", json_real(row->seconds));
    (void)json_object_set_new_nocheck(o, "peak_mib", json_real(row->peak_mib));
    put(o, "condition", row->condition);
    (void)json_object_set_new_nocheck(o, "nodes", nodes_value(row));
    (void)json_object_set_new_nocheck(o, "findings", findings_value(row));
    put(o, "rules", row->rules);
    put(o, "fingerprint", row->fingerprint);
    put_time(o, "last_seen", row->last_seen);
    (void)json_object_set_new_nocheck(o, "certificates", certs_value(row));
    (void)json_object_set_new_nocheck(o, "unexplained", failures_value(row));
    put(o, "report", row->report);
    (void)json_object_set_new_nocheck(o, "left_out",
                                      json_integer((json_int_t)row->left_out));
    if (internal) {
        (void)json_object_set_new_nocheck(o, "no_bundle",
                                          json_integer((json_int_t)row->no_bundle));
        (void)json_object_set_new_nocheck(o, "nothing", json_boolean(row->nothing));
    }
    /* ASCII: a row is looked at on terminals too */
    (void)json_dump_callback(o, take_dump, out,
                             JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
    json_decref(o);
    xd_buf_puts(out, "\n");
}

/* ---- reading ---- */

static const char *take_text(struct xd_arena *a, const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return json_is_string(v)
               ? xd_text_clean(a, json_string_value(v), json_string_length(v), XD_ROW_TEXT)
               : NULL;
}

/* Never NULL. */
static const char *take_word(struct xd_arena *a, const json_t *o, const char *key)
{
    const char *text = take_text(a, o, key);

    return text != NULL ? text : "";
}

static xd_time take_time(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    xd_time t = XD_TIME_NONE;

    if (!json_is_string(v) ||
        !xd_time_parse(json_string_value(v), json_string_length(v), &t, NULL)) {
        return XD_TIME_NONE;
    }
    return t;
}

static uint64_t take_count(const json_t *o, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(o, key));

    return n < 0 ? 0 : (uint64_t)n;
}

/* An array of at most max objects; the rest counts as left out. */
static size_t take_array(struct xd_row *row, const json_t *o, const char *key, size_t max)
{
    size_t n = json_array_size(json_object_get(o, key));

    if (n > max) {
        row->left_out += n - max;
        return max;
    }
    return n;
}

static void read_inputs(const json_t *o, struct xd_arena *a, struct xd_row *row)
{
    size_t n = take_array(row, o, "inputs", XD_ROW_INPUTS);

    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "inputs"), i);
        struct xd_row_input *in = XD_PUSH(a, row, inputs);

        in->path = take_word(a, v, "path");
        in->bytes = take_count(v, "bytes");
        in->modified = take_time(v, "modified");
        in->sha256 = take_text(a, v, "sha256");
        in->problem = take_text(a, v, "problem");
    }
}

static void read_nodes(const json_t *o, struct xd_arena *a, struct xd_row *row)
{
    size_t n = take_array(row, o, "nodes", XD_ROW_NODES);

    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "nodes"), i);
        struct xd_row_node *node = XD_PUSH(a, row, nodes);

        node->id = take_word(a, v, "id");
        node->role = take_word(a, v, "role");
        node->version = take_text(a, v, "version");
        node->eku_check = take_text(a, v, "eku_check");
    }
}

static void read_findings(const json_t *o, struct xd_arena *a, struct xd_row *row)
{
    size_t n = take_array(row, o, "findings", XD_ROW_FINDINGS);

    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "findings"), i);
        struct xd_row_finding *f = XD_PUSH(a, row, findings);

        f->id = take_word(a, v, "id");
        f->severity = take_word(a, v, "severity");
        f->confidence = take_word(a, v, "confidence");
        f->node = take_text(a, v, "node");
    }
}

static void read_certs(const json_t *o, struct xd_arena *a, struct xd_row *row)
{
    size_t n = take_array(row, o, "certificates", XD_ROW_CERTS);

    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "certificates"), i);
        struct xd_row_cert *c = XD_PUSH(a, row, certs);

        c->node = take_word(a, v, "node");
        c->store = take_word(a, v, "store");
        c->sha256 = take_word(a, v, "sha256");
        c->subject = take_text(a, v, "subject");
        c->issuer = take_text(a, v, "issuer");
        c->issuer_kind = take_word(a, v, "issuer_kind");
        c->not_after = take_time(v, "not_after");
        c->client_auth = json_is_true(json_object_get(v, "client_auth"));
        c->policy_date = take_time(v, "policy_date");
    }
}

static void read_failures(const json_t *o, struct xd_arena *a, struct xd_row *row)
{
    size_t n = take_array(row, o, "unexplained", XD_ROW_FAILURES);

    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(json_object_get(o, "unexplained"), i);

        if (json_is_string(v)) {
            *XD_PUSH(a, row, failures) =
                xd_text_clean(a, json_string_value(v), json_string_length(v), XD_ROW_TEXT);
        }
    }
}

static bool read_status(const json_t *o, enum xd_row_status *out)
{
    const char *name = json_string_value(json_object_get(o, "status"));

    for (int i = 0; name != NULL && i < (int)XD_ROW_COUNT; i++) {
        if (strcmp(name, xd_row_status_name((enum xd_row_status)i)) == 0) {
            *out = (enum xd_row_status)i;
            return true;
        }
    }
    return false;
}

enum xd_rc xd_row_read(struct xd_slice line, struct xd_arena *a, struct xd_row *out,
                       struct xd_err *err)
{
    json_error_t why;

    take_memory();
    json_t *o = json_loadb((const char *)line.p, line.len, 0, &why);

    *out = (struct xd_row){.name = NULL};
    if (!json_is_object(o) || !read_status(o, &out->status) ||
        !json_is_string(json_object_get(o, "case"))) {
        json_decref(o);
        return xd_err_set(err, XD_BAD, 0, "not a row of expdiag batch");
    }
    out->name = take_word(a, o, "case");
    out->reason = take_text(a, o, "reason");
    out->seconds = json_number_value(json_object_get(o, "seconds"));
    out->peak_mib = json_number_value(json_object_get(o, "peak_mib"));
    out->condition = take_text(a, o, "condition");
    out->rules = take_word(a, o, "rules");
    out->fingerprint = take_word(a, o, "fingerprint");
    out->last_seen = take_time(o, "last_seen");
    out->report = take_text(a, o, "report");
    out->left_out = take_count(o, "left_out");
    out->no_bundle = (size_t)take_count(o, "no_bundle");
    out->nothing = json_is_true(json_object_get(o, "nothing"));
    read_inputs(o, a, out);
    read_nodes(o, a, out);
    read_findings(o, a, out);
    read_certs(o, a, out);
    read_failures(o, a, out);
    json_decref(o);
    return XD_OK;
}
