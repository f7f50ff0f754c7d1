/*
 * test_rules_doubt.c - evidence that speaks against itself or leaves more than one
 * explanation: what is said then, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "expdiag/text.h"
#include "judge_stage.h"

static void what_must_be_refused_is_named_beside_an_alert_that_says_else(void **state)
{
    (void)state;
    for (int lacking = 0; lacking < 2; lacking++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *leaf = xd_jstage_leaf(
            &s, "c.example.com", lacking ? "serverAuth" : "clientAuth", &s.root);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_present(&s, f, XD_CLIENT, leaf, s.root.cert)->store = XD_STORE_CLIENT;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        bool against = false;
        for (size_t i = 0; x && i < x->n_evidence; i++) {
            against = against || !x->evidence[i].supports;
        }
        assert_int_equal(lacking, x != NULL);
        assert_int_equal(lacking, against);
        assert_true(!x || x->confidence == XD_PROBABLE);
        assert_null(xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED));
        xd_jstage_close(&s);
    }
}

static struct xd_flow *stranger_flow(struct xd_jstage *s, unsigned i, uint16_t port)
{
    char ip[] = "198.51.100.1";
    struct xd_flow *f = xd_jstage_flow(s, s->e, NULL, s->e, XD_SERVICE_SIP_TLS, port);
    ip[sizeof ip - 2] = (char)('1' + i);
    assert_true(xd_addr_parse(ip, strlen(ip), &f->end[XD_CLIENT].addr));
    f->related = false;
    f->tls->client_hello = f->tls->server_hello = true;
    return f;
}

/* Strangers at E's port for mutual TLS; the first `silent` of them show no certificate. */
static void come_from_outside(struct xd_jstage *s, unsigned n, unsigned silent)
{
    for (unsigned i = 0; i < n; i++) {
        struct xd_flow *f = stranger_flow(s, i, 5062);
        struct xd_presented *p = xd_jstage_present(s, f, XD_CLIENT, s->root.cert, NULL);
        p->n_certs = i < silent ? 0 : p->n_certs;
        xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 40);
    }
}

static void three_who_show_no_certificate_are_one_finding(void **state)
{
    (void)state;
    for (unsigned n = 2; n <= 4; n++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        come_from_outside(&s, n, n);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NO_CLIENT_CERTIFICATE);
        assert_int_equal(n >= 3, x != NULL);
        assert_true(!x || (x->confidence == XD_PROBABLE && x->n_flows == n));
        assert_int_equal(n < 3, xd_jstage_finding(&s, XD_F_UNSOLICITED_FAILURES) != NULL);
        xd_jstage_close(&s);
    }
}

static void clients_who_all_refuse_one_certificate_are_one_finding(void **state)
{
    (void)state;
    static const struct {
        int alert;
        enum xd_finding_id id;
    } rows[] = {{48, XD_F_UNKNOWN_CA}, {46, XD_F_HANDSHAKE_CLOSED}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        for (unsigned i = 0; i < 5; i++) {
            struct xd_flow *f = stranger_flow(&s, i, 8443);
            f->service = XD_SERVICE_UDS;
            xd_jstage_present(&s, f, XD_SERVER, s.e->server.certs[0], s.root.cert);
            xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, rows[k].alert);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, rows[k].id);
        assert_non_null(x);
        assert_int_equal(x->n_flows, 5);
        assert_int_equal(xd_jstage_count(&s, XD_ERROR), 1);
        xd_jstage_close(&s);
    }
}

static void strangers_who_fail_in_two_ways_are_strangers(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    come_from_outside(&s, 4, 3);
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_NO_CLIENT_CERTIFICATE));
    assert_non_null(xd_jstage_finding(&s, XD_F_UNSOLICITED_FAILURES));
    xd_jstage_close(&s);
}

static void a_silent_2222_is_no_firewall_while_the_block_list_is_unread(void **state)
{
    (void)state;
    for (int read = 0; read < 2; read++) {
        struct xd_jstage s;
        struct xd_dump status = {0};
        xd_jstage_open(&s);
        status.entry = s.e->entries[0];
        s.e->xstat = read ? &status : NULL;
        xd_jstage_tunnel(&s, s.c, "Failed", "Connection timed out");
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE);
        assert_int_equal(read, x != NULL);
        assert_int_equal(!read, xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED) != NULL);
        xd_jstage_close(&s);
    }
}

static void a_failed_zone_without_its_settings_may_be_one_of_tls(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c_zone->uc = XD_TRI_OFF;
        s.c_zone->type = "Neighbor";
        s.c_zone->status = "Failed";
        s.c_zone->transport = told ? "TCP" : NULL;
        s.c_zone->tls_verify = XD_TRI_UNKNOWN;
        s.c_zone->config.entry = told ? s.c->entries[0] : NULL;
        xd_jstage_judge(&s);
        assert_int_equal(!told, xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED) != NULL);
        xd_jstage_close(&s);
    }
}

