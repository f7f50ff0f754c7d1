/*
 * test_ssh.c - SSH: what is clear, and what lengths say of the rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

enum { MAX_BYTES = 1 << 20 };

static struct xd_buf new_buf(void)
{
    return (struct xd_buf){.max = MAX_BYTES};
}

static void expect(struct xd_scene *s, const char *facts)
{
    struct xd_buf out = new_buf();

    assert_string_equal(facts, xd_scene_end(s, &out));
    xd_buf_done(&out);
}

static void put_string(struct xd_buf *out, const char *text)
{
    xd_put_be(out, strlen(text), 4);
    xd_buf_puts(out, text);
}

/* The packet of RFC 4253, 6 with padding to 8 bytes. */
static void put_packet(struct xd_buf *out, struct xd_slice payload)
{
    size_t padding = 4 + (8 - (payload.len + 9) % 8) % 8;

    xd_put_be(out, 1 + payload.len + padding, 4);
    xd_put_be(out, padding, 1);
    xd_buf_add(out, payload.p, payload.len);
    for (size_t i = 0; i < padding; i++) {
        xd_put_be(out, 0, 1);
    }
}

static void say_packet(struct xd_scene *s, unsigned side, struct xd_buf *payload)
{
    struct xd_buf b = new_buf();

    put_packet(&b, xd_slice_of_buf(payload));
    xd_scene_say(s, side, xd_slice_of_buf(&b), 1448);
    xd_buf_done(&b);
    xd_buf_done(payload);
}

static void say_kexinit(struct xd_scene *s, unsigned side, const char *kex, const char *key)
{
    struct xd_buf p = new_buf();

    xd_put_be(&p, 20, 1);
    xd_put_be(&p, side, 8);
    xd_put_be(&p, 7, 8);
    put_string(&p, kex);
    put_string(&p, key);
    for (unsigned i = 0; i < 8; i++) {
        put_string(&p, i < 2   ? "aes256-ctr"
                       : i < 4 ? "hmac-sha2-256"
                       : i < 6 ? "none"
                               : "");
    }
    xd_put_be(&p, 0, 5);
    say_packet(s, side, &p);
}

/* The key-exchange reply with two host certificates (RFC 6187, 2.1). */
static void say_reply(struct xd_scene *s)
{
    struct xd_buf p = new_buf();

    xd_put_be(&p, 31, 1);
    xd_put_be(&p, 4 + 21 + 4 + 2 * (4 + 600) + 4, 4);
    put_string(&p, "x509v3-rsa2048-sha256");
    xd_put_be(&p, 2, 4);
    for (unsigned n = 0; n < 2; n++) {
        xd_put_be(&p, 600, 4);
        for (unsigned i = 0; i < 600; i++) {
            xd_put_be(&p, i * 3 + n, 1);
        }
    }
    xd_put_be(&p, 0, 4);
    put_string(&p, "a public value");
    put_string(&p, "a signature");
    say_packet(s, SERVER, &p);
}

static void say_one(struct xd_scene *s, unsigned side, unsigned message)
{
    struct xd_buf p = new_buf();

    xd_put_be(&p, message, 1);
    put_string(&p, "");
    say_packet(s, side, &p);
}

static void say_sealed(struct xd_scene *s, unsigned side, size_t len)
{
    uint8_t *bytes = calloc(1, len);

    assert_non_null(bytes);
    xd_scene_say(s, side, (struct xd_slice){bytes, len}, 1448);
    free(bytes);
}

static void begin(struct xd_scene *s, const char *server_kex)
{
    xd_scene_begin(s);
    s->port[SERVER] = 2222;
    xd_scene_open(s);
    xd_scene_say(s, SERVER, xd_slice_of("SSH-2.0-OpenSSH_9 e\r\n"), 1448);
    xd_scene_say(s, CLIENT, xd_slice_of("SSH-2.0-OpenSSH_9 c\r\n"), 1448);
    say_kexinit(s, CLIENT, "curve25519-sha256,ecdh-sha2-nistp256",
                "ssh-rsa,x509v3-rsa2048-sha256");
    say_kexinit(s, SERVER, server_kex, "x509v3-rsa2048-sha256");
}

/* Up to NEWKEYS of both sides. */
static void change_keys(struct xd_scene *s)
{
    begin(s, "ecdh-sha2-nistp256");
    say_one(s, CLIENT, 30);
    say_reply(s);
    say_one(s, SERVER, 21);
    say_one(s, CLIENT, 21);
}

static void exchange_keys(struct xd_scene *s)
{
    change_keys(s);
    say_sealed(s, CLIENT, 40);
    say_sealed(s, SERVER, 40);
    say_sealed(s, CLIENT, 56);
    say_sealed(s, SERVER, 40);
}

