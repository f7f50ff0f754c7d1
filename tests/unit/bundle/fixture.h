/*
 * fixture.h - archives made in memory, and a sink that keeps what it is told.
 */
#ifndef EXPDIAG_TESTS_BUNDLE_FIXTURE_H
#define EXPDIAG_TESTS_BUNDLE_FIXTURE_H

#include "expdiag/bundle.h"

/* Bytes on the heap; free with xd_fix_free. */
struct xd_fix_bytes {
    uint8_t *p;
    size_t len;
    size_t cap;
};

/* Copy len bytes of a literal; no NUL. */
void xd_fix_put(void *at, const char *bytes, size_t len);

void xd_fix_free(struct xd_fix_bytes *b);
struct xd_fix_bytes xd_fix_copy(const void *p, size_t len);
struct xd_fix_bytes xd_fix_join(struct xd_fix_bytes a, struct xd_fix_bytes b);

/* One member of an archive to be made. */
struct xd_fix_file {
    const char *path;
    const void *bytes; /* NULL with len 0 for nothing */
    size_t len;
    int type; /* 0: a file; else an AE_IF... value */
};

/* format "tar" or "zip"; filter "", "gzip", "xz", "zstd", "bzip2". */
struct xd_fix_bytes xd_fix_archive(const char *format, const char *filter,
                                   const struct xd_fix_file *files, size_t n);

/* The bytes compressed as they are. */
struct xd_fix_bytes xd_fix_compress(const char *filter, const void *p, size_t len);

/* What the sink was told of an entry. */
struct xd_fix_entry {
    unsigned input;
    char *path;
    char *name;
    char *container;
    char *host;
    uint64_t size; /* as told, or 0 */
    enum xd_entry_kind kind;
    enum xd_entry_status status;
    char *detail; /* "" for NULL */
    bool ended;
    struct xd_fix_bytes bytes;
};

struct xd_fix_seen {
    struct xd_fix_entry *entries;
    size_t n_entries;
    size_t cap_entries;
    struct xd_bundle_input_end ends[8];
    char *problems[8]; /* "" for NULL */
    size_t n_ends;
    uint64_t progress; /* last told */
    uint64_t n_calls;
    uint64_t fail_at; /* the call (1-based) that returns XD_FAIL; 0: none */
    uint64_t n_after; /* calls after that */
    size_t largest;   /* longest block */
    enum xd_rc rc;
    struct xd_err err;
};

void xd_fix_seen_done(struct xd_fix_seen *s);

/* The entry with that path, or NULL. */
const struct xd_fix_entry *xd_fix_find(const struct xd_fix_seen *s, const char *path);

/* Its bytes are exactly those. */
bool xd_fix_holds(const struct xd_fix_entry *e, const void *p, size_t len);

/* A descriptor at the start of a file with those bytes, that has no name. */
int xd_fix_open(const void *p, size_t len);

struct xd_fix_mode {
    bool one_thread;
    bool hash;
    uint64_t fail_at;
};

/* Read one file of that name and those bytes as the only input. */
struct xd_fix_seen xd_fix_read(const char *name, const void *p, size_t len,
                               struct xd_fix_mode mode);

/* Read inputs that the caller has built. */
struct xd_fix_seen xd_fix_read_inputs(const struct xd_bundle_input *inputs, size_t n,
                                      struct xd_fix_mode mode);

#endif
