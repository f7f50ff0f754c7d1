/*
 * causetext.c - title and summary of a cause: what happened, why, what to do next.
 */
#include "causetext_priv.h"

#include <string.h>

static bool clocks_differ(const struct xd_judge *j, const struct xd_cause *c)
{
    xd_time offset = 0;
    return c->presenter_node && c->verifier_node &&
           xd_conv_clock_offset(j, c->conv, c->verifier_node, c->presenter_node,
                                c->replay->time, &offset) &&
           (offset >= 5 * XD_SECOND || offset <= -5 * XD_SECOND);
}

static const char *tell_place(struct xd_judge *j, const struct xd_cause *c,
                              const struct xd_voice *x)
{
    const struct xd_place *at = &x->place;
    const struct xd_node *n = at->entry ? xd_judge_node_of(j, at->entry) : NULL;
    const char *file =
        !n ? "the evidence"
           : xd_arena_printf(j->cs->arena, "%s's %s", n->id, at->frame ? "capture" : "log");
    return xd_arena_printf(j->cs->arena, " The refusal is %s %llu of %s, at %s%s.",
                           at->frame ? "frame" : "line",
                           (unsigned long long)(at->frame ? at->frame : at->line), file,
                           xd_words_time(j, at->time),
                           n && clocks_differ(j, c) ? " by its clock" : "");
}

/* Its own Event line says more than one of the TLS library before it. */
static bool tells_more(const struct xd_voice *best, const struct xd_voice *x)
{
    static const char event[] = "Event=\"";
    if (!best || !best->says != !x->says) {
        return !best || x->says;
    }
    return !best->place.frame && best->place.entry == x->place.entry &&
           best->says == x->says && !(best->quote && strstr(best->quote, event)) &&
           x->quote && strstr(x->quote, event);
}

/* The test is not the zone, which may be up from before. */
static const char *tell_test(const struct xd_judge *j, const struct xd_cause *c)
{
    if (xd_cause_zone_leaf(j, c)) {
        return " This was a test and stops nothing by itself: the client store holds "
               "another certificate, which has clientAuth.";
    }
    return c->conv && c->conv->service == XD_SERVICE_TRAVERSAL_TEST
               ? " This was a test and stops nothing by itself; a zone between the two is "
                 "refused alike when it connects anew."
               : "";
}

static const char *tell_how(struct xd_judge *j, const struct xd_cause *c)
{
    if (!c->conv && !c->told && c->fault == XD_SAYS_NAME) {
        return " No handshake in the evidence gets as far as that check: this follows from "
               "the store and the zone's settings alone.";
    }
    if (!c->conv) {
        return c->told ? " A log line or the status tells of the refusal; no capture holds "
                         "the handshake."
                       : " No handshake of it is in the evidence: this follows from the "
                         "stores, the settings and the status alone.";
    }
    const struct xd_voice *best = NULL;
    for (size_t i = 0; i < c->conv->n_voices; i++) {
        const struct xd_voice *x = &c->conv->voices[i];
        if (x->refuser != c->presenter && tells_more(best, x)) {
            best = x;
        }
    }
    return xd_arena_printf(j->cs->arena, "%s%s", best ? tell_place(j, c, best) : "",
                           tell_test(j, c));
}

const char *xd_tell_basis(const struct xd_cause *c)
{
    if (c->replay->basis == XD_BASE_SEEN || (!c->conv && !c->told)) {
        return "";
    }
    if (c->replay->basis == XD_BASE_INFERRED) {
        return " The certificate itself is encrypted; the lengths of the records are "
               "consistent with this one.";
    }
    if (c->replay->basis == XD_BASE_OTHER_SERVICE) {
        return " The certificate itself was not seen; the same end shows this one on the "
               "traversal zone, and an Expressway answers on both with its server "
               "certificate.";
    }
    if (c->replay->basis == XD_BASE_STORE) {
        return " The certificate itself was not seen; it is taken from the store that the "
               "role calls for.";
    }
    return " The certificate itself was not seen.";
}

