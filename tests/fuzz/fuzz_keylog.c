/*
 * fuzz_keylog.c - lines of an NSS key log.
 */
#include "fuzz.h"

#include "expdiag/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_case *cs = xd_case_new();
    struct xd_wire *w = xd_wire_new(cs);
    uint8_t *exact = xd_fuzz_exact((struct xd_slice){data, size});

    xd_wire_secrets(w, (struct xd_slice){exact, size});
    free(exact);
    xd_wire_finish(w);
    xd_wire_free(w);
    xd_case_free(cs);
    return 0;
}
