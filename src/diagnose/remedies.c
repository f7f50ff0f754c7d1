/*
 * remedies.c - what to do about a cause, in order: which node, who acts, where.
 */
#include "judge_priv.h"

#include <string.h>

static const char where_client[] = "Maintenance > Security > Client certificate";
static const char where_server[] = "Maintenance > Security > Server certificate";
static const char where_ca[] = "Maintenance > Security > Trusted CA certificate";
static const char where_restart[] = "Maintenance > Restart options";
static const char where_zones[] = "Configuration > Zones > Zones";
static const char check_off[] =
    "xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: Off";

void xd_remedy_add(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                   enum xd_actor actor, const char *text, const char *where)
{
    struct xd_remedy r = {.node = n, .actor = actor, .text = text, .where = where};
    xd_draft_remedy(j, d, &r);
}

void xd_remedy_restart(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    struct xd_remedy r = {.node = n,
                          .actor = XD_ACTOR_CUSTOMER,
                          .text = "Restart the node, so that every service uses the "
                                  "certificates that are stored; then look at Status > "
                                  "Zones and Status > Unified Communications > SSH tunnels "
                                  "status.",
                          .where = where_restart,
                          .command = "xCommand Restart"};
    xd_draft_remedy(j, d, &r);
}

static bool is_older(const struct xd_version *a, const struct xd_version *b)
{
    return a->major != b->major   ? a->major < b->major
           : a->minor != b->minor ? a->minor < b->minor
                                  : a->text && b->text && strcmp(a->text, b->text) < 0;
}

void xd_remedy_upgrade(struct xd_judge *j, struct xd_draft *d, const struct xd_node *a,
                       const struct xd_node *b)
{
    const struct xd_node *old = is_older(&a->version, &b->version) ? a : b;
    const struct xd_node *fresh = old == a ? b : a;
    xd_remedy_add(j, d, old, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Upgrade %s from %s to %s, the release of the others; "
                                  "do this first, since the certificates that a node needs "
                                  "depend on its release.",
                                  old->id, old->version.text, fresh->version.text),
                  "Maintenance > Upgrade");
}

/* Steps 1: a certificate that has the purpose; its CA grants it. */
static void remedy_request(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    if (xd_node_has_two_stores(n)) {
        xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                      "Create a signing request on the client certificate page and have it "
                      "signed by a CA that grants clientAuth (a private CA; public CAs are "
                      "withdrawing it). If the server certificate is renewed by ACME, "
                      "switch off copying it to the client store.",
                      where_client);
    } else {
        xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                      "Create a signing request for one certificate with both serverAuth "
                      "and clientAuth; this release keeps one certificate for both roles. "
                      "Or upgrade both Expressways to X15.5 and keep a separate client "
                      "certificate.",
                      where_server);
    }
    xd_remedy_add(j, d, NULL, XD_ACTOR_CA,
                  xd_arena_printf(j->cs->arena,
                                  "Sign the request of %s with clientAuth in the "
                                  "certificate's Extended Key Usage (serverAuth may stay "
                                  "beside it).",
                                  n->id),
                  NULL);
}

/* Without them a node sends its leaf alone. */
static void remedy_own_chain(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_node *n)
{
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Add the root and intermediates of the CA that signs the "
                                  "new certificate to the trusted CAs, so that %s sends "
                                  "the whole chain with it.",
                                  n->id),
                  where_ca);
}

/* Steps 3 to 5: upload, restart, check. */
static void remedy_upload(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    bool two = xd_node_has_two_stores(n);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  two ? "Upload the new certificate as client certificate."
                      : "Upload the new certificate as server certificate.",
                  two ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

void xd_remedy_client_certificate(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_node *n, const struct xd_node *verifier)
{
    remedy_request(j, d, n);
    if (verifier) {
        xd_remedy_add(j, d, verifier, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Add the root and intermediates of the CA that signs "
                                      "the new certificate of %s to the trusted CAs, so "
                                      "that %s accepts it.",
                                      n->id, verifier->id),
                      where_ca);
    }
    remedy_own_chain(j, d, n);
    remedy_upload(j, d, n);
}

