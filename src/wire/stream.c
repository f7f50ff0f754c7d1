/*
 * stream.c - which protocol a conversation speaks, by its first bytes on any port,
 * or by a TLS start inside another protocol (STARTTLS, proxies).
 */
#include "wire_priv.h"

void xd_stream_role(struct xd_conn *c, unsigned client)
{
    if (!c->role_sure) {
        c->client = (uint8_t)client;
        c->role_sure = true;
    }
}

bool xd_stream_starts(struct xd_slice b)
{
    return xd_tls_starts(b) || xd_ssh_starts(b) ||
           (b.len >= 6 && memcmp(b.p, "PROXY ", 6) == 0);
}

static void ignore(struct xd_wire *w, struct xd_conn *c)
{
    c->proto = PROTO_IGNORED;
    xd_conn_release(w, c);
    xd_conn_drop_held(w, c);
    xd_conn_forget_steps(c);
}

static struct xd_slice rest_of(const struct xd_work *k, unsigned dir)
{
    return (struct xd_slice){k->dir[dir].stream.p, k->dir[dir].stream.len};
}

/* Let the parser of the protocol have what both directions have shown so far. */
static void begin_tls(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    xd_tls_begin(w, c);
    xd_tls_bytes(w, c, dir, (struct xd_slice){NULL, 0});
    if (c->work != NULL && c->proto == PROTO_TLS) {
        xd_tls_bytes(w, c, 1 - dir, (struct xd_slice){NULL, 0});
    }
}

static void begin_ssh(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    xd_ssh_begin(w, c);
    xd_ssh_bytes(w, c, dir, (struct xd_slice){NULL, 0});
    if (c->work != NULL) {
        xd_ssh_bytes(w, c, 1 - dir, (struct xd_slice){NULL, 0});
    }
}

/* Too few bytes for a start of TLS, but they could be its first. */
static bool is_hello_so_far(struct xd_slice b)
{
    enum { TYPE_HANDSHAKE = 22 };

    return b.len > 0 && b.p[0] == TYPE_HANDSHAKE && xd_tls_may_start(b) &&
           !xd_tls_starts(b);
}

/* Small segments count by their bytes: a greeting may come letter by letter. */
static bool is_watched_enough(struct xd_dir *d, size_t len)
{
    enum { ONE = 256 };

    d->record_len += len < ONE ? (uint32_t)len : ONE;
    if (d->record_len >= ONE) {
        d->record_len -= ONE;
        d->watched++;
    }
    return d->watched >= XD_WIRE_WATCH;
}

/* all: what began with a segment and is TLS; b, its last one, comes at d->next. */
static void start_inside(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         struct xd_slice all, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_dir *other = &c->dir[1 - dir];
    struct xd_work *k = c->work;
    bool hello = d->sync == SYNC_WATCH;

    k->dir[dir].pos = 0;
    k->dir[dir].seq = d->next - (uint32_t)(all.len - b.len);
    if (k->dir[dir].stream.len == 0) {
        xd_bytes_add(&k->dir[dir].stream, b.p, b.len);
    }
    d->doubtful = !hello;
    d->sync = SYNC_ON;
    d->record_len = 0;
    other->record_len = 0;
    if (hello && other->sync == SYNC_WATCH) {
        other->sync = SYNC_START; /* it has said in its words that TLS may begin */
    }
    begin_tls(w, c, dir);
    c->u.tls->starttls = hello;
}

/* Neither so far: a TLS start may come with a later segment, or with several small ones. */
static void watch(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_work *k = xd_conn_work(w, c);
    struct xd_bytes *run = &k->dir[dir].stream;
    struct xd_slice all = b;

    c->foreign = true;
    if (run->len > 0) {
        xd_bytes_add(run, b.p, b.len);
        all = rest_of(k, dir);
        if (!xd_tls_starts(all) && !is_hello_so_far(all)) {
            run->len = 0;
            all = b;
        }
    }
    if (xd_tls_starts(all) || (d->sync == SYNC_LOST && xd_tls_follows(b))) {
        start_inside(w, c, dir, all, b);
        return;
    }
    if (is_hello_so_far(all)) {
        if (run->len == 0) {
            xd_bytes_add(run, b.p, b.len);
        }
        return;
    }
    if (is_watched_enough(d, b.len)) {
        ignore(w, c);
    }
}

/*
 * A proxy's line about whom it speaks for (the PROXY protocol, version 1) stands in
 * front of the first bytes and is no part of them.
 */
static void drop_proxy_line(struct xd_work *k, unsigned dir)
{
    enum { LONGEST = 108 };
    struct xd_bytes *b = &k->dir[dir].stream;
    const uint8_t *end = NULL;

    if (b->len >= 6 && memcmp(b->p, "PROXY ", 6) == 0) {
        end = memchr(b->p, '\n', b->len < LONGEST ? b->len : LONGEST);
    }
    if (end != NULL) {
        size_t n = (size_t)(end - b->p) + 1;

        b->len -= n;
        memmove(b->p, b->p + n, b->len);
        k->dir[dir].seq += (uint32_t)n;
    }
}

static void classify(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    enum { ENOUGH = 2048 }; /* lines before an SSH banner are shorter in all */
    struct xd_dir *d = &c->dir[dir];

    if (d->sync != SYNC_START) {
        watch(w, c, dir, b);
        return;
    }
    struct xd_work *k = xd_conn_work(w, c);

    if (k->dir[dir].stream.len == 0) {
        k->dir[dir].seq = d->next;
    }
    xd_bytes_add(&k->dir[dir].stream, b.p, b.len);
    drop_proxy_line(k, dir);
    struct xd_slice all = rest_of(k, dir);

    if (xd_tls_starts(all)) {
        d->sync = SYNC_ON;
        begin_tls(w, c, dir);
    } else if (xd_ssh_starts(all)) {
        begin_ssh(w, c, dir);
    } else if (all.len >= ENOUGH || (!xd_tls_may_start(all) && !xd_ssh_may_start(all))) {
        d->sync = SYNC_WATCH;
        k->dir[dir].stream.len = 0;
        watch(w, c, dir, b);
    }
}

void xd_stream_bytes(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    c->dir[dir].payload += b.len;
    c->spots[SPOT_LAST_DATA + dir] = w->now;
    switch ((enum xd_wire_proto)c->proto) {
    case PROTO_UNKNOWN:
        classify(w, c, dir, b);
        return;
    case PROTO_TLS:
        xd_tls_bytes(w, c, dir, b);
        return;
    case PROTO_SSH:
        xd_ssh_bytes(w, c, dir, b);
        return;
    case PROTO_IGNORED:
        return;
    }
}

void xd_stream_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t n)
{
    struct xd_dir *d = &c->dir[dir];

    if (!c->established && !d->gap) {
        d->gap = true;
        c->spots[SPOT_GAP + dir] = w->now;
    }
    switch ((enum xd_wire_proto)c->proto) {
    case PROTO_UNKNOWN:
        d->sync = SYNC_LOST;
        return;
    case PROTO_TLS:
        xd_tls_gap(w, c, dir, n);
        return;
    case PROTO_SSH:
        xd_ssh_gap(w, c, dir, n);
        return;
    case PROTO_IGNORED:
        return;
    }
}
