/*
 * test_assemble_nodes.c - entries to nodes, dumps to settings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench.h"

static const char *const nothing[] = {NULL};

static const char *address_text(const struct xd_node *n, size_t i)
{
    static char text[XD_ADDR_TEXT];

    assert_true(i < n->n_addrs);
    return xd_addr_format(&n->addrs[i], text);
}

static void a_bundle_is_a_node_named_as_its_files_say(void **state)
{
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "vcs_8c", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, nothing);
    (void)xd_bench_log(&s, XD_BENCH_STAMP - 600 * XD_SECOND, XD_BENCH_STAMP, "localhost");
    xd_bench_capture(&s);
    xd_bench_bundle(&s, "smartslave", XD_BENCH_STAMP);
    (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP + XD_SECOND, "smartslave");
    xd_bench_assemble(&s);

    assert_int_equal(2, s.cs->n_nodes);
    assert_string_equal("smartslave", s.cs->nodes[0]->id);
    assert_string_equal("vcs_8c", s.cs->nodes[1]->id);
    assert_int_equal(1, s.cs->nodes[1]->index);
    assert_int_equal(3, s.cs->nodes[1]->n_entries);
    assert_non_null(s.cs->nodes[1]->log);
    assert_true(s.cs->nodes[1]->as_of == XD_BENCH_STAMP - 600 * XD_SECOND);
    assert_true(s.cs->last_seen == XD_BENCH_STAMP + XD_SECOND);
    xd_bench_free(&s);
}

static void the_order_of_arguments_leaves_no_trace(void **state)
{
    static const char *const hosts[] = {"beta", "alpha", "beta"};

    (void)state;
    for (int swap = 0; swap < 2; swap++) {
        struct xd_bench s = xd_bench_new();

        for (int i = 0; i < 3; i++) {
            int at = swap != 0 ? 2 - i : i;

            xd_bench_bundle(&s, hosts[at], XD_BENCH_STAMP + at * 60 * XD_SECOND);
            (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP, NULL);
        }
        xd_bench_assemble(&s);
        assert_int_equal(3, s.cs->n_nodes);
        assert_string_equal("alpha", s.cs->nodes[0]->id);
        assert_string_equal("beta@2026-03-25T03:20:11Z", s.cs->nodes[1]->id);
        assert_string_equal("beta@2026-03-25T03:22:11Z", s.cs->nodes[2]->id);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(i, s.cs->nodes[i]->index);
        }
        xd_bench_free(&s);
    }
}

static void before_and_after_are_two_rows_with_the_time_in_their_ids(void **state)
{
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP, NULL);
    s.stamp = XD_BENCH_STAMP + 86400 * XD_SECOND; /* in the same folder */
    (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP, NULL);
    xd_bench_assemble(&s);

    assert_int_equal(2, s.cs->n_nodes);
    assert_string_equal("vcs8c@2026-03-25T03:20:11Z", s.cs->nodes[0]->id);
    assert_string_equal("vcs8c@2026-03-26T03:20:11Z", s.cs->nodes[1]->id);
    assert_string_equal("vcs8c", s.cs->nodes[0]->host);
    xd_bench_free(&s);
}

static void bundles_of_one_stamp_get_ids_that_differ(void **state)
{
    struct xd_bench s = xd_bench_new();

    (void)state;
    for (int i = 0; i < 2; i++) {
        xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
        xd_bench_capture(&s);
        (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP + i, NULL);
    }
    xd_bench_assemble(&s);

    assert_int_equal(2, s.cs->n_nodes);
    assert_int_equal(2, s.cs->nodes[0]->n_entries);
    assert_int_equal(2, s.cs->nodes[1]->n_entries);
    assert_string_equal("vcs8c@2026-03-25T03:20:11Z", s.cs->nodes[0]->id);
    assert_string_equal("vcs8c@2026-03-25T03:20:11Z#2", s.cs->nodes[1]->id);
    xd_bench_free(&s);
}