/* The second explanation, where the stores do not settle which certificate this is. */
const char *xd_tell_doubt(struct xd_judge *j, const struct xd_cause *c)
{
    if (!c->may_be_replaced) {
        return "";
    }
    bool pending = xd_node_restart_pending(c->presenter_node) != NULL;
    return xd_arena_printf(
        j->cs->arena,
        " There are two explanations: the %s of %s holds this certificate, or it was "
        "replaced in that store and the node was not restarted since%s; %s.",
        c->presenter == XD_CLIENT && xd_node_has_two_stores(c->presenter_node)
            ? "client store"
            : "server store",
        xd_words_node(j, c->presenter_node),
        pending ? " (alarm 15028 says that a restart is due)" : "",
        pending ? "in the latter case a restart is enough"
                : "not all of its store files could be read");
}

/* "presented the certificate ... to ... on ..." */
const char *xd_tell_shown(struct xd_judge *j, const struct xd_telling *t, const char *store)
{
    return xd_arena_printf(j->cs->arena, "%s %s %s%s to %s on %s", t->presenter, t->shows,
                           t->cert, store, t->verifier, t->service);
}

const char *xd_tell_store(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_node *p = c->presenter_node;
    const struct xd_store *s = p ? xd_node_store_for(p, c->presenter) : NULL;
    bool its_own = s && c->replay->n_chain > 0 && s->certs[0] == c->replay->chain[0];
    return its_own && c->replay->basis == XD_BASE_SEEN
               ? xd_arena_printf(j->cs->arena, " from its %s", xd_words_store(p, s))
               : "";
}

static void tell_revoked(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                         const struct xd_telling *t)
{
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The %s certificate of %s was revoked by its CA",
                        t->role, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s says that the issuing CA has revoked it. (Its revocation list is in no "
            "file of a bundle, so that the entry cannot be checked here.)%s%s%s Next: ask "
            "the CA why, then have a new certificate issued for a new key and install it "
            "on %s.",
            xd_tell_shown(j, t, ""), xd_words_title(j, t->verifier), xd_tell_basis(c),
            t->how, xd_tell_doubt(j, c), t->presenter));
}

bool xd_tell_hears(const struct xd_cause *c, const char *word)
{
    for (size_t i = 0; c->conv && i < c->conv->n_voices; i++) {
        const struct xd_voice *x = &c->conv->voices[i];
        if (x->from_log && x->own_words && x->quote && strstr(x->quote, word)) {
            return true;
        }
    }
    return false;
}

static void tell_crl(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                     const struct xd_telling *t)
{
    const struct xd_node *n = c->verifier_node;
    bool named = c->says == XD_SAYS_CRL;
    const char *why =
        named && xd_tell_hears(c, "CRL has expired")
            ? "says that its revocation list (CRL) of the issuing CA has expired"
        : named ? "says that it has no usable revocation list (CRL) or OCSP answer for it"
        : (c->says & XD_SAYS_TRUST)
            ? "refused it by an alert that stands for an unknown CA, and for a missing "
              "revocation list (CRL) as well"
            : "refused it by an alert that stands for an expired certificate, and for an "
              "expired revocation list (CRL) as well";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s cannot check whether %s's certificate is revoked",
                        t->verifier, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s %s. By its trusted CAs and its clock nothing is wrong with the "
            "certificate%s.%s%s Next: load a current CRL of the issuing CA on %s, or make "
            "the sources of CRL and OCSP reachable from there.",
            xd_tell_shown(j, t, ""), xd_words_title(j, t->verifier), why,
            n && n->revocation_check == XD_TRI_ON
                ? ", and this node is set to check revocation"
                : "",
            xd_tell_basis(c), t->how, t->verifier));
}

static void tell_none_sent(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                           const struct xd_telling *t)
{
    bool crowd = c->conv && c->conv->assumed;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s asks %s for a certificate and gets none",
                        t->verifier, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "On %s %s asked %s for a client certificate, got none and ended the "
            "handshake.%s%s%s",
            t->service, t->verifier, t->presenter, t->how, xd_request_tell(j, c),
            crowd ? " None of them comes through on this service. Scanners fail like "
                    "that as well. Next: look whether any of these addresses is a "
                    "partner's, and have that one send a certificate."
                  : xd_arena_printf(j->cs->arena,
                                    " Next: give %s a certificate of a CA that the "
                                    "server's request names, or do not require one there "
                                    "(TLS verify mode of the zone).",
                                    t->presenter)));
}

