/*
 * text_say.c - the phrases that the parts of the text report share.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/node.h"
#include "expdiag/text.h"

#include "text_priv.h"

void xd_say_place(struct xd_out *o, const struct xd_place *place)
{
    const char *label = xd_report_label(place->entry);

    if (label == NULL) {
        return;
    }
    bool link = xd_link_begin(o, place->entry);
    xd_out_text(o, label);
    if (place->frame != 0) {
        xd_out_text(o, " frame");
        xd_out_join(o);
        xd_out_printf(o, "%llu", (unsigned long long)place->frame);
    } else if (place->line != 0) {
        xd_out_printf(o, ":%llu", (unsigned long long)place->line);
    }
    if (link) {
        xd_link_end(o);
    }
}

const char *xd_say_cert_name(const struct xd_cert *c)
{
    if (c->subject_cn != NULL && c->subject_cn[0] != '\0') {
        return c->subject_cn;
    }
    if (c->n_san > 0) {
        return c->san[0].text;
    }
    return c->subject != NULL && c->subject[0] != '\0' ? c->subject : "(no name)";
}

void xd_say_purposes(struct xd_out *o, const struct xd_cert *c)
{
    if (!c->parsed) {
        xd_out_text(o, "not a readable certificate");
        return;
    }
    if (!c->eku.present) {
        xd_out_text(o, "no EKU: any purpose");
    } else if (c->eku.server_auth && c->eku.client_auth) {
        xd_out_text(o, "serverAuth and clientAuth");
    } else if (c->eku.server_auth) {
        xd_out_text(o, "serverAuth only");
    } else if (c->eku.client_auth) {
        xd_out_text(o, "clientAuth only");
    } else {
        xd_out_text(o, "neither serverAuth nor clientAuth (");
        for (size_t i = 0; i < c->eku.n_names; i++) {
            xd_out_listed(o, i, c->eku.n_names, c->eku.names[i]);
        }
        xd_out_text(o, ")");
    }
}

void xd_say_issuer(struct xd_out *o, const struct xd_cert *c)
{
    const char *name = c->issuer_cn != NULL ? c->issuer_cn : c->issuer;

    switch (c->issuer_kind) {
    case XD_ISSUER_SELF_SIGNED:
        xd_out_text(o, "self-signed");
        return;
    case XD_ISSUER_PUBLIC:
        xd_out_text(o, "public CA");
        break;
    case XD_ISSUER_PRIVATE:
        xd_out_text(o, "private CA");
        break;
    case XD_ISSUER_UNKNOWN:
        xd_out_text(o, "CA of unknown kind");
        break;
    }
    if (name != NULL) {
        xd_out_printf(o, " \"%s\"", name);
    }
}

/* Days are enough where people compare: "2026-03-24". */
static void say_day(struct xd_out *o, xd_time t)
{
    char text[XD_TIME_TEXT];

    xd_time_format(t, text);
    xd_out_printf(o, "%.10s", text[0] != '\0' ? text : "?");
}

void xd_say_validity(struct xd_out *o, const struct xd_cert *c)
{
    if (c->parsed) {
        say_day(o, c->not_before);
        xd_out_text(o, " to ");
        say_day(o, c->not_after);
    }
}

static const char *role_words(enum xd_node_role role)
{
    switch (role) {
    case XD_ROLE_C:
        return "Expressway-C";
    case XD_ROLE_E:
        return "Expressway-E";
    case XD_ROLE_UNKNOWN:
        return "role unknown";
    }
    return "role unknown";
}

void xd_say_role(struct xd_out *o, const struct xd_node *n)
{
    xd_out_printf(o, "%s, %s", role_words(n->role),
                  n->version.text != NULL ? n->version.text : "version unknown");
}

void xd_say_node(struct xd_out *o, const struct xd_node *n)
{
    xd_out_text(o, n->id);
    xd_out_text(o, " (");
    xd_say_role(o, n);
    xd_out_text(o, ")");
}

void xd_say_party(struct xd_out *o, const struct xd_party *p)
{
    char text[XD_ADDR_TEXT];

    if (p->node != NULL) {
        xd_out_text(o, p->node->id);
    } else if (p->addr.family != XD_ADDR_NONE) {
        struct xd_outside outside;
        bool named = xd_case_outside(o->cs, &p->addr, &outside);
        const char *name = named ? outside.name : NULL;
        if (named && outside.role != XD_ROLE_UNKNOWN) {
            xd_out_printf(o, "Expressway-%s", xd_node_role_name(outside.role));
            xd_out_join(o);
        }
        xd_out_text(o, name);
        xd_out_text(o, name != NULL ? " (" : "");
        xd_out_text(o, xd_addr_format(&p->addr, text));
        xd_out_text(o, name != NULL ? ")" : "");
    } else {
        xd_out_text(o, "the other end");
    }
}

static const char *by_words(enum xd_by by)
{
    switch (by) {
    case XD_BY_CLIENT:
        return " by the client";
    case XD_BY_SERVER:
        return " by the server";
    case XD_BY_PATH:
        return " by something on the path";
    case XD_BY_UNKNOWN:
        return "";
    }
    return "";
}