/* Captures of both ends; C's has no packet of E, and E's is whole or is not there. */
static void half_a_conversation_is_a_gap_unless_another_capture_has_it_whole(void **state)
{
    (void)state;
    for (unsigned whole = 0; whole < 2; whole++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *half = xd_jstage_zone_flow(&s, s.c);
        half->tcp.unheard[XD_SERVER] = true;
        half->outcome = XD_OUTCOME_INCOMPLETE;
        half->n_presented = 0;
        if (whole) {
            struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
            f->end[XD_CLIENT].port = half->end[XD_CLIENT].port;
            *XD_PUSH(s.cs->arena, half, same_as) = f->id;
            *XD_PUSH(s.cs->arena, f, same_as) = half->id;
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_CAPTURE_GAP) == NULL, whole);
        assert_int_equal(xd_jstage_count(&s, XD_ERROR), 0);
        xd_jstage_close(&s);
    }
}

/* The captures hold C's packets alone; E's log names the reason, or that it is over. */
static void a_log_tells_the_end_that_no_capture_shows(void **state)
{
    (void)state;
    static const char *const details[] = {"unsuitable certificate purpose",
                                          "No SSL error available, probably remote "
                                          "disconnect"};
    for (unsigned i = 0; i < 2; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        f->n_presented = 0;
        xd_jstage_present(&s, f, XD_CLIENT, leaf, s.root.cert);
        f->outcome = XD_OUTCOME_INCOMPLETE;
        f->tcp.unheard[XD_SERVER] = true;
        struct xd_log_event *e = xd_jstage_event(&s, s.e, XD_LOG_TLS_ERROR, details[i]);
        e->role = XD_LOG_ROLE_SERVER;
        e->local = f->end[XD_SERVER];
        e->remote = f->end[XD_CLIENT];
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_int_equal(x == NULL, i);
        assert_true(!x || x->confidence == XD_CERTAIN);
        assert_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
        xd_jstage_close(&s);
    }
}

/* No capture holds it: E's log tells of a refusal, or of a connection that stood still. */
static void a_connection_that_stalled_was_no_refusal(void **state)
{
    (void)state;
    for (unsigned stalled = 0; stalled < 2; stalled++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        struct xd_log_event *e =
            xd_jstage_event(&s, s.e, XD_LOG_TLS_ERROR,
                            stalled ? "Idle countdown expired" : "error in the handshake");
        e->role = XD_LOG_ROLE_SERVER;
        e->local = f->end[XD_SERVER];
        e->remote = f->end[XD_CLIENT];
        s.cs->n_flows = 0;
        s.c_zone->status = s.c_zone->peers[0].status = s.e_zone->status = "Failed";
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_true(!x || x->confidence == (stalled ? XD_POSSIBLE : XD_PROBABLE));
        assert_true(x || stalled);
        x = xd_jstage_finding(&s, XD_F_HANDSHAKE_UNANSWERED);
        assert_int_equal(x != NULL, stalled);
        assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
        xd_jstage_close(&s);
    }
}

/* E calls its zone Active: before the refusal, or in a bundle of twelve days later. */
static void only_what_failed_after_a_status_came_later(void **state)
{
    (void)state;
    for (unsigned later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        xd_jstage_present(&s, f, XD_CLIENT, leaf, s.root.cert);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
        s.c->as_of = f->first.time - 60 * XD_SECOND;
        s.c->stamp = s.c->as_of + 600 * XD_SECOND;
        s.e->as_of = s.c->as_of + (later ? 12 * 86400LL * XD_SECOND : 0);
        s.e->stamp = s.e->as_of + 600 * XD_SECOND;
        s.c_zone->status = s.c_zone->peers[0].status = "Failed";
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(s.e_zone->later == NULL, later);
        assert_int_equal(strstr(x->summary, "this came later") == NULL, later);
        xd_jstage_close(&s);
    }
}

/* A far end without a bundle refuses a certificate that is in time by C's clock. */
static void
a_far_end_that_calls_a_good_certificate_expired_may_have_a_wrong_clock(void **state)
{
    (void)state;
    static const int alerts[] = {45, 46};
    for (unsigned i = 0; i < 2; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_flow(&s, s.c, s.c, NULL, XD_SERVICE_SIP_TLS, 5061);
        xd_jstage_present(&s, f, XD_CLIENT, s.c->client.certs[0], s.root.cert);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, alerts[i]);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
        assert_true(x || i == 1);
        bool told = x && strstr(x->summary, "may be ahead") &&
                    strstr(x->remedies[0].text, "Compare the clock");
        assert_int_equal(told, i == 0);
        xd_jstage_close(&s);
    }
}

