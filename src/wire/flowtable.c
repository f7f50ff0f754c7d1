/*
 * flowtable.c - conversations by their two ends: a keyed open hash table over a
 * pool, and the small growing lists that a conversation keeps.
 *
 * The hash is keyed (as xd_hash is), so that no capture can choose its buckets.
 */
#include "wire_priv.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Of the ends in canonical order. */
static uint32_t hash_ends(const struct xd_wire *w, const uint8_t *low, const uint8_t *high,
                          uint64_t ports, uint64_t view)
{
    uint64_t h = mix(load64(low) ^ w->key[0], load64(low + 8) ^ w->key[1]);

    h = mix(h ^ load64(high), load64(high + 8) ^ w->key[2]);
    h = mix(h ^ ports << 16 ^ view, w->key[3]);
    return (uint32_t)(h ^ h >> 32);
}

static uint64_t join_ports(uint16_t low, uint16_t high)
{
    return (uint64_t)low << 16 | high;
}

/* One end is end 0 by any order that both directions agree on; by its bytes as numbers. */
static unsigned find_direction(const struct xd_segment *s)
{
    uint64_t a = load64(s->addr[0] + 8);
    uint64_t b = load64(s->addr[1] + 8);

    if (a == b) {
        a = load64(s->addr[0]);
        b = load64(s->addr[1]);
    }
    return a != b ? a > b : s->port[0] > s->port[1];
}

static bool is_same_address(const uint8_t *a, const uint8_t *b)
{
    return ((load64(a) ^ load64(b)) | (load64(a + 8) ^ load64(b + 8))) == 0;
}

struct xd_conn *xd_conn_at(const struct xd_wire *w, uint32_t id)
{
    return &w->pool[id / XD_POOL_BLOCK][id % XD_POOL_BLOCK];
}

static void grow_table(struct xd_wire *w)
{
    size_t n = w->n_slots * 2;
    struct xd_flow_slot *slots = xd_alloc_array(n, sizeof(*slots));

    for (size_t i = 0; i < w->n_slots; i++) {
        if (w->slots[i].id == 0) {
            continue;
        }
        size_t at = w->slots[i].tag & (n - 1);

        while (slots[at].id != 0) {
            at = (at + 1) & (n - 1);
        }
        slots[at] = w->slots[i];
    }
    xd_free(w->slots);
    w->slots = slots;
    w->n_slots = n;
}

/* Where a new one would go. */
static size_t find_free(const struct xd_wire *w, uint32_t hash)
{
    size_t at = hash & (w->n_slots - 1);

    while (w->slots[at].id != 0) {
        at = (at + 1) & (w->n_slots - 1);
    }
    return at;
}

/*
 * Somebody knows the key: everything moves under another one.  Once for each doubling, so
 * that it costs less than what was put in since.
 */
static void renew_key(struct xd_wire *w)
{
    struct xd_flow_slot *old = w->slots;
    size_t n = w->n_slots;

    xd_wire_make_key(w);
    w->n_at_key = w->n_used;
    w->slots = xd_alloc_array(n, sizeof(*w->slots));
    for (size_t i = 0; i < n; i++) {
        if (old[i].id == 0) {
            continue;
        }
        struct xd_conn *c = xd_conn_at(w, old[i].id - 1);

        c->hash = hash_ends(w, c->addr[0], c->addr[1], join_ports(c->port[0], c->port[1]),
                            c->view);
        w->slots[find_free(w, c->hash)] = (struct xd_flow_slot){c->hash, old[i].id};
    }
    xd_free(old);
}

static struct xd_conn *take_from_pool(struct xd_wire *w)
{
    if (w->n_conns >= XD_MAX_FLOWS) {
        w->conns_left_out++;
        return NULL;
    }
    if (w->n_conns / XD_POOL_BLOCK == w->n_blocks) {
        w->pool = xd_realloc(w->pool, (w->n_blocks + 1) * sizeof(*w->pool));
        w->pool[w->n_blocks++] = xd_alloc_array(XD_POOL_BLOCK, sizeof(**w->pool));
    }
    struct xd_conn *c = xd_conn_at(w, w->n_conns);

