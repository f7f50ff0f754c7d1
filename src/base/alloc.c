/*
 * alloc.c - the one door for allocations.
 */
#include "expdiag/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Process-wide by nature: every thread's allocations pass here. */
static atomic_uint_fast64_t made;
static atomic_uint_fast64_t fail_at; /* the value of made that fails; 0: none */

static void __attribute__((noreturn)) end_without_memory(void)
{
    _exit(XD_EXIT_MEMORY);
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
