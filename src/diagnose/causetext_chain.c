/*
 * causetext_chain.c - the words about a chain that is refused for what it is: purpose,
 * trust, key usage, strength, two CAs of one name.
 */
#include "causetext_priv.h"

#include <string.h>

#include "expdiag/text.h"

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
                               "lets the same certificate pass on SIP TLS)",
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

static const char *tell_next_purpose(struct xd_judge *j, const struct xd_cause *c,
                                     const struct xd_telling *t, bool in_ca)
{
    if (xd_cause_zone_leaf(j, c)) {
        return xd_arena_printf(j->cs->arena, "restart %s, and repeat the test",
                               t->presenter);
    }
    return xd_arena_printf(j->cs->arena, "install a certificate with %s on %s%s",
                           c->presenter == XD_CLIENT ? "clientAuth" : "serverAuth",
                           t->presenter, in_ca ? ", from a CA without that limit" : "");
}

void xd_tell_purpose(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                     const struct xd_telling *t)
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
           : xd_arena_printf(j->cs->arena,
                             "The refusal is of the kind that a certificate without %s "
                             "gets",
                             purpose);
    const char *of = xd_cause_zone_leaf(j, c) ? "the secure traversal test of " : "";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses the %s certificate of %s%s: %s%s",
                        t->verifier, t->role, of, t->presenter,
                        in_ca ? "its issuing CA does not permit " : purpose,
                        in_ca ? purpose : " is missing"),
        xd_arena_printf(j->cs->arena, "%s. %s, and %s. The certificate %s.%s%s%s Next: %s.",
                        xd_tell_shown(j, t, xd_tell_store(j, c)), has, tell_need(j, c),
                        t->refused, xd_tell_basis(c), t->how, xd_tell_doubt(j, c),
                        tell_next_purpose(j, c, t, in_ca)));
}

/* The first to change: the presenter, which then sends the whole chain. */
static const struct xd_node *chain_node(const struct xd_cause *c)
{
    const struct xd_node *first = xd_cause_node(c);
    return first ? first : c->verifier_node;
}

static void tell_chain(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct xd_telling *t)
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
            xd_tell_shown(j, t, ""), r->top ? xd_words_name(r->top) : "its issuer",
            xd_words_name(r->missing), c->conv ? "was not sent" : "would not be sent",
            xd_tell_basis(c), t->how, xd_tell_doubt(j, c),
            c->verifier_node
                ? xd_arena_printf(j->cs->arena, "add \"%s\" to the trusted CAs of %s",
                                  xd_words_name(r->missing),
                                  xd_words_node(j, chain_node(c)))
                : xd_arena_printf(j->cs->arena, "have %s send \"%s\" along", t->presenter,
                                  xd_words_name(r->missing))));
}

/* What else it may be, where the path cannot be followed to a known root. */
static const char *tell_either(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const struct xd_cert *namesake = xd_cause_namesake(c);
    if (namesake) {
        return xd_arena_printf(
            j->cs->arena,
            " Among its trusted CAs one is named \"%s\" like the issuer, %s, and has "
            "another key than the one that signed.",
            xd_words_name(namesake), xd_words_ca_place(j, c->verifier_node, namesake));
    }
    if (c->contradicted) {
        return " By the CA file in its bundle it would trust the chain: the list in use "
               "may be another one, changed after the file was taken or before a restart "
               "that is due.";
    }
    if (r->n_chain == 0) {
        return " The certificate was not seen, so that it may be an unknown root or a "
               "missing intermediate.";
    }
    if (!r->trust_tested) {
        return " Which CAs the verifier trusts is not in the evidence: it may lack the "
               "root, or an intermediate that was not sent.";
    }
    bool known = (r->top && r->top->self_signed) || r->missing;
    return known ? ""
                 : " The issuer is found nowhere in the case, so that it may be an unknown "
                   "root or a missing intermediate.";
}

