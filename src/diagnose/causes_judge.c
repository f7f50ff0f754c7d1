/*
 * causes_judge.c - a refusal and the replay put together: the cause where both agree,
 * and how sure that is (contract: "How a verdict is reached", 2).
 */
#include "judge_priv.h"

#include <stddef.h>

#include "expdiag/text.h"

static bool single_bit(unsigned bits)
{
    return bits != 0 && (bits & (bits - 1)) == 0;
}

/*
 * The refusal itself settles what the verifier asks for, save on X15.4, on what may be
 * one (without its version and without a client store), and where the settings known are
 * those of another day.
 */
static bool is_disputed(const struct xd_cause *c)
{
    const struct xd_node *n = c->verifier_node;
    if (!n || c->fault != XD_SAYS_PURPOSE || !c->replay->need.uncertain) {
        return false;
    }
    bool untold = !n->version.major && !xd_node_has_two_stores(n);
    bool other_day = n->eku_check != XD_EKU_CHECK_UNKNOWN &&
                     xd_node_eku_check_at(n, c->replay->time) == XD_EKU_CHECK_UNKNOWN;
    return untold || other_day || (n->version.major == 15 && n->version.minor == 4);
}

static enum xd_confidence weigh(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    bool named = (c->says & c->fault) != 0;
    bool just_that = r->faults == c->fault && single_bit(r->faults) && !r->usage_too;
    if (!named || r->basis != XD_BASE_SEEN || !just_that) {
        return XD_PROBABLE;
    }
    if (r->need.outside) {
        return c->fault == XD_SAYS_PURPOSE || c->fault == XD_SAYS_EXPIRED ? XD_CERTAIN
                                                                          : XD_PROBABLE;
    }
    if (is_disputed(c) || !r->trust_tested) {
        return XD_PROBABLE;
    }
    /* A root that is found nowhere leaves two explanations. */
    if (c->fault == XD_SAYS_TRUST && !r->missing && !(r->top && r->top->self_signed)) {
        return XD_PROBABLE;
    }
    return XD_CERTAIN;
}

/* Did the presenter get as far as showing a certificate? */
static bool could_be_refused(const struct xd_conv *v, enum xd_side presenter, unsigned says)
{
    const unsigned of_chains = XD_SAYS_TRUST | XD_SAYS_PURPOSE | XD_SAYS_EXPIRED |
                               XD_SAYS_NOT_YET | XD_SAYS_SIGNATURE;
    if (!v->flow) {
        return true;
    }
    const struct xd_tls_facts *tls = v->flow->tls;
    if (!tls || tls->resumed == 1) {
        return false;
    }
    /* A capture that begins within the handshake shows the certificate, and no hello. */
    if (xd_conv_presented(v, presenter, NULL)) {
        return true;
    }
    /* Whoever objects to a certificate was shown one, though the capture lost it. */
    return (says & of_chains) ||
           (tls->server_hello && tls->version >= 0x0304 && !tls->keys_used);
}

static bool store_unread(const struct xd_store *s)
{
    return !s->entry || !s->whole || s->n_certs == 0;
}

/* A node that its log or captures alone make known hides no more than one without any. */
static bool has_unread_store(const struct xd_node *n)
{
    bool known = n->xconf || n->xstat || n->server.entry || n->client.entry || n->ca.entry;
    return known && (store_unread(&n->server) ||
                     (xd_node_has_two_stores(n) && store_unread(&n->client)));
}

/* Nothing was replaced: what the role's store holds, unread as it is, was shown. */
static bool is_of_unread_store(const struct xd_node *n, enum xd_side presenter)
{
    bool client = presenter == XD_CLIENT && xd_node_has_two_stores(n);
    return store_unread(client ? &n->client : &n->server) && xd_node_uses_its_stores(n);
}

bool xd_cause_is_untold(const struct xd_conv *v, enum xd_side presenter)
{
    const struct xd_node *n = v->node[presenter];
    const struct xd_presented *p = n ? xd_conv_presented(v, presenter, NULL) : NULL;
    return p && p->n_certs > 0 && p->store == XD_STORE_UNKNOWN && has_unread_store(n) &&
           !is_of_unread_store(n, presenter);
}

/*
 * Seen on the wire, and not known to be what the role's store holds now: with that store
 * unread, or a restart due, it may be one that was replaced and is still in use.
 */
static bool may_be_replaced(const struct xd_cause *c)
{
    const struct xd_node *n = c->presenter_node;
    if (!n || c->replay->basis != XD_BASE_SEEN || c->replay->n_chain == 0) {
        return false;
    }
    const struct xd_store *s = xd_node_store_for(n, c->presenter);
    if (s && s->certs[0] == c->replay->chain[0]) {
        return false;
    }
    return has_unread_store(n) || xd_node_restart_pending(n);
}

