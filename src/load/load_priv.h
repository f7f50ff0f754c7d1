/*
 * load_priv.h - what the loaders share: their shape, lines, DER, secrets, dumps under
 * construction, and the log's record and event.
 */
#ifndef EXPDIAG_LOAD_PRIV_H
#define EXPDIAG_LOAD_PRIV_H

#include "expdiag/load.h"

#include "expdiag/buf.h"
#include "expdiag/limits.h"

/* One kind of loader.  state is what begin gave; end frees it. */
struct xd_load_ops {
    void *(*begin)(struct xd_case *cs, struct xd_entry *entry);
    void (*bytes)(void *state, struct xd_slice bytes);
    void (*end)(void *state, bool cut_short);
};

extern const struct xd_load_ops xd_load_pem;
extern const struct xd_load_ops xd_load_dump_text;
extern const struct xd_load_ops xd_load_dump_xml;
extern const struct xd_load_ops xd_load_log;

/* ---- lines -------------------------------------------------------------- */

/* line: without its end, borrowed for the call; number counts from 1. */
typedef void (*xd_load_line_fn)(void *arg, struct xd_slice line, uint64_t number);

/* Bytes in blocks to lines that end in LF, CR LF, CR CR LF or CR; no byte order mark. */
struct xd_load_lines {
    struct xd_buf line; /* max: bytes of a line that are kept */
    uint64_t number;    /* lines begun */
    uint64_t cut;       /* the first that was longer than is kept, or 0 */
    size_t crs;         /* carriage returns in a row before what comes */
    bool open;          /* the line has begun */
    xd_load_line_fn fn;
    void *arg;
};

void xd_load_lines_feed(struct xd_load_lines *l, struct xd_slice bytes);
/* Hands out a last line without an end.  Frees what l holds. */
void xd_load_lines_end(struct xd_load_lines *l);

/* ---- DER ---------------------------------------------------------------- */

enum xd_der_shape {
    XD_DER_CERT,
    XD_DER_PKCS7,  /* signedData (RFC 2315, 9.1) */
    XD_DER_KEY,    /* a private key (RFC 5958, RFC 8017, RFC 5915) */
    XD_DER_PKCS12, /* a PFX (RFC 7292) */
    XD_DER_OTHER,
};

/* The SEQUENCE at the head of bytes; empty where it is none or not whole. */
struct xd_slice xd_load_der_object(struct xd_slice bytes);

/* What a whole SEQUENCE looks like from its first elements. */
enum xd_der_shape xd_load_der_shape(struct xd_slice object);

/* Hands each certificate of a PKCS #7 to fn; false where it cannot be read to its end. */
bool xd_load_pkcs7_certs(struct xd_slice object, void (*fn)(void *, struct xd_slice),
                         void *arg);

/* Its certificate in the case, registered on first sight; NULL: the case is full. */
struct xd_cert *xd_load_register_cert(struct xd_case *cs, struct xd_slice der);

/* ---- secrets ------------------------------------------------------------ */

/* Does a setting of this path hold a secret (password, key, community, token)? */
bool xd_load_path_is_secret(struct xd_slice path);
/* One of the rules for passwords (StrictPassword), which is none itself? */
bool xd_load_setting_is_policy(struct xd_slice path, struct xd_slice value);

/* Does the value itself say that it is one: {cipher}..., user:password@host, a key. */
bool xd_load_value_is_secret(struct xd_slice value);

/*
 * Where a secret may begin: nothing from there on to the text's end may be shown.
 * The text's length where it holds none.
 */
size_t xd_load_find_secret(struct xd_slice text);

/* A clean copy of the first `shown` bytes, a mark behind them where there are more. */
const char *xd_load_keep_shown(struct xd_arena *a, struct xd_slice s, size_t shown,
                               size_t max);

/* A clean copy of what may be shown of a text. */
const char *xd_load_keep(struct xd_arena *a, struct xd_slice s, size_t max);

/* ---- dumps -------------------------------------------------------------- */

/* A dump under construction. */
struct xd_load_dump {
    struct xd_case *cs;
    struct xd_entry *entry;
    struct xd_dump *dump;
    bool full;   /* XD_MAX_SETTINGS was hit and noted */
    bool nested; /* XD_MAX_DUMP_DEPTH was */
};

/* value is trimmed and freed of one pair of quotes here; line counts from 1. */
void xd_load_dump_add(struct xd_load_dump *d, struct xd_slice path, struct xd_slice value,
                      uint64_t line);

