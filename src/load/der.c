/*
 * der.c - just enough DER (X.690) to cut certificates out of files, and to know what
 * may stand beside them.  What is inside of a certificate is x509's business.
 */
#include "load_priv.h"

#include "expdiag/crypto.h"

enum {
    TAG_INTEGER = 0x02,
    TAG_BIT_STRING = 0x03,
    TAG_OCTET_STRING = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    TAG_CONTEXT_0 = 0xa0,
};

/*
 * The element that c stands on: its tag, its contents, and all of it in *whole.
 * Definite lengths of up to four bytes (X.690, 8.1.3); anything else is bad.
 */
static struct xd_slice take_element(struct xd_cur *c, uint8_t *tag, struct xd_slice *whole)
{
    const uint8_t *start = c->pos;

    *tag = xd_cur_u8(c);
    size_t len = xd_cur_u8(c);

    if (len > 0x84 || len == 0x80) {
        c->bad = true;
    } else if (len > 0x80) {
        size_t n = len & 0x7f;

        for (len = 0; n > 0; n--) {
            len = len << 8 | xd_cur_u8(c);
        }
    }
    struct xd_slice contents = xd_cur_take(c, len);

    whole->p = start;
    whole->len = 0;
    if (!c->bad) {
        whole->len = (size_t)(c->pos - start);
    }
    return contents;
}

/* The contents of the next element, which must have this tag. */
static struct xd_slice take_tagged(struct xd_cur *c, uint8_t tag)
{
    struct xd_slice whole;
    uint8_t seen = 0;
    struct xd_slice contents = take_element(c, &seen, &whole);

    if (c->bad || seen != tag) {
        c->bad = true;
        contents = (struct xd_slice){0};
    }
    return contents;
}

struct xd_slice xd_load_der_object(struct xd_slice bytes)
{
    struct xd_cur c = xd_cur_init(bytes);
    struct xd_slice whole;
    uint8_t tag = 0;

    (void)take_element(&c, &tag, &whole);
    if (c.bad || tag != TAG_SEQUENCE) {
        whole = (struct xd_slice){0};
    }
    return whole;
}

/* 1.2.840.113549.1.7.2, signedData */
static const uint8_t oid_signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                          0x0d, 0x01, 0x07, 0x02};

static bool is_signed_data(struct xd_slice oid)
{
    return xd_slice_equal(oid, (struct xd_slice){oid_signed_data, sizeof(oid_signed_data)});
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, BIT STRING } (RFC
 * 5280, 4.1) */
static bool is_cert(struct xd_cur c)
{
    (void)take_tagged(&c, TAG_SEQUENCE);
    (void)take_tagged(&c, TAG_SEQUENCE);
    (void)take_tagged(&c, TAG_BIT_STRING);
    return !c.bad;
}

/*
 * All private keys and a PFX begin with a version: PKCS #8 and RFC 8017 with 0 or 1
 * and more, RFC 5915 with 1 and an OCTET STRING, a PFX with 3 and a SEQUENCE.
 */
static enum xd_der_shape judge_version(struct xd_cur c)
{
    struct xd_slice version = take_tagged(&c, TAG_INTEGER);

    if (c.bad || version.len != 1 || xd_cur_left(&c) == 0) {
        return XD_DER_OTHER;
    }
    return version.p[0] == 3 ? XD_DER_PKCS12 : XD_DER_KEY;
}

/* EncryptedPrivateKeyInfo ::= SEQUENCE { SEQUENCE, OCTET STRING } (RFC 5958, 3) */
static bool is_encrypted_key(struct xd_cur c)
{
    (void)take_tagged(&c, TAG_SEQUENCE);
    (void)take_tagged(&c, TAG_OCTET_STRING);
    return !c.bad && xd_cur_left(&c) == 0;
}

enum xd_der_shape xd_load_der_shape(struct xd_slice object)
{
    struct xd_cur outer = xd_cur_init(object);
    struct xd_cur inside = xd_cur_init(take_tagged(&outer, TAG_SEQUENCE));

    if (outer.bad || xd_cur_left(&inside) == 0) {
        return XD_DER_OTHER;
    }
    if (inside.pos[0] == TAG_OID) {
        struct xd_cur c = inside;

        return is_signed_data(take_tagged(&c, TAG_OID)) ? XD_DER_PKCS7 : XD_DER_OTHER;
    }
    if (inside.pos[0] == TAG_INTEGER) {
        return judge_version(inside);
    }
    if (is_encrypted_key(inside)) {
        return XD_DER_KEY;
    }
    return is_cert(inside) ? XD_DER_CERT : XD_DER_OTHER;
}

/*
 * ContentInfo ::= SEQUENCE { OID, [0] SEQUENCE {
 *     INTEGER version, SET digestAlgorithms, SEQUENCE contentInfo,
 *     [0] IMPLICIT SET OF certificate, ... } }      (RFC 2315, 7 and 9.1)
 */
bool xd_load_pkcs7_certs(struct xd_slice object, void (*fn)(void *, struct xd_slice),
                         void *arg)
{
    struct xd_cur c = xd_cur_init(object);
    struct xd_cur info = xd_cur_init(take_tagged(&c, TAG_SEQUENCE));

    (void)take_tagged(&info, TAG_OID);
    struct xd_cur content = xd_cur_init(take_tagged(&info, TAG_CONTEXT_0));
    struct xd_cur data = xd_cur_init(take_tagged(&content, TAG_SEQUENCE));

    (void)take_tagged(&data, TAG_INTEGER);
    (void)take_tagged(&data, TAG_SET);
    (void)take_tagged(&data, TAG_SEQUENCE);
    struct xd_cur certs = xd_cur_init(take_tagged(&data, TAG_CONTEXT_0));

    if (c.bad || info.bad || content.bad || data.bad) {
        return false;
    }
    while (xd_cur_left(&certs) > 0) {
        struct xd_slice whole;
        uint8_t tag = 0;

        (void)take_element(&certs, &tag, &whole);
        if (certs.bad) {
            return false;
        }
        if (tag == TAG_SEQUENCE) {
            fn(arg, whole);
        }
    }
    return true;
}

struct xd_cert *xd_load_register_cert(struct xd_case *cs, struct xd_slice der)
{
    uint8_t sum[32];

    xd_sha256(der, sum);
    return xd_case_cert(cs, der, sum);
}
