/*
 * sign.c - what a log or a trace says, and the findings that it may stand for.
 *
 * A sign narrows and seldom names: which of its findings it is, the evidence decides.
 */
#include "sign.h"

#include "expdiag/finding.h"
#include "expdiag/flow.h"
#include "expdiag/text.h"

#include <stdio.h>
#include <string.h>

_Static_assert(XD_FINDING_COUNT <= 64, "a bit for each finding");

#define F(name) (UINT64_C(1) << (XD_F_##name))

#define TRUST (F(UNKNOWN_CA) | F(INCOMPLETE_CHAIN))
#define CRL   F(REVOCATION_UNAVAILABLE)
#define PURPOSE                                                                   \
    (F(CLIENT_EKU_MISSING) | F(SERVER_EKU_MISSING) | F(SIP_SERVICE_EKU_MISSING) | \
     F(KEY_USAGE_UNSUITABLE))
#define TIMES     (F(CERTIFICATE_EXPIRED) | F(CLOCK_SKEW))
#define SSH_LOGIN (F(SSH_CLIENT_EKU_MISSING) | F(SSH_AUTH_FAILED))
#define SSH_DOWN                                                             \
    (SSH_LOGIN | F(SSH_UNREACHABLE) | F(SSH_BLOCKED) | F(SSH_KEX_MISMATCH) | \
     F(SSH_KEY_ALGORITHM) | F(SSH_HOST_KEY_UNEXPECTED))
#define CLUSTER (F(CLUSTER_PEERS_DIFFER) | F(NAME_MISMATCH) | F(SIP_SERVICE_EKU_MISSING))
#define CLOCKS  (F(CLOCK_SKEW) | F(CLOCK_OFFSET))

static const char alarm_kind[] = "alarm";
static const char alert_kind[] = "TLS alert";
static const char verify_kind[] = "verify error of OpenSSL";
static const char words_kind[] = "words of a log";

