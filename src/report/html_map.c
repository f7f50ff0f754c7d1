/*
 * html_map.c - the nodes with their zones and tunnels and how these stand, as a drawing;
 * the same as tables is in html_nodes.c.
 *
 * Expressway-C on the left, Expressway-E on the right, far ends beside them.  Each zone or
 * tunnel leaves its node at a height of its own, so that words never lie on each other.
 */
#include "html_priv.h"

#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

enum {
    WIDTH = 1000,
    BOX = 150,     /* width of a node */
    FAR_BOX = 150, /* of a far end */
    C_LEFT = 200,  /* where the boxes stand */
    E_LEFT = 650,
    PORT = 46,    /* between two lines */
    HEAD = 66,    /* of a box, above its first line */
    GAP = 26,     /* between boxes */
    NARROW = 380, /* fits a phone as it is */
    MAX_LINES = 40,
    MAX_BOXES = 16,
    STRAIGHT = 120, /* of a line at either end: its words stand there */
    LINE_MAX = 19,  /* characters there */
    FAR_MAX = 21,
    NAME_MAX = 17,
};

enum kind { TO_NODE, TO_FAR_END };

/* A zone, or tunnels that differ in the domain alone. */
struct line {
    const struct xd_node *node;
    const struct xd_node *other; /* the node at its far end, or NULL */
    const char *name;
    const char *status;
    const char *other_name; /* the far node's own zone for it, and its status */
    const char *other_status;
    const char *far; /* the far end as configured */
    bool later;      /* it came up after the status was taken */
    bool other_later;
    bool tunnels;
    bool shared; /* with other far ends: the name of the zone does not tell this one */
    int y;
};

struct box {
    const struct xd_node *node;
    int x;
    int y;
    int height;
};

struct map {
    struct xd_html *h;
    struct line lines[MAX_LINES];
    size_t n_lines;
    struct box boxes[MAX_BOXES];
    size_t n_boxes;
    size_t left_out;
    int height;
    int from; /* what of the width is in use */
    int to;
};

bool xd_html_has_map(const struct xd_case *cs)
{
    return cs->n_nodes > 0;
}

static bool is_right(const struct xd_node *n)
{
    return n->role == XD_ROLE_E;
}

static struct line *add_line(struct map *m)
{
    if (m->n_lines == MAX_LINES) {
        m->left_out++;
        return NULL;
    }
    return &m->lines[m->n_lines++];
}

/* The zone of the other node that ends at this one: its own word on the same link. */
static const struct xd_zone *find_counterpart(const struct xd_node *n,
                                              const struct xd_node *other, enum xd_tri uc)
{
    for (size_t i = 0; i < other->n_zones; i++) {
        const struct xd_zone *z = &other->zones[i];
        for (size_t k = 0; k < z->n_peers; k++) {
            if (z->peers[k].node == n &&
                (z->uc == uc || z->uc == XD_TRI_UNKNOWN || uc == XD_TRI_UNKNOWN)) {
                return z;
            }
        }
    }
    return NULL;
}

static const char *peer_status(const struct xd_zone *z, const struct xd_zone_peer *p)
{
    return p->status != NULL ? p->status : z->status;
}

/* A zone that is down and to which nobody came: its far end is not known. */
static void add_lone_zone(struct map *m, const struct xd_node *n, const struct xd_zone *z)
{
    struct line *l = xd_status_tone(z->status) == XD_TONE_BAD ? add_line(m) : NULL;

    if (l != NULL) {
        *l = (struct line){
            .node = n, .name = z->name, .status = z->status, .later = z->later != NULL};
    }
}

