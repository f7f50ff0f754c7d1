/*
 * progress.c - how far a run is, on a terminal.
 */
#include "progress.h"

#include "expdiag/buf.h"
#include "expdiag/rune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { QUIET = 500000, LINE_MAX_BYTES = 1000, NAME = 256 };

#define MB 1e6

/* A clock that nobody sets, in microseconds. */
static xd_time read_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (xd_time)now.tv_sec * XD_SECOND + now.tv_nsec / 1000;
}

bool xd_progress_wanted(const struct xd_options *o)
{
    const char *term = getenv("TERM");

    return !o->no_progress && !o->quiet && isatty(STDERR_FILENO) == 1 && term != NULL &&
           strcmp(term, "dumb") != 0;
}

/* Bytes of all files; 0 where one has no size, as a pipe. */
static uint64_t sum_sizes(const struct xd_run *run)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < run->n_paths; i++) {
        for (size_t k = 0; k < run->inputs[i].n_files; k++) {
            const struct xd_bundle_file *f = &run->inputs[i].files[k];
            struct stat st = {0};

            if (f->open_error != 0) {
                continue;
            }
            if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
                return 0;
            }
            sum += (uint64_t)st.st_size;
        }
    }
    return sum;
}

void xd_progress_begin(struct xd_progress *p, const struct xd_run *run)
{
    *p = (struct xd_progress){.run = run, .total = sum_sizes(run), .begun = read_clock()};
}

/* A name, as wide as the line has room for, inert. */
static void add_name(struct xd_buf *line, const char *name, unsigned columns)
{
    struct xd_slice s = xd_slice_of(name);
    unsigned width = 0;

    for (size_t at = 0, used = 0; at < s.len; at += used) {
        uint32_t rune = xd_rune_read(s.p + at, s.len - at, &used);
        bool safe = rune != UINT32_MAX && !xd_rune_is_unsafe(rune);

        width += safe ? xd_rune_width(rune) : 1;
        if (width > columns) {
            return;
        }
        xd_buf_add(line, safe ? (const char *)s.p + at : "?", safe ? used : 1);
    }
}

static void add_left(struct xd_buf *line, double seconds)
{
    unsigned left = seconds < 1 ? 1 : (unsigned)(seconds + 0.5);

    if (left >= 120) {
        xd_buf_printf(line, "%u min left, ", (left + 59) / 60);
    } else {
        xd_buf_printf(line, "%u s left, ", left);
    }
}

static void add_numbers(struct xd_buf *line, const struct xd_progress *p, uint64_t bytes,
                        uint64_t entries, xd_time elapsed)
{
    double rate = (double)bytes / ((double)elapsed / (double)XD_SECOND);

    if (p->total > 0 && bytes >= p->total) {
        xd_buf_printf(line, "%.1f MB read, %llu files; working it out", (double)bytes / MB,
                      (unsigned long long)entries);
        return;
    }
    if (p->total > 0) {
        xd_buf_printf(line, "%2u %% of %.1f MB, %.1f MB/s, ",
                      (unsigned)(100.0 * (double)bytes / (double)p->total),
                      (double)p->total / MB, rate / MB);
    } else {
        xd_buf_printf(line, "%.1f MB, %.1f MB/s, ", (double)bytes / MB, rate / MB);
    }
    if (p->total > 0 && rate > 0) {
        add_left(line, (double)(p->total - bytes) / rate);
    }
    xd_buf_printf(line, "file %llu: ", (unsigned long long)entries);
}

void xd_progress_tick(void *arg, const struct xd_worker_status *status)
{
    struct xd_progress *p = arg;
    xd_time elapsed = read_clock() - p->begun;
    unsigned columns = xd_run_width(STDERR_FILENO, 80) - 1;
    struct xd_buf line = {.max = LINE_MAX_BYTES};
    char name[NAME];

    if (elapsed < QUIET) {
        return;
    }
    memcpy(name, status->doing, sizeof(name)); /* the worker may be writing it */
    name[NAME - 1] = '\0';
    xd_buf_puts(&line, "\r\033[K");
    size_t before = line.len;

    add_numbers(&line, p, status->bytes, status->entries, elapsed);
    size_t used = line.len - before;

    if (used > columns) {
        line.len = before + columns;
    } else if (xd_buf_text(&line)[line.len - 1] == ' ') {
        add_name(&line, name, columns - (unsigned)used);
    }
    (void)fwrite(line.bytes, 1, line.len, stderr);
    (void)fflush(stderr);
    p->drawn = true;
    xd_buf_done(&line);
}

void xd_progress_end(struct xd_progress *p)
{
    if (p->drawn) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
    }
    p->drawn = false;
}
