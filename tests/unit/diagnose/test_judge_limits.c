/*
 * test_judge_limits.c - what a finding may claim: how sure, about which zone, and
 * what must not stand beside it.
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
    s->c_zone->status = s->e_zone->status = "Failed";
    return f;
}

static void lose_store(struct xd_store *store)
{
    store->entry = NULL;
    store->whole = false;
    store->n_certs = store->n_lines = 0;
}

/* A leaf without the purpose is refused; one store file of C is missing. */
static void judge_without(struct xd_jstage *s, struct xd_cert *in_client, bool lose_client)
{
    struct xd_cert *bad = xd_jstage_leaf(s, "c.example.com", "serverAuth", &s->root);
    xd_jstage_store(s, s->c, &s->c->client, in_client ? in_client : bad);
    lose_store(lose_client ? &s->c->client : &s->c->server);
    struct xd_flow *f = refuse_client(s, bad, 43);
    f->presented[1].conclusion = XD_CONCLUSION_UNKNOWN;
    f->presented[1].store = in_client || lose_client ? XD_STORE_UNKNOWN : XD_STORE_CLIENT;
    xd_jstage_judge(s);
}

static void a_leaf_that_may_have_been_replaced_is_no_cause(void **state)
{
    (void)state;
    for (int lost = 0; lost < 2; lost++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        s.c->log = lost ? NULL : s.c->log; /* it may tell of a restart that is due */
        judge_without(&s, s.c->client.certs[0], lost == 1);
        assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
        assert_non_null(x);
        assert_int_equal(x->n_masked, 0); /* the title says it */
        assert_non_null(strstr(x->title, "lacks clientAuth"));
        assert_non_null(strstr(x->remedies[0].text, "restart the node"));
        xd_jstage_close(&s);
    }
}

static void
what_was_seen_and_refused_is_the_cause_without_the_store_of_the_role(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    judge_without(&s, s.c->client.certs[0], true);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_ptr_equal(x->node, s.c);
    assert_non_null(strstr(x->summary, "two explanations"));
    assert_non_null(strstr(x->remedies[0].text, "a restart is all that is due"));
    assert_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED));
    xd_jstage_close(&s);
}

static void the_leaf_of_the_roles_store_stays_certain_without_the_other(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    judge_without(&s, NULL, false);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    assert_null(strstr(x->summary, "two explanations"));
    xd_jstage_close(&s);
}

static void a_capture_that_begins_with_the_certificate_still_counts(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = refuse_client(&s, bad, 43);
    f->tls->client_hello = f->tls->server_hello = false;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_CERTAIN);
    xd_jstage_close(&s);
}

static void without_hello_and_certificate_nothing_was_refused(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
    f->tls->server_hello = false;
    xd_jstage_fail(&s, f, XD_FAILURE_RESET, XD_BY_SERVER, -1);
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    assert_non_null(xd_jstage_finding(&s, XD_F_HANDSHAKE_RESET));
    xd_jstage_close(&s);
}

/* An expired client certificate, with or without the purpose. */
static void judge_expired(struct xd_jstage *s, const char *eku)
{
    struct xd_mint_spec spec = {
        .cn = "c.example.com",
        .eku = eku,
        .san = "DNS:c.example.com",
        .from = s->now - 400 * XD_DAY,
        .to = s->now - 20 * XD_DAY,
    };
    struct xd_cert *old = xd_jstage_mint(s, &spec, &s->root);
    xd_jstage_store(s, s->c, &s->c->client, old);
    xd_jstage_tunnel(s, s->c, "Failed", "Permission denied");
    refuse_client(s, old, 43);
    xd_jstage_judge(s);
}

static bool masks(const struct xd_finding *f, enum xd_finding_id id)
{
    for (size_t i = 0; i < f->n_masked; i++) {
        if (f->masked[i] == id) {
            return true;
        }
    }
    return false;
}

static void a_missing_purpose_hides_the_expiry_in_both_findings(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    judge_expired(&s, "serverAuth");
    const struct xd_finding *zone = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
    const struct xd_finding *ssh = xd_jstage_finding(&s, XD_F_SSH_CLIENT_EKU_MISSING);
    assert_non_null(zone);
    assert_non_null(ssh);
    assert_true(masks(zone, XD_F_CERTIFICATE_EXPIRED));
    assert_true(masks(ssh, XD_F_CERTIFICATE_EXPIRED));
    assert_null(xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED));
    xd_jstage_close(&s);
}

static void an_expiry_that_nothing_hides_is_told(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    judge_expired(&s, "serverAuth,clientAuth");
    assert_non_null(xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED));
    assert_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    xd_jstage_close(&s);
}

/* A second C behind the same zone of E, whose own zone is up. */
static struct xd_zone *add_healthy_c(struct xd_jstage *s)
{
    struct xd_node *n = xd_arena_alloc(s->cs->arena, sizeof *n);
    *n = *s->c;
    n->index = (unsigned)s->cs->n_nodes;
    n->id = n->host = "vcsc2";
    n->entries = NULL;
    n->n_entries = n->cap_entries = 0;
    n->addrs = NULL;
    n->n_addrs = n->cap_addrs = 0;
    n->log = NULL;
    struct xd_addr addr;
    assert_true(xd_addr_parse("10.0.0.2", 8, &addr));
    *XD_PUSH(s->cs->arena, n, addrs) = addr;
    n->zones = NULL;
    n->n_zones = n->cap_zones = 0;
    struct xd_zone *z = XD_PUSH(s->cs->arena, n, zones);
    *z = *s->c_zone;
    z->status = "Active";
    *XD_PUSH(s->cs->arena, s->cs, nodes) = n;
    return z;
}

