/*
 * arena.c - memory that lives as long as its case.
 */
#include "expdiag/arena.h"

#include "expdiag/alloc.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 64 << 10 };

struct block {
    struct block *next;
    size_t used;
    size_t len;
    alignas(max_align_t) uint8_t bytes[];
};

struct xd_arena {
    struct block *first; /* the one that is being filled */
    size_t used;
};

struct xd_arena *xd_arena_new(void)
{
    return xd_alloc(sizeof(struct xd_arena));
}

void xd_arena_free(struct xd_arena *a)
{
    if (a == NULL) {
        return;
    }
    for (struct block *b = a->first; b != NULL;) {
        struct block *next = b->next;

        xd_free(b);
        b = next;
    }
    xd_free(a);
}

/* A block of its own for what is large, so that the one being filled goes on. */
static void *alloc_large(struct xd_arena *a, size_t len)
{
    struct block *b = xd_alloc(sizeof(*b) + len);

    b->len = len;
    b->used = len;
    if (a->first != NULL) {
        b->next = a->first->next;
        a->first->next = b;
    } else {
        a->first = b;
    }
    return b->bytes;
}

void *xd_arena_alloc(struct xd_arena *a, size_t len)
{
    size_t align = alignof(max_align_t);
    size_t need = (len + align - 1) / align * align;

    a->used += need;
    if (need > BLOCK_BYTES / 4) {
        return alloc_large(a, need);
    }
    struct block *b = a->first;

    if (b == NULL || need > b->len - b->used) {
        b = xd_alloc(sizeof(*b) + BLOCK_BYTES);
        b->len = BLOCK_BYTES;
        b->next = a->first;
        a->first = b;
    }
    void *p = b->bytes + b->used;

    b->used += need;
    return p;
}

struct xd_slice xd_arena_dup(struct xd_arena *a, struct xd_slice bytes)
{
    uint8_t *p = xd_arena_alloc(a, bytes.len);

    if (bytes.len > 0) {
        memcpy(p, bytes.p, bytes.len);
    }
    return (struct xd_slice){p, bytes.len};
}

char *xd_arena_text(struct xd_arena *a, const char *text, size_t len)
{
    char *p = xd_arena_alloc(a, len + 1);

    if (len > 0) {
        memcpy(p, text, len);
    }
    return p;
}

char *xd_arena_strdup(struct xd_arena *a, const char *text)
{
    return text == NULL ? NULL : xd_arena_text(a, text, strlen(text));
}

char *xd_arena_printf(struct xd_arena *a, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        return xd_arena_text(a, "", 0);
    }
    char *p = xd_arena_alloc(a, (size_t)len + 1);

    va_start(ap, fmt);
    (void)vsnprintf(p, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return p;
}

size_t xd_arena_used(const struct xd_arena *a)
{
    return a->used;
}

void *xd_arena_push(struct xd_arena *a, void *items, size_t *n, size_t *cap, size_t size)
{
    uint8_t *base = NULL;

    memcpy(&base, items, sizeof(base)); /* items is a pointer to the array's pointer */
    if (*n == *cap) {
        size_t more = *cap == 0 ? 4 : *cap * 2;
        uint8_t *grown = xd_arena_alloc(a, more * size);

        if (*n > 0) {
            memcpy(grown, base, *n * size);
        }
        base = grown;
        memcpy(items, &base, sizeof(base));
        *cap = more;
    }
    return base + (*n)++ * size;
}
