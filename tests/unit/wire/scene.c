/*
 * scene.c - see scene.h.
 */
#include "scene.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 1 << 20 };

void xd_put_be(struct xd_buf *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;) {
        uint8_t b = (uint8_t)(value >> (8 * i));

        xd_buf_add(out, &b, 1);
    }
}

struct xd_slice xd_slice_of_buf(const struct xd_buf *b)
{
    return (struct xd_slice){b->bytes, b->len};
}

void xd_scene_begin(struct xd_scene *s)
{
    *s = (struct xd_scene){
        .time = 1774000000 * XD_SECOND, .seq = {1000, 90000}, .port = {40000, 5061}};
    s->cs = xd_case_new();
    s->w = xd_wire_new(s->cs);
    xd_scene_file(s, "a.pcap");
}

void xd_scene_file(struct xd_scene *s, const char *name)
{
    s->entry = xd_case_entry(s->cs);
    s->entry->name = s->entry->path = xd_arena_strdup(s->cs->arena, name);
    s->frame = 0;
    if (!xd_wire_file_begin(s->w, s->entry, (struct xd_wire_point){"node", s->interface})) {
        abort();
    }
}

void xd_scene_frame(struct xd_buf *out, const uint16_t *port, unsigned side, unsigned flags,
                    uint32_t seq, struct xd_slice bytes)
{
    static const uint8_t addr[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}};

    xd_put_be(out, 0, 6);
    xd_put_be(out, 0, 6);
    xd_put_be(out, 0x0800, 2);
    xd_put_be(out, 0x4500, 2);
    xd_put_be(out, 40 + bytes.len, 2);
    xd_put_be(out, 0x00004000, 4);
    xd_put_be(out, 0x4006, 2);
    xd_put_be(out, 0, 2);
    xd_buf_add(out, addr[side], 4);
    xd_buf_add(out, addr[1 - side], 4);
    xd_put_be(out, port[side], 2);
    xd_put_be(out, port[1 - side], 2);
    xd_put_be(out, seq, 4);
    xd_put_be(out, 0, 4);
    xd_put_be(out, 0x50, 1);
    xd_put_be(out, flags, 1);
    xd_put_be(out, 0xffff, 2);
    xd_put_be(out, 0, 4);
    xd_buf_add(out, bytes.p, bytes.len);
}

/* Each frame lies in a heap block of its own, so that one byte too far is seen. */
void xd_scene_segment(struct xd_scene *s, unsigned side, unsigned flags, uint32_t seq,
                      struct xd_slice bytes)
{
    struct xd_buf frame = {.max = MAX_BYTES};
    unsigned at = s->count++;

    s->time += 1000;
    if (s->sides != NULL) {
        s->sides[at] = (uint8_t)side;
    }
    if ((s->to != 0 && (at < s->from || at >= s->to)) ||
        (s->dealt != NULL && (s->dealt[at] >> s->hand & 1) == 0)) {
        return;
    }
    xd_scene_frame(&frame, s->port, side, flags, seq, bytes);
    uint64_t total = 40 + bytes.len + s->cut;

    frame.bytes[16] = (uint8_t)(total >> 8);
    frame.bytes[17] = (uint8_t)total;
    uint32_t ack = s->ack != 0 || (flags & ACK) == 0 ? s->ack : s->seq[1 - side];

    for (unsigned i = 0; i < 4; i++) {
        frame.bytes[42 + i] = (uint8_t)(ack >> (24 - 8 * i));
    }
    uint8_t *exact = malloc(frame.len);

    if (exact == NULL) {
        abort();
    }
    memcpy(exact, frame.bytes, frame.len);
    struct xd_wire_frame f = {.bytes = exact,
                              .len = frame.len,
                              .wire_len = frame.len + s->cut,
                              .time = s->time,
                              .number = ++s->frame,
                              .link = XD_LINK_ETHERNET};

    xd_wire_take(s->w, &f);
    free(exact);
    xd_buf_done(&frame);
}

