/*
 * causetext.c - title and summary of a cause: what happened, why, what to do next.
 */
#include "judge_priv.h"

#include <string.h>

struct telling {
    const char *presenter;
    const char *verifier;
    const char *role;    /* "client" or "server" */
    const char *cert;    /* what it shows: the certificate by its name */
    const char *service; /* on which it was shown */
    const char *shows;   /* "presented", or "would present" where nothing was seen */
    const char *refused;
    const char *how; /* what the refusal looked like: a sentence after a blank, or "" */
};

static const char *tell_place(struct xd_judge *j, const struct xd_voice *x)
{
    const struct xd_place *at = &x->place;
    const struct xd_node *n = at->entry ? xd_judge_node_of(j, at->entry) : NULL;
    const char *file =
        !n ? "the evidence"
           : xd_arena_printf(j->cs->arena, "%s's %s", n->id, at->frame ? "capture" : "log");
    if (at->frame) {
        return xd_arena_printf(j->cs->arena, " The refusal is frame %llu of %s, at %s.",
                               (unsigned long long)at->frame, file,
                               xd_words_time(j, at->time));
    }
    return xd_arena_printf(j->cs->arena, " The refusal is line %llu of %s, at %s.",
                           (unsigned long long)at->line, file, xd_words_time(j, at->time));
}

/* The test is not the zone, which may be up from before. */
static const char *tell_test(const struct xd_cause *c)
{
    return c->conv && c->conv->service == XD_SERVICE_TRAVERSAL_TEST
               ? " This was a test and stops nothing by itself; a zone between the two is "
                 "refused alike when it connects anew."
               : "";
}

static const char *tell_how(struct xd_judge *j, const struct xd_cause *c)
{
    if (!c->conv) {
        return c->told ? " A log line or the status tells of the refusal; no capture holds "
                         "the handshake."
                       : " No handshake of it is in the evidence: this follows from the "
                         "stores, the settings and the status alone.";
    }
    const struct xd_voice *best = NULL;
    for (size_t i = 0; i < c->conv->n_voices; i++) {
        const struct xd_voice *x = &c->conv->voices[i];
        if (x->refuser != c->presenter && (!best || (!best->says && x->says))) {
            best = x;
        }
    }
    return xd_arena_printf(j->cs->arena, "%s%s", best ? tell_place(j, best) : "",
                           tell_test(c));
}

static const char *tell_basis(const struct xd_cause *c)
{
    if (c->replay->basis == XD_BASE_SEEN || (!c->conv && !c->told)) {
        return "";
    }
    if (c->replay->basis == XD_BASE_INFERRED) {
        return " The certificate itself is encrypted; the lengths of the records are "
               "consistent with this one.";
    }
    if (c->replay->basis == XD_BASE_STORE) {
        return " The certificate itself was not seen; it is taken from the store that the "
               "role calls for.";
    }
    return " The certificate itself was not seen.";
}

/* The second explanation, where the stores do not settle which certificate this is. */
static const char *tell_doubt(struct xd_judge *j, const struct xd_cause *c)
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
static const char *tell_shown(struct xd_judge *j, const struct telling *t,
                              const char *store)
{
    return xd_arena_printf(j->cs->arena, "%s %s %s%s to %s on %s", t->presenter, t->shows,
                           t->cert, store, t->verifier, t->service);
}

static const char *tell_store(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_node *p = c->presenter_node;
    const struct xd_store *s = p ? xd_node_store_for(p, c->presenter) : NULL;
    bool its_own = s && c->replay->n_chain > 0 && s->certs[0] == c->replay->chain[0];
    return its_own && c->replay->basis == XD_BASE_SEEN
               ? xd_arena_printf(j->cs->arena, " from its %s", xd_words_store(p, s))
               : "";
}

