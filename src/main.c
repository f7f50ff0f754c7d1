/*
 * main.c - options, streams, exit status.  The only place that prints to people.
 */
#include "options.h"

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"
#include "expdiag/limits.h"
#include "expdiag/report.h"
#include "expdiag/rune.h"
#include "expdiag/text.h"
#include "expdiag/worker.h"

#include "explain.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Exit status, as the manual page lists it. */
enum {
    EXIT_FINE = 0,
    EXIT_FOUND = 1,
    EXIT_USAGE = 2,
    EXIT_UNREADABLE = 3,
    EXIT_INTERNAL = 4
};

enum {
    TEXT_WIDTH = 80,
    KEYLOG_MAX = 256 << 20,
    ROOTS_MAX = 64 << 20,
    TRY_MAX = 64 << 20,
    FILTERS_MAX = 1000
};

/* Everything that the worker needs, ready before it starts. */
struct run {
    const struct options *o;
    struct xd_arena *arena;
    struct xd_bundle_input *inputs;
    struct xd_output outputs[FORMAT_COUNT];
    struct xd_slice keylog;
    struct xd_job_try tries[MOST_TRIES];
    struct xd_slice roots_pem; /* of --public-roots; empty: those built in */
    struct xd_roots roots;     /* set by the worker */
    xd_time now;
};

/* Text whose bytes must not act on a terminal, to standard error. */
static void put_safe(const char *text)
{
    struct xd_slice s = xd_slice_of(text);

    for (size_t at = 0, used = 0; at < s.len; at += used) {
        uint32_t rune = xd_rune_read(s.p + at, s.len - at, &used);

        if (rune != UINT32_MAX && !xd_rune_is_unsafe(rune)) {
            (void)fwrite(s.p + at, 1, used, stderr);
            continue;
        }
        for (size_t i = 0; i < used; i++) {
            (void)fprintf(stderr, "\\x%02x", (unsigned)s.p[at + i]);
        }
    }
}

static void say(const char *what)
{
    (void)fputs("expdiag: ", stderr);
    put_safe(what);
    (void)fputc('\n', stderr);
}

static void say_of(const char *name, const char *what)
{
    (void)fputs("expdiag: ", stderr);
    put_safe(name);
    (void)fputs(": ", stderr);
    put_safe(what);
    (void)fputc('\n', stderr);
}

static bool wants_color(const struct options *o, int fd)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (o->color != COLOR_AUTO) {
        return o->color == COLOR_ALWAYS;
    }
    return isatty(fd) == 1 && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

/* Columns of the text; 0: no wrapping, so that a conversation is one line to grep. */
static unsigned text_width(enum command c, int fd)
{
    struct winsize size = {0};

    if (isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
        return size.ws_col;
    }
    return c == COMMAND_FLOWS ? 0 : TEXT_WIDTH;
}

static enum xd_report_command report_command(enum command c)
{
    switch (c) {
    case COMMAND_FLOWS:
        return XD_REPORT_FLOWS;
    case COMMAND_CERTS:
        return XD_REPORT_CERTS;
    case COMMAND_WHATIF:
        return XD_REPORT_WHATIF;
    case COMMAND_ANALYZE:
    case COMMAND_EXPLAIN:
        break;
    }
    return XD_REPORT_ANALYZE;
}

/* What was asked for, as text that may go into every report. */
static const char *clean_filters(const struct run *run)
{
    struct xd_buf buf = {.max = FILTERS_MAX};
    const char *filters = options_filters(run->o, &buf);
    const char *clean =
        filters == NULL ? NULL : xd_text_clean(run->arena, filters, buf.len, FILTERS_MAX);

    xd_buf_done(&buf);
    return clean;
}

static enum xd_rc write_reports(const struct run *run, const struct xd_case *cs,
                                struct xd_err *err)
{
    struct xd_report_options options = {.command = report_command(run->o->command),
                                        .roots_source = run->roots.source,
                                        .roots_count = run->roots.count,
                                        .generated_at = run->now,
                                        .filters = clean_filters(run),
                                        .capture_filter = run->o->capture_filter,
                                        .verbose = run->o->verbose};
    const struct xd_output *text = &run->outputs[FORMAT_TEXT];
    const struct xd_output *json = &run->outputs[FORMAT_JSON];
    const struct xd_output *html = &run->outputs[FORMAT_HTML];
    enum xd_rc rc = XD_OK;

