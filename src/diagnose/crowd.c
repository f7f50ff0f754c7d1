/*
 * crowd.c - strangers who all fail alike: where three or more clients refuse the
 * certificate of one service, and none gets through, the fault is the service's.
 */
#include "judge_priv.h"

struct crowd {
    const struct xd_node *node;
    enum xd_service service;
    struct xd_addr clients[3];
    size_t n_clients;
    int alert;
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

/*
 * The alert by which the client refuses the node's own certificate (RFC 8446, 6.2);
 * -1 where somebody else said no: that a node turns scanners away is no fault.
 */
static int refusal_of(const struct xd_conv *v)
{
    const struct xd_failure *f = &v->flow->failure;
    bool about_certificates = f->alert_code >= 42 && f->alert_code <= 49;
    return f->by == XD_BY_CLIENT && about_certificates ? f->alert_code : -1;
}

static bool is_stranger(const struct xd_conv *v)
{
    return !v->related && v->node[XD_SERVER] && v->flow && v->flow->tls &&
           v->flow->tls->client_hello;
}

static void join_crowd(struct xd_judge *j, struct crowds *all, const struct xd_conv *v)
{
    struct crowd *c = find_crowd(all, v->node[XD_SERVER], v->service);
    if (!c) {
        c = XD_PUSH(j->cs->arena, all, items);
        c->node = v->node[XD_SERVER];
        c->service = v->service;
        c->alert = refusal_of(v);
        c->alike = c->alert >= 0;
    }
    c->alike = c->alike && refusal_of(v) == c->alert;
    count_client(c, &v->end[XD_CLIENT].addr);
}

void xd_judge_adopt_alike(struct xd_judge *j)
{
    struct crowds all = {0};
    for (size_t i = 0; i < j->n_convs; i++) {
        if (is_stranger(j->convs[i]) && xd_conv_failed(j->convs[i])) {
            join_crowd(j, &all, j->convs[i]);
        }
    }
    for (size_t i = 0; i < j->cs->n_flows && all.n_items > 0; i++) {
        const struct xd_flow *f = j->cs->flows[i];
        bool through = !f->related && f->outcome == XD_OUTCOME_ESTABLISHED;
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
