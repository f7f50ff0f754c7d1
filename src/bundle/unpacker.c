/*
 * unpacker.c - xz, zst and bz2 by libarchive, each filter switched on by name.
 *
 * A filter that libarchive would have to run as a program counts as missing.
 */
#include "bundle_priv.h"

#include <archive.h>
#include <archive_entry.h>

#include "expdiag/alloc.h"

struct filter {
    struct xd_source base;
    struct xd_budget *budget;
    struct archive *archive;
    const char *word;
    bool open;
    bool over;
};

static la_ssize_t feed_filter(struct archive *a, void *arg, const void **out)
{
    struct filter *f = arg;
    struct xd_slice block = {0};

    (void)a;
    if (!xd_source_next(f->base.below, &block)) {
        return 0;
    }
    *out = block.p;
    return (la_ssize_t)block.len;
}

static void end_filter(struct filter *f)
{
    const char *why = archive_error_string(f->archive);
    long long at = (long long)archive_filter_bytes(f->archive, -1);

    f->over = true;
    xd_source_spoil(&f->base,
                    xd_source_damage(f->base.below) != NULL ? XD_ENTRY_TRUNCATED
                                                            : XD_ENTRY_DAMAGED,
                    "the %s data is damaged or cut off at byte %lld (%s)", f->word,
                    at < 0 ? 0 : at, /* the first block fails before there is a count */
                    why != NULL ? why : "no reason given");
}

static bool open_filter(struct filter *f)
{
    struct archive_entry *entry = NULL;
    int rc = archive_read_open(f->archive, f, NULL, feed_filter, NULL);

    if (rc == ARCHIVE_OK) {
        rc = archive_read_next_header(f->archive, &entry);
    }
    if (rc == ARCHIVE_EOF) {
        f->over = true;
        return false;
    }
    if (rc < ARCHIVE_WARN) {
        end_filter(f);
        return false;
    }
    return true;
}

static bool read_filter(struct xd_source *s, struct xd_slice *out)
{
    struct filter *f = (struct filter *)s;
    const void *block = NULL;
    size_t len = 0;
    la_int64_t at = 0;
    int rc = ARCHIVE_OK;

    if (!f->over && !f->open) {
        f->open = true;
        (void)open_filter(f);
    }
    while (!f->over && len == 0) {
        rc = archive_read_data_block(f->archive, &block, &len, &at);
        if (rc == ARCHIVE_EOF) {
            f->over = true;
            return false;
        }
        if (rc < ARCHIVE_WARN) {
            end_filter(f);
            return false;
        }
    }
    if (f->over || !xd_source_inflated(s, f->budget, len)) {
        f->over = true;
        return false;
    }
    *out = (struct xd_slice){block, len};
    return true;
}

static void free_filter(struct xd_source *s)
{
    struct filter *f = (struct filter *)s;

    (void)archive_read_free(f->archive);
    xd_free(f);
}

static int enable_filter(struct archive *a, enum xd_wrap wrap, const char **word)
{
    switch (wrap) {
    case XD_WRAP_XZ:
        *word = "xz";
        return archive_read_support_filter_xz(a);
    case XD_WRAP_ZSTD:
        *word = "zst";
        return archive_read_support_filter_zstd(a);
    case XD_WRAP_BZIP2:
        *word = "bz2";
        return archive_read_support_filter_bzip2(a);
    case XD_WRAP_NONE:
    case XD_WRAP_GZIP:
    case XD_WRAP_TAR:
    case XD_WRAP_ZIP:
        break;
    }
    *word = "compressed";
    return ARCHIVE_FATAL;
}

struct xd_source *xd_unpacker_new(struct xd_source *below, enum xd_wrap wrap,
                                  struct xd_budget *budget)
{
    struct filter *f = xd_alloc(sizeof *f);

    f->base.next = read_filter;
    f->base.free = free_filter;
    f->base.below = below;
    f->budget = budget;
    f->archive = archive_read_new();
    if (f->archive == NULL || enable_filter(f->archive, wrap, &f->word) != ARCHIVE_OK ||
        archive_read_support_format_raw(f->archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(f->archive) != ARCHIVE_OK) {
        f->over = true;
        xd_source_spoil(&f->base, XD_ENTRY_DAMAGED, "this build cannot read %s data",
                        f->word);
    }
    return &f->base;
}
