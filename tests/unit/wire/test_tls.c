/*
 * test_tls.c - TLS facts and outcomes from records and messages of every shape.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expdiag/crypto.h"
#include "scene.h"

enum { MAX_BYTES = 1 << 20, TLS13 = 0x0304, AES_256 = 0x1302 };

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

static void say(struct xd_scene *s, unsigned side, struct xd_buf *b)
{
    xd_scene_say(s, side, xd_slice_of_buf(b), 1448);
    xd_buf_done(b);
}

static void say_flight(struct xd_scene *s, unsigned number)
{
    struct xd_buf b = new_buf();

    xd_put_flight(&b, number);
    say(s, number % 2, &b);
}

/* A record of one type whose fragment nobody can read. */
static void say_sealed(struct xd_scene *s, unsigned side, unsigned type, size_t len)
{
    struct xd_buf b = new_buf();
    uint8_t *bytes = calloc(1, len);

    assert_non_null(bytes);
    bytes[0] = 0xee;
    xd_put_record(&b, type, (struct xd_slice){bytes, len});
    free(bytes);
    say(s, side, &b);
}

static void say_alert(struct xd_scene *s, unsigned side, uint8_t level, uint8_t code)
{
    struct xd_buf b = new_buf();
    uint8_t bytes[2] = {level, code};

    xd_put_record(&b, 21, (struct xd_slice){bytes, 2});
    say(s, side, &b);
}

/* Hellos of TLS 1.3, the server's as given, and its encrypted flight. */
static void say_hellos(struct xd_scene *s, struct xd_buf *server_hello)
{
    struct xd_buf m = new_buf();
    struct xd_buf b = new_buf();

    xd_scene_begin(s);
    xd_scene_open(s);
    xd_put_client_hello(&m, "e.example.com", TLS13);
    xd_put_record(&b, 22, xd_slice_of_buf(&m));
    say(s, CLIENT, &b);
    xd_buf_done(&m);
    b = new_buf();
    xd_put_record(&b, 22, xd_slice_of_buf(server_hello));
    say(s, SERVER, &b);
    xd_buf_done(server_hello);
    say_sealed(s, SERVER, 23, 30);
    say_sealed(s, SERVER, 23, 273);
    say_sealed(s, SERVER, 23, 2354);
    say_sealed(s, SERVER, 23, 281);
    say_sealed(s, SERVER, 23, 69);
}

static void say_hellos_13(struct xd_scene *s)
{
    struct xd_buf m = new_buf();

    xd_put_server_hello(&m, TLS13, AES_256);
    say_hellos(s, &m);
}

/* The server's messages one byte a record, and all in one record each. */
static void reads_messages_over_any_records(void **state)
{
    (void)state;
    for (size_t size = 1; size < 1800; size += size < 8 ? 1 : 211) {
        struct xd_scene s;
        struct xd_buf whole = new_buf();
        struct xd_buf cut = new_buf();

        xd_scene_begin(&s);
        xd_scene_open(&s);
        say_flight(&s, 0);
        xd_put_flight(&whole, 1);
        for (size_t at = 5; at < whole.len; at += size) {
            size_t n = whole.len - at < size ? whole.len - at : size;

            xd_put_record(&cut, 22, (struct xd_slice){whole.bytes + at, n});
        }
        xd_buf_done(&whole);
        say(&s, SERVER, &cut);
        say_flight(&s, 2);
        say_flight(&s, 3);
        expect(&s, "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 "
                   "resumed=0 server:2 client:1");
    }
}

static void names_who_sent_the_alert(void **state)
{
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    say_flight(&s, 0);
    say_flight(&s, 1);
    say_flight(&s, 2);
    say_alert(&s, SERVER, 2, 43);
    xd_scene_fin(&s, SERVER);
    expect(&s, "tls 10.0.0.1:40000 failed:alert:handshake:server TLSv1.2 sni=e.example.com "
               "request=1/1 resumed=0 server:2 client:1 alert:server:43");
}

/* What one side acknowledges the other has said: that nothing of it is there is no silence.
 */
