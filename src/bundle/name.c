/*
 * name.c - what the name of a bundle's file says.
 *
 *   loggingsnapshot_<host>_<stamp>.txt          xconf_dump_<host>_<stamp>.txt|.xml
 *   xstat_dump_<host>_<stamp>.txt|.xml          ca_|server_|client_<host>_<stamp>.pem
 *   eth<n>_diagnostic_logging_tcpdump<x>_<host>_<stamp>.pcap
 *   diagnostic_log_<host>_<stamp>.tar.gz        (the bundle itself)
 *
 * X8 had neither host nor stamp.  A host may hold '_', so a name is read from
 * both ends: a fixed prefix, then the last stamp.  What tools and browsers add
 * behind the stamp is passed over.
 */
#include "bundle_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum {
    STAMP_LEN = 20, /* "_2026-03-25_03:20:11" */
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_clock_separator(uint8_t c)
{
    return c != '\0' && strchr(":_ -./", (int)c) != NULL;
}

static uint8_t lower_case(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool starts_nocase(struct xd_slice s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n &&
           xd_text_equal_nocase((struct xd_slice){s.p, n}, xd_slice_of(prefix));
}

static struct xd_slice cut_front(struct xd_slice s, size_t n)
{
    return (struct xd_slice){s.p + n, s.len - n};
}

static struct xd_slice cut_back(struct xd_slice s, size_t n)
{
    return (struct xd_slice){s.p, s.len - n};
}

/* ---- the stamp ---- */

static int read_digits(const uint8_t *p, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++) {
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

/* "_YYYY-MM-DD_HH?MM?SS" at p, STAMP_LEN bytes, UTC. */
static bool parse_stamp(const uint8_t *p, xd_time *out)
{
    static const char shape[STAMP_LEN + 1] = "_dddd-dd-dd_dd?dd?dd";
    struct xd_civil civil = {0};

    for (size_t i = 0; i < STAMP_LEN; i++) {
        bool fits = shape[i] == 'd'   ? is_digit(p[i])
                    : shape[i] == '?' ? is_clock_separator(p[i])
                    : shape[i] == '_' ? p[i] == '_' || p[i] == ' '
                                      : p[i] == (uint8_t)shape[i];

        if (!fits) {
            return false;
        }
    }
    civil.year = read_digits(p + 1, 4);
    civil.month = read_digits(p + 6, 2);
    civil.day = read_digits(p + 9, 2);
    civil.hour = read_digits(p + 12, 2);
    civil.minute = read_digits(p + 15, 2);
    civil.second = read_digits(p + 18, 2);
    return xd_time_from_civil(&civil, out);
}

/* The last stamp; *at is where its '_' stands. */
static bool find_stamp(struct xd_slice s, size_t *at, xd_time *out)
{
    for (size_t i = s.len >= STAMP_LEN ? s.len - STAMP_LEN + 1 : 0; i > 0; i--) {
        bool ends = i - 1 + STAMP_LEN == s.len || !is_digit(s.p[i - 1 + STAMP_LEN]);

        if (ends && parse_stamp(s.p + i - 1, out)) {
            *at = i - 1;
            return true;
        }
    }
    return false;
}

/* ---- the suffix ---- */

/* " (1)", "(1)", " - Copy", " - Copy (2)", " copy 2", "~" at the end. */
static struct xd_slice strip_copy_mark(struct xd_slice s)
{
    struct xd_slice t = s;

    if (t.len > 2 && t.p[t.len - 1] == ')') {
        size_t n = 1;

        while (n < t.len && is_digit(t.p[t.len - 1 - n])) {
            n++;
        }
        if (n > 1 && n < t.len && t.p[t.len - 1 - n] == '(') {
            t = cut_back(t, n + 1);
        }
    }
    t = xd_text_trim(t);
    if (xd_text_ends_nocase(t, " - copy")) {
        return cut_back(t, strlen(" - copy"));
    }
    if (xd_text_ends_nocase(t, " copy")) {
        return cut_back(t, strlen(" copy"));
    }
    return t.len > 1 && t.p[t.len - 1] == '~' ? cut_back(t, 1) : t;
}

static struct xd_slice strip_compression(struct xd_slice s)
{
    static const char *const suffixes[] = {".gz", ".xz", ".zst", ".bz2", ".gzip"};

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t n = strlen(suffixes[i]);

        if (s.len > n && xd_text_ends_nocase(s, suffixes[i])) {
            return cut_back(s, n);
        }
    }
    return s;
}

/* Splits "stem.ext"; ext begins with a letter, so that a clock's dot is none. */
static struct xd_slice split_suffix(struct xd_slice s, struct xd_slice *ext)
{
    *ext = (struct xd_slice){0};
    for (size_t i = s.len; i > 1; i--) {
        uint8_t c = lower_case(s.p[i - 1]);

        if (c == '.') {
            bool letter =
                i < s.len && lower_case(s.p[i]) >= 'a' && lower_case(s.p[i]) <= 'z';

            *ext = letter ? cut_front(s, i) : (struct xd_slice){0};
            return letter ? cut_back(s, s.len - i + 1) : s;
        }
        if (!is_digit(c) && (c < 'a' || c > 'z')) {
            return s;
        }
    }
    return s;
}

static bool is_any_of(struct xd_slice ext, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (xd_text_equal_nocase(ext, xd_slice_of(*words))) {
            return true;
        }
    }
    return false;
}

