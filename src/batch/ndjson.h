/*
 * ndjson.h - rows as lines of a file: appended in groups, whole or not at all.
 */
#ifndef EXPDIAG_NDJSON_H
#define EXPDIAG_NDJSON_H

#include "row.h"

struct xd_ndjson {
    const char *path;
    int fd;          /* -1: not open */
    bool regular;    /* a file, not a pipe */
    uint64_t length; /* of what is durable */
};

/*
 * Does a row that the file holds already stand for its case?  false: it is dropped, and
 * the case is analysed again.
 */
typedef bool (*xd_ndjson_keep_fn)(void *arg, const struct xd_row *row);

/*
 * Open it for appending.  Without resume a file that holds something is refused (XD_BAD).
 * With it a torn last line is cut, and rows that keep refuses go.  XD_FAIL: it cannot be
 * read or written.
 */
XD_MUST_USE enum xd_rc xd_ndjson_open(struct xd_ndjson *f, const char *path, bool resume,
                                      xd_ndjson_keep_fn keep, void *arg,
                                      struct xd_err *err);

/* Append whole lines and wait until they are on the disk.  XD_FAIL: none of them stands. */
XD_MUST_USE enum xd_rc xd_ndjson_append(struct xd_ndjson *f, struct xd_slice lines,
                                        struct xd_err *err);

void xd_ndjson_close(struct xd_ndjson *f);

/*
 * Tell each row of a finished file; *others counts its lines that are none.  XD_FAIL: it
 * cannot be read, XD_BAD: it holds lines, but no row.
 */
XD_MUST_USE enum xd_rc xd_ndjson_each(const char *path,
                                      void (*each)(void *arg, const struct xd_row *row),
                                      void *arg, size_t *others, struct xd_err *err);

#endif
