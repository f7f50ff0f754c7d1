/*
 * test_limits.c - bombs of every kind end their container, never the run.
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

static const char ca[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
static const struct xd_fix_file ca_file = {"ca.pem", ca, sizeof ca - 1, 0};
static const struct xd_fix_mode threads = {false, false, 0};

enum { BOMB = 100 << 20 };

/* A hundred mebibytes of log that zstd makes ten kibibytes of. */
static struct xd_fix_bytes make_bomb(void)
{
    uint8_t *zeros = calloc(1, BOMB);
    struct xd_fix_bytes b = {0};

    assert_non_null(zeros);
    xd_fix_put(zeros, "2026-03-25T03:20:11Z x\n", 23);
    b = xd_fix_compress("zstd", zeros, BOMB);
    free(zeros);
    assert_true(b.len < 65536);
    return b;
}

static void ends_what_inflates_beyond_reason(void **state)
{
    struct xd_fix_bytes bomb = make_bomb();
    struct xd_fix_seen s = xd_fix_read("bomb.zst", bomb.p, bomb.len, threads);

    (void)state;
    assert_int_equal(s.n_entries, 1);
    assert_int_equal(s.entries[0].status, XD_ENTRY_TRUNCATED);
    assert_in_range(s.entries[0].bytes.len, XD_RATIO_GRACE - XD_BLOCK_BYTES,
                    XD_RATIO_GRACE);
    assert_non_null(strstr(s.problems[0], "it inflates to more than 1100 times its size"));
    xd_fix_seen_done(&s);
    xd_fix_free(&bomb);
}

static void reads_on_beside_a_bomb(void **state)
{
    struct xd_fix_bytes bomb = make_bomb();
    struct xd_fix_file files[4] = {
        {"a.zst", bomb.p, bomb.len, 0}, ca_file, {"b.zst", bomb.p, bomb.len, 0}, ca_file};
    struct xd_fix_bytes tar = {0};
    struct xd_fix_seen s = {0};

    (void)state;
    files[3].path = "server.pem";
    tar = xd_fix_archive("tar", "gzip", files, 4);
    s = xd_fix_read("a.tgz", tar.p, tar.len, threads);
    assert_int_equal(s.n_entries, 4);
    assert_int_equal(s.entries[0].status, XD_ENTRY_TRUNCATED);
    assert_int_equal(s.entries[2].status, XD_ENTRY_TRUNCATED);
    assert_true(xd_fix_holds(&s.entries[1], ca, sizeof ca - 1));
    assert_true(xd_fix_holds(&s.entries[3], ca, sizeof ca - 1));
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
    xd_fix_free(&bomb);
}

static void counts_what_the_whole_run_inflates(void **state)
{
    struct xd_budget budget = {.inflated = ((uint64_t)64 << 30) - 10, .raw = UINT64_MAX};
    struct xd_source s = {0};

    (void)state;
    assert_true(xd_source_inflated(&s, &budget, 10));
    assert_int_equal(s.damage.status, XD_ENTRY_READ);
    assert_false(xd_source_inflated(&s, &budget, 1));
    assert_int_equal(s.damage.status, XD_ENTRY_TRUNCATED);
    assert_string_equal(s.damage.text,
                        "not read on: more than 65536 MiB were inflated in this run");
}

static void opens_four_archives_within_each_other_and_no_fifth(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("tar", "", &ca_file, 1);

    (void)state;
    for (int depth = 1; depth <= 6; depth++) {
        struct xd_fix_seen s = xd_fix_read("a.tar", b.p, b.len, threads);
        struct xd_fix_file wrapped = {"in.tar", b.p, b.len, 0};
        struct xd_fix_bytes outer = xd_fix_archive("tar", "", &wrapped, 1);

        assert_int_equal(s.n_entries, 1);
        if (depth <= 4) {
            assert_true(xd_fix_holds(&s.entries[0], ca, sizeof ca - 1));
            assert_string_equal(s.problems[0], "");
        } else {
            assert_int_equal(s.entries[0].status, XD_ENTRY_SKIPPED);
            assert_non_null(strstr(s.problems[0], "not opened, too deep"));
            assert_true(s.ends[0].unusable);
        }
        xd_fix_seen_done(&s);
        xd_fix_free(&b);
        b = outer;
    }
    xd_fix_free(&b);
}

static void takes_four_compressions_off_and_no_fifth(void **state)
{
    struct xd_fix_bytes b = xd_fix_copy(ca, sizeof ca - 1);

    (void)state;
    for (int layers = 0; layers <= 5; layers++) {
        struct xd_fix_seen s = xd_fix_read("x", b.p, b.len, threads);
        struct xd_fix_bytes more = xd_fix_compress("gzip", b.p, b.len);

        assert_int_equal(s.entries[0].kind, layers <= 4 ? XD_ENTRY_PEM : XD_ENTRY_OTHER);
        xd_fix_seen_done(&s);
        xd_fix_free(&b);
        b = more;
    }
    xd_fix_free(&b);
}

