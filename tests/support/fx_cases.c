/*
 * fx_cases.c - the vendor document's conditions, test cases and scenarios.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases.h"
#include "fx_cases_net.h"

#define SECOND INT64_C(1000000)

static const char purpose_error[] =
    "error:0A000086:SSL routines:tls_process_client_certificate:"
    "certificate verify failed";
static const char refused_text[] = "sslv3 alert unsupported certificate";
static const char edge_public_chain[] = "e-pub-srv ca2 ca2-root";

static void write_bundles(struct xd_fx_stage *s)
{
    char folder[512];

    (void)snprintf(folder, sizeof folder, "%s/%s", s->fixtures, s->name);
    xd_fx_bundle(&s->core, folder);
    xd_fx_bundle(&s->edge, folder);
}

static void set_stores(struct xd_fx_node *n, const char *server, const char *client)
{
    n->server = server;
    n->client = client;
}

/* A UC zone that comes up, once, and stays. */
static void zone_up(struct xd_fx_stage *s, int version, const char *client,
                    const char *server)
{
    struct xd_fx_uc uc = {.at = s->start + 20 * SECOND,
                          .port = 25001,
                          .version = version,
                          .client_chain = client,
                          .server_chain = server,
                          .gso = true};

    xd_fx_play_uc(s, &uc);
}

static void tunnels_up(struct xd_fx_stage *s, const char *transcript)
{
    xd_fx_play_ssh(s, s->start + 34 * SECOND, 30011, transcript);
}

/* Both purposes missing at C: certificates of condition 2. */
static void set_condition_2(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-29 06:55:00");
    set_stores(&s->core, "c-pub-srv", "c-pub-cli");
    set_stores(&s->edge, "e-pub-srv", "e-pub-srv");
}

static void play_check_on(struct xd_fx_stage *s)
{
    set_condition_2(s);
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    for (int i = 0; i < 3; i++) {
        struct xd_fx_uc uc = {.at = s->start + (20 + 61 * i) * SECOND,
                              .port = (uint16_t)(25001 + 3 * i),
                              .version = TLS1_2_VERSION,
                              .client_chain = "c-pub-cli ca2 ca2-root",
                              .server_chain = edge_public_chain,
                              .reason = "unsuitable certificate purpose",
                              .ssl = purpose_error,
                              .heard = refused_text,
                              .gso = i == 0,
                              .lose = i == 1 ? 5 : 0};

        xd_fx_play_uc(s, &uc);
    }
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
    xd_fx_play_ssh(s, s->start + 97 * SECOND, 30014, "refused-server-only-2");
    xd_fx_play_noise(s);
    write_bundles(s);
}

/* Three refusals, then E's intrusion protection drops C's packets. */
static void play_check_off(struct xd_fx_stage *s)
{
    set_condition_2(s);
    s->edge.eku_on = false;
    s->core.zone_minutes = 330;
    s->core.zone_name = "Asia/Kolkata";
    xd_fx_set_uc_status(s, "Active", "Failed", "Permission denied");
    zone_up(s, TLS1_2_VERSION, "c-pub-cli ca2 ca2-root", edge_public_chain);
    static const char *const refusals[] = {"refused-server-only", "refused-server-only-2",
                                           "refused-server-only-3"};

    for (int i = 0; i < 3; i++) {
        xd_fx_play_ssh(s, s->start + (33 + 32 * i) * SECOND, (uint16_t)(30011 + 2 * i),
                       refusals[i]);
    }
    for (int i = 0; i < 5; i++) {
        xd_fx_play_ssh(s, s->start + (141 + 32 * i) * SECOND, (uint16_t)(30031 + 2 * i),
                       NULL);
    }
    xd_fx_play_noise(s);
    write_bundles(s);
}

static void play_success(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-29 07:20:00");
    set_stores(&s->core, "c-pub-srv", "c-both");
    set_stores(&s->edge, "e-pub-srv", "e-pub-srv");
    s->core.tls_versions = "TLSv1.2:TLSv1.3";
    s->edge.tls_versions = "TLSv1.2:TLSv1.3";
    zone_up(s, TLS1_3_VERSION, "c-both ca1", edge_public_chain);
    tunnels_up(s, "accepted-edge-public");
    xd_fx_play_noise(s);
    write_bundles(s);
}

