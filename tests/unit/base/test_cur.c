/*
 * test_cur.c - what the cursor and the error object promise.
 */
#include "unit.h"

#include "expdiag/base.h"

/* u8, u16, u24, u32, u64, then vectors with lengths of 1, 2, 3 and 4 bytes */
static const uint8_t all[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 1,
                              2,    3,    4,    5,    6,    7,    8,    1,    'a',  0,    1,
                              'b',  0,    0,    1,    'c',  0,    0,    0,    1,    'd'};

static bool read_all(struct xd_slice bytes)
{
    struct xd_cur c = xd_cur_init(bytes);
    bool right = xd_cur_u8(&c) == 0x01;

    right = xd_cur_u16(&c) == 0x0203 && right;
    right = xd_cur_u24(&c) == 0x040506 && right;
    right = xd_cur_u32(&c) == 0x0708090a && right;
    right = xd_cur_u64(&c) == 0x0102030405060708 && right;
    struct xd_slice a = xd_cur_vec8(&c);
    struct xd_slice b = xd_cur_vec16(&c);
    struct xd_slice d = xd_cur_vec24(&c);
    struct xd_slice e = xd_cur_vec32(&c);

    right = right && a.len == 1 && a.p[0] == 'a' && b.len == 1 && b.p[0] == 'b' &&
            d.len == 1 && d.p[0] == 'c' && e.len == 1 && e.p[0] == 'd';
    return right && !c.bad && xd_cur_left(&c) == 0;
}

static void reads_every_kind_of_field(void **state)
{
    (void)state;
    assert_true(read_all((struct xd_slice){all, sizeof(all)}));
}

static void stays_bad_after_every_proper_prefix(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof(all); n++) {
        uint8_t *cut = malloc(n == 0 ? 1 : n);

        assert_non_null(cut);
        memcpy(cut, all, n);
        assert_false(read_all((struct xd_slice){cut, n}));
        free(cut);
    }
}

static void gives_zero_and_nothing_past_the_end(void **state)
{
    static const uint8_t two[] = {0xff, 0xff};
    struct xd_cur c = xd_cur_init((struct xd_slice){two, sizeof(two)});

    (void)state;
    assert_int_equal(0, xd_cur_u32(&c));
    assert_true(c.bad);
    assert_int_equal(0, xd_cur_u8(&c)); /* though two bytes are left */
    assert_int_equal(0, xd_cur_take(&c, 1).len);
}

static void a_bad_parent_gives_a_bad_child(void **state)
{
    static const uint8_t bytes[] = {0, 9, 1};
    struct xd_cur c = xd_cur_init((struct xd_slice){bytes, sizeof(bytes)});
    struct xd_cur child = xd_cur_sub16(&c);

    (void)state;
    assert_true(child.bad);
    assert_int_equal(0, xd_cur_left(&child));
}

static void a_child_counts_offsets_from_the_outermost_start(void **state)
{
    static const uint8_t bytes[] = {0xaa, 0, 2, 0xbb, 0xcc};
    struct xd_cur c = xd_cur_init((struct xd_slice){bytes, sizeof(bytes)});

    (void)state;
    (void)xd_cur_u8(&c);
    struct xd_cur child = xd_cur_sub16(&c);

    assert_int_equal(3, xd_cur_at(&child));
    assert_int_equal(0xbbcc, xd_cur_u16(&child));
    assert_false(child.bad);
}

static void keeps_the_first_cause(void **state)
{
    struct xd_err err = {0};

    (void)state;
    assert_int_equal(XD_BAD, xd_err_set(&err, XD_BAD, 7, "first %d", 1));
    assert_int_equal(XD_FAIL, xd_err_set(&err, XD_FAIL, 8, "second"));
    assert_int_equal(XD_BAD, err.rc);
    assert_int_equal(7, err.at);
    assert_string_equal("first 1", err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_field),
        cmocka_unit_test(stays_bad_after_every_proper_prefix),
        cmocka_unit_test(gives_zero_and_nothing_past_the_end),
        cmocka_unit_test(a_bad_parent_gives_a_bad_child),
        cmocka_unit_test(a_child_counts_offsets_from_the_outermost_start),
        cmocka_unit_test(keeps_the_first_cause),
    };

    return cmocka_run_group_tests_name("cur", tests, NULL, NULL);
}
