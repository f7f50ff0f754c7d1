/*
 * reach.c - how far a refusal reaches: Expressway-C asks several CUCM nodes for the same
 * thing, and where others of them answered, not all of the service is down; the XMPP router
 * carries a part of MRA alone.
 */
#include "judge_priv.h"

#include <string.h>

enum { MAX_SERVERS = 256 }; /* UC servers of a case: a few dozen at most */

/* A server of one service, as one node reaches it. */
struct server {
    const struct xd_node *client;
    enum xd_service service;
    struct xd_addr addr;
    const struct xd_conv *shown;
    bool answers;
};

struct servers {
    struct server items[MAX_SERVERS];
    size_t n;
};

static bool is_of_uc(const struct xd_conv *v)
{
    return v->node[XD_CLIENT] && v->related &&
           (v->service == XD_SERVICE_UDS || v->service == XD_SERVICE_TFTP);
}

static bool same_kind(const struct server *s, const struct xd_conv *v)
{
    return s->client == v->node[XD_CLIENT] && s->service == v->service;
}

static struct server *find_server(struct servers *all, const struct xd_conv *v)
{
    for (size_t i = 0; i < all->n; i++) {
        struct server *s = &all->items[i];
        if (same_kind(s, v) && xd_addr_equal(&s->addr, &v->end[XD_SERVER].addr)) {
            return s;
        }
    }
    if (all->n == MAX_SERVERS) {
        return NULL;
    }
    struct server *s = &all->items[all->n++];
    *s = (struct server){.client = v->node[XD_CLIENT],
                         .service = v->service,
                         .addr = v->end[XD_SERVER].addr,
                         .shown = v};
    return s;
}

/* The others of this service that answered that node; "" for none. */
static const char *list_others(struct xd_judge *j, const struct servers *all,
                               const struct xd_conv *v)
{
    const char *list = "";
    for (size_t i = 0; i < all->n; i++) {
        const struct server *s = &all->items[i];
        if (!same_kind(s, v) || !s->answers) {
            continue;
        }
        if (xd_addr_equal(&s->addr, &v->end[XD_SERVER].addr)) {
            return ""; /* it answered as well, at another time */
        }
        list = xd_arena_printf(j->cs->arena, "%s%s%s", list, *list ? ", " : "",
                               xd_words_end(j, s->shown, XD_SERVER));
    }
    return list;
}

static void note_reach(struct xd_judge *j, const struct servers *all,
                       const struct xd_conv *v)
{
    struct xd_draft *d = v->cause;
    const char *others = is_of_uc(v) ? list_others(j, all, v) : "";
    const char *it = xd_words_end(j, v, XD_SERVER);
    bool router = v->service == XD_SERVICE_XMPP_ROUTER;
    d->reach_router = d->reach_router || router;
    d->reach_more = d->reach_more || !router;
    if (!*others) {
        d->reach_whole = true;
    } else if (!d->reach_of) {
        d->reach_of = it;
        d->reach_others = others;
    } else if (!strstr(d->reach_of, it) && strlen(d->reach_of) < 200) {
        d->reach_of = xd_arena_printf(j->cs->arena, "%s, %s", d->reach_of, it);
    }
}

/* Zones and tunnels tell of more than one server. */
static void tell_reach(struct xd_judge *j, struct xd_draft *d)
{
    if (d->reach_router && !d->reach_more && d->n_tunnels == 0) {
        xd_draft_say(j, d,
                     "Of MRA it is instant messaging and presence that needs the XMPP "
                     "router; registrations and calls take other ways.");
    }
    if (!d->reach_of || d->reach_whole || d->n_zones > 0 || d->n_tunnels > 0) {
        return;
    }
    d->f.reach = d->reach_of;
    xd_draft_say(j, d,
                 xd_arena_printf(j->cs->arena,
                                 "This stops what goes through %s alone: as far as the "
                                 "captures show, %s of the same service answered.",
                                 d->reach_of, d->reach_others));
}

void xd_judge_reach(struct xd_judge *j)
{
    struct servers *all = xd_arena_alloc(j->cs->arena, sizeof *all);
    for (size_t i = 0; i < j->n_convs; i++) {
        struct server *s = is_of_uc(j->convs[i]) ? find_server(all, j->convs[i]) : NULL;
        if (s && j->convs[i]->outcome == XD_OUTCOME_ESTABLISHED && !j->convs[i]->cause) {
            s->answers = true;
        }
    }
    for (size_t i = 0; i < j->n_convs; i++) {
        if (j->convs[i]->cause) {
            note_reach(j, all, j->convs[i]);
        }
    }
    for (size_t i = 0; i < j->n_drafts; i++) {
        tell_reach(j, j->drafts[i]);
    }
}
