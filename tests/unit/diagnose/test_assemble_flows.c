/*
 * test_assemble_flows.c - conversations to nodes, services and stores.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pair_case.h"

static void x15_5_expects_the_store_of_the_role(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:25001", "203.0.113.31:7002");

    (void)state;
    (void)xd_pair_present(&p, f, XD_SERVER, p.e_server);
    (void)xd_pair_present(&p, f, XD_CLIENT, p.c_client);
    (void)xd_pair_present(&p, f, XD_CLIENT, p.c_server);
    (void)xd_pair_present(&p, f, XD_CLIENT, p.e_client);
    (void)xd_pair_present(&p, f, XD_CLIENT, NULL);
    xd_bench_assemble(&p.b);

    assert_string_equal("vcs8c", xd_pair_node_id(f, XD_CLIENT));
    assert_string_equal("exwe", xd_pair_node_id(f, XD_SERVER));
    assert_int_equal(XD_STORE_SERVER, f->presented[0].store);
    assert_int_equal(XD_STORE_SERVER, f->presented[0].expected_store);
    assert_int_equal(XD_CONCLUSION_AS_EXPECTED, f->presented[0].conclusion);
    assert_ptr_equal(f->node[XD_SERVER], f->presented[0].store_node);
    assert_int_equal(XD_STORE_CLIENT, f->presented[1].store);
    assert_int_equal(XD_STORE_CLIENT, f->presented[1].expected_store);
    assert_int_equal(XD_CONCLUSION_AS_EXPECTED, f->presented[1].conclusion);
    assert_int_equal(XD_STORE_SERVER, f->presented[2].store);
    assert_int_equal(XD_CONCLUSION_OTHER_STORE, f->presented[2].conclusion);
    assert_int_equal(XD_STORE_NONE, f->presented[3].store);
    assert_int_equal(XD_CONCLUSION_NOT_IN_BUNDLE, f->presented[3].conclusion);
    assert_null(f->presented[3].store_node);
    assert_int_equal(XD_STORE_NULL, f->presented[4].store);
    assert_int_equal(XD_CONCLUSION_EMPTY, f->presented[4].conclusion);
    xd_pair_close(&p);
}

static void identical_stores_are_both(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:25001", "10.106.80.31:7002");

    (void)state;
    p.b.cs->pems[p.b.cs->n_pems - 1].certs[0] = p.c_server;
    (void)xd_pair_present(&p, f, XD_CLIENT, p.c_server);
    xd_bench_assemble(&p.b);

    assert_int_equal(XD_STORE_BOTH, f->presented[0].store);
    assert_int_equal(XD_CONCLUSION_STORES_IDENTICAL, f->presented[0].conclusion);
    xd_pair_close(&p);
}

static void single_store_versions_have_the_server_store_for_both_roles(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_4, false);
    struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:25001", "10.106.80.31:7002");

    (void)state;
    (void)xd_pair_present(&p, f, XD_CLIENT, p.c_server);
    (void)xd_pair_present(&p, f, XD_CLIENT, p.c_client);
    xd_bench_assemble(&p.b);

    assert_int_equal(XD_STORE_SERVER, f->presented[0].expected_store);
    assert_int_equal(XD_CONCLUSION_AS_EXPECTED, f->presented[0].conclusion);
    assert_int_equal(XD_CONCLUSION_NOT_IN_BUNDLE, f->presented[1].conclusion);
    xd_pair_close(&p);
}

static void an_unknown_version_counts_as_x15_5_only_with_a_client_pem(void **state)
{
    struct xd_pair_case with = xd_pair_open(NULL, true);
    struct xd_flow *f = xd_bench_flow(&with.b, "10.106.80.16:25001", "10.106.80.31:7002");
    struct xd_pair_case without = xd_pair_open(NULL, false);
    struct xd_flow *g =
        xd_bench_flow(&without.b, "10.106.80.16:25001", "10.106.80.31:7002");

    (void)state;
    (void)xd_pair_present(&with, f, XD_CLIENT, with.c_client);
    (void)xd_pair_present(&without, g, XD_CLIENT, without.c_server);
    (void)xd_pair_present(&without, g, XD_CLIENT, without.c_client);
    xd_bench_assemble(&with.b);
    xd_bench_assemble(&without.b);

    assert_int_equal(XD_STORE_CLIENT, f->presented[0].expected_store);
    assert_int_equal(XD_CONCLUSION_AS_EXPECTED, f->presented[0].conclusion);
    assert_int_equal(XD_STORE_NULL, g->presented[0].expected_store);
    assert_int_equal(XD_STORE_SERVER, g->presented[0].store);
    assert_int_equal(XD_CONCLUSION_UNKNOWN, g->presented[0].conclusion);
    assert_int_equal(XD_STORE_UNKNOWN, g->presented[1].store);
    assert_int_equal(XD_CONCLUSION_UNKNOWN, g->presented[1].conclusion);
    xd_pair_close(&with);
    xd_pair_close(&without);
}

static void a_store_that_was_not_read_whole_leaves_the_conclusion_open(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:25001", "10.106.80.31:7002");
    struct xd_entry *pem = p.b.cs->entries[p.c_client_pem->id];

    (void)state;
    pem->status = XD_ENTRY_DAMAGED;
    (void)xd_pair_present(&p, f, XD_CLIENT, p.c_server);
    (void)xd_pair_present(&p, f, XD_CLIENT, p.e_server);
    xd_bench_assemble(&p.b);

    assert_int_equal(XD_STORE_SERVER, f->presented[0].store);
    assert_int_equal(XD_CONCLUSION_UNKNOWN, f->presented[0].conclusion);
    assert_int_equal(XD_STORE_UNKNOWN, f->presented[1].store);
    assert_int_equal(XD_CONCLUSION_UNKNOWN, f->presented[1].conclusion);
    xd_pair_close(&p);
}

static void a_peer_outside_of_the_case_has_no_store(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:25001", "163.129.37.33:5061");

    (void)state;
    (void)xd_pair_present(&p, f, XD_SERVER, p.root);
    (void)xd_pair_present(&p, f, XD_SERVER, NULL);
    xd_bench_assemble(&p.b);

    assert_string_equal("none", xd_pair_node_id(f, XD_SERVER));
    assert_int_equal(XD_STORE_NULL, f->presented[0].store);
    assert_int_equal(XD_STORE_NULL, f->presented[0].expected_store);
    assert_int_equal(XD_CONCLUSION_NULL, f->presented[0].conclusion);
    assert_int_equal(XD_CONCLUSION_EMPTY, f->presented[1].conclusion);
    assert_int_equal(XD_SERVICE_SIP_TLS, f->service);
    assert_true(f->related);
    xd_pair_close(&p);
}

static void a_certificate_chosen_by_sni_is_a_domain_certificate(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *f = xd_bench_flow(&p.b, "198.51.100.7:40000", "10.106.80.31:8443");
    struct xd_flow *g = xd_bench_flow(&p.b, "198.51.100.7:40001", "10.106.80.31:8443");
    struct xd_cert *other = xd_pair_leaf(&p, 5, "tenant.example.net", "serverAuth");

    (void)state;
    f->tls->sni = "tenant.example.net";
    g->tls->sni = "exwe.example.com";
    (void)xd_pair_present(&p, f, XD_SERVER, other);
    (void)xd_pair_present(&p, g, XD_SERVER, other);
    xd_bench_assemble(&p.b);

    assert_int_equal(XD_CONCLUSION_DOMAIN_CERTIFICATE, f->presented[0].conclusion);
    assert_int_equal(XD_STORE_NONE, f->presented[0].store);
    assert_int_equal(XD_CONCLUSION_NOT_IN_BUNDLE, g->presented[0].conclusion);
    assert_int_equal(XD_SERVICE_UDS, f->service);
    xd_pair_close(&p);
}

static void ssh_host_certificates_are_the_servers_store(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:30001", "10.106.80.31:2222");

    (void)state;
    (void)xd_pair_present(&p, f, XD_SERVER, p.e_server);
    xd_bench_assemble(&p.b);

    assert_int_equal(XD_SERVICE_SSH_TUNNEL, f->service);
    assert_int_equal(XD_CONCLUSION_AS_EXPECTED, f->presented[0].conclusion);
    xd_pair_close(&p);
}

struct service_row {
    const char *client;
    const char *server;
    enum xd_service service;
    bool related;
};

static void services_follow_ports_zones_and_roles(void **state)
{
    static const struct service_row rows[] = {
        {"10.106.80.16:25001", "10.106.80.31:7002", XD_SERVICE_TRAVERSAL, true},
        {"10.106.80.16:30000", "10.106.80.31:7002", XD_SERVICE_TRAVERSAL_TEST, true},
        {"10.106.80.16:25001", "10.106.80.31:7001", XD_SERVICE_TRAVERSAL, true},
        {"10.106.80.16:25001", "10.106.80.31:7003", XD_SERVICE_OTHER, true},
        {"10.106.80.16:30001", "10.106.80.31:2222", XD_SERVICE_SSH_TUNNEL, true},
        {"10.106.80.16:25010", "10.106.80.15:5065", XD_SERVICE_SIP_TLS, true},
        {"10.106.80.16:25010", "10.106.80.14:5065", XD_SERVICE_OTHER, true},
        {"10.106.80.15:41000", "10.106.80.16:5061", XD_SERVICE_SIP_TLS, true},
        {"10.106.80.14:41000", "10.106.80.16:5061", XD_SERVICE_SIP_TLS, false},
        {"10.106.80.17:30100", "10.106.80.16:4372", XD_SERVICE_CLUSTER, true},
        {"10.106.80.16:30100", "10.106.80.38:6972", XD_SERVICE_TFTP, true},
        {"10.106.80.16:30100", "10.106.80.38:8443", XD_SERVICE_UDS, true},
        {"10.106.80.16:30100", "10.106.80.31:7400", XD_SERVICE_XMPP_ROUTER, true},
        {"10.106.80.16:30100", "10.106.80.40:636", XD_SERVICE_LDAP, true},
        {"10.106.80.16:30100", "10.106.80.40:6514", XD_SERVICE_SYSLOG, true},
        {"10.106.80.16:30100", "10.106.80.40:587", XD_SERVICE_SMTP, true},
        {"198.51.100.7:40000", "10.106.80.31:5222", XD_SERVICE_XMPP_CLIENT, false},
        {"198.51.100.7:40000", "10.106.80.31:5269", XD_SERVICE_XMPP_FEDERATION, false},
        {"198.51.100.7:40000", "10.106.80.31:443", XD_SERVICE_HTTPS, false},
        {"198.51.100.7:40000", "10.106.80.31:5061", XD_SERVICE_SIP_TLS, false},
    };
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    size_t n = sizeof(rows) / sizeof(rows[0]);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        (void)xd_bench_flow(&p.b, rows[i].client, rows[i].server);
    }
    xd_bench_assemble(&p.b);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(xd_service_name(rows[i].service),
                            xd_service_name(p.b.cs->flows[i]->service));
        assert_int_equal(rows[i].related, p.b.cs->flows[i]->related);
    }
    xd_pair_close(&p);
}

static void no_service_contradicts_the_protocol(void **state)
{
    static const struct {
        const char *server;
        enum xd_protocol protocol;
        enum xd_service service;
    } rows[] = {
        {"10.106.80.38:8443", XD_PROTOCOL_SSH, XD_SERVICE_OTHER},
        {"10.106.80.31:7002", XD_PROTOCOL_SSH, XD_SERVICE_OTHER},
        {"10.106.80.15:5065", XD_PROTOCOL_SSH, XD_SERVICE_OTHER},
        {"10.106.80.31:22", XD_PROTOCOL_SSH, XD_SERVICE_SSH_ADMIN},
        {"10.106.80.31:22", XD_PROTOCOL_TLS, XD_SERVICE_OTHER},
        {"10.106.80.31:2222", XD_PROTOCOL_TLS, XD_SERVICE_OTHER},
        {"10.106.80.31:7002", XD_PROTOCOL_TLS, XD_SERVICE_TRAVERSAL},
    };
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    size_t n = sizeof(rows) / sizeof(rows[0]);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct xd_flow *f = xd_bench_flow(&p.b, "10.106.80.16:25001", rows[i].server);

        f->protocol = rows[i].protocol;
    }
    xd_bench_assemble(&p.b);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(xd_service_name(rows[i].service),
                            xd_service_name(p.b.cs->flows[i]->service));
    }
    xd_pair_close(&p);
}

static void one_conversation_seen_at_both_nodes_is_told_by_its_randoms(void **state)
{
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);
    struct xd_flow *at_c = xd_bench_flow(&p.b, "10.106.80.16:25001", "203.0.113.31:7002");
    struct xd_flow *twice = xd_bench_flow(&p.b, "10.106.80.16:25002", "203.0.113.31:7002");

    (void)state;
    p.b.host = "exwe"; /* its capture, with C behind a NAT of the firewall */
    xd_bench_capture(&p.b);
    struct xd_flow *at_e = xd_bench_flow(&p.b, "192.0.2.77:25001", "10.106.80.31:7002");
    struct xd_flow *later = xd_bench_flow(&p.b, "192.0.2.77:25009", "10.106.80.31:7002");
    struct xd_flow *ssh = xd_bench_flow(&p.b, "192.0.2.77:30001", "10.106.80.31:2222");
    struct xd_flow *both[] = {at_c, at_e};
    for (size_t i = 0; i < 2; i++) {
        both[i]->tls->has_random[XD_CLIENT] = true;
        both[i]->tls->has_random[XD_SERVER] = true;
        memset(both[i]->tls->random[XD_CLIENT], 0xc1, 32);
        memset(both[i]->tls->random[XD_SERVER], 0x5e, 32);
    }
    /* The same client random again, but another answer: not the same conversation. */
    later->tls->has_random[XD_CLIENT] = true;
    later->tls->has_random[XD_SERVER] = true;
    memset(later->tls->random[XD_CLIENT], 0xc1, 32);
    memset(later->tls->random[XD_SERVER], 0x77, 32);
    ssh->ssh->has_cookie[XD_SERVER] = true;
    (void)xd_pair_present(&p, at_e, XD_CLIENT, p.c_client);
    xd_bench_assemble(&p.b);

    assert_int_equal(1, at_c->n_same_as);
    assert_int_equal(at_e->id, at_c->same_as[0]);
    assert_int_equal(1, at_e->n_same_as);
    assert_int_equal(0, twice->n_same_as);
    assert_int_equal(0, later->n_same_as);
    /* The address that the NAT gave C is C, in every conversation. */
    assert_string_equal("vcs8c", xd_pair_node_id(at_e, XD_CLIENT));
    assert_string_equal("vcs8c", xd_pair_node_id(later, XD_CLIENT));
    assert_string_equal("vcs8c", xd_pair_node_id(ssh, XD_CLIENT));
    assert_int_equal(XD_CONCLUSION_AS_EXPECTED, at_e->presented[0].conclusion);
    assert_true(later->related);
    xd_pair_close(&p);
}

