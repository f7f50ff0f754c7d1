/*
 * pair_case.h - a C and an E of one release, with their stores and one capture of C, as
 * bench.h makes them.
 */
#ifndef XD_PAIR_CASE_H
#define XD_PAIR_CASE_H

#include "bench.h"

enum { XD_PAIR_MINTS = 8 };

struct xd_pair_case {
    struct xd_bench b;
    struct xd_minted mints[XD_PAIR_MINTS];
    struct xd_cert *root;
    struct xd_cert *c_server;
    struct xd_cert *c_client;
    struct xd_cert *e_server;
    struct xd_cert *e_client;
    const struct xd_entry *c_client_pem;
};

/* The lines of xstat that tell these releases. */
extern const char xd_pair_x15_5[];
extern const char xd_pair_x15_4[];

/* version: the whole line of xstat, or NULL; two: with client stores. */
struct xd_pair_case xd_pair_open(const char *version, bool two);
void xd_pair_close(struct xd_pair_case *p);

/* One more leaf of the root, kept at that place until the case closes. */
struct xd_cert *xd_pair_leaf(struct xd_pair_case *p, size_t at, const char *cn,
                             const char *eku);

struct xd_presented *xd_pair_present(struct xd_pair_case *p, struct xd_flow *f,
                                     enum xd_side by, struct xd_cert *cert);

/* "none": it is no node's. */
const char *xd_pair_node_id(const struct xd_flow *f, enum xd_side side);

#endif
