/*
 * help.c - the help pages, printed from the descriptors.
 */
#include "command.h"

#include "expdiag/buf.h"

#include <stdio.h>
#include <string.h>

enum { LEFT_MAX = 200, LEFT_LEAST = 22, LEFT_MOST = 30 };

/* "-o, --output FILE", or with those before it that share its line. */
static void add_left(struct xd_buf *left, const struct xd_option *row, bool last)
{
    if (left->len == 0 && row->letter != 0) {
        xd_buf_printf(left, "-%c, ", row->letter);
    } else if (left->len == 0) {
        xd_buf_puts(left, "    ");
    }
    xd_buf_printf(left, "--%s", row->name);
    if (last && row->argument != NULL) {
        xd_buf_printf(left, " %s", row->argument);
    } else if (!last) {
        xd_buf_puts(left, ", ");
    }
}

/* One line of the list; *i moves behind the options that it speaks of.  false: the end. */
static bool take_line(const struct xd_command *c, size_t *i, struct xd_buf *left,
                      const char **help)
{
    const struct xd_option *row = NULL;

    xd_buf_clear(left);
    while ((row = xd_command_option(c, *i)) != NULL) {
        (*i)++;
        add_left(left, row, row->help != NULL);
        if (row->help != NULL) {
            *help = row->help;
            return true;
        }
    }
    return false;
}

static void print_options(const struct xd_command *c)
{
    struct xd_buf left = {.max = LEFT_MAX};
    const char *help = NULL;
    size_t width = LEFT_LEAST;

    for (size_t i = 0; take_line(c, &i, &left, &help);) {
        width = left.len > width && left.len <= LEFT_MOST ? left.len : width;
    }
    (void)puts("\nOptions");
    for (size_t i = 0; take_line(c, &i, &left, &help);) {
        (void)printf("  %-*s  %s\n", (int)width, xd_buf_text(&left), help);
    }
    xd_buf_done(&left);
}

static void print_examples(const char *examples)
{
    (void)puts("\nExamples");
    for (const char *line = examples; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        (void)printf("  %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

static void print_commands(void)
{
    const struct xd_command *c = NULL;

    (void)puts("Commands");
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        (void)printf("  %-14s %s\n", c->name, c->help);
    }
}

void xd_help_print(const struct xd_options *o)
{
    const struct xd_command *c = o->command;

    if (!o->bare) {
        (void)printf("expdiag %s %s\n  %s\n", c->name, c->arguments, c->help);
        print_options(c);
        if (c->notes != NULL) {
            (void)printf("\n%s\n", c->notes);
        }
        print_examples(c->examples);
        return;
    }
    (void)puts(
        "expdiag - explain certificate failures from Expressway diagnostic bundles\n");
    print_commands();
    (void)puts(
        "\nA BUNDLE is a folder, a .tar (.gz, .xz, .zst, .bz2), a .zip, an archive of\n"
        "these, or - for standard input.  'expdiag COMMAND --help' lists its options.\n"
        "Exit status: 0 nothing found at or above --fail-on; 1 found; 2 usage; 3 an\n"
        "input could not be read at all; 4 expdiag itself failed.");
    print_examples(c->examples);
}
