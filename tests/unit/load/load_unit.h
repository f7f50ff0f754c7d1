/*
 * load_unit.h - what the loaders' tests share: a text through a loader in blocks of
 * a given size, each in a heap block of its own.
 */
#ifndef EXPDIAG_TEST_LOAD_UNIT_H
#define EXPDIAG_TEST_LOAD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expdiag/load.h"

enum { WHOLE_BLOCK = 0 };

static inline void feed(struct xd_loader *l, const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    xd_load_bytes(l, (struct xd_slice){copy, len});
    free(copy);
}

/* A case with one entry, read from these bytes; block WHOLE_BLOCK: in one piece. */
static inline struct xd_case *load_bytes(enum xd_entry_kind kind, const void *bytes,
                                         size_t len, size_t block)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);

    entry->kind = kind;
    entry->name = "entry";
    struct xd_loader *l = xd_load_begin(cs, entry);

    assert_non_null(l);
    for (size_t at = 0; at < len;) {
        size_t left = len - at;
        size_t n = block == WHOLE_BLOCK || left < block ? left : block;

        feed(l, (const uint8_t *)bytes + at, n);
        at += n;
    }
    xd_load_end(l, false);
    return cs;
}

static inline struct xd_case *load_text(enum xd_entry_kind kind, const char *text)
{
    return load_bytes(kind, text, strlen(text), WHOLE_BLOCK);
}

static inline const struct xd_entry *entry_of(const struct xd_case *cs)
{
    return cs->entries[0];
}

#endif
