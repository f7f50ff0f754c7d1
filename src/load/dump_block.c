/*
 * dump_block.c - a status block to settings.
 *
 *     *s Zones: /
 *       Zone 1: /                              a group: its value is "/" or nothing
 *         Name: "Traversal"                    a leaf
 *         TraversalClient: /
 *           Peer 1: /
 *             SIP: Status: Active Port: 7001   several pairs on a line
 *     *s/end
 *
 * Indentation tells what belongs to what.  Where a page lost it, and inside of a
 * line, the words do: a group closes those that it cannot belong to, and a leaf
 * that its group has already closes the group.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

enum { SEEN = 24, INSIDE = -1 };

struct group {
    struct xd_slice word;       /* "Zone 1" */
    struct xd_slice seen[SEEN]; /* names of its leaves so far */
    size_t n_seen;
    int indent; /* of the line that it begins, or INSIDE of a line */
};

struct reader {
    struct xd_load_dump *out;
    struct group groups[XD_MAX_DUMP_DEPTH];
    size_t depth;
    bool flat; /* indentation says nothing in this block */
};

/* One pair. */
struct pair {
    struct xd_slice key;
    struct xd_slice value;
    bool slash; /* its value is "/": a group */
    bool empty; /* nothing stood behind the colon */
    bool last;  /* nothing follows on the line */
    int indent; /* of a line's first pair, else INSIDE */
};

static struct xd_slice slice_from(struct xd_slice s, size_t at)
{
    return (struct xd_slice){s.p + at, s.len - at};
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_key_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '-' || c == '.';
}

/* ---- words --------------------------------------------------------------- */

/* "Zone" of "Zone 1". */
static struct xd_slice base_word(struct xd_slice word)
{
    size_t n = word.len;

    while (n > 0 && is_digit(word.p[n - 1])) {
        n--;
    }
    if (n < word.len && n > 0 && is_blank(word.p[n - 1])) {
        word.len = n;
    }
    return xd_text_trim(word);
}

static bool is_one_of(struct xd_slice word, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (xd_text_equal_nocase(word, xd_slice_of(*list))) {
            return true;
        }
    }
    return false;
}

/* Names that are leaves also where nothing stands behind their colon. */
static bool is_leaf_word(struct xd_slice key)
{
    static const char *const leaves[] = {
        "Name",   "Address",     "Port",   "Status", "Type",
        "Reason", "Cause",       "Target", "Domain", "Created",
        "Peer",   "Description", "Detail", "Key",    "LastStatusChange",
        NULL};

    return is_one_of(key, leaves);
}

/* Groups that stand beside each other, never one inside the other. */
static bool are_siblings(struct xd_slice a, struct xd_slice b)
{
    static const char *const sets[][8] = {
        {"Software", "Hardware", NULL},
        {"H323", "SIP", NULL},
        {"IPv4", "IPv6", NULL},
        {"Local", "Remote", NULL},
        {"Server", "Client", NULL},
        {"UDP", "TCP", "TLS", NULL},
        {"Zone", "DefaultZone", "LocalZone", "DefaultSubZone", "TraversalSubZone", NULL},
        {"TraversalClient", "TraversalServer", "Neighbor", "DNS", "ENUM", NULL},
    };

    if (xd_text_equal_nocase(a, b)) {
        return true;
    }
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (is_one_of(a, sets[i]) && is_one_of(b, sets[i])) {
            return true;
        }
    }
    return false;
}

