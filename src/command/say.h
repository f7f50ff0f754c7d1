/*
 * say.h - words to people, on standard error.
 */
#ifndef EXPDIAG_SAY_H
#define EXPDIAG_SAY_H

#include "expdiag/base.h"

/* "expdiag: what", or "expdiag: name: what"; nothing of it acts on a terminal. */
void xd_say(const char *what);
void xd_say_of(const char *name, const char *what);

/* The inputs are read without a sandbox, and why. */
void xd_say_unconfined(void);

/* For xd_alloc_on_end, in who supervises: removes what is half made, says so,
 * XD_EXIT_INTERNAL. */
int xd_say_memory_ended(void *arg);

#endif
