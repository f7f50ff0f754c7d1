/*
 * judge_priv.h - what the files of the judging half share: conversations, voices,
 * the replay of verifications, drafts of findings.
 *
 * A conversation is one TLS, SSH or TCP connection however often it was captured,
 * together with the log lines about it; or log lines alone, where no capture holds it.
 */
#ifndef EXPDIAG_JUDGE_PRIV_H
#define EXPDIAG_JUDGE_PRIV_H

#include "expdiag/case.h"
#include "expdiag/diagnose.h"
#include "expdiag/map.h"
#include "expdiag/x509.h"

/* What a refusal may be about; a set of bits.  No bit: it gives no reason. */
enum {
    XD_SAYS_TRUST = 1 << 0,
    XD_SAYS_PURPOSE = 1 << 1, /* EKU or key usage, of the leaf or a CA */
    XD_SAYS_EXPIRED = 1 << 2,
    XD_SAYS_NOT_YET = 1 << 3,
    XD_SAYS_REVOKED = 1 << 4,
    XD_SAYS_CRL = 1 << 5, /* no usable CRL or OCSP answer */
    XD_SAYS_NAME = 1 << 6,
    XD_SAYS_NO_CERT = 1 << 7,
    XD_SAYS_VERSION = 1 << 8,
    XD_SAYS_CIPHER = 1 << 9,
    XD_SAYS_WEAK = 1 << 10,
    XD_SAYS_SIGNATURE = 1 << 11, /* decrypt_error: an issuer of that name, another key */
    XD_SAYS_NO_TLS = 1 << 12,    /* what came is no TLS at all */
};

/* One end's "no", as seen on the wire or told by a log. */
struct xd_voice {
    enum xd_side refuser; /* SIDE_UNKNOWN where it cannot be told */
    unsigned says;
    bool from_log;
    bool unspoken;  /* no verifier speaks: neither end sent it, or it stalled */
    bool own_words; /* the log of the refuser itself, not of the one that was refused */
    int alert;      /* -1: none */
    struct xd_place place;
    const char *quote;
};

/* What the verifier asks of a chain (contract: "What each verifier requires"). */
struct xd_requirement {
    bool checked;   /* it verifies at all */
    bool outside;   /* the verifier is no node of the case */
    bool uncertain; /* sources disagree, or a setting is not known: at most probable */
    enum xd_purpose purpose;
    const char *why; /* in words, for summaries */
};

enum xd_basis_of_chain {
    XD_BASE_NOTHING,
    XD_BASE_SEEN,
    XD_BASE_INFERRED,
    XD_BASE_STORE,
    XD_BASE_OTHER_SERVICE, /* the same end showed it on the traversal zone */
};

/* One certificate chain as its verifier judges it. */
struct xd_replay {
    enum xd_basis_of_chain basis;
    struct xd_cert **chain;
    size_t n_chain;
    struct xd_place chain_place;
    struct xd_requirement need;
    bool trust_tested;
    xd_time time;
    unsigned faults; /* XD_SAYS_ bits: every defect, each tested by itself */
    bool key_usage;  /* the purpose defect is one of keyUsage */
    bool usage_too;  /* the leaf lacks the purpose, and its keyUsage does not fit either */
    const struct xd_cert *purpose_at; /* where the purpose is missing */
    const struct xd_cert *time_at;
    const char *trust_words;
    const char *purpose_words;
    const char *time_words;
    const char *constraint_words;  /* path length and the like: no finding names it */
    const struct xd_cert *top;     /* where the path that the verifier can build ends */
    const struct xd_cert *missing; /* the CA that would complete it, found elsewhere */
    bool broken_only;              /* with the missing intermediate it would be trusted */
    bool assumed_to_pass; /* an outside verifier that takes public CAs would take it */
    bool rooted;          /* with all that is known, the path ends at a root */
};

struct xd_conv {
    struct xd_flow *flow; /* the view that shows most; NULL: known from logs alone */
    struct xd_flow **views;
    size_t n_views, cap_views;
    struct xd_endpoint end[2];
    const struct xd_node *node[2];
    enum xd_service service;
    bool related;
    bool assumed; /* a stranger, taken in because all of its kind fail alike */
    bool unsure;  /* may be the zone's own client as well as a stranger */
    enum xd_protocol protocol;
    xd_time time;
    enum xd_outcome outcome;
    struct xd_voice *voices;
    size_t n_voices, cap_voices;
    const struct xd_log_event **events;
    size_t n_events, cap_events;
    struct xd_zone *zone[2]; /* of the node on either side, or NULL */
    struct xd_draft *cause;
};

enum { XD_TOLD_ALARMS = 4 };

