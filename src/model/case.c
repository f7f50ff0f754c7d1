/*
 * case.c - the case and its registries.
 */
#include "expdiag/case.h"

#include "expdiag/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct xd_case *xd_case_new(void)
{
    struct xd_arena *a = xd_arena_new();
    struct xd_case *cs = xd_arena_alloc(a, sizeof(*cs));

    cs->arena = a;
    cs->cert_by_sha256 = xd_map_new();
    cs->last_seen = XD_TIME_NONE;
    return cs;
}

void xd_case_free(struct xd_case *cs)
{
    if (cs == NULL) {
        return;
    }
    if (cs->x509_free != NULL) {
        cs->x509_free(cs->x509);
    }
    xd_map_free(cs->cert_by_sha256);
    xd_arena_free(cs->arena);
}

struct xd_cert *xd_case_find_cert(const struct xd_case *cs, const uint8_t sha256[32])
{
    return xd_map_get(cs->cert_by_sha256, (struct xd_slice){sha256, 32});
}

struct xd_cert *xd_case_cert(struct xd_case *cs, struct xd_slice der,
                             const uint8_t sha256[32])
{
    struct xd_cert *c = xd_case_find_cert(cs, sha256);

    if (c != NULL || cs->n_certs >= XD_MAX_CERTS) {
        return c;
    }
    c = xd_arena_alloc(cs->arena, sizeof(*c));
    c->id = (unsigned)cs->n_certs;
    memcpy(c->sha256, sha256, sizeof(c->sha256));
    c->der = xd_arena_dup(cs->arena, der);
    *XD_PUSH(cs->arena, cs, certs) = c;
    xd_map_put(cs->cert_by_sha256, (struct xd_slice){c->sha256, sizeof(c->sha256)}, c);
    return c;
}

struct xd_entry *xd_case_entry(struct xd_case *cs)
{
    struct xd_entry *e = xd_arena_alloc(cs->arena, sizeof(*e));

    e->id = (unsigned)cs->n_entries;
    e->said.stamp = XD_TIME_NONE;
    e->said.interface = -1;
    e->said.ring = -1;
    *XD_PUSH(cs->arena, cs, entries) = e;
    return e;
}

/* Put every entry into by_name; a name that comes twice maps to the case itself. */
static void count_names(struct xd_case *cs, struct xd_map *by_name)
{
    for (size_t i = 0; i < cs->n_entries; i++) {
        struct xd_slice name = xd_slice_of(cs->entries[i]->name);
        void *seen = xd_map_get(by_name, name);

        xd_map_put(by_name, name, seen == NULL ? (void *)cs->entries[i] : (void *)cs);
    }
}

struct given_entry {
    const char *path; /* of its input; NULL: none */
    struct xd_entry *entry;
};

static int compare_given(const void *pa, const void *pb)
{
    const struct given_entry *a = pa;
    const struct given_entry *b = pb;
    int by_path = strcmp(a->path != NULL ? a->path : "", b->path != NULL ? b->path : "");

    if (by_path != 0) {
        return by_path;
    }
    return (a->entry->id > b->entry->id) - (a->entry->id < b->entry->id);
}

/* By the paths of their inputs: labels must not hang on the order of arguments. */
static struct given_entry *sort_entries(const struct xd_case *cs)
{
    struct given_entry *sorted = xd_alloc_array(cs->n_entries + 1, sizeof(*sorted));

    for (size_t i = 0; i < cs->n_entries; i++) {
        const struct xd_entry *e = cs->entries[i];

        sorted[i].entry = cs->entries[i];
        sorted[i].path = e->input < cs->n_inputs ? cs->inputs[e->input].path : NULL;
    }
    qsort(sorted, cs->n_entries, sizeof(*sorted), compare_given);
    return sorted;
}

/*
 * The same file given again: "input#2!path", "input#3!path".  last knows the number that
 * the label had last, so that a path that stands ten thousand times is not tried from 2
 * each time.
 */
static const char *number_label(struct xd_case *cs, const struct xd_entry *e,
                                const struct xd_map *labels, struct xd_map *last)
{
    struct xd_slice base = xd_slice_of(e->label);
    const char *label = NULL;
    uintptr_t n = (uintptr_t)xd_map_get(last, base);

    for (n = n == 0 ? 2 : n + 1;; n++) {
        label = xd_arena_printf(cs->arena, "%s#%u!%s", cs->inputs[e->input].name,
                                (unsigned)n, e->path);
        if (xd_map_get(labels, xd_slice_of(label)) == NULL) {
            break;
        }
    }
    xd_map_put(last, base, (void *)n); /* NOLINT(performance-no-int-to-ptr): a number */
    return label;
}

