/*
 * wire_priv.h - what the files of wire share: a conversation in its compact form,
 * the state of one that is still being read, and the functions between them.
 */
#ifndef XD_WIRE_PRIV_H
#define XD_WIRE_PRIV_H

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"
#include "expdiag/wire.h"

#include <string.h>

/*
 * Where a frame stands, in 12 bytes: microseconds since 1970 in the upper 52 bits,
 * the number of the file (0: no place) in the lower 12, and the frame.
 */
struct __attribute__((packed, aligned(4))) xd_spot {
    uint64_t when;
    uint32_t frame;
};

enum {
    XD_WIRE_HELD_HEAD = 32768, /* bytes kept, a direction, of what began mid-stream */
    XD_WIRE_LOG = 98304,       /* bytes behind which no more segments of it are kept */
    XD_WIRE_HELD_OPEN = 65536, /* waiting for a gap once the handshake is over */
    XD_WIRE_HISTORY = 16384,   /* consumed bytes kept to compare retransmissions with */
    XD_WIRE_WATCH = 24, /* segments looked at for a TLS start inside another protocol */
    XD_WIRE_SSH_RUNS = 26,
};

/* Places of a conversation; those with a direction come in pairs. */
enum xd_wire_spot {
    SPOT_FIRST,
    SPOT_LAST,
    SPOT_SYN,
    SPOT_HANDSHAKE_END,
    SPOT_FIN,
    SPOT_FIN_1,
    SPOT_RST,
    SPOT_RST_1,
    SPOT_LAST_DATA,
    SPOT_LAST_DATA_1,
    SPOT_GAP,
    SPOT_GAP_1,
    SPOT_APP_DATA, /* SSH: NEWKEYS */
    SPOT_APP_DATA_1,
    SPOT_COUNT,
};

/* A step of the ladder, or an encrypted record, unpacked. */
struct xd_row {
    uint64_t when;
    uint32_t frame;
    unsigned length : 24;
    unsigned kind : 7; /* enum xd_step, or the content type */
    unsigned dir : 1;
};

struct xd_wire_alert {
    struct xd_spot spot;
    uint8_t dir;
    uint8_t level;
    int16_t code;
    bool encrypted;
};

/* The chain of one message, shared by all that presented the same. */
struct xd_wire_chain {
    size_t n;
    struct xd_cert *certs[];
};

struct xd_wire_presented {
    struct xd_spot spot;
    uint8_t dir;
    bool decrypted;
    bool cut;
    struct xd_wire_chain *chain;
};

/* The distinguished names of a CertificateRequest, shared likewise. */
struct xd_wire_names {
    size_t n;
    struct xd_slice *ders;
    const char **texts;
};

/* A list of 16-bit codes, shared likewise. */
struct xd_wire_codes {
    size_t n;
    uint16_t codes[];
};

/* What a protocol of a conversation was found to be. */
enum xd_wire_proto { PROTO_UNKNOWN, PROTO_IGNORED, PROTO_TLS, PROTO_SSH };

/* How a direction stands to its protocol's framing. */
enum xd_wire_sync {
    SYNC_START, /* nothing decided: the first bytes are awaited */
    SYNC_WATCH, /* other bytes so far: a start may come with a segment */
    SYNC_ON,    /* framing is followed */
    SYNC_LOST,  /* bytes are missing: framing is looked for at segment starts */
};

/* A segment that waits for earlier bytes. */
struct xd_seg {
    struct xd_seg *next;
    struct xd_spot spot;
    uint32_t seq;
    uint32_t len;  /* captured */
    uint32_t hole; /* bytes behind them that the snap length cut off */
    uint32_t ack;
    bool has_ack;
    uint8_t bytes[];
};

/*
 * A segment of a piece that may need those of other files, as it came: all of them are
 * told again in order of time.
 */
struct xd_logged {
    struct xd_logged *next;
    struct xd_spot spot;
    uint32_t seq;
    uint32_t ack;
    uint32_t len;
    uint32_t hole;
    uint8_t flags;
    uint8_t dir;
    uint8_t bytes[];
};

