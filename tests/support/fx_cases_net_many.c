/*
 * fx_cases_net_many.c - one node alone, one node twice, clusters, strangers in numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

static const char purpose[] = "unsuitable certificate purpose";
static const char purpose_error[] = "error:0A000086:SSL routines:"
                                    "tls_process_client_certificate:certificate verify "
                                    "failed";
static const char restart_due[] =
    "Restart required: Security certificates have been updated, however a restart is "
    "required for this to take effect";

/* The certificates of test case 1: C's client certificate is for servers only. */
static void refuse_zone(struct xd_fx_stage *s, int64_t at, uint16_t port)
{
    struct xd_fx_uc uc = {.at = at,
                          .port = port,
                          .version = TLS1_2_VERSION,
                          .client_chain = "c-pub-cli ca2 ca2-root",
                          .server_chain = XD_FX_EDGE_CHAIN,
                          .reason = purpose,
                          .ssl = purpose_error,
                          .heard = "sslv3 alert unsupported certificate"};

    xd_fx_play_uc(s, &uc);
}

static void play_condition_2(struct xd_fx_stage *s, const char *start)
{
    xd_fx_stage_set(s, start);
    s->core.server = "c-pub-srv";
    s->core.client = "c-pub-cli";
    s->edge.server = "e-pub-srv";
    s->edge.client = "e-pub-srv";
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    refuse_zone(s, s->start + 20 * SECOND, 25001);
    refuse_zone(s, s->start + 81 * SECOND, 25004);
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
}

void xd_fx_play_c_alone(struct xd_fx_stage *s)
{
    play_condition_2(s, "2026-04-09 08:00:00");
    xd_fx_net_write(s, &s->core);
}

void xd_fx_play_e_alone(struct xd_fx_stage *s)
{
    play_condition_2(s, "2026-04-09 08:30:00");
    xd_fx_net_write(s, &s->edge);
}

/* E logs on; C's bundle of before is written, then its client certificate is replaced. */
void xd_fx_play_before_after(struct xd_fx_stage *s)
{
    struct xd_fx_node after = {0};

    xd_fx_net_pair(s, "2026-04-09 09:00:00");
    s->core.client = "c-pub-cli";
    s->core.stop = s->start + 300 * SECOND;
    s->edge.stop = s->start + 900 * SECOND;
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    refuse_zone(s, s->start + 20 * SECOND, 25001);
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
    xd_fx_net_write(s, &s->core);

    /* The same node again, with its files, status and records of later. */
    after = s->core;
    after.client = "c-both";
    after.start = s->start + 400 * SECOND;
    after.stop = s->start + 900 * SECOND;
    after.zones[0].status = "Active";
    after.tunnels[0].status = after.tunnels[1].status = "Active";
    after.tunnels[0].reason = after.tunnels[1].reason = NULL;
    after.n_alarms = 0;
    after.capture = (struct xd_fx_capture){0};
    after.log = NULL;
    after.n_log = 0;
    struct xd_fx_node before = s->core;

    s->core = after;
    struct xd_fx_uc uc = {.at = s->start + 420 * SECOND,
                          .port = 25021,
                          .version = TLS1_2_VERSION,
                          .client_chain = XD_FX_CORE_CHAIN,
                          .server_chain = XD_FX_EDGE_CHAIN};
    xd_fx_play_uc(s, &uc);
    xd_fx_play_ssh(s, s->start + 434 * SECOND, 30041, "accepted-edge-public");
    xd_fx_net_write(s, &s->core);
    xd_fx_net_write(s, &s->edge);
    xd_fx_node_free(&before);
}

static void set_cluster(struct xd_fx_node *n, const char *name, const char *first,
                        const char *second)
{
    xd_fx_set(n, "Alternates Cluster Name", name);
    xd_fx_set(n, "Alternates Peer 1 Address", first);
    xd_fx_set(n, "Alternates Peer 2 Address", second);
}

static struct xd_fx_tunnel make_tunnel(const char *target, bool up)
{
    return (struct xd_fx_tunnel){.target = target,
                                 .domain = "nordlab.example",
                                 .status = up ? "Active" : "Failed",
                                 .created = "09/04/2026 09:26:26",
                                 .reason = up ? NULL : "Host key verification failed."};
}

#define EDGE2_NAME   "smartfriend.nordlab.example"
#define EDGE2_IP     "10.106.82.32"
#define EDGE2_OUT_IP "203.0.113.32"
#define CORE2_NAME   "vcs9c.nordlab.example"

