/*
 * work.c - a worker: one case, from its paths to its row and reports.
 */
#include "pool.h"

#include "expdiag/alloc.h"
#include "expdiag/case.h"
#include "expdiag/pipeline.h"
#include "expdiag/report.h"
#include "expdiag/worker.h"
#include "expdiag/x509.h"

#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_REPORTS = 2 };

static const char *const suffixes[N_REPORTS] = {".json", ".html"};

struct work {
    const struct xd_pool_options *o;
    const struct xd_pool_job *job;
    const struct xd_pool_shared *shared;
    struct xd_arena *arena;
    struct xd_bundle_input *inputs;
    int row_fd;
    int reports[N_REPORTS];         /* -1: none */
    struct xd_redaction *redaction; /* NULL: none */
    struct xd_worker_status *status;
};

char *xd_pool_report_path(struct xd_arena *a, const char *folder, const char *name,
                          const char *suffix, bool part)
{
    return xd_arena_printf(a, "%s/%s%s%s", folder, name, suffix, part ? ".part" : "");
}

/* The folders above a report. */
static void make_folders(char *path, size_t from)
{
    for (size_t i = from; path[i] != '\0'; i++) {
        if (path[i] == '/') {
            path[i] = '\0';
            (void)mkdir(path, 0777); /* what is there already, or fails, open tells */
            path[i] = '/';
        }
    }
}

static enum xd_rc open_reports(struct work *w, struct xd_err *err)
{
    for (int i = 0; i < N_REPORTS; i++) {
        w->reports[i] = -1;
    }
    for (int i = 0; i < N_REPORTS && w->job->report != NULL; i++) {
        char *path =
            xd_pool_report_path(w->arena, w->o->reports, w->job->report, suffixes[i], true);

        make_folders(path, strlen(w->o->reports) + 1);
        w->reports[i] =
            open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (w->reports[i] < 0) {
            return xd_err_set(err, XD_FAIL, 0, "%s: cannot be created: %s", path,
                              strerror(errno));
        }
    }
    return XD_OK;
}

static int *list_descriptors(const struct work *w, size_t *n)
{
    size_t most = 2 + N_REPORTS;

    for (size_t i = 0; i < w->job->n_paths; i++) {
        most += w->inputs[i].n_files;
    }
    int *fds = xd_arena_alloc(w->arena, most * sizeof(*fds));

    fds[(*n)++] = STDERR_FILENO;
    fds[(*n)++] = w->row_fd;
    for (size_t i = 0; i < N_REPORTS; i++) {
        if (w->reports[i] >= 0) {
            fds[(*n)++] = w->reports[i];
        }
    }
    for (size_t i = 0; i < w->job->n_paths; i++) {
        for (size_t k = 0; k < w->inputs[i].n_files; k++) {
            if (w->inputs[i].files[k].open_error == 0) {
                fds[(*n)++] = w->inputs[i].files[k].fd;
            }
        }
    }
    return fds;
}

/* A second thread pays where inflating takes longer than starting it. */
static bool is_small(const struct work *w)
{
    enum { SMALL = 1 << 20 };
    uint64_t bytes = 0;

    for (size_t i = 0; i < w->job->n_paths; i++) {
        for (size_t k = 0; k < w->inputs[i].n_files; k++) {
            struct stat st = {0};

            if (w->inputs[i].files[k].open_error == 0 &&
                fstat(w->inputs[i].files[k].fd, &st) == 0) {
                bytes += (uint64_t)st.st_size;
            }
        }
    }
    return bytes < SMALL;
}

static enum xd_rc confine(void *arg, struct xd_err *err)
{
    struct work *w = arg;
    size_t n = 0;
    int *fds = list_descriptors(w, &n);

    (void)xd_sandbox_enter_as(w->shared->plan, fds, n);
    xd_hook_case(w->job->name);
    if (w->o->public_roots == NULL) {
        return XD_OK;
    }
    return xd_roots_from_pem(w->o->roots_pem, w->o->public_roots, w->shared->roots, err);
}

static void note_doing(void *arg, const char *label)
{
    struct xd_worker_status *status = arg;

    (void)snprintf(status->doing, sizeof(status->doing), "%s", label);
}

