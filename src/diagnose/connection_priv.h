/*
 * connection_priv.h - between rules_connection.c, which finds conversations that end
 * without an explanation, and connection_words.c, which tells them.
 */
#ifndef XD_CONNECTION_PRIV_H
#define XD_CONNECTION_PRIV_H

#include "judge_priv.h"

/* One finding about conversations that fail alike between the same two ends. */
struct xd_plain {
    struct xd_draft *d;
    const struct xd_conv *first;
    size_t n;
    bool by[XD_BY_PATH + 1]; /* who ended it, by enum xd_by */
    bool confirmed[2];       /* the sender's own capture holds it */
    bool late;               /* after the handshake */
    bool arrived;            /* the request is in the far end's capture */
    bool silent;             /* where nothing answers it */
    bool heard;              /* so is the hello */
    bool watched;            /* the far end captured at that time */
    int alert;               /* -1: none that can be read */
    const char *untold;      /* about a certificate whose store was not read, or NULL */
    const char *defect;      /* of that certificate, which both voices name; or NULL */
    const char *look;        /* then: what tells whether it is still in the store */
    bool constraint;         /* it has one that no finding names */
    const char *said;        /* the reason that the refuser's own log names, or NULL */
    enum xd_side said_by;
};

/* The words and the remedy of its draft, once all its conversations were seen. */
void xd_plain_tell(struct xd_judge *j, const struct xd_plain *p);

#endif
