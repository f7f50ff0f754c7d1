/*
 * connection_words.c - what is said of conversations that nothing in their handshake
 * explains, and what to do about them.
 */
#include "connection_priv.h"

/* Who ended it, and how that is known. */
static const char *tell_sender(struct xd_judge *j, const struct xd_plain *p,
                               const char *what)
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
            bool captured = v->node[s] && xd_node_has_capture(v->node[s]);
            return xd_arena_printf(
                j->cs->arena,
                "%s seems to come from %s. %s, so that it may as well be a firewall's.",
                what, xd_words_end(j, v, (enum xd_side)s),
                captured ? "Whether its own capture holds the same connection nothing tells"
                         : "No capture of that end is at hand");
        }
    }
    return "";
}

/* Where a request that nobody answers gets lost. */
static const char *tell_silence(struct xd_judge *j, const struct xd_plain *p)
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
    const char *brief; /* of next, for the headline; NULL: all of it */
    const char *where; /* the menu, or NULL */
    enum xd_actor actor;
};

/* What to find out at that end, where its own log is at hand and silent; or NULL. */
static const char *find_out(struct xd_judge *j, const struct xd_plain *p, enum xd_side side,
                            const char *did)
{
    const struct xd_conv *v = p->first;
    return v->node[side] && v->node[side]->log && v->time != XD_TIME_NONE
               ? xd_arena_printf(j->cs->arena,
                                 "find out why %s %s the connection at %s; its log in the "
                                 "bundle does not say.",
                                 xd_words_end(j, v, side), did, xd_words_time(j, v->time))
               : NULL;
}

