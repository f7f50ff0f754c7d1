/*
 * parse.c - the command line, read by the descriptors of commands.
 *
 * Two walks: the first finds the command, for which it must know which options of any
 * command take a value; the second reads the options as that command's.
 */
#include "command.h"

#include "expdiag/alloc.h"
#include "expdiag/buf.h"
#include "expdiag/text.h"

#include "nearest.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_NAMES = 96, FIRST_KEY = 256 };

/* The options of all commands by their names, as getopt_long wants them. */
struct names {
    struct option table[MOST_NAMES + 1];
    const struct xd_option *rows[MOST_NAMES]; /* of some command that has the name */
    size_t n;
    char letters[2 * MOST_NAMES + 2];
};

struct parsing {
    struct xd_options *o;
    const struct names *names;
    struct xd_err *err;
};

enum xd_rc xd_options_refuse(struct xd_err *err, const char *name, const char *value,
                             const char *way)
{
    return xd_err_set(err, XD_BAD, 0, "--%s '%s': %s", name, value, way);
}

/* ---- names --------------------------------------------------------------- */

static bool has_name(const struct names *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++) {
        if (strcmp(all->table[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_name(struct names *all, const struct xd_option *row)
{
    size_t used = strlen(all->letters);

    if (all->n == MOST_NAMES || has_name(all, row->name)) {
        return;
    }
    all->table[all->n] =
        (struct option){row->name, row->argument != NULL, NULL, FIRST_KEY + (int)all->n};
    all->rows[all->n++] = row;
    if (row->letter != 0) {
        all->letters[used++] = row->letter;
    }
    if (row->letter != 0 && row->argument != NULL) {
        all->letters[used] = ':';
    }
}

static void collect_names(struct names *all)
{
    const struct xd_command *c = NULL;
    const struct xd_option *row = NULL;

    all->letters[0] = ':'; /* a missing value is ':', not '?' */
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        for (size_t k = 0; (row = xd_command_option(c, k)) != NULL; k++) {
            add_name(all, row);
        }
    }
}

static const struct xd_option *row_of_key(const struct names *all, int key)
{
    for (size_t i = 0; i < all->n; i++) {
        if (key == all->table[i].val || (key != 0 && key == all->rows[i]->letter)) {
            return all->rows[i];
        }
    }
    return NULL;
}

/* The command's own row of that name, or NULL: the option does not go with it. */
static const struct xd_option *row_of_command(const struct xd_command *c, const char *name)
{
    const struct xd_option *row = NULL;

    for (size_t i = 0; (row = xd_command_option(c, i)) != NULL; i++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    for (row = xd_options_idle; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* ---- values -------------------------------------------------------------- */

/* "text|json|html" to "text, json or html". */
static void list_words(const char *words, struct xd_buf *out)
{
    for (const char *at = words; *at != '\0';) {
        size_t len = strcspn(at, "|");
        bool last = at[len] == '\0';

        if (at != words) {
            xd_buf_puts(out, last ? " or " : ", ");
        }
        xd_buf_add(out, at, len);
        at += len + !last;
    }
}

/* "did you mean 'auto'? " for "atuo". */
static void add_nearest_word(const char *words, const char *value, struct xd_buf *out)
{
    struct xd_nearest nearest = {.word = value};
    char word[32];
    char best[32] = "";

    for (const char *at = words; *at != '\0';) {
        size_t len = strcspn(at, "|");

        (void)snprintf(word, sizeof(word), "%.*s", (int)len, at);
        nearest.best = best[0] != '\0' ? best : NULL;
        unsigned before = nearest.distance;
        xd_nearest_try(&nearest, word);
        if (nearest.best == word || nearest.distance != before) {
            (void)snprintf(best, sizeof(best), "%s", word);
        }
        at += len + (at[len] == '|');
    }
    if (best[0] != '\0') {
        xd_buf_printf(out, "did you mean '%s'? ", best);
    }
}

static enum xd_rc take_choice(const struct xd_option *row, const char *value, int *place,
                              struct xd_err *err)
{
    enum { WORDS_MAX = 200 };
    int n = 1;

    for (const char *at = row->words; *at != '\0'; n++) {
        size_t len = strcspn(at, "|");

        if (strlen(value) == len && strncmp(at, value, len) == 0) {
            *place = n;
            return XD_OK;
        }
        at += len + (at[len] == '|');
    }
    struct xd_buf list = {.max = WORDS_MAX};

    add_nearest_word(row->words, value, &list);
    xd_buf_puts(&list, "choose ");
    list_words(row->words, &list);
    enum xd_rc rc = xd_options_refuse(err, row->name, value, xd_buf_text(&list));

    xd_buf_done(&list);
    return rc;
}

static enum xd_rc take_number(const struct xd_option *row, const char *value,
                              uint64_t *place, struct xd_err *err)
{
    char way[80];

    if (xd_text_number(xd_slice_of(value), row->most, place) && *place >= row->least) {
        return XD_OK;
    }
    (void)snprintf(way, sizeof(way), "give a number from %llu to %llu",
                   (unsigned long long)row->least, (unsigned long long)row->most);
    return xd_options_refuse(err, row->name, value, way);
}

/* Twice with two values, one would be lost without a word. */
static enum xd_rc take_text(const struct xd_option *row, const char *value,
                            const char **place, struct xd_err *err)
{
    if (*place != NULL && strcmp(*place, value) != 0) {
        return xd_err_set(err, XD_BAD, 0,
                          "--%s '%s': given before as '%s'; it takes one value", row->name,
                          value, *place);
    }
    *place = value;
    return XD_OK;
}

static enum xd_rc take_value(struct xd_options *o, const struct xd_option *row,
                             const char *value, struct xd_err *err)
{
    void *place = (char *)(row->own ? o->own : o) + row->place;

    switch (row->kind) {
    case XD_OPTION_SWITCH:
        *(bool *)place = true;
        return XD_OK;
    case XD_OPTION_TEXT:
        return take_text(row, value, place, err);
    case XD_OPTION_CHOICE:
        return take_choice(row, value, place, err);
    case XD_OPTION_NUMBER:
        return take_number(row, value, place, err);
    case XD_OPTION_TAKEN:
        break;
    }
    return row->take(o, value, err);
}

/* ---- the walks ----------------------------------------------------------- */

/* The nearest name to "--colour=auto" or "--reproducable", or NULL. */
static const char *nearest_option(const struct names *all, const char *given)
{
    char name[32];
    size_t len = strcspn(given, "=");
    struct xd_nearest nearest = {.word = name};

    if (len < 4 || len >= sizeof(name) || strncmp(given, "--", 2) != 0) {
        return NULL;
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)(len - 2), given + 2);
    for (size_t i = 0; i < all->n; i++) {
        xd_nearest_try(&nearest, all->table[i].name);
    }
    return nearest.best;
}

/* "--ver" begins several; what they are. */
static enum xd_rc refuse_several(const struct parsing *p, const char *given)
{
    enum { LIST_MAX = 200 };
    size_t len = strlen(given);
    struct xd_buf list = {.max = LIST_MAX};
    size_t n = 0;

    for (size_t i = 0; len > 2 && strncmp(given, "--", 2) == 0 && i < p->names->n; i++) {
        if (strncmp(p->names->table[i].name, given + 2, len - 2) == 0) {
            xd_buf_printf(&list, "%s--%s", n++ > 0 ? ", " : "", p->names->table[i].name);
        }
    }
    if (n > 1) {
        (void)xd_err_set(p->err, XD_BAD, 0, "option '%s': is short for several: %s", given,
                         xd_buf_text(&list));
    }
    xd_buf_done(&list);
    return n > 1 ? XD_BAD : XD_OK;
}

static enum xd_rc refuse_option(const struct parsing *p, const char *given)
{
    const char *near = nearest_option(p->names, given);

    if (strncmp(given, "--no-color", 10) == 0 || strncmp(given, "--no-colour", 11) == 0) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "option '%s': there is none of that name; did you mean '--color "
                          "never'?",
                          given);
    }
    if (refuse_several(p, given) != XD_OK) {
        return XD_BAD;
    }

    if (near != NULL) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "option '%s': there is none of that name; did you mean '--%s'?",
                          given, near);
    }
    return xd_err_set(p->err, XD_BAD, 0,
                      "option '%s': there is none of that name; 'expdiag --help' and "
                      "'expdiag COMMAND --help' list them",
                      given);
}

/* The first command that has an option of that name. */
static const char *command_with(const char *name)
{
    const struct xd_command *c = NULL;
    const struct xd_option *row = NULL;

    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        for (size_t k = 0; (row = xd_command_option(c, k)) != NULL; k++) {
            if (strcmp(row->name, name) == 0) {
                return c->name;
            }
        }
    }
    return "another command";
}

