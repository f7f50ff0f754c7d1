/*
 * test_callers.c - whose calls an Expressway-E's traversal and tunnel ports get: its own
 * client's, a stranger's, or nobody can tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "assemble_priv.h"

enum { ZONE_PORT = 7001, TUNNEL_PORT = 2222 };

struct scene {
    struct xd_case *cs;
    struct xd_node *e;
    struct xd_zone *zone;
};

static struct xd_addr addr_of(const char *text)
{
    struct xd_addr a = {0};

    assert_true(xd_addr_parse(text, strlen(text), &a));
    return a;
}

static struct xd_node *add_node(struct xd_case *cs, const char *host,
                                enum xd_node_role role, const char *addr)
{
    struct xd_node *n = xd_arena_alloc(cs->arena, sizeof(*n));

    n->index = (unsigned)cs->n_nodes;
    n->id = n->host = host;
    n->role = role;
    *XD_PUSH(cs->arena, n, addrs) = addr_of(addr);
    *XD_PUSH(cs->arena, cs, nodes) = n;
    return n;
}

/* An E with one traversal zone on 7001 of that status. */
static struct scene open_scene(const char *status)
{
    struct scene s = {.cs = xd_case_new()};

    s.e = add_node(s.cs, "edge", XD_ROLE_E, "10.0.0.2");
    s.zone = XD_PUSH(s.cs->arena, s.e, zones);
    *s.zone = (struct xd_zone){.name = "uc",
                               .type = "TraversalServer",
                               .uc = XD_TRI_ON,
                               .port = ZONE_PORT,
                               .status = status};
    return s;
}

static void list_peer(struct scene *s, const char *addr, const char *status)
{
    *XD_PUSH(s->cs->arena, s->zone, peers) =
        (struct xd_zone_peer){.address = addr, .addr = addr_of(addr), .status = status};
}

static void add_tunnel(struct scene *s, const char *status)
{
    *XD_PUSH(s->cs->arena, s->e, tunnels) = (struct xd_tunnel){.status = status};
}

/* One call that E's capture holds. */
static struct xd_flow *add_call(struct scene *s, const char *from, uint16_t port,
                                enum xd_service service)
{
    struct xd_flow *f = xd_arena_alloc(s->cs->arena, sizeof(*f));

    f->id = (unsigned)s->cs->n_flows + 1;
    f->end[XD_CLIENT] = (struct xd_endpoint){addr_of(from), port};
    f->end[XD_SERVER] = (struct xd_endpoint){
        s->e->addrs[0], service == XD_SERVICE_SSH_TUNNEL ? TUNNEL_PORT : ZONE_PORT};
    f->node[XD_SERVER] = s->e;
    f->protocol = XD_PROTOCOL_TLS;
    f->tls = xd_arena_alloc(s->cs->arena, sizeof(*f->tls));
    f->service = service;
    f->outcome = XD_OUTCOME_FAILED;
    f->first.time = 100 * XD_SECOND;
    *XD_PUSH(s->cs->arena, s->cs, flows) = f;
    return f;
}

static enum xd_caller judge(const struct scene *s, const struct xd_flow *f)
{
    struct xd_callers *c = xd_callers_new(s->cs);
    struct xd_call call = {.server = f->node[XD_SERVER],
                           .client = f->node[XD_CLIENT],
                           .service = f->service,
                           .addr = f->end[XD_CLIENT].addr,
                           .port = f->end[XD_SERVER].port,
                           .time = f->first.time,
                           .flow = f};
    enum xd_caller verdict = xd_callers_judge(c, &call);

    if (verdict == XD_CALLER_UNSURE) {
        assert_non_null(strstr(xd_callers_doubt(c, &call), "is not sure"));
    }
    xd_callers_free(c);
    return verdict;
}

static enum xd_caller call_zone(struct scene *s, const char *from, uint16_t port)
{
    return judge(s, add_call(s, from, port, XD_SERVICE_TRAVERSAL));
}

