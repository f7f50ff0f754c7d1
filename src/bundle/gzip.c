/*
 * gzip.c - RFC 1952 with ISA-L, member after member, held to the checksums.
 *
 * Accepts exactly what gzip -t accepts: trailing zero bytes are padding, any
 * other byte behind the last member is damage.
 */
#include "bundle_priv.h"

#include <string.h>

#include <isa-l.h>

#include "expdiag/alloc.h"

enum {
    GZIP_LEAD = 4, /* ID1 ID2 CM FLG */
    GZIP_ID1 = 0x1f,
    GZIP_ID2 = 0x8b,
    GZIP_DEFLATE = 8,
    GZIP_FLAGS_UNKNOWN = 0xe0 /* RFC 1952, 2.3.1.2: must be zero */
};

static const char garbage[] = "something else follows the gzip data";

enum phase { PHASE_LEAD, PHASE_BODY, PHASE_PADDING, PHASE_OVER };

struct gz {
    struct xd_source base;
    struct xd_pipe *pipe;
    struct xd_budget *budget;
    struct xd_slot *slot;
    enum phase phase;
    bool input_over;
    uint64_t members;
    uint64_t in_end;    /* bytes of below up to the end of the block at hand */
    struct xd_slice in; /* the rest of it that the inflater has not been given */
    uint8_t lead[GZIP_LEAD];
    struct inflate_state state;
};

/* More input at hand, in g->in; false at the end of it. */
static bool fetch_input(struct gz *g)
{
    if (g->in.len == 0 && !g->input_over) {
        g->input_over = !xd_source_next(g->base.below, &g->in);
        if (g->input_over) {
            g->in.len = 0;
        } else {
            g->in_end += g->in.len;
        }
    }
    return g->in.len > 0;
}

/* Offset of the first byte that was not used. */
static uint64_t tell_place(const struct gz *g)
{
    uint64_t buffered =
        g->state.read_in_length > 0 ? (uint64_t)g->state.read_in_length / 8 : 0;
    uint64_t ahead = g->in.len + g->state.avail_in + buffered;

    return g->in_end > ahead ? g->in_end - ahead : 0;
}

static void end_damaged(struct gz *g, const char *what, uint64_t at)
{
    xd_source_spoil(&g->base, XD_ENTRY_DAMAGED, "%s at byte %llu", what,
                    (unsigned long long)at);
    g->phase = PHASE_OVER;
}

static void end_cut_off(struct gz *g)
{
    xd_source_spoil(&g->base, XD_ENTRY_TRUNCATED, "the gzip data is cut off at byte %llu",
                    (unsigned long long)g->in_end);
    g->phase = PHASE_OVER;
}

/* The bytes in front of a member; false where no further one begins. */
static bool start_member(struct gz *g)
{
    uint64_t at = tell_place(g);
    size_t n = 0;

    while (n < GZIP_LEAD && fetch_input(g)) {
        g->lead[n] = g->in.p[0];
        n++;
        g->in.p++;
        g->in.len--;
    }
    if (n == 0 && g->members > 0) {
        g->phase = PHASE_OVER;
        return false;
    }
    if (g->members > 0 && g->lead[0] == 0) {
        g->phase = PHASE_PADDING;
        for (size_t i = 0; i < n; i++) {
            if (g->lead[i] != 0) {
                end_damaged(g, garbage, at + i);
            }
        }
        return false;
    }
    if (n < GZIP_LEAD || g->lead[0] != GZIP_ID1 || g->lead[1] != GZIP_ID2 ||
        g->lead[2] != GZIP_DEFLATE || (g->lead[3] & GZIP_FLAGS_UNKNOWN) != 0) {
        end_damaged(g, g->members > 0 ? garbage : "no gzip header", at);
        return false;
    }
    isal_inflate_reset(&g->state);
    g->state.crc_flag = ISAL_GZIP;
    g->state.next_in = g->lead;
    g->state.avail_in = GZIP_LEAD;
    g->phase = PHASE_BODY;
    g->members++;
    return true;
}

