/*
 * log.c - a diagnostic log, streaming: blocks to lines, lines to events.
 *
 * Nearly all of a log is dropped by two tests: a line that does not begin with a
 * time belongs to the record above it, and a record without a trigger word says
 * nothing for us.  Only what is left is copied and read, and of it only what stands
 * in front of a secret is kept.
 */
#include "load_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"
#include "expdiag/text.h"

#include <inttypes.h>
#include <string.h>

enum {
    HOSTS = 8,        /* names of hosts counted; a log has one or two */
    HOST_LEN = 128,   /* bytes of a name compared */
    HOST_EACH = 1024, /* records looked at for their host one by one ... */
    HOST_STEP = 64,   /* ... and later every so many */
    HELD_LINES = 16,  /* lines that a value in quotes may go on for */
};

struct host_count {
    char name[HOST_LEN];
    size_t len;
    uint64_t n;
};

struct log {
    struct xd_case *cs;
    struct xd_entry *entry;
    struct xd_log_span span;
    struct xd_log_triggers triggers;
    struct xd_buf carry; /* the head of a line that a block's end cut */
    struct xd_buf work;  /* the record that is read */
    uint64_t
        held_line; /* of the record in it whose value goes on in the next lines, or 0 */
    unsigned held_lines;
    struct xd_buf last;        /* the last record of the blocks before */
    struct xd_slice last_line; /* the last record of this block, borrowed from it */
    struct xd_map *seen;       /* events of this log by what they say */
    size_t first_event;        /* position of this log's first in the case */
    uint64_t records;
    uint64_t read;
    uint64_t binary_line; /* the first line that begins with a NUL byte, or 0 */
    uint64_t long_line;   /* the first line that XD_MAX_LOG_LINE cut, or 0 */
    uint64_t long_record; /* the same of XD_MAX_LOG_RECORD */
    size_t left_out;      /* events beyond XD_MAX_LOG_EVENTS */
    struct host_count hosts[HOSTS];
};

static void *begin_log(struct xd_case *cs, struct xd_entry *entry)
{
    struct log *l = xd_alloc(sizeof(*l));

    l->cs = cs;
    l->entry = entry;
    l->span =
        (struct xd_log_span){.entry = entry, .first = XD_TIME_NONE, .last = XD_TIME_NONE};
    l->carry.max = XD_MAX_LOG_LINE + 2; /* one byte beyond is seen, behind a '\r' too */
    l->work.max = XD_MAX_LOG_LINE;
    l->last.max = XD_MAX_LOG_LINE;
    l->seen = xd_map_new();
    l->first_event = cs->n_events;
    xd_log_triggers_init(&l->triggers);
    return l;
}

/* ---- events -------------------------------------------------------------- */

/* Bytes of a part of the record that may be shown. */
static size_t shown_of(const struct xd_log_record *r, struct xd_slice part)
{
    size_t at = part.len > 0 ? (size_t)(part.p - r->text.p) : 0;

    if (at >= r->shown) {
        return 0;
    }
    return part.len < r->shown - at ? part.len : r->shown - at;
}

static const char *keep_text(struct log *l, const struct xd_log_record *r,
                             struct xd_slice part)
{
    if (part.len == 0) {
        return NULL;
    }
    return xd_load_keep_shown(l->cs->arena, part, shown_of(r, part), XD_MAX_LOG_QUOTE);
}

static void add_part(struct xd_buf *b, const void *bytes, size_t len)
{
    uint32_t n = (uint32_t)len;

    xd_buf_add(b, &n, sizeof(n));
    xd_buf_add(b, bytes, len);
}

static void add_endpoint(struct xd_buf *b, const struct xd_endpoint *e)
{
    add_part(b, e->addr.bytes, e->addr.family == XD_ADDR_NONE ? 0 : sizeof(e->addr.bytes));
    add_part(b, &e->port, sizeof(e->port));
}

/* Two events are one where this is the same: all that they say but when and where. */
static void sum_draft(const struct xd_log_record *r, const struct xd_log_draft *d,
                      uint8_t sum[32])
{
    const struct xd_slice parts[] = {r->host, r->process, d->service, d->detail,
                                     d->name, d->from,    d->to};
    unsigned numbers[] = {(unsigned)d->kind, (unsigned)d->role, d->ssl_error,
                          (unsigned)d->alert, d->has_change};
    struct xd_buf key = {.max = 2 * (size_t)XD_MAX_LOG_LINE};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct xd_slice part = parts[i];

        add_part(&key, part.p != NULL ? part.p : (const uint8_t *)"", shown_of(r, part));
    }
    add_part(&key, numbers, sizeof(numbers));
    add_endpoint(&key, &d->local);
    add_endpoint(&key, &d->remote);
    xd_sha256((struct xd_slice){key.bytes, key.len}, sum);
    xd_buf_done(&key);
}