/* E calls Webex, which asks for its certificate. */
static void call_webex(struct xd_fx_stage *s, int64_t at, uint16_t port, const char *chain,
                       const char *webex_trusts)
{
    struct xd_fx_scene scene = {
        .client_node = &s->edge,
        .client = {XD_FX_EDGE_IP, port},
        .server = {XD_FX_WEBEX2_IP, 5061},
        .at = at,
        .latency = 22000,
        .mss = 1242,
        .tls = {.max_version = TLS1_2_VERSION,
                .client_chain = chain,
                .server_chain = "webex ca3 ca3-root",
                .client_trusts = s->edge.ca,
                .server_trusts = webex_trusts,
                .sni = "sip-edge.webexsite.example",
                .app = "c900 s620 c700 s810"},
        .finish = strstr(chain, "pub-srv") != NULL ? XD_FX_SERVER_FIN : XD_FX_OPEN,
        .app_pause = 9000,
        .gso = true};

    xd_fx_play_tls(s, &scene);
}

static void add_webex_zone(struct xd_fx_stage *s)
{
    s->edge.zones[s->edge.n_zones++] =
        (struct xd_fx_zone){.name = "webex.dns",
                            .type = "DNS",
                            .transport = "TLS",
                            .verify = true,
                            .subject = "sip-edge.webexsite.example",
                            .status = "On"};
}

static void log_webex(struct xd_fx_stage *s, int64_t at, uint16_t port, const char *ip,
                      const char *failure)
{
    struct xd_fx_tls_record r = {.local_client = true,
                                 .local = {XD_FX_EDGE_IP, port},
                                 .remote = {ip, 5061},
                                 .at = at,
                                 .took = 98000,
                                 .peer_cn = "sip-edge.webexsite.example",
                                 .peer_alt = "sip-edge.webexsite.example webexsite.example",
                                 .failure = failure,
                                 .ssl_error = "error:0A000413:SSL routines:ssl3_read_bytes:"
                                              "sslv3 alert unsupported certificate",
                                 .expected = "sip-edge.webexsite.example"};

    xd_fx_log_tls(&s->edge, &r);
}

static void play_upgrade(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-24 16:20:00");
    set_stores(&s->core, "c-both", "c-both");
    set_stores(&s->edge, "e-pub-both", "e-pub-both");
    add_webex_zone(s);
    zone_up(s, TLS1_2_VERSION, "c-both ca1", "e-pub-both ca2 ca2-root");
    tunnels_up(s, "accepted-edge-both");
    call_webex(s, s->start + 75 * SECOND, 25003, "e-pub-both ca2 ca2-root",
               "ca2-root ca3-root");
    log_webex(s, s->start + 75 * SECOND, 25003, XD_FX_WEBEX2_IP, NULL);
    xd_fx_play_noise(s);
    write_bundles(s);
}

static void play_private(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-30 09:10:00");
    set_stores(&s->core, "c-both-srv", "c-both");
    set_stores(&s->edge, "e-priv-srv", "e-priv-cli");
    zone_up(s, TLS1_2_VERSION, "c-both ca1", "e-priv-srv ca1");
    tunnels_up(s, "accepted-all-private");
    xd_fx_play_noise(s);
    write_bundles(s);
}

static void play_public_edge(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-30 13:40:00");
    set_stores(&s->core, "c-both-srv", "c-both");
    set_stores(&s->edge, "e-pub-srv", "e-pub-srv");
    add_webex_zone(s);
    zone_up(s, TLS1_2_VERSION, "c-both ca1", edge_public_chain);
    tunnels_up(s, "accepted-edge-public");
    for (int i = 0; i < 2; i++) {
        int64_t at = s->start + (75 + 40 * i) * SECOND;
        uint16_t port = (uint16_t)(25003 + 2 * i);

        call_webex(s, at, port, edge_public_chain, "ca2-root ca3-root");
        log_webex(s, at, port, XD_FX_WEBEX2_IP, refused_text);
    }
    xd_fx_play_noise(s);
    write_bundles(s);
}

/* A pair in order, with four different certificates. */
static void set_healthy(struct xd_fx_stage *s, const char *start)
{
    xd_fx_stage_set(s, start);
    set_stores(&s->core, "c-pub-srv", "c-both");
    set_stores(&s->edge, "e-pub-srv", "e-priv-cli");
    zone_up(s, TLS1_2_VERSION, "c-both ca1", edge_public_chain);
    tunnels_up(s, "accepted-edge-public");
}

/* The log also tells of an earlier call, to the other address, that was not captured. */
static void play_webex(struct xd_fx_stage *s)
{
    set_healthy(s, "2026-03-24 11:45:47");
    add_webex_zone(s);
    log_webex(s, xd_fx_time("2026-03-24 11:54:26"), 25002, XD_FX_WEBEX_IP, NULL);
    call_webex(s, xd_fx_time("2026-03-24 11:55:20"), 25003, "e-priv-cli ca1",
               "ca1 ca3-root");
    log_webex(s, xd_fx_time("2026-03-24 11:55:20"), 25003, XD_FX_WEBEX2_IP, NULL);
    xd_fx_play_noise(s);
    write_bundles(s);
}

