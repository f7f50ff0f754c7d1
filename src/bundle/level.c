/*
 * level.c - one open tar or zip: its headers, its members' bytes, its end.
 *
 * libarchive sees no file, only blocks; where the stream below ends too early it
 * sees an end, so that it still gives all that came before.
 */
#include "bundle_priv.h"

#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

enum {
    TAR_BLOCK = 512,
    ZIP_END = 22, /* end of central directory record (APPNOTE.TXT, 4.3.16) */
    ZIP_END_COMMENT_AT = 20,
    ZIP_TAIL = ZIP_END + 0xffff,
};

struct xd_level {
    struct xd_source *stream; /* owned */
    struct archive *archive;
    struct xd_budget *budget;
    bool zip;
    bool open;
    bool over;
    char *path;
    uint64_t size; /* of the member at hand */
    bool has_size;
    uint64_t n_bad_headers;
    struct xd_damage damage; /* of the archive itself */
    bool fed;
    struct xd_slice held; /* the first block, where stand_in went before it */
    size_t shift;         /* bytes of stand_in given */
    uint8_t *stand_in;
    size_t n_tail;
    size_t max_tail;
    uint8_t *tail; /* the last bytes of the stream, oldest first */
};

/* Keep the last max_tail bytes of the stream. */
static void keep_tail(struct xd_level *l, struct xd_slice block)
{
    size_t keep = 0;

    if (block.len >= l->max_tail) {
        memcpy(l->tail, block.p + block.len - l->max_tail, l->max_tail);
        l->n_tail = l->max_tail;
        return;
    }
    keep = l->max_tail - block.len;
    keep = keep < l->n_tail ? keep : l->n_tail;
    memmove(l->tail, l->tail + l->n_tail - keep, keep);
    memcpy(l->tail + keep, block.p, block.len);
    l->n_tail = keep + block.len;
}

static bool next_block(struct xd_level *l, struct xd_slice *block)
{
    if (l->held.len > 0) {
        *block = l->held;
        l->held.len = 0;
        return true;
    }
    if (!xd_source_next(l->stream, block)) {
        return false;
    }
    keep_tail(l, *block);
    return true;
}

/* A sound header of a folder (POSIX.1-1988 ustar). */
static const uint8_t *make_stand_in(struct xd_level *l)
{
    static const struct {
        size_t at;
        const char *text;
    } fields[] = {
        {0, "./"},        {100, "0000755"},     {108, "0000000"},
        {116, "0000000"}, {124, "00000000000"}, {136, "00000000000"},
        {156, "5"},       {257, "ustar"},       {263, "00"},
    };
    unsigned sum = 0;

    l->stand_in = xd_alloc(TAR_BLOCK);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        memcpy(l->stand_in + fields[i].at, fields[i].text, strlen(fields[i].text));
    }
    memset(l->stand_in + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        sum += l->stand_in[i];
    }
    for (size_t i = 0; i < 6; i++) {
        l->stand_in[153 - i] = (uint8_t)('0' + (sum >> (3 * i)) % 8);
    }
    l->stand_in[154] = 0;
    l->shift = TAR_BLOCK;
    return l->stand_in;
}

/*
 * libarchive knows a tar by its first header alone.  Where that one is damaged, a
 * stand-in goes first, so that it looks for the next as it does further on.
 */
static la_ssize_t feed_level(struct archive *a, void *arg, const void **out)
{
    struct xd_level *l = arg;
    struct xd_slice block = {0};
    bool first = !l->fed;

    (void)a;
    l->fed = true;
    if (!next_block(l, &block)) {
        return 0;
    }
    if (first && !l->zip && block.len >= TAR_BLOCK && !xd_tar_header(block) &&
        block.p[0] != 0) {
        l->held = block;
        *out = make_stand_in(l);
        return TAR_BLOCK;
    }
    *out = block.p;
    return (la_ssize_t)block.len;
}

static bool open_archive(struct xd_level *l)
{
    if (l->zip) {
        if (archive_read_support_format_zip_streamable(l->archive) != ARCHIVE_OK) {
            return false;
        }
    } else if (archive_read_support_format_tar(l->archive) != ARCHIVE_OK ||
               /* Two bundles joined by cat, and what follows a damaged header. */
               archive_read_set_format_option(
                   l->archive, "tar", "read_concatenated_archives", "1") != ARCHIVE_OK) {
        return false;
    }
    return archive_read_support_format_empty(l->archive) == ARCHIVE_OK;
}

struct xd_level *xd_level_new(struct xd_source *stream, bool zip, const char *path,
                              struct xd_budget *budget)
{
    struct xd_level *l = xd_alloc(sizeof *l);
    size_t len = strlen(path) + 1;

    l->zip = zip;
    l->budget = budget;
    l->archive = archive_read_new();
    if (l->archive == NULL) {
        xd_alloc_ended();
    }
    if (!open_archive(l)) {
        if (archive_errno(l->archive) == ENOMEM) {
            xd_alloc_ended();
        }
        (void)archive_read_free(l->archive);
        xd_free(l);
        return NULL;
    }
    l->stream = stream;
    l->max_tail = zip ? ZIP_TAIL : TAR_BLOCK;
    l->tail = xd_alloc(l->max_tail);
    l->path = xd_alloc(len);
    memcpy(l->path, path, len);
    return l;
}

