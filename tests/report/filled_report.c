/*
 * filled_report.c - prints a report of the filled case of the unit tests, for the
 * schema check and for a look at it: filled_report [json|text|html] [analyze|flows|certs].
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "filled.h"

int main(int argc, char **argv)
{
    const char *form = argc < 2 ? "json" : argv[1];
    const char *command = argc < 3 ? "analyze" : argv[2];
    struct xd_report_options options =
        filled_options(strcmp(command, "flows") == 0   ? XD_REPORT_FLOWS
                       : strcmp(command, "certs") == 0 ? XD_REPORT_CERTS
                                                       : XD_REPORT_ANALYZE);
    struct xd_case *cs = filled_case();
    struct xd_err err = {0};

    options.color = isatty(STDOUT_FILENO) == 1;
    options.verbose = argc > 3;
    enum xd_rc rc =
        strcmp(form, "json") == 0   ? xd_report_json(cs, &options, STDOUT_FILENO, &err)
        : strcmp(form, "html") == 0 ? xd_report_html(cs, &options, STDOUT_FILENO, &err)
                                    : xd_report_text(cs, &options, STDOUT_FILENO, &err);
    xd_case_free(cs);
    if (rc != XD_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    return rc == XD_OK ? 0 : 1;
}
