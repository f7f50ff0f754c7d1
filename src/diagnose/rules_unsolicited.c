/*
 * rules_unsolicited.c - the failures of strangers, and how sure a finding is that rests on
 * clients who may be strangers.
 */
#include "judge_priv.h"

#include "assemble_priv.h"

static bool is_at_own_ports(const struct xd_conv *v)
{
    return v->service == XD_SERVICE_TRAVERSAL || v->service == XD_SERVICE_TRAVERSAL_TEST ||
           v->service == XD_SERVICE_SSH_TUNNEL;
}

static void tell_unsolicited(struct xd_judge *j, struct xd_draft *d)
{
    size_t n = 0;
    size_t at_own_ports = 0;
    size_t shared = 0;
    for (size_t i = 0; i < j->n_convs; i++) {
        n += j->convs[i]->cause == d;
        bool anothers = j->convs[i]->flow && j->convs[i]->flow->anothers;
        shared += j->convs[i]->cause == d && anothers;
        at_own_ports +=
            j->convs[i]->cause == d && !anothers && is_at_own_ports(j->convs[i]);
    }
    const char *own = "";
    if (shared > 0) {
        own =
            xd_arena_printf(j->cs->arena,
                            " %zu of them came from an address that a NAT or a firewall "
                            "gives to a node of the case as well; that node's own capture "
                            "does not hold them.",
                            shared);
    }
    if (at_own_ports > 0) {
        own =
            xd_arena_printf(j->cs->arena,
                            "%s %zu of them went to the port of a traversal zone or of the "
                            "SSH tunnels, whose own client is known and has another "
                            "address.",
                            own, at_own_ports);
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%zu connection%s of strangers to %s failed", n,
                        n == 1 ? "" : "s", xd_words_node(j, d->f.node)),
        xd_arena_printf(
            j->cs->arena,
            "These clients belong to no zone, tunnel or peer of the case.%s A node "
            "on the Internet is scanned all day; such failures say nothing about "
            "its own services. Nothing needs to be done, unless one of the "
            "addresses is a partner's.",
            own));
}

/* What strangers who fail alike show of a service is at most probable. */
static void temper_crowds(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (v->cause && !v->assumed && !v->unsure) {
            v->cause->told_by_others = true;
        }
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        struct xd_draft *d = v->assumed || v->unsure ? v->cause : NULL;
        if (d && d->f.confidence == XD_CERTAIN && !d->told_by_others) {
            d->f.confidence = XD_PROBABLE;
        }
        if (d && v->unsure && !d->told_by_others && !d->doubted) {
            d->doubted = true;
            xd_draft_say(j, d, xd_conv_doubt(j, v));
        }
    }
}

void xd_rule_unsolicited(struct xd_judge *j)
{
    temper_crowds(j);
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || v->related || !xd_conv_failed(v) || !v->node[XD_SERVER]) {
            continue;
        }
        struct xd_draft *d =
            xd_draft_get(j, XD_F_UNSOLICITED_FAILURES, v->node[XD_SERVER], NULL, NULL);
        xd_draft_confidence(d, XD_CERTAIN);
        for (size_t k = 0; k < v->n_views; k++) {
            *XD_PUSH(j->cs->arena, &d->f, flows) = v->views[k]->id;
        }
        xd_evidence_conv(j, d, v);
        v->cause = d;
    }
    for (size_t i = 0; i < j->n_drafts; i++) {
        if (j->drafts[i]->f.id == XD_F_UNSOLICITED_FAILURES) {
            tell_unsolicited(j, j->drafts[i]);
        }
    }
}
