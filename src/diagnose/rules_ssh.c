/*
 * rules_ssh.c - the SSH tunnels of TCP 2222: logins and host keys that are refused.
 *
 * C's certificate is never visible there.  A refusal (wire, log or status) and the
 * certificate in C's client store are put together instead.
 */
#include "tunnels_priv.h"

#include <string.h>

/* Where the purpose is missing: in the leaf, or in a CA above it that limits it. */
static const char *tell_limit(struct xd_judge *j, const struct xd_store *s,
                              const struct xd_cert *at)
{
    return at && at != s->certs[0]
               ? xd_arena_printf(j->cs->arena,
                                 "is issued below the CA \"%s\"; that CA has %s, which "
                                 "limits all that it issues, whatever their own purposes",
                                 xd_words_name(at), xd_words_eku(j, at))
               : xd_arena_printf(j->cs->arena, "has %s", xd_words_eku(j, s->certs[0]));
}

static xd_time refusal_time(const struct xd_judge *j, const struct xd_tunnels *t)
{
    if (t->refused && t->n_refused > 0) {
        return xd_conv_time_at(j, t->refused[0], XD_SERVER);
    }
    if (t->denied && t->n_denied > 0) {
        return t->denied[0]->place.time;
    }
    return t->e ? t->e->as_of : t->c->as_of;
}

static void tell_eku(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t,
                     const struct xd_store *s, const struct xd_cert *at, bool refused)
{
    bool in_ca = at && at != s->certs[0];
    const char *c = xd_tunnels_c(j, t);
    const char *e = xd_tunnels_e(j, t);
    xd_time when = refusal_time(j, t);
    bool off = t->e && xd_node_eku_check_at(t->e, when) == XD_EKU_CHECK_OFF;
    xd_draft_text(
        j, d,
        xd_arena_printf(
            j->cs->arena, "SSH tunnels from %s are refused: %s lacks clientAuth", c,
            in_ca ? "a CA of its client certificate" : "its client certificate"),
        xd_arena_printf(
            j->cs->arena,
            "%s logs in to %s on TCP 2222 with the certificate of its %s, \"%s\", which "
            "%s. The SSH service of Expressway-E always asks for clientAuth, whatever the "
            "EKU check says%s, and %s. Without the tunnels MRA clients cannot log in and "
            "the "
            "WebRTC proxy is down, even while the zone is active. Next: install a %s%s on "
            "%s.",
            c, e, xd_words_store(t->c, s), xd_words_name(s->certs[0]), tell_limit(j, s, at),
            !off ? ""
            : xd_node_eku_check_at(t->e, XD_TIME_NONE) == XD_EKU_CHECK_OFF
                ? " (here it is off, which does not help)"
                : " (it was off then, which did not help)",
            refused ? "it refused the login" : "the tunnels are down",
            xd_node_has_two_stores(t->c)
                ? "client certificate with clientAuth"
                : "certificate with both serverAuth and clientAuth",
            in_ca ? ", from a CA without that limit," : "", c));
}

/* With a length that nothing could be held against it is not known. */
static bool uses_its_store(const struct xd_judge *j, const struct xd_tunnels *t)
{
    struct xd_place told = xd_tunnels_told(j, t);
    return xd_node_uses_its_stores(t->c) &&
           xd_node_moved_on(j, t->c, &told) == XD_TRI_OFF && !t->length_contradicts &&
           !t->length_untold;
}

/* What speaks against its being the certificate of the store. */
static void show_doubts(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnels *t,
                        const struct xd_store *s)
{
    struct xd_alarm *pending = xd_node_restart_pending(t->c);
    struct xd_place told = xd_tunnels_told(j, t);
    if (pending && pending->place.entry) {
        xd_evidence_add(j, d, pending->place,
                        "alarm 15028: a restart is due, so that the certificate in use may "
                        "be an older one",
                        false);
    }
    if (xd_node_moved_on(j, t->c, &told) != XD_TRI_OFF) {
        xd_evidence_other_day(j, d, t->c, s);
    }
    xd_tunnels_show_length(j, d, t);
}

