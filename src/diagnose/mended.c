/*
 * mended.c - findings that a later connection of the same case shows mended: the same
 * two ends, the same service, and this time it came up and stayed.
 *
 * What a bundle taken later shows is told by the reports; here it is a handshake or a
 * line of a log that outranks what came before it.
 */
#include "judge_priv.h"

#include <string.h>

#include "assemble_priv.h"

/* Between whom, for what: a node where it is known, since a NAT gives it two addresses. */
struct ends_key {
    const struct xd_node *node[2];
    struct xd_addr addr[2];
    uint64_t service;
};

/* The last time that it worked, and what shows it. */
struct success {
    xd_time time;
    const struct xd_conv *conv;       /* or NULL */
    const struct xd_log_event *event; /* or NULL */
};

static const struct xd_node *first_of_host(const struct xd_judge *j,
                                           const struct xd_node *n)
{
    for (size_t i = 0; n && i < n->index; i++) {
        const struct xd_node *other = j->cs->nodes[i];
        if (xd_node_same_host(other, n)) {
            return other;
        }
    }
    return n;
}

static void make_key(const struct xd_judge *j, const struct xd_node *const node[2],
                     const struct xd_endpoint end[2], enum xd_service service,
                     struct ends_key *key)
{
    memset(key, 0, sizeof *key);
    key->service = (uint64_t)service;
    for (int s = 0; s < 2; s++) {
        key->node[s] = first_of_host(j, node[s]);
        if (!node[s]) {
            key->addr[s] = end[s].addr;
        }
    }
}

static void note_success(struct xd_judge *j, struct xd_map *all, const struct ends_key *key,
                         const struct success *found)
{
    struct xd_slice bytes = {(const uint8_t *)key, sizeof *key};
    struct success *known = xd_map_get(all, bytes);
    if (!known) {
        known = xd_arena_alloc(j->cs->arena, sizeof *known);
        *known = *found;
        xd_map_put(all, bytes, known);
    } else if (found->time > known->time) {
        *known = *found;
    }
}

/* A request over HTTP ends when it is answered; zones, tunnels and peers stay. */
static bool worked(const struct xd_conv *v)
{
    bool brief = v->service == XD_SERVICE_UDS || v->service == XD_SERVICE_TFTP ||
                 v->service == XD_SERVICE_HTTPS;
    return brief ? v->outcome == XD_OUTCOME_ESTABLISHED : xd_conv_stayed_up(v);
}

static void list_captured(struct xd_judge *j, struct xd_map *all)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (!v->related || !worked(v)) {
            continue;
        }
        struct ends_key key;
        struct success s = {.time = v->time, .conv = v};
        make_key(j, v->node, v->end, v->service, &key);
        note_success(j, all, &key, &s);
    }
}

/* Lines are about the writer's connections; who listens has the lower port. */
static void list_logged(struct xd_judge *j, struct xd_map *all)
{
    for (size_t i = 0; i < j->cs->n_events; i++) {
        const struct xd_log_event *e = j->cs->events[i];
        if (e->kind != XD_LOG_TLS_SUCCEEDED || !e->remote.port || e->last == XD_TIME_NONE) {
            continue;
        }
        bool answers = e->role == XD_LOG_ROLE_UNKNOWN ? e->local.port < e->remote.port
                                                      : e->role == XD_LOG_ROLE_SERVER;
        int local = answers ? XD_SERVER : XD_CLIENT;
        const struct xd_node *node[2] = {NULL, NULL};
        struct xd_endpoint end[2] = {{.port = 0}};
        struct ends_key key;
        struct success s = {.time = e->last, .event = e};
        node[local] = xd_judge_node_of(j, e->place.entry);
        node[!local] = xd_judge_node_at(j, &e->remote.addr, node[local]);
        end[local] = e->local;
        end[!local] = e->remote;
        make_key(j, node, end, xd_conv_service(node, end), &key);
        note_success(j, all, &key, &s);
    }
}