static bool is_pem_suffix(struct xd_slice ext)
{
    static const char *const words[] = {"pem", "crt", "cer", "cert", "der", NULL};

    return is_any_of(ext, words);
}

/* Also "pcap3", as tcpdump -C numbers its files. */
static bool is_capture_suffix(struct xd_slice ext)
{
    static const char *const words[] = {"pcap", "pcapng", "cap", NULL};

    while (ext.len > 0 && is_digit(ext.p[ext.len - 1])) {
        ext = cut_back(ext, 1);
    }
    return is_any_of(ext, words);
}

/* ---- the prefix ---- */

/*
 * The rest behind prefix where a word ends there; *rest begins with what follows,
 * so with '_' where a host comes.
 */
static bool take_prefix(struct xd_slice s, const char *prefix, struct xd_slice *rest)
{
    if (!starts_nocase(s, prefix)) {
        return false;
    }
    *rest = cut_front(s, strlen(prefix));
    return rest->len == 0 || strchr("_ .(-", (int)rest->p[0]) != NULL;
}

/* "eth<n>_diagnostic_logging_tcpdump<x>" or the same without "eth<n>_". */
static bool take_capture(struct xd_slice s, struct xd_entry_name *out,
                         struct xd_slice *rest)
{
    static const char word[] = "diagnostic_logging_tcpdump";
    size_t n = 0;
    uint64_t number = 0;
    int interface = -1;

    if (starts_nocase(s, "eth")) {
        s = cut_front(s, strlen("eth"));
        while (n < s.len && is_digit(s.p[n])) {
            n++;
        }
        if (n >= s.len || s.p[n] != '_' ||
            !xd_text_number((struct xd_slice){s.p, n}, 999, &number)) {
            return false;
        }
        interface = (int)number;
        s = cut_front(s, n + 1);
    }
    if (!starts_nocase(s, word)) {
        return false;
    }
    s = cut_front(s, strlen(word));
    for (n = 0; n < s.len && is_digit(s.p[n]);) {
        n++;
    }
    out->interface = interface;
    if (n > 0 && xd_text_number((struct xd_slice){s.p, n}, 99999, &number)) {
        out->ring = (int)number;
    }
    *rest = cut_front(s, n);
    return rest->len == 0 || strchr("_ .(-", (int)rest->p[0]) != NULL;
}

/* Host and stamp out of "_<host>_<stamp>...". */
static void take_host(struct xd_arena *a, struct xd_slice rest, struct xd_entry_name *out)
{
    size_t at = 0;

    if (!find_stamp(rest, &at, &out->stamp)) {
        out->stamp = XD_TIME_NONE;
        return;
    }
    if (at > 1 && rest.p[0] == '_') {
        out->host = xd_arena_text(a, (const char *)rest.p + 1, at - 1);
    }
}