static void one_bundle_in_two_folders_or_file_by_file_is_one_node(void **state)
{
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
    s.container = "logs";
    (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP, NULL);
    s.container = "certs";
    (void)xd_bench_entry(&s, XD_ENTRY_SERVER_PEM, "server.pem");
    for (int i = 0; i < 2; i++) {
        xd_bench_input(&s, "file", XD_INPUT_FILE);
        s.host = "exwe";
        s.stamp = XD_BENCH_STAMP;
        (void)xd_bench_entry(&s, i == 0 ? XD_ENTRY_SERVER_PEM : XD_ENTRY_LOG, "file");
    }
    xd_bench_assemble(&s);

    assert_int_equal(2, s.cs->n_nodes);
    assert_int_equal(2, s.cs->nodes[0]->n_entries);
    assert_int_equal(2, s.cs->nodes[1]->n_entries);
    assert_string_equal("exwe", s.cs->nodes[0]->id);
    xd_bench_free(&s);
}

static void lone_captures_and_certificates_make_no_node(void **state)
{
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_input(&s, "eth0.pcap", XD_INPUT_FILE);
    s.host = "vcs8c";
    s.stamp = XD_BENCH_STAMP;
    xd_bench_capture(&s);
    xd_bench_input(&s, "server.pem", XD_INPUT_FILE);
    (void)xd_bench_entry(&s, XD_ENTRY_SERVER_PEM, "server.pem");
    xd_bench_input(&s, "captures", XD_INPUT_FOLDER);
    xd_bench_capture(&s);
    xd_bench_assemble(&s);

    assert_int_equal(0, s.cs->n_nodes);
    xd_bench_free(&s);
}

static void renamed_files_are_known_by_their_contents(void **state)
{
    static const char *const conf[] = {"SystemUnit Name = vcs8c", NULL};
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, NULL, XD_TIME_NONE);
    (void)xd_bench_entry(&s, XD_ENTRY_CA_PEM, "ca.pem");
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, conf);
    (void)xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP, "vcs8c");
    xd_bench_assemble(&s);

    assert_int_equal(1, s.cs->n_nodes);
    assert_string_equal("vcs8c", s.cs->nodes[0]->id);
    assert_int_equal(3, s.cs->nodes[0]->n_entries);
    xd_bench_free(&s);
}

static const char *const full_xconf[] = {
    "SystemUnit Name = vcs8c",
    "IP DNS Hostname = vcs8c",
    "IP DNS Domain Name = example.com",
    "Ethernet 1 IP V4 Address = 10.106.80.16",
    "Ethernet 1 IP V4 StaticNAT Mode = On",
    "Ethernet 1 IP V4 StaticNAT Address = 203.0.113.9",
    "Ethernet 1 IP V6 Address = 2001:db8::16",
    "Ethernet 2 IP V4 Address = 192.168.0.100",
    "SIP TLS Certificate ExtendedKeyUsage Checking Mode = Off",
    "SIP Advanced SipTlsVersions = TLSv1.2:TLSv1.3",
    "XCP TLS Certificate CVS EnableServerEkuUpload = On",
    "EdgeConfigServer VerifyOriginServer = Off",
    "Zones DefaultZone SIP TLS Verify Mode = On",
    "CollaborationEdge Enabled = On",
    "SIP TLS Port = 5061",
    "SIP MTLS Port = 5063",
    "Alternates Cluster Name = cluster.example.com",
    "Alternates Peer 1 Address = 10.106.80.16",
    "Alternates Peer 2 Address = 10.106.80.17",
    "Alternates Peer 3 Address = ",
    "clusterConfiguration tls_verify = Enforcing",
    "Zones Zone 1 Name = UC zone",
    "Zones Zone 1 Type = TraversalClient",
    "Zones Zone 1 TraversalClient Collaboration Edge = On",
    "Zones Zone 1 TraversalClient SIP Port = 7002",
    "Zones Zone 1 TraversalClient SIP Transport = TLS",
    "Zones Zone 1 TraversalClient SIP TLS Verify Mode = On",
    "Zones Zone 1 TraversalClient Peer 1 Address = exwe.example.com",
    "Zones Zone 1 TraversalClient Peer 2 Address = ",
    "Zones Zone 1 Neighbor SIP Port = 5061",
    "Zones Zone 4 Name = Neighbor to CUBE",
    "Zones Zone 4 Type = Neighbor",
    "Zones Zone 4 Neighbor SIP TLS Verify Mode = Off",
    "Zones Zone 4 Neighbor Peer 1 Address = 10.106.80.15",
    NULL,
};

