/*
 * filled.c - a case in memory: an Expressway-C whose client certificate is server-only,
 * refused by its Expressway-E.
 */
#include "filled.h"

#include <string.h>

#include "expdiag/node.h"

static struct xd_addr address(const char *text)
{
    struct xd_addr a = {0};

    (void)xd_addr_parse(text, strlen(text), &a);
    return a;
}

static xd_time at(const char *text)
{
    xd_time t = XD_TIME_NONE;

    (void)xd_time_parse(text, strlen(text), &t, NULL);
    return t;
}

static struct xd_entry *add_entry(struct xd_case *cs, unsigned input, const char *name,
                                  enum xd_entry_kind kind)
{
    struct xd_entry *e = xd_case_entry(cs);

    e->input = input;
    e->path = name;
    e->name = name;
    e->label = name;
    e->kind = kind;
    e->bytes = 100 + e->id;
    return e;
}

static struct xd_cert *add_cert(struct xd_case *cs, uint8_t mark, const char *name)
{
    uint8_t sha256[32];

    memset(sha256, mark, sizeof(sha256));
    struct xd_cert *c = xd_case_cert(cs, (struct xd_slice){&mark, 1}, sha256);
    c->described = true;
    c->parsed = true;
    c->serial = "0a1b2c";
    c->subject = xd_arena_printf(cs->arena, "C = IN, CN = %s", name);
    c->subject_cn = xd_arena_strdup(cs->arena, name);
    c->issuer = "C = US, CN = Example Root";
    c->issuer_cn = "Example Root";
    c->not_before = at("2026-01-02T00:00:00Z");
    c->not_after = at("2027-01-02T23:59:59Z");
    c->key = "RSA 2048";
    c->signature = "sha256WithRSAEncryption";
    c->has_key_usage = true;
    c->key_usage = XD_KU_DIGITAL_SIGNATURE | XD_KU_KEY_ENCIPHERMENT;
    return c;
}

static void set_purposes(struct xd_case *cs, struct xd_cert *c, bool client)
{
    c->eku = (struct xd_eku){.present = true, .server_auth = true, .client_auth = client};
    c->eku.n_names = client ? 2 : 1;
    c->eku.names = xd_arena_alloc(cs->arena, 2 * sizeof(*c->eku.names));
    c->eku.names[0] = "serverAuth";
    c->eku.names[1] = "clientAuth";
    c->n_san = 2;
    c->san = xd_arena_alloc(cs->arena, 2 * sizeof(*c->san));
    c->san[0] = (struct xd_san){XD_SAN_DNS, c->subject_cn};
    c->san[1] = (struct xd_san){XD_SAN_IP, "192.0.2.10"};
}

static void set_store(struct xd_case *cs, struct xd_store *s, struct xd_entry *e,
                      struct xd_cert *c)
{
    s->entry = e;
    s->whole = true;
    *XD_PUSH(cs->arena, s, certs) = c;
    *XD_PUSH(cs->arena, s, lines) = 1;
}

static struct xd_node *add_node(struct xd_case *cs, const char *id, enum xd_node_role role,
                                const char *addr)
{
    struct xd_node **slot = XD_PUSH(cs->arena, cs, nodes);
    struct xd_node *n = xd_arena_alloc(cs->arena, sizeof(*n));

    *slot = n;
    n->index = (unsigned)cs->n_nodes - 1;
    n->id = id;
    n->host = id;
    n->role = role;
    n->version = (struct xd_version){"X15.5", 15, 5};
    n->as_of = at("2026-03-24T11:54:00Z");
    n->eku_check = XD_EKU_CHECK_ON;
    n->stores_identical = XD_TRI_OFF;
    *XD_PUSH(cs->arena, n, addrs) = address(addr);
    return n;
}

static void add_zone(struct xd_case *cs, struct xd_node *n, const struct xd_node *peer,
                     struct xd_entry *dump)
{
    struct xd_zone *z = XD_PUSH(cs->arena, n, zones);

