/*
 * words.c - how findings call nodes, certificates, stores and services.
 */
#include "judge_priv.h"

#include <string.h>

const char *xd_words_node(struct xd_judge *j, const struct xd_node *n)
{
    switch (n->role) {
    case XD_ROLE_C:
        return xd_arena_printf(j->cs->arena, "Expressway-C %s", n->id);
    case XD_ROLE_E:
        return xd_arena_printf(j->cs->arena, "Expressway-E %s", n->id);
    case XD_ROLE_UNKNOWN:
        break;
    }
    return xd_arena_printf(j->cs->arena, "Expressway %s", n->id);
}

const char *xd_words_lower(struct xd_judge *j, const char *sentence)
{
    char *text = xd_arena_strdup(j->cs->arena, sentence);
    bool word = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z';
    if (word) {
        text[0] = (char)(text[0] - 'A' + 'a');
    }
    return text;
}

static const char crowd[] = "each outside client";

struct xd_party xd_conv_party(const struct xd_conv *v, enum xd_side s)
{
    if (v->assumed && !v->node[s]) {
        return (struct xd_party){.set = false};
    }
    return (struct xd_party){v->node[s], v->end[s].addr, true};
}

const char *xd_words_title(struct xd_judge *j, const char *text)
{
    bool small =
        strncmp(text, crowd, sizeof crowd - 1) == 0 || strncmp(text, "the ", 4) == 0;
    return small ? xd_arena_printf(j->cs->arena, "%c%s", text[0] - 'a' + 'A', text + 1)
                 : text;
}

static const char *
words_of_side(struct xd_judge *j, const struct xd_conv *v, enum xd_side s,
              const char *(*say)(struct xd_judge *j, const struct xd_party *p))
{
    struct xd_party p = xd_conv_party(v, s);
    return p.set ? say(j, &p) : crowd;
}

const char *xd_words_party(struct xd_judge *j, const struct xd_party *p)
{
    char text[XD_ADDR_TEXT];
    if (p->node) {
        return xd_words_node(j, p->node);
    }
    if (p->addr.family != XD_ADDR_NONE) {
        return xd_arena_strdup(j->cs->arena, xd_addr_format(&p->addr, text));
    }
    return p->set ? "the far end" : crowd;
}

const char *xd_words_named(struct xd_judge *j, const struct xd_party *p)
{
    const char *plain = xd_words_party(j, p);
    struct xd_outside outside;
    if (p->node || p->addr.family == XD_ADDR_NONE ||
        !xd_judge_outside(j, &p->addr, &outside)) {
        return plain;
    }
    const char *role = outside.role == XD_ROLE_C   ? "Expressway-C "
                       : outside.role == XD_ROLE_E ? "Expressway-E "
                                                   : "";
    return outside.name
               ? xd_arena_printf(j->cs->arena, "%s%s (%s)", role, outside.name, plain)
               : xd_arena_printf(j->cs->arena, "%s%s", role, plain);
}

const char *xd_words_end(struct xd_judge *j, const struct xd_conv *v, enum xd_side s)
{
    return words_of_side(j, v, s, xd_words_named);
}

const char *xd_words_half(struct xd_judge *j, const struct xd_party *p)
{
    struct xd_outside outside = {.role = XD_ROLE_UNKNOWN};
    bool half = !p->node && p->addr.family != XD_ADDR_NONE &&
                xd_judge_outside(j, &p->addr, &outside) && outside.role != XD_ROLE_UNKNOWN;
    return half ? xd_words_named(j, p) : NULL;
}

const char *xd_words_path(struct xd_judge *j, const struct xd_conv *v)
{
    char from[XD_ADDR_TEXT];
    char to[XD_ADDR_TEXT];
    return xd_arena_printf(
        j->cs->arena, "from %s to %s, TCP port %u",
        v->assumed ? "outside" : xd_addr_format(&v->end[XD_CLIENT].addr, from),
        xd_addr_format(&v->end[XD_SERVER].addr, to), v->end[XD_SERVER].port);
}

const char *xd_words_side(struct xd_judge *j, const struct xd_conv *v, enum xd_side s)
{
    return words_of_side(j, v, s, xd_words_party);
}

const char *xd_words_name(const struct xd_cert *c)
{
    if (c->subject_cn && *c->subject_cn) {
        return c->subject_cn;
    }
    return c->subject && *c->subject ? c->subject : "(no subject)";
}

const char *xd_words_sans(struct xd_judge *j, const struct xd_node *n,
                          const struct xd_cert *c)
{
    enum { SHOWN = 4 };
    const char *text = "";
    size_t count = c ? c->n_san : 0;
    if (n && n->fqdn && c && xd_x509_san_matches(c, n->fqdn)) {
        return xd_arena_printf(j->cs->arena, "\"%s\"", n->fqdn);
    }
    count = count < SHOWN ? count : SHOWN;
    for (size_t i = 0; i < count; i++) {
        text = xd_arena_printf(j->cs->arena, "%s%s\"%s\"", text,
                               i == 0           ? ""
                               : i + 1 == count ? " or "
                                                : ", ",
                               c->san[i].text);
    }
    return *text ? text : "a name that the certificate has";
}

