/*
 * json_case.c - inputs and certificates in the JSON report.
 */
#include "json_priv.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/node.h"
#include "expdiag/text.h"

static const char *input_kind_name(enum xd_input_kind kind)
{
    switch (kind) {
    case XD_INPUT_ARCHIVE:
        return "archive";
    case XD_INPUT_FOLDER:
        return "folder";
    case XD_INPUT_FILE:
        return "file";
    }
    return "file";
}

static json_t *build_entry(struct xd_json *j, const struct xd_entry *e,
                           const struct xd_node *node)
{
    json_t *o = json_object();

    xd_json_text(j, o, "name", xd_report_label(e));
    xd_json_text(j, o, "kind", xd_entry_kind_name(e->kind));
    xd_json_number(o, "bytes", e->bytes);
    xd_json_text(j, o, "status", xd_entry_status_name(e->status));
    xd_json_text(j, o, "detail", e->detail);
    if (e->container != NULL && e->container[0] != '\0') {
        xd_json_text(j, o, "folder", e->container);
    }
    xd_json_optional_text(j, o, "node", node != NULL ? node->id : NULL);
    return o;
}

static void write_input(struct xd_json *j, unsigned index,
                        const struct xd_node *const *owners)
{
    const struct xd_input *in = &j->cs->inputs[index];
    bool hashed =
        in->has_sha256 && xd_report_judges(j->options) && in->kind != XD_INPUT_FOLDER;
    char hex[65] = "";

    xd_json_open(j, NULL, '{');
    xd_json_put(j, "path", xd_json_text_value(j, in->path));
    xd_json_put(j, "kind", json_string(input_kind_name(in->kind)));
    xd_json_put(j, "bytes", json_integer((json_int_t)in->bytes));
    if (hashed) {
        xd_text_hex(in->sha256, sizeof(in->sha256), hex);
    }
    xd_json_put(j, "sha256", hashed ? json_string(hex) : json_null());
    xd_json_put(j, "problem", xd_json_text_value(j, in->problem));
    xd_json_put(j, "unusable", json_boolean(in->unusable));
    xd_json_put(j, "note", xd_json_text_value(j, in->note));
    xd_json_open(j, "entries", '[');
    for (size_t i = 0; i < j->cs->n_entries; i++) {
        if (j->cs->entries[i]->input == index) {
            xd_json_put(j, NULL, build_entry(j, j->cs->entries[i], owners[i]));
        }
    }
    xd_json_close(j, ']');
    xd_json_close(j, '}');
}

/* Whose bundle each entry belongs to, by id; free with xd_free. */
static const struct xd_node **find_owners(const struct xd_case *cs)
{
    const struct xd_node **owners = xd_alloc_array(cs->n_entries + 1, sizeof(*owners));

    for (size_t i = 0; i < cs->n_nodes; i++) {
        const struct xd_node *n = cs->nodes[i];
        for (size_t k = 0; k < n->n_entries; k++) {
            if (n->entries[k]->id < cs->n_entries) {
                owners[n->entries[k]->id] = n;
            }
        }
    }
    return owners;
}

void xd_json_inputs(struct xd_json *j)
{
    const struct xd_node **owners = find_owners(j->cs);

    xd_json_open(j, "inputs", '[');
    for (size_t i = 0; i < j->cs->n_inputs; i++) {
        write_input(j, (unsigned)i, owners);
    }
    xd_json_close(j, ']');
    xd_free(owners);
}

static json_t *build_key_usage(const struct xd_cert *c)
{
    json_t *array = json_array();

    for (unsigned bit = 0; xd_key_usage_name(bit) != NULL; bit++) {
        if (c->has_key_usage && (c->key_usage & 1U << bit) != 0) {
            json_array_append_new(array, json_string(xd_key_usage_name(bit)));
        }
    }
    return array;
}

static json_t *build_san(struct xd_json *j, const struct xd_cert *c)
{
    json_t *array = json_array();

    for (size_t i = 0; i < c->n_san; i++) {
        json_array_append_new(array, xd_json_text_value(j, c->san[i].text));
    }
    return array;
}

/*
 * Chains are followed by encoded names.  Two of them may read alike (by their string
 * types): then each has a number, the same for the same name; else both are 0.
 */
struct names {
    unsigned subject;
    unsigned issuer;
};

/* The encoded names that read so. */
struct reading {
    struct xd_slice *ders;
    size_t n_ders, cap_ders;
};

static size_t find_name(struct xd_arena *a, struct xd_map *readings, const char *text,
                        struct xd_slice der)
{
    struct reading *r = xd_map_get(readings, xd_slice_of(text));

    if (r == NULL) {
        r = xd_arena_alloc(a, sizeof(*r));
        xd_map_put(readings, xd_slice_of(text), r);
    }
    for (size_t i = 0; i < r->n_ders; i++) {
        if (xd_slice_equal(r->ders[i], der)) {
            return i;
        }
    }
    *XD_PUSH(a, r, ders) = der;
    return r->n_ders - 1;
}

static unsigned number_name(struct xd_arena *a, struct xd_map *readings, const char *text,
                            struct xd_slice der)
{
    size_t at = find_name(a, readings, text, der);
    const struct reading *r = xd_map_get(readings, xd_slice_of(text));

