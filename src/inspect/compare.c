/*
 * compare.c - what changed between two bundles of a node.
 *
 * Certificates are compared by their bytes, settings by path, zones by name, tunnels by
 * target and domain, alarms by number.  What changes by itself (times, counters) is
 * marked as passing.
 */
#include "inspect_priv.h"

#include "expdiag/limits.h"
#include "expdiag/map.h"
#include "expdiag/text.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1000 };

/* What all comparisons of one pair need. */
struct comparing {
    struct xd_arena *arena;
    const struct xd_diff *diff;
    struct xd_diff_pair *pair;
};

static struct xd_diff_row *add_row(struct comparing *c, enum xd_diff_kind kind,
                                   const char *what)
{
    static struct xd_diff_row spare; /* written to, never read */

    if (c->pair->n_rows == XD_MAX_DIFF_ROWS) {
        c->pair->n_left_out++;
        return &spare;
    }
    struct xd_diff_row *row = XD_PUSH(c->arena, c->pair, rows);

    row->kind = kind;
    row->what = what;
    return row;
}

/* What is empty on one side and absent on the other did not change. */
static bool is_empty(const char *value)
{
    return value != NULL && value[0] == '\0';
}

/* ---- certificates -------------------------------------------------------- */

static void add_cert(struct comparing *c, const char *what, const struct xd_cert *before,
                     const struct xd_cert *after)
{
    struct xd_diff_row *row = add_row(c, XD_DIFF_CERTIFICATE, what);

    row->cert_before = before;
    row->cert_after = after;
    row->matters = true;
}

static const struct xd_cert *leaf_of(const struct xd_store *s)
{
    return s->n_certs > 0 ? s->certs[0] : NULL;
}

static bool same_cert(const struct xd_cert *a, const struct xd_cert *b)
{
    return a == b || (a != NULL && b != NULL && memcmp(a->sha256, b->sha256, 32) == 0);
}

static void compare_store(struct comparing *c, const char *what,
                          const struct xd_store *before, const struct xd_store *after)
{
    if (before->entry == NULL || after->entry == NULL) {
        if (before->entry != NULL || after->entry != NULL) {
            struct xd_diff_row *row = add_row(c, XD_DIFF_CERTIFICATE, what);

            row->before = before->entry == NULL ? "no such file in the bundle" : NULL;
            row->after = after->entry == NULL ? "no such file in the bundle" : NULL;
            row->cert_before = leaf_of(before);
            row->cert_after = leaf_of(after);
            row->matters = true;
        }
        return;
    }
    if (!same_cert(leaf_of(before), leaf_of(after))) {
        add_cert(c, what, leaf_of(before), leaf_of(after));
    }
}

static struct xd_map *map_certs(const struct xd_store *s, size_t from)
{
    struct xd_map *m = xd_map_new();

    for (size_t i = from; i < s->n_certs; i++) {
        xd_map_put(m, (struct xd_slice){s->certs[i]->sha256, 32}, s->certs[i]);
    }
    return m;
}

/* Certificates that one store has and the other has not, from position `from` on. */
static void compare_sets(struct comparing *c, const char *what,
                         const struct xd_store *before, const struct xd_store *after,
                         size_t from)
{
    struct xd_map *old = map_certs(before, from);
    struct xd_map *new = map_certs(after, from);

    if (before->entry != NULL && after->entry != NULL) {
        for (size_t i = from; i < before->n_certs; i++) {
            if (xd_map_get(new, (struct xd_slice){before->certs[i]->sha256, 32}) == NULL) {
                add_cert(c, what, before->certs[i], NULL);
            }
        }
        for (size_t i = from; i < after->n_certs; i++) {
            if (xd_map_get(old, (struct xd_slice){after->certs[i]->sha256, 32}) == NULL) {
                add_cert(c, what, NULL, after->certs[i]);
            }
        }
    }
    xd_map_free(old);
    xd_map_free(new);
}

