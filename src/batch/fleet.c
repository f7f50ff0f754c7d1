/*
 * fleet.c - rows to sums.
 */
#include "fleet_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/map.h"
#include "expdiag/text.h"

#include <stdlib.h>
#include <string.h>

enum { WEEK_DAYS = 7, FIRST_MONDAY = 4, MOST_WEEKS = 5000 }; /* 1970-01-05 */

/* A store's certificate as the latest case knows it. */
struct leaf {
    bool known;
    bool at_risk;
    xd_time seen;
    xd_time as_of; /* of its bundle, where the case has several of the node */
    const struct xd_fleet_cert *cert; /* NULL: of no further interest */
};

/* A node under one subject: hosts of several customers may have one name. */
struct place {
    struct leaf server;
    struct leaf client;
};

struct counts {
    struct xd_map *by_name; /* to their index + 1 */
    struct xd_fleet_count *rows;
    size_t n_rows, cap_rows;
};

struct week {
    size_t cases;
    size_t failing;
};

struct xd_fleet_sum {
    struct xd_fleet *f;
    struct xd_arena *scratch;
    struct counts conditions;
    struct counts findings;
    struct counts unexplained;
    struct xd_map *by_node;
    struct place **places;
    size_t n_places, cap_places;
    struct week *weeks; /* by number since 1970 */
};

struct xd_fleet_sum *xd_fleet_sum_new(struct xd_fleet *f)
{
    struct xd_fleet_sum *s = xd_alloc(sizeof(*s));

    s->f = f;
    s->scratch = xd_arena_new();
    s->conditions.by_name = xd_map_new();
    s->findings.by_name = xd_map_new();
    s->unexplained.by_name = xd_map_new();
    s->by_node = xd_map_new();
    s->weeks = xd_alloc_array(MOST_WEEKS, sizeof(*s->weeks));
    return s;
}

/* ---- counting ---- */

static bool is_later(xd_time a, xd_time b)
{
    return a != XD_TIME_NONE && (b == XD_TIME_NONE || a > b);
}

static struct xd_fleet_count *count_for(struct xd_fleet_sum *s, struct counts *c,
                                        const char *name)
{
    struct xd_slice key = xd_slice_of(name);
    uintptr_t at = (uintptr_t)xd_map_get(c->by_name, key);

    if (at == 0) {
        struct xd_fleet_count *row = XD_PUSH(s->scratch, c, rows);

        row->name = xd_arena_strdup(s->f->arena, name);
        row->first_seen = XD_TIME_NONE;
        row->last_seen = XD_TIME_NONE;
        at = c->n_rows;
        /* the map wants a pointer and never looks behind it */
        xd_map_put(c->by_name, key, (void *)at); /* NOLINT(performance-no-int-to-ptr) */
    }
    return &c->rows[at - 1];
}

static void count_one(struct xd_fleet_sum *s, struct counts *c, const char *name,
                      const struct xd_row *row, const struct xd_fleet_case *of)
{
    struct xd_fleet_count *n = count_for(s, c, name);

    n->cases++;
    if (n->example.name == NULL || is_later(row->last_seen, n->last_seen)) {
        n->example = *of;
    }
    if (is_later(row->last_seen, n->last_seen)) {
        n->last_seen = row->last_seen;
    }
    if (n->first_seen == XD_TIME_NONE || is_later(n->first_seen, row->last_seen)) {
        n->first_seen = row->last_seen != XD_TIME_NONE ? row->last_seen : n->first_seen;
    }
}

static void note_severity(struct xd_fleet_count *n, const char *name)
{
    enum xd_severity have = XD_INFO;
    enum xd_severity now = XD_INFO;

    if (xd_severity_by_name(name, &now) &&
        (n->severity == NULL || (xd_severity_by_name(n->severity, &have) && now > have))) {
        n->severity = xd_severity_name(now);
    }
}

