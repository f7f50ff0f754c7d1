/*
 * sniff.c - what a file is, told from its first bytes.
 *
 * Certain or silent: an answer overrules the file's name.
 */
#include "bundle_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum {
    TAR_HEADER = 512,
    TAR_CHECKSUM_AT = 148,
    TAR_CHECKSUM_LEN = 8,
    TAR_MAGIC_AT = 257,
    DER_HEAD = 64,
};

static bool has_bytes(struct xd_slice s, size_t at, const char *bytes, size_t len)
{
    return s.len >= at + len && memcmp(s.p + at, bytes, len) == 0;
}

/* ---- containers ---- */

/*
 * POSIX.1-1988 ustar: the sum of all header bytes, the checksum's own taken as
 * blanks.  Old tars summed signed bytes.
 */
bool xd_tar_header(struct xd_slice block)
{
    uint64_t said = 0;
    int64_t sum = 0;
    int64_t sum_signed = 0;
    bool digits = false;

    if (block.len < TAR_HEADER) {
        return false;
    }
    for (size_t i = 0; i < TAR_HEADER; i++) {
        bool own = i >= TAR_CHECKSUM_AT && i < TAR_CHECKSUM_AT + TAR_CHECKSUM_LEN;

        sum += own ? ' ' : block.p[i];
        sum_signed += own ? ' ' : (int8_t)block.p[i];
    }
    for (size_t i = TAR_CHECKSUM_AT; i < TAR_CHECKSUM_AT + TAR_CHECKSUM_LEN; i++) {
        uint8_t c = block.p[i];

        if (c >= '0' && c <= '7') {
            said = said * 8 + (uint64_t)(c - '0');
            digits = true;
        } else if (digits || (c != ' ' && c != '\0')) {
            break;
        }
    }
    return digits && ((int64_t)said == sum || (int64_t)said == sum_signed);
}

