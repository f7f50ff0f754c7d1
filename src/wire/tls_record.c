/*
 * tls_record.c - TLS records (RFC 5246, 6.2; RFC 8446, 5): clear ones to handshake
 * messages and alerts, encrypted ones to the ledger.
 *
 *    struct { ContentType type; ProtocolVersion version; uint16 length; opaque
 * fragment[length]; }
 *
 * While the handshake lasts, bytes are collected in the conversation's work; after
 * it only record headers are followed.
 */
#include "wire_priv.h"

enum {
    TYPE_CHANGE_CIPHER = 20,
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_DATA = 23,
    TYPE_HEARTBEAT = 24,
    HEADER = 5,
    MAX_FRAGMENT = 16384 + 2048, /* RFC 5246, 6.2.3 */
    TLS13 = 0x0304,
};

static unsigned read_be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static bool is_header(const uint8_t *p)
{
    return p[0] >= TYPE_CHANGE_CIPHER && p[0] <= TYPE_HEARTBEAT && p[1] == 3 && p[2] <= 4 &&
           read_be16(p + 3) <= MAX_FRAGMENT;
}

/* A version 2 ClientHello (RFC 5246, E.2): its own length and those of its parts agree. */
static bool is_sslv2_hello(struct xd_slice b)
{
    if (b.len < 11 || (b.p[0] & 0x80) == 0 || b.p[2] != 1) {
        return false;
    }
    size_t len = read_be16(b.p) & 0x7fff;
    size_t ciphers = read_be16(b.p + 5);
    size_t id = read_be16(b.p + 7);
    size_t challenge = read_be16(b.p + 9);
    bool version = b.p[3] == 3 ? b.p[4] <= 4 : b.p[3] == 0 && b.p[4] == 2;

    return version && ciphers > 0 && ciphers % 3 == 0 &&
           (id == 0 || id == 16 || id == 32) && challenge >= 16 && challenge <= 32 &&
           len == 9 + ciphers + id + challenge;
}

/* The first bytes of a side that speaks TLS: a hello, or an alert in answer to one. */
bool xd_tls_starts(struct xd_slice b)
{
    if (b.len < 6) {
        return false;
    }
    if (is_header(b.p)) {
        unsigned len = read_be16(b.p + 3);

        if (b.p[0] == TYPE_ALERT) {
            return len == 2 && (b.p[5] == 1 || b.p[5] == 2);
        }
        return b.p[0] == TYPE_HANDSHAKE && len > 0 &&
               (b.p[5] == 1 || b.p[5] == 2 || (b.p[5] == 0 && len == 4));
    }
    return is_sslv2_hello(b);
}

bool xd_tls_may_start(struct xd_slice b)
{
    static const uint8_t v3 = 3;

    if (b.len == 0) {
        return true;
    }
    if (b.p[0] == TYPE_HANDSHAKE || b.p[0] == TYPE_ALERT) {
        return b.len < 6 && (b.len < 2 || b.p[1] == v3);
    }
    return (b.p[0] & 0x80) != 0 && b.len < 11 && (b.len < 3 || b.p[2] == 1);
}

bool xd_tls_follows(struct xd_slice b)
{
    if (b.len < HEADER || !is_header(b.p)) {
        return false;
    }
    size_t end = HEADER + read_be16(b.p + 3);

    if (end == HEADER || (b.p[0] == TYPE_CHANGE_CIPHER && end != HEADER + 1)) {
        return false;
    }
    if (b.len >= end + HEADER) {
        return is_header(b.p + end);
    }
    return b.len <= end || is_header(b.p) /* too little of the next one to tell */;
}

void xd_tls_begin(struct xd_wire *w, struct xd_conn *c)
{
    c->proto = PROTO_TLS;
    c->u.tls = xd_alloc(sizeof(*c->u.tls));
    (void)xd_conn_work(w, c);
}

/* Framing is lost: what was collected of the current record and message goes. */
static void lose(struct xd_conn *c, unsigned dir)
{
    struct xd_dir *d = &c->dir[dir];

    d->sync = SYNC_LOST;
    d->doubtful = true;
    d->skip = 0;
    d->header_len = 0;
    if (c->work != NULL) {
        xd_opener_lose(c, dir);
        c->work->dir[dir].left = 0;
        c->work->dir[dir].stream.len = 0;
        c->work->dir[dir].pos = 0;
        c->work->dir[dir].message.len = 0;
    }
}

static void take_alert(struct xd_wire *w, struct xd_conn *c, unsigned dir, const uint8_t *p)
{
    struct xd_wire_alert a = {
        .spot = w->now, .dir = (uint8_t)dir, .level = p[0], .code = p[1]};

    xd_conn_alert(w, c, &a);
}

