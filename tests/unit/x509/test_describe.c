/*
 * test_describe.c - certificates to facts, hostile ones included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static void tells_every_fact_of_a_leaf(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_mint_spec spec = {
        .cn = "vcs8c.example.com",
        .ku = "critical,digitalSignature,keyEncipherment",
        .eku = "serverAuth,clientAuth,1.2.3.4.5",
        .san = "DNS:vcs8c.example.com,DNS:cluster.example.com,IP:10.106.80.16,"
               "IP:2001:db8::1,email:a@example.com,URI:sip:x@example.com",
        .policy = "1.2.3,2.23.140.1.2.2",
        .aia =
            "OCSP;URI:http://ocsp.example.org/x,caIssuers;URI:http://ca.example.org:80/y",
        .extra_oid = "1.3.6.1.4.1.11129.2.4.2",
        .extra = "0400",
        .key_ids = true,
        .serial = 0x46df76aa,
        .rsa = true,
    };
    struct xd_minted leaf = xd_mint(cs, &spec, &root);
    const struct xd_cert *c = leaf.cert;

    assert_true(c->described);
    assert_true(c->parsed);
    assert_null(c->parse_error);
    assert_string_equal("46df76aa", c->serial);
    assert_string_equal("C = NL, O = Test, CN = vcs8c.example.com", c->subject);
    assert_string_equal("vcs8c.example.com", c->subject_cn);
    assert_string_equal("C = NL, O = Test, CN = Root", c->issuer);
    assert_string_equal("Root", c->issuer_cn);
    assert_true(c->not_before == 1767225600 * XD_SECOND);
    assert_true(c->not_after == 1830297600 * XD_SECOND);
    assert_true(c->eku.present && c->eku.server_auth && c->eku.client_auth && !c->eku.any);
    assert_int_equal(3, c->eku.n_names);
    assert_string_equal("serverAuth", c->eku.names[0]);
    assert_string_equal("clientAuth", c->eku.names[1]);
    assert_string_equal("1.2.3.4.5", c->eku.names[2]);
    assert_true(c->has_key_usage);
    assert_int_equal(XD_KU_DIGITAL_SIGNATURE | XD_KU_KEY_ENCIPHERMENT, c->key_usage);
    assert_int_equal(6, c->n_san);
    assert_int_equal(XD_SAN_DNS, c->san[1].type);
    assert_string_equal("cluster.example.com", c->san[1].text);
    assert_int_equal(XD_SAN_IP, c->san[2].type);
    assert_string_equal("10.106.80.16", c->san[2].text);
    assert_string_equal("2001:db8::1", c->san[3].text);
    assert_int_equal(XD_SAN_EMAIL, c->san[4].type);
    assert_int_equal(XD_SAN_URI, c->san[5].type);
    assert_string_equal("RSA 2048", c->key);
    assert_int_equal(2048, c->key_bits);
    assert_string_equal("ecdsa-with-SHA256", c->signature);
    assert_false(c->is_ca);
    assert_false(c->self_signed);
    assert_true(c->has_sct);
    assert_string_equal("2.23.140.1.2.2", c->cab_policy);
    assert_string_equal("ca.example.org", c->aia_host);
    assert_true(xd_slice_equal(c->akid, root.cert->skid));
    assert_int_equal(20, c->skid.len);
    assert_true(xd_slice_equal(c->issuer_der, root.cert->subject_der));
    xd_mint_free(&leaf);
    xd_mint_free(&root);
}

static void tells_a_root_that_signed_itself(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");

    assert_true(root.cert->is_ca);
    assert_true(root.cert->self_signed);
    assert_string_equal("EC P-256", root.cert->key);
    assert_false(root.cert->eku.present);
    assert_int_equal(XD_KU_KEY_CERT_SIGN | XD_KU_CRL_SIGN, root.cert->key_usage);
    xd_mint_free(&root);
}

static void a_name_equal_to_its_issuers_is_not_yet_self_signed(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted root = xd_mint_root(cs, "Root");
    struct xd_minted other = xd_mint_ca(cs, "Root", &root);

    assert_true(xd_slice_equal(other.cert->subject_der, other.cert->issuer_der));
    assert_false(other.cert->self_signed);
    xd_mint_free(&other);
    xd_mint_free(&root);
}

static void keeps_text_valid_where_names_are_hostile(void **state)
{
    struct xd_case *cs = *state;
    /* SAN: dNSName "a\0b", dNSName with bytes that are no UTF-8, iPAddress of 3 bytes. */
    struct xd_mint_spec spec = {.cn = "caf\303\251 \"x\"\n",
                                .extra_oid = "2.5.29.17",
                                .extra = "300f820361006282 03fffe41870301 0203"};
    char hex[64] = "";
    size_t n = 0;

    for (const char *p = spec.extra; *p != '\0'; p++) {
        if (*p != ' ') {
            hex[n++] = *p;
        }
    }
    spec.extra = hex;
    struct xd_minted m = xd_mint(cs, &spec, NULL);
    const struct xd_cert *c = m.cert;

    assert_true(c->parsed);
    assert_string_equal("caf\303\251 \"x\"\n", c->subject_cn);
    assert_int_equal(3, c->n_san);
    assert_string_equal("a\357\277\275b", c->san[0].text);
    assert_string_equal("\357\277\275\357\277\275A", c->san[1].text);
    assert_int_equal(XD_SAN_OTHER, c->san[2].type);
    assert_string_equal("malformed address 010203", c->san[2].text);
    assert_false(xd_x509_san_matches(c, "a"));
    xd_mint_free(&m);
}

