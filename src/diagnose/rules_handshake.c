/*
 * rules_handshake.c - handshakes that fail for something else than a defect of a
 * chain: no certificate at all, no common version or cipher, another name, revocation.
 */
#include "judge_priv.h"

#include <stdio.h>
#include <string.h>

#include "expdiag/text.h"

enum { TLS_1_2 = 0x0303 };

static void set_parties(struct xd_draft *d, const struct xd_conv *v)
{
    d->f.presenter = xd_conv_party(v, XD_CLIENT);
    d->f.verifier = xd_conv_party(v, XD_SERVER);
}

static const char *key_of(struct xd_judge *j, const struct xd_conv *v)
{
    char text[XD_ENDPOINT_TEXT];
    return xd_arena_printf(j->cs->arena, "%s|%s", xd_words_side(j, v, XD_CLIENT),
                           xd_endpoint_format(&v->end[XD_SERVER], text));
}

static unsigned all_says(const struct xd_conv *v)
{
    unsigned says = 0;
    for (size_t i = 0; i < v->n_voices; i++) {
        says |= v->voices[i].says;
    }
    return says;
}

static void start_cause(const struct xd_conv *v, enum xd_side presenter, unsigned fault,
                        struct xd_cause *c)
{
    enum xd_side other = presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    *c = (struct xd_cause){
        .fault = fault,
        .conv = v,
        .presenter = presenter,
        .presenter_node = v->node[presenter],
        .verifier_node = v->node[other],
        .parties = {xd_conv_party(v, presenter), xd_conv_party(v, other)}};
}

/*
 * The client has a certificate for its role, and its own capture does not show that it sent
 * none: something between the ends may have answered in its place.
 */
static bool may_have_sent(const struct xd_judge *j, const struct xd_conv *v)
{
    const struct xd_node *n = v->node[XD_CLIENT];
    for (size_t i = 0; n && i < v->n_views; i++) {
        if (xd_judge_node_of(j, v->views[i]->first.entry) == n) {
            return false;
        }
    }
    return n && xd_node_store_for(n, XD_CLIENT);
}

/* An empty Certificate message, or the verifier's own words, and a refusal. */
static bool judge_no_certificate(struct xd_judge *j, struct xd_conv *v)
{
    const struct xd_presented *p = xd_conv_presented(v, XD_CLIENT, NULL);
    unsigned says = 0;
    bool empty = p && p->n_certs == 0;
    bool refused = xd_conv_refuses(v, XD_CLIENT, &says);
    bool named = (all_says(v) & XD_SAYS_NO_CERT) != 0;
    if (!refused || (!named && !(empty && says == 0))) {
        return false;
    }
    if (p && p->n_certs > 0) {
        return false; /* one was sent: the words are about another connection */
    }
    if (xd_conv_refuses_too(v, XD_CLIENT)) {
        return false; /* either end ends it for itself: they do not see the same */
    }
    struct xd_cause c;
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    start_cause(v, XD_CLIENT, XD_SAYS_NO_CERT, &c);
    c.id = XD_F_NO_CLIENT_CERTIFICATE;
    c.replay = r;
    bool sure = named && empty && !may_have_sent(j, v);
    v->cause = xd_cause_raise(j, &c, sure ? XD_CERTAIN : XD_PROBABLE);
    if (empty) {
        xd_evidence_add(j, v->cause, p->place, "empty Certificate message of the client",
                        true);
    }
    return true;
}

static bool hello_only(const struct xd_conv *v)
{
    return v->flow && v->flow->tls && v->flow->tls->client_hello &&
           !v->flow->tls->server_hello;
}

static struct xd_place place_of_hello(const struct xd_flow *f)
{
    struct xd_message messages[XD_MAX_MESSAGES];
    size_t n = xd_flow_messages(f, messages);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(messages[i].name, "ClientHello") == 0) {
            return messages[i].place;
        }
    }
    return f->first;
}

static void show_offer(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v)
{
    const struct xd_tls_facts *t = v->flow ? v->flow->tls : NULL;
    bool ciphers = d->f.id == XD_F_NO_SHARED_CIPHER;
    const char *text = !t        ? NULL
                       : ciphers ? xd_offer_ciphers(j, t)
                                 : xd_offer_versions(j, t, " ");
    if (text) {
        xd_evidence_add(j, d, place_of_hello(v->flow),
                        xd_arena_printf(j->cs->arena, "%s offered by the client: %s",
                                        ciphers ? "cipher suites" : "versions", text),
                        true);
    }
    for (int s = 0; s < 2; s++) {
        const struct xd_node *n = v->node[s];
        if (n && n->sip_tls_versions) {
            xd_evidence_add(
                j, d, n->sip_tls_place,
                xd_arena_printf(j->cs->arena,
                                "xConfiguration SIP Advanced SipTlsVersions: %s",
                                n->sip_tls_versions),
                true);
        }
    }
}

