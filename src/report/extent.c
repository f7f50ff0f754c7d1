/*
 * extent.c - how far the effects of a finding reach: whether a cluster goes on without
 * the peer that is lost, and whether a later bundle shows it mended.
 */
#include <string.h>

#include "expdiag/clock.h"
#include "expdiag/node.h"
#include "expdiag/text.h"

#include "say_priv.h"

static bool has_index(const unsigned *indices, size_t n, unsigned index)
{
    for (size_t i = 0; i < n; i++) {
        if (indices[i] == index) {
            return true;
        }
    }
    return false;
}

/* Its effects are over, whether its cause was mended or not. */
static bool is_past(const struct xd_case *cs, unsigned index)
{
    return xd_is_mended(cs, index) || xd_is_up_again(cs, index);
}

/* What is left of the zone, as of its peers; false where nothing is. */
static bool count_peers(const struct xd_zone *z, size_t *up, size_t *all)
{
    *up = 0;
    *all = z->n_peers;
    for (size_t i = 0; i < z->n_peers; i++) {
        *up += xd_say_is_up(z->peers[i].status) ? 1 : 0;
    }
    return *up > 0 && *up < *all;
}

/* C's zones lead to the peers of a cluster; each of E's ends at one C. */
static bool keeps_peers(const struct xd_case *cs, unsigned index, size_t *up, size_t *all)
{
    bool any = false;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        for (size_t k = 0; n->role == XD_ROLE_C && k < n->n_zones; k++) {
            const struct xd_zone *z = &n->zones[k];
            if (!has_index(z->findings, z->n_findings, index)) {
                continue;
            }
            if (!count_peers(z, up, all)) {
                return false;
            }
            any = true;
        }
    }
    return any;
}

static bool has_row_down(const struct xd_node *n, unsigned index)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];
        if (has_index(z->findings, z->n_findings, index) && xd_say_is_down(z->status)) {
            return true;
        }
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];
        if (has_index(t->findings, t->n_findings, index) && xd_say_is_down(t->status)) {
            return true;
        }
    }
    return false;
}

/*
 * Nothing in the evidence is down for it: an alarm about DNS says what may come of it, what
 * is only possible has not happened, and of a zone that nothing tells either kind may be.
 */
static bool is_threat_only(const struct xd_case *cs, unsigned index)
{
    const struct xd_finding *f = cs->findings[index];
    bool threat = f->confidence == XD_POSSIBLE || f->depends != NULL ||
                  (f->id == XD_F_NAME_RESOLUTION_FAILED && f->n_flows == 0);

    for (size_t i = 0; threat && i < cs->n_nodes; i++) {
        threat = !has_row_down(cs->nodes[i], index);
    }
    return threat;
}

static void say_peers_up(struct xd_out *o, size_t up, size_t all)
{
    xd_out_printf(o, "(%zu of %zu peers %s up)", up, all, up == 1 ? "is" : "are");
}

bool xd_say_redundancy(struct xd_out *o, unsigned index)
{
    size_t up = 0;
    size_t all = 0;
    bool kept = keeps_peers(o->cs, index, &up, &all);

    if (kept) {
        say_peers_up(o, up, all);
    }
    return kept;
}

void xd_say_stops(struct xd_out *o, unsigned index)
{
    size_t up = 0;
    size_t all = 0;

    if (keeps_peers(o->cs, index, &up, &all)) {
        xd_out_text(o, "costs the redundancy ");
        say_peers_up(o, up, all);
        xd_out_text(o, " of");
    } else {
        xd_out_text(o, is_past(o->cs, index)          ? "stopped"
                       : is_threat_only(o->cs, index) ? "can stop"
                                                      : "stops");
    }
    const char *reach = o->cs->findings[index]->reach;

    if (reach != NULL) {
        xd_out_printf(o, " (for what goes through %s alone)", reach);
    }
}

/* Bundles of one node: of one id but for the time, and nothing tells them apart. */
static bool is_same_node(const struct xd_node *a, const struct xd_node *b)
{
    size_t len = strcspn(a->id, "@#");

    return len == strcspn(b->id, "@#") && strncmp(a->id, b->id, len) == 0 &&
           a->role == b->role &&
           (a->n_addrs == 0 || b->n_addrs == 0 || xd_node_shares_address(a, b));
}

