/*
 * test_judge_ssh.c - the tunnels of TCP 2222.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static struct xd_cert *break_client(struct xd_jstage *s)
{
    struct xd_cert *bad = xd_jstage_leaf(s, "c.example.com", "serverAuth", &s->root);
    xd_jstage_store(s, s->c, &s->c->client, bad);
    s->e->eku_check = XD_EKU_CHECK_OFF;
    return bad;
}

static struct xd_flow *tunnel_flow(struct xd_jstage *s, struct xd_node *at)
{
    struct xd_flow *f = xd_jstage_flow(s, at, s->c, s->e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_SSH;
    f->tls = NULL;
    f->ssh = xd_arena_alloc(s->cs->arena, sizeof *f->ssh);
    return f;
}

static void a_status_of_permission_denied_is_refusal_enough(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    break_client(&s);
    struct xd_tunnel *t = xd_jstage_tunnel(&s, s.c, "Failed", "Permission denied");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.c);
    assert_int_equal(t->n_findings, 1);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_STORE_SERVER_ONLY));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void a_pending_restart_makes_it_probable(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    break_client(&s);
    xd_jstage_tunnel(&s, s.c, "Failed", "Permission denied");
    struct xd_alarm *a = XD_PUSH(s.cs->arena, s.c, alarms);
    a->id = "15028";
    a->place = (struct xd_place){.entry = s.c->entries[3], .line = 90};
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    xd_jstage_close(&s);
}

static void a_status_without_a_reason_is_possible(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    break_client(&s);
    xd_jstage_tunnel(&s, s.c, "Failed", NULL);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_POSSIBLE);
    xd_jstage_close(&s);
}

static void refusal_of_a_good_certificate_is_another_matter(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    xd_jstage_tunnel(&s, s.c, "Failed", "Permission denied");
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING));
    assert_non_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    xd_jstage_close(&s);
}

static void silence_at_e_after_refusals_is_blocked(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    break_client(&s);
    xd_jstage_fail(&s, tunnel_flow(&s, s.c), XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
    for (int i = 0; i < 2; i++) {
        struct xd_flow *f = tunnel_flow(&s, s.e);
        f->protocol = XD_PROTOCOL_TCP;
        f->ssh = NULL;
        xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
    }
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(x->n_flows, 1);
    x = xd_jstage_finding(&s, XD_F_SSH_BLOCKED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(x->n_flows, 2);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE));
    assert_null(xd_jstage_finding(&s, XD_F_CONNECTION_UNANSWERED));
    xd_jstage_close(&s);
}

static void silence_that_never_reaches_e_is_unreachable(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = tunnel_flow(&s, s.c);
    f->protocol = XD_PROTOCOL_TCP;
    f->ssh = NULL;
    xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
    xd_jstage_tunnel(&s, s.c, "Failed", "Connection timed out");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_BLOCKED));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void silence_after_refusals_is_probably_the_block(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        break_client(&s);
        xd_jstage_fail(&s, tunnel_flow(&s, lost ? s.e : s.c), XD_FAILURE_SSH_AUTH,
                       XD_BY_SERVER, -1);
        struct xd_flow *f = tunnel_flow(&s, s.c);
        f->protocol = XD_PROTOCOL_TCP;
        f->ssh = NULL;
        xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
        xd_jstage_judge(&s);
        const struct xd_finding *x =
            xd_jstage_finding(&s, lost ? XD_F_SSH_UNREACHABLE : XD_F_SSH_BLOCKED);
        assert_non_null(x);
        assert_int_equal(x->confidence, lost ? XD_CERTAIN : XD_PROBABLE);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_of_permission_denied_is_refusal_enough),
        cmocka_unit_test(a_pending_restart_makes_it_probable),
        cmocka_unit_test(a_status_without_a_reason_is_possible),
        cmocka_unit_test(refusal_of_a_good_certificate_is_another_matter),
        cmocka_unit_test(silence_at_e_after_refusals_is_blocked),
        cmocka_unit_test(silence_that_never_reaches_e_is_unreachable),
        cmocka_unit_test(silence_after_refusals_is_probably_the_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
