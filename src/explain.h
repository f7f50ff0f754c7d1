/*
 * explain.h - the long form of a finding, from the catalogue.
 */
#ifndef EXPDIAG_EXPLAIN_H
#define EXPDIAG_EXPLAIN_H

#include <stdbool.h>

/* Print one finding, or with NULL the list of all.  False: there is none of that name. */
bool explain_print(const char *name);

#endif
