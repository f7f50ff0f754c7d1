/*
 * test_judge_login.c - refused tunnel logins where the evidence does not hold the
 * certificate of the login.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static void refuse_login(struct xd_jstage *s)
{
    struct xd_flow *f = xd_jstage_flow(s, s->c, s->c, s->e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_SSH;
    f->tls = NULL;
    f->ssh = xd_arena_alloc(s->cs->arena, sizeof *f->ssh);
    xd_jstage_fail(s, f, XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
}

static void forget(struct xd_store *store)
{
    memset(store, 0, sizeof *store);
}

/* A C of which captures and log are there, and no store. */
static void open_without_stores(struct xd_jstage *s)
{
    xd_jstage_open(s);
    forget(&s->c->server);
    forget(&s->c->client);
    forget(&s->c->ca);
    s->c->version = s->e->version = (struct xd_version){0};
    s->c->n_zones = s->e->n_zones = 0;
}

/* Shown on the traversal zone; of which store it is, nobody can tell. */
static void show_on_zone(struct xd_jstage *s, const char *eku)
{
    struct xd_flow *f = xd_jstage_zone_flow(s, s->c);
    struct xd_presented *p = xd_jstage_present(
        s, f, XD_CLIENT, xd_jstage_leaf(s, "c.example.com", eku, &s->root), s->root.cert);
    p->store = XD_STORE_UNKNOWN;
    p->conclusion = XD_CONCLUSION_UNKNOWN;
}

static void without_any_store_the_login_is_refused_for_no_known_reason(void **state)
{
    (void)state;
    struct xd_jstage s;
    open_without_stores(&s);
    refuse_login(&s);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_non_null(strstr(x->title, "with which certificate is not in the evidence"));
    assert_int_equal(x->n_flows, 1);
    assert_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
    xd_jstage_close(&s);
}

static void without_any_store_the_zone_shows_the_certificate(void **state)
{
    (void)state;
    struct xd_jstage s;
    open_without_stores(&s);
    show_on_zone(&s, "serverAuth");
    refuse_login(&s);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_ptr_equal(x->node, s.c);
    assert_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    xd_jstage_close(&s);
}

