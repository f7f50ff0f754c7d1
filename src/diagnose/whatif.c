/*
 * whatif.c - predictions for every pair: the standing ones, and of what the user wants
 * tried.
 */
#include "judge_priv.h"

#include <string.h>

#include "assemble_priv.h"
#include "expdiag/text.h"

struct standing {
    const char *name;
    struct xd_change change;
};

static const struct standing rows[] = {
    {"as-is", {.at = XD_TIME_NONE}},
    {"eku-check=on", {.set_check = true, .check = XD_EKU_CHECK_ON, .at = XD_TIME_NONE}},
    {"eku-check=off", {.set_check = true, .check = XD_EKU_CHECK_OFF, .at = XD_TIME_NONE}},
    {"client-cert+clientAuth", {.good_client = true, .at = XD_TIME_NONE}},
};

static bool says(const char *status, const char *word)
{
    return status && xd_text_contains_nocase(xd_slice_of(status), word);
}

/* The node that a status row names may be another bundle of the pair's. */
static bool is_half(const struct xd_node *named, const struct xd_node *half)
{
    return named && xd_node_same_host(named, half);
}

/* A zone to a cluster has a status for each peer: that of this pair's other half counts,
 * that of the whole zone only where there is none. */
static void read_zone(const struct xd_zone *z, const struct xd_node *far, bool *down,
                      bool *up)
{
    bool told = false;
    for (size_t i = 0; i < z->n_peers; i++) {
        const struct xd_zone_peer *p = &z->peers[i];
        if (is_half(p->node, far) && p->status) {
            told = true;
            *down = *down || (!z->later && says(p->status, "failed"));
            *up = *up || says(p->status, "active");
        }
    }
    if (!told) {
        *down = *down || xd_zone_is_down(z);
        *up = *up || xd_zone_is_up(z);
    }
}

bool xd_pair_is_down(const struct xd_pair *p, bool *up)
{
    bool down = false;
    *up = false;
    if (p->c_zone) {
        read_zone(p->c_zone, p->e, &down, up);
    }
    if (p->e_zone) {
        read_zone(p->e_zone, p->c, &down, up);
    }
    return down;
}

/* Tunnels to the other half; where none names it, those whose far end nobody knows. */
static bool tunnels_down(const struct xd_node *n, const struct xd_node *far, bool *known)
{
    bool named = false;
    bool down = false;
    for (size_t i = 0; i < n->n_tunnels; i++) {
        named = named || is_half(n->tunnels[i].node, far);
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];
        if (named ? is_half(t->node, far) : !t->node) {
            *known = true;
            down = down || xd_tunnel_is_down(t);
        }
    }
    return down;
}

/* A status that a later connection outranks: what it says, and what was seen since. */
static const char *tell_later(struct xd_judge *j, const struct xd_pair *p, const char *text)
{
    const struct xd_zone *zones[2] = {p->c_zone, p->e_zone};
    const struct xd_node *nodes[2] = {p->c, p->e};
    for (int i = 0; i < 2; i++) {
        if (zones[i] && zones[i]->later) {
            text = xd_arena_printf(j->cs->arena, "%s %s calls its zone \"%s\": %s.", text,
                                   xd_words_node(j, nodes[i]), zones[i]->status,
                                   zones[i]->later);
        }
        for (size_t k = 0; k < nodes[i]->n_tunnels; k++) {
            const struct xd_tunnel *t = &nodes[i]->tunnels[k];
            if (t->later && (!t->node || is_half(t->node, nodes[!i]))) {
                text =
                    xd_arena_printf(j->cs->arena, "%s %s calls a tunnel \"%s\": %s.", text,
                                    xd_words_node(j, nodes[i]), t->status, t->later);
                break;
            }
        }
    }
    return text;
}

/* The findings that explain rows of the status, each once. */
struct named {
    bool taken[XD_FINDING_COUNT];
    const char *list; /* NULL: none */
};

static void add_names(struct xd_judge *j, struct named *out, const unsigned *findings,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum xd_finding_id id = j->cs->findings[findings[i]]->id;
        if (id != XD_F_ZONE_DOWN_UNEXPLAINED && !out->taken[id]) {
            out->taken[id] = true;
            out->list = xd_arena_printf(j->cs->arena, "%s%s%s", out->list ? out->list : "",
                                        out->list ? ", " : "", xd_finding_info(id)->name);
        }
    }
}

/* Where certificates would let it come up. */
static const char *tell_zone_down(struct xd_judge *j, const struct xd_pair *p)
{
    const struct xd_zone *zones[2] = {p->c_zone, p->e_zone};
    struct named named = {.list = NULL};
    for (int i = 0; i < 2; i++) {
        if (zones[i]) {
            add_names(j, &named, zones[i]->findings, zones[i]->n_findings);
        }
    }
    return named.list
               ? xd_arena_printf(j->cs->arena,
                                 " The status says that the zone is down: see %s.",
                                 named.list)
               : " The status says that the zone is down: the reason is no certificate, "
                 "or the certificates in use are not those of the stores.";
}

