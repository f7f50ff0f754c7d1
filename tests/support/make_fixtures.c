/*
 * make_fixtures - writes the bundles of fixtures/ anew.
 *
 *   make_fixtures FIXTURES [CASE...]      all cases, or those named
 *   make_fixtures --material NAME         certificate and key to standard output, for
 *                                         recording an SSH dialogue (record_ssh.py)
 *   make_fixtures --public-roots          the PEM of the roots that cases call public
 */
#include <stdio.h>
#include <string.h>

#include "fx_cases.h"

static int print_bytes(const struct xd_fx_bytes *b)
{
    return fwrite(b->p, 1, b->len, stdout) == b->len ? 0 : 1;
}

static const struct xd_fx_case *const tables[] = {xd_fx_cases, xd_fx_cases_tls,
                                                  xd_fx_cases_tls_far};

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return true;
        }
    }
    return argc < 3;
}

int main(int argc, char **argv)
{
    struct xd_fx_bytes out = {0};

    if (argc == 3 && strcmp(argv[1], "--material") == 0) {
        xd_fx_pem(&out, argv[2]);
        if (strncmp(argv[2], "ca", 2) != 0) {
            xd_fx_pem_key(&out, argv[2]);
        }
        return print_bytes(&out);
    }
    if (argc == 2 && strcmp(argv[1], "--public-roots") == 0) {
        xd_fx_pem(&out, "ca2-root ca3-root");
        return print_bytes(&out);
    }
    if (argc < 2) {
        (void)fputs("usage: make_fixtures FIXTURES [CASE...]\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const struct xd_fx_case *c = tables[i]; c->name != NULL; c++) {
            if (wanted(c->name, argc, argv)) {
                xd_fx_make_case(c, argv[1]);
            }
        }
    }
    return 0;
}
