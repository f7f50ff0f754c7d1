/*
 * test_judge_clocks.c - clocks that differ: for a time alone, on the tunnels as on the
 * zone, and where two captures show one port.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

/* C's client certificate, which ends after so many days. */
static struct xd_cert *end_after(struct xd_jstage *s, int days)
{
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .eku = "clientAuth",
                                .san = "DNS:c.example.com",
                                .to = s->now + days * XD_DAY};
    struct xd_cert *leaf = xd_jstage_mint(s, &spec, &s->root);
    xd_jstage_store(s, s->c, &s->c->client, leaf);
    return leaf;
}

/* One conversation of the zone in both captures; E's clock is that far ahead. */
static void call_zone(struct xd_jstage *s, struct xd_cert *leaf, xd_time after,
                      xd_time ahead, bool refused)
{
    struct xd_flow *views[2] = {xd_jstage_zone_flow(s, s->c), xd_jstage_zone_flow(s, s->e)};
    for (int i = 0; i < 2; i++) {
        views[i]->first.time = s->now + after + (i == 1 ? ahead : 0);
        views[i]->last.time = views[i]->first.time + XD_SECOND;
        views[i]->end[XD_CLIENT].port = views[0]->end[XD_CLIENT].port;
        xd_jstage_present(s, views[i], XD_CLIENT, leaf, s->root.cert);
        if (refused) {
            xd_jstage_fail(s, views[i], XD_FAILURE_ALERT, XD_BY_SERVER, 45);
        }
        *XD_PUSH(s->cs->arena, views[i], same_as) = views[1 - i]->id;
    }
}

/* E's clock is put right after the refusals: most conversations show no difference. */
static void a_clock_that_is_set_meanwhile_was_wrong_before(void **state)
{
    (void)state;
    for (int ended = 0; ended < 2; ended++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *leaf = end_after(&s, ended ? -1 : 300);
        for (int i = 0; i < 6; i++) {
            bool wrong = i < 2;
            call_zone(&s, leaf, i * 10 * XD_SECOND, wrong ? 700 * XD_DAY : 0, wrong);
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_CLOCK_SKEW), !ended);
        assert_int_equal(xd_jstage_number(&s, XD_F_CERTIFICATE_EXPIRED), ended);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLOCK_OFFSET);
        assert_non_null(x);
        assert_non_null(strstr(x->title, "700 days ahead"));
        assert_non_null(strstr(x->title, "for a time"));
        xd_jstage_close(&s);
    }
}

/* The verifier of a login has the clock that it has on the zone. */
static void a_wrong_clock_explains_a_refused_login_too(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *leaf = end_after(&s, wrong ? 2 : -1);
        call_zone(&s, leaf, 0, wrong ? 5 * XD_DAY : 0, true);
        struct xd_flow *f = xd_jstage_flow(&s, s.e, s.c, s.e, XD_SERVICE_SSH_TUNNEL, 2222);
        f->first.time = s.now + (wrong ? 5 * XD_DAY : 0) + 60 * XD_SECOND;
        f->protocol = XD_PROTOCOL_SSH;
        f->tls = NULL;
        f->ssh = xd_arena_alloc(s.cs->arena, sizeof *f->ssh);
        xd_jstage_fail(&s, f, XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
        xd_jstage_judge(&s);
        const struct xd_finding *x =
            xd_jstage_finding(&s, wrong ? XD_F_CLOCK_SKEW : XD_F_CERTIFICATE_EXPIRED);
        assert_non_null(x);
        assert_int_equal(x->n_flows, 3);
        assert_int_equal(xd_jstage_number(&s, XD_F_CLOCK_SKEW), wrong);
        assert_int_equal(xd_jstage_number(&s, XD_F_CERTIFICATE_EXPIRED), !wrong);
        xd_jstage_close(&s);
    }
}

/* One port in both captures, C's and E's, with another hello in each. */
static void capture_two_hellos(struct xd_jstage *s, struct xd_flow *at[2])
{
    at[0] = xd_jstage_zone_flow(s, s->c);
    at[1] = xd_jstage_zone_flow(s, s->e);
    at[1]->end[XD_CLIENT].port = at[0]->end[XD_CLIENT].port = 25777;
    at[0]->tls->has_random[0] = at[1]->tls->has_random[0] = true;
    at[1]->tls->random[0][3] = 7;
}

static void two_hellos_of_one_connection_are_interception(void **state)
{
    (void)state;
    struct xd_jstage s;
    struct xd_flow *at[2];
    xd_jstage_open(&s);
    capture_two_hellos(&s, at);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(x->n_flows, 2);
    xd_jstage_close(&s);
}

