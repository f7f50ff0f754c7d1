/*
 * make_capture.c - large captures for the benchmark.
 *
 * Usage: make_capture mixed|handshakes MEGABYTES CONVERSATIONS FILE
 *
 * mixed: what a video gateway sees; by bytes mostly media over UDP, a third of bulk
 * data over TLS, and the given number of handshakes.  handshakes: nothing else, as many
 * as fit (CONVERSATIONS is then not looked at).  The handshakes are real: a few dozen
 * are made with OpenSSL and shown again under other addresses and randoms.  3 % of the
 * conversations are out of order, 2 % have repeated segments.  Same arguments, same
 * shape; keys and with them the bytes differ from run to run.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum {
    TEMPLATES = 24,
    MOST_PARTS = 400,
    SEGMENT = 1448,
    ACTIVE = 256, /* handshakes at a time */
    BULK = 40,
    MEDIA = 300,
    CLIENT = 0,
    SERVER = 1,
};

struct part {
    int dir;
    size_t at;
    size_t len;
};

/* The bytes of one handshake with a little data and its end, cut into segments. */
struct dialogue {
    uint8_t bytes[1 << 17];
    size_t len;
    struct part parts[MOST_PARTS];
    size_t n;
};

struct conversation {
    const struct dialogue *d; /* NULL: not in use */
    uint32_t number;
    uint32_t seq[2];
    size_t next;
    bool swap;   /* one pair of segments comes the wrong way round */
    bool repeat; /* one segment comes twice */
};

struct maker {
    FILE *out;
    uint64_t written;
    uint64_t micro;
    uint64_t state;
    struct dialogue *templates;
    uint32_t started;
};

static uint32_t draw(struct maker *m)
{
    m->state ^= m->state << 13;
    m->state ^= m->state >> 7;
    m->state ^= m->state << 17;
    return (uint32_t)(m->state >> 16);
}

static void require(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "make_capture: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static void put_be16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, v >> 16);
    put_be16(p + 2, v & 0xffff);
}

static void put_frame(struct maker *m, const uint8_t *head, size_t head_len,
                      const uint8_t *body, size_t len)
{
    uint32_t record[4] = {0, 0, (uint32_t)(head_len + len), (uint32_t)(head_len + len)};

    m->micro += 2 + draw(m) % 5;
    record[0] = (uint32_t)(1774000000 + m->micro / 1000000);
    record[1] = (uint32_t)(m->micro % 1000000);
    require(fwrite(record, sizeof(record), 1, m->out) == 1, "writing");
    require(fwrite(head, head_len, 1, m->out) == 1, "writing");
    require(len == 0 || fwrite(body, len, 1, m->out) == 1, "writing");
    m->written += sizeof(record) + head_len + len;
}

/* Ethernet and IPv4 for len bytes behind them. */
static void put_ip(uint8_t *p, unsigned proto, const uint32_t *addr, size_t len)
{
    memset(p, 0, 34);
    p[0] = p[6] = 2;
    put_be16(p + 12, 0x0800);
    p[14] = 0x45;
    put_be16(p + 16, (unsigned)(20 + len));
    p[22] = 64;
    p[23] = (uint8_t)proto;
    put_be32(p + 26, addr[0]);
    put_be32(p + 30, addr[1]);
}

static void put_media(struct maker *m)
{
    static uint8_t body[1200];
    uint8_t head[42];
    uint32_t stream = draw(m) % MEDIA;
    uint32_t addr[2] = {0x0a010000 + stream, 0xc0000201};
    size_t len = stream % 4 == 0 ? 180 : 900 + draw(m) % 300;

    put_ip(head, 17, addr, 8 + len);
    put_be16(head + 34, 36000 + stream * 2);
    put_be16(head + 36, 42000 + stream * 2);
    put_be16(head + 38, (unsigned)(8 + len));
    put_be16(head + 40, 0);
    body[0] = 0x80;
    put_frame(m, head, sizeof(head), body, len);
}

