/*
 * fx_dump.c - settings and status of a node, as text and as XML.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fx_node.h"

enum { MAX_WORDS = 24 };

void xd_fx_row(struct xd_fx_rows *rows, const char *value, const char *path, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, path);
    int n = vasprintf(&text, path, args);
    va_end(args);
    rows->rows = realloc(rows->rows, (rows->n + 1) * sizeof *rows->rows);
    if (n < 0 || rows->rows == NULL) {
        xd_fx_die("out of memory");
    }
    rows->rows[rows->n++] = (struct xd_fx_row){text, strdup(value)};
}

void xd_fx_rows_free(struct xd_fx_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        free(rows->rows[i].path);
        free(rows->rows[i].value);
    }
    free(rows->rows);
    *rows = (struct xd_fx_rows){0};
}

static const char *on_off(bool on)
{
    return on ? "On" : "Off";
}

static void number(char out[16], unsigned value)
{
    (void)snprintf(out, 16, "%u", value);
}

static void add_peer_zone(struct xd_fx_rows *r, unsigned i, const struct xd_fx_zone *z)
{
    char port[16];

    number(port, z->port);
    xd_fx_row(r, port, "Zones Zone %u %s SIP Port", i, z->type);
    xd_fx_row(r, z->transport, "Zones Zone %u %s SIP Transport", i, z->type);
    xd_fx_row(r, on_off(z->verify), "Zones Zone %u %s SIP TLS Verify Mode", i, z->type);
    if (z->subject != NULL) {
        xd_fx_row(r, z->subject, "Zones Zone %u %s SIP TLS Verify Subject Name", i,
                  z->type);
    }
    xd_fx_row(r, z->uc ? "On" : "Auto", "Zones Zone %u %s SIP Media Encryption Mode", i,
              z->type);
    xd_fx_row(r, "Off", "Zones Zone %u %s SIP Media ICE Support", i, z->type);
    if (strncmp(z->type, "Traversal", 9) == 0) {
        xd_fx_row(r, on_off(z->uc), "Zones Zone %u %s Collaboration Edge", i, z->type);
        xd_fx_row(r, "mra-traversal", "Zones Zone %u %s Authentication UserName", i,
                  z->type);
    }
    if (strcmp(z->type, "TraversalClient") == 0) {
        xd_fx_row(r, "{cipher}qeh8eq0Z1mD4pQ==",
                  "Zones Zone %u TraversalClient Authentication Password", i);
        xd_fx_row(r, "120", "Zones Zone %u TraversalClient RetryInterval", i);
    }
    for (unsigned p = 1; z->peer != NULL && p <= 6; p++) {
        const char *name = p == 1 ? z->peer : "";

        name = p > 1 && p < z->n_more + 2 ? z->more[p - 2].name : name;
        xd_fx_row(r, name, "Zones Zone %u %s Peer %u Address", i, z->type, p);
    }
}

static void add_zone_settings(struct xd_fx_rows *r, unsigned i, const struct xd_fx_zone *z)
{
    xd_fx_row(r, z->name, "Zones Zone %u Name", i);
    xd_fx_row(r, z->type, "Zones Zone %u Type", i);
    xd_fx_row(r, "15", "Zones Zone %u HopCount", i);
    xd_fx_row(r, "Off", "Zones Zone %u H323 Mode", i);
    xd_fx_row(r, "On", "Zones Zone %u SIP Mode", i);
    if (strcmp(z->type, "DNS") != 0) {
        add_peer_zone(r, i, z);
        return;
    }
    xd_fx_row(r, z->transport, "Zones Zone %u DNS SIP Default Transport", i);
    xd_fx_row(r, on_off(z->verify), "Zones Zone %u DNS SIP TLS Verify Mode", i);
    if (z->subject != NULL) {
        xd_fx_row(r, z->subject, "Zones Zone %u DNS SIP TLS Verify Subject Name", i);
    }
    xd_fx_row(r, "Auto", "Zones Zone %u DNS SIP Media Encryption Mode", i);
}

static bool has_two_stores(const struct xd_fx_node *n)
{
    return n->client != NULL;
}

/* Static NAT belongs to the interface that faces outwards. */
static void add_lan_settings(struct xd_fx_rows *r, const struct xd_fx_node *n)
{
    unsigned outer = n->ip2 != NULL ? 2 : 1;

    for (unsigned i = 1; i <= 2 && (i == 1 || n->ip2 != NULL); i++) {
        bool nat = n->nat != NULL && i == outer;

        xd_fx_row(r, on_off(nat), "Ethernet %u IP V4 StaticNAT Mode", i);
        xd_fx_row(r, nat ? n->nat : "", "Ethernet %u IP V4 StaticNAT Address", i);
    }
    xd_fx_row(r, n->ip2 != NULL ? n->ip2 : "192.168.0.100", "Ethernet 2 IP V4 Address");
    xd_fx_row(r, "255.255.255.0", "Ethernet 2 IP V4 SubnetMask");
}

