/*
 * join.c - one conversation in several files of a view, read in any order.
 *
 * Every file makes pieces of its own, whatever was read before it, so that the order of
 * reading decides nothing.  A piece that began without SYN keeps its first segments as
 * they came.  When an input's files were all read, the pieces of a conversation are put
 * in order of time and told, one after the other, to the first of them: segments that
 * were kept are taken again, of what came behind them only counts are added.
 *
 * Budgets hold for a piece or a file, never for what happened to be read first.
 */
#include "wire_priv.h"

#include <stdlib.h>

enum {
    NEAR = 65536,        /* a repeated segment across a file's end lies no further back */
    AHEAD = 1 << 30,     /* a later piece lies no further ahead */
    AHEAD_OVER = 1 << 20 /* the same of a conversation that was reset or closed */
};

static bool is_before(struct xd_spot a, struct xd_spot b)
{
    return a.when >> 12 < b.when >> 12;
}

void xd_join_drop_log(struct xd_wire *w, struct xd_conn *c)
{
    struct xd_log *log = c->log;

    if (log == NULL) {
        return;
    }
    while (log->first != NULL) {
        struct xd_logged *l = log->first;

        log->first = l->next;
        w->log_total -= sizeof(*l) + l->len;
        xd_free(l);
    }
    xd_free(log);
    c->log = NULL;
}

