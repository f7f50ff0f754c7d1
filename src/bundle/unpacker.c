/*
 * unpacker.c - xz with liblzma, zst with libzstd, bz2 with libbz2: all streams of a file,
 * one behind the other, held to their checksums.
 *
 * Of what is cut off or damaged everything comes that can be decoded: with xz all bytes,
 * with zst and bz2, which code a block as a whole, all blocks before it.
 */
#include "bundle_priv.h"

#include <limits.h>
#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

#include "expdiag/alloc.h"

enum { OUT_BYTES = 256 << 10 };

enum step { STEP_ON, STEP_STREAM_END, STEP_BAD };

struct unpacker {
    struct xd_source base;
    struct xd_budget *budget;
    const char *word;
    const char *lost; /* by a cut, besides what stood behind it */
    enum step (*step)(struct unpacker *u);
    void (*done)(struct unpacker *u);
    struct xd_slice in; /* what the decoder has not taken yet */
    uint64_t in_end;    /* bytes of below up to the end of in */
    bool input_over;
    bool over;
    bool between; /* no byte of a further stream was decoded yet */
    uint64_t streams;
    const char *fault;
    uint8_t *out;
    size_t len; /* decoded in out */
    union {
        lzma_stream xz;
        bz_stream bz2;
        ZSTD_DStream *zst;
    } d;
};

static void advance(struct unpacker *u, size_t taken, size_t made)
{
    u->in = (struct xd_slice){u->in.p + taken, u->in.len - taken};
    u->len += made;
    u->between = u->between && taken == 0;
}

/* ---- xz ---- */

static void *alloc_xz(void *opaque, size_t n, size_t size)
{
    (void)opaque;
    return xd_alloc_array(n, size);
}

static void free_any(void *opaque, void *p)
{
    (void)opaque;
    xd_free(p);
}

static const lzma_allocator xz_allocator = {alloc_xz, free_any, NULL};

static const char *name_xz_fault(lzma_ret rc)
{
    switch ((int)rc) {
    case LZMA_MEMLIMIT_ERROR:
        return "needs more memory than is granted";
    case LZMA_OPTIONS_ERROR:
    case LZMA_UNSUPPORTED_CHECK:
        return "is of a kind that is not known";
    default:
        return NULL;
    }
}

/* One stream at a time; zeros between them (in fours) are padding. */
static enum step step_xz(struct unpacker *u)
{
    lzma_stream *s = &u->d.xz;
    lzma_ret rc = LZMA_OK;

    while (u->between && u->streams > 0 && u->in.len > 0 && u->in.p[0] == 0) {
        u->in = (struct xd_slice){u->in.p + 1, u->in.len - 1};
    }
    if (u->between && u->streams > 0 && u->in.len == 0) {
        return STEP_ON;
    }
    s->next_in = u->in.p;
    s->avail_in = u->in.len;
    s->next_out = u->out + u->len;
    s->avail_out = OUT_BYTES - u->len;
    rc = lzma_code(s, LZMA_RUN);
    advance(u, u->in.len - s->avail_in, OUT_BYTES - u->len - s->avail_out);
    if (rc == LZMA_STREAM_END) {
        return lzma_stream_decoder(s, XD_MAX_UNPACK_MEMORY, 0) == LZMA_OK ? STEP_STREAM_END
                                                                          : STEP_BAD;
    }
    if (rc != LZMA_OK && rc != LZMA_BUF_ERROR) {
        u->fault = name_xz_fault(rc);
        return STEP_BAD;
    }
    return STEP_ON;
}

static void end_xz(struct unpacker *u)
{
    lzma_end(&u->d.xz);
}

static bool begin_xz(struct unpacker *u)
{
    u->word = "xz";
    u->lost = "";
    u->step = step_xz;
    u->done = end_xz;
    u->d.xz = (lzma_stream)LZMA_STREAM_INIT;
    u->d.xz.allocator = &xz_allocator;
    return lzma_stream_decoder(&u->d.xz, XD_MAX_UNPACK_MEMORY, 0) == LZMA_OK;
}

/* ---- bz2 ---- */

static void *alloc_bz2(void *opaque, int n, int size)
{
    (void)opaque;
    return xd_alloc_array((size_t)n, (size_t)size);
}

static bool start_bz2(struct unpacker *u)
{
    u->d.bz2 = (bz_stream){.bzalloc = alloc_bz2, .bzfree = free_any};
    return BZ2_bzDecompressInit(&u->d.bz2, 0, 0) == BZ_OK;
}

static enum step step_bz2(struct unpacker *u)
{
    bz_stream *s = &u->d.bz2;
    unsigned given = u->in.len < UINT_MAX ? (unsigned)u->in.len : UINT_MAX;
    unsigned room = (unsigned)(OUT_BYTES - u->len);
    int rc = BZ_OK;

    memcpy(&s->next_in, &u->in.p, sizeof u->in.p); /* only read, but not said to be const */
    s->avail_in = given;
    s->next_out = (char *)u->out + u->len;
    s->avail_out = room;
    rc = BZ2_bzDecompress(s);
    advance(u, given - s->avail_in, room - s->avail_out);
    if (rc == BZ_STREAM_END) {
        (void)BZ2_bzDecompressEnd(s);
        return start_bz2(u) ? STEP_STREAM_END : STEP_BAD;
    }
    return rc == BZ_OK ? STEP_ON : STEP_BAD;
}

static void end_bz2(struct unpacker *u)
{
    (void)BZ2_bzDecompressEnd(&u->d.bz2);
}

