/*
 * causetext.c - title and summary of a cause: what happened, why, what to do next.
 */
#include "judge_priv.h"

struct telling {
    const char *presenter;
    const char *verifier;
    const char *role; /* "client" or "server" */
    const char *cert; /* the name in the certificate */
    const char *service;
    const char *how; /* what the refusal looked like */
};

static const char *tell_how(struct xd_judge *j, const struct xd_cause *c)
{
    if (!c->conv) {
        return "No handshake of it is in the evidence; this follows from the stores and "
               "settings alone.";
    }
    const struct xd_voice *best = NULL;
    for (size_t i = 0; i < c->conv->n_voices; i++) {
        const struct xd_voice *x = &c->conv->voices[i];
        if (x->refuser != c->presenter && (!best || (!best->says && x->says))) {
            best = x;
        }
    }
    if (!best) {
        return "";
    }
    return xd_arena_printf(
        j->cs->arena, "%s says so in %s at %s (%s).",
        best->from_log ? "The log" : "The capture",
        best->place.entry && best->place.entry->label ? best->place.entry->label
                                                      : "the evidence",
        xd_words_time(j, best->place.time),
        best->place.frame ? xd_arena_printf(j->cs->arena, "frame %llu",
                                            (unsigned long long)best->place.frame)
                          : xd_arena_printf(j->cs->arena, "line %llu",
                                            (unsigned long long)best->place.line));
}

static const char *tell_basis(const struct xd_cause *c)
{
    if (c->replay->basis == XD_BASE_SEEN) {
        return "";
    }
    if (c->replay->basis == XD_BASE_INFERRED) {
        return " The certificate itself is encrypted; which one it is follows from the "
               "lengths of the records.";
    }
    if (c->replay->basis == XD_BASE_STORE) {
        return " The certificate itself was not seen; it is taken from the store that the "
               "role calls for.";
    }
    return " The certificate itself was not seen.";
}

static void tell_purpose(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                         const struct telling *t)
{
    const char *purpose = c->presenter == XD_CLIENT ? "clientAuth" : "serverAuth";
    const struct xd_replay *r = c->replay;
    const struct xd_cert *at = r->purpose_at;
    bool in_ca = at && r->n_chain > 0 && at != r->chain[0];
    const char *where =
        in_ca ? xd_arena_printf(j->cs->arena, "The CA \"%s\" above it", xd_words_name(at))
              : "It";
    const char *store = "";
    const struct xd_node *p = c->presenter_node;
    if (p && r->basis == XD_BASE_SEEN) {
        const struct xd_store *s = xd_node_store_for(p, c->presenter);
        store = s && r->n_chain > 0 && s->certs[0] == r->chain[0]
                    ? xd_arena_printf(j->cs->arena, " from its %s", xd_words_store(p, s))
                    : "";
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses the %s certificate of %s: %s is missing",
                        t->verifier, t->role, t->presenter, purpose),
        xd_arena_printf(
            j->cs->arena,
            "%s presented the certificate \"%s\"%s to %s on %s. %s has %s, which does not "
            "permit %s; %s, and so the handshake was refused.%s %s Next: install a "
            "certificate with %s there.",
            t->presenter, t->cert, store, t->verifier, t->service, where,
            at ? xd_words_eku(j, at) : "an Extended Key Usage", purpose,
            r->need.why ? r->need.why : "the verifier asks for it", tell_basis(c), t->how,
            purpose));
}

static void tell_trust(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct telling *t)
{
    const struct xd_replay *r = c->replay;
    const char *top = r->top ? xd_words_name(r->top) : "its issuer";
    if (c->id == XD_F_INCOMPLETE_CHAIN) {
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "%s cannot build the chain of %s: \"%s\" is missing",
                            t->verifier, t->presenter, xd_words_name(r->missing)),
            xd_arena_printf(
                j->cs->arena,
                "%s presented the certificate \"%s\" to %s on %s. The path stops at "
                "\"%s\": "
                "the intermediate \"%s\" was not sent and is not among the verifier's "
                "trusted CAs, although their root is. With it the chain is complete.%s %s "
                "Next: add the intermediate to the trusted CAs.",
                t->presenter, t->cert, t->verifier, t->service, top,
                xd_words_name(r->missing), tell_basis(c), t->how));
        return;
    }
    bool known = (r->top && r->top->self_signed) || r->missing;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s does not trust the CA of %s's %s certificate",
                        t->verifier, t->presenter, t->role),
        xd_arena_printf(
            j->cs->arena,
            "%s presented the certificate \"%s\", issued by \"%s\", to %s on %s, and was "
            "refused: %s.%s%s %s Next: make the verifier trust that CA, or present a "
            "certificate of one that it trusts.",
            t->presenter, t->cert,
            r->n_chain > 0 && r->chain[0]->issuer_cn ? r->chain[0]->issuer_cn : "its CA",
            t->verifier, t->service,
            r->trust_words ? r->trust_words : "the verifier names an unknown CA",
            known ? ""
                  : " The issuer is found nowhere in the case, so that it may be an "
                    "unknown root or a missing intermediate.",
            tell_basis(c), t->how));
}