static const char *failure_words(const struct xd_failure *x)
{
    switch (x->kind) {
    case XD_FAILURE_NONE:
        return "no failure";
    case XD_FAILURE_ALERT:
        return "alert";
    case XD_FAILURE_ENCRYPTED_ALERT:
        return "encrypted alert";
    case XD_FAILURE_RESET:
        return "reset (RST)";
    case XD_FAILURE_CLOSED:
        return "closed (FIN)";
    case XD_FAILURE_REFUSED:
        return "connection refused (RST to the SYN)";
    case XD_FAILURE_UNANSWERED:
        return x->phase == XD_PHASE_CONNECT ? "no answer to the SYN" : "no answer";
    case XD_FAILURE_SSH_KEX:
        return "SSH key exchange failed";
    case XD_FAILURE_SSH_AUTH:
        return "SSH login refused";
    case XD_FAILURE_SSH_HOST_KEY:
        return "SSH host key refused";
    }
    return "failure";
}

/* Said only where the kind does not say it. */
static const char *phase_words(const struct xd_failure *x)
{
    bool vague = x->kind == XD_FAILURE_RESET || x->kind == XD_FAILURE_CLOSED ||
                 x->kind == XD_FAILURE_UNANSWERED;

    if (x->phase == XD_PHASE_AFTER_HANDSHAKE) {
        return ", right after the handshake";
    }
    return vague && x->phase == XD_PHASE_HANDSHAKE ? ", in the handshake" : "";
}

void xd_say_alert(struct xd_out *o, const struct xd_failure *x)
{
    xd_out_text(o, failure_words(x));
    if (x->alert_code >= 0) {
        const char *name = xd_alert_name(x->alert_code);
        xd_out_printf(o, " %d", x->alert_code);
        if (name != NULL) {
            xd_out_printf(o, " %s", name);
        }
    }
}

void xd_say_failure(struct xd_out *o, const struct xd_flow *f)
{
    const struct xd_failure *x = &f->failure;

    xd_say_alert(o, x);
    if (x->kind == XD_FAILURE_CLOSED && f->protocol == XD_PROTOCOL_TLS) {
        xd_out_text(o, " without an alert");
    }
    if (x->by != XD_BY_UNKNOWN &&
        (x->kind == XD_FAILURE_ALERT || x->kind == XD_FAILURE_ENCRYPTED_ALERT)) {
        xd_out_text(o, " sent");
    }
    xd_out_text(o, by_words(x->by));
    xd_out_text(o, phase_words(x));
}

const char *xd_say_store(enum xd_store_kind store)
{
    switch (store) {
    case XD_STORE_NULL:
        return "a node that is not in the case";
    case XD_STORE_UNKNOWN:
        return "a store that cannot be told";
    case XD_STORE_SERVER:
        return "the server store";
    case XD_STORE_CLIENT:
        return "the client store";
    case XD_STORE_BOTH:
        return "both stores";
    case XD_STORE_NONE:
        return "none of its stores";
    case XD_STORE_AMBIGUOUS:
        return "either store";
    }
    return "";
}

const char *xd_say_tls_version(uint16_t version, char text[8])
{
    const char *name = xd_tls_version_name(version);

    if (name != NULL || version == 0) {
        return name;
    }
    (void)snprintf(text, 8, "0x%04x", version);
    return text;
}

bool xd_say_is_down(const char *status)
{
    struct xd_slice s = xd_slice_of(status);

    if (xd_text_equal_nocase(s, xd_slice_of("failed"))) {
        return true;
    }
    const char *open = status == NULL ? NULL : strchr(status, '(');
    const char *of = open == NULL ? NULL : strstr(open, " of ");
    uint64_t up = 0;
    uint64_t all = 0;

    if (of == NULL || strchr(of, ')') == NULL) {
        return false;
    }
    const char *end = of + 4;
    struct xd_slice left = {(const uint8_t *)open + 1, (size_t)(of - open - 1)};
    struct xd_slice right = {(const uint8_t *)end, strcspn(end, ")")};
    return xd_text_number(left, UINT32_MAX, &up) &&
           xd_text_number(right, UINT32_MAX, &all) && up < all;
}

bool xd_say_is_up(const char *status)
{
    return status != NULL && xd_text_contains_nocase(xd_slice_of(status), "active") &&
           !xd_say_is_down(status);
}

void xd_say_count(struct xd_out *o, uint64_t n, const char *noun)
{
    size_t len = strlen(noun);

    xd_out_printf(o, "%llu", (unsigned long long)n);
    xd_out_join(o);
    bool ies = len > 1 && noun[len - 1] == 'y' && strchr("aeiou", noun[len - 2]) == NULL;
    if (n != 1 && ies) {
        xd_out_printf(o, "%.*sies", (int)len - 1, noun);
    } else {
        xd_out_printf(o, "%s%s", noun, n == 1 ? "" : "s");
    }
}

enum xd_style xd_severity_style(enum xd_severity s)
{
    switch (s) {
    case XD_INFO:
        return XD_STYLE_CYAN;
    case XD_WARNING:
        return XD_STYLE_YELLOW;
    case XD_ERROR:
    case XD_CRITICAL:
        return XD_STYLE_RED;
    }
    return XD_STYLE_PLAIN;
}
