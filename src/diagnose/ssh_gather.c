/*
 * ssh_gather.c - what captures, logs and status show of the tunnels between one C
 * and one E.
 */
#include "tunnels_priv.h"

#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

static bool is_absent(const struct xd_zone *z, const struct xd_zone_peer *p)
{
    return z->uc == XD_TRI_ON && !xd_zone_is_server(z) && !p->node && p->address &&
           *p->address;
}

void xd_absent_find(const struct xd_node *c, struct xd_absent *out)
{
    out->n = 0;
    for (size_t i = 0; i < c->n_zones; i++) {
        const struct xd_zone *z = &c->zones[i];
        for (size_t k = 0; k < z->n_peers && out->n < XD_MAX_ABSENT; k++) {
            if (is_absent(z, &z->peers[k])) {
                out->peers[out->n++] = &z->peers[k];
            }
        }
    }
}

/* The peer at the address, or else the first of which no address is known; NULL: none. */
static const struct xd_zone_peer *find_absent(const struct xd_absent *all,
                                              const struct xd_addr *addr)
{
    const struct xd_zone_peer *unplaced = NULL;
    for (size_t i = 0; i < all->n; i++) {
        const struct xd_zone_peer *p = all->peers[i];
        if (xd_addr_equal(&p->addr, addr)) {
            return p;
        }
        unplaced = !unplaced && p->addr.family == XD_ADDR_NONE ? p : unplaced;
    }
    return unplaced;
}

static const char host_key[] = "host key verification failed";

static bool event_has(const struct xd_log_event *e, const char *word)
{
    return xd_tunnels_text_has(e->detail, word) || xd_tunnels_text_has(e->quote, word);
}

/* Words of either end about a key type that it does not take. */
static bool says_algorithm(const struct xd_log_event *e)
{
    static const char *const words[] = {"unsupported algorithm",
                                        "unsupported public key algorithm",
                                        "no mutual signature",
                                        "no matching host key type",
                                        "not in pubkeyacceptedalgorithms",
                                        "not in pubkeyacceptedkeytypes",
                                        "not in pubkeyalgorithms"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (event_has(e, words[i])) {
            return true;
        }
    }
    return false;
}

static bool says_dead(const char *text)
{
    return xd_tunnels_text_has(text, "timed out") ||
           xd_tunnels_text_has(text, "connection refused") ||
           xd_tunnels_text_has(text, "no route to host");
}

static bool length_seen(const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        if (v->views[i]->ssh && v->views[i]->ssh->key_request_length > 0) {
            return true;
        }
    }
    return false;
}

/* The login is a packet whose length is told, and it fits a chain of the client store. */
static bool length_fits(const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        for (size_t k = 0; k < v->views[i]->n_inferred; k++) {
            const struct xd_inferred *x = &v->views[i]->inferred[k];
            if (x->by == XD_CLIENT && x->store != XD_STORE_NONE &&
                x->store != XD_STORE_UNKNOWN && x->store != XD_STORE_NULL) {
                return true;
            }
        }
    }
    return false;
}

/* A length that fits the other store, or none, speaks against the client store. */
static bool contradicts(const struct xd_conv *v)
{
    for (size_t i = 0; i < v->n_views; i++) {
        for (size_t k = 0; k < v->views[i]->n_inferred; k++) {
            enum xd_store_kind store = v->views[i]->inferred[k].store;
            if (v->views[i]->inferred[k].by == XD_CLIENT &&
                (store == XD_STORE_SERVER || store == XD_STORE_NONE) &&
                xd_node_has_two_stores(v->node[XD_CLIENT])) {
                return true;
            }
        }
    }
    return false;
}

bool xd_tunnels_between(const struct xd_tunnels *t, const struct xd_conv *v)
{
    if (v->node[XD_CLIENT] != t->c) {
        return false;
    }
    if (v->node[XD_SERVER]) {
        return v->node[XD_SERVER] == t->e;
    }
    return !t->others || find_absent(t->others, &v->end[XD_SERVER].addr) == t->absent;
}

