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
    struct xd_buf *hold; /* takes the bytes in place of fd, or NULL */
    struct xd_err *err;
};

void xd_sink_init(struct xd_sink *s, int fd, struct xd_err *err);
void xd_sink_write(struct xd_sink *s, const void *bytes, size_t len);
/* Writes what is left and gives the block back. */
XD_MUST_USE enum xd_rc xd_sink_done(struct xd_sink *s);

/* ---- the verdict, said the same by every form of the report ---- */

enum xd_verdict_kind {
    XD_VERDICT_FAULT,
    XD_VERDICT_NO_FAULT,
    XD_VERDICT_TOO_LITTLE_EVIDENCE,
    XD_VERDICT_NOTHING_TO_JUDGE,
};

enum xd_verdict_kind xd_verdict_kind(const struct xd_case *cs);
/* "fault", "no-fault", "too-little-evidence", "nothing-to-judge" */
const char *xd_verdict_name(enum xd_verdict_kind kind);
/* extent.c: of the findings as severe and as sure as the first, that with most effect. */
unsigned xd_headline(const struct xd_case *cs);
/* The first lines of the text report as one line; from the arena. */
const char *xd_verdict_text(const struct xd_case *cs,
                            const struct xd_report_options *options,
                            struct xd_arena *arena);

/* ---- what of the case a report speaks of ---- */

/* By id, or SIZE_MAX and NULL; a filter may have taken conversations away. */
size_t xd_report_flow_position(const struct xd_case *cs, unsigned id);
const struct xd_flow *xd_report_flow(const struct xd_case *cs, unsigned id);

/*
 * The earlier conversation that this one is another view of: the same connection,
 * seen in another capture.  NULL where it is the first.
 */
const struct xd_flow *xd_report_first_view(const struct xd_case *cs,
                                           const struct xd_flow *f);

/*
 * By position: does the conversation belong to the case, or does a finding that is more
 * than a remark speak of it?  Each once, however many captures show it.  To be freed.
 */
bool *xd_report_case_flows(const struct xd_case *cs);

/*
 * One flag for each certificate of the case: some store, file, conversation or
 * finding names it.  Free with xd_free.
 */
bool *xd_report_used_certs(const struct xd_case *cs);

/* Are settings or status in the node's bundle?  Else its time is when logging began. */
bool xd_report_has_dumps(const struct xd_node *n);

/* Is the list a store of some node? */
bool xd_report_is_store(const struct xd_case *cs, const struct xd_entry *entry);

/* Is it one that judges: with a verdict, findings and predictions? */
bool xd_report_judges(const struct xd_report_options *options);

/* Label of an entry, or NULL for no entry. */
const char *xd_report_label(const struct xd_entry *entry);

/* The version of the program that judged the case. */
const char *xd_report_version(const struct xd_report_options *options);

/* Conversations that a key log or a capture's own keys opened. */
size_t xd_count_opened(const struct xd_case *cs);

#endif
