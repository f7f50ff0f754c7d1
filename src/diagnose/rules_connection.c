/*
 * rules_connection.c - conversations that nothing in their handshake explains:
 * resets, closes, silence.
 */
#include "connection_priv.h"

#include <string.h>

struct plains {
    struct xd_plain *items;
    size_t n_items, cap_items;
    xd_time (*spans)[2]; /* of each node's captures, by index */
};

/* The node where it is known: a NAT gives one thing two addresses. */
static const char *key_of(struct xd_judge *j, const struct xd_conv *v)
{
    return xd_arena_printf(j->cs->arena, "%s|%s|%u", xd_words_side(j, v, XD_CLIENT),
                           xd_words_side(j, v, XD_SERVER), v->end[XD_SERVER].port);
}

static void measure_spans(struct xd_judge *j, struct plains *all)
{
    struct xd_case *cs = j->cs;
    all->spans = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof *all->spans);
    for (size_t i = 0; i < cs->n_nodes; i++) {
        all->spans[i][0] = all->spans[i][1] = XD_TIME_NONE;
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        const struct xd_node *n = xd_judge_node_of(j, f->first.entry);
        xd_time *span = n ? all->spans[n->index] : NULL;
        xd_time end = f->tcp.end_of_capture ? f->tcp.end_of_capture->time : f->last.time;
        if (!span) {
            continue;
        }
        span[0] =
            span[0] == XD_TIME_NONE || f->first.time < span[0] ? f->first.time : span[0];
        span[1] = span[1] == XD_TIME_NONE || end > span[1] ? end : span[1];
    }
}

static bool was_watching(const struct xd_judge *j, const struct plains *all,
                         const struct xd_conv *v)
{
    const struct xd_node *n = v->node[XD_SERVER];
    const xd_time *span = n ? all->spans[n->index] : NULL;
    xd_time at = xd_conv_time_at(j, v, XD_SERVER);
    return span && span[0] != XD_TIME_NONE && span[0] <= at && at <= span[1];
}

static void note_view(const struct xd_judge *j, struct xd_plain *p, const struct xd_flow *f)
{
    const struct xd_node *at = xd_judge_node_of(j, f->first.entry);
    const struct xd_failure *x = &f->failure;
    if (f->node[XD_SERVER] && at == f->node[XD_SERVER]) {
        p->arrived = true;
        p->heard = p->heard || (f->tls && f->tls->client_hello);
        p->silent = p->silent || x->kind == XD_FAILURE_UNANSWERED;
    }
    if (f->outcome != XD_OUTCOME_FAILED) {
        return;
    }
    p->by[x->by] = true;
    p->late = p->late || x->phase == XD_PHASE_AFTER_HANDSHAKE;
    p->alert = x->alert_code >= 0 ? x->alert_code : p->alert;
    for (int s = 0; s < 2; s++) {
        bool sender = x->by == (s == XD_CLIENT ? XD_BY_CLIENT : XD_BY_SERVER);
        p->confirmed[s] = p->confirmed[s] || (sender && at && at == f->node[s]);
    }
}

/* What is wrong with it, as a title says it; NULL: nothing that is known. */
static const char *name_defect(unsigned fault, enum xd_side side, const struct xd_replay *r)
{
    switch (fault) {
    case XD_SAYS_PURPOSE:
        return r->key_usage        ? "has a keyUsage that does not fit"
               : side == XD_CLIENT ? "lacks clientAuth"
                                   : "lacks serverAuth";
    case XD_SAYS_EXPIRED:
        return "has expired";
    case XD_SAYS_NOT_YET:
        return "is not valid yet";
    case XD_SAYS_TRUST:
        return "is of a CA that is not trusted there";
    default:
        return NULL;
    }
}

/*
 * The store that calls for it was not read: the certificate may be there still, or may have
 * been replaced and be in use until a restart.
 */
