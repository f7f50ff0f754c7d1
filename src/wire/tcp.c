/*
 * tcp.c - segments to bytes in order (RFC 9293): sequence numbers with wrap-around,
 * retransmission, overlap, reordering, missing segments, reused ends.
 *
 * The first copy of a byte wins.  A segment that comes too early waits within a
 * budget; when that is used up, or at the end, the missing bytes are a gap.
 */
#include "wire_priv.h"

enum {
    COST_OF_SEGMENT = 512,       /* least that one waiting counts: bounds their number */
    WINDOW = 1 << 30,            /* further ahead is no segment of this conversation */
    SAME_CONVERSATION = 1 << 24, /* a SYN so little before known bytes belongs to them */
};

/* The later of the current frame and the one that a waiting segment came in. */
static struct xd_spot find_later(struct xd_spot a, struct xd_spot b)
{
    return a.when >> 12 >= b.when >> 12 ? a : b;
}

static uint32_t cost_of(const struct xd_seg *s)
{
    return s->len < COST_OF_SEGMENT ? COST_OF_SEGMENT : s->len;
}

static void drop_segment(struct xd_wire *w, struct xd_dir *d, struct xd_seg *s)
{
    d->held_bytes -= cost_of(s);
    w->held_total -= cost_of(s);
    xd_free(s);
}

/* Do bytes that came again differ from those that were taken? */
static void compare_history(struct xd_conn *c, unsigned dir, uint32_t seq,
                            struct xd_slice b)
{
    const struct xd_work *k = c->work;

    if (k == NULL || b.len < 2) { /* the byte of a keep-alive is anything */
        return;
    }
    const struct xd_bytes *stream = &k->dir[dir].stream;
    int64_t from = (int32_t)(seq - k->dir[dir].seq);
    int64_t to = from + (int64_t)b.len;
    int64_t begin = from < 0 ? 0 : from;
    int64_t end = to > (int64_t)stream->len ? (int64_t)stream->len : to;

    if (begin < end &&
        memcmp(stream->p + begin, b.p + (begin - from), (size_t)(end - begin)) != 0) {
        c->overlap_differs = true;
    }
}

static void deliver(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b,
                    uint32_t hole)
{
    struct xd_dir *d = &c->dir[dir];

    if (b.len > 0) {
        xd_stream_bytes(w, c, dir, b);
        d->next += (uint32_t)b.len;
    }
    if (hole > 0) {
        xd_stream_gap(w, c, dir, hole);
        d->next += hole;
    }
}

/* Deliver what waits and has become next. */
static void drain(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_spot now = w->now;

    while (d->held != NULL && (int32_t)(d->held->seq - d->next) <= 0) {
        struct xd_seg *s = d->held;
        uint32_t known = d->next - s->seq;

        d->held = s->next;
        w->now = find_later(now, s->spot);
        w->ack = s->ack;
        w->has_ack = s->has_ack;
        if (known < s->len) {
            deliver(w, c, dir, (struct xd_slice){s->bytes + known, s->len - known},
                    s->hole);
        } else if (known < s->len + s->hole) {
            deliver(w, c, dir, (struct xd_slice){NULL, 0}, s->len + s->hole - known);
        }
        drop_segment(w, d, s);
    }
    w->now = now;
}

/* Give up the bytes before the first waiting segment. */
static void skip_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_spot now = w->now;

    if (d->held == NULL) {
        return;
    }
    w->now = find_later(now, d->held->spot);
    w->has_ack = false; /* of bytes that nobody saw */
    if (!d->has_next) { /* began mid-stream: nothing is known to be missing */
        d->next = d->held->seq;
        d->has_next = true;
        if (d->sync == SYNC_START) {
            d->sync = SYNC_LOST;
        }
    } else {
        uint32_t missing = d->held->seq - d->next;

        xd_stream_gap(w, c, dir, missing);
        d->next += missing;
    }
    w->now = now;
    drain(w, c, dir);
}

