/*
 * test_judge_far.c - far ends whose bundles are not in the case, and what a fault stops,
 * by the settings that there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static struct xd_flow *refused_login(struct xd_jstage *s)
{
    struct xd_flow *f = xd_jstage_flow(s, s->e, NULL, s->e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_SSH;
    f->tls = NULL;
    f->ssh = xd_arena_alloc(s->cs->arena, sizeof *f->ssh);
    f->related = true;
    xd_jstage_fail(s, f, XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
    return f;
}

static void a_certificate_seen_on_the_zone_explains_the_refused_login(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *leaf = xd_jstage_leaf(&s, "far.example.com", "serverAuth", &s.root);
    struct xd_flow *zone = xd_jstage_flow(&s, s.e, NULL, s.e, XD_SERVICE_TRAVERSAL, 7001);
    zone->related = true;
    xd_jstage_present(&s, zone, XD_CLIENT, leaf, NULL);
    struct xd_flow *login = refused_login(&s);
    login->end[XD_CLIENT].addr = zone->end[XD_CLIENT].addr;
    s.c_zone->n_peers = 0; /* the stage's own C is no peer of this E */
    s.e_zone->n_peers = 0;
    struct xd_tunnel *t = xd_jstage_tunnel(&s, s.e, "Failed", "Permission denied");
    t->target = "far.example.com";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_null(x->node);
    assert_true(xd_addr_equal(&x->presenter.addr, &zone->end[XD_CLIENT].addr));
    assert_ptr_equal(x->certs[0], leaf);
    assert_int_equal(t->n_findings, 1);
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

/* C calls its peer by an address, or by a name that E's certificate lacks; zone down. */
static const struct xd_finding *judge_peer(struct xd_jstage *s, const char *address,
                                           const char *status)
{
    xd_jstage_open(s);
    s->c_zone->peers[0].address = address;
    s->c_zone->status = s->c_zone->peers[0].status = status;
    s->e_zone->status = status;
    if (s->e_zone->n_peers) {
        s->e_zone->peers[0].status = status;
    }
    xd_jstage_judge(s);
    return xd_jstage_finding(s, XD_F_NAME_MISMATCH);
}

static void a_zone_that_calls_its_peer_by_address_misses_the_name(void **state)
{
    (void)state;
    struct xd_jstage s;
    const struct xd_finding *x = judge_peer(&s, "192.0.2.2", "Failed");
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_POSSIBLE);
    assert_ptr_equal(x->node, s.c);
    assert_ptr_equal(x->presenter.node, s.e);
    assert_non_null(strstr(x->remedies[0].text, "to the host name \"e.example.com\""));
    xd_jstage_close(&s);
    x = judge_peer(&s, "edge.example.com", "Failed");
    assert_non_null(x);
    assert_ptr_equal(x->node, s.e);
    assert_non_null(strstr(x->remedies[0].text, "issued with \"edge.example.com\""));
    xd_jstage_close(&s);
}

static void a_zone_that_is_up_or_calls_its_peer_by_name_misses_none(void **state)
{
    (void)state;
    struct xd_jstage s;
    assert_null(judge_peer(&s, "e.example.com", "Failed"));
    xd_jstage_close(&s);
    assert_null(judge_peer(&s, "192.0.2.2", "Active"));
    xd_jstage_close(&s);
}

/* TLS meets E's certificate first, then C's: what_if names both, or the one that fails. */
static void of_two_certificates_that_fail_both_are_named_in_order(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        const char *purpose = both ? "clientAuth" : "serverAuth,clientAuth";
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
        xd_jstage_store(&s, s.e, &s.e->server,
                        xd_jstage_leaf(&s, "e.example.com", purpose, &s.root));
        xd_jstage_judge(&s);
        const char *reason = s.cs->what_if[0].reason;
        const char *of_e = strstr(reason, "refuses the server certificate");
        const char *of_c = strstr(reason, "refuses the client certificate");
        assert_int_equal(of_e != NULL, both);
        assert_non_null(of_c);
        assert_true(!of_e || of_e < of_c);
        xd_jstage_close(&s);
    }
}

