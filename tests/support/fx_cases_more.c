/*
 * fx_cases_more.c - further findings, each with what distinguishes it from its
 * neighbours, and inputs that are not whole.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "fx_cases.h"

#define SECOND INT64_C(1000000)

static const char edge_chain[] = "e-pub-srv ca2 ca2-root";

static void write_one(struct xd_fx_stage *s, struct xd_fx_node *n)
{
    char folder[512];

    (void)snprintf(folder, sizeof folder, "%s/%s", s->fixtures, s->name);
    xd_fx_bundle(n, folder);
}

/* Four stores in order; the zone's connections are the case's. */
static void set_pair(struct xd_fx_stage *s, const char *start, const char *core_client)
{
    xd_fx_stage_set(s, start);
    s->core.server = "c-both-srv";
    s->core.client = core_client;
    s->edge.server = "e-pub-srv";
    s->edge.client = "e-priv-cli";
}

static void finish_pair(struct xd_fx_stage *s)
{
    xd_fx_play_noise(s);
    write_one(s, &s->core);
    write_one(s, &s->edge);
}

static void bring_up(struct xd_fx_stage *s, const char *client_chain,
                     const char *transcript)
{
    struct xd_fx_uc uc = {.at = s->start + 20 * SECOND,
                          .port = 25001,
                          .version = TLS1_2_VERSION,
                          .client_chain = client_chain,
                          .server_chain = edge_chain};

    xd_fx_play_uc(s, &uc);
    xd_fx_play_ssh(s, s->start + 34 * SECOND, 30011, transcript);
}

void xd_fx_play_wrong_store(struct xd_fx_stage *s)
{
    set_pair(s, "2026-04-01 08:00:00", "c-both");
    bring_up(s, "c-both-srv ca1", "accepted-edge-public");
    finish_pair(s);
}

/* The client store was renewed; the processes still hold its predecessor. */
void xd_fx_play_stale(struct xd_fx_stage *s)
{
    set_pair(s, "2026-04-01 08:30:00", "c-both");
    s->core.alarms[s->core.n_alarms++] = (struct xd_fx_alarm){
        "15028", "warning",
        "Restart required: Security certificates have been updated, however a restart is "
        "required for this to take effect"};
    bring_up(s, "c-old ca1", "accepted-old");
    finish_pair(s);
}

static void add_neighbour_zone(struct xd_fx_stage *s, const char *status, const char *cause)
{
    s->core.zones[s->core.n_zones++] = (struct xd_fx_zone){.name = "neighbour.x811",
                                                           .type = "Neighbor",
                                                           .peer = "vcs11.nordlab.example",
                                                           .peer_ip = "10.106.80.15",
                                                           .port = 5061,
                                                           .transport = "TLS",
                                                           .verify = true,
                                                           .status = status,
                                                           .cause = cause};
}

/* C calls the neighbour and refuses what it presents. */
static void call_neighbour(struct xd_fx_stage *s, int64_t at, uint16_t port,
                           const char *chain, const char *why)
{
    struct xd_fx_scene scene = {.client_node = &s->core,
                                .client = {XD_FX_CORE_IP, port},
                                .server = {XD_FX_OTHER_IP, 5061},
                                .at = at,
                                .tls = {.max_version = TLS1_2_VERSION,
                                        .client_chain = "c-both ca1",
                                        .server_chain = chain,
                                        .client_trusts = s->core.ca,
                                        .server_trusts = "ca1 ca4"},
                                .finish = XD_FX_CLIENT_FIN};
    struct xd_fx_tls_record r = {.local_client = true,
                                 .local = scene.client,
                                 .remote = scene.server,
                                 .at = at,
                                 .took = 9000,
                                 .failure = why,
                                 .ssl_error = "error:0A000086:SSL routines:"
                                              "tls_process_server_certificate:certificate "
                                              "verify failed",
                                 .expected = "vcs11.nordlab.example"};

    xd_fx_play_tls(s, &scene);
    xd_fx_log_tls(&s->core, &r);
}

static void refuse_neighbour(struct xd_fx_stage *s, const char *chain, const char *why)
{
    add_neighbour_zone(s, "Failed", NULL);
    bring_up(s, "c-both ca1", "accepted-edge-public");
    for (int i = 0; i < 2; i++) {
        call_neighbour(s, s->start + (61 + 60 * i) * SECOND, (uint16_t)(25021 + 2 * i),
                       chain, why);
    }
    finish_pair(s);
}

