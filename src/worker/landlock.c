/*
 * landlock.c - the second wall: no path can be opened, made or changed, no TCP port
 * bound or reached, no process outside signalled (Landlock, Linux 5.13 and later).
 *
 * The numbers are of the kernel's interface and stand here because headers of Debian 12
 * know the first three versions only.
 */
#include "worker_priv.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

enum {
    ABI_QUERY = 1U << 0,  /* LANDLOCK_CREATE_RULESET_VERSION */
    NET_BOTH = 3,         /* bind and connect of TCP, from version 4 */
    SCOPE_BOTH = 3,       /* abstract unix sockets and signals, from version 6 */
    ATTR_FILES = 8,       /* bytes of the structure up to version 3 */
    ATTR_NET = 16,        /* in 4 and 5 */
    FILES_ABI_1 = 0x1fff, /* all access to files that version 1 knows */
    FILES_ABI_2 = 0x3fff, /* and linking across folders */
    FILES_ABI_3 = 0x7fff, /* and truncating */
    FILES_ABI_5 = 0xffff, /* and ioctl on devices */
};

/* struct landlock_ruleset_attr */
struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scoped;
};

static uint64_t files_of(long abi)
{
    if (abi >= 5) {
        return FILES_ABI_5;
    }
    if (abi >= 3) {
        return FILES_ABI_3;
    }
    return abi == 2 ? FILES_ABI_2 : FILES_ABI_1;
}

int xd_landlock_enter(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ABI_QUERY);

    if (abi < 1) {
        return 0;
    }
    /* Everything handled and nothing allowed: a ruleset without rules. */
    struct ruleset all = {.files = files_of(abi),
                          .net = abi >= 4 ? NET_BOTH : 0,
                          .scoped = abi >= 6 ? SCOPE_BOTH : 0};
    size_t size = abi >= 6 ? sizeof(all) : abi >= 4 ? ATTR_NET : ATTR_FILES;
    long fd = syscall(SYS_landlock_create_ruleset, &all, size, 0);

    if (fd < 0) {
        return 0;
    }
    long rc = syscall(SYS_landlock_restrict_self, (int)fd, 0);

    (void)close((int)fd);
    return rc == 0 ? (int)abi : 0;
}
