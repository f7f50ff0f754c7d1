/*
 * test_assemble_nat.c - one address before several machines: what is the node's, and what
 * is another's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pair_case.h"

static struct xd_flow *call_without_hello(struct xd_pair_case *p, const char *from,
                                          const char *to, int after)
{
    struct xd_flow *f = xd_bench_flow(&p->b, from, to);

    f->first.time += after * XD_SECOND;
    f->last.time = f->first.time;
    return f;
}

static struct xd_flow *say_hello(struct xd_pair_case *p, const char *from, const char *to,
                                 uint8_t random, int after)
{
    struct xd_flow *f = call_without_hello(p, from, to, after);

    f->tls->has_random[XD_CLIENT] = random != 0;
    memset(f->tls->random[XD_CLIENT], random, 32);
    return f;
}

/* One more Expressway-C, without a bundle, calls from the address that a NAT gives both. */
static void what_the_nodes_own_capture_lacks_is_anothers_behind_the_nat(void **state)
{
    static const struct {
        const char *from;
        uint8_t random;
        int after;
        const char *node;
    } rows[] = {
        {"192.0.2.77:25050", 9, 100, "none"},
        {"192.0.2.77:25050", 0, 100, "vcs8c"}, /* nothing would join it */
        {"192.0.2.77:25003", 9, 110, "vcs8c"}, /* its port is in C's capture */
        {"192.0.2.77:25050", 9, 499, "vcs8c"}, /* C's capture ends */
        {"192.0.2.77:25050", 9, 900, "vcs8c"},
        {"192.0.2.78:25050", 9, 100, "none"}, /* a stranger */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);

        (void)say_hello(&p, "10.106.80.16:25001", "203.0.113.31:7002", 1, 0);
        (void)say_hello(&p, "10.106.80.16:25003", "203.0.113.31:7002", 3, 90);
        (void)say_hello(&p, "10.106.80.16:25002", "203.0.113.31:7002", 2, 500);
        p.b.host = "exwe";
        xd_bench_capture(&p.b);
        struct xd_flow *joined =
            say_hello(&p, "192.0.2.77:25001", "10.106.80.31:7002", 1, 0);
        struct xd_flow *f =
            say_hello(&p, rows[i].from, "10.106.80.31:7002", rows[i].random, rows[i].after);
        xd_bench_assemble(&p.b);
        assert_string_equal("vcs8c", xd_pair_node_id(joined, XD_CLIENT));
        assert_string_equal(rows[i].node, xd_pair_node_id(f, XD_CLIENT));
        xd_pair_close(&p);
    }
}

/* Once a stranger was told there, a call that C's capture cannot tell of is nobody's. */
static void of_a_shared_address_each_call_speaks_for_itself(void **state)
{
    (void)state;
    for (int strangers = 0; strangers < 2; strangers++) {
        struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);

        (void)say_hello(&p, "10.106.80.16:25001", "203.0.113.31:7002", 1, 0);
        (void)say_hello(&p, "10.106.80.16:25002", "203.0.113.31:7002", 2, 500);
        p.b.host = "exwe";
        xd_bench_capture(&p.b);
        (void)say_hello(&p, "192.0.2.77:25001", "10.106.80.31:7002", 1, 0);
        struct xd_flow *f =
            say_hello(&p, strangers ? "192.0.2.77:41000" : "192.0.2.77:25002",
                      "10.106.80.31:7002", strangers ? 9 : 2, strangers ? 100 : 500);
        struct xd_flow *after =
            say_hello(&p, "192.0.2.77:41001", "10.106.80.31:7002", 10, 900);
        xd_bench_assemble(&p.b);
        assert_int_equal(f->related, !strangers);
        assert_int_equal(after->related, !strangers);
        assert_string_equal(strangers ? "none" : "vcs8c",
                            xd_pair_node_id(after, XD_CLIENT));
        xd_pair_close(&p);
    }
}

