/*
 * ssh.c - SSH transport (RFC 4253) as far as it is clear: identification lines, key
 * exchange, the server's host key or certificates (RFC 6187), disconnects; after
 * NEWKEYS the lengths of the runs in each direction.
 *
 *    uint32 packet_length; byte padding_length; byte payload[]; byte padding[];
 */
#include "wire_priv.h"

#include "expdiag/text.h"

enum {
    MSG_DISCONNECT = 1,
    MSG_KEXINIT = 20,
    MSG_NEWKEYS = 21,
    MSG_KEX_30 = 30,
    MSG_KEX_31 = 31,
    MSG_KEX_32 = 32,
    MSG_KEX_33 = 33,
    MSG_KEX_34 = 34,
    MAX_TEXT = 255,
};

static uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Where the identification line begins: at the start, or behind lines of greeting. */
static const uint8_t *find_banner(struct xd_slice b)
{
    for (size_t i = 0; i + 4 <= b.len && i < XD_MAX_SSH_GREETING; i++) {
        if ((i == 0 || b.p[i - 1] == '\n') && memcmp(b.p + i, "SSH-", 4) == 0) {
            return b.p + i;
        }
    }
    return NULL;
}

bool xd_ssh_starts(struct xd_slice b)
{
    return b.len >= 4 && memcmp(b.p, "SSH-", 4) == 0;
}

bool xd_ssh_may_start(struct xd_slice b)
{
    return b.len < 4 && memcmp(b.p, "SSH-", b.len) == 0;
}

void xd_ssh_begin(struct xd_wire *w, struct xd_conn *c)
{
    c->proto = PROTO_SSH;
    c->u.ssh = xd_alloc(sizeof(*c->u.ssh));
    c->u.ssh->disconnect_code = -1;
    (void)xd_conn_work(w, c);
}

static void take_kexinit(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         struct xd_slice payload)
{
    struct xd_wire_ssh *s = c->u.ssh;
    struct xd_cur m = xd_cur_init(payload);

    (void)xd_cur_u8(&m);
    struct xd_slice cookie = xd_cur_take(&m, 16);

    if (s->kexinit[dir] || cookie.len != 16) {
        return;
    }
    s->kexinit[dir] = true;
    memcpy(s->cookie[dir], cookie.p, 16);
    for (size_t i = 0; i < 10; i++) {
        struct xd_slice list = xd_cur_vec32(&m);

        if (!m.bad) {
            s->lists[dir][i] = xd_intern_text(w, (const char *)list.p, list.len);
        }
    }
}

/*
 * RFC 6187, 2.1: string algorithm; uint32 n; string certificate[n];
 * uint32 n_ocsp; string ocsp[n_ocsp].
 */
static void take_host_certificates(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                                   struct xd_slice blob)
{
    struct xd_cur m = xd_cur_init(blob);
    struct xd_slice algorithm = xd_cur_vec32(&m);
    struct xd_wire_presented p = {.spot = w->now, .dir = (uint8_t)dir};
    struct xd_cert *certs[XD_MAX_CHAIN];
    size_t n = 0;

    if (!xd_text_starts(algorithm, "x509v3-")) {
        return;
    }
    uint32_t count = xd_cur_u32(&m);

    for (uint32_t i = 0; i < count && !p.cut; i++) {
        struct xd_slice der = xd_cur_vec32(&m);
        struct xd_cert *cert = NULL;

        if (!m.bad && n < XD_MAX_CHAIN && der.len > 0 && der.len <= XD_MAX_CERT_BYTES) {
            cert = xd_intern_cert(w, der);
        }
        if (cert == NULL) {
            p.cut = true;
        } else {
            certs[n++] = cert;
        }
    }
    p.chain = xd_intern_chain(w, certs, n);
    xd_conn_presented(w, c, &p);
}

static void take_host_key(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                          struct xd_slice payload)
{
    struct xd_wire_ssh *s = c->u.ssh;
    struct xd_cur m = xd_cur_init(payload);

    (void)xd_cur_u8(&m);
    struct xd_slice blob = xd_cur_vec32(&m);

    if (m.bad || blob.len < 8 || s->has_host_key) {
        return;
    }
    s->has_host_key = true;
    xd_sha256(blob, s->host_key_sha256);
    take_host_certificates(w, c, dir, blob);
}

/* Group exchange (RFC 4419) has its own numbers: 31 is the group, 33 the reply. */
static bool is_group_exchange(struct xd_slice payload)
{
    struct xd_cur m = xd_cur_init(payload);

    (void)xd_cur_u8(&m);
    struct xd_slice first = xd_cur_vec32(&m);
    struct xd_slice second = xd_cur_vec32(&m);

    /* Two integers, of a prime and a small generator, and nothing behind them. */
    return !m.bad && xd_cur_left(&m) == 0 && first.len >= 64 && second.len <= 8;
}

static void take_disconnect(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                            struct xd_slice payload)
{
    struct xd_wire_ssh *s = c->u.ssh;
    struct xd_cur m = xd_cur_init(payload);

    (void)xd_cur_u8(&m);
    uint32_t code = xd_cur_u32(&m);
    struct xd_slice text = xd_cur_vec32(&m);

    if (s->disconnect_code >= 0 || code > 0xffff) {
        return;
    }
    s->disconnect_code = (int)code;
    s->disconnect_dir = (uint8_t)dir;
    if (!m.bad) {
        s->disconnect_text = xd_intern_text(w, (const char *)text.p,
                                            text.len < MAX_TEXT ? text.len : MAX_TEXT);
    }
}