    z->name = "UC Traversal";
    z->type = "TraversalClient";
    z->uc = XD_TRI_ON;
    z->tls_verify = XD_TRI_ON;
    z->subject_name = NULL;
    z->status = "Failed";
    z->reason = "TLS negotiation failure";
    z->state = (struct xd_place){dump, 0, 41, XD_TIME_NONE};
    *XD_PUSH(cs->arena, z, findings) = 0;
    struct xd_zone_peer *p = XD_PUSH(cs->arena, z, peers);
    p->address = "vcs-8e.example.com";
    p->port = 7001;
    p->status = "Failed";
    p->node = peer;
    struct xd_tunnel *t = XD_PUSH(cs->arena, n, tunnels);
    t->target = "vcs-8e.example.com";
    t->domain = "example.com";
    t->status = "Failed";
    t->reason = "Permission denied";
    t->peer = "192.0.2.20";
    struct xd_alarm *a = XD_PUSH(cs->arena, n, alarms);
    a->id = "35013";
    a->time = at("2026-03-24T11:53:00Z");
    a->detail = "Unified Communications SSH tunnel failure";
    *XD_PUSH(cs->arena, a, findings) = 0;
    struct xd_setting_change *c = XD_PUSH(cs->arena, n, changes);
    *c = (struct xd_setting_change){at("2026-03-24T11:56:00Z"),
                                    "SIP TLS EKU check",
                                    "Off",
                                    "On",
                                    {dump, 0, 9, XD_TIME_NONE}};
}

static struct xd_flow *add_flow(struct xd_case *cs, struct xd_entry *pcap, uint64_t frame,
                                uint16_t port)
{
    struct xd_flow **slot = XD_PUSH(cs->arena, cs, flows);
    struct xd_flow *f = xd_arena_alloc(cs->arena, sizeof(*f));

    *slot = f;
    f->id = (unsigned)cs->n_flows;
    f->first = (struct xd_place){pcap, frame, 0, at("2026-03-24T11:55:20.911700Z")};
    f->last = (struct xd_place){pcap, frame + 9, 0, at("2026-03-24T11:55:21.000001Z")};
    f->end[XD_CLIENT] = (struct xd_endpoint){address("192.0.2.10"), 25001};
    f->end[XD_SERVER] = (struct xd_endpoint){address("192.0.2.20"), port};
    f->roles_known = true;
    f->node[XD_CLIENT] = cs->nodes[0];
    f->node[XD_SERVER] = cs->nodes[1];
    f->related = true;
    f->failure.alert_code = -1;
    return f;
}

static void add_tls_flow(struct xd_case *cs, struct xd_entry *pcap, struct xd_cert *c)
{
    struct xd_flow *f = add_flow(cs, pcap, 21, 7001);
    struct xd_tls_facts *t = xd_arena_alloc(cs->arena, sizeof(*t));
    static const char *cas[] = {"CN = Example Root"};

    f->protocol = XD_PROTOCOL_TLS;
    f->service = XD_SERVICE_TRAVERSAL;
    f->tls = t;
    t->version = 0x0303;
    t->cipher = 0xc02f;
    t->sni = "vcs-8e.example.com";
    t->resumed = 0;
    t->client_auth_requested = 1;
    t->acceptable_cas = cas;
    t->n_acceptable_cas = 1;
    t->certificates_visible = true;
    struct xd_presented *p = XD_PUSH(cs->arena, f, presented);
    p->by = XD_CLIENT;
    p->certs = xd_arena_alloc(cs->arena, sizeof(struct xd_cert *));
    p->certs[0] = c;
    p->n_certs = 1;
    p->place = (struct xd_place){pcap, 27, 0, at("2026-03-24T11:55:20.950000Z")};
    p->store = XD_STORE_CLIENT;
    p->store_node = cs->nodes[0];
    p->expected_store = XD_STORE_CLIENT;
    p->conclusion = XD_CONCLUSION_AS_EXPECTED;
    struct xd_message m = {
        XD_CLIENT, "ClientHello", {pcap, 23, 0, at("2026-03-24T11:55:20.920000Z")}, 200};
    xd_flow_add_message(cs->arena, f, &m);
    m = (struct xd_message){
        XD_SERVER, "Alert", {pcap, 29, 0, at("2026-03-24T11:55:20.990000Z")}, 2};
    xd_flow_add_message(cs->arena, f, &m);
    f->outcome = XD_OUTCOME_FAILED;
    f->failure = (struct xd_failure){XD_FAILURE_ALERT,
                                     XD_PHASE_HANDSHAKE,
                                     XD_BY_SERVER,
                                     43,
                                     {pcap, 29, 0, at("2026-03-24T11:55:20.990000Z")}};
}

