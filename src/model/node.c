/*
 * node.c - names and predicates of an Expressway node.
 */
#include "expdiag/node.h"

#include <string.h>

#include "expdiag/text.h"

bool xd_version_at_least(const struct xd_version *v, unsigned major, unsigned minor)
{
    if (v->major == 0) {
        return false; /* not known: nothing may be built on it */
    }
    return v->major > major || (v->major == major && v->minor >= minor);
}

void xd_version_parse(const char *text, struct xd_version *out)
{
    const char *p = text;
    unsigned numbers[2] = {0, 0};

    *out = (struct xd_version){.text = text};
    if (*p == 'X' || *p == 'x') {
        p++;
    }
    for (size_t i = 0; i < 2; i++) {
        size_t len = strspn(p, "0123456789");
        uint64_t n = 0;

        if (len > 4 ||
            !xd_text_number((struct xd_slice){(const uint8_t *)p, len}, UINT32_MAX, &n)) {
            return;
        }
        numbers[i] = (unsigned)n;
        p += len;
        if (i == 0 && *p++ != '.') {
            return;
        }
    }
    out->major = numbers[0];
    out->minor = numbers[1];
}

bool xd_change_is_of_eku_check(const struct xd_setting_change *c)
{
    return c->setting != NULL &&
           xd_text_contains_nocase(xd_slice_of(c->setting), "ExtendedKeyUsage");
}

bool xd_node_has_two_stores(const struct xd_node *n)
{
    if (n->version.major == 0) {
        return n->client.entry != NULL;
    }
    return xd_version_at_least(&n->version, 15, 5);
}

const char *xd_node_role_name(enum xd_node_role role)
{
    switch (role) {
    case XD_ROLE_C:
        return "C";
    case XD_ROLE_E:
        return "E";
    case XD_ROLE_UNKNOWN:
        break;
    }
    return "unknown";
}

const char *xd_chain_status_name(enum xd_chain_status s)
{
    switch (s) {
    case XD_CHAIN_COMPLETE:
        return "complete";
    case XD_CHAIN_INCOMPLETE:
        return "incomplete";
    case XD_CHAIN_UNTRUSTED:
        break;
    }
    return "untrusted";
}

bool xd_zone_is_server(const struct xd_zone *z)
{
    struct xd_slice type = xd_slice_of(z->type != NULL ? z->type : "");

    return xd_text_contains_nocase(type, "TraversalServer") ||
           xd_text_contains_nocase(type, "traversal server");
}

static bool holds_address(const struct xd_addr *list, size_t n, const struct xd_addr *addr)
{
    for (size_t i = 0; i < n; i++) {
        if (xd_addr_equal(&list[i], addr)) {
            return true;
        }
    }
    return false;
}

bool xd_node_has_address(const struct xd_node *n, const struct xd_addr *addr)
{
    return holds_address(n->addrs, n->n_addrs, addr);
}

bool xd_node_is_known_at(const struct xd_node *n, const struct xd_addr *addr)
{
    return xd_node_has_address(n, addr) || holds_address(n->seen_as, n->n_seen_as, addr);
}

bool xd_node_has_capture(const struct xd_node *n)
{
    for (size_t i = 0; i < n->n_entries; i++) {
        if (n->entries[i]->kind == XD_ENTRY_PCAP &&
            n->entries[i]->status != XD_ENTRY_SKIPPED) {
            return true;
        }
    }
    return false;
}

bool xd_node_shares_address(const struct xd_node *a, const struct xd_node *b)
{
    for (size_t i = 0; i < b->n_addrs; i++) {
        if (xd_node_has_address(a, &b->addrs[i])) {
            return true;
        }
    }
    return false;
}
