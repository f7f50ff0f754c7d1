/*
 * test_log.c - what single records of a log are told apart as.
 */
#include "load_unit.h"

#include "expdiag/addr.h"

#define AT   "2026-03-24T11:54:26.106+00:00 exp-e1 "
#define UTC  " UTCTime=\"2026-03-24 11:54:26,106\""
#define TVCS AT "tvcs: UTCTime=\"2026-03-24 11:54:26,106\" "
#define PEERS \
    "Src-ip=\"192.0.2.10\" Src-port=\"25002\" Dst-ip=\"198.51.100.2\" Dst-port=\"7001\" "
#define CHANGED "Event=\"System Configuration Changed\" "

/* One record and the event that it is.  NULL: no such text. */
struct expected {
    const char *record;
    enum xd_log_kind kind;
    const char *local;
    const char *remote;
    enum xd_log_role role;
    const char *detail;
    const char *name;
    const char *from;
    const char *to;
    unsigned ssl_error;
    int alert;
};

#define NOBODY XD_LOG_ROLE_UNKNOWN
#define CLIENT XD_LOG_ROLE_CLIENT
#define SERVER XD_LOG_ROLE_SERVER

static const struct expected tls[] = {
    {AT "tvcs: Event=\"Inbound TLS Negotiation Error\" Service=\"SIP\" " PEERS
        "Detail=\"unsuitable certificate purpose\" Protocol=\"TLS\" Level=\"1\"" UTC,
     XD_LOG_TLS_ERROR, "198.51.100.2:7001", "192.0.2.10:25002", SERVER,
     "unsuitable certificate purpose", NULL, NULL, NULL, 0, -1},
    {AT "tvcs: Event=\" Outbound TLS Negotiation Error \" Service=\"SIP\" " PEERS
        "Detail=\" sslv3 alert unsupported certificate \" Protocol=\"TLS\" "
        "Common-name=\"expe.example.com\" Level=\"1\"" UTC,
     XD_LOG_TLS_ERROR, "192.0.2.10:25002", "198.51.100.2:7001", CLIENT,
     "sslv3 alert unsupported certificate", "expe.example.com", NULL, NULL, 0, 43},
    {AT
     "tvcs: Event=\"TLS Negotiation Error\" Service=\"SIP\" Local-ip=\"198.51.100.2\" "
     "Local-port=\"7001\" Src-ip=\"192.0.2.10\" Src-port=\"25002\" Reason=\"no certificate "
     "returned\" Level=\"1\"" UTC,
     XD_LOG_TLS_ERROR, "198.51.100.2:7001", "192.0.2.10:25002", SERVER,
     "no certificate returned", NULL, NULL, NULL, 0, -1},
    {TVCS
     "Module=\"developer.ssl\" Level=\"ERROR\" CodeLocation=\"ssl.cpp(68)\" "
     "Method=\"::TTSSLErrorOutput\" Thread=\"0x7f29\": TTSSL_continueHandshake: Failed to "
     "establish SSL connection iResult=\"-1\" error=\"1\" bServer=\"true\" "
     "localAddress=\"['IPv4''TCP''198.51.100.2:5062']\" "
     "remoteAddress=\"['IPv4''TCP''192.0.2.73:58531']\" "
     "ssl_error_reason=\"error:14089086:SSL "
     "routines:ssl3_get_client_certificate:certificate "
     "verify failed\"",
     XD_LOG_TLS_FAILED, "198.51.100.2:5062", "192.0.2.73:58531", SERVER,
     "certificate verify failed", NULL, NULL, NULL, 0x14089086, -1},
    {TVCS "Module=\"developer.ssl\" Level=\"ERROR\" Method=\"::TTSSLErrorOutput\": "
          "TTSSL_continueHandshake: Failed to establish SSL connection bServer=\"false\" "
          "localAddress=\"['IPv6''TCP''[2001:db8::5]:25001']\" "
          "remoteAddress=\"['IPv6''TCP''[2001:db8::7]:7001']\" "
          "ssl_error_reason=\"error:0A000413:SSL routines::sslv3 alert unsupported "
          "certificate\"",
     XD_LOG_TLS_FAILED, "[2001:db8::5]:25001", "[2001:db8::7]:7001", CLIENT,
     "sslv3 alert unsupported certificate", NULL, NULL, NULL, 0x0a000413, 43},
    {TVCS "Module=\"developer.ssl\" Level=\"DEBUG\" Method=\"::ttssl_continueHandshake\" "
          "Thread=\"0x7\":  Detail=\"Handshake Failed\" Reason=\"want error ssl\"",
     XD_LOG_TLS_FAILED, "", "", NOBODY, "want error ssl", NULL, NULL, NULL, 0, -1},
    {TVCS "Module=\"developer.ssl\" Level=\"DEBUG\" Method=\"::ttssl_continueHandshake\" "
          "Thread=\"0x7\":  Detail=\"Handshake succeeded\"",
     XD_LOG_TLS_SUCCEEDED, "", "", NOBODY, "Handshake succeeded", NULL, NULL, NULL, 0, -1},
    {TVCS
     "Module=\"developer.ssl\" Level=\"DEBUG\" Method=\"::TTSSL_retrieveCommonName\": "
     "Detail=\"Found common name in peer certificate\" CommonName=\"expc.example.com\"",
     XD_LOG_TLS_COMMON_NAME, "", "", NOBODY, "Found common name in peer certificate",
     "expc.example.com", NULL, NULL, 0, -1},
    {TVCS "Module=\"developer.ssl\" Level=\"DEBUG\" Method=\"::TTSSL_retrieveAltNames\": "
          "Detail=\"Found DNS alt-name in peer certificate\" AltName=\"expc.example.com\"",
     XD_LOG_TLS_ALT_NAME, "", "", NOBODY, "Found DNS alt-name in peer certificate",
     "expc.example.com", NULL, NULL, 0, -1},
    {TVCS "Module=\"network.tcp\" Level=\"ERROR\": " PEERS
          "Detail=\"TCP Connection Failed\"",
     XD_LOG_TCP_FAILED, "192.0.2.10:25002", "198.51.100.2:7001", CLIENT,
     "TCP Connection Failed", NULL, NULL, NULL, 0, -1},
    {TVCS "Module=\"network.tcp\" Level=\"DEBUG\": " PEERS
          "Detail=\"TCP Connection Closed\" Reason=\"tlsv1 alert unknown ca\"",
     XD_LOG_TCP_CLOSED, "192.0.2.10:25002", "198.51.100.2:7001", NOBODY,
     "tlsv1 alert unknown ca", NULL, NULL, NULL, 0, 48},
    {AT "traffic_server[18242]: [ET_NET 0] WARNING: Core server certificate verification "
        "failed "
        "for (cucm.example.com). Action=Terminate Error=self signed certificate "
        "server=cucm.example.com(192.0.2.36) depth=0",
     XD_LOG_TRAFFIC_SERVER, "", "192.0.2.36:0", CLIENT,
     "Core server certificate verification failed for (cucm.example.com). Action=Terminate "
     "Error=self signed certificate server=cucm.example.com(192.0.2.36) depth=0",
     "cucm.example.com", NULL, NULL, 0, -1},
    {AT "traffic_server[3916]: [ET_NET 2] WARNING: SNI (192.0.2.36) not in certificate. "
        "Action=Terminate server=192.0.2.36(192.0.2.36)",
     XD_LOG_TRAFFIC_SERVER, "", "192.0.2.36:0", CLIENT,
     "SNI (192.0.2.36) not in certificate. Action=Terminate server=192.0.2.36(192.0.2.36)",
     "192.0.2.36", NULL, NULL, 0, -1},
    {AT "traffic_server[2030]:[ET_NET 1]ERROR:SSL connection failed for 'cucm.example.com':"
        "error:14094418: SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca",
     XD_LOG_TRAFFIC_SERVER, "", "", CLIENT,
     "SSL connection failed for 'cucm.example.com':error:14094418: SSL "
     "routines:ssl3_read_bytes:tlsv1 alert unknown ca",
     "cucm.example.com", NULL, NULL, 0x14094418, 48},
    {AT "XCP_CM2[2]: UTCTime=\"2026-03-24 11:54:26,106\" ThreadID=\"1\" Level=\"WARN \" "
        "CodeLocation=\"cvsservice.cpp:601\" Detail=\"Certificate verification failed for "
        "host=192.0.2.77, additional info: Invalid Hostname\"",
     XD_LOG_XCP_TLS, "", "192.0.2.77:0", NOBODY,
     "Certificate verification failed for host=192.0.2.77, additional info: Invalid "
     "Hostname",
     "192.0.2.77", NULL, NULL, 0, -1},
    {AT "XCP_CM2[2]: Level=\"WARN \" CodeLocation=\"mio.c:1121\" Detail=\"Unable to "
        "connect to "
        "host '192.0.2.171', port 7400:(111) Connection refused\"" UTC,
     XD_LOG_XCP_TLS, "", "192.0.2.171:7400", CLIENT,
     "Unable to connect to host '192.0.2.171', port 7400:(111) Connection refused",
     "192.0.2.171", NULL, NULL, 0, -1},
};

