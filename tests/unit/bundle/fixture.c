/*
 * fixture.c - archives made in memory, and a sink that keeps what it is told.
 */
#include "fixture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

void xd_fix_put(void *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
}

void xd_fix_free(struct xd_fix_bytes *b)
{
    free(b->p);
    *b = (struct xd_fix_bytes){0};
}

struct xd_fix_bytes xd_fix_copy(const void *p, size_t len)
{
    struct xd_fix_bytes b = {malloc(len == 0 ? 1 : len), len, len};

    assert(b.p != NULL);
    if (len > 0) {
        memcpy(b.p, p, len);
    }
    return b;
}

struct xd_fix_bytes xd_fix_join(struct xd_fix_bytes a, struct xd_fix_bytes b)
{
    struct xd_fix_bytes out = {malloc(a.len + b.len + 1), a.len + b.len, a.len + b.len};

    assert(out.p != NULL);
    memcpy(out.p, a.p, a.len);
    memcpy(out.p + a.len, b.p, b.len);
    return out;
}

static void append_bytes(struct xd_fix_bytes *b, const void *p, size_t len)
{
    if (len == 0) {
        return;
    }
    if (b->len + len > b->cap) {
        b->cap = 2 * (b->len + len);
        b->p = realloc(b->p, b->cap);
        assert(b->p != NULL);
    }
    memcpy(b->p + b->len, p, len);
    b->len += len;
}

static la_ssize_t take_output(struct archive *a, void *arg, const void *p, size_t len)
{
    (void)a;
    append_bytes(arg, p, len);
    return (la_ssize_t)len;
}

static void check_ok(int rc)
{
    assert(rc == ARCHIVE_OK);
    (void)rc;
}

static struct archive *open_writer(const char *format, const char *filter,
                                   struct xd_fix_bytes *out)
{
    struct archive *a = archive_write_new();

    assert(a != NULL);
    if (strcmp(format, "tar") == 0) {
        check_ok(archive_write_set_format_gnutar(a));
    } else if (strcmp(format, "zip") == 0) {
        check_ok(archive_write_set_format_zip(a));
    } else {
        check_ok(archive_write_set_format_raw(a));
    }
    if (filter[0] != '\0') {
        check_ok(archive_write_add_filter_by_name(a, filter));
    }
    if (strcmp(filter, "gzip") == 0) {
        check_ok(archive_write_set_filter_option(a, "gzip", "timestamp", NULL));
    }
    check_ok(archive_write_set_bytes_in_last_block(a, 1));
    check_ok(archive_write_open(a, out, NULL, take_output, NULL));
    return a;
}

static void write_file(struct archive *a, const struct xd_fix_file *f)
{
    struct archive_entry *e = archive_entry_new();
    unsigned type = f->type == 0 ? AE_IFREG : (unsigned)f->type;

    assert(e != NULL);
    archive_entry_set_pathname(e, f->path);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, 1774408811, 0);
    archive_entry_set_size(e, (la_int64_t)f->len);
    if (type == AE_IFLNK) {
        archive_entry_set_symlink(e, "/etc/passwd");
    }
    check_ok(archive_write_header(a, e));
    if (f->len > 0) {
        la_ssize_t n = archive_write_data(a, f->bytes, f->len);

        assert(n == (la_ssize_t)f->len);
        (void)n;
    }
    archive_entry_free(e);
}

struct xd_fix_bytes xd_fix_archive(const char *format, const char *filter,
                                   const struct xd_fix_file *files, size_t n)
{
    struct xd_fix_bytes out = {0};
    struct archive *a = open_writer(format, filter, &out);

    for (size_t i = 0; i < n; i++) {
        write_file(a, &files[i]);
    }
    check_ok(archive_write_close(a));
    check_ok(archive_write_free(a));
    return out;
}

struct xd_fix_bytes xd_fix_compress(const char *filter, const void *p, size_t len)
{
    struct xd_fix_file file = {.path = "data", .bytes = p, .len = len};

    return xd_fix_archive("raw", filter, &file, 1);
}

/* ---- the sink ---- */

static char *copy_text(const char *text)
{
    char *copy = strdup(text == NULL ? "" : text);

    assert(copy != NULL);
    return copy;
}

static enum xd_rc count_call(struct xd_fix_seen *s)
{
    s->n_calls++;
    if (s->fail_at != 0 && s->n_calls > s->fail_at) {
        s->n_after++;
    }
    return s->n_calls == s->fail_at ? XD_FAIL : XD_OK;
}

static enum xd_rc see_begin(void *arg, const struct xd_bundle_entry *entry)
{
    struct xd_fix_seen *s = arg;
    struct xd_fix_entry *e = NULL;

