/*
 * findings.c - the drafts of findings: found again by what makes them one, filled,
 * sorted, and tied to zones, tunnels and alarms.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/limits.h"

static bool same_key(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* What makes a draft one, but for the text of its key, of which this has the hash. */
struct draft_key {
    uint64_t id;
    uint64_t text;
    const struct xd_node *node;
    const struct xd_cert *cert;
};

static struct draft_key key_of(enum xd_finding_id id, const struct xd_node *node,
                               const struct xd_cert *cert, const char *key)
{
    return (struct draft_key){.id = (uint64_t)id,
                              .text = key ? xd_hash(xd_slice_of(key)) : 0,
                              .node = node,
                              .cert = cert};
}

static struct xd_draft *make_draft(struct xd_judge *j, enum xd_finding_id id,
                                   const struct xd_node *node, const struct xd_cert *cert,
                                   const char *key)
{
    struct xd_draft *d = xd_arena_alloc(j->cs->arena, sizeof *d);
    d->f.id = id;
    d->f.severity = xd_finding_info(id)->severity;
    d->f.confidence = XD_POSSIBLE;
    d->f.node = node;
    d->cert = cert;
    d->key = key;
    *XD_PUSH(j->cs->arena, j, drafts) = d;
    return d;
}

/* What a rule writes into the spare draft is read by nobody. */
static struct xd_draft *leave_out(struct xd_judge *j, enum xd_finding_id id)
{
    j->cs->findings_left_out++;
    if (!j->spare) {
        j->spare = xd_arena_alloc(j->cs->arena, sizeof *j->spare);
    }
    *j->spare =
        (struct xd_draft){.f = {.id = id, .severity = xd_finding_info(id)->severity}};
    return j->spare;
}

struct xd_draft *xd_draft_get(struct xd_judge *j, enum xd_finding_id id,
                              const struct xd_node *node, const struct xd_cert *cert,
                              const char *key)
{
    struct draft_key want = key_of(id, node, cert, key);
    struct xd_slice bytes = {(const uint8_t *)&want, sizeof want};
    if (!j->draft_index) {
        j->draft_index = xd_map_new();
    }
    struct xd_draft *alike = xd_map_get(j->draft_index, bytes);
    for (struct xd_draft *d = alike; d; d = d->alike) {
        if (same_key(d->key, key)) {
            return d;
        }
    }
    if (j->n_drafts >= XD_MAX_FINDINGS) {
        return leave_out(j, id);
    }
    struct xd_draft *d = make_draft(j, id, node, cert, key);
    d->alike = alike;
    xd_map_put(j->draft_index, bytes, d);
    return d;
}

/* One more than the limit, so that the report says that it was hit. */
static void tell_left_out(struct xd_judge *j)
{
    if (j->cs->findings_left_out == 0) {
        return;
    }
    struct xd_draft *d = make_draft(j, XD_F_INPUT_TRUNCATED, NULL, NULL, "findings");

    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(j, d, "There are more findings than a report takes",
                  xd_arena_printf(j->cs->arena,
                                  "A report takes %d findings; what was found beyond them "
                                  "was left out. Next: run expdiag on fewer bundles at "
                                  "once.",
                                  XD_MAX_FINDINGS));
    xd_remedy_add(j, d, NULL, XD_ACTOR_CUSTOMER, "Run expdiag on fewer bundles at once.",
                  NULL);
}

struct xd_draft *xd_draft_find(const struct xd_judge *j, enum xd_finding_id id,
                               const struct xd_node *node)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        if (j->drafts[i]->f.id == id && (!node || j->drafts[i]->f.node == node)) {
            return j->drafts[i];
        }
    }
    return NULL;
}

bool xd_draft_is_new(const struct xd_draft *d)
{
    return d->f.title == NULL;
}

void xd_draft_confidence(struct xd_draft *d, enum xd_confidence c)
{
    if (c > d->f.confidence) {
        d->f.confidence = c;
    }
}

void xd_draft_flow(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        *XD_PUSH(j->cs->arena, &d->f, flows) = v->views[i]->id;
        if (d->first_frame == 0 || v->views[i]->first.frame < d->first_frame) {
            d->first_frame = v->views[i]->first.frame;
        }
    }
    /* The secure traversal test is not the zone. */
    bool zone = xd_conv_failed(v) && v->service != XD_SERVICE_TRAVERSAL_TEST;
    for (int s = 0; s < 2 && zone; s++) {
        if (v->zone[s]) {
            xd_draft_zone(j, d, v->zone[s]);
        }
    }
}

void xd_draft_cert(struct xd_judge *j, struct xd_draft *d, const struct xd_cert *c)
{
    if (!c) {
        return;
    }
    for (size_t i = 0; i < d->f.n_certs; i++) {
        if (d->f.certs[i] == c) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, &d->f, certs) = j->cs->certs[c->id];
}

