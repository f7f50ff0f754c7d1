/*
 * msan_crypto.c - stands in for src/crypto in a tree with MSan, which must see every byte
 * written: a sum that is none, and sealed messages that open as they are.
 */
#include "expdiag/alloc.h"
#include "expdiag/crypto.h"

#include <string.h>

struct xd_sha256 {
    uint64_t state;
};

static void add_bytes(uint64_t *state, struct xd_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        *state = (*state ^ bytes.p[i]) * 1099511628211U;
    }
}

static void fill(uint64_t state, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        out[i] = (uint8_t)(state >> 56);
    }
}

struct xd_sha256 *xd_sha256_new(void)
{
    struct xd_sha256 *h = xd_alloc(sizeof(*h));

    h->state = 14695981039346656037U;
    return h;
}

void xd_sha256_add(struct xd_sha256 *h, struct xd_slice bytes)
{
    add_bytes(&h->state, bytes);
}

void xd_sha256_done(struct xd_sha256 *h, uint8_t out[32])
{
    fill(h->state, out, 32);
    xd_free(h);
}

void xd_sha256(struct xd_slice bytes, uint8_t out[32])
{
    struct xd_sha256 *h = xd_sha256_new();

    xd_sha256_add(h, bytes);
    xd_sha256_done(h, out);
}

size_t xd_hash_len(enum xd_hash_kind h)
{
    return h == XD_HASH_SHA384 ? 48 : 32;
}

void xd_hkdf_expand_label(enum xd_hash_kind h, struct xd_slice secret, const char *label,
                          uint8_t *out, size_t out_len)
{
    uint64_t state = (uint64_t)h;

    add_bytes(&state, secret);
    add_bytes(&state, xd_slice_of(label));
    fill(state, out, out_len);
}

void xd_tls12_prf(enum xd_hash_kind h, struct xd_slice secret, const char *label,
                  struct xd_slice seed, uint8_t *out, size_t out_len)
{
    uint64_t state = (uint64_t)h;

    add_bytes(&state, secret);
    add_bytes(&state, xd_slice_of(label));
    add_bytes(&state, seed);
    fill(state, out, out_len);
}

bool xd_aead_open(const struct xd_sealed *m, uint8_t *out)
{
    if (m->in.len < m->tag_len) {
        return false;
    }
    memcpy(out, m->in.p, m->in.len - m->tag_len);
    return true;
}

bool xd_cbc_decrypt(enum xd_cipher_kind kind, const uint8_t *key, const uint8_t *iv,
                    struct xd_slice in, uint8_t *out)
{
    (void)kind;
    (void)key;
    (void)iv;
    memcpy(out, in.p, in.len);
    return true;
}

size_t xd_mac_len(enum xd_mac_kind m)
{
    static const size_t len[] = {20, 32, 48};

    return len[m];
}

void xd_hmac(enum xd_mac_kind m, struct xd_slice key, struct xd_slice a, struct xd_slice b,
             uint8_t out[48])
{
    uint64_t state = (uint64_t)m;

    add_bytes(&state, key);
    add_bytes(&state, a);
    add_bytes(&state, b);
    fill(state, out, 48);
}

void xd_crypto_init(void)
{
}
