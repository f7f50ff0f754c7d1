/*
 * json_finding.c - findings, checks, conditions and predictions in the JSON report.
 */
#include "json_priv.h"

#include <string.h>

#include "expdiag/node.h"

static void set_party(struct xd_json *j, json_t *o, const char *key,
                      const struct xd_party *p)
{
    if (!p->set) {
        xd_json_text(j, o, key, NULL);
        return;
    }
    json_t *party = json_object();
    xd_json_node(j, party, "node", p->node);
    xd_json_address(party, "address", &p->addr);
    json_object_set_new_nocheck(o, key, party);
}

static json_t *build_masked(const struct xd_finding *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_masked; i++) {
        json_array_append_new(array, json_string(xd_finding_info(f->masked[i])->name));
    }
    return array;
}

static json_t *build_evidence(struct xd_json *j, const struct xd_finding *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_evidence; i++) {
        const struct xd_evidence *e = &f->evidence[i];
        json_t *o = json_object();
        xd_json_place(j, o, &e->place);
        xd_json_time(o, "time", e->place.time);
        xd_json_text(j, o, "quote", e->quote);
        xd_json_bool(o, "supports", e->supports);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_remedies(struct xd_json *j, const struct xd_finding *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_remedies; i++) {
        const struct xd_remedy *r = &f->remedies[i];
        json_t *o = json_object();
        xd_json_node(j, o, "node", r->node);
        xd_json_text(j, o, "actor", xd_actor_name(r->actor));
        xd_json_text(j, o, "text", r->text);
        xd_json_text(j, o, "where", r->where);
        xd_json_text(j, o, "command", r->command);
        json_array_append_new(array, o);
    }
    return array;
}

/* The catalogue separates titles by line feeds. */
static json_t *build_references(const struct xd_finding_info *info)
{
    json_t *array = json_array();
    const char *at = info->references;

    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, "\n");
        if (len > 0) {
            json_array_append_new(array, json_stringn(at, len));
        }
        at += len + (at[len] == '\n' ? 1 : 0);
    }
    return array;
}

static json_t *build_finding(struct xd_json *j, const struct xd_finding *f)
{
    const struct xd_finding_info *info = xd_finding_info(f->id);
    json_t *o = json_object();

    xd_json_text(j, o, "id", info->name);
    xd_json_text(j, o, "severity", xd_severity_name(f->severity));
    xd_json_text(j, o, "confidence", xd_confidence_name(f->confidence));
    xd_json_text(j, o, "title", f->title != NULL ? f->title : info->title);
    xd_json_text(j, o, "summary", f->summary != NULL ? f->summary : info->meaning);
    xd_json_node(j, o, "node", f->node);
    set_party(j, o, "presenter", &f->presenter);
    set_party(j, o, "verifier", &f->verifier);
    json_object_set_new_nocheck(o, "flows", xd_json_indices(f->flows, f->n_flows));
    json_object_set_new_nocheck(o, "certificates", xd_json_hashes(f->certs, f->n_certs));
    json_object_set_new_nocheck(o, "masked", build_masked(f));
    json_object_set_new_nocheck(o, "evidence", build_evidence(j, f));
    xd_json_number(o, "evidence_left_out", f->evidence_left_out);
    json_object_set_new_nocheck(o, "effects", xd_json_texts(j, f->effects, f->n_effects));
    json_object_set_new_nocheck(o, "remedies", build_remedies(j, f));
    json_object_set_new_nocheck(o, "references", build_references(info));
    if (f->reach != NULL) {
        xd_json_text(j, o, "reach", f->reach);
    }
    if (f->depends != NULL) {
        xd_json_text(j, o, "depends", f->depends);
    }
    if (f->mended != NULL) {
        xd_json_text(j, o, "mended", f->mended);
    }
    return o;
}