/* The verifier is no node of the case: whom it trusts is for it to say. */
static void remedy_for_far_end(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c)
{
    const struct xd_party *far = &c->parties[1];
    const char *half = xd_words_half(j, far);
    remedy_request(j, d, c->presenter_node);
    if (half) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "On %s: add the root and intermediates of the CA "
                                      "that signs the new certificate of %s to the trusted "
                                      "CAs, so that it accepts that certificate.",
                                      half, c->presenter_node->id),
                      where_ca);
    } else {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena,
                                      "%s must trust the CA that signs the new certificate "
                                      "of %s: ask which CAs it takes. Public roots whose "
                                      "certificates may still have both purposes: "
                                      "IdenTrust Public Sector Root CA 1, DigiCert Assured "
                                      "ID Root G2.",
                                      xd_words_named(j, far), c->presenter_node->id),
                      NULL);
    }
    remedy_own_chain(j, d, c->presenter_node);
    remedy_upload(j, d, c->presenter_node);
}

static void remedy_check_off(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_node *verifier, const char *half)
{
    const char *where =
        verifier ? "" : xd_arena_printf(j->cs->arena, " on %s (X15.5 and later)", half);
    struct xd_remedy off = {
        .node = verifier,
        .actor = XD_ACTOR_CUSTOMER,
        .text = xd_arena_printf(j->cs->arena,
                                "Only as a stopgap: switch the EKU check off%s. It lets "
                                "inbound SIP TLS through; the SSH tunnels, and with them "
                                "MRA and the WebRTC proxy, stay down.",
                                where),
        .command = check_off};
    xd_draft_remedy(j, d, &off);
}

/* The switch is about inbound SIP; a router or a cluster does not ask it. */
static bool obeys_check(const struct xd_cause *c)
{
    enum xd_service s = c->conv ? c->conv->service : XD_SERVICE_TRAVERSAL;
    return s == XD_SERVICE_TRAVERSAL || s == XD_SERVICE_TRAVERSAL_TEST ||
           s == XD_SERVICE_SIP_TLS;
}

static void remedy_stopgap(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *verifier = c->verifier_node;
    const char *half = xd_words_half(j, &c->parties[1]);
    if (verifier && !obeys_check(c)) {
        return;
    }
    if (half || (verifier && xd_version_at_least(&verifier->version, 15, 5))) {
        remedy_check_off(j, d, verifier, half);
    } else if (!verifier) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena,
                                      "Only as a stopgap: have %s accept the certificate "
                                      "without clientAuth, if it can be told to.",
                                      xd_words_named(j, &c->parties[1])),
                      NULL);
    }
}

void xd_remedy_client_outside(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_party *at, const char *verifier)
{
    const char *half = xd_words_half(j, at);
    xd_remedy_add(
        j, d, NULL, half ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
        xd_arena_printf(j->cs->arena,
                        half ? "On %s: create a signing request on the client certificate "
                               "page, have it signed with clientAuth by a CA that %s "
                               "trusts, upload the certificate and restart the node."
                             : "On %s: install a client certificate whose Extended Key "
                               "Usage names clientAuth, from a CA that %s trusts.",
                        xd_words_named(j, at), verifier),
        half ? where_client : NULL);
}

static void remedy_client_eku(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    if (c->presenter_node && c->verifier_node) {
        xd_remedy_client_certificate(j, d, c->presenter_node, c->verifier_node);
        remedy_stopgap(j, d, c);
    } else if (c->presenter_node) {
        remedy_for_far_end(j, d, c);
        remedy_stopgap(j, d, c);
    } else {
        xd_remedy_client_outside(j, d, &c->parties[0], xd_words_named(j, &c->parties[1]));
        if (c->verifier_node) {
            remedy_stopgap(j, d, c);
        }
    }
}

/* A server of the customer's own: its administrators settle whom it trusts. */
bool xd_cause_is_cucm(const struct xd_cause *c)
{
    enum xd_service s = c->conv ? c->conv->service : XD_SERVICE_OTHER;
    return !c->verifier_node && c->presenter == XD_CLIENT &&
           (s == XD_SERVICE_UDS || s == XD_SERVICE_TFTP);
}

