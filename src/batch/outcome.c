/*
 * outcome.c - what a worker's end comes to: its row and its reports.
 *
 * A worker may have been taken over by what it read: its row is read as anybody's, and
 * what we know ourselves is not taken from it.
 */
#include "run_priv.h"

#include "expdiag/alloc.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- rows ---- */

static xd_time modified_of(const struct xd_find_bundle *b)
{
    return b->extracted ? XD_TIME_NONE : b->modified / 1000;
}

/* When each was last written, as it was when it was found. */
static void add_times(const struct xd_run *r, const struct xd_find_case *c,
                      struct xd_row *row)
{
    size_t k = 0;

    for (size_t i = 0; i < c->count && k < row->n_inputs; i++) {
        const struct xd_find_bundle *b = &r->find.bundles[c->first + i];
        const char *path = xd_find_path(b, r->group);

        path = xd_text_clean(r->group, path, strlen(path), XD_MAX_NAME);
        if (strcmp(path, row->inputs[k].path) == 0) { /* else no bundle: not among them */
            row->inputs[k++].modified = modified_of(b);
        }
    }
}

static const char *path_of(const struct xd_run *r, const struct xd_find_bundle *b)
{
    const char *path = xd_find_path(b, r->group);

    return r->o->redact ? xd_redact_pseudonym(r->group, &r->redact.key, "input", path)
                        : path;
}

static void add_inputs(const struct xd_run *r, const struct xd_find_case *c,
                       struct xd_row *row)
{
    row->inputs = NULL;
    row->n_inputs = row->cap_inputs = 0;
    for (size_t i = 0; i < c->count && i < XD_ROW_INPUTS; i++) {
        const struct xd_find_bundle *b = &r->find.bundles[c->first + i];

        *XD_PUSH(r->group, row, inputs) = (struct xd_row_input){
            .path = path_of(r, b), .bytes = b->bytes, .modified = modified_of(b)};
    }
}

/* Words for an end without a row; doing is the worker's and may be anything. */
static void explain_end(const struct xd_run *r, const struct xd_pool_end *end,
                        struct xd_row *row)
{
    const char *doing =
        r->o->redact ? "" /* it may name anything */
                     : xd_text_clean(r->group, end->doing, strlen(end->doing), XD_ROW_TEXT);
    const char *while_reading =
        doing[0] == '\0' ? "" : xd_arena_printf(r->group, " while reading %s", doing);

    if (end->timed_out) {
        row->status = XD_ROW_TIMEOUT;
        row->reason = xd_arena_printf(r->group, "took longer than %u s%s",
                                      r->pool_options.timeout, while_reading);
    } else if (WIFSIGNALED(end->wait_status)) {
        int by = WTERMSIG(end->wait_status);

        row->status = XD_ROW_CRASHED;
        row->reason = by == SIGKILL
                          ? xd_arena_printf(r->group,
                                            "killed from outside%s, most often because the "
                                            "machine ran out of memory",
                                            while_reading)
                          : xd_arena_printf(r->group, "ended by signal %d (%s)%s", by,
                                            strsignal(by), while_reading);
    } else if (WEXITSTATUS(end->wait_status) == XD_EXIT_MEMORY) {
        row->status = XD_ROW_MEMORY;
        row->reason = xd_arena_printf(r->group, "needed more than %u MiB%s",
                                      r->pool_options.memory, while_reading);
    } else {
        row->status = XD_ROW_FAILED;
        row->reason = doing[0] == '\0' ? "the analysis failed" : doing;
    }
}

/*
 * A worker that could not write its report may have been taken over, and must not end the
 * run by saying so; a folder that is full or gone does.
 */
static bool can_write_reports(const char *folder, struct xd_err *err)
{
    enum { SOME = 64 << 10 };
    static const char nothing[SOME];
    struct xd_arena *a = xd_arena_new();
    char *path = xd_arena_printf(a, "%s/.expdiag.XXXXXX", folder);
    int fd = mkostemp(path, O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, nothing, SOME) == SOME && fsync(fd) == 0;

    if (!ok) {
        (void)xd_err_set(err, XD_FAIL, 0, "%s: reports could not be written: %s", folder,
                         strerror(errno));
    }
    if (fd >= 0) {
        (void)unlink(path);
        (void)close(fd);
    }
    xd_arena_free(a);
    return ok;
}

