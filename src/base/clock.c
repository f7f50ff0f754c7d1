/*
 * clock.c - points in time and their texts, without any clock or time zone.
 *
 * Days from civil and back after Howard Hinnant's published algorithms, in the
 * proleptic Gregorian calendar.
 */
#include "expdiag/clock.h"

#include <stdio.h>

static int64_t days_from_civil(const struct xd_civil *c)
{
    int64_t y = c->year - (c->month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (c->month + (c->month > 2 ? -3 : 9)) + 2) / 5 + c->day - 1;
    int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static struct xd_civil civil_from_days(int64_t days)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);

    return (struct xd_civil){.year = (int)(yoe + era * 400 + (month <= 2)),
                             .month = month,
                             .day = (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

static bool in_range(int v, int low, int high)
{
    return v >= low && v <= high;
}

bool xd_time_from_civil(const struct xd_civil *c, xd_time *out)
{
    /* 60: a leap second counts as the next minute's first */
    if (!in_range(c->year, 1, 9999) || !in_range(c->month, 1, 12) ||
        !in_range(c->day, 1, days_in_month(c->year, c->month)) ||
        !in_range(c->hour, 0, 23) || !in_range(c->minute, 0, 59) ||
        !in_range(c->second, 0, 60)) {
        return false;
    }
    int64_t seconds = (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 + c->second;

    *out = days_from_civil(c) * XD_DAY + seconds * XD_SECOND;
    return true;
}

/* The civil time of t and its microseconds. */
static struct xd_civil break_down(xd_time t, int *micro)
{
    int64_t days = t / XD_DAY - (t % XD_DAY < 0);
    int64_t rest = t - days * XD_DAY;
    int64_t seconds = rest / XD_SECOND;
    struct xd_civil c = civil_from_days(days);

    c.hour = (int)(seconds / 3600);
    c.minute = (int)(seconds / 60 % 60);
    c.second = (int)(seconds % 60);
    *micro = (int)(rest % XD_SECOND);
    return c;
}

/* n digits of v, and behind them one character. */
static char *put_digits(char *to, unsigned n, int v, char behind)
{
    for (unsigned i = n; i > 0; i--) {
        to[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    to[n] = behind;
    return to + n + 1;
}

const char *xd_time_format(xd_time t, char out[XD_TIME_TEXT])
{
    int micro = 0;

    out[0] = '\0';
    if (t != XD_TIME_NONE) {
        struct xd_civil c = break_down(t, &micro);

        if (c.year < 0 || c.year > 9999) {
            (void)snprintf(out, XD_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year,
                           c.month, c.day, c.hour, c.minute, c.second, micro);
            return out;
        }
        char *at = put_digits(out, 4, c.year, '-'); /* reports hold many of these */

        at = put_digits(at, 2, c.month, '-');
        at = put_digits(at, 2, c.day, 'T');
        at = put_digits(at, 2, c.hour, ':');
        at = put_digits(at, 2, c.minute, ':');
        at = put_digits(at, 2, c.second, '.');
        at = put_digits(at, 6, micro, 'Z');
        *at = '\0';
    }
    return out;
}

const char *xd_time_format_short(xd_time t, char out[XD_TIME_TEXT])
{
    int micro = 0;

    out[0] = '\0';
    if (t != XD_TIME_NONE) {
        struct xd_civil c = break_down(t, &micro);

        (void)snprintf(out, XD_TIME_TEXT, "%04d-%02d-%02d %02d:%02d:%02dZ", c.year, c.month,
                       c.day, c.hour, c.minute, c.second);
    }
    return out;
}

/* Exactly n digits at text[*at]; false where they are not there. */
static bool take_digits(struct xd_slice s, size_t *at, size_t n, int *out)
{
    int v = 0;

    if (s.len - *at < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t c = s.p[*at + i];

        if (c < '0' || c > '9') {
            return false;
        }
        v = v * 10 + (c - '0');
    }
    *at += n;
    *out = v;
    return true;
}

static bool take_char(struct xd_slice s, size_t *at, const char *any)
{
    if (*at >= s.len) {
        return false;
    }
    for (; *any != '\0'; any++) {
        if (s.p[*at] == (uint8_t)*any) {
            (*at)++;
            return true;
        }
    }
    return false;
}

/* Microseconds of ".72" or ",724"; digits beyond the sixth are dropped. */
static int take_fraction(struct xd_slice s, size_t *at)
{
    size_t start = *at;
    int micro = 0;
    int scale = 100000;

    if (!take_char(s, at, ".,")) {
        return 0;
    }
    size_t first = *at;

    while (*at < s.len && *at - first < 9 && s.p[*at] >= '0' && s.p[*at] <= '9') {
        micro += (s.p[*at] - '0') * scale;
        scale /= 10;
        (*at)++;
    }
    if (*at == first) {
        *at = start; /* a full stop that ends a sentence */
    }
    return micro;
}

/* "Z", "+05:30", "-0400" or nothing; *offset in microseconds. */
static bool take_offset(struct xd_slice s, size_t *at, xd_time *offset)
{
    *offset = 0;
    if (take_char(s, at, "Zz") || *at >= s.len) {
        return true;
    }
    bool west = s.p[*at] == '-';
    int hours = 0;
    int minutes = 0;

    if (!take_char(s, at, "+-")) {
        return true;
    }
    if (!take_digits(s, at, 2, &hours)) {
        return false;
    }
    (void)take_char(s, at, ":");
    if (!take_digits(s, at, 2, &minutes) || hours > 15 || minutes > 59) {
        return false;
    }
    *offset = (hours * 3600 + minutes * 60) * XD_SECOND * (west ? -1 : 1);
    return true;
}

/* "2026-03-24T11:55:20" or with a blank in the middle. */
static bool take_civil(struct xd_slice s, size_t *at, struct xd_civil *c)
{
    return take_digits(s, at, 4, &c->year) && take_char(s, at, "-") &&
           take_digits(s, at, 2, &c->month) && take_char(s, at, "-") &&
           take_digits(s, at, 2, &c->day) && take_char(s, at, "Tt ") &&
           take_digits(s, at, 2, &c->hour) && take_char(s, at, ":") &&
           take_digits(s, at, 2, &c->minute) && take_char(s, at, ":") &&
           take_digits(s, at, 2, &c->second);
}

bool xd_time_parse(const char *text, size_t len, xd_time *out, size_t *used)
{
    struct xd_slice s = {(const uint8_t *)text, len};
    struct xd_civil c = {0};
    size_t at = 0;
    xd_time t = 0;
    xd_time offset = 0;

    if (!take_civil(s, &at, &c) || !xd_time_from_civil(&c, &t)) {
        return false;
    }
    t += take_fraction(s, &at);
    if (!take_offset(s, &at, &offset) || (used == NULL && at != len)) {
        return false;
    }
    if (used != NULL) {
        *used = at;
    }
    *out = t - offset;
    return true;
}