static void a_certificate_with_the_purpose_or_none_seen_leaves_it_open(void **state)
{
    (void)state;
    for (int seen = 0; seen < 2; seen++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *zone =
            xd_jstage_flow(&s, s.e, NULL, s.e, XD_SERVICE_TRAVERSAL, 7001);
        zone->related = true;
        if (seen) {
            xd_jstage_present(
                &s, zone, XD_CLIENT,
                xd_jstage_leaf(&s, "far.example.com", "serverAuth,clientAuth", &s.root),
                NULL);
        }
        struct xd_flow *login = refused_login(&s);
        login->end[XD_CLIENT].addr = zone->end[XD_CLIENT].addr;
        xd_jstage_judge(&s);
        assert_null(xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING));
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
        assert_non_null(x);
        assert_int_equal(x->confidence, XD_PROBABLE);
        assert_int_equal(x->n_flows, 1);
        assert_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
        xd_jstage_close(&s);
    }
}

/* Which CAs an outside verifier trusts is assumed: its alert 48 alone names no cause. */
static void an_outside_alert_48_over_a_public_chain_is_left_open(void **state)
{
    (void)state;
    for (int public = 0; public < 2; public ++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        const struct xd_minted *root = public ? &s.public_root : &s.root;
        struct xd_cert *leaf =
            xd_jstage_leaf(&s, "e.example.com", "serverAuth, clientAuth", root);
        root->cert->issuer_kind = public ? XD_ISSUER_PUBLIC : XD_ISSUER_PRIVATE;
        xd_jstage_trust(&s, s.e, root->cert);
        xd_jstage_store(&s, s.e, &s.e->client, leaf);
        struct xd_flow *f = xd_jstage_flow(&s, s.e, s.e, NULL, XD_SERVICE_SIP_TLS, 5061);
        assert_true(xd_addr_parse("170.72.0.9", 10, &f->end[XD_SERVER].addr));
        xd_jstage_present(&s, f, XD_CLIENT, leaf, root->cert);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 48);
        struct xd_cert *certs[] = {s.public_root.cert};
        struct xd_roots roots = {.count = 1, .certs = certs, .n_certs = 1, .parsed = true};
        struct xd_diagnose_options options = {.at = XD_TIME_NONE, .roots = &roots};
        xd_diagnose_judge(s.cs, &options);
        assert_int_equal(xd_jstage_number(&s, XD_F_UNKNOWN_CA), !public);
        assert_int_equal(xd_jstage_number(&s, XD_F_HANDSHAKE_CLOSED), public);
        if (public) {
            const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
            assert_non_null(strstr(x->summary, "assumed to trust"));
        }
        xd_jstage_close(&s);
    }
}

/* The line names the host alone: what asked for it, or the only one that failed then. */
static void a_line_of_the_traffic_server_joins_by_the_host_that_it_names(void **state)
{
    static const struct {
        const char *sni[2];
        int at; /* the connection that it joins; -1: none of both */
    } rows[] = {
        {{"cucm1.example.com", "cucm2.example.com"}, 0},
        {{"cucm2.example.com", "CUCM1.example.com"}, 1},
        {{"cucm2.example.com", NULL}, 1},
        {{NULL, NULL}, -1},
        {{"cucm2.example.com", "cucm3.example.com"}, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        for (int k = 0; k < 2; k++) {
            struct xd_flow *f = xd_jstage_flow(&s, s.c, s.c, NULL, XD_SERVICE_UDS, 8443);
            f->end[XD_SERVER].addr.bytes[3] = (uint8_t)(41 + k);
            f->tls->sni = rows[i].sni[k];
            xd_jstage_fail(&s, f, XD_FAILURE_CLOSED, XD_BY_SERVER, -1);
        }
        struct xd_log_event *e = xd_jstage_event(
            &s, s.c, XD_LOG_TRAFFIC_SERVER,
            "SSL connection failed for 'cucm1.example.com': tlsv1 alert unknown ca");
        e->name = "cucm1.example.com";
        e->alert = 48;
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
        assert_non_null(x);
        assert_int_equal(x->n_flows, rows[i].at >= 0);
        assert_true(rows[i].at < 0 || x->flows[0] == (unsigned)rows[i].at + 1);
        xd_jstage_close(&s);
    }
}

/* A UC server's certificate is refused; the log gives the server's name, or its address. */
static void a_uc_server_is_called_as_the_traffic_server_names_it(void **state)
{
    static const char *const names[] = {"cucm.example.com", "192.0.2.77"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_flow(&s, s.c, s.c, NULL, XD_SERVICE_UDS, 8443);
        xd_jstage_present(
            &s, f, XD_SERVER,
            xd_jstage_leaf(&s, "cucm.example.com", "serverAuth", &s.other_root), NULL);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, 48);
        struct xd_log_event *e = xd_jstage_event(
            &s, s.c, XD_LOG_TRAFFIC_SERVER,
            xd_arena_printf(s.cs->arena,
                            "Core server certificate verification failed for (%s). "
                            "Action=Terminate Error=unable to get local issuer certificate "
                            "server=%s(192.0.2.77) depth=0",
                            names[i], names[i]));
        e->role = XD_LOG_ROLE_CLIENT;
        e->name = names[i];
        e->remote.addr = f->end[XD_SERVER].addr;
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
        assert_non_null(x);
        assert_int_equal(strstr(x->title, "of cucm.example.com (") != NULL, i == 0);
        xd_jstage_close(&s);
    }
}

