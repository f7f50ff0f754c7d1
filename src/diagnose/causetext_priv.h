/*
 * causetext_priv.h - what the words of a cause have in common; one file a subject.
 */
#ifndef XD_CAUSETEXT_PRIV_H
#define XD_CAUSETEXT_PRIV_H

#include "judge_priv.h"

struct xd_telling {
    const char *presenter;
    const char *verifier;
    const char *role;    /* "client" or "server" */
    const char *cert;    /* what it shows: the certificate by its name */
    const char *service; /* on which it was shown */
    const char *shows;   /* "presented", or "would present" where nothing was seen */
    const char *refused;
    const char *how; /* what the refusal looked like: a sentence after a blank, or "" */
};

/* causetext.c: " The certificate itself was not seen.", or "" */
const char *xd_tell_basis(const struct xd_cause *c);
/* The second explanation, where the stores do not settle which certificate this is. */
const char *xd_tell_doubt(struct xd_judge *j, const struct xd_cause *c);
/* "presented the certificate ... to ... on ..." */
const char *xd_tell_shown(struct xd_judge *j, const struct xd_telling *t,
                          const char *store);
/* " from its client store", where it was seen and is that store's; or "" */
const char *xd_tell_store(struct xd_judge *j, const struct xd_cause *c);
/* Does the refuser's own log hold that word about this refusal? */
bool xd_tell_hears(const struct xd_cause *c, const char *word);

typedef void xd_tell_fn(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                        const struct xd_telling *t);
/* causetext_chain.c */
xd_tell_fn xd_tell_purpose;
xd_tell_fn xd_tell_trust;
xd_tell_fn xd_tell_key_usage;
xd_tell_fn xd_tell_weak;
xd_tell_fn xd_tell_twins;
/* causetext_dates.c */
xd_tell_fn xd_tell_dates;
xd_tell_fn xd_tell_skew;
/* causetext_name.c */
xd_tell_fn xd_tell_name;

#endif
