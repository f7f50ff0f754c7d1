/*
 * alloc.c - the one door for allocations.
 */
#include "expdiag/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Process-wide by nature: every thread's allocations pass here. */
static atomic_uint_fast64_t made;
static atomic_uint_fast64_t fail_at; /* the value of made that fails; 0: none */

/* The same: set by the thread that is the first, before there are others. */
static int (*at_end)(void *arg);
static void *at_end_arg;

static void __attribute__((noreturn)) end_without_memory(void)
{
    _exit(at_end != NULL ? at_end(at_end_arg) : XD_EXIT_MEMORY);
}

void xd_alloc_ended(void)
{
    end_without_memory();
}

void xd_alloc_guard_exit(void)
{
    if (atexit(end_without_memory) != 0) {
        end_without_memory();
    }
}

void xd_alloc_on_end(int (*end)(void *arg), void *arg)
{
    at_end = end;
    at_end_arg = arg;
}

/* Count one allocation; ends the process where a test asked for that. */
static void count_one(void)
{
    uint_fast64_t n = atomic_fetch_add_explicit(&made, 1, memory_order_relaxed) + 1;

    if (n == atomic_load_explicit(&fail_at, memory_order_relaxed)) {
        end_without_memory();
    }
}

void xd_alloc_fail_at(uint64_t n)
{
    atomic_store(&fail_at, n == 0 ? 0 : atomic_load(&made) + n);
}

uint64_t xd_alloc_count(void)
{
    return atomic_load(&made);
}

void xd_alloc_expect_much(void)
{
    enum { REACH = 64 << 20, HUGE_PAGE = 2 << 20, BELOW_MMAP = 120 << 10, TRIES = 8 };
    void *held[TRIES] = {NULL};
    uint8_t *from = sbrk(0);

    (void)mallopt(M_TOP_PAD, REACH);
    for (size_t i = 0; i < TRIES && sbrk(0) == from; i++) { /* until the heap grows */
        held[i] = malloc(BELOW_MMAP);
    }
    uint8_t *to = sbrk(0);

    from += HUGE_PAGE - (uintptr_t)from % HUGE_PAGE;
    if (from < to) {
        (void)madvise(from, (size_t)(to - from), MADV_HUGEPAGE); /* a hint */
    }
    for (size_t i = 0; i < TRIES; i++) {
        free(held[i]);
    }
}

void *xd_alloc(size_t len)
{
    count_one();
    void *p = calloc(1, len == 0 ? 1 : len);

    if (p == NULL) {
        end_without_memory();
    }
    return p;
}

void *xd_alloc_array(size_t n, size_t size)
{
    size_t len = 0;

    if (__builtin_mul_overflow(n, size, &len)) {
        end_without_memory();
    }
    return xd_alloc(len);
}

void *xd_realloc(void *p, size_t len)
{
    count_one();
    void *q = realloc(p, len == 0 ? 1 : len);

    if (q == NULL) {
        end_without_memory();
    }
    return q;
}

void xd_free(void *p)
{
    free(p);
}
