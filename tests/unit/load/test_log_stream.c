/*
 * test_log_stream.c - a whole log: blocks, lines, folding, spans, limits, damage.
 */
#include "load_unit.h"

#include "expdiag/addr.h"
#include "expdiag/limits.h"

#define REFUSED(prefix, port, utc)                                            \
    prefix " tvcs: Event=\"Inbound TLS Negotiation Error\" Service=\"SIP\" "  \
           "Src-ip=\"192.0.2.10\" "                                           \
           "Src-port=\"" port "\" Dst-ip=\"198.51.100.2\" Dst-port=\"7001\" " \
           "Detail=\"unsuitable certificate purpose\" Level=\"1\" UTCTime=\"" utc "\""

static const char small_log[] =
    "2026-03-24T17:24:20.000+05:30 exp-e1 tvcs: UTCTime=\"2026-03-24 11:54:20,0\" "
    "Module=\"network.sip\" Level=\"DEBUG\":  Action=\"Received\" "
    "Local-ip=\"198.51.100.2\"\n"
    " SIPMSG:\n"
    " |OPTIONS sip:expe.example.com SIP/2.0\n"
    " Event=\"Inbound TLS Negotiation Error\"\n"
    "\n" REFUSED("2026-03-24T17:24:26.106+05:30 exp-e1", "25002", "2026-03-24 11:54:26,92") "\n" REFUSED(
        "2026-03-24T17:24:27.106+05:30 exp-e1", "25002",
        "2026-03-24 11:54:27,92") "\r\n" REFUSED("2026-03-24T17:24:28.106+05:30 exp-e1",
                                                 "25003",
                                                 "2026-03-24 11:54:28,92") "\n"
                                                                           "2026-03-24T17:"
                                                                           "24:29.106+05:"
                                                                           "30 localhost "
                                                                           "management: "
                                                                           "Level=\"WARN\" "
                                                                           "Event=\"Alarm "
                                                                           "Raised\" "
                                                                           "Id=\"35013\" "
                                                                           "Detail="
                                                                           "\"tunnel\" "
                                                                           "UTCTime=\"2026-"
                                                                           "03-24 "
                                                                           "11:54:29,"
                                                                           "106\"\n"
                                                                           "2026-03-24T17:"
                                                                           "24:30.106+05:"
                                                                           "30 exp-e1 "
                                                                           "tvcs: "
                                                                           "UTCTime=\"2026-"
                                                                           "03-24 "
                                                                           "11:54:30,106\" "
                                                                           "Module="
                                                                           "\"network."
                                                                           "tcp\" "
                                                                           "Level="
                                                                           "\"DEBUG\": "
                                                                           "Src-ip=\"192.0."
                                                                           "2.10\" "
                                                                           "Src-port="
                                                                           "\"25002\" "
                                                                           "Dst-ip=\"198."
                                                                           "51.100.2\" "
                                                                           "Dst-port="
                                                                           "\"7001\" "
                                                                           "Detail=\"TCP "
                                                                           "Connection "
                                                                           "Closed\" "
                                                                           "Reason=\"Got "
                                                                           "EOF on "
                                                                           "socket\"\n"
                                                                           "2026-03-24T17:"
                                                                           "24:40.106+05:"
                                                                           "30 exp-e1 "
                                                                           "tvcs: "
                                                                           "UTCTime=\"2026-"
                                                                           "03-24 "
                                                                           "11:54:40,106\" "
                                                                           "Module="
                                                                           "\"network."
                                                                           "sip\" "
                                                                           "Level="
                                                                           "\"DEBUG\":  "
                                                                           "Action="
                                                                           "\"Sent\" "
                                                                           "Local-ip=\"198."
                                                                           "51.100.2\"\n"
                                                                           " SIPMSG:\n"
                                                                           " |SIP/2.0 200 "
                                                                           "OK";