/* A status of before is outlived by that of the node's next bundle. */
static bool is_outlived(const struct xd_judge *j, const struct xd_place *row)
{
    const struct xd_node *n = xd_judge_node_of(j, row->entry);
    for (size_t i = 0; n && i < j->cs->n_nodes; i++) {
        const struct xd_node *x = j->cs->nodes[i];
        if (x != n && xd_node_same_host(x, n) && x->xstat && x->as_of > n->as_of) {
            return true;
        }
    }
    return false;
}

/* The status still calls something down that this finding explains. */
static bool is_still_down(const struct xd_judge *j, const struct xd_draft *d)
{
    for (size_t i = 0; i < d->n_zones; i++) {
        if (xd_zone_is_down(d->zones[i]) && !is_outlived(j, &d->zones[i]->state)) {
            return true;
        }
    }
    for (size_t i = 0; i < d->n_tunnels; i++) {
        if (xd_tunnel_is_down(d->tunnels[i]) && !is_outlived(j, &d->tunnels[i]->state)) {
            return true;
        }
    }
    return false;
}

static const char *tell(struct xd_judge *j, const struct success *s)
{
    return s->conv ? xd_arena_printf(j->cs->arena,
                                     "a later connection between the same ends came up at "
                                     "%s and stayed (conversation #%u)",
                                     xd_words_time(j, s->time), s->conv->flow->id)
                   : xd_arena_printf(j->cs->arena,
                                     "the log tells of a later handshake between the same "
                                     "ends that succeeded at %s",
                                     xd_words_time(j, s->time));
}

/* A handshake succeeds before the name is looked at: a line of it shows nothing then. */
static bool outlives(const struct success *s, const struct xd_conv *failed)
{
    bool name = failed->cause->f.id == XD_F_NAME_MISMATCH;
    return s && s->time > failed->time && (s->conv || !name);
}

/*
 * With the EKU check off the same certificate passes: what was refused works, and nothing
 * was mended.
 */
static bool only_overlooked(struct xd_judge *j, const struct xd_conv *failed,
                            const struct success *s)
{
    const struct xd_node *verifier = failed->node[XD_SERVER];
    struct xd_replay r;
    if (failed->cause->f.id != XD_F_CLIENT_EKU_MISSING || !verifier ||
        xd_node_eku_check_at(verifier, failed->time) == XD_EKU_CHECK_OFF ||
        xd_node_eku_check_at(verifier, s->time) != XD_EKU_CHECK_OFF) {
        return false;
    }
    if (!s->conv) {
        return true;
    }
    xd_conv_replay(j, s->conv, XD_CLIENT, &r);
    return r.basis != XD_BASE_SEEN || r.n_chain == 0 || !r.chain[0]->parsed ||
           !xd_cert_permits_client(r.chain[0]);
}

static void judge_conv(struct xd_judge *j, const struct xd_map *all,
                       const struct xd_conv *v)
{
    struct ends_key key;
    struct xd_draft *d = v->cause;
    make_key(j, v->node, v->end, v->service, &key);
    const struct success *s =
        xd_map_get(all, (struct xd_slice){(const uint8_t *)&key, sizeof key});
    if (!outlives(s, v) || only_overlooked(j, v, s)) {
        d->persists = true;
    } else if (!d->f.mended) {
        d->f.mended = tell(j, s);
    }
}

void xd_judge_mended(struct xd_judge *j)
{
    struct xd_map *all = xd_map_new();
    list_captured(j, all);
    list_logged(j, all);
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        if (v->cause && v->cause->f.severity >= XD_ERROR && xd_conv_failed(v)) {
            judge_conv(j, all, v);
        }
    }
    xd_map_free(all);
    for (size_t i = 0; i < j->n_drafts; i++) {
        struct xd_draft *d = j->drafts[i];
        if (d->persists || is_still_down(j, d)) {
            d->f.mended = NULL;
        }
    }
}
