/*
 * x509.h - certificates to facts, and the replay: "would this verifier accept this
 * chain, for this purpose, at that time?"
 *
 * The only door to OpenSSL's X.509.
 */
#ifndef EXPDIAG_X509_H
#define EXPDIAG_X509_H

#include "expdiag/case.h"

struct xd_root;

/* The roots that count as public. */
struct xd_roots {
    const char
        *source; /* "Mozilla, Debian ca-certificates 20230311+deb12u1" or the file given */
    size_t count;
    uint8_t sha256[32]; /* of the PEM text */
    struct xd_slice pem;
    struct xd_cert **certs; /* described: those asked for by name, or all */
    size_t n_certs, cap_certs;
    bool parsed;          /* all of them */
    struct xd_root *list; /* as in the text; by xd_roots_named */
    size_t n_list, cap_list;
    size_t *by_name; /* indices into list */
    bool listed;
    bool nameless;          /* one's subject could not be told so: any may match */
    struct xd_arena *arena; /* of certs and of what from_pem copied; NULL: nothing yet */
};

/* Those compiled in. */
void xd_roots_builtin(struct xd_roots *out);

/* Those of a PEM file that the user named.  XD_BAD: it holds no certificate. */
XD_MUST_USE enum xd_rc xd_roots_from_pem(struct xd_slice pem, const char *source,
                                         struct xd_roots *out, struct xd_err *err);

/* Describe all of them, once. */
void xd_roots_parse(struct xd_roots *roots);

/* Describe those with this encoded subject, once each. */
void xd_roots_want(struct xd_roots *roots, struct xd_slice subject_der);

/*
 * Is one of the roots named so?  Without decoding any: that takes OpenSSL 3.0 20 to 40 ms
 * for a public list, more than to read 100 MB of a capture.
 */
bool xd_roots_named(struct xd_roots *roots, struct xd_slice subject_der);

/* Gives back what it holds; certs are gone with it. */
void xd_roots_free(struct xd_roots *roots);

/* The root among them with this encoded subject (and key, unless spki is NULL), or NULL. */
const struct xd_cert *xd_roots_find(struct xd_roots *roots, struct xd_slice subject_der,
                                    const uint8_t *spki_sha256);

/* Fill the facts of one certificate of the case, unless it has them. */
void xd_x509_describe(struct xd_case *cs, struct xd_cert *c);

/* Fill the facts of every certificate of the case that has none yet. */
void xd_x509_describe_all(struct xd_case *cs);

/* Fill issuer_kind and issuer_kind_why of every certificate. */
void xd_x509_judge_issuers(struct xd_case *cs, struct xd_roots *roots);

enum xd_purpose { XD_PURPOSE_NONE, XD_PURPOSE_CLIENT, XD_PURPOSE_SERVER };

/*
 * What many replays share: decoded certificates and trust stores, found again by
 * the certificates they hold.  Decoding takes OpenSSL 3.0 up to a millisecond a
 * certificate.  Every case has one of its own, made when it is first needed.
 */
struct xd_x509_cache;
struct xd_x509_cache *xd_x509_cache_new(void);
void xd_x509_cache_free(struct xd_x509_cache *cache);

struct xd_verify_request {
    struct xd_cert *const *chain; /* leaf first, as presented */
    size_t n_chain;
    struct xd_cert *const
        *trust; /* the verifier's CA file: a path must end at a root of it */
    size_t n_trust;
    enum xd_purpose purpose;
    xd_time time;       /* XD_TIME_NONE: validity is not looked at */
    int security_level; /* OpenSSL's, 1 to 5: weak digests and keys fail; 0: not looked at
                         */
    struct xd_x509_cache *cache; /* NULL: the case's own */
};

/* OpenSSL's verdict and its own words. */
struct xd_verify_result {
    bool ok;
    int error;              /* X509_V_ERR_..., 0 where ok */
    const char *error_text; /* as X509_verify_cert_error_string */
    int depth;
    const struct xd_cert *at; /* the certificate that failed; NULL: not one of ours */
    struct xd_cert **built;   /* the path as far as it was built, leaf first */
    size_t n_built;
};

/* Replay one verification (RFC 5280, 6); texts and arrays live in the case's arena. */
void xd_x509_verify(struct xd_case *cs, const struct xd_verify_request *request,
                    struct xd_verify_result *out);

/* What class of fault an X509_V_ERR_ code is. */
enum xd_fault {
    XD_FAULT_NONE,
    XD_FAULT_TRUST,     /* no path to a trusted root */
    XD_FAULT_PURPOSE,   /* EKU of the leaf or of a CA in the path */
    XD_FAULT_KEY_USAGE, /* keyUsage forbids it */
    XD_FAULT_EXPIRED,
    XD_FAULT_NOT_YET_VALID,
    XD_FAULT_REVOCATION,
    XD_FAULT_SIGNATURE,  /* digest or key too weak, or signature wrong */
    XD_FAULT_CONSTRAINT, /* path length, names, a critical extension (RFC 5280, 6.1.4) */
    XD_FAULT_OTHER,
};

/*
 * keyUsage and EKU share one OpenSSL error; the certificate tells which.  A CA
 * without keyCertSign is KEY_USAGE, an issuer that is no CA at all is TRUST (its
 * alert is 48 in OpenSSL), a CA whose EKU leaves the purpose out is PURPOSE.
 */
enum xd_fault xd_x509_fault(const struct xd_verify_request *request,
                            const struct xd_verify_result *result);

/*
 * Is its signature of an algorithm that this OpenSSL can verify?  ML-DSA (FIPS 204) is not
 * before OpenSSL 3.5: such a chain can be followed by names alone.
 */
bool xd_x509_knows_signature(const struct xd_cert *c);

/* Did issuer sign subject?  By names and signature; with cs its decoded ones are used. */
bool xd_x509_issued_in(struct xd_case *cs, struct xd_cert *issuer, struct xd_cert *subject);
bool xd_x509_issued(const struct xd_cert *issuer, const struct xd_cert *subject);

/*
 * Does a dNSName or iPAddress of the certificate equal name (RFC 6125 without
 * wildcards, which an Expressway does not support)?
 */
bool xd_x509_san_matches(const struct xd_cert *c, const char *name);
bool xd_x509_cn_matches(const struct xd_cert *c, const char *name);

#endif
