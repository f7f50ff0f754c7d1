/*
 * test_json.c - the JSON report, field by field.
 */
#include "render.h"

#include <jansson.h>
#include <sys/resource.h>

#include "expdiag/node.h"

static json_t *load(const struct xd_case *cs, const struct xd_report_options *options)
{
    char *text = render_json(cs, options);
    json_t *report = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(report);
    free(text);
    return report;
}

/* By a path such as "flows/0/failure/alert". */
static json_t *look(json_t *value, const char *path)
{
    while (*path != '\0' && value != NULL) {
        size_t len = strcspn(path, "/");
        char key[80];

        assert_true(len < sizeof(key));
        memcpy(key, path, len);
        key[len] = '\0';
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
        path += len + (path[len] == '/' ? 1 : 0);
    }
    if (value == NULL) {
        fail_msg("nothing at %s", path);
    }
    return value;
}

static void says(json_t *report, const char *path, const char *expected)
{
    json_t *value = look(report, path);

    if (expected == NULL) {
        assert_true(json_is_null(value));
        return;
    }
    assert_true(json_is_string(value));
    assert_string_equal(expected, json_string_value(value));
}

static void counts(json_t *report, const char *path, json_int_t expected)
{
    assert_true(json_is_integer(look(report, path)));
    assert_int_equal(expected, json_integer_value(look(report, path)));
}

static void has(json_t *report, const char *path, size_t expected)
{
    assert_int_equal(expected, json_array_size(look(report, path)));
}

static void tells_tool_and_inputs(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);

    (void)state;
    says(r, "schema", "expdiag-report/1");
    says(r, "tool/name", "expdiag");
    says(r, "tool/roots/source", "Mozilla");
    counts(r, "tool/roots/count", 142);
    says(r, "inputs/0/path", "C.tar.gz");
    says(r, "inputs/0/kind", "archive");
    counts(r, "inputs/0/bytes", 4711);
    says(r, "inputs/0/sha256",
         "1111111111111111111111111111111111111111111111111111111111111111");
    says(r, "inputs/1/kind", "folder");
    says(r, "inputs/1/sha256", NULL);
    says(r, "inputs/0/entries/0/kind", "client-pem");
    says(r, "inputs/0/entries/0/status", "read");
    says(r, "inputs/0/entries/0/detail", NULL);
    says(r, "inputs/1/entries/1/name", "eth0_tcpdump00.pcap");
    says(r, "inputs/1/entries/1/status", "truncated");
    says(r, "inputs/1/entries/1/detail", "ends inside frame 99");
    has(r, "inputs/0/entries", 2);
    json_decref(r);
    xd_case_free(cs);
}

static void tells_the_verdict_as_the_text_does(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);

    (void)state;
    says(r, "verdict/kind", "fault");
    says(r, "verdict/severity", "critical");
    counts(r, "verdict/finding", 0);
    says(r, "verdict/text",
         "CRITICAL: vcs_8e refuses vcs_8c's client certificate: it lacks clientAuth. "
         "client-eku-missing, certain. It stops: UC zone, MRA login and "
         "registration. To be changed on vcs_8c (Expressway-C, X15.5).");
    json_decref(r);
    cs->findings[0]->severity = XD_WARNING;
    r = load(cs, &options);
    says(r, "verdict/kind", "no-fault");
    says(r, "verdict/severity", "warning");
    assert_true(json_is_null(look(r, "verdict/finding")));
    json_decref(r);
    cs->n_findings = 0;
    cs->checks[0].outcome = XD_CHECK_NOT_EVALUATED;
    r = load(cs, &options);
    says(r, "verdict/kind", "too-little-evidence");
    says(r, "verdict/severity", NULL);
    json_decref(r);
    options.command = XD_REPORT_FLOWS;
    r = load(cs, &options);
    assert_null(json_object_get(r, "verdict"));
    json_decref(r);
    xd_case_free(cs);
    cs = xd_case_new();
    options.command = XD_REPORT_ANALYZE;
    r = load(cs, &options);
    says(r, "verdict/kind", "nothing-to-judge");
    json_decref(r);
    xd_case_free(cs);
}

