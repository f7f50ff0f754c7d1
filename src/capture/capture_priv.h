/*
 * capture_priv.h - what the readers of capture share.
 */
#ifndef XD_CAPTURE_PRIV_H
#define XD_CAPTURE_PRIV_H

#include "expdiag/alloc.h"
#include "expdiag/capture.h"
#include "expdiag/wire.h"

#include <string.h>

enum xd_capture_form {
    FORM_UNKNOWN, /* too little was seen yet */
    FORM_PCAP,
    FORM_PCAPNG,
    FORM_OTHER,  /* neither: nothing can be read */
    FORM_BROKEN, /* damage after which no frame can be found */
};

/* Before version 2.3 the two lengths of a record stood the other way round. */
enum xd_pcap_lengths { LENGTHS_USUAL, LENGTHS_SWAPPED, LENGTHS_BY_SIZE };

/* An interface of a pcapng section. */
struct xd_pcapng_interface {
    int link;
    uint32_t snap;
    uint64_t units;  /* a second has so many */
    int64_t offset;  /* seconds to add */
    bool power_of_2; /* units is 2^n, n up to 63 */
};

struct xd_filter;

struct xd_capture {
    struct xd_case *cs;
    struct xd_wire *wire;
    struct xd_filter *filter; /* NULL: everything passes */
    struct xd_entry *entry;
    bool taken; /* wire takes the frames of this file */
    enum xd_capture_form form;
    uint8_t *held; /* the start of a record whose end has not come yet */
    size_t held_len;
    size_t held_cap;
    uint64_t skip; /* bytes of a record that is not wanted */
    uint64_t at;   /* offset in the file of what is parsed next */
    uint64_t frames;
    uint64_t odd_frames; /* longer than any snap length, or than on the wire */
    bool big_endian;
    bool nanoseconds;
    bool modified;        /* a variant with longer record headers */
    bool all_here;        /* no more bytes will come */
    size_t record_header; /* its length; 0: not known yet */
    enum xd_pcap_lengths lengths;
    int link;
    struct xd_pcapng_interface *interfaces;
    size_t n_interfaces;
    bool interfaces_told; /* that there are more than may be */
};

/*
 * Parse whole records at the start of bytes and say how many were used; *need is
 * then the length that the next record takes as far as it is known.
 */
size_t xd_pcap_parse(struct xd_capture *c, struct xd_slice bytes);
size_t xd_pcapng_parse(struct xd_capture *c, struct xd_slice bytes);

/* The file header of a classic capture; the form is set by it. */
bool xd_pcap_is(struct xd_slice head);
bool xd_pcapng_is(struct xd_slice head);

/* One frame on its way to wire, through the filter. */
void xd_capture_frame(struct xd_capture *c, struct xd_wire_frame *frame);

/* The file is of no further use from here on. */
void xd_capture_break(struct xd_capture *c, const char *why);

static inline uint16_t xd_read16(const struct xd_capture *c, const uint8_t *p)
{
    return (uint16_t)(c->big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t xd_read32(const struct xd_capture *c, const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return c->big_endian ? v : __builtin_bswap32(v);
#else
    return c->big_endian ? __builtin_bswap32(v) : v;
#endif
}

/* filter.c: the only file that knows libpcap. */
enum xd_rc xd_filter_new(const char *expression, struct xd_filter **out,
                         struct xd_err *err);
bool xd_filter_passes(struct xd_filter *f, const struct xd_wire_frame *frame);
void xd_filter_free(struct xd_filter *f);

#endif
