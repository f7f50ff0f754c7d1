/*
 * test_match.c - paths of dumps against patterns.
 */
#include "load_unit.h"

#include "expdiag/dump.h"

static const struct {
    const char *path;
    const char *pattern;
    unsigned index[3]; /* 0: not looked at */
} hits[] = {
    {"SystemUnit Name", "SystemUnit Name", {0}},
    {"systemunit NAME", "SystemUnit Name", {0}},
    {"SystemUnit 1 Name 1", "SystemUnit Name", {0}},
    {"Zones Zone 3 Name", "Zones Zone * Name", {3}},
    {"Zones 1 Zone 3 Name 1", "Zones Zone * Name", {3}},
    {"Zones Zone Name", "Zones Zone * Name", {1}},
    {"Zones Zone 12 TraversalClient Peer 2 Address",
     "Zones Zone * TraversalClient Peer * Address",
     {12, 2}},
    {"Zones 1 Zone 12 TraversalClient 1 Peer 2 Address 1",
     "Zones Zone * TraversalClient Peer * Address",
     {12, 2}},
    {"Zones Zone 1 TraversalServer Peer 6 SIP Status",
     "Zones Zone * ? Peer * SIP Status",
     {1, 6}},
    {"Zones 1 Zone 1 TraversalServer 1 Peer 6 SIP 1 Status 1",
     "Zones Zone * ? Peer * SIP Status",
     {1, 6}},
    {"Tunnels Tunnel 2 Status", "Tunnels Tunnel * Status", {2}},
    {"Gwtunnels Tunnel 2 Status", "? Tunnel * Status", {2}},
    {"SIP TLS Certificate ExtendedKeyUsage Checking Mode",
     "SIP TLS Certificate ExtendedKeyUsage Checking Mode",
     {0}},
    {"SIP 1 TLS 1 Certificate 1 ExtendedKeyUsage 1 Checking 1 Mode 1",
     "SIP TLS Certificate ExtendedKeyUsage Checking Mode",
     {0}},
    {"Ethernet 2 IP V4 Address", "Ethernet 2 IP V4 Address", {0}},
    {"Ethernet IP V4 Address", "Ethernet 1 IP V4 Address", {0}},
    {"Ethernet 2 IP 1 V4 1 Address 1", "Ethernet * IP V4 Address", {2}},
    {"Zones Zone 99999999999999999999 Name", "Zones Zone * Name", {4294967295U}},
    {"  Zones   Zone 4 Name ", "Zones Zone * Name", {4}},
};

static const char *const misses[][2] = {
    {"SystemUnit Name Other", "SystemUnit Name"},
    {"SystemUnit", "SystemUnit Name"},
    {"", "SystemUnit Name"},
    {"SystemUnit Names", "SystemUnit Name"},
    {"Zones Zone 3 Name", "Zones Zone Name *  Type"},
    {"Zones Zone 3", "Zones Zone * ?"},
    {"Zones Zone 3 A B", "Zones Zone * ?"},
    {"Ethernet 2 IP V4 Address", "Ethernet 1 IP V4 Address"},
    {"Ethernet IP V4 Address", "Ethernet 2 IP V4 Address"},
    {"Zones Zone 3x Name", "Zones Zone * Name"},
    {"Ethernet 1 IP V6 Address", "Ethernet * IP V4 Address"},
};

static void finds_the_words_and_the_indices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
        unsigned index[XD_MATCH_INDICES] = {0};

        if (!xd_dump_match(hits[i].path, hits[i].pattern, index)) {
            fail_msg("\"%s\" misses \"%s\"", hits[i].pattern, hits[i].path);
        }
        for (size_t k = 0; k < 3 && hits[i].index[k] != 0; k++) {
            assert_int_equal(hits[i].index[k], index[k]);
        }
    }
}

static void misses_other_words_and_other_indices(void **state)
{
    unsigned index[XD_MATCH_INDICES];

    (void)state;
    for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
        if (xd_dump_match(misses[i][0], misses[i][1], index)) {
            fail_msg("\"%s\" hits \"%s\"", misses[i][1], misses[i][0]);
        }
    }
}

static void stores_no_more_indices_than_there_is_room_for(void **state)
{
    unsigned index[XD_MATCH_INDICES] = {0};

    (void)state;
    assert_true(xd_dump_match("a 1 b 2 c 3 d 4 e 5 f 6 g 7 h",
                              "a * b * c * d * e * f * g * h", index));
    assert_int_equal(1, index[0]);
    assert_int_equal(6, index[5]);
    assert_true(xd_dump_match("a 1 b", "a * b", NULL));
}

static void gives_the_first_setting_that_matches(void **state)
{
    struct xd_setting settings[] = {
        {.path = "Zones Zone 1 Type", .value = "DNS", .line = 1},
        {.path = "Zones Zone 1 Name", .value = "a", .line = 2},
        {.path = "Zones Zone 2 Name", .value = "b", .line = 3}};
    struct xd_dump d = {.settings = settings, .n_settings = 3};

    (void)state;
    assert_ptr_equal(&settings[1], xd_dump_find(&d, "Zones Zone * Name"));
    assert_ptr_equal(&settings[2], xd_dump_find(&d, "Zones Zone 2 Name"));
    assert_null(xd_dump_find(&d, "Zones Zone * Status"));
    assert_null(xd_dump_find(NULL, "Zones Zone * Name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_words_and_the_indices),
        cmocka_unit_test(misses_other_words_and_other_indices),
        cmocka_unit_test(stores_no_more_indices_than_there_is_room_for),
        cmocka_unit_test(gives_the_first_setting_that_matches),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