/* C's log alone: what is refused on 7002 may be either kind of zone, or has tunnels. */
static void what_a_zone_of_neither_kind_stops_is_left_open(void **state)
{
    (void)state;
    for (int tunnels = 0; tunnels < 2; tunnels++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c->xconf = s.c->xstat = NULL;
        s.c->n_zones = 0;
        s.c->server = s.c->client = s.c->ca = (struct xd_store){0};
        s.cs->n_nodes = 1; /* C, as the stage makes it first */
        struct xd_log_event *e = xd_jstage_event(&s, s.c, XD_LOG_TLS_ERROR,
                                                 "sslv3 alert unsupported certificate");
        e->role = XD_LOG_ROLE_CLIENT;
        e->alert = 43;
        e->name = "far.example.com";
        e->local = (struct xd_endpoint){s.c->addrs[0], 25001};
        e->remote = (struct xd_endpoint){s.e->addrs[0], 7002};
        if (tunnels) {
            xd_jstage_event(&s, s.c, XD_LOG_SSH,
                            "ssh: connect to host far.example.com port 2222: refused");
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(x->depends != NULL, !tunnels);
        xd_jstage_close(&s);
    }
}

/* Without MRA nothing is verified inside SIP SERVICE; an enforcing cluster breaks still. */
static void an_old_e_without_mra_needs_clientauth_in_an_enforcing_cluster(void **state)
{
    (void)state;
    static const struct {
        enum xd_tri mra, uc, enforcing;
        bool found;
    } rows[] = {
        {XD_TRI_OFF, XD_TRI_ON, XD_TRI_OFF, false},
        {XD_TRI_OFF, XD_TRI_ON, XD_TRI_ON, true},
        {XD_TRI_ON, XD_TRI_OFF, XD_TRI_OFF, true},
        {XD_TRI_UNKNOWN, XD_TRI_OFF, XD_TRI_OFF, false},
        {XD_TRI_UNKNOWN, XD_TRI_UNKNOWN, XD_TRI_OFF, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.e->version = (struct xd_version){"X15.3.2", 15, 3};
        s.e->eku_check = XD_EKU_CHECK_NOT_AVAILABLE;
        s.e->client = (struct xd_store){0};
        s.e->mra = rows[i].mra;
        s.e_zone->uc = rows[i].uc;
        s.e->cluster_enforcing = rows[i].enforcing;
        xd_jstage_store(&s, s.e, &s.e->server,
                        xd_jstage_leaf(&s, "e.example.com", "serverAuth", &s.root));
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SIP_SERVICE_EKU_MISSING);
        assert_int_equal(x != NULL, rows[i].found);
        assert_true(!x || (strstr(x->summary, "over MRA") == NULL) ==
                              (rows[i].mra == XD_TRI_OFF));
        xd_jstage_close(&s);
    }
}

static bool stops(const struct xd_finding *x, const char *effect)
{
    for (size_t i = 0; i < x->n_effects; i++) {
        if (strcmp(x->effects[i], effect) == 0) {
            return true;
        }
    }
    return false;
}

/* The zone that leads to it is down: one of Unified Communications, or one for calls. */
static void a_name_that_does_not_resolve_stops_what_leads_to_it(void **state)
{
    (void)state;
    for (int uc = 0; uc < 2; uc++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c_zone->uc = s.e_zone->uc = uc ? XD_TRI_ON : XD_TRI_OFF;
        s.c->xconf = NULL; /* whose settings would have to name it */
        s.c_zone->status = s.c_zone->peers[0].status = "Failed";
        xd_jstage_event(&s, s.c, XD_LOG_RESOLVE_FAILED, "Could not resolve hostname")
            ->name = s.c_zone->peers[0].address;
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_RESOLUTION_FAILED);
        assert_non_null(x);
        assert_int_equal(stops(x, "UC zone"), uc);
        assert_int_equal(stops(x, "MRA login and registration"), uc);
        assert_int_equal(stops(x, "B2B and Webex calls"), !uc);
        assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
        xd_jstage_close(&s);
    }
}

