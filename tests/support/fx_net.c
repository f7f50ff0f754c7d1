/*
 * fx_net.c - Ethernet, IPv4, UDP and TCP frames, and captures of them.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "fx.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

enum { WINDOW = 501, SYN_WINDOW = 64240, TTL = 64 };

static uint32_t parse_ip(const char *text)
{
    struct in_addr a;

    if (inet_pton(AF_INET, text, &a) != 1) {
        xd_fx_die("no address: %s", text);
    }
    return ntohl(a.s_addr);
}

void xd_fx_frame_add(struct xd_fx_capture *c, int64_t at, const struct xd_fx_bytes *frame)
{
    c->frames = realloc(c->frames, (c->n + 1) * sizeof *c->frames);
    if (c->frames == NULL) {
        xd_fx_die("out of memory");
    }
    c->frames[c->n] = (struct xd_fx_frame){.at = at + c->clock, .order = c->n};
    xd_fx_put(&c->frames[c->n].bytes, frame->p, frame->len);
    c->n++;
}

static int compare_frames(const void *a, const void *b)
{
    const struct xd_fx_frame *x = a;
    const struct xd_fx_frame *y = b;

    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

void xd_fx_capture_sort(struct xd_fx_capture *c)
{
    if (c->n > 1) {
        qsort(c->frames, c->n, sizeof *c->frames, compare_frames);
    }
}

static void write_classic(const struct xd_fx_capture *c, size_t first, size_t last,
                          struct xd_fx_bytes *out)
{
    xd_fx_put_le(out, 0xa1b2c3d4, 4);
    xd_fx_put_le(out, 2, 2);
    xd_fx_put_le(out, 4, 2);
    xd_fx_put_le(out, 0, 8);
    xd_fx_put_le(out, 262144, 4);
    xd_fx_put_le(out, 1, 4);
    for (size_t i = first; i < last; i++) {
        const struct xd_fx_frame *f = &c->frames[i];

        xd_fx_put_le(out, (uint64_t)(f->at / 1000000), 4);
        xd_fx_put_le(out, (uint64_t)(f->at % 1000000), 4);
        xd_fx_put_le(out, f->bytes.len, 4);
        xd_fx_put_le(out, f->bytes.len, 4);
        xd_fx_put(out, f->bytes.p, f->bytes.len);
    }
}

/* Section header, one Ethernet interface, enhanced packets: no options at all. */
static void write_ng(const struct xd_fx_capture *c, size_t first, size_t last,
                     struct xd_fx_bytes *out)
{
    xd_fx_put_le(out, 0x0a0d0d0a, 4);
    xd_fx_put_le(out, 28, 4);
    xd_fx_put_le(out, 0x1a2b3c4d, 4);
    xd_fx_put_le(out, 1, 2);
    xd_fx_put_le(out, 0, 2);
    xd_fx_put_le(out, UINT64_MAX, 8);
    xd_fx_put_le(out, 28, 4);
    xd_fx_put_le(out, 1, 4);
    xd_fx_put_le(out, 20, 4);
    xd_fx_put_le(out, 1, 4);
    xd_fx_put_le(out, 262144, 4);
    xd_fx_put_le(out, 20, 4);
    for (size_t i = first; i < last; i++) {
        const struct xd_fx_frame *f = &c->frames[i];
        size_t pad = (4 - f->bytes.len % 4) % 4;
        size_t total = 32 + f->bytes.len + pad;

        xd_fx_put_le(out, 6, 4);
        xd_fx_put_le(out, total, 4);
        xd_fx_put_le(out, 0, 4);
        xd_fx_put_le(out, (uint64_t)f->at >> 32, 4);
        xd_fx_put_le(out, (uint64_t)f->at & 0xffffffff, 4);
        xd_fx_put_le(out, f->bytes.len, 4);
        xd_fx_put_le(out, f->bytes.len, 4);
        xd_fx_put(out, f->bytes.p, f->bytes.len);
        xd_fx_put_le(out, 0, (unsigned)pad);
        xd_fx_put_le(out, total, 4);
    }
}

void xd_fx_capture_write(const struct xd_fx_capture *c, size_t first, size_t last, bool ng,
                         struct xd_fx_bytes *out)
{
    if (ng) {
        write_ng(c, first, last, out);
    } else {
        write_classic(c, first, last, out);
    }
}

static uint32_t add_sum(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    }
    return sum;
}