static void raise_eku(struct xd_judge *j, struct xd_tunnels *t, const struct xd_store *s,
                      const struct xd_replay *r, bool refused)
{
    /* What was let in cannot lack the purpose. */
    bool let_in = xd_tunnels_same_length(t) == XD_TRI_ON;
    bool sure = refused && xd_cert_server_only(s->certs[0]) && uses_its_store(j, t) &&
                !let_in && !xd_tunnels_may_be_anothers(j, t);
    enum xd_confidence confidence = sure ? XD_CERTAIN : refused ? XD_PROBABLE : XD_POSSIBLE;
    struct xd_draft *d =
        xd_draft_get(j, XD_F_SSH_CLIENT_EKU_MISSING, t->c, s->certs[0], NULL);
    bool fresh = xd_draft_is_new(d);
    xd_draft_confidence(d, confidence);
    d->f.presenter.node = t->c;
    d->f.presenter.set = true;
    d->f.verifier = xd_tunnels_far(t);
    if (t->refused && t->n_refused > 0) {
        d->f.presenter.addr = t->refused[0]->end[XD_CLIENT].addr;
        d->f.verifier.addr = t->refused[0]->end[XD_SERVER].addr;
        d->f.verifier.set = true;
    }
    xd_draft_cert(j, d, s->certs[0]);
    xd_draft_cert(j, d, r->purpose_at);
    xd_cause_mask(j, d, r, XD_CLIENT, XD_SAYS_PURPOSE);
    tell_eku(j, d, t, s, r->purpose_at, refused);
    if (let_in) {
        xd_draft_say(j, d, xd_tunnels_let_in_words(j, t));
    }
    xd_tunnels_attach(j, d, t);
    xd_evidence_store(j, d, t->c, s);
    if (r->purpose_at && r->purpose_at != s->certs[0]) {
        xd_evidence_ca(j, d, t->c, r->purpose_at);
    }
    xd_time when = refusal_time(j, t);
    if (t->e && xd_node_eku_check_at(t->e, when) == XD_EKU_CHECK_OFF) {
        xd_evidence_eku_check(j, d, t->e, when, true);
    }
    show_doubts(j, d, t, s);
    if (fresh) {
        xd_remedy_client_certificate(j, d, t->c, t->e,
                                     r->purpose_at != s->certs[0] ? r->purpose_at : NULL);
    }
}

/*
 * What was let in later, or with another certificate, shows that something was changed: the
 * stores may hold what took the place of what was refused.
 */
static bool was_changed(const struct xd_tunnels *t)
{
    return t->let_in && t->n_refused > 0 &&
           (t->let_in->time > t->refused[0]->time ||
            xd_tunnels_same_length(t) == XD_TRI_OFF);
}

static void raise_auth_failed(struct xd_judge *j, struct xd_tunnels *t)
{
    bool other = xd_tunnels_same_length(t) == XD_TRI_OFF;
    struct xd_draft *d =
        xd_draft_get(j, XD_F_SSH_AUTH_FAILED, NULL, NULL, xd_tunnels_key(j, t));
    xd_draft_confidence(d, t->n_refused > 0 && !was_changed(t) ? XD_CERTAIN : XD_PROBABLE);
    d->f.presenter = (struct xd_party){.node = t->c, .set = true};
    d->f.verifier = xd_tunnels_far(t);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        other ? "%s refuses the SSH login of %s with a certificate that is "
                                "not in the evidence"
                              : "%s refuses the SSH login of %s, and no certificate "
                                "explains it",
                        xd_tunnels_e(j, t), xd_tunnels_c(j, t)),
        xd_arena_printf(
            j->cs->arena,
            "%s The client certificate in the store of the Expressway-C would pass: "
            "trusted by the Expressway-E, in time, with clientAuth, of a key type that the "
            "settings admit.%s%s What else refuses a login there: forward or reverse DNS "
            "that do not agree, OIDs in the subject or issuer that are not supported, the "
            "traversal account. Next: check DNS, the subject's OIDs and the traversal "
            "account on both nodes.",
            xd_tunnels_refusal(t), t->let_in ? " " : "", xd_tunnels_let_in_words(j, t)));
    xd_tunnels_attach(j, d, t);
    xd_remedy_add(
        j, d, t->e, XD_ACTOR_CUSTOMER,
        xd_arena_printf(
            j->cs->arena,
            "On %s and %s, one after the other: do forward and reverse DNS of "
            "both agree; have subject and issuer of the certificates common "
            "attributes alone (C, ST, L, O, OU, CN, DC); is the traversal account "
            "right?",
            xd_tunnels_c(j, t), xd_tunnels_e(j, t)),
        "Status > Unified Communications > SSH tunnels status");
}

