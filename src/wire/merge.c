/*
 * merge.c - the pieces of one conversation made one, as if one file had held them.
 *
 * The segments that the pieces kept are put in order of time and told again: to a piece
 * that needs nothing of the others, or to one that begins anew.  Of what a piece saw
 * behind the segments that it kept only counts are added, at that place.
 */
#include "wire_priv.h"

static bool is_before(struct xd_spot a, struct xd_spot b)
{
    return a.when >> 12 < b.when >> 12;
}

/* Places of one file by frames, others by time. */
static bool is_behind(struct xd_spot a, struct xd_spot b)
{
    return xd_spot_file(a) == xd_spot_file(b) ? a.frame > b.frame : is_before(b, a);
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

/* Bytes that the piece saw behind its log, but for repetitions and what is known. */
static uint64_t count_more(const struct xd_conn *a, const struct xd_conn *b, unsigned d)
{
    uint64_t kept = b->log != NULL ? b->log->bytes[d] : 0;
    uint64_t more = b->dir[d].payload > kept ? b->dir[d].payload - kept : 0;
    int32_t ahead = (int32_t)(b->dir[d].next - a->dir[d].next);

    if (!a->dir[d].has_next || more > INT32_MAX) {
        return more;
    }
    return ahead <= 0 ? 0 : more < (uint32_t)ahead ? more : (uint32_t)ahead;
}

/* Its last bytes, its FIN and its RST. */
static void merge_end(struct xd_conn *a, const struct xd_conn *b, unsigned d)
{
    merge_spot(&a->spots[SPOT_LAST_DATA + d], b->spots[SPOT_LAST_DATA + d], true);
    if (b->dir[d].has_fin && !a->dir[d].has_fin) {
        a->dir[d].has_fin = true;
        a->dir[d].fin_seq = b->dir[d].fin_seq;
        a->spots[SPOT_FIN + d] = b->spots[SPOT_FIN + d];
    }
    merge_spot(&a->spots[SPOT_RST + d], b->spots[SPOT_RST + d], false);
}

static void fold_direction(struct xd_conn *a, const struct xd_conn *b, unsigned d,
                           uint64_t more)
{
    struct xd_spot until = b->log->until;
    struct xd_spot data = b->spots[SPOT_APP_DATA + d];

    a->dir[d].payload += more;
    merge_end(a, b, d);
    if (a->proto == PROTO_TLS && b->proto == PROTO_TLS && b->dir[d].app_data &&
        is_behind(data, until) && !a->dir[d].app_data) {
        a->dir[d].app_data = true;
        a->spots[SPOT_APP_DATA + d] = data;
    }
    if (more > 0) {
        fold_framing(a, b, d);
    }
}

/* SSH: lengths after NEWKEYS; what came behind the log is one run a direction. */
static void fold_ssh(struct xd_conn *a, const struct xd_conn *b, const uint64_t *more)
{
    unsigned first = is_before(b->spots[SPOT_LAST_DATA_1], b->spots[SPOT_LAST_DATA]);

    for (unsigned i = 0; i < 2; i++) {
        unsigned d = i == 0 ? first : 1 - first;

        if (a->dir[d].newkeys && more[d] > 0) {
            xd_ssh_run_fold(a, b, d, more[d] > 0xffffff ? 0xffffff : (uint32_t)more[d]);
        }
    }
}

/* The same frame may lie in several files. */
static bool has_row(const struct xd_row *rows, unsigned n, const struct xd_row *r)
{
    for (unsigned i = 0; i < n; i++) {
        if (rows[i].when >> 12 == r->when >> 12 && rows[i].dir == r->dir &&
            rows[i].kind == r->kind && rows[i].length == r->length) {
            return true;
        }
    }
    return false;
}

static bool has_alert(const struct xd_conn *c, const struct xd_wire_alert *alert)
{
    for (unsigned i = 0; i < c->n_alerts; i++) {
        if (c->alerts[i].spot.when >> 12 == alert->spot.when >> 12 &&
            c->alerts[i].dir == alert->dir && c->alerts[i].code == alert->code) {
            return true;
        }
    }
    return false;
}

static void fold_ends(struct xd_wire *w, struct xd_conn *a, const struct xd_conn *b,
                      struct xd_spot until)
{
    struct xd_row known[XD_MAX_MESSAGES];
    struct xd_row rows[XD_MAX_MESSAGES];
    unsigned n_known = xd_conn_steps(a, known);
    unsigned n = xd_conn_steps(b, rows);

    for (unsigned i = 0; i < n; i++) {
        const struct xd_row *r = &rows[i];
        bool wanted = r->kind == XD_STEP_FIN || r->kind == XD_STEP_RST;

        w->now = (struct xd_spot){r->when, r->frame};
        if (wanted && is_behind(w->now, until) && !has_row(known, n_known, r)) {
            xd_conn_step(w, a, r->dir, (enum xd_step)r->kind, r->length);
        }
    }
}

/* Ladder, alerts and ledger of what came behind the log. */
static void fold_lists(struct xd_wire *w, struct xd_conn *a, const struct xd_conn *b,
                       struct xd_spot until)
{
    struct xd_row known[XD_MAX_LEDGER];
    struct xd_row rows[XD_MAX_LEDGER];

    fold_ends(w, a, b, until);
    for (unsigned i = 0; i < b->n_alerts; i++) {
        if (is_behind(b->alerts[i].spot, until) && !has_alert(a, &b->alerts[i])) {
            w->now = b->alerts[i].spot;
            xd_conn_alert(w, a, &b->alerts[i]); /* with its step */
        }
    }
    if (a->proto != PROTO_TLS || b->proto != PROTO_TLS) {
        return;
    }
    unsigned n_known = xd_conn_records(a, known);
    unsigned n = xd_conn_records(b, rows);

    for (unsigned i = 0; i < n; i++) {
        struct xd_row r = rows[i];
        struct xd_spot spot = {r.when, r.frame};

        if (is_behind(spot, until) && !has_row(known, n_known, &r)) {
            xd_conn_ledger(a, r.dir, r.kind, r.length, spot);
        }
    }
    a->ledger_cut = a->ledger_cut || b->ledger_cut;
}

/* What a piece saw after its log was full. */
static void fold(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    uint64_t more[2] = {0, 0};

    xd_tcp_flush(w, b);
    xd_conn_release(w, a); /* bytes are missing: what it collected is of no use */
    for (unsigned d = 0; d < 2; d++) {
        more[d] = count_more(a, b, d);
        fold_direction(a, b, d, more[d]);
    }
    fold_lists(w, a, b, b->log->until);
    if (a->proto == PROTO_SSH) {
        fold_ssh(a, b, more);
    }
}

/* ---- one list of segments ---- */

enum { DIR_FOLD = 2 }; /* no segment: here the counts of piece seq are added */

/* Does a acknowledge bytes that b brings?  Then it was sent later. */
static bool acknowledges(const struct xd_logged *a, const struct xd_logged *b)
{
    bool syn = (b->flags & TCP_SYN) != 0;

    return a->dir == 1 - b->dir && (a->flags & TCP_ACK) != 0 &&
           b->len + b->hole + syn > 0 &&
           (int32_t)(a->ack - (b->seq + b->len + b->hole + syn)) >= 0;
}

/* Of two that two pieces show next: does b come first? */
static bool is_earlier(const struct xd_logged *b, const struct xd_logged *a)
{
    if (b->spot.when >> 12 != a->spot.when >> 12 || b->dir == DIR_FOLD ||
        a->dir == DIR_FOLD) {
        return is_before(b->spot, a->spot);
    }
    return a->dir == b->dir ? (int32_t)(b->seq - a->seq) < 0 : acknowledges(a, b);
}

static bool is_same_frame(const struct xd_logged *a, const struct xd_logged *b)
{
    return a->spot.when >> 12 == b->spot.when >> 12 && a->dir == b->dir &&
           a->seq == b->seq && a->ack == b->ack && a->flags == b->flags &&
           a->len == b->len && a->hole == b->hole && a->dir != DIR_FOLD &&
           (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

/* Each keeps its order; a frame that both show is one. */
static struct xd_logged *merge_lists(struct xd_logged *a, struct xd_logged *b)
{
    struct xd_logged *first = NULL;
    struct xd_logged **end = &first;

    while (a != NULL && b != NULL) {
        if (is_same_frame(a, b)) {
            struct xd_logged *again = b;

            b = b->next;
            xd_free(again);
            continue;
        }
        struct xd_logged **from = is_earlier(b, a) ? &b : &a;

        *end = *from;
        end = &(*from)->next;
        *from = (*from)->next;
    }
    *end = a != NULL ? a : b;
    return first;
}

/* What the piece kept, and where that ends before the piece does, a mark. */
static struct xd_logged *take_list(struct xd_conn *c)
{
    struct xd_log *log = c->log;
    struct xd_logged *first = NULL;

    if (log == NULL) {
        return NULL;
    }
    log->until = log->last != NULL ? log->last->spot : (struct xd_spot){0};
    if (!c->logging) {
        struct xd_logged *mark = xd_alloc(sizeof(*mark));

        *mark = (struct xd_logged){.spot = log->last != NULL ? log->until
                                                             : c->spots[SPOT_FIRST],
                                   .seq = c->id,
                                   .dir = DIR_FOLD};
        if (log->last != NULL) {
            log->last->next = mark;
        } else {
            log->first = mark;
        }
    }
    first = log->first;
    log->first = NULL;
    log->last = NULL;
    return first;
}

/* Neighbours first, so that many pieces cost no more than their sum a few times. */
static struct xd_logged *merge_all(struct xd_logged **lists, size_t n)
{
    for (size_t step = 1; step < n; step *= 2) {
        for (size_t i = 0; i + step < n; i += 2 * step) {
            lists[i] = merge_lists(lists[i], lists[i + step]);
        }
    }
    return lists[0];
}

/* old: what the base was before it began anew, where its counts are wanted. */
static void replay(struct xd_wire *w, struct xd_conn *base, struct xd_conn *old,
                   struct xd_logged *list)
{
    while (list != NULL) {
        struct xd_logged *l = list;
        struct xd_segment s = {
            .seq = l->seq,
            .ack = l->ack,
            .flags = l->flags,
            .p = l->bytes,
            .len = l->len,
            .hole = l->hole,
        };

        list = l->next;
        if (l->dir == DIR_FOLD) {
            fold(w, base, l->seq == base->id ? old : xd_conn_at(w, l->seq));
        } else {
            w->now = l->spot;
            xd_tcp_take(w, base, l->dir, &s);
        }
        xd_free(l);
    }
}

/* ---- the group ---- */

/* The first SYN is the one to show: that of a. */
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

/* A whole piece beside another one: what it saw longer. */
static void add_longer(struct xd_wire *w, struct xd_conn *a, struct xd_conn *b)
{
    struct xd_spot until = a->spots[SPOT_LAST];

    for (unsigned d = 0; d < 2; d++) {
        if (b->dir[d].payload > a->dir[d].payload) {
            a->dir[d].payload = b->dir[d].payload;
        }
        merge_end(a, b, d);
        if (b->dir[d].app_data && !a->dir[d].app_data) {
            a->dir[d].app_data = true;
            a->spots[SPOT_APP_DATA + d] = b->spots[SPOT_APP_DATA + d];
        }
    }
    fold_lists(w, a, b, until);
}

static struct xd_conn *find_whole(struct xd_conn *const *group, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (group[i]->whole) {
            return group[i];
        }
    }
    return NULL;
}

/* Does the first piece end before all others begin? */
static bool is_alone_at_first(struct xd_conn *const *group, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (!is_before(group[0]->spots[SPOT_LAST], group[i]->spots[SPOT_FIRST])) {
            return false;
        }
    }
    return true;
}

/* The base anew, without anything that it showed; that is given back. */
static struct xd_conn begin_anew(struct xd_conn *c)
{
    struct xd_conn old = *c;

    *c = (struct xd_conn){.port = {old.port[0], old.port[1]},
                          .view = old.view,
                          .client = 2,
                          .id = old.id,
                          .older = old.older,
                          .hash = old.hash,
                          .file = old.file,
                          .joined = true,
                          .logged = old.logged,
                          .no_steps = old.no_steps};
    memcpy(c->addr, old.addr, sizeof(c->addr));
    c->spots[SPOT_FIRST] = old.spots[SPOT_FIRST];
    return old;
}

/* Acknowledgements alone are in no log. */
static void merge_heard(struct xd_conn *a, const struct xd_conn *b)
{
    for (unsigned d = 0; d < 2; d++) {
        a->dir[d].heard = a->dir[d].heard || b->dir[d].heard;
        a->dir[d].acks = a->dir[d].acks || b->dir[d].acks;
    }
}

/* What came to the base from elsewhere: its piece is told no more. */
static void take_over(struct xd_wire *w, struct xd_conn *base, struct xd_conn *c)
{
    if (c->whole) {
        add_longer(w, base, c);
    }
    if (is_before(c->spots[SPOT_FIRST], base->spots[SPOT_FIRST])) {
        base->spots[SPOT_FIRST] = c->spots[SPOT_FIRST];
        merge_spot(&base->spots[SPOT_SYN], c->spots[SPOT_SYN], false);
        show_first_syn(w, c, base);
    }
    merge_spot(&base->spots[SPOT_LAST], c->spots[SPOT_LAST], true);
    base->overlap_differs = base->overlap_differs || c->overlap_differs;
    merge_heard(base, c);
    c->merged = true;
    xd_conn_release(w, c);
    xd_conn_drop_held(w, c);
}

void xd_merge(struct xd_wire *w, struct xd_conn *const *group, size_t n)
{
    struct xd_conn *base = find_whole(group, n);
    bool anew = base == NULL && n > 1 && !is_alone_at_first(group, n);
    struct xd_conn old = {0};
    struct xd_logged **lists = NULL;

    if (n < 2) {
        return;
    }
    base = base != NULL ? base : group[0];
    lists = xd_alloc_array(n, sizeof(struct xd_logged *));
    for (size_t i = 0; i < n; i++) {
        lists[i] = group[i] != base || anew ? take_list(group[i]) : NULL;
    }
    if (anew) {
        old = begin_anew(base);
    }
    replay(w, base, &old, merge_all(lists, n));
    xd_free((void *)lists);
    for (size_t i = 0; i < n; i++) {
        if (group[i] != base) {
            take_over(w, base, group[i]);
        }
    }
    if (anew) {
        merge_spot(&base->spots[SPOT_LAST], old.spots[SPOT_LAST], true);
        base->overlap_differs = base->overlap_differs || old.overlap_differs;
        merge_heard(base, &old);
        xd_conn_forget(w, &old);
    }
}
