/*
 * test_capture.c - frames out of both forms of captures, whole, in pieces and damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "../wire/scene.h"
#include "expdiag/capture.h"

enum { MAX_BYTES = 1 << 20, PORT_CLIENT = 40000, PORT_SERVER = 5061, RECORD = 16 };

static struct xd_buf new_buf(void)
{
    return (struct xd_buf){.max = MAX_BYTES};
}

/* A number in the byte order of the file under test. */
static void put_number(struct xd_buf *out, bool big, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        unsigned shift = 8 * (big ? bytes - 1 - i : i);

        xd_put_be(out, value >> shift & 0xff, 1);
    }
}

/* The frame of one hello, and of one SYN before it. */
static void put_frame(struct xd_buf *out, bool hello)
{
    static const uint16_t port[2] = {PORT_CLIENT, PORT_SERVER};
    struct xd_buf flight = new_buf();

    if (hello) {
        xd_put_flight(&flight, 0);
    } else {
        xd_buf_add(&flight, "", 0);
    }
    xd_scene_frame(
        out, port, CLIENT, hello ? ACK : SYN, hello ? 1001 : 1000,
        (struct xd_slice){hello ? flight.bytes : (const uint8_t *)"", flight.len});
    xd_buf_done(&flight);
}

struct form {
    bool big;
    bool nano;
    unsigned minor; /* of version 2; of 2.2 and before the lengths stand the other way */
    bool swapped;
};

static void put_pcap(struct xd_buf *out, struct form form)
{
    put_number(out, form.big, form.nano ? 0xa1b23c4d : 0xa1b2c3d4, 4);
    put_number(out, form.big, form.minor == 0 ? 543 : 2, 2);
    put_number(out, form.big, form.minor, 2);
    put_number(out, form.big, 0, 8);
    put_number(out, form.big, 65535, 4);
    put_number(out, form.big, 1, 4);
    for (unsigned i = 0; i < 2; i++) {
        struct xd_buf frame = new_buf();

        put_frame(&frame, i == 1);
        put_number(out, form.big, 1774000000, 4);
        put_number(out, form.big, form.nano ? 250000000 : 250000, 4);
        put_number(out, form.big, frame.len + (form.swapped ? 9 : 0), 4);
        put_number(out, form.big, frame.len + (form.swapped ? 0 : 9), 4);
        xd_buf_add(out, frame.bytes, frame.len);
        xd_buf_done(&frame);
    }
}

static void put_block(struct xd_buf *out, bool big, unsigned type, struct xd_slice body)
{
    size_t padded = (body.len + 3) / 4 * 4;

    put_number(out, big, type, 4);
    put_number(out, big, padded + 12, 4);
    xd_buf_add(out, body.p, body.len);
    put_number(out, big, 0, (unsigned)(padded - body.len));
    put_number(out, big, padded + 12, 4);
}

/* A section with two interfaces: raw IP by nanoseconds, then Ethernet by 2^-10 s. */
static void put_section(struct xd_buf *out, bool big)
{
    struct xd_buf body = new_buf();

    put_number(&body, big, 0x1a2b3c4d, 4);
    put_number(&body, big, 1, 2);
    put_number(&body, big, 0, 2);
    put_number(&body, big, UINT64_MAX, 8);
    put_block(out, big, 0x0a0d0d0a, xd_slice_of_buf(&body));
    for (unsigned i = 0; i < 2; i++) {
        xd_buf_clear(&body);
        put_number(&body, big, i == 0 ? 101 : 1, 2);
        put_number(&body, big, 0, 2);
        put_number(&body, big, 0, 4);
        put_number(&body, big, 9, 2);
        put_number(&body, big, 1, 2);
        xd_put_be(&body, i == 0 ? 9 : 0x80 | 10, 1);
        xd_put_be(&body, 0, 3);
        put_number(&body, big, 0, 4);
        put_block(out, big, 1, xd_slice_of_buf(&body));
    }
    for (unsigned i = 0; i < 2; i++) {
        struct xd_buf frame = new_buf();
        uint64_t ticks = i == 0 ? 1774000000250000000 : 1774000000ULL * 1024 + 256;
        size_t skip = i == 0 ? 14 : 0;

        put_frame(&frame, i == 1);
        xd_buf_clear(&body);
        put_number(&body, big, i, 4);
        put_number(&body, big, ticks >> 32, 4);
        put_number(&body, big, ticks & UINT32_MAX, 4);
        put_number(&body, big, frame.len - skip, 4);
        put_number(&body, big, frame.len - skip, 4);
        xd_buf_add(&body, frame.bytes + skip, frame.len - skip);
        put_block(out, big, 6, xd_slice_of_buf(&body));
        xd_buf_done(&frame);
    }
    xd_buf_done(&body);
}

struct run {
    struct xd_case *cs;
    struct xd_capture *c;
    struct xd_entry *entry;
};