/* The check was switched while logging: the last time before t, or the first after. */
static const struct xd_setting_change *find_switch(const struct xd_node *n, xd_time t,
                                                   bool after)
{
    const struct xd_setting_change *found = NULL;
    for (size_t i = 0; n && t != XD_TIME_NONE && i < n->n_changes; i++) {
        const struct xd_setting_change *x = &n->changes[i];
        bool fits = after ? x->time > t && !found : x->time <= t;
        found = fits && xd_change_is_of_eku_check(x) ? x : found;
    }
    return found;
}

/* What the verifier asks for, where its EKU check was switched on or off since; or NULL. */
static const char *tell_switched(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_node *n = c->verifier_node;
    xd_time t = c->replay->time;
    if (!n || xd_node_eku_check_at(n, t) != XD_EKU_CHECK_ON) {
        return NULL;
    }
    const struct xd_setting_change *before = find_switch(n, t, false);
    const struct xd_setting_change *after = find_switch(n, t, true);
    if (after) {
        return xd_arena_printf(j->cs->arena,
                               "%s's EKU check was on then, so that its inbound SIP TLS "
                               "asked for clientAuth (it was switched off at %s, which "
                               "lets the certificate pass and mends nothing)",
                               n->id, xd_words_time(j, after->time));
    }
    return before ? xd_arena_printf(j->cs->arena,
                                    "%s's EKU check was switched on at %s, and since then "
                                    "its inbound SIP TLS asks for clientAuth",
                                    n->id, xd_words_time(j, before->time))
                  : NULL;
}

/* What the verifier asks for, with its name in place of its role. */
static const char *tell_need(struct xd_judge *j, const struct xd_cause *c)
{
    static const char role[] = "the verifier's";
    const char *why = c->replay->need.why;
    if (!why) {
        return "the verifier asks for it";
    }
    if (c->verifier_node && strncmp(why, role, sizeof role - 1) == 0) {
        const char *switched = tell_switched(j, c);
        return switched ? switched
                        : xd_arena_printf(j->cs->arena, "%s's%s", c->verifier_node->id,
                                          why + sizeof role - 1);
    }
    return why;
}

static void tell_purpose(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                         const struct telling *t)
{
    const char *purpose = c->presenter == XD_CLIENT ? "clientAuth" : "serverAuth";
    const struct xd_replay *r = c->replay;
    const struct xd_cert *at = r->purpose_at;
    bool in_ca = at && r->n_chain > 0 && at != r->chain[0];
    const char *where = in_ca ? xd_arena_printf(j->cs->arena, "The CA \"%s\" above it has",
                                                xd_words_name(at))
                              : "That certificate has";
    const char *has =
        at ? xd_arena_printf(j->cs->arena, "%s %s, which does not permit %s", where,
                             xd_words_eku(j, at), purpose)
           : xd_arena_printf(j->cs->arena, "The refusal says that it does not permit %s",
                             purpose);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses the %s certificate of %s: %s%s",
                        t->verifier, t->role, t->presenter,
                        in_ca ? "its issuing CA does not permit " : purpose,
                        in_ca ? purpose : " is missing"),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s, and %s. The certificate %s.%s%s%s Next: install a certificate with %s "
            "on %s%s.",
            tell_shown(j, t, tell_store(j, c)), has, tell_need(j, c), t->refused,
            tell_basis(c), t->how, tell_doubt(j, c), purpose, t->presenter,
            in_ca ? ", from a CA without that limit" : ""));
}

/* The first to change: the presenter, which then sends the whole chain. */
static const struct xd_node *chain_node(const struct xd_cause *c)
{
    const struct xd_node *first = xd_cause_node(c);
    return first ? first : c->verifier_node;
}

