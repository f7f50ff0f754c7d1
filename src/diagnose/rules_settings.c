/*
 * rules_settings.c - findings that a setting, a version or a clock shows.
 */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

static void judge_check_off(struct xd_judge *j, struct xd_node *n)
{
    if (xd_node_eku_check_at(n, XD_TIME_NONE) != XD_EKU_CHECK_OFF) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_EKU_CHECK_OFF, n, NULL, NULL);
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The EKU check of %s is off", xd_words_node(j, n)),
        xd_arena_printf(
            j->cs->arena,
            "%s accepts inbound SIP TLS from clients whose certificate lacks "
            "clientAuth. That keeps the zone up, but the SSH tunnels ask for "
            "the purpose whatever this switch says, so that MRA and the WebRTC "
            "proxy stay down while a client certificate lacks it. Next: install "
            "client certificates with clientAuth, then switch the check on.",
            xd_words_node(j, n)));
    xd_evidence_eku_check(j, d, n, XD_TIME_NONE, true);
    for (size_t i = 0; i < j->n_pairs; i++) {
        const struct xd_pair *p = &j->pairs[i];
        const struct xd_store *s = p->e == n ? xd_node_store_for(p->c, XD_CLIENT) : NULL;
        if (s && xd_cert_server_only(s->certs[0])) {
            xd_evidence_store(j, d, p->c, s);
        }
    }
    struct xd_remedy on = {
        .node = n,
        .actor = XD_ACTOR_CUSTOMER,
        .text = xd_arena_printf(j->cs->arena,
                                "Switch the EKU check on again, but only once every node "
                                "that opens connections to %s has a client certificate "
                                "with clientAuth: without one its zone fails then.",
                                n->id),
        .command = "xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: On"};
    xd_draft_remedy(j, d, &on);
}

static void judge_deprecated(struct xd_judge *j, struct xd_node *n)
{
    if (n->server_eku_upload != XD_TRI_ON || !xd_version_at_least(&n->version, 15, 5)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_DEPRECATED_SETTING, n, NULL, NULL);
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "EnableServerEkuUpload is set on %s (%s)",
                        xd_words_node(j, n), n->version.text),
        "The setting XCP TLS Certificate CVS EnableServerEkuUpload belongs to X15.4, "
        "where it allowed uploading a server-only certificate on Expressway-E. "
        "X15.5 has two certificate stores instead and does not use it any more. "
        "Nothing needs to be done.");
    xd_evidence_add(j, d, n->server_eku_upload_place,
                    "xConfiguration XCP TLS Certificate CVS EnableServerEkuUpload: On",
                    true);
}

static void judge_versions(struct xd_judge *j, const struct xd_pair *p)
{
    if (!p->c->version.text || !p->e->version.text ||
        strcmp(p->c->version.text, p->e->version.text) == 0) {
        return;
    }
    struct xd_draft *d =
        xd_draft_get(j, XD_F_VERSION_MISMATCH, NULL, NULL,
                     xd_arena_printf(j->cs->arena, "%s|%s", p->c->id, p->e->id));
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(j, d,
                  xd_arena_printf(j->cs->arena, "%s runs %s, %s runs %s",
                                  xd_words_node(j, p->c), p->c->version.text,
                                  xd_words_node(j, p->e), p->e->version.text),
                  "Both Expressways of a pair must run the same release; between X15.3, "
                  "X15.4 and X15.5 the rules for client certificates differ. Next: upgrade "
                  "the older one.");
    xd_evidence_add(j, d, p->c->version_place, p->c->version.text, true);
    xd_evidence_add(j, d, p->e->version_place, p->e->version.text, true);
    xd_remedy_upgrade(j, d, p->c, p->e);
}

static xd_time size_of(xd_time offset)
{
    return offset < 0 ? -offset : offset;
}

/* Of clocks that were set meanwhile, while they differed most; NULL: they were not. */
static const struct xd_clock_span *find_widest(const struct xd_clock_pair *p)
{
    const struct xd_clock_span *widest = NULL;
    for (size_t i = 0; p->n_spans > 1 && i < p->n_spans; i++) {
        if (!widest || size_of(p->spans[i].offset) > size_of(widest->offset)) {
            widest = &p->spans[i];
        }
    }
    return widest;
}

