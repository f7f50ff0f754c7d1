/*
 * requirement.c - what each verifier asks of a certificate that it is shown (contract:
 * "What each verifier requires"), by its release, its settings of that moment and the
 * service.
 */
#include "judge_priv.h"

#include <string.h>

#include "expdiag/text.h"

static enum xd_eku_check read_check(const char *value, enum xd_eku_check other)
{
    if (value && xd_text_equal_nocase(xd_slice_of(value), xd_slice_of("on"))) {
        return XD_EKU_CHECK_ON;
    }
    if (value && xd_text_equal_nocase(xd_slice_of(value), xd_slice_of("off"))) {
        return XD_EKU_CHECK_OFF;
    }
    return other;
}

/* Dumps are of the start of logging: of another day they say nothing. */
static bool is_of_another_day(const struct xd_node *n, xd_time t)
{
    const xd_time session = 3600 * XD_SECOND;
    return t != XD_TIME_NONE && n->as_of != XD_TIME_NONE && t < n->as_of - session &&
           (n->eku_check == XD_EKU_CHECK_ON || n->eku_check == XD_EKU_CHECK_OFF);
}

enum xd_eku_check xd_node_eku_check_at(const struct xd_node *n, xd_time t)
{
    enum xd_eku_check state = n->eku_check;
    bool first = true;
    if (is_of_another_day(n, t)) {
        return XD_EKU_CHECK_UNKNOWN;
    }
    for (size_t i = 0; i < n->n_changes; i++) {
        const struct xd_setting_change *c = &n->changes[i];
        if (!xd_change_is_of_eku_check(c)) {
            continue;
        }
        if (t != XD_TIME_NONE && c->time > t) {
            /* What it was before its first change, where no dump says so. */
            return first && state == XD_EKU_CHECK_UNKNOWN ? read_check(c->from, state)
                                                          : state;
        }
        state = read_check(c->to, state);
        first = false;
    }
    return state;
}

struct xd_requirement xd_sip_requirement(const struct xd_node *verifier,
                                         enum xd_side presenter, bool uc, xd_time t)
{
    struct xd_requirement r = {.checked = true};
    if (presenter == XD_SERVER) {
        r.purpose = XD_PURPOSE_SERVER;
        r.why = "an outbound SIP TLS connection with TLS verify asks for serverAuth";
        return r;
    }
    r.purpose = XD_PURPOSE_CLIENT;
    if (xd_version_at_least(&verifier->version, 15, 5) ||
        (!verifier->version.major && xd_node_has_two_stores(verifier))) {
        switch (xd_node_eku_check_at(verifier, t)) {
        case XD_EKU_CHECK_OFF:
            r.purpose = XD_PURPOSE_NONE;
            r.why = "the verifier's EKU check is off, so that its inbound SIP TLS asks for "
                    "no purpose";
            break;
        case XD_EKU_CHECK_ON:
            r.why = "the verifier's EKU check is on, so that its inbound SIP TLS asks for "
                    "clientAuth";
            break;
        case XD_EKU_CHECK_UNKNOWN:
        case XD_EKU_CHECK_NOT_AVAILABLE:
            r.uncertain = true;
            r.why = "inbound SIP TLS asks for clientAuth unless the EKU check is off, and "
                    "how that was set then is not in the evidence";
            break;
        }
        return r;
    }
    r.why = "before X15.5 inbound SIP TLS always asks for clientAuth";
    if (!verifier->version.major) {
        r.uncertain = true;
        r.why = "inbound SIP TLS asks for clientAuth, save on X15.5 and later with the EKU "
                "check off; release and setting of the verifier are not in the evidence";
    }
    if (uc && xd_version_at_least(&verifier->version, 15, 4)) {
        r.uncertain = true;
        r.why = "Cisco's documents differ on whether the UC zone of X15.4 asks for "
                "clientAuth";
    }
    return r;
}

static struct xd_requirement server_purpose(const char *why)
{
    return (struct xd_requirement){
        .checked = true, .purpose = XD_PURPOSE_SERVER, .why = why};
}