/* C's own certificate against E, as E would verify it. */
static struct xd_replay *replay_login(struct xd_judge *j, const struct xd_tunnels *t,
                                      const struct xd_store *s)
{
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    r->basis = XD_BASE_STORE;
    r->need = (struct xd_requirement){
        .checked = true,
        .purpose = XD_PURPOSE_CLIENT,
        .why = "the SSH service asks for clientAuth, whatever the EKU check says"};
    r->n_chain = xd_node_own_chain(j, t->c, s, &r->chain);
    r->chain_place = (struct xd_place){
        .entry = s->entry, .line = s->n_lines ? s->lines[0] : 0, .time = XD_TIME_NONE};
    r->time = refusal_time(j, t);
    xd_replay_chain(j, t->e, r);
    return r;
}

/* What is out of date may be so by a wrong clock alone, here as on the zone. */
static struct xd_draft *raise_by_clock(struct xd_judge *j, struct xd_cause *c,
                                       enum xd_confidence confidence)
{
    enum xd_confidence by_clock = xd_cause_judge_clock(j, c, confidence);
    return xd_cause_raise(j, c, by_clock < confidence ? by_clock : confidence);
}

/* By E's CA file the check ends at a key that did not sign; or it did so for the zone. */
static bool signature_fails(const struct xd_judge *j, const struct xd_tunnels *t,
                            const struct xd_replay *r)
{
    const struct xd_draft *d = xd_draft_find(j, XD_F_CA_NAME_DUPLICATE, t->e);
    return (r->faults & XD_SAYS_SIGNATURE) ||
           (t->e && d && d->f.severity == XD_CRITICAL && d->f.presenter.node == t->c);
}

static bool raise_other_cause(struct xd_judge *j, struct xd_tunnels *t,
                              const struct xd_replay *r, unsigned fault, bool refused)
{
    enum xd_confidence confidence = refused ? XD_PROBABLE : XD_POSSIBLE;
    struct xd_cause cause = {.id = xd_cause_of_fault(fault, XD_CLIENT, r),
                             .fault = fault,
                             .conv = t->refused && t->n_refused > 0 ? t->refused[0] : NULL,
                             .presenter = XD_CLIENT,
                             .presenter_node = t->c,
                             .verifier_node = t->e,
                             .parties = {{.node = t->c, .set = true}, xd_tunnels_far(t)},
                             .replay = r,
                             .says = t->says,
                             .ssh = true,
                             .told = refused};
    if (fault) {
        xd_tunnels_attach(j, raise_by_clock(j, &cause, confidence), t);
        return true;
    }
    if (signature_fails(j, t, r) && xd_cause_by_signature(&cause)) {
        xd_tunnels_attach(j, xd_cause_raise_signature(j, &cause, confidence), t);
        return true;
    }
    return false;
}

/* The login is refused, or tunnels are down: is it C's certificate? */
static bool explain_refusal(struct xd_judge *j, struct xd_tunnels *t,
                            const struct xd_store *s, const struct xd_replay *r,
                            bool refused)
{
    unsigned said = r->faults & t->says;
    unsigned fault = xd_first_fault(said ? said : r->faults);
    if (fault == XD_SAYS_PURPOSE && !r->key_usage) {
        raise_eku(j, t, s, r, refused);
        return true;
    }
    bool untold = fault == XD_SAYS_TRUST && !xd_replay_tells_ca(j, r);
    return untold || raise_other_cause(j, t, r, fault, refused);
}

/*
 * C shows an older certificate elsewhere, or did not restart since it was replaced: it
 * logs in with what it had before, and that is not in its store.
 */
static bool explain_by_restart(struct xd_judge *j, struct xd_tunnels *t)
{
    struct xd_draft *d = xd_draft_find(j, XD_F_STALE_CERTIFICATE_PRESENTED, t->c);
    if (d) {
        xd_tunnels_attach(j, d, t);
    }
    return d != NULL;
}

/* Elsewhere it shows a certificate of which nobody can tell whether it was replaced. */
static bool shows_untold(const struct xd_judge *j, const struct xd_node *c)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        if (j->convs[i]->node[XD_CLIENT] == c &&
            xd_cause_is_untold(j->convs[i], XD_CLIENT)) {
            return true;
        }
    }
    return false;
}

