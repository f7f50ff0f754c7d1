/*
 * test_rules_rare.c - findings that are seldom seen: each fires, each has a near miss.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static struct xd_flow *refuse_client(struct xd_jstage *s, struct xd_cert *leaf, int alert)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, s->e);
    xd_jstage_present(s, f, XD_SERVER, s->e->server.certs[0], s->root.cert);
    xd_jstage_present(s, f, XD_CLIENT, leaf, s->root.cert);
    xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_SERVER, alert);
    return f;
}

/* E's own words about the connection. */
static void say_at_e(struct xd_jstage *s, const struct xd_flow *f, const char *words)
{
    struct xd_log_event *e = xd_jstage_event(s, s->e, XD_LOG_TLS_ERROR, words);
    e->role = XD_LOG_ROLE_SERVER;
    e->local = f->end[XD_SERVER];
    e->remote = f->end[XD_CLIENT];
}

static struct xd_flow *tunnel_flow(struct xd_jstage *s, enum xd_failure_kind kind,
                                   enum xd_by by)
{
    struct xd_flow *f = xd_jstage_flow(s, s->c, s->c, s->e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_SSH;
    f->tls = NULL;
    f->ssh = xd_arena_alloc(s->cs->arena, sizeof *f->ssh);
    xd_jstage_fail(s, f, kind, by, -1);
    return f;
}

static void a_refused_digest_is_a_weak_signature(void **state)
{
    (void)state;
    static const char *const words[2] = {"EE key too small", "internal error"};
    for (int i = 0; i < 2; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        say_at_e(&s, refuse_client(&s, s.c->client.certs[0], 40), words[i]);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_WEAK_SIGNATURE);
        if (i == 0) {
            assert_non_null(x);
            assert_ptr_equal(x->node, s.c);
            assert_true(x->n_remedies >= 1);
        } else {
            assert_null(x);
            assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
        }
        xd_jstage_close(&s);
    }
}

static void an_alert_44_says_that_the_certificate_is_revoked(void **state)
{
    (void)state;
    static const int alerts[2] = {44, 42};
    for (int i = 0; i < 2; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        refuse_client(&s, s.c->client.certs[0], alerts[i]);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CERTIFICATE_REVOKED);
        if (i == 0) {
            assert_non_null(x);
            assert_int_equal(x->confidence, XD_CERTAIN);
            assert_ptr_equal(x->certs[0], s.c->client.certs[0]);
        } else {
            assert_null(x);
        }
        xd_jstage_close(&s);
    }
}

static void a_certificate_of_tomorrow_is_not_yet_valid(void **state)
{
    (void)state;
    for (int early = 0; early < 2; early++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "c.example.com",
                                    .eku = "serverAuth,clientAuth",
                                    .san = "DNS:c.example.com",
                                    .from = s.now + (early ? -XD_DAY : 10 * XD_DAY),
                                    .to = s.now + 300 * XD_DAY};
        struct xd_cert *leaf = xd_jstage_mint(&s, &spec, &s.root);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        say_at_e(&s, refuse_client(&s, leaf, 42), "certificate is not yet valid");
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CERTIFICATE_NOT_YET_VALID);
        if (early) {
            assert_null(x); /* the replay contradicts the words */
        } else {
            assert_non_null(x);
            assert_int_equal(x->confidence, XD_CERTAIN);
            assert_ptr_equal(x->node, s.c);
        }
        xd_jstage_close(&s);
    }
}

static void a_rst_to_the_syn_is_connection_refused(void **state)
{
    (void)state;
    for (int tunnel = 0; tunnel < 2; tunnel++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = tunnel ? tunnel_flow(&s, XD_FAILURE_REFUSED, XD_BY_SERVER)
                                   : xd_jstage_zone_flow(&s, s.c);
        f->protocol = XD_PROTOCOL_TCP;
        f->tls = NULL;
        f->ssh = NULL;
        xd_jstage_fail(&s, f, XD_FAILURE_REFUSED, XD_BY_SERVER, -1);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CONNECTION_REFUSED);
        if (tunnel) {
            assert_null(x); /* on the tunnel port it has a name of its own */
            assert_non_null(xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE));
        } else {
            assert_non_null(x);
            assert_int_equal(x->confidence, XD_CERTAIN);
            assert_null(xd_jstage_finding(&s, XD_F_CONNECTION_UNANSWERED));
        }
        xd_jstage_close(&s);
    }
}

