/*
 * cache.c - decoded certificates and trust stores that replays share.
 */
#include <openssl/x509_vfy.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"

#include "x509_priv.h"

/*
 * Handles are keyed by the address of the xd_cert they were decoded from, which is
 * one a certificate and stays for the life of the case; stores by the addresses of
 * all certificates they hold, in order.
 */
struct xd_x509_cache {
    struct xd_map *x509_of;  /* struct xd_cert * -> X509 * */
    struct xd_map *cert_of;  /* X509 * -> struct xd_cert * */
    struct xd_map *store_of; /* array of struct xd_cert * -> X509_STORE * */
    X509 **decoded;
    size_t n_decoded, cap_decoded;
    X509_STORE **stores;
    size_t n_stores, cap_stores;
};

struct xd_x509_cache *xd_x509_cache_new(void)
{
    struct xd_x509_cache *cache = xd_alloc(sizeof(*cache));

    xd_x509_init();
    cache->x509_of = xd_map_new();
    cache->cert_of = xd_map_new();
    cache->store_of = xd_map_new();
    return cache;
}

void xd_x509_cache_free(struct xd_x509_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < cache->n_stores; i++) {
        X509_STORE_free(cache->stores[i]);
    }
    for (size_t i = 0; i < cache->n_decoded; i++) {
        X509_free(cache->decoded[i]);
    }
    xd_free(cache->stores);
    xd_free(cache->decoded);
    xd_map_free(cache->x509_of);
    xd_map_free(cache->cert_of);
    xd_map_free(cache->store_of);
    xd_free(cache);
}

static size_t grow_capacity(size_t cap)
{
    return cap == 0 ? 16 : 2 * cap;
}

/* The address itself is the key. */
static struct xd_slice key_address(const void *const *p)
{
    return (struct xd_slice){.p = (const uint8_t *)p, .len = sizeof(*p)};
}

X509 *xd_x509_handle(struct xd_x509_cache *cache, struct xd_cert *c)
{
    const void *key = c;
    X509 *x = xd_map_get(cache->x509_of, key_address(&key));

    if (x != NULL) {
        return x;
    }
    x = xd_x509_decode(c->der);
    if (x == NULL) {
        return NULL;
    }
    if (cache->n_decoded == cache->cap_decoded) {
        cache->cap_decoded = grow_capacity(cache->cap_decoded);
        cache->decoded =
            xd_realloc(cache->decoded, cache->cap_decoded * sizeof(*cache->decoded));
    }
    cache->decoded[cache->n_decoded++] = x;
    xd_map_put(cache->x509_of, key_address(&key), x);
    key = x;
    xd_map_put(cache->cert_of, key_address(&key), c);
    return x;
}

/*
 * X509_STORE_add_cert sorts all that is there before it looks for a duplicate: 4000 CAs
 * took 2 s.  A duplicate does no harm, and the first look-up sorts once.
 */
static void add_trusted(X509_STORE *store, X509 *x)
{
    X509_OBJECT *object = X509_OBJECT_new();

    if (object == NULL || X509_OBJECT_set1_X509(object, x) != 1 ||
        sk_X509_OBJECT_push(X509_STORE_get0_objects(store), object) <= 0) {
        X509_OBJECT_free(object);
    }
}

X509_STORE *xd_x509_store(struct xd_x509_cache *cache, struct xd_cert *const *trust,
                          size_t n_trust)
{
    struct xd_slice key = {.p = (const uint8_t *)trust, .len = n_trust * sizeof(*trust)};
    X509_STORE *store = xd_map_get(cache->store_of, key);

    if (store != NULL) {
        return store;
    }
    store = X509_STORE_new();
    if (store == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n_trust; i++) {
        X509 *x = xd_x509_handle(cache, trust[i]);

        if (x != NULL) {
            add_trusted(store, x);
        }
    }
    if (cache->n_stores == cache->cap_stores) {
        cache->cap_stores = grow_capacity(cache->cap_stores);
        cache->stores =
            xd_realloc(cache->stores, cache->cap_stores * sizeof(*cache->stores));
    }
    cache->stores[cache->n_stores++] = store;
    xd_map_put(cache->store_of, key, store);
    return store;
}

struct xd_cert *xd_x509_cert_of(const struct xd_x509_cache *cache, const X509 *x)
{
    const void *key = x;

    return xd_map_get(cache->cert_of, key_address(&key));
}

/* Full: begin anew.  Nothing outside of one replay holds what it gave out. */
struct xd_x509_cache *xd_x509_case_cache(struct xd_case *cs)
{
    const struct xd_x509_cache *cache = cs->x509;

    if (cache != NULL &&
        (cache->n_decoded >= XD_MAX_DECODED || cache->n_stores >= XD_MAX_TRUST_STORES)) {
        xd_x509_cache_free(cs->x509);
        cs->x509 = NULL;
    }
    if (cs->x509 == NULL) {
        cs->x509 = xd_x509_cache_new();
        cs->x509_free = xd_x509_cache_free;
    }
    return cs->x509;
}