static const char *const full_xstat[] = {
    "SystemUnit Software Version = X15.5.1",
    "SystemUnit SystemTime = 2026-03-25 03:00:00",
    "Ethernet 1 IPv4 Address = 10.106.80.16",
    "Ethernet 2 IPv4 Address = 192.168.0.100",
    "Zones Zone 1 Name = UC zone",
    "Zones Zone 1 Status = Failed",
    "Zones Zone 1 Type = TraversalClient",
    "Zones Zone 1 TraversalClient Peer 1 H323 Status = Active",
    "Zones Zone 1 TraversalClient Peer 1 SIP Status = Failed",
    "Zones Zone 1 TraversalClient Peer 1 SIP Address = 10.106.80.31",
    "Zones Zone 1 TraversalClient Peer 1 SIP Port = 7002",
    "Zones Zone 1 TraversalClient Peer 1 SIP Cause = TLS negotiation failure",
    "Zones Zone 2 Name = Neighbor to CUBE",
    "Zones Zone 2 Status = Active",
    "Zones Zone 9 Name = Only in status",
    "Zones Zone 9 Status = On",
    "Tunnels Tunnel 1 Target = exwe.example.com",
    "Tunnels Tunnel 1 Domain = example.com",
    "Tunnels Tunnel 1 Status = Failed",
    "Tunnels Tunnel 1 Reason = Permission denied",
    "Tunnels Tunnel 2 Target = exwe2.example.com",
    "Tunnels Tunnel 2 Status = Active",
    "Tunnels Tunnel 2 Created = 29/03/2026 07:21:27",
    "Alarm 1 Id = 35013",
    "Alarm 1 Raised = 2026-03-25 02:00:00",
    "Alarm 1 Description = UC SSH tunnel failure",
    NULL,
};

static void the_text_dumps_tell_all_of_a_node(void **state)
{
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, full_xconf);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, full_xstat);
    xd_bench_assemble(&s);
    const struct xd_node *n = s.cs->nodes[0];

    assert_string_equal("X15.5.1", n->version.text);
    assert_int_equal(15, n->version.major);
    assert_int_equal(5, n->version.minor);
    assert_int_equal(1, n->version_place.line);
    assert_int_equal(XD_ROLE_C, n->role);
    assert_string_equal("its zone \"UC zone\" is a traversal client", n->role_why);
    assert_string_equal("vcs8c.example.com", n->fqdn);
    assert_int_equal(3, n->n_addrs);
    assert_string_equal("10.106.80.16", address_text(n, 0));
    assert_string_equal("2001:db8::16", address_text(n, 1));
    assert_string_equal("203.0.113.9", address_text(n, 2));
    assert_true(n->as_of == 1774407600 * XD_SECOND); /* 2026-03-25 03:00:00 */
    assert_int_equal(XD_EKU_CHECK_OFF, n->eku_check);
    assert_int_equal(9, n->eku_check_place.line);
    assert_string_equal("TLSv1.2:TLSv1.3", n->sip_tls_versions);
    assert_int_equal(XD_TRI_ON, n->server_eku_upload);
    assert_int_equal(11, n->server_eku_upload_place.line);
    assert_int_equal(XD_TRI_OFF, n->verify_origin);
    assert_int_equal(XD_TRI_ON, n->default_zone_mtls);
    assert_int_equal(XD_TRI_ON, n->mra);
    assert_int_equal(5063, n->sip_mtls_port);
    assert_string_equal("cluster.example.com", n->cluster_name);
    assert_int_equal(2, n->n_cluster_peers);
    assert_string_equal("10.106.80.17", n->cluster_peers[1]);
    assert_int_equal(XD_TRI_ON, n->cluster_enforcing);
    assert_int_equal(0, n->n_contradictions);
    xd_bench_free(&s);
}

