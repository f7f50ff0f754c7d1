/*
 * flow.h - one conversation of a capture: what was seen of it, and later what it means.
 *
 * Model.  Everything down to `outcome` and `failure` is written by wire; the
 * fields under "judged" by diagnose.
 */
#ifndef EXPDIAG_FLOW_H
#define EXPDIAG_FLOW_H

#include "expdiag/addr.h"
#include "expdiag/arena.h"
#include "expdiag/cert.h"
#include "expdiag/entry.h"
#include "expdiag/limits.h"
#include "expdiag/trace.h"

struct xd_node;

enum xd_side { XD_CLIENT = 0, XD_SERVER = 1, XD_SIDE_UNKNOWN = 2 };
enum xd_protocol { XD_PROTOCOL_TCP, XD_PROTOCOL_TLS, XD_PROTOCOL_SSH };
enum xd_outcome { XD_OUTCOME_INCOMPLETE, XD_OUTCOME_ESTABLISHED, XD_OUTCOME_FAILED };

enum xd_failure_kind {
    XD_FAILURE_NONE,
    XD_FAILURE_ALERT,
    XD_FAILURE_ENCRYPTED_ALERT,
    XD_FAILURE_RESET,
    XD_FAILURE_CLOSED,
    XD_FAILURE_REFUSED,
    XD_FAILURE_UNANSWERED,
    XD_FAILURE_SSH_KEX,
    XD_FAILURE_SSH_AUTH,
    XD_FAILURE_SSH_HOST_KEY,
};

enum xd_phase { XD_PHASE_CONNECT, XD_PHASE_HANDSHAKE, XD_PHASE_AFTER_HANDSHAKE };
enum xd_by { XD_BY_UNKNOWN, XD_BY_CLIENT, XD_BY_SERVER, XD_BY_PATH };

enum xd_service {
    XD_SERVICE_OTHER,
    XD_SERVICE_SIP_TLS,
    XD_SERVICE_TRAVERSAL,
    XD_SERVICE_TRAVERSAL_TEST,
    XD_SERVICE_SSH_TUNNEL,
    XD_SERVICE_XMPP_ROUTER,
    XD_SERVICE_XMPP_CLIENT,
    XD_SERVICE_XMPP_FEDERATION,
    XD_SERVICE_UDS,
    XD_SERVICE_TFTP,
    XD_SERVICE_CLUSTER,
    XD_SERVICE_HTTPS,
    XD_SERVICE_LDAP,
    XD_SERVICE_SMTP,
    XD_SERVICE_SYSLOG,
    XD_SERVICE_SSH_ADMIN,
};

enum xd_store_kind {
    XD_STORE_NULL, /* null in reports: the peer's node is not in the case */
    XD_STORE_UNKNOWN,
    XD_STORE_SERVER,
    XD_STORE_CLIENT,
    XD_STORE_BOTH,
    XD_STORE_NONE,
    XD_STORE_AMBIGUOUS, /* in inferences only */
};

enum xd_conclusion {
    XD_CONCLUSION_NULL,
    XD_CONCLUSION_AS_EXPECTED,
    XD_CONCLUSION_STORES_IDENTICAL,
    XD_CONCLUSION_OTHER_STORE,
    XD_CONCLUSION_NOT_IN_BUNDLE,
    XD_CONCLUSION_DOMAIN_CERTIFICATE,
    XD_CONCLUSION_EMPTY,
    XD_CONCLUSION_UNKNOWN,
};

/* A Certificate message, or the host certificates of an SSH key exchange. */
struct xd_presented {
    enum xd_side by;
    struct xd_cert **certs; /* as sent; none: an empty Certificate message */
    size_t n_certs;
    bool chain_cut;        /* longer than XD_MAX_CHAIN, or one too large */
    struct xd_place place; /* the frame that completes the message */
    bool decrypted;        /* read with a key log */
    /* judged */
    enum xd_store_kind store;
    const struct xd_node *store_node;  /* whose store it is, or NULL */
    enum xd_store_kind expected_store; /* SERVER, CLIENT or NULL */
    enum xd_conclusion conclusion;
};

enum xd_basis { XD_BASIS_RECORD_LENGTH, XD_BASIS_PACKET_LENGTH, XD_BASIS_LOG_COMMON_NAME };

/* Judged: which store an unseen certificate came from. */
struct xd_inferred {
    enum xd_side by;
    enum xd_store_kind store;
    enum xd_basis basis;
    struct xd_place place;
    uint64_t length;        /* bytes seen, for the length bases */
    struct xd_cert **chain; /* the chain that fits, leaf first, where one does */
    size_t n_chain;
    const char **candidates; /* in words, e.g. "client store: leaf and root, 2354 bytes" */
    size_t n_candidates;
};

