/*
 * test_text_tables.c - the tables of the text report: conversations, certificates, what-if,
 * zones, checks, alarms, inputs.
 */
#include "render.h"

#include <stdio.h>

#include "expdiag/node.h"

#include "text_priv.h"

static void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("the report does not say '%s':\n%s", part, text);
    }
}

static void conversations_are_one_line_each(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_FLOWS);

    (void)state;
    options.width = 0;
    char *text = render_text(cs, &options);
    holds(text,
          "\n#1 2026-03-24 11:55:20.911  vcs_8c 192.0.2.10:25001 -> vcs_8e "
          "192.0.2.20:7001  traversal  TLSv1.2 SNI vcs-8e.example.com  failed: alert 43 "
          "unsupported_certificate sent by the server, "
          "eth0_tcpdump00.pcap frame 29; client presented \"vcs-8c.example.com\" from "
          "the client store\n");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text, "23     +0.008300  -->  ClientHello (200 bytes)\n");
    holds(text, "29     +0.078300  <--  Alert (2 bytes)\n");
    free(text);
    cs->n_flows = 0;
    text = render_text(cs, &options);
    holds(text, "No TLS, SSH or failed TCP conversation in this input.\n");
    free(text);
    xd_case_free(cs);
}

static void alike_conversations_are_one_row(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    for (int i = 0; i < 500; i++) {
        *XD_PUSH(cs->arena, cs, flows) = cs->flows[0];
    }
    char *text = render_text(cs, &options);
    holds(text,
          "\n vcs_8c -> vcs_8e:7001 traversal, TLSv1.2: alert 43 unsupported_certificate "
          "sent by the server; 501 times, first #1\n");
    holds(text,
          "\n vcs_8c as client on traversal: \"vcs-8c.example.com\" (serverAuth only), "
          "from the client store, as expected; 501 times, "
          "first #1\n");
    free(text);
    xd_case_free(cs);
}

static void certificates_come_with_all_that_counts(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_CERTS);

    (void)state;
    options.width = 0;
    char *text = render_text(cs, &options);
    holds(text, "vcs_8c, server store: the file is not in the bundle\n");
    holds(text, "vcs_8c, client store: client_vcs_8c.pem, 1 certificate\n");
    holds(text, "   purposes    serverAuth only\n");
    holds(text,
          "   issued by   public CA \"Example Root\" - its root is one of Mozilla's\n");
    holds(text, "   valid       2026-01-02 to 2027-01-02\n");
    holds(text, "   serial      0a1b2c\n");
    holds(text, "   SHA-256     "
                "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\n");
    holds(text,
          "   chain       incomplete by the node's own CA file; missing: CN = Example "
          "Root\n");
    free(text);
    xd_case_free(cs);
}

/* What was tried comes first, and from what to what. */
static void a_change_that_was_tried_is_told_first(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_WHATIF);

    (void)state;
    options.width = 0;
    struct xd_what_if *w = XD_PUSH(cs->arena, cs, what_if);
    *w = cs->what_if[1];
    w->change = "client-cert=new.pem";
    w->next = "do it.";
    char *text = render_text(cs, &options);
    static const char first[] =
        "With client-cert=new.pem (vcs_8c and vcs_8e): the UC zone comes up, the SSH "
        "tunnels stay down.\n"
        "   Because: SSH verifies the purpose whatever the mode\n"
        "   Next: do it.\n";
    assert_memory_equal(first, text, sizeof(first) - 1);
    holds(text, "\nTHE CASE AS IT IS\nCRITICAL: vcs_8e refuses");
    free(text);
    /* The status says that the zone is down, which no certificate explains. */
    cs->what_if[0].zone = XD_PREDICT_ACTIVE;
    text = render_text(cs, &options);
    holds(text, "the UC zone is kept down by no certificate, the SSH tunnels stay down.");
    free(text);
    xd_case_free(cs);
}

