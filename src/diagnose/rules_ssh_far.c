/*
 * rules_ssh_far.c - refused tunnel logins of an Expressway-C whose bundle is not in
 * the case.
 *
 * Its client store cannot be read, but the same far end shows its client certificate
 * on the traversal zone.  An inference from one service to the other: probable.
 */
#include "judge_priv.h"

#include <string.h>

enum { MAX_SHOWN = 64 }; /* far ends whose certificate is kept; a case has a few */

/* A client certificate that an outside address showed on the traversal zone. */
struct shown {
    const struct xd_conv *conv;
    const struct xd_presented *what;
};

struct shown_list {
    struct shown items[MAX_SHOWN];
    size_t n;
};

static bool is_traversal(const struct xd_conv *v)
{
    return v->service == XD_SERVICE_TRAVERSAL || v->service == XD_SERVICE_TRAVERSAL_TEST;
}

static bool same_ends(const struct xd_conv *a, const struct xd_conv *b)
{
    bool server = a->node[XD_SERVER] || b->node[XD_SERVER]
                      ? a->node[XD_SERVER] == b->node[XD_SERVER]
                      : xd_addr_equal(&a->end[XD_SERVER].addr, &b->end[XD_SERVER].addr);
    return server && xd_addr_equal(&a->end[XD_CLIENT].addr, &b->end[XD_CLIENT].addr);
}

static const struct shown *find_shown(const struct shown_list *list,
                                      const struct xd_conv *v)
{
    for (size_t i = 0; i < list->n; i++) {
        if (same_ends(list->items[i].conv, v)) {
            return &list->items[i];
        }
    }
    return NULL;
}

static void list_shown(const struct xd_judge *j, struct shown_list *list)
{
    for (size_t i = 0; i < j->n_convs && list->n < MAX_SHOWN; i++) {
        const struct xd_conv *v = j->convs[i];
        const struct xd_presented *p = is_traversal(v) && !v->node[XD_CLIENT] && v->related
                                           ? xd_conv_presented(v, XD_CLIENT, NULL)
                                           : NULL;
        if (p && p->n_certs > 0 && !find_shown(list, v)) {
            list->items[list->n++] = (struct shown){.conv = v, .what = p};
        }
    }
}

static bool names(const struct xd_cert *c, const char *name)
{
    return name && *name && (xd_x509_san_matches(c, name) || xd_x509_cn_matches(c, name));
}

static bool is_address(const char *text, const struct xd_addr *addr)
{
    struct xd_addr printed = {0};
    return text && xd_addr_parse(text, strlen(text), &printed) &&
           xd_addr_equal(&printed, addr);
}

/* E's rows of tunnels from this far end: by address, by a name of its certificate. */
static void attach_tunnels(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                           const struct xd_cert *leaf)
{
    static const char *const alarms[] = {"35013", NULL};
    struct xd_node *e = v->node[XD_SERVER] ? j->cs->nodes[v->node[XD_SERVER]->index] : NULL;
    const struct xd_addr *addr = &v->end[XD_CLIENT].addr;
    size_t tied = 0;
    for (size_t i = 0; e && i < e->n_tunnels; i++) {
        struct xd_tunnel *t = &e->tunnels[i];
        bool its = is_address(t->target, addr) || is_address(t->peer, addr) ||
                   (leaf && (names(leaf, t->target) || names(leaf, t->peer)));
        if (its && xd_tunnel_is_down(t)) {
            xd_draft_tunnel(j, d, t);
            xd_evidence_tunnel(j, d, t);
            tied++;
        }
    }
    if (tied > 0) {
        xd_draft_alarms(j, d, e, alarms);
    }
}

static void attach(struct xd_judge *j, struct xd_draft *d, struct xd_conv *v,
                   const struct xd_cert *leaf)
{
    if (!d->f.presenter.set) {
        d->f.presenter = (struct xd_party){NULL, v->end[XD_CLIENT].addr, true};
        d->f.verifier = (struct xd_party){v->node[XD_SERVER], v->end[XD_SERVER].addr, true};
    }
    xd_draft_flow(j, d, v);
    xd_draft_effects(j, d, v);
    xd_evidence_conv(j, d, v);
    attach_tunnels(j, d, v, leaf);
    v->cause = d;
}

static const char *far_key(struct xd_judge *j, const struct xd_conv *v)
{
    return xd_arena_printf(j->cs->arena, "far %s|%s", xd_words_side(j, v, XD_CLIENT),
                           xd_words_side(j, v, XD_SERVER));
}

static void tell_eku(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                     const struct xd_cert *leaf)
{
    const char *client = xd_words_end(j, v, XD_CLIENT);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "SSH tunnels from %s are refused: its client certificate lacks "
                        "clientAuth",
                        client),
        xd_arena_printf(
            j->cs->arena,
            "%s refuses the logins of %s on TCP 2222. The certificate of such a login is "
            "encrypted, and the bundle of the Expressway-C is not in the case; but on the "
            "traversal zone the same address shows \"%s\" as its client certificate, which "
            "has %s. An Expressway-C uses its client certificate for both, and the SSH "
            "service of Expressway-E always asks for clientAuth, whatever the EKU check "
            "says. Next: install a client certificate with clientAuth on %s, and "
            "collect its diagnostic log to be certain.",
            xd_words_end(j, v, XD_SERVER), client, xd_words_name(leaf),
            xd_words_eku(j, leaf), client));
    struct xd_party at = {.addr = v->end[XD_CLIENT].addr, .set = true};
    xd_remedy_client_outside(j, d, &at, xd_words_end(j, v, XD_SERVER));
}

