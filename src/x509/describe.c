/*
 * describe.c - one certificate's DER to the facts of cert.h (RFC 5280).
 *
 * Hostile certificates are the rule here: what cannot be read is said, everything
 * kept has a ceiling, and every text is made valid UTF-8.
 */
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "x509_priv.h"

void xd_x509_init(void)
{
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

X509 *xd_x509_decode(struct xd_slice der)
{
    const unsigned char *p = der.p;

    if (der.p == NULL || der.len == 0 || der.len > XD_MAX_CERT_BYTES) {
        return NULL;
    }
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    if (x != NULL && p != der.p + der.len) {
        X509_free(x); /* bytes behind the certificate: not the DER of one */
        x = NULL;
    }
    return x;
}

void xd_x509_sha256(struct xd_slice bytes, uint8_t out[32])
{
    unsigned int len = 0;

    memset(out, 0, 32);
    (void)EVP_Digest(bytes.p, bytes.len, out, &len, EVP_sha256(), NULL);
}

void xd_x509_note(struct xd_arena *arena, struct xd_cert *c, const char *what)
{
    if (c->parse_error == NULL) {
        c->parse_error = xd_arena_strdup(arena, what);
    }
}

const char *xd_x509_name_text(struct xd_arena *arena, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    const char *text = "";

    if (bio == NULL || name == NULL) {
        BIO_free(bio);
        return text;
    }
    /* XN_FLAG_ONELINE, but with letters outside ASCII as themselves. */
    (void)X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    long len = BIO_get_mem_data(bio, &bytes);
    if (len > 0) {
        text = xd_text_clean(arena, bytes, (size_t)len, XD_MAX_CERT_TEXT);
    }
    BIO_free(bio);
    return text;
}

/* The last commonName of the sequence is the most specific one. */
static const char *copy_common_name(struct xd_arena *arena, const X509_NAME *name)
{
    int at = -1;

    for (int next = X509_NAME_get_index_by_NID(name, NID_commonName, -1); next >= 0;
         next = X509_NAME_get_index_by_NID(name, NID_commonName, at)) {
        at = next;
    }
    if (at < 0) {
        return NULL;
    }
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value);
    const char *text;

    if (len < 0) { /* not decodable as its own string type */
        text = xd_text_clean(arena, (const char *)ASN1_STRING_get0_data(value),
                             (size_t)ASN1_STRING_length(value), XD_MAX_CERT_TEXT);
    } else {
        text = xd_text_clean(arena, (const char *)utf8, (size_t)len, XD_MAX_CERT_TEXT);
    }
    OPENSSL_free(utf8);
    return text;
}

static struct xd_slice copy_name_der(struct xd_arena *arena, const X509_NAME *name)
{
    const unsigned char *der = NULL;
    size_t len = 0;

    if (X509_NAME_get0_der(name, &der, &len) != 1 || der == NULL) {
        return (struct xd_slice){0};
    }
    return xd_arena_dup(arena, (struct xd_slice){.p = der, .len = len});
}

/* The INTEGER's own bytes (RFC 5280, 4.1.2.2), lower-case hex, sign byte dropped. */
static const char *copy_serial(struct xd_arena *arena, const X509 *x)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
    size_t len = (size_t)ASN1_STRING_length(serial);
    bool negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;

    if (len > XD_MAX_CERT_TEXT / 2) {
        len = XD_MAX_CERT_TEXT / 2;
    }
    char *hex = xd_arena_alloc(arena, 2 * len + 2);
    char *digits = negative ? hex + 1 : hex;

    if (negative) {
        hex[0] = '-';
    }
    xd_text_hex(ASN1_STRING_get0_data(serial), len, digits);
    return hex;
}

static xd_time read_time(const ASN1_TIME *t)
{
    struct tm tm;
    xd_time out = XD_TIME_NONE;

    memset(&tm, 0, sizeof(tm));
    if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1) {
        return XD_TIME_NONE;
    }
    struct xd_civil civil = {.year = tm.tm_year + 1900,
                             .month = tm.tm_mon + 1,
                             .day = tm.tm_mday,
                             .hour = tm.tm_hour,
                             .minute = tm.tm_min,
                             .second = tm.tm_sec};
    if (!xd_time_from_civil(&civil, &out)) {
        return XD_TIME_NONE;
    }
    return out;
}

static const char *word_key(struct xd_arena *arena, const EVP_PKEY *key)
{
    int bits = EVP_PKEY_get_bits(key);
    char group[64] = "";
    size_t len = 0;

    if (EVP_PKEY_is_a(key, "RSA")) {
        return xd_arena_printf(arena, "RSA %d", bits);
    }
    if (EVP_PKEY_is_a(key, "RSA-PSS")) {
        return xd_arena_printf(arena, "RSA-PSS %d", bits);
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        if (EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1) {
            return xd_arena_printf(arena, "EC %d", bits);
        }
        const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
        return xd_arena_printf(arena, "EC %s", nist != NULL ? nist : group);
    }
    if (EVP_PKEY_is_a(key, "ED25519")) {
        return "Ed25519";
    }
    if (EVP_PKEY_is_a(key, "ED448")) {
        return "Ed448";
    }
    const char *type = EVP_PKEY_get0_type_name(key);
    return xd_arena_printf(arena, "%s %d", type != NULL ? type : "unknown", bits);
}