static const char *tell_tunnels_down(struct xd_judge *j, const struct xd_pair *p)
{
    const struct xd_node *nodes[2] = {p->c, p->e};
    struct named named = {.list = NULL};
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < nodes[i]->n_tunnels; k++) {
            const struct xd_tunnel *t = &nodes[i]->tunnels[k];
            if (!t->node || is_half(t->node, nodes[!i])) {
                add_names(j, &named, t->findings, t->n_findings);
            }
        }
    }
    return named.list
               ? xd_arena_printf(j->cs->arena,
                                 " The status says that tunnels are down: see %s.",
                                 named.list)
               : " The status says that tunnels are down, which these certificates do "
                 "not explain.";
}

/* Where the prediction and the dumps disagree, that is said. */
static const char *compare_status(struct xd_judge *j, const struct xd_pair *p,
                                  const struct xd_what_if *w)
{
    bool up = false;
    bool down = xd_pair_is_down(p, &up);
    bool later = (p->c_zone && p->c_zone->later) || (p->e_zone && p->e_zone->later);
    const char *text = "";
    if (w->zone == XD_PREDICT_ACTIVE && down) {
        text = tell_zone_down(j, p);
    } else if (w->zone == XD_PREDICT_FAILED && up && !down && !later) {
        text = " The status says that the zone is active: the connection may be older than "
               "the certificates or the setting.";
    }
    bool ssh_known = false;
    bool ssh_down = tunnels_down(p->c, p->e, &ssh_known);
    ssh_down = tunnels_down(p->e, p->c, &ssh_known) || ssh_down;
    if (w->ssh == XD_PREDICT_ACTIVE && ssh_down) {
        text = xd_arena_printf(j->cs->arena, "%s%s", text, tell_tunnels_down(j, p));
    } else if (w->ssh == XD_PREDICT_FAILED && ssh_known && !ssh_down) {
        text =
            xd_arena_printf(j->cs->arena,
                            "%s The status says that the tunnels are active: they may be "
                            "older than the certificates.",
                            text);
    }
    return tell_later(j, p, text);
}

static bool is_same_refusal(const struct xd_outlook *a, const struct xd_outlook *b)
{
    bool alike = a->result == b->result && strcmp(a->reason, b->reason) == 0;
    return alike && a->then && b->then ? strcmp(a->then->reason, b->then->reason) == 0
                                       : alike && a->then == b->then;
}

static const char *word_refusal(struct xd_judge *j, const struct xd_outlook *o,
                                bool with_need)
{
    bool purpose =
        with_need && o->result == XD_PREDICT_FAILED && o->fault == XD_SAYS_PURPOSE;
    return purpose && o->replay->need.why
               ? xd_arena_printf(j->cs->arena, "%s (%s)", o->reason, o->replay->need.why)
               : o->reason;
}

/* What the verifier asks for is told where the other of the two does not ask for it. */
static const char *word_outlook(struct xd_judge *j, const struct xd_outlook *o,
                                bool with_need)
{
    const char *first = word_refusal(j, o, with_need);
    return o->then ? xd_arena_printf(j->cs->arena, "%s; once that is mended, %s", first,
                                     word_refusal(j, o->then, with_need))
                   : first;
}

static const char *word_reason(struct xd_judge *j, const struct xd_outlook *zone,
                               const struct xd_outlook *ssh)
{
    if (is_same_refusal(zone, ssh)) {
        return xd_arena_printf(j->cs->arena, "Zone and SSH tunnels: %s.",
                               word_outlook(j, zone, false));
    }
    return xd_arena_printf(j->cs->arena, "Zone: %s. SSH tunnels: %s.",
                           word_outlook(j, zone, true), word_outlook(j, ssh, true));
}

static struct xd_what_if *add_row(struct xd_judge *j, const struct xd_pair *p,
                                  const char *change, const struct xd_outlook *zone,
                                  const struct xd_outlook *ssh)
{
    struct xd_what_if *w = XD_PUSH(j->cs->arena, j->cs, what_if);
    *w = (struct xd_what_if){.change = change,
                             .c = p->c,
                             .e = p->e,
                             .zone = zone->result,
                             .ssh = ssh->result,
                             .reason = word_reason(j, zone, ssh)};
    return w;
}