static void remedy_cucm_trust(struct xd_judge *j, struct xd_draft *d)
{
    xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                  "On CUCM: upload the CA chain of the Expressway's certificate (root and "
                  "intermediates) to tomcat-trust and CallManager-trust, and restart the "
                  "services that CUCM names then.",
                  "Cisco Unified OS Administration > Security > Certificate Management");
}

/* "the CA "x" (its root, and intermediates if any)" of what was shown. */
static const char *tell_its_ca(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const char *issuer = r->n_chain > 0 ? r->chain[0]->issuer_cn : NULL;
    return issuer ? xd_arena_printf(j->cs->arena,
                                    "the CA \"%s\", with its root and "
                                    "intermediates,",
                                    issuer)
                  : "the root and intermediates of the presented certificate";
}

static const char *where_of(const struct xd_cause *c)
{
    bool client = c->presenter == XD_CLIENT && xd_node_has_two_stores(c->presenter_node);
    return client ? where_client : where_server;
}

static const char *store_of(const struct xd_cause *c)
{
    return c->presenter == XD_CLIENT && xd_node_has_two_stores(c->presenter_node)
               ? "client"
               : "server";
}

static void remedy_trust_here(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Add %s to the trusted CAs, if that CA is to be trusted; "
                                  "restart the node if alarm 15028 then asks for it.",
                                  tell_its_ca(j, c)),
                  where_ca);
    if (c->presenter_node) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Or install a %s certificate of a CA that %s trusts "
                                      "already.",
                                      store_of(c), c->verifier_node->id),
                      where_of(c));
    }
}

static void remedy_trust(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    bool cucm = xd_cause_is_cucm(c);
    const char *far = xd_words_named(j, &c->parties[1]);
    const char *half = xd_words_half(j, &c->parties[1]);
    if (c->verifier_node) {
        remedy_trust_here(j, d, c);
        return;
    }
    if (cucm) {
        remedy_cucm_trust(j, d);
    }
    if (c->presenter_node) {
        xd_remedy_add(
            j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
            cucm ? "Or install a certificate of a CA that CUCM trusts already, with the "
                   "purpose that the role needs."
            : half
                ? xd_arena_printf(j->cs->arena,
                                  "Install a %s certificate of a CA that %s trusts.",
                                  store_of(c), half)
                : xd_arena_printf(j->cs->arena,
                                  "Install a %s certificate of a CA that %s trusts (for "
                                  "partners on the Internet a public one, with the purpose "
                                  "that the role needs).",
                                  store_of(c), far),
            where_of(c));
    }
    if (!cucm) {
        xd_remedy_add(j, d, NULL, half ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena, "Or, on %s: add %s to the trusted CAs.",
                                      far, tell_its_ca(j, c)),
                      half ? where_ca : NULL);
    }
}

static const char *why_here(bool presents, bool first, bool tunnels)
{
    return presents  ? ": a node sends only the CAs that it holds there"
           : first   ? "; then it need not be sent"
           : tunnels ? " as well: SSH tunnels need it on both sides"
                     : ", which then needs none to be sent";
}

static void remedy_chain(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *first = d->f.node;
    const struct xd_node *nodes[2] = {
        first, first == c->presenter_node ? c->verifier_node : c->presenter_node};
    const char *missing = c->replay->missing
                              ? xd_arena_printf(j->cs->arena, "the intermediate CA \"%s\"",
                                                xd_words_name(c->replay->missing))
                              : "the missing intermediate CA";
    bool tunnels = c->ssh || (c->conv && xd_conv_beside_tunnel(j, c->conv));
    for (int s = 0; c->conv && s < 2; s++) {
        tunnels = tunnels || (c->conv->zone[s] && c->conv->zone[s]->uc);
    }
    for (int i = 0; i < 2; i++) {
        if (!nodes[i]) {
            continue;
        }
        bool held = c->replay->missing && nodes[i] == c->presenter_node &&
                    xd_store_holds(&nodes[i]->ca, c->replay->missing);
        if (held && !c->verifier_node) {
            /* It holds the CA and did not send it: the list changed since it started. */
            xd_remedy_restart(j, d, nodes[i]);
            continue;
        }
        const char *why = why_here(nodes[i] == c->presenter_node, i == 0, tunnels);
        bool other = i > 0 && !tunnels && nodes[i] != c->presenter_node;
        xd_remedy_add(j, d, nodes[i], XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena, "%s %s to the trusted CAs of %s%s.",
                                      other ? "Or add" : "Add", missing, nodes[i]->id, why),
                      where_ca);
    }
    if (!c->presenter_node) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena,
                                      "Better for all others too: have %s send its whole "
                                      "chain, intermediates included. (An Expressway sends "
                                      "only what its own trusted CA list holds: add them "
                                      "there.)",
                                      xd_words_named(j, &c->parties[0])),
                      NULL);
    }
}