static void tell_chain(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct telling *t)
{
    const struct xd_replay *r = c->replay;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s cannot build the chain of %s: \"%s\" is missing",
                        t->verifier, t->presenter, xd_words_name(r->missing)),
        xd_arena_printf(
            j->cs->arena,
            "%s. The path stops at \"%s\": the intermediate \"%s\" above it %s and is not "
            "among the verifier's trusted CAs, although the CA above that is. With it the "
            "chain is complete.%s%s%s Next: %s.",
            tell_shown(j, t, ""), r->top ? xd_words_name(r->top) : "its issuer",
            xd_words_name(r->missing), c->conv ? "was not sent" : "would not be sent",
            tell_basis(c), t->how, tell_doubt(j, c),
            c->verifier_node
                ? xd_arena_printf(j->cs->arena, "add \"%s\" to the trusted CAs of %s",
                                  xd_words_name(r->missing),
                                  xd_words_node(j, chain_node(c)))
                : xd_arena_printf(j->cs->arena, "have %s send \"%s\" along", t->presenter,
                                  xd_words_name(r->missing))));
}

/* What else it may be, where the path cannot be followed to a known root. */
static const char *tell_either(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    if (c->contradicted) {
        return " By the CA file in its bundle it would trust the chain: the list in use "
               "may "
               "be another one, changed after the file was taken or before a restart that "
               "is "
               "due.";
    }
    if (r->n_chain == 0) {
        return " The certificate was not seen, so that it may be an unknown root or a "
               "missing intermediate.";
    }
    if (!r->trust_tested && r->assumed_to_pass) {
        return " A far end on the Internet is assumed to trust public CAs, and so would "
               "take "
               "this chain; its refusal says that it does not know this one.";
    }
    if (!r->trust_tested) {
        return " Which CAs the verifier trusts is not in the evidence: it may lack the "
               "root, "
               "or an intermediate that was not sent.";
    }
    bool known = (r->top && r->top->self_signed) || r->missing;
    return known ? ""
                 : " The issuer is found nowhere in the case, so that it may be an unknown "
                   "root or a missing intermediate.";
}

static void tell_trust(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct telling *t)
{
    const struct xd_replay *r = c->replay;
    if (c->id == XD_F_INCOMPLETE_CHAIN) {
        tell_chain(j, d, c, t);
        return;
    }
    const char *issuer =
        r->n_chain > 0 && r->chain[0]->issuer_cn
            ? xd_arena_printf(j->cs->arena, " (issued by \"%s\")", r->chain[0]->issuer_cn)
            : "";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s does not trust the CA of the %s certificate of %s", t->verifier,
                        t->role, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s, and it %s: %s.%s%s%s%s Next: make %s trust that CA, or install on %s a "
            "certificate of one that it trusts.",
            tell_shown(j, t, issuer), t->refused,
            r->trust_words ? r->trust_words : "the verifier names an unknown CA",
            tell_either(c), r->n_chain > 0 ? tell_basis(c) : "", t->how, tell_doubt(j, c),
            t->verifier, t->presenter));
}

bool xd_cause_clocks_agree(const struct xd_judge *j, const struct xd_cause *c)
{
    xd_time offset = 0;
    return c->presenter_node && c->verifier_node &&
           xd_clock_pair(j, c->verifier_node, c->presenter_node, &offset) &&
           offset < 5 * XD_SECOND && offset > -5 * XD_SECOND;
}

/* By how much it was too late or too early, and whether a clock may be at fault. */
static const char *tell_by_how_much(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_cert *at = c->replay->time_at;
    xd_time when = c->replay->time;
    bool expired = c->id == XD_F_CERTIFICATE_EXPIRED;
    if (!at || when == XD_TIME_NONE ||
        (expired ? when < at->not_after : when > at->not_before)) {
        return "";
    }
    return xd_arena_printf(
        j->cs->arena, expired ? " It had ended %s before%s." : " It begins %s later%s.",
        xd_words_span(j, expired ? when - at->not_after : at->not_before - when),
        xd_cause_clocks_agree(j, c) ? ", and the clocks of the two nodes agree" : "");
}

