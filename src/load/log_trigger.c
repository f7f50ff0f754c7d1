/*
 * log_trigger.c - the one test that nearly every line of a log fails.
 *
 * A debug log is gigabytes of SIP bodies and state machines.  A line is looked at
 * further only if it holds one of these words.  Each has two pairs of bytes, one
 * right behind the other, that are rare in such logs (counted in a real one); of
 * the two, one stands at an even place in the line, so that every second place has
 * to be looked at.
 */
#include "load_priv.h"

#include <string.h>

static const struct trigger {
    const char *word;
    size_t key; /* where in it the two pairs begin */
} triggers[] = {
    {" Event=\"", 0},        /* TLS errors, alarms, settings, restarts, ... */
    {"SSL", 0},              /* TTSSL_..., "SSL routines", "SSL connection failed" */
    {"Handshake s", 3},      /* "Handshake succeeded" */
    {"Handshake F", 3},      /* "Handshake Failed" */
    {"TCP Connection F", 1}, /* Failed */
    {"TCP Connection C", 1}, /* Closed */
    {"verif", 2},            /* verification failed, verify error */
    {"certificate", 4},      /* common name in peer certificate, not in certificate */
    {"getZoneByIdentities", 6},
    {"anged from: ", 5}, /* settings that are changed without an event */
    {"DEBUG_MARKER", 4},
    {"ssh:", 1},
    {"ssh[", 1},
    {"sshd", 1},
    {"ssh_", 1},
    {"portforwarding", 6},
    {"connect to host", 9},
    {"resolve", 3},
    {"ookup", 2}, /* lookup failed */
    {"ailed to authenticate", 9},
};

enum { N_TRIGGERS = sizeof(triggers) / sizeof(triggers[0]) };

static unsigned pair_at(const void *p)
{
    uint16_t pair;

    memcpy(&pair, p, sizeof(pair));
    return pair;
}

void xd_log_triggers_init(struct xd_log_triggers *t)
{
    memset(t, 0, sizeof(*t));
    for (size_t i = 0; i < N_TRIGGERS; i++) {
        for (size_t k = 0; k < 2; k++) {
            t->pairs[pair_at(triggers[i].word + triggers[i].key + k)] = 1;
        }
    }
}

static bool stands_at(struct xd_slice line, size_t at, const char *word)
{
    size_t len = strlen(word);

    return line.len - at >= len && memcmp(line.p + at, word, len) == 0;
}

/* Does one of the words stand around the pair at `at`? */
static bool confirm(struct xd_slice line, size_t at)
{
    unsigned pair = pair_at(line.p + at);

    for (size_t i = 0; i < N_TRIGGERS; i++) {
        const struct trigger *t = &triggers[i];

        for (size_t k = t->key; k < t->key + 2; k++) {
            if (pair == pair_at(t->word + k) && at >= k &&
                stands_at(line, at - k, t->word)) {
                return true;
            }
        }
    }
    return false;
}

/* The pairs at every second place from `from` to in front of `to`, one by one. */
static bool search(const struct xd_log_triggers *t, struct xd_slice line, size_t from,
                   size_t to)
{
    for (size_t i = from; i < to && i + 1 < line.len; i += 2) {
        if (t->pairs[pair_at(line.p + i)] != 0 && confirm(line, i)) {
            return true;
        }
    }
    return false;
}

bool xd_log_triggered(const struct xd_log_triggers *t, struct xd_slice line)
{
    enum { STEP = 8 };
    size_t i = 0;

    /* Four pairs a step, and one branch: this loop reads nearly all of a log. */
    for (; i + STEP <= line.len; i += STEP) {
        uint64_t w;

        memcpy(&w, line.p + i, sizeof(w));
        unsigned any = (unsigned)t->pairs[w & 0xffff] | t->pairs[w >> 16 & 0xffff] |
                       t->pairs[w >> 32 & 0xffff] | t->pairs[w >> 48];

        if (any != 0 && search(t, line, i, i + STEP)) {
            return true;
        }
    }
    return search(t, line, i, line.len);
}