/* A finding that several nodes of a case have counts once. */
static void count_findings(struct xd_fleet_sum *s, const struct xd_row *row,
                           const struct xd_fleet_case *of)
{
    for (size_t i = 0; i < row->n_findings; i++) {
        size_t k = 0;

        while (k < i && strcmp(row->findings[k].id, row->findings[i].id) != 0) {
            k++;
        }
        if (k == i) {
            count_one(s, &s->findings, row->findings[i].id, row, of);
        }
        note_severity(count_for(s, &s->findings, row->findings[i].id),
                      row->findings[i].severity);
    }
    for (size_t i = 0; i < row->n_failures; i++) {
        count_one(s, &s->unexplained, row->failures[i], row, of);
    }
}

/* ---- weeks ---- */

static size_t week_of(xd_time t)
{
    int64_t days = t / XD_DAY - FIRST_MONDAY;

    return t < 0 || days < 0 || days / WEEK_DAYS >= MOST_WEEKS ? 0
                                                               : (size_t)(days / WEEK_DAYS);
}

static void count_week(struct xd_fleet_sum *s, const struct xd_row *row)
{
    enum xd_severity worst = XD_INFO;

    if (row->last_seen == XD_TIME_NONE) {
        s->f->undated++;
        return;
    }
    struct week *w = &s->weeks[week_of(row->last_seen)];

    w->cases++;
    w->failing += xd_row_worst(row, &worst) && worst >= XD_ERROR;
}

/* ---- certificates ---- */

static bool is_at_risk(const struct xd_row *row, const struct xd_row_cert *c)
{
    for (size_t i = 0; i < row->n_findings; i++) {
        const struct xd_row_finding *f = &row->findings[i];

        if (strcmp(f->id, "public-ca-renewal-risk") == 0 && f->node != NULL &&
            strcmp(f->node, c->node) == 0) {
            return c->policy_date != XD_TIME_NONE;
        }
    }
    return false;
}

static bool ends_soon(const struct xd_fleet *f, xd_time not_after)
{
    return not_after - f->at <= XD_FLEET_SOON * XD_DAY;
}

/* "vcs8c@2026-03-29T07:05:00Z", the node of one of two bundles, is the node vcs8c. */
static struct xd_slice host_of(const char *node, xd_time *as_of)
{
    const char *at = strrchr(node, '@');

    *as_of = XD_TIME_NONE;
    if (at == NULL || !xd_time_parse(at + 1, strlen(at + 1), as_of, NULL)) {
        return xd_slice_of(node);
    }
    return (struct xd_slice){(const uint8_t *)node, (size_t)(at - node)};
}

static struct place *place_of(struct xd_fleet_sum *s, struct xd_slice host,
                              const char *subject)
{
    struct xd_buf key = {.max = SIZE_MAX / 2};

    xd_buf_printf(&key, "%.*s\n%s", (int)host.len, (const char *)host.p,
                  subject != NULL ? subject : "");
    struct xd_slice name = {key.bytes, key.len};
    struct place *p = xd_map_get(s->by_node, name);

    if (p == NULL) {
        p = xd_arena_alloc(s->scratch, sizeof(*p));
        xd_map_put(s->by_node, name, p);
        *XD_PUSH(s->scratch, s, places) = p;
    }
    xd_buf_done(&key);
    return p;
}

/* Of several cases the latest tells what is in a store, of several bundles of one too. */
static void put_leaf(struct leaf *old, const struct leaf *now)
{
    if (!old->known || is_later(now->seen, old->seen) ||
        (now->seen == old->seen && is_later(now->as_of, old->as_of))) {
        *old = *now;
    }
}

static void take_cert(struct xd_fleet_sum *s, const struct xd_row *row,
                      const struct xd_row_cert *c, const struct xd_fleet_case *of)
{
    struct xd_fleet *f = s->f;
    struct leaf leaf = {.known = true, .seen = row->last_seen};
    struct xd_slice host = host_of(c->node, &leaf.as_of);
    struct place *place = place_of(s, host, c->subject);

    leaf.at_risk = is_at_risk(row, c);
    if (c->not_after >= f->at && (leaf.at_risk || ends_soon(f, c->not_after))) {
        struct xd_fleet_cert *cert = xd_arena_alloc(f->arena, sizeof(*cert));

        *cert = (struct xd_fleet_cert){
            .subject = xd_arena_strdup(f->arena, c->subject),
            .issuer = xd_arena_strdup(f->arena, c->issuer),
            .node = xd_arena_text(f->arena, (const char *)host.p, host.len),
            .store = xd_arena_strdup(f->arena, c->store),
            .not_after = c->not_after,
            .policy_date = c->policy_date,
            .seen = row->last_seen,
            .of = *of};
        leaf.cert = cert;
    }
    if (strcmp(c->store, "client") != 0) {
        put_leaf(&place->server, &leaf);
    }
    if (strcmp(c->store, "server") != 0) {
        put_leaf(&place->client, &leaf);
    }
}