static const char *next_of_dates(struct xd_judge *j, const struct xd_cause *c,
                                 const struct telling *t)
{
    if (xd_cause_renewed_ca(c)) {
        return xd_arena_printf(j->cs->arena,
                               "give %s the renewed CA, which stands in the chain of %s",
                               t->verifier, t->presenter);
    }
    if (c->id == XD_F_CERTIFICATE_EXPIRED) {
        return c->clock_doubt
                   ? xd_arena_printf(j->cs->arena,
                                     "compare the clock of %s with the true time; if it is "
                                     "right, renew the certificate and restart %s",
                                     t->verifier, t->presenter)
                   : xd_arena_printf(j->cs->arena, "renew it and restart %s", t->presenter);
    }
    return xd_cause_clocks_agree(j, c)
               ? xd_arena_printf(j->cs->arena,
                                 "have it issued again with an earlier start, or wait "
                                 "until %s",
                                 c->replay->time_at
                                     ? xd_words_time(j, c->replay->time_at->not_before)
                                     : "it begins")
               : "check the clocks, then the certificate's dates";
}

static const char *title_dates(struct xd_judge *j, const struct xd_cause *c,
                               const struct telling *t)
{
    if (xd_cause_renewed_ca(c)) {
        return xd_arena_printf(j->cs->arena,
                               "%s trusts an expired CA, whose renewal signs the %s "
                               "certificate of %s",
                               t->verifier, t->role, t->presenter);
    }
    return xd_arena_printf(
        j->cs->arena, "The %s certificate of %s %s", t->role, t->presenter,
        c->id == XD_F_CERTIFICATE_EXPIRED ? "has expired" : "is not valid yet");
}

static void tell_dates(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct telling *t)
{
    const struct xd_cert *at = c->replay->time_at;
    const char *dates =
        at ? xd_arena_printf(j->cs->arena, "%s is valid from %s to %s",
                             c->replay->n_chain > 0 && at != c->replay->chain[0]
                                 ? xd_arena_printf(j->cs->arena, "The CA \"%s\" above it",
                                                   xd_words_name(at))
                                 : "That certificate",
                             xd_words_time(j, at->not_before),
                             xd_words_time(j, at->not_after))
           : "Its dates were not seen";
    const char *when =
        c->replay->time != XD_TIME_NONE
            ? xd_arena_printf(j->cs->arena, " at %s", xd_words_time(j, c->replay->time))
            : "";
    xd_draft_text(j, d, title_dates(j, c, t),
                  xd_arena_printf(j->cs->arena, "%s%s. %s, and it %s.%s%s%s%s%s Next: %s.",
                                  tell_shown(j, t, ""), when, dates, t->refused,
                                  tell_by_how_much(j, c),
                                  c->clock_doubt ? c->clock_doubt : "", tell_basis(c),
                                  t->how, tell_doubt(j, c), next_of_dates(j, c, t)));
}

/* How it is known that it is the verifier's clock that is wrong. */
static const char *tell_clock(const struct xd_cause *c)
{
    if (c->clock_shown) {
        return c->clock_shown;
    }
    return c->clock_assumed
               ? "No connection is in the evidence of both nodes that would measure their "
                 "clocks: the times of their bundles are that far apart. Either the "
                 "verifier's clock is wrong, or the bundles were not taken at one time."
               : "That the verifier's clock is the wrong one of the two is likely, not "
                 "shown: nothing else in the evidence tells.";
}

static void tell_skew(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                      const struct telling *t)
{
    const struct xd_cert *at = c->replay->time_at;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses a valid certificate: its clock %s wrong",
                        t->verifier, c->clock_assumed && !c->clock_shown ? "may be" : "is"),
        xd_arena_printf(
            j->cs->arena,
            "%s. \"%s\" is valid from %s to %s; by the verifier's clock it was %s, by the "
            "presenter's clock the certificate is in time. %s%s%s Next: %s.",
            tell_shown(j, t, ""), xd_words_name(at), xd_words_time(j, at->not_before),
            xd_words_time(j, at->not_after), xd_words_time(j, c->replay->time),
            tell_clock(c), tell_basis(c), t->how,
            c->clock_assumed && !c->clock_shown
                ? xd_arena_printf(
                      j->cs->arena,
                      "compare the clock of %s with the time of the logs; if it "
                      "is right, collect both bundles at one time, else correct "
                      "NTP",
                      t->verifier)
                : xd_arena_printf(j->cs->arena,
                                  "correct NTP on %s; no certificate needs to change",
                                  t->verifier)));
}

