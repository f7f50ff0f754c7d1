/*
 * mint.c - certificates made at test time.
 */
#include "mint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "expdiag/x509.h"

/* A test that cannot make its certificates proves nothing. */
static void require(int ok, const char *what)
{
    if (ok == 0) {
        (void)fprintf(stderr, "mint: %s failed\n", what);
        abort();
    }
}

static void set_name(X509 *x, const char *cn)
{
    X509_NAME *name = X509_NAME_new();
    static const char *const fixed[][2] = {{"C", "NL"}, {"O", "Test"}};

    for (size_t i = 0; i < 2; i++) {
        require(X509_NAME_add_entry_by_txt(name, fixed[i][0], MBSTRING_UTF8,
                                           (const unsigned char *)fixed[i][1], -1, -1, 0),
                "name");
    }
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn,
                                       -1, -1, 0),
            "common name");
    require(X509_set_subject_name(x, name), "subject");
    X509_NAME_free(name);
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    if (value == NULL) {
        return;
    }
    CONF *conf = NCONF_new(NULL); /* empty: some extensions insist on having one */
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    require(ext != NULL && X509_add_ext(x, ext, -1), value);
    X509_EXTENSION_free(ext);
    NCONF_free(conf);
}

static void add_raw(X509 *x, const char *oid, const char *hex)
{
    if (oid == NULL) {
        return;
    }
    long len = 0;
    unsigned char *der = OPENSSL_hexstr2buf(hex, &len);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);

    require(der != NULL && ASN1_OCTET_STRING_set(value, der, (int)len), "raw extension");
    X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
    require(ext != NULL && X509_add_ext(x, ext, -1), "raw extension");
    X509_EXTENSION_free(ext);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(value);
    OPENSSL_free(der);
}

static void set_times(X509 *x, const struct xd_mint_spec *spec)
{
    xd_time from = spec->from != 0 ? spec->from : 1767225600 * XD_SECOND; /* 2026-01-01 */
    xd_time to = spec->to != 0 ? spec->to : 1830297600 * XD_SECOND;       /* 2028-01-01 */

    require(ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(from / XD_SECOND)) != NULL,
            "not before");
    require(ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(to / XD_SECOND)) != NULL,
            "not after");
}

struct xd_cert *xd_mint_register(struct xd_case *cs, X509 *x)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    uint8_t sum[32];
    unsigned int sum_len = 0;

    require(len > 0, "encoding");
    require(EVP_Digest(der, (size_t)len, sum, &sum_len, EVP_sha256(), NULL), "digest");
    struct xd_cert *cert =
        xd_case_cert(cs, (struct xd_slice){.p = der, .len = (size_t)len}, sum);
    OPENSSL_free(der);
    xd_x509_describe(cs, cert);
    return cert;
}

struct xd_minted xd_mint(struct xd_case *cs, const struct xd_mint_spec *spec,
                         const struct xd_minted *issuer)
{
    static long next_serial = 4096;
    struct xd_minted m = {.x = X509_new()};

    if (spec->key != NULL) {
        require(EVP_PKEY_up_ref(spec->key), "key");
        m.key = spec->key;
    } else {
        m.key = spec->rsa ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)
                          : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    }
    require(m.key != NULL, "key");
    X509 *above = issuer != NULL ? issuer->x : m.x;
    EVP_PKEY *key = issuer != NULL ? issuer->key : m.key;
    require(X509_set_version(m.x, X509_VERSION_3), "version");
    require(ASN1_INTEGER_set(X509_get_serialNumber(m.x),
                             spec->serial != 0 ? spec->serial : next_serial++),
            "serial");
    set_name(m.x, spec->cn);
    require(X509_set_issuer_name(m.x, X509_get_subject_name(above)), "issuer");
    set_times(m.x, spec);
    require(X509_set_pubkey(m.x, m.key), "public key");
    add_extension(m.x, above, NID_basic_constraints, spec->basic);
    add_extension(m.x, above, NID_key_usage, spec->ku);
    add_extension(m.x, above, NID_ext_key_usage, spec->eku);
    add_extension(m.x, above, NID_subject_alt_name, spec->san);
    add_extension(m.x, above, NID_certificate_policies, spec->policy);
    add_extension(m.x, above, NID_info_access, spec->aia);
    if (spec->key_ids) {
        add_extension(m.x, above, NID_subject_key_identifier, "hash");
        bool above_has = X509_get0_subject_key_id(above) != NULL;
        add_extension(m.x, above, NID_authority_key_identifier, above_has ? "keyid" : NULL);
    }
    add_raw(m.x, spec->extra_oid, spec->extra);
    require(X509_sign(m.x, key, EVP_sha256()), "signature");
    m.cert = xd_mint_register(cs, m.x);
    return m;
}

void xd_mint_free(struct xd_minted *m)
{
    X509_free(m->x);
    EVP_PKEY_free(m->key);
    m->x = NULL;
    m->key = NULL;
}

struct xd_minted xd_mint_root(struct xd_case *cs, const char *cn)
{
    return xd_mint_ca(cs, cn, NULL);
}

struct xd_minted xd_mint_ca(struct xd_case *cs, const char *cn,
                            const struct xd_minted *issuer)
{
    struct xd_mint_spec spec = {.cn = cn,
                                .basic = "critical,CA:TRUE",
                                .ku = "critical,keyCertSign,cRLSign",
                                .key_ids = true};

    return xd_mint(cs, &spec, issuer);
}

struct xd_minted xd_mint_leaf(struct xd_case *cs, const char *cn, const char *eku,
                              const struct xd_minted *issuer)
{
    char san[300];
    struct xd_mint_spec spec = {.cn = cn, .eku = eku, .san = san, .key_ids = true};

    (void)snprintf(san, sizeof(san), "DNS:%s", cn);
    return xd_mint(cs, &spec, issuer);
}