bool xd_tar_blank(struct xd_slice head)
{
    if (head.len < (size_t)2 * TAR_HEADER) {
        return false;
    }
    for (size_t i = 0; i < head.len; i++) {
        if (head.p[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_zip(struct xd_slice head)
{
    return has_bytes(head, 0, "PK\3\4", 4) || has_bytes(head, 0, "PK\5\6", 4) ||
           has_bytes(head, 0, "PK00PK\3\4", 8) || has_bytes(head, 0, "PK\7\10PK\3\4", 8);
}

enum xd_wrap xd_wrap_sniff(struct xd_slice head)
{
    if (has_bytes(head, 0, "\x1f\x8b\x08", 3)) {
        return XD_WRAP_GZIP;
    }
    if (has_bytes(head, 0,
                  "\xfd"
                  "7zXZ\0",
                  6)) {
        return XD_WRAP_XZ;
    }
    if (has_bytes(head, 0, "\x28\xb5\x2f\xfd", 4)) {
        return XD_WRAP_ZSTD;
    }
    if (has_bytes(head, 0, "BZh", 3) &&
        (has_bytes(head, 4, "1AY&SY", 6) || has_bytes(head, 4, "\x17rE8P\x90", 6))) {
        return XD_WRAP_BZIP2;
    }
    if (is_zip(head)) {
        return XD_WRAP_ZIP;
    }
    if (xd_tar_header(head) || has_bytes(head, TAR_MAGIC_AT, "ustar", 5) ||
        xd_tar_blank(head)) {
        return XD_WRAP_TAR;
    }
    return XD_WRAP_NONE;
}

const char *xd_wrap_foreign(struct xd_slice head)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *word;
    } known[] = {
        {"7z\xbc\xaf\x27\x1c", 6, "a 7-Zip archive"},
        {"Rar!\x1a\x07", 6, "a RAR archive"},
        {"LZIP", 4, "an lzip file"},
        {"\x1f\x9d", 2, "a compress (.Z) file"},
        {"070701", 6, "a cpio archive"},
        {"MSCF", 4, "a CAB archive"},
        {"%PDF-", 5, "a PDF document"},
        {"\x89PNG", 4, "a picture"},
        {"\xff\xd8\xff", 3, "a picture"},
        {"\x7f"
         "ELF",
         4, "a program"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (has_bytes(head, 0, known[i].magic, known[i].len)) {
            return known[i].word;
        }
    }
    return NULL;
}

/* ---- captures and certificates ---- */

/* The savefile magics of tcpdump.org's pcap-savefile(5), Kuznetzov's, and pcapng. */
static bool is_capture(struct xd_slice head)
{
    static const char magics[][5] = {
        "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d",
        "\x4d\x3c\xb2\xa1", "\xa1\xb2\xcd\x34", "\x34\xcd\xb2\xa1",
    };

    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (has_bytes(head, 0, magics[i], 4)) {
            return true;
        }
    }
    return has_bytes(head, 0, "\x0a\x0d\x0d\x0a", 4) &&
           (has_bytes(head, 8, "\x1a\x2b\x3c\x4d", 4) ||
            has_bytes(head, 8, "\x4d\x3c\x2b\x1a", 4));
}

/* The contents of a SEQUENCE whose length has two or three bytes, as certificates have. */
static bool open_sequence(struct xd_cur *c)
{
    uint8_t tag = xd_cur_u8(c);
    uint8_t form = xd_cur_u8(c);

    if (form == 0x82) {
        (void)xd_cur_u16(c);
    } else if (form == 0x83) {
        (void)xd_cur_u24(c);
    } else if (form != 0x81 || xd_cur_u8(c) < 0x80) {
        return false;
    }
    return tag == 0x30 && !c->bad;
}

/*
 * Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version | INTEGER
 * serialNumber, ... signature SEQUENCE ... }                    (RFC 5280, 4.1)
 */
static bool is_der_certificate(struct xd_slice head)
{
    struct xd_cur c =
        xd_cur_init((struct xd_slice){head.p, head.len < DER_HEAD ? head.len : DER_HEAD});
    struct xd_slice version = {0};
    uint8_t len = 0;

    if (!open_sequence(&c)) {
        return false;
    }
    if (!open_sequence(&c)) {
        return false;
    }
    if (xd_cur_left(&c) > 0 && c.pos[0] == 0xa0) {
        version = xd_cur_take(&c, 5); /* [0] { INTEGER v } */
        if (c.bad || version.p[1] != 3 || version.p[2] != 2 || version.p[3] != 1) {
            return false;
        }
    }
    if (xd_cur_u8(&c) != 0x02) {
        return false;
    }
    len = xd_cur_u8(&c);
    (void)xd_cur_take(&c, len);
    return len > 0 && len < 0x80 && xd_cur_u8(&c) == 0x30 && !c.bad;
}

/* ---- text ---- */

struct word_kind {
    const char *word;
    enum xd_entry_kind kind;
};

static bool starts_nocase(struct xd_slice s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n &&
           xd_text_equal_nocase((struct xd_slice){s.p, n}, xd_slice_of(prefix));
}

/* "2026-03-24T11:55:20" at the start of a line: the log's time. */
static bool is_log_line(struct xd_slice line)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";

    if (line.len < sizeof shape) {
        return false;
    }
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        bool digit = line.p[i] >= '0' && line.p[i] <= '9';

        if (shape[i] == 'd' ? !digit : line.p[i] != (uint8_t)shape[i]) {
            return false;
        }
    }
    return strchr(".,+-Z ", (int)line.p[sizeof shape - 1]) != NULL;
}

static enum xd_entry_kind judge_line(struct xd_slice line)
{
    static const struct word_kind words[] = {
        {"*c xConfiguration ", XD_ENTRY_XCONF_TXT},
        {"xConfiguration ", XD_ENTRY_XCONF_TXT},
        {"*s ", XD_ENTRY_XSTAT_TXT},
        {"xStatus ", XD_ENTRY_XSTAT_TXT},
        {"-----BEGIN ", XD_ENTRY_PEM},
        {"Bag Attributes", XD_ENTRY_PEM},
        {"Certificate:", XD_ENTRY_PEM},
    };

