/*
 * test_verifiers.c - what each verifier asks for, row by row: the refusal that its rules
 * explain, and beside it the same refusal where they do not ask for that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

enum { NOBODY = 0, C = 1, E = 2 };

/* A certificate of the presenter that lacks the purpose its role needs is refused. */
struct row {
    const char *what;
    enum xd_service service;
    uint16_t port;
    int client;
    int server;
    enum xd_side presenter;
    const char *eku;
    void (*prepare)(struct xd_jstage *s, struct xd_flow *f);
    enum xd_finding_id id; /* HANDSHAKE_CLOSED: nothing may be named */
    enum xd_confidence confidence;
};

static void set_version(struct xd_node *n, const char *text, unsigned major, unsigned minor)
{
    n->version = (struct xd_version){text, major, minor};
    n->eku_check = XD_EKU_CHECK_NOT_AVAILABLE;
}

static void check_off(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    s->e->eku_check = XD_EKU_CHECK_OFF;
}

static void x15_4(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    set_version(s->e, "X15.4", 15, 4);
}

static void x15_3(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    set_version(s->e, "X15.3", 15, 3);
}

/* A neighbour zone of C to E, in place of the UC zone. */
static void neighbour(struct xd_jstage *s, enum xd_tri verify)
{
    s->c_zone->uc = s->e_zone->uc = XD_TRI_OFF;
    s->c_zone->type = s->e_zone->type = "Neighbor";
    s->c_zone->port = s->c_zone->peers[0].port = 5061;
    s->c_zone->tls_verify = verify;
}

static void verified(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    neighbour(s, XD_TRI_ON);
}

static void not_verified(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    neighbour(s, XD_TRI_OFF);
}

static void neighbour_x15_4(struct xd_jstage *s, struct xd_flow *f)
{
    neighbour(s, XD_TRI_ON);
    x15_4(s, f);
}

static void origin_off(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    s->c->verify_origin = XD_TRI_OFF;
}

static void x14_1(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    set_version(s->c, "X14.1", 14, 1);
}

static void enforcing(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    s->e->cluster_enforcing = XD_TRI_ON;
}

static void enforcing_x15_3(struct xd_jstage *s, struct xd_flow *f)
{
    enforcing(s, f);
    x15_3(s, f);
}

static void permissive_x15_3(struct xd_jstage *s, struct xd_flow *f)
{
    s->e->cluster_enforcing = XD_TRI_OFF;
    x15_3(s, f);
}

static void cvs_on(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    s->e->cvs = s->c->cvs = XD_TRI_ON;
}

static void cvs_off(struct xd_jstage *s, struct xd_flow *f)
{
    (void)f;
    s->e->cvs = s->c->cvs = XD_TRI_OFF;
}

