/*
 * test_addr.c - addresses and endpoints as values.
 */
#include "unit.h"

#include "expdiag/addr.h"

static struct xd_addr addr(const char *text)
{
    struct xd_addr a = {0};

    assert_true(xd_addr_parse(text, strlen(text), &a));
    return a;
}

static void prints_what_it_read_in_canonical_form(void **state)
{
    static const char *const pairs[][2] = {
        {"10.106.80.16", "10.106.80.16"},  {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},  {"fe80::1%eth0", "fe80::1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
    };
    char out[XD_ADDR_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct xd_addr a = addr(pairs[i][0]);

        assert_string_equal(pairs[i][1], xd_addr_format(&a, out));
    }
}

static void refuses_names_and_near_addresses(void **state)
{
    static const char *const bad[] = {"",   "vcs.example.com", "10.0.0",       "10.0.0.256",
                                      "[]", "2001:db8:::1",    "10.106.80.16 "};
    struct xd_addr a = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(xd_addr_parse(bad[i], strlen(bad[i]), &a));
    }
}

static void prints_endpoints_as_a_url_would(void **state)
{
    char out[XD_ENDPOINT_TEXT];
    struct xd_endpoint v4 = {.addr = addr("192.0.2.1"), .port = 7001};
    struct xd_endpoint v6 = {.addr = addr("2001:db8::1"), .port = 2222};

    (void)state;
    assert_string_equal("192.0.2.1:7001", xd_endpoint_format(&v4, out));
    assert_string_equal("[2001:db8::1]:2222", xd_endpoint_format(&v6, out));
    assert_false(xd_endpoint_equal(&v4, &v6));
}

static void tells_private_from_public_at_the_borders(void **state)
{
    static const struct {
        const char *text;
        bool is_private;
    } rows[] = {
        {"10.255.255.255", true},  {"11.0.0.0", false},
        {"172.15.255.255", false}, {"172.16.0.0", true},
        {"172.31.255.255", true},  {"172.32.0.0", false},
        {"192.168.0.1", true},     {"192.169.0.1", false},
        {"100.64.0.1", true},      {"100.128.0.1", false},
        {"127.0.0.1", true},       {"163.129.37.33", false},
        {"fc00::1", true},         {"fe80::1", true},
        {"2a00::1", false},        {"::1", true},
        {"2001:db8::1", true},     {"2001:db9::1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xd_addr a = addr(rows[i].text);

        assert_int_equal(rows[i].is_private, xd_addr_is_private(&a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_what_it_read_in_canonical_form),
        cmocka_unit_test(refuses_names_and_near_addresses),
        cmocka_unit_test(prints_endpoints_as_a_url_would),
        cmocka_unit_test(tells_private_from_public_at_the_borders),
    };

    return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