static void a_repeated_random_joins_each_conversation_to_its_best_match(void **state)
{
    struct xd_bench b = xd_bench_new();
    struct xd_flow *flows[4];

    (void)state;
    xd_bench_input(&b, "a.pcap", XD_INPUT_FILE);
    xd_bench_capture(&b);
    flows[0] = xd_bench_flow(&b, "10.0.0.1:30001", "10.0.0.2:2222");
    flows[1] = xd_bench_flow(&b, "10.0.0.1:30002", "10.0.0.2:2222");
    xd_bench_capture(&b);
    flows[2] = xd_bench_flow(&b, "192.0.2.1:30002", "10.0.0.2:2222");
    flows[3] = xd_bench_flow(&b, "192.0.2.1:30001", "10.0.0.2:2222");
    for (size_t i = 0; i < 4; i++) {
        flows[i]->ssh->has_cookie[XD_CLIENT] = true;
        flows[i]->ssh->has_cookie[XD_SERVER] = true;
    }
    xd_bench_assemble(&b);

    assert_int_equal(1, flows[0]->n_same_as);
    assert_int_equal(4, flows[0]->same_as[0]);
    assert_int_equal(1, flows[1]->n_same_as);
    assert_int_equal(3, flows[1]->same_as[0]);
    assert_int_equal(1, flows[3]->n_same_as);
    assert_int_equal(1, flows[3]->same_as[0]);
    assert_null(flows[0]->node[XD_CLIENT]);
    xd_bench_free(&b);
}

