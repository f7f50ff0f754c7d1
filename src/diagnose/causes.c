/*
 * causes.c - a cause as a finding: its name, whose it is, what makes two refusals one,
 * and what is shown and masked (contract: "How a verdict is reached", 3).
 */
#include "judge_priv.h"

#include <stddef.h>
#include <string.h>

static const unsigned hiding_order[] = {XD_SAYS_TRUST, XD_SAYS_PURPOSE, XD_SAYS_EXPIRED,
                                        XD_SAYS_NOT_YET, XD_SAYS_WEAK};

unsigned xd_first_fault(unsigned faults)
{
    for (size_t i = 0; i < sizeof hiding_order / sizeof *hiding_order; i++) {
        if (faults & hiding_order[i]) {
            return hiding_order[i];
        }
    }
    return 0;
}

enum xd_finding_id xd_cause_of_fault(unsigned fault, enum xd_side presenter,
                                     const struct xd_replay *r)
{
    switch (fault) {
    case XD_SAYS_TRUST:
        return r->missing && r->broken_only && !r->missing->self_signed
                   ? XD_F_INCOMPLETE_CHAIN
                   : XD_F_UNKNOWN_CA;
    case XD_SAYS_PURPOSE:
        if (r->key_usage) {
            return XD_F_KEY_USAGE_UNSUITABLE;
        }
        return presenter == XD_CLIENT ? XD_F_CLIENT_EKU_MISSING : XD_F_SERVER_EKU_MISSING;
    case XD_SAYS_EXPIRED:
        return XD_F_CERTIFICATE_EXPIRED;
    case XD_SAYS_NOT_YET:
        return XD_F_CERTIFICATE_NOT_YET_VALID;
    case XD_SAYS_WEAK:
        return XD_F_WEAK_SIGNATURE;
    case XD_SAYS_NO_CERT:
        return XD_F_NO_CLIENT_CERTIFICATE;
    case XD_SAYS_REVOKED:
        return XD_F_CERTIFICATE_REVOKED;
    case XD_SAYS_CRL:
        return XD_F_REVOCATION_UNAVAILABLE;
    case XD_SAYS_NAME:
        return XD_F_NAME_MISMATCH;
    case XD_SAYS_VERSION:
        return XD_F_PROTOCOL_VERSION_MISMATCH;
    case XD_SAYS_CIPHER:
        return XD_F_NO_SHARED_CIPHER;
    case XD_SAYS_SIGNATURE:
        return XD_F_CA_NAME_DUPLICATE;
    default:
        return XD_FINDING_COUNT;
    }
}

bool xd_store_holds(const struct xd_store *s, const struct xd_cert *c)
{
    for (size_t i = 0; i < s->n_certs; i++) {
        if (s->certs[i] == c) {
            return true;
        }
    }
    return false;
}

const struct xd_cert *xd_cause_renewed_ca(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const struct xd_cert *old = r->time_at;
    if (c->fault != XD_SAYS_EXPIRED || !old || !c->verifier_node ||
        !xd_store_holds(&c->verifier_node->ca, old)) {
        return NULL;
    }
    for (size_t i = 1; i < r->n_chain; i++) {
        const struct xd_cert *ca = r->chain[i];
        if (ca != old && ca->parsed && ca->not_after > r->time &&
            xd_slice_equal(ca->subject_der, old->subject_der) &&
            xd_x509_issued(ca, r->chain[i - 1])) {
            return ca;
        }
    }
    return NULL;
}

static const struct xd_cert *cause_cert(const struct xd_cause *c)
{
    return c->replay->n_chain > 0 ? c->replay->chain[0] : NULL;
}

static bool is_issued_in(struct xd_cert *const *list, size_t n, const struct xd_cert *c)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] != c && list[i]->parsed && xd_x509_issued(list[i], c)) {
            return true;
        }
    }
    return false;
}

const struct xd_cert *xd_cause_namesake(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const struct xd_node *n = c->id == XD_F_UNKNOWN_CA ? c->verifier_node : NULL;
    for (size_t i = 0; n && i < r->n_chain; i++) {
        const struct xd_cert *below = r->chain[i];
        if (!below->parsed || below->self_signed ||
            is_issued_in(r->chain, r->n_chain, below) ||
            is_issued_in(n->ca.certs, n->ca.n_certs, below)) {
            continue;
        }
        for (size_t k = 0; k < n->ca.n_certs; k++) {
            if (xd_slice_equal(n->ca.certs[k]->subject_der, below->issuer_der)) {
                return n->ca.certs[k];
            }
        }
    }
    return NULL;
}

