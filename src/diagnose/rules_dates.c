/*
 * rules_dates.c - what the calendar does next: expiry, and the public CAs' farewell
 * to clientAuth.  Dates of CA policy are data, with their sources and the day on
 * which the table was last reviewed.  On 2026-11-22 each row was held against its
 * source, as the sources stood in August 2026.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

static const char policy_reviewed[] = "2026-11-22";

struct policy {
    const char *issuer;   /* word in the issuer's name; "" is any public CA */
    int year, month, day; /* from then on a renewal does not carry clientAuth */
    const char *what;
    const char *source;
};

static const struct policy policies[] = {
    {"Let's Encrypt", 2026, 7, 8, "Let's Encrypt ended its clientAuth profile",
     "Let's Encrypt, announcement of the end of the tlsclient profile"},
    {"DigiCert", 2027, 3, 1, "DigiCert stops issuing clientAuth from public roots",
     "DigiCert ALERT53, 3 March 2026"},
    {"Sectigo", 2027, 2, 10, "Sectigo stops issuing clientAuth",
     "Sectigo timetable, April 2026"},
    {"", 2027, 3, 15,
     "the Chrome root policy allows server-only certificates alone under public roots",
     "Chrome Root Program Policy, effective March 2027; field notice FN74362"},
};

static const struct policy *policy_for(const struct xd_cert *c)
{
    const struct policy *p = policies;
    while (!xd_text_contains_nocase(xd_slice_of(c->issuer ? c->issuer : ""), p->issuer) &&
           *p->issuer) {
        p++;
    }
    return p;
}

static xd_time policy_day(const struct policy *p)
{
    xd_time day = XD_TIME_NONE;
    struct xd_civil from = {.year = p->year, .month = p->month, .day = p->day};

    (void)xd_time_from_civil(&from, &day);
    return day;
}

xd_time xd_diagnose_policy_date(const struct xd_cert *c)
{
    if (!c->parsed || c->issuer_kind != XD_ISSUER_PUBLIC || !c->eku.client_auth) {
        return XD_TIME_NONE;
    }
    return policy_day(policy_for(c));
}

static bool opens_mutual_tls(const struct xd_node *n)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        const char *type = n->zones[i].type;
        if (type && !xd_zone_is_server(&n->zones[i]) && xd_zone_is_tls(&n->zones[i])) {
            return true;
        }
    }
    return false;
}

static void judge_renewal(struct xd_judge *j, struct xd_node *n)
{
    const struct xd_store *s = xd_node_store_for(n, XD_CLIENT);
    const struct xd_cert *c = s ? s->certs[0] : NULL;
    bool needed = n->role == XD_ROLE_C || !xd_node_has_two_stores(n) || opens_mutual_tls(n);
    if (!c || !c->parsed || !needed || c->issuer_kind != XD_ISSUER_PUBLIC ||
        !c->eku.client_auth) {
        return;
    }
    const struct policy *p = policy_for(c);
    /* What runs out before that day can still be renewed with the purpose once. */
    if (c->not_after < policy_day(p)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_PUBLIC_CA_RENEWAL_RISK, n, c, NULL);
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_cert(j, d, c);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "The next renewal of \"%s\" on %s will lose clientAuth",
                        xd_words_name(c), xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "The certificate in the %s of %s comes from a public CA and still has "
            "clientAuth, "
            "which this node needs; it ends %s. From %04d-%02d-%02d %s, so that a renewal "
            "will not have it. (Policy table of %s; %s.) Next: plan a client certificate "
            "of "
            "a private CA, and make its verifiers trust that CA, before the renewal.",
            xd_words_store(n, s), xd_words_node(j, n), xd_words_time(j, c->not_after),
            p->year, p->month, p->day, p->what, policy_reviewed, p->source));
    xd_evidence_store(j, d, n, s);
    xd_remedy_add(
        j, d, n, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Before \"%s\" is renewed (it ends %s): have a client certificate "
                        "with clientAuth issued by a private CA%s, make its verifiers "
                        "trust that CA, and upload it as client certificate (X15.5 and "
                        "later).",
                        xd_words_name(c), xd_words_time(j, c->not_after),
                        n->role == XD_ROLE_E ? ", or below a public root that may still "
                                               "grant it (IdenTrust Public Sector Root CA "
                                               "1, DigiCert Assured ID Root G2)"
                                             : ""),
        "Maintenance > Security > Client certificate");
}

