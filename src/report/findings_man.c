/*
 * findings_man.c - prints expdiag-findings(7) from the catalogue, at build time.
 *
 * A program of the build, not installed: so the texts stand once, in the model.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "expdiag/finding.h"

enum { MAN_LINE = 78 };

/* One word, escaped (mandoc_char(7)); a line must not begin with a control character. */
static void print_word(const char *word, size_t len, bool line_start)
{
    if (line_start && (word[0] == '.' || word[0] == '\'')) {
        (void)fputs("\\&", stdout);
    }
    for (size_t i = 0; i < len; i++) {
        if (word[i] == '\\') {
            (void)fputs("\\e", stdout);
        } else {
            (void)putchar(word[i]);
        }
    }
}

/* Each sentence on a line of its own, as mdoc wants it, and long ones wrapped. */
static void print_text(const char *text, size_t len)
{
    size_t column = 0;
    bool sentence_end = false;

    for (size_t at = 0; at < len;) {
        size_t word = strcspn(text + at, " \n");
        word = word > len - at ? len - at : word;
        if (word > 0) {
            bool wrap = column > 0 && (sentence_end || column + 1 + word > MAN_LINE);
            if (column > 0) {
                (void)putchar(wrap ? '\n' : ' ');
            }
            column = column == 0 || wrap ? 0 : column + 1;
            print_word(text + at, word, column == 0);
            column += word;
            sentence_end = strchr(".!?", text[at + word - 1]) != NULL;
        }
        at += word + 1;
    }
    (void)putchar('\n');
}

static void print_paragraphs(const char *head, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return;
    }
    (void)printf(".Pp\n.Sy %s\n", head);
    (void)puts(".Pp");
    print_text(text, strlen(text));
}

static void print_references(const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return;
    }
    (void)puts(".Pp\n.Sy \"Cisco documents\"\n.Bl -bullet -compact");
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        (void)puts(".It");
        print_text(text, len);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
    (void)puts(".El");
}

static void print_severity(enum xd_severity severity)
{
    (void)printf(".Ss %s\n", xd_severity_name(severity));
    (void)puts(".Bl -tag -width Ds");
    for (unsigned i = 0; i < XD_FINDING_COUNT; i++) {
        const struct xd_finding_info *info = xd_finding_info((enum xd_finding_id)i);
        if (info->severity != severity) {
            continue;
        }
        (void)printf(".It Sy %s\n", info->name);
        print_text(info->title, strlen(info->title));
        print_paragraphs("Meaning", info->meaning);
        print_paragraphs("Decided", info->decided);
        print_paragraphs("Remedies", info->remedies);
        print_references(info->references);
    }
    (void)puts(".El");
}

int main(void)
{
    static const enum xd_severity order[] = {XD_CRITICAL, XD_ERROR, XD_WARNING, XD_INFO};

    (void)puts(".\\\" Made from the catalogue of findings; do not edit.\n"
               ".Dd November 21, 2026\n"
               ".Dt EXPDIAG-FINDINGS 7\n"
               ".Os\n"
               ".Sh NAME\n"
               ".Nm expdiag-findings\n"
               ".Nd what expdiag can find, how it decides, and what to do\n"
               ".Sh DESCRIPTION\n"
               "Each finding of\n"
               ".Xr expdiag 1\n"
               "has a name that never changes, a severity, and a confidence:\n"
               ".Cm certain\n"
               "where the refusal names its reason and the repeated verification agrees,\n"
               ".Cm probable\n"
               "where one of the two is missing or inferred,\n"
               ".Cm possible\n"
               "where only settings or status speak.\n"
               "The severity below is the usual one; some findings have another in some "
               "cases.");
    (void)puts("The same texts are shown by\n.Ic expdiag explain .");
    (void)puts(".Sh FINDINGS");
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        print_severity(order[i]);
    }
    (void)puts(".Sh SEE ALSO\n.Xr expdiag 1 ,\n.Xr expdiag-report 5");
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
