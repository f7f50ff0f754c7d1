/*
 * nodes_zone.c - zones of one node: configured in xconf, their state from xstat.
 *
 * The two dumps are collected apart and joined at the end, by index and name.
 */
#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"

#include "assemble_priv.h"

enum { MAX_ZONE_PEERS = 16 }; /* six by the reference; a DNS name may give more */

enum zone_type {
    TYPE_CLIENT,
    TYPE_SERVER,
    TYPE_NEIGHBOR,
    TYPE_DNS,
    TYPE_OTHER,
    TYPE_COUNT
};

static const char *const type_words[TYPE_COUNT] = {"traversalclient", "traversalserver",
                                                   "neighbor", "dns", NULL};

/* Settings under one type's word; a zone keeps those of types it no longer has. */
struct typed_build {
    bool any;
    enum xd_tri uc;
    uint16_t port;
    const char *transport;
    enum xd_tri verify;
    struct xd_place verify_place;
    const char *subject_name;
    const char *peers[MAX_ZONE_PEERS];
    struct xd_place peer_places[MAX_ZONE_PEERS];
};

struct config_build {
    unsigned index;
    const char *name;
    const char *type;
    struct xd_place place;
    struct typed_build typed[TYPE_COUNT];
};

struct peer_state {
    const char *address;
    uint16_t port;
    const char *status;
    const char *reason;
    struct xd_place place;
};

struct state_build {
    unsigned index;
    bool joined;
    const char *name;
    const char *type;
    const char *status;
    const char *reason;
    struct xd_place place;
    struct peer_state peers[MAX_ZONE_PEERS];
};

struct xd_zones_build {
    struct config_build *config[XD_MAX_ZONES + 1]; /* by index */
    struct state_build *state[XD_MAX_ZONES + 1];
};

struct xd_zones_build *xd_zones_begin(void)
{
    return xd_alloc(sizeof(struct xd_zones_build));
}

static enum zone_type find_type(const char *word)
{
    size_t len = strcspn(word, " ");

    for (int t = 0; t < TYPE_OTHER; t++) {
        if (strlen(type_words[t]) == len && memcmp(type_words[t], word, len) == 0) {
            return (enum zone_type)t;
        }
    }
    return TYPE_OTHER;
}

static uint16_t read_port(const char *value)
{
    uint64_t port = 0;

    if (!xd_text_number(xd_text_trim(xd_slice_of(value)), UINT16_MAX, &port)) {
        return 0;
    }
    return (uint16_t)port;
}

static bool is_zone(struct xd_dump_reader *r, unsigned index)
{
    if (index > XD_MAX_ZONES) {
        xd_case_note_limit(r->cs, r->dump->entry,
                           "zones with an index above %d were not read", XD_MAX_ZONES);
    }
    return index >= 1 && index <= XD_MAX_ZONES;
}

/* --- xconf --- */

static struct config_build *get_config(struct xd_dump_reader *r, unsigned index)
{
    if (!is_zone(r, index)) {
        return NULL;
    }
    struct config_build **at = &r->zones->config[index];
    if (*at == NULL) {
        *at = xd_arena_alloc(r->cs->arena, sizeof(**at));
        (*at)->index = index;
        for (size_t t = 0; t < TYPE_COUNT; t++) {
            (*at)->typed[t].uc = XD_TRI_UNKNOWN;
            (*at)->typed[t].verify = XD_TRI_UNKNOWN;
        }
    }
    return *at;
}

/* What stands behind the word of the type. */
static void take_typed(struct xd_dump_reader *r, struct typed_build *t,
                       const struct xd_words *w, const struct xd_setting *s)
{
    const char *tail = xd_words_from(w, 3);
    unsigned peer = w->index[3];

    t->any = true;
    if (strcmp(tail, "collaboration edge") == 0) {
        t->uc = xd_tri_of(s->value);
    } else if (strcmp(tail, "sip port") == 0) {
        t->port = read_port(s->value);
    } else if (strcmp(tail, "sip transport") == 0 ||
               strcmp(tail, "sip default transport") == 0) {
        t->transport = s->value;
    } else if (strcmp(tail, "sip tls verify mode") == 0) {
        t->verify = xd_tri_of(s->value);
        t->verify_place = xd_reader_place(r, s);
    } else if (strcmp(tail, "sip tls verify subject name") == 0) {
        t->subject_name = s->value;
    } else if (strcmp(tail, "peer address") == 0 && peer >= 1 && peer <= MAX_ZONE_PEERS) {
        t->peers[peer - 1] = s->value;
        t->peer_places[peer - 1] = xd_reader_place(r, s);
    }
}

