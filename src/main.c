/*
 * main.c - the program: a command line to a command, a command to an exit status.
 */
#include "command/command.h"
#include "command/say.h"
#include "expdiag/alloc.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

/* What stands in stdout's buffer must reach its reader before we call it done. */
static int flushed(int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    xd_say("standard output could not be written");
    return XD_EXIT_INTERNAL;
}

static int run(const struct xd_options *o)
{
    if (o->version) {
        (void)puts("expdiag " EXPDIAG_VERSION);
        return XD_EXIT_FINE;
    }
    if (o->help) {
        xd_help_print(o);
        return XD_EXIT_FINE;
    }
    return o->command->run(o);
}

int main(int argc, char **argv)
{
    struct xd_options o;
    struct xd_err err = {0};
    int status = XD_EXIT_USAGE;

    xd_alloc_on_end(xd_say_memory_ended, NULL);
    /* libarchive gives no name that the locale cannot write; all of ours are UTF-8. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");

    /* For the build, and for who installs by hand: no option of any command. */
    if (argc > 1 && strcmp(argv[1], "--completions") == 0) {
        if (argc == 3 && xd_completions_print(argv[2])) {
            return flushed(XD_EXIT_FINE);
        }
        xd_say("--completions: choose bash, zsh or fish");
        return XD_EXIT_USAGE;
    }
    if (xd_options_parse(argc, argv, &o, &err) == XD_OK) {
        status = flushed(run(&o));
    } else {
        xd_say(err.text);
    }
    xd_options_done(&o);
    return status;
}