static const struct expected ssh[] = {
    {AT "ssh: Detail=\"ssh: connect to host expe.example.com port 2222: Connection timed "
        "out\" "
        "Level=\"ERROR\"" UTC,
     XD_LOG_SSH, "", ":2222", CLIENT,
     "ssh: connect to host expe.example.com port 2222: Connection timed out",
     "expe.example.com", NULL, NULL, 0, -1},
    {AT
     "ssh[77]: Detail=\"ssh: connect to host 192.0.2.5 port 2222: Connection refused\"" UTC,
     XD_LOG_SSH, "", "192.0.2.5:2222", CLIENT,
     "ssh: connect to host 192.0.2.5 port 2222: Connection refused", "192.0.2.5", NULL,
     NULL, 0, -1},
    {AT "ssh: Detail=\"Permission denied (publickey).\" Level=\"ERROR\"" UTC, XD_LOG_SSH,
     "", "", CLIENT, "Permission denied (publickey).", NULL, NULL, NULL, 0, -1},
    {AT "ssh: Detail=\"_pfwd@expe.example.com: Permission denied (publickey).\"" UTC,
     XD_LOG_SSH, "", "", CLIENT, "_pfwd@expe.example.com: Permission denied (publickey).",
     "expe.example.com", NULL, NULL, 0, -1},
    {AT "ssh: Timeout, server 192.0.2.5 not responding.", XD_LOG_SSH, "", "192.0.2.5:0",
     CLIENT, "Timeout, server 192.0.2.5 not responding.", "192.0.2.5", NULL, NULL, 0, -1},
    {AT "ssh: Detail=\"Permission denied\n (publickey).\n\" Level=\"ERROR\"" UTC "\n",
     XD_LOG_SSH, "", "", CLIENT, "Permission denied\n (publickey).", NULL, NULL, NULL, 0,
     -1},
    {AT "ssh: Host key verification failed.", XD_LOG_SSH, "", "", CLIENT,
     "Host key verification failed.", NULL, NULL, NULL, 0, -1},
    {AT "sshd[123]: ssh_verify_cert: verify error, code=26, msg='unsuitable certificate "
        "purpose'",
     XD_LOG_SSH, "", "", SERVER,
     "ssh_verify_cert: verify error, code=26, msg='unsuitable certificate purpose'", NULL,
     NULL, NULL, 0, -1},
    {AT "sshd[123]: Failed publickey for _pfwd from 192.0.2.10 port 31000 ssh2", XD_LOG_SSH,
     "", "192.0.2.10:31000", SERVER,
     "Failed publickey for _pfwd from 192.0.2.10 port 31000 ssh2", NULL, NULL, NULL, 0, -1},
    {AT "portforwarding: Level=\"WARN\" Detail=\"Tunnel to expe.example.com failed\"" UTC,
     XD_LOG_SSH, "", "", NOBODY, "Tunnel to expe.example.com failed", NULL, NULL, NULL, 0,
     -1},
    {AT "ssh: Detail=\"ssh: Could not resolve hostname expe_1.example.com: Name or service "
        "not "
        "known\"" UTC,
     XD_LOG_RESOLVE_FAILED, "", "", NOBODY,
     "ssh: Could not resolve hostname expe_1.example.com: Name or service not known",
     "expe_1.example.com", NULL, NULL, 0, -1},
    {AT "tvcs:" UTC " Module=\"network.dns\" Level=\"ERROR\": Detail=\"Could not resolve "
        "hostname\" Name=\"far.example.net\"",
     XD_LOG_RESOLVE_FAILED, "", "", NOBODY, "Could not resolve hostname", "far.example.net",
     NULL, NULL, 0, -1},
    {AT "XCP_JABBERD[20026]: Level=\"WARN \" CodeLocation=\"cvsservice.cpp:409\" "
        "Detail=\"caught "
        "exception: exception in reverseDNSLookup: reverse DNS lookup failed for "
        "address=192.0.2.8\"" UTC,
     XD_LOG_RESOLVE_FAILED, "", "192.0.2.8:0", NOBODY,
     "caught exception: exception in reverseDNSLookup: reverse DNS lookup failed for "
     "address=192.0.2.8",
     "192.0.2.8", NULL, NULL, 0, -1},
};

