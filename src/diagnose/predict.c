/*
 * predict.c - the trust decisions of one pair, made from stores and settings: what
 * the zone and the tunnels would do.  Speaks of certificates only.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

bool xd_predict_is_timed(const struct xd_judge *j, const struct xd_change *c)
{
    return c->at != XD_TIME_NONE || j->options->at != XD_TIME_NONE;
}

xd_time xd_predict_time(const struct xd_judge *j, const struct xd_pair *p,
                        const struct xd_change *c)
{
    if (c->at != XD_TIME_NONE) {
        return c->at;
    }
    if (j->options->at != XD_TIME_NONE) {
        return j->options->at;
    }
    if (p->e->as_of != XD_TIME_NONE) {
        return p->e->as_of;
    }
    return p->c->as_of;
}

static bool load_chain(struct xd_judge *j, const struct xd_node *n, enum xd_side role,
                       struct xd_replay *r)
{
    const struct xd_store *s = xd_node_store_for(n, role);
    if (!s || !s->certs[0]->parsed) {
        return false;
    }
    r->basis = XD_BASE_STORE;
    r->n_chain = xd_node_own_chain(j, n, s, &r->chain);
    r->chain_place = (struct xd_place){
        .entry = s->entry, .line = s->n_lines ? s->lines[0] : 0, .time = XD_TIME_NONE};
    return true;
}

static bool name_fits(const struct xd_cert *c, const char *name)
{
    return xd_x509_san_matches(c, name) || xd_x509_cn_matches(c, name);
}

static void set_unknown(struct xd_outlook *out, const char *reason)
{
    if (out->result == XD_PREDICT_ACTIVE) {
        out->result = XD_PREDICT_UNKNOWN;
        out->reason = reason;
    }
}

/* Why the verifier finds no way from the leaf to a CA that it trusts. */
static const char *tell_trust(struct xd_judge *j, const struct xd_node *to,
                              const struct xd_replay *r)
{
    if (r->missing) {
        return xd_arena_printf(j->cs->arena,
                               "its chain lacks the intermediate \"%s\", which was neither "
                               "sent nor is among the CAs that %s trusts",
                               xd_words_name(r->missing), to->id);
    }
    if (r->top && r->top->self_signed) {
        return xd_arena_printf(j->cs->arena,
                               "it comes from the CA \"%s\", which %s does not trust",
                               xd_words_name(r->top), to->id);
    }
    const struct xd_cert *top = r->top ? r->top : r->chain[0];
    return xd_arena_printf(
        j->cs->arena,
        "its issuer \"%s\" is neither in the chain nor among the CAs that %s trusts",
        top->issuer_cn ? top->issuer_cn : top->issuer, to->id);
}

/* "it", or the CA above it that has the defect. */
static const char *name_culprit(struct xd_judge *j, const struct xd_replay *r,
                                const struct xd_cert *at)
{
    return !at || at == r->chain[0]
               ? "it"
               : xd_arena_printf(j->cs->arena, "the CA \"%s\" above it", xd_words_name(at));
}

static const char *tell_fault(struct xd_judge *j, const struct xd_node *to,
                              enum xd_side presenter, const struct xd_replay *r,
                              unsigned fault)
{
    struct xd_arena *a = j->cs->arena;
    switch (fault) {
    case XD_SAYS_TRUST:
        return tell_trust(j, to, r);
    case XD_SAYS_PURPOSE:
        return xd_arena_printf(a, "%s %s", name_culprit(j, r, r->purpose_at),
                               r->key_usage             ? "has a key usage that forbids it"
                               : presenter == XD_CLIENT ? "does not permit clientAuth"
                                                        : "does not permit serverAuth");
    case XD_SAYS_EXPIRED:
        return xd_arena_printf(a, "%s is valid only until %s",
                               name_culprit(j, r, r->time_at),
                               xd_words_time(j, r->time_at->not_after));
    case XD_SAYS_NOT_YET:
        return xd_arena_printf(a, "%s is valid from %s on", name_culprit(j, r, r->time_at),
                               xd_words_time(j, r->time_at->not_before));
    case XD_SAYS_SIGNATURE:
        return xd_arena_printf(a,
                               "among the CAs that %s trusts the one of its issuer's name "
                               "has another key, which did not sign",
                               to->id);
    default:
        return r->constraint_words ? r->constraint_words : "it is refused";
    }
}

