/*
 * export.c - a conversation's compact form into the case, and all of them in order
 * of their first packet.
 */
#include "wire_priv.h"

#include <stdlib.h>

#include "expdiag/map.h"
#include "expdiag/text.h"

unsigned xd_conn_client(const struct xd_conn *c)
{
    if (c->client < 2) {
        return c->client;
    }
    return c->port[0] < c->port[1] ? 1 : 0;
}

const char *xd_wire_label(const struct xd_wire *w, struct xd_spot s)
{
    const struct xd_entry *e = xd_spot_is(s) ? w->files[xd_spot_file(s)].entry : NULL;

    return e == NULL ? "" : e->path != NULL ? e->path : e->name != NULL ? e->name : "";
}

struct xd_place xd_export_place(const struct xd_wire *w, struct xd_spot s)
{
    struct xd_place p = {.time = XD_TIME_NONE};

    if (xd_spot_is(s)) {
        p.entry = w->files[xd_spot_file(s)].entry;
        p.frame = s.frame;
        p.time = xd_spot_time(s);
    }
    return p;
}

static struct xd_endpoint make_endpoint(const struct xd_conn *c, unsigned end)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct xd_endpoint e = {.port = c->port[end]};

    if (memcmp(c->addr[end], mapped, sizeof(mapped)) == 0) {
        e.addr.family = XD_ADDR_V4;
        memcpy(e.addr.bytes, c->addr[end] + 12, 4);
    } else {
        e.addr.family = XD_ADDR_V6;
        memcpy(e.addr.bytes, c->addr[end], 16);
    }
    return e;
}

static enum xd_side side_of(const struct xd_conn *c, unsigned dir)
{
    return dir == xd_conn_client(c) ? XD_CLIENT : XD_SERVER;
}

static const struct xd_place *keep_place(struct xd_wire *w, struct xd_spot s)
{
    struct xd_place *p = NULL;

    if (xd_spot_is(s)) {
        p = xd_arena_alloc(w->cs->arena, sizeof(*p));
        *p = xd_export_place(w, s);
    }
    return p;
}

static void export_tcp(struct xd_wire *w, const struct xd_conn *c, struct xd_flow *f)
{
    struct xd_tcp_facts *t = &f->tcp;
    unsigned client = xd_conn_client(c);

    t->syn = c->dir[client].syn_seen;
    t->syn_ack = c->dir[1 - client].syn_seen;
    t->syn_count = c->syn_count;
    for (unsigned side = 0; side < 2; side++) {
        unsigned dir = side == XD_CLIENT ? client : 1 - client;
        const struct xd_dir *d = &c->dir[dir];

        t->isn[side] = d->isn;
        t->has_isn[side] = d->has_isn;
        t->rst[side] = xd_spot_is(c->spots[SPOT_RST + dir]);
        t->fin[side] = xd_spot_is(c->spots[SPOT_FIN + dir]);
        t->payload[side] = d->payload;
        t->gap[side] = d->gap;
        t->unheard[side] = xd_dir_unheard(c, dir);
        t->gap_place[side] = keep_place(w, c->spots[SPOT_GAP + dir]);
    }
    t->mid_stream = !t->syn && !t->syn_ack;
    t->overlap_differs = c->overlap_differs;
    t->end_of_capture = w->views[c->view].end;
}

static uint16_t *share_codes(struct xd_wire_codes *codes, size_t *n)
{
    *n = codes == NULL ? 0 : codes->n;
    return codes == NULL ? NULL : codes->codes;
}

static void export_versions(struct xd_wire *w, const struct xd_wire_tls *t,
                            struct xd_tls_facts *f)
{
    struct xd_wire_codes *versions = t->versions;

    if (versions == NULL && t->client_hello) {
        uint8_t legacy[2] = {(uint8_t)(t->client_version >> 8), (uint8_t)t->client_version};

        versions = xd_intern_codes(w, (struct xd_slice){legacy, sizeof(legacy)});
    }
    f->client_versions = share_codes(versions, &f->n_client_versions);
    for (size_t i = 0; i < f->n_client_versions; i++) {
        if (f->client_versions[i] > f->client_version && f->client_versions[i] <= 0x0304) {
            f->client_version = f->client_versions[i];
        }
    }
}

/* 1, 0, or -1 where it cannot be told (see flow.h). */
static int judge_resumed(const struct xd_conn *c, const struct xd_wire_tls *t)
{
    unsigned server = 1 - xd_conn_client(c);

    if (!t->server_hello) {
        return -1;
    }
    if (t->version == 0x0304) {
        return t->psk;
    }
    if (t->certificate || t->hello_done) {
        return 0;
    }
    if (c->dir[server].ccs) { /* without a certificate: an abbreviated handshake */
        return c->dir[server].gap ? -1 : t->session_id_echoed || t->ticket_offered ? 1 : -1;
    }
    return -1;
}

