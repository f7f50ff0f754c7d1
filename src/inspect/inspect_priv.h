/*
 * inspect_priv.h - what the files of inspect share: a node's settings in one list, and
 * output.
 */
#ifndef EXPDIAG_INSPECT_PRIV_H
#define EXPDIAG_INSPECT_PRIV_H

#include "expdiag/inspect.h"

#include "expdiag/buf.h"

/* One line of a dump; the text and the XML form give the same path. */
struct xd_plain {
    const char *path;
    const char *value; /* NULL: a secret */
    const struct xd_entry *entry;
    uint64_t line;
};

struct xd_plain_list {
    struct xd_plain *rows;
    size_t n_rows, cap_rows;
    const struct xd_entry *entry; /* the dump that most rows are from, or NULL: none */
};

/* The node's configuration or status: its text dump, and what only its XML dump has. */
struct xd_plain_list xd_plain_of(struct xd_arena *a, const struct xd_case *cs,
                                 const struct xd_node *n, bool status);

/* The next word of a path with the index behind it, "Zone 1"; empty at the end. */
struct xd_slice xd_plain_token(const char **path);
/* The word of a token alone, and its index or an empty slice. */
struct xd_slice xd_plain_word(struct xd_slice token);
struct xd_slice xd_plain_index(struct xd_slice token);

/* Text whose bytes do not act on a terminal, \x1b for an escape. */
void xd_plain_put_safe(struct xd_buf *out, const char *text);

/* Where output goes. */
struct xd_plain_sink {
    int fd;              /* -1: nowhere */
    struct xd_buf *hold; /* in place of it, or NULL */
};

/* Writes what stands in the buffer, and clears it.  XD_FAIL: *err says why. */
XD_MUST_USE enum xd_rc xd_plain_flush(struct xd_buf *out, struct xd_plain_sink to,
                                      struct xd_err *err);

/* Bundles of one node, by its host name? */
bool xd_inspect_same_node(const struct xd_node *a, const struct xd_node *b);

#endif
