/*
 * view.c - which parts of the case a report speaks of.
 */
#include "report_priv.h"

#include "expdiag/alloc.h"

#ifndef EXPDIAG_VERSION
#error "EXPDIAG_VERSION comes from CMake's project()"
#endif

const char *xd_report_version(const struct xd_report_options *options)
{
    return options->version != NULL ? options->version : EXPDIAG_VERSION;
}

bool xd_report_judges(const struct xd_report_options *options)
{
    return options->command == XD_REPORT_ANALYZE || options->command == XD_REPORT_WHATIF;
}

const char *xd_report_label(const struct xd_entry *entry)
{
    if (entry == NULL) {
        return NULL;
    }
    return entry->label != NULL ? entry->label : entry->name;
}

static void mark(bool *used, size_t n_used, const struct xd_cert *cert)
{
    if (cert != NULL && cert->id < n_used) {
        used[cert->id] = true;
    }
}

static void mark_list(bool *used, size_t n_used, struct xd_cert *const *certs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mark(used, n_used, certs[i]);
    }
}

static void mark_flow(bool *used, size_t n_used, const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_presented; i++) {
        mark_list(used, n_used, f->presented[i].certs, f->presented[i].n_certs);
    }
    for (size_t i = 0; i < f->n_inferred; i++) {
        mark_list(used, n_used, f->inferred[i].chain, f->inferred[i].n_chain);
    }
}

bool *xd_report_used_certs(const struct xd_case *cs)
{
    size_t n = cs->n_certs;
    bool *used = xd_alloc_array(n == 0 ? 1 : n, sizeof(*used));

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *node = cs->nodes[i];
        mark_list(used, n, node->server.certs, node->server.n_certs);
        mark_list(used, n, node->client.certs, node->client.n_certs);
        mark_list(used, n, node->ca.certs, node->ca.n_certs);
        for (size_t k = 0; k < node->n_chains; k++) {
            mark(used, n, node->chains[k].cert);
        }
    }
    for (size_t i = 0; i < cs->n_pems; i++) {
        mark_list(used, n, cs->pems[i].certs, cs->pems[i].n_certs);
    }
    for (size_t i = 0; i < cs->n_tries; i++) {
        mark_list(used, n, cs->tries[i].certs, cs->tries[i].n_certs);
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        mark_flow(used, n, cs->flows[i]);
    }
    for (size_t i = 0; i < cs->n_findings; i++) {
        mark_list(used, n, cs->findings[i]->certs, cs->findings[i]->n_certs);
    }
    return used;
}

bool xd_report_has_dumps(const struct xd_node *n)
{
    for (size_t i = 0; n != NULL && i < n->n_entries; i++) {
        enum xd_entry_kind kind = n->entries[i]->kind;
        if (kind == XD_ENTRY_XCONF_TXT || kind == XD_ENTRY_XCONF_XML ||
            kind == XD_ENTRY_XSTAT_TXT || kind == XD_ENTRY_XSTAT_XML) {
            return true;
        }
    }
    return false;
}

bool xd_report_is_store(const struct xd_case *cs, const struct xd_entry *entry)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *node = cs->nodes[i];
        if (node->server.entry == entry || node->client.entry == entry ||
            node->ca.entry == entry) {
            return true;
        }
    }
    return false;
}

size_t xd_report_flow_position(const struct xd_case *cs, unsigned id)
{
    size_t low = 0;
    size_t high = cs->n_flows;

    /* Without a filter the id is the position. */
    if (id > 0 && id <= cs->n_flows && cs->flows[id - 1]->id == id) {
        return id - 1;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cs->flows[middle]->id == id) {
            return middle;
        }
        if (cs->flows[middle]->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return SIZE_MAX;
}

const struct xd_flow *xd_report_flow(const struct xd_case *cs, unsigned id)
{
    size_t at = xd_report_flow_position(cs, id);

    return at == SIZE_MAX ? NULL : cs->flows[at];
}

const struct xd_flow *xd_report_first_view(const struct xd_case *cs,
                                           const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        unsigned id = f->same_as[i];
        const struct xd_flow *g = id < f->id ? xd_report_flow(cs, id) : NULL;
        if (g != NULL && xd_flow_is_view_of(f, g)) {
            return g;
        }
    }
    return f->request_of > 0 && f->request_of < f->id ? xd_report_flow(cs, f->request_of)
                                                      : NULL;
}

bool *xd_report_case_flows(const struct xd_case *cs)
{
    size_t n = cs->n_flows;
    bool *of_case = xd_alloc_array(n == 0 ? 1 : n, sizeof(*of_case));

    for (size_t i = 0; i < n; i++) {
        of_case[i] = cs->flows[i]->related;
    }
    for (size_t i = 0; i < cs->n_findings; i++) {
        const struct xd_finding *f = cs->findings[i];
        for (size_t k = 0; f->severity != XD_INFO && k < f->n_flows; k++) {
            size_t at = xd_report_flow_position(cs, f->flows[k]);
            if (at < n) {
                of_case[at] = true;
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        of_case[i] = of_case[i] && xd_report_first_view(cs, cs->flows[i]) == NULL;
    }
    return of_case;
}

size_t xd_count_opened(const struct xd_case *cs)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_flows; i++) {
        n += cs->flows[i]->tls != NULL && cs->flows[i]->tls->keys_used;
    }
    return n;
}
