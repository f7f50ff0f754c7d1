/*
 * addr.h - IP addresses and transport endpoints as values.
 */
#ifndef EXPDIAG_ADDR_H
#define EXPDIAG_ADDR_H

#include "expdiag/base.h"

enum xd_family { XD_ADDR_NONE = 0, XD_ADDR_V4 = 4, XD_ADDR_V6 = 6 };

/* An IPv4-mapped IPv6 address is kept as IPv4. */
struct xd_addr {
    uint8_t family;    /* enum xd_family */
    uint8_t bytes[16]; /* network order; IPv4 uses the first four */
};

struct xd_endpoint {
    struct xd_addr addr;
    uint16_t port; /* 0: not known */
};

enum { XD_ADDR_TEXT = 46, XD_ENDPOINT_TEXT = 56 };

/* Parses a literal, with or without brackets or a zone index; false where it is none. */
bool xd_addr_parse(const char *text, size_t len, struct xd_addr *out);

/* Canonical text (RFC 5952 for IPv6) into out; "" for no address.  Returns out. */
const char *xd_addr_format(const struct xd_addr *a, char out[XD_ADDR_TEXT]);

/* "192.0.2.1:7001", "[2001:db8::1]:7001".  Returns out. */
const char *xd_endpoint_format(const struct xd_endpoint *e, char out[XD_ENDPOINT_TEXT]);

bool xd_addr_equal(const struct xd_addr *a, const struct xd_addr *b);
bool xd_endpoint_equal(const struct xd_endpoint *a, const struct xd_endpoint *b);

/* Not a globally routed unicast address (RFC 1918, 6598, 4193, 3927, loopback, ...). */
bool xd_addr_is_private(const struct xd_addr *a);

/* Order by family, then bytes: <0, 0, >0. */
int xd_addr_compare(const struct xd_addr *a, const struct xd_addr *b);

#endif