    c->id = w->n_conns++;
    c->no_steps = w->no_steps;
    c->client = 2;
    return c;
}

static bool has_ends(const struct xd_wire *w, const struct xd_conn *c,
                     const struct xd_segment *s, unsigned dir)
{
    return c->port[0] == s->port[dir] && c->port[1] == s->port[1 - dir] &&
           c->view == w->view && is_same_address(c->addr[0], s->addr[dir]) &&
           is_same_address(c->addr[1], s->addr[1 - dir]);
}

static struct xd_conn *add_conn(struct xd_wire *w, const struct xd_segment *s, unsigned dir,
                                uint32_t hash, size_t at)
{
    struct xd_conn *c = take_from_pool(w);

    if (c == NULL) {
        return NULL;
    }
    memcpy(c->addr[0], s->addr[dir], 16);
    memcpy(c->addr[1], s->addr[1 - dir], 16);
    c->port[0] = s->port[dir];
    c->port[1] = s->port[1 - dir];
    c->view = w->view;
    c->hash = hash;
    c->file = w->file;
    c->spots[SPOT_FIRST] = w->now;
    w->slots[at] = (struct xd_flow_slot){hash, c->id + 1};
    if (++w->n_used * 2 > w->n_slots) {
        grow_table(w);
    }
    return c;
}

struct xd_conn *xd_conn_find(struct xd_wire *w, const struct xd_segment *s, unsigned *dir)
{
    unsigned source_is = find_direction(s);
    uint64_t ports = join_ports(s->port[source_is], s->port[1 - source_is]);
    uint32_t hash =
        hash_ends(w, s->addr[source_is], s->addr[1 - source_is], ports, w->view);
    size_t at = hash & (w->n_slots - 1);
    size_t steps = 0;

    *dir = source_is;
    while (w->slots[at].id != 0) {
        if (w->slots[at].tag == hash) {
            struct xd_conn *c = xd_conn_at(w, w->slots[at].id - 1);

            if (has_ends(w, c, s, source_is)) {
                return c;
            }
        }
        at = (at + 1) & (w->n_slots - 1);
        steps++;
    }
    if (steps > XD_MAX_PROBES && w->n_used / 2 >= w->n_at_key) {
        renew_key(w);
        hash = hash_ends(w, s->addr[source_is], s->addr[1 - source_is], ports, w->view);
        at = find_free(w, hash);
    }
    return add_conn(w, s, source_is, hash, at);
}

struct xd_conn *xd_conn_renew(struct xd_wire *w, struct xd_conn *c)
{
    size_t at = c->hash & (w->n_slots - 1);
    struct xd_conn *n = take_from_pool(w);

    if (n == NULL) {
        return NULL;
    }
    memcpy(n->addr, c->addr, sizeof(n->addr));
    memcpy(n->port, c->port, sizeof(n->port));
    n->view = c->view;
    n->hash = c->hash;
    n->older = c->id + 1;
    n->file = w->file;
    n->spots[SPOT_FIRST] = w->now;
    while (w->slots[at].id != c->id + 1) {
        at = (at + 1) & (w->n_slots - 1);
    }
    w->slots[at].id = n->id + 1;
    return n;
}

static uint32_t clamp_length(uint32_t length)
{
    return length > 0xffffff ? 0xffffff : length;
}

static struct xd_row make_row(unsigned dir, unsigned kind, uint32_t length,
                              struct xd_spot spot)
{
    return (struct xd_row){
        .when = spot.when,
        .frame = spot.frame,
        .length = clamp_length(length) & 0xffffff,
        .kind = kind & 0x7f,
        .dir = dir & 1,
    };
}

