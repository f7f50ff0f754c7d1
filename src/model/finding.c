/*
 * finding.c - the words of findings: severities, confidences, actors, outcomes,
 * and the way from a name to its finding.
 */
#include "expdiag/finding.h"

#include <string.h>

static const char *const severities[] = {"info", "warning", "error", "critical"};

enum xd_finding_id xd_finding_by_name(const char *name)
{
    for (int i = 0; i < (int)XD_FINDING_COUNT; i++) {
        if (strcmp(xd_finding_info((enum xd_finding_id)i)->name, name) == 0) {
            return (enum xd_finding_id)i;
        }
    }
    return XD_FINDING_COUNT;
}

const char *xd_severity_name(enum xd_severity s)
{
    return severities[s];
}

bool xd_severity_by_name(const char *name, enum xd_severity *out)
{
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++) {
        if (strcmp(severities[i], name) == 0) {
            *out = (enum xd_severity)i;
            return true;
        }
    }
    return false;
}

const char *xd_confidence_name(enum xd_confidence c)
{
    switch (c) {
    case XD_POSSIBLE:
        return "possible";
    case XD_PROBABLE:
        return "probable";
    case XD_CERTAIN:
        return "certain";
    }
    return "possible";
}

const char *xd_actor_name(enum xd_actor a)
{
    switch (a) {
    case XD_ACTOR_CUSTOMER:
        return "customer";
    case XD_ACTOR_CA:
        return "ca";
    case XD_ACTOR_FAR_END:
        return "far-end";
    case XD_ACTOR_NETWORK:
        return "network";
    }
    return "customer";
}

const char *xd_check_outcome_name(enum xd_check_outcome o)
{
    switch (o) {
    case XD_CHECK_FOUND:
        return "found";
    case XD_CHECK_RULED_OUT:
        return "ruled-out";
    case XD_CHECK_NOT_EVALUATED:
        return "not-evaluated";
    }
    return "not-evaluated";
}

const char *xd_prediction_name(enum xd_prediction p)
{
    switch (p) {
    case XD_PREDICT_UNKNOWN:
        return "unknown";
    case XD_PREDICT_ACTIVE:
        return "active";
    case XD_PREDICT_FAILED:
        return "failed";
    }
    return "unknown";
}

const char *xd_try_name(enum xd_try_kind kind)
{
    switch (kind) {
    case XD_TRY_EKU_CHECK:
        return "eku-check";
    case XD_TRY_CLIENT_CERT:
        return "client-cert";
    case XD_TRY_SERVER_CERT:
        return "server-cert";
    case XD_TRY_CA:
        return "ca";
    case XD_TRY_AT:
        return "at";
    }
    return "at";
}
