/*
 * fx_cases_mixed.c - cases as they come in: bundles of different days, a peer of which no
 * bundle was given, two faults at once, one UC server of two, two customers.
 */
#include <stdio.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

#define CUCM2_IP     "10.106.80.39"
#define CUCM2_NAME   "cucm2.nordlab.example"
#define EDGE2_NAME   "smartfriend.nordlab.example"
#define EDGE2_OUT_IP "203.0.113.32"

static const char verify_failed[] = "error:0A000086:SSL routines:"
                                    "tls_process_server_certificate:certificate verify "
                                    "failed";

struct cucm {
    const char *ip;
    const char *name;
    const char *chain;
};

static const struct cucm cucm_nodes[2] = {
    {XD_FX_CUCM_IP, "cucm.nordlab.example", "cucm ca1"},
    {CUCM2_IP, CUCM2_NAME, "cucm2-self"},
};

/* C's traffic server asks a CUCM; with words for its log it refuses what it is shown. */
static void ask_cucm(struct xd_fx_stage *s, int nth, const struct cucm *to, bool verifies,
                     const char *words)
{
    struct xd_fx_conn c = {.client = {XD_FX_CORE_IP, (uint16_t)(30301 + 2 * nth)},
                           .server = {to->ip, 8443},
                           .start = s->start + (60 + 7 * nth) * SECOND,
                           .latency = 400,
                           .think = 1500,
                           .mss = 1448,
                           .at_client = &s->core.capture,
                           .finish = XD_FX_CLIENT_FIN};
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = XD_FX_CORE_CHAIN,
                            .server_chain = to->chain,
                            .client_trusts = verifies ? s->core.ca : NULL,
                            .client_expects = verifies ? to->name : NULL,
                            .sni = to->name,
                            .app = "c420 s1900",
                            .client_closes = words == NULL};
    char label[40];

    (void)snprintf(label, sizeof label, "cucm:%u", c.client.port);
    struct xd_fx_dialogue d = xd_fx_net_tls(s, c.start, label, &tls);
    c.talk = &d;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
    if (words != NULL) {
        xd_fx_log(&s->core, c.start + 12000, "traffic_server[18242]:", "%s", words);
    }
}

/* The second one's certificate is self-signed. */
static void call_cucm(struct xd_fx_stage *s, int nth, bool verifies)
{
    const struct cucm *to = &cucm_nodes[nth % 2];
    char words[240];

    (void)snprintf(words, sizeof words,
                   "[ET_NET 0] WARNING: Core server certificate verification failed for "
                   "(%s). Action=Terminate Error=self signed certificate server=%s(%s) "
                   "depth=0",
                   to->name, to->name, to->ip);
    ask_cucm(s, nth, to, verifies, verifies && nth % 2 == 1 ? words : NULL);
}

static void call_both_cucm(struct xd_fx_stage *s, bool verifies)
{
    for (int i = 0; i < 4; i++) {
        call_cucm(s, i, verifies);
    }
}

/* Two CUCM nodes; the second's Tomcat certificate is self-signed and not uploaded to C. */
void xd_fx_play_cucm_self_signed(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-13 08:00:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    call_both_cucm(s, true);
    xd_fx_net_end(s);
}

/* The same, and the traffic server is told not to verify. */
void xd_fx_play_cucm_unverified(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-13 08:30:00");
    xd_fx_set(&s->core, "EdgeConfigServer VerifyOriginServer", "Off");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    call_both_cucm(s, false);
    xd_fx_net_end(s);
}

/* CUCM's list of servers has another name than CUCM's certificate. */
static void play_cucm_renamed(struct xd_fx_stage *s, bool verifies)
{
    static const struct cucm renamed = {XD_FX_CUCM_IP, "cucm-pub.nordlab.example",
                                        "cucm ca1"};
    static const char words[] =
        "[ET_NET 0] WARNING: SNI (cucm-pub.nordlab.example) not in certificate. "
        "Action=Terminate server=cucm-pub.nordlab.example(" XD_FX_CUCM_IP ")";

    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 3; i++) {
        ask_cucm(s, i, &renamed, verifies, verifies ? words : NULL);
    }
    xd_fx_net_end(s);
}