static void beside_an_active_zone_whose_client_is_listed_others_are_strangers(void **state)
{
    (void)state;
    struct scene s = open_scene("Active");

    list_peer(&s, "203.0.113.9", "Active");
    assert_int_equal(call_zone(&s, "203.0.113.9", 25001), XD_CALLER_OWN);
    assert_int_equal(call_zone(&s, "198.51.100.66", 50003), XD_CALLER_STRANGER);
    assert_int_equal(call_zone(&s, "198.51.100.66", 27000), XD_CALLER_STRANGER);
    assert_int_equal(call_zone(&s, "10.9.9.9", 40000), XD_CALLER_STRANGER);
    xd_case_free(s.cs);
}

/* Two source ports of an Expressway: a NAT may have given the listed client this address.
 */
static void a_listed_client_of_which_no_more_is_heard_may_have_another_address(void **state)
{
    (void)state;
    for (unsigned heard = 0; heard < 2; heard++) {
        struct scene s = open_scene("Active");

        list_peer(&s, "203.0.113.5", "Active");
        if (heard) {
            (void)add_call(&s, "203.0.113.5", 25001, XD_SERVICE_TRAVERSAL);
        }
        (void)add_call(&s, "203.0.113.6", 25011, XD_SERVICE_TRAVERSAL);
        assert_int_equal(call_zone(&s, "203.0.113.6", 25012),
                         heard ? XD_CALLER_STRANGER : XD_CALLER_UNSURE);
        xd_case_free(s.cs);
    }
}

static void the_only_caller_of_a_zone_that_is_down_is_taken_for_its_client(void **state)
{
    (void)state;
    struct scene s = open_scene("Failed");

    assert_int_equal(call_zone(&s, "203.0.113.9", 50003), XD_CALLER_LIKELY);
    xd_case_free(s.cs);
}

static void of_two_unknown_callers_the_one_that_looks_like_an_expressway_is_it(void **state)
{
    (void)state;
    struct scene s = open_scene("Failed");
    struct xd_flow *x = add_call(&s, "203.0.113.9", 50003, XD_SERVICE_TRAVERSAL_TEST);
    struct xd_flow *y = add_call(&s, "198.51.100.66", 40001, XD_SERVICE_TRAVERSAL_TEST);

    assert_int_equal(judge(&s, x), XD_CALLER_UNSURE);
    assert_int_equal(judge(&s, y), XD_CALLER_UNSURE);
    x->end[XD_CLIENT].port = 25001;
    assert_int_equal(judge(&s, x), XD_CALLER_UNSURE); /* that may be chance */
    (void)add_call(&s, "203.0.113.9", 25003, XD_SERVICE_TRAVERSAL);
    assert_int_equal(judge(&s, x), XD_CALLER_LIKELY);
    assert_int_equal(judge(&s, y), XD_CALLER_STRANGER);
    xd_case_free(s.cs);
}

static void a_listed_client_that_calls_leaves_no_doubt_and_a_silent_one_does(void **state)
{
    (void)state;
    struct scene s = open_scene("Failed");

    list_peer(&s, "203.0.113.9", "Failed");
    struct xd_flow *x = add_call(&s, "198.51.100.66", 50003, XD_SERVICE_TRAVERSAL_TEST);
    assert_int_equal(judge(&s, x), XD_CALLER_UNSURE); /* its address may have changed */
    assert_int_equal(call_zone(&s, "203.0.113.9", 25001), XD_CALLER_OWN);
    assert_int_equal(judge(&s, x), XD_CALLER_STRANGER);
    xd_case_free(s.cs);
}

static void one_of_two_clients_may_still_be_missing(void **state)
{
    (void)state;
    struct scene s = open_scene("Active (1 of 2)");

    list_peer(&s, "203.0.113.9", "Active");
    assert_int_equal(call_zone(&s, "203.0.113.10", 25001), XD_CALLER_LIKELY);
    xd_case_free(s.cs);
}

static void an_active_zone_that_lists_nobody_needs_signs_of_an_expressway(void **state)
{
    (void)state;
    struct scene s = open_scene("Active");

    assert_int_equal(call_zone(&s, "198.51.100.66", 50003), XD_CALLER_STRANGER);
    assert_int_equal(call_zone(&s, "203.0.113.9", 25001), XD_CALLER_STRANGER);
    assert_int_equal(call_zone(&s, "203.0.113.9", 25003), XD_CALLER_UNSURE);
    xd_case_free(s.cs);
}

