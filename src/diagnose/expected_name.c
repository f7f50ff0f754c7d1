/*
 * expected_name.c - the name that a verifier looks for in the certificate of the other
 * side: of a zone, of a cluster's peer, of an XCP router, of the host asked for.
 */
#include "judge_priv.h"

#include <stdio.h>
#include <string.h>

#include "expdiag/text.h"

static bool is_literal(const char *name)
{
    struct xd_addr addr;
    return xd_addr_parse(name, strlen(name), &addr);
}

/* A cluster that enforces at that moment looks for the peer's name as it is configured. */
static const char *cluster_name(const struct xd_judge *j, const struct xd_conv *v,
                                enum xd_side presenter)
{
    enum xd_side other = presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    const struct xd_node *n = v->node[other];
    const struct xd_node *peer = v->node[presenter];
    if (!n || !peer ||
        xd_node_enforcing_at(n, xd_conv_time_at(j, v, other), NULL) != XD_TRI_ON) {
        return NULL;
    }
    for (size_t i = 0; i < n->n_cluster_peers; i++) {
        const char *name = n->cluster_peers[i];
        if (!name) {
            continue;
        }
        struct xd_slice have = xd_slice_of(name);
        bool its_own =
            (peer->fqdn && xd_text_equal_nocase(have, xd_slice_of(peer->fqdn))) ||
            (peer->host && xd_text_equal_nocase(have, xd_slice_of(peer->host)));
        if (its_own && !is_literal(name)) {
            return name;
        }
    }
    return NULL;
}

/* With VerifyHostname on, C looks for the name by which its zone knows E. */
static const char *router_name(const struct xd_conv *v, enum xd_side presenter)
{
    const struct xd_node *c = v->node[XD_CLIENT];
    if (presenter != XD_SERVER || !c || c->verify_hostname != XD_TRI_ON ||
        c->cvs == XD_TRI_OFF) {
        return NULL;
    }
    for (size_t i = 0; i < c->n_zones; i++) {
        for (size_t k = 0; c->zones[i].uc == XD_TRI_ON && k < c->zones[i].n_peers; k++) {
            const struct xd_zone_peer *p = &c->zones[i].peers[k];
            bool same = xd_addr_equal(&p->addr, &v->end[XD_SERVER].addr) ||
                        (p->node && p->node == v->node[XD_SERVER]);
            if (same && p->address && !is_literal(p->address)) {
                return p->address;
            }
        }
    }
    return NULL;
}

static bool is_subject_name_of(const struct xd_setting_change *c, const struct xd_zone *z)
{
    char zone[32];
    (void)snprintf(zone, sizeof zone, "Zone %u ", z->index);
    return c->setting && xd_text_contains_nocase(xd_slice_of(c->setting), zone) &&
           xd_text_contains_nocase(xd_slice_of(c->setting), "Verify Subject Name");
}

const struct xd_setting_change *xd_conv_change_of_name(const struct xd_conv *v,
                                                       enum xd_side presenter)
{
    enum xd_side verifier = presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    const struct xd_node *n = v->node[verifier];
    const struct xd_zone *z = v->zone[verifier];
    const struct xd_setting_change *last = NULL;
    for (size_t i = 0; n && z && v->time != XD_TIME_NONE && i < n->n_changes; i++) {
        const struct xd_setting_change *c = &n->changes[i];
        last = c->time <= v->time && is_subject_name_of(c, z) ? c : last;
    }
    return last;
}

/* With TLS verify on, the zone names its peer: by subject name, or by address. */
static const char *zone_name(const struct xd_conv *v, enum xd_side presenter)
{
    const struct xd_zone *z = v->zone[presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT];
    if (!z || z->tls_verify == XD_TRI_OFF) {
        return NULL;
    }
    if (presenter == XD_CLIENT) {
        const struct xd_setting_change *c = xd_conv_change_of_name(v, presenter);
        const char *name = c ? c->to : z->subject_name;
        return name && *name ? name : NULL;
    }
    for (size_t i = 0; i < z->n_peers; i++) {
        if (xd_addr_equal(&z->peers[i].addr, &v->end[XD_SERVER].addr) ||
            (v->node[XD_SERVER] && z->peers[i].node == v->node[XD_SERVER])) {
            return z->peers[i].configured ? z->peers[i].address : NULL;
        }
    }
    return NULL;
}

bool xd_conv_verifies_origin(const struct xd_conv *v, enum xd_side presenter)
{
    const struct xd_node *n = v->node[XD_CLIENT];
    bool https = v->service == XD_SERVICE_UDS || v->service == XD_SERVICE_TFTP;
    return https && presenter == XD_SERVER && n &&
           xd_conv_requirement(v, presenter, v->time).checked;
}

/* The host for which the traffic server asked, as its hello or its log line has it. */
static const char *origin_name(const struct xd_conv *v)
{
    if (v->flow && v->flow->tls && v->flow->tls->sni) {
        return v->flow->tls->sni;
    }
    for (size_t i = 0; i < v->n_events; i++) {
        if (v->events[i]->kind == XD_LOG_TRAFFIC_SERVER && v->events[i]->name) {
            return v->events[i]->name;
        }
    }
    return NULL;
}

const char *xd_conv_asked_name(const struct xd_conv *v, enum xd_side presenter)
{
    return xd_conv_verifies_origin(v, presenter) ? origin_name(v) : zone_name(v, presenter);
}

const char *xd_conv_expected_name(const struct xd_judge *j, const struct xd_conv *v,
                                  enum xd_side presenter)
{
    for (size_t i = 0; i < v->n_events; i++) {
        if (v->events[i]->kind == XD_LOG_TLS_ERROR && v->events[i]->name) {
            return v->events[i]->name;
        }
    }
    if (v->service == XD_SERVICE_CLUSTER) {
        return cluster_name(j, v, presenter);
    }
    if (v->service == XD_SERVICE_XMPP_ROUTER) {
        return router_name(v, presenter);
    }
    return xd_conv_asked_name(v, presenter);
}
