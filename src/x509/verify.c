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

/* What was sent besides the leaf; freed by the caller, handles stay the cache's. */
static STACK_OF(X509) *
    list_untrusted(struct xd_x509_cache *cache, const struct xd_verify_request *request)
{
    STACK_OF(X509) *list = sk_X509_new_null();

    for (size_t i = 1; list != NULL && i < request->n_chain && i < XD_MAX_CHAIN; i++) {
        X509 *x = xd_x509_handle(cache, request->chain[i]);

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
        const X509 *key = sk_X509_value(built, i);
        struct xd_cert *c = xd_x509_cert_of(cache, key);

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
    X509 *leaf = xd_x509_handle(cache, request->chain[0]);
    X509_STORE *store = xd_x509_store(cache, request->trust, request->n_trust);
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
            const X509 *current = X509_STORE_CTX_get_current_cert(ctx);

            set_failure(cs, out, X509_STORE_CTX_get_error(ctx));
            out->depth = X509_STORE_CTX_get_error_depth(ctx);
            out->at = current != NULL ? xd_x509_cert_of(cache, current) : NULL;
        }
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(untrusted);
    ERR_clear_error();
}

void xd_x509_verify(struct xd_case *cs, const struct xd_verify_request *request,
                    struct xd_verify_result *out)
{
    memset(out, 0, sizeof(*out));
    out->error_text = "ok";
    if (request->n_chain == 0) {
        set_failure(cs, out, X509_V_ERR_UNSPECIFIED);
        out->error_text = "no certificate was presented";
        return;
    }
    struct xd_x509_cache *cache =
        request->cache != NULL ? request->cache : xd_x509_case_cache(cs);
    run_verification(cs, cache, request, out);
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

    if (c == NULL || !c->parsed) {
        return XD_FAULT_TRUST;
    }
    /* Its basicConstraints forbid it to sign: no list of trusted CAs mends that. */
    return !c->is_ca        ? XD_FAULT_CONSTRAINT
           : cannot_sign(c) ? XD_FAULT_KEY_USAGE
                            : XD_FAULT_TRUST;
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
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
        return XD_FAULT_CONSTRAINT;
    default:
        return XD_FAULT_OTHER;
    }
}

bool xd_x509_knows_signature(const struct xd_cert *c)
{
    return c->signature == NULL || OBJ_txt2nid(c->signature) != NID_undef;
}

static bool may_have_issued(const struct xd_cert *issuer, const struct xd_cert *subject)
{
    return issuer->parsed && subject->parsed && issuer->subject_der.len > 0 &&
           xd_slice_equal(issuer->subject_der, subject->issuer_der);
}

static bool signed_by(X509 *subject, X509 *issuer)
{
    EVP_PKEY *key = issuer != NULL ? X509_get0_pubkey(issuer) : NULL;
    bool ok = subject != NULL && key != NULL && X509_verify(subject, key) == 1;

    ERR_clear_error();
    return ok;
}

bool xd_x509_issued_in(struct xd_case *cs, struct xd_cert *issuer, struct xd_cert *subject)
{
    if (!may_have_issued(issuer, subject)) {
        return false;
    }
    struct xd_x509_cache *cache = xd_x509_case_cache(cs);

    return signed_by(xd_x509_handle(cache, subject), xd_x509_handle(cache, issuer));
}

bool xd_x509_issued(const struct xd_cert *issuer, const struct xd_cert *subject)
{
    if (!may_have_issued(issuer, subject)) {
        return false;
    }
    xd_x509_init();
    X509 *above = xd_x509_decode(issuer->der);
    X509 *below = xd_x509_decode(subject->der);
    bool issued = signed_by(below, above);

    X509_free(above);
    X509_free(below);
    return issued;
}
