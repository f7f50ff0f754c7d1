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

void xd_remedy_add(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                   enum xd_actor actor, const char *text, const char *where)
{
    struct xd_remedy r = {.node = n, .actor = actor, .text = text, .where = where};
    xd_draft_remedy(j, d, &r);
}

static bool has_tunnels(const struct xd_node *n)
{
    bool uc = n->n_tunnels > 0;
    for (size_t i = 0; i < n->n_zones; i++) {
        uc = uc || n->zones[i].uc == XD_TRI_ON;
    }
    return uc;
}

/* The pages that show whether it helped: of what the node has.  The same for all causes
 * of one node, so that it is restarted once. */
static const char *tell_pages(struct xd_judge *j, const struct xd_node *n)
{
    static const char *const names[] = {
        "Status > Zones", "Status > Unified Communications > SSH tunnels status",
        "System > Clustering"};
    bool untold = !n->xconf && !n->xstat;
    const bool has[] = {untold || n->n_zones > 0, has_tunnels(n), n->n_cluster_peers > 0};
    const char *list = "";
    size_t left = (size_t)has[0] + has[1] + has[2];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (has[i]) {
            left--;
            list = xd_arena_printf(j->cs->arena, "%s%s%s", list,
                                   !*list      ? ""
                                   : left == 0 ? " and "
                                               : ", ",
                                   names[i]);
        }
    }
    return *list ? list : "Status > Alarms";
}

void xd_remedy_restart(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    struct xd_remedy r = {
        .node = n,
        .actor = XD_ACTOR_CUSTOMER,
        .text = xd_arena_printf(j->cs->arena,
                                "Restart the node (its calls and registrations drop), so "
                                "that every service uses the certificates that are stored; "
                                "then look at %s.",
                                tell_pages(j, n)),
        .where = where_restart,
        .command = "xCommand Restart"};
    xd_draft_remedy(j, d, &r);
}

void xd_remedy_cluster_permissive(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_node *n)
{
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  "Only as a stopgap: set the TLS verification mode of the cluster to "
                  "Permissive; its peers are not verified then (alarm 40049).",
                  "System > Clustering");
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

/* A server of the customer's own: its administrators settle whom it trusts. */
bool xd_cause_is_cucm(const struct xd_cause *c)
{
    enum xd_service s = c->conv ? c->conv->service : XD_SERVICE_OTHER;
    return !c->verifier_node && c->presenter == XD_CLIENT &&
           (s == XD_SERVICE_UDS || s == XD_SERVICE_TFTP);
}

/* The same, where it presents: a UC server that C asks. */
static bool is_uc_server(const struct xd_cause *c)
{
    enum xd_service s = c->conv ? c->conv->service : XD_SERVICE_OTHER;
    return c->presenter == XD_SERVER && (s == XD_SERVICE_UDS || s == XD_SERVICE_TFTP);
}

static void remedy_cucm_trust(struct xd_judge *j, struct xd_draft *d)
{
    xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                  "On CUCM: upload the CA chain of the Expressway's certificate (root and "
                  "intermediates) to tomcat-trust and CallManager-trust, and restart the "
                  "services that CUCM names then.",
                  "Cisco Unified OS Administration > Security > Certificate Management");
}

static bool is_self_signed(const struct xd_cause *c)
{
    return c->replay->n_chain > 0 && c->replay->chain[0]->self_signed;
}

/* "the CA "x", with its root and intermediates," of what was shown. */
static const char *tell_its_ca(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const char *issuer = r->n_chain > 0 ? r->chain[0]->issuer_cn : NULL;
    if (is_self_signed(c)) {
        return xd_arena_printf(j->cs->arena, "the self-signed certificate \"%s\" itself",
                               xd_words_name(r->chain[0]));
    }
    return issuer ? xd_arena_printf(j->cs->arena,
                                    "the CA \"%s\", with its root and "
                                    "intermediates,",
                                    issuer)
                  : "the root and intermediates of the presented certificate";
}

/* Of a presenter that is a node. */
static bool shows_client_store(const struct xd_cause *c)
{
    return c->presenter == XD_CLIENT && xd_node_has_two_stores(c->presenter_node);
}

static const char *where_of(const struct xd_cause *c)
{
    return shows_client_store(c) ? where_client : where_server;
}

static const char *store_of(const struct xd_cause *c)
{
    return shows_client_store(c) ? "client" : "server";
}

