/*
 * analyze.c - one incident: all bundles of a case, diagnosed.
 */
#include "read.h"

static int run_analyze(const struct xd_options *o)
{
    struct xd_run run = xd_run_new(o);
    struct xd_reading what = {
        .report = XD_REPORT_ANALYZE, .depth = XD_DEPTH_ANALYZE, .hash_inputs = true};
    int status = xd_read_and_report(&run, &what);

    xd_run_done(&run);
    return status;
}

const struct xd_command xd_command_analyze = {
    .name = "analyze",
    .arguments = "BUNDLE...",
    .help = "say what failed, why, and what to do (also without the word)",
    .examples = "expdiag analyze C-bundle.tar.gz E-bundle.tar.gz\n"
                "expdiag analyze --json report.json case-folder",
    .takes = XD_ARGUMENTS_INPUTS,
    .options = {xd_options_forms, xd_options_redact, xd_options_judge, xd_options_keylog,
                xd_options_roots, xd_options_talk},
    .run = run_analyze,
};
