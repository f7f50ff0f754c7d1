/*
 * fx.h - building blocks of the fixture generator: seeded randomness, certificates,
 * genuine TLS bytes, TCP frames, captures, archives.
 *
 * Test support.  Everything ends the program with a message when it fails: a
 * generator that cannot go on has nothing to return.  Same input, same library: same
 * bytes.
 */
#ifndef EXPDIAG_FX_H
#define EXPDIAG_FX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

void xd_fx_die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void *xd_fx_alloc(size_t n);

/* Bytes that grow; starts as {0}. */
struct xd_fx_bytes {
    uint8_t *p;
    size_t len;
    size_t cap;
};

void xd_fx_put(struct xd_fx_bytes *b, const void *p, size_t n);
void xd_fx_put_be(struct xd_fx_bytes *b, uint64_t value, unsigned bytes);
void xd_fx_put_le(struct xd_fx_bytes *b, uint64_t value, unsigned bytes);
void xd_fx_printf(struct xd_fx_bytes *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void xd_fx_free(struct xd_fx_bytes *b);

/* OpenSSL's randomness from here on is a stream that follows from the label alone. */
void xd_fx_seed(const char *label);

/* Numbers for noise (never for keys): starts from the label's hash. */
struct xd_fx_dice {
    uint64_t state;
};
struct xd_fx_dice xd_fx_dice(const char *label);
uint32_t xd_fx_roll(struct xd_fx_dice *d, uint32_t below);
void xd_fx_fill(struct xd_fx_dice *d, uint8_t *p, size_t n);

/* Microseconds since 1970, UTC; text "2026-03-29 07:05:00". */
int64_t xd_fx_time(const char *text);
/* The parts of a time, for printing. */
struct tm xd_fx_parts(int64_t at);

/* A certificate of the table in fx_pki.c with its key, made at first use. */
struct xd_fx_cred {
    const char *name;
    X509 *cert;
    EVP_PKEY *key;
};
const struct xd_fx_cred *xd_fx_cred(const char *name);

/* PEM of the certificates, names separated by blanks. */
void xd_fx_pem(struct xd_fx_bytes *out, const char *names);
/* PEM of the private key: only ever for a pipe. */
void xd_fx_pem_key(struct xd_fx_bytes *out, const char *name);

/* What one side sent before the other spoke again. */
struct xd_fx_chunk {
    bool by_client;
    struct xd_fx_bytes bytes;
    int64_t pause; /* microseconds before it */
};

struct xd_fx_dialogue {
    struct xd_fx_chunk *chunks;
    size_t n;
    bool failed; /* the handshake did */
};

void xd_fx_say(struct xd_fx_dialogue *d, bool by_client, const void *p, size_t n);

/* What the server's revocation check of the client's leaf comes to. */
enum xd_fx_crl { XD_FX_CRL_OFF, XD_FX_CRL_MISSING, XD_FX_CRL_EXPIRED, XD_FX_CRL_REVOKED };

/* Names are separated by blanks; NULL where there is none. */
struct xd_fx_tls {
    const char *label; /* seeds its randomness; of a scene: what tells it from its twin */
    int max_version;   /* TLS1_2_VERSION or TLS1_3_VERSION */
    int min_version;   /* 0: TLS1_2_VERSION */
    int old_client;    /* the client speaks this old version alone; 0: as above */
    int old_server;
    const char *client_chain; /* leaf first, exactly what is sent */
    const char *server_chain;
    const char *client_trusts;  /* NULL: does not verify */
    const char *server_trusts;  /* NULL: asks for no certificate */
    const char *client_expects; /* the name that the client asks for; NULL: any */
    bool no_eku_check;          /* the server overlooks a missing purpose */
    bool optional_client;       /* the server takes a client without certificate */
    bool lax_client;            /* the client's own certificate may be weak */
    bool lax_server;            /* the server takes weak certificates */
    enum xd_fx_crl crl;
    const char *client_ciphers; /* of TLS 1.2; NULL: OpenSSL's */
    const char *server_ciphers;
    const char *client_algorithms; /* of signatures; NULL: OpenSSL's */
    int64_t client_clock;          /* ahead of `at` */
    int64_t server_clock;
    const char *sni;
    int64_t at;         /* when both verify */
    const char *app;    /* "c300 s120 ...": who sends how many bytes; NULL: none */
    bool client_closes; /* with close_notify, after app */
};
struct xd_fx_dialogue xd_fx_tls_run(const struct xd_fx_tls *t);

/* A recorded SSH dialogue of fixtures/transcripts. */
struct xd_fx_dialogue xd_fx_transcript(const char *file);

/* Frames as one interface sees them. */
struct xd_fx_frame {
    int64_t at;
    uint64_t order; /* equal times keep the order of making */
    struct xd_fx_bytes bytes;
};

struct xd_fx_capture {
    struct xd_fx_frame *frames;
    size_t n;
    int64_t clock; /* microseconds that this clock is ahead of true time */
};

void xd_fx_frame_add(struct xd_fx_capture *c, int64_t at, const struct xd_fx_bytes *frame);
/* Sorts, and writes frames [first, last) in the classic or the pcapng form. */
void xd_fx_capture_sort(struct xd_fx_capture *c);
void xd_fx_capture_write(const struct xd_fx_capture *c, size_t first, size_t last, bool ng,
                         struct xd_fx_bytes *out);

struct xd_fx_end {
    const char *ip; /* "10.106.80.16" */
    uint16_t port;
};

enum xd_fx_finish {
    XD_FX_OPEN,       /* still open when the capture ends */
    XD_FX_CLIENT_FIN, /* client closes, server follows */
    XD_FX_SERVER_FIN,
    XD_FX_CLIENT_RST,
    XD_FX_SERVER_RST,
    XD_FX_SYN_SILENT,  /* SYN retries, no answer */
    XD_FX_SYN_REFUSED, /* RST to the SYN */
};

/* One TCP conversation, laid into the captures that see it. */
struct xd_fx_conn {
    struct xd_fx_end client;
    struct xd_fx_end server;
    int64_t start;
    int64_t latency; /* one way */
    int64_t think;   /* before each answer */
    unsigned mss;    /* payload of a full segment */
    const struct xd_fx_dialogue *talk;
    enum xd_fx_finish finish;
    int64_t finish_pause;
    struct xd_fx_capture *at_client; /* NULL: not captured there */
    struct xd_fx_capture *at_server;
    int lose; /* 1-based number of a data segment lost once on the way, 0: none */
    int swap; /* 1-based: this one arrives after the next; 0: none */
    bool gso; /* the sender's capture shows two segments in one frame */
};
/* Returns when its last packet was sent. */
int64_t xd_fx_tcp(const struct xd_fx_conn *c);

/* A UDP datagram, seen where it leaves and where it arrives. */
struct xd_fx_udp {
    struct xd_fx_end from;
    struct xd_fx_end to;
    int64_t at;
    int64_t latency;
    struct xd_fx_capture *at_from;
    struct xd_fx_capture *at_to;
};
void xd_fx_udp(const struct xd_fx_udp *u, const void *p, size_t n);

/* A flat tar.gz with fixed times. */
struct xd_fx_archive;
struct xd_fx_archive *xd_fx_archive_new(const char *path, int64_t mtime);
void xd_fx_archive_add(struct xd_fx_archive *a, const char *name,
                       const struct xd_fx_bytes *bytes);
void xd_fx_archive_end(struct xd_fx_archive *a);

void xd_fx_write_file(const char *path, const struct xd_fx_bytes *bytes);

#endif
