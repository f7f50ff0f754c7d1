/*
 * rules_store.c - what the stores and settings of the nodes show by themselves, and
 * certificates on the wire that are not where they should be.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

static const char where_client[] = "Maintenance > Security > Client certificate";
static const char where_ca[] = "Maintenance > Security > Trusted CA certificate";

static void judge_identical(struct xd_judge *j, struct xd_node *n)
{
    if (n->stores_identical != XD_TRI_ON || n->server.n_certs == 0) {
        return;
    }
    const struct xd_cert *leaf = n->server.certs[0];
    struct xd_draft *d = xd_draft_get(j, XD_F_STORES_IDENTICAL, n, leaf, NULL);
    bool fine = xd_cert_permits_client(leaf);
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_cert(j, d, leaf);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s holds the same certificate in both stores",
                        xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "Server and client store of %s hold the same certificate \"%s\", as an upgrade "
            "to X15.5 leaves them and as copying the server certificate to the client "
            "store "
            "makes them. %s",
            xd_words_node(j, n), xd_words_name(leaf),
            fine ? "It permits clientAuth, so nothing fails for that; nothing needs to be "
                   "done as long as its renewal keeps the purpose."
                 : "It does not permit clientAuth, so that this node fails wherever its "
                   "client certificate is checked for the purpose. Next: install a client "
                   "certificate of its own."));
    xd_evidence_store(j, d, n, &n->server);
    xd_evidence_store(j, d, n, &n->client);
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  fine ? "Keep it if the CA will renew it with clientAuth; else plan a "
                         "separate client certificate. With ACME, switch off copying the "
                         "server certificate to the client store."
                       : "Install a separate client certificate with clientAuth.",
                  where_client);
}

/* Nothing was seen to fail for it: what is stopped is what the status calls down. */
static void add_stopped(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n)
{
    for (size_t i = 0; n->role == XD_ROLE_C && i < n->n_zones; i++) {
        if (n->zones[i].uc == XD_TRI_ON && xd_zone_is_down(&n->zones[i])) {
            xd_draft_effect(j, d, "UC zone");
            xd_draft_effect(j, d, "MRA login and registration");
        }
    }
    for (size_t i = 0; n->role == XD_ROLE_C && i < n->n_tunnels; i++) {
        if (xd_tunnel_is_down(&n->tunnels[i])) {
            xd_draft_effect(j, d, "MRA login and registration");
            xd_draft_effect(j, d, "WebRTC proxy");
        }
    }
}

static void judge_server_only(struct xd_judge *j, struct xd_node *n)
{
    const struct xd_store *s = xd_node_store_for(n, XD_CLIENT);
    if (!s || !xd_cert_server_only(s->certs[0])) {
        return;
    }
    const struct xd_cert *leaf = s->certs[0];
    if (xd_judge_names_cert(j, XD_F_CLIENT_EKU_MISSING, leaf) ||
        xd_judge_names_cert(j, XD_F_SSH_CLIENT_EKU_MISSING, leaf)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_CLIENT_STORE_SERVER_ONLY, n, leaf, NULL);
    bool on_c = n->role == XD_ROLE_C;
    d->f.severity = on_c ? XD_ERROR : XD_WARNING;
    xd_draft_confidence(d, s->whole ? XD_CERTAIN : XD_PROBABLE);
    xd_draft_cert(j, d, leaf);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The %s of %s holds a certificate without clientAuth",
                        xd_words_store(n, s), xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "The certificate \"%s\" in the %s of %s has %s. %s Next: install a %s.",
            xd_words_name(leaf), xd_words_store(n, s), xd_words_node(j, n),
            xd_words_eku(j, leaf),
            on_c ? "It is what this node presents when it opens the traversal zone and the "
                   "SSH tunnels: tunnels need clientAuth always, the zone unless the EKU "
                   "check of the Expressway-E is off."
                 : "It is what this node presents when it opens a connection with mutual "
                   "TLS. MRA needs no clientAuth on an Expressway-E, but far ends that "
                   "check the purpose (B2B, Webex, neighbours) would refuse it.",
            xd_node_has_two_stores(n) ? "client certificate with clientAuth"
                                      : "certificate with both serverAuth and clientAuth"));
    xd_evidence_store(j, d, n, s);
    add_stopped(j, d, n);
    xd_remedy_client_certificate(j, d, n, NULL, NULL);
}

