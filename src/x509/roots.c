/*
 * roots.c - the roots that count as public: compiled in, or of a file.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "expdiag/limits.h"

#include "x509_priv.h"

/* One of the text; the name is empty where it could not be told. */
struct xd_root {
    struct xd_slice der;
    struct xd_slice name;
    bool described;
};

void xd_roots_builtin(struct xd_roots *out)
{
    memset(out, 0, sizeof(*out));
    out->source = xd_builtin_roots_source;
    out->count = xd_builtin_roots_count;
    memcpy(out->sha256, xd_builtin_roots_sha256, sizeof(out->sha256));
    out->pem = (struct xd_slice){.p = xd_builtin_roots_pem, .len = xd_builtin_roots_len};
}

enum xd_rc xd_roots_from_pem(struct xd_slice pem, const char *source, struct xd_roots *out,
                             struct xd_err *err)
{
    struct xd_roots roots = {0};

    if (pem.len > XD_MAX_PEM_BYTES) {
        return xd_err_set(err, XD_BAD, 0, "%s: larger than %d MiB", source,
                          XD_MAX_PEM_BYTES >> 20);
    }
    roots.arena = xd_arena_new();
    roots.pem = xd_arena_dup(roots.arena, pem);
    roots.source = xd_arena_strdup(roots.arena, source);
    xd_x509_sha256(roots.pem, roots.sha256);
    xd_roots_parse(&roots);
    if (roots.n_certs == 0) {
        xd_roots_free(&roots);
        return xd_err_set(err, XD_BAD, 0, "%s: no certificate in it", source);
    }
    *out = roots;
    return XD_OK;
}

static void describe_root(struct xd_roots *roots, struct xd_root *root)
{
    struct xd_cert *c = NULL;

    if (root->described) {
        return;
    }
    root->described = true;
    c = xd_arena_alloc(roots->arena, sizeof(*c));
    c->id = (unsigned)roots->n_certs;
    c->der = root->der;
    xd_x509_sha256(c->der, c->sha256);
    X509 *x = xd_x509_decode(c->der);
    xd_x509_describe_in(roots->arena, c, x, true);
    X509_free(x);
    if (!c->parsed) {
        return;
    }
    c->issuer_kind = XD_ISSUER_PUBLIC;
    c->issuer_kind_why = "one of the public roots";
    *XD_PUSH(roots->arena, roots, certs) = c;
}

/* Step over one element, or into it; false: the bytes are no DER. */
static bool step_der(struct xd_slice *at, int tag, bool into)
{
    const unsigned char *p = at->p;
    long len = 0;
    int found = 0;
    int class = 0;

    /* 0x80: the length is not one of DER. */
    if (at->len == 0 || at->len > XD_MAX_CERT_BYTES ||
        (ASN1_get_object(&p, &len, &found, &class, (long)at->len) & 0x81) != 0 ||
        class != V_ASN1_UNIVERSAL || found != tag) {
        return false;
    }
    *at = into ? (struct xd_slice){p, (size_t)len}
               : (struct xd_slice){p + len, at->len - (size_t)(p - at->p) - (size_t)len};
    return true;
}

/* The subject's encoding (RFC 5280, 4.1), for which nothing else is looked at. */
static bool find_subject(struct xd_slice der, struct xd_slice *out)
{
    enum { VERSION = 0xa0, VERSION_BYTES = 5 }; /* [0] { INTEGER of one byte } */
    /* serialNumber, signature, issuer, validity */
    static const int before[] = {V_ASN1_INTEGER, V_ASN1_SEQUENCE, V_ASN1_SEQUENCE,
                                 V_ASN1_SEQUENCE};
    struct xd_slice at = der;

    for (unsigned depth = 0; depth < 2; depth++) { /* Certificate, TBSCertificate */
        if (!step_der(&at, V_ASN1_SEQUENCE, true)) {
            return false;
        }
    }
    if (at.len > VERSION_BYTES && at.p[0] == VERSION) {
        at = (struct xd_slice){at.p + VERSION_BYTES, at.len - VERSION_BYTES};
    }
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        if (!step_der(&at, before[i], false)) {
            return false;
        }
    }
    struct xd_slice rest = at;

    if (!step_der(&rest, V_ASN1_SEQUENCE, false)) {
        return false;
    }
    *out = (struct xd_slice){at.p, at.len - rest.len};
    return true;
}

