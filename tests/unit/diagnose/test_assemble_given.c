/*
 * test_assemble_given.c - what was given: captures without dumps, captures alone, one
 * bundle twice, PEM files by other names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"

static const char *only_address(const struct xd_node *n)
{
    static char text[XD_ADDR_TEXT];

    assert_int_equal(1, n->n_addrs);
    return xd_addr_format(&n->addrs[0], text);
}

static void a_node_without_dumps_is_the_end_that_shows_its_certificate(void **state)
{
    struct xd_bench b = xd_bench_new();
    struct xd_minted mine = xd_mint_leaf(b.cs, "c.example.com", "serverAuth", NULL);
    struct xd_minted far = xd_mint_leaf(b.cs, "e.example.com", "serverAuth", NULL);
    struct xd_cert *own[] = {mine.cert, NULL};
    struct xd_cert *other[] = {far.cert, NULL};

    (void)state;
    xd_bench_bundle(&b, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_pem(&b, XD_ENTRY_SERVER_PEM, own);
    (void)xd_bench_pem(&b, XD_ENTRY_CLIENT_PEM, own);
    xd_bench_capture(&b);
    struct xd_flow *f = xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.2:7001");
    (void)xd_bench_present(&b, f, XD_SERVER, other);
    (void)xd_bench_present(&b, f, XD_CLIENT, own);
    xd_bench_assemble(&b);
    assert_int_equal(1, b.cs->n_nodes);
    assert_string_equal("10.0.0.1", only_address(b.cs->nodes[0]));
    assert_ptr_equal(b.cs->nodes[0], f->node[XD_CLIENT]);
    assert_null(f->node[XD_SERVER]);
    assert_true(f->related);
    assert_int_equal(XD_ROLE_C, b.cs->nodes[0]->role);
    xd_mint_free(&mine);
    xd_mint_free(&far);
    xd_bench_free(&b);
}

static void a_certificate_that_two_nodes_hold_tells_neither(void **state)
{
    struct xd_bench b = xd_bench_new();
    struct xd_minted mine = xd_mint_leaf(b.cs, "cluster.example.com", "serverAuth", NULL);
    struct xd_cert *own[] = {mine.cert, NULL};

    (void)state;
    xd_bench_bundle(&b, "peer1", XD_BENCH_STAMP);
    (void)xd_bench_pem(&b, XD_ENTRY_SERVER_PEM, own);
    xd_bench_bundle(&b, "peer2", XD_BENCH_STAMP);
    (void)xd_bench_pem(&b, XD_ENTRY_SERVER_PEM, own);
    xd_bench_capture(&b);
    struct xd_flow *f = xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.2:7001");
    (void)xd_bench_present(&b, f, XD_SERVER, own);
    xd_bench_assemble(&b);
    assert_int_equal(2, b.cs->n_nodes);
    assert_int_equal(0, b.cs->nodes[0]->n_addrs);
    assert_int_equal(0, b.cs->nodes[1]->n_addrs);
    xd_bench_free(&b);
    xd_mint_free(&mine);
}

static void the_one_address_with_part_in_everything_is_the_nodes(void **state)
{
    /* The third conversation decides: none, a far end of its own, or strangers'. */
    static const char *const third[][2] = {{"10.0.0.1:25003", "10.0.0.2:7001"},
                                           {"10.0.0.9:40000", "10.0.0.1:5061"},
                                           {"10.0.0.9:40000", "10.0.0.8:5061"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct xd_bench b = xd_bench_new();

        xd_bench_bundle(&b, "vcs8c", XD_BENCH_STAMP);
        (void)xd_bench_entry(&b, XD_ENTRY_CA_PEM, "ca.pem");
        xd_bench_capture(&b);
        (void)xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.2:7001");
        (void)xd_bench_flow(&b, "10.0.0.1:30001", "10.0.0.2:2222");
        (void)xd_bench_flow(&b, third[i][0], third[i][1]);
        xd_bench_assemble(&b);
        if (i == 1) {
            assert_string_equal("10.0.0.1", only_address(b.cs->nodes[0]));
        } else { /* two addresses fit, or none does */
            assert_int_equal(0, b.cs->nodes[0]->n_addrs);
        }
        xd_bench_free(&b);
    }
}

static void addresses_of_dumps_are_not_added_to(void **state)
{
    static const char *const conf[] = {"Ethernet 1 IP V4 Address = 10.0.0.7", NULL};
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_dump(&b, XD_ENTRY_XCONF_TXT, conf);
    xd_bench_capture(&b);
    (void)xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.2:7001");
    (void)xd_bench_flow(&b, "10.0.0.1:30001", "10.0.0.3:2222");
    xd_bench_assemble(&b);
    assert_string_equal("10.0.0.7", only_address(b.cs->nodes[0]));
    xd_bench_free(&b);
}

