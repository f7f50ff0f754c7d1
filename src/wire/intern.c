/*
 * intern.c - one copy, in the case's arena, of what many conversations share:
 * texts, lists of codes, chains, lists of names, certificates.
 *
 * A gateway shows the same chain thousands of times; it is hashed once.
 */
#include "wire_priv.h"

#include "expdiag/map.h"
#include "expdiag/text.h"

enum { KIND_TEXT = 't', KIND_CODES = 'c', KIND_CHAIN = 'x', KIND_NAMES = 'n' };

/* A key of kind and contents in a buffer on the stack, or a digest where it is long. */
struct key {
    uint8_t bytes[1 + 1024];
    size_t len;
};

static struct xd_slice make_key(struct key *k, uint8_t kind, const void *p, size_t len)
{
    k->bytes[0] = kind;
    if (len < sizeof(k->bytes)) {
        if (len > 0) {
            memcpy(k->bytes + 1, p, len);
        }
        k->len = 1 + len;
    } else { /* a digest is of another length than any key that holds contents of that kind
              */
        memset(k->bytes, 0, sizeof(k->bytes));
        k->bytes[0] = kind;
        xd_sha256((struct xd_slice){p, len}, k->bytes + 1);
        k->len = sizeof(k->bytes);
        memcpy(k->bytes + k->len - sizeof(len), &len, sizeof(len));
    }
    return (struct xd_slice){k->bytes, k->len};
}

const char *xd_intern_text(struct xd_wire *w, const char *text, size_t len)
{
    struct key k;
    struct xd_slice key = make_key(&k, KIND_TEXT, text, len);
    char *found = xd_map_get(w->interned, key);

    if (found == NULL) {
        found = xd_text_clean(w->cs->arena, text, len, XD_MAX_CERT_TEXT);
        xd_map_put(w->interned, key, found);
    }
    return found;
}

struct xd_wire_codes *xd_intern_codes(struct xd_wire *w, struct xd_slice be16)
{
    struct key k;
    size_t n = be16.len / 2;

    if (n == 0) {
        return NULL;
    }
    struct xd_slice key = make_key(&k, KIND_CODES, be16.p, n * 2);
    struct xd_wire_codes *found = xd_map_get(w->interned, key);

    if (found == NULL) {
        found = xd_arena_alloc(w->cs->arena, sizeof(*found) + n * sizeof(*found->codes));
        found->n = n;
        for (size_t i = 0; i < n; i++) {
            found->codes[i] = (uint16_t)(be16.p[2 * i] << 8 | be16.p[2 * i + 1]);
        }
        xd_map_put(w->interned, key, found);
    }
    return found;
}

struct xd_wire_chain *xd_intern_chain(struct xd_wire *w, struct xd_cert *const *certs,
                                      size_t n)
{
    struct key k;
    struct xd_slice key = make_key(&k, KIND_CHAIN, certs, n * sizeof(*certs));
    struct xd_wire_chain *found = xd_map_get(w->interned, key);

    if (found == NULL) {
        found = xd_arena_alloc(w->cs->arena, sizeof(*found) + n * sizeof(*certs));
        found->n = n;
        if (n > 0) {
            memcpy(found->certs, certs, n * sizeof(*certs));
        }
        xd_map_put(w->interned, key, found);
    }
    return found;
}

const struct xd_wire_names *xd_intern_names(struct xd_wire *w, struct xd_slice list)
{
    enum { MAX_NAMES = 1024 }; /* a trust store as CA list: 64 KiB hold no more */
    struct key k;
    struct xd_slice key = make_key(&k, KIND_NAMES, list.p, list.len);
    struct xd_wire_names *found = xd_map_get(w->interned, key);

    if (found != NULL) {
        return found;
    }
    struct xd_cur c = xd_cur_init(xd_arena_dup(w->cs->arena, list));
    struct xd_arena *a = w->cs->arena;

    found = xd_arena_alloc(a, sizeof(*found));
    for (struct xd_cur probe = c; xd_cur_left(&probe) > 0 && found->n < MAX_NAMES;
         found->n++) {
        (void)xd_cur_vec16(&probe);
        if (probe.bad) {
            break;
        }
    }
    found->ders = xd_arena_alloc(a, found->n * sizeof(*found->ders));
    found->texts = xd_arena_alloc(a, found->n * sizeof(*found->texts));
    for (size_t i = 0; i < found->n; i++) {
        found->ders[i] = xd_cur_vec16(&c);
        found->texts[i] = xd_name_text(a, found->ders[i]);
    }
    xd_map_put(w->interned, key, found);
    return found;
}

/*
 * By length and last bytes (the signature) first: a certificate seen before costs a
 * look-up and a comparison, no hash.
 */
struct xd_cert *xd_intern_cert(struct xd_wire *w, struct xd_slice der)
{
    enum { TAIL = 48 };
    uint8_t key_bytes[4 + TAIL] = {0};
    size_t tail = der.len < TAIL ? der.len : TAIL;
    uint32_t len = (uint32_t)der.len;
    uint8_t sha256[32];

    memcpy(key_bytes, &len, sizeof(len));
    if (tail > 0) {
        memcpy(key_bytes + 4, der.p + der.len - tail, tail);
    }
    struct xd_slice key = {key_bytes, sizeof(key_bytes)};
    struct xd_cert *found = xd_map_get(w->certs, key);

    if (found != NULL && xd_slice_equal(found->der, der)) {
        return found;
    }
    xd_sha256(der, sha256);
    found = xd_case_cert(w->cs, der, sha256);
    if (found != NULL) {
        xd_map_put(w->certs, key, found);
    }
    return found;
}