struct xd_log {
    struct xd_logged *first; /* oldest */
    struct xd_logged *last;
    struct xd_spot until; /* of the last one: set when they are taken */
    uint64_t bytes[2];    /* kept */
    uint32_t start[2];    /* lowest sequence number while there was room */
    uint32_t answered;    /* acknowledged by a SYN-ACK */
    uint32_t acked[2];    /* last acknowledged by each direction */
    bool has_acked[2];
    bool disorder; /* of time */
    bool has_start[2];
    bool answers;
};

/* One direction of a conversation, from end[index]. */
struct xd_dir {
    struct xd_seg *held; /* sorted by sequence number, disjoint */
    uint64_t payload;
    uint32_t held_bytes;
    uint32_t isn;
    uint32_t next; /* sequence number awaited */
    uint32_t fin_seq;
    uint32_t skip; /* bytes of the current record or packet still to come */
    uint32_t record_len;
    uint32_t records;           /* encrypted ones, since the keys changed */
    uint32_t record_len_before; /* TLS 1.3, server: of the last one after the handshake */
    uint8_t header[5];
    uint8_t header_len;
    uint8_t record_type;
    uint8_t sync; /* enum xd_wire_sync */
    uint8_t watched;
    bool has_isn : 1;
    bool has_next : 1;
    bool syn_seen : 1;
    bool has_fin : 1;
    bool ccs : 1;       /* TLS: ChangeCipherSpec seen; later records are encrypted */
    bool encrypted : 1; /* TLS 1.3: keys are in use without a ChangeCipherSpec */
    bool finished : 1;
    bool newkeys : 1;
    bool app_data : 1;
    bool alert_last : 1; /* TLS: the last encrypted record is an alert, or of its size */
    bool gap : 1;
    bool heard : 1;    /* a segment of it was captured */
    bool acks : 1;     /* it acknowledges something, so that the other side has spoken */
    bool doubtful : 1; /* TLS: began or went on in the middle; clear records must look so */
};

/* What a TLS conversation keeps. */
struct xd_wire_tls {
    struct xd_wire_codes *versions;
    struct xd_wire_codes *ciphers;
    struct xd_wire_codes *algorithms;
    struct xd_wire_codes *request_types;
    struct xd_wire_codes *request_algorithms;
    const struct xd_wire_names *names;
    const char *sni;
    const char *alpn_offered;
    const char *alpn;
    uint8_t random[2][32]; /* client's, server's */
    uint16_t version;
    uint16_t client_version; /* legacy field */
    uint16_t cipher;
    uint8_t client_records; /* TLS 1.3: encrypted ones of the client before its Finished */
    uint8_t server_records; /* TLS 1.3: of the server after the client's Finished */
    bool client_hello : 1;
    bool server_hello : 1;
    bool hello_retry : 1;
    bool ticket_offered : 1;
    bool session_id_offered : 1;
    bool session_id_echoed : 1;
    bool early_data : 1;
    bool psk : 1;         /* the ServerHello chose a pre-shared key */
    bool certificate : 1; /* of the server, in the clear or decrypted */
    bool request : 1;
    bool hello_done : 1;
    bool certificate_verify : 1; /* the client's */
    bool starttls : 1;
    bool renegotiated : 1;
    bool keys_used : 1;
    bool keys_failed : 1;
    bool server_alert : 1; /* TLS 1.3: alert-sized record right after the client's Finished
                            */
    bool client_alert : 1; /* TLS 1.3: alert-sized record in place of the client's Finished
                            */
    bool data_before_alert : 1;
    bool sslv2_hello : 1;
    bool encrypt_then_mac : 1;
    bool compressed : 1; /* the server's chain came compressed (RFC 8879): not read */
};

/* Of a run: the number behind its last byte, and what its sender had received then. */
struct xd_ssh_mark {
    uint32_t end;
    uint32_t ack;
};

