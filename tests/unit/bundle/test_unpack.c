/*
 * test_unpack.c - xz, zst and bz2: all streams of a file, and of a damaged one all that
 * can be decoded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_priv.h"
#include "fixture.h"

enum { FORMS = 3, LARGE = 2 << 20, BZIP2_BLOCK = 900000, ZSTD_BLOCK = 128 << 10 };

/* word: in what is told; slack: bytes of a block that comes whole or not at all. */
static const struct {
    const char *filter, *name, *word, *lost;
    size_t slack;
} forms[FORMS] = {
    {"xz", "a.txt.xz", "xz", "", 4096},
    {"zstd", "a.txt.zst", "zst",
     "; the block that was cut (of up to 128 KiB) is lost: zst packs blocks whole",
     (size_t)3 * ZSTD_BLOCK},
    {"bzip2", "a.txt.bz2", "bz2",
     "; the block that was cut (of up to 900 kB) is lost: bz2 packs blocks whole",
     (size_t)2 * BZIP2_BLOCK},
};
static const struct xd_fix_mode threads = {false, true, 0};
static const char hello[] = "2026-03-25T03:20:11.000+00:00 h tvcs: hello\n";

/* A log that halves when it is packed, evenly. */
static struct xd_fix_bytes make_log(size_t len)
{
    struct xd_fix_bytes b = {malloc(len), len, len};
    uint32_t seed = 1;

    assert_non_null(b.p);
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        b.p[i] = (uint8_t) "0123456789abcdef"[seed >> 28];
    }
    memcpy(b.p, hello, sizeof hello - 1);
    return b;
}

/* The only entry's bytes are the first of all; how many. */
static size_t count_prefix(const struct xd_fix_seen *s, struct xd_fix_bytes all)
{
    if (s->n_entries == 0) {
        return 0;
    }
    assert_int_equal(1, s->n_entries);
    assert_in_range(s->entries[0].bytes.len, 0, all.len);
    if (s->entries[0].bytes.len > 0) {
        assert_memory_equal(s->entries[0].bytes.p, all.p, s->entries[0].bytes.len);
    }
    return s->entries[0].bytes.len;
}

static void gives_all_that_stands_before_a_cut(void **state)
{
    struct xd_fix_bytes all = make_log(LARGE);

    (void)state;
    for (size_t f = 0; f < FORMS; f++) {
        struct xd_fix_bytes b = xd_fix_compress(forms[f].filter, all.p, all.len);

        for (size_t part = 1; part < 8; part += 3) {
            size_t n = b.len / 8 * part;
            struct xd_fix_seen s = xd_fix_read(forms[f].name, b.p, n, threads);
            size_t due = (size_t)((double)n / (double)b.len * LARGE);
            char text[160];

            (void)snprintf(text, sizeof text, "the %s data is cut off at byte %zu%s",
                           forms[f].word, n, forms[f].lost);
            assert_true(count_prefix(&s, all) + forms[f].slack >= due);
            assert_int_equal(XD_ENTRY_TRUNCATED, s.entries[0].status);
            assert_string_equal(text, s.entries[0].detail);
            xd_fix_seen_done(&s);
        }
        xd_fix_free(&b);
    }
    xd_fix_free(&all);
}

/* Of a small file too: xz decodes bytes, not blocks. */
static void gives_the_first_bytes_of_a_small_cut(void **state)
{
    struct xd_fix_bytes all = make_log(2000);
    struct xd_fix_bytes b = xd_fix_compress("xz", all.p, all.len);
    struct xd_fix_seen s = xd_fix_read("a.txt.xz", b.p, b.len / 2, threads);

    (void)state;
    assert_in_range(count_prefix(&s, all), 700, 1100);
    xd_fix_seen_done(&s);
    xd_fix_free(&b);
    xd_fix_free(&all);
}

static void gives_what_stands_before_a_changed_byte(void **state)
{
    struct xd_fix_bytes all = make_log(LARGE);

    (void)state;
    for (size_t f = 0; f < FORMS; f += 2) { /* libarchive's zst has no checksum */
        struct xd_fix_bytes b = xd_fix_compress(forms[f].filter, all.p, all.len);
        char text[64];

        b.p[b.len / 8 * 7] ^= 0x55;
        struct xd_fix_seen s = xd_fix_read(forms[f].name, b.p, b.len, threads);

        assert_int_equal(1, s.n_entries);
        assert_true(s.entries[0].bytes.len + forms[f].slack >= LARGE / 8 * 7);
        assert_memory_equal(s.entries[0].bytes.p, all.p, LARGE / 8 * 7 - forms[f].slack);
        assert_int_equal(XD_ENTRY_DAMAGED, s.entries[0].status);
        (void)snprintf(text, sizeof text, "the %s data is damaged at byte ", forms[f].word);
        assert_memory_equal(text, s.entries[0].detail, strlen(text));
        xd_fix_seen_done(&s);
        xd_fix_free(&b);
    }
    xd_fix_free(&all);
}