static void zone_peers_and_tunnels_lead_to_nodes(void **state)
{
    static const char *const state_lines[] = {
        "Tunnels Tunnel 1 Target = exwe.example.com",
        "Tunnels Tunnel 2 Target = elsewhere.example.com", NULL};
    struct xd_pair_case p = xd_pair_open(xd_pair_x15_5, true);

    (void)state;
    (void)xd_bench_dump(&p.b, XD_ENTRY_XSTAT_XML, state_lines);
    xd_bench_assemble(&p.b);
    const struct xd_node *e = p.b.cs->nodes[0];
    const struct xd_node *c = p.b.cs->nodes[1];

    assert_string_equal("vcs8c", c->id);
    assert_int_equal(XD_ROLE_C, c->role);
    assert_int_equal(XD_ROLE_E, e->role);
    assert_ptr_equal(e, c->zones[0].peers[0].node);
    assert_null(c->zones[1].peers[0].node);
    assert_int_equal(2, c->n_tunnels);
    assert_ptr_equal(e, c->tunnels[0].node);
    assert_null(c->tunnels[1].node);
    xd_pair_close(&p);
}

static void an_address_of_several_bundles_is_the_captures_own(void **state)
{
    static const char *const conf[] = {"Ethernet 1 IP V4 Address = 10.0.0.1", NULL};
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "n", XD_BENCH_STAMP);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, conf);
    xd_bench_bundle(&b, "n", XD_BENCH_STAMP + 86400 * XD_SECOND);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, conf);
    xd_bench_capture(&b);
    struct xd_flow *own = xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.9:5061");
    xd_bench_input(&b, "lone.pcap", XD_INPUT_FILE);
    xd_bench_capture(&b);
    struct xd_flow *lone = xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.9:5061");
    xd_bench_assemble(&b);

    assert_string_equal("n@2026-03-26T03:20:11Z", xd_pair_node_id(own, XD_CLIENT));
    assert_string_equal("n@2026-03-25T03:20:11Z", xd_pair_node_id(lone, XD_CLIENT));
    xd_bench_free(&b);
}

