/*
 * native.c - xConfiguration and xStatus on a dead bundle.
 *
 *     *c xConfiguration Zones Zone 1 Name: "uczone"
 *
 *     *s Zones:
 *         Zone 1:
 *           Status: Active
 *     *s/end
 */
#include "inspect_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/text.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 1 << 16, OUT_MAX = 1 << 20 };

/* One node's list and what of it is asked for. */
struct answer {
    const struct xd_node *node;
    struct xd_plain_list list;
    const char **rest; /* a row: what of its path stands behind the words so far; NULL:
                          not asked for */
    size_t matched;    /* words that lead somewhere */
};

static struct xd_slice lower_number(struct xd_slice index)
{
    while (index.len > 1 && index.p[0] == '0') {
        index.p++;
        index.len--;
    }
    return index;
}

static bool is_number(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static bool begins(struct xd_slice word, struct xd_slice with)
{
    return word.len >= with.len &&
           xd_text_equal_nocase((struct xd_slice){word.p, with.len}, with);
}

/* ---- words --------------------------------------------------------------- */

/* Which word of the tree one of the query stands for. */
struct choice {
    struct xd_slice word;  /* empty: none */
    struct xd_slice other; /* it might as well be this one */
};

static struct choice choose(const struct answer *a, struct xd_slice want)
{
    struct choice c = {0};

    for (size_t i = 0; i < a->list.n_rows; i++) {
        const char *rest = a->rest[i];

        if (rest == NULL) {
            continue;
        }
        struct xd_slice word = xd_plain_word(xd_plain_token(&rest));

        if (xd_text_equal_nocase(word, want)) {
            return (struct choice){.word = word};
        }
        if (word.len == 0 || !begins(word, want)) {
            continue;
        }
        if (c.word.len == 0) {
            c.word = word;
        } else if (!xd_text_equal_nocase(c.word, word)) {
            c.other = word;
        }
    }
    return c;
}

/* Keep the rows that go on with this word and, where index is not NULL, this number. */
static size_t keep(struct answer *a, struct xd_slice word, const char *index, bool commit)
{
    size_t n = 0;

    for (size_t i = 0; i < a->list.n_rows; i++) {
        const char *rest = a->rest[i];
        struct xd_slice token =
            rest == NULL ? (struct xd_slice){NULL, 0} : xd_plain_token(&rest);
        struct xd_slice number = lower_number(xd_plain_index(token));
        bool fits = token.len > 0 && xd_text_equal_nocase(xd_plain_word(token), word);

        if (fits && index != NULL) {
            fits = number.len > 0 ? xd_slice_equal(number, lower_number(xd_slice_of(index)))
                                  : strcmp(index, "1") == 0;
        }
        n += fits;
        if (commit) {
            a->rest[i] = fits ? rest : NULL;
        }
    }
    return n;
}

static int shown_len(struct xd_slice word)
{
    return word.len < 60 ? (int)word.len : 60;
}

static enum xd_rc refuse_two(const char *asked, const struct choice *c, struct xd_err *err)
{
    return xd_err_set(err, XD_BAD, 0, "'%.60s' may be '%.*s' or '%.*s': write more of it",
                      asked, shown_len(c->word), (const char *)c->word.p,
                      shown_len(c->other), (const char *)c->other.p);
}

/* The number behind the word that comes next, or NULL. */
static const char *asked_index(const struct answer *a, const struct xd_inspect_query *q)
{
    size_t next = a->matched + 1;

    return next < q->n_words && is_number(q->words[next]) ? q->words[next] : NULL;
}

/* XD_BAD: ambiguous.  a->matched says how far it went. */
static enum xd_rc follow(struct answer *a, const struct xd_inspect_query *q,
                         struct xd_err *err)
{
    for (size_t i = 0; i < a->list.n_rows; i++) {
        a->rest[i] = a->list.rows[i].path;
    }
    for (a->matched = 0; a->matched < q->n_words;) {
        const char *asked = q->words[a->matched];
        struct choice c = choose(a, xd_slice_of(asked));
        const char *index = asked_index(a, q);

        if (c.other.len > 0) {
            return refuse_two(asked, &c, err);
        }
        if (c.word.len == 0) {
            return XD_OK;
        }
        if (keep(a, c.word, index, false) == 0) {
            a->matched++; /* the word is there, the number is not */
            return XD_OK;
        }
        (void)keep(a, c.word, index, true);
        a->matched += index != NULL ? 2 : 1;
    }
    return XD_OK;
}

/* ---- what was meant ------------------------------------------------------ */

enum { SLIPS_NONE = 100, BEGINS = 4 };

/* Both in small letters: within a slip, or at least begun alike ("certtt", "certificate").
 */
static unsigned judge_slip(const char *word, const char *asked)
{
    unsigned distance = xd_text_distance(word, asked);

    if (distance <= XD_TEXT_SLIP) {
        return distance;
    }
    return strlen(asked) > BEGINS && strncmp(word, asked, BEGINS) == 0 ? XD_TEXT_SLIP + 1
                                                                       : SLIPS_NONE;
}

/* The nearest word at the place where the query left the tree, into near. */
static void find_near(const struct answer *a, const char *asked, char *near, size_t size)
{
    unsigned best = SLIPS_NONE;
    char slip[64];

    (void)snprintf(slip, sizeof(slip), "%s", asked);
    xd_text_lower(slip);
    for (size_t i = 0; i < a->list.n_rows; i++) {
        const char *rest = a->rest[i];
        char word[64];

        if (rest == NULL) {
            continue;
        }
        struct xd_slice w = xd_plain_word(xd_plain_token(&rest));

        (void)snprintf(word, sizeof(word), "%.*s", (int)(w.len < 63 ? w.len : 63),
                       (const char *)w.p);
        xd_text_lower(word);
        unsigned distance = judge_slip(word, slip);

        if (w.len > 0 && distance < best) {
            best = distance;
            (void)snprintf(near, size, "%.*s", (int)strlen(word), (const char *)w.p);
        }
    }
}

/* A path further down that has the word, as far as to it. */
static void find_below(const struct answer *a, const char *asked, char *near, size_t size)
{
    for (size_t i = 0; i < a->list.n_rows; i++) {
        const char *path = a->list.rows[i].path;
        const char *rest = path;
        struct xd_slice token;

        while ((token = xd_plain_token(&rest)).len > 0) {
            if (xd_text_equal_nocase(xd_plain_word(token), xd_slice_of(asked))) {
                int len = (int)(rest - path);

                (void)snprintf(near, size, "%.*s",
                               len < (int)size - 1 ? len : (int)size - 1, path);
                return;
            }
        }
    }
}

static void say_miss(const struct answer *a, const struct xd_inspect_query *q,
                     struct xd_inspect_answer *out)
{
    const char *asked = q->words[a->matched < q->n_words ? a->matched : q->n_words - 1];
    char near[80] = "";

    if (is_number(asked)) {
        (void)snprintf(out->miss, sizeof(out->miss), "there is no '%.40s %.20s'",
                       q->words[a->matched > 0 ? a->matched - 1 : 0], asked);
        return;
    }
    find_near(a, asked, near, sizeof(near));
    if (near[0] == '\0') {
        find_below(a, asked, near, sizeof(near));
    }
    (void)snprintf(out->miss, sizeof(out->miss), "there is no '%.50s' at this place%s%s%s",
                   asked, near[0] != '\0' ? "; did you mean '" : "", near,
                   near[0] != '\0' ? "'?" : "");
}

/* ---- lines --------------------------------------------------------------- */

/* Numbers, booleans and states are bare in a status, all else is quoted. */
static bool is_bare(struct xd_slice word, const char *value)
{
    static const char *const states[] = {"Status", "State", "Type"};

    if (is_number(value) || strcmp(value, "True") == 0 || strcmp(value, "False") == 0) {
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        if (xd_text_equal_nocase(word, xd_slice_of(states[i]))) {
            return value[0] != '\0' && strpbrk(value, " \"") == NULL;
        }
    }
    return false;
}

static void put_value(struct xd_buf *out, const char *value, bool bare)
{
    xd_buf_puts(out, bare ? " " : " \"");
    xd_plain_put_safe(out, value == NULL ? "****" : value);
    xd_buf_puts(out, bare ? "\n" : "\"\n");
}

/* "*c xConfiguration Zones Zone 1 Name: "..."" */
static void put_setting(struct xd_buf *out, const struct xd_plain *row)
{
    xd_buf_puts(out, "*c xConfiguration ");
    xd_plain_put_safe(out, row->path);
    xd_buf_puts(out, ":");
    put_value(out, row->value, false);
}

static void put_token(struct xd_buf *out, struct xd_slice token, size_t depth)
{
    char name[256];

    (void)snprintf(name, sizeof(name), "%.*s", (int)(token.len < 255 ? token.len : 255),
                   (const char *)token.p);
    if (depth == 0) {
        xd_buf_puts(out, "*s ");
    } else {
        xd_buf_printf(out, "%*s", (int)(2 + 2 * depth), "");
    }
    xd_plain_put_safe(out, name);
    xd_buf_puts(out, ":");
}

/* A row of the status, with those of its groups that the row before it was not in. */
static void put_status(struct xd_buf *out, const char *before, const struct xd_plain *row)
{
    const char *path = row->path;
    const char *old = before != NULL ? before : "";
    struct xd_slice token = xd_plain_token(&path);
    struct xd_slice was = xd_plain_token(&old);
    bool same = before != NULL;

    for (size_t depth = 0; token.len > 0; depth++) {
        const char *rest = path;
        bool leaf = xd_plain_token(&rest).len == 0;

        if (depth == 0 && before != NULL && !xd_slice_equal(token, was)) {
            xd_buf_puts(out, "*s/end\n\n");
        }
        same = same && xd_slice_equal(token, was);
        if (leaf && depth == 0 && row->value != NULL && row->value[0] == '\0') {
            put_token(out, token, depth);
            xd_buf_puts(out, " /\n");
        } else if (leaf) {
            put_token(out, token, depth);
            put_value(out, row->value,
                      row->value != NULL && is_bare(xd_plain_word(token), row->value));
        } else if (!same) {
            put_token(out, token, depth);
            xd_buf_puts(out, "\n");
        }
        token = xd_plain_token(&path);
        was = xd_plain_token(&old);
    }
}

static enum xd_rc print_node(const struct answer *a, const struct xd_inspect_query *q,
                             struct xd_plain_sink to, struct xd_inspect_answer *out,
                             struct xd_err *err)
{
    struct xd_buf buf = {.max = OUT_MAX};
    const char *before = NULL;
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; i < a->list.n_rows && rc == XD_OK; i++) {
        if (a->rest[i] == NULL) {
            continue;
        }
        if (q->status) {
            put_status(&buf, before, &a->list.rows[i]);
        } else {
            put_setting(&buf, &a->list.rows[i]);
        }
        before = a->list.rows[i].path;
        out->n_lines++;
        if (buf.len > BLOCK) {
            rc = xd_plain_flush(&buf, to, err);
        }
    }
    if (q->status && before != NULL) {
        xd_buf_puts(&buf, "*s/end\n");
    }
    xd_buf_puts(&buf, before != NULL ? "OK\n" : "");
    if (rc == XD_OK) {
        rc = xd_plain_flush(&buf, to, err);
    }
    xd_buf_done(&buf);
    return rc;
}

