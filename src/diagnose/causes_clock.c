/*
 * causes_clock.c - is it the clock?  What shows that a refusal for a certificate's dates
 * is one of a wrong clock, and what casts doubt.
 */
#include "judge_priv.h"

#include <string.h>

static bool has_alarm(const struct xd_node *n, const char *id, bool raised)
{
    for (size_t i = 0; n && i < n->n_alarms; i++) {
        const struct xd_alarm *a = &n->alarms[i];
        if (a->id && strcmp(a->id, id) == 0 && !(raised && a->lowered)) {
            return true;
        }
    }
    return false;
}

/* NTP fails it now.  Alarm 25022 is raised at either end, whichever clock is wrong. */
static bool lacks_time(const struct xd_node *n)
{
    return has_alarm(n, "25002", true) || has_alarm(n, "25020", true) ||
           has_alarm(n, "25021", true);
}

static bool has_clock_alarm(const struct xd_node *n)
{
    return has_alarm(n, "25002", false) || has_alarm(n, "25020", false) ||
           has_alarm(n, "25021", false) || has_alarm(n, "25022", false);
}

static bool begins_later(const struct xd_store *s, const struct xd_cert *c, xd_time t)
{
    const struct xd_cert *leaf = s->n_certs ? s->certs[0] : NULL;
    return leaf && leaf != c && leaf->parsed && leaf->not_before > t;
}

/* One of its own certificates, other than c, begins later than its clock shows. */
static bool before_own(const struct xd_node *n, const struct xd_cert *c, xd_time t)
{
    return begins_later(&n->server, c, t) || begins_later(&n->client, c, t);
}

/* Two clocks that differ do not tell which of them is wrong; these things do. */
static const char *clock_is_wrong(const struct xd_node *n, const struct xd_cert *c,
                                  xd_time t)
{
    return lacks_time(n) ? "An alarm of the verifier says that its time is not "
                           "synchronised."
           : before_own(n, c, t)
               ? "The verifier's own certificates begin later than its clock shows, so "
                 "that it is its clock that is wrong."
               : NULL;
}

/*
 * By the presenter's clock the certificate is in time, and the clocks differ, or seem to.
 */
static bool clock_explains(const struct xd_judge *j, struct xd_cause *c)
{
    const struct xd_cert *at = c->replay->time_at;
    xd_time offset = 0;
    if (!(c->fault & (XD_SAYS_EXPIRED | XD_SAYS_NOT_YET)) || !at || !c->presenter_node ||
        !c->verifier_node || c->replay->time == XD_TIME_NONE) {
        return false;
    }
    if (!xd_conv_clock_offset(j, c->conv, c->verifier_node, c->presenter_node,
                              c->replay->time, &offset)) {
        offset = xd_bundles_apart(j, c->verifier_node, c->presenter_node);
        c->clock_assumed = offset != 0;
    }
    xd_time other = c->replay->time + offset;
    bool far = offset >= 5 * XD_SECOND || offset <= -5 * XD_SECOND;
    const char *presenter_wrong = clock_is_wrong(c->presenter_node, at, other);
    const char *wrong = clock_is_wrong(c->verifier_node, at, c->replay->time);
    /* What speaks against both clocks tells of neither. */
    c->clock_shown = presenter_wrong ? NULL : wrong;
    return far && !(presenter_wrong && !wrong) && other >= at->not_before &&
           other <= at->not_after;
}

static bool ended_own(const struct xd_node *n, const struct xd_cert *c, xd_time t)
{
    const struct xd_store *const stores[] = {&n->server, &n->client};
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        const struct xd_cert *leaf = stores[i]->n_certs ? stores[i]->certs[0] : NULL;
        if (leaf && leaf != c && leaf->parsed && leaf->not_after < t) {
            return true;
        }
    }
    return false;
}

/*
 * What of the verifier's own speaks against its clock, where no other clock outweighs it:
 * nothing is sure then.  Two clocks that agree may both be behind.
 */
static void doubt_clock(const struct xd_judge *j, struct xd_cause *c)
{
    const struct xd_node *n = c->verifier_node;
    const struct xd_cert *at = c->replay->time_at;
    xd_time t = c->replay->time;
    xd_time offset = 0;
    if (!(c->fault & (XD_SAYS_EXPIRED | XD_SAYS_NOT_YET)) || !n || !at ||
        t == XD_TIME_NONE) {
        return;
    }
    bool measured = c->presenter_node &&
                    xd_conv_clock_offset(j, c->conv, n, c->presenter_node, t, &offset);
    if (c->fault == XD_SAYS_NOT_YET && before_own(n, at, t)) {
        c->clock_doubt =
            measured ? " But by the same clock a certificate of the verifier's own has not "
                       "begun either: its clock may be behind, and the presenter's with it."
                     : " But by the same clock a certificate of the verifier's own has not "
                       "begun either: its clock may be behind.";
        return;
    }
    if (measured) {
        return;
    }
    c->clock_doubt = has_clock_alarm(n)
                         ? " But an alarm of the verifier says that its time is not "
                           "synchronised: its clock may be what is wrong."
                     : c->fault == XD_SAYS_EXPIRED && ended_own(n, at, t)
                         ? " But by the same clock a certificate of the verifier's own has "
                           "ended too: its clock may be ahead."
                         : NULL;
}

enum xd_confidence xd_cause_judge_clock(const struct xd_judge *j, struct xd_cause *c,
                                        enum xd_confidence confidence)
{
    if (clock_explains(j, c)) {
        c->id = XD_F_CLOCK_SKEW;
        confidence = c->clock_shown ? confidence : XD_PROBABLE;
    } else {
        c->clock_shown = NULL;
        doubt_clock(j, c);
    }
    if (c->clock_doubt && confidence > XD_PROBABLE) {
        confidence = XD_PROBABLE;
    }
    if (c->clock_assumed) {
        confidence = c->id != XD_F_CLOCK_SKEW || c->clock_shown ? XD_PROBABLE : XD_POSSIBLE;
    }
    return confidence;
}