static void expect_small_log(const struct xd_case *cs)
{
    char text[XD_ENDPOINT_TEXT];

    assert_null(entry_of(cs)->detail);
    assert_int_equal(4, cs->n_events);
    assert_int_equal(XD_LOG_TLS_ERROR, cs->events[0]->kind);
    assert_int_equal(6, cs->events[0]->place.line);
    assert_int_equal(2, cs->events[0]->count);
    assert_int_equal(1774353266092000, cs->events[0]->place.time);
    assert_int_equal(1774353267092000, cs->events[0]->last);
    assert_int_equal(8, cs->events[1]->place.line);
    assert_int_equal(1, cs->events[1]->count);
    assert_string_equal("localhost", cs->events[2]->host);
    assert_int_equal(XD_LOG_TCP_CLOSED, cs->events[3]->kind);
    /* Src opened it; the other events say that Dst is this node. */
    assert_string_equal("198.51.100.2:7001",
                        xd_endpoint_format(&cs->events[3]->local, text));
    assert_string_equal("192.0.2.10:25002",
                        xd_endpoint_format(&cs->events[3]->remote, text));
    assert_int_equal(XD_LOG_ROLE_SERVER, cs->events[3]->role);
    assert_int_equal(1, cs->n_logs);
    assert_ptr_equal(cs->entries[0], cs->logs[0].entry);
    assert_int_equal(13, cs->logs[0].lines);
    assert_int_equal(1774353260000000, cs->logs[0].first);
    assert_int_equal(1774353280106000, cs->logs[0].last);
    assert_string_equal("exp-e1", cs->logs[0].host);
}

static void gives_the_same_for_blocks_of_any_size(void **state)
{
    (void)state;
    for (size_t block = 0; block < 200; block++) {
        struct xd_case *cs =
            load_bytes(XD_ENTRY_LOG, small_log, sizeof(small_log) - 1, block);

        expect_small_log(cs);
        xd_case_free(cs);
    }
}

static void gives_the_same_wherever_it_is_split(void **state)
{
    (void)state;
    for (size_t at = 1; at < sizeof(small_log) - 1; at++) {
        struct xd_case *cs = xd_case_new();
        struct xd_entry *entry = xd_case_entry(cs);

        entry->kind = XD_ENTRY_LOG;
        struct xd_loader *l = xd_load_begin(cs, entry);

        feed(l, small_log, at);
        feed(l, small_log + at, sizeof(small_log) - 1 - at);
        xd_load_end(l, false);
        expect_small_log(cs);
        xd_case_free(cs);
    }
}

static void parts_records_that_a_page_joined(void **state)
{
    static const char text[] =
        REFUSED("2026-03-24T11:54:26.106+00:00 exp-e1", "25002",
                "2026-03-24 11:54:26,106") " 2026-03-24T11:54:27.106+00:00 exp-e1 alarm: "
                                           "Event=\"Alarm Raised\" Id=\"35013\" "
                                           "Detail=\"as of 2026-03-24T11:54:27.106+00:00 "
                                           "it failed\"\t" REFUSED(
                                               "2026-03-24T11:54:28.106+00:00 exp-e1",
                                               "25003", "2026-03-24 11:54:28,106");
    struct xd_case *cs = load_text(XD_ENTRY_LOG, text);

    (void)state;
    assert_int_equal(3, cs->n_events);
    assert_int_equal(25002, cs->events[0]->remote.port);
    assert_string_equal("as of 2026-03-24T11:54:27.106+00:00 it failed",
                        cs->events[1]->detail);
    assert_int_equal(25003, cs->events[2]->remote.port);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(1, cs->events[i]->place.line);
        assert_int_equal('2', cs->events[i]->quote[0]);
    }
    xd_case_free(cs);
}

static void reads_fields_that_a_page_padded_or_glued(void **state)
{
    struct xd_case *cs = load_text(
        XD_ENTRY_LOG,
        "2026-03-24T11:54:26.106+00:00 exp-e1 tvcs:  Event=\"  Outbound TLS Negotiation "
        "Error \""
        "Service=\"SIP\"Src-ip=\" 192.0.2.10 \"Src-port=\"25002\" Dst-ip=\"198.51.100.2\" "
        "Dst-port=\"7001\" Detail=\"zone \"UC\": Peer's TLS certificate identity was "
        "unacceptable\" Common-name=\"expe.example.com\"");
    char text[XD_ENDPOINT_TEXT];

    (void)state;
    assert_int_equal(1, cs->n_events);
    assert_string_equal("192.0.2.10:25002",
                        xd_endpoint_format(&cs->events[0]->local, text));
    assert_string_equal("SIP", cs->events[0]->service);
    assert_string_equal("expe.example.com", cs->events[0]->name);
    xd_case_free(cs);
}