static const struct row rows[] = {
    {"inbound SIP, X15.5, check on", XD_SERVICE_TRAVERSAL, 7001, C, E, XD_CLIENT,
     "serverAuth", NULL, XD_F_CLIENT_EKU_MISSING, XD_CERTAIN},
    {"inbound SIP, X15.5, refused though the dump calls the check off",
     XD_SERVICE_TRAVERSAL, 7001, C, E, XD_CLIENT, "serverAuth", check_off,
     XD_F_CLIENT_EKU_MISSING, XD_PROBABLE},
    {"inbound SIP, X15.3", XD_SERVICE_TRAVERSAL, 7001, C, E, XD_CLIENT, "serverAuth", x15_3,
     XD_F_CLIENT_EKU_MISSING, XD_CERTAIN},
    {"UC zone, X15.4: sources differ", XD_SERVICE_TRAVERSAL, 7001, C, E, XD_CLIENT,
     "serverAuth", x15_4, XD_F_CLIENT_EKU_MISSING, XD_PROBABLE},
    {"neighbour zone, X15.4", XD_SERVICE_SIP_TLS, 5061, C, E, XD_CLIENT, "serverAuth",
     neighbour_x15_4, XD_F_CLIENT_EKU_MISSING, XD_CERTAIN},
    {"inbound SIP, both purposes", XD_SERVICE_TRAVERSAL, 7001, C, E, XD_CLIENT,
     "serverAuth,clientAuth", NULL, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"inbound SIP, no EKU extension", XD_SERVICE_TRAVERSAL, 7001, C, E, XD_CLIENT, NULL,
     NULL, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"outbound SIP, TLS verify on", XD_SERVICE_SIP_TLS, 5061, C, E, XD_SERVER, "clientAuth",
     verified, XD_F_SERVER_EKU_MISSING, XD_CERTAIN},
    {"outbound SIP, TLS verify off", XD_SERVICE_SIP_TLS, 5061, C, E, XD_SERVER,
     "clientAuth", not_verified, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"traffic server, X15.5", XD_SERVICE_UDS, 8443, C, NOBODY, XD_SERVER, "clientAuth",
     NULL, XD_F_SERVER_EKU_MISSING, XD_CERTAIN},
    {"traffic server, VerifyOriginServer off", XD_SERVICE_UDS, 8443, C, NOBODY, XD_SERVER,
     "clientAuth", origin_off, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"traffic server, X14.1", XD_SERVICE_TFTP, 6972, C, NOBODY, XD_SERVER, "clientAuth",
     x14_1, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"cluster, enforcing, X15.3", XD_SERVICE_CLUSTER, 4372, C, E, XD_CLIENT, "serverAuth",
     enforcing_x15_3, XD_F_CLIENT_EKU_MISSING, XD_CERTAIN},
    {"cluster, enforcing, X15.5", XD_SERVICE_CLUSTER, 4372, C, E, XD_CLIENT, "serverAuth",
     enforcing, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"cluster, permissive, X15.3", XD_SERVICE_CLUSTER, 4372, C, E, XD_CLIENT, "serverAuth",
     permissive_x15_3, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"XMPP router, CVS on, client", XD_SERVICE_XMPP_ROUTER, 7400, C, E, XD_CLIENT,
     "serverAuth", cvs_on, XD_F_CLIENT_EKU_MISSING, XD_CERTAIN},
    {"XMPP router, CVS off, client", XD_SERVICE_XMPP_ROUTER, 7400, C, E, XD_CLIENT,
     "serverAuth", cvs_off, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"XMPP router, CVS on, server", XD_SERVICE_XMPP_ROUTER, 7400, C, E, XD_SERVER,
     "clientAuth", cvs_on, XD_F_SERVER_EKU_MISSING, XD_CERTAIN},
    {"XMPP router, CVS off, server", XD_SERVICE_XMPP_ROUTER, 7400, C, E, XD_SERVER,
     "clientAuth", cvs_off, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"onboarding on E's 8443 is not replayed", XD_SERVICE_UDS, 8443, C, E, XD_CLIENT,
     "serverAuth", NULL, XD_F_HANDSHAKE_CLOSED, XD_CERTAIN},
    {"an outside server names the purpose", XD_SERVICE_TFTP, 6972, C, NOBODY, XD_CLIENT,
     "serverAuth", NULL, XD_F_CLIENT_EKU_MISSING, XD_CERTAIN},
};

static struct xd_node *node_of(const struct xd_jstage *s, int who)
{
    return who == C ? s->c : who == E ? s->e : NULL;
}

static void present_bad(struct xd_jstage *s, struct xd_flow *f, const struct row *r)
{
    struct xd_node *n = node_of(s, r->presenter == XD_CLIENT ? r->client : r->server);
    struct xd_cert *leaf = xd_jstage_leaf(
        s, n ? n->id : "cucm.example.com", r->eku,
        /* of an outside verifier's own world, so that its trust is not in question */
        f->node[!r->presenter] ? &s->root : &s->public_root);
    if (n) {
        bool client = r->presenter == XD_CLIENT && xd_version_at_least(&n->version, 15, 5);
        xd_jstage_store(s, n, client ? &n->client : &n->server, leaf);
    }
    xd_jstage_present(s, f, r->presenter, leaf, NULL);
}

static void judge_row(const struct row *r)
{
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_flow *f =
        xd_jstage_flow(&s, r->client == C ? s.c : s.e, node_of(&s, r->client),
                       node_of(&s, r->server), r->service, r->port);
    if (r->prepare) {
        r->prepare(&s, f);
    }
    present_bad(&s, f, r);
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT,
                   r->presenter == XD_CLIENT ? XD_BY_SERVER : XD_BY_CLIENT, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, r->id);
    if (!x || x->confidence != r->confidence) {
        print_message("row: %s\n", r->what);
    }
    assert_non_null(x);
    assert_int_equal(x->confidence, r->confidence);
    if (r->id == XD_F_HANDSHAKE_CLOSED) {
        assert_int_equal(xd_jstage_count(&s, XD_CRITICAL), 0);
    }
    xd_jstage_close(&s);
}

static void each_verifier_explains_what_it_asks_for_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        judge_row(&rows[i]);
    }
}

