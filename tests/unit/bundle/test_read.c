/*
 * test_read.c - every form a bundle may come in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle_priv.h"
#include "fixture.h"

#define CA_NAME   "ca_vcs_8c_2026-03-25_03:20:11.pem"
#define CONF_NAME "xconf_dump_vcs_8c_2026-03-25_03:20:11.txt"
#define PCAP_NAME "eth0_diagnostic_logging_tcpdump00_vcs_8c_2026-03-25_03:20:11.pcap"

static const char pem[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
static const char conf[] = "*c xConfiguration SystemUnit Name: \"vcs_8c\"\n";

enum { PCAP_LEN = 1300000 }; /* more than one block of a pipe, not a multiple of one */

static uint8_t pcap[PCAP_LEN];

static int make_pcap(void **state)
{
    uint32_t x = 12345;

    (void)state;
    xd_fix_put(pcap, "\xd4\xc3\xb2\xa1\2\0\4\0", 8);
    for (size_t i = 8; i < sizeof pcap; i++) {
        x = x * 1664525 + 1013904223;
        pcap[i] = (uint8_t)((x >> 24) & 0x3f);
    }
    return 0;
}

static const struct xd_fix_file bundle[] = {
    {"./" CA_NAME, pem, sizeof pem - 1, 0},
    {"./" PCAP_NAME, pcap, sizeof pcap, 0},
    {"./" CONF_NAME, conf, sizeof conf - 1, 0},
};

static const struct xd_fix_mode both[] = {{false, true, 0}, {true, true, 0}};

enum { N_BUNDLE = 3, N_MODES = 2 };

static void check_entry(const struct xd_fix_seen *s, const char *path,
                        const char *container, enum xd_entry_kind kind,
                        struct xd_slice bytes)
{
    const struct xd_fix_entry *e = xd_fix_find(s, path);

    assert_non_null(e);
    assert_true(e->ended);
    assert_string_equal(e->container, container);
    assert_int_equal(e->kind, kind);
    assert_int_equal(e->status, XD_ENTRY_READ);
    assert_string_equal(e->detail, "");
    assert_true(xd_fix_holds(e, bytes.p, bytes.len));
}

/* The three files of the bundle, under a place that ends in '!' or is empty. */
static void check_bundle(const struct xd_fix_seen *s, const char *place,
                         const char *container)
{
    char path[256];

    (void)snprintf(path, sizeof path, "%s%s", place, CA_NAME);
    check_entry(s, path, container, XD_ENTRY_CA_PEM, xd_slice_of(pem));
    assert_string_equal(xd_fix_find(s, path)->name, CA_NAME);
    assert_string_equal(xd_fix_find(s, path)->host, "vcs_8c");
    (void)snprintf(path, sizeof path, "%s%s", place, CONF_NAME);
    check_entry(s, path, container, XD_ENTRY_XCONF_TXT, xd_slice_of(conf));
    (void)snprintf(path, sizeof path, "%s%s", place, PCAP_NAME);
    check_entry(s, path, container, XD_ENTRY_PCAP, (struct xd_slice){pcap, sizeof pcap});
}

static void check_clean_end(const struct xd_fix_seen *s, size_t i, enum xd_input_kind kind,
                            uint64_t bytes)
{
    assert_true(s->n_ends > i);
    assert_string_equal(s->problems[i], "");
    assert_int_equal(s->ends[i].kind, kind);
    assert_int_equal(s->ends[i].bytes, bytes);
    assert_false(s->ends[i].unusable);
    assert_false(s->ends[i].no_bundle);
}

