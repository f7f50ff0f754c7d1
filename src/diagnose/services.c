/*
 * services.c - what each conversation is for, by ports, zones and peers (the port
 * table of the vendor's IP Port Usage guide).
 */
#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

enum {
    PORT_TRAVERSAL = 7001,
    LAST_TRAVERSAL = 7099, /* one port a zone; more of them than any E has */
    PORT_TUNNEL = 2222,
    FIRST_SIP_SOURCE = 25000,
    FIRST_EPHEMERAL = 30000, /* the secure traversal test leaves from here, zones do not */
};

struct port_service {
    uint16_t port;
    enum xd_service service;
};

static const struct port_service port_services[] = {
    {22, XD_SERVICE_SSH_ADMIN},
    {5022, XD_SERVICE_SSH_ADMIN},
    {25, XD_SERVICE_SMTP},
    {465, XD_SERVICE_SMTP},
    {587, XD_SERVICE_SMTP},
    {389, XD_SERVICE_LDAP},
    {636, XD_SERVICE_LDAP},
    {3268, XD_SERVICE_LDAP},
    {3269, XD_SERVICE_LDAP},
    {443, XD_SERVICE_HTTPS},
    {4371, XD_SERVICE_CLUSTER},
    {4372, XD_SERVICE_CLUSTER},
    {5061, XD_SERVICE_SIP_TLS},
    {5062, XD_SERVICE_SIP_TLS},
    {5091, XD_SERVICE_SIP_TLS},
    {5222, XD_SERVICE_XMPP_CLIENT},
    {5269, XD_SERVICE_XMPP_FEDERATION},
    {6514, XD_SERVICE_SYSLOG},
    {6970, XD_SERVICE_TFTP},
    {6971, XD_SERVICE_TFTP},
    {6972, XD_SERVICE_TFTP},
    {7400, XD_SERVICE_XMPP_ROUTER},
    {8443, XD_SERVICE_UDS},
};

enum xd_service xd_service_of_port(uint16_t port)
{
    for (size_t i = 0; i < sizeof(port_services) / sizeof(port_services[0]); i++) {
        if (port_services[i].port == port) {
            return port_services[i].service;
        }
    }
    return XD_SERVICE_OTHER;
}

static bool is_type(const struct xd_zone *zone, const char *type)
{
    return zone->type != NULL &&
           xd_text_equal_nocase(xd_slice_of(zone->type), xd_slice_of(type));
}

bool xd_is_further_zone(uint16_t port, uint16_t from)
{
    return port > PORT_TRAVERSAL && port <= LAST_TRAVERSAL && from >= FIRST_SIP_SOURCE &&
           from < FIRST_EPHEMERAL;
}

bool xd_is_traversal_port(const struct xd_node *const node[2],
                          const struct xd_endpoint end[2])
{
    const struct xd_node *c = node[XD_CLIENT];
    const struct xd_node *e = node[XD_SERVER];
    uint16_t port = end[XD_SERVER].port;
    bool told = (c != NULL && c->xconf != NULL) || (e != NULL && e->xconf != NULL);

    return port == PORT_TRAVERSAL || (c != NULL && c->role != XD_ROLE_E && !told &&
                                      xd_is_further_zone(port, end[XD_CLIENT].port));
}

/* The endpoint as one of the zone's peers; a node behind it counts as its address. */
static bool is_peer(const struct xd_zone *zone, const struct xd_flow *f, enum xd_side side)
{
    const struct xd_addr *addr = &f->end[side].addr;
    const struct xd_node *node = f->node[side];

    for (size_t i = 0; i < zone->n_peers; i++) {
        const struct xd_zone_peer *peer = &zone->peers[i];

        if ((peer->addr.family != XD_ADDR_NONE && xd_addr_equal(&peer->addr, addr)) ||
            (peer->node != NULL && node != NULL && xd_node_same_host(peer->node, node))) {
            return true;
        }
    }
    return false;
}

/* A zone of the client that connects to this port, or of the server that listens on it. */
static const struct xd_zone *find_traversal_zone(const struct xd_flow *f)
{
    static const char *const types[] = {"TraversalClient", "TraversalServer"};
    uint16_t port = f->end[XD_SERVER].port;

    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        const struct xd_node *node = f->node[side];

        for (size_t i = 0; node != NULL && i < node->n_zones; i++) {
            const struct xd_zone *zone = &node->zones[i];

            if (zone->port == port && is_type(zone, types[side])) {
                return zone;
            }
        }
    }
    return NULL;
}

/* A neighbor zone between both ends, whichever of them has it and whoever called. */
static const struct xd_zone *find_neighbor_zone(const struct xd_flow *f)
{
    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        const struct xd_node *node = f->node[side];
        enum xd_side other = side == XD_CLIENT ? XD_SERVER : XD_CLIENT;

        for (size_t i = 0; node != NULL && i < node->n_zones; i++) {
            const struct xd_zone *zone = &node->zones[i];

            if (!is_type(zone, "TraversalServer") && is_peer(zone, f, other)) {
                return zone;
            }
        }
    }
    return NULL;
}

/* The other end's port where it listens for the zone's TLS. */
static bool is_zone_port(const struct xd_zone *zone, const struct xd_flow *f)
{
    bool tls = zone->transport == NULL ||
               xd_text_equal_nocase(xd_slice_of(zone->transport), xd_slice_of("TLS"));

    return tls && zone->port != 0 && zone->port == f->end[XD_SERVER].port;
}