/* The bundle of the same node whose status is the last one. */
static const struct xd_node *find_later(const struct xd_case *cs, const struct xd_node *n)
{
    const struct xd_node *last = n;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *x = cs->nodes[i];
        bool known = x->as_of != XD_TIME_NONE && last->as_of != XD_TIME_NONE;
        if (known && is_same_node(x, n) && x->as_of > last->as_of) {
            last = x;
        }
    }
    return last == n ? NULL : last;
}

static const struct xd_zone *find_zone_up(const struct xd_node *n, const struct xd_zone *of)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];
        if (z->name != NULL && xd_text_same(z->name, of->name)) {
            return xd_say_is_up(z->status) != (z->later != NULL) ? z : NULL;
        }
    }
    return NULL;
}

static const struct xd_tunnel *find_tunnel_up(const struct xd_node *n,
                                              const struct xd_tunnel *of)
{
    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];
        if (t->target != NULL && xd_text_same(t->target, of->target) &&
            xd_text_same(t->domain, of->domain)) {
            return xd_say_is_up(t->status) != (t->later != NULL) ? t : NULL;
        }
    }
    return NULL;
}

struct mended {
    const struct xd_node *later; /* NULL: it is not */
    const struct xd_zone *zone;  /* the first that is up again, or NULL */
    const struct xd_tunnel *tunnel;
    xd_time last; /* when it was seen failing, or XD_TIME_NONE */
};

/* All that the finding explains on that node is up in the later bundle of the node. */
static bool all_came_up(const struct xd_node *n, unsigned index, struct mended *m)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        if (has_index(n->zones[i].findings, n->zones[i].n_findings, index)) {
            const struct xd_zone *z = find_zone_up(m->later, &n->zones[i]);
            if (z == NULL) {
                return false;
            }
            m->zone = m->zone != NULL ? m->zone : z;
        }
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        if (has_index(n->tunnels[i].findings, n->tunnels[i].n_findings, index)) {
            const struct xd_tunnel *t = find_tunnel_up(m->later, &n->tunnels[i]);
            if (t == NULL) {
                return false;
            }
            m->tunnel = m->tunnel != NULL ? m->tunnel : t;
        }
    }
    return m->zone != NULL || m->tunnel != NULL;
}

static xd_time last_failure(const struct xd_case *cs, const struct xd_finding *f)
{
    xd_time last = XD_TIME_NONE;

    for (size_t i = 0; i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(cs, f->flows[i]);
        if (flow == NULL || flow->failure.kind == XD_FAILURE_NONE ||
            flow->failure.place.time == XD_TIME_NONE) {
            continue;
        }
        if (last == XD_TIME_NONE || flow->failure.place.time > last) {
            last = flow->failure.place.time;
        }
    }
    return last;
}

/* Is the later bundle free of it? */
static bool is_still_found(const struct xd_case *cs, const struct xd_node *later,
                           enum xd_finding_id id)
{
    for (size_t i = 0; i < cs->n_findings; i++) {
        const struct xd_finding *f = cs->findings[i];
        if (f->severity >= XD_ERROR && f->id == id && f->node == later) {
            return true;
        }
    }
    return false;
}

static struct mended find_mended(const struct xd_case *cs, unsigned index)
{
    const struct xd_finding *f = cs->findings[index];
    const struct xd_node *n = f->node != NULL ? f->node : f->presenter.node;
    struct mended m = {.later = n != NULL ? find_later(cs, n) : NULL};

    if (m.later == NULL || is_still_found(cs, m.later, f->id)) {
        return (struct mended){0};
    }
    m.last = last_failure(cs, f);
    if ((m.last != XD_TIME_NONE && m.last >= m.later->as_of) ||
        !all_came_up(n, index, &m)) {
        return (struct mended){0};
    }
    return m;
}

bool xd_is_mended(const struct xd_case *cs, unsigned index)
{
    return cs->findings[index]->mended != NULL || find_mended(cs, index).later != NULL;
}

void xd_say_mended(struct xd_out *o, unsigned index)
{
    struct mended m = find_mended(o->cs, index);
    char time[XD_TIME_TEXT];

    if (m.later == NULL && o->cs->findings[index]->mended == NULL) {
        return;
    }
    xd_out_text(o, "It was mended since: ");
    if (m.later == NULL) {
        xd_out_text(o, o->cs->findings[index]->mended);
        xd_out_text(o, ".");
        return;
    }
    if (m.last != XD_TIME_NONE) {
        xd_out_text(o, "it failed until ");
        xd_out_text(o, xd_time_format_short(m.last, time));
        xd_out_text(o, "; ");
    }
    if (m.zone != NULL) {
        xd_out_printf(o, "zone \"%s\" is up on %s", m.zone->name, m.later->id);
    } else {
        xd_out_printf(o, "the SSH tunnel to %s is up on %s", m.tunnel->target, m.later->id);
    }
    xd_out_text(o, " (status of ");
    xd_out_text(o, xd_time_format_short(m.later->as_of, time));
    xd_out_text(o, ").");
}

