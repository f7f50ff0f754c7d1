/*
 * fx_cases_tls.c - what Expressway-C and E refuse of each other: one defect a case, and
 * beside most of them the same scene with the defect's nearest harmless relative.
 */
#include "fx_scenes.h"

static const char purpose[] = "unsuitable certificate purpose";
static const char root_unknown[] = "self-signed certificate in certificate chain";
static const char issuer_unknown[] = "unable to get local issuer certificate";
static const char expired[] = "certificate has expired";
static const char check_mode[] = "SIP TLS Certificate ExtendedKeyUsage Checking Mode";
static const char revocation[] = "SIP TLS Certificate Revocation Checking Mode";

/* E refuses C's client certificate, twice. */
static void refuse_client(struct xd_fx_stage *s, const char *chain, const char *why,
                          int alert, enum xd_fx_crl crl)
{
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));

        t.scene.tls.client_chain = chain;
        t.scene.tls.crl = crl;
        t.scene.tls.lax_client = true;
        t.why = why;
        t.alert = alert;
        xd_fx_play_talk(s, &t);
    }
}

static void accept_client(struct xd_fx_stage *s, const char *chain)
{
    struct xd_fx_talk t = xd_fx_traversal(s, 20, 25001);

    t.scene.tls.client_chain = chain;
    t.scene.tls.lax_client = true;
    t.scene.tls.lax_server = true;
    xd_fx_play_talk(s, &t);
}

static void play_untrusted(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 07:00:00");
    xd_fx_calls_only(s, "Failed");
    s->core.client = "c-ca4-srv";
    s->core.ca = XD_FX_ALL_CAS " ca4";
    refuse_client(s, "c-ca4-srv ca4", root_unknown, 48, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

/* UC: the status page alone tells of the tunnels. */
static void play_issuing_ca(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 08:00:00");
    xd_fx_set_uc_status(s, "Failed", "Failed", "Permission denied");
    s->core.client = "c-below-srv";
    s->core.ca = XD_FX_ALL_CAS " ca1-srv";
    refuse_client(s, "c-below-srv ca1-srv ca1", purpose, 43, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

static void play_issuing_ca_fits(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 08:30:00");
    s->core.client = "c-below-both";
    s->core.ca = XD_FX_ALL_CAS " ca1-both";
    accept_client(s, "c-below-both ca1-both ca1");
    xd_fx_end_pair(s);
}

/* Both certificates are replaced between the two connections. */
static void play_renewed(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 08:00:00");
    struct xd_fx_talk before = xd_fx_traversal(s, 20, 25001);

    before.scene.tls.client_chain = "c-old ca1";
    before.scene.tls.server_chain = "e-pub-old ca2 ca2-root";
    xd_fx_play_talk(s, &before);
    struct xd_fx_talk after = xd_fx_traversal(s, 320, 25004);

    xd_fx_play_talk(s, &after);
    xd_fx_end_pair(s);
}

static void play_subject_name(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 09:00:00");
    s->edge.zones[0].subject = "cluster-c.nordlab.example";
    s->core.zones[0].status = "Failed";
    s->edge.zones[0].status = "Failed";
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));

        t.late = true;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_pair(s);
}

static void play_cn_only(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 09:30:00");
    s->core.client = "c-cn-only";
    accept_client(s, "c-cn-only ca1");
    xd_fx_end_pair(s);
}

static void play_peer_name(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 10:00:00");
    s->core.zones[0].peer = "edge-vip.nordlab.example";
    s->core.zones[0].status = "Failed";
    s->edge.zones[0].status = "Failed";
    s->core.tls_versions = "TLSv1.2:TLSv1.3";
    s->edge.tls_versions = "TLSv1.2:TLSv1.3";
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));

        t.scene.tls.max_version = TLS1_3_VERSION;
        t.late = true;
        t.by_client = true;
        t.expected = "edge-vip.nordlab.example";
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_pair(s);
}

