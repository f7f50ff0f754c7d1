/*
 * options.c - the command line, read from one table that --help prints too.
 */
#include "options.h"

#include "expdiag/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where an option applies. */
enum {
    FOR_ANALYZE = 1 << COMMAND_ANALYZE,
    FOR_FLOWS = 1 << COMMAND_FLOWS,
    FOR_CERTS = 1 << COMMAND_CERTS,
    FOR_WHATIF = 1 << COMMAND_WHATIF,
    FOR_EXPLAIN = 1 << COMMAND_EXPLAIN,
    FOR_READING = FOR_ANALYZE | FOR_FLOWS | FOR_CERTS | FOR_WHATIF,
    FOR_ALL = FOR_READING | FOR_EXPLAIN,
};

struct command_row {
    const char *name;
    const char *arguments;
    const char *help;
    const char *examples; /* of --help, separated by '\n' */
};

/* In the order of enum command. */
static const struct command_row commands[] = {
    {"analyze", "BUNDLE...", "say what failed, why, and what to do (also without the word)",
     "expdiag analyze C-bundle.tar.gz E-bundle.tar.gz\n"
     "expdiag analyze --json report.json case-folder"},
    {"flows", "INPUT...", "the handshakes alone: who presented what to whom",
     "expdiag flows capture.pcap\n"
     "expdiag flows --failed --port 7001 E-bundle.tar.gz"},
    {"certs", "INPUT...", "the certificates alone: stores, chains, purposes, validity",
     "expdiag certs C-bundle.tar.gz\n"
     "expdiag certs --format json server.pem"},
    {"whatif", "BUNDLE...", "what zone and SSH tunnels would do after a change",
     "expdiag whatif --eku-check off C-bundle.tar.gz E-bundle.tar.gz\n"
     "expdiag whatif --client-cert new.pem --ca new-ca.pem case-folder\n"
     "expdiag whatif --client-cert vcs8c=new.der --at 2027-06-01T00:00:00Z case-folder"},
    {"explain", "[FINDING]", "what a finding means, how it is decided, what to do",
     "expdiag explain\n"
     "expdiag explain client-eku-missing"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

enum option_key {
    OPT_OUTPUT = 256,
    OPT_FORMAT,
    OPT_JSON,
    OPT_HTML,
    OPT_TEXT,
    OPT_KEYLOG,
    OPT_PUBLIC_ROOTS,
    OPT_AT,
    OPT_EKU_CHECK,
    OPT_CLIENT_CERT,
    OPT_SERVER_CERT,
    OPT_CA,
    OPT_FAIL_ON,
    OPT_REPRODUCIBLE,
    OPT_COLOR,
    OPT_NO_PROGRESS,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_FILTER,
    OPT_HOST,
    OPT_PORT,
    OPT_FAILED,
    OPT_HELP,
    OPT_VERSION,
};

struct option_row {
    enum option_key key;
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: takes none */
    int commands;
    const char *help;
};

static const struct option_row rows[] = {
    {OPT_OUTPUT, "output", 'o', "FILE", FOR_READING, "write the report to FILE"},
    {OPT_FORMAT, "format", 0, "text|json|html", FOR_READING, "form of that report (text)"},
    {OPT_JSON, "json", 0, "FILE", FOR_READING, "write JSON to FILE as well"},
    {OPT_HTML, "html", 0, "FILE", FOR_READING, "write a page for people to FILE as well"},
    {OPT_TEXT, "text", 0, "FILE", FOR_READING, "write text to FILE as well"},
    {OPT_KEYLOG, "keylog", 0, "FILE", FOR_ANALYZE | FOR_FLOWS | FOR_WHATIF,
     "NSS key log to open TLS with"},
    {OPT_PUBLIC_ROOTS, "public-roots", 0, "FILE", FOR_READING,
     "PEM of the roots to call public"},
    {OPT_AT, "at", 0, "TIME", FOR_ANALYZE | FOR_WHATIF,
     "judge validity at TIME (RFC 3339)"},
    {OPT_EKU_CHECK, "eku-check", 0, "[NODE=]on|off", FOR_WHATIF,
     "try the EKU check on or off (of E)"},
    {OPT_CLIENT_CERT, "client-cert", 0, "[NODE=]FILE", FOR_WHATIF,
     "try another client certificate (of C)"},
    {OPT_SERVER_CERT, "server-cert", 0, "[NODE=]FILE", FOR_WHATIF,
     "try another server certificate (of E)"},
    {OPT_CA, "ca", 0, "[NODE=]FILE", FOR_WHATIF, "try further trusted CAs (of all)"},
    {OPT_FAIL_ON, "fail-on", 0, "SEVERITY", FOR_ANALYZE | FOR_WHATIF,
     "exit with 1 from info|warning|error|critical (error)"},
    {OPT_FILTER, "filter", 0, "EXPRESSION", FOR_FLOWS, "capture filter as in tcpdump"},
    {OPT_HOST, "host", 0, "HOST", FOR_FLOWS,
     "conversations of this address, node or name only"},
    {OPT_PORT, "port", 0, "PORT", FOR_FLOWS, "conversations of this port only"},
    {OPT_FAILED, "failed", 0, NULL, FOR_FLOWS, "failed conversations only"},
    {OPT_REPRODUCIBLE, "reproducible", 0, NULL, FOR_READING,
     "no time of writing in the report"},
    {OPT_COLOR, "color", 0, "auto|always|never", FOR_ALL, "colours in text (auto)"},
    {OPT_NO_PROGRESS, "no-progress", 0, NULL, FOR_READING, "no progress on a terminal"},
    {OPT_QUIET, "quiet", 'q', NULL, FOR_ALL,
     "no report on standard output; the exit status tells"},
    {OPT_VERBOSE, "verbose", 'v', NULL, FOR_ALL, "all evidence, message ladders"},
    {OPT_HELP, "help", 'h', NULL, FOR_ALL, "this help, or a command's own"},
    {OPT_VERSION, "version", 'V', NULL, FOR_ALL, "version"},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

/* What parsing keeps beside the options themselves. */
struct parsing {
    struct options *o;
    const char *output; /* of -o */
    enum report_format format;
    bool format_given;
    int used; /* commands that every option given applies to */
    const char *at_argument;
    const char *misfit; /* the last option that narrowed it */
    struct xd_err *err;
};

static enum xd_rc usage(struct parsing *p, const char *what, const char *value,
                        const char *way)
{
    return xd_err_set(p->err, XD_BAD, 0, "%s '%s': %s", what, value, way);
}

static enum xd_rc take_format(struct parsing *p, const char *value)
{
    p->format_given = true;
    if (strcmp(value, "text") == 0) {
        p->format = FORMAT_TEXT;
    } else if (strcmp(value, "json") == 0) {
        p->format = FORMAT_JSON;
    } else if (strcmp(value, "html") == 0) {
        p->format = FORMAT_HTML;
    } else {
        return usage(p, "--format", value, "choose text, json or html");
    }
    return XD_OK;
}

static enum xd_rc take_color(struct parsing *p, const char *value)
{
    static const char *const names[] = {"auto", "always", "never"};

    for (int i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) == 0) {
            p->o->color = (enum color_when)i;
            return XD_OK;
        }
    }
    return usage(p, "--color", value, "choose auto, always or never");
}

static enum xd_rc take_port(struct parsing *p, const char *value)
{
    uint64_t port = 0;

    if (!xd_text_number(xd_slice_of(value), UINT16_MAX, &port) || port == 0) {
        return usage(p, "--port", value, "give a number from 1 to 65535");
    }
    p->o->show.port = (uint16_t)port;
    return XD_OK;
}

/* Where the value begins behind "NODE="; *node is empty where none is named. */
static const char *split_node(const char *argument, struct xd_slice *node)
{
    const char *mark = strchr(argument, '=');

    *node = (struct xd_slice){NULL, 0};
    /* A file may well have the sign in its name. */
    if (mark == NULL || access(argument, F_OK) == 0) {
        return argument;
    }
    *node = (struct xd_slice){(const uint8_t *)argument, (size_t)(mark - argument)};
    return mark + 1;
}

static enum xd_try_kind try_kind(enum option_key key)
{
    switch ((int)key) {
    case OPT_EKU_CHECK:
        return XD_TRY_EKU_CHECK;
    case OPT_CLIENT_CERT:
        return XD_TRY_CLIENT_CERT;
    case OPT_SERVER_CERT:
        return XD_TRY_SERVER_CERT;
    case OPT_CA:
        return XD_TRY_CA;
    default:
        return XD_TRY_AT;
    }
}

/* A change to try; its file is read later. */
static enum xd_rc take_try(struct parsing *p, enum option_key key, const char *argument)
{
    struct xd_job_try t = {.kind = try_kind(key), .argument = argument};
    const char *value = split_node(argument, &t.node);

    if (p->o->n_tries == MOST_TRIES) {
        return usage(p, "option", argument, "too many changes for one run");
    }
    if (*value == '\0' || (value > argument && t.node.len == 0)) {
        return usage(p, "change", argument,
                     "give a value, as in NODE=VALUE or VALUE alone");
    }
    if (key == OPT_EKU_CHECK) {
        t.on = strcmp(value, "on") == 0;
        if (!t.on && strcmp(value, "off") != 0) {
            return usage(p, "--eku-check", argument, "choose on or off, or NODE=on");
        }
    } else {
        t.path = value;
    }
    p->o->tries[p->o->n_tries++] = t;
    return XD_OK;
}

/* Options whose value must be understood. */
static enum xd_rc take_value(struct parsing *p, enum option_key key, const char *value)
{
    if (key == OPT_FORMAT) {
        return take_format(p, value);
    }
    if (key == OPT_COLOR) {
        return take_color(p, value);
    }
    if (key == OPT_PORT) {
        return take_port(p, value);
    }
    if (key == OPT_EKU_CHECK || key == OPT_CLIENT_CERT || key == OPT_SERVER_CERT ||
        key == OPT_CA) {
        return take_try(p, key, value);
    }
    if (key == OPT_AT) {
        p->at_argument = value;
    }
    if (key == OPT_HOST) {
        p->o->host = value;
    }
    if (key == OPT_HOST && !xd_addr_parse(value, strlen(value), &p->o->show.host)) {
        p->o->show.host_name = value;
    }
    if (key == OPT_FAIL_ON && !xd_severity_by_name(value, &p->o->fail_on)) {
        return usage(p, "--fail-on", value, "choose info, warning, error or critical");
    }
    if (key == OPT_AT && !xd_time_parse(value, strlen(value), &p->o->at, NULL)) {
        return usage(p, "--at", value, "give a time such as 2026-03-29T07:00:00Z");
    }
    return XD_OK;
}

/* Where a plain text option is kept; NULL for others. */
static const char **text_place(struct parsing *p, enum option_key key)
{
    struct options *o = p->o;

    switch ((int)key) {
    case OPT_OUTPUT:
        return &p->output;
    case OPT_JSON:
        return &o->outputs[FORMAT_JSON];
    case OPT_HTML:
        return &o->outputs[FORMAT_HTML];
    case OPT_TEXT:
        return &o->outputs[FORMAT_TEXT];
    case OPT_KEYLOG:
        return &o->keylog;
    case OPT_PUBLIC_ROOTS:
        return &o->public_roots;
    case OPT_FILTER:
        return &o->capture_filter;
    default:
        return NULL;
    }
}

/* Where a switch is kept; NULL for options with a value, and for no-progress. */
static bool *switch_place(struct options *o, enum option_key key)
{
    switch ((int)key) {
    case OPT_FAILED:
        return &o->show.failed;
    case OPT_REPRODUCIBLE:
        return &o->reproducible;
    case OPT_QUIET:
        return &o->quiet;
    case OPT_VERBOSE:
        return &o->verbose;
    case OPT_HELP:
        return &o->help;
    case OPT_VERSION:
        return &o->version;
    default:
        return NULL;
    }
}

static enum xd_rc take_option(struct parsing *p, const struct option_row *row,
                              const char *value)
{
    const char **text = text_place(p, row->key);
    bool *on = switch_place(p->o, row->key);

    if ((p->used & row->commands) != p->used) {
        p->used &= row->commands;
        p->misfit = row->name;
    }
    if (on != NULL) {
        *on = true;
        return XD_OK;
    }
    if (text != NULL) {
        *text = value;
        return XD_OK;
    }
    return take_value(p, row->key, value);
}

static const struct option_row *find_row(int key)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        if (key == (int)rows[i].key || (rows[i].letter != 0 && key == rows[i].letter)) {
            return &rows[i];
        }
    }
    return NULL;
}