static void reads_every_kind_of_archive(void **state)
{
    static const char *const forms[][3] = {
        {"tar", "", "a.tar"},         {"tar", "gzip", "a.tar.gz"},
        {"tar", "xz", "a.tar.xz"},    {"tar", "bzip2", "a.tar.bz2"},
        {"tar", "zstd", "a.tar.zst"}, {"zip", "", "a.zip"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct xd_fix_bytes b = xd_fix_archive(forms[i][0], forms[i][1], bundle, N_BUNDLE);

        for (size_t m = 0; m < N_MODES; m++) {
            struct xd_fix_seen s = xd_fix_read(forms[i][2], b.p, b.len, both[m]);

            assert_int_equal(s.rc, XD_OK);
            assert_int_equal(s.n_entries, 3);
            check_bundle(&s, "", "");
            check_clean_end(&s, 0, XD_INPUT_ARCHIVE, b.len);
            assert_int_equal(s.progress, b.len);
            assert_in_range(s.largest, 1, 1 << 20);
            xd_fix_seen_done(&s);
        }
        xd_fix_free(&b);
    }
}

static void knows_an_archive_whatever_its_name(void **state)
{
    struct xd_fix_bytes b = xd_fix_archive("tar", "gzip", bundle, N_BUNDLE);
    struct xd_fix_seen s =
        xd_fix_read("server_h_2026-03-25_03:20:11.pem", b.p, b.len, both[0]);

    (void)state;
    check_bundle(&s, "", "");
    xd_fix_seen_done(&s);
    xd_fix_free(&b);
}

static void reads_archives_within_archives(void **state)
{
    struct xd_fix_bytes tgz = xd_fix_archive("tar", "gzip", bundle, N_BUNDLE);
    struct xd_fix_bytes txz = xd_fix_archive("tar", "xz", bundle, N_BUNDLE);
    const struct xd_fix_file mail[] = {{"e/e.tar.gz", tgz.p, tgz.len, 0},
                                       {"c.tar.xz", txz.p, txz.len, 0},
                                       {"note.txt", "hello", 5, 0}};
    struct xd_fix_bytes zip = xd_fix_archive("zip", "", mail, 3);
    const struct xd_fix_file wrapped = {"mail.zip", zip.p, zip.len, 0};
    struct xd_fix_bytes outer = xd_fix_archive("tar", "gzip", &wrapped, 1);

    (void)state;
    for (size_t m = 0; m < N_MODES; m++) {
        struct xd_fix_seen s = xd_fix_read("outer.tgz", outer.p, outer.len, both[m]);

        assert_int_equal(s.n_entries, 7);
        check_bundle(&s, "mail.zip!e/e.tar.gz!", "mail.zip!e/e.tar.gz");
        check_bundle(&s, "mail.zip!c.tar.xz!", "mail.zip!c.tar.xz");
        assert_int_equal(xd_fix_find(&s, "mail.zip!note.txt")->status, XD_ENTRY_SKIPPED);
        check_clean_end(&s, 0, XD_INPUT_ARCHIVE, outer.len);
        xd_fix_seen_done(&s);
    }
    xd_fix_free(&outer);
    xd_fix_free(&zip);
    xd_fix_free(&txz);
    xd_fix_free(&tgz);
}

static void reads_a_folder_of_files_and_archives(void **state)
{
    struct xd_fix_bytes tgz = xd_fix_archive("tar", "gzip", bundle, N_BUNDLE);
    struct xd_bundle_file files[] = {
        {.name = "e/" CA_NAME, .fd = xd_fix_open(pem, sizeof pem - 1)},
        {.name = "c/c.tar.gz", .fd = xd_fix_open(tgz.p, tgz.len)},
        {.name = CONF_NAME, .fd = xd_fix_open(conf, sizeof conf - 1)},
        {.name = "e/._" CA_NAME, .fd = xd_fix_open("junk", 4)},
    };
    struct xd_bundle_input input = {
        .path = "/cases/1", .kind = XD_INPUT_FOLDER, .files = files, .n_files = 4};
    struct xd_fix_seen s = xd_fix_read_inputs(&input, 1, both[0]);

    (void)state;
    check_entry(&s, "e/" CA_NAME, "e", XD_ENTRY_CA_PEM, xd_slice_of(pem));
    check_entry(&s, CONF_NAME, "", XD_ENTRY_XCONF_TXT, xd_slice_of(conf));
    check_bundle(&s, "c/c.tar.gz!", "c/c.tar.gz");
    assert_int_equal(xd_fix_find(&s, "e/._" CA_NAME)->status, XD_ENTRY_SKIPPED);
    assert_int_equal(xd_fix_find(&s, "e/._" CA_NAME)->kind, XD_ENTRY_OTHER);
    check_clean_end(&s, 0, XD_INPUT_FOLDER, sizeof pem - 1 + tgz.len + sizeof conf - 1 + 4);
    assert_false(s.ends[0].has_sha256);
    xd_fix_seen_done(&s);
    for (size_t i = 0; i < 4; i++) {
        (void)close(files[i].fd);
    }
    xd_fix_free(&tgz);
}

static void reads_lone_files_plain_and_compressed(void **state)
{
    struct xd_fix_bytes gz = xd_fix_compress("gzip", pcap, sizeof pcap);
    struct xd_fix_bytes xz = xd_fix_compress("xz", conf, sizeof conf - 1);
    struct xd_fix_seen s = xd_fix_read("cap/x.pcap", pcap, sizeof pcap, both[0]);

    (void)state;
    check_entry(&s, "x.pcap", "cap/x.pcap", XD_ENTRY_PCAP,
                (struct xd_slice){pcap, sizeof pcap});
    check_clean_end(&s, 0, XD_INPUT_FILE, sizeof pcap);
    xd_fix_seen_done(&s);

    s = xd_fix_read("x.pcap.gz", gz.p, gz.len, both[0]);
    check_entry(&s, "x.pcap.gz", "x.pcap.gz", XD_ENTRY_PCAP,
                (struct xd_slice){pcap, sizeof pcap});
    check_clean_end(&s, 0, XD_INPUT_FILE, gz.len);
    xd_fix_seen_done(&s);

    s = xd_fix_read("dump.xz", xz.p, xz.len, both[0]);
    check_entry(&s, "dump.xz", "dump.xz", XD_ENTRY_XCONF_TXT, xd_slice_of(conf));
    xd_fix_seen_done(&s);

    s = xd_fix_read("renamed", pem, sizeof pem - 1, both[0]);
    check_entry(&s, "renamed", "renamed", XD_ENTRY_PEM, xd_slice_of(pem));
    xd_fix_seen_done(&s);
    xd_fix_free(&xz);
    xd_fix_free(&gz);
}

static void reads_a_pipe(void **state)
{
    struct xd_fix_bytes tgz = xd_fix_archive("tar", "gzip", bundle, N_BUNDLE);
    int ends[2] = {-1, -1};
    pid_t child = 0;
    struct xd_bundle_file file = {.name = "-"};
    struct xd_bundle_input input = {
        .path = "-", .kind = XD_INPUT_FILE, .files = &file, .n_files = 1};
    struct xd_fix_seen s = {0};

    (void)state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (size_t at = 0; at < tgz.len;) {
            size_t n = tgz.len - at < 777 ? tgz.len - at : 777;
            ssize_t done = write(ends[1], tgz.p + at, n);

            if (done <= 0) {
                _exit(1);
            }
            at += (size_t)done;
        }
        _exit(0);
    }
    (void)close(ends[1]);
    file.fd = ends[0];
    s = xd_fix_read_inputs(&input, 1, both[0]);
    check_bundle(&s, "", "");
    check_clean_end(&s, 0, XD_INPUT_ARCHIVE, tgz.len);
    xd_fix_seen_done(&s);
    (void)close(ends[0]);
    xd_fix_free(&tgz);
}

