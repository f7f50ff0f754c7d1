/*
 * inspect.h - the settings and the status of nodes in the appliance's own grammar, and
 * what changed between two cases.
 *
 * Reads cases const, judges nothing.  Output goes to a descriptor in blocks.
 */
#ifndef EXPDIAG_INSPECT_H
#define EXPDIAG_INSPECT_H

#include "expdiag/buf.h"
#include "expdiag/case.h"

/* ---- the appliance's grammar --------------------------------------------- */

/* What is asked: "Zones", "Zone", "1" of the configuration, or of the status. */
struct xd_inspect_query {
    bool status;
    const char *const *words;
    size_t n_words;
    struct xd_buf *hold; /* takes the answer in place of the descriptor, or NULL */
};

struct xd_inspect_answer {
    size_t n_dumps;         /* nodes that have such a dump */
    size_t n_lines;         /* printed */
    char miss[XD_ERR_TEXT]; /* where n_lines is 0: which word, and which was meant */
};

/*
 * Print what stands at and below the path, of every node that has a dump.  A word may be
 * shortened where only one at its place begins so; the case of letters does not matter;
 * numbers may be left out.  Text and XML dumps print the same lines; secrets are "****".
 * XD_BAD: a shortened word fits several, *err says which.  XD_FAIL: writing failed.
 */
XD_MUST_USE enum xd_rc xd_inspect_print(const struct xd_case *cs,
                                        const struct xd_inspect_query *query, int fd,
                                        struct xd_inspect_answer *out, struct xd_err *err);

/* ---- what changed -------------------------------------------------------- */

enum xd_diff_kind { XD_DIFF_CERTIFICATE, XD_DIFF_SETTING, XD_DIFF_STATUS };

/* One change of a node.  What is NULL on one side was added or went. */
struct xd_diff_row {
    enum xd_diff_kind kind;
    const char *what; /* "server store", "trusted CA", a path, "zone NAME" */
    const char *before;
    const char *after;
    const struct xd_cert *cert_before; /* of certificates */
    const struct xd_cert *cert_after;
    struct xd_place place_before; /* of settings and status; entry NULL: none */
    struct xd_place place_after;
    bool matters; /* to certificates, and to what they let through */
    bool passing; /* a time or a counter: it changes by itself */
};

/* One node, before and after. */
struct xd_diff_pair {
    const struct xd_node *before;
    const struct xd_node *after;
    struct xd_diff_row *rows; /* certificates, settings (those that matter first), status */
    size_t n_rows, cap_rows;
    size_t n_left_out; /* beyond XD_MAX_DIFF_ROWS */
    size_t n_secrets;  /* settings on both sides that cannot be compared */
    bool has_settings; /* both sides have a configuration dump */
    bool has_status;
};

struct xd_diff {
    const struct xd_case *before;
    const struct xd_case *after;
    struct xd_diff_pair *pairs;
    size_t n_pairs, cap_pairs;
    const struct xd_node **gone; /* nodes that one side alone has */
    size_t n_gone, cap_gone;
    const struct xd_node **come;
    size_t n_come, cap_come;
};

struct xd_diff_options {
    xd_time generated_at; /* XD_TIME_NONE: not said */
    bool passing;         /* times and counters too */
    struct xd_buf *hold;  /* takes the text in place of the descriptor, or NULL */
};

/*
 * Compare the nodes of the same name; of several bundles of one node the last counts.
 * Where each side has one node, those two are compared whatever their names.  All lives in
 * the arena and in the two cases.
 */
struct xd_diff *xd_inspect_compare(struct xd_arena *a, const struct xd_case *before,
                                   const struct xd_case *after);

XD_MUST_USE enum xd_rc xd_inspect_diff_text(const struct xd_diff *d,
                                            const struct xd_diff_options *options, int fd,
                                            struct xd_err *err);
/* By schema expdiag-diff/1, see expdiag-diff(1). */
XD_MUST_USE enum xd_rc xd_inspect_diff_json(const struct xd_diff *d,
                                            const struct xd_diff_options *options, int fd,
                                            struct xd_err *err);

#endif
