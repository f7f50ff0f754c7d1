/*
 * test_mutations.c - every loader over mutated inputs, from a fixed seed: whatever
 * comes in, it ends, stays inside its bytes, gives valid text and leaks no secret.
 */
#include "load_unit.h"

enum { ROUNDS = 1500 };

static const char pem[] =
    "junk\n-----BEGIN CERTIFICATE-----\n"
    "MIGOMHIEcEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n"
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\n"
    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUEwBQYDKgMEAxEAQUFBQUFBQUFBQUFBQUFB\n"
    "QQ==\n-----END CERTIFICATE-----\n"
    "-----BEGIN PKCS7-----\nMA0GCSqGSIb3DQEHAqAA\n-----END PKCS7-----\n";

static const char xconf[] =
    "*c xConfiguration Zones Zone 1 Name: \"UC\"\n"
    "*c xConfiguration Zones Zone 1 TraversalClient Authentication Password: \"hunter2\"\n"
    "*c xConfiguration A B: \"two\nlines\"\nxconfiguration C D: 1\r\nOK\n";

static const char xstat[] =
    "*s Zones: /\n  Zone 1: /\n    Name: \"UC\"\n    TraversalClient: /\n      Peer 1: /\n"
    "        SIP: Status: Failed Address: \"192.0.2.1\" Port: 7001   H323: Status: Off\n"
    "*s/end\n*s Tunnels:\nTunnel 1:\nTarget: \"e\"\nStatus: Active\n*s/end\nOK\n";

static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Status xmlns=\"urn:a\">\n"
    "<Zones item=\"1\"><Zone item=\"2\"><Name item=\"1\">U&amp;C</Name></Zone></Zones>\n"
    "<x:A xmlns:x=\"urn:b\"><![CDATA[<>]]></x:A><!-- c --><Password>hunter2</Password>\n"
    "</Status>\n";

static const char logtext[] =
    "2026-03-24T11:54:26.106+00:00 exp-e1 tvcs: Event=\"Inbound TLS Negotiation Error\" "
    "Src-ip=\"192.0.2.10\" Src-port=\"25002\" Dst-ip=\"198.51.100.2\" Dst-port=\"7001\" "
    "Detail=\"error:0A000413:SSL routines::sslv3 alert unsupported certificate\" "
    "UTCTime=\"2026-03-24 11:54:26,92\"\n body\n"
    "2026-03-24T11:54:27.106+00:00 exp-e1 traffic_server[1]: [ET_NET 2] WARNING: SNI (a) "
    "not in "
    "certificate. server=a(192.0.2.3)\n"
    "2026-03-24T11:54:27.106+00:00 exp-e1 web: Event=\"System Configuration Changed\" "
    "Detail=\"xconfiguration A - changed from: 'B' to: 'C'\"\n"
    "2026-03-24T11:54:28.106+00:00 exp-c1 ssh: Detail=\"ssh: connect to host a port 2222: "
    "x\"\n";

static const struct {
    enum xd_entry_kind kind;
    const char *text;
    size_t len;
} seeds[] = {
    {XD_ENTRY_CA_PEM, pem, sizeof(pem) - 1},
    {XD_ENTRY_XCONF_TXT, xconf, sizeof(xconf) - 1},
    {XD_ENTRY_XSTAT_TXT, xstat, sizeof(xstat) - 1},
    {XD_ENTRY_XSTAT_XML, xml, sizeof(xml) - 1},
    {XD_ENTRY_LOG, logtext, sizeof(logtext) - 1},
};

/* xorshift32 */
static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* A byte changed, a piece cut out, or a piece said twice; n stays below cap. */
static size_t mutate(char *text, size_t n, size_t cap, uint32_t *seed)
{
    size_t at = next(seed) % n;
    size_t len = next(seed) % 24;

    len = len < n - at ? len : n - at;
    switch (next(seed) % 4) {
    case 0:
        text[at] = (char)next(seed);
        return n;
    case 1:
        text[at] = "\n\r\" :=<>-/*\0"[next(seed) % 12];
        return n;
    case 2:
        memmove(text + at, text + at + len, n - at - len);
        return n - len;
    default:
        if (n + len >= cap) {
            return n;
        }
        memmove(text + at + len, text + at, n - at);
        return n + len;
    }
}

/* Well-formed UTF-8, as far as lead and tail bytes go. */
static void expect_utf8(const char *text)
{
    int tails = 0;

    for (; text != NULL && *text != '\0'; text++) {
        uint8_t c = (uint8_t)*text;
        bool tail = (c & 0xc0) == 0x80;

        assert_true(tail == (tails > 0));
        if (tail) {
            tails--;
        } else if (c >= 0x80) {
            tails = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        }
    }
    assert_int_equal(0, tails);
}

static void expect_sane(const struct xd_case *cs)
{
    for (size_t i = 0; i < cs->n_dumps; i++) {
        for (size_t k = 0; k < cs->dumps[i]->n_settings; k++) {
            const struct xd_setting *s = &cs->dumps[i]->settings[k];

            expect_utf8(s->path);
            expect_utf8(s->value);
            assert_true(s->path[0] != '\0');
            assert_true(s->secret == (s->value == NULL));
        }
    }
    for (size_t i = 0; i < cs->n_events; i++) {
        expect_utf8(cs->events[i]->quote);
        expect_utf8(cs->events[i]->detail);
        expect_utf8(cs->events[i]->name);
        assert_true(cs->events[i]->count > 0);
        assert_true(cs->events[i]->place.line > 0);
    }
    assert_int_equal(1, cs->n_pems + cs->n_dumps + cs->n_logs);
}

/* What a run gave, so that two runs can be compared. */
static size_t weigh(const struct xd_case *cs)
{
    size_t w = cs->n_certs + 31 * cs->n_events + (cs->n_pems > 0 ? cs->pems[0].n_certs : 0);

    for (size_t i = 0; cs->n_dumps > 0 && i < cs->dumps[0]->n_settings; i++) {
        const struct xd_setting *s = &cs->dumps[0]->settings[i];

        w = w * 31 + strlen(s->path) + (s->value != NULL ? strlen(s->value) : 7) + s->line;
    }
    return w;
}

static void survives_mutations_alike_in_any_blocks(void **state)
{
    static char text[2048];

    (void)state;
    for (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++) {
        uint32_t seed = 20260324;

        for (int round = 0; round < ROUNDS; round++) {
            size_t n = seeds[s].len;

            memcpy(text, seeds[s].text, n);
            for (uint32_t k = next(&seed) % 5 + 1; k > 0 && n > 1; k--) {
                n = mutate(text, n, sizeof(text), &seed);
            }
            struct xd_case *one = load_bytes(seeds[s].kind, text, n, WHOLE_BLOCK);
            struct xd_case *two = load_bytes(seeds[s].kind, text, n, next(&seed) % 9 + 1);

            expect_sane(one);
            expect_sane(two);
            if (seeds[s].kind != XD_ENTRY_XSTAT_XML || entry_of(one)->detail == NULL) {
                assert_int_equal(weigh(one), weigh(two));
            }
            xd_case_free(one);
            xd_case_free(two);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_mutations_alike_in_any_blocks),
    };

    return cmocka_run_group_tests_name("mutations", tests, NULL, NULL);
}
