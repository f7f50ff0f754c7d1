/*
 * pcapng.c - sections of blocks (draft-ietf-opsawg-pcapng): interfaces with their own
 * link type and clock, packets in three forms, secrets.
 *
 *    type u32; length u32; body; length u32
 */
#include "capture_priv.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    OPTION_END = 0,
    OPTION_RESOLUTION = 9,
    OPTION_OFFSET = 14,
    LEAST_BLOCK = 12,
    TLS_KEY_LOG = 0x544c534b,
};

bool xd_pcapng_is(struct xd_slice head)
{
    static const uint8_t type[4] = {0x0a, 0x0d, 0x0d, 0x0a};
    static const uint8_t big[4] = {0x1a, 0x2b, 0x3c, 0x4d};
    static const uint8_t little[4] = {0x4d, 0x3c, 0x2b, 0x1a};

    return head.len >= 12 && memcmp(head.p, type, 4) == 0 &&
           (memcmp(head.p + 8, big, 4) == 0 || memcmp(head.p + 8, little, 4) == 0);
}

static void take_resolution(struct xd_pcapng_interface *i, uint8_t v)
{
    unsigned exponent = v & 0x7f;

    i->power_of_2 = (v & 0x80) != 0;
    i->units = 1;
    if (i->power_of_2) {
        i->units = exponent < 64 ? (uint64_t)1 << exponent : 0;
        return;
    }
    for (unsigned n = 0; n < exponent && n < 19; n++) {
        i->units *= 10;
    }
}

static void take_interface(struct xd_capture *c, struct xd_slice body)
{
    struct xd_pcapng_interface i = {.units = 1000000};

    if (body.len < 8) {
        return;
    }
    if (c->n_interfaces == XD_MAX_INTERFACES) {
        if (!c->interfaces_told) {
            xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                               "a section has more than %d interfaces: frames of further "
                               "ones were not read",
                               XD_MAX_INTERFACES);
        }
        c->interfaces_told = true;
        return;
    }
    i.link = xd_read16(c, body.p);
    i.snap = xd_read32(c, body.p + 4);
    for (size_t at = 8; at + 4 <= body.len;) {
        unsigned code = xd_read16(c, body.p + at);
        size_t len = xd_read16(c, body.p + at + 2);
        const uint8_t *value = body.p + at + 4;

        if (code == OPTION_END || len > body.len - at - 4) {
            break;
        }
        if (code == OPTION_RESOLUTION && len >= 1) {
            take_resolution(&i, value[0]);
        } else if (code == OPTION_OFFSET && len >= 8) {
            uint64_t low = xd_read32(c, value + (c->big_endian ? 4 : 0));
            uint64_t high = xd_read32(c, value + (c->big_endian ? 0 : 4));

            i.offset = (int64_t)(high << 32 | low);
        }
        at += 4 + (len + 3) / 4 * 4;
    }
    c->interfaces =
        xd_realloc(c->interfaces, (c->n_interfaces + 1) * sizeof(*c->interfaces));
    c->interfaces[c->n_interfaces++] = i;
}

/* Ticks of an interface's clock as microseconds; what does not fit is cut off. */
static xd_time read_time(const struct xd_pcapng_interface *i, uint64_t ticks)
{
    const int64_t most = INT64_MAX / 4 / XD_SECOND;
    uint64_t units = i->units == 0 ? 1 : i->units;
    uint64_t seconds = ticks / units;
    uint64_t rest = ticks % units;
    __extension__ typedef unsigned __int128 wide;
    int64_t micro = (int64_t)((wide)rest * 1000000 / units);
    int64_t whole = seconds > (uint64_t)most ? most : (int64_t)seconds;
    int64_t offset = i->offset > most ? most : i->offset < -most ? -most : i->offset;

    return (whole + offset) * XD_SECOND + micro;
}

static void take_packet(struct xd_capture *c, uint32_t interface, uint64_t ticks,
                        uint32_t wire, struct xd_slice bytes)
{
    c->frames++;
    if (interface >= c->n_interfaces) {
        c->odd_frames++;
        return;
    }
    const struct xd_pcapng_interface *i = &c->interfaces[interface];
    struct xd_wire_frame f = {
        .bytes = bytes.p,
        .len = bytes.len,
        .wire_len = wire < bytes.len ? bytes.len : wire,
        .time = read_time(i, ticks),
        .number = c->frames,
        .link = i->link,
    };

    xd_capture_frame(c, &f);
}

