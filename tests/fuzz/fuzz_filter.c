/*
 * fuzz_filter.c - filter expressions: a NUL ends the expression, a frame follows.
 */
#include "fuzz.h"

#include "expdiag/capture.h"

static const uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
                                 0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
    struct xd_case *cs = xd_case_new();
    struct xd_entry *entry = xd_case_entry(cs);
    char *expression = xd_arena_text(cs->arena, (const char *)data,
                                     nul != NULL ? (size_t)(nul - data) : size);
    struct xd_capture_options options = {.filter = expression};
    struct xd_capture *c = NULL;
    struct xd_err err = {0};

    entry->name = entry->path = "a.pcap";
    if (xd_capture_new(cs, &options, &c, &err) == XD_OK) {
        xd_capture_file_begin(c, entry, (struct xd_wire_point){"node", 0});
        xd_capture_file_bytes(c, (struct xd_slice){head, sizeof(head)});
        if (nul != NULL) {
            xd_capture_file_bytes(c, (struct xd_slice){nul, size - (size_t)(nul - data)});
        }
        xd_capture_file_end(c, false);
        xd_capture_finish(c);
        xd_capture_free(c);
    } else {
        xd_fuzz_require(err.text[0] != '\0', "a refused filter has a reason");
    }
    xd_case_free(cs);
    return 0;
}
