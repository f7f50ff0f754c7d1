/*
 * rules_ssh_silence.c - TCP 2222 that cannot be reached, or no longer answers.
 *
 * A firewall on the path drops or refuses the requests; the intrusion protection of an
 * Expressway-E is silent towards a host whose logins it refused before.
 */
#include "tunnels_priv.h"

#include "expdiag/text.h"

static bool reaches_server(const struct xd_judge *j, const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        if (v->node[XD_SERVER] &&
            xd_judge_node_of(j, v->views[i]->first.entry) == v->node[XD_SERVER]) {
            return true;
        }
    }
    return false;
}

/* The RST leaves the server, by its own capture. */
static bool sent_by_server(const struct xd_judge *j, const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        const struct xd_flow *f = v->views[i];
        if (f->failure.by == XD_BY_SERVER && v->node[XD_SERVER] &&
            xd_judge_node_of(j, f->first.entry) == v->node[XD_SERVER]) {
            return true;
        }
    }
    return false;
}

static void tell_blocked(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t,
                         bool seen_at_e, bool listed)
{
    const struct xd_draft *cause = t->n_refused > 0 ? t->refused[0]->cause : NULL;
    if (!cause && t->c) {
        cause = xd_draft_find(j, XD_F_SSH_CLIENT_EKU_MISSING, t->c);
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s no longer answers %s on TCP 2222",
                        xd_tunnels_e(j, t), xd_tunnels_c(j, t)),
        xd_arena_printf(
            j->cs->arena,
            "%s The intrusion protection of an Expressway-E blocks a host after repeated "
            "refused logins and then keeps silent.%s Next: remove the cause of the "
            "refusals, then unblock and "
            "exempt "
            "the Expressway-C on the Expressway-E.",
            seen_at_e ? "Connection requests reach the Expressway-E and stay unanswered."
            : listed  ? "The list of blocked hosts on the Expressway-E holds this node."
                      : "Logins were refused first; later connection requests time out. A "
                        "firewall that drops TCP 2222 (ssh-unreachable) would look the same "
                        "from here; a capture of the Expressway-E tells them apart.",
            cause ? xd_arena_printf(
                        j->cs->arena,
                        " Why the logins were refused is a finding of its own: %s.",
                        cause->f.title)
                  : ""));
    xd_remedy_add(
        j, d, t->e, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Once the cause of the refused logins is removed: unblock "
                        "%s in the intrusion protection, and exempt its address "
                        "(Configuration and Exemptions in the same menu).",
                        xd_tunnels_blocked_words(j, t)),
        "System > Protection > Automated detection > Blocked addresses");
}

static void tell_refused(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t)
{
    const char *e = xd_tunnels_e(j, t);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses connections of %s on TCP 2222", e,
                        xd_tunnels_c(j, t)),
        xd_arena_printf(
            j->cs->arena,
            "The SSH tunnels need TCP 2222 from the Expressway-C to the Expressway-E; "
            "connection requests are answered by RST, which is %s's own: its capture shows "
            "it leave. Nothing listens there. MRA and the WebRTC proxy are down without "
            "the "
            "tunnels. Next: make the SSH service of %s run.",
            e, e));
    xd_remedy_add(
        j, d, t->e, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "On %s: check that Mobile and Remote Access and the UC traversal "
                        "zone are enabled, which start the SSH service, and at which "
                        "interface the Expressway-C arrives; then restart the node.",
                        e),
        "Configuration > Unified Communications > Configuration");
}

/* Does E's own capture hold anything of the time of a request, but not the request? */
static bool missed_at_e(const struct xd_judge *j, const struct xd_tunnels *t)
{
    for (size_t i = 0; t->e && t->silent && i < t->n_silent; i++) {
        const struct xd_conv *v = t->silent[i];
        xd_time at = xd_conv_time_at(j, v, XD_SERVER);
        bool before = false;
        bool after = false;
        for (size_t k = 0; k < j->cs->n_flows; k++) {
            const struct xd_flow *f = j->cs->flows[k];
            if (xd_judge_node_of(j, f->first.entry) == t->e) {
                before = before || f->first.time <= at;
                after = after || f->last.time >= at ||
                        (f->tcp.end_of_capture && f->tcp.end_of_capture->time >= at);
            }
        }
        if (before && after && !reaches_server(j, v)) {
            return true;
        }
    }
    return false;
}