/* A trace grows by what the heap gives in one piece; most stay short. */
static void add_to_trace(struct xd_conn *c, const struct xd_row *r, bool record)
{
    enum { FIRST = 24, MORE = 64 };
    uint8_t bytes[XD_TRACE_ROW_MAX];
    struct xd_trace_at at = {c->trace_last.when & 0xfff, xd_spot_time(c->trace_last),
                             c->trace_last.frame};
    struct xd_trace_row row = {
        .source = r->when & 0xfff,
        .time = (xd_time)(r->when >> 12),
        .frame = r->frame,
        .length = r->length,
        .kind = r->kind,
        .by = r->dir,
        .record = record,
    };
    size_t n = xd_trace_put(bytes, &at, &row);

    while ((size_t)c->trace_cap - c->trace_len < n) {
        c->trace_cap = (uint16_t)(c->trace_cap == 0 ? FIRST : c->trace_cap + MORE);
        c->trace = xd_realloc(c->trace, c->trace_cap);
    }
    memcpy(c->trace + c->trace_len, bytes, n);
    if (!record) {
        c->last_step = c->trace_len;
    }
    c->trace_len = (uint16_t)(c->trace_len + n);
    c->trace_last = (struct xd_spot){r->when, r->frame};
}

static unsigned unpack(const struct xd_conn *c, bool records, struct xd_row *out,
                       unsigned most)
{
    struct xd_slice rest = {c->trace, c->trace_len};
    struct xd_trace_at at = {0};
    struct xd_trace_row row;
    unsigned n = 0;

    while (n < most && xd_trace_get(&rest, &at, &row)) {
        if (row.record == records) {
            struct xd_spot spot = {(uint64_t)row.time << 12 | row.source, row.frame};

            out[n++] = make_row(row.by, row.kind, row.length, spot);
        }
    }
    return n;
}

unsigned xd_conn_steps(const struct xd_conn *c, struct xd_row out[XD_MAX_MESSAGES])
{
    return unpack(c, false, out, XD_MAX_MESSAGES);
}

unsigned xd_conn_records(const struct xd_conn *c, struct xd_row out[XD_MAX_LEDGER])
{
    unsigned n = 0;
    unsigned from = 0;

    if (c->proto == PROTO_TLS) {
        n = unpack(c, true, out, XD_LEDGER_HEAD);
        from = n;
    }
    for (; n < c->n_ledger; n++) {
        out[n] = c->ledger[n - from];
    }
    return n;
}

void xd_conn_rename_step(struct xd_conn *c, enum xd_step from, enum xd_step to)
{
    struct xd_row steps[XD_MAX_MESSAGES];
    unsigned n = xd_conn_steps(c, steps);

    if (n > 0 && steps[n - 1].kind == from) {
        xd_trace_rename(c->trace + c->last_step, to);
    }
}

void xd_conn_forget_steps(struct xd_conn *c)
{
    xd_free(c->trace);
    c->trace = NULL;
    c->n_steps = 0;
    c->trace_len = 0;
    c->trace_cap = 0;
    c->trace_last = (struct xd_spot){0};
}

void xd_conn_step(struct xd_wire *w, struct xd_conn *c, unsigned dir, enum xd_step step,
                  uint32_t length)
{
    if (c->proto == PROTO_IGNORED || c->no_steps) {
        return;
    }
    if (c->n_steps == XD_MAX_MESSAGES) {
        c->rows_cut = true;
        return;
    }
    struct xd_row row = make_row(dir, step, length, w->now);

    add_to_trace(c, &row, false);
    c->n_steps++;
}

/* The runs of SSH: the last one may still grow, so they are not packed. */
static void add_run(struct xd_conn *c, const struct xd_row *row)
{
    if (c->n_ledger == XD_MAX_LEDGER) {
        c->ledger_cut = true;
        c->ledger[XD_LEDGER_HEAD] = c->ledger[XD_LEDGER_HEAD + 1];
        c->ledger[XD_LEDGER_HEAD + 1] = *row;
        return;
    }
    if (c->n_ledger == c->cap_ledger) {
        c->cap_ledger = (uint8_t)(c->cap_ledger == 0 ? 8 : c->cap_ledger + 4);
        c->ledger = xd_realloc(c->ledger, c->cap_ledger * sizeof(*c->ledger));
    }
    c->ledger[c->n_ledger++] = *row;
}

void xd_conn_ledger(struct xd_conn *c, unsigned dir, unsigned type, uint32_t length,
                    struct xd_spot spot)
{
    struct xd_row row = make_row(dir, type, length, spot);