static const char *tell_refusal(struct xd_judge *j, const struct xd_node *from,
                                const struct xd_node *to, enum xd_side presenter,
                                const struct xd_replay *r, unsigned fault)
{
    return xd_arena_printf(j->cs->arena, "%s refuses the %s certificate \"%s\" of %s: %s",
                           xd_words_node(j, to),
                           presenter == XD_CLIENT ? "client" : "server",
                           xd_words_name(r->chain[0]), xd_words_node(j, from),
                           tell_fault(j, to, presenter, r, fault));
}

/*
 * Its CA file is not in the evidence, and what a change adds to it is not all of it: a
 * path that ends there is good, another may be so too.
 */
static bool is_known_in_part(const struct xd_change *c, const struct xd_node *n)
{
    return c->part_of_trust[0] == n || c->part_of_trust[1] == n;
}

static void fail(struct xd_judge *j, const struct xd_link *l, const struct xd_replay *r,
                 unsigned fault, struct xd_outlook *out)
{
    out->result = XD_PREDICT_FAILED;
    out->presenter = l->presenter;
    out->from = l->from;
    out->to = l->to;
    out->fault = fault;
    out->replay = r;
    out->reason = tell_refusal(j, l->from, l->to, l->presenter, r, fault);
}

/* One direction: does `to` accept what `from` presents? */
static void judge_direction(struct xd_judge *j, const struct xd_link *l,
                            const struct xd_change *c, struct xd_replay *r,
                            struct xd_outlook *out)
{
    const char *missing_ca =
        xd_arena_printf(j->cs->arena, "the trusted CAs of %s are not in the evidence",
                        xd_words_node(j, l->to));
    if (out->result == XD_PREDICT_FAILED) {
        return;
    }
    if (!load_chain(j, l->from, l->presenter, r)) {
        set_unknown(out, xd_arena_printf(j->cs->arena,
                                         "the %s certificate of %s is not in "
                                         "the evidence",
                                         l->presenter == XD_CLIENT ? "client" : "server",
                                         xd_words_node(j, l->from)));
        return;
    }
    xd_time from = xd_tried_from(j, xd_node_store_for(l->from, l->presenter));
    if (!xd_predict_is_timed(j, c) && from != XD_TIME_NONE && from > r->time) {
        r->time = from;
    }
    xd_replay_chain(j, l->to, r);
    unsigned fault = xd_first_fault(r->faults);
    if (fault == XD_SAYS_TRUST && is_known_in_part(c, l->to)) {
        set_unknown(out, missing_ca);
        fault = xd_first_fault(r->faults & ~(unsigned)XD_SAYS_TRUST);
    }
    if (fault == XD_SAYS_PURPOSE && r->need.uncertain) {
        out->presenter = l->presenter;
        out->fault = fault;
        out->replay = r;
        set_unknown(out, r->need.why);
    } else if (!fault && (r->faults & XD_SAYS_SIGNATURE)) {
        fail(j, l, r, XD_SAYS_SIGNATURE, out);
    } else if (fault || r->constraint_words) {
        fail(j, l, r, fault, out);
    } else if (!r->trust_tested) {
        set_unknown(out, missing_ca);
    }
}

/* The client is shown a certificate before it shows its own: its refusal comes first. */
static void judge_both(struct xd_judge *j, const struct xd_link links[2],
                       const struct xd_change *c, struct xd_replay *const replays[2],
                       struct xd_outlook *out)
{
    struct xd_outlook of[2];
    for (int s = 0; s < 2; s++) {
        of[s] = (struct xd_outlook){.result = XD_PREDICT_ACTIVE,
                                    .reason = "no certificate reason is left"};
        if (s == XD_SERVER || !c->good_client) {
            judge_direction(j, &links[s], c, replays[s], &of[s]);
        }
    }
    bool server_fails = of[XD_SERVER].result == XD_PREDICT_FAILED;
    bool client_tells = of[XD_CLIENT].result != XD_PREDICT_ACTIVE;
    *out = of[!server_fails && client_tells ? XD_CLIENT : XD_SERVER];
    if (server_fails && of[XD_CLIENT].result == XD_PREDICT_FAILED) {
        struct xd_outlook *then = xd_arena_alloc(j->cs->arena, sizeof *then);
        *then = of[XD_CLIENT];
        out->then = then;
    }
}

