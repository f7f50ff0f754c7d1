/*
 * infer.c - which store an unseen certificate came from, told by lengths.
 *
 * TLS 1.3 without keys: with OpenSSL each handshake message travels in a record of
 * its own, and a Certificate message of a known chain has a known length (RFC 8446,
 * 4.4.2).  SSH: the public-key request and its acceptance carry the whole RFC 6187
 * blob.  An inference is evidence ("consistent with"), never a sighting.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

enum {
    RECORD_OVERHEAD = 4 + 1 + 3 + 1 + 16, /* header, context, list length; type, tag */
    ENTRY_OVERHEAD = 3 + 2,               /* length and empty extensions */
    LOOKED_AT = 4,     /* encrypted records of a flight before which a Certificate comes */
    PLAUSIBLE = 300,   /* a Certificate message with anything in it is longer */
    LONGEST_USER = 32, /* letters of the SSH user name, which is not known */
    MAX_CHAIN_LEN = 16,
};

/* One chain that a store could send. */
struct candidate {
    enum xd_store_kind store;
    const struct xd_store *from;
    struct xd_cert **chain;
    size_t n_chain;
};

struct candidates {
    struct candidate *items;
    size_t n_items, cap_items;
};

static void add_chains(struct xd_judge *j, struct candidates *out, const struct xd_node *n,
                       const struct xd_store *s, enum xd_store_kind kind)
{
    struct xd_cert **chain = NULL;
    if (!s->entry || s->n_certs == 0) {
        return;
    }
    size_t len = xd_node_own_chain(j, n, s, &chain);
    for (size_t k = 1; k <= len; k++) {
        struct candidate *c = XD_PUSH(j->cs->arena, out, items);
        c->store = kind;
        c->from = s;
        c->chain = chain;
        c->n_chain = k;
    }
}

static void list_candidates(struct xd_judge *j, const struct xd_node *n,
                            struct candidates *out)
{
    add_chains(j, out, n, &n->server, XD_STORE_SERVER);
    if (xd_node_has_two_stores(n)) {
        add_chains(j, out, n, &n->client, XD_STORE_CLIENT);
    }
}

static uint64_t record_length(const struct candidate *c)
{
    uint64_t len = RECORD_OVERHEAD;
    for (size_t i = 0; i < c->n_chain; i++) {
        len += ENTRY_OVERHEAD + c->chain[i]->der.len;
    }
    return len;
}

static const char *tell_candidate(struct xd_judge *j, const struct xd_node *n,
                                  const struct candidate *c, uint64_t bytes)
{
    return xd_arena_printf(
        j->cs->arena, "%s: leaf%s, %llu bytes", xd_words_store(n, c->from),
        c->n_chain == 1 ? " alone"
                        : xd_arena_printf(j->cs->arena, " and %zu CA%s", c->n_chain - 1,
                                          c->n_chain == 2 ? "" : "s"),
        (unsigned long long)bytes);
}

/* What the fitting candidates agree on. */
static void settle(struct xd_inferred *x, const struct candidate *fit)
{
    if (x->store == XD_STORE_NONE) {
        x->store = fit->store;
        x->chain = fit->chain;
        x->n_chain = fit->n_chain;
    } else if (x->store != fit->store && x->n_chain > 0 && x->chain[0] == fit->chain[0]) {
        x->store = XD_STORE_BOTH;
    } else if (x->store != fit->store || x->n_chain != fit->n_chain) {
        x->store = XD_STORE_AMBIGUOUS;
        x->chain = NULL;
        x->n_chain = 0;
    }
}

static void add_inferred(struct xd_judge *j, struct xd_flow *f, const struct xd_node *n,
                         struct xd_inferred *x, const struct candidates *fits)
{
    x->candidates = xd_arena_alloc(j->cs->arena, (fits->n_items + 1) * sizeof(char *));
    for (size_t i = 0; i < fits->n_items; i++) {
        settle(x, &fits->items[i]);
        x->candidates[x->n_candidates++] = tell_candidate(j, n, &fits->items[i], x->length);
    }
    *XD_PUSH(j->cs->arena, f, inferred) = *x;
}

