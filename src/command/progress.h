/*
 * progress.h - how far a run is, on a terminal.
 */
#ifndef EXPDIAG_PROGRESS_H
#define EXPDIAG_PROGRESS_H

#include "run.h"

/* All zeros at its begin; drawn on standard error by ticks of the supervisor. */
struct xd_progress {
    const struct xd_run *run;
    uint64_t total; /* bytes of all inputs; 0: not known */
    xd_time begun;
    bool drawn;
};

/* Is one wanted: a terminal that can, and no option against it? */
bool xd_progress_wanted(const struct xd_options *o);

void xd_progress_begin(struct xd_progress *p, const struct xd_run *run);
void xd_progress_tick(void *arg, const struct xd_worker_status *status);
/* Takes the line away. */
void xd_progress_end(struct xd_progress *p);

#endif
