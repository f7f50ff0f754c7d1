/*
 * walk.c - from one file to the entries in it: archives within archives on a
 * counted stack, every entry named, told apart and handed to the pipe.
 */
#include "bundle_priv.h"

#include <string.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

enum { SCRATCH_BYTES = 32 << 10 }; /* of names of files done with */

/* What is known of a file before its bytes are looked at. */
struct found {
    const char *path;
    const char *name; /* the end of path */
    const char *container;
    uint64_t size;
    bool has_size;
};

void xd_walk_problem(struct xd_buf *problems, const char *what, const char *text)
{
    if (problems->len > 0) {
        xd_buf_puts(problems, "; ");
    }
    if (what[0] != '\0') {
        xd_buf_printf(problems, "%.*s: ", XD_PIECE_BYTES, what);
    }
    xd_buf_puts(problems, text);
}

/*
 * A name settles the kind, unless the content is certainly something else.  A
 * store's name over certificates stays the store's.
 */
static enum xd_entry_kind decide_kind(enum xd_entry_kind said, enum xd_entry_kind seen)
{
    bool store = said == XD_ENTRY_SERVER_PEM || said == XD_ENTRY_CLIENT_PEM ||
                 said == XD_ENTRY_CA_PEM;

    if (seen == XD_ENTRY_OTHER || (store && seen == XD_ENTRY_PEM)) {
        return said;
    }
    return seen;
}

/* Copy text to *at and move it on. */
static const char *pack_text(char **at, const char *text)
{
    char *start = *at;
    size_t len = 0;

    if (text == NULL) {
        return NULL;
    }
    len = strlen(text) + 1;
    memcpy(start, text, len);
    *at += len;
    return start;
}

/* One block with all texts: it may be freed by another thread than this. */
static struct xd_begun *begin_entry(struct xd_walk *w, const struct found *f)
{
    struct xd_entry_name said = xd_bundle_name_parse(w->scratch, f->name);
    size_t len = strlen(f->path) + 1 + strlen(f->container) + 1 +
                 (said.host != NULL ? strlen(said.host) + 1 : 0);
    struct xd_begun *b = xd_alloc(sizeof *b + len);
    char *at = b->texts;

    said.host = pack_text(&at, said.host);
    b->entry = (struct xd_bundle_entry){
        .input = w->input,
        .path = pack_text(&at, f->path),
        .container = pack_text(&at, f->container),
        .said = said,
        .kind = said.kind,
        .size = f->size,
        .has_size = f->has_size,
    };
    b->entry.name = b->entry.path + strlen(f->path) - strlen(f->name);
    return b;
}

static const char own_file[] = "an operating system's own file";

/* Of what it holds nothing is known, whatever its name says. */
static void skip_entry(struct xd_walk *w, const struct found *f, const char *why)
{
    struct xd_begun *b = begin_entry(w, f);

    b->entry.kind = XD_ENTRY_OTHER;
    xd_pipe_begin(w->pipe, b);
    xd_pipe_end(w->pipe, XD_ENTRY_SKIPPED, why);
}

void xd_walk_unread(struct xd_pipe *pipe, unsigned input, const char *path, const char *why)
{
    struct xd_walk w = {.pipe = pipe, .input = input, .scratch = xd_arena_new()};
    size_t dir = (size_t)(xd_path_name(path) - path);
    struct found f = {.path = path,
                      .name = path + dir,
                      .container = xd_arena_text(w.scratch, path, dir > 0 ? dir - 1 : 0)};

    skip_entry(&w, &f, why);
    xd_arena_free(w.scratch);
}

static void tell_damage(struct xd_walk *w, const struct found *f, const struct xd_damage *d,
                        uint64_t given)
{
    struct xd_buf b = {.max = XD_ERR_TEXT + 100};

    xd_buf_puts(&b, d->text);
    if (f->has_size && given < f->size) {
        xd_buf_printf(&b, "; %llu of %llu bytes were read", (unsigned long long)given,
                      (unsigned long long)f->size);
    }
    xd_pipe_end(w->pipe, d->status, xd_buf_text(&b));
    xd_buf_done(&b);
    if (!d->inherited) {
        xd_walk_problem(&w->problems, f->path, d->text);
    }
}

/* Hand a file over; s is freed. */
static void pass_entry(struct xd_walk *w, const struct found *f, struct xd_source *s,
                       struct xd_slice head)
{
    struct xd_begun *b = begin_entry(w, f);
    struct xd_slice block = {0};
    const struct xd_damage *damage = NULL;

    b->entry.kind = decide_kind(b->entry.said.kind, xd_bundle_sniff(head));
    if (b->entry.kind == XD_ENTRY_OTHER) {
        if (w->foreign == NULL) {
            w->foreign = xd_wrap_foreign(head);
        }
        damage = xd_source_damage(s);
        xd_pipe_begin(w->pipe, b);
        if (damage != NULL) {
            tell_damage(w, f, damage, s->given);
        } else {
            xd_pipe_end(w->pipe, XD_ENTRY_SKIPPED,
                        head.len == 0 ? "empty" : "no kind of file that is read here");
        }
        xd_source_free(s);
        return;
    }
    xd_pipe_begin(w->pipe, b);
    while (!xd_pipe_aborted(w->pipe) && xd_source_next(s, &block)) {
        xd_pipe_bytes(w->pipe, block);
    }
    damage = xd_source_damage(s);
    w->n_known += damage == NULL || s->given > 0 ? 1 : 0;
    if (damage != NULL) {
        tell_damage(w, f, damage, s->given);
    } else {
        xd_pipe_end(w->pipe, XD_ENTRY_READ, NULL);
    }
    xd_source_free(s);
}