    memcpy(options.roots_sha256, run->roots.sha256, sizeof(options.roots_sha256));
    if (json->fd >= 0) {
        rc = xd_report_json(cs, &options, json->fd, err);
    }
    if (rc == XD_OK && html->fd >= 0) {
        rc = xd_report_html(cs, &options, html->fd, err);
    }
    if (rc == XD_OK && text->fd >= 0) {
        options.color = wants_color(run->o, text->fd);
        options.width = text_width(run->o->command, text->fd);
        rc = xd_report_text(cs, &options, text->fd, err);
    }
    return rc;
}

/* Say which inputs could not be read at all; gives how many. */
static size_t say_unusable(const struct xd_case *cs)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_inputs; i++) {
        const struct xd_input *in = &cs->inputs[i];

        if (in->unusable) {
            say_of(in->path, in->problem != NULL
                                 ? in->problem
                                 : "holds no file of a diagnostic bundle: no certificates, "
                                   "dumps, log or captures");
            n++;
        }
    }
    return n;
}

static bool found_at_least(const struct xd_case *cs, enum xd_severity severity)
{
    for (size_t i = 0; i < cs->n_findings; i++) {
        if (cs->findings[i]->severity >= severity) {
            return true;
        }
    }
    return false;
}

static void note_doing(void *arg, const char *label)
{
    struct xd_worker_status *status = arg;

    (void)snprintf(status->doing, sizeof(status->doing), "%s", label);
}

static void note_progress(void *arg, uint64_t bytes)
{
    struct xd_worker_status *status = arg;

    status->bytes = bytes;
}

static enum xd_depth job_depth(enum command c)
{
    switch (c) {
    case COMMAND_FLOWS:
        return XD_DEPTH_FLOWS;
    case COMMAND_CERTS:
        return XD_DEPTH_CERTS;
    case COMMAND_ANALYZE:
    case COMMAND_WHATIF:
    case COMMAND_EXPLAIN:
        break;
    }
    return XD_DEPTH_ANALYZE;
}

static enum xd_rc set_roots(struct run *run, struct xd_err *err)
{
    if (run->o->public_roots == NULL) {
        xd_roots_builtin(&run->roots);
        return XD_OK;
    }
    return xd_roots_from_pem(run->roots_pem, run->o->public_roots, &run->roots, err);
}

/* The descriptors that a worker needs, into the arena. */
static int *list_descriptors(const struct run *run, size_t *n)
{
    size_t most = 1 + FORMAT_COUNT;

    for (size_t i = 0; i < run->o->n_args; i++) {
        most += run->inputs[i].n_files;
    }
    int *fds = xd_arena_alloc(run->arena, most * sizeof(*fds));

    fds[(*n)++] = STDERR_FILENO;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (run->outputs[i].fd >= 0) {
            fds[(*n)++] = run->outputs[i].fd;
        }
    }
    for (size_t i = 0; i < run->o->n_args; i++) {
        for (size_t k = 0; k < run->inputs[i].n_files; k++) {
            if (run->inputs[i].files[k].open_error == 0) {
                fds[(*n)++] = run->inputs[i].files[k].fd;
            }
        }
    }
    return fds;
}

/* Rights go before the first byte of a stranger's file is looked at. */
static enum xd_rc confine(void *arg, struct xd_err *err)
{
    struct run *run = arg;
    size_t n = 0;
    int *fds = list_descriptors(run, &n);
    struct xd_sandbox walls = xd_sandbox_enter(fds, n);

    if (!walls.left_out && !walls.seccomp && !run->o->quiet) {
        say("this system lets no process give up system calls (seccomp): the inputs are "
            "read without a sandbox");
    } else if (!walls.left_out && walls.landlock == 0 && run->o->verbose) {
        say("this kernel has no Landlock: seccomp alone holds the sandbox");
    }
    return set_roots(run, err);
}

/* Reports and exit status of a case that was read. */
static int report_case(const struct run *run, const struct xd_case *cs)
{
    struct xd_err err = {0};
    size_t unusable = say_unusable(cs);

    if (unusable > 0 && unusable == cs->n_inputs) {
        return EXIT_UNREADABLE;
    }
    if (write_reports(run, cs, &err) != XD_OK) {
        say(err.text);
        return EXIT_INTERNAL;
    }
    if (unusable > 0) {
        return EXIT_UNREADABLE;
    }
    return found_at_least(cs, run->o->fail_on) ? EXIT_FOUND : EXIT_FINE;
}

