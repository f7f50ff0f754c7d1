/*
 * sides.c - conversations whose directions took two interfaces of their node.
 *
 * Where requests come in by one interface and answers leave by another (a node with two
 * of them and asymmetric routes), the captures of either show one direction alone.  Their
 * pieces are joined as if one file had held them.  An interface that shows both directions
 * of the same ends is another view of the connection, and stays one.
 */
#include "wire_priv.h"

#include <stdlib.h>

#include "expdiag/alloc.h"

/* All that one interface shows of two ends, if that is one direction. */
struct half {
    const struct xd_conn *newest;
    uint16_t node;
    uint8_t dir;
};

static bool has_two_interfaces(const struct xd_wire *w)
{
    for (size_t i = 0; i < w->n_views; i++) {
        if (w->views[i].joins && w->views[i].node != i) {
            return true;
        }
    }
    return false;
}

/* The one direction that all pieces show; 2: they show both. */
static unsigned find_direction(const struct xd_wire *w, const struct xd_join_list *pieces)
{
    bool heard[2] = {false, false};

    for (size_t i = 0; i < pieces->n; i++) {
        const struct xd_conn *c = xd_conn_at(w, pieces->ids[i]);

        heard[0] = heard[0] || c->dir[0].heard;
        heard[1] = heard[1] || c->dir[1].heard;
    }
    return heard[0] == heard[1] ? 2 : heard[1];
}

static size_t find_halves(const struct xd_wire *w, struct half *halves)
{
    bool *seen = xd_alloc_array(w->n_conns - w->n_joined, sizeof(*seen));
    struct xd_join_list pieces = {0};
    size_t n = 0;

    for (uint32_t i = w->n_conns; i-- > w->n_joined;) { /* the newest of a chain first */
        const struct xd_conn *c = xd_conn_at(w, i);
        const struct xd_wire_view *view = &w->views[c->view];
        unsigned dir = 2;

        if (seen[i - w->n_joined] || !view->joins) {
            continue;
        }
        pieces.n = 0;
        xd_join_add_chain(w, c, &pieces);
        for (size_t k = 0; k < pieces.n; k++) {
            seen[pieces.ids[k] - w->n_joined] = true;
        }
        dir = find_direction(w, &pieces);
        if (dir < 2) {
            halves[n++] = (struct half){c, view->node, (uint8_t)dir};
        }
    }
    xd_free(pieces.ids);
    xd_free(seen);
    return n;
}

/* Zero: the same ends, at the same node. */
static int compare_halves(const void *a, const void *b)
{
    const struct half *x = a;
    const struct half *y = b;
    int order = memcmp(x->newest->addr, y->newest->addr, sizeof(x->newest->addr));

    if (order == 0) {
        order = memcmp(x->newest->port, y->newest->port, sizeof(x->newest->port));
    }
    return order != 0 ? order : (int)x->node - (int)y->node;
}

static void join_halves(struct xd_wire *w, const struct half *halves, size_t n)
{
    struct xd_join_list pieces = {0};
    bool shown[2] = {false, false};

    for (size_t i = 0; i < n; i++) {
        shown[halves[i].dir] = true;
    }
    if (!shown[0] || !shown[1]) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        xd_join_add_chain(w, halves[i].newest, &pieces);
    }
    xd_join_pieces(w, pieces.ids, pieces.n);
    xd_free(pieces.ids);
}

void xd_sides_join(struct xd_wire *w)
{
    struct half *halves = NULL;
    size_t n = 0;
    size_t end = 0;

    if (!has_two_interfaces(w) || w->n_conns == w->n_joined) {
        return;
    }
    halves = xd_alloc_array(w->n_conns - w->n_joined, sizeof(*halves));
    n = find_halves(w, halves);
    qsort(halves, n, sizeof(*halves), compare_halves);
    for (size_t i = 0; i < n; i = end) {
        end = i + 1;
        while (end < n && compare_halves(&halves[i], &halves[end]) == 0) {
            end++;
        }
        join_halves(w, &halves[i], end - i);
    }
    xd_free(halves);
}
