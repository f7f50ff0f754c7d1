/*
 * test_join.c - one conversation over several files: no order of reading them shows, and
 * where a file ends changes no fact.
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

enum { FLIGHTS = 4, MAX_BYTES = 1 << 20, MAX_FILES = 6, TALKS = 3 };

/* All flights of a handshake; flight n is sent by the client where n is even. */
static struct xd_buf flights[FLIGHTS];

static int make_flights(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FLIGHTS; i++) {
        flights[i] = (struct xd_buf){.max = MAX_BYTES};
        xd_put_flight(&flights[i], i);
    }
    return 0;
}

static int drop_flights(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FLIGHTS; i++) {
        xd_buf_done(&flights[i]);
    }
    return 0;
}

typedef void (*script_fn)(struct xd_scene *s);

/* Ends of a conversation among others; the scene knows one at a time. */
struct talk {
    uint16_t port;
    uint32_t seq[2];
};

static void turn_to(struct xd_scene *s, struct talk *now, const struct talk *to)
{
    now->seq[CLIENT] = s->seq[CLIENT];
    now->seq[SERVER] = s->seq[SERVER];
    s->port[CLIENT] = to->port;
    s->seq[CLIENT] = to->seq[CLIENT];
    s->seq[SERVER] = to->seq[SERVER];
}

static void say_flight(struct xd_scene *s, unsigned i)
{
    xd_scene_say(s, i % 2, xd_slice_of_buf(&flights[i]), 300);
}

/* A flight whose second segment comes last, and then once more. */
static void say_late(struct xd_scene *s, unsigned i)
{
    struct xd_slice all = xd_slice_of_buf(&flights[i]);
    uint32_t seq = s->seq[i % 2];
    struct xd_slice late = {all.p + 200, 200};

    for (size_t at = 0; at < all.len; at += 200) {
        struct xd_slice piece = {all.p + at, all.len - at < 200 ? all.len - at : 200};

        if (at != 200) {
            xd_scene_segment(s, i % 2, ACK, seq + (uint32_t)at, piece);
        }
    }
    xd_scene_segment(s, i % 2, ACK, seq + 200, late);
    xd_scene_segment(s, i % 2, ACK, seq + 200, late);
    s->seq[i % 2] += (uint32_t)all.len;
}

/* Two handshakes at the same time, one out of order, and refused connections. */
static void play_mixed(struct xd_scene *s)
{
    struct talk talks[TALKS] = {
        {40000, {1000, 90000}}, {40001, {0xfffffe00, 5}}, {40002, {7, 0}}};
    struct xd_slice none = {(const uint8_t *)"", 0};

    xd_scene_open(s);
    turn_to(s, &talks[0], &talks[1]);
    xd_scene_open(s);
    for (unsigned i = 0; i < FLIGHTS; i++) {
        turn_to(s, &talks[1], &talks[0]);
        say_flight(s, i);
        turn_to(s, &talks[0], &talks[2]);
        xd_scene_segment(s, CLIENT, SYN, 7 + i / 2, none);
        if (i % 2 == 1) {
            s->ack = 7 + i / 2 + 1;
            xd_scene_segment(s, SERVER, RST | ACK, 0, none);
            s->ack = 0;
        }
        turn_to(s, &talks[2], &talks[1]);
        if (i == 1) {
            say_late(s, i);
        } else {
            say_flight(s, i);
        }
    }
    xd_scene_fin(s, CLIENT);
    xd_scene_fin(s, SERVER);
}

/* Refusals that were captured before the SYNs that they answer, each of them twice. */
static void play_early_refusals(struct xd_scene *s)
{
    struct xd_slice none = {(const uint8_t *)"", 0};

    for (unsigned i = 0; i < 4; i++) {
        unsigned port = 40000 + i / 2;

        s->port[CLIENT] = (uint16_t)port;
        s->ack = port + 1;
        xd_scene_segment(s, SERVER, RST | ACK, 0, none);
        s->ack = 0;
        xd_scene_segment(s, CLIENT, SYN, port, none);
    }
}

/* Records of application data behind the handshake, then both close. */
static void play_bulk(struct xd_scene *s)
{
    static const uint8_t sealed[4000] = {0xa7, 0x17, 0x03};
    struct xd_buf records = {.max = MAX_BYTES};
    struct xd_buf alert = {.max = 64};
    struct xd_buf request = {.max = 512};

    xd_scene_open(s);
    for (unsigned i = 0; i < FLIGHTS; i++) {
        say_flight(s, i);
    }
    for (unsigned i = 0; i < 60; i++) {
        xd_put_record(&records, 23, (struct xd_slice){sealed, sizeof(sealed) - i});
    }
    xd_put_record(&request, 23, (struct xd_slice){sealed, 177});
    xd_put_record(&alert, 21, (struct xd_slice){sealed, 26});
    xd_scene_say(s, CLIENT, xd_slice_of_buf(&request), 1400);
    xd_scene_say(s, SERVER, xd_slice_of_buf(&records), 1400);
    xd_scene_say(s, CLIENT, xd_slice_of_buf(&request), 1400);
    xd_scene_say(s, CLIENT, xd_slice_of_buf(&alert), 1400);
    xd_scene_fin(s, CLIENT);
    xd_scene_say(s, SERVER, xd_slice_of_buf(&alert), 1400);
    xd_scene_fin(s, SERVER);
    xd_buf_done(&records);
    xd_buf_done(&request);
    xd_buf_done(&alert);
}