static void take_conv(struct xd_judge *j, struct xd_tunnels *t, struct xd_conv *v)
{
    if (v->service != XD_SERVICE_SSH_TUNNEL || !xd_tunnels_between(t, v)) {
        return;
    }
    if (v->outcome == XD_OUTCOME_ESTABLISHED) {
        t->accepted = true;
        bool seen = v->flow && v->flow->ssh && v->flow->ssh->key_accepted;
        t->let_in = seen && (!t->let_in || v->time > t->let_in->time) ? v : t->let_in;
    }
    if (!v->flow || v->outcome != XD_OUTCOME_FAILED) {
        return;
    }
    enum xd_failure_kind kind = v->flow->failure.kind;
    bool connect = v->flow->failure.phase == XD_PHASE_CONNECT;
    if (kind == XD_FAILURE_SSH_AUTH) {
        *XD_PUSH(j->cs->arena, t, refused) = v;
        t->length_contradicts = t->length_contradicts || contradicts(v);
        t->length_untold = t->length_untold || (length_seen(v) && !length_fits(v));
    } else if ((kind == XD_FAILURE_UNANSWERED && connect) || kind == XD_FAILURE_REFUSED) {
        *XD_PUSH(j->cs->arena, t, silent) = v;
    }
}

/* Far ends of its tunnels: nodes of the case, and E that it calls without their bundles. */
static size_t count_far_ends(const struct xd_judge *j, const struct xd_tunnels *t,
                             const struct xd_node *n)
{
    size_t count = n == t->c && t->others ? t->others->n : 0;
    for (size_t i = 0; i < j->n_pairs; i++) {
        count += j->pairs[i].c == n || j->pairs[i].e == n;
    }
    return count;
}

static bool is_peer_named(const struct xd_pair *p, const char *name)
{
    return xd_node_is_called(p->e, name) ||
           (p->c_peer && xd_text_same_nocase(p->c_peer->address, name));
}

/* A host name, as the zone's peer or E's own full name are; an address may be a NAT's. */
static bool is_host_name(const char *name)
{
    struct xd_addr addr = {0};
    return name && strchr(name, '.') && !xd_addr_parse(name, strlen(name), &addr);
}

static bool leads_by_name(const struct xd_node *c, const struct xd_node *e,
                          const char *name)
{
    for (size_t i = 0; i < c->n_tunnels; i++) {
        if (xd_text_same_nocase(c->tunnels[i].target, name) ||
            xd_text_same_nocase(c->tunnels[i].peer, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < c->n_zones; i++) {
        for (size_t k = 0; k < c->zones[i].n_peers; k++) {
            const struct xd_zone_peer *p = &c->zones[i].peers[k];
            bool its = !p->node || xd_node_same_host(p->node, e);
            if (its && xd_text_same_nocase(p->address, name)) {
                return true;
            }
        }
    }
    return false;
}

/* Both E's full name and C's own name for it are known, and the line has neither. */
static bool names_stranger(const struct xd_judge *j, const struct xd_tunnels *t,
                           const char *name)
{
    bool known = false;
    if (!is_host_name(name) || !t->e || !t->e->fqdn || leads_by_name(t->c, t->e, name)) {
        return false;
    }
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (p->c == t->c && p->e == t->e) {
            if (is_peer_named(p, name)) {
                return false;
            }
            known = known || (p->c_peer && p->c_peer->address);
        }
    }
    return known;
}

/* A line of a C that names no far end of its own, or, of several, another one. */
static bool names_another(const struct xd_judge *j, const struct xd_tunnels *t,
                          const struct xd_log_event *e)
{
    bool another = false;
    if (t->absent) {
        return !xd_text_same_nocase(t->absent->address, e->name);
    }
    if (names_stranger(j, t, e->name)) {
        return true;
    }
    if (!e->name || !t->e || count_far_ends(j, t, t->c) <= 1) {
        return false;
    }
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (p->c != t->c || !is_peer_named(p, e->name)) {
            continue;
        }
        if (p->e == t->e) {
            return false;
        }
        another = true;
    }
    for (size_t i = 0; t->others && i < t->others->n && !another; i++) {
        another = xd_text_same_nocase(t->others->peers[i]->address, e->name);
    }
    return another;
}

/* C's own lines, and E's about C. */
static void take_event(struct xd_judge *j, struct xd_tunnels *t,
                       const struct xd_log_event *e)
{
    const struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    bool mine = writer == t->c;
    bool far = writer && writer == t->e;
    if (e->kind != XD_LOG_SSH || (!mine && !far) || (mine && names_another(j, t, e))) {
        return;
    }
    if (mine && event_has(e, host_key)) {
        t->host_key_event = e;
        return;
    }
    if (says_algorithm(e)) {
        t->algorithm_event = e;
        return;
    }
    unsigned says = xd_says_of_text(e->detail ? e->detail : e->quote);
    /* E names no client: where this one's tunnels are up, it may speak of any other. */
    bool others = far && t->up && t->n_down == 0 && t->n_refused == 0;
    if (others) {
        return;
    }
    if (event_has(e, "permission denied") || (far && says)) {
        *XD_PUSH(j->cs->arena, t, denied) = e;
        t->says |= far ? says : 0;
    } else if (mine && (says_dead(e->detail) || says_dead(e->quote))) {
        *XD_PUSH(j->cs->arena, t, dead) = e;
    }
}