static void zones_join_their_status_by_index_and_name(void **state)
{
    struct xd_bench s = xd_bench_new();
    char text[XD_ADDR_TEXT];

    (void)state;
    xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, full_xconf);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, full_xstat);
    xd_bench_assemble(&s);
    const struct xd_node *n = s.cs->nodes[0];

    assert_int_equal(3, n->n_zones);
    const struct xd_zone *uc = &n->zones[0];
    assert_string_equal("UC zone", uc->name);
    assert_int_equal(XD_TRI_ON, uc->uc);
    assert_int_equal(7002, uc->port);
    assert_string_equal("TLS", uc->transport);
    assert_int_equal(XD_TRI_ON, uc->tls_verify);
    assert_string_equal("Failed", uc->status);
    assert_string_equal("TLS negotiation failure", uc->reason);
    assert_int_equal(6, uc->state.line);
    assert_int_equal(1, uc->n_peers);
    assert_string_equal("exwe.example.com", uc->peers[0].address);
    assert_string_equal("10.106.80.31", xd_addr_format(&uc->peers[0].addr, text));
    assert_string_equal("Failed", uc->peers[0].status);
    assert_int_equal(28, uc->peers[0].config.line);
    const struct xd_zone *neighbor = &n->zones[1];
    assert_int_equal(4, neighbor->index);
    assert_int_equal(XD_TRI_OFF, neighbor->uc);
    assert_int_equal(XD_TRI_OFF, neighbor->tls_verify);
    assert_string_equal("Active", neighbor->status); /* joined by name */
    assert_string_equal("Only in status", n->zones[2].name);
    assert_null(n->zones[2].config.entry);

    assert_int_equal(2, n->n_tunnels);
    assert_string_equal("exwe.example.com", n->tunnels[0].target);
    assert_string_equal("Permission denied", n->tunnels[0].reason);
    assert_string_equal("29/03/2026 07:21:27", n->tunnels[1].created);
    assert_int_equal(1, n->n_alarms);
    assert_string_equal("35013", n->alarms[0].id);
    assert_true(n->alarms[0].time == 1774404000 * XD_SECOND);
    assert_string_equal("UC SSH tunnel failure", n->alarms[0].detail);
    xd_bench_free(&s);
}

static void
the_xml_form_fills_what_the_text_lacks_and_contradictions_are_noted(void **state)
{
    static const char *const text[] = {"SystemUnit 1 Name = x",
                                       "Zones Zone 1 Name = UC",
                                       "Zones Zone 1 Type = TraversalServer",
                                       "SIP TLS Port = 5061",
                                       "IP DNS Hostname = ",
                                       NULL};
    static const char *const xml[] = {
        "SIP 1 TLS 1 Port 1 = 5071",
        "Zones 1 Zone 1 Name 1 = UC",
        "Zones 1 Zone 1 TraversalServer 1 Collaboration 1 Edge 1 = On",
        "Zones 1 Zone 1 TraversalServer 1 SIP 1 Port 1 = 7001",
        "Zones 1 Zone 1 TraversalServer SIP TLS Verify Subject Name 1 = c.example.com",
        "IP 1 DNS 1 Hostname 1 = exwe",
        "IP 1 DNS 1 Domain 1 Name 1 = example.com",
        "Ethernet 1 IP 1 V4 1 Address 1 = 10.0.0.1",
        "Ethernet 2 IP 1 V4 1 Address 1 = 10.0.1.1",
        NULL};
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "exwe", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_XML, xml);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, text);
    xd_bench_assemble(&s);
    const struct xd_node *n = s.cs->nodes[0];

    assert_int_equal(XD_ENTRY_XCONF_TXT, n->xconf->entry->kind);
    assert_int_equal(5061, n->sip_tls_port);
    assert_int_equal(1, n->n_contradictions);
    assert_string_equal("SIP TLS Port is \"5061\" in xconf-txt but \"5071\" in xconf-xml",
                        n->contradictions[0].text);
    assert_int_equal(4, n->contradictions[0].used.line);
    assert_int_equal(1, n->contradictions[0].other.line);
    assert_string_equal("exwe.example.com", n->fqdn);
    assert_int_equal(1, n->n_zones);
    assert_int_equal(XD_TRI_ON, n->zones[0].uc);
    assert_int_equal(7001, n->zones[0].port);
    assert_string_equal("c.example.com", n->zones[0].subject_name);
    assert_int_equal(XD_ROLE_E, n->role);
    assert_int_equal(2, n->n_addrs);
    xd_bench_free(&s);
}