static void add_ssh_flow(struct xd_case *cs, struct xd_entry *pcap, struct xd_cert *host)
{
    struct xd_flow *f = add_flow(cs, pcap, 40, 2222);
    struct xd_ssh_facts *s = xd_arena_alloc(cs->arena, sizeof(*s));
    static const char *candidates[] = {"client store: leaf and root, 2354 bytes"};

    f->protocol = XD_PROTOCOL_SSH;
    f->service = XD_SERVICE_SSH_TUNNEL;
    f->ssh = s;
    s->banner[XD_CLIENT] = "SSH-2.0-PKIX";
    s->host_key_algorithm = "x509v3-rsa2048-sha256";
    s->has_host_key = true;
    memset(s->host_key_sha256, 0xee, sizeof(s->host_key_sha256));
    struct xd_presented *p = XD_PUSH(cs->arena, f, presented);
    p->by = XD_SERVER;
    p->certs = xd_arena_alloc(cs->arena, sizeof(struct xd_cert *));
    p->certs[0] = host;
    p->n_certs = 1;
    p->place = (struct xd_place){pcap, 44, 0, XD_TIME_NONE};
    p->conclusion = XD_CONCLUSION_NULL;
    struct xd_inferred *x = XD_PUSH(cs->arena, f, inferred);
    x->by = XD_CLIENT;
    x->store = XD_STORE_CLIENT;
    x->basis = XD_BASIS_PACKET_LENGTH;
    x->place = (struct xd_place){pcap, 47, 0, XD_TIME_NONE};
    x->length = 2354;
    x->candidates = candidates;
    x->n_candidates = 1;
    f->outcome = XD_OUTCOME_INCOMPLETE;
    *XD_PUSH(cs->arena, f, same_as) = 1;
}

static void add_finding(struct xd_case *cs, struct xd_entry *pcap, struct xd_entry *dump,
                        struct xd_cert *c)
{
    struct xd_finding **slot = XD_PUSH(cs->arena, cs, findings);
    struct xd_finding *f = xd_arena_alloc(cs->arena, sizeof(*f));

    *slot = f;
    f->id = XD_F_CLIENT_EKU_MISSING;
    f->severity = XD_CRITICAL;
    f->confidence = XD_CERTAIN;
    f->title = "vcs_8e refuses vcs_8c's client certificate: it lacks clientAuth";
    f->summary =
        "vcs_8c opens the traversal zone with a certificate that permits serverAuth "
        "only, and vcs_8e checks the purpose. Put a certificate with clientAuth "
        "into the client store of vcs_8c.";
    f->node = cs->nodes[0];
    f->presenter = (struct xd_party){cs->nodes[0], address("192.0.2.10"), true};
    f->verifier = (struct xd_party){cs->nodes[1], address("192.0.2.20"), true};
    *XD_PUSH(cs->arena, f, flows) = 1;
    *XD_PUSH(cs->arena, f, certs) = c;
    *XD_PUSH(cs->arena, f, masked) = XD_F_CERTIFICATE_EXPIRED;
    *XD_PUSH(cs->arena, f, evidence) =
        (struct xd_evidence){{pcap, 29, 0, at("2026-03-24T11:55:20.990000Z")},
                             "fatal alert 43 unsupported_certificate",
                             true};
    *XD_PUSH(cs->arena, f, evidence) = (struct xd_evidence){
        {dump, 0, 12, XD_TIME_NONE}, "*c xConfiguration SIP TLS: On", false};
    *XD_PUSH(cs->arena, f, effects) = "UC zone";
    *XD_PUSH(cs->arena, f, effects) = "MRA login and registration";
    *XD_PUSH(cs->arena, f, remedies) = (struct xd_remedy){
        cs->nodes[0], XD_ACTOR_CUSTOMER, "Install a client certificate with clientAuth.",
        "Maintenance > Security > Client certificate",
        "xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking "
        "Mode: On"};
    *XD_PUSH(cs->arena, f, remedies) =
        (struct xd_remedy){NULL, XD_ACTOR_CA, "Issue it.", NULL, NULL};
}

