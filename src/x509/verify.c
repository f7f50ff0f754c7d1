/*
 * verify.c - replay one certificate verification with OpenSSL (RFC 5280, 6).
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"

#include "x509_priv.h"

/*
 * Handles are keyed by the address of the xd_cert they were decoded from, which is
 * one a certificate and stays for the life of the case; stores by the addresses of
 * all certificates they hold, in order.
 */
struct xd_x509_cache {
    struct xd_map *x509_of;  /* struct xd_cert * -> X509 * */
    struct xd_map *cert_of;  /* X509 * -> struct xd_cert * */
    struct xd_map *store_of; /* array of struct xd_cert * -> X509_STORE * */
    X509 **decoded;
    size_t n_decoded, cap_decoded;
    X509_STORE **stores;
    size_t n_stores, cap_stores;
};

struct xd_x509_cache *xd_x509_cache_new(void)
{
    struct xd_x509_cache *cache = xd_alloc(sizeof(*cache));

    xd_x509_init();
    cache->x509_of = xd_map_new();
    cache->cert_of = xd_map_new();
    cache->store_of = xd_map_new();
    return cache;
}

void xd_x509_cache_free(struct xd_x509_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < cache->n_stores; i++) {
        X509_STORE_free(cache->stores[i]);
    }
    for (size_t i = 0; i < cache->n_decoded; i++) {
        X509_free(cache->decoded[i]);
    }
    xd_free(cache->stores);
    xd_free(cache->decoded);
    xd_map_free(cache->x509_of);
    xd_map_free(cache->cert_of);
    xd_map_free(cache->store_of);
    xd_free(cache);
}

static size_t grow_capacity(size_t cap)
{
    return cap == 0 ? 16 : 2 * cap;
}

/* The address itself is the key. */
static struct xd_slice key_address(const void *const *p)
{
    return (struct xd_slice){.p = (const uint8_t *)p, .len = sizeof(*p)};
}

/* The certificate's handle, owned by the cache, or NULL where it cannot be decoded. */
static X509 *get_handle(struct xd_x509_cache *cache, struct xd_cert *c)
{
    const void *key = c;
    X509 *x = xd_map_get(cache->x509_of, key_address(&key));

    if (x != NULL) {
        return x;
    }
    x = xd_x509_decode(c->der);
    if (x == NULL) {
        return NULL;
    }
    if (cache->n_decoded == cache->cap_decoded) {
        cache->cap_decoded = grow_capacity(cache->cap_decoded);
        cache->decoded =
            xd_realloc(cache->decoded, cache->cap_decoded * sizeof(*cache->decoded));
    }
    cache->decoded[cache->n_decoded++] = x;
    xd_map_put(cache->x509_of, key_address(&key), x);
    key = x;
    xd_map_put(cache->cert_of, key_address(&key), c);
    return x;
}

static X509_STORE *get_store(struct xd_x509_cache *cache, struct xd_cert *const *trust,
                             size_t n_trust)
{
    struct xd_slice key = {.p = (const uint8_t *)trust, .len = n_trust * sizeof(*trust)};
    X509_STORE *store = xd_map_get(cache->store_of, key);

    if (store != NULL) {
        return store;
    }
    store = X509_STORE_new();
    if (store == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n_trust; i++) {
        X509 *x = get_handle(cache, trust[i]);

        if (x != NULL) {
            (void)X509_STORE_add_cert(store, x); /* a duplicate is no failure */
        }
    }
    if (cache->n_stores == cache->cap_stores) {
        cache->cap_stores = grow_capacity(cache->cap_stores);
        cache->stores =
            xd_realloc(cache->stores, cache->cap_stores * sizeof(*cache->stores));
    }
    cache->stores[cache->n_stores++] = store;
    xd_map_put(cache->store_of, key, store);
    return store;
}

/* What was sent besides the leaf; freed by the caller, handles stay the cache's. */
static STACK_OF(X509) *
    list_untrusted(struct xd_x509_cache *cache, const struct xd_verify_request *request)
{
    STACK_OF(X509) *list = sk_X509_new_null();

    for (size_t i = 1; list != NULL && i < request->n_chain && i < XD_MAX_CHAIN; i++) {
        X509 *x = get_handle(cache, request->chain[i]);

        if (x != NULL) {
            (void)sk_X509_push(list, x);
        }
    }
    return list;
}

/* Seconds since 1970, rounded down, also before it. */
static time_t whole_seconds(xd_time t)
{
    return (time_t)(t >= 0 ? t / XD_SECOND : -((-t + XD_SECOND - 1) / XD_SECOND));
}

static void set_parameters(X509_STORE_CTX *ctx, const struct xd_verify_request *request)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

    /* The purpose's trust setting comes with it, as in a TLS handshake. */
    switch (request->purpose) {
    case XD_PURPOSE_CLIENT:
        (void)X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
        break;
    case XD_PURPOSE_SERVER:
        (void)X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
        break;
    case XD_PURPOSE_NONE:
        break;
    }
    if (request->time == XD_TIME_NONE) {
        (void)X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    } else {
        X509_VERIFY_PARAM_set_time(param, whole_seconds(request->time));
    }
    X509_VERIFY_PARAM_set_auth_level(param, request->security_level);
    X509_VERIFY_PARAM_set_depth(param, XD_MAX_CHAIN);
}

