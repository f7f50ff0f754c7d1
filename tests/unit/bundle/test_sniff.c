/*
 * test_sniff.c - what a file is, told from its first bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bundle_priv.h"
#include "fixture.h"

/* From a heap block of just that size. */
static enum xd_entry_kind sniff_bytes(const void *p, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    enum xd_entry_kind kind = XD_ENTRY_OTHER;

    assert_non_null(copy);
    memcpy(copy, p, len);
    kind = xd_bundle_sniff((struct xd_slice){copy, len});
    free(copy);
    return kind;
}

#define SNIFF(literal) sniff_bytes((literal), sizeof(literal) - 1)

static void knows_every_savefile_magic(void **state)
{
    (void)state;
    assert_int_equal(SNIFF("\xa1\xb2\xc3\xd4\0\2\0\4"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\xd4\xc3\xb2\xa1\2\0\4\0"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\xa1\xb2\x3c\x4d\0\2\0\4"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\x4d\x3c\xb2\xa1\2\0\4\0"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\xa1\xb2\xcd\x34\0\2\0\4"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\x34\xcd\xb2\xa1\2\0\4\0"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a"), XD_ENTRY_PCAP);
    assert_int_equal(SNIFF("\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1b"), XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("\xa1\xb2\xc3\xd5\0\2\0\4"), XD_ENTRY_OTHER);
}

static void knows_certificates_with_junk_in_front(void **state)
{
    (void)state;
    assert_int_equal(SNIFF("-----BEGIN CERTIFICATE-----\nMII"), XD_ENTRY_PEM);
    assert_int_equal(SNIFF("-----BEGIN TRUSTED CERTIFICATE-----\r\nMII"), XD_ENTRY_PEM);
    assert_int_equal(SNIFF("-----BEGIN PRIVATE KEY-----\nMII"), XD_ENTRY_PEM);
    assert_int_equal(SNIFF("\xef\xbb\xbf-----BEGIN CERTIFICATE-----\nMII"), XD_ENTRY_PEM);
    assert_int_equal(SNIFF("\n\n subject=CN = x\nissuer=CN = y\n"
                           "  -----BEGIN CERTIFICATE-----\n"),
                     XD_ENTRY_PEM);
    assert_int_equal(SNIFF("Certificate:\n    Data:\n        Version: 3 (0x2)\n"),
                     XD_ENTRY_PEM);
    assert_int_equal(SNIFF("Bag Attributes\n    friendlyName: x\n"), XD_ENTRY_PEM);
}

static void knows_a_der_certificate(void **state)
{
    (void)state;
    assert_int_equal(SNIFF("\x30\x82\x07\xee\x30\x82\x06\xd6\xa0\x03\x02\x01\x02"
                           "\x02\x02\x12\x34\x30\x0d"),
                     XD_ENTRY_PEM);
    /* A version 1 certificate has no version field. */
    assert_int_equal(SNIFF("\x30\x82\x02\xee\x30\x82\x01\xd6\x02\x01\x05\x30\x0d"),
                     XD_ENTRY_PEM);
    assert_int_equal(SNIFF("\x30\x81\xf0\x30\x81\xa0\x02\x01\x05\x30\x0a"), XD_ENTRY_PEM);
    /* An RSA private key (RFC 8017), a PKCS #12 file, and a cut one are not. */
    assert_int_equal(SNIFF("\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00"),
                     XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("\x30\x82\x09\x59\x02\x01\x03\x30\x82\x09\x1f\x06"),
                     XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("\x30\x82\x07\xee\x30\x82\x06\xd6\xa0\x03\x02\x01"),
                     XD_ENTRY_OTHER);
}

