/*
 * test_redact.c - what redaction promises: nothing of the case is left, and a report that
 * still holds something is held back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expdiag/arena.h"
#include "expdiag/node.h"
#include "expdiag/report.h"

/* A node of a case, with a zone and an address. */
static struct xd_case *make_case(void)
{
    struct xd_case *cs = xd_case_new();
    struct xd_node *n = xd_arena_alloc(cs->arena, sizeof(*n));

    *n = (struct xd_node){.id = "kestrel7", .host = "kestrel7", .role = XD_ROLE_C};
    n->container = "";
    struct xd_zone *z = XD_PUSH(cs->arena, n, zones);
    z->name = "to Bluebird";
    z->status = "Failed";
    z->reason = "kestrel7.acme-corp.example does not answer at 10.20.30.40, "
                "user alice@acme-corp.example";
    struct xd_addr *a = XD_PUSH(cs->arena, n, addrs);
    assert_true(xd_addr_parse("10.20.30.40", 11, a));
    *XD_PUSH(cs->arena, cs, nodes) = n;
    cs->last_seen = XD_TIME_NONE;
    return cs;
}

static struct xd_report_options make_options(struct xd_buf *hold)
{
    return (struct xd_report_options){.generated_at = XD_TIME_NONE, .hold = hold};
}

static struct xd_slice held(const struct xd_buf *b)
{
    return (struct xd_slice){b->bytes, b->len};
}

static void replaces_names_and_keeps_what_they_have_in_common(void **state)
{
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);
    struct xd_err err = {0};

    (void)state;
    struct xd_redaction *r = xd_redact_case(cs, &options);
    assert_string_equal("host-1", cs->nodes[0]->id);
    assert_string_equal("zone-1", cs->nodes[0]->zones[0].name);
    assert_string_equal("host-1.domain-1.example does not answer at 192.0.2.1, user "
                        "user-1@domain-1.example",
                        cs->nodes[0]->zones[0].reason);
    assert_int_equal(XD_OK, xd_report_json(cs, &options, -1, &err));
    assert_int_equal(XD_OK, xd_redaction_check(r, held(&hold), &err));
    xd_buf_done(&hold);
    xd_redaction_free(r);
    xd_case_free(cs);
}

/* What slips through by whatever way. */
static void holds_back_a_report_that_still_has_an_original(void **state)
{
    static const char *const leaks[] = {
        "zone kestrel7 is down", "Kestrel7",      "the zone to\n      Bluebird",
        "to%20Bluebird",         "kestrel7&#46;", "kest<wbr>rel7",
        "from 10.20.30.40:5061", "acme-corp",     "mail to alice",
        "\\u006bestrel7",
    };
    struct xd_case *cs = make_case();
    struct xd_report_options options = make_options(NULL);

    (void)state;
    struct xd_redaction *r = xd_redact_case(cs, &options);
    for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
        struct xd_err err = {0};
        assert_int_equal(XD_FAIL, xd_redaction_check(r, xd_slice_of(leaks[i]), &err));
        assert_null(strstr(err.text, "kestrel"));
        assert_non_null(strstr(err.text, "nothing was written"));
    }
    xd_redaction_free(r);
    xd_case_free(cs);
}

/* The deliberate leak: the case gets an original back after it was replaced. */
static void finds_what_a_renderer_would_show(void **state)
{
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);
    struct xd_err err = {0};

    (void)state;
    struct xd_redaction *r = xd_redact_case(cs, &options);
    cs->nodes[0]->zones[0].later = "it came up on kestrel7";
    assert_int_equal(XD_OK, xd_report_html(cs, &options, -1, &err));
    assert_int_equal(XD_FAIL, xd_redaction_check(r, held(&hold), &err));
    xd_buf_done(&hold);
    xd_redaction_free(r);
    xd_case_free(cs);
}

/* As certificates' numbers stand in logs: with 0x, in pairs, with zeros before them. */
static void replaces_a_serial_however_it_is_written(void **state)
{
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);
    struct xd_zone *z = &cs->nodes[0]->zones[0];

    (void)state;
    struct xd_cert *c = xd_arena_alloc(cs->arena, sizeof(*c));
    c->serial = "f538bec6190207dfe9ba0236ff611e4f";
    *XD_PUSH(cs->arena, cs, certs) = c;
    z->reason = "0xf538bec6190207dfe9ba0236ff611e4f F5:38:be:c6:19:02:07:df:e9:ba:02:36:"
                "ff:61:1e:4f 00f538bec6190207dfe9ba0236ff611e4f "
                "af538bec6190207dfe9ba0236ff611e4f";
    struct xd_redaction *r = xd_redact_case(cs, &options);
    assert_string_equal("0xserial-1 serial-1 serial-1 af538bec6190207dfe9ba0236ff611e4f",
                        z->reason);
    xd_redaction_free(r);
    xd_buf_done(&hold);
    xd_case_free(cs);
}