/* E's capture shows an older leaf of C, and C's bundle is of then or of two days later. */
static void stores_of_another_day_make_no_certificate_stale(void **state)
{
    (void)state;
    for (unsigned later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *old = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        struct xd_presented *p = xd_jstage_present(&s, f, XD_CLIENT, old, NULL);
        p->conclusion = XD_CONCLUSION_NOT_IN_BUNDLE;
        p->store = XD_STORE_NONE;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
        s.c->as_of = f->first.time + (later ? 2 * 86400LL * XD_SECOND : 0);
        s.c->stamp = s.c->as_of + 600 * XD_SECOND;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED) == NULL,
                         later);
        assert_int_equal(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING) != NULL, later);
        xd_jstage_close(&s);
    }
}

/* C's bundle ends two hours before, or two hours after, E's capture shows the leaf. */
static void a_leaf_shown_after_the_bundle_is_not_held_against_its_stores(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct xd_jstage s;
        const xd_time hour = 3600 * XD_SECOND;
        xd_jstage_open(&s);
        struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "clientAuth", &s.root);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        struct xd_presented *p = xd_jstage_present(&s, f, XD_CLIENT, leaf, NULL);
        p->conclusion = XD_CONCLUSION_NOT_IN_BUNDLE;
        p->store = XD_STORE_NONE;
        xd_time end = f->first.time + (i == 0 ? -2 : 2) * hour;
        struct xd_flow *other = xd_jstage_flow(&s, s.c, s.c, NULL, XD_SERVICE_UDS, 8443);
        other->first.time = s.c->as_of = end - 3 * hour;
        other->last.time = end;
        s.c->stamp = end + 30 * XD_SECOND - (i == 2 ? 3 * hour : 0);
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED) == NULL,
                         i == 0);
        xd_jstage_close(&s);
    }
}

/* E ends the zone's connection after the handshake; its log speaks of the name. */
static void refuse_name(struct xd_jstage *s)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, s->e);
    xd_jstage_present(s, f, XD_CLIENT, s->c->client.certs[0], s->root.cert);
    xd_jstage_fail(s, f, XD_FAILURE_RESET, XD_BY_SERVER, -1);
    f->failure.phase = XD_PHASE_AFTER_HANDSHAKE;
    struct xd_log_event *e = xd_jstage_event(
        s, s->e, XD_LOG_TLS_ERROR, "Peer's TLS certificate identity was unacceptable");
    e->role = XD_LOG_ROLE_SERVER;
    e->local = f->end[XD_SERVER];
    e->remote = f->end[XD_CLIENT];
    e->place.time = e->last = f->last.time;
    s->e_zone->tls_verify = XD_TRI_ON;
    s->e_zone->subject_name = "c.example.com";
}

static void a_reason_that_nothing_bears_out_is_said_in_the_words_of_the_log(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    refuse_name(&s);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_RESET);
    assert_non_null(x);
    assert_non_null(strstr(x->title, "says \"Peer's TLS certificate identity was"));
    assert_null(strstr(x->remedies[0].text, "no line on why"));
    assert_null(xd_jstage_finding(&s, XD_F_NAME_MISMATCH));
    xd_jstage_close(&s);
}

static void a_subject_name_changed_while_logging_counts_from_then_on(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        refuse_name(&s);
        struct xd_setting_change *c = XD_PUSH(s.cs->arena, s.e, changes);
        *c = (struct xd_setting_change){
            .time = s.cs->flows[0]->first.time + (late ? 60 * XD_SECOND : -60 * XD_SECOND),
            .setting = xd_arena_printf(
                s.cs->arena, "Zones Zone %u TraversalServer SIP TLS Verify Subject Name",
                s.e_zone->index),
            .from = "c.example.com",
            .to = "other.example.com",
            .place = {.entry = s.e->log, .line = 3}};
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_MISMATCH);
        assert_int_equal(x != NULL, !late);
        if (x) {
            assert_int_equal(x->confidence, XD_CERTAIN);
            assert_non_null(strstr(x->title, "other.example.com"));
        }
        xd_jstage_close(&s);
    }
}

