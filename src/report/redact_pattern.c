/*
 * redact_pattern.c - what looks like an address, a sum, a host or a user.
 *
 * Too much is better than too little: a file name taken for a host costs a word.
 */
#include "redact_priv.h"

#include <string.h>

#include "expdiag/text.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ends_at(const char *p, const char *end, size_t len)
{
    return p + len == end || !is_alnum(p[len]);
}

/* "2.23.140.1.2.2" is no address with more behind it. */
static bool goes_on(const char *p, const char *end, size_t len)
{
    return p + len + 1 < end && p[len] == '.' && is_digit(p[len + 1]);
}

/* The longest run of such bytes that is an address, a full stop behind it left out. */
static size_t try_address(const char *p, const char *end, const char *bytes,
                          struct xd_addr *out)
{
    enum { LONGEST = 45 };
    size_t len = 0;

    while (p + len < end && len < LONGEST && p[len] != '\0' &&
           strchr(bytes, p[len]) != NULL) {
        len++;
    }
    while (len > 1 && (p[len - 1] == '.' || (p[len - 1] == ':' && p[len - 2] != ':'))) {
        len--;
    }
    for (; len > 2; len--) {
        if (ends_at(p, end, len) && !goes_on(p, end, len) && xd_addr_parse(p, len, out)) {
            return len;
        }
    }
    return 0;
}

size_t xd_pattern_address(const char *p, const char *end, struct xd_addr *out)
{
    size_t len = 0;

    if (is_digit(*p)) {
        len = try_address(p, end, "0123456789.", out);
    }
    if (len == 0 && (is_hex(*p) || *p == ':')) {
        len = try_address(p, end, "0123456789abcdefABCDEF:.", out);
    }
    return len;
}

bool xd_is_plain_address(const struct xd_addr *a)
{
    static const uint8_t zero[16] = {0};

    if (a->family == XD_ADDR_V4) {
        return a->bytes[0] == 0 || a->bytes[0] == 127 || a->bytes[0] == 255;
    }
    return memcmp(a->bytes, zero, 15) == 0 && a->bytes[15] <= 1;
}

/*
 * Eight digits and more, perhaps in pairs with ':' between; out holds lower case.  A long
 * one may have letters beside it: "0x1f...".
 */
size_t xd_pattern_hex(const char *p, const char *end, char out[65])
{
    enum { LEAST = 8 };
    size_t n = 0;
    size_t at = 0;

    while (p + at < end && n < 64) {
        if (is_hex(p[at])) {
            out[n++] = (char)(p[at] >= 'A' && p[at] <= 'F' ? p[at] + 32 : p[at]);
            at++;
        } else if (p[at] == ':' && n > 0 && n % 2 == 0 && p + at + 1 < end &&
                   is_hex(p[at + 1])) {
            at++;
        } else {
            break;
        }
    }
    out[n] = '\0';
    bool whole = n >= XD_LONG_HEX ? p + at == end || !is_hex(p[at]) : ends_at(p, end, at);
    return n >= LEAST && whole ? at : 0;
}

bool xd_pattern_hex_begins(const char *begin, const char *p)
{
    return is_hex(*p) && (p == begin || !is_hex(p[-1]));
}

static bool is_one_of(const char *p, size_t len, const char *const *list, size_t n)
{
    struct xd_slice s = {(const uint8_t *)p, len};

    for (size_t i = 0; i < n; i++) {
        if (xd_text_equal_nocase(s, xd_slice_of(list[i]))) {
            return true;
        }
    }
    return false;
}

bool xd_is_vendor_host(const char *p, size_t len)
{
    static const char *const hosts[] = {"openssh.com",  "libssh.org", "lysator.liu.se",
                                        "ssh.com",      "ietf.org",   "cisco.com",
                                        "www.cisco.com"};

    return is_one_of(p, len, hosts, sizeof(hosts) / sizeof(hosts[0]));
}

/* The last part of a name of a file or of a module, not of a domain. */
static bool is_file_suffix(const char *p, size_t len)
{
    static const char *const suffixes[] = {
        "pem",    "crt",  "cer",  "der",  "key",  "csr",   "txt",    "log",   "pcap",
        "pcapng", "xml",  "tar",  "tgz",  "zip",  "gz",    "bz2",    "zst",   "xz",
        "cpp",    "hpp",  "cc",   "py",   "so",   "cfg",   "conf",   "json",  "html",
        "htm",    "java", "jar",  "sh",   "db",   "ssl",   "tcp",    "udp",   "http",
        "sip",    "dns",  "ldap", "h323", "mode", "state", "status", "error", "auth",
        "h460",   "ice",  "turn", "xmpp",
    };

    return is_one_of(p, len, suffixes, sizeof(suffixes) / sizeof(suffixes[0]));
}

size_t xd_pattern_host(const char *p, const char *end)
{
    size_t len = 0;
    size_t label = 0; /* where the last one begins */
    bool letters = true;
    size_t labels = 1;

    while (p + len < end && (is_alnum(p[len]) || strchr("-_.", p[len]) != NULL) &&
           p[len] != '\0') {
        if (p[len] == '.') {
            bool more = p + len + 1 < end && (is_alnum(p[len + 1]) || p[len + 1] == '_');
            if (!more) {
                break;
            }
            labels++;
            label = len + 1;
            letters = true;
        } else {
            letters = letters && !is_digit(p[len]) && p[len] != '_' && p[len] != '-';
        }
        len++;
    }
    bool host = labels > 1 && letters && len - label >= 2 && ends_at(p, end, len) &&
                !is_file_suffix(p + label, len - label) && !xd_is_vendor_host(p, len);
    return host ? len : 0;
}

size_t xd_pattern_user(const char *p, const char *end, size_t *at)
{
    enum { LONGEST = 128 };
    size_t len = 0;

    while (p + len < end && len < LONGEST &&
           (is_alnum(p[len]) || (p[len] != '\0' && strchr("._%+-", p[len]) != NULL))) {
        len++;
    }
    if (len == 0 || p + len + 1 >= end || p[len] != '@') {
        return 0;
    }
    *at = len++;
    struct xd_addr a;
    size_t host = xd_pattern_host(p + len, end);
    host = host > 0 ? host : xd_pattern_address(p + len, end, &a);
    while (host == 0 && p + len < end &&
           (is_alnum(p[len]) || p[len] == '-' || p[len] == '.' || p[len] == '_')) {
        len++; /* a host without a domain, or a vendor's */
    }
    return len + host;
}

static bool stands_before(const char *begin, const char *p, const char *word)
{
    size_t len = strlen(word);
    struct xd_slice there = {(const uint8_t *)p - len, len};

    return (size_t)(p - begin) >= len && xd_text_equal_nocase(there, xd_slice_of(word));
}

/*
 * Evidence says "zone partner: Failed"; a zone's name is behind "zone " in no other form
 * without quotes.  A node's is behind its role.
 */
bool xd_pattern_named(const struct xd_secret *s, const char *begin, const char *p,
                      size_t len, const char *end)
{
    static const char *const roles[] = {"Expressway-C ", "Expressway-E ", "Expressway "};

    if (s->class == XD_SECRET_ZONE) {
        return p + len < end && p[len] == ':' && stands_before(begin, p, "zone ");
    }
    for (size_t i = 0; s->class == XD_SECRET_HOST && i < sizeof(roles) / sizeof(roles[0]);
         i++) {
        if (stands_before(begin, p, roles[i])) {
            return true;
        }
    }
    return false;
}
