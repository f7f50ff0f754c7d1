/*
 * clocks.c - how far the nodes' clocks are apart: by connections captured at both, else
 * by lines about one connection in both logs, or in one log and the other's capture.
 * Where nothing measures them, bundles of one case whose times are far apart cast doubt.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

enum {
    MAX_SAMPLES = 64,
    MAX_SPANS = 64, /* clocks that jump more often than that tell nothing more */
    SPREAD =
        10,     /* seconds that lines about one connection may be apart beyond the offset */
    CLOSE = 60, /* seconds within which the clocks count as agreeing, as joining does */
    APART = 7,  /* days between two bundles that are more than a slow collection */
};

/* One connection as one node knows it, whatever tells of it. */
struct sighting {
    struct xd_endpoint low;
    struct xd_endpoint high;
    const struct xd_node *node;
    const struct xd_flow *flow; /* NULL: known from lines alone */
    xd_time first;
    xd_time last;
    struct xd_place place;
};

struct sightings {
    struct sighting *items;
    size_t n_items, cap_items;
};

static struct xd_clock_pair *pair_of(struct xd_judge *j, const struct xd_node *a,
                                     const struct xd_node *b)
{
    for (size_t i = 0; i < j->n_clocks; i++) {
        if (j->clocks[i].a == a && j->clocks[i].b == b) {
            return &j->clocks[i];
        }
    }
    struct xd_clock_pair *p = XD_PUSH(j->cs->arena, j, clocks);
    p->a = a;
    p->b = b;
    p->samples = xd_arena_alloc(j->cs->arena, MAX_SAMPLES * sizeof *p->samples);
    return p;
}

static void add_sample(struct xd_clock_pair *p, xd_time offset)
{
    if (p->n_samples < MAX_SAMPLES) {
        p->samples[p->n_samples++] = offset;
    }
}

/* Conversations come in order of time. */
static void add_span(struct xd_judge *j, struct xd_clock_pair *p, xd_time at,
                     xd_time offset)
{
    const xd_time steady = 1 * XD_SECOND;
    struct xd_clock_span *last = p->n_spans > 0 ? &p->spans[p->n_spans - 1] : NULL;
    if (last && offset - last->offset < steady && last->offset - offset < steady) {
        last->from = at < last->from ? at : last->from;
        last->to = at > last->to ? at : last->to;
    } else if (p->n_spans < MAX_SPANS) {
        *XD_PUSH(j->cs->arena, p, spans) = (struct xd_clock_span){at, at, offset};
    }
}

static int compare_times(const void *a, const void *b)
{
    xd_time x = *(const xd_time *)a;
    xd_time y = *(const xd_time *)b;
    return (x > y) - (x < y);
}

/* The first message of TLS or SSH; XD_TIME_NONE: none. */
static xd_time first_word(const struct xd_flow *f, struct xd_message *out)
{
    struct xd_message all[XD_MAX_MESSAGES];
    size_t n = xd_flow_messages(f, all);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(all[i].name, "SYN", 3) != 0) {
            *out = all[i];
            return all[i].place.time;
        }
    }
    return XD_TIME_NONE;
}

/*
 * When two views show the same packet.  Their first ones are two where a request that was
 * repeated did not always arrive: the first message is one.  False: nothing is in both, or
 * the one says another thing than the other.
 */
static bool find_moment(const struct xd_flow *x, const struct xd_flow *y, xd_time at[2])
{
    struct xd_message of_x;
    struct xd_message of_y;
    const xd_time word[2] = {first_word(x, &of_x), first_word(y, &of_y)};
    bool said = word[0] != XD_TIME_NONE && word[1] != XD_TIME_NONE && of_x.by == of_y.by &&
                strcmp(of_x.name, of_y.name) == 0;
    at[0] = x->first.time;
    at[1] = y->first.time;
    if (x->tcp.mid_stream != y->tcp.mid_stream) {
        return false;
    }
    if (x->tcp.syn_count != y->tcp.syn_count) {
        at[0] = word[0];
        at[1] = word[1];
        return said;
    }
    xd_time apart = said ? (at[1] - at[0]) - (word[1] - word[0]) : 0;
    return apart < XD_SECOND && apart > -XD_SECOND;
}

/* The first view that each of two nodes has of the conversation. */
static void measure_views(struct xd_judge *j, const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        const struct xd_flow *x = v->views[i];
        const struct xd_node *a = xd_judge_node_of(j, x->first.entry);
        for (size_t k = 0; a && k < v->n_views; k++) {
            const struct xd_flow *y = v->views[k];
            const struct xd_node *b = xd_judge_node_of(j, y->first.entry);
            xd_time at[2];
            if (!b || a->index >= b->index || !find_moment(x, y, at)) {
                continue;
            }
            struct xd_clock_pair *p = pair_of(j, a, b);
            p->shown = p->shown ? p->shown : v;
            add_sample(p, at[1] - at[0]);
            add_span(j, p, at[0], at[1] - at[0]);
        }
    }
}

