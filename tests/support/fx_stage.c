/*
 * fx_stage.c - two nodes and the scenes between them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ssl.h>

#include "fx_cases.h"

void xd_fx_node_set(struct xd_fx_node *n, int64_t start)
{
    n->domain = "nordlab.example";
    n->version = "X15.5";
    n->ca = XD_FX_ALL_CAS;
    n->eku_on = true;
    n->tls_versions = "TLSv1.2";
    n->zone_name = "GMT";
    n->start = start;
    n->stop = start + INT64_C(600000000);
}

void xd_fx_stage_set(struct xd_fx_stage *s, const char *start)
{
    s->start = xd_fx_time(start);
    xd_fx_node_set(&s->core, s->start);
    xd_fx_node_set(&s->edge, s->start);
    s->core.host = "vcs8c";
    s->core.ip = XD_FX_CORE_IP;
    s->edge.host = "smartslave";
    s->edge.ip = XD_FX_EDGE_IP;
    s->edge.edge = true;
    s->edge.stop += INT64_C(4000000);
    s->core.zones[0] = (struct xd_fx_zone){.name = "uczone.MRA",
                                           .type = "TraversalClient",
                                           .peer = XD_FX_EDGE_NAME,
                                           .peer_ip = XD_FX_EDGE_IP,
                                           .port = 7001,
                                           .transport = "TLS",
                                           .verify = true,
                                           .uc = true};
    s->core.zones[1] = (struct xd_fx_zone){.name = "cucm.trunk",
                                           .type = "Neighbor",
                                           .peer = "cucm.nordlab.example",
                                           .peer_ip = XD_FX_CUCM_IP,
                                           .port = 5060,
                                           .transport = "TCP",
                                           .status = "Active"};
    s->core.n_zones = 2;
    s->edge.zones[0] = (struct xd_fx_zone){.name = "uczone.edge",
                                           .type = "TraversalServer",
                                           .peer_ip = XD_FX_CORE_IP,
                                           .port = 7001,
                                           .peer_port = 25001,
                                           .transport = "TLS",
                                           .verify = true,
                                           .subject = XD_FX_CORE_NAME,
                                           .uc = true};
    s->edge.n_zones = 1;
    xd_fx_set_uc_status(s, "Active", "Active", NULL);
}

static const char tunnels_down[] =
    "Unified Communications SSH tunnel failure: This system cannot communicate with one or "
    "more remote hosts: " XD_FX_EDGE_NAME;

static void set_tunnels(struct xd_fx_node *n, const char *target, const char *status,
                        const char *reason, const char *created)
{
    static const char *const domains[] = {"nordlab.example", "555.nordlab.example"};

    n->n_tunnels = 2;
    for (size_t i = 0; i < 2; i++) {
        n->tunnels[i] =
            (struct xd_fx_tunnel){.target = target,
                                  .domain = domains[i],
                                  .status = status,
                                  .created = created,
                                  .reason = reason,
                                  .peer = reason != NULL ? XD_FX_CORE_IP : NULL};
    }
}

void xd_fx_set_uc_status(struct xd_fx_stage *s, const char *zone, const char *tunnels,
                         const char *reason)
{
    s->core.zones[0].status = zone;
    s->edge.zones[0].status = zone;
    struct tm tm = xd_fx_parts(s->start - INT64_C(214000000));

    (void)strftime(s->created, sizeof s->created, "%d/%m/%Y %H:%M:%S", &tm);
    if (strcmp(tunnels, "Failed") == 0) {
        s->core.alarms[s->core.n_alarms++] =
            (struct xd_fx_alarm){"35013", "error", tunnels_down};
    }
    set_tunnels(&s->core, XD_FX_EDGE_NAME, tunnels, reason, s->created);
    set_tunnels(&s->edge, XD_FX_CORE_NAME, tunnels, reason, s->created);
}

void xd_fx_play_tls(const struct xd_fx_stage *s, const struct xd_fx_scene *scene)
{
    char label[200];

    struct xd_fx_tls tls = scene->tls;
    (void)snprintf(label, sizeof label, "%s/%s:%u/%s:%u%s", s->name, scene->client.ip,
                   scene->client.port, scene->server.ip, scene->server.port,
                   tls.label != NULL ? tls.label : "");
    tls.label = label;
    tls.at = scene->at;
    tls.client_clock = scene->client_node != NULL ? scene->client_node->capture.clock : 0;
    tls.server_clock = scene->server_node != NULL ? scene->server_node->capture.clock : 0;
    struct xd_fx_dialogue d = xd_fx_tls_run(&tls);
    struct xd_fx_conn c = {
        .client = scene->client,
        .server = scene->server,
        .start = scene->at,
        .latency = scene->latency != 0 ? scene->latency : 400,
        .think = 1500,
        .mss = scene->mss != 0 ? scene->mss : 1448,
        .talk = &d,
        .finish = scene->finish,
        .finish_pause = scene->finish_pause,
        .at_client = scene->client_node != NULL ? &scene->client_node->capture : NULL,
        .at_server = scene->server_node != NULL ? &scene->server_node->capture : NULL,
        .lose = scene->lose,
        .swap = scene->swap,
        .gso = scene->gso,
    };
    /* TLS 1.2 ends with the server's second flight, 1.3 with the client's. */
    size_t handshake = scene->tls.max_version == TLS1_2_VERSION ? 4 : 3;

    for (size_t i = handshake; i < d.n; i++) {
        d.chunks[i].pause = i == handshake ? scene->app_pause : 40000;
    }
    (void)xd_fx_tcp(&c);
    for (size_t i = 0; i < d.n; i++) {
        xd_fx_free(&d.chunks[i].bytes);
    }
    free(d.chunks);
}

