/*
 * source.c - streams of blocks: what all have in common, the file itself, and a
 * look ahead.
 */
#include "bundle_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expdiag/alloc.h"

void xd_source_spoil(struct xd_source *s, enum xd_entry_status status, const char *fmt, ...)
{
    va_list ap;

    if (s->damage.status != XD_ENTRY_READ) {
        return;
    }
    s->damage.status = status;
    va_start(ap, fmt);
    (void)vsnprintf(s->damage.text, sizeof s->damage.text, fmt, ap);
    va_end(ap);
}

bool xd_source_next(struct xd_source *s, struct xd_slice *out)
{
    if (!s->next(s, out)) {
        return false;
    }
    s->given += out->len;
    return true;
}

void xd_source_free(struct xd_source *s)
{
    while (s != NULL) {
        struct xd_source *below = s->below;

        s->free(s);
        s = below;
    }
}

const struct xd_damage *xd_source_damage(const struct xd_source *s)
{
    const struct xd_damage *found = NULL;

    for (; s != NULL; s = s->below) {
        if (s->damage.status != XD_ENTRY_READ) {
            found = &s->damage;
        }
    }
    return found;
}

bool xd_source_inflated(struct xd_source *s, struct xd_budget *budget, size_t n)
{
    budget->inflated += n;
    budget->ratio_base += n;
    if (budget->inflated > XD_MAX_ARCHIVE_BYTES) {
        xd_source_spoil(s, XD_ENTRY_TRUNCATED,
                        "not read on: more than %llu MiB were inflated in this run",
                        (unsigned long long)(XD_MAX_ARCHIVE_BYTES >> 20));
        return false;
    }
    if (budget->ratio_base > XD_RATIO_GRACE &&
        budget->ratio_base / XD_MAX_ARCHIVE_RATIO > budget->raw) {
        /* What a bomb made does not count against the files beside it. */
        uint64_t made = s->given + n;

        budget->ratio_base -= made < budget->ratio_base ? made : budget->ratio_base;
        xd_source_spoil(
            s, XD_ENTRY_TRUNCATED,
            "not read on after %llu bytes: it inflates to more than %d times its "
            "size",
            (unsigned long long)s->given, XD_MAX_ARCHIVE_RATIO);
        return false;
    }
    return true;
}

/* ---- the file ---- */

struct raw {
    struct xd_source base;
    int fd;
    bool over;
    struct xd_pipe *pipe;
    struct xd_budget *budget;
    struct xd_slot *slot;
};

static bool read_raw(struct xd_source *s, struct xd_slice *out)
{
    struct raw *r = (struct raw *)s;
    ssize_t n = 0;

    if (r->over || xd_pipe_aborted(r->pipe)) {
        return false;
    }
    if (r->slot != NULL) {
        xd_pipe_drop(r->pipe, r->slot);
    }
    r->slot = xd_pipe_slot(r->pipe);
    do {
        n = read(r->fd, r->slot->bytes, XD_READ_BYTES);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        r->over = true;
        if (n < 0) {
            int code = errno;
            char text[128] = "";

            xd_source_spoil(s, XD_ENTRY_TRUNCATED, "cannot be read on at byte %llu: %s",
                            (unsigned long long)s->given,
                            strerror_r(code, text, sizeof text));
        }
        return false;
    }
    *out = (struct xd_slice){r->slot->bytes, (size_t)n};
    r->budget->raw += (uint64_t)n;
    xd_pipe_raw(r->pipe, *out);
    return true;
}

static void free_raw(struct xd_source *s)
{
    struct raw *r = (struct raw *)s;

    if (r->slot != NULL) {
        xd_pipe_drop(r->pipe, r->slot);
    }
    xd_pipe_unhold(r->pipe);
    xd_free(r);
}

struct xd_source *xd_raw_new(int fd, struct xd_pipe *pipe, struct xd_budget *budget)
{
    struct raw *r = xd_alloc(sizeof *r);

    xd_pipe_hold(pipe);
    r->base.next = read_raw;
    r->base.free = free_raw;
    r->fd = fd;
    r->pipe = pipe;
    r->budget = budget;
    return &r->base;
}

/* ---- the look ahead ---- */

/*
 * A first block that is long enough is looked at where it lies; shorter ones are
 * collected in head, and what is left of the last of them follows it.
 */
struct peek {
    struct xd_source base;
    size_t len;
    struct xd_slice rest;
    uint8_t head[XD_SNIFF_BYTES];
};

static bool read_peek(struct xd_source *s, struct xd_slice *out)
{
    struct peek *p = (struct peek *)s;

    if (p->len > 0) {
        *out = (struct xd_slice){p->head, p->len};
        p->len = 0;
        return true;
    }
    if (p->rest.len > 0) {
        *out = p->rest;
        p->rest.len = 0;
        return true;
    }
    return xd_source_next(s->below, out);
}

static void free_peek(struct xd_source *s)
{
    xd_free(s);
}

struct xd_source *xd_peek_new(struct xd_source *below, struct xd_slice *head)
{
    struct peek *p = xd_alloc(sizeof *p);
    struct xd_slice block = {0};

    p->base.next = read_peek;
    p->base.free = free_peek;
    p->base.below = below;
    while (p->len < sizeof p->head && xd_source_next(below, &block)) {
        size_t n = sizeof p->head - p->len;

        if (p->len == 0 && block.len >= sizeof p->head) {
            p->rest = block;
            *head = (struct xd_slice){block.p, sizeof p->head};
            return &p->base;
        }
        n = block.len < n ? block.len : n;
        memcpy(p->head + p->len, block.p, n);
        p->len += n;
        p->rest = (struct xd_slice){block.p + n, block.len - n};
    }
    *head = (struct xd_slice){p->head, p->len};
    return &p->base;
}
