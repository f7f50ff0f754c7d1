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
    {.name = "reproducible",
     .help = "no time of writing in the JSON",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(reproducible)},
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

static enum xd_rc write_diff(struct xd_run *run, const struct xd_diff *d,
                             struct xd_err *err)
{
    struct xd_diff_options how = {.generated_at = run->now, .passing = run->o->verbose};
    int text = run->outputs[XD_FORMAT_TEXT].fd;
    int json = run->outputs[XD_FORMAT_JSON].fd;
    enum xd_rc rc = json >= 0 ? xd_inspect_diff_json(d, &how, json, err) : XD_OK;

    return rc == XD_OK && text >= 0 ? xd_inspect_diff_text(d, &how, text, err) : rc;
}

static int compare(struct xd_run *run, struct xd_case *const cases[2])
{
    struct xd_err err = {0};
    const struct xd_diff *d = xd_inspect_compare(run->arena, cases[0], cases[1]);

    for (size_t i = 0; i < 2; i++) {
        if (cases[i]->n_nodes == 0) {
            xd_say_of(run->paths[i],
                      "holds no node to compare: no certificates and no dumps");
            return XD_EXIT_UNREADABLE;
        }
    }
    if (write_diff(run, d, &err) != XD_OK) {
        xd_say(err.text);
        return XD_EXIT_INTERNAL;
    }
    return XD_EXIT_FINE;
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
    .options = {options},
    .run = run_diff,
};