/* The table and letters as getopt_long wants them; both zeroed by the caller. */
static void fill_getopt(struct option table[N_ROWS + 1], char letters[2 * N_ROWS + 2])
{
    size_t n = 0;

    letters[n++] = ':'; /* a missing value is ':', not '?' */
    for (size_t i = 0; i < N_ROWS; i++) {
        table[i] =
            (struct option){rows[i].name, rows[i].argument != NULL, NULL, (int)rows[i].key};
        if (rows[i].letter != 0) {
            letters[n++] = rows[i].letter;
        }
        if (rows[i].letter != 0 && rows[i].argument != NULL) {
            letters[n++] = ':';
        }
    }
}

/* The long option that "--colour=auto" or "--reproducable" was meant to be, or NULL. */
static const char *nearest_option(const char *given)
{
    char name[32];
    size_t len = strcspn(given, "=");

    if (len < 4 || len >= sizeof(name) || strncmp(given, "--", 2) != 0) {
        return NULL;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)len, given);
    for (size_t i = 0; i < N_ROWS; i++) {
        if (xd_text_distance(name + 2, rows[i].name) <= XD_TEXT_SLIP) {
            return rows[i].name;
        }
    }
    return NULL;
}

static enum xd_rc refuse_option(struct parsing *p, const char *given)
{
    const char *near = nearest_option(given);