static const struct expected others[] = {
    {AT "alarm: Level=\"WARN\" Event=\"Alarm Raised\" Id=\"25030\" UUID=\"0f96695e\" "
        "Severity=\"warning\" Detail=\"Reverse DNS lookup failed for 192.0.2.8\"" UTC,
     XD_LOG_ALARM_RAISED, "", "", NOBODY, "Reverse DNS lookup failed for 192.0.2.8",
     "25030", NULL, NULL, 0, -1},
    {AT "management: Level=\"WARN\" Event=\"Alarm Lowered\" Id=\"35013\"" UTC,
     XD_LOG_ALARM_LOWERED, "", "", NOBODY, "Alarm Lowered", "35013", NULL, NULL, 0, -1},
    {"2020-08-12T15:13:24.976-05:00 exp-c1 UTCTime=\"2020-08-12 20:13:24,975\" " CHANGED
     "Node=\"clusterdb@exp-c1\" PID=\"<0.345.0>\" Detail=\"xconfiguration "
     "clusterConfiguration "
     "tls_verify - changed from: Permissive to: Enforcing\"",
     XD_LOG_SETTING_CHANGED, "", "", NOBODY,
     "xconfiguration clusterConfiguration tls_verify - changed from: Permissive to: "
     "Enforcing",
     "clusterConfiguration tls_verify", "Permissive", "Enforcing", 0, -1},
    {AT "httpd[15060]: web: " CHANGED
        "Detail=\"configuration/cluster/tls_verify - changed from: "
        "'Permissive' to: 'Enforcing'\" Src-ip=\"192.0.2.30\" Src-port=\"53155\" "
        "User=\"admin\" Level=\"1\" UTCTime=\"2026-03-24 11:54:26\"",
     XD_LOG_SETTING_CHANGED, "", "", NOBODY,
     "configuration/cluster/tls_verify - changed from: 'Permissive' to: 'Enforcing'",
     "configuration/cluster/tls_verify", "Permissive", "Enforcing", 0, -1},
    {AT CHANGED
     "Detail=\"xconfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode - "
     "changed from: On to: Off\"" UTC,
     XD_LOG_SETTING_CHANGED, "", "", NOBODY,
     "xconfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode - changed from: On "
     "to: "
     "Off",
     "SIP TLS Certificate ExtendedKeyUsage Checking Mode", "On", "Off", 0, -1},
    {AT CHANGED
     "Detail=\"xconfiguration zoneConfiguration uuid 2d0 name - changed from: a to: \"" UTC,
     XD_LOG_SETTING_CHANGED, "", "", NOBODY,
     "xconfiguration zoneConfiguration uuid 2d0 name - changed from: a to:",
     "zoneConfiguration uuid 2d0 name", "a", "", 0, -1},
    {AT CHANGED "Detail=\"xconfiguration edgeCmsServerAddresses uuid cb7 name: "
                "join.example.com\"" UTC,
     XD_LOG_SETTING_CHANGED, "", "", NOBODY,
     "xconfiguration edgeCmsServerAddresses uuid cb7 name: join.example.com",
     "edgeCmsServerAddresses uuid cb7 name", NULL, "join.example.com", 0, -1},
    {AT "tvcs: Event=\"Authentication Failed\" Service=\"SIP\" Src-ip=\"192.0.2.10\" "
        "Src-port=\"25001\" Detail=\"Incorrect authentication credential for user\" "
        "Protocol=\"TLS\" Method=\"OPTIONS\" Level=\"1\"" UTC,
     XD_LOG_AUTH_FAILED, "", "192.0.2.10:25001", NOBODY,
     "Incorrect authentication credential for user", NULL, NULL, NULL, 0, -1},
    {AT
     "edgeconfigprovisioning: Level=\"INFO\" Detail=\"Failed to authenticate user against "
     "server\" Username=\"u\" Server=\"('https', 'x', 8443)\" Reason=\"<twisted...>\"" UTC,
     XD_LOG_AUTH_FAILED, "", "", NOBODY, "Failed to authenticate user against server", NULL,
     NULL, NULL, 0, -1},
    {AT "tvcs: Event=\"Application Start\" Detail=\"started\"" UTC, XD_LOG_RESTART, "", "",
     NOBODY, "started", NULL, NULL, NULL, 0, -1},
    {AT "web: Event=\"Restart Requested\" User=\"admin\"" UTC, XD_LOG_RESTART, "", "",
     NOBODY, "Restart Requested", NULL, NULL, NULL, 0, -1},
    {AT "web: Event=\"DEBUG_MARKER\" Detail=\"before the call\"" UTC, XD_LOG_MARKER, "", "",
     NOBODY, "before the call", NULL, NULL, NULL, 0, -1},
    {AT "web: DEBUG_MARKER: after it", XD_LOG_MARKER, "", "", NOBODY, "after it", NULL,
     NULL, NULL, 0, -1},
    {TVCS
     "Module=\"developer.zone.zonemgr\" Level=\"DEBUG\" "
     "Method=\"ZoneManager::getZoneByIdentities\":  Detail=\"getZoneByIdentities, match "
     "complete\" Identities=\"{CN: a, Alt-DNS: b}\" MatchMechanism=\"DNSZoneMatch\" "
     "MatchedZone=\"B2B zone\"",
     XD_LOG_ZONE_MATCH, "", "", NOBODY, "DNSZoneMatch", "B2B zone", NULL, NULL, 0, -1},
};

