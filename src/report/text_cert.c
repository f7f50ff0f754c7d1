/*
 * text_cert.c - the certs command: every store with its certificates.
 */
#include <stdio.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "text_priv.h"

enum { NAMES_SHOWN = 12 };

static void begin_row(struct xd_out *o, const char *label)
{
    xd_out_label(o, label);
}

static void end_row(struct xd_out *o)
{
    xd_out_end(o, XD_LABEL_INDENT, XD_LABEL_COLUMN);
}

static void tell_names(struct xd_out *o, const struct xd_cert *c)
{
    size_t shown = c->n_san;

    if (c->n_san == 0) {
        return;
    }
    if (!o->options->verbose && shown > NAMES_SHOWN) {
        shown = NAMES_SHOWN;
    }
    begin_row(o, "names");
    for (size_t i = 0; i < shown; i++) {
        xd_out_printf(o, "%s%s", i == 0 ? "" : ", ", c->san[i].text);
    }
    if (shown < c->n_san || c->san_cut) {
        xd_out_printf(o, " and %zu%s more", c->n_san - shown, c->san_cut ? " or" : "");
    }
    end_row(o);
}

static const char *find_chain(const struct xd_node *n, const struct xd_cert *c,
                              const char **missing)
{
    for (size_t i = 0; n != NULL && i < n->n_chains; i++) {
        if (n->chains[i].cert == c) {
            *missing = n->chains[i].missing;
            return xd_chain_status_name(n->chains[i].status);
        }
    }
    return NULL;
}

static void tell_cert_rows(struct xd_out *o, const struct xd_cert *c)
{
    begin_row(o, "purposes");
    xd_say_purposes(o, c);
    if (c->is_ca) {
        xd_out_text(o, "; a CA certificate");
    }
    end_row(o);
    begin_row(o, "issued by");
    xd_say_issuer(o, c);
    if (c->issuer_kind_why != NULL) {
        xd_out_printf(o, " - %s", c->issuer_kind_why);
    }
    end_row(o);
    begin_row(o, "valid");
    xd_say_validity(o, c);
    end_row(o);
    tell_names(o, c);
    if (c->key != NULL) {
        begin_row(o, "key");
        xd_out_printf(o, "%s, signed with %s", c->key,
                      c->signature != NULL ? c->signature : "?");
        end_row(o);
    }
}

static void tell_cert(struct xd_out *o, const struct xd_node *n, const struct xd_cert *c,
                      uint64_t line)
{
    const char *missing = NULL;
    const char *chain = find_chain(n, c, &missing);
    char hex[65];

    xd_out_styled(o, XD_STYLE_BOLD, xd_say_cert_name(c));
    if (line > 0) {
        xd_out_printf(o, " (line %llu)", (unsigned long long)line);
    }
    xd_out_end(o, 1, XD_LABEL_INDENT);
    if (c->parsed) {
        begin_row(o, "subject");
        xd_out_text(o, c->subject);
        end_row(o);
        tell_cert_rows(o, c);
        begin_row(o, "serial");
        xd_out_text(o, c->serial);
        end_row(o);
    } else {
        begin_row(o, "unreadable");
        xd_out_text(o, c->parse_error != NULL ? c->parse_error : "not a certificate");
        end_row(o);
    }
    begin_row(o, "SHA-256");
    xd_text_hex(c->sha256, sizeof(c->sha256), hex);
    xd_out_text(o, hex);
    end_row(o);
    if (chain != NULL) {
        begin_row(o, "chain");
        xd_out_printf(o, "%s by the node's own CA file", chain);
        if (missing != NULL) {
            xd_out_printf(o, "; missing: %s", missing);
        }
        end_row(o);
    }
}

/* Both ends of the validity and the serial leave names no room on a common terminal. */
static bool is_tight(const struct xd_out *o)
{
    enum { ROOMY = 100 };

    return o->width > 0 && o->width < ROOMY;
}

/* A trust store holds a hundred CAs: one row each. */
static void add_ca(struct xd_table *t, const struct xd_cert *c)
{
    struct xd_out *o = t->o;
    char time[XD_TIME_TEXT];

    xd_out_text(o, xd_say_cert_name(c));
    xd_table_cell(t);
    if (c->self_signed) {
        xd_out_text(o, "itself");
    } else {
        xd_out_text(o, c->issuer_cn != NULL ? c->issuer_cn : c->issuer);
    }
    xd_table_cell(t);
    if (is_tight(o) && c->parsed) {
        xd_out_printf(o, "%.10s", xd_time_format_short(c->not_after, time));
    } else {
        xd_say_validity(o, c);
    }
    xd_table_cell(t);
    xd_out_text(o, c->serial);
    xd_table_cell(t);
}