static void says_nothing_of_a_side_that_was_not_captured(void **state)
{
    /* SYN, SYN-ACK, ACK, hello, two segments of the server, the client's alert and FIN */
    static const uint8_t of_sides[] = {1, 2, 1, 1, 2, 2, 1, 1};
    static const char *const facts[2] = {
        "tls 10.0.0.1:40000 incomplete ? sni=e.example.com request=-1 resumed=-1",
        "tls 10.0.0.1:40000 incomplete TLSv1.2 sni=? request=1/1 resumed=0 server:2"};
    struct xd_scene s;

    (void)state;
    for (unsigned alert = 0; alert < 2; alert++) {
        for (unsigned side = 0; side < 2; side++) {
            xd_scene_begin(&s);
            s.dealt = of_sides;
            s.hand = side;
            xd_scene_open(&s);
            say_flight(&s, 0);
            say_flight(&s, 1);
            if (alert) {
                say_alert(&s, CLIENT, 2, 48);
            }
            xd_scene_fin(&s, CLIENT);
            expect(&s, alert && side == CLIENT
                           ? "tls 10.0.0.1:40000 failed:alert:handshake:client ? "
                             "sni=e.example.com request=-1 resumed=-1 alert:client:48"
                           : facts[side]);
        }
    }
}

static void tells_reset_from_close(void **state)
{
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    say_flight(&s, 0);
    xd_scene_segment(&s, SERVER, RST, s.seq[SERVER],
                     (struct xd_slice){(const uint8_t *)"", 0});
    expect(&s, "tls 10.0.0.1:40000 failed:reset:handshake:server ? sni=e.example.com "
               "request=-1 resumed=-1");
    xd_scene_begin(&s);
    xd_scene_open(&s);
    say_flight(&s, 0);
    say_flight(&s, 1);
    xd_scene_fin(&s, CLIENT);
    expect(&s,
           "tls 10.0.0.1:40000 failed:closed:handshake:client TLSv1.2 sni=e.example.com "
           "request=1/1 resumed=0 server:2");
}

/* Established, then closed at once by one who never sent data. */
static void sees_failures_after_the_handshake(void **state)
{
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    for (unsigned i = 0; i < 4; i++) {
        say_flight(&s, i);
    }
    say_sealed(&s, CLIENT, 23, 400);
    xd_scene_fin(&s, SERVER);
    expect(&s, "tls 10.0.0.1:40000 failed:closed:after-handshake:server TLSv1.2 "
               "sni=e.example.com request=1/1 resumed=0 server:2 client:1");
    xd_scene_begin(&s);
    xd_scene_open(&s);
    for (unsigned i = 0; i < 4; i++) {
        say_flight(&s, i);
    }
    s.time += 3 * XD_SECOND;
    xd_scene_fin(&s, SERVER);
    expect(&s, "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 "
               "resumed=0 "
               "server:2 client:1");
}

/* A close_notify comes before the other end's FIN: who sent it closed. */
static void says_who_closed_by_the_first_sign(void **state)
{
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    for (unsigned i = 0; i < 4; i++) {
        say_flight(&s, i);
    }
    say_sealed(&s, CLIENT, 23, 100);
    say_sealed(&s, CLIENT, 21, 26);
    say_sealed(&s, SERVER, 21, 26);
    xd_scene_fin(&s, SERVER);
    xd_scene_fin(&s, CLIENT);
    expect(&s, "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 "
               "resumed=0 server:2 client:1 alert:client:-1 alert:server:-1");
}

/* Before TLS 1.3 a record says that it is an alert: closed with one, nothing else said. */
static void says_that_an_alert_closed_it(void **state)
{
    (void)state;
    for (unsigned reset = 0; reset < 2; reset++) {
        struct xd_scene s;

        xd_scene_begin(&s);
        xd_scene_open(&s);
        for (unsigned i = 0; i < 4; i++) {
            say_flight(&s, i);
        }
        say_sealed(&s, CLIENT, 21, 26);
        xd_scene_segment(&s, CLIENT, reset != 0 ? RST | ACK : FIN | ACK, s.seq[CLIENT],
                         (struct xd_slice){(const uint8_t *)"", 0});
        expect(&s,
               "tls 10.0.0.1:40000 failed:encrypted-alert:after-handshake:client TLSv1.2 "
               "sni=e.example.com request=1/1 resumed=0 server:2 client:1 "
               "alert:client:-1");
    }
}