/*
 * A client of TLS 1.3 may send data behind its Finished before the server has judged its
 * chain: if the server's first word after that is an alert, nothing was accepted.
 */
static bool was_accepted(const struct xd_conv *v, enum xd_side presenter)
{
    const struct xd_flow *f = v->flow;
    bool late = f && f->outcome == XD_OUTCOME_FAILED &&
                f->failure.phase == XD_PHASE_AFTER_HANDSHAKE;
    bool unheard = late && presenter == XD_CLIENT && f->tls && f->tls->version == 0x0304 &&
                   f->failure.kind == XD_FAILURE_ENCRYPTED_ALERT &&
                   f->failure.by == XD_BY_SERVER;
    return late && !unheard;
}

static void name_parties(const struct xd_conv *v, struct xd_cause *c)
{
    enum xd_side other = c->presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    c->conv = v;
    c->presenter_node = v->node[c->presenter];
    c->verifier_node = v->node[other];
    c->parties[0] = xd_conv_party(v, c->presenter);
    c->parties[1] = xd_conv_party(v, other);
}

/* A root that is not trusted, in the verifier's own words: no intermediate is missing. */
static bool names_root(const struct xd_conv *v)
{
    static const char *const words[] = {"self signed cert", "self-signed cert",
                                        "Error=self signed", "Error=self-signed"};
    for (size_t i = 0; i < v->n_voices; i++) {
        const struct xd_voice *x = &v->voices[i];
        for (size_t k = 0; x->from_log && x->quote && k < sizeof words / sizeof *words;
             k++) {
            if (xd_text_contains_nocase(xd_slice_of(x->quote), words[k])) {
                return true;
            }
        }
    }
    return false;
}

/* May trust be named as the reason?  Alerts, and the words about an issuer, narrow alone.
 */
static bool tells_trust(struct xd_judge *j, const struct xd_conv *v,
                        const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    bool crl_as_well = (c->says & XD_SAYS_CRL) && c->verifier_node &&
                       c->verifier_node->revocation_check == XD_TRI_ON;
    if (r->n_chain == 0) {
        return names_root(v);
    }
    return !crl_as_well && xd_replay_tells_ca(j, r);
}

/* The key usage of a CA forbids it to sign: OpenSSL calls that an invalid CA, alert 48. */
static bool limits_signing(const struct xd_replay *r)
{
    return (r->faults & XD_SAYS_PURPOSE) && r->key_usage && r->purpose_at &&
           r->n_chain > 0 && r->purpose_at != r->chain[0];
}

/* The fault that refusal and replay have in common; else what the refusal alone says. */
static unsigned choose_fault(struct xd_judge *j, const struct xd_conv *v,
                             const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    /* An alert 43 or 45 shows that trust was found where it could not be tested. */
    unsigned common = c->says ? r->faults & c->says : r->faults;
    if (common) {
        unsigned first = xd_first_fault(common);
        return first == XD_SAYS_TRUST && !xd_replay_tells_ca(j, r) ? 0 : first;
    }
    bool hidden = r->n_chain == 0;
    if (c->says & XD_SAYS_TRUST && limits_signing(r)) {
        return XD_SAYS_PURPOSE;
    }
    bool tested = r->trust_tested || r->assumed_to_pass;
    if ((c->says & XD_SAYS_TRUST) && (!tested || hidden) && tells_trust(j, v, c)) {
        return XD_SAYS_TRUST;
    }
    if (hidden && (c->says & (XD_SAYS_PURPOSE | XD_SAYS_EXPIRED | XD_SAYS_NOT_YET))) {
        return xd_first_fault(c->says);
    }
    return 0;
}

/*
 * Of two CAs of one name an Expressway uses the first: does another key stand there
 * than the one that signed?
 */
static const struct xd_cert *shadowing_ca(const struct xd_node *verifier,
                                          const struct xd_replay *r)
{
    for (size_t i = 0; verifier && i < r->n_chain; i++) {
        const struct xd_cert *first = NULL;
        for (size_t k = 0; k < verifier->ca.n_certs; k++) {
            const struct xd_cert *ca = verifier->ca.certs[k];
            if (!ca->parsed || ca == r->chain[i] || r->chain[i]->self_signed ||
                !xd_slice_equal(ca->subject_der, r->chain[i]->issuer_der)) {
                continue;
            }
            if (first && xd_x509_issued(ca, r->chain[i])) {
                return first;
            }
            if (!first && xd_x509_issued(ca, r->chain[i])) {
                break;
            }
            first = first ? first : ca;
        }
    }
    return NULL;
}