    if (s->n_entries == s->cap_entries) {
        s->cap_entries = 2 * s->cap_entries + 8;
        s->entries = realloc(s->entries, s->cap_entries * sizeof *s->entries);
        assert(s->entries != NULL);
    }
    e = &s->entries[s->n_entries];
    s->n_entries++;
    *e = (struct xd_fix_entry){.input = entry->input, .kind = entry->kind};
    e->size = entry->has_size ? entry->size : 0;
    e->path = copy_text(entry->path);
    e->name = copy_text(entry->name);
    e->container = copy_text(entry->container);
    e->host = copy_text(entry->said.host);
    e->detail = copy_text(NULL);
    return count_call(s);
}

static enum xd_rc see_bytes(void *arg, struct xd_slice bytes)
{
    struct xd_fix_seen *s = arg;

    assert(bytes.len > 0 && s->n_entries > 0);
    append_bytes(&s->entries[s->n_entries - 1].bytes, bytes.p, bytes.len);
    s->largest = bytes.len > s->largest ? bytes.len : s->largest;
    return count_call(s);
}

static enum xd_rc see_end(void *arg, enum xd_entry_status status, const char *detail)
{
    struct xd_fix_seen *s = arg;
    struct xd_fix_entry *e = &s->entries[s->n_entries - 1];

    assert(s->n_entries > 0 && !e->ended);
    e->status = status;
    free(e->detail);
    e->detail = copy_text(detail);
    e->ended = true;
    return count_call(s);
}

static enum xd_rc see_input_end(void *arg, const struct xd_bundle_input_end *end)
{
    struct xd_fix_seen *s = arg;

    assert(s->n_ends < sizeof s->ends / sizeof s->ends[0]);
    s->ends[s->n_ends] = *end;
    s->problems[s->n_ends] = copy_text(end->problem);
    s->ends[s->n_ends].problem = NULL;
    s->n_ends++;
    return count_call(s);
}

static void see_progress(void *arg, uint64_t bytes_read)
{
    struct xd_fix_seen *s = arg;

    assert(bytes_read >= s->progress);
    s->progress = bytes_read;
}

void xd_fix_seen_done(struct xd_fix_seen *s)
{
    for (size_t i = 0; i < s->n_entries; i++) {
        free(s->entries[i].path);
        free(s->entries[i].name);
        free(s->entries[i].container);
        free(s->entries[i].host);
        free(s->entries[i].detail);
        free(s->entries[i].bytes.p);
    }
    for (size_t i = 0; i < s->n_ends; i++) {
        free(s->problems[i]);
    }
    free(s->entries);
    *s = (struct xd_fix_seen){0};
}

const struct xd_fix_entry *xd_fix_find(const struct xd_fix_seen *s, const char *path)
{
    for (size_t i = 0; i < s->n_entries; i++) {
        if (strcmp(s->entries[i].path, path) == 0) {
            return &s->entries[i];
        }
    }
    return NULL;
}

bool xd_fix_holds(const struct xd_fix_entry *e, const void *p, size_t len)
{
    return e != NULL && e->bytes.len == len &&
           (len == 0 || memcmp(e->bytes.p, p, len) == 0);
}

int xd_fix_open(const void *p, size_t len)
{
    int fd = memfd_create("fixture", MFD_CLOEXEC);
    size_t done = 0;

    assert(fd >= 0);
    while (done < len) {
        ssize_t n = write(fd, (const uint8_t *)p + done, len - done);

        assert(n > 0);
        done += (size_t)n;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        abort();
    }
    return fd;
}

struct xd_fix_seen xd_fix_read_inputs(const struct xd_bundle_input *inputs, size_t n,
                                      struct xd_fix_mode mode)
{
    struct xd_fix_seen s = {.fail_at = mode.fail_at};
    struct xd_bundle_sink sink = {&s, see_begin, see_bytes, see_end, see_input_end};
    struct xd_bundle_options options = {.hash_inputs = mode.hash,
                                        .one_thread = mode.one_thread,
                                        .progress = see_progress,
                                        .progress_arg = &s};

    s.rc = xd_bundle_read(inputs, n, &options, &sink, &s.err);
    return s;
}

struct xd_fix_seen xd_fix_read(const char *name, const void *p, size_t len,
                               struct xd_fix_mode mode)
{
    struct xd_bundle_file file = {.name = name, .fd = xd_fix_open(p, len)};
    struct xd_bundle_input input = {
        .path = name, .kind = XD_INPUT_FILE, .files = &file, .n_files = 1};
    struct xd_fix_seen s = xd_fix_read_inputs(&input, 1, mode);

    (void)close(file.fd);
    return s;
}
