/*
 * test_damage.c - cut, altered and prolonged bundles: what was whole is kept, and
 * the place of the damage is named.
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

enum { N_FILES = 4, LOG_LEN = 2000, TAR_BLOCK = 512 };

static char log_text[LOG_LEN];
static const char ca[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
static const char conf[] = "*c xConfiguration SystemUnit Name: \"vcs\"\n";
static const struct xd_fix_file files[N_FILES] = {
    {"ca_h_2026-03-25_03:20:11.pem", ca, sizeof ca - 1, 0},
    {"loggingsnapshot_h_2026-03-25_03:20:11.txt", log_text, LOG_LEN, 0},
    {"server_h_2026-03-25_03:20:11.pem", ca, sizeof ca - 1, 0},
    {"xconf_dump_h_2026-03-25_03:20:11.txt", conf, sizeof conf - 1, 0},
};

static const struct xd_fix_mode threads = {false, true, 0};
static const struct xd_fix_mode inline_only = {true, false, 0};

static int make_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < LOG_LEN; i++) {
        log_text[i] = "0123456789abcdef\n"[(i * i / 7 + i / 13) % 17];
    }
    xd_fix_put(log_text, "2026-03-25T03:20:11.000+00:00 h tvcs: ", 38);
    return 0;
}

/* Offset behind the data of file i in the tar of files. */
static size_t end_of_file(size_t i)
{
    size_t at = 0;

    for (size_t k = 0; k <= i; k++) {
        at += TAR_BLOCK;
        at += k < i ? (files[k].len + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK : files[k].len;
    }
    return at;
}

/* Whatever was told of each file is true, and files whole within n bytes of tar are. */
static void check_kept(const struct xd_fix_seen *s, size_t n)
{
    for (size_t i = 0; i < N_FILES; i++) {
        const struct xd_fix_entry *e = xd_fix_find(s, files[i].path);

        if (e == NULL) {
            assert_true(end_of_file(i) > n);
            continue;
        }
        assert_true(e->ended);
        assert_true(e->bytes.len <= files[i].len);
        if (e->bytes.len > 0) {
            assert_memory_equal(e->bytes.p, files[i].bytes, e->bytes.len);
        }
        if (end_of_file(i) <= n) {
            assert_int_equal(e->bytes.len, files[i].len);
            assert_int_equal(e->status, XD_ENTRY_READ);
        }
        if (e->bytes.len < files[i].len) {
            assert_int_not_equal(e->status, XD_ENTRY_READ);
            assert_string_not_equal(e->detail, "");
        }
    }
}

static void keeps_what_stood_before_every_cut_of_a_tar(void **state)
{
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, N_FILES);

    (void)state;
    for (size_t n = TAR_BLOCK; n < tar.len; n += 3) {
        struct xd_fix_bytes cut = xd_fix_copy(tar.p, n);
        struct xd_fix_seen s = xd_fix_read("a.tar", cut.p, cut.len, inline_only);

        assert_int_equal(s.rc, XD_OK);
        check_kept(&s, n);
        if (n < end_of_file(N_FILES - 1) + TAR_BLOCK / 2) {
            assert_string_not_equal(s.problems[0], "");
        }
        xd_fix_seen_done(&s);
        xd_fix_free(&cut);
    }
    xd_fix_free(&tar);
}

/* A gzip of one stored block: 10 + 5 bytes in front, 8 behind (RFC 1952, RFC 1951). */
static struct xd_fix_bytes store_gzip(struct xd_fix_bytes plain)
{
    struct xd_fix_bytes real = xd_fix_compress("gzip", plain.p, plain.len);
    struct xd_fix_bytes out = {malloc(plain.len + 23), plain.len + 23, plain.len + 23};
    static const uint8_t head[11] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1};

    assert_non_null(out.p);
    assert_true(plain.len <= 0xffff);
    memcpy(out.p, head, sizeof head);
    out.p[11] = (uint8_t)(plain.len & 0xff);
    out.p[12] = (uint8_t)(plain.len >> 8);
    out.p[13] = (uint8_t)~out.p[11];
    out.p[14] = (uint8_t)~out.p[12];
    memcpy(out.p + 15, plain.p, plain.len);
    memcpy(out.p + 15 + plain.len, real.p + real.len - 8, 8);
    xd_fix_free(&real);
    return out;
}