/* What an SSH conversation keeps; index: direction. */
struct xd_wire_ssh {
    const char *banner[2];
    const char *lists[2][10]; /* of the KEXINIT, in its order */
    uint8_t cookie[2][16];
    uint8_t host_key_sha256[32];
    const char *disconnect_text;
    int disconnect_code; /* -1: none */
    uint8_t disconnect_dir;
    bool kexinit[2];
    bool has_host_key;
    struct xd_ssh_mark *marks; /* one each of the ledger's runs; cap_ledger of them */
};

struct xd_work;

/* A conversation; at most 1 KiB with all that hangs on it once its handshake is over. */
struct xd_conn {
    uint8_t addr[2][16]; /* end 0 is the lower; IPv4 as mapped */
    uint16_t port[2];
    uint16_t view;
    uint8_t proto;  /* enum xd_wire_proto */
    uint8_t client; /* index of the client's end; 2: not known */
    uint32_t id;    /* position in the pool */
    uint32_t older; /* id + 1 of an earlier conversation of the same ends */
    uint32_t hash;
    uint16_t file; /* that its frames are read from */
    uint16_t syn_count;
    bool role_sure : 1; /* by a handshake message */
    bool role_syn : 1;
    bool role_tls : 1;
    bool overlap_differs : 1;
    bool established : 1;
    bool failed : 1; /* fatal alert in the handshake */
    bool rows_cut : 1;
    bool ledger_cut : 1;
    bool merged : 1;
    bool late_secrets : 1;
    bool logging : 1;   /* the log has all of it so far */
    bool whole : 1;     /* no log: no other file can add anything before its end */
    bool logged : 1;    /* began without SYN */
    bool joined : 1;    /* with the pieces of other files */
    bool foreign : 1;   /* payload that is neither TLS nor SSH was seen */
    bool two_sides : 1; /* seen before and behind what rewrites sequence numbers */
    bool no_steps : 1;  /* neither rows nor, for TLS, a ledger */
    uint8_t n_steps;
    uint8_t n_ledger, cap_ledger;
    uint8_t n_alerts;
    uint8_t n_presented;
    uint16_t trace_len, trace_cap;
    uint16_t last_step;        /* where the last one begins in the trace */
    struct xd_spot trace_last; /* of its last row */
    uint8_t *trace; /* steps and, of TLS, the first XD_LEDGER_HEAD encrypted records */
    struct xd_row *ledger; /* of TLS the last XD_LEDGER_TAIL; of SSH all runs */
    struct xd_wire_alert *alerts;
    struct xd_wire_presented *presented;
    union {
        struct xd_wire_tls *tls;
        struct xd_wire_ssh *ssh;
    } u;
    struct xd_work *work; /* NULL once the handshake is over */
    struct xd_log *log;   /* of a piece of a view that may have other files */
    struct xd_dir dir[2];
    struct xd_spot spots[SPOT_COUNT];
};

/* A growing run of bytes. */
struct xd_bytes {
    uint8_t *p;
    size_t len;
    size_t cap;
};

struct xd_opener; /* keys of a conversation: tls_decrypt.c */

/* What is needed while a handshake is read; pooled. */
struct xd_work {
    struct xd_work *next_free;
    struct {
        struct xd_bytes stream; /* bytes of the stream from seq on */
        size_t pos;             /* consumed */
        uint32_t seq;
        uint32_t left;           /* bytes of the current clear record not yet consumed */
        struct xd_bytes message; /* of a handshake message over several records */
        struct xd_bytes plain;   /* handshake bytes of decrypted records */
    } dir[2];
    uint8_t session_id[32];
    uint8_t session_id_len;
    struct xd_opener *opener;
};

/* What the files of an input may keep together: budget.c. */
enum xd_budget_kind { XD_BUDGET_LOGS, XD_BUDGET_HELD, XD_BUDGETS };

/* A file that frames came from. */
struct xd_wire_file {
    const struct xd_entry *entry;
    uint16_t view;
    struct xd_spot last;
    uint32_t first_conn;
    uint64_t log_bytes;        /* kept now */
    uint64_t most[XD_BUDGETS]; /* ever kept */
    bool gave_up[XD_BUDGETS];
};

