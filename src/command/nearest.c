/*
 * nearest.c - the word that was meant, for one that is none.
 */
#include "nearest.h"

void xd_nearest_try(struct xd_nearest *n, const char *candidate)
{
    unsigned distance = xd_text_distance(n->word, candidate);

    if (distance <= XD_TEXT_SLIP && (n->best == NULL || distance < n->distance)) {
        n->best = candidate;
        n->distance = distance;
    }
}
