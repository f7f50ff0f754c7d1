/*
 * read_flow.c - conversations of a JSON report, and their messages.
 */
#include "read_priv.h"

#include <string.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

enum { LISTED = 4096 }; /* items of the lists of one conversation */

static const char *protocol_word(unsigned n)
{
    return xd_protocol_name((enum xd_protocol)n);
}

static const char *service_word(unsigned n)
{
    return xd_service_name((enum xd_service)n);
}

static const char *outcome_word(unsigned n)
{
    return xd_outcome_name((enum xd_outcome)n);
}

static const char *failure_word(unsigned n)
{
    return xd_failure_kind_name((enum xd_failure_kind)n);
}

static const char *phase_word(unsigned n)
{
    return xd_phase_name((enum xd_phase)n);
}

static const char *by_word(unsigned n)
{
    return xd_by_name((enum xd_by)n);
}

static const char *side_word(unsigned n)
{
    return xd_side_name((enum xd_side)n);
}

static const char *store_word(unsigned n)
{
    return xd_store_kind_name((enum xd_store_kind)n);
}

static const char *conclusion_word(unsigned n)
{
    return xd_conclusion_name((enum xd_conclusion)n);
}

static const char *basis_word(unsigned n)
{
    return xd_basis_name((enum xd_basis)n);
}

/* Client or server: it is an index. */
static enum xd_side take_side(struct xd_reader *r, const json_t *o)
{
    return (enum xd_side)xd_read_must(r, o, "by", side_word, XD_SERVER + 1);
}

static enum xd_store_kind take_store(struct xd_reader *r, const json_t *o, const char *key)
{
    return (enum xd_store_kind)xd_read_word(r, o, key, store_word, XD_STORE_AMBIGUOUS + 1,
                                            XD_STORE_NULL);
}

static void take_end(struct xd_reader *r, const json_t *flow, struct xd_flow *f,
                     enum xd_side side)
{
    const char *key = xd_side_name(side);
    const json_t *o = xd_read_object(r, flow, key);

    xd_read_enter(r, key);
    f->end[side].addr = xd_read_address(r, o, "address");
    f->end[side].port = (uint16_t)xd_read_number(r, o, "port", UINT16_MAX);
    f->node[side] = xd_read_node_of(r, o, "node");
    xd_read_leave(r);
}

static void take_failure(struct xd_reader *r, const json_t *flow, struct xd_failure *x)
{
    const json_t *o = xd_read_object(r, flow, "failure");

    x->alert_code = -1;
    x->place.time = XD_TIME_NONE;
    if (o == NULL) {
        return;
    }
    xd_read_enter(r, "failure");
    x->kind = (enum xd_failure_kind)xd_read_must(r, o, "kind", failure_word,
                                                 XD_FAILURE_SSH_HOST_KEY + 1);
    x->phase = (enum xd_phase)xd_read_word(
        r, o, "phase", phase_word, XD_PHASE_AFTER_HANDSHAKE + 1, XD_PHASE_HANDSHAKE);
    x->by = (enum xd_by)xd_read_word(r, o, "by", by_word, XD_BY_PATH + 1, XD_BY_UNKNOWN);
    x->alert_code = xd_read_code(r, o, "alert_code");
    x->place = xd_read_place(r, o);
    x->place.time = xd_read_time(r, o, "time");
    xd_read_leave(r);
}

/* ---- registered names back to their numbers ---- */

enum { NUMBERS = 1 << 16 };

/* "0x7f1c", as unregistered numbers are written. */
static bool take_hex(const char *text, uint16_t *out)
{
    unsigned n = 0;

    if (strlen(text) != 6 || strncmp(text, "0x", 2) != 0) {
        return false;
    }
    for (size_t i = 2; i < 6; i++) {
        const char *at = strchr("0123456789abcdef", text[i]);
        if (at == NULL) {
            return false;
        }
        n = n * 16 + (unsigned)(at - "0123456789abcdef");
    }
    *out = (uint16_t)n;
    return true;
}

