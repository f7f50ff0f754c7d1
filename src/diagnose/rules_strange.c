/*
 * rules_strange.c - leaves on the wire that are in none of their node's stores: an
 * old certificate still in use, something that answers TLS in between, or another
 * SSH server than expected.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

static bool issuer_fits(const struct xd_store *s, const struct xd_cert *leaf)
{
    for (size_t i = 0; i < s->n_certs; i++) {
        if (xd_slice_equal(s->certs[i]->issuer_der, leaf->issuer_der) ||
            (s->certs[i]->is_ca &&
             xd_slice_equal(s->certs[i]->subject_der, leaf->issuer_der))) {
            return true;
        }
    }
    return false;
}

static bool subject_fits(const struct xd_store *s, const struct xd_cert *leaf)
{
    return s->n_certs > 0 && leaf->subject_der.len > 2 &&
           xd_slice_equal(s->certs[0]->subject_der, leaf->subject_der);
}

/* Does it bear a name of this node: its own, or one that its certificates have? */
static bool name_fits(const struct xd_node *n, const struct xd_cert *leaf)
{
    const struct xd_store *stores[2] = {&n->server, &n->client};
    if ((n->fqdn &&
         (xd_x509_san_matches(leaf, n->fqdn) || xd_x509_cn_matches(leaf, n->fqdn)))) {
        return true;
    }
    for (int i = 0; i < 2; i++) {
        const struct xd_cert *own = stores[i]->n_certs > 0 ? stores[i]->certs[0] : NULL;
        for (size_t k = 0; own && k < own->n_san; k++) {
            if (own->san[k].text && xd_x509_san_matches(leaf, own->san[k].text)) {
                return true;
            }
        }
    }
    return false;
}

#define NEAR_SESSION (600 * XD_SECOND) /* so far clocks of a pair differ untold */
/* A clock that nothing measures may be wrong by the hour of summer time. */
#define AFTER_SESSION (4200 * XD_SECOND)
/* The stamp of a bundle's name may be of any time zone. */
#define ANY_ZONE (15 * 3600LL * XD_SECOND)

enum strange { STRANGE_STALE, STRANGE_BETWEEN };

/* An issuer of its own certificates, or one that gives nobody else its names. */
static bool is_own_issuer(const struct xd_node *n, const struct xd_cert *leaf)
{
    bool subject = subject_fits(&n->server, leaf) || subject_fits(&n->client, leaf);
    bool public = leaf->issuer_kind == XD_ISSUER_PUBLIC &&
                  (subject || (n->fqdn && xd_x509_san_matches(leaf, n->fqdn)));
    return public || issuer_fits(&n->server, leaf) || issuer_fits(&n->client, leaf);
}

/*
 * Its CA file alone ties the issuer to the node, which did not see it itself: where a
 * company inspects TLS, each of its nodes trusts the CA of the inspection.
 */
static bool is_tied_by_trust(const struct xd_judge *j, const struct xd_node *n,
                             const struct xd_flow *seen_in, const struct xd_cert *leaf)
{
    return !is_own_issuer(n, leaf) && issuer_fits(&n->ca, leaf) &&
           xd_judge_node_of(j, seen_in->first.entry) != n && !xd_node_restart_pending(n);
}

/*
 * What the node itself sends into its own capture cannot come from in between; and
 * what comes from an issuer that the node knows is an older certificate of its own, but
 * where it had shown the one of its store before.
 */
static enum strange classify(struct xd_judge *j, const struct xd_conv *v, enum xd_side by,
                             const struct xd_flow *seen_in, const struct xd_cert *leaf)
{
    const struct xd_node *n = v->node[by];
    bool subject = subject_fits(&n->server, leaf) || subject_fits(&n->client, leaf);
    bool own_capture = xd_judge_node_of(j, seen_in->first.entry) == n;
    if (is_tied_by_trust(j, n, seen_in, leaf)) {
        return xd_conv_follows_right(j, v, by) ? STRANGE_BETWEEN : STRANGE_STALE;
    }
    if (is_own_issuer(n, leaf) || issuer_fits(&n->ca, leaf) || (subject && own_capture)) {
        return STRANGE_STALE;
    }
    return xd_node_restart_pending(n) ? STRANGE_STALE : STRANGE_BETWEEN;
}

/* When a bundle's own log or captures begin, and until when its stores tell of the node. */
struct session {
    xd_time begin; /* XD_TIME_NONE: it has neither */
    xd_time end;
};

static void widen(struct session *s, xd_time from, xd_time to)
{
    s->begin = s->begin == XD_TIME_NONE || from < s->begin ? from : s->begin;
    s->end = s->end == XD_TIME_NONE || to > s->end ? to : s->end;
}

