/*
 * fuzz_capture.c - a classic capture or a pcapng: two bytes that choose block sizes and
 * whether a filter runs, then the file.  However it is cut into blocks, the same comes out.
 */
#include "fuzz.h"

#include "expdiag/capture.h"

static void take_block(void *arg, struct xd_slice block)
{
    xd_capture_file_bytes(arg, block);
}

static uint64_t read_capture(struct xd_slice file, unsigned how, const char *filter,
                             bool cut)
{
    struct xd_case *cs = xd_case_new();
    struct xd_capture_options options = {.filter = filter};
    struct xd_capture *c = NULL;
    struct xd_err err = {0};
    struct xd_entry *entry = xd_case_entry(cs);
    uint64_t sum = 0;

    entry->name = entry->path = "a.pcap";
    xd_fuzz_require(xd_capture_new(cs, &options, &c, &err) == XD_OK, "the filter is good");
    xd_capture_file_begin(c, entry, (struct xd_wire_point){"node", 0});
    xd_fuzz_blocks(file, how, take_block, c);
    xd_capture_file_end(c, cut);
    xd_capture_finish(c);
    xd_capture_free(c);
    sum = xd_fuzz_sum(cs);
    xd_case_free(cs);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct xd_slice file = {data + 2, size - 2};
    const char *filter = (data[1] & 1) != 0 ? "tcp port 5061 or vlan" : NULL;
    bool cut = (data[1] & 2) != 0;

    xd_fuzz_require(read_capture(file, 0, filter, cut) ==
                        read_capture(file, data[0], filter, cut),
                    "blocks do not change what a capture shows");
    return 0;
}