/* Alerts have their names from the model. */
/* clang-format off */
static const struct xd_sign signs[] = {
    {alarm_kind, 15028, NULL, "restart required", F(STALE_CERTIFICATE_PRESENTED)},
    {alarm_kind, 20004, NULL, "cluster communication failure", CLUSTER},
    {alarm_kind, 20006, NULL, "cluster database communication failure", CLUSTER},
    {alarm_kind, 20020, NULL, "cluster TLS verification", CLUSTER},
    {alarm_kind, 20021, NULL, "cluster communication failure", CLUSTER},
    {alarm_kind, 25002, NULL, "time not synchronised", CLOCKS},
    {alarm_kind, 25020, NULL, "NTP server not available", CLOCKS},
    {alarm_kind, 25021, NULL, "NTP server not available", CLOCKS},
    {alarm_kind, 25022, NULL, "time not synchronised over traversal zone", CLOCKS},
    {alarm_kind, 25030, NULL, "reverse DNS lookup failed", F(NAME_RESOLUTION_FAILED)},
    {alarm_kind, 25031, NULL, "reverse DNS name not in the certificate", F(NAME_RESOLUTION_FAILED)},
    {alarm_kind, 35013, NULL, "Unified Communications SSH tunnel failure", SSH_DOWN},
    {alarm_kind, 35014, NULL, "Unified Communications SSH tunnel notification failure", F(SSH_UNREACHABLE) | F(SSH_BLOCKED)},
    {alarm_kind, 40068, NULL, "server certificate expired", TIMES},
    {alarm_kind, 40069, NULL, "server certificate expires soon", F(CERTIFICATE_EXPIRES_SOON)},
    {alarm_kind, 40078, NULL, "client certificate expired", TIMES},
    {alarm_kind, 40079, NULL, "client certificate expires soon", F(CERTIFICATE_EXPIRES_SOON)},
    {alarm_kind, 45010, NULL, "zone peer down", F(ZONE_DOWN_UNEXPLAINED)},
    {alert_kind, 40, NULL, NULL, F(NO_SHARED_CIPHER) | F(NO_CLIENT_CERTIFICATE)},
    {alert_kind, 42, NULL, NULL, F(NAME_MISMATCH) | PURPOSE},
    {alert_kind, 43, NULL, NULL, PURPOSE},
    {alert_kind, 44, NULL, NULL, F(CERTIFICATE_REVOKED)},
    {alert_kind, 45, NULL, NULL, TIMES | CRL},
    {alert_kind, 46, NULL, NULL, TRUST | PURPOSE | F(NAME_MISMATCH) | F(CERTIFICATE_EXPIRED)},
    {alert_kind, 48, NULL, NULL, TRUST | CRL},
    {alert_kind, 51, NULL, NULL, F(CA_NAME_DUPLICATE)},
    {alert_kind, 70, NULL, NULL, F(PROTOCOL_VERSION_MISMATCH)},
    {alert_kind, 71, NULL, NULL, F(NO_SHARED_CIPHER) | F(WEAK_SIGNATURE)},
    {alert_kind, 86, NULL, NULL, F(PROTOCOL_VERSION_MISMATCH)},
    {alert_kind, 116, NULL, NULL, F(NO_CLIENT_CERTIFICATE)},
    {verify_kind, 2, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate", TRUST},
    {verify_kind, 3, "X509_V_ERR_UNABLE_TO_GET_CRL", "unable to get certificate CRL", CRL},
    {verify_kind, 7, "X509_V_ERR_CERT_SIGNATURE_FAILURE", "certificate signature failure", F(CA_NAME_DUPLICATE)},
    {verify_kind, 9, "X509_V_ERR_CERT_NOT_YET_VALID", "certificate is not yet valid", F(CERTIFICATE_NOT_YET_VALID) | F(CLOCK_SKEW)},
    {verify_kind, 10, "X509_V_ERR_CERT_HAS_EXPIRED", "certificate has expired", TIMES},
    {verify_kind, 12, "X509_V_ERR_CRL_HAS_EXPIRED", "CRL has expired", CRL},
    {verify_kind, 18, "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", F(UNKNOWN_CA)},
    {verify_kind, 19, "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain", F(UNKNOWN_CA)},
    {verify_kind, 20, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate", TRUST},
    {verify_kind, 21, "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", TRUST},
    {verify_kind, 23, "X509_V_ERR_CERT_REVOKED", "certificate revoked", F(CERTIFICATE_REVOKED)},
    {verify_kind, 26, "X509_V_ERR_INVALID_PURPOSE", "unsuitable certificate purpose", PURPOSE},
    {verify_kind, 26, NULL, "unsupported certificate purpose", PURPOSE},
    {verify_kind, 32, "X509_V_ERR_KEYUSAGE_NO_CERTSIGN", "key usage does not include certificate signing", F(KEY_USAGE_UNSUITABLE)},
    {verify_kind, 62, "X509_V_ERR_HOSTNAME_MISMATCH", "hostname mismatch", F(NAME_MISMATCH) | F(NAME_ONLY_IN_CN)},
    {verify_kind, 64, "X509_V_ERR_IP_ADDRESS_MISMATCH", "IP address mismatch", F(NAME_MISMATCH)},
    {verify_kind, 66, "X509_V_ERR_EE_KEY_TOO_SMALL", "EE certificate key too weak", F(WEAK_SIGNATURE)},
    {verify_kind, 67, "X509_V_ERR_CA_KEY_TOO_SMALL", "CA certificate key too weak", F(WEAK_SIGNATURE)},
    {verify_kind, 68, "X509_V_ERR_CA_MD_TOO_WEAK", "CA signature digest algorithm too weak", F(WEAK_SIGNATURE)},
    {words_kind, 0, NULL, "no shared cipher", F(NO_SHARED_CIPHER)},
    {words_kind, 0, NULL, "unsupported protocol", F(PROTOCOL_VERSION_MISMATCH)},
    {words_kind, 0, NULL, "wrong version number", F(HANDSHAKE_CLOSED)},
    {words_kind, 0, NULL, "peer did not return a certificate", F(NO_CLIENT_CERTIFICATE)},
    {words_kind, 0, NULL, "no certificate returned", F(NO_CLIENT_CERTIFICATE)},
    {words_kind, 0, NULL, "certificate identity was unacceptable", F(NAME_MISMATCH)},
    {words_kind, 0, NULL, "Permission denied", SSH_LOGIN},
    {words_kind, 0, NULL, "Connection refused", F(CONNECTION_REFUSED) | F(SSH_UNREACHABLE)},
    {words_kind, 0, NULL, "Connection timed out", F(CONNECTION_UNANSWERED) | F(SSH_UNREACHABLE)},
};
/* clang-format on */

enum { N_SIGNS = sizeof(signs) / sizeof(signs[0]), LAST_ALERT = 255, LONGEST = 200 };

/* Small letters, one blank for whatever is no letter and no digit: "unknown_ca" = "Unknown
 * CA". */
static void fold(const char *text, char out[LONGEST])
{
    size_t n = 0;

    for (size_t i = 0; text[i] != '\0' && n + 1 < LONGEST; i++) {
        char c = text[i];
        bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter) {
            out[n++] = c;
        } else if (n > 0 && out[n - 1] != ' ') {
            out[n++] = ' ';
        }
    }
    n -= n > 0 && out[n - 1] == ' ' ? 1 : 0;
    out[n] = '\0';
    xd_text_lower(out);
}

/* The number of "35013", "alert 48", "code=26"; what kind only is asked goes to *kind. */
static bool take_number(const char *folded, const char **kind, uint64_t *number)
{
    static const struct {
        const char *word;
        const char *kind;
    } words[] = {{"alarm ", alarm_kind},         {"id ", alarm_kind},
                 {"tls alert ", alert_kind},     {"alert ", alert_kind},
                 {"verify error ", verify_kind}, {"error ", verify_kind},
                 {"code ", verify_kind},         {"", NULL}};
    struct xd_slice all = xd_slice_of(folded);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i].word);
        if (xd_text_starts(all, words[i].word)) {
            *kind = words[i].kind;
            return xd_text_number((struct xd_slice){all.p + len, all.len - len}, INT32_MAX,
                                  number);
        }
    }
    return false;
}