/* TLS 1.3 hides messages; their lengths and order remain. */
static void judges_tls_1_3_by_lengths(void **state)
{
    struct xd_scene s;

    (void)state;
    say_hellos_13(&s); /* refused: an alert-sized answer to the client's Finished */
    say_sealed(&s, CLIENT, 23, 25);
    say_sealed(&s, CLIENT, 23, 69);
    say_sealed(&s, SERVER, 23, 19);
    xd_scene_fin(&s, SERVER);
    expect(&s, "tls 10.0.0.1:40000 failed:encrypted-alert:handshake:server TLSv1.3 "
               "sni=e.example.com request=-1 resumed=0 alert:server:-1");
    say_hellos_13(&s); /* the same, where the client did not wait for the answer */
    say_sealed(&s, CLIENT, 23, 25);
    say_sealed(&s, CLIENT, 23, 69);
    say_sealed(&s, CLIENT, 23, 415);
    say_sealed(&s, SERVER, 23, 19);
    xd_scene_fin(&s, SERVER);
    expect(&s, "tls 10.0.0.1:40000 failed:encrypted-alert:after-handshake:server TLSv1.3 "
               "sni=e.example.com request=-1 resumed=0 alert:server:-1");
    say_hellos_13(&s); /* taken: tickets, data, an alert-sized end */
    say_sealed(&s, CLIENT, 23, 3128);
    say_sealed(&s, CLIENT, 23, 281);
    say_sealed(&s, CLIENT, 23, 69);
    say_sealed(&s, SERVER, 23, 1946);
    say_sealed(&s, SERVER, 23, 1946);
    say_sealed(&s, CLIENT, 23, 500);
    say_sealed(&s, SERVER, 23, 700);
    say_sealed(&s, SERVER, 23, 19);
    xd_scene_fin(&s, SERVER);
    expect(&s,
           "tls 10.0.0.1:40000 established TLSv1.3 sni=e.example.com request=-1 resumed=0");
    say_hellos_13(&s); /* the client cannot verify */
    say_sealed(&s, CLIENT, 23, 19);
    xd_scene_fin(&s, CLIENT);
    expect(&s, "tls 10.0.0.1:40000 failed:encrypted-alert:handshake:client TLSv1.3 "
               "sni=e.example.com request=-1 resumed=0 alert:client:-1");
    say_hellos_13(&s); /* tickets, and no data: closed by the server */
    say_sealed(&s, CLIENT, 23, 69);
    say_sealed(&s, SERVER, 23, 300);
    say_sealed(&s, SERVER, 23, 300);
    say_sealed(&s, CLIENT, 23, 500);
    xd_scene_fin(&s, SERVER);
    expect(&s, "tls 10.0.0.1:40000 failed:closed:after-handshake:server TLSv1.3 "
               "sni=e.example.com request=-1 resumed=0");
}

/*
 * Drafts of TLS 1.3: up to 21 the version is the hello's own, without session id and
 * compression method; from 22 on it is an extension.
 */
static void put_draft_hello(struct xd_buf *out, unsigned draft)
{
    struct xd_buf body = new_buf();
    unsigned version = 0x7f00 | draft;

    xd_put_be(&body, draft < 22 ? version : 0x0303, 2);
    for (unsigned i = 0; i < 32; i++) {
        xd_put_be(&body, 101 + i, 1);
    }
    xd_put_be(&body, 0, draft < 22 ? 0 : 1);
    xd_put_be(&body, AES_256, 2);
    xd_put_be(&body, 0, draft < 22 ? 0 : 1);
    xd_put_be(&body, draft < 22 ? 10 : 16, 2);
    xd_put_be(&body, 0x0033000600170002, 8); /* key_share */
    xd_put_be(&body, 0x0401, 2);
    if (draft >= 22) {
        xd_put_be(&body, 0x002b0002, 4);
        xd_put_be(&body, version, 2);
    }
    xd_put_message(out, 2, xd_slice_of_buf(&body));
    xd_buf_done(&body);
}