struct segment {
    int dir;
    unsigned flags;
    uint32_t seq;
    const uint8_t *p;
    size_t len;
};

static void put_segment(struct maker *m, const struct conversation *c,
                        const struct segment *g)
{
    int dir = g->dir;
    unsigned flags = g->flags;
    uint32_t seq = g->seq;
    const uint8_t *p = g->p;
    size_t len = g->len;
    uint8_t head[66] = {0};
    uint32_t ends[2] = {0x0a020000 + (c->number / 20000) * 256 + c->number % 250,
                        0xc0000202};
    unsigned ports[2] = {25000 + c->number % 35000, 5061};
    uint32_t addr[2] = {ends[dir], ends[1 - dir]};

    put_ip(head, 6, addr, 32 + len);
    put_be16(head + 34, ports[dir]);
    put_be16(head + 36, ports[1 - dir]);
    put_be32(head + 38, seq);
    put_be32(head + 42, c->seq[1 - dir]);
    head[46] = 0x80;
    head[47] = (uint8_t)flags;
    put_be16(head + 48, 0xffff);
    head[54] = head[55] = 1;
    head[56] = 8;
    head[57] = 10;
    put_frame(m, head, sizeof(head), p, len);
}

static void put_part(struct maker *m, struct conversation *c, const struct part *p,
                     uint32_t seq)
{
    uint8_t copy[SEGMENT];
    const uint8_t *bytes = c->d->bytes + p->at;

    if (p->len > 43 && bytes[0] == 0x16 && (bytes[5] == 1 || bytes[5] == 2)) {
        memcpy(copy, bytes, p->len); /* a random of its own */
        put_be32(copy + 11, c->number);
        bytes = copy;
    }
    put_segment(m, c, &(struct segment){p->dir, 0x18, seq, bytes, p->len});
}

/* The next segment of a conversation; false: that was the last. */
static bool put_next(struct maker *m, struct conversation *c)
{
    const struct dialogue *d = c->d;

    if (c->next < 3) {
        static const unsigned flags[3] = {2, 0x12, 0x10};
        int dir = c->next == 1 ? SERVER : CLIENT;

        put_segment(m, c, &(struct segment){dir, flags[c->next], c->seq[dir], NULL, 0});
        c->seq[dir] += c->next < 2;
        c->next++;
        return true;
    }
    size_t at = c->next - 3;

    if (at >= d->n) {
        int dir = at == d->n ? CLIENT : SERVER;

        put_segment(m, c, &(struct segment){dir, 0x11, c->seq[dir], NULL, 0});
        c->seq[dir]++;
        c->next++;
        return at == d->n;
    }
    const struct part *p = &d->parts[at];
    uint32_t seq = c->seq[p->dir];

    if (c->swap && at + 1 < d->n && p[1].dir == p->dir && p->len == SEGMENT) {
        put_part(m, c, p + 1, seq + (uint32_t)p->len);
        put_part(m, c, p, seq);
        c->seq[p->dir] += (uint32_t)(p->len + p[1].len);
        c->next += 2;
        c->swap = false;
        return true;
    }
    put_part(m, c, p, seq);
    if (c->repeat) {
        put_part(m, c, p, seq);
        c->repeat = false;
    }
    c->seq[p->dir] += (uint32_t)p->len;
    c->next++;
    if (at % 3 == 2) {
        put_segment(m, c, &(struct segment){1 - p->dir, 0x10, c->seq[1 - p->dir], NULL, 0});
    }
    return true;
}

static void begin(struct maker *m, struct conversation *c)
{
    c->d = &m->templates[draw(m) % TEMPLATES];
    c->number = m->started++;
    c->seq[0] = draw(m);
    c->seq[1] = draw(m);
    c->next = 0;
    c->swap = draw(m) % 100 < 3;
    c->repeat = draw(m) % 100 < 2;
}