static void tell_unreachable(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_tunnels *t, bool refused, bool by_e)
{
    bool missed = !refused && missed_at_e(j, t);
    const char *e = xd_tunnels_e(j, t);
    if (by_e) {
        tell_refused(j, d, t);
        return;
    }
    xd_draft_text(j, d,
                  xd_arena_printf(j->cs->arena, "%s cannot reach %s on TCP 2222",
                                  xd_tunnels_c(j, t), e),
                  xd_arena_printf(
                      j->cs->arena,
                      "The SSH tunnels need TCP 2222 from the Expressway-C to the "
                      "Expressway-E; connection requests are %s. %sMRA and the WebRTC "
                      "proxy are down without them. Next: open TCP 2222 (source ports "
                      "30000-35999) in every firewall on the path.",
                      refused ? "refused (RST)" : "never answered",
                      missed ? "The capture of the Expressway-E of the same time does not "
                               "hold them: they get lost on the way. "
                             : ""));
    xd_remedy_add(j, d, NULL, XD_ACTOR_NETWORK,
                  xd_arena_printf(j->cs->arena,
                                  "Open TCP port 2222 %s in every firewall between them.",
                                  xd_tunnels_path(j, t)),
                  NULL);
    if (missed) {
        return; /* what does not arrive is not dropped there */
    }
    xd_remedy_add(j, d, t->e, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Check that %s is not blocked by the intrusion "
                                  "protection.",
                                  xd_tunnels_blocked_words(j, t)),
                  "System > Protection > Automated detection > Blocked addresses");
}

/* What the silence on 2222 looks like. */
struct silence {
    bool at_e;   /* requests reach E and stay unanswered */
    bool rst;    /* requests are answered by RST */
    bool by_e;   /* by E itself, as its own capture shows */
    bool listed; /* E's status lists C as blocked */
    bool blocked;
    struct xd_place list_place;
};

/* Is all that tells of it a row of the status? */
static bool told_by_status(const struct xd_tunnels *t, const struct silence *q)
{
    return t->status_dead && t->n_silent == 0 && t->n_dead == 0 && !q->listed;
}

/*
 * C alone tells that nothing answers, and whether an E of the case blocks it cannot be
 * told: neither a firewall nor E's protection can be named.
 */
static bool may_be_either(const struct xd_judge *j, const struct xd_tunnels *t,
                          const struct silence *q)
{
    return t->n_silent == 0 && !q->rst && !q->blocked && xd_tunnels_may_be_blocked(j, t);
}

static struct silence weigh_silence(const struct xd_judge *j, const struct xd_tunnels *t,
                                    bool login_refused)
{
    struct silence q = {.list_place = {.time = XD_TIME_NONE}};
    bool e_sees = false;
    /* What is listed and comes up all the same is not blocked. */
    bool works = t->accepted || (t->up && t->n_down == 0);
    q.listed = (!works || t->n_silent > 0 || t->n_dead > 0) &&
               xd_tunnels_blocked(t, &q.list_place);
    for (size_t i = 0; t->silent && i < t->n_silent; i++) {
        bool answered = t->silent[i]->flow->failure.kind == XD_FAILURE_REFUSED;
        q.rst = q.rst || answered;
        q.by_e = q.by_e || (answered && sent_by_server(j, t->silent[i]));
        q.at_e = q.at_e || (!answered && reaches_server(j, t->silent[i]));
    }
    for (size_t i = 0; t->refused && i < t->n_refused; i++) {
        e_sees = e_sees || reaches_server(j, t->refused[i]);
    }
    /* E answered before and does not now; unless its own capture misses the requests. */
    bool lost = e_sees && t->n_silent > 0;
    q.rst = q.rst || (t->status_dead &&
                      xd_tunnels_text_has(t->status_dead->reason, "connection refused"));
    q.blocked = q.at_e || q.listed || (login_refused && !q.rst && !lost);
    return q;
}

/* A login that was let in after the first of the lines speaks against a closed path. */
static void attach_login(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t)
{
    if (t->let_in && t->dead && t->n_dead > 0 && t->let_in->time > t->dead[0]->place.time) {
        const struct xd_flow *f = t->let_in->flow;
        xd_evidence_add(j, d, f->first,
                        xd_arena_printf(j->cs->arena,
                                        "an SSH login is accepted in conversation #%u",
                                        f->id),
                        false);
    }
}

