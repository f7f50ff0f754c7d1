/*
 * predict.c - the trust decisions of one pair, made from stores and settings: what
 * the zone and the tunnels would do.  Speaks of certificates only.
 */
#include "judge_priv.h"

static xd_time time_of(const struct xd_judge *j, const struct xd_pair *p,
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

static const char *tell_fault(struct xd_judge *j, const struct xd_node *from,
                              const struct xd_node *to, enum xd_side presenter,
                              const struct xd_replay *r, unsigned fault)
{
    const char *what = "is refused";
    switch (fault) {
    case XD_SAYS_TRUST:
        what = xd_cause_of_fault(fault, presenter, r) == XD_F_INCOMPLETE_CHAIN
                   ? "comes with a chain that lacks an intermediate"
                   : "is of a CA that the verifier does not trust";
        break;
    case XD_SAYS_PURPOSE:
        what = r->key_usage             ? "has a key usage that forbids its role"
               : presenter == XD_CLIENT ? "does not permit clientAuth"
                                        : "does not permit serverAuth";
        break;
    case XD_SAYS_EXPIRED:
        what = "has expired";
        break;
    case XD_SAYS_NOT_YET:
        what = "is not valid yet";
        break;
    default:
        break;
    }
    return xd_arena_printf(
        j->cs->arena, "%s refuses the %s certificate of %s: it %s", xd_words_node(j, to),
        presenter == XD_CLIENT ? "client" : "server", xd_words_node(j, from), what);
}

/* One direction: does `to` accept what `from` presents? */
static void judge_direction(struct xd_judge *j, const struct xd_node *from,
                            const struct xd_node *to, enum xd_side presenter,
                            struct xd_replay *r, struct xd_outlook *out)
{
    if (out->result == XD_PREDICT_FAILED) {
        return;
    }
    if (!load_chain(j, from, presenter, r)) {
        set_unknown(out, xd_arena_printf(j->cs->arena,
                                         "the %s certificate of %s is not in "
                                         "the evidence",
                                         presenter == XD_CLIENT ? "client" : "server",
                                         xd_words_node(j, from)));
        return;
    }
    xd_replay_chain(j, to, r);
    unsigned fault = xd_first_fault(r->faults);
    bool disputed = fault == XD_SAYS_PURPOSE && r->need.uncertain;
    if (fault && !disputed) {
        out->result = XD_PREDICT_FAILED;
        out->presenter = presenter;
        out->fault = fault;
        out->replay = r;
        out->reason = tell_fault(j, from, to, presenter, r, fault);
    } else if (disputed) {
        out->presenter = presenter;
        out->fault = fault;
        out->replay = r;
        set_unknown(out, r->need.why);
    } else if (!r->trust_tested) {
        set_unknown(out, xd_arena_printf(j->cs->arena,
                                         "the trusted CAs of %s are not in the evidence",
                                         xd_words_node(j, to)));
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

static void judge_names(struct xd_judge *j, const struct xd_pair *p,
                        const struct xd_change *c, struct xd_outlook *out)
{
    const struct xd_store *server = xd_node_store_for(p->e, XD_SERVER);
    const struct xd_store *client = xd_node_store_for(p->c, XD_CLIENT);
    if (out->result == XD_PREDICT_FAILED) {
        return;
    }
    const char *want = p->c_peer ? p->c_peer->address : NULL;
    bool verify = p->c_zone && p->c_zone->tls_verify != XD_TRI_OFF;
    if (server && verify && want && *want && !name_fits(server->certs[0], want)) {
        out->result = XD_PREDICT_FAILED;
        out->presenter = XD_SERVER;
        out->fault = XD_SAYS_NAME;
        out->expected = want;
        out->reason = xd_arena_printf(
            j->cs->arena,
            "%s expects the name \"%s\", which the server certificate of %s "
            "does not have",
            xd_words_node(j, p->c), want, xd_words_node(j, p->e));
        return;
    }
    want = p->e_zone ? p->e_zone->subject_name : NULL;
    verify = p->e_zone && p->e_zone->tls_verify != XD_TRI_OFF;
    if (client && verify && want && *want && !c->good_client &&
        !name_fits(client->certs[0], want)) {
        out->result = XD_PREDICT_FAILED;
        out->presenter = XD_CLIENT;
        out->fault = XD_SAYS_NAME;
        out->expected = want;
        out->reason =
            xd_arena_printf(j->cs->arena,
                            "%s expects the subject name \"%s\", which the client "
                            "certificate of %s does not have",
                            xd_words_node(j, p->e), want, xd_words_node(j, p->c));
    }
}

void xd_predict_zone(struct xd_judge *j, const struct xd_pair *p, const struct xd_change *c,
                     struct xd_outlook *out)
{
    xd_time t = time_of(j, p, c);
    *out = (struct xd_outlook){.result = XD_PREDICT_ACTIVE,
                               .reason = "no certificate reason is left"};
    if (!c->good_client) {
        judge_direction(j, p->c, p->e, XD_CLIENT,
                        new_replay(j, client_requirement(p, c), t), out);
    }
    judge_direction(j, p->e, p->c, XD_SERVER,
                    new_replay(j, xd_sip_requirement(p->c, XD_SERVER, true, t), t), out);
    judge_names(j, p, c, out);
}

void xd_predict_ssh(struct xd_judge *j, const struct xd_pair *p, const struct xd_change *c,
                    struct xd_outlook *out)
{
    static const struct xd_requirement needs[2] = {
        {.checked = true,
         .purpose = XD_PURPOSE_CLIENT,
         .why = "the SSH service always asks for clientAuth"},
        {.checked = true,
         .purpose = XD_PURPOSE_SERVER,
         .why = "the SSH client asks for serverAuth"}};
    xd_time t = time_of(j, p, c);
    *out = (struct xd_outlook){.result = XD_PREDICT_ACTIVE,
                               .reason = "no certificate reason is left"};
    if (!c->good_client) {
        judge_direction(j, p->c, p->e, XD_CLIENT, new_replay(j, needs[0], t), out);
    }
    judge_direction(j, p->e, p->c, XD_SERVER, new_replay(j, needs[1], t), out);
}