/* What either node holds is known of another day alone. */
static bool is_of_other_day(const struct xd_judge *j, const struct xd_tunnels *t)
{
    struct xd_place told = xd_tunnels_told(j, t);
    return xd_node_moved_on(j, t->c, &told) != XD_TRI_OFF ||
           (t->e && xd_node_moved_on(j, t->e, &told) != XD_TRI_OFF);
}

/* Certificates first, then key types, then what nothing explains. */
static void explain_login(struct xd_judge *j, struct xd_tunnels *t, bool refused)
{
    struct xd_place told = xd_tunnels_told(j, t);
    const struct xd_store *s = xd_node_store_for(t->c, XD_CLIENT);
    s = s && !xd_store_came_later(j, t->c, s, &told) ? s : NULL;
    const struct xd_replay *r = s ? replay_login(j, t, s) : NULL;
    bool failed = refused || t->n_down > 0;
    if ((failed && s && explain_refusal(j, t, s, r, refused)) ||
        xd_ssh_key_algorithm(j, t, refused) || (failed && explain_by_restart(j, t))) {
        return;
    }
    /* What either end uses before a restart that is due is not known. */
    if (refused && s && r->trust_tested && !xd_tunnels_restart_pending(t) &&
        !is_of_other_day(j, t) && !shows_untold(j, t->c)) {
        if (r->constraint_words) {
            xd_ssh_constraint(j, t, r);
        } else {
            raise_auth_failed(j, t);
        }
    } else if (refused) {
        xd_ssh_untold(j, t, s);
    }
}

/*
 * An E of the case whose settings are missing may be behind the address, and then another
 * machine may have answered in its place: what answered cannot be told.
 */
static bool may_be_another(const struct xd_judge *j, const struct xd_conv *v)
{
    bool untold = false;
    for (size_t i = 0; i < j->cs->n_nodes && !v->node[XD_SERVER]; i++) {
        const struct xd_node *n = j->cs->nodes[i];
        untold = untold || (n->role == XD_ROLE_E && !n->xconf);
    }
    return untold || xd_cause_is_untold(v, XD_SERVER);
}

/* The client left after the server's host key: C verifies E. */
static void explain_host_key(struct xd_judge *j, struct xd_conv *v)
{
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    struct xd_cause c = {.presenter = XD_SERVER,
                         .conv = v,
                         .presenter_node = v->node[XD_SERVER],
                         .verifier_node = v->node[XD_CLIENT],
                         .replay = r,
                         .ssh = true};
    if (!v->node[XD_CLIENT] || may_be_another(j, v)) {
        return;
    }
    xd_conv_replay(j, v, XD_SERVER, r);
    c.fault = xd_first_fault(r->faults);
    if (!c.fault || (c.fault == XD_SAYS_TRUST && !xd_replay_tells_ca(j, r))) {
        return;
    }
    c.id = xd_cause_of_fault(c.fault, XD_SERVER, r);
    c.parties[0] = (struct xd_party){v->node[XD_SERVER], v->end[XD_SERVER].addr, true};
    c.parties[1] = (struct xd_party){v->node[XD_CLIENT], v->end[XD_CLIENT].addr, true};
    v->cause = raise_by_clock(j, &c, XD_PROBABLE);
}

/* C's log or status says so, and perhaps no capture holds it: E's store against C. */
static struct xd_replay *replay_host_key(struct xd_judge *j, const struct xd_tunnels *t,
                                         const struct xd_store *s)
{
    struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
    r->basis = XD_BASE_STORE;
    r->need = (struct xd_requirement){.checked = true,
                                      .purpose = XD_PURPOSE_SERVER,
                                      .why = "the SSH client asks for serverAuth"};
    r->n_chain = xd_node_own_chain(j, t->e, s, &r->chain);
    r->chain_place = (struct xd_place){
        .entry = s->entry, .line = s->n_lines ? s->lines[0] : 0, .time = XD_TIME_NONE};
    r->time = t->host_key_event ? t->host_key_event->place.time : t->c->as_of;
    xd_replay_chain(j, t->c, r);
    return r;
}