    if (near != NULL) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "option '%s': there is none of that name; did you mean '--%s'?",
                          given, near);
    }
    return usage(p, "option", given,
                 "there is none of that name; 'expdiag --help' lists them");
}

static enum xd_rc read_options(int argc, char **argv, struct parsing *p)
{
    struct option table[N_ROWS + 1] = {0};
    char letters[2 * N_ROWS + 2] = "";

    fill_getopt(table, letters);
    opterr = 0;
    for (;;) {
        int at = optind;
        int key = getopt_long(argc, argv, letters, table, NULL);
        const char *given = argv[at < argc ? at : argc - 1];

        if (key == -1) {
            return XD_OK;
        }
        if (key == ':') {
            return usage(p, "option", given, "needs a value");
        }
        const struct option_row *row = key == '?' ? NULL : find_row(key);

        if (row == NULL) {
            return refuse_option(p, given);
        }
        enum xd_rc rc = take_option(p, row, optarg);

        if (rc != XD_OK) {
            return rc;
        }
    }
}

/* "expdiag help" and "expdiag help flows", unless that is a file. */
static void take_help(struct options *o)
{
    if (o->n_args > 0 && strcmp(o->args[0], "help") == 0 && access("help", F_OK) != 0) {
        o->help = true;
        o->args++;
        o->n_args--;
    }
}