/* A certificate and then more files than are read. */
static struct xd_fix_bytes make_crowd(void)
{
    enum { N = 20010 };
    struct xd_fix_file *files = calloc(N, sizeof *files);
    struct xd_fix_bytes tar = {0};

    assert_non_null(files);
    for (size_t i = 0; i < N; i++) {
        files[i].path = "x";
    }
    files[0] = ca_file;
    tar = xd_fix_archive("tar", "", files, N);
    free(files);
    return tar;
}

static void stops_after_twenty_thousand_files(void **state)
{
    struct xd_fix_bytes tar = make_crowd();
    struct xd_fix_seen s = {0};

    (void)state;
    s = xd_fix_read("a.tar", tar.p, tar.len, threads);
    assert_int_equal(s.n_entries, 19999); /* the archive itself is one */
    assert_string_equal(s.problems[0], "not read on: more than 20000 files");
    assert_false(s.ends[0].unusable);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void a_crowd_in_one_input_costs_the_next_nothing(void **state)
{
    struct xd_fix_bytes tar = make_crowd();
    struct xd_bundle_file files[] = {
        {.name = "crowd.tar", .fd = xd_fix_open(tar.p, tar.len)},
        {.name = "ca.pem", .fd = xd_fix_open(ca, sizeof ca - 1)},
    };
    struct xd_bundle_input inputs[] = {
        {.path = "crowd.tar", .kind = XD_INPUT_FILE, .files = &files[0], .n_files = 1},
        {.path = "ca.pem", .kind = XD_INPUT_FILE, .files = &files[1], .n_files = 1},
    };
    struct xd_fix_seen s = xd_fix_read_inputs(inputs, 2, threads);

    (void)state;
    assert_int_equal(s.n_entries, 20000);
    assert_int_equal(s.entries[19999].input, 1);
    assert_int_equal(s.entries[19999].status, XD_ENTRY_READ);
    assert_false(s.ends[1].unusable);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void cuts_a_long_name(void **state)
{
    char name[5000];
    struct xd_fix_file file = ca_file;
    struct xd_fix_bytes tar = {0};
    struct xd_fix_seen s = {0};

    (void)state;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    file.path = name;
    tar = xd_fix_archive("tar", "", &file, 1);
    s = xd_fix_read("a.tar", tar.p, tar.len, threads);
    assert_in_range(strlen(s.entries[0].path), 1000, 1024 + 4);
    assert_true(xd_fix_holds(&s.entries[0], ca, sizeof ca - 1));
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void bounds_the_problem_text(void **state)
{
    enum { N = 200 };
    struct xd_fix_bytes bad = xd_fix_compress("gzip", ca, sizeof ca - 1);
    struct xd_fix_file files[N];
    struct xd_fix_bytes tar = {0};
    struct xd_fix_seen s = {0};

    (void)state;
    bad.p[bad.len - 1] ^= 1;
    for (size_t i = 0; i < N; i++) {
        files[i] = (struct xd_fix_file){"ca.pem.gz", bad.p, bad.len, 0};
    }
    tar = xd_fix_archive("tar", "", files, N);
    s = xd_fix_read("a.tar", tar.p, tar.len, threads);
    assert_int_equal(s.n_entries, N);
    assert_in_range(strlen(s.problems[0]), 1000, XD_MAX_PROBLEM);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
    xd_fix_free(&bad);
}

static void survives_a_chain_of_long_name_headers(void **state)
{
    /* GNU 'L' headers one behind another, each of which libarchive reads from within
     * the one before. */
    enum { N = 20000 };
    struct xd_fix_bytes tar = {calloc(N + 2, 1024), (size_t)N * 1024 + 1024, 0};
    struct xd_fix_seen s = {0};

    (void)state;
    assert_non_null(tar.p);
    for (size_t i = 0; i < N; i++) {
        uint8_t *h = tar.p + i * 1024;
        unsigned sum = 8 * ' ';

        xd_fix_put(h, "././@LongLink", 13);
        xd_fix_put(h + 124, "00000000002", 11);
        h[156] = 'L';
        xd_fix_put(h + 257, "ustar  ", 7);
        for (size_t k = 0; k < 512; k++) {
            sum += h[k];
        }
        (void)snprintf((char *)h + 148, 8, "%06o", sum);
        h[155] = ' ';
        h[512] = 'x';
    }
    s = xd_fix_read("a.tar", tar.p, tar.len, threads);
    assert_int_equal(s.rc, XD_OK);
    assert_string_not_equal(s.problems[0], "");
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_what_inflates_beyond_reason),
        cmocka_unit_test(reads_on_beside_a_bomb),
        cmocka_unit_test(counts_what_the_whole_run_inflates),
        cmocka_unit_test(opens_four_archives_within_each_other_and_no_fifth),
        cmocka_unit_test(takes_four_compressions_off_and_no_fifth),
        cmocka_unit_test(stops_after_twenty_thousand_files),
        cmocka_unit_test(a_crowd_in_one_input_costs_the_next_nothing),
        cmocka_unit_test(cuts_a_long_name),
        cmocka_unit_test(bounds_the_problem_text),
        cmocka_unit_test(survives_a_chain_of_long_name_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
