/*
 * fx_cases_names.c - names and keys that one side looks at: peers of a cluster, the XMPP
 * router, a server key that the client does not take.
 */
#include <stdio.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

#define EDGE1_FQDN "smartslave.nordlab.example"
#define EDGE2_FQDN "smartfriend.nordlab.example"

/* Two E peers; the second opens connections to the first, and may look for its name. */
struct cluster_play {
    const char *start;
    bool named;         /* the first one's certificate has its name */
    const char *mode;   /* of TLS verification, by the dumps */
    const char *change; /* of the mode, 30 s later; or NULL */
    bool before;        /* a connection before the change, too; nobody verifies it */
    bool verified;      /* the connection after it is */
};

static void connect_peers(struct xd_fx_stage *s, struct xd_fx_node *edge2,
                          const struct cluster_play *p, bool first)
{
    bool verified = p->verified && !first;
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = "e2-priv-cli ca1",
                            .server_chain =
                                p->named ? XD_FX_EDGE_CHAIN : "e-domain ca2 ca2-root",
                            .client_trusts = s->edge.ca,
                            .server_trusts = s->edge.ca,
                            .client_expects = verified ? EDGE1_FQDN : NULL,
                            .app = "c620 s540 c310 s480"};
    struct xd_fx_conn c = {.client = {"10.106.80.32", first ? 30871 : 30881},
                           .server = {XD_FX_EDGE_IP, 4372},
                           .start = s->start + (first ? 8 : 40) * SECOND,
                           .latency = 300,
                           .think = 1500,
                           .mss = 1448,
                           .at_client = &edge2->capture,
                           .at_server = &s->edge.capture,
                           .finish = verified && !p->named ? XD_FX_CLIENT_FIN
                                     : first               ? XD_FX_SERVER_FIN
                                                           : XD_FX_OPEN,
                           .finish_pause = first ? 20 * SECOND : 0};

    struct xd_fx_dialogue d =
        xd_fx_net_tls(s, c.start, first ? "cluster, first" : "cluster", &tls);
    c.talk = &d;
    (void)xd_fx_tcp(&c);
    xd_fx_net_talk_free(&d);
}

static void play_cluster(struct xd_fx_stage *s, const struct cluster_play *p)
{
    xd_fx_net_pair(s, p->start);
    struct xd_fx_node edge2 = s->edge;
    struct xd_fx_node *both[2] = {&s->edge, &edge2};

    edge2.host = "smartfriend";
    edge2.ip = "10.106.80.32";
    edge2.server = "e2-pub-srv";
    edge2.client = "e2-priv-cli";
    s->edge.server = p->named ? "e-pub-srv" : "e-domain";
    for (int i = 0; i < 2; i++) {
        both[i]->n_tunnels = 0;
        both[i]->zones[0].status = "Active";
        xd_fx_set(both[i], "Alternates Cluster Name", "edgecluster.nordlab.example");
        xd_fx_set(both[i], "Alternates Peer 1 Address", EDGE1_FQDN);
        xd_fx_set(both[i], "Alternates Peer 2 Address", EDGE2_FQDN);
        xd_fx_set(both[i], "ClusterConfiguration TLS Verify Mode", p->mode);
        if (p->change) {
            xd_fx_log(both[i], s->start + 30 * SECOND, "",
                      "@UTC Event=\"System Configuration Changed\" "
                      "Node=\"clusterdb@127.0.0.1\" PID=\"<0.513.0>\" "
                      "Detail=\"xconfiguration clusterConfiguration tls_verify - changed "
                      "from: %s to: %s\"",
                      p->mode, p->change);
        }
    }
    if (p->before) {
        connect_peers(s, &edge2, p, true);
    }
    connect_peers(s, &edge2, p, false);
    xd_fx_net_write(s, &s->edge);
    xd_fx_net_write(s, &edge2);
    xd_fx_node_free(&edge2);
}

void xd_fx_play_cluster_misnamed(struct xd_fx_stage *s)
{
    play_cluster(s, &(struct cluster_play){.start = "2026-04-10 10:00:00",
                                           .mode = "Enforcing",
                                           .verified = true});
}

void xd_fx_play_cluster_named(struct xd_fx_stage *s)
{
    play_cluster(s, &(struct cluster_play){.start = "2026-04-10 10:30:00",
                                           .named = true,
                                           .mode = "Enforcing",
                                           .verified = true});
}

