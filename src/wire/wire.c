/*
 * wire.c - the door of the module: files and frames in, and at the end the
 * conversations into the case.
 */
#include "wire_priv.h"

#include <stdlib.h>

#include "expdiag/map.h"

void xd_wire_make_key(struct xd_wire *w)
{
    for (size_t i = 0; i < sizeof(w->key) / sizeof(w->key[0]); i++) {
        const uint8_t label[] = {'f', 'l', 'o', 'w', w->n_keys, (uint8_t)i};

        w->key[i] = xd_hash((struct xd_slice){label, sizeof(label)}) | 1;
    }
    w->n_keys++;
}

struct xd_wire *xd_wire_new(struct xd_case *cs)
{
    struct xd_wire *w = xd_alloc(sizeof(*w));

    w->cs = cs;
    xd_wire_make_key(w);
    w->n_slots = 1024;
    w->slots = xd_alloc_array(w->n_slots, sizeof(*w->slots));
    w->files = xd_alloc_array(1, sizeof(*w->files));
    w->n_files = 1;
    w->interned = xd_map_new();
    w->certs = xd_map_new();
    w->dns_seen = xd_map_new();
    return w;
}

void xd_wire_no_steps(struct xd_wire *w)
{
    w->no_steps = true;
}

static void free_work(struct xd_work *k)
{
    for (unsigned d = 0; d < 2; d++) {
        xd_free(k->dir[d].stream.p);
        xd_free(k->dir[d].message.p);
        xd_free(k->dir[d].plain.p);
    }
    xd_free(k);
}

void xd_conn_forget(struct xd_wire *w, struct xd_conn *c)
{
    xd_conn_release(w, c);
    xd_conn_drop_held(w, c);
    xd_join_drop_log(w, c);
    xd_free(c->trace);
    xd_free(c->ledger);
    xd_free(c->alerts);
    xd_free(c->presented);
    if (c->proto == PROTO_SSH) {
        xd_free(c->u.ssh->marks);
    }
    xd_free(c->u.tls);
}

void xd_conn_forget_block(struct xd_wire *w, size_t block)
{
    if (w->pool[block] == NULL) {
        return;
    }
    for (size_t i = 0; i < XD_POOL_BLOCK; i++) { /* those not yet used hold nothing */
        xd_conn_forget(w, &w->pool[block][i]);
    }
    xd_free(w->pool[block]);
    w->pool[block] = NULL;
}

void xd_wire_free(struct xd_wire *w)
{
    if (w == NULL) {
        return;
    }
    for (size_t i = 0; i < w->n_blocks; i++) {
        xd_conn_forget_block(w, i);
    }
    while (w->free_work != NULL) {
        struct xd_work *k = w->free_work;

        w->free_work = k->next_free;
        free_work(k);
    }
    xd_free(w->pool);
    xd_free(w->slots);
    xd_free(w->files);
    xd_free(w->views);
    xd_map_free(w->interned);
    xd_map_free(w->certs);
    xd_dns_free(w);
    xd_defrag_free(w->defrag);
    xd_defrag_forget(w, 0);
    xd_secrets_free(w->secrets);
    xd_free(w);
}

static uint16_t find_view(struct xd_wire *w, struct xd_wire_point point)
{
    uint16_t node = (uint16_t)w->n_views;

    for (size_t i = 0; point.node != NULL && i < w->n_views; i++) {
        const struct xd_wire_view *v = &w->views[i];

        if (!v->joins || strcmp(v->point.node, point.node) != 0) {
            continue;
        }
        if (v->point.interface == point.interface) {
            return (uint16_t)i;
        }
        node = v->node;
    }
    bool joins = point.node != NULL;

    point.node = xd_arena_strdup(w->cs->arena, point.node);
    w->views = xd_realloc(w->views, (w->n_views + 1) * sizeof(*w->views));
    w->views[w->n_views] =
        (struct xd_wire_view){.point = point, .node = node, .joins = joins};
    return (uint16_t)w->n_views++;
}

