/*
 * json_flow.c - conversations in the JSON report.
 */
#include "json_priv.h"

#include <stdio.h>

#include "expdiag/alloc.h"
#include "expdiag/node.h"

static json_t *build_end(struct xd_json *j, const struct xd_flow *f, enum xd_side side)
{
    json_t *o = json_object();

    xd_json_address(o, "address", &f->end[side].addr);
    xd_json_count(o, "port", f->end[side].port);
    xd_json_node(j, o, "node", f->node[side]);
    return o;
}

static const char *by_or_null(enum xd_by by)
{
    return by == XD_BY_UNKNOWN ? NULL : xd_by_name(by);
}

static json_t *build_failure(struct xd_json *j, const struct xd_failure *x)
{
    if (x->kind == XD_FAILURE_NONE) {
        return json_null();
    }
    json_t *o = json_object();
    xd_json_text(j, o, "kind", xd_failure_kind_name(x->kind));
    xd_json_text(j, o, "phase", xd_phase_name(x->phase));
    xd_json_text(j, o, "by", by_or_null(x->by));
    xd_json_text(j, o, "alert", x->alert_code < 0 ? NULL : xd_alert_name(x->alert_code));
    json_object_set_new_nocheck(
        o, "alert_code", x->alert_code < 0 ? json_null() : json_integer(x->alert_code));
    xd_json_text(j, o, "entry", xd_report_label(x->place.entry));
    xd_json_count(o, "frame", x->place.frame);
    xd_json_time(o, "time", x->place.time);
    return o;
}

/* A registered name, else the number as hexadecimal; 0 is "not seen". */
static void set_code(struct xd_json *j, json_t *o, const char *key, const char *name,
                     uint16_t code)
{
    char text[8];

    if (name == NULL && code != 0) {
        (void)snprintf(text, sizeof(text), "0x%04x", code);
        name = text;
    }
    xd_json_text(j, o, key, name);
}

static json_t *build_tls(struct xd_json *j, const struct xd_tls_facts *t)
{
    if (t == NULL) {
        return json_null();
    }
    json_t *o = json_object();
    set_code(j, o, "version", xd_tls_version_name(t->version), t->version);
    set_code(j, o, "client_version", xd_tls_version_name(t->client_version),
             t->client_version);
    set_code(j, o, "cipher", t->cipher == 0 ? NULL : xd_tls_cipher_name(t->cipher),
             t->cipher);
    xd_json_text(j, o, "sni", t->sni);
    xd_json_text(j, o, "alpn", t->alpn);
    xd_json_tri(o, "resumed", t->resumed);
    xd_json_tri(o, "client_auth_requested", t->client_auth_requested);
    json_object_set_new_nocheck(o, "acceptable_cas",
                                xd_json_texts(j, t->acceptable_cas, t->n_acceptable_cas));
    xd_json_bool(o, "certificates_visible", t->certificates_visible);
    if (t->keys_used) {
        xd_json_bool(o, "keys_used", true);
    }
    return o;
}

/* The host certificates of an SSH server are a presented row; they stand here again. */
static json_t *build_host_certificates(const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_presented; i++) {
        if (f->presented[i].by == XD_SERVER) {
            return xd_json_hashes(f->presented[i].certs, f->presented[i].n_certs);
        }
    }
    return json_array();
}

static json_t *build_ssh(struct xd_json *j, const struct xd_flow *f)
{
    const struct xd_ssh_facts *s = f->ssh;

    if (s == NULL) {
        return json_null();
    }
    json_t *o = json_object();
    xd_json_text(j, o, "client_banner", s->banner[XD_CLIENT]);
    xd_json_text(j, o, "server_banner", s->banner[XD_SERVER]);
    xd_json_text(j, o, "kex", s->kex);
    xd_json_text(j, o, "host_key_algorithm", s->host_key_algorithm);
    if (s->has_host_key) {
        xd_json_hash(o, "host_key_sha256", s->host_key_sha256);
    } else {
        xd_json_text(j, o, "host_key_sha256", NULL);
    }
    json_object_set_new_nocheck(o, "host_certificates", build_host_certificates(f));
    return o;
}

static const char *store_or_null(enum xd_store_kind store)
{
    return store == XD_STORE_NULL ? NULL : xd_store_kind_name(store);
}

