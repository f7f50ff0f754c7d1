/*
 * fuzz_ssh.c - SSH over TCP as a list of steps (talk.h), with packets whose lengths and
 * padding fit by themselves.
 */
#include "talk.h"

static const char *const banners[] = {
    "SSH-2.0-OpenSSH_8.4p1\r\n",
    "SSH-2.0-PKIX[x]\r\n",
    "SSH-1.99-old\n",
    "notice\r\nSSH-2.0-x\r\n",
};

/* RFC 4253, 6. */
static void say_packet(struct xd_talk *t, unsigned side, unsigned type,
                       struct xd_slice body)
{
    struct xd_buf out = {.max = 1 << 17};
    size_t padding = 8 - (body.len + 6) % 8;

    padding += padding < 4 ? 8 : 0;
    xd_talk_put(&out, body.len + 2 + padding, 4);
    xd_talk_put(&out, padding, 1);
    xd_talk_put(&out, type, 1);
    xd_buf_add(&out, body.p, body.len);
    for (size_t i = 0; i < padding; i++) {
        xd_talk_put(&out, 0, 1);
    }
    xd_talk_say(t, side, (struct xd_slice){out.bytes, out.len});
    xd_buf_done(&out);
}

/* KEXINIT: ten lists of names, each as long as the input says. */
static void say_kexinit(struct xd_talk *t, unsigned side, struct xd_cur *c)
{
    struct xd_buf body = {.max = 1 << 17};

    for (unsigned i = 0; i < 16; i++) {
        xd_talk_put(&body, side * 16U + i, 1);
    }
    for (unsigned i = 0; i < 10; i++) {
        struct xd_slice names = xd_cur_vec8(c);

        xd_talk_put(&body, names.len, 4);
        xd_buf_add(&body, names.p, names.len);
    }
    xd_talk_put(&body, 0, 5);
    say_packet(t, side, 20, (struct xd_slice){body.bytes, body.len});
    xd_buf_done(&body);
}

/* The key exchange's answer with a host key blob of RFC 6187: n certificates. */
static void say_reply(struct xd_talk *t, unsigned side, struct xd_cur *c)
{
    static const char kind[] = "x509v3-ssh-rsa";
    struct xd_buf blob = {.max = 1 << 17};
    struct xd_buf body = {.max = 1 << 17};
    unsigned type = xd_cur_u8(c);
    unsigned n = xd_cur_u8(c) % 8;

    xd_talk_put(&blob, sizeof(kind) - 1, 4);
    xd_buf_add(&blob, kind, sizeof(kind) - 1);
    xd_talk_put(&blob, n, 4);
    for (unsigned i = 0; i < n; i++) {
        struct xd_slice der = xd_talk_bytes(c);

        xd_talk_put(&blob, der.len, 4);
        xd_buf_add(&blob, der.p, der.len);
    }
    xd_talk_put(&blob, 0, 4);
    xd_talk_put(&body, blob.len, 4);
    xd_buf_add(&body, blob.bytes, blob.len);
    say_packet(t, side, type, (struct xd_slice){body.bytes, body.len});
    xd_buf_done(&blob);
    xd_buf_done(&body);
}

static void take_step(struct xd_talk *t, unsigned step, struct xd_cur *c)
{
    unsigned side = step >> 7;
    unsigned code = step & 31;
    unsigned type = code == 15 ? xd_cur_u8(c) : 0;

    if (code < XD_TALK_STEPS) {
        xd_talk_step(t, code, side, c);
        return;
    }
    switch (code) {
    case 12:
        xd_talk_say(t, side, xd_slice_of(banners[xd_cur_u8(c) % 4]));
        break;
    case 13:
        say_kexinit(t, side, c);
        break;
    case 14:
        say_reply(t, side, c);
        break;
    case 15:
        say_packet(t, side, type, xd_talk_bytes(c));
        break;
    case 16:
        say_packet(t, side, 21, (struct xd_slice){(const uint8_t *)"", 0});
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    struct xd_talk t;

    xd_talk_begin(&t, 2222);
    while (!c.bad && xd_cur_left(&c) > 0) {
        take_step(&t, xd_cur_u8(&c), &c);
    }
    xd_talk_end(&t);
    return 0;
}