static void compare_certificates(struct comparing *c)
{
    const struct xd_node *b = c->pair->before;
    const struct xd_node *a = c->pair->after;

    compare_store(c, "client store", &b->client, &a->client);
    compare_store(c, "server store", &b->server, &a->server);
    compare_sets(c, "chain in the client store", &b->client, &a->client, 1);
    compare_sets(c, "chain in the server store", &b->server, &a->server, 1);
    compare_sets(c, "trusted CA", &b->ca, &a->ca, 0);
}

/* ---- settings ------------------------------------------------------------ */

static bool has_one_of(const char *path, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (xd_text_contains_nocase(xd_slice_of(path), *words)) {
            return true;
        }
    }
    return false;
}

/* Can this setting decide which certificate is shown, asked for, or accepted? */
static bool matters(const char *path)
{
    static const char *const words[] = {"tls",      "certificate",
                                        "cipher",   "cvs",
                                        "verify",   "ssh",
                                        "zones ",   "dns ",
                                        "ethernet", "alternates",
                                        "ntp ",     "collaborationedge",
                                        "timezone", "systemunit name",
                                        "sshd",     NULL};

    return has_one_of(path, words);
}

/* Times and counters; what the release, zones, tunnels and alarms are is told on rows of
 * their own. */
static bool is_passing(const char *path, const char *before, const char *after)
{
    static const char *const words[] = {"uptime", "time",     "laststatuschange", "created",
                                        "raised", "duration", "lastupdate",       NULL};
    static const char *const told[] = {"zones ", "tunnels ", "alarm", "software version",
                                       NULL};
    uint64_t number;

    if (has_one_of(path, words) || has_one_of(path, told)) {
        return true;
    }
    return (before == NULL || xd_text_number(xd_slice_of(before), UINT64_MAX, &number)) &&
           (after == NULL || xd_text_number(xd_slice_of(after), UINT64_MAX, &number));
}

/* Rows of a list by their paths, of which the first of each counts. */
static struct xd_map *map_rows(const struct xd_plain_list *l)
{
    struct xd_map *m = xd_map_new();

    for (size_t i = 0; i < l->n_rows; i++) {
        struct xd_slice key = xd_slice_of(l->rows[i].path);

        if (xd_map_get(m, key) == NULL) {
            xd_map_put(m, key, &l->rows[i]);
        }
    }
    return m;
}

static void add_setting(struct comparing *c, enum xd_diff_kind kind, const char *path,
                        const struct xd_plain *before, const struct xd_plain *after)
{
    struct xd_diff_row *row = add_row(c, kind, path);

    if (before != NULL) {
        row->before = before->value == NULL ? "****" : before->value;
        row->place_before = (struct xd_place){.entry = before->entry};
        row->place_before.line = (uint32_t)before->line;
    }
    if (after != NULL) {
        row->after = after->value == NULL ? "****" : after->value;
        row->place_after = (struct xd_place){.entry = after->entry};
        row->place_after.line = (uint32_t)after->line;
    }
    row->matters = kind == XD_DIFF_SETTING && matters(path);
    row->passing = kind == XD_DIFF_STATUS && is_passing(path, row->before, row->after);
}

/* The rows of two lists whose values differ; only those that matter, or only others. */
static void compare_lists(struct comparing *c, enum xd_diff_kind kind,
                          const struct xd_plain_list *before,
                          const struct xd_plain_list *after, bool wanted)
{
    struct xd_map *old = map_rows(before);
    struct xd_map *new = map_rows(after);

    for (size_t i = 0; i < after->n_rows; i++) {
        const struct xd_plain *row = &after->rows[i];
        const struct xd_plain *was = xd_map_get(old, xd_slice_of(row->path));

        if (kind == XD_DIFF_SETTING && matters(row->path) != wanted) {
            continue;
        }
        if (was != NULL && was->value == NULL && row->value == NULL) {
            c->pair->n_secrets++;
        } else if (was == NULL ? !is_empty(row->value)
                               : !xd_text_same(was->value, row->value)) {
            add_setting(c, kind, row->path, was, row);
        }
    }
    for (size_t i = 0; i < before->n_rows; i++) {
        const struct xd_plain *row = &before->rows[i];

        if (!is_empty(row->value) &&
            (kind != XD_DIFF_SETTING || matters(row->path) == wanted) &&
            xd_map_get(new, xd_slice_of(row->path)) == NULL) {
            add_setting(c, kind, row->path, row, NULL);
        }
    }
    xd_map_free(old);
    xd_map_free(new);
}

