/*
 * read.c - bundles to a case, a case to its reports.
 */
#include "read.h"

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "say.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_WIDTH = 80, FILTERS_MAX = 1000 };

/* What the worker's part knows. */
struct work {
    struct xd_reading *what;
    struct xd_slice keylog;
    struct xd_slice roots_pem; /* of --public-roots; empty: those built in */
    struct xd_roots roots;     /* set by the worker */
};

/* A case and what its reports are told. */
struct writing {
    const struct xd_case *cs;
    const struct xd_report_options *options;
};

static enum xd_rc write_form(struct xd_run *run, void *arg, enum xd_format form,
                             struct xd_buf *hold, struct xd_err *err)
{
    const struct writing *w = arg;
    struct xd_report_options own = *w->options;
    int fd = run->outputs[form].fd;

    own.hold = hold;
    switch (form) {
    case XD_FORMAT_JSON:
        return xd_report_json(w->cs, &own, fd, err);
    case XD_FORMAT_HTML:
        return xd_report_html(w->cs, &own, fd, err);
    case XD_FORMAT_TEXT:
    case XD_FORMAT_COUNT:
        break;
    }
    own.color = xd_run_color(run->o, fd);
    own.width = xd_run_width(fd, w->options->width);
    own.links = run->links;
    own.n_links = run->links != NULL && xd_run_links_wanted(run->o, fd) ? run->n_paths : 0;
    return xd_report_text(w->cs, &own, fd, err);
}

static enum xd_rc write_all(int fd, struct xd_slice bytes, struct xd_err *err)
{
    for (size_t at = 0; at < bytes.len;) {
        ssize_t n = write(fd, bytes.p + at, bytes.len - at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return xd_err_set(err, XD_FAIL, at, "cannot write the report: %s",
                              strerror(errno));
        }
        at += (size_t)n;
    }
    return XD_OK;
}

/* Not a byte goes out before every form was searched for what it must not hold. */
static enum xd_rc write_redacted(struct xd_run *run, struct xd_redaction *r,
                                 xd_read_form_fn write_one, void *arg, struct xd_err *err)
{
    struct xd_buf held[XD_OUTPUT_COUNT];
    enum xd_rc rc = XD_OK;

    for (unsigned i = 0; i < XD_OUTPUT_COUNT; i++) {
        held[i] = (struct xd_buf){.max = XD_MAX_HELD};
        if (run->outputs[i].fd < 0 || rc != XD_OK) {
            continue;
        }
        if (i == XD_OUTPUT_MAP) {
            xd_redaction_map(r, &held[i]);
            if (held[i].overflow) {
                rc = xd_err_set(err, XD_FAIL, held[i].len,
                                "the map of pseudonyms is too long to be held");
            }
            continue;
        }
        rc = write_one(run, arg, (enum xd_format)i, &held[i], err);
        if (rc == XD_OK) {
            rc = xd_redaction_check(r, (struct xd_slice){held[i].bytes, held[i].len}, err);
        }
    }
    for (unsigned i = 0; i < XD_OUTPUT_COUNT; i++) {
        if (rc == XD_OK && run->outputs[i].fd >= 0) {
            rc = write_all(run->outputs[i].fd,
                           (struct xd_slice){held[i].bytes, held[i].len}, err);
        }
        xd_buf_done(&held[i]);
    }
    return rc;
}

enum xd_rc xd_read_write_forms(struct xd_run *run, struct xd_redaction *r,
                               xd_read_form_fn write_one, void *arg, struct xd_err *err)
{
    static const enum xd_format forms[] = {XD_FORMAT_JSON, XD_FORMAT_HTML, XD_FORMAT_TEXT};
    enum xd_rc rc = XD_OK;

    if (r != NULL) {
        return write_redacted(run, r, write_one, arg, err);
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && rc == XD_OK; i++) {
        if (run->outputs[forms[i]].fd >= 0) {
            rc = write_one(run, arg, forms[i], NULL, err);
        }
    }
    return rc;
}

enum xd_rc xd_read_write_case(struct xd_run *run, struct xd_case *cs,
                              struct xd_report_options *options, bool lines,
                              struct xd_err *err)
{
    struct xd_redaction *r = run->o->redact ? xd_redact_case(cs, options) : NULL;
    struct writing w = {cs, options};

