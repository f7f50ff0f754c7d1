/*
 * voices.c - who said no, and about what: failures on the wire and lines of logs,
 * read as sets of reasons.  An alert narrows; it never names a cause alone.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

struct text_rule {
    const char *text;
    unsigned says;
};

/* Words of OpenSSL 1.x and 3.x and of the appliance's own checks; the first decides. */
static const struct text_rule text_rules[] = {
    {"certificate purpose", XD_SAYS_PURPOSE},
    {"code=26", XD_SAYS_PURPOSE},
    {"unable to get local issuer", XD_SAYS_TRUST},
    {"unable to get issuer certificate", XD_SAYS_TRUST},
    {"self signed cert", XD_SAYS_TRUST},
    {"self-signed cert", XD_SAYS_TRUST},
    {"unable to verify the first cert", XD_SAYS_TRUST},
    {"Error=self signed", XD_SAYS_TRUST},
    {"certificate has expired", XD_SAYS_EXPIRED},
    {"not yet valid", XD_SAYS_NOT_YET},
    {"certificate revoked", XD_SAYS_REVOKED},
    {"identity was unacceptable", XD_SAYS_NAME},
    {"hostname mismatch", XD_SAYS_NAME},
    {"not in certificate", XD_SAYS_NAME},
    {"invalid hostname", XD_SAYS_NAME},
    {"no certificate returned", XD_SAYS_NO_CERT},
    {"did not return a certificate", XD_SAYS_NO_CERT},
    {"no shared cipher", XD_SAYS_CIPHER},
    {"unsupported protocol", XD_SAYS_VERSION},
    {"wrong version number", XD_SAYS_NO_TLS}, /* of the first bytes of a record */
    {"version too low", XD_SAYS_VERSION},
    {"key too small", XD_SAYS_WEAK},
    {"key too weak", XD_SAYS_WEAK},
    {"md too weak", XD_SAYS_WEAK},
    {"digest algorithm too weak", XD_SAYS_WEAK},
    {"certificate signature failure", XD_SAYS_SIGNATURE},
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Within a host's name a letter, a dot or a hyphen stands beside it. */
static bool holds_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; text[i]; i++) {
        struct xd_slice at = {(const uint8_t *)text + i, strnlen(text + i, len)};
        if (!xd_text_equal_nocase(at, xd_slice_of(word))) {
            continue;
        }
        char before = '\0';
        if (i > 0) {
            before = text[i - 1];
        }
        char after = text[i + len];
        bool joined = is_letter(before) || before == '.' || before == '-' ||
                      is_letter(after) || after == '-' ||
                      (after == '.' && is_letter(text[i + len + 1]));
        if (!joined) {
            return true;
        }
    }
    return false;
}

unsigned xd_says_of_text(const char *text)
{
    if (!text) {
        return 0;
    }
    /* The CRL's expiry must not read as the certificate's. */
    if (holds_word(text, "crl") || holds_word(text, "ocsp")) {
        return XD_SAYS_CRL;
    }
    for (size_t i = 0; i < sizeof text_rules / sizeof *text_rules; i++) {
        if (xd_text_contains_nocase(xd_slice_of(text), text_rules[i].text)) {
            return text_rules[i].says;
        }
    }
    return 0;
}

unsigned xd_says_of_alert(int alert)
{
    switch (alert) {
    case 43:
        return XD_SAYS_PURPOSE;
    case 44:
        return XD_SAYS_REVOKED;
    case 45:
        return XD_SAYS_EXPIRED | XD_SAYS_CRL;
    case 48:
        return XD_SAYS_TRUST | XD_SAYS_CRL;
    case 51:
        return XD_SAYS_SIGNATURE;
    case 70:
        return XD_SAYS_VERSION;
    case 71:
        return XD_SAYS_CIPHER;
    case 116:
        return XD_SAYS_NO_CERT;
    default: /* 40, 42, 46, 80 and the rest give no reason */
        return 0;
    }
}

static const char *tell_kind(enum xd_failure_kind kind)
{
    switch (kind) {
    case XD_FAILURE_ALERT:
        return "TLS alert";
    case XD_FAILURE_ENCRYPTED_ALERT:
        return "a record of an alert's size (encrypted), then the end";
    case XD_FAILURE_RESET:
        return "TCP RST";
    case XD_FAILURE_CLOSED:
        return "FIN";
    case XD_FAILURE_REFUSED:
        return "connection refused (RST to SYN)";
    case XD_FAILURE_UNANSWERED:
        return "no answer";
    case XD_FAILURE_SSH_KEX:
        return "SSH key exchange failed";
    case XD_FAILURE_SSH_AUTH:
        return "SSH public key refused";
    case XD_FAILURE_SSH_HOST_KEY:
        return "SSH ended by the client after the server's host key";
    case XD_FAILURE_NONE:
        break;
    }
    return "";
}

