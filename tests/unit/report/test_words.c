/*
 * test_words.c - every value of every enumeration, as the JSON report spells it, and
 * that the text report has words for it.
 */
#include "render.h"

#include <stdio.h>

#include "expdiag/node.h"

static struct xd_case *cs;
static struct xd_report_options options;

/* The report says "key": value; NULL is null. */
static void spells(const char *key, const char *value)
{
    char wanted[120];
    char *text = render_json(cs, &options);

    if (value == NULL) {
        (void)snprintf(wanted, sizeof(wanted), "\"%s\": null", key);
    } else {
        (void)snprintf(wanted, sizeof(wanted), "\"%s\": \"%s\"", key, value);
    }
    if (strstr(text, wanted) == NULL) {
        fail_msg("the report does not say %s", wanted);
    }
    free(text);
    free(render_text(cs, &options));
}

static void spells_every_service(void **state)
{
    static const char *const names[] = {
        "other",      "sip-tls",     "traversal",   "traversal-test",
        "ssh-tunnel", "xmpp-router", "xmpp-client", "xmpp-federation",
        "uds",        "tftp",        "cluster",     "https",
        "ldap",       "smtp",        "syslog",      "ssh-admin"};

    (void)state;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cs->flows[0]->service = (enum xd_service)i;
        cs->flows[1]->service = (enum xd_service)i;
        spells("service", names[i]);
    }
}