struct xd_wire_view {
    struct xd_wire_point point;
    uint16_t node;              /* the first view of the same node */
    bool joins;                 /* several files may show it */
    struct xd_spot last;        /* its latest frame */
    const struct xd_place *end; /* the same, in the case: set by xd_wire_finish */
};

struct xd_flow_slot {
    uint32_t tag;
    uint32_t id; /* id + 1 of the newest conversation of these ends; 0: free */
};

struct xd_defrag;
struct xd_rest;
struct xd_secrets;
struct xd_dns_row;

struct xd_wire {
    struct xd_case *cs;
    uint64_t key[4]; /* of the flow hash */
    uint8_t n_keys;  /* that there were */
    struct xd_flow_slot *slots;
    size_t n_slots; /* a power of two */
    size_t n_used;
    size_t n_at_key;       /* n_used when the key was changed */
    struct xd_conn **pool; /* blocks of XD_POOL_BLOCK */
    size_t n_blocks;
    uint32_t n_conns;
    size_t conns_left_out;
    struct xd_work *free_work;
    size_t held_total;
    size_t held_base;    /* of held_total, when the current file began */
    uint32_t n_joined;   /* conversations of inputs that are over */
    unsigned first_file; /* of the input */
    uint64_t kept_together[XD_BUDGETS];
    const char *line[XD_BUDGETS]; /* files from this name on keep nothing; NULL: all may */
    unsigned input;
    struct xd_wire_file *files; /* from 1 */
    size_t n_files;
    struct xd_wire_view *views;
    size_t n_views;
    struct xd_map *interned;
    struct xd_map *certs; /* by length and last bytes, before any hashing */
    struct xd_defrag *defrag;
    struct xd_rest **rests; /* fragments of files that were read */
    size_t n_rests, cap_rests;
    uint64_t rest_bytes; /* of the current file */
    struct xd_secrets *secrets;
    struct xd_dns_row *dns; /* up to twice as many as are kept */
    size_t n_dns;
    struct xd_map *dns_seen;
    const struct xd_entry *dns_left_out; /* with the first answer that was left out */
    xd_time dns_left_out_at;
    struct xd_spot now; /* of the current frame */
    uint32_t ack;       /* of the bytes at hand */
    bool has_ack;
    uint16_t file; /* current, 0: none */
    uint16_t view;
    struct xd_wire_losses losses;
    bool no_steps;
    bool joining; /* fragments of several files: every segment is a piece of its own */
};

enum { XD_POOL_BLOCK = 256 };

