/*
 * suggest.h - the name that a mistyped one was meant to be.
 */
#ifndef EXPDIAG_SUGGEST_H
#define EXPDIAG_SUGGEST_H

#include <stddef.h>

/*
 * How many letters must be added, dropped, changed or swapped with their neighbour to
 * make b of a; a number above 3 where it is more than 3 or one of them is very long.
 */
unsigned suggest_distance(const char *a, const char *b);

/* A name this far away is still taken for a slip of the fingers. */
enum { SUGGEST_LIMIT = 2 };

#endif