/* The refusal's own reason, where the replay finds another defect. */
static void tell_other_reason(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    bool of_ca = r->key_usage && r->n_chain > 0 && r->purpose_at != r->chain[0];
    bool of_key = xd_cause_namesake(c) && (c->says & XD_SAYS_SIGNATURE);
    if (c->says == 0 || (c->says & c->fault) || of_key || c->contradicted || !c->conv ||
        (of_ca && (c->says & XD_SAYS_TRUST))) {
        return;
    }
    d->f.summary = xd_arena_printf(
        j->cs->arena,
        "%s The refusal itself speaks of something else, which nothing in the evidence "
        "bears out (marked \"against\"): what is named here must be refused in any case.",
        d->f.summary);
}

/* Whoever mends the first defect meets the next one. */
static void tell_masked(struct xd_judge *j, struct xd_draft *d)
{
    const char *list = "";
    for (size_t i = 0; i < d->f.n_masked; i++) {
        const struct xd_finding_info *info = xd_finding_info(d->f.masked[i]);
        list = xd_arena_printf(j->cs->arena, "%s%s: %s",
                               i ? xd_arena_printf(j->cs->arena, "%s; ", list) : "",
                               info->name, xd_words_lower(j, info->title));
    }
    d->f.summary = xd_arena_printf(
        j->cs->arena, "%s Behind it stands the next obstacle, %s.", d->f.summary, list);
}

static void tell_by_fault(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                          const struct xd_telling *t)
{
    static const struct {
        unsigned fault;
        xd_tell_fn *tell;
    } rows[] = {
        {XD_SAYS_TRUST, xd_tell_trust},    {XD_SAYS_EXPIRED, xd_tell_dates},
        {XD_SAYS_NOT_YET, xd_tell_dates},  {XD_SAYS_NAME, xd_tell_name},
        {XD_SAYS_WEAK, xd_tell_weak},      {XD_SAYS_REVOKED, tell_revoked},
        {XD_SAYS_CRL, tell_crl},           {XD_SAYS_SIGNATURE, xd_tell_twins},
        {XD_SAYS_NO_CERT, tell_none_sent},
    };
    if (c->id == XD_F_CLOCK_SKEW) {
        xd_tell_skew(j, d, c, t);
        return;
    }
    if (c->fault == XD_SAYS_PURPOSE) {
        (c->replay->key_usage ? xd_tell_key_usage : xd_tell_purpose)(j, d, c, t);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].fault == c->fault) {
            rows[i].tell(j, d, c, t);
            return;
        }
    }
}

static const char *service_of(const struct xd_cause *c)
{
    const struct xd_node *server = c->conv ? c->conv->node[XD_SERVER] : NULL;
    if (!c->conv) {
        return xd_words_service(c->ssh ? XD_SERVICE_SSH_TUNNEL : XD_SERVICE_TRAVERSAL);
    }
    return c->conv->service == XD_SERVICE_UDS && server && server->role == XD_ROLE_E
               ? "MRA port 8443"
               : xd_words_service(c->conv->service);
}

static const char *words_of(struct xd_judge *j, const struct xd_cause *c, int party)
{
    enum xd_side other = c->presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    return c->parties[party].set || !c->conv
               ? xd_words_named(j, &c->parties[party])
               : xd_words_end(j, c->conv, party == 0 ? c->presenter : other);
}

void xd_cause_tell(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    bool happened = c->conv || c->told;
    struct xd_telling t = {
        .presenter = words_of(j, c, 0),
        .verifier = words_of(j, c, 1),
        .role = c->presenter == XD_CLIENT ? "client" : "server",
        .cert = r->n_chain > 0 ? xd_arena_printf(j->cs->arena, "the certificate \"%s\"",
                                                 xd_words_name(r->chain[0]))
                               : "a certificate",
        .service = service_of(c),
        .shows = happened                   ? "presented"
                 : c->fault == XD_SAYS_NAME ? "presents"
                                            : "would present",
        .refused = happened ? "was refused" : "would be refused",
        .how = tell_how(j, c)};
    tell_by_fault(j, d, c, &t);
    tell_other_reason(j, d, c);
    if (d->f.n_masked > 0) {
        tell_masked(j, d);
    }
}
