/*
 * text_priv.h - text for a terminal: a paragraph or a table at a time.
 *
 * Every text is escaped when it is added, so that nothing of a bundle can act on
 * the terminal; styles and breaks are marks that only this writer can set.
 */
#ifndef EXPDIAG_TEXT_PRIV_H
#define EXPDIAG_TEXT_PRIV_H

#include "report_priv.h"

enum xd_style {
    XD_STYLE_PLAIN,
    XD_STYLE_BOLD,
    XD_STYLE_DIM,
    XD_STYLE_RED,
    XD_STYLE_YELLOW,
    XD_STYLE_GREEN,
    XD_STYLE_CYAN,
    XD_STYLE_COUNT,
};

struct xd_out {
    struct xd_sink sink;
    const struct xd_case *cs;
    const struct xd_report_options *options;
    unsigned width;     /* columns of tables; 0: lines are not wrapped */
    unsigned prose;     /* columns of paragraphs: long lines are hard to read */
    struct xd_buf text; /* the paragraph or cell that is being built: escaped, with marks */
    struct xd_buf work; /* for formatting */
    bool told;          /* a paragraph stands above: the next heading is set off */
};

void xd_out_init(struct xd_out *o, const struct xd_case *cs,
                 const struct xd_report_options *options, int fd, struct xd_err *err);
XD_MUST_USE enum xd_rc xd_out_done(struct xd_out *o);

/* Add to the paragraph.  NULL adds nothing. */
void xd_out_text(struct xd_out *o, const char *text);
/* The same; "Expressway-C c" stays on one line. */
void xd_out_names(struct xd_out *o, const char *text);
void xd_out_number(struct xd_out *o, uint64_t n); /* a third of the time of printf */
void xd_out_printf(struct xd_out *o, const char *fmt, ...) XD_PRINTF(2, 3);
void xd_out_style(struct xd_out *o, enum xd_style style);
/* The text in that style, then plain again. */
void xd_out_styled(struct xd_out *o, enum xd_style style, const char *text);
/* What is added up to the end is a link to the entry's file, where links are wanted. */
XD_MUST_USE bool xd_link_begin(struct xd_out *o, const struct xd_entry *e);
void xd_link_end(struct xd_out *o);
/* A blank where no line may end; a line end inside a paragraph or cell. */
void xd_out_join(struct xd_out *o);
void xd_out_break(struct xd_out *o);
/* "a", ", a" or " and a" for the i-th of n. */
void xd_out_listed(struct xd_out *o, size_t i, size_t n, const char *text);
/* The paragraph as one line without styles, from the arena; it stays in the making. */
const char *xd_out_plain(const struct xd_out *o, struct xd_arena *arena);

/* A piece of the paragraph in one style, and what stands behind it. */
struct xd_span {
    enum xd_style style;
    struct xd_slice text;
    enum { XD_AFTER_NOTHING, XD_AFTER_JOIN, XD_AFTER_BREAK } after;
};
/* The piece at *at, which moves on; *span starts as {0}.  False at the end. */
bool xd_out_span(const struct xd_out *o, size_t *at, struct xd_span *span);
/* Forget the paragraph. */
void xd_out_clear(struct xd_out *o);

/* Write the paragraph: its first line indented by first, the others by rest. */
void xd_out_end(struct xd_out *o, unsigned first, unsigned rest);
/* The same as one line of whatever length: what is to be copied. */
void xd_out_end_whole(struct xd_out *o, unsigned first);
void xd_out_blank(struct xd_out *o);
void xd_out_heading(struct xd_out *o, const char *text);
/* "Label      text", the text in a column of its own. */
void xd_out_label(struct xd_out *o, const char *label);
/* The label on a line of its own. */
void xd_out_subhead(struct xd_out *o, const char *label);

enum { XD_LABEL_INDENT = 3, XD_LABEL_COLUMN = 15, XD_TABLE_COLUMNS = 8 };

/*
 * Rows of cells; columns shrink to the width, cells wrap between words.  Where words
 * would have to be split, each row is a list of "head: cell" lines.
 */
