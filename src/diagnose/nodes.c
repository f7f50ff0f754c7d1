/*
 * nodes.c - which entries belong to which Expressway.
 *
 * Names decide first: host and stamp of the files (a node's two bundles, before and
 * after, differ in the stamp).  Files whose names say nothing join the only bundle
 * of their folder, or make one together when a dump or a log is among them.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

/* A bundle in the making. */
struct node_group {
    unsigned input;
    const char *container;
    const char *host; /* of the names, else of the contents; NULL: not known */
    xd_time stamp;
    bool named;     /* host is of the file names */
    unsigned kinds; /* bit by enum xd_entry_kind */
    bool gone;      /* merged into another */
    size_t place;   /* of its first entry */
};

struct node_groups {
    struct xd_case *cs;
    struct node_group items[XD_MAX_NODES];
    size_t n;
    int *of_entry; /* by entry id; -1: none */
};

/* Given twice, a file counts once (nodes_twice.c). */
static bool is_of_bundle(const struct xd_entry *e)
{
    return e->kind != XD_ENTRY_PEM && e->kind != XD_ENTRY_OTHER && e->twin == NULL;
}

bool xd_node_same_host(const struct xd_node *a, const struct xd_node *b)
{
    if (a == b) {
        return true;
    }
    if (a->fqdn != NULL && b->fqdn != NULL && !xd_text_same_nocase(a->fqdn, b->fqdn)) {
        return false;
    }
    return xd_text_same_nocase(a->host, b->host) &&
           (a->n_addrs == 0 || b->n_addrs == 0 || xd_node_shares_address(a, b));
}

static bool is_lone_file(const struct node_groups *g, unsigned input)
{
    return input < g->cs->n_inputs && g->cs->inputs[input].kind == XD_INPUT_FILE;
}

/* Kinds of which one bundle has at most one entry. */
static unsigned single_kinds(unsigned kinds)
{
    return kinds & ~(1U << XD_ENTRY_PCAP);
}

static struct node_group *add_group(struct node_groups *g, const struct xd_entry *e,
                                    const char *host, xd_time stamp)
{
    if (g->n == XD_MAX_NODES) {
        return NULL;
    }
    struct node_group *group = &g->items[g->n++];
    *group = (struct node_group){.input = e->input,
                                 .container = e->container,
                                 .host = host,
                                 .stamp = stamp,
                                 .named = host != NULL,
                                 .place = e->id};
    return group;
}

static void join_group(struct node_groups *g, struct node_group *group,
                       const struct xd_entry *e)
{
    if (group == NULL) { /* the entry stays without a node */
        xd_case_note_limit(g->cs, e, "not used: more than %d bundles in one case",
                           XD_MAX_NODES);
        return;
    }
    g->of_entry[e->id] = (int)(group - g->items);
    group->kinds |= 1U << e->kind;
}

/* Files whose names tell their host: one group a folder, host and stamp. */
static void group_named(struct node_groups *g)
{
    for (size_t i = 0; i < g->cs->n_entries; i++) {
        const struct xd_entry *e = g->cs->entries[i];
        struct node_group *group = NULL;

        if (!is_of_bundle(e) || e->said.host == NULL) {
            continue;
        }
        for (size_t k = 0; k < g->n && group == NULL; k++) {
            struct node_group *other = &g->items[k];

            if (other->input == e->input && other->stamp == e->said.stamp &&
                xd_text_same(other->container, e->container) &&
                xd_text_same_nocase(other->host, e->said.host)) {
                group = other;
            }
        }
        if (group == NULL) {
            group = add_group(g, e, e->said.host, e->said.stamp);
        }
        join_group(g, group, e);
    }
}

static void merge_groups(struct node_groups *g, size_t into, size_t from)
{
    for (size_t i = 0; i < g->cs->n_entries; i++) {
        if (g->of_entry[i] == (int)from) {
            g->of_entry[i] = (int)into;
        }
    }
    g->items[into].kinds |= g->items[from].kinds;
    if (g->items[into].stamp == XD_TIME_NONE) {
        g->items[into].stamp = g->items[from].stamp;
    }
    g->items[from].gone = true;
}

/* One bundle whose files lie in several folders or were given one by one. */
static void merge_scattered(struct node_groups *g)
{
    for (size_t a = 0; a < g->n; a++) {
        for (size_t b = a + 1; b < g->n; b++) {
            struct node_group *x = &g->items[a];
            struct node_group *y = &g->items[b];
            bool lone = is_lone_file(g, x->input) && is_lone_file(g, y->input);
            bool stamps = x->stamp == y->stamp ||
                          (lone && (x->stamp == XD_TIME_NONE || y->stamp == XD_TIME_NONE));

            if (!x->gone && !y->gone && xd_text_same_nocase(x->host, y->host) && stamps &&
                (single_kinds(x->kinds) & single_kinds(y->kinds)) == 0) {
                merge_groups(g, a, b);
            }
        }
    }
}

