/*
 * cur.c - the bounded read cursor, slices and the error object.
 */
#include "expdiag/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum xd_rc xd_err_set(struct xd_err *err, enum xd_rc rc, uint64_t at, const char *fmt, ...)
{
    va_list ap;

    if (err->rc != XD_OK) {
        return rc;
    }
    err->rc = rc;
    err->at = at;
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    return rc;
}

struct xd_slice xd_slice_of(const char *text)
{
    if (text == NULL) {
        return (struct xd_slice){0};
    }
    return (struct xd_slice){(const uint8_t *)text, strlen(text)};
}

bool xd_slice_equal(struct xd_slice a, struct xd_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

struct xd_cur xd_cur_init(struct xd_slice bytes)
{
    static const uint8_t none[1];
    const uint8_t *p = bytes.p != NULL ? bytes.p : none;

    return (struct xd_cur){.start = p, .pos = p, .end = p + bytes.len};
}

size_t xd_cur_left(const struct xd_cur *c)
{
    return (size_t)(c->end - c->pos);
}

size_t xd_cur_at(const struct xd_cur *c)
{
    return (size_t)(c->pos - c->start);
}

struct xd_slice xd_cur_take(struct xd_cur *c, size_t n)
{
    struct xd_slice s = {.p = c->pos, .len = n};

    if (c->bad || n > xd_cur_left(c)) {
        c->bad = true;
        return (struct xd_slice){.p = c->pos};
    }
    c->pos += n;
    return s;
}

/* A big-endian number of n bytes, n <= 8. */
static uint64_t read_number(struct xd_cur *c, size_t n)
{
    struct xd_slice s = xd_cur_take(c, n);
    uint64_t v = 0;

    for (size_t i = 0; i < s.len; i++) {
        v = v << 8 | s.p[i];
    }
    return v;
}

uint8_t xd_cur_u8(struct xd_cur *c)
{
    return (uint8_t)read_number(c, 1);
}

uint16_t xd_cur_u16(struct xd_cur *c)
{
    return (uint16_t)read_number(c, 2);
}

uint32_t xd_cur_u24(struct xd_cur *c)
{
    return (uint32_t)read_number(c, 3);
}

uint32_t xd_cur_u32(struct xd_cur *c)
{
    return (uint32_t)read_number(c, 4);
}

uint64_t xd_cur_u64(struct xd_cur *c)
{
    return read_number(c, 8);
}

struct xd_slice xd_cur_vec8(struct xd_cur *c)
{
    return xd_cur_take(c, xd_cur_u8(c));
}

struct xd_slice xd_cur_vec16(struct xd_cur *c)
{
    return xd_cur_take(c, xd_cur_u16(c));
}

struct xd_slice xd_cur_vec24(struct xd_cur *c)
{
    return xd_cur_take(c, xd_cur_u24(c));
}

struct xd_slice xd_cur_vec32(struct xd_cur *c)
{
    return xd_cur_take(c, xd_cur_u32(c));
}

/* s, taken from c, as a cursor whose offsets count as c's do. */
static struct xd_cur sub_of(const struct xd_cur *c, struct xd_slice s)
{
    return (struct xd_cur){
        .start = c->start, .pos = s.p, .end = s.p + s.len, .bad = c->bad};
}

struct xd_cur xd_cur_sub8(struct xd_cur *c)
{
    struct xd_slice s = xd_cur_vec8(c);

    return sub_of(c, s);
}

struct xd_cur xd_cur_sub16(struct xd_cur *c)
{
    struct xd_slice s = xd_cur_vec16(c);

    return sub_of(c, s);
}

struct xd_cur xd_cur_sub24(struct xd_cur *c)
{
    struct xd_slice s = xd_cur_vec24(c);

    return sub_of(c, s);
}

struct xd_cur xd_cur_sub32(struct xd_cur *c)
{
    struct xd_slice s = xd_cur_vec32(c);

    return sub_of(c, s);
}