/* Of options that one may well expect everywhere. */
static const char *why_not(const char *name)
{
    if (strcmp(name, "redact-map") == 0) {
        return ", which tells nothing of anybody";
    }
    return strcmp(name, "html") == 0 ? ", which has no HTML form" : "";
}

static enum xd_rc take_option(const struct parsing *p, const struct xd_option *known,
                              const char *value)
{
    const struct xd_command *c = p->o->command;
    const struct xd_option *row = row_of_command(c, known->name);

    if (row == NULL) {
        return xd_err_set(p->err, XD_BAD, 0,
                          "option '--%s' goes with '%s', not with '%s'%s; see 'expdiag %s "
                          "--help'",
                          known->name, command_with(known->name), c->name,
                          why_not(known->name), c->name);
    }
    return take_value(p->o, row, value, p->err);
}

/* Both walks; the first (err NULL) only puts options in front of arguments. */
static enum xd_rc walk(int argc, char **argv, const struct parsing *p)
{
    opterr = 0;
    optind = 0; /* afresh */
    for (;;) {
        int at = optind > 0 ? optind : 1;
        int key = getopt_long(argc, argv, p->names->letters, p->names->table, NULL);
        const char *given = argv[at < argc ? at : argc - 1];

        if (key == -1) {
            return XD_OK;
        }
        if (p->err == NULL) {
            continue;
        }
        if (key == ':') {
            return xd_err_set(p->err, XD_BAD, 0, "option '%s': needs a value", given);
        }
        const struct xd_option *row = key == '?' ? NULL : row_of_key(p->names, key);

        if (row == NULL) {
            return refuse_option(p, given);
        }
        enum xd_rc rc = take_option(p, row, optarg);

        p->o->last_value = optarg;
        p->o->last_option = row->name;
        if (rc != XD_OK) {
            return rc;
        }
    }
}

