/*
 * fx_cases_net.c - what goes wrong between two nodes: resets, silence, refusals, lost
 * packets, clocks, credentials.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

static const char gone[] = "No SSL error available, probably remote disconnect";

/* The zone's connection as both ends would have it. */
static struct xd_fx_dialogue talk_zone(const struct xd_fx_stage *s, int64_t at,
                                       unsigned port, const char *client_chain)
{
    char label[40];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = client_chain,
                            .server_chain = XD_FX_EDGE_CHAIN,
                            .client_trusts = s->core.ca,
                            .server_trusts = s->edge.ca};

    (void)snprintf(label, sizeof label, "zone:%u", port);
    return xd_fx_net_tls(s, at, label, &tls);
}

static struct xd_fx_conn zone_conn(struct xd_fx_stage *s, int64_t at, uint16_t port)
{
    return (struct xd_fx_conn){.client = {XD_FX_CORE_IP, port},
                               .server = {XD_FX_EDGE_IP, 7001},
                               .start = at,
                               .latency = 900,
                               .think = 1500,
                               .mss = 1448,
                               .at_client = &s->core.capture,
                               .at_server = &s->edge.capture};
}

/* What C writes when the far end is gone in the middle of the handshake. */
static void log_gone(struct xd_fx_stage *s, int64_t at, uint16_t port)
{
    struct xd_fx_tls_record r = {.local_client = true,
                                 .local = {XD_FX_CORE_IP, port},
                                 .remote = {XD_FX_EDGE_IP, 7001},
                                 .at = at,
                                 .took = 14000,
                                 .failure = gone,
                                 .ssl_error = gone,
                                 .expected = XD_FX_EDGE_NAME};

    xd_fx_log_tls(&s->core, &r);
}

/* The firewall lets the server's certificate through and not the client's. */
void xd_fx_play_firewall_reset(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 08:00:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (50 + 61 * i) * SECOND;
        uint16_t port = (uint16_t)(25001 + 2 * i);
        struct xd_fx_dialogue d = talk_zone(s, at, port, XD_FX_CORE_CHAIN);
        struct xd_fx_path p = {.conn = zone_conn(s, at, port), .there = 2, .cut = true};

        d.n = 3;
        p.conn.talk = &d;
        p.conn.finish_pause = 600;
        xd_fx_net_path(&p);
        xd_fx_net_talk_free(&d);
        log_gone(s, at, port);
    }
    xd_fx_net_end(s);
}

/* The near miss: E itself resets, as both captures show. */
void xd_fx_play_peer_reset(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 08:30:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (50 + 61 * i) * SECOND;
        uint16_t port = (uint16_t)(25001 + 2 * i);
        struct xd_fx_dialogue d = talk_zone(s, at, port, XD_FX_CORE_CHAIN);
        struct xd_fx_conn c = zone_conn(s, at, port);

        d.n = 3;
        c.talk = &d;
        c.finish = XD_FX_SERVER_RST;
        c.finish_pause = 2200;
        (void)xd_fx_tcp(&c);
        xd_fx_net_talk_free(&d);
        log_gone(s, at, port);
    }
    xd_fx_net_end(s);
}

static void log_no_tcp(struct xd_fx_stage *s, int64_t at, uint16_t port, const char *to)
{
    static const char *const details[] = {"TCP Connecting", "TCP Connection Failed"};

    for (int i = 0; i < 2; i++) {
        xd_fx_log(
            &s->core, at + i * 10 * SECOND, "tvcs:",
            "@UTC Module=\"network.tcp\" Level=\"%s\":  Src-ip=\"%s\" Src-port=\"%u\" "
            "Dst-ip=\"%s\" Dst-port=\"7001\" Detail=\"%s\"",
            i == 0 ? "DEBUG" : "ERROR", XD_FX_CORE_IP, port, to, details[i]);
    }
}

/* Port 7001 is closed on the way: E's capture never sees the requests. */
void xd_fx_play_syn_lost(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 09:00:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (50 + 91 * i) * SECOND;
        uint16_t port = (uint16_t)(25001 + 2 * i);
        struct xd_fx_conn c = zone_conn(s, at, port);

        c.at_server = NULL;
        c.finish = XD_FX_SYN_SILENT;
        (void)xd_fx_tcp(&c);
        log_no_tcp(s, at, port, XD_FX_EDGE_IP);
    }
    xd_fx_net_end(s);
}

/* E stands behind a static NAT; the requests reach it, and it keeps silent. */
void xd_fx_play_syn_ignored(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 09:30:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    s->edge.nat = XD_FX_EDGE_OUT_IP;
    s->core.zones[0].peer_ip = XD_FX_EDGE_OUT_IP;
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (50 + 91 * i) * SECOND;
        uint16_t port = (uint16_t)(25001 + 2 * i);
        struct xd_fx_path p = {.conn = zone_conn(s, at, port),
                               .server_there = XD_FX_EDGE_IP};

        p.conn.server.ip = XD_FX_EDGE_OUT_IP;
        p.conn.finish = XD_FX_SYN_SILENT;
        xd_fx_net_path(&p);
        log_no_tcp(s, at, port, XD_FX_EDGE_OUT_IP);
    }
    xd_fx_net_end(s);
}