static struct xd_log_event *new_event(struct log *l, const struct xd_log_record *r,
                                      const struct xd_log_draft *d, uint64_t line)
{
    struct xd_log_event *e = xd_arena_alloc(l->cs->arena, sizeof(*e));

    e->kind = d->kind;
    e->place = (struct xd_place){.entry = l->entry, .line = line, .time = r->time};
    e->last = r->time;
    e->count = 1;
    e->process = keep_text(l, r, r->process);
    e->host = keep_text(l, r, r->host);
    e->local = d->local;
    e->remote = d->remote;
    e->role = d->role;
    e->service = keep_text(l, r, d->service);
    e->detail = keep_text(l, r, d->detail);
    e->name = keep_text(l, r, d->name);
    e->from = d->has_change && d->from.len == 0 ? "" : keep_text(l, r, d->from);
    e->to = d->has_change && d->to.len == 0 ? "" : keep_text(l, r, d->to);
    e->ssl_error = d->ssl_error;
    e->alert = d->alert;
    e->quote = keep_text(l, r, r->text);
    return e;
}

static void keep_event(struct log *l, const struct xd_log_record *r,
                       const struct xd_log_draft *d, uint64_t line)
{
    uint8_t sum[32];

    sum_draft(r, d, sum);
    struct xd_slice key = {sum, sizeof(sum)};
    struct xd_log_event *e = xd_map_get(l->seen, key);

    if (e != NULL) {
        e->count++;
        if (r->time != XD_TIME_NONE && (e->last == XD_TIME_NONE || r->time > e->last)) {
            e->last = r->time;
        }
        return;
    }
    if (l->cs->n_events >= XD_MAX_LOG_EVENTS) {
        l->cs->events_left_out++;
        l->left_out++;
        return;
    }
    e = new_event(l, r, d, line);
    *XD_PUSH(l->cs->arena, l->cs, events) = e;
    xd_map_put(l->seen, key, e);
}

/* ---- records ------------------------------------------------------------- */

static void see_time(struct log *l, xd_time t)
{
    if (t == XD_TIME_NONE) {
        return;
    }
    if (l->span.first == XD_TIME_NONE || t < l->span.first) {
        l->span.first = t;
    }
    if (l->span.last == XD_TIME_NONE || t > l->span.last) {
        l->span.last = t;
    }
}

static void see_host(struct log *l, struct xd_slice host)
{
    if (host.len == 0 || host.len > HOST_LEN) {
        return;
    }
    for (size_t i = 0; i < HOSTS; i++) {
        struct host_count *h = &l->hosts[i];

        if (h->n == 0) {
            memcpy(h->name, host.p, host.len);
            h->len = host.len;
        }
        if (h->len == host.len && memcmp(h->name, host.p, host.len) == 0) {
            h->n++;
            return;
        }
    }
}

/* Time and host of a record that is read for nothing else. */
static void sample(struct log *l, struct xd_slice line)
{
    struct xd_log_record r;

    xd_log_read_prefix(line, &r);
    see_host(l, r.host);
    xd_log_read_fields(&r);
    see_time(l, r.time);
}

/* Events of calls and registrations: by far the most, and none says anything for us. */
static bool is_chatter(struct xd_slice text)
{
    static const char sign[] = " Event=\"";
    static const char *const words[] = {"Call ",      "Search ",  "Registration ",
                                        "Message ",   "Request ", "Response ",
                                        "Web Request"};
    const uint8_t *event = xd_text_find(text, sign);

    if (event == NULL) {
        return false;
    }
    event += sizeof(sign) - 1;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (xd_text_starts((struct xd_slice){event, (size_t)(text.p + text.len - event)},
                           words[i])) {
            return true;
        }
    }
    return false;
}