/* One C of two: its zone leads to both E, of which the second is down. */
static void set_core_of_two(struct xd_fx_node *n, const char *cert)
{
    n->server = n->client = cert;
    n->zones[0] = (struct xd_fx_zone){.name = "uczone.MRA",
                                      .type = "TraversalClient",
                                      .peer = XD_FX_EDGE_NAME,
                                      .peer_ip = XD_FX_EDGE_IP,
                                      .port = 7001,
                                      .transport = "TLS",
                                      .verify = true,
                                      .uc = true,
                                      .status = "Active (1 of 2)",
                                      .first_status = "Active",
                                      .more = {{EDGE2_NAME, EDGE2_OUT_IP, 7001, "Failed"}},
                                      .n_more = 1};
    n->n_zones = 1;
    n->tunnels[0] = make_tunnel(XD_FX_EDGE_NAME, true);
    n->tunnels[1] = make_tunnel(EDGE2_NAME, false);
    n->n_tunnels = 2;
    set_cluster(n, "corecluster.nordlab.example", XD_FX_CORE_IP, XD_FX_CORE2_IP);
}

static void set_edge_of_two(struct xd_fx_node *n, bool up)
{
    n->zones[0] = (struct xd_fx_zone){.name = "uczone.edge",
                                      .type = "TraversalServer",
                                      .peer_ip = XD_FX_CORE_IP,
                                      .port = 7001,
                                      .peer_port = 25001,
                                      .transport = "TLS",
                                      .verify = true,
                                      .subject = "corecluster.nordlab.example",
                                      .uc = true,
                                      .status = up ? "Active" : "Failed"};
    n->zones[0].more[0].ip = XD_FX_CORE2_IP;
    n->zones[0].more[0].port = 25001;
    n->zones[0].more[0].status = n->zones[0].status;
    n->zones[0].n_more = 1;
    n->n_zones = 1;
    n->tunnels[0] = make_tunnel(XD_FX_CORE_NAME, up);
    n->tunnels[1] = make_tunnel(CORE2_NAME, up);
    n->tunnels[0].reason = n->tunnels[1].reason = NULL;
    n->n_tunnels = 2;
}

/* The TLS dialogue of one C and one E of the clusters. */
static struct xd_fx_dialogue talk_clusters(const struct xd_fx_stage *s, int64_t at,
                                           const char *label, const char *client,
                                           const char *server)
{
    char chains[2][64];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = chains[0],
                            .server_chain = chains[1],
                            .client_trusts = s->core.ca,
                            .server_trusts = s->edge.ca,
                            .app = "c620 s540 c310 s480"};

    (void)snprintf(chains[0], sizeof chains[0], "%s ca1", client);
    (void)snprintf(chains[1], sizeof chains[1], "%s ca2 ca2-root", server);
    return xd_fx_net_tls(s, at, label, &tls);
}

struct two_clusters {
    struct xd_fx_node *core[2];
    struct xd_fx_node *edge[2];
};

static void call_first(struct xd_fx_stage *s, const struct two_clusters *t, int i)
{
    int64_t at = s->start + (20 + 3 * i) * SECOND;
    struct xd_fx_dialogue d = talk_clusters(s, at, i == 0 ? "first:0" : "first:1",
                                            t->core[i]->client, "e-pub-srv");
    struct xd_fx_conn c = {.client = {t->core[i]->ip, 25001},
                           .server = {XD_FX_EDGE_IP, 7001},
                           .start = at,
                           .latency = 500,
                           .think = 1500,
                           .mss = 1448,
                           .talk = &d,
                           .at_client = &t->core[i]->capture,
                           .at_server = &t->edge[0]->capture};

    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
}

