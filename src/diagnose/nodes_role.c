/*
 * nodes_role.c - is a node an Expressway-C or an Expressway-E?
 *
 * No setting says so.  The evidence, strongest first: its Unified Communications
 * zone, its other traversal zones, what its captures and its log show it doing,
 * settings that only one of the two has.
 */
#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

enum { PORT_TRAVERSAL = 7001, PORT_TUNNEL = 2222 };

static void set_role(struct xd_node *node, enum xd_node_role role, const char *why)
{
    if (node->role == XD_ROLE_UNKNOWN) {
        node->role = role;
        node->role_why = why;
    }
}

static bool is_type(const struct xd_zone *zone, const char *type)
{
    return zone->type != NULL &&
           xd_text_equal_nocase(xd_slice_of(zone->type), xd_slice_of(type));
}

static void tell_by_zones(struct xd_case *cs, struct xd_node *node, bool uc)
{
    for (size_t i = 0; i < node->n_zones; i++) {
        const struct xd_zone *zone = &node->zones[i];
        const char *name = zone->name != NULL ? zone->name : "without a name";

        if ((zone->uc == XD_TRI_ON) != uc) {
            continue;
        }
        if (is_type(zone, "TraversalServer")) {
            set_role(
                node, XD_ROLE_E,
                xd_arena_printf(cs->arena, "its zone \"%s\" is a traversal server", name));
        } else if (is_type(zone, "TraversalClient")) {
            set_role(
                node, XD_ROLE_C,
                xd_arena_printf(cs->arena, "its zone \"%s\" is a traversal client", name));
        }
    }
}

static bool is_between_port(uint16_t port)
{
    return port == PORT_TRAVERSAL || port == PORT_TUNNEL;
}

/* C connects to E on the traversal port and on 2222, never the other way round. */
static void tell_by_captures(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        uint16_t port = f->end[XD_SERVER].port;

        bool further = xd_is_further_zone(port, f->end[XD_CLIENT].port);

        if (!is_between_port(port) && !further) {
            continue;
        }
        if (f->node[XD_SERVER] != NULL && f->tcp.syn_ack && !further) {
            set_role(cs->nodes[f->node[XD_SERVER]->index], XD_ROLE_E,
                     xd_arena_printf(cs->arena, "it answers on port %u", port));
        }
        if (f->node[XD_CLIENT] != NULL) {
            set_role(cs->nodes[f->node[XD_CLIENT]->index], XD_ROLE_C,
                     xd_arena_printf(cs->arena, "it connects to port %u", port));
        }
    }
}

static void tell_by_log(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_events; i++) {
        const struct xd_log_event *ev = cs->events[i];
        bool to = ev->role == XD_LOG_ROLE_CLIENT &&
                  (is_between_port(ev->remote.port) ||
                   xd_is_further_zone(ev->remote.port, ev->local.port));
        bool at = is_between_port(ev->local.port) && ev->role == XD_LOG_ROLE_SERVER;
        bool ssh = ev->kind == XD_LOG_SSH && ev->detail != NULL &&
                   strstr(ev->detail, "connect to host") != NULL;

        if (!to && !at && !ssh) {
            continue;
        }
        struct xd_node *node = xd_node_of_entry(cs, ev->place.entry);
        if (node != NULL) {
            set_role(node, at ? XD_ROLE_E : XD_ROLE_C,
                     at ? "its log shows it answering C"
                        : "its log shows it connecting to E");
        }
    }
}

static bool has_setting(const struct xd_dump *dump, const char *pattern, const char *value)
{
    const struct xd_setting *s = dump != NULL ? xd_dump_find(dump, pattern) : NULL;

    return s != NULL && s->value != NULL &&
           (value == NULL ||
            xd_text_equal_nocase(xd_slice_of(s->value), xd_slice_of(value)));
}

static void tell_by_settings(struct xd_node *node)
{
    if (node->server_eku_upload != XD_TRI_UNKNOWN) {
        set_role(node, XD_ROLE_E, "it has EnableServerEkuUpload, which only an E has");
    }
    if (has_setting(node->xstat, "SystemUnit Software Configuration Expressway", "True") ||
        has_setting(node->xstat, "SystemUnit Expressway", "True")) {
        set_role(node, XD_ROLE_E, "its status says Expressway: True");
    }
    if (has_setting(node->xconf, "XCP Federation Enabled", "On") ||
        has_setting(node->xconf, "Traversal Server Turn Mode", "On")) {
        set_role(node, XD_ROLE_E, "it serves TURN or XMPP federation");
    }
    if (has_setting(node->xconf, "EdgeConfigServer VerifyOriginServer", NULL) &&
        node->mra == XD_TRI_ON && node->n_tunnels > 0) {
        set_role(node, XD_ROLE_C, "it fetches from the servers behind it");
    }
}

void xd_nodes_tell_roles(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        tell_by_zones(cs, cs->nodes[i], true);
        tell_by_zones(cs, cs->nodes[i], false);
    }
    tell_by_captures(cs);
    tell_by_log(cs);
    for (size_t i = 0; i < cs->n_nodes; i++) {
        tell_by_settings(cs->nodes[i]);
        if (cs->nodes[i]->role == XD_ROLE_UNKNOWN) {
            cs->nodes[i]->role_why = "neither zones nor captures nor its log tell";
        }
    }
}