static void the_peer_of_a_server_zone_keeps_the_port_that_it_calls_from(void **state)
{
    static const char *const conf[] = {
        "Zones Zone 1 Name = UC", "Zones Zone 1 Type = TraversalServer",
        "Zones Zone 1 TraversalServer SIP Port = 7001", NULL};
    static const char *const stat[] = {
        "Zones Zone 1 Name = UC",
        "Zones Zone 1 Status = Active",
        "Zones Zone 1 TraversalServer Peer 1 SIP Address = 10.106.80.16:25001",
        "Zones Zone 1 TraversalServer Peer 1 SIP Status = Active",
        "Zones Zone 1 TraversalServer Peer 1 SIP Port = 25001",
        NULL};
    struct xd_bench s = xd_bench_new();
    char text[XD_ADDR_TEXT];

    (void)state;
    xd_bench_bundle(&s, "exwe", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, conf);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, stat);
    xd_bench_assemble(&s);
    const struct xd_zone *zone = &s.cs->nodes[0]->zones[0];

    assert_int_equal(7001, zone->port);
    assert_int_equal(1, zone->n_peers);
    assert_int_equal(25001, zone->peers[0].port);
    assert_string_equal("10.106.80.16", xd_addr_format(&zone->peers[0].addr, text));
    xd_bench_free(&s);
}

