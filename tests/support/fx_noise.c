/*
 * fx_noise.c - traffic that every capture holds besides its case: names looked up, voice,
 * SIP over TCP, healthy HTTPS inside and from an administrator.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ssl.h>

#include "fx_cases.h"

static void put_dns_name(struct xd_fx_bytes *b, const char *name)
{
    while (*name != '\0') {
        size_t n = strcspn(name, ".");

        xd_fx_put_be(b, n, 1);
        xd_fx_put(b, name, n);
        name += n + (name[n] == '.' ? 1 : 0);
    }
    xd_fx_put_be(b, 0, 1);
}

/* An A question and its answer (RFC 1035). */
static void look_up(struct xd_fx_node *n, int64_t at, uint16_t port, const char *name,
                    uint32_t ip)
{
    struct xd_fx_end own = {n->ip, port};
    struct xd_fx_end resolver = {"10.106.80.5", 53};
    struct xd_fx_bytes question = {0};
    struct xd_fx_bytes answer = {0};

    for (int i = 0; i < 2; i++) {
        struct xd_fx_bytes *b = i == 0 ? &question : &answer;

        xd_fx_put_be(b, port * 3U & 0xffff, 2);
        xd_fx_put_be(b, i == 0 ? 0x0100 : 0x8180, 2);
        xd_fx_put_be(b, 1, 2);
        xd_fx_put_be(b, (uint64_t)i, 2);
        xd_fx_put_be(b, 0, 4);
        put_dns_name(b, name);
        xd_fx_put_be(b, 0x00010001, 4);
    }
    xd_fx_put_be(&answer, 0xc00c, 2);
    xd_fx_put_be(&answer, 0x00010001, 4);
    xd_fx_put_be(&answer, 3600, 4);
    xd_fx_put_be(&answer, 4, 2);
    xd_fx_put_be(&answer, ip, 4);
    struct xd_fx_udp ask = {.from = own, .to = resolver, .at = at, .at_from = &n->capture};
    struct xd_fx_udp reply = {
        .from = resolver, .to = own, .at = at, .latency = 900, .at_to = &n->capture};
    xd_fx_udp(&ask, question.p, question.len);
    xd_fx_udp(&reply, answer.p, answer.len);
    xd_fx_free(&question);
    xd_fx_free(&answer);
}

/* Half a second of G.711 both ways (RFC 3550). */
static void speak(struct xd_fx_node *n, int64_t at, const char *peer)
{
    char label[80];

    (void)snprintf(label, sizeof label, "rtp/%s/%" PRId64, n->host, at);
    struct xd_fx_dice d = xd_fx_dice(label);
    for (unsigned i = 0; i < 24; i++) {
        struct xd_fx_end own = {n->ip, 36012};
        struct xd_fx_end other = {peer, 24580};
        struct xd_fx_bytes b = {0};
        uint8_t sound[160];
        bool out = i % 2 == 0;
        struct xd_fx_udp u = {.from = out ? own : other,
                              .to = out ? other : own,
                              .at = at + (int64_t)i * 10000,
                              .at_from = out ? &n->capture : NULL,
                              .at_to = out ? NULL : &n->capture};

        xd_fx_put_be(&b, 0x8000, 2);
        xd_fx_put_be(&b, 700 + i / 2, 2);
        xd_fx_put_be(&b, UINT64_C(160) * (i / 2), 4);
        xd_fx_put_be(&b, out ? 0x1f3a5577 : 0x2a77c0de, 4);
        xd_fx_fill(&d, sound, sizeof sound);
        xd_fx_put(&b, sound, sizeof sound);
        xd_fx_udp(&u, b.p, b.len);
        xd_fx_free(&b);
    }
}

