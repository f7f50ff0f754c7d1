/*
 * map.h - a hash table from short byte keys to pointers.
 *
 * Layer base.  SipHash-1-3 with a key of the process, so that no input can choose
 * its bucket.
 */
#ifndef EXPDIAG_MAP_H
#define EXPDIAG_MAP_H

#include "expdiag/base.h"

struct xd_map;

/* Free with xd_map_free. */
struct xd_map *xd_map_new(void);
void xd_map_free(struct xd_map *m);

/* The value under key, or NULL. */
void *xd_map_get(const struct xd_map *m, struct xd_slice key);

/* Set it; the key is copied.  value must not be NULL. */
void xd_map_put(struct xd_map *m, struct xd_slice key, void *value);

size_t xd_map_count(const struct xd_map *m);

/* A keyed hash of the bytes, the same for the life of the process. */
uint64_t xd_hash(struct xd_slice bytes);

/* Fix the key of xd_hash; only before the first use, and only where a test needs buckets.
 */
void xd_hash_set_key(uint64_t k0, uint64_t k1);

#endif
