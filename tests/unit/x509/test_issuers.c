/*
 * test_issuers.c - public or private, by evidence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "expdiag/x509.h"

#include "mint.h"

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

/* Roots of a case of their own: what is public need not be in the case at hand. */
static struct xd_roots roots_of(const struct xd_minted *root)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    struct xd_roots roots = {0};
    struct xd_err err = {0};

    assert_int_equal(1, PEM_write_bio_X509(bio, root->x));
    long len = BIO_get_mem_data(bio, &bytes);
    struct xd_slice pem = {.p = (const uint8_t *)bytes, .len = (size_t)len};
    assert_int_equal(XD_OK, xd_roots_from_pem(pem, "roots.pem", &roots, &err));
    BIO_free(bio);
    return roots;
}

static void a_path_through_the_case_decides(void **state)
{
    struct xd_case *cs = *state;
    struct xd_case *elsewhere = xd_case_new();
    struct xd_minted public_root = xd_mint_root(elsewhere, "Public Root");
    struct xd_minted public_ca = xd_mint_ca(cs, "Public CA", &public_root);
    struct xd_minted public_leaf =
        xd_mint_leaf(cs, "p.example.com", "serverAuth", &public_ca);
    struct xd_minted own_root = xd_mint_root(cs, "Own Root");
    struct xd_minted own_leaf = xd_mint_leaf(cs, "o.example.com", "serverAuth", &own_root);
    struct xd_minted self = xd_mint_leaf(cs, "self.example.com", "serverAuth", NULL);
    struct xd_minted lost_ca = xd_mint_ca(elsewhere, "Lost CA", &own_root);
    struct xd_minted lost = xd_mint_leaf(cs, "l.example.com", "serverAuth", &lost_ca);
    struct xd_roots roots = roots_of(&public_root);

    xd_x509_judge_issuers(cs, &roots);
    assert_int_equal(1, roots.count);
    assert_int_equal(XD_ISSUER_PUBLIC, public_leaf.cert->issuer_kind);
    assert_string_equal("its path \"Public CA\" < \"Public Root\" ends at a public root "
                        "(roots.pem)",
                        public_leaf.cert->issuer_kind_why);
    assert_int_equal(XD_ISSUER_PUBLIC, public_ca.cert->issuer_kind);
    assert_int_equal(XD_ISSUER_PRIVATE, own_leaf.cert->issuer_kind);
    assert_string_equal(
        "its path \"Own Root\" ends at a root that is none of the public ones",
        own_leaf.cert->issuer_kind_why);
    assert_int_equal(XD_ISSUER_SELF_SIGNED, own_root.cert->issuer_kind);
    assert_int_equal(XD_ISSUER_SELF_SIGNED, self.cert->issuer_kind);
    assert_int_equal(XD_ISSUER_UNKNOWN, lost.cert->issuer_kind);
    xd_roots_free(&roots);
    xd_mint_free(&public_root);
    xd_mint_free(&public_ca);
    xd_mint_free(&public_leaf);
    xd_mint_free(&own_root);
    xd_mint_free(&own_leaf);
    xd_mint_free(&self);
    xd_mint_free(&lost_ca);
    xd_mint_free(&lost);
    xd_case_free(elsewhere);
}

static void a_name_without_the_signature_is_no_path(void **state)
{
    struct xd_case *cs = *state;
    struct xd_case *elsewhere = xd_case_new();
    struct xd_minted public_root = xd_mint_root(elsewhere, "Public Root");
    struct xd_mint_spec spec = {.cn = "Public Root", .basic = "critical,CA:TRUE"};
    struct xd_minted impostor = xd_mint(cs, &spec, NULL);
    struct xd_mint_spec leaf_spec = {.cn = "x.example.com"};
    struct xd_minted leaf = xd_mint(cs, &leaf_spec, &impostor);
    struct xd_roots roots = roots_of(&public_root);

    xd_x509_judge_issuers(cs, &roots);
    assert_int_equal(XD_ISSUER_PRIVATE, leaf.cert->issuer_kind);
    assert_int_equal(XD_ISSUER_SELF_SIGNED, impostor.cert->issuer_kind);
    xd_roots_free(&roots);
    xd_mint_free(&leaf);
    xd_mint_free(&impostor);
    xd_mint_free(&public_root);
    xd_case_free(elsewhere);
}

static void without_a_path_transparency_and_policy_together_speak_for_public(void **state)
{
    struct xd_case *cs = *state;
    struct xd_case *elsewhere = xd_case_new();
    struct xd_minted lost_ca = xd_mint_root(elsewhere, "Lost CA");
    struct xd_mint_spec spec = {.cn = "a.example.com",
                                .policy = "2.23.140.1.2.1",
                                .extra_oid = "1.3.6.1.4.1.11129.2.4.2",
                                .extra = "0400"};
    struct xd_minted both = xd_mint(cs, &spec, &lost_ca);
    struct xd_mint_spec half_spec = {.cn = "b.example.com", .policy = "2.23.140.1.2.1"};
    struct xd_minted half = xd_mint(cs, &half_spec, &lost_ca);

    xd_x509_judge_issuers(cs, NULL);
    assert_int_equal(XD_ISSUER_PUBLIC, both.cert->issuer_kind);
    assert_int_equal(XD_ISSUER_UNKNOWN, half.cert->issuer_kind);
    assert_non_null(strstr(half.cert->issuer_kind_why, "2.23.140.1.2.1"));
    xd_mint_free(&half);
    xd_mint_free(&both);
    xd_mint_free(&lost_ca);
    xd_case_free(elsewhere);
}