/* Names that are words of every report, or of one letter: everywhere they would be noise.
 */
static void replaces_words_and_short_names_only_where_they_are_names(void **state)
{
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);
    struct xd_node *n = cs->nodes[0];

    (void)state;
    n->id = n->host = "c";
    n->zones[0].name = "partner";
    n->zones[0].reason =
        "a partner of c; zone partner: Failed; \"partner\"; Expressway-C c "
        "and Expressway-C client: no partners, C, cc";
    struct xd_redaction *r = xd_redact_case(cs, &options);
    assert_string_equal("host-1", n->id);
    assert_string_equal("zone-1", n->zones[0].name);
    assert_string_equal(
        "a partner of host-1; zone zone-1: Failed; \"zone-1\"; Expressway-C "
        "host-1 and Expressway-C client: no partners, C, cc",
        n->zones[0].reason);
    xd_redaction_free(r);
    xd_buf_done(&hold);
    xd_case_free(cs);
}

static void holds_back_a_word_that_stands_as_a_name(void **state)
{
    static const char *const leaks[] = {"x zone partner: Failed",
                                        "{\"a\":\"Expressway-E c, "
                                        "up\"}"};
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);
    struct xd_err err = {0};

    (void)state;
    cs->nodes[0]->id = cs->nodes[0]->host = "c";
    cs->nodes[0]->zones[0].name = "partner";
    struct xd_redaction *r = xd_redact_case(cs, &options);
    assert_int_equal(XD_OK,
                     xd_redaction_check(r, xd_slice_of("a zone of c, a partner"), &err));
    for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
        assert_int_equal(XD_FAIL, xd_redaction_check(r, xd_slice_of(leaks[i]), &err));
        assert_null(strstr(err.text, "partner"));
    }
    xd_redaction_free(r);
    xd_buf_done(&hold);
    xd_case_free(cs);
}

/* Else "the host-1 store" would tell that host-1 is called "client". */
static void leaves_a_word_among_our_own_where_a_node_is_called_so(void **state)
{
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);

    (void)state;
    cs->nodes[0]->id = cs->nodes[0]->host = "client";
    cs->nodes[0]->zones[0].reason =
        "install it in the client store of client; client refuses it, says client";
    struct xd_redaction *r = xd_redact_case(cs, &options);
    assert_string_equal("host-1", cs->nodes[0]->id);
    assert_string_equal("install it in the client store of host-1; host-1 refuses it, says "
                        "host-1",
                        cs->nodes[0]->zones[0].reason);
    xd_redaction_free(r);
    xd_buf_done(&hold);
    xd_case_free(cs);
}

/* "Acme, \"Inc\"" is quoted in a list of attributes: one name, one pseudonym, there too. */
static void names_what_is_quoted_in_a_subject_alike(void **state)
{
    struct xd_case *cs = make_case();
    struct xd_buf hold = {.max = 1 << 20};
    struct xd_report_options options = make_options(&hold);
    struct xd_cert *c = xd_arena_alloc(cs->arena, sizeof(*c));

    (void)state;
    *c = (struct xd_cert){
        .described = true, .parsed = true, .issuer_kind = XD_ISSUER_PRIVATE};
    c->subject = c->issuer = "O = Bittern, CN = \"Wigeon, \\\"q\\\"\"";
    c->subject_cn = c->issuer_cn = "Wigeon, \"q\"";
    struct xd_san name = {.text = "CN = \"Smew, x\""};
    c->san = &name;
    c->n_san = 1;
    *XD_PUSH(cs->arena, cs, certs) = c;
    struct xd_redaction *r = xd_redact_case(cs, &options);
    char expected[200];
    (void)snprintf(expected, sizeof(expected), "O = org-1, CN = %s", c->subject_cn);
    assert_string_equal(expected, c->subject);
    assert_null(strstr(c->subject, "Wigeon"));
    assert_null(strstr(c->san[0].text, "Smew"));
    xd_redaction_free(r);
    xd_buf_done(&hold);
    xd_case_free(cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_names_and_keeps_what_they_have_in_common),
        cmocka_unit_test(holds_back_a_report_that_still_has_an_original),
        cmocka_unit_test(finds_what_a_renderer_would_show),
        cmocka_unit_test(replaces_a_serial_however_it_is_written),
        cmocka_unit_test(replaces_words_and_short_names_only_where_they_are_names),
        cmocka_unit_test(holds_back_a_word_that_stands_as_a_name),
        cmocka_unit_test(leaves_a_word_among_our_own_where_a_node_is_called_so),
        cmocka_unit_test(names_what_is_quoted_in_a_subject_alike),
    };

    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