static bool soon(const struct xd_cert *c, xd_time now)
{
    return c->parsed && c->not_after >= now && c->not_after - now <= 30 * XD_DAY;
}

static const char *tell_soon(struct xd_judge *j, const struct xd_node *n,
                             const struct xd_store *s, const struct xd_cert *c)
{
    if (c == s->certs[0]) {
        return xd_arena_printf(
            j->cs->arena,
            "The certificate \"%s\" in the %s of %s ends within 30 days of the last packet "
            "or log line. Everything that depends on it stops then. Next: renew it in "
            "time%s.",
            xd_words_name(c), xd_words_store(n, s), xd_words_node(j, n),
            s == &n->client ? "; a client certificate needs clientAuth" : "");
    }
    return xd_arena_printf(j->cs->arena,
                           "The CA \"%s\" above the certificate \"%s\" in the %s of %s "
                           "ends within 30 days of the "
                           "last packet or log line. From then on that certificate is "
                           "refused, whatever its own "
                           "dates. Next: have the CA renewed, and its certificate put into "
                           "the trusted CAs of this "
                           "node and of those that verify it.",
                           xd_words_name(c), xd_words_name(s->certs[0]),
                           xd_words_store(n, s), xd_words_node(j, n));
}

static void remedy_leaf(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                        const struct xd_store *s, const struct xd_cert *c)
{
    bool client = s == &n->client;
    xd_remedy_add(j, d, n, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Renew \"%s\" (serial %s%s) and upload it as %s "
                                  "certificate.",
                                  xd_words_name(c), c->serial ? c->serial : "?",
                                  client ? ", with clientAuth" : "",
                                  client ? "client" : "server"),
                  client ? "Maintenance > Security > Client certificate"
                         : "Maintenance > Security > Server certificate");
}

static void remedy_soon(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                        const struct xd_store *s, const struct xd_cert *c)
{
    if (c == s->certs[0]) {
        remedy_leaf(j, d, n, s, c);
        xd_remedy_restart(j, d, n);
        return;
    }
    xd_remedy_add(j, d, NULL, XD_ACTOR_CA,
                  xd_arena_printf(j->cs->arena,
                                  "Renew the CA certificate \"%s\" (it ends %s), or issue "
                                  "\"%s\" again below another CA.",
                                  xd_words_name(c), xd_words_time(j, c->not_after),
                                  xd_words_name(s->certs[0])),
                  NULL);
    xd_remedy_add(
        j, d, n, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Add the renewed CA certificate to the trusted CAs of %s, and of "
                        "every node that verifies \"%s\".",
                        n->id, xd_words_name(s->certs[0])),
        "Maintenance > Security > Trusted CA certificate");
}

static void raise_soon(struct xd_judge *j, struct xd_node *n, const struct xd_store *s,
                       const struct xd_cert *c)
{
    static const char *const alarms[] = {"40069", "40079", NULL};
    struct xd_draft *d = xd_draft_get(j, XD_F_CERTIFICATE_EXPIRES_SOON, n, c, NULL);
    xd_draft_confidence(d, XD_CERTAIN);
    if (xd_draft_is_new(d)) {
        xd_draft_cert(j, d, c);
        xd_draft_text(j, d,
                      xd_arena_printf(j->cs->arena, "%s\"%s\" on %s expires on %s",
                                      c == s->certs[0] ? "" : "The CA ", xd_words_name(c),
                                      xd_words_node(j, n), xd_words_time(j, c->not_after)),
                      tell_soon(j, n, s, c));
        remedy_soon(j, d, n, s, c);
        xd_draft_alarms(j, d, n, alarms);
    }
    xd_evidence_store(j, d, n, s);
    if (c != s->certs[0]) {
        xd_evidence_ca(j, d, n, c);
    }
}