static bool row_is_candidate(const struct xd_ledger_row *row, enum xd_side by)
{
    return row->by == by && row->type == 23;
}

/* The record that a store's chain fits; else the one that must be the Certificate. */
static void infer_record(struct xd_judge *j, struct xd_flow *f, enum xd_side by)
{
    const struct xd_node *n = f->node[by];
    struct candidates all = {0};
    struct candidates fits = {0};
    struct xd_inferred x = {
        .by = by, .store = XD_STORE_NONE, .basis = XD_BASIS_RECORD_LENGTH};
    list_candidates(j, n, &all);
    size_t looked = 0;
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    size_t n_rows = xd_flow_ledger(f, ledger);
    for (size_t i = 0; i < n_rows && looked < LOOKED_AT && fits.n_items == 0; i++) {
        const struct xd_ledger_row *row = &ledger[i];
        if (!row_is_candidate(row, by)) {
            continue;
        }
        looked++;
        for (size_t k = 0; k < all.n_items; k++) {
            if (record_length(&all.items[k]) == row->length) {
                *XD_PUSH(j->cs->arena, &fits, items) = all.items[k];
            }
        }
        bool message = row->length >= PLAUSIBLE && looked <= (by == XD_CLIENT ? 1 : 3);
        if (fits.n_items > 0 || (message && x.length == 0)) {
            x.length = row->length;
            x.place = row->place;
        }
    }
    /* Without fit, a long record is only the Certificate message if all stores are known.
     */
    bool known =
        n->server.whole && (!xd_node_has_two_stores(n) || n->client.whole) && n->ca.whole;
    if (x.length > 0 && all.n_items > 0 && (fits.n_items > 0 || known)) {
        add_inferred(j, f, n, &x, &fits);
    }
}

static size_t algorithm_length(const struct xd_cert *leaf)
{
    const char *key = leaf->key ? leaf->key : "";
    return strncmp(key, "RSA", 3) == 0 ? strlen("x509v3-rsa2048-sha256")
                                       : strlen("x509v3-ecdsa-sha2-nistp256");
}

/* RFC 6187, 2.1: the key blob with its chain and no OCSP responses. */
static uint64_t blob_length(const struct candidate *c)
{
    uint64_t len = 4 + algorithm_length(c->chain[0]) + 4 + 4;
    for (size_t i = 0; i < c->n_chain; i++) {
        len += 4 + c->chain[i]->der.len;
    }
    return len;
}

struct ssh_framing {
    uint64_t block;
    uint64_t mac;
    bool length_apart; /* the length field is not padded along (EtM, AEAD) */
};

static bool read_framing(const struct xd_ssh_facts *ssh, enum xd_side by,
                         struct ssh_framing *out)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } macs[] = {{"hmac-sha2-256", 32}, {"hmac-sha2-512", 64}, {"hmac-sha1-96", 12},
                {"hmac-sha1", 20},     {"umac-128", 16},      {"umac-64", 8},
                {"hmac-md5", 16}};
    const char *cipher = ssh->cipher[by];
    const char *mac = ssh->mac[by];
    if (!cipher) {
        return false;
    }
    *out = (struct ssh_framing){.block = 16};
    if (strstr(cipher, "gcm") || strstr(cipher, "poly1305")) {
        out->block = strstr(cipher, "poly1305") ? 8 : 16;
        out->mac = 16;
        out->length_apart = true;
        return true;
    }
    for (size_t i = 0; mac && i < sizeof macs / sizeof *macs; i++) {
        if (strncmp(mac, macs[i].name, strlen(macs[i].name)) == 0) {
            out->mac = macs[i].bytes;
            out->length_apart = strstr(mac, "-etm") != NULL;
            return true;
        }
    }
    return false;
}

/* RFC 4253, 6: length, padding length, payload, at least four bytes of padding, MAC. */
static uint64_t packet_length(const struct ssh_framing *f, uint64_t payload)
{
    uint64_t padded = (f->length_apart ? 0U : 4U) + 1U + payload + 4U;
    padded = (padded + f->block - 1) / f->block * f->block;
    return padded + (f->length_apart ? 4U : 0U) + f->mac;
}