/* The first argument may be a command's name; else it is a bundle to analyze. */
static void take_command(struct options *o)
{
    o->help_all = o->help;
    for (size_t i = 0; o->n_args > 0 && i < N_COMMANDS; i++) {
        if (strcmp(o->args[0], commands[i].name) == 0) {
            o->command = (enum command)i;
            o->args++;
            o->n_args--;
            o->help_all = false;
            return;
        }
    }
}

/* -o and --format name one report; standard output gets one unless all go elsewhere. */
static enum xd_rc settle_outputs(struct parsing *p)
{
    static const char *const names[FORMAT_COUNT] = {"--text", "--json", "--html"};
    struct options *o = p->o;
    bool elsewhere = o->outputs[FORMAT_TEXT] != NULL || o->outputs[FORMAT_JSON] != NULL ||
                     o->outputs[FORMAT_HTML] != NULL;

    if (p->output != NULL && o->outputs[p->format] != NULL) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "-o '%s' and %s '%s' name the same report; leave one out",
                          p->output, names[p->format], o->outputs[p->format]);
    }
    if (p->output != NULL) {
        o->outputs[p->format] = p->output;
    } else if (!o->quiet && (p->format_given || !elsewhere)) {
        o->outputs[p->format] = "-";
    }
    return XD_OK;
}

/* To whatif another time is one of the changes. */
static void settle_time(struct parsing *p)
{
    struct options *o = p->o;

    if (o->command != COMMAND_WHATIF || o->at == XD_TIME_NONE) {
        return;
    }
    if (o->n_tries < MOST_TRIES) {
        o->tries[o->n_tries++] =
            (struct xd_job_try){.kind = XD_TRY_AT, .argument = p->at_argument, .at = o->at};
    }
    o->at = XD_TIME_NONE;
}

/* A first word that is no file, but nearly a command. */
static enum xd_rc refuse_near_command(struct parsing *p)
{
    const char *word = p->o->args[0];

    if (access(word, F_OK) == 0) {
        return XD_OK;
    }
    if (xd_finding_by_name(word) != XD_FINDING_COUNT) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "'%s': no such file; did you mean 'expdiag explain %s'?", word,
                          word);
    }
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (xd_text_distance(word, commands[i].name) <= XD_TEXT_SLIP) {
            return xd_err_set(
                p->err, XD_BAD, 0,
                "'%s': no such file, and no command of that name; did you mean "
                "'expdiag %s'?",
                word, commands[i].name);
        }
    }
    return XD_OK;
}

static enum xd_rc check_arguments(struct parsing *p)
{
    const struct options *o = p->o;

