/*
 * test_rules_store.c - what stores, settings and inputs show by themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static void one_certificate_in_both_stores_is_information(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    xd_jstage_store(&s, s.c, &s.c->server, s.c->client.certs[0]);
    xd_jstage_store(&s, s.e, &s.e->client, s.e->server.certs[0]);
    xd_jstage_judge(&s);
    size_t n = 0;
    for (size_t i = 0; i < s.cs->n_findings; i++) {
        n += s.cs->findings[i]->id == XD_F_STORES_IDENTICAL;
    }
    assert_int_equal(n, 2);
    assert_int_equal(xd_jstage_count(&s, XD_WARNING), 0);
    assert_string_equal(s.cs->scenario->condition, "1");
    assert_int_equal(s.cs->scenario->n_also, 1);
    assert_string_equal(s.cs->scenario->also[0], "3");
    xd_jstage_close(&s);
}

static void a_server_only_client_store_weighs_more_on_c(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    xd_jstage_store(&s, s.e, &s.e->client,
                    xd_jstage_leaf(&s, "ec.example.com", "serverAuth", &s.root));
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY);
    assert_non_null(x);
    assert_int_equal(x->severity, XD_WARNING);
    assert_int_equal(x->confidence, XD_CERTAIN);
    xd_jstage_close(&s);
    xd_jstage_open(&s);
    xd_jstage_store(&s, s.c, &s.c->client,
                    xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
    xd_jstage_judge(&s);
    x = xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY);
    assert_non_null(x);
    assert_int_equal(x->severity, XD_ERROR);
    xd_jstage_close(&s);
}

static void the_other_stores_certificate_on_the_wire_is_reported(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
    struct xd_presented *p =
        xd_jstage_present(&s, f, XD_CLIENT, s.c->server.certs[0], s.root.cert);
    p->store = XD_STORE_SERVER;
    p->conclusion = XD_CONCLUSION_OTHER_STORE;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_WRONG_STORE_PRESENTED);
    assert_non_null(x);
    assert_ptr_equal(x->node, s.c);
    assert_int_equal(x->n_flows, 1);
    xd_jstage_close(&s);
}

static struct xd_presented *strange_leaf(struct xd_jstage *s, struct xd_node *at,
                                         const struct xd_minted *issuer)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, at);
    struct xd_presented *p = xd_jstage_present(
        s, f, XD_SERVER, xd_jstage_leaf(s, "e.example.com", "serverAuth", issuer), NULL);
    p->store = XD_STORE_NONE;
    p->conclusion = XD_CONCLUSION_NOT_IN_BUNDLE;
    return p;
}

static void an_old_certificate_of_the_nodes_ca_is_stale(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    strange_leaf(&s, s.c, &s.root);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED);
    assert_non_null(x);
    assert_ptr_equal(x->node, s.e);
    assert_null(xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED));
    xd_jstage_close(&s);
}

/* E's own capture: a leaf that is in no store, or the other store's, and a second flow. */
static struct xd_flow *show_other(struct xd_jstage *s, bool own, xd_time at)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, s->e);
    struct xd_cert *leaf = own ? s->e->client.certs[0]
                               : xd_jstage_leaf(s, "e.example.com", "serverAuth", &s->root);
    struct xd_presented *p = xd_jstage_present(s, f, XD_SERVER, leaf, NULL);
    f->first.time = at;
    p->store = own ? XD_STORE_CLIENT : XD_STORE_NONE;
    p->conclusion = own ? XD_CONCLUSION_OTHER_STORE : XD_CONCLUSION_NOT_IN_BUNDLE;
    return f;
}

static void what_a_later_handshake_shows_replaced_is_not_stale(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        for (int later = -1; later < 2; later += 2) {
            struct xd_jstage s;
            xd_jstage_open(&s);
            show_other(&s, own, s.now);
            struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
            xd_jstage_present(&s, f, XD_SERVER, s.e->server.certs[0], NULL);
            f->first.time = s.now + later * 60 * XD_SECOND;
            xd_jstage_judge(&s);
            const struct xd_finding *x = xd_jstage_finding(
                &s, own ? XD_F_WRONG_STORE_PRESENTED : XD_F_STALE_CERTIFICATE_PRESENTED);
            assert_int_equal(x == NULL, later > 0);
            /* Of a node that had shown the one of its store no restart is due. */
            assert_true(!x || x->confidence == (own ? XD_CERTAIN : XD_PROBABLE));
            xd_jstage_close(&s);
        }
    }
}

/*
 * E trusts the CA of the leaf, which none of its certificates is of: it may be an older one
 * of its own, or of a firewall that inspects TLS.
 */