static bool request_fits(const struct ssh_framing *f, const struct candidate *c,
                         uint64_t seen)
{
    uint64_t fixed = 1 + 4 + (4 + 14) + (4 + 9) + 1 + (4 + algorithm_length(c->chain[0])) +
                     (4 + blob_length(c));
    return seen >= packet_length(f, fixed + 1) &&
           seen <= packet_length(f, fixed + LONGEST_USER);
}

static bool answer_fits(const struct ssh_framing *f, const struct candidate *c,
                        uint64_t seen)
{
    return seen ==
           packet_length(f, 1 + (4 + algorithm_length(c->chain[0])) + (4 + blob_length(c)));
}

static void infer_packet(struct xd_judge *j, struct xd_flow *f)
{
    const struct xd_ssh_facts *ssh = f->ssh;
    const struct xd_node *n = f->node[XD_CLIENT];
    struct ssh_framing framing[2];
    struct candidates all = {0};
    struct candidates fits = {0};
    if (!n || !ssh->key_offered || ssh->key_request_length == 0 ||
        !read_framing(ssh, XD_CLIENT, &framing[0]) ||
        !read_framing(ssh, XD_SERVER, &framing[1])) {
        return;
    }
    struct xd_inferred x = {.by = XD_CLIENT,
                            .store = XD_STORE_NONE,
                            .basis = XD_BASIS_PACKET_LENGTH,
                            .place = ssh->key_request_place,
                            .length = ssh->key_request_length};
    list_candidates(j, n, &all);
    for (size_t k = 0; k < all.n_items; k++) {
        const struct candidate *c = &all.items[k];
        if (request_fits(&framing[0], c, ssh->key_request_length) &&
            (!ssh->key_accepted || answer_fits(&framing[1], c, ssh->key_answer_length))) {
            *XD_PUSH(j->cs->arena, &fits, items) = *c;
        }
    }
    bool known =
        n->server.whole && (!xd_node_has_two_stores(n) || n->client.whole) && n->ca.whole;
    if (all.n_items > 0 && (fits.n_items > 0 || known)) {
        add_inferred(j, f, n, &x, &fits);
    }
}

static bool hides_certificates(const struct xd_flow *f)
{
    return f->tls && f->tls->version >= 0x0304 && f->tls->server_hello &&
           !f->tls->certificates_visible && !f->tls->keys_used && f->tls->resumed != 1;
}

void xd_judge_infer(struct xd_judge *j)
{
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        struct xd_flow *f = j->cs->flows[i];
        if (!f->related) {
            continue;
        }
        if (f->protocol == XD_PROTOCOL_SSH && f->ssh) {
            infer_packet(j, f);
        }
        for (int s = 0; s < 2 && hides_certificates(f); s++) {
            if (f->node[s]) {
                infer_record(j, f, (enum xd_side)s);
            }
        }
    }
}

static bool has_cn(const struct xd_store *s, const char *name)
{
    return s->entry && s->n_certs > 0 && s->certs[0]->subject_cn &&
           xd_text_equal_nocase(xd_slice_of(s->certs[0]->subject_cn), xd_slice_of(name));
}

/* The verifier's log names what it found in the peer's certificate. */
static void infer_name(struct xd_judge *j, const struct xd_conv *v,
                       const struct xd_log_event *e)
{
    const struct xd_node *writer = xd_judge_node_of(j, e->place.entry);
    enum xd_side by = writer == v->node[XD_CLIENT] ? XD_SERVER : XD_CLIENT;
    const struct xd_node *n = v->node[by];
    if (!writer || !n || n == writer || !e->name || !xd_node_has_two_stores(n) ||
        xd_conv_presented(v, by, NULL) || xd_conv_inferred(v, by)) {
        return;
    }
    bool server = has_cn(&n->server, e->name);
    if (server == has_cn(&n->client, e->name)) {
        return;
    }
    const struct xd_store *s = server ? &n->server : &n->client;
    struct xd_inferred *x = XD_PUSH(j->cs->arena, v->flow, inferred);
    x->by = by;
    x->store = server ? XD_STORE_SERVER : XD_STORE_CLIENT;
    x->basis = XD_BASIS_LOG_COMMON_NAME;
    x->place = e->place;
    x->n_chain = xd_node_own_chain(j, n, s, &x->chain);
    x->candidates = xd_arena_alloc(j->cs->arena, sizeof(char *));
    x->candidates[x->n_candidates++] = xd_arena_printf(
        j->cs->arena, "%s: common name \"%s\"", xd_words_store(n, s), e->name);
}

