/*
 * say_priv.h - what the text and the HTML report say alike, so that no words stand
 * twice: the steps from a cause to its effects, the rows of a ladder, alike
 * conversations as one.
 *
 * Every phrase is added to the paragraph of an xd_out; whoever called takes it from
 * there for its own form.
 */
#ifndef EXPDIAG_SAY_PRIV_H
#define EXPDIAG_SAY_PRIV_H

#include "text_priv.h"

/* ---- from cause to effect ---- */

enum xd_step_kind {
    XD_STEP_SWITCH,    /* which setting was switched before */
    XD_STEP_PRESENTED, /* who presents or uses which certificate */
    XD_STEP_REFUSED,   /* how the conversation ended */
    XD_STEP_ZONE,
    XD_STEP_TUNNEL,
    XD_STEP_ALARM,
};

struct xd_steps {
    struct xd_out *o;
    /* Called before the words of each step, and when they stand in o's paragraph. */
    void (*begin)(struct xd_steps *s, enum xd_step_kind kind);
    void (*end)(struct xd_steps *s);
    size_t n;  /* steps told before this one */
    void *arg; /* the caller's */
};

/* Who ended the finding's conversations, and how often; nothing where none failed. */
void xd_say_refusal(struct xd_steps *s, const struct xd_finding *f);
/* The first of its conversations that failed, or NULL. */
const struct xd_flow *xd_first_failure(const struct xd_case *cs,
                                       const struct xd_finding *f);
/* All steps of the finding at that position of the case. */
void xd_say_steps(struct xd_steps *s, unsigned index);

/* Zones whose status speaks against the finding, as a sentence; false: there is none. */
bool xd_say_against(struct xd_out *o, unsigned index);

/* Has the finding any step or effect?  Without one, its reason in words comes first. */
bool xd_has_steps(const struct xd_case *cs, unsigned index);
/* Does a step name a conversation? */
bool xd_steps_name_flow(const struct xd_case *cs, const struct xd_finding *f);

/* "stops", or what else it does: a cluster that lost a peer still works. */
void xd_say_stops(struct xd_out *o, unsigned index);
/* "(1 of 2 peers is up)" where it does only that; else nothing, and false. */
bool xd_say_redundancy(struct xd_out *o, unsigned index);
/* Does a later bundle of the same node show what was down as up? */
bool xd_is_mended(const struct xd_case *cs, unsigned index);
/* Is all that it explains up by what is known last, although nothing shows it mended? */
bool xd_is_up_again(const struct xd_case *cs, unsigned index);
/* "By the status of e, taken at ..., it is up again." */
void xd_say_up_again(struct xd_out *o, unsigned index);
/* "It was mended: last seen at ...; at ... zone "z" is up on c@...." */
void xd_say_mended(struct xd_out *o, unsigned index);
/* "MRA login and registration, WebRTC proxy" */
void xd_say_effects(struct xd_out *o, const struct xd_finding *f);
/* The one effect, with how much of it is meant: the XMPP router carries a part of MRA. */
const char *xd_effect_words(const struct xd_case *cs, const struct xd_finding *f,
                            size_t effect);
/*
 * The effects of the headline's outage: of all critical findings on its node or with
 * an effect of its own, each once (one names the zone, another the tunnels).  How many.
 */
enum { XD_EFFECTS_SHOWN = 32 };
size_t xd_join_effects(const struct xd_case *cs, const char *texts[XD_EFFECTS_SHOWN]);

/* The further defects of the same certificate. */
void xd_say_masked(struct xd_out *o, const struct xd_finding *f);

/*
 * Which rows of evidence are worth reading first: every file gets its say, what is alike
 * counts once.  shown has a flag for each row; gives how many.
 */
size_t xd_choose_evidence(const struct xd_finding *f, bool *shown);
/* The value of name="value" in a log line, or false. */
bool xd_find_log_value(const char *line, const char *name, struct xd_slice *out);

/* ---- remedies ---- */

const char *xd_say_actor(enum xd_actor actor);

/* One list of all steps, each once. */
enum { XD_TODO_FINDINGS = 6 };

struct xd_todo_step {
    const struct xd_remedy *remedy;
    unsigned findings[XD_TODO_FINDINGS]; /* the first that it serves */
    size_t n_findings;
};