static void add_root(struct xd_roots *roots, struct xd_slice der)
{
    struct xd_root *root = XD_PUSH(roots->arena, roots, list);

    *root = (struct xd_root){.der = xd_arena_dup(roots->arena, der)};
    if (!find_subject(root->der, &root->name)) {
        roots->nameless = true;
    }
}

/* Every certificate of the text, in its order. */
static void read_text(struct xd_roots *roots)
{
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long len = 0;

    if (roots->arena == NULL) {
        roots->arena = xd_arena_new();
    }
    BIO *bio = BIO_new_mem_buf(roots->pem.p, (int)roots->pem.len);
    for (size_t n = 0; bio != NULL && n < XD_MAX_PEM_CERTS &&
                       PEM_read_bio(bio, &name, &header, &der, &len) == 1;) {
        if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0) {
            add_root(roots, (struct xd_slice){.p = der, .len = (size_t)len});
            n++;
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    BIO_free(bio);
    ERR_clear_error(); /* the end of the text counts as an error there */
}

static int compare_names(struct xd_slice x, struct xd_slice y)
{
    if (x.len != y.len) {
        return x.len < y.len ? -1 : 1;
    }
    return x.len > 0 ? memcmp(x.p, y.p, x.len) : 0;
}

static int compare_roots(const void *a, const void *b, void *arg)
{
    const struct xd_root *list = arg;
    const size_t *x = a;
    const size_t *y = b;
    int order = compare_names(list[*x].name, list[*y].name);

    if (order != 0) {
        return order;
    }
    return *x < *y ? -1 : *x > *y;
}

static void list_roots(struct xd_roots *roots)
{
    if (roots->listed) {
        return;
    }
    roots->listed = true;
    xd_x509_init();
    read_text(roots);
    roots->by_name =
        xd_arena_alloc(roots->arena, (roots->n_list + 1) * sizeof(*roots->by_name));
    for (size_t i = 0; i < roots->n_list; i++) {
        roots->by_name[i] = i;
    }
    qsort_r(roots->by_name, roots->n_list, sizeof(*roots->by_name), compare_roots,
            roots->list);
}

void xd_roots_parse(struct xd_roots *roots)
{
    if (roots->parsed) {
        return;
    }
    roots->parsed = true;
    list_roots(roots);
    for (size_t i = 0; i < roots->n_list; i++) {
        describe_root(roots, &roots->list[i]);
    }
    roots->count = roots->n_certs;
}

/* The first position in by_name whose name is not below this one. */
static size_t find_name(const struct xd_roots *roots, struct xd_slice name)
{
    size_t low = 0;
    size_t high = roots->n_list;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare_names(roots->list[roots->by_name[mid]].name, name) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool has_name(const struct xd_roots *roots, size_t at, struct xd_slice name)
{
    return at < roots->n_list &&
           compare_names(roots->list[roots->by_name[at]].name, name) == 0;
}

bool xd_roots_named(struct xd_roots *roots, struct xd_slice subject_der)
{
    list_roots(roots);
    return roots->nameless || (subject_der.len > 0 &&
                               has_name(roots, find_name(roots, subject_der), subject_der));
}

void xd_roots_want(struct xd_roots *roots, struct xd_slice subject_der)
{
    list_roots(roots);
    if (roots->parsed || subject_der.len == 0) {
        return;
    }
    if (roots->nameless) {
        xd_roots_parse(roots);
        return;
    }
    for (size_t i = find_name(roots, subject_der); has_name(roots, i, subject_der); i++) {
        describe_root(roots, &roots->list[roots->by_name[i]]);
    }
}

void xd_roots_free(struct xd_roots *roots)
{
    xd_arena_free(roots->arena);
    roots->arena = NULL;
    roots->certs = NULL;
    roots->n_certs = 0;
    roots->cap_certs = 0;
    roots->parsed = false;
    roots->list = NULL;
    roots->n_list = 0;
    roots->cap_list = 0;
    roots->by_name = NULL;
    roots->listed = false;
    roots->nameless = false;
}

const struct xd_cert *xd_roots_find(struct xd_roots *roots, struct xd_slice subject_der,
                                    const uint8_t *spki_sha256)
{
    xd_roots_want(roots, subject_der);
    for (size_t i = 0; i < roots->n_certs; i++) {
        const struct xd_cert *c = roots->certs[i];

        if (xd_slice_equal(c->subject_der, subject_der) &&
            (spki_sha256 == NULL || memcmp(c->spki_sha256, spki_sha256, 32) == 0)) {
            return c;
        }
    }
    return NULL;
}
