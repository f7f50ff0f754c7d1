/*
 * redact.c - a case under pseudonyms, and the private map of them.
 */
#include "redact_priv.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "expdiag/alloc.h"

static struct xd_redaction *new_redaction(const struct xd_report_options *options)
{
    struct xd_redaction *r = xd_alloc(sizeof(*r));

    r->numbers = options->numbers;
    r->arena = xd_arena_new();
    r->by_text = xd_map_new();
    r->done = xd_map_new();
    return r;
}

struct xd_redaction *xd_redact_case(struct xd_case *cs, struct xd_report_options *options)
{
    struct xd_redaction *r = new_redaction(options);

    r->collecting = true;
    xd_redact_walk(r, cs, options);
    xd_redact_walk(r, cs, options); /* what the first one noted last tells more */
    xd_redaction_settle(r);
    r->collecting = false;
    xd_redact_walk(r, cs, options);
    xd_redaction_settle(r); /* with what was found on the way, for the check */
    return r;
}

struct xd_redaction *xd_redact_dumped(struct xd_case *const *cases, size_t n)
{
    struct xd_report_options none = {.command = XD_REPORT_CERTS};
    struct xd_redaction *r = new_redaction(&none);

    r->collecting = true;
    for (size_t i = 0; i < 2 * n; i++) { /* twice: see above */
        xd_redact_note_words(r, cases[i % n]);
        xd_redact_walk(r, cases[i % n], &none);
        xd_redact_dumps(r, cases[i % n], false);
        xd_redact_dumps(r, cases[i % n], true);
    }
    xd_redaction_settle(r);
    r->collecting = false;
    for (size_t i = 0; i < n; i++) {
        xd_redact_dumps(r, cases[i], false);
    }
    xd_redaction_settle(r); /* sentences hold the values, too */
    for (size_t i = 0; i < n; i++) {
        xd_redact_walk(r, cases[i], &none);
        xd_redact_dumps(r, cases[i], true);
    }
    xd_redaction_settle(r);
    return r;
}

void xd_redaction_free(struct xd_redaction *r)
{
    if (r == NULL) {
        return;
    }
    xd_map_free(r->trie.edges);
    xd_map_free(r->words);
    xd_map_free(r->by_text);
    xd_map_free(r->done);
    xd_arena_free(r->arena);
    xd_free(r);
}

static void add_row(struct xd_redaction *r, struct xd_buf *out, struct xd_secret *s,
                    bool first)
{
    json_t *o = json_object();

    json_object_set_new_nocheck(o, "class", json_string(xd_secret_class_name(s->class)));
    json_object_set_new_nocheck(o, "original", json_string(s->original));
    json_object_set_new_nocheck(o, "pseudonym", json_string(xd_secret_name(r, s)));
    char *text = json_dumps(o, JSON_COMPACT);
    xd_buf_puts(out, first ? "\n  " : ",\n  ");
    xd_buf_add_json(out, text != NULL ? text : "{}", text != NULL ? strlen(text) : 2);
    xd_free(text);
    json_decref(o);
}

void xd_redaction_map(struct xd_redaction *r, struct xd_buf *out)
{
    bool first = true;

    json_set_alloc_funcs(xd_alloc, xd_free);
    xd_buf_puts(out, "{\"schema\": \"expdiag-redaction/1\", \"names\": [");
    for (size_t i = 0; i < r->n_secrets; i++) {
        if (r->secrets[i]->class != XD_SECRET_PUBLIC) {
            add_row(r, out, r->secrets[i], first);
            first = false;
        }
    }
    xd_buf_puts(out, "\n]}\n");
}