static void reads_drafts_of_tls_1_3(void **state)
{
    static const unsigned drafts[] = {18, 21, 22, 23, 28};

    (void)state;
    for (size_t i = 0; i < sizeof(drafts) / sizeof(*drafts); i++) {
        struct xd_scene s;
        struct xd_buf m = new_buf();

        put_draft_hello(&m, drafts[i]);
        say_hellos(&s, &m);
        say_sealed(&s, CLIENT, 23, 69);
        say_sealed(&s, SERVER, 23, 300);
        say_sealed(&s, CLIENT, 23, 500);
        say_sealed(&s, SERVER, 23, 700);
        expect(&s, "tls 10.0.0.1:40000 established TLSv1.3 sni=e.example.com request=-1 "
                   "resumed=0");
    }
}

/* Compressed chains (RFC 8879) are not read, and that is said; whatever is cut off. */
static void says_that_compressed_chains_are_hidden(void **state)
{
    static const uint8_t body[] = {0, 2, 0, 4, 0, 0, 0, 6, 0x78, 0x9c, 1, 2, 3, 4};

    (void)state;
    for (size_t n = 0; n <= sizeof(body); n++) {
        struct xd_scene s;
        struct xd_buf m = new_buf();
        struct xd_buf b = new_buf();

        xd_scene_begin(&s);
        xd_scene_open(&s);
        say_flight(&s, 0);
        xd_put_server_hello(&m, 0x0303, 0xc030);
        xd_put_message(&m, 25, (struct xd_slice){body, n});
        xd_put_request(&m);
        xd_put_message(&m, 14, (struct xd_slice){body, 0});
        xd_put_record(&b, 22, xd_slice_of_buf(&m));
        xd_buf_done(&m);
        say(&s, SERVER, &b);
        say_flight(&s, 2);
        say_flight(&s, 3);
        expect(&s, "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 "
                   "resumed=0 client:1 hidden");
    }
}

static void finds_a_start_inside_another_protocol(void **state)
{
    static const char *const lines[] = {"<stream:stream to='e'>", "<stream:features/>",
                                        "<starttls/>", "<proceed/>"};
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    s.port[SERVER] = 5269;
    xd_scene_open(&s);
    for (unsigned i = 0; i < 4; i++) {
        xd_scene_say(&s, i % 2, xd_slice_of(lines[i]), 1448);
    }
    for (unsigned i = 0; i < 4; i++) {
        say_flight(&s, i);
    }
    expect(&s, "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 "
               "resumed=0 "
               "server:2 client:1");
}

