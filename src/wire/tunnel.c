/*
 * tunnel.c - packets inside packets: GRE (RFC 2784), IP in IP, VXLAN (RFC 7348),
 * Geneve (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380),
 * CAPWAP (RFC 5415).
 *
 * xd_wire_take counts the layers of a frame, so that nothing nests for ever.
 */
#include "wire_priv.h"

enum {
    PORT_GTP_U = 2152,
    PORT_TEREDO = 3544,
    PORT_VXLAN = 4789,
    PORT_CAPWAP = 5247,
    PORT_VXLAN_LINUX = 8472,
    PORT_GENEVE = 6081,
    TYPE_ERSPAN_1 = 0x88be,
    TYPE_ERSPAN_3 = 0x22eb,
    MAX_GTP_EXTENSIONS = 8,
};

static unsigned read_be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static bool strip(struct xd_packet *k, size_t n)
{
    if (k->len < n) {
        return false;
    }
    k->p += n;
    k->len -= n;
    k->wire_len -= n;
    return true;
}

/* Encapsulated Remote SPAN: type I has no header, II and III have 8 and 12 bytes. */
static unsigned dissect_erspan(struct xd_packet *k, unsigned type, bool sequence)
{
    size_t len = type == TYPE_ERSPAN_3 ? 12 : sequence ? 8 : 0;

    if (type == TYPE_ERSPAN_3 && k->len >= 12 && (k->p[11] & 1) != 0) {
        len += 8;
    }
    if (strip(k, len)) {
        return NEXT_LINK | (unsigned)XD_LINK_ETHERNET;
    }
    return NEXT_DONE;
}

static unsigned dissect_gre(struct xd_packet *k)
{
    if (k->len < 4) {
        return NEXT_DONE;
    }
    unsigned flags = read_be16(k->p);
    unsigned type = read_be16(k->p + 2);
    size_t len = 4;

    if ((flags & 0x8000) != 0 || (flags & 0x4000) != 0) {
        len += 4; /* checksum and reserved, or offset */
    }
    len += (flags & 0x2000) != 0 ? 4 : 0;                     /* key */
    len += (flags & 0x1000) != 0 ? 4 : 0;                     /* sequence number */
    len += (flags & 7) == 1 && (flags & 0x0080) != 0 ? 4 : 0; /* PPTP: acknowledgement */
    if (!strip(k, len)) {
        return NEXT_DONE;
    }
    if (type == TYPE_ERSPAN_1 || type == TYPE_ERSPAN_3) {
        return dissect_erspan(k, type, (flags & 0x1000) != 0);
    }
    return NEXT_TYPE | type;
}

unsigned xd_tunnel_ip(struct xd_packet *k, unsigned proto)
{
    switch (proto) {
    case 4:  /* IPv4 in IP, RFC 2003 */
    case 41: /* IPv6 in IP, RFC 4213 */
        return NEXT_IP;
    case 47:
        return dissect_gre(k);
    case 97: /* EtherIP, RFC 3378 */
        if (strip(k, 2)) {
            return NEXT_LINK | (unsigned)XD_LINK_ETHERNET;
        }
        return NEXT_DONE;
    case 137: /* MPLS in IP, RFC 4023 */
        return NEXT_TYPE | 0x8847;
    default:
        return NEXT_DONE;
    }
    return NEXT_DONE;
}

static unsigned dissect_vxlan(struct xd_packet *k)
{
    if (k->len >= 8 && (k->p[0] & 0x08) != 0 && strip(k, 8)) {
        return NEXT_LINK | (unsigned)XD_LINK_ETHERNET;
    }
    return NEXT_DONE;
}

static unsigned dissect_geneve(struct xd_packet *k)
{
    if (k->len < 8 || k->p[0] >> 6 != 0) {
        return NEXT_DONE;
    }
    unsigned type = read_be16(k->p + 2);

    if (strip(k, 8 + (size_t)(k->p[0] & 0x3f) * 4)) {
        return NEXT_TYPE | type;
    }
    return NEXT_DONE;
}

/* Only G-PDUs (type 255) carry a packet; extension headers are chained. */
static unsigned dissect_gtp(struct xd_packet *k)
{
    if (k->len < 8 || k->p[0] >> 5 != 1 || k->p[1] != 0xff) {
        return NEXT_DONE;
    }
    unsigned flags = k->p[0] & 7;
    unsigned next = 0;

    if (!strip(k, 8)) {
        return NEXT_DONE;
    }
    if (flags != 0) {
        if (k->len < 4) {
            return NEXT_DONE;
        }
        next = (flags & 4) != 0 ? k->p[3] : 0;
        (void)strip(k, 4);
    }
    for (unsigned i = 0; i < MAX_GTP_EXTENSIONS && next != 0; i++) {
        size_t len = k->len > 0 ? (size_t)k->p[0] * 4 : 0;

        if (len == 0 || k->len < len) {
            return NEXT_DONE;
        }
        next = k->p[len - 1];
        (void)strip(k, len);
    }
    return NEXT_IP;
}

/*
 * CAPWAP data (RFC 5415, 4.3): preamble 0, then 5 bits of header length in words, 5 of
 * radio, 5 of binding, T (the frame is 802.11, not 802.3), F (a fragment), ...
 */
static unsigned dissect_capwap(struct xd_packet *k)
{
    if (k->len < 8 || k->p[0] != 0 || (k->p[3] & 0x80) != 0) {
        return NEXT_DONE;
    }
    bool native = (k->p[2] & 1) != 0;

    if (!strip(k, (size_t)(k->p[1] >> 3) * 4)) {
        return NEXT_DONE;
    }
    return NEXT_LINK | (unsigned)(native ? XD_LINK_IEEE802_11 : XD_LINK_ETHERNET);
}

/* Authentication and origin indications may stand in front of the IPv6 packet. */
static unsigned dissect_teredo(struct xd_packet *k)
{
    if (k->len >= 4 && k->p[0] == 0 && k->p[1] == 1 &&
        !strip(k, 13 + (size_t)k->p[2] + k->p[3])) {
        return NEXT_DONE;
    }
    if (k->len >= 8 && k->p[0] == 0 && k->p[1] == 0 && !strip(k, 8)) {
        return NEXT_DONE;
    }
    if (k->len >= 40 && k->p[0] >> 4 == 6) {
        return NEXT_IP;
    }
    return NEXT_DONE;
}

unsigned xd_tunnel_udp(struct xd_packet *k, const uint16_t *port)
{
    unsigned (*dissect)(struct xd_packet *) = NULL;

    if (port[1] == PORT_VXLAN || port[1] == PORT_VXLAN_LINUX) {
        dissect = dissect_vxlan;
    } else if (port[1] == PORT_GENEVE || port[0] == PORT_GENEVE) {
        dissect = dissect_geneve;
    } else if (port[1] == PORT_GTP_U || port[0] == PORT_GTP_U) {
        dissect = dissect_gtp;
    } else if (port[1] == PORT_CAPWAP || port[0] == PORT_CAPWAP) {
        dissect = dissect_capwap;
    } else if (port[1] == PORT_TEREDO || port[0] == PORT_TEREDO) {
        dissect = dissect_teredo;
    }
    if (dissect == NULL || !strip(k, 8)) {
        return NEXT_DONE;
    }
    return dissect(k);
}
