/*
 * test_name.c - names of a bundle's files and of bundles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bundle_priv.h"

struct row {
    const char *name;
    enum xd_entry_kind kind;
    const char *host;
    const char *stamp;
    int interface;
    int ring;
};

static void check_name(const struct row *row, struct xd_entry_name got)
{
    char text[XD_TIME_TEXT];

    if (got.kind != row->kind || strcmp(got.host == NULL ? "" : got.host, row->host) != 0 ||
        strcmp(xd_time_format_short(got.stamp, text), row->stamp) != 0 ||
        got.interface != row->interface || got.ring != row->ring) {
        fail_msg("%s: kind %d host %s stamp %s interface %d ring %d", row->name,
                 (int)got.kind, got.host == NULL ? "" : got.host, text, got.interface,
                 got.ring);
    }
}

static void check_rows(const struct row *rows, size_t n)
{
    struct xd_arena *a = xd_arena_new();

    for (size_t i = 0; i < n; i++) {
        check_name(&rows[i], xd_bundle_name_parse(a, rows[i].name));
    }
    xd_arena_free(a);
}

static void reads_every_file_of_a_current_bundle(void **state)
{
    static const struct row rows[] = {
        {"loggingsnapshot_vcs_8c_2026-03-25_03:20:11.txt", XD_ENTRY_LOG, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"xconf_dump_vcs_8c_2026-03-25_03:20:11.txt", XD_ENTRY_XCONF_TXT, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"xconf_dump_vcs_8c_2026-03-25_03:20:11.xml", XD_ENTRY_XCONF_XML, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"xstat_dump_vcs_8c_2026-03-25_03:20:11.txt", XD_ENTRY_XSTAT_TXT, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"xstat_dump_vcs_8c_2026-03-25_03:20:11.xml", XD_ENTRY_XSTAT_XML, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"ca_vcs_8c_2026-03-25_03:20:11.pem", XD_ENTRY_CA_PEM, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"server_vcs_8c_2026-03-25_03:20:11.pem", XD_ENTRY_SERVER_PEM, "vcs_8c",
         "2026-03-25 03:20:11Z", -1, -1},
        {"client_smartslave_2026-03-24_11_55_47.pem", XD_ENTRY_CLIENT_PEM, "smartslave",
         "2026-03-24 11:55:47Z", -1, -1},
        {"eth0_diagnostic_logging_tcpdump00_vcs_8c_2026-03-25_03:20:11.pcap", XD_ENTRY_PCAP,
         "vcs_8c", "2026-03-25 03:20:11Z", 0, 0},
        {"eth1_diagnostic_logging_tcpdump19_e.example_2026-03-25_03:20:11.pcap",
         XD_ENTRY_PCAP, "e.example", "2026-03-25 03:20:11Z", 1, 19},
        {"eth2_diagnostic_logging_tcpdump_e_2026-03-25_03:20:11.pcap", XD_ENTRY_PCAP, "e",
         "2026-03-25 03:20:11Z", 2, -1},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void takes_every_separator_of_the_clock(void **state)
{
    static const struct row rows[] = {
        {"ca_h_2026-03-25_03_20_11.pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z", -1,
         -1},
        {"ca_h_2026-03-25_03 20 11.pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z", -1,
         -1},
        {"ca_h_2026-03-25_03-20-11.pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z", -1,
         -1},
        {"ca_h_2026-03-25_03.20.11.pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z", -1,
         -1},
        {"ca_h_2026-03-25_03/20/11.pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z", -1,
         -1},
        {"ca_h_2026-03-25_03.20.11", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z", -1, -1},
        {"loggingsnapshot_h_2026-03-25_03.20.11", XD_ENTRY_LOG, "h", "2026-03-25 03:20:11Z",
         -1, -1},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void reads_a_name_from_both_ends(void **state)
{
    static const struct row rows[] = {
        /* A host that looks like a prefix, a date, a stamp, or ends in '_'. */
        {"server_client_ca_2026-03-25_03_20_11.pem", XD_ENTRY_SERVER_PEM, "client_ca",
         "2026-03-25 03:20:11Z", -1, -1},
        {"server_h_2020-01-01_2026-03-25_03_20_11.pem", XD_ENTRY_SERVER_PEM, "h_2020-01-01",
         "2026-03-25 03:20:11Z", -1, -1},
        {"server_h_2020-01-01_00_00_00_2026-03-25_03_20_11.pem", XD_ENTRY_SERVER_PEM,
         "h_2020-01-01_00_00_00", "2026-03-25 03:20:11Z", -1, -1},
        {"server_h__2026-03-25_03_20_11.pem", XD_ENTRY_SERVER_PEM, "h_",
         "2026-03-25 03:20:11Z", -1, -1},
        {"server__2026-03-25_03_20_11.pem", XD_ENTRY_SERVER_PEM, "", "2026-03-25 03:20:11Z",
         -1, -1},
        {"server_2026-03-25_03_20_11.pem", XD_ENTRY_SERVER_PEM, "", "2026-03-25 03:20:11Z",
         -1, -1},
        {"ca_1_2026-03-25_03_20_11.pem", XD_ENTRY_CA_PEM, "1", "2026-03-25 03:20:11Z", -1,
         -1},
        /* No such day; no such hour; digits go on. */
        {"ca_h_2026-02-30_03_20_11.pem", XD_ENTRY_CA_PEM, "", "", -1, -1},
        {"ca_h_2026-03-25_24_20_11.pem", XD_ENTRY_CA_PEM, "", "", -1, -1},
        {"ca_h_2026-03-25_03_20_112.pem", XD_ENTRY_CA_PEM, "", "", -1, -1},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void reads_the_names_of_x8(void **state)
{
    static const struct row rows[] = {
        {"loggingsnapshot.txt", XD_ENTRY_LOG, "", "", -1, -1},
        {"xconf_dump.txt", XD_ENTRY_XCONF_TXT, "", "", -1, -1},
        {"xconf_dump.xml", XD_ENTRY_XCONF_XML, "", "", -1, -1},
        {"xstat_dump.txt", XD_ENTRY_XSTAT_TXT, "", "", -1, -1},
        {"diagnostic_logging_tcpdump.pcap", XD_ENTRY_PCAP, "", "", -1, -1},
        {"diagnostic_logging_tcpdump3.pcap", XD_ENTRY_PCAP, "", "", -1, 3},
        {"eth1_diagnostic_logging_tcpdump2.pcap", XD_ENTRY_PCAP, "", "", 1, 2},
        {"ca.pem", XD_ENTRY_CA_PEM, "", "", -1, -1},
        {"server.pem", XD_ENTRY_SERVER_PEM, "", "", -1, -1},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void passes_over_what_tools_add(void **state)
{
    static const struct row rows[] = {
        {"CA_H_2026-03-25_03_20_11.PEM", XD_ENTRY_CA_PEM, "H", "2026-03-25 03:20:11Z", -1,
         -1},
        {"ca_h_2026-03-25_03_20_11 (1).pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z",
         -1, -1},
        {"ca_h_2026-03-25_03_20_11.pem (12)", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z",
         -1, -1},
        {"ca_h_2026-03-25_03_20_11(1).pem", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z",
         -1, -1},
        {"ca_h_2026-03-25_03_20_11 - Copy.pem", XD_ENTRY_CA_PEM, "h",
         "2026-03-25 03:20:11Z", -1, -1},
        {"ca_h_2026-03-25_03_20_11.pem - Copy (2)", XD_ENTRY_CA_PEM, "h",
         "2026-03-25 03:20:11Z", -1, -1},
        {"ca_h_2026-03-25_03_20_11.pem.gz", XD_ENTRY_CA_PEM, "h", "2026-03-25 03:20:11Z",
         -1, -1},
        {"loggingsnapshot_h_2026-03-25_03_20_11.txt (1).gz", XD_ENTRY_LOG, "h",
         "2026-03-25 03:20:11Z", -1, -1},
        {"eth0_diagnostic_logging_tcpdump01_h_2026-03-25_03_20_11.Pcap.xz", XD_ENTRY_PCAP,
         "h", "2026-03-25 03:20:11Z", 0, 1},
        {"server_h_2026-03-25_03_20_11.pem.txt", XD_ENTRY_SERVER_PEM, "h",
         "2026-03-25 03:20:11Z", -1, -1},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void knows_suffixes_and_claims_no_more(void **state)
{
    static const struct row rows[] = {
        {"trace.pcap", XD_ENTRY_PCAP, "", "", -1, -1},
        {"trace.PCAPNG", XD_ENTRY_PCAP, "", "", -1, -1},
        {"trace.pcap17", XD_ENTRY_PCAP, "", "", -1, -1},
        {"trace.cap.gz", XD_ENTRY_PCAP, "", "", -1, -1},
        {"root.crt", XD_ENTRY_PEM, "", "", -1, -1},
        {"root.DER", XD_ENTRY_PEM, "", "", -1, -1},
        {"cap", XD_ENTRY_OTHER, "", "", -1, -1},
        {".pem", XD_ENTRY_OTHER, "", "", -1, -1},
        {"", XD_ENTRY_OTHER, "", "", -1, -1},
        {"README", XD_ENTRY_OTHER, "", "", -1, -1},
        {"server_notes.txt", XD_ENTRY_OTHER, "", "", -1, -1},
        {"client-list.csv", XD_ENTRY_OTHER, "", "", -1, -1},
        {"capture_of_monday.txt", XD_ENTRY_OTHER, "", "", -1, -1},
        {"xconf_dumpling.txt", XD_ENTRY_OTHER, "", "", -1, -1},
        {"ethernet_diagnostic_logging_tcpdump0.txt", XD_ENTRY_OTHER, "", "", -1, -1},
        {"eth_diagnostic_logging_tcpdump0.txt", XD_ENTRY_OTHER, "", "", -1, -1},
        {"eth99999_diagnostic_logging_tcpdump0.txt", XD_ENTRY_OTHER, "", "", -1, -1},
    };

    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void splits_a_path_before_its_name(void **state)
{
    (void)state;
    assert_string_equal(xd_path_name("a/b/c.pem"), "c.pem");
    assert_string_equal(xd_path_name("c.pem"), "c.pem");
    assert_string_equal(xd_path_name("a/"), "");
    assert_string_equal(xd_path_name("d/ca_h_2025-09-22_12/58/19.pem"),
                        "ca_h_2025-09-22_12/58/19.pem");
    assert_string_equal(xd_path_name("ca_h_2025-09-22_12/58/19.pem"),
                        "ca_h_2025-09-22_12/58/19.pem");
    assert_string_equal(xd_path_name("ca_h_2025-09-22_12:58/19.pem"), "19.pem");
    assert_string_equal(xd_path_name("ca_h_2025-13-22_12/58/19.pem"), "19.pem");
}

static void knows_what_systems_leave_behind(void **state)
{
    (void)state;
    assert_true(xd_path_is_junk("__MACOSX/d/._ca.pem"));
    assert_true(xd_path_is_junk("x/__MACOSX/ca.pem"));
    assert_true(xd_path_is_junk("d/._ca.pem"));
    assert_true(xd_path_is_junk("d/.DS_Store"));
    assert_false(xd_path_is_junk("d/ca.pem"));
    assert_false(xd_path_is_junk("my__MACOSX/ca.pem"));
    assert_false(xd_path_is_junk("d/.ca.pem"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_file_of_a_current_bundle),
        cmocka_unit_test(takes_every_separator_of_the_clock),
        cmocka_unit_test(reads_a_name_from_both_ends),
        cmocka_unit_test(reads_the_names_of_x8),
        cmocka_unit_test(passes_over_what_tools_add),
        cmocka_unit_test(knows_suffixes_and_claims_no_more),
        cmocka_unit_test(splits_a_path_before_its_name),
        cmocka_unit_test(knows_what_systems_leave_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