/* Nothing listens on 7001: E's own RST, in both captures. */
void xd_fx_play_refused(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 10:00:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (50 + 61 * i) * SECOND;
        struct xd_fx_conn c = zone_conn(s, at, (uint16_t)(25001 + 2 * i));

        c.finish = XD_FX_SYN_REFUSED;
        (void)xd_fx_tcp(&c);
        log_no_tcp(s, at, c.client.port, XD_FX_EDGE_IP);
    }
    xd_fx_net_end(s);
}

/* The requests reach E, which keeps silent; C gets a RST from something on the way. */
void xd_fx_play_refused_by_path(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 10:30:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (50 + 61 * i) * SECOND;
        struct xd_fx_conn near = zone_conn(s, at, (uint16_t)(25001 + 2 * i));
        struct xd_fx_conn far = near;

        near.at_server = NULL;
        near.finish = XD_FX_SYN_REFUSED;
        (void)xd_fx_tcp(&near);
        far.at_client = NULL;
        far.finish = XD_FX_SYN_SILENT;
        (void)xd_fx_tcp(&far);
        log_no_tcp(s, at, near.client.port, XD_FX_EDGE_IP);
    }
    xd_fx_net_end(s);
}

/*
 * The zone is up from before; its client certificate was then replaced.  The secure
 * traversal test, from a port of 30000 and above, shows the new one and is refused.
 */
void xd_fx_play_traversal_test(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 11:00:00");
    s->core.client = "c-pub-cli";
    int64_t at = s->start + 50 * SECOND;
    struct xd_fx_dialogue d = talk_zone(s, at, 30121, "c-pub-cli ca2 ca2-root");
    struct xd_fx_conn c = zone_conn(s, at, 30121);

    c.talk = &d;
    c.finish = XD_FX_SERVER_FIN;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
    struct xd_fx_tls_record r = {.local = {XD_FX_EDGE_IP, 7001},
                                 .remote = {XD_FX_CORE_IP, 30121},
                                 .at = at,
                                 .took = 12000,
                                 .failure = "unsuitable certificate purpose",
                                 .ssl_error = "error:0A000086:SSL routines:"
                                              "tls_process_client_certificate:"
                                              "certificate verify failed"};
    xd_fx_log_tls(&s->edge, &r);
    xd_fx_net_end(s);
}

/* TLS is fine; E does not take the user name and password of the zone. */
void xd_fx_play_traversal_auth(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 11:30:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 3; i++) {
        xd_fx_log(&s->edge, s->start + (21 + 60 * i) * SECOND, "tvcs:",
                  "Event=\"Authentication Failed\" Service=\"SIP\" Src-ip=\"%s\" "
                  "Src-port=\"25001\" Detail=\"Incorrect authentication credential for "
                  "user\" Protocol=\"TLS\" Method=\"OPTIONS\" Level=\"1\" @UTC",
                  XD_FX_CORE_IP);
    }
    xd_fx_net_end(s);
}

/* C's capture lost a segment of the server's certificates; E's own has it. */
void xd_fx_play_capture_gap(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 12:00:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    xd_fx_net_drop(&s->core.capture, 7001, 25001, 2);
    xd_fx_net_end(s);
}

/*
 * E's clock is 92 s behind and its tcpdump was limited to port 2222.  Of the zone there
 * are C's packets, which end without an alert, and E's log line, which names the reason.
 */
void xd_fx_play_clock_offset(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 12:30:00");
    s->core.client = "c-pub-cli";
    s->edge.capture.clock = -92 * SECOND;
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    int64_t at = s->start + 200 * SECOND;
    struct xd_fx_dialogue d = talk_zone(s, at, 25001, "c-pub-cli ca2 ca2-root");
    struct xd_fx_conn c = zone_conn(s, at, 25001);

    d.n = 3; /* E's alert and its RST overtook each other: only the RST came */
    c.talk = &d;
    c.at_server = NULL;
    c.finish = XD_FX_SERVER_RST;
    c.finish_pause = 2000;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
    log_gone(s, at, 25001);
    struct xd_fx_tls_record r = {.local = {XD_FX_EDGE_IP, 7001},
                                 .remote = {XD_FX_CORE_IP, 25001},
                                 .at = at,
                                 .took = 12000,
                                 .failure = "unsuitable certificate purpose",
                                 .ssl_error = "error:0A000086:SSL routines:"
                                              "tls_process_client_certificate:"
                                              "certificate verify failed"};
    xd_fx_log_tls(&s->edge, &r);
    xd_fx_play_ssh(s, s->start + 135 * SECOND, 30011, "refused-server-only");
    xd_fx_play_ssh(s, s->start + 167 * SECOND, 30014, "refused-server-only-2");
    xd_fx_net_end(s);
}

/* Down when logging began; both come up a little later and stay. */
void xd_fx_play_came_up(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-07 13:00:00");
    xd_fx_set_uc_status(s, "Failed", "Failed", NULL);
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    xd_fx_net_end(s);
}