static void reads_on_only_inside_of_a_value(void **state)
{
    static const char text[] =
        "2026-03-24T11:54:26.106+00:00 e ssh: Detail=\"never\n closed\n"
        "2026-03-24T11:54:27.106+00:00 e ssh: Detail=\"denied\" Level=\"1\"\n"
        " Event=\"Inbound TLS Negotiation Error\"\n"
        "2026-03-24T11:54:28.106+00:00 e ssh: Detail=\"open\n"
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n\"\n";

    (void)state;
    for (size_t block = 0; block < 50; block++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_LOG, text, sizeof(text) - 1, block);

        assert_int_equal(3, cs->n_events);
        assert_string_equal("never\n closed", cs->events[0]->detail);
        assert_string_equal("denied", cs->events[1]->detail);
        assert_int_equal(3, cs->events[1]->place.line);
        assert_string_equal("open\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16",
                            cs->events[2]->detail);
        assert_int_equal(5, cs->events[2]->place.line);
        xd_case_free(cs);
    }
}

static void keeps_logs_of_two_nodes_apart(void **state)
{
    static const char text[] = REFUSED("2026-03-24T11:54:26.106+00:00 exp-e1", "25002",
                                       "2026-03-24 11:54:26,1") "\n";
    struct xd_case *cs = xd_case_new();

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct xd_entry *entry = xd_case_entry(cs);

        entry->kind = XD_ENTRY_LOG;
        struct xd_loader *l = xd_load_begin(cs, entry);

        feed(l, text, sizeof(text) - 1);
        xd_load_end(l, false);
    }
    assert_int_equal(2, cs->n_events);
    assert_int_equal(2, cs->n_logs);
    assert_ptr_equal(cs->entries[1], cs->events[1]->place.entry);
    xd_case_free(cs);
}

static void finds_first_and_last_time_in_any_order(void **state)
{
    static char text[4000 * 48];
    size_t n = 0;

    (void)state;
    /* None of these is an event; the last of the log is not the last of a block. */
    for (int i = 0; i < 3000; i++) {
        n +=
            (size_t)sprintf(text + n, "2026-03-24T11:%02d:%02d.000+00:00 exp-e%d tvcs: x\n",
                            i / 60, i % 60, i % 3 == 0 ? 2 : 1);
    }
    for (size_t block = 0; block < 3; block++) {
        struct xd_case *cs = load_bytes(XD_ENTRY_LOG, text, n, block);

        assert_int_equal(1774350000000000, cs->logs[0].first);
        assert_int_equal(1774352999000000, cs->logs[0].last);
        assert_int_equal(3000, cs->logs[0].lines);
        assert_string_equal("exp-e1", cs->logs[0].host);
        xd_case_free(cs);
    }
}

static void reads_the_head_of_an_endless_line(void **state)
{
    enum { LONG = 300 << 10 };
    char *text = malloc(LONG);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', LONG);
    memcpy(text, "2026-03-24T11:54:26.106+00:00 exp-e1 ssh: ", 42);
    memcpy(text + LONG - 60,
           "\n2026-03-24T11:54:27.106+00:00 exp-e1 ssh: Permission denied", 60);
    for (size_t block = 0; block < 70000; block = block * 40 + 997) {
        struct xd_case *cs = load_bytes(XD_ENTRY_LOG, text, LONG, block);

        assert_int_equal(2, cs->n_events);
        assert_int_equal(XD_MAX_LOG_QUOTE + 3, strlen(cs->events[0]->detail));
        assert_string_equal("Permission denied", cs->events[1]->detail);
        assert_int_equal(2, cs->events[1]->place.line);
        xd_case_free(cs);
    }
    free(text);
}