static void begin(struct run *r, const char *filter)
{
    struct xd_capture_options options = {.filter = filter};
    struct xd_err err = {0};

    r->cs = xd_case_new();
    assert_int_equal(XD_OK, xd_capture_new(r->cs, &options, &r->c, &err));
    r->entry = xd_case_entry(r->cs);
    r->entry->name = r->entry->path = "a.pcap";
    xd_capture_file_begin(r->c, r->entry, (struct xd_wire_point){"node", 0});
}

/* Blocks of the given size, each in a heap block of its own. */
static void feed(struct run *r, struct xd_slice bytes, size_t size)
{
    for (size_t at = 0; at < bytes.len; at += size) {
        size_t n = bytes.len - at < size ? bytes.len - at : size;
        uint8_t *exact = malloc(n);

        assert_non_null(exact);
        memcpy(exact, bytes.p + at, n);
        xd_capture_file_bytes(r->c, (struct xd_slice){exact, n});
        free(exact);
    }
}

static void finish(struct run *r)
{
    xd_capture_file_end(r->c, false);
    xd_capture_finish(r->c);
}

static void end(struct run *r)
{
    xd_capture_free(r->c);
    xd_case_free(r->cs);
}

static void expect_hello(const struct run *r, uint64_t frame)
{
    const struct xd_flow *f = r->cs->flows[0];

    assert_int_equal(1, r->cs->n_flows);
    assert_string_equal("e.example.com", f->tls->sni);
    assert_int_equal(1774000000250000, f->first.time);
    assert_int_equal(1, f->first.frame);
    assert_int_equal(frame, f->last.frame);
    assert_int_equal(XD_ENTRY_READ, r->entry->status);
}

static void reads_every_classic_form_in_blocks_of_any_size(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 4; n++) {
        struct xd_buf file = new_buf();

        put_pcap(&file, (struct form){(n & 1) != 0, (n & 2) != 0, 4, false});
        for (size_t size = 1; size <= file.len; size += size < 70 ? 1 : 61) {
            struct run r;

            begin(&r, NULL);
            feed(&r, xd_slice_of_buf(&file), size);
            finish(&r);
            expect_hello(&r, 2);
            end(&r);
        }
        xd_buf_done(&file);
    }
}

