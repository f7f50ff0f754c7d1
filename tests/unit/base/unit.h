/*
 * unit.h - cmocka and what it wants included before it.
 */
#ifndef EXPDIAG_TEST_UNIT_H
#define EXPDIAG_TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
