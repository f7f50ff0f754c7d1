/*
 * text_link.c - places as links of a terminal (OSC 8) to the files that were given.
 *
 * A link leads to a file that its reader has named, or that stands in a folder so named:
 * never to what the inside of an archive calls itself.  All but unreserved characters is
 * percent-encoded (RFC 3986), so that no name can end the sequence or the link.
 */
#include "text_out_priv.h"

#include <string.h>

enum { NIBBLES = 8, FIRST_MARK = 0x10 };

bool xd_link_is_mark(uint8_t byte)
{
    return byte >= FIRST_MARK && byte < FIRST_MARK + 16;
}

static const struct xd_report_link *link_of(const struct xd_out *o,
                                            const struct xd_entry *e)
{
    const struct xd_report_options *options = o->options;

    if (e == NULL || e->input >= options->n_links) {
        return NULL;
    }
    return options->links[e->input].uri != NULL ? &options->links[e->input] : NULL;
}

static void add_mark(struct xd_out *o, uint32_t number)
{
    uint8_t mark[NIBBLES];

    for (unsigned i = 0; i < NIBBLES; i++) {
        mark[i] = (uint8_t)(FIRST_MARK | (number >> 4 * (NIBBLES - 1 - i) & 15));
    }
    xd_buf_add(&o->text, mark, NIBBLES);
}

bool xd_link_begin(struct xd_out *o, const struct xd_entry *e)
{
    if (link_of(o, e) == NULL) {
        return false;
    }
    add_mark(o, (uint32_t)e->id + 1);
    return true;
}

void xd_link_end(struct xd_out *o)
{
    add_mark(o, 0);
}

void xd_link_encode(struct xd_buf *out, const char *path, size_t len)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";

    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)path[i];
        if (byte != 0 && strchr(plain, byte) != NULL) {
            xd_buf_add(out, &path[i], 1);
        } else {
            xd_buf_printf(out, "%%%02X", (unsigned)byte);
        }
    }
}

/* Of an archive the archive, of a folder the file in it, up to the first archive there. */
static void write_uri(struct xd_out *o, const struct xd_entry *e)
{
    const struct xd_report_link *link = &o->options->links[e->input];

    xd_buf_clear(&o->work);
    xd_buf_puts(&o->work, link->uri);
    if (link->folder) {
        xd_buf_puts(&o->work, "/");
        xd_link_encode(&o->work, e->path, strcspn(e->path, "!"));
    }
    xd_sink_write(&o->sink, o->work.bytes, o->work.len);
}

size_t xd_link_write(struct xd_out *o, struct xd_slice line, size_t at, bool *open)
{
    uint32_t number = 0;

    for (unsigned i = 0; i < NIBBLES && at + i < line.len; i++) {
        number = number << 4 | (line.p[at + i] & 15);
    }
    if (*open) {
        xd_sink_write(&o->sink, "\x1b]8;;\x1b\\", 7);
    }
    *open = number > 0;
    if (*open) {
        xd_sink_write(&o->sink, "\x1b]8;;", 5);
        write_uri(o, o->cs->entries[number - 1]);
        xd_sink_write(&o->sink, "\x1b\\", 2);
    }
    return NIBBLES;
}