static bool begin_bz2(struct unpacker *u)
{
    u->word = "bz2";
    u->lost = "; the block that was cut (of up to 900 kB) is lost: bz2 packs blocks whole";
    u->step = step_bz2;
    u->done = end_bz2;
    return start_bz2(u);
}

/* ---- zst ---- */

static enum step step_zst(struct unpacker *u)
{
    ZSTD_inBuffer in = {u->in.p, u->in.len, 0};
    ZSTD_outBuffer out = {u->out, OUT_BYTES, u->len};
    size_t rc = ZSTD_decompressStream(u->d.zst, &out, &in);

    advance(u, in.pos, out.pos - u->len);
    if (ZSTD_isError(rc)) {
        u->fault = u->between ? NULL : ZSTD_getErrorName(rc);
        return STEP_BAD;
    }
    return rc == 0 ? STEP_STREAM_END : STEP_ON;
}

static void end_zst(struct unpacker *u)
{
    (void)ZSTD_freeDStream(u->d.zst);
}

static bool begin_zst(struct unpacker *u)
{
    enum { WINDOW_LOG = 27 };

    _Static_assert(1 << WINDOW_LOG == XD_MAX_UNPACK_MEMORY, "one limit for both");
    u->word = "zst";
    u->lost = "; the block that was cut (of up to 128 KiB) is lost: zst packs blocks whole";
    u->step = step_zst;
    u->done = end_zst;
    u->d.zst = ZSTD_createDStream();
    if (u->d.zst == NULL) {
        xd_alloc_ended();
    }
    return !ZSTD_isError(ZSTD_DCtx_setParameter(u->d.zst, ZSTD_d_windowLogMax, WINDOW_LOG));
}

/* ---- all ---- */

static void fetch_input(struct unpacker *u)
{
    while (u->in.len == 0 && !u->input_over) {
        u->input_over = !xd_source_next(u->base.below, &u->in);
        if (u->input_over) {
            u->in.len = 0;
        } else {
            u->in_end += u->in.len;
        }
    }
}

static void end_damaged(struct unpacker *u)
{
    unsigned long long at = u->in_end - u->in.len;

    u->over = true;
    if (u->between && u->streams > 0) {
        xd_source_spoil(&u->base, XD_ENTRY_DAMAGED,
                        "something else follows the %s data at byte %llu", u->word, at);
    } else if (u->fault != NULL) {
        xd_source_spoil(&u->base, XD_ENTRY_DAMAGED,
                        "the %s data is damaged at byte %llu (%s)", u->word, at, u->fault);
    } else {
        xd_source_spoil(&u->base, XD_ENTRY_DAMAGED, "the %s data is damaged at byte %llu",
                        u->word, at);
    }
}

/* Another stream, or what may stand between two: by one byte, so that none is wasted. */
static bool goes_on(const struct unpacker *u)
{
    uint8_t first = u->in.p[0];

    switch (u->word[0]) {
    case 'x':
        return first == 0xfd || first == 0; /* padding */
    case 'z':
        return first == 0x28 || (first & 0xf0) == 0x50; /* to be skipped: RFC 8878, 3.1.2 */
    default:
        return first == 'B';
    }
}

/* One step of the decoder; it has room. */
static void unpack_some(struct unpacker *u)
{
    size_t before = u->len;

    fetch_input(u);
    size_t given = u->in.len;

    if (u->between && u->streams > 0 && given > 0 && !goes_on(u)) {
        end_damaged(u);
        return;
    }
    enum step step = u->step(u);

    if (step == STEP_BAD) {
        end_damaged(u);
        return;
    }
    if (step == STEP_STREAM_END) {
        u->streams++;
        u->between = true;
    }
    if (!u->input_over || u->in.len > 0 || u->len > before) {
        return;
    }
    u->over = given == 0; /* else it may still have something to give */
    if (u->over && !u->between) {
        xd_source_spoil(&u->base, XD_ENTRY_TRUNCATED,
                        "the %s data is cut off at byte %llu%s", u->word,
                        (unsigned long long)u->in_end, u->lost);
    }
}

static bool read_unpacker(struct xd_source *s, struct xd_slice *out)
{
    struct unpacker *u = (struct unpacker *)s;

    u->len = 0;
    while (!u->over && u->len < OUT_BYTES) {
        unpack_some(u);
    }
    if (u->len == 0 || !xd_source_inflated(s, u->budget, u->len)) {
        u->over = true;
        return false;
    }
    *out = (struct xd_slice){u->out, u->len};
    return true;
}

static void free_unpacker(struct xd_source *s)
{
    struct unpacker *u = (struct unpacker *)s;

    if (u->done != NULL) {
        u->done(u);
    }
    xd_free(u->out);
    xd_free(u);
}

struct xd_source *xd_unpacker_new(struct xd_source *below, enum xd_wrap wrap,
                                  struct xd_budget *budget)
{
    struct unpacker *u = xd_alloc(sizeof *u);
    bool ready = false;

    u->base.next = read_unpacker;
    u->base.free = free_unpacker;
    u->base.below = below;
    u->budget = budget;
    u->out = xd_realloc(NULL, OUT_BYTES); /* not zeroed, so not touched */
    if (wrap == XD_WRAP_XZ) {
        ready = begin_xz(u);
    } else if (wrap == XD_WRAP_ZSTD) {
        ready = begin_zst(u);
    } else if (wrap == XD_WRAP_BZIP2) {
        ready = begin_bz2(u);
    }
    if (!ready) {
        u->over = true;
        xd_source_spoil(&u->base, XD_ENTRY_DAMAGED, "it cannot be unpacked");
    }
    return &u->base;
}
