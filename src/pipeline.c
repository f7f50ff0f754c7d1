/*
 * pipeline.c - entries to loaders and captures, then the case to diagnose.
 */
#include "expdiag/pipeline.h"

#include "expdiag/capture.h"
#include "expdiag/diagnose.h"
#include "expdiag/load.h"
#include "expdiag/text.h"

#include "pipeline_show.h"

#include <stdlib.h>
#include <string.h>

/* What the events of bundle act on. */
struct reading {
    struct xd_case *cs;
    const struct xd_job *job;
    struct xd_capture *capture;
    struct xd_entry *entry; /* the one being read */
    struct xd_loader *loader;
    bool in_capture;
};

/* "case/diagnostic_log_vcs8c_...tar.gz" to "diagnostic_log_vcs8c_..." */
static const char *name_input(struct xd_arena *a, const char *path)
{
    static const char *const suffixes[] = {".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2",
                                           ".tgz",    ".tar",    ".zip"};
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    struct xd_slice name = {(const uint8_t *)path, len};

    for (size_t i = len; i > 0; i--) {
        if (path[i - 1] == '/' && i < len) {
            name = (struct xd_slice){(const uint8_t *)path + i, len - i};
            break;
        }
    }
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (xd_text_ends_nocase(name, suffixes[i]) && name.len > strlen(suffixes[i])) {
            name.len -= strlen(suffixes[i]);
            break;
        }
    }
    return xd_text_clean(a, (const char *)name.p, name.len, XD_MAX_NAME);
}

static void add_inputs(struct xd_case *cs, const struct xd_job *job)
{
    for (size_t i = 0; i < job->n_inputs; i++) {
        struct xd_input *in = XD_PUSH(cs->arena, cs, inputs);
        const char *path = job->inputs[i].path;

        in->path = xd_text_clean(cs->arena, path, strlen(path), XD_MAX_NAME);
        in->name = name_input(cs->arena, path);
        in->kind = job->inputs[i].kind;
        in->unopened = job->inputs[i].open_error != 0;
    }
}

/*
 * The captures of one bundle are of one node; one whose name says nothing of interface
 * or ring stands alone.
 */
static struct xd_wire_point point_of(struct xd_arena *a, const struct xd_entry *e)
{
    struct xd_wire_point p = {.interface = e->said.interface};

    if (e->said.interface >= 0 || e->said.ring >= 0) {
        p.node = xd_arena_printf(a, "%u\n%s\n%s\n%lld", e->input, e->container,
                                 e->said.host != NULL ? e->said.host : "",
                                 (long long)e->said.stamp);
    }
    return p;
}

static bool wants(const struct reading *r, enum xd_entry_kind kind)
{
    if (r->job->depth == XD_DEPTH_DUMPS) {
        return kind == XD_ENTRY_XCONF_TXT || kind == XD_ENTRY_XCONF_XML ||
               kind == XD_ENTRY_XSTAT_TXT || kind == XD_ENTRY_XSTAT_XML;
    }
    if (kind == XD_ENTRY_PCAP) {
        return r->job->depth != XD_DEPTH_CERTS;
    }
    return kind != XD_ENTRY_OTHER;
}

static enum xd_rc begin_entry(void *arg, const struct xd_bundle_entry *said)
{
    struct reading *r = arg;
    struct xd_arena *a = r->cs->arena;
    struct xd_entry *e = xd_case_entry(r->cs);

    e->input = said->input;
    e->path = xd_arena_strdup(a, said->path);
    e->name = xd_arena_strdup(a, said->name);
    e->label = e->name;
    e->container = xd_arena_strdup(a, said->container);
    e->said = said->said;
    e->said.host = xd_arena_strdup(a, said->said.host);
    e->kind = said->kind;
    r->entry = e;
    r->loader = NULL;
    r->in_capture = false;
    if (r->job->doing != NULL) {
        r->job->doing(r->job->arg, e->path);
    }
    if (!wants(r, e->kind)) {
        return XD_OK;
    }
    if (e->kind == XD_ENTRY_PCAP) {
        r->in_capture = true;
        xd_capture_file_begin(r->capture, e, point_of(a, e));
    } else {
        r->loader = xd_load_begin(r->cs, e);
    }
    return XD_OK;
}