const char *xd_level_path(const struct xd_level *l)
{
    return l->path;
}

static const char *name_format(const struct xd_level *l)
{
    return l->zip ? "zip" : "tar";
}

static void spoil_level(struct xd_level *l, enum xd_entry_status status, const char *text)
{
    struct xd_buf b = {.max = sizeof l->damage.text - 1};

    if (l->damage.status != XD_ENTRY_READ) {
        return;
    }
    l->damage.status = status;
    xd_buf_puts(&b, text);
    memcpy(l->damage.text, xd_buf_text(&b), b.len + 1);
    xd_buf_done(&b);
}

void xd_level_stop(struct xd_level *l, const char *why)
{
    l->over = true;
    spoil_level(l, XD_ENTRY_TRUNCATED, why);
}

static const char *name_cause(const struct xd_level *l)
{
    const char *why = archive_error_string(l->archive);

    return why != NULL ? why : "no reason given";
}

/* libarchive gave up, or found a header that is none. */
static void note_damage(struct xd_level *l, la_int64_t at)
{
    struct xd_buf b = {.max = XD_ERR_TEXT - 1};

    if (l->damage.status != XD_ENTRY_READ) {
        return; /* the first place is told; there may be one a block */
    }
    at -= (la_int64_t)l->shift;
    xd_buf_printf(&b, "the %s is damaged or cut off at byte %lld (%s)", name_format(l),
                  (long long)(at > 0 ? at : 0), name_cause(l));
    spoil_level(l, XD_ENTRY_DAMAGED, xd_buf_text(&b));
    xd_buf_done(&b);
}

/* libarchive forgets where a header stood that it could not do with: behind what it read
 * before. */
static void note_header(struct xd_level *l, la_int64_t before)
{
    la_int64_t at = l->zip ? archive_filter_bytes(l->archive, 0)
                           : archive_read_header_position(l->archive);

    l->n_bad_headers++;
    note_damage(l, at >= 0 ? at : before);
}

static const char *reject_type(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry) != NULL) {
        return "a hard link: not followed";
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
    case 0: /* a zip that does not say */
        break;
    case AE_IFLNK:
        return "a symbolic link: not followed";
    default:
        return "a device, pipe or socket";
    }
    if (archive_entry_sparse_count(entry) > 0) {
        return "a sparse file: its holes are not made up";
    }
    if (archive_entry_is_encrypted(entry)) {
        return "encrypted: pack it again without a password";
    }
    return NULL;
}

/* The stored path as valid UTF-8 without "./" and doubled '/'. */
static char *tidy_path(struct xd_level *l, struct xd_arena *a, struct archive_entry *entry)
{
    const char *raw = archive_entry_pathname(entry);
    char *text = NULL;
    char *to = NULL;

    if (raw == NULL) {
        raw = archive_entry_pathname_utf8(entry);
    }
    if (raw == NULL || raw[0] == '\0') {
        return xd_arena_strdup(a, "(no name)");
    }
    text = xd_text_clean(a, raw, strlen(raw), XD_MAX_NAME);
    to = text;
    for (const char *from = text; *from != '\0'; from++) {
        bool fresh = to == text || to[-1] == '/';
        char c = *from;

        if (l->zip && c == '\\') {
            c = '/';
        }
        if (fresh && (c == '/' || (c == '.' && from[1] == '/'))) {
            continue; /* "//", a leading "/", "./": the '/' behind goes the same way */
        }
        *to++ = c;
    }
    *to = '\0';
    return text[0] != '\0' ? text : xd_arena_strdup(a, "(no name)");
}

static void describe_member(struct xd_level *l, struct xd_arena *a,
                            struct archive_entry *entry, struct xd_member *out)
{
    l->has_size = archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0;
    l->size = l->has_size ? (uint64_t)archive_entry_size(entry) : 0;
    out->has_size = l->has_size;
    out->size = l->size;
    out->path = tidy_path(l, a, entry);
    out->why = reject_type(entry);
    out->locked = archive_entry_is_encrypted(entry) != 0;
}

enum xd_step xd_level_next(struct xd_level *l, struct xd_arena *a, struct xd_member *out)
{
    struct archive_entry *entry = NULL;
    la_int64_t before = 0;
    int rc = ARCHIVE_OK;

    if (l->over) {
        return XD_STEP_END;
    }
    if (!l->open) {
        l->open = true;
        rc = archive_read_open(l->archive, l, NULL, feed_level, NULL);
    } else {
        before = archive_filter_bytes(l->archive, 0);
    }
    if (rc == ARCHIVE_OK) {
        rc = archive_read_next_header(l->archive, &entry);
    }
    if (rc == ARCHIVE_EOF) {
        l->over = true;
        return XD_STEP_END;
    }
    if (rc == ARCHIVE_FATAL) {
        l->over = true;
        note_header(l, before);
        return XD_STEP_END;
    }
    if (rc == ARCHIVE_RETRY || rc == ARCHIVE_FAILED || entry == NULL) {
        note_header(l, before);
        return XD_STEP_BAD;
    }
    if (archive_entry_filetype(entry) == AE_IFDIR) {
        return XD_STEP_FOLDER;
    }
    describe_member(l, a, entry, out);
    return out->why == NULL ? XD_STEP_FILE : XD_STEP_SKIP;
}