static void tells_nodes(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);

    (void)state;
    says(r, "nodes/0/id", "vcs_8c");
    says(r, "nodes/0/role", "C");
    says(r, "nodes/1/role", "E");
    says(r, "nodes/0/version", "X15.5");
    says(r, "nodes/0/as_of", "2026-03-24T11:54:00.000000Z");
    says(r, "nodes/0/addresses/0", "192.0.2.10");
    says(r, "nodes/0/eku_check", "on");
    says(r, "nodes/0/settings_changed/0/from", "Off");
    counts(r, "nodes/0/settings_changed/0/line", 9);
    assert_true(json_is_null(look(r, "nodes/0/stores/server")));
    says(r, "nodes/0/stores/client/file", "client_vcs_8c.pem");
    assert_true(json_is_false(look(r, "nodes/0/stores_identical")));
    says(r, "nodes/0/chains/0/status", "incomplete");
    says(r, "nodes/0/chains/0/missing", "CN = Example Root");
    assert_true(json_is_true(look(r, "nodes/0/zones/0/uc")));
    says(r, "nodes/0/zones/0/peers/0/node", "vcs_8e");
    counts(r, "nodes/0/zones/0/peers/0/port", 7001);
    assert_true(json_is_true(look(r, "nodes/0/zones/0/tls_verify")));
    says(r, "nodes/0/zones/0/subject_name", NULL);
    counts(r, "nodes/0/zones/0/findings/0", 0);
    says(r, "nodes/0/ssh_tunnels/0/reason", "Permission denied");
    says(r, "nodes/0/alarms/0/id", "35013");
    cs->nodes[0]->eku_check = XD_EKU_CHECK_UNKNOWN;
    cs->nodes[0]->stores_identical = XD_TRI_UNKNOWN;
    cs->nodes[1]->eku_check = XD_EKU_CHECK_NOT_AVAILABLE;
    cs->nodes[1]->version.text = NULL;
    cs->nodes[1]->as_of = XD_TIME_NONE;
    json_decref(r);
    r = load(cs, &options);
    says(r, "nodes/0/eku_check", NULL);
    assert_true(json_is_null(look(r, "nodes/0/stores_identical")));
    says(r, "nodes/1/eku_check", "not-available");
    says(r, "nodes/1/version", NULL);
    says(r, "nodes/1/as_of", NULL);
    json_decref(r);
    xd_case_free(cs);
}

#define LEAF_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define LEAF_E "0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e"

static void sorts_certificates_by_their_sums(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);
    json_t *certs = look(r, "certificates");
    void *first = json_object_iter(certs);

    (void)state;
    assert_int_equal(2, json_object_size(certs));
    assert_string_equal(LEAF_E, json_object_iter_key(first));
    assert_string_equal(LEAF_C, json_object_iter_key(json_object_iter_next(certs, first)));
    says(certs, LEAF_C "/serial", "0a1b2c");
    says(certs, LEAF_C "/not_after", "2027-01-02T23:59:59.000000Z");
    has(certs, LEAF_C "/eku", 1);
    says(certs, LEAF_E "/eku/1", "clientAuth");
    says(certs, LEAF_C "/key_usage/1", "keyEncipherment");
    says(certs, LEAF_C "/san/1", "192.0.2.10");
    says(certs, LEAF_C "/issuer_kind", "public");
    says(certs, LEAF_E "/issuer_kind_why", NULL);
    json_decref(r);
    cs->certs[0]->eku.present = false;
    r = load(cs, &options);
    assert_true(json_is_null(look(look(r, "certificates"), LEAF_C "/eku")));
    json_decref(r);
    xd_case_free(cs);
}

static void describes_only_certificates_that_something_names(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    uint8_t sha256[32] = {9};

    (void)state;
    assert_non_null(xd_case_cert(cs, xd_slice_of("a root nobody sent"), sha256));
    json_t *r = load(cs, &options);
    assert_int_equal(2, json_object_size(look(r, "certificates")));
    json_decref(r);
    xd_case_free(cs);
}