static void reads_host_certificates(void **state)
{
    struct xd_scene s;

    (void)state;
    begin(&s, "ecdh-sha2-nistp256");
    say_one(&s, CLIENT, 30);
    say_reply(&s);
    expect(&s, "ssh 10.0.0.1:40000 incomplete kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=0 answer=0 server:2");
}

static void sees_the_key_taken(void **state)
{
    struct xd_scene s;

    (void)state;
    exchange_keys(&s);
    say_sealed(&s, CLIENT, 2728);
    say_sealed(&s, SERVER, 2696);
    expect(&s, "ssh 10.0.0.1:40000 established kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=2728 answer=2696 server:2");
}

static void sees_the_key_refused(void **state)
{
    struct xd_scene s;

    (void)state;
    exchange_keys(&s);
    say_sealed(&s, CLIENT, 1880);
    say_sealed(&s, SERVER, 40);
    xd_scene_fin(&s, CLIENT);
    expect(&s, "ssh 10.0.0.1:40000 failed:ssh-auth:handshake:server kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=1880 answer=40 server:2");
    exchange_keys(&s); /* the same, cut off before it is closed */
    say_sealed(&s, CLIENT, 1880);
    say_sealed(&s, SERVER, 40);
    expect(&s, "ssh 10.0.0.1:40000 incomplete kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=1880 answer=40 server:2");
}

/* Each side's packets one after another, the server's all before the client's. */
static void say_out_of_order(struct xd_scene *s, const unsigned (*talk)[2], unsigned n)
{
    uint32_t seq[2] = {s->seq[CLIENT], s->seq[SERVER]};
    uint32_t known[3][2][2]; /* of each turn and side: its number, what it acknowledges */
    uint8_t bytes[2048] = {0};

    assert_in_range(n, 1, 3);
    for (unsigned i = 0; i < n; i++) {
        for (unsigned side = 0; side < 2; side++) {
            known[i][side][0] = seq[side];
            known[i][side][1] = seq[1 - side];
            seq[side] += talk[i][side];
        }
    }
    for (unsigned i = 2 * n; i-- > 0;) {
        unsigned side = i >= n ? SERVER : CLIENT;
        const uint32_t *k = known[i % n][side];

        s->ack = k[1];
        xd_scene_segment(s, side, ACK, k[0], (struct xd_slice){bytes, talk[i % n][side]});
    }
    s->ack = 0;
    s->seq[CLIENT] = seq[CLIENT];
    s->seq[SERVER] = seq[SERVER];
}

static void orders_runs_by_what_acknowledges_what(void **state)
{
    static const unsigned talk[][2] = {{40, 40}, {56, 40}, {1880, 40}};
    struct xd_scene s;

    (void)state;
    change_keys(&s);
    say_out_of_order(&s, talk, 3);
    xd_scene_fin(&s, CLIENT);
    expect(&s, "ssh 10.0.0.1:40000 failed:ssh-auth:handshake:server kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=1880 answer=40 server:2");
}

/* aes256-ctr with hmac-sha2-256: a message of one byte takes 16 and 32. */
static void tells_a_login_by_the_shortest_packet(void **state)
{
    struct xd_scene s;

    (void)state;
    exchange_keys(&s);
    say_sealed(&s, CLIENT, 160);
    say_sealed(&s, SERVER, 112);
    say_sealed(&s, CLIENT, 256);
    say_sealed(&s, SERVER, 48);
    xd_scene_fin(&s, CLIENT);
    expect(&s, "ssh 10.0.0.1:40000 established kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=256 answer=48 server:2");
}

static void tells_a_refused_small_key_by_equal_refusals(void **state)
{
    struct xd_scene s;

    (void)state;
    change_keys(&s);
    for (unsigned i = 0; i < 3; i++) {
        say_sealed(&s, CLIENT, 64 + 32 * i);
        say_sealed(&s, SERVER, 64);
    }
    xd_scene_fin(&s, CLIENT);
    expect(&s, "ssh 10.0.0.1:40000 failed:ssh-auth:handshake:server kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=0 answer=0 server:2");
}

/* Runs as AsyncSSH 2.10 makes them, with an empty SSH_MSG_IGNORE before every message. */
static void reads_runs_with_ignored_messages(void **state)
{
    static const unsigned service[] = {0, 228, 112, 144, 112};
    struct xd_scene s;

    (void)state;
    for (unsigned refused = 0; refused < 2; refused++) {
        begin(&s, "ecdh-sha2-nistp256");
        say_one(&s, CLIENT, 30);
        say_reply(&s);
        say_one(&s, SERVER, 21);
        say_one(&s, CLIENT, 21);
        for (unsigned i = 1; i < 5; i++) {
            say_sealed(&s, i % 2 == 1 ? CLIENT : SERVER, service[i]);
        }
        say_sealed(&s, CLIENT, refused ? 432 : 176);
        say_sealed(&s, SERVER, refused ? 112 : 96);
        xd_scene_fin(&s, CLIENT);
        expect(&s, refused ? "ssh 10.0.0.1:40000 failed:ssh-auth:handshake:server "
                             "kex=ecdh-sha2-nistp256 key=x509v3-rsa2048-sha256 "
                             "request=432 answer=112 server:2"
                           : "ssh 10.0.0.1:40000 established kex=ecdh-sha2-nistp256 "
                             "key=x509v3-rsa2048-sha256 request=0 answer=0 server:2");
    }
}