/* As "cat a.xz b.xz" makes them; then something that is none of them. */
static void reads_streams_behind_each_other(void **state)
{
    struct xd_fix_bytes all = make_log(3000);

    (void)state;
    for (size_t f = 0; f < FORMS; f++) {
        struct xd_fix_bytes a = xd_fix_compress(forms[f].filter, all.p, 1000);
        struct xd_fix_bytes b = xd_fix_compress(forms[f].filter, all.p + 1000, 2000);
        struct xd_fix_bytes c = xd_fix_copy("garbage", 7);
        char text[80];

        struct xd_fix_bytes ab = xd_fix_join(a, b);
        struct xd_fix_seen s = xd_fix_read(forms[f].name, ab.p, ab.len, threads);

        assert_int_equal(3000, count_prefix(&s, all));
        assert_int_equal(XD_ENTRY_READ, s.entries[0].status);
        xd_fix_seen_done(&s);
        (void)snprintf(text, sizeof text, "something else follows the %s data at byte %zu",
                       forms[f].word, ab.len);
        struct xd_fix_bytes abc = xd_fix_join(ab, c);
        s = xd_fix_read(forms[f].name, abc.p, abc.len, threads);

        assert_int_equal(3000, count_prefix(&s, all));
        assert_int_equal(XD_ENTRY_DAMAGED, s.entries[0].status);
        assert_string_equal(text, s.entries[0].detail);
        xd_fix_seen_done(&s);
        xd_fix_free(&a);
        xd_fix_free(&b);
        xd_fix_free(&c);
        xd_fix_free(&ab);
        xd_fix_free(&abc);
    }
    xd_fix_free(&all);
}

/* Stream padding of xz: zeros, in fours. */
static void passes_over_padding(void **state)
{
    struct xd_fix_bytes all = make_log(500);
    struct xd_fix_bytes a = xd_fix_compress("xz", all.p, all.len);
    struct xd_fix_bytes b = xd_fix_copy("\0\0\0\0\0\0\0\0", 8);
    struct xd_fix_bytes ab = xd_fix_join(a, b);
    struct xd_fix_seen s = xd_fix_read("a.txt.xz", ab.p, ab.len, threads);

    (void)state;
    assert_int_equal(500, count_prefix(&s, all));
    assert_int_equal(XD_ENTRY_READ, s.entries[0].status);
    xd_fix_seen_done(&s);
    xd_fix_free(&a);
    xd_fix_free(&b);
    xd_fix_free(&ab);
    xd_fix_free(&all);
}

/* "hello" with a window of 256 MiB, as xz --lzma2=dict=256MiB and zstd --long=28 write it.
 */
static void asks_no_window_beyond_reason(void **state)
{
    static const uint8_t xz[] = {
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36,
        0x02, 0x00, 0x21, 0x01, 0x20, 0x00, 0x00, 0x00, 0x09, 0x88, 0xa5, 0x76,
        0x01, 0x00, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x0a, 0x00, 0x00, 0x00,
        0x20, 0x30, 0x3a, 0x36, 0x00, 0x01, 0x1a, 0x06, 0xc5, 0xea, 0xc8, 0x79,
        0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a};
    static const uint8_t zst[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x90, 0x31, 0x00,
                                  0x00, 'h',  'e',  'l',  'l',  'o',  '\n'};
    struct xd_fix_seen s = xd_fix_read("a.txt.xz", xz, sizeof xz, threads);

    (void)state;
    assert_non_null(strstr(s.problems[0], "the xz data is damaged at byte 24 (needs more "
                                          "memory than is granted)"));
    xd_fix_seen_done(&s);
    s = xd_fix_read("a.txt.zst", zst, sizeof zst, threads);
    assert_non_null(strstr(s.problems[0], "too much memory"));
    xd_fix_seen_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_all_that_stands_before_a_cut),
        cmocka_unit_test(gives_the_first_bytes_of_a_small_cut),
        cmocka_unit_test(gives_what_stands_before_a_changed_byte),
        cmocka_unit_test(reads_streams_behind_each_other),
        cmocka_unit_test(passes_over_padding),
        cmocka_unit_test(asks_no_window_beyond_reason),
    };

    return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
