/*
 * rules_connection.c - conversations that nothing in their handshake explains:
 * resets, closes, silence.
 */
#include "judge_priv.h"

#include <string.h>

/* One finding about conversations that fail alike between the same two ends. */
struct plain {
    struct xd_draft *d;
    const struct xd_conv *first;
    size_t n;
    bool by[XD_BY_PATH + 1]; /* who ended it, by enum xd_by */
    bool confirmed[2];       /* the sender's own capture holds it */
    bool late;               /* after the handshake */
    bool arrived;            /* the request is in the far end's capture */
    bool heard;              /* so is the hello */
    bool watched;            /* the far end captured at that time */
    int alert;               /* -1: none that can be read */
    const char *untold;      /* about a certificate whose store was not read, or NULL */
    const char *defect;      /* of that certificate, which both voices name; or NULL */
    const char *look;        /* then: what tells whether it is still in the store */
    bool constraint;         /* it has one that no finding names */
    const char *said;        /* the reason that the refuser's own log names, or NULL */
    enum xd_side said_by;
};

struct plains {
    struct plain *items;
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

static void note_view(const struct xd_judge *j, struct plain *p, const struct xd_flow *f)
{
    const struct xd_node *at = xd_judge_node_of(j, f->first.entry);
    const struct xd_failure *x = &f->failure;
    if (f->node[XD_SERVER] && at == f->node[XD_SERVER]) {
        p->arrived = true;
        p->heard = p->heard || (f->tls && f->tls->client_hello);
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
static const char *tell_unread(struct xd_judge *j, struct plain *p, const struct xd_conv *v,
                               enum xd_side side, const struct xd_replay *r)
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
static const char *tell_untold(struct xd_judge *j, struct plain *p, const struct xd_conv *v)
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
        xd_draft_cert(j, d, r.n_chain > 0 ? r.chain[0] : NULL);
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
static void note_said(struct plain *p, const struct xd_conv *v)
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
    struct plain *p = NULL;
    v->cause = d;
    if (d == j->spare) {
        return; /* beyond the limit: nobody reads its words */
    }
    if (xd_draft_is_new(d)) {
        d->f.presenter = xd_conv_party(v, XD_CLIENT);
        d->f.verifier = xd_conv_party(v, XD_SERVER);
        xd_draft_text(j, d, "", "");
        p = XD_PUSH(j->cs->arena, all, items);
        *p = (struct plain){.d = d, .first = v, .alert = -1};
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

/* Who ended it, and how that is known. */
static const char *tell_sender(struct xd_judge *j, const struct plain *p, const char *what)
{
    const struct xd_conv *v = p->first;
    if (p->by[XD_BY_PATH]) {
        return xd_arena_printf(
            j->cs->arena,
            "%s was sent by neither of them: the capture of the end that it seems to come "
            "from does not hold it. Something on the way sent it.",
            what);
    }
    for (int s = 0; s < 2; s++) {
        if (p->confirmed[s]) {
            return xd_arena_printf(j->cs->arena,
                                   "%s is %s's own: its own capture shows it leave.", what,
                                   xd_words_end(j, v, (enum xd_side)s));
        }
    }
    for (int s = 0; s < 2; s++) {
        if (p->by[s == XD_CLIENT ? XD_BY_CLIENT : XD_BY_SERVER]) {
            return xd_arena_printf(
                j->cs->arena,
                "%s seems to come from %s. No capture of that end is at hand, so that it "
                "may as well be a firewall's.",
                what, xd_words_end(j, v, (enum xd_side)s));
        }
    }
    return "";
}

/* Where a request that nobody answers gets lost. */
static const char *tell_silence(struct xd_judge *j, const struct plain *p)
{
    const char *server = xd_words_end(j, p->first, XD_SERVER);
    if (p->arrived) {
        return xd_arena_printf(
            j->cs->arena,
            "The requests reach %s, as its own capture shows, and it does not answer: the "
            "network lets them through, and the node itself drops them.",
            server);
    }
    if (p->watched) {
        return xd_arena_printf(
            j->cs->arena,
            "The capture of %s of the same time does not hold the requests: they get lost "
            "on the way.",
            server);
    }
    return xd_arena_printf(j->cs->arena,
                           "Whether the requests reach %s is not in the evidence.", server);
}

struct advice {
    const char *title;
    const char *what;
    const char *next;
    const char *where; /* the menu, or NULL */
    enum xd_actor actor;
};

/* Where the log of that end itself names a reason; NULL: it names none. */
static const struct xd_voice *find_reason(const struct xd_conv *v, enum xd_side side)
{
    for (size_t i = 0; i < v->n_voices; i++) {
        const struct xd_voice *x = &v->voices[i];
        if (x->from_log && x->own_words && x->refuser == side && x->says) {
            return x;
        }
    }
    return NULL;
}

/* At that end, of which the name or the address is known. */
static const char *look_into_log(struct xd_judge *j, const struct plain *p,
                                 enum xd_side side, const char *did)
{
    const struct xd_conv *v = p->first;
    const char *who = xd_words_end(j, v, side);
    const struct xd_voice *said = v->node[side] ? find_reason(v, side) : NULL;
    if (said) {
        return xd_arena_printf(
            j->cs->arena,
            "On %s: its log gives the reason why it %s the connection %s (line %llu), and "
            "the files of the bundle do not bear it out. Compare what it had then with "
            "them: its clock, its trusted CAs, the name that the zone asks for. If alarm "
            "15028 is raised, restart the node: what is stored is not in use yet.",
            who, did, xd_words_path(j, v), (unsigned long long)said->place.line);
    }
    if (v->node[side] && v->node[side]->log && v->time != XD_TIME_NONE) {
        return xd_arena_printf(j->cs->arena,
                               "On %s: its log in the bundle has no line on why it %s the "
                               "connection %s. Look into its event log (Status > Logs > "
                               "Event Log) at %s; if that is silent too, repeat the "
                               "attempt with diagnostic logging on both nodes and ask "
                               "Cisco.",
                               who, did, xd_words_path(j, v), xd_words_time(j, v->time));
    }
    if (v->time == XD_TIME_NONE) {
        return xd_arena_printf(j->cs->arena,
                               "Look into the log of %s for why it %s the connection %s.",
                               who, did, xd_words_path(j, v));
    }
    return xd_arena_printf(j->cs->arena,
                           "Look into the log of %s at %s for why it %s the connection %s.",
                           who, xd_words_time(j, v->time), did, xd_words_path(j, v));
}

static struct advice advise_reset(struct xd_judge *j, const struct plain *p)
{
    struct advice a = {.title = p->late ? "was reset right after its handshake"
                                        : "was cut off by a reset",
                       .actor = XD_ACTOR_NETWORK};
    const char *sender = tell_sender(j, p, "The RST");
    a.what = xd_arena_printf(
        j->cs->arena, "%s ended by a TCP RST and no alert. %s No certificate %s.",
        p->late ? "The handshake was complete, and within two seconds the connection was"
                : "The handshake was",
        sender, "that could be judged is at fault");
    if (p->by[XD_BY_PATH]) {
        a.next = xd_arena_printf(
            j->cs->arena,
            "Find the firewall, intrusion prevention or load balancer that resets the "
            "connections %s, and exempt them from inspection.",
            xd_words_path(j, p->first));
    } else if (p->confirmed[0] || p->confirmed[1]) {
        a.actor = XD_ACTOR_CUSTOMER;
        a.next = look_into_log(j, p, p->confirmed[0] ? XD_CLIENT : XD_SERVER, "reset");
    } else {
        a.next = xd_arena_printf(
            j->cs->arena,
            "Capture at both ends at the same time to see who sends the RST, and check the "
            "firewalls %s.",
            xd_words_path(j, p->first));
    }
    return a;
}

/*
 * The other end calls a certificate expired that is in time by the clock that is known: a
 * sentence after a blank, or "".
 */
static const char *tell_early_expiry(struct xd_judge *j, const struct plain *p,
                                     const char **next)
{
    enum { EXPIRED = 45 };
    const struct xd_conv *v = p->first;
    enum xd_side refuser = p->by[XD_BY_CLIENT] ? XD_CLIENT : XD_SERVER;
    enum xd_side shower = refuser == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    const struct xd_presented *seen = xd_conv_presented(v, shower, NULL);
    const struct xd_cert *leaf = seen && seen->n_certs > 0 ? seen->certs[0] : NULL;
    if (p->alert != EXPIRED || !leaf || !leaf->parsed || v->node[refuser] ||
        v->time == XD_TIME_NONE || v->time > leaf->not_after) {
        return "";
    }
    const char *who = xd_words_end(j, v, refuser);
    *next = xd_arena_printf(j->cs->arena,
                            "Compare the clock of %s with the true time, and look whether "
                            "its revocation list (CRL) of the issuing CA has expired. Its "
                            "log at %s says which it was.",
                            who, xd_words_time(j, v->time));
    return xd_arena_printf(j->cs->arena,
                           " \"%s\" is valid until %s: the clock of %s may be ahead, or "
                           "its revocation list (CRL) has expired, for which this alert "
                           "stands as well.",
                           xd_words_name(leaf), xd_words_time(j, leaf->not_after), who);
}

static const char *title_refusal(struct xd_judge *j, const struct plain *p)
{
    if (p->constraint) {
        return "was refused for a defect of a certificate chain";
    }
    if (p->defect) {
        return xd_arena_printf(j->cs->arena, "was refused: %s", p->defect);
    }
    return find_reason(p->first, XD_CLIENT) || find_reason(p->first, XD_SERVER)
               ? "was refused for a reason that the evidence does not bear out"
               : "was refused, and the evidence does not show why";
}

static struct advice advise_close(struct xd_judge *j, const struct plain *p)
{
    struct advice a = {
        .title = p->late ? "was ended right after its handshake"
                         : "was ended without an explanation",
        .actor = XD_ACTOR_CUSTOMER,
        .next = look_into_log(j, p, p->by[XD_BY_CLIENT] ? XD_CLIENT : XD_SERVER, "ended")};
    if (p->alert >= 0) {
        const char *name = xd_alert_name(p->alert);
        a.title = title_refusal(j, p);
        a.what =
            xd_arena_printf(j->cs->arena, "The handshake was ended by TLS alert %d%s%s%s%s",
                            p->alert, name ? " (" : "", name ? name : "", name ? ")" : "",
                            p->untold ? "." : ", which nothing in the evidence explains.");
        const char *early = tell_early_expiry(j, p, &a.next);
        a.what = xd_arena_printf(j->cs->arena, "%s%s", a.what, early);
        return a;
    }
    a.what = xd_arena_printf(
        j->cs->arena, "%s closed without a reason. %s",
        p->late ? "The handshake was complete, and within two seconds the connection was"
                : "The handshake was",
        p->first->flow ? tell_sender(j, p, "The end")
                       : "Only a log tells of it; no capture holds it.");
    return a;
}

static struct advice advise_silence(struct xd_judge *j, const struct plain *p)
{
    struct advice a = {.title = "got no answer", .actor = XD_ACTOR_NETWORK};
    a.what =
        xd_arena_printf(j->cs->arena,
                        "The request for a connection was repeated and never answered. "
                        "%s",
                        tell_silence(j, p));
    a.next = xd_arena_printf(
        j->cs->arena,
        p->arrived
            ? "On %s: check the firewall rules and the intrusion protection (System > "
              "Protection) for connections %s."
        : p->watched
            ? "Towards %s: open every firewall on the path for connections %s, and check "
              "routes and address translation."
            : "Towards %s: open every firewall on the path for connections %s, check "
              "routes, and capture at both ends at the same time.",
        xd_words_end(j, p->first, XD_SERVER), xd_words_path(j, p->first));
    a.actor = p->arrived ? XD_ACTOR_CUSTOMER : XD_ACTOR_NETWORK;
    return a;
}

/* With two interfaces an Expressway-E has its XMPP router on the internal one alone. */
static bool may_be_other_lan(const struct plain *p)
{
    const struct xd_node *e = p->first->node[XD_SERVER];
    return p->first->service == XD_SERVICE_XMPP_ROUTER && e && e->n_addrs > 1 &&
           !p->by[XD_BY_PATH];
}

static struct advice advise_refusal(struct xd_judge *j, const struct plain *p)
{
    struct advice a = {.title = "was refused", .actor = XD_ACTOR_NETWORK};
    a.what = xd_arena_printf(j->cs->arena,
                             "The request for a connection was answered by RST. %s",
                             p->first->flow ? tell_sender(j, p, "The RST") : "");
    a.next = xd_arena_printf(
        j->cs->arena,
        p->by[XD_BY_PATH]
            ? "Towards %s: find the firewall that rejects connections %s, and open it."
        : p->confirmed[XD_SERVER]
            ? "On %s: check that the zone or service is enabled and listens for "
              "connections %s; nothing does now."
            : "On %s: check that the service runs, and that firewalls let connections %s "
              "through.",
        xd_words_end(j, p->first, XD_SERVER), xd_words_path(j, p->first));
    if (p->confirmed[XD_SERVER] && p->first->service == XD_SERVICE_TRAVERSAL) {
        a.where = "Configuration > Zones > Zones";
    }
    a.actor = p->confirmed[XD_SERVER] ? XD_ACTOR_CUSTOMER : XD_ACTOR_NETWORK;
    if (may_be_other_lan(p)) {
        a.next = xd_arena_printf(
            j->cs->arena,
            "Let the name of %s lead the Expressway-C to its internal interface: with two "
            "network interfaces in use the XMPP router listens there alone.",
            xd_words_end(j, p->first, XD_SERVER));
        a.actor = XD_ACTOR_CUSTOMER;
    }
    return a;
}

static struct advice advise_hello(struct xd_judge *j, const struct plain *p)
{
    const char *server = xd_words_end(j, p->first, XD_SERVER);
    struct advice a = {.title = "got no answer to its hello"};
    if (p->heard) {
        a.what = xd_arena_printf(j->cs->arena,
                                 "TCP is up, and the hello reaches %s, as its own capture "
                                 "shows; it never answers. The network lets it through.",
                                 server);
        a.next = xd_arena_printf(j->cs->arena,
                                 "On %s: the service for connections %s hangs. Look into "
                                 "its event log (Status > Logs > Event Log), and restart "
                                 "the node (its calls and registrations drop).",
                                 server, xd_words_path(j, p->first));
        a.where = "Maintenance > Restart options";
        a.actor = XD_ACTOR_CUSTOMER;
        return a;
    }
    a.what = "TCP is up, but the other end never answered the hello.";
    a.next = xd_arena_printf(j->cs->arena,
                             "Switch off inspection (ALG) of connections %s on the path, "
                             "and check that the service at %s runs.",
                             xd_words_path(j, p->first), server);
    a.actor = XD_ACTOR_NETWORK;
    return a;
}

/*
 * Where the log of the end that refused names a reason, and by the bundles there is none:
 * what that end had at that moment must have been something else.
 */
static struct advice advise_said(struct xd_judge *j, const struct plain *p, struct advice a)
{
    const struct xd_conv *v = p->first;
    const char *who = xd_words_end(j, v, p->said_by);
    const char *log =
        xd_arena_printf(j->cs->arena, "the log of %s says \"%s\"", who, p->said);
    a.title = xd_arena_printf(j->cs->arena, "was refused: %s", log);
    if (p->untold) {
        a.what = xd_arena_printf(j->cs->arena, "T%s.", log + 1);
        return a;
    }
    a.what = xd_arena_printf(
        j->cs->arena,
        "T%s. By the certificates, settings and times in the evidence that reason is not "
        "there, so that no certificate is named as the cause: what %s used at that moment "
        "must have been something else.",
        log + 1, who);
    a.next = xd_arena_printf(
        j->cs->arena,
        "On %s: compare what it has now with the evidence: its clock (NTP), its trusted "
        "CAs, the EKU check and the name that the zone verifies, and whether alarm 15028 "
        "asks for a restart. Then repeat the attempt with diagnostic logging on both "
        "nodes.",
        who);
    a.actor = XD_ACTOR_CUSTOMER;
    a.where = NULL;
    return a;
}

static struct advice advise(struct xd_judge *j, const struct plain *p)
{
    if (p->d->f.id == XD_F_HANDSHAKE_RESET) {
        return advise_reset(j, p);
    }
    if (p->d->f.id == XD_F_CONNECTION_UNANSWERED) {
        return advise_silence(j, p);
    }
    if (p->d->f.id == XD_F_CONNECTION_REFUSED) {
        return advise_refusal(j, p);
    }
    if (p->d->f.id == XD_F_HANDSHAKE_UNANSWERED) {
        return advise_hello(j, p);
    }
    return advise_close(j, p);
}

static void tell_plain(struct xd_judge *j, const struct plain *p)
{
    const struct xd_conv *v = p->first;
    struct advice a = advise(j, p);
    if (p->said && !p->defect && !p->constraint) {
        a = advise_said(j, p, a);
    }
    if (p->untold) {
        a.what = xd_arena_printf(j->cs->arena, "%s %s", a.what, p->untold);
        a.next = p->constraint
                     ? "Have the certificate issued anew by a chain without that defect, "
                       "upload it with its CAs and restart the node."
                 : p->look
                     ? p->look
                     : "Collect the diagnostic logs of all nodes involved again, whole "
                       "and with tcpdump: what is missing may tell why.";
        a.actor = XD_ACTOR_CUSTOMER;
        a.where = p->look ? "Maintenance > Security" : NULL;
    }
    const char *server =
        xd_arena_printf(j->cs->arena, "%s, port %u,", xd_words_end(j, v, XD_SERVER),
                        v->end[XD_SERVER].port);
    xd_draft_text(j, p->d,
                  xd_arena_printf(j->cs->arena, "The connection from %s to %s %s",
                                  xd_words_end(j, v, XD_CLIENT), server, a.title),
                  xd_arena_printf(j->cs->arena, "This concerns %s (%s). %s Next: %s",
                                  xd_words_service(v->service), xd_words_path(j, v), a.what,
                                  xd_words_lower(j, a.next)));
    xd_remedy_add(j, p->d, NULL, a.actor, a.next, a.where);
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
    struct plains all = {0};
    measure_spans(j, &all);
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || !v->related || !xd_conv_failed(v)) {
            continue;
        }
        if (!xd_explain_handshake(j, v) && !leave_to_tunnel(v)) {
            raise_plain(j, &all, v, plain_id(v));
        }
    }
    for (size_t i = 0; i < all.n_items; i++) {
        tell_plain(j, &all.items[i]);
    }
}
