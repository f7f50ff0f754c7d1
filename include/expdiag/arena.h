/*
 * arena.h - memory that lives exactly as long as its case, and growing arrays in it.
 *
 * Layer base.  Nothing in an arena is freed alone.
 */
#ifndef EXPDIAG_ARENA_H
#define EXPDIAG_ARENA_H

#include "expdiag/base.h"

struct xd_arena;

/* An empty arena; free it with xd_arena_free. */
struct xd_arena *xd_arena_new(void);

/* Frees everything that came from it.  NULL is fine. */
void xd_arena_free(struct xd_arena *a);

/* len zeroed bytes, aligned for any object, alive until xd_arena_free. */
void *xd_arena_alloc(struct xd_arena *a, size_t len);

/* A copy of the bytes. */
struct xd_slice xd_arena_dup(struct xd_arena *a, struct xd_slice bytes);

/* A NUL-terminated copy of len bytes of text. */
char *xd_arena_text(struct xd_arena *a, const char *text, size_t len);

/* A NUL-terminated copy of a NUL-terminated text; NULL gives NULL. */
char *xd_arena_strdup(struct xd_arena *a, const char *text);

/* printf into the arena. */
char *xd_arena_printf(struct xd_arena *a, const char *fmt, ...) XD_PRINTF(2, 3);

/* Bytes handed out so far. */
size_t xd_arena_used(const struct xd_arena *a);

/*
 * Make room for one more element of an array {items, n, cap} kept in the arena
 * and return its zeroed place; n is counted up.  Doubles on growth, so that
 * earlier element addresses change: keep indices, or arrays of pointers.
 */
void *xd_arena_push(struct xd_arena *a, void *items, size_t *n, size_t *cap, size_t size);

/*
 * Append a zeroed element to the array `name` (fields name, n_name, cap_name of
 * the struct that owner points to) and give its address.
 */
#define XD_PUSH(arena, owner, name)                                           \
    ((void)xd_arena_push((arena), (void *)&(owner)->name, &(owner)->n_##name, \
                         &(owner)->cap_##name, sizeof(*(owner)->name)),       \
     &(owner)->name[(owner)->n_##name - 1])

#endif