static int judge_request(const struct xd_tls_facts *f, const struct xd_wire_tls *t)
{
    if (t->request) {
        return 1;
    }
    if (t->version == 0x0304) {
        return t->keys_used && f->server_finished && f->certificates_visible ? 0 : -1;
    }
    return t->hello_done || f->resumed == 1 ? 0 : -1;
}

/* Secrets that were there only after the records that they open had passed. */
static bool is_late(const struct xd_wire *w, const struct xd_wire_tls *t)
{
    return t->version == 0x0304 && !t->keys_used &&
           xd_secrets_find(w, XD_SECRET_SERVER_HANDSHAKE, t->random[0]).len > 0;
}

static void export_tls(struct xd_wire *w, const struct xd_conn *c, struct xd_flow *flow)
{
    const struct xd_wire_tls *t = c->u.tls;
    struct xd_tls_facts *f = xd_arena_alloc(w->cs->arena, sizeof(*f));
    unsigned client = xd_conn_client(c);

    flow->tls = f;
    f->version = t->version;
    f->cipher = t->cipher;
    export_versions(w, t, f);
    f->ciphers = share_codes(t->ciphers, &f->n_ciphers);
    f->signature_algorithms = share_codes(t->algorithms, &f->n_signature_algorithms);
    f->request_types = share_codes(t->request_types, &f->n_request_types);
    f->request_algorithms = share_codes(t->request_algorithms, &f->n_request_algorithms);
    f->sni = t->sni;
    f->alpn = t->alpn != NULL ? t->alpn : t->alpn_offered;
    f->ticket_offered = t->ticket_offered;
    f->session_id_offered = t->session_id_offered;
    f->early_data = t->early_data;
    f->client_hello = t->client_hello;
    f->server_hello = t->server_hello;
    f->hello_retry = t->hello_retry;
    f->certificate_verify = t->certificate_verify;
    f->client_finished = c->dir[client].finished;
    f->server_finished = c->dir[1 - client].finished;
    f->handshake_end = xd_spot_is(c->spots[SPOT_HANDSHAKE_END])
                           ? xd_spot_time(c->spots[SPOT_HANDSHAKE_END])
                           : XD_TIME_NONE;
    f->app_data[XD_CLIENT] = xd_spot_is(c->spots[SPOT_APP_DATA + client]);
    f->app_data[XD_SERVER] = xd_spot_is(c->spots[SPOT_APP_DATA + 1 - client]);
    memcpy(f->random, t->random, sizeof(f->random));
    f->has_random[XD_CLIENT] = t->client_hello;
    f->has_random[XD_SERVER] = t->server_hello;
    f->starttls = t->starttls;
    f->renegotiated = t->renegotiated;
    f->keys_used = t->keys_used;
    f->keys_failed = t->keys_failed || is_late(w, t);
    f->resumed = judge_resumed(c, t);
    f->certificates_visible = f->resumed != 1 && (t->version != 0x0304 || t->keys_used) &&
                              (t->certificate || !t->compressed);
    f->client_auth_requested = judge_request(f, t);
    if (t->names != NULL) {
        f->acceptable_cas = t->names->texts;
        f->acceptable_ca_ders = t->names->ders;
        f->n_acceptable_cas = t->names->n;
    }
}

static bool is_after(uint64_t when, uint32_t frame, uint64_t other_when,
                     uint32_t other_frame)
{
    if (when >> 12 != other_when >> 12) {
        return when >> 12 > other_when >> 12;
    }
    return (when & 0xfff) == (other_when & 0xfff) && frame > other_frame;
}

/* By time, whatever the order in which files and directions were read; nearly sorted. */
static void sort_rows(struct xd_row *rows, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        struct xd_row r = rows[i];
        unsigned at = i;

        while (at > 0 && is_after(rows[at - 1].when, rows[at - 1].frame, r.when, r.frame)) {
            rows[at] = rows[at - 1];
            at--;
        }
        rows[at] = r;
    }
}

