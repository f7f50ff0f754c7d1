/*
 * cert.c - names and predicates of certificates.
 */
#include "expdiag/cert.h"

const char *xd_issuer_kind_name(enum xd_issuer_kind kind)
{
    switch (kind) {
    case XD_ISSUER_PUBLIC:
        return "public";
    case XD_ISSUER_PRIVATE:
        return "private";
    case XD_ISSUER_SELF_SIGNED:
        return "self-signed";
    case XD_ISSUER_UNKNOWN:
        break;
    }
    return "unknown";
}

const char *xd_key_usage_name(unsigned bit)
{
    static const char *const names[] = {
        "digitalSignature", "nonRepudiation", "keyEncipherment",
        "dataEncipherment", "keyAgreement",   "keyCertSign",
        "cRLSign",          "encipherOnly",   "decipherOnly",
    };

    return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

/* An absent extension restricts nothing (RFC 5280, 4.2.1.12); anyExtendedKeyUsage
 * alone does not satisfy OpenSSL's purpose check, which Expressways use. */
bool xd_cert_permits_client(const struct xd_cert *c)
{
    return !c->eku.present || c->eku.client_auth;
}

bool xd_cert_permits_server(const struct xd_cert *c)
{
    return !c->eku.present || c->eku.server_auth;
}

bool xd_cert_server_only(const struct xd_cert *c)
{
    return c->eku.present && !c->eku.client_auth;
}
