/*
 * dump_xml.c - the XML form of xconf and xstat dumps, by libxml2's push parser.
 *
 * Any element names in any namespace; an attribute item="N" is the index behind a
 * word; text is the value.  No DTD, no entities of its own, no network.  Where the
 * XML breaks, what stood before counts.
 */
#include "load_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <inttypes.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_INDEX = 20, /* characters of an index */
    OPTIONS = XML_PARSE_NONET | XML_PARSE_NOCDATA,
    HEAD = 512,    /* bytes in which an XML declaration stands */
    BLOCK = 65536, /* bytes that libxml2 gets at once */
};

struct element {
    size_t path_len; /* of the path in front of it */
    size_t text_at;  /* where its own text begins */
    uint64_t line;
    unsigned n_namespaces; /* that it declares */
    bool has_children;
};

struct xml {
    struct xd_load_dump out;
    xmlParserCtxtPtr parser;
    struct element stack[XD_MAX_XML_DEPTH];
    size_t depth;
    size_t too_deep;       /* elements open beyond the stack */
    uint64_t deep_line;    /* the first of them, or 0 */
    unsigned n_namespaces; /* in force; those beyond the stack stay counted */
    struct xd_load_xml_guard guard;
    size_t dropped; /* outermost elements that only wrap */
    struct xd_buf path;
    struct xd_buf text; /* of the open elements, one after the other */
    uint64_t read;
    uint8_t pending[4]; /* the head of a character that the block's end cut */
    size_t n_pending;
    struct xd_buf head;   /* the first bytes, held back until they tell the encoding */
    uint8_t block[BLOCK]; /* what libxml2 gets next */
    size_t n_block;
    bool started;
    bool declared; /* the document names an encoding that is not UTF-8 */
    bool too_large;
    uint64_t error_line; /* 0: none */
    char error[XD_ERR_TEXT];
};

/* ---- elements ------------------------------------------------------------ */

static uint64_t current_line(const struct xml *x)
{
    int line = xmlSAX2GetLineNumber(x->parser);

    return line > 0 ? (uint64_t)line : 0;
}