static void says_which_extension_it_could_not_read(void **state)
{
    struct xd_case *cs = *state;
    struct xd_mint_spec spec = {.cn = "x", .extra_oid = "2.5.29.37", .extra = "0500"};
    struct xd_minted m = xd_mint(cs, &spec, NULL);

    assert_true(m.cert->parsed);
    assert_true(m.cert->eku.present);
    assert_false(m.cert->eku.client_auth);
    assert_string_equal("the extension extendedKeyUsage cannot be read",
                        m.cert->parse_error);
    xd_mint_free(&m);
}

static void says_that_an_extension_stands_twice(void **state)
{
    struct xd_case *cs = *state;
    struct xd_mint_spec spec = {.cn = "x",
                                .eku = "clientAuth",
                                .extra_oid = "2.5.29.37",
                                .extra = "300a06082b06010505070302"};
    struct xd_minted m = xd_mint(cs, &spec, NULL);

    assert_string_equal("the extension extendedKeyUsage stands there twice",
                        m.cert->parse_error);
    xd_mint_free(&m);
}

static void refuses_every_proper_prefix_and_bytes_behind(void **state)
{
    struct xd_case *cs = *state;
    struct xd_minted m = xd_mint_leaf(cs, "x.example.com", "serverAuth", NULL);
    size_t len = m.cert->der.len;

    for (size_t n = 0; n <= len + 1; n += n + 40 < len ? 7 : 1) {
        uint8_t *copy = malloc(n > 0 ? n : 1); /* its own block: an overread is seen */
        uint8_t sum[32] = {0};

        memcpy(copy, m.cert->der.p, n < len ? n : len);
        if (n > len) {
            copy[len] = 0;
        }
        memcpy(sum, &n, sizeof(n));
        struct xd_cert *c = xd_case_cert(cs, (struct xd_slice){.p = copy, .len = n}, sum);
        xd_x509_describe(cs, c);
        assert_int_equal(n == len, c->parsed);
        assert_int_equal(n != len, c->parse_error != NULL);
        free(copy);
    }
    xd_mint_free(&m);
}

static void every_damaged_byte_is_survived(void **state)
{
    struct xd_case *cs = *state;
    struct xd_mint_spec spec = {.cn = "x",
                                .basic = "CA:TRUE",
                                .ku = "digitalSignature",
                                .eku = "clientAuth",
                                .san = "DNS:a,IP:1.2.3.4,dirName:d",
                                .policy = "2.23.140.1.1",
                                .aia = "OCSP;URI:http://h/"};
    spec.san = "DNS:a,IP:1.2.3.4";
    struct xd_minted m = xd_mint(cs, &spec, NULL);
    size_t len = m.cert->der.len;

    for (size_t i = 0; i < len; i++) {
        uint8_t *copy = malloc(len);
        uint8_t sum[32] = {1};

        memcpy(copy, m.cert->der.p, len);
        copy[i] ^= 0x55;
        memcpy(sum + 8, &i, sizeof(i));
        struct xd_cert *c = xd_case_cert(cs, (struct xd_slice){.p = copy, .len = len}, sum);
        xd_x509_describe(cs, c);
        assert_true(c->described);
        assert_true(c->parsed || c->parse_error != NULL);
        free(copy);
    }
    xd_mint_free(&m);
}

static void a_name_matches_only_a_san_without_wildcards(void **state)
{
    struct xd_case *cs = *state;
    struct xd_mint_spec spec = {
        .cn = "cn.example.com",
        .san = "DNS:a.example.com,DNS:*.w.example.com,IP:192.0.2.1,DNS:192.0.2.9"};
    struct xd_minted m = xd_mint(cs, &spec, NULL);

    assert_true(xd_x509_san_matches(m.cert, "A.Example.COM"));
    assert_true(xd_x509_san_matches(m.cert, "a.example.com."));
    assert_true(xd_x509_san_matches(m.cert, "192.0.2.1"));
    assert_false(xd_x509_san_matches(m.cert, "192.0.2.9"));
    assert_false(xd_x509_san_matches(m.cert, "x.w.example.com"));
    assert_false(xd_x509_san_matches(m.cert, "cn.example.com"));
    assert_false(xd_x509_san_matches(m.cert, ""));
    assert_true(xd_x509_cn_matches(m.cert, "CN.example.com"));
    assert_false(xd_x509_cn_matches(m.cert, "a.example.com"));
    xd_mint_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_every_fact_of_a_leaf, make_case, free_case),
        cmocka_unit_test_setup_teardown(tells_a_root_that_signed_itself, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(a_name_equal_to_its_issuers_is_not_yet_self_signed,
                                        make_case, free_case),
        cmocka_unit_test_setup_teardown(keeps_text_valid_where_names_are_hostile, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(says_which_extension_it_could_not_read, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(says_that_an_extension_stands_twice, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(refuses_every_proper_prefix_and_bytes_behind,
                                        make_case, free_case),
        cmocka_unit_test_setup_teardown(every_damaged_byte_is_survived, make_case,
                                        free_case),
        cmocka_unit_test_setup_teardown(a_name_matches_only_a_san_without_wildcards,
                                        make_case, free_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
