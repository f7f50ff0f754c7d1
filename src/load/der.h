/*
 * der.h - just enough DER (X.690) to cut certificates out of files.  What is inside
 * of a certificate is x509's business.
 */
#ifndef EXPDIAG_LOAD_DER_H
#define EXPDIAG_LOAD_DER_H

#include "expdiag/case.h"

enum xd_der_shape {
    XD_DER_CERT,
    XD_DER_PKCS7,  /* signedData (RFC 2315, 9.1) */
    XD_DER_KEY,    /* a private key (RFC 5958, RFC 8017, RFC 5915) */
    XD_DER_PKCS12, /* a PFX (RFC 7292) */
    XD_DER_OTHER,
};

/* The SEQUENCE at the head of bytes; empty where it is none or not whole. */
struct xd_slice xd_load_der_object(struct xd_slice bytes);

/* What a whole SEQUENCE looks like from its first elements. */
enum xd_der_shape xd_load_der_shape(struct xd_slice object);

/* Hands each certificate of a PKCS #7 to fn; false where it cannot be read to its end. */
bool xd_load_pkcs7_certs(struct xd_slice object, void (*fn)(void *, struct xd_slice),
                         void *arg);

/* Its certificate in the case, registered on first sight; NULL: the case is full. */
struct xd_cert *xd_load_register_cert(struct xd_case *cs, struct xd_slice der);

#endif