static void remedy_trust_here(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    const struct xd_cert *namesake = xd_cause_namesake(c);
    const char *text =
        namesake
            ? xd_arena_printf(
                  j->cs->arena,
                  "If the CA \"%s\" that signed is to be trusted: put it among the trusted "
                  "CAs in place of the one of its name that is there, %s, since only the "
                  "first of two CAs of one name is used; restart the node if alarm 15028 "
                  "then asks for it.",
                  xd_words_name(namesake), xd_words_ca_place(j, c->verifier_node, namesake))
            : xd_arena_printf(j->cs->arena,
                              "Add %s to the trusted CAs, if %s is to be trusted; "
                              "restart the node if alarm 15028 then asks for it.",
                              tell_its_ca(j, c), is_self_signed(c) ? "it" : "that CA");
    xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER, text, where_ca);
    if (!c->presenter_node && c->parties[0].set) {
        bool own = xd_words_half(j, &c->parties[0]) || is_uc_server(c);
        xd_remedy_add(j, d, NULL, own ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena,
                                      "Or, on %s: install a %s of a CA that %s trusts "
                                      "already.",
                                      xd_words_named(j, &c->parties[0]),
                                      c->presenter == XD_CLIENT
                                          ? "client certificate with clientAuth"
                                          : "server certificate",
                                      c->verifier_node->id),
                      NULL);
    } else if (c->presenter_node) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Or install a %s certificate%s of a CA that %s "
                                      "trusts already.",
                                      store_of(c),
                                      shows_client_store(c) ? " with clientAuth" : "",
                                      c->verifier_node->id),
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
        tunnels = tunnels || (c->conv->zone[s] && c->conv->zone[s]->uc == XD_TRI_ON);
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
        bool half = xd_words_half(j, &c->parties[0]) != NULL;
        xd_remedy_add(j, d, NULL, half ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena,
                                      half ? "On %s: renew %s, upload it and restart that "
                                             "node."
                                           : "On %s: renew %s.",
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

/* A renewal of the same key would be of a key that may be disclosed. */
static void remedy_revoked(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    const struct xd_node *n = c->presenter_node;
    const char *leaf = tell_leaf(j, c);
    if (!n) {
        xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                      xd_arena_printf(j->cs->arena,
                                      "On %s: ask the CA why %s was revoked, and install a "
                                      "new certificate with a new key.",
                                      xd_words_named(j, &c->parties[0]), leaf),
                      NULL);
        return;
    }
    bool client = c->presenter == XD_CLIENT && xd_node_has_two_stores(n);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(
                      j->cs->arena,
                      "Ask the CA when and why %s was revoked. Create a new signing "
                      "request, with a new key, have it signed%s, and upload the "
                      "certificate as %s certificate.",
                      leaf, client ? " with clientAuth" : "", client ? "client" : "server"),
                  client ? where_client : where_server);
    xd_remedy_restart(j, d, n);
}

/* One name and key, two certificates: the verifier has the one that ended. */
static void remedy_renewed_ca(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    const struct xd_cert *ca = xd_cause_renewed_ca(c);
    xd_remedy_add(
        j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
        xd_arena_printf(
            j->cs->arena,
            "Add the renewed CA \"%s\" (serial %s, valid until %s) to the trusted "
            "CAs and take out the one that ended (serial %s); restart the node if "
            "alarm 15028 then asks for it.",
            xd_words_name(ca), ca->serial, xd_words_time(j, ca->not_after),
            c->replay->time_at->serial),
        where_ca);
}

/* Where the clocks were measured and agree, the certificate is what is early. */
static void remedy_too_early(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_cause *c)
{
    const struct xd_node *n = c->presenter_node;
    const struct xd_cert *at = c->replay->time_at;
    if (!xd_cause_clocks_agree(j, c)) {
        xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Check the clock of %s and of %s first: are the NTP "
                                      "servers reachable and in step?",
                                      xd_words_named(j, &c->parties[0]),
                                      xd_words_named(j, &c->parties[1])),
                      "System > Time");
    }
    const char *until =
        at ? xd_arena_printf(j->cs->arena, ", or wait until %s, when it begins",
                             xd_words_time(j, at->not_before))
           : "";
    xd_remedy_add(
        j, d, n, n ? XD_ACTOR_CUSTOMER : XD_ACTOR_FAR_END,
        xd_arena_printf(
            j->cs->arena,
            "%s the certificate issued again with an earlier start, "
            "and upload it%s.",
            xd_cause_clocks_agree(j, c) ? "Have" : "If both clocks are right: have", until),
        n ? where_of(c) : NULL);
    if (n) {
        xd_remedy_restart(j, d, n);
    }
}

