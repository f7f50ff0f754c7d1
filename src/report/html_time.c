/*
 * html_time.c - what the logs say and what the captures show, on one axis of time.
 */
#include "html_priv.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

enum { COMPARED = 64 }; /* moments that a new one is compared with, back from the last */

struct moments {
    struct xd_html *h;
    struct xd_moment *rows;
    size_t n, cap;
    size_t left_out;
};

bool xd_html_has_timeline(const struct xd_case *cs)
{
    return cs->n_events + cs->events_untold > 0 || cs->n_flows > 0;
}

static const char *event_words(enum xd_log_kind kind)
{
    switch (kind) {
    case XD_LOG_TLS_ERROR:
        return "TLS negotiation error";
    case XD_LOG_TLS_FAILED:
        return "TLS handshake failed";
    case XD_LOG_TLS_SUCCEEDED:
        return "TLS handshake succeeded";
    case XD_LOG_TLS_COMMON_NAME:
        return "peer's common name";
    case XD_LOG_TLS_ALT_NAME:
        return "peer's alternative name";
    case XD_LOG_TCP_FAILED:
        return "TCP connection failed";
    case XD_LOG_TCP_CLOSED:
        return "TCP connection closed";
    case XD_LOG_SSH:
        return "SSH";
    case XD_LOG_TRAFFIC_SERVER:
        return "traffic server";
    case XD_LOG_XCP_TLS:
        return "XCP";
    case XD_LOG_ALARM_RAISED:
        return "alarm raised";
    case XD_LOG_ALARM_LOWERED:
        return "alarm lowered";
    case XD_LOG_SETTING_CHANGED:
        return "setting changed";
    case XD_LOG_AUTH_FAILED:
        return "authentication failed";
    case XD_LOG_RESOLVE_FAILED:
        return "name not resolved";
    case XD_LOG_RESTART:
        return "restart";
    case XD_LOG_MARKER:
        return "marker";
    case XD_LOG_ZONE_MATCH:
        return "zone matched";
    }
    return "";
}

static const struct xd_node *node_of(const struct xd_case *cs, const struct xd_entry *entry)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (cs->nodes[i]->log == entry) {
            return cs->nodes[i];
        }
    }
    return NULL;
}

static bool is_same(const struct xd_moment *a, const struct xd_moment *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    return a->kind == XD_MOMENT_FLOW && xd_group_same_flow(a->flow, b->flow);
}

/* Repeated ones become one row that counts. */
static void add(struct moments *m, struct xd_moment what)
{
    size_t from = m->n > COMPARED ? m->n - COMPARED : 0;

    for (size_t i = m->n; i > from; i--) {
        struct xd_moment *old = &m->rows[i - 1];
        if (is_same(old, &what)) {
            old->count += what.count;
            old->last = what.last > old->last ? what.last : old->last;
            return;
        }
    }
    if (m->n == m->cap) {
        m->left_out++;
        return;
    }
    what.order = m->n;
    m->rows[m->n++] = what;
}

static void add_flows(struct moments *m)
{
    const struct xd_case *cs = m->h->cs;

    bool *of_case = xd_report_case_flows(cs);

    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        if (of_case[i]) {
            add(m, (struct xd_moment){.kind = XD_MOMENT_FLOW,
                                      .time = f->first.time,
                                      .last = f->first.time,
                                      .count = 1,
                                      .flow = f});
        }
    }
    xd_free(of_case);
}

static void add_node(struct moments *m, const struct xd_node *n)
{
    if (n->as_of != XD_TIME_NONE) {
        add(m, (struct xd_moment){
                   .kind = XD_MOMENT_DUMP, .time = n->as_of, .count = 1, .node = n});
    }
    for (size_t i = 0; i < n->n_alarms; i++) {
        const struct xd_alarm *a = &n->alarms[i];
        if (a->time != XD_TIME_NONE && xd_alarm_matters(a)) {
            add(m, (struct xd_moment){.kind = XD_MOMENT_ALARM,
                                      .time = a->time,
                                      .count = 1,
                                      .node = n,
                                      .alarm = a});
        }
    }
    for (size_t i = 0; i < n->n_changes; i++) {
        add(m, (struct xd_moment){.kind = XD_MOMENT_CHANGE,
                                  .time = n->changes[i].time,
                                  .count = 1,
                                  .node = n,
                                  .change = &n->changes[i]});
    }
}

