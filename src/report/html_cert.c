/*
 * html_cert.c - certificates: purposes as a matrix, each node's two stores side by side,
 * chains, validity, and what was seen on the wire.
 */
#include "html_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum { CHAIN_MAX = 8, SAN_SHOWN = 12, BAR = 300 };

bool xd_html_has_certificates(const struct xd_case *cs)
{
    return cs->n_nodes > 0 || cs->n_pems > 0;
}

static bool has_client_store(const struct xd_node *n)
{
    return xd_node_has_two_stores(n) || n->client.entry != NULL;
}

/* ---- validity ---- */

static void widen(struct xd_scale *s, const struct xd_store *store)
{
    if (store->n_certs == 0 || !store->certs[0]->parsed) {
        return;
    }
    const struct xd_cert *c = store->certs[0];
    s->from = s->from == XD_TIME_NONE || c->not_before < s->from ? c->not_before : s->from;
    s->to = s->to == XD_TIME_NONE || c->not_after > s->to ? c->not_after : s->to;
}

/* When its dumps were written, by the node's own clock: another's may be wrong. */
static xd_time time_of(const struct xd_case *cs, const struct xd_node *n)
{
    return n->as_of != XD_TIME_NONE ? n->as_of : cs->last_seen;
}

/* One scale for all leaves of the case, so that bars can be compared. */
static struct xd_scale case_scale(const struct xd_case *cs)
{
    struct xd_scale s = {XD_TIME_NONE, XD_TIME_NONE, XD_TIME_NONE};

    for (size_t i = 0; i < cs->n_nodes; i++) {
        widen(&s, &cs->nodes[i]->server);
        widen(&s, &cs->nodes[i]->client);
    }
    for (size_t i = 0; i < cs->n_nodes && s.from != XD_TIME_NONE; i++) {
        xd_time at = time_of(cs, cs->nodes[i]);
        if (at != XD_TIME_NONE) {
            s.now = at;
            s.from = at < s.from ? at : s.from;
            s.to = at > s.to ? at : s.to;
        }
    }
    return s;
}

/* By days: a certificate may claim to be valid for ten thousand years. */
static int on_scale(const struct xd_scale *s, xd_time t)
{
    xd_time all = (s->to / XD_DAY) - (s->from / XD_DAY);
    xd_time at = (t / XD_DAY) - (s->from / XD_DAY);

    if (all <= 0 || at < 0) {
        return 0;
    }
    return at > all ? BAR : (int)(at * BAR / all);
}

void xd_html_validity(struct xd_html *h, const struct xd_scale *s, const struct xd_cert *c)
{
    if (s->from == XD_TIME_NONE || !c->parsed) {
        return;
    }
    int from = on_scale(s, c->not_before);
    int to = on_scale(s, c->not_after);
    int now = s->now == XD_TIME_NONE ? -1 : on_scale(s, s->now);
    bool valid =
        s->now == XD_TIME_NONE || (c->not_before <= s->now && s->now <= c->not_after);

    xd_html_raw(
        h,
        "<svg class=\"validity\" viewBox=\"-2 0 %d 14\" aria-hidden=\"true\"><rect "
        "class=\"axis\" x=\"0\" y=\"6\" width=\"%d\" height=\"2\"/><rect class=\"%s\" "
        "x=\"%d\" y=\"3\" width=\"%d\" height=\"8\" rx=\"2\"/>",
        BAR + 4, BAR, valid ? "ok" : "bad", from, to - from < 2 ? 2 : to - from);
    if (now >= 0) {
        xd_html_raw(h, "<path class=\"now\" d=\"M%d 0V14\"/>", now);
    }
    xd_html_raw(h, "</svg>");
}

/* ---- chains ---- */

static const struct xd_cert *issuer_in(const struct xd_cert *c, struct xd_cert *const *list,
                                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i]->parsed && list[i] != c &&
            xd_slice_equal(list[i]->subject_der, c->issuer_der)) {
            return list[i];
        }
    }
    return NULL;
}

/* ---- purposes as a matrix ---- */

