/*
 * filled.h - a small case with something in every field of a report.
 */
#ifndef EXPDIAG_TESTS_FILLED_H
#define EXPDIAG_TESTS_FILLED_H

#include "expdiag/case.h"
#include "expdiag/report.h"

/* Two nodes, one refused handshake, an SSH tunnel; free with xd_case_free. */
struct xd_case *filled_case(void);

struct xd_report_options filled_options(enum xd_report_command command);

#endif