static void add_zone(struct map *m, const struct xd_node *n, const struct xd_zone *z)
{
    if (z->n_peers == 0) {
        add_lone_zone(m, n, z);
    }
    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        const struct xd_zone *back =
            p->node != NULL ? find_counterpart(n, p->node, z->uc) : NULL;
        if (back != NULL && is_right(n) && !is_right(p->node)) {
            continue; /* told from the C's side */
        }
        struct line *l = add_line(m);
        if (l != NULL) {
            *l = (struct line){.node = n,
                               .other = p->node,
                               .name = z->name,
                               .status = peer_status(z, p),
                               .far = p->address,
                               .later = z->later != NULL,
                               .shared = z->n_peers > 1};
            l->other_name = back != NULL ? back->name : NULL;
            l->other_status = back != NULL ? back->status : NULL;
            l->other_later = back != NULL && back->later != NULL;
        }
    }
}

static const struct xd_tunnel *find_tunnel_back(const struct xd_node *n,
                                                const struct xd_node *other)
{
    for (size_t i = 0; i < other->n_tunnels; i++) {
        if (other->tunnels[i].node == n) {
            return &other->tunnels[i];
        }
    }
    return NULL;
}

/* Tunnels to one far end with one status are one line. */
static bool is_first_of_kind(const struct xd_node *n, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (xd_text_same(n->tunnels[i].target, n->tunnels[at].target) &&
            xd_text_same(n->tunnels[i].status, n->tunnels[at].status)) {
            return false;
        }
    }
    return true;
}

static void add_tunnel(struct map *m, const struct xd_node *n, const struct xd_tunnel *t)
{
    const struct xd_tunnel *back = t->node != NULL ? find_tunnel_back(n, t->node) : NULL;

    if (back != NULL && is_right(n) && !is_right(t->node)) {
        return;
    }
    struct line *l = add_line(m);
    if (l != NULL) {
        *l = (struct line){.node = n,
                           .other = t->node,
                           .name = "SSH tunnels",
                           .status = t->status,
                           .far = t->target,
                           .later = t->later != NULL,
                           .tunnels = true};
        l->other_status = back != NULL ? back->status : NULL;
        l->other_later = back != NULL && back->later != NULL;
    }
}

static void collect(struct map *m)
{
    for (size_t i = 0; i < m->h->cs->n_nodes; i++) {
        const struct xd_node *n = m->h->cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            add_zone(m, n, &n->zones[z]);
        }
        for (size_t t = 0; t < n->n_tunnels && t < XD_HTML_ROWS; t++) {
            if (is_first_of_kind(n, t)) {
                add_tunnel(m, n, &n->tunnels[t]);
            }
        }
    }
}

/* ---- placing ---- */

static struct box *find_box(struct map *m, const struct xd_node *n)
{
    for (size_t i = 0; i < m->n_boxes; i++) {
        if (m->boxes[i].node == n) {
            return &m->boxes[i];
        }
    }
    return NULL;
}

static int count_arriving(const struct map *m, const struct box *b)
{
    int n = 0;

    for (size_t i = 0; i < m->n_lines; i++) {
        n += m->lines[i].other == b->node ? 1 : 0;
    }
    return n;
}

/*
 * Where a line leaves its node: those to nodes of the case and those to far ends each
 * have their side of the box, and each side its own count.  Gives the longer count.
 */
static int place_lines(struct map *m, const struct box *b)
{
    int arriving = count_arriving(m, b);
    int toward[2] = {0, 0};

    /* On the right those that come share the edge with those that leave. */
    toward[TO_NODE] = is_right(b->node) ? arriving : 0;
    for (size_t i = 0; i < m->n_lines; i++) {
        struct line *l = &m->lines[i];
        if (l->node == b->node) {
            int *n = &toward[l->other != NULL ? TO_NODE : TO_FAR_END];
            l->y = b->y + HEAD + 8 + PORT * *n;
            *n += 1;
        }
    }
    int nodes = toward[TO_NODE] + (is_right(b->node) ? 0 : arriving);
    return nodes > toward[TO_FAR_END] ? nodes : toward[TO_FAR_END];
}