/* From an unlisted address: with the name that E's zone verifies, of a trusted CA, or not.
 */
static void who_shows_the_name_that_the_zone_verifies_is_its_c(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.e_zone->uc = i == 3 ? XD_TRI_OFF : XD_TRI_ON;
        s.c_zone->n_peers = s.e_zone->n_peers = 0; /* the stage's own C is no peer */
        s.e_zone->subject_name = "far.example.com";
        struct xd_flow *f = xd_jstage_flow(&s, s.e, NULL, s.e, XD_SERVICE_TRAVERSAL, 7001);
        f->related = true;
        xd_jstage_present(&s, f, XD_CLIENT,
                          xd_jstage_leaf(&s, i == 1 ? "b.example.com" : "far.example.com",
                                         "serverAuth", i == 2 ? &s.other_root : &s.root),
                          NULL);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, i == 2 ? 48 : 43);
        xd_jstage_judge(&s);
        const struct xd_finding *x =
            xd_jstage_finding(&s, i == 2 ? XD_F_UNKNOWN_CA : XD_F_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(strstr(x->title, " far.example.com (") != NULL, i == 0 || i == 3);
        assert_int_equal(strstr(x->title, "Expressway-C far.") != NULL, i == 0);
        xd_jstage_close(&s);
    }
}

/* Two bundles of C; E's tunnel row names the other one, or another C. */
static void a_tunnel_that_is_down_is_told_of_every_bundle_of_its_node(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_node *before = xd_jstage_node(&s, "c-before", XD_ROLE_C, "192.0.2.1");
        s.c->host = "c";
        before->host = other ? "lab" : "c";
        before->addrs = other ? before->addrs : s.c->addrs;
        before->n_addrs = other ? before->n_addrs : s.c->n_addrs;
        struct xd_tunnel *t = xd_jstage_tunnel(&s, s.e, "Failed", "Permission denied");
        t->node = before;
        xd_jstage_judge(&s);
        const char *told = strstr(s.cs->what_if[0].reason, "tunnels are down");
        assert_int_equal(told != NULL, !other);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outside_alert_48_over_a_public_chain_is_left_open),
        cmocka_unit_test(a_zone_that_calls_its_peer_by_address_misses_the_name),
        cmocka_unit_test(of_two_certificates_that_fail_both_are_named_in_order),
        cmocka_unit_test(a_zone_that_is_up_or_calls_its_peer_by_name_misses_none),
        cmocka_unit_test(a_certificate_seen_on_the_zone_explains_the_refused_login),
        cmocka_unit_test(a_certificate_with_the_purpose_or_none_seen_leaves_it_open),
        cmocka_unit_test(a_line_of_the_traffic_server_joins_by_the_host_that_it_names),
        cmocka_unit_test(a_uc_server_is_called_as_the_traffic_server_names_it),
        cmocka_unit_test(a_tunnel_that_is_down_is_told_of_every_bundle_of_its_node),
        cmocka_unit_test(what_a_zone_of_neither_kind_stops_is_left_open),
        cmocka_unit_test(a_name_that_does_not_resolve_stops_what_leads_to_it),
        cmocka_unit_test(an_old_e_without_mra_needs_clientauth_in_an_enforcing_cluster),
        cmocka_unit_test(who_shows_the_name_that_the_zone_verifies_is_its_c),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
