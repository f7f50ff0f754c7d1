/*
 * json_priv.h - JSON written element by element.
 *
 * The document's frame is written as text; each element is one jansson value that
 * is built, dumped and freed, so that memory does not grow with conversations.
 */
#ifndef EXPDIAG_JSON_PRIV_H
#define EXPDIAG_JSON_PRIV_H

#include <jansson.h>

#include "report_priv.h"

enum { XD_JSON_DEPTH = 8 };

struct xd_json {
    struct xd_sink *sink;
    const struct xd_case *cs;
    const struct xd_report_options *options;
    struct xd_arena *scratch;
    bool in_html; /* inside a script element: no '<', no indentation, bounded */
    unsigned depth;
    bool filled[XD_JSON_DEPTH]; /* an element stands already at that depth */
};

enum {
    XD_JSON_HTML_FLOWS = 800,   /* conversations in a page: below 2 MB */
    XD_JSON_HTML_LADDERS = 400, /* ladders in a page: some 400 KB */
};

/*
 * The whole report.  In HTML it stands in a script element, which "</script" or "<!--" in
 * a text would end or bend: there every '<' is written as an escape.
 */
void xd_json_document(struct xd_sink *sink, const struct xd_case *cs,
                      const struct xd_report_options *options, bool in_html);

/* Open an object '{' or an array '['; key NULL inside an array. */
void xd_json_open(struct xd_json *j, const char *key, char bracket);
void xd_json_close(struct xd_json *j, char bracket);
/* Write a value and free it. */
void xd_json_put(struct xd_json *j, const char *key, json_t *value);
/* The same inside an array, on one line. */
void xd_json_put_line(struct xd_json *j, json_t *value);

/* Fields of an object that is being built; NULL, none and NONE become null. */
void xd_json_text(struct xd_json *j, json_t *o, const char *key, const char *text);
void xd_json_number(json_t *o, const char *key, uint64_t n);
/* 0 becomes null. */
void xd_json_count(json_t *o, const char *key, uint64_t n);
void xd_json_bool(json_t *o, const char *key, bool b);
/* -1 becomes null. */
void xd_json_tri(json_t *o, const char *key, int v);
void xd_json_time(json_t *o, const char *key, xd_time t);
void xd_json_address(json_t *o, const char *key, const struct xd_addr *a);
void xd_json_hash(json_t *o, const char *key, const uint8_t sha256[32]);
void xd_json_node(struct xd_json *j, json_t *o, const char *key,
                  const struct xd_node *node);
/* entry, frame and line. */
void xd_json_place(struct xd_json *j, json_t *o, const struct xd_place *place);

json_t *xd_json_text_value(struct xd_json *j, const char *text);
json_t *xd_json_texts(struct xd_json *j, const char *const *texts, size_t n);
json_t *xd_json_hashes(struct xd_cert *const *certs, size_t n);
json_t *xd_json_indices(const unsigned *numbers, size_t n);

/* 0 where there is none: the field is left out. */
void xd_json_optional_number(json_t *o, const char *key, uint64_t n);
/* NULL: the field is left out. */
void xd_json_optional_text(struct xd_json *j, json_t *o, const char *key, const char *text);
json_t *xd_json_numbers(const uint64_t *numbers, size_t n);

/*
 * One flag for each conversation, at most max of them set: those of findings first, then
 * those of the case, then others; with max 0 those of findings alone.  Free with xd_free.
 */
bool *xd_json_choose_flows(const struct xd_case *cs, size_t max);

/* The parts of the document. */
void xd_json_verdict(struct xd_json *j);
void xd_json_inputs(struct xd_json *j);
void xd_json_nodes(struct xd_json *j);
void xd_json_certificates(struct xd_json *j);
void xd_json_other_certificates(struct xd_json *j);
void xd_json_flows(struct xd_json *j);
void xd_json_ladders(struct xd_json *j);
void xd_json_events(struct xd_json *j);
void xd_json_findings(struct xd_json *j);
void xd_json_checks(struct xd_json *j);
void xd_json_scenarios(struct xd_json *j);
void xd_json_what_if(struct xd_json *j);
void xd_json_tried(struct xd_json *j);

#endif
