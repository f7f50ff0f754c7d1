/*
 * test_keys.c - with a key log, what TLS hid is read: real handshakes of OpenSSL with
 * every cipher suite of TLS 1.3 and the kinds of TLS 1.2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "scene.h"

enum { MAX_BYTES = 1 << 20 };

/* A client and a server that trust each other's self-signed certificate, or do not. */
struct pair {
    SSL_CTX *ctx[2];
    SSL *ssl[2];
    EVP_PKEY *key;
    X509 *cert;
    struct xd_buf keylog;
};

static void keep_line(const SSL *ssl, const char *line)
{
    struct xd_buf *log = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    xd_buf_puts(log, line);
    xd_buf_puts(log, "\r\n");
}

static int accept_any(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    (void)ctx;
    return 1;
}

static void make_certificate(struct pair *p)
{
    p->key = EVP_RSA_gen(2048);
    p->cert = X509_new();
    assert_non_null(p->key);
    X509_NAME *name = X509_get_subject_name(p->cert);

    X509_set_version(p->cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(p->cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(p->cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(p->cert), 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"e", -1, -1, 0);
    X509_set_issuer_name(p->cert, name);
    X509_set_pubkey(p->cert, p->key);
    assert_true(X509_sign(p->cert, p->key, EVP_sha256()) > 0);
}

static void begin_pair(struct pair *p, const char *suite, bool tls13, bool client_has)
{
    *p = (struct pair){.keylog = {.max = MAX_BYTES}};
    make_certificate(p);
    for (unsigned i = 0; i < 2; i++) {
        int version = tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;

        p->ctx[i] = SSL_CTX_new(TLS_method());
        SSL_CTX_set_min_proto_version(p->ctx[i], version);
        SSL_CTX_set_max_proto_version(p->ctx[i], version);
        SSL_CTX_set_security_level(p->ctx[i], 0);
        if (tls13) {
            assert_int_equal(1, SSL_CTX_set_ciphersuites(p->ctx[i], suite));
        } else {
            assert_int_equal(1, SSL_CTX_set_cipher_list(p->ctx[i], suite));
        }
        if (i == SERVER || client_has) {
            SSL_CTX_use_certificate(p->ctx[i], p->cert);
            SSL_CTX_use_PrivateKey(p->ctx[i], p->key);
        }
        SSL_CTX_set_verify(p->ctx[i], SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           accept_any);
        p->ssl[i] = SSL_new(p->ctx[i]);
        SSL_set_bio(p->ssl[i], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    }
    SSL_CTX_set_app_data(p->ctx[CLIENT], &p->keylog);
    SSL_CTX_set_keylog_callback(p->ctx[CLIENT], keep_line);
    SSL_set_connect_state(p->ssl[CLIENT]);
    SSL_set_accept_state(p->ssl[SERVER]);
}

static void end_pair(struct pair *p)
{
    for (unsigned i = 0; i < 2; i++) {
        SSL_free(p->ssl[i]);
        SSL_CTX_free(p->ctx[i]);
    }
    X509_free(p->cert);
    EVP_PKEY_free(p->key);
    xd_buf_done(&p->keylog);
}

/* What one side has written goes to the other; the bytes are kept by turns. */
static void carry(struct pair *p, unsigned from, struct xd_buf *turns, size_t *n)
{
    uint8_t block[4096];
    int len = 0;

    while ((len = BIO_read(SSL_get_wbio(p->ssl[from]), block, sizeof(block))) > 0) {
        if (*n == 0 || (*n - 1) % 2 != from) {
            turns[(*n)++] = (struct xd_buf){.max = MAX_BYTES};
        }
        xd_buf_add(&turns[*n - 1], block, (size_t)len);
        BIO_write(SSL_get_rbio(p->ssl[1 - from]), block, len);
    }
}

/* A handshake, data both ways, both ends closed; as facts, with the key log. */
static void run(struct pair *p, bool with_keys, struct xd_buf *out)
{
    struct xd_buf turns[64];
    size_t n = 0;
    uint8_t data[600] = {0};
    struct xd_scene s;

    for (unsigned i = 0; i < 4; i++) {
        (void)SSL_do_handshake(p->ssl[CLIENT]);
        carry(p, CLIENT, turns, &n);
        (void)SSL_do_handshake(p->ssl[SERVER]);
        carry(p, SERVER, turns, &n);
    }
    if (SSL_is_init_finished(p->ssl[SERVER])) {
        for (unsigned i = 0; i < 2; i++) {
            (void)SSL_write(p->ssl[i], data, sizeof(data));
            carry(p, i, turns, &n);
            (void)SSL_read(p->ssl[1 - i], data, sizeof(data));
        }
        (void)SSL_shutdown(p->ssl[CLIENT]);
        carry(p, CLIENT, turns, &n);
    }
    xd_scene_begin(&s);
    if (with_keys) {
        xd_wire_secrets(s.w, xd_slice_of_buf(&p->keylog));
    }
    xd_scene_open(&s);
    for (size_t i = 0; i < n; i++) {
        xd_scene_say(&s, (unsigned)(i % 2), xd_slice_of_buf(&turns[i]), 1448);
        xd_buf_done(&turns[i]);
    }
    xd_scene_fin(&s, SERVER);
    (void)xd_scene_end(&s, out);
}

static void expect(const char *suite, bool tls13, bool client_has, bool with_keys,
                   const char *facts)
{
    struct pair p;
    struct xd_buf out = {.max = MAX_BYTES};

    begin_pair(&p, suite, tls13, client_has);
    run(&p, with_keys, &out);
    if (strcmp(facts, xd_buf_text(&out)) != 0) {
        fail_msg("%s: %s", suite, xd_buf_text(&out));
    }
    end_pair(&p);
    xd_buf_done(&out);
}

static void reads_certificates_of_tls_1_3(void **state)
{
    static const char *const suites[] = {
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"};

    (void)state;
    for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++) {
        expect(suites[i], true, true, true,
               "tls 10.0.0.1:40000 established TLSv1.3 sni=? request=1 resumed=0 "
               "server:1 "
               "client:1 alert:client:0");
        expect(suites[i], true, true, false,
               "tls 10.0.0.1:40000 established TLSv1.3 sni=? request=-1 resumed=0");
    }
}

static void reads_the_alert_that_tls_1_3_hides(void **state)
{
    (void)state;
    expect("TLS_AES_256_GCM_SHA384", true, false, true,
           "tls 10.0.0.1:40000 failed:alert:handshake:server TLSv1.3 sni=? request=1 "
           "resumed=0 "
           "server:1 client:0 alert:server:116");
    expect("TLS_AES_256_GCM_SHA384", true, false, false,
           "tls 10.0.0.1:40000 failed:encrypted-alert:handshake:server TLSv1.3 sni=? "
           "request=-1 resumed=0 alert:server:-1");
}

static void reads_alerts_of_tls_1_2(void **state)
{
    static const char *const suites[] = {"ECDHE-RSA-AES128-GCM-SHA256",
                                         "ECDHE-RSA-AES256-GCM-SHA384",
                                         "ECDHE-RSA-CHACHA20-POLY1305",
                                         "AES128-CCM",
                                         "AES256-CCM8",
                                         "AES128-SHA",
                                         "AES256-SHA256",
                                         "ECDHE-RSA-AES256-SHA384",
                                         "CAMELLIA128-SHA",
                                         "ARIA128-GCM-SHA256",
                                         "ARIA256-GCM-SHA384",
                                         "ECDHE-ARIA128-GCM-SHA256",
                                         "ECDHE-ARIA256-GCM-SHA384"};

    (void)state;
    for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++) {
        expect(suites[i], false, true, true,
               "tls 10.0.0.1:40000 established TLSv1.2 sni=? request=1/1/2/64 resumed=0 "
               "server:1 "
               "client:1 alert:client:0");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_certificates_of_tls_1_3),
        cmocka_unit_test(reads_the_alert_that_tls_1_3_hides),
        cmocka_unit_test(reads_alerts_of_tls_1_2),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