static void judge_chains(struct xd_judge *j, struct xd_node *n)
{
    for (size_t i = 0; n->ca.entry && n->ca.whole && i < n->n_chains; i++) {
        const struct xd_chain *c = &n->chains[i];
        if (c->status == XD_CHAIN_COMPLETE) {
            continue;
        }
        /* One missing CA is one finding, however many leaves stand below it. */
        struct xd_draft *d = xd_draft_get(j, XD_F_CA_MISSING_FOR_STORE, n, NULL,
                                          c->missing ? c->missing : xd_words_name(c->cert));
        bool client = n->client.n_certs > 0 && n->client.certs[0] == c->cert;
        xd_draft_confidence(d, XD_CERTAIN);
        xd_draft_cert(j, d, c->cert);
        xd_evidence_store(j, d, n, client ? &n->client : &n->server);
        if (!xd_draft_is_new(d)) {
            continue;
        }
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena, "%s lacks a CA of its own certificate \"%s\"",
                            xd_words_node(j, n), xd_words_name(c->cert)),
            xd_arena_printf(
                j->cs->arena,
                "By the trusted CAs of %s its own certificate \"%s\" cannot be "
                "followed to a root: %s is missing. An Expressway sends only the "
                "CAs that stand in this list, so that peers which do not have "
                "the missing one themselves refuse the certificate. Next: add it "
                "to the trusted CAs of %s.",
                xd_words_node(j, n), xd_words_name(c->cert),
                c->missing ? xd_arena_printf(j->cs->arena, "the CA \"%s\"", c->missing)
                           : "an issuer",
                xd_words_node(j, n)));
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            xd_arena_printf(j->cs->arena,
                            "Add %s, and what stands above it up to the root, to "
                            "the trusted CAs of this node.",
                            c->missing
                                ? xd_arena_printf(j->cs->arena, "the CA \"%s\"", c->missing)
                                : "the missing CA"),
            where_ca);
    }
}

static int compare_subjects(const void *pa, const void *pb)
{
    const struct xd_cert *a = *(struct xd_cert *const *)pa;
    const struct xd_cert *b = *(struct xd_cert *const *)pb;
    size_t n =
        a->subject_der.len < b->subject_der.len ? a->subject_der.len : b->subject_der.len;
    int order = n ? memcmp(a->subject_der.p, b->subject_der.p, n) : 0;
    if (order == 0 && a->subject_der.len != b->subject_der.len) {
        order = a->subject_der.len < b->subject_der.len ? -1 : 1;
    }
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

static void judge_duplicates(struct xd_judge *j, struct xd_node *n)
{
    size_t count = n->ca.n_certs;
    if (count < 2) {
        return;
    }
    struct xd_cert **sorted =
        xd_arena_alloc(j->cs->arena, count * sizeof(struct xd_cert *));
    memcpy(sorted, n->ca.certs, count * sizeof(struct xd_cert *));
    qsort(sorted, count, sizeof(struct xd_cert *), compare_subjects);
    for (size_t i = 1; i < count; i++) {
        const struct xd_cert *a = sorted[i - 1];
        const struct xd_cert *b = sorted[i];
        if (!a->parsed || !b->parsed || !xd_slice_equal(a->subject_der, b->subject_der) ||
            memcmp(a->spki_sha256, b->spki_sha256, sizeof a->spki_sha256) == 0) {
            continue;
        }
        if (xd_judge_names_cert(j, XD_F_CA_NAME_DUPLICATE, a) ||
            xd_judge_names_cert(j, XD_F_CA_NAME_DUPLICATE, b)) {
            continue;
        }
        struct xd_draft *d = xd_draft_get(j, XD_F_CA_NAME_DUPLICATE, n, a, NULL);
        xd_draft_confidence(d, XD_CERTAIN);
        xd_draft_cert(j, d, a);
        xd_draft_cert(j, d, b);
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena, "%s trusts two CAs named \"%s\"",
                            xd_words_node(j, n), xd_words_name(a)),
            xd_arena_printf(j->cs->arena,
                            "The trusted CAs of %s hold two certificates of the "
                            "subject \"%s\" with different keys. Only the first "
                            "is used, so that certificates signed by the other "
                            "are refused. Next: remove the one that is not needed.",
                            xd_words_node(j, n), a->subject ? a->subject : ""));
        struct xd_place place = {.entry = n->ca.entry, .time = XD_TIME_NONE};
        for (size_t k = 0; k < n->ca.n_certs && k < n->ca.n_lines; k++) {
            if (n->ca.certs[k] == a || n->ca.certs[k] == b) {
                place.line = n->ca.lines[k];
                xd_evidence_add(j, d, place, xd_words_cert(j, n->ca.certs[k]), true);
            }
        }
        xd_remedy_add(
            j, d, n, XD_ACTOR_CUSTOMER,
            xd_arena_printf(j->cs->arena,
                            "Remove from the trusted CAs the one of the two named "
                            "\"%s\" that no certificate in use is signed by: %s "
                            "or %s.",
                            xd_words_name(a), xd_words_ca_place(j, n, a),
                            xd_words_ca_place(j, n, b)),
            where_ca);
    }
}