/* Records of 16 KiB that never end, on conversations whose handshake came before. */
static void put_bulk(struct maker *m, struct conversation *c, size_t *into)
{
    uint8_t segment[SEGMENT];
    const size_t record = 5 + 16408;

    memset(segment, 0xa5, sizeof(segment));
    for (size_t i = 0; i < SEGMENT; i++) {
        static const uint8_t header[5] = {0x17, 3, 3, 0x40, 0x18};
        size_t at = (*into + i) % record;

        if (at < 5) {
            segment[i] = header[at];
        } else {
            i += record - at - 1 < SEGMENT ? record - at - 1 : SEGMENT;
        }
    }
    put_segment(m, c, &(struct segment){SERVER, 0x10, c->seq[SERVER], segment, SEGMENT});
    c->seq[SERVER] += SEGMENT;
    *into = (*into + SEGMENT) % record;
    if (draw(m) % 2 == 0) {
        put_segment(m, c, &(struct segment){CLIENT, 0x10, c->seq[CLIENT], NULL, 0});
    }
}

/* Their handshakes come first, their ends never. */
static void begin_bulk(struct maker *m, struct conversation *bulk)
{
    for (size_t i = 0; i < BULK; i++) {
        begin(m, &bulk[i]);
        bulk[i].swap = bulk[i].repeat = false;
        while (bulk[i].next < bulk[i].d->n) { /* not its closing */
            (void)put_next(m, &bulk[i]);
        }
    }
}

/* Some frames of handshakes; more where the number of conversations is behind. */
static void put_handshakes(struct maker *m, struct conversation *active, uint64_t due)
{
    unsigned frames = m->started + ACTIVE < due ? 8 : 1;

    for (unsigned i = 0; i < frames; i++) {
        struct conversation *c = &active[draw(m) % ACTIVE];

        if (c->d == NULL && m->started < due) {
            begin(m, c);
        }
        if (c->d != NULL && !put_next(m, c)) {
            c->d = NULL;
        }
    }
}

static void make_mixed(struct maker *m, uint64_t target, uint32_t conversations)
{
    static struct conversation active[ACTIVE];
    static struct conversation bulk[BULK];
    static size_t into[BULK];

    begin_bulk(m, bulk);
    while (m->written < target) {
        uint32_t kind = draw(m) % 1000;
        uint64_t due = conversations * (m->written + (1 << 20)) / target;

        if (kind < 640) {
            put_media(m);
        } else if (kind < 830) {
            size_t n = draw(m) % BULK;

            put_bulk(m, &bulk[n], &into[n]);
        } else {
            put_handshakes(m, active, due < conversations ? due : conversations);
        }
    }
}

static void make_handshakes(struct maker *m, uint64_t target)
{
    static struct conversation active[ACTIVE];

    while (m->written < target) {
        struct conversation *c = &active[draw(m) % ACTIVE];

        if (c->d == NULL) {
            begin(m, c);
        }
        if (!put_next(m, c)) {
            c->d = NULL;
        }
    }
}

/* ------------------------------------------------- real handshakes */

static X509 *make_certificate(const char *name, EVP_PKEY *key, X509 *issuer,
                              EVP_PKEY *issuer_key, long serial)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400L * 365);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const uint8_t *)"Example", -1,
                               -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1,
                               0);
    X509_set_issuer_name(x, issuer == NULL ? subject : X509_get_subject_name(issuer));
    X509_set_pubkey(x, key);
    if (issuer == NULL) {
        X509V3_CTX ctx;
        X509_EXTENSION *e = NULL;

        X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
        e = X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(x, e, -1);
        X509_EXTENSION_free(e);
    }
    require(X509_sign(x, issuer_key, EVP_sha256()) > 0, "signing");
    return x;
}

static void move_bytes(struct dialogue *d, SSL *from, SSL *to, int dir)
{
    uint8_t block[SEGMENT];
    int n = 0;

    while ((n = BIO_read(SSL_get_wbio(from), block, sizeof(block))) > 0) {
        require(d->n < MOST_PARTS && d->len + (size_t)n <= sizeof(d->bytes), "room");
        memcpy(d->bytes + d->len, block, (size_t)n);
        d->parts[d->n++] = (struct part){dir, d->len, (size_t)n};
        d->len += (size_t)n;
        BIO_write(SSL_get_rbio(to), block, n);
    }
}

