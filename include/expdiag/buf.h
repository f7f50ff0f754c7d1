/*
 * buf.h - a growing output buffer with a ceiling that is named when it is made.
 */
#ifndef EXPDIAG_BUF_H
#define EXPDIAG_BUF_H

#include "expdiag/base.h"

#include <stdarg.h>

/* Start as {.max = N}.  bytes is not NUL-terminated; see xd_buf_text. */
struct xd_buf {
    uint8_t *bytes;
    size_t len;
    size_t cap;
    size_t max;    /* never grows beyond; what does not fit is dropped */
    bool overflow; /* something was dropped */
};

void xd_buf_add(struct xd_buf *b, const void *bytes, size_t len);
void xd_buf_puts(struct xd_buf *b, const char *text);
void xd_buf_printf(struct xd_buf *b, const char *fmt, ...) XD_PRINTF(2, 3);
void xd_buf_vprintf(struct xd_buf *b, const char *fmt, va_list ap) XD_PRINTF(2, 0);

/*
 * JSON as its writer made it, with what would act on a terminal escaped: JSON is looked at
 * on terminals too.
 */
void xd_buf_add_json(struct xd_buf *b, const char *bytes, size_t len);

/* The contents with a NUL behind them; valid until the next call on b. */
const char *xd_buf_text(struct xd_buf *b);

/* Forget the contents, keep the memory. */
void xd_buf_clear(struct xd_buf *b);

/* Give the memory back. */
void xd_buf_done(struct xd_buf *b);

#endif