/* Does what a status row prints mean this node? */
static bool means_node(const struct xd_node *n, const char *printed)
{
    struct xd_addr addr = {0};
    if (xd_text_same_nocase(n->host, printed) || xd_text_same_nocase(n->fqdn, printed) ||
        xd_text_same_nocase(n->id, printed)) {
        return true;
    }
    return printed && xd_addr_parse(printed, strlen(printed), &addr) &&
           xd_node_is_known_at(n, &addr);
}

static bool leads_to_peer(const struct xd_tunnel *row, const struct xd_zone_peer *peer)
{
    struct xd_addr addr = {0};
    bool same = row->peer && xd_addr_parse(row->peer, strlen(row->peer), &addr) &&
                xd_addr_equal(&addr, &peer->addr);
    return same || xd_text_same_nocase(row->target, peer->address);
}

/* The far end's tunnels of several: by name, address, or the zone's own peer name. */
static bool leads_to(const struct xd_judge *j, const struct xd_tunnels *t,
                     const struct xd_tunnel *row, const struct xd_node *n)
{
    const struct xd_node *far = n == t->c ? t->e : t->c;
    if (t->absent) {
        return leads_to_peer(row, t->absent);
    }
    if (!far || count_far_ends(j, t, n) <= 1) {
        return true;
    }
    if ((row->node && xd_node_same_host(row->node, far)) || means_node(far, row->target) ||
        means_node(far, row->peer)) {
        return true;
    }
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        if (p->c == n && p->e == far && p->c_peer &&
            xd_text_same_nocase(p->c_peer->address, row->target)) {
            return true;
        }
    }
    return false;
}

static void take_tunnels(struct xd_judge *j, struct xd_tunnels *t, struct xd_node *n)
{
    for (size_t i = 0; n && i < n->n_tunnels; i++) {
        struct xd_tunnel *row = &n->tunnels[i];
        bool its = leads_to(j, t, row, n);
        if (xd_tunnels_text_has(row->status, "active") && its) {
            t->up = true;
        }
        /* One that came up since tells of the time before; of other refusals nothing. */
        bool was_down = row->later && t->n_refused > 0;
        if ((xd_tunnel_is_down(row) || was_down) && its) {
            *XD_PUSH(j->cs->arena, t, down) = row;
            t->status_dead = t->status_dead           ? t->status_dead
                             : says_dead(row->reason) ? row
                                                      : NULL;
            t->status_denied =
                t->status_denied || xd_tunnels_text_has(row->reason, "permission denied");
            t->status_host_key =
                t->status_host_key || xd_tunnels_text_has(row->reason, host_key);
        }
    }
}

void xd_tunnels_gather(struct xd_judge *j, struct xd_tunnels *t)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        take_conv(j, t, j->convs[i]);
    }
    take_tunnels(j, t, t->c);
    take_tunnels(j, t, t->e);
    for (size_t i = 0; i < j->cs->n_events; i++) {
        take_event(j, t, j->cs->events[i]);
    }
}

static bool is_of_protection(const struct xd_setting *s)
{
    return s->value && (xd_tunnels_text_has(s->path, "fail2ban") ||
                        xd_tunnels_text_has(s->path, "intrusionprotection"));
}

/* The rows of a status that name the groups of the rows beside them. */
struct jail_names {
    const struct xd_setting *rows[64]; /* an Expressway has a dozen */
    size_t prefix[64];                 /* how long the path is that the group shares */
    size_t n;
};

static void list_names(const struct xd_dump *status, struct jail_names *out)
{
    const size_t most = sizeof out->rows / sizeof *out->rows;
    out->n = 0;
    for (size_t i = 0; i < status->n_settings && out->n < most; i++) {
        const struct xd_setting *s = &status->settings[i];
        size_t len = strlen(s->path);
        while (len > 0 && strchr("0123456789 ", s->path[len - 1])) {
            len--;
        }
        size_t from = len > 5 ? len - 5 : 0;
        struct xd_slice end = {(const uint8_t *)s->path + from, len - from};
        if (xd_text_equal_nocase(end, xd_slice_of(" name")) && is_of_protection(s)) {
            out->prefix[out->n] = from + 1;
            out->rows[out->n++] = s;
        }
    }
}

/* The name of the group that the row is of, or NULL. */
static const char *group_name(const struct jail_names *names, const struct xd_setting *row)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strncmp(names->rows[i]->path, row->path, names->prefix[i]) == 0) {
            return names->rows[i]->value;
        }
    }
    return NULL;
}

