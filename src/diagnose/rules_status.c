/*
 * rules_status.c - zones and tunnels that the dumps call down: what stores and
 * settings say about it, and what stays unexplained.
 */
#include "judge_priv.h"

#include <string.h>

static bool zone_explained(const struct xd_judge *j, const struct xd_zone *z)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        for (size_t k = 0; k < j->drafts[i]->n_zones; k++) {
            if (j->drafts[i]->zones[k] == z) {
                return true;
            }
        }
    }
    return false;
}

bool xd_tunnel_explained(const struct xd_judge *j, const struct xd_tunnel *t)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        for (size_t k = 0; k < j->drafts[i]->n_tunnels; k++) {
            if (j->drafts[i]->tunnels[k] == t) {
                return true;
            }
        }
    }
    return false;
}

/* Down, or not known to be up, and no finding speaks of it yet: a zone of several peers may
 * have a cause with one of them, and the other end of this pair none so far. */
static bool needs_words(const struct xd_judge *j, const struct xd_pair *p)
{
    const struct xd_zone *zones[2] = {p->c_zone, p->e_zone};
    bool down = false;
    bool known = false;
    for (int i = 0; i < 2; i++) {
        if (!zones[i]) {
            continue;
        }
        bool explained = zone_explained(j, zones[i]);
        down = down || (xd_zone_is_down(zones[i]) && !explained);
        known = known || zones[i]->status || explained;
    }
    return down || !known;
}

/* A later handshake that worked outranks what stores and settings would lead to. */
bool xd_pair_came_up(const struct xd_judge *j, const struct xd_pair *p)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (v->service == XD_SERVICE_TRAVERSAL && v->outcome == XD_OUTCOME_ESTABLISHED &&
            v->node[XD_CLIENT] == p->c && v->node[XD_SERVER] == p->e) {
            return true;
        }
    }
    return false;
}

/* Without its settings only the tunnels beside it say what a zone is for. */
static void tell_inferred(struct xd_judge *j, struct xd_draft *d, const struct xd_pair *p)
{
    const struct xd_zone *z = p->c_zone && p->c_zone->uc_inferred ? p->c_zone : p->e_zone;
    const struct xd_node *n = z == p->c_zone ? p->c : p->e;
    if (z && z->uc_inferred) {
        xd_draft_say(j, d,
                     xd_arena_printf(j->cs->arena,
                                     "That zone \"%s\" of %s is the Unified "
                                     "Communications zone is inferred from the SSH tunnels "
                                     "between the two; its settings (xconf_dump_*) are not "
                                     "in the evidence.",
                                     z->name ? z->name : "?", xd_words_node(j, n)));
    }
}

/* One of the certificates of a pair that its stores and settings must fail for. */
static void raise_outlook(struct xd_judge *j, const struct xd_pair *p,
                          const struct xd_outlook *o)
{
    bool client = o->presenter == XD_CLIENT;
    struct xd_replay *none = xd_arena_alloc(j->cs->arena, sizeof *none);
    struct xd_cause c = {.presenter = o->presenter,
                         .fault = o->fault,
                         .presenter_node = client ? p->c : p->e,
                         .verifier_node = client ? p->e : p->c,
                         .replay = o->replay ? o->replay : none,
                         .expected = o->expected,
                         .zone = client ? p->e_zone : p->c_zone};
    const struct xd_store *s = xd_node_store_for(c.presenter_node, o->presenter);
    if (!o->replay && s) {
        none->basis = XD_BASE_STORE;
        none->n_chain = xd_node_own_chain(j, c.presenter_node, s, &none->chain);
        none->chain_place = (struct xd_place){
            .entry = s->entry, .line = s->n_lines ? s->lines[0] : 0, .time = XD_TIME_NONE};
    }
    c.id = xd_cause_of_fault(o->fault, o->presenter, c.replay);
    c.parties[0] = (struct xd_party){.node = c.presenter_node, .set = true};
    c.parties[1] = (struct xd_party){.node = c.verifier_node, .set = true};
    struct xd_draft *d = xd_cause_raise(j, &c, XD_POSSIBLE);
    xd_cause_mask_name(j, d, s ? s->certs[0] : NULL, xd_pair_name(p, o->presenter));
    struct xd_zone *zones[2] = {p->c_zone, p->e_zone};
    for (int i = 0; i < 2; i++) {
        if (zones[i]) {
            xd_draft_zone(j, d, zones[i]);
            xd_evidence_zone(j, d, zones[i]);
        }
    }
    tell_inferred(j, d, p);
    xd_draft_effect(j, d, "UC zone");
    xd_draft_effect(j, d, "MRA login and registration");
}

