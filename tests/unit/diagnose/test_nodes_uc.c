/*
 * test_nodes_uc.c - what a zone is for where no setting tells: unknown, or told by the
 * SSH tunnels that lead where it leads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#define CLIENT_ZONE(n, name, port)                                        \
    "Zones Zone " n " Name = " name, "Zones Zone " n " Status = Failed",  \
        "Zones Zone " n " Type = TraversalClient",                        \
        "Zones Zone " n " TraversalClient Peer 1 SIP Address = 10.0.0.2", \
        "Zones Zone " n " TraversalClient Peer 1 SIP Port = " port

#define TUNNEL                                                                        \
    "Tunnels Tunnel 1 Target = edge.example.com", "Tunnels Tunnel 1 Status = Failed", \
        "Tunnels Tunnel 1 Peer = 10.0.0.2"

static void assemble(struct xd_bench *s, const char *const *xconf, const char *const *xstat)
{
    *s = xd_bench_new();
    xd_bench_bundle(s, "core", XD_BENCH_STAMP);
    if (xconf != NULL) {
        (void)xd_bench_dump(s, XD_ENTRY_XCONF_TXT, xconf);
    }
    (void)xd_bench_dump(s, XD_ENTRY_XSTAT_TXT, xstat);
    xd_bench_assemble(s);
}

static void a_status_alone_does_not_say_what_a_zone_is_for(void **state)
{
    static const char *const xstat[] = {CLIENT_ZONE("1", "a", "7001"),
                                        "Zones Zone 2 Name = b", "Zones Zone 2 Status = On",
                                        "Zones Zone 2 Type = Neighbor", NULL};
    struct xd_bench s;

    (void)state;
    assemble(&s, NULL, xstat);
    const struct xd_node *n = s.cs->nodes[0];

    assert_int_equal(2, n->n_zones);
    assert_int_equal(XD_TRI_UNKNOWN, n->zones[0].uc);
    assert_int_equal(XD_TRI_OFF, n->zones[1].uc);
    xd_bench_free(&s);
}

static void the_one_zone_that_leads_where_a_tunnel_leads_is_the_uc_zone(void **state)
{
    static const char *const xstat[] = {CLIENT_ZONE("1", "a", "7001"), TUNNEL, NULL};
    struct xd_bench s;

    (void)state;
    assemble(&s, NULL, xstat);
    const struct xd_zone *z = &s.cs->nodes[0]->zones[0];

    assert_int_equal(XD_TRI_ON, z->uc);
    assert_true(z->uc_inferred);
    xd_bench_free(&s);
}

static void of_two_zones_beside_a_tunnel_none_is_taken(void **state)
{
    static const char *const xstat[] = {CLIENT_ZONE("1", "a", "7001"),
                                        CLIENT_ZONE("2", "b", "7003"), TUNNEL, NULL};
    struct xd_bench s;

    (void)state;
    assemble(&s, NULL, xstat);
    assert_int_equal(XD_TRI_UNKNOWN, s.cs->nodes[0]->zones[0].uc);
    assert_int_equal(XD_TRI_UNKNOWN, s.cs->nodes[0]->zones[1].uc);
    xd_bench_free(&s);
}

static void settings_outrank_the_tunnels(void **state)
{
    static const char *const xconf[] = {
        "Zones Zone 1 Name = a", "Zones Zone 1 Type = TraversalClient",
        "Zones Zone 1 TraversalClient Peer 1 Address = edge.example.com",
        "Zones Zone 1 TraversalClient Collaboration Edge = Off", NULL};
    static const char *const xstat[] = {CLIENT_ZONE("1", "a", "7001"), TUNNEL, NULL};
    struct xd_bench s;

    (void)state;
    assemble(&s, xconf, xstat);
    assert_int_equal(XD_TRI_OFF, s.cs->nodes[0]->zones[0].uc);
    assert_false(s.cs->nodes[0]->zones[0].uc_inferred);
    xd_bench_free(&s);
}

static void the_only_server_zone_at_the_end_of_a_uc_zone_is_one_too(void **state)
{
    static const char *const core[] = {CLIENT_ZONE("1", "a", "7001"), TUNNEL, NULL};
    static const char *const edge[] = {
        "Ethernet 1 IPv4 Address = 10.0.0.2", "Zones Zone 4 Name = in",
        "Zones Zone 4 Status = Failed", "Zones Zone 4 Type = TraversalServer", NULL};
    static const char *const edge_xconf[] = {"Ethernet 1 IP V4 Address = 10.0.0.2", NULL};
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "core", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, core);
    xd_bench_bundle(&s, "edge", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, edge_xconf);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, edge);
    xd_bench_assemble(&s);

    assert_int_equal(XD_TRI_ON, s.cs->nodes[0]->zones[0].uc);
    assert_ptr_equal(s.cs->nodes[1], s.cs->nodes[0]->zones[0].peers[0].node);
    assert_int_equal(XD_TRI_ON, s.cs->nodes[1]->zones[0].uc);
    xd_bench_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_alone_does_not_say_what_a_zone_is_for),
        cmocka_unit_test(the_one_zone_that_leads_where_a_tunnel_leads_is_the_uc_zone),
        cmocka_unit_test(of_two_zones_beside_a_tunnel_none_is_taken),
        cmocka_unit_test(settings_outrank_the_tunnels),
        cmocka_unit_test(the_only_server_zone_at_the_end_of_a_uc_zone_is_one_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