void xd_tell_trust(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                   const struct xd_telling *t)
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
    const struct xd_cert *namesake = xd_cause_namesake(c);
    const char *but =
        namesake ? xd_arena_printf(j->cs->arena, ", but another CA of its name, \"%s\"",
                                   xd_words_name(namesake))
                 : "";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s does not trust the CA of the %s certificate of %s%s",
                        t->verifier, t->role, t->presenter, but),
        xd_arena_printf(
            j->cs->arena,
            "%s, and it %s: %s.%s%s%s%s Next: make %s trust that CA, or install on %s a "
            "certificate of one that it trusts.",
            xd_tell_shown(j, t, issuer), t->refused,
            r->trust_words ? r->trust_words : "the verifier names an unknown CA",
            tell_either(j, c), r->n_chain > 0 ? xd_tell_basis(c) : "", t->how,
            xd_tell_doubt(j, c), t->verifier, t->presenter));
}

void xd_tell_key_usage(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                       const struct xd_telling *t)
{
    const struct xd_cert *at = c->replay->purpose_at;
    bool in_ca = at && c->replay->n_chain > 0 && at != c->replay->chain[0];
    const char *needs = in_ca ? "that of a CA has to name keyCertSign"
                        : c->presenter == XD_CLIENT
                            ? "that of a TLS client has to name digitalSignature or "
                              "keyAgreement"
                            : "that of a TLS server has to name digitalSignature, "
                              "keyEncipherment or keyAgreement";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s refuses the %s certificate of %s: its key usage forbids it",
                        t->verifier, t->role, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s is %s; %s.%s The certificate %s.%s%s%s Next: have it "
            "issued %s.",
            xd_tell_shown(j, t, xd_tell_store(j, c)),
            in_ca ? xd_arena_printf(j->cs->arena, "The key usage of the CA \"%s\" above it",
                                    xd_words_name(at))
                  : "Its key usage",
            at ? xd_words_key_usage(j, at) : "not known", needs,
            in_ca ? ""
                  : " An Extended Key Usage without the purpose gives the same "
                    "alert, and is not the reason here.",
            t->refused, xd_tell_basis(c), t->how, xd_tell_doubt(j, c),
            in_ca ? "by a CA whose key usage permits keyCertSign"
                  : "again with digitalSignature and keyEncipherment in its key "
                    "usage"));
}

/* The one of the two that the refuser's log names, where the leaf has that defect. */
static const char *tell_weakness(struct xd_judge *j, const struct xd_cause *c,
                                 const struct xd_cert *leaf)
{
    const char *sign = leaf && leaf->signature ? leaf->signature : "?";
    const char *key = leaf && leaf->key ? leaf->key : "?";
    bool old = xd_text_contains_nocase(xd_slice_of(sign), "sha1") ||
               xd_text_contains_nocase(xd_slice_of(sign), "md5");
    if (old && xd_tell_hears(c, "digest algorithm too weak")) {
        return xd_arena_printf(
            j->cs->arena, "It is signed with %s; the verifier takes no such digest", sign);
    }
    return xd_arena_printf(j->cs->arena,
                           "It is signed with %s and its key is %s; the verifier takes no "
                           "such signature or key in the chain",
                           sign, key);
}

void xd_tell_weak(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                  const struct xd_telling *t)
{
    const struct xd_cert *leaf = c->replay->n_chain > 0 ? c->replay->chain[0] : NULL;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s finds the %s certificate of %s too weak",
                        t->verifier, t->role, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. %s.%s%s%s Next: have it issued again with SHA-256 or better and a key of "
            "at least 2048 bits.",
            xd_tell_shown(j, t, ""), tell_weakness(j, c, leaf), xd_tell_basis(c), t->how,
            xd_tell_doubt(j, c)));
}

void xd_tell_twins(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                   const struct xd_telling *t)
{
    const char *name = c->shadow ? xd_words_name(c->shadow) : "?";
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s trusts two CAs named \"%s\" and uses the wrong one",
                        t->verifier, name),
        xd_arena_printf(j->cs->arena,
                        "%s. Two certificates in the trusted CAs of %s have the name of a "
                        "CA above that one, \"%s\", and different keys. Only the first of "
                        "them is used, %s, and its key did not sign.%s%s Next: remove that "
                        "one from the trusted CAs.",
                        xd_tell_shown(j, t, ""), t->verifier, name,
                        c->shadow && c->verifier_node
                            ? xd_words_ca_place(j, c->verifier_node, c->shadow)
                            : "not known",
                        xd_tell_basis(c), t->how));
}
