/*
 * pem.c - certificates of a PEM (RFC 7468) or DER (X.690) file.
 *
 * Read byte by byte, because a file may come as one line, with every kind of line
 * end, with blanks inside the base64, and with any text around the blocks.  Of a
 * private key nothing is kept, not even for the length of a line.
 */
#include "load_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_LABEL = 48, MARK = 5 }; /* five hyphens on either side of a label */

enum pem_state {
    PEM_START, /* the first bytes: PEM or DER? */
    PEM_TEXT,  /* outside of any block */
    PEM_LABEL, /* behind "-----BEGIN " */
    PEM_BODY,  /* inside a block */
    PEM_CLOSE, /* behind hyphens inside a block */
    PEM_DER,   /* the file is binary */
    PEM_OVER,  /* a limit or damage: the rest is not read */
};

struct pem {
    struct xd_case *cs;
    struct xd_entry *entry;
    struct xd_pem out;
    enum pem_state state;
    uint64_t read;         /* bytes of the file */
    uint64_t line;         /* of the byte that is read */
    uint64_t crs;          /* in a row before this byte */
    size_t matched;        /* of "-----BEGIN " */
    char label[MAX_LABEL]; /* of the block, or of its end while that is read */
    size_t label_len;
    size_t hyphens;
    uint64_t block_line; /* of the block's first line */
    bool keep;           /* the block may hold certificates */
    const char *wrong;   /* why its text is no base64 */
    bool header;         /* inside an RFC 1421 header line of the block */
    uint32_t bits;       /* base64: sextets not yet written */
    unsigned n_bits;
    bool padded;
    struct xd_buf body; /* decoded, or the DER file */
    size_t blocks;      /* seen, of any kind */
};

static void *begin_pem(struct xd_case *cs, struct xd_entry *entry)
{
    struct pem *p = xd_alloc(sizeof(*p));

    p->cs = cs;
    p->entry = entry;
    p->out.entry = entry;
    p->line = 1;
    p->body.max = XD_MAX_PKCS7_BYTES;
    return p;
}

/* ---- certificates -------------------------------------------------------- */

struct keep_arg {
    struct pem *pem;
    uint64_t line;
};

static void keep_cert(void *arg, struct xd_slice der)
{
    const struct keep_arg *k = arg;
    struct pem *p = k->pem;

    if (der.len > XD_MAX_CERT_BYTES) {
        xd_case_entry_note(p->cs, p->entry, XD_ENTRY_DAMAGED,
                           "a certificate among several is too large (more than %d KiB)",
                           XD_MAX_CERT_BYTES >> 10);
        return;
    }
    if (p->out.n_certs >= XD_MAX_PEM_CERTS) {
        xd_case_entry_note(p->cs, p->entry, XD_ENTRY_TRUNCATED,
                           "more than %d certificates; the rest was not read",
                           XD_MAX_PEM_CERTS);
        p->state = PEM_OVER;
        return;
    }
    struct xd_cert *c = xd_load_register_cert(p->cs, der);

    if (c == NULL) {
        xd_case_entry_note(p->cs, p->entry, XD_ENTRY_TRUNCATED,
                           "the case holds more than %d certificates", XD_MAX_CERTS);
        return;
    }
    *XD_PUSH(p->cs->arena, &p->out, certs) = c;
    *XD_PUSH(p->cs->arena, &p->out, lines) = k->line;
}

/* Of a block or of one object of a DER file: why it gave nothing, or NULL. */
static const char *keep_object(struct pem *p, struct xd_slice der, uint64_t line)
{
    struct keep_arg arg = {p, line};
    struct xd_slice one = xd_load_der_object(der);

    if (one.len == 0) {
        return der.len == 0 ? "is empty" : "is cut short";
    }
    switch (xd_load_der_shape(one)) {
    case XD_DER_CERT:
        if (one.len > XD_MAX_CERT_BYTES) {
            return "is too large for a certificate (more than 256 KiB)";
        }
        keep_cert(&arg, one);
        return NULL;
    case XD_DER_PKCS7:
        return xd_load_pkcs7_certs(one, keep_cert, &arg)
                   ? NULL
                   : "is a PKCS #7 that cannot be read";
    case XD_DER_KEY:
        p->entry->private_key = true;
        return NULL;
    case XD_DER_PKCS12:
        return "is a PKCS #12 store, which is not read";
    case XD_DER_OTHER:
        break;
    }
    return "holds no certificate";
}