void xd_fx_play_cluster_enforced(struct xd_fx_stage *s)
{
    play_cluster(s, &(struct cluster_play){.start = "2026-04-10 12:00:00",
                                           .mode = "Permissive",
                                           .change = "Enforcing",
                                           .before = true,
                                           .verified = true});
}

void xd_fx_play_cluster_relaxed(struct xd_fx_stage *s)
{
    play_cluster(s, &(struct cluster_play){.start = "2026-04-10 12:30:00",
                                           .mode = "Enforcing",
                                           .change = "Permissive"});
}

/* --- the XMPP router of E, which C asks anew --- */

static struct xd_fx_conn router_conn(struct xd_fx_stage *s, int nth)
{
    return (struct xd_fx_conn){.client = {XD_FX_CORE_IP, (uint16_t)(30201 + 2 * nth)},
                               .server = {XD_FX_EDGE_IP, 7400},
                               .start = s->start + (50 + 60 * nth) * SECOND,
                               .latency = 900,
                               .think = 1500,
                               .mss = 1448,
                               .at_client = &s->core.capture,
                               .at_server = &s->edge.capture};
}

static void call_router(struct xd_fx_stage *s, struct xd_fx_conn *c, struct xd_fx_tls *tls)
{
    char label[40];

    tls->max_version = TLS1_2_VERSION;
    tls->server_chain = tls->server_chain ? tls->server_chain : XD_FX_EDGE_CHAIN;
    tls->client_trusts = s->core.ca;
    tls->server_trusts = s->edge.ca;
    (void)snprintf(label, sizeof label, "router:%u", c->client.port);
    struct xd_fx_dialogue d = xd_fx_net_tls(s, c->start, label, tls);
    c->talk = &d;
    (void)xd_fx_tcp(c);
    c->talk = NULL;
    xd_fx_net_talk_free(&d);
}

/*
 * C's new client certificate is for servers only.  Zone and tunnels are up from before;
 * the XMPP router is asked anew, and verifies where EnableCvs is on.
 */
static void play_router(struct xd_fx_stage *s, const char *start, bool verifies)
{
    xd_fx_net_pair(s, start);
    s->core.client = "c-pub-cli";
    xd_fx_set(&s->edge, "XCP TLS Certificate CVS EnableCvs", verifies ? "On" : "Off");
    for (int i = 0; i < (verifies ? 2 : 1); i++) {
        struct xd_fx_conn c = router_conn(s, i);
        struct xd_fx_tls tls = {.client_chain = "c-pub-cli ca2 ca2-root",
                                .no_eku_check = !verifies,
                                .app = "c420 s380 c260 s240"};

        c.finish = verifies ? XD_FX_SERVER_FIN : XD_FX_OPEN;
        call_router(s, &c, &tls);
    }
    xd_fx_net_end(s);
}

void xd_fx_play_router_verifies(struct xd_fx_stage *s)
{
    play_router(s, "2026-04-10 11:00:00", true);
}

void xd_fx_play_router_trusts_all(struct xd_fx_stage *s)
{
    play_router(s, "2026-04-10 11:30:00", false);
}

/* The handshake is complete, C's router verifies the name, and leaves. */
static void play_router_name(struct xd_fx_stage *s, const char *start, const char *line)
{
    xd_fx_net_pair(s, start);
    xd_fx_set(&s->core, "XCP TLS Certificate CVS EnableCvs", "On");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_conn c = router_conn(s, i);
        struct xd_fx_tls tls = {.client_chain = XD_FX_CORE_CHAIN};

        c.finish = XD_FX_CLIENT_FIN;
        c.finish_pause = 4000;
        call_router(s, &c, &tls);
        xd_fx_log(&s->core, c.start + 14000, "XCP_JABBERD[20026]:",
                  "@UTC ThreadID=\"140219437471488\" Module=\"Jabber\" Level=\"WARN \" %s",
                  line);
    }
    xd_fx_net_end(s);
}

void xd_fx_play_router_misnamed(struct xd_fx_stage *s)
{
    play_router_name(
        s, "2026-04-10 13:00:00",
        "CodeLocation=\"cvsservice.cpp:601\" Detail=\"Certificate verification "
        "failed for host=" XD_FX_EDGE_IP ", additional info: Invalid Hostname\"");
}

