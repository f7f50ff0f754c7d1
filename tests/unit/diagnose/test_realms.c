/*
 * test_realms.c - bundles of two deployments in one case: who is whose peer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"

#define DAY (24 * 3600 * XD_SECOND)

/* A node at the address; a C has a UC zone to its peer. */
static void give(struct xd_bench *b, const char *host, const char *domain, const char *addr,
                 const char *peer)
{
    struct xd_arena *a = b->cs->arena;
    const char *lines[] = {
        xd_arena_printf(a, "Ethernet 1 IP V4 Address = %s", addr),
        xd_arena_printf(a, "IP DNS Hostname = %s", host),
        xd_arena_printf(a, "IP DNS Domain Name = %s", domain),
        peer != NULL ? "Zones Zone 1 Name = UC" : NULL,
        "Zones Zone 1 Type = TraversalClient",
        "Zones Zone 1 TraversalClient Collaboration Edge = On",
        "Zones Zone 1 TraversalClient SIP Port = 7001",
        xd_arena_printf(a, "Zones Zone 1 TraversalClient Peer 1 Address = %s",
                        peer != NULL ? peer : ""),
        NULL};
    const char *status[] = {"Zones Zone 1 Name = UC", "Zones Zone 1 Type = TraversalClient",
                            "Zones Zone 1 TraversalClient Peer 1 Address = 10.1.2.20",
                            NULL};

    (void)xd_bench_dump(b, XD_ENTRY_XCONF_TXT, lines);
    if (peer != NULL) {
        (void)xd_bench_dump(b, XD_ENTRY_XSTAT_TXT, status);
    }
    xd_bench_capture(b);
}

static struct xd_node *node_of(const struct xd_bench *b, const char *fqdn)
{
    for (size_t i = 0; i < b->cs->n_nodes; i++) {
        if (strcmp(b->cs->nodes[i]->fqdn, fqdn) == 0) {
            return b->cs->nodes[i];
        }
    }
    fail_msg("no node %s", fqdn);
    return NULL;
}

static const struct xd_node *peer_of(const struct xd_node *c)
{
    assert_int_equal(1, c->n_zones);
    assert_int_equal(1, c->zones[0].n_peers);
    return c->zones[0].peers[0].node;
}

static void equal_names_and_addresses_are_told_apart_by_the_peers_fqdn(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "expe", XD_BENCH_STAMP);
    give(&b, "expe", "zed.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
    give(&b, "expc", "corp.example", "10.1.1.10", "expe.corp.example");
    struct xd_flow *f = xd_bench_flow(&b, "10.1.1.10:25001", "10.1.2.20:7001");
    xd_bench_bundle(&b, "expe", XD_BENCH_STAMP);
    give(&b, "expe", "corp.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
    give(&b, "expc", "zed.example", "10.1.1.10", "expe.zed.example");
    struct xd_flow *g = xd_bench_flow(&b, "10.1.1.10:25001", "10.1.2.20:7001");
    xd_bench_assemble(&b);
    assert_int_equal(4, b.cs->n_nodes);
    assert_ptr_equal(node_of(&b, "expe.corp.example"),
                     peer_of(node_of(&b, "expc.corp.example")));
    assert_ptr_equal(node_of(&b, "expe.zed.example"),
                     peer_of(node_of(&b, "expc.zed.example")));
    assert_ptr_equal(node_of(&b, "expc.corp.example"), f->node[XD_CLIENT]);
    assert_ptr_equal(node_of(&b, "expe.corp.example"), f->node[XD_SERVER]);
    assert_ptr_equal(node_of(&b, "expc.zed.example"), g->node[XD_CLIENT]);
    assert_ptr_equal(node_of(&b, "expe.zed.example"), g->node[XD_SERVER]);
    xd_bench_free(&b);
}

/* C and E of one deployment, both called "expressway", in an inner and an outer domain. */
static void namesakes_that_call_each_other_in_full_are_a_pair(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "expressway", XD_BENCH_STAMP);
    give(&b, "expressway", "in.example", "10.1.1.10", "expressway.out.example");
    struct xd_flow *f = xd_bench_flow(&b, "10.1.1.10:25001", "10.1.2.20:7001");
    xd_bench_bundle(&b, "expressway", XD_BENCH_STAMP);
    give(&b, "expressway", "out.example", "10.1.2.20", NULL);
    xd_bench_assemble(&b);
    assert_string_equal("expressway.in.example", b.cs->nodes[0]->id);
    assert_string_equal("expressway.out.example", b.cs->nodes[1]->id);
    assert_ptr_equal(node_of(&b, "expressway.out.example"),
                     peer_of(node_of(&b, "expressway.in.example")));
    assert_ptr_equal(node_of(&b, "expressway.out.example"), f->node[XD_SERVER]);
    xd_bench_free(&b);
}

