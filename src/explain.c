/*
 * explain.c - the long form of a finding, from the catalogue.
 */
#include "explain.h"

#include "expdiag/finding.h"
#include "expdiag/text.h"

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

static void print_list(void)
{
    for (int i = 0; i < XD_FINDING_COUNT; i++) {
        const struct xd_finding_info *f = xd_finding_info((enum xd_finding_id)i);

        const char *words = severity_words((enum xd_finding_id)i);
        const char *usual = xd_severity_name(f->severity);

        (void)printf("%-8s  %-30s  %s%s%s%s\n", usual, f->name, f->title,
                     strcmp(words, usual) != 0 ? " (" : "",
                     strcmp(words, usual) != 0 ? words : "",
                     strcmp(words, usual) != 0 ? ")" : "");
    }
}

/* Those whose name holds the word, as "client-eku" does: said, up to a handful. */
static bool refuse_part(const char *word)
{
    enum { SHORTEST = 3, NAMED = 5 };
    size_t n = 0;

    if (strlen(word) < SHORTEST) {
        return false;
    }
    for (int i = 0; i < XD_FINDING_COUNT && n < NAMED; i++) {
        const char *known = xd_finding_info((enum xd_finding_id)i)->name;

        if (strstr(known, word) != NULL) {
            (void)fprintf(stderr, "%s'%s'",
                          n == 0
                              ? "expdiag: there is no finding of that name; did you mean "
                              : " or ",
                          known);
            n++;
        }
    }
    if (n > 0) {
        (void)fputs("?\n", stderr);
    }
    return n > 0;
}

/* Say that there is no such finding, and which was meant if that can be told. */
static void refuse(const char *name)
{
    for (int i = 0; i < XD_FINDING_COUNT; i++) {
        const char *known = xd_finding_info((enum xd_finding_id)i)->name;

        if (xd_text_distance(name, known) <= XD_TEXT_SLIP) {
            (void)fprintf(stderr,
                          "expdiag: there is no finding of that name; did you mean '%s'?\n",
                          known);
            return;
        }
    }
    if (refuse_part(name)) {
        return;
    }
    (void)fputs("expdiag: there is no finding of that name; 'expdiag explain' lists them\n",
                stderr);
}

bool explain_print(const char *name)
{
    if (name == NULL) {
        print_list();
        return true;
    }
    enum xd_finding_id id = xd_finding_by_name(name);

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
