/*
 * xml_guard.c - what libxml2 must not see: start tags so large that its checks, which
 * compare every attribute with every other, would take minutes, and declarations of a
 * document type, whose defaults for attributes do the same out of sight.
 *
 * A walk over the bytes, whatever their encoding: all that are read keep '<', '>', '='
 * and quotes as these bytes, in UTF-16 and UTF-32 with zeros beside them.
 */
#include "load_priv.h"

#include <string.h>

enum { IN_TEXT, AT_OPEN, AT_BANG, IN_COMMENT, IN_CDATA, IN_PI, IN_TAG, IN_END };

enum {
    BANG = 7, /* "[CDATA[" tells what follows "<!" */
};

static void enter(struct xd_load_xml_guard *g, unsigned state)
{
    g->state = state;
    g->n_seen = 0;
    g->tag_len = 0;
    g->n_attributes = 0;
    g->quote = 0;
}

/* The last two bytes, for "-->", "]]>" and "?>". */
static void remember(struct xd_load_xml_guard *g, uint8_t c)
{
    g->before[0] = g->before[1];
    g->before[1] = c;
}

static void walk_tag(struct xd_load_xml_guard *g, uint8_t c)
{
    if (g->quote != 0) {
        g->quote = c == g->quote ? 0 : g->quote;
    } else if (c == '"' || c == '\'') {
        g->quote = c;
    } else if (c == '>') {
        enter(g, IN_TEXT);
    } else if (c == '=' && ++g->n_attributes > XD_MAX_XML_ATTRIBUTES) {
        g->refused = XD_XML_MANY_ATTRIBUTES;
    }
}

/* Behind "<!": a comment, CDATA, or a document type. */
static void walk_bang(struct xd_load_xml_guard *g, uint8_t c)
{
    static const char cdata[] = "[CDATA[";

    if (c == '-' && g->n_seen == 0) {
        g->n_seen = 1;
        g->dashes = true;
    } else if (c == '-' && g->dashes && g->n_seen == 1) {
        enter(g, IN_COMMENT);
        memset(g->before, 0, sizeof(g->before));
    } else if ((g->n_seen == 0 || !g->dashes) && c == (uint8_t)cdata[g->n_seen]) {
        g->dashes = false;
        g->n_seen++;
        if (g->n_seen == BANG) {
            enter(g, IN_CDATA);
            memset(g->before, 0, sizeof(g->before));
        }
    } else {
        g->refused = XD_XML_DOCTYPE;
    }
}

static void walk_open(struct xd_load_xml_guard *g, uint8_t c)
{
    if (c == '!') {
        enter(g, AT_BANG);
    } else if (c == '?') {
        enter(g, IN_PI);
        memset(g->before, 0, sizeof(g->before));
    } else if (c == '/') {
        enter(g, IN_END);
    } else {
        enter(g, IN_TAG);
        walk_tag(g, c);
    }
}

/* Inside of something that two bytes and '>' end; a PI needs but the second. */
static void walk_to_end(struct xd_load_xml_guard *g, uint8_t c)
{
    uint8_t last = g->state == IN_CDATA ? ']' : '-';
    bool ends = g->state == IN_PI ? g->before[1] == '?'
                                  : g->before[0] == last && g->before[1] == last;

    if (c == '>' && ends) {
        enter(g, IN_TEXT);
    } else {
        remember(g, c);
    }
}

static void walk(struct xd_load_xml_guard *g, uint8_t c)
{
    switch (g->state) {
    case IN_TEXT:
        if (c == '<') {
            enter(g, AT_OPEN);
        }
        break;
    case AT_OPEN:
        walk_open(g, c);
        break;
    case AT_BANG:
        walk_bang(g, c);
        break;
    case IN_TAG:
        walk_tag(g, c);
        break;
    case IN_END:
        if (c == '>') {
            enter(g, IN_TEXT);
        }
        break;
    default:
        walk_to_end(g, c);
        break;
    }
}

size_t xd_load_xml_guard(struct xd_load_xml_guard *g, const uint8_t *bytes, size_t len)
{
    size_t open = 0; /* behind the '<' of what is refused, as far as it is in these bytes */

    for (size_t i = 0; i < len; i++) {
        /* a zero byte is the rest of that '<' in UTF-16 or UTF-32 */
        if ((g->state == IN_TEXT && bytes[i] == '<') ||
            (g->state == AT_OPEN && bytes[i] == 0)) {
            open = i + 1;
        }
        if (bytes[i] != 0) {
            walk(g, bytes[i]);
        }
        if ((g->state == IN_TAG || g->state == IN_END) && ++g->tag_len > XD_MAX_XML_TAG) {
            g->refused = XD_XML_LONG_TAG;
        }
        if (g->refused != XD_XML_FINE) {
            return open;
        }
    }
    return len;
}