const struct xd_cert *xd_cause_zone_leaf(const struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_node *n = c->presenter_node;
    bool test = c->conv && c->conv->service == XD_SERVICE_TRAVERSAL_TEST &&
                c->presenter == XD_CLIENT && c->fault == XD_SAYS_PURPOSE;
    if (!test || !n || !xd_node_has_two_stores(n) || c->replay->basis != XD_BASE_SEEN) {
        return NULL;
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        const struct xd_presented *p =
            v->node[XD_CLIENT] == n && v->service == XD_SERVICE_TRAVERSAL
                ? xd_conv_presented(v, XD_CLIENT, NULL)
                : NULL;
        if (p && p->n_certs > 0 && p->certs[0] == cause_cert(c)) {
            return NULL; /* the zone shows it too */
        }
    }
    const struct xd_store *s = xd_node_store_for(n, XD_CLIENT);
    return s && s->certs[0] != cause_cert(c) && xd_cert_permits_client(s->certs[0])
               ? s->certs[0]
               : NULL;
}

/* The node whose store or setting the first remedy changes. */
const struct xd_node *xd_cause_node(const struct xd_cause *c)
{
    const struct xd_node *p = c->presenter_node;
    if (c->id == XD_F_CERTIFICATE_EXPIRED && xd_cause_renewed_ca(c)) {
        return c->verifier_node;
    }
    if (c->id == XD_F_UNKNOWN_CA) {
        return c->verifier_node ? c->verifier_node : xd_cause_is_cucm(c) ? NULL : p;
    }
    if (c->id == XD_F_INCOMPLETE_CHAIN) {
        bool sends = p && c->replay->missing && xd_store_holds(&p->ca, c->replay->missing);
        return p && (!sends || !c->verifier_node) ? p : c->verifier_node;
    }
    if (c->id == XD_F_REVOCATION_UNAVAILABLE || c->id == XD_F_CA_NAME_DUPLICATE ||
        c->id == XD_F_CLOCK_SKEW || xd_cause_is_zone_address(c) ||
        xd_cause_name_change(c)) {
        return c->verifier_node;
    }
    return p;
}

void xd_cause_mask(struct xd_judge *j, struct xd_draft *d, const struct xd_replay *r,
                   enum xd_side presenter, unsigned fault)
{
    for (size_t i = 0; i < sizeof hiding_order / sizeof *hiding_order; i++) {
        unsigned bit = r->faults & hiding_order[i];
        if (bit && bit != fault) {
            xd_draft_mask(j, d, xd_cause_of_fault(bit, presenter, r));
        }
    }
    if (r->usage_too) {
        xd_draft_mask(j, d, XD_F_KEY_USAGE_UNSUITABLE);
    }
}

void xd_cause_mask_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cert *leaf,
                        const char *want)
{
    if (leaf && leaf->parsed && want && *want && d->f.id != XD_F_NAME_MISMATCH &&
        !xd_x509_san_matches(leaf, want) && !xd_x509_cn_matches(leaf, want)) {
        xd_draft_mask(j, d, XD_F_NAME_MISMATCH);
    }
}

bool xd_cause_mask_refused(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                           enum xd_side presenter)
{
    unsigned says = 0;
    struct xd_replay r;
    if (!xd_conv_failed(v) || !xd_conv_refuses(v, presenter, &says)) {
        return false;
    }
    if (xd_conv_presented(v, presenter, NULL)) {
        xd_conv_replay(j, v, presenter, &r);
        xd_cause_mask(j, d, &r, presenter, 0);
    }
    return true;
}

/* The setting by which the verifier asks for the purpose, as far as it is known. */
static void show_setting(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *n = c->verifier_node;
    enum xd_service s = c->conv ? c->conv->service : XD_SERVICE_TRAVERSAL;
    if (c->id != XD_F_CLIENT_EKU_MISSING || !n || c->ssh || s == XD_SERVICE_CLUSTER) {
        return;
    }
    if (s == XD_SERVICE_XMPP_ROUTER) {
        if (n->cvs == XD_TRI_ON) {
            xd_evidence_add(j, d, n->cvs_place,
                            "xConfiguration XCP TLS Certificate CVS EnableCvs: On", true);
        }
    } else if (xd_node_eku_check_at(n, c->replay->time) != XD_EKU_CHECK_UNKNOWN) {
        xd_evidence_eku_check(j, d, n, c->replay->time, !c->against_setting);
    }
}

static void show_evidence(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (c->conv) {
        xd_evidence_conv(j, d, c->conv);
    }
    if (c->replay->n_chain > 0) {
        xd_evidence_chain(j, d, c->replay, c->conv, c->presenter);
    }
    const struct xd_node *p = c->presenter_node;
    const struct xd_store *s = p ? xd_node_store_for(p, c->presenter) : NULL;
    if (s && s->certs[0] == cause_cert(c)) {
        xd_evidence_store(j, d, p, s);
    }
    show_setting(j, d, c);
    for (int s2 = 0; c->conv && s2 < 2; s2++) {
        if (c->conv->zone[s2]) {
            xd_evidence_zone(j, d, c->conv->zone[s2]);
        }
    }
}

/* The CA that a node of the case does not trust, whoever of its nodes shows a leaf of it.
 */