/* Versions 2.0 to 2.2 and DG/UX's 543.0 say the wire's length first, 2.3 either. */
static void reads_the_lengths_of_old_versions(void **state)
{
    static const struct form forms[] = {{false, false, 2, true},
                                        {true, false, 0, true},
                                        {false, false, 3, true},
                                        {true, false, 3, false},
                                        {false, false, 4, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct xd_buf file = new_buf();
        struct run r;

        put_pcap(&file, forms[i]);
        begin(&r, NULL);
        feed(&r, xd_slice_of_buf(&file), file.len);
        finish(&r);
        expect_hello(&r, 2);
        end(&r);
        xd_buf_done(&file);
    }
}

/* A file of n records whose headers go on for more bytes than their magic says. */
static void put_longer(struct xd_buf *out, bool big, bool patched, unsigned more,
                       unsigned n)
{
    put_number(out, big, patched ? 0xa1b2cd34 : 0xa1b2c3d4, 4);
    put_number(out, big, 2, 2);
    put_number(out, big, 4, 2);
    put_number(out, big, 0, 8);
    put_number(out, big, 65535, 4);
    put_number(out, big, 1, 4);
    for (unsigned i = 0; i < n; i++) {
        struct xd_buf frame = new_buf();

        put_frame(&frame, i + 1 == n);
        put_number(out, big, 1774000000, 4);
        put_number(out, big, 250000, 4);
        put_number(out, big, frame.len, 4);
        put_number(out, big, frame.len, 4);
        for (unsigned k = 0; k < more; k++) {
            put_number(out, big, 0x80 + k, 1);
        }
        xd_buf_add(out, frame.bytes, frame.len);
        xd_buf_done(&frame);
    }
}

/* Nokia, Red Hat 6.1, Kuznetsov's patches and SuSE 6.3, in blocks of any size. */
static void tells_longer_records_by_where_the_second_lies(void **state)
{
    static const struct {
        bool patched;
        unsigned more;
    } variants[] = {{false, 0}, {false, 4}, {false, 8}, {true, 8}, {true, 12}};

    (void)state;
    for (unsigned v = 0; v < sizeof(variants) / sizeof(*variants); v++) {
        for (unsigned n = 1; n < 8; n++) {
            struct xd_buf file = new_buf();

            put_longer(&file, n > 4, variants[v].patched, variants[v].more,
                       n > 4 ? n - 4 : n);
            for (size_t size = 1; size <= file.len; size += size < 70 ? 3 : 61) {
                struct run r;

                begin(&r, NULL);
                feed(&r, xd_slice_of_buf(&file), size);
                finish(&r);
                assert_int_equal(1, r.cs->n_flows);
                assert_string_equal("e.example.com", r.cs->flows[0]->tls->sni);
                assert_int_equal(1774000000250000, r.cs->flows[0]->first.time);
                assert_int_equal(n > 4 ? n - 4 : n, r.cs->flows[0]->last.frame);
                assert_int_equal(XD_ENTRY_READ, r.entry->status);
                end(&r);
            }
            xd_buf_done(&file);
        }
    }
}

/* Frames of the patched form: as many and as long as libpcap finds. */
static void reads_patched_records_as_libpcap_does(void **state)
{
    enum { FRAMES = 5 };

    (void)state;
    for (unsigned big = 0; big < 2; big++) {
        struct xd_buf file = new_buf();
        char why[PCAP_ERRBUF_SIZE];
        struct pcap_pkthdr *header = NULL;
        const u_char *bytes = NULL;
        uint64_t n = 0;
        struct run r;

        put_longer(&file, big != 0, true, 8, FRAMES);
        FILE *stream = fmemopen(file.bytes, file.len, "rb");

        assert_non_null(stream);
        pcap_t *p = pcap_fopen_offline(stream, why);

        assert_non_null(p);
        begin(&r, NULL);
        feed(&r, xd_slice_of_buf(&file), file.len);
        finish(&r);
        while (pcap_next_ex(p, &header, &bytes) == 1) {
            n++;
            assert_int_equal(1774000000, header->ts.tv_sec);
            assert_int_equal(header->caplen, header->len);
        }
        assert_int_equal(FRAMES, n);
        assert_int_equal(n, r.cs->flows[0]->last.frame);
        pcap_close(p);
        end(&r);
        xd_buf_done(&file);
    }
}

static void reads_sections_with_differing_interfaces(void **state)
{
    (void)state;
    for (size_t size = 1; size < 900; size += size < 40 ? 1 : 53) {
        struct run r;
        struct xd_buf file = new_buf();

        put_section(&file, false);
        put_section(&file, true); /* the same frames again, in the other byte order */
        begin(&r, NULL);
        feed(&r, xd_slice_of_buf(&file), size);
        finish(&r);
        expect_hello(&r, 4);
        end(&r);
        xd_buf_done(&file);
    }
}

static void reads_what_is_before_a_cut(void **state)
{
    struct xd_buf file = new_buf();

    (void)state;
    put_pcap(&file, (struct form){false, false, 4, false});
    for (size_t n = 1; n < file.len; n++) {
        struct run r;

        begin(&r, NULL);
        feed(&r, (struct xd_slice){file.bytes, n}, n);
        finish(&r);
        assert_true(r.entry->status != XD_ENTRY_READ || n == 24 || n == 24 + RECORD + 54);
        end(&r);
    }
    struct run r;

    begin(&r, NULL);
    feed(&r, (struct xd_slice){file.bytes, 24 + RECORD + 54 + RECORD + 10}, 4096);
    finish(&r);
    assert_int_equal(XD_ENTRY_TRUNCATED, r.entry->status);
    assert_string_equal("the file ends inside frame 2 (at byte 94)", r.entry->detail);
    end(&r);
    xd_buf_done(&file);
}

static void names_the_place_of_damage(void **state)
{
    struct xd_buf file = new_buf();
    struct run r;

    (void)state;
    put_pcap(&file, (struct form){false, false, 4, false});
    file.bytes[24 + RECORD + 54 + 11] = 0x7f; /* the second frame's length */
    begin(&r, NULL);
    feed(&r, xd_slice_of_buf(&file), 4096);
    finish(&r);
    assert_int_equal(XD_ENTRY_DAMAGED, r.entry->status);
    assert_string_equal(
        "a record claims more bytes than a frame can have at byte 94, after "
        "frame 1",
        r.entry->detail);
    end(&r);
    xd_buf_done(&file);
}

static void keeps_only_what_the_filter_passes(void **state)
{
    struct xd_buf file = new_buf();
    struct xd_capture_options options = {.filter = "tcp port"};
    struct xd_err err = {0};
    struct xd_capture *none = NULL;
    struct run r;

    (void)state;
    put_pcap(&file, (struct form){false, false, 4, false});
    begin(&r, "tcp port 5061");
    feed(&r, xd_slice_of_buf(&file), 4096);
    finish(&r);
    assert_int_equal(1, r.cs->n_flows);
    end(&r);
    begin(&r, "tcp port 7001");
    feed(&r, xd_slice_of_buf(&file), 4096);
    finish(&r);
    assert_int_equal(0, r.cs->n_flows);
    assert_int_equal(XD_BAD, xd_capture_new(r.cs, &options, &none, &err));
    assert_null(none);
    assert_non_null(strstr(err.text, "tcp port"));
    end(&r);
    xd_buf_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_classic_form_in_blocks_of_any_size),
        cmocka_unit_test(reads_the_lengths_of_old_versions),
        cmocka_unit_test(tells_longer_records_by_where_the_second_lies),
        cmocka_unit_test(reads_patched_records_as_libpcap_does),
        cmocka_unit_test(reads_sections_with_differing_interfaces),
        cmocka_unit_test(reads_what_is_before_a_cut),
        cmocka_unit_test(names_the_place_of_damage),
        cmocka_unit_test(keeps_only_what_the_filter_passes),
    };

    return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