void xd_scene_open(struct xd_scene *s)
{
    struct xd_slice none = {(const uint8_t *)"", 0};

    xd_scene_segment(s, CLIENT, SYN, s->seq[CLIENT]++, none);
    uint32_t ack = s->ack;

    s->ack = s->seq[CLIENT];
    xd_scene_segment(s, SERVER, SYN | ACK, s->seq[SERVER]++, none);
    s->ack = ack;
    xd_scene_segment(s, CLIENT, ACK, s->seq[CLIENT], none);
}

void xd_scene_say(struct xd_scene *s, unsigned side, struct xd_slice bytes, size_t size)
{
    for (size_t at = 0; at < bytes.len; at += size) {
        size_t n = bytes.len - at < size ? bytes.len - at : size;

        xd_scene_segment(s, side, ACK, s->seq[side], (struct xd_slice){bytes.p + at, n});
        s->seq[side] += (uint32_t)n;
    }
}

void xd_scene_fin(struct xd_scene *s, unsigned side)
{
    xd_scene_segment(s, side, FIN | ACK, s->seq[side]++,
                     (struct xd_slice){(const uint8_t *)"", 0});
}

static void put_tls(struct xd_buf *out, const struct xd_flow *f)
{
    const struct xd_tls_facts *t = f->tls;
    const char *version = xd_tls_version_name(t->version);

    xd_buf_printf(out, " %s sni=%s request=%d", version == NULL ? "?" : version,
                  t->sni == NULL ? "?" : t->sni, t->client_auth_requested);
    for (size_t i = 0; i < t->n_request_types; i++) {
        xd_buf_printf(out, "/%u", t->request_types[i]);
    }
    xd_buf_printf(out, " resumed=%d", t->resumed);
    for (size_t i = 0; i < f->n_presented; i++) {
        xd_buf_printf(out, " %s:%zu%s", xd_side_name(f->presented[i].by),
                      f->presented[i].n_certs, f->presented[i].chain_cut ? "cut" : "");
    }
    for (size_t i = 0; i < f->n_alerts; i++) {
        xd_buf_printf(out, " alert:%s:%d", xd_side_name(f->alerts[i].by),
                      f->alerts[i].code);
    }
    if (!t->certificates_visible && t->server_hello && t->resumed != 1 &&
        (t->version != 0x0304 || t->keys_used)) {
        xd_buf_puts(out, " hidden");
    }
}

static void put_ssh(struct xd_buf *out, const struct xd_flow *f)
{
    const struct xd_ssh_facts *t = f->ssh;

    xd_buf_printf(out, " kex=%s key=%s request=%u answer=%u", t->kex == NULL ? "?" : t->kex,
                  t->host_key_algorithm == NULL ? "?" : t->host_key_algorithm,
                  t->key_request_length, t->key_answer_length);
    for (size_t i = 0; i < f->n_presented; i++) {
        xd_buf_printf(out, " %s:%zu", xd_side_name(f->presented[i].by),
                      f->presented[i].n_certs);
    }
}

static void put_flow(struct xd_buf *out, const struct xd_flow *f)
{
    char client[XD_ENDPOINT_TEXT];

    xd_buf_printf(out, "%s %s %s", xd_protocol_name(f->protocol),
                  xd_endpoint_format(&f->end[XD_CLIENT], client),
                  xd_outcome_name(f->outcome));
    if (f->outcome == XD_OUTCOME_FAILED) {
        xd_buf_printf(out, ":%s:%s:%s", xd_failure_kind_name(f->failure.kind),
                      xd_phase_name(f->failure.phase), xd_by_name(f->failure.by));
    }
    if (f->tls != NULL) {
        put_tls(out, f);
    } else if (f->ssh != NULL) {
        put_ssh(out, f);
    }
    if (f->tcp.gap[0] || f->tcp.gap[1]) {
        xd_buf_puts(out, " gap");
    }
    if (f->tcp.overlap_differs) {
        xd_buf_puts(out, " differs");
    }
}

