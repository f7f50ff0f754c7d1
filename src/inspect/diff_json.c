/*
 * diff_json.c - what changed, as JSON of the schema expdiag-diff/1.
 */
#include "inspect_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <jansson.h>
#include <string.h>

static json_t *text_of(const char *text)
{
    json_t *value = text == NULL ? json_null() : json_string(text);

    return value != NULL ? value : json_null();
}

static json_t *time_of(xd_time t)
{
    char text[XD_TIME_TEXT];

    return t == XD_TIME_NONE ? json_null() : text_of(xd_time_format(t, text));
}

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static json_t *cert_of(const struct xd_cert *c)
{
    char hex[65];

    if (c == NULL) {
        return json_null();
    }
    json_t *o = json_object();

    xd_text_hex(c->sha256, 32, hex);
    set(o, "sha256", text_of(hex));
    set(o, "serial", text_of(c->serial));
    set(o, "subject", text_of(c->subject));
    set(o, "issuer", text_of(c->issuer));
    set(o, "not_before", time_of(c->parsed ? c->not_before : XD_TIME_NONE));
    set(o, "not_after", time_of(c->parsed ? c->not_after : XD_TIME_NONE));
    set(o, "client_auth",
        c->parsed ? json_boolean(xd_cert_permits_client(c)) : json_null());
    set(o, "server_auth",
        c->parsed ? json_boolean(xd_cert_permits_server(c)) : json_null());
    set(o, "is_ca", json_boolean(c->is_ca));
    return o;
}

static json_t *place_of(const struct xd_place *p)
{
    if (p->entry == NULL) {
        return json_null();
    }
    json_t *o = json_object();

    set(o, "entry", text_of(p->entry->label));
    set(o, "line", p->line == 0 ? json_null() : json_integer((json_int_t)p->line));
    return o;
}

static json_t *row_of(const struct xd_diff_row *r)
{
    json_t *o = json_object();

    if (r->kind == XD_DIFF_CERTIFICATE) {
        set(o, "where", text_of(r->what));
        set(o, "before", cert_of(r->cert_before));
        set(o, "after", cert_of(r->cert_after));
        set(o, "file_missing",
            text_of(r->before != NULL  ? "before"
                    : r->after != NULL ? "after"
                                       : NULL));
        return o;
    }
    set(o, r->kind == XD_DIFF_SETTING ? "path" : "what", text_of(r->what));
    set(o, "before", text_of(r->before));
    set(o, "after", text_of(r->after));
    set(o, "matters", json_boolean(r->matters));
    set(o, "place_before", place_of(&r->place_before));
    set(o, "place_after", place_of(&r->place_after));
    return o;
}

static json_t *rows_of(const struct xd_diff_pair *p, const struct xd_diff_options *o,
                       enum xd_diff_kind kind)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < p->n_rows; i++) {
        if (p->rows[i].kind == kind && (!p->rows[i].passing || o->passing)) {
            (void)json_array_append_new(rows, row_of(&p->rows[i]));
        }
    }
    return rows;
}

static json_t *node_of(const struct xd_case *cs, const struct xd_node *n)
{
    json_t *o = json_object();

    set(o, "id", text_of(n->id));
    set(o, "input", text_of(cs->inputs[n->input].path));
    set(o, "role", text_of(xd_node_role_name(n->role)));
    set(o, "version", text_of(n->version.text));
    set(o, "as_of", time_of(n->as_of));
    return o;
}

static json_t *pair_of(const struct xd_diff *d, const struct xd_diff_pair *p,
                       const struct xd_diff_options *options)
{
    json_t *o = json_object();

    set(o, "before", node_of(d->before, p->before));
    set(o, "after", node_of(d->after, p->after));
    set(o, "settings_compared", json_boolean(p->has_settings));
    set(o, "status_compared", json_boolean(p->has_status));
    set(o, "certificates", rows_of(p, options, XD_DIFF_CERTIFICATE));
    set(o, "settings", rows_of(p, options, XD_DIFF_SETTING));
    set(o, "status", rows_of(p, options, XD_DIFF_STATUS));
    set(o, "secrets_not_compared", json_integer((json_int_t)p->n_secrets));
    set(o, "left_out", json_integer((json_int_t)p->n_left_out));
    return o;
}

static json_t *nodes_of(const struct xd_case *cs, const struct xd_node *const *nodes,
                        size_t n)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(rows, node_of(cs, nodes[i]));
    }
    return rows;
}

enum xd_rc xd_inspect_diff_json(const struct xd_diff *d,
                                const struct xd_diff_options *options, int fd,
                                struct xd_err *err)
{
    json_set_alloc_funcs(xd_alloc, xd_free); /* want of memory must not shorten it */
    json_t *root = json_object();
    json_t *tool = json_object();
    json_t *pairs = json_array();

    for (size_t i = 0; i < d->n_pairs; i++) {
        (void)json_array_append_new(pairs, pair_of(d, &d->pairs[i], options));
    }
    set(tool, "name", text_of("expdiag"));
    set(tool, "version", text_of(EXPDIAG_VERSION));
    set(root, "schema", text_of("expdiag-diff/1"));
    set(root, "tool", tool);
    if (options->generated_at != XD_TIME_NONE) {
        set(root, "generated_at", time_of(options->generated_at));
    }
    set(root, "nodes", pairs);
    set(root, "only_before", nodes_of(d->before, d->gone, d->n_gone));
    set(root, "only_after", nodes_of(d->after, d->come, d->n_come));
    char *text = json_dumps(root, JSON_INDENT(2));
    struct xd_buf out = {.max = SIZE_MAX};

    xd_buf_add_json(&out, text, strlen(text));
    xd_buf_puts(&out, "\n");
    xd_free(text);
    json_decref(root);
    enum xd_rc rc = xd_plain_flush(&out, (struct xd_plain_sink){fd, options->hold}, err);

    xd_buf_done(&out);
    return rc;
}
