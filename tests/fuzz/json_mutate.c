/*
 * json_mutate.c - a mutator of libFuzzer for targets that read JSON: most mutations change
 * the document and leave it JSON, the others change bytes.
 */
#include "fuzz.h"

#include "expdiag/buf.h"

#include <jansson.h>

/* NOLINTBEGIN(readability-identifier-naming): libFuzzer's names */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
/* NOLINTEND(readability-identifier-naming) */

enum { STRING_MAX = 4096 };

static size_t roll(uint32_t *state, size_t n)
{
    *state = *state * 1664525U + 1013904223U;
    return n == 0 ? 0 : (*state >> 8) % n;
}

/* A value somewhere in the document: the container, and where in it. */
struct spot {
    json_t *in;
    const char *key; /* of an object */
    size_t index;    /* of an array */
};

static json_t *value_at(const struct spot *s)
{
    return s->key != NULL ? json_object_get(s->in, s->key)
                          : json_array_get(s->in, s->index);
}

static void put_at(const struct spot *s, json_t *value)
{
    if (s->key != NULL) {
        (void)json_object_set_new_nocheck(s->in, s->key, value);
    } else {
        (void)json_array_set_new(s->in, s->index, value);
    }
}

static bool pick_child(json_t *in, uint32_t *state, struct spot *out)
{
    size_t n = json_is_object(in) ? json_object_size(in) : json_array_size(in);

    if (n == 0) {
        return false;
    }
    size_t which = roll(state, n);

    *out = (struct spot){.in = in, .index = which};
    if (json_is_object(in)) {
        void *iter = json_object_iter(in);

        for (size_t i = 0; i < which; i++) {
            iter = json_object_iter_next(in, iter);
        }
        out->key = json_object_iter_key(iter);
    }
    return true;
}

/* Down from the top, by chance, to where chance or the document ends it. */
static bool pick(json_t *root, uint32_t *state, struct spot *out)
{
    bool any = false;

    for (json_t *at = root; at != NULL && pick_child(at, state, out); at = value_at(out)) {
        any = true;
        if (roll(state, 6) == 0) {
            break;
        }
    }
    return any;
}

static json_t *mutate_string(const json_t *v)
{
    uint8_t text[STRING_MAX];
    size_t len =
        json_string_length(v) < STRING_MAX / 2 ? json_string_length(v) : STRING_MAX / 2;

    memcpy(text, json_string_value(v), len);
    len = LLVMFuzzerMutate(text, len, STRING_MAX);
    json_t *out = json_stringn((const char *)text, len);

    return out != NULL ? out : json_string("");
}

static json_t *other_kind(uint32_t *state)
{
    switch (roll(state, 8)) {
    case 0:
        return json_null();
    case 1:
        return json_true();
    case 2:
        return json_integer(INT64_MAX);
    case 3:
        return json_integer(-1);
    case 4:
        return json_string("");
    case 5:
        return json_array();
    case 6:
        return json_object();
    default:
        return json_real(1e300);
    }
}

static json_t *mutate_value(json_t *v, uint32_t *state)
{
    if (json_is_string(v) && roll(state, 4) != 0) {
        return mutate_string(v);
    }
    if (json_is_integer(v) && roll(state, 4) != 0) {
        static const json_int_t steps[] = {-1, 1, 2, -1000, 65536, 1LL << 32};

        /* as the machine adds, past the end too */
        return json_integer((json_int_t)((uint64_t)json_integer_value(v) +
                                         (uint64_t)steps[roll(state, 6)]));
    }
    return other_kind(state);
}

static void mutate_document(json_t *root, uint32_t *state)
{
    struct spot s;
    struct spot from;

    if (!pick(root, state, &s) || !pick(root, state, &from)) {
        return;
    }
    switch (roll(state, 5)) {
    case 0: /* gone */
        if (s.key != NULL) {
            (void)json_object_del(s.in, s.key);
        } else {
            (void)json_array_remove(s.in, s.index);
        }
        break;
    case 1: /* another's value */
        put_at(&s, json_deep_copy(value_at(&from)));
        break;
    case 2: /* once more, or under another's name */
        if (s.key == NULL) {
            (void)json_array_insert_new(s.in, s.index, json_deep_copy(value_at(&s)));
        } else if (from.key != NULL) {
            (void)json_object_set_new_nocheck(s.in, from.key, json_deep_copy(value_at(&s)));
        }
        break;
    default:
        put_at(&s, mutate_value(value_at(&s), state));
        break;
    }
}

static int take_dump(const char *bytes, size_t len, void *arg)
{
    struct xd_buf *out = arg;

    xd_buf_add(out, bytes, len);
    return out->overflow ? -1 : 0;
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    uint32_t state = seed;
    json_error_t why;
    json_t *root = roll(&state, 4) == 0
                       ? NULL
                       : json_loadb((const char *)data, size, JSON_DISABLE_EOF_CHECK, &why);
    struct xd_buf out = {.max = max};

    if (root == NULL) {
        return LLVMFuzzerMutate(data, size, max);
    }
    for (size_t left = 1 + roll(&state, 3); left > 0; left--) {
        mutate_document(root, &state);
    }
    bool whole = json_dump_callback(root, take_dump, &out, JSON_COMPACT) == 0;

    json_decref(root);
    if (whole && out.len > 0) {
        memcpy(data, out.bytes, out.len);
        size = out.len;
    }
    xd_buf_done(&out);
    return whole && size > 0 ? size : LLVMFuzzerMutate(data, size, max);
}