static int compare_rows(const void *a, const void *b)
{
    const struct xd_fx_row *x = a;
    const struct xd_fx_row *y = b;

    return strcmp(x->path, y->path);
}

/* A setting of the case in place of the usual one, or besides. */
static void change_row(struct xd_fx_rows *r, const char *path, const char *value)
{
    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->rows[i].path, path) == 0) {
            free(r->rows[i].value);
            r->rows[i].value = strdup(value);
            return;
        }
    }
    xd_fx_row(r, value, "%s", path);
}

struct xd_fx_rows xd_fx_settings(const struct xd_fx_node *n)
{
    struct xd_fx_rows r = {0};

    xd_fx_common_settings(&r);
    xd_fx_row(&r, n->host, "SystemUnit Name");
    xd_fx_row(&r, n->host, "IP DNS Hostname");
    xd_fx_row(&r, n->domain, "IP DNS Domain Name");
    xd_fx_row(&r, "10.106.80.5", "DNS Server 1 Address");
    xd_fx_row(&r, n->ip, "Ethernet 1 IP V4 Address");
    xd_fx_row(&r, "255.255.255.0", "Ethernet 1 IP V4 SubnetMask");
    add_lan_settings(&r, n);
    xd_fx_row(&r, "10.106.80.1", "IP Gateway");
    xd_fx_row(&r, "10.106.80.6", "NTP Server 1 Address");
    xd_fx_row(&r, n->zone_name, "TimeZone Name");
    xd_fx_row(&r, n->tls_versions, "SIP Advanced SipTlsVersions");
    if (has_two_stores(n)) {
        xd_fx_row(&r, on_off(n->eku_on),
                  "SIP TLS Certificate ExtendedKeyUsage Checking Mode");
    }
    if (n->server_eku_upload) {
        xd_fx_row(&r, "On", "XCP TLS Certificate CVS EnableServerEkuUpload");
    }
    xd_fx_row(&r, "On", "CollaborationEdge Enabled");
    xd_fx_row(&r, n->domain, "SIP Domain 1 Name");
    xd_fx_row(&r, "On", "SIP Domain 1 Sip");
    xd_fx_row(&r, "On", "SIP Domain 1 Edge");
    xd_fx_row(&r, n->edge ? "On" : "Off", "TURN Server Mode");
    xd_fx_row(&r, "DefaultZone", "Zones DefaultZone Name");
    xd_fx_row(&r, "Off", "Zones DefaultZone SIP TLS Verify Mode");
    for (size_t i = 0; i < n->n_zones; i++) {
        add_zone_settings(&r, (unsigned)i + 1, &n->zones[i]);
    }
    for (size_t i = 0; i < n->n_changed; i++) {
        change_row(&r, n->changed[i][0], n->changed[i][1]);
    }
    qsort(r.rows, r.n, sizeof *r.rows, compare_rows);
    return r;
}

static void add_zone_status(struct xd_fx_rows *r, unsigned i, const struct xd_fx_zone *z,
                            const char *changed)
{
    char port[16];

    xd_fx_row(r, z->name, "Zones Zone %u Name", i);
    xd_fx_row(r, z->status, "Zones Zone %u Status", i);
    if (z->cause != NULL) {
        xd_fx_row(r, z->cause, "Zones Zone %u Cause", i);
    }
    xd_fx_row(r, z->type, "Zones Zone %u Type", i);
    if (z->peer_ip == NULL) {
        return;
    }
    number(port, z->peer_port != 0 ? z->peer_port : z->port);
    xd_fx_row(r, z->first_status != NULL ? z->first_status : z->status,
              "Zones Zone %u %s Peer 1 SIP Status", i, z->type);
    xd_fx_row(r, z->peer_ip, "Zones Zone %u %s Peer 1 SIP Address", i, z->type);
    xd_fx_row(r, port, "Zones Zone %u %s Peer 1 SIP Port", i, z->type);
    if (z->cause != NULL) {
        xd_fx_row(r, z->cause, "Zones Zone %u %s Peer 1 SIP Cause", i, z->type);
    }
    xd_fx_row(r, changed, "Zones Zone %u %s Peer 1 SIP LastStatusChange", i, z->type);
    for (size_t k = 0; k < z->n_more; k++) {
        unsigned p = (unsigned)k + 2;

        number(port, z->more[k].port != 0 ? z->more[k].port : z->port);
        xd_fx_row(r, z->more[k].status, "Zones Zone %u %s Peer %u SIP Status", i, z->type,
                  p);
        xd_fx_row(r, z->more[k].ip, "Zones Zone %u %s Peer %u SIP Address", i, z->type, p);
        xd_fx_row(r, port, "Zones Zone %u %s Peer %u SIP Port", i, z->type, p);
    }
}

