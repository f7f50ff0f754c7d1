/*
 * run.h - one supervised run: inputs and outputs opened here, the work in a process of
 * its own, outputs that appear whole or not at all.
 */
#ifndef EXPDIAG_RUN_H
#define EXPDIAG_RUN_H

#include "command.h"

#include "expdiag/arena.h"
#include "expdiag/report.h"
#include "expdiag/worker.h"

/* The reports by their form, and what else a run writes. */
enum { XD_OUTPUT_MAP = XD_FORMAT_COUNT, XD_OUTPUT_COUNT };

struct xd_run;

/* The worker's part: reads, writes the outputs, gives the exit status. */
typedef int (*xd_run_work_fn)(struct xd_run *run);

/* Everything that the worker needs, ready before it starts. */
struct xd_run {
    const struct xd_options *o;
    struct xd_arena *arena;
    char *const *paths; /* the inputs to open; none: the command reads files by itself */
    size_t n_paths;
    struct xd_bundle_input *inputs;            /* as many; opened by xd_run_supervised */
    struct xd_output outputs[XD_OUTPUT_COUNT]; /* fd -1: not wanted */
    const char **reads;                        /* files of options, read already */
    size_t n_reads;
    size_t cap_reads;
    struct xd_report_link *links;    /* where the inputs lie; NULL: no links */
    void *own;                       /* the command's */
    xd_time now;                     /* XD_TIME_NONE with --reproducible */
    struct xd_worker_status *status; /* in the worker */
    uint64_t bytes_before;           /* of inputs that are done with */
};

/* A run of the options' arguments; end it with xd_run_done. */
struct xd_run xd_run_new(const struct xd_options *o);
void xd_run_done(struct xd_run *run);

/* The whole of an option's file.  No output may then go over it.  XD_BAD as slurp. */
XD_MUST_USE enum xd_rc xd_run_slurp(struct xd_run *run, const char *path, size_t max,
                                    struct xd_slice *out, struct xd_err *err);

/* Open everything, do the work in a child, let the outputs appear; the exit status. */
int xd_run_supervised(struct xd_run *run, xd_run_work_fn work);

/* In the worker, before the first byte of a stranger's file: give rights up. */
void xd_run_confine(struct xd_run *run);

/* What is being read, for progress and the words about a crash; each counts as a file. */
void xd_run_doing(struct xd_run *run, const char *label);
/* What is being done that is no file. */
void xd_run_stage(struct xd_run *run, const char *label);

/* What a text written to fd looks like. */
bool xd_run_color(const struct xd_options *o, int fd);
/* Are places links there? */
bool xd_run_links_wanted(const struct xd_options *o, int fd);
/* Find out where the inputs lie: a sandboxed worker could not. */
void xd_run_locate(struct xd_run *run);
/* Columns of a terminal; `otherwise` where fd is none. */
unsigned xd_run_width(int fd, unsigned otherwise);

#endif
