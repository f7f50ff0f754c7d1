/*
 * fuzz_report.c - a stored report, JSON or HTML, read back and written in every form.  What
 * was written once is read and written again to the same bytes.
 */
#include "fuzz.h"

#include "expdiag/report.h"

static void write_json(struct xd_report_loaded *r, struct xd_buf *out)
{
    struct xd_err err = {0};

    *out = (struct xd_buf){.max = SIZE_MAX / 2};
    r->options.hold = out;
    xd_fuzz_require(xd_report_json(r->cs, &r->options, -1, &err) == XD_OK,
                    "JSON is written");
    r->options.hold = NULL;
}

static void check_again(struct xd_report_loaded *r)
{
    struct xd_report_loaded again;
    struct xd_err err = {0};
    struct xd_buf first;
    struct xd_buf second;

    write_json(r, &first);
    xd_fuzz_require(
        xd_report_read((struct xd_slice){first.bytes, first.len}, &again, &err) == XD_OK,
        "what show wrote, show reads");
    write_json(&again, &second);
    xd_fuzz_require(first.len == second.len &&
                        memcmp(first.bytes, second.bytes, first.len) == 0,
                    "what was read is written as it was");
    xd_case_free(again.cs);
    xd_buf_done(&first);
    xd_buf_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *exact = xd_fuzz_exact((struct xd_slice){data, size});
    struct xd_report_loaded r;
    struct xd_err err = {0};
    enum xd_rc rc = xd_report_read((struct xd_slice){exact, size}, &r, &err);

    free(exact); /* nothing of the case may lie in it */
    if (rc != XD_OK) {
        xd_fuzz_require(rc == XD_BAD && err.text[0] != '\0', "a refusal has a reason");
        return 0;
    }
    r.options.width = 80;
    xd_fuzz_write_reports(r.cs, &r.options);
    r.options.width = 0;
    r.options.verbose = true;
    xd_fuzz_write_reports(r.cs, &r.options);
    check_again(&r);
    xd_case_free(r.cs);
    return 0;
}
