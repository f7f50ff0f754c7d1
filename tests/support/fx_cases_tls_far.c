/*
 * fx_cases_tls_far.c - one Expressway and the world: neighbours, Webex, old software,
 * CA files with a trap in them.
 */
#include "fx_scenes.h"

static const char no_certificate[] =
    "error:0A0000C7:SSL routines:tls_process_client_certificate:peer did not return a "
    "certificate";

/* The partner calls without a certificate, which the zone asks for. */
static void play_no_certificate(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 07:00:00");
    xd_fx_add_partner(&s->edge, "Failed");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t =
            xd_fx_from_partner(s, &s->edge, 20 + 61 * i, (uint16_t)(25111 + 3 * i));

        t.scene.tls.client_chain = NULL;
        t.why = "peer did not return a certificate";
        t.ssl = no_certificate;
        t.alert = 40;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_one(s, &s->edge);
}

static void play_no_certificate_fine(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 07:30:00");
    xd_fx_add_partner(&s->edge, "Active");
    s->edge.zones[0].verify = false;
    struct xd_fx_talk t = xd_fx_from_partner(s, &s->edge, 20, 25111);

    t.scene.tls.client_chain = NULL;
    t.scene.tls.optional_client = true;
    xd_fx_play_talk(s, &t);
    xd_fx_end_one(s, &s->edge);
}

/* E calls Webex on the Internet with what it has, and is refused or not. */
static void call_webex(struct xd_fx_stage *s, const char *chain, const char *trusted,
                       int alert)
{
    s->edge.zones[s->edge.n_zones++] =
        (struct xd_fx_zone){.name = "webex.dns",
                            .type = "DNS",
                            .transport = "TLS",
                            .verify = true,
                            .subject = "sip-edge.webexsite.example",
                            .status = "On"};
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t =
            xd_fx_to_partner(s, &s->edge, 20 + 61 * i, (uint16_t)(25003 + 2 * i));

        t.scene.server = (struct xd_fx_end){XD_FX_WEBEX2_IP, 5061};
        t.scene.latency = 22000;
        t.scene.tls.client_chain = chain;
        t.scene.tls.server_chain = "webex ca3 ca3-root";
        t.scene.tls.server_trusts = trusted;
        t.scene.tls.sni = "sip-edge.webexsite.example";
        t.expected = "sip-edge.webexsite.example";
        t.why = alert != 0 ? "refused" : NULL; /* the far end's words are not ours */
        t.alert = alert;
        xd_fx_play_talk(s, &t);
    }
}

static void play_private_far(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 08:00:00");
    call_webex(s, "e-priv-cli ca1", "ca2-root ca3-root", 48);
    xd_fx_end_one(s, &s->edge);
}

/* The box that copies the new server certificate to the client store was left ticked. */
static void play_acme_copied(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 09:00:00");
    s->edge.ca = XD_FX_ALL_CAS " ca3";
    s->edge.server = "e-acme";
    s->edge.client = "e-acme";
    call_webex(s, "e-acme ca3 ca3-root", "ca2-root ca3-root", 43);
    xd_fx_end_one(s, &s->edge);
}

static void play_acme_apart(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 09:30:00");
    s->edge.ca = XD_FX_ALL_CAS " ca3";
    s->edge.server = "e-acme";
    call_webex(s, "e-priv-cli ca1", "ca1 ca3-root", 0);
    xd_fx_end_one(s, &s->edge);
}

/* The neighbour's certificate is signed by the second of two CAs of one name. */
static void play_duplicate(struct xd_fx_stage *s)
{
    xd_fx_core_alone(s, "2026-04-09 10:00:00");
    xd_fx_add_partner(&s->core, "Failed");
    s->core.ca = XD_FX_ALL_CAS " voice-ca-old voice-ca-new";
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t =
            xd_fx_to_partner(s, &s->core, 20 + 61 * i, (uint16_t)(25021 + 2 * i));

        t.scene.tls.server_chain = "neighbour-voice";
        /* The appliance takes the first; OpenSSL's own choice would be its sorting. */
        t.scene.tls.client_trusts = XD_FX_ALL_CAS " voice-ca-old";
        t.by_client = true;
        t.why = "certificate signature failure";
        t.alert = 51;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_one(s, &s->core);
}

