/*
 * keys.c - key schedules (HKDF, the TLS 1.2 PRF) and opening of records: what a key
 * log makes possible.  Nothing here ever encrypts or makes a key of its own.
 */
#include "expdiag/crypto.h"

#include "expdiag/alloc.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { MAX_HASH = 48 };

/* Fails for want of memory alone. */
static void require(bool ok)
{
    if (!ok) {
        _Exit(XD_EXIT_MEMORY);
    }
}

static const EVP_MD *find_hash(enum xd_hash_kind h)
{
    return h == XD_HASH_SHA384 ? EVP_sha384() : EVP_sha256();
}

size_t xd_hash_len(enum xd_hash_kind h)
{
    return h == XD_HASH_SHA384 ? 48 : 32;
}

static const EVP_MD *find_mac(enum xd_mac_kind m)
{
    switch (m) {
    case XD_MAC_SHA1:
        return EVP_sha1();
    case XD_MAC_SHA256:
        return EVP_sha256();
    case XD_MAC_SHA384:
        break;
    }
    return EVP_sha384();
}

size_t xd_mac_len(enum xd_mac_kind m)
{
    return m == XD_MAC_SHA1 ? 20 : m == XD_MAC_SHA256 ? 32 : 48;
}

static void compute_hmac(const EVP_MD *md, struct xd_slice key, struct xd_slice text,
                         uint8_t *out)
{
    static const uint8_t none[1];
    unsigned len = 0;

    require(HMAC(md, key.len > 0 ? key.p : none, (int)key.len, text.len > 0 ? text.p : none,
                 text.len, out, &len) != NULL);
}

void xd_hmac(enum xd_mac_kind m, struct xd_slice key, struct xd_slice a, struct xd_slice b,
             uint8_t out[48])
{
    uint8_t *text = xd_alloc(a.len + b.len);

    if (a.len > 0) {
        memcpy(text, a.p, a.len);
    }
    if (b.len > 0) {
        memcpy(text + a.len, b.p, b.len);
    }
    compute_hmac(find_mac(m), key, (struct xd_slice){text, a.len + b.len}, out);
    xd_free(text);
}

/*
 * struct { uint16 length; opaque label<7..255> = "tls13 " + label; opaque context<0..255>;
 * } and HKDF-Expand over it (RFC 5869, 2.3).
 */
void xd_hkdf_expand_label(enum xd_hash_kind h, struct xd_slice secret, const char *label,
                          uint8_t *out, size_t out_len)
{
    uint8_t info[MAX_HASH + 2 + 1 + 64 + 1 + 1];
    uint8_t block[MAX_HASH] = {0};
    size_t before = 0; /* length of the block in front */
    size_t label_len = strlen(label) + 6;
    size_t hash_len = xd_hash_len(h);
    uint8_t counter = 1;

    for (size_t at = 0; at < out_len; at += hash_len) {
        uint8_t *p = info;

        memcpy(p, block, before);
        p += before;
        *p++ = (uint8_t)(out_len >> 8);
        *p++ = (uint8_t)out_len;
        *p++ = (uint8_t)label_len;
        memcpy(p, "tls13 ", 6);
        memcpy(p + 6, label, label_len - 6);
        p += label_len;
        *p++ = 0;
        *p++ = counter++;
        compute_hmac(find_hash(h), secret, (struct xd_slice){info, (size_t)(p - info)},
                     block);
        before = hash_len;
        memcpy(out + at, block, out_len - at < hash_len ? out_len - at : hash_len);
    }
}

/* P_hash: A(0) = label + seed; A(i) = HMAC(A(i-1)); output HMAC(A(i) + label + seed). */
void xd_tls12_prf(enum xd_hash_kind h, struct xd_slice secret, const char *label,
                  struct xd_slice seed, uint8_t *out, size_t out_len)
{
    uint8_t text[MAX_HASH + 64 + 128];
    uint8_t block[MAX_HASH] = {0};
    size_t hash_len = xd_hash_len(h);
    struct xd_slice name = xd_slice_of(label);
    size_t rest = name.len + seed.len;
    struct xd_slice first = {text + hash_len, rest};

