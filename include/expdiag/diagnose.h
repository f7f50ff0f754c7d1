/*
 * diagnose.h - from facts to a verdict.
 */
#ifndef EXPDIAG_DIAGNOSE_H
#define EXPDIAG_DIAGNOSE_H

#include "expdiag/case.h"
#include "expdiag/x509.h"

struct xd_diagnose_options {
    struct xd_roots *roots;
    xd_time at; /* judge validity at this time; XD_TIME_NONE: each handshake's own */
};

/*
 * Nodes from entries, dumps and logs; services, nodes and stores of every
 * conversation (attribution).  What `flows` and `certs` need.
 */
void xd_diagnose_assemble(struct xd_case *cs, const struct xd_diagnose_options *options);

/* After assemble: replay, findings, checks, scenarios, what-if. */
void xd_diagnose_judge(struct xd_case *cs, const struct xd_diagnose_options *options);

/*
 * After judge: what the changes of cs->tries, all together, would lead to; a row for
 * each pair behind the standing ones.  XD_BAD: a change cannot be tried (no such node,
 * the wrong kind of certificate, no pair in the case); *err says which and the way out.
 */
XD_MUST_USE enum xd_rc xd_diagnose_what_if(struct xd_case *cs,
                                           const struct xd_diagnose_options *options,
                                           struct xd_err *err);

/*
 * From when on a renewal of this certificate will have lost clientAuth, by the dated table
 * of CA policies.  XD_TIME_NONE: it comes from no public CA, or has none to lose.
 */
xd_time xd_diagnose_policy_date(const struct xd_cert *c);

#endif
