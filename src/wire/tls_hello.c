/*
 * tls_hello.c - handshake messages: which one it is, and what the hellos say
 * (RFC 5246, 7.4; RFC 8446, 4.1; RFC 6066).
 */
#include "wire_priv.h"

enum {
    EXT_SERVER_NAME = 0,
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_ALPN = 16,
    EXT_ENCRYPT_THEN_MAC = 22,
    EXT_SESSION_TICKET = 35,
    EXT_PRE_SHARED_KEY = 41,
    EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43,
    TLS13 = 0x0304,
};

/* type, step, who sends it: 0 client, 1 server, 2 either */
static const struct {
    uint8_t type;
    uint8_t step;
    uint8_t by;
} messages[] = {
    {0, XD_STEP_HELLO_REQUEST, 1},
    {1, XD_STEP_CLIENT_HELLO, 0},
    {2, XD_STEP_SERVER_HELLO, 1},
    {4, XD_STEP_NEW_TICKET, 1},
    {5, XD_STEP_END_EARLY_DATA, 0},
    {8, XD_STEP_ENCRYPTED_EXTENSIONS, 1},
    {11, XD_STEP_CERTIFICATE, 2},
    {12, XD_STEP_SERVER_KEY_EXCHANGE, 1},
    {13, XD_STEP_CERTIFICATE_REQUEST, 1},
    {14, XD_STEP_HELLO_DONE, 1},
    {15, XD_STEP_CERTIFICATE_VERIFY, 2},
    {16, XD_STEP_CLIENT_KEY_EXCHANGE, 0},
    {20, XD_STEP_FINISHED, 2},
    {22, XD_STEP_CERTIFICATE_STATUS, 1},
    {24, XD_STEP_KEY_UPDATE, 2},
    {25, XD_STEP_COMPRESSED_CERTIFICATE, 2},
};

bool xd_tls_message_is_known(uint8_t type)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
        if (messages[i].type == type) {
            return true;
        }
    }
    return false;
}