    if (is_log_line(line)) {
        return XD_ENTRY_LOG;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (starts_nocase(line, words[i].word)) {
            return words[i].kind;
        }
    }
    return XD_ENTRY_OTHER;
}

/*
 * Dumps and logs begin their lines at the margin; a report that quotes one (ours among
 * them, as it may lie beside the bundles) indents it.
 */
static bool is_quoted(struct xd_slice line, enum xd_entry_kind kind)
{
    bool indented = line.len > 0 && (line.p[0] == ' ' || line.p[0] == '\t');

    return indented && (kind == XD_ENTRY_XCONF_TXT || kind == XD_ENTRY_XSTAT_TXT ||
                        kind == XD_ENTRY_LOG);
}

/* The first line that says something decides. */
static enum xd_entry_kind judge_lines(struct xd_slice text)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.len);
        size_t n = end == NULL ? text.len : (size_t)(end - text.p);
        struct xd_slice line = {text.p, n};
        enum xd_entry_kind kind = judge_line(xd_text_trim(line));

        if (kind != XD_ENTRY_OTHER && !is_quoted(line, kind)) {
            return kind;
        }
        n += end == NULL ? 0 : 1;
        text = (struct xd_slice){text.p + n, text.len - n};
    }
    return XD_ENTRY_OTHER;
}

/*
 * The local name of the element that begins at text ("<ns:Status ...").  It ends before
 * the next element at the latest, so that all names together are no longer than the text.
 */
static struct xd_slice read_element(struct xd_slice text)
{
    size_t start = 1;
    size_t i = 1;

    for (;
         i < text.len && text.p[i] != '\0' && strchr(" \t\r\n/<>", (int)text.p[i]) == NULL;
         i++) {
        if (text.p[i] == ':') {
            start = i + 1;
        }
    }
    return (struct xd_slice){text.p + start, i - start};
}

/* The first element that is named for a configuration or a status. */
static enum xd_entry_kind judge_xml(struct xd_slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        struct xd_slice name = {0};

        if (text.p[i] != '<' || text.p[i + 1] == '?' || text.p[i + 1] == '!') {
            continue;
        }
        name = read_element((struct xd_slice){text.p + i, text.len - i});
        if (xd_text_contains_nocase(name, "configuration") ||
            xd_text_contains_nocase(name, "xconf")) {
            return XD_ENTRY_XCONF_XML;
        }
        if (xd_text_contains_nocase(name, "status") ||
            xd_text_contains_nocase(name, "xstat")) {
            return XD_ENTRY_XSTAT_XML;
        }
    }
    return XD_ENTRY_OTHER;
}

/* UTF-16 as its low bytes: enough for the words looked for.  narrow holds XD_SNIFF_BYTES.
 */
static struct xd_slice narrow_text(struct xd_slice head, uint8_t *narrow)
{
    size_t low = head.p[0] == 0xff ? 0 : 1;
    size_t n = 0;

    for (size_t i = 2; i + 1 < head.len; i += 2) {
        narrow[n] = head.p[i + low];
        n++;
    }
    return (struct xd_slice){narrow, n};
}

enum xd_entry_kind xd_bundle_sniff(struct xd_slice head)
{
    uint8_t narrow[XD_SNIFF_BYTES];
    struct xd_slice text = {head.p, head.len < XD_SNIFF_BYTES ? head.len : XD_SNIFF_BYTES};

    if (is_capture(text)) {
        return XD_ENTRY_PCAP;
    }
    if (is_der_certificate(text)) {
        return XD_ENTRY_PEM;
    }
    if (has_bytes(text, 0, "\xef\xbb\xbf", 3)) {
        text = (struct xd_slice){text.p + 3, text.len - 3};
    } else if (has_bytes(text, 0, "\xff\xfe", 2) || has_bytes(text, 0, "\xfe\xff", 2)) {
        text = narrow_text(text, narrow);
    }
    text = xd_text_trim(text);
    if (text.len > 1 && text.p[0] == '<') {
        return judge_xml(text);
    }
    return judge_lines(text);
}
