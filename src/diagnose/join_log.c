/*
 * join_log.c - log lines joined to conversations by the four of address and port, and
 * time.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "assemble_priv.h"

/* A log line may come this long before or after the packets it speaks of. */
#define JOIN_WINDOW (60 * XD_SECOND)

/* Ends of a node stand under one address of it, whatever a NAT made of them. */
struct tuple {
    struct xd_endpoint low;
    struct xd_endpoint high;
    xd_time start;
    xd_time end;
    struct xd_conv *conv;
    const struct xd_node *seen_by; /* NULL: a capture of no node */
};

struct xd_node *xd_judge_node_of(const struct xd_judge *j, const struct xd_entry *entry)
{
    return entry && entry->id < j->cs->n_entries ? j->node_of_entry[entry->id] : NULL;
}

static int compare_endpoints(const struct xd_endpoint *a, const struct xd_endpoint *b)
{
    int by_addr = xd_addr_compare(&a->addr, &b->addr);
    return by_addr != 0 ? by_addr : (int)a->port - (int)b->port;
}

/* Another node of the deployment, behind another NAT, has an address of this one too. */
static bool has_twin(const struct xd_judge *j, const struct xd_node *n)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        const struct xd_node *other = j->cs->nodes[i];
        if (other != n && xd_node_shares_address(other, n) && xd_nodes_may_meet(other, n) &&
            xd_nodes_collide(other, n)) {
            return true;
        }
    }
    return false;
}

/* What no address is, for a node whose address does not tell it from another. */
static struct xd_addr mark_of(const struct xd_node *n)
{
    struct xd_addr mark = {.family = UINT8_MAX};
    memcpy(mark.bytes, "node", 4);
    memcpy(mark.bytes + 4, &n->index, sizeof n->index);
    return mark;
}

static struct xd_endpoint settle_end(const struct xd_judge *j, const struct xd_endpoint *e,
                                     const struct xd_node *n)
{
    struct xd_endpoint end = *e;
    const struct xd_node *first = n;
    for (size_t i = 0; n && i < n->index; i++) {
        const struct xd_node *other = j->cs->nodes[i];
        if (xd_node_same_host(other, n)) {
            first = other;
            break;
        }
    }
    if (first && first->n_addrs > 0) {
        end.addr = has_twin(j, first) ? mark_of(first) : first->addrs[0];
    }
    return end;
}

static void order_ends(const struct xd_judge *j, struct tuple *t,
                       const struct xd_endpoint ends[2],
                       const struct xd_node *const nodes[2])
{
    struct xd_endpoint a = settle_end(j, &ends[0], nodes[0]);
    struct xd_endpoint b = settle_end(j, &ends[1], nodes[1]);
    bool swap = compare_endpoints(&a, &b) > 0;
    t->low = swap ? b : a;
    t->high = swap ? a : b;
}

static int compare_tuples(const void *pa, const void *pb)
{
    const struct tuple *a = pa;
    const struct tuple *b = pb;
    int by_low = compare_endpoints(&a->low, &b->low);
    return by_low != 0 ? by_low : compare_endpoints(&a->high, &b->high);
}

/* The same, and then by start. */
static int compare_starts(const void *pa, const void *pb)
{
    const struct tuple *a = pa;
    const struct tuple *b = pb;
    int by_ends = compare_tuples(a, b);
    if (by_ends == 0 && a->start != b->start) {
        by_ends = a->start < b->start ? -1 : 1;
    }
    return by_ends;
}

struct joiner {
    struct tuple *tuples; /* of captured views, sorted by compare_starts */
    size_t n_tuples, cap_tuples;
    struct xd_map *loose; /* tuple bytes to the latest conversation known from logs */
};

static void keep_nearest(const struct tuple *x, xd_time t, xd_time *best_distance,
                         struct xd_conv **best)
{
    xd_time away = t < x->start ? x->start - t : t > x->end ? t - x->end : 0;
    if (away < *best_distance) {
        *best_distance = away;
        *best = x->conv;
    }
}

/*
 * The captured conversation between these ends nearest to t.  Conversations of one
 * view that share a four-tuple follow each other, so that only the neighbours of t in
 * order of start can be it, each seen by a few views.
 */
