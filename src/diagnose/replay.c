/*
 * replay.c - what the other end decided, decided again: which chain, asked for
 * which purpose, against which CA file, at what time.  Every defect is tested by
 * itself, so that it can be told whether one alone explains a refusal.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/alloc.h"

enum {
    MAX_PATH = 16, /* certificates followed upwards; real paths have two to four */
};

const struct xd_store *xd_node_store_for(const struct xd_node *n, enum xd_side role)
{
    const struct xd_store *s = &n->server;
    if (role == XD_CLIENT && xd_node_has_two_stores(n)) {
        s = &n->client;
    }
    return s->entry && s->n_certs > 0 ? s : NULL;
}

static struct xd_cert *find_issuer(const struct xd_judge *j, struct xd_cert *const *certs,
                                   size_t n, struct xd_cert *subject)
{
    for (size_t i = 0; i < n; i++) {
        if (certs[i] != subject && certs[i]->parsed &&
            xd_slice_equal(certs[i]->subject_der, subject->issuer_der) &&
            xd_x509_issued_in(j->cs, certs[i], subject)) {
            return certs[i];
        }
    }
    return NULL;
}

static bool holds(struct xd_cert *const *certs, size_t n, const struct xd_cert *c)
{
    for (size_t i = 0; i < n; i++) {
        if (certs[i] == c) {
            return true;
        }
    }
    return false;
}

static size_t build_own_chain(struct xd_judge *j, const struct xd_node *n,
                              const struct xd_store *store, struct xd_cert **chain)
{
    size_t len = 0;
    struct xd_cert *at = store->certs[0];
    while (at && len < MAX_PATH && !holds(chain, len, at)) {
        chain[len++] = j->cs->certs[at->id];
        if (at->self_signed) {
            break;
        }
        struct xd_cert *up = find_issuer(j, store->certs, store->n_certs, at);
        at = up ? up : find_issuer(j, n->ca.certs, n->ca.n_certs, at);
    }
    return len;
}

size_t xd_node_own_chain(struct xd_judge *j, const struct xd_node *n,
                         const struct xd_store *store, struct xd_cert ***out)
{
    for (size_t i = 0; i < j->n_own_chains; i++) {
        const struct xd_own_chain *c = &j->own_chains[i];
        if (c->store == store && c->leaf == store->certs[0]) {
            *out = c->chain;
            return c->n_chain;
        }
    }
    struct xd_own_chain *made = XD_PUSH(j->cs->arena, j, own_chains);
    made->node = n;
    made->store = store;
    made->leaf = store->certs[0];
    made->chain = xd_arena_alloc(j->cs->arena, MAX_PATH * sizeof(struct xd_cert *));
    made->n_chain = build_own_chain(j, n, store, made->chain);
    *out = made->chain;
    return made->n_chain;
}

/* The trusted certificates, the presented ones, and found issuers: a path without holes. */
struct pool {
    struct xd_cert **certs;
    size_t n_certs, cap_certs;
};

static void pool_add(struct xd_judge *j, struct pool *p, const struct xd_cert *c)
{
    if (!holds(p->certs, p->n_certs, c)) {
        *XD_PUSH(j->cs->arena, p, certs) = j->cs->certs[c->id];
    }
}

static struct xd_cert *find_public_issuer(const struct xd_judge *j, struct xd_cert *c)
{
    const struct xd_roots *roots = j->options->roots;
    return roots ? find_issuer(j, roots->certs, roots->n_certs, c) : NULL;
}

static bool in_case(const struct xd_judge *j, const struct xd_cert *c)
{
    return c->id < j->cs->n_certs && j->cs->certs[c->id] == c;
}

/*
 * Of several CAs of one name and key the one that ends last: OpenSSL takes one that is
 * valid.
 */
static struct xd_cert *find_trusted_issuer(const struct xd_judge *j,
                                           const struct xd_store *trusted,
                                           struct xd_cert *of)
{
    struct xd_cert *best = NULL;
    for (size_t i = 0; i < trusted->n_certs; i++) {
        struct xd_cert *c = find_issuer(j, &trusted->certs[i], 1, of);
        best = c && (!best || c->not_after > best->not_after) ? c : best;
    }
    return best;
}