static bool permits(const struct xd_cert *c, bool server)
{
    return server ? xd_cert_permits_server(c) : xd_cert_permits_client(c);
}

/* A CA whose own Extended Key Usage leaves the purpose out limits all below it. */
static bool is_limited(const struct xd_node *n, const struct xd_store *s, bool server)
{
    const struct xd_cert *c = s->certs[0];

    for (size_t i = 0; i < CHAIN_MAX && c != NULL && !c->self_signed; i++) {
        const struct xd_cert *next = issuer_in(c, n->ca.certs, n->ca.n_certs);
        c = next != NULL ? next : issuer_in(c, s->certs, s->n_certs);
        if (c != NULL && !permits(c, server)) {
            return true;
        }
    }
    return false;
}

static void write_purpose(struct xd_html *h, const struct xd_node *n,
                          const struct xd_store *s, bool server, enum xd_tone lack)
{
    const struct xd_cert *c = s->certs[0];
    bool named = server ? c->eku.server_auth : c->eku.client_auth;

    xd_html_cell(h, server ? "serverAuth" : "clientAuth");
    if (permits(c, server) && !is_limited(n, s, server)) {
        xd_html_badge(h, XD_TONE_OK, named ? "named" : "not limited");
    } else if (lack == XD_TONE_NONE) {
        xd_html_raw(h, "<span class=\"badge\">not needed</span>");
    } else if (permits(c, server)) {
        xd_html_badge(h, lack, "its CA forbids it");
    } else {
        xd_html_badge(h, lack, "missing");
    }
    xd_html_raw(h, "</td>");
}

/* Does a fault name it for its purpose? */
static bool is_blamed(const struct xd_case *cs, const struct xd_cert *c)
{
    for (size_t i = 0; i < cs->n_findings; i++) {
        const struct xd_finding *f = cs->findings[i];
        bool purpose =
            f->id == XD_F_CLIENT_EKU_MISSING || f->id == XD_F_SERVER_EKU_MISSING ||
            f->id == XD_F_SSH_CLIENT_EKU_MISSING || f->id == XD_F_SIP_SERVICE_EKU_MISSING;
        if (purpose && f->n_certs > 0 && f->certs[0] == c) {
            return true;
        }
    }
    return false;
}

struct use {
    const char *store;
    const char *when;
    bool server; /* what that use needs */
    bool client;
};

static void write_use(struct xd_html *h, const struct xd_node *n, const struct xd_store *s,
                      const struct use *use)
{
    xd_html_raw(h, "<tr><th scope=\"row\">");
    xd_html_text(h, n->id);
    xd_html_raw(h, "<br><span class=\"dim nowrap\">%s</span></th>", use->store);
    xd_html_cell(h, "Presented");
    xd_html_raw(h, "%s</td>", use->when);
    if (s->n_certs == 0 || !s->certs[0]->parsed) {
        xd_html_cell(h, "serverAuth");
        xd_html_raw(h, "%s</td>",
                    s->entry == NULL ? "no file in the bundle" : "no readable certificate");
        xd_html_cell(h, "clientAuth");
        xd_html_raw(h, "</td><td></td></tr>\n");
        return;
    }
    /* A client certificate matters on C for MRA; on E only to far ends that check. */
    bool bad = n->role == XD_ROLE_C || is_blamed(h->cs, s->certs[0]);
    enum xd_tone client = bad ? XD_TONE_BAD : XD_TONE_WARN;
    write_purpose(h, n, s, true, use->server ? XD_TONE_BAD : XD_TONE_NONE);
    write_purpose(h, n, s, false, use->client ? client : XD_TONE_NONE);
    xd_html_cell(h, "Certificate");
    xd_html_name(h, xd_say_cert_name(s->certs[0]));
    xd_html_raw(h, "<br><span class=\"dim\">");
    xd_say_issuer(&h->say, s->certs[0]);
    xd_html_said(h);
    xd_html_raw(h, "</span></td></tr>\n");
}