static void tells_conversations(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);

    (void)state;
    counts(r, "flows/0/id", 1);
    says(r, "flows/0/capture", "eth0_tcpdump00.pcap");
    counts(r, "flows/0/first_frame", 21);
    counts(r, "flows/0/last_frame", 30);
    says(r, "flows/0/start", "2026-03-24T11:55:20.911700Z");
    says(r, "flows/0/client/address", "192.0.2.10");
    counts(r, "flows/0/client/port", 25001);
    says(r, "flows/0/client/node", "vcs_8c");
    says(r, "flows/0/failure/kind", "alert");
    says(r, "flows/0/failure/by", "server");
    says(r, "flows/0/failure/alert", "unsupported_certificate");
    counts(r, "flows/0/failure/alert_code", 43);
    counts(r, "flows/0/failure/frame", 29);
    says(r, "flows/0/tls/version", "TLSv1.2");
    says(r, "flows/0/tls/alpn", NULL);
    assert_true(json_is_false(look(r, "flows/0/tls/resumed")));
    assert_true(json_is_true(look(r, "flows/0/tls/client_auth_requested")));
    assert_true(json_is_null(look(r, "flows/0/ssh")));
    says(r, "flows/0/presented/0/by", "client");
    says(r, "flows/0/presented/0/certificates/0", LEAF_C);
    says(r, "flows/0/presented/0/store", "client");
    says(r, "flows/0/presented/0/conclusion", "as-expected");
    assert_true(json_is_null(look(r, "flows/1/failure")));
    assert_true(json_is_null(look(r, "flows/1/tls")));
    says(r, "flows/1/ssh/server_banner", NULL);
    says(r, "flows/1/ssh/host_certificates/0", LEAF_E);
    says(r, "flows/1/presented/0/store", NULL);
    says(r, "flows/1/presented/0/expected_store", NULL);
    says(r, "flows/1/presented/0/conclusion", NULL);
    says(r, "flows/1/presented/0/store_node", NULL);
    says(r, "flows/1/inferred/0/basis", "packet-length");
    counts(r, "flows/1/inferred/0/length", 2354);
    assert_true(json_is_null(look(r, "flows/1/inferred/0/line")));
    counts(r, "flows/1/same_as/0", 1);
    json_decref(r);
    xd_case_free(cs);
}

static void tells_findings_and_verdicts(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);

    (void)state;
    says(r, "findings/0/id", "client-eku-missing");
    says(r, "findings/0/severity", "critical");
    says(r, "findings/0/confidence", "certain");
    says(r, "findings/0/node", "vcs_8c");
    says(r, "findings/0/verifier/node", "vcs_8e");
    says(r, "findings/0/verifier/address", "192.0.2.20");
    counts(r, "findings/0/flows/0", 1);
    says(r, "findings/0/masked/0", "certificate-expired");
    counts(r, "findings/0/evidence/0/frame", 29);
    assert_true(json_is_null(look(r, "findings/0/evidence/0/line")));
    assert_true(json_is_false(look(r, "findings/0/evidence/1/supports")));
    says(r, "findings/0/remedies/1/actor", "ca");
    says(r, "findings/0/remedies/1/node", NULL);
    says(r, "findings/0/references/0",
         "Navigate Client EKU Sunset with Expressway x15.5 (document 225693)");
    says(r, "checks/1/outcome", "ruled-out");
    says(r, "checks/2/outcome", "not-evaluated");
    has(r, "checks/2/missing", 1);
    says(r, "scenarios/0/also/0", "2.1");
    says(r, "scenario/condition", "2");
    says(r, "what_if/1/zone_result", "active");
    says(r, "what_if/1/ssh_result", "failed");
    cs->findings[0]->presenter.set = false;
    cs->scenario = NULL;
    json_decref(r);
    r = load(cs, &options);
    assert_true(json_is_null(look(r, "findings/0/presenter")));
    says(r, "scenario/condition", NULL);
    json_decref(r);
    xd_case_free(cs);
}

static void sums_and_time_of_writing_come_only_where_promised(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_FLOWS);
    json_t *r = load(cs, &options);

    (void)state;
    says(r, "inputs/0/sha256", NULL);
    assert_null(json_object_get(r, "generated_at"));
    json_decref(r);
    options.generated_at = 1;
    r = load(cs, &options);
    says(r, "generated_at", "1970-01-01T00:00:00.000001Z");
    json_decref(r);
    xd_case_free(cs);
}

static void an_empty_case_has_every_part(void **state)
{
    static const char *const arrays[] = {"inputs",    "nodes",    "other_certificates",
                                         "flows",     "findings", "checks",
                                         "scenarios", "what_if"};
    struct xd_case *cs = xd_case_new();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    json_t *r = load(cs, &options);

    (void)state;
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        assert_true(json_is_array(look(r, arrays[i])));
        has(r, arrays[i], 0);
    }
    assert_int_equal(0, json_object_size(look(r, "certificates")));
    json_decref(r);
    xd_case_free(cs);
}