void xd_fx_play_unknown_ca(struct xd_fx_stage *s)
{
    set_pair(s, "2026-04-02 11:00:00", "c-both");
    refuse_neighbour(s, "neighbour-ca4 ca4",
                     "self-signed certificate in certificate chain");
}

/* The near miss: the root is trusted, the step between is what nobody sent. */
void xd_fx_play_incomplete_chain(struct xd_fx_stage *s)
{
    set_pair(s, "2026-04-02 11:30:00", "c-both");
    s->edge.ca = "ca1 ca1-sub ca2 ca2-root ca3-root";
    refuse_neighbour(s, "neighbour-sub", "unable to get local issuer certificate");
}

void xd_fx_play_expired(struct xd_fx_stage *s)
{
    set_pair(s, "2026-03-29 05:00:00", "c-expired");
    s->core.alarms[s->core.n_alarms++] = (struct xd_fx_alarm){
        "40078", "error", "Client certificate expired: the client certificate has expired"};
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_uc uc = {.at = s->start + (20 + 61 * i) * SECOND,
                              .port = (uint16_t)(25001 + 3 * i),
                              .version = TLS1_2_VERSION,
                              .client_chain = "c-expired ca1",
                              .server_chain = edge_chain,
                              .reason = "certificate has expired",
                              .ssl = "error:0A000086:SSL routines:"
                                     "tls_process_client_certificate:certificate verify "
                                     "failed",
                              .heard = "sslv3 alert certificate expired",
                              .heard_code = "0A000415"};

        xd_fx_play_uc(s, &uc);
    }
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-expired");
    finish_pair(s);
}

/* Test case 1 between two nodes with the TLS versions of a fresh X15.5. */
void xd_fx_play_check_on_13(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-29 14:00:00");
    s->core.server = "c-pub-srv";
    s->core.client = "c-pub-cli";
    s->edge.server = "e-pub-srv";
    s->edge.client = "e-priv-cli";
    s->core.tls_versions = "TLSv1.2:TLSv1.3";
    s->edge.tls_versions = "TLSv1.2:TLSv1.3";
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_uc uc = {.at = s->start + (20 + 61 * i) * SECOND,
                              .port = (uint16_t)(25001 + 3 * i),
                              .version = TLS1_3_VERSION,
                              .client_chain = "c-pub-cli ca2 ca2-root",
                              .server_chain = edge_chain,
                              .reason = "unsupported certificate purpose",
                              .ssl = "error:1417C086:SSL routines:"
                                     "tls_process_client_certificate:certificate verify "
                                     "failed",
                              .heard = "sslv3 alert unsupported certificate",
                              .heard_code = "14094413"};

        xd_fx_play_uc(s, &uc);
    }
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
    finish_pair(s);
}

/* The last bytes of C's archive are missing: the end of its last file. */
void xd_fx_play_damaged(struct xd_fx_stage *s)
{
    char path[768];
    enum { LOST = 240 };

    set_pair(s, "2026-04-03 09:00:00", "c-both");
    bring_up(s, "c-both ca1", "accepted-edge-public");
    finish_pair(s);
    (void)snprintf(path, sizeof path,
                   "%s/%s/diagnostic_log_vcs8c_2026-04-03_09_10_00.tar.gz", s->fixtures,
                   s->name);
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        xd_fx_die("cannot read %s", path);
    }
    long size = ftell(f);
    (void)fclose(f);
    if (truncate(path, size - LOST) != 0) {
        xd_fx_die("cannot cut %s", path);
    }
}

/* After a restart while logging the appliance packs the log alone. */
void xd_fx_play_log_only(struct xd_fx_stage *s)
{
    set_pair(s, "2026-04-03 10:00:00", "c-both");
    s->core.log_only = true;
    bring_up(s, "c-both ca1", "accepted-edge-public");
    xd_fx_play_noise(s);
    write_one(s, &s->core);
}

void xd_fx_play_zone_down(struct xd_fx_stage *s)
{
    set_pair(s, "2026-04-03 11:00:00", "c-both");
    add_neighbour_zone(s, "Failed", NULL);
    bring_up(s, "c-both ca1", "accepted-edge-public");
    finish_pair(s);
}