/* Repeated ones are one already. */
static void add_events(struct moments *m)
{
    const struct xd_case *cs = m->h->cs;
    struct xd_told_list told = xd_told_events(cs);

    for (size_t i = 0; i < told.n; i++) {
        const struct xd_told *row = &told.rows[i];
        add(m, (struct xd_moment){.kind = XD_MOMENT_LOG,
                                  .time = row->event->place.time,
                                  .last = row->last,
                                  .count = row->count,
                                  .node = node_of(cs, row->event->place.entry),
                                  .event = row->event});
    }
    m->left_out += told.left_out;
    xd_told_done(&told);
}

static int compare(const void *a, const void *b)
{
    const struct xd_moment *x = a;
    const struct xd_moment *y = b;

    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order ? 1 : 0;
}

/* ---- writing ---- */

/* SSH says what went well and what went wrong in lines of one kind. */
static bool tells_failure(const char *detail)
{
    static const char *const words[] = {"denied",      "refused",     "failed",
                                        "timed out",   "timeout",     "could not",
                                        "no matching", "unreachable", "no route"};

    for (size_t i = 0; detail != NULL && i < sizeof words / sizeof *words; i++) {
        if (xd_text_contains_nocase(xd_slice_of(detail), words[i])) {
            return true;
        }
    }
    return false;
}

static enum xd_tone event_tone(const struct xd_log_event *e)
{
    switch (e->kind) {
    case XD_LOG_TLS_ERROR:
    case XD_LOG_TLS_FAILED:
    case XD_LOG_TRAFFIC_SERVER:
    case XD_LOG_XCP_TLS:
    case XD_LOG_TCP_FAILED:
    case XD_LOG_AUTH_FAILED:
    case XD_LOG_RESOLVE_FAILED:
        return XD_TONE_BAD;
    case XD_LOG_TLS_SUCCEEDED:
    case XD_LOG_ALARM_LOWERED:
        return XD_TONE_OK;
    case XD_LOG_ALARM_RAISED:
    case XD_LOG_RESTART:
        return XD_TONE_WARN;
    case XD_LOG_SSH:
        return tells_failure(e->detail) ? XD_TONE_BAD : XD_TONE_INFO;
    case XD_LOG_TLS_COMMON_NAME:
    case XD_LOG_TLS_ALT_NAME:
    case XD_LOG_TCP_CLOSED:
    case XD_LOG_SETTING_CHANGED:
    case XD_LOG_MARKER:
    case XD_LOG_ZONE_MATCH:
        break;
    }
    return XD_TONE_INFO;
}

/* Does the detail only repeat our words, as "Handshake succeeded" does? */
static const char *own_detail(const struct xd_log_event *e)
{
    bool repeats = e->detail != NULL &&
                   xd_text_contains_nocase(xd_slice_of(event_words(e->kind)), e->detail);

    return repeats ? "" : e->detail;
}

static void say_event(struct xd_out *o, const struct xd_log_event *e)
{
    char text[XD_ENDPOINT_TEXT];
    const char *detail = own_detail(e);

    xd_out_text(o, event_words(e->kind));
    if (e->remote.addr.family != XD_ADDR_NONE) {
        xd_out_printf(o, " with %s",
                      e->remote.port != 0 ? xd_endpoint_format(&e->remote, text)
                                          : xd_addr_format(&e->remote.addr, text));
    }
    if (e->name != NULL && e->detail == NULL) {
        xd_out_printf(o, ": %s", e->name);
    }
    if (detail != NULL && *detail != '\0') {
        xd_out_printf(o, ": %s", detail);
    }
    if (e->detail == NULL && e->name == NULL) {
        xd_out_printf(o, ": %s", e->quote != NULL ? e->quote : "");
    }
}

enum xd_tone xd_moment_tone(const struct xd_moment *x)
{
    switch (x->kind) {
    case XD_MOMENT_LOG:
        return event_tone(x->event);
    case XD_MOMENT_FLOW:
        return xd_outcome_tone(x->flow);
    case XD_MOMENT_ALARM:
        return x->alarm->lowered ? XD_TONE_INFO : XD_TONE_WARN;
    case XD_MOMENT_CHANGE:
    case XD_MOMENT_DUMP:
        break;
    }
    return XD_TONE_INFO;
}

