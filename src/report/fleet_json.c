/*
 * fleet_json.c - the answer over an archive as JSON (expdiag-batch(5)).
 */
#include "fleet_priv.h"
#include "json_priv.h"

#include "expdiag/alloc.h"

static void put_case(struct xd_json *j, json_t *o, const struct xd_fleet_case *c)
{
    xd_json_text(j, o, "case", c->name);
    xd_json_text(j, o, "report", c->report);
}

static json_t *counts_value(struct xd_json *j, const struct xd_fleet_count *rows, size_t n,
                            const char *key)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();

        xd_json_text(j, o, key, rows[i].name);
        if (rows[i].severity != NULL) {
            xd_json_text(j, o, "severity", rows[i].severity);
        }
        xd_json_number(o, "cases", rows[i].cases);
        xd_json_time(o, "first_seen", rows[i].first_seen);
        xd_json_time(o, "last_seen", rows[i].last_seen);
        put_case(j, o, &rows[i].example);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *conditions_value(struct xd_json *j, const struct xd_fleet *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_conditions; i++) {
        const struct xd_fleet_count *c = &f->conditions[i];
        json_t *o = json_object();

        xd_json_text(j, o, "condition", c->name[0] == 'n' ? NULL : c->name);
        xd_json_number(o, "cases", c->cases);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *certs_value(struct xd_json *j, const struct xd_fleet_cert *certs, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *o = json_object();

        xd_json_text(j, o, "subject", certs[i].subject);
        xd_json_text(j, o, "issuer", certs[i].issuer);
        xd_json_text(j, o, "node", certs[i].node);
        xd_json_text(j, o, "store", certs[i].store);
        xd_json_time(o, "not_after", certs[i].not_after);
        xd_json_time(o, "policy_date", certs[i].policy_date);
        put_case(j, o, &certs[i].of);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *weeks_value(const struct xd_fleet *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_weeks; i++) {
        json_t *o = json_object();

        xd_json_time(o, "monday", f->weeks[i].monday);
        xd_json_number(o, "cases", f->weeks[i].cases);
        xd_json_number(o, "with_errors", f->weeks[i].failing);
        xd_json_number(o, "new", f->weeks[i].fresh);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *failures_value(struct xd_json *j, const struct xd_fleet *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_failures; i++) {
        json_t *o = json_object();

        xd_json_text(j, o, "case", f->failures[i].of.name);
        xd_json_text(j, o, "status", xd_row_status_name(f->failures[i].status));
        xd_json_text(j, o, "reason", f->failures[i].reason);
        (void)json_array_append_new(array, o);
    }
    return array;
}

static json_t *status_value(const struct xd_fleet *f)
{
    json_t *o = json_object();

    for (int i = 0; i < (int)XD_ROW_COUNT; i++) {
        xd_json_number(o, xd_row_status_name((enum xd_row_status)i), f->by_status[i]);
    }
    return o;
}

static json_t *time_value(xd_time t)
{
    char text[XD_TIME_TEXT];

    return t == XD_TIME_NONE ? json_null() : json_string(xd_time_format(t, text));
}

enum xd_rc xd_report_fleet_json(const struct xd_fleet *f, int fd, struct xd_err *err)
{
    struct xd_sink sink;
    struct xd_report_options none = {.generated_at = XD_TIME_NONE};
    struct xd_json j = {.sink = &sink, .options = &none, .scratch = xd_arena_new()};

    xd_sink_init(&sink, fd, err);
    xd_json_open(&j, NULL, '{');
    xd_json_put(&j, "schema", json_string("expdiag-fleet/1"));
    xd_json_put(&j, "source", xd_json_text_value(&j, f->source));
    xd_json_put(&j, "at", time_value(f->at));
    xd_json_put(&j, "cases", json_integer((json_int_t)f->cases));
    xd_json_put(&j, "status", status_value(f));
    xd_json_put(&j, "no_rows", json_integer((json_int_t)f->no_rows));
    xd_json_put(&j, "undated", json_integer((json_int_t)f->undated));
    xd_json_put(&j, "conditions", conditions_value(&j, f));
    xd_json_put(&j, "findings", counts_value(&j, f->findings, f->n_findings, "id"));
    xd_json_put(&j, "next_policy_date", time_value(f->next_policy));
    xd_json_put(&j, "breaking", certs_value(&j, f->breaking, f->n_breaking));
    xd_json_put(&j, "expiring", certs_value(&j, f->expiring, f->n_expiring));
    xd_json_put(&j, "unexplained",
                counts_value(&j, f->unexplained, f->n_unexplained, "signature"));
    xd_json_put(&j, "new", counts_value(&j, f->fresh, f->n_fresh, "signature"));
    xd_json_put(&j, "weeks", weeks_value(f));
    xd_json_put(&j, "failures", failures_value(&j, f));
    xd_json_put(&j, "failures_left_out", json_integer((json_int_t)f->failures_left_out));
    xd_json_close(&j, '}');
    xd_arena_free(j.scratch);
    return xd_sink_done(&sink);
}
