/*
 * read_priv.h - a JSON report back into the case that it was written from.
 *
 * The document is taken apart element by element, as it was written, so that memory does
 * not grow with its length.  The first fault sticks: every function below is harmless
 * after it, so that callers read a whole structure straight through.
 */
#ifndef EXPDIAG_READ_PRIV_H
#define EXPDIAG_READ_PRIV_H

#include <jansson.h>

#include "expdiag/node.h"

#include "report_priv.h"

enum { XD_READ_DEPTH = 12 };

/* A step to where in the document the reader stands: "flows", then [3]. */
struct xd_read_step {
    const char *key; /* NULL: an index */
    size_t index;
};

struct xd_reader {
    struct xd_case *cs;
    struct xd_report_loaded *out;
    struct xd_err *err;
    bool failed;
    struct xd_read_step path[XD_READ_DEPTH];
    size_t depth;
    struct xd_map *entries;   /* label to struct xd_entry */
    struct xd_map *nodes;     /* id to struct xd_node_ref */
    struct xd_map *certs;     /* SHA-256 to struct xd_cert_ref */
    struct xd_map *ciphers;   /* name to number; made when first needed */
    struct xd_read_ref *refs; /* what was named before it was defined */
    size_t n_refs, cap_refs;
    unsigned *finding_at; /* new position of each finding in the document */
    size_t n_finding_at, cap_finding_at;
    const char *condition; /* of the worst scenario */
    const char *why;
    bool has_scenario;
};

/* Not there: a finding that this version does not know. */
#define XD_READ_NO_FINDING UINT32_MAX

struct xd_node_ref {
    struct xd_node *node;
    bool defined;
};

struct xd_cert_ref {
    struct xd_cert *cert;
    bool defined;
};

/* The first place that names something. */
struct xd_read_ref {
    const char *where;
    const char *what;
    const bool *defined;
};

/* ---- where it is, and what is wrong there ---- */

void xd_read_enter(struct xd_reader *r, const char *key);
void xd_read_enter_item(struct xd_reader *r, size_t index);
void xd_read_leave(struct xd_reader *r);
/* Where the reader stands, "flows[3].client"; from the arena. */
const char *xd_read_where(const struct xd_reader *r);
void xd_read_fail(struct xd_reader *r, const char *fmt, ...) XD_PRINTF(2, 3);
/* A word of a newer version: the report is shown without it. */
void xd_read_note_unknown(struct xd_reader *r, const char *key, const char *word);

/* ---- fields; what is absent or null gives NULL, 0, false or NONE ---- */

const char *xd_read_text(struct xd_reader *r, const json_t *o, const char *key);
/* The same; other where there is none. */
const char *xd_read_text_or(struct xd_reader *r, const json_t *o, const char *key,
                            const char *other);
bool xd_read_bool(struct xd_reader *r, const json_t *o, const char *key);
/* 1, 0; -1: null. */
int xd_read_tri(struct xd_reader *r, const json_t *o, const char *key);
uint64_t xd_read_number(struct xd_reader *r, const json_t *o, const char *key,
                        uint64_t max);
/* -1 where there is none. */
int xd_read_code(struct xd_reader *r, const json_t *o, const char *key);
xd_time xd_read_time(struct xd_reader *r, const json_t *o, const char *key);
struct xd_addr xd_read_address(struct xd_reader *r, const json_t *o, const char *key);
/* False where there is none. */
bool xd_read_hash(struct xd_reader *r, const json_t *o, const char *key,
                  uint8_t sha256[32]);

/* The word that stands for n, or NULL. */
typedef const char *(*xd_word_fn)(unsigned n);
/* Which of n words it is; other where there is none or an unknown one. */
unsigned xd_read_word(struct xd_reader *r, const json_t *o, const char *key,
                      xd_word_fn words, unsigned n, unsigned other);
/* The same, but one of them must stand there. */
unsigned xd_read_must(struct xd_reader *r, const json_t *o, const char *key,
                      xd_word_fn words, unsigned n);

/* NULL for none. */
const json_t *xd_read_object(struct xd_reader *r, const json_t *o, const char *key);
/* NULL for none; at most max items. */
const json_t *xd_read_array(struct xd_reader *r, const json_t *o, const char *key,
                            size_t max);
/* An item that must be an object; NULL: it is not. */
const json_t *xd_read_item(struct xd_reader *r, const json_t *array, size_t index);
/* Each item of an array, for what it is part of. */
typedef void (*xd_read_row_fn)(struct xd_reader *r, const json_t *row, void *whole);
void xd_read_rows(struct xd_reader *r, const json_t *o, const char *key, size_t max,
                  xd_read_row_fn take, void *whole);

struct xd_read_texts {
    const char **texts;
    size_t n;
};
struct xd_read_texts xd_read_texts(struct xd_reader *r, const json_t *o, const char *key,
                                   size_t max);
struct xd_read_numbers {
    uint64_t *numbers;
    size_t n;
};
struct xd_read_numbers xd_read_numbers(struct xd_reader *r, const json_t *o,
                                       const char *key, size_t n_max, uint64_t max);
/* As unsigned, for ids and positions. */
struct xd_read_ids {
    unsigned *ids;
    size_t n;
};
struct xd_read_ids xd_read_ids(struct xd_reader *r, const json_t *o, const char *key,
                               size_t max);

/* ---- what is named by other parts ---- */

struct xd_entry *xd_read_entry(struct xd_reader *r, const json_t *o, const char *key);
struct xd_entry *xd_read_entry_named(struct xd_reader *r, const char *label);
/* entry, frame and line; without a time. */
struct xd_place xd_read_place(struct xd_reader *r, const json_t *o);
struct xd_node *xd_read_node_of(struct xd_reader *r, const json_t *o, const char *key);
struct xd_node_ref *xd_read_node_named(struct xd_reader *r, const char *id);
struct xd_cert *xd_read_cert(struct xd_reader *r, const json_t *o, const char *key);
struct xd_cert_ref *xd_read_cert_named(struct xd_reader *r, const uint8_t sha256[32]);
struct xd_read_certs {
    struct xd_cert **certs;
    size_t n;
};
struct xd_read_certs xd_read_certs(struct xd_reader *r, const json_t *o, const char *key,
                                   size_t max);

/* ---- the parts of the document: each takes one element ---- */

void xd_read_input(struct xd_reader *r, const json_t *o);
void xd_read_node(struct xd_reader *r, const json_t *o);
void xd_read_certificate(struct xd_reader *r, const char *sha256, const json_t *o);
void xd_read_other_certificates(struct xd_reader *r, const json_t *o);
void xd_read_flow(struct xd_reader *r, const json_t *o);
void xd_read_ladder(struct xd_reader *r, const json_t *o);
void xd_read_finding(struct xd_reader *r, const json_t *o);
void xd_read_check(struct xd_reader *r, const json_t *o);
void xd_read_scenario(struct xd_reader *r, const json_t *o);
void xd_read_worst_scenario(struct xd_reader *r, const json_t *o);
void xd_read_what_if(struct xd_reader *r, const json_t *o);
void xd_read_tried(struct xd_reader *r, const json_t *o);
void xd_read_events(struct xd_reader *r, const json_t *o);

/* After the last: what was named is there, positions are in range. */
void xd_read_finish(struct xd_reader *r);

#endif