static struct xd_seg *make_segment(const struct xd_wire *w, uint32_t seq, struct xd_slice b,
                                   uint32_t hole)
{
    struct xd_seg *s = xd_alloc(sizeof(*s) + b.len);

    s->seq = seq;
    s->len = (uint32_t)b.len;
    s->hole = hole;
    s->spot = w->now;
    s->ack = w->ack;
    s->has_ack = w->has_ack;
    if (b.len > 0) {
        memcpy(s->bytes, b.p, b.len);
    }
    return s;
}

/* Bytes that both have: the held ones stay, a difference is noted. */
static void compare_held(struct xd_conn *c, const struct xd_seg *s, uint32_t seq,
                         struct xd_slice b)
{
    int64_t from = (int32_t)(seq - s->seq);
    int64_t begin = from < 0 ? 0 : from;
    int64_t end = from + (int64_t)b.len;

    end = end > (int64_t)s->len ? (int64_t)s->len : end;
    if (begin < end &&
        memcmp(s->bytes + begin, b.p + (begin - from), (size_t)(end - begin)) != 0) {
        c->overlap_differs = true;
    }
}

/* Put the part of the bytes that comes before *at there; how much was taken. */
static size_t hold_before(struct xd_wire *w, struct xd_dir *d, struct xd_seg **at,
                          uint32_t seq, struct xd_slice b, uint32_t hole)
{
    struct xd_seg *next = *at;
    uint32_t room = next == NULL ? UINT32_MAX : next->seq - seq;
    size_t n = b.len < room ? b.len : room;
    bool all = next == NULL || b.len + hole <= room;
    struct xd_seg *s = make_segment(w, seq, (struct xd_slice){b.p, n}, all ? hole : 0);

    s->next = next;
    *at = s;
    d->held_bytes += cost_of(s);
    w->held_total += cost_of(s);
    return n;
}

/* Keep the parts of a segment that are not there yet, in order. */
static void hold(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t seq,
                 struct xd_slice b, uint32_t hole)
{
    struct xd_seg **at = &c->dir[dir].held;
    bool first = true;

    while (b.len > 0 || (first && hole > 0)) {
        while (*at != NULL && (int32_t)((*at)->seq + (*at)->len + (*at)->hole - seq) <= 0) {
            at = &(*at)->next;
        }
        size_t taken = 0;

        if (*at == NULL || (int32_t)((*at)->seq - seq) > 0) {
            taken = hold_before(w, &c->dir[dir], at, seq, b, hole);
        } else {
            uint32_t covered = (*at)->seq + (*at)->len + (*at)->hole - seq;

            compare_held(c, *at, seq, b);
            taken = covered < b.len ? covered : b.len;
        }
        b = xd_slice_rest(b, taken);
        seq += (uint32_t)taken;
        first = false;
    }
}

static bool is_over_budget(struct xd_wire *w, const struct xd_conn *c,
                           const struct xd_dir *d)
{
    uint32_t limit = !d->has_next     ? XD_WIRE_HELD_HEAD
                     : c->established ? XD_WIRE_HELD_OPEN
                                      : XD_MAX_FLOW_BUFFER;

    if (w->held_total > w->held_base + XD_MAX_CAPTURE_BUFFER) {
        w->losses.given_up = w->losses.given_up == 0 ? w->now.frame : w->losses.given_up;
        return true;
    }
    return d->held_bytes > limit;
}

/* Bytes whose place before or behind the awaited ones is known. */
static void take_at(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t seq,
                    struct xd_slice b, uint32_t hole)
{
    struct xd_dir *d = &c->dir[dir];
    int32_t ahead = (int32_t)(seq - d->next);