static enum xd_rc write_all(int fd, struct xd_slice bytes, struct xd_err *err)
{
    for (size_t at = 0; at < bytes.len;) {
        ssize_t n = write(fd, bytes.p + at, bytes.len - at);

        if (n < 0 && errno != EINTR) {
            return xd_err_set(err, XD_FAIL, at, "cannot be written: %s", strerror(errno));
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return XD_OK;
}

static enum xd_rc write_report(const struct xd_case *cs,
                               const struct xd_report_options *options, int i, int fd,
                               struct xd_err *err)
{
    return i == 0 ? xd_report_json(cs, options, fd, err)
                  : xd_report_html(cs, options, fd, err);
}

/* Not a byte of it goes out before it was searched for what it must not hold. */
static enum xd_rc write_redacted(const struct work *w, const struct xd_case *cs,
                                 const struct xd_report_options *options, int i,
                                 struct xd_err *err)
{
    struct xd_buf held = {.max = SIZE_MAX / 2};
    struct xd_report_options own = *options;

    own.hold = &held;
    enum xd_rc rc = write_report(cs, &own, i, -1, err);
    struct xd_slice bytes = {held.bytes, held.len};

    if (rc == XD_OK) {
        rc = xd_redaction_check(w->redaction, bytes, err);
    }
    if (rc == XD_OK) {
        rc = write_all(w->reports[i], bytes, err);
    }
    xd_buf_done(&held);
    return rc;
}

static enum xd_rc write_reports(const struct work *w, const struct xd_case *cs,
                                const struct xd_report_options *options, struct xd_err *err)
{
    enum xd_rc rc = XD_OK;

    for (int i = 0; rc == XD_OK && i < N_REPORTS; i++) {
        if (w->reports[i] >= 0) {
            rc = w->redaction != NULL ? write_redacted(w, cs, options, i, err)
                                      : write_report(cs, options, i, w->reports[i], err);
        }
    }
    return rc;
}

static int send_row(const struct work *w, const struct xd_case *cs, struct xd_err *err)
{
    struct xd_row row;
    struct xd_buf b = {.max = XD_ROW_BYTES + 1};

    xd_row_from_case(cs, w->job->expected, w->arena, &row);
    row.name = w->job->name;
    row.report = w->job->report;
    xd_row_write(&row, true, &b);
    if (w->redaction != NULL) {
        if (xd_redaction_check(w->redaction, (struct xd_slice){b.bytes, b.len}, err) !=
            XD_OK) {
            return XD_POOL_NO_ROW;
        }
        b.max = XD_POOL_SAYS;
        xd_redaction_map(w->redaction, &b);
    }
    return write_all(w->row_fd, (struct xd_slice){b.bytes, b.len}, err) == XD_OK
               ? XD_POOL_DONE
               : XD_POOL_NO_ROW;
}

static struct xd_report_options report_options(const struct work *w)
{
    struct xd_report_options out = {.command = XD_REPORT_ANALYZE,
                                    .roots_source = w->shared->roots->source,
                                    .roots_count = w->shared->roots->count,
                                    .judged_at = w->o->at == XD_TIME_NONE ? 0 : w->o->at,
                                    .keylog = w->o->keylog.len > 0,
                                    .generated_at = w->o->now};

    memcpy(out.roots_sha256, w->shared->roots->sha256, sizeof(out.roots_sha256));
    if (w->o->redact != NULL) {
        out.numbers = (struct xd_report_numbers){xd_redact_number, w->o->redact};
    }
    return out;
}

static int say_why(struct xd_worker_status *status, const struct xd_err *err, int how)
{
    note_doing(status, err->text);
    return how;
}

int xd_pool_work(const struct xd_pool_options *o, const struct xd_pool_shared *shared,
                 const struct xd_pool_job *job, int row_fd, struct xd_worker_status *status)
{
    struct work w = {.o = o,
                     .job = job,
                     .shared = shared,
                     .arena = xd_arena_new(),
                     .row_fd = row_fd,
                     .status = status};
    struct xd_err err = {0};
    struct xd_case *cs = NULL;

    w.inputs = xd_inputs_open(w.arena, job->paths, job->n_paths);
    struct xd_job pipeline = {.depth = XD_DEPTH_ANALYZE,
                              .inputs = w.inputs,
                              .n_inputs = job->n_paths,
                              .roots = shared->roots,
                              .at = o->at,
                              .keylog = o->keylog,
                              .hash_inputs = true,
                              .no_steps = job->report == NULL,
                              .one_thread = o->one_thread || is_small(&w),
                              .confine = confine,
                              .confine_arg = &w,
                              .doing = note_doing,
                              .arg = status};

    if (open_reports(&w, &err) != XD_OK) {
        return say_why(status, &err, XD_POOL_NO_REPORT);
    }
    if (xd_pipeline_run(&pipeline, &cs, &err) != XD_OK) {
        return say_why(status, &err, XD_POOL_NO_ROW);
    }
    note_doing(status, "(the report)");
    struct xd_report_options options = report_options(&w);

    if (o->redact != NULL) {
        w.redaction = xd_redact_case(cs, &options);
    }
    if (write_reports(&w, cs, &options, &err) != XD_OK) {
        return say_why(status, &err, XD_POOL_NO_REPORT);
    }
    int how = send_row(&w, cs, &err);

    return how == XD_POOL_DONE ? how : say_why(status, &err, how);
}