static void sort_lists(struct xd_conn *c)
{
    for (unsigned i = 1; i < c->n_presented; i++) {
        for (unsigned at = i;
             at > 0 &&
             is_after(c->presented[at - 1].spot.when, c->presented[at - 1].spot.frame,
                      c->presented[at].spot.when, c->presented[at].spot.frame);
             at--) {
            struct xd_wire_presented p = c->presented[at];

            c->presented[at] = c->presented[at - 1];
            c->presented[at - 1] = p;
        }
    }
    for (unsigned i = 1; i < c->n_alerts; i++) {
        for (unsigned at = i;
             at > 0 && is_after(c->alerts[at - 1].spot.when, c->alerts[at - 1].spot.frame,
                                c->alerts[at].spot.when, c->alerts[at].spot.frame);
             at--) {
            struct xd_wire_alert a = c->alerts[at];

            c->alerts[at] = c->alerts[at - 1];
            c->alerts[at - 1] = a;
        }
    }
}

static void export_lists(struct xd_wire *w, const struct xd_conn *c, struct xd_flow *f)
{
    struct xd_arena *a = w->cs->arena;

    if (c->n_presented > 0) {
        f->presented = xd_arena_alloc(a, c->n_presented * sizeof(*f->presented));
        f->n_presented = f->cap_presented = c->n_presented;
    }
    for (unsigned i = 0; i < c->n_presented; i++) {
        const struct xd_wire_presented *p = &c->presented[i];

        f->presented[i] = (struct xd_presented){
            .by = side_of(c, p->dir),
            .certs = p->chain->certs,
            .n_certs = p->chain->n,
            .chain_cut = p->cut,
            .place = xd_export_place(w, p->spot),
            .decrypted = p->decrypted,
        };
    }
    if (c->n_alerts > 0) {
        f->alerts = xd_arena_alloc(a, c->n_alerts * sizeof(*f->alerts));
        f->n_alerts = f->cap_alerts = c->n_alerts;
    }
    for (unsigned i = 0; i < c->n_alerts; i++) {
        f->alerts[i] = (struct xd_alert){side_of(c, c->alerts[i].dir), c->alerts[i].level,
                                         c->alerts[i].code, c->alerts[i].encrypted,
                                         xd_export_place(w, c->alerts[i].spot)};
    }
}

/* A trace in the making. */
struct packer {
    uint8_t bytes[(XD_MAX_MESSAGES + XD_MAX_LEDGER) * XD_TRACE_ROW_MAX];
    size_t len;
    struct xd_trace_at at;
};

/* A row with its entry as source. */
static void pack_row(const struct xd_wire *w, const struct xd_conn *c,
                     const struct xd_row *r, bool record, struct packer *out)
{
    struct xd_place p = xd_export_place(w, (struct xd_spot){r->when, r->frame});
    struct xd_trace_row row = {
        .source = (uint64_t)(uintptr_t)p.entry,
        .time = p.time,
        .frame = r->frame,
        .length = r->length,
        .kind = r->kind,
        .by = side_of(c, r->dir) == XD_SERVER,
        .record = record,
    };

    out->len += xd_trace_put(out->bytes + out->len, &out->at, &row);
}

static void export_trace(struct xd_wire *w, const struct xd_conn *c, struct xd_flow *f)
{
    struct xd_row steps[XD_MAX_MESSAGES];
    struct xd_row records[XD_MAX_LEDGER];
    unsigned n_steps = xd_conn_steps(c, steps);
    unsigned n_records = xd_conn_records(c, records);
    struct packer out; /* its bytes are not cleared */

    out.len = 0;
    out.at = (struct xd_trace_at){0};
    sort_rows(steps, n_steps);
    if (c->proto == PROTO_TLS) {
        sort_rows(records, n_records);
    }
    for (unsigned i = 0; i < n_steps; i++) {
        pack_row(w, c, &steps[i], false, &out);
    }
    for (unsigned i = 0; i < n_records; i++) {
        pack_row(w, c, &records[i], true, &out);
    }
    f->trace = xd_arena_dup(w->cs->arena, (struct xd_slice){out.bytes, out.len}).p;
    f->trace_len = (uint16_t)out.len;
    f->n_messages = (uint8_t)n_steps;
    f->n_ledger = (uint8_t)n_records;
    f->ledger_cut = c->ledger_cut;
}

struct xd_flow *xd_export_flow(struct xd_wire *w, struct xd_conn *c)
{
    struct xd_flow *f = xd_arena_alloc(w->cs->arena, sizeof(*f));
    unsigned client = xd_conn_client(c);

