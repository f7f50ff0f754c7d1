/*
 * x509_priv.h - what the files of the x509 module share.
 */
#ifndef XD_X509_PRIV_H
#define XD_X509_PRIV_H

#include <openssl/x509.h>

#include "expdiag/x509.h"

/*
 * Keep OpenSSL from reading a configuration file: a verdict must not depend on the
 * machine it is made on.  Cheap, to be called before any use.
 */
void xd_x509_init(void);

/* DER that fills all its bytes to X509, or NULL; free with X509_free. */
X509 *xd_x509_decode(struct xd_slice der);

/* SHA-256 of bytes. */
void xd_x509_sha256(struct xd_slice bytes, uint8_t out[32]);

/* Fill everything of c from its DER; texts live in arena. */
void xd_x509_describe_in(struct xd_arena *arena, struct xd_cert *c);

/* The extensions' part of that: x is c's certificate. */
void xd_x509_describe_extensions(struct xd_arena *arena, struct xd_cert *c, X509 *x);

/* Name as text, e.g. "C = IN, CN = x", cleaned and capped. */
const char *xd_x509_name_text(struct xd_arena *arena, const X509_NAME *name);

/* Note what could not be read of an otherwise readable certificate; the first stays. */
void xd_x509_note(struct xd_arena *arena, struct xd_cert *c, const char *what);

/* The compiled-in roots: written by roots.cmake at build time. */
extern const unsigned char xd_builtin_roots_pem[];
extern const size_t xd_builtin_roots_len;
extern const size_t xd_builtin_roots_count;
extern const char xd_builtin_roots_source[];
extern const uint8_t xd_builtin_roots_sha256[32];

#endif
