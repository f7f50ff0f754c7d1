/*
 * join_web.c - lines of the traffic server and of the XCP router, which name the far
 * end and no port of their own: joined to failed connections by node, address and time.
 */
#include "judge_priv.h"

#include <stdlib.h>

struct opened {
    const struct xd_node *node;
    struct xd_addr addr;
    xd_time time;
    struct xd_conv *conv;
};

struct opened_list {
    struct opened *items;
    size_t n_items, cap_items;
};

static int compare_opened(const void *pa, const void *pb)
{
    const struct opened *a = pa;
    const struct opened *b = pb;
    if (a->node != b->node) {
        return a->node->index < b->node->index ? -1 : 1;
    }
    int by_addr = xd_addr_compare(&a->addr, &b->addr);
    return by_addr != 0 ? by_addr : (a->time > b->time) - (a->time < b->time);
}

static bool is_web(enum xd_service s)
{
    return s == XD_SERVICE_XMPP_ROUTER || s == XD_SERVICE_UDS || s == XD_SERVICE_TFTP ||
           s == XD_SERVICE_HTTPS || s == XD_SERVICE_OTHER;
}

static void list_opened(struct xd_judge *j, struct opened_list *list)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        struct xd_conv *v = j->convs[i];
        if (v->flow && v->node[XD_CLIENT] && is_web(v->service) && xd_conv_failed(v)) {
            struct opened *o = XD_PUSH(j->cs->arena, list, items);
            o->node = v->node[XD_CLIENT];
            o->addr = v->end[XD_SERVER].addr;
            o->time = v->time;
            o->conv = v;
        }
    }
    if (list->n_items > 1) {
        qsort(list->items, list->n_items, sizeof *list->items, compare_opened);
    }
}

static size_t find_first(const struct opened_list *list, const struct opened *want)
{
    size_t low = 0;
    size_t high = list->n_items;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare_opened(&list->items[mid], want) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool is_xcp(const struct xd_log_event *e)
{
    return e->kind == XD_LOG_XCP_TLS;
}

static void join_event(struct xd_judge *j, const struct opened_list *list,
                       const struct xd_log_event *e)
{
    const xd_time window = 5 * XD_SECOND;
    struct opened want = {.node = xd_judge_node_of(j, e->place.entry),
                          .addr = e->remote.addr,
                          .time = e->place.time - window};
    bool joined = false;
    if (!want.node) {
        return;
    }
    for (size_t i = find_first(list, &want); i < list->n_items; i++) {
        const struct opened *o = &list->items[i];
        if (o->node != want.node || !xd_addr_equal(&o->addr, &want.addr) ||
            o->time > e->last + window) {
            break;
        }
        if (is_xcp(e) == (o->conv->service == XD_SERVICE_XMPP_ROUTER)) {
            xd_conv_hear_event(j, o->conv, e);
            joined = true;
        }
    }
    if (!joined) {
        struct xd_log_event opened = *e;
        opened.role = XD_LOG_ROLE_CLIENT; /* both lines are about what the node opens */
        struct xd_conv *v = xd_conv_loose(j, &opened);
        bool tftp = e->remote.port == 6971 || e->remote.port == 6972;
        v->service = is_xcp(e) ? XD_SERVICE_XMPP_ROUTER
                     : tftp    ? XD_SERVICE_TFTP
                               : XD_SERVICE_UDS;
        xd_conv_hear_event(j, v, e);
    }
}

void xd_judge_join_web(struct xd_judge *j)
{
    struct opened_list list = {0};
    list_opened(j, &list);
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        bool failure = e->alert >= 0 || xd_says_of_text(e->detail) != 0;
        bool speaks = e->kind == XD_LOG_TRAFFIC_SERVER || is_xcp(e);
        if (speaks && failure && !e->local.port && e->remote.addr.family != XD_ADDR_NONE &&
            e->place.time != XD_TIME_NONE) {
            join_event(j, &list, e);
        }
    }
}
