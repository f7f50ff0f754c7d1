/*
 * issuers.c - is a certificate's issuer public or private, and on what evidence?
 *
 * Worked downward from the roots: each certificate whose path is known marks those
 * that it signed, so that every certificate is reached once and no recursion is
 * needed.  Public roots go first: a path to one outranks a private one.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"

#include "x509_priv.h"

/* One certificate on the way: of the case (index) or a root. */
struct issuer_step {
    struct xd_cert *cert;
    const struct issuer_step *above; /* NULL: the root that ends the path */
};

struct issuer_search {
    struct xd_case *cs;
    size_t *order; /* indices into cs->certs, sorted by issuer name */
    size_t n_order;
    const struct issuer_step **path; /* by certificate: its path to a root, or NULL */
    unsigned *tries;                 /* signatures tried, by certificate */
    const struct issuer_step **queue;
    size_t n_queue, at_queue;
    struct xd_map *seen_names; /* issuer name -> how many of it were tried */
};

static int compare_slices(struct xd_slice a, struct xd_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.p, b.p, len) : 0;

    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

static int compare_issuers(const void *a, const void *b, void *arg)
{
    const struct xd_case *cs = arg;
    const size_t *x = a;
    const size_t *y = b;
    int order = compare_slices(cs->certs[*x]->issuer_der, cs->certs[*y]->issuer_der);

    if (order != 0) {
        return order;
    }
    return *x < *y ? -1 : *x > *y;
}

