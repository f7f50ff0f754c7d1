/*
 * todo.c - what to do: the remedies of the findings as one list in order, each step once
 * with the findings that it serves.  The text and the HTML report show the same list.
 */
#include <string.h>

#include "expdiag/arena.h"
#include "expdiag/text.h"

#include "say_priv.h"

enum { STEPS_COMPARED = 100 }; /* steps looked up for repetition; a case has some ten */

bool xd_is_main(const struct xd_case *cs, const struct xd_finding *f)
{
    enum xd_severity least =
        xd_verdict_kind(cs) == XD_VERDICT_FAULT ? XD_ERROR : XD_WARNING;

    return f->severity >= least;
}

static bool same_step(const struct xd_remedy *a, const struct xd_remedy *b)
{
    return a->node == b->node && a->actor == b->actor && xd_text_same(a->text, b->text);
}

static struct xd_todo_step *find_step(struct xd_todo *todo, const struct xd_remedy *r)
{
    for (size_t i = 0; i < todo->n_items && i < STEPS_COMPARED; i++) {
        if (same_step(todo->items[i].remedy, r)) {
            return &todo->items[i];
        }
    }
    return NULL;
}

static void add_step(struct xd_todo *todo, const struct xd_remedy *r, unsigned index)
{
    struct xd_todo_step *s = find_step(todo, r);

    if (s == NULL) {
        s = XD_PUSH(todo->arena, todo, items);
        *s = (struct xd_todo_step){.remedy = r};
    }
    bool named = s->n_findings > 0 && s->findings[s->n_findings - 1] == index;
    if (!named && s->n_findings < XD_TODO_FINDINGS) {
        s->findings[s->n_findings++] = index;
    }
}

/* An upgrade comes first, since the certificates that a node needs depend on its release;
 * a stopgap last. */
enum { RANK_FIRST, RANK_COUNTED, RANK_LAST };

static int rank_of(const struct xd_remedy *r)
{
    static const char stopgap[] = "Only as a stopgap";

    if (r->where != NULL && strcmp(r->where, "Maintenance > Upgrade") == 0) {
        return RANK_FIRST;
    }
    return strncmp(r->text, stopgap, sizeof(stopgap) - 1) == 0 ? RANK_LAST : RANK_COUNTED;
}

static bool needs_steps(const struct xd_case *cs, size_t index, bool all)
{
    const struct xd_finding *f = cs->findings[index];

    return f->n_remedies > 0 && (all || xd_is_main(cs, f)) &&
           !xd_is_mended(cs, (unsigned)index);
}

static void add_steps(struct xd_todo *todo, const struct xd_finding *f, unsigned index,
                      int rank)
{
    for (size_t k = 0; k < f->n_remedies; k++) {
        if (rank_of(&f->remedies[k]) == rank) {
            add_step(todo, &f->remedies[k], index);
        }
    }
}

void xd_todo_gather(struct xd_todo *todo, const struct xd_case *cs, struct xd_arena *arena,
                    bool all)
{
    *todo = (struct xd_todo){.arena = arena};
    for (size_t i = 0; i < cs->n_findings; i++) {
        todo->served += needs_steps(cs, i, all) ? 1 : 0;
    }
    for (int rank = RANK_FIRST; rank <= RANK_LAST; rank++) {
        for (size_t i = 0; i < cs->n_findings; i++) {
            if (needs_steps(cs, i, all)) {
                add_steps(todo, cs->findings[i], (unsigned)i, rank);
            }
        }
    }
}

size_t xd_todo_find(const struct xd_todo *todo, const struct xd_remedy *r)
{
    for (size_t i = 0; i < todo->n_items && i < STEPS_COMPARED; i++) {
        if (same_step(todo->items[i].remedy, r)) {
            return i + 1;
        }
    }
    return 0;
}

/* "steps 1 to 4, 6" */
void xd_say_todo_steps(struct xd_out *o, const struct xd_todo *todo,
                       const struct xd_finding *f)
{
    bool wanted[STEPS_COMPARED + 2] = {false};
    size_t n = 0;

    for (size_t k = 0; k < f->n_remedies; k++) {
        size_t at = xd_todo_find(todo, &f->remedies[k]);
        n += at > 0 && !wanted[at] ? 1 : 0;
        wanted[at] = true;
    }
    xd_out_text(o, n == 1 ? "step " : "steps ");
    bool told = false;
    for (size_t i = 1; i <= STEPS_COMPARED; i++) {
        size_t end = i;
        if (!wanted[i]) {
            continue;
        }
        while (end < STEPS_COMPARED && wanted[end + 1]) {
            end++;
        }
        xd_out_printf(o, "%s%zu", told ? ", " : "", i);
        if (end > i) {
            xd_out_printf(o, end > i + 1 ? " to %zu" : ", %zu", end);
        }
        told = true;
        i = end;
    }
}