/* A finding being written.  The finding comes first: pointers to both are the same. */
struct xd_draft {
    struct xd_finding f;
    const struct xd_cert *cert; /* what makes two of one id the same */
    const char *key;
    struct xd_draft *alike; /* the next whose key has the same hash */
    const char *facts;      /* rules_names.c: what was told so far */
    size_t n_facts;
    uint64_t first_frame;
    size_t at; /* rules_connection.c: position + 1 of what is gathered for its words */
    bool told_by_others; /* than strangers who fail alike, or who may be strangers */
    bool contradicts;    /* that a status of before says otherwise is said */
    bool doubted;        /* that its clients may be strangers is said */
    const struct xd_conv *untold_zone; /* halves.c: of a zone that no settings tell */
    const char *reach_of;     /* reach.c: the servers alone that it stops, or NULL */
    const char *reach_others; /* those that answered */
    bool reach_whole;         /* it stops more than that */
    bool reach_router;        /* it stops XMPP, and with reach_more something else too */
    bool reach_more;
    bool persists; /* mended.c: one of its conversations never worked later */
    struct xd_zone **zones;
    size_t n_zones, cap_zones;
    struct xd_tunnel **tunnels;
    size_t n_tunnels, cap_tunnels;
    struct {
        const struct xd_node *node;
        const char *const *ids;
    } told_alarms[XD_TOLD_ALARMS]; /* of which all are in it, the last ones */
    size_t n_told_alarms;
    struct xd_alarm **alarms;
    size_t n_alarms, cap_alarms;
};

/* One C peer and one E peer of one UC zone. */
struct xd_pair {
    struct xd_node *c;
    struct xd_node *e;
    struct xd_zone *c_zone; /* or NULL */
    struct xd_zone *e_zone;
    const struct xd_zone_peer *c_peer; /* of c_zone */
    bool by_line; /* no settings tell: C's log names E as the host of its tunnels */
};

/* halves.c: an E whose address C calls as one of its traversal zones, or a C. */
struct xd_half {
    struct xd_addr addr;
    enum xd_node_role role;
    const struct xd_node *c; /* that calls the E; NULL: it is a C itself */
    const char *name;        /* as C's log or E's settings name it, or NULL */
    bool tunnels;            /* the log tells of SSH tunnels to that name */
};

/* halves.c: a UC server, as a line of the traffic server names it. */
struct xd_served {
    struct xd_addr addr;
    const char *name;
};

/* A store's leaf and its path through the node's own CA file. */
struct xd_own_chain {
    const struct xd_node *node;
    const struct xd_store *store;
    const struct xd_cert *leaf;
    struct xd_cert **chain;
    size_t n_chain;
};

/* While two clocks kept their distance. */
struct xd_clock_span {
    xd_time from, to; /* by the clock of a */
    xd_time offset;
};

/* Two nodes, and how far their clocks are apart. */
struct xd_clock_pair {
    const struct xd_node *a;
    const struct xd_node *b;
    xd_time offset; /* b's ahead of a's */
    xd_time *samples;
    size_t n_samples;            /* 0: not known */
    struct xd_clock_span *spans; /* of what both captured, in order of time */
    size_t n_spans, cap_spans;
    const struct xd_conv *shown; /* captured at both; NULL: told by lines */
    struct xd_place place[2];    /* then: where either tells of one connection */
    bool agrees;
};

struct xd_judge {
    struct xd_case *cs;
    const struct xd_diagnose_options *options;
    struct xd_conv **convs;
    size_t n_convs, cap_convs;
    struct xd_node **node_of_entry; /* by entry id */
    struct xd_draft **drafts;
    size_t n_drafts, cap_drafts;
    struct xd_draft *spare;     /* filled in place of those beyond XD_MAX_FINDINGS */
    struct xd_callers *callers; /* convs.c: whose calls an E's ports get */
    struct xd_map *heard;       /* voices.c: which conversation has which event */
    struct xd_map *draft_index; /* findings.c: by what makes them one */
    struct xd_pair *pairs;
    size_t n_pairs, cap_pairs;
    const struct xd_flow **tunnels; /* one of each two ends, of those that were seen */
    size_t n_tunnels, cap_tunnels;
    struct xd_map *replayed; /* replay.c: answers given before */
    struct xd_half *halves;
    size_t n_halves, cap_halves;
    struct xd_served *served;
    size_t n_served, cap_served;
    struct xd_own_chain *own_chains; /* made once each */
    size_t n_own_chains, cap_own_chains;
    struct xd_clock_pair *clocks; /* clocks.c */
    size_t n_clocks, cap_clocks;
    struct xd_rightly *rightly_shown; /* outlived.c */
    bool *shown; /* replay.c: by certificate, whether some conversation shows it first */
    enum xd_tri whole; /* replay.c: every store of every node was read */
    unsigned hidden;   /* failed related handshakes whose certificates nobody could tell */
};

