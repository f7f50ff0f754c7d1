/*
 * row_case.c - the row of a case that was analysed.
 */
#include "row.h"

#include "expdiag/case.h"
#include "expdiag/diagnose.h"
#include "expdiag/text.h"

#include <string.h>

static bool is_damage(enum xd_finding_id id)
{
    return id == XD_F_INPUT_TRUNCATED || id == XD_F_INPUT_DAMAGED;
}

static void add_input(const struct xd_case *cs, size_t i, struct xd_arena *a,
                      struct xd_row *row)
{
    const struct xd_input *in = &cs->inputs[i];

    if (row->n_inputs >= XD_ROW_INPUTS) {
        row->left_out++;
        return;
    }
    struct xd_row_input *out = XD_PUSH(a, row, inputs);

    out->path = in->path;
    out->bytes = in->bytes;
    out->modified = XD_TIME_NONE;
    out->problem = in->problem;
    if (in->has_sha256) {
        char hex[65];

        xd_text_hex(in->sha256, sizeof(in->sha256), hex);
        out->sha256 = xd_arena_strdup(a, hex);
    }
}

/* What an input's loss does to the row; the first reason stays. */
static void judge_inputs(const struct xd_case *cs, const bool *expected, struct xd_arena *a,
                         struct xd_row *row)
{
    size_t unusable = 0;

    for (size_t i = 0; i < cs->n_inputs; i++) {
        const struct xd_input *in = &cs->inputs[i];

        if (in->no_bundle && !expected[i]) {
            row->no_bundle++;
            continue;
        }
        add_input(cs, i, a, row);
        unusable += in->unusable;
        if ((in->unusable || in->problem != NULL) && row->reason == NULL) {
            row->reason = xd_arena_printf(
                a, "%s: %s", in->path,
                in->problem != NULL ? in->problem : "nothing in it could be read");
        }
    }
    row->nothing = row->no_bundle == cs->n_inputs;
    if (unusable > 0 && unusable == cs->n_inputs - row->no_bundle) {
        row->status = XD_ROW_FAILED;
    } else if (row->reason != NULL) {
        row->status = XD_ROW_DAMAGED;
    }
}

static void add_nodes(const struct xd_case *cs, struct xd_arena *a, struct xd_row *row)
{
    static const char *const checks[] = {NULL, "on", "off", "not-available"};

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];

        if (row->n_nodes >= XD_ROW_NODES) {
            row->left_out++;
            continue;
        }
        *XD_PUSH(a, row, nodes) = (struct xd_row_node){.id = n->id,
                                                       .role = xd_node_role_name(n->role),
                                                       .version = n->version.text,
                                                       .eku_check = checks[n->eku_check]};
    }
}

static void add_findings(const struct xd_case *cs, struct xd_arena *a, struct xd_row *row)
{
    for (size_t i = 0; i < cs->n_findings; i++) {
        const struct xd_finding *f = cs->findings[i];

        if (is_damage(f->id) && row->status == XD_ROW_OK) {
            row->status = XD_ROW_DAMAGED;
            row->reason = f->title;
        }
        if (row->n_findings >= XD_ROW_FINDINGS) {
            row->left_out++;
            continue;
        }
        *XD_PUSH(a, row, findings) =
            (struct xd_row_finding){.id = xd_finding_info(f->id)->name,
                                    .severity = xd_severity_name(f->severity),
                                    .confidence = xd_confidence_name(f->confidence),
                                    .node = f->node != NULL ? f->node->id : NULL};
    }
}

static void add_leaf(const struct xd_node *n, const struct xd_store *s, const char *store,
                     struct xd_arena *a, struct xd_row *row)
{
    char hex[65];
    const struct xd_cert *c = s->n_certs > 0 ? s->certs[0] : NULL;

    if (c == NULL || !c->parsed) {
        return;
    }
    if (row->n_certs >= XD_ROW_CERTS) {
        row->left_out++;
        return;
    }
    bool client = xd_cert_permits_client(c);