/* The first position of the sorted list whose issuer name is not below name. */
static size_t find_children(const struct issuer_search *s, struct xd_slice name)
{
    size_t low = 0;
    size_t high = s->n_order;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare_slices(s->cs->certs[s->order[mid]]->issuer_der, name) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static void enqueue(struct issuer_search *s, struct xd_cert *cert,
                    const struct issuer_step *above)
{
    struct issuer_step *step = xd_arena_alloc(s->cs->arena, sizeof(*step));

    step->cert = cert;
    step->above = above;
    s->queue[s->n_queue++] = step;
}

/* Key identifiers that are both there and differ spare the signature check. */
static bool ids_contradict(const struct xd_cert *issuer, const struct xd_cert *subject)
{
    return issuer->skid.len > 0 && subject->akid.len > 0 &&
           !xd_slice_equal(issuer->skid, subject->akid);
}

/* Not one more issuer of this name: a file full of equal names must not cost n * n. */
static bool name_exhausted(struct issuer_search *s, struct xd_slice name)
{
    unsigned *seen = xd_map_get(s->seen_names, name);

    if (seen == NULL) {
        seen = xd_arena_alloc(s->cs->arena, sizeof(*seen));
        xd_map_put(s->seen_names, name, seen);
    }
    (*seen)++;
    return *seen > XD_MAX_SAME_NAME;
}

/* Give a path to everything below what is queued. */
static void walk_down(struct issuer_search *s)
{
    while (s->at_queue < s->n_queue) {
        const struct issuer_step *step = s->queue[s->at_queue++];
        struct xd_slice name = step->cert->subject_der;

        if (name_exhausted(s, name)) {
            continue;
        }
        for (size_t i = find_children(s, name); i < s->n_order; i++) {
            size_t at = s->order[i];
            struct xd_cert *c = s->cs->certs[at];

            if (!xd_slice_equal(c->issuer_der, name)) {
                break;
            }
            if (s->path[at] != NULL || s->tries[at] >= XD_MAX_ISSUER_TRIES ||
                ids_contradict(step->cert, c)) {
                continue;
            }
            s->tries[at]++;
            if (xd_x509_issued_in(s->cs, step->cert, c)) {
                s->path[at] = step;
                enqueue(s, c, step);
            }
        }
    }
}

static const char *short_name(const struct xd_cert *c)
{
    return c->subject_cn != NULL ? c->subject_cn : c->subject;
}

/* "A, B, then the root C": the issuers from the nearest to the root. */
static const char *word_path(struct xd_arena *arena, const struct issuer_step *step)
{
    enum { WORDED_STEPS = 6 };
    const char *text = "";

    for (unsigned i = 0; step != NULL && i < WORDED_STEPS; i++) {
        const char *join = i == 0 ? "" : " < ";

        text = xd_arena_printf(arena, "%s%s\"%s\"", text, join, short_name(step->cert));
        step = step->above;
    }
    return text;
}

/* What else speaks for a public CA, in words; "" for nothing. */
static const char *word_support(struct xd_arena *arena, const struct xd_cert *c)
{
    const char *text = "";

    if (c->cab_policy != NULL) {
        text = xd_arena_printf(arena, "%s; it names the CA/Browser Forum policy %s", text,
                               c->cab_policy);
    }
    if (c->has_sct) {
        text = xd_arena_printf(arena, "%s; it carries certificate transparency timestamps",
                               text);
    }
    if (c->aia_host != NULL) {
        text = xd_arena_printf(arena, "%s; its issuer's certificate or OCSP is at %s", text,
                               c->aia_host);
    }
    return text;
}

static const char *describe_source(const struct xd_roots *roots)
{
    return roots != NULL && roots->source != NULL ? roots->source : "none";
}

static void mark_public(struct issuer_search *s, const struct xd_roots *roots)
{
    for (size_t i = 0; i < s->cs->n_certs; i++) {
        struct xd_cert *c = s->cs->certs[i];

        if (s->path[i] == NULL || c->issuer_kind == XD_ISSUER_PUBLIC) {
            continue;
        }
        c->issuer_kind = XD_ISSUER_PUBLIC;
        c->issuer_kind_why =
            xd_arena_printf(s->cs->arena, "its path %s ends at a public root (%s)%s",
                            word_path(s->cs->arena, s->path[i]), describe_source(roots),
                            word_support(s->cs->arena, c));
    }
}

/* Start from the public roots that matter, and from the case's own certificates of the same
 * key. */
static void start_public(struct issuer_search *s, struct xd_roots *roots)
{
    for (size_t i = 0; i < roots->n_certs; i++) {
        enqueue(s, roots->certs[i], NULL);
    }
    for (size_t i = 0; i < s->cs->n_certs; i++) {
        struct xd_cert *c = s->cs->certs[i];

        /* Also a root's other certificates: reissued, or cross-signed by another CA. */
        if (!c->parsed || xd_roots_find(roots, c->subject_der, c->spki_sha256) == NULL) {
            continue;
        }
        struct issuer_step *root = xd_arena_alloc(s->cs->arena, sizeof(*root));
        root->cert = c;
        s->path[i] = root;
        c->issuer_kind = XD_ISSUER_PUBLIC;
        c->issuer_kind_why =
            xd_arena_printf(s->cs->arena, "it has name and key of a public root (%s)",
                            describe_source(roots));
    }
}

static void start_private(struct issuer_search *s)
{
    for (size_t i = 0; i < s->cs->n_certs; i++) {
        struct xd_cert *c = s->cs->certs[i];

        if (!c->parsed || !c->self_signed || s->path[i] != NULL) {
            continue;
        }
        struct issuer_step *root = xd_arena_alloc(s->cs->arena, sizeof(*root));
        root->cert = c;
        s->path[i] = root;
        s->queue[s->n_queue++] = root;
        c->issuer_kind = XD_ISSUER_SELF_SIGNED;
        c->issuer_kind_why = "its own key signed it, and it is none of the public roots";
    }
}

/*
 * Logs take certificates of publicly trusted CAs only (RFC 6962, 3.1): with their
 * timestamps and the forum's policy a certificate is public, whether or not its root
 * is at hand, and whether or not the list of public roots knows that.
 */
static bool has_public_marks(const struct xd_cert *c)
{
    return c->has_sct && c->cab_policy != NULL;
}

static const char *word_marks(struct xd_arena *arena, const struct xd_cert *c,
                              const char *although)
{
    return xd_arena_printf(arena,
                           "it carries the CA/Browser Forum policy %s and certificate "
                           "transparency timestamps, %s",
                           c->cab_policy, although);
}

static const struct xd_cert *root_of(const struct issuer_step *step)
{
    while (step->above != NULL) {
        step = step->above;
    }
    return step->cert;
}

/* The certificate's kind where no path to a root was found. */
static void judge_without_path(struct xd_case *cs, struct xd_cert *c)
{
    const char *support = word_support(cs->arena, c);

    if (!c->parsed) {
        c->issuer_kind_why = "it cannot be read";
        return;
    }
    if (has_public_marks(c)) {
        c->issuer_kind = XD_ISSUER_PUBLIC;
        c->issuer_kind_why = word_marks(cs->arena, c, "although its root was not found");
        return;
    }
    if (!xd_x509_knows_signature(c)) {
        c->issuer_kind_why = xd_arena_printf(
            cs->arena,
            "its signature (%s) is of an algorithm that cannot be verified here, so that "
            "nothing shows whether the issuer \"%s\" is the CA of that name%s",
            c->signature, c->issuer_cn != NULL ? c->issuer_cn : c->issuer, support);
        return;
    }
    c->issuer_kind_why = xd_arena_printf(
        cs->arena, "its issuer \"%s\" leads to no root of the case or of the public ones%s",
        c->issuer_cn != NULL ? c->issuer_cn : c->issuer, support);
}

static void mark_rest(struct issuer_search *s)
{
    for (size_t i = 0; i < s->cs->n_certs; i++) {
        struct xd_cert *c = s->cs->certs[i];

        if (c->issuer_kind_why != NULL) {
            continue;
        }
        if (s->path[i] == NULL) {
            judge_without_path(s->cs, c);
            continue;
        }
        if (has_public_marks(c)) {
            c->issuer_kind = XD_ISSUER_PUBLIC;
            c->issuer_kind_why = word_marks(
                s->cs->arena, c,
                xd_arena_printf(s->cs->arena,
                                "although its root \"%s\" is not in the list of public "
                                "roots",
                                short_name(root_of(s->path[i]))));
            continue;
        }
        c->issuer_kind = XD_ISSUER_PRIVATE;
        c->issuer_kind_why = xd_arena_printf(
            s->cs->arena, "its path %s ends at a root that is none of the public ones%s",
            word_path(s->cs->arena, s->path[i]), word_support(s->cs->arena, c));
    }
}

/* The roots that a certificate of the case is by name, or whose name issued it. */
static void want_roots(const struct xd_case *cs, struct xd_roots *roots)
{
    for (size_t i = 0; i < cs->n_certs; i++) {
        const struct xd_cert *c = cs->certs[i];

        if (c->parsed) {
            xd_roots_want(roots, c->issuer_der);
            xd_roots_want(roots, c->subject_der);
        }
    }
}

void xd_x509_judge_issuers(struct xd_case *cs, struct xd_roots *roots)
{
    struct issuer_search s = {.cs = cs};
    size_t n = cs->n_certs;

    xd_x509_describe_all(cs);
    if (roots != NULL) {
        want_roots(cs, roots);
    }
    size_t n_roots = roots != NULL ? roots->n_certs : 0;
    s.seen_names = xd_map_new();
    s.order = xd_alloc_array(n, sizeof(*s.order));
    s.path = xd_alloc_array(n, sizeof(struct issuer_step *));
    s.tries = xd_alloc_array(n, sizeof(*s.tries));
    s.queue = xd_alloc_array(n + n_roots, sizeof(struct issuer_step *));
    for (size_t i = 0; i < n; i++) {
        cs->certs[i]->issuer_kind = XD_ISSUER_UNKNOWN;
        cs->certs[i]->issuer_kind_why = NULL;
        if (cs->certs[i]->parsed) {
            s.order[s.n_order++] = i;
        }
    }
    qsort_r(s.order, s.n_order, sizeof(*s.order), compare_issuers, cs);
    if (roots != NULL) {
        start_public(&s, roots);
        walk_down(&s);
        mark_public(&s, roots);
    }
    start_private(&s);
    walk_down(&s);
    mark_rest(&s);
    xd_map_free(s.seen_names);
    xd_free(s.order);
    xd_free((void *)s.path);
    xd_free(s.tries);
    xd_free((void *)s.queue);
}
