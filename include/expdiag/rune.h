/*
 * rune.h - code points: reading UTF-8, which of them a terminal must not see, how wide
 * they are.
 */
#ifndef EXPDIAG_RUNE_H
#define EXPDIAG_RUNE_H

#include "expdiag/base.h"

/*
 * The code point at p (at most len bytes, len > 0) and its length in *used.  A byte
 * that is no part of well-formed UTF-8 gives UINT32_MAX and 1.
 */
uint32_t xd_rune_read(const uint8_t *p, size_t len, size_t *used);

/* Must never reach a terminal: controls, bidirectional and invisible formatting. */
bool xd_rune_is_unsafe(uint32_t rune);

/* Columns on a terminal: 0, 1 or 2. */
unsigned xd_rune_width(uint32_t rune);

#endif