/* GREASE (RFC 8701): 0x?a?a with equal bytes. */
static bool is_grease(uint16_t v)
{
    return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

static struct xd_wire_codes *keep_codes(struct xd_wire *w, struct xd_slice list)
{
    enum { MOST = 256 };
    uint8_t kept[MOST * 2];
    size_t len = 0;

    for (size_t i = 0; i + 1 < list.len && len + 1 < sizeof(kept); i += 2) {
        uint16_t v = (uint16_t)(list.p[i] << 8 | list.p[i + 1]);

        if (!is_grease(v)) {
            kept[len++] = list.p[i];
            kept[len++] = list.p[i + 1];
        }
    }
    return xd_intern_codes(w, (struct xd_slice){kept, len});
}

/* ServerNameList: entries of a type and a name; 0 is host_name (RFC 6066, 3). */
static void take_server_name(struct xd_wire *w, struct xd_wire_tls *t, struct xd_cur ext)
{
    struct xd_cur list = xd_cur_sub16(&ext);

    while (!list.bad && xd_cur_left(&list) > 0) {
        uint8_t type = xd_cur_u8(&list);
        struct xd_slice name = xd_cur_vec16(&list);

        if (!list.bad && type == 0 && t->sni == NULL) {
            t->sni = xd_intern_text(w, (const char *)name.p, name.len);
        }
    }
}

/* The first protocol of a list: the client's favourite, or the server's choice. */
static const char *take_alpn(struct xd_wire *w, struct xd_cur ext)
{
    struct xd_cur list = xd_cur_sub16(&ext);
    struct xd_slice name = xd_cur_vec8(&list);

    return list.bad ? NULL : xd_intern_text(w, (const char *)name.p, name.len);
}

static void take_client_extension(struct xd_wire *w, struct xd_wire_tls *t, unsigned type,
                                  struct xd_slice body)
{
    struct xd_cur ext = xd_cur_init(body);

    switch (type) {
    case EXT_SERVER_NAME:
        take_server_name(w, t, ext);
        return;
    case EXT_SIGNATURE_ALGORITHMS:
        t->algorithms = keep_codes(w, xd_cur_vec16(&ext));
        return;
    case EXT_ALPN:
        t->alpn_offered = take_alpn(w, ext);
        return;
    case EXT_SESSION_TICKET:
        t->ticket_offered = t->ticket_offered || body.len > 0;
        return;
    case EXT_PRE_SHARED_KEY:
        t->ticket_offered = true;
        return;
    case EXT_EARLY_DATA:
        t->early_data = true;
        return;
    case EXT_SUPPORTED_VERSIONS:
        t->versions = keep_codes(w, xd_cur_vec8(&ext));
        return;
    default:
        return;
    }
}

static void begin_hello(struct xd_conn *c, unsigned dir)
{
    struct xd_wire_tls *t = c->u.tls;

    if (t->client_hello && t->server_hello && !t->hello_retry) {
        t->renegotiated = true;
    }
    t->client_hello = true;
    xd_stream_role(c, dir);
}

/*
 * struct { ProtocolVersion version; Random random; SessionID id<0..32>;
 *          CipherSuite ciphers<2..2^16-2>; CompressionMethod methods<1..2^8-1>;
 *          Extension extensions<0..2^16-1>; } ClientHello;
 *
 * A later hello of the same conversation (after HelloRetryRequest, renegotiation)
 * is a step, its facts are the first one's.
 */
void xd_tls_client_hello(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         struct xd_slice body)
{
    struct xd_wire_tls *t = c->u.tls;
    struct xd_cur m = xd_cur_init(body);
    bool first = !t->client_hello;

    begin_hello(c, dir);
    if (!first) {
        return;
    }
    t->client_version = xd_cur_u16(&m);
    struct xd_slice random = xd_cur_take(&m, 32);
    struct xd_slice id = xd_cur_vec8(&m);
    struct xd_slice ciphers = xd_cur_vec16(&m);

    (void)xd_cur_vec8(&m);
    if (random.len == 32) {
        memcpy(t->random[0], random.p, 32);
    }
    t->session_id_offered = id.len > 0;
    if (c->work != NULL && id.len > 0 && id.len <= sizeof(c->work->session_id)) {
        memcpy(c->work->session_id, id.p, id.len);
        c->work->session_id_len = (uint8_t)id.len;
    }
    t->ciphers = keep_codes(w, ciphers);
    if (m.bad || xd_cur_left(&m) == 0) {
        return;
    }
    struct xd_cur exts = xd_cur_sub16(&m);

    while (!exts.bad && xd_cur_left(&exts) > 0) {
        unsigned type = xd_cur_u16(&exts);
        struct xd_slice ext = xd_cur_vec16(&exts);

        if (!exts.bad) {
            take_client_extension(w, t, type, ext);
        }
    }
}

/* RFC 8446, 4.1.3: the random of a HelloRetryRequest. */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static void take_server_extension(struct xd_wire *w, struct xd_wire_tls *t, unsigned type,
                                  struct xd_slice body)
{
    struct xd_cur ext = xd_cur_init(body);

    if (type == EXT_SUPPORTED_VERSIONS && body.len == 2) {
        t->version = xd_cur_u16(&ext);
        if (t->version >> 8 == 0x7f) { /* a draft of TLS 1.3 */
            t->version = TLS13;
        }
    } else if (type == EXT_PRE_SHARED_KEY) {
        t->psk = true;
    } else if (type == EXT_ALPN) {
        t->alpn = take_alpn(w, ext);
    } else if (type == EXT_ENCRYPT_THEN_MAC) {
        t->encrypt_then_mac = true;
    }
}

static void take_server_extensions(struct xd_wire *w, struct xd_wire_tls *t,
                                   struct xd_cur *m)
{
    struct xd_cur exts = xd_cur_sub16(m);

    while (!exts.bad && xd_cur_left(&exts) > 0) {
        unsigned type = xd_cur_u16(&exts);
        struct xd_slice ext = xd_cur_vec16(&exts);

        if (!exts.bad) {
            take_server_extension(w, t, type, ext);
        }
    }
}

/* Up to draft 21 of TLS 1.3: a version of its own, neither session id nor compression. */
static bool is_early_draft(uint16_t version)
{
    enum { DRAFT = 0x7f, LAST_EARLY = 21 };

    return version == TLS13 || (version >> 8 == DRAFT && (version & 0xff) <= LAST_EARLY);
}

/*
 * struct { ProtocolVersion version; Random random; SessionID id<0..32>;
 *          CipherSuite cipher; CompressionMethod method;
 *          Extension extensions<0..2^16-1>; } ServerHello;
 */
void xd_tls_server_hello(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         struct xd_slice body)
{
    struct xd_wire_tls *t = c->u.tls;
    struct xd_cur m = xd_cur_init(body);
    uint16_t version = xd_cur_u16(&m);
    bool draft = is_early_draft(version);
    struct xd_slice random = xd_cur_take(&m, 32);
    struct xd_slice id = draft ? (struct xd_slice){NULL, 0} : xd_cur_vec8(&m);
    uint16_t cipher = xd_cur_u16(&m);
    bool retry = random.len == 32 && memcmp(random.p, retry_random, 32) == 0;

    if (!draft) {
        (void)xd_cur_u8(&m);
    }
    (void)dir;
    if (m.bad || (t->server_hello && !retry)) {
        return;
    }
    t->version = version >> 8 == 0x7f ? TLS13 : version;
    t->cipher = cipher;
    if (xd_cur_left(&m) > 0) {
        take_server_extensions(w, t, &m);
    }
    if (retry) {
        t->hello_retry = true;
        xd_conn_rename_step(c, XD_STEP_SERVER_HELLO, XD_STEP_HELLO_RETRY);
        return;
    }
    memcpy(t->random[1], random.p, 32);
    t->server_hello = true;
    t->session_id_echoed = c->work != NULL && id.len > 0 &&
                           id.len == c->work->session_id_len &&
                           memcmp(id.p, c->work->session_id, id.len) == 0;
    xd_opener_start(w, c);
}

/* RFC 5246, E.2: version, lengths, three-byte cipher specs, session id, challenge. */
void xd_tls_sslv2_hello(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice body)
{
    enum { MOST = 256 };
    struct xd_wire_tls *t = c->u.tls;
    struct xd_cur m = xd_cur_init(body);
    uint8_t kept[MOST * 2];
    size_t len = 0;

    xd_conn_step(w, c, dir, XD_STEP_CLIENT_HELLO, (uint32_t)body.len);
    begin_hello(c, dir);
    (void)xd_cur_u8(&m);
    t->sslv2_hello = true;
    t->client_version = xd_cur_u16(&m);
    size_t n_ciphers = xd_cur_u16(&m);
    size_t id_len = xd_cur_u16(&m);
    size_t challenge_len = xd_cur_u16(&m);
    struct xd_slice specs = xd_cur_take(&m, n_ciphers);

    t->session_id_offered = id_len > 0;
    (void)xd_cur_take(&m, id_len);
    struct xd_slice challenge = xd_cur_take(&m, challenge_len);

    for (size_t i = 0; i + 2 < specs.len && len + 1 < sizeof(kept); i += 3) {
        if (specs.p[i] == 0) { /* the others are of version 2 alone */
            kept[len++] = specs.p[i + 1];
            kept[len++] = specs.p[i + 2];
        }
    }
    t->ciphers = xd_intern_codes(w, (struct xd_slice){kept, len});
    if (challenge.len > 0 && challenge.len <= 32) {
        memcpy(t->random[0] + 32 - challenge.len, challenge.p, challenge.len);
    }
}

void xd_tls_message(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice m)
{
    struct xd_slice body = {m.p + 4, m.len - 4};
    struct xd_wire_tls *t = c->u.tls;
    enum xd_step step = XD_STEP_OTHER_HANDSHAKE;

    for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
        if (messages[i].type == m.p[0]) {
            step = (enum xd_step)messages[i].step;
            if (messages[i].by < 2) {
                xd_stream_role(c, messages[i].by == 0 ? dir : 1 - dir);
            }
        }
    }
    xd_conn_step(w, c, dir, step, (uint32_t)body.len);
    if (step == XD_STEP_CLIENT_HELLO) {
        xd_tls_client_hello(w, c, dir, body);
    } else if (step == XD_STEP_SERVER_HELLO) {
        xd_tls_server_hello(w, c, dir, body);
    } else if (step == XD_STEP_CERTIFICATE) {
        xd_tls_certificate(w, c, dir, body);
    } else if (step == XD_STEP_CERTIFICATE_REQUEST) {
        xd_tls_certificate_request(w, c, body);
    } else if (step == XD_STEP_ENCRYPTED_EXTENSIONS) {
        struct xd_cur extensions = xd_cur_init(body);

        take_server_extensions(w, t, &extensions);
    } else if (step == XD_STEP_COMPRESSED_CERTIFICATE && dir != c->client) {
        t->compressed = true;
    } else if (step == XD_STEP_HELLO_DONE) {
        t->hello_done = true;
    } else if (step == XD_STEP_CERTIFICATE_VERIFY && dir == c->client) {
        t->certificate_verify = true;
    }
}
