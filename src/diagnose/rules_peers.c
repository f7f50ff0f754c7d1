/*
 * rules_peers.c - peers of one cluster that differ in what matters here, and what
 * releases before X15.4 ask of an Expressway-E.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

static bool lists_peer(const struct xd_node *n, const struct xd_node *other)
{
    for (size_t i = 0; i < n->n_cluster_peers; i++) {
        struct xd_addr addr = {0};
        const char *peer = n->cluster_peers[i];
        if (xd_text_same_nocase(peer, other->fqdn) ||
            xd_text_same_nocase(peer, other->host)) {
            return true;
        }
        if (peer && xd_addr_parse(peer, strlen(peer), &addr) &&
            xd_node_has_address(other, &addr)) {
            return true;
        }
    }
    return false;
}

/* Two bundles of one node, before and after, are no peers. */
static bool are_peers(const struct xd_node *a, const struct xd_node *b)
{
    if (xd_node_same_host(a, b) || !xd_nodes_may_meet(a, b)) {
        return false;
    }
    bool named = xd_text_same_nocase(a->cluster_name, b->cluster_name) &&
                 *a->cluster_name && a->n_cluster_peers > 1 && b->n_cluster_peers > 1 &&
                 a->role == b->role;
    return named || lists_peer(a, b) || lists_peer(b, a);
}

/* Of the bundles of one node, is this the one that is nearest in time to the other's? */
static bool is_nearest(const struct xd_judge *j, const struct xd_node *n,
                       const struct xd_node *other)
{
    xd_time at = xd_node_moment(other);
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        const struct xd_node *x = j->cs->nodes[i];
        if (x != n && xd_node_same_host(x, n) && xd_node_nearer(x, n, at)) {
            return false;
        }
    }
    return true;
}

static bool trusts(const struct xd_node *n, const struct xd_cert *c)
{
    for (size_t i = 0; i < n->ca.n_certs; i++) {
        if (n->ca.certs[i] == c) {
            return true;
        }
    }
    return false;
}

/* How many trusted CAs of a are unknown to b. */
static size_t count_untrusted(const struct xd_node *a, const struct xd_node *b)
{
    size_t n = 0;
    for (size_t i = 0; a->ca.whole && b->ca.whole && i < a->ca.n_certs; i++) {
        n += !trusts(b, a->ca.certs[i]);
    }
    return n;
}

struct differing {
    struct xd_judge *j;
    const struct xd_node *a;
    const struct xd_node *b;
    struct xd_draft *d;
    const char *what; /* all that differs so far, in words */
};

/* One finding for two peers; it names all in which they differ. */
static struct xd_draft *differ(struct differing *x, const char *what)
{
    struct xd_judge *j = x->j;
    const char *a = xd_words_node(j, x->a);
    const char *b = xd_words_node(j, x->b);
    x->d = xd_draft_get(j, XD_F_CLUSTER_PEERS_DIFFER, NULL, NULL,
                        xd_arena_printf(j->cs->arena, "%s|%s", x->a->id, x->b->id));
    xd_draft_confidence(x->d, XD_CERTAIN);
    if (!x->what || !strstr(x->what, what)) {
        x->what = x->what ? xd_arena_printf(j->cs->arena, "%s; %s", x->what, what) : what;
    }
    xd_draft_text(
        j, x->d, xd_arena_printf(j->cs->arena, "%s and %s of one cluster differ", a, b),
        xd_arena_printf(j->cs->arena,
                        "Peers of a cluster should be alike in what decides about "
                        "certificates; %s and %s differ in %s. One of them may "
                        "then fail where the other works. Trusted CAs and "
                        "certificates are not replicated. Next: make the peers "
                        "alike.",
                        a, b, x->what));
    return x->d;
}

static void compare_stores(struct differing *x, enum xd_side role)
{
    const struct xd_store *s = xd_node_store_for(x->a, role);
    const struct xd_store *t = xd_node_store_for(x->b, role);
    if (!s || !t || !s->certs[0]->parsed || !t->certs[0]->parsed ||
        (xd_cert_permits_client(s->certs[0]) == xd_cert_permits_client(t->certs[0]) &&
         xd_cert_permits_server(s->certs[0]) == xd_cert_permits_server(t->certs[0]))) {
        return;
    }
    struct xd_draft *d = differ(x, "the purposes of their certificates");
    xd_evidence_store(x->j, d, x->a, s);
    xd_evidence_store(x->j, d, x->b, t);
    if (xd_cert_permits_client(s->certs[0]) != xd_cert_permits_client(t->certs[0])) {
        xd_remedy_client_certificate(
            x->j, d, xd_cert_permits_client(s->certs[0]) ? x->b : x->a, NULL, NULL);
    }
}

