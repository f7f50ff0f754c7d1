/*
 * fx_scenes.c - small stages, and connections with what their nodes log of them.
 */
#include <stdio.h>
#include <string.h>

#include "fx_scenes.h"

static const char server_verify_failed[] =
    "error:0A000086:SSL routines:tls_process_client_certificate:certificate verify failed";
static const char client_verify_failed[] =
    "error:0A000086:SSL routines:tls_process_server_certificate:certificate verify failed";

void xd_fx_pair(struct xd_fx_stage *s, const char *start)
{
    xd_fx_stage_set(s, start);
    s->core.server = "c-both-srv";
    s->core.client = "c-both";
    s->edge.server = "e-pub-srv";
    s->edge.client = "e-priv-cli";
}

void xd_fx_set(struct xd_fx_node *n, const char *path, const char *value)
{
    n->changed[n->n_changed][0] = path;
    n->changed[n->n_changed++][1] = value;
}

static void forget_uc(struct xd_fx_node *n)
{
    n->n_tunnels = 0;
    n->n_alarms = 0;
    xd_fx_set(n, "CollaborationEdge Enabled", "Off");
}

void xd_fx_calls_only(struct xd_fx_stage *s, const char *status)
{
    struct xd_fx_zone *zones[2] = {&s->core.zones[0], &s->edge.zones[0]};

    for (int i = 0; i < 2; i++) {
        zones[i]->name = i == 0 ? "b2b.client" : "b2b.server";
        zones[i]->uc = false;
        zones[i]->status = status;
    }
    forget_uc(&s->core);
    forget_uc(&s->edge);
}

void xd_fx_edge_alone(struct xd_fx_stage *s, const char *start)
{
    xd_fx_pair(s, start);
    xd_fx_calls_only(s, "Active");
    s->edge.n_zones = 0;
}

void xd_fx_core_alone(struct xd_fx_stage *s, const char *start)
{
    xd_fx_pair(s, start);
    xd_fx_calls_only(s, "Active");
}

void xd_fx_add_partner(struct xd_fx_node *n, const char *status)
{
    n->zones[n->n_zones++] = (struct xd_fx_zone){.name = "partner",
                                                 .type = "Neighbor",
                                                 .peer = "vcs11.nordlab.example",
                                                 .peer_ip = XD_FX_PARTNER,
                                                 .port = 5061,
                                                 .transport = "TLS",
                                                 .verify = true,
                                                 .status = status};
}

static const char *serving_chain(const struct xd_fx_node *n)
{
    return n->edge ? "e-pub-srv ca2 ca2-root" : "c-both-srv ca1";
}

static const char *calling_chain(const struct xd_fx_node *n)
{
    return n->edge ? "e-priv-cli ca1" : "c-both ca1";
}

struct xd_fx_talk xd_fx_traversal(struct xd_fx_stage *s, int after, uint16_t port)
{
    struct xd_fx_node *core = &s->core;
    struct xd_fx_node *edge = &s->edge;

    return (struct xd_fx_talk){.scene = {.client_node = core,
                                         .server_node = edge,
                                         .client = {core->ip, port},
                                         .server = {edge->ip, 7001},
                                         .at = s->start + after * SECOND,
                                         .app_pause = 20000,
                                         .tls = {.max_version = TLS1_2_VERSION,
                                                 .client_chain = calling_chain(core),
                                                 .server_chain = serving_chain(edge),
                                                 .client_trusts = core->ca,
                                                 .server_trusts = edge->ca,
                                                 .app = "c620 s540 c310 s480"}},
                               .expected = XD_FX_EDGE_NAME};
}

struct xd_fx_talk xd_fx_to_partner(const struct xd_fx_stage *s, struct xd_fx_node *n,
                                   int after, uint16_t port)
{
    return (struct xd_fx_talk){.scene = {.client_node = n,
                                         .client = {n->ip, port},
                                         .server = {XD_FX_PARTNER, 5061},
                                         .at = s->start + after * SECOND,
                                         .app_pause = 9000,
                                         .tls = {.max_version = TLS1_2_VERSION,
                                                 .client_chain = calling_chain(n),
                                                 .server_chain = "neighbour ca1",
                                                 .client_trusts = n->ca,
                                                 .server_trusts = "ca1 ca2-root",
                                                 .app = "c700 s540"}},
                               .expected = "vcs11.nordlab.example"};
}