/*
 * As the verifier does: what it trusts comes before what was sent
 * (X509_V_FLAG_TRUSTED_FIRST, OpenSSL's default).
 */
static struct xd_cert *known_issuer(const struct xd_judge *j,
                                    const struct xd_node *verifier,
                                    const struct xd_replay *r, struct xd_cert *of)
{
    struct xd_cert *up = find_trusted_issuer(j, &verifier->ca, of);
    return up ? up : find_issuer(j, r->chain, r->n_chain, of);
}

/* With everything that the case and the public roots hold. */
static struct xd_cert *any_issuer(const struct xd_judge *j, struct xd_cert *of)
{
    struct xd_cert *up = find_issuer(j, j->cs->certs, j->cs->n_certs, of);
    return up ? up : find_public_issuer(j, of);
}

/*
 * Follow the path upwards: first as the verifier could, then with everything that
 * is known.
 */
static void follow_path(struct xd_judge *j, const struct xd_node *verifier,
                        struct xd_replay *r, struct pool *whole)
{
    struct xd_cert *at = r->chain[0];
    for (size_t i = 0; i < MAX_PATH; i++) {
        pool_add(j, whole, at);
        if (!r->missing) {
            r->top = at;
        } else if (holds(verifier->ca.certs, verifier->ca.n_certs, at)) {
            r->broken_only = true;
        }
        r->rooted = r->rooted || at->self_signed;
        if (at->self_signed) {
            return;
        }
        struct xd_cert *up = known_issuer(j, verifier, r, at);
        if (!up) {
            up = any_issuer(j, at);
            r->missing = r->missing ? r->missing : up;
        }
        r->rooted = up && up->self_signed;
        /* A public root that no file of the case holds ends the path. */
        if (!up || !in_case(j, up)) {
            return;
        }
        at = up;
    }
}

static void test_trust(struct xd_judge *j, const struct xd_node *verifier,
                       struct xd_replay *r)
{
    struct xd_verify_request q = {.chain = r->chain,
                                  .n_chain = r->n_chain,
                                  .trust = verifier->ca.certs,
                                  .n_trust = verifier->ca.n_certs,
                                  .purpose = XD_PURPOSE_NONE,
                                  .time = XD_TIME_NONE};
    struct xd_verify_result out = {0};
    for (size_t i = 0; i < r->n_chain; i++) {
        if (!xd_x509_knows_signature(r->chain[i])) {
            return; /* nobody can tell here what the verifier comes to */
        }
    }
    xd_x509_verify(j->cs, &q, &out);
    r->trust_tested = true;
    if (out.ok) {
        return;
    }
    enum xd_fault fault = xd_x509_fault(&q, &out);
    const char *words = xd_arena_printf(
        j->cs->arena,
        "against the verifier's trusted CAs the check of the chain ends in \"%s\" "
        "(OpenSSL error %d at depth %d)",
        out.error_text, out.error, out.depth);
    if (fault == XD_FAULT_TRUST) {
        r->faults |= XD_SAYS_TRUST;
        r->trust_words = words;
    } else if (fault == XD_FAULT_SIGNATURE) {
        /* An issuer of the right name and another key. */
        r->faults |= XD_SAYS_SIGNATURE;
        r->trust_words = words;
    } else if (fault == XD_FAULT_CONSTRAINT) {
        r->constraint_words = words;
    }
}

static bool passes(struct xd_judge *j, const struct xd_replay *r,
                   struct xd_cert *const *trust, size_t n, enum xd_fault *fault)
{
    struct xd_verify_request q = {.chain = r->chain,
                                  .n_chain = r->n_chain,
                                  .trust = trust,
                                  .n_trust = n,
                                  .purpose = XD_PURPOSE_NONE,
                                  .time = XD_TIME_NONE};
    struct xd_verify_result out = {0};
    xd_x509_verify(j->cs, &q, &out);
    *fault = xd_x509_fault(&q, &out);
    return out.ok;
}