/* ---- a member's bytes ---- */

struct member {
    struct xd_source base;
    struct xd_level *level;
    bool over;
};

/*
 * The member ends too early, or did not fit its checksum.  What also ends the
 * archive, or comes from below, is reported for the archive.
 */
static void spoil_member(struct member *m, int rc)
{
    struct xd_level *l = m->level;
    const struct xd_damage *cause = xd_source_damage(l->stream);
    bool cut = l->has_size && m->base.given < l->size;

    m->over = true;
    if (rc == ARCHIVE_FATAL) {
        l->over = true;
        note_damage(l, archive_filter_bytes(l->archive, 0));
        if (l->has_size && !cut && !l->zip) {
            return; /* a tar's padding is missing: the file itself is whole */
        }
        cause = cause == NULL ? &l->damage : cause;
    }
    if (cause != NULL) {
        xd_source_spoil(&m->base, cut ? XD_ENTRY_TRUNCATED : cause->status, "%.*s",
                        XD_ERR_TEXT - 1, cause->text);
        m->base.damage.inherited = true;
        return;
    }
    xd_source_spoil(&m->base, cut ? XD_ENTRY_TRUNCATED : XD_ENTRY_DAMAGED,
                    "the %s does not hold it as it was (%s)", name_format(l),
                    name_cause(l));
}

/*
 * libarchive looks at what follows a zip member when it has unpacked its last block,
 * and gives the block together with the error.
 */
static bool read_member(struct xd_source *s, struct xd_slice *out)
{
    struct member *m = (struct member *)s;
    const void *block = NULL;
    size_t len = 0;
    la_int64_t at = 0;

    while (!m->over && len == 0) {
        int rc = archive_read_data_block(m->level->archive, &block, &len, &at);

        if (rc == ARCHIVE_EOF) {
            m->over = true;
            return false;
        }
        if (rc != ARCHIVE_OK) {
            len = m->level->zip ? len : 0;
            m->base.given += len;
            spoil_member(m, rc);
            m->base.given -= len;
        }
    }
    if (len == 0 || (m->level->zip && !xd_source_inflated(s, m->level->budget, len))) {
        m->over = true;
        return false;
    }
    *out = (struct xd_slice){block, len};
    return true;
}

static void free_member(struct xd_source *s)
{
    xd_free(s);
}

struct xd_source *xd_level_member(struct xd_level *l)
{
    struct member *m = xd_alloc(sizeof *m);

    m->base.next = read_member;
    m->base.free = free_member;
    m->level = l;
    return &m->base;
}

/* ---- the end ---- */

/* One record of zeros at least, or a directory's end record that ends the file. */
static bool has_end_mark(const struct xd_level *l)
{
    for (size_t i = 0; !l->zip && i < l->n_tail; i++) {
        if (l->tail[i] != 0) {
            return false;
        }
    }
    for (size_t i = 0; l->zip && i + ZIP_END <= l->n_tail; i++) {
        const uint8_t *p = l->tail + i;
        size_t comment = p[ZIP_END_COMMENT_AT] + 256u * p[ZIP_END_COMMENT_AT + 1];

        if (memcmp(p, "PK\5\6", 4) == 0 && i + ZIP_END + comment == l->n_tail) {
            return true;
        }
    }
    return !l->zip;
}

static void note_level(struct xd_level *l, struct xd_buf *problems)
{
    const struct xd_damage *below = xd_source_damage(l->stream);
    struct xd_buf b = {.max = XD_ERR_TEXT + 60};

    if (below != NULL) {
        if (!below->inherited) {
            xd_walk_problem(problems, l->path, below->text);
        }
        return;
    }
    if (l->damage.status == XD_ENTRY_READ) {
        if (!has_end_mark(l)) {
            xd_walk_problem(
                problems, l->path,
                l->zip ? "the zip does not end with its directory: it was cut off "
                         "or something follows it"
                       : "the tar ends without its end mark: files may be missing");
        }
        return;
    }
    xd_buf_puts(&b, l->damage.text);
    if (l->n_bad_headers > 1) {
        xd_buf_printf(&b, "; %llu blocks passed over",
                      (unsigned long long)l->n_bad_headers);
    }
    xd_walk_problem(problems, l->path, xd_buf_text(&b));
    xd_buf_done(&b);
}

void xd_level_close(struct xd_level *l, struct xd_pipe *pipe, struct xd_buf *problems)
{
    bool more = true;
    struct xd_slice block = {0};

    while (more && !xd_pipe_aborted(pipe)) {
        more = next_block(l, &block);
    }
    note_level(l, problems);
    (void)archive_read_free(l->archive);
    xd_source_free(l->stream);
    xd_free(l->path);
    xd_free(l->stand_in);
    xd_free(l->tail);
    xd_free(l);
}
