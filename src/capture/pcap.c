/*
 * pcap.c - the classic savefile: a header of 24 bytes, then records of 16 bytes and
 * the frame.
 *
 *    magic u32; major u16; minor u16; zone i32; accuracy u32; snap u32; link u32
 *    seconds u32; fraction u32; captured u32; wire u32
 *
 * What libpcap reads, old forms included, and three that bear another one's magic: Nokia's
 * records are 4 bytes longer, those of Red Hat 6.1 8, those of SuSE 6.3 4 more than the
 * patched ones.  They are told by where the second record lies.
 */
#include "capture_priv.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    NOKIA_HEADER = 20,
    MODIFIED_HEADER = 24,
    SUSE_HEADER = 28,
    DG_UX_MAJOR = 543,
    A_DAY = 86400,
    TWO_YEARS = 1 << 26, /* of seconds; records of one capture lie no further apart */
};

static const struct {
    uint8_t magic[4];
    bool big_endian;
    bool nanoseconds;
    bool modified;
} magics[] = {
    {{0xd4, 0xc3, 0xb2, 0xa1}, false, false, false},
    {{0xa1, 0xb2, 0xc3, 0xd4}, true, false, false},
    {{0x4d, 0x3c, 0xb2, 0xa1}, false, true, false},
    {{0xa1, 0xb2, 0x3c, 0x4d}, true, true, false},
    {{0x34, 0xcd, 0xb2, 0xa1}, false, false, true}, /* Alexey Kuznetsov's patches */
    {{0xa1, 0xb2, 0xcd, 0x34}, true, false, true},
};

bool xd_pcap_is(struct xd_slice head)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
        if (head.len >= 4 && memcmp(head.p, magics[i].magic, 4) == 0) {
            return true;
        }
    }
    return false;
}

static void take_file_header(struct xd_capture *c, const uint8_t *p)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
        if (memcmp(p, magics[i].magic, 4) == 0) {
            c->big_endian = magics[i].big_endian;
            c->nanoseconds = magics[i].nanoseconds;
            c->modified = magics[i].modified;
        }
    }
    unsigned major = xd_read16(c, p + 4);
    unsigned minor = xd_read16(c, p + 6);

    if (major != 2 && !(major == DG_UX_MAJOR && minor == 0)) {
        xd_capture_break(c, "the file header names an unknown version");
        return;
    }
    if (major != 2 || minor < 3) {
        c->lengths = LENGTHS_SWAPPED;
    } else if (minor == 3) { /* written both ways */
        c->lengths = LENGTHS_BY_SIZE;
    }
    c->link = (int)(xd_read32(c, p + 20) & 0xffff);
}

struct record {
    uint32_t seconds;
    uint32_t fraction;
    uint32_t captured;
    uint32_t wire;
};

static struct record read_record(const struct xd_capture *c, const uint8_t *p)
{
    struct record r = {.seconds = xd_read32(c, p),
                       .fraction = xd_read32(c, p + 4),
                       .captured = xd_read32(c, p + 8),
                       .wire = xd_read32(c, p + 12)};

    if (c->lengths == LENGTHS_SWAPPED ||
        (c->lengths == LENGTHS_BY_SIZE && r.captured > r.wire)) {
        uint32_t first = r.captured;

        r.captured = r.wire;
        r.wire = first;
    }
    return r;
}

/* Can this be the record behind another one? */
static bool is_next(const struct xd_capture *c, const struct record *r,
                    const struct record *before)
{
    uint32_t second = c->nanoseconds ? 1000000000 : 1000000;
    uint32_t apart = r->seconds - before->seconds + TWO_YEARS;

    return r->fraction < second && r->captured <= XD_MAX_FRAME && r->captured <= r->wire &&
           apart <= 2U * TWO_YEARS;
}

enum fit { FIT_NO, FIT_YES, FIT_LATER };

/* With headers of this length, is there a second record, or the end of the file? */
static enum fit try_header(const struct xd_capture *c, struct xd_slice bytes, size_t header)
{
    struct record first = read_record(c, bytes.p);
    size_t next = header + first.captured;

    if (bytes.len >= next + RECORD_HEADER) {
        struct record second = read_record(c, bytes.p + next);

        return is_next(c, &second, &first) ? FIT_YES : FIT_NO;
    }
    if (!c->all_here) {
        return FIT_LATER;
    }
    if (bytes.len >= next + 4) { /* a second header that is cut */
        uint32_t seconds = xd_read32(c, bytes.p + next);

        return seconds - first.seconds + A_DAY <= 2U * A_DAY ? FIT_YES : FIT_NO;
    }
    return bytes.len == next ? FIT_YES : FIT_NO;
}

/* The length of this file's record headers; 0: more bytes are needed to tell. */
static size_t choose_header(const struct xd_capture *c, struct xd_slice bytes)
{
    static const size_t headers[2][3] = {{RECORD_HEADER, NOKIA_HEADER, MODIFIED_HEADER},
                                         {MODIFIED_HEADER, SUSE_HEADER, SUSE_HEADER}};
    const size_t *tried = headers[c->modified ? 1 : 0];

    if (bytes.len < RECORD_HEADER) {
        return c->all_here ? tried[0] : 0;
    }
    if (c->lengths != LENGTHS_USUAL || read_record(c, bytes.p).captured > XD_MAX_FRAME) {
        return tried[0];
    }
    for (size_t i = 0; i < 3; i++) {
        enum fit fit = try_header(c, bytes, tried[i]);

        if (fit != FIT_NO) {
            return fit == FIT_YES ? tried[i] : 0;
        }
    }
    return tried[0];
}

static size_t begin_file(struct xd_capture *c, struct xd_slice bytes)
{
    if (bytes.len < FILE_HEADER) {
        return 0;
    }
    take_file_header(c, bytes.p);
    if (c->form == FORM_PCAP) {
        c->record_header = choose_header(
            c, (struct xd_slice){bytes.p + FILE_HEADER, bytes.len - FILE_HEADER});
    }
    return c->record_header == 0 ? 0 : FILE_HEADER;
}

size_t xd_pcap_parse(struct xd_capture *c, struct xd_slice bytes)
{
    size_t at = c->at == 0 ? begin_file(c, bytes) : 0;
    size_t header = c->record_header;

    while (header > 0 && bytes.len - at >= header && c->form == FORM_PCAP) {
        const uint8_t *p = bytes.p + at;
        struct record r = read_record(c, p);

        if (r.captured > XD_MAX_FRAME) {
            c->at += at;
            xd_capture_break(c, "a record claims more bytes than a frame can have");
            return at;
        }
        if (bytes.len - at - header < r.captured) {
            break;
        }
        struct xd_wire_frame f = {
            .bytes = p + header,
            .len = r.captured,
            .wire_len = r.wire < r.captured ? r.captured : r.wire,
            .time = (xd_time)r.seconds * XD_SECOND +
                    (c->nanoseconds ? r.fraction / 1000 : r.fraction),
            .number = ++c->frames,
            .link = c->link,
        };

        xd_capture_frame(c, &f);
        at += header + r.captured;
    }
    c->at += at;
    return at;
}
