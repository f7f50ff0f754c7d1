/*
 * shard.c - which part of an archive this run takes.
 */
#include "expdiag/batch.h"

#include "expdiag/text.h"

#include <string.h>

enum { MOST_SHARDS = 1000000 };

static bool read_number(const char *text, uint64_t *out)
{
    return text != NULL && xd_text_number(xd_slice_of(text), UINT32_MAX, out);
}

static enum xd_rc refuse(const char *text, const char *way, struct xd_err *err)
{
    return xd_err_set(err, XD_BAD, 0, "--shard '%s': %s", text, way);
}

/*
 * Number and count of a Slurm array whose indices have no gaps.  Where the user gives the
 * count, single tasks may run again: then first and count are theirs, and the numbers
 * themselves must be those of the shards.
 */
static bool of_slurm(const char *(*lookup)(const char *name), bool counted, uint64_t *k,
                     uint64_t *n)
{
    uint64_t first = 1;
    uint64_t step = 1;

    if (!read_number(lookup("SLURM_ARRAY_TASK_ID"), k)) {
        return false;
    }
    if (counted) {
        return true;
    }
    (void)read_number(lookup("SLURM_ARRAY_TASK_MIN"), &first);
    (void)read_number(lookup("SLURM_ARRAY_TASK_STEP"), &step);
    (void)read_number(lookup("SLURM_ARRAY_TASK_COUNT"), n);
    *k = *k < first || step == 0 ? 0 : (*k - first) / step + 1;
    return true;
}

/* An indexed job counts from 0 and is told its own size only where the manifest does. */
static bool of_kubernetes(const char *(*lookup)(const char *name), uint64_t *k, uint64_t *n)
{
    if (!read_number(lookup("JOB_COMPLETION_INDEX"), k)) {
        return false;
    }
    (void)read_number(lookup("JOB_COMPLETIONS"), n);
    *k += 1;
    return true;
}

static enum xd_rc find_auto(const char *text, const char *(*lookup)(const char *name),
                            uint64_t *k, uint64_t *n, struct xd_err *err)
{
    uint64_t told = 0;

    if (!of_slurm(lookup, *n != 0, k, &told) && !of_kubernetes(lookup, k, &told)) {
        return refuse(text,
                      "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; "
                      "give K/N",
                      err);
    }
    if (*n == 0) {
        *n = told;
    }
    return *n > 0 ? XD_OK
                  : refuse(text, "how many there are is not told; give auto/N", err);
}

enum xd_rc xd_batch_shard_parse(const char *text, const char *(*lookup)(const char *name),
                                struct xd_batch_options *o, struct xd_err *err)
{
    static const char way[] = "give K/N with K from 1 to N, auto, or auto/N";
    const char *slash = strchr(text, '/');
    struct xd_slice head = {(const uint8_t *)text,
                            slash == NULL ? strlen(text) : (size_t)(slash - text)};
    bool automatic = xd_slice_equal(head, xd_slice_of("auto"));
    uint64_t k = 0;
    uint64_t n = 0;

    if (slash != NULL && (!read_number(slash + 1, &n) || n == 0 || n > MOST_SHARDS)) {
        return refuse(text, way, err);
    }
    if (automatic && find_auto(text, lookup, &k, &n, err) != XD_OK) {
        return XD_BAD;
    }
    if (!automatic && (slash == NULL || !xd_text_number(head, MOST_SHARDS, &k))) {
        return refuse(text, way, err);
    }
    if (k < 1 || k > n) {
        return refuse(text,
                      automatic ? "this task's number is beyond their count: an array with "
                                  "gaps needs auto/N, and numbers from 1 to N"
                                : way,
                      err);
    }
    o->shard = (unsigned)k;
    o->shards = (unsigned)n;
    return XD_OK;
}