/* "\"x\" (serial 12)", or "the certificate" where it was not seen. */
static const char *tell_leaf(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    return r->n_chain > 0 ? xd_arena_printf(j->cs->arena, "\"%s\" (serial %s)",
                                            xd_words_name(r->chain[0]),
                                            r->chain[0]->serial ? r->chain[0]->serial : "?")
                          : "the certificate";
}

static void remedy_renew(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *n = c->presenter_node;
    const char *leaf = tell_leaf(j, c);
    if (!n) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena, "On %s: renew %s.",
                                      xd_words_named(j, &c->parties[0]), leaf),
                      NULL);
        return;
    }
    bool client = c->presenter == XD_CLIENT && xd_node_has_two_stores(n);
    xd_remedy_add(
        j, d, n, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        client ? "Renew %s, with clientAuth, and upload it as client "
                                 "certificate."
                               : "Renew %s and upload it as server certificate.",
                        leaf),
        client ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

static void remedy_issue_again(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c, const char *text)
{
    const struct xd_node *n = c->presenter_node;
    if (!n) {
        const char *half = xd_words_half(j, &c->parties[0]);
        xd_remedy_add(j, d, NULL, half ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena, "On %s: %s",
                                      xd_words_named(j, &c->parties[0]),
                                      xd_words_lower(j, text)),
                      NULL);
        return;
    }
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER, text, where_of(c));
    xd_remedy_restart(j, d, n);
}

/* The names that the certificate has, the first few. */
static const char *tell_names(struct xd_judge *j, const struct xd_cause *c)
{
    enum { SHOWN = 4 };
    const struct xd_replay *r = c->replay;
    const char *text = "";
    for (size_t i = 0; r->n_chain > 0 && i < r->chain[0]->n_san && i < SHOWN; i++) {
        text = xd_arena_printf(j->cs->arena, "%s%s\"%s\"", text, i ? ", " : "",
                               r->chain[0]->san[i].text);
    }
    return *text ? text : "a name that the certificate has";
}

bool xd_cause_is_router_name(const struct xd_cause *c)
{
    return c->conv && c->conv->service == XD_SERVICE_XMPP_ROUTER && !c->expected &&
           c->parties[0].addr.family != XD_ADDR_NONE;
}

static void remedy_router_name(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c)
{
    char text[XD_ADDR_TEXT];
    const char *addr = xd_addr_format(&c->parties[0].addr, text);
    xd_remedy_add(
        j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Look up the PTR record of %s. Make it give a name that the "
                        "certificate has (%s), or have the certificate issued with the "
                        "name that it gives.",
                        addr, tell_names(j, c)),
        "Maintenance > Tools > Network utilities > DNS lookup");
    if (c->verifier_node) {
        struct xd_remedy off = {
            .node = c->verifier_node,
            .actor = XD_ACTOR_CUSTOMER,
            .text = "Only as a stopgap: have the XCP router take any name.",
            .command = "xConfiguration XCP TLS Certificate CVS VerifyHostname: Off"};
        xd_draft_remedy(j, d, &off);
    }
}

static void remedy_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (xd_cause_is_router_name(c)) {
        remedy_router_name(j, d, c);
        return;
    }
    const struct xd_zone *z =
        c->conv ? c->conv->zone[c->presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT] : NULL;
    const char *zone =
        z && z->name ? xd_arena_printf(j->cs->arena, "zone \"%s\"", z->name) : "the zone";
    const char *expected = c->expected
                               ? xd_arena_printf(j->cs->arena, "\"%s\"", c->expected)
                               : "the expected name";
    remedy_issue_again(j, d, c,
                       xd_arena_printf(j->cs->arena,
                                       "Have the certificate issued with %s as subject "
                                       "alternative name, and upload it.",
                                       expected));
    if (c->verifier_node && c->conv && c->conv->service == XD_SERVICE_CLUSTER) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Or change the address of that cluster peer from %s "
                                      "to %s, if that is its name.",
                                      expected, tell_names(j, c)),
                      "System > Clustering");
    } else if (c->verifier_node) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena, "Or change the %s of %s from %s to %s.",
                                      c->presenter == XD_CLIENT ? "TLS verify subject name"
                                                                : "peer address",
                                      zone, expected, tell_names(j, c)),
                      where_zones);
    }
}