static bool is_sip_port(const struct xd_flow *f)
{
    const struct xd_node *node = f->node[XD_SERVER];
    uint16_t port = f->end[XD_SERVER].port;

    return node != NULL && (port == node->sip_tls_port || port == node->sip_mtls_port);
}

/* No service of TLS where the bytes are SSH, nor the other way round. */
static bool speaks(const struct xd_flow *f, enum xd_service service)
{
    bool ssh = service == XD_SERVICE_SSH_ADMIN || service == XD_SERVICE_SSH_TUNNEL;

    return f->protocol == XD_PROTOCOL_TCP || ssh == (f->protocol == XD_PROTOCOL_SSH);
}

static enum xd_service service_by_place(const struct xd_flow *f)
{
    uint16_t port = f->end[XD_SERVER].port;
    const struct xd_zone *zone = find_traversal_zone(f);
    const struct xd_node *const node[2] = {f->node[0], f->node[1]};
    bool traversal = xd_is_traversal_port(node, f->end);

    if (zone != NULL || (traversal && f->protocol != XD_PROTOCOL_SSH)) {
        return f->end[XD_CLIENT].port >= FIRST_EPHEMERAL ? XD_SERVICE_TRAVERSAL_TEST
                                                         : XD_SERVICE_TRAVERSAL;
    }
    if (port == PORT_TUNNEL && f->protocol != XD_PROTOCOL_TLS) {
        return XD_SERVICE_SSH_TUNNEL;
    }
    if (is_sip_port(f)) {
        return XD_SERVICE_SIP_TLS;
    }
    zone = find_neighbor_zone(f);
    if (zone != NULL && is_zone_port(zone, f)) {
        return XD_SERVICE_SIP_TLS;
    }
    return xd_service_of_port(port);
}

static enum xd_service tell_service(const struct xd_flow *f)
{
    enum xd_service service = service_by_place(f);

    return speaks(f, service) ? service : XD_SERVICE_OTHER;
}

/* --- related --- */

/* By its own client, or by one who may be that (callers.c). */
static bool is_called(const struct xd_callers *callers, const struct xd_flow *f)
{
    struct xd_call call = {.server = f->node[XD_SERVER],
                           .client = f->node[XD_CLIENT],
                           .service = f->service,
                           .addr = f->end[XD_CLIENT].addr,
                           .port = f->end[XD_SERVER].port,
                           .time = f->first.time,
                           .flow = f};

    return xd_callers_judge(callers, &call) != XD_CALLER_STRANGER;
}

static bool is_cluster_peer(struct xd_directory *d, const struct xd_node *node,
                            const struct xd_endpoint *end)
{
    for (size_t i = 0; i < node->n_cluster_peers; i++) {
        struct xd_endpoint peer = {0};

        if ((xd_address_of(node->cluster_peers[i], &peer) ||
             xd_directory_resolve(d, node->cluster_peers[i], &peer.addr)) &&
            xd_addr_equal(&peer.addr, &end->addr)) {
            return true;
        }
    }
    return false;
}

/* Captures alone make no node, and without dumps a node may have no address. */
static bool knows_nobody(const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (cs->nodes[i]->n_addrs > 0) {
            return false;
        }
    }
    return true;
}

/*
 * Where no address is known to be a node's, what goes to the ports that Expressways
 * talk to each other on is what the case is about.
 */
static bool is_between_expressways(const struct xd_flow *f)
{
    return f->service == XD_SERVICE_TRAVERSAL || f->service == XD_SERVICE_TRAVERSAL_TEST ||
           f->service == XD_SERVICE_SSH_TUNNEL || f->service == XD_SERVICE_SIP_TLS;
}

static bool tell_related(struct xd_directory *d, const struct xd_callers *callers,
                         const struct xd_flow *f)
{
    const struct xd_node *server = f->node[XD_SERVER];

    if (f->node[XD_CLIENT] != NULL ||
        (is_between_expressways(f) && knows_nobody(xd_directory_case(d)))) {
        return true;
    }
    return server != NULL && (is_called(callers, f) || find_neighbor_zone(f) != NULL ||
                              is_cluster_peer(d, server, &f->end[XD_CLIENT]));
}

void xd_attribute_services(struct xd_directory *d)
{
    struct xd_case *cs = xd_directory_case(d);

    for (size_t i = 0; i < cs->n_flows; i++) {
        cs->flows[i]->service = tell_service(cs->flows[i]);
    }
    struct xd_callers *callers = xd_callers_new(cs);
    for (size_t i = 0; i < cs->n_flows; i++) {
        cs->flows[i]->related = tell_related(d, callers, cs->flows[i]);
    }
    xd_callers_free(callers);
    /* What another recording knows of the same conversation holds here too. */
    for (size_t i = 0; i < cs->n_flows; i++) {
        struct xd_flow *f = cs->flows[i];

        for (size_t k = 0; k < f->n_same_as; k++) {
            const struct xd_flow *other = cs->flows[f->same_as[k] - 1];

            f->related = f->related || other->related;
            if (f->service == XD_SERVICE_OTHER) {
                f->service = other->service;
            }
        }
    }
}
