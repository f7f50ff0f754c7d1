/*
 * attribute.c - which node each end of a conversation is, and which recordings show
 * the same conversation.
 */
#include <stdlib.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"

#include "assemble_priv.h"

void xd_attribute_nodes(struct xd_directory *d)
{
    struct xd_case *cs = xd_directory_case(d);

    for (size_t i = 0; i < cs->n_flows && cs->n_nodes > 0; i++) {
        struct xd_flow *f = cs->flows[i];

        const struct xd_node *observer = xd_directory_observer(d, f->first.entry);

        for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
            if (f->node[side] == NULL) {
                f->node[side] =
                    xd_directory_address(d, &f->end[side].addr, observer, f->first.time);
            }
        }
    }
}

/* One value of a conversation that no other has, and who sent it. */
struct flow_token {
    const uint8_t *bytes; /* NULL: not seen */
    size_t len;
};

static struct flow_token get_token(const struct xd_flow *f, int side)
{
    if (f->tls != NULL && f->tls->has_random[side]) {
        return (struct flow_token){.bytes = f->tls->random[side], .len = 32};
    }
    if (f->ssh != NULL && f->ssh->has_cookie[side]) {
        return (struct flow_token){.bytes = f->ssh->cookie[side], .len = 16};
    }
    return (struct flow_token){0};
}

/*
 * Equal hello randoms or KEXINIT cookies, whatever the addresses: of both sides
 * where both recordings have both.  Two conversations of one recording are two,
 * whatever they say: a scanner may send one random for ever.
 */
static bool same_conversation(const struct xd_flow *a, const struct xd_flow *b)
{
    unsigned compared = 0;

    if (a->view == b->view || a->protocol != b->protocol) {
        return false;
    }
    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        struct flow_token x = get_token(a, side);
        struct flow_token y = get_token(b, side);

        if (x.bytes == NULL || y.bytes == NULL) {
            continue;
        }
        if (x.len != y.len || memcmp(x.bytes, y.bytes, x.len) != 0) {
            return false;
        }
        compared++;
    }
    return compared > 0;
}

static bool has_id(const struct xd_flow *f, unsigned id)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        if (f->same_as[i] == id) {
            return true;
        }
    }
    return false;
}

static void join_views(struct xd_case *cs, struct xd_flow *a, struct xd_flow *b)
{
    if (!has_id(a, b->id)) {
        *XD_PUSH(cs->arena, a, same_as) = b->id;
    }
    if (!has_id(b, a->id)) {
        *XD_PUSH(cs->arena, b, same_as) = a->id;
    }
}

/* Flows that sent one token, newest first. */
struct token_row {
    struct xd_flow *flow;
    struct token_row *next;
    size_t n; /* in the list from here on */
};

static void match_token(struct xd_case *cs, struct xd_map *map, struct xd_flow *f, int side)
{
    struct flow_token token = get_token(f, side);
    struct xd_slice key = {.p = token.bytes, .len = token.len};

    if (token.bytes == NULL) {
        return;
    }
    struct token_row *first = xd_map_get(map, key);
    for (const struct token_row *row = first; row != NULL; row = row->next) {
        if (same_conversation(row->flow, f)) {
            join_views(cs, row->flow, f);
        }
    }
    if (first != NULL && first->n >= XD_MAX_SAME_RANDOM) {
        return;
    }
    struct token_row *row = xd_arena_alloc(cs->arena, sizeof(*row));
    *row =
        (struct token_row){.flow = f, .next = first, .n = first != NULL ? first->n + 1 : 1};
    xd_map_put(map, key, row);
}

/* How far apart two recordings say the conversation began. */
static xd_time time_between(const struct xd_flow *a, const struct xd_flow *b)
{
    xd_time d = a->first.time - b->first.time;

    return d < 0 ? -d : d;
}

/* Is x a better match for f than y?  A NAT may change the port, seldom does. */
static bool fits_better(const struct xd_flow *f, const struct xd_flow *x,
                        const struct xd_flow *y)
{
    bool x_port = x->end[XD_CLIENT].port == f->end[XD_CLIENT].port;
    bool y_port = y->end[XD_CLIENT].port == f->end[XD_CLIENT].port;

    if (x_port != y_port) {
        return x_port;
    }
    return time_between(f, x) < time_between(f, y);
}

