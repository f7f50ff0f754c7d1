/*
 * help.c - the help pages, printed from the descriptors.
 */
#include "command.h"

#include "expdiag/buf.h"

#include <stdio.h>
#include <string.h>

enum { LEFT_MAX = 200, LEFT_LEAST = 22, LEFT_MOST = 27 };

/* The option that shares the line of the i-th, or NULL. */
static const struct xd_option *joined_to(const struct xd_command *c, size_t i)
{
    const struct xd_option *row = xd_command_option(c, i);

    return row->joins ? xd_command_option(c, i + 1) : NULL;
}

/* "-o, --output FILE"; an argument that the next one on the line has too stands there. */
static void add_left(struct xd_buf *left, const struct xd_option *row,
                     const struct xd_option *next)
{
    bool same = next != NULL && next->argument != NULL && row->argument != NULL &&
                strcmp(row->argument, next->argument) == 0;

    if (row->letter != 0) {
        xd_buf_printf(left, "-%c, ", row->letter);
    } else if (left->len == 0) {
        xd_buf_puts(left, "    ");
    }
    xd_buf_printf(left, "--%s", row->name);
    if (row->argument != NULL && !same) {
        xd_buf_printf(left, " %s", row->argument);
    }
    xd_buf_puts(left, next != NULL ? ", " : "");
}

/* "NSS key log; roots to call public"; what is the same for all is said once. */
static void add_help(struct xd_buf *help, const char *words)
{
    if (help->len == 0 || strcmp(xd_buf_text(help), words) != 0) {
        xd_buf_printf(help, "%s%s", help->len > 0 ? "; " : "", words);
    }
}

/* One line of the list; *i moves behind the options that it speaks of.  false: the end. */
static bool take_line(const struct xd_command *c, size_t *i, struct xd_buf *left,
                      struct xd_buf *help)
{
    const struct xd_option *row = NULL;

    xd_buf_clear(left);
    xd_buf_clear(help);
    while ((row = xd_command_option(c, *i)) != NULL) {
        const struct xd_option *next = joined_to(c, *i);

        (*i)++;
        add_left(left, row, next);
        add_help(help, row->help);
        if (next == NULL) {
            return true;
        }
    }
    return false;
}

static void print_options(const struct xd_command *c)
{
    struct xd_buf left = {.max = LEFT_MAX};
    struct xd_buf help = {.max = LEFT_MAX};
    size_t width = LEFT_LEAST;

    for (size_t i = 0; take_line(c, &i, &left, &help);) {
        width = left.len > width && left.len <= LEFT_MOST ? left.len : width;
    }
    (void)puts("\nOptions");
    for (size_t i = 0; take_line(c, &i, &left, &help);) {
        (void)printf("  %-*s  %s\n", (int)width, xd_buf_text(&left), xd_buf_text(&help));
    }
    xd_buf_done(&left);
    xd_buf_done(&help);
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

/* One line where that has room. */
static void print_head(const struct xd_command *c)
{
    enum { SCREEN = 80 };
    struct xd_buf head = {.max = LEFT_MAX};

    xd_buf_printf(&head, "expdiag %s %s", c->name, c->arguments);
    bool room = head.len + strlen(" - ") + strlen(c->help) < SCREEN;
    (void)printf("%s%s%s\n", xd_buf_text(&head), room ? " - " : "\n  ", c->help);
    xd_buf_done(&head);
}

void xd_help_print(const struct xd_options *o)
{
    const struct xd_command *c = o->command;

    if (!o->bare) {
        print_head(c);
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