static void a_node_without_an_address_hides_no_conversation(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_bundle(&b, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_entry(&b, XD_ENTRY_CA_PEM, "ca.pem");
    xd_bench_capture(&b);
    struct xd_flow *zone = xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.2:7001");
    struct xd_flow *web = xd_bench_flow(&b, "10.0.0.1:25003", "10.0.0.2:443");
    xd_bench_assemble(&b);
    assert_int_equal(1, b.cs->n_nodes);
    assert_int_equal(0, b.cs->nodes[0]->n_addrs);
    assert_true(zone->related);
    assert_false(web->related);
    xd_bench_free(&b);
}

static void captures_alone_are_about_the_ports_of_expressways(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    xd_bench_input(&b, "x.pcap", XD_INPUT_FILE);
    xd_bench_capture(&b);
    struct xd_flow *zone = xd_bench_flow(&b, "10.0.0.1:25001", "10.0.0.2:7001");
    struct xd_flow *tunnel = xd_bench_flow(&b, "10.0.0.1:30001", "10.0.0.2:2222");
    struct xd_flow *sip = xd_bench_flow(&b, "10.0.0.1:25002", "10.0.0.2:5061");
    struct xd_flow *web = xd_bench_flow(&b, "10.0.0.1:25003", "10.0.0.2:443");
    xd_bench_assemble(&b);
    assert_int_equal(0, b.cs->n_nodes);
    assert_true(zone->related);
    assert_true(tunnel->related);
    assert_true(sip->related);
    assert_false(web->related);
    xd_bench_free(&b);
}

static void add_bundle(struct xd_bench *b, const char *host, const char *status)
{
    const char *const lines[] = {"Ethernet 1 IP V4 Address = 10.0.0.1", status, NULL};

    xd_bench_bundle(b, host, XD_BENCH_STAMP);
    (void)xd_bench_dump(b, XD_ENTRY_XSTAT_TXT, lines);
    xd_bench_capture(b);
    struct xd_flow *f = xd_bench_flow(b, "10.0.0.1:25001", "10.0.0.2:7001");
    f->first.frame = f->last.frame = 7;
}

static void one_bundle_given_twice_counts_once(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    add_bundle(&b, "vcs8c", "Zones Zone 1 Status = Failed");
    add_bundle(&b, "vcs8c", "Zones Zone 1 Status = Failed");
    xd_bench_assemble(&b);
    assert_int_equal(1, b.cs->n_nodes);
    assert_string_equal("vcs8c", b.cs->nodes[0]->id);
    assert_int_equal(1, b.cs->n_flows);
    assert_int_equal(1, b.cs->n_dumps);
    assert_null(b.cs->inputs[0].note);
    assert_non_null(b.cs->inputs[1].note);
    assert_int_equal(XD_ENTRY_SKIPPED, b.cs->entries[2]->status);
    assert_ptr_equal(b.cs->entries[0], b.cs->entries[2]->twin);
    xd_bench_free(&b);
}

static void bundles_that_differ_in_one_value_are_two(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    add_bundle(&b, "vcs8c", "Zones Zone 1 Status = Failed");
    add_bundle(&b, "vcs8c", "Zones Zone 1 Status = Active");
    xd_bench_assemble(&b);
    assert_int_equal(2, b.cs->n_nodes);
    assert_int_equal(2, b.cs->n_flows);
    assert_null(b.cs->inputs[1].note);
    xd_bench_free(&b);
}

/* A download of the host at that time, whose capture has so many conversations. */
static void add_download(struct xd_bench *b, xd_time stamp, const char *status, int n)
{
    const char *const lines[] = {"SystemUnit SystemTime = 2026-03-25 03:00:00", status,
                                 NULL};

    xd_bench_bundle(b, "vcs8c", stamp);
    (void)xd_bench_dump(b, XD_ENTRY_XSTAT_TXT, lines);
    xd_bench_capture(b);
    b->cs->entries[b->cs->n_entries - 1]->bytes = (uint64_t)n * 1000;
    for (int i = 0; i < n; i++) {
        struct xd_flow *f = xd_bench_flow(b, "10.0.0.1:25001", "10.0.0.2:7001");
        f->first.frame = f->last.frame = (uint64_t)i + 7;
        f->first.time = f->last.time = (XD_BENCH_STAMP / 2) + i;
    }
}

static void one_session_downloaded_twice_counts_once(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct xd_bench b = xd_bench_new();

        add_download(&b, XD_BENCH_STAMP, "Zones Zone 1 Status = Failed", 1);
        add_download(&b, XD_BENCH_STAMP + 600 * XD_SECOND, "Zones Zone 1 Status = Failed",
                     1 + more);
        xd_bench_assemble(&b);
        assert_int_equal(1, b.cs->n_nodes);
        assert_string_equal("vcs8c", b.cs->nodes[0]->id);
        assert_int_equal(1 + more, b.cs->n_flows);
        /* The one that holds all is kept. */
        assert_int_equal(XD_ENTRY_SKIPPED, b.cs->entries[more ? 0 : 2]->status);
        assert_non_null(strstr(b.cs->entries[more ? 0 : 2]->detail, "downloaded again"));
        xd_bench_free(&b);
    }
}