bool xd_replay_shadowed(struct xd_judge *j, const struct xd_node *verifier,
                        const struct xd_replay *r, const struct xd_cert *first)
{
    size_t n_first = 0;
    size_t n_rest = 0;
    struct xd_cert **alone =
        xd_arena_alloc(j->cs->arena, verifier->ca.n_certs * sizeof *alone);
    struct xd_cert **without =
        xd_arena_alloc(j->cs->arena, verifier->ca.n_certs * sizeof *without);
    enum xd_fault fault = XD_FAULT_NONE;
    for (size_t i = 0; i < verifier->ca.n_certs; i++) {
        struct xd_cert *c = verifier->ca.certs[i];
        if (c == first || !xd_slice_equal(c->subject_der, first->subject_der)) {
            alone[n_first++] = c;
        }
        if (c != first) {
            without[n_rest++] = c;
        }
    }
    return !passes(j, r, alone, n_first, &fault) && fault == XD_FAULT_SIGNATURE &&
           passes(j, r, without, n_rest, &fault);
}

bool xd_node_ignores_revocation(const struct xd_node *n)
{
    /* Off unless the dump says otherwise. */
    return n->revocation_check == XD_TRI_OFF ||
           (n->revocation_check == XD_TRI_UNKNOWN && n->xconf);
}

bool xd_replay_is_weak(struct xd_judge *j, const struct xd_replay *r)
{
    enum { STRICTEST = 2 }; /* OpenSSL's level of 112 bits, SHA-1 left out */
    struct xd_verify_request q = {.chain = r->chain,
                                  .n_chain = r->n_chain,
                                  .trust = j->cs->certs,
                                  .n_trust = j->cs->n_certs,
                                  .purpose = XD_PURPOSE_NONE,
                                  .time = XD_TIME_NONE};
    struct xd_verify_result out = {0};
    if (r->n_chain == 0) {
        return false;
    }
    xd_x509_verify(j->cs, &q, &out);
    bool fine = out.ok;
    q.security_level = STRICTEST;
    xd_x509_verify(j->cs, &q, &out);
    return fine && !out.ok && xd_x509_fault(&q, &out) == XD_FAULT_SIGNATURE;
}

/* RFC 5280, 4.2.1.3: what TLS 1.2 and 1.3 need of a leaf's key, as OpenSSL asks for it. */
static bool usage_fits(const struct xd_cert *leaf, enum xd_purpose purpose)
{
    unsigned fitting = XD_KU_DIGITAL_SIGNATURE | XD_KU_KEY_AGREEMENT |
                       (purpose == XD_PURPOSE_SERVER ? XD_KU_KEY_ENCIPHERMENT : 0U);
    return !leaf->has_key_usage || (leaf->key_usage & fitting) != 0;
}

/*
 * No issuer is known, so that OpenSSL comes to no purpose; the leaf itself tells of its own
 * (RFC 5280, 4.2.1.12).
 */
static void test_leaf_purpose(struct xd_replay *r)
{
    const struct xd_cert *leaf = r->chain[0];
    bool client = r->need.purpose == XD_PURPOSE_CLIENT;
    bool permits = client ? xd_cert_permits_client(leaf) : xd_cert_permits_server(leaf);
    bool usage = usage_fits(leaf, r->need.purpose);
    if (permits && usage) {
        return;
    }
    r->faults |= XD_SAYS_PURPOSE;
    r->key_usage = permits;
    r->usage_too = !permits && !usage;
    r->purpose_at = leaf;
    r->purpose_words = permits  ? "its key usage does not fit"
                       : client ? "its extended key usage does not permit clientAuth"
                                : "its extended key usage does not permit serverAuth";
}

static void test_purpose(struct xd_judge *j, struct xd_replay *r, const struct pool *whole)
{
    struct xd_verify_request q = {.chain = r->chain,
                                  .n_chain = r->n_chain,
                                  .trust = whole->certs,
                                  .n_trust = whole->n_certs,
                                  .purpose = r->need.purpose,
                                  .time = XD_TIME_NONE};
    struct xd_verify_result out = {0};
    xd_x509_verify(j->cs, &q, &out);
    if (out.ok) {
        return;
    }
    enum xd_fault fault = xd_x509_fault(&q, &out);
    if (fault == XD_FAULT_PURPOSE || fault == XD_FAULT_KEY_USAGE) {
        r->faults |= XD_SAYS_PURPOSE;
        r->key_usage = fault == XD_FAULT_KEY_USAGE;
        /* OpenSSL names the first of both; with the purpose mended the other is left. */
        r->usage_too = !r->key_usage && !usage_fits(r->chain[0], r->need.purpose);
        r->purpose_at = out.at ? out.at : r->chain[0];
        r->purpose_words = xd_arena_printf(j->cs->arena, "%s (error %d at depth %d)",
                                           out.error_text, out.error, out.depth);
    } else if (fault == XD_FAULT_TRUST) {
        test_leaf_purpose(r);
    }
}

