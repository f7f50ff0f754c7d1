/*
 * digest.c - SHA-256, and OpenSSL made ready.
 */
#include "expdiag/crypto.h"

#include "expdiag/alloc.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <stdlib.h>

struct xd_sha256 {
    EVP_MD_CTX *ctx;
};

/*
 * OpenSSL's memory through our door: a verification that fails for want of memory must
 * not look like a refused certificate.
 */
static void *take_memory(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return xd_realloc(NULL, len);
}

static void *resize_memory(void *p, size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return xd_realloc(p, len);
}

static void give_memory(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    xd_free(p);
}

void xd_crypto_init(void)
{
    /* refused where OpenSSL has asked for memory before: all as it was then */
    (void)CRYPTO_set_mem_functions(take_memory, resize_memory, give_memory);
    /* The file system may be closed to us from here on: no file is to be read later. */
    (void)OPENSSL_init_crypto(
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
            OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS,
        NULL);
    (void)OSSL_PROVIDER_load(NULL, "default");
    (void)RAND_status();
}

/* A digest cannot fail but for memory. */
static void require(int ok)
{
    if (ok != 1) {
        _Exit(XD_EXIT_MEMORY);
    }
}

void xd_sha256(struct xd_slice bytes, uint8_t out[32])
{
    static const uint8_t none[1];

    require(SHA256(bytes.len > 0 ? bytes.p : none, bytes.len, out) != NULL);
}

struct xd_sha256 *xd_sha256_new(void)
{
    struct xd_sha256 *h = xd_alloc(sizeof(*h));

    h->ctx = EVP_MD_CTX_new();
    require(h->ctx != NULL);
    require(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
    return h;
}

void xd_sha256_add(struct xd_sha256 *h, struct xd_slice bytes)
{
    if (bytes.len > 0) {
        require(EVP_DigestUpdate(h->ctx, bytes.p, bytes.len));
    }
}

void xd_sha256_done(struct xd_sha256 *h, uint8_t out[32])
{
    unsigned len = 0;

    require(EVP_DigestFinal_ex(h->ctx, out, &len));
    EVP_MD_CTX_free(h->ctx);
    xd_free(h);
}
