/*
 * fx_cases_net_ssh.c - the SSH tunnels of port 2222, and the names that they need.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

static const char edge_log_ssh[] = "sshd[4711]:";

static struct xd_fx_conn tunnel_conn(int64_t at, uint16_t port, enum xd_fx_finish finish)
{
    return (struct xd_fx_conn){.client = {XD_FX_CORE_IP, port},
                               .server = {XD_FX_EDGE_IP, 2222},
                               .start = at,
                               .finish = finish};
}

static void log_ssh(struct xd_fx_stage *s, int64_t at, const char *text)
{
    xd_fx_log(&s->core, at, "ssh:", "Detail=\"%s\" Level=\"ERROR\" @UTC", text);
}

/* A firewall without a rule for 2222: silent from the start. */
void xd_fx_play_ssh_unreachable(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 08:00:00");
    xd_fx_set_uc_status(s, "Active", "Failed", "Connection timed out");
    xd_fx_net_zone_up(s);
    for (int i = 0; i < 3; i++) {
        int64_t at = s->start + (40 + 32 * i) * SECOND;
        struct xd_fx_conn c = tunnel_conn(at, (uint16_t)(30011 + 2 * i), XD_FX_SYN_SILENT);

        xd_fx_net_ssh(s, &s->core, NULL, &c, NULL);
        log_ssh(s, at + 31 * SECOND,
                "ssh: connect to host " XD_FX_EDGE_NAME " port 2222: Connection timed out");
    }
    xd_fx_net_end(s);
}

/* A new issuing CA: neither C nor E has it, so C sends its leaf alone. */
void xd_fx_play_ssh_intermediate(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 08:30:00");
    s->core.client = "c-sub";
    xd_fx_set_uc_status(s, "Active", "Failed", "Permission denied");
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_CLIENT_FIN);
    xd_fx_net_ssh(s, &s->core, &s->edge, &c, "refused-intermediate");
    log_ssh(s, c.start + 200000,
            "_pfwd@" XD_FX_EDGE_NAME ": Permission denied (publickey).");
    /* The same CA issued CUCM's certificate, and CUCM sends it along. */
    struct xd_fx_scene uds = {.client_node = &s->core,
                              .client = {XD_FX_CORE_IP, 30102},
                              .server = {XD_FX_CUCM_IP, 8443},
                              .at = s->start + 52 * SECOND,
                              .tls = {.max_version = TLS1_2_VERSION,
                                      .server_chain = "cucm-sub ca1-sub",
                                      .client_trusts = s->core.ca,
                                      .sni = "cucm.nordlab.example",
                                      .app = "c412 s1710",
                                      .client_closes = true},
                              .finish = XD_FX_CLIENT_FIN,
                              .app_pause = 3000};
    xd_fx_play_tls(s, &uds);
    xd_fx_net_end(s);
}

/* The near miss: C has the issuing CA in its list and sends it; E takes the login. */
void xd_fx_play_ssh_intermediate_sent(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 09:00:00");
    s->core.client = "c-sub";
    s->core.ca = "ca1 ca1-sub ca2 ca2-root";
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_OPEN);
    xd_fx_net_ssh(s, &s->core, &s->edge, &c, "accepted-intermediate");
    xd_fx_net_end(s);
}

/* E's tunnels offer another key exchange than C's. */
void xd_fx_play_ssh_kex(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 09:30:00");
    xd_fx_set_uc_status(s, "Active", "Failed", NULL);
    xd_fx_net_zone_up(s);
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_CLIENT_FIN);
    xd_fx_net_ssh(s, &s->core, &s->edge, &c, "refused-kex");
    log_ssh(s, c.start + 200000,
            "Unable to negotiate with " XD_FX_EDGE_IP
            " port 2222: no matching key exchange method found. Their offer: "
            "ecdh-sha2-nistp384");
    xd_fx_net_end(s);
}

/* E admits ECDSA keys alone; C's is RSA. */
void xd_fx_play_ssh_algorithm(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 10:00:00");
    xd_fx_set_uc_status(s, "Active", "Failed", "Permission denied");
    xd_fx_set(&s->edge, "Ciphers sshd_pfwd_pubkeyalgorithms Value",
              "x509v3-ecdsa-sha2-nistp256");
    xd_fx_net_zone_up(s);
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_CLIENT_FIN);
    xd_fx_net_ssh(s, &s->core, &s->edge, &c, "refused-algorithm");
    log_ssh(s, c.start + 200000,
            "_pfwd@" XD_FX_EDGE_NAME ": Permission denied (publickey).");
    xd_fx_log(&s->edge, c.start + 150000, edge_log_ssh,
              "Detail=\"userauth_pubkey: signature algorithm x509v3-rsa2048-sha256 not in "
              "PubkeyAcceptedAlgorithms\" Level=\"INFO\" @UTC");
    xd_fx_net_end(s);
}

