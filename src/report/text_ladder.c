/*
 * text_ladder.c - the messages of a conversation, and what is encrypted between them,
 * in the order of time.
 */
#include <string.h>

#include "text_priv.h"

enum { LADDER_ROWS = 200 }; /* a handshake has some tens */

/* Where the two lists have come to. */
struct cursor {
    const struct xd_flow *flow;
    size_t message;
    size_t row;
};

/* Seconds since the first packet, to the microsecond. */
static void say_offset(struct xd_out *o, xd_time from, xd_time t)
{
    if (from == XD_TIME_NONE || t == XD_TIME_NONE) {
        return;
    }
    xd_time d = t - from;
    bool before = d < 0;
    if (before) {
        d = -d;
    }
    xd_out_printf(o, "%c%lld.%06lld", before ? '-' : '+', (long long)(d / XD_SECOND),
                  (long long)(d % XD_SECOND));
}

/* Frame, time and direction: the cells before what was sent. */
static void add_place(struct xd_table *t, const struct xd_flow *f,
                      const struct xd_place *place, enum xd_side by)
{
    struct xd_out *o = t->o;

    if (place->entry != f->first.entry) {
        xd_out_text(o, xd_report_label(place->entry));
        xd_out_text(o, " ");
    }
    xd_out_printf(o, "%llu", (unsigned long long)place->frame);
    xd_table_cell(t);
    say_offset(o, f->first.time, place->time);
    xd_table_cell(t);
    xd_out_text(o, by == XD_SERVER ? "<--" : by == XD_CLIENT ? "-->" : "---");
    xd_table_cell(t);
}

static void add_message(struct xd_table *t, const struct xd_flow *f,
                        const struct xd_message *m)
{
    add_place(t, f, &m->place, m->by);
    xd_out_text(t->o, m->name);
    if (m->length > 0) {
        xd_out_printf(t->o, " (%u bytes)", m->length);
    }
    xd_table_cell(t);
}

/* Is the row one of the messages already: an encrypted one, or Finished? */
static bool is_told(const struct xd_flow *f, const struct xd_ledger_row *r)
{
    for (size_t i = 0; i < f->n_messages; i++) {
        const struct xd_message *m = &f->messages[i];
        bool same = m->place.frame == r->place.frame && m->place.entry == r->place.entry &&
                    m->by == r->by;
        bool named = strncmp(m->name, "encrypted", 9) == 0 ||
                     strcmp(m->name, "application data") == 0;
        if (same && (named || (m->length > 0 && m->length == r->length))) {
            return true;
        }
    }
    return false;
}

/* Does the encrypted row come before the message? */
static bool is_earlier(const struct xd_place *row, const struct xd_place *message)
{
    if (row->entry == message->entry && row->frame != message->frame) {
        return row->frame < message->frame;
    }
    return row->time < message->time;
}

static bool is_row_next(const struct cursor *c)
{
    if (c->row == c->flow->n_ledger) {
        return false;
    }
    return c->message == c->flow->n_messages ||
           is_earlier(&c->flow->ledger[c->row].place, &c->flow->messages[c->message].place);
}

/* Records in one direction with nothing between them are one row. */
static void add_encrypted(struct xd_table *t, struct cursor *c)
{
    const struct xd_flow *f = c->flow;
    const struct xd_ledger_row *first = &f->ledger[c->row];
    uint64_t bytes = 0;
    size_t records = 0;
    bool cut = f->ledger_cut && c->row == XD_LEDGER_HEAD;

    do {
        bytes += f->ledger[c->row].length;
        records++;
        c->row++;
    } while (is_row_next(c) && f->ledger[c->row].by == first->by &&
             !(f->ledger_cut && c->row == XD_LEDGER_HEAD) &&
             !is_told(f, &f->ledger[c->row]));
    add_place(t, f, &first->place, first->by);
    xd_out_text(t->o, cut ? "(others between are not kept) encrypted, " : "encrypted, ");
    xd_say_count(t->o, bytes, "byte");
    if (records > 1) {
        xd_out_text(t->o, " in ");
        xd_say_count(t->o, records, "record");
    }
    xd_table_cell(t);
}

/* Client on the left, server on the right, as the arrows point. */
void xd_text_ladder(struct xd_out *o, const struct xd_flow *f)
{
    static const char *const heads[] = {"frame", "seconds", "C S", "message"};
    struct cursor c = {.flow = f};
    struct xd_table t;

    if (f->n_messages + f->n_ledger == 0) {
        return;
    }
    xd_out_text(o, "in ");
    xd_out_text(o, xd_report_label(f->first.entry));
    xd_out_end(o, 4, 4);
    xd_table_begin(&t, o, 4, 4, heads);
    for (size_t shown = 0; shown < LADDER_ROWS;) {
        if (is_row_next(&c) && is_told(f, &f->ledger[c.row])) {
            c.row++;
            continue;
        }
        if (is_row_next(&c)) {
            add_encrypted(&t, &c);
        } else if (c.message < f->n_messages) {
            add_message(&t, f, &f->messages[c.message++]);
        } else {
            break;
        }
        shown++;
    }
    xd_table_end(&t);
    if (c.message < f->n_messages) {
        xd_out_printf(o, "and %zu more messages", f->n_messages - c.message);
        xd_out_end(o, 4, 4);
    }
    xd_out_blank(o);
}