/* Two nodes of one system name and one cluster name; true: one deployment. */
static bool of_one_cluster(const char *const peers[2][2])
{
    struct xd_bench b = xd_bench_new();
    struct xd_arena *a = b.cs->arena;

    for (int i = 0; i < 2; i++) {
        const char *lines[] = {
            "SystemUnit Name = expc",
            xd_arena_printf(a, "Ethernet 1 IP V4 Address = 10.1.1.1%d", i),
            xd_arena_printf(a, "IP DNS Hostname = c%d", i + 1),
            "IP DNS Domain Name = corp.example",
            "Alternates Cluster Name = cluster",
            xd_arena_printf(a, "Alternates Peer 1 Address = %s", peers[i][0]),
            xd_arena_printf(a, "Alternates Peer 2 Address = %s", peers[i][1]),
            NULL};

        xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
        (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, lines);
    }
    xd_bench_assemble(&b);
    assert_string_equal("c1.corp.example", b.cs->nodes[0]->id);
    assert_string_equal("c2.corp.example", b.cs->nodes[1]->id);
    bool one = b.cs->nodes[0]->realm == b.cs->nodes[1]->realm;
    xd_bench_free(&b);
    return one;
}

static void namesakes_of_one_cluster_are_of_one_deployment(void **state)
{
    static const char *const alike[2][2] = {{"c1.corp.example", "c2.corp.example"},
                                            {"c1.corp.example", "c2.corp.example"}};
    static const char *const others[2][2] = {{"10.1.1.10", "10.1.1.20"},
                                             {"10.9.1.11", "10.9.1.21"}};

    (void)state;
    assert_true(of_one_cluster(alike));
    assert_false(of_one_cluster(others));
}

