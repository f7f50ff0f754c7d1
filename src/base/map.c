/*
 * map.c - a hash table from byte keys to pointers, and the keyed hash under it.
 *
 * Open addressing with linear probing; SipHash-1-3 (Aumasson and Bernstein, 2012).
 */
#include "expdiag/map.h"

#include "expdiag/alloc.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct slot {
    uint64_t hash;
    uint8_t *key;
    size_t key_len;
    void *value; /* NULL: free slot */
};

struct xd_map {
    struct slot *slots;
    size_t n_slots; /* a power of two */
    size_t count;
};

/* One key a process; set on first use, before any thread starts. */
static uint64_t hash_key[2];
static atomic_bool hash_key_set;

void xd_hash_set_key(uint64_t k0, uint64_t k1)
{
    hash_key[0] = k0;
    hash_key[1] = k1;
    atomic_store(&hash_key_set, true);
}

/* Where the kernel gives no randomness, the addresses and the clock must do. */
static void make_key(void)
{
    uint64_t key[2] = {0};

    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key)) {
        struct timespec now = {0};

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        key[0] = (uint64_t)(uintptr_t)&key ^ (uint64_t)now.tv_nsec;
        key[1] = (uint64_t)getpid() << 32 ^ (uint64_t)now.tv_sec;
    }
    xd_hash_set_key(key[0], key[1]);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

uint64_t xd_hash(struct xd_slice bytes)
{
    if (!atomic_load_explicit(&hash_key_set, memory_order_acquire)) {
        make_key();
    }
    uint64_t v[4] = {hash_key[0] ^ 0x736f6d6570736575U, hash_key[1] ^ 0x646f72616e646f6dU,
                     hash_key[0] ^ 0x6c7967656e657261U, hash_key[1] ^ 0x7465646279746573U};
    size_t whole = bytes.len / 8 * 8;

    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m = 0;

        memcpy(&m, bytes.p + i, 8);
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    uint64_t last = (uint64_t)bytes.len << 56;

    for (size_t i = whole; i < bytes.len; i++) {
        last |= (uint64_t)bytes.p[i] << (8 * (i - whole));
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct xd_map *xd_map_new(void)
{
    struct xd_map *m = xd_alloc(sizeof(*m));

    m->n_slots = 16;
    m->slots = xd_alloc_array(m->n_slots, sizeof(*m->slots));
    return m;
}

void xd_map_free(struct xd_map *m)
{
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < m->n_slots; i++) {
        xd_free(m->slots[i].key);
    }
    xd_free(m->slots);
    xd_free(m);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct slot *find_slot(const struct xd_map *m, struct xd_slice key, uint64_t hash)
{
    for (size_t i = (size_t)hash & (m->n_slots - 1);; i = (i + 1) & (m->n_slots - 1)) {
        struct slot *s = &m->slots[i];

        if (s->value == NULL ||
            (s->hash == hash &&
             xd_slice_equal((struct xd_slice){s->key, s->key_len}, key))) {
            return s;
        }
    }
}

void *xd_map_get(const struct xd_map *m, struct xd_slice key)
{
    return find_slot(m, key, xd_hash(key))->value;
}

static void grow(struct xd_map *m)
{
    struct slot *old = m->slots;
    size_t n_old = m->n_slots;

    m->n_slots *= 2;
    m->slots = xd_alloc_array(m->n_slots, sizeof(*m->slots));
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].value != NULL) {
            struct xd_slice key = {old[i].key, old[i].key_len};

            *find_slot(m, key, old[i].hash) = old[i];
        }
    }
    xd_free(old);
}

void xd_map_put(struct xd_map *m, struct xd_slice key, void *value)
{
    if ((m->count + 1) * 4 > m->n_slots * 3) {
        grow(m);
    }
    uint64_t hash = xd_hash(key);
    struct slot *s = find_slot(m, key, hash);

    if (s->value == NULL) {
        s->hash = hash;
        s->key = xd_alloc(key.len);
        s->key_len = key.len;
        if (key.len > 0) {
            memcpy(s->key, key.p, key.len);
        }
        m->count++;
    }
    s->value = value;
}

size_t xd_map_count(const struct xd_map *m)
{
    return m->count;
}