struct xd_todo {
    struct xd_arena *arena; /* the caller's */
    struct xd_todo_step *items;
    size_t n_items, cap_items;
    size_t served; /* findings that have steps */
};

/* Is it a fault, or where there is none a warning?  These lead; the rest stands below. */
bool xd_is_main(const struct xd_case *cs, const struct xd_finding *f);
/* Of the main findings, or of all; what was mended since needs no steps. */
void xd_todo_gather(struct xd_todo *todo, const struct xd_case *cs, struct xd_arena *arena,
                    bool all);
/* Its number, from 1; 0: not in the list. */
size_t xd_todo_find(const struct xd_todo *todo, const struct xd_remedy *r);
/* "steps 1 to 4, 6": those of the finding. */
void xd_say_todo_steps(struct xd_out *o, const struct xd_todo *todo,
                       const struct xd_finding *f);

/* ---- the messages of a conversation ---- */

struct xd_ladder {
    const struct xd_flow *flow;
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    size_t n_messages;
    size_t n_ledger;
    size_t message; /* where the two lists have come to */
    size_t record;
};

struct xd_ladder_row {
    const struct xd_place *place;
    enum xd_side by;
    const struct xd_message *message; /* NULL: encrypted records, taken together */
    uint64_t bytes;
    size_t records;
    bool cut; /* records before it were not kept */
};

void xd_ladder_begin(struct xd_ladder *l, const struct xd_flow *f);
/* The next row in the order of time, alive as long as *l; false when none is left. */
bool xd_ladder_next(struct xd_ladder *l, struct xd_ladder_row *row);
/* "ClientHello (175 bytes)", "encrypted, 136 bytes in 2 records" */
void xd_say_ladder_row(struct xd_out *o, const struct xd_ladder_row *row);
/* "+0.007047": seconds since from, to the microsecond. */
void xd_say_offset(struct xd_out *o, xd_time from, xd_time t);

/* ---- lines of the logs ---- */

enum { XD_TOLD_EVENTS = 2000 }; /* rows kept; the timeline of a page shows 400 */

/* Alike lines as one. */
struct xd_told {
    const struct xd_log_event *event; /* the first */
    xd_time last;
    uint64_t count;
    size_t row; /* its place in the list, as if that had no end */
};

struct xd_told_list {
    struct xd_told *rows;
    size_t n;
    size_t left_out; /* rows */
};

/* What the logs tell of the incident's course; free with xd_told_done. */
struct xd_told_list xd_told_events(const struct xd_case *cs);
void xd_told_done(struct xd_told_list *list);
/* "tls-error" */
const char *xd_event_kind_name(enum xd_log_kind kind);

/* ---- alike conversations ---- */

struct xd_group {
    const struct xd_flow *flow; /* the first */
    const struct xd_presented *presented;
    const struct xd_inferred *inferred;
    size_t count;
};

struct xd_groups {
    struct xd_group *rows;
    size_t n;
    size_t max; /* rows kept; each is compared with, so that the cost stays linear */
    size_t left_out;
};

struct xd_groups xd_groups_begin(size_t max);
void xd_groups_done(struct xd_groups *gs);
/* Conversations of the case by what happened, who presented what, what fits whom. */
void xd_groups_conversations(struct xd_groups *gs, const struct xd_case *cs);
void xd_groups_all(struct xd_groups *gs, const struct xd_case *cs);
void xd_groups_presented(struct xd_groups *gs, const struct xd_case *cs);
void xd_groups_inferred(struct xd_groups *gs, const struct xd_case *cs);
/* Did the same happen between the same ends? */
bool xd_group_same_flow(const struct xd_flow *a, const struct xd_flow *b);

/* The node, or the address. */
void xd_say_side(struct xd_out *o, const struct xd_flow *f, enum xd_side side);
/* The server and its port; an IPv6 address in brackets (RFC 5952, 6). */
void xd_say_target(struct xd_out *o, const struct xd_flow *f);
/* "TLSv1.2", "SSH", "TCP" */
void xd_say_protocol(struct xd_out *o, const struct xd_flow *f);
/* "established", "alert 43 unsupported_certificate sent by the server" */
void xd_say_outcome(struct xd_out *o, const struct xd_flow *f);
/* "from the client store, as expected" */
void xd_say_conclusion(struct xd_out *o, const struct xd_presented *p);
/* Who shows it; "what answers as ..." where a finding says that it is not that node. */
void xd_say_shower(struct xd_out *o, const struct xd_flow *f, const struct xd_presented *p);
/* "encrypted; the length of the encrypted record fits the client store" */
void xd_say_inferred(struct xd_out *o, const struct xd_inferred *x);

