/*
 * test_rules_chains.c - chains that a verifier refuses for another reason than the leaf's
 * own dates and purposes, or before anybody could hear of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_stage.h"

static const struct xd_what_if *as_is(const struct xd_jstage *s)
{
    for (size_t i = 0; i < s->cs->n_what_if; i++) {
        if (strcmp(s->cs->what_if[i].change, "as-is") == 0) {
            return &s->cs->what_if[i];
        }
    }
    return NULL;
}

/* A CA may say how many CAs may follow it (RFC 5280, 4.2.1.9). */
static void a_path_that_is_too_long_is_told_and_predicted(void **state)
{
    (void)state;
    for (unsigned too_long = 0; too_long < 2; too_long++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec of_ca = {.cn = "Sub CA",
                                     .basic = too_long ? "critical,CA:TRUE,pathlen:0"
                                                       : "critical,CA:TRUE"};
        struct xd_mint_spec of_lower = {.cn = "Lower CA", .basic = "critical,CA:TRUE"};
        struct xd_mint_spec of_leaf = {
            .cn = "c.example.com", .eku = "clientAuth", .san = "DNS:c.example.com"};
        struct xd_minted ca = xd_mint(s.cs, &of_ca, &s.root);
        struct xd_minted lower = xd_mint(s.cs, &of_lower, &ca);
        struct xd_cert *leaf = xd_jstage_mint(&s, &of_leaf, &lower);
        struct xd_cert *chain[] = {leaf, lower.cert, ca.cert};
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_trust(&s, s.c, lower.cert);
        xd_jstage_trust(&s, s.c, ca.cert);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        struct xd_presented *p = xd_jstage_present(&s, f, XD_CLIENT, leaf, lower.cert);
        p->certs = chain;
        p->n_certs = 3;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 48);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED);
        assert_int_equal(xd_jstage_finding(&s, XD_F_UNKNOWN_CA) == NULL, too_long);
        assert_int_equal(x != NULL, too_long);
        assert_true(!x || strstr(x->summary, "path length constraint exceeded"));
        assert_non_null(as_is(&s));
        assert_int_equal(as_is(&s)->zone, too_long ? XD_PREDICT_FAILED : XD_PREDICT_ACTIVE);
        xd_mint_free(&lower);
        xd_mint_free(&ca);
        xd_jstage_close(&s);
    }
}

/*
 * One name and key, two certificates: what the verifier trusts comes first, and of that
 * what is valid.
 */
static void a_trusted_ca_that_ended_hides_its_renewal_in_the_chain(void **state)
{
    (void)state;
    for (unsigned has_new = 0; has_new < 2; has_new++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "Renewed Root",
                                    .basic = "critical,CA:TRUE",
                                    .ku = "critical,keyCertSign,cRLSign"};
        struct xd_minted renewed = xd_mint(s.cs, &spec, NULL);
        spec.key = renewed.key;
        spec.to = s.now - XD_DAY;
        struct xd_minted ended = xd_mint(s.cs, &spec, NULL);
        struct xd_cert *leaf =
            xd_jstage_leaf(&s, "c.example.com", "clientAuth,serverAuth", &renewed);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_trust(&s, s.e, ended.cert);
        if (has_new) {
            xd_jstage_trust(&s, s.e, renewed.cert);
        }
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        xd_jstage_present(&s, f, XD_CLIENT, leaf, renewed.cert);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 45);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CERTIFICATE_EXPIRED);
        assert_int_equal(x == NULL, has_new);
        if (x) {
            assert_int_equal(x->confidence, XD_CERTAIN);
            assert_ptr_equal(x->node, s.e);
            assert_non_null(strstr(x->title, "trusts an expired CA"));
            assert_ptr_equal(x->remedies[0].node, s.e);
            assert_non_null(strstr(x->remedies[0].text, "Add the renewed CA"));
        }
        xd_mint_free(&ended);
        xd_mint_free(&renewed);
        xd_jstage_close(&s);
    }
}

static void lose_captures(struct xd_jstage *s, const struct xd_node *n)
{
    for (size_t i = 0; i < s->cs->n_entries; i++) {
        struct xd_entry *e = s->cs->entries[i];
        if (e->kind == XD_ENTRY_PCAP && e->input == n->input) {
            e->status = XD_ENTRY_SKIPPED;
        }
    }
}

/* What came with the leaf was seen; another capture shows no more of it. */
static void an_issuer_found_nowhere_takes_one_capture(void **state)
{
    (void)state;
    for (unsigned seen = 0; seen < 2; seen++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_case *elsewhere = xd_case_new();
        struct xd_minted root = xd_mint_root(elsewhere, "Root of Elsewhere");
        struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "clientAuth", &root);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        lose_captures(&s, s.c);
        if (seen) {
            xd_jstage_present(&s, f, XD_CLIENT, leaf, NULL);
        }
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 48);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
        assert_int_equal(seen, x != NULL);
        assert_true(!x || x->confidence == XD_PROBABLE);
        assert_true(!x || strstr(x->summary, "found nowhere in the case"));
        assert_int_equal(!seen, xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED) != NULL);
        xd_mint_free(&root);
        xd_jstage_close(&s);
        xd_case_free(elsewhere);
    }
}