/* Text without --verbose and JSON list conversations by other facts than their steps. */
static bool wants_steps(const struct options *o)
{
    return o->command != COMMAND_FLOWS || o->verbose || o->outputs[FORMAT_HTML] != NULL;
}

/* The worker's whole life. */
static int work(void *arg, struct xd_worker_status *status)
{
    struct run *run = arg;
    struct xd_err err = {0};
    struct xd_case *cs = NULL;
    struct xd_job job = {.depth = job_depth(run->o->command),
                         .inputs = run->inputs,
                         .n_inputs = run->o->n_args,
                         .roots = &run->roots,
                         .keylog = run->keylog,
                         .capture_filter = run->o->capture_filter,
                         .show = run->o->show,
                         .at = run->o->at,
                         .no_steps = !wants_steps(run->o),
                         .what_if = run->o->command == COMMAND_WHATIF,
                         .tries = run->tries,
                         .n_tries = run->o->n_tries,
                         .hash_inputs = run->o->command == COMMAND_ANALYZE ||
                                        run->o->command == COMMAND_WHATIF,
                         .confine = confine,
                         .confine_arg = run,
                         .doing = note_doing,
                         .progress = note_progress,
                         .arg = status};

    xd_alloc_expect_much();
    xd_crypto_init();
    if (run->o->capture_filter != NULL) {
        xd_sandbox_offline();
    }
    enum xd_rc rc = xd_pipeline_run(&job, &cs, &err);

    if (rc != XD_OK) {
        say(err.text);
        return rc == XD_BAD ? EXIT_USAGE : EXIT_INTERNAL;
    }
    note_doing(status, "(the report)");
    return report_case(run, cs);
}

/* A bundle, or the file of an option that is read. */
static bool is_input(const struct run *run, const char *path)
{
    const struct options *o = run->o;

    if (strcmp(path, "-") == 0) { /* as an input and as an output: two streams */
        return false;
    }
    for (size_t i = 0; i < o->n_tries; i++) {
        if (o->tries[i].path != NULL && xd_same_file(o->tries[i].path, path)) {
            return true;
        }
    }
    return (o->keylog != NULL && xd_same_file(o->keylog, path)) ||
           (o->public_roots != NULL && xd_same_file(o->public_roots, path)) ||
           xd_inputs_hold(run->inputs, o->n_args, path);
}

/* No report over an input or over another report. */
static enum xd_rc check_outputs(const struct run *run, struct xd_err *err)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        const char *path = run->o->outputs[i];

        if (path == NULL) {
            continue;
        }
        if (is_input(run, path)) {
            return xd_err_set(err, XD_BAD, 0, "%s: is an input; write the report elsewhere",
                              path);
        }
        for (size_t k = 0; k < i; k++) {
            const char *other = run->o->outputs[k];

            if (other != NULL && xd_same_file(path, other)) {
                return xd_err_set(err, XD_BAD, 0,
                                  "%s: two reports cannot go to one file; give each a "
                                  "name of its own",
                                  path);
            }
        }
    }
    return XD_OK;
}

/* Inputs first: nothing is made beside a target while an input may still block. */
static enum xd_rc open_files(struct run *run, struct xd_err *err)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        run->outputs[i].fd = -1;
    }
    run->inputs = xd_inputs_open(run->arena, run->o->args, run->o->n_args);
    if (check_outputs(run, err) != XD_OK) {
        return XD_BAD;
    }
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        const char *path = run->o->outputs[i];

        if (path != NULL &&
            xd_output_open(run->arena, path, &run->outputs[i], err) != XD_OK) {
            return XD_FAIL;
        }
    }
    return XD_OK;
}

static void discard_outputs(struct run *run)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        xd_output_discard(&run->outputs[i]);
    }
}

static int commit_outputs(struct run *run, int status)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        struct xd_err err = {0};

        if (xd_output_commit(&run->outputs[i], &err) != XD_OK) {
            say(err.text);
            status = EXIT_INTERNAL;
        }
    }
    return status;
}

/* Why a worker that a signal ended wrote no report, and what to do. */
static const char *crash_words(int by)
{
    switch (by) {
    case SIGKILL:
        return "the work on this was killed from outside, most often because the machine "
               "ran "
               "out of memory; no report was written";
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
               "and run "
               "again, and please report it";
    }
}

