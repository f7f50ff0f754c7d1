/*
 * html_ladder.c - a conversation as a ladder: who sent what when, in which frame of which
 * capture, with the certificates, their stores and the alert; as a drawing and a table.
 *
 * Where both ends were captured, each message has the frame numbers of both captures.
 */
#include "html_priv.h"

#include <string.h>

/* The drawing, in its own units. */
enum {
    WIDTH = 920,
    HEAD = 58,      /* names of the ends */
    ROW = 30,       /* one message */
    NOTE = 40,      /* a box under it */
    LEFT = 190,     /* lifeline of the client */
    RIGHT = 730,    /* of the server */
    MIDDLE = 460,   /* of something on the path */
    LABEL_MAX = 84, /* characters over an arrow, in smaller letters from the next on */
    LABEL_ROOM = 72,
    FATAL_MAX = 76, /* bold ones */
    FATAL_ROOM = 64,
    NOTE_MAX = 66, /* in a box */
    NAME_MAX = 44, /* of an end */
};

/* One message with everything that is known of it. */
struct rung {
    struct xd_ladder_row row;
    uint64_t other_frame; /* in the other capture, 0: not there */
    const struct xd_presented *presented;
    const struct xd_inferred *inferred;
    const struct xd_alert *alert;
    bool fatal; /* it ended the conversation */
};

struct ladder {
    struct xd_html *h;
    const struct xd_flow *flow;
    const struct xd_flow *other; /* the same connection in another capture, or NULL */
    struct xd_ladder rows;       /* what the rungs point to */
    struct rung *rungs;
    size_t n;
    size_t left_out;
};

static bool same_place(const struct xd_place *a, const struct xd_place *b)
{
    return a->entry == b->entry && a->frame == b->frame && a->entry != NULL;
}

static bool is_named(const struct rung *r, const char *part)
{
    return r->row.message != NULL && strstr(r->row.message->name, part) != NULL;
}

/* The rung at that place by that side whose name holds the part, else any such rung. */
static struct rung *find_rung(const struct ladder *l, const struct xd_place *place,
                              enum xd_side by, const char *part)
{
    struct rung *any = NULL;

    for (size_t i = 0; i < l->n; i++) {
        struct rung *r = &l->rungs[i];
        if (!same_place(r->row.place, place) || r->row.by != by) {
            continue;
        }
        if (is_named(r, part)) {
            return r;
        }
        any = any == NULL ? r : any;
    }
    return any;
}

static void collect_rungs(struct ladder *l)
{
    struct xd_ladder_row row;

    xd_ladder_begin(&l->rows, l->flow);
    l->rungs = xd_arena_alloc(l->h->scratch, XD_HTML_RUNGS * sizeof(*l->rungs));
    while (xd_ladder_next(&l->rows, &row)) {
        if (l->n == XD_HTML_RUNGS) {
            l->left_out++;
            continue;
        }
        l->rungs[l->n++] = (struct rung){.row = row};
    }
}

static bool same_row(const struct xd_ladder_row *a, const struct xd_ladder_row *b)
{
    if (a->by != b->by || (a->message == NULL) != (b->message == NULL)) {
        return false;
    }
    return a->message == NULL ? a->bytes == b->bytes
                              : strcmp(a->message->name, b->message->name) == 0 &&
                                    a->message->length == b->message->length;
}

/* The first rung like it that has no partner yet. */
static void match_other(struct ladder *l)
{
    struct xd_ladder at;
    struct xd_ladder_row row;

    xd_ladder_begin(&at, l->other);
    for (size_t n = 0; n < XD_HTML_RUNGS && xd_ladder_next(&at, &row); n++) {
        for (size_t i = 0; i < l->n; i++) {
            if (l->rungs[i].other_frame == 0 && same_row(&l->rungs[i].row, &row)) {
                l->rungs[i].other_frame = row.place->frame;
                break;
            }
        }
    }
}

/* What got no answer: the last that was sent before the ends closed. */
static struct rung *unanswered_rung(const struct ladder *l)
{
    struct rung *last = NULL;

    for (size_t i = 0; i < l->n; i++) {
        struct rung *r = &l->rungs[i];
        if (!is_named(r, "FIN") && !is_named(r, "RST")) {
            last = r;
        }
    }
    return last;
}

