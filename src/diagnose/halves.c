/*
 * halves.c - far ends that no settings name.  The Expressway-E at the other end of a C
 * whose settings are not in the evidence: told by the port that C calls, named as C's log
 * names it.  The Expressway-C that calls an E from an address that no settings list: told
 * by the name in its certificate.  And UC servers, as the traffic server's lines name them.
 *
 * Traversal server zones listen on 7001 and up, one port a zone, and a C calls them from
 * its SIP ports 25000-29999 (Cisco's IP Port Usage guide).  Which of its zones it
 * is, a port does not say: what carries SSH tunnels beside it is the Unified
 * Communications zone.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum { MAX_HALVES = 64, MAX_SERVED = 64 }; /* a case has a few */

static struct xd_half *find_half(const struct xd_judge *j, const struct xd_addr *addr)
{
    for (size_t i = 0; i < j->n_halves; i++) {
        if (xd_addr_equal(&j->halves[i].addr, addr)) {
            return &j->halves[i];
        }
    }
    return NULL;
}

/* The name that the line asks the certificate for is the zone's own peer address. */
static const char *name_asked_for(const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_events; i++) {
        const struct xd_log_event *e = v->events[i];
        if (e->kind == XD_LOG_TLS_ERROR && e->role == XD_LOG_ROLE_CLIENT && e->name) {
            return e->name;
        }
    }
    return NULL;
}

static void learn_half(struct xd_judge *j, const struct xd_conv *v)
{
    const struct xd_node *c = v->node[XD_CLIENT];
    if (v->service != XD_SERVICE_TRAVERSAL || !c || c->role != XD_ROLE_C || c->xconf ||
        v->node[XD_SERVER]) {
        return;
    }
    struct xd_half *half = find_half(j, &v->end[XD_SERVER].addr);
    if (!half && j->n_halves < MAX_HALVES) {
        half = XD_PUSH(j->cs->arena, j, halves);
        half->addr = v->end[XD_SERVER].addr;
        half->c = c;
        half->role = XD_ROLE_E;
    }
    if (half && !half->name) {
        half->name = name_asked_for(v);
    }
}

/* A line of C's about a tunnel names E as the zone does. */
static bool is_named(const char *text, const char *name)
{
    return text && xd_text_contains_nocase(xd_slice_of(text), name);
}

static void learn_tunnels(struct xd_judge *j, const struct xd_log_event *e)
{
    const struct xd_node *writer =
        e->kind == XD_LOG_SSH ? xd_judge_node_of(j, e->place.entry) : NULL;
    for (size_t i = 0; writer && i < j->n_halves; i++) {
        struct xd_half *half = &j->halves[i];
        bool same = half->c == writer && half->name &&
                    (is_named(e->detail, half->name) || is_named(e->name, half->name));
        half->tunnels = half->tunnels || same;
    }
}

static const char *name_served(const struct xd_judge *j, const struct xd_addr *addr)
{
    for (size_t i = 0; i < j->n_served; i++) {
        if (xd_addr_equal(&j->served[i].addr, addr)) {
            return j->served[i].name;
        }
    }
    return NULL;
}

/* "server=cucm.example.com(192.0.2.7)": the host that was asked for, and where it is. */
static void learn_served(struct xd_judge *j, const struct xd_log_event *e)
{
    struct xd_addr literal;
    bool told = e->kind == XD_LOG_TRAFFIC_SERVER && e->name && *e->name && e->detail &&
                strstr(e->detail, "server=") && e->remote.addr.family != XD_ADDR_NONE &&
                !xd_addr_parse(e->name, strlen(e->name), &literal);
    if (told && j->n_served < MAX_SERVED && !name_served(j, &e->remote.addr)) {
        struct xd_served *row = XD_PUSH(j->cs->arena, j, served);
        row->addr = e->remote.addr;
        row->name = e->name;
    }
}

void xd_judge_learn_halves(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_events; i++) {
        learn_served(j, j->cs->events[i]);
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        learn_half(j, j->convs[i]);
    }
    for (size_t i = 0; j->n_halves > 0 && i < j->cs->n_events; i++) {
        learn_tunnels(j, j->cs->events[i]);
    }
}

bool xd_judge_outside(const struct xd_judge *j, const struct xd_addr *addr,
                      struct xd_outside *out)
{
    const struct xd_half *half = find_half(j, addr);
    bool found = xd_case_outside(j->cs, addr, out);
    if (half && out->role == XD_ROLE_UNKNOWN) {
        out->role = half->role;
    }
    if (half && !out->name) {
        out->name = half->name;
    }
    if (!out->name) {
        out->name = name_served(j, addr);
    }
    return found || half || out->name;
}

