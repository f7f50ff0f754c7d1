/*
 * diff.c - what changed between two bundles.
 */
#include "read.h"

#include "expdiag/crypto.h"
#include "expdiag/inspect.h"

#include "say.h"

#define PLACE(member) offsetof(struct xd_options, member)

/* A comparison has no HTML form. */
static const struct xd_option options[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "write to FILE",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(output)},
    {.name = "format",
     .argument = "text|json",
     .words = "text|json",
     .help = "form of what goes there (text)",
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(format)},
    {.name = "text",
     .argument = "FILE",
     .help = "write this form to FILE as well",
     .joins = true,
     .kind = XD_OPTION_TEXT,
     .place = PLACE(outputs[XD_FORMAT_TEXT])},
    {.name = "json",
     .argument = "FILE",
     .help = "write this form to FILE as well",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(outputs[XD_FORMAT_JSON])},
    {.name = NULL},
};

static const struct xd_option talk_options[] = {
    {.name = "no-progress",
     .help = "no progress on a terminal",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(no_progress)},
    {.name = "quiet",
     .letter = 'q',
     .help = "nothing on standard output",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(quiet)},
    {.name = "verbose",
     .letter = 'v',
     .help = "times and counters of the status too",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(verbose)},
    {.name = NULL},
};

static enum xd_rc write_form(struct xd_run *run, void *arg, enum xd_format form,
                             struct xd_buf *hold, struct xd_err *err)
{
    const struct xd_diff *d = arg;
    struct xd_diff_options how = {
        .generated_at = run->now, .passing = run->o->verbose, .hold = hold};
    int fd = run->outputs[form].fd;

    return form == XD_FORMAT_JSON ? xd_inspect_diff_json(d, &how, fd, err)
                                  : xd_inspect_diff_text(d, &how, fd, err);
}

static int compare(struct xd_run *run, struct xd_case *const cases[2])
{
    struct xd_err err = {0};

    for (size_t i = 0; i < 2; i++) {
        if (cases[i]->n_nodes == 0) {
            xd_say_of(run->paths[i],
                      "holds no node to compare: no certificates and no dumps");
            return XD_EXIT_UNREADABLE;
        }
    }
    struct xd_redaction *r = run->o->redact ? xd_redact_dumped(cases, 2) : NULL;
    struct xd_diff *d = xd_inspect_compare(run->arena, cases[0], cases[1]);
    enum xd_rc rc = xd_read_write_forms(run, r, write_form, d, &err);

    xd_redaction_free(r);
    if (rc != XD_OK) {
        xd_say(err.text);
    }
    return rc == XD_OK ? XD_EXIT_FINE : XD_EXIT_INTERNAL;
}

static int work(struct xd_run *run)
{
    struct xd_case *cases[2] = {NULL, NULL};
    int status = xd_read_cases(run, cases, 2);

    if (status == XD_EXIT_FINE) {
        status = compare(run, cases);
    }
    xd_case_free(cases[0]);
    xd_case_free(cases[1]);
    return status;
}

static int run_diff(const struct xd_options *o)
{
    struct xd_run run = xd_run_new(o);
    int status = xd_run_supervised(&run, work);

    xd_run_done(&run);
    return status;
}

const struct xd_command xd_command_diff = {
    .name = "diff",
    .arguments = "BEFORE AFTER",
    .help = "what changed in certificates, settings and status",
    .notes = "Nodes are paired by name; of several bundles of a node the last counts.\n"
             "Exit status 0 also where something changed.",
    .examples = "expdiag diff C-before.tar.gz C-after.tar.gz\n"
                "expdiag diff --format json case-monday case-friday",
    .takes = XD_ARGUMENTS_PAIR,
    .options = {options, xd_options_redact, talk_options},
    .run = run_diff,
};
