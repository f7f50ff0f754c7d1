/*
 * read_finding.c - findings, checks, conditions and predictions of a JSON report.
 */
#include "read_priv.h"

#include <string.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

enum { LISTED = 4096, REMEDIES = 64, ROWS = 2000 };

static const char *severity_word(unsigned n)
{
    return xd_severity_name((enum xd_severity)n);
}

static const char *confidence_word(unsigned n)
{
    return xd_confidence_name((enum xd_confidence)n);
}

static const char *actor_word(unsigned n)
{
    return xd_actor_name((enum xd_actor)n);
}

static const char *outcome_word(unsigned n)
{
    return xd_check_outcome_name((enum xd_check_outcome)n);
}

static const char *prediction_word(unsigned n)
{
    return xd_prediction_name((enum xd_prediction)n);
}

static const char *try_word(unsigned n)
{
    return xd_try_name((enum xd_try_kind)n);
}

static struct xd_party take_party(struct xd_reader *r, const json_t *finding,
                                  const char *key)
{
    const json_t *o = xd_read_object(r, finding, key);
    struct xd_party p = {.set = o != NULL};

    xd_read_enter(r, key);
    p.node = xd_read_node_of(r, o, "node");
    p.addr = xd_read_address(r, o, "address");
    xd_read_leave(r);
    return p;
}

static void take_masked(struct xd_reader *r, const json_t *o, struct xd_finding *f)
{
    struct xd_read_texts names = xd_read_texts(r, o, "masked", XD_FINDING_COUNT);

    for (size_t i = 0; i < names.n; i++) {
        enum xd_finding_id id = xd_finding_by_name(names.texts[i]);
        if (id == XD_FINDING_COUNT) {
            xd_read_note_unknown(r, "masked", names.texts[i]);
        } else {
            *XD_PUSH(r->cs->arena, f, masked) = id;
        }
    }
}

static void take_evidence(struct xd_reader *r, const json_t *o, void *whole)
{
    struct xd_finding *f = whole;
    struct xd_evidence *e = XD_PUSH(r->cs->arena, f, evidence);

    e->place = xd_read_place(r, o);
    e->place.time = xd_read_time(r, o, "time");
    e->quote = xd_read_text(r, o, "quote");
    e->supports = xd_read_tri(r, o, "supports") != 0;
}

static void take_remedy(struct xd_reader *r, const json_t *o, void *whole)
{
    struct xd_finding *f = whole;
    struct xd_remedy *remedy = XD_PUSH(r->cs->arena, f, remedies);

    remedy->node = xd_read_node_of(r, o, "node");
    remedy->actor = (enum xd_actor)xd_read_word(r, o, "actor", actor_word,
                                                XD_ACTOR_NETWORK + 1, XD_ACTOR_CUSTOMER);
    remedy->text = xd_read_text_or(r, o, "text", "");
    remedy->where = xd_read_text(r, o, "where");
    remedy->command = xd_read_text(r, o, "command");
}

static void take_lists(struct xd_reader *r, const json_t *o, struct xd_finding *f)
{
    struct xd_read_ids flows = xd_read_ids(r, o, "flows", XD_MAX_FLOWS);
    struct xd_read_certs certs = xd_read_certs(r, o, "certificates", LISTED);
    struct xd_read_texts effects = xd_read_texts(r, o, "effects", REMEDIES);

    f->flows = flows.ids;
    f->n_flows = flows.n;
    f->certs = certs.certs;
    f->n_certs = certs.n;
    f->effects = effects.texts;
    f->n_effects = effects.n;
    take_masked(r, o, f);
    xd_read_rows(r, o, "evidence", XD_MAX_EVIDENCE, take_evidence, f);
    f->evidence_left_out = xd_read_number(r, o, "evidence_left_out", INT64_MAX);
    f->reach = xd_read_text(r, o, "reach");
    f->depends = xd_read_text(r, o, "depends");
    f->mended = xd_read_text(r, o, "mended");
    xd_read_rows(r, o, "remedies", REMEDIES, take_remedy, f);
}