static void note_block(struct pem *p, enum xd_entry_status status, const char *what)
{
    xd_case_entry_note(p->cs, p->entry, status,
                       "the block that begins in line %" PRIu64 " %s", p->block_line, what);
}

/* ---- blocks -------------------------------------------------------------- */

static bool label_is(const struct pem *p, const char *text)
{
    return xd_slice_equal((struct xd_slice){(const uint8_t *)p->label, p->label_len},
                          xd_slice_of(text));
}

static bool label_has(const struct pem *p, const char *text)
{
    return xd_text_find((struct xd_slice){(const uint8_t *)p->label, p->label_len}, text) !=
           NULL;
}

/* RFC 7468, 5.1, and the names that OpenSSL reads too. */
static bool label_holds_certs(const struct pem *p)
{
    static const char *const labels[] = {"CERTIFICATE",
                                         "TRUSTED CERTIFICATE",
                                         "X509 CERTIFICATE",
                                         "X.509 CERTIFICATE",
                                         "PKCS7",
                                         "CMS",
                                         "PKCS #7 SIGNED DATA"};

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (label_is(p, labels[i])) {
            return true;
        }
    }
    return false;
}

static void open_block(struct pem *p)
{
    p->state = PEM_BODY;
    p->blocks++;
    p->keep = label_holds_certs(p);
    p->wrong = NULL;
    p->header = false;
    p->bits = 0;
    p->n_bits = 0;
    p->padded = false;
    xd_buf_clear(&p->body);
    if (label_has(p, "PRIVATE KEY")) {
        if (!p->entry->private_key || p->entry->private_key_line == 0) {
            p->entry->private_key_line = p->block_line;
        }
        p->entry->private_key = true;
    }
}

/* missing: the status of the entry where the block's END line is missing, else READ. */
static void close_block(struct pem *p, enum xd_entry_status missing)
{
    const char *wrong = p->wrong;

    if (!p->keep) {
        return;
    }
    p->keep = false;
    if (p->body.overflow) {
        wrong = "is too large (more than 8 MiB)";
        p->body.overflow = false;
    }
    if (wrong == NULL) {
        wrong = keep_object(
            p, (struct xd_slice){(const uint8_t *)xd_buf_text(&p->body), p->body.len},
            p->block_line);
    }
    if (wrong != NULL) {
        note_block(p, missing == XD_ENTRY_READ ? XD_ENTRY_DAMAGED : missing, wrong);
    } else if (missing != XD_ENTRY_READ) {
        note_block(p, missing, "lacks its END line");
    }
}

/* RFC 4648, 4: the value of a base64 character, or -1. */
static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

static void take_base64(struct pem *p, uint8_t c)
{
    int v = base64_value(c);

    if (c == '=') {
        p->padded = true;
        return;
    }
    if (v < 0 || p->padded) {
        p->wrong = "is damaged: its text is no base64";
        return;
    }
    p->bits = p->bits << 6 | (uint32_t)v;
    p->n_bits += 6;
    if (p->n_bits >= 8) {
        uint8_t byte = (uint8_t)(p->bits >> (p->n_bits - 8));

        p->n_bits -= 8;
        p->bits &= (1U << p->n_bits) - 1;
        xd_buf_add(&p->body, &byte, 1);
    }
}

/* ---- bytes --------------------------------------------------------------- */

static bool ends_line(uint8_t c)
{
    return c == '\n' || c == '\r';
}

static void read_text(struct pem *p, uint8_t c)
{
    static const char begin[] = "-----BEGIN ";

    if (c == (uint8_t)begin[p->matched]) {
        p->matched++;
        if (p->matched == sizeof(begin) - 1) {
            p->matched = 0;
            p->label_len = 0;
            p->hyphens = 0;
            p->block_line = p->line;
            p->state = PEM_LABEL;
        }
    } else if (c != '-') {
        p->matched = 0;
    } else if (p->matched != MARK) { /* a sixth hyphen leaves five matched */
        p->matched = 1;
    }
}

