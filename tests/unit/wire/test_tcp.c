/*
 * test_tcp.c - the same facts from any order, any cut and any repetition of segments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scene.h"

#define ALL_FACTS                                                                     \
    "tls 10.0.0.1:40000 established TLSv1.2 sni=e.example.com request=1/1 resumed=0 " \
    "server:2 client:1"

enum { FLIGHTS = 4, MAX_BYTES = 1 << 20 };

/* All flights; flight n is sent by the client where n is even. */
static void make_flights(struct xd_buf *flights)
{
    for (unsigned i = 0; i < FLIGHTS; i++) {
        flights[i] = (struct xd_buf){.max = MAX_BYTES};
        xd_put_flight(&flights[i], i);
    }
}

static void drop_flights(struct xd_buf *flights)
{
    for (unsigned i = 0; i < FLIGHTS; i++) {
        xd_buf_done(&flights[i]);
    }
}

static void say_all(struct xd_scene *s, const struct xd_buf *flights, size_t size)
{
    for (unsigned i = 0; i < FLIGHTS; i++) {
        xd_scene_say(s, i % 2, xd_slice_of_buf(&flights[i]), size);
    }
}

static void expect(struct xd_scene *s, const char *facts)
{
    struct xd_buf out = {.max = MAX_BYTES};

    assert_string_equal(facts, xd_scene_end(s, &out));
    xd_buf_done(&out);
}

static void reads_segments_of_any_size(void **state)
{
    struct xd_buf flights[FLIGHTS];

    (void)state;
    make_flights(flights);
    for (size_t size = 1; size < 3000; size += size < 40 ? 1 : 97) {
        struct xd_scene s;

        xd_scene_begin(&s);
        xd_scene_open(&s);
        say_all(&s, flights, size);
        expect(&s, ALL_FACTS);
    }
    drop_flights(flights);
}

/* A capture that began after the connection was made. */
static void reads_segments_of_any_size_without_their_syn(void **state)
{
    struct xd_buf flights[FLIGHTS];

    (void)state;
    make_flights(flights);
    for (size_t size = 1; size < 20; size++) {
        struct xd_scene s;

        xd_scene_begin(&s);
        say_all(&s, flights, size);
        expect(&s, ALL_FACTS);
    }
    drop_flights(flights);
}

static void reads_across_the_wrap_of_sequence_numbers(void **state)
{
    struct xd_buf flights[FLIGHTS];

    (void)state;
    make_flights(flights);
    for (uint32_t before = 0; before < 2400; before += 61) {
        struct xd_scene s;

        xd_scene_begin(&s);
        s.seq[CLIENT] = 0U - before;
        s.seq[SERVER] = 0U - before / 2;
        xd_scene_open(&s);
        say_all(&s, flights, 500);
        expect(&s, ALL_FACTS);
    }
    drop_flights(flights);
}

/* The n-th of the orders of so many things (Lehmer code). */
static void make_order(unsigned things, unsigned n, unsigned order[6])
{
    unsigned left[6] = {0, 1, 2, 3, 4, 5};

    for (unsigned i = 0; i < things; i++) {
        unsigned count = things - i;
        unsigned at = n % count;

        n /= count;
        order[i] = left[at];
        memmove(left + at, left + at + 1, (count - at - 1) * sizeof(*left));
    }
}

/* One of `count` segments of the server's flight. */
static struct xd_slice cut_piece(struct xd_slice all, unsigned count, unsigned i,
                                 size_t *from)
{
    size_t size = (all.len + count - 1) / count;

    *from = size * i;
    return (struct xd_slice){all.p + *from,
                             all.len - *from < size ? all.len - *from : size};
}

enum repeat { ONCE, TWICE, LONGER, SHORTER_FIRST, REPEATS };

/* A segment, and the same bytes again in one way or another. */
static void say_piece(struct xd_scene *s, struct xd_slice all, size_t from,
                      struct xd_slice piece, enum repeat repeat)
{
    uint32_t seq = s->seq[SERVER] + (uint32_t)from;
    size_t room = all.len - from - piece.len;
    struct xd_slice more = {piece.p, piece.len + (room < 7 ? room : 7)};
    size_t back = from < 5 ? from : 5;