static void trust_alone_does_not_make_a_strange_leaf_the_nodes_own(void **state)
{
    enum { IN_C, AFTER_ANOTHER, BEFORE_RESTART, IN_E, N_WAYS };
    (void)state;
    for (int way = 0; way < N_WAYS; way++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_trust(&s, s.e, s.other_root.cert);
        strange_leaf(&s, way == IN_E ? s.e : s.c, &s.other_root);
        if (way == AFTER_ANOTHER) {
            struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
            f->first.time -= 60 * XD_SECOND;
            xd_jstage_present(&s, f, XD_SERVER, s.e->server.certs[0], NULL);
        }
        if (way == BEFORE_RESTART) {
            struct xd_alarm *a = XD_PUSH(s.cs->arena, s.e, alarms);
            a->id = "15028";
        }
        xd_jstage_judge(&s);
        const struct xd_finding *stale =
            xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED);
        const struct xd_finding *between = xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED);
        assert_int_equal(between != NULL, way == AFTER_ANOTHER);
        assert_int_equal(stale != NULL, way != AFTER_ANOTHER);
        assert_true(!between || between->confidence == XD_PROBABLE);
        assert_true(!stale ||
                    stale->confidence == (way == IN_C ? XD_PROBABLE : XD_CERTAIN));
        xd_jstage_close(&s);
    }
}

static void a_restart_that_is_due_explains_the_other_stores_certificate(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    show_other(&s, true, s.now);
    struct xd_alarm *a = XD_PUSH(s.cs->arena, s.e, alarms);
    a->id = "15028";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_WRONG_STORE_PRESENTED);
    assert_non_null(x);
    assert_non_null(strstr(x->summary, "restart is due"));
    assert_int_equal(s.e->alarms[0].n_findings, 1);
    xd_jstage_close(&s);
}

/* C's leaf comes from an address that is not its own, and is not in its own capture. */
static void a_leaf_from_behind_a_nat_may_be_anothers(void **state)
{
    static const char *const names[] = {"c.example.com", "c2.example.com"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        struct xd_cert *leaf = xd_jstage_leaf(&s, names[i % 2], "clientAuth", &s.root);
        struct xd_presented *p = xd_jstage_present(&s, f, XD_CLIENT, leaf, NULL);
        p->store = XD_STORE_NONE;
        p->conclusion = XD_CONCLUSION_NOT_IN_BUNDLE;
        if (i < 2) {
            assert_true(xd_addr_parse("198.51.100.9", 12, &f->end[XD_CLIENT].addr));
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x =
            xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED);
        assert_int_equal(x ? (int)x->confidence : -1, i >= 2   ? (int)XD_CERTAIN
                                                      : i == 0 ? (int)XD_PROBABLE
                                                               : -1);
        assert_null(xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED));
        xd_jstage_close(&s);
    }
}

/* The store's certificate begins so long before or after the handshake. */
static void what_was_issued_since_was_not_there_to_be_shown(void **state)
{
    static const struct {
        int minutes;
        bool pending;
        int sure; /* -1: no finding */
    } rows[] = {{-120, false, XD_CERTAIN},
                {-30, false, XD_PROBABLE},
                {30, false, -1},
                {30, true, XD_CERTAIN}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        struct xd_jstage s;
        bool own = i % 2;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "e.example.com",
                                    .san = "DNS:e.example.com",
                                    .eku = "serverAuth,clientAuth",
                                    .from = s.now + rows[i / 2].minutes * 60 * XD_SECOND,
                                    .to = s.now + 90 * XD_DAY};
        xd_jstage_store(&s, s.e, &s.e->server, xd_jstage_mint(&s, &spec, &s.root));
        show_other(&s, own, s.now);
        if (rows[i / 2].pending) {
            struct xd_alarm *a = XD_PUSH(s.cs->arena, s.e, alarms);
            *a = (struct xd_alarm){.id = "15028", .place = {.entry = s.e->entries[3]}};
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(
            &s, own ? XD_F_WRONG_STORE_PRESENTED : XD_F_STALE_CERTIFICATE_PRESENTED);
        assert_int_equal(x ? (int)x->confidence : -1, rows[i / 2].sure);
        xd_jstage_close(&s);
    }
}

static void a_forged_certificate_of_a_strange_ca_is_interception(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    strange_leaf(&s, s.c, &s.other_root);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_null(xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED));
    xd_jstage_close(&s);
}

/* E's bundle is of another day: whether it is E's own cannot be told. */
static void a_strange_leaf_makes_no_missing_ca_certain(void **state)
{
    (void)state;
    for (int strange = 0; strange < 2; strange++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_presented *p = strange_leaf(&s, s.c, &s.other_root);
        p->conclusion = strange ? XD_CONCLUSION_NOT_IN_BUNDLE : XD_CONCLUSION_AS_EXPECTED;
        p->certs = xd_arena_alloc(s.cs->arena, 2 * sizeof *p->certs);
        p->certs[0] = s.cs->certs[s.cs->n_certs - 1];
        p->certs[1] = s.other_root.cert;
        p->n_certs = 2;
        s.e->as_of = s.now - 30 * XD_DAY;
        s.e->stamp = s.e->as_of + 600 * XD_SECOND;
        struct xd_flow *f = s.cs->flows[0];
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, 48);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
        assert_non_null(x);
        assert_int_equal(x->confidence, strange ? XD_PROBABLE : XD_CERTAIN);
        xd_jstage_close(&s);
    }
}

