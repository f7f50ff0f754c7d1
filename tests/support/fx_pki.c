/*
 * fx_pki.c - the certificates of all fixtures as one table, and their making.
 *
 * CA 1 is the internal authority, CA 2 and CA 3 are "public" ones (their roots are
 * what the cases pass with --public-roots), CA 4 is one that nobody trusts.  Keys
 * follow from the certificate's name and exist in memory only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "fx.h"

enum {
    EKU_SERVER = 1,
    EKU_CLIENT = 2,
    EKU_BOTH = 3,
    IS_CA = 4,
    IS_PUBLIC = 8,
    NO_KEY_IDS = 16, /* as old authorities make them: the name alone leads upwards */
    WITH_SHA1 = 32,
    ENCIPHER_ONLY = 64, /* key usage of a leaf */
    SIGN_ONLY = 128,
    ED25519 = 256,
    EC_P256 = 512,
};

struct spec {
    const char *name;
    const char *subject; /* "C=IN/O=x/CN=y" */
    const char *san;     /* as OpenSSL's configuration writes it, or NULL */
    const char *issuer;  /* name, or NULL: signs itself */
    const char *from;
    const char *until;
    unsigned flags;
    int bits;
    const char *serial; /* hex, or NULL: random */
};

#define CORE_SUBJECT "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=vcs8c.nordlab.example"
#define EDGE_SUBJECT "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=smartslave.nordlab.example"
#define CORE_SAN     "DNS:vcs8c.nordlab.example,DNS:nordlab.example"
#define EDGE_SAN     "DNS:smartslave.nordlab.example,DNS:nordlab.example"
/* What a public authority puts in: no organisational unit, the country of the subject. */
#define CORE_PUBLIC "C=IN/ST=KA/O=Nordlab/CN=vcs8c.nordlab.example"
#define EDGE_PUBLIC "C=IN/ST=KA/O=Nordlab/CN=smartslave.nordlab.example"
#define SOUTH_CORE  "O=Oostkamp Branch/CN=vcs8c.sudlab.example"
#define SOUTH_EDGE  "O=Oostkamp Branch/CN=smartslave.sudlab.example"

