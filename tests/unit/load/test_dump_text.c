/*
 * test_dump_text.c - the text form of xconf and xstat dumps.
 */
#include "load_unit.h"

struct row {
    uint64_t line;
    const char *path;
    const char *value; /* NULL: secret */
};

static void expect_rows(const struct xd_case *cs, const struct row *rows, size_t n)
{
    const struct xd_dump *d = cs->dumps[0];

    assert_int_equal(1, cs->n_dumps);
    assert_ptr_equal(cs->entries[0], d->entry);
    for (size_t i = 0; i < n && i < d->n_settings; i++) {
        const struct xd_setting *s = &d->settings[i];

        assert_string_equal(rows[i].path, s->path);
        assert_int_equal(rows[i].line, s->line);
        assert_int_equal(rows[i].value == NULL, s->secret);
        if (rows[i].value == NULL) {
            assert_null(s->value);
        } else {
            assert_string_equal(rows[i].value, s->value);
        }
    }
    assert_int_equal(n, d->n_settings);
}

/* In one piece, and by one, two and seven bytes. */
static void expect_text(enum xd_entry_kind kind, const char *text, const struct row *rows,
                        size_t n)
{
    static const size_t blocks[] = {WHOLE_BLOCK, 1, 2, 7};

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        struct xd_case *cs = load_bytes(kind, text, strlen(text), blocks[i]);

        assert_null(entry_of(cs)->detail);
        expect_rows(cs, rows, n);
        xd_case_free(cs);
    }
}

#define EXPECT(kind, text, rows) \
    expect_text((kind), (text), (rows), sizeof(rows) / sizeof((rows)[0]))

