/*
 * join.c - one conversation in several files of a view, read in any order.
 *
 * A file that goes on exactly where a piece stopped continues that piece.  Otherwise a
 * new piece begins; one without SYN keeps its first segments as they came.  When all
 * files were read, pieces are put in order of time and told to the first of them.
 */
#include "wire_priv.h"

#include <stdlib.h>

enum {
    NEAR = 65536,       /* a repeated segment across a file's end lies no further back */
    AHEAD = 1 << 30,    /* a later piece lies no further ahead */
    MAX_CANDIDATES = 8, /* pieces looked at for a segment */
};

static bool is_before(struct xd_spot a, struct xd_spot b)
{
    return a.when >> 12 < b.when >> 12;
}

/* Does this segment go on where the piece stopped? */
static bool goes_on(const struct xd_wire *w, const struct xd_conn *c, unsigned dir,
                    const struct xd_segment *s)
{
    const struct xd_dir *d = &c->dir[dir];

    if (is_before(w->now, c->spots[SPOT_LAST])) {
        return false;
    }
    if ((s->flags & TCP_SYN) != 0) {
        return d->has_isn ? d->isn == s->seq
                          : (s->flags & TCP_ACK) != 0 && c->dir[1 - dir].has_isn &&
                                s->ack == c->dir[1 - dir].isn + 1;
    }
    if (d->has_next) {
        int32_t back = (int32_t)(d->next - s->seq);

        return back >= 0 && back <= NEAR;
    }
    const struct xd_dir *other = &c->dir[1 - dir];
    int32_t unacked = (int32_t)(other->next - s->ack);

    return d->held == NULL && other->has_next && (s->flags & TCP_ACK) != 0 &&
           unacked >= 0 && unacked <= NEAR;
}

struct xd_conn *xd_join_choose(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                               const struct xd_segment *s)
{
    struct xd_conn *p = c;

    for (unsigned i = 0; i < MAX_CANDIDATES; i++) {
        if (goes_on(w, p, dir, s)) {
            if (p != c) {
                xd_conn_promote(w, c, p);
            }
            return p;
        }
        if (p->older == 0) {
            break;
        }
        p = xd_conn_at(w, p->older - 1);
    }
    return xd_conn_renew(w, c);
}

void xd_join_drop_log(struct xd_wire *w, struct xd_conn *c)
{
    while (c->log != NULL) {
        struct xd_logged *l = c->log;

        c->log = l->next;
        w->log_total -= sizeof(*l) + l->len;
        xd_free(l);
    }
    c->log_last = NULL;
}

