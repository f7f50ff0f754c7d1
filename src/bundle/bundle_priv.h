/*
 * bundle_priv.h - what the files of this module share.
 *
 * From the file to the entry:  raw (fd) -> [gzip | xz | zst | bz2] -> archive -> member
 * -> the same again for an archive within.  Each step is a source that pulls
 * blocks from the one below; the walk turns members into events, and the pipe
 * carries events to the sink, through a queue where two threads share the work.
 */
#ifndef EXPDIAG_BUNDLE_PRIV_H
#define EXPDIAG_BUNDLE_PRIV_H

#include "expdiag/arena.h"
#include "expdiag/buf.h"
#include "expdiag/bundle.h"
#include "expdiag/limits.h"

#include <stdatomic.h>

enum {
    /*
     * Largest block that a sink sees.  ISA-L copies twice 32 KiB a block to and from a
     * window of its own: of 256 KiB that is a quarter.
     */
    XD_BLOCK_BYTES = 1 << 20,
    XD_READ_BYTES = 256 << 10, /* one read() of a file: stays in L2 */
    XD_QUEUE_SLOTS = 4,        /* blocks between the two threads */
    XD_QUEUE_EVENTS = 64,
    XD_MAX_SLOTS = 64,
    XD_MAX_LAYERS = 4,     /* gzip within gzip around one file */
    XD_MAX_PROBLEM = 2000, /* bytes of an input's problem text */
    XD_PIECE_BYTES = 300,  /* bytes of a name in such a text */
};

/* ---- what a stream looks like from its first bytes ---- */

enum xd_wrap {
    XD_WRAP_NONE,
    XD_WRAP_GZIP,
    XD_WRAP_XZ,
    XD_WRAP_ZSTD,
    XD_WRAP_BZIP2,
    XD_WRAP_TAR,
    XD_WRAP_ZIP,
};

/* Told by magic numbers; a tar by its header's checksum. */
enum xd_wrap xd_wrap_sniff(struct xd_slice head);

/* A tar header whose checksum is right. */
bool xd_tar_header(struct xd_slice block);

/* Zeros alone: a tar without files, or what a lost disk leaves of any file. */
bool xd_tar_blank(struct xd_slice head);

/* A container that is known and not opened ("a 7-Zip archive"), or NULL. */
const char *xd_wrap_foreign(struct xd_slice head);

/* The last part of a path, with the clock of a stamp written 12/58/19 kept in it. */
const char *xd_path_name(const char *path);

/* A file that an operating system adds by itself ("._x", "__MACOSX/", ".DS_Store"). */
bool xd_path_is_junk(const char *path);

/* ---- blocks and events between the threads ---- */

/* A block of XD_BLOCK_BYTES; refs counts its source and the events that point into it. */
struct xd_slot {
    uint8_t *bytes;
    unsigned refs;
};

struct xd_pipe;

/* sink and options must outlive the pipe. */
struct xd_pipe *xd_pipe_new(const struct xd_bundle_sink *sink,
                            const struct xd_bundle_options *options);
void xd_pipe_free(struct xd_pipe *p);

/* For the file that comes: hash it or not. */
void xd_pipe_start(struct xd_pipe *p, bool hash);

/* The digest of what xd_pipe_raw saw since xd_pipe_start; false if it was not hashed. */
bool xd_pipe_digest(struct xd_pipe *p, uint8_t out[32]);

/* Run produce(arg) in a thread of its own and hand its events to the sink in this one. */
void xd_pipe_run(struct xd_pipe *p, void (*produce)(void *arg), void *arg);

/* The sink failed: whatever is told from now on is dropped. */
bool xd_pipe_aborted(const struct xd_pipe *p);

/* Who keeps a slot for itself says so before and after; the pool is sized by it. */
void xd_pipe_hold(struct xd_pipe *p);
void xd_pipe_unhold(struct xd_pipe *p);

/* A free block, refs 1. */
struct xd_slot *xd_pipe_slot(struct xd_pipe *p);
void xd_pipe_drop(struct xd_pipe *p, struct xd_slot *slot);

/* An entry that begins, from xd_alloc, with all its texts in the same block. */
struct xd_begun {
    struct xd_bundle_entry entry;
    char texts[];
};

/* Events.  begin takes begun over.  Bytes inside a slot are not copied. */
void xd_pipe_begin(struct xd_pipe *p, struct xd_begun *begun);
void xd_pipe_bytes(struct xd_pipe *p, struct xd_slice bytes);
void xd_pipe_end(struct xd_pipe *p, enum xd_entry_status status, const char *detail);
void xd_pipe_raw(struct xd_pipe *p, struct xd_slice bytes); /* of the file as given */

/* ---- sources ---- */

/* Why a stream ended before its time.  status READ: it did not. */
struct xd_damage {
    enum xd_entry_status status;
    bool inherited; /* of the archive around, which reports it itself */
    char text[XD_ERR_TEXT];
};