/* The trusted CAs of `more` that `less` lacks: how many, and the first few by name. */
static void compare_cas(struct differing *x, const struct xd_node *more,
                        const struct xd_node *less)
{
    enum { NAMED = 4 };
    struct xd_judge *j = x->j;
    size_t n = count_untrusted(more, less);
    size_t named = 0;
    const char *names = "";
    struct xd_place place = {.entry = more->ca.entry, .time = XD_TIME_NONE};
    if (n == 0) {
        return;
    }
    for (size_t i = 0; i < more->ca.n_certs && named < NAMED; i++) {
        if (!trusts(less, more->ca.certs[i])) {
            names = xd_arena_printf(j->cs->arena, "%s%s\"%s\"", names, named++ ? ", " : "",
                                    xd_words_name(more->ca.certs[i]));
        }
    }
    struct xd_draft *d = differ(x, "their trusted CAs");
    const char *rest =
        n > named ? xd_arena_printf(j->cs->arena, " and %zu more", n - named) : "";
    xd_evidence_add(j, d, place,
                    xd_arena_printf(j->cs->arena, "%zu trusted CA%s that %s lacks: %s%s", n,
                                    n == 1 ? "" : "s", less->id, names, rest),
                    true);
    xd_remedy_add(j, d, less, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Add to the trusted CAs of %s what %s trusts (%s%s), if "
                                  "certificates of that CA are in use.",
                                  less->id, more->id, names, rest),
                  "Maintenance > Security > Trusted CA certificate");
}

static void compare_peers(struct xd_judge *j, const struct xd_node *a,
                          const struct xd_node *b)
{
    struct differing x = {.j = j, .a = a, .b = b};
    if (a->version.text && b->version.text &&
        strcmp(a->version.text, b->version.text) != 0) {
        struct xd_draft *d =
            differ(&x, xd_arena_printf(j->cs->arena, "their release (%s and %s)",
                                       a->version.text, b->version.text));
        xd_evidence_add(j, d, a->version_place, a->version.text, true);
        xd_evidence_add(j, d, b->version_place, b->version.text, true);
        xd_remedy_upgrade(j, d, a, b);
    }
    bool known =
        a->eku_check != XD_EKU_CHECK_UNKNOWN && b->eku_check != XD_EKU_CHECK_UNKNOWN;
    if (known && a->eku_check != b->eku_check) {
        struct xd_draft *d = differ(&x, "the EKU check");
        xd_evidence_eku_check(j, d, a, XD_TIME_NONE, true);
        xd_evidence_eku_check(j, d, b, XD_TIME_NONE, true);
        if (a->eku_check != XD_EKU_CHECK_NOT_AVAILABLE &&
            b->eku_check != XD_EKU_CHECK_NOT_AVAILABLE) {
            xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER,
                          xd_arena_printf(j->cs->arena,
                                          "Set the EKU check alike on %s and %s; \"On\" is "
                                          "the default, and needs client certificates with "
                                          "clientAuth.",
                                          a->id, b->id),
                          NULL);
        }
    }
    compare_stores(&x, XD_SERVER);
    compare_stores(&x, XD_CLIENT);
    compare_cas(&x, a, b);
    compare_cas(&x, b, a);
    if (x.d && x.d->f.n_remedies > 0) {
        x.d->f.node = x.d->f.remedies[0].node;
    }
}

static bool holds_text(const char *text, const char *word)
{
    return text && xd_text_contains_nocase(xd_slice_of(text), word);
}

static enum xd_tri read_mode(const char *value, enum xd_tri other)
{
    return holds_text(value, "enforc")    ? XD_TRI_ON
           : holds_text(value, "permiss") ? XD_TRI_OFF
                                          : other;
}

