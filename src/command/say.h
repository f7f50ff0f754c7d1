/*
 * say.h - words to people, on standard error.
 */
#ifndef EXPDIAG_SAY_H
#define EXPDIAG_SAY_H

#include "expdiag/base.h"

/* "expdiag: what", or "expdiag: name: what"; nothing of it acts on a terminal. */
void xd_say(const char *what);
void xd_say_of(const char *name, const char *what);

#endif