struct xd_alert {
    enum xd_side by;
    uint8_t level;  /* 1 warning, 2 fatal; 0 where encrypted */
    int code;       /* -1 where encrypted and not decrypted */
    bool encrypted; /* it travelled encrypted; a code then comes from a key log */
    struct xd_place place;
};

/* A handshake message or other step, for the ladder.  name is one of xd_step_name. */
struct xd_message {
    enum xd_side by;
    const char *name; /* "ClientHello", "Certificate", "SYN", "KEXINIT", "RST", ... */
    struct xd_place place;
    uint32_t length; /* of its body, 0 where that means nothing */
};

/* One encrypted TLS record, or one run of SSH bytes in one direction after NEWKEYS. */
struct xd_ledger_row {
    enum xd_side by;
    uint8_t type;    /* TLS content type on the wire; 0 for SSH */
    uint32_t length; /* of the record's fragment; for SSH of the run */
    struct xd_place place;
};

/* What TCP itself showed.  Index: enum xd_side. */
struct xd_tcp_facts {
    bool syn; /* the client's SYN was seen */
    bool syn_ack;
    unsigned syn_count;
    uint32_t isn[2];
    bool has_isn[2];
    bool rst[2]; /* seen; the messages say where */
    bool fin[2];
    bool gap[2];                         /* bytes are missing inside the handshake */
    bool mid_stream;                     /* no SYN: began before the capture */
    bool unheard[2];                     /* it spoke, as the other end's acknowledgements
                                            show, but no packet of it was captured */
    bool overlap_differs;                /* a retransmission carried other bytes */
    uint64_t payload[2];                 /* bytes of the stream seen */
    const struct xd_place *gap_place[2]; /* NULL: none */
    /* Last frame of its interface: what could have been seen.  NULL: not known. */
    const struct xd_place *end_of_capture;
};

struct xd_tls_facts {
    uint16_t version;        /* negotiated, 0x0303; 0: not seen */
    uint16_t client_version; /* highest offered; 0: not seen */
    uint16_t
        *client_versions; /* all offered (supported_versions, or legacy_version alone) */
    size_t n_client_versions;
    uint16_t cipher;   /* 0: not seen */
    uint16_t *ciphers; /* offered */
    size_t n_ciphers;
    uint16_t *signature_algorithms; /* offered by the client */
    size_t n_signature_algorithms;
    uint16_t *request_types; /* ClientCertificateType of the request, up to TLS 1.2 */
    size_t n_request_types;
    uint16_t *request_algorithms; /* named in the CertificateRequest */
    size_t n_request_algorithms;
    const char *sni;
    const char *alpn; /* chosen, else first offered; NULL */
    bool ticket_offered;
    bool session_id_offered;
    bool early_data;
    int resumed;                         /* 1, 0; -1 cannot be told */
    int client_auth_requested;           /* 1, 0; -1 cannot be told */
    const char **acceptable_cas;         /* of the CertificateRequest, as texts */
    struct xd_slice *acceptable_ca_ders; /* the same as encoded Names */
    size_t n_acceptable_cas;
    bool client_hello;
    bool server_hello;
    bool hello_retry;
    bool certificate_verify; /* the client's was seen */
    bool client_finished;    /* as seen, or as an encrypted record in its place */
    bool server_finished;
    xd_time handshake_end; /* XD_TIME_NONE: not reached */
    bool app_data[2];      /* sent after the handshake */
    uint8_t random[2][32];
    bool has_random[2];
    bool starttls;
    bool renegotiated;
    bool keys_used;            /* a key log or secrets block opened it */
    bool keys_failed;          /* secrets were there but did not fit */
    bool certificates_visible; /* see contract: false for TLS 1.3 without keys, and
                                  resumption */
};

struct xd_ssh_facts {
    const char *banner[2]; /* without CR LF; NULL: not seen */
    uint8_t cookie[2][16]; /* of the KEXINIT */
    bool has_cookie[2];
    const char *kex_offered[2]; /* name-lists as sent */
    const char *host_key_offered[2];
    const char *cipher_offered[2]; /* client to server */
    const char *mac_offered[2];
    const char *kex; /* negotiated (RFC 4253, 7.1), NULL: none or not seen */
    const char *host_key_algorithm;
    const char *cipher[2]; /* negotiated, by sender */
    const char *mac[2];
    bool no_common;              /* both lists seen and nothing in common */
    const char *no_common_what;  /* "kex", "host key", "cipher" ... */
    uint8_t host_key_sha256[32]; /* of the key blob */
    bool has_host_key;
    bool newkeys[2];
    struct xd_place newkeys_place[2];
    int disconnect_code; /* RFC 4253, 11.1, clear text only; -1: none */
    enum xd_by disconnect_by;
    const char *disconnect_text;
    /* Told from lengths after NEWKEYS. */
    bool key_offered;
    uint32_t
        key_request_length; /* bytes on the wire of the public-key request's packet(s) */
    uint32_t key_answer_length;
    bool key_accepted;
    bool key_refused;
    bool logged_in;    /* an answer of the length of SSH_MSG_USERAUTH_SUCCESS came */
    bool auth_refused; /* the last answer is a refusal, alike in length to the first */
    struct xd_place key_request_place;
    struct xd_place key_answer_place;
};

