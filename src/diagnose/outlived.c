/*
 * outlived.c - what a node showed before its store became what the bundle holds: a
 * certificate may be replaced while logging, and the files are as of its end.
 */
#include "judge_priv.h"

#include "assemble_priv.h"

enum { SERVICES = XD_SERVICE_SSH_ADMIN + 1 };

/* By node, side and service: when it first and last showed what its store holds. */
struct xd_rightly {
    xd_time first, last; /* XD_TIME_NONE: never */
};

static struct xd_rightly *slot_of(struct xd_judge *j, const struct xd_node *n,
                                  enum xd_side by, enum xd_service service)
{
    return &j->rightly_shown[((size_t)n->index * 2 + (size_t)by) * SERVICES +
                             (size_t)service];
}

static void widen(struct xd_rightly *shown, xd_time at)
{
    if (at == XD_TIME_NONE) {
        return;
    }
    shown->last = shown->last == XD_TIME_NONE || at > shown->last ? at : shown->last;
    shown->first = shown->first == XD_TIME_NONE || at < shown->first ? at : shown->first;
}

/* Does that side show what its store holds? */
static bool shows_right(const struct xd_conv *v, enum xd_side by)
{
    const struct xd_node *n = v->node[by];
    const struct xd_presented *p = n ? xd_conv_presented(v, by, NULL) : NULL;
    const struct xd_store *store = p ? xd_node_store_for(n, by) : NULL;
    return store && p->n_certs > 0 && p->certs[0] == store->certs[0];
}

static void list_rightly_shown(struct xd_judge *j)
{
    size_t n_slots = (j->cs->n_nodes + 1) * 2 * SERVICES;
    j->rightly_shown = xd_arena_alloc(j->cs->arena, n_slots * sizeof *j->rightly_shown);
    for (size_t i = 0; i < n_slots; i++) {
        j->rightly_shown[i] = (struct xd_rightly){XD_TIME_NONE, XD_TIME_NONE};
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        for (int s = 0; s < 2; s++) {
            enum xd_side by = (enum xd_side)s;
            if (shows_right(v, by)) {
                widen(slot_of(j, v->node[by], by, v->service), xd_conv_time_at(j, v, by));
            }
        }
    }
}

static const struct xd_rightly *shown_of(struct xd_judge *j, const struct xd_node *n,
                                         enum xd_side by, enum xd_service service)
{
    if (!j->rightly_shown) {
        list_rightly_shown(j);
    }
    return slot_of(j, n, by, service);
}

bool xd_conv_follows_right(struct xd_judge *j, const struct xd_conv *v, enum xd_side by)
{
    const xd_time together = 30 * XD_SECOND; /* no node restarts within that */
    const enum xd_service services[2] = {v->service, XD_SERVICE_SSH_TUNNEL};
    xd_time at = xd_conv_time_at(j, v, by);
    for (int i = 0; i < 2 && v->node[by] && at != XD_TIME_NONE; i++) {
        xd_time first = shown_of(j, v->node[by], by, services[i])->first;
        if (first != XD_TIME_NONE && first < at + together) {
            return true;
        }
    }
    return false;
}

bool xd_node_uses_its_stores(const struct xd_node *n)
{
    return n->log && n->xstat && !xd_node_restart_pending(n);
}

enum xd_tri xd_conv_outlived(struct xd_judge *j, const struct xd_conv *v, enum xd_side by)
{
    const xd_time backdated = 3600 * XD_SECOND; /* what CAs put before the hour of issue */
    const struct xd_node *n = v->node[by];
    const struct xd_store *s = n ? xd_node_store_for(n, by) : NULL;
    xd_time at = xd_conv_time_at(j, v, by);
    if (!s || at == XD_TIME_NONE) {
        return XD_TRI_OFF;
    }
    xd_time later = shown_of(j, n, by, v->service)->last;
    if (later != XD_TIME_NONE && later > at) {
        return XD_TRI_ON;
    }
    if (xd_node_restart_pending(n) || !s->certs[0]->parsed) {
        return XD_TRI_OFF;
    }
    return s->certs[0]->not_before > at               ? XD_TRI_ON
           : s->certs[0]->not_before > at - backdated ? XD_TRI_UNKNOWN
                                                      : XD_TRI_OFF;
}

/* By its own clock, of what its bundle tells or a measured offset; else by the teller's. */
static xd_time moment_at(const struct xd_judge *j, xd_time t, const struct xd_entry *told,
                         const struct xd_node *n)
{
    const struct xd_node *whose = xd_judge_node_of(j, told);
    xd_time offset = 0;
    bool measured = whose && whose != n && xd_clock_offset(j, whose, n, t, &offset);
    return t == XD_TIME_NONE || !measured ? t : t + offset;
}

enum xd_tri xd_node_moved_on(const struct xd_judge *j, const struct xd_node *n,
                             const struct xd_place *told)
{
    const xd_time session = 3600 * XD_SECOND;
    xd_time from = xd_node_moment(n);
    xd_time to = n->stamp > from ? n->stamp : from;
    xd_time at = moment_at(j, told->time, told->entry, n);
    if (from == XD_TIME_NONE || at == XD_TIME_NONE ||
        xd_judge_node_of(j, told->entry) == n) {
        return XD_TRI_OFF;
    }
    return at < from - session ? XD_TRI_ON : at > to + XD_DAY ? XD_TRI_UNKNOWN : XD_TRI_OFF;
}

bool xd_store_came_later(const struct xd_judge *j, const struct xd_node *n,
                         const struct xd_store *s, const struct xd_place *told)
{
    return s->n_certs > 0 && s->certs[0]->parsed &&
           xd_node_moved_on(j, n, told) == XD_TRI_ON &&
           s->certs[0]->not_before > moment_at(j, told->time, told->entry, n);
}

struct xd_place xd_conv_told_to(const struct xd_judge *j, const struct xd_conv *v,
                                const struct xd_node *n)
{
    struct xd_place first = {.time = XD_TIME_NONE};
    for (size_t i = 0; i < v->n_views + v->n_events; i++) {
        const struct xd_place *p =
            i < v->n_views ? &v->views[i]->first : &v->events[i - v->n_views]->place;
        if (i == 0 || xd_judge_node_of(j, p->entry) == n) {
            first = *p;
        }
    }
    return first;
}
