/*
 * ssh_words.c - how findings call the two ends of the SSH tunnels.
 */
#include "tunnels_priv.h"

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

struct xd_place xd_tunnels_told(const struct xd_judge *j, const struct xd_tunnels *t)
{
    struct xd_place last = {.time = XD_TIME_NONE};
    bool refused = t->n_refused > 0 || t->n_denied > 0 || t->status_denied;
    for (size_t i = 0; i < t->n_refused + t->n_denied + t->n_down; i++) {
        size_t row = i - t->n_refused - t->n_denied;
        struct xd_place p = i < t->n_refused ? xd_conv_told_to(j, t->refused[i], t->c)
                            : i < t->n_refused + t->n_denied
                                ? t->denied[i - t->n_refused]->place
                                : t->down[row]->state;
        bool silent = refused && i >= t->n_refused + t->n_denied &&
                      !xd_tunnels_text_has(t->down[row]->reason, "permission denied");
        if (silent) {
            continue;
        }
        if (xd_judge_node_of(j, p.entry) == t->c) {
            return p;
        }
        last = !last.entry || p.time > last.time ? p : last;
    }
    return last;
}

void xd_tunnels_show_length(struct xd_judge *j, struct xd_draft *d,
                            const struct xd_tunnels *t)
{
    bool found = false;
    for (size_t i = 0; i < t->n_refused; i++) {
        const struct xd_inferred *x = xd_conv_inferred_none(t->refused[i], XD_CLIENT);
        if (x) {
            found = true;
            xd_evidence_add(j, d, x->place,
                            xd_arena_printf(j->cs->arena,
                                            "the request of this login has %llu bytes, and "
                                            "no chain of the stores of %s gives that "
                                            "length",
                                            (unsigned long long)x->length, t->c->id),
                            false);
        }
    }
    if (found) {
        xd_draft_say(j, d,
                     "Against it: by the length of its request the login was made with a "
                     "certificate that is in none of the stores of that node.");
    }
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

/* Packets of the same cipher and MAC take the same bytes for the same payload. */
static enum xd_tri same_length(const struct xd_conv *a, const struct xd_conv *b)
{
    const struct xd_ssh_facts *x = a->flow ? a->flow->ssh : NULL;
    const struct xd_ssh_facts *y = b->flow ? b->flow->ssh : NULL;
    if (!x || !y || x->key_request_length == 0 || y->key_request_length == 0 ||
        !x->cipher[XD_CLIENT] || !x->mac[XD_CLIENT] ||
        !xd_text_same(x->cipher[XD_CLIENT], y->cipher[XD_CLIENT]) ||
        !xd_text_same(x->mac[XD_CLIENT], y->mac[XD_CLIENT])) {
        return XD_TRI_UNKNOWN;
    }
    return x->key_request_length == y->key_request_length ? XD_TRI_ON : XD_TRI_OFF;
}

/* The refused login that tells most beside the one that was let in: *same as below. */
static const struct xd_conv *compare_lengths(const struct xd_tunnels *t, enum xd_tri *same)
{
    const struct xd_conv *told = NULL;
    *same = XD_TRI_UNKNOWN;
    for (size_t i = 0; t->let_in && i < t->n_refused && *same != XD_TRI_ON; i++) {
        enum xd_tri one = same_length(t->refused[i], t->let_in);
        if (one != XD_TRI_UNKNOWN) {
            *same = one;
            told = t->refused[i];
        }
    }
    return told;
}

enum xd_tri xd_tunnels_same_length(const struct xd_tunnels *t)
{
    enum xd_tri same;
    (void)compare_lengths(t, &same);
    return same;
}

const char *xd_tunnels_let_in_words(struct xd_judge *j, const struct xd_tunnels *t)
{
    enum xd_tri same;
    const struct xd_conv *refused = compare_lengths(t, &same);
    if (!t->let_in || t->n_refused == 0) {
        return "";
    }
    const struct xd_flow *f = t->let_in->flow;
    return xd_arena_printf(
        j->cs->arena, "A login that came %s (conversation #%u) was let in%s.",
        t->let_in->time > t->refused[0]->time ? "later" : "before", f->id,
        same == XD_TRI_ON ? " with a request of the same length: by all that lengths tell "
                            "it was the same certificate"
        : same == XD_TRI_OFF
            ? xd_arena_printf(
                  j->cs->arena,
                  " with another certificate: its request has %u bytes, the "
                  "refused one %u; which one was refused is not in the evidence",
                  f->ssh->key_request_length, refused->flow->ssh->key_request_length)
            : "");
}
