/*
 * nodes_words.c - paths and values of settings taken apart.
 */
#include <string.h>

#include "expdiag/text.h"

#include "assemble_priv.h"

static bool read_number(const char *word, size_t len, unsigned *out)
{
    uint64_t value = 0;
    struct xd_slice s = {.p = (const uint8_t *)word, .len = len};

    if (!xd_text_number(s, UINT32_MAX, &value)) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

bool xd_words_of(const char *path, struct xd_words *out)
{
    size_t len = 0;

    out->n = 0;
    while (*path != '\0') {
        size_t word = strcspn(path, " ");

        if (word > 0 && out->n > 0 && read_number(path, word, &out->index[out->n - 1])) {
            path += word; /* an index: its word is there already */
        } else if (word > 0) {
            if (out->n == XD_WORDS_MAX || len + word + 2 > sizeof(out->key)) {
                return false;
            }
            if (out->n > 0) {
                out->key[len++] = ' ';
            }
            memcpy(out->key + len, path, word);
            out->at[out->n] = len;
            out->index[out->n++] = 1;
            len += word;
            path += word;
        }
        path += strspn(path, " ");
    }
    out->key[len] = '\0';
    xd_text_lower(out->key);
    return out->n > 0;
}

const char *xd_words_from(const struct xd_words *w, size_t i)
{
    return i < w->n ? w->key + w->at[i] : "";
}

bool xd_words_is(const struct xd_words *w, size_t i, const char *word)
{
    const char *at = xd_words_from(w, i);
    size_t len = strcspn(at, " ");

    return len > 0 && strlen(word) == len && memcmp(at, word, len) == 0;
}

enum xd_tri xd_tri_of(const char *value)
{
    static const char *const on[] = {"on", "true", "yes", "1", "enforcing", "enforce"};
    static const char *const off[] = {"off", "false", "no", "0", "permissive"};
    struct xd_slice s = xd_text_trim(xd_slice_of(value));

    for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
        if (xd_text_equal_nocase(s, xd_slice_of(on[i]))) {
            return XD_TRI_ON;
        }
    }
    for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
        if (xd_text_equal_nocase(s, xd_slice_of(off[i]))) {
            return XD_TRI_OFF;
        }
    }
    return XD_TRI_UNKNOWN;
}

bool xd_address_of(const char *text, struct xd_endpoint *out)
{
    struct xd_slice s = xd_text_trim(xd_slice_of(text));
    size_t colon = s.len;
    uint64_t port = 0;

    *out = (struct xd_endpoint){0};
    if (xd_addr_parse((const char *)s.p, s.len, &out->addr)) {
        return true;
    }
    while (colon > 0 && s.p[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0 ||
        !xd_text_number((struct xd_slice){.p = s.p + colon, .len = s.len - colon},
                        UINT16_MAX, &port) ||
        !xd_addr_parse((const char *)s.p, colon - 1, &out->addr)) {
        return false;
    }
    out->port = (uint16_t)port;
    return true;
}
