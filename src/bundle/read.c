/*
 * read.c - all inputs, file by file: who reads it (this thread or another), how it
 * ended, and its sum.
 */
#include "bundle_priv.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "expdiag/alloc.h"
#include "expdiag/text.h"

/* What lasts for the whole run. */
struct run {
    const struct xd_bundle_options *options;
    const struct xd_bundle_sink *sink;
    struct xd_pipe *pipe;
    struct xd_budget budget;
    uint64_t n_entries;
};

/* What an input has come to so far. */
struct outcome {
    struct xd_bundle_input_end end;
    struct xd_buf problems;
    uint64_t n_known;
    bool archive;
    bool hurt;           /* something could not be read */
    const char *foreign; /* what a file is that is no bundle */
};

struct job {
    struct xd_walk walk;
    struct xd_source *raw;
    bool hash;
};

/* Both threads' way through one file. */
static void walk_file(void *arg)
{
    struct job *j = arg;

    xd_walk_run(&j->walk);
}

/*
 * The size of the file as given.  What an archive reader has left unread is read
 * where it has to be summed or where only reading tells its size (a pipe).  By lseek:
 * a sandbox cannot tell fstat of a descriptor from stat of a path.
 */
static uint64_t measure_file(struct run *r, int fd, bool hash)
{
    struct xd_source *rest = NULL;
    bool more = true;
    struct xd_slice block = {0};
    uint64_t size = 0;

    off_t end = hash ? -1 : lseek(fd, 0, SEEK_END);

    if (end >= 0) {
        size = (uint64_t)end;
        return size > r->budget.raw ? size : r->budget.raw;
    }
    rest = xd_raw_new(fd, r->pipe, &r->budget);
    while (more && !xd_pipe_aborted(r->pipe)) {
        more = xd_source_next(rest, &block);
    }
    xd_source_free(rest);
    return r->budget.raw;
}

/*
 * What is packed is unpacked beside the parsing, and a large file copied out of the page
 * cache (a third of all time).  A small plain one is here already, and a pipe, which
 * gives less than a block at a time, is filled by another process anyway.
 */
static bool wants_thread(const struct run *r, struct xd_slice head)
{
    bool large = r->budget.raw >= XD_READ_BYTES;

    return !r->options->one_thread && (large || xd_wrap_sniff(head) != XD_WRAP_NONE);
}

static void read_file(struct run *r, struct outcome *o, const struct xd_bundle_input *input,
                      const struct xd_bundle_file *file)
{
    bool folder = input->kind == XD_INPUT_FOLDER;
    bool hash = r->options->hash_inputs && !folder;
    struct xd_arena *a = xd_arena_new();
    struct job j = {.hash = hash};
    size_t dir = (size_t)(xd_path_name(file->name) - file->name);

    r->budget.raw = 0;
    r->budget.ratio_base = 0;
    xd_pipe_start(r->pipe, hash);
    j.walk = (struct xd_walk){
        .pipe = r->pipe,
        .budget = &r->budget,
        .input = o->end.input,
        .lone = folder ? xd_arena_text(a, file->name, dir > 0 ? dir - 1 : 0) : input->path,
        .path = folder ? file->name : xd_path_name(file->name),
        .place = folder ? file->name : "",
        .n_entries = &r->n_entries,
        .problems = o->problems,
    };
    j.walk.root = xd_peek_new(xd_raw_new(file->fd, r->pipe, &r->budget), &j.walk.head);
    r->n_entries++;
    if (wants_thread(r, j.walk.head)) {
        xd_pipe_run(r->pipe, walk_file, &j);
    } else {
        walk_file(&j);
    }
    o->end.bytes += measure_file(r, file->fd, hash);
    o->end.has_sha256 = xd_pipe_digest(r->pipe, o->end.sha256);
    o->problems = j.walk.problems;
    o->n_known += j.walk.n_known;
    o->archive = o->archive || j.walk.archive;
    o->foreign = o->foreign == NULL ? j.walk.foreign : o->foreign;
    xd_arena_free(a);
}

