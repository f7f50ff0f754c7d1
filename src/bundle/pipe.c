/*
 * pipe.c - blocks and events on their way to the sink: handed over at once, or
 * through a bounded queue where the reading has a thread of its own.
 *
 * The lock guards the slots' counts, the ring, who sleeps, and nothing else.  hash,
 * total and open belong to the thread that calls the sink; stage and unsaid belong to
 * the producer.
 *
 * Who found nothing to do sleeps until there is work for a while: to wake a thread for
 * each block cost more than to copy the block (22,000 switches a gigabyte).
 */
#include "bundle_priv.h"

#include <pthread.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"

enum event_kind { EVENT_BEGIN, EVENT_BYTES, EVENT_END, EVENT_RAW, EVENT_DONE };

struct event {
    enum event_kind kind;
    struct xd_slot *slot; /* that bytes lie in, or NULL */
    struct xd_slice bytes;
    struct xd_begun *begun;
    enum xd_entry_status status;
    char *detail; /* owned */
    uint64_t raw; /* bytes of the file as given that were read for it */
};

struct xd_pipe {
    const struct xd_bundle_sink *sink;
    const struct xd_bundle_options *options;
    struct xd_sha256 *hash;
    uint64_t total; /* bytes of all files as given */
    struct xd_begun *open;
    atomic_bool aborted;
    bool threaded;
    pthread_mutex_t lock;
    pthread_cond_t more; /* for the consumer: events are there */
    pthread_cond_t room; /* for the producer: events or slots were given back */
    bool starved;        /* the consumer sleeps */
    bool blocked;        /* the producer sleeps */
    struct event ring[XD_QUEUE_EVENTS];
    unsigned first;
    unsigned n;
    struct xd_slot slots[XD_MAX_SLOTS];
    unsigned n_slots;
    unsigned holders;
    struct xd_slot *stage; /* collects what does not lie in a slot */
    size_t staged;
    uint64_t unsaid; /* bytes read that no event has told of */
    void (*produce)(void *arg);
    void *arg;
};

struct xd_pipe *xd_pipe_new(const struct xd_bundle_sink *sink,
                            const struct xd_bundle_options *options)
{
    struct xd_pipe *p = xd_alloc(sizeof *p);

    p->sink = sink;
    p->options = options;
    p->holders = 1; /* stage */
    atomic_init(&p->aborted, false);
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->more, NULL);
    (void)pthread_cond_init(&p->room, NULL);
    return p;
}

static void close_entry(struct xd_pipe *p)
{
    xd_free(p->open);
    p->open = NULL;
}

void xd_pipe_free(struct xd_pipe *p)
{
    uint8_t unused[32];

    (void)xd_pipe_digest(p, unused);
    close_entry(p);
    for (unsigned i = 0; i < p->n_slots; i++) {
        xd_free(p->slots[i].bytes);
    }
    (void)pthread_cond_destroy(&p->room);
    (void)pthread_cond_destroy(&p->more);
    (void)pthread_mutex_destroy(&p->lock);
    xd_free(p);
}

void xd_pipe_start(struct xd_pipe *p, bool hash)
{
    uint8_t unused[32];

    (void)xd_pipe_digest(p, unused);
    p->hash = hash ? xd_sha256_new() : NULL;
}

bool xd_pipe_digest(struct xd_pipe *p, uint8_t out[32])
{
    if (p->hash == NULL) {
        return false;
    }
    xd_sha256_done(p->hash, out);
    p->hash = NULL;
    return true;
}

bool xd_pipe_aborted(const struct xd_pipe *p)
{
    return atomic_load_explicit(&p->aborted, memory_order_relaxed);
}

/* ---- slots ---- */

void xd_pipe_hold(struct xd_pipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->holders++;
    (void)pthread_mutex_unlock(&p->lock);
}

void xd_pipe_unhold(struct xd_pipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->holders--;
    (void)pthread_mutex_unlock(&p->lock);
}

static struct xd_slot *find_free_slot(struct xd_pipe *p)
{
    for (unsigned i = 0; i < p->n_slots; i++) {
        if (p->slots[i].refs == 0) {
            return &p->slots[i];
        }
    }
    if (p->n_slots < XD_QUEUE_SLOTS + p->holders && p->n_slots < XD_MAX_SLOTS) {
        struct xd_slot *slot = &p->slots[p->n_slots];

        slot->bytes = xd_realloc(NULL, XD_BLOCK_BYTES); /* not zeroed, so not touched */
        p->n_slots++;
        return slot;
    }
    return NULL;
}