    options->width = lines ? 0 : TEXT_WIDTH;
    enum xd_rc rc = xd_read_write_forms(run, r, write_form, &w, err);

    xd_redaction_free(r);
    return rc;
}

/* What was asked for, as text that may go into every report. */
static const char *clean_filters(const struct xd_run *run, const struct xd_reading *what)
{
    return what->filters == NULL ? NULL
                                 : xd_text_clean(run->arena, what->filters,
                                                 strlen(what->filters), FILTERS_MAX);
}

/* What whatif judges at another time is one of its changes, and told as such. */
static xd_time judges_at(const struct xd_run *run, const struct xd_reading *what)
{
    bool told = what->report == XD_REPORT_ANALYZE && run->o->at != XD_TIME_NONE;

    return told ? run->o->at : 0;
}

static enum xd_rc write_reports(struct xd_run *run, const struct work *w,
                                struct xd_case *cs, struct xd_err *err)
{
    struct xd_report_options options = {.command = w->what->report,
                                        .roots_source = w->roots.source,
                                        .roots_count = w->roots.count,
                                        .generated_at = run->now,
                                        .judged_at = judges_at(run, w->what),
                                        .keylog = run->o->keylog != NULL,
                                        .filters = clean_filters(run, w->what),
                                        .capture_filter = w->what->capture_filter,
                                        .verbose = run->o->verbose};

    memcpy(options.roots_sha256, w->roots.sha256, sizeof(options.roots_sha256));
    return xd_read_write_case(run, cs, &options, w->what->lines, err);
}

/* A stored report, by its name, is no bundle: it has a command of its own. */
static void say_problem(const struct xd_run *run, const char *path, const char *problem)
{
    struct xd_slice name = xd_slice_of(path);

    if (xd_text_ends_nocase(name, ".html") || xd_text_ends_nocase(name, ".json")) {
        problem = xd_arena_printf(run->arena,
                                  "%s; a report that expdiag wrote is opened by "
                                  "'expdiag show'",
                                  problem);
    }
    xd_say_of(path, problem);
}