/* The same ends again with other initial numbers, after the first conversation closed. */
static void play_reused(struct xd_scene *s)
{
    for (unsigned n = 0; n < 2; n++) {
        s->seq[CLIENT] = n == 0 ? 1000 : 0x40000000;
        s->seq[SERVER] = n == 0 ? 0xfffffff0 : 0x10000000;
        xd_scene_open(s);
        for (unsigned i = 0; i < FLIGHTS; i++) {
            say_flight(s, i);
        }
        s->time += 3 * XD_SECOND;
        xd_scene_fin(s, CLIENT);
        xd_scene_fin(s, SERVER);
        s->time += 3 * XD_SECOND;
    }
}

static void start_again(struct xd_scene *s)
{
    s->time = 1774000000 * XD_SECOND;
    s->seq[CLIENT] = 1000;
    s->seq[SERVER] = 90000;
    s->port[CLIENT] = 40000;
    s->count = 0;
}

/* The n files that the cuts make, in an order; their names are those of their places. */
static void play_files(struct xd_scene *s, script_fn script, const unsigned *cuts,
                       const unsigned *order, unsigned n)
{
    xd_scene_begin(s);
    for (unsigned i = 0; i < n; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "a%u.pcap", order[i]);
        xd_scene_file(s, name);
        start_again(s);
        s->from = cuts[order[i]];
        s->to = cuts[order[i] + 1];
        script(s);
    }
}

static unsigned count_segments(script_fn script)
{
    struct xd_scene s;
    struct xd_buf out = {.max = MAX_BYTES};

    xd_scene_begin(&s);
    script(&s);
    unsigned n = s.count;

    (void)xd_scene_end(&s, &out);
    xd_buf_done(&out);
    return n;
}

/* Numbers that are the same in every run. */
static unsigned draw(uint32_t *seed, unsigned below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

static int compare_cuts(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a;
    unsigned y = *(const unsigned *)b;

    return x < y ? -1 : x > y;
}

static unsigned draw_cuts(uint32_t *seed, unsigned segments, unsigned *cuts)
{
    unsigned n = 2 + draw(seed, MAX_FILES - 1);

    cuts[0] = 0;
    for (unsigned i = 1; i < n; i++) {
        cuts[i] = 1 + draw(seed, segments - 1);
    }
    cuts[n] = segments;
    qsort(cuts, n, sizeof(*cuts), compare_cuts);
    for (unsigned i = 1; i < n; i++) { /* no file is empty */
        cuts[i] = cuts[i] <= cuts[i - 1] ? cuts[i - 1] + 1 : cuts[i];
    }
    return cuts[n - 1] < segments ? n : 1;
}

static void draw_order(uint32_t *seed, unsigned *order, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned at = draw(seed, i + 1);

        order[i] = order[at];
        order[at] = i;
    }
}

/* In each order the same report, and the facts are those of one file. */
static void expect_any_order(script_fn script, unsigned rounds, const char *facts)
{
    static const unsigned in_order[MAX_FILES] = {0, 1, 2, 3, 4, 5};
    unsigned segments = count_segments(script);
    uint32_t seed = 20260329;

    for (unsigned round = 0; round < rounds; round++) {
        unsigned cuts[MAX_FILES + 1];
        unsigned order[MAX_FILES] = {0};
        unsigned n = draw_cuts(&seed, segments, cuts);
        struct xd_buf first = {.max = MAX_BYTES};
        struct xd_buf other = {.max = MAX_BYTES};
        struct xd_buf shown = {.max = MAX_BYTES};
        struct xd_scene s;

        if (n < 2) {
            continue;
        }
        draw_order(&seed, order, n);
        play_files(&s, script, cuts, in_order, n);
        const char *expected = xd_scene_end_whole(&s, &first);

        play_files(&s, script, cuts, order, n);
        assert_string_equal(expected, xd_scene_end_whole(&s, &other));
        play_files(&s, script, cuts, order, n);
        /* Alerts may follow: what stands far behind a file's start need not be seen. */
        if (strncmp(facts, xd_scene_end(&s, &shown), strlen(facts)) != 0) {
            fail_msg("cut at %u: %s", cuts[1], xd_buf_text(&shown));
        }
        xd_buf_done(&first);
        xd_buf_done(&other);
        xd_buf_done(&shown);
    }
}

