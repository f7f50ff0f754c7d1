/*
 * scenario.c - the vendor document's conditions of the four stores of a pair.
 */
#include "judge_priv.h"

struct stores {
    const struct xd_cert *cs; /* C server */
    const struct xd_cert *cc; /* C client */
    const struct xd_cert *es;
    const struct xd_cert *ec;
};

static bool is_private(const struct xd_cert *c)
{
    return c->issuer_kind == XD_ISSUER_PRIVATE;
}

static bool is_public(const struct xd_cert *c)
{
    return c->issuer_kind == XD_ISSUER_PUBLIC;
}

static bool has_both(const struct xd_cert *c)
{
    return xd_cert_permits_client(c) && xd_cert_permits_server(c);
}

static bool fits_4(const struct stores *s)
{
    return is_private(s->cs) && has_both(s->cs) && is_private(s->cc) && has_both(s->cc) &&
           is_public(s->es) && xd_cert_server_only(s->es) && s->ec == s->es;
}

static bool fits_1(const struct stores *s)
{
    return s->cs == s->cc && xd_cert_permits_client(s->cs) && s->es == s->ec;
}

static bool fits_2(const struct stores *s)
{
    return xd_cert_server_only(s->cc);
}

static bool fits_2_1(const struct stores *s)
{
    return is_public(s->cs) && xd_cert_server_only(s->cs) && is_private(s->cc) &&
           xd_cert_permits_client(s->cc) && is_public(s->es) &&
           xd_cert_server_only(s->es) && is_public(s->ec) && xd_cert_server_only(s->ec);
}

static bool fits_3(const struct stores *s)
{
    return is_private(s->cs) && is_private(s->cc) && is_private(s->es) && is_private(s->ec);
}

struct condition {
    const char *name;
    bool (*fits)(const struct stores *s);
    const char *why;
};

/* In the order of the contract: the first row that fits decides. */
static const struct condition conditions[] = {
    {"4", fits_4,
     "the Expressway-C keeps certificates of a private CA with both purposes; the "
     "Expressway-E uses one public, server-only certificate in both stores, so that far "
     "ends which check the purpose refuse what it opens."},
    {"1", fits_1,
     "each node holds one certificate in both stores, as an upgrade leaves them, and that "
     "of "
     "C permits clientAuth."},
    {"2", fits_2,
     "the client store of C holds a server-only certificate, so that the zone fails while "
     "the "
     "EKU check of E is on, and the SSH tunnels fail in any case."},
    {"2.1", fits_2_1,
     "C's client certificate comes from a private CA and permits clientAuth; the other "
     "three "
     "are public and server-only: zone and tunnels work with the check on or off."},
    {"3", fits_3,
     "all certificates come from private CAs: far ends and MRA clients must trust them."},
};

static const char *tell_kinds(struct xd_judge *j, const struct stores *s)
{
    return xd_arena_printf(
        j->cs->arena, "Issuers: C server %s, C client %s, E server %s, E client %s",
        xd_issuer_kind_name(s->cs->issuer_kind), xd_issuer_kind_name(s->cc->issuer_kind),
        xd_issuer_kind_name(s->es->issuer_kind), xd_issuer_kind_name(s->ec->issuer_kind));
}

static const struct xd_cert *leaf(const struct xd_store *s)
{
    return s->entry && s->n_certs > 0 && s->certs[0]->parsed ? s->certs[0] : NULL;
}

static bool is_untold(const struct xd_node *n)
{
    return !n->version.major && !n->server.entry && !n->client.entry;
}

static void judge_pair(struct xd_judge *j, const struct xd_pair *p)
{
    struct xd_scenario *out = XD_PUSH(j->cs->arena, j->cs, scenarios);
    out->c = p->c;
    out->e = p->e;
    if (is_untold(p->c) || is_untold(p->e)) {
        out->why = "Release and stores of a node of the pair are not in the evidence.";
        return;
    }
    if (!xd_node_has_two_stores(p->c) || !xd_node_has_two_stores(p->e)) {
        out->why = "The conditions speak of two stores, which only X15.5 and later have.";
        return;
    }
    struct stores s = {leaf(&p->c->server), leaf(&p->c->client), leaf(&p->e->server),
                       leaf(&p->e->client)};
    if (!s.cs || !s.cc || !s.es || !s.ec) {
        out->why = "A store of the pair is missing from the evidence.";
        return;
    }
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        if (!conditions[i].fits(&s)) {
            continue;
        }
        if (!out->condition) {
            out->condition = conditions[i].name;
            out->why =
                xd_arena_printf(j->cs->arena, "Condition %s: %s %s.", conditions[i].name,
                                conditions[i].why, tell_kinds(j, &s));
        } else {
            *XD_PUSH(j->cs->arena, out, also) = conditions[i].name;
        }
    }
    if (!out->condition) {
        out->why =
            xd_arena_printf(j->cs->arena, "No condition of the Cisco document fits. %s.",
                            tell_kinds(j, &s));
    }
}

/* Worst first; no condition comes last. */
static int rank_condition(const char *name)
{
    static const char *const order[] = {"2", "4", "1", "3", "2.1"};
    for (int i = 0; name && i < 5; i++) {
        if (order[i][0] == name[0] && (order[i][1] == name[1])) {
            return i;
        }
    }
    return 5;
}

void xd_judge_scenarios(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        judge_pair(j, &j->pairs[i]);
    }
    for (size_t i = 0; i < j->cs->n_scenarios; i++) {
        const struct xd_scenario *s = &j->cs->scenarios[i];
        if (!j->cs->scenario ||
            rank_condition(s->condition) < rank_condition(j->cs->scenario->condition)) {
            j->cs->scenario = s;
        }
    }
}
