/*
 * native.c - xconfiguration and xstatus: the appliance's own grammar on a dead bundle.
 */
#include "read.h"

#include "expdiag/buf.h"
#include "expdiag/inspect.h"
#include "expdiag/text.h"

#include "say.h"

#include <string.h>
#include <unistd.h>

/* What is asked, as the worker needs it. */
struct query {
    struct xd_inspect_query asked;
    const char **words;
    size_t n_words, cap_words;
};

/* A file or folder; no number and no plain word is taken for one by mistake. */
static bool is_input(const char *argument)
{
    return strcmp(argument, "-") == 0 ||
           (access(argument, F_OK) == 0 && strpbrk(argument, "./") != NULL);
}

/* Add the words of "Zones/Zone 1", without the command's own name in front. */
static void add_words(struct xd_run *run, struct query *q, const char *argument)
{
    static const char *const names[] = {"*c", "*s", "xConfiguration", "xStatus"};

    for (const char *at = argument; *at != '\0';) {
        size_t len = strcspn(at, " /:");
        struct xd_slice word = {(const uint8_t *)at, len};
        bool name = len == 0;

        for (size_t i = 0; q->n_words == 0 && i < 4; i++) {
            name = name || xd_text_equal_nocase(word, xd_slice_of(names[i]));
        }
        if (!name) {
            *XD_PUSH(run->arena, q, words) = xd_arena_text(run->arena, at, len);
        }
        at += len + (at[len] != '\0');
    }
}

/* The last argument is an input, and those before it that are files. */
static void split_arguments(struct xd_run *run, struct query *q)
{
    size_t first = run->o->n_args - 1;

    while (first > 0 && is_input(run->o->args[first - 1])) {
        first--;
    }
    for (size_t i = 0; i < first; i++) {
        add_words(run, q, run->o->args[i]);
    }
    run->paths = run->o->args + first;
    run->n_paths = run->o->n_args - first;
    q->asked.words = q->words;
    q->asked.n_words = q->n_words;
}

/* What is printed, and of which case. */
struct printing {
    const struct xd_case *cs;
    struct xd_inspect_answer out;
    enum xd_rc rc;
};

static enum xd_rc print(struct xd_run *run, void *arg, enum xd_format form,
                        struct xd_buf *hold, struct xd_err *err)
{
    const struct query *q = run->own;
    struct printing *p = arg;
    struct xd_inspect_query asked = q->asked;

    asked.hold = hold;
    p->rc = xd_inspect_print(p->cs, &asked, run->outputs[form].fd, &p->out, err);
    return p->rc;
}

static int answer(struct xd_run *run, struct xd_case *cs)
{
    const struct query *q = run->own;
    const char *what = q->asked.status ? "status" : "configuration";
    struct xd_redaction *r = run->o->redact ? xd_redact_dumped(&cs, 1) : NULL;
    struct printing p = {.cs = cs};
    struct xd_err err = {0};
    enum xd_rc rc = xd_read_write_forms(run, r, print, &p, &err);

    if (rc == XD_OK && run->outputs[XD_FORMAT_TEXT].fd < 0) { /* nowhere: for the status */
        rc = print(run, &p, XD_FORMAT_TEXT, NULL, &err);
    }
    xd_redaction_free(r);
    if (rc != XD_OK) {
        xd_say(err.text);
        return p.rc == XD_BAD ? XD_EXIT_USAGE : XD_EXIT_INTERNAL;
    }
    if (p.out.n_dumps == 0) {
        xd_say_of(what,
                  "no bundle holds a dump of it; the file is called xconf_dump_... or "
                  "xstat_dump_...");
        return XD_EXIT_UNREADABLE;
    }
    if (p.out.n_lines == 0 && p.out.miss[0] == '\0') {
        xd_say_of(what, "nothing of its dump could be read");
        return XD_EXIT_UNREADABLE;
    }
    if (p.out.n_lines == 0) {
        xd_say_of(what, p.out.miss);
        return XD_EXIT_USAGE;
    }
    return XD_EXIT_FINE;
}

static int work(struct xd_run *run)
{
    return xd_read_dumps(run, answer);
}

static int run_native(const struct xd_options *o, bool status)
{
    struct xd_run run = xd_run_new(o);
    struct query q = {.asked.status = status};

    split_arguments(&run, &q);
    run.own = &q;
    int rc = xd_run_supervised(&run, work);

    xd_run_done(&run);
    return rc;
}

/* "xconfiguration Zones": the bundle was left out. */
static enum xd_rc check_bundle(struct xd_options *o, struct xd_err *err)
{
    const char *last = o->args[o->n_args - 1];

    if (is_input(last) || access(last, F_OK) == 0 || strpbrk(last, "./") != NULL) {
        return XD_OK;
    }
    struct xd_buf words = {.max = 400};

    for (size_t i = 0; i < o->n_args; i++) {
        xd_buf_printf(&words, "%s ", o->args[i]);
    }
    enum xd_rc rc =
        xd_err_set(err, XD_BAD, 0,
                   "'%s': no such file; the bundle stands last, as in 'expdiag %s "
                   "%sC-bundle.tar.gz'",
                   last, o->command->name, xd_buf_text(&words));
    xd_buf_done(&words);
    return rc;
}

static int run_configuration(const struct xd_options *o)
{
    return run_native(o, false);
}

static int run_status(const struct xd_options *o)
{
    return run_native(o, true);
}

#define NOTES                                                           \
    "Without WORDS: all of it.  Words may be shortened, and joined by " \
    "slashes.\n"                                                        \
    "Secrets are printed as \"****\".  Text and XML dumps give the same lines."

const struct xd_command xd_command_xconfiguration = {
    .name = "xconfiguration",
    .arguments = "[WORDS] BUNDLE...",
    .help = "the settings in a bundle, as the appliance prints them",
    .notes = NOTES,
    .examples = "expdiag xconfiguration Zones Zone 1 C-bundle.tar.gz\n"
                "expdiag xconfiguration sip tls cert C-bundle.tar.gz E-bundle.tar.gz\n"
                "expdiag xconfiguration Zones/Zone/1/Name ./case-folder",
    .takes = XD_ARGUMENTS_WORDS,
    .options = {xd_options_plain},
    .check = check_bundle,
    .run = run_configuration,
};

const struct xd_command xd_command_xstatus = {
    .name = "xstatus",
    .arguments = "[WORDS] BUNDLE...",
    .help = "the status in a bundle, as the appliance prints it",
    .notes = NOTES,
    .examples = "expdiag xstatus Zones C-bundle.tar.gz\n"
                "expdiag xstatus tunnels C-bundle.tar.gz E-bundle.tar.gz\n"
                "expdiag xstatus alarm ./case-folder",
    .takes = XD_ARGUMENTS_WORDS,
    .options = {xd_options_plain},
    .check = check_bundle,
    .run = run_status,
};