static void add_unit_status(struct xd_fx_rows *r, const struct xd_fx_node *n,
                            const char *now)
{
    xd_fx_row(r, "TANDBERG VCS", "SystemUnit Product");
    xd_fx_row(r, "1384211", "SystemUnit Uptime");
    xd_fx_row(r, now, "SystemUnit SystemTime");
    xd_fx_row(r, n->zone_name, "SystemUnit TimeZone");
    xd_fx_row(r, n->version, "SystemUnit Software Version");
    xd_fx_row(r, n->version[0] == 'X' ? n->version + 1 : n->version,
              "SystemUnit Software Build");
    xd_fx_row(r, "s42700", "SystemUnit Software Name");
    xd_fx_row(r, "2026-03-16", "SystemUnit Software ReleaseDate");
    xd_fx_row(r, n->edge ? "True" : "False",
              "SystemUnit Software Configuration Expressway");
    xd_fx_row(r, n->ip2 != NULL ? "True" : "False",
              "SystemUnit Software Configuration DualNetworkInterfaces");
    xd_fx_row(r, "VMWare", "SystemUnit Hardware Version");
    xd_fx_row(r, n->edge ? "0BA1F3E2" : "007E452D", "SystemUnit Hardware SerialNumber");
    xd_fx_row(r, "00:50:56:B6:01:0A", "Ethernet 1 MacAddress");
    xd_fx_row(r, "10000full", "Ethernet 1 Speed");
    xd_fx_row(r, n->ip, "Ethernet 1 IPv4 Address");
    xd_fx_row(r, "255.255.255.0", "Ethernet 1 IPv4 SubnetMask");
    if (n->ip2 != NULL) {
        xd_fx_row(r, n->ip2, "Ethernet 2 IPv4 Address");
    }
}

struct xd_fx_rows xd_fx_status(const struct xd_fx_node *n)
{
    struct xd_fx_rows r = {0};
    struct tm tm = xd_fx_parts(n->start);
    char now[32];

    (void)strftime(now, sizeof now, "%Y-%m-%d %H:%M:%S", &tm);
    add_unit_status(&r, n, now);
    for (size_t i = 0; i < n->n_alarms; i++) {
        unsigned k = (unsigned)i + 1;

        xd_fx_row(&r, n->alarms[i].id, "Alarm %u ID", k);
        xd_fx_row(&r, n->alarms[i].severity, "Alarm %u Severity", k);
        xd_fx_row(&r, "Raised", "Alarm %u State", k);
        xd_fx_row(&r, now, "Alarm %u FirstRaised", k);
        xd_fx_row(&r, n->alarms[i].detail, "Alarm %u Detail", k);
    }
    for (size_t i = 0; i < n->n_tunnels; i++) {
        const struct xd_fx_tunnel *t = &n->tunnels[i];
        unsigned k = (unsigned)i + 1;

        xd_fx_row(&r, t->target, "Tunnels Tunnel %u Target", k);
        xd_fx_row(&r, t->domain, "Tunnels Tunnel %u Domain", k);
        xd_fx_row(&r, t->status, "Tunnels Tunnel %u Status", k);
        xd_fx_row(&r, t->created, "Tunnels Tunnel %u Created", k);
        if (t->reason != NULL) {
            xd_fx_row(&r, t->reason, "Tunnels Tunnel %u Reason", k);
        }
        if (t->peer != NULL) {
            xd_fx_row(&r, t->peer, "Tunnels Tunnel %u Peer", k);
        }
    }
    xd_fx_row(&r, "DefaultZone", "Zones DefaultZone Name");
    xd_fx_row(&r, "Active", "Zones LocalZone Status");
    for (size_t i = 0; i < n->n_zones; i++) {
        add_zone_status(&r, (unsigned)i + 1, &n->zones[i], now);
    }
    xd_fx_row(&r, "4", "ResourceUsage Calls Traversal Current");
    xd_fx_row(&r, "19", "ResourceUsage Calls Traversal Max");
    xd_fx_row(&r, "11", "ResourceUsage Registrations Current");
    return r;
}

void xd_fx_xconf_text(const struct xd_fx_rows *rows, struct xd_fx_bytes *out)
{
    for (size_t i = 0; i < rows->n; i++) {
        xd_fx_printf(out, "*c xConfiguration %s: \"%s\"\n", rows->rows[i].path,
                     rows->rows[i].value);
    }
}