static void add_standing(struct xd_judge *j, const struct xd_pair *p,
                         const struct standing *row)
{
    struct xd_outlook zone;
    struct xd_outlook ssh;
    xd_predict_zone(j, p, &row->change, &zone);
    xd_predict_ssh(j, p, &row->change, &ssh);
    struct xd_what_if *w = add_row(j, p, row->name, &zone, &ssh);
    if (row == rows) {
        w->reason =
            xd_arena_printf(j->cs->arena, "%s%s", w->reason, compare_status(j, p, w));
    } else if (row->change.set_check && p->e->eku_check == XD_EKU_CHECK_NOT_AVAILABLE) {
        w->reason = xd_arena_printf(j->cs->arena,
                                    "%s has no EKU check before X15.5, so that nothing "
                                    "changes. %s",
                                    xd_words_node(j, p->e), w->reason);
    }
}

void xd_judge_what_if(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            add_standing(j, &j->pairs[i], &rows[k]);
        }
    }
}

/* The CA that the verifier would need. */
static const char *name_missing_ca(const struct xd_replay *r)
{
    const struct xd_cert *top = r->top ? r->top : r->chain[0];
    if (r->missing) {
        return xd_words_name(r->missing);
    }
    if (top->self_signed) {
        return xd_words_name(top);
    }
    return top->issuer_cn ? top->issuer_cn : top->issuer;
}

/* The zone calls its peer by an address. */
static bool is_address(const struct xd_outlook *o)
{
    struct xd_addr addr;
    return o->presenter == XD_SERVER &&
           xd_addr_parse(o->expected, strlen(o->expected), &addr);
}

/* What to do about a certificate that would be refused. */
static const char *advise(struct xd_judge *j, const struct xd_outlook *o)
{
    struct xd_arena *a = j->cs->arena;
    const char *what = o->presenter == XD_CLIENT ? "client" : "server";
    switch (o->fault) {
    case XD_SAYS_TRUST:
        return xd_arena_printf(a,
                               "add the CA \"%s\" to the trusted CAs of %s%s%s (to try it: "
                               "--ca FILE)",
                               name_missing_ca(o->replay), o->to->id,
                               o->replay->missing ? " and of " : "",
                               o->replay->missing ? o->from->id : "");
    case XD_SAYS_PURPOSE:
        return xd_arena_printf(a,
                               "install a %s certificate with %s on %s (to try one: "
                               "--%s-cert FILE)",
                               what,
                               o->presenter == XD_CLIENT ? "clientAuth" : "serverAuth",
                               o->from->id, what);
    case XD_SAYS_EXPIRED:
    case XD_SAYS_NOT_YET:
        return xd_arena_printf(a, "use a %s certificate on %s that is valid at that time",
                               what, o->from->id);
    case XD_SAYS_NAME:
        if (is_address(o)) {
            return xd_arena_printf(
                a,
                "set the peer address of the zone on %s to %s (to the verifier an "
                "address is no name, and no public CA signs a private one)",
                o->to->id,
                xd_words_sans(j, o->from,
                              xd_node_store_for(o->from, o->presenter)->certs[0]));
        }
        return xd_arena_printf(a,
                               "have the %s certificate of %s issued with \"%s\" among its "
                               "alternative names (SAN)",
                               what, o->from->id, o->expected);
    default:
        return "replace the certificate that is refused";
    }
}

/* What to do about all that fails; NULL: nothing does. */
static const char *advise_all(struct xd_judge *j, const struct xd_outlook *o)
{
    if (o->result != XD_PREDICT_FAILED) {
        return NULL;
    }
    return o->then ? xd_arena_printf(j->cs->arena, "%s, and %s", advise(j, o),
                                     advise(j, o->then))
                   : advise(j, o);
}

static const char *word_installation(struct xd_judge *j, const struct xd_pair *p,
                                     const struct xd_try *t)
{
    struct xd_arena *a = j->cs->arena;
    switch (t->kind) {
    case XD_TRY_CLIENT_CERT:
        return "upload the client certificate (Maintenance > Security > Client "
               "certificate)";
    case XD_TRY_SERVER_CERT:
        return "upload the server certificate (Maintenance > Security > Server "
               "certificate)";
    case XD_TRY_CA:
        return xd_arena_printf(a,
                               "add the CAs to %s (Maintenance > Security > Trusted CA "
                               "certificate)",
                               t->node ? t->node->id : "both nodes");
    case XD_TRY_EKU_CHECK:
        /* Before X15.5 there is no such setting. */
        if ((t->node ? t->node : p->e)->eku_check == XD_EKU_CHECK_NOT_AVAILABLE) {
            return NULL;
        }
        return xd_arena_printf(a,
                               "set \"xConfiguration SIP TLS Certificate ExtendedKeyUsage "
                               "Checking Mode: %s\"",
                               t->on ? "On" : "Off");
    case XD_TRY_AT:
        break;
    }
    return NULL;
}