static void put_place(struct xd_buf *out, const struct xd_place *p)
{
    xd_buf_printf(out, " %s:%" PRIu64, p->entry == NULL ? "-" : p->entry->name, p->frame);
}

static void put_places(struct xd_buf *out, const struct xd_flow *f)
{
    put_place(out, &f->first);
    put_place(out, &f->last);
    put_place(out, &f->failure.place);
    for (unsigned side = 0; side < 2; side++) {
        if (f->tcp.gap_place[side] != NULL) {
            put_place(out, f->tcp.gap_place[side]);
        }
        xd_buf_printf(out, " %" PRIu64 " bytes%s%s", f->tcp.payload[side],
                      f->tcp.fin[side] ? " FIN" : "", f->tcp.rst[side] ? " RST" : "");
    }
    put_place(out, f->tcp.end_of_capture);
    for (size_t i = 0; i < f->n_presented; i++) {
        put_place(out, &f->presented[i].place);
    }
    for (size_t i = 0; i < f->n_alerts; i++) {
        put_place(out, &f->alerts[i].place);
    }
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    size_t n_messages = xd_flow_messages(f, messages);
    size_t n_ledger = xd_flow_ledger(f, ledger);

    for (size_t i = 0; i < n_messages; i++) {
        xd_buf_printf(out, "\n  %s %s", xd_side_name(messages[i].by), messages[i].name);
        put_place(out, &messages[i].place);
    }
    for (size_t i = 0; i < n_ledger; i++) {
        xd_buf_printf(out, "\n  %s %u %u", xd_side_name(ledger[i].by), ledger[i].type,
                      ledger[i].length);
        put_place(out, &ledger[i].place);
    }
}

static void put_names(struct xd_buf *out, const struct xd_case *cs)
{
    char address[XD_ADDR_TEXT];

    for (size_t i = 0; i < cs->n_dns; i++) {
        xd_buf_printf(out, "%s%s %s", i == 0 ? "" : "; ", cs->dns[i].name,
                      xd_addr_format(&cs->dns[i].addr, address));
        put_place(out, &cs->dns[i].place);
    }
}

static const char *end_scene(struct xd_scene *s, struct xd_buf *out, bool whole)
{
    xd_wire_file_end(s->w);
    xd_wire_finish(s->w);
    for (size_t i = 0; i < s->cs->n_flows; i++) {
        xd_buf_puts(out, i > 0 ? "; " : "");
        put_flow(out, s->cs->flows[i]);
        if (whole) {
            put_places(out, s->cs->flows[i]);
        }
    }
    if (whole) {
        put_names(out, s->cs);
    }
    xd_wire_free(s->w);
    xd_case_free(s->cs);
    return xd_buf_text(out);
}

const char *xd_scene_end(struct xd_scene *s, struct xd_buf *out)
{
    return end_scene(s, out, false);
}

const char *xd_scene_end_whole(struct xd_scene *s, struct xd_buf *out)
{
    return end_scene(s, out, true);
}

void xd_put_record(struct xd_buf *out, unsigned type, struct xd_slice fragment)
{
    xd_put_be(out, type, 1);
    xd_put_be(out, 0x0303, 2);
    xd_put_be(out, fragment.len, 2);
    xd_buf_add(out, fragment.p, fragment.len);
}

void xd_put_message(struct xd_buf *out, unsigned type, struct xd_slice body)
{
    xd_put_be(out, type, 1);
    xd_put_be(out, body.len, 3);
    xd_buf_add(out, body.p, body.len);
}

static void put_random(struct xd_buf *out, unsigned first)
{
    for (unsigned i = 0; i < 32; i++) {
        xd_put_be(out, first + i, 1);
    }
}