static enum xd_rc take_bytes(void *arg, struct xd_slice bytes)
{
    struct reading *r = arg;

    r->entry->bytes += bytes.len;
    if (r->in_capture) {
        xd_capture_file_bytes(r->capture, bytes);
    } else if (r->loader != NULL) {
        xd_load_bytes(r->loader, bytes);
    }
    return XD_OK;
}

static enum xd_rc end_entry(void *arg, enum xd_entry_status status, const char *detail)
{
    struct reading *r = arg;
    bool cut_short = status == XD_ENTRY_TRUNCATED;

    if (status != XD_ENTRY_READ) {
        xd_case_entry_note(r->cs, r->entry, status, "%s", detail != NULL ? detail : "");
    }
    if (r->in_capture) {
        xd_capture_file_end(r->capture, cut_short);
    } else if (r->loader != NULL) {
        xd_load_end(r->loader, cut_short);
    } else if (r->entry->status == XD_ENTRY_READ) {
        xd_case_entry_note(r->cs, r->entry, XD_ENTRY_SKIPPED,
                           r->entry->kind == XD_ENTRY_PCAP
                               ? "captures are not read by this command"
                               : "not a file that expdiag reads");
    }
    return XD_OK;
}

static enum xd_rc end_input(void *arg, const struct xd_bundle_input_end *end)
{
    struct reading *r = arg;
    struct xd_input *in = &r->cs->inputs[end->input];

    in->kind = end->kind;
    in->bytes = end->bytes;
    in->has_sha256 = end->has_sha256;
    memcpy(in->sha256, end->sha256, sizeof(in->sha256));
    in->unusable = end->unusable || end->no_bundle;
    in->no_bundle = end->no_bundle;
    in->problem = xd_arena_strdup(r->cs->arena, end->problem);
    return XD_OK;
}

static int compare_labels(const struct xd_entry *a, const struct xd_entry *b)
{
    return strcmp(a->label, b->label);
}

static int compare_pems(const void *a, const void *b)
{
    return compare_labels(((const struct xd_pem *)a)->entry,
                          ((const struct xd_pem *)b)->entry);
}

static int compare_dumps(const void *a, const void *b)
{
    return compare_labels((*(struct xd_dump *const *)a)->entry,
                          (*(struct xd_dump *const *)b)->entry);
}

static int compare_logs(const void *a, const void *b)
{
    return compare_labels(((const struct xd_log_span *)a)->entry,
                          ((const struct xd_log_span *)b)->entry);
}

static int compare_events(const void *a, const void *b)
{
    const struct xd_log_event *x = *(struct xd_log_event *const *)a;
    const struct xd_log_event *y = *(struct xd_log_event *const *)b;
    int order = compare_labels(x->place.entry, y->place.entry);

    if (order == 0) {
        order = x->place.line < y->place.line ? -1 : x->place.line > y->place.line;
    }
    return order;
}

static int compare_certs(const void *a, const void *b)
{
    return memcmp((*(struct xd_cert *const *)a)->sha256,
                  (*(struct xd_cert *const *)b)->sha256, 32);
}

static void sort(void *items, size_t n, size_t size,
                 int (*compare)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, size, compare);
    }
}

/* The files of an archive may come in any order: what follows must not see it. */
static void settle_order(struct xd_case *cs)
{
    xd_case_label_entries(cs);
    sort(cs->pems, cs->n_pems, sizeof(*cs->pems), compare_pems);
    sort(cs->dumps, cs->n_dumps, sizeof(struct xd_dump *), compare_dumps);
    sort(cs->logs, cs->n_logs, sizeof(*cs->logs), compare_logs);
    sort(cs->events, cs->n_events, sizeof(struct xd_log_event *), compare_events);
    sort(cs->certs, cs->n_certs, sizeof(struct xd_cert *), compare_certs);
    for (size_t i = 0; i < cs->n_certs; i++) {
        cs->certs[i]->id = (unsigned)i;
    }
}

/*
 * The file of a change, as its loader reads it; no entry of the case: nothing of it is
 * evidence.
 */