enum xd_tri xd_node_enforcing_at(const struct xd_node *n, xd_time t, struct xd_place *place)
{
    enum xd_tri state = n->cluster_enforcing;
    if (place) {
        *place = n->cluster_enforcing_place;
    }
    for (size_t i = 0; i < n->n_changes; i++) {
        const struct xd_setting_change *c = &n->changes[i];
        if (!holds_text(c->setting, "cluster") || !holds_text(c->setting, "tls")) {
            continue;
        }
        if (t != XD_TIME_NONE && c->time > t) {
            return state == XD_TRI_UNKNOWN ? read_mode(c->from, state) : state;
        }
        state = read_mode(c->to, state);
        if (place) {
            *place = c->place;
        }
    }
    return state;
}

/*
 * Do clients register through it over MRA?  Where its settings do not say so, a zone that
 * is no Unified Communications zone, as all of them, says that they do not.
 */
static bool may_have_mra(const struct xd_node *n)
{
    bool may = n->n_zones == 0;
    for (size_t i = 0; i < n->n_zones; i++) {
        may = may || n->zones[i].uc != XD_TRI_OFF;
    }
    return n->mra == XD_TRI_ON || (n->mra == XD_TRI_UNKNOWN && may);
}

static const char *tell_sip_service(struct xd_judge *j, const struct xd_node *n, bool mra,
                                    bool enforcing)
{
    const struct xd_cert *leaf = n->server.certs[0];
    const char *fact =
        xd_arena_printf(j->cs->arena, "\"%s\" on %s has %s, so that", xd_words_name(leaf),
                        xd_words_node(j, n), xd_words_eku(j, leaf));
    static const char next[] = "Next: upgrade Expressway-C and Expressway-E to X15.5, or "
                               "install a certificate with both purposes.";
    if (!mra) {
        return xd_arena_printf(j->cs->arena,
                               "Up to X15.3 the peers of an enforcing cluster need "
                               "clientAuth in each other's certificate. %s they can refuse "
                               "it. %s",
                               fact, next);
    }
    return xd_arena_printf(
        j->cs->arena,
        "Up to X15.3 the Expressway-C verifies the Expressway-E's certificate "
        "inside SIP SERVICE as a client certificate. %s registrations over MRA can fail "
        "while zone and tunnels are up%s. %s",
        fact, enforcing ? ", and the peers of the enforcing cluster can refuse it" : "",
        next);
}

static void judge_sip_service(struct xd_judge *j, struct xd_node *n)
{
    bool mra = may_have_mra(n);
    struct xd_place place = {.time = XD_TIME_NONE};
    bool enforcing = xd_node_enforcing_at(n, XD_TIME_NONE, &place) == XD_TRI_ON;
    if ((!mra && !enforcing) || n->role != XD_ROLE_E || !n->version.major ||
        xd_version_at_least(&n->version, 15, 4) || n->server.n_certs == 0 ||
        !xd_cert_server_only(n->server.certs[0])) {
        return;
    }
    const struct xd_cert *leaf = n->server.certs[0];
    struct xd_draft *d = xd_draft_get(j, XD_F_SIP_SERVICE_EKU_MISSING, n, leaf, NULL);
    xd_draft_confidence(d, XD_POSSIBLE);
    d->f.presenter = (struct xd_party){.node = n, .set = true};
    xd_draft_cert(j, d, leaf);
    xd_draft_text(j, d,
                  xd_arena_printf(j->cs->arena,
                                  "%s (%s) has a certificate without clientAuth, which its "
                                  "release needs",
                                  xd_words_node(j, n), n->version.text),
                  tell_sip_service(j, n, mra, enforcing));
    xd_evidence_store(j, d, n, &n->server);
    xd_evidence_add(j, d, n->version_place, n->version.text, true);
    if (mra) {
        xd_draft_effect(j, d, "MRA login and registration");
    }
    if (enforcing) {
        xd_evidence_add(j, d, place, "cluster TLS verification: enforcing", true);
        xd_draft_effect(j, d, "cluster replication");
    }
    xd_remedy_client_certificate(j, d, n, NULL, NULL);
}

void xd_rule_peers(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        judge_sip_service(j, j->cs->nodes[i]);
        for (size_t k = i + 1; k < j->cs->n_nodes; k++) {
            const struct xd_node *a = j->cs->nodes[i];
            const struct xd_node *b = j->cs->nodes[k];
            if (are_peers(a, b) && is_nearest(j, a, b) && is_nearest(j, b, a)) {
                compare_peers(j, a, b);
            }
        }
    }
}
