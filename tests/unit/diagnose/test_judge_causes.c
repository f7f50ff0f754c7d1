/*
 * test_judge_causes.c - refusals and their causes: each fires, each has a near miss.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static void says_nothing_above_info_about_a_healthy_pair(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
    xd_jstage_present(&s, f, XD_SERVER, s.e->server.certs[0], s.root.cert);
    xd_jstage_present(&s, f, XD_CLIENT, s.c->client.certs[0], s.root.cert);
    xd_jstage_judge(&s);
    assert_int_equal(xd_jstage_count(&s, XD_WARNING), 0);
    assert_int_equal(xd_jstage_check(&s, XD_F_UNKNOWN_CA), XD_CHECK_RULED_OUT);
    assert_string_equal(s.cs->scenario->condition, "3");
    assert_int_equal(s.cs->n_what_if, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(s.cs->what_if[i].zone, XD_PREDICT_ACTIVE);
        assert_int_equal(s.cs->what_if[i].ssh, XD_PREDICT_ACTIVE);
    }
    xd_jstage_close(&s);
}

static struct xd_flow *refuse_client(struct xd_jstage *s, struct xd_cert *leaf,
                                     struct xd_cert *above, int alert)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, s->e);
    xd_jstage_present(s, f, XD_SERVER, s->e->server.certs[0], s->root.cert);
    xd_jstage_present(s, f, XD_CLIENT, leaf, above);
    xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_SERVER, alert);
    s->c_zone->status = s->e_zone->status = "Failed";
    return f;
}

static void client_without_the_purpose_is_certain_by_alert_43_and_replay(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    refuse_client(&s, bad, s.root.cert, 43);
    refuse_client(&s, bad, s.root.cert, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *f = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(f);
    assert_int_equal(f->confidence, XD_CERTAIN);
    assert_ptr_equal(f->node, s.c);
    assert_ptr_equal(f->verifier.node, s.e);
    assert_int_equal(f->n_flows, 2);
    assert_ptr_equal(f->certs[0], bad);
    assert_int_equal(f->n_masked, 0);
    assert_true(f->n_evidence >= 4);
    assert_true(f->n_remedies >= 3);
    assert_null(f->remedies[0].command);
    assert_int_equal(s.c_zone->n_findings, 1);
    assert_int_equal(s.e_zone->n_findings, 1);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    assert_string_equal(s.cs->scenario->condition, "2");
    assert_int_equal(s.cs->what_if[0].zone, XD_PREDICT_FAILED);
    assert_int_equal(s.cs->what_if[1].zone, XD_PREDICT_FAILED);
    assert_int_equal(s.cs->what_if[2].zone, XD_PREDICT_ACTIVE);
    assert_int_equal(s.cs->what_if[2].ssh, XD_PREDICT_FAILED);
    assert_int_equal(s.cs->what_if[3].zone, XD_PREDICT_ACTIVE);
    assert_int_equal(s.cs->what_if[3].ssh, XD_PREDICT_ACTIVE);
    xd_jstage_close(&s);
}

static void client_without_the_purpose_is_probable_by_a_reset(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = refuse_client(&s, bad, s.root.cert, 43);
    xd_jstage_fail(&s, f, XD_FAILURE_RESET, XD_BY_SERVER, -1);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    xd_jstage_close(&s);
}

static void client_without_the_purpose_is_possible_by_stores_and_status_alone(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    s.c_zone->status = "Failed";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_POSSIBLE);
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void the_check_off_leaves_the_purpose_unasked(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    s.e->eku_check = XD_EKU_CHECK_OFF;
    struct xd_flow *f = refuse_client(&s, bad, s.root.cert, 43);
    xd_jstage_fail(&s, f, XD_FAILURE_RESET, XD_BY_SERVER, -1);
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_RESET));
    assert_non_null(xd_jstage_finding(&s, XD_F_EKU_CHECK_OFF));
    assert_non_null(xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY));
    xd_jstage_close(&s);
}

static void the_check_in_force_at_the_handshake_counts(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    s.e->eku_check = XD_EKU_CHECK_OFF;
    struct xd_setting_change *change = XD_PUSH(s.cs->arena, s.e, changes);
    /* as it was typed */
    change->setting = "sip tls certificate extendedkeyusage checking mode";
    change->from = "Off";
    change->to = "On";
    change->time = s.now;
    change->place = (struct xd_place){.entry = s.e->log, .line = 9, .time = s.now};
    refuse_client(&s, bad, s.root.cert, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_null(xd_jstage_finding(&s, XD_F_EKU_CHECK_OFF));
    xd_jstage_close(&s);
}

static void an_absent_extension_passes(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *plain = xd_jstage_leaf(&s, "c.example.com", NULL, &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, plain);
    refuse_client(&s, plain, s.root.cert, 43);
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY));
    assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
    xd_jstage_close(&s);
}

static void a_root_that_the_verifier_lacks_is_unknown_ca(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad =
        xd_jstage_leaf(&s, "c.example.com", "serverAuth,clientAuth", &s.other_root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    xd_jstage_trust(&s, s.c, s.other_root.cert);
    refuse_client(&s, bad, s.other_root.cert, 48);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.e);
    assert_null(xd_jstage_finding(&s, XD_F_INCOMPLETE_CHAIN));
    xd_jstage_close(&s);
}

