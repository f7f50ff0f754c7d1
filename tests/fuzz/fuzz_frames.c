/*
 * fuzz_frames.c - frames of every link type, as they stand in the input: a byte for the
 * link type, then a length of two bytes before each frame.
 */
#include "fuzz.h"

#include "expdiag/wire.h"

static const int links[] = {
    XD_LINK_ETHERNET, XD_LINK_NULL,       XD_LINK_PPP,         XD_LINK_RAW_BSD,
    XD_LINK_PPP_HDLC, XD_LINK_PPP_ETHER,  XD_LINK_RAW,         XD_LINK_C_HDLC,
    XD_LINK_LOOP,     XD_LINK_IEEE802_11, XD_LINK_RAW_OPENBSD, XD_LINK_LINUX_SLL,
    XD_LINK_PFLOG,    XD_LINK_RADIOTAP,   XD_LINK_IPV4,        XD_LINK_IPV6,
    XD_LINK_NFLOG,    XD_LINK_IPOIB,      XD_LINK_LINUX_SLL2,  4711,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    struct xd_case *cs = xd_case_new();
    struct xd_wire *w = xd_wire_new(cs);
    struct xd_entry *entry = xd_case_entry(cs);
    struct xd_wire_frame f = {.time = 1774000000 * XD_SECOND};

    entry->name = entry->path = "a.pcap";
    f.link = links[xd_cur_u8(&c) % (sizeof(links) / sizeof(links[0]))];
    (void)xd_wire_file_begin(w, entry, (struct xd_wire_point){"node", 0});
    while (xd_cur_left(&c) > 2) {
        size_t said = xd_cur_u16(&c);
        struct xd_slice bytes =
            xd_cur_take(&c, said < xd_cur_left(&c) ? said : xd_cur_left(&c));
        uint8_t *exact = xd_fuzz_exact(bytes);

        f.bytes = exact;
        f.len = bytes.len;
        f.wire_len = said;
        f.time += 1000;
        f.number++;
        xd_wire_take(w, &f);
        free(exact);
    }
    (void)xd_wire_file_losses(w);
    xd_wire_file_end(w);
    xd_wire_finish(w);
    xd_wire_free(w);
    xd_case_free(cs);
    return 0;
}
