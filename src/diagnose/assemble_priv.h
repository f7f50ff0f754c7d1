/*
 * assemble_priv.h - what the files that build nodes and attribute flows share.
 */
#ifndef XD_ASSEMBLE_PRIV_H
#define XD_ASSEMBLE_PRIV_H

#include "expdiag/case.h"
#include "expdiag/diagnose.h"

/* --- nodes_twice.c --- */

/* A bundle that was given twice counts once: drop what the second gave. */
void xd_nodes_count_once(struct xd_case *cs);

/* --- nodes.c: which entries belong to which node --- */

/* Make cs->nodes, one a bundle, with entries, host and stamp. */
void xd_nodes_group(struct xd_case *cs);
/*
 * Give each its id: the host; the full name where nodes of several domains share the host;
 * "name@time" where several bundles of one node do, made unique by "#2".
 */
void xd_nodes_name(struct xd_case *cs);

/* Of which moment a node's bundle speaks: to choose among the bundles of its peer. */
xd_time xd_node_moment(const struct xd_node *n);

/*
 * Of two bundles (of one node), is a nearer to the time than b?  A bundle spans
 * from the start of logging to the stamp of its names.
 */
bool xd_node_nearer(const struct xd_node *a, const struct xd_node *b, xd_time at);

/* Bundles of one node: equal host names, and nothing that tells them apart. */
bool xd_node_same_host(const struct xd_node *a, const struct xd_node *b);

/* --- nodes_words.c, nodes_dump.c: settings and status of one node --- */

enum { XD_WORDS_KEY = 320, XD_WORDS_MAX = 16 };

/* The path of a setting taken apart: numbers are the index of the word before. */
struct xd_words {
    char key[XD_WORDS_KEY];       /* the words in lower case, joined by one blank */
    size_t at[XD_WORDS_MAX];      /* where each word begins in key */
    unsigned index[XD_WORDS_MAX]; /* the number behind it; 1 where none stands */
    size_t n;
};

/* False where it is longer than any path of use to us. */
bool xd_words_of(const char *path, struct xd_words *out);

/* The key from word i on; "" behind the last. */
const char *xd_words_from(const struct xd_words *w, size_t i);

/* Is word i this one (given in lower case)? */
bool xd_words_is(const struct xd_words *w, size_t i, const char *word);

/* Reads the dumps of one node, the text form before the XML form. */
struct xd_dump_reader {
    struct xd_case *cs;
    struct xd_node *node;
    const struct xd_dump *dump;      /* being read */
    struct xd_map *seen;             /* what was taken, by words and indices */
    struct xd_status_build *status;  /* nodes_state.c */
    struct xd_zones_build *zones;    /* nodes_zone.c */
    struct xd_identity_build *names; /* nodes_dump.c */
};

/*
 * Is this the value to use?  The first of the text form counts; where the XML form
 * differs, that is noted as a contradiction.  An empty value never hides another.
 */
bool xd_reader_takes(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s);

struct xd_place xd_reader_place(const struct xd_dump_reader *r, const struct xd_setting *s);

/* "On", "Off", "True", "Enforcing", ...; UNKNOWN for any other word. */
enum xd_tri xd_tri_of(const char *value);

/* A literal with or without ":port"; false where it is neither. */
bool xd_address_of(const char *text, struct xd_endpoint *out);

/* Fill the node's facts from its dumps and log. */
void xd_nodes_read_dumps(struct xd_case *cs, struct xd_node *node);

/* --- nodes_zone.c --- */
struct xd_zones_build *xd_zones_begin(void);
void xd_zones_config(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s);
void xd_zones_status(struct xd_dump_reader *r, const struct xd_words *w,
                     const struct xd_setting *s);
/* Joins both and frees the build. */
void xd_zones_end(struct xd_dump_reader *r);

/* --- nodes_state.c: tunnels, alarms, changes while logging --- */
struct xd_status_build *xd_status_begin(void);
/* True where the setting was one of a tunnel or an alarm. */
bool xd_status_take(struct xd_dump_reader *r, const struct xd_words *w,
                    const struct xd_setting *s);
void xd_status_end(struct xd_dump_reader *r);
void xd_nodes_read_log(struct xd_case *cs, struct xd_node *node);

/* --- nodes_adopt.c, nodes_store.c --- */

/* Renamed PEM files of the node's folder: known by what they hold, where that is clear. */
void xd_nodes_adopt(struct xd_case *cs, struct xd_node *node);

/* The certificates of a PEM entry, or NULL. */
const struct xd_pem *xd_pem_of_entry(const struct xd_case *cs,
                                     const struct xd_entry *entry);
void xd_nodes_read_stores(struct xd_case *cs, struct xd_node *node);
void xd_nodes_judge_chains(struct xd_case *cs, struct xd_node *node,
                           struct xd_roots *roots);

/* --- callers_book.c, callers.c: whose calls an E's traversal and tunnel ports get --- */

enum xd_caller {
    XD_CALLER_OWN,      /* its own client, for sure */
    XD_CALLER_LIKELY,   /* nobody else is known that could be its client */
    XD_CALLER_UNSURE,   /* may as well be a stranger */
    XD_CALLER_STRANGER, /* its own client is known, and is another */
};

struct xd_call {
    const struct xd_node *server;
    const struct xd_node *client; /* or NULL */
    enum xd_service service;
    struct xd_addr addr; /* of the client */
    uint16_t port;       /* of the server */
    xd_time time;
    const struct xd_flow *flow; /* NULL: known from a log alone */
};