static const char *tell_failure(struct xd_judge *j, const struct xd_flow *f)
{
    char from[XD_ENDPOINT_TEXT];
    char to[XD_ENDPOINT_TEXT];
    const struct xd_failure *x = &f->failure;
    const char *what = tell_kind(x->kind);
    if (x->alert_code >= 0) {
        const char *name = xd_alert_name(x->alert_code);
        what = xd_arena_printf(j->cs->arena, "TLS alert %d%s%s%s", x->alert_code,
                               name ? " (" : "", name ? name : "", name ? ")" : "");
    }
    if (x->kind == XD_FAILURE_SSH_AUTH && f->ssh && f->ssh->key_request_length > 0) {
        what = xd_arena_printf(j->cs->arena,
                               "%s (by length: request of %u bytes, answer of %u bytes)",
                               what, f->ssh->key_request_length, f->ssh->key_answer_length);
    }
    if (x->by != XD_BY_CLIENT && x->by != XD_BY_SERVER) {
        return xd_arena_printf(j->cs->arena, "%s between %s and %s%s", what,
                               xd_endpoint_format(&f->end[0], from),
                               xd_endpoint_format(&f->end[1], to),
                               x->by == XD_BY_PATH ? ", sent by neither end" : "");
    }
    int by = x->by == XD_BY_SERVER;
    return xd_arena_printf(j->cs->arena, "%s from %s to %s", what,
                           xd_endpoint_format(&f->end[by], from),
                           xd_endpoint_format(&f->end[!by], to));
}

static enum xd_side side_of(enum xd_by by)
{
    switch (by) {
    case XD_BY_CLIENT:
        return XD_CLIENT;
    case XD_BY_SERVER:
        return XD_SERVER;
    case XD_BY_UNKNOWN:
    case XD_BY_PATH:
        break;
    }
    return XD_SIDE_UNKNOWN;
}

void xd_conv_hear_failure(struct xd_judge *j, struct xd_conv *v, const struct xd_flow *f)
{
    if (f->outcome != XD_OUTCOME_FAILED || f->failure.kind == XD_FAILURE_NONE) {
        return;
    }
    struct xd_voice *x = XD_PUSH(j->cs->arena, v, voices);
    x->refuser = side_of(f->failure.by);
    x->alert = f->failure.alert_code;
    bool readable = f->failure.kind == XD_FAILURE_ALERT ||
                    f->failure.kind == XD_FAILURE_ENCRYPTED_ALERT;
    x->says = readable && x->alert >= 0 ? xd_says_of_alert(x->alert) : 0;
    x->own_words = true;
    x->unspoken = f->failure.by == XD_BY_PATH;
    x->place = f->failure.place;
    x->quote = tell_failure(j, f);
}

/* "remote disconnect" and EOF: the other end went away without a word. */
static bool tells_of_other_end(const struct xd_log_event *e)
{
    const char *d = e->detail;
    return d && (strstr(d, "remote disconnect") || strstr(d, "Got EOF"));
}

/* Nothing came for too long, as an ALG on the way leaves it: nobody looked at anything. */
static bool tells_of_stall(const struct xd_log_event *e)
{
    const char *d = e->detail;
    return d && xd_text_contains_nocase(xd_slice_of(d), "idle countdown expired");
}

void xd_conv_hear_event(struct xd_judge *j, struct xd_conv *v, const struct xd_log_event *e)
{
    const void *key[] = {v, e};
    struct xd_slice heard = {(const uint8_t *)key, sizeof key};

    if (!j->heard) {
        j->heard = xd_map_new();
    }
    if (xd_map_get(j->heard, heard)) {
        return;
    }
    xd_map_put(j->heard, heard, v);
    *XD_PUSH(j->cs->arena, v, events) = e;
    if (e->kind != XD_LOG_TLS_ERROR && e->kind != XD_LOG_TLS_FAILED &&
        e->kind != XD_LOG_TRAFFIC_SERVER && e->kind != XD_LOG_XCP_TLS) {
        return;
    }
    bool as_client = e->role == XD_LOG_ROLE_CLIENT;
    bool as_server = e->role == XD_LOG_ROLE_SERVER;
    if (!as_client && !as_server && e->local.port) {
        as_client = xd_endpoint_equal(&e->local, &v->end[XD_CLIENT]);
        as_server = xd_endpoint_equal(&e->local, &v->end[XD_SERVER]);
    }
    enum xd_side writer = as_client ? XD_CLIENT : as_server ? XD_SERVER : XD_SIDE_UNKNOWN;
    bool received = e->alert >= 0 || tells_of_other_end(e);
    const char *text = e->detail ? e->detail : e->quote;
    struct xd_voice *x = XD_PUSH(j->cs->arena, v, voices);
    x->from_log = true;
    x->own_words = !received;
    x->unspoken = tells_of_stall(e);
    x->alert = e->alert;
    x->says = e->alert >= 0 ? xd_says_of_alert(e->alert) : xd_says_of_text(text);
    x->place = e->place;
    x->quote = e->quote ? e->quote : text;
    x->refuser = writer;
    if (received && writer != XD_SIDE_UNKNOWN) {
        x->refuser = writer == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    }
}

bool xd_conv_refuses(const struct xd_conv *v, enum xd_side presenter, unsigned *says)
{
    bool refused = false;
    *says = 0;
    for (size_t i = 0; i < v->n_voices; i++) {
        const struct xd_voice *x = &v->voices[i];
        if (x->refuser == presenter || x->unspoken) {
            continue;
        }
        refused = true;
        /* The CRL half of an alert is kept only while nothing narrower is said. */
        if (*says == 0) {
            *says = x->says;
        } else if ((*says & x->says) != 0) {
            *says &= x->says;
        }
    }
    return refused;
}

bool xd_conv_refuses_too(const struct xd_conv *v, enum xd_side side)
{
    for (size_t i = 0; i < v->n_voices; i++) {
        const struct xd_voice *x = &v->voices[i];
        if (x->from_log && x->own_words && x->refuser == side && x->says) {
            return true;
        }
    }
    return false;
}