static const struct xd_cert *untrusted_ca(const struct xd_cause *c)
{
    const struct xd_cert *top = c->replay->missing ? c->replay->missing : c->replay->top;
    bool of_nodes = c->presenter_node && c->verifier_node && c->id == XD_F_UNKNOWN_CA;
    return of_nodes && top && top->self_signed && top != cause_cert(c) ? top : NULL;
}

/*
 * What makes two refusals one cause.  A defect of a node's own certificate is one,
 * whoever refuses it; trust and names are matters of two.
 */
static const char *key_of(struct xd_judge *j, const struct xd_cause *c)
{
    const unsigned intrinsic =
        XD_SAYS_PURPOSE | XD_SAYS_EXPIRED | XD_SAYS_NOT_YET | XD_SAYS_WEAK;
    if (c->presenter_node && (c->fault & intrinsic) && c->id != XD_F_CLOCK_SKEW) {
        return NULL;
    }
    /* One name that the certificate lacks, whoever of a cluster expects it. */
    if (c->presenter_node && c->fault == XD_SAYS_NAME && c->expected) {
        return xd_arena_printf(j->cs->arena, "%s|name %s", c->presenter_node->id,
                               c->expected);
    }
    const struct xd_party *shower = untrusted_ca(c) ? NULL : &c->parties[0];
    const char *side = c->presenter == XD_CLIENT ? "clients" : "servers";
    return xd_arena_printf(j->cs->arena, "%s|%s", shower ? xd_words_party(j, shower) : side,
                           xd_words_party(j, &c->parties[1]));
}

/* Dates that a wrong clock alone makes too late or too early are no defect. */
static void mask_faults(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const unsigned of_dates = XD_SAYS_EXPIRED | XD_SAYS_NOT_YET;
    struct xd_replay seen = *c->replay;
    struct xd_cause dates = *c;
    dates.fault = c->fault & of_dates ? 0 : xd_first_fault(seen.faults & of_dates);
    dates.id = XD_F_CERTIFICATE_EXPIRED;
    (void)xd_cause_judge_clock(j, &dates, XD_POSSIBLE);
    if (dates.id == XD_F_CLOCK_SKEW) {
        seen.faults &= ~of_dates;
        xd_draft_mask(j, d, XD_F_CLOCK_SKEW);
    }
    xd_cause_mask(j, d, &seen, c->presenter, c->fault);
}

/* Strangers who all fail alike have each a certificate of their own. */
static const struct xd_cert *key_cert(const struct xd_cause *c)
{
    const struct xd_cert *ca = untrusted_ca(c);
    return ca ? ca : c->parties[0].set ? cause_cert(c) : NULL;
}

/* One more that shows a leaf of the same CA. */
static void tell_another(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const char *too =
        xd_arena_printf(j->cs->arena, "%s presents a certificate of that CA too.",
                        xd_words_node(j, c->presenter_node));
    xd_draft_cert(j, d, cause_cert(c));
    if (!strstr(d->f.summary, too)) {
        xd_draft_say(j, d, too);
    }
}

struct xd_draft *xd_cause_raise(struct xd_judge *j, const struct xd_cause *c,
                                enum xd_confidence confidence)
{
    struct xd_draft *d =
        xd_draft_get(j, c->id, xd_cause_node(c), key_cert(c), key_of(j, c));
    bool fresh = xd_draft_is_new(d);
    bool surer = confidence > d->f.confidence;
    xd_draft_confidence(d, confidence);
    if (fresh) {
        d->f.presenter = c->parties[0];
        d->f.verifier = c->parties[1];
        xd_draft_cert(j, d, cause_cert(c));
    }
    mask_faults(j, d, c);
    if (c->fault == XD_SAYS_PURPOSE) {
        xd_draft_cert(j, d, c->replay->purpose_at);
    } else if (c->fault == XD_SAYS_EXPIRED || c->fault == XD_SAYS_NOT_YET) {
        xd_draft_cert(j, d, c->replay->time_at);
    }
    if (c->conv) {
        xd_draft_flow(j, d, c->conv);
        xd_draft_effects(j, d, c->conv);
    }
    show_evidence(j, d, c);
    if (fresh || surer) {
        xd_cause_tell(j, d, c);
    }
    if (fresh) {
        const struct xd_cert *namesake = xd_cause_namesake(c);
        if (namesake) {
            xd_draft_cert(j, d, namesake);
            xd_evidence_ca(j, d, c->verifier_node, namesake);
        }
        xd_cause_remedies(j, d, c);
    } else if (untrusted_ca(c) && c->presenter_node != d->f.presenter.node) {
        tell_another(j, d, c);
    } else if (c->fault == XD_SAYS_NAME && c->verifier_node &&
               c->verifier_node != d->f.verifier.node) {
        const char *too = xd_arena_printf(j->cs->arena, "%s expects that name too.",
                                          xd_words_node(j, c->verifier_node));
        if (!strstr(d->f.summary, too)) {
            xd_draft_say(j, d, too);
        }
    }
    return d;
}
