/*
 * redact_priv.h - names, addresses and sums of a case become pseudonyms.
 *
 * A dictionary holds what must not leave the house, each with its pseudonym; a scanner
 * replaces in texts; a check searches finished reports for what should be gone.
 */
#ifndef EXPDIAG_REDACT_PRIV_H
#define EXPDIAG_REDACT_PRIV_H

#include "expdiag/map.h"
#include "expdiag/node.h"

#include "report_priv.h"

enum xd_secret_class {
    XD_SECRET_ADDRESS,
    XD_SECRET_HOST,
    XD_SECRET_DOMAIN,
    XD_SECRET_ZONE,
    XD_SECRET_USER,
    XD_SECRET_SERIAL,
    XD_SECRET_HASH,
    XD_SECRET_CA,
    XD_SECRET_SUBJECT,
    XD_SECRET_ORGANIZATION,
    XD_SECRET_UNIT,
    XD_SECRET_PLACE,
    XD_SECRET_INPUT,
    XD_SECRET_FILE,
    XD_SECRET_VALUE,
    XD_SECRET_PUBLIC, /* no secret: stays, and nothing inside it is replaced */
    XD_SECRET_CLASSES,
};

struct xd_secret {
    enum xd_secret_class class;
    const char *text;      /* ASCII lower case */
    const char *original;  /* as it was first seen */
    const char *pseudonym; /* NULL until it has one */
    struct xd_secret *as;  /* a part of that one's name: has its pseudonym, or NULL */
    const char *node;      /* a node is called so, in these letters; or NULL */
    bool ours;             /* a word of the program too, or a number: replaced where it
                              stands as a name; of a node wherever it stands so written */
    bool ours_as_name;     /* the program's own texts say it so */
};

/* A trie: from a node and a byte to the node behind it. */
struct xd_trie {
    struct xd_map *edges;
    struct xd_secret **ends; /* by node; NULL: no secret ends there */
    size_t n_ends, cap_ends;
};

struct xd_redaction {
    struct xd_arena *arena;
    struct xd_map *by_text; /* class and text to struct xd_secret */
    struct xd_secret **secrets;
    size_t n_secrets, cap_secrets;
    struct xd_report_numbers numbers;
    unsigned count[XD_SECRET_CLASSES];
    unsigned next_address[4]; /* private and public, of each family */
    struct xd_trie trie;
    struct xd_map *done;  /* by address: what several parts of the case share */
    bool collecting;      /* the first walk over the case: nothing changes */
    unsigned n_phrases;   /* asked for in our texts so far */
    struct xd_map *words; /* of our texts and of the dumps' paths; NULL: no dump is shown */
};

/* What the program's own texts say, in lower case (literals.c). */
extern const char xd_own_words[];
extern const size_t xd_own_words_len;

const char *xd_secret_class_name(enum xd_secret_class c);

/* ---- the dictionary ---- */

/* The entry, made where there is none yet; text may be NULL or empty: NULL. */
struct xd_secret *xd_secret_add(struct xd_redaction *r, enum xd_secret_class c,
                                const char *text, size_t len);
/* Its pseudonym, given now where it has none. */
const char *xd_secret_name(struct xd_redaction *r, struct xd_secret *s);
struct xd_secret *xd_secret_find(struct xd_redaction *r, enum xd_secret_class c,
                                 const char *text, size_t len);
/* Number what is there in the order of the texts, and build the trie of it. */
void xd_redaction_settle(struct xd_redaction *r);
/* The longest secret that stands at p, whole words only; its bytes in *len. */
struct xd_secret *xd_trie_match(const struct xd_redaction *r, const char *begin,
                                const char *p, const char *end, size_t *len);
void xd_trie_build(struct xd_redaction *r);

/*
 * ---- names: while the redaction collects, each of these notes what it would replace and
 * gives back what it was given ----
 */

struct xd_addr xd_redact_addr(struct xd_redaction *r, const struct xd_addr *a);
/* A host's name in any form, an address among them; NULL gives NULL. */
const char *xd_redact_host(struct xd_redaction *r, const char *name);
/* The same, or a text that holds one: "sip:a@host.example". */
const char *xd_redact_name(struct xd_redaction *r, const char *name);
/* A common name: of a host, of a CA, or of something else. */
const char *xd_redact_common_name(struct xd_redaction *r, const char *cn);
/* "C = IN, O = Acme, CN = x" */
const char *xd_redact_dn(struct xd_redaction *r, const char *dn);
void xd_redact_sum(struct xd_redaction *r, uint8_t sha256[32]);
/* Of one class, whole. */
const char *xd_redact_whole(struct xd_redaction *r, enum xd_secret_class c,
                            const char *text);
/* Any text: what is in the dictionary, and what looks like an address, a host or a user. */
const char *xd_redact_text(struct xd_redaction *r, const char *text);
/* The same; what it left as it was is added to *rest, a blank in place of all else. */
const char *xd_redact_text_rest(struct xd_redaction *r, const char *text,
                                struct xd_buf *rest);
/* Each of a list, which other parts of the case may share. */
void xd_redact_list(struct xd_redaction *r, const char **texts, size_t n,
                    const char *(*redact)(struct xd_redaction *r, const char *text));
/* False the second time that something shared is come by while it is replaced. */
bool xd_redact_once(struct xd_redaction *r, const void *what);
/* A setting's value: whole, unless it is a number or a word of ours. */
const char *xd_redact_value(struct xd_redaction *r, const char *value);

/* ---- patterns at p: how many bytes belong to it; 0: it is none ---- */

size_t xd_pattern_address(const char *p, const char *end, struct xd_addr *out);
size_t xd_pattern_hex(const char *p, const char *end, char out[65]);
/* Digits of a serial or sum that is one whatever letters stand beside it. */
enum { XD_LONG_HEX = 16 };
/* May one begin at p: behind no other hex digit? */
bool xd_pattern_hex_begins(const char *begin, const char *p);
/* The serial or sum that these digits are, with or without zeros before; or NULL. */
struct xd_secret *xd_secret_find_hex(struct xd_redaction *r, const char *hex);
size_t xd_pattern_host(const char *p, const char *end);
/* "user@host": at is where '@' stands. */
size_t xd_pattern_user(const char *p, const char *end, size_t *at);
/* Do the words before it, "zone " or "Expressway-C ", make a name of what stands at p? */
bool xd_pattern_named(const struct xd_secret *s, const char *begin, const char *p,
                      size_t len, const char *end);
/* Tells nothing of anybody: "0.0.0.0", a mask, a loopback address. */
bool xd_is_plain_address(const struct xd_addr *a);
/* "curve25519-sha256@libssh.org" is an algorithm. */
bool xd_is_vendor_host(const char *p, size_t len);

/* ---- the case ---- */

void xd_redact_walk(struct xd_redaction *r, struct xd_case *cs,
                    struct xd_report_options *options);
void xd_redact_certs(struct xd_redaction *r, struct xd_case *cs);
void xd_redact_flow(struct xd_redaction *r, struct xd_flow *f);
void xd_redact_finding(struct xd_redaction *r, struct xd_finding *f);
/* Of a zone or subzone that every appliance has? */
bool xd_redact_is_built_in(const char *name);

/* ---- its dumps, where they are shown whole ---- */

/* Words that values may hold: of the paths of the case's dumps, and of our texts. */
void xd_redact_note_words(struct xd_redaction *r, const struct xd_case *cs);
/* Values; or sentences and paths, which hold what values are called. */
void xd_redact_dumps(struct xd_redaction *r, struct xd_case *cs, bool sentences);

#endif