static void take_packet(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice payload)
{
    struct xd_dir *d = &c->dir[dir];
    enum xd_step step = XD_STEP_SSH_KEX;

    switch (payload.p[0]) {
    case MSG_DISCONNECT:
        step = XD_STEP_SSH_DISCONNECT;
        take_disconnect(w, c, dir, payload);
        break;
    case MSG_KEXINIT:
        step = XD_STEP_SSH_KEXINIT;
        take_kexinit(w, c, dir, payload);
        break;
    case MSG_NEWKEYS:
        step = XD_STEP_SSH_NEWKEYS;
        d->newkeys = true;
        c->spots[SPOT_APP_DATA + dir] = w->now;
        break;
    case MSG_KEX_30:
    case MSG_KEX_32:
    case MSG_KEX_34:
        xd_stream_role(c, dir);
        break;
    case MSG_KEX_31:
    case MSG_KEX_33:
        xd_stream_role(c, 1 - dir);
        step = XD_STEP_SSH_KEX_REPLY;
        if (!is_group_exchange(payload)) {
            take_host_key(w, c, dir, payload);
        }
        break;
    default:
        return; /* ignore, debug, extensions: nothing for a ladder */
    }
    xd_conn_step(w, c, dir, step, (uint32_t)payload.len);
}

static void lose(struct xd_conn *c, unsigned dir)
{
    c->dir[dir].sync = SYNC_LOST;
    c->work->dir[dir].stream.len = 0;
    c->work->dir[dir].pos = 0;
}

/* The identification line; false: more is needed. */
static bool take_banner(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_work *k = c->work;
    struct xd_slice b = {k->dir[dir].stream.p, k->dir[dir].stream.len};
    const uint8_t *line = find_banner(b);
    const uint8_t *end = NULL;

    if (line != NULL) {
        size_t left = b.len - (size_t)(line - b.p);

        end = memchr(line, '\n', left < MAX_TEXT + 2 ? left : MAX_TEXT + 2);
    }
    if (end == NULL) {
        if (b.len >= XD_MAX_SSH_GREETING + MAX_TEXT) {
            lose(c, dir);
        }
        return false;
    }
    size_t len = (size_t)(end - line);

    k->dir[dir].pos = (size_t)(end - b.p) + 1;
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == '\n')) {
        len--;
    }
    c->u.ssh->banner[dir] = xd_intern_text(w, (const char *)line, len);
    c->dir[dir].sync = SYNC_ON;
    xd_conn_step(w, c, dir, XD_STEP_SSH_BANNER, (uint32_t)len);
    return true;
}

/* One clear packet; false: more is needed. */
static bool take_clear(struct xd_wire *w, struct xd_conn *c, unsigned dir)
{
    struct xd_work *k = c->work;
    const uint8_t *p = k->dir[dir].stream.p + k->dir[dir].pos;
    size_t have = k->dir[dir].stream.len - k->dir[dir].pos;

    if (have < 6) {
        return false;
    }
    uint32_t len = read_be32(p);

    if (len < 2 || len > XD_MAX_SSH_PACKET || p[4] + 1U >= len) {
        /* much more is no packet at all */
        if (len > XD_MAX_SSH_PACKET && len < XD_MAX_FLOW_BUFFER && w->losses.ssh == 0) {
            w->losses.ssh = w->now.frame;
        }
        lose(c, dir);
        return false;
    }
    if (have - 4 < len) {
        return false;
    }
    k->dir[dir].pos += 4 + (size_t)len;
    take_packet(w, c, dir, (struct xd_slice){p + 5, len - 1 - p[4]});
    return true;
}

/* Bytes after NEWKEYS, and where they end in the sender's numbers. */
static void take_encrypted(struct xd_wire *w, struct xd_conn *c, unsigned dir, size_t len,
                           size_t step)
{
    xd_ssh_run_add(w, c, dir, (uint32_t)len, c->dir[dir].next + (uint32_t)step);
}

static void pump(struct xd_wire *w, struct xd_conn *c, unsigned dir, size_t step)
{
    struct xd_work *k = c->work;
    struct xd_dir *d = &c->dir[dir];
    bool more = true;

    while (more && d->sync != SYNC_LOST && !d->newkeys &&
           k->dir[dir].pos < k->dir[dir].stream.len) {
        more =
            c->u.ssh->banner[dir] == NULL ? take_banner(w, c, dir) : take_clear(w, c, dir);
    }
    if (k->dir[dir].pos >= XD_WIRE_HISTORY) {
        struct xd_bytes *b = &k->dir[dir].stream;

        b->len -= k->dir[dir].pos;
        memmove(b->p, b->p + k->dir[dir].pos, b->len);
        k->dir[dir].seq += (uint32_t)k->dir[dir].pos;
        k->dir[dir].pos = 0;
    }
    if (d->newkeys) {
        size_t rest = k->dir[dir].stream.len - k->dir[dir].pos;

        take_encrypted(w, c, dir, rest, step);
        k->dir[dir].stream.len = 0;
        k->dir[dir].pos = 0;
    }
}

void xd_ssh_bytes(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b)
{
    struct xd_dir *d = &c->dir[dir];

    if (d->newkeys) {
        take_encrypted(w, c, dir, b.len, b.len);
        return;
    }
    if (d->sync == SYNC_LOST || c->work == NULL) {
        return;
    }
    if (c->work->dir[dir].stream.len == 0) {
        c->work->dir[dir].seq = d->next;
    }
    xd_bytes_add(&c->work->dir[dir].stream, b.p, b.len);
    pump(w, c, dir, b.len);
    if (c->dir[0].newkeys && c->dir[1].newkeys) {
        xd_conn_release(w, c);
    }
}

void xd_ssh_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t n)
{
    if (c->dir[dir].newkeys) {
        take_encrypted(w, c, dir, n, n);
        return;
    }
    if (c->work != NULL) {
        lose(c, dir);
    }
}
