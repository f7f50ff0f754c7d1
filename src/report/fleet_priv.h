/*
 * fleet_priv.h - what the forms of the answer over an archive share.
 */
#ifndef EXPDIAG_REPORT_FLEET_PRIV_H
#define EXPDIAG_REPORT_FLEET_PRIV_H

#include "expdiag/fleet.h"

#include "report_priv.h"

/* "2026-03-24", or "". */
const char *xd_fleet_day(xd_time t, char out[XD_TIME_TEXT]);

/* "2.1", or words for none. */
const char *xd_fleet_condition(const char *name);

/* Which stores make it. */
const char *xd_fleet_condition_means(const char *name);

/* Findings have a severity; signatures of failures have none, and no column for it. */
bool xd_fleet_has_severity(const struct xd_fleet_count *rows, size_t n);

#endif