/* A parsed TCP segment. */
struct xd_segment {
    uint8_t addr[2][16]; /* source, destination; IPv4 as mapped */
    uint16_t port[2];
    uint32_t seq;
    uint32_t ack;
    uint8_t flags;
    const uint8_t *p; /* payload as captured */
    uint32_t len;     /* captured */
    uint32_t hole;    /* bytes of the payload that the snap length cut off */
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

/*
 * frame.c, ip.c, tunnel.c: down to the segments.  A dissector takes its header off
 * the packet and says what comes next; xd_wire_take goes round until nothing does.
 */
struct xd_packet {
    const uint8_t *p;
    size_t len;
    size_t wire_len;
    uint8_t addr[2][16];
};

/* What comes next: one of these, the kind's value in the lower 16 bits. */
enum {
    NEXT_DONE = 0,
    NEXT_IP = 0x10000,
    NEXT_LINK = 0x20000,
    NEXT_TYPE = 0x30000,  /* an EtherType */
    NEXT_PROTO = 0x40000, /* an IP protocol */
    NEXT_KIND = 0xf0000,
};

unsigned xd_frame_ethertype(struct xd_wire *w, struct xd_packet *k, unsigned type);
unsigned xd_frame_dissect(struct xd_wire *w, struct xd_packet *k, int link);
void xd_ip_map(const uint8_t *v4, uint8_t out[16]);
unsigned xd_ip_dissect(struct xd_wire *w, struct xd_packet *k);
unsigned xd_ip_transport(struct xd_wire *w, struct xd_packet *k, unsigned proto);
unsigned xd_tunnel_udp(struct xd_packet *k, const uint16_t *port);
unsigned xd_tunnel_ip(struct xd_packet *k, unsigned proto);

/* Bytes of a fragmented datagram; true when whole, then *k shows it all. */
enum { XD_KEY_V4 = 12, XD_KEY_V6 = 38 };
bool xd_defrag_add(struct xd_wire *w, const uint8_t *key, size_t key_len,
                   struct xd_packet *k, uint32_t at, bool more);
void xd_defrag_free(struct xd_defrag *d);
/* What is not whole is kept for the other files of the view: w->rest_bytes of it. */
void xd_defrag_file_end(struct xd_wire *w);
/* What the files of an input have whole only together is a piece of its own: join.c. */
void xd_defrag_join(struct xd_wire *w);
/* What is kept of a file; 0: of all. */
void xd_defrag_forget(struct xd_wire *w, unsigned file);

/* dns.c */
void xd_dns_answer(struct xd_wire *w, struct xd_slice message);
/* The earliest ones into the case: no order of reading shows. */
void xd_dns_finish(struct xd_wire *w);
void xd_dns_free(struct xd_wire *w);

/* flowtable.c */
struct xd_conn *xd_conn_at(const struct xd_wire *w, uint32_t id);
/* Steps behind a bucket after which it is no chance any more: the key is changed. */
enum { XD_MAX_PROBES = 256 };
void xd_wire_make_key(struct xd_wire *w);

struct xd_conn *xd_conn_find(struct xd_wire *w, const struct xd_segment *s, unsigned *dir);
/* A further conversation of the same ends as c, found in its stead from now on. */
struct xd_conn *xd_conn_renew(struct xd_wire *w, struct xd_conn *c);
void xd_conn_step(struct xd_wire *w, struct xd_conn *c, unsigned dir, enum xd_step step,
                  uint32_t length);
void xd_conn_ledger(struct xd_conn *c, unsigned dir, unsigned type, uint32_t length,
                    struct xd_spot spot);
/* Unpack what was kept by these two; how many. */
unsigned xd_conn_steps(const struct xd_conn *c, struct xd_row out[XD_MAX_MESSAGES]);
unsigned xd_conn_records(const struct xd_conn *c, struct xd_row out[XD_MAX_LEDGER]);
/* The last step, if it is of the first kind, was of the second. */
void xd_conn_rename_step(struct xd_conn *c, enum xd_step from, enum xd_step to);
void xd_conn_forget_steps(struct xd_conn *c);
void xd_conn_alert(struct xd_wire *w, struct xd_conn *c, const struct xd_wire_alert *a);
void xd_conn_presented(struct xd_wire *w, struct xd_conn *c,
                       const struct xd_wire_presented *p);
struct xd_work *xd_conn_work(struct xd_wire *w, struct xd_conn *c);
void xd_conn_release(struct xd_wire *w, struct xd_conn *c);
void xd_conn_drop_held(struct xd_wire *w, struct xd_conn *c);
/* What a conversation holds. */
void xd_conn_forget(struct xd_wire *w, struct xd_conn *c);
/* The same of the block's conversations and they themselves: after the last use. */
void xd_conn_forget_block(struct xd_wire *w, size_t block);
void xd_bytes_add(struct xd_bytes *b, const uint8_t *p, size_t len);

/* intern.c: one copy in the arena of what many conversations share. */
const char *xd_intern_text(struct xd_wire *w, const char *text, size_t len);
struct xd_wire_codes *xd_intern_codes(struct xd_wire *w, struct xd_slice be16);
struct xd_wire_chain *xd_intern_chain(struct xd_wire *w, struct xd_cert *const *certs,
                                      size_t n);
const struct xd_wire_names *xd_intern_names(struct xd_wire *w, struct xd_slice list);
struct xd_cert *xd_intern_cert(struct xd_wire *w, struct xd_slice der);

/* A distinguished name as text, "C = IN, CN = x". */
const char *xd_name_text(struct xd_arena *a, struct xd_slice der);

/* tcp.c */
void xd_tcp_segment(struct xd_wire *w, const struct xd_segment *s);
/* The same for a conversation that is known. */
void xd_tcp_take(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                 const struct xd_segment *s);
/* Give up waiting for missing bytes, in both directions. */
void xd_tcp_flush(struct xd_wire *w, struct xd_conn *c);

/* join.c: pieces of one conversation in several files. */
void xd_join_log(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                 const struct xd_segment *s);
void xd_join_drop_log(struct xd_wire *w, struct xd_conn *c);
/* After a segment: the piece may need no other file any more. */
void xd_join_settle(struct xd_wire *w, struct xd_conn *c, const struct xd_segment *s,
                    unsigned dir);
/* Does s refuse another SYN than that of c, which holds nothing but SYNs and refusals? */
bool xd_join_refuses_another(const struct xd_conn *c, unsigned dir,
                             const struct xd_segment *s);
/* The input is over: nothing more comes to what was read of it. */
void xd_join_all(struct xd_wire *w);

/* Pieces of the same ends, by the numbers of their conversations. */
struct xd_join_list {
    uint32_t *ids;
    size_t n;
    size_t cap;
};
/* Those of the newest one's view that are not joined. */
void xd_join_add_chain(const struct xd_wire *w, const struct xd_conn *newest,
                       struct xd_join_list *list);
/* Those that fit together become one conversation; all are joined then. */
void xd_join_pieces(struct xd_wire *w, const uint32_t *ids, size_t n);

/* Join what took two interfaces of its node, a direction each: sides.c. */
void xd_sides_join(struct xd_wire *w);

/* Of the log nothing but its segments. */
void xd_join_forget_segments(struct xd_wire *w, struct xd_conn *c);

/*
 * budget.c: the current file keeps so many bytes now.  False: it may keep nothing, and what
 * it had is gone.
 */
bool xd_budget_count(struct xd_wire *w, enum xd_budget_kind kind, uint64_t now);
void xd_budget_begin_input(struct xd_wire *w);

/* merge.c: n pieces of one conversation, in order of time, into one of them. */
void xd_merge(struct xd_wire *w, struct xd_conn *const *group, size_t n);

/* stream.c: bytes in order, and the news that n bytes will never come. */
void xd_stream_bytes(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b);
void xd_stream_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t n);
/* Can these be the first bytes of a side, whatever was not seen before them? */
bool xd_stream_starts(struct xd_slice b);
void xd_stream_role(struct xd_conn *c, unsigned client);