/* E's certificate was renewed; its new intermediate was put nowhere. */
static void play_issuer_nowhere(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 11:00:00");
    xd_fx_calls_only(s, "Failed");
    s->core.ca = "ca1 ca2-root ca3-root";
    s->edge.ca = s->core.ca;
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));

        t.scene.tls.server_chain = "e-pub-srv";
        t.by_client = true;
        t.why = issuer_unknown;
        t.alert = 48;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_pair(s);
}

static void play_crl_missing(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 12:00:00");
    xd_fx_calls_only(s, "Failed");
    xd_fx_set(&s->edge, revocation, "On");
    refuse_client(s, "c-both ca1", "unable to get certificate CRL", 48, XD_FX_CRL_MISSING);
    xd_fx_end_pair(s);
}

static void play_crl_silent_log(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 12:20:00");
    xd_fx_calls_only(s, "Failed");
    xd_fx_set(&s->edge, revocation, "On");
    refuse_client(s, "c-both ca1", NULL, 48, XD_FX_CRL_MISSING);
    xd_fx_end_pair(s);
}

static void play_crl_expired(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 12:30:00");
    xd_fx_calls_only(s, "Failed");
    xd_fx_set(&s->edge, revocation, "On");
    refuse_client(s, "c-both ca1", "CRL has expired", 45, XD_FX_CRL_EXPIRED);
    xd_fx_end_pair(s);
}