    xd_text_hex(c->sha256, sizeof(c->sha256), hex);
    *XD_PUSH(a, row, certs) =
        (struct xd_row_cert){.node = n->id,
                             .store = store,
                             .sha256 = xd_arena_strdup(a, hex),
                             .subject = c->subject_cn != NULL ? c->subject_cn : c->subject,
                             .issuer = c->issuer_cn != NULL ? c->issuer_cn : c->issuer,
                             .issuer_kind = xd_issuer_kind_name(c->issuer_kind),
                             .not_after = c->not_after,
                             .client_auth = client,
                             .policy_date = xd_diagnose_policy_date(c)};
}

static void add_certs(const struct xd_case *cs, struct xd_arena *a, struct xd_row *row)
{
    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        bool same = n->server.n_certs > 0 && n->client.n_certs > 0 &&
                    n->server.certs[0] == n->client.certs[0];

        add_leaf(n, &n->server, same ? "both" : "server", a, row);
        if (!same) {
            add_leaf(n, &n->client, "client", a, row);
        }
    }
}

/* Failures that no certificate, setting or clock accounts for. */
static bool is_unexplained(enum xd_finding_id id)
{
    static const enum xd_finding_id ids[] = {
        XD_F_HANDSHAKE_RESET,    XD_F_HANDSHAKE_CLOSED,      XD_F_HANDSHAKE_UNANSWERED,
        XD_F_CONNECTION_REFUSED, XD_F_CONNECTION_UNANSWERED, XD_F_ZONE_DOWN_UNEXPLAINED,
        XD_F_SSH_AUTH_FAILED};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

static const struct xd_flow *first_flow(const struct xd_case *cs,
                                        const struct xd_finding *f)
{
    for (size_t i = 0; f->n_flows > 0 && i < cs->n_flows; i++) {
        if (cs->flows[i]->id == f->flows[0]) {
            return cs->flows[i];
        }
    }
    return NULL;
}

/* "handshake-closed: traversal, alert 40 by the server": the same in every case. */
static const char *describe_failure(const struct xd_case *cs, const struct xd_finding *f,
                                    struct xd_arena *a)
{
    const char *id = xd_finding_info(f->id)->name;
    const struct xd_flow *flow = first_flow(cs, f);

    if (flow == NULL) {
        return id;
    }
    const struct xd_failure *why = &flow->failure;
    const char *service = xd_service_name(flow->service);
    const char *by = why->by == XD_BY_CLIENT   ? " by the client"
                     : why->by == XD_BY_SERVER ? " by the server"
                     : why->by == XD_BY_PATH   ? " on the way"
                                               : "";

    if (why->kind == XD_FAILURE_ALERT && why->alert_code >= 0) {
        return xd_arena_printf(a, "%s: %s, alert %d%s", id, service, why->alert_code, by);
    }
    if (why->kind == XD_FAILURE_NONE) {
        return xd_arena_printf(a, "%s: %s", id, service);
    }
    return xd_arena_printf(a, "%s: %s, %s%s", id, service, xd_failure_kind_name(why->kind),
                           by);
}

static void add_failures(const struct xd_case *cs, struct xd_arena *a, struct xd_row *row)
{
    for (size_t i = 0; i < cs->n_findings; i++) {
        if (!is_unexplained(cs->findings[i]->id)) {
            continue;
        }
        const char *text = describe_failure(cs, cs->findings[i], a);
        size_t k = 0;

        while (k < row->n_failures && strcmp(row->failures[k], text) != 0) {
            k++;
        }
        if (k == row->n_failures && k < XD_ROW_FAILURES) {
            *XD_PUSH(a, row, failures) = text;
        }
    }
}

void xd_row_from_case(const struct xd_case *cs, const bool *expected, struct xd_arena *a,
                      struct xd_row *out)
{
    *out = (struct xd_row){.last_seen = cs->last_seen};
    judge_inputs(cs, expected, a, out);
    out->condition = cs->scenario != NULL ? cs->scenario->condition : NULL;
    add_nodes(cs, a, out);
    add_findings(cs, a, out);
    add_certs(cs, a, out);
    add_failures(cs, a, out);
}
