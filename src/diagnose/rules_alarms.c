/*
 * rules_alarms.c - alarms of the nodes, tied to the findings that they belong to.
 *
 * An alarm says that something is wrong and seldom why.  Whatever the other rules found
 * about the same node and matter explains it.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

/* What an alarm may be about; one row an id and finding. */
static const struct alarm_row {
    const char *id;
    enum xd_finding_id finding;
} rows[] = {
    {"40068", XD_F_CERTIFICATE_EXPIRED},
    {"40078", XD_F_CERTIFICATE_EXPIRED},
    {"25002", XD_F_CLOCK_SKEW},
    {"25020", XD_F_CLOCK_SKEW},
    {"25021", XD_F_CLOCK_SKEW},
    {"25022", XD_F_CLOCK_SKEW},
    {"25002", XD_F_CLOCK_OFFSET},
    {"25020", XD_F_CLOCK_OFFSET},
    {"25021", XD_F_CLOCK_OFFSET},
    {"25022", XD_F_CLOCK_OFFSET},
    {"35013", XD_F_SSH_CLIENT_EKU_MISSING},
    {"35013", XD_F_SSH_UNREACHABLE},
    {"35013", XD_F_SSH_BLOCKED},
    {"35013", XD_F_SSH_AUTH_FAILED},
    {"35013", XD_F_SSH_KEX_MISMATCH},
    {"35013", XD_F_SSH_KEY_ALGORITHM},
    {"35013", XD_F_SSH_HOST_KEY_UNEXPECTED},
    {"35014", XD_F_SSH_UNREACHABLE},
    {"35014", XD_F_SSH_BLOCKED},
};

/* Cluster replication (20004, 20006, 20021) and its TLS verification (20020). */
static const char *const cluster_alarms[] = {"20004", "20006", "20020", "20021"};

static bool is_id(const struct xd_alarm *a, const char *id)
{
    return a->id && strcmp(a->id, id) == 0;
}

static void tie(struct xd_judge *j, struct xd_draft *d, struct xd_alarm *a)
{
    for (size_t i = 0; i < d->n_alarms; i++) {
        if (d->alarms[i] == a) {
            return;
        }
    }
    xd_draft_alarm(j, d, a);
    xd_evidence_alarm(j, d, a);
}

static bool is_party(const struct xd_finding *f, const struct xd_node *n)
{
    return f->node == n || f->presenter.node == n || f->verifier.node == n;
}

/* The alarms on a certificate's end speak of one of the node's own stores. */
static bool is_of_store(const struct xd_alarm *a, const struct xd_node *n,
                        const struct xd_finding *f)
{
    const struct xd_store *s = is_id(a, "40078")   ? &n->client
                               : is_id(a, "40068") ? &n->server
                                                   : NULL;
    if (!s) {
        return true;
    }
    for (size_t i = 0; s->n_certs > 0 && i < f->n_certs; i++) {
        if (f->certs[i] == s->certs[0]) {
            return true;
        }
    }
    return s->n_certs == 0 && f->presenter.node == n;
}

/* The nodes whose clocks a clock-offset compares stand in its evidence alone. */
static bool shows_node(const struct xd_judge *j, const struct xd_finding *f,
                       const struct xd_node *n)
{
    for (size_t i = 0; f->id == XD_F_CLOCK_OFFSET && i < f->n_evidence; i++) {
        if (xd_judge_node_of(j, f->evidence[i].place.entry) == n) {
            return true;
        }
    }
    return is_party(f, n);
}

static void tie_by_table(struct xd_judge *j, const struct xd_node *n, struct xd_alarm *a)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; is_id(a, rows[i].id) && k < j->n_drafts; k++) {
            struct xd_draft *d = j->drafts[k];
            if (d->f.id == rows[i].finding && shows_node(j, &d->f, n) &&
                is_of_store(a, n, &d->f)) {
                tie(j, d, a);
            }
        }
    }
}

static void tie_to_cluster(struct xd_judge *j, const struct xd_node *n, struct xd_alarm *a)
{
    bool about = false;
    for (size_t i = 0; i < sizeof cluster_alarms / sizeof *cluster_alarms; i++) {
        about = about || is_id(a, cluster_alarms[i]);
    }
    for (size_t i = 0; about && i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        bool its = v->node[XD_CLIENT] == n || v->node[XD_SERVER] == n;
        if (v->service == XD_SERVICE_CLUSTER && its && v->cause && xd_conv_failed(v)) {
            tie(j, v->cause, a);
        }
    }
}

/* Whatever else explains a tunnel of the node that is down. */
static void tie_to_tunnels(struct xd_judge *j, const struct xd_node *n, struct xd_alarm *a)
{
    bool about = is_id(a, "35013") || is_id(a, "35014");
    for (size_t i = 0; about && i < j->n_drafts; i++) {
        const struct xd_draft *d = j->drafts[i];
        bool its = false;
        for (size_t k = 0; k < d->n_tunnels && !its; k++) {
            for (size_t t = 0; t < n->n_tunnels && !its; t++) {
                its = d->tunnels[k] == &n->tunnels[t];
            }
        }
        if (its && d->f.severity >= XD_ERROR) {
            tie(j, j->drafts[i], a);
        }
    }
}

static bool names(const char *detail, const char *name)
{
    return detail && name && *name && xd_text_contains_nocase(xd_slice_of(detail), name);
}

/* Does the alarm's text name the zone, or one of its peers? */
static bool names_zone(const struct xd_alarm *a, const struct xd_zone *z)
{
    char text[XD_ADDR_TEXT];
    bool named = names(a->detail, z->name);
    for (size_t i = 0; i < z->n_peers && !named; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        named = names(a->detail, p->address) ||
                (p->addr.family != XD_ADDR_NONE &&
                 names(a->detail, xd_addr_format(&p->addr, text)));
    }
    return named;
}

static void tie_to_findings_of(struct xd_judge *j, const struct xd_zone *z,
                               struct xd_alarm *a)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        for (size_t k = 0; k < j->drafts[i]->n_zones; k++) {
            if (j->drafts[i]->zones[k] == z) {
                tie(j, j->drafts[i], a);
            }
        }
    }
}

/* Alarm 45010: a zone's peer is down.  The zone that it names, or the only one. */
static void tie_to_zone(struct xd_judge *j, const struct xd_node *n, struct xd_alarm *a)
{
    const struct xd_zone *only = NULL;
    size_t down = 0;
    bool named = false;
    for (size_t i = 0; is_id(a, "45010") && i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];
        if (!xd_zone_is_down(z)) {
            continue;
        }
        down++;
        only = z;
        if (names_zone(a, z)) {
            tie_to_findings_of(j, z, a);
            named = true;
        }
    }
    if (down == 1 && !named) {
        tie_to_findings_of(j, only, a);
    }
}

void xd_rule_alarms(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        struct xd_node *n = j->cs->nodes[i];
        for (size_t k = 0; k < n->n_alarms; k++) {
            tie_by_table(j, n, &n->alarms[k]);
            tie_to_tunnels(j, n, &n->alarms[k]);
            tie_to_cluster(j, n, &n->alarms[k]);
            tie_to_zone(j, n, &n->alarms[k]);
        }
    }
}