/* Elements around the tree that are no words of a path (domain of all known forms). */
static bool is_wrapper(const struct xml *x, const char *name)
{
    static const char *const names[] = {"Configuration", "Status", "xConfiguration",
                                        "xStatus",       "XmlDoc", "Document",
                                        "Envelope",      "Body",   "Response"};

    if (x->depth == 0) {
        return true; /* whatever the root is called */
    }
    if (x->depth != x->dropped) {
        return false;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (xd_text_equal_nocase(xd_slice_of(name), xd_slice_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* SAX2: name, prefix, URI, begin and end of the value. */
enum { ATT_NAME, ATT_PREFIX, ATT_URI, ATT_BEGIN, ATT_END, ATT_PARTS };

static struct xd_slice find_index(int n, const xmlChar **attributes)
{
    for (int i = 0; i < n; i++) {
        const xmlChar **a = attributes + (ptrdiff_t)i * ATT_PARTS;
        struct xd_slice value = {a[ATT_BEGIN], (size_t)(a[ATT_END] - a[ATT_BEGIN])};
        uint64_t number;

        if (xd_text_equal_nocase(xd_slice_of((const char *)a[ATT_NAME]),
                                 xd_slice_of("item")) &&
            value.len <= MAX_INDEX && xd_text_number(value, UINT64_MAX, &number)) {
            return value;
        }
    }
    return (struct xd_slice){0};
}

static void add_word(struct xml *x, struct xd_slice word)
{
    if (x->path.len > 0) {
        xd_buf_add(&x->path, " ", 1);
    }
    xd_buf_add(&x->path, word.p, word.len);
}

/* End the reading in this line; */
static void refuse(struct xml *x, const char *why)
{
    uint64_t line = current_line(x);

    x->error_line = line > 0 ? line : 1;
    (void)snprintf(x->error, sizeof(x->error), "%s", why);
}

/* The same, called by the parser. */
static void give_up(struct xml *x, const char *why)
{
    if (x->error_line == 0) {
        refuse(x, why);
    }
    xmlStopParser(x->parser);
}

/* libxml2 looks a prefix up in all namespaces in force. */
static bool count_namespaces(struct xml *x, int n)
{
    x->n_namespaces += (unsigned)n;
    if (x->n_namespaces <= XD_MAX_XML_NAMESPACES) {
        return true;
    }
    give_up(x, "too many namespaces (more than 256)");
    return false;
}

/* What stands between children to indent them must not use up the room for a value. */
static void drop_blanks(struct xml *x, size_t from)
{
    if (x->text.len > from &&
        xd_text_trim((struct xd_slice){x->text.bytes + from, x->text.len - from}).len ==
            0) {
        x->text.len = from;
    }
}

/* The signature is libxml2's. */
/* NOLINTNEXTLINE(readability-function-size) */
static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                          int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    struct xml *x = ctx;

    (void)prefix;
    (void)uri;
    (void)namespaces;
    (void)n_defaulted;
    if (!count_namespaces(x, n_namespaces)) {
        return;
    }
    if (x->depth == XD_MAX_XML_DEPTH) {
        if (x->deep_line == 0) {
            x->deep_line = current_line(x);
        }
        if (++x->too_deep > XD_MAX_XML_OPEN - XD_MAX_XML_DEPTH) {
            give_up(x, "too many elements are open (more than 4096)");
        }
        return;
    }
    if (x->depth > 0) {
        struct element *parent = &x->stack[x->depth - 1];

        parent->has_children = true;
        drop_blanks(x, parent->text_at);
    }
    bool wrapper = is_wrapper(x, (const char *)name);

    x->stack[x->depth++] = (struct element){.path_len = x->path.len,
                                            .text_at = x->text.len,
                                            .line = current_line(x),
                                            .n_namespaces = (unsigned)n_namespaces};
    if (wrapper) {
        x->dropped = x->depth;
        return;
    }
    struct xd_slice index = find_index(n_attributes, attributes);

    add_word(x, xd_slice_of((const char *)name));
    if (index.len > 0) {
        add_word(x, index);
    }
}

static void end_element(void *ctx, const xmlChar *name, const xmlChar *prefix,
                        const xmlChar *uri)
{
    struct xml *x = ctx;

    (void)name;
    (void)prefix;
    (void)uri;
    if (x->too_deep > 0) {
        x->too_deep--;
        return;
    }
    if (x->depth == 0) {
        return;
    }
    const struct element *e = &x->stack[--x->depth];

    x->n_namespaces -= e->n_namespaces;
    const char *text = xd_buf_text(&x->text);
    struct xd_slice value = xd_text_trim(
        (struct xd_slice){(const uint8_t *)text + e->text_at, x->text.len - e->text_at});

    if (x->path.len > e->path_len && (value.len > 0 || !e->has_children)) {
        (void)xd_buf_text(&x->path);
        xd_load_dump_add(&x->out, (struct xd_slice){x->path.bytes, x->path.len}, value,
                         e->line);
    }
    x->dropped = x->dropped > x->depth ? x->depth : x->dropped;
    x->path.len = e->path_len;
    x->text.len = e->text_at;
    x->text.overflow = false;
}

static void add_text(void *ctx, const xmlChar *text, int len)
{
    struct xml *x = ctx;

    if (x->depth > 0 && x->too_deep == 0 && len > 0) {
        xd_buf_add(&x->text, text, (size_t)len);
    }
}

/* Words of our own: libxml2's quote the document, which may hold a password there. */
static const char *error_text(int code)
{
    static const struct {
        int code;
        const char *text;
    } known[] = {
        {XML_ERR_TAG_NAME_MISMATCH, "an end tag is of another element"},
        {XML_ERR_TAG_NOT_FINISHED, "an element has no end"},
        {XML_ERR_DOCUMENT_END, "something follows the document, or nothing is in it"},
        {XML_ERR_DOCUMENT_EMPTY, "it does not begin as XML does"},
        {XML_ERR_ATTRIBUTE_REDEFINED, "an attribute stands there twice"},
        {XML_ERR_ATTRIBUTE_NOT_STARTED, "the value of an attribute is missing"},
        {XML_ERR_ATTRIBUTE_NOT_FINISHED, "the value of an attribute has no end"},
        {XML_ERR_LT_IN_ATTRIBUTE, "a '<' stands in an attribute"},
        {XML_ERR_UNDECLARED_ENTITY, "an entity that is not declared"},
        {XML_ERR_ENTITYREF_SEMICOL_MISSING, "a '&' begins no entity"},
        {XML_ERR_NAME_REQUIRED, "a '<' or '&' begins nothing"},
        {XML_ERR_GT_REQUIRED, "a tag is not closed"},
        {XML_ERR_INVALID_CHAR, "a character that XML does not have"},
        {XML_ERR_INVALID_ENCODING, "bytes that are not of its encoding"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].code == code) {
            return known[i].text;
        }
    }
    return "it is not well formed";
}

/* The first fatal error is where the document breaks; a prefix without a namespace is none.
 */
static void note_error(void *ctx, xmlErrorPtr error)
{
    struct xml *x = ctx;

    if (error->level < XML_ERR_FATAL || x->error_line != 0) {
        return;
    }
    x->error_line = error->line > 0 ? (uint64_t)error->line : 1;
    (void)snprintf(x->error, sizeof(x->error), "%s", error_text(error->code));
}

/* ---- bytes --------------------------------------------------------------- */

static const char *refusal_text(enum xd_load_xml_refusal why)
{
    switch (why) {
    case XD_XML_MANY_ATTRIBUTES:
        return "an element has too many attributes (more than 64)";
    case XD_XML_LONG_TAG:
        return "a tag is too long (more than 64 KiB)";
    case XD_XML_DOCTYPE:
    case XD_XML_FINE:
        break;
    }
    return "a document type is not read";
}

static void give_block(struct xml *x)
{
    if (x->n_block > 0 && x->error_line == 0) {
        (void)xmlParseChunk(x->parser, (const char *)x->block, (int)x->n_block, 0);
    }
    x->n_block = 0;
}

/*
 * Where a CDATA section has no end, what libxml2 says of it hangs on how much it got at
 * once: so that is the same however the file comes.
 */
static void parse(struct xml *x, const uint8_t *bytes, size_t len)
{
    if (x->error_line != 0) {
        return;
    }
    len = xd_load_xml_guard(&x->guard, bytes, len);
    while (len > 0 && x->error_line == 0) {
        size_t room = BLOCK - x->n_block;
        size_t n = len < room ? len : room;

        memcpy(x->block + x->n_block, bytes, n);
        x->n_block += n;
        bytes += n;
        len -= n;
        if (x->n_block == BLOCK) {
            give_block(x);
        }
    }
    if (x->guard.refused != XD_XML_FINE) {
        give_block(x);
        if (x->error_line == 0) {
            refuse(x, refusal_text(x->guard.refused));
        }
    }
}

/* Bytes that a first byte of UTF-8 asks for (RFC 3629, 4); 1 where it is none. */
static size_t utf8_len(uint8_t first)
{
    if (first >= 0xf0 && first <= 0xf4) {
        return 4;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xc2 && first <= 0xdf ? 2 : 1;
}

static bool is_tail(uint8_t c)
{
    return (c & 0xc0) == 0x80;
}

/* Is the sequence at p, of len bytes, one that XML takes? */
static bool is_utf8(const uint8_t *p, size_t len)
{
    if (len == 1) {
        return p[0] < 0x80;
    }
    for (size_t i = 1; i < len; i++) {
        if (!is_tail(p[i])) {
            return false;
        }
    }
    return !(p[0] == 0xe0 && p[1] < 0xa0) && !(p[0] == 0xed && p[1] > 0x9f) &&
           !(p[0] == 0xf0 && p[1] < 0x90) && !(p[0] == 0xf4 && p[1] > 0x8f) &&
           !(p[0] == 0xef && p[1] == 0xbf && p[2] > 0xbd);
}

/*
 * Latin-1 in a document that calls itself UTF-8 would end the reading; so what is no
 * UTF-8 becomes U+FFFD on its way to the parser.
 */
static void feed_clean(struct xml *x, struct xd_slice bytes)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
    struct xd_buf all = {.max = x->n_pending + bytes.len};
    size_t from = 0;
    size_t at = 0;

    xd_buf_add(&all, x->pending, x->n_pending);
    xd_buf_add(&all, bytes.p, bytes.len);
    x->n_pending = 0;
    while (at < all.len) {
        size_t n = utf8_len(all.bytes[at]);

        if (n > all.len - at) {
            break;
        }
        if (is_utf8(all.bytes + at, n)) {
            at += n;
            continue;
        }
        parse(x, all.bytes + from, at - from);
        parse(x, replacement, sizeof(replacement));
        from = ++at;
    }
    parse(x, all.bytes + from, at - from);
    x->n_pending = all.len - at;
    memcpy(x->pending, all.bytes + at, x->n_pending);
    xd_buf_done(&all);
}

/* What the head of a document says of its encoding (XML 1.0, 4.3.3, appendix F). */
enum encoding { AS_UTF8, BY_MARK, BY_NAME, UNREADABLE };

/* Encodings in which the signs of XML are the bytes of ASCII, with or without zeros. */
static bool is_readable(struct xd_slice name)
{
    static const char *const fronts[] = {"iso-8859-", "windows-125", "us-ascii", "ascii",
                                         "latin1",    "utf-16",      "utf-32"};

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
        size_t n = strlen(fronts[i]);

        if (name.len >= n &&
            xd_text_equal_nocase((struct xd_slice){name.p, n}, xd_slice_of(fronts[i]))) {
            return true;
        }
    }
    return false;
}

static enum encoding find_encoding(struct xd_slice head)
{
    const uint8_t *says = xd_text_find(head, "encoding=");
    const uint8_t *close = xd_text_find(head, "?>");

    if (head.len >= 2 && (head.p[0] >= 0xfe || head.p[0] == 0 || head.p[1] == 0)) {
        return BY_MARK; /* UTF-16 */
    }
    if (says == NULL || close == NULL || says > close) {
        return AS_UTF8;
    }
    struct xd_slice name = {says + 10, 0};

    while (name.p + name.len < close && name.p[name.len] != '"' &&
           name.p[name.len] != '\'') {
        name.len++;
    }
    if (xd_text_equal_nocase(name, xd_slice_of("utf-8")) ||
        xd_text_equal_nocase(name, xd_slice_of("utf8"))) {
        return AS_UTF8;
    }
    return is_readable(name) ? BY_NAME : UNREADABLE;
}

static void *begin_xml(struct xd_case *cs, struct xd_entry *entry)
{
    struct xml *x = xd_alloc(sizeof(*x));
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = start_element,
        .endElementNs = end_element,
        .characters = add_text,
        .cdataBlock = add_text,
        .serror = (xmlStructuredErrorFunc)note_error,
    };

    x->out.cs = cs;
    x->out.entry = entry;
    x->out.dump = xd_arena_alloc(cs->arena, sizeof(*x->out.dump));
    x->out.dump->entry = entry;
    x->head.max = HEAD;
    x->path.max = XD_MAX_NAME;
    x->text.max = (size_t)XD_MAX_SETTING_VALUE * 4;
    /* With data of our own libxml2 keeps no entities that a DTD declares. */
    x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    if (x->parser != NULL) {
        (void)xmlCtxtUseOptions(x->parser, OPTIONS);
    }
    return x;
}

