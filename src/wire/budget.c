/*
 * budget.c - what the files of an input may keep together until they are joined.
 *
 * A file alone has budgets of its own.  Where those of all files come to more than there
 * is room for, the file that is last by name gives up what it keeps, and whatever has a
 * later name keeps nothing from then on: so the same files do, in whatever order they are
 * read.  A file counts with the most that it ever kept.
 */
#include "wire_priv.h"

static const char *label_of(const struct xd_wire *w, unsigned file)
{
    return xd_wire_label(w, (struct xd_spot){file, 0});
}

static uint64_t *count_of(struct xd_wire *w, unsigned file, enum xd_budget_kind kind)
{
    return &w->files[file].most[kind];
}

/* The last by name of the input's files that count. */
static unsigned find_last(struct xd_wire *w, enum xd_budget_kind kind)
{
    unsigned last = 0;

    for (unsigned i = w->first_file; i <= w->file; i++) {
        bool counts = *count_of(w, i, kind) > 0 && !w->files[i].gave_up[kind];

        if (counts && (last == 0 || strcmp(label_of(w, i), label_of(w, last)) > 0)) {
            last = i;
        }
    }
    return last;
}

static void give_up(struct xd_wire *w, unsigned file, enum xd_budget_kind kind)
{
    uint32_t end = file < w->file ? w->files[file + 1].first_conn : w->n_conns;
    struct xd_spot now = w->now;

    w->files[file].gave_up[kind] = true;
    w->kept_together[kind] -= *count_of(w, file, kind);
    w->line[kind] = label_of(w, file);
    if (kind == XD_BUDGET_HELD) {
        xd_defrag_forget(w, file);
    }
    for (uint32_t i = w->files[file].first_conn; i < end; i++) {
        if (kind == XD_BUDGET_LOGS) {
            xd_join_forget_segments(w, xd_conn_at(w, i));
        } else {
            xd_tcp_flush(w, xd_conn_at(w, i));
        }
    }
    w->now = now;
    xd_case_note_limit(
        w->cs, w->files[file].entry,
        kind == XD_BUDGET_LOGS
            ? "conversations that lie in several files were joined without the segments of "
              "this one: more than %d MiB were kept of the input"
            : "more than %d MiB of the input's segments waited for bytes that are missing: "
              "some conversations of this file were read with a gap",
        kind == XD_BUDGET_LOGS ? XD_MAX_CAPTURE_LOGS >> 20 : XD_MAX_CAPTURE_BUFFERS >> 20);
}

bool xd_budget_count(struct xd_wire *w, enum xd_budget_kind kind, uint64_t now)
{
    static const uint64_t most[] = {XD_MAX_CAPTURE_LOGS, XD_MAX_CAPTURE_BUFFERS};
    uint64_t *count = count_of(w, w->file, kind);

    if (now > *count && !w->files[w->file].gave_up[kind]) {
        w->kept_together[kind] += now - *count;
        *count = now;
        if (w->line[kind] != NULL && strcmp(label_of(w, w->file), w->line[kind]) >= 0) {
            give_up(w, w->file, kind);
        }
    }
    while (w->kept_together[kind] > most[kind]) {
        give_up(w, find_last(w, kind), kind);
    }
    return !w->files[w->file].gave_up[kind];
}

void xd_budget_begin_input(struct xd_wire *w)
{
    w->first_file = (unsigned)w->n_files;
    for (unsigned i = 0; i < XD_BUDGETS; i++) {
        w->kept_together[i] = 0;
        w->line[i] = NULL;
    }
}
