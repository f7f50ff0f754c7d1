/*
 * group.c - bundles to cases, and cases to shards.
 */
#include "find.h"

#include "expdiag/alloc.h"
#include "expdiag/buf.h"
#include "expdiag/bundle.h"
#include "expdiag/crypto.h"
#include "expdiag/map.h"
#include "expdiag/text.h"

#include <stdlib.h>
#include <string.h>

/* Bundles of one case are collected within minutes; by name nothing else tells. */
enum { SAME_CASE_MINUTES = 30 };

static const char *const suffixes[] = {".tar.gz",  ".tgz", ".tar.xz", ".txz", ".tar.zst",
                                       ".tar.bz2", ".tbz", ".tbz2",   ".tar", ".zip"};

enum { N_SUFFIXES = sizeof(suffixes) / sizeof(suffixes[0]) };

bool xd_find_is_archive(const char *leaf)
{
    return xd_find_stem(leaf).len < strlen(leaf);
}

struct xd_slice xd_find_stem(const char *leaf)
{
    struct xd_slice s = xd_slice_of(leaf);

    for (size_t i = 0; i < N_SUFFIXES; i++) {
        if (xd_text_ends_nocase(s, suffixes[i]) && s.len > strlen(suffixes[i])) {
            s.len -= strlen(suffixes[i]);
            break;
        }
    }
    return s;
}

static int compare_bundles(const void *a, const void *b)
{
    const struct xd_find_bundle *x = a;
    const struct xd_find_bundle *y = b;
    int order = strcmp(x->in->path, y->in->path);

    return order != 0 ? order : strcmp(x->leaf, y->leaf);
}

/* A path that was named twice, or named and found, is one bundle. */
static void drop_repeats(struct xd_find *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n_bundles; i++) {
        if (kept == 0 || compare_bundles(&f->bundles[kept - 1], &f->bundles[i]) != 0) {
            f->bundles[kept++] = f->bundles[i];
        }
    }
    f->n_bundles = kept;
}

/* ---- the name of a bundle ---- */

static const char bundle_word[] = "diagnostic_log_";

static bool begins_as_bundle(struct xd_slice name)
{
    size_t n = strlen(bundle_word);

    return name.len > n &&
           xd_text_equal_nocase((struct xd_slice){name.p, n}, xd_slice_of(bundle_word));
}

bool xd_find_is_appliances(const char *leaf)
{
    return xd_text_contains_nocase(xd_slice_of(leaf), bundle_word) &&
           xd_find_is_archive(leaf);
}

/* Host and stamp of "diagnostic_log_<host>_<stamp>", as those of the log within. */
static bool read_bundle_name(struct xd_arena *scratch, struct xd_slice stem,
                             struct xd_find_origin *out)
{
    size_t n = strlen(bundle_word);

    if (!begins_as_bundle(stem)) {
        return false;
    }
    struct xd_entry_name said = xd_bundle_name_parse(
        scratch, xd_arena_printf(scratch, "loggingsnapshot_%.*s.txt", (int)(stem.len - n),
                                 (const char *)stem.p + n));

    *out = (struct xd_find_origin){said.host, said.stamp};
    return said.host != NULL && said.stamp != XD_TIME_NONE;
}

