/*
 * judge_stage.h - a case in memory as assembly would leave it: one Expressway-C, one
 * Expressway-E, their stores, a UC zone; for tests of the judging half.
 */
#ifndef XD_JUDGE_STAGE_H
#define XD_JUDGE_STAGE_H

#include "expdiag/diagnose.h"
#include "mint.h"

struct xd_jstage {
    struct xd_case *cs;
    struct xd_minted root; /* private, trusted by both */
    struct xd_minted public_root;
    struct xd_minted other_root; /* trusted by nobody */
    struct xd_minted made[24];
    size_t n_made;
    struct xd_node *c;
    struct xd_node *e;
    struct xd_zone *c_zone;
    struct xd_zone *e_zone;
    xd_time now;
};

/* A healthy X15.5 pair: all certificates private, both purposes, check on, zone Active. */
void xd_jstage_open(struct xd_jstage *s);
void xd_jstage_close(struct xd_jstage *s);
void xd_jstage_judge(struct xd_jstage *s);

/* A leaf of the issuer, kept until the stage closes. */
struct xd_cert *xd_jstage_leaf(struct xd_jstage *s, const char *cn, const char *eku,
                               const struct xd_minted *issuer);
struct xd_cert *xd_jstage_mint(struct xd_jstage *s, const struct xd_mint_spec *spec,
                               const struct xd_minted *issuer);
void xd_jstage_store(struct xd_jstage *s, struct xd_node *n, struct xd_store *store,
                     struct xd_cert *cert);
void xd_jstage_trust(struct xd_jstage *s, struct xd_node *n, struct xd_cert *ca);

/* One more node of X15.5, with a log, dumps and a capture. */
struct xd_node *xd_jstage_node(struct xd_jstage *s, const char *id, enum xd_node_role role,
                               const char *addr);

/* The place of a frame in the node's capture. */
struct xd_place xd_jstage_frame(struct xd_jstage *s, struct xd_node *n, uint64_t frame);

/* A conversation of C with E on the zone's port, captured at `at`; TLS 1.2, whole. */
struct xd_flow *xd_jstage_zone_flow(struct xd_jstage *s, struct xd_node *at);
/* Any conversation; a NULL node is an outside address. */
struct xd_flow *xd_jstage_flow(struct xd_jstage *s, struct xd_node *at,
                               struct xd_node *client, struct xd_node *server,
                               enum xd_service service, uint16_t port);
struct xd_presented *xd_jstage_present(struct xd_jstage *s, struct xd_flow *f,
                                       enum xd_side by, struct xd_cert *leaf,
                                       struct xd_cert *above);
void xd_jstage_fail(struct xd_jstage *s, struct xd_flow *f, enum xd_failure_kind kind,
                    enum xd_by by, int alert);
struct xd_tunnel *xd_jstage_tunnel(struct xd_jstage *s, struct xd_node *n,
                                   const char *status, const char *reason);
struct xd_log_event *xd_jstage_event(struct xd_jstage *s, struct xd_node *n,
                                     enum xd_log_kind kind, const char *detail);

/* The only finding of that id, or NULL; fails the test where there are several. */
const struct xd_finding *xd_jstage_finding(const struct xd_jstage *s,
                                           enum xd_finding_id id);
/* How many findings of that id there are. */
size_t xd_jstage_number(const struct xd_jstage *s, enum xd_finding_id id);
size_t xd_jstage_count(const struct xd_jstage *s, enum xd_severity at_least);
enum xd_check_outcome xd_jstage_check(const struct xd_jstage *s, enum xd_finding_id id);

#endif
