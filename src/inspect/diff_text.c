/*
 * diff_text.c - what changed, as text.
 */
#include "inspect_priv.h"

#include <string.h>

enum { BLOCK = 1 << 16 }; /* held before it is written: rows may be many and long */

/* What is written, and where to. */
struct text {
    struct xd_buf out;
    struct xd_plain_sink to;
    enum xd_rc rc;
    struct xd_err *err;
};

static void flush(struct text *t, size_t above)
{
    if (t->rc == XD_OK && t->out.len > above) {
        t->rc = xd_plain_flush(&t->out, t->to, t->err);
    }
}

static const char *purposes(const struct xd_cert *c)
{
    bool client = xd_cert_permits_client(c);
    bool server = xd_cert_permits_server(c);

    if (!c->eku.present) {
        return "no purposes named";
    }
    return client && server ? "client and server purpose"
           : client         ? "client purpose only"
           : server         ? "server purpose only"
                            : "neither client nor server purpose";
}

static void put_day(struct xd_buf *out, xd_time t)
{
    char text[XD_TIME_TEXT];

    xd_buf_printf(out, "%.10s", xd_time_format(t, text));
}

/* "CN, purpose, 2026-01-01 to 2027-01-01, by ISSUER, SHA-256 0123456789abcdef..." */
static void put_cert(struct xd_buf *out, char sign, const struct xd_cert *c)
{
    xd_buf_printf(out, "      %c ", sign);
    if (!c->parsed) {
        xd_buf_puts(out, "a certificate that cannot be read");
    } else {
        xd_plain_put_safe(out, c->subject_cn != NULL ? c->subject_cn : c->subject);
        xd_buf_printf(out, ", %s, ", c->is_ca ? "CA" : purposes(c));
        put_day(out, c->not_before);
        xd_buf_puts(out, " to ");
        put_day(out, c->not_after);
        xd_buf_puts(out, ", by ");
        xd_plain_put_safe(out, c->issuer_cn != NULL ? c->issuer_cn : c->issuer);
    }
    xd_buf_puts(out, ", SHA-256 ");
    for (size_t i = 0; i < 8; i++) {
        xd_buf_printf(out, "%02x", c->sha256[i]);
    }
    xd_buf_puts(out, "...\n");
}

static void put_certificate(struct xd_buf *out, const struct xd_diff_row *r)
{
    bool replaced = r->cert_before != NULL && r->cert_after != NULL;

    xd_buf_printf(out, "    %s: %s\n", r->what,
                  replaced                ? "replaced"
                  : r->before != NULL     ? "not in the first bundle"
                  : r->after != NULL      ? "not in the second bundle"
                  : r->cert_after != NULL ? "added"
                                          : "removed");
    if (r->cert_before != NULL) {
        put_cert(out, '-', r->cert_before);
    }
    if (r->cert_after != NULL) {
        put_cert(out, '+', r->cert_after);
    }
}

static void put_value(struct xd_buf *out, enum xd_diff_kind kind, const char *value)
{
    bool quoted = value != NULL && kind == XD_DIFF_SETTING;

    xd_buf_puts(out, quoted ? "\"" : "");
    xd_plain_put_safe(out, value != NULL ? value : "(none)");
    xd_buf_puts(out, quoted ? "\"" : "");
}

static void put_row(struct xd_buf *out, const struct xd_diff_row *r)
{
    if (r->kind == XD_DIFF_CERTIFICATE) {
        put_certificate(out, r);
        return;
    }
    xd_buf_puts(out, "    ");
    xd_plain_put_safe(out, r->what);
    xd_buf_puts(out, ": ");
    put_value(out, r->kind, r->before);
    xd_buf_puts(out, " -> ");
    put_value(out, r->kind, r->after);
    xd_buf_puts(out, "\n");
}