/* Turn the worker's end into words and an exit status; outputs appear or vanish. */
static int conclude(struct run *run, const struct xd_worker_result *result)
{
    const char *doing = result->doing[0] != '\0' ? result->doing : "(starting)";

    if (result->end == XD_WORKER_EXITED &&
        (result->status == EXIT_FINE || result->status == EXIT_FOUND ||
         result->status == EXIT_UNREADABLE)) {
        return commit_outputs(run, result->status);
    }
    discard_outputs(run);
    switch (result->end) {
    case XD_WORKER_EXITED:
        return result->status == EXIT_USAGE ? EXIT_USAGE : EXIT_INTERNAL;
    case XD_WORKER_MEMORY:
        say_of(doing, "out of memory while reading this; no report was written");
        return EXIT_INTERNAL;
    case XD_WORKER_CRASHED:
        if (result->status == SIGPIPE) { /* our reader had enough, as head(1) has */
            (void)raise(SIGPIPE);
        }
        say_of(doing, crash_words(result->status));
        return EXIT_INTERNAL;
    case XD_WORKER_INTERRUPTED:
        (void)signal(result->status, SIG_DFL);
        (void)raise(result->status);
        break;
    }
    return EXIT_INTERNAL;
}

/* The files of the changes to try; what is in them is the worker's to read. */
static enum xd_rc read_tries(struct run *run, struct xd_err *err)
{
    for (size_t i = 0; i < run->o->n_tries; i++) {
        struct xd_job_try *t = &run->tries[i];

        *t = run->o->tries[i];
        if (t->path != NULL &&
            xd_input_slurp(run->arena, t->path, TRY_MAX, &t->bytes, err) != XD_OK) {
            return XD_BAD;
        }
    }
    return XD_OK;
}

static enum xd_rc read_small_inputs(struct run *run, struct xd_err *err)
{
    const struct options *o = run->o;

    if (read_tries(run, err) != XD_OK) {
        return XD_BAD;
    }

    if (o->keylog != NULL &&
        xd_input_slurp(run->arena, o->keylog, KEYLOG_MAX, &run->keylog, err) != XD_OK) {
        return XD_BAD;
    }
    if (o->public_roots != NULL) {
        return xd_input_slurp(run->arena, o->public_roots, ROOTS_MAX, &run->roots_pem, err);
    }
    return XD_OK;
}

static xd_time read_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (xd_time)now.tv_sec * XD_SECOND + now.tv_nsec / 1000;
}

static int run_command(const struct options *o)
{
    struct run run = {.o = o, .arena = xd_arena_new()};
    struct xd_worker_result result = {0};
    struct xd_err err = {0};
    int status = EXIT_INTERNAL;

    if (o->repeated != NULL && !o->quiet) {
        say_of(o->repeated, "is named more than once; it is read once");
    }
    run.now = o->reproducible ? XD_TIME_NONE : read_clock();
    if (read_small_inputs(&run, &err) != XD_OK) {
        say(err.text);
        status = EXIT_USAGE;
    } else if (open_files(&run, &err) != XD_OK) {
        say(err.text);
        discard_outputs(&run);
        status = EXIT_USAGE;
    } else {
        if (xd_worker_run(work, &run, &result, &err) != XD_OK) {
            say(err.text);
            discard_outputs(&run);
        } else {
            status = conclude(&run, &result);
        }
    }
    xd_arena_free(run.arena);
    return status;
}

/* What stands in stdout's buffer must reach its reader before we call it done. */
static int flushed(int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    say("standard output could not be written");
    return EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
    struct options o;
    struct xd_err err = {0};

    if (options_parse(argc, argv, &o, &err) != XD_OK) {
        say(err.text);
        return EXIT_USAGE;
    }
    if (o.version) {
        (void)puts("expdiag " EXPDIAG_VERSION);
        return flushed(EXIT_FINE);
    }
    if (o.help) {
        options_print_help(&o);
        return flushed(EXIT_FINE);
    }
    if (o.command == COMMAND_EXPLAIN) {
        return explain_print(o.n_args > 0 ? o.args[0] : NULL) ? flushed(EXIT_FINE)
                                                              : EXIT_USAGE;
    }
    return run_command(&o);
}