void xd_judge_infer_names(struct xd_judge *j)
{
    for (size_t i = 0; i < j->n_convs; i++) {
        const struct xd_conv *v = j->convs[i];
        for (size_t k = 0; v->flow && k < v->n_events; k++) {
            if (v->events[k]->kind == XD_LOG_TLS_COMMON_NAME && v->related) {
                infer_name(j, v, v->events[k]);
            }
        }
    }
}

static const char *tell_inference(struct xd_judge *j, const struct xd_flow *f,
                                  const struct xd_inferred *x)
{
    if (x->basis == XD_BASIS_LOG_COMMON_NAME) {
        return xd_arena_printf(j->cs->arena, "the log names the certificate of %s: %s",
                               f->node[x->by] ? f->node[x->by]->id : "?", x->candidates[0]);
    }
    const char *fits = x->n_candidates > 0 ? x->candidates[0] : "no chain of its stores";
    for (size_t i = 1; i < x->n_candidates; i++) {
        fits = xd_arena_printf(j->cs->arena, "%s; or %s", fits, x->candidates[i]);
    }
    return xd_arena_printf(
        j->cs->arena, "an encrypted record of %llu bytes from %s is consistent with: %s%s",
        (unsigned long long)x->length, f->node[x->by] ? f->node[x->by]->id : "?", fits,
        x->n_candidates > 1 ? " (the length does not tell which)" : "");
}

/* Of the recordings of one conversation the first stands for all. */
static bool is_first_view(const struct xd_case *cs, const struct xd_flow *f)
{
    for (size_t i = 0; i < f->n_same_as; i++) {
        if (f->same_as[i] < f->id && xd_flow_is_view_of(f, cs->flows[f->same_as[i] - 1])) {
            return false;
        }
    }
    return true;
}

void xd_rule_encrypted(struct xd_judge *j)
{
    struct xd_draft *d = NULL;
    size_t conversations = 0;
    size_t inferred = 0;
    for (size_t i = 0; i < j->cs->n_flows; i++) {
        const struct xd_flow *f = j->cs->flows[i];
        if (!f->related || !hides_certificates(f)) {
            continue;
        }
        d = d ? d : xd_draft_get(j, XD_F_CERTIFICATES_ENCRYPTED, NULL, NULL, NULL);
        bool first = is_first_view(j->cs, f);
        conversations += first;
        *XD_PUSH(j->cs->arena, &d->f, flows) = f->id;
        xd_evidence_add(j, d, f->first, "TLS 1.3: certificates and alerts are encrypted",
                        true);
        for (size_t k = 0; k < f->n_inferred; k++) {
            xd_evidence_add(j, d, f->inferred[k].place,
                            tell_inference(j, f, &f->inferred[k]), true);
            inferred += first && f->inferred[k].n_chain > 0;
        }
    }
    if (!d) {
        return;
    }
    xd_draft_confidence(d, XD_CERTAIN);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "TLS 1.3 hides the certificates of %zu conversation%s",
                        conversations, conversations == 1 ? "" : "s"),
        xd_arena_printf(
            j->cs->arena,
            "From X15.2 on Expressways talk TLS 1.3 to each other: certificates "
            "and alerts are encrypted and cannot be read from a capture. By the "
            "lengths of the records %zu of the hidden certificate messages %s "
            "consistent with the chain of a store. Next: for certainty give a key log "
            "(--keylog), or repeat the test with SIP TLS versions set to TLS 1.2.",
            inferred, inferred == 1 ? "is" : "are"));
    struct xd_remedy r = {
        .actor = XD_ACTOR_CUSTOMER,
        .text =
            "Only if certainty is needed: repeat the capture with TLS 1.2 for the time of "
            "the test, or supply a key log.",
        .command = "xConfiguration SIP Advanced SipTlsVersions: \"TLSv1.2\""};
    xd_draft_remedy(j, d, &r);
}