    if (c->proto != PROTO_TLS) {
        add_run(c, &row);
        return;
    }
    if (c->no_steps) {
        return;
    }
    if (c->n_ledger < XD_LEDGER_HEAD) {
        add_to_trace(c, &row, true);
        c->n_ledger++;
        return;
    }
    if (c->ledger == NULL) {
        c->ledger = xd_alloc_array(XD_LEDGER_TAIL, sizeof(*c->ledger));
    }
    if (c->n_ledger < XD_MAX_LEDGER) {
        c->ledger[c->n_ledger++ - XD_LEDGER_HEAD] = row;
        return;
    }
    c->ledger_cut = true;
    c->ledger[0] = c->ledger[1];
    c->ledger[1] = row;
}

void xd_conn_alert(struct xd_wire *w, struct xd_conn *c, const struct xd_wire_alert *a)
{
    enum { MAX_ALERTS = 8 };

    xd_conn_step(w, c, a->dir, a->encrypted ? XD_STEP_ENCRYPTED_ALERT : XD_STEP_ALERT, 2);
    if (c->n_alerts == MAX_ALERTS) { /* the last one stays the last one */
        c->alerts[MAX_ALERTS - 1] = *a;
        return;
    }
    c->alerts = xd_realloc(c->alerts, (c->n_alerts + 1U) * sizeof(*c->alerts));
    c->alerts[c->n_alerts++] = *a;
}

void xd_conn_presented(struct xd_wire *w, struct xd_conn *c,
                       const struct xd_wire_presented *p)
{
    (void)w;
    if (c->n_presented == XD_MAX_PRESENTED) {
        c->presented[XD_MAX_PRESENTED - 1].cut = true;
        return;
    }
    c->presented = xd_realloc(c->presented, (c->n_presented + 1U) * sizeof(*c->presented));
    c->presented[c->n_presented++] = *p;
}

void xd_bytes_add(struct xd_bytes *b, const uint8_t *p, size_t len)
{
    if (len == 0) {
        return;
    }
    if (b->cap - b->len < len) {
        size_t cap = b->cap == 0 ? 4096 : b->cap * 2;

        while (cap - b->len < len) {
            cap *= 2;
        }
        b->p = xd_realloc(b->p, cap);
        b->cap = cap;
    }
    memcpy(b->p + b->len, p, len);
    b->len += len;
}

struct xd_work *xd_conn_work(struct xd_wire *w, struct xd_conn *c)
{
    if (c->work != NULL) {
        return c->work;
    }
    c->work = w->free_work;
    if (c->work != NULL) {
        w->free_work = c->work->next_free;
        c->work->next_free = NULL;
    } else {
        c->work = xd_alloc(sizeof(*c->work));
    }
    c->work->dir[0].seq = c->dir[0].next;
    c->work->dir[1].seq = c->dir[1].next;
    return c->work;
}

/* Buffers keep their memory for the next one, unless they grew large. */
static void empty_bytes(struct xd_bytes *b)
{
    enum { KEPT = 32768 };

    b->len = 0;
    if (b->cap > KEPT) {
        xd_free(b->p);
        *b = (struct xd_bytes){0};
    }
}

void xd_conn_release(struct xd_wire *w, struct xd_conn *c)
{
    struct xd_work *k = c->work;

    if (k == NULL) {
        return;
    }
    c->work = NULL;
    for (unsigned d = 0; d < 2; d++) {
        empty_bytes(&k->dir[d].stream);
        empty_bytes(&k->dir[d].message);
        empty_bytes(&k->dir[d].plain);
        k->dir[d].pos = 0;
        k->dir[d].seq = 0;
        k->dir[d].left = 0;
    }
    xd_opener_free(k->opener);
    k->opener = NULL;
    k->session_id_len = 0;
    k->next_free = w->free_work;
    w->free_work = k;
}

void xd_conn_drop_held(struct xd_wire *w, struct xd_conn *c)
{
    for (unsigned d = 0; d < 2; d++) {
        while (c->dir[d].held != NULL) {
            struct xd_seg *s = c->dir[d].held;
            uint32_t cost = s->len < 512 ? 512 : s->len;

            c->dir[d].held = s->next;
            c->dir[d].held_bytes -= cost; /* one that is being delivered still counts */
            w->held_total -= cost;
            xd_free(s);
        }
    }
}
