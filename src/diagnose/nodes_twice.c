/*
 * nodes_twice.c - one bundle given twice: an archive and the folder it was extracted
 * to, or the same path two times; or one logging session that was downloaded two times.
 * It counts once.
 *
 * Two are one where host and stamp agree and each file of the one has a file of the
 * same name, size and content in the other.  Bundles before and after a change differ
 * in the stamp and stay apart, save where their status dump is the very same: it is
 * taken when logging begins, so that both are of one session.  Log and captures of the
 * later download may have grown.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

/* What was read of one entry, in numbers: equal contents give equal sums. */
struct content {
    uint64_t sum;
    uint64_t items;
    uint64_t start; /* of a log or capture: how it begins */
    uint64_t frame; /* where start was taken, of a capture */
};

/* Files of one place, host and stamp. */
struct heap {
    const struct xd_entry *first;
    size_t begin; /* of its entries in members */
    size_t n;
    bool telling; /* more than certificates without a name */
    bool gone;
};

struct twins {
    struct xd_case *cs;
    struct content *contents; /* by entry id */
    size_t *heap_of;          /* by entry id */
    size_t *members;          /* entry ids, heap by heap */
    struct heap heaps[XD_MAX_NODES];
    size_t n_heaps;
    bool any;
};

enum { NO_HEAP = XD_MAX_NODES };

/* FNV-1a, 64 bits: it tells contents apart, it guards nothing. */
static uint64_t stir(uint64_t sum, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ p[i]) * 1099511628211U;
    }
    return sum;
}

static uint64_t stir_text(uint64_t sum, const char *text)
{
    return text != NULL ? stir(sum, text, strlen(text) + 1) : stir(sum, "\1", 1);
}

static struct content *content_of(const struct twins *t, const struct xd_entry *e)
{
    return e != NULL && e->id < t->cs->n_entries ? &t->contents[e->id] : NULL;
}

static void sum_dump(const struct twins *t, const struct xd_dump *d)
{
    struct content *c = content_of(t, d->entry);

    for (size_t i = 0; c != NULL && i < d->n_settings; i++) {
        c->sum = stir_text(stir_text(c->sum, d->settings[i].path), d->settings[i].value);
        c->items++;
    }
}

static void sum_pem(const struct twins *t, const struct xd_pem *p)
{
    struct content *c = content_of(t, p->entry);

    for (size_t i = 0; c != NULL && i < p->n_certs; i++) {
        c->sum = stir(c->sum, p->certs[i]->sha256, sizeof(p->certs[i]->sha256));
        c->items++;
    }
}

static void sum_log(const struct twins *t, const struct xd_log_span *l)
{
    struct content *c = content_of(t, l->entry);

    if (c != NULL) {
        c->sum = stir(c->sum, &l->first, sizeof(l->first));
        c->sum = stir(c->sum, &l->last, sizeof(l->last));
        c->items += l->lines;
        c->start = stir(c->start, &l->first, sizeof(l->first));
    }
}

static void sum_event(const struct twins *t, const struct xd_log_event *e)
{
    struct content *c = content_of(t, e->place.entry);

    if (c != NULL) {
        c->sum = stir_text(stir(c->sum, &e->place.line, sizeof(e->place.line)), e->quote);
    }
}

static void sum_flow(const struct twins *t, const struct xd_flow *f)
{
    struct content *c = content_of(t, f->first.entry);

    if (c == NULL) {
        return;
    }
    if (c->items == 0 || f->first.frame < c->frame) {
        c->frame = f->first.frame;
        c->start = stir(stir(0, &f->first.frame, sizeof(f->first.frame)), &f->first.time,
                        sizeof(f->first.time));
    }
    c->sum = stir(c->sum, &f->first.frame, sizeof(f->first.frame));
    c->sum = stir(c->sum, &f->first.time, sizeof(f->first.time));
    c->sum = stir(c->sum, &f->last.frame, sizeof(f->last.frame));
    c->sum = stir(c->sum, f->tcp.payload, sizeof(f->tcp.payload));
    for (int side = XD_CLIENT; side <= XD_SERVER; side++) {
        c->sum = stir(c->sum, &f->end[side].addr, sizeof(f->end[side].addr));
        c->sum = stir(c->sum, &f->end[side].port, sizeof(f->end[side].port));
    }
    if (f->tls != NULL) {
        c->sum = stir(c->sum, f->tls->random, sizeof(f->tls->random));
    }
    c->items++;
}

static void sum_contents(const struct twins *t)
{
    const struct xd_case *cs = t->cs;

    for (size_t i = 0; i < cs->n_dumps; i++) {
        sum_dump(t, cs->dumps[i]);
    }
    for (size_t i = 0; i < cs->n_pems; i++) {
        sum_pem(t, &cs->pems[i]);
    }
    for (size_t i = 0; i < cs->n_logs; i++) {
        sum_log(t, &cs->logs[i]);
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        sum_event(t, cs->events[i]);
    }
    for (size_t i = 0; i < cs->n_flows; i++) {
        sum_flow(t, cs->flows[i]);
    }
}