/* Acknowledgements alone say nothing that a join needs. */
void xd_join_log(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                 const struct xd_segment *s)
{
    size_t cost = sizeof(struct xd_logged) + s->len;
    uint64_t seen =
        c->dir[0].payload + c->dir[1].payload + c->dir[0].held_bytes + c->dir[1].held_bytes;

    if (s->len + s->hole == 0 && (s->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0) {
        return;
    }
    if (w->log_total + cost > XD_MAX_CAPTURE_LOG || seen > XD_WIRE_LOG) {
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
    if (c->log_last == NULL) {
        c->log = l;
    } else {
        c->log_last->next = l;
    }
    c->log_last = l;
}

/* The first sequence number that a logged piece shows of a direction. */
static bool find_start(const struct xd_conn *c, unsigned dir, uint32_t *seq)
{
    bool found = false;

    for (const struct xd_logged *l = c->log; l != NULL; l = l->next) {
        if (l->dir == dir && (!found || (int32_t)(l->seq - *seq) < 0)) {
            *seq = l->seq;
            found = true;
        }
    }
    return found;
}

static bool is_over(const struct xd_conn *c)
{
    return xd_spot_is(c->spots[SPOT_RST]) || xd_spot_is(c->spots[SPOT_RST_1]) ||
           (xd_spot_is(c->spots[SPOT_FIN]) && xd_spot_is(c->spots[SPOT_FIN_1]));
}

/* Does the SYN-ACK that b begins with answer a's SYN? */
static bool is_answered(const struct xd_conn *a, const struct xd_conn *b, unsigned dir)
{
    for (const struct xd_logged *l = b->log; l != NULL; l = l->next) {
        if ((l->flags & TCP_SYN) != 0) {
            return l->dir == dir && (l->flags & TCP_ACK) != 0 && a->dir[1 - dir].has_isn &&
                   l->ack == a->dir[1 - dir].isn + 1;
        }
    }
    return false;
}

/* Can b, the later piece, be the rest of a? */
static bool is_rest(const struct xd_conn *a, const struct xd_conn *b)
{
    if (!b->logged) {
        return false;
    }
    for (unsigned d = 0; d < 2; d++) {
        if (b->dir[d].syn_seen && !(a->dir[d].has_isn && a->dir[d].isn == b->dir[d].isn) &&
            !(!a->dir[d].has_isn && is_answered(a, b, d))) {
            return false;
        }
    }
    if (is_over(a) && b->dir[0].payload + b->dir[1].payload > 0) {
        return false;
    }
    for (unsigned d = 0; d < 2; d++) {
        uint32_t start = 0;

        if (!a->dir[d].has_next || !find_start(b, d, &start)) {
            continue;
        }
        int32_t ahead = (int32_t)(start - a->dir[d].next);

        if (ahead < -NEAR || ahead > AHEAD) {
            return false;
        }
    }
    return true;
}

static void replay(struct xd_wire *w, struct xd_conn *a, const struct xd_conn *b)
{
    for (const struct xd_logged *l = b->log; l != NULL; l = l->next) {
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

/* What a piece saw after its log was full. */
static void merge_rest(struct xd_conn *a, const struct xd_conn *b)
{
    struct xd_spot until = b->log_last != NULL ? b->log_last->spot : b->spots[SPOT_FIRST];
    uint64_t logged[2] = {0, 0};

    for (const struct xd_logged *l = b->log; l != NULL; l = l->next) {
        logged[l->dir] += l->len;
    }
    for (unsigned d = 0; d < 2; d++) {
        if (b->dir[d].payload > logged[d]) {
            a->dir[d].payload += b->dir[d].payload - logged[d];
        }
        merge_spot(&a->spots[SPOT_FIN + d], b->spots[SPOT_FIN + d], false);
        merge_spot(&a->spots[SPOT_RST + d], b->spots[SPOT_RST + d], false);
        merge_spot(&a->spots[SPOT_LAST_DATA + d], b->spots[SPOT_LAST_DATA + d], true);
        a->dir[d].next = b->dir[d].next;
        a->dir[d].sync = a->dir[d].sync == SYNC_ON ? SYNC_LOST : a->dir[d].sync;
        if (b->dir[d].app_data && !a->dir[d].app_data && a->established) {
            a->dir[d].app_data = true;
            a->spots[SPOT_APP_DATA + d] = b->spots[SPOT_APP_DATA + d];
        }
    }
    for (unsigned i = 0; i < b->n_ledger; i++) {
        struct xd_row r = b->ledger[i];
        struct xd_spot spot = {r.when, r.frame};

        if (is_before(until, spot)) {
            xd_conn_ledger(a, r.dir, r.kind, r.length, spot);
        }
    }
}

/* How it ended, where that came after the log was full. */
static void merge_end(struct xd_wire *w, struct xd_conn *a, const struct xd_conn *b)
{
    struct xd_spot until = b->log_last != NULL ? b->log_last->spot : b->spots[SPOT_FIRST];

    for (unsigned i = 0; i < b->n_rows; i++) {
        const struct xd_row *r = &b->rows[i];

        w->now = (struct xd_spot){r->when, r->frame};
        if (is_before(until, w->now) && (r->kind == STEP_FIN || r->kind == STEP_RST ||
                                         r->kind == STEP_ENCRYPTED_ALERT)) {
            xd_conn_step(w, a, r->dir, (enum xd_step)r->kind, r->length);
        }
    }
    for (unsigned i = 0; i < b->n_alerts; i++) {
        if (is_before(until, b->alerts[i].spot)) {
            w->now = b->alerts[i].spot;
            xd_conn_alert(w, a, &b->alerts[i]);
            if (a->n_rows > 0 && a->n_rows < XD_WIRE_MAX_ROWS) {
                a->n_rows--; /* its step is there */
            }
        }
    }
}

static void join_two(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    replay(w, a, b);
    if (!b->logging) {
        merge_rest(a, b);
        merge_end(w, a, b);
    }
    merge_spot(&a->spots[SPOT_LAST], b->spots[SPOT_LAST], true);
    b->merged = true;
    xd_conn_release(w, b);
    xd_conn_drop_held(w, b);
    xd_join_drop_log(w, b);
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

static void absorb_prelude(struct xd_conn *a, struct xd_conn *b)
{
    unsigned syns = (unsigned)a->syn_count + b->syn_count;

    b->spots[SPOT_FIRST] = a->spots[SPOT_FIRST];
    merge_spot(&b->spots[SPOT_SYN], a->spots[SPOT_SYN], false);
    b->syn_count = syns > UINT16_MAX ? UINT16_MAX : (uint16_t)syns;
    for (unsigned i = 0; i < b->n_rows; i++) { /* the first SYN is the one to show */
        if (b->rows[i].kind == STEP_SYN && a->n_rows > 0 && a->rows[0].kind == STEP_SYN) {
            b->rows[i] = a->rows[0];
        }
    }
    a->merged = true;
}

struct piece {
    uint64_t when;
    uint32_t frame;
    uint32_t id;
};

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;

    if (x->when >> 12 != y->when >> 12) {
        return x->when >> 12 < y->when >> 12 ? -1 : 1;
    }
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static void join_chain(struct xd_wire *w, struct xd_conn *newest)
{
    struct piece *all = NULL;
    size_t n = 0;
    size_t cap = 0;

    for (struct xd_conn *p = newest; p != NULL;
         p = p->older == 0 ? NULL : xd_conn_at(w, p->older - 1)) {
        if (n == cap) {
            cap = cap == 0 ? 8 : cap * 2;
            all = xd_realloc(all, cap * sizeof(*all));
        }
        all[n++] =
            (struct piece){p->spots[SPOT_FIRST].when, p->spots[SPOT_FIRST].frame, p->id};
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
            absorb_prelude(before, next);
            before = next;
        } else {
            before = next;
        }
    }
    xd_free(all);
}

void xd_join_all(struct xd_wire *w)
{
    for (size_t i = 0; i < w->n_slots; i++) {
        if (w->slots[i].id != 0 && xd_conn_at(w, w->slots[i].id - 1)->older != 0) {
            join_chain(w, xd_conn_at(w, w->slots[i].id - 1));
        }
    }
    for (uint32_t i = 0; i < w->n_conns; i++) {
        xd_join_drop_log(w, xd_conn_at(w, i));
    }
}
