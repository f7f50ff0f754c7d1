/*
 * nearest.c - the word that was meant, for one that is none.
 */
#include "nearest.h"

#include <stdio.h>
#include <string.h>

void xd_nearest_try(struct xd_nearest *n, const char *candidate)
{
    enum { LEAST = 3 }; /* letters that tell a word by its beginning */
    char word[64];

    (void)snprintf(word, sizeof(word), "%s", n->word);
    xd_text_lower(word);
    size_t len = strlen(word);
    bool begins = len >= LEAST && strncmp(word, candidate, len) == 0;
    unsigned distance = begins ? 1 : xd_text_distance(word, candidate);

    if (strlen(n->word) < sizeof(word) && distance <= XD_TEXT_SLIP &&
        (n->best == NULL || distance < n->distance)) {
        n->best = candidate;
        n->distance = distance;
    }
}