static void call_second(struct xd_fx_stage *s, const struct two_clusters *t, int i, int k)
{
    int64_t at = s->start + (22 + 3 * i + 60 * k) * SECOND;
    char label[40];

    (void)snprintf(label, sizeof label, "second:%d:%d", i, k);
    struct xd_fx_dialogue d = talk_clusters(s, at, label, t->core[i]->client, "e2-pub-exp");
    struct xd_fx_path p = {.conn = {.client = {t->core[i]->ip, (uint16_t)(25003 + 2 * k)},
                                    .server = {EDGE2_OUT_IP, 7001},
                                    .start = at,
                                    .latency = 700,
                                    .think = 1500,
                                    .mss = 1448,
                                    .talk = &d,
                                    .at_client = &t->core[i]->capture,
                                    .at_server = &t->edge[1]->capture,
                                    .finish = XD_FX_CLIENT_FIN},
                           .server_there = EDGE2_IP};
    struct xd_fx_tls_record r = {.local_client = true,
                                 .local = p.conn.client,
                                 .remote = p.conn.server,
                                 .at = at,
                                 .took = 9000,
                                 .failure = "certificate has expired",
                                 .ssl_error = "error:0A000086:SSL routines:"
                                              "tls_process_server_certificate:certificate "
                                              "verify failed",
                                 .expected = EDGE2_NAME};

    xd_fx_net_path(&p);
    xd_fx_log_tls(t->core[i], &r);
    xd_fx_net_talk_free(&d);
}

/* The second node of a kind, before anything happens to the first. */
static struct xd_fx_node copy_node(const struct xd_fx_node *n, const char *host,
                                   const char *ip)
{
    struct xd_fx_node copy = *n;

    copy.host = host;
    copy.ip = ip;
    return copy;
}

/*
 * Two C and two E.  The first E has two interfaces, the second stands behind a static
 * NAT and still shows the certificate that it had before its renewal, which has expired.
 */
void xd_fx_play_clusters(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-04-09 09:30:00");
    s->core.n_alarms = s->edge.n_alarms = 0;
    struct xd_fx_node core2 = copy_node(&s->core, "vcs9c", XD_FX_CORE2_IP);
    struct xd_fx_node edge2 = copy_node(&s->edge, "smartfriend", EDGE2_IP);
    const struct two_clusters t = {{&s->core, &core2}, {&s->edge, &edge2}};

    s->edge.ip2 = "10.106.81.31";
    s->edge.nat = XD_FX_EDGE_OUT_IP;
    s->edge.server = "e-pub-srv";
    s->edge.client = "e-priv-cli";
    edge2.nat = EDGE2_OUT_IP;
    edge2.server = "e2-pub-srv";
    edge2.client = "e2-priv-cli";
    edge2.alarms[edge2.n_alarms++] = (struct xd_fx_alarm){"15028", "warning", restart_due};
    set_core_of_two(&s->core, "c-cluster");
    set_core_of_two(&core2, "c2-cluster");
    set_edge_of_two(&s->edge, true);
    set_edge_of_two(&edge2, false);
    set_cluster(&s->edge, "edgecluster.nordlab.example", XD_FX_EDGE_IP, EDGE2_IP);
    set_cluster(&edge2, "edgecluster.nordlab.example", XD_FX_EDGE_IP, EDGE2_IP);
    for (int i = 0; i < 2; i++) {
        call_first(s, &t, i);
        call_second(s, &t, i, 0);
        call_second(s, &t, i, 1);
        t.core[i]->alarms[0] =
            (struct xd_fx_alarm){"35013", "error",
                                 "Unified Communications SSH tunnel failure: This system "
                                 "cannot communicate with "
                                 "one or more remote hosts: " EDGE2_NAME};
        t.core[i]->n_alarms = 1;
    }
    /* LAN2 of the first E: somebody from outside at its web service. */
    struct xd_fx_conn web = {.client = {"198.51.100.77", 50122},
                             .server = {"10.106.81.31", 443},
                             .start = s->start + 90 * SECOND,
                             .latency = 20000,
                             .mss = 1448,
                             .at_server = &s->edge.capture2,
                             .finish = XD_FX_CLIENT_FIN};
    (void)xd_fx_tcp(&web);
    xd_fx_net_end(s);
    xd_fx_net_write(s, &core2);
    xd_fx_net_write(s, &edge2);
    xd_fx_node_free(&core2);
    xd_fx_node_free(&edge2);
}

/* Of two E peers one was upgraded; C leads to both. */
void xd_fx_play_cluster_differs(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-09 10:00:00");
    struct xd_fx_node edge2 = copy_node(&s->edge, "smartfriend", "10.106.80.32");

    edge2.version = "X15.4";
    edge2.server = "e2-pub-srv";
    edge2.client = NULL;
    edge2.server_eku_upload = true;
    set_cluster(&s->edge, "edgecluster.nordlab.example", XD_FX_EDGE_IP, edge2.ip);
    set_cluster(&edge2, "edgecluster.nordlab.example", XD_FX_EDGE_IP, edge2.ip);
    s->core.zones[0].status = "Active";
    s->core.zones[0].more[0].name = EDGE2_NAME;
    s->core.zones[0].more[0].ip = edge2.ip;
    s->core.zones[0].more[0].status = "Active";
    s->core.zones[0].n_more = 1;
    edge2.zones[0].status = "Active";
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    xd_fx_net_end(s);
    xd_fx_net_write(s, &edge2);
    xd_fx_node_free(&edge2);
}