static void transparency_and_policy_outweigh_a_root_that_is_not_listed(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "New Root");
    struct xd_minted ca = xd_mint_ca(cs, "New CA", &root);
    struct xd_mint_spec spec = {.cn = "a.example.com",
                                .policy = "2.23.140.1.2.1",
                                .extra_oid = "1.3.6.1.4.1.11129.2.4.2",
                                .extra = "0400"};
    struct xd_minted both = xd_mint(cs, &spec, &ca);
    struct xd_mint_spec half_spec = {.cn = "b.example.com", .policy = "2.23.140.1.2.1"};
    struct xd_minted half = xd_mint(cs, &half_spec, &ca);

    xd_x509_judge_issuers(cs, NULL);
    assert_int_equal(XD_ISSUER_PUBLIC, both.cert->issuer_kind);
    assert_string_equal("it carries the CA/Browser Forum policy 2.23.140.1.2.1 and "
                        "certificate transparency timestamps, although its root \"New "
                        "Root\" is not in the list of public roots",
                        both.cert->issuer_kind_why);
    assert_int_equal(XD_ISSUER_PRIVATE, half.cert->issuer_kind);
    assert_int_equal(XD_ISSUER_PRIVATE, ca.cert->issuer_kind);
    xd_mint_free(&half);
    xd_mint_free(&both);
    xd_mint_free(&ca);
    xd_mint_free(&root);
}

static void the_roots_compiled_in_are_mozillas(void **state)
{
    struct xd_roots roots;

    (void)state;
    xd_roots_builtin(&roots);
    if (roots.count == 0) {
        xd_roots_free(&roots);
        skip(); /* built on a machine without ca-certificates, which the build said */
    }
    xd_roots_parse(&roots);
    assert_int_equal(roots.count, roots.n_certs);
    assert_true(roots.count > 100);
    assert_int_equal(0, strncmp(roots.source, "Mozilla, Debian ca-certificates ", 32));
    for (size_t i = 0; i < roots.n_certs; i++) {
        assert_true(roots.certs[i]->parsed);
    }
    xd_roots_free(&roots);
}

static void a_file_without_certificates_is_refused(void **state)
{
    struct xd_roots roots;
    struct xd_err err = {0};

    (void)state;
    assert_int_equal(XD_BAD,
                     xd_roots_from_pem(xd_slice_of("hello\n"), "x.pem", &roots, &err));
    assert_string_equal("x.pem: no certificate in it", err.text);
}

static void names_of_roots_are_known_without_decoding_them(void **state)
{
    static const uint8_t nobody[] = {0x30, 0x00};
    struct xd_roots roots;

    (void)state;
    xd_roots_builtin(&roots);
    size_t count = roots.count;

    assert_false(xd_roots_named(&roots, (struct xd_slice){nobody, sizeof(nobody)}));
    assert_false(xd_roots_named(&roots, (struct xd_slice){0}));
    assert_int_equal(count, roots.n_list);
    assert_int_equal(0, roots.n_certs);
    xd_roots_parse(&roots);
    assert_int_equal(count, roots.n_certs);
    for (size_t i = 0; i < roots.n_certs; i++) {
        assert_true(xd_roots_named(&roots, roots.certs[i]->subject_der));
    }
    xd_roots_free(&roots);
}

static void a_root_is_described_once_and_by_itself(void **state)
{
    struct xd_roots all;
    struct xd_roots some;

    (void)state;
    xd_roots_builtin(&all);
    xd_roots_builtin(&some);
    xd_roots_parse(&all);
    if (all.n_certs < 2) {
        skip();
    }
    struct xd_slice last = all.certs[all.n_certs - 1]->subject_der;

    xd_roots_want(&some, last);
    size_t n = some.n_certs;
    xd_roots_want(&some, last);
    assert_int_equal(n, some.n_certs); /* two may share a name */
    assert_in_range(n, 1, 2);
    assert_non_null(xd_roots_find(&some, last, all.certs[all.n_certs - 1]->spki_sha256));
    xd_roots_parse(&some);
    assert_int_equal(all.n_certs, some.n_certs);
    xd_roots_free(&some);
    xd_roots_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_described_once_and_by_itself),
        cmocka_unit_test(names_of_roots_are_known_without_decoding_them),
        cmocka_unit_test_setup_teardown(a_path_through_the_case_decides, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(a_name_without_the_signature_is_no_path, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(
            without_a_path_transparency_and_policy_together_speak_for_public, make_case,
            free_case),
        cmocka_unit_test_setup_teardown(
            transparency_and_policy_outweigh_a_root_that_is_not_listed, make_case,
            free_case),
        cmocka_unit_test_setup_teardown(the_roots_compiled_in_are_mozillas, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(a_file_without_certificates_is_refused, make_case,
                                        free_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