static const char *tell_either(struct xd_judge *j, const struct xd_node *n,
                               const struct xd_store *s, const char *defect)
{
    const char *how = s->entry ? "was not read whole" : "is missing from the evidence";
    return defect
               ? xd_arena_printf(j->cs->arena,
                                 "Which of two remedies it takes is open, so that no cause "
                                 "is named: the %s of %s %s. If it holds that certificate, "
                                 "a better one is due; if it holds a better one already, "
                                 "only a restart is.",
                                 xd_words_store(n, s), xd_words_node(j, n), how)
               : xd_arena_printf(
                     j->cs->arena,
                     "It is in none of the stores that could be read; the %s of "
                     "%s %s. It may be the certificate of that store, or one "
                     "that was replaced and is still in use, so that no cause "
                     "is named.",
                     xd_words_store(n, s), xd_words_node(j, n), how);
}

/*
 * A refused certificate that is in no store that could be read: its defects are said, and
 * not named as the cause, as long as it may be one that was replaced.
 */
static const char *tell_unread(struct xd_judge *j, struct xd_plain *p,
                               const struct xd_conv *v, enum xd_side side,
                               const struct xd_replay *r)
{
    const struct xd_node *n = v->node[side];
    unsigned says = 0;
    (void)xd_conv_refuses(v, side, &says);
    unsigned fault = xd_first_fault(r->faults & says);
    bool server_read = n->server.entry && n->server.whole;
    const struct xd_store *s = server_read ? &n->client : &n->server;
    const char *defect = name_defect(fault, side, r);
    xd_cause_mask(j, p->d, r, side, defect ? fault : 0);
    if (defect) {
        p->defect = xd_arena_printf(j->cs->arena, "the certificate that %s shows %s",
                                    xd_words_side(j, v, side), defect);
        p->look = xd_arena_printf(
            j->cs->arena,
            "Look at the %s of %s: if it holds the certificate with serial %s, install one "
            "without that defect; if it holds another, restart the node. A new diagnostic "
            "log that has %s tells it too.",
            xd_words_store(n, s), xd_words_node(j, n),
            r->chain[0]->serial ? r->chain[0]->serial : "not known",
            s == &n->client ? "client_*.pem" : "server_*.pem");
    }
    return xd_arena_printf(
        j->cs->arena, "%s presented \"%s\" (%s, valid until %s)%s%s%s%s. %s",
        xd_words_side(j, v, side), xd_words_name(r->chain[0]), xd_words_eku(j, r->chain[0]),
        xd_words_time(j, r->chain[0]->not_after), defect ? ", which " : "",
        defect ? defect : "", defect && fault == XD_SAYS_PURPOSE ? "; " : "",
        defect && fault == XD_SAYS_PURPOSE ? r->need.why : "",
        tell_either(j, n, s, defect));
}

/* A refusal for an issuer, where nobody can tell which CA the verifier lacks. */
static const char *tell_issuer(struct xd_judge *j, const struct xd_replay *r)
{
    if (r->n_chain == 0) {
        return "The refusal speaks of an issuer that the verifier does not know: its root, "
               "or an intermediate that was not sent. The certificate was not seen, so "
               "that neither is named as the cause.";
    }
    return xd_arena_printf(
        j->cs->arena,
        "The refusal speaks of an issuer that the verifier does not know. The path of "
        "\"%s\" cannot be followed to a root that it is known to trust or to lack, and a "
        "file that may tell is not in the evidence: it may be an unknown root or a missing "
        "intermediate.",
        xd_words_name(r->chain[0]));
}

/* Path length, name constraints, an extension that must be understood: all of X.509. */
static const char *tell_constraint(struct xd_judge *j, const struct xd_conv *v,
                                   enum xd_side side, const struct xd_replay *r)
{
    return xd_arena_printf(
        j->cs->arena,
        "%s presented \"%s\", and this verifier must refuse it for a defect of the chain "
        "that is none of its dates, purposes or trusted CAs: %s.",
        xd_words_side(j, v, side), xd_words_name(r->chain[0]), r->constraint_words);
}

