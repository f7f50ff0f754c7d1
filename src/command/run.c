/*
 * run.c - one supervised run.
 */
#include "run.h"

#include "progress.h"
#include "say.h"
#include "spare.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static xd_time read_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (xd_time)now.tv_sec * XD_SECOND + now.tv_nsec / 1000;
}

struct xd_run xd_run_new(const struct xd_options *o)
{
    struct xd_run run = {
        .o = o, .arena = xd_arena_new(), .paths = o->args, .n_paths = o->n_args};

    run.now = o->reproducible ? XD_TIME_NONE : read_clock();
    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        run.outputs[i].fd = -1;
    }
    return run;
}

void xd_run_done(struct xd_run *run)
{
    xd_arena_free(run->arena);
    run->arena = NULL;
}

enum xd_rc xd_run_slurp(struct xd_run *run, const char *path, size_t max,
                        struct xd_slice *out, struct xd_err *err)
{
    *XD_PUSH(run->arena, run, reads) = path;
    return xd_input_slurp(run->arena, path, max, out, err);
}

/* ---- the worker ---------------------------------------------------------- */

/* The descriptors that a worker needs, into the arena. */
static int *list_descriptors(const struct xd_run *run, size_t *n)
{
    size_t most = 1 + XD_OUTPUT_COUNT;

    for (size_t i = 0; i < run->n_paths; i++) {
        most += run->inputs[i].n_files;
    }
    int *fds = xd_arena_alloc(run->arena, most * sizeof(*fds));

    fds[(*n)++] = STDERR_FILENO;
    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        if (run->outputs[i].fd >= 0) {
            fds[(*n)++] = run->outputs[i].fd;
        }
    }
    for (size_t i = 0; i < run->n_paths; i++) {
        for (size_t k = 0; k < run->inputs[i].n_files; k++) {
            if (run->inputs[i].files[k].open_error == 0) {
                fds[(*n)++] = run->inputs[i].files[k].fd;
            }
        }
    }
    return fds;
}

void xd_run_confine(struct xd_run *run)
{
    size_t n = 0;
    int *fds = list_descriptors(run, &n);
    struct xd_sandbox walls = xd_sandbox_enter(fds, n);

    if (!walls.left_out && !walls.seccomp && !run->o->quiet) {
        xd_say_unconfined();
    } else if (!walls.left_out && walls.landlock == 0 && run->o->verbose) {
        xd_say("this kernel has no Landlock: seccomp alone holds the sandbox");
    }
}

void xd_run_doing(struct xd_run *run, const char *label)
{
    run->status->entries++;
    xd_run_stage(run, label);
}

void xd_run_stage(struct xd_run *run, const char *label)
{
    (void)snprintf(run->status->doing, sizeof(run->status->doing), "%s", label);
}

/* ---- inputs and outputs -------------------------------------------------- */

static const char *output_path(const struct xd_options *o, size_t i)
{
    return i == XD_OUTPUT_MAP ? o->redact_map : o->outputs[i];
}

/* An input, or the file of an option that is read. */
static bool is_input(const struct xd_run *run, const char *path)
{
    if (strcmp(path, "-") == 0) { /* as an input and as an output: two streams */
        return false;
    }
    for (size_t i = 0; i < run->n_reads; i++) {
        if (xd_same_file(run->reads[i], path)) {
            return true;
        }
    }
    return xd_inputs_hold(run->inputs, run->n_paths, path);
}

/* No report over an input or over another report. */
static enum xd_rc check_outputs(const struct xd_run *run, struct xd_err *err)
{
    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        const char *path = output_path(run->o, i);

        if (path == NULL) {
            continue;
        }
        if (is_input(run, path)) {
            return xd_err_set(err, XD_BAD, 0, "%s: is an input; write the report elsewhere",
                              path);
        }
        if (xd_spare_evidence(path, err) != XD_OK) {
            return XD_BAD;
        }
        for (size_t k = 0; k < i; k++) {
            const char *other = output_path(run->o, k);

            if (other != NULL && xd_outputs_meet(path, other)) {
                return xd_err_set(err, XD_BAD, 0,
                                  "%s: two reports cannot go to one file; give each a "
                                  "name of its own",
                                  path);
            }
        }
    }
    return XD_OK;
}

static enum xd_rc open_outputs(struct xd_run *run, struct xd_err *err)
{
    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        const char *path = output_path(run->o, i);

        if (path != NULL &&
            xd_output_open(run->arena, path, &run->outputs[i], err) != XD_OK) {
            return XD_FAIL;
        }
        if (path != NULL && i == XD_OUTPUT_MAP && run->outputs[i].temporary != NULL) {
            (void)fchmod(run->outputs[i].fd, 0600); /* nobody else's business */
        }
    }
    return XD_OK;
}

static void discard_outputs(struct xd_run *run)
{
    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        xd_output_discard(&run->outputs[i]);
    }
}

/* To somebody who waits at a terminal and sees no report there. */
static void tell_written(const struct xd_run *run, const bool *written)
{
    bool silent = run->outputs[XD_FORMAT_TEXT].fd < 0 && isatty(STDERR_FILENO) == 1;

    for (size_t i = 0; i < XD_OUTPUT_COUNT && silent && !run->o->quiet; i++) {
        if (written[i]) {
            xd_say_of(output_path(run->o, i), "written");
        }
    }
}