/* "# vcs8c (xconf_dump_vcs8c_....txt)", where there are several nodes. */
static enum xd_rc print_label(const struct answer *a, bool first, struct xd_plain_sink to,
                              struct xd_err *err)
{
    struct xd_buf buf = {.max = BLOCK};

    xd_buf_puts(&buf, first ? "# " : "\n# ");
    xd_plain_put_safe(&buf, a->node->id);
    xd_buf_puts(&buf, " (");
    xd_plain_put_safe(&buf, a->list.entry->label);
    xd_buf_puts(&buf, ")\n");
    enum xd_rc rc = xd_plain_flush(&buf, to, err);

    xd_buf_done(&buf);
    return rc;
}

/* ---- nodes --------------------------------------------------------------- */

struct xd_inspect_all {
    struct xd_arena *arena;
    struct answer *rows;
    size_t n_rows, cap_rows;
};

static enum xd_rc print_all(const struct xd_inspect_all *all,
                            const struct xd_inspect_query *q, struct xd_plain_sink to,
                            struct xd_inspect_answer *out, struct xd_err *err)
{
    const struct answer *deepest = NULL;
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; i < all->n_rows && rc == XD_OK; i++) {
        const struct answer *a = &all->rows[i];

        if (deepest == NULL || a->matched > deepest->matched) {
            deepest = a;
        }
        if (a->matched < q->n_words) {
            continue;
        }
        if (all->n_rows > 1) {
            rc = print_label(a, out->n_lines == 0, to, err);
        }
        if (rc == XD_OK) {
            rc = print_node(a, q, to, out, err);
        }
    }
    if (rc == XD_OK && out->n_lines == 0 && deepest != NULL && q->n_words > 0) {
        say_miss(deepest, q, out);
    }
    return rc;
}

enum xd_rc xd_inspect_print(const struct xd_case *cs, const struct xd_inspect_query *query,
                            int fd, struct xd_inspect_answer *out, struct xd_err *err)
{
    struct xd_inspect_all all = {.arena = xd_arena_new()};
    enum xd_rc rc = XD_OK;

    *out = (struct xd_inspect_answer){0};
    for (size_t i = 0; i < cs->n_nodes && rc == XD_OK; i++) {
        struct xd_plain_list list = xd_plain_of(all.arena, cs, cs->nodes[i], query->status);

        if (list.entry == NULL) {
            continue;
        }
        struct answer *a = XD_PUSH(all.arena, &all, rows);

        a->node = cs->nodes[i];
        a->list = list;
        a->rest = xd_arena_alloc(all.arena, (list.n_rows + 1) * sizeof(*a->rest));
        rc = follow(a, query, err);
    }
    out->n_dumps = all.n_rows;
    if (rc == XD_OK) {
        rc = print_all(&all, query, (struct xd_plain_sink){fd, query->hold}, out, err);
    }
    xd_arena_free(all.arena);
    return rc;
}