static uint16_t take_version(struct xd_reader *r, const json_t *o, const char *key)
{
    static const uint16_t known[] = {0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304};
    const char *text = xd_read_text(r, o, key);
    uint16_t n = 0;

    for (size_t i = 0; text != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
        const char *name = xd_tls_version_name(known[i]);
        if (name != NULL && strcmp(name, text) == 0) {
            return known[i];
        }
    }
    if (text != NULL && !take_hex(text, &n)) {
        xd_read_note_unknown(r, key, text);
    }
    return n;
}

static void list_ciphers(struct xd_reader *r)
{
    r->ciphers = xd_map_new();
    for (unsigned n = 1; n < NUMBERS; n++) {
        const char *name = xd_tls_cipher_name((uint16_t)n);
        if (name != NULL) {
            uint16_t *value = xd_arena_alloc(r->cs->arena, sizeof(*value));
            *value = (uint16_t)n;
            xd_map_put(r->ciphers, xd_slice_of(name), value);
        }
    }
}

static uint16_t take_cipher(struct xd_reader *r, const json_t *o)
{
    const char *text = xd_read_text(r, o, "cipher");
    uint16_t n = 0;

    if (text == NULL || take_hex(text, &n)) {
        return n;
    }
    if (r->ciphers == NULL) {
        list_ciphers(r);
    }
    const uint16_t *known = xd_map_get(r->ciphers, xd_slice_of(text));
    if (known == NULL) {
        xd_read_note_unknown(r, "cipher", text);
        return 0;
    }
    return *known;
}

static struct xd_tls_facts *take_tls(struct xd_reader *r, const json_t *flow)
{
    const json_t *o = xd_read_object(r, flow, "tls");

    if (o == NULL) {
        return NULL;
    }
    struct xd_tls_facts *t = xd_arena_alloc(r->cs->arena, sizeof(*t));
    xd_read_enter(r, "tls");
    t->version = take_version(r, o, "version");
    t->client_version = take_version(r, o, "client_version");
    t->cipher = take_cipher(r, o);
    t->sni = xd_read_text(r, o, "sni");
    t->alpn = xd_read_text(r, o, "alpn");
    t->resumed = xd_read_tri(r, o, "resumed");
    t->client_auth_requested = xd_read_tri(r, o, "client_auth_requested");
    struct xd_read_texts cas = xd_read_texts(r, o, "acceptable_cas", LISTED);
    t->acceptable_cas = cas.texts;
    t->n_acceptable_cas = cas.n;
    t->certificates_visible = xd_read_bool(r, o, "certificates_visible");
    t->keys_used = xd_read_bool(r, o, "keys_used");
    xd_read_leave(r);
    return t;
}

static struct xd_ssh_facts *take_ssh(struct xd_reader *r, const json_t *flow)
{
    const json_t *o = xd_read_object(r, flow, "ssh");

    if (o == NULL) {
        return NULL;
    }
    struct xd_ssh_facts *s = xd_arena_alloc(r->cs->arena, sizeof(*s));
    xd_read_enter(r, "ssh");
    s->banner[XD_CLIENT] = xd_read_text(r, o, "client_banner");
    s->banner[XD_SERVER] = xd_read_text(r, o, "server_banner");
    s->kex = xd_read_text(r, o, "kex");
    s->host_key_algorithm = xd_read_text(r, o, "host_key_algorithm");
    s->has_host_key = xd_read_hash(r, o, "host_key_sha256", s->host_key_sha256);
    s->disconnect_code = -1;
    xd_read_leave(r);
    return s;
}

static void take_alert(struct xd_reader *r, const json_t *o, void *whole)
{
    struct xd_flow *f = whole;
    struct xd_alert *a = XD_PUSH(r->cs->arena, f, alerts);

    a->by = take_side(r, o);
    a->code = xd_read_code(r, o, "code");
    a->level = (uint8_t)xd_read_number(r, o, "level", UINT8_MAX);
    a->encrypted = xd_read_bool(r, o, "encrypted");
    a->place = xd_read_place(r, o);
}