static void decode(struct xml *x, struct xd_slice bytes)
{
    if (x->declared) {
        parse(x, bytes.p, bytes.len);
    } else {
        feed_clean(x, bytes);
    }
}

/* The encoding is known, or will not be: read what was held back. */
static void start(struct xml *x)
{
    struct xd_slice head = {(const uint8_t *)xd_buf_text(&x->head), x->head.len};

    enum encoding encoding = find_encoding(head);

    x->started = true;
    x->declared = encoding != AS_UTF8;
    if (encoding == UNREADABLE) {
        refuse(x, "its encoding is not read");
    } else if (encoding != BY_NAME) {
        /* A name in a place that was not looked at must not count either. */
        (void)xmlCtxtUseOptions(x->parser, OPTIONS | XML_PARSE_IGNORE_ENC);
    }
    decode(x, head);
}

static void feed_xml(void *state, struct xd_slice bytes)
{
    struct xml *x = state;

    if (x->read + bytes.len > XD_MAX_DUMP_BYTES) {
        x->too_large = true;
        bytes.len = (size_t)(XD_MAX_DUMP_BYTES - x->read);
    }
    x->read += bytes.len;
    if (x->parser == NULL || x->error_line != 0) {
        return;
    }
    if (!x->started) {
        size_t room = x->head.max - x->head.len;
        size_t n = bytes.len < room ? bytes.len : room;

        xd_buf_add(&x->head, bytes.p, n);
        bytes.p += n;
        bytes.len -= n;
        if (x->head.len < x->head.max) {
            return;
        }
        start(x);
    }
    decode(x, bytes);
}