void xd_zones_config(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s)
{
    struct config_build *zone = get_config(r, w->index[1]);
    const char *tail = xd_words_from(w, 2);

    if (zone == NULL || !xd_reader_takes(r, w, s)) {
        return;
    }
    if (zone->place.entry == NULL) {
        zone->place = xd_reader_place(r, s);
    }
    if (strcmp(tail, "name") == 0) {
        zone->name = s->value;
        zone->place = xd_reader_place(r, s);
    } else if (strcmp(tail, "type") == 0) {
        zone->type = s->value;
    } else if (w->n > 3) {
        take_typed(r, &zone->typed[find_type(tail)], w, s);
    }
}

/* --- xstat --- */

static struct state_build *get_state(struct xd_dump_reader *r, unsigned index)
{
    if (!is_zone(r, index)) {
        return NULL;
    }
    struct state_build **at = &r->zones->state[index];
    if (*at == NULL) {
        *at = xd_arena_alloc(r->cs->arena, sizeof(**at));
        (*at)->index = index;
    }
    return *at;
}

static bool is_reason(const char *word)
{
    static const char *const words[] = {"cause",         "reason",       "failurecause",
                                        "failurereason", "statusreason", "failure cause"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "<Type> Peer N [SIP] Field"; H.323 states are none of ours. */
static void take_peer_state(struct xd_dump_reader *r, struct state_build *zone,
                            const struct xd_words *w, const struct xd_setting *s)
{
    size_t at = xd_words_is(w, 2, "peer") ? 2 : 3;
    unsigned index = w->index[at];

    if (!xd_words_is(w, at, "peer") || xd_words_is(w, at + 1, "h323") || index < 1 ||
        index > MAX_ZONE_PEERS) {
        return;
    }
    struct peer_state *peer = &zone->peers[index - 1];
    const char *field = xd_words_from(w, at + (xd_words_is(w, at + 1, "sip") ? 2 : 1));
    if (strcmp(field, "status") == 0) {
        peer->status = s->value;
        peer->place = xd_reader_place(r, s);
    } else if (strcmp(field, "address") == 0) {
        peer->address = s->value;
        if (peer->place.entry == NULL) {
            peer->place = xd_reader_place(r, s);
        }
    } else if (strcmp(field, "port") == 0) {
        peer->port = read_port(s->value);
    } else if (is_reason(field)) {
        peer->reason = s->value;
    }
}

void xd_zones_status(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s)
{
    struct state_build *zone = get_state(r, w->index[1]);
    const char *tail = xd_words_from(w, 2);

    if (zone == NULL || !xd_reader_takes(r, w, s)) {
        return;
    }
    if (strcmp(tail, "name") == 0) {
        zone->name = s->value;
    } else if (strcmp(tail, "type") == 0) {
        zone->type = s->value;
    } else if (strcmp(tail, "status") == 0) {
        zone->status = s->value;
        zone->place = xd_reader_place(r, s);
    } else if (is_reason(tail)) {
        zone->reason = s->value;
    } else {
        take_peer_state(r, zone, w, s);
    }
    if (zone->place.entry == NULL) {
        zone->place = xd_reader_place(r, s);
    }
}

/* --- the join --- */

static bool names_agree(const char *a, const char *b)
{
    return a == NULL || b == NULL || xd_text_equal_nocase(xd_slice_of(a), xd_slice_of(b));
}

static struct state_build *find_state(const struct xd_zones_build *b,
                                      const struct config_build *zone)
{
    struct state_build *same = b->state[zone->index];

    if (same != NULL && names_agree(same->name, zone->name)) {
        return same;
    }
    for (unsigned i = 1; i <= XD_MAX_ZONES && zone->name != NULL; i++) {
        struct state_build *other = b->state[i];

        if (other != NULL && !other->joined && other->name != NULL &&
            names_agree(other->name, zone->name)) {
            return other;
        }
    }
    return NULL;
}

/* The settings that count: those of the zone's type, else the only ones there. */
static const struct typed_build *pick_typed(const struct config_build *zone)
{
    const struct typed_build *only = NULL;

    if (zone->type != NULL) {
        char word[32];
        size_t len = strlen(zone->type);

        len = len < sizeof(word) ? len : sizeof(word) - 1;
        memcpy(word, zone->type, len);
        word[len] = '\0';
        xd_text_lower(word);
        enum zone_type t = find_type(word);
        if (t != TYPE_OTHER) {
            return &zone->typed[t];
        }
    }
    for (size_t t = 0; t < TYPE_COUNT; t++) {
        if (zone->typed[t].any && (only == NULL || zone->typed[t].uc == XD_TRI_ON)) {
            only = &zone->typed[t];
        }
    }
    return only;
}

/* What the web pages call the zone's type may be printed where it is not configured. */
static bool is_uc_type(const char *type)
{
    return type != NULL &&
           xd_text_contains_nocase(xd_slice_of(type), "unified communications");
}

/* A status alone, or settings that were cut short, do not say what a zone is for. */
static enum xd_tri is_uc(const struct config_build *config, const struct typed_build *typed,
                         const struct state_build *state)
{
    const char *type = config != NULL && config->type != NULL ? config->type
                       : state != NULL                        ? state->type
                                                              : NULL;
    const struct xd_entry *entry = config != NULL ? config->place.entry : NULL;
    bool traversal =
        type == NULL || xd_text_contains_nocase(xd_slice_of(type), "traversal");

    if ((config != NULL && is_uc_type(config->type)) ||
        (state != NULL && is_uc_type(state->type))) {
        return XD_TRI_ON;
    }
    if (typed != NULL && typed->uc != XD_TRI_UNKNOWN) {
        return typed->uc;
    }
    bool told = entry != NULL && entry->status == XD_ENTRY_READ;
    return told || !traversal ? XD_TRI_OFF : XD_TRI_UNKNOWN;
}

static void add_peer(struct xd_dump_reader *r, struct xd_zone *zone, const char *address,
                     const struct xd_place *place, const struct peer_state *state)
{
    struct xd_zone_peer *peer = XD_PUSH(r->cs->arena, zone, peers);
    struct xd_endpoint end = {0};

    bool listens =
        zone->type != NULL &&
        xd_text_equal_nocase(xd_slice_of(zone->type), xd_slice_of("TraversalServer"));

    peer->address = address;
    peer->configured = address != NULL;
    peer->port = listens ? 0 : zone->port; /* a server zone's port is the node's own */
    if (place != NULL) {
        peer->config = *place;
    }
    if (state != NULL) {
        peer->address = address != NULL ? address : state->address;
        peer->status = state->status;
        peer->reason = state->reason;
        peer->state = state->place;
        peer->port = peer->port == 0 ? state->port : peer->port;
    }
    if ((state == NULL || state->address == NULL || !xd_address_of(state->address, &end)) &&
        !xd_address_of(peer->address, &end)) {
        return;
    }
    peer->addr = end.addr;
}

static void add_peers(struct xd_dump_reader *r, struct xd_zone *zone,
                      const struct typed_build *typed, const struct state_build *state)
{
    for (size_t i = 0; i < MAX_ZONE_PEERS; i++) {
        const char *address = typed != NULL ? typed->peers[i] : NULL;
        const struct peer_state *peer = state != NULL ? &state->peers[i] : NULL;

        if (peer != NULL && peer->address == NULL && peer->status == NULL) {
            peer = NULL;
        }
        if (address != NULL || (peer != NULL && peer->address != NULL)) {
            add_peer(r, zone, address, address != NULL ? &typed->peer_places[i] : NULL,
                     peer);
        }
    }
}

static void fill_config(struct xd_zone *zone, const struct config_build *config,
                        const struct typed_build *typed)
{
    zone->index = config->index;
    zone->name = config->name;
    zone->type = config->type;
    zone->config = config->place;
    if (typed != NULL) {
        zone->port = typed->port;
        zone->transport = typed->transport;
        zone->tls_verify = typed->verify;
        zone->verify_place = typed->verify_place;
        zone->subject_name = typed->subject_name;
    }
}

/* Most telling cause: the zone's own, else that of its first peer that has one. */
static const char *find_reason(const struct state_build *state)
{
    const char *reason = state->reason;

    for (size_t i = 0; i < MAX_ZONE_PEERS && reason == NULL; i++) {
        reason = state->peers[i].reason;
    }
    return reason;
}

static void emit_zone(struct xd_dump_reader *r, const struct config_build *config,
                      struct state_build *state)
{
    struct xd_zone *zone = XD_PUSH(r->cs->arena, r->node, zones);
    const struct typed_build *typed = config != NULL ? pick_typed(config) : NULL;

    zone->tls_verify = XD_TRI_UNKNOWN;
    if (config != NULL) {
        fill_config(zone, config, typed);
    }
    if (state != NULL) {
        state->joined = true;
        zone->index = config != NULL ? zone->index : state->index;
        zone->name = zone->name != NULL ? zone->name : state->name;
        zone->type = zone->type != NULL ? zone->type : state->type;
        zone->status = state->status;
        zone->reason = find_reason(state);
        zone->state = state->place;
    }
    zone->uc = is_uc(config, typed, state);
    add_peers(r, zone, typed, state);
}

void xd_zones_end(struct xd_dump_reader *r)
{
    struct xd_zones_build *b = r->zones;

    for (unsigned i = 1; i <= XD_MAX_ZONES; i++) {
        if (b->config[i] != NULL &&
            (b->config[i]->name != NULL || b->config[i]->type != NULL)) {
            emit_zone(r, b->config[i], find_state(b, b->config[i]));
        }
    }
    /* Those that only the status knows: xconf is missing, or cut short. */
    for (unsigned i = 1; i <= XD_MAX_ZONES; i++) {
        if (b->state[i] != NULL && !b->state[i]->joined &&
            (b->state[i]->name != NULL || b->state[i]->type != NULL)) {
            emit_zone(r, NULL, b->state[i]);
        }
    }
    xd_free(b);
    r->zones = NULL;
}