static void copy_built(struct xd_case *cs, struct xd_x509_cache *cache,
                       const STACK_OF(X509) * built, struct xd_verify_result *out)
{
    int n = sk_X509_num(built);

    if (n <= 0) {
        return;
    }
    out->built = xd_arena_alloc(cs->arena, (size_t)n * sizeof(struct xd_cert *));
    for (int i = 0; i < n; i++) {
        const void *key = sk_X509_value(built, i);
        struct xd_cert *c = xd_map_get(cache->cert_of, key_address(&key));

        if (c != NULL) {
            out->built[out->n_built++] = c;
        }
    }
}

/* OpenSSL's own words, kept as long as the case. */
static void set_failure(struct xd_case *cs, struct xd_verify_result *out, int error)
{
    out->ok = false;
    out->error = error;
    out->error_text = xd_arena_strdup(cs->arena, X509_verify_cert_error_string(error));
}

static void run_verification(struct xd_case *cs, struct xd_x509_cache *cache,
                             const struct xd_verify_request *request,
                             struct xd_verify_result *out)
{
    X509 *leaf = get_handle(cache, request->chain[0]);
    X509_STORE *store = get_store(cache, request->trust, request->n_trust);
    STACK_OF(X509) *untrusted = list_untrusted(cache, request);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();

    if (leaf == NULL) {
        out->at = request->chain[0];
        set_failure(cs, out, X509_V_ERR_UNSPECIFIED);
        out->error_text = "the certificate cannot be decoded";
    } else if (ctx == NULL || store == NULL || untrusted == NULL ||
               X509_STORE_CTX_init(ctx, store, leaf, untrusted) != 1) {
        set_failure(cs, out, X509_V_ERR_OUT_OF_MEM);
    } else {
        set_parameters(ctx, request);
        out->ok = X509_verify_cert(ctx) == 1;
        copy_built(cs, cache, X509_STORE_CTX_get0_chain(ctx), out);
        if (!out->ok) {
            const void *key = X509_STORE_CTX_get_current_cert(ctx);

            set_failure(cs, out, X509_STORE_CTX_get_error(ctx));
            out->depth = X509_STORE_CTX_get_error_depth(ctx);
            out->at = key != NULL ? xd_map_get(cache->cert_of, key_address(&key)) : NULL;
        }
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(untrusted);
    ERR_clear_error();
}

void xd_x509_verify(struct xd_case *cs, const struct xd_verify_request *request,
                    struct xd_verify_result *out)
{
    struct xd_x509_cache *own = NULL;
    struct xd_x509_cache *cache = request->cache;

    memset(out, 0, sizeof(*out));
    out->error_text = "ok";
    if (request->n_chain == 0) {
        set_failure(cs, out, X509_V_ERR_UNSPECIFIED);
        out->error_text = "no certificate was presented";
        return;
    }
    if (cache == NULL) {
        own = xd_x509_cache_new();
        cache = own;
    }
    run_verification(cs, cache, request, out);
    xd_x509_cache_free(own);
}

/* Error 26 names no extension: the certificate at fault tells which forbids the purpose. */
static enum xd_fault tell_purpose(const struct xd_verify_request *request,
                                  const struct xd_verify_result *result)
{
    const struct xd_cert *c = result->at;

    if (c == NULL || !c->parsed) {
        return XD_FAULT_PURPOSE;
    }
    bool permits = request->purpose == XD_PURPOSE_SERVER ? xd_cert_permits_server(c)
                                                         : xd_cert_permits_client(c);
    if (permits && c->has_key_usage) {
        return XD_FAULT_KEY_USAGE;
    }
    return XD_FAULT_PURPOSE;
}

static bool cannot_sign(const struct xd_cert *c)
{
    return c->has_key_usage && (c->key_usage & XD_KU_KEY_CERT_SIGN) == 0;
}

static enum xd_fault tell_bad_ca(const struct xd_verify_result *result)
{
    const struct xd_cert *c = result->at;

    return c != NULL && c->is_ca && cannot_sign(c) ? XD_FAULT_KEY_USAGE : XD_FAULT_TRUST;
}

enum xd_fault xd_x509_fault(const struct xd_verify_request *request,
                            const struct xd_verify_result *result)
{
    if (result->ok) {
        return XD_FAULT_NONE;
    }
    switch (result->error) { /* OpenSSL's plain constants, not an enum */
    case X509_V_ERR_INVALID_PURPOSE:
        return tell_purpose(request, result);
    case X509_V_ERR_INVALID_CA:
        return tell_bad_ca(result);
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
        return XD_FAULT_KEY_USAGE;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
        return XD_FAULT_TRUST;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return XD_FAULT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return XD_FAULT_NOT_YET_VALID;
    case X509_V_ERR_CERT_REVOKED:
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
        return XD_FAULT_REVOCATION;
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return XD_FAULT_SIGNATURE;
    default:
        return XD_FAULT_OTHER;
    }
}

bool xd_x509_issued(const struct xd_cert *issuer, const struct xd_cert *subject)
{
    bool issued = false;

    if (!issuer->parsed || !subject->parsed || issuer->subject_der.len == 0 ||
        !xd_slice_equal(issuer->subject_der, subject->issuer_der)) {
        return false;
    }
    xd_x509_init();
    X509 *above = xd_x509_decode(issuer->der);
    X509 *below = xd_x509_decode(subject->der);
    if (above != NULL && below != NULL) {
        EVP_PKEY *key = X509_get0_pubkey(above);

        issued = key != NULL && X509_verify(below, key) == 1;
    }
    X509_free(above);
    X509_free(below);
    ERR_clear_error();
    return issued;
}