static void settings_versions_and_inputs_are_told(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.e->eku_check = XD_EKU_CHECK_OFF;
    s.e->server_eku_upload = XD_TRI_ON;
    s.e->server_eku_upload_place = s.e->eku_check_place;
    s.c->version = (struct xd_version){"X15.5.1", 15, 5};
    s.cs->entries[1]->status = XD_ENTRY_TRUNCATED;
    s.cs->entries[1]->detail = "ends inside line 812";
    s.cs->entries[2]->private_key = true;
    s.cs->entries[2]->private_key_line = 4;
    xd_jstage_judge(&s);
    assert_non_null(xd_jstage_finding(&s, XD_F_EKU_CHECK_OFF));
    assert_non_null(xd_jstage_finding(&s, XD_F_DEPRECATED_SETTING));
    assert_non_null(xd_jstage_finding(&s, XD_F_VERSION_MISMATCH));
    assert_non_null(xd_jstage_finding(&s, XD_F_INPUT_TRUNCATED));
    assert_non_null(xd_jstage_finding(&s, XD_F_INPUT_DAMAGED));
    assert_null(xd_jstage_finding(&s, XD_F_INPUT_MISSING));
    xd_jstage_close(&s);
}

static void a_missing_client_store_is_told_and_nothing_is_ruled_out_by_it(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.c->client = (struct xd_store){0};
    s.c->stores_identical = XD_TRI_UNKNOWN;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_INPUT_MISSING);
    assert_non_null(x);
    assert_int_equal(x->severity, XD_WARNING);
    assert_int_equal(xd_jstage_check(&s, XD_F_CLIENT_STORE_SERVER_ONLY),
                     XD_CHECK_NOT_EVALUATED);
    assert_null(s.cs->scenario->condition);
    assert_int_equal(s.cs->what_if[0].zone, XD_PREDICT_UNKNOWN);
    assert_int_equal(s.cs->what_if[3].zone, XD_PREDICT_ACTIVE);
    xd_jstage_close(&s);
}

static void a_zone_that_nothing_explains_is_said_to_be_so(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.c_zone->status = "Active (1 of 2)";
    xd_jstage_tunnel(&s, s.e, "Failed", NULL);
    xd_jstage_judge(&s);
    size_t n = 0;
    for (size_t i = 0; i < s.cs->n_findings; i++) {
        n += s.cs->findings[i]->id == XD_F_ZONE_DOWN_UNEXPLAINED;
    }
    assert_int_equal(n, 2);
    assert_int_equal(s.c_zone->n_findings, 1);
    assert_int_equal(xd_jstage_check(&s, XD_F_UNKNOWN_CA), XD_CHECK_NOT_EVALUATED);
    xd_jstage_close(&s);
}

static void condition_4_wants_a_public_server_only_e(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *e = xd_jstage_leaf(&s, "e.example.com", "serverAuth", &s.public_root);
    xd_jstage_store(&s, s.e, &s.e->server, e);
    xd_jstage_store(&s, s.e, &s.e->client, e);
    xd_jstage_trust(&s, s.e, s.public_root.cert);
    xd_jstage_trust(&s, s.c, s.public_root.cert);
    xd_jstage_judge(&s);
    assert_string_equal(s.cs->scenario->condition, "4");
    assert_int_equal(s.cs->scenario->n_also, 0);
    assert_int_equal(s.cs->what_if[0].zone, XD_PREDICT_ACTIVE);
    xd_jstage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_certificate_in_both_stores_is_information),
        cmocka_unit_test(a_server_only_client_store_weighs_more_on_c),
        cmocka_unit_test(the_other_stores_certificate_on_the_wire_is_reported),
        cmocka_unit_test(an_old_certificate_of_the_nodes_ca_is_stale),
        cmocka_unit_test(what_a_later_handshake_shows_replaced_is_not_stale),
        cmocka_unit_test(trust_alone_does_not_make_a_strange_leaf_the_nodes_own),
        cmocka_unit_test(a_restart_that_is_due_explains_the_other_stores_certificate),
        cmocka_unit_test(what_was_issued_since_was_not_there_to_be_shown),
        cmocka_unit_test(a_leaf_from_behind_a_nat_may_be_anothers),
        cmocka_unit_test(a_strange_leaf_makes_no_missing_ca_certain),
        cmocka_unit_test(a_forged_certificate_of_a_strange_ca_is_interception),
        cmocka_unit_test(settings_versions_and_inputs_are_told),
        cmocka_unit_test(a_missing_client_store_is_told_and_nothing_is_ruled_out_by_it),
        cmocka_unit_test(a_zone_that_nothing_explains_is_said_to_be_so),
        cmocka_unit_test(condition_4_wants_a_public_server_only_e),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