/* convs.c */
void xd_judge_converse(struct xd_judge *j);
/* A conversation that only a log line tells of. */
struct xd_conv *xd_conv_loose(struct xd_judge *j, const struct xd_log_event *e);
/* halves.c: after xd_judge_converse; and what is said of it once the rules are done */
void xd_judge_learn_halves(struct xd_judge *j);
void xd_judge_tell_halves(struct xd_judge *j);
/* The C behind addresses that no settings list; once it is told which are strangers. */
void xd_judge_learn_clients(struct xd_judge *j);
/* As xd_case_outside, and by C's log where no settings tell, or no zone has a name. */
bool xd_judge_outside(const struct xd_judge *j, const struct xd_addr *addr,
                      struct xd_outside *out);
/* Is it a Unified Communications zone's?  UNKNOWN: no settings tell, nor do tunnels. */
enum xd_tri xd_conv_is_uc(const struct xd_judge *j, const struct xd_conv *v);
/* join_log.c: the last step of xd_judge_converse */
void xd_judge_join_log(struct xd_judge *j);
/* join_nat.c: after xd_judge_converse */
void xd_judge_join_nat(struct xd_judge *j);
/* reach.c: after all rules; one UC server of several, or XMPP alone */
void xd_judge_reach(struct xd_judge *j);
/* join_web.c: after xd_judge_converse */
void xd_judge_join_web(struct xd_judge *j);
struct xd_node *xd_judge_node_of(const struct xd_judge *j, const struct xd_entry *entry);
/* Whose address it is, as `asker` (or NULL) uses it; NULL: nobody's, or not to be told. */
struct xd_node *xd_judge_node_at(const struct xd_judge *j, const struct xd_addr *addr,
                                 const struct xd_node *asker);
bool xd_conv_failed(const struct xd_conv *v);
/* What speaks for an unsure client's being the zone's own, and what against; a sentence. */
const char *xd_conv_doubt(const struct xd_judge *j, const struct xd_conv *v);
/* The service between these ends, where no packet shows it. */
enum xd_service xd_conv_service(const struct xd_node *const node[2],
                                const struct xd_endpoint end[2]);
/* The time by the clock of the node on that side, as near as the evidence allows. */
xd_time xd_conv_time_at(const struct xd_judge *j, const struct xd_conv *v,
                        enum xd_side side);
/*
 * outlived.c: was it before the node's store became what the bundle holds?  ON: later it
 * showed what the store holds on that service, or that was not yet issued then.  UNKNOWN:
 * it may have been issued only since.
 */
enum xd_tri xd_conv_outlived(struct xd_judge *j, const struct xd_conv *v, enum xd_side by);
/*
 * Had the node shown what its store holds before, on that service or in a tunnel (whose
 * copy is made at start alone)?  Then no restart is due for it.
 */
bool xd_conv_follows_right(struct xd_judge *j, const struct xd_conv *v, enum xd_side by);
/*
 * Are the node's files of another logging than what was told there?  ON: of a later one;
 * UNKNOWN: of one a day before or more.  What its own bundle tells is of the same.
 */
enum xd_tri xd_node_moved_on(const struct xd_judge *j, const struct xd_node *n,
                             const struct xd_place *told);
/* A later logging's store, whose leaf begins after it: it cannot be what was shown. */
bool xd_store_came_later(const struct xd_judge *j, const struct xd_node *n,
                         const struct xd_store *s, const struct xd_place *told);
/* Where the conversation is told of, by the node itself if it does. */
struct xd_place xd_conv_told_to(const struct xd_judge *j, const struct xd_conv *v,
                                const struct xd_node *n);
/* The chain that this side showed, or NULL. */
const struct xd_presented *xd_conv_presented(const struct xd_conv *v, enum xd_side by,
                                             const struct xd_flow **seen_in);
const struct xd_inferred *xd_conv_inferred(const struct xd_conv *v, enum xd_side by);
/* A length that no chain of that node's stores has, where no other view fits one; NULL. */
const struct xd_inferred *xd_conv_inferred_none(const struct xd_conv *v, enum xd_side by);

/* voices.c */
unsigned xd_says_of_text(const char *text);
unsigned xd_says_of_alert(int alert);
void xd_conv_hear_failure(struct xd_judge *j, struct xd_conv *v, const struct xd_flow *f);
void xd_conv_hear_event(struct xd_judge *j, struct xd_conv *v,
                        const struct xd_log_event *e);
/* Does anybody refuse what `presenter` showed?  *says collects the reasons given. */
bool xd_conv_refuses(const struct xd_conv *v, enum xd_side presenter, unsigned *says);
/* Does that end's own log say that it refused the other, for a reason? */
bool xd_conv_refuses_too(const struct xd_conv *v, enum xd_side side);