static struct xd_replay *new_replay(struct xd_judge *j, struct xd_requirement need,
                                    xd_time t)
{
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    r->need = need;
    r->time = t;
    return r;
}

/* The check as it stands at the end: where it was switched while logging, the log knows. */
static struct xd_requirement client_requirement(const struct xd_pair *p,
                                                const struct xd_change *c)
{
    struct xd_requirement need = xd_sip_requirement(p->e, XD_CLIENT, true, XD_TIME_NONE);
    bool has_check = xd_version_at_least(&p->e->version, 15, 5) ||
                     (!p->e->version.major && xd_node_has_two_stores(p->e));
    if (c->set_check && has_check) {
        need.uncertain = false;
        need.purpose = c->check == XD_EKU_CHECK_OFF ? XD_PURPOSE_NONE : XD_PURPOSE_CLIENT;
        need.why = c->check == XD_EKU_CHECK_OFF ? "the EKU check would be off"
                                                : "the EKU check would be on";
    }
    return need;
}

/* A verifier that goes by RFC 9525 (before: RFC 6125, 6.4.4) then passes the CN over. */
static bool names_hosts(const struct xd_cert *c)
{
    for (size_t i = 0; i < c->n_san; i++) {
        if (c->san[i].type == XD_SAN_DNS || c->san[i].type == XD_SAN_URI) {
            return true;
        }
    }
    return false;
}

/* "*.example.com" of the certificate, where that would cover the name; or NULL. */
static const char *find_wildcard(const struct xd_cert *c, const char *name)
{
    const char *rest = strchr(name, '.');
    for (size_t i = 0; rest && i < c->n_san; i++) {
        const char *san = c->san[i].text;
        if (c->san[i].type == XD_SAN_DNS && san[0] == '*' &&
            xd_text_equal_nocase(xd_slice_of(san + 1), xd_slice_of(rest))) {
            return san;
        }
    }
    return NULL;
}

/* Where the name is missing, what stands there that might be taken for it. */
static const char *tell_near_name(struct xd_judge *j, const struct xd_cert *c,
                                  const char *want)
{
    const char *wildcard = find_wildcard(c, want);
    if (wildcard) {
        return xd_arena_printf(j->cs->arena,
                               ": an Expressway does not take wildcards such as \"%s\"",
                               wildcard);
    }
    return xd_x509_cn_matches(c, want)
               ? " among its alternative names (SAN): it stands in the CN alone, which "
                 "does not count beside them"
               : "";
}

/*
 * The name that the verifier of the link looks for; NULL: none.  What is in use may have
 * been taken by its CN, as Cisco's reference of the setting has it; of a certificate that
 * is still to be made the guide's word counts, which is the SAN's.
 */
static void judge_name(struct xd_judge *j, const struct xd_link *l, const char *want,
                       struct xd_outlook *out)
{
    const struct xd_store *s = xd_node_store_for(l->from, l->presenter);
    if (out->result == XD_PREDICT_FAILED || !s || !want || !*want) {
        return;
    }
    bool tried = xd_tried_from(j, s) != XD_TIME_NONE;
    bool by_san = xd_x509_san_matches(s->certs[0], want);
    if (by_san || (name_fits(s->certs[0], want) && !(tried && names_hosts(s->certs[0])))) {
        out->only_in_cn = by_san ? out->only_in_cn : want;
        return;
    }
    out->result = XD_PREDICT_FAILED;
    out->presenter = l->presenter;
    out->from = l->from;
    out->to = l->to;
    out->fault = XD_SAYS_NAME;
    out->expected = want;
    out->reason = xd_arena_printf(
        j->cs->arena,
        "%s expects the %s \"%s\", which the %s certificate \"%s\" of %s does "
        "not have%s",
        xd_words_node(j, l->to), l->presenter == XD_SERVER ? "name" : "subject name", want,
        l->presenter == XD_SERVER ? "server" : "client", xd_words_name(s->certs[0]),
        xd_words_node(j, l->from), tell_near_name(j, s->certs[0], want));
}