static void where_nothing_decides_neither_is_the_peer(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "edge1", XD_BENCH_STAMP);
    give(&b, "edge1", "one.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "edge2", XD_BENCH_STAMP);
    give(&b, "edge2", "two.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
    give(&b, "expc", "three.example", "10.1.1.10", "10.1.2.20");
    struct xd_flow *f = xd_bench_flow(&b, "10.1.1.10:25001", "10.1.2.20:7001");
    xd_bench_assemble(&b);
    assert_null(peer_of(node_of(&b, "expc.three.example")));
    assert_null(f->node[XD_SERVER]);
    xd_bench_free(&b);
}

static void a_certificate_that_was_shown_decides(void **state)
{
    struct xd_bench b = xd_bench_new();
    struct xd_minted far = xd_mint_leaf(b.cs, "edge2.two.example", "serverAuth", NULL);
    struct xd_cert *leaf[] = {far.cert, NULL};

    (void)state;
    xd_bench_bundle(&b, "edge1", XD_BENCH_STAMP);
    give(&b, "edge1", "one.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "edge2", XD_BENCH_STAMP);
    give(&b, "edge2", "two.example", "10.1.2.20", NULL);
    (void)xd_bench_pem(&b, XD_ENTRY_SERVER_PEM, leaf);
    xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
    give(&b, "expc", "three.example", "10.1.1.10", "10.1.2.20");
    struct xd_flow *f = xd_bench_flow(&b, "10.1.1.10:25001", "10.1.2.20:7001");
    (void)xd_bench_present(&b, f, XD_SERVER, leaf);
    xd_bench_assemble(&b);
    assert_ptr_equal(node_of(&b, "edge2.two.example"),
                     peer_of(node_of(&b, "expc.three.example")));
    assert_ptr_equal(node_of(&b, "edge2.two.example"), f->node[XD_SERVER]);
    xd_mint_free(&far);
    xd_bench_free(&b);
}

static void the_name_of_a_node_elsewhere_beats_the_address(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "other", XD_BENCH_STAMP);
    give(&b, "other", "zed.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "expe", XD_BENCH_STAMP);
    give(&b, "expe", "corp.example", "192.0.2.20", NULL);
    xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
    give(&b, "expc", "corp.example", "10.1.1.10", "expe.corp.example");
    struct xd_flow *f = xd_bench_flow(&b, "10.1.1.10:25001", "10.1.2.20:7001");
    xd_bench_assemble(&b);
    assert_ptr_equal(node_of(&b, "expe.corp.example"),
                     peer_of(node_of(&b, "expc.corp.example")));
    assert_ptr_not_equal(node_of(&b, "other.zed.example"), f->node[XD_SERVER]);
    xd_bench_free(&b);
}

static void a_node_that_was_renamed_between_two_bundles_stays_the_peer(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "edge-old", XD_BENCH_STAMP - 3 * DAY);
    give(&b, "edge-old", "corp.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "edge-new", XD_BENCH_STAMP);
    give(&b, "edge-new", "corp.example", "10.1.2.20", NULL);
    xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
    give(&b, "expc", "corp.example", "10.1.1.10", "10.1.2.20");
    xd_bench_assemble(&b);
    assert_ptr_equal(node_of(&b, "edge-new.corp.example"),
                     peer_of(node_of(&b, "expc.corp.example")));
    assert_int_equal(0, node_of(&b, "expc.corp.example")->realm);
    xd_bench_free(&b);
}

static void say(struct xd_flow *f, uint8_t random)
{
    f->tls->has_random[XD_CLIENT] = f->tls->has_random[XD_SERVER] = true;
    memset(f->tls->random[XD_CLIENT], random, 32);
    memset(f->tls->random[XD_SERVER], random + 1, 32);
}

/*
 * Two sites have the same private address, each behind a NAT of its own, and one E serves
 * both; or what both sites' captures share with E's is one scanner's hello.
 */
static void two_sites_of_one_address_meet_the_e_that_serves_both(void **state)
{
    static const char *const inside[] = {"10.10.1.10:25001", "10.10.1.10:25002"};
    static const char *const outside[] = {"198.51.100.7:25001", "198.51.100.8:25002"};

    (void)state;
    for (int scanned = 0; scanned < 2; scanned++) {
        const char *const *from = scanned ? outside : inside;
        struct xd_bench b = xd_bench_new();
        struct xd_flow *of_c[2];
        struct xd_flow *of_e[2];

        xd_bench_bundle(&b, "expc", XD_BENCH_STAMP);
        give(&b, "expc", "corp.example", "10.10.1.10", "expe.corp.example");
        say(of_c[0] = xd_bench_flow(&b, from[0], "203.0.113.10:7001"), 10);
        xd_bench_bundle(&b, "labc", XD_BENCH_STAMP);
        give(&b, "labc", "corp.example", "10.10.1.10", "expe.corp.example");
        say(of_c[1] = xd_bench_flow(&b, from[1], "203.0.113.10:7002"), 20);
        xd_bench_bundle(&b, "expe", XD_BENCH_STAMP);
        give(&b, "expe", "corp.example", "203.0.113.10", NULL);
        say(of_e[0] = xd_bench_flow(&b, outside[0], "203.0.113.10:7001"), 10);
        say(of_e[1] = xd_bench_flow(&b, outside[1], "203.0.113.10:7002"), 20);
        xd_bench_assemble(&b);
        const struct xd_node *e = node_of(&b, "expe.corp.example");

        for (int i = 0; i < 2; i++) {
            const char *name = i ? "labc.corp.example" : "expc.corp.example";
            const struct xd_node *c = node_of(&b, name);

            assert_ptr_equal(scanned ? NULL : e, peer_of(c));
            assert_int_equal(scanned ? 0 : 1, of_c[i]->n_same_as);
            assert_ptr_equal(scanned ? NULL : c, of_e[i]->node[XD_CLIENT]);
        }
        xd_bench_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_names_and_addresses_are_told_apart_by_the_peers_fqdn),
        cmocka_unit_test(namesakes_that_call_each_other_in_full_are_a_pair),
        cmocka_unit_test(namesakes_of_one_cluster_are_of_one_deployment),
        cmocka_unit_test(where_nothing_decides_neither_is_the_peer),
        cmocka_unit_test(a_certificate_that_was_shown_decides),
        cmocka_unit_test(the_name_of_a_node_elsewhere_beats_the_address),
        cmocka_unit_test(a_node_that_was_renamed_between_two_bundles_stays_the_peer),
        cmocka_unit_test(two_sites_of_one_address_meet_the_e_that_serves_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