static json_t *build_presented(struct xd_json *j, const struct xd_flow *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_presented; i++) {
        const struct xd_presented *p = &f->presented[i];
        json_t *o = json_object();
        xd_json_text(j, o, "by", xd_side_name(p->by));
        json_object_set_new_nocheck(o, "certificates",
                                    xd_json_hashes(p->certs, p->n_certs));
        xd_json_text(j, o, "entry", xd_report_label(p->place.entry));
        xd_json_count(o, "frame", p->place.frame);
        xd_json_text(j, o, "store", store_or_null(p->store));
        xd_json_node(j, o, "store_node", p->store_node);
        xd_json_text(j, o, "expected_store", store_or_null(p->expected_store));
        xd_json_text(
            j, o, "conclusion",
            p->conclusion == XD_CONCLUSION_NULL ? NULL : xd_conclusion_name(p->conclusion));
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_inferred(struct xd_json *j, const struct xd_flow *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_inferred; i++) {
        const struct xd_inferred *x = &f->inferred[i];
        json_t *o = json_object();
        xd_json_text(j, o, "by", xd_side_name(x->by));
        xd_json_text(j, o, "store", store_or_null(x->store));
        xd_json_text(j, o, "basis", xd_basis_name(x->basis));
        xd_json_place(j, o, &x->place);
        xd_json_count(o, "length", x->length);
        json_object_set_new_nocheck(o, "candidates",
                                    xd_json_texts(j, x->candidates, x->n_candidates));
        json_object_set_new_nocheck(o, "certificates",
                                    xd_json_hashes(x->chain, x->n_chain));
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_alerts(struct xd_json *j, const struct xd_flow *f)
{
    json_t *array = json_array();

    for (size_t i = 0; i < f->n_alerts; i++) {
        const struct xd_alert *a = &f->alerts[i];
        json_t *o = json_object();
        xd_json_text(j, o, "by", xd_side_name(a->by));
        xd_json_text(j, o, "alert", a->code < 0 ? NULL : xd_alert_name(a->code));
        json_object_set_new_nocheck(o, "code",
                                    a->code < 0 ? json_null() : json_integer(a->code));
        json_object_set_new_nocheck(o, "level",
                                    a->level == 0 ? json_null() : json_integer(a->level));
        xd_json_bool(o, "encrypted", a->encrypted);
        xd_json_text(j, o, "entry", xd_report_label(a->place.entry));
        xd_json_count(o, "frame", a->place.frame);
        json_array_append_new(array, o);
    }
    return array;
}

static json_t *build_flow(struct xd_json *j, const struct xd_flow *f)
{
    json_t *o = json_object();

    xd_json_number(o, "id", f->id);
    xd_json_number(o, "view", f->view);
    xd_json_text(j, o, "capture", xd_report_label(f->first.entry));
    xd_json_text(j, o, "last_capture", xd_report_label(f->last.entry));
    xd_json_count(o, "first_frame", f->first.frame);
    xd_json_count(o, "last_frame", f->last.frame);
    xd_json_time(o, "start", f->first.time);
    xd_json_time(o, "end", f->last.time);
    json_object_set_new_nocheck(o, "client", build_end(j, f, XD_CLIENT));
    json_object_set_new_nocheck(o, "server", build_end(j, f, XD_SERVER));
    xd_json_text(j, o, "protocol", xd_protocol_name(f->protocol));
    xd_json_text(j, o, "service", xd_service_name(f->service));
    xd_json_bool(o, "related", f->related);
    xd_json_text(j, o, "outcome", xd_outcome_name(f->outcome));
    json_object_set_new_nocheck(o, "failure", build_failure(j, &f->failure));
    json_object_set_new_nocheck(o, "same_as", xd_json_indices(f->same_as, f->n_same_as));
    if (j->options->command == XD_REPORT_FLOWS) {
        xd_json_number(o, "same_as_hidden", f->views_hidden);
    }
    if (f->request_of > 0) {
        xd_json_number(o, "request_of", f->request_of);
    }
    json_object_set_new_nocheck(o, "tls", build_tls(j, f->tls));
    json_object_set_new_nocheck(o, "ssh", build_ssh(j, f));
    json_object_set_new_nocheck(o, "alerts", build_alerts(j, f));
    json_object_set_new_nocheck(o, "presented", build_presented(j, f));
    json_object_set_new_nocheck(o, "inferred", build_inferred(j, f));
    return o;
}

bool *xd_json_choose_flows(const struct xd_case *cs, size_t max)
{
    bool *keep = xd_alloc_array(cs->n_flows + 1, sizeof(*keep));
    size_t most = max == 0 ? cs->n_flows : max;
    size_t n = 0;

    for (size_t i = 0; i < cs->n_findings; i++) {
        const struct xd_finding *f = cs->findings[i];
        for (size_t k = 0; k < f->n_flows && n < most; k++) {
            size_t at = xd_report_flow_position(cs, f->flows[k]);
            n += at != SIZE_MAX && !keep[at] ? 1 : 0;
            keep[at != SIZE_MAX ? at : cs->n_flows] = true;
        }
    }
    for (int related = 1; related >= 0; related--) {
        for (size_t i = 0; i < cs->n_flows && n < max; i++) {
            if (!keep[i] && cs->flows[i]->related == (related == 1)) {
                keep[i] = true;
                n++;
            }
        }
    }
    return keep;
}

/* A page stays small: what it leaves out is said. */
static size_t write_chosen(struct xd_json *j)
{
    bool *keep = xd_json_choose_flows(j->cs, XD_JSON_HTML_FLOWS);

    for (size_t i = 0; i < j->cs->n_flows; i++) {
        if (keep[i]) {
            xd_json_put(j, NULL, build_flow(j, j->cs->flows[i]));
        }
    }
    xd_free(keep);
    return j->cs->n_flows - XD_JSON_HTML_FLOWS;
}

void xd_json_flows(struct xd_json *j)
{
    size_t left_out = j->cs->flows_left_out;

    xd_json_open(j, "flows", '[');
    if (j->in_html && j->cs->n_flows > XD_JSON_HTML_FLOWS) {
        left_out += write_chosen(j);
    } else {
        for (size_t i = 0; i < j->cs->n_flows; i++) {
            xd_json_put(j, NULL, build_flow(j, j->cs->flows[i]));
        }
    }
    xd_json_close(j, ']');
    xd_json_put(j, "flows_left_out", json_integer((json_int_t)left_out));
}