/* A row's reason that is about the login, or about no connection at all. */
static bool tells_otherwise(const char *reason)
{
    return xd_tunnels_text_has(reason, "permission denied") ||
           xd_tunnels_text_has(reason, "timed out") ||
           xd_tunnels_text_has(reason, "connection refused") ||
           xd_tunnels_text_has(reason, "no route");
}

/* Tunnels that ended before any login: over the algorithms or E's host key. */
static void attach_host_key(struct xd_judge *j, struct xd_draft *d, struct xd_tunnels *t)
{
    static const char *const alarms[] = {"35013", NULL};
    for (size_t i = 0; t->down && i < t->n_down; i++) {
        if (!tells_otherwise(t->down[i]->reason)) {
            xd_draft_tunnel(j, d, t->down[i]);
            xd_evidence_tunnel(j, d, t->down[i]);
        }
    }
    if (t->host_key_event) {
        xd_evidence_event(j, d, t->host_key_event, true);
    }
    xd_draft_alarms(j, d, t->c, alarms);
    xd_draft_alarms(j, d, t->e, alarms);
    xd_draft_effect(j, d, "MRA login and registration");
    xd_draft_effect(j, d, "WebRTC proxy");
}

/* What was seen of E's certificate elsewhere, where E's own files are not there. */
static bool explained_elsewhere(struct xd_judge *j, struct xd_tunnels *t)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        bool server =
            v->cause && xd_tunnels_between(t, v) && v->cause->cert &&
            (v->service == XD_SERVICE_TRAVERSAL || v->service == XD_SERVICE_SSH_TUNNEL) &&
            xd_addr_equal(&v->cause->f.presenter.addr, &v->end[XD_SERVER].addr);
        if (server && v->cause->f.id != XD_F_NAME_MISMATCH) {
            attach_host_key(j, v->cause, t);
            return true;
        }
    }
    return false;
}

/* Does a row that is down lead to this far end: by its address, or by the leaf's name? */
static bool leads_there(const struct xd_tunnels *t, const struct xd_conv *v,
                        const struct xd_cert *leaf)
{
    for (size_t i = 0; t->down && i < t->n_down; i++) {
        const struct xd_tunnel *row = t->down[i];
        struct xd_addr addr = {0};
        bool named = row->target && (xd_x509_san_matches(leaf, row->target) ||
                                     xd_x509_cn_matches(leaf, row->target));
        bool there = row->peer && xd_addr_parse(row->peer, strlen(row->peer), &addr) &&
                     xd_addr_equal(&addr, &v->end[XD_SERVER].addr);
        if (named || there) {
            return true;
        }
    }
    return false;
}

/*
 * E's bundle is not in the case, but the zone shows its server certificate, which is its
 * host certificate as well.  A zone that does not verify it may be up all the same.
 */
static bool explain_by_shown(struct xd_judge *j, struct xd_tunnels *t)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        const struct xd_flow *seen_in = NULL;
        const struct xd_presented *p = xd_conv_presented(v, XD_SERVER, &seen_in);
        if (t->e || v->service != XD_SERVICE_TRAVERSAL || !xd_tunnels_between(t, v) || !p ||
            p->n_certs == 0 || !leads_there(t, v, p->certs[0])) {
            continue;
        }
        struct xd_replay *r = xd_arena_alloc(j->cs->arena, sizeof *r);
        r->basis = XD_BASE_OTHER_SERVICE;
        r->need = (struct xd_requirement){.checked = true,
                                          .purpose = XD_PURPOSE_SERVER,
                                          .why = "the SSH client asks for serverAuth"};
        r->chain = p->certs;
        r->n_chain = p->n_certs;
        r->chain_place = p->place;
        r->time = t->host_key_event ? t->host_key_event->place.time : t->c->as_of;
        xd_replay_chain(j, t->c, r);
        struct xd_cause c = {
            .fault = xd_first_fault(r->faults),
            .presenter = XD_SERVER,
            .presenter_node = t->e,
            .verifier_node = t->c,
            .parties = {{t->e, v->end[XD_SERVER].addr, true}, {.node = t->c, .set = true}},
            .replay = r,
            .ssh = true,
            .told = true};
        if (c.fault && (c.fault != XD_SAYS_TRUST || xd_replay_tells_ca(j, r))) {
            c.id = xd_cause_of_fault(c.fault, XD_SERVER, r);
            attach_host_key(j, raise_by_clock(j, &c, XD_PROBABLE), t);
            return true;
        }
    }
    return false;
}