static void a_hello_without_an_answer_is_handshake_unanswered(void **state)
{
    (void)state;
    for (int syn = 0; syn < 2; syn++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        f->tls->server_hello = f->tls->certificates_visible = false;
        xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
        f->failure.phase = syn ? XD_PHASE_CONNECT : XD_PHASE_HANDSHAKE;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_HANDSHAKE_UNANSWERED), syn ? 0 : 1);
        assert_int_equal(xd_jstage_number(&s, XD_F_CONNECTION_UNANSWERED), syn ? 1 : 0);
        xd_jstage_close(&s);
    }
}

/* E's capture lost the rest of what C's shows. */
static void a_handshake_that_another_view_shows_done_was_answered(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *views[2];
        for (int k = 0; k < 2; k++) {
            views[k] = xd_jstage_zone_flow(&s, k == i % 2 ? s.c : s.e);
        }
        for (int k = 0; k < 2; k++) {
            *XD_PUSH(s.cs->arena, views[k], same_as) = views[1 - k]->id;
            if (k == 0 || i / 2 == 1) {
                xd_jstage_fail(&s, views[k],
                               i / 2 == 2 ? XD_FAILURE_RESET : XD_FAILURE_UNANSWERED,
                               i / 2 == 2 ? XD_BY_SERVER : XD_BY_UNKNOWN, -1);
                views[k]->failure.phase = XD_PHASE_HANDSHAKE;
            }
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_HANDSHAKE_UNANSWERED), i / 2 == 1);
        assert_int_equal(xd_jstage_number(&s, XD_F_HANDSHAKE_RESET), i / 2 == 2);
        xd_jstage_close(&s);
    }
}

/* C has one to send: by E's capture alone it may be another that answers there. */
static void who_sends_no_certificate_is_sure_by_its_own_capture(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, i == 0 ? s.e : s.c);
        xd_jstage_present(&s, f, XD_CLIENT, NULL, NULL);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 40);
        if (i == 2) {
            s.c->client.n_certs = 0;
        }
        say_at_e(&s, f, "peer did not return a certificate");
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NO_CLIENT_CERTIFICATE);
        assert_non_null(x);
        assert_int_equal(x->confidence, i == 0 ? XD_PROBABLE : XD_CERTAIN);
        xd_jstage_close(&s);
    }
}

/* It is done with the handshake; a refusal before, or by the server, is one. */
static void a_traversal_test_ends_with_its_handshake(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f =
            xd_jstage_flow(&s, s.c, s.c, s.e,
                           i == 1 ? XD_SERVICE_TRAVERSAL : XD_SERVICE_TRAVERSAL_TEST, 7001);
        xd_jstage_fail(&s, f, XD_FAILURE_CLOSED, i == 2 ? XD_BY_SERVER : XD_BY_CLIENT, -1);
        f->failure.phase = i == 3 ? XD_PHASE_HANDSHAKE : XD_PHASE_AFTER_HANDSHAKE;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED) == NULL, i == 0);
        xd_jstage_close(&s);
    }
}

/* Hosts have such letters in their names. */
static void only_a_word_by_itself_speaks_of_revocation(void **state)
{
    static const char *const words[] = {"CRL has expired",
                                        "unable to get certificate CRL.",
                                        "no OCSP answer",
                                        "internal error at c.macrl.example",
                                        "internal error at crl.example.com",
                                        "internal error at ocsp-1"};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        say_at_e(&s, refuse_client(&s, s.c->client.certs[0], 46), words[i]);
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_REVOCATION_UNAVAILABLE) != NULL, i < 3);
        xd_jstage_close(&s);
    }
}

/* What a user calls by a name that is not there is no fault of the node. */
static void only_names_of_the_settings_need_to_resolve(void **state)
{
    static const struct {
        const char *name;
        bool needed;
        bool ssh;
    } rows[] = {{"nosuch.example.net", true, true},   {"e.example.com", true, false},
                {"E.Example.COM", true, false},       {"x.e.example.com", true, false},
                {"nosuch.example.net", false, false}, {"com", true, false},
                {"203.0.113.9", true, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xd_jstage s;
        struct xd_dump dump = {.n_settings = 0};
        xd_jstage_open(&s);
        struct xd_setting *row = XD_PUSH(s.cs->arena, &dump, settings);
        *row = (struct xd_setting){.path = "Zones Zone 1 TraversalClient Peer 1 Address",
                                   .value = "e.example.com"};
        dump.entry = s.c->entries[0];
        s.c->xconf = &dump;
        struct xd_log_event *e = xd_jstage_event(
            &s, s.c, XD_LOG_RESOLVE_FAILED,
            rows[i].ssh ? "ssh: Could not resolve hostname" : "Could not resolve hostname");
        e->name = rows[i].name;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_finding(&s, XD_F_NAME_RESOLUTION_FAILED) != NULL,
                         rows[i].needed);
        xd_jstage_close(&s);
    }
}