static void expect_text(const char *want, const char *got)
{
    if (want == NULL) {
        assert_null(got);
    } else {
        assert_non_null(got);
        assert_string_equal(want, got);
    }
}

static void expect_endpoint(const char *want, const struct xd_endpoint *got)
{
    char text[XD_ENDPOINT_TEXT];

    if (want[0] == '\0') {
        assert_int_equal(XD_ADDR_NONE, got->addr.family);
        assert_int_equal(0, got->port);
    } else if (want[0] == ':') {
        assert_int_equal(XD_ADDR_NONE, got->addr.family);
        assert_int_equal(strtol(want + 1, NULL, 10), got->port);
    } else {
        assert_string_equal(want, xd_endpoint_format(got, text));
    }
}

static void expect_events(const struct expected *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct xd_case *cs = load_text(XD_ENTRY_LOG, rows[i].record);

        if (cs->n_events != 1) {
            fail_msg("%zu events: %s", cs->n_events, rows[i].record);
        }
        const struct xd_log_event *e = cs->events[0];

        assert_int_equal(rows[i].kind, e->kind);
        assert_int_equal(1, e->place.line);
        assert_ptr_equal(cs->entries[0], e->place.entry);
        expect_endpoint(rows[i].local, &e->local);
        expect_endpoint(rows[i].remote, &e->remote);
        assert_int_equal(rows[i].role, e->role);
        expect_text(rows[i].detail, e->detail);
        expect_text(rows[i].name, e->name);
        expect_text(rows[i].from, e->from);
        expect_text(rows[i].to, e->to);
        assert_int_equal(rows[i].ssl_error, e->ssl_error);
        assert_int_equal(rows[i].alert, e->alert);
        assert_non_null(e->quote);
        xd_case_free(cs);
    }
}