static uint16_t fold_sum(uint32_t sum)
{
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void put_mac(struct xd_fx_bytes *b, uint32_t ip)
{
    /* Off the nodes' network everything comes from the gateway. */
    bool local = ip >> 8 == 0x0a6a50;

    xd_fx_put_be(b, 0x0050, 2);
    xd_fx_put_be(b, local ? 0x56b60000U | (ip & 0xffff) : 0x56000001U, 4);
}

static void put_headers(struct xd_fx_bytes *b, uint32_t from, uint32_t to,
                        unsigned protocol, size_t payload)
{
    size_t at = 14;

    put_mac(b, to);
    put_mac(b, from);
    xd_fx_put_be(b, 0x0800, 2);
    xd_fx_put_be(b, 0x4500, 2);
    xd_fx_put_be(b, 20 + payload, 2);
    xd_fx_put_be(b, (from * 31 + to + payload) & 0xffff, 2);
    xd_fx_put_be(b, 0x4000, 2);
    xd_fx_put_be(b, TTL, 1);
    xd_fx_put_be(b, protocol, 1);
    xd_fx_put_be(b, 0, 2);
    xd_fx_put_be(b, from, 4);
    xd_fx_put_be(b, to, 4);
    uint16_t sum = fold_sum(add_sum(0, b->p + at, 20));
    b->p[at + 10] = (uint8_t)(sum >> 8);
    b->p[at + 11] = (uint8_t)sum;
}

/* Fills the checksum of the TCP or UDP part, which starts at 34. */
static void finish_sum(struct xd_fx_bytes *b, unsigned protocol, size_t place)
{
    uint32_t sum = add_sum(protocol, b->p + 26, 8);
    size_t n = b->len - 34;

    sum = add_sum(sum + (uint32_t)n, b->p + 34, n);
    uint16_t folded = fold_sum(sum);
    b->p[34 + place] = (uint8_t)(folded >> 8);
    b->p[34 + place + 1] = (uint8_t)folded;
}

void xd_fx_udp(const struct xd_fx_udp *u, const void *p, size_t n)
{
    struct xd_fx_bytes b = {0};

    put_headers(&b, parse_ip(u->from.ip), parse_ip(u->to.ip), 17, 8 + n);
    xd_fx_put_be(&b, u->from.port, 2);
    xd_fx_put_be(&b, u->to.port, 2);
    xd_fx_put_be(&b, 8 + n, 2);
    xd_fx_put_be(&b, 0, 2);
    xd_fx_put(&b, p, n);
    finish_sum(&b, 17, 6);
    if (u->at_from != NULL) {
        xd_fx_frame_add(u->at_from, u->at, &b);
    }
    if (u->at_to != NULL) {
        xd_fx_frame_add(u->at_to, u->at + u->latency, &b);
    }
    xd_fx_free(&b);
}

/* A conversation on its way. */
struct run {
    const struct xd_fx_conn *c;
    uint32_t ip[2]; /* client, server */
    uint32_t seq[2];
    uint32_t clock[2]; /* TCP timestamps' offset */
    int64_t now;
    int segment; /* data segments so far */
};

struct segment {
    bool by_client;
    unsigned flags;
    uint32_t seq;
    uint32_t ack;
    const uint8_t *p;
    size_t n;
    int64_t at;
};

static void build_tcp(const struct run *r, const struct segment *s, struct xd_fx_bytes *b)
{
    const struct xd_fx_end *from = s->by_client ? &r->c->client : &r->c->server;
    const struct xd_fx_end *to = s->by_client ? &r->c->server : &r->c->client;
    bool syn = (s->flags & SYN) != 0;
    unsigned header = syn ? 40 : 32;
    uint32_t stamp = (uint32_t)(s->at / 1000);

    put_headers(b, r->ip[s->by_client ? 0 : 1], r->ip[s->by_client ? 1 : 0], 6,
                header + s->n);
    xd_fx_put_be(b, from->port, 2);
    xd_fx_put_be(b, to->port, 2);
    xd_fx_put_be(b, s->seq, 4);
    xd_fx_put_be(b, (s->flags & ACK) != 0 ? s->ack : 0, 4);
    xd_fx_put_be(b, header / 4 << 4, 1);
    xd_fx_put_be(b, s->flags, 1);
    xd_fx_put_be(b, syn ? SYN_WINDOW : WINDOW, 2);
    xd_fx_put_be(b, 0, 4);
    if (syn) {
        xd_fx_put_be(b, 0x02040000U | (r->c->mss + 12), 4);
        xd_fx_put_be(b, 0x0402080aU, 4);
    } else {
        xd_fx_put_be(b, 0x0101080aU, 4);
    }
    xd_fx_put_be(b, stamp + r->clock[s->by_client ? 0 : 1], 4);
    xd_fx_put_be(b, (s->flags & ACK) != 0 ? stamp + r->clock[s->by_client ? 1 : 0] : 0, 4);
    if (syn) {
        xd_fx_put_be(b, 0x01030307U, 4);
    }
    xd_fx_put(b, s->p, s->n);
    finish_sum(b, 6, 16);
}

static void show(const struct run *r, const struct segment *s, bool leaves, bool arrives,
                 int64_t late)
{
    struct xd_fx_capture *near = s->by_client ? r->c->at_client : r->c->at_server;
    struct xd_fx_capture *far = s->by_client ? r->c->at_server : r->c->at_client;
    struct xd_fx_bytes b = {0};

    build_tcp(r, s, &b);
    if (leaves && near != NULL) {
        xd_fx_frame_add(near, s->at, &b);
    }
    if (arrives && far != NULL) {
        xd_fx_frame_add(far, s->at + r->c->latency + late, &b);
    }
    xd_fx_free(&b);
}

/* A segment without data. */
static void signal_flags(struct run *r, bool by_client, unsigned flags)
{
    int me = by_client ? 0 : 1;
    struct segment s = {.by_client = by_client,
                        .flags = flags,
                        .seq = r->seq[me],
                        .ack = r->seq[1 - me],
                        .at = r->now};

    show(r, &s, true, true, 0);
    if ((flags & (SYN | FIN)) != 0) {
        r->seq[me]++;
    }
}

/* One data segment over the path: lost once, overtaken, or plain. */
static void send_segment(struct run *r, const struct segment *s, bool shown_near)
{
    r->segment++;
    if (r->segment == r->c->lose) {
        struct segment again = *s;

        show(r, s, shown_near, false, 0);
        again.at = s->at + 203000;
        show(r, &again, true, true, 0);
        r->now = again.at;
    } else if (r->segment == r->c->swap) {
        show(r, s, shown_near, true, 900);
    } else {
        show(r, s, shown_near, true, 0);
    }
}

static void send_chunk(struct run *r, bool by_client, const struct xd_fx_bytes *bytes)
{
    int me = by_client ? 0 : 1;
    size_t mss = r->c->mss;

    for (size_t done = 0; done < bytes->len;) {
        size_t left = bytes->len - done;
        size_t n = left < mss ? left : mss;
        bool big = r->c->gso && left > mss && done % (2 * mss) == 0;
        bool covered = r->c->gso && done % (2 * mss) == mss;
        struct segment s = {.by_client = by_client,
                            .flags = ACK | (left <= mss ? PSH : 0U),
                            .seq = r->seq[me],
                            .ack = r->seq[1 - me],
                            .p = bytes->p + done,
                            .n = n,
                            .at = r->now};

        if (big) {
            struct segment both = s;

            both.n = left < 2 * mss ? left : 2 * mss;
            both.flags |= left <= 2 * mss ? PSH : 0U;
            show(r, &both, true, false, 0);
        }
        send_segment(r, &s, !big && !covered);
        done += n;
        r->seq[me] += (uint32_t)n;
        r->now += 11;
    }
    /* The other end acknowledges what it got. */
    r->now += r->c->latency + 40;
    signal_flags(r, !by_client, ACK);
}

static void open_conn(struct run *r)
{
    signal_flags(r, true, SYN);
    r->now += r->c->latency + 60;
    signal_flags(r, false, SYN | ACK);
    r->now += r->c->latency + 30;
    signal_flags(r, true, ACK);
    r->now += 700;
}

static void fail_connect(struct run *r)
{
    if (r->c->finish == XD_FX_SYN_REFUSED) {
        signal_flags(r, true, SYN);
        r->now += r->c->latency + 60;
        signal_flags(r, false, RST | ACK);
        return;
    }
    /* Linux repeats after 1, 3, 7 and 15 seconds. */
    uint32_t isn = r->seq[0];

    for (int i = 0; i < 5; i++) {
        r->seq[0] = isn;
        signal_flags(r, true, SYN);
        r->now += (int64_t)1000000 << i;
    }
}

static void close_conn(struct run *r, bool by_client)
{
    signal_flags(r, by_client, FIN | ACK);
    r->now += r->c->latency + 90;
    signal_flags(r, !by_client, FIN | ACK);
    r->now += r->c->latency + 30;
    signal_flags(r, by_client, ACK);
}

int64_t xd_fx_tcp(const struct xd_fx_conn *c)
{
    struct run r = {.c = c, .now = c->start};

    r.ip[0] = parse_ip(c->client.ip);
    r.ip[1] = parse_ip(c->server.ip);
    r.seq[0] = r.ip[0] * 2654435761U + (uint32_t)(c->start / 4) + c->client.port;
    r.seq[1] = r.ip[1] * 2246822519U + (uint32_t)(c->start / 4) + c->client.port * 77U;
    r.clock[0] = r.ip[0] * 40503U;
    r.clock[1] = r.ip[1] * 48271U;
    if (c->finish >= XD_FX_SYN_SILENT) {
        fail_connect(&r);
        return r.now;
    }
    open_conn(&r);
    for (size_t i = 0; c->talk != NULL && i < c->talk->n; i++) {
        const struct xd_fx_chunk *chunk = &c->talk->chunks[i];

        r.now += chunk->pause + c->think;
        send_chunk(&r, chunk->by_client, &chunk->bytes);
    }
    r.now += c->finish_pause;
    if (c->finish == XD_FX_CLIENT_FIN || c->finish == XD_FX_SERVER_FIN) {
        close_conn(&r, c->finish == XD_FX_CLIENT_FIN);
    } else if (c->finish != XD_FX_OPEN) {
        signal_flags(&r, c->finish == XD_FX_CLIENT_RST, RST | ACK);
    }
    return r.now;
}
