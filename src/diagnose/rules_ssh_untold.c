/*
 * rules_ssh_untold.c - refused tunnel logins of an Expressway-C of which the evidence
 * does not show with which certificate it logs in, or whether that should pass.
 *
 * The certificate of a login is encrypted: the client store tells it.  A bundle without
 * any store is as good as none: the refusal is ssh-auth-failed, or what the same node
 * shows on the traversal zone explains it.  Where only that file is missing beside
 * others, it would decide: without it a cause is named only where nothing was replaced, and
 * the zone shows what is in use.
 */
#include "tunnels_priv.h"

static bool has_no_store(const struct xd_node *n)
{
    return !n->server.entry && !n->client.entry && !n->ca.entry;
}

static bool is_traversal(const struct xd_conv *v)
{
    return v->service == XD_SERVICE_TRAVERSAL || v->service == XD_SERVICE_TRAVERSAL_TEST;
}

/* The client certificate that C shows the same E on the traversal zone, or NULL. */
static const struct xd_presented *find_shown(const struct xd_judge *j,
                                             const struct xd_tunnels *t)
{
    const struct xd_presented *last = NULL;
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        bool same = is_traversal(v) && xd_tunnels_between(t, v);
        const struct xd_presented *p = same ? xd_conv_presented(v, XD_CLIENT, NULL) : NULL;
        if (p && p->n_certs > 0 && p->certs[0]->parsed && p->store == XD_STORE_UNKNOWN) {
            last = p;
        }
    }
    return last;
}

const char *xd_tunnels_refusal(const struct xd_tunnels *t)
{
    if (t->n_refused > 0) {
        return "The SSH connection on TCP 2222 comes up and the login is refused.";
    }
    return t->n_denied > 0
               ? "By the log the SSH service answers and refuses the login; no "
                 "capture shows it."
               : "By the status (\"Permission denied\") the SSH service answers "
                 "and refuses the login; no capture shows it.";
}

struct xd_alarm *xd_tunnels_restart_pending(const struct xd_tunnels *t)
{
    struct xd_alarm *of_c = xd_node_restart_pending(t->c);
    bool read = t->e && t->e->ca.entry && t->e->ca.whole;
    return of_c || !read ? of_c : xd_node_restart_pending(t->e);
}

/* What E's own log says of the key. */
static const char *tell_says(const struct xd_tunnels *t)
{
    switch (xd_first_fault(t->says)) {
    case XD_SAYS_TRUST:
        return " The log of the Expressway-E speaks of an issuer that it does not know.";
    case XD_SAYS_PURPOSE:
        return " The log of the Expressway-E speaks of the certificate's purpose: "
               "clientAuth is missing.";
    case XD_SAYS_EXPIRED:
        return " The log of the Expressway-E speaks of a certificate that has expired.";
    default:
        return "";
    }
}

/* Does E refuse C's client certificate on the traversal zone, for its purpose? */
static bool zone_refuses(const struct xd_judge *j, const struct xd_tunnels *t)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        const struct xd_finding *f = &j->drafts[i]->f;
        bool its = t->absent ? !f->verifier.node
                             : !t->e || !f->verifier.node || f->verifier.node == t->e;
        if (f->id == XD_F_CLIENT_EKU_MISSING && f->presenter.node == t->c && its) {
            return true;
        }
    }
    return false;
}

/* What the traversal zone tells of the certificate that both use. */
static const char *tell_shown(struct xd_judge *j, const struct xd_tunnels *t,
                              const struct xd_presented *p)
{
    const char *same =
        "An Expressway-C uses one client certificate for both, and the SSH service of "
        "Expressway-E refuses one without clientAuth, whatever the EKU check says.";
    if (p && xd_cert_server_only(p->certs[0])) {
        return xd_arena_printf(
            j->cs->arena,
            " On the traversal zone %s shows \"%s\" as its client certificate, with %s. %s",
            xd_tunnels_c(j, t), xd_words_name(p->certs[0]), xd_words_eku(j, p->certs[0]),
            same);
    }
    if (p) {
        bool over = t->n_refused > 0 &&
                    p->certs[0]->not_after < xd_conv_time_at(j, t->refused[0], XD_SERVER);
        return xd_arena_printf(
            j->cs->arena,
            over ? " The client certificate that %s shows on the traversal zone, \"%s\", "
                   "had expired by then."
                 : " The client certificate that %s shows on the traversal zone, \"%s\", "
                   "permits clientAuth, so that its purpose does not explain it.",
            xd_tunnels_c(j, t), xd_words_name(p->certs[0]));
    }
    if (zone_refuses(j, t)) {
        return xd_arena_printf(j->cs->arena,
                               " On the traversal zone the client certificate is refused "
                               "because clientAuth is missing. %s",
                               same);
    }
    return " A certificate without clientAuth is always refused there, whatever the EKU "
           "check says, and so is one whose CA the Expressway-E does not trust.";
}

