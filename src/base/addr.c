/*
 * addr.c - IP addresses and endpoints as values.
 */
#include "expdiag/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) is kept as IPv4. */
static void fold_mapped(struct xd_addr *a)
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    if (a->family == XD_ADDR_V6 && memcmp(a->bytes, prefix, sizeof(prefix)) == 0) {
        struct xd_addr v4 = {.family = XD_ADDR_V4};

        memcpy(v4.bytes, a->bytes + 12, 4);
        *a = v4;
    }
}

bool xd_addr_parse(const char *text, size_t len, struct xd_addr *out)
{
    char copy[XD_ADDR_TEXT + 1];
    struct xd_addr a = {0};

    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    const char *zone = len > 0 ? memchr(text, '%', len) : NULL;

    if (zone != NULL) {
        len = (size_t)(zone - text);
    }
    if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len) != NULL) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, a.bytes) == 1) {
        a.family = XD_ADDR_V4;
    } else if (inet_pton(AF_INET6, copy, a.bytes) == 1) {
        a.family = XD_ADDR_V6;
    } else {
        return false;
    }
    fold_mapped(&a);
    *out = a;
    return true;
}

/* The number in decimal, without leading zeros; gives the place behind it. */
static char *put_number(char *to, unsigned n)
{
    char digits[10];
    size_t len = 0;

    do {
        digits[len++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (len > 0) {
        *to++ = digits[--len];
    }
    return to;
}

/* As inet_ntop does it, which takes its time: reports hold many of these. */
static char *put_v4(char *to, const uint8_t *bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        to = put_number(to, bytes[i]);
        *to++ = '.';
    }
    to[-1] = '\0';
    return to - 1;
}

const char *xd_addr_format(const struct xd_addr *a, char out[XD_ADDR_TEXT])
{
    out[0] = '\0';
    if (a->family == XD_ADDR_V4) {
        (void)put_v4(out, a->bytes);
    } else if (a->family != XD_ADDR_NONE &&
               inet_ntop(AF_INET6, a->bytes, out, XD_ADDR_TEXT) == NULL) {
        out[0] = '\0';
    }
    return out;
}

const char *xd_endpoint_format(const struct xd_endpoint *e, char out[XD_ENDPOINT_TEXT])
{
    char addr[XD_ADDR_TEXT];
    bool v6 = e->addr.family == XD_ADDR_V6;

    if (e->addr.family == XD_ADDR_V4) {
        char *end = put_v4(out, e->addr.bytes);

        *end++ = ':';
        *put_number(end, e->port) = '\0';
        return out;
    }
    (void)xd_addr_format(&e->addr, addr);
    (void)snprintf(out, XD_ENDPOINT_TEXT, "%s%s%s:%u", v6 ? "[" : "", addr, v6 ? "]" : "",
                   (unsigned)e->port);
    return out;
}

bool xd_addr_equal(const struct xd_addr *a, const struct xd_addr *b)
{
    return xd_addr_compare(a, b) == 0;
}

bool xd_endpoint_equal(const struct xd_endpoint *a, const struct xd_endpoint *b)
{
    return a->port == b->port && xd_addr_equal(&a->addr, &b->addr);
}

int xd_addr_compare(const struct xd_addr *a, const struct xd_addr *b)
{
    if (a->family != b->family) {
        return a->family < b->family ? -1 : 1;
    }
    return memcmp(a->bytes, b->bytes, a->family == XD_ADDR_V4 ? 4 : sizeof(a->bytes));
}

struct prefix {
    uint8_t bytes[4];
    unsigned bits;
};

static bool in_prefix(const uint8_t *addr, const struct prefix *p)
{
    for (unsigned bit = 0; bit < p->bits; bit++) {
        unsigned shift = 7 - bit % 8;

        if (((addr[bit / 8] ^ p->bytes[bit / 8]) >> shift & 1U) != 0) {
            return false;
        }
    }
    return true;
}

/* RFC 6890's special-purpose registries, as far as a handshake could use them. */
static const struct prefix private_v4[] = {
    {{0}, 8},         {{10}, 8},       {{100, 64}, 10},      {{127}, 8},
    {{169, 254}, 16}, {{172, 16}, 12}, {{192, 0, 0}, 24},    {{192, 0, 2}, 24},
    {{192, 168}, 16}, {{198, 18}, 15}, {{198, 51, 100}, 24}, {{203, 0, 113}, 24},
    {{224}, 4},       {{240}, 4},
};
static const struct prefix private_v6[] = {
    {{0xfc}, 7},
    {{0xfe, 0x80}, 10},
    {{0xff}, 8},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
};

bool xd_addr_is_private(const struct xd_addr *a)
{
    static const uint8_t zero[15];
    bool v4 = a->family == XD_ADDR_V4;
    const struct prefix *list = v4 ? private_v4 : private_v6;
    size_t n = v4 ? sizeof(private_v4) / sizeof(private_v4[0])
                  : sizeof(private_v6) / sizeof(private_v6[0]);

    if (a->family == XD_ADDR_NONE) {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (in_prefix(a->bytes, &list[i])) {
            return true;
        }
    }
    /* :: and ::1 */
    return !v4 && memcmp(a->bytes, zero, sizeof(zero)) == 0 && a->bytes[15] <= 1;
}