void xd_fx_play_cucm_renamed(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-13 10:00:00");
    play_cucm_renamed(s, true);
}

/* The same, and the traffic server is told not to verify. */
void xd_fx_play_cucm_renamed_unverified(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-13 10:30:00");
    xd_fx_set(&s->core, "EdgeConfigServer VerifyOriginServer", "Off");
    play_cucm_renamed(s, false);
}

static void refuse_purpose(struct xd_fx_stage *s, int64_t at, uint16_t port)
{
    struct xd_fx_uc uc = {.at = at,
                          .port = port,
                          .version = TLS1_2_VERSION,
                          .client_chain = "c-pub-cli ca2 ca2-root",
                          .server_chain = XD_FX_EDGE_CHAIN,
                          .reason = "unsuitable certificate purpose",
                          .ssl = "error:0A000086:SSL routines:"
                                 "tls_process_client_certificate:certificate verify failed",
                          .heard = "sslv3 alert unsupported certificate"};

    xd_fx_play_uc(s, &uc);
}

/* Two faults of two kinds: C's client certificate, and a CA that C does not know. */
void xd_fx_play_two_faults(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-13 09:00:00");
    s->core.client = "c-pub-cli";
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    refuse_purpose(s, s->start + 20 * SECOND, 25001);
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
    call_both_cucm(s, true);
    xd_fx_net_end(s);
}

/*
 * C's bundle is of the outage.  E's is of two days later: by then the EKU check was
 * switched off, and the zone is up.
 */
void xd_fx_play_two_days(struct xd_fx_stage *s)
{
    enum { DAYS = 2 * 24 * 3600 };

    xd_fx_net_pair(s, "2026-04-13 09:30:00");
    s->core.client = "c-pub-cli";
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    refuse_purpose(s, s->start + 20 * SECOND, 25001);
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
    xd_fx_net_write(s, &s->core);

    struct xd_fx_node later = s->edge;
    later.start = s->start + (int64_t)DAYS * SECOND;
    later.stop = later.start + 600 * SECOND;
    later.eku_on = false;
    later.zones[0].status = "Active";
    later.capture = (struct xd_fx_capture){0};
    later.log = NULL;
    later.n_log = 0;
    s->edge = later;
    s->start = later.start;
    struct xd_fx_uc uc = {.at = later.start + 40 * SECOND,
                          .port = 25191,
                          .version = TLS1_2_VERSION,
                          .client_chain = "c-pub-cli ca2 ca2-root",
                          .server_chain = XD_FX_EDGE_CHAIN};
    xd_fx_play_uc(s, &uc);
    xd_fx_net_write(s, &s->edge);
}

#define SOUTH_CORE "vcs8c.sudlab.example"
#define SOUTH_EDGE "smartslave.sudlab.example"

static void write_in(const struct xd_fx_stage *s, struct xd_fx_node *n, const char *folder)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s/%s", s->fixtures, s->name, folder);
    xd_fx_log_noise(n, 4);
    xd_fx_bundle(n, path);
}

