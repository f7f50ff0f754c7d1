/*
 * test_offer.c - what a hello offers and a request takes, by the numbers of IANA.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "judge_priv.h"
#include "judge_stage.h"

enum {
    ECDHE_RSA_AES128 = 0xc02f,
    ECDHE_ECDSA_AES128 = 0xc02b,
    RSA_AES128 = 0x002f,
    AES128_13 = 0x1301,
    RSA_PKCS1_SHA256 = 0x0401,
    RSA_PSS_RSAE_SHA256 = 0x0804,
    ECDSA_P256_SHA256 = 0x0403,
    ED25519 = 0x0807
};

struct offer {
    uint16_t versions[3];
    uint16_t ciphers[3];
    uint16_t algorithms[3];
    const char *key;
    enum xd_taken taken;
};

static size_t count(const uint16_t list[3])
{
    size_t n = 0;
    while (n < 3 && list[n] != 0) {
        n++;
    }
    return n;
}

static void a_server_can_answer_with_a_key_that_the_hello_takes(void **state)
{
    (void)state;
    static const struct offer offers[] = {
        {{0x303}, {ECDHE_RSA_AES128}, {RSA_PKCS1_SHA256}, "RSA 2048", XD_TAKEN_YES},
        {{0x303}, {RSA_AES128}, {0}, "RSA 2048", XD_TAKEN_YES},
        {{0x303}, {ECDHE_ECDSA_AES128}, {ECDSA_P256_SHA256}, "RSA 2048", XD_TAKEN_NO},
        {{0x303}, {ECDHE_RSA_AES128}, {ECDSA_P256_SHA256}, "EC P-256", XD_TAKEN_NO},
        {{0x303}, {ECDHE_ECDSA_AES128}, {ECDSA_P256_SHA256}, "EC P-256", XD_TAKEN_YES},
        {{0x301}, {ECDHE_ECDSA_AES128}, {0}, "EC P-256", XD_TAKEN_YES},
        {{0x303}, {ECDHE_ECDSA_AES128}, {ECDSA_P256_SHA256}, "Ed25519", XD_TAKEN_NO},
        {{0x303}, {ECDHE_ECDSA_AES128}, {ED25519}, "Ed25519", XD_TAKEN_YES},
        {{0x303}, {ECDHE_ECDSA_AES128}, {0}, "Ed25519", XD_TAKEN_NO},
        /* TLS 1.3: the suites name no kind of key, and PKCS #1 is for chains alone. */
        {{0x304}, {AES128_13}, {RSA_PSS_RSAE_SHA256}, "RSA 2048", XD_TAKEN_YES},
        {{0x304}, {AES128_13}, {RSA_PKCS1_SHA256}, "RSA 2048", XD_TAKEN_NO},
        {{0x304}, {AES128_13}, {ED25519}, "Ed25519", XD_TAKEN_YES},
        {{0x304}, {AES128_13}, {ED25519}, "EC P-256", XD_TAKEN_NO},
        /* Whoever offers both versions may be answered in the older one. */
        {{0x304, 0x303},
         {AES128_13, RSA_AES128},
         {RSA_PKCS1_SHA256},
         "RSA 2048",
         XD_TAKEN_YES},
        {{0x303}, {ECDHE_RSA_AES128}, {RSA_PKCS1_SHA256}, "ML-DSA-65", XD_TAKEN_UNKNOWN},
        {{0x303}, {0}, {0}, "RSA 2048", XD_TAKEN_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        struct offer o = offers[i];
        struct xd_tls_facts t = {.client_hello = true,
                                 .client_version = o.versions[0],
                                 .client_versions = o.versions,
                                 .n_client_versions = count(o.versions),
                                 .ciphers = o.ciphers,
                                 .n_ciphers = count(o.ciphers),
                                 .signature_algorithms = o.algorithms,
                                 .n_signature_algorithms = count(o.algorithms)};
        assert_int_equal(xd_offer_takes(&t, o.key), o.taken);
    }
    assert_int_equal(xd_offer_takes(NULL, "RSA 2048"), XD_TAKEN_UNKNOWN);
}

static void a_client_can_answer_a_request_that_takes_its_key(void **state)
{
    (void)state;
    static const struct {
        uint16_t version;
        uint16_t types[3];
        uint16_t algorithms[3];
        const char *key;
        enum xd_taken taken;
    } requests[] = {
        {0x301, {1, 64}, {0}, "RSA 2048", XD_TAKEN_YES},
        {0x301, {64}, {0}, "RSA 2048", XD_TAKEN_NO},
        {0x303, {1}, {RSA_PKCS1_SHA256}, "EC P-256", XD_TAKEN_NO},
        {0x303, {1, 64}, {RSA_PKCS1_SHA256}, "EC P-256", XD_TAKEN_NO},
        {0x303, {1, 64}, {RSA_PKCS1_SHA256}, "RSA 2048", XD_TAKEN_YES},
        {0x303, {64}, {ED25519}, "Ed25519", XD_TAKEN_YES},
        {0x304, {0}, {ECDSA_P256_SHA256}, "EC P-256", XD_TAKEN_YES},
        {0x304, {0}, {RSA_PKCS1_SHA256}, "RSA 2048", XD_TAKEN_NO},
        {0x304, {0}, {0}, "RSA 2048", XD_TAKEN_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        uint16_t types[3];
        uint16_t algorithms[3];
        memcpy(types, requests[i].types, sizeof types);
        memcpy(algorithms, requests[i].algorithms, sizeof algorithms);
        struct xd_tls_facts t = {.version = requests[i].version,
                                 .request_types = types,
                                 .n_request_types = count(types),
                                 .request_algorithms = algorithms,
                                 .n_request_algorithms = count(algorithms)};
        assert_int_equal(xd_request_takes(&t, requests[i].key), requests[i].taken);
    }
}

/* An empty Certificate message of C, whose client store holds an EC certificate. */
static void a_certificate_that_was_kept_back_for_its_key_is_told(void **state)
{
    (void)state;
    for (uint16_t type = 1; type <= 64; type += 63) {
        struct xd_jstage s;
        xd_jstage_open(&s);
        struct xd_flow *f = xd_jstage_zone_flow(&s, s.e);
        uint16_t types[] = {type};
        f->tls->request_types = types;
        f->tls->n_request_types = 1;
        struct xd_mint_spec spec = {.cn = "c.example.com", .eku = "clientAuth"};
        xd_jstage_store(&s, s.c, &s.c->client, xd_jstage_mint(&s, &spec, &s.root));
        xd_jstage_present(&s, f, XD_CLIENT, NULL, NULL)->n_certs = 0;
        xd_jstage_fail(&s, f, XD_FAILURE_ALERT, XD_BY_SERVER, 40);
        xd_jstage_judge(&s);
        const struct xd_finding *x = xd_jstage_finding(&s, XD_F_NO_CLIENT_CERTIFICATE);
        assert_non_null(x);
        assert_int_equal(strstr(x->summary, "which the server's request does not take") !=
                             NULL,
                         type == 1);
        xd_jstage_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_can_answer_with_a_key_that_the_hello_takes),
        cmocka_unit_test(a_client_can_answer_a_request_that_takes_its_key),
        cmocka_unit_test(a_certificate_that_was_kept_back_for_its_key_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
