/*
 * commands.c - the table of commands.
 */
#include "command.h"

#include <string.h>

/* In the order of --help. */
/* clang-format off */
static const struct xd_command *const commands[] = {
    &xd_command_analyze,
    &xd_command_flows,
    &xd_command_certs,
    &xd_command_whatif,
    &xd_command_show,
    &xd_command_diff,
    &xd_command_xconfiguration,
    &xd_command_xstatus,
    &xd_command_batch,
    &xd_command_fleet,
    &xd_command_explain,
};
/* clang-format on */

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

const struct xd_command *xd_command_at(size_t i)
{
    return i < N_COMMANDS ? commands[i] : NULL;
}

const struct xd_command *xd_command_find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(name, commands[i]->name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static const struct xd_option *group_of(const struct xd_command *c, size_t g)
{
    if (g < XD_OPTION_GROUPS && c->options[g] != NULL) {
        return c->options[g];
    }
    return NULL;
}

const struct xd_option *xd_command_option(const struct xd_command *c, size_t i)
{
    const struct xd_option *row = NULL;

    for (size_t g = 0; (row = group_of(c, g)) != NULL; g++) {
        for (; row->name != NULL; row++) {
            if (i-- == 0) {
                return row;
            }
        }
    }
    for (row = xd_options_always; row->name != NULL; row++) {
        if (i-- == 0) {
            return row;
        }
    }
    return NULL;
}