static struct xd_conv *find_captured(const struct joiner *jn, const struct tuple *want,
                                     xd_time t)
{
    enum { NEIGHBOURS = 12 };
    struct tuple key = *want;
    size_t low = 0;
    size_t high = jn->n_tuples;
    key.start = t;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_starts(&jn->tuples[mid], &key) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    struct xd_conv *best = NULL;
    xd_time best_distance = JOIN_WINDOW;
    size_t first = low > NEIGHBOURS ? low - NEIGHBOURS : 0;
    size_t end = low + NEIGHBOURS < jn->n_tuples ? low + NEIGHBOURS : jn->n_tuples;
    for (size_t i = first; i < end; i++) {
        if (compare_tuples(&jn->tuples[i], want) == 0 &&
            xd_nodes_may_meet(jn->tuples[i].seen_by, want->seen_by)) {
            keep_nearest(&jn->tuples[i], t, &best_distance, &best);
        }
    }
    return best;
}

static bool speaks_of_failure(const struct xd_log_event *e)
{
    return (e->kind == XD_LOG_TLS_ERROR || e->kind == XD_LOG_TLS_FAILED ||
            e->kind == XD_LOG_TCP_FAILED) &&
           e->role != XD_LOG_ROLE_UNKNOWN;
}

/* Where the writer's clock differs from that of the node whose capture holds it. */
static struct xd_conv *find_by_other_clock(const struct xd_judge *j,
                                           const struct joiner *jn,
                                           const struct tuple *want,
                                           const struct xd_log_event *e)
{
    const struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    struct xd_conv *v = NULL;
    for (size_t i = 0; writer && i < j->n_clocks && !v; i++) {
        const struct xd_clock_pair *p = &j->clocks[i];
        const struct xd_node *other = p->a == writer ? p->b : p->b == writer ? p->a : NULL;
        xd_time offset = 0;
        if (other && xd_clock_offset(j, writer, other, e->place.time, &offset)) {
            v = find_captured(jn, want, e->place.time + offset);
        }
    }
    return v;
}

enum { ENDS_KEY = 2 * (16 + 2) }; /* two addresses, two ports */

static void join_event(struct xd_judge *j, struct joiner *jn, const struct xd_log_event *e)
{
    const struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    struct tuple want = {.seen_by = writer};
    const struct xd_endpoint ends[2] = {e->local, e->remote};
    const struct xd_node *const nodes[2] = {writer,
                                            xd_judge_node_at(j, &e->remote.addr, writer)};
    order_ends(j, &want, ends, nodes);
    struct xd_conv *v = find_captured(jn, &want, e->place.time);
    v = v ? v : find_by_other_clock(j, jn, &want, e);
    if (!v && nodes[1]) { /* of another behind the same NAT, by its address alone */
        const struct xd_node *const alone[2] = {writer, NULL};
        struct tuple raw = {.seen_by = writer};
        order_ends(j, &raw, ends, alone);
        v = find_captured(jn, &raw, e->place.time);
    }
    if (!v && speaks_of_failure(e)) {
        uint8_t key[ENDS_KEY + sizeof(unsigned)] = {0};
        unsigned realm = writer ? writer->realm : 0;
        memcpy(key, want.low.addr.bytes, 16);
        memcpy(key + 16, want.high.addr.bytes, 16);
        memcpy(key + 32, &want.low.port, 2);
        memcpy(key + 34, &want.high.port, 2);
        memcpy(key + ENDS_KEY, &realm, sizeof realm);
        struct xd_slice bytes = {key, sizeof key};
        v = xd_map_get(jn->loose, bytes);
        xd_time away = v ? e->place.time - v->time : 0;
        if (!v || away > JOIN_WINDOW || away < -JOIN_WINDOW) {
            v = xd_conv_loose(j, e);
            xd_map_put(jn->loose, bytes, v);
        }
    }
    if (v) {
        xd_conv_hear_event(j, v, e);
    }
}

static void list_captured(struct xd_judge *j, struct joiner *jn)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        for (size_t k = 0; k < j->convs[i]->n_views; k++) {
            const struct xd_flow *f = j->convs[i]->views[k];
            struct tuple *t = XD_PUSH(j->cs->arena, jn, tuples);
            const struct xd_node *const nodes[2] = {f->node[0], f->node[1]};
            order_ends(j, t, f->end, nodes);
            t->start = f->first.time;
            t->end = f->last.time;
            t->conv = j->convs[i];
            t->seen_by = xd_judge_node_of(j, f->first.entry);
        }
    }
    if (jn->n_tuples > 1) {
        qsort(jn->tuples, jn->n_tuples, sizeof *jn->tuples, compare_starts);
    }
}

void xd_judge_join_log(struct xd_judge *j)
{
    struct joiner jn = {.loose = xd_map_new()};
    list_captured(j, &jn);
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        if (e->local.port && e->remote.port && e->place.time != XD_TIME_NONE) {
            join_event(j, &jn, e);
        }
    }
    xd_map_free(jn.loose);
}