static void keeps_what_stood_before_every_cut_of_stored_gzip(void **state)
{
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, N_FILES);
    struct xd_fix_bytes gz = store_gzip(tar);

    (void)state;
    for (size_t n = 15 + TAR_BLOCK; n < gz.len; n += 3) {
        struct xd_fix_bytes cut = xd_fix_copy(gz.p, n);
        struct xd_fix_seen s = xd_fix_read("a.tgz", cut.p, cut.len, inline_only);
        char place[80];

        check_kept(&s, n - 15);
        (void)snprintf(place, sizeof place, "the gzip data is cut off at byte %zu", n);
        assert_string_equal(s.problems[0], place);
        xd_fix_seen_done(&s);
        xd_fix_free(&cut);
    }
    xd_fix_free(&gz);
    xd_fix_free(&tar);
}

static size_t count_whole(const struct xd_fix_seen *s)
{
    size_t n = 0;

    for (size_t i = 0; i < N_FILES; i++) {
        n += xd_fix_holds(xd_fix_find(s, files[i].path), files[i].bytes, files[i].len);
    }
    return n;
}

static void survives_every_cut_of_every_compression(void **state)
{
    static const char *const filters[] = {"gzip", "xz", "zstd", "bzip2"};

    (void)state;
    for (size_t f = 0; f < 4; f++) {
        struct xd_fix_bytes b = xd_fix_archive("tar", filters[f], files, N_FILES);
        size_t most = 0;

        for (size_t n = 0; n < b.len; n++) {
            struct xd_fix_bytes cut = xd_fix_copy(b.p, n);
            struct xd_fix_seen s =
                xd_fix_read("a", cut.p, cut.len, n % 16 == 0 ? threads : inline_only);

            assert_int_equal(s.rc, XD_OK);
            assert_int_equal(s.n_ends, 1);
            assert_int_equal(s.ends[0].bytes, n);
            assert_string_not_equal(s.problems[0], "");
            check_kept(&s, 0);
            assert_true(count_whole(&s) >= most); /* a longer cut loses nothing */
            most = count_whole(&s);
            assert_true(strcmp(filters[f], "gzip") != 0 || n + 8 < b.len ||
                        most == N_FILES);
            xd_fix_seen_done(&s);
            xd_fix_free(&cut);
        }
        xd_fix_free(&b);
    }
}

static void survives_every_cut_of_a_zip(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("zip", "", files, N_FILES);

    (void)state;
    for (size_t n = 0; n < b.len; n++) {
        struct xd_fix_bytes cut = xd_fix_copy(b.p, n);
        struct xd_fix_seen s = xd_fix_read("a.zip", cut.p, cut.len, inline_only);

        assert_int_equal(s.rc, XD_OK);
        check_kept(&s, 0);
        xd_fix_seen_done(&s);
        xd_fix_free(&cut);
    }
    xd_fix_free(&b);
}

static void survives_every_flipped_byte(void **state)
{
    static const char *const forms[][2] = {{"tar", ""},     {"tar", "gzip"},  {"tar", "xz"},
                                           {"tar", "zstd"}, {"tar", "bzip2"}, {"zip", ""}};

    (void)state;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        struct xd_fix_bytes b = xd_fix_archive(forms[f][0], forms[f][1], files, N_FILES);

        for (size_t i = 0; i < b.len; i += forms[f][1][0] == '\0' ? 5 : 1) {
            struct xd_fix_seen s = {0};

            b.p[i] ^= (uint8_t)(1u << (i % 8));
            s = xd_fix_read("a", b.p, b.len, i % 64 == 0 ? threads : inline_only);
            b.p[i] ^= (uint8_t)(1u << (i % 8));
            assert_int_equal(s.rc, XD_OK);
            assert_int_equal(s.n_ends, 1);
            xd_fix_seen_done(&s);
        }
        xd_fix_free(&b);
    }
}

static void names_a_wrong_gzip_checksum_and_uses_all(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("tar", "gzip", files, N_FILES);

    (void)state;
    for (size_t back = 1; back <= 8; back++) { /* the CRC, then the length */
        char expected[120];
        struct xd_fix_seen s = {0};

        b.p[b.len - back] ^= 0x10;
        s = xd_fix_read("a.tgz", b.p, b.len, threads);
        b.p[b.len - back] ^= 0x10;
        check_kept(&s, 1 << 20);
        (void)snprintf(
            expected, sizeof expected,
            "the gzip checksum is wrong (anything before may be altered) at byte %zu",
            b.len);
        assert_string_equal(s.problems[0], expected);
        assert_false(s.ends[0].unusable);
        xd_fix_seen_done(&s);
    }
    xd_fix_free(&b);
}

