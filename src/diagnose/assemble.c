/*
 * assemble.c - from loaded entries to nodes, and conversations joined to them: the
 * order of things, no decisions.
 */
#include "assemble_priv.h"

static void note_time(struct xd_case *cs, xd_time t)
{
    if (t != XD_TIME_NONE && (cs->last_seen == XD_TIME_NONE || t > cs->last_seen)) {
        cs->last_seen = t;
    }
}

/* A place without an entry was never set: its time says nothing. */
static void note_place(struct xd_case *cs, const struct xd_place *place)
{
    if (place->entry != NULL) {
        note_time(cs, place->time);
    }
}

static void find_last_seen(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_flows; i++) {
        note_place(cs, &cs->flows[i]->last);
        if (cs->flows[i]->tcp.end_of_capture != NULL) {
            note_place(cs, cs->flows[i]->tcp.end_of_capture);
        }
    }
    for (size_t i = 0; i < cs->n_logs; i++) {
        if (cs->logs[i].lines > 0) {
            note_time(cs, cs->logs[i].last);
        }
    }
}

static void read_nodes(struct xd_case *cs, struct xd_roots *roots)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        struct xd_node *node = cs->nodes[i];

        xd_nodes_read_dumps(cs, node);
        xd_nodes_read_log(cs, node);
        xd_nodes_read_stores(cs, node);
        xd_nodes_judge_chains(cs, node, roots);
    }
}

void xd_diagnose_assemble(struct xd_case *cs, const struct xd_diagnose_options *options)
{
    xd_nodes_count_once(cs);
    xd_x509_judge_issuers(cs, options->roots);
    xd_nodes_group(cs);
    read_nodes(cs, options->roots);
    xd_nodes_name(cs);
    xd_nodes_learn_addresses(cs);
    xd_nodes_turn_events(cs);
    find_last_seen(cs);

    struct xd_directory *d = xd_directory_new(cs);
    xd_attribute_views(cs);
    xd_peers_find_addresses(d);
    xd_realms_tell(d);
    xd_attribute_nodes(d);
    xd_attribute_same(d);
    xd_peers_resolve(d);
    xd_attribute_behind_nat(d);
    xd_attribute_by_leaf(d);
    xd_nodes_tell_uc(cs);
    xd_nodes_tell_roles(cs);
    xd_attribute_services(d);
    xd_attribute_stores(cs);
    xd_directory_free(d);
}
