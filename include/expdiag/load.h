/*
 * load.h - PEM, dumps and logs into the case.
 *
 * Each loader takes the bytes of one entry in blocks of any size and keeps what it
 * needs.  Damage is noted on the entry (xd_case_entry_note) and never ends the
 * run.  Secrets are dropped here and reach no other part of the program.
 */
#ifndef EXPDIAG_LOAD_H
#define EXPDIAG_LOAD_H

#include "expdiag/case.h"

struct xd_loader;

/* Make libxml2 ready, while files can still be opened.  Once a process is enough. */
void xd_load_init(void);

/*
 * A loader for the entry's kind (PEM kinds, XCONF_*, XSTAT_*, LOG); NULL for kinds
 * that are not load's (captures, other).  Exactly one _end must follow.
 */
struct xd_loader *xd_load_begin(struct xd_case *cs, struct xd_entry *entry);

void xd_load_bytes(struct xd_loader *l, struct xd_slice bytes);

/*
 * The entry is over; cut_short says that its end is missing.  Appends what was
 * read to the case (pems, dumps, events, logs) and frees the loader.
 */
void xd_load_end(struct xd_loader *l, bool cut_short);

#endif