static void add_neighbour_zone(struct xd_fx_stage *s, const char *status)
{
    s->core.zones[s->core.n_zones++] = (struct xd_fx_zone){.name = "neighbour.x811",
                                                           .type = "Neighbor",
                                                           .peer = "vcs11.nordlab.example",
                                                           .peer_ip = XD_FX_OTHER_IP,
                                                           .port = 5061,
                                                           .transport = "TLS",
                                                           .verify = true,
                                                           .status = status};
}

static void play_neighbour(struct xd_fx_stage *s)
{
    set_healthy(s, "2026-03-25 03:10:11");
    add_neighbour_zone(s, "Active");
    s->core.pcapng = true;
    s->core.ring_files = 3;
    struct xd_fx_scene scene = {.server_node = &s->core,
                                .client = {XD_FX_OTHER_IP, 25122},
                                .server = {XD_FX_CORE_IP, 5061},
                                .at = s->start + 92 * SECOND,
                                .tls = {.max_version = TLS1_2_VERSION,
                                        .client_chain = "neighbour ca1",
                                        .server_chain = "c-pub-srv ca2 ca2-root",
                                        .client_trusts = "ca1 ca2-root",
                                        .server_trusts = s->core.ca,
                                        .app = "c700 s540"},
                                .app_pause = 9000,
                                .swap = 2};
    xd_fx_play_tls(s, &scene);
    struct xd_fx_tls_record r = {.local = scene.server,
                                 .remote = scene.client,
                                 .at = scene.at,
                                 .took = 11000,
                                 .peer_cn = "vcs11.nordlab.example",
                                 .peer_alt = "vcs11.nordlab.example"};
    xd_fx_log_tls(&s->core, &r);
    xd_fx_play_noise(s);
    write_bundles(s);
}

static void play_tftp(struct xd_fx_stage *s)
{
    set_healthy(s, "2026-03-29 10:00:00");
    struct xd_fx_scene scene = {.client_node = &s->core,
                                .client = {XD_FX_CORE_IP, 30240},
                                .server = {XD_FX_CUCM_IP, 6972},
                                .at = s->start + 101 * SECOND,
                                .tls = {.max_version = TLS1_2_VERSION,
                                        .client_chain = "c-both ca1",
                                        .server_chain = "cucm ca1",
                                        .client_trusts = s->core.ca,
                                        .server_trusts = "ca1",
                                        .sni = "cucm.nordlab.example",
                                        .app = "c260 s3900",
                                        .client_closes = true},
                                .finish = XD_FX_CLIENT_FIN,
                                .app_pause = 4000,
                                .gso = true};
    xd_fx_play_tls(s, &scene);
    xd_fx_log(&s->core, scene.at + 20000, "traffic_server[3916]:",
              "@UTC Module=\"network.http.trafficserver\" Level=\"INFO\": "
              "Detail=\"Sending Request\" Dst-ip=\"%s\" Dst-port=\"6972\" "
              "Msg=\"GET /CSFhanu.cnf.xml HTTP/1.1\"",
              XD_FX_CUCM_IP);
    xd_fx_play_noise(s);
    write_bundles(s);
}

static void play_x154(struct xd_fx_stage *s)
{
    xd_fx_stage_set(s, "2026-03-18 08:00:00");
    set_stores(&s->core, "c-both", NULL);
    set_stores(&s->edge, "e-pub-srv", NULL);
    s->core.version = "X15.4";
    s->edge.version = "X15.4";
    s->edge.server_eku_upload = true;
    zone_up(s, TLS1_2_VERSION, "c-both ca1", edge_public_chain);
    tunnels_up(s, "accepted-edge-public");
    xd_fx_play_noise(s);
    write_bundles(s);
}

