/*
 * causetext_dates.c - the words about certificates out of date, and about clocks.
 */
#include "causetext_priv.h"

bool xd_cause_clocks_agree(const struct xd_judge *j, const struct xd_cause *c)
{
    xd_time offset = 0;
    return !c->clock_doubt && c->presenter_node && c->verifier_node &&
           xd_conv_clock_offset(j, c->conv, c->verifier_node, c->presenter_node,
                                c->replay->time, &offset) &&
           offset < 5 * XD_SECOND && offset > -5 * XD_SECOND;
}

/* By how much it was too late or too early, and whether a clock may be at fault. */
static const char *tell_by_how_much(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_cert *at = c->replay->time_at;
    xd_time when = c->replay->time;
    bool expired = c->id == XD_F_CERTIFICATE_EXPIRED;
    if (!at || when == XD_TIME_NONE ||
        (expired ? when < at->not_after : when > at->not_before)) {
        return "";
    }
    return xd_arena_printf(
        j->cs->arena, expired ? " It had ended %s before%s." : " It begins %s later%s.",
        xd_words_span(j, expired ? when - at->not_after : at->not_before - when),
        xd_cause_clocks_agree(j, c) ? ", and the clocks of the two nodes agree" : "");
}

static const char *next_of_dates(struct xd_judge *j, const struct xd_cause *c,
                                 const struct xd_telling *t)
{
    if (xd_cause_renewed_ca(c)) {
        return xd_arena_printf(j->cs->arena,
                               "give %s the renewed CA, which stands in the chain of %s",
                               t->verifier, t->presenter);
    }
    if (c->id == XD_F_CERTIFICATE_EXPIRED) {
        /* Of a far end's machine nobody here can say more. */
        bool ours = c->presenter_node || xd_words_half(j, &c->parties[0]);
        const char *renew =
            ours ? xd_arena_printf(j->cs->arena, "renew it and restart %s", t->presenter)
                 : xd_arena_printf(j->cs->arena, "have it renewed on %s", t->presenter);
        return c->clock_doubt
                   ? xd_arena_printf(j->cs->arena,
                                     "compare the clock of %s with the true time; if that "
                                     "is right, the certificate has expired: %s",
                                     t->verifier, renew)
                   : renew;
    }
    return xd_cause_clocks_agree(j, c)
               ? xd_arena_printf(j->cs->arena,
                                 "have it issued again with an earlier start, or wait "
                                 "until %s",
                                 c->replay->time_at
                                     ? xd_words_time(j, c->replay->time_at->not_before)
                                     : "it begins")
               : "check the clocks, then the certificate's dates";
}

static const char *title_dates(struct xd_judge *j, const struct xd_cause *c,
                               const struct xd_telling *t)
{
    if (xd_cause_renewed_ca(c)) {
        return xd_arena_printf(j->cs->arena,
                               "%s trusts an expired CA, whose renewal signs the %s "
                               "certificate of %s",
                               t->verifier, t->role, t->presenter);
    }
    return xd_arena_printf(
        j->cs->arena, "The %s certificate of %s %s", t->role, t->presenter,
        c->id == XD_F_CERTIFICATE_EXPIRED ? "has expired" : "is not valid yet");
}

void xd_tell_dates(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                   const struct xd_telling *t)
{
    const struct xd_cert *at = c->replay->time_at;
    const char *dates =
        at ? xd_arena_printf(j->cs->arena, "%s is valid from %s to %s",
                             c->replay->n_chain > 0 && at != c->replay->chain[0]
                                 ? xd_arena_printf(j->cs->arena, "The CA \"%s\" above it",
                                                   xd_words_name(at))
                                 : "That certificate",
                             xd_words_time(j, at->not_before),
                             xd_words_time(j, at->not_after))
           : "Its dates were not seen";
    const char *when = c->replay->time != XD_TIME_NONE
                           ? xd_arena_printf(j->cs->arena, "%s at %s",
                                             c->conv && c->conv->assumed ? ", first" : "",
                                             xd_words_time(j, c->replay->time))
                           : "";
    xd_draft_text(j, d, title_dates(j, c, t),
                  xd_arena_printf(j->cs->arena, "%s%s. %s, and it %s.%s%s%s%s%s Next: %s.",
                                  xd_tell_shown(j, t, ""), when, dates, t->refused,
                                  tell_by_how_much(j, c),
                                  c->clock_doubt ? c->clock_doubt : "", xd_tell_basis(c),
                                  t->how, xd_tell_doubt(j, c), next_of_dates(j, c, t)));
}

/* How it is known that it is the verifier's clock that is wrong. */
static const char *tell_clock(const struct xd_cause *c)
{
    if (c->clock_shown) {
        return c->clock_shown;
    }
    return c->clock_assumed
               ? "No connection is in the evidence of both nodes that would measure their "
                 "clocks: the times of their bundles are that far apart. Either the "
                 "verifier's clock is wrong, or the bundles were not taken at one time."
               : "That the verifier's clock is the wrong one of the two is likely, not "
                 "shown: nothing else in the evidence tells.";
}

void xd_tell_skew(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                  const struct xd_telling *t)
{
    const struct xd_cert *at = c->replay->time_at;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "%s refuses a valid certificate: its clock %s wrong",
                        t->verifier,
                        c->clock_shown     ? "is"
                        : c->clock_assumed ? "may be"
                                           : "seems"),
        xd_arena_printf(
            j->cs->arena,
            "%s. \"%s\" is valid from %s to %s; by the verifier's clock it was %s, by the "
            "presenter's clock the certificate is in time. %s%s%s Next: %s.",
            xd_tell_shown(j, t, ""), xd_words_name(at), xd_words_time(j, at->not_before),
            xd_words_time(j, at->not_after), xd_words_time(j, c->replay->time),
            tell_clock(c), xd_tell_basis(c), t->how,
            c->clock_assumed && !c->clock_shown
                ? xd_arena_printf(
                      j->cs->arena,
                      "compare the clock of %s with the time of the logs; if it "
                      "is right, collect both bundles at one time, else correct "
                      "NTP",
                      t->verifier)
            : c->clock_shown
                ? xd_arena_printf(j->cs->arena,
                                  "correct NTP on %s; no certificate needs to change",
                                  t->verifier)
                : xd_arena_printf(j->cs->arena,
                                  "compare the clocks of %s and %s with the true time, and "
                                  "correct NTP on the one that is wrong; no certificate "
                                  "needs to change",
                                  t->verifier, t->presenter)));
}