static void calls_a_lone_capture_damaged_by_its_checksum(void **state)
{
    static const uint8_t pcap[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};
    struct xd_fix_bytes b = xd_fix_compress("gzip", pcap, sizeof pcap);
    struct xd_fix_seen s = {0};

    (void)state;
    b.p[b.len - 8] ^= 1;
    s = xd_fix_read("x.pcap.gz", b.p, b.len, threads);
    assert_int_equal(s.entries[0].status, XD_ENTRY_DAMAGED);
    assert_true(xd_fix_holds(&s.entries[0], pcap, sizeof pcap));
    assert_non_null(strstr(s.entries[0].detail, "checksum is wrong"));
    assert_non_null(strstr(s.problems[0], "x.pcap.gz: the gzip checksum is wrong"));
    xd_fix_seen_done(&s);
    xd_fix_free(&b);
}

static void names_what_follows_the_gzip_data(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("tar", "gzip", files, N_FILES);
    static const struct {
        const char *tail;
        size_t len;
        bool clean;
        size_t at; /* behind the data */
    } rows[] = {
        {"x", 1, false, 0},
        {"garbage", 7, false, 0},
        {"\0\0\0\0\0\0\0\0\0", 9, true, 0},
        {"\x1f\x8b", 2, false, 0},
        {"\0x", 2, false, 1},
        {"\0\0\0\0\0x", 6, false, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_fix_bytes tail = xd_fix_copy(rows[i].tail, rows[i].len);
        struct xd_fix_bytes all = xd_fix_join(b, tail);
        struct xd_fix_seen s = xd_fix_read("a.tgz", all.p, all.len, threads);
        char expected[120] = "";

        check_kept(&s, 1 << 20);
        if (!rows[i].clean) {
            (void)snprintf(expected, sizeof expected,
                           "something else follows the gzip data at byte %zu",
                           b.len + rows[i].at);
        }
        assert_string_equal(s.problems[0], expected);
        assert_int_equal(s.ends[0].bytes, all.len);
        xd_fix_seen_done(&s);
        xd_fix_free(&all);
        xd_fix_free(&tail);
    }
    xd_fix_free(&b);
}

static void reads_one_tar_in_two_gzip_members(void **state)
{
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, N_FILES);

    (void)state;
    for (size_t at = 0; at <= tar.len; at += 100) {
        struct xd_fix_bytes a = xd_fix_compress("gzip", tar.p, at);
        struct xd_fix_bytes b = xd_fix_compress("gzip", tar.p + at, tar.len - at);
        struct xd_fix_bytes all = xd_fix_join(a, b);
        struct xd_fix_seen s = xd_fix_read("a.tgz", all.p, all.len, inline_only);

        assert_int_equal(s.n_entries, N_FILES);
        check_kept(&s, 1 << 20);
        assert_string_equal(s.problems[0], "");
        xd_fix_seen_done(&s);
        xd_fix_free(&all);
        xd_fix_free(&b);
        xd_fix_free(&a);
    }
    xd_fix_free(&tar);
}

static void reads_two_bundles_joined_by_cat(void **state)
{
    struct xd_fix_bytes a = xd_fix_archive("tar", "gzip", files, 2);
    struct xd_fix_bytes b = xd_fix_archive("tar", "gzip", files + 2, 2);
    struct xd_fix_bytes all = xd_fix_join(a, b);
    struct xd_fix_seen s = xd_fix_read("a.tgz", all.p, all.len, threads);

    (void)state;
    assert_int_equal(s.n_entries, N_FILES);
    check_kept(&s, 1 << 20);
    assert_string_equal(s.problems[0], "");
    xd_fix_seen_done(&s);
    xd_fix_free(&all);
    xd_fix_free(&b);
    xd_fix_free(&a);
}