/* The voice on the wire that is this alert, or NULL. */
static const struct xd_voice *alert_of(const struct xd_conv *v, int alert)
{
    for (size_t i = 0; i < v->n_voices; i++) {
        if (!v->voices[i].from_log && v->voices[i].alert == alert) {
            return &v->voices[i];
        }
    }
    return NULL;
}

/* The voice of the end to which the other's bytes are no TLS, or NULL. */
static const struct xd_voice *hears_no_tls(const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_voices; i++) {
        if (v->voices[i].says & XD_SAYS_NO_TLS) {
            return &v->voices[i];
        }
    }
    return NULL;
}

/* What the two ends have not in common, as a XD_SAYS_ bit; 0: that is not it. */
static unsigned missing_in_common(const struct xd_conv *v)
{
    const struct xd_voice *plain = alert_of(v, 40);
    unsigned says = all_says(v);
    const struct xd_voice *alert = alert_of(v, 70);
    const struct xd_voice *deaf = hears_no_tls(v);
    bool spoken = alert && deaf && alert->refuser != deaf->refuser;
    if (deaf && !spoken && (!v->flow || hello_only(v))) {
        return 0; /* what came has no version that could differ */
    }
    /* A server may answer with a version that the client does not take (RFC 5246, E.1). */
    if (alert) {
        return XD_SAYS_VERSION;
    }
    if (v->flow && !hello_only(v)) {
        return 0;
    }
    if (says & (XD_SAYS_VERSION | XD_SAYS_CIPHER)) {
        return says & XD_SAYS_VERSION ? XD_SAYS_VERSION : XD_SAYS_CIPHER;
    }
    return plain && plain->refuser == XD_SERVER && hello_only(v) ? XD_SAYS_CIPHER : 0;
}

/* "offered TLSv1.2 alone", "offered TLSv1.2, TLSv1.3" */
static const char *tell_offer(struct xd_judge *j, const struct xd_conv *v)
{
    const struct xd_tls_facts *t = v->flow ? v->flow->tls : NULL;
    const char *text = t ? xd_offer_versions(j, t, ", ") : NULL;
    return text ? xd_arena_printf(j->cs->arena, "offered %s%s", text,
                                  strchr(text, ',') ? "" : " alone")
                : "sent its hello";
}

/* What happened, from the hello to the end. */
static const char *tell_course(struct xd_judge *j, const struct xd_conv *v)
{
    const char *client = xd_words_end(j, v, XD_CLIENT);
    const char *server = xd_words_end(j, v, XD_SERVER);
    if (hello_only(v) || !v->flow) {
        return xd_arena_printf(j->cs->arena, "%s %s, and %s ended the handshake at once",
                               client, tell_offer(j, v), server);
    }
    const char *version = xd_tls_version_name(v->flow->tls->version);
    return xd_arena_printf(
        j->cs->arena, "%s %s, %s answered with %s, and %s ended the handshake", client,
        tell_offer(j, v), server, version ? version : "another version", client);
}

/* The type of the server's key, where no cipher in common may be for that. */
static const char *unfit_key(const struct xd_conv *v)
{
    const struct xd_node *n = v->node[XD_SERVER];
    const struct xd_store *s = n ? xd_node_store_for(n, XD_SERVER) : NULL;
    const char *key = s && s->certs[0]->parsed ? s->certs[0]->key : NULL;
    enum xd_taken taken = xd_offer_takes(v->flow ? v->flow->tls : NULL, key);
    bool plain = key && strncmp(key, "RSA", 3) == 0;
    return taken == XD_TAKEN_NO || (taken == XD_TAKEN_UNKNOWN && !plain) ? key : NULL;
}

/*
 * The server's key needs a signature algorithm (RFC 8446, 4.2.3) or, up to TLS 1.2, a
 * cipher suite of its own from the client.
 */