/* Among the flows that other's recording matches to f, is other the best? */
static bool is_best_of_view(const struct xd_case *cs, const struct xd_flow *f,
                            const struct xd_flow *other)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        const struct xd_flow *rival = cs->flows[f->same_as[i] - 1];

        if (rival != other && rival->view == other->view && fits_better(f, rival, other)) {
            return false;
        }
    }
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    const unsigned *x = a;
    const unsigned *y = b;

    return *x < *y ? -1 : *x > *y;
}

/*
 * Whoever repeats a random gives several flows of one recording: a conversation is
 * at most one of them.  All are judged before any is dropped.
 */
static void keep_best_views(struct xd_case *cs)
{
    unsigned **kept = xd_alloc_array(cs->n_flows, sizeof(unsigned *));
    size_t *n_kept = xd_alloc_array(cs->n_flows, sizeof(*n_kept));

    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];

        if (f->n_same_as == 0) {
            continue;
        }
        kept[i] = xd_arena_alloc(cs->arena, f->n_same_as * sizeof(unsigned));
        for (size_t k = 0; k < f->n_same_as; k++) {
            const struct xd_flow *other = cs->flows[f->same_as[k] - 1];

            if (is_best_of_view(cs, f, other) && is_best_of_view(cs, other, f)) {
                kept[i][n_kept[i]++] = other->id;
            }
        }
        qsort(kept[i], n_kept[i], sizeof(unsigned), compare_ids);
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        cs->flows[i]->same_as = kept[i];
        cs->flows[i]->n_same_as = n_kept[i];
        cs->flows[i]->cap_same_as = n_kept[i];
    }
    xd_free((void *)kept);
    xd_free(n_kept);
}

/*
 * An address that is no node's own in one recording, but whose conversation another
 * recording shows as a node's: there is a NAT between them.
 */
static void learn_alias(struct xd_directory *d, struct xd_flow *f,
                        const struct xd_flow *other)
{
    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        if (f->node[side] == NULL && other->node[side] != NULL) {
            xd_directory_alias(d, &f->end[side].addr, other->node[side]);
            f->node[side] = other->node[side];
        }
    }
}

/* All of one recording: none is another's view (a map of all tokens costs 2 us each). */
static bool is_one_view(const struct xd_case *cs)
{
    for (size_t i = 1; i < cs->n_flows; i++) {
        if (cs->flows[i]->view != cs->flows[0]->view) {
            return false;
        }
    }
    return true;
}

void xd_attribute_views(struct xd_case *cs)
{
    if (is_one_view(cs)) {
        return;
    }
    struct xd_map *map = xd_map_new();

    for (size_t i = 0; i < cs->n_flows; i++) {
        match_token(cs, map, cs->flows[i], XD_CLIENT);
        match_token(cs, map, cs->flows[i], XD_SERVER);
    }
    xd_map_free(map);
    keep_best_views(cs);
}

void xd_attribute_same(struct xd_directory *d)
{
    struct xd_case *cs = xd_directory_case(d);

    if (is_one_view(cs)) {
        return;
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        struct xd_flow *f = cs->flows[i];

        for (size_t k = 0; k < f->n_same_as; k++) {
            learn_alias(d, f, cs->flows[f->same_as[k] - 1]);
        }
    }
    xd_attribute_nodes(d);
}

void xd_attribute_by_leaf(struct xd_directory *d)
{
    struct xd_case *cs = xd_directory_case(d);

    for (size_t i = 0; i < cs->n_flows; i++) {
        struct xd_flow *f = cs->flows[i];
        const struct xd_node *seen_at = xd_directory_observer(d, f->first.entry);

        for (size_t k = 0; f->node[XD_CLIENT] == NULL && !f->anothers && k < f->n_presented;
             k++) {
            const struct xd_presented *p = &f->presented[k];
            struct xd_node *holder =
                p->by == XD_CLIENT && p->n_certs > 0
                    ? xd_directory_holder(d, p->certs[0], seen_at, f->first.time)
                    : NULL;

            if (holder != NULL &&
                (seen_at == NULL || !xd_node_same_host(holder, seen_at))) {
                f->node[XD_CLIENT] = holder;
            }
        }
    }
}
