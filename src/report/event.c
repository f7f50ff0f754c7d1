/*
 * event.c - the lines of the logs that tell of an incident's course, repeated ones once.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include "say_priv.h"

enum { COMPARED = 64 }; /* rows that a new one is compared with, back from the last */

const char *xd_event_kind_name(enum xd_log_kind kind)
{
    switch (kind) {
    case XD_LOG_TLS_ERROR:
        return "tls-error";
    case XD_LOG_TLS_FAILED:
        return "tls-failed";
    case XD_LOG_TLS_SUCCEEDED:
        return "tls-succeeded";
    case XD_LOG_TLS_COMMON_NAME:
        return "tls-common-name";
    case XD_LOG_TLS_ALT_NAME:
        return "tls-alt-name";
    case XD_LOG_TCP_FAILED:
        return "tcp-failed";
    case XD_LOG_TCP_CLOSED:
        return "tcp-closed";
    case XD_LOG_SSH:
        return "ssh";
    case XD_LOG_TRAFFIC_SERVER:
        return "traffic-server";
    case XD_LOG_XCP_TLS:
        return "xcp-tls";
    case XD_LOG_ALARM_RAISED:
        return "alarm-raised";
    case XD_LOG_ALARM_LOWERED:
        return "alarm-lowered";
    case XD_LOG_SETTING_CHANGED:
        return "setting-changed";
    case XD_LOG_AUTH_FAILED:
        return "auth-failed";
    case XD_LOG_RESOLVE_FAILED:
        return "resolve-failed";
    case XD_LOG_RESTART:
        return "restart";
    case XD_LOG_MARKER:
        return "marker";
    case XD_LOG_ZONE_MATCH:
        return "zone-match";
    }
    return "";
}

/* Names that were found and zones that matched tell nothing of an incident's course. */
static bool is_told(const struct xd_log_event *e)
{
    return e->place.time != XD_TIME_NONE && e->kind != XD_LOG_TLS_COMMON_NAME &&
           e->kind != XD_LOG_TLS_ALT_NAME && e->kind != XD_LOG_ZONE_MATCH &&
           e->kind != XD_LOG_SETTING_CHANGED &&
           (e->kind != XD_LOG_ALARM_RAISED || !xd_alarm_is_routine(e->name));
}

static bool is_same(const struct xd_log_event *a, const struct xd_log_event *b)
{
    return a->kind == b->kind && a->place.entry == b->place.entry && a->role == b->role &&
           xd_text_same(a->detail, b->detail) && xd_text_same(a->name, b->name) &&
           xd_addr_equal(&a->remote.addr, &b->remote.addr);
}

/* The row of the window that tells the same already, or NULL. */
static struct xd_told *find_row(struct xd_told *window, size_t n,
                                const struct xd_log_event *e)
{
    size_t from = n > COMPARED ? n - COMPARED : 0;

    for (size_t i = n; i > from; i--) {
        struct xd_told *row = &window[(i - 1) % COMPARED];
        if (is_same(row->event, e)) {
            return row;
        }
    }
    return NULL;
}

/*
 * Rows are compared in a window that goes on beyond the last row kept, so that what is
 * counted as left out are rows, not lines; and so that rows come out as they went in.
 */
struct xd_told_list xd_told_events(const struct xd_case *cs)
{
    struct xd_told_list list = {.left_out = cs->told_left_out};
    struct xd_told window[COMPARED];
    size_t n = 0;

    list.rows = xd_alloc_array(XD_TOLD_EVENTS, sizeof(*list.rows));
    for (size_t i = 0; i < cs->n_events; i++) {
        const struct xd_log_event *e = cs->events[i];
        if (!is_told(e)) {
            continue;
        }
        struct xd_told *row = find_row(window, n, e);
        if (row != NULL) {
            struct xd_told *kept = row->row < XD_TOLD_EVENTS ? &list.rows[row->row] : row;
            kept->count += e->count;
            kept->last = e->last > kept->last ? e->last : kept->last;
            continue;
        }
        window[n % COMPARED] =
            (struct xd_told){.event = e, .last = e->last, .count = e->count, .row = n};
        if (n < XD_TOLD_EVENTS) {
            list.rows[n] = window[n % COMPARED];
            list.n = n + 1;
        } else {
            list.left_out++;
        }
        n++;
    }
    return list;
}

void xd_told_done(struct xd_told_list *list)
{
    xd_free(list->rows);
    list->rows = NULL;
}