/* ---- a row ---- */

static void take_failure(struct xd_fleet_sum *s, const struct xd_row *row,
                         const struct xd_fleet_case *of)
{
    struct xd_fleet *f = s->f;

    if (f->n_failures >= XD_FLEET_LISTED) {
        f->failures_left_out++;
        return;
    }
    *XD_PUSH(f->arena, f, failures) = (struct xd_fleet_failure){
        .of = *of, .status = row->status, .reason = xd_arena_strdup(f->arena, row->reason)};
}

void xd_fleet_sum_row(struct xd_fleet_sum *s, const struct xd_row *row)
{
    struct xd_fleet *f = s->f;
    struct xd_fleet_case of = {.name = xd_arena_strdup(f->arena, row->name),
                               .report = xd_arena_strdup(f->arena, row->report)};

    f->cases++;
    f->by_status[row->status]++;
    f->seconds += row->seconds;
    f->longest = row->seconds > f->longest ? row->seconds : f->longest;
    f->peak_mib = row->peak_mib > f->peak_mib ? row->peak_mib : f->peak_mib;
    if (row->status != XD_ROW_OK && row->status != XD_ROW_DAMAGED) {
        take_failure(s, row, &of);
        return;
    }
    count_week(s, row);
    count_one(s, &s->conditions, row->condition != NULL ? row->condition : "none", row,
              &of);
    count_findings(s, row, &of);
    for (size_t i = 0; i < row->n_certs; i++) {
        if (row->certs[i].not_after != XD_TIME_NONE) {
            take_cert(s, row, &row->certs[i], &of);
        }
    }
}

/* ---- the end ---- */

static int compare_counts(const void *a, const void *b)
{
    const struct xd_fleet_count *x = a;
    const struct xd_fleet_count *y = b;

    return x->cases != y->cases ? (x->cases > y->cases ? -1 : 1) : strcmp(x->name, y->name);
}

static int compare_names(const void *a, const void *b)
{
    const struct xd_fleet_count *x = a;
    const struct xd_fleet_count *y = b;

    return strcmp(x->name, y->name);
}

static int compare_fresh(const void *a, const void *b)
{
    const struct xd_fleet_count *x = a;
    const struct xd_fleet_count *y = b;

    return x->first_seen != y->first_seen ? (x->first_seen > y->first_seen ? -1 : 1)
                                          : strcmp(x->name, y->name);
}

static int compare_ends(const void *a, const void *b)
{
    const struct xd_fleet_cert *x = a;
    const struct xd_fleet_cert *y = b;

    return x->not_after != y->not_after ? (x->not_after < y->not_after ? -1 : 1)
                                        : strcmp(x->of.name, y->of.name);
}

static int compare_policies(const void *a, const void *b)
{
    const struct xd_fleet_cert *x = a;
    const struct xd_fleet_cert *y = b;

    return x->policy_date != y->policy_date ? (x->policy_date < y->policy_date ? -1 : 1)
                                            : compare_ends(a, b);
}

static int compare_failures(const void *a, const void *b)
{
    return strcmp(((const struct xd_fleet_failure *)a)->of.name,
                  ((const struct xd_fleet_failure *)b)->of.name);
}

static void sort(void *items, size_t n, size_t size,
                 int (*compare)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, size, compare);
    }
}