static void note_damage(struct xml *x, bool cut_short)
{
    struct xd_load_dump *out = &x->out;
    enum xd_entry_status none = cut_short ? XD_ENTRY_TRUNCATED : XD_ENTRY_DAMAGED;

    if (x->parser == NULL || x->read == 0) {
        xd_case_entry_note(out->cs, out->entry, none, "%s",
                           x->read == 0 ? XD_ENTRY_EMPTY : "it could not be read");
        return;
    }
    if (x->too_large) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_TRUNCATED,
                           "only its first %d MiB were read", XD_MAX_DUMP_BYTES >> 20);
    } else if (cut_short && x->error_line == 0) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_TRUNCATED, "its end is missing");
    } else if (cut_short) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_TRUNCATED,
                           "the XML ends in line %" PRIu64, x->error_line);
    } else if (x->error_line != 0) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_DAMAGED,
                           "the XML breaks in line %" PRIu64 ": %s", x->error_line,
                           x->error);
    }
    if (x->deep_line != 0) {
        xd_case_entry_note(out->cs, out->entry, XD_ENTRY_DAMAGED,
                           "line %" PRIu64 ": elements more than %d deep were not read",
                           x->deep_line, XD_MAX_XML_DEPTH);
    }
    if (out->dump->n_settings == 0) {
        xd_case_entry_note(out->cs, out->entry, none, "it holds no setting");
    }
}

static void end_xml(void *state, bool cut_short)
{
    struct xml *x = state;

    if (x->parser != NULL) {
        if (!x->started && x->read > 0) {
            start(x);
        }
        give_block(x);
        if (x->error_line == 0) {
            (void)xmlParseChunk(x->parser, (const char *)x->pending, (int)x->n_pending, 1);
        }
        xmlFreeDoc(x->parser->myDoc);
        xmlFreeParserCtxt(x->parser);
    }
    note_damage(x, cut_short);
    xd_load_dump_done(&x->out);
    xd_buf_done(&x->head);
    xd_buf_done(&x->path);
    xd_buf_done(&x->text);
    xd_free(x);
}

const struct xd_load_ops xd_load_dump_xml = {begin_xml, feed_xml, end_xml};
