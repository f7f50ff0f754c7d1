/*
 * html_priv.h - the HTML report: one file that can be mailed.
 *
 * Text of a bundle reaches the page through one function a context: xd_html_text and
 * xd_html_said (between tags, also in SVG), xd_html_attr (quoted attribute), and the JSON
 * writer's own (inside the script element).  Everything else that is written is ours:
 * xd_html_raw takes literals, numbers and names of the catalogue alone.  No address, style,
 * script or comment ever holds text of a bundle.
 */
#ifndef EXPDIAG_HTML_PRIV_H
#define EXPDIAG_HTML_PRIV_H

#include "expdiag/arena.h"
#include "expdiag/node.h"

#include "say_priv.h"

/* How much one page shows; beyond it the page says what was left out. */
enum {
    XD_HTML_FINDINGS = 60, /* told in full */
    XD_HTML_LADDERS = 24,
    XD_HTML_RUNGS = 120,   /* of one ladder */
    XD_HTML_GROUPS = 200,  /* rows of alike conversations */
    XD_HTML_ROWS = 400,    /* of a table of zones, entries or trusted CAs */
    XD_HTML_MOMENTS = 400, /* of the timeline */
};

/* What something means for the reader; never told by colour alone. */
enum xd_tone { XD_TONE_NONE, XD_TONE_OK, XD_TONE_BAD, XD_TONE_WARN, XD_TONE_INFO };

struct xd_html {
    struct xd_sink sink;
    struct xd_out say; /* phrases are put together here; nothing is written through it */
    const struct xd_case *cs;
    const struct xd_report_options *options;
    struct xd_arena *scratch;
    const struct xd_flow *ladders[XD_HTML_LADDERS]; /* drawn so far */
    size_t n_ladders;
    size_t ladders_left_out;
    struct xd_todo todo; /* the steps of the answer */
    unsigned headline;   /* the finding that the answer is about */
};

/* ---- what was tried (html_whatif.c) ---- */

/* The first answer for a change, or NULL where none was tried. */
const struct xd_what_if *xd_html_first_tried(const struct xd_html *h);
/* What each change that was tried leads to: the page leads with it. */
void xd_html_tried(struct xd_html *h);

/* ---- writing (html_out.c) ---- */

void xd_html_raw(struct xd_html *h, const char *fmt, ...) XD_PRINTF(2, 3);
/* Text between tags; NULL writes nothing. */
void xd_html_text(struct xd_html *h, const char *text);
/* The same of a host, or of a host and its port: on a phone it breaks between its parts. */
void xd_html_name(struct xd_html *h, const char *text);
/* Bytes between tags that are visible already. */
void xd_html_escaped(struct xd_html *h, struct xd_slice s);
/*
 * A sentence between tags, never in a drawing: times become elements that the reader's
 * zone switches, dates and "Expressway-C" are not broken.  _words: visible already.
 */
void xd_html_prose(struct xd_html *h, const char *text);
void xd_html_words(struct xd_html *h, struct xd_slice s);
/* The same; "Expressway-C" and other short words with a hyphen stay on one line. */
void xd_html_title(struct xd_html *h, const char *text);
/* At most max characters of it, then "…"; for labels in drawings. */
void xd_html_short(struct xd_html *h, const char *text, size_t max);
/* ` name="text"` */
void xd_html_attr(struct xd_html *h, const char *name, const char *text);
/* The paragraph of h->say with its styles as classes; it is empty then. */
void xd_html_said(struct xd_html *h);
/* The same without styles, at most max characters. */
void xd_html_said_short(struct xd_html *h, size_t max);
/* The paragraph as text from the scratch arena; it is empty then. */
const char *xd_html_taken(struct xd_html *h);

/* "<time ...>2026-03-29 06:55:20Z</time>", or "not known". */
void xd_html_time(struct xd_html *h, xd_time t);
/* "name:12" or "capture frame 7", as code that may break behind "_". */
void xd_html_place(struct xd_html *h, const struct xd_place *place);
/* The same for a file alone. */
void xd_html_file(struct xd_html *h, const struct xd_entry *entry);
/* "✕", before words that say the same. */
void xd_html_sign(struct xd_html *h, enum xd_tone tone);
/* "<span class=...>word</span>" with the sign of its tone. */
void xd_html_badge(struct xd_html *h, enum xd_tone tone, const char *word);
/* " bad" and the like: a class of our own. */
const char *xd_tone_class(enum xd_tone tone);
/* "✕", so that colour is not needed. */
const char *xd_tone_sign(enum xd_tone tone);
enum xd_tone xd_severity_tone(enum xd_severity s);
enum xd_tone xd_status_tone(const char *status);
enum xd_tone xd_outcome_tone(const struct xd_flow *f);
enum xd_tone xd_prediction_tone(enum xd_prediction p);

