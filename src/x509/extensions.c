/*
 * extensions.c - the extensions of one certificate to facts (RFC 5280, 4.2).
 */
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "x509_priv.h"

/*
 * The decoded extension, or NULL.  *present: it is there at least once, readable or
 * not; an unreadable or repeated one is noted under its name.
 */
static void *decode_extension(struct xd_arena *arena, struct xd_cert *c, const X509 *x,
                              int nid, bool *present)
{
    int critical = -1;
    void *value = X509_get_ext_d2i(x, nid, &critical, NULL);

    *present = value != NULL || critical != -1;
    if (value == NULL && critical != -1) {
        const char *how = critical == -2 ? "stands there twice" : "cannot be read";
        xd_x509_note(arena, c,
                     xd_arena_printf(arena, "the extension %s %s", OBJ_nid2sn(nid), how));
    }
    return value;
}

static const char *name_oid(struct xd_arena *arena, const ASN1_OBJECT *oid)
{
    int nid = OBJ_obj2nid(oid);
    char dotted[128] = "";

    if (nid != NID_undef) {
        return xd_arena_strdup(arena, OBJ_nid2sn(nid));
    }
    (void)OBJ_obj2txt(dotted, sizeof(dotted), oid, 1);
    return xd_arena_strdup(arena, dotted);
}

static void describe_eku(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    EXTENDED_KEY_USAGE *eku =
        decode_extension(arena, c, x, NID_ext_key_usage, &c->eku.present);
    int n = sk_ASN1_OBJECT_num(eku);

    if (eku == NULL) {
        return;
    }
    if (n > XD_MAX_EKU) {
        xd_x509_note(arena, c, "more extended key usages than are kept");
    }
    c->eku.names = xd_arena_alloc(arena, (size_t)(n > XD_MAX_EKU ? XD_MAX_EKU : n) *
                                             sizeof(*c->eku.names));
    for (int i = 0; i < n; i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(eku, i);
        int nid = OBJ_obj2nid(oid);

        c->eku.server_auth = c->eku.server_auth || nid == NID_server_auth;
        c->eku.client_auth = c->eku.client_auth || nid == NID_client_auth;
        c->eku.any = c->eku.any || nid == NID_anyExtendedKeyUsage;
        if (c->eku.n_names < XD_MAX_EKU) {
            c->eku.names[c->eku.n_names++] = name_oid(arena, oid);
        }
    }
    EXTENDED_KEY_USAGE_free(eku);
}

/* The bit string's bit n is our flag 1 << n, by RFC 5280, 4.2.1.3. */
static void describe_key_usage(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    enum { KEY_USAGE_BITS = 9 };
    ASN1_BIT_STRING *bits = decode_extension(arena, c, x, NID_key_usage, &c->has_key_usage);

    if (bits == NULL) {
        return;
    }
    for (int i = 0; i < KEY_USAGE_BITS; i++) {
        if (ASN1_BIT_STRING_get_bit(bits, i) != 0) {
            c->key_usage |= 1U << i;
        }
    }
    ASN1_BIT_STRING_free(bits);
}

static struct xd_san read_string(struct xd_arena *arena, enum xd_san_type type,
                                 const ASN1_STRING *s)
{
    return (struct xd_san){
        .type = type,
        .text = xd_text_clean(arena, (const char *)ASN1_STRING_get0_data(s),
                              (size_t)ASN1_STRING_length(s), XD_MAX_CERT_TEXT)};
}

static struct xd_san read_address(struct xd_arena *arena, const ASN1_OCTET_STRING *s)
{
    const uint8_t *bytes = ASN1_STRING_get0_data(s);
    size_t len = (size_t)ASN1_STRING_length(s);
    struct xd_addr addr = {0};
    char text[XD_ADDR_TEXT];

    if (len == 4 || len == 16) {
        addr.family = len == 4 ? XD_ADDR_V4 : XD_ADDR_V6;
        memcpy(addr.bytes, bytes, len);
        return (struct xd_san){.type = XD_SAN_IP,
                               .text = xd_arena_strdup(arena, xd_addr_format(&addr, text))};
    }
    len = len > 32 ? 32 : len;
    char *hex = xd_arena_alloc(arena, 2 * len + 1);
    xd_text_hex(bytes, len, hex);
    return (struct xd_san){.type = XD_SAN_OTHER,
                           .text = xd_arena_printf(arena, "malformed address %s", hex)};
}

static struct xd_san read_general_name(struct xd_arena *arena, const GENERAL_NAME *name)
{
    switch (name->type) { /* the types are OpenSSL's plain constants */
    case GEN_DNS:
        return read_string(arena, XD_SAN_DNS, name->d.dNSName);
    case GEN_EMAIL:
        return read_string(arena, XD_SAN_EMAIL, name->d.rfc822Name);
    case GEN_URI:
        return read_string(arena, XD_SAN_URI, name->d.uniformResourceIdentifier);
    case GEN_IPADD:
        return read_address(arena, name->d.iPAddress);
    case GEN_DIRNAME:
        return (struct xd_san){.type = XD_SAN_OTHER,
                               .text = xd_x509_name_text(arena, name->d.directoryName)};
    case GEN_OTHERNAME:
        return (struct xd_san){.type = XD_SAN_OTHER,
                               .text = name_oid(arena, name->d.otherName->type_id)};
    case GEN_RID:
        return (struct xd_san){.type = XD_SAN_OTHER,
                               .text = name_oid(arena, name->d.registeredID)};
    default:
        return (struct xd_san){.type = XD_SAN_OTHER, .text = "name of another kind"};
    }
}

