/*
 * evidence.c - what stands under a finding: places in files with what is written
 * or was seen there.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

void xd_evidence_add(struct xd_judge *j, struct xd_draft *d, struct xd_place place,
                     const char *quote, bool supports)
{
    if (!place.entry) {
        return;
    }
    for (size_t i = 0; i < d->f.n_evidence; i++) {
        const struct xd_evidence *e = &d->f.evidence[i];
        if (e->place.entry == place.entry && e->place.frame == place.frame &&
            e->place.line == place.line && strcmp(e->quote, quote) == 0) {
            return;
        }
    }
    if (d->f.n_evidence >= XD_MAX_EVIDENCE) {
        d->f.evidence_left_out++;
        return;
    }
    struct xd_evidence *e = XD_PUSH(j->cs->arena, &d->f, evidence);
    e->place = place;
    e->quote = xd_arena_strdup(j->cs->arena, quote);
    e->supports = supports;
}

void xd_evidence_event(struct xd_judge *j, struct xd_draft *d, const struct xd_log_event *e,
                       bool supports)
{
    const char *quote = e->quote ? e->quote : (e->detail ? e->detail : "");
    if (e->count > 1) {
        quote = xd_arena_printf(j->cs->arena, "%s (%llu times until %s)", quote,
                                (unsigned long long)e->count, xd_words_time(j, e->last));
    }
    xd_evidence_add(j, d, e->place, quote, supports);
}

void xd_evidence_conv(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_voices; i++) {
        if (!v->voices[i].from_log) {
            xd_evidence_add(j, d, v->voices[i].place, v->voices[i].quote, true);
        }
    }
    for (size_t i = 0; i < v->n_events; i++) {
        enum xd_log_kind kind = v->events[i]->kind;
        if (kind == XD_LOG_TLS_ERROR || kind == XD_LOG_TLS_FAILED ||
            kind == XD_LOG_TRAFFIC_SERVER || kind == XD_LOG_XCP_TLS || kind == XD_LOG_SSH ||
            kind == XD_LOG_TCP_FAILED) {
            xd_evidence_event(j, d, v->events[i], true);
        }
    }
}

static const char *tell_basis(enum xd_basis_of_chain basis)
{
    switch (basis) {
    case XD_BASE_SEEN:
        return "presented";
    case XD_BASE_INFERRED:
        return "inferred from lengths";
    case XD_BASE_OTHER_SERVICE:
        return "as shown on the traversal zone";
    case XD_BASE_STORE:
        return "by the role, not seen";
    case XD_BASE_NOTHING:
        break;
    }
    return "not known";
}

static const char *tell_sans(struct xd_judge *j, const struct xd_cert *c)
{
    enum { NAMES = 6 };
    const char *text = c->n_san > 0 ? "" : "none";
    for (size_t i = 0; i < c->n_san && i < NAMES; i++) {
        text = xd_arena_printf(j->cs->arena, "%s%s%s", text, i ? ", " : "", c->san[i].text);
    }
    return c->n_san > NAMES ? xd_arena_printf(j->cs->arena, "%s, ...", text) : text;
}

/* Of a certificate what the finding is about; the purpose where it is nothing else. */
static const char *tell_cert(struct xd_judge *j, const struct xd_draft *d,
                             const struct xd_cert *c)
{
    const char *fact = NULL;
    unsigned id = (unsigned)d->f.id;
    if (!c->parsed) {
        return xd_words_cert(j, c);
    }
    if (id == XD_F_CERTIFICATE_EXPIRED || id == XD_F_CERTIFICATE_NOT_YET_VALID ||
        id == XD_F_CERTIFICATE_EXPIRES_SOON || id == XD_F_CLOCK_SKEW) {
        fact = xd_arena_printf(j->cs->arena, "valid from %s to %s",
                               xd_words_time(j, c->not_before),
                               xd_words_time(j, c->not_after));
    } else if (id == XD_F_KEY_USAGE_UNSUITABLE) {
        fact = xd_arena_printf(j->cs->arena, "key usage: %s", xd_words_key_usage(j, c));
    } else if (id == XD_F_WEAK_SIGNATURE) {
        fact = xd_arena_printf(j->cs->arena, "signed with %s, key %s",
                               c->signature ? c->signature : "?", c->key ? c->key : "?");
    } else if (id == XD_F_NAME_MISMATCH || id == XD_F_NAME_ONLY_IN_CN) {
        fact =
            xd_arena_printf(j->cs->arena, "subject alternative names: %s", tell_sans(j, c));
    }
    return fact ? xd_arena_printf(j->cs->arena,
                                  "subject \"%s\", serial %s, issuer \"%s\", %s",
                                  c->subject ? c->subject : "", c->serial ? c->serial : "",
                                  c->issuer ? c->issuer : "", fact)
                : xd_words_cert(j, c);
}

void xd_evidence_ca(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                    const struct xd_cert *c)
{
    for (size_t i = 0; i < n->ca.n_certs && i < n->ca.n_lines; i++) {
        if (n->ca.certs[i] == c && n->ca.entry) {
            struct xd_place place = {
                .entry = n->ca.entry, .line = n->ca.lines[i], .time = XD_TIME_NONE};
            xd_evidence_add(j, d, place,
                            xd_arena_printf(j->cs->arena, "trusted CA of %s: %s",
                                            xd_words_node(j, n), tell_cert(j, d, c)),
                            true);
            return;
        }
    }
}

