/*
 * fx_base.c - buffers, seeded randomness and times of the fixture generator.
 */
/* The seeded stream needs RAND_set_rand_method, which 3.0 deprecates without a successor.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "fx.h"

void xd_fx_die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)fputs("make_fixtures: ", stderr);
    (void)vfprintf(stderr, fmt, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(EXIT_FAILURE);
}

void *xd_fx_alloc(size_t n)
{
    void *p = calloc(1, n > 0 ? n : 1);

    if (p == NULL) {
        xd_fx_die("out of memory");
    }
    return p;
}

void xd_fx_put(struct xd_fx_bytes *b, const void *p, size_t n)
{
    if (n == 0) {
        return;
    }
    if (b->len + n > b->cap) {
        b->cap = (b->len + n) * 2;
        b->p = realloc(b->p, b->cap);
        if (b->p == NULL) {
            xd_fx_die("out of memory");
        }
    }
    memcpy(b->p + b->len, p, n);
    b->len += n;
}

void xd_fx_put_be(struct xd_fx_bytes *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i > 0; i--) {
        uint8_t octet = (uint8_t)(value >> (8 * (i - 1)));

        xd_fx_put(b, &octet, 1);
    }
}

void xd_fx_put_le(struct xd_fx_bytes *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t octet = (uint8_t)(value >> (8 * i));

        xd_fx_put(b, &octet, 1);
    }
}

void xd_fx_printf(struct xd_fx_bytes *b, const char *fmt, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, fmt);
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0) {
        xd_fx_die("out of memory");
    }
    xd_fx_put(b, text, (size_t)n);
    free(text);
}

void xd_fx_free(struct xd_fx_bytes *b)
{
    free(b->p);
    *b = (struct xd_fx_bytes){0};
}

/*
 * SHA-256 in counter mode.  One stream for the process: OpenSSL's RAND_METHOD has no
 * context argument.
 */
static struct {
    uint8_t seed[SHA256_DIGEST_LENGTH];
    uint64_t counter;
    uint8_t block[SHA256_DIGEST_LENGTH];
    size_t left;
} stream;

static int give_random(unsigned char *out, int n)
{
    for (int i = 0; i < n; i++) {
        if (stream.left == 0) {
            uint8_t in[SHA256_DIGEST_LENGTH + sizeof stream.counter];

            memcpy(in, stream.seed, sizeof stream.seed);
            for (size_t k = 0; k < sizeof stream.counter; k++) {
                in[sizeof stream.seed + k] = (uint8_t)(stream.counter >> (8 * k));
            }
            stream.counter++;
            SHA256(in, sizeof in, stream.block);
            stream.left = sizeof stream.block;
        }
        out[i] = stream.block[sizeof stream.block - stream.left];
        stream.left--;
    }
    return 1;
}

static int answer_yes(void)
{
    return 1;
}

void xd_fx_seed(const char *label)
{
    static const RAND_METHOD method = {
        .bytes = give_random, .pseudorand = give_random, .status = answer_yes};

    SHA256((const uint8_t *)label, strlen(label), stream.seed);
    stream.counter = 0;
    stream.left = 0;
    if (RAND_set_rand_method(&method) != 1) {
        xd_fx_die("cannot set the random method");
    }
}

struct xd_fx_dice xd_fx_dice(const char *label)
{
    uint8_t sum[SHA256_DIGEST_LENGTH];
    struct xd_fx_dice d = {0};

    SHA256((const uint8_t *)label, strlen(label), sum);
    for (size_t i = 0; i < sizeof d.state; i++) {
        d.state = d.state << 8 | sum[i];
    }
    return d;
}

/* splitmix64. */
uint32_t xd_fx_roll(struct xd_fx_dice *d, uint32_t below)
{
    d->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = d->state;

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return below == 0 ? 0 : (uint32_t)(z % below);
}

void xd_fx_fill(struct xd_fx_dice *d, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)xd_fx_roll(d, 256);
    }
}

int64_t xd_fx_time(const char *text)
{
    struct tm tm = {0};

    if (strptime(text, "%Y-%m-%d %H:%M:%S", &tm) == NULL) {
        xd_fx_die("no time: %s", text);
    }
    return (int64_t)timegm(&tm) * 1000000;
}

struct tm xd_fx_parts(int64_t at)
{
    time_t seconds = (time_t)(at / 1000000);
    struct tm tm = {0};

    if (gmtime_r(&seconds, &tm) == NULL) {
        xd_fx_die("no calendar time: %" PRId64, at);
    }
    return tm;
}

void xd_fx_write_file(const char *path, const struct xd_fx_bytes *bytes)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(bytes->p, 1, bytes->len, f) != bytes->len || fclose(f) != 0) {
        xd_fx_die("cannot write %s", path);
    }
}