/* The work buffer: one record, or several that a page joined. */
static void read_records(struct log *l, uint64_t number)
{
    struct xd_log_record r;
    struct xd_log_draft d;

    for (size_t at = 0; at < l->work.len;) {
        size_t end = xd_log_next_record((struct xd_slice){l->work.bytes, l->work.len}, at);
        struct xd_slice text = {l->work.bytes + at, end - at};

        at = end;
        if (is_chatter(text)) {
            continue;
        }
        if (text.len > XD_MAX_LOG_RECORD) {
            text.len = XD_MAX_LOG_RECORD;
            l->long_record = l->long_record == 0 ? number : l->long_record;
        }
        xd_log_read_prefix(xd_text_trim(text), &r);
        r.shown = xd_load_find_secret(r.text);
        xd_log_read_fields(&r);
        see_time(l, r.time);
        if (xd_log_judge(&r, &d)) {
            keep_event(l, &r, &d, number);
        }
    }
}

static void flush_held(struct log *l)
{
    if (l->held_line != 0) {
        read_records(l, l->held_line);
        l->held_line = 0;
    }
}

static bool has_open_quote(struct xd_slice text)
{
    bool open = false;

    for (size_t i = 0; i < text.len; i++) {
        open ^= text.p[i] == '"';
    }
    return open;
}

/*
 * A line without a time.  It belongs to the record above it, but is of use only where
 * that ended inside of a value: anything else is the text of messages that others sent.
 */
static void continue_record(struct log *l, struct xd_slice line)
{
    xd_buf_add(&l->work, "\n", 1);
    xd_buf_add(&l->work, line.p, line.len);
    l->held_lines++;
    if (l->held_lines == HELD_LINES || has_open_quote(line)) { /* the value's end */
        flush_held(l);
    }
}

/* The first line of a record. */
static void read_record(struct log *l, struct xd_slice line, uint64_t number)
{
    l->records++;
    l->last_line = line;
    if (l->records <= HOST_EACH || l->records % HOST_STEP == 0) {
        sample(l, line);
    }
    if (!xd_log_triggered(&l->triggers, line)) {
        return;
    }
    xd_buf_clear(&l->work);
    xd_buf_add(&l->work, line.p, line.len);
    if (has_open_quote(line)) {
        l->held_line = number;
        l->held_lines = 0;
    } else {
        read_records(l, number);
    }
}

/* ---- lines --------------------------------------------------------------- */

static void read_line(struct log *l, struct xd_slice line)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

    l->span.lines++;
    if (line.len == 0) {
        return;
    }
    if (l->span.lines == 1 && line.len > sizeof(mark) &&
        memcmp(line.p, mark, sizeof(mark)) == 0) {
        line = (struct xd_slice){line.p + sizeof(mark), line.len - sizeof(mark)};
    }
    if (line.p[0] == '\0' && l->binary_line == 0) {
        l->binary_line = l->span.lines;
    }
    line.len -= line.p[line.len - 1] == '\r';
    if (!xd_log_is_record(line)) {
        if (l->held_line != 0) {
            continue_record(l, line);
        }
        return;
    }
    flush_held(l);
    if (line.len > XD_MAX_LOG_LINE) {
        line.len = XD_MAX_LOG_LINE;
        l->long_line = l->long_line == 0 ? l->span.lines : l->long_line;
    }
    read_record(l, line, l->span.lines);
}

/* Keep the last record before the block that it stands in goes away. */
static void save_last(struct log *l)
{
    if (l->last_line.len > 0) {
        xd_buf_clear(&l->last);
        xd_buf_add(&l->last, l->last_line.p, l->last_line.len);
        l->last_line = (struct xd_slice){0};
    }
}

static void flush_carry(struct log *l)
{
    struct xd_slice line = {(const uint8_t *)xd_buf_text(&l->carry), l->carry.len};

    read_line(l, line);
    save_last(l);
    xd_buf_clear(&l->carry);
}

static void feed_log(void *state, struct xd_slice bytes)
{
    struct log *l = state;
    const uint8_t *p = bytes.p;
    const uint8_t *end = bytes.p + bytes.len;
    const uint8_t *last = memrchr(p, '\n', bytes.len);

    l->read += bytes.len;
    if (last == NULL) {
        xd_buf_add(&l->carry, p, bytes.len);
        return;
    }
    if (l->carry.len > 0) {
        const uint8_t *nl = memchr(p, '\n', bytes.len);

        xd_buf_add(&l->carry, p, (size_t)(nl - p));
        flush_carry(l);
        p = nl + 1;
    }
    while (p <= last) {
        const uint8_t *nl = memchr(p, '\n', (size_t)(end - p));

        read_line(l, (struct xd_slice){p, (size_t)(nl - p)});
        p = nl + 1;
    }
    save_last(l);
    xd_buf_add(&l->carry, p, (size_t)(end - p));
}