static void write_matrix(struct xd_html *h)
{
    static const char *const heads[] = {"Store",      "Presented",   "serverAuth",
                                        "clientAuth", "Certificate", NULL};
    static const struct use server = {"server store", "where it answers a handshake", true,
                                      false};
    static const struct use client = {"client store", "where it opens one", false, true};
    static const struct use both = {"the one store", "always (before X15.5)", true, true};
    static const struct use any = {"server store", "version not known", true, true};

    xd_html_raw(h, "<h3>Purposes at a glance</h3>\n<div class=\"purposes\">\n");
    xd_html_table(h, "Extended Key Usage of each store against what its use needs", heads);
    for (size_t i = 0; i < h->cs->n_nodes; i++) {
        const struct xd_node *n = h->cs->nodes[i];
        bool two = has_client_store(n);
        const struct use *one = n->version.text != NULL ? &both : &any;
        write_use(h, n, &n->server, two ? &server : one);
        if (two) {
            write_use(h, n, &n->client, &client);
        }
    }
    xd_html_table_end(h);
    xd_html_raw(h, "</div>\n");
}

/* By names, as a reader follows them; the verdict on the chain is the replay's. */
static void write_chain(struct xd_html *h, const struct xd_node *n,
                        const struct xd_store *s)
{
    const struct xd_cert *c = s->certs[0];

    xd_html_raw(h, "<ol class=\"chain\"><li>");
    xd_html_name(h, xd_say_cert_name(c));
    xd_html_raw(h, "</li>");
    for (size_t i = 0; i < CHAIN_MAX && !c->self_signed; i++) {
        const struct xd_cert *next = issuer_in(c, n->ca.certs, n->ca.n_certs);
        bool trusted = next != NULL;
        next = trusted ? next : issuer_in(c, s->certs, s->n_certs);
        if (next == NULL) {
            xd_html_raw(h, "<li class=\"missing\">");
            xd_html_text(h, c->issuer_cn != NULL ? c->issuer_cn : c->issuer);
            xd_html_raw(h, "<br><span class=\"dim\">not in its CA file</span></li>");
            break;
        }
        xd_html_raw(h, "<li>");
        xd_html_name(h, xd_say_cert_name(next));
        xd_html_raw(h, "<br><span class=\"dim\">%s</span></li>",
                    trusted ? "in its CA file" : "in the same file");
        c = next;
    }
    xd_html_raw(h, "</ol><span class=\"dim\">by its own CA file: ");
    xd_say_chain(&h->say, n, s);
    xd_html_said(h);
    xd_html_raw(h, "</span>");
}

/* ---- the two stores side by side ---- */

static void write_names(struct xd_html *h, const struct xd_cert *c)
{
    size_t shown = c->n_san < SAN_SHOWN ? c->n_san : SAN_SHOWN;

    for (size_t i = 0; i < shown; i++) {
        xd_html_raw(h, i == 0 ? "" : ", ");
        xd_html_name(h, c->san[i].text);
    }
    if (shown < c->n_san) {
        xd_html_raw(h, " and %zu more", c->n_san - shown);
    }
    if (c->n_san == 0) {
        xd_html_raw(h, "none");
    }
}

/* "sha256WithRSAEncryption" is a long word for half a phone. */
static void write_key(struct xd_html *h, const struct xd_cert *c)
{
    const char *with = c->signature != NULL ? strstr(c->signature, "WithRSA") : NULL;

    xd_html_text(h, c->key != NULL ? c->key : "?");
    xd_html_raw(h, ", signed with ");
    if (with != NULL) {
        with += strlen("With");
        xd_html_text(
            h, xd_arena_text(h->scratch, c->signature, (size_t)(with - c->signature)));
        xd_html_raw(h, "<wbr>");
    }
    xd_html_text(h, with != NULL ? with : c->signature != NULL ? c->signature : "?");
}