/* One character of a label or of the hyphens behind it; true: the mark is complete. */
static bool read_mark(struct pem *p, uint8_t c)
{
    if (c == '-') {
        p->hyphens++;
        return p->hyphens == MARK;
    }
    p->hyphens = 0;
    if (p->label_len < sizeof(p->label)) {
        p->label[p->label_len++] = (char)c;
    }
    return false;
}

static void read_label(struct pem *p, uint8_t c)
{
    if (ends_line(c)) {
        p->state = PEM_TEXT; /* no mark after all */
    } else if (read_mark(p, c)) {
        open_block(p);
    }
}

static void read_body(struct pem *p, uint8_t c)
{
    if (p->header) {
        p->header = !ends_line(c);
        return;
    }
    if (c == '-') {
        p->state = PEM_CLOSE;
        p->hyphens = 1;
        p->label_len = 0;
        return;
    }
    if (!p->keep) {
        return; /* a private key, or nothing of ours: dropped unread */
    }
    if (c == ':') { /* RFC 1421, 4.6: what stood before was a header's name */
        p->header = true;
        xd_buf_clear(&p->body);
        p->bits = 0;
        p->n_bits = 0;
        p->wrong = NULL;
        return;
    }
    if (c == ' ' || c == '\t' || ends_line(c) || p->wrong != NULL) {
        return;
    }
    take_base64(p, c);
}

/* "-----END label-----" ends the block, "-----BEGIN label-----" too: its end is missing. */
static void finish_mark(struct pem *p)
{
    static const char begin[] = "BEGIN ";
    bool again =
        p->label_len > sizeof(begin) - 1 && memcmp(p->label, begin, sizeof(begin) - 1) == 0;

    if (!again) {
        close_block(p, XD_ENTRY_READ);
        if (p->state != PEM_OVER) {
            p->state = PEM_TEXT;
        }
        return;
    }
    close_block(p, XD_ENTRY_DAMAGED);
    p->label_len -= sizeof(begin) - 1;
    memmove(p->label, p->label + sizeof(begin) - 1, p->label_len);
    p->block_line = p->line;
    if (p->state != PEM_OVER) {
        open_block(p);
    }
}

static void read_close(struct pem *p, uint8_t c)
{
    if (p->label_len == 0 && c == '-') {
        p->hyphens++; /* those in front of the label */
        return;
    }
    if (p->label_len == 0 && p->hyphens < MARK) {
        p->wrong = "is damaged: its text is no base64";
        p->state = PEM_BODY;
        return;
    }
    if (ends_line(c)) { /* hyphens are missing behind the label: as if they stood there */
        bool mark = p->label_len > 3 &&
                    (memcmp(p->label, "END", 3) == 0 || memcmp(p->label, "BEG", 3) == 0);

        p->state = PEM_BODY;
        if (mark) {
            finish_mark(p);
        } else {
            p->wrong = "is damaged: its text is no base64";
        }
        return;
    }
    if (p->label_len == 0) {
        p->hyphens = 0;
    }
    if (read_mark(p, c)) {
        finish_mark(p);
    }
}

static void read_start(struct pem *p, uint8_t c)
{
    xd_buf_add(&p->body, &c, 1);
    if (p->body.len < 2) {
        return;
    }
    /* A SEQUENCE of more than 127 bytes; no text has such a second byte. */
    if (p->body.bytes[0] == 0x30 && p->body.bytes[1] >= 0x80) {
        p->state = PEM_DER;
        return;
    }
    p->state = PEM_TEXT;
    read_text(p, p->body.bytes[0]);
    read_text(p, p->body.bytes[1]);
    xd_buf_clear(&p->body);
}

static void read_byte(struct pem *p, uint8_t c)
{
    if (c == '\0' && p->state != PEM_START) {
        return; /* UTF-16, as some editors store it, is ASCII with NULs between */
    }
    switch (p->state) {
    case PEM_START:
        read_start(p, c);
        break;
    case PEM_TEXT:
        read_text(p, c);
        break;
    case PEM_LABEL:
        read_label(p, c);
        break;
    case PEM_BODY:
        read_body(p, c);
        break;
    case PEM_CLOSE:
        read_close(p, c);
        break;
    case PEM_DER:
    case PEM_OVER:
        break;
    }
    if (c == '\r') {
        p->crs++;
        p->line++;
        return;
    }
    if (c == '\n') { /* with all carriage returns before it one end, as editors count */
        p->line = p->line + 1 - p->crs;
    }
    p->crs = 0;
}