bool xd_wire_file_begin(struct xd_wire *w, const struct xd_entry *entry,
                        struct xd_wire_point point)
{
    xd_wire_file_end(w);
    w->losses = (struct xd_wire_losses){0};
    if (entry->input != w->input) {
        xd_join_all(w);
    }
    if (entry->input != w->input || w->n_files == 1) {
        xd_budget_begin_input(w);
    }
    w->input = entry->input;
    w->held_base = w->held_total;
    w->rest_bytes = 0;
    if (w->n_files > XD_MAX_CAPTURE_FILES) {
        return false;
    }
    w->files = xd_realloc(w->files, (w->n_files + 1) * sizeof(*w->files));
    w->view = find_view(w, point);
    w->files[w->n_files] =
        (struct xd_wire_file){.entry = entry, .view = w->view, .first_conn = w->n_conns};
    w->file = (uint16_t)w->n_files++;
    return true;
}

static uint64_t clamp_time(xd_time t)
{
    const xd_time highest = ((xd_time)1 << 52) - 1;

    return (uint64_t)(t < 0 ? 0 : t > highest ? highest : t);
}

static unsigned read_be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/*
 * Media: Ethernet, IPv4 without options or fragments, UDP between ports above those
 * of DNS and of any tunnel.  Most bytes of a gateway's capture end here.
 */
static bool is_media(const struct xd_wire_frame *f)
{
    enum { HIGHEST_TUNNEL_PORT = 8472 };
    const uint8_t *p = f->bytes;

    return f->link == XD_LINK_ETHERNET && f->len >= 42 && p[23] == 17 && p[14] == 0x45 &&
           read_be16(p + 12) == 0x0800 && (read_be16(p + 20) & 0x3fff) == 0 &&
           read_be16(p + 34) > HIGHEST_TUNNEL_PORT &&
           read_be16(p + 36) > HIGHEST_TUNNEL_PORT;
}

void xd_wire_take(struct xd_wire *w, const struct xd_wire_frame *frame)
{

    if (w->file == 0) {
        return;
    }
    struct xd_wire_file *file = &w->files[w->file];

    w->now.when = clamp_time(frame->time) << 12 | w->file;
    w->now.frame = frame->number > UINT32_MAX ? UINT32_MAX : (uint32_t)frame->number;
    if (w->now.when >> 12 >= file->last.when >> 12) {
        file->last = w->now;
    }
    if (is_media(frame)) {
        return;
    }
    struct xd_packet k = {
        .p = frame->bytes, .len = frame->len, .wire_len = frame->wire_len};
    unsigned next = NEXT_LINK | ((unsigned)frame->link & 0xffff);
    uint64_t malformed = w->losses.malformed;

    for (unsigned i = 0; i < XD_MAX_HEADERS && next != NEXT_DONE; i++) {
        unsigned value = next & 0xffff;

        switch (next & NEXT_KIND) {
        case NEXT_IP:
            next = xd_ip_dissect(w, &k);
            break;
        case NEXT_PROTO:
            next = xd_ip_transport(w, &k, value);
            break;
        case NEXT_TYPE:
            next = xd_frame_ethertype(w, &k, value);
            break;
        default:
            next = xd_frame_dissect(w, &k, (int)value);
            break;
        }
    }
    if (next != NEXT_DONE && w->losses.headers == 0) {
        w->losses.headers = w->now.frame;
    }
    w->losses.cut += w->losses.malformed > malformed && frame->wire_len > frame->len;
}

/* The latest frame of the view; of two at one time that of the later name. */
static void note_last(struct xd_wire *w)
{
    struct xd_spot last = w->files[w->file].last;
    struct xd_spot *view = &w->views[w->view].last;
    uint64_t now = last.when >> 12;
    uint64_t before = view->when >> 12;

    if (!xd_spot_is(*view) || now > before ||
        (now == before && xd_spot_is(last) &&
         strcmp(xd_wire_label(w, last), xd_wire_label(w, *view)) > 0)) {
        *view = last;
    }
}

void xd_wire_file_end(struct xd_wire *w)
{
    if (w->file == 0) {
        return;
    }
    note_last(w);
    xd_defrag_file_end(w);
    uint64_t waiting = w->rest_bytes; /* for another file */

    if (w->held_total > w->held_base) {
        waiting += w->held_total - w->held_base;
    }
    if (waiting > 0) {
        (void)xd_budget_count(w, XD_BUDGET_HELD, waiting);
    }
    w->file = 0;
}

struct xd_wire_losses xd_wire_file_losses(const struct xd_wire *w)
{
    struct xd_wire_losses losses = w->losses;

    losses.secrets = xd_secrets_left_out(w);
    return losses;
}