/* requirement.c */
enum xd_eku_check xd_node_eku_check_at(const struct xd_node *n, xd_time t);
struct xd_requirement xd_sip_requirement(const struct xd_node *verifier,
                                         enum xd_side presenter, bool uc, xd_time t);
/* Of the node that verifies what `presenter` shows, at that time by its clock. */
struct xd_requirement xd_conv_requirement(const struct xd_conv *v, enum xd_side presenter,
                                          xd_time t);

/* replay.c */
/* The store that the role calls for; NULL where its file is missing. */
const struct xd_store *xd_node_store_for(const struct xd_node *n, enum xd_side role);
/* What the node would send: the leaf and its path through its own CA file. */
size_t xd_node_own_chain(struct xd_judge *j, const struct xd_node *n,
                         const struct xd_store *store, struct xd_cert ***out);
void xd_conv_replay(struct xd_judge *j, const struct xd_conv *v, enum xd_side presenter,
                    struct xd_replay *out);
/* The tests of one chain against one node's CA file (verifier NULL: trust is not tested).
 */
void xd_replay_chain(struct xd_judge *j, const struct xd_node *verifier,
                     struct xd_replay *r);
/*
 * Two CAs of one name are in the verifier's file: does the chain fail by the first, and
 * pass once that is gone?
 */
bool xd_replay_shadowed(struct xd_judge *j, const struct xd_node *verifier,
                        const struct xd_replay *r, const struct xd_cert *first);
/*
 * Can it be said which CA is at fault?  Where the path ends below a root, only if nothing
 * was missing that might hold the issuer: else it may be an intermediate or a root.
 */
bool xd_replay_tells_ca(struct xd_judge *j, const struct xd_replay *r);
/* Is its SIP TLS known not to look at revocation? */
bool xd_node_ignores_revocation(const struct xd_node *n);
/* Is a digest or key of the chain too weak for a strict verifier, and all else fine? */
bool xd_replay_is_weak(struct xd_judge *j, const struct xd_replay *r);

/* findings.c */
struct xd_draft *xd_draft_get(struct xd_judge *j, enum xd_finding_id id,
                              const struct xd_node *node, const struct xd_cert *cert,
                              const char *key);
struct xd_draft *xd_draft_find(const struct xd_judge *j, enum xd_finding_id id,
                               const struct xd_node *node);
bool xd_draft_is_new(const struct xd_draft *d);
void xd_draft_confidence(struct xd_draft *d, enum xd_confidence c);
void xd_draft_flow(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v);
void xd_draft_cert(struct xd_judge *j, struct xd_draft *d, const struct xd_cert *c);
void xd_draft_mask(struct xd_judge *j, struct xd_draft *d, enum xd_finding_id id);
void xd_draft_zone(struct xd_judge *j, struct xd_draft *d, struct xd_zone *z);
void xd_draft_tunnel(struct xd_judge *j, struct xd_draft *d, struct xd_tunnel *t);
void xd_draft_alarm(struct xd_judge *j, struct xd_draft *d, struct xd_alarm *a);
void xd_draft_alarms(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                     const char *const *ids);
void xd_draft_effect(struct xd_judge *j, struct xd_draft *d, const char *effect);
void xd_draft_effects(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v);
void xd_draft_remedy(struct xd_judge *j, struct xd_draft *d, const struct xd_remedy *r);
void xd_draft_text(struct xd_judge *j, struct xd_draft *d, const char *title,
                   const char *summary);
/* One more sentence, before what is to be done next. */
void xd_draft_say(struct xd_judge *j, struct xd_draft *d, const char *sentence);
void xd_judge_publish(struct xd_judge *j);
/* Does any finding of this id name the certificate? */
bool xd_judge_names_cert(const struct xd_judge *j, enum xd_finding_id id,
                         const struct xd_cert *c);
/* Does a finding about the certificate hide this one? */
bool xd_judge_masks_cert(const struct xd_judge *j, enum xd_finding_id id,
                         const struct xd_cert *c);

/* evidence.c */
void xd_evidence_add(struct xd_judge *j, struct xd_draft *d, struct xd_place place,
                     const char *quote, bool supports);
void xd_evidence_conv(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v);
void xd_evidence_chain(struct xd_judge *j, struct xd_draft *d, const struct xd_replay *r,
                       const struct xd_conv *v, enum xd_side by);
