/*
 * distance.c - how far one name is from another (optimal string alignment).
 */
#include "expdiag/text.h"

#include <string.h>

enum { LONGEST = 48, FAR = 99 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned xd_text_distance(const char *a, const char *b)
{
    unsigned d[LONGEST + 1][LONGEST + 1];
    size_t len_a = strlen(a);
    size_t len_b = strlen(b);

    if (len_a > LONGEST || len_b > LONGEST) {
        return FAR;
    }
    for (size_t i = 0; i <= len_a; i++) {
        d[i][0] = (unsigned)i;
    }
    for (size_t k = 0; k <= len_b; k++) {
        d[0][k] = (unsigned)k;
    }
    for (size_t i = 1; i <= len_a; i++) {
        for (size_t k = 1; k <= len_b; k++) {
            unsigned change = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

            d[i][k] = least(change, least(d[i - 1][k], d[i][k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
            }
        }
    }
    return d[len_a][len_b];
}
