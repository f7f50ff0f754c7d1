/*
 * tried.c - the changes that the user wants tried: whose they are, whether they can be
 * tried at all, and a pair of nodes as they would make it.
 *
 * The nodes of the case stay as they are; a pair gets copies with other stores, CAs and
 * settings, and is judged like any other.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum { NODES_NAMED = 6 }; /* in a message */

static bool is_named(const struct xd_node *n, const char *name)
{
    struct xd_slice wanted = xd_slice_of(name);
    return xd_text_equal_nocase(wanted, xd_slice_of(n->id)) ||
           xd_text_equal_nocase(wanted, xd_slice_of(n->host));
}

static const char *list_nodes(struct xd_judge *j)
{
    const char *list = "";
    for (size_t i = 0; i < j->cs->n_nodes && i < NODES_NAMED; i++) {
        list = xd_arena_printf(j->cs->arena, "%s%s%s", list, i > 0 ? ", " : "",
                               j->cs->nodes[i]->id);
    }
    return j->cs->n_nodes > NODES_NAMED
               ? xd_arena_printf(j->cs->arena, "%s and %zu more", list,
                                 j->cs->n_nodes - NODES_NAMED)
               : list;
}

static enum xd_rc refuse_node(struct xd_judge *j, const struct xd_try *t,
                              struct xd_err *err)
{
    for (size_t i = 0; i < j->cs->n_nodes; i++) {
        if (xd_text_distance(t->node_name, j->cs->nodes[i]->id) <= XD_TEXT_SLIP) {
            return xd_err_set(err, XD_BAD, 0,
                              "--%s %s: no node of that name; did you mean '%s'? The case "
                              "has: %s",
                              xd_try_name(t->kind), t->argument, j->cs->nodes[i]->id,
                              list_nodes(j));
        }
    }
    return xd_err_set(err, XD_BAD, 0, "--%s %s: no node '%s'; the case has: %s",
                      xd_try_name(t->kind), t->argument, t->node_name, list_nodes(j));
}

static enum xd_rc find_node(struct xd_judge *j, struct xd_try *t, struct xd_err *err)
{
    for (size_t i = 0; t->node_name && i < j->cs->n_nodes; i++) {
        if (is_named(j->cs->nodes[i], t->node_name)) {
            t->node = j->cs->nodes[i];
            break;
        }
    }
    return t->node_name && !t->node ? refuse_node(j, t, err) : XD_OK;
}

/* Did it issue another certificate of the file? */
static bool is_issuer_within(const struct xd_judge *j, const struct xd_try *t, size_t at)
{
    for (size_t i = 0; i < t->n_certs; i++) {
        if (i != at && xd_x509_issued_in(j->cs, t->certs[at], t->certs[i])) {
            return true;
        }
    }
    return false;
}

/* An end certificate: no CA, unless it stands alone and signed itself. */
static bool is_leaf(const struct xd_judge *j, const struct xd_try *t, size_t at)
{
    const struct xd_cert *c = t->certs[at];
    return c->parsed && !c->is_ca && !is_issuer_within(j, t, at);
}

static enum xd_rc refuse_leaves(const struct xd_try *t, size_t leaves, size_t at,
                                struct xd_err *err)
{
    const char *option = xd_try_name(t->kind);
    if (leaves > 1) {
        return xd_err_set(err, XD_BAD, 0,
                          "--%s %s: holds %zu end certificates; give the file of one node, "
                          "with its chain if you like",
                          option, t->argument, leaves);
    }
    return xd_err_set(err, XD_BAD, 0,
                      "--%s %s: holds CA certificates only, such as \"%.60s\"; give the "
                      "node's own certificate there, and CAs with --ca",
                      option, t->argument, xd_words_name(t->certs[at]));
}

/* The leaf comes first, whatever the order of the file. */
static enum xd_rc put_leaf_first(const struct xd_judge *j, struct xd_try *t,
                                 struct xd_err *err)
{
    size_t leaves = 0;
    size_t at = 0;
    for (size_t i = 0; i < t->n_certs; i++) {
        if (is_leaf(j, t, i)) {
            at = leaves++ == 0 ? i : at;
        }
    }
    if (leaves != 1) {
        return refuse_leaves(t, leaves, at, err);
    }
    struct xd_cert *leaf = t->certs[at];
    t->certs[at] = t->certs[0];
    t->certs[0] = leaf;
    return XD_OK;
}

static enum xd_rc check_cas(const struct xd_try *t, struct xd_err *err)
{
    for (size_t i = 0; i < t->n_certs; i++) {
        const struct xd_cert *c = t->certs[i];
        if (c->parsed && (c->is_ca || c->self_signed)) {
            return XD_OK;
        }
    }
    return xd_err_set(err, XD_BAD, 0,
                      "--ca %s: holds no CA certificate, only \"%.60s\"; give a node's own "
                      "certificate with --client-cert or --server-cert",
                      t->argument, xd_words_name(t->certs[0]));
}

