/*
 * test_text.c - bytes of a bundle to valid UTF-8, and small helpers.
 */
#include "unit.h"

#include "expdiag/text.h"

#define RAW(literal) (literal), sizeof(literal) - 1

static int set_up(void **state)
{
    *state = xd_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    xd_arena_free(*state);
    return 0;
}

static void replaces_each_ill_formed_byte(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        const char *out;
    } rows[] = {
        {RAW("plain"), "plain"},
        {RAW("caf\xc3\xa9"), "caf\xc3\xa9"},
        {RAW("caf\xe9"), "caf\xef\xbf\xbd"},                           /* Latin-1 */
        {RAW("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
        {RAW("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
        {RAW("\xf4\x90\x80\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {RAW("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80"},
        {RAW("cut \xe2\x82"), "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {RAW("a\0b"), "a\xef\xbf\xbd"
                      "b"},
        {RAW("\x1b[31m"), "\x1b[31m"}, /* controls are the renderer's */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *in = malloc(rows[i].len); /* its own block: one byte too far is seen */

        assert_non_null(in);
        memcpy(in, rows[i].in, rows[i].len);
        assert_string_equal(rows[i].out, xd_text_clean(*state, in, rows[i].len, 100));
        free(in);
    }
}

static void cuts_at_a_character_and_says_so(void **state)
{
    assert_string_equal("abc\xe2\x80\xa6", xd_text_clean(*state, RAW("abcdef"), 3));
    assert_string_equal("ab\xe2\x80\xa6", xd_text_clean(*state, RAW("ab\xc3\xa9z"), 3));
    assert_string_equal("abc", xd_text_clean(*state, RAW("abc"), 3));
}

static void reads_numbers_up_to_a_limit(void **state)
{
    uint64_t v = 7;

    (void)state;
    assert_true(xd_text_number(xd_slice_of("65535"), 65535, &v));
    assert_int_equal(65535, v);
    assert_false(xd_text_number(xd_slice_of("65536"), 65535, &v));
    assert_false(xd_text_number(xd_slice_of(""), 10, &v));
    assert_false(xd_text_number(xd_slice_of("1x"), 10, &v));
    assert_false(xd_text_number(xd_slice_of("9"), 5, &v));
    assert_false(xd_text_number(xd_slice_of("99999999999999999999999"), UINT64_MAX, &v));
    assert_true(xd_text_number(xd_slice_of("18446744073709551615"), UINT64_MAX, &v));
}

static void compares_and_finds(void **state)
{
    char hex[7];
    char mixed[] = "MiXed-1";

    (void)state;
    assert_true(xd_text_equal_nocase(xd_slice_of("Zone"), xd_slice_of("zONE")));
    assert_false(xd_text_equal_nocase(xd_slice_of("Zone"), xd_slice_of("Zones")));
    assert_true(xd_text_ends_nocase(xd_slice_of("a.PEM"), ".pem"));
    assert_false(xd_text_ends_nocase(xd_slice_of("pem"), ".pem"));
    assert_true(xd_text_starts(xd_slice_of("ca_x"), "ca_"));
    assert_null(xd_text_find(xd_slice_of("abc"), ""));
    assert_non_null(xd_text_find(xd_slice_of("abc"), "bc"));
    assert_true(
        xd_text_contains_nocase(xd_slice_of("TLSv1 Alert Unknown CA"), "unknown ca"));
    assert_int_equal(3, xd_text_trim(xd_slice_of(" \t a b\r\n")).len);
    xd_text_hex((const uint8_t *)"\x00\xfe\x10", 3, hex);
    assert_string_equal("00fe10", hex);
    xd_text_lower(mixed);
    assert_string_equal("mixed-1", mixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaces_each_ill_formed_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_at_a_character_and_says_so, set_up, tear_down),
        cmocka_unit_test(reads_numbers_up_to_a_limit),
        cmocka_unit_test(compares_and_finds),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
