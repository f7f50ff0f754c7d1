/*
 * frame.c - link layers down to IP: Ethernet with VLAN tags, Linux cooked captures,
 * PPP, raw IP, loopback, MPLS, PPPoE.
 *
 * On the path of every frame: no errors are formatted here, only counted.
 */
#include "wire_priv.h"

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_TEB = 0x6558, /* Ethernet in GRE, Geneve */
    TYPE_VLAN = 0x8100,
    TYPE_IPV6 = 0x86dd,
    TYPE_PPP = 0x880b,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE = 0x8864,
    TYPE_QINQ = 0x88a8,
    TYPE_PBB = 0x88e7,
    TYPE_METADATA = 0x8909, /* Cisco MetaData: security group tags */
    TYPE_QINQ_OLD = 0x9100,
    TYPE_QINQ_OLDER = 0x9200,
    MAX_TAGS = 16, /* tags and labels on one frame; real stacks have up to four */
};

static unsigned read_be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Drops n bytes from the front; false, and counted, where there are fewer. */
static bool strip(struct xd_wire *w, struct xd_packet *k, size_t n)
{
    if (k->len < n) {
        w->losses.malformed++;
        return false;
    }
    k->p += n;
    k->len -= n;
    k->wire_len -= n;
    return true;
}

static unsigned dissect_ppp_protocol(struct xd_wire *w, struct xd_packet *k)
{
    unsigned proto = 0;

    if (k->len < 1) {
        return NEXT_DONE;
    }
    if ((k->p[0] & 1) != 0) { /* compressed protocol field, RFC 1661, 6.5 */
        proto = k->p[0];
        (void)strip(w, k, 1);
    } else if (k->len >= 2) {
        proto = read_be16(k->p);
        (void)strip(w, k, 2);
    }
    if (proto == 0x21 || proto == 0x57) {
        return NEXT_IP;
    }
    if (proto == 0x281) {
        return NEXT_TYPE | TYPE_MPLS;
    }
    return NEXT_DONE;
}

/* HDLC framing is optional in front of PPP (RFC 1662). */
static unsigned dissect_ppp(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len >= 2 && (k->p[0] == 0xff || k->p[0] == 0x0f || k->p[0] == 0x8f)) {
        if (k->p[0] != 0xff && k->len >= 4) { /* Cisco HDLC: address, control, type */
            unsigned type = read_be16(k->p + 2);

            (void)strip(w, k, 4);
            return NEXT_TYPE | type;
        }
        (void)strip(w, k, 2);
    }
    return dissect_ppp_protocol(w, k);
}

/* RFC 3032: labels until the bottom of stack; then IP, or Ethernet of a pseudowire. */
static unsigned dissect_mpls(struct xd_wire *w, struct xd_packet *k)
{
    bool bottom = false;

    for (unsigned i = 0; i < MAX_TAGS && !bottom; i++) {
        if (k->len < 4) {
            w->losses.malformed++;
            return NEXT_DONE;
        }
        bottom = (k->p[2] & 1) != 0;
        (void)strip(w, k, 4);
    }
    if (!bottom || k->len < 1) {
        return NEXT_DONE;
    }
    if (k->p[0] >> 4 == 4 || k->p[0] >> 4 == 6) {
        return NEXT_IP;
    }
    if (k->p[0] >> 4 == 0 && k->len >= 4 && read_be16(k->p) == 0) {
        (void)strip(w, k, 4); /* control word, RFC 4448 */
    }
    return NEXT_LINK | (unsigned)XD_LINK_ETHERNET;
}

/* An 802.3 length in place of a type: LLC with SNAP may carry an EtherType. */
static unsigned dissect_llc(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len >= 8 && k->p[0] == 0xaa && k->p[1] == 0xaa) {
        unsigned type = read_be16(k->p + 6);

        (void)strip(w, k, 8);
        return NEXT_TYPE | type;
    }
    if (k->len >= 3 && k->p[0] == 0x06 && k->p[1] == 0x06) {
        (void)strip(w, k, 3);
        return NEXT_IP;
    }
    return NEXT_DONE;
}

static bool is_vlan(unsigned type)
{
    return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD ||
           type == TYPE_QINQ_OLDER;
}

unsigned xd_frame_ethertype(struct xd_wire *w, struct xd_packet *k, unsigned type)
{
    for (unsigned i = 0; i < MAX_TAGS && is_vlan(type); i++) {
        if (k->len < 4) {
            w->losses.malformed++;
            return NEXT_DONE;
        }
        type = read_be16(k->p + 2);
        (void)strip(w, k, 4);
    }
    switch (type) {
    case TYPE_IPV4:
    case TYPE_IPV6:
        return NEXT_IP;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        return dissect_mpls(w, k);
    case TYPE_PPPOE: /* RFC 2516: version and type, code 0, session, length */
        if (strip(w, k, 6)) {
            return dissect_ppp_protocol(w, k);
        }
        return NEXT_DONE;
    case TYPE_PPP:
        return dissect_ppp(w, k);
    case TYPE_TEB:
        return NEXT_LINK | (unsigned)XD_LINK_ETHERNET;
    case TYPE_METADATA: /* version, length in words of 4, options, the type that follows */
        if (k->len >= 2 && strip(w, k, 2 + (size_t)k->p[1] * 4) && k->len >= 2) {
            type = read_be16(k->p);
            (void)strip(w, k, 2);
            return NEXT_TYPE | type;
        }
        return NEXT_DONE;
    case TYPE_PBB: /* 802.1ah: I-TAG, then the customer's frame */
        if (strip(w, k, 4)) {
            return NEXT_LINK | (unsigned)XD_LINK_ETHERNET;
        }
        return NEXT_DONE;
    default:
        if (type < 0x0600) {
            return dissect_llc(w, k);
        }
        return NEXT_DONE;
    }
    return NEXT_DONE;
}