/* Two E peers of one release; the cluster's TLS verification becomes enforcing. */
static void play_cluster_service(struct xd_fx_stage *s, const char *start,
                                 const char *version, bool refused)
{
    xd_fx_stage_set(s, start);
    struct xd_fx_node edge2 = copy_node(&s->edge, "smartfriend", "10.106.80.32");
    struct xd_fx_node *both[2] = {&s->edge, &edge2};
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = "e2-x143 ca2 ca2-root",
                            .server_chain = "e-x143 ca1",
                            .client_trusts = s->edge.ca,
                            .server_trusts = s->edge.ca,
                            .no_eku_check = !refused,
                            .app = "c620 s540 c310 s480"};
    struct xd_fx_conn c = {.client = {"10.106.80.32", 30881},
                           .server = {XD_FX_EDGE_IP, 4372},
                           .latency = 300,
                           .think = 1500,
                           .mss = 1448,
                           .at_client = &edge2.capture,
                           .at_server = &s->edge.capture,
                           .finish = refused ? XD_FX_SERVER_FIN : XD_FX_OPEN};

    s->edge.server = "e-x143";
    edge2.server = "e2-x143";
    for (int i = 0; i < 2; i++) {
        both[i]->version = version;
        both[i]->client = NULL;
        both[i]->server_eku_upload = !refused;
        both[i]->n_tunnels = 0;
        set_cluster(both[i], "edgecluster.nordlab.example", XD_FX_EDGE_IP, edge2.ip);
        xd_fx_set(both[i], "ClusterConfiguration TLS Verify Mode", "Permissive");
        xd_fx_log(both[i], s->start + 12 * SECOND, "",
                  "@UTC Event=\"System Configuration Changed\" "
                  "Node=\"clusterdb@127.0.0.1\" PID=\"<0.513.0>\" "
                  "Detail=\"xconfiguration clusterConfiguration tls_verify - changed from: "
                  "Permissive to: Enforcing\"");
        both[i]->zones[0].status = "Active";
    }
    c.start = s->start + 40 * SECOND;
    struct xd_fx_dialogue d = xd_fx_net_tls(s, c.start, "cluster", &tls);
    c.talk = &d;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
    xd_fx_net_write(s, &s->edge);
    xd_fx_net_write(s, &edge2);
    xd_fx_node_free(&edge2);
}

void xd_fx_play_cluster_x143(struct xd_fx_stage *s)
{
    play_cluster_service(s, "2026-04-09 10:30:00", "X14.3.4", true);
}

void xd_fx_play_cluster_x154(struct xd_fx_stage *s)
{
    play_cluster_service(s, "2026-04-09 11:00:00", "X15.4", false);
}

/* --- strangers --- */

struct stranger {
    char ip[20];
    uint16_t port;
    int64_t at;
};

static struct stranger make_stranger(const struct xd_fx_stage *s, struct xd_fx_dice *d,
                                     unsigned i)
{
    struct stranger x = {.port = (uint16_t)(32768 + xd_fx_roll(d, 28000)),
                         .at = s->start + 5 * SECOND + (int64_t)i * 1900000 +
                               xd_fx_roll(d, 900000)};

    (void)snprintf(x.ip, sizeof x.ip, "%u.%u.%u.%u", 129 + xd_fx_roll(d, 30),
                   xd_fx_roll(d, 256), xd_fx_roll(d, 256), 1 + xd_fx_roll(d, 250));
    return x;
}

static struct xd_fx_conn stranger_conn(struct xd_fx_stage *s, const struct stranger *x,
                                       uint16_t port)
{
    return (struct xd_fx_conn){.client = {x->ip, x->port},
                               .server = {XD_FX_EDGE_IP, port},
                               .start = x->at,
                               .latency = 31000,
                               .think = 700,
                               .mss = 1400,
                               .at_server = &s->edge.capture};
}