/* Algorithms of FIPS 204 and 205 by the last arc of 2.16.840.1.101.3.4.3. */
static const char *name_of_oid(const char *dotted)
{
    static const char arc[] = "2.16.840.1.101.3.4.3.";
    static const char *const from_17[] = {
        "ML-DSA-44",          "ML-DSA-65",          "ML-DSA-87",
        "SLH-DSA-SHA2-128s",  "SLH-DSA-SHA2-128f",  "SLH-DSA-SHA2-192s",
        "SLH-DSA-SHA2-192f",  "SLH-DSA-SHA2-256s",  "SLH-DSA-SHA2-256f",
        "SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHAKE-192s",
        "SLH-DSA-SHAKE-192f", "SLH-DSA-SHAKE-256s", "SLH-DSA-SHAKE-256f"};
    enum { FIRST = 17, N_NAMES = sizeof from_17 / sizeof *from_17 };
    uint64_t n = 0;

    if (strncmp(dotted, arc, sizeof arc - 1) != 0 ||
        !xd_text_number(xd_slice_of(dotted + sizeof arc - 1), FIRST + N_NAMES - 1, &n) ||
        n < FIRST) {
        return NULL;
    }
    return from_17[n - FIRST];
}

/* The name of an algorithm, as OpenSSL or the tables above have it; else its OID. */
static const char *word_algorithm(struct xd_arena *arena, const ASN1_OBJECT *oid)
{
    char dotted[128] = "";
    int nid = OBJ_obj2nid(oid);

    if (nid != NID_undef) {
        return xd_arena_strdup(arena, OBJ_nid2ln(nid));
    }
    (void)OBJ_obj2txt(dotted, sizeof(dotted), oid, 1);
    const char *name = name_of_oid(dotted);
    return xd_arena_strdup(arena, name != NULL ? name : dotted);
}

/* Of a key that OpenSSL cannot read, the algorithm alone. */
static const char *word_unread_key(struct xd_arena *arena, const X509 *x)
{
    ASN1_OBJECT *oid = NULL;

    if (X509_PUBKEY_get0_param(&oid, NULL, NULL, NULL, X509_get_X509_PUBKEY(x)) != 1 ||
        oid == NULL) {
        return "unknown";
    }
    return word_algorithm(arena, oid);
}

static void describe_key(struct xd_arena *arena, struct xd_cert *c, X509 *x,
                         bool known_root)
{
    unsigned char *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);

    if (len > 0) {
        xd_x509_sha256((struct xd_slice){.p = spki, .len = (size_t)len}, c->spki_sha256);
    }
    OPENSSL_free(spki);

    EVP_PKEY *key = X509_get0_pubkey(x);
    if (key == NULL) {
        c->key = word_unread_key(arena, x);
        xd_x509_note(arena, c, "the public key cannot be read");
        return;
    }
    c->key = word_key(arena, key);
    c->key_bits = EVP_PKEY_get_bits(key);
    if (xd_slice_equal(c->subject_der, c->issuer_der)) {
        c->self_signed = known_root || X509_verify(x, key) == 1;
    }
}

static const char *word_signature(struct xd_arena *arena, const X509 *x)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid = NULL;

    X509_get0_signature(NULL, &algorithm, x);
    if (algorithm == NULL) {
        return "unknown";
    }
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    return word_algorithm(arena, oid);
}

void xd_x509_describe_in(struct xd_arena *arena, struct xd_cert *c, X509 *x,
                         bool known_root)
{
    c->described = true;
    if (x == NULL) {
        c->parse_error = "these bytes are not a certificate that OpenSSL can decode";
        ERR_clear_error();
        return;
    }
    const X509_NAME *subject = X509_get_subject_name(x);
    const X509_NAME *issuer = X509_get_issuer_name(x);

    c->parsed = true;
    c->serial = copy_serial(arena, x);
    c->subject = xd_x509_name_text(arena, subject);
    c->subject_cn = copy_common_name(arena, subject);
    c->subject_der = copy_name_der(arena, subject);
    c->issuer = xd_x509_name_text(arena, issuer);
    c->issuer_cn = copy_common_name(arena, issuer);
    c->issuer_der = copy_name_der(arena, issuer);
    c->not_before = read_time(X509_get0_notBefore(x));
    c->not_after = read_time(X509_get0_notAfter(x));
    if (c->not_before == XD_TIME_NONE || c->not_after == XD_TIME_NONE) {
        xd_x509_note(arena, c, "the validity dates cannot be read");
    }
    c->signature = word_signature(arena, x);
    describe_key(arena, c, x, known_root);
    xd_x509_describe_extensions(arena, c, x);
    ERR_clear_error(); /* what failed was noted */
}

void xd_x509_describe(struct xd_case *cs, struct xd_cert *c)
{
    if (!c->described) {
        xd_x509_describe_in(cs->arena, c, xd_x509_handle(xd_x509_case_cache(cs), c), false);
    }
}

void xd_x509_describe_all(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_certs; i++) {
        xd_x509_describe(cs, cs->certs[i]);
    }
}
