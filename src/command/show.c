/*
 * show.c - a report that was stored, in any form.
 */
#include "read.h"

#include "expdiag/alloc.h"
#include "expdiag/buf.h"
#include "expdiag/limits.h"

#include "say.h"

#include <string.h>
#include <sys/stat.h>

struct show {
    struct xd_slice bytes;
};

/* What this version could not take from the report of a newer one. */
static void say_unknown(const char *name, const struct xd_report_loaded *report)
{
    enum { WORDS = 400 };
    struct xd_buf b = {.max = WORDS};

    xd_buf_printf(&b, "%s is not known to this version%s; it is shown as well as can be",
                  report->unknown_where, report->unknown > 1 ? ", and more" : "");
    xd_say_of(name, xd_buf_text(&b));
    xd_buf_done(&b);
}

static bool found_at_least(const struct xd_report_loaded *report, enum xd_severity severity)
{
    const struct xd_case *cs = report->cs;

    for (size_t i = 0; i < cs->n_findings; i++) {
        if (cs->findings[i]->severity >= severity) {
            return true;
        }
    }
    return report->findings_left_out && report->worst_left_out >= severity;
}

/* The worker's whole life. */
static int work(struct xd_run *run)
{
    const struct show *show = run->own;
    const char *name = run->o->args[0];
    struct xd_report_loaded report;
    struct xd_err err = {0};

    xd_run_doing(run, name);
    xd_run_confine(run);
    if (xd_report_read(show->bytes, &report, &err) != XD_OK) {
        xd_say_of(name, err.text);
        return XD_EXIT_UNREADABLE;
    }
    if (report.unknown > 0 && !run->o->quiet) {
        say_unknown(name, &report);
    }
    xd_run_stage(run, "(the report)");
    report.options.verbose = run->o->verbose;
    if (run->o->reproducible) {
        report.options.generated_at = XD_TIME_NONE;
    }
    bool lines = report.options.command == XD_REPORT_FLOWS;
    int status = XD_EXIT_FINE;

    if (xd_read_write_case(run, report.cs, &report.options, lines, &err) != XD_OK) {
        xd_say(err.text);
        status = XD_EXIT_INTERNAL;
    } else if (found_at_least(&report, xd_options_fail_on(run->o))) {
        status = XD_EXIT_FOUND;
    }
    xd_case_free(report.cs);
    return status;
}

static int run_show(const struct xd_options *o)
{
    struct xd_run run = xd_run_new(o);
    struct show show = {{NULL, 0}};
    struct xd_err err = {0};
    const char *path = o->args[0];

    struct stat st = {0};

    run.n_paths = 0;
    run.own = &show;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        xd_say_of(path,
                  "is a folder; name a report that expdiag wrote with --json or --html");
        xd_run_done(&run);
        return XD_EXIT_UNREADABLE;
    }
    if (xd_run_slurp(&run, strcmp(path, "-") == 0 ? "/dev/stdin" : path, XD_MAX_STORED,
                     &show.bytes, &err) != XD_OK) {
        xd_say(err.text);
        xd_run_done(&run);
        return XD_EXIT_UNREADABLE;
    }
    int status = xd_run_supervised(&run, work);

    xd_run_done(&run);
    return status;
}

const struct xd_command xd_command_show = {
    .name = "show",
    .arguments = "REPORT",
    .help = "a stored report in any other form",
    .notes = "A REPORT is one that expdiag wrote with --json or --html.",
    .examples = "expdiag show report.html\n"
                "expdiag show --html report.html report.json",
    .takes = XD_ARGUMENTS_ONE,
    .options = {xd_options_forms, xd_options_redact, xd_options_fail, xd_options_talk},
    .run = run_show,
};