struct xd_fx_talk xd_fx_from_partner(const struct xd_fx_stage *s, struct xd_fx_node *n,
                                     int after, uint16_t port)
{
    return (struct xd_fx_talk){.scene = {.server_node = n,
                                         .client = {XD_FX_PARTNER, port},
                                         .server = {n->ip, 5061},
                                         .at = s->start + after * SECOND,
                                         .app_pause = 9000,
                                         .tls = {.max_version = TLS1_2_VERSION,
                                                 .client_chain = "neighbour ca1",
                                                 .server_chain = serving_chain(n),
                                                 .client_trusts = "ca1 ca2-root",
                                                 .server_trusts = n->ca,
                                                 .app = "c700 s540"}}};
}

static const char *alert_text(int alert)
{
    switch (alert) {
    case 40:
        return "sslv3 alert handshake failure";
    case 42:
        return "sslv3 alert bad certificate";
    case 43:
        return "sslv3 alert unsupported certificate";
    case 44:
        return "sslv3 alert certificate revoked";
    case 45:
        return "sslv3 alert certificate expired";
    case 46:
        return "sslv3 alert certificate unknown";
    case 48:
        return "tlsv1 alert unknown ca";
    case 51:
        return "tlsv1 alert decrypt error";
    case 70:
        return "tlsv1 alert protocol version";
    default:
        xd_fx_die("no words for alert %d", alert);
    }
}

/* The refusal of a name has an event of its own, and no error of OpenSSL. */
static void log_name(struct xd_fx_node *n, const struct xd_fx_talk *t, bool client)
{
    char common[160] = "";

    if (client) {
        (void)snprintf(common, sizeof common, " Common-name=\"%s\"", t->expected);
    }
    xd_fx_log(n, t->scene.at + 16000, "tvcs:",
              "Event=\"%s TLS Negotiation Error\" Service=\"SIP\" Src-ip=\"%s\" "
              "Src-port=\"%u\" Dst-ip=\"%s\" Dst-port=\"%u\" Detail=\"Peer's TLS "
              "certificate identity was unacceptable\" Protocol=\"TLS\"%s Level=\"1\" @UTC",
              client ? "Outbound" : "Inbound", t->scene.client.ip, t->scene.client.port,
              t->scene.server.ip, t->scene.server.port, common);
}

static void log_side(struct xd_fx_node *n, const struct xd_fx_talk *t, bool client)
{
    struct xd_fx_tls_record r = {.local_client = client,
                                 .local = client ? t->scene.client : t->scene.server,
                                 .remote = client ? t->scene.server : t->scene.client,
                                 .at = t->scene.at,
                                 .took = 13000,
                                 .expected = client ? t->expected : NULL};
    bool refuser = t->by_client == client;
    char heard[200];

    if (t->why != NULL && !t->late) {
        (void)snprintf(heard, sizeof heard,
                       "error:0A000%03X:SSL routines:ssl3_read_bytes:%s", 1000 + t->alert,
                       alert_text(t->alert));
        r.failure = refuser ? t->why : alert_text(t->alert);
        r.ssl_error = !refuser         ? heard
                      : t->ssl != NULL ? t->ssl
                      : client         ? client_verify_failed
                                       : server_verify_failed;
    }
    xd_fx_log_tls(n, &r);
    if (t->late && refuser) {
        log_name(n, t, client);
    }
}

void xd_fx_play_talk(const struct xd_fx_stage *s, const struct xd_fx_talk *t)
{
    struct xd_fx_scene scene = t->scene;

    if (t->alert != 0) {
        scene.finish = t->by_client ? XD_FX_CLIENT_FIN : XD_FX_SERVER_FIN;
    }
    if (t->late) {
        scene.tls.app = NULL;
        scene.finish = t->by_client ? XD_FX_CLIENT_FIN : XD_FX_SERVER_RST;
        scene.finish_pause = 3000;
    }
    xd_fx_play_tls(s, &scene);
    if (t->alert != 0 && t->why == NULL) {
        return; /* the log does not reach so far */
    }
    if (scene.client_node != NULL) {
        log_side(scene.client_node, t, true);
    }
    if (scene.server_node != NULL) {
        log_side(scene.server_node, t, false);
    }
}

enum { FEW = 3 };

static void write_node(struct xd_fx_stage *s, struct xd_fx_node *n)
{
    char folder[512];

    (void)snprintf(folder, sizeof folder, "%s/%s", s->fixtures, s->name);
    xd_fx_log_noise(n, FEW);
    /* All that it writes down carries its own clock. */
    n->start += n->capture.clock;
    n->stop += n->capture.clock;
    xd_fx_bundle(n, folder);
}

void xd_fx_end_pair(struct xd_fx_stage *s)
{
    write_node(s, &s->core);
    write_node(s, &s->edge);
}

void xd_fx_end_one(struct xd_fx_stage *s, struct xd_fx_node *n)
{
    write_node(s, n);
}
