/*
 * checks.c - every finding once: found, ruled out, or not evaluated and why.
 *
 * Ruled out is said only where everything that could show the finding was there
 * and was judged.
 */
#include "judge_priv.h"

enum {
    NEED_STORES = 1 << 0,
    NEED_CONF = 1 << 1,
    NEED_STATUS = 1 << 2,
    NEED_LOG = 1 << 3,
    NEED_CAPTURE = 1 << 4,
    NEED_PAIR = 1 << 5,
    NEED_SEEN = 1 << 6,  /* no failed handshake whose certificates are hidden */
    NEED_CLEAR = 1 << 7, /* no zone or tunnel down without an explanation */
    NEED_TRUST = 1 << 8, /* the verifiers' CA files */
    NEED_VERSION = 1 << 9,
    NEED_BOTH_VIEWS = 1 << 10, /* one conversation seen at two nodes */
};

struct need {
    unsigned bit;
    const char *missing;
};

static const struct need needs[] = {
    {NEED_STORES,
     "server_*.pem, client_*.pem (X15.5 and later) and ca_*.pem of every node, "
     "whole: collect the diagnostic log again"},
    {NEED_CONF, "xconf_dump_* of every node: collect the diagnostic log without a restart "
                "in between"},
    {NEED_STATUS,
     "xstat_dump_* of every node: collect the diagnostic log without a restart "
     "in between"},
    {NEED_LOG, "loggingsnapshot_*.txt of every node over the time of the failure"},
    {NEED_CAPTURE, "captures of every node: Maintenance > Diagnostics > Diagnostic logging "
                   "with \"Take tcpdump while logging\", while the failure happens"},
    {NEED_PAIR, "the bundles of an Expressway-C and an Expressway-E that a Unified "
                "Communications zone joins, over the same time"},
    {NEED_SEEN, "a key log of the failed TLS 1.3 handshakes, or a capture with TLS 1.2 set "
                "for the test: their certificates are encrypted"},
    {NEED_CLEAR,
     "captures of both nodes at the same time, and whole bundles of both: a zone "
     "or tunnel is down and nothing in the evidence shows why"},
    {NEED_TRUST, "ca_*.pem of every node, whole"},
    {NEED_VERSION, "the version of every node (xstat_dump_*)"},
    {NEED_BOTH_VIEWS, "captures of both nodes over the same time, so that one conversation "
                      "is seen twice"},
};

enum {
    CAUSE = NEED_SEEN | NEED_CLEAR,
    CERT_CAUSE = CAUSE | NEED_STORES | NEED_LOG | NEED_CAPTURE,
};

