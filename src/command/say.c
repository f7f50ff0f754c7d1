/*
 * say.c - words to people, on standard error.
 */
#include "say.h"

#include "command.h"

#include "expdiag/rune.h"
#include "expdiag/worker.h"

#include <stdio.h>

/* Text whose bytes must not act on a terminal. */
static void put_safe(const char *text)
{
    struct xd_slice s = xd_slice_of(text);

    for (size_t at = 0, used = 0; at < s.len; at += used) {
        uint32_t rune = xd_rune_read(s.p + at, s.len - at, &used);

        if (rune != UINT32_MAX && !xd_rune_is_unsafe(rune)) {
            (void)fwrite(s.p + at, 1, used, stderr);
            continue;
        }
        for (size_t i = 0; i < used; i++) {
            (void)fprintf(stderr, "\\x%02x", (unsigned)s.p[at + i]);
        }
    }
}

void xd_say(const char *what)
{
    (void)fputs("expdiag: ", stderr);
    put_safe(what);
    (void)fputc('\n', stderr);
}

void xd_say_of(const char *name, const char *what)
{
    (void)fputs("expdiag: ", stderr);
    put_safe(name);
    (void)fputs(": ", stderr);
    put_safe(what);
    (void)fputc('\n', stderr);
}

void xd_say_unconfined(void)
{
    xd_say("this system lets no process give up system calls (seccomp): the inputs are "
           "read without a sandbox");
}

int xd_say_memory_ended(void *arg)
{
    (void)arg;
    xd_temporaries_remove();
    xd_say("out of memory; no report was written");
    return XD_EXIT_INTERNAL;
}
