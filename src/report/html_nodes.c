/*
 * html_nodes.c - the nodes, and their zones and tunnels with how these stand, as tables.
 */
#include "html_priv.h"

#include <string.h>

/* The dump of a node's status, of which the zones and tunnels name the lines. */
static const struct xd_entry *status_file(const struct xd_node *n)
{
    return n->n_zones > 0     ? n->zones[0].state.entry
           : n->n_tunnels > 0 ? n->tunnels[0].state.entry
                              : NULL;
}

static void write_nodes(struct xd_html *h)
{
    static const char *const heads[] = {"Node",  "Role",      "Version", "EKU check",
                                        "As of", "Addresses", NULL};

    xd_html_table(h, "Nodes", heads);
    for (size_t i = 0; i < h->cs->n_nodes; i++) {
        const struct xd_node *n = h->cs->nodes[i];
        xd_html_raw(h, "<tr><th scope=\"row\">");
        xd_html_text(h, n->id);
        xd_html_raw(h, "</th>");
        xd_html_cell(h, "Role");
        xd_html_text(h, xd_node_role_name(n->role));
        xd_html_raw(h, "</td>");
        xd_html_cell(h, "Version");
        xd_html_text(h, n->version.text != NULL ? n->version.text : "not known");
        xd_html_raw(h, "</td>");
        xd_html_cell(h, "EKU check");
        xd_html_text(h, xd_say_eku_check(n->eku_check));
        xd_html_raw(h, "</td>");
        xd_html_cell(h, "As of");
        xd_html_time(h, n->as_of);
        if (status_file(n) != NULL) {
            xd_html_raw(h, "<br>");
            xd_html_file(h, status_file(n));
        }
        xd_html_raw(h, "</td>");
        xd_html_cell(h, "Addresses");
        if (n->n_addrs == 0) {
            xd_html_raw(h, "not known");
        }
        xd_say_addresses(&h->say, n);
        xd_html_said(h);
        xd_html_raw(h, "</td></tr>\n");
    }
    xd_html_table_end(h);
}

struct row {
    const struct xd_node *node;
    const char *status;
    const char *reason;
    const char *later;
    const struct xd_place *place;
    const unsigned *findings;
    size_t n_findings;
    bool reasons; /* the table has a column for them */
};

/* The file is named once, with its node. */
static void write_line(struct xd_html *h, const struct row *r)
{
    const struct xd_place *at = r->place;

    if (at->entry != NULL && at->entry == status_file(r->node) && at->line != 0) {
        xd_html_raw(h, "<br><code class=\"place\">line %llu</code>",
                    (unsigned long long)at->line);
    } else {
        xd_html_raw(h, "<br>");
        xd_html_place(h, at);
    }
}

static void end_row(struct xd_html *h, const struct row *r)
{
    enum xd_tone tone = xd_status_tone(r->status);

    xd_html_cell(h, "Status");
    xd_html_badge(h, tone, r->status != NULL ? r->status : "not known");
    if (r->reason != NULL && r->reason[0] != '\0') {
        xd_html_raw(h, "<br>");
        xd_html_text(h, r->reason);
    }
    write_line(h, r);
    xd_html_raw(h, "</td>");
    if (!r->reasons) {
        xd_html_raw(h, "</tr>\n");
        return;
    }
    xd_html_cell(h, "Why");
    xd_html_finding_links(h, r->findings, r->n_findings);
    if (r->later != NULL) {
        xd_html_raw(h, r->n_findings > 0 ? "<br>" : "");
        bool failed = xd_say_is_up(r->status);
        xd_html_badge(h, failed ? XD_TONE_BAD : XD_TONE_OK,
                      failed ? XD_HTML_FAILED_LATER : XD_HTML_UP_LATER);
        xd_html_raw(h, "<br>");
        xd_html_prose(h, r->later);
    }
    xd_html_raw(h, "</td></tr>\n");
}

static void begin_row(struct xd_html *h, const struct xd_node *n)
{
    xd_html_raw(h, "<tr><th scope=\"row\">");
    xd_html_text(h, n->id);
    xd_html_raw(h, "</th>");
    xd_html_cell(h, "Zone or tunnel");
}

static void write_zone(struct xd_html *h, const struct xd_node *n, const struct xd_zone *z,
                       bool reasons)
{
    struct row r = {n,         z->status,   z->reason,     z->later,
                    &z->state, z->findings, z->n_findings, reasons};

    begin_row(h, n);
    xd_say_zone(&h->say, z);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Far end");
    if (z->n_peers == 0) {
        bool dns = z->type != NULL && strcmp(z->type, "DNS") == 0;
        xd_html_raw(h, "<span class=\"dim\">%s</span>",
                    dns ? "whom DNS names" : "not known");
    }
    for (size_t i = 0; i < z->n_peers; i++) {
        xd_html_raw(h, "%s", i > 0 ? "<br>" : "");
        xd_say_zone_peer(&h->say, z, i);
        xd_html_name(h, xd_html_taken(h));
    }
    xd_html_raw(h, "</td>");
    end_row(h, &r);
}

static size_t write_tunnels(struct xd_html *h, const struct xd_node *n, size_t at,
                            bool reasons)
{
    const struct xd_tunnel *t = &n->tunnels[at];
    struct row r = {n,         t->status,   t->reason,     t->later,
                    &t->state, t->findings, t->n_findings, reasons};

    begin_row(h, n);
    size_t alike = xd_say_tunnels(&h->say, n, at);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Far end");
    xd_html_text(h, t->target != NULL ? t->target : "?");
    xd_html_raw(h, "</td>");
    end_row(h, &r);
    return alike;
}

/* Is there anything to say in a column of reasons? */
static bool has_reasons(const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            if (n->zones[z].n_findings > 0 || n->zones[z].later != NULL) {
                return true;
            }
        }
        for (size_t t = 0; t < n->n_tunnels; t++) {
            if (n->tunnels[t].n_findings > 0 || n->tunnels[t].later != NULL) {
                return true;
            }
        }
    }
    return false;
}

static void write_zones(struct xd_html *h)
{
    static const char *const heads[] = {
        "Node", "Zone or tunnel", "Far end", "Status", "Why", NULL};
    static const char *const plain[] = {"Node", "Zone or tunnel", "Far end", "Status",
                                        NULL};
    bool reasons = has_reasons(h->cs);
    size_t shown = 0;
    size_t left_out = 0;

    xd_html_table(h, "Zones and SSH tunnels, as of the start of logging",
                  reasons ? heads : plain);
    for (size_t i = 0; i < h->cs->n_nodes; i++) {
        const struct xd_node *n = h->cs->nodes[i];
        for (size_t z = 0; z < n->n_zones; z++) {
            if (shown++ < XD_HTML_ROWS) {
                write_zone(h, n, &n->zones[z], reasons);
            } else {
                left_out++;
            }
        }
        for (size_t t = 0; t < n->n_tunnels;) {
            if (shown++ < XD_HTML_ROWS) {
                t += write_tunnels(h, n, t, reasons);
            } else {
                left_out++;
                t++;
            }
        }
    }
    xd_html_table_end(h);
    xd_html_left_out(h, left_out, "row");
}

void xd_html_nodes(struct xd_html *h)
{
    bool any = false;

    for (size_t i = 0; i < h->cs->n_nodes; i++) {
        any = any || h->cs->nodes[i]->n_zones + h->cs->nodes[i]->n_tunnels > 0;
    }
    write_nodes(h);
    if (any) {
        write_zones(h);
    }
}