static void describe_san(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    bool present;
    GENERAL_NAMES *names = decode_extension(arena, c, x, NID_subject_alt_name, &present);
    int n = sk_GENERAL_NAME_num(names);

    if (names == NULL) {
        return;
    }
    c->san_cut = n > XD_MAX_SAN;
    if (c->san_cut) {
        xd_x509_note(arena, c, "more alternative names than are kept");
    }
    n = n > XD_MAX_SAN ? XD_MAX_SAN : n;
    c->san = xd_arena_alloc(arena, (size_t)n * sizeof(*c->san));
    for (int i = 0; i < n; i++) {
        c->san[c->n_san++] = read_general_name(arena, sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
}

static struct xd_slice copy_octets(struct xd_arena *arena, const ASN1_OCTET_STRING *s)
{
    if (s == NULL) {
        return (struct xd_slice){0};
    }
    return xd_arena_dup(arena, (struct xd_slice){.p = ASN1_STRING_get0_data(s),
                                                 .len = (size_t)ASN1_STRING_length(s)});
}

static void describe_key_ids(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    bool present;
    ASN1_OCTET_STRING *skid =
        decode_extension(arena, c, x, NID_subject_key_identifier, &present);
    AUTHORITY_KEYID *akid =
        decode_extension(arena, c, x, NID_authority_key_identifier, &present);

    if (skid != NULL) {
        c->skid = copy_octets(arena, skid);
    }
    if (akid != NULL) {
        c->akid = copy_octets(arena, akid->keyid);
    }
    ASN1_OCTET_STRING_free(skid);
    AUTHORITY_KEYID_free(akid);
}

static void describe_constraints(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    bool present;
    BASIC_CONSTRAINTS *basic =
        decode_extension(arena, c, x, NID_basic_constraints, &present);

    c->is_ca = basic != NULL && basic->ca != 0;
    BASIC_CONSTRAINTS_free(basic);
}

/*
 * Policies that the CA/Browser Forum reserves for certificates of public trust
 * (Baseline Requirements, 7.1.6.1; EV Guidelines, 9.3.2).
 */
static bool is_cab_policy(const char *dotted)
{
    static const char *const policies[] = {"2.23.140.1.1", "2.23.140.1.2.1",
                                           "2.23.140.1.2.2", "2.23.140.1.2.3"};

    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(dotted, policies[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void describe_policies(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    bool present;
    CERTIFICATEPOLICIES *policies =
        decode_extension(arena, c, x, NID_certificate_policies, &present);

    for (int i = 0; i < sk_POLICYINFO_num(policies) && c->cab_policy == NULL; i++) {
        char dotted[128] = "";

        (void)OBJ_obj2txt(dotted, sizeof(dotted),
                          sk_POLICYINFO_value(policies, i)->policyid, 1);
        if (is_cab_policy(dotted)) {
            c->cab_policy = xd_arena_strdup(arena, dotted);
        }
    }
    CERTIFICATEPOLICIES_free(policies);
}

/* The host of "scheme://host[:port]/...", or NULL where there is none. */
static const char *copy_url_host(struct xd_arena *arena, const ASN1_STRING *url)
{
    struct xd_slice s = {.p = ASN1_STRING_get0_data(url),
                         .len = (size_t)ASN1_STRING_length(url)};
    const uint8_t *at = xd_text_find(s, "://");

    if (at == NULL) {
        return NULL;
    }
    const uint8_t *host = at + 3;
    const uint8_t *end = s.p + s.len;
    size_t len = 0;

    while (host + len < end && strchr("/:?#", host[len]) == NULL) {
        len++; /* a NUL ends it too: strchr finds the terminator */
    }
    return len > 0 ? xd_text_clean(arena, (const char *)host, len, 253) : NULL;
}

static void describe_aia(struct xd_arena *arena, struct xd_cert *c, const X509 *x)
{
    bool present;
    AUTHORITY_INFO_ACCESS *aia = decode_extension(arena, c, x, NID_info_access, &present);

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
        const ACCESS_DESCRIPTION *row = sk_ACCESS_DESCRIPTION_value(aia, i);

        if (row->location->type != GEN_URI) {
            continue;
        }
        const char *host = copy_url_host(arena, row->location->d.uniformResourceIdentifier);
        bool issuers = OBJ_obj2nid(row->method) == NID_ad_ca_issuers;

        if (host != NULL && (c->aia_host == NULL || issuers)) {
            c->aia_host = host;
        }
        if (host != NULL && issuers) {
            break;
        }
    }
    AUTHORITY_INFO_ACCESS_free(aia);
}

void xd_x509_describe_extensions(struct xd_arena *arena, struct xd_cert *c, X509 *x)
{
    describe_eku(arena, c, x);
    describe_key_usage(arena, c, x);
    describe_san(arena, c, x);
    describe_key_ids(arena, c, x);
    describe_constraints(arena, c, x);
    describe_policies(arena, c, x);
    describe_aia(arena, c, x);
    c->has_sct = X509_get_ext_by_NID(x, NID_ct_precert_scts, -1) >= 0;
}
