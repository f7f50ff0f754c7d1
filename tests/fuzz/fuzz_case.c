/*
 * fuzz_case.c - the whole program on files without an archive around them (given.c).
 */
#include "fuzz.h"

#include "expdiag/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_cur c = xd_cur_init((struct xd_slice){data, size});
    struct xd_slice keylog;
    struct xd_bundle_input *inputs = xd_fuzz_given(&c, &keylog);

    xd_fuzz_reports(inputs, 2, keylog);
    xd_fuzz_given_done();
    return 0;
}