struct xd_table {
    struct xd_out *o;
    struct xd_arena *arena;
    unsigned n_columns;
    unsigned indent;
    struct xd_slice *cells;
    size_t n_cells, cap_cells;
};

void xd_table_begin(struct xd_table *t, struct xd_out *o, unsigned indent,
                    unsigned n_columns, const char *const *heads);
/* What was added to the paragraph becomes the next cell. */
void xd_table_cell(struct xd_table *t);
/* Write it, unless it holds no row but its head. */
void xd_table_end(struct xd_table *t);

/* ---- phrases ---- */

/* "name:12", "capture frame 7", or the name alone. */
void xd_say_place(struct xd_out *o, const struct xd_place *place);
/* Common name, else first alternative name, else subject. */
const char *xd_say_cert_name(const struct xd_cert *c);
/* "server and client authentication" */
void xd_say_purposes(struct xd_out *o, const struct xd_cert *c);
/* "public CA "R11"" */
void xd_say_issuer(struct xd_out *o, const struct xd_cert *c);
/* "2026-01-02 to 2027-01-02" */
void xd_say_validity(struct xd_out *o, const struct xd_cert *c);
/* "Expressway-C, X15.5" */
void xd_say_role(struct xd_out *o, const struct xd_node *n);
/* "vcs_8c (Expressway-C, X15.5)" */
void xd_say_node(struct xd_out *o, const struct xd_node *n);
/* "vcs_8c" or "192.0.2.1" */
void xd_say_party(struct xd_out *o, const struct xd_party *p);
/* "alert 43 unsupported_certificate", and with who sent it */
void xd_say_alert(struct xd_out *o, const struct xd_failure *x);
void xd_say_failure(struct xd_out *o, const struct xd_flow *f);
/* "client store" */
const char *xd_say_store(enum xd_store_kind store);
/* "TLSv1.2"; text holds 8 bytes where the number is unknown; NULL for none. */
const char *xd_say_tls_version(uint16_t version, char text[8]);
/* "Failed", or "Active (n of m)" with n below m; none of them where the status is unknown.
 */
bool xd_say_is_down(const char *status);
bool xd_say_is_up(const char *status);
/* "1 zone", "2 zones" */
void xd_say_count(struct xd_out *o, uint64_t n, const char *noun);
enum xd_style xd_severity_style(enum xd_severity s);
/* What stands behind "Next:" at the end of a summary, or NULL. */
const char *xd_say_next(const char *summary);

/* ---- parts of the report ---- */

void xd_text_verdict(struct xd_out *o, bool with_steps);
void xd_text_findings(struct xd_out *o);
/* Their names and titles alone, by number. */
void xd_text_finding_heads(struct xd_out *o);
/* Is the finding told with its chain, remedies and evidence? */
bool xd_text_is_main(const struct xd_out *o, const struct xd_finding *f);
void xd_text_todo(struct xd_out *o);
/* Nothing is wrong, and not all is asked for. */
bool xd_text_is_brief(const struct xd_out *o);
void xd_text_brief(struct xd_out *o);
/* The reason in words, then what it stands on. */
void xd_text_evidence(struct xd_out *o);
void xd_text_summary(struct xd_out *o, const struct xd_finding *f, bool with_next);
void xd_text_nodes(struct xd_out *o);
void xd_text_stores(struct xd_out *o);
void xd_text_zones(struct xd_out *o);
void xd_text_events(struct xd_out *o);
void xd_text_conversations(struct xd_out *o);
void xd_text_presented(struct xd_out *o);
void xd_text_flow_list(struct xd_out *o);
/* The messages of a conversation with their frames. */
void xd_text_ladder(struct xd_out *o, const struct xd_flow *f);
void xd_text_cert_list(struct xd_out *o);
void xd_text_predictions(struct xd_out *o);
void xd_text_whatif(struct xd_out *o);
void xd_text_checks(struct xd_out *o);
void xd_text_inputs(struct xd_out *o);

#endif