/* Who calls which node, by captures and logs; after services are told. */
struct xd_callers;
struct xd_callers *xd_callers_new(struct xd_case *cs);
void xd_callers_free(struct xd_callers *c);
enum xd_caller xd_callers_judge(const struct xd_callers *c, const struct xd_call *call);
/* Of a caller that may be either: what speaks for it, and what against; a sentence. */
const char *xd_callers_doubt(const struct xd_callers *c, const struct xd_call *call);

/* --- nodes_learn.c --- */

/* Addresses of nodes whose dumps give none, from their own captures. */
void xd_nodes_learn_addresses(struct xd_case *cs);
/* nodes_state.c: then, which end of such an event the node is that logged it. */
void xd_nodes_turn_events(const struct xd_case *cs);

/* --- nodes_uc.c --- */

/* Zones of which no setting tells what they are for: by the tunnels beside them. */
void xd_nodes_tell_uc(struct xd_case *cs);

/* --- nodes_role.c --- */
void xd_nodes_tell_roles(struct xd_case *cs);

/* --- peers.c: names and addresses to nodes --- */

struct xd_directory;
struct xd_directory *xd_directory_new(struct xd_case *cs);
void xd_directory_free(struct xd_directory *d);

/* Nodes that share a name, an address or a certificate, in a list. */
struct xd_directory_row {
    struct xd_node *node;
    struct xd_directory_row *next;
};

enum xd_directory_kind {
    XD_DIRECTORY_FQDN, /* and host names */
    XD_DIRECTORY_SAN,  /* of the leaves in its stores */
};

const struct xd_directory_row *xd_directory_rows(const struct xd_directory *d,
                                                 const char *name,
                                                 enum xd_directory_kind kind);
const struct xd_directory_row *xd_directory_owners(const struct xd_directory *d,
                                                   const struct xd_addr *addr);
/* Whose stores' leaf it is. */
const struct xd_directory_row *xd_directory_holders(const struct xd_directory *d,
                                                    const struct xd_cert *leaf);
/* The one of them that the asker can mean; NULL: none, or several hosts hold it. */
struct xd_node *xd_directory_holder(const struct xd_directory *d,
                                    const struct xd_cert *leaf, const struct xd_node *asker,
                                    xd_time at);
/* The node whose bundle holds the capture or log, or NULL. */
struct xd_node *xd_directory_observer(const struct xd_directory *d,
                                      const struct xd_entry *entry);

/*
 * The node that owns the address, as `asker` (or NULL) uses it: itself before others;
 * of several bundles of one node the one nearest to the time.  NULL: none, or nothing
 * tells which of several nodes.
 */
struct xd_node *xd_directory_address(const struct xd_directory *d,
                                     const struct xd_addr *addr,
                                     const struct xd_node *asker, xd_time at);

/* The address belongs to node (its flows were seen from both sides of a NAT). */
void xd_directory_alias(struct xd_directory *d, const struct xd_addr *addr,
                        const struct xd_node *node);

/* The node by FQDN, host name or a SAN that only one host's certificates carry. */
struct xd_node *xd_directory_name(const struct xd_directory *d, const char *name,
                                  const struct xd_node *asker, xd_time at);

/* The address that DNS answers or the log give for a name; false: none. */
bool xd_directory_resolve(const struct xd_directory *d, const char *name,
                          struct xd_addr *out);

/* Fill addr of every zone's peers as far as names were resolved. */
void xd_peers_find_addresses(struct xd_directory *d);

/* Fill node of every zone's peers. */
void xd_peers_resolve(struct xd_directory *d);

/* --- realms.c --- */

/* Nodes of several deployments that share names or addresses: sets their realm. */
void xd_realms_tell(struct xd_directory *d);

/* Two nodes of one name or address that are not bundles of one node. */
bool xd_nodes_collide(const struct xd_node *a, const struct xd_node *b);

/* Of one deployment, as far as can be told; NULL meets everybody. */
bool xd_nodes_may_meet(const struct xd_node *a, const struct xd_node *b);

/* --- attribute.c, attribute_store.c, services.c --- */
void xd_attribute_views(struct xd_case *cs);
void xd_attribute_nodes(struct xd_directory *d);
void xd_attribute_same(struct xd_directory *d);
/* attribute_nat.c: what comes from a NAT's address, and not from the node behind it. */
void xd_attribute_behind_nat(struct xd_directory *d);
/* Of the rest, whoever shows a node's certificate is the node, whatever the address. */
void xd_attribute_by_leaf(struct xd_directory *d);
void xd_attribute_stores(struct xd_case *cs);
void xd_attribute_services(struct xd_directory *d);

/* What a port is used for, by the vendor's port table; OTHER for what zones decide. */
enum xd_service xd_service_of_port(uint16_t port);

/* Where C calls E's further traversal zones, each on a port of its own, from a SIP port. */
bool xd_is_further_zone(uint16_t port, uint16_t from);

/*
 * 7001, where the first traversal zone listens; of a C whose settings are not known the
 * ports of further zones too, where it calls them from its SIP ports.
 */
bool xd_is_traversal_port(const struct xd_node *const node[2],
                          const struct xd_endpoint end[2]);

/* The case a directory was made for. */
struct xd_case *xd_directory_case(const struct xd_directory *d);

#endif
