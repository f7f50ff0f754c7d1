/*
 * lines.c - bytes in blocks to lines.
 */
#include "load_priv.h"

#include <string.h>

static void begin_line(struct xd_load_lines *l)
{
    if (!l->open) {
        l->open = true;
        l->number++;
    }
}

static void end_line(struct xd_load_lines *l)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

    begin_line(l);
    struct xd_slice line = {(const uint8_t *)xd_buf_text(&l->line), l->line.len};

    if (l->number == 1 && line.len >= sizeof(mark) &&
        memcmp(line.p, mark, sizeof(mark)) == 0) {
        line.p += sizeof(mark);
        line.len -= sizeof(mark);
    }
    if (l->line.overflow && l->cut == 0) {
        l->cut = l->number;
    }
    l->fn(l->arg, line, l->number);
    xd_buf_clear(&l->line);
    l->open = false;
}

/* Carriage returns alone end a line each; before a line feed they are one end with it. */
static void end_lines(struct xd_load_lines *l, bool line_feed)
{
    size_t ends = line_feed ? 1 : l->crs;

    l->crs = 0;
    for (; ends > 0; ends--) {
        end_line(l);
    }
}

void xd_load_lines_feed(struct xd_load_lines *l, struct xd_slice bytes)
{
    const uint8_t *p = bytes.p;
    const uint8_t *end = bytes.p + bytes.len;

    for (; p < end; p++) {
        const uint8_t *stop = p;

        if (*p == '\r') {
            l->crs++;
            continue;
        }
        if (*p == '\n' || l->crs > 0) {
            end_lines(l, *p == '\n');
        }
        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        if (stop > p) {
            begin_line(l);
            xd_buf_add(&l->line, p, (size_t)(stop - p));
            p = stop - 1;
        }
    }
}

void xd_load_lines_end(struct xd_load_lines *l)
{
    end_lines(l, false);
    if (l->open) {
        end_line(l);
    }
    xd_buf_done(&l->line);
}