/* Where the piece begins in this direction, and which SYN it answers. */
static void note_start(struct xd_log *log, unsigned dir, const struct xd_segment *s)
{
    if (!log->has_start[dir] || (int32_t)(s->seq - log->start[dir]) < 0) {
        log->start[dir] = s->seq;
        log->has_start[dir] = true;
    }
    if ((s->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && !log->answers) {
        log->answers = true;
        log->answered = s->ack;
    }
}

void xd_join_log(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                 const struct xd_segment *s)
{
    size_t cost = sizeof(struct xd_logged) + s->len;
    uint64_t seen =
        c->dir[0].payload + c->dir[1].payload + c->dir[0].held_bytes + c->dir[1].held_bytes;

    if (s->len + s->hole == 0 && (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0) {
        return; /* acknowledgements alone say nothing that a join needs */
    }
    if (c->log == NULL) {
        c->log = xd_alloc(sizeof(*c->log));
    }
    note_start(c->log, dir, s);
    bool full = w->log_total + cost > XD_MAX_CAPTURE_LOGS;

    if (full || w->log_total + cost > w->log_base + XD_MAX_CAPTURE_LOG ||
        seen > XD_WIRE_LOG) {
        if (full &&
            w->losses.not_kept == 0) { /* the one budget that knows of other files */
            w->losses.not_kept = w->now.frame;
        }
        c->logging = false;
        return;
    }
    struct xd_logged *l = xd_alloc(cost);

    *l = (struct xd_logged){.spot = w->now,
                            .seq = s->seq,
                            .ack = s->ack,
                            .len = s->len,
                            .hole = s->hole,
                            .flags = s->flags,
                            .dir = (uint8_t)dir};
    if (s->len > 0) {
        memcpy(l->bytes, s->p, s->len);
    }
    w->log_total += cost;
    c->log->bytes[dir] += s->len;
    if (c->log->first == NULL) {
        c->log->first = l;
    } else {
        c->log->last->next = l;
    }
    c->log->last = l;
}

static bool is_over(const struct xd_conn *c)
{
    return xd_spot_is(c->spots[SPOT_RST]) || xd_spot_is(c->spots[SPOT_RST_1]) ||
           (xd_spot_is(c->spots[SPOT_FIN]) && xd_spot_is(c->spots[SPOT_FIN_1]));
}

/* Does the SYN-ACK that b begins with answer a's SYN? */
static bool is_answered(const struct xd_conn *a, const struct xd_conn *b, unsigned dir)
{
    return b->log->answers && a->dir[1 - dir].has_isn &&
           b->log->answered == a->dir[1 - dir].isn + 1;
}

/*
 * Does b begin, in this direction, where a stopped or somewhat further on?  Any segment
 * counts: a capture on both sides of what rewrites sequence numbers shows two ranges.
 */
static bool is_ahead(const struct xd_conn *a, const struct xd_conn *b, unsigned d)
{
    int32_t most = is_over(a) ? AHEAD_OVER : AHEAD;
    int32_t ahead = (int32_t)(b->log->start[d] - a->dir[d].next);
    bool found = ahead >= -NEAR && ahead <= most;

    for (const struct xd_logged *l = b->log->first; l != NULL && !found; l = l->next) {
        ahead = (int32_t)(l->seq - a->dir[d].next);
        found = l->dir == d && ahead >= -NEAR && ahead <= most;
    }
    return found;
}

/* Can b, the later piece, be the rest of a? */
static bool is_rest(const struct xd_conn *a, const struct xd_conn *b)
{
    bool payload = b->dir[0].payload + b->dir[1].payload > 0;
    bool touching = false;

    if (b->log == NULL) {
        return b->logged; /* acknowledgements alone */
    }
    for (unsigned d = 0; d < 2; d++) {
        if (b->dir[d].syn_seen && !(a->dir[d].has_isn && a->dir[d].isn == b->dir[d].isn) &&
            !(!a->dir[d].has_isn && is_answered(a, b, d))) {
            return false;
        }
    }
    for (unsigned d = 0; d < 2; d++) {
        if (!a->dir[d].has_next || !b->log->has_start[d]) {
            continue;
        }
        if (!is_ahead(a, b, d)) {
            return false;
        }
        touching = true;
    }
    return touching || !is_over(a) || !payload;
}

static void replay(struct xd_wire *w, struct xd_conn *a, const struct xd_log *log)
{
    for (const struct xd_logged *l = log->first; l != NULL; l = l->next) {
        struct xd_segment s = {
            .seq = l->seq,
            .ack = l->ack,
            .flags = l->flags,
            .p = l->bytes,
            .len = l->len,
            .hole = l->hole,
        };

        w->now = l->spot;
        xd_tcp_take(w, a, l->dir, &s);
    }
}

static void merge_spot(struct xd_spot *a, struct xd_spot b, bool later)
{
    if (xd_spot_is(b) &&
        (!xd_spot_is(*a) || (later ? is_before(*a, b) : is_before(b, *a)))) {
        *a = b;
    }
}

/* Framing goes on as the piece left it, where that followed it. */
static void fold_framing(struct xd_conn *a, const struct xd_conn *b, unsigned d)
{
    struct xd_dir *to = &a->dir[d];
    const struct xd_dir *from = &b->dir[d];
    bool known = a->proto == PROTO_TLS && b->proto == PROTO_TLS && b->work == NULL &&
                 from->sync == SYNC_ON;

    to->next = from->next;
    to->has_next = true;
    to->doubtful = true;
    to->skip = known ? from->skip : 0;
    to->header_len = known ? from->header_len : 0;
    to->record_type = from->record_type;
    to->record_len = from->record_len;
    memcpy(to->header, from->header, sizeof(to->header));
    to->sync = known ? SYNC_ON : to->sync == SYNC_ON ? SYNC_LOST : to->sync;
}

/* Bytes that the piece saw behind its log, but for repetitions. */
static uint64_t count_more(const struct xd_conn *b, unsigned d)
{
    uint64_t kept = b->log->bytes[d];

    return b->dir[d].payload > kept ? b->dir[d].payload - kept : 0;
}

static void fold_direction(struct xd_conn *a, const struct xd_conn *b, unsigned d,
                           struct xd_spot until)
{
    uint64_t more = count_more(b, d);
    struct xd_spot data = b->spots[SPOT_APP_DATA + d];

    a->dir[d].payload += more;
    merge_spot(&a->spots[SPOT_LAST_DATA + d], b->spots[SPOT_LAST_DATA + d], true);
    if (b->dir[d].has_fin && !a->dir[d].has_fin) {
        a->dir[d].has_fin = true;
        a->dir[d].fin_seq = b->dir[d].fin_seq;
        a->spots[SPOT_FIN + d] = b->spots[SPOT_FIN + d];
    }
    merge_spot(&a->spots[SPOT_RST + d], b->spots[SPOT_RST + d], false);
    if (a->proto == PROTO_TLS && b->proto == PROTO_TLS && b->dir[d].app_data &&
        data.frame > until.frame && !a->dir[d].app_data) {
        a->dir[d].app_data = true;
        a->spots[SPOT_APP_DATA + d] = data;
    }
    if (more > 0) {
        fold_framing(a, b, d);
    }
}

/* SSH: lengths after NEWKEYS; what came behind the log is one run a direction. */
static void fold_ssh(struct xd_conn *a, const struct xd_conn *b)
{
    unsigned first = is_before(b->spots[SPOT_LAST_DATA_1], b->spots[SPOT_LAST_DATA]);

    for (unsigned i = 0; i < 2; i++) {
        unsigned d = i == 0 ? first : 1 - first;
        uint64_t more = count_more(b, d);

        if (a->dir[d].newkeys && more > 0) {
            xd_conn_ledger(a, d, 0, more > 0xffffff ? 0xffffff : (uint32_t)more,
                           b->spots[SPOT_LAST_DATA + d]);
        }
    }
}

/* Ladder, alerts and ledger of what came behind the log. */
static void fold_lists(struct xd_wire *w, struct xd_conn *a, const struct xd_conn *b,
                       struct xd_spot until)
{
    struct xd_row rows[XD_MAX_MESSAGES];
    unsigned n = xd_conn_steps(b, rows);

    for (unsigned i = 0; i < n; i++) {
        const struct xd_row *r = &rows[i];
        bool wanted = r->kind == XD_STEP_FIN || r->kind == XD_STEP_RST;

        w->now = (struct xd_spot){r->when, r->frame};
        if (wanted && r->frame > until.frame) {
            xd_conn_step(w, a, r->dir, (enum xd_step)r->kind, r->length);
        }
    }
    for (unsigned i = 0; i < b->n_alerts; i++) {
        if (b->alerts[i].spot.frame > until.frame) {
            w->now = b->alerts[i].spot;
            xd_conn_alert(w, a, &b->alerts[i]); /* with its step */
        }
    }
    if (a->proto != PROTO_TLS || b->proto != PROTO_TLS) {
        return;
    }
    n = xd_conn_records(b, rows);
    for (unsigned i = 0; i < n; i++) {
        struct xd_row r = rows[i];

        if (r.frame > until.frame) {
            xd_conn_ledger(a, r.dir, r.kind, r.length, (struct xd_spot){r.when, r.frame});
        }
    }
    a->ledger_cut = a->ledger_cut || b->ledger_cut;
}

/* What a piece saw after its log was full.  A piece lies in one file. */
static void fold(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    struct xd_spot until = b->log->last != NULL ? b->log->last->spot : (struct xd_spot){0};

    xd_tcp_flush(w, b);
    xd_conn_release(w, a); /* bytes are missing: what it collected is of no use */
    for (unsigned d = 0; d < 2; d++) {
        fold_direction(a, b, d, until);
    }
    fold_lists(w, a, b, until);
    if (a->proto == PROTO_SSH) {
        fold_ssh(a, b);
    }
}

static void join_two(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    if (b->log != NULL) {
        replay(w, a, b->log);
        if (!b->logging) {
            fold(w, a, b);
        }
    }
    merge_spot(&a->spots[SPOT_LAST], b->spots[SPOT_LAST], true);
    a->overlap_differs = a->overlap_differs || b->overlap_differs;
    b->merged = true;
    xd_conn_release(w, b);
    xd_conn_drop_held(w, b);
}

/* a saw nothing but SYNs of what b saw from its own copy of them on. */
static bool is_prelude(const struct xd_conn *a, const struct xd_conn *b)
{
    for (unsigned d = 0; d < 2; d++) {
        if (a->dir[d].payload > 0 || a->dir[d].held != NULL || a->dir[d].has_fin ||
            xd_spot_is(a->spots[SPOT_RST + d])) {
            return false;
        }
        if (a->dir[d].has_isn && (!b->dir[d].has_isn || a->dir[d].isn != b->dir[d].isn)) {
            return false;
        }
    }
    return a->dir[0].has_isn || a->dir[1].has_isn;
}

/* The first SYN is the one to show. */
static void show_first_syn(struct xd_wire *w, const struct xd_conn *a, struct xd_conn *b)
{
    struct xd_row first[XD_MAX_MESSAGES];
    struct xd_row rows[XD_MAX_MESSAGES];
    struct xd_row records[XD_MAX_LEDGER];
    unsigned n = xd_conn_steps(b, rows);
    unsigned n_records = b->proto == PROTO_TLS ? xd_conn_records(b, records) : 0;

    if (xd_conn_steps(a, first) == 0 || first[0].kind != XD_STEP_SYN) {
        return;
    }
    xd_conn_forget_steps(b);
    for (unsigned i = 0; i < n; i++) {
        const struct xd_row *r = rows[i].kind == XD_STEP_SYN ? &first[0] : &rows[i];

        w->now = (struct xd_spot){r->when, r->frame};
        xd_conn_step(w, b, r->dir, (enum xd_step)r->kind, r->length);
    }
    b->n_ledger = n_records > 0 ? 0 : b->n_ledger;
    for (unsigned i = 0; i < n_records; i++) {
        const struct xd_row *r = &records[i];

        xd_conn_ledger(b, r->dir, r->kind, r->length, (struct xd_spot){r->when, r->frame});
    }
}

static void absorb_prelude(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    unsigned syns = (unsigned)a->syn_count + b->syn_count;

    b->spots[SPOT_FIRST] = a->spots[SPOT_FIRST];
    merge_spot(&b->spots[SPOT_SYN], a->spots[SPOT_SYN], false);
    b->syn_count = syns > UINT16_MAX ? UINT16_MAX : (uint16_t)syns;
    show_first_syn(w, a, b);
    a->merged = true;
}

/* Does a hold nothing but the refusal of the SYN that b shows? */
static bool is_early_refusal(const struct xd_conn *a, const struct xd_conn *b)
{
    const struct xd_logged *l = a->log == NULL ? NULL : a->log->first;

    if (l == NULL || l->next != NULL || !a->logging || l->len + l->hole > 0) {
        return false;
    }
    return (l->flags & (TCP_RST | TCP_ACK | TCP_SYN | TCP_FIN)) == (TCP_RST | TCP_ACK) &&
           b->dir[1 - l->dir].syn_seen && b->dir[1 - l->dir].isn + 1 == l->ack &&
           !b->dir[l->dir].has_isn && b->dir[0].payload + b->dir[1].payload == 0;
}

/* A reset that was captured before its SYN, and the end of a file between them. */
static void absorb_refusal(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    struct xd_spot refusal = a->log->first->spot;
    unsigned dir = a->log->first->dir;
    struct xd_row rows[XD_MAX_MESSAGES];
    unsigned n = xd_conn_steps(b, rows);

    xd_conn_forget_steps(b);
    w->now = refusal;
    xd_conn_step(w, b, dir, XD_STEP_RST, 0);
    for (unsigned i = 0; i < n; i++) {
        if (rows[i].kind != XD_STEP_RST ||
            rows[i].dir != dir) { /* the first one is shown */
            w->now = (struct xd_spot){rows[i].when, rows[i].frame};
            xd_conn_step(w, b, rows[i].dir, (enum xd_step)rows[i].kind, rows[i].length);
        }
    }
    b->spots[SPOT_FIRST] = a->spots[SPOT_FIRST];
    b->spots[SPOT_RST + dir] = refusal;
    a->merged = true;
}

struct piece {
    struct xd_spot first;
    const char *label; /* of its file */
    uint32_t id;
};

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;
    int names = 0;

    if (x->first.when >> 12 != y->first.when >> 12) {
        return x->first.when >> 12 < y->first.when >> 12 ? -1 : 1;
    }
    names = strcmp(x->label, y->label);
    if (names != 0) {
        return names;
    }
    if (x->first.frame != y->first.frame) {
        return x->first.frame < y->first.frame ? -1 : 1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

static void join_chain(struct xd_wire *w, struct xd_conn *newest)
{
    struct piece *all = NULL;
    size_t n = 0;
    size_t cap = 0;

    for (struct xd_conn *p = newest; p != NULL;
         p = p->older == 0 ? NULL : xd_conn_at(w, p->older - 1)) {
        if (p->joined) {
            break; /* of an input that is over */
        }
        if (n == cap) {
            cap = cap == 0 ? 8 : cap * 2;
            all = xd_realloc(all, cap * sizeof(*all));
        }
        p->joined = true;
        all[n++] = (struct piece){p->spots[SPOT_FIRST],
                                  xd_wire_label(w, p->spots[SPOT_FIRST]), p->id};
    }
    if (n == 0) {
        return;
    }
    qsort(all, n, sizeof(*all), compare_pieces);
    struct xd_conn *before = xd_conn_at(w, all[0].id);

    for (size_t i = 1; i < n; i++) {
        struct xd_conn *next = xd_conn_at(w, all[i].id);

        if (is_rest(before, next)) {
            join_two(w, before, next);
        } else if (is_prelude(before, next)) {
            absorb_prelude(w, before, next);
            before = next;
        } else if (is_early_refusal(before, next)) {
            absorb_refusal(w, before, next);
            before = next;
        } else {
            before = next;
        }
    }
    xd_free(all);
}

void xd_join_all(struct xd_wire *w)
{
    w->held_base = w->held_total;
    for (uint32_t i = w->n_conns; i-- > w->n_joined;) { /* the newest of a chain first */
        if (xd_conn_at(w, i)->older != 0) {
            join_chain(w, xd_conn_at(w, i));
        }
    }
    for (uint32_t i = w->n_joined; i < w->n_conns; i++) {
        xd_join_drop_log(w, xd_conn_at(w, i));
        xd_tcp_flush(w, xd_conn_at(w, i));
    }
    w->n_joined = w->n_conns;
}