static void judge_pair(struct xd_judge *j, const struct xd_pair *p)
{
    struct xd_change as_is = {.at = XD_TIME_NONE};
    struct xd_outlook both;
    if (!needs_words(j, p) || xd_pair_came_up(j, p)) {
        return;
    }
    xd_predict_zone(j, p, &as_is, &both);
    for (const struct xd_outlook *o = &both; o; o = o->then) {
        bool untold =
            o->fault == XD_SAYS_TRUST && o->replay && !xd_replay_tells_ca(j, o->replay);
        if (o->fault && !untold) {
            raise_outlook(j, p, o);
        }
    }
}

static const struct xd_pair *pair_of(const struct xd_judge *j, const struct xd_conv *v)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        if (j->pairs[i].c == v->node[XD_CLIENT] && j->pairs[i].e == v->node[XD_SERVER]) {
            return &j->pairs[i];
        }
    }
    return NULL;
}

/*
 * What was seen between the ends of a pair explains its zones on both sides, where
 * they are not up: a zone of E is shared by all C peers, that of another C is not.
 */
static void share_causes(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        const struct xd_pair *p =
            v->cause && xd_conv_failed(v) && v->service == XD_SERVICE_TRAVERSAL
                ? pair_of(j, v)
                : NULL;
        struct xd_zone *zones[2] = {p ? p->c_zone : NULL, p ? p->e_zone : NULL};
        for (int k = 0; k < 2; k++) {
            if (zones[k] && !xd_zone_is_up(zones[k])) {
                xd_draft_zone(j, v->cause, zones[k]);
                xd_evidence_zone(j, v->cause, zones[k]);
            }
        }
    }
}

void xd_rule_status(struct xd_judge *j)
{
    share_causes(j);
    for (size_t i = 0; i < j->n_pairs; i++) {
        judge_pair(j, &j->pairs[i]);
    }
}

/* Zones of one pair, and tunnels of one pair, are one finding each. */
static const char *pair_key(struct xd_judge *j, const struct xd_node *n,
                            const struct xd_zone *z, const char *kind)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (z ? (p->c_zone == z || p->e_zone == z) : (p->c == n || p->e == n)) {
            return xd_arena_printf(j->cs->arena, "%s|%s|%s", kind, p->c->id, p->e->id);
        }
    }
    return xd_arena_printf(j->cs->arena, "%s|%s|%s", kind, n->id,
                           z ? (z->name ? z->name : "") : "");
}

static void ask_for_more(struct xd_judge *j, struct xd_draft *d)
{
    xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                  "Take diagnostic logs with tcpdump at both ends of the zone or tunnel at "
                  "the same time, while it tries to connect, and run expdiag on both "
                  "together.",
                  "Maintenance > Diagnostics > Diagnostic logging");
}

static bool is_of_zone(const struct xd_flow *f, const struct xd_node *n,
                       const struct xd_zone *z)
{
    if (f->node[XD_SERVER] == n && xd_zone_is_server(z)) {
        return z->port != 0 && z->port == f->end[XD_SERVER].port;
    }
    for (int s = 0; s < 2; s++) {
        for (size_t i = 0; f->node[s] == n && i < z->n_peers; i++) {
            const struct xd_zone_peer *p = &z->peers[i];
            if ((p->addr.family != XD_ADDR_NONE &&
                 xd_addr_equal(&p->addr, &f->end[1 - s].addr)) ||
                (p->node && p->node == f->node[1 - s])) {
                return true;
            }
        }
    }
    return false;
}

/* What the captures hold of it: `of` and `count` conversations, `failed` of them failed. */
static const char *tell_captured(struct xd_judge *j, const struct xd_node *n,
                                 const char *of, size_t count, size_t failed)
{
    if (count == 0) {
        return xd_node_has_capture(n)
                   ? xd_arena_printf(j->cs->arena,
                                     "The captures hold no %s; no log line, "
                                     "store or setting explains it.",
                                     of)
                   : "No capture of this node is in the evidence, and no log "
                     "line, store or setting explains it.";
    }
    return xd_arena_printf(j->cs->arena,
                           "The captures hold a %s (%zu, of which %zu failed), but nothing "
                           "in the evidence shows why.",
                           of, count, failed);
}