static void play_duplicate_idle(struct xd_fx_stage *s)
{
    xd_fx_core_alone(s, "2026-04-09 10:30:00");
    xd_fx_add_partner(&s->core, "Active");
    s->core.ca = XD_FX_ALL_CAS " voice-ca-old voice-ca-new";
    struct xd_fx_talk t = xd_fx_to_partner(s, &s->core, 20, 25021);

    xd_fx_play_talk(s, &t);
    xd_fx_end_one(s, &s->core);
}

/* The neighbour answers with TLS 1.1, which C does not take any more. */
static void play_old_server(struct xd_fx_stage *s)
{
    xd_fx_core_alone(s, "2026-04-09 11:00:00");
    xd_fx_add_partner(&s->core, "Failed");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t =
            xd_fx_to_partner(s, &s->core, 20 + 61 * i, (uint16_t)(25021 + 2 * i));

        t.scene.tls.old_server = TLS1_1_VERSION;
        t.by_client = true;
        t.why = "unsupported protocol";
        t.ssl =
            "error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol";
        t.alert = 70;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_one(s, &s->core);
}

static void play_old_client(struct xd_fx_stage *s)
{
    xd_fx_core_alone(s, "2026-04-09 11:30:00");
    xd_fx_add_partner(&s->core, "Failed");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t =
            xd_fx_from_partner(s, &s->core, 20 + 61 * i, (uint16_t)(25121 + 2 * i));

        t.scene.tls.old_client = TLS1_1_VERSION;
        t.why = "unsupported protocol";
        t.ssl = "error:0A000102:SSL routines:tls_early_post_process_client_hello:"
                "unsupported protocol";
        t.alert = 70;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_one(s, &s->core);
}

/* The neighbour offers nothing but RSA key transport. */
static void play_ciphers(struct xd_fx_stage *s)
{
    xd_fx_core_alone(s, "2026-04-09 12:00:00");
    xd_fx_add_partner(&s->core, "Failed");
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t =
            xd_fx_from_partner(s, &s->core, 20 + 61 * i, (uint16_t)(25121 + 2 * i));

        t.scene.tls.client_ciphers = "AES128-SHA";
        t.scene.tls.server_ciphers = "ECDHE+AESGCM";
        t.why = "no shared cipher";
        t.ssl =
            "error:0A0000C1:SSL routines:tls_post_process_client_hello:no shared cipher";
        t.alert = 40;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_one(s, &s->core);
}

/* E keeps a certificate for each domain and chooses by the name that it is asked for. */
static void play_domain(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 13:00:00");
    xd_fx_add_partner(&s->edge, "Active");
    struct xd_fx_talk t = xd_fx_from_partner(s, &s->edge, 20, 25121);

    t.scene.tls.server_chain = "e-domain ca2 ca2-root";
    t.scene.tls.sni = "video.second.example";
    xd_fx_play_talk(s, &t);
    xd_fx_end_one(s, &s->edge);
}

/* The same certificate for a name that E's own covers: it should not be that one. */
static void play_not_domain(struct xd_fx_stage *s)
{
    xd_fx_edge_alone(s, "2026-04-09 13:30:00");
    xd_fx_add_partner(&s->edge, "Active");
    struct xd_fx_talk t = xd_fx_from_partner(s, &s->edge, 20, 25121);

    t.scene.tls.server_chain = "e-domain ca2 ca2-root";
    t.scene.tls.sni = XD_FX_EDGE_NAME;
    xd_fx_play_talk(s, &t);
    xd_fx_end_one(s, &s->edge);
}

const struct xd_fx_case xd_fx_cases_tls_far[] = {
    {"no-client-certificate", play_no_certificate},
    {"no-client-certificate-asked", play_no_certificate_fine},
    {"private-ca-at-far-end", play_private_far},
    {"acme-copied-to-client-store", play_acme_copied},
    {"acme-client-store-apart", play_acme_apart},
    {"ca-name-duplicate", play_duplicate},
    {"ca-name-duplicate-idle", play_duplicate_idle},
    {"protocol-version-mismatch", play_old_server},
    {"protocol-version-old-client", play_old_client},
    {"no-shared-cipher", play_ciphers},
    {"domain-certificate", play_domain},
    {"domain-certificate-not-asked-for", play_not_domain},
    {NULL, NULL},
};
