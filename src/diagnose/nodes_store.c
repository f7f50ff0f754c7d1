/*
 * nodes_store.c - the stores of one node, and how its own certificates chain.
 */
#include <string.h>

#include "assemble_priv.h"

const struct xd_pem *xd_pem_of_entry(const struct xd_case *cs, const struct xd_entry *entry)
{
    for (size_t i = 0; i < cs->n_pems; i++) {
        if (cs->pems[i].entry == entry) {
            return &cs->pems[i];
        }
    }
    return NULL;
}

/* The bundle's file of a kind; one that was read whole before a damaged one. */
static const struct xd_entry *find_entry(const struct xd_node *node,
                                         enum xd_entry_kind kind)
{
    const struct xd_entry *found = NULL;

    for (size_t i = 0; i < node->n_entries; i++) {
        const struct xd_entry *e = node->entries[i];

        if (e->kind == kind && (found == NULL || (found->status != XD_ENTRY_READ &&
                                                  e->status == XD_ENTRY_READ))) {
            found = e;
        }
    }
    return found;
}

/* A store's leaf goes first, should its file begin with a CA. */
static void put_leaf_first(struct xd_store *store)
{
    size_t leaf = 0;

    while (leaf < store->n_certs && store->certs[leaf]->is_ca) {
        leaf++;
    }
    if (leaf == 0 || leaf == store->n_certs) {
        return;
    }
    struct xd_cert *cert = store->certs[leaf];
    uint64_t line = leaf < store->n_lines ? store->lines[leaf] : 0;
    memmove(&store->certs[1], &store->certs[0], leaf * sizeof(struct xd_cert *));
    store->certs[0] = cert;
    if (leaf < store->n_lines) {
        memmove(&store->lines[1], &store->lines[0], leaf * sizeof(store->lines[0]));
        store->lines[0] = line;
    }
}

static void read_store(struct xd_case *cs, const struct xd_node *node,
                       enum xd_entry_kind kind, struct xd_store *store)
{
    store->entry = find_entry(node, kind);
    if (store->entry == NULL) {
        return;
    }
    store->whole = store->entry->status == XD_ENTRY_READ;
    const struct xd_pem *pem = xd_pem_of_entry(cs, store->entry);
    if (pem == NULL) {
        return;
    }
    for (size_t i = 0; i < pem->n_certs; i++) {
        *XD_PUSH(cs->arena, store, certs) = pem->certs[i];
    }
    for (size_t i = 0; i < pem->n_lines; i++) {
        *XD_PUSH(cs->arena, store, lines) = pem->lines[i];
    }
}

void xd_nodes_read_stores(struct xd_case *cs, struct xd_node *node)
{
    xd_nodes_adopt(cs, node);
    read_store(cs, node, XD_ENTRY_SERVER_PEM, &node->server);
    read_store(cs, node, XD_ENTRY_CLIENT_PEM, &node->client);
    read_store(cs, node, XD_ENTRY_CA_PEM, &node->ca);
    put_leaf_first(&node->server);
    put_leaf_first(&node->client);
    if (node->server.n_certs > 0 && node->client.n_certs > 0) {
        bool same = node->server.certs[0] == node->client.certs[0];

        node->stores_identical = same ? XD_TRI_ON : XD_TRI_OFF;
    }
}

/* A self-signed certificate of this name: in the case, or among the public roots. */
static bool is_root_name(const struct xd_case *cs, struct xd_roots *roots,
                         struct xd_slice name)
{
    for (size_t i = 0; i < cs->n_certs; i++) {
        const struct xd_cert *c = cs->certs[i];

        if (c->self_signed && xd_slice_equal(c->subject_der, name)) {
            return true;
        }
    }
    return roots != NULL && xd_roots_find(roots, name, NULL) != NULL;
}

/* A CA of the issuer's name is there, and this program cannot verify such a signature. */
static bool is_unverifiable(const struct xd_node *node, const struct xd_cert *c)
{
    for (size_t i = 0; !xd_x509_knows_signature(c) && i < node->ca.n_certs; i++) {
        if (xd_slice_equal(node->ca.certs[i]->subject_der, c->issuer_der)) {
            return true;
        }
    }
    return false;
}

static void judge_chain(struct xd_case *cs, struct xd_node *node,
                        const struct xd_store *store, struct xd_roots *roots)
{
    struct xd_verify_request request = {.chain = store->certs,
                                        .n_chain = store->n_certs,
                                        .trust = node->ca.certs,
                                        .n_trust = node->ca.n_certs,
                                        .purpose = XD_PURPOSE_NONE,
                                        .time = XD_TIME_NONE};
    struct xd_verify_result result;

    xd_x509_verify(cs, &request, &result);
    enum xd_fault fault = xd_x509_fault(&request, &result);
    if (!result.ok && !node->ca.whole) {
        return; /* what is missing may stand in the part that was lost */
    }
    const struct xd_cert *end =
        result.n_built > 0 ? result.built[result.n_built - 1] : store->certs[0];
    if (!result.ok && is_unverifiable(node, end)) {
        return; /* whether it is complete cannot be told */
    }
    struct xd_chain *chain = XD_PUSH(cs->arena, node, chains);
    chain->cert = store->certs[0];
    if (fault != XD_FAULT_TRUST) {
        chain->status = XD_CHAIN_COMPLETE;
        return;
    }
    chain->status = end->self_signed || is_root_name(cs, roots, end->issuer_der)
                        ? XD_CHAIN_UNTRUSTED
                        : XD_CHAIN_INCOMPLETE;
    chain->missing = end->issuer;
}

void xd_nodes_judge_chains(struct xd_case *cs, struct xd_node *node, struct xd_roots *roots)
{
    const struct xd_store *stores[] = {&node->server, &node->client};

    for (size_t i = 0; i < 2 && node->ca.entry != NULL; i++) {
        if (stores[i]->n_certs == 0 || !stores[i]->certs[0]->parsed ||
            (i == 1 && node->stores_identical == XD_TRI_ON)) {
            continue;
        }
        judge_chain(cs, node, stores[i], roots);
    }
}
