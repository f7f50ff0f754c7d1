/*
 * talk.h - conversations out of a list of steps, so that a mutation changes what is
 * said, in which order and in which pieces, and not only whether a checksum fits.
 *
 * A step is a byte: the low five bits choose it, the top bit the side.  What a step
 * needs follows it; lengths are two bytes.
 */
#ifndef XD_FUZZ_TALK_H
#define XD_FUZZ_TALK_H

#include "fuzz.h"

#include "expdiag/buf.h"
#include "expdiag/wire.h"

struct xd_talk {
    struct xd_case *cs;
    struct xd_wire *w;
    struct xd_entry *entry;
    uint64_t frame;
    xd_time time;
    uint16_t port[2];
    uint32_t seq[2];    /* next of each side */
    struct xd_buf held; /* a frame that comes later than it should */
};

enum { XD_TALK_CLIENT, XD_TALK_SERVER };

/* server_port tells the protocol that the conversation is taken for. */
void xd_talk_begin(struct xd_talk *t, uint16_t server_port);
void xd_talk_end(struct xd_talk *t);

/* The next bytes of a side, in order, in segments of up to 1460. */
void xd_talk_say(struct xd_talk *t, unsigned side, struct xd_slice bytes);

/*
 * One of the steps that both protocols have: segments in and out of order, flags,
 * duplicates, losses, files, times.  code is at most XD_TALK_STEPS - 1.
 */
enum { XD_TALK_STEPS = 12 };
void xd_talk_step(struct xd_talk *t, unsigned code, unsigned side, struct xd_cur *c);

/* Two bytes of length and as many bytes as there are. */
struct xd_slice xd_talk_bytes(struct xd_cur *c);

/* A number of so many bytes in network order. */
void xd_talk_put(struct xd_buf *out, uint64_t value, unsigned bytes);

#endif
