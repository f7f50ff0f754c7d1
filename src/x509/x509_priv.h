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

/* The case's cache, made on first use, begun anew when it is full. */
struct xd_x509_cache *xd_x509_case_cache(struct xd_case *cs);

/* The certificate's handle, the cache's own, or NULL where it cannot be decoded. */
X509 *xd_x509_handle(struct xd_x509_cache *cache, struct xd_cert *c);

/* A store of these certificates, the cache's own. */
X509_STORE *xd_x509_store(struct xd_x509_cache *cache, struct xd_cert *const *trust,
                          size_t n_trust);

/* The certificate that a handle of the cache was decoded from. */
struct xd_cert *xd_x509_cert_of(const struct xd_x509_cache *cache, const X509 *x);

/* SHA-256 of bytes. */
void xd_x509_sha256(struct xd_slice bytes, uint8_t out[32]);

/*
 * Fill everything of c from its handle x (NULL: it could not be decoded); texts live
 * in arena.  A root of a list that is trusted as it is needs no check of its own
 * signature: known_root.
 */
void xd_x509_describe_in(struct xd_arena *arena, struct xd_cert *c, X509 *x,
                         bool known_root);

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