static void whoever_was_let_in_is_its_own(void **state)
{
    (void)state;
    struct scene s = open_scene("Active");
    struct xd_flow *before = add_call(&s, "203.0.113.9", 50001, XD_SERVICE_TRAVERSAL);

    before->outcome = XD_OUTCOME_ESTABLISHED;
    before->tls->client_auth_requested = 1;
    assert_int_equal(call_zone(&s, "203.0.113.9", 50003), XD_CALLER_OWN);
    before->tls->client_auth_requested = 0; /* anybody gets in then */
    assert_int_equal(call_zone(&s, "203.0.113.9", 50005), XD_CALLER_STRANGER);
    xd_case_free(s.cs);
}

static void tunnels_are_judged_by_their_rows_and_the_zones_clients(void **state)
{
    (void)state;
    struct scene s = open_scene("Active");

    add_tunnel(&s, "Failed");
    struct xd_flow *x = add_call(&s, "198.51.100.66", 50003, XD_SERVICE_SSH_TUNNEL);
    assert_int_equal(judge(&s, x), XD_CALLER_LIKELY);
    list_peer(&s, "203.0.113.9", "Active");
    assert_int_equal(judge(&s, x), XD_CALLER_STRANGER);
    s.e->tunnels[0].status = "Active";
    assert_int_equal(judge(&s, x), XD_CALLER_STRANGER);
    xd_case_free(s.cs);
}

/* A C of the case whose zone leads to E, and of which E has no address. */
static struct xd_node *add_core(struct scene *s)
{
    struct xd_node *c = add_node(s->cs, "core", XD_ROLE_C, "10.1.1.1");
    struct xd_zone *z = XD_PUSH(s->cs->arena, c, zones);

    *z = (struct xd_zone){.type = "TraversalClient", .uc = XD_TRI_ON, .status = "Failed"};
    *XD_PUSH(s->cs->arena, z, peers) = (struct xd_zone_peer){.node = s->e};
    return c;
}

static void
a_c_of_the_case_may_be_behind_any_address_unless_its_capture_denies(void **state)
{
    (void)state;
    struct scene s = open_scene("Failed");
    struct xd_node *c = add_core(&s);
    struct xd_flow *x = add_call(&s, "203.0.113.9", 50003, XD_SERVICE_TRAVERSAL_TEST);

    assert_int_equal(judge(&s, x), XD_CALLER_LIKELY);
    struct xd_entry *pcap = xd_case_entry(s.cs);
    *XD_PUSH(s.cs->arena, c, entries) = pcap;
    for (int i = 0; i < 2; i++) { /* its capture spans the call, and does not hold it */
        struct xd_flow *own = add_call(&s, "10.1.1.1", 30001, XD_SERVICE_HTTPS);
        own->node[XD_SERVER] = NULL;
        own->first.entry = own->last.entry = pcap;
        own->first.time = own->last.time = (90 + 20 * i) * XD_SECOND;
    }
    assert_int_equal(judge(&s, x), XD_CALLER_STRANGER);
    /* It tried and failed too, and a request has no hello by which to tell them apart. */
    struct xd_flow *tried = add_call(&s, "10.1.1.1", 25001, XD_SERVICE_TRAVERSAL);
    tried->node[XD_SERVER] = NULL;
    tried->node[XD_CLIENT] = c;
    x->protocol = XD_PROTOCOL_TCP;
    assert_int_equal(judge(&s, x), XD_CALLER_LIKELY);
    xd_case_free(s.cs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beside_an_active_zone_whose_client_is_listed_others_are_strangers),
        cmocka_unit_test(
            a_listed_client_of_which_no_more_is_heard_may_have_another_address),
        cmocka_unit_test(the_only_caller_of_a_zone_that_is_down_is_taken_for_its_client),
        cmocka_unit_test(
            of_two_unknown_callers_the_one_that_looks_like_an_expressway_is_it),
        cmocka_unit_test(a_listed_client_that_calls_leaves_no_doubt_and_a_silent_one_does),
        cmocka_unit_test(one_of_two_clients_may_still_be_missing),
        cmocka_unit_test(an_active_zone_that_lists_nobody_needs_signs_of_an_expressway),
        cmocka_unit_test(whoever_was_let_in_is_its_own),
        cmocka_unit_test(tunnels_are_judged_by_their_rows_and_the_zones_clients),
        cmocka_unit_test(
            a_c_of_the_case_may_be_behind_any_address_unless_its_capture_denies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
