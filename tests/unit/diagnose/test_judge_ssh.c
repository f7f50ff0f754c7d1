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

/* Its CA file holds what it does not use before the restart. */
static void an_e_that_awaits_a_restart_may_trust_other_cas(void **state)
{
    (void)state;
    for (int lowered = 0; lowered < 2; lowered++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_fail(&s, tunnel_flow(&s, s.c), XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
        xd_jstage_tunnel(&s, s.c, "Failed", "Permission denied");
        struct xd_alarm *a = XD_PUSH(s.cs->arena, s.e, alarms);
        a->id = "15028";
        a->lowered = lowered;
        a->place = (struct xd_place){.entry = s.e->entries[3], .line = 90};
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
        assert_int_equal(x != NULL, lowered);
        x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
        assert_int_equal(x == NULL, lowered);
        if (x) {
            assert_non_null(strstr(x->remedies[0].text, "Restart Expressway-E"));
            assert_int_equal(a->n_findings, 1);
        }
        xd_jstage_close(&s);
    }
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

/* It was answered, and came to a halt later: no request that is dropped. */
static void a_handshake_that_stalls_is_no_silence(void **state)
{
    (void)state;
    for (int at_e = 0; at_e < 2; at_e++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = tunnel_flow(&s, at_e ? s.e : s.c);
        xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
        f->failure.phase = XD_PHASE_HANDSHAKE;
        xd_jstage_judge(&s);
        assert_null(xd_jstage_finding(&s, XD_F_SSH_BLOCKED));
        assert_null(xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE));
        assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_UNANSWERED));
        xd_jstage_close(&s);
    }
}

/* A row of the status of E's intrusion protection. */
static void list_row(struct xd_jstage *s, struct xd_dump *status, const char *path,
                     const char *value)
{
    struct xd_setting *row = XD_PUSH(s->cs->arena, status, settings);
    *row = (struct xd_setting){.path = path, .value = value, .line = 60};
    status->entry = s->e->entries[0];
    s->e->xstat = status;
}

/* Hosts that the list spares, and what other services block, say nothing of tunnels. */
static void only_the_list_of_the_tunnels_blocks_them(void **state)
{
    static const struct {
        const char *jail; /* of the row, where one is told */
        const char *path;
        bool blocks;
    } rows[] = {
        {NULL, "Fail2ban Banned 1 Address", true},
        {"sshpfwd-auth", "Fail2ban Jail 1 Banned 1 Address", true},
        {"sip-auth", "Fail2ban Jail 1 Banned 1 Address", false},
        {"http-ce-auth", "Fail2ban Jail 1 BannedIP 1", false},
        {NULL, "Fail2ban sip-auth Banned 1 Address", false},
        {NULL, "Fail2ban sshpfwd-intrusion Banned 1 Address", true},
        {NULL, "IntrusionProtection Exemption 1 Address", false},
        {"sshpfwd-auth", "Fail2ban Jail 1 Failures 1 Address", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xd_jstage s;
        struct xd_dump status = {.n_settings = 0};
        char text[XD_ADDR_TEXT];
        xd_jstage_open(&s);
        if (rows[i].jail) {
            list_row(&s, &status, "Fail2ban Jail 1 Name", rows[i].jail);
            list_row(&s, &status, "Fail2ban Jail 2 Name", "another");
        }
        list_row(&s, &status, rows[i].path, xd_addr_format(&s.c->addrs[0], text));
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_BLOCKED);
        assert_int_equal(x != NULL, rows[i].blocks);
        assert_true(!x || x->confidence == XD_CERTAIN);
        xd_jstage_close(&s);
    }
}

/* What stands on a list and comes up all the same is not blocked. */
static void tunnels_that_are_up_are_not_blocked(void **state)
{
    (void)state;
    for (int down = 0; down < 2; down++) {
        struct xd_jstage s;
        struct xd_dump status = {.n_settings = 0};
        char text[XD_ADDR_TEXT];
        xd_jstage_open(&s);
        list_row(&s, &status, "Fail2ban Banned 1 Address",
                 xd_addr_format(&s.c->addrs[0], text));
        xd_jstage_tunnel(&s, s.c, "Active", NULL);
        if (down) {
            xd_jstage_tunnel(&s, s.c, "Failed", "Connection timed out");
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_SSH_BLOCKED) != NULL, down);
        xd_jstage_close(&s);
    }
}