/* "; its CA "x" has ...", where that CA is what the purpose is missing in. */
static const char *tell_limit(struct xd_judge *j, const struct xd_replay *r)
{
    return r->purpose_at && r->purpose_at != r->chain[0] && (r->faults & XD_SAYS_PURPOSE) &&
                   !r->key_usage
               ? xd_arena_printf(j->cs->arena, "; its CA \"%s\" has %s",
                                 xd_words_name(r->purpose_at),
                                 xd_words_eku(j, r->purpose_at))
               : "";
}

void xd_evidence_chain(struct xd_judge *j, struct xd_draft *d, const struct xd_replay *r,
                       const struct xd_conv *v, enum xd_side by)
{
    if (r->n_chain == 0 || !r->chain_place.entry) {
        return;
    }
    const char *who = v ? xd_words_side(j, v, by) : "the node";
    const char *quote = xd_arena_printf(
        j->cs->arena, "certificate of %s (%s): %s; %zu certificate%s sent%s", who,
        tell_basis(r->basis), tell_cert(j, d, r->chain[0]), r->n_chain,
        r->n_chain == 1 ? "" : "s", tell_limit(j, r));
    if (r->basis != XD_BASE_SEEN) {
        quote = xd_arena_printf(j->cs->arena, "certificate of %s (%s): %s", who,
                                tell_basis(r->basis), tell_cert(j, d, r->chain[0]));
    }
    xd_evidence_add(j, d, r->chain_place, quote, true);
}

void xd_evidence_store(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                       const struct xd_store *s)
{
    if (!s || !s->entry || s->n_certs == 0) {
        return;
    }
    struct xd_place place = {
        .entry = s->entry, .line = s->n_lines > 0 ? s->lines[0] : 0, .time = XD_TIME_NONE};
    xd_evidence_add(j, d, place,
                    xd_arena_printf(j->cs->arena, "%s of %s: %s", xd_words_store(n, s),
                                    xd_words_node(j, n), tell_cert(j, d, s->certs[0])),
                    true);
}

void xd_evidence_other_day(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                           const struct xd_store *s)
{
    struct xd_place place = {.entry = s->entry, .time = XD_TIME_NONE};
    xd_evidence_add(j, d, place,
                    xd_arena_printf(j->cs->arena,
                                    "this file is of a logging of another day, that began "
                                    "at %s: what the %s held when it was refused is not in "
                                    "the evidence",
                                    xd_words_time(j, n->as_of), xd_words_store(n, s)),
                    false);
}

void xd_evidence_eku_check(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                           xd_time t, bool supports)
{
    for (size_t i = n->n_changes; i > 0; i--) {
        const struct xd_setting_change *c = &n->changes[i - 1];
        if (xd_change_is_of_eku_check(c) && (t == XD_TIME_NONE || c->time <= t)) {
            xd_evidence_add(j, d, c->place,
                            xd_arena_printf(j->cs->arena, "%s changed from %s to %s",
                                            c->setting, c->from ? c->from : "?",
                                            c->to ? c->to : "?"),
                            supports);
            return;
        }
    }
    if (!n->eku_check_place.entry || n->eku_check == XD_EKU_CHECK_UNKNOWN ||
        n->eku_check == XD_EKU_CHECK_NOT_AVAILABLE) {
        return;
    }
    xd_evidence_add(
        j, d, n->eku_check_place,
        xd_arena_printf(j->cs->arena,
                        "xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking "
                        "Mode: %s",
                        n->eku_check == XD_EKU_CHECK_ON ? "On" : "Off"),
        supports);
}

void xd_evidence_zone(struct xd_judge *j, struct xd_draft *d, const struct xd_zone *z)
{
    if (!z->status) {
        return;
    }
    struct xd_place place = z->state.entry ? z->state : z->config;
    if (!place.entry) {
        return;
    }
    xd_evidence_add(j, d, place,
                    xd_arena_printf(j->cs->arena, "zone %s: %s%s%s", z->name ? z->name : "",
                                    z->status, z->reason && *z->reason ? ", " : "",
                                    z->reason ? z->reason : ""),
                    !xd_zone_is_up(z));
}

void xd_evidence_tunnel(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnel *t)
{
    if (!t->state.entry) {
        return;
    }
    xd_evidence_add(
        j, d, t->state,
        xd_arena_printf(j->cs->arena, "SSH tunnel to %s for %s: %s%s%s",
                        t->target ? t->target : "?", t->domain ? t->domain : "?",
                        t->status ? t->status : "?", t->reason && *t->reason ? ", " : "",
                        t->reason ? t->reason : ""),
        /* What came up later does not speak against the fault of its time. */
        t->status && xd_text_contains_nocase(xd_slice_of(t->status), "failed"));
}

void xd_evidence_alarm(struct xd_judge *j, struct xd_draft *d, const struct xd_alarm *a)
{
    if (a->place.entry) {
        xd_evidence_add(j, d, a->place,
                        xd_arena_printf(j->cs->arena, "alarm %s: %s", a->id,
                                        a->detail ? a->detail : ""),
                        true);
    }
}