/* A CA of the node's own list; nothing where it is not in it. */
void xd_evidence_ca(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                    const struct xd_cert *c);
/* It is of another logging than the refusal: see xd_node_moved_on. */
void xd_evidence_other_day(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                           const struct xd_store *s);
void xd_evidence_store(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                       const struct xd_store *s);
void xd_evidence_eku_check(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                           xd_time t, bool supports);
void xd_evidence_zone(struct xd_judge *j, struct xd_draft *d, const struct xd_zone *z);
void xd_evidence_tunnel(struct xd_judge *j, struct xd_draft *d, const struct xd_tunnel *t);
void xd_evidence_alarm(struct xd_judge *j, struct xd_draft *d, const struct xd_alarm *a);
void xd_evidence_event(struct xd_judge *j, struct xd_draft *d, const struct xd_log_event *e,
                       bool supports);

/* rules_peers.c: does the node's cluster verify its peers' TLS at that time?  *place: where
 * that is said, unless NULL; XD_TIME_NONE: at the end. */
enum xd_tri xd_node_enforcing_at(const struct xd_node *n, xd_time t,
                                 struct xd_place *place);

/* rules_input.c: is there nothing in it to read? */
bool xd_entry_is_empty(const struct xd_entry *e);

/* words.c */
/* A sentence behind "Next:" does not begin a new one. */
const char *xd_words_lower(struct xd_judge *j, const char *sentence);
const char *xd_words_node(struct xd_judge *j, const struct xd_node *n);
const char *xd_words_side(struct xd_judge *j, const struct xd_conv *v, enum xd_side s);
const char *xd_words_party(struct xd_judge *j, const struct xd_party *p);
/* The end of a conversation; not set where it stands for strangers who all fail alike. */
struct xd_party xd_conv_party(const struct xd_conv *v, enum xd_side s);
/* A title begins with a capital, unless with a name. */
const char *xd_words_title(struct xd_judge *j, const char *text);
/* For readers, and slower: an address with the name that the zones have for it. */
const char *xd_words_named(struct xd_judge *j, const struct xd_party *p);
const char *xd_words_end(struct xd_judge *j, const struct xd_conv *v, enum xd_side s);
/* The same, for the other half of a pair alone; NULL: it is none. */
const char *xd_words_half(struct xd_judge *j, const struct xd_party *p);
/* "from 10.0.0.1 to 10.0.0.2, TCP port 7001" */
const char *xd_words_path(struct xd_judge *j, const struct xd_conv *v);
/* "serial 12 (line 3 of ca_x.pem)" of a trusted CA */
const char *xd_words_ca_place(struct xd_judge *j, const struct xd_node *n,
                              const struct xd_cert *c);
const char *xd_words_cert(struct xd_judge *j, const struct xd_cert *c);
const char *xd_words_eku(struct xd_judge *j, const struct xd_cert *c);
/* The names of the bits in a key usage, "none" without any. */
const char *xd_words_key_usage(struct xd_judge *j, const struct xd_cert *c);
const char *xd_words_store(const struct xd_node *n, const struct xd_store *s);
const char *xd_words_service(enum xd_service s);
const char *xd_words_name(const struct xd_cert *c);
/* The names that a certificate of the node (or NULL) has, in quotes: its host name alone if
 * that is one, else the first few; one of them is wanted. */
const char *xd_words_sans(struct xd_judge *j, const struct xd_node *n,
                          const struct xd_cert *c);
const char *xd_words_time(struct xd_judge *j, xd_time t);
/* "12.0 s", "3 h 20 min", "45 days": as one would say it. */
const char *xd_words_span(struct xd_judge *j, xd_time t);

/* later.c: what came up after its status was taken */
void xd_judge_outrank(struct xd_judge *j);
/* After the rules: what failed although the status says that it is up; that is said. */
void xd_judge_contradict(struct xd_judge *j);
/* Up, in use by both ends, and not seen to end. */
bool xd_conv_stayed_up(const struct xd_conv *v);
/* mended.c: what a later connection shows mended; after all rules */
void xd_judge_mended(struct xd_judge *j);

/* zones.c: status */
bool xd_zone_is_tls(const struct xd_zone *z);
bool xd_zone_is_down(const struct xd_zone *z);
bool xd_zone_is_up(const struct xd_zone *z);
/* "Active (n of m)": m; 0: its status does not tell. */
size_t xd_zone_wants(const struct xd_zone *z);
bool xd_tunnel_is_down(const struct xd_tunnel *t);
bool xd_tunnel_is_up(const struct xd_tunnel *t);
/* rules_status.c: does any finding so far explain it? */
bool xd_tunnel_explained(const struct xd_judge *j, const struct xd_tunnel *t);
struct xd_zone *xd_zone_of(const struct xd_node *n, enum xd_side side,
                           const struct xd_endpoint end[2], const struct xd_node *far);
