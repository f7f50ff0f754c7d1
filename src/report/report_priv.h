/*
 * report_priv.h - what the files of the report module share.
 *
 * Three layers: a sink of bytes, then a writer of JSON or of terminal text on it,
 * then one file a subject.
 */
#ifndef EXPDIAG_REPORT_PRIV_H
#define EXPDIAG_REPORT_PRIV_H

#include "expdiag/buf.h"
#include "expdiag/report.h"
#include "expdiag/rune.h"

/* ---- sink: bytes to a descriptor in blocks; the first failure sticks ---- */

struct xd_sink {
    int fd;
    uint8_t *block;
    size_t len;
    uint64_t written; /* bytes that reached the descriptor */
    bool failed;
    struct xd_err *err;
};

void xd_sink_init(struct xd_sink *s, int fd, struct xd_err *err);
void xd_sink_write(struct xd_sink *s, const void *bytes, size_t len);
/* Writes what is left and gives the block back. */
XD_MUST_USE enum xd_rc xd_sink_done(struct xd_sink *s);

/* ---- what of the case a report speaks of ---- */

/*
 * One flag for each certificate of the case: some store, file, conversation or
 * finding names it.  Free with xd_free.
 */
bool *xd_report_used_certs(const struct xd_case *cs);

/* Is the list a store of some node? */
bool xd_report_is_store(const struct xd_case *cs, const struct xd_entry *entry);

/* Label of an entry, or NULL for no entry. */
const char *xd_report_label(const struct xd_entry *entry);

/* The program's version, as CMake's project() states it. */
const char *xd_report_version(void);

#endif