static unsigned dissect_ethernet(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 14) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    unsigned type = read_be16(k->p + 12);

    (void)strip(w, k, 14);
    return NEXT_TYPE | type;
}

/* BSD loopback: the address family in the capturing host's byte order. */
static unsigned dissect_null(struct xd_wire *w, struct xd_packet *k)
{
    if (strip(w, k, 4)) {
        return NEXT_IP;
    }
    return NEXT_DONE;
}

/* LINKTYPE_LINUX_SLL and _SLL2: a made-up header with the EtherType in it. */
static unsigned dissect_cooked(struct xd_wire *w, struct xd_packet *k, size_t len,
                               size_t at)
{
    if (k->len < len) {
        w->losses.malformed++;
        return NEXT_DONE;
    }
    unsigned type = read_be16(k->p + at);

    (void)strip(w, k, len);
    return NEXT_TYPE | type;
}

/* Packet filter log: the header's own length, rounded up to 4, then IP. */
static unsigned dissect_pflog(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len > 0 && strip(w, k, ((size_t)k->p[0] + 3) / 4 * 4)) {
        return NEXT_IP;
    }
    return NEXT_DONE;
}

/* Netfilter log: type-length-values in host order; type 9 is the packet. */
static unsigned dissect_nflog(struct xd_wire *w, struct xd_packet *k)
{
    if (!strip(w, k, 4)) {
        return NEXT_DONE;
    }
    while (k->len >= 4) {
        size_t len = (size_t)k->p[0] | (size_t)k->p[1] << 8;
        unsigned type = (unsigned)k->p[2] | (unsigned)k->p[3] << 8;

        if (len < 4) {
            w->losses.malformed++;
            return NEXT_DONE;
        }
        if (type == 9) {
            (void)strip(w, k, 4);
            return NEXT_IP;
        }
        if (!strip(w, k, (len + 3) / 4 * 4)) {
            return NEXT_DONE;
        }
    }
    return NEXT_DONE;
}

/* IEEE 802.11 data frames: header by their flags, then LLC. */
static unsigned dissect_wlan(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len < 24) {
        return NEXT_DONE;
    }
    /* Access points swap the two bytes of frame control inside CAPWAP. */
    bool swapped = (k->p[0] >> 2 & 3) != 2 && (k->p[1] & 0x0f) == 8;
    unsigned control = swapped ? k->p[1] : k->p[0];
    unsigned flags = swapped ? k->p[0] : k->p[1];
    unsigned type = control >> 2 & 3;
    unsigned subtype = control >> 4;
    size_t len = 24;

    if (type != 2 || (subtype & 4) != 0 || (flags & 0x40) != 0) {
        return NEXT_DONE; /* no data, or encrypted */
    }
    if ((flags & 3) == 3) {
        len += 6;
    }
    if ((subtype & 8) != 0) {
        len += (flags & 0x80) != 0 ? 6 : 2;
    }
    if (strip(w, k, len)) {
        return dissect_llc(w, k);
    }
    return NEXT_DONE;
}

static unsigned dissect_radiotap(struct xd_wire *w, struct xd_packet *k)
{
    if (k->len >= 4 && strip(w, k, (size_t)k->p[2] | (size_t)k->p[3] << 8)) {
        return dissect_wlan(w, k);
    }
    return NEXT_DONE;
}

/* One case a link type.  NOLINTNEXTLINE(readability-function-cognitive-complexity) */
unsigned xd_frame_dissect(struct xd_wire *w, struct xd_packet *k, int link)
{
    switch (link) {
    case XD_LINK_ETHERNET:
        return dissect_ethernet(w, k);
    case XD_LINK_RAW_BSD:
    case XD_LINK_RAW_OPENBSD:
    case XD_LINK_RAW:
    case XD_LINK_IPV4:
    case XD_LINK_IPV6:
        return NEXT_IP;
    case XD_LINK_NULL:
    case XD_LINK_LOOP:
        return dissect_null(w, k);
    case XD_LINK_LINUX_SLL:
        return dissect_cooked(w, k, 16, 14);
    case XD_LINK_LINUX_SLL2:
        return dissect_cooked(w, k, 20, 0);
    case XD_LINK_PPP:
    case XD_LINK_PPP_HDLC:
    case XD_LINK_C_HDLC:
        return dissect_ppp(w, k);
    case XD_LINK_PPP_ETHER:
        return NEXT_TYPE | TYPE_PPPOE;
    case XD_LINK_IPOIB: /* global routing header, then type and reserved */
        return dissect_cooked(w, k, 44, 40);
    case XD_LINK_PFLOG:
        return dissect_pflog(w, k);
    case XD_LINK_NFLOG:
        return dissect_nflog(w, k);
    case XD_LINK_IEEE802_11:
        return dissect_wlan(w, k);
    case XD_LINK_RADIOTAP:
        return dissect_radiotap(w, k);
    default:
        if (w->losses.unknown_link++ == 0) {
            w->losses.link = link;
        }
        return NEXT_DONE;
    }
    return NEXT_DONE;
}
