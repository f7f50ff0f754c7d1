/*
 * tls_suite.c - what a cipher suite needs of keys, read from its registered name
 * ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256").
 */
#include "wire_priv.h"

static const struct {
    const char *part;
    enum xd_cipher_kind kind;
    uint8_t key_len;
    uint8_t tag_len; /* 0: CBC */
    uint8_t iv_len;  /* in the key block of TLS 1.2 */
    uint8_t block;
} ciphers[] = {
    {"_AES_128_GCM_", XD_CIPHER_AES_128_GCM, 16, 16, 4, 0},
    {"_AES_256_GCM_", XD_CIPHER_AES_256_GCM, 32, 16, 4, 0},
    {"_ARIA_128_GCM_", XD_CIPHER_ARIA_128_GCM, 16, 16, 4, 0},
    {"_ARIA_256_GCM_", XD_CIPHER_ARIA_256_GCM, 32, 16, 4, 0},
    {"_CHACHA20_POLY1305_", XD_CIPHER_CHACHA20_POLY1305, 32, 16, 12, 0},
    {"_AES_128_CCM_8", XD_CIPHER_AES_128_CCM, 16, 8, 4, 0},
    {"_AES_256_CCM_8", XD_CIPHER_AES_256_CCM, 32, 8, 4, 0},
    {"_AES_128_CCM", XD_CIPHER_AES_128_CCM, 16, 16, 4, 0},
    {"_AES_256_CCM", XD_CIPHER_AES_256_CCM, 32, 16, 4, 0},
    {"_AES_128_CBC_", XD_CIPHER_AES_128_CBC, 16, 0, 0, 16},
    {"_AES_256_CBC_", XD_CIPHER_AES_256_CBC, 32, 0, 0, 16},
    {"_CAMELLIA_128_CBC_", XD_CIPHER_CAMELLIA_128_CBC, 16, 0, 0, 16},
    {"_CAMELLIA_256_CBC_", XD_CIPHER_CAMELLIA_256_CBC, 32, 0, 0, 16},
    {"_3DES_EDE_CBC_", XD_CIPHER_3DES_CBC, 24, 0, 0, 8},
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

bool xd_cipher_suite_find(uint16_t code, struct xd_cipher_suite *out)
{
    const char *name = xd_tls_cipher_name(code);

    if (name == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(ciphers) / sizeof(*ciphers); i++) {
        if (strstr(name, ciphers[i].part) == NULL) {
            continue;
        }
        out->kind = ciphers[i].kind;
        out->key_len = ciphers[i].key_len;
        out->tag_len = ciphers[i].tag_len;
        out->iv_len = ciphers[i].iv_len;
        out->block = ciphers[i].block;
        out->hash = ends_with(name, "_SHA384") ? XD_HASH_SHA384 : XD_HASH_SHA256;
        out->mac = ends_with(name, "_SHA384")   ? XD_MAC_SHA384
                   : ends_with(name, "_SHA256") ? XD_MAC_SHA256
                                                : XD_MAC_SHA1;
        out->mac_len = out->tag_len > 0 ? 0 : (uint8_t)xd_mac_len(out->mac);
        return true;
    }
    return false;
}
