/*
 * fx_cases_net_scan.c - strangers at the ports that an Expressway-E opens to its
 * Expressway-C, beside a pair in order, beside a broken one, and a C behind a NAT that
 * only looks like a stranger.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

#define SCANNER_IP "198.51.100.66"
#define NAT_IP     "203.0.113.9" /* of C, as E sees it */

static const char purpose[] = "unsuitable certificate purpose";
static const char purpose_error[] = "error:0A000086:SSL routines:"
                                    "tls_process_client_certificate:certificate verify "
                                    "failed";

static struct xd_fx_conn scan(struct xd_fx_stage *s, unsigned second, uint16_t from,
                              uint16_t to)
{
    return (struct xd_fx_conn){.client = {SCANNER_IP, from},
                               .server = {XD_FX_EDGE_IP, to},
                               .start = s->start + second * SECOND,
                               .latency = 31000,
                               .think = 700,
                               .mss = 1400,
                               .at_server = &s->edge.capture,
                               .finish = XD_FX_CLIENT_FIN};
}

/* The first chunks of a handshake in which the client may not trust E's CA. */
static void scan_tls(struct xd_fx_stage *s, struct xd_fx_conn *c, const char *trusts,
                     size_t chunks)
{
    char label[40];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .server_chain = XD_FX_EDGE_CHAIN,
                            .client_trusts = trusts,
                            .server_trusts = s->edge.ca};

    (void)snprintf(label, sizeof label, "scan:%u", c->client.port);
    struct xd_fx_dialogue d = xd_fx_net_tls(s, c->start, label, &tls);
    struct xd_fx_dialogue part = d;
    part.n = d.n < chunks ? d.n : chunks;
    c->talk = &part;
    (void)xd_fx_tcp(c);
    xd_fx_net_talk_free(&d);
}

/* Leaves after the hello; refuses E's CA; resets; a request that a firewall drops. */
static void scan_zone(struct xd_fx_stage *s)
{
    struct xd_fx_conn leaves = scan(s, 60, 50003, 7001);
    struct xd_fx_conn refuses = scan(s, 75, 27000, 7001);
    struct xd_fx_conn resets = scan(s, 90, 1025, 7001);
    struct xd_fx_conn silent = scan(s, 105, 40007, 7001);

    scan_tls(s, &leaves, NULL, 1);
    scan_tls(s, &refuses, "ca3-root", 9);
    resets.finish = XD_FX_CLIENT_RST;
    scan_tls(s, &resets, NULL, 2);
    silent.finish = XD_FX_SYN_SILENT;
    (void)xd_fx_tcp(&silent);
}

void xd_fx_play_scan_zone(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-16 08:00:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    scan_zone(s);
    xd_fx_net_end(s);
}