/* Say which inputs could not be read at all; gives how many. */
static size_t say_unusable(const struct xd_run *run, const struct xd_case *cs)
{
    size_t n = 0;

    for (size_t i = 0; i < cs->n_inputs; i++) {
        const struct xd_input *in = &cs->inputs[i];

        if (in->unusable) {
            say_problem(run, in->path,
                        in->problem != NULL ? in->problem
                                            : "holds no file of a diagnostic bundle: no "
                                              "certificates, dumps, log or captures");
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

/* Reports and exit status of a case that was read. */
static int report_case(struct xd_run *run, const struct work *w, struct xd_case *cs)
{
    struct xd_err err = {0};
    size_t unusable = say_unusable(run, cs);

    if (unusable > 0 && unusable == cs->n_inputs) {
        return XD_EXIT_UNREADABLE;
    }
    if (write_reports(run, w, cs, &err) != XD_OK) {
        xd_say(err.text);
        return XD_EXIT_INTERNAL;
    }
    if (unusable > 0) {
        return XD_EXIT_UNREADABLE;
    }
    return found_at_least(cs, xd_options_fail_on(run->o)) ? XD_EXIT_FOUND : XD_EXIT_FINE;
}

static void note_doing(void *arg, const char *label)
{
    xd_run_doing(arg, label);
}

static void note_progress(void *arg, uint64_t bytes)
{
    struct xd_run *run = arg;

    run->status->bytes = run->bytes_before + bytes;
}

/* Rights go before the first byte of a stranger's file is looked at. */
static enum xd_rc confine(void *arg, struct xd_err *err)
{
    struct xd_run *run = arg;
    struct work *w = run->own;

    xd_run_confine(run);
    if (run->o->public_roots == NULL) {
        xd_roots_builtin(&w->roots);
        return XD_OK;
    }
    return xd_roots_from_pem(w->roots_pem, run->o->public_roots, &w->roots, err);
}

/* The worker's whole life. */
static int work(struct xd_run *run)
{
    struct work *w = run->own;
    const struct xd_reading *what = w->what;
    struct xd_err err = {0};
    struct xd_case *cs = NULL;
    struct xd_job job = {.depth = what->depth,
                         .inputs = run->inputs,
                         .n_inputs = run->n_paths,
                         .roots = &w->roots,
                         .keylog = w->keylog,
                         .capture_filter = what->capture_filter,
                         .show = what->show,
                         .at = run->o->at,
                         .no_steps = what->no_steps,
                         .what_if = what->what_if,
                         .tries = what->tries,
                         .n_tries = what->n_tries,
                         .hash_inputs = what->hash_inputs,
                         .confine = confine,
                         .confine_arg = run,
                         .doing = note_doing,
                         .progress = note_progress,
                         .arg = run};

    xd_alloc_expect_much();
    xd_crypto_init();
    if (what->capture_filter != NULL) {
        xd_sandbox_offline();
    }
    enum xd_rc rc = xd_pipeline_run(&job, &cs, &err);

    if (rc != XD_OK) {
        xd_say(err.text);
        return rc == XD_BAD ? XD_EXIT_USAGE : XD_EXIT_INTERNAL;
    }
    xd_run_stage(run, "(the report)");
    int status = report_case(run, w, cs);

    xd_case_free(cs);
    return status;
}

static enum xd_rc confine_only(void *arg, struct xd_err *err)
{
    (void)err;
    xd_run_confine(arg);
    return XD_OK;
}

static struct xd_job quiet_job(struct xd_run *run, enum xd_depth depth)
{
    return (struct xd_job){.depth = depth,
                           .inputs = run->inputs,
                           .n_inputs = run->n_paths,
                           .at = XD_TIME_NONE,
                           .no_steps = true,
                           .confine = confine_only,
                           .confine_arg = run,
                           .doing = note_doing,
                           .progress = note_progress,
                           .arg = run};
}

int xd_read_dumps(struct xd_run *run, xd_read_use_fn use)
{
    struct xd_case *cs = NULL;
    struct xd_err err = {0};
    struct xd_job job = quiet_job(run, XD_DEPTH_DUMPS);

    xd_crypto_init();
    if (xd_pipeline_run(&job, &cs, &err) != XD_OK) {
        xd_say(err.text);
        return XD_EXIT_INTERNAL;
    }
    xd_run_stage(run, "(the answer)");
    size_t unusable = say_unusable(run, cs);

    if (unusable > 0 && unusable == cs->n_inputs) {
        return XD_EXIT_UNREADABLE;
    }
    int status = use(run, cs);

    xd_case_free(cs);
    return status == XD_EXIT_FINE && unusable > 0 ? XD_EXIT_UNREADABLE : status;
}

int xd_read_cases(struct xd_run *run, struct xd_case **cases, size_t n)
{
    static struct xd_roots roots; /* too large for a stack */
    struct xd_err err = {0};
    int status = XD_EXIT_FINE;

    xd_crypto_init();
    xd_roots_builtin(&roots);
    for (size_t i = 0; i < n; i++) {
        struct xd_job job = quiet_job(run, XD_DEPTH_CERTS);

        job.inputs = &run->inputs[i];
        job.n_inputs = 1;
        job.roots = &roots;
        job.confine = i == 0 ? confine_only : NULL;
        if (xd_pipeline_run(&job, &cases[i], &err) != XD_OK) {
            xd_say(err.text);
            return XD_EXIT_INTERNAL;
        }
        run->bytes_before = run->status->bytes;
        status = say_unusable(run, cases[i]) > 0 ? XD_EXIT_UNREADABLE : status;
    }
    xd_run_stage(run, "(the answer)");
    return status;
}

static enum xd_rc read_small_inputs(struct xd_run *run, struct work *w, struct xd_err *err)
{
    const struct xd_options *o = run->o;

    if (o->keylog != NULL &&
        xd_run_slurp(run, o->keylog, XD_MAX_KEYLOG, &w->keylog, err) != XD_OK) {
        return XD_BAD;
    }
    if (o->public_roots != NULL) {
        return xd_run_slurp(run, o->public_roots, XD_MAX_ROOTS, &w->roots_pem, err);
    }
    return XD_OK;
}

int xd_read_and_report(struct xd_run *run, struct xd_reading *what)
{
    struct work *w = xd_arena_alloc(run->arena, sizeof(*w));
    struct xd_err err = {0};

    *w = (struct work){.what = what};
    run->own = w;
    if (read_small_inputs(run, w, &err) != XD_OK) {
        xd_say(err.text);
        return XD_EXIT_USAGE;
    }
    return xd_run_supervised(run, work);
}