enum xd_rc xd_run_make_row(struct xd_run *r, const struct xd_find_case *c,
                           const struct xd_pool_end *end, struct xd_row *out,
                           struct xd_err *err)
{
    struct xd_err why = {0};
    char hex[33];
    bool exited = WIFEXITED(end->wait_status) && !end->timed_out;
    int status = exited ? WEXITSTATUS(end->wait_status) : -1;

    *out = (struct xd_row){.last_seen = XD_TIME_NONE};
    if (end->no_worker) {
        return xd_err_set(err, XD_FAIL, 0, "no process could be made for a worker: %s",
                          end->doing);
    }
    if (status == XD_POOL_NO_REPORT && r->o->reports != NULL &&
        !can_write_reports(r->o->reports, err)) {
        return XD_FAIL;
    }
    if (status != XD_POOL_DONE || xd_row_read(end->row, r->group, out, &why) != XD_OK) {
        *out = (struct xd_row){.last_seen = XD_TIME_NONE};
        explain_end(r, end, out);
        add_inputs(r, c, out);
    } else {
        add_times(r, c, out);
    }
    if (out->report != NULL) {
        out->report = xd_run_report_name(r->group, c->name);
    }
    out->name = xd_text_clean(r->group, c->name, strlen(c->name), XD_ROW_TEXT);
    out->rules = r->rules;
    out->fingerprint = xd_arena_strdup(r->group, xd_run_fingerprint(c, hex));
    out->seconds = end->seconds;
    out->peak_mib = end->peak_mib;
    return XD_OK;
}

/* ---- reports ---- */

/* "." and ".." would lead elsewhere; '%' keeps the mapping one to one. */
char *xd_run_report_name(struct xd_arena *a, const char *name)
{
    struct xd_buf b = {.max = SIZE_MAX / 2};

    for (size_t i = 0; name[i] != '\0'; i++) {
        bool first = i == 0 || name[i - 1] == '/';

        if (name[i] == '%' || (first && (name[i] == '.' || name[i] == '/'))) {
            xd_buf_printf(&b, "%%%02X", (unsigned char)name[i]);
        } else {
            xd_buf_add(&b, &name[i], 1);
        }
    }
    char *out = xd_arena_strdup(a, xd_buf_text(&b));

    xd_buf_done(&b);
    return out;
}

enum { N_REPORTS = 2 };

static const char *const suffixes[N_REPORTS] = {".json", ".html"};

void xd_run_drop_reports(const char *folder, const char *name)
{
    struct xd_arena *a = xd_arena_new();

    for (size_t i = 0; i < N_REPORTS; i++) {
        (void)unlink(
            xd_pool_report_path(a, folder, xd_run_report_name(a, name), suffixes[i], true));
    }
    xd_arena_free(a);
}

enum xd_rc xd_run_settle_reports(const char *folder, struct xd_row *row, struct xd_err *err)
{
    struct xd_arena *a = xd_arena_new();
    const char *name = xd_run_report_name(a, row->name);
    bool keep = row->report != NULL && !row->nothing;
    enum xd_rc rc = XD_OK;

    for (size_t i = 0; i < N_REPORTS; i++) {
        char *part = xd_pool_report_path(a, folder, name, suffixes[i], true);
        char *path = xd_pool_report_path(a, folder, name, suffixes[i], false);

        xd_hook_step();
        if (keep && rename(part, path) != 0) {
            rc = xd_err_set(err, XD_FAIL, 0, "%s: could not be written: %s", path,
                            strerror(errno));
        }
        if (!keep) { /* nor one of an earlier run */
            (void)unlink(part);
            (void)unlink(path);
        }
    }
    xd_arena_free(a);
    return rc;
}

void xd_run_sync_reports(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)syncfs(fd);
        (void)close(fd);
    }
}