/* What has no hello is joined by nothing: C's own capture may hold it, or it cannot. */
static void what_has_no_hello_is_anothers_where_the_node_called_nobody(void **state)
{
    static const char *const ports[][2] = {{"203.0.113.31:7002", "10.106.80.31:7002"},
                                           {"203.0.113.31:2222", "10.106.80.31:2222"}};
    static const struct {
        int own; /* C calls that port at this time, unjoined; 0: never */
        int port;
        const char *node;
    } rows[] = {{0, 0, "none"},
                {230, 0, "vcs8c"},
                {400, 0, "none"},
                {0, 1, "vcs8c"}, /* C captured nothing of that port: by a filter, perhaps */
                {400, 1, "none"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);

        (void)say_hello(&p, "10.106.80.16:25001", "203.0.113.31:7002", 1, 0);
        if (rows[i].own > 0) {
            (void)call_without_hello(&p, "10.106.80.16:25010", ports[rows[i].port][0],
                                     rows[i].own);
        }
        (void)say_hello(&p, "10.106.80.16:25002", "203.0.113.31:7002", 2, 500);
        p.b.host = "exwe";
        xd_bench_capture(&p.b);
        (void)say_hello(&p, "192.0.2.77:25001", "10.106.80.31:7002", 1, 0);
        struct xd_flow *f =
            call_without_hello(&p, "192.0.2.77:41000", ports[rows[i].port][1], 200);
        (void)say_hello(&p, "192.0.2.77:25002", "10.106.80.31:7002", 2, 500);
        xd_bench_assemble(&p.b);
        assert_string_equal(rows[i].node, xd_pair_node_id(f, XD_CLIENT));
        xd_pair_close(&p);
    }
}

/* The private key is the node's own: whoever shows its certificate is the node. */
static void a_client_is_known_by_its_certificate_behind_any_address(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);

        p.b.host = "exwe";
        xd_bench_capture(&p.b);
        struct xd_flow *f = say_hello(&p, "192.0.2.77:25050", "10.106.80.31:7002", 9, 0);
        struct xd_flow *mute = say_hello(&p, "192.0.2.77:25051", "10.106.80.31:7002", 8, 9);

        (void)xd_pair_present(&p, f, XD_CLIENT, other ? p.e_client : p.c_client);
        xd_bench_assemble(&p.b);
        assert_string_equal(other ? "none" : "vcs8c", xd_pair_node_id(f, XD_CLIENT));
        assert_string_equal("none", xd_pair_node_id(mute, XD_CLIENT));
        xd_pair_close(&p);
    }
}

static void a_nat_before_several_nodes_names_none_of_them(void **state)
{
    static const char *const one[] = {"Ethernet 1 IP V4 Address = 10.0.0.1", NULL};
    static const char *const two[] = {"Ethernet 1 IP V4 Address = 10.0.0.2", NULL};
    struct xd_bench b = xd_bench_new();
    struct xd_flow *flows[5];

    (void)state;
    xd_bench_bundle(&b, "one", XD_BENCH_STAMP);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, one);
    xd_bench_capture(&b);
    flows[0] = xd_bench_flow(&b, "10.0.0.1:25001", "203.0.113.5:7001");
    xd_bench_bundle(&b, "two", XD_BENCH_STAMP);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, two);
    xd_bench_capture(&b);
    flows[1] = xd_bench_flow(&b, "10.0.0.2:25001", "203.0.113.5:7001");
    xd_bench_input(&b, "far.pcap", XD_INPUT_FILE);
    xd_bench_capture(&b);
    flows[2] = xd_bench_flow(&b, "192.0.2.1:25001", "203.0.113.5:7001");
    flows[3] = xd_bench_flow(&b, "192.0.2.1:25002", "203.0.113.5:7001");
    flows[4] = xd_bench_flow(&b, "192.0.2.1:25003", "203.0.113.5:7001");
    for (size_t i = 0; i < 4; i++) {
        flows[i]->tls->has_random[XD_CLIENT] = true;
        flows[i]->tls->random[XD_CLIENT][0] = (uint8_t)(i % 2 + 1);
    }
    xd_bench_assemble(&b);

    assert_string_equal("one", xd_pair_node_id(flows[2], XD_CLIENT));
    assert_string_equal("two", xd_pair_node_id(flows[3], XD_CLIENT));
    assert_string_equal("none", xd_pair_node_id(flows[4], XD_CLIENT));
    xd_bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_nodes_own_capture_lacks_is_anothers_behind_the_nat),
        cmocka_unit_test(of_a_shared_address_each_call_speaks_for_itself),
        cmocka_unit_test(what_has_no_hello_is_anothers_where_the_node_called_nobody),
        cmocka_unit_test(a_client_is_known_by_its_certificate_behind_any_address),
        cmocka_unit_test(a_nat_before_several_nodes_names_none_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