    if (ahead < 0) {
        uint32_t known = 0U - (uint32_t)ahead;

        compare_history(c, dir, seq, b);
        if (known >= b.len + hole) {
            return;
        }
        if (known >= b.len) {
            hole -= known - (uint32_t)b.len;
            b.len = 0;
        } else {
            b.p += known;
            b.len -= known;
        }
        ahead = 0;
    }
    if (ahead >= WINDOW) {
        return;
    }
    if (ahead > 0) {
        hold(w, c, dir, d->next + (uint32_t)ahead, b, hole);
        while (d->held != NULL && is_over_budget(w, c, d)) {
            skip_gap(w, c, dir);
        }
        return;
    }
    deliver(w, c, dir, b, hole);
    if (d->held != NULL) {
        drain(w, c, dir);
    }
}

/* Small segments that wait: do they begin a protocol when put together? */
static bool does_held_start(const struct xd_dir *d)
{
    enum { ENOUGH = 16 };
    uint8_t bytes[ENOUGH];
    size_t n = 0;

    for (const struct xd_seg *s = d->held; s != NULL && n < ENOUGH; s = s->next) {
        size_t len = s->len < ENOUGH - n ? s->len : ENOUGH - n;

        if (s->seq != d->held->seq + (uint32_t)n) {
            break;
        }
        memcpy(bytes + n, s->bytes, len);
        n += len;
        if (s->hole > 0) {
            break;
        }
    }
    return xd_stream_starts((struct xd_slice){bytes, n});
}

/* A direction whose SYN is missing: where it begins is not known yet. */
static void take_unplaced(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t seq,
                          const struct xd_segment *s)
{
    struct xd_dir *d = &c->dir[dir];

    hold(w, c, dir, seq, (struct xd_slice){s->p, s->len}, s->hole);
    if (is_over_budget(w, c, d)) {
        skip_gap(w, c, dir);
    } else if (d->held != NULL && does_held_start(d)) {
        d->next = d->held->seq;
        d->has_next = true;
        drain(w, c, dir);
    }
}

static bool is_far(uint32_t seq, uint32_t known)
{
    return seq - known + SAME_CONVERSATION > 2U * SAME_CONVERSATION;
}

static void take_payload(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         const struct xd_segment *s)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_slice b = {s->p, s->len};
    uint32_t seq = s->seq + ((s->flags & TCP_SYN) != 0);

    if (c->proto == PROTO_IGNORED) {
        d->next = seq + s->len + s->hole;
        d->has_next = true;
        d->payload += s->len;
        c->spots[SPOT_LAST_DATA + dir] = w->now;
        return;
    }
    if (c->two_sides && d->has_next && is_far(seq, d->next)) {
        return; /* the same with the other side's numbers */
    }
    if (!d->has_next && xd_stream_starts(b)) {
        d->next = seq;
        d->has_next = true;
    }
    if (!d->has_next) {
        take_unplaced(w, c, dir, seq, s);
        return;
    }
    take_at(w, c, dir, seq, b, s->hole);
}

/* Lowest sequence number known of a direction, if any. */
static bool find_known(const struct xd_dir *d, uint32_t *seq)
{
    if (d->has_next) {
        *seq = d->next;
        return true;
    }
    if (d->held != NULL) {
        *seq = d->held->seq;
        return true;
    }
    return false;
}

/* Was this SYN refused by a reset that was captured before it?  (RFC 9293, 3.10.7.1) */
static bool was_refused(const struct xd_conn *c, unsigned dir, const struct xd_segment *s)
{
    const struct xd_logged *l = c->log == NULL ? NULL : c->log->first;

    return l != NULL && l->dir != dir &&
           (l->flags & (TCP_RST | TCP_ACK | TCP_SYN)) == (TCP_RST | TCP_ACK) &&
           l->ack == s->seq + s->len + 1;
}

static bool has_data(const struct xd_dir *d)
{
    return d->payload > 0 || d->held != NULL;
}

/* The same SYN behind what rewrites its number: it comes before any answer could. */
static bool is_other_side(const struct xd_wire *w, const struct xd_conn *c, unsigned dir,
                          const struct xd_segment *s)
{
    enum { CROSSING = 1000 }; /* microseconds */
    xd_time since = xd_spot_time(w->now) - xd_spot_time(c->spots[SPOT_SYN]);

    return (s->flags & TCP_ACK) == 0 && !c->dir[1 - dir].has_isn && since >= 0 &&
           since < CROSSING && !has_data(&c->dir[0]) && !has_data(&c->dir[1]) &&
           !xd_spot_is(c->spots[SPOT_RST]) && !xd_spot_is(c->spots[SPOT_RST_1]);
}

