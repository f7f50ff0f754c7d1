/*
 * log_text.c - OpenSSL's codes and words, and addresses as logs print them.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

unsigned xd_log_ssl_code(struct xd_slice text)
{
    const uint8_t *p = xd_text_find(text, "error:");
    unsigned code = 0;
    size_t n = 0;

    if (p == NULL) {
        return 0;
    }
    p += strlen("error:");
    size_t left = (size_t)(text.p + text.len - p);

    for (; n < left && n < 8 && hex_value(p[n]) >= 0; n++) {
        code = code << 4 | (unsigned)hex_value(p[n]);
    }
    return n == 8 && (n == left || p[n] == ':') ? code : 0;
}

/*
 * ERR_LIB_SSL is 20: in the top byte up to OpenSSL 1.1, behind 23 bits of reason
 * from 3.0 on.  SSL_AD_REASON_OFFSET is 1000; the low 12 bits hold the reason in both.
 */
static int alert_of_code(unsigned code)
{
    enum { LIB_SSL = 20, ALERT_BASE = 1000, ALERT_MAX = 255 };
    unsigned reason = code & 0xfff;

    if (code >> 24 != LIB_SSL && code >> 23 != LIB_SSL) {
        return -1;
    }
    return reason >= ALERT_BASE && reason <= ALERT_BASE + ALERT_MAX
               ? (int)reason - ALERT_BASE
               : -1;
}

/* OpenSSL's words for the alerts of RFC 8446, 6, and of those before it. */
static const struct {
    const char *words;
    int alert;
} alerts[] = {
    {"close notify", 0},
    {"unexpected message", 10},
    {"bad record mac", 20},
    {"decryption failed", 21},
    {"record overflow", 22},
    {"decompression failure", 30},
    {"handshake failure", 40},
    {"no certificate", 41},
    {"bad certificate status response", 113},
    {"bad certificate hash value", 114},
    {"bad certificate", 42},
    {"unsupported certificate", 43},
    {"certificate revoked", 44},
    {"certificate expired", 45},
    {"certificate unknown", 46},
    {"certificate unobtainable", 111},
    {"certificate required", 116},
    {"illegal parameter", 47},
    {"unknown ca", 48},
    {"access denied", 49},
    {"decode error", 50},
    {"decrypt error", 51},
    {"export restriction", 60},
    {"protocol version", 70},
    {"insufficient security", 71},
    {"internal error", 80},
    {"inappropriate fallback", 86},
    {"user cancel", 90},
    {"no renegotiation", 100},
    {"missing extension", 109},
    {"unsupported extension", 110},
    {"unrecognized name", 112},
    {"unknown psk identity", 115},
    {"no application protocol", 120},
};

static int alert_of_words(struct xd_slice s)
{
    for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
        struct xd_slice want = xd_slice_of(alerts[i].words);

        if (s.len >= want.len &&
            xd_text_equal_nocase((struct xd_slice){s.p, want.len}, want)) {
            return alerts[i].alert;
        }
    }
    return -1;
}

/* "SSL alert number 48" */
static int alert_of_number(struct xd_slice s)
{
    struct xd_slice digits = xd_log_between(s, "alert number ", " \t:;,.)\"'");
    uint64_t n = 0;

    return xd_text_number(digits, 255, &n) ? (int)n : -1;
}

int xd_log_alert(struct xd_slice text, unsigned ssl_code)
{
    static const char sign[] = "alert ";
    int alert = ssl_code != 0 ? alert_of_code(ssl_code) : -1;
    struct xd_slice rest = text;

    if (alert < 0 && text.len > 0) {
        alert = alert_of_number(text);
    }
    while (alert < 0 && rest.len > 0) {
        const uint8_t *p = xd_text_find(rest, sign);

        if (p == NULL) {
            break;
        }
        p += sizeof(sign) - 1;
        rest = (struct xd_slice){p, (size_t)(text.p + text.len - p)};
        alert = alert_of_words(rest);
    }
    return alert;
}

/* The text up to the first of these characters. */
static struct xd_slice up_to(struct xd_slice s, const char *ends)
{
    size_t n = 0;

    while (n < s.len && strchr(ends, s.p[n]) == NULL) {
        n++;
    }
    return (struct xd_slice){s.p, n};
}

struct xd_slice xd_log_between(struct xd_slice text, const char *after, const char *ends)
{
    const uint8_t *p = after[0] != '\0' ? xd_text_find(text, after) : text.p;

    if (p == NULL) {
        return (struct xd_slice){0};
    }
    p += strlen(after);
    return up_to((struct xd_slice){p, (size_t)(text.p + text.len - p)}, ends);
}

bool xd_log_endpoint(struct xd_slice text, struct xd_endpoint *out)
{
    struct xd_endpoint e = {0};
    uint64_t port = 0;

    /* ['IPv4''TCP''192.0.2.1:5062']: the last quoted part */
    if (text.len > 4 && text.p[0] == '[' && text.p[1] == '\'') {
        text.len -= text.p[text.len - 1] == ']' ? 1 : 0;
        text.len -= text.p[text.len - 1] == '\'' ? 1 : 0;
        size_t from = text.len;

        while (from > 0 && text.p[from - 1] != '\'') {
            from--;
        }
        text = (struct xd_slice){text.p + from, text.len - from};
    }
    if (text.len == 0) {
        return false;
    }
    const uint8_t *colon = memrchr(text.p, ':', text.len);
    size_t host = colon != NULL ? (size_t)(colon - text.p) : text.len;

    if (colon != NULL &&
        xd_text_number((struct xd_slice){colon + 1, text.len - host - 1}, 65535, &port) &&
        xd_addr_parse((const char *)text.p, host, &e.addr)) {
        e.port = (uint16_t)port;
    } else if (!xd_addr_parse((const char *)text.p, text.len, &e.addr)) {
        return false;
    }
    *out = e;
    return true;
}