/* E serves an Expressway-C without a bundle as well: its row is not the known one's. */
static void a_server_zone_of_another_client_is_not_the_known_ones(void **state)
{
    static const char *const c_conf[] = {"Ethernet 1 IP V4 Address = 10.106.80.16",
                                         "IP DNS Hostname = vcs8c",
                                         "IP DNS Domain Name = example.com",
                                         "Zones Zone 1 Name = UC",
                                         "Zones Zone 1 Type = TraversalClient",
                                         "Zones Zone 1 TraversalClient SIP Port = 7001",
                                         "Zones Zone 1 TraversalClient Collaboration Edge "
                                         "= On",
                                         "Zones Zone 1 TraversalClient Peer 1 Address = "
                                         "exwe.example.com",
                                         NULL};
    static const struct {
        const char *first;  /* the verify name of the first zone */
        const char *second; /* of the second */
        const char *port;   /* of the second */
        const char *listed; /* in the first; NULL: it lists nobody */
        bool known;         /* is the peer of the second taken for the known one? */
    } rows[] = {
        {"", "", "7002", NULL, false},
        {"vcs8c.example.com", "lab.example.com", "7001", NULL, false},
        {"", "lab.example.com", "7001", "10.106.80.16", false},
        {"", "", "7001", "192.0.2.9", true},
        {"", "", "7001", NULL, true},
        {"lab.example.com", "vcs8c.example.com", "7001", NULL, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_bench s = xd_bench_new();
        char first[80];
        char second[80];
        char port[80];
        char listed[80];
        const char *const conf[] = {"IP DNS Hostname = exwe",
                                    "IP DNS Domain Name = example.com",
                                    "Zones Zone 1 Name = UC",
                                    "Zones Zone 1 Type = TraversalServer",
                                    "Zones Zone 1 TraversalServer SIP Port = 7001",
                                    "Zones Zone 1 TraversalServer Collaboration Edge = On",
                                    "Zones Zone 2 TraversalServer Collaboration Edge = On",
                                    "Zones Zone 2 Name = Lab",
                                    "Zones Zone 2 Type = TraversalServer",
                                    first,
                                    second,
                                    port,
                                    NULL};
        const char *const stat[] = {
            "Zones Zone 2 Name = Lab",
            "Zones Zone 2 TraversalServer Peer 1 SIP Address = 198.51.100.7",
            rows[i].listed != NULL ? "Zones Zone 1 Name = UC" : NULL, listed, NULL};

        (void)snprintf(first, sizeof first,
                       "Zones Zone 1 TraversalServer SIP TLS Verify Subject Name = %s",
                       rows[i].first);
        (void)snprintf(second, sizeof second,
                       "Zones Zone 2 TraversalServer SIP TLS Verify Subject Name = %s",
                       rows[i].second);
        (void)snprintf(port, sizeof port, "Zones Zone 2 TraversalServer SIP Port = %s",
                       rows[i].port);
        (void)snprintf(listed, sizeof listed,
                       "Zones Zone 1 TraversalServer Peer 1 SIP Address = %s",
                       rows[i].listed != NULL ? rows[i].listed : "");
        xd_bench_bundle(&s, "exwe", XD_BENCH_STAMP);
        (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, conf);
        (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, stat);
        xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
        (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, c_conf);
        xd_bench_assemble(&s);
        const struct xd_node *e = s.cs->nodes[0];

        assert_string_equal("exwe", e->id);
        assert_int_equal(2, e->n_zones);
        assert_int_equal(1, e->zones[1].n_peers);
        if (rows[i].known != (e->zones[1].peers[0].node != NULL)) {
            fail_msg("row %zu", i);
        }
        xd_bench_free(&s);
    }
}

static void the_eku_check_is_not_available_before_x15_5(void **state)
{
    static const char *const on[] = {
        "SIP TLS Certificate ExtendedKeyUsage Checking Mode = On", NULL};
    static const char *const old[] = {"SystemUnit Software Version = X15.4", NULL};
    struct xd_bench s = xd_bench_new();

    (void)state;
    xd_bench_bundle(&s, "old", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, old);
    xd_bench_bundle(&s, "unknown", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, on);
    xd_bench_bundle(&s, "bare", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, nothing);
    xd_bench_assemble(&s);

    assert_int_equal(XD_EKU_CHECK_UNKNOWN, s.cs->nodes[0]->eku_check); /* bare */
    assert_int_equal(XD_EKU_CHECK_NOT_AVAILABLE, s.cs->nodes[1]->eku_check);
    assert_int_equal(XD_EKU_CHECK_ON, s.cs->nodes[2]->eku_check);
    xd_bench_free(&s);
}

static void the_log_adds_alarms_changes_and_addresses(void **state)
{
    struct xd_bench s = xd_bench_new();
    xd_time t = XD_BENCH_STAMP;

    (void)state;
    xd_bench_bundle(&s, "vcs8c", XD_BENCH_STAMP);
    const struct xd_entry *log = xd_bench_log(&s, t, t + 100 * XD_SECOND, NULL);
    xd_bench_event(&s, log, XD_LOG_ALARM_RAISED, t)->name = "35013";
    xd_bench_event(&s, log, XD_LOG_ALARM_RAISED, t + XD_SECOND)->name = "15028";
    xd_bench_event(&s, log, XD_LOG_ALARM_LOWERED, t + 2 * XD_SECOND)->name = "35013";
    struct xd_log_event *change =
        xd_bench_event(&s, log, XD_LOG_SETTING_CHANGED, t + 3 * XD_SECOND);
    change->name = "SIP TLS Certificate ExtendedKeyUsage Checking Mode";
    change->from = "On";
    change->to = "Off";
    struct xd_log_event *tls = xd_bench_event(&s, log, XD_LOG_TLS_ERROR, t);
    tls->role = XD_LOG_ROLE_CLIENT;
    assert_true(xd_addr_parse("10.106.80.16", 12, &tls->local.addr));
    assert_true(xd_addr_parse("10.106.80.31", 12, &tls->remote.addr));
    tls->remote.port = 7001;
    xd_bench_assemble(&s);
    const struct xd_node *n = s.cs->nodes[0];

    assert_int_equal(2, n->n_alarms);
    assert_true(n->alarms[0].lowered);
    assert_false(n->alarms[1].lowered);
    assert_int_equal(1, n->n_changes);
    assert_string_equal("Off", n->changes[0].to);
    assert_int_equal(1, n->n_addrs);
    assert_string_equal("10.106.80.16", address_text(n, 0));
    assert_int_equal(XD_ROLE_C, n->role);
    xd_bench_free(&s);
}

/* "TLS Negotiation Error" names Src and Dst; the node is where its own address is. */
static void an_event_without_a_direction_is_told_by_the_nodes_address(void **state)
{
    static const char *const own[] = {"10.20.1.10", "10.10.1.10", "192.0.2.77"};
    static const enum xd_log_role roles[] = {XD_LOG_ROLE_SERVER, XD_LOG_ROLE_CLIENT,
                                             XD_LOG_ROLE_UNKNOWN};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct xd_bench s = xd_bench_new();
        char line[80];
        const char *const config[] = {line, NULL};

        (void)snprintf(line, sizeof(line), "Ethernet 1 IP V4 Address = %s", own[i]);
        xd_bench_bundle(&s, "n", XD_BENCH_STAMP);
        (void)xd_bench_dump(&s, XD_ENTRY_XCONF_TXT, config);
        const struct xd_entry *log =
            xd_bench_log(&s, XD_BENCH_STAMP, XD_BENCH_STAMP + XD_SECOND, NULL);
        struct xd_log_event *e = xd_bench_event(&s, log, XD_LOG_TLS_ERROR, XD_BENCH_STAMP);
        assert_true(xd_addr_parse("10.10.1.10", 10, &e->local.addr));
        assert_true(xd_addr_parse("10.20.1.10", 10, &e->remote.addr));
        e->local.port = 25100;
        e->remote.port = 7001;
        xd_bench_assemble(&s);
        assert_int_equal(roles[i], e->role);
        assert_int_equal(i == 0 ? 7001 : 25100, e->local.port);
        xd_bench_free(&s);
    }
}

