/*
 * tls_decrypt.c - opening records with secrets that were given: TLS 1.3 (RFC 8446, 5.2
 * and 7.3) and TLS 1.2 (RFC 5246, 6.2.3 and 6.3; RFC 5288, 6655, 7366, 7905).
 *
 * Handshake messages and alerts are read; application data is only counted, but for
 * what in TLS 1.3 could be either.
 */
#include "wire_priv.h"

enum {
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_DATA = 23,
    HEADER = 5,
    MESSAGE_FINISHED = 20,
    MESSAGE_KEY_UPDATE = 24,
    TLS12 = 0x0303,
    TLS13 = 0x0304,
    MAX_SECRET = 64,
    SMALL =
        320, /* TLS 1.3: once data flowed, only records up to this may be something else */
};

/* Keys of one direction. */
struct opener_dir {
    uint8_t secret[MAX_SECRET]; /* TLS 1.3: the traffic secret in use */
    size_t secret_len;
    uint8_t key[32];
    uint8_t iv[16];
    uint8_t mac[48];
    uint64_t sequence;
    bool ready;
};

struct xd_opener {
    struct xd_cipher_suite suite;
    bool tls13;
    struct opener_dir dir[2];
};

void xd_opener_free(struct xd_opener *o)
{
    xd_free(o);
}

static void set_traffic_secret(struct xd_opener *o, unsigned dir, struct xd_slice secret)
{
    struct opener_dir *d = &o->dir[dir];

    d->ready = false;
    if (secret.len != xd_hash_len(o->suite.hash)) {
        return;
    }
    memmove(d->secret, secret.p, secret.len);
    d->secret_len = secret.len;
    secret.p = d->secret;
    xd_hkdf_expand_label(o->suite.hash, secret, "key", d->key, o->suite.key_len);
    xd_hkdf_expand_label(o->suite.hash, secret, "iv", d->iv, 12);
    d->sequence = 0;
    d->ready = true;
}

static void start_13(struct xd_wire *w, struct xd_conn *c, struct xd_opener *o)
{
    const uint8_t *random = c->u.tls->random[0];

    o->tls13 = true;
    set_traffic_secret(o, c->client,
                       xd_secrets_find(w, XD_SECRET_CLIENT_HANDSHAKE, random));
    set_traffic_secret(o, 1 - c->client,
                       xd_secrets_find(w, XD_SECRET_SERVER_HANDSHAKE, random));
}

/* RFC 5246, 6.3: MAC keys, keys and fixed IVs, the client's first. */
static void start_12(struct xd_wire *w, struct xd_conn *c, struct xd_opener *o)
{
    const struct xd_wire_tls *t = c->u.tls;
    struct xd_slice master = xd_secrets_find(w, XD_SECRET_MASTER, t->random[0]);
    uint8_t seed[64];
    uint8_t block[2 * (48 + 32 + 16)];
    const uint8_t *p = block;
    const struct xd_cipher_suite *s = &o->suite;

    if (master.len == 0) {
        return;
    }
    memcpy(seed, t->random[1], 32);
    memcpy(seed + 32, t->random[0], 32);
    xd_tls12_prf(s->hash, master, "key expansion", (struct xd_slice){seed, sizeof(seed)},
                 block, sizeof(block));
    for (unsigned part = 0; part < 3; part++) {
        size_t len = part == 0 ? s->mac_len : part == 1 ? s->key_len : s->iv_len;

        for (unsigned side = 0; side < 2; side++) {
            struct opener_dir *d = &o->dir[side == 0 ? c->client : 1 - c->client];

            memcpy(part == 0 ? d->mac : part == 1 ? d->key : d->iv, p, len);
            p += len;
        }
    }
    o->dir[0].ready = true;
    o->dir[1].ready = true;
}

void xd_opener_start(struct xd_wire *w, struct xd_conn *c)
{
    struct xd_opener o = {.tls13 = false};
    const struct xd_wire_tls *t = c->u.tls;

    if (w->secrets == NULL || c->work == NULL || c->client > 1 || c->work->opener != NULL ||
        !xd_cipher_suite_find(t->cipher, &o.suite)) {
        return;
    }
    if (t->version == TLS13) {
        start_13(w, c, &o);
    } else if (t->version == TLS12) {
        start_12(w, c, &o);
    }
    if (o.dir[0].ready || o.dir[1].ready) {
        c->work->opener = xd_alloc(sizeof(o));
        *c->work->opener = o;
    }
}

