/*
 * rules_split.c - one connection, captured at both nodes, with another hello at
 * either: something between them ends TLS and starts it anew.
 */
#include "judge_priv.h"
#include <stdlib.h>
#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

struct split {
    const struct xd_flow *flow;
    struct xd_conv *conv;
    xd_time first, last; /* by the client's clock, as near as the evidence allows */
};

#define SLACK (500 * XD_SECOND / 1000) /* of clocks, between two ends of one connection */

struct splits {
    struct split *items;
    size_t n_items, cap_items;
};

static int compare_ends(const struct xd_endpoint *a, const struct xd_endpoint *b)
{
    int by_addr = xd_addr_compare(&a->addr, &b->addr);
    return by_addr != 0 ? by_addr : (int)a->port - (int)b->port;
}

static int compare_ports(const struct xd_flow *a, const struct xd_flow *b)
{
    int by_client = compare_ends(&a->end[0], &b->end[0]);
    return by_client != 0 ? by_client : compare_ends(&a->end[1], &b->end[1]);
}

static int compare_splits(const void *pa, const void *pb)
{
    const struct split *a = pa;
    const struct split *b = pb;
    int by_ports = compare_ports(a->flow, b->flow);
    if (by_ports != 0) {
        return by_ports;
    }
    return (a->first > b->first) - (a->first < b->first);
}

static void tell(struct xd_judge *j, struct xd_draft *d, const struct split *a, bool failed)
{
    char from[XD_ENDPOINT_TEXT];
    char to[XD_ENDPOINT_TEXT];
    d->f.presenter = (struct xd_party){a->conv->node[1], a->conv->end[1].addr, true};
    d->f.verifier = (struct xd_party){a->conv->node[0], a->conv->end[0].addr, true};
    xd_draft_text(
        j, d,
        xd_arena_printf(
            j->cs->arena, "Something between %s and %s ends TLS and starts it anew",
            xd_words_side(j, a->conv, XD_CLIENT), xd_words_side(j, a->conv, XD_SERVER)),
        xd_arena_printf(
            j->cs->arena,
            "The connection from %s to %s was captured at both nodes, and the hello "
            "that arrives is not the hello that was sent. A firewall or proxy that "
            "inspects TLS does exactly this%s. Next: exempt this traffic from "
            "inspection.",
            xd_endpoint_format(&a->flow->end[0], from),
            xd_endpoint_format(&a->flow->end[1], to),
            failed ? "; mutual TLS cannot work through it"
                   : "; here both handshakes came up all the same"));
    xd_remedy_add(j, d, NULL, XD_ACTOR_NETWORK,
                  xd_arena_printf(j->cs->arena,
                                  "Exempt the connections %s from TLS inspection on the "
                                  "firewalls and proxies between them.",
                                  xd_words_path(j, a->conv)),
                  NULL);
}

static void raise_split(struct xd_judge *j, const struct split *a, const struct split *b)
{
    struct xd_draft *d = xd_draft_get(
        j, XD_F_TLS_INTERCEPTED, NULL, NULL,
        xd_arena_printf(j->cs->arena, "%s|%s", xd_words_side(j, a->conv, XD_CLIENT),
                        xd_words_side(j, a->conv, XD_SERVER)));
    bool failed = xd_conv_failed(a->conv) || xd_conv_failed(b->conv);
    xd_draft_confidence(d, XD_CERTAIN);
    if (xd_draft_is_new(d)) {
        tell(j, d, a, failed);
    }
    const struct split *both[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct xd_conv *v = both[i]->conv;
        char random[65];
        xd_text_hex(both[i]->flow->tls->random[XD_CLIENT], 32, random);
        xd_draft_flow(j, d, v);
        if (failed) {
            xd_draft_effects(j, d, v);
        }
        xd_evidence_add(
            j, d, both[i]->flow->first,
            xd_arena_printf(j->cs->arena, "ClientHello random here: %s", random), true);
        for (int s = 0; s < 2; s++) {
            const struct xd_presented *p = xd_conv_presented(v, (enum xd_side)s, NULL);
            if (p && p->n_certs > 0 && p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE) {
                xd_draft_cert(j, d, p->certs[0]);
                xd_evidence_add(j, d, p->place, xd_words_cert(j, p->certs[0]), true);
            }
        }
        for (int s = 0; s < 2 && !failed; s++) {
            if (v->zone[s] && xd_zone_is_up(v->zone[s])) {
                xd_evidence_zone(j, d, v->zone[s]);
            }
        }
        xd_cause_mask_refused(j, d, v, XD_CLIENT);
        xd_cause_mask_refused(j, d, v, XD_SERVER);
        v->cause = d; /* whatever fails here, or looks strange, fails for this */
    }
}