/* A node on the right stands beside the first one that opens a line to it. */
static int wanted_y(struct map *m, const struct xd_node *n, int least)
{
    for (size_t i = 0; i < m->n_lines; i++) {
        const struct box *from = find_box(m, m->lines[i].node);
        if (m->lines[i].other == n && from != NULL && from->y > least) {
            return from->y;
        }
    }
    return least;
}

static void place_side(struct map *m, bool right)
{
    int y = 10;

    for (size_t i = 0; i < m->h->cs->n_nodes; i++) {
        const struct xd_node *n = m->h->cs->nodes[i];
        if (is_right(n) != right) {
            continue;
        }
        if (m->n_boxes == MAX_BOXES) {
            m->left_out++;
            continue;
        }
        y = right ? wanted_y(m, n, y) : y;
        struct box *b = &m->boxes[m->n_boxes++];
        *b = (struct box){n, right ? E_LEFT : C_LEFT, y, 0};
        b->height = HEAD + 10 + PORT * place_lines(m, b);
        y += b->height + GAP;
    }
    m->height = y - GAP + 10 > m->height ? y - GAP + 10 : m->height;
}

static void place(struct map *m)
{
    place_side(m, false);
    place_side(m, true);
}

/* ---- drawing ---- */

static void draw_text(struct map *m, const char *class, int x, int y, const char *text)
{
    xd_html_raw(m->h, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    xd_html_short(m->h, text, LINE_MAX);
    xd_html_raw(m->h, "</text>");
}

/* A status that is outranked by what was seen since is no news. */
static bool is_outranked(const char *status, bool later)
{
    return later && xd_status_tone(status) == XD_TONE_BAD;
}

/* What was seen later says the contrary. */
static bool has_fallen(const char *status, bool later)
{
    return later && xd_status_tone(status) == XD_TONE_OK;
}

static enum xd_tone state_tone(const char *status, bool later)
{
    return is_outranked(status, later) ? XD_TONE_OK
           : has_fallen(status, later) ? XD_TONE_BAD
                                       : xd_status_tone(status);
}

static void draw_state(struct map *m, const char *anchor, int x, int y, const char *status,
                       bool later)
{
    enum xd_tone tone = state_tone(status, later);

    xd_html_raw(m->h, "<text class=\"state %s %s\" x=\"%d\" y=\"%d\">%s ",
                xd_tone_class(tone), anchor, x, y, xd_tone_sign(tone));
    xd_html_short(m->h,
                  is_outranked(status, later) ? XD_HTML_UP_LATER
                  : has_fallen(status, later) ? XD_HTML_FAILED_LATER
                  : status != NULL            ? status
                                              : "not known",
                  LINE_MAX);
    xd_html_raw(m->h, "</text>");
}

static void draw_sub(struct map *m, const struct box *b, int y, const char *text)
{
    xd_html_raw(m->h, "<text class=\"sub\" x=\"%d\" y=\"%d\">", b->x + BOX / 2, b->y + y);
    xd_html_short(m->h, text, LINE_MAX + 4);
    xd_html_raw(m->h, "</text>");
}

const char *xd_html_role(struct xd_html *h, const struct xd_node *n)
{
    if (n->role == XD_ROLE_UNKNOWN && n->version.text == NULL) {
        return "role, version unknown";
    }
    if (n->version.text == NULL) { /* there is no room to say so */
        return n->role == XD_ROLE_C ? "Expressway-C" : "Expressway-E";
    }
    xd_say_role(&h->say, n);
    return xd_html_taken(h);
}

/*
 * Bundles of one node differ by their time, which stands behind "@" in the id; namesakes by
 * their domain, behind the first dot.
 */
static void draw_box(struct map *m, const struct box *b)
{
    struct xd_html *h = m->h;
    const struct xd_node *n = b->node;
    size_t host = n->host != NULL ? strlen(n->host) : 0;
    bool whole = host > 0 && (strncmp(n->id, n->host, host) != 0 || n->id[host] == '.');
    size_t len = strcspn(n->id, whole ? ".@" : "@");
    char text[XD_ADDR_TEXT];

    xd_html_raw(h,
                "<g class=\"node\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                "rx=\"8\"/>",
                b->x, b->y, BOX, b->height);
    xd_html_raw(h, "<text class=\"name\" x=\"%d\" y=\"%d\">", b->x + BOX / 2, b->y + 22);
    xd_html_short(h, xd_arena_text(h->scratch, n->id, len), NAME_MAX);
    xd_html_raw(h, "</text>");
    draw_sub(m, b, 39, xd_html_role(h, n));
    if (n->id[len] != '\0') {
        draw_sub(m, b, 55, n->id + len + 1);
    } else if (n->n_addrs > 0) {
        draw_sub(m, b, 55, xd_addr_format(&n->addrs[0], text));
    }
    xd_html_raw(h, "</g>\n");
}

/* The zone, or of several far ends of one zone the host without its domain. */
static const char *far_name(struct xd_html *h, const struct line *l)
{
    if (l->far == NULL || (l->name != NULL && !l->shared)) {
        return l->name;
    }
    bool address = strspn(l->far, "0123456789.") == strlen(l->far);
    return address ? l->far : xd_arena_text(h->scratch, l->far, strcspn(l->far, "."));
}

/* To a far end: straight to a small box beside the node. */
static void draw_far(struct map *m, const struct box *b, const struct line *l)
{
    struct xd_html *h = m->h;
    bool right = is_right(b->node);
    int edge = right ? b->x + BOX : b->x;
    int far = right ? WIDTH - FAR_BOX - 2 : 2;

    xd_html_raw(h, "<path class=\"link %s\" d=\"M%d %dH%d\"/>",
                xd_tone_class(state_tone(l->status, l->later)), edge, l->y,
                right ? far : far + FAR_BOX);
    xd_html_raw(h,
                "<g class=\"far\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"40\" "
                "rx=\"6\"/><text class=\"name\" x=\"%d\" y=\"%d\">",
                far, l->y - 20, FAR_BOX, far + 8, l->y - 5);
    xd_html_short(h, far_name(h, l), FAR_MAX);
    xd_html_raw(h, "<title>");
    xd_html_text(h, l->name);
    xd_html_raw(h, " ");
    xd_html_text(h, l->far);
    xd_html_raw(h, "</title></text>");
    draw_state(m, "start", far + 8, l->y + 12, l->status, l->later);
    xd_html_raw(h, "</g>\n");
}

/* The n-th line that comes to the box. */
static int arrival(const struct map *m, const struct line *l, const struct box *b)
{
    int n = 0;

    /* On the left they come below those that leave. */
    for (size_t i = 0; i < m->n_lines && !is_right(b->node); i++) {
        n += m->lines[i].node == b->node && m->lines[i].other != NULL ? 1 : 0;
    }
    for (const struct line *k = m->lines; k < l; k++) {
        n += k->other == b->node ? 1 : 0;
    }
    int y = b->y + HEAD + 8 + PORT * n;
    return y < b->y + b->height - 8 ? y : b->y + b->height - 8;
}

/* Both ends' word counts: green only where both are up. */
static enum xd_tone line_tone(const struct line *l)
{
    enum xd_tone here = state_tone(l->status, l->later);

    return here == XD_TONE_OK && l->other_status != NULL
               ? state_tone(l->other_status, l->other_later)
               : here;
}

/* The far node's own name and word; tunnels have one name, said again where it is far. */
static void draw_other_end(struct map *m, const struct line *l, bool forward, int edge,
                           int y)
{
    const char *name = l->tunnels && y != l->y ? l->name : l->other_name;
    int x = forward ? edge - 8 : edge + 8;

    if (name != NULL) {
        draw_text(m, forward ? "zone end" : "zone start", x, y - 6, name);
    }
    if (l->other_status != NULL || l->other_name != NULL) {
        draw_state(m, forward ? "end" : "start", x, y + 15, l->other_status,
                   l->other_later);
    }
}

static void draw_between(struct map *m, const struct box *from, const struct box *to,
                         const struct line *l)
{
    struct xd_html *h = m->h;
    bool across = from->x != to->x;
    bool forward = from->x <= to->x;
    int x1 = forward ? from->x + BOX : from->x;
    int x2 = forward && across ? to->x : to->x + BOX;
    int step = forward ? STRAIGHT : -STRAIGHT;
    int y2 = arrival(m, l, to);

    xd_html_raw(h, "<path class=\"link %s\" d=\"M%d %dh%d", xd_tone_class(line_tone(l)), x1,
                l->y, step);
    if (across) {
        int middle = (x1 + x2) / 2;
        xd_html_raw(h, "C%d %d %d %d %d %dH%d\"/>", middle, l->y, middle, y2, x2 - step, y2,
                    x2);
    } else {
        xd_html_raw(h, "C%d %d %d %d %d %d\"/>", x1 + step + 40, l->y, x1 + step + 40, y2,
                    x2, y2);
    }
    const char *near = forward ? "start" : "end";
    draw_text(m, forward ? "zone start" : "zone end", forward ? x1 + 8 : x1 - 8, l->y - 6,
              l->name);
    draw_state(m, near, forward ? x1 + 8 : x1 - 8, l->y + 15, l->status, l->later);
    if (across) {
        draw_other_end(m, l, forward, x2, y2);
    }
    xd_html_raw(h, "\n");
}

/* No room for far ends that there are none of. */
static void trim(struct map *m)
{
    m->from = WIDTH;
    m->to = 0;
    for (size_t i = 0; i < m->n_boxes; i++) {
        m->from = m->boxes[i].x < m->from ? m->boxes[i].x - 2 : m->from;
        m->to = m->boxes[i].x + BOX > m->to ? m->boxes[i].x + BOX + 2 : m->to;
    }
    for (size_t i = 0; i < m->n_lines; i++) {
        const struct line *l = &m->lines[i];
        struct box *b = find_box(m, l->node);
        if (b == NULL || (l->other != NULL && find_box(m, l->other) != NULL)) {
            continue;
        }
        if (is_right(l->node)) {
            m->to = WIDTH;
        } else {
            m->from = 0;
        }
    }
}

static void draw(struct map *m)
{
    struct xd_html *h = m->h;
    int width = m->to - m->from;

    xd_html_raw(
        h,
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
        "aria-label=\"Map\">\n<svg class=\"map%s\" width=\"%d\" viewBox=\"%d 0 %d %d\" "
        "role=\"img\" aria-label=\"Map of nodes, zones and tunnels; the table "
        "below says the same\">\n",
        width > NARROW ? " wide" : "", width, m->from, width, m->height);
    for (size_t i = 0; i < m->n_lines; i++) {
        const struct line *l = &m->lines[i];
        struct box *from = find_box(m, l->node);
        struct box *to = l->other != NULL ? find_box(m, l->other) : NULL;
        if (from != NULL && to != NULL && to != from) {
            draw_between(m, from, to, l);
        } else if (from != NULL) {
            draw_far(m, from, l);
        }
    }
    for (size_t i = 0; i < m->n_boxes; i++) {
        draw_box(m, &m->boxes[i]);
    }
    xd_html_raw(h, "</svg></div>\n");
}

void xd_html_map(struct xd_html *h)
{
    struct map *m = xd_alloc(sizeof(*m));

    m->h = h;
    xd_html_section(h, "map", "Nodes, zones, tunnels");
    collect(m);
    place(m);
    trim(m);
    draw(m);
    xd_html_left_out(h, m->left_out, "line");
    xd_html_nodes(h);
    xd_html_section_end(h);
    xd_free(m);
}
