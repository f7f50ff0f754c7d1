/*
 * command.h - what a command is, and what an option is.
 *
 * A command is one file with one descriptor and one row in commands.c.  From the
 * descriptors come parsing, --help, the completions of shells and the check of the
 * manual pages.
 */
#ifndef EXPDIAG_COMMAND_H
#define EXPDIAG_COMMAND_H

#include "expdiag/base.h"
#include "expdiag/clock.h"
#include "expdiag/finding.h"

struct xd_options;

/* Exit status, as the manual page lists it. */
enum {
    XD_EXIT_FINE = 0,
    XD_EXIT_FOUND = 1,
    XD_EXIT_USAGE = 2,
    XD_EXIT_UNREADABLE = 3,
    XD_EXIT_INTERNAL = 4
};

/* What becomes of an option's value. */
enum xd_option_kind {
    XD_OPTION_SWITCH, /* takes none: a bool becomes true */
    XD_OPTION_TEXT,   /* const char *: the value */
    XD_OPTION_CHOICE, /* int: 1 for the first of its words; 0 is left where not given */
    XD_OPTION_NUMBER, /* uint64_t from least to most; 0 is left where not given */
    XD_OPTION_TAKEN,  /* `take` reads it */
};

/* One option of one or more commands. */
struct xd_option {
    const char *name;
    const char *argument; /* as --help shows it; a "FILE" or "DIR" at its end is completed
                             as such; NULL: takes none */
    const char *words; /* "text|json|html": the values of a choice, or offers of shells */
    const char *help;
    enum xd_option_kind kind;
    char letter;    /* 0: none */
    bool joins;     /* shares its line of --help with the next one */
    bool own;       /* its place is in the command's own options, not in xd_options */
    bool repeats;   /* may well be given more than once */
    size_t place;   /* offset of the value */
    uint64_t least; /* of a number */
    uint64_t most;
    /* Of XD_OPTION_TAKEN; o->own is the command's. */
    enum xd_rc (*take)(struct xd_options *o, const char *value, struct xd_err *err);
};

enum { XD_OPTION_GROUPS = 7 };

/* What its arguments are, for parsing and for completion. */
enum xd_arguments {
    XD_ARGUMENTS_INPUTS,  /* one or more files or folders */
    XD_ARGUMENTS_PAIR,    /* two of them */
    XD_ARGUMENTS_ONE,     /* one */
    XD_ARGUMENTS_WORDS,   /* words, then files or folders; the command tells them apart */
    XD_ARGUMENTS_FINDING, /* the name of a finding, or nothing */
};

struct xd_command {
    const char *name;
    const char *arguments; /* "BUNDLE..." */
    const char *help;      /* one line */
    const char *notes;     /* lines of --help behind the options, or NULL */
    const char *examples;  /* of --help, separated by '\n' */
    enum xd_arguments takes;
    size_t own_size; /* bytes of its own options, zeroed before parsing */
    /* Each an array that ends with a row without a name; in the order of --help. */
    const struct xd_option *options[XD_OPTION_GROUPS];
    /* What the table cannot say of a command line that was read; may be NULL. */
    enum xd_rc (*check)(struct xd_options *o, struct xd_err *err);
    /* Does the work; gives the exit status. */
    int (*run)(const struct xd_options *o);
};

enum xd_format { XD_FORMAT_TEXT, XD_FORMAT_JSON, XD_FORMAT_HTML, XD_FORMAT_COUNT };

/* A choice counts from 1: 0 is one that was not given. */
enum xd_when { XD_WHEN_UNSET, XD_WHEN_AUTO, XD_WHEN_ALWAYS, XD_WHEN_NEVER };

/* The command line as a struct. */
struct xd_options {
    const struct xd_command *command;
    void *own; /* the command's own options, or NULL */
    bool bare; /* no command's name was given: it is the first of all */
    bool help;
    bool version;
    char **args; /* inputs, or what the command takes; borrowed from argv */
    size_t n_args;
    const char *last_option; /* and its value: of the command line */
    const char *last_value;
    const char *repeated; /* an input that was named twice and is among args once */
    const char *output;   /* of -o, and of --format: see outputs */
    int format;
    const char *outputs[XD_FORMAT_COUNT]; /* path or "-" of each report that is wanted */
    const char *keylog;
    const char *public_roots;
    xd_time at; /* XD_TIME_NONE: not given */
    int fail_on;
    int color; /* enum xd_when, as the next */
    int hyperlink;
    bool redact;
    const char *redact_map; /* path of the map of pseudonyms, or NULL */
    bool reproducible;
    bool no_progress;
    bool quiet;
    bool verbose;
};

/* Groups of options that several commands take. */
extern const struct xd_option xd_options_forms[];  /* where reports go */
extern const struct xd_option xd_options_redact[]; /* what they leave out */
extern const struct xd_option xd_options_plain[];  /* where plain text goes; progress */
extern const struct xd_option xd_options_keylog[];
extern const struct xd_option xd_options_roots[];
extern const struct xd_option xd_options_judge[]; /* --at, --fail-on */
extern const struct xd_option xd_options_fail[];  /* --fail-on alone */
extern const struct xd_option xd_options_talk[];  /* colours, progress, quiet, verbose */

/*
 * What every command takes, so that a script may give all of them the same ones, and has
 * no effect where the command does not list it.  None of them keeps something back.
 */
extern const struct xd_option xd_options_idle[];

/* Those of every command; no command lists them. */
extern const struct xd_option xd_options_always[];

/* The i-th command, or NULL behind the last; the first is the one without a word. */
const struct xd_command *xd_command_at(size_t i);
const struct xd_command *xd_command_find(const char *name);

/* The i-th option of a command (--help and --version are the last), or NULL. */
const struct xd_option *xd_command_option(const struct xd_command *c, size_t i);

/*
 * Read argv.  XD_BAD: a usage error, *err says which and the way out.  xd_options_done
 * frees what *out holds, also then.
 */
XD_MUST_USE enum xd_rc xd_options_parse(int argc, char **argv, struct xd_options *out,
                                        struct xd_err *err);
void xd_options_done(struct xd_options *o);

/* "--name 'value': way", a refusal for `take`. */
XD_MUST_USE enum xd_rc xd_options_refuse(struct xd_err *err, const char *name,
                                         const char *value, const char *way);

/* The value of --at: a time (RFC 3339), or a date alone, which is its midnight UTC. */
XD_MUST_USE enum xd_rc xd_options_take_time(const char *value, xd_time *out,
                                            struct xd_err *err);

/* The severity of --fail-on, or the default. */
enum xd_severity xd_options_fail_on(const struct xd_options *o);

/* The help page to standard output. */
void xd_help_print(const struct xd_options *o);

/*
 * The completions of "bash", "zsh" or "fish" to standard output, or "options", a line of
 * command, option and argument for each; false: none of these.
 */
bool xd_completions_print(const char *kind);

extern const struct xd_command xd_command_analyze;
extern const struct xd_command xd_command_flows;
extern const struct xd_command xd_command_certs;
extern const struct xd_command xd_command_whatif;
extern const struct xd_command xd_command_show;
extern const struct xd_command xd_command_diff;
extern const struct xd_command xd_command_xconfiguration;
extern const struct xd_command xd_command_xstatus;
extern const struct xd_command xd_command_batch;
extern const struct xd_command xd_command_fleet;
extern const struct xd_command xd_command_explain;

#endif