static void a_certificate_with_the_purpose_does_not_explain_it(void **state)
{
    (void)state;
    struct xd_jstage s;
    open_without_stores(&s);
    show_on_zone(&s, "serverAuth,clientAuth");
    refuse_login(&s);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
    assert_non_null(x);
    assert_non_null(strstr(x->summary, "permits clientAuth"));
    assert_null(xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

/* The one file that would tell is missing beside others: it decides, not a guess. */
static void a_missing_client_store_leaves_it_open(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    forget(&s.c->client);
    s.c->log = NULL; /* it may tell of a restart that is due */
    show_on_zone(&s, "serverAuth");
    refuse_login(&s);
    struct xd_tunnel *t = xd_jstage_tunnel(&s, s.c, "Failed", "Permission denied");
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_int_equal(x->n_flows, 1);
    assert_int_equal(t->n_findings, 1);
    assert_non_null(strstr(x->summary, "the client store of Expressway-C vcsc, which"));
    assert_non_null(strstr(x->summary, "Extended Key Usage: serverAuth"));
    assert_null(strstr(x->summary, "nothing in the evidence"));
    assert_null(xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
    assert_null(xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

static void the_zone_tells_the_certificate_of_a_missing_client_store(void **state)
{
    (void)state;
    for (int fit = 0; fit < 2; fit++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        forget(&s.c->client);
        show_on_zone(&s, fit ? "clientAuth" : "serverAuth");
        refuse_login(&s);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
        assert_int_equal(fit, x == NULL);
        assert_int_equal(fit, xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED) != NULL);
        assert_true(!x || x->confidence == XD_PROBABLE);
        assert_true(!x || strstr(x->summary, "the client store of Expressway-C vcsc is"));
        xd_jstage_close(&s);
    }
}

static void a_missing_ca_file_of_e_leaves_its_trust_open(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    forget(&s.e->ca);
    refuse_login(&s);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED);
    assert_non_null(x);
    assert_non_null(strstr(x->summary, "trusts its CA is not in the evidence"));
    assert_non_null(strstr(x->summary, "log of Expressway-E vcse again"));
    assert_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
    xd_jstage_close(&s);
}

/* Two logs and nothing else: C's names the host of its tunnels. */
static void a_line_of_the_log_tells_the_pair(void **state)
{
    (void)state;
    for (int other = 0; other < 2; other++) {
        struct xd_jstage s;
        open_without_stores(&s);
        struct xd_log_event *e = xd_jstage_event(
            &s, s.c, XD_LOG_SSH, "_pfwd@vcse.example.com: Permission denied (publickey).");
        e->name = other ? "edge9.example.com" : "vcse.example.com";
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
        assert_non_null(x);
        assert_int_equal(x->confidence, XD_PROBABLE);
        assert_ptr_equal(x->verifier.node, other ? NULL : s.e);
        assert_int_equal(s.cs->n_scenarios, other ? 0 : 1);
        assert_non_null(strstr(x->title, other ? "Expressway-E edge9.example.com"
                                               : "Expressway-E vcse "));
        xd_jstage_close(&s);
    }
}

/* Of a C with two far ends, a line speaks of the one that it names. */
static void a_line_speaks_of_the_far_end_that_it_names(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_node *second = xd_jstage_node(&s, "edge2", XD_ROLE_E, "192.0.2.11");
    second->fqdn = "edge2.example.com";
    s.e->fqdn = "e.example.com";
    struct xd_zone_peer *p = XD_PUSH(s.cs->arena, s.c_zone, peers);
    p->address = "edge2.example.com";
    p->addr = second->addrs[0];
    p->node = second;
    xd_jstage_trust(&s, second, s.root.cert);
    struct xd_log_event *e = xd_jstage_event(
        &s, s.c, XD_LOG_SSH, "_pfwd@edge2.example.com: Permission denied (publickey).");
    e->name = "edge2.example.com";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
    assert_non_null(x);
    assert_ptr_equal(x->verifier.node, second);
    xd_jstage_close(&s);
}

/* What both voices name is said; what is open is which of two remedies it takes. */
static void a_refused_certificate_of_an_unread_store_is_named_with_its_defect(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    forget(&s.c->client);
    s.c->log = NULL; /* it may tell of a restart that is due */
    show_on_zone(&s, "serverAuth");
    xd_jstage_fail(&s, s.cs->flows[0], XD_FAILURE_ALERT, XD_BY_SERVER, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
    assert_non_null(x);
    assert_non_null(strstr(x->title, "shows lacks clientAuth"));
    assert_null(strstr(x->title, "does not show why"));
    assert_non_null(strstr(x->summary, "EKU check is on"));
    assert_non_null(strstr(x->remedies[0].text, "if it holds another, restart the node"));
    assert_int_equal(x->n_masked, 0);
    xd_jstage_close(&s);
}

/* Refused with an alert that names nothing: nothing is known, and that is said. */
static void an_alert_without_a_reason_names_no_defect(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    forget(&s.c->client);
    show_on_zone(&s, "serverAuth,clientAuth");
    xd_jstage_fail(&s, s.cs->flows[0], XD_FAILURE_ALERT, XD_BY_SERVER, 46);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
    assert_non_null(x);
    assert_non_null(strstr(x->title, "does not show why"));
    xd_jstage_close(&s);
}

/* The dump calls the check off; the handshake shows that it is not. */
static void a_refusal_outranks_the_setting_of_a_dump(void **state)
{
    (void)state;
    for (int alert = 43; alert <= 46; alert += 3) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
        xd_jstage_store(&s, s.c, &s.c->client, bad);
        s.e->eku_check = XD_EKU_CHECK_OFF;
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
        xd_jstage_present(&s, f, XD_CLIENT, bad, s.root.cert);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, alert);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        bool against = false;
        assert_int_equal(x != NULL, alert == 43);
        for (size_t i = 0; x && i < x->n_evidence; i++) {
            against = against || (!x->evidence[i].supports &&
                                  strstr(x->evidence[i].quote, "Mode: Off"));
        }
        assert_int_equal(against, alert == 43);
        assert_true(!x || x->confidence == XD_PROBABLE);
        xd_jstage_close(&s);
    }
}

/* A login on 2222 whose request has that length; accepted: later than a refused one. */
static void log_in(struct xd_jstage *s, bool accepted, uint32_t length)
{
    struct xd_flow *f = xd_jstage_flow(s, s->c, s->c, s->e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_SSH;
    f->tls = NULL;
    f->ssh = xd_arena_alloc(s->cs->arena, sizeof *f->ssh);
    f->ssh->cipher[XD_CLIENT] = "aes256-ctr";
    f->ssh->mac[XD_CLIENT] = "hmac-sha2-256";
    f->ssh->key_request_length = length;
    f->ssh->key_accepted = accepted;
    *XD_PUSH(s->cs->arena, f, inferred) = (struct xd_inferred){
        .by = XD_CLIENT, .store = XD_STORE_CLIENT, .basis = XD_BASIS_PACKET_LENGTH};
    if (!accepted) {
        xd_jstage_fail(s, f, XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
        return;
    }
    f->outcome = XD_OUTCOME_ESTABLISHED;
    f->first.time += 200 * XD_SECOND;
    f->last.time += 400 * XD_SECOND;
}

/* E's capture alone shows them; C's own runs, and from that address others may call. */
static void logins_from_behind_a_nat_that_c_did_not_capture_leave_doubt(void **state)
{
    enum { FROM_NAT, OWN_ADDRESS, ITS_LOG_SAYS_SO, N_WAYS };
    (void)state;
    for (int way = 0; way < N_WAYS; way++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
        struct xd_flow *f = xd_jstage_flow(&s, s.e, s.c, s.e, XD_SERVICE_SSH_TUNNEL, 2222);
        f->protocol = XD_PROTOCOL_SSH;
        f->tls = NULL;
        f->ssh = xd_arena_alloc(s.cs->arena, sizeof *f->ssh);
        xd_jstage_fail(&s, f, XD_FAILURE_SSH_AUTH, XD_BY_SERVER, -1);
        if (way != OWN_ADDRESS) {
            assert_true(xd_addr_parse("198.51.100.9", 12, &f->end[XD_CLIENT].addr));
        }
        if (way == ITS_LOG_SAYS_SO) {
            xd_jstage_event(&s, s.c, XD_LOG_SSH, "Permission denied (publickey).");
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(x->confidence, way == FROM_NAT ? XD_PROBABLE : XD_CERTAIN);
        xd_jstage_close(&s);
    }
}

static void what_was_let_in_with_the_same_length_does_not_lack_the_purpose(void **state)
{
    (void)state;
    for (int let_in = 0; let_in < 2; let_in++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
        log_in(&s, false, 2760);
        if (let_in) {
            log_in(&s, true, 2760);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(let_in ? XD_PROBABLE : XD_CERTAIN, x->confidence);
        assert_int_equal(let_in, strstr(x->summary, "of the same length") != NULL);
        xd_jstage_close(&s);
    }
}

static void a_login_that_is_let_in_later_leaves_no_certain_refusal(void **state)
{
    static const char *const words[] = {"no certificate explains it",
                                        "no certificate explains it",
                                        "with a certificate that is not in the evidence"};
    static const uint32_t later[] = {0, 2760, 2744};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        log_in(&s, false, 2760);
        if (later[i] > 0) {
            log_in(&s, true, later[i]);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
        assert_non_null(x);
        assert_int_equal(i == 0 ? XD_CERTAIN : XD_PROBABLE, x->confidence);
        assert_non_null(strstr(x->title, words[i]));
        xd_jstage_close(&s);
    }
}

/* Two CAs of one name at E: where the zone fails by the wrong one, so does the login. */
static void a_login_fails_by_the_twin_that_the_zone_fails_by(void **state)
{
    (void)state;
    for (int on_zone = 0; on_zone < 2; on_zone++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_minted twin = xd_mint_root(s.cs, "Private Root");
        s.e->ca.certs[0] = twin.cert;
        xd_jstage_trust(&s, s.e, s.root.cert);
        refuse_login(&s);
        if (on_zone) {
            struct xd_flow *f = xd_jstage_zone_flow(&s, s.c);
            xd_jstage_present(&s, f, XD_CLIENT, s.c->client.certs[0], NULL);
            xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 51);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CA_NAME_DUPLICATE);
        assert_non_null(x);
        assert_int_equal(x->severity, on_zone ? XD_CRITICAL : XD_WARNING);
        assert_int_equal(x->n_flows, on_zone ? 2 : 0);
        assert_int_equal(on_zone, !xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED));
        xd_mint_free(&twin);
        xd_jstage_close(&s);
    }
}

static void a_chain_with_another_defect_would_not_pass(void **state)
{
    (void)state;
    for (int too_long = 0; too_long < 2; too_long++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec of_ca = {.cn = "Sub CA",
                                     .basic = too_long ? "critical,CA:TRUE,pathlen:0"
                                                       : "critical,CA:TRUE"};
        struct xd_mint_spec of_lower = {.cn = "Lower CA", .basic = "critical,CA:TRUE"};
        struct xd_minted ca = xd_mint(s.cs, &of_ca, &s.root);
        struct xd_minted lower = xd_mint(s.cs, &of_lower, &ca);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "clientAuth", &lower));
        xd_jstage_trust(&s, s.c, lower.cert);
        xd_jstage_trust(&s, s.c, ca.cert);
        refuse_login(&s);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_AUTH_FAILED);
        assert_non_null(x);
        assert_int_equal(too_long, strstr(x->summary, "would pass") == NULL);
        assert_int_equal(too_long, strstr(x->summary, "path length") != NULL);
        assert_int_equal(x->confidence, too_long ? XD_PROBABLE : XD_CERTAIN);
        xd_mint_free(&lower);
        xd_mint_free(&ca);
        xd_jstage_close(&s);
    }
}

static void a_login_among_the_lines_speaks_against_a_closed_port(void **state)
{
    (void)state;
    for (int let_in = 0; let_in < 2; let_in++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.e->fqdn = s.c_zone->peers[0].address = "e.example.com";
        struct xd_log_event *e = xd_jstage_event(
            &s, s.c, XD_LOG_SSH,
            "ssh: connect to host e.example.com port 2222: Connection timed "
            "out");
        e->name = "e.example.com";
        e->place.time = s.now - 60 * XD_SECOND;
        if (let_in) {
            log_in(&s, true, 1200);
        }
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE);
        assert_non_null(x);
        bool against = false;
        for (size_t i = 0; i < x->n_evidence; i++) {
            against = against || (!x->evidence[i].supports &&
                                  strstr(x->evidence[i].quote, "login is accepted"));
        }
        assert_int_equal(against, let_in);
        xd_jstage_close(&s);
    }
}

