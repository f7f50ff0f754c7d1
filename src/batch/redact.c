/*
 * redact.c - the key of a batch's pseudonyms, and their map.
 */
#include "redact.h"

#include "expdiag/crypto.h"
#include "expdiag/text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "expdiag-batch-redaction/1"

enum { HEAD_BYTES = 256 }; /* more than the first line takes */

uint64_t xd_redact_number(const void *key, struct xd_slice what)
{
    const struct xd_redact_key *k = key;
    uint8_t sum[48];
    uint64_t n = 0;

    xd_hmac(XD_MAC_SHA256, (struct xd_slice){k->bytes, sizeof(k->bytes)}, what,
            (struct xd_slice){what.p, 0}, sum);
    for (size_t i = 0; i < 6; i++) {
        n = n << 8 | sum[i];
    }
    return n;
}

char *xd_redact_pseudonym(struct xd_arena *a, const struct xd_redact_key *key,
                          const char *kind, const char *original)
{
    const char *what = xd_arena_printf(a, "%s %s", kind, original);

    return xd_arena_printf(a, "%s-%012llx", kind,
                           (unsigned long long)xd_redact_number(key, xd_slice_of(what)));
}

/* ---- the map ---- */

static enum xd_rc fail(const struct xd_redact_map *m, struct xd_err *err)
{
    return xd_err_set(err, XD_BAD, 0, "%s: cannot be opened for writing: %s", m->path,
                      strerror(errno));
}

static bool read_key(const char *head, struct xd_redact_key *out)
{
    json_error_t why;
    json_t *o = json_loads(head, JSON_DISABLE_EOF_CHECK, &why);
    const char *schema = json_string_value(json_object_get(o, "schema"));
    const char *hex = json_string_value(json_object_get(o, "key"));
    bool ok = schema != NULL && strcmp(schema, SCHEMA) == 0 && hex != NULL &&
              strlen(hex) == 2 * sizeof(out->bytes);

    for (size_t i = 0; ok && i < sizeof(out->bytes); i++) {
        unsigned byte = 0;

        ok = sscanf(hex + 2 * i, "%2x", &byte) == 1; /* NOLINT(cert-err34-c): two digits */
        out->bytes[i] = (uint8_t)byte;
    }
    json_decref(o);
    return ok;
}

/* The key of a map that is there; its torn last line, if it has one, ends here. */
static enum xd_rc take_old(struct xd_redact_map *m, off_t size, struct xd_err *err)
{
    char head[HEAD_BYTES + 1] = "";
    char last = '\0';
    ssize_t len = pread(m->fd, head, HEAD_BYTES, 0);

    if (len <= 0 || !read_key(head, &m->key)) {
        return xd_err_set(err, XD_BAD, 0,
                          "%s: holds something else than pseudonyms of expdiag batch; name "
                          "another file",
                          m->path);
    }
    if (pread(m->fd, &last, 1, size - 1) == 1 && last != '\n') {
        xd_buf_puts(&m->lines, "\n");
    }
    return XD_OK;
}

static enum xd_rc make_key(struct xd_redact_map *m, struct xd_err *err)
{
    char hex[2 * sizeof(m->key.bytes) + 1];

    if (getrandom(m->key.bytes, sizeof(m->key.bytes), 0) != (ssize_t)sizeof(m->key.bytes)) {
        return xd_err_set(err, XD_FAIL, 0, "no random numbers: %s", strerror(errno));
    }
    xd_text_hex(m->key.bytes, sizeof(m->key.bytes), hex);
    xd_buf_printf(&m->lines, "{\"schema\":\"" SCHEMA "\",\"key\":\"%s\"}\n", hex);
    return XD_OK;
}

enum xd_rc xd_redact_open(struct xd_redact_map *m, const char *path, bool resume,
                          struct xd_err *err)
{
    struct stat st = {0};

    *m = (struct xd_redact_map){.path = path, .fd = -1, .lines = {.max = SIZE_MAX / 2}};
    if (path == NULL && resume) {
        return xd_err_set(err, XD_BAD, 0,
                          "--resume with --redact: name the --redact-map FILE; pseudonyms "
                          "follow from the key in it");
    }
    if (path == NULL) {
        return make_key(m, err);
    }
    m->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    if (m->fd < 0 || fstat(m->fd, &st) != 0) {
        return fail(m, err);
    }
    if (st.st_size > 0 && !resume) {
        return xd_err_set(err, XD_BAD, 0,
                          "%s: holds something already; add --resume to go on with it, or "
                          "name another file",
                          path);
    }
    return st.st_size > 0 ? take_old(m, st.st_size, err) : make_key(m, err);
}

/* Takes o. */
static void add_line(struct xd_redact_map *m, json_t *o)
{
    char *line = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

    if (m->path != NULL && line != NULL) {
        xd_buf_puts(&m->lines, line);
        xd_buf_puts(&m->lines, "\n");
    }
    free(line); /* jansson's own allocation */
    json_decref(o);
}

void xd_redact_add_name(struct xd_redact_map *m, const char *class, const char *original,
                        const char *pseudonym)
{
    json_t *o = json_object();
    json_t *name = json_object();
    json_t *names = json_array();

    (void)json_object_set_new_nocheck(name, "class", json_string(class));
    (void)json_object_set_new_nocheck(name, "original", json_string(original));
    (void)json_object_set_new_nocheck(name, "pseudonym", json_string(pseudonym));
    (void)json_array_append_new(names, name);
    (void)json_object_set_new_nocheck(o, "names", names);
    add_line(m, o);
}

void xd_redact_add(struct xd_redact_map *m, const char *pseudonym, const char *original,
                   struct xd_slice names)
{
    json_error_t why;
    json_t *said = json_loadb((const char *)names.p, names.len, 0, &why);
    json_t *o = json_object();

    (void)json_object_set_new_nocheck(o, "case", json_string(pseudonym));
    (void)json_object_set_new_nocheck(o, "original", json_string(original));
    (void)json_object_set_nocheck(o, "names", json_object_get(said, "names"));
    add_line(m, o);
    json_decref(said);
}

enum xd_rc xd_redact_flush(struct xd_redact_map *m, struct xd_err *err)
{
    for (size_t at = 0; m->fd >= 0 && at < m->lines.len;) {
        ssize_t n = write(m->fd, m->lines.bytes + at, m->lines.len - at);

        if (n < 0 && errno != EINTR) {
            return xd_err_set(err, XD_FAIL, 0, "%s: could not be written: %s", m->path,
                              strerror(errno));
        }
        at += n > 0 ? (size_t)n : 0;
    }
    if (m->fd >= 0 && m->lines.len > 0 && fdatasync(m->fd) != 0 && errno != EINVAL) {
        return xd_err_set(err, XD_FAIL, 0, "%s: did not reach the disk: %s", m->path,
                          strerror(errno));
    }
    xd_buf_clear(&m->lines);
    return XD_OK;
}

void xd_redact_close(struct xd_redact_map *m)
{
    if (m->fd >= 0) {
        (void)close(m->fd);
    }
    m->fd = -1;
    xd_buf_done(&m->lines);
}