/* A bundle that lacks a store may hide a replaced certificate; a log alone hides nothing.
 */
static void a_log_without_its_bundle_weakens_no_cause(void **state)
{
    (void)state;
    for (unsigned with_dumps = 0; with_dumps < 2; with_dumps++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root);
        const struct xd_store none = {0};
        s.c->server = s.c->client = s.c->ca = none;
        if (!with_dumps) {
            s.c->xconf = s.c->xstat = NULL;
            s.c->version = (struct xd_version){0};
        }
        s.c->log = NULL; /* it may tell of a restart that is due */
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        xd_jstage_present(&s, f, XD_CLIENT, leaf, s.root.cert)->store = XD_STORE_UNKNOWN;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 43);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_int_equal(x == NULL, with_dumps);
        assert_int_equal(xd_jstage_finding(&s, XD_F_HANDSHAKE_CLOSED) != NULL, with_dumps);
        if (x) {
            assert_int_equal(x->confidence, XD_CERTAIN);
            /* and which page it is, the release would have to tell */
            assert_non_null(strstr(x->remedies[0].text, "X15.5 and later"));
            assert_null(strstr(x->remedies[0].text, "this release"));
        }
        xd_jstage_close(&s);
    }
}

/*
 * TLS 1.3: a client may send data behind its Finished before the server has judged its
 * chain (RFC 8446, 4.4.4).  The server's alert then is the answer to the chain; the
 * client's own would not be.
 */
static void a_refusal_behind_the_clients_first_data_still_is_one(void **state)
{
    (void)state;
    for (unsigned by_client = 0; by_client < 2; by_client++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "serverAuth", &s.root));
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        f->tls->version = 0x0304;
        f->tls->certificates_visible = false;
        xd_jstage_fail(&s, f, XD_FAILURE_ENCRYPTED_ALERT,
                       by_client ? XD_BY_CLIENT : XD_BY_SERVER, -1);
        f->failure.phase = XD_PHASE_AFTER_HANDSHAKE;
        s.c_zone->status = s.e_zone->status = "Failed";
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_CLIENT_EKU_MISSING);
        assert_int_equal(x && x->n_flows > 0, !by_client);
        assert_true(!x || x->confidence != XD_CERTAIN);
        xd_jstage_close(&s);
    }
}

/* The issuing CA may not sign, for its key usage or as it is no CA: trust is not at fault.
 */
static void a_ca_that_may_not_sign_is_no_unknown_ca(void **state)
{
    (void)state;
    for (unsigned no_ca = 0; no_ca < 2; no_ca++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec of_ca = {.cn = "Sub CA",
                                     .basic =
                                         no_ca ? "critical,CA:FALSE" : "critical,CA:TRUE",
                                     .ku = no_ca ? NULL : "critical,cRLSign"};
        struct xd_minted ca = xd_mint(s.cs, &of_ca, &s.root);
        struct xd_cert *leaf = xd_jstage_leaf(&s, "c.example.com", "clientAuth", &ca);
        struct xd_cert *chain[] = {leaf, ca.cert, s.root.cert};
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_trust(&s, s.c, ca.cert);
        xd_jstage_trust(&s, s.e, ca.cert);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        struct xd_presented *p = xd_jstage_present(&s, f, XD_CLIENT, leaf, ca.cert);
        p->certs = chain;
        p->n_certs = 3;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 48);
        xd_jstage_judge(&s);
        assert_null(xd_jstage_finding(&s, XD_F_UNKNOWN_CA));
        const struct xd_finding *x = xd_jstage_finding(
            &s, no_ca ? XD_F_HANDSHAKE_CLOSED : XD_F_KEY_USAGE_UNSUITABLE);
        assert_non_null(x);
        assert_true(no_ca || x->confidence == XD_PROBABLE);
        xd_mint_free(&ca);
        xd_jstage_close(&s);
    }
}

static void refuse_leaf(struct xd_jstage *s, struct xd_node *c, const struct xd_minted *ca)
{
    struct xd_flow *f = xd_jstage_flow(s, s->e, c, s->e, XD_SERVICE_SIP_TLS, 5061);
    struct xd_cert *leaf = xd_jstage_leaf(s, c->id, "clientAuth", ca);
    xd_jstage_store(s, c, &c->client, leaf);
    xd_jstage_present(s, f, XD_CLIENT, leaf, ca->cert);
    xd_jstage_fail(s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 48);
}