static void stores_are_read_leaf_first_and_chains_judged_by_the_own_ca_file(void **state)
{
    static const char *const version[] = {"SystemUnit Software Version = X15.5", NULL};
    struct xd_bench s = xd_bench_new();
    struct xd_case *cs = s.cs;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted ca = xd_mint_ca(cs, "Issuing", &root);
    struct xd_minted other = xd_mint_root(cs, "Other Root");
    struct xd_minted server = xd_mint_leaf(cs, "s.example.com", "serverAuth", &ca);
    struct xd_minted client = xd_mint_leaf(cs, "s.example.com", "clientAuth", &other);

    (void)state;
    xd_bench_bundle(&s, "n", XD_BENCH_STAMP);
    (void)xd_bench_dump(&s, XD_ENTRY_XSTAT_TXT, version);
    (void)xd_bench_pem(&s, XD_ENTRY_CA_PEM, (struct xd_cert *[]){root.cert, NULL});
    (void)xd_bench_pem(&s, XD_ENTRY_SERVER_PEM,
                       (struct xd_cert *[]){ca.cert, server.cert, NULL});
    struct xd_entry *e =
        xd_bench_pem(&s, XD_ENTRY_CLIENT_PEM, (struct xd_cert *[]){client.cert, NULL});
    e->status = XD_ENTRY_TRUNCATED;
    xd_bench_assemble(&s);
    const struct xd_node *n = cs->nodes[0];

    assert_ptr_equal(server.cert, n->server.certs[0]);
    assert_ptr_equal(ca.cert, n->server.certs[1]);
    assert_int_equal(21, n->server.lines[0]);
    assert_true(n->server.whole);
    assert_false(n->client.whole);
    assert_int_equal(XD_TRI_OFF, n->stores_identical);
    assert_int_equal(2, n->n_chains);
    assert_int_equal(XD_CHAIN_COMPLETE, n->chains[0].status);
    assert_int_equal(XD_CHAIN_UNTRUSTED, n->chains[1].status);
    assert_string_equal("C = NL, O = Test, CN = Other Root", n->chains[1].missing);
    xd_mint_free(&client);
    xd_mint_free(&server);
    xd_mint_free(&other);
    xd_mint_free(&ca);
    xd_mint_free(&root);
    xd_bench_free(&s);
}