/* Open s as an archive on top of the stack, or say why not; s is taken over. */
static void push_level(struct xd_walk *w, const struct found *f, struct xd_source *s,
                       bool zip)
{
    struct xd_level *l = NULL;
    const char *path = w->depth == 0 ? w->place : f->path;

    w->archive = true;
    if (w->depth == XD_MAX_NESTING) {
        skip_entry(w, f, "archives within archives: too deep");
        xd_walk_problem(&w->problems, f->path,
                        "archives within archives: not opened, too deep");
        xd_source_free(s);
        return;
    }
    l = xd_level_new(s, zip, path, w->budget);
    if (l == NULL) {
        skip_entry(w, f, "libarchive cannot read this kind of archive");
        xd_source_free(s);
        return;
    }
    w->levels[w->depth] = l;
    w->depth++;
}

/* Take a compression off; false where there is none (any more). */
static bool unwrap(struct xd_walk *w, struct xd_source **s, struct xd_slice *head,
                   enum xd_wrap wrap)
{
    struct xd_source *inner = NULL;

    if (wrap == XD_WRAP_NONE || wrap == XD_WRAP_TAR || wrap == XD_WRAP_ZIP) {
        return false;
    }
    inner = wrap == XD_WRAP_GZIP ? xd_gzip_new(*s, w->pipe, w->budget)
                                 : xd_unpacker_new(*s, wrap, w->budget);
    *s = xd_peek_new(inner, head);
    return true;
}

/* Of zeros only the name says what they were. */
static bool is_lost_file(struct xd_walk *w, const struct found *f, struct xd_slice head)
{
    return xd_tar_blank(head) &&
           xd_bundle_name_parse(w->scratch, f->name).kind != XD_ENTRY_OTHER;
}

/* A file whose first bytes are known: unpack it, open it, or pass it on. */
static void take_stream(struct xd_walk *w, struct found *f, struct xd_source *s,
                        struct xd_slice head)
{
    enum xd_wrap wrap = xd_wrap_sniff(head);

    for (unsigned i = 0; i < XD_MAX_LAYERS && unwrap(w, &s, &head, wrap); i++) {
        f->has_size = false; /* the size is that of the compressed form */
        wrap = xd_wrap_sniff(head);
    }
    if ((wrap == XD_WRAP_TAR && !is_lost_file(w, f, head)) || wrap == XD_WRAP_ZIP) {
        push_level(w, f, s, wrap == XD_WRAP_ZIP);
    } else {
        pass_entry(w, f, s, head);
    }
}

/* place "!" path, or either where the other is empty. */
static char *join_path(struct xd_arena *a, const char *place, struct xd_slice path)
{
    return xd_arena_printf(a, "%s%s%.*s", place,
                           place[0] != '\0' && path.len > 0 ? "!" : "", (int)path.len,
                           (const char *)path.p);
}

/* One header of the topmost archive. */
static void step_level(struct xd_walk *w, struct xd_arena *a)
{
    struct xd_level *l = w->levels[w->depth - 1];
    struct xd_member m = {0};
    struct found f = {0};
    struct xd_slice head = {0};
    struct xd_slice dir = {0};
    struct xd_source *s = NULL;
    enum xd_step step = XD_STEP_END;

    if (*w->n_entries >= XD_MAX_ENTRIES) {
        xd_level_stop(l, "not read on: more than 20000 files");
    }
    step = xd_level_next(l, a, &m);
    if (step == XD_STEP_END) {
        w->depth--;
        xd_level_close(l, w->pipe, &w->problems);
        return;
    }
    if (step == XD_STEP_BAD) {
        return;
    }
    ++*w->n_entries;
    if (step == XD_STEP_FOLDER) {
        return;
    }
    dir = xd_slice_of(m.path);
    f.name = xd_path_name(m.path);
    dir.len = (size_t)(f.name - m.path);
    dir.len -= dir.len > 0 ? 1 : 0;
    f.path = join_path(a, xd_level_path(l), xd_slice_of(m.path));
    f.container = join_path(a, xd_level_path(l), dir);
    f.size = m.size;
    f.has_size = m.has_size;
    if (m.locked && !w->locked) {
        w->locked = true; /* once: there may be one a file */
        xd_walk_problem(&w->problems, f.path, m.why);
    }
    if (step == XD_STEP_SKIP || xd_path_is_junk(m.path)) {
        skip_entry(w, &f, step == XD_STEP_SKIP ? m.why : own_file);
        return;
    }
    s = xd_peek_new(xd_level_member(l), &head);
    take_stream(w, &f, s, head);
}

void xd_walk_run(struct xd_walk *w)
{
    struct found f = {.path = w->path, .name = xd_path_name(w->path), .container = w->lone};

    w->scratch = xd_arena_new();
    if (w->place[0] != '\0' && xd_path_is_junk(w->path)) { /* found in a folder */
        skip_entry(w, &f, own_file);
        xd_source_free(w->root);
    } else {
        take_stream(w, &f, w->root, w->head);
    }
    w->root = NULL;
    while (w->depth > 0 && !xd_pipe_aborted(w->pipe)) {
        if (xd_arena_used(w->scratch) > SCRATCH_BYTES) {
            xd_arena_free(w->scratch);
            w->scratch = xd_arena_new();
        }
        step_level(w, w->scratch);
    }
    while (w->depth > 0) {
        w->depth--;
        xd_level_close(w->levels[w->depth], w->pipe, &w->problems);
    }
    xd_arena_free(w->scratch);
    w->scratch = NULL;
}