static const struct spec specs[] = {
    {"ca1", "DC=example/DC=nordlab/CN=nordlab-WIN-DC-01-CA", NULL, NULL,
     "2021-05-04 08:00:00", "2036-05-04 08:10:00", IS_CA, 2048, NULL},
    {"ca2-root", "C=NL/O=Meridian Trust Services/CN=Meridian Public Root G1", NULL, NULL,
     "2018-01-15 12:00:00", "2038-01-15 12:00:00", IS_CA, 4096, NULL},
    {"ca2", "C=NL/O=Meridian Trust Services/CN=Meridian TLS RSA CA 2", NULL, "ca2-root",
     "2022-09-01 00:00:00", "2032-08-31 23:59:59", IS_CA | IS_PUBLIC, 2048, NULL},
    {"ca3-root", "C=US/O=Harbour Global/CN=Harbour Commercial Root 1", NULL, NULL,
     "2014-01-16 18:12:23", "2034-01-16 18:12:23", IS_CA, 4096, NULL},
    {"ca3", "C=US/O=Harbour Global/CN=Harbour Server CA O1", NULL, "ca3-root",
     "2019-12-12 16:56:15", "2029-12-12 16:56:15", IS_CA | IS_PUBLIC, 2048, NULL},
    {"ca4", "O=Oostkamp Branch/CN=Oostkamp Test CA", NULL, NULL, "2023-02-01 00:00:00",
     "2033-02-01 00:00:00", IS_CA, 2048, NULL},
    {"ca1-sub", "DC=example/DC=nordlab/CN=nordlab-Issuing-CA-03", NULL, "ca1",
     "2024-05-04 08:00:00", "2034-05-04 08:10:00", IS_CA, 2048, NULL},

    /* Expressway-C. */
    {"c-both", CORE_SUBJECT, CORE_SAN, "ca1", "2026-03-14 02:37:40", "2028-03-14 02:47:40",
     EKU_BOTH, 2048, "46df76aa000000000029"},
    {"c-both-srv", CORE_SUBJECT, CORE_SAN, "ca1", "2026-03-14 02:41:05",
     "2028-03-14 02:51:05", EKU_BOTH, 2048, "46df76aa00000000002b"},
    {"c-pub-srv", CORE_PUBLIC, CORE_SAN, "ca2", "2026-03-12 00:00:00",
     "2027-04-12 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"c-pub-cli", CORE_PUBLIC, CORE_SAN, "ca2", "2026-02-20 00:00:00",
     "2027-03-20 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"c-expired", CORE_SUBJECT, CORE_SAN, "ca1", "2024-03-27 09:00:00",
     "2026-03-28 09:00:00", EKU_BOTH, 2048, "46df76aa000000000012"},
    {"c-old", CORE_SUBJECT, CORE_SAN, "ca1", "2025-02-10 10:00:00", "2027-02-10 10:00:00",
     EKU_BOTH, 2048, "46df76aa00000000001c"},

    /* Expressway-E.  The serial of e-priv-cli has 19 bytes, as Microsoft's CA makes them.
     */
    {"e-pub-srv", EDGE_PUBLIC, EDGE_SAN, "ca2", "2026-03-12 00:00:00",
     "2027-04-12 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"e-pub-both", EDGE_PUBLIC, EDGE_SAN, "ca2", "2026-02-25 00:00:00",
     "2027-03-28 23:59:59", EKU_BOTH | IS_PUBLIC, 2048, NULL},
    {"e-priv-srv", EDGE_SUBJECT, EDGE_SAN, "ca1", "2026-03-14 03:02:11",
     "2028-03-14 03:12:11", EKU_BOTH, 2048, "46df76aa00000000002d"},
    {"e-priv-cli", EDGE_SUBJECT, EDGE_SAN, "ca1", "2026-03-24 04:47:17",
     "2028-03-23 04:47:17", EKU_BOTH, 4096, "2f0000004c869c77c8981becde00000000004c"},

    /* Another customer's, whose nodes have the same names and addresses. */
    {"south-c-srv", SOUTH_CORE, "DNS:vcs8c.sudlab.example", "ca4", "2026-03-14 02:37:40",
     "2028-03-14 02:47:40", EKU_BOTH, 2048, NULL},
    {"south-c-cli", SOUTH_CORE, "DNS:vcs8c.sudlab.example", "ca4", "2026-03-14 02:38:40",
     "2028-03-14 02:48:40", EKU_SERVER, 2048, NULL},
    {"south-e-srv", SOUTH_EDGE, "DNS:smartslave.sudlab.example", "ca4",
     "2026-03-14 02:39:40", "2028-03-14 02:49:40", EKU_BOTH, 2048, NULL},
    {"south-e-cli", SOUTH_EDGE, "DNS:smartslave.sudlab.example", "ca4",
     "2026-03-14 02:40:40", "2028-03-14 02:50:40", EKU_BOTH, 2048, NULL},

    /* Names and issuers of one case each. */
    {"c-sub", CORE_SUBJECT, CORE_SAN, "ca1-sub", "2026-03-14 02:37:40",
     "2028-03-14 02:47:40", EKU_BOTH, 2048, NULL},
    {"c-cluster", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=vcs8c.nordlab.example",
     "DNS:vcs8c.nordlab.example,DNS:corecluster.nordlab.example", "ca1",
     "2026-03-14 02:37:40", "2028-03-14 02:47:40", EKU_BOTH, 2048, NULL},
    {"c2-cluster", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=vcs9c.nordlab.example",
     "DNS:vcs9c.nordlab.example,DNS:corecluster.nordlab.example", "ca1",
     "2026-03-14 02:38:10", "2028-03-14 02:48:10", EKU_BOTH, 2048, NULL},
    {"e-pub-old", EDGE_PUBLIC, EDGE_SAN, "ca2", "2026-01-20 00:00:00",
     "2027-02-20 23:59:59", EKU_BOTH | IS_PUBLIC, 2048, NULL},
    {"e-pub-exp", EDGE_PUBLIC, EDGE_SAN, "ca2", "2025-03-20 00:00:00",
     "2026-04-10 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"e2-pub-srv", "C=IN/ST=KA/O=Nordlab/CN=smartfriend.nordlab.example",
     "DNS:smartfriend.nordlab.example,DNS:nordlab.example", "ca2", "2026-03-12 00:00:00",
     "2027-04-12 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"e2-pub-exp", "C=IN/ST=KA/O=Nordlab/CN=smartfriend.nordlab.example",
     "DNS:smartfriend.nordlab.example,DNS:nordlab.example", "ca2", "2025-03-03 00:00:00",
     "2026-04-03 23:59:59", EKU_BOTH | IS_PUBLIC, 2048, NULL},
    {"e2-priv-cli", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=smartfriend.nordlab.example",
     "DNS:smartfriend.nordlab.example", "ca1", "2026-03-24 04:52:31", "2028-03-23 04:52:31",
     EKU_BOTH, 2048, NULL},
    {"e-under", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=smart_slave.nordlab.example",
     "DNS:smart_slave.nordlab.example", "ca1", "2026-03-14 03:02:11", "2028-03-14 03:12:11",
     EKU_BOTH, 2048, NULL},
    {"gateway", "O=Oostkamp Branch/CN=gateway.oostkamp.example",
     "DNS:gateway.oostkamp.example", "ca4", "2025-04-08 11:00:00", "2027-04-08 11:10:00",
     EKU_BOTH, 2048, NULL},
    {"cms", "C=IN/ST=KA/L=KA/O=Nordlab/OU=UC/CN=cms1.nordlab.example",
     "DNS:cms1.nordlab.example", "ca1", "2025-04-08 11:00:00", "2027-04-08 11:10:00",
     EKU_BOTH, 2048, NULL},
    {"e-x143", EDGE_SUBJECT, EDGE_SAN, "ca1", "2025-12-14 03:02:11", "2027-12-14 03:12:11",
     EKU_BOTH, 2048, NULL},
    {"e2-x143", "C=IN/ST=KA/O=Nordlab/CN=smartfriend.nordlab.example",
     "DNS:smartfriend.nordlab.example,DNS:nordlab.example", "ca2", "2026-03-12 00:00:00",
     "2027-04-12 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"cucm-sub", "C=IN/ST=KA/L=KA/O=Nordlab/OU=UC/CN=cucm.nordlab.example",
     "DNS:cucm.nordlab.example", "ca1-sub", "2025-06-02 09:12:00", "2027-06-02 09:22:00",
     EKU_BOTH, 2048, NULL},

    /* Others. */
    {"cucm", "C=IN/ST=KA/L=KA/O=Nordlab/OU=UC/CN=cucm.nordlab.example",
     "DNS:cucm.nordlab.example", "ca1", "2025-06-02 09:12:00", "2027-06-02 09:22:00",
     EKU_BOTH, 2048, NULL},
    {"cucm2-self", "C=IN/ST=KA/L=KA/O=Nordlab/OU=UC/CN=cucm2.nordlab.example",
     "DNS:cucm2.nordlab.example", NULL, "2024-05-02 07:00:00", "2029-05-01 07:00:00",
     EKU_BOTH, 2048, NULL},
    {"neighbour", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=vcs11.nordlab.example",
     "DNS:vcs11.nordlab.example", "ca1", "2025-04-08 11:00:00", "2027-04-08 11:10:00",
     EKU_BOTH, 2048, NULL},
    {"neighbour-ca4", "O=Oostkamp Branch/CN=vcs11.nordlab.example",
     "DNS:vcs11.nordlab.example", "ca4", "2025-04-08 11:00:00", "2027-04-08 11:10:00",
     EKU_BOTH, 2048, NULL},
    {"neighbour-sub", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=vcs11.nordlab.example",
     "DNS:vcs11.nordlab.example", "ca1-sub", "2025-04-08 11:00:00", "2027-04-08 11:10:00",
     EKU_BOTH, 2048, NULL},
    {"webex", "C=US/ST=California/O=Webex Meetings Example/CN=sip-edge.webexsite.example",
     "DNS:sip-edge.webexsite.example,DNS:webexsite.example", "ca3", "2025-11-03 00:00:00",
     "2026-11-03 23:59:59", EKU_BOTH | IS_PUBLIC, 2048, NULL},
    {"licence", "C=US/O=Licence Cloud Example/CN=smartreceiver.licence.example",
     "DNS:smartreceiver.licence.example", "ca3", "2025-11-03 00:00:00",
     "2026-11-03 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},

    /* Authorities with a defect, or of another party. */
    {"ca1-srv", "DC=example/DC=nordlab/CN=nordlab-Server-CA-05", NULL, "ca1",
     "2024-05-04 08:00:00", "2034-05-04 08:10:00", IS_CA | EKU_SERVER, 2048, NULL},
    {"ca1-both", "DC=example/DC=nordlab/CN=nordlab-Device-CA-06", NULL, "ca1",
     "2024-05-04 08:00:00", "2034-05-04 08:10:00", IS_CA | EKU_BOTH, 2048, NULL},
    {"ca1-ending", "DC=example/DC=nordlab/CN=nordlab-Issuing-CA-01", NULL, "ca1",
     "2016-04-20 08:00:00", "2026-04-20 08:10:00", IS_CA, 2048, NULL},
    {"voice-ca-old", "O=Nordlab/CN=Nordlab Voice CA", NULL, NULL, "2016-02-01 00:00:00",
     "2031-02-01 00:00:00", IS_CA | NO_KEY_IDS, 2048, NULL},
    {"voice-ca-new", "O=Nordlab/CN=Nordlab Voice CA", NULL, NULL, "2025-01-08 00:00:00",
     "2040-01-08 00:00:00", IS_CA | NO_KEY_IDS, 2048, NULL},
    {"inspect-ca", "O=Northwall/CN=Northwall Inspection CA", NULL, NULL,
     "2024-01-01 00:00:00", "2034-01-01 00:00:00", IS_CA, 2048, NULL},

    /* Expressway-C, each with one thing wrong, or just right. */
    {"c-ca4", CORE_SUBJECT, CORE_SAN, "ca4", "2026-03-01 10:00:00", "2027-03-01 10:00:00",
     EKU_BOTH, 2048, NULL},
    {"c-ca4-srv", CORE_SUBJECT, CORE_SAN, "ca4", "2026-03-01 10:00:00",
     "2027-03-01 10:00:00", EKU_SERVER, 2048, NULL},
    {"c-below-srv", CORE_SUBJECT, CORE_SAN, "ca1-srv", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"c-below-both", CORE_SUBJECT, CORE_SAN, "ca1-both", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"c-cn-only", CORE_SUBJECT, "DNS:nordlab.example", "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    /* Other forms of names, for what people try. */
    {"c-cn-alone", CORE_SUBJECT, NULL, "ca1", "2026-03-01 10:00:00", "2028-03-01 10:00:00",
     EKU_BOTH, 2048, NULL},
    {"c-wildcard", "C=IN/O=Nordlab/CN=*.nordlab.example", "DNS:*.nordlab.example", "ca1",
     "2026-03-01 10:00:00", "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"c-address", CORE_SUBJECT, "IP:10.106.80.16", "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"e-cn-only", EDGE_SUBJECT, "DNS:nordlab.example", "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"e-wildcard", "C=IN/O=Nordlab/CN=edge.nordlab.example", "DNS:*.nordlab.example", "ca1",
     "2026-03-01 10:00:00", "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"e-address", "C=IN/O=Nordlab/CN=edge.nordlab.example", "IP:10.106.80.31", "ca1",
     "2026-03-01 10:00:00", "2028-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"c-no-eku", CORE_SUBJECT, CORE_SAN, "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", 0, 2048, NULL},
    {"c-april", CORE_SUBJECT, CORE_SAN, "ca1", "2024-04-22 09:00:00", "2026-04-22 09:00:00",
     EKU_BOTH, 2048, NULL},
    {"c-may", CORE_SUBJECT, CORE_SAN, "ca1", "2024-05-05 09:00:00", "2026-05-05 09:00:00",
     EKU_BOTH, 2048, NULL},
    {"c-future", CORE_SUBJECT, CORE_SAN, "ca1", "2026-04-06 00:00:00",
     "2028-04-06 00:00:00", EKU_BOTH, 2048, NULL},
    {"c-ku-encipher", CORE_SUBJECT, CORE_SAN, "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH | ENCIPHER_ONLY, 2048, NULL},
    {"c-ku-sign", CORE_SUBJECT, CORE_SAN, "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_BOTH | SIGN_ONLY, 2048, NULL},
    {"c-sha1", CORE_SUBJECT, CORE_SAN, "ca1", "2024-06-01 10:00:00", "2027-06-01 10:00:00",
     EKU_BOTH | WITH_SHA1, 2048, NULL},
    {"c-pub-both", CORE_PUBLIC, CORE_SAN, "ca2", "2026-03-12 00:00:00",
     "2027-04-12 23:59:59", EKU_BOTH | IS_PUBLIC, 2048, NULL},
    {"c-pub-short", CORE_PUBLIC, CORE_SAN, "ca2", "2026-03-12 00:00:00",
     "2026-09-27 23:59:59", EKU_BOTH | IS_PUBLIC, 2048, NULL},

    /* Expressway-E, likewise. */
    {"e-cli-only", EDGE_SUBJECT, EDGE_SAN, "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", EKU_CLIENT, 2048, NULL},
    {"e-no-eku", EDGE_SUBJECT, EDGE_SAN, "ca1", "2026-03-01 10:00:00",
     "2028-03-01 10:00:00", 0, 2048, NULL},
    {"e-ending-ca", EDGE_SUBJECT, EDGE_SAN, "ca1-ending", "2025-03-01 10:00:00",
     "2027-03-01 10:00:00", EKU_BOTH, 2048, NULL},
    {"e-acme", "CN=smartslave.nordlab.example", EDGE_SAN, "ca3", "2026-04-08 00:00:00",
     "2026-07-07 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},
    {"e-ed25519", EDGE_SUBJECT, EDGE_SAN, "ca1", "2026-04-01 10:00:00",
     "2028-04-01 10:00:00", EKU_BOTH | ED25519, 0, NULL},
    {"e-domain", "C=IN/ST=KA/O=Nordlab/CN=video.second.example",
     "DNS:video.second.example,DNS:second.example", "ca2", "2026-03-12 00:00:00",
     "2027-04-12 23:59:59", EKU_SERVER | IS_PUBLIC, 2048, NULL},

    /* In between, and far away. */
    {"inspect-edge", EDGE_PUBLIC, EDGE_SAN, "inspect-ca", "2026-03-12 00:00:00",
     "2027-03-12 23:59:59", EKU_SERVER, 2048, NULL},
    {"neighbour-voice", "C=IN/ST=KA/L=KA/O=Nordlab/OU=TAC/CN=vcs11.nordlab.example",
     "DNS:vcs11.nordlab.example", "voice-ca-new", "2025-04-08 11:00:00",
     "2027-04-08 11:10:00", EKU_BOTH | NO_KEY_IDS, 2048, NULL},
};

static void need(bool ok, const char *what)
{
    if (!ok) {
        xd_fx_die("%s failed", what);
    }
}

static X509_NAME *parse_name(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    char *copy = strdup(text);
    char *rest = NULL;

    need(name != NULL && copy != NULL, "name");
    for (char *part = strtok_r(copy, "/", &rest); part != NULL;
         part = strtok_r(NULL, "/", &rest)) {
        char *equals = strchr(part, '=');

        need(equals != NULL, text);
        *equals = '\0';
        need(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                                        (const unsigned char *)equals + 1, -1, -1, 0) == 1,
             part);
    }
    free(copy);
    return name;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    CONF *none = NCONF_new(NULL); /* policies are refused without a configuration */
    X509V3_set_nconf(&ctx, none);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(e != NULL && X509_add_ext(cert, e, -1) == 1, value);
    X509_EXTENSION_free(e);
    NCONF_free(none);
}

/* Two timestamps in the form of RFC 6962, 3.3; log ids and signatures are random bytes. */
static void add_timestamps(X509 *cert)
{
    struct xd_fx_bytes list = {0};
    uint8_t log_id[32];
    uint8_t signature[70];

    for (int i = 0; i < 2; i++) {
        need(RAND_bytes(log_id, sizeof log_id) == 1 &&
                 RAND_bytes(signature, sizeof signature) == 1,
             "random");
        xd_fx_put_be(&list, 1 + 32 + 8 + 2 + 4 + sizeof signature, 2);
        xd_fx_put_be(&list, 0, 1);
        xd_fx_put(&list, log_id, sizeof log_id);
        xd_fx_put_be(&list, UINT64_C(1757000000000) + (uint64_t)i * 37, 8);
        xd_fx_put_be(&list, 0, 2);
        xd_fx_put_be(&list, 0x0403, 2);
        xd_fx_put_be(&list, sizeof signature, 2);
        xd_fx_put(&list, signature, sizeof signature);
    }
    struct xd_fx_bytes der = {0};
    size_t inner = list.len + 2;

    xd_fx_put_be(&der, 0x0481, 2);
    xd_fx_put_be(&der, inner, 1);
    xd_fx_put_be(&der, list.len, 2);
    xd_fx_put(&der, list.p, list.len);

    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    need(value != NULL && ASN1_OCTET_STRING_set(value, der.p, (int)der.len) == 1, "SCT");
    X509_EXTENSION *e = X509_EXTENSION_create_by_NID(NULL, NID_ct_precert_scts, 0, value);
    need(e != NULL && X509_add_ext(cert, e, -1) == 1, "SCT extension");
    X509_EXTENSION_free(e);
    ASN1_OCTET_STRING_free(value);
    xd_fx_free(&list);
    xd_fx_free(&der);
}

static void add_extensions(const struct spec *s, X509 *cert, X509 *issuer)
{
    static const char *const ekus[] = {NULL, "serverAuth", "clientAuth",
                                       "serverAuth,clientAuth"};
    bool ca = (s->flags & IS_CA) != 0;
    const char *usage = (s->flags & ENCIPHER_ONLY) != 0 ? "critical,keyEncipherment"
                        : (s->flags & SIGN_ONLY) != 0
                            ? "critical,digitalSignature"
                            : "critical,digitalSignature,keyEncipherment";

    if ((s->flags & NO_KEY_IDS) == 0) {
        add_extension(cert, issuer, NID_subject_key_identifier, "hash");
        if (s->issuer != NULL) {
            add_extension(cert, issuer, NID_authority_key_identifier, "keyid:always");
        }
    }
    add_extension(cert, issuer, NID_basic_constraints,
                  ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(cert, issuer, NID_key_usage, ca ? "critical,keyCertSign,cRLSign" : usage);
    if ((s->flags & EKU_BOTH) != 0) {
        add_extension(cert, issuer, NID_ext_key_usage, ekus[s->flags & EKU_BOTH]);
    }
    if (ca) {
        return;
    }
    if (s->san != NULL) {
        add_extension(cert, issuer, NID_subject_alt_name, s->san);
    }
    if ((s->flags & IS_PUBLIC) != 0) {
        add_extension(cert, issuer, NID_certificate_policies, "2.23.140.1.2.2");
        add_extension(cert, issuer, NID_info_access,
                      "OCSP;URI:http://ocsp.trust.example,"
                      "caIssuers;URI:http://cacerts.trust.example/issuer.crt");
        add_timestamps(cert);
    }
}

static void set_serial(const struct spec *s, X509 *cert)
{
    BIGNUM *n = NULL;
    uint8_t random[16];

    if (s->serial != NULL) {
        need(BN_hex2bn(&n, s->serial) > 0, "serial");
    } else {
        need(RAND_bytes(random, sizeof random) == 1, "random");
        random[0] &= 0x7f;
        random[0] |= 0x01;
        n = BN_bin2bn(random, sizeof random, NULL);
    }
    need(n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL, "serial");
    BN_free(n);
}

static void set_time(ASN1_TIME *to, const char *text)
{
    need(ASN1_TIME_set(to, (time_t)(xd_fx_time(text) / 1000000)) != NULL, "time");
}

static EVP_PKEY *make_ed25519(void)
{
    uint8_t secret[32];

    need(RAND_bytes(secret, sizeof secret) == 1, "random");
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
}

static EVP_PKEY *make_key(const struct spec *s)
{
    char label[80];

    (void)snprintf(label, sizeof label, "key/%s", s->name);
    xd_fx_seed(label);
    EVP_PKEY *key = (s->flags & ED25519) != 0   ? make_ed25519()
                    : (s->flags & EC_P256) != 0 ? EVP_EC_gen("P-256")
                                                : EVP_RSA_gen((unsigned)s->bits);
    need(key != NULL, "key");
    return key;
}

/* issuer: NULL for one that signs itself. */
static void make_cred(const struct spec *s, const struct xd_fx_cred *issuer,
                      struct xd_fx_cred *out)
{
    char label[80];

    out->name = s->name;
    out->key = make_key(s);
    issuer = issuer != NULL ? issuer : out;
    (void)snprintf(label, sizeof label, "certificate/%s", s->name);
    xd_fx_seed(label);
    out->cert = X509_new();
    need(out->cert != NULL && X509_set_version(out->cert, X509_VERSION_3) == 1, "X509");
    set_serial(s, out->cert);
    X509_NAME *name = parse_name(s->subject);
    need(X509_set_subject_name(out->cert, name) == 1, "subject");
    need(X509_set_issuer_name(out->cert, X509_get_subject_name(issuer->cert)) == 1,
         "issuer");
    X509_NAME_free(name);
    set_time(X509_getm_notBefore(out->cert), s->from);
    set_time(X509_getm_notAfter(out->cert), s->until);
    need(X509_set_pubkey(out->cert, out->key) == 1, "public key");
    add_extensions(s, out->cert, issuer->cert);
    const EVP_MD *digest = (s->flags & WITH_SHA1) != 0 ? EVP_sha1() : EVP_sha256();
    need(X509_sign(out->cert, issuer->key, digest) > 0, "signature");
}

enum { COUNT = sizeof specs / sizeof specs[0] };

static size_t find_spec(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(specs[i].name, name) == 0) {
            return i;
        }
    }
    xd_fx_die("no certificate named %s", name);
}

/* Makes what is missing of the path from the root down. */
const struct xd_fx_cred *xd_fx_cred(const char *name)
{
    static struct xd_fx_cred made[COUNT];
    size_t wanted = find_spec(name);

    while (made[wanted].cert == NULL) {
        size_t next = wanted;
        const struct xd_fx_cred *issuer = NULL;

        while (specs[next].issuer != NULL) {
            size_t above = find_spec(specs[next].issuer);

            if (made[above].cert != NULL) {
                issuer = &made[above];
                break;
            }
            next = above;
        }
        make_cred(&specs[next], issuer, &made[next]);
    }
    return &made[wanted];
}

static void put_bio(struct xd_fx_bytes *out, BIO *bio)
{
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);

    xd_fx_put(out, p, (size_t)n);
    BIO_free(bio);
}

void xd_fx_pem(struct xd_fx_bytes *out, const char *names)
{
    char *copy = strdup(names);
    char *rest = NULL;

    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        BIO *bio = BIO_new(BIO_s_mem());

        need(bio != NULL && PEM_write_bio_X509(bio, xd_fx_cred(name)->cert) == 1, "PEM");
        put_bio(out, bio);
    }
    free(copy);
}

void xd_fx_pem_key(struct xd_fx_bytes *out, const char *name)
{
    BIO *bio = BIO_new(BIO_s_mem());

    need(bio != NULL && PEM_write_bio_PrivateKey(bio, xd_fx_cred(name)->key, NULL, NULL, 0,
                                                 NULL, NULL) == 1,
         "PEM of a key");
    put_bio(out, bio);
}
