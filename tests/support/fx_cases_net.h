/*
 * fx_cases_net.h - what the cases about the network, SSH and several nodes share.
 */
#ifndef EXPDIAG_FX_CASES_NET_H
#define EXPDIAG_FX_CASES_NET_H

#include "fx_cases.h"
#include "fx_scenes.h"

#define XD_FX_EDGE_CHAIN  "e-pub-srv ca2 ca2-root"
#define XD_FX_CORE_CHAIN  "c-both ca1"
#define XD_FX_CORE2_IP    "10.106.80.17"
#define XD_FX_EDGE_OUT_IP "203.0.113.31" /* static NAT */

/* Two X15.5 nodes in order with four certificates; nothing happens yet. */
void xd_fx_net_pair(struct xd_fx_stage *s, const char *start);
/* The zone comes up and stays; so do the tunnels. */
void xd_fx_net_zone_up(struct xd_fx_stage *s);
void xd_fx_net_tunnels_up(struct xd_fx_stage *s);
/* A few log lines of every day, and one node's or both nodes' bundles. */
void xd_fx_net_write(struct xd_fx_stage *s, struct xd_fx_node *n);
void xd_fx_net_end(struct xd_fx_stage *s);

/* What a firewall or a NAT between two captures makes of one connection. */
struct xd_fx_path {
    struct xd_fx_conn conn;   /* with both captures */
    const char *server_there; /* the server's address behind its NAT, or NULL */
    size_t there;             /* chunks of the dialogue that arrive; 0: all */
    bool cut;                 /* RST to either end, each seeming to be the other's */
};
void xd_fx_net_path(const struct xd_fx_path *p);

/* The dialogue of one TLS connection of C to a server; freed by the caller. */
struct xd_fx_dialogue xd_fx_net_tls(const struct xd_fx_stage *s, int64_t at,
                                    const char *label, const struct xd_fx_tls *t);
void xd_fx_net_talk_free(struct xd_fx_dialogue *d);

/* Takes the frame that carries the n-th data segment between two ports out again. */
void xd_fx_net_drop(struct xd_fx_capture *c, uint16_t from, uint16_t to, unsigned n);

/* One SSH dialogue on 2222 between any two ends; log: what C's ssh prints or NULL. */
void xd_fx_net_ssh(struct xd_fx_stage *s, struct xd_fx_node *c, struct xd_fx_node *e,
                   const struct xd_fx_conn *ends, const char *transcript);

/* The cases: fx_cases_net.c */
void xd_fx_play_firewall_reset(struct xd_fx_stage *s);
void xd_fx_play_peer_reset(struct xd_fx_stage *s);
void xd_fx_play_syn_lost(struct xd_fx_stage *s);
void xd_fx_play_syn_ignored(struct xd_fx_stage *s);
void xd_fx_play_refused(struct xd_fx_stage *s);
void xd_fx_play_refused_by_path(struct xd_fx_stage *s);
void xd_fx_play_traversal_test(struct xd_fx_stage *s);
void xd_fx_play_traversal_auth(struct xd_fx_stage *s);
void xd_fx_play_capture_gap(struct xd_fx_stage *s);
void xd_fx_play_clock_offset(struct xd_fx_stage *s);
void xd_fx_play_came_up(struct xd_fx_stage *s);
/* fx_cases_net_ssh.c */
void xd_fx_play_ssh_unreachable(struct xd_fx_stage *s);
void xd_fx_play_ssh_intermediate(struct xd_fx_stage *s);
void xd_fx_play_ssh_intermediate_sent(struct xd_fx_stage *s);
void xd_fx_play_ssh_kex(struct xd_fx_stage *s);
void xd_fx_play_ssh_algorithm(struct xd_fx_stage *s);
void xd_fx_play_ssh_host_key(struct xd_fx_stage *s);
void xd_fx_play_ssh_other_host(struct xd_fx_stage *s);
void xd_fx_play_ssh_stale_host(struct xd_fx_stage *s);
void xd_fx_play_ssh_login(struct xd_fx_stage *s);
void xd_fx_play_underscore(struct xd_fx_stage *s);
void xd_fx_play_reverse_dns(struct xd_fx_stage *s);
/* fx_cases_net_many.c */
void xd_fx_play_c_alone(struct xd_fx_stage *s);
void xd_fx_play_e_alone(struct xd_fx_stage *s);
void xd_fx_play_before_after(struct xd_fx_stage *s);
void xd_fx_play_clusters(struct xd_fx_stage *s);
void xd_fx_play_cluster_differs(struct xd_fx_stage *s);
void xd_fx_play_cluster_x143(struct xd_fx_stage *s);
void xd_fx_play_cluster_x154(struct xd_fx_stage *s);
void xd_fx_play_scanners(struct xd_fx_stage *s);
void xd_fx_play_crowd(struct xd_fx_stage *s);
void xd_fx_play_near_misses(struct xd_fx_stage *s);
void xd_fx_play_deprecated(struct xd_fx_stage *s);
/* fx_cases_net_end.c */
void xd_fx_play_closed(struct xd_fx_stage *s);
void xd_fx_play_hello_unanswered(struct xd_fx_stage *s);
void xd_fx_play_still_open(struct xd_fx_stage *s);
void xd_fx_play_spoilt(struct xd_fx_stage *s);
/* fx_cases_net_scan.c */
void xd_fx_play_scan_zone(struct xd_fx_stage *s);
void xd_fx_play_scan_tunnels(struct xd_fx_stage *s);
void xd_fx_play_scan_log(struct xd_fx_stage *s);
void xd_fx_play_scan_and_fault(struct xd_fx_stage *s);
void xd_fx_play_nat_zone(struct xd_fx_stage *s);
void xd_fx_play_nat_tunnels(struct xd_fx_stage *s);
/* fx_cases_names.c */
void xd_fx_play_cluster_misnamed(struct xd_fx_stage *s);
void xd_fx_play_cluster_named(struct xd_fx_stage *s);
void xd_fx_play_router_verifies(struct xd_fx_stage *s);
void xd_fx_play_router_trusts_all(struct xd_fx_stage *s);
void xd_fx_play_cluster_enforced(struct xd_fx_stage *s);
void xd_fx_play_cluster_relaxed(struct xd_fx_stage *s);
void xd_fx_play_router_misnamed(struct xd_fx_stage *s);
void xd_fx_play_router_no_ptr(struct xd_fx_stage *s);
void xd_fx_play_router_any_name(struct xd_fx_stage *s);
void xd_fx_play_router_outside(struct xd_fx_stage *s);
void xd_fx_play_ed25519_refused(struct xd_fx_stage *s);
void xd_fx_play_ed25519(struct xd_fx_stage *s);
/* fx_cases_mixed.c */
void xd_fx_play_cucm_self_signed(struct xd_fx_stage *s);
void xd_fx_play_cucm_unverified(struct xd_fx_stage *s);
void xd_fx_play_cucm_renamed(struct xd_fx_stage *s);
void xd_fx_play_cucm_renamed_unverified(struct xd_fx_stage *s);
void xd_fx_play_two_faults(struct xd_fx_stage *s);
void xd_fx_play_two_days(struct xd_fx_stage *s);
void xd_fx_play_two_customers(struct xd_fx_stage *s);
void xd_fx_play_second_edge(struct xd_fx_stage *s);
/* fx_cases_alone.c */
void xd_fx_play_c_log(struct xd_fx_stage *s);
void xd_fx_play_c_log_calls(struct xd_fx_stage *s);

#endif