#define HANDSHAKE                                                  \
    "established TLSv1.2 sni=e.example.com request=1/1 resumed=0 " \
    "server:2 client:1"

static void reads_handshakes_from_files_in_any_order(void **state)
{
    (void)state;
    expect_any_order(play_mixed, 300,
                     "tls 10.0.0.1:40000 " HANDSHAKE "; tls 10.0.0.1:40001 "
                     "failed:closed:after-handshake:client TLSv1.2 sni=e.example.com "
                     "request=1/1 resumed=0 server:2 client:1; "
                     "tcp 10.0.0.1:40002 failed:refused:connect:server; "
                     "tcp 10.0.0.1:40002 failed:refused:connect:server");
}

static void sees_refusals_before_their_syn_from_files_in_any_order(void **state)
{
    (void)state;
    expect_any_order(play_early_refusals, 60,
                     "tcp 10.0.0.1:40000 failed:refused:connect:server; "
                     "tcp 10.0.0.1:40001 failed:refused:connect:server");
}

static void reads_what_follows_for_long_from_files_in_any_order(void **state)
{
    (void)state;
    expect_any_order(play_bulk, 120, "tls 10.0.0.1:40000 " HANDSHAKE);
}

static void tells_conversations_of_the_same_ends_apart(void **state)
{
    (void)state;
    expect_any_order(play_reused, 200,
                     "tls 10.0.0.1:40000 " HANDSHAKE "; tls 10.0.0.1:40000 " HANDSHAKE);
}

/* ---- files that show the same time, each a part of it ---- */

enum { MAX_SEGMENTS = 1024, WAYS = 6, HANDS = 3, APART = 5 };

/* Which of three files hold segment i. */
static uint8_t deal(unsigned way, unsigned i, unsigned side, uint32_t *seed)
{
    switch (way) {
    case 0:     /* one direction each */
    case APART: /* the same, by two interfaces */
        return side == CLIENT ? 1 : 2;
    case 1: /* in turn */
        return (uint8_t)(1U << i % 2);
    case 2: /* all of them twice */
        return 3;
    case 3:
        return (uint8_t)(1U << draw(seed, HANDS));
    default: /* some of them more than once */
        return (uint8_t)(1 + draw(seed, (1U << HANDS) - 1));
    }
}

static void play_dealt(struct xd_scene *s, script_fn script, const uint8_t *dealt,
                       const unsigned *order, bool apart)
{
    xd_scene_begin(s);
    for (unsigned i = 0; i < HANDS; i++) {
        char name[16];

        s->interface = apart ? (int)order[i] : 0;
        (void)snprintf(name, sizeof(name), "a%u.pcap", order[i]);
        xd_scene_file(s, name);
        start_again(s);
        s->dealt = dealt;
        s->hand = order[i];
        script(s);
    }
}

static void expect_any_deal(script_fn script, unsigned rounds)
{
    static const unsigned in_order[HANDS] = {0, 1, 2};
    unsigned n = count_segments(script);
    uint8_t sides[MAX_SEGMENTS] = {0};
    uint32_t seed = 20260411;
    struct xd_scene s;
    struct xd_buf whole = {.max = MAX_BYTES};

    assert_in_range(n, 2, MAX_SEGMENTS);
    xd_scene_begin(&s);
    start_again(&s);
    s.sides = sides;
    script(&s);
    const char *facts = xd_scene_end(&s, &whole);

    for (unsigned round = 0; round < rounds; round++) {
        uint8_t dealt[MAX_SEGMENTS];
        unsigned order[HANDS] = {0};
        bool apart = round % WAYS == APART;
        struct xd_buf first = {.max = MAX_BYTES};
        struct xd_buf other = {.max = MAX_BYTES};
        struct xd_buf shown = {.max = MAX_BYTES};

        for (unsigned i = 0; i < n; i++) {
            dealt[i] = deal(round % WAYS, i, sides[i], &seed);
        }
        draw_order(&seed, order, HANDS);
        play_dealt(&s, script, dealt, in_order, apart);
        const char *expected = xd_scene_end_whole(&s, &first);

        play_dealt(&s, script, dealt, order, apart);
        assert_string_equal(expected, xd_scene_end_whole(&s, &other));
        play_dealt(&s, script, dealt, order, apart);
        if (strcmp(facts, xd_scene_end(&s, &shown)) != 0) {
            fail_msg("round %u: %s, not %s", round, xd_buf_text(&shown), facts);
        }
        xd_buf_done(&first);
        xd_buf_done(&other);
        xd_buf_done(&shown);
    }
    xd_buf_done(&whole);
}