static void play_crl_not_it(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 12:40:00");
    xd_fx_calls_only(s, "Failed");
    xd_fx_set(&s->edge, revocation, "On");
    s->core.client = "c-ca4";
    s->core.ca = XD_FX_ALL_CAS " ca4";
    refuse_client(s, "c-ca4 ca4", root_unknown, 48, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

static void play_revoked(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 13:00:00");
    xd_fx_calls_only(s, "Failed");
    xd_fx_set(&s->edge, revocation, "On");
    refuse_client(s, "c-both ca1", "certificate revoked", 44, XD_FX_CRL_REVOKED);
    xd_fx_end_pair(s);
}

/* By E's clock the certificate has ended; E says itself that it has no time source. */
static void play_clock_ahead(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-03-16 14:00:00");
    xd_fx_calls_only(s, "Failed");
    s->core.client = "c-april";
    s->edge.capture.clock = 45 * 86400 * SECOND;
    s->edge.alarms[s->edge.n_alarms++] =
        (struct xd_fx_alarm){"25021", "warning",
                             "NTP server not available: The system is unable to contact an "
                             "NTP server"};
    refuse_client(s, "c-april ca1", expired, 45, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

/* E's clock is behind the beginning of its own certificates. */
static void play_clock_behind(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-03-25 14:00:00");
    xd_fx_calls_only(s, "Failed");
    s->edge.capture.clock = -20 * 86400 * SECOND;
    refuse_client(s, "c-both ca1", "certificate is not yet valid", 42, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

static void play_not_yet(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-05 14:00:00");
    xd_fx_calls_only(s, "Failed");
    s->core.client = "c-future";
    refuse_client(s, "c-future ca1", "certificate is not yet valid", 42, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

static void play_clock_offset(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 14:30:00");
    xd_fx_calls_only(s, "Active");
    s->edge.capture.clock = 12 * SECOND;
    accept_client(s, "c-both ca1");
    xd_fx_end_pair(s);
}

static void play_key_usage(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 15:00:00");
    xd_fx_calls_only(s, "Failed");
    s->core.client = "c-ku-encipher";
    refuse_client(s, "c-ku-encipher ca1", purpose, 43, XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

static void play_key_usage_fits(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 15:30:00");
    xd_fx_calls_only(s, "Active");
    s->core.client = "c-ku-sign";
    accept_client(s, "c-ku-sign ca1");
    xd_fx_end_pair(s);
}

static void play_weak(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 16:00:00");
    xd_fx_calls_only(s, "Failed");
    s->core.client = "c-sha1";
    refuse_client(s, "c-sha1 ca1", "CA signature digest algorithm too weak", 42,
                  XD_FX_CRL_OFF);
    xd_fx_end_pair(s);
}

static void play_weak_accepted(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 16:30:00");
    xd_fx_calls_only(s, "Active");
    s->core.client = "c-sha1";
    accept_client(s, "c-sha1 ca1");
    xd_fx_end_pair(s);
}

static void play_server_purpose(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 17:00:00");
    xd_fx_calls_only(s, "Failed");
    s->edge.server = "e-cli-only";
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));

        t.scene.tls.server_chain = "e-cli-only ca1";
        t.by_client = true;
        t.why = purpose;
        t.alert = 43;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_end_pair(s);
}

static void play_no_purposes(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 17:30:00");
    s->core.client = "c-no-eku";
    s->edge.server = "e-no-eku";
    struct xd_fx_talk t = xd_fx_traversal(s, 20, 25001);

    t.scene.tls.client_chain = "c-no-eku ca1";
    t.scene.tls.server_chain = "e-no-eku ca1";
    xd_fx_play_talk(s, &t);
    xd_fx_end_pair(s);
}

static void log_switch(struct xd_fx_stage *s, const char *from, const char *to)
{
    xd_fx_log(&s->edge, s->start + 120 * SECOND, "httpd[2213]:",
              "web: Event=\"System Configuration Changed\" User=\"admin\" "
              "Detail=\"xconfiguration %s - changed from: %s to: %s\" Level=\"1\" @UTC",
              check_mode, from, to);
}

/* C's client certificate is for servers alone; the check is switched after two minutes. */
static void play_switch(struct xd_fx_stage *s, const char *start, bool first)
{
    xd_fx_pair(s, start);
    xd_fx_set_uc_status(s, first ? "Failed" : "Active", "Failed", "Permission denied");
    s->core.client = "c-pub-cli";
    s->edge.eku_on = first;
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 160 * i, (uint16_t)(25001 + 3 * i));
        bool on = (i == 0) == first;

        t.scene.tls.client_chain = "c-pub-cli ca2 ca2-root";
        t.scene.tls.no_eku_check = !on;
        t.why = on ? purpose : NULL;
        t.alert = on ? 43 : 0;
        xd_fx_play_talk(s, &t);
    }
    log_switch(s, first ? "On" : "Off", first ? "Off" : "On");
    xd_fx_end_pair(s);
}

static void play_switched_on(struct xd_fx_stage *s)
{
    play_switch(s, "2026-04-07 18:00:00", false);
}

static void play_switched_off(struct xd_fx_stage *s)
{
    play_switch(s, "2026-04-07 18:30:00", true);
}

static void play_renewal_risk(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 19:00:00");
    s->core.client = "c-pub-both";
    accept_client(s, "c-pub-both ca2 ca2-root");
    xd_fx_end_pair(s);
}

/* C's ends before the CAs' day; E's is one that E needs for nothing. */
static void play_renewal_fine(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-07 19:30:00");
    s->core.client = "c-pub-short";
    s->edge.client = "e-pub-both";
    accept_client(s, "c-pub-short ca2 ca2-root");
    xd_fx_end_pair(s);
}

/* C's server certificate ends in 20 days, a CA above E's client certificate in 18. */
static void play_expires_soon(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-02 20:00:00");
    s->core.server = "c-april";
    s->core.client = "c-may";
    s->edge.client = "e-ending-ca";
    s->edge.ca = XD_FX_ALL_CAS " ca1-ending";
    accept_client(s, "c-may ca1");
    xd_fx_end_pair(s);
}

/* A firewall answers as E; E's capture was filtered to the partner's address. */
static void play_inspected(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-08 08:00:00");
    s->core.zones[0].status = "Failed";
    s->edge.zones[0].status = "Failed";
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk t = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));

        t.scene.server_node = NULL;
        t.scene.tls.server_chain = "inspect-edge inspect-ca";
        t.by_client = true;
        t.why = root_unknown;
        t.alert = 48;
        xd_fx_play_talk(s, &t);
    }
    xd_fx_add_partner(&s->edge, "Active");
    struct xd_fx_talk call = xd_fx_from_partner(s, &s->edge, 50, 25111);

    xd_fx_play_talk(s, &call);
    xd_fx_end_pair(s);
}

/* Both halves of the same connection: what C sees, and what E does. */
static void play_inspected_twice(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-04-08 08:30:00");
    s->core.zones[0].status = "Failed";
    s->edge.zones[0].status = "Failed";
    for (int i = 0; i < 2; i++) {
        struct xd_fx_talk near = xd_fx_traversal(s, 20 + 61 * i, (uint16_t)(25001 + 3 * i));
        struct xd_fx_talk far = near;

        near.scene.server_node = NULL;
        near.scene.tls.server_chain = "inspect-edge inspect-ca";
        near.by_client = true;
        near.why = root_unknown;
        near.alert = 48;
        xd_fx_play_talk(s, &near);
        far.scene.client_node = NULL;
        far.scene.at += 3000;
        far.scene.tls.label = "/far";
        far.scene.tls.client_chain = NULL;
        far.scene.tls.client_trusts = NULL;
        far.why = "peer did not return a certificate";
        far.ssl = "error:0A0000C7:SSL routines:tls_process_client_certificate:peer did not "
                  "return a certificate";
        far.alert = 40;
        xd_fx_play_talk(s, &far);
    }
    xd_fx_end_pair(s);
}

/* One certificate a node; E's public CA left clientAuth out of the renewal. */
static void play_old_release(struct xd_fx_stage *s)
{
    xd_fx_pair(s, "2026-03-18 09:00:00");
    s->core.version = "X14.3.4";
    s->edge.version = "X14.3.4";
    s->core.server = "c-both";
    s->core.client = NULL;
    s->edge.client = NULL;
    accept_client(s, "c-both ca1");
    xd_fx_end_pair(s);
}

const struct xd_fx_case xd_fx_cases_tls[] = {
    {"untrusted-ca-hides-purpose", play_untrusted},
    {"issuing-ca-purpose", play_issuing_ca},
    {"issuing-ca-purpose-fits", play_issuing_ca_fits},
    {"renewed-while-logging", play_renewed},
    {"name-of-client-refused", play_subject_name},
    {"name-only-in-cn", play_cn_only},
    {"name-of-server-refused-tls13", play_peer_name},
    {"issuer-found-nowhere", play_issuer_nowhere},
    {"crl-missing", play_crl_missing},
    {"crl-missing-silent-log", play_crl_silent_log},
    {"crl-expired", play_crl_expired},
    {"crl-checked-unknown-ca", play_crl_not_it},
    {"certificate-revoked", play_revoked},
    {"clock-ahead", play_clock_ahead},
    {"clock-behind", play_clock_behind},
    {"certificate-not-yet-valid", play_not_yet},
    {"clock-offset", play_clock_offset},
    {"key-usage-unsuitable", play_key_usage},
    {"key-usage-fits", play_key_usage_fits},
    {"weak-signature", play_weak},
    {"weak-signature-accepted", play_weak_accepted},
    {"server-purpose-missing", play_server_purpose},
    {"no-purposes-named", play_no_purposes},
    {"check-switched-on", play_switched_on},
    {"check-switched-off", play_switched_off},
    {"public-ca-renewal-risk", play_renewal_risk},
    {"public-ca-renewal-fine", play_renewal_fine},
    {"certificate-expires-soon", play_expires_soon},
    {"tls-intercepted-one-view", play_inspected},
    {"tls-intercepted-two-views", play_inspected_twice},
    {"x14.3-public-renewal", play_old_release},
    {NULL, NULL},
};