/* Does this SYN begin another conversation of the same ends? */
static bool is_reuse(const struct xd_wire *w, const struct xd_conn *c, unsigned dir,
                     const struct xd_segment *s)
{
    const struct xd_dir *d = &c->dir[dir];
    uint32_t known = 0;

    if (d->has_isn) {
        const struct xd_dir *other = &c->dir[1 - dir];

        if (d->isn == s->seq || is_other_side(w, c, dir, s) ||
            ((s->flags & TCP_ACK) != 0 && other->has_isn && s->ack == other->isn + 1)) {
            return false; /* the last: another answer to the same SYN, by a SYN cookie */
        }
        return (s->flags & TCP_ACK) == 0 || has_data(d) || has_data(&c->dir[1 - dir]) ||
               xd_spot_is(c->spots[SPOT_RST]) || xd_spot_is(c->spots[SPOT_RST_1]);
    }
    if (find_known(d, &known)) {
        return known - s->seq > SAME_CONVERSATION;
    }
    if (c->log != NULL && c->log->has_acked[1 - dir] && s->len == 0 &&
        (is_far(s->seq, c->log->acked[1 - dir]) ||
         (c->log->answers && c->log->answered != s->seq + 1))) {
        return true;
    }
    if ((s->flags & TCP_ACK) == 0 &&
        (c->dir[1 - dir].has_isn || was_refused(c, dir, s))) { /* the answer came first */
        return false;
    }
    return (s->flags & TCP_ACK) == 0 &&
           (xd_spot_is(c->spots[SPOT_FIN]) || xd_spot_is(c->spots[SPOT_FIN_1]) ||
            xd_spot_is(c->spots[SPOT_RST]) || xd_spot_is(c->spots[SPOT_RST_1]));
}

/*
 * Does this segment lie too far from what the piece of a file shows?  It may be of the
 * next conversation of the same ends, whose SYN another file has; if not, the pieces are
 * joined again.
 */
static bool is_elsewhere(const struct xd_wire *w, const struct xd_conn *c, unsigned dir,
                         const struct xd_segment *s)
{
    bool acks = (s->flags & TCP_ACK) != 0;
    uint32_t known = 0;

    if (!w->views[c->view].joins || c->two_sides ||
        (s->len + s->hole == 0 && (s->flags & TCP_FIN) == 0)) {
        return false;
    }
    return (find_known(&c->dir[dir], &known) && is_far(s->seq, known)) ||
           (acks && find_known(&c->dir[1 - dir], &known) && is_far(s->ack, known));
}

static void take_syn(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                     const struct xd_segment *s)
{
    struct xd_dir *d = &c->dir[dir];
    bool answer = (s->flags & TCP_ACK) != 0;

    if (!answer && c->syn_count < UINT16_MAX) {
        c->syn_count++;
    }
    c->two_sides = c->two_sides || (d->syn_seen && d->isn != s->seq);
    if (d->syn_seen &&
        (d->isn == s->seq || d->payload > 0 || (answer && c->dir[1 - dir].payload > 0))) {
        return; /* the last: a late answer to a repeated SYN, where another was taken */
    }
    if (!answer) {
        c->spots[SPOT_SYN] = w->now;
    }
    xd_conn_step(w, c, dir, answer ? XD_STEP_SYN_ACK : XD_STEP_SYN, 0);
    d->isn = s->seq;
    d->has_isn = true;
    d->syn_seen = true;
    if (!c->role_sure && !c->role_syn) {
        c->client = (uint8_t)(answer ? 1 - dir : dir);
        c->role_syn = true;
    }
    if (!d->has_next || d->payload == 0) {
        d->next = s->seq + 1;
        d->has_next = true;
        drain(w, c, dir);
    }
}

