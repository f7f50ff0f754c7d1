/*
 * text_ladder.c - the messages of a conversation as a table.
 */
#include "say_priv.h"

enum { LADDER_ROWS = 200 }; /* a handshake has some tens */

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
    xd_say_offset(o, f->first.time, place->time);
    xd_table_cell(t);
    xd_out_text(o, by == XD_SERVER ? "<--" : by == XD_CLIENT ? "-->" : "---");
    xd_table_cell(t);
}

/* Client on the left, server on the right, as the arrows point. */
void xd_text_ladder(struct xd_out *o, const struct xd_flow *f)
{
    static const char *const heads[] = {"frame", "seconds", "C S", "message"};
    struct xd_ladder c;
    struct xd_ladder_row row;
    struct xd_table t;

    if (f->n_messages + f->n_ledger == 0) {
        return;
    }
    xd_ladder_begin(&c, f);
    xd_out_text(o, "in ");
    xd_out_text(o, xd_report_label(f->first.entry));
    xd_out_end(o, 4, 4);
    xd_table_begin(&t, o, 4, 4, heads);
    for (size_t shown = 0; shown < LADDER_ROWS && xd_ladder_next(&c, &row); shown++) {
        add_place(&t, f, row.place, row.by);
        xd_say_ladder_row(o, &row);
        xd_table_cell(&t);
    }
    xd_table_end(&t);
    if (c.message < c.n_messages) {
        xd_out_printf(o, "and %zu more messages", c.n_messages - c.message);
        xd_out_end(o, 4, 4);
    }
    xd_out_blank(o);
}