static void test_time(struct xd_judge *j, struct xd_replay *r, const struct pool *whole)
{
    for (size_t i = 0; i < whole->n_certs && r->time != XD_TIME_NONE; i++) {
        const struct xd_cert *c = whole->certs[i];
        if (!c->parsed) {
            continue;
        }
        unsigned bit = r->time > c->not_after    ? XD_SAYS_EXPIRED
                       : r->time < c->not_before ? XD_SAYS_NOT_YET
                                                 : 0;
        if (bit) {
            r->faults |= bit;
            r->time_at = c;
            r->time_words = xd_arena_printf(
                j->cs->arena, "%s: valid from %s to %s", xd_words_name(c),
                xd_words_time(j, c->not_before), xd_words_time(j, c->not_after));
            return;
        }
    }
}

/* One chain, verifier and purpose, tested without regard to time. */
struct xd_replayed {
    struct xd_replay result;
    struct pool whole;
};

static struct xd_replayed *test_anew(struct xd_judge *j, const struct xd_node *verifier,
                                     const struct xd_replay *r)
{
    static const struct xd_node nobody;
    struct xd_replayed *x = xd_arena_alloc(j->cs->arena, sizeof *x);
    x->result = *r;
    follow_path(j, verifier ? verifier : &nobody, &x->result, &x->whole);
    if (verifier && verifier->ca.entry && verifier->ca.whole) {
        test_trust(j, verifier, &x->result);
    }
    if (r->need.purpose != XD_PURPOSE_NONE) {
        test_purpose(j, &x->result, &x->whole);
    }
    return x;
}

/*
 * Each question is answered once: every rule comes back to it, and what OpenSSL had
 * decoded may be gone by then.
 */
static const struct xd_replayed *
test_chain(struct xd_judge *j, const struct xd_node *verifier, const struct xd_replay *r)
{
    size_t n = r->n_chain + 2;
    uintptr_t *question = xd_alloc(n * sizeof *question);
    struct xd_slice key = {.p = (const uint8_t *)question, .len = n * sizeof *question};
    question[0] = (uintptr_t)verifier;
    question[1] = (uintptr_t)r->need.purpose;
    for (size_t i = 0; i < r->n_chain; i++) {
        question[i + 2] = (uintptr_t)r->chain[i];
    }
    if (!j->replayed) {
        j->replayed = xd_map_new();
    }
    struct xd_replayed *x = xd_map_get(j->replayed, key);
    if (!x) {
        x = test_anew(j, verifier, r);
        xd_map_put(j->replayed, key, x);
    }
    xd_free(question);
    return x;
}

/*
 * What a node sends behind its leaf stands in its CA file: where that was not read, a
 * chain from its store may lack what it sends.  A root that is not trusted stays one.
 */
static bool is_cut_short(const struct xd_judge *j, const struct xd_replay *r)
{
    const struct xd_node *sender = NULL;
    for (size_t i = 0; i < j->n_own_chains && r->basis != XD_BASE_SEEN; i++) {
        if (j->own_chains[i].chain == r->chain) {
            sender = j->own_chains[i].node;
        }
    }
    bool root = r->missing ? r->missing->self_signed : r->top && r->top->self_signed;
    return sender && !(sender->ca.entry && sender->ca.whole) && !root;
}

static bool is_read(const struct xd_store *s)
{
    return s->entry && s->whole;
}

static bool were_stores_read(const struct xd_node *n)
{
    return is_read(&n->ca) && is_read(&n->server) &&
           (!xd_node_has_two_stores(n) || is_read(&n->client));
}

static void list_shown(struct xd_judge *j)
{
    j->shown = xd_arena_alloc(j->cs->arena, (j->cs->n_certs + 1) * sizeof *j->shown);
    for (size_t i = 0; i < j->n_convs; i++) {
        for (int s = 0; s < 2; s++) {
            const struct xd_presented *p =
                xd_conv_presented(j->convs[i], (enum xd_side)s, NULL);
            if (p && p->n_certs > 0) {
                j->shown[p->certs[0]->id] = true;
            }
        }
    }
}