    if (repeat == SHORTER_FIRST) { /* its second half, and what is before it */
        xd_scene_segment(
            s, SERVER, ACK, seq + (uint32_t)piece.len / 2,
            (struct xd_slice){piece.p + piece.len / 2, piece.len - piece.len / 2});
        xd_scene_segment(s, SERVER, ACK, seq - (uint32_t)back,
                         (struct xd_slice){piece.p - back, back + piece.len / 2});
        return;
    }
    xd_scene_segment(s, SERVER, ACK, seq, piece);
    if (repeat != ONCE) {
        xd_scene_segment(s, SERVER, ACK, seq, repeat == TWICE ? piece : more);
    }
}

static void say_in_order(const struct xd_buf *flights, unsigned count,
                         const unsigned *order, enum repeat repeat)
{
    struct xd_slice all = xd_slice_of_buf(&flights[1]);
    struct xd_scene s;

    xd_scene_begin(&s);
    xd_scene_open(&s);
    xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[0]), 1448);
    for (unsigned i = 0; i < count; i++) {
        size_t from = 0;
        struct xd_slice piece = cut_piece(all, count, order[i], &from);

        say_piece(&s, all, from, piece, repeat);
    }
    s.seq[SERVER] += (uint32_t)all.len;
    xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[2]), 1448);
    xd_scene_say(&s, SERVER, xd_slice_of_buf(&flights[3]), 1448);
    expect(&s, ALL_FACTS);
}

static void reads_every_order_of_up_to_six_segments(void **state)
{
    struct xd_buf flights[FLIGHTS];
    unsigned orders = 1;

    (void)state;
    make_flights(flights);
    for (unsigned count = 1; count <= 6; count++) {
        orders *= count;
        for (unsigned n = 0; n < orders; n++) {
            unsigned order[6];

            make_order(count, n, order);
            for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
                say_in_order(flights, count, order, (enum repeat)repeat);
            }
        }
    }
    drop_flights(flights);
}

static void takes_the_first_copy_and_notes_another(void **state)
{
    struct xd_buf flights[FLIGHTS];
    struct xd_scene s;
    uint8_t other[200];

    (void)state;
    make_flights(flights);
    memset(other, 0x55, sizeof(other));
    xd_scene_begin(&s);
    xd_scene_open(&s);
    xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[0]), 1448);
    uint32_t before = s.seq[SERVER];

    xd_scene_say(&s, SERVER, xd_slice_of_buf(&flights[1]), 1448);
    xd_scene_segment(&s, SERVER, ACK, before + 100,
                     (struct xd_slice){other, sizeof(other)});
    xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[2]), 1448);
    xd_scene_say(&s, SERVER, xd_slice_of_buf(&flights[3]), 1448);
    expect(&s, ALL_FACTS " differs");
    drop_flights(flights);
}

/* A byte of the server's flight never comes: nothing is made up, the rest is read. */
static void notes_a_gap_at_each_place(void **state)
{
    struct xd_buf flights[FLIGHTS];

    (void)state;
    make_flights(flights);
    struct xd_slice all = xd_slice_of_buf(&flights[1]);

    for (size_t gap = 0; gap < all.len; gap++) {
        struct xd_scene s;
        struct xd_buf out = {.max = MAX_BYTES};

        xd_scene_begin(&s);
        xd_scene_open(&s);
        xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[0]), 1448);
        uint32_t before = s.seq[SERVER];

        xd_scene_say(&s, SERVER, (struct xd_slice){all.p, gap}, 1448);
        s.seq[SERVER]++;
        xd_scene_say(&s, SERVER, (struct xd_slice){all.p + gap + 1, all.len - gap - 1},
                     1448);
        assert_int_equal(before + all.len, s.seq[SERVER]);
        xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[2]), 1448);
        xd_scene_say(&s, SERVER, xd_slice_of_buf(&flights[3]), 1448);
        const char *facts = xd_scene_end(&s, &out);

        assert_non_null(strstr(facts, " gap"));
        assert_non_null(strstr(facts, "sni=e.example.com"));
        assert_non_null(strstr(facts, "client:1"));
        assert_null(strstr(facts, "alert"));
        if (gap >= 1460) { /* its certificates had come whole */
            assert_non_null(strstr(facts, "server:2"));
        } else {
            assert_null(strstr(facts, "server:"));
        }
        xd_buf_done(&out);
    }
    drop_flights(flights);
}

