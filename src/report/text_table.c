/*
 * text_table.c - tables whose columns shrink to the width and whose cells wrap.
 *
 * No word is split: where the words of a row do not fit side by side, and on narrow
 * terminals, each row is told as lines.
 */
#include <string.h>

#include "expdiag/arena.h"

#include "text_out_priv.h"

enum { GAP = 2, NARROW = 80 };

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

/* Natural widths, and those of the longest words. */
static void measure_columns(const struct xd_table *t, unsigned widths[XD_TABLE_COLUMNS],
                            unsigned least[XD_TABLE_COLUMNS])
{
    memset(widths, 0, XD_TABLE_COLUMNS * sizeof(widths[0]));
    memset(least, 0, XD_TABLE_COLUMNS * sizeof(least[0]));
    for (size_t i = 0; i < t->n_cells; i++) {
        unsigned column = (unsigned)(i % t->n_columns);
        unsigned w = measure_cell(t->cells[i]);
        unsigned word = xd_line_longest_word(t->cells[i]);
        widths[column] = w > widths[column] ? w : widths[column];
        least[column] = word > least[column] ? word : least[column];
    }
}

static unsigned sum_columns(const struct xd_table *t,
                            const unsigned widths[XD_TABLE_COLUMNS])
{
    unsigned total = t->indent + GAP * (t->n_columns - 1);

    for (unsigned i = 0; i < t->n_columns; i++) {
        total += widths[i];
    }
    return total;
}

/*
 * Natural widths, then off the widest that can still give until the row fits; false
 * where it cannot, or where so little room makes the cells hard to read.
 */
static bool fit_columns(const struct xd_table *t, unsigned widths[XD_TABLE_COLUMNS])
{
    unsigned least[XD_TABLE_COLUMNS];
    unsigned width = t->o->width;

    measure_columns(t, widths, least);
    unsigned total = sum_columns(t, widths);
    if (width == 0 || total <= width) {
        return true;
    }
    if (width < NARROW || sum_columns(t, least) > width) {
        return false;
    }
    while (total > width) {
        unsigned widest = t->n_columns;
        for (unsigned i = 0; i < t->n_columns; i++) {
            bool gives = widths[i] > least[i];
            if (gives && (widest == t->n_columns || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        unsigned over = total - width;
        unsigned spare = widths[widest] - least[widest];
        /* Large steps while the column is far wider than the terminal. */
        unsigned step = widths[widest] > 2 * width ? widths[widest] / 2 : 1;
        step = step > spare ? spare : step;
        step = step > over ? over : step;
        widths[widest] -= step;
        total -= step;
    }
    return true;
}

/* "head: cell", a line each; what is empty is left out. */
static void stack_row(struct xd_table *t, const struct xd_slice *row)
{
    struct xd_out *o = t->o;
    unsigned indent = t->indent;

    for (unsigned i = 0; i < t->n_columns; i++) {
        if (measure_cell(row[i]) == 0) {
            continue;
        }
        xd_buf_add(&o->text, t->cells[i].p, t->cells[i].len);
        xd_out_text(o, ": ");
        xd_buf_add(&o->text, row[i].p, row[i].len);
        xd_out_end(o, indent, t->indent + 4);
        indent = t->indent + 2;
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
        bool fits = fit_columns(t, widths);
        size_t first = fits ? 0 : t->n_columns;
        for (size_t i = first; i + t->n_columns <= t->n_cells; i += t->n_columns) {
            if (fits) {
                write_row(t, &t->cells[i], widths);
            } else {
                stack_row(t, &t->cells[i]);
            }
        }
        t->o->told = true;
    }
    xd_arena_free(t->arena);
    t->arena = NULL;
}