/* The system's name as its dump or log prints it, or NULL. */
static const char *find_content_host(const struct xd_case *cs, const struct xd_entry *e)
{
    static const char *const names[] = {"SystemUnit Name", "IP DNS Hostname"};

    for (size_t i = 0; i < cs->n_logs; i++) {
        if (cs->logs[i].entry == e) {
            return cs->logs[i].host;
        }
    }
    for (size_t i = 0; i < cs->n_dumps; i++) {
        for (size_t k = 0; cs->dumps[i]->entry == e && k < 2; k++) {
            const struct xd_setting *s = xd_dump_find(cs->dumps[i], names[k]);

            if (s != NULL && s->value != NULL && s->value[0] != '\0') {
                return s->value;
            }
        }
    }
    return NULL;
}

/* The group of the entry's own folder that it belongs to; -1: none. */
static int find_folder_group(const struct node_groups *g, const struct xd_entry *e,
                             const char *host)
{
    int only = -1;
    unsigned named = 0;

    for (size_t k = 0; k < g->n; k++) {
        const struct node_group *group = &g->items[k];

        if (group->input != e->input || !xd_text_same(group->container, e->container)) {
            continue;
        }
        if (host != NULL && xd_text_same_nocase(group->host, host) &&
            (single_kinds(group->kinds) & single_kinds(1U << e->kind)) == 0) {
            return (int)k;
        }
        named += group->named ? 1 : 0;
        only = (int)k;
    }
    return named <= 1 ? only : -1;
}

/* Files known by content alone. */
static void group_unnamed(struct node_groups *g)
{
    for (size_t i = 0; i < g->cs->n_entries; i++) {
        const struct xd_entry *e = g->cs->entries[i];

        if (!is_of_bundle(e) || e->said.host != NULL) {
            continue;
        }
        const char *host = find_content_host(g->cs, e);
        int at = find_folder_group(g, e, host);
        struct node_group *group = at >= 0 ? &g->items[at] : NULL;

        if (group == NULL) {
            group = add_group(g, e, NULL, e->said.stamp);
        }
        join_group(g, group, e);
        if (group != NULL && group->host == NULL) {
            group->host = host;
        }
    }
}

/*
 * A lone capture or PEM is no node; nor is a folder of captures.  A file name with
 * a host, inside of an archive or folder, is enough.
 */
static bool makes_node(const struct node_groups *g, const struct node_group *group)
{
    unsigned telling = 1U << XD_ENTRY_LOG | 1U << XD_ENTRY_XCONF_TXT |
                       1U << XD_ENTRY_XCONF_XML | 1U << XD_ENTRY_XSTAT_TXT |
                       1U << XD_ENTRY_XSTAT_XML;

    if (group->gone) {
        return false;
    }
    if ((group->kinds & telling) != 0) {
        return true;
    }
    return group->named && !is_lone_file(g, group->input);
}

static void collect_entries(struct node_groups *g, struct xd_node *node, int group)
{
    for (size_t i = 0; i < g->cs->n_entries; i++) {
        struct xd_entry *e = g->cs->entries[i];

        if (g->of_entry[i] != group) {
            continue;
        }
        *XD_PUSH(g->cs->arena, node, entries) = e;
        if (e->kind == XD_ENTRY_LOG &&
            (node->log == NULL || node->log->status != XD_ENTRY_READ)) {
            node->log = e;
        }
    }
}

static struct xd_node *make_node(struct node_groups *g, const struct node_group *group)
{
    struct xd_case *cs = g->cs;
    struct xd_node *node = xd_arena_alloc(cs->arena, sizeof(*node));

    node->index = (unsigned)cs->n_nodes;
    node->host = group->host;
    node->input = group->input;
    node->container = group->container;
    node->stamp = group->stamp;
    node->as_of = XD_TIME_NONE;
    node->stores_identical = XD_TRI_UNKNOWN;
    node->server_eku_upload = XD_TRI_UNKNOWN;
    node->verify_origin = XD_TRI_UNKNOWN;
    node->default_zone_mtls = XD_TRI_UNKNOWN;
    node->revocation_check = XD_TRI_UNKNOWN;
    node->cvs = XD_TRI_UNKNOWN;
    node->verify_hostname = XD_TRI_UNKNOWN;
    node->mra = XD_TRI_UNKNOWN;
    node->cluster_enforcing = XD_TRI_UNKNOWN;
    node->sip_tls_port = 5061;
    node->sip_mtls_port = 5062;
    *XD_PUSH(cs->arena, cs, nodes) = node;
    return node;
}