bool xd_opener_applies(const struct xd_conn *c, unsigned dir)
{
    const struct xd_opener *o = c->work->opener;

    return o != NULL && o->dir[dir].ready;
}

void xd_opener_lose(struct xd_conn *c, unsigned dir)
{
    if (c->work->opener != NULL) {
        c->work->opener->dir[dir].ready = false;
        c->work->dir[dir].plain.len = 0;
    }
}

/* Does a record of this length need opening, or is it data that is only counted? */
bool xd_opener_wants(struct xd_conn *c, unsigned dir, unsigned type, uint32_t len)
{
    struct xd_opener *o = c->work->opener;
    bool wanted = o->tls13 ? !c->established || !c->dir[dir].app_data || len <= SMALL
                           : type != TYPE_DATA;

    if (!wanted) {
        o->dir[dir].sequence++;
    }
    return wanted;
}

static void put_be64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (56 - 8 * i));
    }
}

/* RFC 8446, 5.3 and RFC 7905: the IV with the sequence number mixed in. */
static void make_nonce(const struct opener_dir *d, uint8_t nonce[12])
{
    uint8_t sequence[8];

    put_be64(sequence, d->sequence);
    memcpy(nonce, d->iv, 12);
    for (unsigned i = 0; i < 8; i++) {
        nonce[4 + i] ^= sequence[i];
    }
}

static size_t open_13(const struct xd_opener *o, unsigned dir, struct xd_slice record,
                      uint8_t *out)
{
    const struct opener_dir *d = &o->dir[dir];
    uint8_t nonce[12];
    struct xd_sealed m = {
        .kind = o->suite.kind,
        .key = d->key,
        .nonce = nonce,
        .tag_len = o->suite.tag_len,
        .aad = {record.p, HEADER},
        .in = {record.p + HEADER, record.len - HEADER},
    };

    make_nonce(d, nonce);
    return xd_aead_open(&m, out) ? m.in.len - m.tag_len : 0;
}

/* seq_num + type + version + length of the plaintext */
static void make_aad(const struct opener_dir *d, struct xd_slice record, size_t len,
                     uint8_t aad[13])
{
    put_be64(aad, d->sequence);
    memcpy(aad + 8, record.p, 3);
    aad[11] = (uint8_t)(len >> 8);
    aad[12] = (uint8_t)len;
}

static size_t open_aead_12(const struct xd_opener *o, unsigned dir, struct xd_slice record,
                           uint8_t *out)
{
    const struct opener_dir *d = &o->dir[dir];
    bool explicit_nonce = o->suite.iv_len == 4;
    size_t extra = explicit_nonce ? 8 : 0;
    uint8_t nonce[12];
    uint8_t aad[13];

    if (record.len < HEADER + extra + o->suite.tag_len) {
        return 0;
    }
    struct xd_sealed m = {
        .kind = o->suite.kind,
        .key = d->key,
        .nonce = nonce,
        .tag_len = o->suite.tag_len,
        .aad = {aad, sizeof(aad)},
        .in = {record.p + HEADER + extra, record.len - HEADER - extra},
    };

    make_nonce(d, nonce);
    if (explicit_nonce) {
        memcpy(nonce, d->iv, 4);
        memcpy(nonce + 4, record.p + HEADER, 8);
    }
    make_aad(d, record, m.in.len - m.tag_len, aad);
    return xd_aead_open(&m, out) ? m.in.len - m.tag_len : 0;
}

/* IV, then content, MAC and padding; or with encrypt-then-MAC the MAC behind all. */
static size_t open_cbc_12(const struct xd_conn *c, const struct xd_opener *o, unsigned dir,
                          struct xd_slice record, uint8_t *out)
{
    const struct opener_dir *d = &o->dir[dir];
    const struct xd_cipher_suite *s = &o->suite;
    struct xd_slice in = {record.p + HEADER, record.len - HEADER};
    size_t behind = c->u.tls->encrypt_then_mac ? s->mac_len : 0;
    uint8_t aad[13];
    uint8_t mac[48];

    if (in.len < s->block + behind || (in.len - behind) % s->block != 0) {
        return 0;
    }
    in.len -= behind;
    if (in.len < 2 * (size_t)s->block ||
        !xd_cbc_decrypt(s->kind, d->key, in.p,
                        (struct xd_slice){in.p + s->block, in.len - s->block}, out)) {
        return 0;
    }
    size_t len = in.len - s->block;
    size_t padding = out[len - 1] + (size_t)1;
    size_t inside = behind > 0 ? 0 : s->mac_len;

