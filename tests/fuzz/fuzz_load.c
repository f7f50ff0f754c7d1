/*
 * fuzz_load.c - one loader (FUZZ_LOAD_KINDS names which): a byte that chooses kind and
 * block sizes, then the file.  However it is cut into blocks, the same comes out.
 */
#include "fuzz.h"

#include "expdiag/load.h"

static const enum xd_entry_kind kinds[] = {FUZZ_LOAD_KINDS};

static void take_block(void *arg, struct xd_slice block)
{
    xd_load_bytes(arg, block);
}

static uint64_t load(struct xd_slice file, enum xd_entry_kind kind, unsigned how, bool cut)
{
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);
    uint64_t sum = 0;

    entry->name = entry->path = entry->label = "file";
    entry->kind = kind;
    struct xd_loader *l = xd_load_begin(cs, entry);

    xd_fuzz_blocks(file, how, take_block, l);
    xd_load_end(l, cut);
    sum = xd_fuzz_sum(cs);
    xd_case_free(cs);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct xd_slice file = {data + 1, size - 1};
    enum xd_entry_kind kind = kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))];
    bool cut = (data[0] & 0x80) != 0;

    xd_fuzz_require(load(file, kind, 0, cut) == load(file, kind, 1U + data[0] / 4U, cut),
                    "blocks do not change what a file says");
    return 0;
}
