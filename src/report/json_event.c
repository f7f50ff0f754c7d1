/*
 * json_event.c - what the logs tell of the incident's course, a row a line.
 */
#include "json_priv.h"

#include "say_priv.h"

static json_t *build_endpoint(const struct xd_endpoint *e)
{
    json_t *o = json_object();

    xd_json_address(o, "address", &e->addr);
    xd_json_count(o, "port", e->port);
    return o;
}

static json_t *build_event(struct xd_json *j, const struct xd_told *row)
{
    const struct xd_log_event *e = row->event;
    json_t *o = json_object();

    xd_json_text(j, o, "kind", xd_event_kind_name(e->kind));
    xd_json_time(o, "time", e->place.time);
    if (row->count > 1) {
        xd_json_number(o, "count", row->count);
        xd_json_time(o, "last", row->last);
    }
    xd_json_text(j, o, "entry", xd_report_label(e->place.entry));
    xd_json_count(o, "line", e->place.line);
    if (e->role != XD_LOG_ROLE_UNKNOWN) {
        xd_json_text(j, o, "role", e->role == XD_LOG_ROLE_CLIENT ? "client" : "server");
    }
    if (e->remote.addr.family != XD_ADDR_NONE) {
        json_object_set_new_nocheck(o, "remote", build_endpoint(&e->remote));
    }
    if (e->name != NULL) {
        xd_json_text(j, o, "name", e->name);
    }
    if (e->detail != NULL) {
        xd_json_text(j, o, "detail", e->detail);
    }
    if (e->name == NULL && e->detail == NULL) {
        xd_json_text(j, o, "quote", e->quote);
    }
    return o;
}

void xd_json_events(struct xd_json *j)
{
    const struct xd_case *cs = j->cs;
    struct xd_told_list told = xd_told_events(cs);

    xd_json_open(j, "log_events", '{');
    xd_json_put(j, "seen",
                json_integer((json_int_t)cs->n_events + (json_int_t)cs->events_untold));
    xd_json_put(j, "left_out", json_integer((json_int_t)cs->events_left_out));
    xd_json_open(j, "rows", '[');
    for (size_t i = 0; i < told.n; i++) {
        xd_json_put_line(j, build_event(j, &told.rows[i]));
    }
    xd_json_close(j, ']');
    xd_json_put(j, "rows_left_out", json_integer((json_int_t)told.left_out));
    xd_json_close(j, '}');
    xd_told_done(&told);
}
