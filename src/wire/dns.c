/*
 * dns.c - names and addresses of DNS answers (RFC 1035, 4; RFC 3596), for joining
 * peers that settings name with addresses that packets show.
 */
#include "wire_priv.h"

#include <stdlib.h>

#include "expdiag/map.h"
#include "expdiag/text.h"

enum {
    TYPE_A = 1,
    TYPE_CNAME = 5,
    TYPE_AAAA = 28,
    CLASS_IN = 1,
    MAX_NAME = 255,
    MAX_JUMPS = 32
};

/* A name, compression pointers followed backwards only; false where it is none. */
static bool read_name(struct xd_slice all, size_t *at, char *out, size_t *out_len)
{
    size_t pos = *at;
    size_t len = 0;
    bool jumped = false;

    for (unsigned jumps = 0; jumps < MAX_JUMPS && pos < all.len;) {
        uint8_t n = all.p[pos];

        if (n == 0) {
            *at = jumped ? *at : pos + 1;
            *out_len = len;
            return true;
        }
        if (n >= 0xc0) {
            if (pos + 1 >= all.len) {
                return false;
            }
            *at = jumped ? *at : pos + 2;
            jumped = true;
            pos = (size_t)(n & 0x3f) << 8 | all.p[pos + 1];
            jumps++;
            continue;
        }
        if (n > 63 || pos + 1 + n > all.len || len + n + 1 > MAX_NAME) {
            return false;
        }
        if (len > 0) {
            out[len++] = '.';
        }
        memcpy(out + len, all.p + pos + 1, n);
        len += n;
        pos += 1U + n;
    }
    return false;
}

/* A name and an address of it. */
struct xd_dns_row {
    struct xd_slice key; /* the address, then the name as it came */
    struct xd_dns_name said;
    size_t *at; /* its index: what the map holds */
};

/* By time: the earliest are kept. */
static int compare_rows(const void *a, const void *b)
{
    const struct xd_dns_row *x = a;
    const struct xd_dns_row *y = b;
    int names = strcmp(x->said.name, y->said.name);

    if (x->said.place.time != y->said.place.time) {
        return x->said.place.time < y->said.place.time ? -1 : 1;
    }
    return names != 0 ? names : memcmp(&x->said.addr, &y->said.addr, sizeof(x->said.addr));
}

/* Beyond the limit the earliest stay; the file of the first that goes is told. */
static void sort_rows(struct xd_wire *w)
{
    const struct xd_dns_row *first = &w->dns[XD_MAX_DNS_NAMES];

    if (w->n_dns > 1) {
        qsort(w->dns, w->n_dns, sizeof(*w->dns), compare_rows);
    }
    if (w->n_dns <= XD_MAX_DNS_NAMES) {
        return;
    }
    if (w->dns_left_out == NULL || first->said.place.time < w->dns_left_out_at) {
        w->dns_left_out = first->said.place.entry;
        w->dns_left_out_at = first->said.place.time;
    }
    w->n_dns = XD_MAX_DNS_NAMES;
    xd_map_free(w->dns_seen);
    w->dns_seen = xd_map_new();
    for (size_t i = 0; i < w->n_dns; i++) {
        *w->dns[i].at = i;
        xd_map_put(w->dns_seen, w->dns[i].key, w->dns[i].at);
    }
}

void xd_dns_free(struct xd_wire *w)
{
    xd_map_free(w->dns_seen);
    xd_free(w->dns);
}

void xd_dns_finish(struct xd_wire *w)
{
    if (w->n_dns == 0) {
        return;
    }
    sort_rows(w);
    for (size_t i = 0; i < w->n_dns; i++) {
        *XD_PUSH(w->cs->arena, w->cs, dns) = w->dns[i].said;
    }
    w->n_dns = 0;
    if (w->dns_left_out != NULL) {
        xd_case_note_limit(w->cs, w->dns_left_out,
                           "more than %d addresses of names in DNS answers; the rest was "
                           "not kept",
                           XD_MAX_DNS_NAMES);
    }
}

static struct xd_dns_row *add_row(struct xd_wire *w, struct xd_slice key)
{
    enum { MOST = 2 * XD_MAX_DNS_NAMES };

    if (w->dns == NULL) {
        w->dns = xd_alloc_array(MOST, sizeof(*w->dns));
    }
    if (w->n_dns == MOST) {
        sort_rows(w);
    }
    struct xd_dns_row *row = &w->dns[w->n_dns];

    row->key = xd_arena_dup(w->cs->arena, key);
    row->at = xd_arena_alloc(w->cs->arena, sizeof(*row->at));
    *row->at = w->n_dns++;
    xd_map_put(w->dns_seen, row->key, row->at);
    return row;
}

static void keep(struct xd_wire *w, const char *name, size_t len, struct xd_slice address)
{
    uint8_t key[16 + MAX_NAME + 1];

    memcpy(key, address.p, address.len);
    memcpy(key + address.len, name, len);
    struct xd_slice k = {key, address.len + len};
    const size_t *at = xd_map_get(w->dns_seen, k);

    if (at != NULL) { /* the earliest answer is the place, whichever was read first */
        struct xd_dns_name *known = &w->dns[*at].said;

        if (xd_spot_time(w->now) < known->place.time) {
            known->place = xd_export_place(w, w->now);
        }
        return;
    }
    if (len == 0) {
        return;
    }
    struct xd_dns_name *d = &add_row(w, k)->said;
    char *text = xd_text_clean(w->cs->arena, name, len, MAX_NAME);

    xd_text_lower(text);
    *d = (struct xd_dns_name){.name = text, .place = xd_export_place(w, w->now)};
    d->addr.family = address.len == 4 ? XD_ADDR_V4 : XD_ADDR_V6;
    memcpy(d->addr.bytes, address.p, address.len);
}

/*
 * Answers are given under the name that was asked for and under the last alias:
 * settings name the first.
 */
void xd_dns_answer(struct xd_wire *w, struct xd_slice message)
{
    char asked[MAX_NAME + 1];
    char name[MAX_NAME + 1];
    size_t asked_len = 0;
    size_t name_len = 0;
    size_t at = 12;

    if (message.len < 12 || (message.p[2] & 0x80) == 0 || (message.p[3] & 0x0f) != 0) {
        return;
    }
    unsigned questions = (unsigned)message.p[4] << 8 | message.p[5];
    unsigned answers = (unsigned)message.p[6] << 8 | message.p[7];

    if (questions != 1 || !read_name(message, &at, asked, &asked_len)) {
        return;
    }
    at += 4;
    for (unsigned i = 0; i < answers && read_name(message, &at, name, &name_len); i++) {
        if (at + 10 > message.len) {
            return;
        }
        const uint8_t *r = message.p + at;
        unsigned type = (unsigned)r[0] << 8 | r[1];
        unsigned class = (unsigned)r[2] << 8 | r[3];
        size_t len = (size_t)r[8] << 8 | r[9];

        at += 10;
        if (at + len > message.len) {
            return;
        }
        if (class == CLASS_IN &&
            ((type == TYPE_A && len == 4) || (type == TYPE_AAAA && len == 16))) {
            keep(w, asked, asked_len, (struct xd_slice){message.p + at, len});
            keep(w, name, name_len, (struct xd_slice){message.p + at, len});
        }
        at += len;
    }
}
