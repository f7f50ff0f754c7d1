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

void xd_load_lines_feed(struct xd_load_lines *l, struct xd_slice bytes)
{
    const uint8_t *p = bytes.p;
    const uint8_t *end = bytes.p + bytes.len;

    if (l->after_cr && p < end) {
        p += *p == '\n';
        l->after_cr = false;
    }
    while (p < end) {
        const uint8_t *stop = p;

        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        if (stop > p) {
            begin_line(l);
            xd_buf_add(&l->line, p, (size_t)(stop - p));
        }
        if (stop == end) {
            break;
        }
        bool cr = *stop == '\r';

        end_line(l);
        p = stop + 1;
        if (cr && p == end) {
            l->after_cr = true;
        } else if (cr && *p == '\n') {
            p++;
        }
    }
}

void xd_load_lines_end(struct xd_load_lines *l)
{
    if (l->open) {
        end_line(l);
    }
    xd_buf_done(&l->line);
}