static void reads_handshakes_of_which_each_file_has_a_part(void **state)
{
    (void)state;
    expect_any_deal(play_mixed, 100);
    expect_any_deal(play_reused, 100);
}

static void reads_refusals_of_which_each_file_has_a_part(void **state)
{
    (void)state;
    expect_any_deal(play_early_refusals, 50);
}

static void reads_long_conversations_of_which_each_file_has_a_part(void **state)
{
    (void)state;
    expect_any_deal(play_bulk, 50);
}

/* Conversations without a beginning, up to what one file may keep. */
static void fill_file(struct xd_scene *s, const char *name)
{
    enum { SIZE = 60000, EACH = 34 };
    static const uint8_t bytes[SIZE] = {22, 3, 3};

    xd_scene_file(s, name);
    start_again(s);
    for (unsigned i = 0; i < EACH; i++) {
        s->port[CLIENT] = (uint16_t)(20000 + i);
        xd_scene_segment(s, SERVER, ACK, 5, (struct xd_slice){bytes, SIZE});
    }
}

/* More than the files of an input may keep: those last by name give up, in any order. */
static void gives_up_by_name(void **state)
{
    enum { FILES = 68, FIT = 65 };

    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        struct xd_scene s;
        struct xd_buf out = {.max = MAX_BYTES};
        unsigned given_up = 0;

        xd_scene_begin(&s);
        for (unsigned i = 0; i < FILES; i++) {
            unsigned n = round == 0 ? i : (i * 13 + 5) % FILES;
            char name[16];

            (void)snprintf(name, sizeof(name), "b%02u.pcap", n);
            fill_file(&s, name);
        }
        xd_wire_file_end(s.w);
        for (size_t i = 1; i < s.cs->n_entries; i++) {
            const struct xd_entry *e = s.cs->entries[i];
            bool last = strcmp(e->path, "b65.pcap") >= 0;

            given_up += e->status == XD_ENTRY_TRUNCATED;
            assert_int_equal(last ? XD_ENTRY_TRUNCATED : XD_ENTRY_READ, e->status);
        }
        assert_int_equal(FILES - FIT, given_up);
        (void)xd_scene_end(&s, &out);
        xd_buf_done(&out);
    }
}

/*
 * What the first file left waiting is freed by the second one's segments: less is held
 * than when joining began, which is no reason to give up what comes too early then.
 */
static void holds_on_when_less_is_held_than_before(void **state)
{
    struct xd_slice all = xd_slice_of_buf(&flights[1]);
    struct xd_slice last = xd_slice_of_buf(&flights[2]);
    enum { SIZE = 200, LATE = 300 };
    struct xd_scene s;
    struct xd_buf out = {.max = MAX_BYTES};

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    say_flight(&s, 0);
    xd_scene_segment(&s, SERVER, ACK, s.seq[SERVER], (struct xd_slice){all.p, SIZE});
    for (size_t at = (size_t)2 * SIZE; at < all.len; at += SIZE) {
        size_t n = all.len - at < SIZE ? all.len - at : SIZE;

        xd_scene_segment(&s, SERVER, ACK, s.seq[SERVER] + (uint32_t)at,
                         (struct xd_slice){all.p + at, n});
    }
    xd_scene_file(&s, "b.pcap");
    xd_scene_segment(&s, SERVER, ACK, s.seq[SERVER] + SIZE,
                     (struct xd_slice){all.p + SIZE, SIZE});
    s.seq[SERVER] += (uint32_t)all.len;
    xd_scene_segment(&s, CLIENT, ACK, s.seq[CLIENT] + LATE,
                     (struct xd_slice){last.p + LATE, last.len - LATE});
    xd_scene_segment(&s, CLIENT, ACK, s.seq[CLIENT], (struct xd_slice){last.p, LATE});
    s.seq[CLIENT] += (uint32_t)last.len;
    say_flight(&s, 3);
    assert_string_equal("tls 10.0.0.1:40000 " HANDSHAKE, xd_scene_end(&s, &out));
    xd_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_handshakes_from_files_in_any_order),
        cmocka_unit_test(sees_refusals_before_their_syn_from_files_in_any_order),
        cmocka_unit_test(reads_what_follows_for_long_from_files_in_any_order),
        cmocka_unit_test(tells_conversations_of_the_same_ends_apart),
        cmocka_unit_test(reads_handshakes_of_which_each_file_has_a_part),
        cmocka_unit_test(reads_refusals_of_which_each_file_has_a_part),
        cmocka_unit_test(reads_long_conversations_of_which_each_file_has_a_part),
        cmocka_unit_test(gives_up_by_name),
        cmocka_unit_test(holds_on_when_less_is_held_than_before),
    };

    return cmocka_run_group_tests_name("join", tests, make_flights, drop_flights);
}