static bool has_uc_zone(const struct xd_node *n)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        if (n->zones[i].uc == XD_TRI_ON) {
            return true;
        }
    }
    return false;
}

/* What goes by the certificate of that store: the port table of the vendor's guide. */
static void add_dependent(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                          const struct xd_store *s)
{
    bool single = !xd_node_has_two_stores(n);
    bool opens = single || s == &n->client;
    bool answers = single || s == &n->server;
    bool uc = has_uc_zone(n);
    if (uc && ((n->role == XD_ROLE_C && opens) || (n->role == XD_ROLE_E && answers))) {
        xd_draft_effect(j, d, "UC zone");
        xd_draft_effect(j, d, "MRA login and registration");
        xd_draft_effect(j, d, "WebRTC proxy");
    } else if (uc && n->role == XD_ROLE_C) {
        xd_draft_effect(j, d, "MRA login and registration");
    }
    if (n->role == XD_ROLE_C && opens) {
        xd_draft_effect(j, d, "TFTP download from CUCM");
    }
    if (n->role != XD_ROLE_C || !uc) {
        xd_draft_effect(j, d, "B2B and Webex calls");
    }
}

static void raise_expired(struct xd_judge *j, struct xd_node *n, const struct xd_store *s,
                          const struct xd_cert *c)
{
    static const char *const server[] = {"40068", NULL};
    static const char *const client[] = {"40078", NULL};
    if (xd_judge_names_cert(j, XD_F_CERTIFICATE_EXPIRED, c) ||
        xd_judge_masks_cert(j, XD_F_CERTIFICATE_EXPIRED, c)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_CERTIFICATE_EXPIRED, n, c, "store");
    xd_draft_cert(j, d, c);
    d->f.presenter = (struct xd_party){.node = n, .set = true};
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The certificate in the %s of %s has expired",
                        xd_words_store(n, s), xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "\"%s\" in the %s of %s ended on %s, before the last packet "
            "or log line of the case, by the clock of that node. No refusal for it "
            "is in the evidence. Next: renew it and restart.",
            xd_words_name(c), xd_words_store(n, s), xd_words_node(j, n),
            xd_words_time(j, c->not_after)));
    xd_evidence_store(j, d, n, s);
    xd_draft_alarms(j, d, n, s == &n->client ? client : server);
    add_dependent(j, d, n, s);
    remedy_leaf(j, d, n, s, c);
    xd_remedy_restart(j, d, n);
}

/*
 * Has it ended by every clock?  Where two clocks are days apart and nothing tells which of
 * them is wrong, one that ended by one of them alone may be in time.
 */
static bool ended_by_all(const struct xd_judge *j, const struct xd_node *n,
                         const struct xd_cert *c, xd_time now)
{
    bool corrected = xd_draft_find(j, XD_F_CLOCK_SKEW, n) != NULL;
    for (size_t i = 0; !corrected && i < j->cs->n_nodes; i++) {
        const struct xd_node *other = j->cs->nodes[i];
        xd_time offset = 0;
        if (j->options->at != XD_TIME_NONE || other == n ||
            xd_draft_find(j, XD_F_CLOCK_SKEW, other)) {
            continue;
        }
        if (!xd_clock_offset(j, n, other, now, &offset)) {
            offset = xd_bundles_apart(j, n, other);
        }
        if (offset < -XD_DAY && c->not_after >= now + offset) {
            return false;
        }
    }
    return c->not_after < now;
}