/* What the text report says first. */
void xd_json_verdict(struct xd_json *j)
{
    const struct xd_case *cs = j->cs;
    enum xd_verdict_kind kind = xd_verdict_kind(cs);
    enum xd_severity highest = XD_INFO;
    json_t *o = json_object();

    for (size_t i = 0; i < cs->n_findings; i++) {
        highest = cs->findings[i]->severity > highest ? cs->findings[i]->severity : highest;
    }
    xd_json_text(j, o, "kind", xd_verdict_name(kind));
    xd_json_text(j, o, "severity", cs->n_findings > 0 ? xd_severity_name(highest) : NULL);
    json_object_set_new_nocheck(o, "finding",
                                kind == XD_VERDICT_FAULT ? json_integer(xd_headline(cs))
                                                         : json_null());
    xd_json_text(j, o, "text", xd_verdict_text(cs, j->options, j->scratch));
    xd_json_put(j, "verdict", o);
}

void xd_json_findings(struct xd_json *j)
{
    xd_json_open(j, "findings", '[');
    for (size_t i = 0; i < j->cs->n_findings; i++) {
        xd_json_put(j, NULL, build_finding(j, j->cs->findings[i]));
    }
    xd_json_close(j, ']');
}

void xd_json_checks(struct xd_json *j)
{
    xd_json_open(j, "checks", '[');
    for (size_t i = 0; i < j->cs->n_checks; i++) {
        const struct xd_check *c = &j->cs->checks[i];
        json_t *o = json_object();
        xd_json_text(j, o, "id", xd_finding_info(c->id)->name);
        xd_json_text(j, o, "outcome", xd_check_outcome_name(c->outcome));
        xd_json_text(j, o, "why", c->why);
        json_object_set_new_nocheck(o, "missing",
                                    xd_json_texts(j, c->missing, c->n_missing));
        xd_json_put(j, NULL, o);
    }
    xd_json_close(j, ']');
}

static json_t *build_scenario(struct xd_json *j, const struct xd_scenario *s)
{
    json_t *o = json_object();

    xd_json_node(j, o, "c_node", s->c);
    xd_json_node(j, o, "e_node", s->e);
    xd_json_text(j, o, "condition", s->condition);
    json_object_set_new_nocheck(o, "also", xd_json_texts(j, s->also, s->n_also));
    xd_json_text(j, o, "why", s->why);
    return o;
}

void xd_json_scenarios(struct xd_json *j)
{
    const struct xd_scenario *worst = j->cs->scenario;
    json_t *o = json_object();

    xd_json_open(j, "scenarios", '[');
    for (size_t i = 0; i < j->cs->n_scenarios; i++) {
        xd_json_put(j, NULL, build_scenario(j, &j->cs->scenarios[i]));
    }
    xd_json_close(j, ']');
    xd_json_text(j, o, "condition", worst == NULL ? NULL : worst->condition);
    xd_json_text(j, o, "why",
                 worst == NULL ? "No Expressway-C with the Expressway-E of its Unified "
                                 "Communications zone was judged."
                               : worst->why);
    xd_json_put(j, "scenario", o);
}

static json_t *build_try(struct xd_json *j, const struct xd_try *t)
{
    json_t *o = json_object();

    xd_json_text(j, o, "option", xd_try_name(t->kind));
    xd_json_text(j, o, "argument", t->argument);
    xd_json_node(j, o, "node", t->node);
    json_object_set_new_nocheck(o, "certificates", xd_json_hashes(t->certs, t->n_certs));
    xd_json_bool(o, "private_key", t->entry != NULL && t->entry->private_key);
    return o;
}

void xd_json_tried(struct xd_json *j)
{
    xd_json_open(j, "tried", '[');
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        xd_json_put(j, NULL, build_try(j, &j->cs->tries[i]));
    }
    xd_json_close(j, ']');
}

void xd_json_what_if(struct xd_json *j)
{
    xd_json_open(j, "what_if", '[');
    for (size_t i = 0; i < j->cs->n_what_if; i++) {
        const struct xd_what_if *w = &j->cs->what_if[i];
        json_t *o = json_object();
        xd_json_text(j, o, "change", w->change);
        xd_json_node(j, o, "c_node", w->c);
        xd_json_node(j, o, "e_node", w->e);
        xd_json_text(j, o, "zone_result", xd_prediction_name(w->zone));
        xd_json_text(j, o, "ssh_result", xd_prediction_name(w->ssh));
        xd_json_text(j, o, "reason", w->reason);
        xd_json_text(j, o, "next", w->next);
        xd_json_put(j, NULL, o);
    }
    xd_json_close(j, ']');
}
