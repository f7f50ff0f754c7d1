/*
 * test_verify.c - the replay, against what was measured with OpenSSL 3.0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509_vfy.h>

#include "expdiag/x509.h"

#include "mint.h"

enum { CHAIN = 4 };

/* 2026-06-01 00:00:00 UTC: inside of every validity that the mint gives. */
#define SUMMER (1780272000 * XD_SECOND)

static int make_case(void **state)
{
    *state = xd_case_new();
    return 0;
}

static int free_case(void **state)
{
    xd_case_free(*state);
    return 0;
}

struct replay {
    struct xd_cert *chain[CHAIN];
    struct xd_cert *trust[CHAIN];
    struct xd_verify_request request;
    struct xd_verify_result result;
};

static size_t count(struct xd_cert *const list[CHAIN])
{
    size_t n = 0;

    while (n < CHAIN && list[n] != NULL) {
        n++;
    }
    return n;
}

/* Runs the replay and gives the class of fault. */
static enum xd_fault run(struct xd_case *cs, struct replay *r, enum xd_purpose purpose,
                         xd_time at)
{
    r->request.chain = r->chain;
    r->request.n_chain = count(r->chain);
    r->request.trust = r->trust;
    r->request.n_trust = count(r->trust);
    r->request.purpose = purpose;
    r->request.time = at;
    xd_x509_verify(cs, &r->request, &r->result);
    return xd_x509_fault(&r->request, &r->result);
}