static void two_sessions_of_one_host_stay_apart(void **state)
{
    struct xd_bench b = xd_bench_new();

    (void)state;
    add_download(&b, XD_BENCH_STAMP, "Zones Zone 1 Status = Failed", 1);
    add_download(&b, XD_BENCH_STAMP + 600 * XD_SECOND, "Zones Zone 1 Status = Active", 1);
    xd_bench_assemble(&b);
    assert_int_equal(2, b.cs->n_nodes);
    xd_bench_free(&b);
}

static void a_renamed_pem_fills_the_one_store_that_it_can_be(void **state)
{
    static const char *const version[] = {"SystemUnit Software Version = X15.5", NULL};
    struct xd_bench s = xd_bench_new();
    struct xd_minted root = xd_mint_root(s.cs, "Root");
    struct xd_minted server = xd_mint_leaf(s.cs, "n.example.com", "serverAuth", &root);
    struct xd_minted client = xd_mint_leaf(s.cs, "n.example.com", "clientAuth", &root);
    struct xd_minted alien = xd_mint_leaf(s.cs, "alien.example.com", "clientAuth", &root);
    struct xd_cert *const files[][2] = {
        {root.cert, NULL}, {client.cert, NULL}, {alien.cert, NULL}};

    (void)state;
    xd_bench_bundle(&s, "n", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, version);
    (void)xd_bench_pem(&s, XD_ENTRY_SERVER_PEM, (struct xd_cert *[]){server.cert, NULL});
    s.host = NULL;
    for (size_t i = 0; i < 3; i++) {
        (void)xd_bench_pem(&s, XD_ENTRY_PEM, files[i]);
    }
    xd_bench_assemble(&s);
    const struct xd_node *n = s.cs->nodes[0];

    assert_int_equal(1, n->ca.n_certs);
    assert_ptr_equal(root.cert, n->ca.certs[0]);
    assert_int_equal(1, n->client.n_certs);
    assert_ptr_equal(client.cert, n->client.certs[0]);
    assert_int_equal(XD_ENTRY_PEM, s.cs->entries[4]->kind);
    xd_mint_free(&alien);
    xd_mint_free(&client);
    xd_mint_free(&server);
    xd_mint_free(&root);
    xd_bench_free(&s);
}

/* No CA of it signed the node's own certificate; beside another such file neither counts.
 */
static void a_renamed_file_of_cas_alone_is_the_trusted_cas(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        struct xd_bench s = xd_bench_new();
        struct xd_minted root = xd_mint_root(s.cs, "Root");
        struct xd_minted other = xd_mint_root(s.cs, "Other Root");
        struct xd_minted third = xd_mint_root(s.cs, "Third Root");
        struct xd_minted server = xd_mint_leaf(s.cs, "n.example.com", "serverAuth", &root);
        struct xd_cert *const files[][2] = {{other.cert, NULL}, {third.cert, NULL}};

        xd_bench_bundle(&s, "n", XD_BENCH_STAMP);
        (void)xd_bench_pem(&s, XD_ENTRY_SERVER_PEM,
                           (struct xd_cert *[]){server.cert, NULL});
        s.host = NULL;
        for (size_t i = 0; i < n; i++) {
            (void)xd_bench_pem(&s, XD_ENTRY_PEM, files[i]);
        }
        xd_bench_assemble(&s);
        assert_int_equal(n == 1 ? 1 : 0, s.cs->nodes[0]->ca.n_certs);
        assert_int_equal(n == 1 ? XD_ENTRY_CA_PEM : XD_ENTRY_PEM, s.cs->entries[1]->kind);
        xd_mint_free(&server);
        xd_mint_free(&third);
        xd_mint_free(&other);
        xd_mint_free(&root);
        xd_bench_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_without_dumps_is_the_end_that_shows_its_certificate),
        cmocka_unit_test(a_certificate_that_two_nodes_hold_tells_neither),
        cmocka_unit_test(the_one_address_with_part_in_everything_is_the_nodes),
        cmocka_unit_test(addresses_of_dumps_are_not_added_to),
        cmocka_unit_test(a_node_without_an_address_hides_no_conversation),
        cmocka_unit_test(captures_alone_are_about_the_ports_of_expressways),
        cmocka_unit_test(one_bundle_given_twice_counts_once),
        cmocka_unit_test(bundles_that_differ_in_one_value_are_two),
        cmocka_unit_test(one_session_downloaded_twice_counts_once),
        cmocka_unit_test(two_sessions_of_one_host_stay_apart),
        cmocka_unit_test(a_renamed_pem_fills_the_one_store_that_it_can_be),
        cmocka_unit_test(a_renamed_file_of_cas_alone_is_the_trusted_cas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
