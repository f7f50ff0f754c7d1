/*
 * hook.h - where tests take hold of a run.
 *
 * Nothing in the program: only the build for tests (EXPDIAG_BATCH_HOOKS) has the calls.
 */
#ifndef EXPDIAG_HOOK_H
#define EXPDIAG_HOOK_H

#include <stddef.h>

#if defined(EXPDIAG_BATCH_HOOKS)

/* A step towards disk was made; the test may end the process here. */
void xd_hook_step(void);

/* Rows in a group: one a step where the test wants to end the run between any two. */
size_t xd_hook_group(size_t usual);

/* A worker has begun with this case; the test may let it crash, hang, eat memory, or
 * answer as one that a bundle took over. */
void xd_hook_case(const char *name);

#else

static inline void xd_hook_step(void)
{
}

static inline size_t xd_hook_group(size_t usual)
{
    return usual;
}

static inline void xd_hook_case(const char *name)
{
    (void)name;
}

#endif

#endif