void xd_judge_pair_up(struct xd_judge *j);
/* Is that the node's name?  Where its settings tell none, the first label decides. */
bool xd_node_is_called(const struct xd_node *n, const char *name);
/* Was an SSH tunnel seen between the same two addresses, or does C's log tell of one? */
bool xd_conv_beside_tunnel(const struct xd_judge *j, const struct xd_conv *v);
/* Is the node waiting for a restart (alarm 15028)? */
struct xd_alarm *xd_node_restart_pending(const struct xd_node *n);
/* No restart is pending, and both places that could tell of one were read. */
bool xd_node_uses_its_stores(const struct xd_node *n);

/* causes.c: one refusal explained */
struct xd_cause {
    enum xd_finding_id id;
    unsigned fault;             /* the XD_SAYS_ bit */
    const struct xd_conv *conv; /* NULL: told from settings and stores alone */
    enum xd_side presenter;
    const struct xd_node *presenter_node;
    const struct xd_node *verifier_node;
    struct xd_party parties[2];     /* presenter, verifier */
    const struct xd_replay *replay; /* never NULL; zeroed where there is none */
    unsigned says;
    const char *expected; /* name asked for, or NULL */
    bool ssh;
    bool told;            /* a log line or a status row tells of the refusal */
    bool contradicted;    /* by the files of the bundle the verifier would accept it */
    bool may_be_replaced; /* it may have been replaced, and no restart followed */
    bool other_logging;   /* what the verifier trusts is known of another day alone */
    bool against_setting; /* its dump calls the EKU check off, and it refuses for it */
    const struct xd_cert *shadow; /* the CA of the right name and the wrong key, or NULL */
    const struct xd_cert
        *namesake;           /* the same, where no CA of that name has the right one */
    const char *clock_shown; /* what shows that the verifier's clock is wrong, or NULL */
    const char *clock_doubt; /* a sentence after a blank, or NULL */
    bool clock_assumed;      /* only the times of the two bundles say that clocks differ */
    const struct xd_zone *zone; /* that asks for the name, where there is no conversation */
};
/* causes_clock.c: a clock may be the cause; the confidence with what is known of it. */
enum xd_confidence xd_cause_judge_clock(const struct xd_judge *j, struct xd_cause *c,
                                        enum xd_confidence confidence);
enum xd_finding_id xd_cause_of_fault(unsigned fault, enum xd_side presenter,
                                     const struct xd_replay *r);
/*
 * The leaf is in no store of its node that could be read, and another store was not: it
 * may be the one in use, or one that was replaced (stale-certificate-presented).  Unless
 * nothing was replaced (xd_node_uses_its_stores), no defect of it is named as the cause.
 */
bool xd_cause_is_untold(const struct xd_conv *v, enum xd_side presenter);
/* The first fault in the order in which they hide each other; 0: none. */
unsigned xd_first_fault(unsigned faults);
bool xd_store_holds(const struct xd_store *s, const struct xd_cert *c);
/* The leaf lacks that name (or NULL) as well. */
void xd_cause_mask_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cert *leaf,
                        const char *want);
/* The replay's other defects go to masked[]. */
void xd_cause_mask(struct xd_judge *j, struct xd_draft *d, const struct xd_replay *r,
                   enum xd_side presenter, unsigned fault);
/* The same for what was shown and refused; false: nobody refused it. */
bool xd_cause_mask_refused(struct xd_judge *j, struct xd_draft *d, const struct xd_conv *v,
                           enum xd_side presenter);
struct xd_draft *xd_cause_raise(struct xd_judge *j, const struct xd_cause *c,
                                enum xd_confidence confidence);
/*
 * Of an unknown CA: the one that the verifier trusts by that name, and that has another key
 * than the one that signed; or NULL.
 */
const struct xd_cert *xd_cause_namesake(const struct xd_cause *c);
/* causes_judge.c: is it an issuer of the right name whose key did not sign?  Sets it. */
bool xd_cause_by_signature(struct xd_cause *c);
struct xd_draft *xd_cause_raise_signature(struct xd_judge *j, const struct xd_cause *c,
                                          enum xd_confidence confidence);
/*
 * The secure traversal test showed a certificate without the purpose, which is not the one
 * of the client store: that one, which the zone uses and which has it.  NULL: not so.
 */
const struct xd_cert *xd_cause_zone_leaf(const struct xd_judge *j,
                                         const struct xd_cause *c);
