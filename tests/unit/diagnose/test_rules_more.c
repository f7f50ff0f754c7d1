/*
 * test_rules_more.c - connections, names, clocks, peers, crowds and inference: each
 * rule fires once and has a near miss that stays silent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static void a_server_without_serverauth_is_refused_by_the_client(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "e.example.com", "clientAuth", &s.root);
    xd_jstage_store(&s, s.e, &s.e->server, bad);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
    xd_jstage_present(&s, f, XD_SERVER, bad, s.root.cert);
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SERVER_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.e);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

static void key_usage_is_told_from_a_missing_purpose(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .eku = "clientAuth",
                                .ku = "keyEncipherment",
                                .san = "DNS:c.example.com"};
    struct xd_cert *bad = xd_jstage_mint(&s, &spec, &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    xd_jstage_present(&s, f, XD_CLIENT, bad, s.root.cert);
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
    xd_jstage_judge(&s);
    assert_non_null(xd_jstage_finding(&s, XD_F_KEY_USAGE_UNSUITABLE));
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

static void the_purpose_of_an_issuing_ca_limits_the_leaf(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_mint_spec spec = {.cn = "TLS CA",
                                .basic = "critical,CA:TRUE",
                                .ku = "keyCertSign",
                                .eku = "serverAuth"};
    struct xd_cert *ca = xd_jstage_mint(&s, &spec, &s.root);
    struct xd_minted issuer = s.made[s.n_made - 1];
    struct xd_cert *leaf =
        xd_jstage_leaf(&s, "c.example.com", "serverAuth,clientAuth", &issuer);
    xd_jstage_store(&s, s.c, &s.c->client, leaf);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    xd_jstage_present(&s, f, XD_CLIENT, leaf, ca);
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(x->n_certs, 2);
    assert_ptr_equal(x->certs[1], ca);
    xd_jstage_close(&s);
}

static void an_empty_certificate_message_is_a_fault_only_where_refused(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        xd_jstage_present(&s, f, XD_CLIENT, NULL, NULL);
        if (refused) {
            xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 40);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NO_CLIENT_CERTIFICATE);
        assert_int_equal(x != NULL, refused);
        if (x) {
            assert_int_equal(x->confidence, XD_PROBABLE);
        }
        xd_jstage_close(&s);
    }
}

static void alert_70_after_the_hello_is_a_version_mismatch(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    f->tls->server_hello = false;
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 70);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_PROTOCOL_VERSION_MISMATCH);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
    assert_null(xd_jstage_finding(&s, XD_F_NO_SHARED_CIPHER));
    xd_jstage_close(&s);
}

static void alert_40_after_the_hello_is_probably_the_ciphers(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    f->tls->server_hello = false;
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 40);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NO_SHARED_CIPHER);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    xd_jstage_close(&s);
}

static struct xd_flow *close_late(struct xd_jstage *s, struct xd_cert *leaf)
{
    xd_jstage_store(s, s->e, &s->e->server, leaf);
    struct xd_flow *f = xd_jstage_zone_flow(s, s->c);
    xd_jstage_present(s, f, XD_SERVER, leaf, s->root.cert);
    xd_jstage_fail(s, f, XD_FAILURE_CLOSED, XD_BY_CLIENT, -1);
    f->failure.phase = XD_PHASE_AFTER_HANDSHAKE;
    return f;
}

static void a_close_after_the_handshake_with_another_name_is_a_name_mismatch(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f =
        close_late(&s, xd_jstage_leaf(&s, "x.example.com", "serverAuth", &s.root));
    struct xd_log_event *e = xd_jstage_event(
        &s, s.c, XD_LOG_TLS_ERROR, "Peer's TLS certificate identity was unacceptable");
    e->role = XD_LOG_ROLE_CLIENT;
    e->local = f->end[XD_CLIENT];
    e->remote = f->end[XD_SERVER];
    e->name = "e.example.com";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_MISMATCH);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(s.cs->what_if[0].zone, XD_PREDICT_FAILED);
    xd_jstage_close(&s);
}

static void a_late_close_with_the_right_name_is_only_closed(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    close_late(&s, xd_jstage_leaf(&s, "e.example.com", "serverAuth", &s.root));
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_NAME_MISMATCH));
    assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
    xd_jstage_close(&s);
}

static void a_name_in_the_cn_alone_is_a_warning(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_mint_spec spec = {
        .cn = "e.example.com", .eku = "serverAuth", .san = "DNS:other.example.com"};
    xd_jstage_store(&s, s.e, &s.e->server, xd_jstage_mint(&s, &spec, &s.root));
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_ONLY_IN_CN);
    assert_non_null(x);
    assert_int_equal(x->severity, XD_WARNING);
    assert_null(xd_jstage_finding(&s, XD_F_NAME_MISMATCH));
    xd_jstage_close(&s);
}

static void a_reset_that_its_sender_never_sent_comes_from_the_path(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *at_c = xd_jstage_zone_flow(&s, s.c);
    struct xd_flow *at_e = xd_jstage_zone_flow(&s, s.e);
    xd_jstage_present(&s, at_c, XD_CLIENT, bad, s.root.cert);
    at_e->end[XD_CLIENT].port = at_c->end[XD_CLIENT].port;
    xd_jstage_fail(&s, at_c, XD_FAILURE_RESET, XD_BY_SERVER, -1);
    at_e->outcome = XD_OUTCOME_INCOMPLETE;
    *XD_PUSH(s.cs->arena, at_c, same_as) = at_e->id;
    *XD_PUSH(s.cs->arena, at_e, same_as) = at_c->id;
    xd_jstage_judge(&s);
    assert_int_equal(at_c->failure.by, XD_BY_PATH);
    assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_RESET));
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

/* Two connections, each captured at both nodes with one hello, from the same port. */
static void a_port_used_again_at_once_is_no_interception(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    for (uint8_t i = 0; i < 2; i++) {
        struct xd_flow *views[2] = {xd_jstage_zone_flow(&s, s.c),
                                    xd_jstage_zone_flow(&s, s.e)};
        for (int k = 0; k < 2; k++) {
            views[k]->end[XD_CLIENT].port = 25099;
            views[k]->tls->has_random[0] = true;
            views[k]->tls->random[0][3] = i;
            *XD_PUSH(s.cs->arena, views[k], same_as) = views[1 - k]->id;
        }
    }
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED));
    xd_jstage_close(&s);
}