static void tells_tls_records_apart(void **state)
{
    (void)state;
    expect_events(tls, sizeof(tls) / sizeof(tls[0]));
}

static void tells_tunnel_and_name_records_apart(void **state)
{
    (void)state;
    expect_events(ssh, sizeof(ssh) / sizeof(ssh[0]));
}

static void tells_alarms_settings_and_the_rest_apart(void **state)
{
    (void)state;
    expect_events(others, sizeof(others) / sizeof(others[0]));
}

static void passes_over_what_says_nothing(void **state)
{
    static const char *const records[] = {
        TVCS "Module=\"developer.ssl\" Method=\"::ttssl_continueHandshake\":  "
             "Detail=\"Handshake "
             "in progress\" Reason=\"want read/write\"",
        TVCS "Module=\"network.tcp\" Level=\"DEBUG\": " PEERS "Detail=\"TCP Connecting\"",
        TVCS "Module=\"network.tcp\" Level=\"DEBUG\": " PEERS
             "Detail=\"TCP Connection Closed\"",
        TVCS "Module=\"network.tcp\" Level=\"DEBUG\": " PEERS
             "Detail=\"TCP Connection Established\"",
        AT
        "tvcs: Event=\"Search Attempted\" Service=\"SIP\" Detail=\"searchtype:INVITE\"" UTC,
        AT "tvcs: Event=\"Registration Rejected\" Service=\"SIP\" Reason=\"ssh: \"" UTC,
        " " AT "tvcs: Event=\"Inbound TLS Negotiation Error\" Detail=\"in a body\"" UTC,
        "Event=\"Inbound TLS Negotiation Error\" Detail=\"without a time\"",
        TVCS "Module=\"network.sip\" Level=\"DEBUG\":  Action=\"Received\" "
             "Local-ip=\"192.0.2.1\"",
        AT "portforwarding: Level=\"DEBUG\" Detail=\"polling\"" UTC,
        AT "traffic_server[1]: [ET_NET 0] NOTE: loading SSL certificates",
        AT "traffic_server[1]: [ET_NET 2] WARNING: SNI (cucm.example.com) not in "
           "certificate. Action=Continue server=cucm.example.com(192.0.2.36)",
        AT,
        "2026-03-24T11:54:26.106+00:00",
        "2026-03-24T11:54:26.106+00:00 ",
        "",
        "\n\n",
        "\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct xd_case *cs = load_text(XD_ENTRY_LOG, records[i]);

        if (cs->n_events != 0) {
            fail_msg("an event: %s", records[i]);
        }
        xd_case_free(cs);
    }
}

