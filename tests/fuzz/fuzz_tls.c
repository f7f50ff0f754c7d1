/*
 * fuzz_tls.c - TLS over TCP as a list of steps (talk.h), with records and handshake
 * messages whose lengths fit by themselves.  The input begins with a key log.
 */
#include "talk.h"

static const uint16_t versions[] = {0x0303, 0x0301, 0x0302, 0x0304, 0x0300};

static void put_record(struct xd_buf *out, unsigned type, struct xd_slice fragment)
{
    xd_talk_put(out, type, 1);
    xd_talk_put(out, 0x0303, 2);
    xd_talk_put(out, fragment.len, 2);
    xd_buf_add(out, fragment.p, fragment.len);
}

static void say_record(struct xd_talk *t, unsigned side, unsigned type,
                       struct xd_slice fragment)
{
    struct xd_buf out = {.max = 1 << 17};

    put_record(&out, type, fragment);
    xd_talk_say(t, side, (struct xd_slice){out.bytes, out.len});
    xd_buf_done(&out);
}

static void say_message(struct xd_talk *t, unsigned side, unsigned type,
                        struct xd_slice body)
{
    struct xd_buf out = {.max = 1 << 17};

    xd_talk_put(&out, type, 1);
    xd_talk_put(&out, body.len, 3);
    xd_buf_add(&out, body.p, body.len);
    say_record(t, side, 22, (struct xd_slice){out.bytes, out.len});
    xd_buf_done(&out);
}

/* A hello with everything but its extensions fixed. */
static void say_hello(struct xd_talk *t, unsigned side, struct xd_cur *c)
{
    struct xd_buf body = {.max = 1 << 17};
    unsigned version = versions[xd_cur_u8(c) % 5];
    unsigned cipher = xd_cur_u16(c);
    struct xd_slice extensions = xd_talk_bytes(c);

    xd_talk_put(&body, version, 2);
    for (unsigned i = 0; i < 32; i++) {
        xd_talk_put(&body, side * 16U + i, 1);
    }
    xd_talk_put(&body, 0, 1);
    if (side == XD_TALK_CLIENT) {
        xd_talk_put(&body, 2, 2);
        xd_talk_put(&body, cipher, 2);
        xd_talk_put(&body, 0x0100, 2);
    } else {
        xd_talk_put(&body, cipher, 2);
        xd_talk_put(&body, 0, 1);
    }
    xd_talk_put(&body, extensions.len, 2);
    xd_buf_add(&body, extensions.p, extensions.len);
    say_message(t, side, side == XD_TALK_CLIENT ? 1 : 2,
                (struct xd_slice){body.bytes, body.len});
    xd_buf_done(&body);
}

/* A Certificate message: n certificates, in the form of TLS 1.3 where n is odd. */
static void say_certificates(struct xd_talk *t, unsigned side, struct xd_cur *c)
{
    struct xd_buf list = {.max = 1 << 17};
    struct xd_buf body = {.max = 1 << 17};
    unsigned how = xd_cur_u8(c);
    bool tls13 = (how & 1) != 0;

    for (unsigned i = 0; i < how / 2 % 8; i++) {
        struct xd_slice der = xd_talk_bytes(c);

        xd_talk_put(&list, der.len, 3);
        xd_buf_add(&list, der.p, der.len);
        if (tls13) {
            xd_talk_put(&list, 0, 2);
        }
    }
    if (tls13) {
        xd_talk_put(&body, 0, 1);
    }
    xd_talk_put(&body, list.len, 3);
    xd_buf_add(&body, list.bytes, list.len);
    say_message(t, side, 11, (struct xd_slice){body.bytes, body.len});
    xd_buf_done(&list);
    xd_buf_done(&body);
}

static void take_step(struct xd_talk *t, unsigned step, struct xd_cur *c)
{
    unsigned side = step >> 7;
    unsigned code = step & 31;

    if (code < XD_TALK_STEPS) {
        xd_talk_step(t, code, side, c);
        return;
    }
    unsigned type = code == 14 || code == 15 ? xd_cur_u8(c) : 0;

    switch (code) {
    case 12:
        say_hello(t, side, c);
        break;
    case 13:
        say_certificates(t, side, c);
        break;
    case 14:
        say_message(t, side, type, xd_talk_bytes(c));
        break;
    case 15:
        say_record(t, side, type, xd_talk_bytes(c));
        break;
    case 16: /* change cipher spec, after which records are sealed */
        say_record(t, side, 20, (struct xd_slice){(const uint8_t *)"\1", 1});
        break;
    case 17:
        say_record(t, side, 21, xd_cur_take(c, 2));
        break;
    case 18:
        say_record(t, side, 23, xd_talk_bytes(c));
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    struct xd_talk t;

    xd_talk_begin(&t, 5061);
    xd_wire_secrets(t.w, xd_talk_bytes(&c));
    while (!c.bad && xd_cur_left(&c) > 0) {
        take_step(&t, xd_cur_u8(&c), &c);
    }
    xd_talk_end(&t);
    return 0;
}
