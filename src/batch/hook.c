/*
 * hook.c - what tests do to a run (hook.h).  In the build for tests only.
 */
#include "hook.h"

#include "expdiag/alloc.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(EXPDIAG_BATCH_HOOKS)

enum { MOST_DESCRIPTORS = 64 };

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

/* What a worker that a bundle took over could do to those who listen. */
static void answer(const char *bytes, bool for_ever)
{
    do {
        for (int fd = STDERR_FILENO + 1; fd < MOST_DESCRIPTORS; fd++) {
            bool is_pipe = lseek(fd, 0, SEEK_CUR) < 0 && errno == ESPIPE;

            if (is_pipe && write(fd, bytes, strlen(bytes)) < 0) {
                _exit(0);
            }
        }
    } while (for_ever);
    _exit(0);
}

void xd_hook_case(const char *name)
{
    if (strstr(name, "hook-garbage") != NULL) {
        answer("{\"case\":\"\x1b[2J\",\"status\":[[[[\n\n{}\xff", false);
    }
    if (strstr(name, "hook-forged") != NULL) {
        answer(
            "{\"case\":\"another\",\"status\":\"ok\",\"seconds\":1e300,\"report\":\"../x\","
            "\"rules\":\"r\",\"findings\":[{\"id\":\"\\u001b[2J\\u202e\"}]}",
            false);
    }
    if (strstr(name, "hook-flood") != NULL) {
        answer("a row without end, ", true);
    }
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