/* Under the lock, as all that follows here: the consumer has something to do. */
static void wake_consumer(struct xd_pipe *p)
{
    if (p->starved) {
        p->starved = false;
        (void)pthread_cond_signal(&p->more);
    }
}

static void wake_producer(struct xd_pipe *p)
{
    if (p->blocked) {
        p->blocked = false;
        (void)pthread_cond_signal(&p->room);
    }
}

/*
 * The producer waits for events or slots; until then it can add nothing.  Who goes to
 * sleep wakes the other one first, so that never both do.
 */
static void wait_for_room(struct xd_pipe *p)
{
    wake_consumer(p);
    p->blocked = true;
    while (p->blocked) {
        (void)pthread_cond_wait(&p->room, &p->lock);
    }
}

/* The consumer waits for events. */
static void wait_for_event(struct xd_pipe *p)
{
    wake_producer(p);
    p->starved = true;
    while (p->starved) {
        (void)pthread_cond_wait(&p->more, &p->lock);
    }
}

/* The consumer has given something back: once it is half of all, that is enough. */
static void note_room(struct xd_pipe *p)
{
    unsigned n_free = 0;

    if (!p->blocked) {
        return;
    }
    for (unsigned i = 0; i < p->n_slots; i++) {
        n_free += p->slots[i].refs == 0;
    }
    if (n_free >= XD_QUEUE_SLOTS / 2 && p->n <= XD_QUEUE_EVENTS / 2) {
        wake_producer(p);
    }
}

/*
 * Each holder keeps one slot at most, so XD_QUEUE_SLOTS of them are free or in
 * the queue, whose reader gives them back: this wait ends.
 */
struct xd_slot *xd_pipe_slot(struct xd_pipe *p)
{
    struct xd_slot *slot = NULL;

    (void)pthread_mutex_lock(&p->lock);
    slot = find_free_slot(p);
    while (slot == NULL) {
        wait_for_room(p);
        slot = find_free_slot(p);
    }
    slot->refs = 1;
    (void)pthread_mutex_unlock(&p->lock);
    return slot;
}

void xd_pipe_drop(struct xd_pipe *p, struct xd_slot *slot)
{
    (void)pthread_mutex_lock(&p->lock);
    slot->refs--;
    note_room(p);
    (void)pthread_mutex_unlock(&p->lock);
}

/* The slot that holds bytes, with one more reference, or NULL. */
static struct xd_slot *share_slot(struct xd_pipe *p, struct xd_slice bytes)
{
    struct xd_slot *found = NULL;
    uintptr_t at = (uintptr_t)bytes.p;

