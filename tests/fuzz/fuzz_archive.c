/*
 * fuzz_archive.c - a file as given through bundle: archives, compression, nesting, names.
 * The sink holds bundle to the order and shape of its events.
 */
#include "fuzz.h"

#include "expdiag/bundle.h"
#include "expdiag/rune.h"

#include <unistd.h>

struct seen {
    bool open;
    bool ended;
    size_t entries;
};

static void check_name(const char *name)
{
    xd_fuzz_require(name != NULL, "an entry has a name");
    struct xd_slice s = {(const uint8_t *)name, strlen(name)};

    for (size_t at = 0, used = 0; at < s.len; at += used) {
        xd_fuzz_require(xd_rune_read(s.p + at, s.len - at, &used) != UINT32_MAX,
                        "a name is valid UTF-8");
    }
}

static enum xd_rc begin_entry(void *arg, const struct xd_bundle_entry *e)
{
    struct seen *s = arg;

    xd_fuzz_require(!s->open && !s->ended, "entries follow each other");
    s->open = true;
    s->entries++;
    check_name(e->path);
    check_name(e->name);
    check_name(e->container);
    return XD_OK;
}

static enum xd_rc take_bytes(void *arg, struct xd_slice bytes)
{
    struct seen *s = arg;

    xd_fuzz_require(s->open, "bytes belong to an entry");
    xd_fuzz_require(bytes.len > 0 && bytes.len <= 1 << 20, "blocks have a size");
    volatile uint8_t last = bytes.p[bytes.len - 1];

    (void)last;
    return XD_OK;
}

static enum xd_rc end_entry(void *arg, enum xd_entry_status status, const char *detail)
{
    struct seen *s = arg;

    xd_fuzz_require(s->open, "what ends has begun");
    xd_fuzz_require(status == XD_ENTRY_READ || detail != NULL, "damage has a reason");
    s->open = false;
    return XD_OK;
}

static enum xd_rc end_input(void *arg, const struct xd_bundle_input_end *end)
{
    struct seen *s = arg;

    xd_fuzz_require(!s->open && !s->ended, "an input ends once, after its entries");
    xd_fuzz_require(!end->unusable || end->problem != NULL, "unusable has a reason");
    s->ended = true;
    return XD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xd_bundle_file file = {.name = "bundle.tar.gz",
                                  .fd = xd_fuzz_file((struct xd_slice){data, size})};
    struct xd_bundle_input input = {
        .path = "bundle.tar.gz", .kind = XD_INPUT_FILE, .files = &file, .n_files = 1};
    struct xd_bundle_options options = {.one_thread = true, .hash_inputs = true};
    struct seen seen = {0};
    struct xd_bundle_sink sink = {&seen, begin_entry, take_bytes, end_entry, end_input};
    struct xd_err err = {0};

    xd_fuzz_require(xd_bundle_read(&input, 1, &options, &sink, &err) == XD_OK,
                    "no input makes reading fail");
    xd_fuzz_require(seen.ended, "every input ends");
    (void)close(file.fd);
    return 0;
}