static void write_key_usage(struct xd_html *h, const struct xd_cert *c)
{
    bool any = false;

    for (unsigned bit = 0; c->has_key_usage && xd_key_usage_name(bit) != NULL; bit++) {
        if ((c->key_usage & 1U << bit) != 0) {
            xd_html_raw(h, "%s%s", any ? ", " : "", xd_key_usage_name(bit));
            any = true;
        }
    }
    xd_html_raw(h, any ? "" : "not limited");
}

/* Seen from the time of the node's dumps. */
static void say_days_left(struct xd_out *o, const struct xd_cert *c, xd_time now)
{
    if (now == XD_TIME_NONE) {
        return;
    }
    xd_time days = c->not_after / XD_DAY - now / XD_DAY;
    if (c->not_before > now) {
        xd_out_text(o, ", not yet valid");
    } else if (c->not_after < now) {
        xd_out_text(o, ", ended ");
        xd_say_count(o, (uint64_t)-days, "day");
        xd_out_text(o, " before");
    } else {
        xd_out_text(o, ", ");
        xd_say_count(o, (uint64_t)days, "day");
        xd_out_text(o, " left");
    }
}

enum field { PURPOSES, ISSUER, VALID, NAMES, CHAIN, KEY, USAGE, SERIAL, HASH, FILE_NAME };

static void write_field(struct xd_html *h, const struct xd_node *n,
                        const struct xd_store *s, enum field field,
                        const struct xd_scale *scale)
{
    const struct xd_cert *c = s->certs[0];
    char hex[65];

    switch (field) {
    case PURPOSES:
        xd_say_purposes(&h->say, c);
        break;
    case ISSUER:
        xd_say_issuer(&h->say, c);
        break;
    case VALID:
        xd_say_validity(&h->say, c);
        say_days_left(&h->say, c, scale->now);
        xd_html_said(h);
        xd_html_validity(h, scale, c);
        break;
    case NAMES:
        write_names(h, c);
        break;
    case CHAIN:
        write_chain(h, n, s);
        break;
    case KEY:
        write_key(h, c);
        break;
    case USAGE:
        write_key_usage(h, c);
        break;
    case SERIAL:
        xd_html_raw(h, "<code class=\"hash\">");
        xd_html_text(h, c->serial);
        xd_html_raw(h, "</code>");
        break;
    case HASH:
        xd_text_hex(c->sha256, sizeof(c->sha256), hex);
        xd_html_raw(h, "<code class=\"hash\">%s</code>", hex);
        break;
    case FILE_NAME:
        xd_html_file(h, s->entry);
        break;
    }
    xd_html_said(h);
}

static void write_store_cell(struct xd_html *h, const struct xd_node *n,
                             const struct xd_store *s, enum field field,
                             const struct xd_scale *scale)
{
    if (s->n_certs == 0) {
        xd_html_raw(h, "%s",
                    field != PURPOSES  ? ""
                    : s->entry == NULL ? "no file in the bundle"
                                       : "no certificate in the file");
    } else if (!s->certs[0]->parsed && field < FILE_NAME) {
        xd_html_raw(h, field == PURPOSES ? "not a readable certificate" : "");
    } else {
        write_field(h, n, s, field, scale);
    }
}

static void write_store_head(struct xd_html *h, const char *what, const struct xd_store *s)
{
    xd_html_raw(h, "<th scope=\"col\">%s", what);
    if (s->n_certs > 0) {
        xd_html_raw(h, "<br><span class=\"cn\">");
        xd_html_name(h, xd_say_cert_name(s->certs[0]));
        xd_html_raw(h, "</span>");
    }
    xd_html_raw(h, "</th>");
}

