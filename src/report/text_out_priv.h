/*
 * text_out_priv.h - lines of marked text, for paragraphs and tables alike.
 */
#ifndef EXPDIAG_TEXT_OUT_PRIV_H
#define EXPDIAG_TEXT_OUT_PRIV_H

#include "text_priv.h"

/*
 * The next line of at most limit columns (0: no limit) from *rest, which moves on.
 * False when nothing is left.  A line is longer than the limit only where one word
 * is: names, addresses and places stay whole, so that they can be searched and copied.
 */
bool xd_line_cut(struct xd_slice *rest, unsigned limit, struct xd_slice *line,
                 unsigned *columns);

/* Columns of the longest word. */
unsigned xd_line_longest_word(struct xd_slice text);

/* Write it; *style is the style it begins with, then the one it ends with. */
void xd_line_write(struct xd_out *o, struct xd_slice line, enum xd_style *style);

/*
 * Links are marks of several bytes, none of which has a width or is a style.  _write puts
 * out the one at `at` and gives its length; *open: a link is open, which ends with its
 * line.
 */
bool xd_link_is_mark(uint8_t byte);
size_t xd_link_write(struct xd_out *o, struct xd_slice line, size_t at, bool *open);

void xd_line_fill(struct xd_out *o, unsigned columns);

#endif