/* What it trusted at that time its files of another day do not tell. */
static bool is_of_other_logging(const struct xd_judge *j, const struct xd_cause *c)
{
    const unsigned by_trust = XD_SAYS_TRUST | XD_SAYS_SIGNATURE;
    if (!(c->fault & by_trust) || !c->verifier_node) {
        return false;
    }
    struct xd_place told = xd_conv_told_to(j, c->conv, c->verifier_node);
    return xd_node_moved_on(j, c->verifier_node, &told) != XD_TRI_OFF;
}

bool xd_cause_by_signature(struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    bool fits = c->says == 0 || (c->says & (XD_SAYS_SIGNATURE | XD_SAYS_TRUST));
    c->shadow = fits ? shadowing_ca(c->verifier_node, r) : NULL;
    if (!c->shadow && !(fits && (r->faults & XD_SAYS_SIGNATURE))) {
        return false;
    }
    c->id = c->shadow ? XD_F_CA_NAME_DUPLICATE : XD_F_UNKNOWN_CA;
    c->fault = c->shadow ? XD_SAYS_SIGNATURE : XD_SAYS_TRUST;
    return true;
}

struct xd_draft *xd_cause_raise_signature(struct xd_judge *j, const struct xd_cause *c,
                                          enum xd_confidence confidence)
{
    struct xd_draft *d = xd_cause_raise(j, c, confidence);
    d->f.severity = XD_CRITICAL;
    xd_draft_cert(j, d, c->shadow);
    return d;
}

/* An issuer of the right name whose key did not sign. */
static bool explain_signature(struct xd_judge *j, struct xd_conv *v, struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    if (!xd_cause_by_signature(c)) {
        return false;
    }
    bool alone = (r->faults & ~(unsigned)XD_SAYS_SIGNATURE) == 0;
    c->other_logging = is_of_other_logging(j, c);
    bool sure = c->shadow && alone && (c->says & XD_SAYS_SIGNATURE) &&
                r->basis == XD_BASE_SEEN && !v->assumed && !c->other_logging &&
                xd_replay_shadowed(j, c->verifier_node, r, c->shadow);
    v->cause = xd_cause_raise_signature(j, c, sure ? XD_CERTAIN : XD_PROBABLE);
    return true;
}

/*
 * The verifier says that it does not know the CA, and its CA file of the bundle holds it:
 * the list in use is another one, by a change after the file was taken or by a restart
 * that is due.  Returns XD_SAYS_TRUST; 0: that is not so, or the CRL may be it.  No other
 * reason is taken from a refusal that the replay contradicts: alerts never name alone.
 */
static unsigned contradicted_reason(const struct xd_conv *v, const struct xd_cause *c)
{
    const struct xd_node *n = c->verifier_node;
    const struct xd_replay *r = c->replay;
    bool crl = (c->says & XD_SAYS_CRL) && n && !xd_node_ignores_revocation(n);
    if (!n || crl || r->basis != XD_BASE_SEEN || r->n_chain == 0 || !r->trust_tested ||
        r->constraint_words || (r->faults & XD_SAYS_TRUST) ||
        xd_conv_refuses_too(v, c->presenter)) {
        return 0;
    }
    return c->says & XD_SAYS_TRUST;
}

/*
 * The refusal speaks of something else in the chain than what the replay finds in it; but
 * what it finds, this verifier must refuse as well.  Returns the first such fault, or 0.
 */
static unsigned other_fault(struct xd_judge *j, const struct xd_conv *v,
                            const struct xd_cause *c)
{
    const unsigned of_chains =
        XD_SAYS_TRUST | XD_SAYS_PURPOSE | XD_SAYS_EXPIRED | XD_SAYS_NOT_YET;
    const struct xd_replay *r = c->replay;
    if (!(c->says & of_chains) || (c->says & r->faults) || !c->verifier_node ||
        !r->need.checked || r->need.uncertain || !r->trust_tested ||
        r->basis != XD_BASE_SEEN || xd_conv_refuses_too(v, c->presenter)) {
        return 0;
    }
    if ((r->faults & XD_SAYS_TRUST) && !xd_replay_tells_ca(j, r)) {
        return 0;
    }
    return xd_first_fault(r->faults);
}

/*
 * What is in none of the stores of the node that seems to present it may be that of
 * something between the ends: then no CA is missing.
 */
static bool may_be_between(const struct xd_conv *v, const struct xd_cause *c)
{
    const struct xd_presented *p = xd_conv_presented(v, c->presenter, NULL);
    return c->fault == XD_SAYS_TRUST && c->presenter_node && p &&
           p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE;
}

