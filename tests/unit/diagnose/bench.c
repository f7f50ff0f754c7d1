/*
 * bench.c - cases built in memory.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "expdiag/diagnose.h"

struct xd_bench xd_bench_new(void)
{
    return (struct xd_bench){.cs = xd_case_new(), .container = "", .stamp = XD_TIME_NONE};
}

void xd_bench_free(struct xd_bench *b)
{
    xd_case_free(b->cs);
    b->cs = NULL;
}

void xd_bench_input(struct xd_bench *b, const char *name, enum xd_input_kind kind)
{
    struct xd_input *in = XD_PUSH(b->cs->arena, b->cs, inputs);

    in->path = name;
    in->name = name;
    in->kind = kind;
    b->input = (unsigned)(b->cs->n_inputs - 1);
    b->container = "";
    b->host = NULL;
    b->stamp = XD_TIME_NONE;
}

void xd_bench_bundle(struct xd_bench *b, const char *host, xd_time stamp)
{
    xd_bench_input(b, host != NULL ? host : "unnamed", XD_INPUT_ARCHIVE);
    b->host = host;
    b->stamp = stamp;
}

struct xd_entry *xd_bench_entry(struct xd_bench *b, enum xd_entry_kind kind,
                                const char *name)
{
    struct xd_entry *e = xd_case_entry(b->cs);

    e->input = b->input;
    e->container = b->container;
    e->name = name;
    e->path = name;
    e->label = name;
    e->kind = kind;
    e->status = XD_ENTRY_READ;
    e->said.kind = XD_ENTRY_OTHER;
    if (b->host != NULL) {
        e->said.kind = kind;
        e->said.host = b->host;
        e->said.stamp = b->stamp;
    }
    return e;
}

struct xd_dump *xd_bench_dump(struct xd_bench *b, enum xd_entry_kind kind,
                              const char *const *lines)
{
    struct xd_dump *d = xd_arena_alloc(b->cs->arena, sizeof(*d));

    d->entry = xd_bench_entry(b, kind, xd_entry_kind_name(kind));
    for (size_t i = 0; lines[i] != NULL; i++) {
        struct xd_setting *row = XD_PUSH(b->cs->arena, d, settings);
        const char *mark = strstr(lines[i], " = ");

        if (mark == NULL) {
            abort();
        }
        row->path = xd_arena_text(b->cs->arena, lines[i], (size_t)(mark - lines[i]));
        row->value = mark + 3;
        row->line = i + 1;
    }
    *XD_PUSH(b->cs->arena, b->cs, dumps) = d;
    return d;
}

struct xd_entry *xd_bench_pem(struct xd_bench *b, enum xd_entry_kind kind,
                              struct xd_cert *const *certs)
{
    struct xd_entry *e = xd_bench_entry(b, kind, xd_entry_kind_name(kind));
    struct xd_pem *pem = XD_PUSH(b->cs->arena, b->cs, pems);

    pem->entry = e;
    for (size_t i = 0; certs[i] != NULL; i++) {
        *XD_PUSH(b->cs->arena, pem, certs) = certs[i];
        *XD_PUSH(b->cs->arena, pem, lines) = 1 + 20 * i;
    }
    return e;
}

struct xd_entry *xd_bench_log(struct xd_bench *b, xd_time first, xd_time last,
                              const char *host)
{
    struct xd_entry *e = xd_bench_entry(b, XD_ENTRY_LOG, "log");
    struct xd_log_span *span = XD_PUSH(b->cs->arena, b->cs, logs);

    *span = (struct xd_log_span){
        .entry = e, .first = first, .last = last, .lines = 100, .host = host};
    return e;
}

struct xd_log_event *xd_bench_event(struct xd_bench *b, const struct xd_entry *log,
                                    enum xd_log_kind kind, xd_time at)
{
    struct xd_log_event *ev = xd_arena_alloc(b->cs->arena, sizeof(*ev));

    ev->kind = kind;
    ev->place = (struct xd_place){.entry = log, .line = b->cs->n_events + 1, .time = at};
    ev->last = at;
    ev->count = 1;
    ev->alert = -1;
    *XD_PUSH(b->cs->arena, b->cs, events) = ev;
    return ev;
}

void xd_bench_capture(struct xd_bench *b)
{
    b->capture = xd_bench_entry(b, XD_ENTRY_PCAP, "eth0_diagnostic_logging_tcpdump00");
    b->view++;
}

static struct xd_endpoint read_endpoint(const char *text)
{
    const char *colon = strrchr(text, ':');
    struct xd_endpoint e = {0};

    if (colon == NULL || !xd_addr_parse(text, (size_t)(colon - text), &e.addr)) {
        abort();
    }
    e.port = (uint16_t)strtoul(colon + 1, NULL, 10);
    return e;
}

struct xd_flow *xd_bench_flow(struct xd_bench *b, const char *client, const char *server)
{
    struct xd_flow *f = xd_arena_alloc(b->cs->arena, sizeof(*f));

    f->id = (unsigned)b->cs->n_flows + 1;
    f->view = b->view;
    f->first = (struct xd_place){.entry = b->capture,
                                 .frame = 10 * (uint64_t)f->id,
                                 .time = XD_BENCH_STAMP - 60 * XD_SECOND};
    f->last = f->first;
    f->end[XD_CLIENT] = read_endpoint(client);
    f->end[XD_SERVER] = read_endpoint(server);
    f->roles_known = true;
    f->tcp.syn = true;
    f->tcp.syn_ack = true;
    if (f->end[XD_SERVER].port == 2222) {
        f->protocol = XD_PROTOCOL_SSH;
        f->ssh = xd_arena_alloc(b->cs->arena, sizeof(*f->ssh));
    } else {
        f->protocol = XD_PROTOCOL_TLS;
        f->tls = xd_arena_alloc(b->cs->arena, sizeof(*f->tls));
    }
    *XD_PUSH(b->cs->arena, b->cs, flows) = f;
    return f;
}

struct xd_presented *xd_bench_present(struct xd_bench *b, struct xd_flow *f,
                                      enum xd_side by, struct xd_cert *const *certs)
{
    struct xd_presented *p = XD_PUSH(b->cs->arena, f, presented);
    size_t n = 0;

    while (certs[n] != NULL) {
        n++;
    }
    p->by = by;
    p->certs = xd_arena_alloc(b->cs->arena, (n + 1) * sizeof(struct xd_cert *));
    memcpy(p->certs, certs, n * sizeof(struct xd_cert *));
    p->n_certs = n;
    p->place = f->first;
    return p;
}

void xd_bench_assemble(struct xd_bench *b)
{
    struct xd_diagnose_options options = {.at = XD_TIME_NONE};

    xd_diagnose_assemble(b->cs, &options);
}
