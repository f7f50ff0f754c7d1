/*
 * remedies_name.c - what to do where a certificate lacks the name that its verifier looks
 * for: there are two names, and either can be changed.
 */
#include "judge_priv.h"

static const char where_zones[] = "Configuration > Zones > Zones";

static const char *tell_names(struct xd_judge *j, const struct xd_cause *c)
{
    const struct xd_replay *r = c->replay;
    return xd_words_sans(j, NULL, r->n_chain > 0 ? r->chain[0] : NULL);
}

/* A name has to be verified, and no public CA signs a private address. */
static void remedy_zone_address(struct xd_judge *j, struct xd_draft *d,
                                const struct xd_cause *c, const char *zone)
{
    const struct xd_replay *r = c->replay;
    xd_remedy_add(
        j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
        xd_arena_printf(
            j->cs->arena,
            "Change the peer address of %s from %s to the host name %s, "
            "and see that %s resolves it. The guide asks for a host name "
            "there; a certificate with an address among its names is no way "
            "out, since no public CA signs a private address.",
            zone, c->expected,
            xd_words_sans(j, c->presenter_node, r->n_chain > 0 ? r->chain[0] : NULL),
            c->verifier_node->id),
        where_zones);
}

bool xd_cause_is_router_name(const struct xd_cause *c)
{
    return c->conv && c->conv->service == XD_SERVICE_XMPP_ROUTER && !c->expected &&
           c->parties[0].addr.family != XD_ADDR_NONE;
}

static void remedy_router_name(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c)
{
    char text[XD_ADDR_TEXT];
    const char *addr = xd_addr_format(&c->parties[0].addr, text);
    xd_remedy_add(
        j, d, c->presenter_node, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Look up the PTR record of %s. Make it give a name that the "
                        "certificate has (%s), or have the certificate issued with the "
                        "name that it gives.",
                        addr, tell_names(j, c)),
        "Maintenance > Tools > Network utilities > DNS lookup");
    if (c->verifier_node) {
        struct xd_remedy off = {
            .node = c->verifier_node,
            .actor = XD_ACTOR_CUSTOMER,
            .text = "Only as a stopgap: have the XCP router take any name.",
            .command = "xConfiguration XCP TLS Certificate CVS VerifyHostname: Off"};
        xd_draft_remedy(j, d, &off);
    }
}

/* C has the names of UC servers from the lists that CUCM keeps. */
static void remedy_origin_name(struct xd_judge *j, struct xd_draft *d,
                               const struct xd_cause *c, const char *expected)
{
    xd_remedy_add(
        j, d, NULL, XD_ACTOR_CUSTOMER,
        xd_arena_printf(j->cs->arena,
                        "Or, if the certificate is right: on CUCM, change the name "
                        "of that server from %s to %s.",
                        expected, tell_names(j, c)),
        "Cisco Unified CM Administration > System > Server");
    xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                  "Then read the list of UC servers anew: Refresh servers.",
                  "Configuration > Unified Communications");
}

void xd_remedy_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c)
{
    if (xd_cause_is_router_name(c)) {
        remedy_router_name(j, d, c);
        return;
    }
    const struct xd_zone *z =
        c->conv ? c->conv->zone[c->presenter == XD_CLIENT ? XD_SERVER : XD_CLIENT]
                : c->zone;
    const char *zone =
        z && z->name ? xd_arena_printf(j->cs->arena, "zone \"%s\"", z->name) : "the zone";
    if (xd_cause_is_zone_address(c)) {
        remedy_zone_address(j, d, c, zone);
        return;
    }
    const char *expected = c->expected
                               ? xd_arena_printf(j->cs->arena, "\"%s\"", c->expected)
                               : "the expected name";
    const struct xd_setting_change *x = xd_cause_name_change(c);
    if (x) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Change the TLS verify subject name of %s back from "
                                      "%s to \"%s\", if the new name was not meant.",
                                      zone, expected, x->from),
                      where_zones);
    }
    xd_remedy_issue_again(j, d, c,
                          xd_arena_printf(j->cs->arena,
                                          "%s the certificate issued with %s as subject "
                                          "alternative name, and upload it.",
                                          x ? "Or have" : "Have", expected));
    if (x) {
        return;
    }
    if (c->verifier_node && c->conv && c->conv->service == XD_SERVICE_CLUSTER) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena,
                                      "Or change the address of that cluster peer from %s "
                                      "to %s, if that is its name.",
                                      expected, tell_names(j, c)),
                      "System > Clustering");
        xd_remedy_cluster_permissive(j, d, c->verifier_node);
    } else if (c->conv && xd_conv_verifies_origin(c->conv, c->presenter)) {
        remedy_origin_name(j, d, c, expected);
    } else if (c->verifier_node) {
        xd_remedy_add(j, d, c->verifier_node, XD_ACTOR_CUSTOMER,
                      xd_arena_printf(j->cs->arena, "Or change the %s of %s from %s to %s.",
                                      c->presenter == XD_CLIENT ? "TLS verify subject name"
                                                                : "peer address",
                                      zone, expected, tell_names(j, c)),
                      where_zones);
    }
}