static void settle_counts(struct xd_fleet *f, struct xd_fleet_sum *s)
{
    for (size_t i = 0; i < s->conditions.n_rows; i++) {
        *XD_PUSH(f->arena, f, conditions) = s->conditions.rows[i];
    }
    for (size_t i = 0; i < s->findings.n_rows; i++) {
        *XD_PUSH(f->arena, f, findings) = s->findings.rows[i];
        if (s->findings.rows[i].first_seen != XD_TIME_NONE) {
            *XD_PUSH(f->arena, f, fresh) = s->findings.rows[i];
        }
    }
    for (size_t i = 0; i < s->unexplained.n_rows; i++) {
        *XD_PUSH(f->arena, f, unexplained) = s->unexplained.rows[i];
        if (s->unexplained.rows[i].first_seen != XD_TIME_NONE) {
            *XD_PUSH(f->arena, f, fresh) = s->unexplained.rows[i];
        }
    }
    sort(f->conditions, f->n_conditions, sizeof(*f->conditions), compare_names);
    sort(f->findings, f->n_findings, sizeof(*f->findings), compare_counts);
    sort(f->unexplained, f->n_unexplained, sizeof(*f->unexplained), compare_counts);
    sort(f->fresh, f->n_fresh, sizeof(*f->fresh), compare_fresh);
    sort(f->failures, f->n_failures, sizeof(*f->failures), compare_failures);
}

static void settle_weeks(struct xd_fleet *f, const struct xd_fleet_sum *s)
{
    size_t first = MOST_WEEKS;
    size_t last = 0;

    for (size_t i = 0; i < MOST_WEEKS; i++) {
        if (s->weeks[i].cases > 0) {
            first = first == MOST_WEEKS ? i : first;
            last = i;
        }
    }
    size_t from = first + XD_FLEET_WEEKS <= last ? last + 1 - XD_FLEET_WEEKS : first;

    for (size_t i = first; i < from; i++) {
        f->weeks_left_out += s->weeks[i].cases > 0;
    }
    for (size_t i = from; i <= last && from < MOST_WEEKS; i++) {
        *XD_PUSH(f->arena, f, weeks) = (struct xd_fleet_week){
            .monday = ((xd_time)i * WEEK_DAYS + FIRST_MONDAY) * XD_DAY,
            .cases = s->weeks[i].cases,
            .failing = s->weeks[i].failing};
    }
    for (size_t i = 0; i < f->n_fresh; i++) {
        size_t week = week_of(f->fresh[i].first_seen);

        if (week >= from && week - from < f->n_weeks) {
            f->weeks[week - from].fresh++;
        }
    }
}

static void list_leaf(struct xd_fleet *f, const struct leaf *leaf, const char *store)
{
    struct xd_fleet_cert c = *leaf->cert;

    c.store = store;
    if (ends_soon(f, c.not_after)) {
        *XD_PUSH(f->arena, f, expiring) = c;
    }
    if (leaf->at_risk) {
        *XD_PUSH(f->arena, f, breaking) = c;
        if (c.policy_date >= f->at &&
            (f->next_policy == XD_TIME_NONE || c.policy_date < f->next_policy)) {
            f->next_policy = c.policy_date;
        }
    }
}

static void settle_certs(struct xd_fleet *f, const struct xd_fleet_sum *s)
{
    f->next_policy = XD_TIME_NONE;
    for (size_t i = 0; i < s->n_places; i++) {
        const struct place *p = s->places[i];
        bool same = p->server.cert == p->client.cert; /* one row said both */

        if (p->server.cert != NULL) {
            list_leaf(f, &p->server, same ? "both" : "server");
        }
        if (p->client.cert != NULL && !same) {
            list_leaf(f, &p->client, "client");
        }
    }
    sort(f->expiring, f->n_expiring, sizeof(*f->expiring), compare_ends);
    sort(f->breaking, f->n_breaking, sizeof(*f->breaking), compare_policies);
}

void xd_fleet_sum_done(struct xd_fleet_sum *s)
{
    settle_counts(s->f, s);
    settle_weeks(s->f, s);
    settle_certs(s->f, s);
    xd_map_free(s->conditions.by_name);
    xd_map_free(s->findings.by_name);
    xd_map_free(s->unexplained.by_name);
    xd_map_free(s->by_node);
    xd_free(s->weeks);
    xd_arena_free(s->scratch);
    xd_free(s);
}

void xd_fleet_done(struct xd_fleet *f)
{
    xd_arena_free(f->arena);
    f->arena = NULL;
}