    if (rest > sizeof(text) - MAX_HASH) {
        memset(out, 0, out_len);
        return;
    }
    memcpy(text + hash_len, name.p, name.len);
    memcpy(text + hash_len + name.len, seed.p, seed.len);
    compute_hmac(find_hash(h), secret, first, block);
    for (size_t at = 0; at < out_len; at += hash_len) {
        uint8_t made[MAX_HASH];

        memcpy(text, block, hash_len);
        compute_hmac(find_hash(h), secret, (struct xd_slice){text, hash_len + rest}, made);
        memcpy(out + at, made, out_len - at < hash_len ? out_len - at : hash_len);
        compute_hmac(find_hash(h), secret, (struct xd_slice){text, hash_len}, block);
    }
}

static const EVP_CIPHER *find_cipher(enum xd_cipher_kind kind)
{
    switch (kind) {
    case XD_CIPHER_AES_128_GCM:
        return EVP_aes_128_gcm();
    case XD_CIPHER_AES_256_GCM:
        return EVP_aes_256_gcm();
    case XD_CIPHER_CHACHA20_POLY1305:
        return EVP_chacha20_poly1305();
    case XD_CIPHER_AES_128_CCM:
        return EVP_aes_128_ccm();
    case XD_CIPHER_AES_256_CCM:
        return EVP_aes_256_ccm();
    case XD_CIPHER_AES_128_CBC:
        return EVP_aes_128_cbc();
    case XD_CIPHER_AES_256_CBC:
        return EVP_aes_256_cbc();
    case XD_CIPHER_CAMELLIA_128_CBC:
        return EVP_camellia_128_cbc();
    case XD_CIPHER_CAMELLIA_256_CBC:
        return EVP_camellia_256_cbc();
    case XD_CIPHER_ARIA_128_GCM:
        return EVP_aria_128_gcm();
    case XD_CIPHER_ARIA_256_GCM:
        return EVP_aria_256_gcm();
    case XD_CIPHER_3DES_CBC:
        break;
    }
    return EVP_des_ede3_cbc();
}

static bool is_ccm(enum xd_cipher_kind kind)
{
    return kind == XD_CIPHER_AES_128_CCM || kind == XD_CIPHER_AES_256_CCM;
}

/* CCM wants its tag with the key and all lengths beforehand; the others take it last. */
static bool open_with(EVP_CIPHER_CTX *ctx, const struct xd_sealed *m, uint8_t *out)
{
    enum { NONCE = 12, MAX_TAG = 16 };
    uint8_t tag[MAX_TAG];
    size_t len = m->in.len - m->tag_len;
    int n = 0;

    memcpy(tag, m->in.p + len, m->tag_len);
    if (EVP_DecryptInit_ex(ctx, find_cipher(m->kind), NULL, NULL, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)m->tag_len, tag) != 1 ||
        EVP_DecryptInit_ex(ctx, NULL, NULL, m->key, m->nonce) != 1) {
        return false;
    }
    if (is_ccm(m->kind) && EVP_DecryptUpdate(ctx, NULL, &n, NULL, (int)len) != 1) {
        return false;
    }
    if (m->aad.len > 0 &&
        EVP_DecryptUpdate(ctx, NULL, &n, m->aad.p, (int)m->aad.len) != 1) {
        return false;
    }
    if (EVP_DecryptUpdate(ctx, out, &n, m->in.p, (int)len) != 1) {
        return false;
    }
    return is_ccm(m->kind) || EVP_DecryptFinal_ex(ctx, out + n, &n) == 1;
}

bool xd_aead_open(const struct xd_sealed *m, uint8_t *out)
{
    if (m->in.len < m->tag_len || m->tag_len > 16) {
        return false;
    }
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    require(ctx != NULL);
    bool ok = open_with(ctx, m, out);

    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

bool xd_cbc_decrypt(enum xd_cipher_kind kind, const uint8_t *key, const uint8_t *iv,
                    struct xd_slice in, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    bool ok = false;

    require(ctx != NULL);
    ok = EVP_DecryptInit_ex(ctx, find_cipher(kind), NULL, key, iv) == 1 &&
         EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
         EVP_DecryptUpdate(ctx, out, &n, in.p, (int)in.len) == 1 && (size_t)n == in.len;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}