/* "f-client-eku-missing", "f-client-eku-missing-2": the anchor of a finding. */
void xd_html_finding_id(struct xd_html *h, size_t index);
/* "<a href=...>[1]</a>" for each. */
void xd_html_finding_links(struct xd_html *h, const unsigned *indices, size_t n);
/* "and 12 more zones are not shown"; nothing for 0. */
void xd_html_left_out(struct xd_html *h, size_t n, const char *noun);

/* A section with its heading; id is ours. */
void xd_html_section(struct xd_html *h, const char *id, const char *title);
void xd_html_section_end(struct xd_html *h);
/* A table that may scroll sideways; heads end with NULL. */
void xd_html_table(struct xd_html *h, const char *caption, const char *const *heads);
/* The same of many short rows: on a phone it scrolls, where the other stacks its cells. */
void xd_html_list(struct xd_html *h, const char *caption, const char *const *heads);
void xd_html_table_end(struct xd_html *h);
/* "<td data-label=...>": on a phone the cells of a row stand below each other. */
void xd_html_cell(struct xd_html *h, const char *label);

/* Display filters of Wireshark, to copy. */
void xd_html_flow_filter(struct xd_html *h, const struct xd_flow *f);
void xd_html_frame_filter(struct xd_html *h, const struct xd_place *place);

/* ---- the timeline ---- */

enum xd_moment_kind {
    XD_MOMENT_LOG,
    XD_MOMENT_FLOW,
    XD_MOMENT_ALARM,
    XD_MOMENT_CHANGE,
    XD_MOMENT_DUMP,
};

/* Something that happened, or happened again; of the pointers below, its kind's is set. */
struct xd_moment {
    enum xd_moment_kind kind;
    xd_time time;
    xd_time last;
    uint64_t count;
    size_t order;               /* of adding: equal times stay in it */
    const struct xd_node *node; /* whose log or status it is, or NULL */
    const struct xd_log_event *event;
    const struct xd_flow *flow;
    const struct xd_alarm *alarm;
    const struct xd_setting_change *change;
};

enum xd_tone xd_moment_tone(const struct xd_moment *x);
void xd_say_moment(struct xd_out *o, const struct xd_moment *x);
/* A lane for each node and one for far ends; arrows are conversations, dots the rest. */
void xd_html_lanes(struct xd_html *h, const struct xd_moment *moments, size_t n);

/* Of what the status calls down, and what a later connection shows up. */
#define XD_HTML_UP_LATER     "came up since"
#define XD_HTML_FAILED_LATER "failed since"

/* ---- parts, in the order of the page ---- */

void xd_html_head(struct xd_html *h, const char *title);
void xd_html_answer(struct xd_html *h);
void xd_html_findings(struct xd_html *h);
bool xd_html_has_map(const struct xd_case *cs);
void xd_html_map(struct xd_html *h);
/* Below the map: what it draws, as tables. */
void xd_html_nodes(struct xd_html *h);
bool xd_html_has_timeline(const struct xd_case *cs);
void xd_html_timeline(struct xd_html *h);
bool xd_html_has_certificates(const struct xd_case *cs);
void xd_html_certificates(struct xd_html *h);
bool xd_html_has_conversations(const struct xd_case *cs);
void xd_html_conversations(struct xd_html *h);
bool xd_html_has_what_if(const struct xd_case *cs);
void xd_html_what_if(struct xd_html *h);
void xd_html_checks(struct xd_html *h);
void xd_html_inputs(struct xd_html *h);

/* "Expressway-C, X15.5": short enough for a drawing. */
const char *xd_html_role(struct xd_html *h, const struct xd_node *n);
/* The steps of a finding from cause to effect, where there are two or more. */
bool xd_html_has_steps(struct xd_html *h, size_t index);
void xd_html_steps(struct xd_html *h, size_t index);
/* The list of steps, each with who does it. */
void xd_html_todo(struct xd_html *h);
/*
 * A ladder of the conversation, unless it or one alike is drawn already: then a link
 * to that.  False: neither, the page has its fill.
 */
bool xd_html_ladder(struct xd_html *h, const struct xd_flow *f, bool open);
/* Bar of a certificate's validity between the ends of a scale. */
struct xd_scale {
    xd_time from;
    xd_time to;
    xd_time now; /* of the dumps: a mark; XD_TIME_NONE for none */
};
void xd_html_validity(struct xd_html *h, const struct xd_scale *scale,
                      const struct xd_cert *c);

/* ---- made at build time from html/report.css and html/report.js ---- */

extern const char xd_html_css[];
extern const char xd_html_css_hash[]; /* "sha256-..." of the Content-Security-Policy */
extern const char xd_html_js[];
extern const char xd_html_js_hash[];

#endif