/* As where a zone of TLS leads to a port of plain SIP. */
static void what_is_no_tls_has_no_version_to_differ_in(void **state)
{
    static const char *const words[] = {"wrong version number", "unsupported protocol"};
    (void)state;
    /* The last two: the other end's alert is TLS. */
    for (int i = 0; i < 6; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        f->tls->server_hello = f->tls->certificates_visible = false;
        xd_jstage_fail(&s, f, i < 2 ? XD_FAILURE_CLOSED : XD_FAILURE_ALERT,
                       i < 4 ? XD_BY_SERVER : XD_BY_CLIENT, i < 2 ? -1 : 70);
        say_at_e(&s, f, words[i % 2]);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_PROTOCOL_VERSION_MISMATCH);
        assert_int_equal(x != NULL, i % 2 || i == 4);
        assert_true(!x || x->confidence == XD_CERTAIN);
        x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
        assert_int_equal(x == NULL, i % 2 || i == 4);
        assert_true(!x || strstr(x->title, "something else than TLS"));
        xd_jstage_close(&s);
    }
}

static void lists_that_do_not_meet_are_a_kex_mismatch(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f = tunnel_flow(&s, XD_FAILURE_SSH_KEX, XD_BY_SERVER);
    f->ssh->no_common = true;
    f->ssh->no_common_what = "cipher";
    struct xd_tunnel *t = xd_jstage_tunnel(&s, s.c, "Failed", NULL);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_KEX_MISMATCH);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_non_null(strstr(x->title, "no SSH cipher algorithm in common"));
    assert_int_equal(t->n_findings, 1);
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void a_refused_login_is_no_kex_mismatch(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    tunnel_flow(&s, XD_FAILURE_SSH_AUTH, XD_BY_SERVER);
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_KEX_MISMATCH));
    assert_non_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    xd_jstage_close(&s);
}

static void set_algorithms(struct xd_jstage *s, struct xd_node *n, const char *value)
{
    struct xd_dump *dump = xd_arena_alloc(s->cs->arena, sizeof *dump);
    dump->entry = n->xconf->entry;
    struct xd_setting *x = XD_PUSH(s->cs->arena, dump, settings);
    x->path = "Ciphers sshd_pfwd_pubkeyalgorithms Value";
    x->value = value;
    x->line = 61;
    n->xconf = dump;
}

static void a_key_type_that_the_settings_leave_out_is_told(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    set_algorithms(&s, s.e, "x509v3-rsa2048-sha256,x509v3-ecdsa-sha2-nistp384");
    struct xd_tunnel *t = xd_jstage_tunnel(&s, s.c, "Failed", "Permission denied");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_KEY_ALGORITHM);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_ptr_equal(x->node, s.e);
    assert_int_equal(x->n_certs, 2);
    assert_int_equal(t->n_findings, 1);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    xd_jstage_close(&s);
}

static void settings_alone_make_it_possible(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    set_algorithms(&s, s.c, "x509v3-rsa2048-sha256");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_KEY_ALGORITHM);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_POSSIBLE);
    assert_ptr_equal(x->node, s.c);
    xd_jstage_close(&s);
}

static void a_log_that_names_the_algorithm_makes_it_probable(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    set_algorithms(&s, s.c, "x509v3-rsa2048-sha256");
    xd_jstage_event(&s, s.e, XD_LOG_SSH,
                    "userauth_pubkey: unsupported public key algorithm: "
                    "x509v3-ecdsa-sha2-nistp256");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_KEY_ALGORITHM);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    xd_jstage_close(&s);
}

static void an_admitted_key_type_or_a_tunnel_that_is_up_is_no_fault(void **state)
{
    (void)state;
    for (int up = 0; up < 2; up++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        set_algorithms(&s, s.e,
                       up ? "x509v3-rsa2048-sha256" : "X509V3-ECDSA-SHA2-NISTP256");
        xd_jstage_tunnel(&s, s.c, up ? "Active" : "Failed", NULL);
        xd_jstage_judge(&s);
        assert_null(xd_jstage_finding(&s, XD_F_SSH_KEY_ALGORITHM));
        xd_jstage_close(&s);
    }
}

/* What E answers on 2222 with, issued by the root. */
static void answer_with(struct xd_jstage *s, const char *name,
                        const struct xd_minted *issuer)
{
    struct xd_cert *leaf = xd_jstage_leaf(s, name, "serverAuth,clientAuth", issuer);
    struct xd_flow *f = tunnel_flow(s, XD_FAILURE_SSH_HOST_KEY, XD_BY_CLIENT);
    struct xd_presented *p = xd_jstage_present(s, f, XD_SERVER, leaf, NULL);
    p->conclusion = XD_CONCLUSION_NOT_IN_BUNDLE;
    p->store = XD_STORE_NONE;
    xd_jstage_judge(s);
}