static bool is_seen_at(struct xd_judge *j, const struct xd_conv *v,
                       const struct xd_node *node)
{
    for (size_t i = 0; i < v->n_views; i++) {
        if (xd_judge_node_of(j, v->views[i]->first.entry) == node) {
            return true;
        }
    }
    return false;
}

static bool shows_strange(const struct xd_conv *v)
{
    for (int s = 0; s < 2; s++) {
        const struct xd_presented *p = xd_conv_presented(v, (enum xd_side)s, NULL);
        if (p && p->n_certs > 0 && p->conclusion == XD_CONCLUSION_NOT_IN_BUNDLE) {
            return true;
        }
    }
    return false;
}

/* Does the capture of one end hold a certificate that is the other end's own? */
static bool shows_far_end(struct xd_judge *j, const struct split *x)
{
    const struct xd_node *at = xd_judge_node_of(j, x->flow->first.entry);
    for (int s = 0; s < 2; s++) {
        const struct xd_presented *p = xd_conv_presented(x->conv, (enum xd_side)s, NULL);
        bool far = !xd_node_same_host(x->conv->node[s], at);
        if (far && p && p->n_certs > 0 && p->store_node == x->conv->node[s] &&
            p->store != XD_STORE_NONE && p->store != XD_STORE_UNKNOWN) {
            return true;
        }
    }
    return false;
}

/*
 * Whoever shows a node's own certificate has its key: nothing stands between the ends
 * there, and the other is another connection, of a port that was used again.
 */
static bool are_direct(struct xd_judge *j, const struct split *a, const struct split *b)
{
    return !shows_strange(a->conv) && !shows_strange(b->conv) &&
           (shows_far_end(j, a) || shows_far_end(j, b));
}

/*
 * What both nodes captured with one hello is whole, whatever else took its ports.  And what
 * had ended when the other began is another connection of a port that was used again.
 */
static bool are_two_halves(struct xd_judge *j, const struct split *a, const struct split *b)
{
    const struct xd_node *at_a = xd_judge_node_of(j, a->flow->first.entry);
    const struct xd_node *at_b = xd_judge_node_of(j, b->flow->first.entry);

    return a->conv != b->conv && at_a != at_b && compare_ports(a->flow, b->flow) == 0 &&
           b->first - a->first < 5 * XD_SECOND && b->first <= a->last + SLACK &&
           memcmp(a->flow->tls->random[0], b->flow->tls->random[0], 32) != 0 &&
           !is_seen_at(j, a->conv, at_b) && !is_seen_at(j, b->conv, at_a) &&
           !are_direct(j, a, b);
}

static struct split timed_split(const struct xd_judge *j, const struct xd_flow *f,
                                struct xd_conv *v)
{
    const struct xd_node *at = xd_judge_node_of(j, f->first.entry);
    xd_time offset = 0;
    if (at != v->node[XD_CLIENT]) {
        (void)xd_clock_offset(j, at, v->node[XD_CLIENT], f->first.time, &offset);
    }
    return (struct split){f, v, f->first.time + offset, f->last.time + offset};
}

void xd_rule_splits(struct xd_judge *j)
{
    struct splits all = {0};
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        for (size_t k = 0; v->node[0] && v->node[1] && k < v->n_views; k++) {
            const struct xd_flow *f = v->views[k];
            if (f->tls && f->tls->has_random[XD_CLIENT]) {
                *XD_PUSH(j->cs->arena, &all, items) = timed_split(j, f, v);
            }
        }
    }
    if (all.n_items > 1) {
        qsort(all.items, all.n_items, sizeof *all.items, compare_splits);
    }
    for (size_t i = 1; i < all.n_items; i++) {
        const struct split *a = &all.items[i - 1];
        const struct split *b = &all.items[i];
        if (are_two_halves(j, a, b)) {
            raise_split(j, a, b);
        }
    }
}