static void mark_failure(struct ladder *l)
{
    const struct xd_failure *failure = &l->flow->failure;
    enum xd_side by = failure->by == XD_BY_CLIENT ? XD_CLIENT : XD_SERVER;
    struct rung *r = NULL;

    if (failure->kind == XD_FAILURE_UNANSWERED) {
        r = unanswered_rung(l);
    } else if (failure->kind != XD_FAILURE_NONE) {
        r = find_rung(l, &failure->place, by, "lert");
    }
    if (r != NULL) {
        r->fatal = true;
    }
}

static void attach_facts(struct ladder *l)
{
    const struct xd_flow *f = l->flow;
    struct rung *r;

    for (size_t i = 0; i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];
        r = find_rung(l, &p->place, p->by, f->ssh != NULL ? "reply" : "Certificate");
        if (r != NULL && r->presented == NULL) {
            r->presented = p;
        }
    }
    for (size_t i = 0; i < f->n_inferred; i++) {
        const struct xd_inferred *x = &f->inferred[i];
        r = find_rung(l, &x->place, x->by, "encrypted");
        if (r != NULL && r->inferred == NULL) {
            r->inferred = x;
        }
    }
    for (size_t i = 0; i < f->n_alerts; i++) {
        const struct xd_alert *a = &f->alerts[i];
        r = find_rung(l, &a->place, a->by, "lert");
        if (r != NULL && is_named(r, "lert")) {
            r->alert = a;
        }
    }
    mark_failure(l);
}

/* The same connection in another capture, if there is one. */
static const struct xd_flow *other_view(const struct xd_html *h, const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        const struct xd_flow *g = xd_report_flow(h->cs, f->same_as[i]);
        if (g != NULL && g->view != f->view) {
            return g;
        }
    }
    return NULL;
}

/* ---- what is said of a rung ---- */

static void say_hello(struct xd_out *o, const struct xd_flow *f, const char *name)
{
    char text[8];

    if (f->tls == NULL) {
        return;
    }
    if (strcmp(name, "ClientHello") == 0) {
        const char *version = xd_say_tls_version(f->tls->client_version, text);
        if (version != NULL) {
            xd_out_printf(o, ", up to %s", version);
        }
        if (f->tls->sni != NULL) {
            xd_out_printf(o, ", asks for %s", f->tls->sni);
        }
    } else if (strcmp(name, "ServerHello") == 0) {
        const char *version = xd_say_tls_version(f->tls->version, text);
        const char *cipher = xd_tls_cipher_name(f->tls->cipher);
        if (version != NULL) {
            xd_out_printf(o, ", %s", version);
        }
        if (cipher != NULL) {
            xd_out_printf(o, ", %s", cipher);
        }
    }
}

static void say_rung(struct xd_out *o, const struct xd_flow *f, const struct rung *r)
{
    if (r->fatal && r->alert == NULL && (is_named(r, "FIN") || is_named(r, "RST"))) {
        xd_say_failure(o, f); /* it names them */
        return;
    }
    xd_say_ladder_row(o, &r->row);
    if (r->alert != NULL && r->alert->code >= 0) {
        const char *name = xd_alert_name(r->alert->code);
        xd_out_printf(o, " %d", r->alert->code);
        xd_out_printf(o, "%s%s", name != NULL ? " " : "", name != NULL ? name : "");
    }
    if (r->row.message != NULL) {
        say_hello(o, f, r->row.message->name);
    }
    if (r->fatal && f->failure.kind == XD_FAILURE_UNANSWERED) {
        xd_out_text(o, ": no answer");
    } else if (r->fatal && r->alert == NULL) {
        xd_out_text(o, ": ");
        xd_say_failure(o, f);
    }
}

/* First line of the box: what was presented. */
static bool say_what(struct xd_out *o, const struct rung *r)
{
    if (r->presented != NULL && r->presented->n_certs > 0) {
        const struct xd_cert *c = r->presented->certs[0];
        xd_out_printf(o, "\"%s\", ", xd_say_cert_name(c));
        xd_say_purposes(o, c);
        return true;
    }
    if (r->presented != NULL) {
        xd_out_text(o, "no certificate");
        return true;
    }
    if (r->inferred != NULL) {
        xd_out_text(o, "a certificate that cannot be read");
        return true;
    }
    return false;
}