/*
 * A stamp at which its own log or captures end is of their clock, and the files are of
 * then; any other may be of any time zone.
 */
static xd_time end_of(const struct xd_node *n, const struct session *s)
{
    if (n->stamp == XD_TIME_NONE || s->begin == XD_TIME_NONE) {
        return s->begin == XD_TIME_NONE ? XD_TIME_NONE : s->begin + ANY_ZONE;
    }
    bool same = n->stamp >= s->end && n->stamp - s->end <= NEAR_SESSION;
    return same ? n->stamp + AFTER_SESSION
                : (n->stamp > s->begin ? n->stamp : s->begin) + ANY_ZONE;
}

/* By node. */
static struct session *find_sessions(const struct xd_judge *j)
{
    const struct xd_case *cs = j->cs;
    struct session *all = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof *all);
    for (size_t i = 0; i < cs->n_nodes; i++) {
        xd_time begin = cs->nodes[i]->log ? cs->nodes[i]->as_of : XD_TIME_NONE;
        all[i] = (struct session){begin, begin};
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];
        const struct xd_node *n = xd_judge_node_of(j, f->first.entry);
        const struct xd_place *end = f->tcp.end_of_capture;
        if (n) {
            widen(&all[n->index], f->first.time, end ? end->time : f->last.time);
        }
    }
    for (size_t i = 0; i < cs->n_logs; i++) {
        const struct xd_node *n = xd_judge_node_of(j, cs->logs[i].entry);
        if (n && cs->logs[i].lines > 0 && all[n->index].begin != XD_TIME_NONE) {
            widen(&all[n->index], all[n->index].begin, cs->logs[i].last);
        }
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        all[i].end = end_of(cs->nodes[i], &all[i]);
    }
    return all;
}

/*
 * Stores are written when the bundle is made: of a handshake that only a bundle of another
 * day shows they say nothing, since a certificate may be replaced in between.
 */
static bool stores_are_of_then(const struct xd_judge *j, const struct xd_conv *v,
                               const struct xd_node *n, const struct session *s)
{
    for (size_t i = 0; i < v->n_views; i++) {
        if (xd_judge_node_of(j, v->views[i]->first.entry) == n) {
            return true;
        }
    }
    if (s->begin == XD_TIME_NONE || v->time == XD_TIME_NONE) {
        return false;
    }
    return v->time >= s->begin - NEAR_SESSION && v->time <= s->end;
}

/* "", or that it had expired by then. */
static const char *tell_ended(struct xd_judge *j, const struct xd_conv *v,
                              const struct xd_presented *p)
{
    const struct xd_cert *leaf = p->certs[0];
    return leaf->parsed && v->time != XD_TIME_NONE && leaf->not_after < v->time
               ? xd_arena_printf(j->cs->arena, ", which expired on %s",
                                 xd_words_time(j, leaf->not_after))
               : "";
}

/* What speaks against a restart that is due; or "". */
static const char *tell_doubt(struct xd_judge *j, const struct xd_conv *v,
                              const struct xd_presented *p, const struct xd_flow *seen_in)
{
    const struct xd_node *n = v->node[p->by];
    if (is_tied_by_trust(j, n, seen_in, p->certs[0])) {
        return xd_arena_printf(
            j->cs->arena,
            " If %s never had a certificate of \"%s\", something in between that inspects "
            "TLS presents it.",
            xd_words_node(j, n), p->certs[0]->issuer ? p->certs[0]->issuer : "?");
    }
    return xd_conv_follows_right(j, v, p->by)
               ? xd_arena_printf(j->cs->arena,
                                 " But %s had shown the certificate of its store before: "
                                 "it may have been changed back and forth since.",
                                 xd_words_node(j, n))
               : "";
}

static void tell_stale(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                       const struct xd_presented *p, const char *doubt)
{
    const struct xd_node *n = v->node[p->by];
    const struct xd_store *s = xd_node_store_for(n, p->by);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s still presents a certificate that was replaced",
                        xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "On %s %s presented \"%s\" (serial %s), which is in none of its stores; the %s "
            "holds \"%s\" (serial %s)%s. The certificate was replaced and the services "
            "still use the old one%s.%s Next: restart %s.",
            xd_words_service(v->service), xd_words_node(j, n), xd_words_name(p->certs[0]),
            p->certs[0]->serial ? p->certs[0]->serial : "?",
            s ? xd_words_store(n, s) : "store", s ? xd_words_name(s->certs[0]) : "another",
            s && s->certs[0]->serial ? s->certs[0]->serial : "?",
            s && issuer_fits(s, p->certs[0]) && !subject_fits(s, p->certs[0])
                ? ", of the same issuer"
                : "",
            tell_ended(j, v, p), doubt, xd_words_node(j, n)));
    xd_remedy_restart(j, d, n);
}