static enum xd_rc check_file(const struct xd_judge *j, struct xd_try *t, struct xd_err *err)
{
    const char *option = xd_try_name(t->kind);
    size_t readable = 0;
    for (size_t i = 0; i < t->n_certs; i++) {
        readable += t->certs[i]->parsed ? 1 : 0;
    }
    if (readable == 0) {
        return xd_err_set(
            err, XD_BAD, 0,
            t->entry->private_key
                ? "--%s %s: holds a private key and no certificate; give the "
                  "certificate, in PEM or DER form"
                : "--%s %s: holds no certificate; give one in PEM or DER form",
            option, t->argument);
    }
    return t->kind == XD_TRY_CA ? check_cas(t, err) : put_leaf_first(j, t, err);
}

/* One change twice for the same nodes contradicts itself; CAs add up. */
static enum xd_rc check_repeated(const struct xd_case *cs, size_t at, struct xd_err *err)
{
    const struct xd_try *t = &cs->tries[at];
    for (size_t i = 0; i < at && t->kind != XD_TRY_CA; i++) {
        if (cs->tries[i].kind == t->kind && cs->tries[i].node == t->node) {
            return xd_err_set(
                err, XD_BAD, 0,
                "--%s is given twice for %s: %s and %s; name another node, as "
                "in NODE=%s",
                xd_try_name(t->kind), t->node ? t->node->id : "the same nodes",
                cs->tries[i].argument, t->argument, t->argument);
        }
    }
    return XD_OK;
}

enum xd_rc xd_tries_resolve(struct xd_judge *j, struct xd_err *err)
{
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        struct xd_try *t = &j->cs->tries[i];
        enum xd_rc rc = find_node(j, t, err);
        if (rc == XD_OK && t->entry) {
            rc = check_file(j, t, err);
        }
        if (rc == XD_OK) {
            rc = check_repeated(j->cs, i, err);
        }
        if (rc != XD_OK) {
            return rc;
        }
    }
    return XD_OK;
}

const char *xd_tries_name(struct xd_judge *j)
{
    const char *name = "";
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        const struct xd_try *t = &j->cs->tries[i];
        name = xd_arena_printf(j->cs->arena, "%s%s%s=%s", name, i > 0 ? ", " : "",
                               xd_try_name(t->kind), t->argument);
    }
    return name;
}

/* What is tried on the node: what names it, else what is tried on all of its side. */
static const struct xd_try *find_try(const struct xd_case *cs, enum xd_try_kind kind,
                                     const struct xd_node *n, bool by_default)
{
    const struct xd_try *found = NULL;
    for (size_t i = 0; i < cs->n_tries; i++) {
        const struct xd_try *t = &cs->tries[i];
        if (t->kind != kind) {
            continue;
        }
        if (t->node == n) {
            return t;
        }
        found = !t->node && by_default ? t : found;
    }
    return found;
}

static void note(struct xd_judge *j, struct xd_tried *out, const char *text)
{
    out->notes = xd_arena_printf(j->cs->arena, "%s %s", out->notes, text);
}

/* What the web interface says to such a certificate: a plan must get by it. */
static void note_upload(struct xd_judge *j, const struct xd_node *n, const struct xd_try *t,
                        struct xd_tried *out)
{
    bool two = xd_node_has_two_stores(n);
    if (!xd_cert_server_only(t->certs[0]) || (two && t->kind != XD_TRY_CLIENT_CERT)) {
        return;
    }
    bool x15_4 = xd_version_at_least(&n->version, 15, 4);
    note(j, out,
         xd_arena_printf(
             j->cs->arena, "%s will not take \"%s\": %s", n->id, xd_words_name(t->certs[0]),
             two ? "its client certificate page refuses a file without clientAuth; it only "
                   "gets there by copying the server certificate."
             : x15_4 && n->role == XD_ROLE_E
                 ? "X15.4 refuses a file without clientAuth unless \"XCP TLS Certificate "
                   "CVS EnableServerEkuUpload\" is on."
                 : "before X15.5 the upload of a file without clientAuth is refused."));
}

static void set_store(struct xd_judge *j, struct xd_node *n, struct xd_store *s,
                      const struct xd_try *t, struct xd_tried *out)
{
    *s = (struct xd_store){.entry = t->entry,
                           .certs = t->certs,
                           .lines = t->lines,
                           .n_certs = t->n_certs,
                           .n_lines = t->n_lines,
                           .whole = true};
    note_upload(j, n, t, out);
}

/* A node with one store uses its certificate in both roles. */
static void set_certificates(struct xd_judge *j, struct xd_node *n,
                             const struct xd_node *original, bool is_c,
                             struct xd_tried *out)
{
    const struct xd_try *client = find_try(j->cs, XD_TRY_CLIENT_CERT, original, is_c);
    const struct xd_try *server = find_try(j->cs, XD_TRY_SERVER_CERT, original, !is_c);
    bool two = xd_node_has_two_stores(n);