static void a_down_zone_is_told_from_its_status(void **state)
{
    (void)state;
    assert_true(xd_say_is_down("Failed"));
    assert_true(xd_say_is_down("Active (1 of 2)"));
    assert_true(xd_say_is_down("Active (0 of 12)"));
    assert_false(xd_say_is_down("Active (2 of 2)"));
    assert_false(xd_say_is_down("Active"));
    assert_false(xd_say_is_down("On"));
    assert_false(xd_say_is_down("Active (of )"));
    assert_false(xd_say_is_down("( of 3)"));
    assert_false(xd_say_is_down(NULL));
}

static void what_lacks_the_same_evidence_is_told_once(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    struct xd_check *c = XD_PUSH(cs->arena, cs, checks);
    *c = cs->checks[2];
    c->id = XD_F_TLS_INTERCEPTED;
    char *text = render_text(cs, &options);
    holds(text,
          "\nNOT JUDGED\n 1. a capture of Expressway-E: start diagnostic logging with "
          "tcpdump on both nodes at once\n"
          "    would decide clock-offset, tls-intercepted\n\n");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text,
          "    would decide clock-offset, tls-intercepted\n"
          " clock-offset, tls-intercepted: no conversation was seen from both ends\n");
    free(text);
    xd_case_free(cs);
}

static void lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL) {
        fail_msg("the report says '%s':\n%s", part, text);
    }
}

static void what_was_ruled_out_is_counted_and_listed_on_request(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    char *text = render_text(cs, &options);
    holds(text, "\nRULED OUT: 1 check (--verbose lists it)\n");
    free(text);
    struct xd_check *c = XD_PUSH(cs->arena, cs, checks);
    *c = (struct xd_check){.id = XD_F_INCOMPLETE_CHAIN,
                           .outcome = XD_CHECK_RULED_OUT,
                           .why = "every path was built"};
    text = render_text(cs, &options);
    holds(text, "\nRULED OUT: 2 checks (--verbose lists them)\n");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text, "\nRULED OUT\n unknown-ca, incomplete-chain: every path was built\n");
    free(text);
    xd_case_free(cs);
}

static void changes_that_come_to_the_same_are_one_row(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    struct xd_what_if *w = XD_PUSH(cs->arena, cs, what_if);
    *w = cs->what_if[0];
    w->change = "eku-check=on";
    char *text = render_text(cs, &options);
    holds(text, "\n as-is, eku-check=on  failed   failed  the client certificate is "
                "server-only\n eku-check=off        active   failed  SSH verifies");
    holds(text, "is server-only Condition 2.1 fits as well.\n");
    free(text);
    *XD_PUSH(cs->arena, &cs->scenarios[0], also) = "3";
    text = render_text(cs, &options);
    holds(text, " Conditions 2.1 and 3 fit as well.\n");
    free(text);
    xd_case_free(cs);
}

/* Of a secret, and of a line without values, it is known that it was changed. */
static void a_change_without_values_and_a_store_that_is_missing_leave_no_gap(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    options.width = 0;
    struct xd_node *n = cs->nodes[0];
    n->changes[0].from = n->changes[0].to = NULL;
    n->client = (struct xd_store){.n_certs = 0};
    char *text = render_text(cs, &options);
    holds(text, "SIP TLS EKU check changed (");
    lacks(text, "\"?\"");
    lacks(text, "; ;");
    free(text);
    xd_case_free(cs);
}

static void the_alarm_of_logging_itself_is_not_listed(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    struct xd_alarm *a = XD_PUSH(cs->arena, cs->nodes[1], alarms);

    (void)state;
    *a = (struct xd_alarm){.id = "25019", .time = XD_TIME_NONE};
    char *text = render_text(cs, &options);
    holds(text, "alarm 35013");
    lacks(text, "alarm 25019");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text, "alarm 25019");
    free(text);
    xd_case_free(cs);
}