/* Whatever the segments' size; the words of XMPP, SMTP and LDAP (RFC 4511, 4.14). */
static void finds_a_start_behind_small_segments(void **state)
{
    static const char *const talks[][7] = {
        {"<?xml version='1.0'?><stream:stream to='e.example.com' from='c.example.com' "
         "xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
         "version='1.0'>",
         "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
         "id='++TR84Sm6A3hnt3Q065'>"
         "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
         "</starttls></stream:features>",
         "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
         "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
        {"", "220 mx.example.com ESMTP\r\n", "EHLO e.example.com\r\n",
         "250-mx.example.com\r\n250-SIZE 52428800\r\n250-STARTTLS\r\n250 HELP\r\n",
         "STARTTLS\r\n", "220 2.0.0 Ready to start TLS\r\n"},
        {"0\x1d\x02\x01\x01w\x18\x80\x16"
         "1.3.6.1.4.1.1466.20037",
         "0\x24\x02\x01\x01x\x1f\x0a\x01\x01\x04\x01 \x04\x01 \x8a\x16"
         "1.3.6.1.4.1.1466.20037"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
        for (size_t size = 1; size < 8; size++) {
            struct xd_scene s;

            xd_scene_begin(&s);
            s.port[SERVER] = 5269;
            xd_scene_open(&s);
            for (unsigned k = 0; talks[i][k] != NULL; k++) {
                xd_scene_say(&s, k % 2, xd_slice_of(talks[i][k]), size);
            }
            for (unsigned k = 0; k < 4; k++) {
                struct xd_buf flight = new_buf();

                xd_put_flight(&flight, k);
                xd_scene_say(&s, k % 2, xd_slice_of_buf(&flight), size);
                xd_buf_done(&flight);
            }
            expect(&s,
                   "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 "
                   "resumed=0 server:2 client:1");
        }
    }
}

/* Version 2 framing of the first hello (RFC 5246, E.2). */
static void reads_an_old_hello(void **state)
{
    struct xd_scene s;
    struct xd_buf b = new_buf();

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    xd_put_be(&b, 0x8000 | 31, 2);
    xd_put_be(&b, 0x010301, 3);
    xd_put_be(&b, 6, 2);
    xd_put_be(&b, 0, 2);
    xd_put_be(&b, 16, 2);
    xd_put_be(&b, 0x00002f00000a, 6);
    xd_put_be(&b, 1, 8);
    xd_put_be(&b, 2, 8);
    say(&s, CLIENT, &b);
    say_alert(&s, SERVER, 2, 70);
    xd_scene_fin(&s, SERVER);
    expect(&s,
           "tls 10.0.0.1:40000 failed:alert:handshake:server ? sni=? request=-1 resumed=-1 "
           "alert:server:70");
}

/* The roles come from the messages, not from ports or from who sent the SYN. */
static void tells_roles_by_messages(void **state)
{
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    s.port[CLIENT] = 443;
    s.port[SERVER] = 50000;
    say_flight(&s, 0);
    say_flight(&s, 1);
    expect(&s,
           "tls 10.0.0.1:443 incomplete TLSv1.2 sni=e.example.com request=1/1 resumed=0 "
           "server:2");
}

/* Data of a conversation that began before the capture: nothing is made up. */
static void invents_nothing_mid_stream(void **state)
{
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    say_sealed(&s, CLIENT, 23, 400);
    say_sealed(&s, SERVER, 23, 900);
    say_sealed(&s, SERVER, 21, 26);
    xd_scene_fin(&s, SERVER);
    expect(&s,
           "tls 10.0.0.1:40000 incomplete ? sni=? request=-1 resumed=-1 alert:server:-1");
}

static void to_hex(const uint8_t *p, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        static const char digits[] = "0123456789abcdef";

        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * len] = '\0';
}

/* RFC 8448, 3: the server's handshake traffic secret and what follows from it. */
static void derives_the_keys_of_the_standard(void **state)
{
    static const uint8_t secret[32] = {0xb6, 0x7b, 0x7d, 0x69, 0x0c, 0xc1, 0x6c, 0x4e,
                                       0x75, 0xe5, 0x42, 0x13, 0xcb, 0x2d, 0x37, 0xb4,
                                       0xe9, 0xc9, 0x12, 0xbc, 0xde, 0xd9, 0x10, 0x5d,
                                       0x42, 0xbe, 0xfd, 0x59, 0xd3, 0x91, 0xad, 0x38};
    uint8_t key[16];
    uint8_t iv[12];
    char text[33];

    (void)state;
    xd_hkdf_expand_label(XD_HASH_SHA256, (struct xd_slice){secret, 32}, "key", key, 16);
    xd_hkdf_expand_label(XD_HASH_SHA256, (struct xd_slice){secret, 32}, "iv", iv, 12);
    to_hex(key, 16, text);
    assert_string_equal("3fce516009c21727d0f2e4e86ee403bc", text);
    to_hex(iv, 12, text);
    assert_string_equal("5d313eb2671276ee13000b30", text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_messages_over_any_records),
        cmocka_unit_test(names_who_sent_the_alert),
        cmocka_unit_test(says_nothing_of_a_side_that_was_not_captured),
        cmocka_unit_test(tells_reset_from_close),
        cmocka_unit_test(sees_failures_after_the_handshake),
        cmocka_unit_test(says_who_closed_by_the_first_sign),
        cmocka_unit_test(says_that_an_alert_closed_it),
        cmocka_unit_test(judges_tls_1_3_by_lengths),
        cmocka_unit_test(reads_drafts_of_tls_1_3),
        cmocka_unit_test(says_that_compressed_chains_are_hidden),
        cmocka_unit_test(finds_a_start_inside_another_protocol),
        cmocka_unit_test(finds_a_start_behind_small_segments),
        cmocka_unit_test(reads_an_old_hello),
        cmocka_unit_test(tells_roles_by_messages),
        cmocka_unit_test(invents_nothing_mid_stream),
        cmocka_unit_test(derives_the_keys_of_the_standard),
    };

    return cmocka_run_group_tests_name("tls", tests, NULL, NULL);
}
