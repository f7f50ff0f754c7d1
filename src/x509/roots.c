/*
 * roots.c - the roots that count as public: compiled in, or of a file.
 */
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "expdiag/limits.h"

#include "x509_priv.h"

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

static void add_root(struct xd_roots *roots, struct xd_slice der)
{
    struct xd_cert *c = xd_arena_alloc(roots->arena, sizeof(*c));

    c->id = (unsigned)roots->n_certs;
    c->der = xd_arena_dup(roots->arena, der);
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

void xd_roots_parse(struct xd_roots *roots)
{
    char *name = NULL;
    char *header = NULL;
    unsigned char *der = NULL;
    long len = 0;

    if (roots->parsed) {
        return;
    }
    roots->parsed = true;
    xd_x509_init();
    if (roots->arena == NULL) {
        roots->arena = xd_arena_new();
    }
    BIO *bio = BIO_new_mem_buf(roots->pem.p, (int)roots->pem.len);
    while (bio != NULL && roots->n_certs < XD_MAX_PEM_CERTS &&
           PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
        if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0) {
            add_root(roots, (struct xd_slice){.p = der, .len = (size_t)len});
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    BIO_free(bio);
    roots->count = roots->n_certs;
    ERR_clear_error(); /* the end of the text counts as an error there */
}

void xd_roots_free(struct xd_roots *roots)
{
    xd_arena_free(roots->arena);
    roots->arena = NULL;
    roots->certs = NULL;
    roots->n_certs = 0;
    roots->cap_certs = 0;
    roots->parsed = false;
}

const struct xd_cert *xd_roots_find(struct xd_roots *roots, struct xd_slice subject_der,
                                    const uint8_t *spki_sha256)
{
    xd_roots_parse(roots);
    for (size_t i = 0; i < roots->n_certs; i++) {
        const struct xd_cert *c = roots->certs[i];

        if (xd_slice_equal(c->subject_der, subject_der) &&
            (spki_sha256 == NULL || memcmp(c->spki_sha256, spki_sha256, 32) == 0)) {
            return c;
        }
    }
    return NULL;
}
