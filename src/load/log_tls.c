/*
 * log_tls.c - records about TLS and TCP connections: tvcs, traffic_server, XCP.
 */
#include "load_priv.h"

#include "expdiag/text.h"

#include <string.h>

static bool has(struct xd_slice s, const char *words)
{
    return s.len > 0 && xd_text_contains_nocase(s, words);
}

static bool holds(struct xd_slice s, const char *words)
{
    return xd_text_find(s, words) != NULL;
}

/* "<prefix>ip" and "<prefix>port". */
static bool read_endpoint(const struct xd_log_record *r, const char *ip_name,
                          const char *port_name, struct xd_endpoint *out)
{
    struct xd_slice ip = xd_log_field(r, ip_name);
    struct xd_endpoint e = {0};
    uint64_t port = 0;

    if (ip.len == 0 || !xd_addr_parse((const char *)ip.p, ip.len, &e.addr)) {
        return false;
    }
    if (xd_text_number(xd_log_field(r, port_name), 65535, &port)) {
        e.port = (uint16_t)port;
    }
    *out = e;
    return true;
}

/*
 * Src opened the connection and Dst took it; Local, where it is printed, is this
 * node.  Which of Src and Dst is this node, the role tells.
 */
static void read_endpoints(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_endpoint src = {0};
    struct xd_endpoint dst = {0};
    bool server = out->role == XD_LOG_ROLE_SERVER;

    (void)read_endpoint(r, "Src-ip", "Src-port", &src);
    (void)read_endpoint(r, "Dst-ip", "Dst-port", &dst);
    if (read_endpoint(r, "Local-ip", "Local-port", &out->local)) {
        bool told = src.addr.family != XD_ADDR_NONE;
        bool came = told && !xd_endpoint_equal(&src, &out->local);

        out->remote = came ? src : dst;
        if (told && out->role == XD_LOG_ROLE_UNKNOWN) {
            out->role = came ? XD_LOG_ROLE_SERVER : XD_LOG_ROLE_CLIENT;
        }
        return;
    }
    out->local = server ? dst : src;
    out->remote = server ? src : dst;
}

/* ssl_error and alert out of a text that may hold a code, words or both. */
static void read_ssl(struct xd_slice text, struct xd_log_draft *out)
{
    if (out->ssl_error == 0) {
        out->ssl_error = xd_log_ssl_code(text);
    }
    if (out->alert < 0) {
        out->alert = xd_log_alert(text, out->ssl_error);
    }
}

/* ---- tvcs ---------------------------------------------------------------- */

/* Event="Inbound TLS Negotiation Error" */
static bool judge_negotiation(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice event = xd_log_field(r, "Event");

    if (!has(event, "TLS Negotiation Error")) {
        return false;
    }
    out->kind = XD_LOG_TLS_ERROR;
    if (has(event, "Inbound")) {
        out->role = XD_LOG_ROLE_SERVER;
    } else if (has(event, "Outbound")) {
        out->role = XD_LOG_ROLE_CLIENT;
    }
    read_endpoints(r, out);
    out->name = xd_log_field(r, "Common-name");
    out->detail = xd_log_field(r, "Detail");
    if (out->detail.len == 0) {
        out->detail = xd_log_field(r, "Reason");
    }
    read_ssl(out->detail, out);
    return true;
}

/* bServer="true" localAddress="['IPv4''TCP''...']" remoteAddress="..." */
static void read_ttssl(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice server = xd_log_field(r, "bServer");

    if (has(server, "true")) {
        out->role = XD_LOG_ROLE_SERVER;
    } else if (has(server, "false")) {
        out->role = XD_LOG_ROLE_CLIENT;
    }
    if (!xd_log_endpoint(xd_log_field(r, "localAddress"), &out->local) &&
        !xd_log_endpoint(xd_log_field(r, "remoteAddress"), &out->remote)) {
        read_endpoints(r, out);
    }
    (void)xd_log_endpoint(xd_log_field(r, "remoteAddress"), &out->remote);
}

/* Behind the last colon that has a word behind it: OpenSSL's reason. */
static struct xd_slice ssl_reason(struct xd_slice text)
{
    const uint8_t *p = xd_text_find(text, "SSL routines:");

    if (p == NULL) {
        return text;
    }
    struct xd_slice s = {p, (size_t)(text.p + text.len - p)};

    for (int colons = 0; colons < 2; colons++) { /* library, function, reason */
        const uint8_t *colon = memchr(s.p, ':', s.len);

        if (colon == NULL) {
            break;
        }
        s = (struct xd_slice){colon + 1, (size_t)(s.p + s.len - colon - 1)};
    }
    s = xd_text_trim(s);
    return s.len > 0 ? s : text;
}

static bool judge_ttssl(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice detail = xd_log_field(r, "Detail");
    struct xd_slice reason = xd_log_field(r, "ssl_error_reason");
    bool failed = has(detail, "Handshake Failed");

    if (has(detail, "Handshake succeeded")) {
        out->kind = XD_LOG_TLS_SUCCEEDED;
        out->detail = detail;
        read_ttssl(r, out);
        return true;
    }
    if (!failed && reason.len == 0 && !holds(r->rest, "TTSSLErrorOutput") &&
        !holds(r->rest, "Failed to establish SSL connection")) {
        return false;
    }
    out->kind = XD_LOG_TLS_FAILED;
    read_ttssl(r, out);
    if (reason.len == 0) {
        reason = xd_log_field(r, "Reason");
    }
    read_ssl(reason, out);
    out->detail = reason.len > 0 ? ssl_reason(reason) : detail;
    return true;
}

