/*
 * test_sink.c - what a sink may rely on: order of the events, both ways of
 * threading alike, and an end at once when it fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle_priv.h"
#include "fixture.h"

enum { BIG = 5 << 20 };

static const char ca[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/* A tar.gz with small files and one that takes several blocks, in a zip. */
static struct xd_fix_bytes make_bundle(void)
{
    uint8_t *big = calloc(1, BIG);
    struct xd_fix_bytes inner = {0};
    struct xd_fix_bytes outer = {0};
    struct xd_fix_file files[3] = {{"ca.pem", ca, sizeof ca - 1, 0},
                                   {"x.pcap", big, BIG, 0},
                                   {"note.txt", "hello", 5, 0}};
    struct xd_fix_file one = {"in.tgz", NULL, 0, 0};

    assert_non_null(big);
    xd_fix_put(big, "\xd4\xc3\xb2\xa1", 4);
    for (size_t i = 4; i < BIG; i++) {
        big[i] = (uint8_t)(i * i >> 7);
    }
    inner = xd_fix_archive("tar", "gzip", files, 3);
    one.bytes = inner.p;
    one.len = inner.len;
    outer = xd_fix_archive("zip", "", &one, 1);
    xd_fix_free(&inner);
    free(big);
    return outer;
}

static void stops_at_whatever_event_the_sink_fails(void **state)
{
    struct xd_fix_bytes b = make_bundle();
    uint64_t n_calls = 0;

    (void)state;
    for (int mode = 0; mode < 4; mode++) {
        struct xd_fix_mode m = {mode % 2 != 0, mode / 2 != 0, 0};
        struct xd_fix_seen s = xd_fix_read("a.zip", b.p, b.len, m);

        assert_int_equal(s.rc, XD_OK);
        assert_int_equal(s.n_entries, 3);
        assert_int_equal(s.entries[1].bytes.len, BIG);
        n_calls = s.n_calls;
        assert_in_range(n_calls, 13, 40);
        xd_fix_seen_done(&s);
        for (uint64_t i = 1; i <= n_calls; i++) {
            m.fail_at = i;
            s = xd_fix_read("a.zip", b.p, b.len, m);
            if (s.n_calls >= i) { /* blocks may be cut differently */
                assert_int_equal(s.rc, XD_FAIL);
                assert_int_equal(s.err.rc, XD_FAIL);
                assert_int_equal(s.n_calls, i);
                assert_int_equal(s.n_after, 0);
            }
            xd_fix_seen_done(&s);
        }
    }
    xd_fix_free(&b);
}

static void begins_and_ends_every_entry_once_in_both_modes(void **state)
{
    struct xd_fix_bytes b = make_bundle();
    struct xd_fix_seen one =
        xd_fix_read("a.zip", b.p, b.len, (struct xd_fix_mode){true, true, 0});
    struct xd_fix_seen two =
        xd_fix_read("a.zip", b.p, b.len, (struct xd_fix_mode){false, true, 0});

    (void)state;
    assert_int_equal(one.n_entries, two.n_entries);
    for (size_t i = 0; i < one.n_entries; i++) {
        assert_true(one.entries[i].ended && two.entries[i].ended);
        assert_string_equal(one.entries[i].path, two.entries[i].path);
        assert_int_equal(one.entries[i].status, two.entries[i].status);
        assert_true(xd_fix_holds(&one.entries[i], two.entries[i].bytes.p,
                                 two.entries[i].bytes.len));
    }
    assert_memory_equal(one.ends[0].sha256, two.ends[0].sha256, 32);
    assert_int_equal(one.progress, b.len);
    assert_int_equal(two.progress, b.len);
    xd_fix_seen_done(&one);
    xd_fix_seen_done(&two);
    xd_fix_free(&b);
}

static void ends_each_of_several_inputs_in_turn(void **state)
{
    struct xd_fix_bytes b = make_bundle();
    struct xd_bundle_file files[] = {
        {.name = "a.zip", .fd = xd_fix_open(b.p, b.len)},
        {.name = "rubble", .fd = xd_fix_open("rubble", 6)},
        {.name = "ca.pem", .fd = xd_fix_open(ca, sizeof ca - 1)},
    };
    struct xd_bundle_input inputs[3];
    struct xd_fix_seen s = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        inputs[i] = (struct xd_bundle_input){
            .path = files[i].name, .kind = XD_INPUT_FILE, .files = &files[i], .n_files = 1};
    }
    s = xd_fix_read_inputs(inputs, 3, (struct xd_fix_mode){false, true, 0});
    assert_int_equal(s.n_ends, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(s.ends[i].input, i);
        assert_true(s.ends[i].has_sha256);
    }
    assert_int_equal(s.ends[0].bytes, b.len);
    assert_int_equal(s.ends[1].bytes, 6);
    assert_true(s.ends[1].no_bundle);
    assert_int_equal(s.ends[2].bytes, sizeof ca - 1);
    assert_int_equal(s.entries[4].input, 2);
    assert_int_equal(s.progress, b.len + 6 + sizeof ca - 1);
    xd_fix_seen_done(&s);
    for (size_t i = 0; i < 3; i++) {
        (void)close(files[i].fd);
    }
    xd_fix_free(&b);
}

static void tells_sizes_that_the_archive_told(void **state)
{
    struct xd_fix_file file = {"ca.pem", ca, sizeof ca - 1, 0};
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", &file, 1);
    struct xd_fix_seen s = xd_fix_read("a.tar", tar.p, tar.len, (struct xd_fix_mode){0});

    (void)state;
    assert_int_equal(s.entries[0].size, sizeof ca - 1);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_at_whatever_event_the_sink_fails),
        cmocka_unit_test(begins_and_ends_every_entry_once_in_both_modes),
        cmocka_unit_test(ends_each_of_several_inputs_in_turn),
        cmocka_unit_test(tells_sizes_that_the_archive_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