static const unsigned table[XD_FINDING_COUNT] = {
    [XD_F_TLS_INTERCEPTED] = NEED_STORES | NEED_CAPTURE | NEED_SEEN,
    [XD_F_CLIENT_EKU_MISSING] = CERT_CAUSE | NEED_CONF,
    [XD_F_SERVER_EKU_MISSING] = CERT_CAUSE,
    [XD_F_SSH_CLIENT_EKU_MISSING] = NEED_STORES | NEED_STATUS | NEED_CLEAR,
    [XD_F_SIP_SERVICE_EKU_MISSING] = NEED_STORES | NEED_VERSION,
    [XD_F_UNKNOWN_CA] = CERT_CAUSE | NEED_TRUST,
    [XD_F_INCOMPLETE_CHAIN] = CERT_CAUSE | NEED_TRUST,
    [XD_F_KEY_USAGE_UNSUITABLE] = CERT_CAUSE,
    [XD_F_CERTIFICATE_EXPIRED] = CERT_CAUSE,
    [XD_F_CERTIFICATE_NOT_YET_VALID] = CERT_CAUSE,
    [XD_F_CLOCK_SKEW] = CERT_CAUSE | NEED_BOTH_VIEWS,
    [XD_F_CERTIFICATE_REVOKED] = CAUSE | NEED_LOG | NEED_CAPTURE,
    [XD_F_REVOCATION_UNAVAILABLE] = CAUSE | NEED_LOG | NEED_CAPTURE,
    [XD_F_NAME_MISMATCH] = CERT_CAUSE | NEED_CONF,
    [XD_F_NO_CLIENT_CERTIFICATE] = CAUSE | NEED_LOG | NEED_CAPTURE,
    [XD_F_PROTOCOL_VERSION_MISMATCH] = NEED_CLEAR | NEED_LOG | NEED_CAPTURE,
    [XD_F_NO_SHARED_CIPHER] = NEED_CLEAR | NEED_LOG | NEED_CAPTURE,
    [XD_F_WEAK_SIGNATURE] = CAUSE | NEED_LOG | NEED_CAPTURE,
    [XD_F_SSH_UNREACHABLE] = NEED_CLEAR | NEED_LOG | NEED_CAPTURE,
    [XD_F_SSH_BLOCKED] = NEED_CLEAR | NEED_LOG | NEED_CAPTURE,
    [XD_F_SSH_AUTH_FAILED] = NEED_CLEAR | NEED_LOG | NEED_CAPTURE | NEED_STATUS,
    [XD_F_SSH_KEX_MISMATCH] = NEED_CLEAR | NEED_CAPTURE,
    [XD_F_SSH_KEY_ALGORITHM] = NEED_CONF | NEED_STORES | NEED_CLEAR,
    [XD_F_SSH_HOST_KEY_UNEXPECTED] = NEED_STORES | NEED_CAPTURE,
    [XD_F_WRONG_STORE_PRESENTED] = NEED_STORES | NEED_CAPTURE | NEED_SEEN,
    [XD_F_STALE_CERTIFICATE_PRESENTED] = NEED_STORES | NEED_CAPTURE | NEED_SEEN,
    [XD_F_TRAVERSAL_AUTH_FAILED] = NEED_LOG,
    [XD_F_NAME_RESOLUTION_FAILED] = NEED_LOG | NEED_STATUS,
    [XD_F_HANDSHAKE_RESET] = NEED_CAPTURE,
    [XD_F_HANDSHAKE_CLOSED] = NEED_CAPTURE,
    [XD_F_HANDSHAKE_UNANSWERED] = NEED_CAPTURE,
    [XD_F_CONNECTION_REFUSED] = NEED_CAPTURE,
    [XD_F_CONNECTION_UNANSWERED] = NEED_CAPTURE,
    [XD_F_ZONE_DOWN_UNEXPLAINED] = NEED_STATUS,
    [XD_F_CLIENT_STORE_SERVER_ONLY] = NEED_STORES,
    [XD_F_PUBLIC_CA_RENEWAL_RISK] = NEED_STORES,
    [XD_F_CERTIFICATE_EXPIRES_SOON] = NEED_STORES,
    [XD_F_CA_MISSING_FOR_STORE] = NEED_STORES | NEED_TRUST,
    [XD_F_CA_NAME_DUPLICATE] = NEED_TRUST,
    [XD_F_NAME_ONLY_IN_CN] = NEED_STORES | NEED_CONF | NEED_PAIR,
    [XD_F_CLUSTER_PEERS_DIFFER] = NEED_CONF | NEED_STORES,
    [XD_F_VERSION_MISMATCH] = NEED_PAIR | NEED_VERSION,
    [XD_F_EKU_CHECK_OFF] = NEED_CONF,
    [XD_F_CLOCK_OFFSET] = NEED_BOTH_VIEWS,
    [XD_F_DEPRECATED_SETTING] = NEED_CONF | NEED_VERSION,
    [XD_F_STORES_IDENTICAL] = NEED_STORES,
    [XD_F_CERTIFICATES_ENCRYPTED] = NEED_CAPTURE,
    [XD_F_UNSOLICITED_FAILURES] = NEED_CAPTURE,
    [XD_F_INPUT_TRUNCATED] = 0,
    [XD_F_INPUT_DAMAGED] = 0,
    [XD_F_INPUT_MISSING] = 0,
    [XD_F_CAPTURE_GAP] = NEED_CAPTURE,
};

static bool store_lacks(const struct xd_store *s)
{
    return !s->entry || !s->whole || s->n_certs == 0;
}

static unsigned lacks_of_node(const struct xd_node *n)
{
    unsigned lacks = 0;
    lacks |= store_lacks(&n->server) ? NEED_STORES : 0;
    lacks |= xd_node_has_two_stores(n) && store_lacks(&n->client) ? NEED_STORES : 0;
    lacks |= !n->ca.entry || !n->ca.whole ? NEED_TRUST | NEED_STORES : 0;
    lacks |= n->xconf ? 0 : NEED_CONF;
    lacks |= n->xstat ? 0 : NEED_STATUS;
    lacks |= n->log && !xd_entry_is_empty(n->log) ? 0 : NEED_LOG;
    lacks |= xd_node_has_capture(n) ? 0 : NEED_CAPTURE;
    lacks |= n->version.text ? 0 : NEED_VERSION;
    return lacks;
}

static unsigned lacks_of_case(const struct xd_judge *j)
{
    unsigned lacks = 0;
    bool both_views = false;
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        lacks |= lacks_of_node(j->cs->nodes[i]);
    }
    for (size_t i = 0; i < j->n_convs && !both_views; i++) {
        const struct xd_conv *v = j->convs[i];
        for (size_t k = 1; k < v->n_views; k++) {
            both_views = both_views || xd_judge_node_of(j, v->views[k]->first.entry) !=
                                           xd_judge_node_of(j, v->views[0]->first.entry);
        }
    }
    if (j->cs->n_nodes == 0) {
        lacks |=
            NEED_STORES | NEED_CONF | NEED_STATUS | NEED_LOG | NEED_TRUST | NEED_VERSION;
        lacks |= j->cs->n_flows > 0 ? 0 : NEED_CAPTURE;
    }
    lacks |= j->n_pairs > 0 ? 0 : NEED_PAIR;
    lacks |= j->hidden > 0 ? NEED_SEEN : 0;
    lacks |= both_views ? 0 : NEED_BOTH_VIEWS;
    lacks |= xd_draft_find(j, XD_F_ZONE_DOWN_UNEXPLAINED, NULL) ? NEED_CLEAR : 0;
    return lacks;
}