static void reads_settings_quoted_or_bare(void **state)
{
    static const char text[] =
        "*c xConfiguration Zones Zone 1 TraversalClient SIP Port: 7001\n"
        "*c xConfiguration Zones Zone 7 TraversalServer SIP Port: \"7003\"\n"
        "*c xConfiguration Zones Zone 6 TraversalClient Peer 2 Address:\n"
        "*c xConfiguration Zones Zone 1 TraversalClient Peer 2 Address: \"\"\n"
        "*c xConfiguration SIP Advanced SipTlsVersions: \"TLSv1.2:TLSv1.3\"\n"
        "*c xConfiguration Zones Policy Text: \"<reject status='504' a=\"b\"/>\"\n"
        "*c xConfiguration SystemUnit Name: \" exp-c1 \"\n"
        "OK\n";
    static const struct row rows[] = {
        {1, "Zones Zone 1 TraversalClient SIP Port", "7001"},
        {2, "Zones Zone 7 TraversalServer SIP Port", "7003"},
        {3, "Zones Zone 6 TraversalClient Peer 2 Address", ""},
        {4, "Zones Zone 1 TraversalClient Peer 2 Address", ""},
        {5, "SIP Advanced SipTlsVersions", "TLSv1.2:TLSv1.3"},
        {6, "Zones Policy Text", "<reject status='504' a=\"b\"/>"},
        {7, "SystemUnit Name", "exp-c1"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XCONF_TXT, text, rows);
}

static void reads_what_a_terminal_echoed(void **state)
{
    static const char text[] = "\xef\xbb\xbfxConfiguration SIP TLS Certificate "
                               "ExtendedKeyUsage Checking Mode: \"On\"\r\n"
                               "OK\r\n"
                               "\r\n"
                               "xconfiguration SystemUnit Name: exp-e1\r\n"
                               "admin> xConfiguration SystemUnit Name: exp-e2\r\n"
                               "xConfiguration SystemUnit Name\r\n"
                               "*c Zones Zone 1 Name: \"a\"\r\n"
                               "xStatus SystemUnit Software Version: \"X15.5\"\r\n"
                               "Zones Zone 2 Name: b";
    static const struct row rows[] = {
        {1, "SIP TLS Certificate ExtendedKeyUsage Checking Mode", "On"},
        {4, "SystemUnit Name", "exp-e1"},
        {5, "SystemUnit Name", "exp-e2"},
        {7, "Zones Zone 1 Name", "a"},
        {8, "SystemUnit Software Version", "X15.5"},
        {9, "Zones Zone 2 Name", "b"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XCONF_TXT, text, rows);
}

static void keeps_every_secret_inside(void **state)
{
    static const char text[] =
        "*c xConfiguration Zones Zone 6 TraversalClient Authentication Password: "
        "\"{cipher}AbC=\"\n"
        "*c xConfiguration SNMP CommunityName: \"letmein\"\n"
        "*c xConfiguration SNMP V3 PrivPassword: x\n"
        "*c xConfiguration Option 1 Key: \"116341E00-1-ABCDEF\"\n"
        "*c xConfiguration Remote Syslog Server: \"https://u:p@host.example.com/\"\n"
        "*c xConfiguration Login Account Credentials: abc\n"
        "*c xConfiguration CollaborationEdge RefreshToken: abc\n"
        "*c xConfiguration Odd Value: \"{cipher}zzz\"\n"
        "*c xConfiguration Odd Secret: \"two\n"
        "lines\"\n"
        "*c xConfiguration Ciphers sshd_pfwd_pubkeyalgorithms Value: "
        "\"x509v3-rsa2048-sha256\"\n"
        "*c xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: \"Off\"\n"
        "*c xConfiguration Zones Zone 6 TraversalClient Authentication UserName: "
        "\"trav\"\n";
    static const struct row rows[] = {
        {1, "Zones Zone 6 TraversalClient Authentication Password", NULL},
        {2, "SNMP CommunityName", NULL},
        {3, "SNMP V3 PrivPassword", NULL},
        {4, "Option 1 Key", NULL},
        {5, "Remote Syslog Server", NULL},
        {6, "Login Account Credentials", NULL},
        {7, "CollaborationEdge RefreshToken", NULL},
        {8, "Odd Value", NULL},
        {9, "Odd Secret", NULL},
        {11, "Ciphers sshd_pfwd_pubkeyalgorithms Value", "x509v3-rsa2048-sha256"},
        {12, "SIP TLS Certificate ExtendedKeyUsage Checking Mode", "Off"},
        {13, "Zones Zone 6 TraversalClient Authentication UserName", "trav"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XCONF_TXT, text, rows);
}

static void joins_a_quoted_value_of_several_lines(void **state)
{
    static const char text[] = "*c xConfiguration Zones Policy Text: \"<cpl>\n"
                               "  <a>: 1</a>\n"
                               "</cpl>\"\n"
                               "Bare Name: 2\n"
                               "*c xConfiguration A B: \"never closed\n"
                               "*c xConfiguration A C: 1\n";
    static const struct row rows[] = {
        {1, "Zones Policy Text", "<cpl>\n  <a>: 1</a>\n</cpl>"},
        {4, "Bare Name", "2"},
        {5, "A B", "never closed"},
        {6, "A C", "1"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XCONF_TXT, text, rows);
}

static void counts_lines_as_an_editor_does(void **state)
{
    static const char text[] = "*c xConfiguration A A: 1\r\r\n"
                               "*c xConfiguration A B: 2\r\n"
                               "*c xConfiguration A C: 3\r"
                               "\r"
                               "*c xConfiguration A D: 4\r\r\r\n"
                               "*c xConfiguration A E: 5\r\r";
    static const struct row rows[] = {
        {1, "A A", "1"}, {2, "A B", "2"}, {3, "A C", "3"}, {5, "A D", "4"}, {6, "A E", "5"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XCONF_TXT, text, rows);
}

static void sees_that_the_file_ends_within_a_setting(void **state)
{
    static const struct {
        const char *text;
        enum xd_entry_status status;
    } files[] = {
        {"*c xConfiguration A B: 1\n*c xConfiguration SIP TLS Certificate Exte",
         XD_ENTRY_TRUNCATED},
        {"*c xConfiguration A B: 1\n*c xConfiguration A C: \"two", XD_ENTRY_TRUNCATED},
        {"*c xConfiguration A B: 1\n*c xConfiguration A C: \"two\"", XD_ENTRY_READ},
        {"*c xConfiguration A B: 1\n*c xConfiguration A C: 2", XD_ENTRY_READ},
        {"*c xConfiguration A B: 1\nOK", XD_ENTRY_READ},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_XCONF_TXT, files[i].text,
                                        strlen(files[i].text), WHOLE_BLOCK);

        assert_int_equal(files[i].status, cs->entries[0]->status);
        xd_case_free(cs);
    }
}

static void reads_blocks_by_their_indentation(void **state)
{
    static const char text[] = "*s SystemUnit: /\n"
                               "  Product: \"TANDBERG VCS\"\n"
                               "  Software: /\n"
                               "    Version: \"X15.5\"\n"
                               "    Configuration:\n"
                               "      Expressway: True\n"
                               "  Hardware: /\n"
                               "    SerialNumber: \"0\"\n"
                               "*s/end\n"
                               "*s Zones: /\n"
                               "    Zone 1:\n"
                               "        Name: \"UC\"\n"
                               "        Status: Active (1 of 2)\n"
                               "        TraversalClient:\n"
                               "            Peer 1:\n"
                               "                H323:\n"
                               "                    Status: Off\n"
                               "                SIP:\n"
                               "                    Status: Failed\n"
                               "                    Cause: \"TLS: Handshake failed: Bad\"\n"
                               "            Peer 2:\n"
                               "                SIP:\n"
                               "                    Status: Active\n"
                               "\n"
                               "    Zone 2:\n"
                               "        Name:\n"
                               "        Status: On\n"
                               "*s/end\n"
                               "*s Cafe: /\n"
                               "  c_mgmt:\n"
                               "    enabled: \"True\"\n"
                               "*s/end\n"
                               "*s Calls: /\n"
                               "*s/end\n"
                               "OK\n";
    static const struct row rows[] = {
        {2, "SystemUnit Product", "TANDBERG VCS"},
        {4, "SystemUnit Software Version", "X15.5"},
        {6, "SystemUnit Software Configuration Expressway", "True"},
        {8, "SystemUnit Hardware SerialNumber", "0"},
        {12, "Zones Zone 1 Name", "UC"},
        {13, "Zones Zone 1 Status", "Active (1 of 2)"},
        {17, "Zones Zone 1 TraversalClient Peer 1 H323 Status", "Off"},
        {19, "Zones Zone 1 TraversalClient Peer 1 SIP Status", "Failed"},
        {20, "Zones Zone 1 TraversalClient Peer 1 SIP Cause", "TLS: Handshake failed: Bad"},
        {23, "Zones Zone 1 TraversalClient Peer 2 SIP Status", "Active"},
        {26, "Zones Zone 2 Name", ""},
        {27, "Zones Zone 2 Status", "On"},
        {31, "Cafe c_mgmt enabled", "True"},
        {33, "Calls", ""},
    };

    (void)state;
    EXPECT(XD_ENTRY_XSTAT_TXT, text, rows);
}

static void reads_blocks_that_lost_their_indentation(void **state)
{
    static const char text[] = "*s Tunnels: /\n"
                               "Tunnel 1: /\n"
                               "Target: \"expe.example.com\"\n"
                               "Domain: example.com\n"
                               "Status: Failed\n"
                               "Reason: Permission denied\n"
                               "Peer: 192.0.2.1\n"
                               "Tunnel 2:\n"
                               "Target: \"expe.example.com\"\n"
                               "Status: Active\n"
                               "*s/end\n"
                               "*s Zones:\n"
                               "DefaultZone:\n"
                               "Name: \"DefaultZone\"\n"
                               "Zone 1:\n"
                               "Name: \"UC\"\n"
                               "Type: TraversalClient\n"
                               "TraversalClient:\n"
                               "Peer 1:\n"
                               "H323:\n"
                               "Status: Off\n"
                               "SIP:\n"
                               "Status: Failed\n"
                               "Address: \"192.0.2.9\"\n"
                               "Peer 2:\n"
                               "SIP:\n"
                               "Status: Active\n"
                               "Zone 2:\n"
                               "Name: \"B\"\n"
                               "*s/end\n";
    static const struct row rows[] = {
        {3, "Tunnels Tunnel 1 Target", "expe.example.com"},
        {4, "Tunnels Tunnel 1 Domain", "example.com"},
        {5, "Tunnels Tunnel 1 Status", "Failed"},
        {6, "Tunnels Tunnel 1 Reason", "Permission denied"},
        {7, "Tunnels Tunnel 1 Peer", "192.0.2.1"},
        {9, "Tunnels Tunnel 2 Target", "expe.example.com"},
        {10, "Tunnels Tunnel 2 Status", "Active"},
        {14, "Zones DefaultZone Name", "DefaultZone"},
        {16, "Zones Zone 1 Name", "UC"},
        {17, "Zones Zone 1 Type", "TraversalClient"},
        {21, "Zones Zone 1 TraversalClient Peer 1 H323 Status", "Off"},
        {23, "Zones Zone 1 TraversalClient Peer 1 SIP Status", "Failed"},
        {24, "Zones Zone 1 TraversalClient Peer 1 SIP Address", "192.0.2.9"},
        {27, "Zones Zone 1 TraversalClient Peer 2 SIP Status", "Active"},
        {29, "Zones Zone 2 Name", "B"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XSTAT_TXT, text, rows);
}

static void reads_several_pairs_on_a_line(void **state)
{
    static const char text[] =
        "*s SystemUnit: Product: \"TANDBERG VCS\" Uptime: 24963390 SystemTime: "
        "\"2014-06-19 "
        "14:58:59\"\n"
        "   Software: Version: \"X7.2.1\" Build: \"296181\"\n"
        "   Configuration: NonTraversalCalls: 5 Expressway: False   Hardware: Version: "
        "\"VMWare\"   *s/end\n"
        "*s Ethernet 1: MacAddress: \"..\" Speed: 10000full IPv4: Address: \"192.0.2.10\" "
        "SubnetMask: \"255.255.255.0\" *s/end\n"
        "*s Options: Option 1: Key: \"1-2\" Description: \"300 Calls: many\" Option 2: "
        "Key: \"x\" "
        "Description: \"y\" *s/end\n"
        "*s Zones: ... Zone 1: Name: \"Trav\" Bandwidth: 0 Status: Active Type: "
        "TraversalClient "
        "TraversalClient: Peer 1:\n"
        "      H323: Status: Active Address: \"..\" Port: 6001   SIP: Status: Active "
        "Address: "
        "\"192.0.2.102\" Port: 7001 LastStatusChange: \"2014-04-03 09:49:13\"\n"
        "*s/end\n"
        "*s SIP: Transport: Server 19850: Socket: Type: \"SERV_TLS\" Client 7747: Socket: "
        "Type: "
        "\"TLS_OUTG\" Local: Address: \"192.0.2.10:27573\" Remote: Address: "
        "\"192.0.2.102:7001\" *s/end\n";
    static const struct row rows[] = {
        {1, "SystemUnit Product", "TANDBERG VCS"},
        {1, "SystemUnit Uptime", "24963390"},
        {1, "SystemUnit SystemTime", "2014-06-19 14:58:59"},
        {2, "SystemUnit Software Version", "X7.2.1"},
        {2, "SystemUnit Software Build", "296181"},
        {3, "SystemUnit Software Configuration NonTraversalCalls", "5"},
        {3, "SystemUnit Software Configuration Expressway", "False"},
        {3, "SystemUnit Hardware Version", "VMWare"},
        {4, "Ethernet 1 MacAddress", ".."},
        {4, "Ethernet 1 Speed", "10000full"},
        {4, "Ethernet 1 IPv4 Address", "192.0.2.10"},
        {4, "Ethernet 1 IPv4 SubnetMask", "255.255.255.0"},
        {5, "Options Option 1 Key", NULL},
        {5, "Options Option 1 Description", "300 Calls: many"},
        {5, "Options Option 2 Key", NULL},
        {5, "Options Option 2 Description", "y"},
        {6, "Zones Zone 1 Name", "Trav"},
        {6, "Zones Zone 1 Bandwidth", "0"},
        {6, "Zones Zone 1 Status", "Active"},
        {6, "Zones Zone 1 Type", "TraversalClient"},
        {7, "Zones Zone 1 TraversalClient Peer 1 H323 Status", "Active"},
        {7, "Zones Zone 1 TraversalClient Peer 1 H323 Address", ".."},
        {7, "Zones Zone 1 TraversalClient Peer 1 H323 Port", "6001"},
        {7, "Zones Zone 1 TraversalClient Peer 1 SIP Status", "Active"},
        {7, "Zones Zone 1 TraversalClient Peer 1 SIP Address", "192.0.2.102"},
        {7, "Zones Zone 1 TraversalClient Peer 1 SIP Port", "7001"},
        {7, "Zones Zone 1 TraversalClient Peer 1 SIP LastStatusChange",
         "2014-04-03 09:49:13"},
        {9, "SIP Transport Server 19850 Socket Type", "SERV_TLS"},
        {9, "SIP Transport Client 7747 Socket Type", "TLS_OUTG"},
        {9, "SIP Transport Client 7747 Local Address", "192.0.2.10:27573"},
        {9, "SIP Transport Client 7747 Remote Address", "192.0.2.102:7001"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XSTAT_TXT, text, rows);
}

static void gives_a_leaf_that_comes_again_to_the_group_around(void **state)
{
    static const char text[] =
        "*s Zones: Zone 1: Name: \"a\" SIP: Status: Active Port: 1 Status: Failed *s/end\n";
    static const struct row rows[] = {
        {1, "Zones Zone 1 Name", "a"},
        {1, "Zones Zone 1 SIP Status", "Active"},
        {1, "Zones Zone 1 SIP Port", "1"},
        {1, "Zones Zone 1 Status", "Failed"},
    };

    (void)state;
    EXPECT(XD_ENTRY_XSTAT_TXT, text, rows);
}

static void makes_latin1_valid_and_says_so_of_binary(void **state)
{
    static const char text[] = "*c xConfiguration A Name: \"Z\xfcrich\"\n";
    static const char binary[] =
        "*c xConfiguration A B: 1\n\0\0\0\n*c xConfiguration A C: 2\n";
    static const struct row rows[] = {{1, "A Name", "Z\xef\xbf\xbdrich"}};
    static const struct row rest[] = {{1, "A B", "1"}, {3, "A C", "2"}};
    struct xd_case *cs;

    (void)state;
    EXPECT(XD_ENTRY_XCONF_TXT, text, rows);
    cs = load_bytes(XD_ENTRY_XCONF_TXT, binary, sizeof(binary) - 1, 3);
    assert_string_equal("line 2 holds bytes that are no text", entry_of(cs)->detail);
    assert_int_equal(XD_ENTRY_DAMAGED, entry_of(cs)->status);
    expect_rows(cs, rest, 2);
    xd_case_free(cs);
}

static void says_what_is_missing(void **state)
{
    static const char text[] = "*s Zones: /\n  Zone 1: /\n    Name: \"UC";
    static const struct row rows[] = {{3, "Zones Zone 1 Name", "\"UC"}};
    struct xd_case *cs = load_text(XD_ENTRY_XCONF_TXT, "");

    (void)state;
    assert_string_equal("the file is empty", entry_of(cs)->detail);
    assert_int_equal(1, cs->n_dumps);
    xd_case_free(cs);
    cs = load_text(XD_ENTRY_XSTAT_TXT, "nothing here\n");
    assert_string_equal("it holds no setting", entry_of(cs)->detail);
    xd_case_free(cs);

    cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);

    entry->kind = XD_ENTRY_XSTAT_TXT;
    struct xd_loader *l = xd_load_begin(cs, entry);

    feed(l, text, sizeof(text) - 1);
    xd_load_end(l, true);
    assert_string_equal("it ends in line 3", entry->detail);
    assert_int_equal(XD_ENTRY_TRUNCATED, entry->status);
    expect_rows(cs, rows, 1);
    xd_case_free(cs);
}

static void cuts_a_value_that_is_too_long(void **state)
{
    enum { LONG = 20000 };
    char *text = malloc(LONG + 64);

    (void)state;
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "*c xConfiguration A B: \"");

    memset(text + n, 'x', LONG);
    memcpy(text + n + LONG, "\"\n", 3);
    struct xd_case *cs = load_text(XD_ENTRY_XCONF_TXT, text);

    assert_int_equal(1, cs->dumps[0]->n_settings);
    assert_int_equal(8192 + 3, strlen(cs->dumps[0]->settings[0].value));
    xd_case_free(cs);
    free(text);
}

/* What would take hours if anything in it were quadratic. */
static void reads_hostile_lines_in_a_moment(void **state)
{
    static const char *const parts[] = {
        "A: \" ", "a ", "A: ", "A 1: ", "\" ", ": ", "  ", "*s "};
    enum { SIZE = 900 << 10 };
    char *text = malloc(SIZE + 16);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t n = (size_t)sprintf(text, "*s Z: ");

        while (n + 8 < SIZE) {
            n += (size_t)sprintf(text + n, "%s", parts[i]);
        }
        xd_case_free(load_bytes(XD_ENTRY_XSTAT_TXT, text, n, WHOLE_BLOCK));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_settings_quoted_or_bare),
        cmocka_unit_test(reads_what_a_terminal_echoed),
        cmocka_unit_test(keeps_every_secret_inside),
        cmocka_unit_test(joins_a_quoted_value_of_several_lines),
        cmocka_unit_test(counts_lines_as_an_editor_does),
        cmocka_unit_test(sees_that_the_file_ends_within_a_setting),
        cmocka_unit_test(reads_blocks_by_their_indentation),
        cmocka_unit_test(reads_blocks_that_lost_their_indentation),
        cmocka_unit_test(reads_several_pairs_on_a_line),
        cmocka_unit_test(gives_a_leaf_that_comes_again_to_the_group_around),
        cmocka_unit_test(makes_latin1_valid_and_says_so_of_binary),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(cuts_a_value_that_is_too_long),
        cmocka_unit_test(reads_hostile_lines_in_a_moment),
    };

    return cmocka_run_group_tests_name("dump_text", tests, NULL, NULL);
}