static void spells_every_failure(void **state)
{
    static const char *const kinds[] = {"alert",   "encrypted-alert", "reset",
                                        "closed",  "refused",         "unanswered",
                                        "ssh-kex", "ssh-auth",        "ssh-host-key"};
    static const char *const phases[] = {"connect", "handshake", "after-handshake"};
    static const char *const by[] = {NULL, "client", "server", "path"};

    (void)state;
    struct xd_failure *x = &cs->flows[0]->failure;
    for (unsigned i = 0; i < 9; i++) {
        x->kind = (enum xd_failure_kind)(i + 1);
        spells("kind", kinds[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        x->phase = (enum xd_phase)i;
        spells("phase", phases[i]);
    }
    cs->flows[0]->n_presented = 0; /* their "by" would answer too */
    for (unsigned i = 0; i < 4; i++) {
        x->by = (enum xd_by)i;
        spells("by", by[i]);
    }
    x->alert_code = 200; /* a number without a name */
    spells("alert", NULL);
}

static void spells_every_outcome_and_protocol(void **state)
{
    static const char *const outcomes[] = {"incomplete", "established", "failed"};
    static const char *const protocols[] = {"tcp", "tls", "ssh"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        cs->flows[0]->outcome = (enum xd_outcome)i;
        cs->flows[1]->outcome = (enum xd_outcome)i;
        spells("outcome", outcomes[i]);
        cs->flows[0]->protocol = (enum xd_protocol)i;
        cs->flows[1]->protocol = (enum xd_protocol)i;
        spells("protocol", protocols[i]);
    }
}

static void spells_every_store_and_conclusion(void **state)
{
    static const char *const stores[] = {NULL,     "unknown", "server",
                                         "client", "both",    "none"};
    static const char *const conclusions[] = {
        NULL,          "as-expected",   "stores-identical",
        "other-store", "not-in-bundle", "domain-certificate",
        "empty",       "unknown"};
    static const char *const bases[] = {"record-length", "packet-length",
                                        "log-common-name"};

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        cs->flows[0]->presented[0].store = (enum xd_store_kind)i;
        cs->flows[1]->presented[0].store = (enum xd_store_kind)i;
        spells("store", stores[i]);
    }
    for (unsigned i = 0; i < 8; i++) {
        cs->flows[0]->presented[0].conclusion = (enum xd_conclusion)i;
        spells("conclusion", conclusions[i]);
    }
    cs->flows[1]->inferred[0].store = XD_STORE_AMBIGUOUS;
    spells("store", "ambiguous");
    for (unsigned i = 0; i < 3; i++) {
        cs->flows[1]->inferred[0].basis = (enum xd_basis)i;
        spells("basis", bases[i]);
    }
}

static void spells_versions_and_suites_without_a_name_as_numbers(void **state)
{
    (void)state;
    struct xd_tls_facts *t = cs->flows[0]->tls;
    t->version = 0x7f1c;
    t->cipher = 0xfffe;
    spells("version", "0x7f1c");
    spells("cipher", "0xfffe");
    t->version = 0;
    t->cipher = 0;
    spells("version", NULL);
    spells("cipher", NULL);
    t->resumed = -1;
    t->client_auth_requested = -1;
    spells("resumed", NULL);
    spells("client_auth_requested", NULL);
}

static void spells_what_stands_in_nodes_and_entries(void **state)
{
    static const char *const roles[] = {"unknown", "C", "E"};
    static const char *const checks[] = {NULL, "on", "off", "not-available"};
    static const char *const chains[] = {"complete", "incomplete", "untrusted"};
    static const char *const kinds[] = {
        "server-pem", "client-pem", "ca-pem",    "pcap",  "log",  "xconf-txt",
        "xconf-xml",  "xstat-txt",  "xstat-xml", "other", "other"};
    static const char *const statuses[] = {"read", "truncated", "damaged", "skipped"};
    static const char *const inputs[] = {"archive", "folder", "file"};
    static const char *const issuers[] = {"unknown", "public", "private", "self-signed"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        cs->nodes[0]->role = (enum xd_node_role)i;
        spells("role", roles[i]);
        cs->nodes[0]->chains[0].status = (enum xd_chain_status)i;
        spells("status", chains[i]);
        cs->inputs[0].kind = (enum xd_input_kind)i;
        spells("kind", inputs[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        cs->nodes[0]->eku_check = (enum xd_eku_check)i;
        spells("eku_check", checks[i]);
        cs->entries[0]->status = (enum xd_entry_status)i;
        spells("status", statuses[i]);
        cs->certs[0]->issuer_kind = (enum xd_issuer_kind)i;
        spells("issuer_kind", issuers[i]);
    }
    for (unsigned i = 0; i < 11; i++) {
        cs->entries[0]->kind = (enum xd_entry_kind)i;
        spells("kind", kinds[i]);
    }
}

static void spells_what_stands_in_findings(void **state)
{
    static const char *const severities[] = {"info", "warning", "error", "critical"};
    static const char *const confidences[] = {"possible", "probable", "certain"};
    static const char *const actors[] = {"customer", "ca", "far-end", "network"};
    static const char *const outcomes[] = {"found", "ruled-out", "not-evaluated"};
    static const char *const predictions[] = {"unknown", "active", "failed"};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        cs->findings[0]->severity = (enum xd_severity)i;
        spells("severity", severities[i]);
        cs->findings[0]->remedies[0].actor = (enum xd_actor)i;
        spells("actor", actors[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        cs->findings[0]->confidence = (enum xd_confidence)i;
        spells("confidence", confidences[i]);
        cs->checks[0].outcome = (enum xd_check_outcome)i;
        spells("outcome", outcomes[i]);
        cs->what_if[0].zone = (enum xd_prediction)i;
        spells("zone_result", predictions[i]);
    }
    for (unsigned i = 0; i < XD_FINDING_COUNT; i++) {
        cs->findings[0]->id = (enum xd_finding_id)i;
        spells("id", xd_finding_info((enum xd_finding_id)i)->name);
    }
}

static int set_up(void **state)
{
    (void)state;
    cs = filled_case();
    options = filled_options(XD_REPORT_ANALYZE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    xd_case_free(cs);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(spells_every_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spells_every_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spells_every_outcome_and_protocol, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(spells_every_store_and_conclusion, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            spells_versions_and_suites_without_a_name_as_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(spells_what_stands_in_nodes_and_entries, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(spells_what_stands_in_findings, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("report_words", tests, NULL, NULL);
}