static void an_expiry_by_a_wrong_clock_alone_is_clock_skew(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .eku = "clientAuth",
                                .san = "DNS:c.example.com",
                                .to = s.now + 2 * XD_DAY};
    struct xd_cert *leaf = xd_jstage_mint(&s, &spec, &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, leaf);
    struct xd_flow *at_c = xd_jstage_zone_flow(&s, s.c);
    struct xd_flow *at_e = xd_jstage_zone_flow(&s, s.e);
    at_e->first.time = at_c->first.time + 5 * XD_DAY;
    xd_jstage_present(&s, at_c, XD_CLIENT, leaf, s.root.cert);
    xd_jstage_present(&s, at_e, XD_CLIENT, leaf, s.root.cert);
    xd_jstage_fail(&s, at_c, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
    xd_jstage_fail(&s, at_e, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
    *XD_PUSH(s.cs->arena, at_c, same_as) = at_e->id;
    *XD_PUSH(s.cs->arena, at_e, same_as) = at_c->id;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLOCK_SKEW);
    assert_non_null(x);
    assert_ptr_equal(x->node, s.e);
    assert_null(xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED));
    assert_non_null(xd_jstage_finding(&s, XD_F_CLOCK_OFFSET));
    xd_jstage_close(&s);
}

/* One four-tuple on two days; whether it is one connection is for its packets to say. */
static void a_port_used_again_on_another_day_measures_no_clock(void **state)
{
    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "c.example.com",
                                    .eku = "clientAuth",
                                    .san = "DNS:c.example.com",
                                    .to = s.now + 2 * XD_DAY};
        struct xd_cert *leaf = xd_jstage_mint(&s, &spec, &s.root);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        struct xd_flow *at_c = xd_jstage_zone_flow(&s, s.c);
        struct xd_flow *at_e = xd_jstage_zone_flow(&s, s.e);
        at_e->end[XD_CLIENT].port = at_c->end[XD_CLIENT].port;
        at_e->first.time = at_c->first.time + 5 * XD_DAY;
        at_c->tcp.has_isn[XD_CLIENT] = at_e->tcp.has_isn[XD_CLIENT] = true;
        at_e->tcp.isn[XD_CLIENT] = again;
        xd_jstage_present(&s, at_e, XD_CLIENT, leaf, s.root.cert);
        xd_jstage_fail(&s, at_e, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
        xd_jstage_judge(&s);
        bool skewed = xd_jstage_finding(&s, XD_F_CLOCK_SKEW) != NULL;
        bool expired = xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED) != NULL;
        assert_int_equal(skewed, again == 0);
        assert_int_equal(expired, again == 1);
        assert_int_equal(xd_jstage_finding(&s, XD_F_CLOCK_OFFSET) != NULL, again == 0);
        xd_jstage_close(&s);
    }
}