static int compare_endpoints(const struct xd_endpoint *a, const struct xd_endpoint *b)
{
    int by_addr = xd_addr_compare(&a->addr, &b->addr);
    return by_addr != 0 ? by_addr : (int)a->port - (int)b->port;
}

static int compare_ends(const struct sighting *a, const struct sighting *b)
{
    int by_low = compare_endpoints(&a->low, &b->low);
    return by_low != 0 ? by_low : compare_endpoints(&a->high, &b->high);
}

static int compare_sightings(const void *pa, const void *pb)
{
    const struct sighting *a = pa;
    const struct sighting *b = pb;
    int by_ends = compare_ends(a, b);
    if (by_ends != 0) {
        return by_ends;
    }
    if (a->node != b->node) {
        return a->node->index < b->node->index ? -1 : 1;
    }
    return (a->first > b->first) - (a->first < b->first);
}

static void add_sighting(struct xd_judge *j, struct sightings *all,
                         const struct xd_endpoint *x, const struct xd_endpoint *y,
                         const struct xd_place *place, const struct xd_flow *flow)
{
    const struct xd_node *n = xd_judge_node_of(j, place->entry);
    if (!n || !x->port || !y->port || place->time == XD_TIME_NONE) {
        return;
    }
    bool swap = compare_endpoints(x, y) > 0;
    *XD_PUSH(j->cs->arena, all, items) = (struct sighting){.low = swap ? *y : *x,
                                                           .high = swap ? *x : *y,
                                                           .node = n,
                                                           .flow = flow,
                                                           .first = place->time,
                                                           .last = place->time,
                                                           .place = *place};
}

/* Rows of one connection at one node become one, from first to last. */
static void merge(struct sightings *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->n_items; i++) {
        struct sighting *s = &all->items[i];
        struct sighting *last = kept > 0 ? &all->items[kept - 1] : NULL;
        if (last && last->node == s->node && compare_ends(last, s) == 0) {
            last->last = s->last > last->last ? s->last : last->last;
            last->flow = last->flow ? last->flow : s->flow;
        } else {
            all->items[kept++] = *s;
        }
    }
    all->n_items = kept;
}

/* Both captured, and their packets say that a port was used again. */
static bool are_two(const struct xd_flow *x, const struct xd_flow *y)
{
    for (int side = 0; x && y && side < 2; side++) {
        if (x->tcp.has_isn[side] && y->tcp.has_isn[side] &&
            x->tcp.isn[side] != y->tcp.isn[side]) {
            return true;
        }
        if (x->tls && y->tls && x->tls->has_random[side] && y->tls->has_random[side] &&
            memcmp(x->tls->random[side], y->tls->random[side], 32) != 0) {
            return true;
        }
    }
    return false;
}

/* The sightings of one pair of ends. */
struct group {
    const struct sighting *items;
    size_t n;
};

static xd_time distance(const struct sighting *a, const struct sighting *b)
{
    return a->first < b->first ? b->first - a->first : a->first - b->first;
}

/* Another bundle of b's machine shows these ends at a time that is nearer to a's. */
static bool has_nearer(const struct group *g, const struct sighting *a,
                       const struct sighting *b)
{
    for (size_t i = 0; i < g->n; i++) {
        const struct sighting *c = &g->items[i];
        if (c->node != b->node && xd_node_same_host(c->node, b->node) &&
            distance(a, c) < distance(a, b)) {
            return true;
        }
    }
    return false;
}

static void compare_two(struct xd_judge *j, const struct group *g, const struct sighting *a,
                        const struct sighting *b)
{
    const xd_time close = CLOSE * XD_SECOND;
    /* Before and after: one machine, one clock. */
    if (xd_node_same_host(a->node, b->node) || has_nearer(g, a, b) || has_nearer(g, b, a)) {
        return;
    }
    struct xd_clock_pair *p = pair_of(j, a->node, b->node);
    if (p->shown || are_two(a->flow, b->flow)) {
        return; /* packets are better */
    }
    if (a->first <= b->last + close && b->first <= a->last + close) {
        p->agrees = true;
        return;
    }
    /* A port that was used again shows two connections: that one tells nothing. */
    if (a->last - a->first > close || b->last - b->first > close) {
        return;
    }
    if (p->n_samples == 0) {
        p->place[0] = a->place;
        p->place[1] = b->place;
    }
    add_sample(p, b->first - a->first);
}

static void compare_group(struct xd_judge *j, const struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        for (size_t k = i + 1; k < g->n; k++) {
            compare_two(j, g, &g->items[i], &g->items[k]);
        }
    }
}

static void measure_lines(struct xd_judge *j)
{
    struct sightings all = {0};
    for (size_t i = 0; i < j->n_convs; i++) {
        for (size_t k = 0; k < j->convs[i]->n_views; k++) {
            const struct xd_flow *f = j->convs[i]->views[k];
            add_sighting(j, &all, &f->end[0], &f->end[1], &f->first, f);
        }
    }
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        add_sighting(j, &all, &e->local, &e->remote, &e->place, NULL);
    }
    if (all.n_items < 2) {
        return;
    }
    qsort(all.items, all.n_items, sizeof *all.items, compare_sightings);
    merge(&all);
    for (size_t from = 0, to = 0; from < all.n_items; from = to) {
        while (to < all.n_items && compare_ends(&all.items[from], &all.items[to]) == 0) {
            to++;
        }
        compare_group(j, &(struct group){all.items + from, to - from});
    }
}

