/*
 * flow_trace.c - the messages and the ledger of a conversation, out of its packed trace
 * and into it.  The source of a row is the address of its entry.
 */
#include "expdiag/flow.h"

#include <string.h>

static struct xd_place make_place(const struct xd_trace_row *r)
{
    struct xd_place p = {.frame = r->frame, .time = r->time};
    uintptr_t address = (uintptr_t)r->source;

    memcpy(&p.entry, &address, sizeof(p.entry));
    return p;
}

static struct xd_trace_row make_row(enum xd_side by, const struct xd_place *p,
                                    uint32_t length)
{
    return (struct xd_trace_row){
        .source = (uint64_t)(uintptr_t)p->entry,
        .time = p->time,
        .frame = p->frame > UINT32_MAX ? UINT32_MAX : (uint32_t)p->frame,
        .length = length,
        .by = by == XD_SERVER,
    };
}

size_t xd_flow_messages(const struct xd_flow *f, struct xd_message out[XD_MAX_MESSAGES])
{
    struct xd_slice rest = {f->trace, f->trace_len};
    struct xd_trace_at at = {0};
    struct xd_trace_row r;
    size_t n = 0;

    while (n < f->n_messages && n < XD_MAX_MESSAGES && xd_trace_get(&rest, &at, &r)) {
        out[n++] = (struct xd_message){r.by != 0 ? XD_SERVER : XD_CLIENT,
                                       xd_step_name((enum xd_step)r.kind), make_place(&r),
                                       r.length};
    }
    return n;
}

size_t xd_flow_ledger(const struct xd_flow *f, struct xd_ledger_row out[XD_MAX_LEDGER])
{
    struct xd_slice rest = {f->trace, f->trace_len};
    struct xd_trace_at at = {0};
    struct xd_trace_row r;
    size_t n = 0;

    while (n < XD_MAX_LEDGER && xd_trace_get(&rest, &at, &r)) {
        if (r.record) {
            out[n++] = (struct xd_ledger_row){r.by != 0 ? XD_SERVER : XD_CLIENT, r.kind,
                                              r.length, make_place(&r)};
        }
    }
    return n;
}

void xd_flow_keep(struct xd_arena *a, struct xd_flow *f, const struct xd_message *messages,
                  size_t n_messages, const struct xd_ledger_row *ledger, size_t n_ledger)
{
    uint8_t bytes[(XD_MAX_MESSAGES + XD_MAX_LEDGER) * XD_TRACE_ROW_MAX];
    struct xd_trace_at at = {0};
    size_t len = 0;

    for (size_t i = 0; i < n_messages; i++) {
        const struct xd_message *m = &messages[i];
        struct xd_trace_row r = make_row(m->by, &m->place, m->length);

        r.kind = (uint8_t)xd_step_find(m->name);
        len += xd_trace_put(bytes + len, &at, &r);
    }
    for (size_t i = 0; i < n_ledger; i++) {
        const struct xd_ledger_row *l = &ledger[i];
        struct xd_trace_row r = make_row(l->by, &l->place, l->length);

        r.kind = l->type;
        r.record = true;
        len += xd_trace_put(bytes + len, &at, &r);
    }
    f->trace = xd_arena_dup(a, (struct xd_slice){bytes, len}).p;
    f->trace_len = (uint16_t)len;
    f->n_messages = (uint8_t)n_messages;
    f->n_ledger = (uint8_t)n_ledger;
}

void xd_flow_add_message(struct xd_arena *a, struct xd_flow *f, const struct xd_message *m)
{
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    size_t n = xd_flow_messages(f, messages);

    if (n < XD_MAX_MESSAGES) {
        messages[n++] = *m;
        xd_flow_keep(a, f, messages, n, ledger, xd_flow_ledger(f, ledger));
    }
}

void xd_flow_add_ledger(struct xd_arena *a, struct xd_flow *f,
                        const struct xd_ledger_row *r)
{
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row ledger[XD_MAX_LEDGER];
    size_t n = xd_flow_ledger(f, ledger);

    if (n < XD_MAX_LEDGER) {
        ledger[n++] = *r;
        xd_flow_keep(a, f, messages, xd_flow_messages(f, messages), ledger, n);
    }
}