    if (client) {
        set_store(j, n, two ? &n->client : &n->server, client, out);
    }
    if (server) {
        set_store(j, n, &n->server, server, out);
    }
    if ((client || server) && !two) {
        note(j, out,
             xd_arena_printf(j->cs->arena,
                             "%s has one store (before X15.5): the certificate is tried in "
                             "both roles.",
                             n->id));
    } else if ((is_c && server && !client) || (!is_c && client && !server)) {
        note(j, out,
             xd_arena_printf(j->cs->arena,
                             "The %s certificate of %s plays no part between these two: it "
                             "is shown to others.",
                             is_c ? "server" : "client", n->id));
    }
}

static void add_cas(struct xd_judge *j, struct xd_node *n, const struct xd_node *original,
                    struct xd_tried *out)
{
    struct xd_store s = {.entry = n->ca.entry, .whole = n->ca.whole};
    bool any = false;
    for (size_t i = 0; i < n->ca.n_certs; i++) {
        *XD_PUSH(j->cs->arena, &s, certs) = n->ca.certs[i];
    }
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        const struct xd_try *t = &j->cs->tries[i];
        if (t->kind != XD_TRY_CA || (t->node && t->node != original)) {
            continue;
        }
        for (size_t k = 0; k < t->n_certs; k++) {
            *XD_PUSH(j->cs->arena, &s, certs) = t->certs[k];
        }
        if (!s.entry || !s.whole) {
            size_t slot = out->change.part_of_trust[0] ? 1 : 0;
            out->change.part_of_trust[slot] = n;
            s.entry = t->entry;
            s.whole = true;
        }
        any = true;
    }
    if (any) {
        n->ca = s;
    }
}

static void set_check(struct xd_judge *j, struct xd_node *n, const struct xd_node *original,
                      bool is_c, struct xd_tried *out)
{
    const struct xd_try *t = find_try(j->cs, XD_TRY_EKU_CHECK, original, !is_c);
    if (!t) {
        return;
    }
    if (!xd_version_at_least(&n->version, 15, 5) &&
        (n->version.major || !xd_node_has_two_stores(n))) {
        note(j, out,
             xd_arena_printf(
                 j->cs->arena,
                 "%s has no EKU check before X15.5, so that it changes nothing.", n->id));
        return;
    }
    n->eku_check = t->on ? XD_EKU_CHECK_ON : XD_EKU_CHECK_OFF;
    n->n_changes = 0; /* it would stay so */
    if (is_c) {
        note(
            j, out,
            xd_arena_printf(j->cs->arena,
                            "The EKU check of %s plays no part between these two: it opens "
                            "the zone and the tunnels itself.",
                            n->id));
    }
}

/*
 * A certificate that is made now is younger than the bundles: it and its chain are judged
 * as of its first moment.
 */
xd_time xd_tried_from(const struct xd_judge *j, const struct xd_store *s)
{
    xd_time from = XD_TIME_NONE;
    bool tried = false;
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        const struct xd_try *t = &j->cs->tries[i];
        tried = tried || (t->n_certs > 0 && t->certs == s->certs);
        for (size_t k = 0; k < t->n_certs; k++) {
            const struct xd_cert *c = t->certs[k];
            if (c->parsed && (from == XD_TIME_NONE || c->not_before > from)) {
                from = c->not_before;
            }
        }
    }
    return tried ? from : XD_TIME_NONE;
}

static void note_youth(struct xd_judge *j, const struct xd_node *n, struct xd_tried *out)
{
    const struct xd_store *const stores[] = {&n->client, &n->server};
    xd_time now = xd_predict_time(j, &out->pair, &out->change);
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        xd_time from = xd_tried_from(j, stores[i]);
        if (from != XD_TIME_NONE && now != XD_TIME_NONE && from > now) {
            note(j, out,
                 xd_arena_printf(j->cs->arena,
                                 "What is tried on %s is valid from %s on only: it is "
                                 "judged as of then, all else as of the bundles.",
                                 n->id, xd_words_time(j, from)));
            return;
        }
    }
}

static struct xd_node *copy_node(struct xd_judge *j, const struct xd_node *original,
                                 bool is_c, struct xd_tried *out)
{
    struct xd_node *n = xd_arena_alloc(j->cs->arena, sizeof *n);
    *n = *original;
    set_certificates(j, n, original, is_c, out);
    add_cas(j, n, original, out);
    set_check(j, n, original, is_c, out);
    return n;
}

void xd_tries_apply(struct xd_judge *j, const struct xd_pair *p, struct xd_tried *out)
{
    *out = (struct xd_tried){.pair = *p, .change = {.at = XD_TIME_NONE}, .notes = ""};
    for (size_t i = 0; i < j->cs->n_tries; i++) {
        if (j->cs->tries[i].kind == XD_TRY_AT) {
            out->change.at = j->cs->tries[i].at;
        }
    }
    out->pair.c = copy_node(j, p->c, true, out);
    out->pair.e = copy_node(j, p->e, false, out);
    if (!xd_predict_is_timed(j, &out->change)) {
        note_youth(j, out->pair.c, out);
        note_youth(j, out->pair.e, out);
    }
}