/* Which of all conversations `flows` shows, where none is left or filters are in force. */
void xd_say_filters(struct xd_out *o);

/* ---- nodes ---- */

const char *xd_say_eku_check(enum xd_eku_check check);
void xd_say_addresses(struct xd_out *o, const struct xd_node *n);
/* "complete", or what is missing, by the node's own CA file; NULL store: nothing. */
void xd_say_chain(struct xd_out *o, const struct xd_node *n, const struct xd_store *s);
/* "Both stores hold the same certificate. It trusts 4 CAs (ca_x.pem)." */
void xd_say_trust(struct xd_out *o, const struct xd_node *n);
/* "zone (UC TraversalClient)" */
void xd_say_zone(struct xd_out *o, const struct xd_zone *z);
void xd_say_zone_peer(struct xd_out *o, const struct xd_zone *z, size_t at);
/* "Failed: Permission denied", in the style of its meaning. */
void xd_say_state(struct xd_out *o, const char *status, const char *reason);
/* "SSH tunnel for a.example, b.example": those from at that differ in the domain alone;
 * gives how many. */
size_t xd_say_tunnels(struct xd_out *o, const struct xd_node *n, size_t at);
/* Whether it says something of the case: logging itself raises one. */
bool xd_alarm_is_routine(const char *id);
bool xd_alarm_matters(const struct xd_alarm *a);
void xd_say_alarm(struct xd_out *o, const struct xd_alarm *a);
void xd_say_change(struct xd_out *o, const struct xd_setting_change *c);

/* ---- judgement ---- */

const char *xd_say_severity(enum xd_severity s);
/* How many findings are at least that grave. */
size_t xd_count_findings(const struct xd_case *cs, enum xd_severity least);
/* That validity was judged at another time than that of the handshakes. */
void xd_say_judged_at(struct xd_out *o);
/* What keys opened; false, and nothing, where there were none. */
bool xd_say_keys(struct xd_out *o);
/* What was looked at, so that "nothing found" can be weighed. */
void xd_say_scope(struct xd_out *o);
/* Which certificate of the nodes' stores ends first; false, and nothing, if none is read.
 */
bool xd_say_first_ending(struct xd_out *o);
/* The verdict where nothing failed: "nothing in this evidence fails ..." */
void xd_say_no_fault(struct xd_out *o);
/* Is there a fault, or does a prediction of the stores name one? */
bool xd_what_if_matters(const struct xd_case *cs);
void xd_say_scenario(struct xd_out *o, const struct xd_scenario *s);
/*
 * The changes of [begin, end) that come to the same as the one at `at`; false where an
 * earlier one stands for it.
 */
bool xd_say_changes(struct xd_out *o, size_t begin, size_t at, size_t end);
/* "With X (c and e): the UC zone comes up, the SSH tunnels come up." */
void xd_say_tried(struct xd_out *o, const struct xd_what_if *w);
/* Of a tried file, which has certificates, what counts. */
void xd_say_tried_file(struct xd_out *o, const struct xd_try *t);
/* The end of the predictions for the pair that begins there. */
size_t xd_what_if_end(const struct xd_case *cs, size_t begin);
enum xd_style xd_prediction_style(enum xd_prediction p);
/* How many checks came to that. */
size_t xd_count_checks(const struct xd_case *cs, enum xd_check_outcome outcome);
/* The checks that came to the same for the same reason; false as with changes. */
bool xd_say_checks(struct xd_out *o, size_t at);
/*
 * Walk over what should be collected: starts as {0, 0}; false at the end.  text is what
 * to collect; the open checks it would decide are added to the paragraph.
 */
struct xd_need {
    size_t check;
    size_t row;
};
const char *xd_need_next(const struct xd_case *cs, struct xd_need *at);
void xd_say_decides(struct xd_out *o, const char *text);

#endif