/* Another machine answers on E's address: its certificate is of a CA that C lacks. */
void xd_fx_play_ssh_host_key(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 10:30:00");
    xd_fx_set_uc_status(s, "Active", "Failed", "Host key verification failed.");
    xd_fx_net_zone_up(s);
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_CLIENT_FIN);
    xd_fx_net_ssh(s, &s->core, NULL, &c, "aborted-host");
    log_ssh(s, c.start + 200000, "Host key verification failed.");
    xd_fx_net_end(s);
}

/* Another machine of the house, with a certificate of the same CA: C logs in there. */
void xd_fx_play_ssh_other_host(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 11:00:00");
    xd_fx_net_zone_up(s);
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_OPEN);
    xd_fx_net_ssh(s, &s->core, NULL, &c, "accepted-other-host");
    xd_fx_net_end(s);
}

/* The near miss: E's own certificate of before the renewal; a restart is due. */
void xd_fx_play_ssh_stale_host(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 11:30:00");
    s->edge.alarms[s->edge.n_alarms++] = (struct xd_fx_alarm){
        "15028", "warning",
        "Restart required: Security certificates have been updated, however a restart is "
        "required for this to take effect"};
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_OPEN);
    xd_fx_net_ssh(s, &s->core, &s->edge, &c, "accepted-old-host");
    xd_fx_net_end(s);
}

/* The certificate is good; the account that may log in is another. */
void xd_fx_play_ssh_login(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 12:00:00");
    xd_fx_set_uc_status(s, "Active", "Failed", "Permission denied");
    xd_fx_net_zone_up(s);
    struct xd_fx_conn c = tunnel_conn(s->start + 40 * SECOND, 30011, XD_FX_CLIENT_FIN);
    xd_fx_net_ssh(s, &s->core, &s->edge, &c, "refused-login");
    log_ssh(s, c.start + 200000,
            "_pfwd@" XD_FX_EDGE_NAME ": Permission denied (publickey).");
    xd_fx_net_end(s);
}

/* E's host name has an underscore: the zone is up, no tunnel ever starts. */
void xd_fx_play_underscore(struct xd_fx_stage *s)
{
    static const char name[] = "smart_slave.nordlab.example";

    xd_fx_net_pair(s, "2026-04-08 12:30:00");
    xd_fx_set_uc_status(s, "Active", "Failed", NULL);
    s->edge.host = "smart_slave";
    s->edge.server = "e-under";
    s->core.zones[0].peer = name;
    for (size_t i = 0; i < s->core.n_tunnels; i++) {
        s->core.tunnels[i].target = name;
    }
    s->core.alarms[0].detail =
        "Unified Communications SSH tunnel failure: This system cannot communicate with "
        "one or more remote hosts: smart_slave.nordlab.example";
    struct xd_fx_scene zone = {.client_node = &s->core,
                               .server_node = &s->edge,
                               .client = {XD_FX_CORE_IP, 25001},
                               .server = {XD_FX_EDGE_IP, 7001},
                               .at = s->start + 20 * SECOND,
                               .tls = {.max_version = TLS1_2_VERSION,
                                       .client_chain = XD_FX_CORE_CHAIN,
                                       .server_chain = "e-under ca1",
                                       .client_trusts = s->core.ca,
                                       .server_trusts = s->edge.ca,
                                       .app = "c620 s540 c310 s480"},
                               .app_pause = 20000};
    xd_fx_play_tls(s, &zone);
    xd_fx_log(
        &s->core, s->start + 31 * SECOND, "portforwarding:",
        "Level=\"ERROR\" Event=\"Application Failed\" Detail=\"An unexpected software "
        "error was detected in portforwarding.pyc\" @UTC");
    xd_fx_net_end(s);
}

/* C's two alarms on the reverse look-up of E; the tunnels hold so far. */
void xd_fx_play_reverse_dns(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-08 13:00:00");
    s->core.alarms[s->core.n_alarms++] =
        (struct xd_fx_alarm){"25030", "warning",
                             "DNS: reverse lookup failed for " XD_FX_EDGE_IP
                             ": this can cause Mobile and Remote Access login to fail"};
    s->core.alarms[s->core.n_alarms++] = (struct xd_fx_alarm){
        "25031", "warning",
        "DNS: the name that the reverse lookup of " XD_FX_EDGE_IP
        " gives, edge-old.nordlab.example, is no subject alternative name of the "
        "Expressway-E's server certificate"};
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    xd_fx_net_end(s);
}