void xd_put_client_hello(struct xd_buf *out, const char *sni, unsigned version)
{
    struct xd_buf body = {.max = MAX_BYTES};
    size_t name = strlen(sni);

    xd_put_be(&body, 0x0303, 2);
    put_random(&body, 1);
    xd_put_be(&body, 0, 1);
    xd_put_be(&body, 0x0006130213010000 | 0xc030, 8);
    xd_put_be(&body, 0x0100, 2);
    xd_put_be(&body, name + 9 + (version == 0x0304 ? 9 : 0), 2);
    xd_put_be(&body, 0, 2);
    xd_put_be(&body, name + 5, 2);
    xd_put_be(&body, name + 3, 2);
    xd_put_be(&body, 0, 1);
    xd_put_be(&body, name, 2);
    xd_buf_puts(&body, sni);
    if (version == 0x0304) {
        xd_put_be(&body, 0x002b0005, 4);
        xd_put_be(&body, 4, 1);
        xd_put_be(&body, 0x03040303, 4);
    }
    xd_put_message(out, 1, xd_slice_of_buf(&body));
    xd_buf_done(&body);
}

void xd_put_server_hello(struct xd_buf *out, unsigned version, unsigned cipher)
{
    struct xd_buf body = {.max = MAX_BYTES};

    xd_put_be(&body, 0x0303, 2);
    put_random(&body, 101);
    xd_put_be(&body, 0, 1);
    xd_put_be(&body, cipher, 2);
    xd_put_be(&body, 0, 1);
    if (version == 0x0304) {
        xd_put_be(&body, 6, 2);
        xd_put_be(&body, 0x002b0002, 4);
        xd_put_be(&body, 0x0304, 2);
    }
    xd_put_message(out, 2, xd_slice_of_buf(&body));
    xd_buf_done(&body);
}

void xd_put_certificates(struct xd_buf *out, unsigned n, size_t len)
{
    struct xd_buf body = {.max = MAX_BYTES};

    xd_put_be(&body, n * (len + 3), 3);
    for (unsigned i = 0; i < n; i++) {
        xd_put_be(&body, len, 3);
        for (size_t at = 0; at < len; at++) {
            xd_put_be(&body, at * 7 + i, 1);
        }
    }
    xd_put_message(out, 11, xd_slice_of_buf(&body));
    xd_buf_done(&body);
}

void xd_put_request(struct xd_buf *out)
{
    static const uint8_t body[] = {1,  1,    0, 2, 4, 1,    0, 17, 0,    15, 0x30, 13, 0x31,
                                   11, 0x30, 9, 6, 3, 0x55, 4, 3,  0x0c, 2,  'C',  'A'};

    xd_put_message(out, 13, (struct xd_slice){body, sizeof(body)});
}

static void put_filled(struct xd_buf *out, unsigned type, size_t len)
{
    struct xd_buf body = {.max = MAX_BYTES};

    for (size_t i = 0; i < len; i++) {
        xd_put_be(&body, 0xe0 + i % 16, 1);
    }
    xd_put_message(out, type, xd_slice_of_buf(&body));
    xd_buf_done(&body);
}

/* ChangeCipherSpec and a Finished that nobody can read. */
static void put_finish(struct xd_buf *out)
{
    static const uint8_t sealed[40] = {0xf3, 0x91, 0x22};

    xd_put_record(out, 20, (struct xd_slice){(const uint8_t *)"\x01", 1});
    xd_put_record(out, 22, (struct xd_slice){sealed, sizeof(sealed)});
}

void xd_put_flight(struct xd_buf *out, unsigned number)
{
    struct xd_buf messages = {.max = MAX_BYTES};

    if (number == 0) {
        xd_put_client_hello(&messages, "e.example.com", 0x0303);
    } else if (number == 1) {
        xd_put_server_hello(&messages, 0x0303, 0xc030);
        xd_put_certificates(&messages, 2, 700);
        put_filled(&messages, 12, 300);
        xd_put_request(&messages);
        put_filled(&messages, 14, 0);
    } else if (number == 2) {
        xd_put_certificates(&messages, 1, 500);
        put_filled(&messages, 16, 66);
        put_filled(&messages, 15, 260);
    }
    if (messages.len > 0) {
        xd_put_record(out, 22, xd_slice_of_buf(&messages));
    }
    if (number >= 2) {
        put_finish(out);
    }
    xd_buf_done(&messages);
}