/* What shows that something is up again although nothing shows its cause mended. */
struct up_again {
    const struct xd_node *node; /* whose later status says so; NULL: */
    const char *later;          /* what was seen since, in words; or NULL */
};

/* A bundle of this much later is of another time, not of the other end. */
#define MUCH_LATER (3600 * XD_SECOND)

static bool is_much_later(const struct xd_node *n, xd_time than)
{
    return n->as_of != XD_TIME_NONE && than != XD_TIME_NONE && n->as_of > than + MUCH_LATER;
}

static bool has_zone_up(const struct xd_node *n, const struct xd_node *far)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];
        for (size_t k = 0; k < z->n_peers && z->later == NULL; k++) {
            const char *status = z->peers[k].status;
            if (z->peers[k].node == far &&
                xd_say_is_up(status != NULL ? status : z->status)) {
                return true;
            }
        }
    }
    return false;
}

static bool has_tunnel_up(const struct xd_node *n, const struct xd_node *far)
{
    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];
        if (t->node == far && t->later == NULL && xd_say_is_up(t->status)) {
            return true;
        }
    }
    return false;
}

/* One row of a status that the finding explains. */
struct row {
    const struct xd_node *node;
    const struct xd_zone *zone; /* or a tunnel */
    const struct xd_tunnel *tunnel;
    const char *status;
    const char *later;
};

static bool is_up_at_far_end(const struct row *r, struct up_again *shown)
{
    size_t n = r->zone != NULL ? r->zone->n_peers : 1;
    for (size_t i = 0; i < n; i++) {
        const struct xd_node *far =
            r->zone != NULL ? r->zone->peers[i].node : r->tunnel->node;
        if (far == NULL || !is_much_later(far, r->node->as_of) ||
            !(r->zone != NULL ? has_zone_up(far, r->node) : has_tunnel_up(far, r->node))) {
            return false;
        }
        shown->node = far;
    }
    return n > 0;
}

/* Is the row up by now?  *shown is filled where something later than `last` says so. */
static bool is_row_up(const struct row *r, xd_time last, struct up_again *shown)
{
    if (!xd_say_is_down(r->status)) {
        bool since = is_much_later(r->node, last) && xd_say_is_up(r->status);
        shown->node = since && r->later == NULL ? r->node : shown->node;
        return r->later == NULL;
    }
    if (r->later != NULL) {
        shown->later = r->later;
        return true;
    }
    return is_up_at_far_end(r, shown);
}

static bool are_rows_up(const struct xd_node *n, unsigned index, xd_time last,
                        struct up_again *shown)
{
    bool up = true;
    for (size_t i = 0; i < n->n_zones && up; i++) {
        const struct xd_zone *z = &n->zones[i];
        const struct row r = {n, z, NULL, z->status, z->later};
        up = !has_index(z->findings, z->n_findings, index) || is_row_up(&r, last, shown);
    }
    for (size_t i = 0; i < n->n_tunnels && up; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];
        const struct row r = {n, NULL, t, t->status, t->later};
        up = !has_index(t->findings, t->n_findings, index) || is_row_up(&r, last, shown);
    }
    return up;
}

static struct up_again find_up_again(const struct xd_case *cs, unsigned index)
{
    struct up_again shown = {0};
    xd_time last = last_failure(cs, cs->findings[index]);
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (!are_rows_up(cs->nodes[i], index, last, &shown)) {
            return (struct up_again){0};
        }
    }
    return shown;
}

bool xd_is_up_again(const struct xd_case *cs, unsigned index)
{
    struct up_again shown = find_up_again(cs, index);
    return shown.node != NULL || shown.later != NULL;
}