/* What can be said of a refused certificate without naming a cause, or NULL. */
static const char *tell_untold(struct xd_judge *j, struct xd_plain *p,
                               const struct xd_conv *v)
{
    struct xd_draft *d = p->d;
    const char *text = NULL;
    for (int s = 0; s < 2 && v->protocol == XD_PROTOCOL_TLS; s++) {
        enum xd_side side = (enum xd_side)s;
        struct xd_replay r;
        unsigned says = 0;
        if (!xd_conv_refuses(v, side, &says)) {
            continue;
        }
        bool unread = xd_cause_is_untold(v, side);
        xd_conv_replay(j, v, side, &r);
        if (!unread && !r.constraint_words &&
            !((says & XD_SAYS_TRUST) && (r.n_chain == 0 || !xd_replay_tells_ca(j, &r)))) {
            continue;
        }
        p->constraint = p->constraint || (!unread && r.constraint_words);
        text = unread               ? tell_unread(j, p, v, side, &r)
               : r.constraint_words ? tell_constraint(j, v, side, &r)
                                    : tell_issuer(j, &r);
        if (r.n_chain > 0) {
            d->f.presenter = xd_conv_party(v, side);
            d->f.verifier = xd_conv_party(v, side == XD_CLIENT ? XD_SERVER : XD_CLIENT);
            xd_draft_cert(j, d, r.chain[0]);
        }
        xd_evidence_chain(j, d, &r, v, side);
    }
    return text;
}

/* The rows of the tunnels between the two that are down and that nothing explains yet. */
static void attach_tunnels(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v)
{
    for (int s = 0; v->service == XD_SERVICE_SSH_TUNNEL && s < 2; s++) {
        const struct xd_node *n = v->node[s];
        for (size_t i = 0; n && v->node[!s] && i < n->n_tunnels; i++) {
            struct xd_tunnel *t = &j->cs->nodes[n->index]->tunnels[i];
            if (t->node == v->node[!s] && xd_tunnel_is_down(t) &&
                !xd_tunnel_explained(j, t)) {
                xd_draft_tunnel(j, d, t);
                xd_evidence_tunnel(j, d, t);
            }
        }
    }
}

/* The status tells of the time before: the contradiction is said. */
static void show_status_before(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_conv *v)
{
    for (int s = 0; s < 2; s++) {
        const struct xd_node *n = v->node[s];
        if (v->zone[s] && xd_zone_is_up(v->zone[s])) {
            xd_evidence_zone(j, d, v->zone[s]);
        }
        for (size_t i = 0;
             n && v->node[!s] && v->service == XD_SERVICE_SSH_TUNNEL && i < n->n_tunnels;
             i++) {
            if (n->tunnels[i].node == v->node[!s] && xd_tunnel_is_up(&n->tunnels[i])) {
                xd_evidence_tunnel(j, d, &n->tunnels[i]);
            }
        }
    }
}

/* A reason in the words of the end that refused, which no certificate bears out. */
static void note_said(struct xd_plain *p, const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_voices && !p->said; i++) {
        const struct xd_voice *x = &v->voices[i];
        bool own = x->from_log && x->own_words && x->says && x->refuser != XD_SIDE_UNKNOWN;
        for (size_t k = 0; own && k < v->n_events; k++) {
            const struct xd_log_event *e = v->events[k];
            if (e->place.entry == x->place.entry && e->place.line == x->place.line) {
                p->said = e->detail ? e->detail : e->quote;
                p->said_by = x->refuser;
            }
        }
    }
}