/* May `word` stand right inside of `parent`, and is that where it belongs? */
static bool is_parent(struct xd_slice parent, struct xd_slice word)
{
    static const char *const pairs[][2] = {
        {"SystemUnit", "Software"},
        {"SystemUnit", "Hardware"},
        {"Software", "Configuration"},
        {"Ethernet", "IPv4"},
        {"Ethernet", "IPv6"},
        {"Peer", "H323"},
        {"Peer", "SIP"},
        {"Zone", "TraversalClient"},
        {"Zone", "TraversalServer"},
        {"Zone", "Neighbor"},
        {"Zone", "DNS"},
        {"Zone", "ENUM"},
        {"SIP", "Transport"},
        {"Client", "Remote"},
        {"Client", "Local"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (xd_text_equal_nocase(parent, xd_slice_of(pairs[i][0])) &&
            xd_text_equal_nocase(word, xd_slice_of(pairs[i][1]))) {
            return true;
        }
    }
    /* "Tunnel 1" in "Tunnels" */
    return parent.len == word.len + 1 && (parent.p[word.len] | 0x20) == 's' &&
           xd_text_equal_nocase((struct xd_slice){parent.p, word.len}, word);
}

/* ---- groups -------------------------------------------------------------- */

static void open_group(struct reader *r, struct xd_slice word, int indent)
{
    if (r->depth == XD_MAX_DUMP_DEPTH) {
        r->depth--; /* deeper than any real block: its words replace the last */
        if (!r->out->nested) {
            xd_case_entry_note(r->out->cs, r->out->entry, XD_ENTRY_TRUNCATED,
                               "groups more than %d deep were not told apart",
                               XD_MAX_DUMP_DEPTH);
        }
        r->out->nested = true;
    }
    r->groups[r->depth++] = (struct group){.word = word, .indent = indent};
}

/* The group that a line of this indentation stands in becomes the last one open. */
static void close_by_indent(struct reader *r, int indent)
{
    while (r->depth > 1) {
        size_t at = r->depth - 1;

        while (at > 0 && r->groups[at].indent == INSIDE) {
            at--;
        }
        if (at == 0 || r->groups[at].indent < indent) {
            return;
        }
        r->depth = at;
    }
}

/* Close the groups that word cannot stand in. */
static void close_by_words(struct reader *r, struct xd_slice word)
{
    struct xd_slice base = base_word(word);

    for (size_t at = r->depth; at-- > 0;) {
        struct xd_slice open = base_word(r->groups[at].word);

        if (at > 0 && are_siblings(open, base)) {
            r->depth = at;
            return;
        }
        if (is_parent(open, base)) {
            r->depth = at + 1;
            return;
        }
    }
}

static bool has_seen(const struct group *g, struct xd_slice name)
{
    for (size_t i = 0; i < g->n_seen; i++) {
        if (xd_text_equal_nocase(g->seen[i], name)) {
            return true;
        }
    }
    return false;
}

/* A leaf that the group has already belongs to a group around it. */
static void close_by_leaf(struct reader *r, struct xd_slice name)
{
    for (size_t at = r->depth; at > 0; at--) {
        if (!has_seen(&r->groups[at - 1], name)) {
            r->depth = at;
            return;
        }
    }
}

static void add_leaf(struct reader *r, const struct pair *p, uint64_t line)
{
    struct xd_buf path = {.max = XD_MAX_NAME};

    for (size_t i = 0; i < r->depth; i++) {
        xd_buf_add(&path, r->groups[i].word.p, r->groups[i].word.len);
        xd_buf_add(&path, " ", 1);
    }
    xd_buf_add(&path, p->key.p, p->key.len);
    xd_load_dump_add(r->out, (struct xd_slice){path.bytes, path.len}, p->value, line);
    xd_buf_done(&path);
    if (r->depth > 0) {
        struct group *g = &r->groups[r->depth - 1];

        if (g->n_seen < SEEN) {
            g->seen[g->n_seen++] = p->key;
        }
    }
}

/* ---- pairs --------------------------------------------------------------- */

/* Length of "Word:" or "Word 12:" at the head of s, a blank or the end behind; or 0. */
static size_t key_len(struct xd_slice s)
{
    size_t n = 0;

    if (s.len == 0 || s.p[0] < 'A' || s.p[0] > 'Z') {
        return 0;
    }
    while (n < s.len && is_key_char(s.p[n])) {
        n++;
    }
    if (n + 1 < s.len && s.p[n] == ' ' && is_digit(s.p[n + 1])) {
        n++;
        while (n < s.len && is_digit(s.p[n])) {
            n++;
        }
    }
    if (n == s.len || s.p[n] != ':' || (n + 1 < s.len && !is_blank(s.p[n + 1]))) {
        return 0;
    }
    return n + 1;
}

/* Does a value end here: at the line's end, a key, or the block's end? */
static bool ends_value(struct xd_slice rest)
{
    rest = xd_text_trim(rest);
    return rest.len == 0 || key_len(rest) > 0 || xd_text_starts(rest, "*s/end");
}

/* Length of the value at the head of s (blanks in front are gone). */
static size_t value_len(struct xd_slice s)
{
    bool quoted = s.len > 0 && s.p[0] == '"';

    for (size_t i = quoted ? 1 : 0; i < s.len; i++) {
        bool stop = quoted ? s.p[i] == '"' && (i + 1 == s.len || is_blank(s.p[i + 1])) &&
                                 ends_value(slice_from(s, i + 1))
                           : (i == 0 || is_blank(s.p[i - 1])) && !is_blank(s.p[i]) &&
                                 ends_value(slice_from(s, i));

        if (stop) {
            return quoted ? i + 1 : i;
        }
    }
    return s.len;
}

static struct xd_slice skip_blanks(struct xd_slice s)
{
    size_t n = 0;

    while (n < s.len && is_blank(s.p[n])) {
        n++;
    }
    return slice_from(s, n);
}

/* The length of the first key of a line with its colon, or 0: any words may stand in it. */
static size_t first_key_len(struct xd_slice s)
{
    for (size_t i = 0; i < s.len && s.p[i] != '"'; i++) {
        if (s.p[i] == ':' && (i + 1 == s.len || is_blank(s.p[i + 1]))) {
            return i + 1;
        }
    }
    return 0;
}

/* The next pair of a line; false at its end.  *s moves behind the pair. */
static bool take_pair(struct xd_slice *s, int indent, struct pair *out)
{
    *s = skip_blanks(*s);
    size_t n = indent != INSIDE ? first_key_len(*s) : key_len(*s);

    if (n == 0) {
        return false;
    }
    *out = (struct pair){.key = xd_text_trim((struct xd_slice){s->p, n - 1}),
                         .indent = indent};
    *s = skip_blanks(slice_from(*s, n));
    n = value_len(*s);
    out->value = xd_text_trim((struct xd_slice){s->p, n});
    *s = slice_from(*s, n);
    out->slash = xd_slice_equal(out->value, xd_slice_of("/")) ||
                 xd_slice_equal(out->value, xd_slice_of("..."));
    out->empty = out->value.len == 0;
    out->last = xd_text_trim(*s).len == 0;
    return true;
}

/* ---- lines --------------------------------------------------------------- */

/* One line of the block. */
struct line {
    struct xd_slice text; /* behind its indentation and "*s" */
    int indent;
};

/* The next line of *rest; false at the end. */
static bool take_line(struct xd_slice *rest, struct line *out)
{
    if (rest->len == 0) {
        return false;
    }
    const uint8_t *end = memchr(rest->p, '\n', rest->len);
    size_t n = end != NULL ? (size_t)(end - rest->p) : rest->len;
    struct xd_slice s = {rest->p, n};

    *rest = slice_from(*rest, end != NULL ? n + 1 : n);
    out->text = skip_blanks(s);
    out->indent = (int)(n - out->text.len);
    if (xd_text_starts(out->text, "*s")) {
        out->text = skip_blanks(slice_from(out->text, 2));
        out->indent = 0;
    }
    out->text = xd_text_trim(out->text);
    return true;
}

/* What a line is like: its pairs, and whether the last is a group without contents. */
static size_t count_pairs(struct xd_slice text, bool *open)
{
    struct pair p = {0};
    size_t n = 0;

    while (take_pair(&text, n == 0 ? 0 : INSIDE, &p)) {
        n++;
    }
    *open = n > 0 && p.empty && !is_leaf_word(p.key);
    return n;
}

/*
 * Indentation counts where lines differ in it, or where they all agree and every
 * line is a leaf of the block.
 */
static bool is_flat(struct xd_slice text)
{
    struct line l;
    int least = -1;
    int most = -1;
    bool groups = false;

    if (!take_line(&text, &l)) {
        return true;
    }
    while (take_line(&text, &l)) {
        bool open = false;
        size_t n = count_pairs(l.text, &open);

        if (n == 0) {
            continue;
        }
        least = least < 0 || l.indent < least ? l.indent : least;
        most = l.indent > most ? l.indent : most;
        groups = groups || open || n > 1;
    }
    return least == most && (groups || least <= 0);
}

/* Is the last pair of a line, with nothing behind its colon, a group? */
static bool opens_below(const struct reader *r, const struct pair *p, int indent,
                        struct xd_slice rest)
{
    struct line next;

    if (r->flat) {
        return !is_leaf_word(p->key);
    }
    do {
        if (!take_line(&rest, &next)) {
            return false;
        }
    } while (next.text.len == 0);
    return next.indent > indent;
}

static bool is_group(const struct reader *r, const struct pair *p, const struct line *l,
                     struct xd_slice rest)
{
    if (p->slash) {
        return true;
    }
    if (!p->empty) {
        return false;
    }
    return p->last ? opens_below(r, p, l->indent, rest) : !is_leaf_word(p->key);
}

/* rest: the lines behind this one. */
static void read_line(struct reader *r, struct line *l, struct xd_slice rest,
                      uint64_t number)
{
    struct pair p;
    int indent = l->indent;

    while (take_pair(&l->text, indent, &p)) {
        bool exact = p.indent != INSIDE && !r->flat;
        bool group = is_group(r, &p, l, rest);

        if (exact) {
            close_by_indent(r, p.indent);
            exact = r->depth == 0 || r->groups[r->depth - 1].indent != INSIDE;
        }
        if (!exact && group) {
            close_by_words(r, p.key);
        } else if (!exact) {
            close_by_leaf(r, p.key);
        }
        if (group) {
            open_group(r, p.key, p.indent);
        } else {
            add_leaf(r, &p, number);
        }
        indent = INSIDE;
    }
}

void xd_load_block_close(struct xd_load_block *b, struct xd_load_dump *d)
{
    if (b->text.len == 0) {
        return;
    }
    struct xd_slice rest = {b->text.bytes, b->text.len};
    struct reader r = {.out = d, .flat = is_flat(rest)};
    struct line l;
    size_t before = d->dump->n_settings;

    for (uint64_t number = b->first; take_line(&rest, &l); number++) {
        read_line(&r, &l, rest, number);
    }
    if (d->dump->n_settings == before && r.depth == 1) {
        /* "*s Calls: /": the XML form has an element for it too */
        xd_load_dump_add(d, r.groups[0].word, (struct xd_slice){NULL, 0}, b->first);
    }
    xd_buf_clear(&b->text);
}