/* The middle sample; those of lines only where they all say the same. */
static void settle(struct xd_clock_pair *p)
{
    if (p->n_samples == 0 || p->agrees) {
        p->n_samples = 0;
        return;
    }
    qsort(p->samples, p->n_samples, sizeof *p->samples, compare_times);
    p->offset = p->samples[p->n_samples / 2];
    xd_time spread = p->samples[p->n_samples - 1] - p->samples[0];
    if (!p->shown && spread > SPREAD * XD_SECOND) {
        p->n_samples = 0;
    }
}

void xd_judge_measure_clocks(struct xd_judge *j)
{
    if (j->cs->n_nodes < 2) {
        return;
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        if (j->convs[i]->n_views > 1) {
            measure_views(j, j->convs[i]);
        }
    }
    measure_lines(j);
    for (size_t i = 0; i < j->n_clocks; i++) {
        settle(&j->clocks[i]);
    }
}

const struct xd_clock_pair *xd_clock_pair(const struct xd_judge *j, const struct xd_node *a,
                                          const struct xd_node *b, xd_time *offset)
{
    for (size_t i = 0; i < j->n_clocks; i++) {
        const struct xd_clock_pair *p = &j->clocks[i];
        bool straight = p->a == a && p->b == b;
        if (p->n_samples > 0 && (straight || (p->a == b && p->b == a))) {
            *offset = straight ? p->offset : -p->offset;
            return p;
        }
    }
    return NULL;
}

/* As of the span that is nearest, by the clock of a or of b. */
static xd_time offset_then(const struct xd_clock_pair *p, bool straight, xd_time t)
{
    xd_time best = p->offset;
    xd_time nearest = INT64_MAX;
    for (size_t i = 0; i < p->n_spans && t != XD_TIME_NONE; i++) {
        const struct xd_clock_span *s = &p->spans[i];
        xd_time from = straight ? s->from : s->from + s->offset;
        xd_time to = straight ? s->to : s->to + s->offset;
        xd_time away = t < from ? from - t : t > to ? t - to : 0;
        if (away < nearest) {
            nearest = away;
            best = s->offset;
        }
    }
    return best;
}

bool xd_clock_offset(const struct xd_judge *j, const struct xd_node *a,
                     const struct xd_node *b, xd_time t, xd_time *offset)
{
    const struct xd_clock_pair *p = xd_clock_pair(j, a, b, offset);
    if (p) {
        xd_time then = offset_then(p, p->a == a, t);
        *offset = p->a == a ? then : -then;
    }
    return p != NULL;
}

bool xd_conv_clock_offset(const struct xd_judge *j, const struct xd_conv *v,
                          const struct xd_node *a, const struct xd_node *b, xd_time t,
                          xd_time *offset)
{
    for (size_t i = 0; v && i < v->n_views; i++) {
        for (size_t k = 0; k < v->n_views; k++) {
            xd_time at[2];
            if (xd_judge_node_of(j, v->views[i]->first.entry) == a &&
                xd_judge_node_of(j, v->views[k]->first.entry) == b &&
                find_moment(v->views[i], v->views[k], at)) {
                *offset = at[1] - at[0];
                return true;
            }
        }
    }
    return xd_clock_offset(j, a, b, t, offset);
}

/* When the node's bundle was made, by its own clock: from the dumps to the archive. */
static bool bundle_span(const struct xd_node *n, xd_time span[2])
{
    xd_time from = xd_node_moment(n);
    xd_time to = n->stamp != XD_TIME_NONE ? n->stamp : n->as_of;
    span[0] = from < to ? from : to;
    span[1] = from < to ? to : from;
    return from != XD_TIME_NONE;
}

static bool clocks_agree(const struct xd_judge *j, const struct xd_node *a,
                         const struct xd_node *b)
{
    for (size_t i = 0; i < j->n_clocks; i++) {
        const struct xd_clock_pair *p = &j->clocks[i];
        bool these = (p->a == a && p->b == b) || (p->a == b && p->b == a);
        if (these && (p->agrees || p->n_samples > 0)) {
            return true;
        }
    }
    return false;
}

xd_time xd_bundles_apart(const struct xd_judge *j, const struct xd_node *a,
                         const struct xd_node *b)
{
    const xd_time limit = APART * XD_DAY;
    xd_time of_a[2];
    xd_time of_b[2];
    if (xd_node_same_host(a, b) || clocks_agree(j, a, b) || !bundle_span(a, of_a) ||
        !bundle_span(b, of_b)) {
        return 0;
    }
    bool far = of_b[0] - of_a[1] > limit || of_a[0] - of_b[1] > limit;
    return far ? of_b[0] - of_a[0] : 0;
}