static void list_missing(struct xd_judge *j, struct xd_check *c, unsigned lacks)
{
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (lacks & needs[i].bit) {
            *XD_PUSH(j->cs->arena, c, missing) = needs[i].missing;
        }
    }
}

/* Findings to which stores and settings lead while the status says that all is up. */
struct outweighed {
    bool ids[XD_FINDING_COUNT];
};

static bool login_came_up(const struct xd_judge *j, const struct xd_pair *p)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (v->service == XD_SERVICE_SSH_TUNNEL && v->outcome == XD_OUTCOME_ESTABLISHED &&
            v->node[XD_CLIENT] == p->c && v->node[XD_SERVER] == p->e) {
            return true;
        }
    }
    return false;
}

static void note_outlook(const struct xd_outlook *o, bool ssh, struct outweighed *w)
{
    static const struct xd_replay none;
    if (o->result != XD_PREDICT_FAILED || !o->fault) {
        return;
    }
    enum xd_finding_id id =
        xd_cause_of_fault(o->fault, o->presenter, o->replay ? o->replay : &none);
    id = ssh && id == XD_F_CLIENT_EKU_MISSING ? XD_F_SSH_CLIENT_EKU_MISSING : id;
    if (id < XD_FINDING_COUNT) {
        w->ids[id] = true;
    }
}

static void weigh_pairs(struct xd_judge *j, struct outweighed *w)
{
    const struct xd_change as_is = {.at = XD_TIME_NONE};
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        struct xd_outlook o;
        if (!xd_pair_came_up(j, p)) {
            xd_predict_zone(j, p, &as_is, &o);
            note_outlook(&o, false, w);
        }
        if (!login_came_up(j, p)) {
            xd_predict_ssh(j, p, &as_is, &o);
            note_outlook(&o, true, w);
        }
    }
}

/* The name of the finding that hides it, or NULL. */
static const char *masked_by(const struct xd_judge *j, enum xd_finding_id id)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        const struct xd_finding *f = &j->drafts[i]->f;
        for (size_t k = 0; k < f->n_masked; k++) {
            if (f->masked[k] == id) {
                return xd_finding_info(f->id)->name;
            }
        }
    }
    return NULL;
}

static void judge_check(struct xd_judge *j, enum xd_finding_id id, unsigned case_lacks,
                        const struct outweighed *w)
{
    struct xd_check *c = XD_PUSH(j->cs->arena, j->cs, checks);
    c->id = id;
    const char *hidden_by = masked_by(j, id);
    size_t found = 0;
    for (size_t i = 0; i < j->n_drafts; i++) {
        found += j->drafts[i]->f.id == id;
    }
    unsigned lacks = table[id] & case_lacks;
    if (found > 0) {
        c->outcome = XD_CHECK_FOUND;
        c->why =
            xd_arena_printf(j->cs->arena, "%zu finding%s.", found, found == 1 ? "" : "s");
    } else if (lacks) {
        c->outcome = XD_CHECK_NOT_EVALUATED;
        c->why =
            "Nothing in the evidence shows it, but what could show it is not complete.";
        list_missing(j, c, lacks);
    } else if (hidden_by) {
        c->outcome = XD_CHECK_NOT_EVALUATED;
        c->why = xd_arena_printf(j->cs->arena,
                                 "The certificate of %s has this defect as well, which "
                                 "that finding hides (masked[]).",
                                 hidden_by);
        *XD_PUSH(j->cs->arena, c, missing) = xd_arena_printf(
            j->cs->arena, "a capture of the first handshake after %s is mended", hidden_by);
    } else if (w->ids[id]) {
        c->outcome = XD_CHECK_NOT_EVALUATED;
        c->why = "By stores and settings alone it would be so (what_if, as-is), but the "
                 "status says that zone and tunnels are up, which outweighs them; no "
                 "handshake in the evidence shows which of the two holds now.";
        *XD_PUSH(j->cs->arena, c, missing) =
            "a capture of both nodes while zone and tunnels connect anew (after a restart "
            "of either): those handshakes tell";
    } else {
        c->outcome = XD_CHECK_RULED_OUT;
        c->why =
            "Every conversation, zone, tunnel and store in the evidence was judged, and "
            "it is not so.";
    }
}

void xd_judge_checks(struct xd_judge *j)
{
    unsigned lacks = lacks_of_case(j);
    struct outweighed w = {{false}};
    weigh_pairs(j, &w);
    for (int i = 0; i < (int)XD_FINDING_COUNT; i++) {
        judge_check(j, (enum xd_finding_id)i, lacks, &w);
    }
}
