/*
 * tls_cert.c - Certificate and CertificateRequest messages in both their forms
 * (RFC 5246, 7.4.2 and 7.4.4; RFC 8446, 4.4.2 and 4.3.2).
 */
#include "wire_priv.h"

enum {
    EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_CERTIFICATE_AUTHORITIES = 47,
    TLS12 = 0x0303,
    TLS13 = 0x0304,
};

/* The list of one message; what is damaged or too much ends it. */
struct list {
    struct xd_cert *certs[XD_MAX_CHAIN];
    size_t n;
    bool cut;
};

static void take_list(struct xd_wire *w, struct xd_cur entries, bool extensions,
                      struct list *out)
{
    while (!entries.bad && xd_cur_left(&entries) > 0) {
        struct xd_slice der = xd_cur_vec24(&entries);

        if (extensions) {
            (void)xd_cur_vec16(&entries);
        }
        if (entries.bad || der.len == 0 || der.len > XD_MAX_CERT_BYTES ||
            out->n == XD_MAX_CHAIN) {
            out->cut = true;
            return;
        }
        struct xd_cert *cert = xd_intern_cert(w, der);

        if (cert == NULL) {
            out->cut = true;
            return;
        }
        out->certs[out->n++] = cert;
    }
    out->cut = out->cut || entries.bad;
}

/*
 * TLS 1.2:  opaque ASN.1Cert<1..2^24-1>;  ASN.1Cert list<0..2^24-1>
 * TLS 1.3:  opaque context<0..2^8-1>;  { opaque cert<1..2^24-1>; Extension ext<0..2^16-1>;
 * } list<0..2^24-1>
 */
void xd_tls_certificate(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice body)
{
    struct xd_wire_tls *t = c->u.tls;
    struct xd_cur m = xd_cur_init(body);
    struct list list = {.n = 0};
    bool is_13 = t->version == TLS13;
    struct xd_wire_presented p = {.spot = w->now, .dir = (uint8_t)dir, .decrypted = is_13};

    if (is_13) {
        (void)xd_cur_vec8(&m);
    }
    struct xd_cur entries = xd_cur_sub24(&m);

    if (entries.bad) {
        return;
    }
    if (!c->role_sure && t->request) {
        xd_stream_role(c, 1 - dir);
    }
    take_list(w, entries, is_13, &list);
    if (dir != c->client) {
        t->certificate = true;
    }
    p.cut = list.cut;
    p.chain = xd_intern_chain(w, list.certs, list.n);
    xd_conn_presented(w, c, &p);
}

/* opaque context<0..2^8-1>;  Extension extensions<2..2^16-1> */
static void take_request_13(struct xd_wire *w, struct xd_wire_tls *t, struct xd_cur *m)
{
    (void)xd_cur_vec8(m);
    struct xd_cur exts = xd_cur_sub16(m);

    while (!exts.bad && xd_cur_left(&exts) > 0) {
        unsigned type = xd_cur_u16(&exts);
        struct xd_cur ext = xd_cur_sub16(&exts);

        if (ext.bad) {
            return;
        }
        if (type == EXT_SIGNATURE_ALGORITHMS) {
            t->request_algorithms = xd_intern_codes(w, xd_cur_vec16(&ext));
        } else if (type == EXT_CERTIFICATE_AUTHORITIES) {
            t->names = xd_intern_names(w, xd_cur_vec16(&ext));
        }
    }
}

/* Kept as codes of two bytes, as all other lists of numbers. */
static struct xd_wire_codes *intern_types(struct xd_wire *w, struct xd_slice types)
{
    uint8_t wide[2 * UINT8_MAX] = {0};

    for (size_t i = 0; i < types.len && i < UINT8_MAX; i++) {
        wide[2 * i + 1] = types.p[i];
    }
    return xd_intern_codes(w, (struct xd_slice){wide, 2 * types.len});
}

/*
 * ClientCertificateType types<1..2^8-1>;
 * SignatureAndHashAlgorithm algorithms<2..2^16-2>;   (TLS 1.2 alone)
 * DistinguishedName authorities<0..2^16-1>;
 */
void xd_tls_certificate_request(struct xd_wire *w, struct xd_conn *c, struct xd_slice body)
{
    struct xd_wire_tls *t = c->u.tls;
    struct xd_cur m = xd_cur_init(body);

    t->request = true;
    if (t->version == TLS13) {
        take_request_13(w, t, &m);
        return;
    }
    t->request_types = intern_types(w, xd_cur_vec8(&m));
    if (t->version == TLS12) {
        t->request_algorithms = xd_intern_codes(w, xd_cur_vec16(&m));
    }
    struct xd_slice names = xd_cur_vec16(&m);

    if (!m.bad) {
        t->names = xd_intern_names(w, names);
    }
}