/* OpenSSL 1.x and 3.x, codes and words (RFC 8446, 6.2). */
static const struct {
    const char *reason;
    unsigned code;
    int alert;
} reasons[] = {
    {"error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure",
     0x14094410, 40},
    {"error:14094413:SSL routines:ssl3_read_bytes:sslv3 alert unsupported certificate",
     0x14094413, 43},
    {"error:14094416:SSL routines:ssl3_read_bytes:sslv3 alert certificate unknown",
     0x14094416, 46},
    {"error:0A000418:SSL routines::tlsv1 alert unknown ca", 0x0a000418, 48},
    {"error:0A00045C:SSL routines::tlsv13 alert certificate required", 0x0a00045c, 116},
    {"error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
     0x1416f086, -1},
    {"error:0A000086:SSL routines::certificate verify failed", 0x0a000086, -1},
    {"error:02000418:system library::x", 0x02000418, -1},
    {"error:0A000418", 0x0a000418, 48},
    {"error:0A00418:SSL routines::short", 0, -1},
    {"sslv3 alert certificate unknown", 0, 46},
    {"sslv3 alert certificate expired", 0, 45},
    {"sslv3 alert certificate revoked", 0, 44},
    {"sslv3 alert bad certificate", 0, 42},
    {"tlsv1 alert protocol version", 0, 70},
    {"tlsv1 alert internal error", 0, 80},
    {"tlsv1 alert access denied", 0, 49},
    {"tlsv1 alert decrypt error", 0, 51},
    {"tlsv13 alert certificate required", 0, 116},
    {"ssl/tls alert unsupported certificate", 0, 43},
    {"ssl/tls alert handshake failure", 0, 40},
    {"tlsv1 alert bad certificate status response", 0, 113},
    {"tlsv1 alert unknown ca:s3_pkt.c:1493:SSL alert number 48", 0, 48},
    {"peer said alert number 43", 0, 43},
    {"alert alert unknown ca", 0, 48},
    {"self signed certificate in certificate chain", 0, -1},
    {"self-signed certificate in certificate chain", 0, -1},
    {"unsupported certificate purpose", 0, -1},
    {"no certificate returned", 0, -1},
    {"peer did not return a certificate", 0, -1},
    {"No SSL error available, probably remote disconnect", 0, -1},
};