void xd_say_up_again(struct xd_out *o, unsigned index)
{
    struct up_again shown = find_up_again(o->cs, index);
    char time[XD_TIME_TEXT];

    if (shown.later != NULL) {
        const char *since = strstr(shown.later, "; ");
        xd_out_text(o, "It is up again: ");
        xd_out_text(o, since != NULL ? since + 2 : shown.later);
        xd_out_text(o, ".");
    } else if (shown.node != NULL) {
        xd_out_text(o, "By the status of ");
        xd_say_node(o, shown.node);
        xd_out_printf(o, ", taken at %s, it is up again.",
                      xd_time_format_short(shown.node->as_of, time));
    }
}

struct effects {
    const char **texts;
    size_t n;
};

static bool is_told(const struct effects *told, const char *text)
{
    for (size_t i = 0; i < told->n; i++) {
        if (strcmp(told->texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static const char of_mra[] = "MRA login and registration";

const char *xd_effect_words(const struct xd_case *cs, const struct xd_finding *f,
                            size_t effect)
{
    bool router = f->n_flows > 0 && strcmp(f->effects[effect], of_mra) == 0;

    for (size_t i = 0; router && i < f->n_flows; i++) {
        const struct xd_flow *flow = xd_report_flow(cs, f->flows[i]);
        router = flow != NULL && flow->service == XD_SERVICE_XMPP_ROUTER;
    }
    return router && f->n_effects == 1
               ? "MRA login and registration (instant messaging and presence alone)"
               : f->effects[effect];
}

/* The zone first: the rest depends on it. */
static void lead_with_zone(struct effects *told)
{
    for (size_t i = 1; i < told->n; i++) {
        if (strcmp(told->texts[i], "UC zone") == 0) {
            for (size_t k = i; k > 0; k--) {
                told->texts[k] = told->texts[k - 1];
            }
            told->texts[0] = "UC zone";
        }
    }
}

static void join_effects(struct effects *told, const struct xd_case *cs,
                         const struct xd_finding *f)
{
    for (size_t i = 0; i < f->n_effects && told->n < XD_EFFECTS_SHOWN; i++) {
        const char *words = xd_effect_words(cs, f, i);
        if (!is_told(told, words)) {
            told->texts[told->n++] = words;
        }
    }
}

/* Do two findings speak of one outage: on one node, or of one effect? */
static bool is_same_outage(const struct effects *told, const struct xd_finding *first,
                           const struct xd_finding *f)
{
    bool same = f->node != NULL && f->node == first->node;

    for (size_t i = 0; i < f->n_effects && !same; i++) {
        same = is_told(told, f->effects[i]);
    }
    return same;
}

size_t xd_join_effects(const struct xd_case *cs, const char *texts[XD_EFFECTS_SHOWN])
{
    struct effects told = {.texts = texts};
    size_t critical = xd_count_findings(cs, XD_CRITICAL);

    if (cs->n_findings == 0) {
        return 0;
    }
    unsigned first = xd_headline(cs);
    bool past = is_past(cs, first);
    bool threat = is_threat_only(cs, first);
    join_effects(&told, cs, cs->findings[first]);
    for (size_t i = 0; i < critical; i++) {
        if (i != first && is_same_outage(&told, cs->findings[first], cs->findings[i]) &&
            is_past(cs, (unsigned)i) == past && is_threat_only(cs, (unsigned)i) == threat) {
            join_effects(&told, cs, cs->findings[i]);
        }
    }
    lead_with_zone(&told);
    return told.n;
}

/* What it costs now: nothing any more, the redundancy, or a service; then how many. */
static size_t weigh_effects(const struct xd_case *cs, unsigned index)
{
    size_t up = 0;
    size_t all = 0;
    size_t n = cs->findings[index]->n_effects;

    if (is_past(cs, index)) {
        return 0;
    }
    return keeps_peers(cs, index, &up, &all) ? 1 + n : 1 + XD_EFFECTS_SHOWN + n;
}

unsigned xd_headline(const struct xd_case *cs)
{
    enum { COMPARED = 32 }; /* more of one rank than anybody reads */
    unsigned best = 0;
    size_t most = cs->n_findings > 0 ? weigh_effects(cs, 0) : 0;

    for (unsigned i = 1; i < cs->n_findings && i < COMPARED; i++) {
        const struct xd_finding *f = cs->findings[i];
        if (f->severity != cs->findings[0]->severity ||
            f->confidence != cs->findings[0]->confidence) {
            break;
        }
        size_t weight = weigh_effects(cs, i);
        best = weight > most ? i : best;
        most = weight > most ? weight : most;
    }
    return best;
}