static void write_stores(struct xd_html *h, const struct xd_node *n,
                         const struct xd_scale *scale)
{
    static const char *const fields[] = {
        "Purposes", "Issued by", "Valid",  "Names",   "Chain",
        "Key",      "Key usage", "Serial", "SHA-256", "File",
    };
    bool two = has_client_store(n);
    bool empty = n->server.n_certs == 0 && n->client.n_certs == 0;
    unsigned rows = empty ? 1 : sizeof(fields) / sizeof(fields[0]);

    xd_html_raw(h, "<div class=\"scroll\" role=\"group\" tabindex=\"0\"");
    xd_html_attr(h, "aria-label", n->id);
    xd_html_raw(h, "><table class=\"stores\"><caption>");
    xd_say_node(&h->say, n);
    xd_html_said(h);
    xd_html_raw(h, "</caption><thead><tr><td></td>");
    write_store_head(h, two ? "Server store" : "The one store", &n->server);
    if (two) {
        write_store_head(h, "Client store", &n->client);
    }
    xd_html_raw(h, "</tr></thead><tbody>\n");
    for (unsigned i = 0; i < rows; i++) {
        xd_html_raw(h, "<tr><th scope=\"row\">%s</th><td>", fields[i]);
        write_store_cell(h, n, &n->server, (enum field)i, scale);
        if (two) {
            xd_html_raw(h, "</td><td>");
            write_store_cell(h, n, &n->client, (enum field)i, scale);
        }
        xd_html_raw(h, "</td></tr>\n");
    }
    xd_html_raw(h, "</tbody></table></div>\n<p class=\"dim\">");
    xd_say_trust(&h->say, n);
    xd_html_said(h);
    xd_html_raw(h, "</p>\n");
}

/* ---- lists ---- */

static void write_cert_row(struct xd_html *h, const struct xd_cert *c)
{
    xd_html_raw(h, "<tr>");
    xd_html_cell(h, "Certificate");
    xd_html_text(h, xd_say_cert_name(c));
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Issued by");
    if (!c->parsed) {
        xd_html_text(h, c->parse_error);
    } else if (c->self_signed) {
        xd_html_raw(h, "itself");
    } else {
        xd_html_text(h, c->issuer_cn != NULL ? c->issuer_cn : c->issuer);
    }
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Purposes");
    xd_say_purposes(&h->say, c);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Valid");
    xd_say_validity(&h->say, c);
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Serial");
    xd_html_raw(h, "<code class=\"hash\">");
    xd_html_text(h, c->serial);
    xd_html_raw(h, "</code></td></tr>\n");
}

static void write_list(struct xd_html *h, const char *what, struct xd_cert *const *certs,
                       size_t n)
{
    static const char *const heads[] = {"Certificate", "Issued by", "Purposes",
                                        "Valid",       "Serial",    NULL};

    xd_html_table(h, what, heads);
    for (size_t i = 0; i < n && i < XD_HTML_ROWS; i++) {
        write_cert_row(h, certs[i]);
    }
    xd_html_table_end(h);
    xd_html_left_out(h, n > XD_HTML_ROWS ? n - XD_HTML_ROWS : 0, "certificate");
}

static void write_trusted(struct xd_html *h, const struct xd_node *n)
{
    if (n->ca.n_certs == 0) {
        return;
    }
    xd_html_raw(h, "<details><summary>The CAs that ");
    xd_html_text(h, n->id);
    xd_html_raw(h, " trusts (%zu)</summary>\n", n->ca.n_certs);
    write_list(h, "Trusted CAs", n->ca.certs, n->ca.n_certs);
    xd_html_raw(h, "</details>\n");
}

static void write_other_files(struct xd_html *h)
{
    for (size_t i = 0; i < h->cs->n_pems; i++) {
        const struct xd_pem *p = &h->cs->pems[i];
        if (!xd_report_is_store(h->cs, p->entry) && p->n_certs > 0) {
            xd_html_raw(h, "<h3>");
            xd_html_text(h, xd_report_label(p->entry));
            xd_html_raw(h, "</h3>\n");
            write_list(h, "Certificates of the file", p->certs, p->n_certs);
        }
    }
}

/* ---- on the wire ---- */

