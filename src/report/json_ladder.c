/*
 * json_ladder.c - the messages of conversations, a conversation a line.
 *
 * They stand apart from the conversations, which stay short for whoever counts them.
 */
#include "json_priv.h"

#include "expdiag/alloc.h"

static void set_place(struct xd_json *j, json_t *o, const struct xd_flow *f,
                      const struct xd_place *place)
{
    if (place->entry != f->first.entry) {
        xd_json_text(j, o, "entry", xd_report_label(place->entry));
    }
    xd_json_count(o, "frame", place->frame);
    if (place->time == XD_TIME_NONE) {
        xd_json_text(j, o, "us", NULL);
    } else {
        xd_time from = f->first.time == XD_TIME_NONE ? 0 : f->first.time;
        json_object_set_new_nocheck(o, "us", json_integer(place->time - from));
    }
}

static json_t *build_messages(struct xd_json *j, const struct xd_flow *f)
{
    struct xd_message messages[XD_MAX_MESSAGES];
    size_t n = xd_flow_messages(f, messages);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct xd_message *m = &messages[i];
        json_t *o = json_object();
        set_place(j, o, f, &m->place);
        xd_json_text(j, o, "by", xd_side_name(m->by));
        xd_json_text(j, o, "name", m->name);
        if (m->length > 0) {
            xd_json_number(o, "length", m->length);
        }
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_records(struct xd_json *j, const struct xd_flow *f)
{
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    size_t n = xd_flow_ledger(f, ledger);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct xd_ledger_row *r = &ledger[i];
        json_t *o = json_object();
        set_place(j, o, f, &r->place);
        xd_json_text(j, o, "by", xd_side_name(r->by));
        if (r->type != 0) {
            xd_json_number(o, "type", r->type);
        }
        xd_json_number(o, "length", r->length);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_ladder(struct xd_json *j, const struct xd_flow *f)
{
    json_t *o = json_object();

    xd_json_number(o, "flow", f->id);
    json_object_set_new_nocheck(o, "messages", build_messages(j, f));
    json_object_set_new_nocheck(o, "encrypted", build_records(j, f));
    if (f->ledger_cut) {
        xd_json_bool(o, "encrypted_cut", true);
    }
    return o;
}

/*
 * Of a case those that belong to it, or to a finding; `flows` has them all.  A page draws
 * some twenty, of which it cannot be told here which: it holds the first few hundred.
 */
static bool *choose(const struct xd_json *j)
{
    size_t n = j->cs->n_flows;
    bool *keep = xd_json_choose_flows(j->cs, j->in_html ? XD_JSON_HTML_LADDERS : n);

    if (xd_report_judges(j->options)) {
        bool *of_findings = xd_json_choose_flows(j->cs, 0);
        for (size_t i = 0; i < n; i++) {
            keep[i] = keep[i] && (j->cs->flows[i]->related || of_findings[i]);
        }
        xd_free(of_findings);
    }
    return keep;
}

void xd_json_ladders(struct xd_json *j)
{
    bool *keep = choose(j);

    xd_json_open(j, "ladders", '[');
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        const struct xd_flow *f = j->cs->flows[i];
        if (keep[i] && f->n_messages + f->n_ledger > 0) {
            xd_json_put_line(j, build_ladder(j, f));
        }
    }
    xd_json_close(j, ']');
    xd_free(keep);
}