static void a_connection_in_two_captures_is_one_connection(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_FLOWS);
    struct xd_flow *second = cs->flows[1];

    (void)state;
    options.width = 0;
    char *text = render_text(cs, &options);
    holds(text, "2 connections: 0 established, 1 failed, 1 whose end the capture does not "
                "show.\n");
    free(text);
    second->view = 1; /* of another interface: its same_as names #1 */
    second->end[XD_CLIENT] = cs->flows[0]->end[XD_CLIENT];
    text = render_text(cs, &options);
    holds(text, "1 connection, 1 of them seen twice: 0 established, 1 failed, 0 whose end "
                "the capture does not show.\n");
    holds(text, "from the client store\n    also seen as #2 in eth0_tcpdump00.pcap frames "
                "40-49, there incomplete\n");
    lacks(text, "\n#2 ");
    free(text);
    options.verbose = true;
    text = render_text(cs, &options);
    holds(text, "\n#2 ");
    holds(text, "; the same as #1\n");
    free(text);
    /* A filter took the first away. */
    options.verbose = false;
    cs->flows[0] = second;
    cs->n_flows = 1;
    text = render_text(cs, &options);
    holds(text, "1 connection: 0 established");
    holds(text, "\n#2 ");
    free(text);
    xd_case_free(cs);
}

static void the_ladder_counts_what_is_encrypted(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_FLOWS);
    struct xd_flow *f = cs->flows[0];
    struct xd_message messages[XD_MAX_MESSAGES];
    struct xd_ledger_row row;

    (void)state;
    assert_int_equal(xd_flow_messages(f, messages), 2);
    struct xd_place place = messages[0].place;

    options.width = 0;
    options.verbose = true;
    place.frame = 25;
    row = (struct xd_ledger_row){XD_CLIENT, 23, 40, place};
    xd_flow_add_ledger(cs->arena, f, &row);
    place.frame = 26;
    row = (struct xd_ledger_row){XD_CLIENT, 23, 60, place};
    xd_flow_add_ledger(cs->arena, f, &row);
    place.frame = 27;
    row = (struct xd_ledger_row){XD_SERVER, 23, 1, place};
    xd_flow_add_ledger(cs->arena, f, &row);
    /* The alert of frame 29 is one of the messages. */
    row = (struct xd_ledger_row){XD_SERVER, 21, 2, messages[1].place};
    xd_flow_add_ledger(cs->arena, f, &row);
    char *text = render_text(cs, &options);
    holds(text, "23     +0.008300  -->  ClientHello (200 bytes)\n"
                "    25     +0.008300  -->  encrypted, 100 bytes in 2 records\n"
                "    27     +0.008300  <--  encrypted, 1 byte\n"
                "    29     +0.078300  <--  Alert (2 bytes)\n\n");
    free(text);
    xd_case_free(cs);
}

static void a_private_key_is_named_and_no_certificate(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_CERTS);
    struct xd_pem *p = XD_PUSH(cs->arena, cs, pems);

    (void)state;
    options.width = 0;
    p->entry = cs->entries[3];
    cs->entries[3]->private_key = true;
    cs->entries[3]->private_key_line = 3;
    char *text = render_text(cs, &options);
    holds(text,
          "eth0_tcpdump00.pcap: holds a private key (line 3), no certificate; the key "
          "was not read further\n");
    free(text);
    xd_case_free(cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_are_one_line_each),
        cmocka_unit_test(alike_conversations_are_one_row),
        cmocka_unit_test(certificates_come_with_all_that_counts),
        cmocka_unit_test(a_change_that_was_tried_is_told_first),
        cmocka_unit_test(a_down_zone_is_told_from_its_status),
        cmocka_unit_test(what_lacks_the_same_evidence_is_told_once),
        cmocka_unit_test(what_was_ruled_out_is_counted_and_listed_on_request),
        cmocka_unit_test(a_change_without_values_and_a_store_that_is_missing_leave_no_gap),
        cmocka_unit_test(changes_that_come_to_the_same_are_one_row),
        cmocka_unit_test(the_alarm_of_logging_itself_is_not_listed),
        cmocka_unit_test(a_connection_in_two_captures_is_one_connection),
        cmocka_unit_test(the_ladder_counts_what_is_encrypted),
        cmocka_unit_test(a_private_key_is_named_and_no_certificate),
    };

    return cmocka_run_group_tests_name("report_text_tables", tests, NULL, NULL);
}