static void tell_between(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                         const struct xd_presented *p)
{
    const struct xd_node *n = v->node[p->by];
    bool ssh = v->protocol == XD_PROTOCOL_SSH;
    const char *issuer = p->certs[0]->issuer ? p->certs[0]->issuer : "?";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        ssh ? "What answers as %s on SSH is not that node"
                            : "Something between the ends presents a certificate as %s",
                        xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "On %s the address of %s presented \"%s\", issued by \"%s\". It is in none of "
            "that node's stores%s, and %s. %s",
            xd_words_service(v->service), xd_words_node(j, n), xd_words_name(p->certs[0]),
            issuer,
            p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE
                ? ""
                : " that could be read (one of them is missing, and might hold it)",
            issuer_fits(&n->server, p->certs[0]) || issuer_fits(&n->client, p->certs[0])
                ? "although it comes from an issuer of that node's certificates, it has "
                  "none of the node's names"
                : "none of that node's certificates comes from that issuer",
            ssh ? xd_arena_printf(j->cs->arena,
                                  "Another machine answers on that address and port. Next: "
                                  "find out which machine answers the connections %s.",
                                  xd_words_path(j, v))
                : "A firewall or proxy that inspects TLS does exactly this. Next: exempt "
                  "this traffic from inspection."));
    xd_remedy_add(
        j, d, NULL, XD_ACTOR_NETWORK,
        xd_arena_printf(
            j->cs->arena,
            ssh ? "Find out which machine answers the connections %s (address translation, "
                  "another node, inspection), and correct the path."
                : "Exempt the connections %s from TLS inspection on the firewalls and "
                  "proxies between them.",
            xd_words_path(j, v)),
        NULL);
}

static bool views_agree(const struct xd_conv *v, enum xd_side by)
{
    const struct xd_cert *leaf = NULL;
    for (size_t i = 0; i < v->n_views; i++) {
        for (size_t k = 0; k < v->views[i]->n_presented; k++) {
            const struct xd_presented *p = &v->views[i]->presented[k];
            if (p->by != by || p->n_certs == 0) {
                continue;
            }
            if (leaf && leaf != p->certs[0]) {
                return false;
            }
            leaf = p->certs[0];
        }
    }
    return true;
}

/*
 * One of the node's stores was not read, so that the leaf may be in it.  But nothing else
 * of the node knows its issuer, which is no public one, and it was refused.
 */
static bool may_be_foreign(struct xd_judge *j, const struct xd_conv *v,
                           const struct xd_presented *p, const struct xd_flow *seen_in)
{
    const struct xd_node *n = v->node[p->by];
    const struct xd_cert *leaf = p->certs[0];
    unsigned says = 0;
    bool read = n->server.n_certs > 0 || n->client.n_certs > 0;
    return p->store == XD_STORE_UNKNOWN && read && n->ca.entry && n->ca.whole &&
           leaf->parsed && leaf->issuer_kind != XD_ISSUER_PUBLIC &&
           classify(j, v, p->by, seen_in, leaf) == STRANGE_BETWEEN &&
           xd_judge_node_of(j, seen_in->first.entry) != n && xd_conv_failed(v) &&
           xd_conv_refuses(v, p->by, &says);
}

/* The rows of C's tunnels to this E that its host key brought down; since then or still. */
static void attach_tunnels(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                           enum xd_side by)
{
    bool key = v->protocol == XD_PROTOCOL_SSH && by == XD_SERVER;
    const struct xd_node *c = key ? v->node[XD_CLIENT] : NULL;
    for (size_t i = 0; c && i < c->n_tunnels; i++) {
        struct xd_tunnel *t = &j->cs->nodes[c->index]->tunnels[i];
        bool failed = t->status && xd_text_contains_nocase(xd_slice_of(t->status), "fail");
        bool by_key =
            t->reason && xd_text_contains_nocase(xd_slice_of(t->reason), "host key");
        if (failed && by_key && t->node == v->node[XD_SERVER]) {
            xd_draft_tunnel(j, d, t);
            xd_evidence_tunnel(j, d, t);
        }
    }
}

/* From an address that a NAT gives the node, and not in its own capture: or another's. */
static bool may_be_anothers(const struct xd_judge *j, const struct xd_conv *v,
                            enum xd_side by)
{
    const struct xd_node *n = v->node[by];
    if (xd_node_has_address(n, &v->end[by].addr)) {
        return false;
    }
    for (size_t i = 0; i < v->n_views; i++) {
        if (xd_judge_node_of(j, v->views[i]->first.entry) == n) {
            return false;
        }
    }
    return by == XD_CLIENT && n->n_addrs > 0;
}