static void add_verdicts(struct xd_case *cs)
{
    static const char *missing[] = {"a capture of Expressway-E: start diagnostic logging "
                                    "with tcpdump on both nodes at once"};

    *XD_PUSH(cs->arena, cs, checks) =
        (struct xd_check){.id = XD_F_CLIENT_EKU_MISSING, .outcome = XD_CHECK_FOUND};
    *XD_PUSH(cs->arena, cs, checks) = (struct xd_check){.id = XD_F_UNKNOWN_CA,
                                                        .outcome = XD_CHECK_RULED_OUT,
                                                        .why = "every path was built"};
    *XD_PUSH(cs->arena, cs, checks) =
        (struct xd_check){.id = XD_F_CLOCK_OFFSET,
                          .outcome = XD_CHECK_NOT_EVALUATED,
                          .why = "no conversation was seen from both ends",
                          .missing = missing,
                          .n_missing = 1};
    struct xd_scenario *s = XD_PUSH(cs->arena, cs, scenarios);
    s->c = cs->nodes[0];
    s->e = cs->nodes[1];
    s->condition = "2";
    s->why = "the client store of vcs_8c is server-only";
    *XD_PUSH(cs->arena, s, also) = "2.1";
    cs->scenario = s;
    *XD_PUSH(cs->arena, cs, what_if) =
        (struct xd_what_if){"as-is",
                            cs->nodes[0],
                            cs->nodes[1],
                            XD_PREDICT_FAILED,
                            XD_PREDICT_FAILED,
                            "the client certificate is server-only",
                            NULL};
    *XD_PUSH(cs->arena, cs, what_if) =
        (struct xd_what_if){"eku-check=off",
                            cs->nodes[0],
                            cs->nodes[1],
                            XD_PREDICT_ACTIVE,
                            XD_PREDICT_FAILED,
                            "SSH verifies the purpose whatever the mode",
                            NULL};
}

struct xd_case *filled_case(void)
{
    struct xd_case *cs = xd_case_new();
    struct xd_input *in = XD_PUSH(cs->arena, cs, inputs);

    *in = (struct xd_input){.path = "C.tar.gz", .name = "C", .bytes = 4711};
    in->has_sha256 = true;
    memset(in->sha256, 0x11, sizeof(in->sha256));
    in = XD_PUSH(cs->arena, cs, inputs);
    *in = (struct xd_input){.path = "E", .name = "E", .kind = XD_INPUT_FOLDER};

    struct xd_entry *client = add_entry(cs, 0, "client_vcs_8c.pem", XD_ENTRY_CLIENT_PEM);
    struct xd_entry *dump = add_entry(cs, 0, "xstat_dump_vcs_8c.txt", XD_ENTRY_XSTAT_TXT);
    struct xd_entry *server = add_entry(cs, 1, "server_vcs_8e.pem", XD_ENTRY_SERVER_PEM);
    struct xd_entry *pcap = add_entry(cs, 1, "eth0_tcpdump00.pcap", XD_ENTRY_PCAP);
    pcap->status = XD_ENTRY_TRUNCATED;
    pcap->detail = "ends inside frame 99";

    struct xd_cert *leaf_c = add_cert(cs, 0xcc, "vcs-8c.example.com");
    struct xd_cert *leaf_e = add_cert(cs, 0x0e, "vcs-8e.example.com");
    set_purposes(cs, leaf_c, false);
    set_purposes(cs, leaf_e, true);
    leaf_c->issuer_kind = XD_ISSUER_PUBLIC;
    leaf_c->issuer_kind_why = "its root is one of Mozilla's";
    leaf_e->issuer_kind = XD_ISSUER_PRIVATE;

    struct xd_node *c = add_node(cs, "vcs_8c", XD_ROLE_C, "192.0.2.10");
    struct xd_node *e = add_node(cs, "vcs_8e", XD_ROLE_E, "192.0.2.20");
    set_store(cs, &c->client, client, leaf_c);
    set_store(cs, &e->server, server, leaf_e);
    struct xd_chain *chain = XD_PUSH(cs->arena, c, chains);
    *chain = (struct xd_chain){leaf_c, XD_CHAIN_INCOMPLETE, "CN = Example Root"};
    add_zone(cs, c, e, dump);
    add_tls_flow(cs, pcap, leaf_c);
    add_ssh_flow(cs, pcap, leaf_e);
    add_finding(cs, pcap, dump, leaf_c);
    add_verdicts(cs);
    return cs;
}

struct xd_report_options filled_options(enum xd_report_command command)
{
    return (struct xd_report_options){.command = command,
                                      .roots_source = "Mozilla",
                                      .roots_count = 142,
                                      .generated_at = XD_TIME_NONE,
                                      .width = 92};
}