static bool same_bundle_name(const struct xd_entry *a, const struct xd_entry *b)
{
    return a->said.stamp == b->said.stamp && xd_text_same(a->said.host, b->said.host);
}

static bool same_place(const struct xd_entry *a, const struct xd_entry *b)
{
    return a->input == b->input && xd_text_same(a->container, b->container);
}

static bool is_read(const struct xd_entry *e)
{
    return e->kind != XD_ENTRY_OTHER;
}

static void heap_up(struct twins *t)
{
    for (size_t i = 0; i < t->cs->n_entries; i++) {
        const struct xd_entry *e = t->cs->entries[i];
        size_t at = 0;

        t->heap_of[i] = NO_HEAP;
        if (!is_read(e)) {
            continue;
        }
        while (at < t->n_heaps && !(same_place(t->heaps[at].first, e) &&
                                    same_bundle_name(t->heaps[at].first, e))) {
            at++;
        }
        if (at == XD_MAX_NODES) {
            xd_case_note_limit(t->cs, e,
                               "not compared with others: more than %d bundles in one case",
                               XD_MAX_NODES);
            continue;
        }
        if (at == t->n_heaps) {
            t->heaps[t->n_heaps++] = (struct heap){.first = e};
        }
        t->heaps[at].n++;
        t->heaps[at].telling =
            t->heaps[at].telling || e->kind != XD_ENTRY_PEM || e->said.host != NULL;
        t->heap_of[i] = at;
    }
}

/* So that two heaps are compared at the cost of their own sizes. */
static void list_members(struct twins *t)
{
    size_t begin = 0;

    for (size_t k = 0; k < t->n_heaps; k++) {
        t->heaps[k].begin = begin;
        begin += t->heaps[k].n;
        t->heaps[k].n = 0;
    }
    for (size_t i = 0; i < t->cs->n_entries; i++) {
        if (t->heap_of[i] != NO_HEAP) {
            struct heap *h = &t->heaps[t->heap_of[i]];

            t->members[h->begin + h->n++] = i;
        }
    }
}

static bool is_equal(const struct twins *t, const struct xd_entry *a,
                     const struct xd_entry *b)
{
    const struct content *c = &t->contents[a->id];
    const struct content *o = &t->contents[b->id];

    return o->sum == c->sum && o->items == c->items && a->kind == b->kind &&
           a->bytes == b->bytes && a->status == b->status;
}

/* What is written while logging goes on: b begins as a does, and is longer. */
static bool has_grown(const struct twins *t, const struct xd_entry *a,
                      const struct xd_entry *b)
{
    bool grows = a->kind == XD_ENTRY_LOG || a->kind == XD_ENTRY_PCAP;

    return grows && a->kind == b->kind && a->bytes < b->bytes &&
           t->contents[a->id].items > 0 &&
           t->contents[a->id].start == t->contents[b->id].start;
}

/* The file of that heap that holds all that e holds, or NULL. */
static const struct xd_entry *find_twin(const struct twins *t, const struct xd_entry *e,
                                        size_t heap)
{
    const struct heap *h = &t->heaps[heap];
    bool again = !same_bundle_name(e, h->first);

    for (size_t i = 0; i < h->n; i++) {
        const struct xd_entry *x = t->cs->entries[t->members[h->begin + i]];

        if ((is_equal(t, e, x) && (again || xd_text_same(x->name, e->name))) ||
            (again && has_grown(t, e, x))) {
            return x;
        }
    }
    return NULL;
}

/* Are both of one session of logging, by the status that was taken when it began? */
static bool same_session(const struct twins *t, const struct heap *a, const struct heap *b)
{
    for (size_t i = 0; a->first->said.host != NULL && i < a->n; i++) {
        const struct xd_entry *x = t->cs->entries[t->members[a->begin + i]];
        bool told = (x->kind == XD_ENTRY_XSTAT_TXT || x->kind == XD_ENTRY_XSTAT_XML) &&
                    t->contents[x->id].items > 0;

        for (size_t k = 0; told && k < b->n; k++) {
            if (is_equal(t, x, t->cs->entries[t->members[b->begin + k]])) {
                return xd_text_same(a->first->said.host, b->first->said.host);
            }
        }
    }
    return false;
}

