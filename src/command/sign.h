/*
 * sign.h - what a log or a trace says, and the findings that it may stand for.
 */
#ifndef EXPDIAG_SIGN_H
#define EXPDIAG_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nearest.h"

/* An alarm, a TLS alert, a verify error of OpenSSL, or words of a log. */
struct xd_sign {
    const char *kind;  /* "TLS alert" */
    int number;        /* 0: it has none */
    const char *name;  /* "unknown_ca", "X509_V_ERR_CERT_HAS_EXPIRED"; or NULL */
    const char *words; /* as logs print it */
    uint64_t findings; /* a bit for each, by its place in the catalogue; 0: names none */
};

enum { XD_SIGNS_MAX = 4 };

/* Those that the text names ("35013", "alert 48", "unknown ca"); gives how many. */
size_t xd_sign_find(const char *text, struct xd_sign out[XD_SIGNS_MAX]);

/* Try the name of each. */
void xd_sign_nearest(struct xd_nearest *nearest);

#endif
