/*
 * dump.h - a configuration or status dump as a flat list: path, value, line.
 *
 * Model.  The text and the XML form of a dump give the same list.  Secrets
 * (passwords, cipher strings, keys) never get here: their value is NULL and
 * secret is set.
 */
#ifndef EXPDIAG_DUMP_H
#define EXPDIAG_DUMP_H

#include "expdiag/entry.h"

/*
 * path: words and indices separated by one blank, without "xConfiguration" or
 * "xStatus": "Zones Zone 1 TraversalClient SIP Port".  The XML form puts an index
 * behind every element that carries item="N"; see xd_dump_match.
 */
struct xd_setting {
    const char *path;
    const char *value; /* without its quotes; "" where empty, NULL where secret */
    uint64_t line;
    bool secret;
};

struct xd_dump {
    const struct xd_entry *entry;
    struct xd_setting *settings; /* in order of the file */
    size_t n_settings;
    size_t cap_settings;
};

enum { XD_MATCH_INDICES = 6 };

/*
 * Does path say what pattern asks?  Words compare without regard to ASCII case.
 * '*' in the pattern takes an index (a number) and stores it in index[0], [1], ...
 * in order; where the path has no number at that place, the index is 1.  '?'
 * takes any one word.  Numbers in the path that the pattern does not ask for are
 * passed over (the XML form numbers every element).
 *   "Zones Zone * Name"  matches "Zones Zone 3 Name" and "Zones 1 Zone 3 Name 1".
 */
bool xd_dump_match(const char *path, const char *pattern, unsigned index[XD_MATCH_INDICES]);

/* The first setting that matches, or NULL. */
const struct xd_setting *xd_dump_find(const struct xd_dump *d, const char *pattern);

#endif