    if (padding + inside > len) {
        return 0;
    }
    len -= padding + inside;
    make_aad(d, record, behind > 0 ? in.len : len, aad);
    xd_hmac(s->mac, (struct xd_slice){d->mac, s->mac_len},
            (struct xd_slice){aad, sizeof(aad)},
            behind > 0 ? in : (struct xd_slice){out, len}, mac);
    const uint8_t *sent = behind > 0 ? in.p + in.len : out + len;

    return memcmp(mac, sent, s->mac_len) == 0 ? len : 0;
}

static void take_alert(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                       struct xd_slice b)
{
    if (b.len >= 2) {
        struct xd_wire_alert a = {.spot = w->now,
                                  .dir = (uint8_t)dir,
                                  .level = b.p[0],
                                  .code = b.p[1],
                                  .encrypted = true};

        xd_conn_alert(w, c, &a);
    }
}

/* What a message changes in the keys. */
static void after_message(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint8_t type)
{
    struct xd_opener *o = c->work->opener;
    const uint8_t *random = c->u.tls->random[0];

    if (type == MESSAGE_FINISHED) {
        if (o->tls13) {
            set_traffic_secret(o, dir,
                               xd_secrets_find(w,
                                               dir == c->client ? XD_SECRET_CLIENT_TRAFFIC
                                                                : XD_SECRET_SERVER_TRAFFIC,
                                               random));
        }
        xd_tls_finished(w, c, dir, w->now);
    } else if (type == MESSAGE_KEY_UPDATE && o->tls13) {
        struct opener_dir *d = &o->dir[dir];
        uint8_t next[MAX_SECRET];
        struct xd_slice secret = {d->secret, d->secret_len};

        xd_hkdf_expand_label(o->suite.hash, secret, "traffic upd", next, d->secret_len);
        set_traffic_secret(o, dir, (struct xd_slice){next, d->secret_len});
    }
}

/* Whole messages out of the plaintext that has come so far. */
static void take_messages(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                          struct xd_slice b)
{
    struct xd_bytes *plain = &c->work->dir[dir].plain;
    size_t at = 0;

    xd_bytes_add(plain, b.p, b.len);
    while (plain->len - at >= 4) {
        const uint8_t *p = plain->p + at;
        size_t whole = 4 + ((size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]);

        if (whole > XD_MAX_HANDSHAKE) {
            plain->len = 0;
            return;
        }
        if (plain->len - at < whole) {
            break;
        }
        xd_tls_message(w, c, dir, (struct xd_slice){p, whole});
        after_message(w, c, dir, p[0]);
        at += whole;
    }
    plain->len -= at;
    memmove(plain->p, plain->p + at, plain->len);
}

static void take_plain(struct xd_wire *w, struct xd_conn *c, unsigned dir, unsigned type,
                       struct xd_slice b)
{
    c->dir[dir].alert_last = type == TYPE_ALERT;
    switch (type) {
    case TYPE_HANDSHAKE:
        take_messages(w, c, dir, b);
        return;
    case TYPE_ALERT:
        take_alert(w, c, dir, b);
        return;
    case TYPE_DATA:
        xd_tls_app_data(w, c, dir);
        return;
    default:
        return;
    }
}

void xd_tls_open_record(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice record)
{
    struct xd_opener *o = c->work->opener;
    struct xd_wire_tls *t = c->u.tls;
    unsigned type = record.p[0];
    uint8_t *out = xd_alloc(record.len);
    size_t len = 0;

    if (o->tls13) {
        len = open_13(o, dir, record, out);
    } else if (o->suite.tag_len > 0) {
        len = open_aead_12(o, dir, record, out);
    } else {
        len = open_cbc_12(c, o, dir, record, out);
    }
    if (len == 0) {
        xd_free(out);
        if (t->early_data && o->tls13 && dir == c->client && o->dir[dir].sequence == 0) {
            xd_conn_ledger(c, dir, type, (uint32_t)record.len - HEADER, w->now);
            return; /* early data has keys of its own */
        }
        t->keys_failed = true;
        o->dir[dir].ready = false;
        xd_tls_encrypted(w, c, dir, type, (uint32_t)record.len - HEADER);
        return;
    }
    t->keys_used = true;
    o->dir[dir].sequence++;
    xd_conn_ledger(c, dir, type, (uint32_t)record.len - HEADER, w->now);
    while (o->tls13 && len > 0 && out[len - 1] == 0) {
        len--;
    }
    if (o->tls13 && len > 0) {
        type = out[--len];
    }
    take_plain(w, c, dir, type, (struct xd_slice){out, len});
    xd_free(out);
}