/* The name that E's zone verifies, or by which a tunnel calls C, if the leaf has it. */
static const char *name_of_client(const struct xd_conv *v, const struct xd_cert *leaf)
{
    const struct xd_node *e = v->node[XD_SERVER];
    const char *subject = v->zone[XD_SERVER]->subject_name;
    if (subject && *subject && xd_x509_san_matches(leaf, subject)) {
        return subject;
    }
    for (size_t i = 0; i < e->n_tunnels; i++) {
        if (e->tunnels[i].target && xd_x509_san_matches(leaf, e->tunnels[i].target)) {
            return e->tunnels[i].target;
        }
    }
    return NULL;
}

/*
 * Who calls E's zone with a certificate of a CA that E trusts, and that has the name which
 * the zone or a tunnel of E gives its client, is that one, from whatever address.  The
 * client of a UC zone is an Expressway-C.
 */
static void learn_client(struct xd_judge *j, const struct xd_conv *v)
{
    const struct xd_node *e = v->node[XD_SERVER];
    const struct xd_addr *addr = &v->end[XD_CLIENT].addr;
    bool calls = v->service == XD_SERVICE_TRAVERSAL && e && v->zone[XD_SERVER] &&
                 !v->node[XD_CLIENT] && v->related && !v->assumed;
    if (!calls || find_half(j, addr) || j->n_halves >= MAX_HALVES) {
        return;
    }
    struct xd_replay r;
    xd_conv_replay(j, v, XD_CLIENT, &r);
    bool trusted = r.basis == XD_BASE_SEEN && r.trust_tested && !(r.faults & XD_SAYS_TRUST);
    const char *name = trusted && r.chain[0]->parsed ? name_of_client(v, r.chain[0]) : NULL;
    bool uc = v->zone[XD_SERVER]->uc == XD_TRI_ON;
    if (name) {
        *XD_PUSH(j->cs->arena, j, halves) = (struct xd_half){
            .addr = *addr, .role = uc ? XD_ROLE_C : XD_ROLE_UNKNOWN, .name = name};
    }
}

void xd_judge_learn_clients(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        learn_client(j, j->convs[i]);
    }
}

enum xd_tri xd_conv_is_uc(const struct xd_judge *j, const struct xd_conv *v)
{
    const struct xd_half *half = find_half(j, &v->end[XD_SERVER].addr);
    bool told = false;
    for (int s = 0; s < 2; s++) {
        if (v->zone[s] && v->zone[s]->uc == XD_TRI_ON) {
            return XD_TRI_ON;
        }
        told = told || (v->zone[s] && v->zone[s]->uc == XD_TRI_OFF);
    }
    if (told) {
        return XD_TRI_OFF;
    }
    return xd_conv_beside_tunnel(j, v) || (half && half->tunnels) ? XD_TRI_ON
                                                                  : XD_TRI_UNKNOWN;
}

/* What the port alone says, and what is inferred. */
static const char *tell_zone(struct xd_judge *j, const struct xd_conv *v)
{
    const char *port = xd_arena_printf(
        j->cs->arena,
        "Port %u is where a traversal zone listens by default; the zone's settings "
        "(xconf_dump_*) are not in the evidence.",
        v->end[XD_SERVER].port);
    return xd_conv_is_uc(j, v) == XD_TRI_ON
               ? xd_arena_printf(j->cs->arena,
                                 "%s That it is the Unified Communications zone is "
                                 "inferred from the SSH tunnels between the same two.",
                                 port)
               : xd_arena_printf(j->cs->arena,
                                 "%s It may be the Unified Communications zone, which MRA "
                                 "needs, or one that carries calls alone.",
                                 port);
}

void xd_judge_tell_halves(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        struct xd_draft *d = j->drafts[i];
        const struct xd_conv *v = d->untold_zone;
        if (v && d->f.summary && !v->zone[XD_CLIENT] && !v->zone[XD_SERVER]) {
            xd_draft_say(j, d, tell_zone(j, v));
            bool open = xd_conv_is_uc(j, v) == XD_TRI_UNKNOWN && d->n_zones == 0;
            d->f.depends = open && d->n_tunnels == 0 ? "the kind of zone" : NULL;
        }
    }
}