const struct xd_node *xd_cause_node(const struct xd_cause *c);
/* The renewal, in the chain, of the expired CA that the verifier still trusts; or NULL. */
const struct xd_cert *xd_cause_renewed_ca(const struct xd_cause *c);
/* remedies.c: is it CUCM, which no bundle is of, that refuses the client certificate? */
bool xd_cause_is_cucm(const struct xd_cause *c);
/* Is it the XCP router that misses a name, which it has from reverse DNS? */
bool xd_cause_is_router_name(const struct xd_cause *c);
/* causetext.c: were the clocks of the two nodes measured, and do they agree? */
bool xd_cause_clocks_agree(const struct xd_judge *j, const struct xd_cause *c);
/*
 * expected_name.c: the name that the verifier looks for in what that side shows, or NULL
 * where the evidence does not tell it (none is looked for, or it is not known).
 */
const char *xd_conv_expected_name(const struct xd_judge *j, const struct xd_conv *v,
                                  enum xd_side presenter);
/* Of zones and UC servers alone, whatever a log says: what the verifier set out to find. */
const char *xd_conv_asked_name(const struct xd_conv *v, enum xd_side presenter);
/* The last change before that time of the subject name that the zone verifies, or NULL. */
const struct xd_setting_change *xd_conv_change_of_name(const struct xd_conv *v,
                                                       enum xd_side presenter);
/* Is it the traffic server of C, which verifies the UC server that it asks (X14.2 on)? */
bool xd_conv_verifies_origin(const struct xd_conv *v, enum xd_side presenter);
/* rules_zone_name.c: does a zone name its peer by an address, which the chain lacks? */
bool xd_cause_is_zone_address(const struct xd_cause *c);
/* The change that made the zone expect another name than the certificate's, or NULL. */
const struct xd_setting_change *xd_cause_name_change(const struct xd_cause *c);
void xd_cause_tell(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c);
/* remedies.c */
void xd_cause_remedies(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c);
void xd_remedy_restart(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n);
void xd_remedy_add(struct xd_judge *j, struct xd_draft *d, const struct xd_node *n,
                   enum xd_actor actor, const char *text, const char *where);
/* The older of the two goes up to the release of the other. */
void xd_remedy_upgrade(struct xd_judge *j, struct xd_draft *d, const struct xd_node *a,
                       const struct xd_node *b);
/* Nobody's certificate is looked at then. */
void xd_remedy_cluster_permissive(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_node *n);
/* A new certificate for what was shown, as the text says; of a node also its restart. */
void xd_remedy_issue_again(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                           const char *text);
/* remedies_name.c */
void xd_remedy_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c);
/* remedies_client.c */
void xd_remedy_client_eku(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c);
void xd_remedy_client_certificate(struct xd_judge *j, struct xd_draft *d,
                                  const struct xd_node *n, const struct xd_node *verifier,
                                  const struct xd_cert *limit);
/* The same for an Expressway whose bundle is not in the case, in one step. */
void xd_remedy_client_outside(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_party *at, const char *verifier);

/* predict.c: what a pair's stores and settings lead to */
struct xd_change {
    bool set_check; /* override E's EKU check */
    enum xd_eku_check check;
    bool good_client; /* C gets a client certificate that everybody accepts */
    xd_time at;       /* XD_TIME_NONE: as of the dumps */
    /* Nodes of whose trusted CAs only those are known that the change adds. */
    const struct xd_node *part_of_trust[2];
};
/* Who presents as what to whom. */
struct xd_link {
    const struct xd_node *from;
    const struct xd_node *to;
    enum xd_side presenter;
};
struct xd_outlook {
    enum xd_prediction result;
    enum xd_side presenter;     /* whose certificate fails */
    const struct xd_node *from; /* of that one, where it fails */
    const struct xd_node *to;
    unsigned fault; /* XD_SAYS_ bit; 0: none */
    const struct xd_replay *replay;
    const char *expected;   /* the name that is missing */
    const char *only_in_cn; /* a name that only the CN has, or NULL */
    const char *reason;
    const struct xd_outlook *then; /* what the other end refuses once this is mended */
};
/* whatif.c: by the status of either end, of this peer where it has one of its own */
bool xd_pair_is_down(const struct xd_pair *p, bool *up);
/* The name that the other end's zone asks of what that side of the pair shows, or NULL. */
const char *xd_pair_name(const struct xd_pair *p, enum xd_side presenter);
/* rules_status.c: a handshake of the pair's zone worked. */
bool xd_pair_came_up(const struct xd_judge *j, const struct xd_pair *p);
/* Was a time named, and when is the pair judged? */
bool xd_predict_is_timed(const struct xd_judge *j, const struct xd_change *c);
xd_time xd_predict_time(const struct xd_judge *j, const struct xd_pair *p,
                        const struct xd_change *c);
void xd_predict_zone(struct xd_judge *j, const struct xd_pair *p, const struct xd_change *c,
                     struct xd_outlook *out);
void xd_predict_ssh(struct xd_judge *j, const struct xd_pair *p, const struct xd_change *c,
                    struct xd_outlook *out);

