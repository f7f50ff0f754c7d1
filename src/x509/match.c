/*
 * match.c - does a certificate carry a name (RFC 6125, without wildcards)?
 */
#include <string.h>

#include "expdiag/text.h"
#include "expdiag/x509.h"

/* A name as it is compared: no blanks around it, no dot of the root behind it. */
static struct xd_slice trim_name(const char *name)
{
    struct xd_slice s = xd_text_trim(xd_slice_of(name));

    if (s.len > 1 && s.p[s.len - 1] == '.') {
        s.len--;
    }
    return s;
}

bool xd_x509_san_matches(const struct xd_cert *c, const char *name)
{
    struct xd_slice wanted = trim_name(name);
    struct xd_addr addr;
    bool literal = xd_addr_parse((const char *)wanted.p, wanted.len, &addr);

    for (size_t i = 0; i < c->n_san && wanted.len > 0; i++) {
        struct xd_slice have = trim_name(c->san[i].text);
        struct xd_addr other;

        if (literal && c->san[i].type == XD_SAN_IP &&
            xd_addr_parse((const char *)have.p, have.len, &other) &&
            xd_addr_equal(&addr, &other)) {
            return true;
        }
        if (!literal && c->san[i].type == XD_SAN_DNS &&
            xd_text_equal_nocase(have, wanted)) {
            return true;
        }
    }
    return false;
}

bool xd_x509_cn_matches(const struct xd_cert *c, const char *name)
{
    struct xd_slice wanted = trim_name(name);

    return c->subject_cn != NULL && wanted.len > 0 &&
           xd_text_equal_nocase(trim_name(c->subject_cn), wanted);
}