/* Two bundles of the far end's machine: the nearer one shows the connection. */
static void a_port_that_two_bundles_of_a_node_show_is_joined_to_the_nearer(void **state)
{
    (void)state;
    for (unsigned second = 0; second < 2; second++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *at_c = xd_jstage_zone_flow(&s, s.c);
        struct xd_flow *before = xd_jstage_zone_flow(&s, s.e);
        before->end[XD_CLIENT].port = at_c->end[XD_CLIENT].port;
        before->first.time = at_c->first.time - 2 * 3600 * XD_SECOND;
        if (second) {
            struct xd_node *later = xd_jstage_node(&s, "e-later", XD_ROLE_E, "192.0.2.10");
            later->host = s.e->host = "e";
            struct xd_flow *same = xd_jstage_zone_flow(&s, later);
            same->end[XD_CLIENT].port = at_c->end[XD_CLIENT].port;
            same->first.time = at_c->first.time;
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_CLOCK_OFFSET) != NULL, !second);
        xd_jstage_close(&s);
    }
}

static void strangers_who_all_refuse_the_service_point_at_its_certificate(void **state)
{
    (void)state;
    for (int alike = 0; alike < 2; alike++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "e.example.com",
                                    .eku = "serverAuth",
                                    .san = "DNS:e.example.com",
                                    .to = s.now - XD_DAY};
        struct xd_cert *old = xd_jstage_mint(&s, &spec, &s.root);
        xd_jstage_store(&s, s.e, &s.e->server, old);
        for (unsigned i = 0; i < 3; i++) {
            struct xd_flow *f =
                xd_jstage_flow(&s, s.e, NULL, s.e, XD_SERVICE_XMPP_CLIENT, 5222);
            f->end[XD_CLIENT].addr.bytes[3] = (uint8_t)(10 + i);
            xd_jstage_present(&s, f, XD_SERVER, old, s.root.cert);
            xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, alike || i > 0 ? 45 : 48);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED);
        assert_non_null(x);
        assert_int_equal(x->confidence, alike ? XD_PROBABLE : XD_POSSIBLE);
        assert_int_equal(xd_jstage_number(&s, XD_F_UNSOLICITED_FAILURES), !alike);
        xd_jstage_close(&s);
    }
}

static void a_record_of_the_right_length_tells_the_store(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad =
        xd_jstage_leaf(&s, "client-of-c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    f->tls->version = 0x0304;
    f->tls->certificates_visible = false;
    struct xd_ledger_row row = {
        .by = XD_CLIENT,
        .type = 23,
        .length = (uint32_t)(25 + 5 + bad->der.len + 5 + s.root.cert->der.len),
        .place = f->first};
    xd_flow_add_ledger(s.cs->arena, f, &row);
    xd_jstage_fail(&s, f, XD_FAILURE_ENCRYPTED_ALERT, XD_BY_SERVER, -1);
    xd_jstage_judge(&s);
    assert_int_equal(f->n_inferred, 1);
    assert_int_equal(f->inferred[0].store, XD_STORE_CLIENT);
    assert_int_equal(f->inferred[0].n_chain, 2);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_non_null(xd_jstage_finding(&s, XD_F_CERTIFICATES_ENCRYPTED));
    xd_jstage_close(&s);
}

static void a_record_that_fits_nothing_is_said_to_fit_nothing(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    f->tls->version = 0x0304;
    f->tls->certificates_visible = false;
    struct xd_ledger_row row = {
        .by = XD_CLIENT, .type = 23, .length = 4321, .place = f->first};
    xd_flow_add_ledger(s.cs->arena, f, &row);
    xd_jstage_judge(&s);
    assert_int_equal(f->n_inferred, 1);
    assert_int_equal(f->inferred[0].store, XD_STORE_NONE);
    assert_null(xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED));
    assert_null(xd_jstage_finding(&s, XD_F_WRONG_STORE_PRESENTED));
    xd_jstage_close(&s);
}

static void refused_credentials_are_no_matter_of_tls(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    struct xd_log_event *e = xd_jstage_event(
        &s, s.e, XD_LOG_AUTH_FAILED, "Incorrect authentication credential for user");
    e->remote = f->end[XD_CLIENT];
    s.c_zone->status = "Failed";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_TRAVERSAL_AUTH_FAILED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.c);
    xd_jstage_close(&s);
}

