/*
 * worker_priv.h - what the files of this module share.
 */
#ifndef EXPDIAG_WORKER_PRIV_H
#define EXPDIAG_WORKER_PRIV_H

#include "expdiag/worker.h"

/* The version of Landlock that now holds this thread, or 0: the kernel has none. */
int xd_landlock_enter(void);

/* The filter, made but not in force. */
struct xd_sandbox_plan *xd_seccomp_plan_new(void);

/* False: the kernel does not filter system calls. */
bool xd_seccomp_possible(void);

/* Where it is possible: from here on the filter is in force, for all threads. */
void xd_seccomp_enter(const struct xd_sandbox_plan *plan);

/* Sockets fail; all else stays as it is.  False: the kernel does not filter. */
bool xd_seccomp_offline(void);

#endif