static void compare_settings(struct comparing *c)
{
    struct xd_plain_list before =
        xd_plain_of(c->arena, c->diff->before, c->pair->before, false);
    struct xd_plain_list after =
        xd_plain_of(c->arena, c->diff->after, c->pair->after, false);

    c->pair->has_settings = before.entry != NULL && after.entry != NULL;
    if (c->pair->has_settings) {
        compare_lists(c, XD_DIFF_SETTING, &before, &after, true);
        compare_lists(c, XD_DIFF_SETTING, &before, &after, false);
    }
}

/* ---- status -------------------------------------------------------------- */

/* Things of one kind that have a name and a state. */
struct states {
    struct xd_arena *arena;
    struct state {
        const char *name;
        const char *text;
        struct xd_place place;
    } * rows;
    size_t n_rows, cap_rows;
};

static void add_state(struct states *s, const char *name, const char *text,
                      const char *reason, struct xd_place place)
{
    struct state *row = XD_PUSH(s->arena, s, rows);

    row->name = name;
    row->place = place;
    row->text = text == NULL ? NULL
                : reason == NULL || reason[0] == '\0'
                    ? text
                    : xd_arena_printf(s->arena, "%s (%s)", text, reason);
}

/* Where a side has no status dump, what it would say is not gone: only the release counts.
 */
static struct states states_of(struct xd_arena *a, const struct xd_node *n, bool release,
                               bool all)
{
    struct states s = {.arena = a};

    if (release) {
        add_state(&s, "software version", n->version.text, NULL, n->version_place);
    }
    if (!all) {
        return s;
    }
    for (size_t i = 0; i < n->n_zones; i++) {
        const struct xd_zone *z = &n->zones[i];

        if (z->name != NULL && z->status != NULL) {
            add_state(&s, xd_arena_printf(a, "zone %s", z->name), z->status, z->reason,
                      z->state);
        }
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_tunnel *t = &n->tunnels[i];

        add_state(&s,
                  xd_arena_printf(a, "SSH tunnel to %s for %s",
                                  t->target != NULL ? t->target : "?",
                                  t->domain != NULL ? t->domain : "?"),
                  t->status, t->reason, t->state);
    }
    for (size_t i = 0; i < n->n_alarms; i++) {
        const struct xd_alarm *alarm = &n->alarms[i];

        if (!alarm->lowered && alarm->id != NULL) {
            add_state(&s, xd_arena_printf(a, "alarm %s", alarm->id), "raised",
                      alarm->detail, alarm->place);
        }
    }
    return s;
}

static struct xd_map *map_states(const struct states *s)
{
    struct xd_map *m = xd_map_new();

    for (size_t i = 0; i < s->n_rows; i++) {
        if (xd_map_get(m, xd_slice_of(s->rows[i].name)) == NULL) {
            xd_map_put(m, xd_slice_of(s->rows[i].name), &s->rows[i]);
        }
    }
    return m;
}

static void add_status(struct comparing *c, const char *name, const struct state *before,
                       const struct state *after)
{
    struct xd_diff_row *row = add_row(c, XD_DIFF_STATUS, name);

    row->matters = true;
    if (before != NULL) {
        row->before = before->text;
        row->place_before = before->place;
    }
    if (after != NULL) {
        row->after = after->text;
        row->place_after = after->place;
    }
}