static void goes_on_behind_a_damaged_tar_header(void **state)
{
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, N_FILES);
    size_t at = end_of_file(1) + TAR_BLOCK - 1;
    struct xd_fix_seen s = {0};

    (void)state;
    at -= at % TAR_BLOCK; /* the header of the third file */
    tar.p[at + 3] ^= 1;
    s = xd_fix_read("a.tar", tar.p, tar.len, threads);
    assert_true(xd_fix_holds(xd_fix_find(&s, files[0].path), ca, sizeof ca - 1));
    assert_true(xd_fix_holds(xd_fix_find(&s, files[1].path), log_text, LOG_LEN));
    assert_null(xd_fix_find(&s, files[2].path));
    assert_true(xd_fix_holds(xd_fix_find(&s, files[3].path), conf, sizeof conf - 1));
    assert_non_null(strstr(s.problems[0], "the tar is damaged or cut off at byte 3584"));
    assert_int_equal(at, 3584);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void passes_over_the_file_whose_header_is_damaged(void **state)
{
    enum { BIG = 12 << 20 }; /* more blocks than a case may have files */
    uint8_t *big = calloc(1, BIG);
    struct xd_fix_file three[3] = {
        {"a.pcap", big, BIG, 0}, files[0], {"loggingsnapshot.txt", log_text, LOG_LEN, 0}};
    struct xd_fix_bytes tar = {0};
    struct xd_fix_seen s = {0};

    (void)state;
    assert_non_null(big);
    memset(big, 'x', BIG / 2); /* the other half looks like the tar's end */
    tar = xd_fix_archive("tar", "", three, 3);
    tar.p[0] ^= 1;
    s = xd_fix_read("a.tar", tar.p, tar.len, threads);
    assert_int_equal(s.n_entries, 2);
    assert_true(xd_fix_holds(&s.entries[0], ca, sizeof ca - 1));
    assert_true(xd_fix_holds(&s.entries[1], log_text, LOG_LEN));
    assert_non_null(strstr(s.problems[0], "the tar is damaged or cut off at byte 0"));
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
    free(big);
}

static void misses_the_end_mark_of_a_tar(void **state)
{
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, N_FILES);
    size_t at = end_of_file(1) + TAR_BLOCK - 1;
    struct xd_fix_seen s = {0};

    (void)state;
    s = xd_fix_read("a.tar", tar.p, at - at % TAR_BLOCK, threads);
    assert_int_equal(s.n_entries, 2);
    assert_string_equal(s.problems[0],
                        "the tar ends without its end mark: files may be missing");
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void tells_an_entry_that_a_cut_goes_through(void **state)
{
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, N_FILES);
    struct xd_fix_seen s = xd_fix_read("a.tar", tar.p, 2600, threads);
    const struct xd_fix_entry *e = xd_fix_find(&s, files[1].path);

    (void)state;
    assert_non_null(e);
    assert_int_equal(e->status, XD_ENTRY_TRUNCATED);
    assert_int_equal(e->bytes.len, 2600 - 3 * TAR_BLOCK);
    assert_non_null(strstr(e->detail, "at byte 2600"));
    assert_non_null(strstr(e->detail, "1064 of 2000 bytes were read"));
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void blames_the_inner_archive_alone_for_its_damage(void **state)
{
    struct xd_fix_bytes inner = xd_fix_archive("tar", "gzip", files, N_FILES);
    struct xd_fix_file both[2] = {{"in.tgz", inner.p, 300, 0},
                                  {"x/ca_h_2026-03-25_03:20:11.pem", ca, sizeof ca - 1, 0}};
    struct xd_fix_bytes outer = xd_fix_archive("tar", "gzip", both, 2);
    struct xd_fix_seen s = xd_fix_read("out.tgz", outer.p, outer.len, threads);

    (void)state;
    assert_string_equal(s.problems[0], "in.tgz: the gzip data is cut off at byte 300");
    assert_true(xd_fix_holds(xd_fix_find(&s, both[1].path), ca, sizeof ca - 1));
    assert_true(xd_fix_holds(xd_fix_find(&s, "in.tgz!ca_h_2026-03-25_03:20:11.pem"), ca,
                             sizeof ca - 1));
    xd_fix_seen_done(&s);
    xd_fix_free(&outer);
    xd_fix_free(&inner);
}

