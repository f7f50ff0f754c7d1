/*
 * read_case.c - inputs, certificates and lines of logs of a JSON report.
 */
#include "read_priv.h"

#include <string.h>

#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "say_priv.h"

static const char *input_kind_word(unsigned n)
{
    static const char *const words[] = {"archive", "folder", "file"};

    return words[n];
}

/* Certificates of no store are "other" too, and cannot be told from it again. */
static const char *entry_kind_word(unsigned n)
{
    return n == XD_ENTRY_PEM ? "" : xd_entry_kind_name((enum xd_entry_kind)n);
}

static const char *entry_status_word(unsigned n)
{
    return xd_entry_status_name((enum xd_entry_status)n);
}

static void take_entry(struct xd_reader *r, const json_t *o, unsigned input)
{
    const char *label = xd_read_text(r, o, "name");

    if (label == NULL) {
        xd_read_fail(r, "has no name");
        return;
    }
    struct xd_entry *e = xd_read_entry_named(r, label);
    if (e->id != UINT32_MAX) {
        xd_read_fail(r, "has the name \"%.60s\" of another entry", label);
        return;
    }
    e->id = (unsigned)r->cs->n_entries;
    e->input = input;
    e->kind = (enum xd_entry_kind)xd_read_word(r, o, "kind", entry_kind_word,
                                               XD_ENTRY_OTHER + 1, XD_ENTRY_OTHER);
    e->status = (enum xd_entry_status)xd_read_word(r, o, "status", entry_status_word,
                                                   XD_ENTRY_SKIPPED + 1, XD_ENTRY_READ);
    e->bytes = xd_read_number(r, o, "bytes", INT64_MAX);
    e->detail = xd_read_text(r, o, "detail");
    e->container = xd_read_text_or(r, o, "folder", "");
    *XD_PUSH(r->cs->arena, r->cs, entries) = e;
    struct xd_node *n = xd_read_node_of(r, o, "node");
    if (n != NULL) {
        *XD_PUSH(r->cs->arena, n, entries) = e;
    }
}

void xd_read_input(struct xd_reader *r, const json_t *o)
{
    struct xd_case *cs = r->cs;
    unsigned index = (unsigned)cs->n_inputs;
    struct xd_input *in = XD_PUSH(cs->arena, cs, inputs);

    in->path = in->name = xd_read_text_or(r, o, "path", "?");
    in->kind =
        (enum xd_input_kind)xd_read_word(r, o, "kind", input_kind_word, 3, XD_INPUT_FILE);
    in->bytes = xd_read_number(r, o, "bytes", INT64_MAX);
    in->has_sha256 = xd_read_hash(r, o, "sha256", in->sha256);
    in->problem = xd_read_text(r, o, "problem");
    in->unusable = xd_read_bool(r, o, "unusable");
    in->note = xd_read_text(r, o, "note");
    const json_t *entries = xd_read_array(r, o, "entries", XD_MAX_ENTRIES);
    xd_read_enter(r, "entries");
    for (size_t i = 0; i < json_array_size(entries) && !r->failed; i++) {
        xd_read_enter_item(r, i);
        take_entry(r, xd_read_item(r, entries, i), index);
        xd_read_leave(r);
    }
    xd_read_leave(r);
}

/* ---- certificates ---- */

static const char *issuer_kind_word(unsigned n)
{
    return xd_issuer_kind_name((enum xd_issuer_kind)n);
}

static void take_eku(struct xd_reader *r, const json_t *o, struct xd_eku *eku)
{
    struct xd_read_texts names = xd_read_texts(r, o, "eku", XD_MAX_EKU);

    eku->present = json_is_array(json_object_get(o, "eku"));
    eku->names = names.texts;
    eku->n_names = names.n;
    for (size_t i = 0; i < names.n; i++) {
        eku->server_auth = eku->server_auth || strcmp(names.texts[i], "serverAuth") == 0;
        eku->client_auth = eku->client_auth || strcmp(names.texts[i], "clientAuth") == 0;
        eku->any = eku->any || strcmp(names.texts[i], "anyExtendedKeyUsage") == 0;
    }
}

static void take_key_usage(struct xd_reader *r, const json_t *o, struct xd_cert *c)
{
    enum { BITS = 16 };
    struct xd_read_texts names = xd_read_texts(r, o, "key_usage", BITS);

    c->has_key_usage = names.n > 0;
    for (size_t i = 0; i < names.n; i++) {
        for (unsigned bit = 0; xd_key_usage_name(bit) != NULL; bit++) {
            if (strcmp(names.texts[i], xd_key_usage_name(bit)) == 0) {
                c->key_usage |= 1U << bit;
            }
        }
    }
}

static void take_san(struct xd_reader *r, const json_t *o, struct xd_cert *c)
{
    struct xd_read_texts names = xd_read_texts(r, o, "san", XD_MAX_SAN);

    c->san = xd_arena_alloc(r->cs->arena, (names.n + 1) * sizeof(*c->san));
    c->n_san = names.n;
    for (size_t i = 0; i < names.n; i++) {
        c->san[i].text = names.texts[i];
    }
    c->san_cut = xd_read_bool(r, o, "san_cut");
}

/* What stands for the encoded name: the text, and which of those that read alike. */
static struct xd_slice name_key(struct xd_reader *r, const json_t *o, const char *text,
                                const char *key)
{
    uint64_t n = xd_read_number(r, o, key, UINT32_MAX);

    return text == NULL ? (struct xd_slice){NULL, 0}
                        : xd_slice_of(xd_arena_printf(r->cs->arena, "%llu %s",
                                                      (unsigned long long)n, text));
}