/* A further E of the zone, without its bundle. */
static void call_third(struct xd_jstage *s)
{
    struct xd_zone_peer *p = XD_PUSH(s->cs->arena, s->c_zone, peers);
    const char *text = "203.0.113.43";
    *p = (struct xd_zone_peer){.address = "e3.example.com", .configured = true};
    assert_true(xd_addr_parse(text, strlen(text), &p->addr));
}

static void silence_of_an_e_without_its_bundle_is_its_own(void **state)
{
    (void)state;
    for (int third = 0; third < 2; third++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        if (third) {
            call_third(&s);
        }
        struct xd_flow *f = tunnel_flow(&s, s.c);
        f->node[XD_SERVER] = NULL;
        const char *text = "203.0.113.43";
        assert_true(xd_addr_parse(text, strlen(text), &f->end[XD_SERVER].addr));
        f->protocol = XD_PROTOCOL_TCP;
        xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
        xd_jstage_tunnel(&s, s.c, "Active", NULL);
        struct xd_tunnel *t = xd_jstage_tunnel(&s, s.c, "Failed", "Connection timed out");
        t->target = third ? "e3.example.com" : "e.example.com";
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE);
        assert_non_null(x);
        assert_int_equal(x->confidence, XD_CERTAIN);
        assert_ptr_equal(x->verifier.node, third ? NULL : s.e);
        assert_int_equal(strstr(x->title, "e3.example.com") != NULL, third);
        assert_int_equal(s.c->tunnels[1].n_findings, 1);
        assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
        xd_jstage_close(&s);
    }
}

static void words_of_the_log_about_an_e_without_its_bundle_are_its_own(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    call_third(&s);
    struct xd_log_event *e = xd_jstage_event(
        &s, s.c, XD_LOG_SSH, "_pfwd@e3.example.com: Permission denied (publickey).");
    e->name = "e3.example.com";
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
    assert_non_null(x);
    assert_non_null(strstr(x->title, "e3.example.com"));
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
        /* Probable is told with the other explanation. */
        assert_int_equal(strstr(x->summary, "ssh-unreachable") != NULL, !lost);
        xd_jstage_close(&s);
    }
}

/* E's server certificate is refused on the zone; C's status tells of the tunnel. */
static struct xd_tunnel *refuse_server(struct xd_jstage *s, const char *reason)
{
    struct xd_cert *bad = xd_jstage_leaf(s, "e.example.com", "clientAuth", &s->root);
    xd_jstage_store(s, s->e, &s->e->server, bad);
    struct xd_flow *f = xd_jstage_zone_flow(s, s->c);
    xd_jstage_present(s, f, XD_SERVER, bad, s->root.cert);
    xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, 43);
    s->c_zone->status = s->e_zone->status = "Failed";
    return xd_jstage_tunnel(s, s->c, "Failed", reason);
}

static bool stops(const struct xd_finding *f, const char *effect)
{
    for (size_t i = 0; i < f->n_effects; i++) {
        if (strcmp(f->effects[i], effect) == 0) {
            return true;
        }
    }
    return false;
}