/* Without its settings a node's zone may be one of Unified Communications. */
static bool may_be_uc(const struct xd_zone *z, const struct xd_node *n)
{
    return (z && z->uc != XD_TRI_OFF) || !n->xconf;
}

static struct xd_requirement require_outbound_sip(const struct xd_conv *v)
{
    struct xd_requirement r =
        xd_sip_requirement(v->node[XD_CLIENT], XD_SERVER, false, XD_TIME_NONE);
    const struct xd_zone *z = v->zone[XD_CLIENT];
    if (z && z->tls_verify == XD_TRI_OFF && z->uc != XD_TRI_ON) {
        r.checked = false;
    } else if (!z || (z->tls_verify == XD_TRI_UNKNOWN && z->uc != XD_TRI_ON)) {
        r.uncertain = true;
    }
    return r;
}

static struct xd_requirement require_cluster(const struct xd_node *n,
                                             enum xd_side presenter, xd_time t)
{
    enum xd_tri enforcing = xd_node_enforcing_at(n, t, NULL);
    struct xd_requirement r = {.checked = enforcing != XD_TRI_OFF,
                               .uncertain = enforcing == XD_TRI_UNKNOWN,
                               .purpose = XD_PURPOSE_NONE,
                               .why = "an enforcing cluster verifies the chain"};
    if (presenter == XD_CLIENT && n->version.major &&
        !xd_version_at_least(&n->version, 15, 4)) {
        r.purpose = XD_PURPOSE_CLIENT;
        r.why =
            "an enforcing cluster up to X15.3 verifies the chain and asks for clientAuth";
    }
    return r;
}

struct xd_requirement xd_conv_requirement(const struct xd_conv *v, enum xd_side presenter,
                                          xd_time t)
{
    const struct xd_node *n = v->node[presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT];
    struct xd_requirement none = {0};
    switch (v->service) {
    case XD_SERVICE_SIP_TLS:
    case XD_SERVICE_TRAVERSAL:
    case XD_SERVICE_TRAVERSAL_TEST:
        return presenter == XD_SERVER
                   ? require_outbound_sip(v)
                   : xd_sip_requirement(n, presenter, may_be_uc(v->zone[XD_SERVER], n), t);
    case XD_SERVICE_SSH_TUNNEL:
        return (struct xd_requirement){
            .checked = true,
            .purpose = presenter == XD_CLIENT ? XD_PURPOSE_CLIENT : XD_PURPOSE_SERVER,
            .why = presenter == XD_CLIENT
                       ? "the SSH service always asks for clientAuth, whatever the EKU "
                         "check says"
                       : "the SSH client asks for serverAuth"};
    case XD_SERVICE_UDS:
    case XD_SERVICE_TFTP:
        none = server_purpose("the traffic server verifies the UC servers");
        none.checked = presenter == XD_SERVER && n->verify_origin != XD_TRI_OFF &&
                       (!n->version.major || xd_version_at_least(&n->version, 14, 2));
        return none;
    case XD_SERVICE_CLUSTER:
        return require_cluster(n, presenter, t);
    case XD_SERVICE_XMPP_ROUTER:
    case XD_SERVICE_XMPP_FEDERATION:
        return (struct xd_requirement){
            .checked = n->cvs != XD_TRI_OFF,
            .uncertain = n->cvs == XD_TRI_UNKNOWN,
            .purpose = presenter == XD_CLIENT ? XD_PURPOSE_CLIENT : XD_PURPOSE_SERVER,
            .why =
                presenter == XD_CLIENT
                    ? "the XCP router with EnableCvs on asks its clients for clientAuth"
                    : "the XCP router with EnableCvs on asks its servers for serverAuth"};
    case XD_SERVICE_OTHER:
    case XD_SERVICE_XMPP_CLIENT:
    case XD_SERVICE_HTTPS:
    case XD_SERVICE_LDAP:
    case XD_SERVICE_SMTP:
    case XD_SERVICE_SYSLOG:
    case XD_SERVICE_SSH_ADMIN:
        break;
    }
    if (presenter == XD_CLIENT) {
        return none;
    }
    none = server_purpose("a TLS client asks for serverAuth");
    none.uncertain = true;
    return none;
}