static void load_try(struct xd_case *cs, const struct xd_job_try *said, struct xd_try *t)
{
    struct xd_entry *e = xd_arena_alloc(cs->arena, sizeof(*e));
    const char *name =
        xd_text_clean(cs->arena, said->path, strlen(said->path), XD_MAX_NAME);

    *e = (struct xd_entry){.path = name, .name = name, .label = name};
    e->kind = XD_ENTRY_CA_PEM;
    e->bytes = said->bytes.len;
    t->entry = e;
    size_t before = cs->n_pems;
    struct xd_loader *loader = xd_load_begin(cs, e);

    if (loader == NULL) {
        return;
    }
    xd_load_bytes(loader, said->bytes);
    xd_load_end(loader, false);
    for (size_t i = before; i < cs->n_pems; i++) {
        for (size_t k = 0; k < cs->pems[i].n_certs; k++) {
            *XD_PUSH(cs->arena, t, certs) = cs->pems[i].certs[k];
            *XD_PUSH(cs->arena, t, lines) = cs->pems[i].lines[k];
        }
    }
    cs->n_pems = before;
}

/* After all judging, so that what is tried is no evidence of anything. */
static enum xd_rc try_changes(struct xd_case *cs, const struct xd_job *job,
                              const struct xd_diagnose_options *options, struct xd_err *err)
{
    for (size_t i = 0; i < job->n_tries; i++) {
        const struct xd_job_try *said = &job->tries[i];
        struct xd_try *t = XD_PUSH(cs->arena, cs, tries);

        *t = (struct xd_try){.kind = said->kind, .on = said->on, .at = said->at};
        t->argument =
            xd_text_clean(cs->arena, said->argument, strlen(said->argument), XD_MAX_NAME);
        if (said->node.len > 0) {
            t->node_name = xd_text_clean(cs->arena, (const char *)said->node.p,
                                         said->node.len, XD_MAX_NAME);
        }
        if (said->path != NULL) {
            load_try(cs, said, t);
        }
    }
    xd_x509_describe_all(cs);
    xd_x509_judge_issuers(cs, job->roots);
    return xd_diagnose_what_if(cs, options, err);
}

static enum xd_rc judge(struct xd_case *cs, const struct xd_job *job, struct xd_err *err)
{
    struct xd_diagnose_options options = {.roots = job->roots, .at = job->at};

    xd_x509_describe_all(cs);
    xd_diagnose_assemble(cs, &options);
    if (job->depth == XD_DEPTH_ANALYZE) {
        xd_diagnose_judge(cs, &options);
    } else if (job->depth == XD_DEPTH_FLOWS) {
        xd_pipeline_show(cs, &job->show);
    }
    return job->what_if ? try_changes(cs, job, &options, err) : XD_OK;
}

/* All inputs into the case, by a process that may have given its rights up by then. */
static enum xd_rc read_inputs(struct reading *r, struct xd_err *err)
{
    const struct xd_job *job = r->job;
    struct xd_bundle_options bundle_options = {.hash_inputs = job->hash_inputs,
                                               .one_thread = job->one_thread,
                                               .progress = job->progress,
                                               .progress_arg = job->arg};
    struct xd_bundle_sink sink = {r, begin_entry, take_bytes, end_entry, end_input};
    enum xd_rc rc = job->confine != NULL ? job->confine(job->confine_arg, err) : XD_OK;

    if (rc != XD_OK) {
        return rc;
    }
    if (job->keylog.len > 0) {
        xd_capture_secrets(r->capture, job->keylog);
    }
    add_inputs(r->cs, job);
    rc = xd_bundle_read(job->inputs, job->n_inputs, &bundle_options, &sink, err);
    xd_capture_finish(r->capture);
    return rc;
}

enum xd_rc xd_pipeline_run(const struct xd_job *job, struct xd_case **out,
                           struct xd_err *err)
{
    struct reading r = {.cs = xd_case_new(), .job = job};
    struct xd_capture_options capture_options = {.filter = job->capture_filter,
                                                 .no_steps = job->no_steps};
    enum xd_rc rc = xd_capture_new(r.cs, &capture_options, &r.capture, err);

    if (rc == XD_OK) {
        xd_load_init();
        rc = read_inputs(&r, err);
        xd_capture_free(r.capture);
    }
    if (rc != XD_OK) {
        xd_case_free(r.cs);
        return rc;
    }
    settle_order(r.cs);
    rc = judge(r.cs, job, err);
    if (rc != XD_OK) {
        xd_case_free(r.cs);
        return rc;
    }
    *out = r.cs;
    return XD_OK;
}