/* Is the leaf that was shown strange to its node, as far as its stores can tell? */
static bool is_strange(struct xd_judge *j, const struct xd_conv *v,
                       const struct xd_presented *p, const struct xd_flow *seen_in,
                       const struct session *sessions)
{
    const struct xd_node *n = v->node[p->by];
    return (p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE ||
            may_be_foreign(j, v, p, seen_in)) &&
           (stores_are_of_then(j, v, n, &sessions[n->index]) || xd_node_restart_pending(n));
}

/* Nothing is stale of what was replaced since and is in use, or may be another's. */
static bool is_no_longer(struct xd_judge *j, const struct xd_conv *v,
                         const struct xd_presented *p, bool stale)
{
    const struct xd_node *n = v->node[p->by];
    bool named = name_fits(n, p->certs[0]) || subject_fits(&n->client, p->certs[0]);
    bool own = stale || (named && v->protocol == XD_PROTOCOL_SSH);
    return (own && xd_conv_outlived(j, v, p->by) == XD_TRI_ON) ||
           (!named && may_be_anothers(j, v, p->by));
}

static void judge_leaf(struct xd_judge *j, struct xd_conv *v, enum xd_side by,
                       const struct session *sessions)
{
    const struct xd_flow *seen_in = NULL;
    const struct xd_presented *p = xd_conv_presented(v, by, &seen_in);
    const struct xd_node *n = v->node[by];
    if (v->cause || !p || !n || p->n_certs == 0 ||
        !is_strange(j, v, p, seen_in, sessions)) {
        return;
    }
    bool whole = p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE;
    bool ssh = v->protocol == XD_PROTOCOL_SSH;
    bool stale = whole && classify(j, v, by, seen_in, p->certs[0]) == STRANGE_STALE;
    /* Another machine of the same house may have a certificate of the same CA. */
    stale = stale &&
            !(ssh && !name_fits(n, p->certs[0]) && !subject_fits(&n->server, p->certs[0]) &&
              xd_judge_node_of(j, seen_in->first.entry) != n);
    if (is_no_longer(j, v, p, stale)) {
        return;
    }
    enum xd_finding_id id = stale ? XD_F_STALE_CERTIFICATE_PRESENTED
                            : ssh ? XD_F_SSH_HOST_KEY_UNEXPECTED
                                  : XD_F_TLS_INTERCEPTED;
    const char *doubt = stale ? tell_doubt(j, v, p, seen_in) : "";
    struct xd_draft *d = xd_draft_get(j, id, stale ? n : NULL, p->certs[0], n->id);
    if (xd_draft_is_new(d)) {
        d->f.presenter = (struct xd_party){n, v->end[by].addr, true};
        d->f.verifier = (struct xd_party){v->node[!by], v->end[!by].addr, true};
        xd_draft_cert(j, d, p->certs[0]);
        if (stale) {
            tell_stale(j, d, v, p, doubt);
        } else {
            tell_between(j, d, v, p);
        }
    }
    bool sure = stale ? xd_conv_outlived(j, v, by) == XD_TRI_OFF &&
                            !may_be_anothers(j, v, by) && !*doubt
                      : ssh || !views_agree(v, by);
    xd_draft_confidence(d, !whole ? XD_POSSIBLE : sure ? XD_CERTAIN : XD_PROBABLE);
    xd_draft_flow(j, d, v);
    xd_evidence_add(j, d, p->place,
                    xd_arena_printf(j->cs->arena, "certificate presented by %s%s: %s",
                                    stale ? "" : "what answers as ",
                                    xd_words_side(j, v, by), xd_words_cert(j, p->certs[0])),
                    true);
    xd_evidence_store(j, d, n, xd_node_store_for(n, by));
    struct xd_alarm *pending = stale ? xd_node_restart_pending(n) : NULL;
    if (pending) {
        xd_draft_alarm(j, d, pending);
        xd_evidence_alarm(j, d, pending);
    }
    if (xd_cause_mask_refused(j, d, v, by)) {
        xd_evidence_conv(j, d, v);
        xd_draft_effects(j, d, v);
        v->cause = d;
    }
    attach_tunnels(j, d, v, by);
}

void xd_rule_strange_leaves(struct xd_judge *j)
{
    const struct session *sessions = find_sessions(j);
    for (size_t i = 0; i < j->n_convs; i++) {
        if (j->convs[i]->related) {
            judge_leaf(j, j->convs[i], XD_CLIENT, sessions);
            judge_leaf(j, j->convs[i], XD_SERVER, sessions);
        }
    }
}
