/*
 * entry.h - what was given to read: inputs (the command's arguments) and the
 * entries (files) inside them.
 *
 * Model.  Written by the pipeline from what bundle tells; read by everybody.
 */
#ifndef EXPDIAG_ENTRY_H
#define EXPDIAG_ENTRY_H

#include "expdiag/base.h"
#include "expdiag/clock.h"

enum xd_entry_kind {
    XD_ENTRY_SERVER_PEM,
    XD_ENTRY_CLIENT_PEM,
    XD_ENTRY_CA_PEM,
    XD_ENTRY_PCAP,
    XD_ENTRY_LOG,
    XD_ENTRY_XCONF_TXT,
    XD_ENTRY_XCONF_XML,
    XD_ENTRY_XSTAT_TXT,
    XD_ENTRY_XSTAT_XML,
    XD_ENTRY_PEM, /* certificates, but of no store: a lone file; "other" in reports */
    XD_ENTRY_OTHER,
};

enum xd_entry_status {
    XD_ENTRY_READ,      /* whole */
    XD_ENTRY_TRUNCATED, /* the end is missing */
    XD_ENTRY_DAMAGED,   /* something inside was wrong; the rest was used */
    XD_ENTRY_SKIPPED,   /* not used: nothing in it for us, or a limit */
};

enum xd_input_kind { XD_INPUT_ARCHIVE, XD_INPUT_FOLDER, XD_INPUT_FILE };

/* One argument of the command line. */
struct xd_input {
    const char *path; /* as given; "-" for standard input */
    const char *name; /* last part of path, without archive suffixes: names the bundle */
    enum xd_input_kind kind;
    uint64_t bytes;
    uint8_t sha256[32];
    bool has_sha256;     /* of the file as given; never for folders */
    bool unusable;       /* nothing at all could be read from it: exit status 3 */
    bool unopened;       /* unusable: it does not exist or may not be read */
    bool no_bundle;      /* unusable, and nothing is damaged: it is something else */
    const char *problem; /* damage of the container itself, in words, or NULL */
    const char *note;    /* judged: "the same bundle as in ...", or NULL */
};

/* What an entry's name says.  Fields that it does not say are NULL or negative. */
struct xd_entry_name {
    enum xd_entry_kind kind; /* XD_ENTRY_OTHER: the name says nothing */
    const char *host;        /* "vcs_8c" of "ca_vcs_8c_2026-03-25_03_20_11.pem" */
    xd_time stamp;           /* XD_TIME_NONE where there is none */
    int interface;           /* 1 of "eth1_diagnostic..." */
    int ring;                /* 0 of "...tcpdump00..." */
};

/* The detail of a file without bytes; any other detail is the reason why none was read. */
#define XD_ENTRY_EMPTY "the file is empty"

/* One file. */
struct xd_entry {
    unsigned id;       /* position in xd_case.entries */
    unsigned input;    /* position in xd_case.inputs */
    const char *path;  /* inside its input, archives in archives joined by '!' */
    const char *name;  /* the last part of path */
    const char *label; /* how every report names it: name, made unique where needed */
    /* Files of one folder of one archive share it: the path without the name. */
    const char *container;
    struct xd_entry_name said;
    enum xd_entry_kind kind; /* by name, else by content */
    enum xd_entry_status status;
    const char *detail; /* what was wrong and where, or NULL */
    uint64_t bytes;     /* read */
    bool private_key;   /* held one (it was dropped unread) */
    uint64_t private_key_line;
    /* Judged: the same file of the same bundle, given twice; this one does not count. */
    const struct xd_entry *twin;
};

/* Reports' words, e.g. "server-pem", "read".  Never NULL. */
const char *xd_entry_kind_name(enum xd_entry_kind kind);
const char *xd_entry_status_name(enum xd_entry_status status);

/* A place in an entry: where a statement can be looked up. */
struct xd_place {
    const struct xd_entry *entry; /* NULL: no place */
    uint64_t frame;               /* 1-based frame of a capture, or 0 */
    uint64_t line;                /* 1-based line of a text, or 0 */
    xd_time time;                 /* XD_TIME_NONE where it has none */
};

#endif
