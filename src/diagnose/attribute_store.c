/*
 * attribute_store.c - from which store each presented certificate came, and from
 * which it should have come.
 */
#include "assemble_priv.h"

/* The version's stores, and what is known of them. */
struct store_facts {
    bool two;       /* server and client store; else the server store alone */
    bool decided;   /* the version, or a client PEM, says which of both */
    bool all_whole; /* every store that the version has was read to its end */
};

static struct store_facts get_facts(const struct xd_node *node)
{
    struct store_facts facts = {.two = xd_node_has_two_stores(node)};
    bool server = node->server.entry != NULL && node->server.whole;
    bool client = node->client.entry != NULL && node->client.whole;

    facts.decided = node->version.major != 0 || node->client.entry != NULL;
    facts.all_whole = facts.decided && server && (client || !facts.two);
    return facts;
}

static bool holds(const struct xd_store *store, const struct xd_cert *leaf)
{
    for (size_t i = 0; i < store->n_certs; i++) {
        if (store->certs[i] == leaf) {
            return true;
        }
    }
    return false;
}

/*
 * An Expressway-E with several domains keeps a certificate for each and chooses by
 * SNI; those are in no file of a bundle.
 */
static bool is_domain_certificate(const struct xd_flow *f, const struct xd_presented *p,
                                  const struct xd_node *node)
{
    const char *sni = f->tls != NULL ? f->tls->sni : NULL;
    const struct xd_cert *own = node->server.n_certs > 0 ? node->server.certs[0] : NULL;

    return p->by == XD_SERVER && sni != NULL && own != NULL &&
           xd_x509_san_matches(p->certs[0], sni) && !xd_x509_san_matches(own, sni);
}

static enum xd_conclusion conclude_found(const struct store_facts *facts,
                                         const struct xd_presented *p)
{
    if (!facts->all_whole || p->expected_store == XD_STORE_NULL) {
        return XD_CONCLUSION_UNKNOWN; /* the store that was not read may hold it too */
    }
    if (p->store == XD_STORE_BOTH) {
        return XD_CONCLUSION_STORES_IDENTICAL;
    }
    return p->store == p->expected_store ? XD_CONCLUSION_AS_EXPECTED
                                         : XD_CONCLUSION_OTHER_STORE;
}

static void judge_leaf(const struct xd_flow *f, struct xd_presented *p,
                       const struct xd_node *node, const struct store_facts *facts)
{
    bool server = holds(&node->server, p->certs[0]);
    bool client = facts->two && holds(&node->client, p->certs[0]);

    if (server || client) {
        p->store = server && client ? XD_STORE_BOTH
                   : server         ? XD_STORE_SERVER
                                    : XD_STORE_CLIENT;
        p->store_node = node;
        p->conclusion = conclude_found(facts, p);
        return;
    }
    if (!facts->all_whole) {
        p->store = XD_STORE_UNKNOWN;
        p->conclusion = XD_CONCLUSION_UNKNOWN;
        return;
    }
    p->store = XD_STORE_NONE;
    p->conclusion = is_domain_certificate(f, p, node) ? XD_CONCLUSION_DOMAIN_CERTIFICATE
                                                      : XD_CONCLUSION_NOT_IN_BUNDLE;
}

static void judge_presented(const struct xd_flow *f, struct xd_presented *p)
{
    const struct xd_node *node = p->by == XD_SIDE_UNKNOWN ? NULL : f->node[p->by];

    p->store = XD_STORE_NULL;
    p->expected_store = XD_STORE_NULL;
    p->store_node = NULL;
    p->conclusion = p->n_certs == 0 ? XD_CONCLUSION_EMPTY : XD_CONCLUSION_NULL;
    if (node == NULL) {
        return;
    }
    struct store_facts facts = get_facts(node);
    if (facts.decided) {
        p->expected_store =
            facts.two && p->by == XD_CLIENT ? XD_STORE_CLIENT : XD_STORE_SERVER;
    }
    if (p->n_certs > 0) {
        judge_leaf(f, p, node, &facts);
    }
}

void xd_attribute_stores(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_flows; i++) {
        for (size_t k = 0; k < cs->flows[i]->n_presented; k++) {
            judge_presented(cs->flows[i], &cs->flows[i]->presented[k]);
        }
    }
}
