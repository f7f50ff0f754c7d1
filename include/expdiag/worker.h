/*
 * worker.h - the supervisor's side: inputs opened, outputs that appear whole or not
 * at all, and the job in a process of its own.
 *
 * The supervisor never parses a byte of an input.
 */
#ifndef EXPDIAG_WORKER_H
#define EXPDIAG_WORKER_H

#include "expdiag/arena.h"
#include "expdiag/base.h"
#include "expdiag/bundle.h"

#include <signal.h>

/*
 * Open the paths read-only: a folder's files are opened in order of their names,
 * to XD_MAX_FOLDER_DEPTH and XD_MAX_FOLDER_FILES; "-" is standard input.  Links to
 * files of the same folder are followed; links out of it (EXDEV) are not, nor links to
 * folders (a loop would never end).  What
 * cannot be opened carries its errno.  Arrays and names live in the arena;
 * descriptors until the process ends.
 */
struct xd_bundle_input *xd_inputs_open(struct xd_arena *a, char *const *paths, size_t n);

/* Is the file at path one of those that are open? */
bool xd_inputs_hold(const struct xd_bundle_input *inputs, size_t n, const char *path);

/*
 * Do two paths lead to one file, or would they, once made?  A device or pipe may well be
 * named twice; "-" is the same as "-" alone.
 */
bool xd_same_file(const char *one, const char *other);

/*
 * The whole of a small file (a key log, roots) into the arena.  XD_BAD: cannot be
 * opened or read, or is longer than max; *err says why.
 */
XD_MUST_USE enum xd_rc xd_input_slurp(struct xd_arena *a, const char *path, size_t max,
                                      struct xd_slice *out, struct xd_err *err);

/* Do two outputs lead to one file or pipe?  "-" is standard output. */
bool xd_outputs_meet(const char *one, const char *other);

/* Where a report goes. */
struct xd_output {
    const char *path;   /* as given; "-": standard output */
    const char *target; /* what stands there in the end: path, or what it links to */
    int fd;             /* to write to; -1: not open */
    char *temporary;    /* renamed to target on success; NULL: written in place */
};

/*
 * Open it: a temporary file beside the target, or the target itself where it is
 * no regular file (a pipe, a terminal).  A link stays one: what it leads to is
 * replaced, or, where that is standard output (/dev/stdout), written to.  XD_FAIL:
 * *err says why.
 */
XD_MUST_USE enum xd_rc xd_output_open(struct xd_arena *a, const char *path,
                                      struct xd_output *out, struct xd_err *err);

/*
 * Make it appear under its name.  XD_FAIL: it could not be written through or renamed,
 * and is gone.
 */
XD_MUST_USE enum xd_rc xd_output_commit(struct xd_output *out, struct xd_err *err);

/*
 * A file that is removed where this process ends for want of memory (xd_alloc_on_end),
 * until it is forgotten; outputs are such by themselves.  The path must live as long.
 */
void xd_temporary_keep(const char *path);
void xd_temporary_forget(const char *path);
void xd_temporaries_remove(void);

/* Remove what there is of it.  Safe after a failed open or commit, and twice. */
void xd_output_discard(struct xd_output *out);

/* Shared between worker and supervisor. */
struct xd_worker_status {
    char doing[256]; /* what the worker reads just now, for the words about a crash */
    volatile uint64_t bytes;   /* read so far of the inputs */
    volatile uint64_t entries; /* begun so far */
};

/* How a worker ended. */
enum xd_worker_end {
    XD_WORKER_EXITED,      /* by itself, with status */
    XD_WORKER_CRASHED,     /* by a signal of its own making: status is the signal */
    XD_WORKER_MEMORY,      /* out of memory */
    XD_WORKER_INTERRUPTED, /* the supervisor got SIGINT, SIGTERM or SIGHUP: status says
                              which */
};

struct xd_worker_result {
    enum xd_worker_end end;
    int status;
    char doing[256];
};

/* What holds a worker. */
struct xd_sandbox {
    bool left_out; /* built without: sanitizers and valgrind need what it forbids */
    bool seccomp;  /* the wall that suffices alone */
    int landlock;  /* version of the second wall, 0: the kernel has none */
};

/*
 * For the worker, before its first thread and the first byte of an input: from here on
 * it can read and write what is open, and nothing else.  It opens no file (EPERM), starts
 * no program and opens no socket (either ends it), and has three quarters of the
 * machine's memory.  Descriptors that are not among keep (sorted in place) are closed.
 */
struct xd_sandbox xd_sandbox_enter(int *keep, size_t n);

/*
 * The filter of system calls, ready to be loaded.  Making it takes longer than all else
 * that confines a worker: who starts many makes it once, before them.
 */
struct xd_sandbox_plan;
struct xd_sandbox_plan *xd_sandbox_plan_new(void);
void xd_sandbox_plan_free(struct xd_sandbox_plan *plan);
struct xd_sandbox xd_sandbox_enter_as(const struct xd_sandbox_plan *plan, int *keep,
                                      size_t n);

/*
 * False: this kernel filters no system calls, and the inputs are read without a sandbox.
 * True also where it is left out.
 */
bool xd_sandbox_possible(void);

/*
 * No sockets from here on (EPERM): for what must look up names in files and would ask the
 * network for others, as filter expressions do.  Files can still be opened.
 */
void xd_sandbox_offline(void);

/* The job: runs in the worker; its return value is the exit status (0 to 4). */
typedef int (*xd_worker_job_fn)(void *arg, struct xd_worker_status *status);

/* Called by the supervisor some five times a second while the worker works. */
struct xd_worker_watch {
    void (*tick)(void *arg, const struct xd_worker_status *status);
    void *arg;
};

/*
 * The signals that end a program wait from here on: hold them before an output is made and
 * set the mask back when it appeared or vanished, and no moment leaves half a report.
 * xd_worker_run answers those that come while the worker works.
 */
void xd_worker_hold_signals(sigset_t *before);

/* End by this signal, held or not, as if nobody had caught it. */
void xd_worker_end_by(int number);

/*
 * Run the job in a child process and wait for it; watch may be NULL.  XD_FAIL: no process
 * could be made.  The child leaves by _exit: nothing that the supervisor has to do is done
 * twice.
 */
XD_MUST_USE enum xd_rc xd_worker_run(xd_worker_job_fn job, void *arg,
                                     const struct xd_worker_watch *watch,
                                     struct xd_worker_result *out, struct xd_err *err);

#endif