/* Says a few bytes, hears a few, goes away. */
static void speak_bytes(struct xd_fx_conn *c, const void *asked, size_t n,
                        const void *answer, size_t m)
{
    struct xd_fx_dialogue d = {0};

    xd_fx_say(&d, true, asked, n);
    if (m > 0) {
        xd_fx_say(&d, false, answer, m);
    }
    c->talk = &d;
    (void)xd_fx_tcp(c);
    xd_fx_net_talk_free(&d);
}

/* A ClientHello of TLS 1.0 and the alert protocol_version that answers it. */
static void offer_old_tls(struct xd_fx_conn *c, struct xd_fx_dice *d)
{
    static const uint8_t head[] = {22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1};
    static const uint8_t tail[] = {0, 0, 2, 0, 0x2f, 1, 0};
    static const uint8_t alert[] = {21, 3, 1, 0, 2, 2, 70};
    uint8_t hello[sizeof head + 32 + sizeof tail];

    memcpy(hello, head, sizeof head);
    xd_fx_fill(d, hello + sizeof head, 32);
    memcpy(hello + sizeof head + 32, tail, sizeof tail);
    c->finish = XD_FX_SERVER_FIN;
    speak_bytes(c, hello, sizeof hello, alert, sizeof alert);
}

/* Takes the server's certificate, then leaves or goes on to ask something. */
static void fetch_certificate(struct xd_fx_stage *s, struct xd_fx_conn *c, bool whole)
{
    char label[60];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .server_chain = XD_FX_EDGE_CHAIN,
                            .app = whole ? "c90 s300" : NULL,
                            .client_closes = whole};

    (void)snprintf(label, sizeof label, "scan/%s:%u", c->client.ip, c->client.port);
    struct xd_fx_dialogue d = xd_fx_net_tls(s, c->start, label, &tls);
    d.n = whole ? d.n : 2;
    c->talk = &d;
    c->finish = XD_FX_CLIENT_FIN;
    (void)xd_fx_tcp(c);
    xd_fx_net_talk_free(&d);
}

static void scan_once(struct xd_fx_stage *s, struct xd_fx_dice *d, unsigned i)
{
    static const uint16_t closed[] = {23, 3389, 445, 5900, 6379, 8080, 25, 7547};
    static const uint16_t tls[] = {8443, 5061, 443, 7001};
    static const char web[] = "GET / HTTP/1.1\r\nHost: 203.0.113.31\r\n\r\n";
    static const char banners[2][32] = {"SSH-2.0-Go\r\n", "SSH-2.0-OpenSSH_9.2\r\n"};
    static const uint8_t decode_error[] = {21, 3, 3, 0, 2, 2, 50};
    struct stranger x = make_stranger(s, d, i);
    struct xd_fx_conn c = stranger_conn(s, &x, closed[xd_fx_roll(d, 8)]);

    switch (i % 10) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        c.finish = XD_FX_SYN_REFUSED;
        (void)xd_fx_tcp(&c);
        return;
    case 5:
        c.server.port = tls[i / 10 % 4];
        c.finish = XD_FX_CLIENT_RST; /* a port scan */
        (void)xd_fx_tcp(&c);
        return;
    case 6:
        c.server.port = tls[i / 10 % 4];
        offer_old_tls(&c, d);
        return;
    case 7:
        c.server.port = tls[i / 10 % 4];
        c.finish = XD_FX_SERVER_FIN;
        speak_bytes(&c, web, sizeof web - 1, decode_error, sizeof decode_error);
        return;
    case 8:
        c.server.port = 2222;
        c.finish = XD_FX_CLIENT_FIN;
        speak_bytes(&c, banners[0], strlen(banners[0]), banners[1], strlen(banners[1]));
        return;
    default:
        c.server.port = tls[i / 10 % 3];
        fetch_certificate(s, &c, i % 4 == 1);
    }
}

/* A pair in order; its E stands on the Internet. */
void xd_fx_play_scanners(struct xd_fx_stage *s)
{
    enum { SCANS = 300 };
    struct xd_fx_dice d = xd_fx_dice("scanners");

    xd_fx_net_pair(s, "2026-04-09 11:30:00");
    s->edge.nat = XD_FX_EDGE_OUT_IP;
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    for (unsigned i = 0; i < SCANS; i++) {
        scan_once(s, &d, i);
    }
    xd_fx_net_end(s);
}

