/*
 * flow_bucket.c - conversations that somebody who knows the key of the flow hash chose, so
 * that they all meet in one place of the table: flow_bucket COUNT.
 *
 * A test by itself; complexity.py counts what xd_conn_find does in it.
 */
#include "wire_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a table of 131,072 places: what 65,535 conversations have. */
enum { MASK = (1 << 17) - 1, PLACES = 256 };

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* As flowtable.c does; low is the end with the smaller address. */
static uint32_t hash(const uint64_t key[4], uint64_t low, uint64_t high, uint64_t ports)
{
    uint64_t h = mix(key[0], low ^ key[1]);

    h = mix(h, high ^ key[2]);
    h = mix(h ^ ports << 16, key[3]);
    return (uint32_t)(h ^ h >> 32);
}

static void require(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "not so: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static struct xd_segment segment_of(uint64_t high)
{
    struct xd_segment s = {0};
    const uint64_t low = 1;

    memcpy(&s.addr[0][8], &high, sizeof(high));
    memcpy(&s.addr[1][8], &low, sizeof(low));
    s.port[0] = 30000;
    s.port[1] = 7001;
    return s;
}

/* The next address that meets the others, by trying. */
static uint64_t find_next(const uint64_t key[4], uint64_t high)
{
    const uint64_t ports = (uint64_t)7001 << 16 | 30000;

    do {
        high++;
    } while ((hash(key, 1, high, ports) & MASK) >= PLACES);
    return high;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 65535;
    uint64_t *high = xd_alloc_array(count + 1, sizeof(*high));
    uint64_t key[4];
    unsigned dir = 0;

    xd_hash_set_key(1, 2);
    struct xd_case *cs = xd_case_new();
    struct xd_wire *w = xd_wire_new(cs);

    memcpy(key, w->key, sizeof(key));
    high[0] = 1;
    for (size_t i = 1; i <= count; i++) {
        high[i] = find_next(key, high[i - 1]);
    }
    for (size_t i = 1; i <= count; i++) {
        struct xd_segment s = segment_of(high[i]);
        const struct xd_conn *c = xd_conn_find(w, &s, &dir);

        require(c != NULL && c->id == i - 1, "each is a conversation of its own");
    }
    for (size_t i = 1; i <= count; i++) {
        struct xd_segment s = segment_of(high[i]);

        require(xd_conn_find(w, &s, &dir)->id == i - 1, "each is found again");
    }
    require(count <= XD_MAX_PROBES || w->n_keys == 2, "the key was changed, and once");
    (void)printf("%zu conversations, keys: %u\n", count, (unsigned)w->n_keys);
    xd_wire_free(w);
    xd_case_free(cs);
    xd_free(high);
    return EXIT_SUCCESS;
}
