/*
 * fuzz_row.c - a row of batch, as a worker hands it on and as a file holds it.  What was
 * read is written and read again to the same.
 */
#include "fuzz.h"

#include "row.h"

static void check_again(const struct xd_row *row)
{
    struct xd_arena *a = xd_arena_new();
    struct xd_buf first = {.max = SIZE_MAX / 2};
    struct xd_buf second = {.max = SIZE_MAX / 2};
    struct xd_err err = {0};
    struct xd_row again;

    xd_row_write(row, true, &first);
    xd_fuzz_require(first.len > 0 && first.bytes[first.len - 1] == '\n' &&
                        memchr(first.bytes, '\n', first.len - 1) == NULL,
                    "a row is one line");
    xd_fuzz_check_text((struct xd_slice){first.bytes, first.len});
    xd_fuzz_check_json((struct xd_slice){first.bytes, first.len});
    xd_fuzz_require(
        xd_row_read((struct xd_slice){first.bytes, first.len}, a, &again, &err) == XD_OK,
        "a row that was written is read");
    xd_row_write(&again, true, &second);
    xd_fuzz_require(first.len == second.len &&
                        memcmp(first.bytes, second.bytes, first.len) == 0,
                    "a row is written as it was read");
    xd_buf_done(&first);
    xd_buf_done(&second);
    xd_arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_arena *a = xd_arena_new();
    uint8_t *exact = xd_fuzz_exact((struct xd_slice){data, size});
    struct xd_row row;
    struct xd_err err = {0};
    enum xd_rc rc = xd_row_read((struct xd_slice){exact, size}, a, &row, &err);

    free(exact);
    if (rc == XD_OK) {
        enum xd_severity worst = XD_INFO;

        xd_fuzz_require(row.n_inputs <= XD_ROW_INPUTS && row.n_nodes <= XD_ROW_NODES &&
                            row.n_findings <= XD_ROW_FINDINGS &&
                            row.n_certs <= XD_ROW_CERTS &&
                            row.n_failures <= XD_ROW_FAILURES,
                        "a row keeps to its limits");
        (void)xd_row_worst(&row, &worst);
        check_again(&row);
    }
    xd_arena_free(a);
    return 0;
}