/* U+202E turns text round, U+009B begins a control sequence, U+1F600 is harmless. */
static void escapes_what_would_act_on_a_terminal(void **state)
{
    static const char hostile[] =
        "a\x1b[2J\"\\ \xe2\x80\xae \xc2\x9b \xf3\xa0\x80\x81 \x7f\n"
        " \xf0\x9f\x98\x80";
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    cs->nodes[0]->id = hostile;
    cs->inputs[0].path = "bad \xff\xfe name";
    char *text = render_json(cs, &options);
    assert_non_null(strstr(text,
                           "\"a\\u001B[2J\\\"\\\\ \\u202e \\u009b \\udb40\\udc01 \\u007f"
                           "\\n \xf0\x9f\x98\x80\""));
    assert_null(strchr(text, 0x1b));
    assert_null(strchr(text, 0x7f));
    free(text);
    json_t *r = load(cs, &options);
    says(r, "nodes/0/id", hostile);
    says(r, "inputs/0/path", "bad \xef\xbf\xbd\xef\xbf\xbd name");
    json_decref(r);
    xd_case_free(cs);
}

static void two_runs_give_the_same_bytes(void **state)
{
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);
    struct xd_case *a = filled_case();
    struct xd_case *b = filled_case();
    char *first = render_json(a, &options);
    char *second = render_json(b, &options);

    (void)state;
    assert_string_equal(first, second);
    free(first);
    free(second);
    xd_case_free(a);
    xd_case_free(b);
}

#ifndef EXPDIAG_SANITIZED
static long peak_kib(void)
{
    struct rusage usage;

    assert_int_equal(0, getrusage(RUSAGE_SELF, &usage));
    return usage.ru_maxrss;
}

/* A tree of them all would take some ninety MiB. */
static void memory_does_not_grow_with_conversations(void **state)
{
    struct xd_case *cs = filled_case();
    struct xd_report_options options = filled_options(XD_REPORT_FLOWS);
    struct xd_err err = {0};

    (void)state;
    for (int i = 0; i < 10000; i++) {
        *XD_PUSH(cs->arena, cs, flows) = cs->flows[0];
    }
    FILE *sink = fopen("/dev/null", "w");
    assert_non_null(sink);
    long before = peak_kib();
    assert_int_equal(XD_OK, xd_report_json(cs, &options, fileno(sink), &err));
    assert_true(peak_kib() - before < 2048);
    (void)fclose(sink);
    xd_case_free(cs);
}
#endif

static void every_kind_of_a_file_is_read_again(void **state)
{
    struct xd_report_options options = filled_options(XD_REPORT_ANALYZE);

    (void)state;
    for (unsigned kind = 0; kind <= XD_ENTRY_OTHER; kind++) {
        struct xd_case *cs = filled_case();
        struct xd_report_loaded loaded = {0};
        struct xd_err err = {0};
        cs->entries[0]->kind = (enum xd_entry_kind)kind;
        char *text = render_json(cs, &options);

        if (xd_report_read(xd_slice_of(text), &loaded, &err) != XD_OK) {
            fail_msg("%s", err.text);
        }
        if (loaded.unknown != 0) {
            fail_msg("kind %u: %s is not known", kind, loaded.unknown_where);
        }
        assert_string_equal(xd_entry_kind_name((enum xd_entry_kind)kind),
                            xd_entry_kind_name(loaded.cs->entries[0]->kind));
        xd_case_free(loaded.cs);
        xd_case_free(cs);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifndef EXPDIAG_SANITIZED
        cmocka_unit_test(memory_does_not_grow_with_conversations),
#endif
        cmocka_unit_test(tells_tool_and_inputs),
        cmocka_unit_test(tells_the_verdict_as_the_text_does),
        cmocka_unit_test(tells_nodes),
        cmocka_unit_test(sorts_certificates_by_their_sums),
        cmocka_unit_test(describes_only_certificates_that_something_names),
        cmocka_unit_test(tells_conversations),
        cmocka_unit_test(tells_findings_and_verdicts),
        cmocka_unit_test(sums_and_time_of_writing_come_only_where_promised),
        cmocka_unit_test(an_empty_case_has_every_part),
        cmocka_unit_test(escapes_what_would_act_on_a_terminal),
        cmocka_unit_test(every_kind_of_a_file_is_read_again),
        cmocka_unit_test(two_runs_give_the_same_bytes),
    };

    return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}