static void tell_offset(struct xd_judge *j, struct xd_draft *d,
                        const struct xd_clock_pair *p)
{
    size_t n = p->n_samples;
    const char *size = xd_words_span(j, size_of(p->offset));
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The clock of %s is %s %s that of %s",
                        xd_words_node(j, p->b), size, p->offset > 0 ? "ahead of" : "behind",
                        xd_words_node(j, p->a)),
        xd_arena_printf(
            j->cs->arena,
            "%zu connection%s %s both nodes carr%s times that differ by %s. "
            "Validity of certificates is judged by each node's own clock. Next: correct "
            "NTP on both nodes.",
            n, n == 1 ? "" : "s",
            p->shown ? "captured at" : "known from the logs or captures of",
            n == 1 ? "ies" : "y", size));
}

static void tell_set_clock(struct xd_judge *j, struct xd_draft *d,
                           const struct xd_clock_pair *p, const struct xd_clock_span *s)
{
    const char *size = xd_words_span(j, size_of(s->offset));
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena, "The clock of %s was %s %s that of %s for a time",
                        xd_words_node(j, p->b), size, s->offset > 0 ? "ahead of" : "behind",
                        xd_words_node(j, p->a)),
        xd_arena_printf(
            j->cs->arena,
            "Connections captured at both nodes carry times that differ by %s from %s to "
            "%s, by the clock of %s, and by another span at other times: one of the two "
            "clocks was set meanwhile. Validity of certificates is judged by each node's "
            "own clock. Next: see that NTP keeps both nodes in step.",
            size, xd_words_time(j, s->from), xd_words_time(j, s->to),
            xd_words_node(j, p->a)));
}

static void prove_offset(struct xd_judge *j, struct xd_draft *d,
                         const struct xd_clock_pair *p)
{
    for (int i = 0; !p->shown && i < 2; i++) {
        xd_evidence_add(j, d, p->place[i],
                        xd_arena_printf(j->cs->arena, "the same connection at %s",
                                        xd_words_time(j, p->place[i].time)),
                        true);
    }
    for (size_t i = 0; p->shown && i < p->shown->n_views; i++) {
        const struct xd_flow *f = p->shown->views[i];
        xd_evidence_add(j, d, f->first,
                        xd_arena_printf(j->cs->arena,
                                        "first packet of the connection at %s",
                                        xd_words_time(j, f->first.time)),
                        true);
    }
}

static void judge_offset(struct xd_judge *j, const struct xd_node *a,
                         const struct xd_node *b)
{
    const xd_time enough = 5 * XD_SECOND;
    xd_time middle = 0;
    const struct xd_clock_pair *p = xd_clock_pair(j, a, b, &middle);
    const struct xd_clock_span *s = p ? find_widest(p) : NULL;
    bool set = s && size_of(s->offset - p->offset) >= enough;
    if (!p || (size_of(middle) < enough && !set)) {
        return;
    }
    struct xd_draft *d = xd_draft_get(j, XD_F_CLOCK_OFFSET, NULL, NULL,
                                      xd_arena_printf(j->cs->arena, "%s|%s", a->id, b->id));
    xd_draft_confidence(d, p->shown ? XD_CERTAIN : XD_PROBABLE);
    if (set) {
        tell_set_clock(j, d, p, s);
    } else {
        tell_offset(j, d, p);
    }
    prove_offset(j, d, p);
    xd_remedy_add(
        j, d, NULL, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Correct NTP on %s and %s: are the servers reachable and in "
                        "step?",
                        a->id, b->id),
        "System > Time");
}

void xd_rule_settings(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        judge_check_off(j, j->cs->nodes[i]);
        judge_deprecated(j, j->cs->nodes[i]);
        for (size_t k = i + 1; k < j->cs->n_nodes; k++) {
            judge_offset(j, j->cs->nodes[i], j->cs->nodes[k]);
        }
    }
    for (size_t i = 0; i < j->n_pairs; i++) {
        judge_versions(j, &j->pairs[i]);
    }
}