const struct xd_fx_case xd_fx_cases[] = {
    {"condition-1-upgrade", play_upgrade},
    {"condition-2-check-on", play_check_on},
    {"condition-2-check-off", play_check_off},
    {"condition-2.1-success", play_success},
    {"condition-3-private-ca", play_private},
    {"condition-4-public-e", play_public_edge},
    {"scenario-1-webex-client", play_webex},
    {"scenario-2-neighbour-server", play_neighbour},
    {"test-case-3-cucm-6972", play_tftp},
    {"x15.4-node", play_x154},
    {"condition-2-check-on-tls13", xd_fx_play_check_on_13},
    {"wrong-store-presented", xd_fx_play_wrong_store},
    {"stale-certificate-presented", xd_fx_play_stale},
    {"unknown-ca", xd_fx_play_unknown_ca},
    {"incomplete-chain", xd_fx_play_incomplete_chain},
    {"certificate-expired", xd_fx_play_expired},
    {"damaged-bundle", xd_fx_play_damaged},
    {"log-only-bundle", xd_fx_play_log_only},
    {"zone-down-unexplained", xd_fx_play_zone_down},
    {"firewall-reset", xd_fx_play_firewall_reset},
    {"peer-reset", xd_fx_play_peer_reset},
    {"connection-unanswered", xd_fx_play_syn_lost},
    {"connection-unanswered-at-e", xd_fx_play_syn_ignored},
    {"connection-refused", xd_fx_play_refused},
    {"connection-refused-by-path", xd_fx_play_refused_by_path},
    {"traversal-test-refused", xd_fx_play_traversal_test},
    {"traversal-auth-failed", xd_fx_play_traversal_auth},
    {"capture-gap", xd_fx_play_capture_gap},
    {"joined-by-offset", xd_fx_play_clock_offset},
    {"came-up-later", xd_fx_play_came_up},
    {"ssh-unreachable", xd_fx_play_ssh_unreachable},
    {"ssh-intermediate-missing", xd_fx_play_ssh_intermediate},
    {"ssh-intermediate-sent", xd_fx_play_ssh_intermediate_sent},
    {"ssh-kex-mismatch", xd_fx_play_ssh_kex},
    {"ssh-key-algorithm", xd_fx_play_ssh_algorithm},
    {"ssh-host-key-unexpected", xd_fx_play_ssh_host_key},
    {"ssh-other-host", xd_fx_play_ssh_other_host},
    {"ssh-stale-host-certificate", xd_fx_play_ssh_stale_host},
    {"ssh-auth-failed", xd_fx_play_ssh_login},
    {"host-name-underscore", xd_fx_play_underscore},
    {"reverse-dns", xd_fx_play_reverse_dns},
    {"c-alone", xd_fx_play_c_alone},
    {"e-alone", xd_fx_play_e_alone},
    {"before-and-after", xd_fx_play_before_after},
    {"clusters-one-stale", xd_fx_play_clusters},
    {"cluster-peers-differ", xd_fx_play_cluster_differs},
    {"cluster-enforcing-x14", xd_fx_play_cluster_x143},
    {"cluster-enforcing-x15.4", xd_fx_play_cluster_x154},
    {"scanners", xd_fx_play_scanners},
    {"crowd-expired", xd_fx_play_crowd},
    {"scanner-on-7001", xd_fx_play_scan_zone},
    {"scanner-on-2222", xd_fx_play_scan_tunnels},
    {"scanner-in-the-log", xd_fx_play_scan_log},
    {"scanner-and-broken-c", xd_fx_play_scan_and_fault},
    {"c-behind-nat-refused", xd_fx_play_nat_zone},
    {"c-behind-nat-ssh-refused", xd_fx_play_nat_tunnels},
    {"near-misses", xd_fx_play_near_misses},
    {"deprecated-setting", xd_fx_play_deprecated},
    {"handshake-closed", xd_fx_play_closed},
    {"handshake-unanswered", xd_fx_play_hello_unanswered},
    {"handshakes-still-open", xd_fx_play_still_open},
    {"input-damaged", xd_fx_play_spoilt},
    {"cluster-name-mismatch", xd_fx_play_cluster_misnamed},
    {"cluster-name-in-san", xd_fx_play_cluster_named},
    {"cluster-made-enforcing", xd_fx_play_cluster_enforced},
    {"cluster-made-permissive", xd_fx_play_cluster_relaxed},
    {"xmpp-router-name-refused", xd_fx_play_router_misnamed},
    {"xmpp-router-names-unchecked", xd_fx_play_router_any_name},
    {"xmpp-router-no-reverse-dns", xd_fx_play_router_no_ptr},
    {"xmpp-router-outer-interface", xd_fx_play_router_outside},
    {"ed25519-server-key", xd_fx_play_ed25519_refused},
    {"ed25519-server-key-taken", xd_fx_play_ed25519},
    {"cucm-renamed", xd_fx_play_cucm_renamed},
    {"cucm-renamed-unverified", xd_fx_play_cucm_renamed_unverified},
    {"cucm-second-node-self-signed", xd_fx_play_cucm_self_signed},
    {"cucm-second-node-unverified", xd_fx_play_cucm_unverified},
    {"two-faults-at-once", xd_fx_play_two_faults},
    {"bundles-of-two-days", xd_fx_play_two_days},
    {"two-customers", xd_fx_play_two_customers},
    {"second-edge-not-given", xd_fx_play_second_edge},
    {"c-log-alone", xd_fx_play_c_log},
    {"c-log-alone-untold-zone", xd_fx_play_c_log_calls},
    {"xmpp-router-verifies", xd_fx_play_router_verifies},
    {"xmpp-router-without-cvs", xd_fx_play_router_trusts_all},
    {NULL, NULL},
};
