/*
 * wire.h - frames in, conversations out: link layers, IP, TCP reassembly, TLS, SSH.
 *
 * Does no I/O and says only what was seen.  What a conversation showed is kept in a
 * compact form of its own and put into the case by xd_wire_finish.
 */
#ifndef EXPDIAG_WIRE_H
#define EXPDIAG_WIRE_H

#include "expdiag/case.h"

struct xd_wire;

/* Link types of captures (the registry of savefile formats) that wire reads. */
enum xd_link {
    XD_LINK_NULL = 0,
    XD_LINK_ETHERNET = 1,
    XD_LINK_PPP = 9,
    XD_LINK_RAW_BSD = 12,
    XD_LINK_RAW_OPENBSD = 14,
    XD_LINK_PPP_HDLC = 50,
    XD_LINK_PPP_ETHER = 51,
    XD_LINK_RAW = 101,
    XD_LINK_C_HDLC = 104,
    XD_LINK_IEEE802_11 = 105,
    XD_LINK_LOOP = 108,
    XD_LINK_LINUX_SLL = 113,
    XD_LINK_PFLOG = 117,
    XD_LINK_RADIOTAP = 127,
    XD_LINK_IPV4 = 228,
    XD_LINK_IPV6 = 229,
    XD_LINK_NFLOG = 239,
    XD_LINK_IPOIB = 242,
    XD_LINK_LINUX_SLL2 = 276,
};

/* One captured frame. */
struct xd_wire_frame {
    const uint8_t *bytes; /* alive for the call */
    size_t len;           /* captured */
    size_t wire_len;      /* as it was on the wire, never below len */
    xd_time time;
    uint64_t number; /* 1-based within its file */
    int link;        /* enum xd_link; others are counted and left out */
};

/* Facts go to cs when xd_wire_finish is called.  Free with xd_wire_free. */
struct xd_wire *xd_wire_new(struct xd_case *cs);
void xd_wire_free(struct xd_wire *w);

/*
 * Nobody will ask for the messages of a conversation, nor for the ledger of one that
 * speaks TLS: neither is kept.  Before the first frame.
 */
void xd_wire_no_steps(struct xd_wire *w);

/* Lines of an NSS key log.  They count for what is read from now on. */
void xd_wire_secrets(struct xd_wire *w, struct xd_slice text);

/* Where the frames of a file were seen. */
struct xd_wire_point {
    const char *node; /* what the files of one node and session share; NULL: not known */
    int interface;    /* of the node; its files are one view */
};

/*
 * Frames that follow come from this entry.  Where the node is not known, no other file
 * shows the same.  False when there are too many files: the entry's frames are not taken.
 */
bool xd_wire_file_begin(struct xd_wire *w, const struct xd_entry *entry,
                        struct xd_wire_point point);
void xd_wire_take(struct xd_wire *w, const struct xd_wire_frame *frame);
void xd_wire_file_end(struct xd_wire *w);

/* What could not be read of the current file. */
struct xd_wire_losses {
    uint64_t unknown_link; /* frames of a link type that wire does not know */
    int link;              /* the first such type */
    uint64_t malformed;    /* frames whose headers do not fit in them */
    uint64_t cut;          /* frames of TCP, or of who knows what, that a snap length cut */
    uint64_t long_message; /* the first frame of a message beyond XD_MAX_HANDSHAKE, or 0 */
    uint64_t given_up; /* the first with which too much waited for missing bytes, or 0 */
    uint64_t
        fragments;    /* the first that made room for, or was, a fragment too many, or 0 */
    uint64_t headers; /* the first with more headers than are read, or 0 */
    uint64_t ssh;     /* the first with an SSH packet beyond XD_MAX_SSH_PACKET, or 0 */
    bool secrets;     /* of the run: key logs held more than XD_MAX_SECRETS */
};
struct xd_wire_losses xd_wire_file_losses(const struct xd_wire *w);

/* Join the pieces and append flows and dns to the case. */
void xd_wire_finish(struct xd_wire *w);

#endif
