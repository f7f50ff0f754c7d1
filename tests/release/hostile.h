/*
 * hostile.h - deeds of a parser that a bundle has taken over.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stddef.h>

/* Try the deed of that name, and tell on standard error what came of it. */
void hostile_do(const char *name, size_t len);

#endif