void xd_rule_stores(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *n = j->cs->nodes[i];
        judge_identical(j, n);
        judge_server_only(j, n);
        judge_chains(j, n);
        judge_duplicates(j, n);
    }
}

static bool store_matters(enum xd_service s)
{
    return s == XD_SERVICE_SIP_TLS || s == XD_SERVICE_TRAVERSAL || s == XD_SERVICE_TFTP ||
           s == XD_SERVICE_UDS || s == XD_SERVICE_SSH_TUNNEL;
}

static void tell_presented(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                           const struct xd_presented *p)
{
    xd_evidence_add(j, d, p->place,
                    xd_arena_printf(j->cs->arena, "certificate presented by %s: %s",
                                    xd_words_side(j, v, p->by),
                                    xd_words_cert(j, p->certs[0])),
                    true);
}

static void raise_wrong_store(struct xd_judge *j, const struct xd_conv *v,
                              const struct xd_presented *p, enum xd_confidence confidence)
{
    const struct xd_node *n = p->store_node ? p->store_node : v->node[p->by];
    struct xd_draft *d = xd_draft_get(j, XD_F_WRONG_STORE_PRESENTED, n, p->certs[0],
                                      p->by == XD_CLIENT ? "client" : "server");
    const char *used = p->store == XD_STORE_CLIENT ? "client" : "server";
    const char *right = p->expected_store == XD_STORE_CLIENT ? "client" : "server";
    struct xd_alarm *pending = xd_node_restart_pending(n);
    if (xd_draft_is_new(d)) {
        d->f.presenter = (struct xd_party){v->node[p->by], v->end[p->by].addr, true};
        d->f.verifier = (struct xd_party){v->node[!p->by], v->end[!p->by].addr, true};
        xd_draft_cert(j, d, p->certs[0]);
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "%s presented the certificate of its %s store as "
                            "TLS %s",
                            xd_words_node(j, n), used,
                            p->by == XD_CLIENT ? "client" : "server"),
            xd_arena_printf(
                j->cs->arena,
                "On %s %s acted as the %s and should have presented the certificate of its "
                "%s store. It presented \"%s\" instead, which is in the %s store.%s Next: "
                "restart the node and capture again; if it does the same, this is for "
                "Cisco.",
                xd_words_service(v->service), xd_words_node(j, n),
                p->by == XD_CLIENT ? "client" : "server", right, xd_words_name(p->certs[0]),
                used,
                pending ? " A restart is due there since its certificates were changed: as "
                          "it seems it still uses what was in both stores before."
                        : ""));
        xd_remedy_restart(j, d, n);
        xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Take a diagnostic log with tcpdump while the node "
                                      "connects anew. If it still presents the certificate "
                                      "of its %s store there, open a case with Cisco.",
                                      used),
                      "Maintenance > Diagnostics > Diagnostic logging");
    }
    xd_draft_confidence(d, confidence);
    xd_draft_flow(j, d, v);
    tell_presented(j, d, v, p);
    xd_evidence_store(j, d, n, p->store == XD_STORE_CLIENT ? &n->client : &n->server);
    if (pending) {
        xd_draft_alarm(j, d, pending);
        xd_evidence_alarm(j, d, pending);
    }
}

void xd_rule_wrong_store(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        for (int s = 0; s < 2; s++) {
            const struct xd_presented *p = xd_conv_presented(v, (enum xd_side)s, NULL);
            if (!p || p->conclusion != XD_CONCLUSION_OTHER_STORE || p->n_certs == 0 ||
                !store_matters(v->service)) {
                continue;
            }
            /* Replaced since: then it was the right one. */
            enum xd_tri outlived = xd_conv_outlived(j, v, (enum xd_side)s);
            if (outlived != XD_TRI_ON) {
                raise_wrong_store(j, v, p,
                                  outlived == XD_TRI_OFF ? XD_CERTAIN : XD_PROBABLE);
            }
        }
    }
}
