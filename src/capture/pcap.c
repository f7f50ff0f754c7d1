/*
 * pcap.c - the classic savefile: a header of 24 bytes, then records of 16 bytes and
 * the frame.
 *
 *    magic u32; major u16; minor u16; zone i32; accuracy u32; snap u32; link u32
 *    seconds u32; fraction u32; captured u32; wire u32
 *
 * What libpcap reads, old forms included.  Not read, there as here: Nokia's records, which
 * are 4 bytes longer, and the patched ones of Red Hat 6.1 and SuSE 6.3 that bear the usual
 * magic; their second record has lengths that cannot be right.
 */
#include "capture_priv.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, MODIFIED_HEADER = 24, DG_UX_MAJOR = 543 };

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

size_t xd_pcap_parse(struct xd_capture *c, struct xd_slice bytes)
{
    size_t at = 0;
    size_t header = c->modified ? MODIFIED_HEADER : RECORD_HEADER;

    if (c->at == 0) {
        if (bytes.len < FILE_HEADER) {
            return 0;
        }
        take_file_header(c, bytes.p);
        header = c->modified ? MODIFIED_HEADER : RECORD_HEADER;
        at = FILE_HEADER;
    }
    while (bytes.len - at >= header && c->form == FORM_PCAP) {
        const uint8_t *p = bytes.p + at;
        uint32_t captured = xd_read32(c, p + 8);
        uint32_t wire = xd_read32(c, p + 12);
        uint32_t fraction = xd_read32(c, p + 4);

        if (c->lengths == LENGTHS_SWAPPED ||
            (c->lengths == LENGTHS_BY_SIZE && captured > wire)) {
            uint32_t first = captured;

            captured = wire;
            wire = first;
        }
        if (captured > XD_MAX_FRAME) {
            c->at += at;
            xd_capture_break(c, "a record claims more bytes than a frame can have");
            return at;
        }
        if (bytes.len - at - header < captured) {
            break;
        }
        struct xd_wire_frame f = {
            .bytes = p + header,
            .len = captured,
            .wire_len = wire < captured ? captured : wire,
            .time = (xd_time)xd_read32(c, p) * XD_SECOND +
                    (c->nanoseconds ? fraction / 1000 : fraction),
            .number = ++c->frames,
            .link = c->link,
        };

        xd_capture_frame(c, &f);
        at += header + captured;
    }
    c->at += at;
    return at;
}