/* tls_record.c */
bool xd_tls_starts(struct xd_slice b);
bool xd_tls_may_start(struct xd_slice b);
void xd_tls_begin(struct xd_wire *w, struct xd_conn *c);
void xd_tls_bytes(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b);
void xd_tls_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t n);
/* A header of the middle of a conversation, as far as the bytes can tell. */
bool xd_tls_follows(struct xd_slice b);

/* tls_hello.c, tls_cert.c: one handshake message each. */
void xd_tls_message(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice m);
bool xd_tls_message_is_known(uint8_t type);
void xd_tls_client_hello(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         struct xd_slice body);
void xd_tls_server_hello(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                         struct xd_slice body);
void xd_tls_sslv2_hello(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice body);
void xd_tls_certificate(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice body);
void xd_tls_certificate_request(struct xd_wire *w, struct xd_conn *c, struct xd_slice body);
unsigned xd_tls_finished_length(const struct xd_wire_tls *t);

/* ssh.c */
bool xd_ssh_starts(struct xd_slice b);
bool xd_ssh_may_start(struct xd_slice b);
void xd_ssh_begin(struct xd_wire *w, struct xd_conn *c);
void xd_ssh_bytes(struct xd_wire *w, struct xd_conn *c, unsigned dir, struct xd_slice b);
void xd_ssh_gap(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t n);

/* ssh_runs.c: encrypted bytes up to that number of the sender's have come. */
void xd_ssh_run_add(struct xd_wire *w, struct xd_conn *c, unsigned dir, uint32_t len,
                    uint32_t end);
