/*
 * test_log_real.c - a real log of an Expressway-E, where it is at hand: nothing in it
 * is odd to the loader.  Expected numbers were counted by grep.
 */
#include "load_unit.h"

#ifndef LOG_PATH
#error "LOG_PATH names the log"
#endif

enum { SKIPPED = 77, SIZE = 232303 };

static void finds_nothing_odd_in_a_real_log(void **state)
{
    const char *text = *state;

    for (size_t block = 0; block < 8000; block = block * 8 + 997) {
        struct xd_case *cs = load_bytes(XD_ENTRY_LOG, text, SIZE, block);

        assert_null(entry_of(cs)->detail);
        assert_int_equal(XD_ENTRY_READ, entry_of(cs)->status);
        assert_int_equal(1163, cs->logs[0].lines);
        assert_int_equal(1514829408964000, cs->logs[0].first);
        assert_int_equal(1514829409368000, cs->logs[0].last);
        assert_string_equal("vm-bluck-fed-vcse1", cs->logs[0].host);
        /* no handshake, alarm, setting or tunnel in it */
        assert_int_equal(0, cs->n_events);
        xd_case_free(cs);
    }
}

int main(void)
{
    static char text[SIZE + 1];
    FILE *f = fopen(LOG_PATH, "rb");

    if (f == NULL) {
        (void)printf("skipped: %s is not here\n", LOG_PATH);
        return SKIPPED;
    }
    size_t n = fread(text, 1, sizeof(text), f);

    (void)fclose(f);
    if (n != SIZE) {
        (void)printf("skipped: %s is another one\n", LOG_PATH);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(finds_nothing_odd_in_a_real_log, text),
    };

    return cmocka_run_group_tests_name("log_real", tests, NULL, NULL);
}
