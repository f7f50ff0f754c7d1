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

/* The hash under a key schedule. */
enum xd_hash_kind { XD_HASH_SHA256, XD_HASH_SHA384 };
size_t xd_hash_len(enum xd_hash_kind h);

/* HKDF-Expand-Label with an empty context (RFC 8446, 7.1); out_len up to 64. */
void xd_hkdf_expand_label(enum xd_hash_kind h, struct xd_slice secret, const char *label,
                          uint8_t *out, size_t out_len);

/* The TLS 1.2 PRF (RFC 5246, 5); out_len up to 256, seed up to 128 bytes. */
void xd_tls12_prf(enum xd_hash_kind h, struct xd_slice secret, const char *label,
                  struct xd_slice seed, uint8_t *out, size_t out_len);

enum xd_cipher_kind {
    XD_CIPHER_AES_128_GCM,
    XD_CIPHER_AES_256_GCM,
    XD_CIPHER_CHACHA20_POLY1305,
    XD_CIPHER_AES_128_CCM,
    XD_CIPHER_AES_256_CCM,
    XD_CIPHER_AES_128_CBC,
    XD_CIPHER_AES_256_CBC,
    XD_CIPHER_CAMELLIA_128_CBC,
    XD_CIPHER_CAMELLIA_256_CBC,
    XD_CIPHER_3DES_CBC,
    XD_CIPHER_ARIA_128_GCM,
    XD_CIPHER_ARIA_256_GCM,
};

/* Everything an AEAD needs to open one message; in ends with the tag. */
struct xd_sealed {
    enum xd_cipher_kind kind;
    const uint8_t *key;
    const uint8_t *nonce; /* 12 bytes */
    size_t tag_len;
    struct xd_slice aad;
    struct xd_slice in;
};

/* Writes in.len - tag_len bytes; false: it does not fit its tag. */
bool xd_aead_open(const struct xd_sealed *m, uint8_t *out);

/* Decrypts whole blocks; out holds in.len. */
bool xd_cbc_decrypt(enum xd_cipher_kind kind, const uint8_t *key, const uint8_t *iv,
                    struct xd_slice in, uint8_t *out);

enum xd_mac_kind { XD_MAC_SHA1, XD_MAC_SHA256, XD_MAC_SHA384 };
size_t xd_mac_len(enum xd_mac_kind m);
/* HMAC (RFC 2104) over two parts; out holds 48 bytes. */
void xd_hmac(enum xd_mac_kind m, struct xd_slice key, struct xd_slice a, struct xd_slice b,
             uint8_t out[48]);

#endif