static void read_padding(struct gz *g)
{
    while (g->phase == PHASE_PADDING && fetch_input(g)) {
        for (size_t i = 0; i < g->in.len; i++) {
            if (g->in.p[i] != 0) {
                g->in = (struct xd_slice){g->in.p + i, g->in.len - i};
                end_damaged(g, garbage, tell_place(g));
                return;
            }
        }
        g->in.len = 0;
    }
    g->phase = PHASE_OVER;
}

static const char *name_fault(int rc)
{
    switch (rc) {
    case ISAL_INCORRECT_CHECKSUM:
        return "the gzip checksum is wrong (anything before may be altered)";
    case ISAL_INVALID_WRAPPER:
    case ISAL_UNSUPPORTED_METHOD:
        return "the gzip header is damaged";
    default:
        return "the gzip data is damaged";
    }
}

/* Inflate what is at hand until the output is full or something changes. */
static void inflate_member(struct gz *g)
{
    uint32_t room = g->state.avail_out;
    int rc = 0;

    if (g->state.avail_in == 0 && fetch_input(g)) {
        /* ISA-L only reads there, but does not say const. */
        memcpy(&g->state.next_in, &g->in.p, sizeof g->in.p);
        g->state.avail_in = (uint32_t)g->in.len;
        g->in.len = 0;
    }
    rc = isal_inflate(&g->state);
    if (rc < 0 || rc == ISAL_NEED_DICT) {
        end_damaged(g, name_fault(rc), tell_place(g));
        return;
    }
    if (g->state.block_state == ISAL_BLOCK_FINISH) {
        g->in = (struct xd_slice){g->state.next_in, g->state.avail_in};
        g->state.avail_in = 0;
        g->state.read_in_length = 0;
        g->phase = PHASE_LEAD;
        return;
    }
    if (g->state.avail_in == 0 && g->state.avail_out == room && !fetch_input(g)) {
        end_cut_off(g);
    }
}

static bool read_gzip(struct xd_source *s, struct xd_slice *out)
{
    struct gz *g = (struct gz *)s;
    size_t n = 0;

    if (g->phase == PHASE_OVER) {
        return false;
    }
    if (g->slot != NULL) {
        xd_pipe_drop(g->pipe, g->slot);
    }
    g->slot = xd_pipe_slot(g->pipe);
    g->state.next_out = g->slot->bytes;
    g->state.avail_out = XD_BLOCK_BYTES;
    while (g->phase != PHASE_OVER && g->state.avail_out > 0 && !xd_pipe_aborted(g->pipe)) {
        if (g->phase == PHASE_PADDING) {
            read_padding(g);
        } else if (g->phase == PHASE_BODY || start_member(g)) {
            inflate_member(g);
        }
    }
    n = XD_BLOCK_BYTES - g->state.avail_out;
    if (n == 0 || xd_pipe_aborted(g->pipe) || !xd_source_inflated(s, g->budget, n)) {
        g->phase = PHASE_OVER;
        return false;
    }
    *out = (struct xd_slice){g->slot->bytes, n};
    return true;
}

static void free_gzip(struct xd_source *s)
{
    struct gz *g = (struct gz *)s;

    if (g->slot != NULL) {
        xd_pipe_drop(g->pipe, g->slot);
    }
    xd_pipe_unhold(g->pipe);
    xd_free(g);
}

struct xd_source *xd_gzip_new(struct xd_source *below, struct xd_pipe *pipe,
                              struct xd_budget *budget)
{
    struct gz *g = xd_alloc(sizeof *g);

    xd_pipe_hold(pipe);
    g->base.next = read_gzip;
    g->base.free = free_gzip;
    g->base.below = below;
    g->pipe = pipe;
    g->budget = budget;
    isal_inflate_init(&g->state);
    return &g->base;
}