/* Its severity counts all the same. */
static void leave_out(struct xd_reader *r, const json_t *o, const char *name)
{
    enum xd_severity severity =
        (enum xd_severity)xd_read_must(r, o, "severity", severity_word, XD_CRITICAL + 1);

    xd_read_note_unknown(r, "id", name);
    if (!r->out->findings_left_out || severity > r->out->worst_left_out) {
        r->out->worst_left_out = severity;
    }
    r->out->findings_left_out = true;
}

void xd_read_finding(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;
    const char *name = xd_read_text_or(r, o, "id", "(none)");
    enum xd_finding_id id = xd_finding_by_name(name);
    unsigned *at = XD_PUSH(cs->arena, r, finding_at);

    if (r->n_finding_at > XD_MAX_FINDINGS) {
        xd_read_fail(r, "is one finding more than any report has");
        return;
    }
    if (id == XD_FINDING_COUNT) {
        *at = XD_READ_NO_FINDING;
        leave_out(r, o, name);
        return;
    }
    *at = (unsigned)cs->n_findings;
    struct xd_finding *f = xd_arena_alloc(cs->arena, sizeof(*f));
    f->id = id;
    f->severity =
        (enum xd_severity)xd_read_must(r, o, "severity", severity_word, XD_CRITICAL + 1);
    f->confidence = (enum xd_confidence)xd_read_word(r, o, "confidence", confidence_word,
                                                     XD_CERTAIN + 1, XD_POSSIBLE);
    f->title = xd_read_text(r, o, "title");
    f->summary = xd_read_text(r, o, "summary");
    f->node = xd_read_node_of(r, o, "node");
    f->presenter = take_party(r, o, "presenter");
    f->verifier = take_party(r, o, "verifier");
    take_lists(r, o, f);
    *XD_PUSH(cs->arena, cs, findings) = f;
}

void xd_read_check(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;
    const char *name = xd_read_text_or(r, o, "id", "(none)");
    enum xd_finding_id id = xd_finding_by_name(name);

    if (id == XD_FINDING_COUNT) {
        xd_read_note_unknown(r, "id", name);
        return;
    }
    if (cs->n_checks == XD_FINDING_COUNT) {
        xd_read_fail(r, "is one check more than there are findings");
        return;
    }
    struct xd_check *c = XD_PUSH(cs->arena, cs, checks);
    struct xd_read_texts missing = xd_read_texts(r, o, "missing", REMEDIES);
    c->id = id;
    c->outcome = (enum xd_check_outcome)xd_read_must(r, o, "outcome", outcome_word,
                                                     XD_CHECK_NOT_EVALUATED + 1);
    c->why = xd_read_text(r, o, "why");
    c->missing = missing.texts;
    c->n_missing = missing.n;
}

static bool is_full(struct xd_reader *r, size_t n)
{
    if (n >= ROWS) {
        xd_read_fail(r, "is one row more than any report has");
    }
    return r->failed;
}

void xd_read_scenario(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;

    if (is_full(r, cs->n_scenarios)) {
        return;
    }
    struct xd_scenario *s = XD_PUSH(cs->arena, cs, scenarios);
    struct xd_read_texts also = xd_read_texts(r, o, "also", REMEDIES);
    s->c = xd_read_node_of(r, o, "c_node");
    s->e = xd_read_node_of(r, o, "e_node");
    s->condition = xd_read_text(r, o, "condition");
    s->also = also.texts;
    s->n_also = also.n;
    s->why = xd_read_text(r, o, "why");
}

void xd_read_worst_scenario(struct xd_reader *r, const json_t *o)
{
    r->condition = xd_read_text(r, o, "condition");
    r->why = xd_read_text(r, o, "why");
    r->has_scenario = true;
}