/* ---- arguments ----------------------------------------------------------- */

static void drop_argument(struct xd_options *o)
{
    o->args++;
    o->n_args--;
}

/*
 * "expdiag help" and "expdiag help flows", unless that is a file; then a command's name.
 * Without one it is a bundle to analyze.
 */
static void take_command(struct xd_options *o)
{
    bool asks =
        o->n_args > 0 && strcmp(o->args[0], "help") == 0 && access("help", F_OK) != 0;

    if (asks) {
        o->help = true;
        drop_argument(o);
    }
    o->command = o->n_args > 0 ? xd_command_find(o->args[0]) : NULL;
    o->bare = o->command == NULL;
    if (!o->bare) {
        drop_argument(o);
    } else {
        o->command = xd_command_at(0);
    }
    o->own = o->command->own_size > 0 ? xd_alloc(o->command->own_size) : NULL;
}

/*
 * -o and --format name one report.  Standard output gets one unless all that is asked for
 * goes elsewhere: of a form that goes to a file already there is none left for it.
 */
static enum xd_rc settle_outputs(struct xd_options *o, struct xd_err *err)
{
    static const char *const names[XD_FORMAT_COUNT] = {"--text", "--json", "--html"};
    int format = o->format > 0 ? o->format - 1 : XD_FORMAT_TEXT;
    bool elsewhere = false;

    for (size_t i = 0; i < XD_FORMAT_COUNT; i++) {
        elsewhere = elsewhere || o->outputs[i] != NULL;
    }
    if (o->output != NULL && o->outputs[format] != NULL) {
        return xd_err_set(err, XD_BAD, 0,
                          "-o '%s' and %s '%s' name the same report; leave one out",
                          o->output, names[format], o->outputs[format]);
    }
    if (o->output != NULL) {
        o->outputs[format] = o->output;
    } else if (!o->quiet && (o->format > 0 || !elsewhere) && o->outputs[format] == NULL) {
        o->outputs[format] = "-";
    }
    return XD_OK;
}

/* A first word that is no file, but nearly a command. */
static enum xd_rc refuse_near_command(const struct xd_options *o, struct xd_err *err)
{
    const char *word = o->args[0];
    struct xd_nearest nearest = {.word = word};
    const struct xd_command *c = NULL;

    if (access(word, F_OK) == 0) {
        return XD_OK;
    }
    if (xd_finding_by_name(word) != XD_FINDING_COUNT) {
        return xd_err_set(err, XD_BAD, 0,
                          "'%s': no such file; did you mean 'expdiag explain %s'?", word,
                          word);
    }
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        xd_nearest_try(&nearest, c->name);
    }
    if (nearest.best != NULL) {
        return xd_err_set(err, XD_BAD, 0,
                          "'%s': no such file, and no command of that name; did you mean "
                          "'expdiag %s'?",
                          word, nearest.best);
    }
    return XD_OK;
}

