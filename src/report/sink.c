/*
 * sink.c - bytes of a report to a descriptor, in blocks.
 */
#include "report_priv.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "expdiag/alloc.h"

enum { SINK_BLOCK = 64 << 10 }; /* one write a 64 KiB: few system calls, little memory */

void xd_sink_init(struct xd_sink *s, int fd, struct xd_err *err)
{
    *s = (struct xd_sink){.fd = fd, .err = err};
    s->block = xd_alloc(SINK_BLOCK);
}

/* write(2) may take less than it was given, or be interrupted. */
static void flush_block(struct xd_sink *s)
{
    size_t at = 0;

    if (s->hold != NULL) {
        xd_buf_add(s->hold, s->block, s->len);
        s->len = 0;
        if (s->hold->overflow) {
            s->failed = true;
            xd_err_set(s->err, XD_FAIL, s->hold->len, "the report is too long to be held");
        }
        return;
    }
    while (at < s->len && !s->failed) {
        ssize_t n = write(s->fd, s->block + at, s->len - at);
        if (n > 0) {
            at += (size_t)n;
            s->written += (uint64_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        s->failed = true;
        xd_err_set(s->err, XD_FAIL, s->written, "cannot write the report: %s",
                   n == 0 ? "nothing was taken" : strerror(errno));
    }
    s->len = 0;
}

void xd_sink_write(struct xd_sink *s, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    while (len > 0 && !s->failed) {
        size_t room = SINK_BLOCK - s->len;
        size_t part = len < room ? len : room;

        memcpy(s->block + s->len, p, part);
        s->len += part;
        p += part;
        len -= part;
        if (s->len == SINK_BLOCK) {
            flush_block(s);
        }
    }
}

enum xd_rc xd_sink_done(struct xd_sink *s)
{
    flush_block(s);
    xd_free(s->block);
    s->block = NULL;
    return s->failed ? XD_FAIL : XD_OK;
}