static void set_parties(struct xd_draft *d, const struct xd_tunnels *t)
{
    d->f.presenter = (struct xd_party){.node = t->c, .set = true};
    d->f.verifier = xd_tunnels_far(t);
    if (t->n_refused > 0) {
        d->f.presenter.addr = t->refused[0]->end[XD_CLIENT].addr;
        d->f.verifier.addr = t->refused[0]->end[XD_SERVER].addr;
        d->f.verifier.set = true;
    }
}

static void show_on_zone(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t,
                         const struct xd_presented *p)
{
    if (p) {
        xd_evidence_add(j, d, p->place,
                        xd_arena_printf(j->cs->arena,
                                        "client certificate of %s on the traversal zone: "
                                        "%s",
                                        xd_tunnels_c(j, t), xd_words_cert(j, p->certs[0])),
                        true);
    }
}

/* What the same node shows on the traversal zone, or E's own words, explain the refusal. */
static void raise_eku(struct xd_judge *j, struct xd_tunnels *t,
                      const struct xd_presented *p)
{
    const struct xd_cert *leaf = p ? p->certs[0] : NULL;
    const char *c = xd_tunnels_c(j, t);
    struct xd_draft *d = xd_draft_get(j, XD_F_SSH_CLIENT_EKU_MISSING, t->c, leaf, NULL);
    if (xd_draft_is_new(d)) {
        set_parties(d, t);
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "SSH tunnels from %s are refused: its client certificate lacks "
                            "clientAuth",
                            c),
            xd_arena_printf(j->cs->arena,
                            "%s The certificate of such a login is encrypted, and %s of %s "
                            "is not in the evidence.%s%s Next: install a client "
                            "certificate with clientAuth on %s.",
                            xd_tunnels_refusal(t),
                            has_no_store(t->c) ? "a store" : "the client store", c,
                            p ? tell_shown(j, t, p) : "", tell_says(t), c));
        xd_remedy_client_certificate(j, d, t->c, t->e, NULL);
    }
    xd_draft_confidence(d, XD_PROBABLE);
    xd_tunnels_attach(j, d, t);
    xd_draft_cert(j, d, leaf);
    show_on_zone(j, d, t, p);
}

static const char *tell_title(struct xd_judge *j, const struct xd_tunnels *t)
{
    return xd_arena_printf(j->cs->arena,
                           "%s refuses the SSH login of %s; with which certificate is not "
                           "in the evidence",
                           xd_words_title(j, xd_tunnels_e(j, t)), xd_tunnels_c(j, t));
}

static void remedy_look(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t)
{
    if (!zone_refuses(j, t)) {
        xd_remedy_add(j, d, t->c, XD_ACTOR_CUSTOMER,
                      "Look whether the client certificate (before X15.5: the server "
                      "certificate) permits client authentication.",
                      "Maintenance > Security > Client certificate");
    }
    xd_remedy_add(j, d, t->c, XD_ACTOR_CUSTOMER,
                  "Collect its diagnostic log again, whole and with tcpdump: client_*.pem "
                  "tells what it logs in with.",
                  "Maintenance > Diagnostics > Diagnostic logging");
}

