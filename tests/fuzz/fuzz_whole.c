/*
 * fuzz_whole.c - the whole program: a file as given in, all reports out.
 */
#include "fuzz.h"

#include "expdiag/bundle.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_bundle_file file = {.name = "bundle.tar.gz",
                                  .fd = xd_fuzz_file((struct xd_slice){data, size})};
    struct xd_bundle_input input = {
        .path = "bundle.tar.gz", .kind = XD_INPUT_FILE, .files = &file, .n_files = 1};

    xd_fuzz_reports(&input, 1, (struct xd_slice){(const uint8_t *)"", 0});
    (void)close(file.fd);
    return 0;
}