static void raise_plain(struct xd_judge *j, struct plains *all, struct xd_conv *v,
                        enum xd_finding_id id)
{
    struct xd_draft *d = xd_draft_get(j, id, NULL, NULL, key_of(j, v));
    struct xd_plain *p = NULL;
    v->cause = d;
    if (d == j->spare) {
        return; /* beyond the limit: nobody reads its words */
    }
    if (xd_draft_is_new(d)) {
        d->f.presenter = xd_conv_party(v, XD_CLIENT);
        d->f.verifier = xd_conv_party(v, XD_SERVER);
        xd_draft_text(j, d, "", "");
        p = XD_PUSH(j->cs->arena, all, items);
        *p = (struct xd_plain){.d = d, .first = v, .alert = -1};
        d->at = all->n_items;
    } else if (d->at > 0) {
        p = &all->items[d->at - 1];
    }
    if (p) {
        p->n++;
        p->untold = p->untold ? p->untold : tell_untold(j, p, v);
        p->watched = p->watched || was_watching(j, all, v);
        note_said(p, v);
        for (size_t i = 0; i < v->n_views; i++) {
            note_view(j, p, v->views[i]);
        }
    }
    xd_draft_confidence(d, v->flow ? XD_CERTAIN : XD_PROBABLE);
    xd_draft_flow(j, d, v);
    xd_draft_effects(j, d, v);
    xd_evidence_conv(j, d, v);
    attach_tunnels(j, d, v);
    show_status_before(j, d, v);
}

static enum xd_finding_id plain_id(const struct xd_conv *v)
{
    if (!v->flow) {
        bool stalled = v->n_voices > 0;
        for (size_t i = 0; i < v->n_voices; i++) {
            stalled = stalled && v->voices[i].unspoken;
        }
        for (size_t i = 0; i < v->n_events; i++) {
            if (v->events[i]->kind == XD_LOG_TCP_FAILED) {
                const char *q = v->events[i]->quote;
                return q && strstr(q, "refused") ? XD_F_CONNECTION_REFUSED
                                                 : XD_F_CONNECTION_UNANSWERED;
            }
        }
        return stalled ? XD_F_HANDSHAKE_UNANSWERED : XD_F_HANDSHAKE_CLOSED;
    }
    switch (v->flow->failure.kind) {
    case XD_FAILURE_RESET:
        return XD_F_HANDSHAKE_RESET;
    case XD_FAILURE_UNANSWERED:
        return v->flow->failure.phase == XD_PHASE_CONNECT ? XD_F_CONNECTION_UNANSWERED
                                                          : XD_F_HANDSHAKE_UNANSWERED;
    case XD_FAILURE_REFUSED:
        return XD_F_CONNECTION_REFUSED;
    case XD_FAILURE_NONE:
    case XD_FAILURE_ALERT:
    case XD_FAILURE_ENCRYPTED_ALERT:
    case XD_FAILURE_CLOSED:
    case XD_FAILURE_SSH_KEX:
    case XD_FAILURE_SSH_AUTH:
    case XD_FAILURE_SSH_HOST_KEY:
        break;
    }
    return XD_F_HANDSHAKE_CLOSED;
}

/* A refused login that nothing explains is told with its tunnel, where that is down. */
static bool leave_to_tunnel(const struct xd_conv *v)
{
    if (!v->flow || v->flow->failure.kind != XD_FAILURE_SSH_AUTH) {
        return false;
    }
    for (int s = 0; s < 2; s++) {
        const struct xd_node *n = v->node[s];
        for (size_t i = 0; n && i < n->n_tunnels; i++) {
            if (xd_tunnel_is_down(&n->tunnels[i])) {
                return true;
            }
        }
    }
    return false;
}

/* A secure traversal test says nothing once the handshake is done: it ends it itself. */
static bool is_test_done(const struct xd_conv *v)
{
    unsigned says = 0;
    const struct xd_failure *x = v->flow ? &v->flow->failure : NULL;
    return x && v->service == XD_SERVICE_TRAVERSAL_TEST && x->kind == XD_FAILURE_CLOSED &&
           x->phase == XD_PHASE_AFTER_HANDSHAKE && x->by == XD_BY_CLIENT &&
           xd_conv_refuses(v, XD_SERVER, &says) && says == 0;
}

void xd_rule_connections(struct xd_judge *j)
{
    struct plains all = {0};
    measure_spans(j, &all);
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || !v->related || !xd_conv_failed(v)) {
            continue;
        }
        if (!xd_explain_handshake(j, v) && !leave_to_tunnel(v) && !is_test_done(v)) {
            raise_plain(j, &all, v, plain_id(v));
        }
    }
    for (size_t i = 0; i < all.n_items; i++) {
        xd_plain_tell(j, &all.items[i]);
    }
}