static bool judge_names(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice detail = xd_log_field(r, "Detail");

    if (has(detail, "Found common name in peer certificate")) {
        out->kind = XD_LOG_TLS_COMMON_NAME;
        out->name = xd_log_field(r, "CommonName");
    } else if (has(detail, "alt-name in peer certificate")) {
        out->kind = XD_LOG_TLS_ALT_NAME;
        out->name = xd_log_field(r, "AltName");
    } else {
        return false;
    }
    out->detail = detail;
    read_ttssl(r, out);
    return true;
}

static bool judge_tcp(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice detail = xd_log_field(r, "Detail");
    struct xd_slice reason = xd_log_field(r, "Reason");

    if (has(detail, "TCP Connection Failed")) {
        out->kind = XD_LOG_TCP_FAILED;
        out->role = XD_LOG_ROLE_CLIENT;
        out->detail = reason.len > 0 ? reason : detail;
    } else if (has(detail, "TCP Connection Closed") && reason.len > 0) {
        out->kind = XD_LOG_TCP_CLOSED;
        out->detail = reason;
        read_ssl(reason, out);
    } else {
        return false;
    }
    read_endpoints(r, out);
    return true;
}

/* ---- traffic server ------------------------------------------------------ */

/* Behind "[ET_NET 0] WARNING:", whatever blanks there are. */
static struct xd_slice server_message(struct xd_slice rest)
{
    static const char *const levels[] = {
        "WARNING:", "ERROR:", "FATAL:", "ALERT:", "NOTE:", "STATUS:"};

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        const uint8_t *p = xd_text_find(rest, levels[i]);

        if (p != NULL) {
            p += strlen(levels[i]);
            return xd_text_trim((struct xd_slice){p, (size_t)(rest.p + rest.len - p)});
        }
    }
    return rest;
}

/*
 * "... failed for (host). Action=Terminate Error=... server=host(192.0.2.1) depth=0"
 * "SNI (host) not in certificate. Action=Terminate server=host(192.0.2.1)"
 * "SSL connection failed for 'host': error:..."
 */
static bool judge_traffic(const struct xd_log_record *r, struct xd_log_draft *out)
{
    static const char *const hosts[][2] = {{"SNI (", ")"},
                                           {"hostname (", ")"},
                                           {"failed for (", ")"},
                                           {"failed for '", "'"},
                                           {"server=", "( "}};
    struct xd_slice text = server_message(r->rest);

    if (!has(r->process, "traffic_server") && !holds(r->rest, "[ET_NET")) {
        return false;
    }
    if (!has(text, "verification failed") && !has(text, "SSL connection failed") &&
        !has(text, "not in certificate") && !holds(text, "SSL routines")) {
        return false;
    }
    if (has(text, "Action=Continue")) {
        return false; /* it does not enforce what it checks: nothing was refused */
    }
    out->kind = XD_LOG_TRAFFIC_SERVER;
    out->role = XD_LOG_ROLE_CLIENT;
    out->detail = text;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts && out->name.len == 0; i++) {
        out->name = xd_log_between(text, hosts[i][0], hosts[i][1]);
    }
    struct xd_slice server = xd_log_between(text, "server=", " ");
    struct xd_slice address = xd_log_between(server, "(", ")");

    (void)xd_log_endpoint(address.len > 0 ? address : out->name, &out->remote);
    read_ssl(text, out);
    return true;
}

/* ---- XCP ----------------------------------------------------------------- */

static void read_xcp_host(struct xd_slice detail, struct xd_log_draft *out)
{
    struct xd_slice host = xd_log_between(detail, "to host '", "'");
    uint64_t port = 0;

    if (host.len == 0) {
        host = xd_log_between(detail, "host=", ", \t");
    }
    out->name = host;
    (void)xd_log_endpoint(host, &out->remote);
    if (xd_text_number(xd_log_between(detail, "port ", ":, \t"), 65535, &port)) {
        out->remote.port = (uint16_t)port;
    }
}

/*
 * "Certificate verification failed for host=192.0.2.1, additional info: Invalid Hostname"
 * "Unable to connect to host '192.0.2.1', port 7400:(111) Connection refused"
 */
static bool judge_xcp(const struct xd_log_record *r, struct xd_log_draft *out)
{
    struct xd_slice detail = xd_log_field(r, "Detail");
    bool refused = has(detail, "certificate verification failed");

    if (!refused && !has(detail, "unable to connect to host")) {
        return false;
    }
    out->kind = XD_LOG_XCP_TLS;
    out->role = refused ? XD_LOG_ROLE_UNKNOWN : XD_LOG_ROLE_CLIENT;
    out->detail = detail;
    read_xcp_host(detail, out);
    read_ssl(detail, out);
    return true;
}

bool xd_log_judge_tls(const struct xd_log_record *r, struct xd_log_draft *out)
{
    return judge_negotiation(r, out) || judge_traffic(r, out) || judge_names(r, out) ||
           judge_ttssl(r, out) || judge_tcp(r, out) || judge_xcp(r, out);
}