static void decodes_alerts_from_codes_and_words(void **state)
{
    char record[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        (void)snprintf(record, sizeof(record),
                       AT "tvcs: Event=\"Inbound TLS Negotiation Error\" Detail=\"%s\"" UTC,
                       reasons[i].reason);
        struct xd_case *cs = load_text(XD_ENTRY_LOG, record);

        assert_int_equal(1, cs->n_events);
        if (cs->events[0]->alert != reasons[i].alert ||
            cs->events[0]->ssl_error != reasons[i].code) {
            fail_msg("alert %d, code %x: %s", cs->events[0]->alert,
                     cs->events[0]->ssl_error, reasons[i].reason);
        }
        xd_case_free(cs);
    }
}

/* 2026-03-24T11:54:26Z is 1774353266. */
static const struct {
    const char *prefix;
    const char *utc;
    xd_time time;
} times[] = {
    {"2026-03-24T11:54:26.106+00:00", "", 1774353266106000},
    {"2026-03-24T17:24:26+05:30", "", 1774353266000000},
    {"2026-03-24T11:54:26Z", "", 1774353266000000},
    {"2026-03-24T06:54:26.5-05:00", "", 1774353266500000},
    {"2026-03-24T17:24:29.000+05:30", " UTCTime=\"2026-03-24 11:54:26,92\"",
     1774353266092000},
    {"2026-03-24T17:24:29.000+05:30", " UTCTime=\"2026-03-24 11:54:26,7\"",
     1774353266007000},
    {"2026-03-24T17:24:29.000+05:30", " UTCTime=\"2026-03-24 11:54:26,107\"",
     1774353266107000},
    {"2026-03-24T17:24:29.000+05:30", " UTCTime=\"2026-03-24 11:54:26\"", 1774353266000000},
    {"2026-03-24T17:24:26.000+05:30", " UTCTime=\"yesterday\"", 1774353266000000},
    {"2026-03-24T17:24:26.000+05:30", " UTCTime=\"2026-13-24 11:54:26,1\"",
     1774353266000000},
};