/* A message longer than any real one: the direction is given up, and that is said. */
static bool give_up_long(struct xd_wire *w, struct xd_conn *c, unsigned dir, size_t whole)
{
    if (whole <= XD_MAX_HANDSHAKE) {
        return false;
    }
    if (!c->dir[dir].doubtful && w->losses.long_message == 0) {
        w->losses.long_message = w->now.frame;
    }
    lose(c, dir);
    return true;
}

/*
 * Handshake bytes of the current record: whole messages are read where they lie;
 * one that goes on in the next record is collected.  False: more bytes are needed.
 */
static bool take_handshake(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_work *k = c->work;
    struct xd_bytes *message = &k->dir[dir].message;
    const uint8_t *p = k->dir[dir].stream.p + k->dir[dir].pos;
    size_t have = k->dir[dir].stream.len - k->dir[dir].pos;
    size_t left = k->dir[dir].left;

    have = have < left ? have : left;
    if (message->len == 0 && left >= 4) {
        if (have < 4) {
            return false;
        }
        size_t whole = 4 + ((size_t)p[1] << 16 | read_be16(p + 2));

        if (whole <= left) {
            if (have < whole) {
                return false;
            }
            k->dir[dir].pos += whole;
            k->dir[dir].left -= (uint32_t)whole;
            xd_tls_message(w, c, dir, (struct xd_slice){p, whole});
            return true;
        }
    }
    size_t want = 4 - (message->len < 4 ? message->len : 4);

    if (message->len >= 4) {
        want = 4 + ((size_t)message->p[1] << 16 | read_be16(message->p + 2)) - message->len;
    }
    size_t n = have < want ? have : want;

    if (n == 0 && want > 0) {
        return false;
    }
    xd_bytes_add(message, p, n);
    k->dir[dir].pos += n;
    k->dir[dir].left -= (uint32_t)n;
    if (message->len < 4) {
        return true;
    }
    size_t whole = 4 + ((size_t)message->p[1] << 16 | read_be16(message->p + 2));

    if (give_up_long(w, c, dir, whole)) {
        return false;
    }
    if (message->len == whole) {
        struct xd_slice m = {message->p, whole};

        xd_tls_message(w, c, dir, m);
        message->len = 0;
    }
    return true;
}

/* Bytes of a clear record.  False: more are needed. */
static bool take_clear(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_work *k = c->work;
    size_t have = k->dir[dir].stream.len - k->dir[dir].pos;
    const uint8_t *p = k->dir[dir].stream.p + k->dir[dir].pos;

    if (d->record_type == TYPE_HANDSHAKE) {
        return take_handshake(w, c, dir);
    }
    if (have < k->dir[dir].left) {
        return false;
    }
    if (d->record_type == TYPE_ALERT) {
        for (uint32_t i = 0; i + 1 < k->dir[dir].left && i < 8; i += 2) {
            take_alert(w, c, dir, p + i);
        }
    } else if (d->record_type == TYPE_CHANGE_CIPHER) {
        d->ccs = true;
        d->records = 0;
        xd_conn_step(w, c, dir, XD_STEP_CHANGE_CIPHER, k->dir[dir].left);
    }
    k->dir[dir].pos += k->dir[dir].left;
    k->dir[dir].left = 0;
    return true;
}

/*
 * Of a conversation whose hellos were not seen: can this clear record be one?  An
 * encrypted one begins with anything.
 */
static bool is_clear_by_looks(const uint8_t *p, size_t have, unsigned type, uint32_t len)
{
    if (type == TYPE_ALERT) {
        return len == 2 && (have < 1 || p[0] == 1 || p[0] == 2);
    }
    if (type != TYPE_HANDSHAKE || have < 4) {
        return type != TYPE_HANDSHAKE || len >= 4;
    }
    return xd_tls_message_is_known(p[0]) &&
           4 + ((size_t)p[1] << 16 | read_be16(p + 2)) <= len;
}

/*
 * Is a record of this type encrypted?  TLS 1.3 says so by the type; before, a
 * ChangeCipherSpec does.  Without a ServerHello the type must do.
 */
static bool is_encrypted(const struct xd_conn *c, unsigned dir, const uint8_t *p,
                         size_t have)
{
    const struct xd_dir *d = &c->dir[dir];
    unsigned type = p[0];
    uint32_t len = read_be16(p + 3);

    if (type == TYPE_CHANGE_CIPHER) {
        return false;
    }
    if (c->u.tls->version == TLS13) {
        return type == TYPE_DATA;
    }
    if (d->ccs || type == TYPE_DATA || type == TYPE_HEARTBEAT) {
        return true;
    }
    if (type == TYPE_ALERT && len != 2) {
        return true;
    }
    return d->doubtful && !is_clear_by_looks(p + HEADER, have - HEADER, type, len);
}