static void tell_dates(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct telling *t)
{
    const struct xd_cert *at = c->replay->time_at;
    bool expired = c->id == XD_F_CERTIFICATE_EXPIRED;
    const char *cert = at ? xd_words_name(at) : t->cert;
    const char *dates = at ? xd_arena_printf(j->cs->arena, "valid from %s to %s",
                                             xd_words_time(j, at->not_before),
                                             xd_words_time(j, at->not_after))
                           : "its dates were not seen";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The %s certificate of %s %s", t->role, t->presenter,
                        expired ? "has expired" : "is not valid yet"),
        xd_arena_printf(j->cs->arena,
                        "%s presented the certificate \"%s\" to %s on %s at %s; \"%s\" is "
                        "%s.%s %s Next: %s.",
                        t->presenter, t->cert, t->verifier, t->service,
                        c->replay->time != XD_TIME_NONE ? xd_words_time(j, c->replay->time)
                                                        : "an unknown time",
                        cert, dates, tell_basis(c), t->how,
                        expired ? "renew it and restart"
                                : "check the clocks, then the certificate's dates"));
}

static void tell_skew(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                      const struct telling *t)
{
    const struct xd_cert *at = c->replay->time_at;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses a valid certificate: its clock is wrong",
                        t->verifier),
        xd_arena_printf(
            j->cs->arena,
            "%s presented the certificate \"%s\" to %s on %s. \"%s\" is valid from "
            "%s to %s; by the verifier's clock it was %s, by the presenter's it is "
            "in time.%s %s Next: correct NTP on %s; no certificate needs to change.",
            t->presenter, t->cert, t->verifier, t->service, xd_words_name(at),
            xd_words_time(j, at->not_before), xd_words_time(j, at->not_after),
            xd_words_time(j, c->replay->time), tell_basis(c), t->how, t->verifier));
}

static void tell_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                      const struct telling *t)
{
    xd_draft_text(
        j, d,
        xd_arena_printf(
            j->cs->arena, "%s expects \"%s\", which %s's certificate does not name",
            t->verifier, c->expected ? c->expected : "another name", t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s presented the certificate \"%s\" to %s on %s. The verifier expects the "
            "name "
            "\"%s\" and it is not among the subject alternative names; it closes the "
            "connection after the handshake, without an alert.%s %s Next: have the name "
            "put "
            "into the certificate, or correct the name in the zone.",
            t->presenter, t->cert, t->verifier, t->service,
            c->expected ? c->expected : "that it was told", tell_basis(c), t->how));
}

void xd_cause_tell(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    struct telling t = {.presenter = xd_words_party(j, &c->parties[0]),
                        .verifier = xd_words_party(j, &c->parties[1]),
                        .role = c->presenter == XD_CLIENT ? "client" : "server",
                        .cert = r->n_chain > 0 ? xd_words_name(r->chain[0]) : "(not seen)",
                        .service = xd_words_service(c->conv  ? c->conv->service
                                                    : c->ssh ? XD_SERVICE_SSH_TUNNEL
                                                             : XD_SERVICE_TRAVERSAL),
                        .how = tell_how(j, c)};
    switch (c->fault) {
    case XD_SAYS_PURPOSE:
        if (!r->key_usage) {
            tell_purpose(j, d, c, &t);
            return;
        }
        break;
    case XD_SAYS_TRUST:
        tell_trust(j, d, c, &t);
        return;
    case XD_SAYS_EXPIRED:
    case XD_SAYS_NOT_YET:
        if (c->id == XD_F_CLOCK_SKEW) {
            tell_skew(j, d, c, &t);
            return;
        }
        tell_dates(j, d, c, &t);
        return;
    case XD_SAYS_NAME:
        tell_name(j, d, c, &t);
        return;
    default:
        break;
    }
    const struct xd_finding_info *info = xd_finding_info(c->id);
    xd_draft_text(j, d,
                  xd_arena_printf(j->cs->arena, "%s (%s to %s)", info->title, t.presenter,
                                  t.verifier),
                  xd_arena_printf(j->cs->arena,
                                  "On %s between %s and %s: %s Certificate: \"%s\".%s %s "
                                  "Next: %s",
                                  t.service, t.presenter, t.verifier, info->meaning, t.cert,
                                  tell_basis(c), t.how, info->remedies));
}