/* Two nodes show leaves of one CA that E does not trust, or each of another. */
static void one_untrusted_ca_of_two_nodes_is_one_finding(void **state)
{
    (void)state;
    for (unsigned apart = 0; apart < 2; apart++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_minted second = xd_mint_root(s.cs, "Second Root");
        struct xd_node *c2 = xd_jstage_node(&s, "c2", XD_ROLE_C, "192.0.2.77");
        refuse_leaf(&s, s.c, &s.other_root);
        refuse_leaf(&s, c2, apart ? &second : &s.other_root);
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_UNKNOWN_CA), 1 + apart);
        xd_mint_free(&second);
        xd_jstage_close(&s);
    }
}

/* The CA above C's certificate ends soon; its renewal, of the same key, is trusted too. */
static void a_ca_that_was_renewed_does_not_end(void **state)
{
    (void)state;
    for (int renewed = 0; renewed < 4; renewed++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_mint_spec spec = {.cn = "Ends Soon",
                                    .basic = "critical,CA:TRUE",
                                    .ku = "keyCertSign",
                                    .to = s.now + 10 * XD_DAY};
        struct xd_cert *old = xd_jstage_mint(&s, &spec, NULL);
        const struct xd_minted *ca = &s.made[s.n_made - 1];
        spec.to = s.now + 900 * XD_DAY;
        spec.key = renewed == 3 ? NULL : ca->key;
        struct xd_cert *next = xd_jstage_mint(&s, &spec, NULL);
        xd_jstage_store(&s, s.c, &s.c->client,
                        xd_jstage_leaf(&s, "c.example.com", "clientAuth", ca));
        xd_jstage_trust(&s, s.c, old);
        xd_jstage_trust(&s, s.e, old);
        if (renewed > 0) {
            xd_jstage_trust(&s, s.c, next);
        }
        if (renewed > 1) {
            xd_jstage_trust(&s, s.e, next);
        }
        xd_jstage_judge(&s);
        assert_int_equal(xd_jstage_number(&s, XD_F_CERTIFICATE_EXPIRES_SOON),
                         renewed == 2 ? 0 : 1);
        xd_jstage_close(&s);
    }
}

/* E trusts a CA of the issuer's name alone, with another key; with key identifiers or not.
 */
static void a_namesake_of_the_issuer_is_told_where_it_alone_is_trusted(void **state)
{
    (void)state;
    for (int ids = 0; ids < 2; ids++) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        const struct xd_mint_spec root = {
            .cn = "Twin", .basic = "critical,CA:TRUE", .ku = "keyCertSign", .key_ids = ids};
        struct xd_minted true_ca = xd_mint(s.cs, &root, NULL);
        struct xd_minted other = xd_mint(s.cs, &root, NULL);
        const struct xd_mint_spec spec = {.cn = "c.example.com",
                                          .eku = "clientAuth",
                                          .san = "DNS:c.example.com",
                                          .key_ids = ids};
        struct xd_cert *leaf = xd_jstage_mint(&s, &spec, &true_ca);
        xd_jstage_store(&s, s.c, &s.c->client, leaf);
        xd_jstage_trust(&s, s.c, true_ca.cert);
        xd_jstage_trust(&s, s.e, other.cert);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        xd_jstage_present(&s, f, XD_CLIENT, leaf, NULL);
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, ids ? 48 : 51);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_UNKNOWN_CA);
        assert_non_null(x);
        assert_non_null(strstr(x->title, "another CA of its name"));
        assert_non_null(strstr(x->summary, "has another key"));
        assert_null(strstr(x->summary, "found nowhere"));
        assert_null(strstr(x->summary, "bears out"));
        assert_non_null(strstr(x->remedies[0].text, "in place of the one of its name"));
        assert_true(s.cs->n_what_if > 0);
        for (size_t i = 0; i < s.cs->n_what_if; i++) {
            const struct xd_what_if *w = &s.cs->what_if[i];
            bool good = strcmp(w->change, "client-cert+clientAuth") == 0;
            assert_int_equal(w->zone, good ? XD_PREDICT_ACTIVE : XD_PREDICT_FAILED);
        }
        xd_mint_free(&true_ca);
        xd_mint_free(&other);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ca_that_may_not_sign_is_no_unknown_ca),
        cmocka_unit_test(one_untrusted_ca_of_two_nodes_is_one_finding),
        cmocka_unit_test(a_path_that_is_too_long_is_told_and_predicted),
        cmocka_unit_test(a_trusted_ca_that_ended_hides_its_renewal_in_the_chain),
        cmocka_unit_test(an_issuer_found_nowhere_takes_one_capture),
        cmocka_unit_test(a_log_without_its_bundle_weakens_no_cause),
        cmocka_unit_test(a_refusal_behind_the_clients_first_data_still_is_one),
        cmocka_unit_test(a_ca_that_was_renewed_does_not_end),
        cmocka_unit_test(a_namesake_of_the_issuer_is_told_where_it_alone_is_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
