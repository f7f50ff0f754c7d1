/*
 * test_trace.c - steps and records, packed and unpacked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expdiag/arena.h"
#include "expdiag/flow.h"

static const struct xd_trace_row rows[] = {
    {3, 1774000000123456, 17, 0, XD_STEP_SYN, 0, false},
    {3, 1774000000123999, 19, 517, XD_STEP_CLIENT_HELLO, 1, false},
    {3, 1774000000123998, 18, 16777215, 23, 1, true}, /* earlier, and before */
    {4095, 1774000100000000, 1, 1, XD_STEP_COMPRESSED_CERTIFICATE, 0, false},
    {3, 0, UINT32_MAX, UINT32_MAX, 21, 0, true},
    {UINT64_MAX, XD_TIME_NONE, 0, 0, XD_STEP_RST, 1, false},
    {1, INT64_MAX, 5, 2, 23, 0, true},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static size_t pack(uint8_t *out)
{
    struct xd_trace_at at = {0};
    size_t len = 0;

    for (unsigned i = 0; i < ROWS; i++) {
        size_t n = xd_trace_put(out + len, &at, &rows[i]);

        assert_in_range(n, 4, XD_TRACE_ROW_MAX);
        len += n;
    }
    return len;
}

static void gives_back_every_row(void **state)
{
    uint8_t bytes[ROWS * XD_TRACE_ROW_MAX];
    struct xd_slice rest = {bytes, pack(bytes)};
    struct xd_trace_at at = {0};
    struct xd_trace_row r;

    (void)state;
    for (unsigned i = 0; i < ROWS; i++) {
        assert_true(xd_trace_get(&rest, &at, &r));
        assert_true(r.source == rows[i].source && r.time == rows[i].time);
        assert_int_equal(r.frame, rows[i].frame);
        assert_int_equal(r.length, rows[i].length);
        assert_int_equal(r.kind, rows[i].kind);
        assert_int_equal(r.by, rows[i].by);
        assert_int_equal(r.record, rows[i].record);
    }
    assert_false(xd_trace_get(&rest, &at, &r));
}

/* The step after another in the next frame, a millisecond later. */
static void a_row_near_the_last_one_takes_six_bytes(void **state)
{
    uint8_t bytes[XD_TRACE_ROW_MAX];
    struct xd_trace_at at = {1, 1774000000000000, 100};
    struct xd_trace_row r = {1, 1774000000001000, 101, 400, XD_STEP_CERTIFICATE, 1, false};

    (void)state;
    assert_int_equal(xd_trace_put(bytes, &at, &r), 6);
}

static void every_prefix_ends_without_a_row_too_many(void **state)
{
    uint8_t bytes[ROWS * XD_TRACE_ROW_MAX];
    size_t len = pack(bytes);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *block = malloc(cut + 1);
        struct xd_slice rest = {block, cut};
        struct xd_trace_at at = {0};
        struct xd_trace_row r;
        unsigned n = 0;

        memcpy(block, bytes, cut);
        while (xd_trace_get(&rest, &at, &r)) {
            n++;
        }
        assert_in_range(n, 0, ROWS - 1);
        free(block);
    }
}

static void a_flow_keeps_messages_and_ledger_apart(void **state)
{
    struct xd_arena *a = xd_arena_new();
    struct xd_entry entry = {.name = "a.pcap"};
    struct xd_flow f = {0};
    struct xd_message m = {XD_SERVER, "Certificate", {&entry, 7, 0, 1774000000000000}, 900};
    struct xd_ledger_row r = {XD_CLIENT, 23, 40, {&entry, 9, 0, 1774000000000500}};
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row ledger[XD_MAX_LEDGER];

    (void)state;
    for (unsigned i = 0; i < XD_MAX_MESSAGES + 2; i++) {
        m.place.frame = 7 + i;
        xd_flow_add_message(a, &f, &m);
        r.length = 40 + i;
        xd_flow_add_ledger(a, &f, &r);
    }
    assert_int_equal(xd_flow_messages(&f, messages), XD_MAX_MESSAGES);
    assert_int_equal(xd_flow_ledger(&f, ledger), XD_MAX_LEDGER);
    assert_string_equal(messages[39].name, "Certificate");
    assert_int_equal(messages[39].place.frame, 46);
    assert_ptr_equal(messages[39].place.entry, &entry);
    assert_int_equal(messages[39].by, XD_SERVER);
    assert_int_equal(messages[39].length, 900);
    assert_int_equal(ledger[25].length, 65);
    assert_int_equal(ledger[25].type, 23);
    assert_true(ledger[25].place.time == 1774000000000500);
    xd_arena_free(a);
}

static void every_step_is_found_by_its_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < XD_STEP_COUNT; i++) {
        assert_int_equal(xd_step_find(xd_step_name((enum xd_step)i)), i);
    }
    assert_int_equal(xd_step_find("Certificates"), XD_STEP_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_every_row),
        cmocka_unit_test(a_row_near_the_last_one_takes_six_bytes),
        cmocka_unit_test(every_prefix_ends_without_a_row_too_many),
        cmocka_unit_test(a_flow_keeps_messages_and_ledger_apart),
        cmocka_unit_test(every_step_is_found_by_its_name),
    };

    return cmocka_run_group_tests_name("wire_trace", tests, NULL, NULL);
}
