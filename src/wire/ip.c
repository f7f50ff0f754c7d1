/*
 * ip.c - IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), and the TCP
 * header (RFC 9293).  Checksums are not looked at: offloading makes those of a
 * host's own packets wrong.
 */
#include "wire_priv.h"

enum {
    PROTO_HOP_BY_HOP = 0,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_AH = 51,
    PROTO_DESTINATION = 60,
    PROTO_MOBILITY = 135,
    PROTO_HIP = 139,
    PROTO_SHIM6 = 140,
};

static uint16_t read_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Cut the packet to what its header says; less may have been captured. */
static void set_length(struct xd_packet *k, size_t len)
{
    if (len < k->wire_len) {
        k->wire_len = len;
    }
    if (len < k->len) {
        k->len = len;
    }
}

static unsigned dissect_tcp(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 20) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    size_t header = (size_t)(k->p[12] >> 4) * 4;
    struct xd_segment s = {
        .port = {read_be16(k->p), read_be16(k->p + 2)},
        .seq = read_be32(k->p + 4),
        .ack = read_be32(k->p + 8),
        .flags = k->p[13],
        .p = k->p,
    };

    if (header < 20 || header > k->wire_len) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    memcpy(s.addr, k->addr, sizeof(s.addr));
    if (header < k->len) {
        s.p = k->p + header;
        s.len = (uint32_t)(k->len - header);
    }
    s.hole = (uint32_t)(k->wire_len - header) - s.len;
    w->losses.cut += s.hole > 0;
    xd_tcp_segment(w, &s);
    return NEXT_DONE;
}

static unsigned dissect_udp(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 8) {
        return NEXT_DONE;
    }
    uint16_t port[2] = {read_be16(k->p), read_be16(k->p + 2)};

    if (port[0] == 53) {
        xd_dns_answer(w, (struct xd_slice){k->p + 8, k->len - 8});
        return NEXT_DONE;
    }
    return xd_tunnel_udp(k, port);
}

unsigned xd_ip_transport(struct xd_wire *w, struct xd_packet *k, unsigned proto)
{
    if (proto == PROTO_UDP) {
        return dissect_udp(w, k);
    }
    if (proto == PROTO_TCP) {
        return dissect_tcp(w, k);
    }
    return xd_tunnel_ip(k, proto);
}

void xd_ip_map(const uint8_t *v4, uint8_t out[16])
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    memcpy(out, prefix, sizeof(prefix));
    memcpy(out + 12, v4, 4);
}

static unsigned dissect_v4(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 20) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    const uint8_t *ip = k->p;
    size_t header = (size_t)(ip[0] & 15) * 4;
    size_t total = read_be16(ip + 2);
    unsigned fragment = read_be16(ip + 6);

    if (header < 20 || k->len < header) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    if (total >= header) { /* 0: the card was to cut it into segments */
        set_length(k, total);
    }
    k->p += header;
    k->len -= header;
    k->wire_len -= header;
    xd_ip_map(ip + 12, k->addr[0]);
    xd_ip_map(ip + 16, k->addr[1]);
    if ((fragment & 0x3fff) != 0) {
        uint8_t key[XD_KEY_V4];

        memcpy(key, ip + 12, 8);
        memcpy(key + 8, ip + 4, 2);
        key[10] = 4;
        key[11] = ip[9];
        if (!xd_defrag_add(w, key, sizeof(key), k, (fragment & 0x1fff) * 8U,
                           (fragment & 0x2000) != 0)) {
            return NEXT_DONE;
        }
    }
    return NEXT_PROTO | ip[9];
}

/* What the fragment header says; true when the datagram is whole. */
static bool join_v6(struct xd_wire *w, struct xd_packet *k, const uint8_t *header)
{
    uint8_t key[XD_KEY_V6];
    unsigned fragment = read_be16(header + 2);

    memcpy(key, k->addr, 32);
    memcpy(key + 32, header + 4, 4);
    key[36] = 6;
    key[37] = header[0];
    if ((fragment & 0xfff9) == 0) {
        return true; /* an atomic fragment, RFC 6946 */
    }
    return xd_defrag_add(w, key, sizeof(key), k, fragment & 0xfff8U, (fragment & 1) != 0);
}

static bool is_extension(unsigned next)
{
    return next == PROTO_HOP_BY_HOP || next == PROTO_ROUTING || next == PROTO_DESTINATION ||
           next == PROTO_AH || next == PROTO_MOBILITY || next == PROTO_HIP ||
           next == PROTO_SHIM6 || next == PROTO_FRAGMENT;
}

static unsigned dissect_extensions(struct xd_wire *w, struct xd_packet *k, unsigned next)
{
    for (unsigned i = 0; i < XD_MAX_EXTENSIONS && is_extension(next); i++) {
        if (k->len < 8) {
            w->losses.malformed++;
            return NEXT_DONE;
        }
        const uint8_t *header = k->p;
        size_t len = next == PROTO_FRAGMENT ? 8
                     : next == PROTO_AH     ? ((size_t)header[1] + 2) * 4
                                            : ((size_t)header[1] + 1) * 8;

        if (k->len < len) {
            w->losses.malformed++;
            return NEXT_DONE;
        }
        k->p += len;
        k->len -= len;
        k->wire_len -= len;
        if (next == PROTO_FRAGMENT && !join_v6(w, k, header)) {
            return NEXT_DONE;
        }
        next = header[0];
    }
    if (is_extension(next) && w->losses.headers == 0) {
        w->losses.headers = w->now.frame;
    }
    return NEXT_PROTO | next;
}

static unsigned dissect_v6(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 40) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    const uint8_t *ip = k->p;
    size_t payload = read_be16(ip + 4);

    memcpy(k->addr, ip + 8, sizeof(k->addr));
    if (payload != 0) { /* 0: a jumbogram or offloaded */
        set_length(k, payload + 40);
    }
    k->p += 40;
    k->len -= 40;
    k->wire_len -= 40;
    return dissect_extensions(w, k, ip[6]);
}

unsigned xd_ip_dissect(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 1) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    if (k->p[0] >> 4 == 4) {
        return dissect_v4(w, k);
    }
    if (k->p[0] >> 4 == 6) {
        return dissect_v6(w, k);
    }
    return NEXT_DONE;
}
