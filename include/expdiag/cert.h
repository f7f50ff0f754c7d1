/*
 * cert.h - an X.509 certificate as facts (RFC 5280).
 *
 * Model.  Registered by its DER (xd_case_cert); the other fields are filled once by
 * x509.h's xd_x509_describe, so that no reader of the model needs OpenSSL.
 */
#ifndef EXPDIAG_CERT_H
#define EXPDIAG_CERT_H

#include "expdiag/addr.h"
#include "expdiag/base.h"
#include "expdiag/clock.h"

enum xd_issuer_kind {
    XD_ISSUER_UNKNOWN,
    XD_ISSUER_PUBLIC,
    XD_ISSUER_PRIVATE,
    XD_ISSUER_SELF_SIGNED,
};

/* Of extendedKeyUsage (RFC 5280, 4.2.1.12). */
struct xd_eku {
    bool present;       /* the extension is there */
    bool server_auth;   /* id-kp-serverAuth named */
    bool client_auth;   /* id-kp-clientAuth named */
    bool any;           /* anyExtendedKeyUsage named; alone it satisfies no verifier here */
    const char **names; /* "serverAuth", "clientAuth", ... or dotted OIDs, in order */
    size_t n_names;
};

enum xd_san_type { XD_SAN_DNS, XD_SAN_IP, XD_SAN_EMAIL, XD_SAN_URI, XD_SAN_OTHER };

struct xd_san {
    enum xd_san_type type;
    const char *text; /* the name alone: "a.example.com", "192.0.2.1" */
};

/* Key usage bits (RFC 5280, 4.2.1.3). */
enum {
    XD_KU_DIGITAL_SIGNATURE = 1 << 0,
    XD_KU_NON_REPUDIATION = 1 << 1,
    XD_KU_KEY_ENCIPHERMENT = 1 << 2,
    XD_KU_DATA_ENCIPHERMENT = 1 << 3,
    XD_KU_KEY_AGREEMENT = 1 << 4,
    XD_KU_KEY_CERT_SIGN = 1 << 5,
    XD_KU_CRL_SIGN = 1 << 6,
    XD_KU_ENCIPHER_ONLY = 1 << 7,
    XD_KU_DECIPHER_ONLY = 1 << 8,
};

/* All pointers live in the case's arena.  Texts are valid UTF-8. */
struct xd_cert {
    unsigned id; /* position in xd_case.certs */
    uint8_t sha256[32];
    struct xd_slice der;
    bool described;          /* xd_x509_describe ran */
    bool parsed;             /* and could read it; if not, only what stands above is set */
    const char *parse_error; /* why not; with parsed set: what of it could not be read */
    const char *serial;      /* lower-case hex */
    const char
        *subject; /* RFC 4514 order as OpenSSL's XN_FLAG_ONELINE prints: "C = IN, CN = x" */
    const char *subject_cn; /* the most specific CN or NULL */
    const char *issuer;
    const char *issuer_cn;
    struct xd_slice subject_der; /* the encoded Name: compare these, never the texts */
    struct xd_slice issuer_der;
    xd_time not_before;
    xd_time not_after;
    struct xd_eku eku;
    bool has_key_usage;
    unsigned key_usage; /* XD_KU_ bits */
    struct xd_san *san;
    size_t n_san;
    bool san_cut;    /* more than XD_MAX_SAN */
    const char *key; /* "RSA 2048", "EC P-256", "Ed25519" */
    int key_bits;
    const char *signature; /* "sha256WithRSAEncryption" */
    uint8_t spki_sha256[32];
    struct xd_slice skid; /* subject key identifier or empty */
    struct xd_slice akid; /* authority key identifier or empty */
    bool is_ca;           /* basicConstraints cA */
    bool self_signed;     /* issuer name equals subject name and its own key verifies it */
    bool has_sct;         /* embedded signed certificate timestamps (RFC 6962) */
    const char *cab_policy; /* a CA/Browser Forum policy OID it names, or NULL */
    const char *aia_host;   /* host of its caIssuers or OCSP URL, or NULL */
    enum xd_issuer_kind issuer_kind;
    const char *issuer_kind_why;
};

const char *xd_issuer_kind_name(enum xd_issuer_kind kind);

/* "digitalSignature" for bit 0, ... (RFC 5280, 4.2.1.3); NULL beyond the last, bit 8. */
const char *xd_key_usage_name(unsigned bit);

/* Permits the purpose: EKU absent, or naming it. */
bool xd_cert_permits_client(const struct xd_cert *c);
bool xd_cert_permits_server(const struct xd_cert *c);

/* EKU present, without clientAuth ("server-only" in the vendor's words). */
bool xd_cert_server_only(const struct xd_cert *c);

#endif