/* Puts the dump into the case, also an empty one. */
void xd_load_dump_done(struct xd_load_dump *d);

/* A status block ("*s Zones: /" to "*s/end"), whose lines come in one buffer. */
struct xd_load_block {
    struct xd_buf text; /* lines, each ended by LF */
    uint64_t first;     /* number of the first line */
    bool open;
};

/* Read the block's lines into d; clears it. */
void xd_load_block_close(struct xd_load_block *b, struct xd_load_dump *d);

/* What a document is not read any further for. */
enum xd_load_xml_refusal {
    XD_XML_FINE,
    XD_XML_MANY_ATTRIBUTES,
    XD_XML_LONG_TAG,
    XD_XML_DOCTYPE,
};

/* Where a walk over a document stands; all zeros at its begin. */
struct xd_load_xml_guard {
    enum xd_load_xml_refusal refused;
    unsigned state;
    size_t n_seen; /* bytes behind "<!" */
    size_t tag_len;
    unsigned n_attributes;
    uint8_t before[2];
    uint8_t quote; /* the one that an attribute's value stands in, or 0 */
    bool dashes;
};

/*
 * How many of the bytes may be read: all, or up to and with the "<" of what refused
 * names, so that a parser comes to the same place however the document is cut.
 */
size_t xd_load_xml_guard(struct xd_load_xml_guard *g, const uint8_t *bytes, size_t len);

/* ---- log ---------------------------------------------------------------- */

enum { XD_LOG_FIELDS = 48 };

struct xd_log_field {
    struct xd_slice name;
    struct xd_slice value; /* trimmed */
};

/* One record of a log; slices point into its text, secrets and all. */
struct xd_log_record {
    struct xd_slice text; /* the whole record, one line */
    size_t shown;         /* bytes of it that may be shown; the rest is read only */
    struct xd_slice host;
    struct xd_slice process;
    struct xd_slice rest; /* behind host and process */
    xd_time time;         /* XD_TIME_NONE where it says none */
    struct xd_log_field fields[XD_LOG_FIELDS];
    size_t n_fields;
};

/* Is this the first line of a record: does it begin with a time? */
bool xd_log_is_record(struct xd_slice line);

/* The prefix alone: time, host, process, rest. */
void xd_log_read_prefix(struct xd_slice text, struct xd_log_record *out);

/* The fields, and UTCTime over the prefix's time. */
void xd_log_read_fields(struct xd_log_record *r);

/* The value of a field, or empty. */
struct xd_slice xd_log_field(const struct xd_log_record *r, const char *name);

/* Where a second record begins inside the line (behind from), or len. */
size_t xd_log_next_record(struct xd_slice text, size_t from);

/* An event before it is kept: slices into the record. */
struct xd_log_draft {
    enum xd_log_kind kind;
    struct xd_endpoint local;
    struct xd_endpoint remote;
    enum xd_log_role role;
    struct xd_slice service;
    struct xd_slice detail;
    struct xd_slice name;
    struct xd_slice from;
    struct xd_slice to;
    bool has_change; /* from and to were printed */
    unsigned ssl_error;
    int alert;
};

/* Does the record say something for us?  *out is filled then. */
bool xd_log_judge(const struct xd_log_record *r, struct xd_log_draft *out);
/* The two families that have grammars of their own; same promise. */
bool xd_log_judge_tls(const struct xd_log_record *r, struct xd_log_draft *out);
bool xd_log_judge_ssh(const struct xd_log_record *r, struct xd_log_draft *out);

/* OpenSSL's packed code behind "error:", or 0. */
unsigned xd_log_ssl_code(struct xd_slice text);
/* The TLS alert (RFC 8446, 6) that was received, by code or by words; -1: none. */
int xd_log_alert(struct xd_slice text, unsigned ssl_code);

/* "192.0.2.1:5062", "['IPv4''TCP''192.0.2.1:5062']", "[2001:db8::1]:5062". */
bool xd_log_endpoint(struct xd_slice text, struct xd_endpoint *out);

/* Empties where the text has no such part: what stands behind `after`, up to one of ends.
 */
struct xd_slice xd_log_between(struct xd_slice text, const char *after, const char *ends);

/* Words that make a line worth reading; the rest of a log is never looked at twice. */
struct xd_log_triggers {
    uint8_t pairs[65536]; /* 1: this pair of bytes is the key of a word */
};

void xd_log_triggers_init(struct xd_log_triggers *t);
bool xd_log_triggered(const struct xd_log_triggers *t, struct xd_slice line);

#endif