void xd_case_label_entries(struct xd_case *cs)
{
    struct xd_map *by_name = xd_map_new();
    struct xd_map *labels = xd_map_new();
    struct xd_map *last = xd_map_new();
    struct given_entry *sorted = sort_entries(cs);

    count_names(cs, by_name);
    for (size_t i = 0; i < cs->n_entries; i++) {
        struct xd_entry *e = sorted[i].entry;

        e->label = e->name;
        if (xd_map_get(by_name, xd_slice_of(e->name)) == cs) {
            e->label =
                xd_arena_printf(cs->arena, "%s!%s", cs->inputs[e->input].name, e->path);
        }
        if (xd_map_get(labels, xd_slice_of(e->label)) != NULL) {
            e->label = number_label(cs, e, labels, last);
        }
        xd_map_put(labels, xd_slice_of(e->label), e);
    }
    xd_free(sorted);
    xd_map_free(last);
    xd_map_free(labels);
    xd_map_free(by_name);
}

XD_PRINTF(4, 0)
static void note_entry(struct xd_case *cs, struct xd_entry *entry,
                       enum xd_entry_status status, const char *fmt, va_list ap)
{
    char text[XD_ERR_TEXT];

    if (entry->detail == NULL) {
        (void)vsnprintf(text, sizeof(text), fmt, ap);
        entry->detail = xd_arena_strdup(cs->arena, text);
    }
    /* damaged outranks truncated: something inside was wrong, not only the end */
    if (entry->status == XD_ENTRY_READ || status == XD_ENTRY_DAMAGED) {
        entry->status = status;
    }
}

void xd_case_entry_note(struct xd_case *cs, struct xd_entry *entry,
                        enum xd_entry_status status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note_entry(cs, entry, status, fmt, ap);
    va_end(ap);
}

void xd_case_note_limit(struct xd_case *cs, const struct xd_entry *entry, const char *fmt,
                        ...)
{
    va_list ap;

    if (entry == NULL || entry->id >= cs->n_entries || cs->entries[entry->id] != entry) {
        return;
    }
    va_start(ap, fmt);
    note_entry(cs, cs->entries[entry->id], XD_ENTRY_TRUNCATED, fmt, ap);
    va_end(ap);
}

/* A name, not an address in figures. */
static const char *name_of(const struct xd_zone_peer *p)
{
    struct xd_addr literal = {0};
    bool named = p->address != NULL && p->address[0] != '\0' &&
                 !xd_addr_parse(p->address, strlen(p->address), &literal);

    return named ? p->address : NULL;
}

static void learn_peer(const struct xd_node *n, const struct xd_zone *z,
                       const struct xd_zone_peer *p, struct xd_outside *out)
{
    if (z->uc == XD_TRI_ON && out->role == XD_ROLE_UNKNOWN) {
        out->role = n->role == XD_ROLE_C   ? XD_ROLE_E
                    : n->role == XD_ROLE_E ? XD_ROLE_C
                                           : XD_ROLE_UNKNOWN;
    }
    out->name = out->name != NULL ? out->name : name_of(p);
}

static bool learn_zone(const struct xd_node *n, const struct xd_zone *z,
                       const struct xd_addr *addr, struct xd_outside *out)
{
    bool found = false;

    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *peer = &z->peers[i];
        if (peer->node == NULL && xd_addr_equal(&peer->addr, addr)) {
            learn_peer(n, z, peer, out);
            found = true;
        }
    }
    return found;
}

bool xd_case_outside(const struct xd_case *cs, const struct xd_addr *addr,
                     struct xd_outside *out)
{
    bool found = false;

    *out = (struct xd_outside){.role = XD_ROLE_UNKNOWN};
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            found = learn_zone(n, &n->zones[z], addr, out) || found;
        }
    }
    return found;
}

struct xd_node *xd_node_of_entry(const struct xd_case *cs, const struct xd_entry *entry)
{
    for (size_t i = 0; i < cs->n_nodes && entry != NULL; i++) {
        struct xd_node *n = cs->nodes[i];

        for (size_t k = 0; k < n->n_entries; k++) {
            if (n->entries[k] == entry) {
                return n;
            }
        }
    }
    return NULL;
}