/* A path as elements: a number belongs to the word before it. */
struct elements {
    char word[MAX_WORDS][64];
    char index[MAX_WORDS][12];
    size_t n;
};

static struct elements split_path(const char *path)
{
    struct elements e = {0};

    while (*path != '\0') {
        size_t len = strcspn(path, " ");
        bool digits = strspn(path, "0123456789") == len;

        if (digits && e.n > 0) {
            (void)snprintf(e.index[e.n - 1], sizeof e.index[0], "%.*s", (int)len, path);
        } else if (e.n < MAX_WORDS) {
            (void)snprintf(e.word[e.n], sizeof e.word[0], "%.*s", (int)len, path);
            e.n++;
        }
        path += len + (path[len] == ' ' ? 1 : 0);
    }
    return e;
}

static size_t count_shared(const struct elements *a, const struct elements *b)
{
    size_t n = 0;

    while (n < a->n && n < b->n && strcmp(a->word[n], b->word[n]) == 0 &&
           strcmp(a->index[n], b->index[n]) == 0) {
        n++;
    }
    return n;
}

static bool prints_bare(const char *value)
{
    static const char *const words[] = {"True", "False",  "Active", "Failed",
                                        "On",   "Raised", "Off",    NULL};

    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], value) == 0) {
            return true;
        }
    }
    return value[0] != '\0' && strspn(value, "0123456789") == strlen(value);
}

static void put_name(struct xd_fx_bytes *out, const struct elements *e, size_t depth)
{
    if (depth == 0) {
        xd_fx_printf(out, "*s ");
    } else {
        xd_fx_printf(out, "%*s", (int)(2 + 2 * depth), "");
    }
    xd_fx_printf(out, "%s%s%s:", e->word[depth], e->index[depth][0] != '\0' ? " " : "",
                 e->index[depth]);
}

void xd_fx_xstat_text(const struct xd_fx_rows *rows, struct xd_fx_bytes *out)
{
    struct elements last = {0};

    for (size_t i = 0; i < rows->n; i++) {
        struct elements e = split_path(rows->rows[i].path);
        const char *value = rows->rows[i].value;
        size_t shared = count_shared(&last, &e);

        if (shared == 0 && i > 0) {
            xd_fx_printf(out, "*s/end\n\n");
        }
        for (size_t d = shared; d + 1 < e.n; d++) {
            put_name(out, &e, d);
            xd_fx_printf(out, "\n");
        }
        put_name(out, &e, e.n - 1);
        xd_fx_printf(out, prints_bare(value) ? " %s\n" : " \"%s\"\n", value);
        last = e;
    }
    xd_fx_printf(out, "*s/end\n\n*s Calls: /\n*s/end\n\nOK\n");
}

static void put_escaped(struct xd_fx_bytes *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            xd_fx_printf(out, "&amp;");
            break;
        case '<':
            xd_fx_printf(out, "&lt;");
            break;
        case '>':
            xd_fx_printf(out, "&gt;");
            break;
        default:
            xd_fx_put(out, text, 1);
        }
    }
}

static void close_elements(struct xd_fx_bytes *out, const struct elements *e, size_t from,
                           size_t to)
{
    for (size_t d = from; d > to; d--) {
        xd_fx_printf(out, "%*s</%s>\n", (int)(2 * d), "", e->word[d - 1]);
    }
}

void xd_fx_dump_xml(const struct xd_fx_rows *rows, const char *root,
                    struct xd_fx_bytes *out)
{
    struct elements last = {0};
    size_t open = 0;

    xd_fx_printf(out,
                 "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<%s product=\"TANDBERG VCS\" "
                 "xmlns=\"http://www.tandberg.no/XML/CUIL/1.0\">\n",
                 root);
    for (size_t i = 0; i < rows->n; i++) {
        struct elements e = split_path(rows->rows[i].path);
        size_t shared = count_shared(&last, &e);

        shared = shared < open ? shared : open;
        close_elements(out, &last, open, shared);
        for (size_t d = shared; d < e.n; d++) {
            xd_fx_printf(out, "%*s<%s item=\"%s\">%s", (int)(2 + 2 * d), "", e.word[d],
                         e.index[d][0] != '\0' ? e.index[d] : "1", d + 1 < e.n ? "\n" : "");
        }
        put_escaped(out, rows->rows[i].value);
        xd_fx_printf(out, "</%s>\n", e.word[e.n - 1]);
        last = e;
        open = e.n - 1;
    }
    close_elements(out, &last, open, 0);
    xd_fx_printf(out, "</%s>\n", root);
}