void xd_draft_mask(struct xd_judge *j, struct xd_draft *d, enum xd_finding_id id)
{
    if (id == d->f.id) {
        return;
    }
    for (size_t i = 0; i < d->f.n_masked; i++) {
        if (d->f.masked[i] == id) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, &d->f, masked) = id;
}

void xd_draft_zone(struct xd_judge *j, struct xd_draft *d, struct xd_zone *z)
{
    for (size_t i = 0; i < d->n_zones; i++) {
        if (d->zones[i] == z) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, d, zones) = z;
}

void xd_draft_tunnel(struct xd_judge *j, struct xd_draft *d, struct xd_tunnel *t)
{
    for (size_t i = 0; i < d->n_tunnels; i++) {
        if (d->tunnels[i] == t) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, d, tunnels) = t;
}

void xd_draft_alarm(struct xd_judge *j, struct xd_draft *d, struct xd_alarm *a)
{
    for (size_t i = 0; i < d->n_alarms; i++) {
        if (d->alarms[i] == a) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, d, alarms) = a;
}

/* Each of a thousand tunnels asks for the same alarms: once is enough. */
static bool are_told(struct xd_draft *d, const struct xd_node *n, const char *const *ids)
{
    for (size_t i = 0; i < XD_TOLD_ALARMS; i++) {
        if (d->told_alarms[i].node == n && d->told_alarms[i].ids == ids) {
            return true;
        }
    }
    d->told_alarms[d->n_told_alarms % XD_TOLD_ALARMS].node = n;
    d->told_alarms[d->n_told_alarms % XD_TOLD_ALARMS].ids = ids;
    d->n_told_alarms++;
    return false;
}

void xd_draft_alarms(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                     const char *const *ids)
{
    if (!n || are_told(d, n, ids)) {
        return;
    }
    for (size_t i = 0; i < n->n_alarms; i++) {
        for (const char *const *id = ids; *id; id++) {
            if (n->alarms[i].id && strcmp(n->alarms[i].id, *id) == 0) {
                xd_draft_alarm(j, d, &n->alarms[i]);
                xd_evidence_alarm(j, d, &n->alarms[i]);
            }
        }
    }
}

void xd_draft_effect(struct xd_judge *j, struct xd_draft *d, const char *effect)
{
    for (size_t i = 0; i < d->f.n_effects; i++) {
        if (strcmp(d->f.effects[i], effect) == 0) {
            return;
        }
    }
    *XD_PUSH(j->cs->arena, &d->f, effects) = effect;
}

/* Of a zone that no settings tell, both kinds. */
static void stop_traversal(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v)
{
    enum xd_tri uc = xd_conv_is_uc(j, v);
    bool told = (v->zone[0] && v->zone[0]->config.entry) ||
                (v->zone[1] && v->zone[1]->config.entry);
    if (uc != XD_TRI_OFF) {
        xd_draft_effect(j, d, "UC zone");
        xd_draft_effect(j, d, "MRA login and registration");
    }
    if (uc != XD_TRI_ON) {
        xd_draft_effect(j, d, "B2B and Webex calls");
    }
    if (!told && !d->untold_zone) {
        d->untold_zone = v;
    }
}

void xd_draft_effects(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v)
{
    switch (v->service) {
    case XD_SERVICE_TRAVERSAL:
        stop_traversal(j, d, v);
        break;
    case XD_SERVICE_SSH_TUNNEL:
        xd_draft_effect(j, d, "MRA login and registration");
        xd_draft_effect(j, d, "WebRTC proxy");
        break;
    case XD_SERVICE_SIP_TLS:
        xd_draft_effect(j, d, "B2B and Webex calls");
        break;
    case XD_SERVICE_UDS:
    case XD_SERVICE_XMPP_ROUTER:
        xd_draft_effect(j, d, "MRA login and registration");
        break;
    case XD_SERVICE_TFTP:
        xd_draft_effect(j, d, "TFTP download from CUCM");
        xd_draft_effect(j, d, "MRA login and registration");
        break;
    case XD_SERVICE_XMPP_FEDERATION:
        xd_draft_effect(j, d, "XMPP federation");
        break;
    case XD_SERVICE_CLUSTER:
        xd_draft_effect(j, d, "cluster replication");
        break;
    case XD_SERVICE_OTHER:
    case XD_SERVICE_TRAVERSAL_TEST:
    case XD_SERVICE_XMPP_CLIENT:
    case XD_SERVICE_HTTPS:
    case XD_SERVICE_LDAP:
    case XD_SERVICE_SMTP:
    case XD_SERVICE_SYSLOG:
    case XD_SERVICE_SSH_ADMIN:
        break;
    }
}

