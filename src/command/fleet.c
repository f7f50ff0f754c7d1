/*
 * fleet.c - answers over the rows of many cases.
 *
 * The rows are the program's own, so no worker stands between: a database is opened by
 * name, which no worker could.
 */
#include "command.h"

#include "expdiag/arena.h"
#include "expdiag/fleet.h"
#include "expdiag/report.h"
#include "expdiag/worker.h"

#include "run.h"
#include "say.h"
#include "spare.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

enum { TEXT_WIDTH = 100 };

struct fleet_options {
    const char *reports;
};

static enum xd_rc take_at(struct xd_options *o, const char *value, struct xd_err *err)
{
    return xd_options_take_time(value, &o->at, err);
}

static const struct xd_option own_options[] = {
    {.name = "at",
     .argument = "TIME",
     .help = "what is to come, as of TIME (now)",
     .kind = XD_OPTION_TAKEN,
     .take = take_at},
    {.name = "reports",
     .argument = "DIR",
     .help = "link to the reports in DIR",
     .kind = XD_OPTION_TEXT,
     .own = true,
     .place = offsetof(struct fleet_options, reports)},
    {.name = NULL},
};

static enum xd_rc write_form(const struct xd_options *o, struct xd_fleet *f, int format,
                             int fd, struct xd_err *err)
{
    const struct fleet_options *own = o->own;
    struct xd_report_options options = {.generated_at = XD_TIME_NONE,
                                        .width = xd_run_width(fd, TEXT_WIDTH),
                                        .color = xd_run_color(o, fd)};

    if (format == XD_FORMAT_TEXT) {
        return xd_report_fleet_text(f, &options, fd, err);
    }
    if (format == XD_FORMAT_JSON) {
        return xd_report_fleet_json(f, fd, err);
    }
    if (own->reports != NULL && !o->redact) {
        xd_fleet_link(f, o->outputs[XD_FORMAT_HTML], own->reports);
    }
    return xd_report_fleet_html(f, fd, err);
}

/* One form to its file, which appears whole or not at all. */
static int write_output(const struct xd_options *o, struct xd_fleet *f, int format)
{
    struct xd_arena *a = xd_arena_new();
    struct xd_output out = {.fd = -1};
    struct xd_err err = {0};
    int status = XD_EXIT_FINE;
    bool held = strcmp(o->outputs[format], "-") != 0;
    sigset_t before;

    if (held) {
        xd_worker_hold_signals(&before);
    }
    if (xd_spare_evidence(o->outputs[format], &err) != XD_OK ||
        xd_output_open(a, o->outputs[format], &out, &err) != XD_OK) {
        status = XD_EXIT_USAGE;
    } else if (write_form(o, f, format, out.fd, &err) != XD_OK ||
               xd_output_commit(&out, &err) != XD_OK) {
        status = XD_EXIT_INTERNAL;
    }
    if (status != XD_EXIT_FINE) {
        xd_say(err.text);
    }
    xd_output_discard(&out);
    if (held) {
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    xd_arena_free(a);
    return status;
}

static xd_time read_clock(void)
{
    return (xd_time)time(NULL) * XD_SECOND;
}

static int run_fleet(const struct xd_options *o)
{
    struct xd_fleet fleet;
    struct xd_err err = {0};
    xd_time at = o->at == XD_TIME_NONE ? read_clock() : o->at;
    enum xd_rc rc = xd_fleet_read(&fleet, o->args[0], at, &err);
    int status = XD_EXIT_FINE;

    if (rc != XD_OK) {
        xd_say(err.text);
        status = XD_EXIT_UNREADABLE;
    } else if (o->redact) {
        rc = xd_fleet_redact(&fleet, o->redact_map, &err);
        if (rc != XD_OK) {
            xd_say(err.text);
            status = rc == XD_BAD ? XD_EXIT_USAGE : XD_EXIT_INTERNAL;
        }
    }
    for (int i = 0; i < (int)XD_FORMAT_COUNT && status == XD_EXIT_FINE; i++) {
        if (o->outputs[i] != NULL) {
            status = write_output(o, &fleet, i);
        }
    }
    xd_fleet_done(&fleet);
    return status;
}

const struct xd_command xd_command_fleet = {
    .name = "fleet",
    .arguments = "DB",
    .help = "answers over the rows of many cases",
    .notes = "DB is sqlite:FILE, postgresql://..., or a FILE of either kind of rows.",
    .examples = "expdiag fleet sqlite:rows.db\n"
                "expdiag fleet --html fleet.html --reports reports rows.ndjson",
    .takes = XD_ARGUMENTS_ONE,
    .own_size = sizeof(struct fleet_options),
    .options = {own_options, xd_options_forms, xd_options_redact, xd_options_talk},
    .run = run_fleet,
};