static void an_old_e_without_clientauth_breaks_registrations(void **state)
{
    (void)state;
    static const unsigned minors[] = {3, 4};
    for (int i = 0; i < 2; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.e->version = (struct xd_version){i ? "X15.4" : "X15.3.2", 15, minors[i]};
        s.e->eku_check = XD_EKU_CHECK_NOT_AVAILABLE;
        s.e->client = (struct xd_store){0};
        xd_jstage_store(&s, s.e, &s.e->server,
                        xd_jstage_leaf(&s, "e.example.com", "serverAuth", &s.root));
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_SIP_SERVICE_EKU_MISSING), !i);
        xd_jstage_close(&s);
    }
}

static void a_silent_port_is_connection_unanswered(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
    f->protocol = XD_PROTOCOL_TCP;
    f->tls = NULL;
    xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
    s.c_zone->status = "Failed";
    xd_jstage_judge(&s);
    assert_non_null(xd_jstage_finding(&s, XD_F_CONNECTION_UNANSWERED));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void the_first_of_two_cas_of_one_name_hides_the_second(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_minted twin = xd_mint_root(s.cs, "Private Root");
        s.made[s.n_made++] = twin;
        s.e->ca.n_certs = s.e->ca.n_lines = 0;
        xd_jstage_trust(&s, s.e, twin.cert);
        xd_jstage_trust(&s, s.e, s.root.cert);
        if (refused) {
            struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
            xd_jstage_present(&s, f, XD_CLIENT, s.c->client.certs[0], NULL);
            xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 51);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CA_NAME_DUPLICATE);
        assert_non_null(x);
        assert_int_equal(x->severity, refused ? XD_CRITICAL : XD_WARNING);
        assert_ptr_equal(x->node, s.e);
        xd_jstage_close(&s);
    }
}

static void an_issuer_that_is_missing_from_the_own_cas_is_a_warning(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_chain *c = XD_PUSH(s.cs->arena, s.c, chains);
    c->cert = s.c->client.certs[0];
    c->status = XD_CHAIN_INCOMPLETE;
    c->missing = "Issuing CA";
    c = XD_PUSH(s.cs->arena, s.c, chains);
    c->cert = s.c->server.certs[0];
    c->status = XD_CHAIN_COMPLETE;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CA_MISSING_FOR_STORE);
    assert_non_null(x);
    assert_ptr_equal(x->certs[0], s.c->client.certs[0]);
    xd_jstage_close(&s);
}

static void a_public_clientauth_is_a_risk_only_past_the_policy_date(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_civil end = {.year = late ? 2027 : 2026, .month = 10, .day = 1};
        struct xd_mint_spec spec = {.cn = "c.example.com",
                                    .eku = "serverAuth,clientAuth",
                                    .san = "DNS:c.example.com"};
        assert_true(xd_time_from_civil(&end, &spec.to));
        struct xd_cert *leaf = xd_jstage_mint(&s, &spec, &s.public_root);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_trust(&s, s.c, s.public_root.cert);
        xd_jstage_trust(&s, s.e, s.public_root.cert);
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_PUBLIC_CA_RENEWAL_RISK), late);
        xd_jstage_close(&s);
    }
}

static void thirty_days_before_its_end_a_certificate_expires_soon(void **state)
{
    (void)state;
    for (int soon = 0; soon < 2; soon++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "cs.example.com",
                                    .eku = "serverAuth",
                                    .san = "DNS:cs.example.com",
                                    .to = s.now + (soon ? 29 : 31) * XD_DAY};
        xd_jstage_store(&s, s.c, &s.c->server, xd_jstage_mint(&s, &spec, &s.root));
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_CERTIFICATE_EXPIRES_SOON), soon);
        xd_jstage_close(&s);
    }
}

static void peers_of_one_cluster_are_compared(void **state)
{
    (void)state;
    for (int peers = 0; peers < 2; peers++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        if (peers) {
            *XD_PUSH(s.cs->arena, s.c, cluster_peers) = "192.0.2.10";
        }
        s.e->version.text = "X15.5.1";
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_CLUSTER_PEERS_DIFFER), peers);
        xd_jstage_close(&s);
    }
}

static void names_that_do_not_resolve_are_told_per_node(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    xd_jstage_event(&s, s.c, XD_LOG_RESOLVE_FAILED, "Could not resolve hostname");
    xd_jstage_event(&s, s.c, XD_LOG_RESOLVE_FAILED, "Could not resolve hostname again");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_RESOLUTION_FAILED);
    assert_non_null(x);
    assert_int_equal(x->n_evidence, 2);
    xd_jstage_close(&s);
}

