/*
 * crypto.h - hashing for everybody, and what opening TLS records with a key log takes.
 *
 * Layer crypto: the only door to OpenSSL's EVP.
 */
#ifndef EXPDIAG_CRYPTO_H
#define EXPDIAG_CRYPTO_H

#include "expdiag/base.h"

/* SHA-256 of the bytes (FIPS 180-4). */
void xd_sha256(struct xd_slice bytes, uint8_t out[32]);

/* The same over a stream. */
struct xd_sha256;
struct xd_sha256 *xd_sha256_new(void);
void xd_sha256_add(struct xd_sha256 *h, struct xd_slice bytes);
/* Writes the digest and frees h. */
void xd_sha256_done(struct xd_sha256 *h, uint8_t out[32]);

/*
 * Make OpenSSL ready without its configuration file and with its default provider
 * alone.  Call once, before the sandbox closes the file system.
 */
void xd_crypto_init(void);

#endif
