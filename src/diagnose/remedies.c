/*
 * remedies.c - what to do about a cause, in order: which node, who acts, where.
 */
#include "judge_priv.h"

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
                          .text = "Restart the node, so that every service takes the "
                                  "certificates as they are stored; then check the status "
                                  "of zones and tunnels.",
                          .where = where_restart,
                          .command = "xCommand Restart"};
    xd_draft_remedy(j, d, &r);
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
                  "Issue the certificate with clientAuth in the Extended Key Usage "
                  "(serverAuth may stay beside it).",
                  NULL);
}

/* Steps 3 to 5: upload, restart, check. */
static void remedy_upload(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    bool two = xd_node_has_two_stores(n);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  two ? "Upload the client certificate."
                      : "Upload the certificate as the server certificate.",
                  two ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

void xd_remedy_client_certificate(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_node *n, const struct xd_node *verifier)
{
    remedy_request(j, d, n);
    if (verifier) {
        xd_remedy_add(j, d, verifier, XD_ACTOR_CUSTOMER,
                      "Add the root and intermediates of that CA to the trusted CAs, so "
                      "that this node accepts the certificate.",
                      where_ca);
    }
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  "Add the root and intermediates of that CA to the trusted CAs, so that "
                  "this node sends the whole chain.",
                  where_ca);
    remedy_upload(j, d, n);
}

/* The verifier is no node of the case: whom it trusts is for it to say. */
static void remedy_for_far_end(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c)
{
    remedy_request(j, d, c->presenter_node);
    xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                  xd_arena_printf(j->cs->arena,
                                  "%s must trust that CA: ask which CAs it takes. Public "
                                  "roots whose certificates may still have both purposes: "
                                  "IdenTrust Public Sector Root CA 1, DigiCert Assured ID "
                                  "Root G2.",
                                  xd_words_party(j, &c->parties[1])),
                  NULL);
    xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                  "Add the root and intermediates of that CA to the trusted CAs, so that "
                  "this node sends the whole chain.",
                  where_ca);
    remedy_upload(j, d, c->presenter_node);
}

static void remedy_client_eku(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    const struct xd_node *verifier = c->verifier_node;
    if (!c->presenter_node) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      "Present a client certificate whose Extended Key Usage names "
                      "clientAuth (or has no such extension).",
                      NULL);
    } else if (verifier) {
        xd_remedy_client_certificate(j, d, c->presenter_node, verifier);
    } else {
        remedy_for_far_end(j, d, c);
    }
    if (!verifier && c->presenter_node) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      "Only as a stopgap: accept the certificate without the purpose, if "
                      "the far end can be told to.",
                      NULL);
    } else if (verifier && xd_version_at_least(&verifier->version, 15, 5)) {
        struct xd_remedy off = {
            .node = verifier,
            .actor = XD_ACTOR_CUSTOMER,
            .text = "Only as a stopgap: switch the EKU check off. It lets inbound SIP TLS "
                    "through; the SSH tunnels, and with them MRA and the WebRTC proxy, "
                    "stay down.",
            .command = check_off};
        xd_draft_remedy(j, d, &off);
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

static void remedy_trust(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    bool cucm = xd_cause_is_cucm(c);
    if (c->verifier_node) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      "Add the root and the intermediates of the presented certificate to "
                      "the trusted CAs of this node, if that CA is to be trusted; then "
                      "restart it if it asks for that (alarm 15028).",
                      where_ca);
        if (c->presenter_node) {
            xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                          "Or install a certificate of a CA that the verifier trusts "
                          "already.",
                          c->presenter == XD_CLIENT &&
                                  xd_node_has_two_stores(c->presenter_node)
                              ? where_client
                              : where_server);
        }
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
                 : "Install a certificate of a CA that the far end trusts (for partners "
                   "on the Internet a public one, with the purpose that the role needs).",
            c->presenter == XD_CLIENT && xd_node_has_two_stores(c->presenter_node)
                ? where_client
                : where_server);
    }
    if (!cucm) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      "Or add the root of the presented certificate to the far end's "
                      "trusted CAs.",
                      NULL);
    }
}