static void knows_the_dumps(void **state)
{
    (void)state;
    assert_int_equal(
        SNIFF("Next: on the Expressway,\n    xConfiguration SIP TLS Mode: Off\n"),
        XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("*c xConfiguration SystemUnit Name: \"x\"\n"),
                     XD_ENTRY_XCONF_TXT);
    assert_int_equal(SNIFF("\r\n*c xConfiguration Zones Zone 1 Name: \"x\"\r\n"),
                     XD_ENTRY_XCONF_TXT);
    assert_int_equal(SNIFF("xConfiguration\n\n*c xConfiguration Zones"),
                     XD_ENTRY_XCONF_TXT);
    assert_int_equal(SNIFF("*s SystemUnit:\n  Product: \"TANDBERG VCS\"\n"),
                     XD_ENTRY_XSTAT_TXT);
    assert_int_equal(SNIFF("<?xml version=\"1.0\"?>\n<Configuration xmlns=\"u\">"),
                     XD_ENTRY_XCONF_XML);
    assert_int_equal(
        SNIFF("\xef\xbb\xbf<?xml version=\"1.0\"?><!-- x --><Status item=\"1\">"),
        XD_ENTRY_XSTAT_XML);
    assert_int_equal(SNIFF("<ns:Status xmlns:ns=\"u\"/>"), XD_ENTRY_XSTAT_XML);
    assert_int_equal(SNIFF("<XmlDoc><Configuration><Zones>"), XD_ENTRY_XCONF_XML);
    assert_int_equal(SNIFF("<zoneConfiguration>"), XD_ENTRY_XCONF_XML);
    assert_int_equal(SNIFF("<html><body>404</body></html>"), XD_ENTRY_OTHER);
}

static void knows_log_lines(void **state)
{
    (void)state;
    assert_int_equal(
        SNIFF("2017-09-20T10:49:18.724-04:00 amer-expressway01 tvcs: Event=\"x\""),
        XD_ENTRY_LOG);
    assert_int_equal(SNIFF("2015-02-02T19:46:31+01:00 host tvcs: UTCTime=\"x\"\n"),
                     XD_ENTRY_LOG);
    assert_int_equal(SNIFF(" |INVITE sip:x SIP/2.0\n\n2015-02-02T19:46:31+01:00 host x\n"),
                     XD_ENTRY_LOG);
    /* What comes first decides: a log may quote certificates and settings. */
    assert_int_equal(SNIFF("2015-02-02T19:46:31Z host x\n-----BEGIN CERTIFICATE-----\n"),
                     XD_ENTRY_LOG);
    assert_int_equal(SNIFF("It says:\n   2015-02-02T19:46:31Z host x\n"), XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("2015-02-02 19:46:31 something else\n"), XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("2015-02-02T19:46:31\n"), XD_ENTRY_OTHER);
}

static void reads_utf_16_by_its_mark(void **state)
{
    (void)state;
    assert_int_equal(SNIFF("\xff\xfe-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0 \0C\0\n\0"),
                     XD_ENTRY_PEM);
    assert_int_equal(
        SNIFF("\xfe\xff\0*\0c\0 \0x\0C\0o\0n\0f\0i\0g\0u\0r\0a\0t\0i\0o\0n\0 "),
        XD_ENTRY_OTHER); /* its last blank is trimmed */
    assert_int_equal(SNIFF("\xfe\xff\0<\0S\0t\0a\0t\0u\0s\0>"), XD_ENTRY_XSTAT_XML);
    assert_int_equal(SNIFF("\xff\xfe"), XD_ENTRY_OTHER);
}

static void says_nothing_of_what_it_does_not_know(void **state)
{
    uint8_t zeros[XD_SNIFF_BYTES] = {0};
    static const uint8_t binary[] = {0x00, 0xff, 0x3c, 0x00, 0x2a, 0x73};

    (void)state;
    assert_int_equal(sniff_bytes("", 0), XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("<"), XD_ENTRY_OTHER);
    assert_int_equal(SNIFF("hello\n"), XD_ENTRY_OTHER);
    assert_int_equal(sniff_bytes(zeros, sizeof zeros), XD_ENTRY_OTHER);
    assert_int_equal(sniff_bytes(binary, sizeof binary), XD_ENTRY_OTHER);
}

static void reads_no_further_than_any_prefix(void **state)
{
    static const char *const texts[] = {
        "\xef\xbb\xbf<?xml version=\"1.0\"?><ns:Status item=\"1\">",
        "\x30\x82\x07\xee\x30\x82\x06\xd6\xa0\x03\x02\x01\x02\x02\x02\x12\x34\x30\x0d",
        "x\n2017-09-20T10:49:18.724-04:00 a\n",
        "\xff\xfe-\1-\1-\1-\1-\1",
        "\x0a\x0d\x0d\x0a\x1c\1\1\1\x4d\x3c\x2b\x1a",
        "BZh91AY&SY",
        "PK00PK\3\4"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            uint8_t *copy = malloc(n == 0 ? 1 : n);

            assert_non_null(copy);
            memcpy(copy, texts[i], n);
            (void)xd_bundle_sniff((struct xd_slice){copy, n});
            (void)xd_wrap_sniff((struct xd_slice){copy, n});
            (void)xd_wrap_foreign((struct xd_slice){copy, n});
            free(copy);
        }
    }
}