/* What comes with that leaf was on the wire: another capture adds nothing to it. */
static bool was_shown(struct xd_judge *j, const struct xd_cert *leaf)
{
    if (!j->shown) {
        list_shown(j);
    }
    return j->shown[leaf->id];
}

/* Whatever may hold an issuer of it was read: "found nowhere" is then a finding. */
static bool all_was_read(struct xd_judge *j, const struct xd_cert *leaf)
{
    bool captured = true;
    if (j->whole == XD_TRI_UNKNOWN) {
        j->whole = XD_TRI_ON;
        for (size_t i = 0; i < j->cs->n_nodes; i++) {
            j->whole = were_stores_read(j->cs->nodes[i]) ? j->whole : XD_TRI_OFF;
        }
    }
    for (size_t i = 0; i < j->cs->n_nodes && captured; i++) {
        captured = xd_node_has_capture(j->cs->nodes[i]);
    }
    return j->whole == XD_TRI_ON && (captured || was_shown(j, leaf));
}

bool xd_replay_tells_ca(struct xd_judge *j, const struct xd_replay *r)
{
    if (r->need.outside) {
        return true; /* whom it trusts is assumed in any case */
    }
    if (!r->rooted) {
        return r->trust_tested && r->n_chain > 0 && all_was_read(j, r->chain[0]);
    }
    /* Nobody knows what the verifier trusts: only the root can be what it lacks. */
    return r->trust_tested || !r->missing || r->missing->self_signed;
}

void xd_replay_chain(struct xd_judge *j, const struct xd_node *verifier,
                     struct xd_replay *r)
{
    if (r->n_chain == 0 || !r->chain[0]->parsed) {
        return;
    }
    const struct xd_replayed *x = test_chain(j, verifier, r);
    struct xd_replay asked = *r;
    *r = x->result;
    r->basis = asked.basis;
    r->chain_place = asked.chain_place;
    r->need = asked.need;
    r->time = asked.time;
    test_time(j, r, &x->whole);
    if ((r->faults & XD_SAYS_TRUST) && is_cut_short(j, r)) {
        r->faults &= ~(unsigned)XD_SAYS_TRUST;
        r->trust_tested = false;
    }
}

/* Whom an outside verifier trusts: its list of CA names if it sent one, else public roots.
 */
struct outside_trust {
    const struct xd_tls_facts *list; /* or NULL */
    bool public;
};

/* Does it know the issuer of c, who may be c itself? */
static bool reaches(const struct xd_judge *j, const struct outside_trust *t,
                    struct xd_cert *c)
{
    for (size_t k = 0; t->list && k < t->list->n_acceptable_cas; k++) {
        if (xd_slice_equal(t->list->acceptable_ca_ders[k], c->issuer_der)) {
            return true;
        }
    }
    return !t->list && t->public && find_public_issuer(j, c);
}

/*
 * From what was sent upwards, over CAs that were not sent as well: is there a path to what
 * it trusts?  r->missing: the first CA of it that was not sent.
 */
static bool leads_there(struct xd_judge *j, const struct outside_trust *t,
                        struct xd_replay *r)
{
    struct xd_cert *at = r->chain[0];
    struct xd_cert *missing = NULL;
    for (size_t i = 0; at && i < MAX_PATH; i++) {
        if (reaches(j, t, at)) {
            r->missing = missing;
            return true;
        }
        if (at->self_signed) {
            return false;
        }
        struct xd_cert *up = find_issuer(j, r->chain, r->n_chain, at);
        if (!up) {
            up = find_issuer(j, j->cs->certs, j->cs->n_certs, at);
            missing = missing ? missing : up;
        }
        at = up;
    }
    return false;
}