static const char *tell_server_key(struct xd_judge *j, const struct xd_conv *v)
{
    const char *key = unfit_key(v);
    if (!key || !v->node[XD_SERVER]) {
        return "";
    }
    bool read = xd_offer_takes(v->flow ? v->flow->tls : NULL, key) == XD_TAKEN_NO;
    return xd_arena_printf(
        j->cs->arena,
        read ? " The certificate in the server store of %s has a key of type %s, and the "
               "hello offers no cipher suite and signature algorithm for such a key: "
               "with that certificate the server cannot answer it."
             : " The certificate in the server store of %s has a key of type %s; a client "
               "that does not take such a key finds no cipher in common either.",
        v->node[XD_SERVER]->id, key);
}

/* The newest version that the end which has none above TLS 1.1 speaks, and which end. */
static uint16_t old_version(const struct xd_conv *v, enum xd_side *side)
{
    const struct xd_tls_facts *t = v->flow ? v->flow->tls : NULL;
    uint16_t newest = 0;
    for (size_t i = 0; t && i < t->n_client_versions; i++) {
        bool named = xd_tls_version_name(t->client_versions[i]) != NULL;
        newest = named && t->client_versions[i] > newest ? t->client_versions[i] : newest;
    }
    *side = XD_CLIENT;
    if (newest < TLS_1_2) { /* 0: it named none */
        return newest;
    }
    *side = XD_SERVER;
    return t->server_hello && t->version < TLS_1_2 ? t->version : 0;
}

static const char *tell_lacking(struct xd_judge *j, const struct xd_conv *v)
{
    enum xd_side side = XD_CLIENT;
    uint16_t version = old_version(v, &side);
    const char *name = version ? xd_tls_version_name(version) : NULL;
    return name ? xd_arena_printf(j->cs->arena, " %s speaks nothing newer than %s here.",
                                  xd_words_title(j, xd_words_end(j, v, side)), name)
                : "";
}

static const char *next_of_versions(struct xd_judge *j, const struct xd_conv *v)
{
    enum xd_side side = XD_CLIENT;
    return old_version(v, &side) ? xd_arena_printf(j->cs->arena, "enable TLS 1.2 on %s.",
                                                   xd_words_end(j, v, side))
                                 : "allow a common TLS version on both ends.";
}

static void remedy_versions(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                            const struct xd_node *node)
{
    enum xd_side side = XD_CLIENT;
    uint16_t version = old_version(v, &side);
    const char *name = version ? xd_tls_version_name(version) : NULL;
    xd_remedy_add(
        j, d, node, XD_ACTOR_CUSTOMER,
        !name
            ? xd_arena_printf(j->cs->arena,
                              "Enable TLS 1.2 on the end that lacks it (%s or %s). Only "
                              "where that cannot be done, add the older version on the "
                              "other (here: SIP Advanced SipTlsVersions).",
                              xd_words_end(j, v, XD_CLIENT), xd_words_end(j, v, XD_SERVER))
        : v->node[side]
            ? xd_arena_printf(j->cs->arena,
                              "Enable TLS 1.2 on %s (SIP Advanced SipTlsVersions).",
                              xd_words_end(j, v, side))
            : xd_arena_printf(j->cs->arena,
                              "Have TLS 1.2 enabled on %s. Only where that cannot be done, "
                              "add %s here (SIP Advanced SipTlsVersions).",
                              xd_words_end(j, v, side), name),
        "Maintenance > Security > Ciphers");
}

static void remedy_negotiation(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_conv *v, unsigned fault)
{
    const struct xd_node *node =
        v->node[XD_SERVER] ? v->node[XD_SERVER] : v->node[XD_CLIENT];
    if (fault == XD_SAYS_VERSION) {
        remedy_versions(j, d, v, node);
        return;
    }
    const char *key = unfit_key(v);
    bool other_key = key && strncmp(key, "RSA", 3) != 0;
    if (other_key) {
        xd_remedy_add(j, d, node, XD_ACTOR_CUSTOMER,
                      "Have the server certificate issued again for an RSA key, and upload "
                      "it; RSA is what every far end takes.",
                      "Maintenance > Security > Server certificate");
    }
    xd_remedy_add(j, d, node, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "%s the ciphers that %s offers (its ClientHello is in "
                                  "the evidence) with those that %s accepts, and allow a "
                                  "common one.",
                                  other_key ? "Or compare" : "Compare",
                                  xd_words_end(j, v, XD_CLIENT),
                                  xd_words_end(j, v, XD_SERVER)),
                  "Maintenance > Security > Ciphers");
}

