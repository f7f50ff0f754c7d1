/*
 * options.c - the options that several commands share.
 */
#include "command.h"

#include <string.h>

#define PLACE(member) offsetof(struct xd_options, member)

enum xd_rc xd_options_take_time(const char *value, xd_time *out, struct xd_err *err)
{
    static const char midnight[] = "T00:00:00Z";
    size_t date = strlen("2026-03-29");
    char whole[32] = "";

    if (strlen(value) == date) {
        memcpy(whole, value, date);
        memcpy(whole + date, midnight, sizeof(midnight));
        value = whole;
    }
    if (!xd_time_parse(value, strlen(value), out, NULL)) {
        whole[date] = '\0';
        return xd_options_refuse(err, "at", value == whole ? whole : value,
                                 "give a time such as 2026-03-29T07:00:00Z, or a date");
    }
    return XD_OK;
}

static enum xd_rc take_at(struct xd_options *o, const char *value, struct xd_err *err)
{
    return xd_options_take_time(value, &o->at, err);
}

const struct xd_option xd_options_forms[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "write the report to FILE",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(output)},
    {.name = "format",
     .argument = "text|json|html",
     .words = "text|json|html",
     .help = "form of that report (text)",
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(format)},
    {.name = "text",
     .argument = "FILE",
     .help = "write this form to FILE as well",
     .joins = true,
     .kind = XD_OPTION_TEXT,
     .place = PLACE(outputs[XD_FORMAT_TEXT])},
    {.name = "json",
     .argument = "FILE",
     .help = "write this form to FILE as well",
     .joins = true,
     .kind = XD_OPTION_TEXT,
     .place = PLACE(outputs[XD_FORMAT_JSON])},
    {.name = "html",
     .argument = "FILE",
     .help = "write this form to FILE as well",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(outputs[XD_FORMAT_HTML])},
    {.name = NULL},
};

#define REDACT                                                                            \
    {.name = "redact",                                                                    \
     .help = "pseudonyms",                                                                \
     .joins = true,                                                                       \
     .kind = XD_OPTION_SWITCH,                                                            \
     .place = PLACE(redact)},                                                             \
    {                                                                                     \
        .name = "redact-map", .argument = "FILE", .help = "what they stand for, to FILE", \
        .kind = XD_OPTION_TEXT, .place = PLACE(redact_map)                                \
    }

const struct xd_option xd_options_redact[] = {
    REDACT,
    {.name = "reproducible",
     .help = "no time of writing in the report",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(reproducible)},
    {.name = NULL},
};

const struct xd_option xd_options_plain[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "write to FILE",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(output)},
    REDACT,
    {.name = "no-progress",
     .help = "no progress on a terminal",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(no_progress)},
    {.name = "quiet",
     .letter = 'q',
     .help = "nothing on standard output",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(quiet)},
    {.name = NULL},
};

const struct xd_option xd_options_keylog[] = {
    {.name = "keylog",
     .argument = "FILE",
     .help = "key log of TLS",
     .joins = true,
     .kind = XD_OPTION_TEXT,
     .place = PLACE(keylog)},
    {.name = NULL},
};

const struct xd_option xd_options_roots[] = {
    {.name = "public-roots",
     .argument = "FILE",
     .help = "roots to call public",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(public_roots)},
    {.name = NULL},
};

#define FAIL_ON                                                                         \
    {                                                                                   \
        .name = "fail-on", .argument = "info|warning|error|critical",                   \
        .words = "info|warning|error|critical", .help = "exit 1 from there on (error)", \
        .kind = XD_OPTION_CHOICE, .place = PLACE(fail_on)                               \
    }

const struct xd_option xd_options_judge[] = {
    {.name = "at",
     .argument = "TIME",
     .help = "judge validity at TIME or on a date (UTC)",
     .kind = XD_OPTION_TAKEN,
     .take = take_at},
    FAIL_ON,
    {.name = NULL},
};

const struct xd_option xd_options_fail[] = {
    FAIL_ON,
    {.name = NULL},
};

const struct xd_option xd_options_talk[] = {
    {.name = "color",
     .argument = "auto|always|never",
     .words = "auto|always|never",
     .help = "colours",
     .joins = true,
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(color)},
    {.name = "hyperlink",
     .argument = "auto|always|never",
     .words = "auto|always|never",
     .help = "links to evidence (auto)",
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(hyperlink)},
    {.name = "no-progress",
     .help = "no progress on a terminal",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(no_progress)},
    {.name = "quiet",
     .letter = 'q',
     .help = "no report on stdout",
     .joins = true,
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(quiet)},
    {.name = "verbose",
     .letter = 'v',
     .help = "all evidence, ladders",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(verbose)},
    {.name = NULL},
};

const struct xd_option xd_options_idle[] = {
    {.name = "color",
     .argument = "WHEN",
     .words = "auto|always|never",
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(color)},
    {.name = "hyperlink",
     .argument = "WHEN",
     .words = "auto|always|never",
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(hyperlink)},
    {.name = "fail-on",
     .argument = "SEVERITY",
     .words = "info|warning|error|critical",
     .kind = XD_OPTION_CHOICE,
     .place = PLACE(fail_on)},
    {.name = "at", .argument = "TIME", .kind = XD_OPTION_TAKEN, .take = take_at},
    {.name = "public-roots",
     .argument = "FILE",
     .kind = XD_OPTION_TEXT,
     .place = PLACE(public_roots)},
    {.name = "keylog", .argument = "FILE", .kind = XD_OPTION_TEXT, .place = PLACE(keylog)},
    {.name = "redact", .kind = XD_OPTION_SWITCH, .place = PLACE(redact)},
    {.name = "reproducible", .kind = XD_OPTION_SWITCH, .place = PLACE(reproducible)},
    {.name = "no-progress", .kind = XD_OPTION_SWITCH, .place = PLACE(no_progress)},
    {.name = "quiet", .letter = 'q', .kind = XD_OPTION_SWITCH, .place = PLACE(quiet)},
    {.name = "verbose", .letter = 'v', .kind = XD_OPTION_SWITCH, .place = PLACE(verbose)},
    {.name = NULL},
};

const struct xd_option xd_options_always[] = {
    {.name = "help",
     .letter = 'h',
     .help = "this help",
     .joins = true,
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(help)},
    {.name = "version",
     .letter = 'V',
     .help = "the version",
     .kind = XD_OPTION_SWITCH,
     .place = PLACE(version)},
    {.name = NULL},
};

enum xd_severity xd_options_fail_on(const struct xd_options *o)
{
    return o->fail_on == 0 ? XD_ERROR : (enum xd_severity)(o->fail_on - 1);
}