static const char *kind_word(enum xd_moment_kind kind)
{
    switch (kind) {
    case XD_MOMENT_LOG:
        return "log";
    case XD_MOMENT_FLOW:
        return "capture";
    case XD_MOMENT_ALARM:
        return "alarm";
    case XD_MOMENT_CHANGE:
        return "setting";
    case XD_MOMENT_DUMP:
        return "status";
    }
    return "";
}

static void say_flow(struct xd_out *o, const struct xd_flow *f)
{
    xd_out_printf(o, "%s, ", xd_service_name(f->service));
    xd_say_protocol(o, f);
    xd_out_printf(o, ", #%u: ", f->id);
    xd_say_outcome(o, f);
}

void xd_say_moment(struct xd_out *o, const struct xd_moment *x)
{
    switch (x->kind) {
    case XD_MOMENT_LOG:
        say_event(o, x->event);
        break;
    case XD_MOMENT_FLOW:
        say_flow(o, x->flow);
        break;
    case XD_MOMENT_ALARM:
        xd_say_alarm(o, x->alarm);
        break;
    case XD_MOMENT_CHANGE:
        xd_say_change(o, x->change);
        break;
    case XD_MOMENT_DUMP:
        xd_out_text(o, xd_report_has_dumps(x->node)
                           ? "settings and status of the dumps are of this time"
                           : "logging begins; settings and status are not in the bundle");
        break;
    }
}

static void write_what(struct xd_html *h, const struct xd_moment *x)
{
    xd_html_sign(h, xd_moment_tone(x));
    if (x->kind == XD_MOMENT_FLOW) {
        xd_say_side(&h->say, x->flow, XD_CLIENT);
        xd_out_text(&h->say, " → ");
        xd_say_target(&h->say, x->flow);
        xd_out_text(&h->say, ", ");
    }
    xd_say_moment(&h->say, x);
    xd_html_said(h);
    if (x->count > 1) {
        xd_html_raw(h, " <span class=\"dim\">%llu times, the last at ",
                    (unsigned long long)x->count);
        xd_html_time(h, x->last);
        xd_html_raw(h, "</span>");
    }
}

static const struct xd_place *place_of(const struct xd_moment *x)
{
    static const struct xd_place none = {.time = XD_TIME_NONE};

    switch (x->kind) {
    case XD_MOMENT_LOG:
        return &x->event->place;
    case XD_MOMENT_FLOW:
        return x->flow->failure.place.entry != NULL ? &x->flow->failure.place
                                                    : &x->flow->first;
    case XD_MOMENT_ALARM:
        return &x->alarm->place;
    case XD_MOMENT_CHANGE:
        return &x->change->place;
    case XD_MOMENT_DUMP:
        break;
    }
    return &none;
}

static void write_row(struct xd_html *h, const struct xd_moment *x)
{
    xd_html_raw(h, "<tr class=\"%s\">", kind_word(x->kind));
    xd_html_cell(h, "When");
    xd_html_time(h, x->time);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Source");
    if (x->node != NULL) {
        xd_html_text(h, x->node->id);
        xd_html_raw(h, ", ");
    }
    xd_html_raw(h, "%s</td>", kind_word(x->kind));
    xd_html_cell(h, "What");
    write_what(h, x);
    xd_html_raw(h, "<br>");
    xd_html_place(h, place_of(x));
    xd_html_raw(h, "</td></tr>\n");
}

void xd_html_timeline(struct xd_html *h)
{
    static const char *const heads[] = {"When", "Source", "What, and where it stands",
                                        NULL};
    struct moments m = {.h = h, .cap = XD_HTML_MOMENTS};

    m.rows = xd_alloc_array(m.cap, sizeof(*m.rows));
    for (size_t i = 0; i < h->cs->n_nodes; i++) {
        add_node(&m, h->cs->nodes[i]);
    }
    add_flows(&m);
    add_events(&m);
    qsort(m.rows, m.n, sizeof(*m.rows), compare);
    xd_html_section(h, "timeline", "Timeline");
    xd_html_lanes(h, m.rows, m.n);
    xd_html_table(
        h, "Log, capture, alarms and settings in order of time; repeated ones once", heads);
    for (size_t i = 0; i < m.n; i++) {
        write_row(h, &m.rows[i]);
    }
    xd_html_table_end(h);
    xd_html_left_out(h, m.left_out, "moment");
    xd_html_section_end(h);
    xd_free(m.rows);
}