static void two_hellos_are_one_connection_only_at_one_time(void **state)
{
    static const struct {
        int ahead;  /* seconds of E's clock, as a conversation shows; 0: none does */
        int after;  /* what E's capture says, in seconds after C's */
        int lasted; /* seconds of what C's capture shows */
        bool intercept;
    } rows[] = {
        {0, 0, 1, true},  {30, 30, 1, true}, {30, 0, 12, false},
        {0, 3, 1, false}, {0, 3, 4, true},   {30, 33, 1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        if (rows[i].ahead) {
            call_zone(&s, s.c->client.certs[0], 100 * XD_SECOND, rows[i].ahead * XD_SECOND,
                      false);
        }
        struct xd_flow *at[2];
        capture_two_hellos(&s, at);
        at[0]->first.time = s.now;
        at[0]->last.time = s.now + rows[i].lasted * XD_SECOND;
        at[1]->first.time = s.now + rows[i].after * XD_SECOND;
        at[1]->last.time = at[1]->first.time + XD_SECOND;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_TLS_INTERCEPTED), rows[i].intercept);
        xd_jstage_close(&s);
    }
}

/* E's clock is set back: what it read before it reads again, and is wrong then. */
static void the_conversation_itself_tells_the_clock_best(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *before = s.c->client.certs[0];
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .eku = "clientAuth",
                                .san = "DNS:c.example.com",
                                .from = s.now + XD_DAY};
    struct xd_cert *leaf = xd_jstage_mint(&s, &spec, &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, leaf);
    call_zone(&s, before, -50 * XD_SECOND, 0, false);
    call_zone(&s, before, 50 * XD_SECOND, 0, false);
    call_zone(&s, leaf, 2 * XD_DAY, -2 * XD_DAY, true);
    xd_jstage_judge(&s);
    assert_int_equal(xd_jstage_number(&s, XD_F_CLOCK_SKEW), 1);
    assert_int_equal(xd_jstage_number(&s, XD_F_CERTIFICATE_NOT_YET_VALID), 0);
    xd_jstage_close(&s);
}

/* The far end's own certificate, in the capture of the near one, came from the far end. */
static void a_connection_that_shows_the_far_end_is_not_intercepted(void **state)
{
    enum { FAR_END, NEAR_END, STRANGE, STRANGE_BESIDE, N_WAYS };
    (void)state;
    for (int way = 0; way < N_WAYS; way++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *at[2];
        capture_two_hellos(&s, at);
        if (way != STRANGE) {
            xd_jstage_present(&s, at[way == NEAR_END], XD_SERVER, s.e->server.certs[0],
                              NULL);
        }
        if (way >= STRANGE) {
            struct xd_cert *leaf =
                xd_jstage_leaf(&s, "c.example.com", "clientAuth", &s.other_root);
            struct xd_presented *p = xd_jstage_present(&s, at[1], XD_CLIENT, leaf, NULL);
            p->store = XD_STORE_NONE;
            p->conclusion = XD_CONCLUSION_NOT_IN_BUNDLE;
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_TLS_INTERCEPTED), way != FAR_END);
        xd_jstage_close(&s);
    }
}

/* Where both halves came up, nothing is stopped, and the status speaks against it. */
static void an_interception_that_stops_nothing_says_so(void **state)
{
    (void)state;
    for (int failed = 0; failed < 2; failed++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *at[2];
        capture_two_hellos(&s, at);
        if (failed) {
            xd_jstage_fail(&s, at[0], XD_FAILURE_ALERT, XD_BY_CLIENT, 48);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED);
        assert_non_null(x);
        assert_int_equal(x->n_effects > 0, failed);
        bool against = false;
        for (size_t i = 0; i < x->n_evidence; i++) {
            against = against || !x->evidence[i].supports;
        }
        assert_int_equal(against, !failed);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_is_set_meanwhile_was_wrong_before),
        cmocka_unit_test(a_wrong_clock_explains_a_refused_login_too),
        cmocka_unit_test(the_conversation_itself_tells_the_clock_best),
        cmocka_unit_test(a_connection_that_shows_the_far_end_is_not_intercepted),
        cmocka_unit_test(an_interception_that_stops_nothing_says_so),
        cmocka_unit_test(two_hellos_of_one_connection_are_interception),
        cmocka_unit_test(two_hellos_are_one_connection_only_at_one_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
