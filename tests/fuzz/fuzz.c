/*
 * fuzz.c - see fuzz.h.
 */
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

void xd_fuzz_require(bool ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "promise broken: %s\n", what);
        abort();
    }
}

uint8_t *xd_fuzz_exact(struct xd_slice bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);

    xd_fuzz_require(copy != NULL, "memory for a copy of the input");
    if (bytes.len > 0) {
        memcpy(copy, bytes.p, bytes.len);
    }
    return copy;
}

/* A small generator: the sizes of blocks must be the same at every replay. */
static size_t next_size(uint32_t *state, size_t most)
{
    *state = *state * 1664525U + 1013904223U;
    return 1 + (*state >> 8) % most;
}

void xd_fuzz_blocks(struct xd_slice bytes, unsigned how,
                    void (*take)(void *arg, struct xd_slice block), void *arg)
{
    static const size_t most[] = {0, 1, 3, 16, 100, 1500, 5000, 65536};
    uint32_t state = how;
    size_t largest = most[how % (sizeof(most) / sizeof(most[0]))];

    while (bytes.len > 0) {
        size_t n = largest == 0 ? bytes.len : next_size(&state, largest);

        n = n < bytes.len ? n : bytes.len;
        uint8_t *exact = xd_fuzz_exact((struct xd_slice){bytes.p, n});

        take(arg, (struct xd_slice){exact, n});
        free(exact);
        bytes = (struct xd_slice){bytes.p + n, bytes.len - n};
    }
}

int xd_fuzz_file(struct xd_slice bytes)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    size_t done = 0;

    xd_fuzz_require(fd >= 0, "a file in memory");
    while (done < bytes.len) {
        ssize_t n = write(fd, bytes.p + done, bytes.len - done);

        xd_fuzz_require(n > 0, "a file in memory is written");
        done += (size_t)n;
    }
    xd_fuzz_require(lseek(fd, 0, SEEK_SET) == 0, "a file in memory is wound back");
    return fd;
}

/* FNV-1a. */
static void mix(uint64_t *sum, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++) {
        *sum = (*sum ^ p[i]) * 1099511628211U;
    }
}

static void mix_text(uint64_t *sum, const char *text)
{
    mix(sum, text != NULL ? text : "-", text != NULL ? strlen(text) + 1 : 2);
}

static void mix_number(uint64_t *sum, uint64_t n)
{
    mix(sum, &n, sizeof(n));
}

static void mix_flows(uint64_t *sum, const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_flows; i++) {
        const struct xd_flow *f = cs->flows[i];

        mix_number(sum, (uint64_t)f->protocol);
        mix_number(sum, (uint64_t)f->outcome);
        mix_number(sum, (uint64_t)f->failure.kind);
        mix_number(sum, f->n_presented);
        mix_number(sum, f->n_alerts);
        for (unsigned side = 0; side < 2; side++) {
            mix(sum, f->end[side].addr.bytes, sizeof(f->end[side].addr.bytes));
            mix_number(sum, f->end[side].port);
        }
    }
    mix_number(sum, cs->n_dns);
}

uint64_t xd_fuzz_sum(const struct xd_case *cs)
{
    uint64_t sum = 14695981039346656037U;

    for (size_t i = 0; i < cs->n_entries; i++) {
        mix_number(&sum, (uint64_t)cs->entries[i]->status);
        mix_text(&sum, cs->entries[i]->detail);
        mix_number(&sum, cs->entries[i]->private_key);
    }
    for (size_t i = 0; i < cs->n_certs; i++) {
        mix(&sum, cs->certs[i]->sha256, sizeof(cs->certs[i]->sha256));
    }
    for (size_t i = 0; i < cs->n_dumps; i++) {
        for (size_t k = 0; k < cs->dumps[i]->n_settings; k++) {
            const struct xd_setting *s = &cs->dumps[i]->settings[k];

            mix_text(&sum, s->path);
            mix_text(&sum, s->value);
            mix_number(&sum, s->line);
        }
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        mix_number(&sum, (uint64_t)cs->events[i]->kind);
        mix_number(&sum, cs->events[i]->place.line);
        mix_number(&sum, (uint64_t)cs->events[i]->place.time);
    }
    mix_flows(&sum, cs);
    return sum;
}
