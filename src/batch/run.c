/*
 * run.c - a batch from its paths to its rows: find, hand out, gather, write in groups.
 *
 * Order of a group on its way to disk: reports, then lines, then the database.  So a row
 * never names a report that is not there, and a case is done where all have it.
 */
#include "run_priv.h"

#include "hook.h"

#include "expdiag/alloc.h"
#include "expdiag/crypto.h"
#include "expdiag/limits.h"
#include "expdiag/text.h"
#include "expdiag/worker.h"
#include "expdiag/x509.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rules_version.h"

double xd_run_clock(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what is to be done ---- */

static unsigned count_cores(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* Three quarters of the machine for all workers together. */
static unsigned fair_memory(unsigned jobs)
{
    enum { LEAST_MIB = 256, MOST_MIB = 4096 };
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);

    if (pages <= 0 || size <= 0) {
        return MOST_MIB;
    }
    uint64_t mib = (uint64_t)pages * (uint64_t)size / 4 * 3 / jobs >> 20;

    return mib < LEAST_MIB ? LEAST_MIB : mib > MOST_MIB ? MOST_MIB : (unsigned)mib;
}

/* Same sources, same roots, same time: same verdicts. */
static void name_rules(struct xd_run *r)
{
    struct xd_sha256 *h = xd_sha256_new();
    struct xd_roots roots = {0};
    char hex[65];
    char at[XD_TIME_TEXT];
    uint8_t sum[32];

    if (r->o->public_roots == NULL) {
        xd_roots_builtin(&roots);
        xd_sha256_add(h, roots.pem);
    } else {
        xd_sha256_add(h, r->pool_options.roots_pem);
    }
    xd_sha256_add(h, xd_slice_of(XD_RULES_SOURCES));
    xd_sha256_add(h, xd_slice_of(xd_time_format(r->o->at, at)));
    xd_sha256_add(h, r->pool_options.keylog);
    xd_sha256_done(h, sum);
    xd_text_hex(sum, 6, hex);
    r->rules = xd_arena_printf(r->arena, "%s-%s", EXPDIAG_VERSION, hex);
}

static enum xd_rc set_up(struct xd_run *r, struct xd_err *err)
{
    const struct xd_batch_options *o = r->o;
    struct xd_pool_options *p = &r->pool_options;
    unsigned cores = count_cores();

    p->jobs = o->jobs != 0 ? o->jobs : cores;
    p->timeout = o->timeout != 0 ? o->timeout : XD_RUN_TIMEOUT;
    p->memory = o->memory != 0 ? o->memory : fair_memory(p->jobs);
    p->one_thread = p->jobs >= cores;
    p->public_roots = o->public_roots;
    p->reports = o->reports;
    p->at = o->at;
    p->now = o->now;
    if (o->public_roots != NULL && xd_input_slurp(r->arena, o->public_roots, XD_MAX_ROOTS,
                                                  &p->roots_pem, err) != XD_OK) {
        return XD_BAD;
    }
    if (o->reports != NULL && mkdir(o->reports, 0777) != 0 && errno != EEXIST) {
        return xd_err_set(err, XD_BAD, 0, "%s: cannot be created: %s", o->reports,
                          strerror(errno));
    }
    if (o->keylog != NULL &&
        xd_input_slurp(r->arena, o->keylog, XD_MAX_KEYLOG, &p->keylog, err) != XD_OK) {
        return XD_BAD;
    }
    name_rules(r);
    if (!o->redact) {
        return XD_OK;
    }
    p->redact = &r->redact.key;
    return xd_redact_open(&r->redact, o->redact_map, o->resume, err);
}

static int compare_cases(const void *a, const void *b)
{
    return strcmp(((const struct xd_find_case *)a)->name,
                  ((const struct xd_find_case *)b)->name);
}

/* From here on a case is known by its pseudonym, in rows of earlier runs too. */
static void hide_names(struct xd_run *r)
{
    struct xd_find *f = &r->find;

    for (size_t i = 0; i < f->n_cases; i++) {
        struct xd_find_case *c = &f->cases[i];

        c->original = c->name;
        c->name = xd_redact_pseudonym(r->arena, &r->redact.key, "case", c->original);
    }
    if (f->n_cases > 1) {
        qsort(f->cases, f->n_cases, sizeof(*f->cases), compare_cases);
    }
}

/* What fingerprints begin with; under pseudonyms nobody else can make them. */
static const char *salt_of(const struct xd_run *r)
{
    char hex[2 * sizeof(r->redact.key.bytes) + 1];

    if (!r->o->redact) {
        return r->rules;
    }
    xd_text_hex(r->redact.key.bytes, sizeof(r->redact.key.bytes), hex);
    return xd_arena_printf(r->arena, "%s %s", r->rules, hex);
}

/* The cases of this shard alone, and where each is found by its name. */
static void take_shard(struct xd_run *r)
{
    struct xd_find *f = &r->find;
    size_t kept = 0;

    for (size_t i = 0; i < f->n_cases; i++) {
        if (xd_find_in_shard(f->cases[i].name, r->o->shard, r->o->shards)) {
            f->cases[kept++] = f->cases[i];
        }
    }
    f->n_cases = kept;
    if (r->o->redact) {
        hide_names(r);
    }
    r->flags = xd_alloc_array(kept + 1, sizeof(*r->flags));
    r->progress.cases = kept;
}

/* ---- what is done already ---- */

static void note_worst(struct xd_run *r, const struct xd_row *row)
{
    enum xd_severity worst = XD_INFO;

    if (xd_row_worst(row, &worst) && (!r->out->found || worst > r->out->worst)) {
        r->out->worst = worst;
        r->out->found = true;
    }
}

static int compare_name(const void *key, const void *element)
{
    return strcmp(key, ((const struct xd_find_case *)element)->name);
}

static struct xd_find_case *find_case(const struct xd_run *r, const char *name)
{
    return r->find.n_cases == 0 ? NULL
                                : bsearch(name, r->find.cases, r->find.n_cases,
                                          sizeof(*r->find.cases), compare_name);
}

const char *xd_run_fingerprint(const struct xd_find_case *c, char out[33])
{
    xd_text_hex(c->fingerprint, sizeof(c->fingerprint), out);
    return out;
}

/*
 * Does the row stand?  Where the case was analysed by the same rules from the same files,
 * yes; what failed, or lacks the reports that are wanted now, is done again.
 */
static bool stands(const struct xd_run *r, const struct xd_find_case *c,
                   const struct xd_row *row)
{
    char hex[33];

    return (row->status == XD_ROW_OK || row->status == XD_ROW_DAMAGED) &&
           (r->o->reports == NULL || row->report != NULL) &&
           strcmp(row->rules, r->rules) == 0 &&
           strcmp(row->fingerprint, xd_run_fingerprint(c, hex)) == 0;
}

static bool keep_line(void *arg, const struct xd_row *row)
{
    struct xd_run *r = arg;
    const struct xd_find_case *c = find_case(r, row->name);
    uint8_t *flags = c == NULL ? NULL : &r->flags[c - r->find.cases];

    if (c == NULL) { /* of another shard, or its files are gone: not ours to judge */
        return true;
    }
    if ((*flags & XD_RUN_IN_LINES) != 0 || !stands(r, c, row)) {
        return false;
    }
    *flags |= XD_RUN_IN_LINES;
    note_worst(r, row);
    return true;
}

static void note_known(void *arg, const struct xd_row *row)
{
    struct xd_run *r = arg;
    const struct xd_find_case *c = find_case(r, row->name);

    if (c != NULL && stands(r, c, row)) {
        r->flags[c - r->find.cases] |= XD_RUN_IN_DB;
        note_worst(r, row);
    }
}

static enum xd_rc open_sinks(struct xd_run *r, struct xd_err *err)
{
    const struct xd_batch_options *o = r->o;
    enum xd_rc rc = XD_OK;

    if (o->ndjson != NULL) {
        rc = xd_ndjson_open(&r->lines, o->ndjson, o->resume, keep_line, r, err);
    }
    if (rc == XD_OK && o->db != NULL) {
        rc = xd_db_open(o->db, true, &r->db, err);
    }
    if (rc == XD_OK && r->db != NULL && o->resume) {
        rc = xd_db_known(r->db, r->rules, note_known, r, err);
    }
    r->wanted = (uint8_t)((o->ndjson != NULL ? XD_RUN_IN_LINES : 0) |
                          (o->db != NULL ? XD_RUN_IN_DB : 0));
    for (size_t i = 0; i < r->find.n_cases && r->wanted != 0; i++) {
        r->progress.unchanged += (r->flags[i] & r->wanted) == r->wanted;
    }
    return rc;
}

/* ---- handing out ---- */

static enum xd_rc submit(struct xd_run *r, size_t i, struct xd_err *err)
{
    const struct xd_find_case *c = &r->find.cases[i];
    struct xd_arena *a = xd_arena_new();
    char **paths = xd_arena_alloc(a, c->count * sizeof(*paths));
    bool *expected = xd_arena_alloc(a, c->count * sizeof(*expected));
    struct xd_pool_job job = {.id = (uint32_t)i,
                              .name = c->name,
                              .paths = paths,
                              .expected = expected,
                              .n_paths = c->count};

    for (size_t k = 0; k < c->count; k++) {
        const struct xd_find_bundle *b = &r->find.bundles[c->first + k];

        paths[k] = xd_find_path(b, a);
        expected[k] = b->expected;
    }
    if (r->o->reports != NULL) {
        job.report = xd_run_report_name(a, c->name);
    }
    r->flags[i] |= XD_RUN_OUT;
    enum xd_rc rc = xd_pool_submit(r->pool, &job, err);

    r->running++;
    xd_arena_free(a);
    return rc;
}

/* So many that no worker waits while we write: a disk takes some 20 ms to be sure. */
static enum xd_rc hand_out(struct xd_run *r, struct xd_err *err)
{
    enum xd_rc rc = XD_OK;

    while (rc == XD_OK && r->next < r->find.n_cases &&
           r->running < (size_t)r->pool_options.jobs + XD_RUN_AHEAD) {
        size_t i = r->next++;

        if (r->wanted == 0 || (r->flags[i] & r->wanted) != r->wanted) {
            rc = submit(r, i, err);
        }
    }
    return rc;
}

/* ---- gathering ---- */

static enum xd_rc flush_group(struct xd_run *r, struct xd_err *err)
{
    struct xd_row *to_db = xd_arena_alloc(r->group, (r->n_rows + 1) * sizeof(*to_db));
    struct xd_buf lines = {.max = SIZE_MAX / 2};
    size_t n = 0;
    enum xd_rc rc = XD_OK;

    if (r->n_rows > 0 && r->o->reports != NULL) {
        xd_run_sync_reports(r->o->reports);
    }
    for (size_t i = 0; i < r->n_rows; i++) {
        uint8_t has = r->flags[r->row_cases[i]];

        if ((r->wanted & XD_RUN_IN_LINES & ~has) != 0) {
            xd_row_write(&r->rows[i], false, &lines);
        }
        if ((r->wanted & XD_RUN_IN_DB & ~has) != 0) {
            to_db[n++] = r->rows[i];
        }
    }
    if (r->n_rows > 0) {
        rc = xd_redact_flush(&r->redact, err);
    }
    if (rc == XD_OK && lines.len > 0) {
        rc = xd_ndjson_append(&r->lines, (struct xd_slice){lines.bytes, lines.len}, err);
    }
    if (rc == XD_OK && n > 0) {
        rc = xd_db_put(r->db, to_db, n, err);
    }
    xd_buf_done(&lines);
    xd_arena_free(r->group);
    r->group = xd_arena_new();
    r->rows = NULL;
    r->row_cases = NULL;
    r->n_rows = r->cap_rows = r->n_row_cases = r->cap_row_cases = 0;
    return rc;
}

static enum xd_rc take_end(struct xd_run *r, const struct xd_pool_end *end,
                           struct xd_err *err)
{
    const struct xd_find_case *c = &r->find.cases[end->id];
    struct xd_row row;
    enum xd_rc rc = XD_OK;

    r->running--;
    if (xd_run_make_row(r, c, end, &row, err) != XD_OK) {
        return XD_FAIL;
    }
    r->flags[end->id] &= (uint8_t)~XD_RUN_OUT; /* what is left of it settles now */
    r->progress.no_bundle += row.no_bundle;
    if (r->o->reports != NULL) {
        rc = xd_run_settle_reports(r->o->reports, &row, err);
    }
    if (row.nothing) {
        r->progress.cases--;
        return rc;
    }
    r->progress.done++;
    r->progress.by_status[row.status]++;
    r->out->unreadable =
        r->out->unreadable || (row.status != XD_ROW_OK && row.status != XD_ROW_DAMAGED);
    note_worst(r, &row);
    if (r->n_rows == 0) {
        r->group_since = xd_run_clock();
    }
    if (r->o->redact) {
        xd_redact_add(&r->redact, c->name, c->original, end->names);
    }
    *XD_PUSH(r->group, r, rows) = row;
    *XD_PUSH(r->group, r, row_cases) = end->id;
    return rc;
}

static enum xd_rc gather(struct xd_run *r, struct xd_err *err)
{
    struct xd_pool_end end;
    enum xd_rc rc = xd_pool_receive(r->pool, err);

    while (rc == XD_OK && xd_pool_take(r->pool, &end)) {
        rc = take_end(r, &end, err);
        if (rc == XD_OK && r->n_rows >= xd_hook_group(XD_RUN_GROUP)) {
            rc = flush_group(r, err);
        }
    }
    return rc;
}

/* ---- the loop ---- */

static void tell_progress(struct xd_run *r, bool last)
{
    double now = xd_run_clock();

    if (r->o->progress != NULL && (last || now - r->told >= 0.2)) {
        r->told = now;
        r->progress.seconds = now - r->began;
        r->progress.last = last;
        r->o->progress(r->o->arg, &r->progress);
    }
}

static enum xd_rc wait_for_ends(struct xd_run *r, struct xd_err *err)
{
    struct pollfd p[] = {{.fd = xd_pool_fd(r->pool), .events = POLLIN},
                         {.fd = r->signals, .events = POLLIN}};
    struct signalfd_siginfo info;

    if (poll(p, 2, 200) < 0 && errno != EINTR) {
        return xd_err_set(err, XD_FAIL, 0, "waiting failed: %s", strerror(errno));
    }
    if (read(r->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        r->out->interrupted_by = (int)info.ssi_signo;
        return XD_OK;
    }
    return (p[0].revents & (POLLIN | POLLHUP)) != 0 ? gather(r, err) : XD_OK;
}

/* An archive without a bundle is more likely a wrong path than an archive. */
static void say_nothing_found(struct xd_run *r)
{
    if (r->o->say != NULL && r->find.unreadable == 0) {
        r->o->say(r->o->arg, "no bundle was found");
    }
    r->out->unreadable = true;
}

static enum xd_rc work_through(struct xd_run *r, struct xd_err *err)
{
    enum xd_rc rc = XD_OK;

    r->began = xd_run_clock();
    while (rc == XD_OK && r->out->interrupted_by == 0) {
        rc = hand_out(r, err);
        if (rc != XD_OK || r->running == 0) {
            break;
        }
        rc = wait_for_ends(r, err);
        if (rc == XD_OK && r->n_rows > 0 &&
            xd_run_clock() - r->group_since >= XD_RUN_GROUP_SECONDS) {
            rc = flush_group(r, err);
        }
        tell_progress(r, false);
    }
    struct xd_err second = {0};
    enum xd_rc last = flush_group(r, rc == XD_OK ? err : &second); /* what is done stands */

    rc = rc == XD_OK ? last : rc;
    if (r->find.n_cases > 0 && r->progress.cases == 0) { /* all were something else */
        say_nothing_found(r);
    }
    tell_progress(r, true);
    return rc;
}

static void say_found(struct xd_run *r)
{
    const struct xd_find *f = &r->find;

    r->progress.no_bundle = f->no_bundle;
    r->out->unreadable = f->unreadable > 0;
    if (f->n_cases == 0) {
        say_nothing_found(r);
    }
    for (size_t i = 0; i < f->n_cases && r->o->say != NULL; i++) {
        if (f->cases[i].count > XD_RUN_MANY && r->o->group == XD_GROUP_BY_FOLDER) {
            r->o->say(r->o->arg,
                      xd_arena_printf(r->arena,
                                      "%s: %u bundles of one folder are read as one case; "
                                      "--group by-name or none parts them",
                                      f->cases[i].name, f->cases[i].count));
        }
    }
}

static void watch_signals(struct xd_run *r, sigset_t *before)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGQUIT);
    (void)sigprocmask(SIG_BLOCK, &set, before);
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on files then is an error with words */
    r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum xd_rc run_all(struct xd_run *r, struct xd_err *err)
{
    enum xd_rc rc = set_up(r, err);

    if (rc == XD_OK) {
        rc = xd_pool_start(&r->pool_options, &r->pool, err);
    }
    if (rc == XD_OK) {
        r->find.say = r->o->say;
        r->find.arg = r->o->arg;
        rc = xd_find_run(&r->find, r->o, salt_of(r), err);
    }
    if (rc == XD_OK) {
        say_found(r);
        take_shard(r);
        rc = open_sinks(r, err);
    }
    return rc == XD_OK ? work_through(r, err) : rc;
}

/* What workers that were ended left of their reports. */
static void drop_parts(const struct xd_run *r)
{
    for (size_t i = 0; i < r->find.n_cases && r->flags != NULL; i++) {
        if ((r->flags[i] & XD_RUN_OUT) != 0 && r->o->reports != NULL) {
            xd_run_drop_reports(r->o->reports, r->find.cases[i].name);
        }
    }
}

enum xd_rc xd_batch_run(const struct xd_batch_options *o, struct xd_batch_result *out,
                        struct xd_err *err)
{
    struct xd_run r = {.o = o,
                       .out = out,
                       .arena = xd_arena_new(),
                       .group = xd_arena_new(),
                       .lines = {.fd = -1},
                       .redact = {.fd = -1}};
    sigset_t before;

    *out = (struct xd_batch_result){.found = false};
    watch_signals(&r, &before);
    enum xd_rc rc = run_all(&r, err);

    xd_pool_stop(r.pool);
    drop_parts(&r);
    xd_redact_close(&r.redact);
    xd_ndjson_close(&r.lines);
    xd_db_close(r.db);
    out->progress = r.progress;
    xd_find_done(&r.find);
    xd_free(r.flags);
    xd_arena_free(r.group);
    xd_arena_free(r.arena);
    if (r.signals >= 0) {
        (void)close(r.signals);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}
