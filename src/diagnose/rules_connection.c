/*
 * rules_connection.c - conversations that nothing in their handshake explains:
 * resets, closes, silence; and the failures of strangers.
 */
#include "judge_priv.h"

#include <string.h>

static void set_parties(struct xd_draft *d, const struct xd_conv *v)
{
    d->f.presenter = (struct xd_party){v->node[XD_CLIENT], v->end[XD_CLIENT].addr, true};
    d->f.verifier = (struct xd_party){v->node[XD_SERVER], v->end[XD_SERVER].addr, true};
}

static const char *key_of(struct xd_judge *j, const struct xd_conv *v)
{
    char text[XD_ENDPOINT_TEXT];
    return xd_arena_printf(j->cs->arena, "%s|%s", xd_words_side(j, v, XD_CLIENT),
                           xd_endpoint_format(&v->end[XD_SERVER], text));
}

struct plain {
    enum xd_finding_id id;
    const char *title; /* with %s for client and server */
    const char *what;
    const char *next;
    enum xd_actor actor;
};

static const struct plain plains[] = {
    {XD_F_HANDSHAKE_RESET, "was cut off by a reset",
     "The handshake was ended by a TCP RST and no alert. Nothing in the certificates that "
     "could be judged explains it.",
     "Compare captures of both ends to see who sent the RST, and check firewalls on the "
     "path.",
     XD_ACTOR_NETWORK},
    {XD_F_HANDSHAKE_CLOSED, "was ended without an explanation",
     "The handshake was ended without a reason that the evidence explains.",
     "Look into the log of the end that closed the connection.", XD_ACTOR_CUSTOMER},
    {XD_F_HANDSHAKE_UNANSWERED, "got no answer to its hello",
     "TCP is up, but the other end never answered the hello.",
     "Check inspection (ALG) on the path and the service at the far end.",
     XD_ACTOR_NETWORK},
    {XD_F_CONNECTION_REFUSED, "was refused", "The connection request was answered by RST.",
     "Check that the service runs on that address and port and that firewalls let it "
     "through.",
     XD_ACTOR_NETWORK},
    {XD_F_CONNECTION_UNANSWERED, "got no answer",
     "The connection request was repeated and never answered.",
     "Open the port in every firewall on the path and check routes.", XD_ACTOR_NETWORK},
};

static void raise_plain(struct xd_judge *j, struct xd_conv *v, enum xd_finding_id id)
{
    const struct plain *p = plains;
    while (p->id != id) {
        p++;
    }
    struct xd_draft *d = xd_draft_get(j, id, NULL, NULL, key_of(j, v));
    if (xd_draft_is_new(d)) {
        char to[XD_ENDPOINT_TEXT];
        set_parties(d, v);
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena, "The connection from %s to %s %s",
                            xd_words_side(j, v, XD_CLIENT),
                            xd_endpoint_format(&v->end[XD_SERVER], to), p->title),
            xd_arena_printf(j->cs->arena, "This concerns %s from %s to %s. %s Next: %s",
                            xd_words_service(v->service), xd_words_side(j, v, XD_CLIENT),
                            to, p->what, xd_words_lower(j, p->next)));
        xd_remedy_add(j, d, NULL, p->actor, p->next, NULL);
    }
    xd_draft_confidence(d, v->flow ? XD_CERTAIN : XD_PROBABLE);
    xd_draft_flow(j, d, v);
    xd_draft_effects(j, d, v);
    xd_evidence_conv(j, d, v);
    v->cause = d;
}

static enum xd_finding_id plain_id(const struct xd_conv *v)
{
    if (!v->flow) {
        for (size_t i = 0; i < v->n_events; i++) {
            if (v->events[i]->kind == XD_LOG_TCP_FAILED) {
                const char *q = v->events[i]->quote;
                return q && strstr(q, "refused") ? XD_F_CONNECTION_REFUSED
                                                 : XD_F_CONNECTION_UNANSWERED;
            }
        }
        return XD_F_HANDSHAKE_CLOSED;
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

void xd_rule_connections(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || !v->related || !xd_conv_failed(v)) {
            continue;
        }
        if (!xd_explain_handshake(j, v) && !leave_to_tunnel(v)) {
            raise_plain(j, v, plain_id(v));
        }
    }
}

static void tell_unsolicited(struct xd_judge *j, struct xd_draft *d)
{
    size_t n = 0;
    for (size_t i = 0; i < j->n_convs; i++) {
        n += j->convs[i]->cause == d;
    }
    xd_draft_text(j, d,
                  xd_arena_printf(j->cs->arena,
                                  "%zu connection%s of strangers to %s failed", n,
                                  n == 1 ? "" : "s", xd_words_node(j, d->f.node)),
                  "These clients belong to no zone, tunnel or peer of the case. A node on "
                  "the Internet "
                  "is scanned all day; such failures say nothing about its own services. "
                  "Nothing needs "
                  "to be done, unless one of the addresses is a partner's.");
}

void xd_rule_unsolicited(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || v->related || !xd_conv_failed(v) || !v->node[XD_SERVER]) {
            continue;
        }
        struct xd_draft *d =
            xd_draft_get(j, XD_F_UNSOLICITED_FAILURES, v->node[XD_SERVER], NULL, NULL);
        xd_draft_confidence(d, XD_CERTAIN);
        for (size_t k = 0; k < v->n_views; k++) {
            *XD_PUSH(j->cs->arena, &d->f, flows) = v->views[k]->id;
        }
        xd_evidence_conv(j, d, v);
        v->cause = d;
    }
    for (size_t i = 0; i < j->n_drafts; i++) {
        if (j->drafts[i]->f.id == XD_F_UNSOLICITED_FAILURES) {
            tell_unsolicited(j, j->drafts[i]);
        }
    }
}