    if ((p->used & 1 << o->command) == 0) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "option '--%s' does not go with '%s'; see 'expdiag %s --help'",
                          p->misfit, commands[o->command].name, commands[o->command].name);
    }
    if (o->command == COMMAND_EXPLAIN && o->n_args > 1) {
        return usage(p, "argument", o->args[1], "explain takes one finding");
    }
    if (o->command != COMMAND_EXPLAIN && o->n_args == 0) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "nothing to read: name one or more bundles, as in 'expdiag %s'",
                          "analyze C-bundle.tar.gz E-bundle.tar.gz");
    }
    return o->command == COMMAND_EXPLAIN ? XD_OK : refuse_near_command(p);
}

/* The very same path twice is one input: read once, and said. */
static void drop_repeats(struct options *o)
{
    enum { COMPARED = 1000 }; /* a folder's worth of names must not cost its square */
    size_t kept = 0;

    for (size_t i = 0; i < o->n_args; i++) {
        size_t k = 0;

        while (k < kept && k < COMPARED && strcmp(o->args[k], o->args[i]) != 0) {
            k++;
        }
        if (k < kept && k < COMPARED) {
            o->repeated = o->args[k];
        } else {
            o->args[kept++] = o->args[i];
        }
    }
    o->n_args = kept;
}

enum xd_rc options_parse(int argc, char **argv, struct options *out, struct xd_err *err)
{
    struct parsing p = {.o = out, .err = err, .used = FOR_ALL};

    *out = (struct options){.at = XD_TIME_NONE, .fail_on = XD_ERROR};
    enum xd_rc rc = read_options(argc, argv, &p);

    if (rc != XD_OK) {
        return rc;
    }
    out->args = argv + optind;
    out->n_args = (size_t)(argc - optind);
    take_help(out);
    take_command(out);
    if (out->help || out->version) {
        return XD_OK;
    }
    if (settle_outputs(&p) != XD_OK) {
        return XD_BAD;
    }
    settle_time(&p);
    if (out->command != COMMAND_EXPLAIN) {
        drop_repeats(out);
    }
    return check_arguments(&p);
}

static void add_filter(struct xd_buf *buf, const char *option, const char *value)
{
    xd_buf_printf(buf, "%s--%s%s%s", buf->len > 0 ? ", " : "", option,
                  value[0] != '\0' ? " " : "", value);
}

const char *options_filters(const struct options *o, struct xd_buf *buf)
{
    if (o->capture_filter != NULL) {
        add_filter(buf, "filter", o->capture_filter);
    }
    if (o->host != NULL) {
        add_filter(buf, "host", o->host);
    }
    if (o->show.port != 0) {
        char port[8];

        (void)snprintf(port, sizeof(port), "%u", o->show.port);
        add_filter(buf, "port", port);
    }
    if (o->show.failed) {
        add_filter(buf, "failed", "");
    }
    return buf->len > 0 ? xd_buf_text(buf) : NULL;
}

static void print_rows(int for_commands)
{
    (void)puts("\nOptions");
    for (size_t i = 0; i < N_ROWS; i++) {
        char left[48];
        char letter[5] = "    ";

        if ((rows[i].commands & for_commands) == 0) {
            continue;
        }
        if (rows[i].letter != 0) {
            (void)snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
        }
        (void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, rows[i].name,
                       rows[i].argument != NULL ? " " : "",
                       rows[i].argument != NULL ? rows[i].argument : "");
        (void)printf("  %-30s  %s\n", left, rows[i].help);
    }
}

static void print_examples(const char *examples)
{
    for (const char *line = examples; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        (void)printf("  %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
}

void options_print_help(const struct options *o)
{
    const struct command_row *c = &commands[o->command];

    if (!o->help_all) {
        (void)printf("expdiag %s %s - %s\n", c->name, c->arguments, c->help);
        print_rows(1 << o->command);
        (void)puts("\nExamples");
        print_examples(c->examples);
        return;
    }
    (void)puts(
        "expdiag - explain certificate failures from Expressway diagnostic bundles\n\n"
        "Commands");
    for (size_t i = 0; i < N_COMMANDS; i++) {
        (void)printf("  %-8s %-10s  %s\n", commands[i].name, commands[i].arguments,
                     commands[i].help);
    }
    print_rows(FOR_ALL);
    (void)puts(
        "\nA BUNDLE is a folder, a .tar (.gz, .xz, .zst, .bz2), a .zip, an archive of\n"
        "these, or - for standard input.  Nothing is extracted to disk.\n"
        "Exit status: 0 nothing found at or above --fail-on; 1 found; 2 usage; 3 an\n"
        "input could not be read at all; 4 expdiag itself failed.\n\nExamples");
    print_examples(commands[COMMAND_ANALYZE].examples);
}
