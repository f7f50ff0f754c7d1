/*
 * scene.h - hand-made conversations for the tests of wire: bytes of messages, laid out
 * as frames, and what wire made of them as one line of text a conversation.
 *
 * Test support.
 */
#ifndef XD_TEST_SCENE_H
#define XD_TEST_SCENE_H

#include "expdiag/buf.h"
#include "expdiag/wire.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, CLIENT = 0, SERVER = 1 };

struct xd_scene {
    struct xd_case *cs;
    struct xd_wire *w;
    struct xd_entry *entry;
    uint64_t frame;
    xd_time time;
    uint32_t seq[2]; /* next of each side */
    uint16_t port[2];
    uint32_t ack;         /* of all segments; 0: what the other side has said so far */
    size_t cut;           /* bytes that a snap length takes off the end of a segment */
    unsigned count;       /* segments so far */
    unsigned from;        /* those from here, below to, are taken; the others only count */
    unsigned to;          /* 0: all */
    const uint8_t *dealt; /* by number of the segment, which files have it; NULL: all */
    unsigned hand;        /* the bit of the file at hand */
    uint8_t *sides;       /* NULL, or who sent each segment: filled in */
    int interface;        /* of the next file */
};

void xd_scene_begin(struct xd_scene *s);
/* A further file of the same node: of the same view if the interface is the same. */
void xd_scene_file(struct xd_scene *s, const char *name);
/* One segment at a sequence number of the sender's. */
void xd_scene_segment(struct xd_scene *s, unsigned side, unsigned flags, uint32_t seq,
                      struct xd_slice bytes);
/* The three segments that open a conversation. */
void xd_scene_open(struct xd_scene *s);
/* The next bytes of a side, in segments of up to size. */
void xd_scene_say(struct xd_scene *s, unsigned side, struct xd_slice bytes, size_t size);
void xd_scene_fin(struct xd_scene *s, unsigned side);
/* Ends the scene; the text is valid until the next call with the same buffer. */
const char *xd_scene_end(struct xd_scene *s, struct xd_buf *out);

/* The same with every place and every row: what no order of reading may change. */
const char *xd_scene_end_whole(struct xd_scene *s, struct xd_buf *out);

/* The payload of one segment as an Ethernet frame. */
void xd_scene_frame(struct xd_buf *out, const uint16_t *port, unsigned side, unsigned flags,
                    uint32_t seq, struct xd_slice bytes);

/* Messages.  Each is appended to out. */
void xd_put_be(struct xd_buf *out, uint64_t value, unsigned bytes);
void xd_put_record(struct xd_buf *out, unsigned type, struct xd_slice fragment);
void xd_put_message(struct xd_buf *out, unsigned type, struct xd_slice body);
/* version 0x0304 adds supported_versions. */
void xd_put_client_hello(struct xd_buf *out, const char *sni, unsigned version);
void xd_put_server_hello(struct xd_buf *out, unsigned version, unsigned cipher);
/* A Certificate message of n made-up certificates of len bytes. */
void xd_put_certificates(struct xd_buf *out, unsigned n, size_t len);
void xd_put_request(struct xd_buf *out);

/* The flights of a full TLS 1.2 handshake with client certificate, as records. */
void xd_put_flight(struct xd_buf *out, unsigned number);

struct xd_slice xd_slice_of_buf(const struct xd_buf *b);

#endif
