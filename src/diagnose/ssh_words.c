/*
 * ssh_words.c - how findings call the two ends of the SSH tunnels.
 */
#include "judge_priv.h"

#include "expdiag/text.h"

/* One that shows the two addresses, or NULL. */
static const struct xd_conv *some_conv(const struct xd_tunnels *t)
{
    return t->n_silent > 0 ? t->silent[0] : t->n_refused > 0 ? t->refused[0] : NULL;
}

const char *xd_tunnels_key(struct xd_judge *j, const struct xd_tunnels *t)
{
    return xd_arena_printf(j->cs->arena, "%s|%s", t->c ? t->c->id : "",
                           t->e        ? t->e->id
                           : t->absent ? t->absent->address
                                       : "");
}

bool xd_tunnels_text_has(const char *text, const char *word)
{
    return text && xd_text_contains_nocase(xd_slice_of(text), word);
}

const char *xd_tunnels_c(struct xd_judge *j, const struct xd_tunnels *t)
{
    return t->c ? xd_words_node(j, t->c) : "the Expressway-C";
}

/* The same of E; without its bundle by what the tunnels or the zone call it. */
const char *xd_tunnels_e(struct xd_judge *j, const struct xd_tunnels *t)
{
    const struct xd_conv *v = some_conv(t);
    if (t->e) {
        return xd_words_node(j, t->e);
    }
    if (t->absent) {
        return xd_arena_printf(j->cs->arena, "Expressway-E %s", t->absent->address);
    }
    if (t->n_down > 0 && t->down[0]->target && t->c) {
        return xd_arena_printf(j->cs->arena, "Expressway-E %s", t->down[0]->target);
    }
    if (!v && t->n_denied > 0 && t->denied[0]->name) {
        return xd_arena_printf(j->cs->arena, "Expressway-E %s", t->denied[0]->name);
    }
    return v ? xd_words_end(j, v, XD_SERVER) : "the Expressway-E";
}

struct xd_party xd_tunnels_far(const struct xd_tunnels *t)
{
    if (t->absent && t->absent->addr.family != XD_ADDR_NONE) {
        return (struct xd_party){.addr = t->absent->addr, .set = true};
    }
    return (struct xd_party){.node = t->e, .set = t->e != NULL};
}

/* "from 10.0.0.1 (source ports 30000-35999) to 10.0.0.2", by names where nothing is seen.
 */
const char *xd_tunnels_path(struct xd_judge *j, const struct xd_tunnels *t)
{
    const struct xd_conv *v = some_conv(t);
    char from[XD_ADDR_TEXT];
    char to[XD_ADDR_TEXT];
    if (!v) {
        return xd_arena_printf(j->cs->arena, "from %s (source ports 30000-35999) to %s",
                               xd_tunnels_c(j, t), xd_tunnels_e(j, t));
    }
    return xd_arena_printf(j->cs->arena, "from %s (source ports 30000-35999) to %s",
                           xd_addr_format(&v->end[XD_CLIENT].addr, from),
                           xd_addr_format(&v->end[XD_SERVER].addr, to));
}

/* Who is blocked, with the address that the menu shows. */
const char *xd_tunnels_blocked_words(struct xd_judge *j, const struct xd_tunnels *t)
{
    const struct xd_conv *v = some_conv(t);
    char text[XD_ADDR_TEXT];
    const struct xd_addr *addr = v                       ? &v->end[XD_CLIENT].addr
                                 : t->c && t->c->n_addrs ? &t->c->addrs[0]
                                                         : NULL;
    return addr ? xd_arena_printf(j->cs->arena, "%s (%s)", xd_tunnels_c(j, t),
                                  xd_addr_format(addr, text))
                : xd_tunnels_c(j, t);
}
