/*
 * clock.h - points in time as microseconds since 1970-01-01T00:00:00Z, and their texts.
 *
 * No function here reads a clock, a time zone or a locale.
 */
#ifndef EXPDIAG_CLOCK_H
#define EXPDIAG_CLOCK_H

#include "expdiag/base.h"

typedef int64_t xd_time; /* microseconds, UTC */

#define XD_TIME_NONE INT64_MIN
#define XD_SECOND    ((xd_time)1000000)
#define XD_DAY       (86400 * XD_SECOND)

enum { XD_TIME_TEXT = 40 };

/* "2026-03-24T11:55:20.911700Z" (RFC 3339); "" for XD_TIME_NONE.  Returns out. */
const char *xd_time_format(xd_time t, char out[XD_TIME_TEXT]);

/* "2026-03-24 11:55:20Z" for people: no fraction.  Returns out. */
const char *xd_time_format_short(xd_time t, char out[XD_TIME_TEXT]);

/*
 * RFC 3339 or ISO 8601: date, 'T' or blank, time, optional fraction after '.' or
 * ',' (1 to 9 digits), optional 'Z' or offset; without an offset it is UTC.
 * *used counts the bytes taken (may be NULL, then all must be used).
 */
bool xd_time_parse(const char *text, size_t len, xd_time *out, size_t *used);

/* A date and time of day in UTC. */
struct xd_civil {
    int year, month, day;
    int hour, minute, second;
};

/* False where a field is out of range. */
bool xd_time_from_civil(const struct xd_civil *c, xd_time *out);

#endif
