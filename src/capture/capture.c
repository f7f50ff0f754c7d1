/*
 * capture.c - captures as they stream in: which form they have, frames out of any
 * blocks of bytes, and notes on what was damaged.
 */
#include "capture_priv.h"

#include <inttypes.h>

#include "expdiag/limits.h"

enum xd_rc xd_capture_new(struct xd_case *cs, const struct xd_capture_options *options,
                          struct xd_capture **out, struct xd_err *err)
{
    struct xd_filter *filter = NULL;

    if (options->filter != NULL) {
        enum xd_rc rc = xd_filter_new(options->filter, &filter, err);

        if (rc != XD_OK) {
            return rc;
        }
    }
    struct xd_capture *c = xd_alloc(sizeof(*c));

    c->cs = cs;
    c->filter = filter;
    c->wire = xd_wire_new(cs);
    if (options->no_steps) {
        xd_wire_no_steps(c->wire);
    }
    if (options->keylog.len > 0) {
        xd_capture_secrets(c, options->keylog);
    }
    *out = c;
    return XD_OK;
}

void xd_capture_secrets(struct xd_capture *c, struct xd_slice keylog)
{
    xd_wire_secrets(c->wire, keylog);
}

void xd_capture_free(struct xd_capture *c)
{
    if (c == NULL) {
        return;
    }
    xd_wire_free(c->wire);
    xd_filter_free(c->filter);
    xd_free(c->held);
    xd_free(c->interfaces);
    xd_free(c);
}

void xd_capture_file_begin(struct xd_capture *c, struct xd_entry *entry,
                           struct xd_wire_point point)
{
    c->entry = entry;
    c->form = FORM_UNKNOWN;
    c->held_len = 0;
    c->at = 0;
    c->frames = 0;
    c->odd_frames = 0;
    c->big_endian = false;
    c->nanoseconds = false;
    c->modified = false;
    c->all_here = false;
    c->record_header = 0;
    c->lengths = LENGTHS_USUAL;
    c->link = 0;
    c->n_interfaces = 0;
    c->interfaces_told = false;
    c->taken = xd_wire_file_begin(c->wire, entry, point);
    if (!c->taken) {
        xd_case_entry_note(c->cs, entry, XD_ENTRY_TRUNCATED,
                           "not read: more than %d captures in one run",
                           XD_MAX_CAPTURE_FILES);
    }
}

void xd_capture_break(struct xd_capture *c, const char *why)
{
    c->form = FORM_BROKEN;
    xd_case_entry_note(c->cs, c->entry, XD_ENTRY_DAMAGED,
                       "%s at byte %" PRIu64 ", after frame %" PRIu64, why, c->at,
                       c->frames);
}

void xd_capture_frame(struct xd_capture *c, struct xd_wire_frame *frame)
{
    if (c->filter == NULL || xd_filter_passes(c->filter, frame)) {
        xd_wire_take(c->wire, frame);
    }
}

static void tell_form(struct xd_capture *c, struct xd_slice head)
{
    enum { ENOUGH = 12 };

    if (xd_pcap_is(head)) {
        c->form = FORM_PCAP;
    } else if (xd_pcapng_is(head)) {
        c->form = FORM_PCAPNG;
    } else if (head.len >= ENOUGH) {
        c->form = FORM_OTHER;
    }
}

static size_t parse(struct xd_capture *c, struct xd_slice bytes)
{
    if (c->form == FORM_UNKNOWN) {
        tell_form(c, bytes);
    }
    switch (c->form) {
    case FORM_PCAP:
        return xd_pcap_parse(c, bytes);
    case FORM_PCAPNG:
        return xd_pcapng_parse(c, bytes);
    case FORM_UNKNOWN:
        return 0;
    case FORM_OTHER:
    case FORM_BROKEN:
        break;
    }
    return bytes.len;
}

static void hold(struct xd_capture *c, struct xd_slice bytes)
{
    if (c->held_cap - c->held_len < bytes.len) {
        c->held_cap = (c->held_len + bytes.len) * 2;
        c->held = xd_realloc(c->held, c->held_cap);
    }
    memcpy(c->held + c->held_len, bytes.p, bytes.len);
    c->held_len += bytes.len;
}

/*
 * A record that a block's end cuts is completed with a little of the next block at
 * a time, so that blocks are never copied whole.
 */
static struct xd_slice complete_held(struct xd_capture *c, struct xd_slice bytes)
{
    enum { STEP = 2048 };

