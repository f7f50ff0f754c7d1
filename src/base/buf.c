/*
 * buf.c - a growing output buffer with a ceiling.
 */
#include "expdiag/buf.h"

#include "expdiag/alloc.h"
#include "expdiag/rune.h"

#include <stdio.h>
#include <string.h>

/* Room for len more bytes and a NUL; gives how many of them fit below the ceiling. */
static size_t make_room(struct xd_buf *b, size_t len)
{
    size_t left = b->max - b->len;

    if (len > left) {
        len = left;
        b->overflow = true;
    }
    if (b->len + len + 1 > b->cap) {
        size_t cap = b->cap < 256 ? 256 : b->cap;

        while (cap < b->len + len + 1) {
            cap *= 2;
        }
        b->bytes = xd_realloc(b->bytes, cap);
        b->cap = cap;
    }
    return len;
}

void xd_buf_add(struct xd_buf *b, const void *bytes, size_t len)
{
    size_t fits = make_room(b, len);

    if (fits > 0) {
        memcpy(b->bytes + b->len, bytes, fits);
        b->len += fits;
    }
}

void xd_buf_puts(struct xd_buf *b, const char *text)
{
    xd_buf_add(b, text, strlen(text));
}

/* RFC 8259, 7: a code point beyond the first plane is a surrogate pair. */
static void add_escape(struct xd_buf *b, uint32_t rune)
{
    if (rune > 0xffff) {
        uint32_t v = rune - 0x10000;

        xd_buf_printf(b, "\\u%04x\\u%04x", 0xd800U + (unsigned)(v >> 10),
                      0xdc00U + (unsigned)(v & 0x3ff));
    } else {
        xd_buf_printf(b, "\\u%04x", (unsigned)rune);
    }
}

void xd_buf_add_json(struct xd_buf *b, const char *bytes, size_t len)
{
    const uint8_t *p = (const uint8_t *)bytes;
    size_t from = 0;

    for (size_t at = 0, used = 1; at < len; at += used) {
        uint32_t rune = xd_rune_read(p + at, len - at, &used);

        if (rune != '\n' && xd_rune_is_unsafe(rune)) {
            xd_buf_add(b, p + from, at - from);
            add_escape(b, rune);
            from = at + used;
        }
    }
    xd_buf_add(b, p + from, len - from);
}

void xd_buf_vprintf(struct xd_buf *b, const char *fmt, va_list ap)
{
    va_list again;
    size_t left = b->max - b->len + 1; /* with the NUL */
    size_t room = b->cap - b->len < left ? b->cap - b->len : left;
    char *at = room > 0 ? (char *)b->bytes + b->len : NULL;

    va_copy(again, ap);
    int len = vsnprintf(at, room, fmt, ap); /* mostly it fits at once */

    if (len > 0 && (size_t)len < room) {
        b->len += (size_t)len;
    } else if (len > 0) {
        size_t fits = make_room(b, (size_t)len);

        (void)vsnprintf((char *)b->bytes + b->len, fits + 1, fmt, again);
        b->len += fits;
    }
    va_end(again);
}

void xd_buf_printf(struct xd_buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    xd_buf_vprintf(b, fmt, ap);
    va_end(ap);
}

const char *xd_buf_text(struct xd_buf *b)
{
    (void)make_room(b, 0);
    b->bytes[b->len] = '\0';
    return (const char *)b->bytes;
}

void xd_buf_clear(struct xd_buf *b)
{
    b->len = 0;
    b->overflow = false;
}

void xd_buf_done(struct xd_buf *b)
{
    xd_free(b->bytes);
    *b = (struct xd_buf){.max = b->max};
}