static int commit_outputs(struct xd_run *run, int status)
{
    bool written[XD_OUTPUT_COUNT] = {false};

    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        struct xd_err err = {0};
        bool file = run->outputs[i].temporary != NULL;

        if (xd_output_commit(&run->outputs[i], &err) != XD_OK) {
            xd_say(err.text);
            status = XD_EXIT_INTERNAL;
        } else {
            written[i] = file;
        }
    }
    tell_written(run, written);
    return status;
}

/* Nothing could be read, so that there is no report. */
static bool is_empty(const struct xd_run *run)
{
    for (size_t i = 0; i < XD_OUTPUT_COUNT; i++) {
        struct stat st = {0};

        if (run->outputs[i].temporary != NULL && fstat(run->outputs[i].fd, &st) == 0 &&
            st.st_size > 0) {
            return false;
        }
    }
    return true;
}

/* ---- the end ------------------------------------------------------------- */

/* Why a worker that a signal ended wrote no report, and what to do. */
static const char *crash_words(int by)
{
    switch (by) {
    case SIGKILL:
        return "the work on this was killed from outside, most often because the machine "
               "ran out of memory; no report was written";
    case SIGSYS:
        return "reading this tried what no reader of bundles does, such as starting a "
               "program or opening a connection, and was ended; no report was written. Do "
               "not trust the file, and please report it";
    case SIGTERM:
    case SIGHUP:
    case SIGQUIT:
        return "the work on this was ended from outside; no report was written";
    default:
        return "expdiag crashed while it read this; no report was written. Leave it out "
               "and run again, and please report it";
    }
}

/* Turn the worker's end into words and an exit status; outputs appear or vanish. */
static int conclude(struct xd_run *run, const struct xd_worker_result *result)
{
    const char *doing = result->doing[0] != '\0' ? result->doing : "(starting)";

    if (result->end == XD_WORKER_EXITED && result->status == XD_EXIT_UNREADABLE &&
        is_empty(run)) {
        discard_outputs(run);
        return XD_EXIT_UNREADABLE;
    }
    if (result->end == XD_WORKER_EXITED &&
        (result->status == XD_EXIT_FINE || result->status == XD_EXIT_FOUND ||
         result->status == XD_EXIT_UNREADABLE)) {
        return commit_outputs(run, result->status);
    }
    discard_outputs(run);
    switch (result->end) {
    case XD_WORKER_EXITED:
        return result->status == XD_EXIT_USAGE ? XD_EXIT_USAGE : XD_EXIT_INTERNAL;
    case XD_WORKER_MEMORY:
        xd_say_of(doing, "out of memory while reading this; no report was written");
        return XD_EXIT_INTERNAL;
    case XD_WORKER_CRASHED:
        if (result->status == SIGPIPE) { /* our reader had enough, as head(1) has */
            xd_worker_end_by(SIGPIPE);
        }
        xd_say_of(doing, crash_words(result->status));
        return XD_EXIT_INTERNAL;
    case XD_WORKER_INTERRUPTED:
        xd_worker_end_by(result->status);
        break;
    }
    return XD_EXIT_INTERNAL;
}

/* What crosses the fork. */
struct job {
    struct xd_run *run;
    xd_run_work_fn work;
};

static int work_in_child(void *arg, struct xd_worker_status *status)
{
    const struct job *job = arg;

    job->run->status = status;
    return job->work(job->run);
}

/* With the signals held: the outputs are made, filled, and appear or vanish. */
static int fill_outputs(struct xd_run *run, xd_run_work_fn work)
{
    struct job job = {run, work};
    struct xd_worker_result result = {0};
    struct xd_progress progress = {0};
    struct xd_worker_watch watch = {xd_progress_tick, &progress};
    struct xd_err err = {0};

    if (open_outputs(run, &err) != XD_OK) {
        xd_say(err.text);
        discard_outputs(run);
        return XD_EXIT_USAGE;
    }
    xd_progress_begin(&progress, run);
    enum xd_rc rc = xd_worker_run(
        work_in_child, &job, xd_progress_wanted(run->o) ? &watch : NULL, &result, &err);

    xd_progress_end(&progress);
    if (rc != XD_OK) {
        xd_say(err.text);
        discard_outputs(run);
        return XD_EXIT_INTERNAL;
    }
    return conclude(run, &result);
}

int xd_run_supervised(struct xd_run *run, xd_run_work_fn work)
{
    struct xd_err err = {0};
    sigset_t before;

    if (run->o->repeated != NULL && !run->o->quiet) {
        xd_say_of(run->o->repeated, "is named more than once; it is read once");
    }
    /* inputs first: nothing is made beside a target while an input may still block */
    run->inputs = xd_inputs_open(run->arena, run->paths, run->n_paths);
    if (check_outputs(run, &err) != XD_OK) {
        xd_say(err.text);
        return XD_EXIT_USAGE;
    }
    if (xd_run_links_wanted(run->o, STDOUT_FILENO)) {
        xd_run_locate(run);
    }
    xd_worker_hold_signals(&before);
    int status = fill_outputs(run, work);

    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
}
