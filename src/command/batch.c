/*
 * batch.c - many archived cases: one row each.
 */
#include "command.h"

#include "expdiag/arena.h"
#include "expdiag/batch.h"
#include "expdiag/fleet.h"
#include "expdiag/worker.h"

#include "say.h"
#include "spare.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct batch_options {
    uint64_t jobs;
    uint64_t timeout;
    uint64_t memory;
    int group;
    bool resume;
    const char *shard;
    const char *ndjson;
    const char *db;
    const char *reports;
    const char *html;
    char rows[32]; /* a file of its own where rows are wanted for the page alone */
};

#define PLACE(member) offsetof(struct batch_options, member)

static const struct xd_option own_options[] = {
    {.name = "ndjson",
     .argument = "FILE",
     .help = "JSON lines",
     .joins = true,
     .kind = XD_OPTION_TEXT,
     .own = true,
     .place = PLACE(ndjson)},
    {.name = "db",
     .argument = "URI",
     .help = "sqlite:FILE or postgresql://...",
     .kind = XD_OPTION_TEXT,
     .own = true,
     .place = PLACE(db)},
    {.name = "reports",
     .argument = "DIR",
     .help = "reports of each",
     .joins = true,
     .kind = XD_OPTION_TEXT,
     .own = true,
     .place = PLACE(reports)},
    {.name = "html",
     .argument = "FILE",
     .help = "a page over all rows",
     .kind = XD_OPTION_TEXT,
     .own = true,
     .place = PLACE(html)},
    {.name = "resume",
     .help = "go on: what stands is not done again",
     .kind = XD_OPTION_SWITCH,
     .own = true,
     .place = PLACE(resume)},
    {.name = "group",
     .argument = "by-folder|by-name|none",
     .words = "by-folder|by-name|none",
     .help = "which bundles are one case (by-folder)",
     .kind = XD_OPTION_CHOICE,
     .own = true,
     .place = PLACE(group)},
    {.name = "jobs",
     .argument = "N",
     .help = "cases at a time",
     .joins = true,
     .kind = XD_OPTION_NUMBER,
     .own = true,
     .place = PLACE(jobs),
     .least = 1,
     .most = 1024},
    {.name = "shard",
     .argument = "K/N|auto[/N]",
     .help = "part K, or this task's",
     .kind = XD_OPTION_TEXT,
     .own = true,
     .place = PLACE(shard)},
    {.name = "timeout",
     .argument = "SECONDS",
     .help = "limits of a case (600; its share)",
     .joins = true,
     .kind = XD_OPTION_NUMBER,
     .own = true,
     .place = PLACE(timeout),
     .least = 1,
     .most = 604800},
    {.name = "memory",
     .argument = "MIB",
     .help = "limits of a case (600; its share)",
     .kind = XD_OPTION_NUMBER,
     .own = true,
     .place = PLACE(memory),
     .least = 64,
     .most = 1 << 20},
    {.name = NULL},
};

/* ---- progress ---- */

enum { TIME_TEXT = 32 };

struct teller {
    bool quiet;
    bool live;      /* a line that is written over */
    double minutes; /* told so far, where it is not */
};