/* The rows of one heading; gives how many. */
static size_t put_rows(struct text *t, const struct xd_diff_pair *p,
                       const struct xd_diff_options *o, const char *heading,
                       enum xd_diff_kind kind, bool matters)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_rows && t->rc == XD_OK; i++) {
        const struct xd_diff_row *r = &p->rows[i];

        if (r->kind != kind || r->matters != matters || (r->passing && !o->passing)) {
            continue;
        }
        if (n++ == 0) {
            xd_buf_printf(&t->out, "  %s\n", heading);
        }
        put_row(&t->out, r);
        flush(t, BLOCK);
    }
    return n;
}

static void put_node(struct xd_buf *out, const struct xd_node *n)
{
    char text[XD_TIME_TEXT];

    xd_plain_put_safe(out, n->id);
    if (n->as_of != XD_TIME_NONE && strchr(n->id, '@') == NULL) {
        xd_buf_printf(out, " as of %.19sZ", xd_time_format(n->as_of, text));
    }
}

static const char *role_words(const struct xd_node *n)
{
    switch (n->role) {
    case XD_ROLE_C:
        return "Expressway-C";
    case XD_ROLE_E:
        return "Expressway-E";
    case XD_ROLE_UNKNOWN:
        break;
    }
    return "an Expressway";
}

static void put_pair(struct text *t, const struct xd_diff_pair *p,
                     const struct xd_diff_options *o)
{
    struct xd_buf *out = &t->out;
    size_t n = 0;

    put_node(out, p->before);
    xd_buf_puts(out, " -> ");
    put_node(out, p->after);
    xd_buf_puts(out, "\n");
    if (!xd_inspect_same_node(p->before, p->after)) {
        xd_buf_printf(
            out,
            "  These are two different nodes (%s and %s): what follows is how they "
            "differ, not what changed.\n",
            role_words(p->before), role_words(p->after));
    }
    n += put_rows(t, p, o, "Certificates", XD_DIFF_CERTIFICATE, true);
    n += put_rows(t, p, o, "Settings that bear on certificates", XD_DIFF_SETTING, true);
    n += put_rows(t, p, o, "Zones, tunnels, alarms", XD_DIFF_STATUS, true);
    n += put_rows(t, p, o, "Other settings", XD_DIFF_SETTING, false);
    n += put_rows(t, p, o, "Other status", XD_DIFF_STATUS, false);
    if (n == 0) {
        xd_buf_puts(out, "  Nothing changed.\n");
    }
    if (p->n_left_out > 0) {
        xd_buf_printf(out, "  %zu more changes are left out.\n", p->n_left_out);
    }
    if (p->n_secrets > 0) {
        xd_buf_printf(out, "  %zu secrets stand on both sides and are not compared.\n",
                      p->n_secrets);
    }
    if (!p->has_settings) {
        xd_buf_puts(out,
                    "  Settings cannot be compared: a side has no configuration dump.\n");
    }
    if (!p->has_status) {
        xd_buf_puts(out, "  Status cannot be compared: a side has no status dump.\n");
    }
}

static void put_lonely(struct xd_buf *out, const struct xd_node *n, const char *side)
{
    xd_plain_put_safe(out, n->id);
    xd_buf_printf(out, " is on the %s side alone.\n", side);
}

enum xd_rc xd_inspect_diff_text(const struct xd_diff *d,
                                const struct xd_diff_options *options, int fd,
                                struct xd_err *err)
{
    struct text t = {
        .out = {.max = SIZE_MAX / 2}, .to = {fd, options->hold}, .rc = XD_OK, .err = err};

    for (size_t i = 0; i < d->n_pairs && t.rc == XD_OK; i++) {
        xd_buf_puts(&t.out, i > 0 ? "\n" : "");
        put_pair(&t, &d->pairs[i], options);
        flush(&t, 0);
    }
    xd_buf_puts(&t.out, d->n_pairs > 0 && d->n_gone + d->n_come > 0 ? "\n" : "");
    for (size_t i = 0; i < d->n_gone; i++) {
        put_lonely(&t.out, d->gone[i], "first");
    }
    for (size_t i = 0; i < d->n_come; i++) {
        put_lonely(&t.out, d->come[i], "second");
    }
    flush(&t, 0);
    xd_buf_done(&t.out);
    return t.rc;
}
