/*
 * offer.c - what a ClientHello offers (RFC 5246, 7.4.1.2 and 7.4.1.4.1; RFC 8446, 4.2.3),
 * in words; whether a server can answer it with a key of this type, and a client a
 * CertificateRequest (RFC 5246, 7.4.4; RFC 8446, 4.3.2).
 */
#include "judge_priv.h"

#include <string.h>

enum {
    TLS_1_2 = 0x0303,
    TLS_1_3 = 0x0304,
    MOST_NAMED = 12,         /* cipher suites in one line of evidence */
    SCSV_RENEGOTIATE = 0xff, /* RFC 5746, 3.3: no cipher suite, but a signal */
    SCSV_FALLBACK = 0x5600   /* RFC 7507 */
};

const char *xd_offer_versions(struct xd_judge *j, const struct xd_tls_facts *t,
                              const char *between)
{
    const char *text = NULL;
    for (size_t i = 0; i < t->n_client_versions; i++) {
        const char *name = xd_tls_version_name(t->client_versions[i]);
        if (name) {
            text =
                text ? xd_arena_printf(j->cs->arena, "%s%s%s", text, between, name) : name;
        }
    }
    return text;
}

const char *xd_offer_ciphers(struct xd_judge *j, const struct xd_tls_facts *t)
{
    const char *text = NULL;
    size_t named = 0;
    size_t more = 0;
    for (size_t i = 0; i < t->n_ciphers; i++) {
        uint16_t code = t->ciphers[i];
        if (code == SCSV_RENEGOTIATE || code == SCSV_FALLBACK) {
            continue;
        }
        if (named == MOST_NAMED) {
            more++;
            continue;
        }
        const char *name = xd_tls_cipher_name(code);
        text = xd_arena_printf(j->cs->arena, "%s%s%s", text ? text : "", text ? " " : "",
                               name ? name : xd_arena_printf(j->cs->arena, "0x%04x", code));
        named++;
    }
    return more > 0 ? xd_arena_printf(j->cs->arena, "%s and %zu more", text, more) : text;
}

/* Keys as signature algorithms and cipher suites tell them apart. */
struct key_kind {
    const char *prefix;     /* of xd_cert.key */
    uint16_t request_type;  /* ClientCertificateType: rsa_sign, ecdsa_sign */
    const char *suite;      /* in the names of cipher suites up to TLS 1.2 */
    const char *more_suite; /* or NULL */
    uint8_t low;            /* low byte of signature algorithms (TLS 1.2); 0: none */
    bool not_in_13;         /* those are for TLS 1.2 alone (RFC 8446, 4.2.3: PKCS #1) */
    uint16_t codes[3];      /* further ones; 0: none */
};

/* RFC 8422, 5.1.1 and 5.10: keys of EdDSA go with the suites of ECDSA. */
static const struct key_kind kinds[] = {
    {"RSA-PSS ", 1, "_RSA_", NULL, 0, false, {0x0809, 0x080a, 0x080b}},
    {"RSA ", 1, "_RSA_", "TLS_RSA_", 1, true, {0x0804, 0x0805, 0x0806}},
    {"EC ", 64, "_ECDSA_", NULL, 3, false, {0}},
    {"Ed25519", 64, "_ECDSA_", NULL, 0, false, {0x0807}},
    {"Ed448", 64, "_ECDSA_", NULL, 0, false, {0x0808}},
};

static const struct key_kind *kind_of(const char *key)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strncmp(key, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static bool lists_algorithm(const uint16_t *list, size_t n_list, const struct key_kind *k,
                            bool in_13)
{
    for (size_t i = 0; i < n_list; i++) {
        uint16_t code = list[i];
        /* The high byte is a hash: 1 to 6 (RFC 5246, 7.4.1.4.1). */
        if (k->low && (code & 0xff) == k->low && code >> 8 >= 1 && code >> 8 <= 6 &&
            !(in_13 && k->not_in_13)) {
            return true;
        }
        for (size_t n = 0; n < 3; n++) {
            if (k->codes[n] && code == k->codes[n]) {
                return true;
            }
        }
    }
    return false;
}

static bool lists_suite(const struct xd_tls_facts *t, const struct key_kind *k)
{
    for (size_t i = 0; i < t->n_ciphers; i++) {
        const char *name = xd_tls_cipher_name(t->ciphers[i]);
        if (name &&
            (strstr(name, k->suite) ||
             (k->more_suite && strncmp(name, k->more_suite, strlen(k->more_suite)) == 0))) {
            return true;
        }
    }
    return false;
}

static bool offers(const struct xd_tls_facts *t, uint16_t version)
{
    for (size_t i = 0; i < t->n_client_versions; i++) {
        if (t->client_versions[i] == version) {
            return true;
        }
    }
    return version <= TLS_1_2 && t->client_version >= version;
}

enum xd_taken xd_offer_takes(const struct xd_tls_facts *t, const char *key)
{
    const struct key_kind *k = key ? kind_of(key) : NULL;
    if (!k || !t || !t->client_hello || t->n_ciphers == 0 || t->client_version == 0) {
        return XD_TAKEN_UNKNOWN;
    }
    if (offers(t, TLS_1_3) &&
        lists_algorithm(t->signature_algorithms, t->n_signature_algorithms, k, true)) {
        return XD_TAKEN_YES;
    }
    /* Without the extension a client up to TLS 1.2 takes what goes with its suites. */
    bool signs =
        t->n_signature_algorithms == 0
            ? k->low != 0
            : lists_algorithm(t->signature_algorithms, t->n_signature_algorithms, k, false);
    return lists_suite(t, k) && signs ? XD_TAKEN_YES : XD_TAKEN_NO;
}

enum xd_taken xd_request_takes(const struct xd_tls_facts *t, const char *key)
{
    const struct key_kind *k = key ? kind_of(key) : NULL;
    if (!k || !t || t->n_request_types + t->n_request_algorithms == 0) {
        return XD_TAKEN_UNKNOWN;
    }
    bool typed = t->n_request_types == 0; /* TLS 1.3 has none */
    for (size_t i = 0; i < t->n_request_types; i++) {
        typed = typed || t->request_types[i] == k->request_type;
    }
    bool signs = t->n_request_algorithms == 0 ||
                 lists_algorithm(t->request_algorithms, t->n_request_algorithms, k,
                                 t->version == TLS_1_3);
    return typed && signs ? XD_TAKEN_YES : XD_TAKEN_NO;
}

const char *xd_request_tell(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_flow *f = c->conv ? c->conv->flow : NULL;
    const struct xd_node *n = c->presenter_node;
    const struct xd_store *s = f && n ? xd_node_store_for(n, XD_CLIENT) : NULL;
    const char *key = s && s->certs[0]->parsed ? s->certs[0]->key : NULL;
    if (!f || xd_request_takes(f->tls, key) != XD_TAKEN_NO) {
        return "";
    }
    return xd_arena_printf(j->cs->arena,
                           " The certificate in the client store of %s has a key of type "
                           "%s, which the server's request does not take.",
                           n->id, key);
}