static void counts_the_events_beyond_its_limit(void **state)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);
    char line[128];

    (void)state;
    entry->kind = XD_ENTRY_LOG;
    struct xd_loader *l = xd_load_begin(cs, entry);

    for (int i = 0; i < XD_MAX_LOG_EVENTS + 7; i++) {
        size_t n = (size_t)sprintf(
            line, "2026-03-24T11:54:26.106+00:00 e ssh: Connection closed %d\n", i);

        xd_load_bytes(l, (struct xd_slice){(const uint8_t *)line, n});
    }
    xd_load_end(l, false);
    assert_int_equal(200000, cs->n_events);
    assert_int_equal(7, cs->events_left_out);
    xd_case_free(cs);
}

static void notes_damage_and_reads_on(void **state)
{
    static const char zeros[] = "2026-03-24T11:54:26.106+00:00 e tvcs: x\n\0\0\0\0\n"
                                "2026-03-24T11:54:27.106+00:00 e ssh: Permission denied\n";
    struct xd_case *cs = load_bytes(XD_ENTRY_LOG, zeros, sizeof(zeros) - 1, WHOLE_BLOCK);

    (void)state;
    assert_int_equal(XD_ENTRY_DAMAGED, entry_of(cs)->status);
    assert_string_equal("line 2 begins with bytes that are no text", entry_of(cs)->detail);
    assert_int_equal(1, cs->n_events);
    xd_case_free(cs);

    cs = load_text(XD_ENTRY_LOG, "");
    assert_string_equal("the file is empty", entry_of(cs)->detail);
    assert_int_equal(XD_TIME_NONE, cs->logs[0].first);
    assert_null(cs->logs[0].host);
    xd_case_free(cs);

    cs = load_text(XD_ENTRY_LOG, "what is this\n");
    assert_string_equal("no line of it begins with a time", entry_of(cs)->detail);
    xd_case_free(cs);
}

static void says_where_a_cut_log_ends(void **state)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);

    (void)state;
    entry->kind = XD_ENTRY_LOG;
    struct xd_loader *l = xd_load_begin(cs, entry);

    feed(l, small_log, 400);
    xd_load_end(l, true);
    assert_int_equal(XD_ENTRY_TRUNCATED, entry->status);
    assert_string_equal("it ends in line 6", entry->detail);
    xd_case_free(cs);
}

static void makes_bytes_of_other_encodings_valid(void **state)
{
    struct xd_case *cs =
        load_text(XD_ENTRY_LOG,
                  "2026-03-24T11:54:26.106+00:00 e alarm: Event=\"Alarm Raised\" Id=\"1\" "
                  "Detail=\"Z\xfcrich\"");

    (void)state;
    assert_string_equal("Z\xef\xbf\xbdrich", cs->events[0]->detail);
    assert_non_null(strstr(cs->events[0]->quote, "Z\xef\xbf\xbdrich"));
    xd_case_free(cs);
}

static void leaves_other_kinds_to_others(void **state)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);

    (void)state;
    entry->kind = XD_ENTRY_PCAP;
    assert_null(xd_load_begin(cs, entry));
    entry->kind = XD_ENTRY_OTHER;
    assert_null(xd_load_begin(cs, entry));
    xd_case_free(cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_same_for_blocks_of_any_size),
        cmocka_unit_test(gives_the_same_wherever_it_is_split),
        cmocka_unit_test(parts_records_that_a_page_joined),
        cmocka_unit_test(reads_fields_that_a_page_padded_or_glued),
        cmocka_unit_test(reads_on_only_inside_of_a_value),
        cmocka_unit_test(keeps_logs_of_two_nodes_apart),
        cmocka_unit_test(finds_first_and_last_time_in_any_order),
        cmocka_unit_test(reads_the_head_of_an_endless_line),
        cmocka_unit_test(counts_the_events_beyond_its_limit),
        cmocka_unit_test(notes_damage_and_reads_on),
        cmocka_unit_test(says_where_a_cut_log_ends),
        cmocka_unit_test(makes_bytes_of_other_encodings_valid),
        cmocka_unit_test(leaves_other_kinds_to_others),
    };

    return cmocka_run_group_tests_name("log_stream", tests, NULL, NULL);
}
