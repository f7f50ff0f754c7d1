/*
 * name.c - a distinguished name (RFC 5280, 4.1.2.4) as text in the order and form
 * that OpenSSL's one-line output has: "C = IN, O = Example, CN = host".
 */
#include "wire_priv.h"

#include "expdiag/buf.h"
#include "expdiag/text.h"

enum { TAG_OID = 0x06, TAG_BMP = 0x1e, TAG_SEQUENCE = 0x30, TAG_SET = 0x31 };

/* One element of definite length up to 65535. */
static struct xd_cur take_element(struct xd_cur *c, uint8_t *tag)
{
    *tag = xd_cur_u8(c);
    size_t len = xd_cur_u8(c);

    if (len == 0x81) {
        len = xd_cur_u8(c);
    } else if (len == 0x82) {
        len = xd_cur_u16(c);
    } else if (len >= 0x80) {
        c->bad = true;
        len = 0;
    }
    struct xd_cur inner = xd_cur_init(xd_cur_take(c, len));

    inner.bad = c->bad;
    return inner;
}

static const char *find_short_name(struct xd_slice oid)
{
    /* clang-format off */
    static const struct {
        uint8_t oid[10];
        uint8_t len;
        const char *name;
    } names[] = {
        {{0x55, 4, 3}, 3, "CN"}, {{0x55, 4, 4}, 3, "SN"}, {{0x55, 4, 5}, 3, "serialNumber"},
        {{0x55, 4, 6}, 3, "C"}, {{0x55, 4, 7}, 3, "L"}, {{0x55, 4, 8}, 3, "ST"},
        {{0x55, 4, 9}, 3, "street"}, {{0x55, 4, 10}, 3, "O"}, {{0x55, 4, 11}, 3, "OU"},
        {{0x55, 4, 12}, 3, "title"}, {{0x55, 4, 13}, 3, "description"},
        {{0x55, 4, 15}, 3, "businessCategory"}, {{0x55, 4, 17}, 3, "postalCode"},
        {{0x55, 4, 42}, 3, "GN"}, {{0x55, 4, 46}, 3, "dnQualifier"},
        {{0x55, 4, 97}, 3, "organizationIdentifier"},
        {{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}, 9, "emailAddress"},
        {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}, 10, "DC"},
        {{0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1}, 10, "UID"},
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (oid.len == names[i].len && memcmp(oid.p, names[i].oid, oid.len) == 0) {
            return names[i].name;
        }
    }
    return NULL;
}

static void put_dotted(struct xd_buf *out, struct xd_slice oid)
{
    uint64_t arc = 0;
    bool first = true;

    for (size_t i = 0; i < oid.len; i++) {
        arc = (arc & 0xffffffffffffff) << 7 | (oid.p[i] & 0x7f);
        if ((oid.p[i] & 0x80) != 0) {
            continue;
        }
        if (first) {
            unsigned top = arc < 40 ? 0 : arc < 80 ? 1 : 2;

            xd_buf_printf(out, "%u.%llu", top,
                          (unsigned long long)(arc - (uint64_t)top * 40));
        } else {
            xd_buf_printf(out, ".%llu", (unsigned long long)arc);
        }
        first = false;
        arc = 0;
    }
}

/* BMPString holds UTF-16BE; what is no ASCII there becomes a question mark. */
static void put_value(struct xd_buf *out, uint8_t tag, struct xd_slice v)
{
    if (tag != TAG_BMP) {
        xd_buf_add(out, v.p, v.len);
        return;
    }
    for (size_t i = 0; i + 1 < v.len; i += 2) {
        uint8_t c = v.p[i] == 0 && v.p[i + 1] < 0x80 ? v.p[i + 1] : (uint8_t)'?';

        xd_buf_add(out, &c, 1);
    }
}

static struct xd_slice rest_of(struct xd_cur *c)
{
    return xd_cur_take(c, xd_cur_left(c));
}

static void put_attribute(struct xd_buf *out, struct xd_cur pair)
{
    uint8_t tag = 0;
    struct xd_cur oid_cur = take_element(&pair, &tag);
    struct xd_slice oid = rest_of(&oid_cur);
    const char *name = find_short_name(oid);
    struct xd_cur value_cur = take_element(&pair, &tag);

    if (name != NULL) {
        xd_buf_puts(out, name);
    } else {
        put_dotted(out, oid);
    }
    xd_buf_puts(out, " = ");
    put_value(out, tag, rest_of(&value_cur));
}

const char *xd_name_text(struct xd_arena *a, struct xd_slice der)
{
    struct xd_buf out = {.max = XD_MAX_CERT_TEXT};
    struct xd_cur whole = xd_cur_init(der);
    uint8_t tag = 0;
    struct xd_cur rdns = take_element(&whole, &tag);
    bool first = true;

    while (!rdns.bad && xd_cur_left(&rdns) > 0) {
        struct xd_cur set = take_element(&rdns, &tag);
        bool more = false;

        while (!set.bad && xd_cur_left(&set) > 0) {
            struct xd_cur pair = take_element(&set, &tag);

            if (!first) {
                xd_buf_puts(&out, more ? " + " : ", ");
            }
            put_attribute(&out, pair);
            first = false;
            more = true;
        }
    }
    const char *text = xd_text_clean(a, (const char *)out.bytes, out.len, XD_MAX_CERT_TEXT);

    xd_buf_done(&out);
    return text;
}