static void note_unopened(struct run *r, struct outcome *o, const char *what, int code)
{
    char text[128] = "";
    struct xd_buf b = {.max = XD_ERR_TEXT};

    if (code == EXDEV) {
        xd_buf_puts(&b, "not followed: a link out of the folder, or an absolute one; give "
                        "what it leads to as an input of its own");
    } else if (code == E2BIG) {
        xd_buf_printf(&b, "not read: more than %d files, or folders more than %d deep",
                      XD_MAX_FOLDER_FILES, XD_MAX_FOLDER_DEPTH);
    } else if (code == ENODEV) {
        xd_buf_puts(&b, "not read: a device of the system is no bundle");
    } else if (code == ELOOP) {
        xd_buf_puts(&b, "not followed: a link");
    } else {
        xd_buf_printf(&b, "cannot be opened: %s", strerror_r(code, text, sizeof text));
    }
    xd_walk_problem(&o->problems, what, xd_buf_text(&b));
    if (*what != '\0' && code != E2BIG && r->n_entries < XD_MAX_ENTRIES) {
        r->n_entries++;
        xd_walk_unread(r->pipe, o->end.input, what, xd_buf_text(&b));
    }
    xd_buf_done(&b);
}

static void read_files(struct run *r, struct outcome *o,
                       const struct xd_bundle_input *input)
{
    r->n_entries = 0; /* junk in one input must not cost the next one */
    if (input->open_error != 0) {
        note_unopened(r, o, "", input->open_error);
        return;
    }
    for (size_t i = 0; i < input->n_files && !xd_pipe_aborted(r->pipe); i++) {
        const struct xd_bundle_file *file = &input->files[i];

        if (file->open_error != 0) {
            note_unopened(r, o, input->kind == XD_INPUT_FOLDER ? file->name : "",
                          file->open_error);
        } else if (r->n_entries >= XD_MAX_ENTRIES) {
            xd_walk_problem(&o->problems, file->name, "not read: more than 20000 files");
            return;
        } else {
            read_file(r, o, input, file);
        }
    }
}

/* One reason, in words, why nothing came of an input. */
static void judge_outcome(struct outcome *o, const struct xd_bundle_input *input)
{
    struct xd_buf b = {.max = XD_ERR_TEXT};

    if (o->n_known > 0) {
        return;
    }
    o->hurt = o->problems.len > 0;
    o->end.unusable = o->hurt;
    o->end.no_bundle = !o->hurt;
    if (o->hurt) {
        return;
    }
    if (input->kind == XD_INPUT_FOLDER && input->n_files == 0) {
        xd_buf_puts(&b, "an empty folder");
    } else if (o->end.bytes == 0) {
        xd_buf_puts(&b, "an empty file");
    } else if (o->archive || input->kind == XD_INPUT_FOLDER) {
        xd_buf_puts(&b, "no file in it is a capture, certificate, log or dump");
    } else if (o->foreign != NULL) {
        xd_buf_printf(&b, "%s: no bundle, capture, certificate, log or dump", o->foreign);
    } else {
        xd_buf_puts(&b, "neither an archive nor a capture, certificate, log or dump");
    }
    xd_walk_problem(&o->problems, "", xd_buf_text(&b));
    xd_buf_done(&b);
}

static enum xd_rc end_input(struct run *r, struct outcome *o,
                            const struct xd_bundle_input *input)
{
    struct xd_arena *a = xd_arena_new();
    enum xd_rc rc = XD_OK;

    judge_outcome(o, input);
    o->end.kind = input->kind;
    if (input->kind != XD_INPUT_FOLDER) {
        o->end.kind = o->archive ? XD_INPUT_ARCHIVE : XD_INPUT_FILE;
    }
    if (o->problems.len > 0) {
        o->end.problem = xd_text_clean(a, (const char *)o->problems.bytes, o->problems.len,
                                       XD_MAX_PROBLEM);
    }
    rc = r->sink->input_end(r->sink->arg, &o->end);
    xd_arena_free(a);
    return rc;
}

enum xd_rc xd_bundle_read(const struct xd_bundle_input *inputs, size_t n_inputs,
                          const struct xd_bundle_options *options,
                          const struct xd_bundle_sink *sink, struct xd_err *err)
{
    struct run r = {.options = options, .sink = sink};
    enum xd_rc rc = XD_OK;

    r.pipe = xd_pipe_new(sink, options);
    for (size_t i = 0; i < n_inputs && rc != XD_FAIL; i++) {
        struct outcome o = {.problems = {.max = XD_MAX_PROBLEM}};

        o.end.input = (unsigned)i;
        read_files(&r, &o, &inputs[i]);
        rc = xd_pipe_aborted(r.pipe) ? XD_FAIL : end_input(&r, &o, &inputs[i]);
        xd_buf_done(&o.problems);
    }
    xd_pipe_free(r.pipe);
    if (rc == XD_FAIL) {
        return xd_err_set(err, XD_FAIL, 0, "what was read could not be taken in");
    }
    return XD_OK;
}