static void remedy_chain(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *first = d->f.node;
    const struct xd_node *nodes[2] = {
        first, first == c->presenter_node ? c->verifier_node : c->presenter_node};
    bool tunnels = c->ssh || (c->conv && xd_conv_beside_tunnel(j, c->conv));
    for (int s = 0; c->conv && s < 2; s++) {
        tunnels = tunnels || (c->conv->zone[s] && c->conv->zone[s]->uc);
    }
    for (int i = 0; i < 2; i++) {
        if (!nodes[i]) {
            continue;
        }
        xd_remedy_add(j, d, nodes[i], XD_ACTOR_CUSTOMER,
                      nodes[i] == c->presenter_node
                          ? "Add the missing intermediate to the trusted CAs of this node: "
                            "it sends only what it holds there."
                      : i == 0  ? "Add the missing intermediate to the trusted CAs of this "
                                  "node; then it need not be sent."
                      : tunnels ? "Add the missing intermediate to the trusted CAs of this "
                                  "node as well: SSH tunnels need it on both sides."
                                : "Or add the missing intermediate to the trusted CAs of "
                                  "this node, which then needs none to be sent.",
                      where_ca);
    }
    if (!c->presenter_node) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      "Better for all others too: send the whole chain, intermediates "
                      "included. An Expressway sends only what its own trusted CA list "
                      "holds: add them there.",
                      NULL);
    }
}

static void remedy_renew(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *n = c->presenter_node;
    if (!n) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END, "Renew the certificate.", NULL);
        return;
    }
    bool client = c->presenter == XD_CLIENT && xd_node_has_two_stores(n);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  client
                      ? "Renew the client certificate (with clientAuth) and upload it to "
                        "the client store."
                      : "Renew the certificate and upload it to the server store.",
                  client ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

static void remedy_issue_again(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c, const char *text)
{
    const struct xd_node *n = c->presenter_node;
    if (!n) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END, text, NULL);
        return;
    }
    bool client = c->presenter == XD_CLIENT && xd_node_has_two_stores(n);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER, text, client ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

static void remedy_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    remedy_issue_again(j, d, c,
                       "Have the certificate issued with the expected name as subject "
                       "alternative name, and upload it.");
    if (c->verifier_node) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      c->presenter == XD_CLIENT
                          ? "Or correct the TLS verify subject name of the zone to a name "
                            "that the certificate has."
                          : "Or correct the peer address of the zone to a name that the "
                            "certificate has.",
                      where_zones);
    }
}

static void remedy_revocation(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    xd_remedy_add(
        j, d, c->verifier_node, c->verifier_node ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
        "Upload a current CRL of the issuing CA, or make its CRL and OCSP sources "
        "reachable.",
        "Maintenance > Security > CRL management");
}

void xd_cause_remedies(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (c->may_be_replaced) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      "Look first at the certificate that the store holds now: if it is "
                      "another one than was presented, a restart is all that is due.",
                      c->presenter == XD_CLIENT && xd_node_has_two_stores(c->presenter_node)
                          ? where_client
                          : where_server);
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
                      "Check the clocks (NTP) of both nodes first; if they are right, have "
                      "the certificate issued with an earlier start.",
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
            "Remove the CA certificate of that name which no certificate in use is "
            "signed by: only the first of two is used.",
            where_ca);
    } else if (id == XD_F_REVOCATION_UNAVAILABLE) {
        remedy_revocation(j, d, c);
    } else if (id == XD_F_NO_CLIENT_CERTIFICATE) {
        remedy_issue_again(j, d, c,
                           "Give the client a certificate of a CA that the server names in "
                           "its request, so that it has one to send.");
    }
}