static void format_time(double seconds, char out[TIME_TEXT])
{
    unsigned long s = seconds > 359999 ? 359999 : (unsigned long)seconds;

    (void)snprintf(out, TIME_TEXT, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

static void put_progress(const struct teller *t, const struct xd_batch_progress *p)
{
    size_t failures = p->by_status[XD_ROW_FAILED] + p->by_status[XD_ROW_CRASHED] +
                      p->by_status[XD_ROW_TIMEOUT] + p->by_status[XD_ROW_MEMORY];
    size_t left = p->cases - p->unchanged - p->done;
    double rate = p->seconds > 0 ? (double)p->done / p->seconds : 0;
    char remaining[TIME_TEXT] = "?";

    if (rate > 0) {
        format_time((double)left / rate, remaining);
    }
    (void)fprintf(stderr,
                  "%sexpdiag: %zu of %zu cases, %.1f a second, %s left, %zu failed%s",
                  t->live ? "\r" : "", p->unchanged + p->done, p->cases, rate, remaining,
                  failures, t->live ? "\033[K" : "\n");
}

static void put_end(const struct teller *t, const struct xd_batch_progress *p)
{
    char took[TIME_TEXT];

    format_time(p->seconds, took);
    (void)fprintf(stderr, "%sexpdiag: %zu of %zu cases in %s", t->live ? "\r\033[K" : "",
                  p->unchanged + p->done, p->cases, took);
    if (p->unchanged > 0) {
        (void)fprintf(stderr, ", %zu unchanged", p->unchanged);
    }
    for (int i = 0; i < (int)XD_ROW_COUNT; i++) {
        if (p->by_status[i] > 0) {
            (void)fprintf(stderr, ", %zu %s", p->by_status[i],
                          xd_row_status_name((enum xd_row_status)i));
        }
    }
    if (p->no_bundle > 0) {
        (void)fprintf(stderr, "; %zu file%s no bundle", p->no_bundle,
                      p->no_bundle == 1 ? " is" : "s are");
    }
    (void)fputs("\n", stderr);
}

static void tell_progress(void *arg, const struct xd_batch_progress *p)
{
    struct teller *t = arg;

    if (t->quiet) {
        return;
    }
    if (p->last) {
        put_end(t, p);
    } else if (t->live) {
        put_progress(t, p);
    } else if (p->seconds >= (t->minutes + 1) * 60) {
        t->minutes += 1;
        put_progress(t, p);
    }
}

static void say_words(void *arg, const char *text)
{
    (void)arg;
    xd_say(text);
}

/* ---- the command ---- */

static const char *look_up(const char *name)
{
    return getenv(name);
}

static xd_time read_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (xd_time)now.tv_sec * XD_SECOND + now.tv_nsec / 1000;
}

/* Told before hours of work, not after. */
static enum xd_rc try_page(const char *path, struct xd_err *err)
{
    struct xd_arena *a = xd_arena_new();
    struct xd_output out = {.fd = -1};
    struct stat st = {0};
    bool pipe = stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
    enum xd_rc rc = pipe ? XD_OK : xd_spare_evidence(path, err);

    if (!pipe && rc == XD_OK) {
        rc = xd_output_open(a, path, &out, err);
    }

    if (rc == XD_OK && out.temporary != NULL) {
        (void)close(out.fd);
    }
    xd_output_discard(&out);
    xd_arena_free(a);
    return rc == XD_OK ? XD_OK : XD_BAD;
}

/* A page is made from rows that can be read again. */
static enum xd_rc keep_rows(struct batch_options *own, struct xd_batch_options *out,
                            struct xd_err *err)
{
    if (out->db != NULL || strcmp(out->ndjson, "-") != 0) {
        return XD_OK;
    }
    if (own->ndjson != NULL) {
        return xd_err_set(err, XD_BAD, 0,
                          "--html is made from rows that are kept: name a file with "
                          "--ndjson, or a database with --db");
    }
    (void)snprintf(own->rows, sizeof(own->rows), "/tmp/expdiag-rows.XXXXXX");
    int fd = mkstemp(own->rows);

    if (fd < 0) {
        own->rows[0] = '\0';
        return xd_err_set(err, XD_BAD, 0, "/tmp: no file can be made there for the rows");
    }
    (void)close(fd);
    xd_temporary_keep(own->rows);
    out->ndjson = own->rows;
    return XD_OK;
}

static enum xd_rc fill_options(const struct xd_options *o, struct xd_batch_options *out,
                               struct xd_err *err)
{
    struct batch_options *own = o->own;

    *out = (struct xd_batch_options){.paths = o->args,
                                     .n_paths = o->n_args,
                                     .jobs = (unsigned)own->jobs,
                                     .timeout = (unsigned)own->timeout,
                                     .memory = (unsigned)own->memory,
                                     .resume = own->resume,
                                     .ndjson = own->ndjson,
                                     .db = own->db,
                                     .reports = own->reports,
                                     .public_roots = o->public_roots,
                                     .keylog = o->keylog,
                                     .redact = o->redact,
                                     .redact_map = o->redact_map,
                                     .at = o->at,
                                     .now = o->reproducible ? XD_TIME_NONE : read_clock(),
                                     .say = say_words,
                                     .progress = tell_progress};
    out->group =
        own->group == 0 ? XD_GROUP_BY_FOLDER : (enum xd_batch_group)(own->group - 1);
    if (out->ndjson == NULL && out->db == NULL) {
        out->ndjson = "-";
    }
    if (own->html == NULL) {
        return XD_OK;
    }
    return try_page(own->html, err) == XD_OK ? keep_rows(own, out, err) : XD_BAD;
}

/* What the command line says, and the shard, which the environment may say. */
static enum xd_rc read_options(const struct xd_options *o, struct xd_batch_options *out,
                               struct xd_err *err)
{
    const struct batch_options *own = o->own;
    const char *const files[] = {own->ndjson, own->reports, own->html};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (files[i] != NULL && files[i][0] == '\0') {
            return xd_err_set(err, XD_BAD, 0, "an output has an empty name");
        }
    }
    if (fill_options(o, out, err) != XD_OK) {
        return XD_BAD;
    }
    return own->shard == NULL ? XD_OK : xd_batch_shard_parse(own->shard, look_up, out, err);
}

