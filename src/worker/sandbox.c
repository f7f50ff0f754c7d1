/*
 * sandbox.c - a worker gives up what reading a bundle does not need.
 *
 * seccomp alone suffices; Landlock stands behind it.  What is left to a parser that a
 * bundle has taken over: reading the inputs, writing the reports, using up its memory.
 */
#include "worker_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(EXPDIAG_SANITIZED) || defined(EXPDIAG_NO_SANDBOX)
enum { SANDBOX = 0 };
#else
enum { SANDBOX = 1 };
#endif

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static int compare_numbers(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    return x < y ? -1 : x > y;
}

static void close_between(int first, int last)
{
    if (first <= last) {
        (void)syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0);
    }
}

/* All descriptors go that are not kept: of the caller's shell, of our supervisor. */
static void close_others(int *keep, size_t n)
{
    int next = 0;

    qsort(keep, n, sizeof(*keep), compare_numbers);
    for (size_t i = 0; i < n; i++) {
        close_between(next, keep[i] - 1);
        next = keep[i] + 1;
    }
    (void)syscall(SYS_close_range, (unsigned)next, ~0U, 0);
}

/*
 * Three quarters of the machine's memory: what a bundle makes us use up must not be
 * taken from everybody else, and running out is told in words.
 */
static void limit_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    struct rlimit limit = {0};

    if (pages <= 0 || size <= 0 || getrlimit(RLIMIT_AS, &limit) != 0) {
        return;
    }
    rlim_t most = (rlim_t)pages / 4 * 3 * (rlim_t)size;

    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > most) {
        limit.rlim_cur = most;
        (void)setrlimit(RLIMIT_AS, &limit);
    }
}

struct xd_sandbox_plan *xd_sandbox_plan_new(void)
{
    return SANDBOX != 0 ? xd_seccomp_plan_new() : NULL;
}

struct xd_sandbox xd_sandbox_enter(int *keep, size_t n)
{
    struct xd_sandbox_plan *plan = xd_sandbox_plan_new();
    struct xd_sandbox walls = xd_sandbox_enter_as(plan, keep, n);

    xd_sandbox_plan_free(plan);
    return walls;
}

struct xd_sandbox xd_sandbox_enter_as(const struct xd_sandbox_plan *plan, int *keep,
                                      size_t n)
{
    struct xd_sandbox walls = {0};

    if (SANDBOX == 0) {
        walls.left_out = true;
        return walls;
    }
    close_others(keep, n);
    limit_memory();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        walls.landlock = xd_landlock_enter();
        walls.seccomp = xd_seccomp_possible();
    }
    if (walls.seccomp) {
        xd_seccomp_enter(plan);
    }
    return walls;
}

bool xd_sandbox_possible(void)
{
    return SANDBOX == 0 || xd_seccomp_possible();
}

void xd_sandbox_offline(void)
{
    if (SANDBOX != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
        (void)xd_seccomp_offline();
    }
}