static void attach_silence(struct xd_judge *j, struct xd_draft *d, struct xd_tunnels *t)
{
    for (size_t i = 0; t->silent && i < t->n_silent; i++) {
        xd_draft_flow(j, d, t->silent[i]);
        xd_evidence_conv(j, d, t->silent[i]);
        t->silent[i]->cause = d;
    }
    for (size_t i = 0; t->dead && i < t->n_dead; i++) {
        xd_evidence_event(j, d, t->dead[i], true);
    }
    attach_login(j, d, t);
    xd_tunnels_attach_down(j, d, t);
    for (size_t i = 0; t->c && t->n_silent > 0 && i < t->c->n_tunnels; i++) {
        if (t->c->tunnels[i].node == t->e && xd_tunnel_is_up(&t->c->tunnels[i])) {
            xd_evidence_tunnel(j, d, &t->c->tunnels[i]); /* of before: it is outranked */
        }
    }
    xd_draft_effect(j, d, "MRA login and registration");
    xd_draft_effect(j, d, "WebRTC proxy");
}

void xd_ssh_silence(struct xd_judge *j, struct xd_tunnels *t, bool login_refused)
{
    struct silence q = weigh_silence(j, t, login_refused);
    if (t->n_silent == 0 && t->n_dead == 0 && !q.listed &&
        (!t->status_dead || t->accepted)) {
        return;
    }
    if (may_be_either(j, t, &q)) {
        return;
    }
    struct xd_draft *d =
        xd_draft_get(j, q.blocked ? XD_F_SSH_BLOCKED : XD_F_SSH_UNREACHABLE,
                     q.blocked ? t->e : NULL, NULL, xd_tunnels_key(j, t));
    bool seen = t->n_silent > 0 && (q.at_e || !q.blocked);
    xd_draft_confidence(d, q.listed || seen        ? XD_CERTAIN
                           : told_by_status(t, &q) ? XD_POSSIBLE
                                                   : XD_PROBABLE);
    d->f.presenter = (struct xd_party){.node = t->c, .set = true};
    d->f.verifier = xd_tunnels_far(t);
    if (q.listed) {
        xd_evidence_add(j, d, q.list_place,
                        "the Expressway-C is on the list of blocked hosts", true);
    }
    if (q.blocked) {
        tell_blocked(j, d, t, q.at_e, q.listed);
    } else {
        tell_unreachable(j, d, t, q.rst, q.by_e);
    }
    attach_silence(j, d, t);
}

/* Requests to 2222 of a C that is not in the case. */
static void explain_stranger(struct xd_judge *j, struct xd_conv *v)
{
    enum xd_failure_kind kind = v->flow->failure.kind;
    bool rst = kind == XD_FAILURE_REFUSED;
    bool at_e = !rst && reaches_server(j, v);
    const struct xd_node *e = v->node[XD_SERVER];
    struct xd_draft *d =
        xd_draft_get(j, at_e ? XD_F_SSH_BLOCKED : XD_F_SSH_UNREACHABLE, at_e ? e : NULL,
                     NULL, xd_words_side(j, v, XD_CLIENT));
    struct xd_tunnels t = {.e = e ? j->cs->nodes[e->index] : NULL};
    xd_draft_confidence(d, XD_CERTAIN);
    if (xd_draft_is_new(d)) {
        d->f.presenter = (struct xd_party){NULL, v->end[XD_CLIENT].addr, true};
        d->f.verifier = (struct xd_party){e, v->end[XD_SERVER].addr, true};
        if (at_e) {
            tell_blocked(j, d, &t, true, false);
        } else {
            tell_unreachable(j, d, &t, rst, rst && sent_by_server(j, v));
        }
    }
    xd_draft_flow(j, d, v);
    xd_draft_effects(j, d, v);
    xd_evidence_conv(j, d, v);
    v->cause = d;
}

void xd_ssh_silent_strangers(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || !v->related || !v->flow || v->outcome != XD_OUTCOME_FAILED ||
            v->service != XD_SERVICE_SSH_TUNNEL) {
            continue;
        }
        enum xd_failure_kind kind = v->flow->failure.kind;
        bool connect = v->flow->failure.phase == XD_PHASE_CONNECT;
        if (kind == XD_FAILURE_REFUSED || (kind == XD_FAILURE_UNANSWERED && connect)) {
            explain_stranger(j, v);
        }
    }
}