    while (c->held_len > 0 && bytes.len > 0) {
        size_t n = bytes.len < STEP ? bytes.len : STEP;
        size_t before = c->held_len;

        n = n < before ? before : n; /* long records: twice as much each time */
        n = n < bytes.len ? n : bytes.len;
        hold(c, (struct xd_slice){bytes.p, n});
        size_t used = parse(c, (struct xd_slice){c->held, c->held_len});

        if (used > before) {
            c->held_len = 0;
            bytes.p += used - before;
            bytes.len -= used - before;
            return bytes;
        }
        memmove(c->held, c->held + used, c->held_len - used);
        c->held_len -= used;
        bytes.p += n;
        bytes.len -= n;
    }
    return bytes;
}

void xd_capture_file_bytes(struct xd_capture *c, struct xd_slice bytes)
{
    if (!c->taken) {
        return;
    }
    bytes = complete_held(c, bytes);
    if (bytes.len == 0) {
        return;
    }
    size_t used = parse(c, bytes);

    if (used < bytes.len) {
        hold(c, (struct xd_slice){bytes.p + used, bytes.len - used});
    }
}

/* What waited for more bytes to be told. */
static void parse_last(struct xd_capture *c)
{
    if (c->held_len == 0 || c->form != FORM_PCAP || c->record_header > 0) {
        return;
    }
    c->all_here = true;
    size_t used = parse(c, (struct xd_slice){c->held, c->held_len});

    memmove(c->held, c->held + used, c->held_len - used);
    c->held_len -= used;
}

static void note_limits(const struct xd_capture *c, const struct xd_wire_losses *l)
{
    if (l->fragments > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                           "at frame %" PRIu64
                           " more than %d datagrams, %d fragments of one or %d MiB of them "
                           "waited for the rest: some bytes of TCP are missing",
                           l->fragments, XD_MAX_DATAGRAMS, XD_MAX_FRAGMENTS,
                           XD_MAX_FRAGMENT_RESTS >> 20);
    }
    if (l->headers > 0) {
        xd_case_entry_note(
            c->cs, c->entry, XD_ENTRY_TRUNCATED,
            "frame %" PRIu64
            " has more than %d headers or %d extensions of IPv6, and was not read",
            l->headers, XD_MAX_HEADERS, XD_MAX_EXTENSIONS);
    }
    if (l->ssh > 0) {
        xd_case_entry_note(
            c->cs, c->entry, XD_ENTRY_TRUNCATED,
            "frame %" PRIu64
            " begins an SSH packet of more than %d KiB: its conversation was "
            "not read on",
            l->ssh, XD_MAX_SSH_PACKET >> 10);
    }
    if (l->secrets) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                           "the key logs hold more than %d secrets: further ones were not "
                           "used",
                           XD_MAX_SECRETS);
    }
}

static void note_losses(struct xd_capture *c)
{
    struct xd_wire_losses l = xd_wire_file_losses(c->wire);

    note_limits(c, &l);
    if (l.cut > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                           "%" PRIu64 " of %" PRIu64
                           " frames lack bytes that the capture's snap length cut off",
                           l.cut, c->frames);
    }
    if (l.long_message > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                           "frame %" PRIu64
                           " begins a handshake message of more than %d KiB, which was not "
                           "read",
                           l.long_message, XD_MAX_HANDSHAKE >> 10);
    }
    if (l.given_up > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                           "at frame %" PRIu64
                           " more than %d MiB of segments waited for bytes that are "
                           "missing: some conversations were read with a gap",
                           l.given_up, XD_MAX_CAPTURE_BUFFER >> 20);
    }
    if (l.unknown_link > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_SKIPPED,
                           "%" PRIu64 " of %" PRIu64
                           " frames have link type %d, which is not read",
                           l.unknown_link, c->frames, l.link);
    }
}

static void note_end(struct xd_capture *c, bool cut_short)
{
    if (c->form == FORM_OTHER || (c->form == FORM_UNKNOWN && !cut_short)) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_DAMAGED,
                           c->held_len == 0 && c->at == 0 && c->form == FORM_UNKNOWN
                               ? "the capture is empty"
                               : "this is no capture that can be read");
        return;
    }
    if (c->held_len > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_TRUNCATED,
                           "the file ends inside frame %" PRIu64 " (at byte %" PRIu64 ")",
                           c->frames + 1, c->at);
    }
    if (c->odd_frames > 0) {
        xd_case_entry_note(c->cs, c->entry, XD_ENTRY_DAMAGED,
                           "%" PRIu64 " of %" PRIu64
                           " frames have headers that cannot be right",
                           c->odd_frames, c->frames);
    }
    note_losses(c);
}

void xd_capture_file_end(struct xd_capture *c, bool cut_short)
{
    if (c->taken) {
        parse_last(c);
        xd_wire_file_end(c->wire);
        note_end(c, cut_short);
    }
    c->held_len = 0;
    c->taken = false;
}

void xd_capture_finish(struct xd_capture *c)
{
    xd_wire_finish(c->wire);
}