static void compare_states(struct comparing *c)
{
    bool release =
        c->pair->before->version.text != NULL && c->pair->after->version.text != NULL;
    struct states before =
        states_of(c->arena, c->pair->before, release, c->pair->has_status);
    struct states after = states_of(c->arena, c->pair->after, release, c->pair->has_status);
    struct xd_map *old = map_states(&before);
    struct xd_map *new = map_states(&after);

    for (size_t i = 0; i < after.n_rows; i++) {
        const struct state *was = xd_map_get(old, xd_slice_of(after.rows[i].name));

        if (was == NULL || !xd_text_same(was->text, after.rows[i].text)) {
            add_status(c, after.rows[i].name, was, &after.rows[i]);
        }
    }
    for (size_t i = 0; i < before.n_rows; i++) {
        if (xd_map_get(new, xd_slice_of(before.rows[i].name)) == NULL) {
            add_status(c, before.rows[i].name, &before.rows[i], NULL);
        }
    }
    xd_map_free(old);
    xd_map_free(new);
}

static void compare_status(struct comparing *c)
{
    struct xd_plain_list before =
        xd_plain_of(c->arena, c->diff->before, c->pair->before, true);
    struct xd_plain_list after =
        xd_plain_of(c->arena, c->diff->after, c->pair->after, true);

    c->pair->has_status = before.entry != NULL && after.entry != NULL;
    compare_states(c);
    if (c->pair->has_status) {
        compare_lists(c, XD_DIFF_STATUS, &before, &after, false);
    }
}

/* ---- nodes --------------------------------------------------------------- */

static const char *host_of(const struct xd_node *n)
{
    return n->host != NULL ? n->host : n->id;
}

bool xd_inspect_same_node(const struct xd_node *a, const struct xd_node *b)
{
    return xd_text_equal_nocase(xd_slice_of(host_of(a)), xd_slice_of(host_of(b)));
}

/* Is it the last bundle of its node in this case? */
static bool is_last(const struct xd_case *cs, const struct xd_node *n)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *o = cs->nodes[i];

        if (o != n && xd_inspect_same_node(o, n) &&
            (o->stamp > n->stamp || (o->stamp == n->stamp && o->index > n->index))) {
            return false;
        }
    }
    return true;
}

static size_t count_last(const struct xd_case *cs, const struct xd_node **one)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (is_last(cs, cs->nodes[i])) {
            *one = cs->nodes[i];
            n++;
        }
    }
    return n;
}

static const struct xd_node *find_last(const struct xd_case *cs, const struct xd_node *like)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        if (is_last(cs, cs->nodes[i]) && xd_inspect_same_node(cs->nodes[i], like)) {
            return cs->nodes[i];
        }
    }
    return NULL;
}

static void add_pair(struct xd_arena *a, struct xd_diff *d, const struct xd_node *before,
                     const struct xd_node *after)
{
    struct xd_diff_pair *pair = XD_PUSH(a, d, pairs);
    struct comparing c = {a, d, pair};

    pair->before = before;
    pair->after = after;
    compare_certificates(&c);
    compare_settings(&c);
    compare_status(&c);
}

struct xd_diff *xd_inspect_compare(struct xd_arena *a, const struct xd_case *before,
                                   const struct xd_case *after)
{
    struct xd_diff *d = xd_arena_alloc(a, sizeof(*d));
    const struct xd_node *one = NULL;
    const struct xd_node *other = NULL;

    d->before = before;
    d->after = after;
    if (count_last(before, &one) == 1 && count_last(after, &other) == 1) {
        add_pair(a, d, one, other);
        return d;
    }
    for (size_t i = 0; i < before->n_nodes; i++) {
        const struct xd_node *n = before->nodes[i];
        const struct xd_node *to = is_last(before, n) ? find_last(after, n) : NULL;

        if (to != NULL) {
            add_pair(a, d, n, to);
        } else if (is_last(before, n)) {
            *XD_PUSH(a, d, gone) = n;
        }
    }
    for (size_t i = 0; i < after->n_nodes; i++) {
        if (is_last(after, after->nodes[i]) && find_last(before, after->nodes[i]) == NULL) {
            *XD_PUSH(a, d, come) = after->nodes[i];
        }
    }
    return d;
}