static void raise_auth_failed(struct xd_judge *j, struct xd_tunnels *t,
                              const struct xd_presented *p)
{
    const char *c = xd_tunnels_c(j, t);
    struct xd_draft *d =
        xd_draft_get(j, XD_F_SSH_AUTH_FAILED, NULL, NULL, xd_tunnels_key(j, t));
    if (xd_draft_is_new(d)) {
        set_parties(d, t);
        xd_draft_text(j, d, tell_title(j, t),
                      xd_arena_printf(
                          j->cs->arena,
                          "%s The certificate of such a login is encrypted, and no store "
                          "of %s is in the evidence.%s%s Next: %scollect the "
                          "diagnostic log of %s again.",
                          xd_tunnels_refusal(t), c, tell_shown(j, t, p), tell_says(t),
                          zone_refuses(j, t) ? "" : "look at its client certificate, and ",
                          c));
        remedy_look(j, d, t);
    }
    xd_draft_confidence(d, XD_PROBABLE);
    xd_tunnels_attach(j, d, t);
    show_on_zone(j, d, t, p);
}

/* What would have to be known first. */
static const char *tell_lack(struct xd_judge *j, const struct xd_tunnels *t,
                             const struct xd_store *s)
{
    const char *c = xd_tunnels_c(j, t);
    const struct xd_store *its =
        xd_node_has_two_stores(t->c) ? &t->c->client : &t->c->server;
    if (!s && its->n_certs > 0) {
        return xd_arena_printf(j->cs->arena,
                               "The certificate of such a login is encrypted. What the %s "
                               "of %s holds in the evidence, \"%s\", is of a later day and "
                               "begins only at %s: it cannot be what was refused.",
                               xd_words_store(t->c, its), c, xd_words_name(its->certs[0]),
                               xd_words_time(j, its->certs[0]->not_before));
    }
    if (!s) {
        return xd_arena_printf(j->cs->arena,
                               "The certificate of such a login is encrypted, and the %s "
                               "of %s, which would tell it, is not in the evidence.",
                               xd_words_store(t->c, its), c);
    }
    if (xd_node_restart_pending(t->c)) {
        return xd_arena_printf(
            j->cs->arena,
            "What would be the certificate, \"%s\", passes; but %s awaits a restart (alarm "
            "15028), and logs in with what it had before.",
            xd_words_name(s->certs[0]), c);
    }
    if (xd_tunnels_restart_pending(t)) {
        return xd_arena_printf(
            j->cs->arena,
            "By the trusted CA file of %s the certificate, \"%s\", passes; but %s awaits a "
            "restart (alarm 15028), and verifies by what it had before.",
            xd_tunnels_e(j, t), xd_words_name(s->certs[0]), xd_tunnels_e(j, t));
    }
    if (!t->e || !t->e->ca.entry || !t->e->ca.whole) {
        return xd_arena_printf(
            j->cs->arena,
            "The client certificate of %s, \"%s\", has the purpose and is in time. Whether "
            "the Expressway-E trusts its CA is not in the evidence: %s.",
            c, xd_words_name(s->certs[0]),
            !t->e            ? "its bundle is not in the case"
            : t->e->ca.entry ? "its trusted CA file was not read whole"
                             : "its trusted CA file (ca_*.pem) is missing");
    }
    struct xd_place told = xd_tunnels_told(j, t);
    bool of_c = xd_node_moved_on(j, t->c, &told) != XD_TRI_OFF;
    if (of_c || xd_node_moved_on(j, t->e, &told) != XD_TRI_OFF) {
        return xd_arena_printf(j->cs->arena,
                               "The certificate in the %s of %s, \"%s\", would pass by "
                               "the files of the two; but those of %s are of another day, "
                               "and what it held then is not in the evidence.",
                               xd_words_store(t->c, its), c, xd_words_name(s->certs[0]),
                               of_c ? c : xd_tunnels_e(j, t));
    }
    return xd_arena_printf(j->cs->arena,
                           "The certificate of such a login is encrypted. Elsewhere %s "
                           "shows one of which it is not known whether it was replaced "
                           "since.",
                           c);
}

