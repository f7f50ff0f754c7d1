/*
 * fx_tls.c - genuine TLS bytes: two ends of OpenSSL joined by memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "fx.h"

static void need(bool ok, const char *what)
{
    if (!ok) {
        ERR_print_errors_fp(stderr);
        xd_fx_die("%s failed", what);
    }
}

void xd_fx_say(struct xd_fx_dialogue *d, bool by_client, const void *p, size_t n)
{
    d->chunks = realloc(d->chunks, (d->n + 1) * sizeof *d->chunks);
    if (d->chunks == NULL) {
        xd_fx_die("out of memory");
    }
    d->chunks[d->n] = (struct xd_fx_chunk){.by_client = by_client};
    xd_fx_put(&d->chunks[d->n].bytes, p, n);
    d->n++;
}

static time_t seconds(int64_t at)
{
    return (time_t)(at / 1000000);
}

/* Tickets carry the time of their making; give them the case's. */
static int date_ticket(SSL *ssl, void *arg)
{
    const struct xd_fx_tls *t = arg;

    return SSL_SESSION_set_time(SSL_get_session(ssl), (long)seconds(t->at)) != 0;
}

static int overlook_purpose(int ok, X509_STORE_CTX *ctx)
{
    return ok != 0 || X509_STORE_CTX_get_error(ctx) == X509_V_ERR_INVALID_PURPOSE;
}

static void load_chain(SSL_CTX *ctx, const char *names)
{
    char *copy = strdup(names);
    char *rest = NULL;
    bool leaf = true;

    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        const struct xd_fx_cred *cred = xd_fx_cred(name);

        if (leaf) {
            /* A copy: a key that was used before has its blinding and draws other bytes. */
            EVP_PKEY *key = EVP_PKEY_dup(cred->key);

            need(key != NULL && SSL_CTX_use_certificate(ctx, cred->cert) == 1 &&
                     SSL_CTX_use_PrivateKey(ctx, key) == 1,
                 name);
            EVP_PKEY_free(key);
        } else {
            need(SSL_CTX_add1_chain_cert(ctx, cred->cert) == 1, name);
        }
        leaf = false;
    }
    free(copy);
}

/* A server names in its request every authority that it trusts, as an Expressway does. */
static void load_trust(SSL_CTX *ctx, const char *names, bool server)
{
    char *copy = strdup(names);
    char *rest = NULL;

    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        X509 *cert = xd_fx_cred(name)->cert;

        need(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) == 1, name);
        if (server) {
            need(SSL_CTX_add_client_CA(ctx, cert) == 1, name);
        }
    }
    free(copy);
}

/* A list of the leaf's issuer (RFC 5280, 5): empty and out of date, or naming the leaf. */
static X509_CRL *make_crl(const struct xd_fx_tls *t)
{
    enum { WEEK = 7 * 24 * 3600 };
    char *leaf = strdup(t->client_chain);
    char *issuer = strchr(leaf, ' ');

    need(issuer != NULL, "a chain with its issuer");
    *issuer++ = '\0';
    issuer[strcspn(issuer, " ")] = '\0';
    const struct xd_fx_cred *ca = xd_fx_cred(issuer);
    EVP_PKEY *key = EVP_PKEY_dup(ca->key);
    X509_CRL *crl = X509_CRL_new();
    time_t issued = seconds(t->at) - (t->crl == XD_FX_CRL_EXPIRED ? 2 * WEEK : 3600);
    ASN1_TIME *from = ASN1_TIME_set(NULL, issued);
    ASN1_TIME *until = ASN1_TIME_set(NULL, issued + WEEK);

    need(key != NULL && crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
             X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert)) == 1 &&
             X509_CRL_set1_lastUpdate(crl, from) == 1 &&
             X509_CRL_set1_nextUpdate(crl, until) == 1,
         "CRL");
    if (t->crl == XD_FX_CRL_REVOKED) {
        X509_REVOKED *row = X509_REVOKED_new();

        need(row != NULL &&
                 X509_REVOKED_set_serialNumber(
                     row, X509_get_serialNumber(xd_fx_cred(leaf)->cert)) == 1 &&
                 X509_REVOKED_set_revocationDate(row, from) == 1 &&
                 X509_CRL_add0_revoked(crl, row) == 1,
             "row of a CRL");
    }
    need(X509_CRL_sign(crl, key, EVP_sha256()) > 0, "signature of a CRL");
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    EVP_PKEY_free(key);
    free(leaf);
    return crl;
}

static void check_revocation(SSL_CTX *ctx, const struct xd_fx_tls *t)
{
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_CRL_CHECK);
    if (t->crl != XD_FX_CRL_MISSING) {
        X509_CRL *crl = make_crl(t);

        need(X509_STORE_add_crl(SSL_CTX_get_cert_store(ctx), crl) == 1, "CRL in a store");
        X509_CRL_free(crl);
    }
}

/* Versions before TLS 1.2 and weak certificates are below OpenSSL's usual level. */
static void set_strength(SSL_CTX *ctx, const struct xd_fx_tls *t, bool server)
{
    const char *ciphers = server ? t->server_ciphers : t->client_ciphers;
    int old = server ? t->old_server : t->old_client;
    int min = t->min_version != 0 ? t->min_version : TLS1_2_VERSION;

    if (old != 0 || (server ? t->lax_server : t->lax_client)) {
        SSL_CTX_set_security_level(ctx, 0);
    }
    need(SSL_CTX_set_min_proto_version(ctx, old != 0 ? old : min) == 1 &&
             SSL_CTX_set_max_proto_version(ctx, old != 0 ? old : t->max_version) == 1,
         "versions");
    need(ciphers == NULL || SSL_CTX_set_cipher_list(ctx, ciphers) == 1, "ciphers");
    if (!server && t->client_algorithms) {
        char *list = strdup(t->client_algorithms); /* OpenSSL's macro wants no const */

        need(SSL_CTX_set1_sigalgs_list(ctx, list) == 1, "algorithms");
        free(list);
    }
}

