/*
 * fx_net_path.c - what the cases about the network share: a quiet pair, paths that
 * differ at their two ends, SSH between any two ends.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases_net.h"

enum { MESSAGES = 9 };

void xd_fx_net_pair(struct xd_fx_stage *s, const char *start)
{
    xd_fx_stage_set(s, start);
    s->core.server = "c-both-srv";
    s->core.client = "c-both";
    s->edge.server = "e-pub-srv";
    s->edge.client = "e-priv-cli";
}

void xd_fx_net_zone_up(struct xd_fx_stage *s)
{
    struct xd_fx_uc uc = {.at = s->start + 20 * SECOND,
                          .port = 25001,
                          .version = TLS1_2_VERSION,
                          .client_chain = XD_FX_CORE_CHAIN,
                          .server_chain = XD_FX_EDGE_CHAIN};

    xd_fx_play_uc(s, &uc);
}

void xd_fx_net_tunnels_up(struct xd_fx_stage *s)
{
    xd_fx_play_ssh(s, s->start + 34 * SECOND, 30011, "accepted-edge-public");
}

void xd_fx_net_write(struct xd_fx_stage *s, struct xd_fx_node *n)
{
    char folder[512];

    (void)snprintf(folder, sizeof folder, "%s/%s", s->fixtures, s->name);
    xd_fx_log_noise(n, MESSAGES);
    xd_fx_bundle(n, folder);
}

void xd_fx_net_end(struct xd_fx_stage *s)
{
    xd_fx_net_write(s, &s->core);
    xd_fx_net_write(s, &s->edge);
}

void xd_fx_net_path(const struct xd_fx_path *p)
{
    struct xd_fx_conn near = p->conn;
    struct xd_fx_conn far = p->conn;
    struct xd_fx_dialogue arrives = {0};

    if (p->conn.talk != NULL) {
        arrives = *p->conn.talk;
        arrives.n = p->there != 0 ? p->there : arrives.n;
        far.talk = &arrives;
    }
    near.at_server = NULL;
    far.at_client = NULL;
    far.start += p->conn.latency;
    far.server.ip = p->server_there != NULL ? p->server_there : far.server.ip;
    if (p->cut) {
        near.finish = XD_FX_SERVER_RST;
        far.finish = XD_FX_CLIENT_RST;
    }
    (void)xd_fx_tcp(&near);
    (void)xd_fx_tcp(&far);
}

struct xd_fx_dialogue xd_fx_net_tls(const struct xd_fx_stage *s, int64_t at,
                                    const char *label, const struct xd_fx_tls *t)
{
    struct xd_fx_tls tls = *t;
    char text[200];

    (void)snprintf(text, sizeof text, "%s/%s", s->name, label);
    tls.label = text;
    tls.at = at;
    return xd_fx_tls_run(&tls);
}

void xd_fx_net_talk_free(struct xd_fx_dialogue *d)
{
    for (size_t i = 0; i < d->n; i++) {
        xd_fx_free(&d->chunks[i].bytes);
    }
    free(d->chunks);
    *d = (struct xd_fx_dialogue){0};
}

/* Ethernet, IPv4 and TCP without options, as fx_net.c writes them. */
static bool carries(const struct xd_fx_bytes *b, uint16_t from, uint16_t to)
{
    enum { TCP_AT = 34, HEADER = 32 };

    return b->len > TCP_AT + HEADER && b->p[23] == 6 && (b->p[TCP_AT + 13] & 2) == 0 &&
           (b->p[TCP_AT] << 8 | b->p[TCP_AT + 1]) == from &&
           (b->p[TCP_AT + 2] << 8 | b->p[TCP_AT + 3]) == to;
}

void xd_fx_net_drop(struct xd_fx_capture *c, uint16_t from, uint16_t to, unsigned n)
{
    for (size_t i = 0; i < c->n; i++) {
        if (carries(&c->frames[i].bytes, from, to) && --n == 0) {
            xd_fx_free(&c->frames[i].bytes);
            memmove(&c->frames[i], &c->frames[i + 1], (c->n - i - 1) * sizeof *c->frames);
            c->n--;
            return;
        }
    }
    xd_fx_die("no such segment: %u to %u", from, to);
}

void xd_fx_net_ssh(struct xd_fx_stage *s, struct xd_fx_node *c, struct xd_fx_node *e,
                   const struct xd_fx_conn *ends, const char *transcript)
{
    struct xd_fx_conn conn = *ends;
    struct xd_fx_dialogue d = {0};
    char path[512];

    conn.latency = conn.latency != 0 ? conn.latency : 400;
    conn.think = 4000;
    conn.mss = 1448;
    conn.at_client = c != NULL ? &c->capture : NULL;
    conn.at_server = e != NULL ? &e->capture : NULL;
    if (transcript != NULL) {
        (void)snprintf(path, sizeof path, "%s/transcripts/%s.txt", s->fixtures, transcript);
        d = xd_fx_transcript(path);
        conn.talk = &d;
        conn.finish_pause = 2000;
    }
    (void)xd_fx_tcp(&conn);
    xd_fx_net_talk_free(&d);
}