/* A run of another piece, of which nothing but its length is known. */
void xd_ssh_run_fold(struct xd_conn *c, const struct xd_conn *of, unsigned dir,
                     uint32_t len);
/* All have: from now on one row a run, in the order in which they were sent. */
void xd_ssh_runs_order(struct xd_conn *c);

/* tls_state.c: an encrypted record has come whole. */
void xd_tls_encrypted(struct xd_wire *w, struct xd_conn *c, unsigned dir, unsigned type,
                      uint32_t len);
void xd_tls_finished(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                     struct xd_spot spot);
void xd_tls_app_data(struct xd_wire *w, struct xd_conn *c, unsigned dir);

/* secrets.c */
enum xd_secret_kind {
    XD_SECRET_MASTER,
    XD_SECRET_CLIENT_HANDSHAKE,
    XD_SECRET_SERVER_HANDSHAKE,
    XD_SECRET_CLIENT_TRAFFIC,
    XD_SECRET_SERVER_TRAFFIC,
};
/* Empty where there is none. */
struct xd_slice xd_secrets_find(const struct xd_wire *w, enum xd_secret_kind kind,
                                const uint8_t random[32]);
void xd_secrets_free(struct xd_secrets *s);
/* There were more than XD_MAX_SECRETS. */
bool xd_secrets_left_out(const struct xd_wire *w);

/* tls_suite.c */
struct xd_cipher_suite {
    enum xd_cipher_kind kind;
    enum xd_hash_kind hash; /* of the key schedule */
    enum xd_mac_kind mac;   /* CBC */
    uint8_t key_len;
    uint8_t mac_len; /* 0: AEAD */
    uint8_t tag_len; /* 0: CBC */
    uint8_t iv_len;  /* fixed part, in the key block of TLS 1.2 */
    uint8_t block;
};
bool xd_cipher_suite_find(uint16_t code, struct xd_cipher_suite *out);

/* tls_decrypt.c */
/* The ServerHello is there: are there secrets for this conversation? */
void xd_opener_start(struct xd_wire *w, struct xd_conn *c);
bool xd_opener_applies(const struct xd_conn *c, unsigned dir);
/* Records of this direction are missing: its count is lost. */
void xd_opener_lose(struct xd_conn *c, unsigned dir);
/* False: the record is application data; it is counted and need not be collected. */
bool xd_opener_wants(struct xd_conn *c, unsigned dir, unsigned type, uint32_t len);
void xd_tls_open_record(struct xd_wire *w, struct xd_conn *c, unsigned dir,
                        struct xd_slice record);
void xd_opener_free(struct xd_opener *o);

/* outcome.c, export.c */
struct xd_flow;
void xd_outcome_judge(const struct xd_wire *w, const struct xd_conn *c, struct xd_flow *f);
/* Did that direction speak, by what the other one acknowledges, without being captured? */
bool xd_dir_unheard(const struct xd_conn *c, unsigned dir);
struct xd_flow *xd_export_flow(struct xd_wire *w, struct xd_conn *c);
struct xd_place xd_export_place(const struct xd_wire *w, struct xd_spot s);
/* The name of its file, for an order that does not depend on that of reading. */
const char *xd_wire_label(const struct xd_wire *w, struct xd_spot s);
void xd_export_ssh(struct xd_wire *w, const struct xd_conn *c, struct xd_flow *flow);
/* The direction of the client; where it is not known, the lower port is the server. */
unsigned xd_conn_client(const struct xd_conn *c);

/* What follows the first n bytes; an empty slice may have no address. */
static inline struct xd_slice xd_slice_rest(struct xd_slice b, size_t n)
{
    return n == 0 ? b : (struct xd_slice){b.p + n, b.len - n};
}

static inline xd_time xd_spot_time(struct xd_spot s)
{
    return (xd_time)(s.when >> 12);
}

static inline unsigned xd_spot_file(struct xd_spot s)
{
    return (unsigned)(s.when & 0xfff);
}

static inline bool xd_spot_is(struct xd_spot s)
{
    return (s.when & 0xfff) != 0;
}

#endif
