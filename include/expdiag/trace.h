/*
 * trace.h - the steps and encrypted records of a conversation, packed: some seven bytes
 * each, where an array of them takes fifty.
 *
 * Model.  The engine packs them as they come, with the number of a file as source; a
 * flow keeps them with its entry as source.  flow.h has the way to read those.
 */
#ifndef EXPDIAG_TRACE_H
#define EXPDIAG_TRACE_H

#include "expdiag/base.h"
#include "expdiag/clock.h"

/* Steps of a handshake, as a ladder shows them. */
enum xd_step {
    XD_STEP_SYN,
    XD_STEP_SYN_ACK,
    XD_STEP_FIN,
    XD_STEP_RST,
    XD_STEP_HELLO_REQUEST,
    XD_STEP_CLIENT_HELLO,
    XD_STEP_SERVER_HELLO,
    XD_STEP_HELLO_RETRY,
    XD_STEP_NEW_TICKET,
    XD_STEP_END_EARLY_DATA,
    XD_STEP_ENCRYPTED_EXTENSIONS,
    XD_STEP_CERTIFICATE,
    XD_STEP_SERVER_KEY_EXCHANGE,
    XD_STEP_CERTIFICATE_REQUEST,
    XD_STEP_HELLO_DONE,
    XD_STEP_CERTIFICATE_VERIFY,
    XD_STEP_CLIENT_KEY_EXCHANGE,
    XD_STEP_FINISHED,
    XD_STEP_CERTIFICATE_STATUS,
    XD_STEP_KEY_UPDATE,
    XD_STEP_CHANGE_CIPHER,
    XD_STEP_ENCRYPTED_HANDSHAKE,
    XD_STEP_ALERT,
    XD_STEP_ENCRYPTED_ALERT,
    XD_STEP_OTHER_HANDSHAKE,
    XD_STEP_APPLICATION_DATA,
    XD_STEP_SSH_BANNER,
    XD_STEP_SSH_KEXINIT,
    XD_STEP_SSH_KEX,
    XD_STEP_SSH_KEX_REPLY,
    XD_STEP_SSH_NEWKEYS,
    XD_STEP_SSH_DISCONNECT,
    XD_STEP_SSH_ENCRYPTED,
    XD_STEP_COMPRESSED_CERTIFICATE,
    XD_STEP_COUNT,
};

/* "ClientHello", "SYN", ...; never NULL. */
const char *xd_step_name(enum xd_step step);

/* The step of that name; XD_STEP_COUNT: there is none. */
enum xd_step xd_step_find(const char *name);

/* One row of a trace. */
struct xd_trace_row {
    uint64_t source; /* where it was seen */
    xd_time time;
    uint32_t frame;
    uint32_t length;
    uint8_t kind; /* enum xd_step, or the content type of a record */
    uint8_t by;   /* 0 or 1 */
    bool record;  /* encrypted record, no step */
};

/* The row before, from which the next one is told by differences; zeroed at first. */
struct xd_trace_at {
    uint64_t source;
    xd_time time;
    uint32_t frame;
};

enum { XD_TRACE_ROW_MAX = 40 }; /* bytes that a row takes at most */

/* Pack a row behind at; the number of its bytes. */
size_t xd_trace_put(uint8_t out[XD_TRACE_ROW_MAX], struct xd_trace_at *at,
                    const struct xd_trace_row *row);

/* Take the next row off the bytes; false at their end. */
bool xd_trace_get(struct xd_slice *bytes, struct xd_trace_at *at, struct xd_trace_row *row);

/* Name the step that is packed at p otherwise. */
void xd_trace_rename(uint8_t *p, enum xd_step step);

#endif
