/*
 * text_table.c - tables whose columns shrink to the width and whose cells wrap.
 */
#include <string.h>

#include "expdiag/arena.h"

#include "text_out_priv.h"

enum { GAP = 2, LEAST_COLUMN = 3 };

void xd_table_begin(struct xd_table *t, struct xd_out *o, unsigned indent,
                    unsigned n_columns, const char *const *heads)
{
    *t = (struct xd_table){.o = o, .indent = indent, .n_columns = n_columns};
    t->arena = xd_arena_new();
    for (unsigned i = 0; i < n_columns; i++) {
        xd_out_styled(o, XD_STYLE_CYAN, heads[i]);
        xd_table_cell(t);
    }
}

void xd_table_cell(struct xd_table *t)
{
    struct xd_buf *text = &t->o->text;
    struct xd_slice *cell = XD_PUSH(t->arena, t, cells);

    *cell = xd_arena_dup(t->arena, (struct xd_slice){text->bytes, text->len});
    xd_buf_clear(text);
}

static unsigned measure_cell(struct xd_slice cell)
{
    struct xd_slice line;
    unsigned columns = 0;
    unsigned most = 0;

    while (xd_line_cut(&cell, 0, &line, &columns)) {
        most = columns > most ? columns : most;
    }
    return most;
}

/* Natural widths, then one column off the widest until the row fits. */
static void fit_columns(const struct xd_table *t, unsigned widths[XD_TABLE_COLUMNS])
{
    unsigned total = t->indent + GAP * (t->n_columns - 1);

    memset(widths, 0, XD_TABLE_COLUMNS * sizeof(widths[0]));
    for (size_t i = 0; i < t->n_cells; i++) {
        unsigned w = measure_cell(t->cells[i]);
        unsigned *column = &widths[i % t->n_columns];
        *column = w > *column ? w : *column;
    }
    for (unsigned i = 0; i < t->n_columns; i++) {
        total += widths[i];
    }
    while (t->o->width != 0 && total > t->o->width) {
        unsigned widest = 0;
        for (unsigned i = 1; i < t->n_columns; i++) {
            widest = widths[i] > widths[widest] ? i : widest;
        }
        if (widths[widest] <= LEAST_COLUMN) {
            return;
        }
        unsigned over = total - t->o->width;
        unsigned spare = widths[widest] - LEAST_COLUMN;
        /* Large steps while the column is far wider than the terminal. */
        unsigned step = widths[widest] > 2 * t->o->width ? widths[widest] / 2 : 1;
        step = step > spare ? spare : step;
        step = step > over ? over : step;
        widths[widest] -= step;
        total -= step;
    }
}

static void write_row(struct xd_table *t, const struct xd_slice *row,
                      const unsigned widths[XD_TABLE_COLUMNS])
{
    struct xd_slice rest[XD_TABLE_COLUMNS];
    enum xd_style styles[XD_TABLE_COLUMNS] = {XD_STYLE_PLAIN};
    bool more = true;

    memcpy(rest, row, t->n_columns * sizeof(rest[0]));
    while (more) {
        unsigned pending = t->indent;
        more = false;
        for (unsigned i = 0; i < t->n_columns; i++) {
            struct xd_slice line;
            unsigned columns = 0;
            if (xd_line_cut(&rest[i], widths[i], &line, &columns) && columns > 0) {
                xd_line_fill(t->o, pending);
                xd_line_write(t->o, line, &styles[i]);
                pending = 0;
            } else {
                columns = 0;
            }
            pending += widths[i] - (columns < widths[i] ? columns : widths[i]) + GAP;
            more = more || rest[i].len > 0;
        }
        xd_sink_write(&t->o->sink, "\n", 1);
    }
}

void xd_table_end(struct xd_table *t)
{
    unsigned widths[XD_TABLE_COLUMNS];

    if (t->n_cells > t->n_columns) {
        fit_columns(t, widths);
        for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns) {
            write_row(t, &t->cells[i], widths);
        }
        t->o->told = true;
    }
    xd_arena_free(t->arena);
    t->arena = NULL;
}
