/*
 * join.c - one conversation in several files of a view, read in any order.
 *
 * Every file makes pieces of its own, whatever was read before it, so that the order of
 * reading decides nothing.  A piece keeps its first segments as they came, until it has
 * seen a whole handshake from its SYN on: to such a one no other file can add anything but
 * what follows.  When an input's files were all read, the pieces of the same ends are put
 * in order of time; those that fit together are one conversation: merge.c makes it.
 *
 * Files may follow one another, or each hold a part of the same time: one direction, every
 * second frame, or all frames once more.
 *
 * Budgets hold for a piece, a file, or by the names of files, never for what happened to
 * be read first.
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

void xd_join_forget_segments(struct xd_wire *w, struct xd_conn *c)
{
    struct xd_log *log = c->log;

    if (log == NULL) {
        return;
    }
    while (log->first != NULL) {
        struct xd_logged *l = log->first;

        log->first = l->next;
        w->files[c->file].log_bytes -= sizeof(*l) + l->len;
        xd_free(l);
    }
    log->last = NULL;
    log->bytes[0] = 0;
    log->bytes[1] = 0;
    c->logging = false;
}

void xd_join_drop_log(struct xd_wire *w, struct xd_conn *c)
{
    xd_join_forget_segments(w, c);
    xd_free(c->log);
    c->log = NULL;
}

/* Where the piece begins in this direction, which SYN it answers, what it acknowledges. */
static void note_start(struct xd_log *log, unsigned dir, const struct xd_segment *s)
{
    bool placed = (s->flags & TCP_RST) == 0; /* resets may have any number */

    if (placed && (!log->has_start[dir] || (int32_t)(s->seq - log->start[dir]) < 0)) {
        log->start[dir] = s->seq;
        log->has_start[dir] = true;
    }
    if ((s->flags & TCP_ACK) != 0) {
        log->acked[dir] = s->ack;
        log->has_acked[dir] = true;
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
    struct xd_wire_file *file = &w->files[w->file];

    if (file->log_bytes + cost > XD_MAX_CAPTURE_LOG || seen > XD_WIRE_LOG) {
        c->logging = false;
        return;
    }
    if (!w->joining && !xd_budget_count(w, XD_BUDGET_LOGS, file->log_bytes + cost)) {
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
    file->log_bytes += cost;
    c->log->bytes[dir] += s->len;
    if (c->log->last == NULL) {
        c->log->first = l;
    } else {
        c->log->disorder = c->log->disorder || is_before(w->now, c->log->last->spot);
        c->log->last->next = l;
    }
    c->log->last = l;
}

/* A reset at the place that both directions have come to. */
static bool is_cut_clean(const struct xd_conn *c, const struct xd_segment *s, unsigned dir)
{
    return (s->flags & TCP_RST) != 0 && s->seq == c->dir[dir].next &&
           ((s->flags & TCP_ACK) == 0 || s->ack == c->dir[1 - dir].next);
}

/* Both directions from their SYN on without a hole, and the handshake over. */
static bool is_whole(const struct xd_conn *c)
{
    enum { SSH_ENOUGH = 8192 }; /* an authentication took place, or did not */
    bool closed = (c->dir[0].payload > 0) == (c->dir[1].payload > 0);
    bool ssh = c->proto == PROTO_SSH;

    for (unsigned i = 0; i < 2; i++) {
        const struct xd_dir *d = &c->dir[i];

        if (!d->syn_seen || d->held != NULL || d->gap) {
            return false;
        }
        closed = closed && d->has_fin && (int32_t)(d->next - d->fin_seq) >= 0;
        ssh = ssh && d->newkeys && d->payload > SSH_ENOUGH;
    }
    return closed || ssh || c->established || c->proto == PROTO_IGNORED;
}

void xd_join_settle(struct xd_wire *w, struct xd_conn *c, const struct xd_segment *s,
                    unsigned dir)
{
    bool open = c->dir[0].syn_seen && c->dir[1].syn_seen;

    if (open && !c->log->disorder && (is_whole(c) || is_cut_clean(c, s, dir))) {
        xd_join_drop_log(w, c);
        c->logging = false;
        c->whole = true;
    }
}

/* What a group of pieces that belong together has shown so far, by direction. */
struct extent {
    bool has_isn[2];
    bool known[2]; /* start and next */
    bool fin[2];
    bool rst;
    bool answers; /* a SYN-ACK came, for answered */
    uint32_t isn[2];
    uint32_t start[2];
    uint32_t next[2];
    uint32_t answered;
    uint64_t last; /* time of the last frame */
};

static bool find_start(const struct xd_conn *c, unsigned d, uint32_t *start)
{
    if (c->dir[d].has_isn) {
        *start = c->dir[d].isn;
        return true;
    }
    if (c->log != NULL && c->log->has_start[d]) {
        *start = c->log->start[d];
        return true;
    }
    return false;
}

static void extend(struct extent *g, const struct xd_conn *c)
{
    uint64_t last = c->spots[SPOT_LAST].when >> 12;

    for (unsigned d = 0; d < 2; d++) {
        const struct xd_dir *dir = &c->dir[d];
        uint32_t start = 0;

        if (dir->has_isn) {
            g->has_isn[d] = true;
            g->isn[d] = dir->isn;
        }
        g->fin[d] = g->fin[d] || xd_spot_is(c->spots[SPOT_FIN + d]);
        g->rst = g->rst || xd_spot_is(c->spots[SPOT_RST + d]);
        if (!find_start(c, d, &start)) {
            continue;
        }
        uint32_t next = dir->has_next ? dir->next : start;

        if (!g->known[d] || (int32_t)(start - g->start[d]) < 0) {
            g->start[d] = start;
        }
        if (!g->known[d] || (int32_t)(next - g->next[d]) > 0) {
            g->next[d] = next;
        }
        g->known[d] = true;
    }
    if (c->log != NULL && c->log->answers && !g->answers) {
        g->answers = true;
        g->answered = c->log->answered;
    }
    g->last = last > g->last ? last : g->last;
}

static bool is_over(const struct extent *g)
{
    return g->rst || (g->fin[0] && g->fin[1]);
}

/* Does b's SYN in this direction, of which the group has none, belong to the group? */
static bool is_its_syn(const struct extent *g, const struct xd_conn *b, unsigned d,
                       bool beside)
{
    uint32_t isn = b->dir[d].isn;

    if (b->log != NULL && b->log->answers && g->has_isn[1 - d] &&
        b->log->answered == g->isn[1 - d] + 1) {
        return true; /* it answers the group's */
    }
    if (g->answers && g->has_isn[1 - d] && g->answered == isn + 1) {
        return true; /* it was answered in the group */
    }
    return beside && g->known[d] && g->start[d] - isn <= NEAR;
}

/* Do b's SYNs allow it?  One that both have speaks for the other one as well. */
static bool has_its_syns(const struct extent *g, const struct xd_conn *b, bool beside)
{
    bool same = false;
    bool others = true;

    for (unsigned d = 0; d < 2; d++) {
        if (b->dir[d].syn_seen && g->has_isn[d]) {
            same = true;
            if (b->dir[d].isn != g->isn[d]) {
                return false;
            }
        } else if (b->dir[d].syn_seen) {
            others = others && is_its_syn(g, b, d, beside);
        }
    }
    return same || others;
}

/*
 * Does b lie, in this direction, where the group stopped or somewhat further on, or, if
 * both show the same time, within it?  Any segment counts: a capture on both sides of what
 * rewrites sequence numbers shows two ranges.
 */
static bool is_near(const struct extent *g, const struct xd_conn *b, unsigned d,
                    bool beside)
{
    int64_t most = is_over(g) && !beside ? AHEAD_OVER : AHEAD;
    int64_t least = -(int64_t)NEAR - (beside ? (int64_t)(g->next[d] - g->start[d]) : 0);
    uint32_t start = 0;
    int64_t ahead = 0;

    if (!find_start(b, d, &start)) {
        return false;
    }
    ahead = (int32_t)(start - g->next[d]);
    bool found = ahead >= least && ahead <= most;

    for (const struct xd_logged *l = b->log == NULL ? NULL : b->log->first;
         l != NULL && !found; l = l->next) {
        ahead = (int32_t)(l->seq - g->next[d]);
        found = l->dir == d && ahead >= least && ahead <= most;
    }
    return found;
}

/* Only refusals (RFC 9293, 3.10.7.1), of one SYN by their acknowledgement? */
static bool is_refusal(const struct xd_conn *c, unsigned *dir, uint32_t *ack)
{
    const struct xd_logged *first = c->log == NULL ? NULL : c->log->first;

    for (const struct xd_logged *l = first; l != NULL; l = l->next) {
        if ((l->flags & (TCP_RST | TCP_ACK | TCP_SYN | TCP_FIN)) != (TCP_RST | TCP_ACK) ||
            l->len + l->hole > 0 || l->dir != first->dir || l->ack != first->ack) {
            return false;
        }
    }
    if (first == NULL || !c->logging) {
        return false;
    }
    *dir = first->dir;
    *ack = first->ack;
    return true;
}

/* Does a hold nothing but the refusal of the SYN that b shows? */
static bool is_early_refusal(const struct xd_conn *a, const struct xd_conn *b)
{
    unsigned dir = 0;
    uint32_t ack = 0;

    return is_refusal(a, &dir, &ack) && b->dir[1 - dir].syn_seen &&
           b->dir[1 - dir].isn + 1 == ack && !b->dir[dir].has_isn &&
           b->dir[0].payload + b->dir[1].payload == 0;
}

/* Is b a refusal of another SYN than the group's? */
static bool refuses_another(const struct extent *g, const struct xd_conn *b)
{
    unsigned dir = 0;
    uint32_t ack = 0;

    return is_refusal(b, &dir, &ack) && g->known[1 - dir] && !g->known[dir] &&
           ack - g->start[1 - dir] > g->next[1 - dir] - g->start[1 - dir] + NEAR;
}

bool xd_join_refuses_another(const struct xd_conn *c, unsigned dir,
                             const struct xd_segment *s)
{
    const struct xd_logged *first = c->log == NULL ? NULL : c->log->first;
    const struct xd_dir *asked = &c->dir[1 - dir];

    if ((s->flags & (TCP_RST | TCP_ACK)) != (TCP_RST | TCP_ACK) || c->dir[dir].has_isn ||
        first == NULL || c->dir[0].payload + c->dir[1].payload > 0 ||
        c->dir[0].held != NULL || c->dir[1].held != NULL) {
        return false;
    }
    if (asked->syn_seen) {
        return s->ack != asked->isn + 1;
    }
    return first->dir == dir && (first->flags & TCP_RST) != 0 && first->ack != s->ack;
}

/* Is b, a piece that began no earlier, of the same conversation as the group? */
static bool belongs(const struct extent *g, const struct xd_conn *b)
{
    bool payload = b->dir[0].payload + b->dir[1].payload > 0;
    bool beside = b->spots[SPOT_FIRST].when >> 12 <= g->last;
    bool touching = false;

    if (b->log == NULL && !b->whole) {
        return b->logged; /* acknowledgements alone */
    }
    if (refuses_another(g, b)) {
        return false;
    }
    if (!has_its_syns(g, b, beside)) {
        return false;
    }
    for (unsigned d = 0; d < 2; d++) {
        uint32_t start = 0;

        if (!g->known[d] || !find_start(b, d, &start)) {
            continue;
        }
        if (!is_near(g, b, d, beside)) {
            return false;
        }
        touching = true;
    }
    return touching || !is_over(g) || beside || !payload;
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

/* The pieces, in order of time, that are one conversation each. */
static void join_groups(struct xd_wire *w, const struct piece *all, size_t n)
{
    struct xd_conn **group = xd_alloc_array(n, sizeof(struct xd_conn *));
    struct extent g = {0};
    size_t n_group = 0;

    for (size_t i = 0; i < n; i++) {
        struct xd_conn *next = xd_conn_at(w, all[i].id);

        if (n_group > 0 && !belongs(&g, next) &&
            !(n_group == 1 && is_early_refusal(group[0], next))) {
            xd_merge(w, group, n_group);
            n_group = 0;
            g = (struct extent){0};
        }
        group[n_group++] = next;
        extend(&g, next);
    }
    xd_merge(w, group, n_group);
    xd_free((void *)group);
}

void xd_join_pieces(struct xd_wire *w, const uint32_t *ids, size_t n)
{
    struct piece *all = xd_alloc_array(n, sizeof(*all));

    for (size_t i = 0; i < n; i++) {
        struct xd_conn *c = xd_conn_at(w, ids[i]);

        c->joined = true;
        all[i] = (struct piece){c->spots[SPOT_FIRST],
                                xd_wire_label(w, c->spots[SPOT_FIRST]), c->id};
    }
    qsort(all, n, sizeof(*all), compare_pieces);
    join_groups(w, all, n);
    xd_free(all);
}

void xd_join_add_chain(const struct xd_wire *w, const struct xd_conn *newest,
                       struct xd_join_list *list)
{
    for (const struct xd_conn *p = newest; p != NULL && !p->joined;
         p = p->older == 0 ? NULL : xd_conn_at(w, p->older - 1)) {
        if (list->n == list->cap) {
            list->cap = list->cap == 0 ? 8 : list->cap * 2;
            list->ids = xd_realloc(list->ids, list->cap * sizeof(*list->ids));
        }
        list->ids[list->n++] = p->id;
    }
}

void xd_join_all(struct xd_wire *w)
{
    struct xd_join_list list = {0};

    w->held_base = w->held_total;
    xd_defrag_join(w);
    xd_sides_join(w);
    for (uint32_t i = w->n_conns; i-- > w->n_joined;) { /* the newest of a chain first */
        const struct xd_conn *c = xd_conn_at(w, i);

        if (c->older != 0 && w->views[c->view].joins && !c->joined) {
            list.n = 0;
            xd_join_add_chain(w, c, &list);
            xd_join_pieces(w, list.ids, list.n);
        }
    }
    xd_free(list.ids);
    for (uint32_t i = w->n_joined; i < w->n_conns; i++) {
        xd_join_drop_log(w, xd_conn_at(w, i));
        xd_tcp_flush(w, xd_conn_at(w, i));
    }
    w->n_joined = w->n_conns;
}