static void write_presented(struct xd_html *h, const struct xd_group *g)
{
    const struct xd_presented *p = g->presented;
    const struct xd_inferred *x = g->inferred;
    enum xd_side by = p != NULL ? p->by : x->by;

    xd_html_raw(h, "<tr>");
    xd_html_cell(h, "Who");
    if (p != NULL) {
        xd_say_shower(&h->say, g->flow, p);
    } else {
        xd_say_side(&h->say, g->flow, by);
    }
    xd_out_printf(&h->say, " as %s", xd_side_name(by));
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "To whom");
    xd_say_side(&h->say, g->flow, by == XD_CLIENT ? XD_SERVER : XD_CLIENT);
    xd_out_printf(&h->say, ", %s", xd_service_name(g->flow->service));
    xd_html_said(h);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Certificate");
    if (p == NULL) {
        xd_html_raw(h, "hidden");
    } else if (p->n_certs == 0) {
        xd_html_raw(h, "none");
    } else {
        xd_html_text(h, xd_say_cert_name(p->certs[0]));
        xd_html_raw(h, "<br><span class=\"dim\">");
        xd_say_purposes(&h->say, p->certs[0]);
        xd_out_text(&h->say, "; ");
        xd_say_issuer(&h->say, p->certs[0]);
        xd_html_said(h);
        xd_html_raw(h, "</span>");
    }
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Store");
    if (p != NULL) {
        xd_say_conclusion(&h->say, p);
    } else {
        xd_say_inferred(&h->say, x);
    }
    xd_html_said(h);
    xd_html_raw(h, "<br>");
    xd_html_place(h, p != NULL ? &p->place : &x->place);
    xd_html_raw(h, "</td>");
    xd_html_cell(h, "Times");
    xd_html_raw(h, "%zu</td></tr>\n", g->count);
}

static void write_wire(struct xd_html *h)
{
    static const char *const heads[] = {"Who",   "To whom", "Certificate",
                                        "Store", "Seen",    NULL};
    struct xd_groups seen = xd_groups_begin(XD_HTML_GROUPS);
    struct xd_groups hidden = xd_groups_begin(XD_HTML_GROUPS);

    xd_groups_presented(&seen, h->cs);
    xd_groups_inferred(&hidden, h->cs);
    if (seen.n + hidden.n > 0) {
        xd_html_raw(h, "<h3>Certificates on the wire</h3>\n");
        xd_html_table(h, "Who presented which certificate to whom; repeated ones once",
                      heads);
        for (size_t i = 0; i < seen.n; i++) {
            write_presented(h, &seen.rows[i]);
        }
        for (size_t i = 0; i < hidden.n; i++) {
            write_presented(h, &hidden.rows[i]);
        }
        xd_html_table_end(h);
        xd_html_left_out(h, seen.left_out + hidden.left_out, "row");
    }
    xd_groups_done(&seen);
    xd_groups_done(&hidden);
}

static bool any_client_store(const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (has_client_store(cs->nodes[i])) {
            return true;
        }
    }
    return false;
}

/* Has any node a file of its certificates in its bundle? */
static bool has_stores(const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (cs->nodes[i]->server.entry != NULL || cs->nodes[i]->client.entry != NULL) {
            return true;
        }
    }
    return false;
}

void xd_html_certificates(struct xd_html *h)
{
    struct xd_scale scale = case_scale(h->cs);
    bool stores = has_stores(h->cs);

    xd_html_section(h, "certificates", "Certificates");
    if (h->cs->n_nodes > 0 && !stores) {
        xd_html_raw(h, "<p>No node's certificates are in the bundles.</p>\n");
    }
    if (stores) {
        write_matrix(h);
        xd_html_raw(h, "<h3>%s</h3>\n",
                    any_client_store(h->cs) ? "Server store against client store"
                                            : "Certificate stores");
        if (scale.now != XD_TIME_NONE) {
            xd_html_raw(h, "<p class=\"dim\">The mark in each bar of validity is the time "
                           "of the node's settings and status, by its own clock.</p>\n");
        }
    }
    for (size_t i = 0; i < h->cs->n_nodes; i++) {
        if (stores) {
            scale.now = time_of(h->cs, h->cs->nodes[i]);
            write_stores(h, h->cs->nodes[i], &scale);
        }
        write_trusted(h, h->cs->nodes[i]);
    }
    write_wire(h);
    write_other_files(h);
    xd_html_section_end(h);
}