/* Confidence, and what the doubts are; a clock may turn out to be the cause. */
static enum xd_confidence settle_confidence(struct xd_judge *j, const struct xd_conv *v,
                                            struct xd_cause *c)
{
    enum xd_confidence confidence = xd_cause_judge_clock(j, c, weigh(c));
    c->may_be_replaced = may_be_replaced(c);
    c->other_logging = is_of_other_logging(j, c);
    /* That the store's file is missing opens the remedy, not what was seen. */
    bool replaced =
        c->may_be_replaced && !is_of_unread_store(c->presenter_node, c->presenter);
    bool doubted = v->assumed || replaced || c->against_setting || c->other_logging ||
                   may_be_between(v, c);
    if (doubted && confidence > XD_PROBABLE) {
        confidence = XD_PROBABLE;
    }
    return confidence;
}

static void show_doubts(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    bool other = c->says && !(c->says & c->fault) && !limits_signing(c->replay);
    for (size_t i = 0; other && i < c->conv->n_voices; i++) {
        const struct xd_voice *x = &c->conv->voices[i];
        if (x->says && x->refuser != c->presenter) {
            xd_evidence_add(j, d, x->place,
                            xd_arena_printf(j->cs->arena,
                                            "this speaks of another defect: %s", x->quote),
                            false);
        }
    }
    if (c->contradicted) {
        struct xd_place place = {.entry = c->verifier_node->ca.entry, .time = XD_TIME_NONE};
        xd_evidence_add(j, d, place,
                        "by this file the verifier trusts the chain that it refused",
                        false);
    }
    if (c->other_logging) {
        xd_evidence_other_day(j, d, c->verifier_node, &c->verifier_node->ca);
    }
    struct xd_alarm *pending =
        c->may_be_replaced ? xd_node_restart_pending(c->presenter_node) : NULL;
    if (pending) {
        xd_evidence_add(j, d, pending->place,
                        "alarm 15028: a restart is due, so that the certificate in use may "
                        "be an older one",
                        false);
    }
}

/*
 * By its settings the verifier's check is off, and yet it refuses the chain for its
 * purpose: what happens outranks a dump (contract: "How a verdict is reached", 5).
 */
static void outrank_setting(struct xd_judge *j, struct xd_cause *c, struct xd_replay *r)
{
    if (!(c->says & XD_SAYS_PURPOSE) || c->presenter != XD_CLIENT || !c->verifier_node ||
        !r->need.checked || r->need.purpose != XD_PURPOSE_NONE || r->n_chain == 0 ||
        c->conv->service == XD_SERVICE_CLUSTER ||
        c->conv->service == XD_SERVICE_XMPP_ROUTER) {
        return;
    }
    struct xd_replay strict = *r;
    strict.need.purpose = XD_PURPOSE_CLIENT;
    strict.need.why = "although the dump of the verifier calls its EKU check off, it asks "
                      "for clientAuth";
    xd_replay_chain(j, c->verifier_node, &strict);
    if (strict.faults & XD_SAYS_PURPOSE) {
        *r = strict;
        c->against_setting = true;
    }
}

static bool explain_side(struct xd_judge *j, struct xd_conv *v, enum xd_side presenter)
{
    struct xd_cause c = {.presenter = presenter};
    if (!xd_conv_refuses(v, presenter, &c.says) ||
        !could_be_refused(v, presenter, c.says)) {
        return false;
    }
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    xd_conv_replay(j, v, presenter, r);
    c.replay = r;
    name_parties(v, &c);
    outrank_setting(j, &c, r);
    if (was_accepted(v, presenter) && c.says == 0) {
        return false; /* by then the chain had been accepted */
    }
    const struct xd_presented *p = xd_conv_presented(v, presenter, NULL);
    if (presenter == XD_CLIENT && p && p->n_certs == 0) {
        return false; /* no-client-certificate */
    }
    if ((!r->need.checked && c.says == 0) || xd_cause_is_untold(v, presenter)) {
        return false;
    }
    c.fault = choose_fault(j, v, &c);
    if (!c.fault && explain_signature(j, v, &c)) {
        return true;
    }
    if (!c.fault) {
        c.fault = contradicted_reason(v, &c);
        c.contradicted = c.fault != 0;
    }
    c.fault = c.fault ? c.fault : other_fault(j, v, &c);
    if (!c.fault) {
        return false;
    }
    c.id = xd_cause_of_fault(c.fault, presenter, r);
    enum xd_confidence confidence = settle_confidence(j, v, &c);
    v->cause = xd_cause_raise(j, &c, confidence);
    xd_cause_mask_name(j, v->cause, r->n_chain > 0 ? r->chain[0] : NULL,
                       xd_conv_asked_name(v, presenter));
    show_doubts(j, v->cause, &c);
    return true;
}

void xd_rule_causes(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || !v->related || !xd_conv_failed(v) ||
            v->protocol != XD_PROTOCOL_TLS) {
            continue;
        }
        if (!explain_side(j, v, XD_CLIENT)) {
            explain_side(j, v, XD_SERVER);
        }
    }
}