/* The XCP router asks reverse DNS for the name; its log has the address alone. */
static void tell_router_name(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_cause *c, const struct telling *t)
{
    char text[XD_ADDR_TEXT];
    const char *addr = xd_addr_format(&c->parties[0].addr, text);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s does not find the name of %s in %s's certificate (XMPP)",
                        t->verifier, addr, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. With VerifyHostname on, the XCP router looks up which name reverse DNS "
            "gives for %s (ConvertIpToHostname), and that name must be among the "
            "certificate's subject alternative names.%s%s Next: compare the PTR record of "
            "%s with the names in the certificate, and correct the one that is wrong.",
            tell_shown(j, t, ""), addr, tell_basis(c), t->how, addr));
}

static void tell_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                      const struct telling *t)
{
    const char *expected =
        c->expected ? xd_arena_printf(j->cs->arena, "\"%s\"", c->expected) : "another name";
    bool peers = c->conv && c->conv->service == XD_SERVICE_CLUSTER;
    if (xd_cause_is_router_name(c)) {
        tell_router_name(j, d, c, t);
        return;
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s expects %s, which %s's certificate does not name",
                        t->verifier, expected, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. The verifier expects %s%s; %s.%s%s Next: have the name put into the "
            "certificate, or correct the name in the %s.",
            tell_shown(j, t, ""), expected,
            !c->expected ? ""
            : peers      ? ", which the certificate does not name"
                         : ", which is not among the subject alternative names",
            peers ? "an enforcing cluster takes a peer by its name alone"
                  : "it closes such a connection after the handshake, without an alert",
            tell_basis(c), t->how, peers ? "list of cluster peers" : "zone"));
}

static void tell_key_usage(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                           const struct telling *t)
{
    const struct xd_cert *at = c->replay->purpose_at;
    bool in_ca = at && c->replay->n_chain > 0 && at != c->replay->chain[0];
    const char *needs = in_ca ? "a CA has to permit keyCertSign"
                        : c->presenter == XD_CLIENT
                            ? "a TLS client has to permit digitalSignature or keyAgreement"
                            : "a TLS server has to permit digitalSignature, "
                              "keyEncipherment or keyAgreement";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s refuses the %s certificate of %s: its key usage forbids it",
                        t->verifier, t->role, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s: %s; %s. A missing Extended Key Usage gives the same alert, and is not "
            "the reason here. The certificate %s.%s%s%s Next: have it issued again with "
            "digitalSignature and keyEncipherment in its key usage.",
            tell_shown(j, t, tell_store(j, c)),
            in_ca ? xd_arena_printf(j->cs->arena, "The key usage of the CA \"%s\" above it",
                                    xd_words_name(at))
                  : "Its key usage",
            at ? xd_words_key_usage(j, at) : "not known", needs, t->refused, tell_basis(c),
            t->how, tell_doubt(j, c)));
}

static void tell_weak(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                      const struct telling *t)
{
    const struct xd_cert *leaf = c->replay->n_chain > 0 ? c->replay->chain[0] : NULL;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s finds the %s certificate of %s too weak",
                        t->verifier, t->role, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. It is signed with %s and its key is %s; the verifier takes no such "
            "signature or key in the chain.%s%s%s Next: have it issued again with SHA-256 "
            "or "
            "better and a key of at least 2048 bits.",
            tell_shown(j, t, ""), leaf && leaf->signature ? leaf->signature : "?",
            leaf && leaf->key ? leaf->key : "?", tell_basis(c), t->how, tell_doubt(j, c)));
}

static void tell_revoked(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                         const struct telling *t)
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
            tell_shown(j, t, ""), xd_words_title(j, t->verifier), tell_basis(c), t->how,
            tell_doubt(j, c), t->presenter));
}

