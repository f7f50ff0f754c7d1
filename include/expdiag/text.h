/*
 * text.h - small helpers for text of explicit length, and the one place where
 * bytes of a bundle become valid UTF-8.
 */
#ifndef EXPDIAG_TEXT_H
#define EXPDIAG_TEXT_H

#include "expdiag/arena.h"
#include "expdiag/base.h"

/*
 * A NUL-terminated copy in which every byte that is not part of well-formed
 * UTF-8 (RFC 3629) is U+FFFD, and at most max bytes are kept (cut at a character,
 * "…" added).  Control characters stay: each renderer escapes them for its
 * context.  NUL bytes become U+FFFD.
 */
char *xd_text_clean(struct xd_arena *a, const char *bytes, size_t len, size_t max);

/* The text without blanks, tabs, CR and LF at both ends. */
struct xd_slice xd_text_trim(struct xd_slice s);

/* ASCII case-insensitive comparison. */
bool xd_text_equal_nocase(struct xd_slice a, struct xd_slice b);
/* Are both given, and equal so? */
bool xd_text_same_nocase(const char *a, const char *b);
/* Equal to the letter, or both NULL. */
bool xd_text_same(const char *a, const char *b);
bool xd_text_starts(struct xd_slice s, const char *prefix);
bool xd_text_ends_nocase(struct xd_slice s, const char *suffix);

/* Where needle first occurs, or NULL; an empty needle occurs nowhere. */
const uint8_t *xd_text_find(struct xd_slice s, const char *needle);
bool xd_text_contains_nocase(struct xd_slice s, const char *needle);

/* A decimal number that fills all of s and is at most max; false otherwise. */
bool xd_text_number(struct xd_slice s, uint64_t max, uint64_t *out);

/* Lower-case hex without separators, NUL-terminated; out holds 2 * len + 1. */
void xd_text_hex(const uint8_t *bytes, size_t len, char *out);

/*
 * How many letters must be added, dropped, changed or swapped with their neighbour to
 * make b of a; a large number where one of them is very long.
 */
unsigned xd_text_distance(const char *a, const char *b);

/* A name this far away is still taken for a slip of the fingers. */
enum { XD_TEXT_SLIP = 2 };

/* ASCII lower case in place. */
void xd_text_lower(char *text);

#endif