/* The same CA, by name and key, for longer: OpenSSL takes the one that is valid. */
static bool holds_renewal(const struct xd_store *trusted, const struct xd_cert *old,
                          xd_time now)
{
    for (size_t i = 0; i < trusted->n_certs; i++) {
        const struct xd_cert *c = trusted->certs[i];
        if (c != old && c->parsed && c->not_before <= now && !soon(c, now) &&
            c->not_after > old->not_after &&
            xd_slice_equal(c->subject_der, old->subject_der) &&
            memcmp(c->spki_sha256, old->spki_sha256, sizeof c->spki_sha256) == 0) {
            return true;
        }
    }
    return false;
}

/* Has every node that trusts this CA its renewal already, the node itself before others? */
static bool is_renewed(const struct xd_judge *j, const struct xd_node *n,
                       const struct xd_cert *ca, xd_time now)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        const struct xd_node *x = j->cs->nodes[i];
        if ((x == n || xd_store_holds(&x->ca, ca)) && !holds_renewal(&x->ca, ca, now)) {
            return false;
        }
    }
    return true;
}

static void judge_store(struct xd_judge *j, struct xd_node *n, const struct xd_store *s,
                        xd_time now)
{
    struct xd_cert **chain = NULL;
    if (!s->entry || s->n_certs == 0 || now == XD_TIME_NONE) {
        return;
    }
    if (s->certs[0]->parsed && ended_by_all(j, n, s->certs[0], now)) {
        raise_expired(j, n, s, s->certs[0]);
    }
    size_t len = xd_node_own_chain(j, n, s, &chain);
    for (size_t i = 0; i < len; i++) {
        if (soon(chain[i], now) && (i == 0 || !is_renewed(j, n, chain[i], now))) {
            raise_soon(j, n, s, chain[i]);
        }
    }
}

static void see(xd_time *last, xd_time t)
{
    if (t != XD_TIME_NONE && (*last == XD_TIME_NONE || t > *last)) {
        *last = t;
    }
}

/* The last packet or log line of each node, by its own clock. */
static xd_time *last_of_nodes(struct xd_judge *j)
{
    const struct xd_case *cs = j->cs;
    xd_time *last = xd_arena_alloc(cs->arena, (cs->n_nodes + 1) * sizeof *last);
    for (size_t i = 0; i < cs->n_nodes; i++) {
        last[i] = XD_TIME_NONE;
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_node *n = xd_judge_node_of(j, cs->flows[i]->first.entry);
        if (n) {
            see(&last[n->index], cs->flows[i]->last.time);
        }
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        const struct xd_node *n = xd_judge_node_of(j, cs->events[i]->place.entry);
        if (n) {
            see(&last[n->index], cs->events[i]->last);
        }
    }
    return last;
}

/* Is every clock near enough to that of n, as far as anything tells? */
static bool clocks_agree(const struct xd_judge *j, const struct xd_node *n)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        if (j->cs->nodes[i] != n && xd_bundles_apart(j, n, j->cs->nodes[i]) != 0) {
            return false;
        }
    }
    return !xd_draft_find(j, XD_F_CLOCK_OFFSET, NULL);
}

/*
 * Where the clocks agree, the last packet or log line of the case.  Where they do not,
 * each node's own; and of one whose clock is found to be wrong, that of the others.
 */
static xd_time now_of(const struct xd_judge *j, const xd_time *last,
                      const struct xd_node *n)
{
    xd_time others = XD_TIME_NONE;
    if (j->options->at != XD_TIME_NONE) {
        return j->options->at;
    }
    if (clocks_agree(j, n)) {
        return j->cs->last_seen;
    }
    if (!xd_draft_find(j, XD_F_CLOCK_SKEW, n) && last[n->index] != XD_TIME_NONE) {
        return last[n->index];
    }
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        if (!xd_draft_find(j, XD_F_CLOCK_SKEW, j->cs->nodes[i])) {
            see(&others, last[i]);
        }
    }
    return others;
}

void xd_rule_dates(struct xd_judge *j)
{
    const xd_time *last = last_of_nodes(j);
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *n = j->cs->nodes[i];
        xd_time now = now_of(j, last, n);
        judge_renewal(j, n);
        judge_store(j, n, &n->server, now);
        judge_store(j, n, &n->client, now);
    }
}
