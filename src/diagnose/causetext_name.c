/*
 * causetext_name.c - the words about names that a verifier misses.
 */
#include "causetext_priv.h"

/* The XCP router asks reverse DNS for the name; its log has the address alone. */
static void tell_router_name(struct xd_judge *j, struct xd_draft *d,
                             const struct xd_cause *c, const struct xd_telling *t)
{
    char text[XD_ADDR_TEXT];
    const char *addr = xd_addr_format(&c->parties[0].addr, text);
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s does not find the name of %s in %s's certificate (XMPP)",
                        t->verifier, addr, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. With VerifyHostname on, the XCP router looks up which name reverse DNS "
            "gives for %s (ConvertIpToHostname), and that name must be among the "
            "certificate's subject alternative names.%s%s Next: compare the PTR record of "
            "%s with the names in the certificate, and correct the one that is wrong.",
            xd_tell_shown(j, t, ""), addr, xd_tell_basis(c), t->how, addr));
}

/* The zone calls its peer by an address, and a certificate has host names. */
static void tell_zone_address(struct xd_judge *j, struct xd_draft *d,
                              const struct xd_cause *c, const struct xd_telling *t)
{
    const struct xd_cert *leaf = c->replay->n_chain > 0 ? c->replay->chain[0] : NULL;
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "The zone of %s calls its peer %s, which %s's certificate does not "
                        "name",
                        t->verifier, c->expected, t->presenter),
        xd_arena_printf(
            j->cs->arena,
            "%s. The peer address of the zone is the name that %s looks for among the "
            "certificate's subject alternative names, and an address is not among them; it "
            "closes such a connection after the handshake, without an alert.%s%s Next: "
            "make the peer address of the zone %s.",
            xd_tell_shown(j, t, ""), t->verifier, xd_tell_basis(c), t->how,
            xd_words_sans(j, c->presenter_node, leaf)));
}

/* How a verifier looks for a name, and where that name can be changed. */
struct looks {
    const char *missed; /* how the name is wanting */
    const char *how;
    const char *place;
};

static const struct looks of_zones = {
    ", which is not among the subject alternative names",
    "it closes such a connection after the handshake, without an alert", "zone"};
static const struct looks of_peers = {", which the certificate does not name",
                                      "an enforcing cluster refuses a peer by another name",
                                      "list of cluster peers"};
static const struct looks of_origins = {
    ", the host that it asks for, which is not among the subject alternative names",
    "its traffic server then ends the handshake", "list of servers of CUCM"};

static const struct looks *looks_of(const struct xd_cause *c)
{
    if (c->conv && c->conv->service == XD_SERVICE_CLUSTER) {
        return &of_peers;
    }
    return c->conv && xd_conv_verifies_origin(c->conv, c->presenter) ? &of_origins
                                                                     : &of_zones;
}

static const char *tell_next(struct xd_judge *j, const struct xd_cause *c,
                             const struct looks *looks)
{
    const struct xd_setting_change *x = xd_cause_name_change(c);
    return x ? xd_arena_printf(
                   j->cs->arena,
                   "change the name in the zone back to \"%s\", as it was until %s, or "
                   "have the new one put into the certificate",
                   x->from, xd_words_time(j, x->time))
             : xd_arena_printf(j->cs->arena,
                               "have the name put into the certificate, or correct the "
                               "name in the %s",
                               looks->place);
}

void xd_tell_name(struct xd_judge *j, struct xd_draft *d, const struct xd_cause *c,
                  const struct xd_telling *t)
{
    const char *expected =
        c->expected ? xd_arena_printf(j->cs->arena, "\"%s\"", c->expected) : "another name";
    const struct looks *looks = looks_of(c);
    if (xd_cause_is_router_name(c)) {
        tell_router_name(j, d, c, t);
        return;
    }
    if (xd_cause_is_zone_address(c)) {
        tell_zone_address(j, d, c, t);
        return;
    }
    xd_draft_text(
        j, d,
        xd_arena_printf(j->cs->arena,
                        "%s expects %s, which the certificate of %s does not name",
                        t->verifier, expected, t->presenter),
        xd_arena_printf(j->cs->arena, "%s. The verifier expects %s%s; %s.%s%s Next: %s.",
                        xd_tell_shown(j, t, ""), expected, c->expected ? looks->missed : "",
                        looks->how, xd_tell_basis(c), t->how, tell_next(j, c, looks)));
}