/* "expdiag help nosuch" */
static enum xd_rc check_asked(const struct xd_options *o, struct xd_err *err)
{
    struct xd_nearest nearest = {.word = o->n_args > 0 ? o->args[0] : ""};
    const struct xd_command *c = NULL;

    if (!o->help || !o->bare || o->n_args == 0 || access(o->args[0], F_OK) == 0) {
        return XD_OK;
    }
    for (size_t i = 0; (c = xd_command_at(i)) != NULL; i++) {
        xd_nearest_try(&nearest, c->name);
    }
    return xd_err_set(err, XD_BAD, 0, "'%s': there is no command of that name; %s%s%s",
                      o->args[0], nearest.best != NULL ? "did you mean '" : "",
                      nearest.best != NULL ? nearest.best : "'expdiag --help' lists them",
                      nearest.best != NULL ? "'?" : "");
}

static enum xd_rc check_count(const struct xd_options *o, struct xd_err *err)
{
    static const size_t most[] = {[XD_ARGUMENTS_INPUTS] = SIZE_MAX,
                                  [XD_ARGUMENTS_PAIR] = 2,
                                  [XD_ARGUMENTS_ONE] = 1,
                                  [XD_ARGUMENTS_WORDS] = SIZE_MAX,
                                  [XD_ARGUMENTS_FINDING] = 1};
    const struct xd_command *c = o->command;
    size_t least = c->takes == XD_ARGUMENTS_PAIR ? 2 : c->takes != XD_ARGUMENTS_FINDING;

    if (o->n_args < least && o->last_value != NULL && access(o->last_value, F_OK) == 0) {
        return xd_err_set(err, XD_BAD, 0,
                          "nothing to read: '%s' was taken as the value of --%s; give %s "
                          "behind it",
                          o->last_value, o->last_option, c->arguments);
    }
    if (o->n_args < least) {
        int len = (int)strcspn(c->examples, "\n");

        if (o->n_args > 0) {
            return xd_err_set(err, XD_BAD, 0,
                              "'%s' is not enough: %s takes %s, as in '%.*s'", o->args[0],
                              c->name, c->arguments, len, c->examples);
        }
        return xd_err_set(err, XD_BAD, 0, "nothing to read: give %s, as in '%.*s'",
                          c->arguments, len, c->examples);
    }
    if (o->n_args > most[c->takes]) {
        return xd_err_set(err, XD_BAD, 0,
                          "argument '%s': too many; %s takes %s, see 'expdiag %s --help'",
                          o->args[most[c->takes]], c->name, c->arguments, c->name);
    }
    return XD_OK;
}

/* The very same path twice is one input: read once, and said. */
static void drop_repeats(struct xd_options *o)
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

static enum xd_rc settle(struct xd_options *o, struct xd_err *err)
{
    if (settle_outputs(o, err) != XD_OK || check_count(o, err) != XD_OK) {
        return XD_BAD;
    }
    if (o->redact_map != NULL && !o->redact) {
        return xd_err_set(err, XD_BAD, 0,
                          "--redact-map '%s': there are no pseudonyms without --redact",
                          o->redact_map);
    }
    if (o->command->takes == XD_ARGUMENTS_INPUTS) {
        drop_repeats(o);
    }
    if (o->bare && refuse_near_command(o, err) != XD_OK) {
        return XD_BAD;
    }
    return o->command->check != NULL ? o->command->check(o, err) : XD_OK;
}

enum xd_rc xd_options_parse(int argc, char **argv, struct xd_options *out,
                            struct xd_err *err)
{
    struct names names = {0};
    struct parsing first = {.names = &names};
    struct parsing second = {out, &names, err};

    *out = (struct xd_options){.at = XD_TIME_NONE};
    collect_names(&names);
    (void)walk(argc, argv, &first);
    out->args = argv + optind;
    out->n_args = (size_t)(argc - optind);
    take_command(out);
    enum xd_rc rc = walk(argc, argv, &second);

    if (rc == XD_OK && out->help) {
        return check_asked(out, err);
    }
    if (rc != XD_OK || out->version) {
        return rc;
    }
    return settle(out, err);
}

void xd_options_done(struct xd_options *o)
{
    xd_free(o->own);
    o->own = NULL;
}
