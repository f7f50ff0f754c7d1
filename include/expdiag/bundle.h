/*
 * bundle.h - from inputs to a stream of entries.
 *
 * Opens nothing: the supervisor hands in descriptors.  Nothing is written to
 * disk.  Never touches the case; the receiver of the events does.
 */
#ifndef EXPDIAG_BUNDLE_H
#define EXPDIAG_BUNDLE_H

#include "expdiag/entry.h"

/* A file that the supervisor opened. */
struct xd_bundle_file {
    const char
        *name; /* relative to the input, '/' between parts; the file's name for a file */
    int fd;    /* at its start; may be a pipe */
    /* errno where it could not be opened, E2BIG for a limit; else 0 and fd is valid */
    int open_error;
};

struct xd_bundle_input {
    const char *path; /* as given */
    enum xd_input_kind
        kind; /* FOLDER, or FILE: whether it is an archive is told by content */
    struct xd_bundle_file *files;
    size_t n_files;
    int open_error; /* errno where the input itself could not be opened, else 0 */
};

/* What the reader tells of an entry when it begins.  Texts live until entry_end. */
struct xd_bundle_entry {
    unsigned input;
    const char *path; /* see xd_entry */
    const char *name;
    const char *container;
    struct xd_entry_name said;
    enum xd_entry_kind kind; /* by name, else told from its first bytes */
    uint64_t size;           /* as its archive tells, where has_size */
    bool has_size;
};

/* How the reading of an input ended. */
struct xd_bundle_input_end {
    unsigned input;
    enum xd_input_kind kind;
    uint64_t bytes; /* of the file as given */
    uint8_t sha256[32];
    bool has_sha256;
    bool unusable;       /* nothing could be read */
    bool no_bundle;      /* readable, but not one entry of a known kind */
    const char *problem; /* damage of the container, or NULL */
};

/*
 * Receives the events of all inputs, one after the other, in the thread that
 * called xd_bundle_read.  entry_bytes is called with blocks of up to 1 MiB that live
 * for the call.  A return of XD_FAIL ends the reading.
 */
struct xd_bundle_sink {
    void *arg;
    enum xd_rc (*entry_begin)(void *arg, const struct xd_bundle_entry *entry);
    enum xd_rc (*entry_bytes)(void *arg, struct xd_slice bytes);
    enum xd_rc (*entry_end)(void *arg, enum xd_entry_status status, const char *detail);
    enum xd_rc (*input_end)(void *arg, const struct xd_bundle_input_end *end);
};

struct xd_bundle_options {
    bool hash_inputs;                                 /* SHA-256 of each file as given */
    bool one_thread;                                  /* inflate in the calling thread */
    void (*progress)(void *arg, uint64_t bytes_read); /* of the files as given; NULL */
    void *progress_arg;
};

/*
 * Read all inputs.  Closes no descriptor.  XD_OK also where inputs were damaged or
 * unusable (the events say so); XD_FAIL when the sink failed.
 */
XD_MUST_USE enum xd_rc xd_bundle_read(const struct xd_bundle_input *inputs, size_t n_inputs,
                                      const struct xd_bundle_options *options,
                                      const struct xd_bundle_sink *sink,
                                      struct xd_err *err);

/* What a file name says; texts in the arena. */
struct xd_arena;
struct xd_entry_name xd_bundle_name_parse(struct xd_arena *a, const char *name);

/* The kind of an entry by its first bytes (at most XD_SNIFF_BYTES are looked at). */
enum xd_entry_kind xd_bundle_sniff(struct xd_slice head);

#endif
