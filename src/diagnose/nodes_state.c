/*
 * nodes_state.c - tunnels and alarms of one node from xstat, alarms and changed
 * settings from its log.
 *
 * No public sample shows the X15 form of these tables: any element whose name holds
 * "tunnel", and any "alarm" or "warning", is taken by the words of its columns.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

/* Rows of a table by the path that leads to them. */
struct xd_status_build {
    struct xd_map *rows; /* path and index -> position + 1, as a pointer into numbers */
    struct xd_arena *arena;
};

struct xd_status_build *xd_status_begin(void)
{
    struct xd_status_build *b = xd_alloc(sizeof(*b));

    b->rows = xd_map_new();
    b->arena = xd_arena_new();
    return b;
}

void xd_status_end(struct xd_dump_reader *r)
{
    xd_map_free(r->status->rows);
    xd_arena_free(r->status->arena);
    xd_free(r->status);
    r->status = NULL;
}

/*
 * The position of the row whose element is word i of the path; *fresh: it is new and
 * gets position n.
 */
static size_t find_row(struct xd_dump_reader *r, const struct xd_words *w, size_t i,
                       size_t n, bool *fresh)
{
    uint8_t key[XD_WORDS_KEY + sizeof(w->index)];
    size_t len = w->at[i] + strcspn(w->key + w->at[i], " ");
    size_t numbers = (i + 1) * sizeof(w->index[0]);

    memcpy(key, w->key, len);
    memcpy(key + len, w->index, numbers);
    struct xd_slice slice = {.p = key, .len = len + numbers};
    const size_t *at = xd_map_get(r->status->rows, slice);
    *fresh = at == NULL;
    if (at != NULL) {
        return *at;
    }
    size_t *place = xd_arena_alloc(r->status->arena, sizeof(*place));
    *place = n;
    xd_map_put(r->status->rows, slice, place);
    return n;
}

static void take_tunnel(struct xd_dump_reader *r, const struct xd_words *w, size_t element,
                        const struct xd_setting *s)
{
    const char *field = xd_words_from(w, element + 1);
    struct xd_node *node = r->node;
    bool fresh = false;

    if (!xd_reader_takes(r, w, s)) {
        return;
    }
    size_t at = find_row(r, w, element, node->n_tunnels, &fresh);

    if (at >= XD_MAX_TUNNELS) {
        xd_case_note_limit(r->cs, r->dump->entry,
                           "more than %d SSH tunnels; the rest was not read",
                           XD_MAX_TUNNELS);
        return;
    }
    struct xd_tunnel *t = fresh ? XD_PUSH(r->cs->arena, node, tunnels) : &node->tunnels[at];
    if (fresh) {
        t->state = xd_reader_place(r, s);
    }
    if (strcmp(field, "target") == 0) {
        t->target = s->value;
    } else if (strcmp(field, "domain") == 0) {
        t->domain = s->value;
    } else if (strcmp(field, "status") == 0) {
        t->status = s->value;
        t->state = xd_reader_place(r, s);
    } else if (strstr(field, "created") != NULL) {
        t->created = s->value;
    } else if (strcmp(field, "reason") == 0) {
        t->reason = s->value;
    } else if (strcmp(field, "peer") == 0) {
        t->peer = s->value;
    }
}

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void take_alarm_time(struct xd_alarm *a, const char *value)
{
    xd_time t;

    if (a->time == XD_TIME_NONE && xd_time_parse(value, strlen(value), &t, NULL)) {
        a->time = t;
    }
}

static void take_alarm(struct xd_dump_reader *r, const struct xd_words *w, size_t element,
                       const struct xd_setting *s)
{
    static const char *const ids[] = {"id", "alarmid", "code"};
    static const char *const details[] = {"detail",  "description", "reason",
                                          "message", "title",       "details"};
    const char *field = xd_words_from(w, element + 1);
    struct xd_node *node = r->node;
    bool fresh = false;

    if (!xd_reader_takes(r, w, s)) {
        return;
    }
    size_t at = find_row(r, w, element, node->n_alarms, &fresh);

    if (at >= XD_MAX_ALARMS) {
        xd_case_note_limit(r->cs, r->dump->entry,
                           "more than %d alarms; the rest was not read", XD_MAX_ALARMS);
        return;
    }
    struct xd_alarm *a = fresh ? XD_PUSH(r->cs->arena, node, alarms) : &node->alarms[at];
    if (fresh) {
        a->time = XD_TIME_NONE;
        a->place = xd_reader_place(r, s);
    }
    if (is_one_of(field, ids, sizeof(ids) / sizeof(ids[0]))) {
        a->id = s->value;
        a->place = xd_reader_place(r, s);
    } else if (is_one_of(field, details, sizeof(details) / sizeof(details[0]))) {
        a->detail = a->detail != NULL ? a->detail : s->value;
    } else if (strcmp(field, "state") == 0 || strcmp(field, "status") == 0) {
        a->lowered =
            a->lowered || xd_text_contains_nocase(xd_slice_of(s->value), "lowered");
    } else if (strstr(field, "time") != NULL || strstr(field, "raised") != NULL) {
        take_alarm_time(a, s->value);
    }
}

bool xd_status_take(struct xd_dump_reader *r, const struct xd_words *w,
                    const struct xd_setting *s)
{
    for (size_t i = w->n; i-- > 1;) {
        size_t element = i - 1; /* the innermost element of the table, before its column */
        struct xd_slice word = {.p = (const uint8_t *)w->key + w->at[element],
                                .len = strcspn(w->key + w->at[element], " ")};

        if (xd_text_contains_nocase(word, "tunnel")) {
            take_tunnel(r, w, element, s);
            return true;
        }
        if (xd_words_is(w, element, "alarm") || xd_words_is(w, element, "warning")) {
            take_alarm(r, w, element, s);
            return true;
        }
    }
    return false;
}