    return r->n_ders < 2 ? 0 : (unsigned)at + 1;
}

/* Of each certificate; from the scratch arena. */
static struct names *number_names(struct xd_json *j, const struct xd_cert *const *certs,
                                  size_t n)
{
    struct names *out = xd_arena_alloc(j->scratch, (n + 1) * sizeof(*out));
    struct xd_map *readings = xd_map_new();

    for (unsigned pass = 0; pass < 2; pass++) { /* all are known before one is numbered */
        for (size_t i = 0; i < n; i++) {
            const struct xd_cert *c = certs[i];
            if (c->subject == NULL || c->issuer == NULL) {
                continue;
            }
            out[i].subject = number_name(j->scratch, readings, c->subject, c->subject_der);
            out[i].issuer = number_name(j->scratch, readings, c->issuer, c->issuer_der);
        }
    }
    xd_map_free(readings);
    return out;
}

static json_t *build_cert(struct xd_json *j, const struct xd_cert *c,
                          const struct names *names)
{
    json_t *o = json_object();
    bool known = c->described && c->parsed;

    xd_json_text(j, o, "serial", c->serial);
    xd_json_text(j, o, "subject", c->subject);
    xd_json_text(j, o, "subject_cn", c->subject_cn);
    xd_json_text(j, o, "issuer", c->issuer);
    xd_json_text(j, o, "issuer_cn", c->issuer_cn);
    xd_json_optional_number(o, "subject_name", names->subject);
    xd_json_optional_number(o, "issuer_name", names->issuer);
    xd_json_time(o, "not_before", known ? c->not_before : XD_TIME_NONE);
    xd_json_time(o, "not_after", known ? c->not_after : XD_TIME_NONE);
    json_object_set_new_nocheck(
        o, "eku",
        c->eku.present ? xd_json_texts(j, c->eku.names, c->eku.n_names) : json_null());
    json_object_set_new_nocheck(o, "key_usage", build_key_usage(c));
    json_object_set_new_nocheck(o, "san", build_san(j, c));
    if (c->san_cut) {
        xd_json_bool(o, "san_cut", true);
    }
    xd_json_text(j, o, "key", c->key);
    xd_json_text(j, o, "signature", c->signature);
    xd_json_bool(o, "is_ca", c->is_ca);
    xd_json_bool(o, "self_signed", c->self_signed);
    xd_json_text(j, o, "issuer_kind", xd_issuer_kind_name(c->issuer_kind));
    xd_json_text(j, o, "issuer_kind_why", c->issuer_kind_why);
    if (!known) {
        xd_json_text(j, o, "unreadable",
                     c->parse_error != NULL ? c->parse_error : "not a certificate");
    }
    return o;
}

static int compare_hashes(const void *a, const void *b)
{
    const struct xd_cert *const *x = a;
    const struct xd_cert *const *y = b;

    return memcmp((*x)->sha256, (*y)->sha256, sizeof((*x)->sha256));
}

void xd_json_certificates(struct xd_json *j)
{
    const struct xd_case *cs = j->cs;
    bool *used = xd_report_used_certs(cs);
    const struct xd_cert **sorted = xd_alloc_array(cs->n_certs + 1, sizeof(*sorted));
    size_t n = 0;

    for (size_t i = 0; i < cs->n_certs; i++) {
        if (used[i]) {
            sorted[n++] = cs->certs[i];
        }
    }
    qsort(sorted, n, sizeof(*sorted), compare_hashes);
    const struct names *names = number_names(j, sorted, n);
    xd_json_open(j, "certificates", '{');
    for (size_t i = 0; i < n; i++) {
        char hex[65];
        xd_text_hex(sorted[i]->sha256, sizeof(sorted[i]->sha256), hex);
        xd_json_put(j, hex, build_cert(j, sorted[i], &names[i]));
    }
    xd_json_close(j, '}');
    xd_free(sorted);
    xd_free(used);
}

static void set_contents(json_t *o, const struct xd_pem *pem)
{
    if (pem->n_lines > 0) {
        json_object_set_new_nocheck(o, "lines", xd_json_numbers(pem->lines, pem->n_lines));
    }
    xd_json_bool(o, "private_key", pem->entry != NULL && pem->entry->private_key);
    xd_json_count(o, "private_key_line",
                  pem->entry == NULL ? 0 : pem->entry->private_key_line);
}

/* Files of certificates that are no node's store: a lone PEM or DER file. */
void xd_json_other_certificates(struct xd_json *j)
{
    xd_json_open(j, "other_certificates", '[');
    for (size_t i = 0; i < j->cs->n_pems; i++) {
        const struct xd_pem *pem = &j->cs->pems[i];
        if (xd_report_is_store(j->cs, pem->entry)) {
            continue;
        }
        json_t *o = json_object();
        xd_json_text(j, o, "entry", xd_report_label(pem->entry));
        json_object_set_new_nocheck(o, "certificates",
                                    xd_json_hashes(pem->certs, pem->n_certs));
        set_contents(o, pem);
        xd_json_put(j, NULL, o);
    }
    xd_json_close(j, ']');
}