/* A name that only begins or ends like the Expressway-E's is another host's. */
static void silence_of_another_host_is_not_the_expressways(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool its;
    } rows[] = {
        {"e.example.com", true},
        {"E.EXAMPLE.COM", true},
        {"xe.example.com", false},
        {"e.example.com.au", false},
        {"e", true},          /* no full name: nothing tells */
        {"192.0.2.99", true}, /* an address may be a NAT's */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.e->fqdn = "e.example.com";
        s.c_zone->peers[0].address = "e.example.com";
        const char *words = xd_arena_printf(
            s.cs->arena, "ssh: connect to host %s port 2222: Connection timed out",
            rows[i].host);
        struct xd_log_event *e = xd_jstage_event(&s, s.c, XD_LOG_SSH, words);
        e->name = rows[i].host;
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_SSH_UNREACHABLE);
        assert_int_equal(x != NULL, rows[i].its);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_any_store_the_login_is_refused_for_no_known_reason),
        cmocka_unit_test(logins_from_behind_a_nat_that_c_did_not_capture_leave_doubt),
        cmocka_unit_test(what_was_let_in_with_the_same_length_does_not_lack_the_purpose),
        cmocka_unit_test(a_login_that_is_let_in_later_leaves_no_certain_refusal),
        cmocka_unit_test(without_any_store_the_zone_shows_the_certificate),
        cmocka_unit_test(a_certificate_with_the_purpose_does_not_explain_it),
        cmocka_unit_test(a_missing_client_store_leaves_it_open),
        cmocka_unit_test(the_zone_tells_the_certificate_of_a_missing_client_store),
        cmocka_unit_test(a_login_fails_by_the_twin_that_the_zone_fails_by),
        cmocka_unit_test(a_chain_with_another_defect_would_not_pass),
        cmocka_unit_test(a_missing_ca_file_of_e_leaves_its_trust_open),
        cmocka_unit_test(a_line_of_the_log_tells_the_pair),
        cmocka_unit_test(a_line_speaks_of_the_far_end_that_it_names),
        cmocka_unit_test(a_refused_certificate_of_an_unread_store_is_named_with_its_defect),
        cmocka_unit_test(an_alert_without_a_reason_names_no_defect),
        cmocka_unit_test(a_refusal_outranks_the_setting_of_a_dump),
        cmocka_unit_test(a_login_among_the_lines_speaks_against_a_closed_port),
        cmocka_unit_test(silence_of_another_host_is_not_the_expressways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