/* One record from its header on.  False: more bytes are needed. */
static bool take_record(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_work *k = c->work;
    size_t have = k->dir[dir].stream.len - k->dir[dir].pos;
    const uint8_t *p = k->dir[dir].stream.p + k->dir[dir].pos;

    if (have < HEADER) {
        return false;
    }
    if (!is_header(p)) {
        lose(c, dir);
        return false;
    }
    uint32_t len = read_be16(p + 3);

    if (d->doubtful && p[0] == TYPE_HANDSHAKE && have < HEADER + 4 && len >= 4) {
        return false; /* its first bytes decide */
    }
    if (!is_encrypted(c, dir, p, have)) {
        d->record_type = p[0];
        k->dir[dir].left = len;
        k->dir[dir].pos += HEADER;
        return true;
    }
    if (xd_opener_applies(c, dir) && xd_opener_wants(c, dir, p[0], len)) {
        if (have < HEADER + len) {
            return false;
        }
        d->record_len = len;
        k->dir[dir].pos += HEADER + len;
        xd_tls_open_record(w, c, dir, (struct xd_slice){p, HEADER + len});
        return true;
    }
    size_t n = have - HEADER < len ? have - HEADER : len;

    d->record_type = p[0];
    d->record_len = len;
    d->skip = len - (uint32_t)n;
    k->dir[dir].pos += HEADER + n;
    if (d->skip == 0) {
        xd_tls_encrypted(w, c, dir, d->record_type, len);
    }
    return true;
}

/* A version 2 hello stands before the first record. */
static bool take_sslv2(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_work *k = c->work;
    struct xd_slice b = {k->dir[dir].stream.p, k->dir[dir].stream.len};
    size_t whole = 2 + (size_t)(read_be16(b.p) & 0x7fff);

    if (b.len < whole) {
        return false;
    }
    k->dir[dir].pos = whole;
    xd_tls_sslv2_hello(w, c, dir, (struct xd_slice){b.p + 2, whole - 2});
    return true;
}

static void pump(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_work *k = c->work;
    bool more = true;

    if (k->dir[dir].pos == 0 && k->dir[dir].left == 0 && !c->u.tls->client_hello &&
        is_sslv2_hello((struct xd_slice){k->dir[dir].stream.p, k->dir[dir].stream.len})) {
        more = take_sslv2(w, c, dir);
    }
    while (more && d->sync == SYNC_ON && d->skip == 0 &&
           k->dir[dir].pos < k->dir[dir].stream.len) {
        more = k->dir[dir].left > 0 ? take_clear(w, c, dir) : take_record(w, c, dir);
    }
    if (k->dir[dir].pos >= XD_WIRE_HISTORY) {
        struct xd_bytes *s = &k->dir[dir].stream;

        s->len -= k->dir[dir].pos;
        memmove(s->p, s->p + k->dir[dir].pos, s->len);
        k->dir[dir].seq += (uint32_t)k->dir[dir].pos;
        k->dir[dir].pos = 0;
    }
}

/* Bytes of a header; false: it is none. */
static bool take_header(struct xd_dir *d, const uint8_t *p, size_t n)
{
    memcpy(d->header + d->header_len, p, n);
    d->header_len = (uint8_t)(d->header_len + n);
    if (d->header_len < HEADER) {
        return true;
    }
    d->header_len = 0;
    d->record_type = d->header[0];
    d->record_len = read_be16(d->header + 3);
    d->skip = d->record_len;
    return is_header(d->header);
}

/* Only headers are followed; what they frame is counted off. */
static void follow(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];

    while (b.len > 0) {
        size_t want = d->skip > 0 ? d->skip : (size_t)HEADER - d->header_len;
        size_t n = b.len < want ? b.len : want;

        if (d->skip == 0) {
            if (!take_header(d, b.p, n)) {
                lose(c, dir);
                return;
            }
        } else {
            d->skip -= (uint32_t)n;
            if (d->skip == 0) {
                xd_tls_encrypted(w, c, dir, d->record_type, d->record_len);
            }
        }
        b.p += n;
        b.len -= n;
    }
}

/* Nothing of the handshake can come any more, or it was over before the capture. */
static bool is_settled(const struct xd_conn *c)
{
    enum { ENOUGH = 16 };
    const struct xd_wire_tls *t = c->u.tls;

    if (c->established) {
        return !xd_opener_applies(c, 0) && !xd_opener_applies(c, 1);
    }
    return !t->client_hello && !t->server_hello &&
           ((c->dir[0].app_data && c->dir[1].app_data) || c->dir[0].records >= ENOUGH ||
            c->dir[1].records >= ENOUGH);
}

