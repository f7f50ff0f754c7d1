/*
 * findings_man.c - prints expdiag-findings(7) from the catalogue, at build time.
 *
 * A program of the build, not installed: so the texts stand once, in the model.
 */
#include <stdio.h>
#include <string.h>

#include "expdiag/finding.h"

/*
 * mdoc text (mandoc_char(7)): a line must not begin with a control character, and
 * each sentence starts a line of its own.
 */
static void print_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool line_start = i == 0 || (i > 1 && text[i - 1] == ' ' && text[i - 2] == '.');

        if (line_start && (text[i] == '.' || text[i] == '\'')) {
            (void)fputs("\\&", stdout);
        }
        if (text[i] == '\\') {
            (void)fputs("\\e", stdout);
        } else if (text[i] == ' ' && i > 0 && text[i - 1] == '.' && i + 1 < len &&
                   text[i + 1] >= 'A' && text[i + 1] <= 'Z') {
            (void)putchar('\n');
        } else {
            (void)putchar(text[i]);
        }
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
    (void)puts(".Pp\n.Sy \"Vendor documents\"\n.Bl -bullet -compact");
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
