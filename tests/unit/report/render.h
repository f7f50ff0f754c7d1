/*
 * render.h - a report as a text in memory.
 */
#ifndef EXPDIAG_TESTS_RENDER_H
#define EXPDIAG_TESTS_RENDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filled.h"

/* NUL-terminated, to be freed by the caller; fails the test where writing fails. */
char *render_json(const struct xd_case *cs, const struct xd_report_options *options);
char *render_text(const struct xd_case *cs, const struct xd_report_options *options);

#endif