static void chat_sip(struct xd_fx_node *n, int64_t at, uint16_t port)
{
    struct xd_fx_dialogue d = {0};

    for (unsigned i = 0; i < 6; i++) {
        struct xd_fx_bytes b = {0};

        xd_fx_printf(&b,
                     i % 2 == 0 ? "OPTIONS sip:%s:5060;transport=tcp SIP/2.0\r\n"
                                : "SIP/2.0 200 OK\r\nServer: %s\r\n",
                     XD_FX_CUCM_IP);
        xd_fx_printf(&b,
                     "Via: SIP/2.0/TCP %s:%u;branch=z9hG4bKf0%u;rport\r\n"
                     "Call-ID: 4f5a61b0%u@%s\r\nCSeq: %u OPTIONS\r\n"
                     "From: <sip:%s>;tag=8d1f\r\nTo: <sip:%s:5060>\r\n"
                     "Max-Forwards: 0\r\nContent-Length: 0\r\n\r\n",
                     n->ip, port, i / 2, i / 2, n->ip, 900 + i / 2, n->ip, XD_FX_CUCM_IP);
        xd_fx_say(&d, i % 2 == 0, b.p, b.len);
        d.chunks[i].pause = i % 2 == 0 && i > 0 ? 60000000 : 0;
        xd_fx_free(&b);
    }
    struct xd_fx_conn c = {.client = {n->ip, port},
                           .server = {XD_FX_CUCM_IP, 5060},
                           .start = at,
                           .latency = 500,
                           .think = 900,
                           .mss = 1448,
                           .talk = &d,
                           .at_client = &n->capture,
                           .lose = 4};
    (void)xd_fx_tcp(&c);
    for (size_t i = 0; i < d.n; i++) {
        xd_fx_free(&d.chunks[i].bytes);
    }
    free(d.chunks);
}

/* What a node sends as server: its leaf and the path that its CA file knows. */
static const char *serving_chain(const char *leaf)
{
    static char text[128];
    bool public = strstr(leaf, "-pub-") != NULL;

    (void)snprintf(text, sizeof text, "%s %s", leaf, public ? "ca2 ca2-root" : "ca1");
    return text;
}

static void administer(struct xd_fx_stage *s, struct xd_fx_node *n, int64_t at)
{
    struct xd_fx_scene scene = {.server_node = n,
                                .client = {"10.106.79.20", 51812},
                                .server = {n->ip, 443},
                                .at = at,
                                .tls = {.max_version = TLS1_3_VERSION,
                                        .server_chain = serving_chain(n->server),
                                        .sni = n->edge ? XD_FX_EDGE_NAME : XD_FX_CORE_NAME,
                                        .app = "c517 s1900 c480 s900",
                                        .client_closes = true},
                                .finish = XD_FX_CLIENT_FIN,
                                .app_pause = 3000,
                                .swap = 3};

    xd_fx_play_tls(s, &scene);
}

static void ask_uds(struct xd_fx_stage *s, int64_t at)
{
    struct xd_fx_scene scene = {.client_node = &s->core,
                                .client = {XD_FX_CORE_IP, 30102},
                                .server = {XD_FX_CUCM_IP, 8443},
                                .at = at,
                                .tls = {.max_version = TLS1_2_VERSION,
                                        .server_chain = "cucm ca1",
                                        .client_trusts = s->core.ca,
                                        .sni = "cucm.nordlab.example",
                                        .app = "c412 s1710",
                                        .client_closes = true},
                                .finish = XD_FX_CLIENT_FIN,
                                .app_pause = 3000,
                                .lose = 3};

    xd_fx_play_tls(s, &scene);
}

void xd_fx_play_noise(struct xd_fx_stage *s)
{
    look_up(&s->core, s->start + 9000000, 40211, XD_FX_EDGE_NAME, 0x0a6a501f);
    look_up(&s->core, s->start + 9400000, 40212, "cucm.nordlab.example", 0x0a6a5026);
    look_up(&s->edge, s->start + 9100000, 40107, XD_FX_CORE_NAME, 0x0a6a5010);
    look_up(&s->core, s->start + 401000000, 40260, XD_FX_EDGE_NAME, 0x0a6a501f);
    speak(&s->core, s->start + 44000000, "10.106.79.162");
    speak(&s->edge, s->start + 61000000, "163.129.40.7");
    chat_sip(&s->core, s->start + 12000000, 25010);
    ask_uds(s, s->start + 52000000);
    administer(s, &s->core, s->start + 150000000);
    administer(s, &s->edge, s->start + 171000000);
    xd_fx_log_noise(&s->core, 110);
    xd_fx_log_noise(&s->edge, 90);
}
