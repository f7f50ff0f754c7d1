/*
 * fx_cases_net_end.c - handshakes that end without a word or never begin, a capture that
 * is damaged inside.
 */
#include <stdio.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

static const char gone[] = "No SSL error available, probably remote disconnect";

static struct xd_fx_conn conn_to_edge(struct xd_fx_stage *s, int after, uint16_t from,
                                      uint16_t to)
{
    return (struct xd_fx_conn){.client = {XD_FX_CORE_IP, from},
                               .server = {XD_FX_EDGE_IP, to},
                               .start = s->start + after * SECOND,
                               .latency = 900,
                               .think = 1500,
                               .mss = 1448,
                               .at_client = &s->core.capture,
                               .at_server = &s->edge.capture};
}

static struct xd_fx_dialogue talk(const struct xd_fx_stage *s, const struct xd_fx_conn *c,
                                  const char *app)
{
    char label[40];
    struct xd_fx_tls tls = {.max_version = TLS1_2_VERSION,
                            .client_chain = XD_FX_CORE_CHAIN,
                            .server_chain = XD_FX_EDGE_CHAIN,
                            .client_trusts = s->core.ca,
                            .server_trusts = s->edge.ca,
                            .app = app};

    (void)snprintf(label, sizeof label, "zone:%u", c->client.port);
    return xd_fx_net_tls(s, c->start, label, &tls);
}

/* The first n chunks of the zone's dialogue, and then the end. */
static void play_part(struct xd_fx_stage *s, struct xd_fx_conn *c, size_t n)
{
    struct xd_fx_dialogue d = talk(s, c, NULL);
    struct xd_fx_dialogue part = d;

    part.n = n;
    c->talk = &part;
    (void)xd_fx_tcp(c);
    xd_fx_net_talk_free(&d);
}

static void log_gone(struct xd_fx_stage *s, const struct xd_fx_conn *c, int64_t took)
{
    struct xd_fx_tls_record r = {.local_client = true,
                                 .local = c->client,
                                 .remote = c->server,
                                 .at = c->start,
                                 .took = took,
                                 .failure = gone,
                                 .ssl_error = gone,
                                 .expected = XD_FX_EDGE_NAME};

    xd_fx_log_tls(&s->core, &r);
}

/* E takes C's certificate and closes, without an alert and without a line in its log. */
void xd_fx_play_closed(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-10 08:00:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        struct xd_fx_conn c = conn_to_edge(s, 50 + 61 * i, (uint16_t)(25001 + 2 * i), 7001);

        c.finish = XD_FX_SERVER_FIN;
        c.finish_pause = 1800;
        play_part(s, &c, 3);
        log_gone(s, &c, 14000);
    }
    xd_fx_net_end(s);
}

/* E's kernel takes the connection and the hello; nobody behind it answers. */
void xd_fx_play_hello_unanswered(struct xd_fx_stage *s)
{
    enum { PATIENCE = 15 };

    xd_fx_net_pair(s, "2026-04-10 08:30:00");
    xd_fx_set_uc_status(s, "Failed", "Active", NULL);
    xd_fx_net_tunnels_up(s);
    for (int i = 0; i < 2; i++) {
        struct xd_fx_conn c = conn_to_edge(s, 50 + 75 * i, (uint16_t)(25001 + 2 * i), 7001);

        c.finish = XD_FX_CLIENT_FIN;
        c.finish_pause = PATIENCE * SECOND;
        play_part(s, &c, 1);
        log_gone(s, &c, PATIENCE * SECOND);
    }
    xd_fx_net_end(s);
}

/*
 * The zone is up.  A further connection of it does its work and is closed by E; two more
 * are in the middle of their handshakes when the captures end.
 */
void xd_fx_play_still_open(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-10 09:00:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    struct xd_fx_conn done = conn_to_edge(s, 90, 25003, 7001);
    struct xd_fx_dialogue d = talk(s, &done, "c620 s540");
    done.talk = &d;
    done.finish = XD_FX_SERVER_FIN;
    done.finish_pause = SECOND / 2;
    (void)xd_fx_tcp(&done);
    xd_fx_net_talk_free(&d);
    for (int i = 0; i < 2; i++) {
        struct xd_fx_conn c = conn_to_edge(s, 596 + i, (uint16_t)(25005 + 2 * i), 7001);

        play_part(s, &c, i == 0 ? 2 : 1);
    }
    xd_fx_net_end(s);
}

/* Everything is in order but E's capture file: one record in it has an impossible length.
 */
void xd_fx_play_spoilt(struct xd_fx_stage *s)
{
    xd_fx_net_pair(s, "2026-04-10 09:30:00");
    xd_fx_net_zone_up(s);
    xd_fx_net_tunnels_up(s);
    s->edge.spoilt_frame = 40;
    xd_fx_net_end(s);
}