/* C and a second C of its cluster; the other's certificate does not bear its name. */
static const struct xd_finding *judge_cluster_name(struct xd_jstage *s, enum xd_tri mode,
                                                   const char *cn, const char *san)
{
    struct xd_mint_spec spec = {.cn = cn, .san = san, .eku = "serverAuth,clientAuth"};
    xd_jstage_open(s);
    s->e->role = XD_ROLE_C;
    s->e->n_zones = s->c->n_zones = 0;
    s->e->fqdn = "peer.example.com";
    s->c->cluster_enforcing = mode;
    *XD_PUSH(s->cs->arena, s->c, cluster_peers) = "peer.example.com";
    struct xd_cert *leaf = xd_jstage_mint(s, &spec, &s->root);
    xd_jstage_store(s, s->e, &s->e->server, leaf);
    struct xd_flow *f = xd_jstage_flow(s, s->c, s->c, s->e, XD_SERVICE_CLUSTER, 4372);
    xd_jstage_present(s, f, XD_SERVER, leaf, NULL);
    xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_CLIENT, 42);
    xd_jstage_judge(s);
    return xd_jstage_finding(s, XD_F_NAME_MISMATCH);
}

static void an_enforcing_cluster_wants_the_peers_name(void **state)
{
    (void)state;
    struct xd_jstage s;
    const struct xd_finding *x =
        judge_cluster_name(&s, XD_TRI_ON, "other.example.com", "DNS:other.example.com");
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_ptr_equal(x->node, s.e);
    assert_string_equal(x->effects[0], "cluster replication");
    xd_jstage_close(&s);
}

static void a_cluster_takes_the_name_from_cn_or_san_and_permissive_takes_any(void **state)
{
    (void)state;
    static const struct {
        enum xd_tri mode;
        const char *cn;
        const char *san;
    } fine[] = {{XD_TRI_ON, "peer.example.com", "DNS:other.example.com"},
                {XD_TRI_ON, "other.example.com", "DNS:peer.example.com"},
                {XD_TRI_OFF, "other.example.com", "DNS:other.example.com"}};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct xd_jstage s;
        assert_null(judge_cluster_name(&s, fine[i].mode, fine[i].cn, fine[i].san));
        xd_jstage_close(&s);
    }
}

/* The router ends the connection right after the handshake. */
static const struct xd_finding *judge_router_name(struct xd_jstage *s, enum xd_tri verify,
                                                  const char *name)
{
    xd_jstage_open(s);
    s->c->cvs = XD_TRI_ON;
    s->c->verify_hostname = verify;
    struct xd_cert *leaf = xd_jstage_leaf(s, name, "serverAuth,clientAuth", &s->root);
    xd_jstage_store(s, s->e, &s->e->server, leaf);
    struct xd_flow *f = xd_jstage_flow(s, s->c, s->c, s->e, XD_SERVICE_XMPP_ROUTER, 7400);
    xd_jstage_present(s, f, XD_SERVER, leaf, NULL);
    xd_jstage_fail(s, f, XD_FAILURE_CLOSED, XD_BY_CLIENT, -1);
    f->failure.phase = XD_PHASE_AFTER_HANDSHAKE;
    xd_jstage_judge(s);
    return xd_jstage_finding(s, XD_F_NAME_MISMATCH);
}

static void the_router_wants_the_name_where_verify_hostname_is_on(void **state)
{
    (void)state;
    struct xd_jstage s;
    const struct xd_finding *x = judge_router_name(&s, XD_TRI_ON, "other.example.com");
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_ptr_equal(x->node, s.e);
    xd_jstage_close(&s);
    assert_null(judge_router_name(&s, XD_TRI_OFF, "other.example.com"));
    xd_jstage_close(&s);
    assert_null(judge_router_name(&s, XD_TRI_ON, "e.example.com"));
    xd_jstage_close(&s);
}

static struct xd_alarm *add_alarm(struct xd_jstage *s, struct xd_node *n, const char *id,
                                  const char *detail)
{
    struct xd_alarm *a = XD_PUSH(s->cs->arena, n, alarms);
    a->id = id;
    a->detail = detail;
    a->place = (struct xd_place){.entry = n->xstat->entry, .line = 90, .time = s->now};
    return a;
}

static void alarms_of_silent_tunnels_and_lost_peers_find_their_cause(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    add_alarm(&s, s.c, "35014", "The notification of SSH tunnels failed");
    add_alarm(&s, s.c, "45010", "Zone peer e.example.com of uczone is down");
    add_alarm(&s, s.c, "25019", "Verbose log levels are set");
    s.c_zone->status = s.e_zone->status = "Failed";
    struct xd_flow *f = xd_jstage_flow(&s, s.c, s.c, s.e, XD_SERVICE_SSH_TUNNEL, 2222);
    f->protocol = XD_PROTOCOL_TCP;
    f->tls = NULL;
    xd_jstage_fail(&s, f, XD_FAILURE_UNANSWERED, XD_BY_UNKNOWN, -1);
    xd_jstage_judge(&s);
    const struct xd_alarm *a = s.c->alarms;
    assert_int_equal(a[0].n_findings, 1);
    assert_int_equal(s.cs->findings[a[0].findings[0]]->id, XD_F_SSH_UNREACHABLE);
    assert_int_equal(a[1].n_findings, 1);
    assert_int_equal(s.cs->findings[a[1].findings[0]]->id, XD_F_ZONE_DOWN_UNEXPLAINED);
    assert_int_equal(a[2].n_findings, 0);
    xd_jstage_close(&s);
}