static void a_refused_host_key_has_the_cause_of_the_zone(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_tunnel *t = refuse_server(&s, "Host key verification failed.");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SERVER_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(t->n_findings, 1);
    assert_true(stops(x, "UC zone"));
    assert_true(stops(x, "MRA login and registration"));
    assert_true(stops(x, "WebRTC proxy"));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

/*
 * E's bundle is not in the case and C's zone does not verify: what E shows there is its
 * host certificate too.
 */
static struct xd_tunnel *show_unverified(struct xd_jstage *s, const char *eku)
{
    struct xd_cert *shown = xd_jstage_leaf(s, "e.example.com", eku, &s->root);
    struct xd_flow *f =
        xd_jstage_flow(s, s->c, s->c, NULL, XD_SERVICE_TRAVERSAL, s->c_zone->port);
    struct xd_tunnel *t =
        xd_jstage_tunnel(s, s->c, "Failed", "Host key verification failed.");
    xd_jstage_present(s, f, XD_SERVER, shown, s->root.cert);
    f->outcome = XD_OUTCOME_ESTABLISHED;
    s->c_zone->tls_verify = XD_TRI_OFF;
    s->c_zone->peers[0].node = NULL;
    s->cs->n_nodes = 1;
    t->target = "e.example.com";
    t->node = NULL;
    return t;
}

static void a_refused_host_key_is_what_the_zone_shows(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_tunnel *t = show_unverified(&s, "clientAuth");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SERVER_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_int_equal(t->n_findings, 1);
    assert_true(stops(x, "WebRTC proxy"));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void a_fit_certificate_explains_no_refused_host_key(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    (void)show_unverified(&s, "serverAuth");
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_SERVER_EKU_MISSING));
    assert_non_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void a_far_end_of_another_name_explains_no_refused_host_key(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_tunnel *t = show_unverified(&s, "clientAuth");
    t->target = "edge2.example.com";
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_SERVER_EKU_MISSING));
    assert_non_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void another_reason_is_not_the_host_key(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_tunnel *t = refuse_server(&s, "Permission denied");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SERVER_EKU_MISSING);
    assert_non_null(x);
    assert_false(stops(x, "WebRTC proxy"));
    assert_non_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    assert_int_equal(t->n_findings, 1);
    xd_jstage_close(&s);
}

static void a_host_key_seen_refused_explains_the_tunnel(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad =
        xd_jstage_leaf(&s, "e.example.com", "serverAuth,clientAuth", &s.other_root);
    xd_jstage_store(&s, s.e, &s.e->server, bad);
    struct xd_flow *f = tunnel_flow(&s, s.c);
    xd_jstage_present(&s, f, XD_SERVER, bad, s.other_root.cert);
    xd_jstage_fail(&s, f, XD_FAILURE_SSH_HOST_KEY, XD_BY_CLIENT, -1);
    struct xd_tunnel *t = xd_jstage_tunnel(&s, s.c, "Failed", NULL);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_int_equal(t->n_findings, 1);
    assert_true(stops(x, "WebRTC proxy"));
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void a_good_host_key_leaves_the_tunnel_unexplained(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    xd_jstage_tunnel(&s, s.c, "Failed", "Host key verification failed.");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
    assert_non_null(x);
    assert_non_null(strstr(x->summary, "with the reason \"Host key"));
    xd_jstage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_of_permission_denied_is_refusal_enough),
        cmocka_unit_test(a_pending_restart_makes_it_probable),
        cmocka_unit_test(a_status_without_a_reason_is_possible),
        cmocka_unit_test(refusal_of_a_good_certificate_is_another_matter),
        cmocka_unit_test(an_e_that_awaits_a_restart_may_trust_other_cas),
        cmocka_unit_test(silence_at_e_after_refusals_is_blocked),
        cmocka_unit_test(silence_that_never_reaches_e_is_unreachable),
        cmocka_unit_test(a_handshake_that_stalls_is_no_silence),
        cmocka_unit_test(only_the_list_of_the_tunnels_blocks_them),
        cmocka_unit_test(tunnels_that_are_up_are_not_blocked),
        cmocka_unit_test(silence_of_an_e_without_its_bundle_is_its_own),
        cmocka_unit_test(words_of_the_log_about_an_e_without_its_bundle_are_its_own),
        cmocka_unit_test(silence_after_refusals_is_probably_the_block),
        cmocka_unit_test(a_refused_host_key_has_the_cause_of_the_zone),
        cmocka_unit_test(a_refused_host_key_is_what_the_zone_shows),
        cmocka_unit_test(a_fit_certificate_explains_no_refused_host_key),
        cmocka_unit_test(a_far_end_of_another_name_explains_no_refused_host_key),
        cmocka_unit_test(another_reason_is_not_the_host_key),
        cmocka_unit_test(a_host_key_seen_refused_explains_the_tunnel),
        cmocka_unit_test(a_good_host_key_leaves_the_tunnel_unexplained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