static void a_purpose_hidden_behind_an_untrusted_ca_is_masked(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.other_root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    refuse_client(&s, bad, s.other_root.cert, 48);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_int_equal(x->n_masked, 1);
    assert_int_equal(x->masked[0], XD_F_CLIENT_EKU_MISSING);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

static void an_intermediate_found_elsewhere_is_incomplete_chain(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.made[s.n_made] = xd_mint_ca(s.cs, "Issuing CA", &s.root);
    const struct xd_minted *ca = &s.made[s.n_made++];
    struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "clientAuth", ca);
    xd_jstage_store(&s, s.c, &s.c->client, leaf);
    refuse_client(&s, leaf, NULL, 48);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_INCOMPLETE_CHAIN);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.c);
    assert_null(xd_jstage_finding(&s, XD_F_UNKNOWN_CA));
    xd_jstage_close(&s);
}

static void an_expired_certificate_is_certain_by_alert_45(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .eku = "clientAuth",
                                .san = "DNS:c.example.com",
                                .to = s.now - 5 * XD_DAY};
    struct xd_cert *old = xd_jstage_mint(&s, &spec, &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, old);
    refuse_client(&s, old, s.root.cert, 45);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.c);
    xd_jstage_close(&s);
}

static void an_outside_alert_43_with_that_defect_seen_is_certain(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "e.example.com", "serverAuth", &s.public_root);
    xd_jstage_trust(&s, s.e, s.public_root.cert);
    xd_jstage_store(&s, s.e, &s.e->client, bad);
    struct xd_flow *f = xd_jstage_flow(&s, s.e, s.e, NULL, XD_SERVICE_SIP_TLS, 5061);
    xd_jstage_present(&s, f, XD_CLIENT, bad, s.public_root.cert);
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.e);
    assert_null(x->verifier.node);
    assert_true(x->verifier.set);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY));
    xd_jstage_close(&s);
}

static void a_log_without_captures_is_one_voice_and_probable(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    s.c_zone->status = "Failed";
    struct xd_log_event *e =
        xd_jstage_event(&s, s.e, XD_LOG_TLS_ERROR, "unsuitable certificate purpose");
    e->role = XD_LOG_ROLE_SERVER;
    e->local = (struct xd_endpoint){s.e->addrs[0], 7001};
    e->remote = (struct xd_endpoint){s.c->addrs[0], 25077};
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_int_equal(x->n_flows, 0);
    assert_int_equal(s.c_zone->n_findings, 1);
    xd_jstage_close(&s);
}

static void strangers_become_one_row_of_information(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    for (int i = 0; i < 40; i++) {
        struct xd_flow *f = xd_jstage_flow(&s, s.e, NULL, s.e, XD_SERVICE_SIP_TLS, 5061);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, i % 2 ? 70 : 40);
        f->anothers = i < 3;
    }
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNSOLICITED_FAILURES);
    assert_non_null(x);
    assert_int_equal(x->n_flows, 40);
    assert_non_null(strstr(x->summary, " 3 of them came from an address that a NAT"));
    assert_int_equal(xd_jstage_count(&s, XD_WARNING), 0);
    xd_jstage_close(&s);
}

/* The test shows the server store's certificate; the zone may do so as well. */
static void a_test_with_another_certificate_is_not_the_zone(void **state)
{
    (void)state;
    for (int zone = 0; zone < 2; zone++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *other = xd_jstage_leaf(&s, "cs.example.com", "serverAuth", &s.root);
        xd_jstage_store(&s, s.c, &s.c->server, other);
        struct xd_flow *f =
            xd_jstage_flow(&s, s.c, s.c, s.e, XD_SERVICE_TRAVERSAL_TEST, 7001);
        xd_jstage_present(&s, f, XD_CLIENT, other, s.root.cert)->store = XD_STORE_SERVER;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
        if (zone) {
            f = xd_jstage_zone_flow(&s, s.c);
            xd_jstage_present(&s, f, XD_CLIENT, other, s.root.cert)->store =
                XD_STORE_SERVER;
            xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(zone, strstr(x->title, "secure traversal test") == NULL);
        assert_int_equal(zone, strstr(x->remedies[0].text, "leave it") == NULL);
        assert_null(zone ? NULL : strstr(x->summary, "refused alike"));
        assert_true(zone || x->n_remedies == 1);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_with_another_certificate_is_not_the_zone),
        cmocka_unit_test(says_nothing_above_info_about_a_healthy_pair),
        cmocka_unit_test(client_without_the_purpose_is_certain_by_alert_43_and_replay),
        cmocka_unit_test(client_without_the_purpose_is_probable_by_a_reset),
        cmocka_unit_test(client_without_the_purpose_is_possible_by_stores_and_status_alone),
        cmocka_unit_test(the_check_off_leaves_the_purpose_unasked),
        cmocka_unit_test(the_check_in_force_at_the_handshake_counts),
        cmocka_unit_test(an_absent_extension_passes),
        cmocka_unit_test(a_root_that_the_verifier_lacks_is_unknown_ca),
        cmocka_unit_test(a_purpose_hidden_behind_an_untrusted_ca_is_masked),
        cmocka_unit_test(an_intermediate_found_elsewhere_is_incomplete_chain),
        cmocka_unit_test(an_expired_certificate_is_certain_by_alert_45),
        cmocka_unit_test(an_outside_alert_43_with_that_defect_seen_is_certain),
        cmocka_unit_test(a_log_without_captures_is_one_voice_and_probable),
        cmocka_unit_test(strangers_become_one_row_of_information),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