/*
 * A row of the list of hosts that the intrusion protection blocks: none of those that it
 * spares or counts, nor of another service's, where the status tells whose it is.
 */
static bool is_jail(const struct jail_names *names, const struct xd_setting *s)
{
    static const char *const others[] = {"exempt", "whitelist", "ignore", "failure"};
    if (!is_of_protection(s)) {
        return false;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (xd_tunnels_text_has(s->path, others[i])) {
            return false;
        }
    }
    const char *name = group_name(names, s);
    bool in_path =
        xd_tunnels_text_has(s->path, "-auth") || xd_tunnels_text_has(s->path, "-intrusion");
    name = name ? name : in_path ? s->path : NULL;
    return !name || xd_tunnels_text_has(name, "pfwd") ||
           xd_tunnels_text_has(name, "forward");
}

bool xd_tunnels_blocked(const struct xd_tunnels *t, struct xd_place *place)
{
    const struct xd_dump *status = t->e ? t->e->xstat : NULL;
    struct jail_names names = {.n = 0};
    if (status) {
        list_names(status, &names);
    }
    for (size_t i = 0; status && i < status->n_settings; i++) {
        const struct xd_setting *s = &status->settings[i];
        if (!s->value || !means_node(t->c, s->value) || !is_jail(&names, s)) {
            continue;
        }
        *place = (struct xd_place){
            .entry = status->entry, .line = s->line, .time = XD_TIME_NONE};
        return true;
    }
    return false;
}

/* Does E's evidence tell by which address it sees C? */
static bool knows_address(const struct xd_node *e, const struct xd_node *c)
{
    for (size_t i = 0; i < e->n_zones; i++) {
        for (size_t k = 0; k < e->zones[i].n_peers; k++) {
            if (e->zones[i].peers[k].node == c) {
                return true;
            }
        }
    }
    return c->n_seen_as > 0;
}

static bool may_block(const struct xd_judge *j, const struct xd_node *e,
                      const struct xd_node *c)
{
    const struct xd_dump *status = e->xstat;
    if (!status) {
        return true;
    }
    struct jail_names names;
    list_names(status, &names);
    for (size_t i = 0; i < status->n_settings && !knows_address(e, c); i++) {
        const struct xd_setting *s = &status->settings[i];
        struct xd_addr addr;
        if (s->value && xd_addr_parse(s->value, strlen(s->value), &addr) &&
            is_jail(&names, s) && !xd_judge_node_at(j, &addr, e)) {
            return true;
        }
    }
    return false;
}

bool xd_tunnels_may_be_blocked(const struct xd_judge *j, const struct xd_tunnels *t)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        const struct xd_node *e = j->cs->nodes[i];
        bool its = t->e ? e == t->e : e->role == XD_ROLE_E;
        if (its && may_block(j, e, t->c)) {
            return true;
        }
    }
    return t->absent != NULL; /* its list is not in the evidence */
}

void xd_tunnels_attach_down(struct xd_judge *j, struct xd_draft *d, struct xd_tunnels *t)
{
    for (size_t i = 0; t->down && i < t->n_down; i++) {
        xd_draft_tunnel(j, d, t->down[i]);
        xd_evidence_tunnel(j, d, t->down[i]);
    }
}

void xd_tunnels_attach(struct xd_judge *j, struct xd_draft *d, struct xd_tunnels *t)
{
    static const char *const alarms[] = {"35013", NULL};
    for (size_t i = 0; t->refused && i < t->n_refused; i++) {
        xd_draft_flow(j, d, t->refused[i]);
        xd_evidence_conv(j, d, t->refused[i]);
        t->refused[i]->cause = d;
    }
    for (size_t i = 0; t->denied && i < t->n_denied; i++) {
        xd_evidence_event(j, d, t->denied[i], true);
    }
    xd_tunnels_attach_down(j, d, t);
    xd_draft_alarms(j, d, t->c, alarms);
    xd_draft_alarms(j, d, t->e, alarms);
    xd_draft_effect(j, d, "MRA login and registration");
    xd_draft_effect(j, d, "WebRTC proxy");
}

bool xd_tunnels_may_be_anothers(const struct xd_judge *j, const struct xd_tunnels *t)
{
    bool told = t->n_denied > 0 || t->status_denied || !xd_node_has_capture(t->c);
    for (size_t i = 0; i < t->n_refused && !told; i++) {
        const struct xd_conv *v = t->refused[i];
        told = xd_node_has_address(t->c, &v->end[XD_CLIENT].addr);
        for (size_t k = 0; k < v->n_views && !told; k++) {
            told = xd_judge_node_of(j, v->views[k]->first.entry) == t->c;
        }
    }
    return !told;
}