/* Is each file of heap b one of heap a?  A lone file is a heap of one. */
static bool is_within(const struct twins *t, size_t a, size_t b)
{
    const struct xd_entry *first = t->heaps[b].first;
    bool same_name = same_bundle_name(first, t->heaps[a].first);

    if (t->heaps[b].n > t->heaps[a].n || !t->heaps[b].telling ||
        (same_name && same_place(first, t->heaps[a].first)) ||
        (!same_name && !same_session(t, &t->heaps[a], &t->heaps[b]))) {
        return false;
    }
    for (size_t i = 0; i < t->heaps[b].n; i++) {
        size_t at = t->members[t->heaps[b].begin + i];

        if (find_twin(t, t->cs->entries[at], a) == NULL) {
            return false;
        }
    }
    return true;
}

static void drop_heap(struct twins *t, size_t kept, size_t gone)
{
    struct xd_case *cs = t->cs;
    const struct xd_entry *first = t->heaps[kept].first;
    const struct xd_input *in = &cs->inputs[first->input];
    bool again = !same_bundle_name(first, t->heaps[gone].first);
    bool beside = first->input == t->heaps[gone].first->input;
    const char *path = in->path != NULL ? in->path : in->name;
    const char *of = beside && first->container != NULL && *first->container != '\0'
                         ? first->container
                         : path;

    for (size_t i = 0; i < cs->n_entries; i++) {
        struct xd_entry *e = cs->entries[i];

        if (t->heap_of[i] != gone) {
            continue;
        }
        e->twin = find_twin(t, e, kept);
        e->status = XD_ENTRY_SKIPPED;
        e->detail =
            again ? xd_arena_printf(cs->arena,
                                    "the same logging session as in %s, downloaded "
                                    "again: not counted twice",
                                    of)
                  : xd_arena_printf(cs->arena, "the same as in %s: not counted twice", of);
    }
    struct xd_input *twice = &cs->inputs[t->heaps[gone].first->input];
    if (!beside) {
        twice->note =
            xd_arena_printf(cs->arena, "the same bundle as in %s: not counted twice", of);
    }
    t->heaps[gone].gone = true;
    t->any = true;
}

static void find_twice(struct twins *t)
{
    for (size_t b = 1; b < t->n_heaps; b++) {
        for (size_t a = 0; a < b && !t->heaps[b].gone; a++) {
            if (t->heaps[a].gone) {
                continue;
            }
            if (is_within(t, a, b)) {
                drop_heap(t, a, b);
            } else if (is_within(t, b, a)) {
                drop_heap(t, b, a);
            }
        }
    }
}

static bool is_twin(const struct xd_entry *e)
{
    return e != NULL && e->twin != NULL;
}

static void forget_files(struct xd_case *cs)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_dumps; i++) {
        if (!is_twin(cs->dumps[i]->entry)) {
            cs->dumps[n++] = cs->dumps[i];
        }
    }
    cs->n_dumps = n;
    n = 0;
    for (size_t i = 0; i < cs->n_pems; i++) {
        if (!is_twin(cs->pems[i].entry)) {
            cs->pems[n++] = cs->pems[i];
        }
    }
    cs->n_pems = n;
    n = 0;
    for (size_t i = 0; i < cs->n_logs; i++) {
        if (!is_twin(cs->logs[i].entry)) {
            cs->logs[n++] = cs->logs[i];
        }
    }
    cs->n_logs = n;
}

static void forget_facts(struct xd_case *cs)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_events; i++) {
        if (!is_twin(cs->events[i]->place.entry)) {
            cs->events[n++] = cs->events[i];
        }
    }
    cs->n_events = n;
    n = 0;
    for (size_t i = 0; i < cs->n_flows; i++) {
        if (!is_twin(cs->flows[i]->first.entry)) {
            cs->flows[n] = cs->flows[i];
            cs->flows[n]->id = (unsigned)n + 1;
            n++;
        }
    }
    cs->n_flows = n;
    n = 0;
    for (size_t i = 0; i < cs->n_dns; i++) {
        if (!is_twin(cs->dns[i].place.entry)) {
            cs->dns[n++] = cs->dns[i];
        }
    }
    cs->n_dns = n;
}

void xd_nodes_count_once(struct xd_case *cs)
{
    struct twins *t = NULL;

    if (cs->n_inputs < 2 && cs->n_entries < 2) {
        return;
    }
    t = xd_alloc(sizeof(*t));
    t->cs = cs;
    t->contents = xd_alloc_array(cs->n_entries, sizeof(*t->contents));
    t->heap_of = xd_alloc_array(cs->n_entries, sizeof(*t->heap_of));
    t->members = xd_alloc_array(cs->n_entries, sizeof(*t->members));
    heap_up(t);
    list_members(t);
    if (t->n_heaps > 1) {
        sum_contents(t);
        find_twice(t);
    }
    if (t->any) {
        forget_files(cs);
        forget_facts(cs);
    }
    xd_free(t->contents);
    xd_free(t->heap_of);
    xd_free(t->members);
    xd_free(t);
}