static const char *next_of_ciphers(const struct xd_conv *v)
{
    const char *key = unfit_key(v);
    if (!key) {
        return "allow a common cipher on both ends.";
    }
    return strncmp(key, "RSA", 3) == 0 ? "let the client offer cipher suites for RSA keys."
                                       : "install a server certificate with an RSA key, or "
                                         "let the client take keys "
                                         "of that type.";
}

static bool judge_negotiation(struct xd_judge *j, struct xd_conv *v)
{
    unsigned fault = missing_in_common(v);
    if (!fault) {
        return false;
    }
    bool named = (all_says(v) & fault) != 0;
    const struct xd_node *node =
        v->node[XD_SERVER] ? v->node[XD_SERVER] : v->node[XD_CLIENT];
    enum xd_finding_id id =
        fault == XD_SAYS_VERSION ? XD_F_PROTOCOL_VERSION_MISMATCH : XD_F_NO_SHARED_CIPHER;
    struct xd_draft *d = xd_draft_get(j, id, node, NULL, key_of(j, v));
    if (xd_draft_is_new(d)) {
        const char *key = tell_server_key(j, v);
        set_parties(d, v);
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena, "%s and %s have no %s in common",
                            xd_words_end(j, v, XD_CLIENT), xd_words_end(j, v, XD_SERVER),
                            fault == XD_SAYS_VERSION ? "TLS version" : "cipher"),
            xd_arena_printf(
                j->cs->arena, "On %s %s. %s%s Next: %s", xd_words_service(v->service),
                tell_course(j, v),
                fault == XD_SAYS_VERSION ? "One side offers only versions that the other "
                                           "does not accept."
                : *key                   ? "The server found nothing in the hello that it "
                                           "could answer with."
                                         : "The server accepts none of the ciphers that "
                                           "the client offers.",
                fault == XD_SAYS_VERSION ? tell_lacking(j, v) : key,
                fault == XD_SAYS_VERSION ? next_of_versions(j, v) : next_of_ciphers(v)));
        remedy_negotiation(j, d, v, fault);
    }
    xd_draft_confidence(d, named && v->flow ? XD_CERTAIN : XD_PROBABLE);
    xd_draft_flow(j, d, v);
    xd_draft_effects(j, d, v);
    xd_evidence_conv(j, d, v);
    show_offer(j, d, v);
    v->cause = d;
    return true;
}

static void show_change_of_name(struct xd_judge *j, struct xd_draft *d,
                                const struct xd_setting_change *c)
{
    if (c) {
        xd_evidence_add(j, d, c->place,
                        xd_arena_printf(j->cs->arena,
                                        "changed while logging: %s, from \"%s\" to \"%s\"",
                                        c->setting, c->from ? c->from : "",
                                        c->to ? c->to : ""),
                        true);
    }
}

/*
 * Is the name looked at within the handshake?  OpenSSL's own check, in a cluster, ends in
 * alert 42; the traffic server's in 42 or 46, or it closes, without a reason in any case.
 */
static bool checks_name_inside(const struct xd_conv *v, enum xd_side presenter)
{
    return (v->service == XD_SERVICE_CLUSTER && alert_of(v, 42)) ||
           xd_conv_verifies_origin(v, presenter);
}

static bool judge_name(struct xd_judge *j, struct xd_conv *v, enum xd_side presenter)
{
    struct xd_cause c;
    unsigned says = 0;
    bool refused = xd_conv_refuses(v, presenter, &says);
    bool named = (says & XD_SAYS_NAME) != 0;
    bool inside = checks_name_inside(v, presenter);
    bool late = v->flow && v->flow->failure.phase == XD_PHASE_AFTER_HANDSHAKE;
    if (!refused || (!named && ((!late && !inside) || says != 0))) {
        return false;
    }
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    start_cause(v, presenter, XD_SAYS_NAME, &c);
    c.id = XD_F_NAME_MISMATCH;
    c.replay = r;
    c.says = says;
    /* What XCP looks for comes from reverse DNS (ConvertIpToHostname): not known here. */
    bool unknown = named && v->service == XD_SERVICE_XMPP_ROUTER;
    c.expected = unknown ? NULL : xd_conv_expected_name(j, v, presenter);
    xd_conv_replay(j, v, presenter, r);
    bool known = r->n_chain > 0 && r->chain[0]->parsed && c.expected;
    bool by_cn = v->service == XD_SERVICE_CLUSTER && known &&
                 xd_x509_cn_matches(r->chain[0], c.expected);
    bool differs = known && !by_cn && !xd_x509_san_matches(r->chain[0], c.expected);
    if (known && !differs) {
        return false;
    }
    if (!named &&
        (!known || !c.verifier_node || xd_x509_cn_matches(r->chain[0], c.expected))) {
        return false;
    }
    if (inside && !named && r->faults != 0) {
        return false;
    }
    r->faults = XD_SAYS_NAME; /* by then the handshake was over: nothing else is at fault */
    v->cause = xd_cause_raise(
        j, &c, named && differs && r->basis == XD_BASE_SEEN ? XD_CERTAIN : XD_PROBABLE);
    show_change_of_name(j, v->cause, xd_conv_change_of_name(v, presenter));
    return true;
}