static void replay_outside(struct xd_judge *j, const struct xd_conv *v,
                           enum xd_side presenter, struct xd_replay *r)
{
    const struct xd_tls_facts *tls = v->flow ? v->flow->tls : NULL;
    const struct xd_addr *addr = &v->end[presenter == XD_CLIENT ? 1 : 0].addr;
    bool named = presenter == XD_CLIENT && tls && tls->n_acceptable_cas > 0;
    struct outside_trust t = {.list = named ? tls : NULL,
                              .public = addr->family != XD_ADDR_NONE &&
                                        !xd_addr_is_private(addr)};
    xd_replay_chain(j, NULL, r);
    bool there = leads_there(j, &t, r);
    enum xd_issuer_kind kind = r->chain[0]->issuer_kind;
    bool private = kind == XD_ISSUER_PRIVATE || kind == XD_ISSUER_SELF_SIGNED;
    if (there && r->missing) {
        r->trust_tested = true;
        r->broken_only = true;
        r->faults |= XD_SAYS_TRUST;
        r->trust_words = "what was sent does not reach a CA that it trusts";
    } else if (t.list) {
        r->trust_tested = true;
        r->faults |= there ? 0 : XD_SAYS_TRUST;
        r->trust_words =
            there ? NULL
                  : "no issuer of the chain is among the CA names that its request lists";
    } else if (t.public && there) {
        r->assumed_to_pass = true;
    } else if (t.public && private) {
        r->trust_tested = true;
        r->faults |= XD_SAYS_TRUST;
        r->trust_words = "a far end on the Internet is assumed to trust public CAs only";
    }
}

/*
 * A store of days later, whose leaf was not yet issued, does not tell what was shown, nor
 * does one of whose chains none has the length that was seen.
 */
static bool is_ruled_out(const struct xd_judge *j, const struct xd_conv *v,
                         enum xd_side presenter, const struct xd_store *s)
{
    const struct xd_node *n = v->node[presenter];
    struct xd_place told = xd_conv_told_to(j, v, n);
    return xd_store_came_later(j, n, s, &told) || xd_conv_inferred_none(v, presenter);
}

/* The chain: seen, else inferred, else what the role calls for. */
static void choose_chain(struct xd_judge *j, const struct xd_conv *v,
                         enum xd_side presenter, struct xd_replay *r)
{
    const struct xd_presented *p = xd_conv_presented(v, presenter, NULL);
    if (p) {
        r->basis = XD_BASE_SEEN;
        r->chain = p->certs;
        r->n_chain = p->n_certs;
        r->chain_place = p->place;
        return;
    }
    const struct xd_node *n = v->node[presenter];
    const struct xd_store *s = n ? xd_node_store_for(n, presenter) : NULL;
    if (s && is_ruled_out(j, v, presenter, s)) {
        return;
    }
    const struct xd_inferred *inferred = xd_conv_inferred(v, presenter);
    if (inferred) {
        r->basis = XD_BASE_INFERRED;
        r->chain = inferred->chain;
        r->n_chain = inferred->n_chain;
        r->chain_place = inferred->place;
        return;
    }
    if (s) {
        r->basis = XD_BASE_STORE;
        r->n_chain = xd_node_own_chain(j, n, s, &r->chain);
        r->chain_place = (struct xd_place){.entry = s->entry,
                                           .line = s->n_lines > 0 ? s->lines[0] : 0,
                                           .time = XD_TIME_NONE};
    }
}

void xd_conv_replay(struct xd_judge *j, const struct xd_conv *v, enum xd_side presenter,
                    struct xd_replay *out)
{
    enum xd_side other = presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT;
    const struct xd_node *verifier = v->node[other];
    memset(out, 0, sizeof *out);
    choose_chain(j, v, presenter, out);
    out->time = xd_conv_time_at(j, v, other);
    if (j->options->at != XD_TIME_NONE) {
        out->time = j->options->at;
    }
    if (verifier) {
        out->need = xd_conv_requirement(v, presenter, out->time);
    } else {
        out->need = (struct xd_requirement){
            .checked = true,
            .outside = true,
            .purpose = presenter == XD_CLIENT ? XD_PURPOSE_CLIENT : XD_PURPOSE_SERVER,
            .why = presenter == XD_CLIENT
                       ? "a server that verifies its clients asks for clientAuth"
                       : "a client asks its server for serverAuth"};
    }
    if (out->n_chain == 0 || !out->need.checked) {
        return;
    }
    if (verifier) {
        xd_replay_chain(j, verifier, out);
    } else {
        replay_outside(j, v, presenter, out);
    }
}