/* A client of MRA refuses what E shows on 8443. */
static void refuse_edge(struct xd_fx_stage *s, const char *ip, unsigned i,
                        const char *chain, const char *trusts)
{
    char label[40];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .server_chain = chain,
                            .client_trusts = trusts,
                            .sni = XD_FX_EDGE_NAME};
    struct stranger x = {.port = (uint16_t)(50211 + 7 * i),
                         .at = s->start + (30 + 11 * i) * SECOND};

    (void)snprintf(x.ip, sizeof x.ip, "%s", ip);
    (void)snprintf(label, sizeof label, "mra:%u", i);
    struct xd_fx_conn c = stranger_conn(s, &x, 8443);
    struct xd_fx_dialogue d = xd_fx_net_tls(s, x.at, label, &tls);
    c.talk = &d;
    c.finish = XD_FX_CLIENT_FIN;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
}

/* E's server certificate has expired: four phones, and nobody else, all say so. */
void xd_fx_play_crowd(struct xd_fx_stage *s)
{
    static const char *const ips[] = {"198.51.100.14", "198.51.100.87", "192.0.2.201",
                                      "198.51.100.14", "192.0.2.77"};

    xd_fx_net_pair(s, "2026-04-15 08:00:00");
    s->edge.server = "e-pub-exp";
    s->edge.alarms[s->edge.n_alarms++] = (struct xd_fx_alarm){
        "40068", "error", "Server certificate expired: the server certificate has expired"};
    for (unsigned i = 0; i < sizeof ips / sizeof ips[0]; i++) {
        refuse_edge(s, ips[i], i, "e-pub-exp ca2 ca2-root", "ca2-root ca3-root");
    }
    xd_fx_net_write(s, &s->edge);
}

/* --- nothing of it is a fault --- */

static void add_unsure(struct xd_fx_stage *s)
{
    /* Two of three are no crowd. */
    refuse_edge(s, "198.51.100.14", 0, XD_FX_EDGE_CHAIN, "ca3-root");
    refuse_edge(s, "198.51.100.87", 1, XD_FX_EDGE_CHAIN, "ca3-root");
    /* An endpoint's password, not the zone's. */
    xd_fx_log(&s->edge, s->start + 61 * SECOND, "tvcs:",
              "Event=\"Authentication Failed\" Service=\"SIP\" Src-ip=\"198.51.100.23\" "
              "Src-port=\"25001\" Detail=\"Incorrect authentication credential for user\" "
              "Protocol=\"TLS\" Method=\"REGISTER\" Level=\"1\" @UTC");
    /* A look-up that failed and was mended while logging. */
    for (int i = 0; i < 2; i++) {
        xd_fx_log(&s->core, s->start + (40 + 80 * i) * SECOND, "alarm:",
                  "Level=\"WARN\" Event=\"Alarm %s\" Id=\"25031\" "
                  "UUID=\"8f6b1c02-3a52-4c4e-9d0e-5f3f7c2b9a11\" Severity=\"warning\" "
                  "Detail=\"DNS: the name of the reverse lookup is no subject alternative "
                  "name of the Expressway-E\" @UTC",
                  i == 0 ? "Raised" : "Lowered");
    }
}

/*
 * A healthy pair with what looks like a fault: clocks 3 s apart, a system name with an
 * underscore that DNS does not know, data lost behind the handshake, a traversal test
 * that passes, and the lines above.
 */
void xd_fx_play_near_misses(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-09 12:00:00");
    s->edge.capture.clock = 3 * SECOND;
    s->edge.host = "smart_edge";
    xd_fx_set(&s->edge, "IP DNS Hostname", "smartslave");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    struct xd_fx_scene test = {.client_node = &s->core,
                               .server_node = &s->edge,
                               .client = {XD_FX_CORE_IP, 30205},
                               .server = {XD_FX_EDGE_IP, 7001},
                               .at = s->start + 100 * SECOND,
                               .tls = {.max_version = TLS1_2_VERSION,
                                       .client_chain = XD_FX_CORE_CHAIN,
                                       .server_chain = XD_FX_EDGE_CHAIN,
                                       .client_trusts = s->core.ca,
                                       .server_trusts = s->edge.ca,
                                       .app = "c90",
                                       .client_closes = true},
                               .finish = XD_FX_CLIENT_FIN};
    xd_fx_play_tls(s, &test);
    xd_fx_net_drop(&s->core.capture, 7001, 25001, 6);
    add_unsure(s);
    xd_fx_net_end(s);
}

/* A setting of X15.4 that an upgrade to X15.5 left behind. */
void xd_fx_play_deprecated(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-09 12:30:00");
    s->edge.server_eku_upload = true;
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    xd_fx_net_end(s);
}
