/*
 * remedies_client.c - how a node comes by a client certificate that its verifiers take,
 * and what helps until then.
 */
#include "judge_priv.h"

#include <string.h>

static const char where_client[] = "Maintenance > Security > Client certificate";
static const char where_server[] = "Maintenance > Security > Server certificate";
static const char where_ca[] = "Maintenance > Security > Trusted CA certificate";
static const char check_off[] =
    "xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: Off";

/* One that is brought to the release of its peers first has two stores then. */
static bool is_to_be_upgraded(const struct xd_judge *j, const struct xd_node *n)
{
    bool newer = false;
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        newer = newer || xd_version_at_least(&j->cs->nodes[i]->version, 15, 5);
    }
    return newer && n->version.text && !xd_version_at_least(&n->version, 15, 5);
}

/* Nothing tells its release: a log alone, as a rule. */
static bool is_release_untold(const struct xd_node *n)
{
    return n->version.major == 0 && !n->client.entry;
}

static bool has_client_page(const struct xd_judge *j, const struct xd_node *n)
{
    return xd_node_has_two_stores(n) || is_to_be_upgraded(j, n);
}

/*
 * Steps 1: a certificate that has the purpose; its CA grants it.  `limit` is a CA whose own
 * Extended Key Usage lacks the purpose.
 */
static void remedy_request(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                           const struct xd_cert *limit)
{
    bool one = !is_release_untold(n) && !has_client_page(j, n);
    if (is_release_untold(n)) {
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            "Create a signing request and have it signed by a CA that grants clientAuth. "
            "Which release the node runs, the evidence does not show: X15.5 and later "
            "have a client certificate page for it; before X15.5 it is made on the server "
            "certificate page, and the one certificate needs serverAuth as well.",
            where_client);
    } else if (!one) {
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            xd_arena_printf(
                j->cs->arena,
                "%s a signing request on the client certificate page and have it "
                "signed by a CA that grants clientAuth (a private CA; public CAs "
                "are withdrawing it). If the server certificate is renewed by "
                "ACME, switch off copying it to the client store.",
                is_to_be_upgraded(j, n) ? "After the upgrade to X15.5: create" : "Create"),
            where_client);
    } else {
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            "Create a signing request for one certificate with both serverAuth "
            "and clientAuth; this release keeps one certificate for both roles. "
            "Or upgrade Expressway-C and Expressway-E to X15.5 and keep a separate "
            "client certificate.",
            where_server);
    }
    xd_remedy_add(j, d, NULL, XD_ACTOR_CA,
                  xd_arena_printf(
                      j->cs->arena,
                      "Sign the request of %s with %s in the certificate's Extended Key "
                      "Usage%s%s.",
                      n->id, one ? "both serverAuth and clientAuth" : "clientAuth",
                      one ? "" : " (serverAuth may stay beside it)",
                      limit ? xd_arena_printf(j->cs->arena,
                                              ", and not below the CA \"%s\": the Extended "
                                              "Key Usage of that CA lacks clientAuth and "
                                              "limits all that it issues",
                                              xd_words_name(limit))
                            : ""),
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
    bool two = has_client_page(j, n) || is_release_untold(n);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  is_release_untold(n) ? "Upload the new certificate on the same page."
                  : two                ? "Upload the new certificate as client certificate."
                        : "Upload the new certificate as server certificate.",
                  two ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

void xd_remedy_client_certificate(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_node *n, const struct xd_node *verifier,
                                  const struct xd_cert *limit)
{
    remedy_request(j, d, n, limit);
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

/* The CA that limits what it issued, where the purpose is missing there. */
static const struct xd_cert *limiting_ca(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    return r->purpose_at && r->n_chain > 0 && r->purpose_at != r->chain[0] ? r->purpose_at
                                                                           : NULL;
}

/* The verifier is no node of the case: whom it trusts is for it to say. */
static void remedy_for_far_end(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c)
{
    const struct xd_party *far = &c->parties[1];
    const char *half = xd_words_half(j, far);
    remedy_request(j, d, c->presenter_node, limiting_ca(c));
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

static bool was_switched_on(const struct xd_node *n)
{
    for (size_t i = n->n_changes; i > 0; i--) {
        const struct xd_setting_change *c = &n->changes[i - 1];
        if (xd_change_is_of_eku_check(c)) {
            return xd_node_eku_check_at(n, c->time) == XD_EKU_CHECK_ON;
        }
    }
    return false;
}

/* What would keep the zone down with the check off: ", but not before ...", or "". */
static const char *tell_other_obstacle(struct xd_judge *j, const struct xd_node *c,
                                       const struct xd_node *e)
{
    static const struct xd_change off = {
        .set_check = true, .check = XD_EKU_CHECK_OFF, .at = XD_TIME_NONE};
    for (size_t i = 0; c && e && i < j->n_pairs; i++) {
        struct xd_outlook o;
        if (j->pairs[i].c != c || j->pairs[i].e != e) {
            continue;
        }
        xd_predict_zone(j, &j->pairs[i], &off, &o);
        if (o.result == XD_PREDICT_FAILED && o.fault != XD_SAYS_PURPOSE) {
            return xd_arena_printf(j->cs->arena, ", but not before this is mended: %s",
                                   o.reason);
        }
    }
    return "";
}

static void remedy_check_off(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_cause *c, const char *half)
{
    const struct xd_node *verifier = c->verifier_node;
    const char *where =
        verifier ? was_switched_on(verifier) ? " again" : ""
                 : xd_arena_printf(j->cs->arena, " on %s, if it runs X15.5 or later", half);
    if (verifier && xd_node_eku_check_at(verifier, XD_TIME_NONE) == XD_EKU_CHECK_OFF) {
        return; /* it is off by now */
    }
    struct xd_remedy off = {
        .node = verifier,
        .actor = XD_ACTOR_CUSTOMER,
        .text = xd_arena_printf(j->cs->arena,
                                "Only as a stopgap: switch the EKU check off%s. It lets "
                                "inbound SIP TLS through%s; SSH tunnels, and with them MRA "
                                "and the WebRTC proxy, need clientAuth all the same.",
                                where, tell_other_obstacle(j, c->presenter_node, verifier)),
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
        if (c->conv->service == XD_SERVICE_CLUSTER) {
            xd_remedy_cluster_permissive(j, d, verifier);
        }
        return;
    }
    if (half || (verifier && xd_version_at_least(&verifier->version, 15, 5))) {
        remedy_check_off(j, d, c, half);
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
                               "trusts, add that CA's root and intermediates to the "
                               "trusted CAs there too, upload the certificate and restart "
                               "the node."
                             : "On %s: install a client certificate whose Extended Key "
                               "Usage names clientAuth, from a CA that %s trusts.",
                        xd_words_named(j, at), verifier),
        half ? where_client : NULL);
}

void xd_remedy_client_eku(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_cert *good = xd_cause_zone_leaf(j, c);
    if (good) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(
                          j->cs->arena,
                          "The client certificate that is stored, \"%s\" (serial %s), has "
                          "clientAuth: leave it. Restart the node (its calls and "
                          "registrations drop), and repeat the test; if it still shows "
                          "another certificate, that is for Cisco.",
                          xd_words_name(good), good->serial ? good->serial : "not known"),
                      "Maintenance > Restart options");
        return;
    }
    if (c->presenter_node && c->verifier_node) {
        xd_remedy_client_certificate(j, d, c->presenter_node, c->verifier_node,
                                     limiting_ca(c));
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
