/*
 * pair_case.c - a C and an E for tests of the assembling half.
 */
#include "pair_case.h"

static const char *const c_conf[] = {
    "Ethernet 1 IP V4 Address = 10.106.80.16",
    "IP DNS Hostname = vcs8c",
    "IP DNS Domain Name = example.com",
    "Alternates Peer 1 Address = 10.106.80.17",
    "Zones Zone 1 Name = UC",
    "Zones Zone 1 Type = TraversalClient",
    "Zones Zone 1 TraversalClient Collaboration Edge = On",
    "Zones Zone 1 TraversalClient SIP Port = 7002",
    "Zones Zone 1 TraversalClient Peer 1 Address = exwe.example.com",
    "Zones Zone 2 Name = Neighbor",
    "Zones Zone 2 Type = Neighbor",
    "Zones Zone 2 Neighbor SIP Port = 5065",
    "Zones Zone 2 Neighbor SIP Transport = TLS",
    "Zones Zone 2 Neighbor Peer 1 Address = 10.106.80.15",
    NULL};

static const char *const e_conf[] = {"Ethernet 1 IP V4 Address = 10.106.80.31",
                                     "Ethernet 1 IP V4 StaticNAT Mode = On",
                                     "Ethernet 1 IP V4 StaticNAT Address = 203.0.113.31",
                                     "IP DNS Hostname = exwe",
                                     "IP DNS Domain Name = example.com",
                                     "Zones Zone 3 Name = UC server",
                                     "Zones Zone 3 Type = TraversalServer",
                                     "Zones Zone 3 TraversalServer SIP Port = 7002",
                                     NULL};

struct xd_cert *xd_pair_leaf(struct xd_pair_case *p, size_t at, const char *cn,
                             const char *eku)
{
    p->mints[at] = xd_mint_leaf(p->b.cs, cn, eku, &p->mints[0]);
    return p->mints[at].cert;
}

static void add_version(struct xd_pair_case *p, const char *line)
{
    const char *const lines[] = {line, NULL};

    if (line != NULL) {
        (void)xd_bench_dump(&p->b, XD_ENTRY_XSTAT_TXT, lines);
    }
}

static void add_store(struct xd_pair_case *p, enum xd_entry_kind kind, struct xd_cert *cert)
{
    (void)xd_bench_pem(&p->b, kind, (struct xd_cert *[]){cert, NULL});
}

struct xd_pair_case xd_pair_open(const char *version, bool two)
{
    struct xd_pair_case p = {.b = xd_bench_new()};

    p.mints[0] = xd_mint_root(p.b.cs, "Root");
    p.root = p.mints[0].cert;
    p.c_server = xd_pair_leaf(&p, 1, "vcs8c.example.com", "serverAuth");
    p.c_client = xd_pair_leaf(&p, 2, "vcs8c.example.com", "clientAuth,serverAuth");
    p.e_server = xd_pair_leaf(&p, 3, "exwe.example.com", "serverAuth");
    p.e_client = xd_pair_leaf(&p, 4, "exwe.example.com", "clientAuth");
    xd_bench_bundle(&p.b, "exwe", XD_BENCH_STAMP);
    (void)xd_bench_dump(&p.b, XD_ENTRY_XCONF_TXT, e_conf);
    add_version(&p, version);
    add_store(&p, XD_ENTRY_SERVER_PEM, p.e_server);
    if (two) {
        add_store(&p, XD_ENTRY_CLIENT_PEM, p.e_client);
    }
    xd_bench_bundle(&p.b, "vcs8c", XD_BENCH_STAMP);
    (void)xd_bench_dump(&p.b, XD_ENTRY_XCONF_TXT, c_conf);
    add_version(&p, version);
    add_store(&p, XD_ENTRY_SERVER_PEM, p.c_server);
    if (two) {
        p.c_client_pem =
            xd_bench_pem(&p.b, XD_ENTRY_CLIENT_PEM, (struct xd_cert *[]){p.c_client, NULL});
    }
    xd_bench_capture(&p.b);
    return p;
}

void xd_pair_close(struct xd_pair_case *p)
{
    for (size_t i = 0; i < XD_PAIR_MINTS; i++) {
        xd_mint_free(&p->mints[i]);
    }
    xd_bench_free(&p->b);
}

struct xd_presented *xd_pair_present(struct xd_pair_case *p, struct xd_flow *f,
                                     enum xd_side by, struct xd_cert *cert)
{
    return xd_bench_present(&p->b, f, by, (struct xd_cert *[]){cert, NULL});
}

const char *xd_pair_node_id(const struct xd_flow *f, enum xd_side side)
{
    return f->node[side] != NULL ? f->node[side]->id : "none";
}

const char xd_pair_x15_5[] = "SystemUnit Software Version = X15.5";
const char xd_pair_x15_4[] = "SystemUnit Software Version = X15.4";