/* ---- end ----------------------------------------------------------------- */

/*
 * network.tcp names who opened a connection first, not which end this node is.
 * Other lines of the log say which addresses are its own.
 */
static bool is_own(const struct xd_map *own, const struct xd_endpoint *e)
{
    return xd_map_get(own, (struct xd_slice){e->addr.bytes, sizeof(e->addr.bytes)}) != NULL;
}

static void turn_connections(struct log *l)
{
    struct xd_map *own = xd_map_new();

    for (size_t i = l->first_event; i < l->cs->n_events; i++) {
        struct xd_log_event *e = l->cs->events[i];

        if (e->role != XD_LOG_ROLE_UNKNOWN && e->local.addr.family != XD_ADDR_NONE) {
            xd_map_put(own,
                       (struct xd_slice){e->local.addr.bytes, sizeof(e->local.addr.bytes)},
                       e);
        }
    }
    for (size_t i = l->first_event; i < l->cs->n_events; i++) {
        struct xd_log_event *e = l->cs->events[i];

        if (e->role != XD_LOG_ROLE_UNKNOWN || e->kind == XD_LOG_SSH ||
            e->local.addr.family == XD_ADDR_NONE ||
            is_own(own, &e->local) == is_own(own, &e->remote)) {
            continue;
        }
        e->role = XD_LOG_ROLE_CLIENT;
        if (is_own(own, &e->remote)) {
            struct xd_endpoint swap = e->local;

            e->local = e->remote;
            e->remote = swap;
            e->role = XD_LOG_ROLE_SERVER;
        }
    }
    xd_map_free(own);
}

static const char *commonest_host(struct log *l)
{
    const struct host_count *best = &l->hosts[0];

    for (size_t i = 1; i < HOSTS; i++) {
        best = l->hosts[i].n > best->n ? &l->hosts[i] : best;
    }
    if (best->n == 0) {
        return NULL;
    }
    return xd_text_clean(l->cs->arena, best->name, best->len, HOST_LEN);
}

static void note_damage(struct log *l, bool cut_short)
{
    if (l->binary_line != 0) {
        xd_case_entry_note(l->cs, l->entry, XD_ENTRY_DAMAGED,
                           "line %" PRIu64 " begins with bytes that are no text",
                           l->binary_line);
    }
    if (l->records == 0) {
        xd_case_entry_note(
            l->cs, l->entry, cut_short ? XD_ENTRY_TRUNCATED : XD_ENTRY_DAMAGED, "%s",
            l->read == 0 ? XD_ENTRY_EMPTY : "no line of it begins with a time");
    }
    if (cut_short) {
        xd_case_entry_note(l->cs, l->entry, XD_ENTRY_TRUNCATED, "it ends in line %" PRIu64,
                           l->span.lines);
    }
    if (l->long_line != 0) {
        xd_case_entry_note(l->cs, l->entry, XD_ENTRY_TRUNCATED,
                           "line %" PRIu64 " is longer than %d KiB; its end was not read",
                           l->long_line, XD_MAX_LOG_LINE >> 10);
    }
    if (l->long_record != 0) {
        xd_case_entry_note(l->cs, l->entry, XD_ENTRY_TRUNCATED,
                           "the record of line %" PRIu64
                           " is longer than %d KiB; its end was not read",
                           l->long_record, XD_MAX_LOG_RECORD >> 10);
    }
    if (l->left_out > 0) {
        xd_case_entry_note(l->cs, l->entry, XD_ENTRY_TRUNCATED,
                           "more than %d different events in the logs; %zu of this one "
                           "were left out",
                           XD_MAX_LOG_EVENTS, l->left_out);
    }
}

static void end_log(void *state, bool cut_short)
{
    struct log *l = state;

    if (l->carry.len > 0) {
        flush_carry(l);
    }
    flush_held(l);
    if (l->last.len > 0) {
        sample(l, (struct xd_slice){l->last.bytes, l->last.len});
    }
    turn_connections(l);
    note_damage(l, cut_short);
    l->span.host = commonest_host(l);
    *XD_PUSH(l->cs->arena, l->cs, logs) = l->span;
    xd_map_free(l->seen);
    xd_buf_done(&l->carry);
    xd_buf_done(&l->work);
    xd_buf_done(&l->last);
    xd_free(l);
}

const struct xd_load_ops xd_load_log = {begin_log, feed_log, end_log};