/* What was seen grows with every byte, and no prefix invents anything. */
static void reads_every_prefix(void **state)
{
    struct xd_buf flights[FLIGHTS];
    size_t before = 0;

    (void)state;
    make_flights(flights);
    for (unsigned flight = 0; flight < FLIGHTS; flight++) {
        struct xd_slice all = xd_slice_of_buf(&flights[flight]);

        for (size_t n = flight == 0 ? 6 : 1; n <= all.len; n++) {
            struct xd_scene s;
            struct xd_buf out = {.max = MAX_BYTES};

            xd_scene_begin(&s);
            xd_scene_open(&s);
            for (unsigned i = 0; i < flight; i++) {
                xd_scene_say(&s, i % 2, xd_slice_of_buf(&flights[i]), 1448);
            }
            xd_scene_say(&s, flight % 2, (struct xd_slice){all.p, n}, 1448);
            const char *facts = xd_scene_end(&s, &out);

            assert_null(strstr(facts, "failed"));
            assert_null(strstr(facts, "gap"));
            assert_true(strlen(facts) + 10 >= before); /* "?" gives way to words */
            before = strlen(facts);
            xd_buf_done(&out);
        }
    }
    drop_flights(flights);
}

static void begins_anew_with_another_initial_number(void **state)
{
    struct xd_buf flights[FLIGHTS];
    struct xd_scene s;

    (void)state;
    make_flights(flights);
    xd_scene_begin(&s);
    xd_scene_open(&s);
    say_all(&s, flights, 1448);
    s.seq[CLIENT] = 77777;
    s.seq[SERVER] = 5555555;
    xd_scene_open(&s);
    say_all(&s, flights, 1448);
    expect(&s, ALL_FACTS "; " ALL_FACTS);
    drop_flights(flights);
}

/* The part of a conversation that one of three files holds. */
static void say_file(struct xd_scene *s, const struct xd_buf *flights, unsigned file)
{
    size_t half = flights[1].len / 2;
    struct xd_slice second = {flights[1].bytes + half, flights[1].len - half};

    s->time = (1774000000 + (xd_time)file) * XD_SECOND;
    s->seq[CLIENT] = 1000;
    s->seq[SERVER] = 90000;
    if (file == 0) {
        xd_scene_open(s);
        xd_scene_say(s, CLIENT, xd_slice_of_buf(&flights[0]), 1448);
        xd_scene_say(s, SERVER, (struct xd_slice){flights[1].bytes, half}, 300);
        return;
    }
    s->seq[CLIENT] += 1 + (uint32_t)flights[0].len;
    s->seq[SERVER] += 1 + (uint32_t)half;
    if (file == 1) {
        xd_scene_say(s, SERVER, second, 300);
        xd_scene_say(s, CLIENT, (struct xd_slice){flights[2].bytes, 400}, 300);
        return;
    }
    s->seq[CLIENT] += 400;
    s->seq[SERVER] += (uint32_t)second.len;
    xd_scene_say(s, CLIENT, (struct xd_slice){flights[2].bytes + 400, flights[2].len - 400},
                 300);
    xd_scene_say(s, SERVER, xd_slice_of_buf(&flights[3]), 300);
}

static void joins_files_in_any_order(void **state)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const char *const names[3] = {"a0.pcap", "a1.pcap", "a2.pcap"};
    struct xd_buf flights[FLIGHTS];

    (void)state;
    make_flights(flights);
    for (unsigned n = 0; n < 6; n++) {
        struct xd_scene s;

        xd_scene_begin(&s);
        for (unsigned i = 0; i < 3; i++) {
            xd_scene_file(&s, names[orders[n][i]]);
            say_file(&s, flights, orders[n][i]);
        }
        expect(&s, ALL_FACTS);
    }
    drop_flights(flights);
}

/* The client took the first answer to its repeated SYN; the second moves nothing. */
static void keeps_the_stream_at_a_late_second_answer(void **state)
{
    struct xd_slice none = {(const uint8_t *)"", 0};
    struct xd_buf flights[FLIGHTS];
    struct xd_scene s;

    (void)state;
    make_flights(flights);
    xd_scene_begin(&s);
    xd_scene_open(&s);
    xd_scene_say(&s, CLIENT, xd_slice_of_buf(&flights[0]), 1448);
    s.ack = 1001;
    xd_scene_segment(&s, SERVER, SYN | ACK, 777000, none);
    for (unsigned i = 1; i < FLIGHTS; i++) {
        xd_scene_say(&s, i % 2, xd_slice_of_buf(&flights[i]), 1448);
    }
    expect(&s, ALL_FACTS);
    drop_flights(flights);
}

