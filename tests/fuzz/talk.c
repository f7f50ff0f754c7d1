/*
 * talk.c - see talk.h.
 */
#include "talk.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, SEGMENT = 1460, MAX_FRAME = 1 << 18 };

void xd_talk_put(struct xd_buf *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;) {
        uint8_t b = (uint8_t)(value >> (8 * i));

        xd_buf_add(out, &b, 1);
    }
}

struct xd_slice xd_talk_bytes(struct xd_cur *c)
{
    size_t said = xd_cur_u16(c);
    size_t left = xd_cur_left(c);

    return xd_cur_take(c, said < left ? said : left);
}

static void begin_file(struct xd_talk *t)
{
    t->entry = xd_case_entry(t->cs);
    t->entry->name = t->entry->path = "a.pcap";
    t->frame = 0;
    (void)xd_wire_file_begin(t->w, t->entry, (struct xd_wire_point){"node", 0});
}

void xd_talk_begin(struct xd_talk *t, uint16_t server_port)
{
    *t = (struct xd_talk){.time = 1774000000 * XD_SECOND,
                          .port = {40000, server_port},
                          .seq = {1000, 0xfffff000},
                          .held = {.max = MAX_FRAME}};
    t->cs = xd_case_new();
    t->w = xd_wire_new(t->cs);
    begin_file(t);
}

static void take_frame(struct xd_talk *t, struct xd_slice bytes)
{
    uint8_t *exact = xd_fuzz_exact(bytes);
    struct xd_wire_frame f = {.bytes = exact,
                              .len = bytes.len,
                              .wire_len = bytes.len,
                              .time = t->time,
                              .number = ++t->frame,
                              .link = XD_LINK_ETHERNET};

    xd_wire_take(t->w, &f);
    free(exact);
}

static void put_frame(struct xd_buf *out, const struct xd_talk *t, unsigned side,
                      unsigned flags, uint32_t seq)
{
    static const uint8_t addr[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};

    xd_talk_put(out, 0, 6);
    xd_talk_put(out, 0, 6);
    xd_talk_put(out, 0x0800, 2);
    xd_talk_put(out, 0x4500, 2);
    xd_talk_put(out, 0, 2); /* the length: none, as with segmentation offload */
    xd_talk_put(out, 0x00004000, 4);
    xd_talk_put(out, 0x4006, 2);
    xd_talk_put(out, 0, 2);
    xd_buf_add(out, addr[side], 4);
    xd_buf_add(out, addr[1 - side], 4);
    xd_talk_put(out, t->port[side], 2);
    xd_talk_put(out, t->port[1 - side], 2);
    xd_talk_put(out, seq, 4);
    xd_talk_put(out, t->seq[1 - side], 4);
    xd_talk_put(out, 0x50, 1);
    xd_talk_put(out, flags, 1);
    xd_talk_put(out, 0xffff, 2);
    xd_talk_put(out, 0, 4);
}

static void send_segment(struct xd_talk *t, unsigned side, unsigned flags, uint32_t seq,
                         struct xd_slice bytes)
{
    struct xd_buf frame = {.max = MAX_FRAME};

    t->time += 1000;
    put_frame(&frame, t, side, flags, seq);
    xd_buf_add(&frame, bytes.p, bytes.len);
    take_frame(t, (struct xd_slice){frame.bytes, frame.len});
    xd_buf_done(&frame);
}

void xd_talk_say(struct xd_talk *t, unsigned side, struct xd_slice bytes)
{
    for (size_t at = 0; at < bytes.len; at += SEGMENT) {
        size_t n = bytes.len - at < SEGMENT ? bytes.len - at : SEGMENT;

        send_segment(t, side, ACK, t->seq[side], (struct xd_slice){bytes.p + at, n});
        t->seq[side] += (uint32_t)n;
    }
}

static void release_held(struct xd_talk *t)
{
    if (t->held.len > 0) {
        take_frame(t, (struct xd_slice){t->held.bytes, t->held.len});
        xd_buf_clear(&t->held);
    }
}

/* The segment waits until the next one that is held, or the end. */
static void hold_segment(struct xd_talk *t, unsigned side, struct xd_slice bytes)
{
    release_held(t);
    put_frame(&t->held, t, side, ACK, t->seq[side]);
    xd_buf_add(&t->held, bytes.p, bytes.len);
    t->seq[side] += (uint32_t)bytes.len;
}

static void open_connection(struct xd_talk *t)
{
    struct xd_slice none = {(const uint8_t *)"", 0};

    send_segment(t, XD_TALK_CLIENT, SYN, t->seq[XD_TALK_CLIENT]++, none);
    send_segment(t, XD_TALK_SERVER, SYN | ACK, t->seq[XD_TALK_SERVER]++, none);
}

static void split_finely(struct xd_talk *t, unsigned side, struct xd_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        send_segment(t, side, ACK, t->seq[side]++, (struct xd_slice){bytes.p + i, 1});
    }
}

static void send_flags(struct xd_talk *t, unsigned side, unsigned flags)
{
    struct xd_slice none = {(const uint8_t *)"", 0};

    send_segment(t, side, flags, t->seq[side], none);
    t->seq[side] += (flags & (SYN | FIN)) != 0;
}

void xd_talk_step(struct xd_talk *t, unsigned code, unsigned side, struct xd_cur *c)
{
    enum { MAX_FILES = 64 };

    switch (code) {
    case 0: /* in order */
        xd_talk_say(t, side, xd_talk_bytes(c));
        break;
    case 1: { /* anywhere near */
        uint32_t at = t->seq[side] + (uint32_t)(int16_t)xd_cur_u16(c);

        send_segment(t, side, ACK, at, xd_talk_bytes(c));
        break;
    }
    case 2: /* lost */
        t->seq[side] += (uint32_t)xd_talk_bytes(c).len;
        break;
    case 3:
        hold_segment(t, side, xd_talk_bytes(c));
        break;
    case 4:
        release_held(t);
        break;
    case 5:
        split_finely(t, side, xd_talk_bytes(c));
        break;
    case 6:
        open_connection(t);
        break;
    case 7:
        send_flags(t, side, xd_cur_u8(c));
        break;
    case 8: /* another connection, or an older one again */
        t->port[XD_TALK_CLIENT] = (uint16_t)(40000 + xd_cur_u8(c) % 4);
        break;
    case 9: /* a ring file */
        if (t->cs->n_entries < MAX_FILES) {
            xd_wire_file_end(t->w);
            begin_file(t);
        }
        break;
    case 10: /* time goes either way */
        t->time += (int32_t)xd_cur_u32(c) * (xd_time)1000;
        break;
    case 11:
        t->seq[side] += xd_cur_u32(c);
        break;
    default:
        break;
    }
}

void xd_talk_end(struct xd_talk *t)
{
    release_held(t);
    xd_wire_file_end(t->w);
    xd_wire_finish(t->w);
    xd_wire_free(t->w);
    (void)xd_fuzz_sum(t->cs);
    xd_case_free(t->cs);
    xd_buf_done(&t->held);
}