/* C's first requests are lost, so that its capture begins 7 s before E's; or none are. */
static void requests_that_were_lost_set_no_clock_back(void **state)
{
    (void)state;
    for (int same = 0; same < 2; same++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *views[2] = {xd_jstage_zone_flow(&s, s.c),
                                    xd_jstage_zone_flow(&s, s.e)};
        views[1]->first.time = views[0]->first.time + 7 * XD_SECOND;
        for (int i = 0; i < 2; i++) {
            struct xd_message syn = {XD_CLIENT, "SYN", views[i]->first, 0};
            struct xd_message hello = {XD_CLIENT, "ClientHello", views[same ? i : 1]->first,
                                       0};
            xd_flow_add_message(s.cs->arena, views[i], &syn);
            xd_flow_add_message(s.cs->arena, views[i], &hello);
            views[i]->tcp.syn_count = i == 0 && !same ? 4 : 1;
            *XD_PUSH(s.cs->arena, views[i], same_as) = views[1 - i]->id;
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_CLOCK_OFFSET) != NULL, same);
        xd_jstage_close(&s);
    }
}

/* C's certificate ends in two days, and E, whose clock is five days ahead, refuses it. */
static void refuse_by_clock(struct xd_jstage *s)
{
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .eku = "clientAuth",
                                .san = "DNS:c.example.com",
                                .to = s->now + 2 * XD_DAY};
    struct xd_cert *leaf = xd_jstage_mint(s, &spec, &s->root);
    xd_jstage_store(s, s->c, &s->c->client, leaf);
    struct xd_flow *at_c = xd_jstage_zone_flow(s, s->c);
    struct xd_flow *at_e = xd_jstage_zone_flow(s, s->e);
    at_e->first.time = at_c->first.time + 5 * XD_DAY;
    xd_jstage_present(s, at_c, XD_CLIENT, leaf, s->root.cert);
    xd_jstage_present(s, at_e, XD_CLIENT, leaf, s->root.cert);
    xd_jstage_fail(s, at_c, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
    xd_jstage_fail(s, at_e, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
    *XD_PUSH(s->cs->arena, at_c, same_as) = at_e->id;
    *XD_PUSH(s->cs->arena, at_e, same_as) = at_c->id;
}

static void raise_alarm(struct xd_jstage *s, struct xd_node *n, const char *id)
{
    struct xd_alarm *a = XD_PUSH(s->cs->arena, n, alarms);
    a->id = id;
    a->place = (struct xd_place){.entry = n->entries[3], .line = 90};
}

/* That the two differ is what either end says of the other. */
static void only_an_alarm_about_ntp_tells_which_clock_is_wrong(void **state)
{
    static const struct {
        const char *of_e;
        const char *of_c;
        bool lowered;
        enum xd_confidence sure;
    } alarms[] = {
        {NULL, NULL, false, XD_PROBABLE},     {"25021", NULL, false, XD_CERTAIN},
        {"25021", NULL, true, XD_PROBABLE},   {"25021", "25021", false, XD_PROBABLE},
        {"25022", NULL, false, XD_PROBABLE},  {"25022", "25022", false, XD_PROBABLE},
        {"25021", "25022", false, XD_CERTAIN}};
    (void)state;
    for (size_t i = 0; i < sizeof alarms / sizeof *alarms; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        refuse_by_clock(&s);
        if (alarms[i].of_e) {
            raise_alarm(&s, s.e, alarms[i].of_e);
            s.e->alarms[0].lowered = alarms[i].lowered;
        }
        if (alarms[i].of_c) {
            raise_alarm(&s, s.c, alarms[i].of_c);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLOCK_SKEW);
        assert_non_null(x);
        assert_int_equal(x->confidence, alarms[i].sure);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_be_refused_is_named_beside_an_alert_that_says_else),
        cmocka_unit_test(a_reason_that_nothing_bears_out_is_said_in_the_words_of_the_log),
        cmocka_unit_test(a_subject_name_changed_while_logging_counts_from_then_on),
        cmocka_unit_test(three_who_show_no_certificate_are_one_finding),
        cmocka_unit_test(clients_who_all_refuse_one_certificate_are_one_finding),
        cmocka_unit_test(strangers_who_fail_in_two_ways_are_strangers),
        cmocka_unit_test(a_silent_2222_is_no_firewall_while_the_block_list_is_unread),
        cmocka_unit_test(a_failed_zone_without_its_settings_may_be_one_of_tls),
        cmocka_unit_test(stores_of_another_day_make_no_certificate_stale),
        cmocka_unit_test(a_leaf_shown_after_the_bundle_is_not_held_against_its_stores),
        cmocka_unit_test(a_log_tells_the_end_that_no_capture_shows),
        cmocka_unit_test(a_connection_that_stalled_was_no_refusal),
        cmocka_unit_test(only_what_failed_after_a_status_came_later),
        cmocka_unit_test(
            a_far_end_that_calls_a_good_certificate_expired_may_have_a_wrong_clock),
        cmocka_unit_test(half_a_conversation_is_a_gap_unless_another_capture_has_it_whole),
        cmocka_unit_test(only_an_alarm_about_ntp_tells_which_clock_is_wrong),
        cmocka_unit_test(requests_that_were_lost_set_no_clock_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