static void an_alarm_that_nothing_explains_stays_alone(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    add_alarm(&s, s.c, "35014", "The notification of SSH tunnels failed");
    add_alarm(&s, s.c, "45010", "Zone peer e.example.com of uczone is down");
    add_alarm(&s, s.e, "25021", "No NTP server");
    xd_jstage_judge(&s);
    assert_int_equal(s.c->alarms[0].n_findings, 0);
    assert_int_equal(s.c->alarms[1].n_findings, 0);
    assert_int_equal(s.e->alarms[0].n_findings, 0);
    xd_jstage_close(&s);
}

static void a_later_connection_that_stays_shows_it_mended(void **state)
{
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
        xd_jstage_store(&s, s.c, &s.c->client, bad);
        struct xd_flow *f[2];
        for (int i = 0; i < 2; i++) {
            f[i] = xd_jstage_zone_flow(&s, s.e);
        }
        struct xd_flow *up = f[later];
        struct xd_flow *failed = f[!later];
        xd_jstage_present(&s, failed, XD_CLIENT, bad, NULL);
        xd_jstage_fail(&s, failed, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
        up->tls->app_data[0] = up->tls->app_data[1] = true;
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_non_null(x);
        assert_int_equal(x->mended != NULL, later);
        xd_jstage_close(&s);
    }
}

static struct xd_log_event *zone_line(struct xd_jstage *s, struct xd_node *n,
                                      enum xd_log_role role, const char *remote)
{
    struct xd_log_event *e =
        xd_jstage_event(s, n, XD_LOG_TLS_ERROR, "unsuitable certificate purpose");
    bool client = role == XD_LOG_ROLE_CLIENT;
    e->role = role;
    e->local = (struct xd_endpoint){n->addrs[0], client ? 25001 : 7001};
    assert_true(xd_addr_parse(remote, strlen(remote), &e->remote.addr));
    e->remote.port = client ? 7001 : 25001;
    return e;
}

static void lines_on_both_sides_of_a_nat_are_one_connection(void **state)
{
    (void)state;
    for (int apart = 0; apart < 2; apart++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
        s.c->n_zones = s.e->n_zones = 0;
        s.c->xconf = s.c->xstat = s.e->xconf = s.e->xstat = NULL;
        zone_line(&s, s.c, XD_LOG_ROLE_CLIENT, "203.0.113.10")->alert = 43; /* received */
        zone_line(&s, s.e, XD_LOG_ROLE_SERVER, "203.0.113.200")->place.time +=
            apart * 30 * XD_SECOND;
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_UNSOLICITED_FAILURES), 0);
        assert_int_equal(xd_jstage_number(&s, XD_F_CLIENT_EKU_MISSING), apart ? 2 : 1);
        xd_jstage_close(&s);
    }
}

static void a_purpose_and_a_key_usage_that_do_not_fit_are_two_defects(void **state)
{
    (void)state;
    struct xd_jstage s;
    struct xd_mint_spec spec = {.cn = "c.example.com",
                                .san = "DNS:c.example.com",
                                .eku = "serverAuth",
                                .ku = "keyEncipherment"};
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_mint(&s, &spec, &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    xd_jstage_present(&s, f, XD_CLIENT, bad, NULL);
    xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    assert_int_equal(x->masked[0], XD_F_KEY_USAGE_UNSUITABLE);
    xd_jstage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verifier_explains_what_it_asks_for_and_nothing_else),
        cmocka_unit_test(an_enforcing_cluster_wants_the_peers_name),
        cmocka_unit_test(a_cluster_takes_the_name_from_cn_or_san_and_permissive_takes_any),
        cmocka_unit_test(the_router_wants_the_name_where_verify_hostname_is_on),
        cmocka_unit_test(alarms_of_silent_tunnels_and_lost_peers_find_their_cause),
        cmocka_unit_test(an_alarm_that_nothing_explains_stays_alone),
        cmocka_unit_test(a_later_connection_that_stays_shows_it_mended),
        cmocka_unit_test(lines_on_both_sides_of_a_nat_are_one_connection),
        cmocka_unit_test(a_purpose_and_a_key_usage_that_do_not_fit_are_two_defects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
