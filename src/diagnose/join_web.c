/*
 * join_web.c - lines of the traffic server and of the XCP router, which name the far
 * end and no port of their own: joined to failed connections by node, address and time.
 */
#include "judge_priv.h"

#include <stdlib.h>

#include "expdiag/text.h"

#define WINDOW (5 * XD_SECOND) /* between a failure and the line that tells of it */

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

/* By node and time. */
static int compare_times(const void *pa, const void *pb)
{
    const struct opened *a = pa;
    const struct opened *b = pb;
    if (a->node != b->node) {
        return a->node->index < b->node->index ? -1 : 1;
    }
    return (a->time > b->time) - (a->time < b->time);
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
}

static void sort(struct opened_list *list, int (*compare)(const void *, const void *))
{
    if (list->n_items > 1) {
        qsort(list->items, list->n_items, sizeof *list->items, compare);
    }
}

static size_t find_first(const struct opened_list *list, const struct opened *want,
                         int (*compare)(const void *, const void *))
{
    size_t low = 0;
    size_t high = list->n_items;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (compare(&list->items[mid], want) < 0) {
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

static bool suits(const struct opened *o, const struct xd_log_event *e)
{
    return is_xcp(e) == (o->conv->service == XD_SERVICE_XMPP_ROUTER);
}

/* The failed connections of the node to the address that the line has. */
static bool join_by_address(struct xd_judge *j, const struct opened_list *list,
                            const struct opened *want, const struct xd_log_event *e)
{
    bool joined = false;
    for (size_t i = find_first(list, want, compare_opened); i < list->n_items; i++) {
        const struct opened *o = &list->items[i];
        if (o->node != want->node || !xd_addr_equal(&o->addr, &want->addr) ||
            o->time > e->last + WINDOW) {
            break;
        }
        if (suits(o, e)) {
            xd_conv_hear_event(j, o->conv, e);
            joined = true;
        }
    }
    return joined;
}

/*
 * The address of the host that the line names: of the failed connection that asked for it,
 * else of the only one that failed then, asking for none.  by_time: in that order.
 */
static bool find_address(const struct opened_list *by_time, const struct xd_node *n,
                         const struct xd_log_event *e, struct xd_addr *out)
{
    enum { LOOKED_AT = 256 }; /* a hostile capture may hold any number at one time */
    struct opened want = {.node = n, .time = e->place.time - WINDOW};
    size_t first = find_first(by_time, &want, compare_times);
    const struct opened *only = NULL;
    bool several = false;
    for (size_t i = first; i < by_time->n_items && i < first + LOOKED_AT; i++) {
        const struct opened *o = &by_time->items[i];
        const struct xd_tls_facts *tls = o->conv->flow->tls;
        if (o->node != n || o->time > e->last + WINDOW) {
            break;
        }
        if (!suits(o, e)) {
            continue;
        }
        if (tls && tls->sni && xd_text_same_nocase(tls->sni, e->name)) {
            *out = o->addr;
            return true;
        }
        if (!(tls && tls->sni)) {
            several = several || (only && !xd_addr_equal(&only->addr, &o->addr));
            only = o;
        }
    }
    if (!only || several) {
        return false;
    }
    *out = only->addr;
    return true;
}

static void join_event(struct xd_judge *j, const struct opened_list *list,
                       const struct opened_list *by_time, const struct xd_log_event *e)
{
    struct opened want = {.node = xd_judge_node_of(j, e->place.entry),
                          .addr = e->remote.addr,
                          .time = e->place.time - WINDOW};
    if (!want.node) {
        return;
    }
    bool told =
        want.addr.family != XD_ADDR_NONE || find_address(by_time, want.node, e, &want.addr);
    if (!told || !join_by_address(j, list, &want, e)) {
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
    struct opened_list by_time = {0};
    list_opened(j, &list);
    list_opened(j, &by_time);
    sort(&list, compare_opened);
    sort(&by_time, compare_times);
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        bool failure = e->alert >= 0 || xd_says_of_text(e->detail) != 0;
        bool speaks = e->kind == XD_LOG_TRAFFIC_SERVER || is_xcp(e);
        if (speaks && failure && !e->local.port &&
            (e->remote.addr.family != XD_ADDR_NONE || e->name) &&
            e->place.time != XD_TIME_NONE) {
            join_event(j, &list, &by_time, e);
        }
    }
}
