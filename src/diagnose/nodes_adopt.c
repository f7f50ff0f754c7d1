/*
 * nodes_adopt.c - renamed PEM files of a bundle, known by their contents.
 *
 * Only where nothing else is possible: one file for one missing store, and its
 * certificates belong to the node.  A store begins with its leaf: what holds CAs alone is
 * the file of trusted CAs, whoever signed the node's own certificates.
 */
#include "expdiag/text.h"

#include "assemble_priv.h"

/* PEM files beside the bundle's others whose names say nothing. */
struct adoption {
    struct xd_case *cs;
    struct xd_node *node;
    struct xd_entry *ca;  /* holds CAs alone, one of which issued a leaf of the node */
    struct xd_entry *cas; /* holds CAs alone */
    struct xd_entry *leaf;
    unsigned n_ca;
    unsigned n_cas;
    unsigned n_leaf;
};

static bool is_beside(const struct xd_node *node, const struct xd_entry *e)
{
    return e->kind == XD_ENTRY_PEM && e->said.host == NULL && e->input == node->input &&
           e->container != NULL && node->container != NULL &&
           xd_slice_equal(xd_slice_of(e->container), xd_slice_of(node->container));
}

/* Another bundle in the same folder: a file without a name may be of either. */
static bool shares_folder(const struct xd_case *cs, const struct xd_node *node)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];

        if (n != node && n->input == node->input && n->container != NULL &&
            node->container != NULL &&
            xd_slice_equal(xd_slice_of(n->container), xd_slice_of(node->container))) {
            return true;
        }
    }
    return false;
}

static bool has_kind(const struct xd_node *node, enum xd_entry_kind kind)
{
    for (size_t i = 0; i < node->n_entries; i++) {
        if (node->entries[i]->kind == kind) {
            return true;
        }
    }
    return false;
}

static bool is_all_cas(const struct xd_pem *pem)
{
    for (size_t i = 0; i < pem->n_certs; i++) {
        if (!pem->certs[i]->is_ca) {
            return false;
        }
    }
    return pem->n_certs > 0;
}

static const struct xd_cert *find_leaf(const struct xd_pem *pem)
{
    for (size_t i = 0; i < pem->n_certs; i++) {
        if (pem->certs[i]->parsed && !pem->certs[i]->is_ca) {
            return pem->certs[i];
        }
    }
    return NULL;
}

/* The leaf of the bundle's own server or client file. */
static const struct xd_cert *find_own_leaf(const struct adoption *a,
                                           enum xd_entry_kind kind)
{
    for (size_t i = 0; i < a->node->n_entries; i++) {
        const struct xd_entry *e = a->node->entries[i];
        const struct xd_pem *pem = e->kind == kind ? xd_pem_of_entry(a->cs, e) : NULL;

        if (pem != NULL) {
            return find_leaf(pem);
        }
    }
    return NULL;
}

static bool issued_leaf(const struct adoption *a, const struct xd_pem *pem)
{
    static const enum xd_entry_kind kinds[] = {XD_ENTRY_SERVER_PEM, XD_ENTRY_CLIENT_PEM};

    for (size_t k = 0; k < 2; k++) {
        const struct xd_cert *leaf = find_own_leaf(a, kinds[k]);

        for (size_t i = 0; leaf != NULL && i < pem->n_certs; i++) {
            if (xd_slice_equal(pem->certs[i]->subject_der, leaf->issuer_der)) {
                return true;
            }
        }
    }
    return false;
}

/* By the name that the node goes by, or the subject of its other store. */
static bool is_nodes_leaf(const struct adoption *a, const struct xd_cert *leaf)
{
    static const enum xd_entry_kind kinds[] = {XD_ENTRY_SERVER_PEM, XD_ENTRY_CLIENT_PEM};
    const char *fqdn = a->node->fqdn;

    if (fqdn != NULL &&
        (xd_x509_san_matches(leaf, fqdn) || xd_x509_cn_matches(leaf, fqdn))) {
        return true;
    }
    for (size_t k = 0; k < 2; k++) {
        const struct xd_cert *own = find_own_leaf(a, kinds[k]);

        if (own != NULL && xd_slice_equal(own->subject_der, leaf->subject_der)) {
            return true;
        }
    }
    return false;
}

static void find_candidates(struct adoption *a)
{
    for (size_t i = 0; i < a->cs->n_entries; i++) {
        struct xd_entry *e = a->cs->entries[i];
        const struct xd_pem *pem = is_beside(a->node, e) ? xd_pem_of_entry(a->cs, e) : NULL;
        const struct xd_cert *leaf = pem != NULL ? find_leaf(pem) : NULL;

        if (leaf != NULL && is_nodes_leaf(a, leaf)) {
            a->leaf = e;
            a->n_leaf++;
        } else if (pem != NULL && is_all_cas(pem)) {
            a->cas = e;
            a->n_cas++;
            a->ca = issued_leaf(a, pem) ? e : a->ca;
            a->n_ca += issued_leaf(a, pem);
        }
    }
}

static void adopt(struct adoption *a, struct xd_entry *e, enum xd_entry_kind kind)
{
    e->kind = kind;
    if (e->detail == NULL) {
        e->detail = xd_arena_printf(a->cs->arena,
                                    "its name says nothing: taken for %s by what it holds",
                                    xd_entry_kind_name(kind));
    }
    *XD_PUSH(a->cs->arena, a->node, entries) = e;
}

void xd_nodes_adopt(struct xd_case *cs, struct xd_node *node)
{
    struct adoption a = {.cs = cs, .node = node};

    if (shares_folder(cs, node)) {
        return;
    }
    find_candidates(&a);
    bool server = has_kind(node, XD_ENTRY_SERVER_PEM);
    bool client = has_kind(node, XD_ENTRY_CLIENT_PEM);
    bool two = client || xd_version_at_least(&node->version, 15, 5);
    if (a.n_leaf == 1 && !server && (client || (node->version.major != 0 && !two))) {
        adopt(&a, a.leaf, XD_ENTRY_SERVER_PEM);
    } else if (a.n_leaf == 1 && server && !client && two) {
        adopt(&a, a.leaf, XD_ENTRY_CLIENT_PEM);
    }
    if (has_kind(node, XD_ENTRY_CA_PEM)) {
        return;
    }
    if (a.n_ca == 1 || a.n_cas == 1) {
        adopt(&a, a.n_ca == 1 ? a.ca : a.cas, XD_ENTRY_CA_PEM);
    }
}