/* --- the log --- */

/* The node's alarm of this id and text; a dump's row without text takes the log's. */
static struct xd_alarm *find_alarm(const struct xd_node *node, const char *id,
                                   const char *detail)
{
    for (size_t i = 0; i < node->n_alarms; i++) {
        struct xd_alarm *a = &node->alarms[i];

        if (a->id != NULL && id != NULL && strcmp(a->id, id) == 0 &&
            (a->detail == NULL || detail == NULL || strcmp(a->detail, detail) == 0)) {
            return a;
        }
    }
    return NULL;
}

/* The alarms while the log is read: when each was last raised, by position. */
struct alarm_times {
    xd_time raised[XD_MAX_ALARMS];
};

static void raise_alarm(struct xd_case *cs, struct xd_node *node, struct alarm_times *times,
                        const struct xd_log_event *ev)
{
    struct xd_alarm *a = find_alarm(node, ev->name, ev->detail);

    if (a == NULL) {
        if (node->n_alarms >= XD_MAX_ALARMS) {
            xd_case_note_limit(cs, ev->place.entry,
                               "more than %d alarms; the rest was not read", XD_MAX_ALARMS);
            return;
        }
        a = XD_PUSH(cs->arena, node, alarms);
        a->id = ev->name;
        a->time = ev->place.time;
        a->place = ev->place;
    }
    xd_time *raised = &times->raised[a - node->alarms];
    *raised = ev->last > *raised ? ev->last : *raised;
    a->detail = a->detail != NULL ? a->detail : ev->detail;
    a->time = a->time != XD_TIME_NONE ? a->time : ev->place.time;
    a->lowered = false;
}

/* Unless it was raised again later. */
static void lower_alarm(struct xd_node *node, const struct alarm_times *times,
                        const struct xd_log_event *ev)
{
    for (size_t i = 0; i < node->n_alarms && ev->name != NULL; i++) {
        struct xd_alarm *a = &node->alarms[i];

        if (a->id != NULL && strcmp(a->id, ev->name) == 0 &&
            (a->detail == NULL || ev->detail == NULL ||
             strcmp(a->detail, ev->detail) == 0)) {
            a->lowered = a->lowered || ev->last >= times->raised[i];
        }
    }
}

static void add_change(struct xd_case *cs, struct xd_node *node,
                       const struct xd_log_event *ev)
{
    if (node->n_changes >= XD_MAX_SETTING_CHANGES) {
        xd_case_note_limit(cs, ev->place.entry,
                           "more than %d changes of settings; the rest was not read",
                           XD_MAX_SETTING_CHANGES);
        return;
    }
    struct xd_setting_change *change = XD_PUSH(cs->arena, node, changes);
    change->time = ev->place.time;
    change->setting = ev->name;
    change->from = ev->from;
    change->to = ev->to;
    change->place = ev->place;
}

static bool is_loopback(const struct xd_addr *a)
{
    return a->family == XD_ADDR_V4 && a->bytes[0] == 127;
}

/* Without dumps, the log's own end of each connection is all that tells an address. */
static void add_local(struct xd_case *cs, struct xd_node *node, const struct xd_addr *addr)
{
    enum { ENOUGH = 8 };

    if (addr->family == XD_ADDR_NONE || is_loopback(addr) || node->n_addrs >= ENOUGH ||
        xd_node_has_address(node, addr)) {
        return;
    }
    *XD_PUSH(cs->arena, node, addrs) = *addr;
}

void xd_nodes_read_log(struct xd_case *cs, struct xd_node *node)
{
    bool addresses_known = node->n_addrs > 0;
    struct alarm_times *times = xd_alloc(sizeof(*times));

    for (size_t i = 0; i < XD_MAX_ALARMS; i++) {
        times->raised[i] = XD_TIME_NONE;
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        const struct xd_log_event *ev = cs->events[i];

        if (ev->place.entry == NULL || ev->place.entry != node->log) {
            continue;
        }
        if (ev->kind == XD_LOG_ALARM_RAISED) {
            raise_alarm(cs, node, times, ev);
        } else if (ev->kind == XD_LOG_SETTING_CHANGED) {
            add_change(cs, node, ev);
        }
        if (!addresses_known) {
            add_local(cs, node, &ev->local.addr);
        }
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        if (cs->events[i]->kind == XD_LOG_ALARM_LOWERED &&
            cs->events[i]->place.entry == node->log) {
            lower_alarm(node, times, cs->events[i]);
        }
    }
    xd_free(times);
}

/*
 * An event that names both ends and not which of them the node is: Src opened the
 * connection, and the node is the one whose address it has.
 */
static void turn_event(const struct xd_case *cs, struct xd_log_event *e)
{
    const struct xd_node *n = xd_node_of_entry(cs, e->place.entry);

    if (n == NULL ||
        xd_node_has_address(n, &e->local.addr) == xd_node_has_address(n, &e->remote.addr)) {
        return;
    }
    e->role = XD_LOG_ROLE_CLIENT;
    if (xd_node_has_address(n, &e->remote.addr)) {
        struct xd_endpoint server = e->remote;

        e->remote = e->local;
        e->local = server;
        e->role = XD_LOG_ROLE_SERVER;
    }
}

void xd_nodes_turn_events(const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_events; i++) {
        struct xd_log_event *e = cs->events[i];

        if (e->kind == XD_LOG_TLS_ERROR && e->role == XD_LOG_ROLE_UNKNOWN) {
            turn_event(cs, e);
        }
    }
}
