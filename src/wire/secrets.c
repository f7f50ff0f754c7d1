/*
 * secrets.c - lines of an NSS key log, by what they are for and the client's random.
 *
 *    LABEL <64 hex digits of the client random> <hex of the secret>
 */
#include "wire_priv.h"

#include "expdiag/map.h"
#include "expdiag/text.h"

enum { RANDOM = 32, MAX_SECRET = 64 };

struct xd_secrets {
    struct xd_map *by_random; /* label's number and random, to a struct secret */
    size_t n;
    bool left_out; /* there were more */
};

struct secret {
    uint8_t bytes[MAX_SECRET];
    size_t len;
};

static const char *const labels[] = {
    [XD_SECRET_MASTER] = "CLIENT_RANDOM",
    [XD_SECRET_CLIENT_HANDSHAKE] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    [XD_SECRET_SERVER_HANDSHAKE] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    [XD_SECRET_CLIENT_TRAFFIC] = "CLIENT_TRAFFIC_SECRET_0",
    [XD_SECRET_SERVER_TRAFFIC] = "SERVER_TRAFFIC_SECRET_0",
};

void xd_secrets_free(struct xd_secrets *s)
{
    if (s != NULL) {
        xd_map_free(s->by_random);
        xd_free(s);
    }
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* All of text as hex into out; 0 where it is none or does not fit. */
static size_t read_hex(struct xd_slice text, uint8_t *out, size_t room)
{
    if (text.len % 2 != 0 || text.len / 2 > room) {
        return 0;
    }
    for (size_t i = 0; i < text.len / 2; i++) {
        int high = hex_value(text.p[2 * i]);
        int low = hex_value(text.p[2 * i + 1]);

        if (high < 0 || low < 0) {
            return 0;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return text.len / 2;
}

/* The next word of a line; the line loses it. */
static struct xd_slice take_word(struct xd_slice *line)
{
    struct xd_slice word = xd_text_trim(*line);
    size_t n = 0;

    while (n < word.len && word.p[n] != ' ' && word.p[n] != '\t') {
        n++;
    }
    *line = (struct xd_slice){word.p + n, word.len - n};
    word.len = n;
    return word;
}

static void take_line(struct xd_wire *w, struct xd_slice line)
{
    uint8_t key[1 + RANDOM];
    struct secret *s = NULL;
    struct xd_slice label = take_word(&line);
    struct xd_slice random = take_word(&line);
    struct xd_slice value = take_word(&line);

    for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
        if (!xd_slice_equal(label, xd_slice_of(labels[i]))) {
            continue;
        }
        if (w->secrets->n >= XD_MAX_SECRETS) {
            w->secrets->left_out = true;
            return;
        }
        uint8_t bytes[MAX_SECRET];
        size_t len = read_hex(value, bytes, sizeof(bytes));

        if (read_hex(random, key + 1, RANDOM) != RANDOM || len == 0) {
            return;
        }
        key[0] = (uint8_t)i;
        s = xd_arena_alloc(w->cs->arena, sizeof(*s));
        memcpy(s->bytes, bytes, len);
        s->len = len;
        w->secrets->n++;
        xd_map_put(w->secrets->by_random, (struct xd_slice){key, sizeof(key)}, s);
        return;
    }
}

bool xd_secrets_left_out(const struct xd_wire *w)
{
    return w->secrets != NULL && w->secrets->left_out;
}

void xd_wire_secrets(struct xd_wire *w, struct xd_slice text)
{
    if (w->secrets == NULL) {
        w->secrets = xd_alloc(sizeof(*w->secrets));
        w->secrets->by_random = xd_map_new();
    }
    while (text.len > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.len);
        size_t n = end == NULL ? text.len : (size_t)(end - text.p);

        take_line(w, (struct xd_slice){text.p, n});
        n += end != NULL;
        text.p += n;
        text.len -= n;
    }
}

struct xd_slice xd_secrets_find(const struct xd_wire *w, enum xd_secret_kind kind,
                                const uint8_t random[32])
{
    uint8_t key[1 + RANDOM] = {(uint8_t)kind};
    const struct secret *s = NULL;

    if (w->secrets != NULL) {
        memcpy(key + 1, random, RANDOM);
        s = xd_map_get(w->secrets->by_random, (struct xd_slice){key, sizeof(key)});
    }
    return s == NULL ? (struct xd_slice){NULL, 0} : (struct xd_slice){s->bytes, s->len};
}