void xd_read_what_if(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;

    if (is_full(r, cs->n_what_if)) {
        return;
    }
    struct xd_what_if *w = XD_PUSH(cs->arena, cs, what_if);
    w->change = xd_read_text_or(r, o, "change", "?");
    w->c = xd_read_node_of(r, o, "c_node");
    w->e = xd_read_node_of(r, o, "e_node");
    w->zone = (enum xd_prediction)xd_read_word(r, o, "zone_result", prediction_word,
                                               XD_PREDICT_FAILED + 1, XD_PREDICT_UNKNOWN);
    w->ssh = (enum xd_prediction)xd_read_word(r, o, "ssh_result", prediction_word,
                                              XD_PREDICT_FAILED + 1, XD_PREDICT_UNKNOWN);
    w->reason = xd_read_text(r, o, "reason");
    w->next = xd_read_text(r, o, "next");
}

void xd_read_tried(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;

    if (is_full(r, cs->n_tries)) {
        return;
    }
    struct xd_try *t = XD_PUSH(cs->arena, cs, tries);
    struct xd_read_certs certs = xd_read_certs(r, o, "certificates", XD_MAX_PEM_CERTS);
    struct xd_entry *e = xd_arena_alloc(cs->arena, sizeof(*e));
    t->kind = (enum xd_try_kind)xd_read_must(r, o, "option", try_word, XD_TRY_AT + 1);
    t->argument = xd_read_text_or(r, o, "argument", "?");
    t->node = xd_read_node_of(r, o, "node");
    t->at = XD_TIME_NONE;
    t->certs = certs.certs;
    t->n_certs = certs.n;
    e->private_key = xd_read_bool(r, o, "private_key");
    t->entry = e;
}

/* ---- after the last element ---- */

/* Positions as they are without the findings that are not known here. */
static size_t move_indices(struct xd_reader *r, const char *what, unsigned *indices,
                           size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (indices[i] >= r->n_finding_at) {
            xd_read_fail(r, "%s names finding %u, but there are only %zu", what, indices[i],
                         r->n_finding_at);
            return 0;
        }
        if (r->finding_at[indices[i]] != XD_READ_NO_FINDING) {
            indices[kept++] = r->finding_at[indices[i]];
        }
    }
    return kept;
}

static void move_findings(struct xd_reader *r, struct xd_node *n)
{
    for (size_t i = 0; i < n->n_zones; i++) {
        struct xd_zone *z = &n->zones[i];
        z->n_findings = move_indices(r, "a zone", z->findings, z->n_findings);
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        struct xd_tunnel *t = &n->tunnels[i];
        t->n_findings = move_indices(r, "a tunnel", t->findings, t->n_findings);
    }
    for (size_t i = 0; i < n->n_alarms; i++) {
        struct xd_alarm *a = &n->alarms[i];
        a->n_findings = move_indices(r, "an alarm", a->findings, a->n_findings);
    }
}

static void find_scenario(struct xd_reader *r)
{
    struct xd_case *cs = r->cs;

    for (size_t i = 0; i < cs->n_scenarios && r->has_scenario; i++) {
        const struct xd_scenario *s = &cs->scenarios[i];
        if (xd_text_same(s->condition, r->condition) && xd_text_same(s->why, r->why)) {
            cs->scenario = s;
            return;
        }
    }
}

void xd_read_finish(struct xd_reader *r)
{
    struct xd_case *cs = r->cs;

    for (size_t i = 0; i < r->n_refs && !r->failed; i++) {
        if (!*r->refs[i].defined) {
            xd_read_fail(r, "%s names a %s that this report does not hold",
                         r->refs[i].where, r->refs[i].what);
        }
    }
    for (size_t i = 0; i < cs->n_nodes && !r->failed; i++) {
        xd_read_enter(r, "nodes");
        xd_read_enter_item(r, i);
        move_findings(r, cs->nodes[i]);
        xd_read_leave(r);
        xd_read_leave(r);
    }
    find_scenario(r);
}
