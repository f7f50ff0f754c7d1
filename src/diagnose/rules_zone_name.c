/*
 * rules_zone_name.c - names that the settings of a UC zone ask for and that the store of
 * the other end lacks (contract: "from stores and zone settings alone: possible").
 */
#include "judge_priv.h"

#include <string.h>

bool xd_cause_is_zone_address(const struct xd_cause *c)
{
    struct xd_addr addr;
    return c->id == XD_F_NAME_MISMATCH && c->presenter == XD_SERVER && c->verifier_node &&
           c->expected && xd_addr_parse(c->expected, strlen(c->expected), &addr);
}

const struct xd_setting_change *xd_cause_name_change(const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    const struct xd_setting_change *x =
        c->fault == XD_SAYS_NAME && c->conv && c->verifier_node && r->n_chain > 0
            ? xd_conv_change_of_name(c->conv, c->presenter)
            : NULL;
    bool fitted = x && x->from && *x->from && r->chain[0]->parsed &&
                  xd_x509_san_matches(r->chain[0], x->from);
    return fitted ? x : NULL;
}

/* A cause that already speaks of this certificate between these two; or NULL. */
static struct xd_draft *find_cause(const struct xd_judge *j, const struct xd_link *l,
                                   const struct xd_cert *leaf)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        struct xd_draft *d = j->drafts[i];
        if (d->f.severity == XD_CRITICAL && d->f.n_certs > 0 && d->f.certs[0] == leaf &&
            d->f.presenter.node == l->from && d->f.verifier.node == l->to) {
            return d;
        }
    }
    return NULL;
}

static void raise_mismatch(struct xd_judge *j, const struct xd_pair *p,
                           const struct xd_link *l, const char *want)
{
    const struct xd_store *s = xd_node_store_for(l->from, l->presenter);
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    struct xd_zone *z = l->presenter == XD_SERVER ? p->c_zone : p->e_zone;
    r->basis = XD_BASE_STORE;
    r->n_chain = xd_node_own_chain(j, l->from, s, &r->chain);
    r->chain_place = (struct xd_place){
        .entry = s->entry, .line = s->n_lines ? s->lines[0] : 0, .time = XD_TIME_NONE};
    const struct xd_cause c = {
        .id = XD_F_NAME_MISMATCH,
        .fault = XD_SAYS_NAME,
        .presenter = l->presenter,
        .presenter_node = l->from,
        .verifier_node = l->to,
        .parties = {{.node = l->from, .set = true}, {.node = l->to, .set = true}},
        .replay = r,
        .expected = want,
        .zone = z};
    struct xd_draft *d = xd_cause_raise(j, &c, XD_POSSIBLE);
    xd_draft_zone(j, d, z);
    xd_evidence_zone(j, d, z);
    xd_draft_effect(j, d, "UC zone");
    xd_draft_effect(j, d, "MRA login and registration");
}

static void judge_link(struct xd_judge *j, const struct xd_pair *p, const struct xd_link *l)
{
    const struct xd_store *s = xd_node_store_for(l->from, l->presenter);
    const char *want = xd_pair_name(p, l->presenter);
    const struct xd_cert *leaf = s ? s->certs[0] : NULL;
    if (!leaf || !leaf->parsed || !want || !*want || xd_x509_san_matches(leaf, want) ||
        xd_x509_cn_matches(leaf, want)) {
        return;
    }
    struct xd_draft *d = find_cause(j, l, leaf);
    if (d) {
        xd_cause_mask_name(j, d, leaf, want);
    } else {
        raise_mismatch(j, p, l, want);
    }
}

void xd_rule_zone_names(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        const struct xd_link links[2] = {
            [XD_CLIENT] = {p->c, p->e, XD_CLIENT}, [XD_SERVER] = {p->e, p->c, XD_SERVER}};
        bool up = false;
        (void)xd_pair_is_down(p, &up);
        if (!up && !xd_pair_came_up(j, p)) {
            judge_link(j, p, &links[XD_SERVER]);
            judge_link(j, p, &links[XD_CLIENT]);
        }
    }
}