static void reads_both_forms_of_time(void **state)
{
    char record[512];

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        for (int first = 0; first < 2; first++) {
            (void)snprintf(
                record, sizeof(record),
                "%s exp-e1 tvcs:%s Event=\"Authentication Failed\" Detail=\"x\"%s",
                times[i].prefix, first ? times[i].utc : "", first ? "" : times[i].utc);
            struct xd_case *cs = load_text(XD_ENTRY_LOG, record);

            assert_int_equal(1, cs->n_events);
            assert_int_equal(times[i].time, cs->events[0]->place.time);
            assert_int_equal(times[i].time, cs->events[0]->last);
            assert_int_equal(times[i].time, cs->logs[0].first);
            assert_int_equal(times[i].time, cs->logs[0].last);
            xd_case_free(cs);
        }
    }
}

static const struct {
    const char *front;
    const char *host;
    const char *process;
} fronts[] = {
    {"exp-e1 tvcs: ", "exp-e1", "tvcs"},
    {"exp-e1 httpd[15060]: web: ", "exp-e1", "httpd"},
    {"exp-e1 ", "exp-e1", NULL},
    {"\talarm: ", NULL, "alarm"},
    {"localhost supervisor:  ", "localhost", "supervisor"},
    {"", NULL, NULL},
};

static void reads_lines_without_host_or_process(void **state)
{
    char record[512];

    (void)state;
    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
        (void)snprintf(
            record, sizeof(record),
            "2026-03-24T11:54:26.106+00:00%s%sEvent=\"Alarm Raised\" Id=\"35013\"",
            fronts[i].front[0] == '\t' ? "" : " ", fronts[i].front);
        struct xd_case *cs = load_text(XD_ENTRY_LOG, record);

        assert_int_equal(1, cs->n_events);
        expect_text(fronts[i].host, cs->events[0]->host);
        expect_text(fronts[i].process, cs->events[0]->process);
        expect_text("35013", cs->events[0]->name);
        xd_case_free(cs);
    }
}

static const char *const leaks[] = {
    AT "web: " CHANGED
       "Detail=\"xconfiguration Zones Zone 1 TraversalClient Authentication Password "
       "- changed from: hunter2 to: hunter3\"" UTC,
    AT "web: " CHANGED
       "Detail=\"configuration/zones/1/password - changed from: 'hunter2' to: "
       "'hunter3'\"" UTC,
    AT "web: " CHANGED "Detail=\"xconfiguration SNMP CommunityName: hunter2\"" UTC,
    AT "web: " CHANGED
       "Detail=\"xconfiguration Login Password: \"hunter2 x hunter3\"\"" UTC,
    AT "web: " CHANGED "Detail=\"xconfiguration A B - changed from: {cipher}hunter2 to: "
       "{cipher}hunter3\"" UTC,
    AT
    "edge: Detail=\"Failed to authenticate user against server\" Password=\"hunter2\"" UTC,
    AT "ssh: Detail=\"password=hunter2 token: hunter3 failed\"" UTC,
    AT "ssh: Detail=\"GET https://user:hunter2@host.example.com/ failed\"" UTC,
    AT "ssh: Authorization: Basic hunter2 hunter3",
    AT "ssh: Bearer hunter2",
    AT "ssh: {\"secret\": \"hunter2\", \"a\": 1}",
    AT "ssh: -----BEGIN PRIVATE"
       " KEY----- hunter2",
};

static void lets_no_secret_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
        struct xd_case *cs = load_text(XD_ENTRY_LOG, leaks[i]);

        assert_int_equal(1, cs->n_events);
        const struct xd_log_event *e = cs->events[0];
        const char *const texts[] = {e->detail, e->name,  e->from,
                                     e->to,     e->quote, e->service};

        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            if (texts[k] != NULL && strstr(texts[k], "hunter") != NULL) {
                fail_msg("%s", texts[k]);
            }
        }
        xd_case_free(cs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_tls_records_apart),
        cmocka_unit_test(tells_tunnel_and_name_records_apart),
        cmocka_unit_test(tells_alarms_settings_and_the_rest_apart),
        cmocka_unit_test(passes_over_what_says_nothing),
        cmocka_unit_test(decodes_alerts_from_codes_and_words),
        cmocka_unit_test(reads_both_forms_of_time),
        cmocka_unit_test(reads_lines_without_host_or_process),
        cmocka_unit_test(lets_no_secret_out),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