/* Where neither names nor contents say a host, the input's name does. */
static void name_hostless(struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        struct xd_node *n = cs->nodes[i];

        if (n->host == NULL || n->host[0] == '\0') {
            n->host = n->input < cs->n_inputs ? cs->inputs[n->input].name : "node";
        }
    }
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int compare_nodes(const struct xd_case *cs, const struct xd_node *a,
                         const struct xd_node *b)
{
    int by_host = compare_texts(a->host, b->host);

    if (by_host != 0) {
        return by_host;
    }
    if (a->stamp != b->stamp) {
        return a->stamp < b->stamp ? -1 : 1;
    }
    const char *in_a = a->input < cs->n_inputs ? cs->inputs[a->input].name : NULL;
    const char *in_b = b->input < cs->n_inputs ? cs->inputs[b->input].name : NULL;
    int by_input = compare_texts(in_a, in_b);
    if (by_input == 0 && in_a != NULL && in_b != NULL) {
        by_input = compare_texts(cs->inputs[a->input].path, cs->inputs[b->input].path);
    }
    return by_input != 0 ? by_input : compare_texts(a->container, b->container);
}

/*
 * By name and time: reports must not hang on the order of arguments.  They are few
 * (XD_MAX_NODES), and equal ones keep their order.
 */
static void sort_nodes(struct xd_case *cs)
{
    for (size_t i = 1; i < cs->n_nodes; i++) {
        struct xd_node *n = cs->nodes[i];
        size_t at = i;

        for (; at > 0 && compare_nodes(cs, n, cs->nodes[at - 1]) < 0; at--) {
            cs->nodes[at] = cs->nodes[at - 1];
        }
        cs->nodes[at] = n;
    }
    for (size_t i = 0; i < cs->n_nodes; i++) {
        cs->nodes[i]->index = (unsigned)i;
    }
}

void xd_nodes_group(struct xd_case *cs)
{
    struct node_groups *g = xd_alloc(sizeof(*g));

    g->cs = cs;
    g->of_entry = xd_alloc_array(cs->n_entries, sizeof(*g->of_entry));
    for (size_t i = 0; i < cs->n_entries; i++) {
        g->of_entry[i] = -1;
    }
    group_named(g);
    merge_scattered(g);
    group_unnamed(g);
    merge_scattered(g);
    for (size_t i = 0; i < g->n; i++) {
        if (makes_node(g, &g->items[i])) {
            collect_entries(g, make_node(g, &g->items[i]), (int)i);
        }
    }
    name_hostless(cs);
    sort_nodes(cs);
    xd_free(g->of_entry);
    xd_free(g);
}

/* Two nodes of one host name, told apart by their domains. */
static bool is_namesake(const struct xd_node *a, const struct xd_node *b)
{
    return xd_text_same_nocase(a->host, b->host) && a->fqdn != NULL && b->fqdn != NULL &&
           !xd_text_same_nocase(a->fqdn, b->fqdn);
}

static const char *id_of(const struct xd_case *cs, const struct xd_node *n)
{
    const char *name = n->host;
    bool several = false;

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *other = cs->nodes[i];

        if (is_namesake(n, other)) {
            name = n->fqdn;
        } else {
            several = several || (other != n && xd_text_same_nocase(n->host, other->host));
        }
    }
    if (!several || n->stamp == XD_TIME_NONE) {
        return name;
    }
    char text[XD_TIME_TEXT];

    (void)xd_time_format_short(n->stamp, text);
    text[10] = 'T'; /* "2026-03-24 11:55:20Z" as RFC 3339 */
    return xd_arena_printf(cs->arena, "%s@%s", name, text);
}

void xd_nodes_name(struct xd_case *cs)
{
    struct xd_map *taken = xd_map_new();

    for (size_t i = 0; i < cs->n_nodes; i++) {
        struct xd_node *n = cs->nodes[i];
        const char *base = id_of(cs, n);

        n->id = base;
        for (unsigned k = 2; xd_map_get(taken, xd_slice_of(n->id)) != NULL; k++) {
            n->id = xd_arena_printf(cs->arena, "%s#%u", base, k);
        }
        xd_map_put(taken, xd_slice_of(n->id), n);
    }
    xd_map_free(taken);
}

xd_time xd_node_moment(const struct xd_node *n)
{
    return n->as_of != XD_TIME_NONE ? n->as_of : n->stamp;
}

/* How far the time lies outside of the bundle's span; 0 inside of it. */
static xd_time distance(const struct xd_node *n, xd_time at)
{
    xd_time from = xd_node_moment(n);
    xd_time to = n->stamp != XD_TIME_NONE ? n->stamp : n->as_of;

    if (from == XD_TIME_NONE) {
        return INT64_MAX;
    }
    if (at < from) {
        return from - at;
    }
    return at > to ? at - to : 0;
}

bool xd_node_nearer(const struct xd_node *a, const struct xd_node *b, xd_time at)
{
    if (at == XD_TIME_NONE) {
        return false;
    }
    return distance(a, at) < distance(b, at);
}
