/*
 * redact_flow.c - conversations and findings under pseudonyms.
 */
#include "redact_priv.h"

static void redact_tls(struct xd_redaction *r, struct xd_tls_facts *t)
{
    t->sni = xd_redact_name(r, t->sni);
    t->alpn = xd_redact_text(r, t->alpn);
    xd_redact_list(r, t->acceptable_cas, t->n_acceptable_cas, xd_redact_dn);
}

static void redact_ssh(struct xd_redaction *r, struct xd_ssh_facts *s)
{
    for (unsigned side = 0; side < 2; side++) {
        s->banner[side] = xd_redact_text(r, s->banner[side]);
    }
    s->kex = xd_redact_text(r, s->kex);
    s->host_key_algorithm = xd_redact_text(r, s->host_key_algorithm);
    if (s->has_host_key) {
        xd_redact_sum(r, s->host_key_sha256);
    }
}

void xd_redact_flow(struct xd_redaction *r, struct xd_flow *f)
{
    for (unsigned side = 0; side < 2; side++) {
        f->end[side].addr = xd_redact_addr(r, &f->end[side].addr);
    }
    if (f->tls != NULL && xd_redact_once(r, f->tls)) {
        redact_tls(r, f->tls);
    }
    if (f->ssh != NULL && xd_redact_once(r, f->ssh)) {
        redact_ssh(r, f->ssh);
    }
    for (size_t i = 0; i < f->n_inferred; i++) {
        struct xd_inferred *x = &f->inferred[i];
        xd_redact_list(r, x->candidates, x->n_candidates, xd_redact_text);
    }
}

void xd_redact_finding(struct xd_redaction *r, struct xd_finding *f)
{
    f->title = xd_redact_text(r, f->title);
    f->summary = xd_redact_text(r, f->summary);
    f->reach = xd_redact_text(r, f->reach);
    f->depends = xd_redact_text(r, f->depends);
    f->mended = xd_redact_text(r, f->mended);
    f->presenter.addr = xd_redact_addr(r, &f->presenter.addr);
    f->verifier.addr = xd_redact_addr(r, &f->verifier.addr);
    for (size_t i = 0; i < f->n_evidence; i++) {
        f->evidence[i].quote = xd_redact_text(r, f->evidence[i].quote);
    }
    xd_redact_list(r, f->effects, f->n_effects, xd_redact_text);
    for (size_t i = 0; i < f->n_remedies; i++) {
        struct xd_remedy *remedy = &f->remedies[i];
        remedy->text = xd_redact_text(r, remedy->text);
        remedy->where = xd_redact_text(r, remedy->where);
        remedy->command = xd_redact_text(r, remedy->command);
    }
}