/* From here on headers are enough. */
static void settle(struct xd_wire *w, struct xd_conn *c)
{
    struct xd_work *k = c->work;

    if (k == NULL || !is_settled(c)) {
        return;
    }
    for (unsigned d = 0; d < 2; d++) {
        if (c->dir[d].sync == SYNC_ON && k->dir[d].left == 0) {
            struct xd_slice all = {k->dir[d].stream.p, k->dir[d].stream.len};

            follow(w, c, d, xd_slice_rest(all, k->dir[d].pos));
        } else if (c->dir[d].sync != SYNC_ON || k->dir[d].left > 0) {
            c->dir[d].sync = SYNC_LOST;
        }
    }
    xd_conn_release(w, c);
}

/*
 * Where, behind bytes that cannot be told, records go on: a header that is followed
 * by another, or by the segment's end.  The first of them is not counted.
 */
static size_t find_record(struct xd_slice b)
{
    for (size_t at = 1; at + HEADER <= b.len; at++) {
        const uint8_t *p = memchr(b.p + at, TYPE_DATA, b.len - at - HEADER + 1);

        if (p == NULL) {
            break;
        }
        at = (size_t)(p - b.p);
        if (!is_header(p) || p[2] < 1 || read_be16(p + 3) == 0) {
            continue;
        }
        size_t end = at + HEADER + read_be16(p + 3);

        if (end >= b.len || (end + HEADER <= b.len && is_header(b.p + end))) {
            return at;
        }
    }
    return 0;
}

/* Not in step: a segment may begin with a record. */
static bool resume(struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];

    if (d->sync == SYNC_START && (xd_tls_may_start(b) || xd_tls_starts(b))) {
        d->sync = SYNC_ON;
        return true;
    }
    if (!xd_tls_starts(b) && !xd_tls_follows(b)) {
        return false;
    }
    d->doubtful = true;
    d->sync = SYNC_ON;
    return true;
}

/* Go on behind the first record that is found inside the bytes. */
static void skip_into(struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];
    size_t at = find_record(b);

    d->sync = SYNC_LOST;
    if (c->work != NULL) {
        c->work->dir[dir].stream.len = 0;
        c->work->dir[dir].pos = 0;
    }
    if (at == 0) {
        return;
    }
    while (at + HEADER <= b.len && is_header(b.p + at)) {
        at += HEADER + read_be16(b.p + at + 3);
    }
    if (at >= b.len) { /* else: too few bytes of the next header to go on with */
        d->doubtful = true;
        d->sync = at > b.len ? SYNC_ON : SYNC_LOST;
        d->skip = (uint32_t)(at - b.len);
        d->record_type = 0;
        d->header_len = 0;
    }
}

static void collect(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b,
                    uint32_t seq)
{
    struct xd_dir *d = &c->dir[dir];
    struct xd_work *k = c->work;

    if (d->skip > 0 && b.len > 0) {
        size_t n = b.len < d->skip ? b.len : d->skip;

        d->skip -= (uint32_t)n;
        b.p += n;
        b.len -= n;
        seq += (uint32_t)n;
        k->dir[dir].stream.len = 0;
        k->dir[dir].pos = 0;
        if (d->skip > 0) {
            return;
        }
        xd_tls_encrypted(w, c, dir, d->record_type, d->record_len);
    }
    if (k->dir[dir].stream.len == 0) {
        k->dir[dir].seq = seq;
    }
    xd_bytes_add(&k->dir[dir].stream, b.p, b.len);
    pump(w, c, dir);
}

void xd_tls_bytes(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];

    if (d->sync != SYNC_ON) {
        struct xd_slice seen = b;

        if (c->work != NULL && b.len == 0) {
            seen =
                (struct xd_slice){c->work->dir[dir].stream.p, c->work->dir[dir].stream.len};
        }
        if (seen.len == 0) {
            return;
        }
        if (!resume(c, dir, seen)) {
            skip_into(c, dir, seen);
            return;
        }
    }
    if (c->work == NULL) {
        follow(w, c, dir, b);
        return;
    }
    collect(w, c, dir, b, d->next);
    settle(w, c);
}

void xd_tls_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t n)
{
    struct xd_dir *d = &c->dir[dir];

    (void)w;
    if (d->sync != SYNC_ON) {
        return;
    }
    if (d->skip >= n && d->skip > 0) { /* inside an encrypted record: nothing is lost */
        d->skip -= n;
        if (d->skip == 0) {
            xd_tls_encrypted(w, c, dir, d->record_type, d->record_len);
        }
        return;
    }
    struct xd_work *k = c->work;
    size_t have = k == NULL ? 0 : k->dir[dir].stream.len - k->dir[dir].pos;

    if (k != NULL && k->dir[dir].left > have && k->dir[dir].left - have >= n) {
        uint32_t rest = k->dir[dir].left - (uint32_t)have - n;

        lose(c, dir); /* a clear record: its rest is dropped, the next header is sure */
        d->sync = rest > 0 ? SYNC_ON : SYNC_LOST;
        d->skip = rest;
        d->record_type = 0;
        return;
    }
    lose(c, dir);
}