/* Second line: from which store. */
static void say_store(struct xd_out *o, const struct rung *r)
{
    if (r->presented != NULL) {
        xd_say_conclusion(o, r->presented);
    } else if (r->inferred != NULL) {
        xd_say_inferred(o, r->inferred);
    }
}

static bool has_note(const struct rung *r)
{
    return r->presented != NULL || r->inferred != NULL;
}

static bool is_odd(const struct rung *r)
{
    return r->presented != NULL &&
           (r->presented->conclusion == XD_CONCLUSION_OTHER_STORE ||
            r->presented->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE);
}

/* ---- the drawing ---- */

static void draw_end(const struct ladder *l, enum xd_side side, int x)
{
    struct xd_html *h = l->h;
    const struct xd_flow *f = l->flow;
    char text[XD_ENDPOINT_TEXT];

    /* Bundles of one node differ by their time: that stands with the address. */
    const char *at = f->node[side] != NULL ? strchr(f->node[side]->id, '@') : NULL;

    xd_html_raw(h, "<text class=\"name\" x=\"%d\" y=\"18\">", x);
    if (at != NULL) {
        xd_out_printf(&h->say, "%.*s", (int)(at - f->node[side]->id), f->node[side]->id);
    } else {
        xd_say_side(&h->say, f, side);
    }
    if (f->node[side] != NULL && f->node[side]->role != XD_ROLE_UNKNOWN) {
        xd_out_printf(&h->say, " (%s)",
                      f->node[side]->role == XD_ROLE_C ? "Expressway-C" : "Expressway-E");
    }
    xd_html_said_short(h, NAME_MAX);
    xd_html_raw(h, "</text><text class=\"sub\" x=\"%d\" y=\"35\">", x);
    xd_out_printf(&h->say, "%s%s%s", at != NULL ? at + 1 : "", at != NULL ? ", " : "",
                  xd_endpoint_format(&f->end[side], text));
    xd_html_said_short(h, NAME_MAX + 20);
    xd_html_raw(h, "</text>\n");
    xd_html_raw(h, "<text class=\"sub\" x=\"%d\" y=\"50\">%s</text>\n", x,
                side == XD_CLIENT ? "client" : "server");
}

/* A capture of the client's node stands at the client's lifeline. */
static bool frames_left(const struct ladder *l)
{
    const struct xd_node *client = l->flow->node[XD_CLIENT];
    const struct xd_entry *e = l->flow->first.entry;

    for (size_t i = 0; client != NULL && e != NULL && i < client->n_entries; i++) {
        if (client->entries[i] == e) {
            return true;
        }
    }
    return l->other == NULL;
}

static void draw_frames(const struct ladder *l, const struct rung *r, int y)
{
    struct xd_html *h = l->h;
    bool left = frames_left(l);

    xd_html_raw(h, "<text class=\"time\" x=\"8\" y=\"%d\">", y + 4);
    xd_say_offset(&h->say, l->flow->first.time, r->row.place->time);
    xd_html_said(h);
    xd_html_raw(h, "</text>");
    if (r->row.place->frame != 0) {
        xd_html_raw(h, "<text class=\"frame %s\" x=\"%d\" y=\"%d\">%llu</text>",
                    left ? "end" : "start", left ? LEFT - 14 : RIGHT + 14, y + 4,
                    (unsigned long long)r->row.place->frame);
    }
    if (r->other_frame != 0) {
        xd_html_raw(h, "<text class=\"frame %s\" x=\"%d\" y=\"%d\">%llu</text>",
                    left ? "start" : "end", left ? RIGHT + 14 : LEFT - 14, y + 4,
                    (unsigned long long)r->other_frame);
    }
}