struct prefix {
    const char *word;
    enum xd_entry_kind kind;     /* without, or with another suffix than .xml */
    enum xd_entry_kind kind_xml; /* with .xml */
    bool store; /* a common word: wants a stamp or a suffix of certificates */
};

static const struct prefix prefixes[] = {
    {"loggingsnapshot", XD_ENTRY_LOG, XD_ENTRY_LOG, false},
    {"xconf_dump", XD_ENTRY_XCONF_TXT, XD_ENTRY_XCONF_XML, false},
    {"xstat_dump", XD_ENTRY_XSTAT_TXT, XD_ENTRY_XSTAT_XML, false},
    {"ca", XD_ENTRY_CA_PEM, XD_ENTRY_CA_PEM, true},
    {"server", XD_ENTRY_SERVER_PEM, XD_ENTRY_SERVER_PEM, true},
    {"client", XD_ENTRY_CLIENT_PEM, XD_ENTRY_CLIENT_PEM, true},
};

static bool parse_prefixed(struct xd_arena *a, struct xd_slice stem, struct xd_slice ext,
                           struct xd_entry_name *out)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        const struct prefix *p = &prefixes[i];
        struct xd_slice rest = {0};

        if (!take_prefix(stem, p->word, &rest)) {
            continue;
        }
        take_host(a, rest, out);
        if (p->store && out->stamp == XD_TIME_NONE && !is_pem_suffix(ext)) {
            return false;
        }
        out->kind = xd_text_equal_nocase(ext, xd_slice_of("xml")) ? p->kind_xml : p->kind;
        return true;
    }
    return false;
}

static const struct xd_entry_name nothing_said = {
    .kind = XD_ENTRY_OTHER, .stamp = XD_TIME_NONE, .interface = -1, .ring = -1};

struct xd_entry_name xd_bundle_name_parse(struct xd_arena *a, const char *name)
{
    struct xd_entry_name out = nothing_said;
    struct xd_slice ext = {0};
    struct xd_slice rest = {0};
    struct xd_slice stem = strip_copy_mark(xd_slice_of(name));

    stem = split_suffix(strip_copy_mark(strip_compression(stem)), &ext);
    if (take_capture(stem, &out, &rest)) {
        out.kind = XD_ENTRY_PCAP;
        take_host(a, rest, &out);
        return out;
    }
    out = nothing_said;
    if (parse_prefixed(a, stem, ext, &out)) {
        return out;
    }
    if (is_capture_suffix(ext)) {
        out.kind = XD_ENTRY_PCAP;
    } else if (is_pem_suffix(ext)) {
        out.kind = XD_ENTRY_PEM;
    }
    return out;
}

/* ---- paths ---- */

/*
 * A clock written 12/58/19 looks like two folders.  Then the name begins at the
 * part that holds the date.
 */
static const char *find_split_clock(const char *path, const char *name)
{
    size_t before = (size_t)(name - path);
    const char *start = NULL;
    xd_time unused = 0;

    /* "..._2025-09-22_12/58/" and "19..." */
    if (before < STAMP_LEN - 2 || strlen(name) < 2 ||
        !parse_stamp((const uint8_t *)name - (STAMP_LEN - 2), &unused) || name[-4] != '/') {
        return name;
    }
    start = name - (STAMP_LEN - 2);
    while (start > path && start[-1] != '/') {
        start--;
    }
    return start;
}

const char *xd_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : find_split_clock(path, slash + 1);
}

bool xd_path_is_junk(const char *path)
{
    const char *name = xd_path_name(path);
    const char *folder = strstr(path, "__MACOSX/");

    if (folder != NULL && (folder == path || folder[-1] == '/')) {
        return true;
    }
    return strncmp(name, "._", 2) == 0 || strcmp(name, ".DS_Store") == 0 ||
           strcmp(name, "Thumbs.db") == 0 || strcmp(name, "desktop.ini") == 0;
}