/* A word that says which end or peer a bundle is of, maybe with a number: "C", "expe2". */
static bool is_role_word(struct xd_slice word)
{
    static const char *const words[] = {
        "c",           "e",    "exp",  "expc", "expe",       "expressway",
        "expresswayc", "vcs",  "vcsc", "vcse", "expressway", "expresswaye",
        "core",        "edge", "peer", "node", "vcscontrol", "vcsexpressway"};

    while (word.len > 1 && word.p[word.len - 1] >= '0' && word.p[word.len - 1] <= '9') {
        word.len--;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (xd_text_equal_nocase(word, xd_slice_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* "SR-600123_C" and "SR-600123_E2" to "SR-600123"; what is nothing else stays. */
static const char *strip_roles(struct xd_arena *a, struct xd_slice stem)
{
    char *out = xd_arena_text(a, (const char *)stem.p, stem.len);
    size_t len = 0;

    for (size_t at = 0; at < stem.len;) {
        bool separated = strchr("-_. ", stem.p[at]) != NULL;
        size_t word = at + separated;
        size_t end = word;

        while (end < stem.len && strchr("-_. ", stem.p[end]) == NULL) {
            end++;
        }
        if (!is_role_word((struct xd_slice){stem.p + word, end - word})) {
            size_t from = len == 0 ? word : at;

            memmove(out + len, stem.p + from, end - from);
            len += end - from;
        }
        at = end;
    }
    out[len] = '\0';
    return out;
}

/* What stands in front of "diagnostic_log_": a case's number that somebody put there. */
static const char *front_of(struct xd_arena *a, struct xd_slice stem)
{
    for (size_t i = 1; i < stem.len; i++) {
        if (begins_as_bundle((struct xd_slice){stem.p + i, stem.len - i})) {
            size_t len = i;

            while (len > 0 && strchr("-_. ", stem.p[len - 1]) != NULL) {
                len--;
            }
            return len == 0 ? NULL : xd_arena_text(a, (const char *)stem.p, len);
        }
    }
    return NULL;
}

/* ---- what bundles of a case share ---- */

/* Bundles with names as the appliance gives them: same folder, other host, same half hour.
 */
static void group_by_stamp(struct xd_find_bundle *bundles, size_t n)
{
    struct {
        const char *host[XD_FIND_EXTRACTED];
        size_t count;
        xd_time from;
        const char *word;
    } open = {.count = 0};

    for (size_t i = 0; i < n; i++) {
        struct xd_find_bundle *b = &bundles[i];
        bool fits =
            open.count > 0 && open.count < XD_FIND_EXTRACTED &&
            b->origin->stamp - open.from <= (xd_time)SAME_CASE_MINUTES * 60 * XD_SECOND;

        for (size_t k = 0; fits && k < open.count; k++) {
            fits = strcmp(open.host[k], b->origin->host) != 0;
        }
        if (!fits) {
            open.count = 0;
            open.from = b->origin->stamp;
            open.word = b->leaf;
        }
        open.host[open.count++] = b->origin->host;
        b->word = open.word;
        b->by_stamp = true;
    }
}

static int compare_stamps(const void *a, const void *b)
{
    const struct xd_find_bundle *x = a;
    const struct xd_find_bundle *y = b;
    xd_time p = x->origin == NULL ? XD_TIME_NONE : x->origin->stamp;
    xd_time q = y->origin == NULL ? XD_TIME_NONE : y->origin->stamp;
    int order = strcmp(x->in->path, y->in->path);

    if (order == 0 && p != q) {
        order = p < q ? -1 : 1; /* those without a stamp come first */
    }
    return order != 0 ? order : strcmp(x->leaf, y->leaf);
}

/* "" for "C.tar.gz" beside "E.tar.gz"; the same text as that of the bundle before. */
static const char *shared_word(struct xd_arena *a, struct xd_arena *scratch,
                               const struct xd_find_bundle *b, const char *before)
{
    struct xd_slice stem = xd_find_stem(b->leaf);
    const char *word = front_of(scratch, stem);

    if (word == NULL) {
        word = strip_roles(scratch, stem);
    }
    return strcmp(word, before) == 0 ? before : xd_arena_strdup(a, word);
}

static void group_by_name(struct xd_arena *a, struct xd_find_bundle *bundles, size_t n)
{
    struct xd_arena *scratch = xd_arena_new();
    const char *word = "";

    for (size_t i = 0; i < n; i++) {
        struct xd_find_bundle *b = &bundles[i];
        struct xd_arena *own = xd_arena_new();
        struct xd_find_origin said;

        b->origin = NULL;
        if (read_bundle_name(own, xd_find_stem(b->leaf), &said)) {
            b->origin = xd_find_keep_origin(scratch, &said);
        } else {
            word = shared_word(a, own, b, word);
            b->word = word;
        }
        xd_arena_free(own);
    }
    qsort(bundles, n, sizeof(*bundles), compare_stamps);
    for (size_t i = 0; i < n;) {
        size_t end = i;

        while (end < n && bundles[end].origin != NULL &&
               strcmp(bundles[end].in->path, bundles[i].in->path) == 0) {
            end++;
        }
        group_by_stamp(bundles + i, end - i);
        i = end > i ? end : i + 1;
    }
    for (size_t i = 0; i < n; i++) {
        bundles[i].origin = NULL;
    }
    xd_arena_free(scratch);
}

/* ---- extracted bundles side by side ---- */

/* Of two nodes, within a day. */
static bool are_halves(const struct xd_find_origin *x, const struct xd_find_origin *y)
{
    return x != NULL && y != NULL && strcmp(x->host, y->host) != 0 &&
           llabs(x->stamp - y->stamp) <= XD_DAY;
}

/* Are the extracted bundles of a folder the halves and peers of one case? */
static bool are_one_case(struct xd_arena *scratch, const struct xd_find_bundle *b, size_t n)
{
    const struct xd_find_bundle *seen[XD_FIND_EXTRACTED];
    size_t n_seen = 0;
    bool named = true;
    struct xd_find_origin said;

    for (size_t i = 0; i < n; i++) {
        if (!b[i].extracted) {
            continue;
        }
        named = named && read_bundle_name(scratch, xd_slice_of(b[i].leaf), &said);
        if (b[i].in->top || n_seen == XD_FIND_EXTRACTED) {
            return named;
        }
        for (size_t k = 0; k < n_seen; k++) {
            if (!are_halves(b[i].origin, seen[k]->origin)) {
                return named; /* before and after: names of bundles suffice */
            }
        }
        seen[n_seen++] = &b[i];
    }
    return named || n_seen > 1 || n_seen < n;
}

/* Marks the extracted bundles that are cases of their own; sorted by folder. */
static void part_extracted(struct xd_find_bundle *b, size_t n)
{
    struct xd_arena *scratch = xd_arena_new();

    for (size_t i = 0, end = 0; i < n; i = end) {
        while (end < n && strcmp(b[end].in->path, b[i].in->path) == 0) {
            end++;
        }
        bool one = are_one_case(scratch, b + i, end - i);

        for (size_t k = i; k < end; k++) {
            b[k].own = b[k].extracted && !one;
        }
    }
    xd_arena_free(scratch);
}

/* ---- cases ---- */

static void put_number(struct xd_sha256 *h, uint64_t n)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(n >> (56 - 8 * i));
    }
    xd_sha256_add(h, (struct xd_slice){bytes, sizeof(bytes)});
}

static void put_text(struct xd_sha256 *h, const char *text)
{
    xd_sha256_add(h, (struct xd_slice){(const uint8_t *)text, strlen(text) + 1});
}

/* Names, sizes and times; not where the archive is mounted. */
static void take_fingerprint(const struct xd_find *f, const char *rules,
                             struct xd_find_case *c)
{
    struct xd_sha256 *h = xd_sha256_new();
    uint8_t sum[32];

    put_text(h, rules);
    for (size_t i = c->first; i < c->first + c->count; i++) {
        const struct xd_find_bundle *b = &f->bundles[i];

        put_text(h, b->in->prefix);
        put_text(h, b->leaf);
        put_number(h, b->bytes);
        put_number(h, b->files);
        put_number(h, (uint64_t)b->modified);
    }
    xd_sha256_done(h, sum);
    memcpy(c->fingerprint, sum, sizeof(c->fingerprint));
}

static int compare_words(const void *a, const void *b)
{
    const struct xd_find_bundle *x = a;
    const struct xd_find_bundle *y = b;
    int order = strcmp(x->in->path, y->in->path);

    if (order == 0) {
        order = strcmp(x->word, y->word);
    }
    return order != 0 ? order : strcmp(x->leaf, y->leaf);
}

static int compare_cases(const void *a, const void *b)
{
    const struct xd_find_case *x = a;
    const struct xd_find_case *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : x->first < y->first ? -1 : x->first > y->first;
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

/* A file's name may be any bytes, a row's are UTF-8: what is none becomes "\\xFF". */
static const char *clean_name(struct xd_arena *a, const char *name)
{
    struct xd_buf b = {.max = SIZE_MAX / 2};

    if (is_ascii(name) ||
        strcmp(xd_text_clean(a, name, strlen(name), SIZE_MAX / 4), name) == 0) {
        return name;
    }
    for (const char *p = name; *p != '\0'; p++) {
        xd_buf_printf(&b, (unsigned char)*p < 0x80 ? "%c" : "\\x%02X", (unsigned char)*p);
    }
    const char *out = xd_arena_strdup(a, xd_buf_text(&b));

    xd_buf_done(&b);
    return out;
}

static const char *name_case(struct xd_arena *a, const struct xd_find_bundle *b)
{
    if (b->word[0] == '\0') {
        return clean_name(a, b->in->title);
    }
    char *name = xd_find_join(a, b->in->prefix, b->word);

    if (b->by_stamp) {
        name[strlen(name) - strlen(b->word) + xd_find_stem(b->word).len] = '\0';
    }
    return clean_name(a, name);
}

/* Two cases of one name, from two paths, are told apart by the paths. */
static void part_names(struct xd_find *f)
{
    for (size_t i = 1; i < f->n_cases; i++) {
        struct xd_find_case *c = &f->cases[i];

        if (strcmp(c[-1].name, c[0].name) == 0) {
            c[-1].shares_name = true;
            c[0].shares_name = true;
        }
    }
    for (size_t i = 0; i < f->n_cases; i++) {
        struct xd_find_case *c = &f->cases[i];
        const struct xd_find_bundle *b = &f->bundles[c->first];

        if (c->shares_name) {
            const char *path = b->word[0] == '\0'
                                   ? b->in->path
                                   : xd_find_join(f->arena, b->in->path, b->word);

            c->name = path[0] == '\0' ? "." : clean_name(f->arena, path);
        }
    }
    qsort(f->cases, f->n_cases, sizeof(*f->cases), compare_cases);
}

static bool begins_case(const struct xd_find_bundle *b, size_t i)
{
    return i == 0 || strcmp(b[i].word, b[i - 1].word) != 0 ||
           strcmp(b[i].in->path, b[i - 1].in->path) != 0;
}

static void make_cases(struct xd_find *f, const char *rules)
{
    struct xd_find_bundle *b = f->bundles;
    size_t n = 0;

    qsort(b, f->n_bundles, sizeof(*b), compare_words);
    for (size_t i = 0; i < f->n_bundles; i++) {
        n += begins_case(b, i);
    }
    f->cases = xd_alloc_array(n, sizeof(*f->cases));
    for (size_t i = 0; i < f->n_bundles; i++) {
        if (begins_case(b, i)) {
            f->cases[f->n_cases++] = (struct xd_find_case){
                .name = name_case(f->arena, &b[i]), .first = (unsigned)i};
        }
        f->cases[f->n_cases - 1].count++;
    }
    for (size_t i = 0; i < n; i++) {
        take_fingerprint(f, rules, &f->cases[i]);
    }
    qsort(f->cases, n, sizeof(*f->cases), compare_cases);
    part_names(f);
}

void xd_find_group(struct xd_find *f, enum xd_batch_group how, const char *rules)
{
    if (f->n_bundles == 0) {
        return;
    }
    qsort(f->bundles, f->n_bundles, sizeof(*f->bundles), compare_bundles);
    drop_repeats(f);
    part_extracted(f->bundles, f->n_bundles);
    if (how == XD_GROUP_BY_NAME) {
        group_by_name(f->arena, f->bundles, f->n_bundles);
    }
    for (size_t i = 0; i < f->n_bundles && how != XD_GROUP_BY_NAME; i++) {
        struct xd_find_bundle *b = &f->bundles[i];

        b->word = b->own || how == XD_GROUP_NONE ? b->leaf : "";
    }
    make_cases(f, rules);
}

bool xd_find_in_shard(const char *name, unsigned shard, unsigned shards)
{
    uint8_t sum[32];
    uint64_t n = 0;

    if (shards <= 1) {
        return true;
    }
    xd_sha256(xd_slice_of(name), sum);
    for (size_t i = 0; i < 8; i++) {
        n = n << 8 | sum[i];
    }
    return n % shards == shard - 1;
}