void xd_remedy_issue_again(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                           const char *text)
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
    const struct xd_zone *z = c->conv ? c->conv->zone[XD_SERVER] : NULL;
    if (c->parties[0].set) {
        xd_remedy_issue_again(
            j, d, c,
            "Give the client a certificate of a CA that the server names in "
            "its request, so that it has one to send.");
        if (c->verifier_node && z && z->name && z->uc == XD_TRI_OFF) {
            xd_remedy_add(
                j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                xd_arena_printf(j->cs->arena,
                                "Or, if that client is meant to need none: switch "
                                "TLS verify mode off in zone \"%s\".",
                                z->name),
                where_zones);
        }
        return;
    }
    xd_remedy_add(j, d, NULL, XD_ACTOR_FAR_END,
                  "Where an address is a partner's: give that client a certificate of a CA "
                  "that the server names in its request. Where none is, nothing needs to "
                  "be done.",
                  NULL);
}

static void remedy_server_eku(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c)
{
    xd_remedy_issue_again(j, d, c,
                          "Have a certificate issued whose Extended Key Usage names "
                          "serverAuth, and upload it as server certificate.");
}

static void remedy_key_usage(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    bool in_ca = r->purpose_at && r->n_chain > 0 && r->purpose_at != r->chain[0];
    const char *text =
        in_ca ? xd_arena_printf(j->cs->arena,
                                "Have a certificate issued by a CA whose key usage permits "
                                "keyCertSign; that of \"%s\" does not. Upload it, with "
                                "the CAs above it.",
                                xd_words_name(r->purpose_at))
              : "Have the certificate issued again with digitalSignature and "
                "keyEncipherment in its key usage, and upload it.";
    xd_remedy_issue_again(j, d, c, text);
}

static void remedy_weak(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    xd_remedy_issue_again(j, d, c,
                          "Have the certificate issued again with SHA-256 or better and a "
                          "key of at least 2048 bits, and upload it.");
}

static void remedy_expired(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (c->clock_doubt) {
        xd_remedy_add(
            j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
            xd_arena_printf(j->cs->arena,
                            "Compare the clock of %s with the true time first (are its "
                            "NTP servers reachable and in step?). If it is wrong, correct "
                            "it: the certificate may then be in time. Only if it is right "
                            "does the certificate have to be renewed.",
                            xd_words_named(j, &c->parties[1])),
            "System > Time");
    }
    if (xd_cause_renewed_ca(c)) {
        remedy_renewed_ca(j, d, c);
    } else {
        remedy_renew(j, d, c);
    }
}

static void remedy_clock(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    static const char where[] = "System > Time";
    bool assumed = c->clock_assumed && !c->clock_shown;
    if (assumed) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      "Compare the clock of this node with the true time. If it is "
                      "right, the two bundles are of different days, and the other "
                      "node's certificates are not those of the refusal: collect both "
                      "bundles at one time.",
                      where);
    }
    xd_remedy_add(
        j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
        assumed ? "If it is wrong: correct it (NTP servers reachable and in step)."
                : "Correct the clock of this node (NTP servers reachable and in step).",
        where);
}

static void remedy_ca_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(
                      j->cs->arena,
                      "Remove from the trusted CAs the first of the two named \"%s\", "
                      "%s, unless another certificate in use is signed by it; only the "
                      "first of two is used.",
                      c->shadow ? xd_words_name(c->shadow) : "?",
                      c->shadow ? xd_words_ca_place(j, c->verifier_node, c->shadow) : "?"),
                  where_ca);
}

/* Only causes come here; the other ids have their remedies at their rules. */
static const struct {
    enum xd_finding_id id;
    void (*add)(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c);
} of_causes[] = {
    {XD_F_CLIENT_EKU_MISSING, xd_remedy_client_eku},
    {XD_F_SERVER_EKU_MISSING, remedy_server_eku},
    {XD_F_KEY_USAGE_UNSUITABLE, remedy_key_usage},
    {XD_F_UNKNOWN_CA, remedy_trust},
    {XD_F_INCOMPLETE_CHAIN, remedy_chain},
    {XD_F_CERTIFICATE_EXPIRED, remedy_expired},
    {XD_F_CERTIFICATE_REVOKED, remedy_revoked},
    {XD_F_CLOCK_SKEW, remedy_clock},
    {XD_F_CERTIFICATE_NOT_YET_VALID, remedy_too_early},
    {XD_F_WEAK_SIGNATURE, remedy_weak},
    {XD_F_NAME_MISMATCH, xd_remedy_name},
    {XD_F_CA_NAME_DUPLICATE, remedy_ca_name},
    {XD_F_REVOCATION_UNAVAILABLE, remedy_revocation},
    {XD_F_NO_CLIENT_CERTIFICATE, remedy_none_sent},
};

void xd_cause_remedies(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (c->may_be_replaced) {
        xd_remedy_add(j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
                      "Look first at the certificate that the store holds now: if it is "
                      "another one than was presented, a restart is all that is due.",
                      where_of(c));
    }
    for (size_t i = 0; i < sizeof of_causes / sizeof *of_causes; i++) {
        if (of_causes[i].id == c->id) {
            of_causes[i].add(j, d, c);
        }
    }
}
