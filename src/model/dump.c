/*
 * dump.c - lookups in a dump.
 *
 * A path is "word word 3 word": words and indices.  The text form of a dump puts
 * an index only where there is one; the XML form may put one behind every word.
 */
#include "expdiag/dump.h"

#include "expdiag/text.h"

#include <limits.h>
#include <string.h>

/* The next word of *text, which moves behind it; empty at the end. */
static struct xd_slice take_word(const char **text)
{
    const char *p = *text;

    while (*p == ' ') {
        p++;
    }
    size_t len = strcspn(p, " ");

    *text = p + len;
    return (struct xd_slice){(const uint8_t *)p, len};
}

/* An index: digits alone.  One that is too large for unsigned is the largest. */
static bool read_index(struct xd_slice word, unsigned *out)
{
    unsigned v = 0;

    for (size_t i = 0; i < word.len; i++) {
        if (word.p[i] < '0' || word.p[i] > '9') {
            return false;
        }
        unsigned digit = (unsigned)(word.p[i] - '0');

        v = v > (UINT_MAX - digit) / 10 ? UINT_MAX : v * 10 + digit;
    }
    *out = v;
    return word.len > 0;
}

/* Where path has an index next, take it; else it counts as 1. */
static unsigned take_index(const char **path)
{
    const char *rest = *path;
    unsigned index = 1;

    if (read_index(take_word(&rest), &index)) {
        *path = rest;
    }
    return index;
}

/* The next word of path that is no index; empty at the end. */
static struct xd_slice take_name(const char **path)
{
    struct xd_slice word = take_word(path);
    unsigned index;

    while (read_index(word, &index)) {
        word = take_word(path);
    }
    return word;
}

static bool is_sign(struct xd_slice word, char sign)
{
    return word.len == 1 && word.p[0] == (uint8_t)sign;
}

bool xd_dump_match(const char *path, const char *pattern, unsigned index[XD_MATCH_INDICES])
{
    size_t n = 0;

    for (;;) {
        struct xd_slice want = take_word(&pattern);
        unsigned asked;

        if (want.len == 0) {
            return take_name(&path).len == 0;
        }
        if (is_sign(want, '*')) {
            unsigned found = take_index(&path);

            if (index != NULL && n < XD_MATCH_INDICES) {
                index[n++] = found;
            }
            continue;
        }
        if (read_index(want, &asked)) {
            if (take_index(&path) != asked) {
                return false;
            }
            continue;
        }
        struct xd_slice word = take_name(&path);

        if (word.len == 0 || (!is_sign(want, '?') && !xd_text_equal_nocase(word, want))) {
            return false;
        }
    }
}

const struct xd_setting *xd_dump_find(const struct xd_dump *d, const char *pattern)
{
    unsigned index[XD_MATCH_INDICES];

    for (size_t i = 0; d != NULL && i < d->n_settings; i++) {
        if (xd_dump_match(d->settings[i].path, pattern, index)) {
            return &d->settings[i];
        }
    }
    return NULL;
}