const char *xd_words_eku(struct xd_judge *j, const struct xd_cert *c)
{
    if (!c->eku.present) {
        return "no Extended Key Usage";
    }
    const char *text = "Extended Key Usage:";
    for (size_t i = 0; i < c->eku.n_names; i++) {
        text =
            xd_arena_printf(j->cs->arena, "%s%s %s", text, i ? "," : "", c->eku.names[i]);
    }
    return text;
}

const char *xd_words_key_usage(struct xd_judge *j, const struct xd_cert *c)
{
    const char *text = "";
    for (unsigned bit = 0; xd_key_usage_name(bit); bit++) {
        if (c->key_usage & 1U << bit) {
            text = xd_arena_printf(j->cs->arena, "%s%s%s", text, *text ? ", " : "",
                                   xd_key_usage_name(bit));
        }
    }
    return *text ? text : "none";
}

const char *xd_words_cert(struct xd_judge *j, const struct xd_cert *c)
{
    if (!c->parsed) {
        return "a certificate that cannot be decoded";
    }
    return xd_arena_printf(j->cs->arena, "subject \"%s\", serial %s, issuer \"%s\", %s",
                           c->subject ? c->subject : "", c->serial ? c->serial : "",
                           c->issuer ? c->issuer : "", xd_words_eku(j, c));
}

const char *xd_words_store(const struct xd_node *n, const struct xd_store *s)
{
    if (s == &n->client) {
        return "client store";
    }
    if (s == &n->ca) {
        return "trusted CA list";
    }
    return xd_node_has_two_stores(n) ? "server store" : "certificate store";
}

const char *xd_words_time(struct xd_judge *j, xd_time t)
{
    char text[XD_TIME_TEXT];
    return xd_arena_strdup(j->cs->arena, xd_time_format_short(t, text));
}

const char *xd_words_span(struct xd_judge *j, xd_time t)
{
    const long long minute = 60, hour = 3600, day = 86400;
    long long s = (t + XD_SECOND / 2) / XD_SECOND;
    if (s < 2 * minute) {
        long long tenths = (t + XD_SECOND / 20) / (XD_SECOND / 10);
        return xd_arena_printf(j->cs->arena, "%lld.%lld s", tenths / 10, tenths % 10);
    }
    if (s < 2 * hour) {
        return xd_arena_printf(j->cs->arena, "%lld min %lld s", s / minute, s % minute);
    }
    if (s < 2 * day) {
        return xd_arena_printf(j->cs->arena, "%lld h %lld min", s / hour,
                               s % hour / minute);
    }
    long long hours = s % day / hour;
    return hours > 0 ? xd_arena_printf(j->cs->arena, "%lld days %lld h", s / day, hours)
                     : xd_arena_printf(j->cs->arena, "%lld days", s / day);
}

const char *xd_words_ca_place(struct xd_judge *j, const struct xd_node *n,
                              const struct xd_cert *c)
{
    const char *serial = c->serial ? c->serial : "not known";
    for (size_t i = 0; i < n->ca.n_certs && i < n->ca.n_lines; i++) {
        if (n->ca.certs[i] == c && n->ca.entry) {
            return xd_arena_printf(j->cs->arena, "serial %s (line %llu of %s)", serial,
                                   (unsigned long long)n->ca.lines[i], n->ca.entry->label);
        }
    }
    return xd_arena_printf(j->cs->arena, "serial %s", serial);
}

const char *xd_words_service(enum xd_service s)
{
    switch (s) {
    case XD_SERVICE_SIP_TLS:
        return "SIP TLS";
    case XD_SERVICE_TRAVERSAL:
        return "the traversal zone";
    case XD_SERVICE_TRAVERSAL_TEST:
        return "the secure traversal test";
    case XD_SERVICE_SSH_TUNNEL:
        return "the SSH tunnel";
    case XD_SERVICE_XMPP_ROUTER:
        return "the XMPP router";
    case XD_SERVICE_XMPP_CLIENT:
        return "XMPP clients";
    case XD_SERVICE_XMPP_FEDERATION:
        return "XMPP federation";
    case XD_SERVICE_UDS:
        return "HTTPS to the UC servers (UDS)";
    case XD_SERVICE_TFTP:
        return "HTTPS TFTP";
    case XD_SERVICE_CLUSTER:
        return "the cluster connection";
    case XD_SERVICE_HTTPS:
        return "HTTPS";
    case XD_SERVICE_LDAP:
        return "LDAP";
    case XD_SERVICE_SMTP:
        return "SMTP";
    case XD_SERVICE_SYSLOG:
        return "syslog";
    case XD_SERVICE_SSH_ADMIN:
        return "SSH administration";
    case XD_SERVICE_OTHER:
        break;
    }
    return "a connection";
}