/* Does the text name it, whole or, for longer words, by its beginning or within a line? */
static bool is_named(const char *folded, const char *name)
{
    enum { TELLING = 12 }; /* letters that are no word of many signs: not "certificate" */
    char own[LONGEST];

    if (name == NULL) {
        return false;
    }
    fold(name, own);
    return strcmp(folded, own) == 0 ||
           (strlen(folded) >= TELLING && strncmp(own, folded, strlen(folded)) == 0) ||
           strstr(folded, own) != NULL;
}

/* As of "X509_V_ERR_": those who know the name leave that away. */
static const char *short_name(const struct xd_sign *s)
{
    return s->name != NULL ? s->name + strlen("X509_V_ERR_") : NULL;
}

/* The row of an alert, or one of an alert that stands for no finding. */
static struct xd_sign sign_of_alert(int code)
{
    struct xd_sign s = {alert_kind, code, NULL, NULL, 0};

    for (size_t i = 0; i < N_SIGNS; i++) {
        if (signs[i].kind == alert_kind && signs[i].number == code) {
            s = signs[i];
        }
    }
    s.name = xd_alert_name(code);
    return s;
}

/* "tlsv1 alert unknown ca" of OpenSSL's error strings names one too. */
static bool names_alert(const char *folded, const char *name)
{
    const char *alert = strstr(folded, "alert ");
    char own[LONGEST];

    fold(name, own);
    return strcmp(folded, own) == 0 ||
           (alert != NULL && strncmp(alert + strlen("alert "), own, strlen(own)) == 0);
}

size_t xd_sign_find(const char *text, struct xd_sign out[XD_SIGNS_MAX])
{
    const char *kind = NULL;
    uint64_t number = 0;
    char folded[LONGEST];
    size_t n = 0;

    fold(text, folded);
    bool numbered = take_number(folded, &kind, &number);

    for (int code = 0; code <= LAST_ALERT && n < XD_SIGNS_MAX; code++) {
        const char *name = xd_alert_name(code);
        bool asked =
            numbered ? number == (unsigned)code && kind != alarm_kind && kind != verify_kind
                     : name != NULL && names_alert(folded, name);
        if (asked && name != NULL) {
            out[n++] = sign_of_alert(code);
        }
    }
    for (size_t i = 0; i < N_SIGNS && n < XD_SIGNS_MAX && folded[0] != '\0'; i++) {
        const struct xd_sign *s = &signs[i];
        bool of_kind = kind == NULL || kind == s->kind;
        bool asked = numbered ? of_kind && s->number > 0 && number == (unsigned)s->number
                              : is_named(folded, s->words) || is_named(folded, s->name) ||
                                    is_named(folded, short_name(s));
        bool again = n > 0 && out[n - 1].kind == s->kind && out[n - 1].number == s->number;
        if (asked && s->kind != alert_kind && !(numbered && again)) {
            out[n++] = *s;
        }
    }
    return n;
}

void xd_sign_nearest(struct xd_nearest *nearest)
{
    for (int code = 0; code <= LAST_ALERT; code++) {
        if (xd_alert_name(code) != NULL) {
            xd_nearest_try(nearest, xd_alert_name(code));
        }
    }
}
