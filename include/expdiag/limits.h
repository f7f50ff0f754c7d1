/*
 * limits.h - how much of anything expdiag takes from a bundle, each with its reason.
 *
 * Hitting one is noted in the report; it never ends the run.  None can be changed by an
 * option: SECURITY.md lists them.  tests/release/limits.py tests each, at it and beyond.
 */
#ifndef EXPDIAG_LIMITS_H
#define EXPDIAG_LIMITS_H

#include <stdint.h>

/*
 * Those that take minutes, or gigabytes, to reach: the program of limits.py has them
 * lowered.  Beyond the last two there is no report: exit status 3 and 4, with words.
 */
#ifndef XD_TEST_LIMITS
#define XD_MAX_FLOWS   2000000    /* conversations of a run: 1.6 KB each are 3 GB */
#define XD_MAX_CERTS   65536      /* distinct ones in a case: 64 CA files of 1000 */
#define XD_MAX_SECRETS 1048576    /* of key logs; a session of TLS 1.3 has four */
#define XD_MAX_STORED  1073741824 /* bytes of a report that show reads: it is in memory */
#define XD_MAX_HELD    1073741824 /* of a redacted one: searched before it is written */
#else
#define XD_MAX_FLOWS   300
#define XD_MAX_CERTS   500
#define XD_MAX_SECRETS 1000
#define XD_MAX_STORED  100000
#define XD_MAX_HELD    100000
#endif

/* Archives.  A full bundle of X15 holds 40 captures of 20 MB and a log. */
#define XD_MAX_ARCHIVE_BYTES ((uint64_t)64 << 30) /* inflated, all inputs; stops bombs */
#define XD_MAX_ARCHIVE_RATIO 1100 /* deflate cannot exceed 1032:1; nesting could */
#define XD_RATIO_GRACE       ((uint64_t)64 << 20) /* inflated bytes before the ratio counts */
enum {
    XD_MAX_ENTRIES = 20000,     /* per input: a case has tens */
    XD_MAX_NESTING = 4,         /* archive in archive: a mailed zip of tar.gz needs 2 */
    XD_MAX_NAME = 1024,         /* bytes of an entry's name kept */
    XD_MAX_FOLDER_FILES = 4096, /* open descriptors the supervisor may hold */
    XD_MAX_FOLDER_DEPTH = 16,   /* a case folder has two or three levels */
    XD_MAX_UNPACK_MEMORY = 128 << 20, /* window of xz (-9: 65 MiB) or zst (--ultra -22) */
    XD_SNIFF_BYTES = 4096,            /* head kept back to tell an entry's kind */
};

/* Certificates. */
enum {
    XD_MAX_PEM_BYTES = 64 << 20,   /* a trust store has at most 1000 CAs */
    XD_MAX_PEM_CERTS = 4096,       /* per file */
    XD_MAX_CERT_BYTES = 256 << 10, /* one DER certificate */
    XD_MAX_PKCS7_BYTES = 8 << 20,  /* one PKCS #7 bundle: 1000 CAs take 2 MB */
    XD_MAX_CHAIN = 64,             /* certificates in one Certificate message */
    XD_MAX_SAN = 2048,             /* names kept of one certificate */
    XD_MAX_EKU = 64,          /* purposes kept of one certificate; real ones name two */
    XD_MAX_DECODED = 8192,    /* handles kept for replays, some 8 KiB each */
    XD_MAX_TRUST_STORES = 64, /* the same: one a CA file, and one a changed one */
    XD_MAX_SAME_NAME = 32,    /* CAs of one name that are tried as issuers */
    XD_MAX_ISSUER_TRIES = 8,  /* signatures tried a certificate to find its issuer */
    XD_MAX_CERT_TEXT = 4096,  /* bytes kept of a subject, issuer or name */
};

/* Dumps. */
enum {
    XD_MAX_DUMP_BYTES = 256 << 20, /* real ones are below 10 MB */
    XD_MAX_SETTINGS = 2000000,     /* lines kept of one dump */
    XD_MAX_SETTING_VALUE = 8192,   /* bytes of one value (CPL scripts are long) */
    XD_MAX_XML_DEPTH = 64,
    XD_MAX_XML_OPEN = 4096, /* elements, read or not: libxml2 remembers each */
    /* libxml2 compares each attribute with each other; real elements have one or two */
    XD_MAX_XML_ATTRIBUTES = 64,
    XD_MAX_XML_TAG = 64 << 10,    /* bytes of a tag; real ones are below 200 */
    XD_MAX_XML_NAMESPACES = 256,  /* in force at once, each looked up in all; real: 1 */
    XD_MAX_DUMP_LINE = 1 << 20,   /* bytes of one line kept; pages may join a whole block */
    XD_MAX_DUMP_BLOCK = 16 << 20, /* one "*s" block, held until its end is seen */
    XD_MAX_DUMP_DEPTH = 32,       /* groups in groups of a status block */
};