static void tell_crl(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                     const struct telling *t)
{
    const struct xd_node *n = c->verifier_node;
    bool named = c->says == XD_SAYS_CRL;
    const char *why =
        named ? "says that it has no usable revocation list (CRL) or OCSP answer for it"
              : "refused it by an alert that stands for an unknown CA or an expired "
                "certificate, but for a missing or expired revocation list (CRL) as well";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s cannot check whether %s's certificate is revoked",
                        t->verifier, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s %s. By its trusted CAs and its clock nothing is wrong with the "
            "certificate%s.%s%s Next: load a current CRL of the issuing CA on %s, or make "
            "the sources of CRL and OCSP reachable from there.",
            tell_shown(j, t, ""), xd_words_title(j, t->verifier), why,
            n && n->revocation_check == XD_TRI_ON ? ", and it is set to check revocation"
                                                  : "",
            tell_basis(c), t->how, t->verifier));
}

static void tell_twins(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct telling *t)
{
    const char *name = c->shadow ? xd_words_name(c->shadow) : "?";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s trusts two CAs named \"%s\" and uses the wrong one",
                        t->verifier, name),
        xd_arena_printf(
            j->cs->arena,
            "%s. Two certificates in the trusted CAs of %s have the name of a CA above it, "
            "\"%s\", and different keys. Only the first of them is used, %s, and its key "
            "did not sign.%s%s Next: remove that one from the trusted CAs.",
            tell_shown(j, t, ""), t->verifier, name,
            c->shadow && c->verifier_node
                ? xd_words_ca_place(j, c->verifier_node, c->shadow)
                : "not known",
            tell_basis(c), t->how));
}

static void tell_none_sent(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                           const struct telling *t)
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
    if (c->says == 0 || (c->says & c->fault) || c->contradicted || !c->conv) {
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
                          const struct telling *t)
{
    typedef void (*tell_fn)(struct xd_judge * j, struct xd_draft * d,
                            const struct xd_cause *c, const struct telling *t);
    static const struct {
        unsigned fault;
        tell_fn tell;
    } rows[] = {
        {XD_SAYS_TRUST, tell_trust},       {XD_SAYS_EXPIRED, tell_dates},
        {XD_SAYS_NOT_YET, tell_dates},     {XD_SAYS_NAME, tell_name},
        {XD_SAYS_WEAK, tell_weak},         {XD_SAYS_REVOKED, tell_revoked},
        {XD_SAYS_CRL, tell_crl},           {XD_SAYS_SIGNATURE, tell_twins},
        {XD_SAYS_NO_CERT, tell_none_sent},
    };
    if (c->id == XD_F_CLOCK_SKEW) {
        tell_skew(j, d, c, t);
        return;
    }
    if (c->fault == XD_SAYS_PURPOSE) {
        (c->replay->key_usage ? tell_key_usage : tell_purpose)(j, d, c, t);
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].fault == c->fault) {
            rows[i].tell(j, d, c, t);
            return;
        }
    }
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
    struct telling t = {.presenter = words_of(j, c, 0),
                        .verifier = words_of(j, c, 1),
                        .role = c->presenter == XD_CLIENT ? "client" : "server",
                        .cert = r->n_chain > 0 ? xd_arena_printf(j->cs->arena,
                                                                 "the certificate \"%s\"",
                                                                 xd_words_name(r->chain[0]))
                                               : "a certificate",
                        .service = xd_words_service(c->conv  ? c->conv->service
                                                    : c->ssh ? XD_SERVICE_SSH_TUNNEL
                                                             : XD_SERVICE_TRAVERSAL),
                        .shows = happened ? "presented" : "would present",
                        .refused = happened ? "was refused" : "would be refused",
                        .how = tell_how(j, c)};
    tell_by_fault(j, d, c, &t);
    tell_other_reason(j, d, c);
    if (d->f.n_masked > 0) {
        tell_masked(j, d);
    }
}
