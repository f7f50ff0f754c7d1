/*
 * hostile.c - a parser that a bundle has taken over.  Linked into expdiag-hostile alone,
 * which is the release's program with this in its way (--wrap) and is never installed.
 * HOSTILE_FAIL_AT makes that allocation of a process fail.
 *
 * A file of an input, or a stored report, that begins "HOSTILE" names deeds; each is tried.
 * "THREAD" does the same in the thread that inflates.
 */
#include "hostile.h"

#include "expdiag/alloc.h"
#include "expdiag/load.h"
#include "expdiag/report.h"

#include <stdlib.h>
#include <string.h>

/* "WORD deed deed\n..." */
static void obey(struct xd_slice bytes, const char *word)
{
    size_t at = strlen(word);

    if (bytes.len < at || memcmp(bytes.p, word, at) != 0) {
        return;
    }
    while (at < bytes.len && bytes.p[at] == ' ') {
        size_t from = ++at;

        while (at < bytes.len && bytes.p[at] != ' ' && bytes.p[at] != '\n') {
            at++;
        }
        hostile_do((const char *)bytes.p + from, at - from);
    }
}

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names for --wrap */
void __real_xd_load_bytes(struct xd_loader *l, struct xd_slice bytes);
void __wrap_xd_load_bytes(struct xd_loader *l, struct xd_slice bytes);
int __real_xd_wrap_sniff(struct xd_slice head);
int __wrap_xd_wrap_sniff(struct xd_slice head);
enum xd_rc __real_xd_report_read(struct xd_slice bytes, struct xd_report_loaded *out,
                                 struct xd_err *err);
enum xd_rc __wrap_xd_report_read(struct xd_slice bytes, struct xd_report_loaded *out,
                                 struct xd_err *err);
int __real_xd_landlock_enter(void);
int __wrap_xd_landlock_enter(void);
struct xd_sandbox_plan;
bool __real_xd_seccomp_possible(void);
bool __wrap_xd_seccomp_possible(void);
void __real_xd_seccomp_enter(const struct xd_sandbox_plan *plan);
void __wrap_xd_seccomp_enter(const struct xd_sandbox_plan *plan);

void __wrap_xd_load_bytes(struct xd_loader *l, struct xd_slice bytes)
{
    obey(bytes, "HOSTILE");
    __real_xd_load_bytes(l, bytes);
}

int __wrap_xd_wrap_sniff(struct xd_slice head)
{
    obey(head, "THREAD");
    return __real_xd_wrap_sniff(head);
}

enum xd_rc __wrap_xd_report_read(struct xd_slice bytes, struct xd_report_loaded *out,
                                 struct xd_err *err)
{
    obey(bytes, "HOSTILE");
    return __real_xd_report_read(bytes, out, err);
}

/*
 * HOSTILE_WITHOUT names a wall that is left out, to see whether the other one stands; or
 * "kernel": one that filters no system calls.
 */
static bool is_left_out(const char *wall)
{
    const char *without = getenv("HOSTILE_WITHOUT");

    return without != NULL && strcmp(without, wall) == 0;
}

/*
 * Counted from the begin of the program and on in each process that it starts: what the
 * supervisor asks for after the fork has numbers of the worker's too.
 */
static void __attribute__((constructor)) begin_to_count(void)
{
    const char *fail_at = getenv("HOSTILE_FAIL_AT");

    if (fail_at != NULL) {
        xd_alloc_fail_at(strtoull(fail_at, NULL, 10));
    }
}

int __wrap_xd_landlock_enter(void)
{
    return is_left_out("landlock") ? 0 : __real_xd_landlock_enter();
}

bool __wrap_xd_seccomp_possible(void)
{
    return !is_left_out("kernel") && __real_xd_seccomp_possible();
}

void __wrap_xd_seccomp_enter(const struct xd_sandbox_plan *plan)
{
    if (!is_left_out("seccomp")) {
        __real_xd_seccomp_enter(plan);
    }
}
/* NOLINTEND(bugprone-reserved-identifier) */