/* Headers alone were captured: bytes went by, so that nothing failed before the first. */
static void takes_unseen_bytes_for_no_failure(void **state)
{
    struct xd_slice none = {(const uint8_t *)"", 0};
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    xd_scene_open(&s);
    s.cut = 300;
    xd_scene_segment(&s, CLIENT, ACK, s.seq[CLIENT], none);
    s.seq[CLIENT] += 300;
    s.cut = 0;
    xd_scene_fin(&s, CLIENT);
    expect(&s, "");
}

static void tells_how_a_connection_failed(void **state)
{
    struct xd_slice none = {(const uint8_t *)"", 0};
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    xd_scene_segment(&s, CLIENT, SYN, 1, none);
    xd_scene_segment(&s, SERVER, RST | ACK, 0, none);
    s.port[CLIENT] = 40001;
    xd_scene_segment(&s, CLIENT, SYN, 5, none);
    s.time += 3 * XD_SECOND;
    xd_scene_segment(&s, CLIENT, SYN, 5, none);
    s.port[CLIENT] = 40002;
    xd_scene_open(&s);
    xd_scene_fin(&s, SERVER);
    expect(&s, "tcp 10.0.0.1:40000 failed:refused:connect:server; "
               "tcp 10.0.0.1:40001 failed:unanswered:connect:; "
               "tcp 10.0.0.1:40002 failed:closed:handshake:server");
}

/* Beyond the budget of a file what waits is given up, and the place is told. */
static void tells_where_too_much_waited(void **state)
{
    enum { CONVERSATIONS = 120, SEGMENTS = 450 };
    static const uint8_t byte = 0x16;
    struct xd_scene s;
    struct xd_buf out = {.max = MAX_BYTES};

    (void)state;
    xd_scene_begin(&s);
    for (unsigned i = 0; i < CONVERSATIONS; i++) {
        s.port[CLIENT] = (uint16_t)(20000 + i);
        xd_scene_open(&s);
        for (unsigned k = 0; k < SEGMENTS; k++) {
            xd_scene_segment(&s, CLIENT, ACK, s.seq[CLIENT] + 10 + 2 * k,
                             (struct xd_slice){&byte, 1});
        }
        if (i == 100) {
            assert_int_equal(0, xd_wire_file_losses(s.w).given_up);
        }
    }
    assert_in_range(xd_wire_file_losses(s.w).given_up, 101 * SEGMENTS, s.frame);
    (void)xd_scene_end(&s, &out);
    xd_buf_done(&out);
}

/* The reset was captured before the SYN that it answers; another one's tells nothing. */
static void takes_a_refusal_before_its_syn(void **state)
{
    struct xd_slice none = {(const uint8_t *)"", 0};
    struct xd_scene s;

    (void)state;
    xd_scene_begin(&s);
    s.ack = 101;
    xd_scene_segment(&s, SERVER, RST | ACK, 0, none);
    s.ack = 0;
    xd_scene_segment(&s, CLIENT, SYN, 100, none);
    s.port[CLIENT] = 40001;
    s.ack = 77;
    xd_scene_segment(&s, SERVER, RST | ACK, 0, none);
    s.ack = 0;
    xd_scene_segment(&s, CLIENT, SYN, 100, none);
    s.time += 4 * XD_SECOND;
    xd_scene_segment(&s, CLIENT, SYN, 100, none);
    expect(&s, "tcp 10.0.0.1:40000 failed:refused:connect:server; "
               "tcp 10.0.0.1:40001 failed:unanswered:connect:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_segments_of_any_size),
        cmocka_unit_test(reads_segments_of_any_size_without_their_syn),
        cmocka_unit_test(reads_across_the_wrap_of_sequence_numbers),
        cmocka_unit_test(reads_every_order_of_up_to_six_segments),
        cmocka_unit_test(takes_the_first_copy_and_notes_another),
        cmocka_unit_test(notes_a_gap_at_each_place),
        cmocka_unit_test(reads_every_prefix),
        cmocka_unit_test(begins_anew_with_another_initial_number),
        cmocka_unit_test(joins_files_in_any_order),
        cmocka_unit_test(keeps_the_stream_at_a_late_second_answer),
        cmocka_unit_test(takes_unseen_bytes_for_no_failure),
        cmocka_unit_test(tells_how_a_connection_failed),
        cmocka_unit_test(takes_a_refusal_before_its_syn),
        cmocka_unit_test(tells_where_too_much_waited),
    };

    return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
