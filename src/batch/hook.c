/*
 * hook.c - what tests do to a run (hook.h).  In the build for tests only.
 */
#include "hook.h"

#include "expdiag/alloc.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(EXPDIAG_BATCH_HOOKS)

/* EXPDIAG_TEST_STEP=n: SIGKILL at the n-th step, from 1. */
void xd_hook_step(void)
{
    static long left = -1; /* one run, one process */

    if (left < 0) {
        const char *text = getenv("EXPDIAG_TEST_STEP");

        left = text == NULL ? 0 : strtol(text, NULL, 10);
    }
    if (left > 0 && --left == 0) {
        (void)kill(getpid(), SIGKILL);
    }
}

size_t xd_hook_group(size_t usual)
{
    return getenv("EXPDIAG_TEST_STEP") == NULL ? usual : 1;
}

void xd_hook_case(const char *name)
{
    if (strstr(name, "hook-crash") != NULL) {
        (void)raise(SIGABRT);
    }
    if (strstr(name, "hook-hang") != NULL) {
        for (;;) {
        }
    }
    if (strstr(name, "hook-memory") != NULL) {
        for (;;) {
            memset(xd_alloc(1 << 20), 1, 1 << 20);
        }
    }
}

#endif
