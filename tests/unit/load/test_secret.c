/*
 * test_secret.c - no spelling of a secret comes through, and harmless words do.
 */
#include "load_unit.h"

#include "expdiag/dump.h"

/* Each holds the secret "hunter2". */
static const char *const spellings[] = {
    "password=hunter2",
    "Password: hunter2",
    "passwd=\"hunter2\"",
    "pwd=hunter2",
    "pass=hunter2",
    "PWD=\"hunter2\"",
    "psk=hunter2",
    "password is hunter2",
    "password hunter2",
    "with password 'hunter2'",
    "Password\t=\thunter2",
    "password=\"a b hunter2 c\"",
    "password=a hunter2",
    "password=a,hunter2",
    "password=a;hunter2",
    "password=a\"hunter2\"",
    "{\\\"password\\\":\\\"hunter2\\\"}",
    "{\"password\":\"a\\\"hunter2\"}",
    "<password>hunter2</password>",
    "<Password item=\"1\">hunter2</Password>",
    "Authorization: Basic hunter2",
    "Authorization: Digest response=\"hunter2\"",
    "Proxy-Authorization: Basic hunter2",
    "{cipher}hunter2",
    "{CIPHER}hunter2",
    "https://u:hunter2@h.example/x",
    "sip:user:hunter2@h.example",
    "https://u:a/hunter2@h.example/x",
    "Bearer hunter2",
    "BEARER hunter2",
    "token hunter2",
    "X-Auth-Token: hunter2",
    "session=hunter2",
    "Set-Cookie: JSESSIONID=hunter2",
    "JSESSIONID=hunter2",
    "auth_key=hunter2",
    "key: hunter2",
    "privateKey=hunter2",
    "-----BEGIN RSA PRIVATE\040KEY----- hunter2",
    "community hunter2",
    "SNMP community string hunter2",
    "p%61ssword=hunter2",
    "passphrase:hunter2",
    "PIN hunter2",
    "pin=hunter2",
    "password (hunter2)",
    "password[hunter2]",
    "password -> hunter2",
    "password => hunter2",
    "password := hunter2",
    "password==hunter2",
    "Password for user admin: hunter2",
    "password changed to hunter2",
    "new password \"hunter2\"",
    "secret=hunter2",
    "client_secret=hunter2&x=1",
    "access_token=hunter2",
    "refresh_token\":\"hunter2\"",
    "nonce=\"a\", response=\"hunter2\"",
    "userPassword:: hunter2",
    "bindpw=hunter2",
    "bind_pw hunter2",
    "unicodePwd: hunter2",
    "Kennwort=hunter2",
    "credentials hunter2",
    "creds=hunter2",
    "hash=hunter2",
    "ntlm hunter2",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2",
    "login admin:hunter2@192.0.2.1",
    "\"api-key\": \"hunter2\"",
    "p\\u0061ssword=hunter2",
    "&#112;assword=hunter2",
    "Permission denied (publickey). password=hunter2",
    "Permission denied (publickey,password,hunter2)",
    "Incorrect password hunter2",
    "Incorrect password: hunter2",
    "password authentication hunter2",
};

/* "%s" is where a spelling stands. */
static const char *const records[] = {
    "tvcs: Event=\"Outbound TLS Negotiation Error\" Service=\"SIP\" Src-ip=\"192.0.2.16\" "
    "Src-port=\"25001\" Dst-ip=\"192.0.2.31\" Dst-port=\"7001\" Detail=\"sslv3 alert "
    "unsupported certificate %s\" Protocol=\"TLS\" Level=\"1\"",
    "ssh: Detail=\"_pfwd@e.example.com: Permission denied (publickey). %s\" "
    "Level=\"ERROR\" X=\"1\"",
    "management: Event=\"Alarm Raised\" Id=\"35013\" Detail=\"SSH tunnel failure %s\" "
    "X=\"1\"",
    "tvcs: Event=\"Authentication Failed\" Detail=\"x %s\" Src-ip=\"192.0.2.31\" "
    "Src-port=\"25001\"",
    "x: could not resolve host=foo %s a=\"1\"",
};

enum { SPELLINGS = sizeof(spellings) / sizeof(spellings[0]) };

static void expect_none(const char *text)
{
    if (text != NULL && strstr(text, "hunter") != NULL) {
        fail_msg("%s", text);
    }
}

static void write_around(char *out, size_t room, const char *format, const char *spelling)
{
    const char *at = strstr(format, "%s");

    assert_non_null(at);
    (void)snprintf(out, room, "2026-03-24T11:54:26.106+00:00 node %.*s%s%s\n",
                   (int)(at - format), format, spelling, at + 2);
}