static void survives_lengths_that_cannot_be(void **state)
{
    static const uint32_t lengths[] = {0, 1, 2, 5, 0x7fffffff, 0x80000000, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        struct xd_scene s;
        struct xd_buf p = new_buf();

        begin(&s, "ecdh-sha2-nistp256");
        xd_put_be(&p, lengths[i], 4);
        xd_put_be(&p, 0x04150000, 4);
        xd_put_be(&p, 0x0200ffffffffffff, 8);
        xd_scene_say(&s, SERVER, xd_slice_of_buf(&p), 1448);
        xd_buf_done(&p);
        expect(&s, "ssh 10.0.0.1:40000 incomplete kex=ecdh-sha2-nistp256 "
                   "key=x509v3-rsa2048-sha256 request=0 answer=0");
    }
}

static void sees_the_host_key_refused(void **state)
{
    struct xd_scene s;

    (void)state;
    begin(&s, "ecdh-sha2-nistp256");
    say_one(&s, CLIENT, 30);
    say_reply(&s);
    say_one(&s, SERVER, 21);
    xd_scene_fin(&s, CLIENT);
    expect(&s,
           "ssh 10.0.0.1:40000 failed:ssh-host-key:handshake:client "
           "kex=ecdh-sha2-nistp256 key=x509v3-rsa2048-sha256 request=0 answer=0 server:2");
}

static void sees_that_nothing_is_common(void **state)
{
    struct xd_scene s;

    (void)state;
    begin(&s, "diffie-hellman-group14-sha256");
    xd_scene_fin(&s, SERVER);
    expect(&s, "ssh 10.0.0.1:40000 failed:ssh-kex:handshake:server kex=? "
               "key=x509v3-rsa2048-sha256 request=0 answer=0");
}

static void is_established_when_open_for_ten_seconds(void **state)
{
    struct xd_scene s;

    (void)state;
    exchange_keys(&s);
    s.time += 11 * XD_SECOND;
    say_sealed(&s, CLIENT, 100);
    xd_scene_fin(&s, CLIENT);
    expect(&s, "ssh 10.0.0.1:40000 established kex=ecdh-sha2-nistp256 "
               "key=x509v3-rsa2048-sha256 request=0 answer=0 server:2");
}

/* The capture lacks a packet of the exchange: that nobody answered cannot be told. */
static void says_nothing_of_silence_behind_a_gap(void **state)
{
    (void)state;
    for (unsigned lost = 0; lost < 2; lost++) {
        struct xd_scene s;
        struct xd_buf out = {.max = 4096};

        begin(&s, "ecdh-sha2-nistp256");
        say_one(&s, CLIENT, 30);
        say_reply(&s);
        say_one(&s, SERVER, 21);
        s.seq[CLIENT] += lost ? 16 : 0;
        if (lost) {
            say_sealed(&s, CLIENT, 40);
            say_sealed(&s, SERVER, 40);
        }
        s.time += 20 * XD_SECOND;
        s.port[CLIENT]++;
        xd_scene_open(&s);
        const char *facts = xd_scene_end(&s, &out);
        assert_int_equal(strstr(facts, "unanswered:handshake") != NULL, !lost);
        assert_int_equal(strstr(facts, "40000 incomplete") != NULL, lost);
        xd_buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_host_certificates),
        cmocka_unit_test(sees_the_key_taken),
        cmocka_unit_test(sees_the_key_refused),
        cmocka_unit_test(orders_runs_by_what_acknowledges_what),
        cmocka_unit_test(tells_a_login_by_the_shortest_packet),
        cmocka_unit_test(tells_a_refused_small_key_by_equal_refusals),
        cmocka_unit_test(reads_runs_with_ignored_messages),
        cmocka_unit_test(survives_lengths_that_cannot_be),
        cmocka_unit_test(sees_the_host_key_refused),
        cmocka_unit_test(sees_that_nothing_is_common),
        cmocka_unit_test(is_established_when_open_for_ten_seconds),
        cmocka_unit_test(says_nothing_of_silence_behind_a_gap),
    };

    return cmocka_run_group_tests_name("ssh", tests, NULL, NULL);
}