/* All is well with the change: make it. */
static const char *word_change(struct xd_judge *j, const struct xd_pair *p)
{
    const char *steps = "";
    bool restart = false;
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        const struct xd_try *t = &j->cs->tries[i];
        const char *step = word_installation(j, p, t);
        if (step) {
            steps =
                xd_arena_printf(j->cs->arena, "%s%s%s", steps, *steps ? ", " : "", step);
        }
        restart = restart || t->kind == XD_TRY_CLIENT_CERT || t->kind == XD_TRY_SERVER_CERT;
    }
    if (!*steps) {
        return "nothing needs to change for that.";
    }
    return xd_arena_printf(j->cs->arena, "%s%s, then check the status of zone and tunnels.",
                           steps, restart ? ", restart the node" : "");
}

static const char *word_next(struct xd_judge *j, const struct xd_pair *p,
                             const struct xd_outlook *zone, const struct xd_outlook *ssh)
{
    const char *of_zone = advise_all(j, zone);
    const char *of_ssh = advise_all(j, ssh);
    if (of_zone && of_ssh && strcmp(of_zone, of_ssh) != 0) {
        return xd_arena_printf(j->cs->arena, "%s; for the tunnels, %s.", of_zone, of_ssh);
    }
    if (of_zone || of_ssh) {
        return xd_arena_printf(j->cs->arena, "%s.", of_ssh ? of_ssh : of_zone);
    }
    if (zone->result == XD_PREDICT_UNKNOWN || ssh->result == XD_PREDICT_UNKNOWN) {
        return "give the bundles of both nodes with the files that are named as missing.";
    }
    return word_change(j, p);
}

/* Works, but not as the certificate guide wants it. */
static const char *word_name_in_cn(struct xd_judge *j, const struct xd_outlook *zone)
{
    return zone->only_in_cn ? xd_arena_printf(j->cs->arena,
                                              " The name \"%s\" stands only in the CN; the "
                                              "certificate guide wants it as a SAN.",
                                              zone->only_in_cn)
                            : "";
}

/* The row that was added last, to the others of its pair. */
static struct xd_what_if *move_to_pair(struct xd_case *cs)
{
    struct xd_what_if row = cs->what_if[cs->n_what_if - 1];
    size_t at = cs->n_what_if - 1;
    while (at > 0 && (cs->what_if[at - 1].c != row.c || cs->what_if[at - 1].e != row.e)) {
        at--;
    }
    memmove(&cs->what_if[at + 1], &cs->what_if[at],
            (cs->n_what_if - 1 - at) * sizeof *cs->what_if);
    cs->what_if[at] = row;
    return &cs->what_if[at];
}

static void add_tried(struct xd_judge *j, const struct xd_pair *p)
{
    struct xd_tried tried;
    struct xd_outlook zone;
    struct xd_outlook ssh;
    xd_tries_apply(j, p, &tried);
    xd_predict_zone(j, &tried.pair, &tried.change, &zone);
    xd_predict_ssh(j, &tried.pair, &tried.change, &ssh);
    (void)add_row(j, p, xd_tries_name(j), &zone, &ssh);
    struct xd_what_if *w = move_to_pair(j->cs);
    w->reason = xd_arena_printf(j->cs->arena, "%s%s%s", w->reason, tried.notes,
                                word_name_in_cn(j, &zone));
    w->next = word_next(j, p, &zone, &ssh);
}

static enum xd_rc refuse_lonely(const struct xd_judge *j, struct xd_err *err)
{
    const struct xd_case *cs = j->cs;
    bool has_c = false;
    bool has_e = false;
    for (size_t i = 0; i < cs->n_nodes; i++) {
        has_c = has_c || cs->nodes[i]->role == XD_ROLE_C;
        has_e = has_e || cs->nodes[i]->role == XD_ROLE_E;
    }
    const char *way =
        has_c && has_e
            ? "their dumps name no Unified Communications zone between them; give "
              "bundles with xconf_dump_* and xstat_dump_* of both"
        : has_c
            ? "there is no Expressway-E in it; give the bundle of the other half as well"
        : has_e
            ? "there is no Expressway-C in it; give the bundle of the other half as well"
            : "give the bundles of an Expressway-C and of its Expressway-E together";
    return xd_err_set(err, XD_BAD, 0,
                      "whatif: the case holds no pair of Expressway-C and Expressway-E: %s",
                      way);
}

enum xd_rc xd_diagnose_what_if(struct xd_case *cs,
                               const struct xd_diagnose_options *options,
                               struct xd_err *err)
{
    struct xd_judge j = {.cs = cs, .options = options, .whole = XD_TRI_UNKNOWN};
    xd_judge_pair_up(&j);
    enum xd_rc rc = xd_tries_resolve(&j, err);
    if (rc == XD_OK && j.n_pairs == 0) {
        rc = refuse_lonely(&j, err);
    }
    for (size_t i = 0; rc == XD_OK && cs->n_tries > 0 && i < j.n_pairs; i++) {
        add_tried(&j, &j.pairs[i]);
    }
    return rc;
}