static void show_revocation_check(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_cause *c)
{
    const struct xd_node *n = c->verifier_node;
    if (c->fault != XD_SAYS_CRL || !n || n->revocation_check == XD_TRI_UNKNOWN) {
        return;
    }
    bool on = n->revocation_check == XD_TRI_ON;
    xd_evidence_add(j, d, n->revocation_check_place,
                    xd_arena_printf(j->cs->arena,
                                    "xConfiguration SIP TLS Certificate Revocation "
                                    "Checking Mode: %s",
                                    on ? "On" : "Off"),
                    on);
}

/*
 * Alerts 45 and 48 stand for a CRL as well.  Where revocation is checked and the
 * verifier's CA file accepts the chain, the CRL is what is left.
 */
static bool crl_is_left(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    enum xd_service s = c->conv->service;
    bool sip = s == XD_SERVICE_SIP_TLS || s == XD_SERVICE_TRAVERSAL ||
               s == XD_SERVICE_TRAVERSAL_TEST;
    return sip && (c->says & XD_SAYS_CRL) && c->says != XD_SAYS_CRL && c->verifier_node &&
           r->n_chain > 0 && r->trust_tested && r->faults == 0 &&
           c->verifier_node->revocation_check == XD_TRI_ON;
}

/* OpenSSL's alert for weak keys and digests is 42, which has other reasons too. */
static bool may_be_weak(struct xd_judge *j, const struct xd_cause *c)
{
    return c->says == 0 && c->replay->faults == 0 && alert_of(c->conv, 42) &&
           xd_replay_is_weak(j, c->replay);
}

/* The reason that is left, as a XD_SAYS_ bit, and how sure it is; 0: none. */
static unsigned remaining_reason(struct xd_judge *j, const struct xd_cause *c,
                                 enum xd_confidence *confidence)
{
    const struct xd_replay *r = c->replay;
    bool inside = c->verifier_node && r->basis == XD_BASE_SEEN && r->faults == 0;
    switch (c->says) {
    case XD_SAYS_REVOKED:
    case XD_SAYS_CRL:
        *confidence = inside ? XD_CERTAIN : XD_PROBABLE;
        return c->says;
    case XD_SAYS_WEAK:
        *confidence = inside && xd_replay_is_weak(j, r) ? XD_CERTAIN : XD_PROBABLE;
        return c->says;
    default:
        break;
    }
    if (crl_is_left(c)) {
        *confidence = XD_PROBABLE;
        return XD_SAYS_CRL;
    }
    *confidence = XD_PROBABLE;
    return may_be_weak(j, c) ? XD_SAYS_WEAK : 0;
}

static bool judge_rest(struct xd_judge *j, struct xd_conv *v, enum xd_side presenter)
{
    enum xd_confidence confidence = XD_POSSIBLE;
    unsigned says = 0;
    struct xd_cause c;
    if (v->protocol != XD_PROTOCOL_TLS || !xd_conv_refuses(v, presenter, &says)) {
        return false;
    }
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    start_cause(v, presenter, 0, &c);
    xd_conv_replay(j, v, presenter, r);
    c.replay = r;
    c.says = says;
    c.fault = remaining_reason(j, &c, &confidence);
    if (!c.fault) {
        return false;
    }
    c.id = xd_cause_of_fault(c.fault, presenter, r);
    v->cause = xd_cause_raise(j, &c, confidence);
    show_revocation_check(j, v->cause, &c);
    return true;
}

bool xd_explain_handshake(struct xd_judge *j, struct xd_conv *v)
{
    return judge_no_certificate(j, v) || judge_negotiation(j, v) ||
           judge_name(j, v, XD_SERVER) || judge_name(j, v, XD_CLIENT) ||
           judge_rest(j, v, XD_CLIENT) || judge_rest(j, v, XD_SERVER);
}
