/*
 * fx_cases_alone.c - the log of an Expressway-C and nothing else: what it tells of the
 * Expressway-E that C calls.
 */
#include <stdio.h>

#include "fx_cases_net.h"

/* C's client certificate is refused for its purpose on a port of E, and C's log says so. */
static void log_refusal(struct xd_fx_stage *s, int64_t at, uint16_t from, uint16_t port)
{
    struct xd_fx_tls_record r = {.local_client = true,
                                 .local = {XD_FX_CORE_IP, from},
                                 .remote = {XD_FX_EDGE_IP, port},
                                 .at = at,
                                 .took = 14000,
                                 .peer_cn = XD_FX_EDGE_NAME,
                                 .peer_alt = XD_FX_EDGE_NAME " nordlab.example",
                                 .failure = "sslv3 alert unsupported certificate",
                                 .ssl_error = "error:0A000413:SSL routines:"
                                              "ssl3_read_bytes:sslv3 alert unsupported "
                                              "certificate",
                                 .expected = XD_FX_EDGE_NAME};

    xd_fx_log_tls(&s->core, &r);
}

static void log_alone(struct xd_fx_stage *s, const char *start, uint16_t port)
{
    xd_fx_net_pair(s, start);
    s->core.log_only = true;
    for (int i = 0; i < 3; i++) {
        log_refusal(s, s->start + (20 + 61 * i) * SECOND, (uint16_t)(25001 + 3 * i), port);
    }
}

/* Test case 1 of the vendor's document; C restarted while it was logging. */
void xd_fx_play_c_log(struct xd_fx_stage *s)
{
    log_alone(s, "2026-04-14 08:00:00", 7001);
    xd_fx_play_ssh(s, s->start + 35 * SECOND, 30011, "refused-server-only");
    xd_fx_play_ssh(s, s->start + 97 * SECOND, 30014, "refused-server-only");
    xd_fx_net_write(s, &s->core);
}

/* The second traversal zone's port, and not a word of tunnels. */
void xd_fx_play_c_log_calls(struct xd_fx_stage *s)
{
    log_alone(s, "2026-04-14 08:30:00", 7002);
    xd_fx_net_write(s, &s->core);
}