/* tried.c: a pair as the changes that the user wants tried would make it */
struct xd_tried {
    struct xd_pair pair; /* its nodes are copies */
    struct xd_change change;
    const char *notes; /* what is to be said of the changes themselves; "" for nothing */
};
XD_MUST_USE enum xd_rc xd_tries_resolve(struct xd_judge *j, struct xd_err *err);
void xd_tries_apply(struct xd_judge *j, const struct xd_pair *p, struct xd_tried *out);
/* From when on what is tried in the store is valid; XD_TIME_NONE: nothing is. */
xd_time xd_tried_from(const struct xd_judge *j, const struct xd_store *s);
/* "eku-check=off, client-cert=new.pem" */
const char *xd_tries_name(struct xd_judge *j);

/* infer.c: before any rule */
void xd_judge_infer(struct xd_judge *j);
/* Once logs are joined: stores told by the names that logs found in certificates. */
void xd_judge_infer_names(struct xd_judge *j);
/* Strangers who all refuse one service alike count as related from here on. */
void xd_judge_adopt_alike(struct xd_judge *j);
/* clocks.c: once views are put together, before logs are joined to them. */
void xd_judge_measure_clocks(struct xd_judge *j);
/* How far b's clock is ahead of a's; NULL: nothing tells, or logs show that they agree. */
const struct xd_clock_pair *xd_clock_pair(const struct xd_judge *j, const struct xd_node *a,
                                          const struct xd_node *b, xd_time *offset);
/*
 * How far it was then, t by the clock of a: one of them may be set right meanwhile.  That
 * of the conversation itself is best, where both captured it.
 */
bool xd_conv_clock_offset(const struct xd_judge *j, const struct xd_conv *v,
                          const struct xd_node *a, const struct xd_node *b, xd_time t,
                          xd_time *offset);
bool xd_clock_offset(const struct xd_judge *j, const struct xd_node *a,
                     const struct xd_node *b, xd_time t, xd_time *offset);
/*
 * How much later b's bundle was made than a's, each by its own clock, where nothing
 * measures the clocks; 0: within some days of each other, as bundles of one case are.
 */
xd_time xd_bundles_apart(const struct xd_judge *j, const struct xd_node *a,
                         const struct xd_node *b);

/* the rules */
void xd_rule_encrypted(struct xd_judge *j);
/* offer.c: the versions, or the cipher suites, that a hello names; NULL: none are known. */
const char *xd_offer_versions(struct xd_judge *j, const struct xd_tls_facts *t,
                              const char *between);
const char *xd_offer_ciphers(struct xd_judge *j, const struct xd_tls_facts *t);
/* Can a server whose certificate has such a key (as in xd_cert.key) answer that hello? */
enum xd_taken { XD_TAKEN_UNKNOWN, XD_TAKEN_NO, XD_TAKEN_YES };
enum xd_taken xd_offer_takes(const struct xd_tls_facts *t, const char *key);
/* Can a client with such a key answer the CertificateRequest? */
enum xd_taken xd_request_takes(const struct xd_tls_facts *t, const char *key);
/* A sentence, where the client kept its certificate back for that; else "". */
const char *xd_request_tell(struct xd_judge *j, const struct xd_cause *c);

/* rules_handshake.c: what fails for no defect of a chain; true: v has its cause. */
bool xd_explain_handshake(struct xd_judge *j, struct xd_conv *v);
void xd_rule_resolution(struct xd_judge *j);
void xd_rule_tunnel_names(struct xd_judge *j);
void xd_rule_names(struct xd_judge *j);
void xd_rule_traversal_auth(struct xd_judge *j);
void xd_rule_peers(struct xd_judge *j);
void xd_rule_causes(struct xd_judge *j);
void xd_rule_status(struct xd_judge *j);
void xd_rule_zone_names(struct xd_judge *j);
void xd_rule_unexplained(struct xd_judge *j);
void xd_rule_alarms(struct xd_judge *j);
void xd_rule_splits(struct xd_judge *j);
void xd_rule_strange_leaves(struct xd_judge *j);
void xd_rule_wrong_store(struct xd_judge *j);
void xd_rule_ssh(struct xd_judge *j);
void xd_rule_ssh_far(struct xd_judge *j);
void xd_rule_connections(struct xd_judge *j);
void xd_rule_stores(struct xd_judge *j);
void xd_rule_settings(struct xd_judge *j);
void xd_rule_dates(struct xd_judge *j);
void xd_rule_inputs(struct xd_judge *j);
void xd_rule_unsolicited(struct xd_judge *j);

void xd_judge_checks(struct xd_judge *j);
void xd_judge_scenarios(struct xd_judge *j);
void xd_judge_what_if(struct xd_judge *j);

#endif