static int settle(const struct xd_options *o, const struct xd_batch_result *result)
{
    if (result->interrupted_by != 0) {
        xd_worker_end_by(result->interrupted_by);
    }
    if (result->unreadable) {
        return XD_EXIT_UNREADABLE;
    }
    return result->found && result->worst >= xd_options_fail_on(o) ? XD_EXIT_FOUND
                                                                   : XD_EXIT_FINE;
}

/* The page over all rows, those of earlier runs too. */
static int write_page(const struct xd_options *o, const struct xd_batch_options *b)
{
    const struct batch_options *own = o->own;
    struct xd_fleet fleet;
    struct xd_output out = {.fd = -1};
    struct xd_err err = {0};
    struct xd_arena *a = xd_arena_new();
    enum xd_rc rc = xd_fleet_read(&fleet, b->db != NULL ? b->db : b->ndjson,
                                  o->at != XD_TIME_NONE ? o->at : read_clock(), &err);

    if (rc == XD_OK && own->reports != NULL) {
        xd_fleet_link(&fleet, own->html, own->reports);
    }
    if (rc == XD_OK) {
        rc = xd_output_open(a, own->html, &out, &err);
    }
    if (rc == XD_OK) {
        rc = xd_report_fleet_html(&fleet, out.fd, &err);
    }
    if (rc == XD_OK) {
        rc = xd_output_commit(&out, &err);
    }
    if (rc != XD_OK) {
        xd_say(err.text);
    }
    xd_output_discard(&out);
    xd_fleet_done(&fleet);
    xd_arena_free(a);
    return rc == XD_OK ? XD_EXIT_FINE : XD_EXIT_INTERNAL;
}

/* The run, and the page of it. */
static int run_all(const struct xd_options *o, struct xd_batch_result *result)
{
    struct teller teller = {.quiet = o->quiet || o->no_progress,
                            .live = isatty(STDERR_FILENO) == 1};
    struct xd_batch_options options;
    struct xd_err err = {0};
    enum xd_rc rc = read_options(o, &options, &err);

    options.arg = &teller;
    if (rc == XD_OK && !o->quiet && !xd_sandbox_possible()) {
        xd_say_unconfined();
    }
    if (rc == XD_OK) {
        rc = xd_batch_run(&options, result, &err);
    }
    const struct batch_options *own = o->own;
    int status = XD_EXIT_FINE;

    if (rc == XD_OK && result->interrupted_by == 0 && own->html != NULL) {
        status = write_page(o, &options);
    }
    if (own->rows[0] != '\0') {
        (void)unlink(own->rows);
        xd_temporary_forget(own->rows);
    }
    if (rc != XD_OK) {
        xd_say(err.text);
        status = rc == XD_BAD ? XD_EXIT_USAGE : XD_EXIT_INTERNAL;
    }
    return status;
}

static int run_batch(const struct xd_options *o)
{
    const struct batch_options *own = o->own;
    struct xd_batch_result result = {.found = false};
    sigset_t before;

    if (own->html == NULL) {
        int status = run_all(o, &result);

        return status != XD_EXIT_FINE ? status : settle(o, &result);
    }
    xd_worker_hold_signals(&before); /* no file of ours outlives us */
    int status = run_all(o, &result);

    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return status != XD_EXIT_FINE ? status : settle(o, &result);
}

const struct xd_command xd_command_batch = {
    .name = "batch",
    .arguments = "PATH...",
    .help = "many archived cases: one row each",
    .notes =
        "PATH is a folder, a bundle, or a list of paths: @FILE, or - for standard input.",
    .examples = "expdiag batch --ndjson rows.ndjson --resume archive\n"
                "expdiag batch --db sqlite:rows.db --reports reports archive",
    .takes = XD_ARGUMENTS_INPUTS,
    .own_size = sizeof(struct batch_options),
    .options = {own_options, xd_options_redact, xd_options_keylog, xd_options_roots,
                xd_options_judge, xd_options_talk},
    .run = run_batch,
};