static void a_chain_without_its_intermediate_is_incomplete(void **state)
{
    struct xd_bench s = xd_bench_new();
    struct xd_minted root = xd_mint_root(s.cs, "Root");
    struct xd_minted ca = xd_mint_ca(s.cs, "Issuing", &root);
    struct xd_minted leaf = xd_mint_leaf(s.cs, "s.example.com", "serverAuth", &ca);

    (void)state;
    xd_bench_bundle(&s, "n", XD_BENCH_STAMP);
    (void)xd_bench_pem(&s, XD_ENTRY_CA_PEM, (struct xd_cert *[]){root.cert, NULL});
    (void)xd_bench_pem(&s, XD_ENTRY_SERVER_PEM, (struct xd_cert *[]){leaf.cert, NULL});
    (void)xd_bench_pem(&s, XD_ENTRY_CLIENT_PEM, (struct xd_cert *[]){leaf.cert, NULL});
    xd_bench_assemble(&s);
    const struct xd_node *n = s.cs->nodes[0];

    assert_int_equal(XD_TRI_ON, n->stores_identical);
    assert_int_equal(1, n->n_chains);
    assert_int_equal(XD_CHAIN_INCOMPLETE, n->chains[0].status);
    assert_string_equal("C = NL, O = Test, CN = Issuing", n->chains[0].missing);
    xd_mint_free(&leaf);
    xd_mint_free(&ca);
    xd_mint_free(&root);
    xd_bench_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_a_node_named_as_its_files_say),
        cmocka_unit_test(the_order_of_arguments_leaves_no_trace),
        cmocka_unit_test(before_and_after_are_two_rows_with_the_time_in_their_ids),
        cmocka_unit_test(bundles_of_one_stamp_get_ids_that_differ),
        cmocka_unit_test(one_bundle_in_two_folders_or_file_by_file_is_one_node),
        cmocka_unit_test(lone_captures_and_certificates_make_no_node),
        cmocka_unit_test(renamed_files_are_known_by_their_contents),
        cmocka_unit_test(the_text_dumps_tell_all_of_a_node),
        cmocka_unit_test(zones_join_their_status_by_index_and_name),
        cmocka_unit_test(
            the_xml_form_fills_what_the_text_lacks_and_contradictions_are_noted),
        cmocka_unit_test(the_peer_of_a_server_zone_keeps_the_port_that_it_calls_from),
        cmocka_unit_test(a_server_zone_of_another_client_is_not_the_known_ones),
        cmocka_unit_test(the_eku_check_is_not_available_before_x15_5),
        cmocka_unit_test(the_log_adds_alarms_changes_and_addresses),
        cmocka_unit_test(an_event_without_a_direction_is_told_by_the_nodes_address),
        cmocka_unit_test(stores_are_read_leaf_first_and_chains_judged_by_the_own_ca_file),
        cmocka_unit_test(a_chain_without_its_intermediate_is_incomplete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