static void sums_the_file_as_given(void **state)
{
    /* SHA-256 of "hello" and of nothing. */
    static const uint8_t hello[32] = {0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e,
                                      0x26, 0xe8, 0x3b, 0x2a, 0xc5, 0xb9, 0xe2, 0x9e,
                                      0x1b, 0x16, 0x1e, 0x5c, 0x1f, 0xa7, 0x42, 0x5e,
                                      0x73, 0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24};
    static const uint8_t nothing[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                        0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                        0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                        0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
    struct xd_fix_seen s = xd_fix_read("x", "hello", 5, both[0]);

    (void)state;
    assert_true(s.ends[0].has_sha256);
    assert_memory_equal(s.ends[0].sha256, hello, 32);
    xd_fix_seen_done(&s);
    s = xd_fix_read("x", "", 0, both[0]);
    assert_memory_equal(s.ends[0].sha256, nothing, 32);
    xd_fix_seen_done(&s);
    s = xd_fix_read("x", "hello", 5, (struct xd_fix_mode){0});
    assert_false(s.ends[0].has_sha256);
    xd_fix_seen_done(&s);
}

static void sums_the_same_in_both_modes_past_the_archives_end(void **state)
{
    struct xd_fix_bytes zip = xd_fix_archive("zip", "", bundle, N_BUNDLE);
    struct xd_fix_seen one = xd_fix_read("a.zip", zip.p, zip.len, both[1]);
    struct xd_fix_seen two = xd_fix_read("a.zip", zip.p, zip.len, both[0]);

    (void)state;
    assert_true(one.ends[0].has_sha256 && two.ends[0].has_sha256);
    assert_memory_equal(one.ends[0].sha256, two.ends[0].sha256, 32);
    assert_int_equal(one.ends[0].bytes, zip.len);
    assert_int_equal(two.ends[0].bytes, zip.len);
    xd_fix_seen_done(&one);
    xd_fix_seen_done(&two);
    xd_fix_free(&zip);
}

static void skips_what_is_no_file_and_what_systems_add(void **state)
{
    static const struct xd_fix_file files[] = {
        {"d", NULL, 0, S_IFDIR},
        {"d/" CA_NAME, pem, sizeof pem - 1, 0},
        {"d/server.pem", NULL, 0, S_IFLNK},
        {"d/fifo", NULL, 0, S_IFIFO},
        {"d/._" CA_NAME, "junk", 4, 0},
        {"__MACOSX/d/._x", "junk", 4, 0},
        {"d/empty.pem", NULL, 0, 0},
        {"d/nothing", NULL, 0, 0},
    };
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, 8);
    struct xd_fix_seen s = xd_fix_read("a.tar", tar.p, tar.len, both[0]);

    (void)state;
    assert_int_equal(s.n_entries, 7);
    check_entry(&s, "d/" CA_NAME, "d", XD_ENTRY_CA_PEM, xd_slice_of(pem));
    assert_int_equal(xd_fix_find(&s, "d/server.pem")->status, XD_ENTRY_SKIPPED);
    assert_string_equal(xd_fix_find(&s, "d/server.pem")->detail,
                        "a symbolic link: not followed");
    assert_string_equal(xd_fix_find(&s, "d/fifo")->detail, "a device, pipe or socket");
    assert_int_equal(xd_fix_find(&s, "d/server.pem")->kind, XD_ENTRY_OTHER);
    assert_string_equal(xd_fix_find(&s, "d/._" CA_NAME)->detail,
                        "an operating system's own file");
    assert_int_equal(xd_fix_find(&s, "d/._" CA_NAME)->kind, XD_ENTRY_OTHER);
    assert_int_equal(xd_fix_find(&s, "__MACOSX/d/._x")->status, XD_ENTRY_SKIPPED);
    check_entry(&s, "d/empty.pem", "d", XD_ENTRY_PEM, (struct xd_slice){0});
    assert_string_equal(xd_fix_find(&s, "d/nothing")->detail, "empty");
    check_clean_end(&s, 0, XD_INPUT_ARCHIVE, tar.len);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void takes_any_path_as_a_name_only(void **state)
{
    static const struct xd_fix_file files[] = {
        {"/abs/" CA_NAME, pem, sizeof pem - 1, 0},
        {"../../up/" CA_NAME, pem, sizeof pem - 1, 0},
        {"a//b/./" CA_NAME, pem, sizeof pem - 1, 0},
        {"caf\xe9/ca\xff.pem", pem, sizeof pem - 1, 0},
    };
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, 4);
    struct xd_fix_seen s = xd_fix_read("a.tar", tar.p, tar.len, both[0]);

    (void)state;
    check_entry(&s, "abs/" CA_NAME, "abs", XD_ENTRY_CA_PEM, xd_slice_of(pem));
    check_entry(&s, "../../up/" CA_NAME, "../../up", XD_ENTRY_CA_PEM, xd_slice_of(pem));
    check_entry(&s, "a/b/" CA_NAME, "a/b", XD_ENTRY_CA_PEM, xd_slice_of(pem));
    check_entry(&s, "caf\xef\xbf\xbd/ca\xef\xbf\xbd.pem", "caf\xef\xbf\xbd", XD_ENTRY_PEM,
                xd_slice_of(pem));
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void lets_certain_content_overrule_a_name(void **state)
{
    static const struct xd_fix_file files[] = {
        {"a.pcap", conf, sizeof conf - 1, 0},
        {"b.pcap", "what is this", 12, 0},
        {"server_h_2026-03-25_03:20:11.pem", pem, sizeof pem - 1, 0},
        {"xconf_dump_h_2026-03-25_03:20:11.txt", "<Status>", 8, 0},
        {"data.bin", pcap, 100, 0},
    };
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", files, 5);
    struct xd_fix_seen s = xd_fix_read("a.tar", tar.p, tar.len, both[0]);

    (void)state;
    assert_int_equal(xd_fix_find(&s, "a.pcap")->kind, XD_ENTRY_XCONF_TXT);
    assert_int_equal(xd_fix_find(&s, "b.pcap")->kind, XD_ENTRY_PCAP);
    assert_int_equal(s.entries[2].kind, XD_ENTRY_SERVER_PEM);
    assert_int_equal(s.entries[3].kind, XD_ENTRY_XSTAT_XML);
    assert_int_equal(s.entries[4].kind, XD_ENTRY_PCAP);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

/* What a lost disk leaves; other names with zeros behind them are empty tars. */
static void lets_a_name_tell_what_zeros_were(void **state)
{
    static const uint8_t zeros[4096];
    static const struct xd_fix_file lost[] = {
        {CA_NAME, zeros, sizeof zeros, 0},
        {CONF_NAME, zeros, sizeof zeros, 0},
        {PCAP_NAME, zeros, sizeof zeros, 0},
        {"rest.tar", zeros, sizeof zeros, 0},
    };
    struct xd_slice all = {zeros, sizeof zeros};
    struct xd_fix_bytes tar = xd_fix_archive("tar", "", lost, 4);
    struct xd_fix_seen s = xd_fix_read("a.tar", tar.p, tar.len, both[0]);

    (void)state;
    assert_int_equal(s.n_entries, 3);
    check_entry(&s, CA_NAME, "", XD_ENTRY_CA_PEM, all);
    check_entry(&s, CONF_NAME, "", XD_ENTRY_XCONF_TXT, all);
    check_entry(&s, PCAP_NAME, "", XD_ENTRY_PCAP, all);
    xd_fix_seen_done(&s);
    xd_fix_free(&tar);
}

static void says_in_one_line_why_a_file_is_no_bundle(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *problem;
    } rows[] = {
        {"", 0, "an empty file"},
        {"hello", 5, "neither an archive nor a capture, certificate, log or dump"},
        {"7z\xbc\xaf\x27\x1c\0\4", 8,
         "a 7-Zip archive: no bundle, capture, certificate, log or dump"},
        {"%PDF-1.7\n", 9, "a PDF document: no bundle, capture, certificate, log or dump"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xd_fix_seen s = xd_fix_read("x", rows[i].bytes, rows[i].len, both[0]);

        assert_string_equal(s.problems[0], rows[i].problem);
        assert_true(s.ends[0].no_bundle);
        assert_false(s.ends[0].unusable);
        assert_int_equal(s.ends[0].kind, XD_INPUT_FILE);
        xd_fix_seen_done(&s);
    }
}

static void says_why_an_archive_is_no_bundle(void **state)
{
    static const struct xd_fix_file note = {"note.txt", "hello", 5, 0};
    struct xd_fix_bytes empty_tar = xd_fix_archive("tar", "gzip", NULL, 0);
    struct xd_fix_bytes empty_zip = xd_fix_archive("zip", "", NULL, 0);
    struct xd_fix_bytes other = xd_fix_archive("tar", "xz", &note, 1);
    const struct xd_fix_bytes *all[] = {&empty_tar, &empty_zip, &other};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct xd_fix_seen s = xd_fix_read("x", all[i]->p, all[i]->len, both[0]);

        assert_string_equal(s.problems[0],
                            "no file in it is a capture, certificate, log or dump");
        assert_true(s.ends[0].no_bundle);
        assert_int_equal(s.ends[0].kind, XD_INPUT_ARCHIVE);
        xd_fix_seen_done(&s);
    }
    xd_fix_free(&other);
    xd_fix_free(&empty_zip);
    xd_fix_free(&empty_tar);
}

static void asks_for_no_password(void **state)
{
    static const struct xd_fix_file file = {CA_NAME, pem, sizeof pem - 1, 0};
    struct xd_fix_bytes zip = xd_fix_archive("zip", "", &file, 1);
    struct xd_fix_seen s = {0};

    (void)state;
    zip.p[6] |= 1; /* general purpose bit 0 of the local header (APPNOTE.TXT, 4.4.4) */
    s = xd_fix_read("a.zip", zip.p, zip.len, both[0]);
    assert_int_equal(s.n_entries, 1);
    assert_int_equal(s.entries[0].status, XD_ENTRY_SKIPPED);
    assert_string_equal(s.entries[0].detail, "encrypted: pack it again without a password");
    assert_string_equal(s.problems[0],
                        CA_NAME ": encrypted: pack it again without a password");
    assert_true(s.ends[0].unusable);
    xd_fix_seen_done(&s);
    xd_fix_free(&zip);
}

static void goes_on_after_what_cannot_be_opened(void **state)
{
    struct xd_bundle_file files[] = {
        {.name = "d/x.pcap", .fd = -1, .open_error = EACCES},
        {.name = CA_NAME, .fd = xd_fix_open(pem, sizeof pem - 1)},
    };
    struct xd_bundle_input inputs[] = {
        {.path = "gone.tgz", .kind = XD_INPUT_FILE, .open_error = ENOENT},
        {.path = "folder", .kind = XD_INPUT_FOLDER, .files = files, .n_files = 2},
        {.path = "void", .kind = XD_INPUT_FOLDER},
    };
    struct xd_fix_seen s = xd_fix_read_inputs(inputs, 3, both[0]);

    (void)state;
    assert_int_equal(s.n_ends, 3);
    assert_string_equal(s.problems[0], "cannot be opened: No such file or directory");
    assert_true(s.ends[0].unusable);
    assert_string_equal(s.problems[1], "d/x.pcap: cannot be opened: Permission denied");
    assert_false(s.ends[1].unusable);
    assert_non_null(xd_fix_find(&s, CA_NAME));
    assert_int_equal(xd_fix_find(&s, CA_NAME)->input, 1);
    assert_string_equal(s.problems[2], "an empty folder");
    assert_true(s.ends[2].no_bundle);
    xd_fix_seen_done(&s);
    (void)close(files[1].fd);
}

static void names_a_read_error(void **state)
{
    struct xd_bundle_file file = {.name = "x.pcap", .fd = -1};
    struct xd_bundle_input input = {
        .path = "x.pcap", .kind = XD_INPUT_FILE, .files = &file, .n_files = 1};
    struct xd_fix_seen s = xd_fix_read_inputs(&input, 1, (struct xd_fix_mode){0});

    (void)state;
    assert_true(s.ends[0].unusable);
    assert_non_null(
        strstr(s.problems[0], "cannot be read on at byte 0: Bad file descriptor"));
    xd_fix_seen_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_archive),
        cmocka_unit_test(knows_an_archive_whatever_its_name),
        cmocka_unit_test(reads_archives_within_archives),
        cmocka_unit_test(reads_a_folder_of_files_and_archives),
        cmocka_unit_test(reads_lone_files_plain_and_compressed),
        cmocka_unit_test(reads_a_pipe),
        cmocka_unit_test(sums_the_file_as_given),
        cmocka_unit_test(sums_the_same_in_both_modes_past_the_archives_end),
        cmocka_unit_test(skips_what_is_no_file_and_what_systems_add),
        cmocka_unit_test(takes_any_path_as_a_name_only),
        cmocka_unit_test(lets_certain_content_overrule_a_name),
        cmocka_unit_test(lets_a_name_tell_what_zeros_were),
        cmocka_unit_test(says_in_one_line_why_a_file_is_no_bundle),
        cmocka_unit_test(says_why_an_archive_is_no_bundle),
        cmocka_unit_test(asks_for_no_password),
        cmocka_unit_test(goes_on_after_what_cannot_be_opened),
        cmocka_unit_test(names_a_read_error),
    };

    return cmocka_run_group_tests(tests, make_pcap, NULL);
}