static void draw_arrow(const struct ladder *l, const struct rung *r, int y)
{
    struct xd_html *h = l->h;
    bool path = r->fatal && l->flow->failure.by == XD_BY_PATH;
    int from = path ? MIDDLE : r->row.by == XD_CLIENT ? LEFT : RIGHT;
    int to = r->row.by == XD_CLIENT ? RIGHT : LEFT;
    int back = to > from ? -9 : 9;
    const char *class = r->fatal ? " fatal" : r->row.message == NULL ? " hidden" : "";

    xd_html_raw(h, "<path class=\"arrow%s\" d=\"M%d %dH%d\"/>", class, from, y, to + back);
    xd_html_raw(h, "<path class=\"tip%s\" d=\"M%d %dl%d -4v8z\"/>", class, to, y, back);
    say_rung(&h->say, l->flow, r);
    const char *said = xd_html_taken(h);
    bool small = strlen(said) > (r->fatal ? FATAL_ROOM : LABEL_ROOM);
    xd_html_raw(h, "<text class=\"label%s%s\" x=\"%d\" y=\"%d\">", class,
                small ? " small" : "", (LEFT + RIGHT) / 2, y - 5);
    xd_html_short(h, said, r->fatal ? FATAL_MAX : LABEL_MAX);
    xd_html_raw(h, "</text>\n");
}

/* A box at the sender's side: the certificate and its store. */
static void draw_note(const struct ladder *l, const struct rung *r, int y)
{
    struct xd_html *h = l->h;
    int x = r->row.by == XD_CLIENT ? LEFT + 10 : RIGHT - 10 - 400;

    xd_html_raw(h,
                "<g class=\"note%s\"><rect x=\"%d\" y=\"%d\" width=\"400\" height=\"34\" "
                "rx=\"4\"/>",
                is_odd(r) ? " odd" : "", x, y + 5);
    xd_html_raw(h, "<text x=\"%d\" y=\"%d\">", x + 8, y + 19);
    (void)say_what(&h->say, r);
    xd_html_said_short(h, NOTE_MAX);
    xd_html_raw(h, "</text><text class=\"store\" x=\"%d\" y=\"%d\">", x + 8, y + 33);
    say_store(&h->say, r);
    xd_html_said_short(h, NOTE_MAX);
    xd_html_raw(h, "</text></g>\n");
}

static void draw(const struct ladder *l)
{
    struct xd_html *h = l->h;
    int height = HEAD + 14;

    for (size_t i = 0; i < l->n; i++) {
        height += ROW + (has_note(&l->rungs[i]) ? NOTE : 0);
    }
    xd_html_raw(h,
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
                "aria-label=\"Ladder of conversation %u\">\n",
                l->flow->id);
    xd_html_raw(h,
                "<svg class=\"ladder wide\" viewBox=\"0 0 %d %d\" role=\"img\" "
                "aria-label=\"Ladder of conversation %u; the table below says the "
                "same\">\n",
                WIDTH, height, l->flow->id);
    draw_end(l, XD_CLIENT, LEFT);
    draw_end(l, XD_SERVER, RIGHT);
    xd_html_raw(h, "<text class=\"sub\" x=\"34\" y=\"50\">seconds</text>");
    xd_html_raw(h, "<path class=\"life\" d=\"M%d %dV%dM%d %dV%d\"/>\n", LEFT, HEAD, height,
                RIGHT, HEAD, height);
    if (l->flow->failure.by == XD_BY_PATH) {
        xd_html_raw(h,
                    "<text class=\"name\" x=\"%d\" y=\"18\">on the path</text><path "
                    "class=\"life path\" d=\"M%d %dV%d\"/>\n",
                    MIDDLE, MIDDLE, HEAD, height);
    }
    int y = HEAD + 22;
    for (size_t i = 0; i < l->n; i++) {
        const struct rung *r = &l->rungs[i];
        draw_frames(l, r, y);
        draw_arrow(l, r, y);
        if (has_note(r)) {
            draw_note(l, r, y);
            y += NOTE;
        }
        y += ROW;
    }
    xd_html_raw(h, "</svg></div>\n");
}

/* ---- the table ---- */

static void write_rung(const struct ladder *l, const struct rung *r)
{
    struct xd_html *h = l->h;

    xd_html_raw(h, r->fatal ? "<tr class=\"fatal\">" : "<tr>");
    xd_html_cell(h, "Seconds");
    xd_say_offset(&h->say, l->flow->first.time, r->row.place->time);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Frame");
    xd_html_raw(h, "%llu</td>", (unsigned long long)r->row.place->frame);
    if (l->other != NULL) {
        xd_html_cell(h, "Other capture");
        if (r->other_frame != 0) {
            xd_html_raw(h, "%llu", (unsigned long long)r->other_frame);
        }
        xd_html_raw(h, "</td>");
    }
    xd_html_cell(h, "From");
    xd_say_side(&h->say, l->flow, r->row.by);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Message");
    say_rung(&h->say, l->flow, r);
    xd_html_said(h);
    if (say_what(&h->say, r)) {
        xd_out_text(&h->say, ", ");
        say_store(&h->say, r);
        const char *note = xd_html_taken(h);
        xd_html_raw(h, "<br><span class=\"dim\">");
        xd_html_text(h, note);
        xd_html_raw(h, "</span>");
    }
    xd_html_raw(h, "</td></tr>\n");
}