void xd_fx_play_router_no_ptr(struct xd_fx_stage *s)
{
    play_router_name(s, "2026-04-10 14:00:00",
                     "CodeLocation=\"cvsservice.cpp:409\" Detail=\"caught exception: "
                     "exception in reverseDNSLookup: reverse DNS lookup failed for "
                     "address=" XD_FX_EDGE_IP "\"");
}

/* E has a certificate for another domain; nobody looks at names on this port. */
void xd_fx_play_router_any_name(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-10 13:30:00");
    s->edge.server = "e-domain";
    xd_fx_set(&s->core, "XCP TLS Certificate CVS EnableCvs", "On");
    xd_fx_set(&s->core, "XCP TLS Certificate CVS VerifyHostname", "Off");
    struct xd_fx_conn c = router_conn(s, 0);
    struct xd_fx_tls tls = {.client_chain = XD_FX_CORE_CHAIN,
                            .server_chain = "e-domain ca2 ca2-root",
                            .app = "c420 s380 c260 s240"};
    call_router(s, &c, &tls);
    xd_fx_net_end(s);
}

/* E uses two interfaces; C comes to the outer one, where the router does not listen. */
void xd_fx_play_router_outside(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-10 14:30:00");
    s->edge.ip2 = "10.106.81.31";
    for (int i = 0; i < 3; i++) {
        struct xd_fx_conn c = router_conn(s, i);

        c.finish = XD_FX_SYN_REFUSED;
        (void)xd_fx_tcp(&c);
        xd_fx_log(&s->core, c.start + 2600, "XCP_JABBERD[20026]:",
                  "@UTC ThreadID=\"140219437471488\" Module=\"Jabber\" Level=\"WARN \" "
                  "CodeLocation=\"mio.c:1121\" Detail=\"Unable to connect to host "
                  "'%s', port 7400:(111) Connection refused\"",
                  XD_FX_EDGE_IP);
    }
    xd_fx_net_end(s);
}

/* --- E's new server certificate has an Ed25519 key --- */

static void play_ed25519(struct xd_fx_stage *s, const char *start, const char *algorithms)
{
    enum { TIMES = 2 };

    xd_fx_net_pair(s, start);
    s->edge.server = "e-ed25519";
    if (algorithms) {
        xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    }
    for (int i = 0; i < (algorithms ? TIMES : 1); i++) {
        uint16_t port = (uint16_t)(25001 + 2 * i);
        char label[40];
        struct xd_fx_conn c = {.client = {XD_FX_CORE_IP, port},
                               .server = {XD_FX_EDGE_IP, 7001},
                               .start = s->start + (50 + 61 * i) * SECOND,
                               .latency = 900,
                               .think = 1500,
                               .mss = 1448,
                               .at_client = &s->core.capture,
                               .at_server = &s->edge.capture,
                               .finish = algorithms ? XD_FX_SERVER_FIN : XD_FX_OPEN};
        struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                                .client_chain = XD_FX_CORE_CHAIN,
                                .server_chain = "e-ed25519 ca1",
                                .client_trusts = s->core.ca,
                                .server_trusts = s->edge.ca,
                                .client_algorithms = algorithms,
                                .app = "c700 s540 c320 s300"};

        (void)snprintf(label, sizeof label, "zone:%u", port);
        struct xd_fx_dialogue d = xd_fx_net_tls(s, c.start, label, &tls);
        c.talk = &d;
        (void)xd_fx_tcp(&c);
        xd_fx_net_talk_free(&d);
        struct xd_fx_tls_record r = {
            .local_client = true,
            .local = c.client,
            .remote = c.server,
            .at = c.start,
            .took = 14000,
            .failure = algorithms ? "sslv3 alert handshake failure" : NULL,
            .ssl_error = algorithms ? "error:0A000410:SSL routines:ssl3_read_"
                                      "bytes:sslv3 alert handshake failure"
                                    : NULL,
            .expected = XD_FX_EDGE_NAME};
        xd_fx_log_tls(&s->core, &r);
    }
    xd_fx_net_end(s);
}

void xd_fx_play_ed25519_refused(struct xd_fx_stage *s)
{
    play_ed25519(s, "2026-04-10 15:00:00",
                 "rsa_pss_rsae_sha256:rsa_pkcs1_sha256:ecdsa_secp256r1_sha256");
}

void xd_fx_play_ed25519(struct xd_fx_stage *s)
{
    play_ed25519(s, "2026-04-10 15:30:00", NULL);
}