/* At that end, of which the name or the address is known. */
static const char *look_into_log(struct xd_judge *j, const struct xd_plain *p,
                                 enum xd_side side, const char *did)
{
    const struct xd_conv *v = p->first;
    const char *who = xd_words_end(j, v, side);
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

static struct advice advise_reset(struct xd_judge *j, const struct xd_plain *p)
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
        enum xd_side sender_side = p->confirmed[0] ? XD_CLIENT : XD_SERVER;
        a.actor = XD_ACTOR_CUSTOMER;
        a.next = look_into_log(j, p, sender_side, "reset");
        a.brief = find_out(j, p, sender_side, "reset");
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
static const char *tell_early_expiry(struct xd_judge *j, const struct xd_plain *p,
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

/*
 * The other end does not find the CA, of a chain that whoever trusts public CAs would
 * take: a sentence after a blank, or "".
 */
static const char *tell_public_ca(struct xd_judge *j, const struct xd_plain *p,
                                  const char **next)
{
    enum { UNKNOWN_CA = 48 };
    const struct xd_conv *v = p->first;
    enum xd_side refuser = p->by[XD_BY_CLIENT] ? XD_CLIENT : XD_SERVER;
    enum xd_side shower = refuser == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    struct xd_replay r;
    if (p->alert != UNKNOWN_CA || v->node[refuser] || !xd_conv_presented(v, shower, NULL)) {
        return "";
    }
    xd_conv_replay(j, v, shower, &r);
    if (!r.assumed_to_pass) {
        return "";
    }
    const char *who = xd_words_end(j, v, refuser);
    const char *root = xd_words_name(r.top ? r.top : r.chain[r.n_chain - 1]);
    *next = xd_arena_printf(j->cs->arena,
                            "Ask whoever runs %s whether it trusts \"%s\", and what its "
                            "log has at %s.",
                            who, root, xd_words_time(j, v->time));
    return xd_arena_printf(j->cs->arena,
                           " The alert stands for an unknown CA, a missing intermediate or "
                           "a revocation list. The chain that was shown is whole and leads "
                           "to the public CA \"%s\", which a far end on the Internet is "
                           "assumed to trust; whether %s does is not in the evidence.",
                           root, who);
}

static const char *title_refusal(struct xd_judge *j, const struct xd_plain *p)
{
    if (p->constraint) {
        return "was refused for a defect of a certificate chain";
    }
    if (p->defect) {
        return xd_arena_printf(j->cs->arena, "was refused: %s", p->defect);
    }
    return "was refused, and the evidence does not show why";
}

/* TLS 1.3: what was shown is hidden, but for its length. */
static const char *tell_length(struct xd_judge *j, const struct xd_conv *v)
{
    for (int s = 0; s < 2; s++) {
        if (v->node[s] && xd_conv_inferred_none(v, (enum xd_side)s)) {
            return xd_arena_printf(j->cs->arena,
                                   " By its length the encrypted Certificate message of %s "
                                   "holds no chain of its stores: with which certificate "
                                   "it came is not in the evidence.",
                                   xd_words_end(j, v, (enum xd_side)s));
        }
    }
    return "";
}

static struct advice advise_close(struct xd_judge *j, const struct xd_plain *p)
{
    enum xd_side side = p->by[XD_BY_CLIENT] ? XD_CLIENT : XD_SERVER;
    struct advice a = {.title = p->late ? "was ended right after its handshake"
                                        : "was ended without an explanation",
                       .actor = XD_ACTOR_CUSTOMER,
                       .next = look_into_log(j, p, side, "ended"),
                       .brief = find_out(j, p, side, "ended")};
    if (p->alert >= 0) {
        const char *name = xd_alert_name(p->alert);
        a.title = title_refusal(j, p);
        a.what =
            xd_arena_printf(j->cs->arena, "The handshake was ended by TLS alert %d%s%s%s%s",
                            p->alert, name ? " (" : "", name ? name : "", name ? ")" : "",
                            p->untold ? "." : ", which nothing in the evidence explains.");
        const char *early = tell_early_expiry(j, p, &a.next);
        const char *public = tell_public_ca(j, p, &a.next);
        a.brief = *early || *public ? NULL : a.brief;
        a.what = xd_arena_printf(j->cs->arena, "%s%s%s", a.what, early, public);
        return a;
    }
    a.what = xd_arena_printf(
        j->cs->arena, "%s closed without a reason. %s%s",
        p->late ? "The handshake was complete, and within two seconds the connection was"
                : "The handshake was",
        p->first->flow ? tell_sender(j, p, "The end")
                       : "Only a log tells of it; no capture holds it.",
        tell_length(j, p->first));
    return a;
}

static struct advice advise_silence(struct xd_judge *j, const struct xd_plain *p)
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
static bool may_be_other_lan(const struct xd_plain *p)
{
    const struct xd_node *e = p->first->node[XD_SERVER];
    return p->first->service == XD_SERVICE_XMPP_ROUTER && e && e->n_addrs > 1 &&
           !p->by[XD_BY_PATH];
}

static struct advice advise_refusal(struct xd_judge *j, const struct xd_plain *p)
{
    struct advice a = {.title = "was refused", .actor = XD_ACTOR_NETWORK};
    bool silent = p->by[XD_BY_PATH] && p->silent && !p->confirmed[XD_SERVER];
    a.what = xd_arena_printf(
        j->cs->arena, "The request for a connection was answered by RST. %s%s",
        p->first->flow ? tell_sender(j, p, "The RST") : "",
        silent ? xd_arena_printf(j->cs->arena,
                                 " The request reaches %s all the same, as its own capture "
                                 "shows, and gets no answer there.",
                                 xd_words_end(j, p->first, XD_SERVER))
               : "");
    a.next = xd_arena_printf(
        j->cs->arena,
        silent ? "On %s: check the firewall rules and the intrusion protection (System > "
                 "Protection) for connections %s: they arrive and are not answered. Then "
                 "find what resets them on the way."
        : p->by[XD_BY_PATH]
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
    a.actor = p->confirmed[XD_SERVER] || silent ? XD_ACTOR_CUSTOMER : XD_ACTOR_NETWORK;
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

static struct advice advise_hello(struct xd_judge *j, const struct xd_plain *p)
{
    const char *server = xd_words_end(j, p->first, XD_SERVER);
    struct advice a = {.title = "got no answer to its hello"};
    if (p->heard) {
        a.what = xd_arena_printf(j->cs->arena,
                                 "TCP is up, and the hello reaches %s, as its own capture "
                                 "shows; it never answers. The network lets it through.",
                                 server);
        a.next = xd_arena_printf(j->cs->arena,
                                 "On %s: the service does not take up connections %s. Look "
                                 "into the event log (Status > Logs > Event Log), and "
                                 "restart the node (its calls and registrations drop).",
                                 server, xd_words_path(j, p->first));
        a.where = "Maintenance > Restart options";
        a.actor = XD_ACTOR_CUSTOMER;
        return a;
    }
    a.what = "TCP is up, but the other end never answered the hello.";
    if (!p->first->flow) {
        a.title = "stood still until it was closed";
        a.what = "Only a log tells of it; no capture holds it: nothing more came, and the "
                 "connection was closed for that. No certificate was refused in it.";
    }
    a.next = xd_arena_printf(j->cs->arena,
                             "Switch off inspection (ALG) of connections %s on the path, "
                             "and check that the service at %s runs.",
                             xd_words_path(j, p->first), server);
    a.actor = XD_ACTOR_NETWORK;
    return a;
}

/* What came was no TLS: the ports of the two ends do not speak the same. */
static struct advice advise_no_tls(struct xd_judge *j, const struct xd_plain *p)
{
    const struct xd_conv *v = p->first;
    const char *who = xd_words_end(j, v, p->said_by);
    bool client = p->said_by == XD_CLIENT;
    const char *other = xd_words_end(j, v, client ? XD_SERVER : XD_CLIENT);
    const char *log =
        xd_arena_printf(j->cs->arena, "the log of %s says \"%s\"", who, p->said);
    return (struct advice){
        .title = xd_arena_printf(j->cs->arena, "carries something else than TLS: %s", log),
        .what = xd_arena_printf(
            j->cs->arena,
            "%s: what %s sent is not TLS as that end knows it. As a rule one end takes the "
            "port for one of TLS and the other does not, or something else answers there.",
            xd_words_title(j, log), other),
        .next = xd_arena_printf(
            j->cs->arena,
            "Compare port %u and its transport on both ends: %s takes it for TLS; see what "
            "%s speaks there.",
            v->end[XD_SERVER].port, who, other),
        .where = "Configuration > Zones > Zones",
        .actor = XD_ACTOR_CUSTOMER};
}

/*
 * Where the log of the end that refused names a reason, and by the bundles there is none:
 * what that end had at that moment must have been something else.
 */
static struct advice advise_said(struct xd_judge *j, const struct xd_plain *p,
                                 struct advice a)
{
    const struct xd_conv *v = p->first;
    const char *who = xd_words_end(j, v, p->said_by);
    const char *log =
        xd_arena_printf(j->cs->arena, "the log of %s says \"%s\"", who, p->said);
    a.title = xd_arena_printf(j->cs->arena, "was refused: %s", log);
    if (p->untold) {
        a.what = xd_arena_printf(j->cs->arena, "%s.", xd_words_title(j, log));
        return a;
    }
    a.what = xd_arena_printf(
        j->cs->arena,
        "%s. By the certificates, settings and times in the evidence that reason is not "
        "there, so that no certificate is named as the cause: what %s used at that moment "
        "must have been something else.",
        xd_words_title(j, log), who);
    a.brief = NULL;
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

static struct advice advise(struct xd_judge *j, const struct xd_plain *p)
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

void xd_plain_tell(struct xd_judge *j, const struct xd_plain *p)
{
    const struct xd_conv *v = p->first;
    struct advice a = advise(j, p);
    if (p->said && !p->defect && !p->constraint) {
        bool no_tls = (xd_says_of_text(p->said) & XD_SAYS_NO_TLS) != 0;
        a = no_tls ? advise_no_tls(j, p) : advise_said(j, p, a);
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
        a.brief = NULL;
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
                                  a.brief ? a.brief : xd_words_lower(j, a.next)));
    xd_remedy_add(j, p->d, NULL, a.actor, a.next, a.where);
}