/* Log. */
enum {
    XD_MAX_LOG_LINE = 64 << 10, /* the rest of a longer line is skipped */
    XD_MAX_LOG_RECORD =
        16 << 10,               /* of a record that is looked at: lists of names are long */
    XD_MAX_LOG_EVENTS = 200000, /* distinct events kept of a case */
    XD_MAX_LOG_QUOTE = 600,     /* bytes of a line kept as evidence */
};

/* Captures. */
enum {
    XD_MAX_FRAME = 256 << 10,          /* libpcap's own ceiling for snap lengths */
    XD_MAX_FLOW_BUFFER = 256 << 10,    /* bytes waiting for a gap, a direction */
    XD_MAX_CAPTURE_BUFFER = 24 << 20,  /* the same, all directions of a file */
    XD_MAX_CAPTURE_BUFFERS = 48 << 20, /* the same, of an input's files at their ends */
    XD_MAX_CAPTURE_LOG =
        2 << 20, /* a file: segments of handshakes that are not whole yet */
    XD_MAX_CAPTURE_LOGS = 128 << 20, /* an input: the same; a bundle has 40 files */
    XD_MAX_CAPTURE_FILES = 4095,     /* what a place can number; a large case has 480 */
    XD_MAX_HANDSHAKE = 128 << 10,    /* one handshake message: a long chain is 20 KiB */
    XD_LEDGER_HEAD = 24,             /* encrypted records kept from the start */
    XD_LEDGER_TAIL = 2,              /* and from the end, each direction together */
    XD_MAX_LEDGER = XD_LEDGER_HEAD + XD_LEDGER_TAIL,
    XD_MAX_MESSAGES = 40, /* steps of a conversation kept for its ladder */
    XD_MAX_DNS_NAMES = 4096,
    XD_MAX_PRESENTED = 16,     /* Certificate messages kept of one conversation */
    XD_MAX_INTERFACES = 65536, /* of a section of pcapng; real ones have a handful */
    XD_MAX_BLOCK = 64 << 20,   /* of pcapng: a key log in it; packets are far smaller */
    XD_MAX_HEADERS = 24,       /* of a frame; deep tunnels have about 12 */
    XD_MAX_EXTENSIONS = 16,    /* of an IPv6 header; real ones have one or two */
    XD_MAX_DATAGRAMS = 64,     /* incomplete ones at a time, 64 KiB each */
    XD_MAX_FRAGMENTS = 128,    /* of a datagram: one of 65,535 bytes at 576 a frame */
    XD_MAX_FRAGMENT_RESTS = 1 << 20, /* a file: bytes whose others lie in other files */
    XD_MAX_SSH_PACKET = 128 << 10,   /* 35,000 by RFC 4253, 6.1; chains may need more */
    XD_MAX_SSH_GREETING = 2048,      /* lines before the identification included */
};

/* Nodes.  Real: 12 in a case of two clusters, 1000 zones by the xconf reference. */
enum {
    XD_MAX_NODES = 256,            /* bundles of Expressways in a case */
    XD_MAX_ZONES = 1000,           /* highest index of a zone */
    XD_MAX_TUNNELS = 4096,         /* a node: one a domain and far end */
    XD_MAX_ALARMS = 1024,          /* a node */
    XD_MAX_SETTING_CHANGES = 4096, /* a node, while logging */
    XD_MAX_CONTRADICTIONS = 64,    /* kept of one node */
    XD_MAX_SAME_RANDOM = 64,       /* views of one hello random that are compared */
};

/* Files that options name: the reader's own, so one that is longer is a usage error. */
enum {
    XD_MAX_KEYLOG = 256 << 20, /* a key log of a million sessions */
    XD_MAX_ROOTS = 64 << 20,   /* --public-roots: Mozilla's are 0.2 MB */
    XD_MAX_TRY = 64 << 20,     /* a certificate or CA file to try */
};

/* Report. */
enum {
    XD_MAX_FINDINGS = 10000,
    XD_MAX_EVIDENCE = 24,      /* rows kept under one finding */
    XD_MAX_DIFF_ROWS = 100000, /* a node: ten full dumps that have nothing in common */
};

#endif
