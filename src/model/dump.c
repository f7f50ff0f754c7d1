/*
 * dump.c - lookups in a dump.
 */
#include "expdiag/dump.h"