static void note_too_large(struct pem *p)
{
    xd_case_entry_note(p->cs, p->entry, XD_ENTRY_TRUNCATED,
                       "only its first %d MiB were read", XD_MAX_PEM_BYTES >> 20);
    p->state = PEM_OVER;
}

/* Objects that stand whole at the head of the buffer; what is left stays in it. */
static void take_der(struct pem *p)
{
    size_t at = 0;

    while (p->state == PEM_DER && at < p->body.len) {
        struct xd_slice rest = {p->body.bytes + at, p->body.len - at};
        struct xd_slice one = xd_load_der_object(rest);

        if (one.len == 0) {
            break;
        }
        const char *wrong = keep_object(p, one, 0);

        p->blocks++;
        if (wrong != NULL) {
            xd_case_entry_note(p->cs, p->entry, XD_ENTRY_DAMAGED,
                               "the DER object at byte %" PRIu64 " %s", p->read - rest.len,
                               wrong);
        }
        at += one.len;
    }
    if (at > 0) {
        memmove(p->body.bytes, p->body.bytes + at, p->body.len - at);
        p->body.len -= at;
    }
    if (p->body.overflow) {
        note_too_large(p);
    }
}

static void feed_der(struct pem *p, struct xd_slice bytes)
{
    while (bytes.len > 0 && p->state == PEM_DER) {
        /* In steps, so that what is taken out makes room for what follows. */
        size_t step = bytes.len < XD_MAX_CERT_BYTES ? bytes.len : XD_MAX_CERT_BYTES;

        xd_buf_add(&p->body, bytes.p, step);
        p->read += step;
        take_der(p);
        bytes.p += step;
        bytes.len -= step;
    }
}

static void feed_pem(void *state, struct xd_slice bytes)
{
    struct pem *p = state;
    bool beyond = p->state != PEM_OVER && p->read + bytes.len > XD_MAX_PEM_BYTES;

    if (beyond) {
        bytes.len = (size_t)(XD_MAX_PEM_BYTES - p->read);
    }
    while (bytes.len > 0 && p->state != PEM_OVER) {
        if (p->state == PEM_DER) {
            feed_der(p, bytes);
            break;
        }
        p->read++;
        read_byte(p, *bytes.p);
        bytes.p++;
        bytes.len--;
    }
    if (beyond) {
        note_too_large(p);
    }
}

/* The end of a file inside of something. */
static void end_inside(struct pem *p)
{
    if (p->state == PEM_BODY || p->state == PEM_CLOSE) {
        bool mark =
            p->state == PEM_CLOSE && p->label_len > 3 && memcmp(p->label, "END", 3) == 0;

        close_block(p, mark ? XD_ENTRY_READ : XD_ENTRY_TRUNCATED);
    } else if (p->state == PEM_LABEL) {
        note_block(p, XD_ENTRY_TRUNCATED, "is cut short");
    } else if (p->state == PEM_DER &&
               xd_text_trim((struct xd_slice){p->body.bytes, p->body.len}).len > 0) {
        xd_case_entry_note(p->cs, p->entry, XD_ENTRY_TRUNCATED,
                           "the DER object at byte %" PRIu64 " is cut short",
                           p->read - p->body.len);
    }
}

static void end_pem(void *state, bool cut_short)
{
    struct pem *p = state;

    end_inside(p);
    if (cut_short) {
        xd_case_entry_note(p->cs, p->entry, XD_ENTRY_TRUNCATED, "its end is missing");
    }
    if (p->out.n_certs == 0 && !p->entry->private_key) {
        xd_case_entry_note(p->cs, p->entry,
                           cut_short ? XD_ENTRY_TRUNCATED : XD_ENTRY_DAMAGED, "%s",
                           p->read == 0 ? XD_ENTRY_EMPTY : "it holds no certificate");
    }
    *XD_PUSH(p->cs->arena, p->cs, pems) = p->out;
    xd_buf_done(&p->body);
    xd_free(p);
}

const struct xd_load_ops xd_load_pem = {begin_pem, feed_pem, end_pem};