/* C's client certificate is for servers only, and E refuses it. */
static void refuse_south(struct xd_fx_stage *s)
{
    struct xd_fx_scene scene = {.client_node = &s->core,
                                .server_node = &s->edge,
                                .client = {XD_FX_CORE_IP, 25003},
                                .server = {XD_FX_EDGE_IP, 7001},
                                .at = s->start + 25 * SECOND,
                                .tls = {.max_version = TLS1_2_VERSION,
                                        .client_chain = "south-c-cli ca4",
                                        .server_chain = "south-e-srv ca4",
                                        .client_trusts = "ca4",
                                        .server_trusts = "ca4",
                                        .app = "c620 s540"},
                                .finish = XD_FX_SERVER_FIN};
    struct xd_fx_tls_record edge = {
        .local = scene.server,
        .remote = scene.client,
        .at = scene.at,
        .took = 12000,
        .failure = "unsuitable certificate purpose",
        .ssl_error = "error:0A000086:SSL routines:"
                     "tls_process_client_certificate:certificate verify failed"};

    xd_fx_play_tls(s, &scene);
    xd_fx_log_tls(&s->edge, &edge);
}

/*
 * Two customers whose nodes have the same names, the same private addresses and bundles
 * of the same second.  All is well with the first; the second's client certificate lacks
 * its purpose.
 */
void xd_fx_play_two_customers(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-14 08:00:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    write_in(s, &s->core, "north");
    write_in(s, &s->edge, "north");
    xd_fx_node_free(&s->core);
    xd_fx_node_free(&s->edge);
    s->core = s->edge = (struct xd_fx_node){0};

    xd_fx_net_pair(s, "2026-04-14 08:00:00");
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    s->core.server = "south-c-srv";
    s->core.client = "south-c-cli";
    s->core.zones[0].peer = SOUTH_EDGE;
    s->core.n_zones = 1;
    s->edge.server = "south-e-srv";
    s->edge.client = "south-e-cli";
    s->edge.zones[0].subject = SOUTH_CORE;
    s->core.domain = s->edge.domain = "sudlab.example";
    s->core.ca = s->edge.ca = "ca4";
    s->core.n_alarms = 0;
    s->core.n_tunnels = s->edge.n_tunnels = 1;
    s->core.tunnels[0].target = SOUTH_EDGE;
    s->edge.tunnels[0].target = SOUTH_CORE;
    s->core.tunnels[0].domain = s->edge.tunnels[0].domain = "sudlab.example";
    refuse_south(s);
    write_in(s, &s->core, "south");
    write_in(s, &s->edge, "south");
}

/* C leads to two E; the second, whose certificate has expired, sent no bundle. */
void xd_fx_play_second_edge(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-13 10:00:00");
    s->core.zones[0].status = "Active (1 of 2)";
    s->core.zones[0].first_status = "Active";
    s->core.zones[0].more[0] =
        (struct xd_fx_zone_peer){EDGE2_NAME, EDGE2_OUT_IP, 7001, "Failed"};
    s->core.zones[0].n_more = 1;
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        char label[40];
        struct xd_fx_conn c = {.client = {XD_FX_CORE_IP, (uint16_t)(25005 + 2 * i)},
                               .server = {EDGE2_OUT_IP, 7001},
                               .start = s->start + (50 + 61 * i) * SECOND,
                               .latency = 700,
                               .think = 1500,
                               .mss = 1448,
                               .at_client = &s->core.capture,
                               .finish = XD_FX_CLIENT_FIN};
        struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                                .client_chain = XD_FX_CORE_CHAIN,
                                .server_chain = "e2-pub-exp ca2 ca2-root",
                                .client_trusts = s->core.ca,
                                .server_trusts = s->core.ca};
        struct xd_fx_tls_record r = {.local_client = true,
                                     .local = c.client,
                                     .remote = c.server,
                                     .at = c.start,
                                     .took = 9000,
                                     .failure = "certificate has expired",
                                     .ssl_error = verify_failed,
                                     .expected = EDGE2_NAME};

        (void)snprintf(label, sizeof label, "second:%u", c.client.port);
        struct xd_fx_dialogue d = xd_fx_net_tls(s, c.start, label, &tls);
        c.talk = &d;
        (void)xd_fx_tcp(&c);
        xd_fx_net_talk_free(&d);
        xd_fx_log_tls(&s->core, &r);
    }
    xd_fx_net_end(s);
}
