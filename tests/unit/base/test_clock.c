/*
 * test_clock.c - times to text and back, without a clock.
 */
#include "unit.h"

#include "expdiag/clock.h"

static xd_time parse(const char *text)
{
    xd_time t = XD_TIME_NONE;

    assert_true(xd_time_parse(text, strlen(text), &t, NULL));
    return t;
}

static void formats_in_utc_with_microseconds(void **state)
{
    char out[XD_TIME_TEXT];

    (void)state;
    assert_string_equal("1970-01-01T00:00:00.000000Z", xd_time_format(0, out));
    assert_string_equal("2026-03-24T11:55:20.911700Z",
                        xd_time_format(1774353320911700, out));
    assert_string_equal("1969-12-31T23:59:59.999999Z", xd_time_format(-1, out));
    assert_string_equal("2000-02-29T12:00:00.000000Z",
                        xd_time_format(951825600000000, out));
    assert_string_equal("2026-03-24 11:55:20Z",
                        xd_time_format_short(1774353320911700, out));
    assert_string_equal("", xd_time_format(XD_TIME_NONE, out));
}

static void reads_both_forms_of_an_expressway_log(void **state)
{
    (void)state;
    assert_int_equal(1505918958724000, parse("2017-09-20T10:49:18.724-04:00"));
    assert_int_equal(1505918958724000, parse("2017-09-20 14:49:18,724"));
    assert_int_equal(1422902791000000, parse("2015-02-02T19:46:31+01:00"));
    assert_int_equal(0, parse("1970-01-01T05:30:00+0530"));
    assert_int_equal(500000, parse("1970-01-01T00:00:00.5Z"));
    assert_int_equal(123456, parse("1970-01-01T00:00:00.123456789Z"));
}

static void stops_behind_the_time_when_asked(void **state)
{
    static const char line[] = "2026-03-24T11:54:26.106+00:00 host tvcs:";
    xd_time t = 0;
    size_t used = 0;

    (void)state;
    assert_true(xd_time_parse(line, strlen(line), &t, &used));
    assert_int_equal(29, used);
    assert_false(xd_time_parse(line, strlen(line), &t, NULL));
}

static void refuses_what_is_no_time(void **state)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00+5",
        "2026-01-01T00:00:00+16:00",
        "0000-01-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-01X00:00:00Z",
    };
    xd_time t = 42;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(xd_time_parse(bad[i], strlen(bad[i]), &t, NULL));
        assert_int_equal(42, t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_in_utc_with_microseconds),
        cmocka_unit_test(reads_both_forms_of_an_expressway_log),
        cmocka_unit_test(stops_behind_the_time_when_asked),
        cmocka_unit_test(refuses_what_is_no_time),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
