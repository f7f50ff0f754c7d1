/*
 * fx_pack.c - archives with fixed times, and recorded dialogues.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "fx.h"

struct xd_fx_archive {
    struct archive *a;
    int64_t mtime;
    const char *path;
};

static void check(struct xd_fx_archive *a, int rc)
{
    if (rc != ARCHIVE_OK) {
        xd_fx_die("%s: %s", a->path, archive_error_string(a->a));
    }
}

struct xd_fx_archive *xd_fx_archive_new(const char *path, int64_t mtime)
{
    struct xd_fx_archive *a = xd_fx_alloc(sizeof *a);

    a->path = path;
    a->mtime = mtime;
    a->a = archive_write_new();
    if (a->a == NULL) {
        xd_fx_die("out of memory");
    }
    check(a, archive_write_set_format_ustar(a->a));
    check(a, archive_write_add_filter_gzip(a->a));
    check(a, archive_write_set_filter_option(a->a, "gzip", "timestamp", NULL));
    check(a, archive_write_set_filter_option(a->a, "gzip", "compression-level", "9"));
    check(a, archive_write_set_bytes_in_last_block(a->a, 1));
    check(a, archive_write_open_filename(a->a, path));
    return a;
}

void xd_fx_archive_add(struct xd_fx_archive *a, const char *name,
                       const struct xd_fx_bytes *bytes)
{
    struct archive_entry *e = archive_entry_new();

    if (e == NULL) {
        xd_fx_die("out of memory");
    }
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, (la_int64_t)bytes->len);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, (time_t)(a->mtime / 1000000), 0);
    check(a, archive_write_header(a->a, e));
    if (archive_write_data(a->a, bytes->p, bytes->len) != (la_ssize_t)bytes->len) {
        xd_fx_die("%s: %s", a->path, archive_error_string(a->a));
    }
    archive_entry_free(e);
}

void xd_fx_archive_end(struct xd_fx_archive *a)
{
    check(a, archive_write_close(a->a));
    check(a, archive_write_free(a->a));
    free(a);
}

static int read_digit(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_hex(const char *text, struct xd_fx_bytes *out)
{
    for (; read_digit(text[0]) >= 0 && read_digit(text[1]) >= 0; text += 2) {
        uint8_t octet = (uint8_t)(read_digit(text[0]) << 4 | read_digit(text[1]));

        xd_fx_put(out, &octet, 1);
    }
}

/* Lines "client MILLISECONDS HEX" and "server ...", a pause before each; "#": comment. */
struct xd_fx_dialogue xd_fx_transcript(const char *file)
{
    struct xd_fx_dialogue d = {0};
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(file, "r");

    if (f == NULL) {
        xd_fx_die("cannot read %s", file);
    }
    while (getline(&line, &cap, f) > 0) {
        bool client = strncmp(line, "client ", 7) == 0;

        if (client || strncmp(line, "server ", 7) == 0) {
            struct xd_fx_bytes bytes = {0};
            char *hex = NULL;
            long pause = strtol(line + 7, &hex, 10);

            read_hex(hex + 1, &bytes);
            xd_fx_say(&d, client, bytes.p, bytes.len);
            d.chunks[d.n - 1].pause = (int64_t)pause * 1000;
            xd_fx_free(&bytes);
        }
    }
    free(line);
    (void)fclose(f);
    return d;
}