static SSL_CTX *make_context(const struct xd_fx_tls *t, bool server)
{
    const char *chain = server ? t->server_chain : t->client_chain;
    const char *trusts = server ? t->server_trusts : t->client_trusts;
    SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

    need(ctx != NULL, "context");
    set_strength(ctx, t, server);
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    if (t->max_version == TLS1_2_VERSION) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    }
    void *arg = NULL;
    memcpy(&arg, &t, sizeof arg);
    need(SSL_CTX_set_session_ticket_cb(ctx, date_ticket, NULL, arg) == 1, "ticket");
    if (chain != NULL) {
        load_chain(ctx, chain);
    }
    X509_VERIFY_PARAM_set_time(
        SSL_CTX_get0_param(ctx),
        seconds(t->at + (server ? t->server_clock : t->client_clock)));
    if (trusts != NULL) {
        int mode = SSL_VERIFY_PEER;

        if (server && !t->optional_client) {
            mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        }
        load_trust(ctx, trusts, server);
        if (!server && t->client_expects != NULL) {
            need(X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(ctx), t->client_expects,
                                             0) == 1,
                 "name");
        }
        SSL_CTX_set_verify(ctx, mode, server && t->no_eku_check ? overlook_purpose : NULL);
        if (server && t->crl != XD_FX_CRL_OFF) {
            check_revocation(ctx, t);
        }
    }
    return ctx;
}

static SSL *make_end(const struct xd_fx_tls *t, bool server, SSL_CTX *ctx)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());

    need(ssl != NULL && in != NULL && out != NULL, "end");
    BIO_set_mem_eof_return(in, -1);
    BIO_set_mem_eof_return(out, -1);
    SSL_set_bio(ssl, in, out);
    if (server) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
        if (t->sni != NULL) {
            char *name = strdup(t->sni); /* the macro takes away const */

            need(name != NULL && SSL_set_tlsext_host_name(ssl, name) == 1, "SNI");
            free(name);
        }
    }
    return ssl;
}

/* Carries what one end wrote to the other and notes it.  Returns whether there was any. */
static bool carry(SSL *from, SSL *to, bool by_client, struct xd_fx_dialogue *d)
{
    char *p = NULL;
    long n = BIO_get_mem_data(SSL_get_wbio(from), &p);

    if (n <= 0) {
        return false;
    }
    xd_fx_say(d, by_client, p, (size_t)n);
    need(BIO_write(SSL_get_rbio(to), p, (int)n) == (int)n, "carry");
    (void)BIO_reset(SSL_get_wbio(from));
    return true;
}

/* True when the end cannot go on. */
static bool step(SSL *ssl)
{
    uint8_t sink[4096];
    int rc = SSL_is_init_finished(ssl) ? SSL_read(ssl, sink, sizeof sink)
                                       : SSL_do_handshake(ssl);

    if (rc > 0) {
        return false;
    }
    int why = SSL_get_error(ssl, rc);

    ERR_clear_error();
    return why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
}

static void shake(SSL *client, SSL *server, struct xd_fx_dialogue *d)
{
    bool moved = true;

    while (moved) {
        d->failed |= step(client);
        moved = carry(client, server, true, d);
        d->failed |= step(server);
        moved |= carry(server, client, false, d);
    }
    d->failed |= step(client);
}

static void send_data(SSL *client, SSL *server, const char *app, struct xd_fx_dialogue *d)
{
    static const char line[] = "OPTIONS sip:nordlab.example;transport=tls SIP/2.0\r\n";
    const char *at = app;

    while (*at != '\0') {
        bool by_client = *at == 'c';
        char *next = NULL;
        unsigned long n = strtoul(at + 1, &next, 10);
        char *data = xd_fx_alloc(n);

        for (unsigned long i = 0; i < n; i++) {
            data[i] = line[i % (sizeof line - 1)];
        }
        SSL *from = by_client ? client : server;
        SSL *to = by_client ? server : client;
        need(SSL_write(from, data, (int)n) == (int)n, "write");
        (void)carry(from, to, by_client, d);
        while (SSL_read(to, data, (int)n) > 0) {
        }
        ERR_clear_error();
        free(data);
        at = *next == ' ' ? next + 1 : next;
    }
}

struct xd_fx_dialogue xd_fx_tls_run(const struct xd_fx_tls *t)
{
    struct xd_fx_dialogue d = {0};
    char label[160];

    /* Certificates first: they seed streams of their own. */
    SSL_CTX *client_ctx = make_context(t, false);
    SSL_CTX *server_ctx = make_context(t, true);
    (void)snprintf(label, sizeof label, "tls/%s", t->label);
    xd_fx_seed(label);
    SSL_CTX_free(client_ctx);
    SSL_CTX_free(server_ctx);
    client_ctx = make_context(t, false);
    server_ctx = make_context(t, true);

    SSL *client = make_end(t, false, client_ctx);
    SSL *server = make_end(t, true, server_ctx);
    shake(client, server, &d);
    if (!d.failed && t->app != NULL) {
        send_data(client, server, t->app, &d);
    }
    if (!d.failed && t->client_closes) {
        (void)SSL_shutdown(client);
        (void)carry(client, server, true, &d);
    }
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_ctx);
    SSL_CTX_free(server_ctx);
    return d;
}
