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

#endif