struct xd_failure {
    enum xd_failure_kind kind; /* NONE: no failure */
    enum xd_phase phase;
    enum xd_by by;
    int alert_code; /* -1: none or not readable */
    struct xd_place place;
};

struct xd_flow {
    unsigned id;   /* 1, 2, ... in order of first packet */
    unsigned view; /* captures of one interface of one bundle share it */
    struct xd_place first;
    struct xd_place last;
    struct xd_endpoint end[2]; /* client, server */
    bool roles_known; /* from a handshake message or the SYN; else the lower port is the
                         server */
    enum xd_protocol protocol;
    struct xd_tcp_facts tcp;
    struct xd_tls_facts *tls; /* NULL unless protocol is TLS */
    struct xd_ssh_facts *ssh; /* NULL unless protocol is SSH */
    struct xd_presented *presented;
    size_t n_presented, cap_presented;
    struct xd_alert *alerts;
    size_t n_alerts, cap_alerts;
    const uint8_t *trace; /* messages, then the ledger: see below */
    uint16_t trace_len;
    uint8_t n_messages;
    uint8_t n_ledger; /* first XD_LEDGER_HEAD, then last XD_LEDGER_TAIL */
    bool ledger_cut;  /* rows between head and tail were dropped */
    /* These three are judged; they stand where they cost no bytes. */
    bool related;
    bool anothers; /* from an address that a NAT gives a node, and not that node's */
    uint16_t views_hidden; /* more than same_as, by the filters of `flows` */
    enum xd_outcome outcome;
    struct xd_failure failure;

    /* judged */
    const struct xd_node *node[2];
    enum xd_service service;
    /* Of a request that came to nothing and has no hello: the id of the recording that
     * another node made of it first; 0: this is the first, or the only one. */
    unsigned request_of;
    unsigned *same_as; /* ids */
    size_t n_same_as, cap_same_as;
    struct xd_inferred *inferred;
    size_t n_inferred, cap_inferred;
};

/*
 * Does f show the connection that g shows, in another capture?  For two of the same_as of
 * each other: equal cookies with equal addresses but other ports are a replay.
 */
bool xd_flow_is_view_of(const struct xd_flow *f, const struct xd_flow *g);

/* The messages of a conversation in the order of time; how many. */
size_t xd_flow_messages(const struct xd_flow *f, struct xd_message out[XD_MAX_MESSAGES]);

/* Its encrypted records, or runs of SSH, likewise. */
size_t xd_flow_ledger(const struct xd_flow *f, struct xd_ledger_row out[XD_MAX_LEDGER]);

/* Keep these as its messages and ledger; no more than those maxima.  Names as xd_step_name.
 */
void xd_flow_keep(struct xd_arena *a, struct xd_flow *f, const struct xd_message *messages,
                  size_t n_messages, const struct xd_ledger_row *ledger, size_t n_ledger);

/* One more behind those that it has; nothing where that is the most. */
void xd_flow_add_message(struct xd_arena *a, struct xd_flow *f, const struct xd_message *m);
void xd_flow_add_ledger(struct xd_arena *a, struct xd_flow *f,
                        const struct xd_ledger_row *r);

/* A name that a DNS answer gave for an address. */
struct xd_dns_name {
    struct xd_addr addr;
    const char *name;
    struct xd_place place;
};

/* Reports' words; never NULL.  XD_STORE_NULL and _CONCLUSION_NULL give "". */
const char *xd_protocol_name(enum xd_protocol v);
const char *xd_outcome_name(enum xd_outcome v);
const char *xd_failure_kind_name(enum xd_failure_kind v);
const char *xd_phase_name(enum xd_phase v);
const char *xd_by_name(enum xd_by v);
const char *xd_side_name(enum xd_side v);
const char *xd_service_name(enum xd_service v);
const char *xd_store_kind_name(enum xd_store_kind v);
const char *xd_conclusion_name(enum xd_conclusion v);
const char *xd_basis_name(enum xd_basis v);

/* "unsupported_certificate" for 43 (RFC 8446, 6); "alert 200" has no name: NULL. */
const char *xd_alert_name(int code);

/* "TLSv1.2" for 0x0303; NULL for 0; unknown versions as "0x7f1c" from a static table: NULL.
 */
const char *xd_tls_version_name(uint16_t version);

/* IANA's name of a cipher suite, or NULL. */
const char *xd_tls_cipher_name(uint16_t cipher);

#endif