static void log_uc(struct xd_fx_stage *s, const struct xd_fx_uc *uc)
{
    struct xd_fx_tls_record core = {.local_client = true,
                                    .local = {XD_FX_CORE_IP, uc->port},
                                    .remote = {XD_FX_EDGE_IP, 7001},
                                    .at = uc->at,
                                    .took = 14000,
                                    .peer_cn = XD_FX_EDGE_NAME,
                                    .peer_alt = XD_FX_EDGE_NAME " nordlab.example",
                                    .failure = uc->heard,
                                    .expected = XD_FX_EDGE_NAME};
    struct xd_fx_tls_record edge = {.local = core.remote,
                                    .remote = core.local,
                                    .at = uc->at,
                                    .took = 12000,
                                    .peer_cn = XD_FX_CORE_NAME,
                                    .peer_alt = XD_FX_CORE_NAME " nordlab.example",
                                    .failure = uc->reason,
                                    .ssl_error = uc->ssl};
    char heard[200];

    if (uc->reason != NULL) {
        (void)snprintf(heard, sizeof heard, "error:%s:SSL routines:ssl3_read_bytes:%s",
                       uc->heard_code != NULL ? uc->heard_code : "0A000413", uc->heard);
        core.ssl_error = heard;
        edge.peer_cn = NULL;
    }
    xd_fx_log_tls(&s->core, &core);
    xd_fx_log_tls(&s->edge, &edge);
}

void xd_fx_play_uc(struct xd_fx_stage *s, const struct xd_fx_uc *uc)
{
    bool fails = uc->reason != NULL;
    struct xd_fx_scene scene = {
        .client_node = &s->core,
        .server_node = &s->edge,
        .client = {XD_FX_CORE_IP, uc->port},
        .server = {XD_FX_EDGE_IP, 7001},
        .at = uc->at,
        .tls = {.max_version = uc->version,
                .client_chain = uc->client_chain,
                .server_chain = uc->server_chain,
                .client_trusts = s->core.ca,
                .server_trusts = s->edge.ca,
                .no_eku_check = !s->edge.eku_on,
                .app = "c620 s540 c310 s480 c620 s540"},
        .finish = fails ? XD_FX_SERVER_FIN : XD_FX_OPEN,
        .app_pause = 20000,
        .gso = uc->gso,
        .lose = uc->lose,
    };

    xd_fx_play_tls(s, &scene);
    log_uc(s, uc);
}

void xd_fx_play_ssh(struct xd_fx_stage *s, int64_t at, uint16_t port,
                    const char *transcript)
{
    struct xd_fx_dialogue d = {0};
    struct xd_fx_conn c = {
        .client = {XD_FX_CORE_IP, port},
        .server = {XD_FX_EDGE_IP, 2222},
        .start = at,
        .latency = 400,
        .think = 4000,
        .mss = 1448,
        .at_client = &s->core.capture,
        .at_server = &s->edge.capture,
        .finish = XD_FX_SYN_SILENT,
    };

    if (transcript != NULL) {
        char path[512];

        (void)snprintf(path, sizeof path, "%s/transcripts/%s.txt", s->fixtures, transcript);
        d = xd_fx_transcript(path);
        c.talk = &d;
        c.finish = strncmp(transcript, "accepted", 8) == 0 ? XD_FX_OPEN : XD_FX_CLIENT_FIN;
        c.finish_pause = 2000;
    }
    int64_t end = xd_fx_tcp(&c);

    if (c.finish == XD_FX_CLIENT_FIN) {
        xd_fx_log(
            &s->core, end, "ssh:",
            "Detail=\"_pfwd@%s: Permission denied (publickey).\" Level=\"ERROR\" @UTC",
            XD_FX_EDGE_NAME);
    }
    if (transcript == NULL) {
        xd_fx_log(&s->core, at + INT64_C(31100000), "ssh:",
                  "Detail=\"ssh: connect to host %s port 2222: Connection timed out\" "
                  "Level=\"ERROR\" @UTC",
                  XD_FX_EDGE_NAME);
    }
    for (size_t i = 0; i < d.n; i++) {
        xd_fx_free(&d.chunks[i].bytes);
    }
    free(d.chunks);
}

static void free_capture(struct xd_fx_capture *c)
{
    for (size_t i = 0; i < c->n; i++) {
        xd_fx_free(&c->frames[i].bytes);
    }
    free(c->frames);
}

void xd_fx_node_free(struct xd_fx_node *n)
{
    for (size_t i = 0; i < n->n_log; i++) {
        free(n->log[i].text);
    }
    free(n->log);
    free_capture(&n->capture);
    free_capture(&n->capture2);
}

void xd_fx_make_case(const struct xd_fx_case *c, const char *fixtures)
{
    struct xd_fx_stage *s = xd_fx_alloc(sizeof *s);

    s->name = c->name;
    s->fixtures = fixtures;
    c->play(s);
    xd_fx_node_free(&s->core);
    xd_fx_node_free(&s->edge);
    free(s);
}
