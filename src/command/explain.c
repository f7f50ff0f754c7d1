/*
 * explain.c - the long form of a finding, from the catalogue; for an alarm, an alert or the
 * words of a log the findings that it may stand for.
 */
#include "command.h"

#include "expdiag/buf.h"
#include "expdiag/text.h"

#include "nearest.h"
#include "say.h"
#include "sign.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80 };

/* Print text wrapped at blanks, each line behind indent. */
static void print_wrapped(const char *indent, const char *text)
{
    size_t room = WIDTH - strlen(indent);

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        size_t line = len;

        if (len > room) {
            line = room;
            while (line > 0 && text[line] != ' ') {
                line--;
            }
            line = line == 0 ? room : line;
        }
        (void)printf("%s%.*s\n", indent, (int)line, text);
        text += line;
        while (*text == ' ' || *text == '\n') {
            text++;
        }
    }
}

/* Of findings whose severity hangs on the case; of others the one word. */
static const char *severity_words(enum xd_finding_id id)
{
    if (id == XD_F_CLIENT_STORE_SERVER_ONLY) {
        return "error on C, warning on E";
    }
    if (id == XD_F_CA_NAME_DUPLICATE) {
        return "warning; critical if it explains a failure";
    }
    if (id == XD_F_INPUT_MISSING) {
        return "warning; info if it is the other half of a pair";
    }
    return xd_severity_name(xd_finding_info(id)->severity);
}

static void print_row(enum xd_finding_id id)
{
    const struct xd_finding_info *f = xd_finding_info(id);
    const char *words = severity_words(id);
    const char *usual = xd_severity_name(f->severity);

    (void)printf("%-8s  %-30s  %s%s%s%s\n", usual, f->name, f->title,
                 strcmp(words, usual) != 0 ? " (" : "",
                 strcmp(words, usual) != 0 ? words : "",
                 strcmp(words, usual) != 0 ? ")" : "");
}

static void print_list(void)
{
    for (int i = 0; i < XD_FINDING_COUNT; i++) {
        print_row((enum xd_finding_id)i);
    }
}

/* "TLS alert 48, unknown_ca" and the findings that it may stand for. */
static void print_sign(const struct xd_sign *s)
{
    (void)printf("%c%s", *s->kind == 'T' ? 'T' : *s->kind - 'a' + 'A', s->kind + 1);
    if (s->number > 0 || s->words == NULL) {
        (void)printf(" %d", s->number);
    }
    if (s->words != NULL) {
        (void)printf(", \"%s\"", s->words);
    }
    if (s->name != NULL) {
        (void)printf("%s%s", s->words != NULL ? " - " : ", ", s->name);
    }
    (void)puts(s->findings != 0 ? ": it may stand for" : ": no finding rests on it.");
    for (int i = 0; i < XD_FINDING_COUNT; i++) {
        if ((s->findings >> i & 1) != 0) {
            (void)fputs("  ", stdout);
            print_row((enum xd_finding_id)i);
        }
    }
}

/* What is no finding's name may be what a log or a trace says; false: it is not. */
static bool print_signs(const char *text)
{
    struct xd_sign signs[XD_SIGNS_MAX];
    size_t n = xd_sign_find(text, signs);
    size_t telling = 0;

    for (size_t i = 0; i < n; i++) {
        telling += signs[i].findings != 0 ? 1 : 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (signs[i].findings != 0 || telling == 0) {
            print_sign(&signs[i]);
            (void)fputs(telling > 0 ? "\n" : "", stdout);
        }
    }
    if (telling > 0) {
        (void)puts("It narrows and does not name: which of them it is, 'expdiag BUNDLE...' "
                   "decides\nby the certificates that were presented. "
                   "'expdiag explain FINDING' tells of each.");
    }
    return n > 0;
}

/* Those whose name holds the word, as "client-eku" does, up to a handful. */
static void add_parts(struct xd_buf *words, const char *given)
{
    enum { SHORTEST = 3, NAMED = 5 };
    char word[64];
    size_t n = 0;

    (void)snprintf(word, sizeof(word), "%s", given);
    xd_text_lower(word);
    for (int i = 0; strlen(word) >= SHORTEST && i < XD_FINDING_COUNT && n < NAMED; i++) {
        const char *known = xd_finding_info((enum xd_finding_id)i)->name;

        if (strstr(known, word) != NULL) {
            xd_buf_printf(words, "%s'%s'", n == 0 ? "did you mean " : " or ", known);
            n++;
        }
    }
    xd_buf_puts(words, n > 0 ? "?" : "");
}

/* Say that there is no such finding, and which was meant if that can be told. */
static void refuse(const char *name)
{
    struct xd_nearest nearest = {.word = name};
    struct xd_buf words = {.max = 500};

    for (int i = 0; i < XD_FINDING_COUNT; i++) {
        xd_nearest_try(&nearest, xd_finding_info((enum xd_finding_id)i)->name);
    }
    xd_sign_nearest(&nearest);
    xd_buf_puts(&words, "there is no finding of that name; ");
    size_t before = words.len;

    add_parts(&words, name);
    if (words.len == before && nearest.best != NULL) {
        xd_buf_printf(&words, "did you mean '%s'?", nearest.best);
    }
    if (words.len == before) {
        xd_buf_puts(&words, "'expdiag explain' lists them");
    }
    xd_say(xd_buf_text(&words));
    xd_buf_done(&words);
}

/* "CLIENT_EKU_MISSING": the same name in other letters. */
static enum xd_finding_id find_alike(const char *name)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "%s", name);
    xd_text_lower(text);
    for (char *p = strchr(text, '_'); p != NULL; p = strchr(p, '_')) {
        *p = '-';
    }
    return xd_finding_by_name(text);
}

static bool print_finding(const char *name)
{
    enum xd_finding_id id = xd_finding_by_name(name);

    if (id == XD_FINDING_COUNT && print_signs(name)) {
        return true;
    }
    id = id == XD_FINDING_COUNT ? find_alike(name) : id;
    if (id == XD_FINDING_COUNT) {
        refuse(name);
        return false;
    }
    const struct xd_finding_info *f = xd_finding_info(id);

    (void)printf("%s (%s)\n", f->name, severity_words(id));
    print_wrapped("  ", f->title);
    (void)puts("\nWhat it means");
    print_wrapped("  ", f->meaning);
    (void)puts("\nHow it is decided");
    print_wrapped("  ", f->decided);
    (void)puts("\nWhat to do");
    print_wrapped("  ", f->remedies);
    if (f->references[0] != '\0') {
        (void)puts("\nSee");
        print_wrapped("  ", f->references);
    }
    return true;
}

static int run_explain(const struct xd_options *o)
{
    if (o->n_args == 0) {
        print_list();
        return XD_EXIT_FINE;
    }
    return print_finding(o->args[0]) ? XD_EXIT_FINE : XD_EXIT_USAGE;
}

const struct xd_command xd_command_explain = {
    .name = "explain",
    .arguments = "[FINDING]",
    .help = "what a finding means, how it is decided, what to do",
    .notes =
        "Without a name: the list of all findings.  For the number of an alarm, a TLS\n"
        "alert or an error of OpenSSL, or for its words: the findings it may stand for.",
    .examples = "expdiag explain\n"
                "expdiag explain client-eku-missing\n"
                "expdiag explain 35013\n"
                "expdiag explain unknown_ca",
    .takes = XD_ARGUMENTS_FINDING,
    .options = {xd_options_talk},
    .run = run_explain,
};
