/*
 * crowd.c - strangers who all fail alike: where three or more clients refuse the
 * certificate of one service, and none gets through, the fault is the service's.
 */
#include "judge_priv.h"

/* How a handshake failed, as far as failing alike goes. */
struct manner {
    enum xd_by by;
    enum xd_failure_kind kind;
    int alert;
    bool telling; /* it says something about the service, and not about a scanner */
};

struct crowd {
    const struct xd_node *node;
    enum xd_service service;
    struct xd_addr clients[3];
    size_t n_clients;
    struct manner manner;
    bool alike;
};

struct crowds {
    struct crowd *items;
    size_t n_items, cap_items;
};

static struct crowd *find_crowd(struct crowds *all, const struct xd_node *n,
                                enum xd_service s)
{
    for (size_t i = 0; i < all->n_items; i++) {
        if (all->items[i].node == n && all->items[i].service == s) {
            return &all->items[i];
        }
    }
    return NULL;
}

static void count_client(struct crowd *c, const struct xd_addr *addr)
{
    for (size_t i = 0; i < c->n_clients; i++) {
        if (xd_addr_equal(&c->clients[i], addr)) {
            return;
        }
    }
    if (c->n_clients < sizeof c->clients / sizeof *c->clients) {
        c->clients[c->n_clients++] = *addr;
    }
}

static bool shows_certificate(const struct xd_conv *v)
{
    const struct xd_presented *p = xd_conv_presented(v, XD_CLIENT, NULL);
    return p && p->n_certs > 0;
}

/* Whoever asks for the node by its name means it; scanners go by addresses. */
static bool asks_by_name(const struct xd_conv *v)
{
    const struct xd_node *n = v->node[XD_SERVER];
    const struct xd_store *s = xd_node_store_for(n, XD_SERVER);
    const char *sni = v->flow->tls->sni;
    return sni && s && s->certs[0]->parsed && xd_x509_san_matches(s->certs[0], sni);
}

/* An empty Certificate message where one was required (RFC 5246, 7.4.6; alert 116). */
static bool lacks_certificate(const struct xd_conv *v, const struct xd_failure *f)
{
    const struct xd_presented *p = xd_conv_presented(v, XD_CLIENT, NULL);
    return f->alert_code == 116 || (p && p->n_certs == 0 && f->alert_code == 40);
}

/*
 * A client that refuses the node's certificate, a certificate that the node refuses or
 * misses, or one who asks for the node by name and finds no version or cipher (RFC 8446,
 * 6.2).  That a node turns away who speaks an old TLS is no fault.
 */
static bool is_telling(const struct xd_conv *v, const struct xd_failure *f)
{
    bool about_certificates = f->alert_code >= 42 && f->alert_code <= 49;
    /* Behind the handshake of TLS 1.2 it is a close_notify as a rule. */
    bool hidden = f->kind == XD_FAILURE_ENCRYPTED_ALERT && f->alert_code < 0 &&
                  f->phase == XD_PHASE_HANDSHAKE;
    bool about_terms = f->alert_code == 70 || f->alert_code == 71 ||
                       (f->alert_code == 40 && !v->flow->tls->server_hello);
    if (f->by == XD_BY_CLIENT) {
        return about_certificates || hidden;
    }
    return f->by == XD_BY_SERVER &&
           ((about_certificates && shows_certificate(v)) || lacks_certificate(v, f) ||
            (about_terms && asks_by_name(v)));
}

static struct manner manner_of(const struct xd_conv *v)
{
    const struct xd_failure *f = &v->flow->failure;
    return (struct manner){f->by, f->kind, f->alert_code, is_telling(v, f)};
}

static bool same_manner(const struct manner *a, const struct manner *b)
{
    return a->by == b->by && a->kind == b->kind && a->alert == b->alert &&
           a->telling == b->telling;
}

/* At the ports of zones and tunnels a stranger is one because their client is known. */
static bool is_stranger(const struct xd_conv *v)
{
    bool own_port = v->service == XD_SERVICE_TRAVERSAL ||
                    v->service == XD_SERVICE_TRAVERSAL_TEST ||
                    v->service == XD_SERVICE_SSH_TUNNEL;
    return !v->related && !own_port && v->node[XD_SERVER] && v->flow && v->flow->tls &&
           v->flow->tls->client_hello;
}

static void join_crowd(struct xd_judge *j, struct crowds *all, const struct xd_conv *v)
{
    struct crowd *c = find_crowd(all, v->node[XD_SERVER], v->service);
    struct manner m = manner_of(v);
    if (!c) {
        c = XD_PUSH(j->cs->arena, all, items);
        c->node = v->node[XD_SERVER];
        c->service = v->service;
        c->manner = m;
        c->alike = m.telling;
    }
    c->alike = c->alike && same_manner(&c->manner, &m);
    count_client(c, &v->end[XD_CLIENT].addr);
}

void xd_judge_adopt_alike(struct xd_judge *j)
{
    struct crowds all = {0};
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (is_stranger(v) && xd_conv_failed(v) && v->flow->outcome == XD_OUTCOME_FAILED) {
            join_crowd(j, &all, v);
        }
    }
    for (size_t i = 0; i < j->cs->n_flows && all.n_items > 0; i++) {
        const struct xd_flow *f = j->cs->flows[i];
        bool through = f->outcome == XD_OUTCOME_ESTABLISHED;
        struct crowd *c = through ? find_crowd(&all, f->node[XD_SERVER], f->service) : NULL;
        if (c) {
            c->alike = false;
        }
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        const struct crowd *c =
            is_stranger(v) ? find_crowd(&all, v->node[XD_SERVER], v->service) : NULL;
        if (c && c->alike && c->n_clients == 3) {
            v->related = v->assumed = true;
        }
    }
}
