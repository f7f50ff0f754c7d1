/*
 * capture.h - captures (classic pcap, pcapng) to frames, streaming, and through
 * wire to conversations in the case.
 */
#ifndef EXPDIAG_CAPTURE_H
#define EXPDIAG_CAPTURE_H

#include "expdiag/wire.h"

/* Everything of one run: all captures of all nodes. */
struct xd_capture;

struct xd_capture_options {
    const char *filter;     /* a libpcap expression, or NULL */
    struct xd_slice keylog; /* bytes of an NSS key log, or empty; borrowed for the run */
    bool no_steps;          /* nobody asks for xd_flow.messages, nor TLS's ledger: none */
};

/*
 * XD_OK   *out is set; free with xd_capture_free.
 * XD_BAD  the filter does not compile: *err says why.
 */
XD_MUST_USE enum xd_rc xd_capture_new(struct xd_case *cs,
                                      const struct xd_capture_options *options,
                                      struct xd_capture **out, struct xd_err *err);

/* A key log that comes later than xd_capture_new; counts for what is read from now on. */
void xd_capture_secrets(struct xd_capture *c, struct xd_slice keylog);

/*
 * Begin a capture file.  The ring files of one interface of one node are one view, joined
 * in any order: a conversation may begin in one and end in another, and its directions
 * may have taken two interfaces.  Files are read one at a time.
 */
void xd_capture_file_begin(struct xd_capture *c, struct xd_entry *entry,
                           struct xd_wire_point point);
void xd_capture_file_bytes(struct xd_capture *c, struct xd_slice bytes);
/* The file is over; damage is noted on its entry. */
void xd_capture_file_end(struct xd_capture *c, bool cut_short);

/*
 * All files were read: join what is left and append the conversations to the case
 * in order of their first packet (flows, dns), with outcome and failure as the
 * captures show them.
 */
void xd_capture_finish(struct xd_capture *c);

void xd_capture_free(struct xd_capture *c);

#endif