static void hides_every_spelling_in_logs(void **state)
{
    char line[1024];

    (void)state;
    for (size_t i = 0; i < SPELLINGS * 5; i++) {
        write_around(line, sizeof(line), records[i % 5], spellings[i / 5]);
        struct xd_case *cs = load_text(XD_ENTRY_LOG, line);

        assert_int_equal(1, cs->n_events);
        const struct xd_log_event *e = cs->events[0];
        const char *const texts[] = {e->detail, e->name, e->from,    e->to,
                                     e->quote,  e->host, e->process, e->service};

        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            expect_none(texts[k]);
        }
        xd_case_free(cs);
    }
}

static void hides_every_spelling_in_dumps(void **state)
{
    char text[1024];

    (void)state;
    for (size_t i = 0; i < SPELLINGS; i++) {
        (void)snprintf(
            text, sizeof(text),
            "*s Tunnels:\n    Tunnel 1:\n      Reason: \"Permission denied %s\"\n"
            "*s/end\n",
            spellings[i]);
        struct xd_case *cs = load_text(XD_ENTRY_XSTAT_TXT, text);

        for (size_t k = 0; k < cs->dumps[0]->n_settings; k++) {
            expect_none(cs->dumps[0]->settings[k].value);
            expect_none(cs->dumps[0]->settings[k].path);
        }
        xd_case_free(cs);
    }
}

static void keeps_what_stands_in_front_and_the_facts_behind(void **state)
{
    struct xd_case *cs = load_text(
        XD_ENTRY_LOG, "2026-03-24T11:54:26.106+00:00 node tvcs: Event=\"Authentication "
                      "Failed\" Detail=\"x password=hunter2\" Src-ip=\"192.0.2.31\" "
                      "Src-port=\"25001\"\n");
    char text[XD_ENDPOINT_TEXT];

    (void)state;
    assert_string_equal("x password[hidden]", cs->events[0]->detail);
    assert_string_equal("2026-03-24T11:54:26.106+00:00 node tvcs: Event=\"Authentication "
                        "Failed\" Detail=\"x password[hidden]",
                        cs->events[0]->quote);
    assert_string_equal("192.0.2.31:25001",
                        xd_endpoint_format(&cs->events[0]->remote, text));
    xd_case_free(cs);
}

static void keeps_harmless_words(void **state)
{
    static const char *const texts[] = {
        "_pfwd@e.example.com: Permission denied (publickey,password).",
        "Permission denied (publickey,password,keyboard-interactive)",
        "bypassed, passed, passive, compass",
        "password authentication failed",
        "Incorrect password",
        "SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown",
        "SSL session ticket, session resumed",
        "session id context uninitialized",
        "Host key verification failed",
        "X509v3 Basic Constraints",
        "sip:alice@example.com;transport=tls",
        "https://e.example.com:8443/a%20b",
        "keying, monkeys, spinning, shopping, mapping=1",
        "the ca md too weak: sha256 hash",
        "ciphers EECDH:EDH:HIGH:!PSK:!eNULL:!aDH",
    };
    char line[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        (void)snprintf(line, sizeof(line),
                       "2026-03-24T11:54:26.106+00:00 node ssh: Detail=\"%s\" "
                       "Level=\"ERROR\"",
                       texts[i]);
        struct xd_case *cs = load_text(XD_ENTRY_LOG, line);

        assert_int_equal(1, cs->n_events);
        assert_string_equal(texts[i], cs->events[0]->detail);
        assert_string_equal(line, cs->events[0]->quote);
        xd_case_free(cs);
    }
}

static void keeps_the_rules_for_passwords_and_hides_passwords(void **state)
{
    static const struct {
        const char *line;
        const char *value; /* NULL: hidden */
    } rows[] = {
        {"*c xConfiguration Authentication StrictPassword Enabled: \"Off\"\n", "Off"},
        {"*c xConfiguration Authentication StrictPassword MinimumLength: 15\n", "15"},
        {"*c xConfiguration Authentication StrictPassword Sample: hunter2\n", NULL},
        {"*c xConfiguration Authentication Password: \"15\"\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xd_case *cs = load_text(XD_ENTRY_XCONF_TXT, rows[i].line);
        const struct xd_setting *s = &cs->dumps[0]->settings[0];

        assert_int_equal(rows[i].value == NULL, s->secret);
        if (rows[i].value != NULL) {
            assert_string_equal(rows[i].value, s->value);
        }
        xd_case_free(cs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hides_every_spelling_in_logs),
        cmocka_unit_test(hides_every_spelling_in_dumps),
        cmocka_unit_test(keeps_what_stands_in_front_and_the_facts_behind),
        cmocka_unit_test(keeps_harmless_words),
        cmocka_unit_test(keeps_the_rules_for_passwords_and_hides_passwords),
    };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