void xd_draft_remedy(struct xd_judge *j, struct xd_draft *d, const struct xd_remedy *r)
{
    *XD_PUSH(j->cs->arena, &d->f, remedies) = *r;
}

void xd_draft_text(struct xd_judge *j, struct xd_draft *d, const char *title,
                   const char *summary)
{
    d->f.title = xd_arena_strdup(j->cs->arena, xd_words_title(j, title));
    d->f.summary = xd_arena_strdup(j->cs->arena, xd_words_title(j, summary));
}

void xd_draft_say(struct xd_judge *j, struct xd_draft *d, const char *sentence)
{
    const char *next = strstr(d->f.summary, " Next: ");
    size_t before = next ? (size_t)(next - d->f.summary) : strlen(d->f.summary);
    d->f.summary = xd_arena_printf(j->cs->arena, "%s %s%s",
                                   xd_arena_text(j->cs->arena, d->f.summary, before),
                                   sentence, next ? next : "");
}

bool xd_judge_names_cert(const struct xd_judge *j, enum xd_finding_id id,
                         const struct xd_cert *c)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        const struct xd_finding *f = &j->drafts[i]->f;
        for (size_t k = 0; f->id == id && k < f->n_certs; k++) {
            if (f->certs[k] == c) {
                return true;
            }
        }
    }
    return false;
}

bool xd_judge_masks_cert(const struct xd_judge *j, enum xd_finding_id id,
                         const struct xd_cert *c)
{
    for (size_t i = 0; i < j->n_drafts; i++) {
        const struct xd_draft *d = j->drafts[i];
        bool of_it = d->cert == c;
        for (size_t k = 0; k < d->f.n_certs && d->f.n_masked > 0 && !of_it; k++) {
            of_it = d->f.certs[k] == c;
        }
        for (size_t k = 0; of_it && k < d->f.n_masked; k++) {
            if (d->f.masked[k] == id) {
                return true;
            }
        }
    }
    return false;
}

static int compare_unsigned(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_drafts(const void *pa, const void *pb)
{
    const struct xd_draft *a = *(struct xd_draft *const *)pa;
    const struct xd_draft *b = *(struct xd_draft *const *)pb;
    if (a->f.severity != b->f.severity) {
        return a->f.severity > b->f.severity ? -1 : 1;
    }
    if (a->f.confidence != b->f.confidence) {
        return a->f.confidence > b->f.confidence ? -1 : 1;
    }
    if (a->f.id != b->f.id) {
        return a->f.id < b->f.id ? -1 : 1;
    }
    uint64_t na = a->f.node ? a->f.node->index : UINT64_MAX;
    uint64_t nb = b->f.node ? b->f.node->index : UINT64_MAX;
    int by_node = compare_unsigned(na, nb);
    if (by_node != 0) {
        return by_node;
    }
    int by_frame = compare_unsigned(a->first_frame, b->first_frame);
    if (by_frame != 0) {
        return by_frame;
    }
    int by_title = strcmp(a->f.title ? a->f.title : "", b->f.title ? b->f.title : "");
    return by_title != 0 ? by_title : strcmp(a->key ? a->key : "", b->key ? b->key : "");
}

static int compare_ids(const void *a, const void *b)
{
    return compare_unsigned(*(const unsigned *)a, *(const unsigned *)b);
}

/* In order, each once. */
static void sort_flows(struct xd_finding *f)
{
    size_t kept = 0;
    if (f->n_flows < 2) {
        return;
    }
    qsort(f->flows, f->n_flows, sizeof *f->flows, compare_ids);
    for (size_t i = 0; i < f->n_flows; i++) {
        if (kept == 0 || f->flows[kept - 1] != f->flows[i]) {
            f->flows[kept++] = f->flows[i];
        }
    }
    f->n_flows = kept;
}

void xd_judge_publish(struct xd_judge *j)
{
    struct xd_arena *arena = j->cs->arena;

    tell_left_out(j);
    if (j->n_drafts > 1) {
        qsort(j->drafts, j->n_drafts, sizeof(struct xd_draft *), compare_drafts);
    }
    for (size_t i = 0; i < j->n_drafts; i++) {
        struct xd_draft *d = j->drafts[i];
        unsigned at = (unsigned)j->cs->n_findings;
        sort_flows(&d->f);
        for (size_t k = 0; k < d->n_zones; k++) {
            *XD_PUSH(arena, d->zones[k], findings) = at;
        }
        for (size_t k = 0; k < d->n_tunnels; k++) {
            *XD_PUSH(arena, d->tunnels[k], findings) = at;
        }
        for (size_t k = 0; k < d->n_alarms; k++) {
            *XD_PUSH(arena, d->alarms[k], findings) = at;
        }
        *XD_PUSH(arena, j->cs, findings) = &d->f;
    }
}
