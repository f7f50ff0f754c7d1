/*
 * redact.h - one key for the pseudonyms of all cases, and the map of what they stand for.
 *
 * Workers share no dictionary: a pseudonym follows from the key and what it hides, so that
 * the same thing has the same one in every case, and in a run that goes on.
 */
#ifndef EXPDIAG_BATCH_REDACT_H
#define EXPDIAG_BATCH_REDACT_H

#include "expdiag/arena.h"
#include "expdiag/buf.h"

struct xd_redact_key {
    uint8_t bytes[32];
};

/* The number of what is to be hidden, of 48 bits; key is a struct xd_redact_key. */
uint64_t xd_redact_number(const void *key, struct xd_slice what);

/* "case-1f0c33a9d2b7", in the arena. */
char *xd_redact_pseudonym(struct xd_arena *a, const struct xd_redact_key *key,
                          const char *kind, const char *original);

struct xd_redact_map {
    const char *path; /* NULL: none is kept */
    int fd;           /* -1: not open */
    struct xd_redact_key key;
    struct xd_buf lines; /* not yet written */
};

/*
 * A new key; with a path a map that begins with it, for its owner alone.  With resume the
 * key is that of the map, which must be named.  XD_BAD: *err says why.
 */
XD_MUST_USE enum xd_rc xd_redact_open(struct xd_redact_map *m, const char *path,
                                      bool resume, struct xd_err *err);

/* What a case's pseudonyms stand for; names is what its worker says, and may be anything.
 */
void xd_redact_add(struct xd_redact_map *m, const char *pseudonym, const char *original,
                   struct xd_slice names);

/* One name alone. */
void xd_redact_add_name(struct xd_redact_map *m, const char *class, const char *original,
                        const char *pseudonym);

/* Wait until all is on the disk: before the rows that need it. */
XD_MUST_USE enum xd_rc xd_redact_flush(struct xd_redact_map *m, struct xd_err *err);

void xd_redact_close(struct xd_redact_map *m);

#endif