static void roles_are_told_by_captures_where_zones_are_silent(void **state)
{
    static const char *const a[] = {"Ethernet 1 IP V4 Address = 10.0.0.1", NULL};
    static const char *const z[] = {"Ethernet 1 IP V4 Address = 10.0.0.2", NULL};
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "one", XD_BENCH_STAMP);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, a);
    xd_bench_bundle(&b, "two", XD_BENCH_STAMP);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, z);
    xd_bench_bundle(&b, "three", XD_BENCH_STAMP);
    (void)xd_bench_log(&b, XD_BENCH_STAMP, XD_BENCH_STAMP, NULL);
    xd_bench_capture(&b);
    (void)xd_bench_flow(&b, "10.0.0.1:30001", "10.0.0.2:2222");
    xd_bench_assemble(&b);

    assert_int_equal(XD_ROLE_C, b.cs->nodes[0]->role);
    assert_string_equal("it connects to port 2222", b.cs->nodes[0]->role_why);
    assert_int_equal(XD_ROLE_UNKNOWN, b.cs->nodes[1]->role); /* three */
    assert_int_equal(XD_ROLE_E, b.cs->nodes[2]->role);
    xd_bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x15_5_expects_the_store_of_the_role),
        cmocka_unit_test(identical_stores_are_both),
        cmocka_unit_test(single_store_versions_have_the_server_store_for_both_roles),
        cmocka_unit_test(an_unknown_version_counts_as_x15_5_only_with_a_client_pem),
        cmocka_unit_test(a_store_that_was_not_read_whole_leaves_the_conclusion_open),
        cmocka_unit_test(a_peer_outside_of_the_case_has_no_store),
        cmocka_unit_test(a_certificate_chosen_by_sni_is_a_domain_certificate),
        cmocka_unit_test(ssh_host_certificates_are_the_servers_store),
        cmocka_unit_test(services_follow_ports_zones_and_roles),
        cmocka_unit_test(no_service_contradicts_the_protocol),
        cmocka_unit_test(one_conversation_seen_at_both_nodes_is_told_by_its_randoms),
        cmocka_unit_test(a_repeated_random_joins_each_conversation_to_its_best_match),
        cmocka_unit_test(zone_peers_and_tunnels_lead_to_nodes),
        cmocka_unit_test(an_address_of_several_bundles_is_the_captures_own),
        cmocka_unit_test(roles_are_told_by_captures_where_zones_are_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