static void tell_ca_file(struct xd_out *o, const struct xd_store *s)
{
    const char *const heads[] = {"certificate", "issued by", is_tight(o) ? "ends" : "valid",
                                 "serial"};
    struct xd_table t;

    xd_table_begin(&t, o, 1, 4, heads);
    for (size_t i = 0; i < s->n_certs; i++) {
        add_ca(&t, s->certs[i]);
    }
    xd_table_end(&t);
}

static void head_store(struct xd_out *o, const struct xd_node *n, const char *what,
                       const struct xd_store *s)
{
    xd_out_blank(o);
    xd_out_style(o, XD_STYLE_CYAN);
    xd_out_printf(o, "%s, %s: ", n->id, what);
    xd_out_style(o, XD_STYLE_PLAIN);
    if (s->entry == NULL) {
        xd_out_text(o, "the file is not in the bundle");
    } else {
        xd_out_text(o, xd_report_label(s->entry));
        xd_out_text(o, ", ");
        xd_say_count(o, s->n_certs, "certificate");
        xd_out_text(o, s->whole ? "" : ", not read whole");
    }
    xd_out_end(o, 0, XD_LABEL_INDENT);
}

static void tell_store(struct xd_out *o, const struct xd_node *n, const char *what,
                       const struct xd_store *s)
{
    head_store(o, n, what, s);
    for (size_t i = 0; i < s->n_certs; i++) {
        tell_cert(o, n, s->certs[i], i < s->n_lines ? s->lines[i] : 0);
    }
}

/* Not everything twice where an upgrade copied the server certificate. */
static void tell_client_store(struct xd_out *o, const struct xd_node *n)
{
    const struct xd_store *server = &n->server;
    const struct xd_store *client = &n->client;
    bool same = client->n_certs > 0 && client->n_certs == server->n_certs;

    for (size_t i = 0; same && i < client->n_certs; i++) {
        same = client->certs[i] == server->certs[i];
    }
    if (!same) {
        tell_store(o, n, "client store", client);
        return;
    }
    head_store(o, n, "client store", client);
    xd_out_text(o, "the same as in the server store");
    xd_out_end(o, 1, 1);
}

static void tell_node(struct xd_out *o, const struct xd_node *n)
{
    xd_out_style(o, XD_STYLE_BOLD);
    xd_say_node(o, n);
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_end(o, 0, 0);
    tell_store(o, n, "server store", &n->server);
    if (xd_node_has_two_stores(n) || n->client.entry != NULL) {
        tell_client_store(o, n);
    }
    head_store(o, n, "trusted CAs", &n->ca);
    tell_ca_file(o, &n->ca);
}

static void say_contents(struct xd_out *o, const struct xd_pem *p)
{
    const struct xd_entry *e = p->entry;

    if (e == NULL || !e->private_key) {
        xd_say_count(o, p->n_certs, "certificate");
        return;
    }
    if (p->n_certs == 0) {
        xd_out_text(o, "holds a private key");
    } else {
        xd_say_count(o, p->n_certs, "certificate");
        xd_out_text(o, " and a private key");
    }
    if (e->private_key_line > 0) {
        xd_out_printf(o, " (line %llu)", (unsigned long long)e->private_key_line);
    }
    xd_out_text(o, p->n_certs == 0 ? ", no certificate" : "");
    xd_out_text(o, "; the key was not read further");
}

void xd_text_cert_list(struct xd_out *o)
{
    const struct xd_case *cs = o->cs;
    size_t told = 0;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (told++ > 0) {
            xd_out_blank(o);
        }
        tell_node(o, cs->nodes[i]);
    }
    for (size_t i = 0; i < cs->n_pems; i++) {
        const struct xd_pem *p = &cs->pems[i];
        if (xd_report_is_store(cs, p->entry)) {
            continue;
        }
        if (told++ > 0) {
            xd_out_blank(o);
        }
        xd_out_style(o, XD_STYLE_CYAN);
        xd_out_text(o, xd_report_label(p->entry));
        xd_out_style(o, XD_STYLE_PLAIN);
        xd_out_text(o, ": ");
        say_contents(o, p);
        xd_out_end(o, 0, XD_LABEL_INDENT);
        for (size_t k = 0; k < p->n_certs; k++) {
            tell_cert(o, NULL, p->certs[k], k < p->n_lines ? p->lines[k] : 0);
        }
    }
    if (told == 0) {
        xd_out_text(o, "No certificate in this input.");
        xd_out_end(o, 0, 0);
    }
}
