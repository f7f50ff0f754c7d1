/*
 * fx_log.c - the diagnostic log of a node: records, TLS connections, everyday noise.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fx_node.h"

/* The UTCTime pair; its milliseconds are not padded. */
static void put_utc(struct xd_fx_bytes *out, int64_t at)
{
    struct tm tm = xd_fx_parts(at);
    char text[40];

    (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    xd_fx_printf(out, "UTCTime=\"%s,%d\"", text, (int)(at / 1000 % 1000));
}

static void put_prefix(struct xd_fx_bytes *out, const struct xd_fx_node *n, int64_t at)
{
    struct tm tm = xd_fx_parts(at + (int64_t)n->zone_minutes * 60000000);
    char text[40];

    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    xd_fx_printf(out, "%s.%03d%c%02d:%02d %s ", text, (int)(at / 1000 % 1000),
                 n->zone_minutes < 0 ? '-' : '+', abs(n->zone_minutes) / 60,
                 abs(n->zone_minutes) % 60, n->host);
}

void xd_fx_log(struct xd_fx_node *n, int64_t at, const char *tag, const char *body, ...)
{
    struct xd_fx_bytes line = {0};
    va_list args;
    char *text = NULL;
    int64_t shown = at + n->capture.clock;

    va_start(args, body);
    if (vasprintf(&text, body, args) < 0) {
        xd_fx_die("out of memory");
    }
    va_end(args);
    put_prefix(&line, n, shown);
    xd_fx_printf(&line, "%s%s", tag, tag[0] != '\0' ? " " : "");
    char *mark = strstr(text, "@UTC");
    if (mark != NULL) {
        xd_fx_put(&line, text, (size_t)(mark - text));
        put_utc(&line, shown);
        xd_fx_printf(&line, "%s", mark + 4);
    } else {
        xd_fx_printf(&line, "%s", text);
    }
    free(text);
    xd_fx_put(&line, "\n", 2);
    n->log = realloc(n->log, (n->n_log + 1) * sizeof *n->log);
    if (n->log == NULL) {
        xd_fx_die("out of memory");
    }
    n->log[n->n_log] = (struct xd_fx_log_line){shown, n->n_log, (char *)line.p};
    n->n_log++;
}

static int compare_lines(const void *a, const void *b)
{
    const struct xd_fx_log_line *x = a;
    const struct xd_fx_log_line *y = b;

    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

void xd_fx_log_write(struct xd_fx_node *n, struct xd_fx_bytes *out)
{
    qsort(n->log, n->n_log, sizeof *n->log, compare_lines);
    for (size_t i = 0; i < n->n_log; i++) {
        xd_fx_put(out, n->log[i].text, strlen(n->log[i].text));
    }
}

static void log_tcp(struct xd_fx_node *n, const struct xd_fx_tls_record *r, int64_t at,
                    const char *level, const char *detail)
{
    const struct xd_fx_end *from = r->local_client ? &r->local : &r->remote;
    const struct xd_fx_end *to = r->local_client ? &r->remote : &r->local;

    xd_fx_log(n, at, "tvcs:",
              "@UTC Module=\"network.tcp\" Level=\"%s\":  Src-ip=\"%s\" Src-port=\"%u\" "
              "Dst-ip=\"%s\" Dst-port=\"%u\" Detail=\"%s\"",
              level, from->ip, from->port, to->ip, to->port, detail);
}

static void log_ssl(struct xd_fx_node *n, int64_t at, const char *level, const char *method,
                    const char *text)
{
    xd_fx_log(n, at, "tvcs:",
              "@UTC Module=\"developer.ssl\" Level=\"%s\" "
              "CodeLocation=\"ppcmains/ssl/ttssl/ttssl_openssl.cpp(1733)\" Method=\"::%s\" "
              "Thread=\"0x7f2c6aa2d700\":  %s",
              level, method, text);
}

static void log_names(struct xd_fx_node *n, const struct xd_fx_tls_record *r, int64_t at)
{
    char text[200];
    char *copy = strdup(r->peer_alt != NULL ? r->peer_alt : "");
    char *rest = NULL;

    (void)snprintf(text, sizeof text,
                   "Detail=\"Found common name in peer certificate\" CommonName=\"%s\"",
                   r->peer_cn);
    log_ssl(n, at, "DEBUG", "TTSSL_retrieveCommonName", text);
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        (void)snprintf(text, sizeof text,
                       "Detail=\"Found DNS alt-name in peer certificate\" AltName=\"%s\"",
                       name);
        log_ssl(n, at, "DEBUG", "TTSSL_retrieveAltNames", text);
    }
    free(copy);
}

static void log_failure(struct xd_fx_node *n, const struct xd_fx_tls_record *r, int64_t at)
{
    char text[600];
    char common[160] = "";

    (void)snprintf(text, sizeof text,
                   "TTSSL_continueHandshake: Failed to establish SSL connection "
                   "iResult=\"-1\" error=\"1\" bServer=\"%s\" "
                   "localAddress=\"['IPv4''TCP''%s:%u']\" "
                   "remoteAddress=\"['IPv4''TCP''%s:%u']\" ssl_error_reason=\"%s\"",
                   r->local_client ? "false" : "true", r->local.ip, r->local.port,
                   r->remote.ip, r->remote.port, r->ssl_error);
    log_ssl(n, at, "ERROR", "TTSSLErrorOutput", text);
    log_ssl(n, at, "WARN", "ttssl_continueHandshake",
            "Detail=\"Handshake Failed\" Reason=\"want error ssl\"");
    if (r->expected != NULL) {
        (void)snprintf(common, sizeof common, " Common-name=\"%s\"", r->expected);
    }
    const struct xd_fx_end *from = r->local_client ? &r->local : &r->remote;
    const struct xd_fx_end *to = r->local_client ? &r->remote : &r->local;

    xd_fx_log(n, at + 1000, "tvcs:",
              "Event=\"%s TLS Negotiation Error\" Service=\"SIP\" Src-ip=\"%s\" "
              "Src-port=\"%u\" Dst-ip=\"%s\" Dst-port=\"%u\" Detail=\"%s\" "
              "Protocol=\"TLS\"%s Level=\"1\" @UTC",
              r->local_client ? "Outbound" : "Inbound", from->ip, from->port, to->ip,
              to->port, r->failure, common);
    xd_fx_log(n, at + 2000, "tvcs:",
              "@UTC Module=\"network.tcp\" Level=\"DEBUG\":  Src-ip=\"%s\" Src-port=\"%u\" "
              "Dst-ip=\"%s\" Dst-port=\"%u\" Detail=\"TCP Connection Closed\" "
              "Reason=\"Got EOF on socket\"",
              from->ip, from->port, to->ip, to->port);
}

void xd_fx_log_tls(struct xd_fx_node *n, const struct xd_fx_tls_record *r)
{
    if (r->local_client) {
        log_tcp(n, r, r->at, "DEBUG", "TCP Connecting");
    }
    log_tcp(n, r, r->at + 1000, "DEBUG", "TCP Connection Established");
    log_ssl(n, r->at + 2000, "DEBUG", "ttssl_continueHandshake",
            "Detail=\"Handshake in progress\" Reason=\"want read/write\"");
    if (r->peer_cn != NULL) {
        log_names(n, r, r->at + r->took - 1000);
    }
    if (r->failure != NULL) {
        log_failure(n, r, r->at + r->took);
        return;
    }
    log_ssl(n, r->at + r->took, "DEBUG", "ttssl_continueHandshake",
            "Detail=\"Handshake succeeded\"");
}

/* A SIP message as the network log prints it: a record and its continuation. */
static void log_message(struct xd_fx_node *n, int64_t at, struct xd_fx_dice *d,
                        bool received)
{
    static const char *const methods[] = {"OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY"};
    const char *method = methods[xd_fx_roll(d, 4)];
    unsigned user = 7000 + xd_fx_roll(d, 40);
    unsigned port = 40000 + xd_fx_roll(d, 200);
    unsigned long long id = xd_fx_roll(d, 0xffffffff) * 4294967291ULL;
    /* One by one: the order in which arguments are evaluated is the compiler's. */
    unsigned branch = xd_fx_roll(d, 0xffffffff);
    unsigned number = 100 + xd_fx_roll(d, 90);
    unsigned tag = xd_fx_roll(d, 0xffffffff);
    unsigned expires = 60 * (1 + xd_fx_roll(d, 60));

    xd_fx_log(n, at, "tvcs:",
              "@UTC Module=\"network.sip\" Level=\"DEBUG\":  Action=\"%s\" "
              "Local-ip=\"%s\" Local-port=\"5060\" %s-ip=\"10.106.80.38\" "
              "%s-port=\"%u\" Msg-Hash=\"%llu\"\n SIPMSG:\n |%s sip:%u@%s SIP/2.0\n"
              " Via: SIP/2.0/TCP 10.106.80.38:%u;branch=z9hG4bK%08x;rport\n"
              " Call-ID: %016llx@10.106.80.38\n CSeq: %u %s\n"
              " From: <sip:%u@%s>;tag=%08x\n To: <sip:%u@%s>\n Max-Forwards: 69\n"
              " Contact: <sip:%u@10.106.80.38:%u;transport=tcp>\n"
              " Allow: INVITE,ACK,CANCEL,BYE,UPDATE,INFO,OPTIONS,REFER,NOTIFY\n"
              " User-Agent: Cisco-CUCM15.0\n Supported: timer,replaces,gruu\n"
              " Expires: %u\n Content-Length: 0\n ",
              received ? "Received" : "Sent", n->ip, received ? "Src" : "Dst",
              received ? "Src" : "Dst", port, id, method, user, n->domain, port, branch, id,
              number, method, user, n->domain, tag, user, n->domain, user, port, expires);
}

static void log_developer(struct xd_fx_node *n, int64_t at, struct xd_fx_dice *d)
{
    static const char *const texts[][3] = {
        {"developer.sip.leg", "ppcmains/sip/sipproxy/SipProxyLeg.cpp(2714)",
         "SipProxyLeg::setNextHopFromUrl"},
        {"developer.zone.zonemgr", "ppcmains/oak/zones/zonemgr/ZoneManager.cpp(2245)",
         "ZoneManager::getZoneByIdentities"},
        {"developer.fsm.sipproxylegfsm", "allshare/fsm/fsmfsm.cpp(1128)",
         "::sys_testAndExecTask"},
        {"developer.nodeapi", "ppcmains/nodeapi/server/NodeApiServer.cpp(412)",
         "NodeApiServer::processRequest"},
        {"developer.mediasessionmgr", "ppcmains/oak/mediasession/MediaSessionMgr.cpp(903)",
         "MediaSessionMgr::privGetMediaSession"},
    };
    unsigned k = xd_fx_roll(d, sizeof texts / sizeof texts[0]);

    unsigned thread = xd_fx_roll(d, 0xfff);
    unsigned object = xd_fx_roll(d, 0xffffff);
    unsigned count = xd_fx_roll(d, 900);

    xd_fx_log(n, at, "tvcs:",
              "@UTC Module=\"%s\" Level=\"DEBUG\" CodeLocation=\"%s\" Method=\"%s\" "
              "Thread=\"0x7f2c6%03x0700\":  this=\"0x55d0%06x\" Type=\"Inbound\" "
              "Detail=\"step %u\"",
              texts[k][0], texts[k][1], texts[k][2], thread, object, count);
}

void xd_fx_log_noise(struct xd_fx_node *n, unsigned messages)
{
    char label[80];

    (void)snprintf(label, sizeof label, "log/%s/%" PRId64, n->host, n->start);
    struct xd_fx_dice d = xd_fx_dice(label);
    int64_t step = (n->stop - n->start) / (int64_t)(messages + 2);

    for (unsigned i = 0; i < messages; i++) {
        int64_t at = n->start + (int64_t)(i + 1) * step + xd_fx_roll(&d, 30000);

        log_message(n, at, &d, true);
        for (int k = 0; k < 9; k++) {
            at += 300 + xd_fx_roll(&d, 900);
            log_developer(n, at, &d);
        }
        log_message(n, at + 1500, &d, false);
    }
    for (int64_t at = n->start + 11000000; at < n->stop; at += 60000000) {
        xd_fx_log(n, at, "licensemanager:",
                  "Level=\"INFO\" Detail=\"License usage sampled\" @UTC");
        xd_fx_log(n, at + 7000000, "httpd[2213]:",
                  "web: Event=\"Web Request\" Src-ip=\"10.106.79.20\" Detail=\"GET "
                  "/overview\" Level=\"3\" @UTC");
    }
    xd_fx_log(
        n, n->start, "management:",
        "Level=\"INFO\" Event=\"Diagnostic Logging\" Detail=\"started\" User=\"admin\" "
        "@UTC");
    xd_fx_log(n, n->start + 3000000, "alarm:",
              "Level=\"WARN\" Event=\"Alarm Raised\" Id=\"25019\" "
              "UUID=\"8f6b1c02-3a52-4c4e-9d0e-5f3f7c2b9a10\" Severity=\"warning\" "
              "Detail=\"Verbose log levels configured: One or more modules of the Network "
              "Log or Support Log are set to a level of Debug or Trace\" @UTC");
}