static void a_server_only_leaf_fails_as_client_and_passes_as_server(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted leaf = xd_mint_leaf(cs, "c.example.com", "serverAuth", &root);
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_PURPOSE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_INVALID_PURPOSE, r.result.error);
    assert_int_equal(0, r.result.depth);
    assert_ptr_equal(leaf.cert, r.result.at);
    assert_string_equal("unsuitable certificate purpose", r.result.error_text);
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    assert_true(r.result.ok);
    assert_int_equal(2, r.result.n_built);
    assert_non_null(r.result.built);
    assert_ptr_equal(leaf.cert, r.result.built[0]);
    assert_ptr_equal(root.cert, r.result.built[1]);
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_NONE, SUMMER));
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void an_absent_eku_passes_both_purposes(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted leaf = xd_mint_leaf(cs, "c.example.com", NULL, &root);
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    assert_true(xd_cert_permits_client(leaf.cert));
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void any_extended_key_usage_alone_does_not_pass(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted leaf = xd_mint_leaf(cs, "c.example.com", "anyExtendedKeyUsage", &root);
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert}};

    assert_true(leaf.cert->eku.any);
    assert_int_equal(XD_FAULT_PURPOSE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(XD_FAULT_PURPOSE, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    assert_false(xd_cert_permits_client(leaf.cert));
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void the_eku_of_a_ca_limits_its_leaf(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_mint_spec spec = {.cn = "Server CA",
                                .basic = "critical,CA:TRUE",
                                .eku = "serverAuth",
                                .key_ids = true};
    struct xd_minted ca = xd_mint(cs, &spec, &root);
    struct xd_minted leaf = xd_mint_leaf(cs, "c.example.com", "serverAuth,clientAuth", &ca);
    struct replay r = {.chain = {leaf.cert, ca.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_PURPOSE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(1, r.result.depth);
    assert_ptr_equal(ca.cert, r.result.at);
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    xd_mint_free(&leaf);
    xd_mint_free(&ca);
    xd_mint_free(&root);
}

static void key_usage_is_told_from_eku(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_mint_spec spec = {
        .cn = "c", .ku = "critical,dataEncipherment", .eku = "clientAuth,serverAuth"};
    struct xd_minted leaf = xd_mint(cs, &spec, &root);
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_KEY_USAGE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_INVALID_PURPOSE, r.result.error);
    assert_int_equal(XD_FAULT_KEY_USAGE, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_NONE, SUMMER));
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void a_ca_that_may_not_sign_is_key_usage_and_a_leaf_as_ca_a_constraint(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_mint_spec spec = {
        .cn = "CA", .basic = "critical,CA:TRUE", .ku = "critical,digitalSignature"};
    struct xd_minted ca = xd_mint(cs, &spec, &root);
    struct xd_minted below = xd_mint_leaf(cs, "c", "clientAuth", &ca);
    struct xd_minted no_ca = xd_mint_leaf(cs, "no-ca", NULL, &root);
    struct xd_minted under = xd_mint_leaf(cs, "d", "clientAuth", &no_ca);
    struct replay r = {.chain = {below.cert, ca.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_KEY_USAGE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_INVALID_CA, r.result.error);
    assert_ptr_equal(ca.cert, r.result.at);
    r = (struct replay){.chain = {under.cert, no_ca.cert}, .trust = {root.cert}};
    assert_int_equal(XD_FAULT_CONSTRAINT, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    xd_mint_free(&under);
    xd_mint_free(&no_ca);
    xd_mint_free(&below);
    xd_mint_free(&ca);
    xd_mint_free(&root);
}

static void trust_hides_purpose_and_purpose_hides_time(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted other = xd_mint_root(cs, "Other");
    struct xd_mint_spec spec = {
        .cn = "c", .eku = "serverAuth", .to = 1769904000 * XD_SECOND}; /* 2026-02-01 */
    struct xd_minted leaf = xd_mint(cs, &spec, &root);
    struct replay r = {.chain = {leaf.cert}, .trust = {other.cert}};

    assert_int_equal(XD_FAULT_TRUST, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, r.result.error);
    r.trust[0] = root.cert;
    assert_int_equal(XD_FAULT_PURPOSE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(XD_FAULT_EXPIRED, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_SERVER, XD_TIME_NONE));
    assert_int_equal(XD_FAULT_NOT_YET_VALID,
                     run(cs, &r, XD_PURPOSE_SERVER, 1767225599 * XD_SECOND));
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_SERVER, 1767225600 * XD_SECOND));
    xd_mint_free(&leaf);
    xd_mint_free(&other);
    xd_mint_free(&root);
}

static void an_intermediate_is_taken_from_what_was_sent_or_from_the_ca_file(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted ca = xd_mint_ca(cs, "Issuing", &root);
    struct xd_minted leaf = xd_mint_leaf(cs, "c", "clientAuth", &ca);
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_TRUST, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(1, r.result.n_built);
    r.trust[1] = ca.cert;
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    r = (struct replay){.chain = {leaf.cert, ca.cert}, .trust = {root.cert}};
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(3, r.result.n_built);
    /* Trust needs a root: the intermediate alone in the CA file is not enough. */
    r = (struct replay){.chain = {leaf.cert}, .trust = {ca.cert}};
    assert_int_equal(XD_FAULT_TRUST, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(2, r.result.n_built);
    xd_mint_free(&leaf);
    xd_mint_free(&ca);
    xd_mint_free(&root);
}

static void a_sent_root_is_told_from_a_self_signed_leaf(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted leaf = xd_mint_leaf(cs, "c", "clientAuth", &root);
    struct xd_minted self = xd_mint_leaf(cs, "self", "clientAuth", NULL);
    struct replay r = {.chain = {leaf.cert, root.cert}, .trust = {self.cert}};

    assert_int_equal(XD_FAULT_TRUST, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, r.result.error);
    r = (struct replay){.chain = {self.cert}, .trust = {root.cert}};
    assert_int_equal(XD_FAULT_TRUST, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, r.result.error);
    r = (struct replay){.chain = {self.cert}, .trust = {self.cert}};
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    xd_mint_free(&self);
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void two_cas_of_one_name_fail_by_signature(void **state)
{
    struct xd_case *cs = *state;
    struct xd_mint_spec spec = {.cn = "Root", .basic = "critical,CA:TRUE"};
    struct xd_minted old = xd_mint(cs, &spec, NULL);
    struct xd_minted new = xd_mint(cs, &spec, NULL);
    struct xd_mint_spec leaf_spec = {.cn = "c", .eku = "clientAuth"};
    struct xd_minted leaf = xd_mint(cs, &leaf_spec, &new);
    struct replay r = {.chain = {leaf.cert}, .trust = {old.cert, new.cert}};

    assert_int_equal(XD_FAULT_SIGNATURE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_CERT_SIGNATURE_FAILURE, r.result.error);
    assert_false(xd_x509_issued(old.cert, leaf.cert));
    assert_true(xd_x509_issued(new.cert, leaf.cert));
    assert_false(xd_x509_issued(leaf.cert, new.cert));
    xd_mint_free(&leaf);
    xd_mint_free(&new);
    xd_mint_free(&old);
}

static void a_weak_key_fails_at_a_security_level_only(void **state)
{
    struct xd_case *cs = *state;
    struct xd_mint_spec spec = {.cn = "c", .eku = "clientAuth", .rsa = true};
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted leaf = xd_mint(cs, &spec, &root);
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert}};

    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    r.request.security_level = 2; /* RSA 2048 gives 112 bits, as level 2 asks for */
    assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    r.request.security_level = 3;
    assert_int_equal(XD_FAULT_SIGNATURE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
    assert_int_equal(X509_V_ERR_EE_KEY_TOO_SMALL, r.result.error);
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void a_shared_cache_gives_the_same_verdicts(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted other = xd_mint_root(cs, "Other");
    struct xd_minted leaf = xd_mint_leaf(cs, "c", "serverAuth", &root);
    struct xd_x509_cache *cache = xd_x509_cache_new();
    struct replay r = {.chain = {leaf.cert}, .trust = {root.cert, other.cert}};

    r.request.cache = cache;
    for (int i = 0; i < 3; i++) {
        r.trust[0] = root.cert; /* the list's contents count, not where it lies */
        assert_int_equal(XD_FAULT_NONE, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
        assert_int_equal(XD_FAULT_PURPOSE, run(cs, &r, XD_PURPOSE_CLIENT, SUMMER));
        r.trust[0] = other.cert;
        assert_int_equal(XD_FAULT_TRUST, run(cs, &r, XD_PURPOSE_SERVER, SUMMER));
    }
    xd_x509_cache_free(cache);
    xd_mint_free(&leaf);
    xd_mint_free(&other);
    xd_mint_free(&root);
}

static void nothing_presented_and_rubbish_are_said(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    uint8_t sum[32] = {7};
    struct xd_cert *rubbish = xd_case_cert(cs, xd_slice_of("rubbish"), sum);
    struct replay r = {.trust = {root.cert}};

    xd_x509_describe(cs, rubbish);
    (void)run(cs, &r, XD_PURPOSE_CLIENT, SUMMER);
    assert_false(r.result.ok);
    assert_string_equal("no certificate was presented", r.result.error_text);
    r.chain[0] = rubbish;
    (void)run(cs, &r, XD_PURPOSE_CLIENT, SUMMER);
    assert_false(r.result.ok);
    assert_ptr_equal(rubbish, r.result.at);
    assert_string_equal("the certificate cannot be decoded", r.result.error_text);
    xd_mint_free(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_server_only_leaf_fails_as_client_and_passes_as_server, make_case, free_case),
        cmocka_unit_test_setup_teardown(an_absent_eku_passes_both_purposes, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(any_extended_key_usage_alone_does_not_pass,
                                        make_case, free_case),
        cmocka_unit_test_setup_teardown(the_eku_of_a_ca_limits_its_leaf, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(key_usage_is_told_from_eku, make_case, free_case),
        cmocka_unit_test_setup_teardown(
            a_ca_that_may_not_sign_is_key_usage_and_a_leaf_as_ca_a_constraint, make_case,
            free_case),
        cmocka_unit_test_setup_teardown(trust_hides_purpose_and_purpose_hides_time,
                                        make_case, free_case),
        cmocka_unit_test_setup_teardown(
            an_intermediate_is_taken_from_what_was_sent_or_from_the_ca_file, make_case,
            free_case),
        cmocka_unit_test_setup_teardown(a_sent_root_is_told_from_a_self_signed_leaf,
                                        make_case, free_case),
        cmocka_unit_test_setup_teardown(two_cas_of_one_name_fail_by_signature, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(a_weak_key_fails_at_a_security_level_only,
                                        make_case, free_case),
        cmocka_unit_test_setup_teardown(a_shared_cache_gives_the_same_verdicts, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(nothing_presented_and_rubbish_are_said, make_case,
                                        free_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