static bool explain_host_words(struct xd_judge *j, struct xd_tunnels *t)
{
    const struct xd_store *s = t->e ? xd_node_store_for(t->e, XD_SERVER) : NULL;
    if (!t->host_key_event && !t->status_host_key) {
        return false;
    }
    if (!s) {
        return explained_elsewhere(j, t) || explain_by_shown(j, t);
    }
    const struct xd_replay *r = replay_host_key(j, t, s);
    struct xd_cause c = {
        .fault = xd_first_fault(r->faults),
        .presenter = XD_SERVER,
        .presenter_node = t->e,
        .verifier_node = t->c,
        .parties = {{.node = t->e, .set = true}, {.node = t->c, .set = true}},
        .replay = r,
        .ssh = true,
        .told = true};
    if (!c.fault || (c.fault == XD_SAYS_TRUST && !xd_replay_tells_ca(j, r))) {
        return explained_elsewhere(j, t);
    }
    c.id = xd_cause_of_fault(c.fault, XD_SERVER, r);
    attach_host_key(j, raise_by_clock(j, &c, XD_PROBABLE), t);
    return true;
}

/* Tunnels whose own handshake was seen to fail before any login. */
static bool explain_seen(struct xd_judge *j, struct xd_tunnels *t)
{
    bool found = false;
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (v->cause && xd_conv_failed(v) && v->service == XD_SERVICE_SSH_TUNNEL &&
            xd_tunnels_between(t, v)) {
            attach_host_key(j, v->cause, t);
            found = true;
        }
    }
    return found;
}

/*
 * Whose list is not the appliance's own: the tunnels have but one key exchange and one
 * cipher, and X.509 keys.  Both may be known by them; else the change is E's.
 */
static enum xd_side odd_side(const struct xd_ssh_facts *ssh)
{
    static const char *const own[] = {"ecdh-sha2-nistp256", "x509v3-", "aes256-ctr"};
    for (int s = 0; ssh && s < 2; s++) {
        const char *lists[] = {ssh->kex_offered[s], ssh->host_key_offered[s],
                               ssh->cipher_offered[s]};
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
            if (lists[i] && !strstr(lists[i], own[i])) {
                return (enum xd_side)s;
            }
        }
    }
    return XD_SERVER;
}

/* Without the names that are no algorithms but signs of extensions (RFC 8308). */
static const char *algorithms_of(struct xd_judge *j, const char *list)
{
    enum { MAX_TOLD = 24 }; /* an appliance offers a handful */
    const char *text = "";
    size_t told = 0;
    for (const char *at = list; *at && told < MAX_TOLD;) {
        size_t len = strcspn(at, ",");
        bool sign = strncmp(at, "ext-info-", 9) == 0 || strncmp(at, "kex-strict-", 11) == 0;
        if (len > 0 && !sign) {
            text = xd_arena_printf(j->cs->arena, "%s%s%.*s", text, *text ? ", " : "",
                                   (int)len, at);
            told++;
        }
        at += at[len] ? len + 1 : len;
    }
    if (told == MAX_TOLD) {
        text = xd_arena_printf(j->cs->arena, "%s, ...", text);
    }
    return text;
}

/* What the two offered, where that is known. */
static const char *tell_lists(struct xd_judge *j, const struct xd_conv *v,
                              const struct xd_ssh_facts *ssh)
{
    const char *what = ssh && ssh->no_common_what ? ssh->no_common_what : "";
    const char *const *lists = strcmp(what, "kex") == 0        ? ssh->kex_offered
                               : strcmp(what, "host key") == 0 ? ssh->host_key_offered
                               : strcmp(what, "cipher") == 0   ? ssh->cipher_offered
                               : strcmp(what, "MAC") == 0      ? ssh->mac_offered
                                                               : NULL;
    if (!lists || !lists[0] || !lists[1]) {
        return "";
    }
    return xd_arena_printf(j->cs->arena, " %s offers %s, and %s %s.",
                           xd_words_side(j, v, XD_CLIENT), algorithms_of(j, lists[0]),
                           xd_words_side(j, v, XD_SERVER), algorithms_of(j, lists[1]));
}