static const char *tell_next(struct xd_judge *j, const struct xd_tunnels *t,
                             const struct xd_store *s)
{
    if (s && xd_tunnels_restart_pending(t)) {
        return xd_arena_printf(j->cs->arena, "Restart %s, and look at the tunnels again.",
                               xd_node_restart_pending(t->c) ? xd_tunnels_c(j, t)
                                                             : xd_tunnels_e(j, t));
    }
    bool lacks_e = s && (!t->e || !t->e->ca.entry || !t->e->ca.whole);
    return xd_arena_printf(j->cs->arena,
                           "Collect the diagnostic log of %s%s, whole and with tcpdump, "
                           "and run expdiag on the bundles of both together.",
                           lacks_e ? xd_tunnels_e(j, t) : xd_tunnels_c(j, t),
                           lacks_e && !t->e ? "" : " again");
}

static void raise_unexplained(struct xd_judge *j, struct xd_tunnels *t,
                              const struct xd_store *s)
{
    const struct xd_presented *p = find_shown(j, t);
    struct xd_draft *d =
        xd_draft_get(j, XD_F_ZONE_DOWN_UNEXPLAINED, NULL, NULL, xd_tunnels_key(j, t));
    if (xd_draft_is_new(d)) {
        const char *next = tell_next(j, t, s);
        set_parties(d, t);
        xd_draft_text(
            j, d,
            s ? xd_arena_printf(j->cs->arena,
                                "%s refuses the SSH login of %s, and the evidence does not "
                                "tell why",
                                xd_words_title(j, xd_tunnels_e(j, t)), xd_tunnels_c(j, t))
              : tell_title(j, t),
            xd_arena_printf(j->cs->arena, "%s %s%s%s Next: %s", xd_tunnels_refusal(t),
                            tell_lack(j, t, s), s ? "" : tell_shown(j, t, p), tell_says(t),
                            xd_words_lower(j, next)));
        xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER, next,
                      s && xd_tunnels_restart_pending(t)
                          ? "Maintenance > Restart options"
                          : "Maintenance > Diagnostics > Diagnostic logging");
    }
    xd_draft_confidence(d, XD_CERTAIN);
    xd_tunnels_attach(j, d, t);
    struct xd_alarm *pending = s ? xd_tunnels_restart_pending(t) : NULL;
    if (pending) {
        xd_draft_alarm(j, d, pending);
        xd_evidence_alarm(j, d, pending);
    }
    show_on_zone(j, d, t, s ? NULL : p);
}

void xd_ssh_untold(struct xd_judge *j, struct xd_tunnels *t, const struct xd_store *s)
{
    const struct xd_presented *p = find_shown(j, t);
    bool lacks_it = !s && !t->c->client.entry && xd_node_uses_its_stores(t->c);
    if (lacks_it && p && xd_cert_server_only(p->certs[0])) {
        raise_eku(j, t, p);
        return;
    }
    if (!has_no_store(t->c)) {
        raise_unexplained(j, t, s);
        return;
    }
    if ((p && xd_cert_server_only(p->certs[0])) || (t->says & XD_SAYS_PURPOSE)) {
        raise_eku(j, t, p);
    } else {
        raise_auth_failed(j, t, p);
    }
}

void xd_ssh_constraint(struct xd_judge *j, struct xd_tunnels *t, const struct xd_replay *r)
{
    const char *c = xd_tunnels_c(j, t);
    const char *next = "Have the certificate issued anew by a chain without that defect, "
                       "upload it with its CAs and restart the node.";
    struct xd_draft *d =
        xd_draft_get(j, XD_F_SSH_AUTH_FAILED, NULL, NULL, xd_tunnels_key(j, t));
    xd_draft_confidence(d, XD_PROBABLE);
    set_parties(d, t);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s refuses the SSH login of %s: its certificate chain has a "
                        "defect",
                        xd_tunnels_e(j, t), c),
        xd_arena_printf(j->cs->arena,
                        "%s The client certificate in the store of %s, \"%s\", must be "
                        "refused for a defect of the chain that is none of its dates, "
                        "purposes or trusted CAs: %s. Next: %s",
                        xd_tunnels_refusal(t), c, xd_words_name(r->chain[0]),
                        r->constraint_words, xd_words_lower(j, next)));
    xd_tunnels_attach(j, d, t);
    xd_draft_cert(j, d, r->chain[0]);
    xd_remedy_add(j, d, t->c, XD_ACTOR_CUSTOMER, next,
                  "Maintenance > Security > Client certificate");
}
