/*
 * load.c - which loader reads which entry.
 */
#include "load_priv.h"

#include "expdiag/alloc.h"

#include <libxml/parser.h>
#include <string.h>

struct xd_loader {
    const struct xd_load_ops *ops;
    void *state;
};

static const struct xd_load_ops *find_ops(enum xd_entry_kind kind)
{
    switch (kind) {
    case XD_ENTRY_SERVER_PEM:
    case XD_ENTRY_CLIENT_PEM:
    case XD_ENTRY_CA_PEM:
    case XD_ENTRY_PEM:
        return &xd_load_pem;
    case XD_ENTRY_XCONF_TXT:
    case XD_ENTRY_XSTAT_TXT:
        return &xd_load_dump_text;
    case XD_ENTRY_XCONF_XML:
    case XD_ENTRY_XSTAT_XML:
        return &xd_load_dump_xml;
    case XD_ENTRY_LOG:
        return &xd_load_log;
    case XD_ENTRY_PCAP:
    case XD_ENTRY_OTHER:
        break;
    }
    return NULL;
}

static void *take_memory(size_t len)
{
    return xd_realloc(NULL, len);
}

static char *copy_text(const char *text)
{
    size_t len = strlen(text) + 1;

    return memcpy(xd_realloc(NULL, len), text, len);
}

/* libxml2's memory through our door: want of it must not look like broken XML. */
void xd_load_init(void)
{
    (void)xmlMemSetup(xd_free, take_memory, xd_realloc, copy_text);
    xmlInitParser();
}

struct xd_loader *xd_load_begin(struct xd_case *cs, struct xd_entry *entry)
{
    const struct xd_load_ops *ops = find_ops(entry->kind);

    if (ops == NULL) {
        return NULL;
    }
    struct xd_loader *l = xd_alloc(sizeof(*l));

    l->ops = ops;
    l->state = ops->begin(cs, entry);
    return l;
}

void xd_load_bytes(struct xd_loader *l, struct xd_slice bytes)
{
    if (bytes.len > 0) {
        l->ops->bytes(l->state, bytes);
    }
}

void xd_load_end(struct xd_loader *l, bool cut_short)
{
    l->ops->end(l->state, cut_short);
    xd_free(l);
}
