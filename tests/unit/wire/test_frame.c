/*
 * test_frame.c - the same conversation under every link layer and in every tunnel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

enum { MAX_BYTES = 1 << 20, ETHERNET = 14 };

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

/* What stands in front of the IPv4 packet. */
/* clang-format off */
static const struct {
    const char *name;
    int link;
    const uint8_t *head;
    size_t len;
} layers[] = {
    {"raw", XD_LINK_RAW, BYTES("")},
    {"IPv4", XD_LINK_IPV4, BYTES("")},
    {"null, little-endian", XD_LINK_NULL, BYTES("\x02\0\0\0")},
    {"loop", XD_LINK_LOOP, BYTES("\0\0\0\x02")},
    {"VLAN", XD_LINK_ETHERNET, BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x81\0\0\x0a\x08\0")},
    {"QinQ", XD_LINK_ETHERNET,
     BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x88\xa8\0\x64\x81\0\0\x0a\x08\0")},
    {"MPLS", XD_LINK_ETHERNET,
     BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x88\x47\0\1\0\x40\0\2\1\x40")},
    {"PPPoE", XD_LINK_ETHERNET,
     BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x88\x64\x11\0\0\x12\0\x50\0\x21")},
    {"SNAP", XD_LINK_ETHERNET,
     BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\0\x50\xaa\xaa\3\0\0\0\x08\0")},
    {"security group tag", XD_LINK_ETHERNET,
     BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x89\x09\1\1\0\1\0\2\x08\0")},
    {"cooked", XD_LINK_LINUX_SLL, BYTES("\0\0\0\1\0\6\1\1\1\1\1\1\0\0\x08\0")},
    {"cooked 2", XD_LINK_LINUX_SLL2,
     BYTES("\x08\0\0\0\0\0\0\2\0\1\0\6\1\1\1\1\1\1\0\0")},
    {"PPP", XD_LINK_PPP, BYTES("\xff\3\0\x21")},
    {"HDLC", XD_LINK_C_HDLC, BYTES("\x0f\0\x08\0")},
    {"GRE", XD_LINK_IPV4,
     BYTES("\x45\0\0\0\0\0\0\0\x40\x2f\0\0\1\1\1\1\2\2\2\2\0\0\x08\0")},
    {"GRE with key and number", XD_LINK_IPV4,
     BYTES("\x45\0\0\0\0\0\0\0\x40\x2f\0\0\1\1\1\1\2\2\2\2\x30\0\x08\0\0\0\0\1\0\0\0\2")},
    {"IP in IP", XD_LINK_IPV4, BYTES("\x45\0\0\0\0\0\0\0\x40\x04\0\0\1\1\1\1\2\2\2\2")},
    {"VXLAN", XD_LINK_IPV4,
     BYTES("\x45\0\0\0\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\xc0\0\x12\xb5\0\0\0\0"
           "\x08\0\0\0\0\0\1\0\1\1\1\1\1\1\2\2\2\2\2\2\x08\0")},
    {"Geneve", XD_LINK_IPV4,
     BYTES("\x45\0\0\0\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\xc0\0\x17\xc1\0\0\0\0"
           "\1\0\x08\0\0\0\1\0\0\0\0\0")},
    {"GTP-U", XD_LINK_IPV4,
     BYTES("\x45\0\0\0\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\x08\x68\x08\x68\0\0\0\0"
           "\x32\xff\0\0\0\0\0\1\0\1\0\0")},
    {"6in4 and back", XD_LINK_IPV4,
     BYTES("\x45\0\0\0\0\0\0\0\x40\x29\0\0\1\1\1\1\2\2\2\2"
           "\x60\0\0\0\0\0\x04\x40" "aaaaaaaaaaaaaaaa" "bbbbbbbbbbbbbbbb")},
    {"extension headers", XD_LINK_IPV6,
     BYTES("\x60\0\0\0\0\0\0\x40" "aaaaaaaaaaaaaaaa" "bbbbbbbbbbbbbbbb"
           "\x3c\0\1\4\0\0\0\0" "\x04\0\1\4\0\0\0\0")},
};
/* clang-format on */

static void take(struct xd_scene *s, int link, struct xd_slice bytes)
{
    uint8_t *exact = malloc(bytes.len == 0 ? 1 : bytes.len);

    assert_non_null(exact);
    if (bytes.len > 0) {
        memcpy(exact, bytes.p, bytes.len);
    }
    s->time += 1000;
    struct xd_wire_frame f = {.bytes = exact,
                              .len = bytes.len,
                              .wire_len = bytes.len,
                              .time = s->time,
                              .number = ++s->frame,
                              .link = link};

    xd_wire_take(s->w, &f);
    free(exact);
}

/* The IPv4 packet of one segment. */
static void put_packet(struct xd_buf *out, struct xd_scene *s, struct xd_slice bytes)
{
    struct xd_buf frame = {.max = MAX_BYTES};

    xd_scene_frame(&frame, s->port, CLIENT, ACK, s->seq[CLIENT], bytes);
    xd_buf_add(out, frame.bytes + ETHERNET, frame.len - ETHERNET);
    xd_buf_done(&frame);
}

static void expect(struct xd_scene *s, const char *name, const char *facts)
{
    struct xd_buf out = {.max = MAX_BYTES};
    const char *seen = xd_scene_end(s, &out);

    if (strcmp(facts, seen) != 0) {
        fail_msg("%s: %s", name, seen);
    }
    xd_buf_done(&out);
}

static const char hello_facts[] =
    "tls 10.0.0.1:40000 incomplete ? sni=e.example.com request=-1 resumed=-1";

static void finds_the_packet_in_every_layer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
        struct xd_scene s;
        struct xd_buf hello = {.max = MAX_BYTES};
        struct xd_buf frame = {.max = MAX_BYTES};

        xd_scene_begin(&s);
        xd_put_flight(&hello, 0);
        xd_buf_add(&frame, layers[i].head, layers[i].len);
        put_packet(&frame, &s, xd_slice_of_buf(&hello));
        take(&s, layers[i].link, xd_slice_of_buf(&frame));
        expect(&s, layers[i].name, hello_facts);
        xd_buf_done(&hello);
        xd_buf_done(&frame);
    }
}

/* Whatever is cut off, no byte behind the frame is read. */
static void survives_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(layers) / sizeof(*layers); i++) {
        struct xd_scene s;
        struct xd_buf hello = {.max = MAX_BYTES};
        struct xd_buf frame = {.max = MAX_BYTES};
        struct xd_buf out = {.max = MAX_BYTES};

        xd_scene_begin(&s);
        xd_put_flight(&hello, 0);
        xd_buf_add(&frame, layers[i].head, layers[i].len);
        put_packet(&frame, &s, xd_slice_of_buf(&hello));
        for (size_t n = 0; n < frame.len; n++) {
            take(&s, layers[i].link, (struct xd_slice){frame.bytes, n});
        }
        (void)xd_scene_end(&s, &out);
        xd_buf_done(&hello);
        xd_buf_done(&frame);
        xd_buf_done(&out);
    }
}

/* The part of the packet that is fragment i of three, in a frame of its own. */
static void take_fragment(struct xd_scene *s, const struct xd_buf *packet, unsigned i)
{
    struct xd_buf piece = {.max = MAX_BYTES};
    size_t from = 20 + (size_t)i * 40;
    size_t to = i == 2 ? packet->len : from + 40;

    xd_buf_add(&piece, packet->bytes, 20);
    xd_buf_add(&piece, packet->bytes + from, to - from);
    piece.bytes[2] = 0;
    piece.bytes[3] = (uint8_t)piece.len;
    piece.bytes[6] = i == 2 ? 0 : 0x20;
    piece.bytes[7] = (uint8_t)(i * 5);
    take(s, XD_LINK_RAW, xd_slice_of_buf(&piece));
    xd_buf_done(&piece);
}

/* Three fragments, the middle one last. */
static void joins_fragments(void **state)
{
    static const unsigned order[3] = {0, 2, 1};
    struct xd_scene s;
    struct xd_buf hello = {.max = MAX_BYTES};
    struct xd_buf packet = {.max = MAX_BYTES};

    (void)state;
    xd_scene_begin(&s);
    xd_put_flight(&hello, 0);
    put_packet(&packet, &s, xd_slice_of_buf(&hello));
    for (unsigned i = 0; i < 3; i++) {
        take_fragment(&s, &packet, order[i]);
    }
    expect(&s, "fragments", hello_facts);
    xd_buf_done(&hello);
    xd_buf_done(&packet);
}

/* Dealt out to two files of a view in each way, and either file first. */
static void joins_fragments_of_two_files(void **state)
{
    struct xd_buf hello = {.max = MAX_BYTES};

    (void)state;
    xd_put_flight(&hello, 0);
    for (unsigned dealt = 1; dealt < 7; dealt++) {
        for (unsigned later = 0; later < 2; later++) {
            struct xd_scene s;
            struct xd_buf packet = {.max = MAX_BYTES};

            xd_scene_begin(&s);
            put_packet(&packet, &s, xd_slice_of_buf(&hello));
            xd_time start = s.time;

            for (unsigned file = 0; file < 2; file++) {
                for (unsigned i = 0; i < 3; i++) {
                    s.time = start + i;
                    if ((dealt >> i & 1) == (file ^ later)) {
                        take_fragment(&s, &packet, i);
                    }
                }
                xd_scene_file(&s, file == 0 ? "b.pcap" : "c.pcap");
            }
            expect(&s, "fragments of two files", hello_facts);
            xd_buf_done(&packet);
        }
    }
    xd_buf_done(&hello);
}

/* One fragment of a datagram that was lost; its identification comes again later. */
static void joins_no_fragments_of_different_times(void **state)
{
    struct xd_scene s;
    struct xd_buf hello = {.max = MAX_BYTES};
    struct xd_buf packet = {.max = MAX_BYTES};

    (void)state;
    xd_scene_begin(&s);
    xd_put_flight(&hello, 0);
    put_packet(&packet, &s, xd_slice_of_buf(&hello));
    for (unsigned i = 0; i < 2; i++) {
        struct xd_buf piece = {.max = MAX_BYTES};
        size_t from = i == 0 ? 20 : 60;
        size_t to = i == 0 ? 60 : packet.len;

        xd_buf_add(&piece, packet.bytes, 20);
        xd_buf_add(&piece, packet.bytes + from, to - from);
        piece.bytes[2] = 0;
        piece.bytes[3] = (uint8_t)piece.len;
        piece.bytes[6] = i == 0 ? 0x20 : 0;
        piece.bytes[7] = (uint8_t)((from - 20) / 8);
        take(&s, XD_LINK_RAW, xd_slice_of_buf(&piece));
        s.time += 61 * XD_SECOND;
        xd_buf_done(&piece);
    }
    expect(&s, "fragments", "");
    xd_buf_done(&hello);
    xd_buf_done(&packet);
}

/* Offloading writes no length: the captured one counts. */
static void takes_a_length_of_zero_as_offloaded(void **state)
{
    struct xd_scene s;
    struct xd_buf hello = {.max = MAX_BYTES};
    struct xd_buf packet = {.max = MAX_BYTES};

    (void)state;
    xd_scene_begin(&s);
    xd_put_flight(&hello, 0);
    put_packet(&packet, &s, xd_slice_of_buf(&hello));
    packet.bytes[2] = packet.bytes[3] = 0;
    take(&s, XD_LINK_RAW, xd_slice_of_buf(&packet));
    expect(&s, "offloaded", hello_facts);
    xd_buf_done(&hello);
    xd_buf_done(&packet);
}

/* E.example.com is an alias of n.example.com, which has this address. */
static const uint8_t answer[] =
    "\x45\0\0\x5b\0\0\0\0\x40\x11\0\0\x0a\0\0\x35\x0a\0\0\1\0\x35\xc0\0\0\0\0\0"
    "\0\1\x81\x80\0\1\0\2\0\0\0\0\1E\7example\3com\0\0\1\0\1"
    "\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1n\xc0\x0e"
    "\xc0\x2b\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1";

static void keeps_names_of_answers(void **state)
{
    struct xd_scene s;
    char text[XD_ADDR_TEXT];

    (void)state;
    xd_scene_begin(&s);
    take(&s, XD_LINK_RAW, (struct xd_slice){answer, sizeof(answer) - 1});
    xd_wire_finish(s.w);
    assert_int_equal(2, s.cs->n_dns);
    assert_string_equal("e.example.com", s.cs->dns[0].name);
    assert_string_equal("n.example.com", s.cs->dns[1].name);
    assert_string_equal("192.0.2.1", xd_addr_format(&s.cs->dns[0].addr, text));
    expect(&s, "dns", "");
}

/* The n-th file of a ring: the answer of before with another last octet, then both. */
static void take_answers(struct xd_scene *s, unsigned n)
{
    uint8_t other[sizeof(answer) - 1];
    char name[16];

    memcpy(other, answer, sizeof(other));
    other[sizeof(other) - 1] = (uint8_t)(n + 2);
    (void)snprintf(name, sizeof(name), "a%u.pcap", n);
    xd_scene_file(s, name);
    s->time = (1774000000 + (xd_time)n) * XD_SECOND;
    take(s, XD_LINK_RAW, (struct xd_slice){other, sizeof(other)});
    take(s, XD_LINK_RAW, (struct xd_slice){answer, sizeof(answer) - 1});
}

/* Whichever file is read first: names by time, the place is that of the first answer. */
static void sorts_names_of_answers_by_time(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct xd_scene s;
        struct xd_buf out = {.max = MAX_BYTES};

        xd_scene_begin(&s);
        take_answers(&s, first);
        take_answers(&s, 1 - first);
        assert_string_equal("e.example.com 192.0.2.2 a0.pcap:1; "
                            "n.example.com 192.0.2.2 a0.pcap:1; "
                            "e.example.com 192.0.2.1 a0.pcap:2; "
                            "n.example.com 192.0.2.1 a0.pcap:2; "
                            "e.example.com 192.0.2.3 a1.pcap:1; "
                            "n.example.com 192.0.2.3 a1.pcap:1",
                            xd_scene_end_whole(&s, &out));
        xd_buf_done(&out);
    }
}

/* Two names each of n addresses, a second apart. */
static void take_many_answers(struct xd_scene *s, const char *name, unsigned from,
                              unsigned n)
{
    enum { FRAME_TIME = 1000 }; /* that each frame adds */
    uint8_t other[sizeof(answer) - 1];

    memcpy(other, answer, sizeof(other));
    xd_scene_file(s, name);
    for (unsigned i = from; i < from + n; i++) {
        other[sizeof(other) - 2] = (uint8_t)(i >> 8);
        other[sizeof(other) - 1] = (uint8_t)i;
        s->time = (1774000000 + (xd_time)i) * XD_SECOND - FRAME_TIME;
        take(s, XD_LINK_RAW, (struct xd_slice){other, sizeof(other)});
    }
}

/* More answers than are kept: the earliest stay, whichever file was read first. */
static void keeps_the_earliest_answers(void **state)
{
    enum { EACH = 3000, KEPT = 4096 };

    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct xd_scene s;
        struct xd_buf out = {.max = MAX_BYTES};

        xd_scene_begin(&s);
        for (unsigned i = 0; i < 2; i++) {
            unsigned n = first == 0 ? i : 1 - i;

            take_many_answers(&s, n == 0 ? "a.pcap" : "b.pcap", n * EACH, EACH);
        }
        xd_wire_finish(s.w);
        assert_int_equal(KEPT, s.cs->n_dns);
        for (unsigned i = 0; i < KEPT; i++) {
            assert_int_equal((1774000000 + i / 2) * XD_SECOND, s.cs->dns[i].place.time);
        }
        assert_int_equal(XD_ENTRY_READ, s.cs->entries[2 - first]->status);
        (void)xd_scene_end(&s, &out);
        xd_buf_done(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_packet_in_every_layer),
        cmocka_unit_test(survives_every_cut),
        cmocka_unit_test(joins_fragments),
        cmocka_unit_test(joins_fragments_of_two_files),
        cmocka_unit_test(joins_no_fragments_of_different_times),
        cmocka_unit_test(takes_a_length_of_zero_as_offloaded),
        cmocka_unit_test(keeps_names_of_answers),
        cmocka_unit_test(sorts_names_of_answers_by_time),
        cmocka_unit_test(keeps_the_earliest_answers),
    };

    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
