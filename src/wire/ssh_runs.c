/*
 * ssh_runs.c - the encrypted runs of an SSH conversation in the order in which they were
 * sent, not in that of their frames: who acknowledges bytes has had them before
 * (RFC 9293, 3.4).
 *
 * A login is one request and one answer after another.  Frames of either direction are
 * sorted by their sequence numbers, but a capture that lost the order of both directions
 * would show all requests before all answers.  So a run is split where the other side's
 * bytes are acknowledged in between, and the parts of both directions are merged by that
 * at the end.  Without acknowledgements the order of frames counts.
 */
#include "wire_priv.h"

enum { RUN_TELLS = 1 }; /* kind of a row until all are in order: mark.ack is one */

/* The row that was added last. */
static unsigned last_row(const struct xd_conn *c)
{
    return c->n_ledger - 1U;
}

/* Did its sender receive anything between the last run and these bytes? */
static bool is_between(const struct xd_wire *w, const struct xd_conn *c, unsigned dir,
                       uint32_t before)
{
    const struct xd_dir *other = &c->dir[1 - dir];

    if (other->has_next && (int32_t)(w->ack - other->next) > 0) {
        return true; /* what did not come yet */
    }
    for (unsigned i = 0; i < c->n_ledger; i++) {
        uint32_t end = c->u.ssh->marks[i].end;

        if (c->ledger[i].dir != dir && (int32_t)(end - before) > 0 &&
            (int32_t)(w->ack - end) >= 0) {
            return true;
        }
    }
    return false;
}

static bool continues(const struct xd_wire *w, const struct xd_conn *c, unsigned dir)
{
    if (c->n_ledger == 0 || c->ledger[last_row(c)].dir != dir) {
        return false;
    }
    bool told = c->ledger[last_row(c)].kind == RUN_TELLS && w->has_ack;
    uint32_t before = c->u.ssh->marks[last_row(c)].ack;

    return !told || before == w->ack || c->ledger_cut || !is_between(w, c, dir, before);
}

static void add_row(struct xd_conn *c, const struct xd_row *r, struct xd_ssh_mark mark)
{
    struct xd_wire_ssh *s = c->u.ssh;
    unsigned cap = c->cap_ledger;

    xd_conn_ledger(c, r->dir, r->kind, r->length, (struct xd_spot){r->when, r->frame});
    if (cap != c->cap_ledger) {
        s->marks = xd_realloc(s->marks, c->cap_ledger * sizeof(*s->marks));
    }
    if (c->ledger_cut) { /* its last two rows are the last two runs: flowtable.c */
        s->marks[XD_LEDGER_HEAD] = s->marks[XD_LEDGER_HEAD + 1];
    }
    s->marks[last_row(c)] = mark;
}

static struct xd_row make_run(unsigned dir, uint32_t len, struct xd_spot spot)
{
    return (struct xd_row){.when = spot.when,
                           .frame = spot.frame,
                           .length = (len > 0xffffff ? 0xffffff : len) & 0xffffff,
                           .dir = dir & 1};
}

/* r comes right behind the run. */
static void lengthen(struct xd_row *run, const struct xd_row *r)
{
    uint32_t sum = (uint32_t)run->length + r->length;

    run->length = (sum > 0xffffff ? 0xffffff : sum) & 0xffffff;
    run->when = r->when;
    run->frame = r->frame;
}

void xd_ssh_run_add(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t len,
                    uint32_t end)
{
    if (len == 0) {
        return;
    }
    c->dir[dir].records += len;
    struct xd_row r = make_run(dir, len, w->now);

    if (continues(w, c, dir)) {
        lengthen(&c->ledger[last_row(c)], &r);
        c->u.ssh->marks[last_row(c)].end = end;
        return;
    }
    r.kind = w->has_ack ? RUN_TELLS : 0;
    add_row(c, &r, (struct xd_ssh_mark){end, w->ack});
}

struct queue {
    const struct xd_row *rows;
    const struct xd_ssh_mark *marks;
    unsigned n;
    unsigned at; /* its first row that was not taken yet */
    unsigned dir;
};

static void find_next(struct queue *q)
{
    while (q->at < q->n && q->rows[q->at].dir != q->dir) {
        q->at++;
    }
}

/* Had the sender of a's row received all of b's? */
static bool knows(const struct queue *a, const struct queue *b)
{
    return a->rows[a->at].kind == RUN_TELLS &&
           (int32_t)(a->marks[a->at].ack - b->marks[b->at].end) >= 0;
}

/* Which of the two was sent first; where that is open, the one that was captured first. */
static struct queue *pick(struct queue *a, struct queue *b)
{
    if (a->at == a->n || b->at == b->n) {
        return a->at == a->n ? b : a;
    }
    bool a_later = knows(a, b);
    bool b_later = knows(b, a);

    if (a_later != b_later) {
        return a_later ? b : a;
    }
    return a->at < b->at ? a : b;
}

static void append(struct xd_conn *c, const struct xd_row *r)
{
    struct xd_row *last = c->n_ledger > 0 ? &c->ledger[last_row(c)] : NULL;

    if (last == NULL || last->dir != r->dir) {
        c->ledger[c->n_ledger++] = *r;
        return;
    }
    lengthen(last, r);
}

void xd_ssh_run_fold(struct xd_conn *c, const struct xd_conn *of, unsigned dir,
                     uint32_t len)
{
    struct xd_row r = make_run(dir, len, of->spots[SPOT_LAST_DATA + dir]);

    add_row(c, &r, (struct xd_ssh_mark){of->dir[dir].next, 0});
}

void xd_ssh_runs_order(struct xd_conn *c)
{
    struct xd_row rows[XD_MAX_LEDGER];
    struct queue q[2];
    unsigned n = c->n_ledger;

    for (unsigned i = 0; i < n; i++) {
        rows[i] = c->ledger[i];
        c->ledger[i].kind = 0;
    }
    if (n == 0 || c->ledger_cut) { /* far more than a login: there is nothing to tell */
        return;
    }
    for (unsigned d = 0; d < 2; d++) {
        q[d] = (struct queue){rows, c->u.ssh->marks, n, 0, d};
        find_next(&q[d]);
    }
    c->n_ledger = 0;
    while (q[0].at < n || q[1].at < n) {
        struct queue *first = pick(&q[0], &q[1]);
        struct xd_row r = rows[first->at++];

        r.kind = 0;
        append(c, &r);
        find_next(first);
    }
}
