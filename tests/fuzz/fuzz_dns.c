/*
 * fuzz_dns.c - answers of name servers: a length of two bytes before each message.
 */
#include "talk.h"

static void put_datagram(struct xd_buf *out, struct xd_slice message)
{
    xd_talk_put(out, 0, 6);
    xd_talk_put(out, 0, 6);
    xd_talk_put(out, 0x0800, 2);
    xd_talk_put(out, 0x4500, 2);
    xd_talk_put(out, 28 + message.len, 2);
    xd_talk_put(out, 0, 4);
    xd_talk_put(out, 0x4011, 2);
    xd_talk_put(out, 0, 2);
    xd_talk_put(out, 0x0a000035, 4);
    xd_talk_put(out, 0x0a000001, 4);
    xd_talk_put(out, 53, 2);
    xd_talk_put(out, 40000, 2);
    xd_talk_put(out, 8 + message.len, 2);
    xd_talk_put(out, 0, 2);
    xd_buf_add(out, message.p, message.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    struct xd_talk t;

    xd_talk_begin(&t, 53);
    while (!c.bad && xd_cur_left(&c) > 0) {
        struct xd_buf frame = {.max = 1 << 17};

        put_datagram(&frame, xd_talk_bytes(&c));
        uint8_t *exact = xd_fuzz_exact((struct xd_slice){frame.bytes, frame.len});
        struct xd_wire_frame f = {.bytes = exact,
                                  .len = frame.len,
                                  .wire_len = frame.len,
                                  .time = t.time,
                                  .number = ++t.frame,
                                  .link = XD_LINK_ETHERNET};

        xd_wire_take(t.w, &f);
        free(exact);
        xd_buf_done(&frame);
    }
    xd_talk_end(&t);
    return 0;
}
