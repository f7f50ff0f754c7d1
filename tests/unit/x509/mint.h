/*
 * mint.h - certificates made at test time, so that no key is ever kept in the tree.
 */
#ifndef XD_MINT_H
#define XD_MINT_H

#include <openssl/x509.h>

#include "expdiag/case.h"

/* What to put into a certificate.  Extensions are OpenSSL's configuration words. */
struct xd_mint_spec {
    const char *cn;        /* its subject is C = NL, O = Test, CN = cn */
    const char *basic;     /* basicConstraints: "critical,CA:TRUE", or NULL */
    const char *ku;        /* keyUsage */
    const char *eku;       /* extendedKeyUsage */
    const char *san;       /* subjectAltName */
    const char *policy;    /* certificatePolicies */
    const char *aia;       /* authorityInfoAccess */
    const char *extra_oid; /* of an extension with the bytes extra */
    const char *extra;     /* hex of its DER, e.g. "0500" */
    bool key_ids;          /* subject and authority key identifiers */
    xd_time from;          /* 0: 2026-01-01 */
    xd_time to;            /* 0: 2028-01-01 */
    long serial;           /* 0: one of its own */
    bool rsa;              /* else EC P-256 */
    EVP_PKEY *key;         /* NULL: one of its own */
};

struct xd_minted {
    X509 *x;
    EVP_PKEY *key;
    struct xd_cert *cert; /* in the case, described */
};

/* Signed by issuer, or by itself where that is NULL. */
struct xd_minted xd_mint(struct xd_case *cs, const struct xd_mint_spec *spec,
                         const struct xd_minted *issuer);

/* The same request, but with the bytes of a made certificate. */
struct xd_cert *xd_mint_register(struct xd_case *cs, X509 *x);
void xd_mint_free(struct xd_minted *m);

/* A CA that signs itself; one that issuer signs. */
struct xd_minted xd_mint_root(struct xd_case *cs, const char *cn);
struct xd_minted xd_mint_ca(struct xd_case *cs, const char *cn,
                            const struct xd_minted *issuer);

/* A leaf with this extendedKeyUsage (NULL: none) and one dNSName equal to its CN. */
struct xd_minted xd_mint_leaf(struct xd_case *cs, const char *cn, const char *eku,
                              const struct xd_minted *issuer);

#endif