static void blames_the_outer_archive_alone_for_its_damage(void **state)
{
    struct xd_fix_bytes inner = xd_fix_archive("tar", "gzip", files, N_FILES);
    struct xd_fix_file one = {"in.tgz", inner.p, inner.len, 0};
    struct xd_fix_bytes outer = xd_fix_archive("tar", "", &one, 1);
    struct xd_fix_seen s = xd_fix_read("out.tar", outer.p, TAR_BLOCK + 300, threads);

    (void)state;
    assert_non_null(strstr(s.problems[0], "at byte 812"));
    assert_null(strstr(s.problems[0], "in.tgz"));
    xd_fix_seen_done(&s);
    xd_fix_free(&outer);
    xd_fix_free(&inner);
}

static void notes_a_wrong_checksum_in_a_zip(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("zip", "", files, N_FILES);
    struct xd_fix_seen s = {0};
    uint8_t *at = NULL;

    (void)state;
    /* libarchive's writer puts each CRC-32 into a data descriptor, PK\7\10. */
    at = memmem(b.p, b.len, "PK\7\10", 4);
    assert_non_null(at);
    at[4] ^= 1;
    s = xd_fix_read("a.zip", b.p, b.len, threads);
    assert_int_equal(s.n_entries, N_FILES);
    assert_int_equal(s.entries[0].status, XD_ENTRY_DAMAGED);
    assert_int_equal(s.entries[1].status, XD_ENTRY_READ);
    assert_non_null(strstr(s.problems[0], s.entries[0].path));
    xd_fix_seen_done(&s);
    xd_fix_free(&b);
}

static void misses_the_end_of_a_zip(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("zip", "", files, N_FILES);
    uint8_t *directory = memmem(b.p, b.len, "PK\1\2", 4);
    struct xd_fix_seen s = {0};

    (void)state;
    assert_non_null(directory);
    for (size_t n = (size_t)(directory - b.p); n < b.len; n++) {
        s = xd_fix_read("a.zip", b.p, n, inline_only);
        for (size_t i = 0; i < N_FILES; i++) {
            assert_true(
                xd_fix_holds(xd_fix_find(&s, files[i].path), files[i].bytes, files[i].len));
        }
        assert_string_not_equal(s.problems[0], "");
        xd_fix_seen_done(&s);
    }
    s = xd_fix_read("a.zip", b.p, b.len, inline_only);
    assert_string_equal(s.problems[0], "");
    xd_fix_seen_done(&s);
    xd_fix_free(&b);
}

static void calls_rubble_unusable(void **state)
{
    static const uint8_t gz[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff};
    struct xd_fix_seen s = xd_fix_read("a.tgz", gz, sizeof gz, threads);

    (void)state;
    assert_true(s.ends[0].unusable);
    assert_false(s.ends[0].no_bundle);
    assert_non_null(strstr(s.problems[0], "a.tgz: the gzip data is damaged at byte 1"));
    xd_fix_seen_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_stood_before_every_cut_of_a_tar),
        cmocka_unit_test(keeps_what_stood_before_every_cut_of_stored_gzip),
        cmocka_unit_test(survives_every_cut_of_every_compression),
        cmocka_unit_test(survives_every_cut_of_a_zip),
        cmocka_unit_test(survives_every_flipped_byte),
        cmocka_unit_test(names_a_wrong_gzip_checksum_and_uses_all),
        cmocka_unit_test(calls_a_lone_capture_damaged_by_its_checksum),
        cmocka_unit_test(names_what_follows_the_gzip_data),
        cmocka_unit_test(reads_one_tar_in_two_gzip_members),
        cmocka_unit_test(reads_two_bundles_joined_by_cat),
        cmocka_unit_test(goes_on_behind_a_damaged_tar_header),
        cmocka_unit_test(passes_over_the_file_whose_header_is_damaged),
        cmocka_unit_test(misses_the_end_mark_of_a_tar),
        cmocka_unit_test(tells_an_entry_that_a_cut_goes_through),
        cmocka_unit_test(blames_the_inner_archive_alone_for_its_damage),
        cmocka_unit_test(blames_the_outer_archive_alone_for_its_damage),
        cmocka_unit_test(notes_a_wrong_checksum_in_a_zip),
        cmocka_unit_test(misses_the_end_of_a_zip),
        cmocka_unit_test(calls_rubble_unusable),
    };

    return cmocka_run_group_tests(tests, make_log, NULL);
}