const char *xd_pair_name(const struct xd_pair *p, enum xd_side presenter)
{
    if (presenter == XD_CLIENT) {
        return p->e_zone && p->e_zone->tls_verify != XD_TRI_OFF ? p->e_zone->subject_name
                                                                : NULL;
    }
    bool verifies = p->c_zone && p->c_zone->tls_verify != XD_TRI_OFF;
    return verifies && p->c_peer && p->c_peer->configured ? p->c_peer->address : NULL;
}

/* A certificate that is still to be made passes if it gets the name that this one lacks. */
static void ask_for_name(struct xd_judge *j, const struct xd_link *l, const char *want,
                         struct xd_outlook *out)
{
    const struct xd_store *s = xd_node_store_for(l->from, XD_CLIENT);
    if (out->result != XD_PREDICT_ACTIVE || !s || !want || !*want ||
        name_fits(s->certs[0], want)) {
        return;
    }
    out->reason = xd_arena_printf(
        j->cs->arena,
        "%s, provided that the new certificate has the subject name \"%s\", which %s "
        "expects and \"%s\" does not have",
        out->reason, want, xd_words_node(j, l->to), xd_words_name(s->certs[0]));
}

/* The settings that name the other end are in its dumps; without them nobody can tell. */
static void judge_names(struct xd_judge *j, const struct xd_pair *p,
                        const struct xd_change *c, const struct xd_link links[2],
                        struct xd_outlook *out)
{
    judge_name(j, &links[XD_SERVER], xd_pair_name(p, XD_SERVER), out);
    if (c->good_client) {
        ask_for_name(j, &links[XD_CLIENT], xd_pair_name(p, XD_CLIENT), out);
    } else {
        judge_name(j, &links[XD_CLIENT], xd_pair_name(p, XD_CLIENT), out);
    }
    const struct xd_node *silent = !p->c_zone ? p->c : !p->e_zone ? p->e : NULL;
    if (silent) {
        set_unknown(out, xd_arena_printf(j->cs->arena,
                                         "the zone settings of %s, which name the other "
                                         "end, are not in the evidence",
                                         xd_words_node(j, silent)));
    }
}

void xd_predict_zone(struct xd_judge *j, const struct xd_pair *p, const struct xd_change *c,
                     struct xd_outlook *out)
{
    xd_time t = xd_predict_time(j, p, c);
    const struct xd_link links[2] = {
        [XD_CLIENT] = {p->c, p->e, XD_CLIENT}, [XD_SERVER] = {p->e, p->c, XD_SERVER}};
    judge_both(j, links, c,
               (struct xd_replay *[2]){
                   [XD_CLIENT] = new_replay(j, client_requirement(p, c), t),
                   [XD_SERVER] = new_replay(
                       j, xd_sip_requirement(p->c, XD_SERVER, true, XD_TIME_NONE), t)},
               out);
    judge_names(j, p, c, links, out);
}

void xd_predict_ssh(struct xd_judge *j, const struct xd_pair *p, const struct xd_change *c,
                    struct xd_outlook *out)
{
    static const struct xd_requirement needs[2] = {
        [XD_CLIENT] = {.checked = true,
                       .purpose = XD_PURPOSE_CLIENT,
                       .why = "the SSH service always asks for clientAuth"},
        [XD_SERVER] = {.checked = true,
                       .purpose = XD_PURPOSE_SERVER,
                       .why = "the SSH client asks for serverAuth"}};
    const struct xd_link links[2] = {
        [XD_CLIENT] = {p->c, p->e, XD_CLIENT}, [XD_SERVER] = {p->e, p->c, XD_SERVER}};
    xd_time t = xd_predict_time(j, p, c);
    judge_both(j, links, c,
               (struct xd_replay *[2]){[XD_CLIENT] = new_replay(j, needs[XD_CLIENT], t),
                                       [XD_SERVER] = new_replay(j, needs[XD_SERVER], t)},
               out);
}