static void lost_bytes_inside_a_related_handshake_are_a_gap(void **state)
{
    (void)state;
    for (int related = 0; related < 2; related++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        f->related = related != 0;
        f->tcp.gap[XD_CLIENT] = true;
        f->tcp.gap_place[XD_CLIENT] = &f->first;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_CAPTURE_GAP), related);
        xd_jstage_close(&s);
    }
}

/* C asks two UC servers for the same; it does not trust the first one's issuer. */
static void ask_two_servers(struct xd_jstage *s, bool other_answers)
{
    struct xd_cert *bad =
        xd_jstage_leaf(s, "cucm1.example.com", "serverAuth", &s->other_root);
    for (int i = 0; i < 2; i++) {
        struct xd_flow *f = xd_jstage_flow(s, s->c, s->c, NULL, XD_SERVICE_UDS, 8443);
        f->end[XD_SERVER].addr.bytes[3] = (uint8_t)(41 + i);
        if (i == 0 || !other_answers) {
            xd_jstage_present(s, f, XD_SERVER, bad, NULL);
            xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, 48);
        }
    }
}

static void one_refused_uc_server_of_two_stops_what_goes_through_it(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    ask_two_servers(&s, true);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
    assert_non_null(x);
    assert_int_equal(1, x->n_effects);
    assert_string_equal("MRA login and registration", x->effects[0]);
    assert_non_null(strstr(x->summary, "what goes through 203.0.113.41 alone"));
    assert_non_null(strstr(x->summary, "203.0.113.42 of the same service answered"));
    xd_jstage_close(&s);
}

static void two_refused_uc_servers_of_two_stop_all(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    ask_two_servers(&s, false);
    xd_jstage_judge(&s);
    assert_int_equal(2, xd_jstage_number(&s, XD_F_UNKNOWN_CA));
    assert_int_equal(1, s.cs->findings[0]->n_effects);
    assert_null(strstr(s.cs->findings[0]->summary, "alone: as far as"));
    xd_jstage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_without_serverauth_is_refused_by_the_client),
        cmocka_unit_test(key_usage_is_told_from_a_missing_purpose),
        cmocka_unit_test(the_purpose_of_an_issuing_ca_limits_the_leaf),
        cmocka_unit_test(an_empty_certificate_message_is_a_fault_only_where_refused),
        cmocka_unit_test(alert_70_after_the_hello_is_a_version_mismatch),
        cmocka_unit_test(alert_40_after_the_hello_is_probably_the_ciphers),
        cmocka_unit_test(a_close_after_the_handshake_with_another_name_is_a_name_mismatch),
        cmocka_unit_test(a_late_close_with_the_right_name_is_only_closed),
        cmocka_unit_test(a_name_in_the_cn_alone_is_a_warning),
        cmocka_unit_test(a_reset_that_its_sender_never_sent_comes_from_the_path),
        cmocka_unit_test(a_port_used_again_at_once_is_no_interception),
        cmocka_unit_test(an_expiry_by_a_wrong_clock_alone_is_clock_skew),
        cmocka_unit_test(a_port_used_again_on_another_day_measures_no_clock),
        cmocka_unit_test(a_port_that_two_bundles_of_a_node_show_is_joined_to_the_nearer),
        cmocka_unit_test(strangers_who_all_refuse_the_service_point_at_its_certificate),
        cmocka_unit_test(a_record_of_the_right_length_tells_the_store),
        cmocka_unit_test(a_record_that_fits_nothing_is_said_to_fit_nothing),
        cmocka_unit_test(refused_credentials_are_no_matter_of_tls),
        cmocka_unit_test(an_old_e_without_clientauth_breaks_registrations),
        cmocka_unit_test(a_silent_port_is_connection_unanswered),
        cmocka_unit_test(the_first_of_two_cas_of_one_name_hides_the_second),
        cmocka_unit_test(an_issuer_that_is_missing_from_the_own_cas_is_a_warning),
        cmocka_unit_test(a_public_clientauth_is_a_risk_only_past_the_policy_date),
        cmocka_unit_test(thirty_days_before_its_end_a_certificate_expires_soon),
        cmocka_unit_test(peers_of_one_cluster_are_compared),
        cmocka_unit_test(names_that_do_not_resolve_are_told_per_node),
        cmocka_unit_test(lost_bytes_inside_a_related_handshake_are_a_gap),
        cmocka_unit_test(one_refused_uc_server_of_two_stops_what_goes_through_it),
        cmocka_unit_test(two_refused_uc_servers_of_two_stop_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