static SSL *join(SSL_CTX *ctx)
{
    SSL *s = SSL_new(ctx);

    SSL_set_bio(s, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    return s;
}

static void talk(struct dialogue *d, SSL_CTX *client_ctx, SSL_CTX *server_ctx)
{
    SSL *client = join(client_ctx);
    SSL *server = join(server_ctx);
    uint8_t data[600] = {0};

    SSL_set_tlsext_host_name(client, "expe.example.com");
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int i = 0; i < 6; i++) {
        (void)SSL_do_handshake(client);
        move_bytes(d, client, server, CLIENT);
        (void)SSL_do_handshake(server);
        move_bytes(d, server, client, SERVER);
    }
    require(SSL_is_init_finished(client) && SSL_is_init_finished(server), "a handshake");
    (void)SSL_write(client, data, 400);
    move_bytes(d, client, server, CLIENT);
    (void)SSL_read(server, data, sizeof(data));
    (void)SSL_write(server, data, 600);
    move_bytes(d, server, client, SERVER);
    (void)SSL_shutdown(client);
    move_bytes(d, client, server, CLIENT);
    SSL_free(client);
    SSL_free(server);
}

static SSL_CTX *make_context(X509 *leaf, EVP_PKEY *key, X509 *root, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_use_certificate(ctx, leaf);
    SSL_CTX_use_PrivateKey(ctx, key);
    SSL_CTX_add1_chain_cert(ctx, root);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root);
    SSL_CTX_add_client_CA(ctx, root);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return ctx;
}

static struct dialogue *make_templates(void)
{
    struct dialogue *all = calloc(TEMPLATES, sizeof(*all));
    EVP_PKEY *root_key = EVP_RSA_gen(4096);

    require(all != NULL && root_key != NULL, "a key");
    X509 *root = make_certificate("Example Root", root_key, NULL, root_key, 1);

    for (int i = 0; i < TEMPLATES; i++) {
        int version = i % 4 == 3 ? TLS1_3_VERSION : TLS1_2_VERSION;
        EVP_PKEY *keys[2] = {EVP_RSA_gen(2048), EVP_RSA_gen(2048)};
        X509 *client = make_certificate("expc", keys[0], root, root_key, 2 * i + 10);
        X509 *server = make_certificate("expe", keys[1], root, root_key, 2 * i + 11);
        SSL_CTX *contexts[2] = {make_context(client, keys[0], root, version),
                                make_context(server, keys[1], root, version)};

        talk(&all[i], contexts[0], contexts[1]);
        for (int n = 0; n < 2; n++) {
            SSL_CTX_free(contexts[n]);
            EVP_PKEY_free(keys[n]);
        }
        X509_free(client);
        X509_free(server);
    }
    X509_free(root);
    EVP_PKEY_free(root_key);
    return all;
}

int main(int argc, char **argv)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    struct maker m = {.state = 88172645463325252ULL};

    if (argc != 5) {
        (void)fprintf(
            stderr, "usage: make_capture mixed|handshakes MEGABYTES CONVERSATIONS FILE\n");
        return EXIT_FAILURE;
    }
    uint64_t target = strtoull(argv[2], NULL, 10) * 1000000;

    m.templates = make_templates();
    m.out = fopen(argv[4], "wb");
    require(m.out != NULL && fwrite(header, sizeof(header), 1, m.out) == 1,
            "opening the file");
    if (strcmp(argv[1], "mixed") == 0) {
        make_mixed(&m, target, (uint32_t)strtoul(argv[3], NULL, 10));
    } else {
        make_handshakes(&m, target);
    }
    require(fclose(m.out) == 0, "closing the file");
    (void)printf("%llu bytes, %u conversations\n", (unsigned long long)m.written,
                 m.started);
    free(m.templates);
    return EXIT_SUCCESS;
}