static void raise_eku(struct xd_judge *j, struct xd_conv *v, const struct shown *s)
{
    const struct xd_cert *leaf = s->what->certs[0];
    struct xd_draft *d =
        xd_draft_get(j, XD_F_SSH_CLIENT_EKU_MISSING, NULL, leaf, far_key(j, v));
    if (xd_draft_is_new(d)) {
        tell_eku(j, d, v, leaf);
        xd_draft_cert(j, d, leaf);
    }
    attach(j, d, v, leaf);
    xd_draft_confidence(d, XD_PROBABLE);
    xd_evidence_add(j, d, s->what->place,
                    xd_arena_printf(j->cs->arena,
                                    "client certificate of %s on the traversal zone: %s",
                                    xd_words_side(j, v, XD_CLIENT), xd_words_cert(j, leaf)),
                    true);
}

static void raise_auth_failed(struct xd_judge *j, struct xd_conv *v, const struct shown *s)
{
    const char *client = xd_words_end(j, v, XD_CLIENT);
    struct xd_draft *d = xd_draft_get(j, XD_F_SSH_AUTH_FAILED, NULL, NULL, far_key(j, v));
    if (xd_draft_is_new(d)) {
        xd_draft_text(
            j, d,
            xd_arena_printf(j->cs->arena,
                            "%s refuses the SSH login of %s; with which certificate is not "
                            "in the evidence",
                            xd_words_end(j, v, XD_SERVER), client),
            xd_arena_printf(
                j->cs->arena,
                "The SSH connection on TCP 2222 comes up and the login is refused. %s "
                "Next: "
                "collect the diagnostic log of %s: its client store "
                "says what it logs in with.",
                s ? "The client certificate that the same address shows on the traversal "
                    "zone permits clientAuth, so that its purpose does not explain it."
                  : "The certificate of such a login is encrypted, and the bundle of the "
                    "Expressway-C is not in the case.",
                client));
        xd_remedy_add(
            j, d, NULL, XD_ACTOR_CUSTOMER,
            xd_arena_printf(j->cs->arena,
                            "Collect the diagnostic log of %s, with tcpdump, over "
                            "the same time.",
                            client),
            "Maintenance > Diagnostics > Diagnostic logging");
    }
    attach(j, d, v, s ? s->what->certs[0] : NULL);
    xd_draft_confidence(d, XD_PROBABLE);
}

static bool is_far_refusal(const struct xd_conv *v)
{
    return !v->cause && v->related && !v->node[XD_CLIENT] && v->flow &&
           v->service == XD_SERVICE_SSH_TUNNEL && v->outcome == XD_OUTCOME_FAILED &&
           v->flow->failure.kind == XD_FAILURE_SSH_AUTH;
}

static bool was_captured_at(const struct xd_judge *j, const struct xd_node *n)
{
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        if (xd_judge_node_of(j, j->cs->flows[i]->first.entry) == n) {
            return true;
        }
    }
    return false;
}

static bool has_tunnel_of(const struct xd_draft *d, const struct xd_node *c)
{
    for (size_t i = 0; i < d->n_tunnels; i++) {
        const struct xd_tunnel *t = d->tunnels[i];
        if (t >= c->tunnels && t < c->tunnels + c->n_tunnels) {
            return true;
        }
    }
    return false;
}

/*
 * A C of the case whose tunnels to this E are refused, and of which no capture is at hand:
 * behind a NAT it may be the one that is seen.  Its finding, where there is but one.
 */
static struct xd_draft *finding_of_pair(const struct xd_judge *j, const struct xd_conv *v)
{
    struct xd_draft *found = NULL;
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_node *c = j->pairs[i].c;
        if (j->pairs[i].e != v->node[XD_SERVER] || was_captured_at(j, c)) {
            continue;
        }
        for (size_t k = 0; k < j->n_drafts; k++) {
            if (j->drafts[k] == found || !has_tunnel_of(j->drafts[k], c)) {
                continue;
            }
            if (found) {
                return NULL;
            }
            found = j->drafts[k];
        }
    }
    return found;
}

void xd_rule_ssh_far(struct xd_judge *j)
{
    struct shown_list *list = NULL;
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (!is_far_refusal(v)) {
            continue;
        }
        if (!list) {
            list = xd_arena_alloc(j->cs->arena, sizeof *list);
            list_shown(j, list);
        }
        struct xd_draft *known = finding_of_pair(j, v);
        if (known) {
            attach(j, known, v, NULL);
            continue;
        }
        const struct shown *s = find_shown(list, v);
        if (s && xd_cert_server_only(s->what->certs[0])) {
            raise_eku(j, v, s);
        } else {
            raise_auth_failed(j, v, s);
        }
    }
}