/* A banner and away; a whole login with a stolen certificate; RST; silence. */
void xd_fx_play_scan_tunnels(struct xd_fx_stage *s)
{
    static const char banners[2][32] = {"SSH-2.0-Go\r\n", "SSH-2.0-OpenSSH_9.2\r\n"};
    struct xd_fx_dialogue d = {0};

    xd_fx_net_pair(s, "2026-04-16 08:30:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    struct xd_fx_conn banner = scan(s, 60, 50003, 2222);
    struct xd_fx_conn login = scan(s, 75, 30017, 2222);
    struct xd_fx_conn refused = scan(s, 90, 50005, 2222);
    struct xd_fx_conn silent = scan(s, 105, 50007, 2222);

    xd_fx_say(&d, true, banners[0], strlen(banners[0]));
    xd_fx_say(&d, false, banners[1], strlen(banners[1]));
    banner.talk = &d;
    (void)xd_fx_tcp(&banner);
    xd_fx_net_talk_free(&d);
    xd_fx_net_ssh(s, NULL, &s->edge, &login, "refused-server-only-2");
    refused.finish = XD_FX_SYN_REFUSED;
    (void)xd_fx_tcp(&refused);
    silent.finish = XD_FX_SYN_SILENT;
    (void)xd_fx_tcp(&silent);
    xd_fx_net_end(s);
}

/* E's log alone tells of the stranger; the healthy zone came up before. */
void xd_fx_play_scan_log(struct xd_fx_stage *s)
{
    static const char *const details[] = {"no shared cipher", "certificate has expired",
                                          purpose, "no certificate returned"};

    xd_fx_net_pair(s, "2026-04-16 09:00:00");
    s->edge.no_capture = true;
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    for (unsigned i = 0; i < sizeof details / sizeof details[0]; i++) {
        struct xd_fx_tls_record r = {.local = {XD_FX_EDGE_IP, 7001},
                                     .remote = {SCANNER_IP, (uint16_t)(27000 + 11 * i)},
                                     .at = s->start + (60 + 15 * i) * SECOND,
                                     .took = 60000,
                                     .failure = details[i],
                                     .ssl_error = purpose_error};

        xd_fx_log_tls(&s->edge, &r);
    }
    xd_fx_net_end(s);
}

/* C calls E's zone through a NAT; E refuses its certificate for its purpose. */
static void refuse_behind_nat(struct xd_fx_stage *s, unsigned second, uint16_t port)
{
    char label[40];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = "c-pub-cli ca2 ca2-root",
                            .server_chain = XD_FX_EDGE_CHAIN,
                            .client_trusts = s->core.ca,
                            .server_trusts = s->edge.ca};
    struct xd_fx_conn c = {.client = {XD_FX_CORE_IP, port},
                           .server = {XD_FX_EDGE_IP, 7001},
                           .start = s->start + second * SECOND,
                           .latency = 900,
                           .think = 1500,
                           .mss = 1448,
                           .at_client = &s->core.capture,
                           .finish = XD_FX_SERVER_FIN};

    (void)snprintf(label, sizeof label, "nat:%u", port);
    struct xd_fx_dialogue d = xd_fx_net_tls(s, c.start, label, &tls);
    c.talk = &d;
    (void)xd_fx_tcp(&c);
    c.start += c.latency;
    c.client.ip = NAT_IP;
    c.at_client = NULL;
    c.at_server = &s->edge.capture;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
    struct xd_fx_tls_record r = {.local = c.server,
                                 .remote = c.client,
                                 .at = c.start,
                                 .took = 12000,
                                 .failure = purpose,
                                 .ssl_error = purpose_error};
    xd_fx_log_tls(&s->edge, &r);
}

static void set_behind_nat(struct xd_fx_stage *s, const char *start, const char *zone)
{
    xd_fx_net_pair(s, start);
    s->core.client = "c-pub-cli";
    s->edge.zones[0].peer_ip = strcmp(zone, "Active") == 0 ? NAT_IP : NULL;
    xd_fx_set_uc_status(s, zone, "Failed", "Permission denied");
    s->edge.tunnels[0].peer = s->edge.tunnels[1].peer = NAT_IP;
}

static void refuse_login(struct xd_fx_stage *s, unsigned second, const char *transcript)
{
    struct xd_fx_conn c = {.client = {NAT_IP, 30011},
                           .server = {XD_FX_EDGE_IP, 2222},
                           .start = s->start + second * SECOND,
                           .latency = 900,
                           .finish = XD_FX_CLIENT_FIN};

    xd_fx_net_ssh(s, NULL, &s->edge, &c, transcript);
}

/* Nobody lists the NAT's address: the zone never came up. */
void xd_fx_play_nat_zone(struct xd_fx_stage *s)
{
    set_behind_nat(s, "2026-04-16 09:30:00", "Failed");
    refuse_behind_nat(s, 20, 25001);
    refuse_login(s, 35, "refused-server-only");
    refuse_behind_nat(s, 81, 25004);
    xd_fx_net_write(s, &s->edge);
}

/* The check is off: the zone is active, and the tunnels' login is refused. */
void xd_fx_play_nat_tunnels(struct xd_fx_stage *s)
{
    set_behind_nat(s, "2026-04-16 10:00:00", "Active");
    s->edge.eku_on = false;
    refuse_login(s, 35, "refused-server-only");
    refuse_login(s, 97, "refused-server-only-2");
    xd_fx_net_write(s, &s->edge);
}

/* Both knock while the zone is down; only C's failure is the zone's. */
void xd_fx_play_scan_and_fault(struct xd_fx_stage *s)
{
    set_behind_nat(s, "2026-04-16 10:30:00", "Failed");
    refuse_behind_nat(s, 20, 25001);
    refuse_behind_nat(s, 81, 25004);
    scan_zone(s);
    struct xd_fx_conn refused = scan(s, 120, 50009, 2222);
    refused.finish = XD_FX_SYN_REFUSED;
    (void)xd_fx_tcp(&refused);
    xd_fx_net_end(s);
}
