/*
 * test_judge_parties.c - whoever presents a certificate to whomever, whatever is wrong with
 * it and however it is refused: each failure is judged, and some finding tells it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "judge_stage.h"

enum party { OUTSIDE, ON_C, ON_E, PARTIES };

enum defect {
    SOUND,
    NO_PURPOSE,
    WRONG_KEY_USAGE,
    EXPIRED,
    UNTRUSTED,
    UNTRUSTED_WITH_ITS_CA,
    SELF_SIGNED,
    NO_CERTIFICATE,
    DEFECTS
};

static const struct {
    enum xd_failure_kind kind;
    int alert;
} refusals[] = {
    {XD_FAILURE_ALERT, 40}, {XD_FAILURE_ALERT, 42},  {XD_FAILURE_ALERT, 43},
    {XD_FAILURE_ALERT, 45}, {XD_FAILURE_ALERT, 46},  {XD_FAILURE_ALERT, 48},
    {XD_FAILURE_ALERT, 51}, {XD_FAILURE_ALERT, 80},  {XD_FAILURE_ALERT, 116},
    {XD_FAILURE_RESET, -1}, {XD_FAILURE_CLOSED, -1},
};

static const enum xd_service services[] = {XD_SERVICE_SIP_TLS, XD_SERVICE_TRAVERSAL,
                                           XD_SERVICE_UDS, XD_SERVICE_XMPP_ROUTER,
                                           XD_SERVICE_CLUSTER};

static struct xd_cert *make(struct xd_jstage *s, enum defect defect)
{
    struct xd_mint_spec spec = {.cn = "far.example.com",
                                .eku = "serverAuth,clientAuth",
                                .san = "DNS:far.example.com"};

    switch (defect) {
    case NO_PURPOSE:
        spec.eku = "codeSigning";
        break;
    case WRONG_KEY_USAGE:
        spec.ku = "keyCertSign";
        break;
    case EXPIRED:
        spec.to = spec.from + XD_SECOND;
        break;
    case UNTRUSTED:
    case UNTRUSTED_WITH_ITS_CA:
        return xd_jstage_mint(s, &spec, &s->other_root);
    case SELF_SIGNED:
        return xd_jstage_mint(s, &spec, NULL);
    case NO_CERTIFICATE:
        return NULL;
    case SOUND:
    case DEFECTS:
        break;
    }
    return xd_jstage_mint(s, &spec, &s->root);
}

static bool is_told(const struct xd_case *cs, const struct xd_flow *f)
{
    for (size_t i = 0; i < cs->n_findings; i++) {
        for (size_t k = 0; k < cs->findings[i]->n_flows; k++) {
            if (cs->findings[i]->flows[k] == f->id) {
                return true;
            }
        }
    }
    return false;
}

static void judge_all(enum party client, enum party server, enum xd_side presenter,
                      enum defect defect)
{
    struct xd_jstage s;
    xd_jstage_open(&s);
    struct xd_node *nodes[PARTIES] = {NULL, s.c, s.e};
    struct xd_node *at = nodes[server] ? nodes[server] : nodes[client];
    struct xd_cert *leaf = make(&s, defect);
    struct xd_cert *above = defect == UNTRUSTED_WITH_ITS_CA ? s.other_root.cert : NULL;

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        for (size_t k = 0; k < sizeof refusals / sizeof refusals[0]; k++) {
            struct xd_flow *f =
                xd_jstage_flow(&s, at, nodes[client], nodes[server], services[i], 5061);
            f->related = true;
            xd_jstage_present(&s, f, presenter, leaf, above);
            xd_jstage_fail(&s, f, refusals[k].kind,
                           presenter == XD_CLIENT ? XD_BY_SERVER : XD_BY_CLIENT,
                           refusals[k].alert);
        }
    }
    xd_jstage_judge(&s);
    for (size_t i = 0; i < s.cs->n_flows; i++) {
        if (!is_told(s.cs, s.cs->flows[i])) {
            fail_msg("client %d, server %d, presenter %d, defect %d: flow %zu is not told",
                     client, server, presenter, defect, i + 1);
        }
    }
    xd_jstage_close(&s);
}

static void every_refusal_between_any_two_is_told(void **state)
{
    (void)state;
    for (enum party client = OUTSIDE; client < PARTIES; client++) {
        for (enum party server = OUTSIDE; server < PARTIES; server++) {
            for (enum defect d = SOUND; d < DEFECTS && client != server; d++) {
                judge_all(client, server, XD_CLIENT, d);
                judge_all(client, server, XD_SERVER, d);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_between_any_two_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