static void take_presented(struct xd_reader *r, const json_t *o, void *whole)
{
    struct xd_flow *f = whole;
    struct xd_presented *p = XD_PUSH(r->cs->arena, f, presented);
    struct xd_read_certs certs = xd_read_certs(r, o, "certificates", XD_MAX_CHAIN);

    p->by = take_side(r, o);
    p->certs = certs.certs;
    p->n_certs = certs.n;
    p->place = xd_read_place(r, o);
    p->store = take_store(r, o, "store");
    p->store_node = xd_read_node_of(r, o, "store_node");
    p->expected_store = take_store(r, o, "expected_store");
    p->conclusion = (enum xd_conclusion)xd_read_word(
        r, o, "conclusion", conclusion_word, XD_CONCLUSION_UNKNOWN + 1, XD_CONCLUSION_NULL);
}

static void take_inferred(struct xd_reader *r, const json_t *o, void *whole)
{
    struct xd_flow *f = whole;
    struct xd_inferred *x = XD_PUSH(r->cs->arena, f, inferred);
    struct xd_read_certs chain = xd_read_certs(r, o, "certificates", XD_MAX_CHAIN);
    struct xd_read_texts candidates = xd_read_texts(r, o, "candidates", LISTED);

    x->by = take_side(r, o);
    x->store = take_store(r, o, "store");
    x->basis = (enum xd_basis)xd_read_must(r, o, "basis", basis_word,
                                           XD_BASIS_LOG_COMMON_NAME + 1);
    x->place = xd_read_place(r, o);
    x->length = xd_read_number(r, o, "length", INT64_MAX);
    x->chain = chain.certs;
    x->n_chain = chain.n;
    x->candidates = candidates.texts;
    x->n_candidates = candidates.n;
}

static void take_span(struct xd_reader *r, const json_t *o, struct xd_flow *f)
{
    f->first.entry = xd_read_entry(r, o, "capture");
    f->first.frame = (uint32_t)xd_read_number(r, o, "first_frame", UINT32_MAX);
    f->first.time = xd_read_time(r, o, "start");
    f->last.entry = xd_read_entry(r, o, "last_capture");
    f->last.frame = (uint32_t)xd_read_number(r, o, "last_frame", UINT32_MAX);
    f->last.time = xd_read_time(r, o, "end");
}

/* Conversations are found by id. */
static unsigned take_id(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;
    unsigned id = (unsigned)xd_read_number(r, o, "id", XD_MAX_FLOWS);
    unsigned before = cs->n_flows > 0 ? cs->flows[cs->n_flows - 1]->id : 0;

    if (id <= before) {
        xd_read_fail(r, "has the id %u, which is not above the %u before it", id, before);
    }
    return id;
}

void xd_read_flow(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;
    struct xd_flow *f = xd_arena_alloc(cs->arena, sizeof(*f));

    f->id = take_id(r, o);
    f->view = (unsigned)xd_read_number(r, o, "view", UINT32_MAX);
    take_span(r, o, f);
    take_end(r, o, f, XD_CLIENT);
    take_end(r, o, f, XD_SERVER);
    f->roles_known = true;
    f->protocol = (enum xd_protocol)xd_read_word(r, o, "protocol", protocol_word,
                                                 XD_PROTOCOL_SSH + 1, XD_PROTOCOL_TCP);
    f->service = (enum xd_service)xd_read_word(r, o, "service", service_word,
                                               XD_SERVICE_SSH_ADMIN + 1, XD_SERVICE_OTHER);
    f->related = xd_read_bool(r, o, "related");
    f->outcome = (enum xd_outcome)xd_read_word(
        r, o, "outcome", outcome_word, XD_OUTCOME_FAILED + 1, XD_OUTCOME_INCOMPLETE);
    take_failure(r, o, &f->failure);
    struct xd_read_ids same_as = xd_read_ids(r, o, "same_as", LISTED);
    f->same_as = same_as.ids;
    f->n_same_as = same_as.n;
    f->views_hidden = (uint16_t)xd_read_number(r, o, "same_as_hidden", UINT16_MAX);
    f->request_of = json_object_get(o, "request_of") != NULL
                        ? (unsigned)xd_read_number(r, o, "request_of", UINT32_MAX)
                        : 0;
    f->tls = take_tls(r, o);
    f->ssh = take_ssh(r, o);
    xd_read_rows(r, o, "alerts", LISTED, take_alert, f);
    xd_read_rows(r, o, "presented", LISTED, take_presented, f);
    xd_read_rows(r, o, "inferred", LISTED, take_inferred, f);
    *XD_PUSH(cs->arena, cs, flows) = f;
}