static void tell_kex(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                     const struct xd_node *node)
{
    const struct xd_ssh_facts *ssh = v->flow->ssh;
    const char *what = ssh && ssh->no_common_what ? ssh->no_common_what : "kex";
    what = strcmp(what, "kex") == 0 ? "key exchange" : what;
    xd_draft_text(j, d,
                  xd_arena_printf(
                      j->cs->arena, "%s and %s have no SSH %s algorithm in common",
                      xd_words_side(j, v, XD_CLIENT), xd_words_side(j, v, XD_SERVER), what),
                  xd_arena_printf(
                      j->cs->arena,
                      "On TCP %u the two lists of %s algorithms do not meet, so that no "
                      "tunnel can come up, whatever the certificates.%s Next: set the "
                      "algorithms of the SSH tunnels%s%s back to those of the other node.",
                      v->end[XD_SERVER].port, what, tell_lists(j, v, ssh),
                      node ? " of " : "", node ? xd_words_node(j, node) : ""));
    xd_remedy_add(j, d, node, XD_ACTOR_CUSTOMER,
                  xd_arena_printf(j->cs->arena,
                                  "Set the %s algorithms of the SSH tunnels (sshd_pfwd "
                                  "settings) alike on %s and %s.",
                                  what, xd_words_end(j, v, XD_CLIENT),
                                  xd_words_end(j, v, XD_SERVER)),
                  "Maintenance > Security > Ciphers");
}

static void explain_kex(struct xd_judge *j, struct xd_conv *v)
{
    const struct xd_ssh_facts *ssh = v->flow->ssh;
    const struct xd_node *node = v->node[odd_side(ssh)];
    struct xd_draft *d =
        xd_draft_get(j, XD_F_SSH_KEX_MISMATCH, node, NULL,
                     xd_arena_printf(j->cs->arena, "%s|%s", xd_words_side(j, v, XD_CLIENT),
                                     xd_words_side(j, v, XD_SERVER)));
    xd_draft_confidence(d, ssh && ssh->no_common ? XD_CERTAIN : XD_PROBABLE);
    if (xd_draft_is_new(d)) {
        d->f.presenter = (struct xd_party){v->node[0], v->end[0].addr, true};
        d->f.verifier = (struct xd_party){v->node[1], v->end[1].addr, true};
        tell_kex(j, d, v, node);
    }
    xd_draft_flow(j, d, v);
    xd_draft_effects(j, d, v);
    xd_evidence_conv(j, d, v);
    v->cause = d;
}

static void explain_handshakes(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->cause || !v->related || !v->flow || v->outcome != XD_OUTCOME_FAILED) {
            continue;
        }
        if (v->flow->failure.kind == XD_FAILURE_SSH_HOST_KEY) {
            explain_host_key(j, v);
        } else if (v->flow->failure.kind == XD_FAILURE_SSH_KEX) {
            explain_kex(j, v);
        }
    }
}

static void explain_tunnels(struct xd_judge *j, struct xd_tunnels *t)
{
    xd_tunnels_gather(j, t);
    bool refused = t->n_refused > 0 || t->n_denied > 0 || t->status_denied;
    bool before_login = explain_seen(j, t);
    before_login = explain_host_words(j, t) || before_login;
    if (refused || !before_login) {
        explain_login(j, t, refused);
    }
    xd_ssh_silence(j, t, refused);
}

/* C's far ends: E of the case and, beside them, E that have no bundle. */
static void explain_c(struct xd_judge *j, struct xd_node *c)
{
    struct xd_absent others;
    bool paired = false;
    xd_absent_find(c, &others);
    for (size_t i = 0; i < j->n_pairs; i++) {
        if (j->pairs[i].c == c) {
            explain_tunnels(
                j, &(struct xd_tunnels){.c = c, .e = j->pairs[i].e, .others = &others});
            paired = true;
        }
    }
    for (size_t i = 0; paired && i < others.n; i++) {
        explain_tunnels(
            j, &(struct xd_tunnels){.c = c, .others = &others, .absent = others.peers[i]});
    }
    if (!paired && c->role == XD_ROLE_C) {
        explain_tunnels(j, &(struct xd_tunnels){.c = c});
    }
}

void xd_rule_ssh(struct xd_judge *j)
{
    explain_handshakes(j);
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        explain_c(j, j->cs->nodes[i]);
    }
    xd_ssh_silent_strangers(j);
}
