/*
 * fleet_redact.c - the answer over an archive under pseudonyms.
 */
#include "expdiag/fleet.h"

#include "redact.h"

#include "expdiag/map.h"

struct hiding {
    struct xd_arena *arena;
    struct xd_redact_map map;
    struct xd_map *done; /* kind and original to pseudonym */
};

static void hide(struct hiding *h, const char *kind, const char **text)
{
    if (*text == NULL || (*text)[0] == '\0') {
        return;
    }
    struct xd_slice key = xd_slice_of(xd_arena_printf(h->arena, "%s %s", kind, *text));
    char *pseudonym = xd_map_get(h->done, key);

    if (pseudonym == NULL) {
        pseudonym = xd_redact_pseudonym(h->arena, &h->map.key, kind, *text);
        xd_map_put(h->done, key, pseudonym);
        xd_redact_add_name(&h->map, kind, *text, pseudonym);
    }
    *text = pseudonym;
}

/* A report's name is its case's; what it is linked by goes with it. */
static void hide_case(struct hiding *h, struct xd_fleet_case *c)
{
    hide(h, "case", &c->name);
    c->report = NULL;
}

static void hide_counts(struct hiding *h, struct xd_fleet_count *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hide_case(h, &rows[i].example);
    }
}

static void hide_certs(struct hiding *h, struct xd_fleet_cert *certs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hide(h, "subject", &certs[i].subject);
        hide(h, "issuer", &certs[i].issuer);
        hide(h, "node", &certs[i].node);
        hide_case(h, &certs[i].of);
    }
}

enum xd_rc xd_fleet_redact(struct xd_fleet *f, const char *map, struct xd_err *err)
{
    struct hiding h = {.arena = f->arena};

    if (xd_redact_open(&h.map, map, map != NULL, err) != XD_OK) {
        xd_redact_close(&h.map);
        return XD_BAD;
    }
    h.done = xd_map_new();
    f->source = "rows";
    f->reports = NULL;
    hide_counts(&h, f->conditions, f->n_conditions);
    hide_counts(&h, f->findings, f->n_findings);
    hide_counts(&h, f->unexplained, f->n_unexplained);
    hide_counts(&h, f->fresh, f->n_fresh);
    hide_certs(&h, f->breaking, f->n_breaking);
    hide_certs(&h, f->expiring, f->n_expiring);
    for (size_t i = 0; i < f->n_failures; i++) {
        hide_case(&h, &f->failures[i].of);
        f->failures[i].reason = ""; /* it may name anything */
    }
    enum xd_rc rc = xd_redact_flush(&h.map, err);

    xd_redact_close(&h.map);
    xd_map_free(h.done);
    return rc;
}
