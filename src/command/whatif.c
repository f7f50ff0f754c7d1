/*
 * whatif.c - what zone and tunnels would do after changes.
 */
#include "read.h"

#include "expdiag/limits.h"

#include "say.h"

#include <string.h>
#include <unistd.h>

/* Changes of one run; each names nodes or files, and a case has a handful. */
enum { MOST_TRIES = 32 };

struct tries {
    struct xd_job_try rows[MOST_TRIES];
    size_t n;
    struct xd_job_try at; /* the last --at; argument NULL: none */
};

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

/* A change to try; its file is read later. */
static enum xd_rc take_try(struct xd_options *o, enum xd_try_kind kind,
                           const char *argument, struct xd_err *err)
{
    struct tries *all = o->own;
    struct xd_job_try t = {.kind = kind, .argument = argument};
    const char *value = split_node(argument, &t.node);

    if (all->n == MOST_TRIES) {
        return xd_err_set(err, XD_BAD, 0, "option '%s': too many changes for one run",
                          argument);
    }
    if (*value == '\0' || (value > argument && t.node.len == 0)) {
        return xd_err_set(err, XD_BAD, 0,
                          "change '%s': give a value, as in NODE=VALUE or VALUE alone",
                          argument);
    }
    if (kind == XD_TRY_EKU_CHECK) {
        t.on = strcmp(value, "on") == 0;
        if (!t.on && strcmp(value, "off") != 0) {
            return xd_options_refuse(err, "eku-check", argument,
                                     "choose on or off, or NODE=on");
        }
    } else {
        t.path = value;
    }
    all->rows[all->n++] = t;
    return XD_OK;
}

static enum xd_rc take_eku_check(struct xd_options *o, const char *value,
                                 struct xd_err *err)
{
    return take_try(o, XD_TRY_EKU_CHECK, value, err);
}

static enum xd_rc take_client_cert(struct xd_options *o, const char *value,
                                   struct xd_err *err)
{
    return take_try(o, XD_TRY_CLIENT_CERT, value, err);
}

static enum xd_rc take_server_cert(struct xd_options *o, const char *value,
                                   struct xd_err *err)
{
    return take_try(o, XD_TRY_SERVER_CERT, value, err);
}

static enum xd_rc take_ca(struct xd_options *o, const char *value, struct xd_err *err)
{
    return take_try(o, XD_TRY_CA, value, err);
}

/* Here another time is one of the changes, not one to judge the case at. */
static enum xd_rc take_at(struct xd_options *o, const char *value, struct xd_err *err)
{
    struct tries *all = o->own;

    all->at = (struct xd_job_try){.kind = XD_TRY_AT, .argument = value};
    return xd_options_take_time(value, &all->at.at, err);
}

static const struct xd_option options[] = {
    {.name = "eku-check",
     .argument = "[NODE=]on|off",
     .words = "on|off",
     .help = "try the EKU check on or off (of E)",
     .kind = XD_OPTION_TAKEN,
     .repeats = true,
     .take = take_eku_check},
    {.name = "client-cert",
     .argument = "[NODE=]FILE",
     .help = "try another client certificate (of C)",
     .kind = XD_OPTION_TAKEN,
     .repeats = true,
     .take = take_client_cert},
    {.name = "server-cert",
     .argument = "[NODE=]FILE",
     .help = "try another server certificate (of E)",
     .kind = XD_OPTION_TAKEN,
     .repeats = true,
     .take = take_server_cert},
    {.name = "ca",
     .argument = "[NODE=]FILE",
     .help = "try further trusted CAs (of all)",
     .kind = XD_OPTION_TAKEN,
     .repeats = true,
     .take = take_ca},
    {.name = "at",
     .argument = "TIME",
     .help = "try another time, or a date (UTC)",
     .kind = XD_OPTION_TAKEN,
     .take = take_at},
    {.name = NULL},
};

static enum xd_rc check_tries(struct xd_options *o, struct xd_err *err)
{
    struct tries *all = o->own;

    if (all->at.argument == NULL) {
        return XD_OK;
    }
    if (all->n == MOST_TRIES) {
        return xd_err_set(err, XD_BAD, 0, "option '--at': too many changes for one run");
    }
    all->rows[all->n++] = all->at;
    return XD_OK;
}

/* The files of the changes; what is in them is the worker's to read. */
static enum xd_rc read_tries(struct xd_run *run, struct tries *all, struct xd_err *err)
{
    for (size_t i = 0; i < all->n; i++) {
        struct xd_job_try *t = &all->rows[i];

        if (t->path != NULL &&
            xd_run_slurp(run, t->path, XD_MAX_TRY, &t->bytes, err) != XD_OK) {
            return XD_BAD;
        }
    }
    return XD_OK;
}

static int run_whatif(const struct xd_options *o)
{
    struct xd_run run = xd_run_new(o);
    struct tries *all = o->own;
    struct xd_reading what = {.report = XD_REPORT_WHATIF,
                              .depth = XD_DEPTH_ANALYZE,
                              .hash_inputs = true,
                              .what_if = true,
                              .tries = all->rows,
                              .n_tries = all->n};
    struct xd_err err = {0};
    int status = XD_EXIT_USAGE;

    if (read_tries(&run, all, &err) == XD_OK) {
        status = xd_read_and_report(&run, &what);
    } else {
        xd_say(err.text);
    }
    xd_run_done(&run);
    return status;
}

const struct xd_command xd_command_whatif = {
    .name = "whatif",
    .arguments = "BUNDLE...",
    .help = "what zone and SSH tunnels would do after a change",
    .examples = "expdiag whatif --eku-check off C-bundle.tar.gz E-bundle.tar.gz\n"
                "expdiag whatif --client-cert vcs8c=new.der --at 2027-06-01T00:00:00Z case",
    .takes = XD_ARGUMENTS_INPUTS,
    .own_size = sizeof(struct tries),
    .options = {options, xd_options_forms, xd_options_redact, xd_options_fail,
                xd_options_keylog, xd_options_roots, xd_options_talk},
    .check = check_tries,
    .run = run_whatif,
};