/* ---- messages ---- */

static struct xd_place take_rung(struct xd_reader *r, const json_t *o,
                                 const struct xd_flow *f)
{
    struct xd_place place = xd_read_place(r, o);
    const json_t *us = json_object_get(o, "us");

    if (json_object_get(o, "entry") == NULL) {
        place.entry = f->first.entry;
    }
    if (us == NULL || json_is_null(us)) {
        return place;
    }
    xd_time from = f->first.time == XD_TIME_NONE ? 0 : f->first.time;
    if (!json_is_integer(us) ||
        __builtin_add_overflow(from, (xd_time)json_integer_value(us), &place.time)) {
        xd_read_fail(r, "has no whole number of microseconds as \"us\"");
        place.time = XD_TIME_NONE;
    }
    return place;
}

static struct xd_message take_message(struct xd_reader *r, const json_t *o,
                                      const struct xd_flow *f)
{
    struct xd_message m = {.place = take_rung(r, o, f), .by = take_side(r, o)};
    const char *name = xd_read_text_or(r, o, "name", "?");

    m.name = xd_step_name(xd_step_find(name) == XD_STEP_COUNT ? XD_STEP_OTHER_HANDSHAKE
                                                              : xd_step_find(name));
    if (xd_step_find(name) == XD_STEP_COUNT) {
        xd_read_note_unknown(r, "name", name);
    }
    m.length = (uint32_t)xd_read_number(r, o, "length", UINT32_MAX);
    return m;
}

static struct xd_ledger_row take_record(struct xd_reader *r, const json_t *o,
                                        const struct xd_flow *f)
{
    return (struct xd_ledger_row){.place = take_rung(r, o, f),
                                  .by = take_side(r, o),
                                  .type = (uint8_t)xd_read_number(r, o, "type", UINT8_MAX),
                                  .length =
                                      (uint32_t)xd_read_number(r, o, "length", UINT32_MAX)};
}

static size_t take_messages(struct xd_reader *r, const json_t *o, const struct xd_flow *f,
                            struct xd_message out[XD_MAX_MESSAGES])
{
    const json_t *a = xd_read_array(r, o, "messages", XD_MAX_MESSAGES);
    size_t n = json_array_size(a);

    xd_read_enter(r, "messages");
    for (size_t i = 0; i < n && !r->failed; i++) {
        xd_read_enter_item(r, i);
        out[i] = take_message(r, xd_read_item(r, a, i), f);
        xd_read_leave(r);
    }
    xd_read_leave(r);
    return r->failed ? 0 : n;
}

static size_t take_records(struct xd_reader *r, const json_t *o, const struct xd_flow *f,
                           struct xd_ledger_row out[XD_MAX_LEDGER])
{
    const json_t *a = xd_read_array(r, o, "encrypted", XD_MAX_LEDGER);
    size_t n = json_array_size(a);

    xd_read_enter(r, "encrypted");
    for (size_t i = 0; i < n && !r->failed; i++) {
        xd_read_enter_item(r, i);
        out[i] = take_record(r, xd_read_item(r, a, i), f);
        xd_read_leave(r);
    }
    xd_read_leave(r);
    return r->failed ? 0 : n;
}

void xd_read_ladder(struct xd_reader *r, const json_t *o)
{
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    unsigned id = (unsigned)xd_read_number(r, o, "flow", XD_MAX_FLOWS);
    size_t at = xd_report_flow_position(r->cs, id);

    if (at == SIZE_MAX) {
        xd_read_fail(r, "is of the conversation %u, which flows[] before it does not hold",
                     id);
        return;
    }
    struct xd_flow *f = r->cs->flows[at];
    if (f->n_messages + f->n_ledger > 0) {
        xd_read_fail(r, "is the second of conversation %u", id);
        return;
    }
    size_t n_messages = take_messages(r, o, f, messages);
    size_t n_ledger = take_records(r, o, f, ledger);
    xd_flow_keep(r->cs->arena, f, messages, n_messages, ledger, n_ledger);
    f->ledger_cut = xd_read_bool(r, o, "encrypted_cut");
}