static void take_end(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                     const struct xd_segment *s)
{
    struct xd_dir *d = &c->dir[dir];

    if ((s->flags & TCP_RST) != 0 && !xd_spot_is(c->spots[SPOT_RST + dir])) {
        c->spots[SPOT_RST + dir] = w->now;
        xd_conn_step(w, c, dir, XD_STEP_RST, 0);
    }
    if ((s->flags & TCP_FIN) != 0 && !d->has_fin) {
        d->has_fin = true;
        d->fin_seq = s->seq + s->len + s->hole;
        c->spots[SPOT_FIN + dir] = w->now;
        xd_conn_step(w, c, dir, XD_STEP_FIN, 0);
    }
}

static void note_time(const struct xd_wire *w, struct xd_conn *c)
{
    if (w->now.when >> 12 >= c->spots[SPOT_LAST].when >> 12) {
        c->spots[SPOT_LAST] = w->now;
    }
}

/* Both sides have closed and all bytes were read: nothing more can come. */
static void release_closed(struct xd_wire *w, struct xd_conn *c)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct xd_dir *d = &c->dir[i];

        if (!d->has_fin || d->held != NULL || (int32_t)(d->next - d->fin_seq) < 0) {
            return;
        }
    }
    xd_conn_release(w, c);
}

void xd_tcp_take(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                 const struct xd_segment *s)
{
    note_time(w, c);
    w->ack = s->ack;
    w->has_ack = (s->flags & (TCP_ACK | TCP_RST)) == TCP_ACK;
    c->dir[dir].heard = true;
    if ((s->flags & (TCP_ACK | TCP_RST)) == TCP_ACK) {
        c->dir[dir].acks = true;
    }
    if ((s->flags & TCP_SYN) != 0) {
        take_syn(w, c, dir, s);
    }
    if (s->len + s->hole > 0 && (s->flags & TCP_RST) == 0) { /* a reset may carry text */
        take_payload(w, c, dir, s);
    }
    if ((s->flags & (TCP_RST | TCP_FIN)) != 0) {
        take_end(w, c, dir, s);
        release_closed(w, c);
    }
}

void xd_tcp_segment(struct xd_wire *w, const struct xd_segment *s)
{
    unsigned dir = 0;
    struct xd_conn *c = xd_conn_find(w, s, &dir);
    bool is_new = c != NULL && !xd_spot_is(c->spots[SPOT_LAST]);

    if (c == NULL) {
        return;
    }
    if (!is_new && (c->file != w->file || w->joining ||
                    ((s->flags & TCP_SYN) != 0 ? is_reuse(w, c, dir, s)
                                               : is_elsewhere(w, c, dir, s)) ||
                    (c->logging && xd_join_refuses_another(c, dir, s)))) {
        c = xd_conn_renew(w, c); /* every file makes pieces of its own: join.c */
    }
    if (c == NULL) {
        return;
    }
    if (!xd_spot_is(c->spots[SPOT_LAST])) {
        c->logged = (s->flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
        /* A reset may be the answer to a SYN that was captured after it. */
        c->logging = w->views[w->view].joins || (s->flags & TCP_RST) != 0;
    }
    if (c->logging) {
        xd_join_log(w, c, dir, s);
    }
    xd_tcp_take(w, c, dir, s);
    if (c->logging) {
        xd_join_settle(w, c, s, dir);
    }
}

/* In the order in which the waiting segments came, whichever direction. */
void xd_tcp_flush(struct xd_wire *w, struct xd_conn *c)
{
    w->now = (struct xd_spot){0};
    while (c->dir[0].held != NULL || c->dir[1].held != NULL) {
        const struct xd_seg *a = c->dir[0].held;
        const struct xd_seg *b = c->dir[1].held;
        unsigned dir = a == NULL || (b != NULL && b->spot.when < a->spot.when);

        skip_gap(w, c, dir);
    }
}