static void a_cause_stays_with_the_pair_that_it_was_seen_at(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_zone *healthy = add_healthy_c(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    refuse_client(&s, bad, 43);
    s.e_zone->status = "Active (1 of 2)";
    xd_jstage_judge(&s);
    assert_non_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    assert_int_equal(s.c_zone->n_findings, 1);
    assert_int_equal(s.e_zone->n_findings, 1);
    assert_int_equal(healthy->n_findings, 0);
    xd_jstage_close(&s);
}

static void a_cause_seen_at_one_side_explains_the_zone_of_the_other(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_cert *bad = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
    xd_jstage_store(&s, s.c, &s.c->client, bad);
    struct xd_flow *f = refuse_client(&s, bad, 43);
    f->end[XD_SERVER].port = 7011; /* translated: E's zone listens on 7001 */
    s.c_zone->port = 7011;
    s.c_zone->peers[0].port = 7011;
    s.e_zone->port = 0;
    xd_jstage_judge(&s);
    assert_non_null(xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING));
    assert_int_equal(s.e_zone->n_findings, 1);
    assert_null(xd_jstage_finding(&s, XD_F_ZONE_DOWN_UNEXPLAINED));
    xd_jstage_close(&s);
}

static void an_underscore_in_the_name_of_e_is_possible_harm(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.e->fqdn = "vcs_e.example.com";
    s.c->fqdn = "vcs_c.example.com";
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_RESOLUTION_FAILED);
    assert_non_null(x);
    assert_int_equal(x->severity, XD_ERROR);
    assert_int_equal(x->confidence, XD_POSSIBLE);
    assert_non_null(strstr(x->title, "Expressway-E vcse"));
    assert_non_null(strstr(x->summary, "No tunnel is down"));
    xd_jstage_close(&s);
}

static void an_underscore_with_tunnels_down_is_probable(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.e->fqdn = "vcs_e.example.com";
    xd_jstage_tunnel(&s, s.e, "Failed", NULL);
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NAME_RESOLUTION_FAILED);
    assert_non_null(x);
    assert_int_equal(x->confidence, XD_PROBABLE);
    xd_jstage_close(&s);
}

static void an_underscore_in_the_system_name_or_domain_is_no_fault(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    s.e->host = "vcs_e";
    s.e->fqdn = "vcse.my_lab.example.com";
    xd_jstage_judge(&s);
    assert_null(xd_jstage_finding(&s, XD_F_NAME_RESOLUTION_FAILED));
    xd_jstage_close(&s);
}

static void an_empty_log_is_called_empty(void **state)
{
    (void)state;
    for (uint64_t bytes = 0; bytes < 2; bytes++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_entry *log = s.cs->entries[s.c->log->id];
        log->status = XD_ENTRY_DAMAGED;
        log->detail = bytes == 0 ? XD_ENTRY_EMPTY : "no line of it begins with a time";
        log->bytes = bytes;
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_INPUT_DAMAGED);
        assert_non_null(x);
        assert_string_equal(x->title, "The log of Expressway-C vcsc is empty");
        assert_null(strstr(x->summary, "wrong"));
        assert_int_equal(xd_jstage_check(&s, XD_F_TRAVERSAL_AUTH_FAILED),
                         XD_CHECK_NOT_EVALUATED);
        xd_jstage_close(&s);
    }
}

static void a_link_is_no_empty_file(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_entry *log = s.cs->entries[s.c->log->id];
    log->status = XD_ENTRY_DAMAGED;
    log->detail = "a symbolic link: not followed";
    log->bytes = 0;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_INPUT_DAMAGED);
    assert_non_null(x);
    assert_null(strstr(x->title, "empty"));
    assert_non_null(strstr(x->summary, "a symbolic link: not followed"));
    assert_int_equal(xd_jstage_check(&s, XD_F_TRAVERSAL_AUTH_FAILED),
                     XD_CHECK_NOT_EVALUATED);
    xd_jstage_close(&s);
}

static void a_log_of_garbage_is_called_damaged(void **state)
{
    (void)state;
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_entry *log = s.cs->entries[s.c->log->id];
    log->status = XD_ENTRY_DAMAGED;
    log->detail = "no line of it begins with a time";
    log->bytes = 4000;
    xd_jstage_judge(&s);
    const struct xd_finding *x = xd_jstage_finding(&s, XD_F_INPUT_DAMAGED);
    assert_non_null(x);
    assert_null(strstr(x->title, "empty"));
    xd_jstage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaf_that_may_have_been_replaced_is_no_cause),
        cmocka_unit_test(
            what_was_seen_and_refused_is_the_cause_without_the_store_of_the_role),
        cmocka_unit_test(the_leaf_of_the_roles_store_stays_certain_without_the_other),
        cmocka_unit_test(a_capture_that_begins_with_the_certificate_still_counts),
        cmocka_unit_test(without_hello_and_certificate_nothing_was_refused),
        cmocka_unit_test(a_missing_purpose_hides_the_expiry_in_both_findings),
        cmocka_unit_test(an_expiry_that_nothing_hides_is_told),
        cmocka_unit_test(a_cause_stays_with_the_pair_that_it_was_seen_at),
        cmocka_unit_test(a_cause_seen_at_one_side_explains_the_zone_of_the_other),
        cmocka_unit_test(an_underscore_in_the_name_of_e_is_possible_harm),
        cmocka_unit_test(an_underscore_with_tunnels_down_is_probable),
        cmocka_unit_test(an_underscore_in_the_system_name_or_domain_is_no_fault),
        cmocka_unit_test(an_empty_log_is_called_empty),
        cmocka_unit_test(a_link_is_no_empty_file),
        cmocka_unit_test(a_log_of_garbage_is_called_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
