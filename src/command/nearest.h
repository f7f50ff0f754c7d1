/*
 * nearest.h - the word that was meant, for one that is none.
 */
#ifndef EXPDIAG_NEAREST_H
#define EXPDIAG_NEAREST_H

#include "expdiag/text.h"

/* Start as {.word = WORD}; best is the nearest within a slip of the fingers, or NULL. */
struct xd_nearest {
    const char *word;
    const char *best;
    unsigned distance;
};

/* Is this candidate nearer than those before? */
void xd_nearest_try(struct xd_nearest *n, const char *candidate);

#endif