/* Of a conversation that several captures show, the first counts. */
static bool is_first_view(const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        if (f->same_as[i] < f->id) {
            return false;
        }
    }
    return true;
}

static const char *tell_zone_captured(struct xd_judge *j, const struct xd_node *n,
                                      const struct xd_zone *z)
{
    size_t count = 0;
    size_t failed = 0;
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        const struct xd_flow *f = j->cs->flows[i];
        if (is_first_view(f) && is_of_zone(f, n, z)) {
            count++;
            failed += f->outcome == XD_OUTCOME_FAILED;
        }
    }
    return tell_captured(j, n, "conversation with the zone's peer", count, failed);
}

static const char *tell_tunnel_captured(struct xd_judge *j, const struct xd_node *n)
{
    size_t count = 0;
    size_t failed = 0;
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        const struct xd_flow *f = j->cs->flows[i];
        if (is_first_view(f) && f->service == XD_SERVICE_SSH_TUNNEL &&
            (f->node[XD_CLIENT] == n || f->node[XD_SERVER] == n)) {
            count++;
            failed += f->outcome == XD_OUTCOME_FAILED;
        }
    }
    return tell_captured(j, n, "conversation of a tunnel", count, failed);
}

static void unexplained_zone(struct xd_judge *j, struct xd_node *n, struct xd_zone *z)
{
    struct xd_draft *d =
        xd_draft_get(j, XD_F_ZONE_DOWN_UNEXPLAINED, NULL, NULL, pair_key(j, n, z, "zone"));
    if (xd_draft_is_new(d)) {
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "Zone \"%s\" of %s is down and the evidence does not "
                            "show why",
                            z->name ? z->name : "?", xd_words_node(j, n)),
            xd_arena_printf(
                j->cs->arena,
                "%s reports the zone \"%s\" as \"%s\". %s Next: collect logs with "
                "tcpdump on both nodes at the same time.",
                xd_words_node(j, n), z->name ? z->name : "?", z->status,
                tell_zone_captured(j, n, z)));
        ask_for_more(j, d);
    }
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_zone(j, d, z);
    xd_evidence_zone(j, d, z);
    if (z->uc == XD_TRI_ON) {
        xd_draft_effect(j, d, "UC zone");
        xd_draft_effect(j, d, "MRA login and registration");
    }
}

static void unexplained_tunnel(struct xd_judge *j, struct xd_node *n, struct xd_tunnel *t)
{
    static const char *const alarms[] = {"35013", NULL};
    struct xd_draft *d = xd_draft_get(j, XD_F_ZONE_DOWN_UNEXPLAINED, NULL, NULL,
                                      pair_key(j, n, NULL, "tunnel"));
    if (xd_draft_is_new(d)) {
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "SSH tunnels of %s are down and the evidence does not show why",
                            xd_words_node(j, n)),
            xd_arena_printf(j->cs->arena,
                            "%s reports the SSH tunnel to %s as \"%s\"%s%s%s. %s Next: "
                            "collect logs with tcpdump on both nodes at the same time.",
                            xd_words_node(j, n), t->target ? t->target : "?",
                            t->status ? t->status : "?",
                            t->reason ? ", with the reason \"" : "",
                            t->reason ? t->reason : "", t->reason ? "\"" : "",
                            tell_tunnel_captured(j, n)));
        ask_for_more(j, d);
    }
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_effect(j, d, "MRA login and registration");
    xd_draft_effect(j, d, "WebRTC proxy");
    xd_draft_tunnel(j, d, t);
    xd_evidence_tunnel(j, d, t);
    xd_draft_alarms(j, d, n, alarms);
}

void xd_rule_unexplained(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *n = j->cs->nodes[i];
        for (size_t k = 0; k < n->n_zones; k++) {
            if (xd_zone_is_down(&n->zones[k]) && !zone_explained(j, &n->zones[k])) {
                unexplained_zone(j, n, &n->zones[k]);
            }
        }
        for (size_t k = 0; k < n->n_tunnels; k++) {
            if (xd_tunnel_is_down(&n->tunnels[k]) &&
                !xd_tunnel_explained(j, &n->tunnels[k])) {
                unexplained_tunnel(j, n, &n->tunnels[k]);
            }
        }
    }
}
