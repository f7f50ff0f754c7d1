/*
 * tunnels_priv.h - what the files that judge SSH tunnels share: all that the evidence
 * shows of the tunnels between one C and one E.
 */
#ifndef XD_TUNNELS_PRIV_H
#define XD_TUNNELS_PRIV_H

#include "judge_priv.h"

/* ssh_gather.c: E that a C calls for Unified Communications without their bundles. */
enum { XD_MAX_ABSENT = 64 }; /* a zone has six peers, a C a few such zones */
struct xd_absent {
    const struct xd_zone_peer *peers[XD_MAX_ABSENT];
    size_t n;
};
void xd_absent_find(const struct xd_node *c, struct xd_absent *out);

/* What the evidence shows of the tunnels of one C, to one E or to none. */
struct xd_tunnels {
    struct xd_node *c;
    struct xd_node *e;                 /* or NULL */
    const struct xd_absent *others;    /* beside E of the case; NULL: C has none of those */
    const struct xd_zone_peer *absent; /* the one of them that is C's far end, or NULL */
    struct xd_conv **refused;
    size_t n_refused, cap_refused;
    struct xd_conv **silent; /* connect failures, refused or unanswered */
    size_t n_silent, cap_silent;
    const struct xd_log_event **denied;
    size_t n_denied, cap_denied;
    const struct xd_log_event **dead; /* timed out, connection refused */
    size_t n_dead, cap_dead;
    struct xd_tunnel **down;
    size_t n_down, cap_down;
    bool status_denied;
    bool status_host_key;         /* C does not accept E's host key, by a status row */
    bool accepted;                /* a tunnel was seen to come up */
    const struct xd_conv *let_in; /* the last of those whose login was seen, or NULL */
    unsigned says;                /* what logs of the server say about the key */
    bool length_contradicts;
    bool length_untold;                         /* of a refused login that was captured */
    const struct xd_tunnel *status_dead;        /* the status tells of silence or refusal */
    bool up;                                    /* a status row says so */
    const struct xd_log_event *algorithm_event; /* a key type is not taken */
    const struct xd_log_event *host_key_event;  /* C does not accept E's host key */
};
/* ssh_words.c: what tells the tunnels of one pair from those of another */
const char *xd_tunnels_key(struct xd_judge *j, const struct xd_tunnels *t);
/* Does a reason that a status or a log gives (or NULL) hold the word, in any case? */
bool xd_tunnels_text_has(const char *text, const char *word);
/* "Expressway-C c"; "Expressway-E e", without its bundle by its name */
const char *xd_tunnels_c(struct xd_judge *j, const struct xd_tunnels *t);
const char *xd_tunnels_e(struct xd_judge *j, const struct xd_tunnels *t);
/* Are a refused login's request and that of one that was let in of one length?  UNKNOWN:
 * not both were seen. */
enum xd_tri xd_tunnels_same_length(const struct xd_tunnels *t);
/* A sentence about that; "" where nothing was let in. */
const char *xd_tunnels_let_in_words(struct xd_judge *j, const struct xd_tunnels *t);
/* Where the refusal, or that tunnels are down, is told last; by C's own bundle if it is. */
struct xd_place xd_tunnels_told(const struct xd_judge *j, const struct xd_tunnels *t);
/* Lengths of refused logins that fit no chain of the client store, as counter-evidence. */
void xd_tunnels_show_length(struct xd_judge *j, struct xd_draft *d,
                            const struct xd_tunnels *t);
/* E as a party of a finding. */
struct xd_party xd_tunnels_far(const struct xd_tunnels *t);
/* "from 10.0.0.1 (source ports 30000-35999) to 10.0.0.2" */
const char *xd_tunnels_path(struct xd_judge *j, const struct xd_tunnels *t);
/* C as a list of blocked addresses shows it. */
const char *xd_tunnels_blocked_words(struct xd_judge *j, const struct xd_tunnels *t);
void xd_tunnels_gather(struct xd_judge *j, struct xd_tunnels *t);
/* Is it one of these two ends'? */
bool xd_tunnels_between(const struct xd_tunnels *t, const struct xd_conv *v);
/* Everything that this finding explains, tied to it; or the rows that are down alone. */
void xd_tunnels_attach(struct xd_judge *j, struct xd_draft *d, struct xd_tunnels *t);
void xd_tunnels_attach_down(struct xd_judge *j, struct xd_draft *d, struct xd_tunnels *t);
/* rules_ssh_key.c: key types that the settings of either node leave out; true: raised. */
bool xd_ssh_key_algorithm(struct xd_judge *j, struct xd_tunnels *t, bool refused);
/* rules_ssh_silence.c: what does not answer; after a refused login E may have blocked C. */
void xd_ssh_silence(struct xd_judge *j, struct xd_tunnels *t, bool login_refused);
/* The same of every C that is not in the case. */
void xd_ssh_silent_strangers(struct xd_judge *j);
/*
 * rules_ssh_untold.c: a refused login, and with which certificate, or whether it should
 * pass, the evidence does not tell.  `s` is the store that was judged, or NULL.
 */
void xd_ssh_untold(struct xd_judge *j, struct xd_tunnels *t, const struct xd_store *s);
/* The replay ends at a defect that no finding names: path length, names, extensions. */
void xd_ssh_constraint(struct xd_judge *j, struct xd_tunnels *t, const struct xd_replay *r);
/* The alarm of C, else of E, that says that a restart is due, or NULL. */
struct xd_alarm *xd_tunnels_restart_pending(const struct xd_tunnels *t);
/*
 * Only captures tell of refusals, by an address that a NAT gives C, and C's own capture
 * holds none of them: others may call from there.
 */
bool xd_tunnels_may_be_anothers(const struct xd_judge *j, const struct xd_tunnels *t);
/* A sentence: by what it is known that the login is refused. */
const char *xd_tunnels_refusal(const struct xd_tunnels *t);
/* Does E's status list C as blocked?  *place is where. */
bool xd_tunnels_blocked(const struct xd_tunnels *t, struct xd_place *place);
/* It may: the list was not read, or holds strangers of whom one may be C behind a NAT. */
bool xd_tunnels_may_be_blocked(const struct xd_judge *j, const struct xd_tunnels *t);

#endif
