/*
 * log_trigger.c - the one test that nearly every line of a log fails.
 *
 * A debug log is gigabytes of SIP bodies and state machines.  A line is looked at
 * further only if it holds one of these words; each is found by a pair of bytes in
 * it that is rare in such logs, so that a line costs one pass over its bytes.
 */
#include "load_priv.h"

#include <string.h>

static const struct trigger {
    const char *word;
    size_t key; /* where in it the rare pair stands */
} triggers[] = {
    {"Event=\"", 0},         /* event lines: TLS errors, alarms, settings, restarts */
    {"SSL", 1},              /* TTSSL_..., "SSL routines", "SSL connection failed" */
    {"Handshake s", 3},      /* "Handshake succeeded" */
    {"Handshake F", 3},      /* "Handshake Failed" */
    {"TCP Connection F", 6}, /* Failed */
    {"TCP Connection C", 6}, /* Closed */
    {"verif", 3},            /* verification failed, verify error */
    {"certificate", 4},      /* not in certificate */
    {"getZoneByIdentities", 6},
    {"xconfiguration", 0},
    {"xConfiguration", 0},
    {"changed from: ", 4},
    {"DEBUG_MARKER", 5},
    {"ssh", 1},
    {"portforwarding", 3},
    {"connect to host", 9},
    {"resolve", 4},
    {"ookup", 2}, /* lookup failed */
    {"ailed to authenticate", 8},
    {"alert ", 3}, /* tlsv1 alert unknown ca */
    {"HANDSHAKE FAILED", 5},
};

enum { N_TRIGGERS = sizeof(triggers) / sizeof(triggers[0]) };

static unsigned pair_of(const char *p)
{
    return (unsigned)(uint8_t)p[0] << 8 | (uint8_t)p[1];
}

void xd_log_triggers_init(struct xd_log_triggers *t)
{
    memset(t, 0, sizeof(*t));
    for (size_t i = 0; i < N_TRIGGERS; i++) {
        unsigned pair = pair_of(triggers[i].word + triggers[i].key);

        t->pairs[pair / 8] |= (uint8_t)(1U << pair % 8);
    }
}

/* Does one of the words stand around its pair at `at`? */
static bool confirm(struct xd_slice line, size_t at)
{
    for (size_t i = 0; i < N_TRIGGERS; i++) {
        const struct trigger *t = &triggers[i];
        size_t len = strlen(t->word);

        if (at >= t->key && line.len - (at - t->key) >= len &&
            memcmp(line.p + at - t->key, t->word, len) == 0) {
            return true;
        }
    }
    return false;
}

bool xd_log_triggered(const struct xd_log_triggers *t, struct xd_slice line)
{
    for (size_t i = 0; i + 1 < line.len; i++) {
        unsigned pair = (unsigned)line.p[i] << 8 | line.p[i + 1];

        if ((t->pairs[pair / 8] >> pair % 8 & 1) != 0 && confirm(line, i)) {
            return true;
        }
    }
    return false;
}