#define WRAP(literal) \
    xd_wrap_sniff((struct xd_slice){(const uint8_t *)(literal), sizeof(literal) - 1})

static void knows_containers_by_their_magic(void **state)
{
    uint8_t head[1024] = {0};

    (void)state;
    assert_int_equal(WRAP("\x1f\x8b\x08\0"), XD_WRAP_GZIP);
    assert_int_equal(WRAP("\xfd"
                          "7zXZ\0\0\4"),
                     XD_WRAP_XZ);
    assert_int_equal(WRAP("\x28\xb5\x2f\xfd\x24"), XD_WRAP_ZSTD);
    assert_int_equal(WRAP("BZh91AY&SY"), XD_WRAP_BZIP2);
    assert_int_equal(WRAP("BZh9\x17rE8P\x90"), XD_WRAP_BZIP2);
    assert_int_equal(WRAP("BZhello, world"), XD_WRAP_NONE);
    assert_int_equal(WRAP("PK\3\4\x14\0"), XD_WRAP_ZIP);
    assert_int_equal(WRAP("PK\5\6\0\0"), XD_WRAP_ZIP);
    assert_int_equal(WRAP("PKZIP"), XD_WRAP_NONE);
    assert_int_equal(WRAP("LRZI"), XD_WRAP_NONE);
    /* 1024 zero bytes are the end mark of an empty tar; 512 alone are not enough. */
    assert_int_equal(xd_wrap_sniff((struct xd_slice){head, 1024}), XD_WRAP_TAR);
    assert_int_equal(xd_wrap_sniff((struct xd_slice){head, 512}), XD_WRAP_NONE);
}

static void knows_a_tar_by_its_checksum_or_its_magic(void **state)
{
    uint8_t head[512] = {0};
    struct xd_slice s = {head, sizeof head};

    (void)state;
    /* A pre-POSIX header: "a", checksum 97 + 8 blanks = 353 = 0541. */
    head[0] = 'a';
    xd_fix_put(head + 148, "000541\0 ", 8);
    assert_int_equal(xd_wrap_sniff(s), XD_WRAP_TAR);
    xd_fix_put(head + 148, "   541\0 ", 8);
    assert_int_equal(xd_wrap_sniff(s), XD_WRAP_TAR);
    xd_fix_put(head + 148, "000542\0 ", 8);
    assert_int_equal(xd_wrap_sniff(s), XD_WRAP_NONE);
    xd_fix_put(head + 257, "ustar", 5); /* a damaged first header is still a tar's */
    assert_int_equal(xd_wrap_sniff(s), XD_WRAP_TAR);
    s.len = 511;
    assert_int_equal(xd_wrap_sniff((struct xd_slice){head, 200}), XD_WRAP_NONE);
}

static void sums_bytes_above_127_both_ways(void **state)
{
    uint8_t head[512] = {0};
    struct xd_slice s = {head, sizeof head};

    (void)state;
    head[0] = 0xe4; /* unsigned 228 + 256 = 484 = 0744; signed -28 + 256 = 228 = 0344 */
    xd_fix_put(head + 148, "000744\0 ", 8);
    assert_int_equal(xd_wrap_sniff(s), XD_WRAP_TAR);
    xd_fix_put(head + 148, "000344\0 ", 8);
    assert_int_equal(xd_wrap_sniff(s), XD_WRAP_TAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_savefile_magic),
        cmocka_unit_test(knows_certificates_with_junk_in_front),
        cmocka_unit_test(knows_a_der_certificate),
        cmocka_unit_test(knows_the_dumps),
        cmocka_unit_test(knows_log_lines),
        cmocka_unit_test(reads_utf_16_by_its_mark),
        cmocka_unit_test(says_nothing_of_what_it_does_not_know),
        cmocka_unit_test(reads_no_further_than_any_prefix),
        cmocka_unit_test(knows_containers_by_their_magic),
        cmocka_unit_test(knows_a_tar_by_its_checksum_or_its_magic),
        cmocka_unit_test(sums_bytes_above_127_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