static void take_enhanced(struct xd_capture *c, struct xd_slice body, bool old)
{
    if (body.len < 20) {
        c->frames++;
        c->odd_frames++;
        return;
    }
    uint32_t interface = old ? xd_read16(c, body.p) : xd_read32(c, body.p);
    uint64_t ticks = (uint64_t)xd_read32(c, body.p + 4) << 32 | xd_read32(c, body.p + 8);
    uint32_t captured = xd_read32(c, body.p + 12);
    uint32_t wire = xd_read32(c, body.p + 16);

    if (captured > body.len - 20) {
        c->odd_frames += interface < c->n_interfaces; /* else it is counted below */
        captured = (uint32_t)(body.len - 20);
    }
    take_packet(c, interface, ticks, wire, (struct xd_slice){body.p + 20, captured});
}

/* Has no time and no captured length of its own: the snap length decides. */
static void take_simple(struct xd_capture *c, struct xd_slice body)
{
    if (body.len < 4 || c->n_interfaces == 0) {
        c->frames++;
        c->odd_frames++;
        return;
    }
    uint32_t wire = xd_read32(c, body.p);
    size_t len = body.len - 4 < wire ? body.len - 4 : wire;
    uint32_t snap = c->interfaces[0].snap;

    len = snap != 0 && len > snap ? snap : len;
    take_packet(c, 0, 0, wire, (struct xd_slice){body.p + 4, len});
}

static void take_secrets(struct xd_capture *c, struct xd_slice body)
{
    if (body.len < 8 || xd_read32(c, body.p) != TLS_KEY_LOG) {
        return;
    }
    size_t len = xd_read32(c, body.p + 4);

    len = len < body.len - 8 ? len : body.len - 8;
    xd_wire_secrets(c->wire, (struct xd_slice){body.p + 8, len});
}

static void take_section(struct xd_capture *c, const uint8_t *block, size_t len)
{
    c->n_interfaces = 0;
    if (len < 16 || xd_read16(c, block + 12) != 1) {
        xd_capture_break(c, "a section header names an unknown version");
    }
}

static void take_block(struct xd_capture *c, uint32_t type, const uint8_t *block,
                       size_t len)
{
    struct xd_slice body = {block + 8, len - LEAST_BLOCK};

    switch (type) {
    case BLOCK_SECTION:
        take_section(c, block, len);
        return;
    case BLOCK_INTERFACE:
        take_interface(c, body);
        return;
    case BLOCK_PACKET:
        take_enhanced(c, body, false);
        return;
    case BLOCK_OLD_PACKET:
        take_enhanced(c, body, true);
        return;
    case BLOCK_SIMPLE:
        take_simple(c, body);
        return;
    case BLOCK_SECRETS:
        take_secrets(c, body);
        return;
    default:
        return;
    }
}

/* A section's byte order stands in it, so it is read before the length. */
static bool read_order(struct xd_capture *c, const uint8_t *p)
{
    static const uint8_t big[4] = {0x1a, 0x2b, 0x3c, 0x4d};
    static const uint8_t little[4] = {0x4d, 0x3c, 0x2b, 0x1a};

    if (memcmp(p, big, 4) == 0) {
        c->big_endian = true;
        return true;
    }
    c->big_endian = false;
    return memcmp(p, little, 4) == 0;
}

size_t xd_pcapng_parse(struct xd_capture *c, struct xd_slice bytes)
{
    size_t at = 0;

    while (bytes.len - at >= LEAST_BLOCK && c->form == FORM_PCAPNG) {
        const uint8_t *p = bytes.p + at;
        uint32_t type = xd_read32(c, p);

        if (type == BLOCK_SECTION && !read_order(c, p + 8)) {
            c->at += at;
            xd_capture_break(c, "a section header has no byte order mark");
            return at;
        }
        uint32_t len = xd_read32(c, p + 4);

        if (len < LEAST_BLOCK || len % 4 != 0 || len > XD_MAX_BLOCK) {
            c->at += at;
            xd_capture_break(c, len > XD_MAX_BLOCK ? "a block claims more than 64 MiB"
                                                   : "a block's length cannot be right");
            return at;
        }
        if (bytes.len - at < len) {
            break;
        }
        if (xd_read32(c, p + len - 4) != len) {
            c->at += at;
            xd_capture_break(c, "a block's two lengths differ");
            return at;
        }
        take_block(c, type, p, len);
        at += len;
    }
    c->at += at;
    return at;
}