/* Texts that every certificate that could be read has are never NULL. */
static void take_facts(struct xd_reader *r, const json_t *o, struct xd_cert *c)
{
    c->subject_cn = xd_read_text(r, o, "subject_cn");
    c->issuer_cn = xd_read_text(r, o, "issuer_cn");
    c->subject_der = name_key(r, o, c->subject, "subject_name");
    c->issuer_der = name_key(r, o, c->issuer, "issuer_name");
    c->not_before = xd_read_time(r, o, "not_before");
    c->not_after = xd_read_time(r, o, "not_after");
    take_eku(r, o, &c->eku);
    take_key_usage(r, o, c);
    take_san(r, o, c);
    c->key = xd_read_text(r, o, "key");
    c->signature = xd_read_text(r, o, "signature");
    c->is_ca = xd_read_bool(r, o, "is_ca");
    c->self_signed = xd_read_bool(r, o, "self_signed");
    c->issuer_kind =
        (enum xd_issuer_kind)xd_read_word(r, o, "issuer_kind", issuer_kind_word,
                                          XD_ISSUER_SELF_SIGNED + 1, XD_ISSUER_UNKNOWN);
    c->issuer_kind_why = xd_read_text(r, o, "issuer_kind_why");
}

void xd_read_certificate(struct xd_reader *r, const char *sha256, const json_t *o)
{
    json_t *key = json_string(sha256);
    json_t *holder = json_object();
    uint8_t hash[32];

    json_object_set_new_nocheck(holder, "key", key);
    bool named = xd_read_hash(r, holder, "key", hash);
    json_decref(holder);
    if (!named) {
        return;
    }
    struct xd_cert_ref *ref = xd_read_cert_named(r, hash);
    struct xd_cert *c = ref->cert;
    ref->defined = true;
    c->parse_error = xd_read_text(r, o, "unreadable");
    c->described = true;
    c->parsed = c->parse_error == NULL;
    c->serial = xd_read_text(r, o, "serial");
    c->subject = xd_read_text(r, o, "subject");
    c->issuer = xd_read_text(r, o, "issuer");
    take_facts(r, o, c);
}

void xd_read_other_certificates(struct xd_reader *r, const json_t *o)
{
    struct xd_pem *pem = XD_PUSH(r->cs->arena, r->cs, pems);
    struct xd_read_certs certs = xd_read_certs(r, o, "certificates", XD_MAX_PEM_CERTS);
    struct xd_read_numbers lines =
        xd_read_numbers(r, o, "lines", XD_MAX_PEM_CERTS, INT64_MAX);
    struct xd_entry *e = xd_read_entry(r, o, "entry");

    pem->certs = certs.certs;
    pem->n_certs = certs.n;
    pem->lines = lines.numbers;
    pem->n_lines = lines.n;
    pem->entry = e;
    if (e == NULL) {
        xd_read_fail(r, "has no entry");
        return;
    }
    e->private_key = xd_read_bool(r, o, "private_key");
    e->private_key_line = xd_read_number(r, o, "private_key_line", INT64_MAX);
}

/* ---- lines of logs ---- */

static const char *event_kind_word(unsigned n)
{
    return xd_event_kind_name((enum xd_log_kind)n);
}

static const char *role_word(unsigned n)
{
    static const char *const words[] = {"unknown", "client", "server"};

    return words[n];
}

static void take_event(struct xd_reader *r, const json_t *o)
{
    struct xd_log_event *e = xd_arena_alloc(r->cs->arena, sizeof(*e));
    unsigned kind = xd_read_word(r, o, "kind", event_kind_word, XD_LOG_ZONE_MATCH + 1,
                                 XD_LOG_ZONE_MATCH + 1);

    if (kind > XD_LOG_ZONE_MATCH) { /* no words for it */
        return;
    }
    e->kind = (enum xd_log_kind)kind;
    e->place = xd_read_place(r, o);
    e->place.time = xd_read_time(r, o, "time");
    e->count = xd_read_number(r, o, "count", INT64_MAX);
    e->last = xd_read_time(r, o, "last");
    e->count = e->count == 0 ? 1 : e->count;
    e->last = e->last == XD_TIME_NONE ? e->place.time : e->last;
    e->role = (enum xd_log_role)xd_read_word(r, o, "role", role_word, 3, 0);
    const json_t *remote = xd_read_object(r, o, "remote");
    e->remote.addr = xd_read_address(r, remote, "address");
    e->remote.port = (uint16_t)xd_read_number(r, remote, "port", UINT16_MAX);
    e->name = xd_read_text(r, o, "name");
    e->detail = xd_read_text(r, o, "detail");
    e->quote = xd_read_text(r, o, "quote");
    e->alert = -1;
    *XD_PUSH(r->cs->arena, r->cs, events) = e;
}

void xd_read_events(struct xd_reader *r, const json_t *o)
{
    const json_t *rows = xd_read_array(r, o, "rows", XD_TOLD_EVENTS);
    uint64_t seen = xd_read_number(r, o, "seen", UINT32_MAX);
    size_t n = json_array_size(rows);

    r->cs->events_left_out = xd_read_number(r, o, "left_out", INT64_MAX);
    r->cs->told_left_out = xd_read_number(r, o, "rows_left_out", UINT32_MAX);
    xd_read_enter(r, "rows");
    for (size_t i = 0; i < n && !r->failed; i++) {
        xd_read_enter_item(r, i);
        take_event(r, xd_read_item(r, rows, i));
        xd_read_leave(r);
    }
    xd_read_leave(r);
    r->cs->events_untold = seen > r->cs->n_events ? seen - r->cs->n_events : 0;
}