    (void)pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->n_slots && found == NULL; i++) {
        uintptr_t start = (uintptr_t)p->slots[i].bytes;

        if (at >= start && at < start + XD_BLOCK_BYTES) {
            found = &p->slots[i];
            found->refs++;
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return found;
}

/* ---- the consumer's side ---- */

static enum xd_rc tell_end(struct xd_pipe *p, const struct event *e)
{
    enum xd_rc rc = p->sink->entry_end(p->sink->arg, e->status, e->detail);

    close_entry(p);
    return rc;
}

static enum xd_rc tell_raw(struct xd_pipe *p, const struct event *e)
{
    if (p->hash != NULL) {
        xd_sha256_add(p->hash, e->bytes);
    }
    return XD_OK;
}

static enum xd_rc tell_event(struct xd_pipe *p, struct event *e)
{
    switch (e->kind) {
    case EVENT_BEGIN:
        p->open = e->begun;
        e->begun = NULL;
        return p->sink->entry_begin(p->sink->arg, &p->open->entry);
    case EVENT_BYTES:
        return p->sink->entry_bytes(p->sink->arg, e->bytes);
    case EVENT_END:
        return tell_end(p, e);
    case EVENT_RAW:
        return tell_raw(p, e);
    case EVENT_DONE:
        break;
    }
    return XD_OK;
}

/* Hand one event to the sink, or drop it once the sink has failed. */
static void consume_event(struct xd_pipe *p, struct event *e)
{
    p->total += e->raw;
    if (e->raw > 0 && p->options->progress != NULL) {
        p->options->progress(p->options->progress_arg, p->total);
    }
    if (!xd_pipe_aborted(p) && tell_event(p, e) == XD_FAIL) {
        atomic_store(&p->aborted, true);
    }
    xd_free(e->begun);
    xd_free(e->detail);
    if (e->slot != NULL) {
        xd_pipe_drop(p, e->slot);
    }
}

static void consume_queue(struct xd_pipe *p)
{
    struct event e = {0};

    while (e.kind != EVENT_DONE) {
        (void)pthread_mutex_lock(&p->lock);
        while (p->n == 0) {
            wait_for_event(p);
        }
        e = p->ring[p->first];
        p->first = (p->first + 1) % XD_QUEUE_EVENTS;
        p->n--;
        note_room(p);
        (void)pthread_mutex_unlock(&p->lock);
        consume_event(p, &e);
    }
}

/* ---- the producer's side ---- */

/*
 * The consumer is woken when half the slots are under way, by the end, and where the
 * producer has to wait.
 */
static void put_event(struct xd_pipe *p, struct event *e)
{
    e->raw = p->unsaid;
    p->unsaid = 0;
    if (!p->threaded) {
        consume_event(p, e);
        return;
    }
    (void)pthread_mutex_lock(&p->lock);
    while (p->n == XD_QUEUE_EVENTS) {
        wait_for_room(p);
    }
    p->ring[(p->first + p->n) % XD_QUEUE_EVENTS] = *e;
    p->n++;
    if (p->n >= XD_QUEUE_SLOTS / 2 || e->kind == EVENT_DONE) {
        wake_consumer(p);
    }
    (void)pthread_mutex_unlock(&p->lock);
}

static void flush_stage(struct xd_pipe *p)
{
    struct event e = {.kind = EVENT_BYTES, .slot = p->stage};

    if (p->stage == NULL) {
        return;
    }
    e.bytes = (struct xd_slice){p->stage->bytes, p->staged};
    p->stage = NULL;
    p->staged = 0;
    put_event(p, &e);
}

void xd_pipe_begin(struct xd_pipe *p, struct xd_begun *begun)
{
    struct event e = {.kind = EVENT_BEGIN, .begun = begun};

    put_event(p, &e);
}

void xd_pipe_bytes(struct xd_pipe *p, struct xd_slice bytes)
{
    struct event e = {.kind = EVENT_BYTES, .bytes = bytes};

    e.slot = share_slot(p, bytes);
    if (e.slot != NULL) {
        flush_stage(p);
        put_event(p, &e);
        return;
    }
    while (bytes.len > 0 && !xd_pipe_aborted(p)) {
        size_t n = XD_BLOCK_BYTES - p->staged;

        if (p->stage == NULL) {
            p->stage = xd_pipe_slot(p);
        }
        n = bytes.len < n ? bytes.len : n;
        memcpy(p->stage->bytes + p->staged, bytes.p, n);
        p->staged += n;
        bytes = (struct xd_slice){bytes.p + n, bytes.len - n};
        if (p->staged == XD_BLOCK_BYTES) {
            flush_stage(p);
        }
    }
}

void xd_pipe_end(struct xd_pipe *p, enum xd_entry_status status, const char *detail)
{
    struct event e = {.kind = EVENT_END, .status = status};

    flush_stage(p);
    if (detail != NULL && detail[0] != '\0') {
        size_t len = strlen(detail) + 1;

        e.detail = xd_alloc(len);
        memcpy(e.detail, detail, len);
    }
    put_event(p, &e);
}

void xd_pipe_raw(struct xd_pipe *p, struct xd_slice bytes)
{
    struct event e = {.kind = EVENT_RAW, .bytes = bytes};

    p->unsaid += bytes.len;
    if (p->threaded && p->options->hash_inputs) {
        e.slot = share_slot(p, bytes);
        put_event(p, &e);
    } else if (!p->threaded) {
        put_event(p, &e);
    }
}

static void *run_producer(void *arg)
{
    struct xd_pipe *p = arg;
    struct event done = {.kind = EVENT_DONE};

    p->produce(p->arg);
    put_event(p, &done);
    return NULL;
}

void xd_pipe_run(struct xd_pipe *p, void (*produce)(void *arg), void *arg)
{
    pthread_t thread;

    p->produce = produce;
    p->arg = arg;
    p->threaded = true;
    if (pthread_create(&thread, NULL, run_producer, p) != 0) {
        p->threaded = false; /* no thread to be had: all of it here */
        produce(arg);
        return;
    }
    consume_queue(p);
    (void)pthread_join(thread, NULL);
    p->threaded = false;
}
