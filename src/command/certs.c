/*
 * certs.c - the certificates alone.
 */
#include "read.h"

static int run_certs(const struct xd_options *o)
{
    struct xd_run run = xd_run_new(o);
    struct xd_reading what = {.report = XD_REPORT_CERTS, .depth = XD_DEPTH_CERTS};
    int status = xd_read_and_report(&run, &what);

    xd_run_done(&run);
    return status;
}

const struct xd_command xd_command_certs = {
    .name = "certs",
    .arguments = "INPUT...",
    .help = "the certificates alone: stores, chains, purposes, validity",
    .notes = "An INPUT is a bundle, or a PEM or DER file.",
    .examples = "expdiag certs C-bundle.tar.gz\n"
                "expdiag certs --format json server.pem",
    .takes = XD_ARGUMENTS_INPUTS,
    .options = {xd_options_forms, xd_options_redact, xd_options_roots, xd_options_talk},
    .run = run_certs,
};
