/*
 * html_lanes.c - the timeline as a drawing: a lane for each node and one for far ends,
 * conversations as arrows between them, log lines, alarms and settings as dots.
 */
#include "html_priv.h"

#include <string.h>

enum {
    WIDTH = 1000,
    HEAD = 50,
    ROW = 30,
    FIRST = 190, /* the first lane; times stand before it */
    LAST = 800,
    MAX_LANES = 5, /* the last is for far ends and for nodes beyond */
    MAX_ROWS = 60,
    LETTER = 7, /* width of one, rounded up */
    NAME_MAX = 22,
};

struct lanes {
    struct xd_html *h;
    const struct xd_node *nodes[MAX_LANES - 1];
    size_t n_nodes;
    bool far; /* somebody else takes part */
};

/* Expressway-C first, as on the map. */
static void choose_lanes(struct lanes *l)
{
    const struct xd_case *cs = l->h->cs;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < cs->n_nodes && l->n_nodes < MAX_LANES - 1; i++) {
            if ((cs->nodes[i]->role == XD_ROLE_E) == (pass == 1)) {
                l->nodes[l->n_nodes++] = cs->nodes[i];
            }
        }
    }
}

/* The last lane is for whoever has none. */
static size_t lane_of(const struct lanes *l, const struct xd_node *n)
{
    for (size_t i = 0; i < l->n_nodes; i++) {
        if (l->nodes[i] == n) {
            return i;
        }
    }
    return l->n_nodes;
}

static int lane_x(const struct lanes *l, size_t lane)
{
    size_t last = l->n_nodes - (l->far ? 0 : 1);

    return last == 0 ? FIRST : FIRST + (int)lane * (LAST - FIRST) / (int)last;
}

static void note_far(struct lanes *l, const struct xd_moment *moments, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct xd_moment *x = &moments[i];
        bool flow = x->kind == XD_MOMENT_FLOW;
        l->far = l->far || (flow && (lane_of(l, x->flow->node[XD_CLIENT]) == l->n_nodes ||
                                     lane_of(l, x->flow->node[XD_SERVER]) == l->n_nodes));
        l->far = l->far || (!flow && lane_of(l, x->node) == l->n_nodes);
    }
}

static void draw_head(const struct lanes *l, size_t lane, int height)
{
    struct xd_html *h = l->h;
    int x = lane_x(l, lane);

    xd_html_raw(h,
                "<path class=\"life\" d=\"M%d %dV%d\"/><text class=\"name\" x=\"%d\" "
                "y=\"18\">",
                x, HEAD - 8, height, x);
    if (lane == l->n_nodes) {
        xd_html_raw(h, "far ends</text>\n");
        return;
    }
    const char *id = l->nodes[lane]->id;
    const char *at = strchr(id, '@');
    size_t len = at != NULL ? (size_t)(at - id) : strlen(id);
    xd_html_short(h, xd_arena_text(h->scratch, id, len), NAME_MAX);
    xd_html_raw(h, "</text><text class=\"sub\" x=\"%d\" y=\"34\">", x);
    /* Bundles of one node differ by their time, which stands behind "@" in the id. */
    xd_html_short(h, at != NULL ? at + 1 : xd_html_role(h, l->nodes[lane]), NAME_MAX);
    xd_html_raw(h, "</text>\n");
}

/* As much of it as there is room for up to the edge, or to the times. */
static void draw_label(const struct lanes *l, const struct xd_moment *x, bool end, int at_x,
                       int y)
{
    struct xd_html *h = l->h;
    const char *class = end ? "end" : "start";
    int room = end ? at_x - FIRST : WIDTH - at_x - 4 * LETTER;

    xd_html_raw(h, "<text class=\"label %s %s\" x=\"%d\" y=\"%d\">", class,
                xd_tone_class(xd_moment_tone(x)), at_x, y);
    if (x->count > 1) {
        xd_html_raw(h, "%llu× ", (unsigned long long)x->count);
    }
    xd_say_moment(&h->say, x);
    xd_html_said_short(h, (size_t)room / LETTER);
    xd_html_raw(h, "</text>");
}

static void draw_flow(const struct lanes *l, const struct xd_moment *x, int y)
{
    struct xd_html *h = l->h;
    int from = lane_x(l, lane_of(l, x->flow->node[XD_CLIENT]));
    int to = lane_x(l, lane_of(l, x->flow->node[XD_SERVER]));
    const char *tone = xd_tone_class(xd_moment_tone(x));
    int back = to > from ? -9 : 9;

    if (from == to) {
        xd_html_raw(h, "<circle class=\"dot %s\" cx=\"%d\" cy=\"%d\" r=\"5\"/>", tone, from,
                    y);
        draw_label(l, x, false, from + 10, y + 4);
        return;
    }
    xd_html_raw(h, "<path class=\"arrow %s\" d=\"M%d %dH%d\"/>", tone, from, y, to + back);
    xd_html_raw(h, "<path class=\"tip %s\" d=\"M%d %dl%d -4v8z\"/>", tone, to, y, back);
    draw_label(l, x, false, (from < to ? from : to) + 12, y - 5);
}

static void draw_dot(const struct lanes *l, const struct xd_moment *x, int y)
{
    int at = lane_x(l, lane_of(l, x->node));
    bool left = at > (FIRST + LAST) / 2 && lane_of(l, x->node) > 0;

    xd_html_raw(l->h, "<circle class=\"dot %s\" cx=\"%d\" cy=\"%d\" r=\"5\"/>",
                xd_tone_class(xd_moment_tone(x)), at, y);
    draw_label(l, x, left, left ? at - 10 : at + 10, y + 4);
}

static void draw_time(const struct lanes *l, const struct xd_moment *x, int y)
{
    char text[XD_TIME_TEXT];
    char exact[XD_TIME_TEXT];

    xd_html_raw(l->h, "<text class=\"time\" data-time=\"%s\" x=\"8\" y=\"%d\">%s</text>",
                xd_time_format(x->time, exact), y + 4, xd_time_format_short(x->time, text));
}

void xd_html_lanes(struct xd_html *h, const struct xd_moment *moments, size_t n)
{
    struct lanes l = {.h = h};
    size_t shown = n < MAX_ROWS ? n : MAX_ROWS;
    int height = HEAD + 14 + ROW * (int)shown;

    choose_lanes(&l);
    if (l.n_nodes == 0 || n == 0) {
        return;
    }
    note_far(&l, moments, shown);
    xd_html_raw(h,
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
                "aria-label=\"Timeline in lanes\">\n<svg class=\"lanes wide\" width=\"%d\" "
                "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Timeline in lanes; the "
                "table below says the same\">\n",
                WIDTH, WIDTH, height);
    for (size_t i = 0; i < l.n_nodes + (l.far ? 1 : 0); i++) {
        draw_head(&l, i, height);
    }
    for (size_t i = 0; i < shown; i++) {
        int y = HEAD + 14 + ROW * (int)i;
        draw_time(&l, &moments[i], y);
        if (moments[i].kind == XD_MOMENT_FLOW) {
            draw_flow(&l, &moments[i], y);
        } else {
            draw_dot(&l, &moments[i], y);
        }
        xd_html_raw(h, "\n");
    }
    xd_html_raw(h, "</svg></div>\n");
    if (n > shown) {
        xd_html_raw(h,
                    "<p class=\"left-out\">The drawing ends with its %d. of %zu rows; the "
                    "table goes on.</p>\n",
                    MAX_ROWS, n);
    }
}