static void a_host_certificate_of_another_machine_is_unexpected(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    answer_with(&s, "other.example.com", &s.other_root);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_HOST_KEY_UNEXPECTED);
    assert_non_null(x);
    assert_int_equal(x->severity, XD_ERROR);
    assert_null(xd_jstage_finding(&s, XD_F_TLS_INTERCEPTED));
    xd_jstage_close(&s);
}

static void a_machine_of_the_same_ca_is_no_less_unexpected(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    answer_with(&s, "other.example.com", &s.root);
    assert_non_null(xd_jstage_finding(&s, XD_F_SSH_HOST_KEY_UNEXPECTED));
    assert_null(xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED));
    xd_jstage_close(&s);
}

static void an_old_host_certificate_of_the_node_is_stale(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    answer_with(&s, "e.example.com", &s.root);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_HOST_KEY_UNEXPECTED));
    assert_non_null(xd_jstage_finding(&s, XD_F_STALE_CERTIFICATE_PRESENTED));
    xd_jstage_close(&s);
}

/* Of the peer there are a bundle of before, in which it differs, and perhaps one of now. */
static void bundles_of_one_time_are_compared(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        *XD_PUSH(s.cs->arena, s.c, cluster_peers) = "192.0.2.10";
        s.e->version.text = "X15.5.1";
        s.e->as_of = s.e->stamp = s.now - 20 * XD_DAY;
        if (again) {
            struct xd_node *now = xd_jstage_node(&s, "vcse", XD_ROLE_E, "192.0.2.10");
            now->stamp = s.now;
            now->ca = s.e->ca;
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_CLUSTER_PEERS_DIFFER), !again);
        xd_jstage_close(&s);
    }
}

/* Two nodes have the address that C's zone calls, and nothing tells which is meant. */
static void of_several_that_may_be_the_other_half_none_is_taken(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    (void)xd_jstage_node(&s, "edge2", XD_ROLE_E, "192.0.2.10");
    s.c_zone->peers[0].node = NULL;
    s.e_zone->peers[0].node = NULL;
    xd_jstage_judge(&s);
    const struct xd_finding *told = NULL;
    for (size_t i = 0; i < s.cs->n_findings; i++) {
        const struct xd_finding *x = s.cs->findings[i];
        bool half = x->id == XD_F_INPUT_MISSING && strstr(x->title, "vcsc's") != NULL;
        told = half ? x : told;
    }
    assert_non_null(told);
    assert_non_null(strstr(told->title, "cannot be told"));
    assert_non_null(strstr(told->summary, "vcse, edge2"));
    xd_jstage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_several_that_may_be_the_other_half_none_is_taken),
        cmocka_unit_test(bundles_of_one_time_are_compared),
        cmocka_unit_test(a_refused_digest_is_a_weak_signature),
        cmocka_unit_test(an_alert_44_says_that_the_certificate_is_revoked),
        cmocka_unit_test(a_certificate_of_tomorrow_is_not_yet_valid),
        cmocka_unit_test(a_rst_to_the_syn_is_connection_refused),
        cmocka_unit_test(a_hello_without_an_answer_is_handshake_unanswered),
        cmocka_unit_test(a_handshake_that_another_view_shows_done_was_answered),
        cmocka_unit_test(who_sends_no_certificate_is_sure_by_its_own_capture),
        cmocka_unit_test(a_traversal_test_ends_with_its_handshake),
        cmocka_unit_test(only_a_word_by_itself_speaks_of_revocation),
        cmocka_unit_test(only_names_of_the_settings_need_to_resolve),
        cmocka_unit_test(what_is_no_tls_has_no_version_to_differ_in),
        cmocka_unit_test(lists_that_do_not_meet_are_a_kex_mismatch),
        cmocka_unit_test(a_refused_login_is_no_kex_mismatch),
        cmocka_unit_test(a_key_type_that_the_settings_leave_out_is_told),
        cmocka_unit_test(settings_alone_make_it_possible),
        cmocka_unit_test(a_log_that_names_the_algorithm_makes_it_probable),
        cmocka_unit_test(an_admitted_key_type_or_a_tunnel_that_is_up_is_no_fault),
        cmocka_unit_test(a_host_certificate_of_another_machine_is_unexpected),
        cmocka_unit_test(a_machine_of_the_same_ca_is_no_less_unexpected),
        cmocka_unit_test(an_old_host_certificate_of_the_node_is_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