static void write_table(const struct ladder *l)
{
    static const char *const one[] = {"Seconds", "Frame", "From", "Message", NULL};
    static const char *const two[] = {"Seconds", "Frame",   "Other capture",
                                      "From",    "Message", NULL};

    xd_html_raw(l->h, "<details class=\"twin\"><summary>The same as a table</summary>\n");
    xd_html_table(l->h, "Messages of the conversation", l->other != NULL ? two : one);
    for (size_t i = 0; i < l->n; i++) {
        write_rung(l, &l->rungs[i]);
    }
    xd_html_table_end(l->h);
    xd_html_raw(l->h, "</details>\n");
}

static void write_caption(const struct ladder *l)
{
    struct xd_html *h = l->h;
    const struct xd_flow *f = l->flow;

    xd_html_raw(h, "<p class=\"caption\">Frame numbers %s are of ",
                l->other == NULL ? ""
                : frames_left(l) ? "on the left"
                                 : "on the right");
    xd_html_file(h, f->first.entry);
    if (l->other != NULL) {
        xd_html_raw(h, ", on the other side of ");
        xd_html_file(h, l->other->first.entry);
    }
    xd_html_raw(h, "; seconds from ");
    xd_html_time(h, f->first.time);
    xd_html_raw(h, ". In Wireshark: ");
    xd_html_flow_filter(h, f);
    xd_html_raw(h, "</p>\n");
}

static void write_summary(const struct ladder *l)
{
    struct xd_html *h = l->h;
    const struct xd_flow *f = l->flow;
    enum xd_tone tone = xd_outcome_tone(f);

    xd_html_raw(h, "<summary>");
    xd_html_sign(h, tone);
    xd_say_side(&h->say, f, XD_CLIENT);
    xd_out_text(&h->say, " → ");
    xd_say_target(&h->say, f);
    xd_out_printf(&h->say, ", %s, ", xd_service_name(f->service));
    xd_say_protocol(&h->say, f);
    xd_out_printf(&h->say, ", #%u: ", f->id);
    xd_say_outcome(&h->say, f);
    xd_html_said(h);
    xd_html_raw(h, "</summary>\n");
}

/* One alike that is drawn already: a link to it is enough. */
static const struct xd_flow *find_drawn(const struct xd_html *h, const struct xd_flow *f)
{
    for (size_t i = 0; i < h->n_ladders; i++) {
        if (h->ladders[i] == f || xd_group_same_flow(h->ladders[i], f)) {
            return h->ladders[i];
        }
    }
    return NULL;
}

bool xd_html_ladder(struct xd_html *h, const struct xd_flow *f, bool open)
{
    struct ladder l = {.h = h, .flow = f, .other = other_view(h, f)};
    const struct xd_flow *drawn = find_drawn(h, f);

    if (drawn != NULL) {
        xd_html_raw(h, "<p>%s <a href=\"#ladder-%u\">ladder of #%u</a>.</p>\n",
                    drawn == f ? "Drawn above:" : "As in the", drawn->id, drawn->id);
        return true;
    }
    if (h->n_ladders == XD_HTML_LADDERS) {
        h->ladders_left_out++;
        return false;
    }
    h->ladders[h->n_ladders++] = f;
    collect_rungs(&l);
    if (l.other != NULL) {
        match_other(&l);
    }
    attach_facts(&l);
    xd_html_raw(h, "<details class=\"ladder-box\" id=\"ladder-%u\"%s>\n", f->id,
                open ? " open" : "");
    write_summary(&l);
    draw(&l);
    write_caption(&l);
    xd_html_left_out(h, l.left_out, "message");
    write_table(&l);
    xd_html_raw(h, "</details>\n");
    return true;
}
