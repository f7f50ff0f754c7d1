/*
 * ladder.c - the messages of a conversation, and what is encrypted between them, in the
 * order of time.
 */
#include <string.h>

#include "say_priv.h"

void xd_ladder_begin(struct xd_ladder *l, const struct xd_flow *f)
{
    *l = (struct xd_ladder){.flow = f};
    l->n_messages = xd_flow_messages(f, l->messages);
    l->n_ledger = xd_flow_ledger(f, l->ledger);
}

/* Is the row one of the messages already: an encrypted one, or Finished? */
static bool is_told(const struct xd_ladder *c, const struct xd_ledger_row *r)
{
    for (size_t i = 0; i < c->n_messages; i++) {
        const struct xd_message *m = &c->messages[i];
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

static bool is_record_next(const struct xd_ladder *c)
{
    if (c->record == c->n_ledger) {
        return false;
    }
    return c->message == c->n_messages ||
           is_earlier(&c->ledger[c->record].place, &c->messages[c->message].place);
}

/* Records in one direction with nothing between them are one row. */
static void take_encrypted(struct xd_ladder *c, struct xd_ladder_row *row)
{
    const struct xd_ledger_row *first = &c->ledger[c->record];

    *row = (struct xd_ladder_row){.place = &first->place, .by = first->by};
    row->cut = c->flow->ledger_cut && c->record == XD_LEDGER_HEAD;
    do {
        row->bytes += c->ledger[c->record].length;
        row->records++;
        c->record++;
    } while (is_record_next(c) && c->ledger[c->record].by == first->by &&
             !(c->flow->ledger_cut && c->record == XD_LEDGER_HEAD) &&
             !is_told(c, &c->ledger[c->record]));
}

bool xd_ladder_next(struct xd_ladder *c, struct xd_ladder_row *row)
{
    while (is_record_next(c) && is_told(c, &c->ledger[c->record])) {
        c->record++;
    }
    if (is_record_next(c)) {
        take_encrypted(c, row);
        return true;
    }
    if (c->message == c->n_messages) {
        return false;
    }
    const struct xd_message *m = &c->messages[c->message++];
    *row = (struct xd_ladder_row){.place = &m->place, .by = m->by, .message = m};
    return true;
}

void xd_say_ladder_row(struct xd_out *o, const struct xd_ladder_row *row)
{
    if (row->message != NULL) {
        xd_out_text(o, row->message->name);
        if (row->message->length > 0) {
            xd_out_printf(o, " (%u bytes)", row->message->length);
        }
        return;
    }
    xd_out_text(o, row->cut ? "(others between are not kept) encrypted, " : "encrypted, ");
    xd_say_count(o, row->bytes, "byte");
    if (row->records > 1) {
        xd_out_text(o, " in ");
        xd_say_count(o, row->records, "record");
    }
}

void xd_say_offset(struct xd_out *o, xd_time from, xd_time t)
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