static void remedy_revocation(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const char *ca = r->n_chain > 0 && r->chain[0]->issuer_cn
                         ? xd_arena_printf(j->cs->arena, "\"%s\"", r->chain[0]->issuer_cn)
                         : "the issuing CA";
    xd_remedy_add(
        j, d, c->verifier_node, c->verifier_node ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
        xd_arena_printf(j->cs->arena,
                        "Upload a current CRL of %s, or make its CRL and OCSP sources "
                        "reachable from %s.",
                        ca, xd_words_named(j, &c->parties[1])),
        "Maintenance > Security > CRL management");
}

static void remedy_none_sent(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_cause *c)
{
    if (c->parties[0].set) {
        remedy_issue_again(j, d, c,
                           "Give the client a certificate of a CA that the server names in "
                           "its request, so that it has one to send.");
        return;
    }
    xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                  "Where an address is a partner's: give that client a certificate of a CA "
                  "that the server names in its request. Where none is, nothing needs to "
                  "be done.",
                  NULL);
}

void xd_cause_remedies(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (c->may_be_replaced) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      "Look first at the certificate that the store holds now: if it is "
                      "another one than was presented, a restart is all that is due.",
                      where_of(c));
    }
    /* Only causes come here; the other ids have their remedies at their rules. */
    unsigned id = (unsigned)c->id;
    if (id == XD_F_CLIENT_EKU_MISSING) {
        remedy_client_eku(j, d, c);
    } else if (id == XD_F_SERVER_EKU_MISSING) {
        remedy_issue_again(
            j, d, c, "Install a certificate whose Extended Key Usage names serverAuth.");
    } else if (id == XD_F_KEY_USAGE_UNSUITABLE) {
        remedy_issue_again(j, d, c,
                           "Have the certificate issued again with digitalSignature and "
                           "keyEncipherment in its key usage.");
    } else if (id == XD_F_UNKNOWN_CA) {
        remedy_trust(j, d, c);
    } else if (id == XD_F_INCOMPLETE_CHAIN) {
        remedy_chain(j, d, c);
    } else if (id == XD_F_CERTIFICATE_EXPIRED || id == XD_F_CERTIFICATE_REVOKED) {
        remedy_renew(j, d, c);
    } else if (id == XD_F_CLOCK_SKEW) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      "Correct the clock of this node (NTP servers reachable and in step).",
                      "System > Time");
    } else if (id == XD_F_CERTIFICATE_NOT_YET_VALID) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      "Check the clocks (NTP servers, time) of both nodes first; if they "
                      "are right, have the certificate issued with an earlier start.",
                      "System > Time");
    } else if (id == XD_F_WEAK_SIGNATURE) {
        remedy_issue_again(j, d, c,
                           "Have the certificate issued again with SHA-256 or better and a "
                           "key of at least 2048 bits.");
    } else if (id == XD_F_NAME_MISMATCH) {
        remedy_name(j, d, c);
    } else if (id == XD_F_CA_NAME_DUPLICATE) {
        xd_remedy_add(
            j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
            xd_arena_printf(
                j->cs->arena,
                "Remove from the trusted CAs the first of the two named \"%s\", "
                "%s, unless another certificate in use is signed by it; only the "
                "first of two is used.",
                c->shadow ? xd_words_name(c->shadow) : "?",
                c->shadow ? xd_words_ca_place(j, c->verifier_node, c->shadow) : "?"),
            where_ca);
    } else if (id == XD_F_REVOCATION_UNAVAILABLE) {
        remedy_revocation(j, d, c);
    } else if (id == XD_F_NO_CLIENT_CERTIFICATE) {
        remedy_none_sent(j, d, c);
    }
}
