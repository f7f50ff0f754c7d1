/*
 * text_todo.c - what to do, step by step, then what to read.
 */
#include <string.h>

#include "expdiag/arena.h"
#include "expdiag/node.h"

#include "say_priv.h"

enum { REFERENCES_SHOWN = 12 };

/* Tells which findings a step serves, unless it serves all that have steps. */
static void tell_step(struct xd_out *o, const struct xd_todo_step *s, size_t number,
                      size_t served)
{
    bool tag = s->n_findings < served;
    const struct xd_remedy *r = s->remedy;
    unsigned rest = number < 10 ? 4 : 5;

    xd_out_style(o, XD_STYLE_BOLD);
    xd_out_printf(o, "%zu.", number);
    xd_out_join(o);
    if (r->node != NULL) {
        xd_out_printf(o, "%s, ", r->node->id);
    }
    xd_out_printf(o, "%s:", xd_say_actor(r->actor));
    xd_out_style(o, XD_STYLE_PLAIN);
    xd_out_text(o, " ");
    xd_out_names(o, r->text);
    for (size_t i = 0; tag && i < s->n_findings; i++) {
        xd_out_printf(o, "%s[%u]", i == 0 ? " " : "", s->findings[i] + 1);
    }
    xd_out_end(o, 1, rest);
    if (r->where != NULL) {
        xd_out_printf(o, "Menu: %s", r->where);
        xd_out_end(o, rest, rest + 6);
    }
    if (r->command != NULL) {
        xd_out_styled(o, XD_STYLE_GREEN, r->command);
        xd_out_end_whole(o, rest);
    }
}

struct told {
    const char *at[REFERENCES_SHOWN]; /* each ends with its line */
    size_t n;
};

/* Unless it was told, or there is no room for it. */
static void tell_reference(struct xd_out *o, struct told *told, const char *at, size_t len)
{
    for (size_t k = 0; k < told->n; k++) {
        if (strncmp(told->at[k], at, len) == 0 && strchr("\n", told->at[k][len]) != NULL) {
            return;
        }
    }
    if (told->n == REFERENCES_SHOWN) {
        return;
    }
    bool first = told->n == 0;
    told->at[told->n++] = at;
    xd_out_text(o, first ? "Read: " : "");
    xd_out_printf(o, "%.*s", (int)len, at);
    xd_out_end(o, first ? 1 : 7, 9);
}

/* The documents behind the findings, each once. */
static void tell_references(struct xd_out *o)
{
    struct told told = {.n = 0};

    for (size_t i = 0; i < o->cs->n_findings; i++) {
        const char *at = xd_finding_info(o->cs->findings[i]->id)->references;
        if (!xd_text_is_main(o, o->cs->findings[i])) {
            continue;
        }
        while (*at != '\0') {
            size_t len = strcspn(at, "\n");
            tell_reference(o, &told, at, len);
            at += len + (at[len] == '\n' ? 1 : 0);
        }
    }
}

void xd_text_todo(struct xd_out *o)
{
    struct xd_arena *arena = xd_arena_new();
    struct xd_todo todo;

    xd_todo_gather(&todo, o->cs, arena, o->options->verbose);
    if (todo.n_items > 0) {
        xd_out_heading(o, "WHAT TO DO");
        for (size_t i = 0; i < todo.n_items; i++) {
            tell_step(o, &todo.items[i], i + 1, todo.served);
        }
        tell_references(o);
    } else if (o->cs->n_findings > 0 && xd_is_mended(o->cs, xd_headline(o->cs))) {
        xd_out_heading(o, "WHAT TO DO");
        xd_out_text(o, "Nothing is left to do about what was mended since.");
        xd_out_end(o, 1, 1);
    }
    xd_arena_free(arena);
}
