/*
 * base.h - what every module shares: result codes, the error object, byte
 * slices and the bounded read cursor.
 *
 * Layer base: includes nothing of ours.
 */
#ifndef EXPDIAG_BASE_H
#define EXPDIAG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XD_MUST_USE          __attribute__((warn_unused_result))
#define XD_NORETURN          __attribute__((noreturn))
#define XD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Zero is success; positive is the input's fault, negative is ours. */
enum xd_rc {
    XD_OK = 0,
    XD_BAD = 1,   /* input damaged or cut short: note it, go on with the next item */
    XD_FAIL = -1, /* reading or writing failed on our side: the run is over */
};

enum { XD_ERR_TEXT = 240 };

/*
 * Where and why a call did not succeed.  Lives on the caller's stack, starts as
 * {0}.
 */
struct xd_err {
    enum xd_rc rc;
    uint64_t at; /* byte offset, or line number for text inputs */
    char text[XD_ERR_TEXT];
};

/* Fill *err unless it already holds an error (the first cause wins).  Returns rc. */
enum xd_rc xd_err_set(struct xd_err *err, enum xd_rc rc, uint64_t at, const char *fmt, ...)
    XD_PRINTF(4, 5);

/* Borrowed bytes.  A slice never owns; its comment says what keeps it alive. */
struct xd_slice {
    const uint8_t *p;
    size_t len;
};

/* The bytes of a NUL-terminated text, without the NUL; of NULL: empty. */
struct xd_slice xd_slice_of(const char *text);

/* Same length and bytes. */
bool xd_slice_equal(struct xd_slice a, struct xd_slice b);

/*
 * Reads big-endian fields and stops, for good, at the end of its bytes: past it
 * every read gives zero or an empty slice and bad stays set.  So a parser reads
 * a whole structure straight through and tests bad once.
 */
struct xd_cur {
    const uint8_t *start; /* of the outermost message: offsets count from here */
    const uint8_t *pos;
    const uint8_t *end;
    bool bad;
};

struct xd_cur xd_cur_init(struct xd_slice bytes);
size_t xd_cur_left(const struct xd_cur *c);
size_t xd_cur_at(const struct xd_cur *c);
uint8_t xd_cur_u8(struct xd_cur *c);
uint16_t xd_cur_u16(struct xd_cur *c);
uint32_t xd_cur_u24(struct xd_cur *c);
uint32_t xd_cur_u32(struct xd_cur *c);
uint64_t xd_cur_u64(struct xd_cur *c);

/* The next n bytes, borrowed from what the cursor reads. */
struct xd_slice xd_cur_take(struct xd_cur *c, size_t n);

/* A vector with a length of 1, 2, 3 or 4 bytes in front, as TLS and SSH write them. */
struct xd_slice xd_cur_vec8(struct xd_cur *c);
struct xd_slice xd_cur_vec16(struct xd_cur *c);
struct xd_slice xd_cur_vec24(struct xd_cur *c);
struct xd_slice xd_cur_vec32(struct xd_cur *c);

/* The same, to be read further.  A bad parent gives a bad child. */
struct xd_cur xd_cur_sub8(struct xd_cur *c);
struct xd_cur xd_cur_sub16(struct xd_cur *c);
struct xd_cur xd_cur_sub24(struct xd_cur *c);
struct xd_cur xd_cur_sub32(struct xd_cur *c);

#endif