    sort_lists(c);
    if (c->proto == PROTO_SSH) {
        xd_ssh_runs_order(c);
    }
    f->view = c->view;
    f->first = xd_export_place(w, c->spots[SPOT_FIRST]);
    f->last = xd_export_place(w, c->spots[SPOT_LAST]);
    f->end[XD_CLIENT] = make_endpoint(c, client);
    f->end[XD_SERVER] = make_endpoint(c, 1 - client);
    f->roles_known = c->client < 2;
    export_tcp(w, c, f);
    export_lists(w, c, f);
    export_trace(w, c, f);
    if (c->proto == PROTO_TLS) {
        f->protocol = XD_PROTOCOL_TLS;
        export_tls(w, c, f);
    } else if (c->proto == PROTO_SSH) {
        f->protocol = XD_PROTOCOL_SSH;
        xd_export_ssh(w, c, f);
    } else {
        f->protocol = XD_PROTOCOL_TCP;
    }
    xd_outcome_judge(w, c, f);
    return f;
}

/* TLS and SSH always; plain TCP only where no byte was sent, seen or not. */
static bool is_candidate(const struct xd_conn *c)
{
    if (c->merged) {
        return false;
    }
    if (c->proto == PROTO_TLS || c->proto == PROTO_SSH) {
        return true;
    }
    return c->proto == PROTO_UNKNOWN && c->dir[0].payload == 0 && c->dir[1].payload == 0 &&
           !c->dir[0].gap && !c->dir[1].gap && xd_spot_is(c->spots[SPOT_SYN]);
}

/* First packet, then the names of the files and frames: no order of reading shows. */
struct order {
    uint64_t time;
    const char *label;
    uint32_t frame;
    uint32_t id;
};

static int compare_order(const void *a, const void *b)
{
    const struct order *x = a;
    const struct order *y = b;

    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    int names = strcmp(x->label, y->label);

    if (names != 0) {
        return names;
    }
    if (x->frame != y->frame) {
        return x->frame < y->frame ? -1 : 1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

static struct order *sort_conns(struct xd_wire *w, size_t *n)
{
    struct order *all = xd_alloc_array(w->n_conns + 1U, sizeof(*all));
    bool sorted = true;

    *n = 0;
    for (uint32_t i = 0; i < w->n_conns; i++) {
        const struct xd_conn *c = xd_conn_at(w, i);
        struct xd_spot first = c->spots[SPOT_FIRST];

        if (!is_candidate(c)) {
            continue;
        }
        all[(*n)++] = (struct order){
            .time = first.when >> 12,
            .label = xd_wire_label(w, first),
            .frame = first.frame,
            .id = i,
        };
        sorted = sorted && (*n < 2 || compare_order(&all[*n - 2], &all[*n - 1]) <= 0);
    }
    if (!sorted) { /* one capture alone mostly is */
        qsort(all, *n, sizeof(*all), compare_order);
    }
    return all;
}

static void note_last_seen(struct xd_wire *w)
{
    for (size_t i = 0; i < w->n_views; i++) {
        xd_time t = xd_spot_time(w->views[i].last);

        if (xd_spot_is(w->views[i].last) &&
            (w->cs->last_seen == XD_TIME_NONE || t > w->cs->last_seen)) {
            w->cs->last_seen = t;
        }
    }
}

/* How many of each block of the pool are still to be exported. */
static unsigned *count_by_block(const struct xd_wire *w, const struct order *all, size_t n)
{
    unsigned *left = xd_alloc_array(w->n_blocks + 1, sizeof(*left));

    for (size_t i = 0; i < n; i++) {
        left[all[i].id / XD_POOL_BLOCK]++;
    }
    return left;
}

void xd_wire_finish(struct xd_wire *w)
{
    size_t n = 0;

    xd_wire_file_end(w);
    xd_join_all(w);
    for (size_t i = 0; i < w->n_views; i++) {
        w->views[i].end = keep_place(w, w->views[i].last);
    }
    struct order *all = sort_conns(w, &n);
    unsigned *left = count_by_block(w, all, n);

    for (size_t i = 0; i < n; i++) {
        size_t block = all[i].id / XD_POOL_BLOCK;
        struct xd_flow *f = xd_export_flow(w, xd_conn_at(w, all[i].id));

        left[block]--;
        if (left[block] == 0) { /* so that both forms are not there of all at once */
            xd_conn_forget_block(w, block);
        }
        if (f->protocol == XD_PROTOCOL_TCP && f->outcome != XD_OUTCOME_FAILED) {
            continue;
        }
        *XD_PUSH(w->cs->arena, w->cs, flows) = f;
        f->id = (unsigned)w->cs->n_flows;
    }
    w->cs->flows_left_out += w->conns_left_out;
    xd_dns_finish(w);
    note_last_seen(w);
    xd_free(left);
    xd_free(all);
}