/* Bytes that may still be inflated. */
struct xd_budget {
    uint64_t inflated;   /* in this run */
    uint64_t ratio_base; /* in this file, without what a limit has ended */
    uint64_t raw;        /* bytes read of this file */
};

/*
 * A stream that is pulled block by block.  It never fails: it ends, and damage
 * says whether that was too early.
 */
struct xd_source {
    /* The next block, never empty, borrowed until the following call; false: the end. */
    bool (*next)(struct xd_source *s, struct xd_slice *out);
    void (*free)(struct xd_source *s);
    struct xd_source *below; /* owned; NULL for a file or a member */
    uint64_t given;          /* bytes handed out */
    struct xd_damage damage;
};

/* Sets the damage unless there is one. */
void xd_source_spoil(struct xd_source *s, enum xd_entry_status status, const char *fmt, ...)
    XD_PRINTF(3, 4);

/* The next block; counts it. */
bool xd_source_next(struct xd_source *s, struct xd_slice *out);

/* Frees the source and those below. */
void xd_source_free(struct xd_source *s);

/* The damage nearest to the file, or NULL. */
const struct xd_damage *xd_source_damage(const struct xd_source *s);

/* Count bytes that s inflated; false, with damage, where a limit is hit. */
bool xd_source_inflated(struct xd_source *s, struct xd_budget *budget, size_t n);

/* A file.  Tells the pipe what it reads; counts budget->raw. */
struct xd_source *xd_raw_new(int fd, struct xd_pipe *pipe, struct xd_budget *budget);

/* Looks XD_SNIFF_BYTES ahead (head is valid until the first next). */
struct xd_source *xd_peek_new(struct xd_source *below, struct xd_slice *head);

/* RFC 1952, all members, checksums held to. */
struct xd_source *xd_gzip_new(struct xd_source *below, struct xd_pipe *pipe,
                              struct xd_budget *budget);

/* xz, zst and bz2: all streams, checksums held to. */
struct xd_source *xd_unpacker_new(struct xd_source *below, enum xd_wrap wrap,
                                  struct xd_budget *budget);

/* ---- archives and what is in them ---- */

struct archive;
struct xd_level;

/* One walk over one file of an input. */
struct xd_walk {
    struct xd_pipe *pipe;
    struct xd_budget *budget;
    unsigned input;
    const char *lone;  /* container of an entry that is no member: a folder or the input */
    const char *path;  /* of the file inside its input: names a lone entry */
    const char *place; /* path in front of the members; "" where the file is the input */
    uint64_t *n_entries;    /* of the input */
    struct xd_source *root; /* peeked; owned by the walk from xd_walk_run on */
    struct xd_slice head;
    struct xd_arena *scratch; /* names of the file at hand */
    struct xd_buf problems;
    uint64_t n_known;
    bool archive;        /* was one */
    bool locked;         /* held something encrypted */
    const char *foreign; /* what it is instead of anything known, or NULL */
    struct xd_level *levels[XD_MAX_NESTING];
    unsigned depth;
};

/* Tell everything that is in w->root. */
void xd_walk_run(struct xd_walk *w);

/* A file of a folder that could not be opened: an entry that was skipped, and why. */
void xd_walk_unread(struct xd_pipe *pipe, unsigned input, const char *path,
                    const char *why);

/* "what: text" to the problems of the input; what may be "". */
void xd_walk_problem(struct xd_buf *problems, const char *what, const char *text);

/* An open archive.  Takes stream over; NULL (stream kept) where libarchive cannot. */
struct xd_level *xd_level_new(struct xd_source *stream, bool zip, const char *path,
                              struct xd_budget *budget);

/* One step over the headers of an archive. */
enum xd_step {
    XD_STEP_FILE, /* a file: its bytes come from xd_level_member */
    XD_STEP_SKIP, /* something that is not read; why says what */
    XD_STEP_FOLDER,
    XD_STEP_BAD, /* a damaged header: the next block may be a sound one */
    XD_STEP_END,
};
struct xd_member {
    char *path; /* as stored, valid UTF-8, '/' between parts; in the arena given */
    uint64_t size;
    bool has_size;
    bool locked; /* encrypted */
    const char *why;
};
enum xd_step xd_level_next(struct xd_level *l, struct xd_arena *a, struct xd_member *out);

/* The bytes of the file that xd_level_next told last. */
struct xd_source *xd_level_member(struct xd_level *l);

/* Stop here: a limit. */
void xd_level_stop(struct xd_level *l, const char *why);

const char *xd_level_path(const struct xd_level *l);

/* Read on to the end of the stream, so that its checksum is held to; add what was wrong. */
void xd_level_close(struct xd_level *l, struct xd_pipe *pipe, struct xd_buf *problems);

#endif
